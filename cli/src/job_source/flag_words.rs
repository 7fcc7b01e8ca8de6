//! What is wrong with a job by flags, in the words of flags instead of those of a job file.
//!
//! Flags become the text of a job file and are checked as one; this is the way back.

use ewc_scenario::FieldError;

use crate::error::{CliError, Kind};

/// Fields of a job file, and what stands for them on the command line.
const FLAGS: [(&str, &str); 31] = [
    ("name", "--name"),
    ("class", "--class"),
    ("cpu", "--cpu"),
    ("memory", "--memory"),
    ("accelerators", "--accelerators"),
    ("accelerator_families", "--accelerator-family"),
    ("accelerator_models", "--accelerator-model"),
    ("architecture", "--architecture"),
    ("count", "--count"),
    ("gang", "--gang"),
    ("estimate", "--estimate"),
    ("time_limit", "--time-limit"),
    ("release", "--release"),
    ("deadline", "--deadline"),
    ("after_ok", "--after-ok"),
    ("image", "--image"),
    ("environment", "--env"),
    ("inputs", "--input"),
    ("outputs", "--output-data"),
    ("latency_limits", "--latency"),
    ("data_grade", "--data-grade"),
    ("mlps_level", "--mlps-level"),
    ("regions", "--region"),
    ("carriers", "--carrier"),
    ("sites", "--site"),
    ("priority", "--priority"),
    ("retries", "--retries"),
    ("green_floor", "--green-floor"),
    ("preemptible", "--preemptible"),
    ("labels", "--label"),
    ("command", "the program after --"),
];

/// Fields inside of [`FLAGS`], by the names that the help gives the parts of a flag's value.
const PARTS: [(&str, &str); 6] = [
    ("dataset", "DATASET"),
    ("mount", "MOUNT"),
    ("path", "PATH"),
    ("size", "SIZE"),
    ("region", "REGION"),
    ("one_way_max", "LATENCY"),
];

/// An error of the job file that the flags were turned into.
pub(super) fn in_words_of_flags(error: FieldError) -> CliError {
    let what = flag_of(&error.field).unwrap_or(error.field);
    CliError::usage(format!("{what}: {}", error.problem)).hint(hint_of(&error.hint))
}

/// The same for a scheduler's refusal, which begins with the field.
pub(super) fn refusal_in_words_of_flags(error: CliError) -> CliError {
    let said_of_field = matches!(error.kind, Kind::Refused | Kind::NotFound);
    let named = error.message.split_once(": ").filter(|_| said_of_field);
    let in_flags = named.and_then(|(field, rest)| Some(format!("{}: {rest}", flag_of(field)?)));
    match in_flags {
        Some(message) => CliError { message, ..error },
        None => error,
    }
}

/// `outputs[0].size` is `--output-data SIZE`, `environment.A` is `--env A`.
fn flag_of(path: &str) -> Option<String> {
    // A job by flags is one group.
    let path = path.strip_prefix("groups[0].").unwrap_or(path);
    let path = path.strip_prefix("resources.").unwrap_or(path);
    let end = path.find(['.', '[']).unwrap_or(path.len());
    let (_, flag) = FLAGS.iter().find(|(field, _)| *field == &path[..end])?;
    match path[end..].split_once('.') {
        None => Some((*flag).to_owned()),
        Some((_, inner)) => {
            let part = PARTS.iter().find(|(field, _)| *field == inner);
            let part = part.map_or(inner, |(_, part)| part);
            Some(format!("{flag} {part}"))
        }
    }
}

/// Examples such as `estimate = "45m"` become `--estimate 45m`.
fn hint_of(hint: &str) -> String {
    let size = ("size", "--output-data DATASET=PATH:");
    let examples = FLAGS
        .iter()
        .map(|(field, flag)| (*field, format!("{flag} ")));
    let examples = examples.chain([(size.0, size.1.to_owned())]);
    examples.fold(hint.to_owned(), |hint, (field, flag)| {
        let example = format!("e.g. {field} = ");
        match hint.split_once(&example) {
            None => hint,
            Some((before, value)) => {
                let (value, after) = split_value(value);
                format!("{before}e.g. {flag}{value}{after}")
            }
        }
    })
}

/// A value without its quotes, and what follows it.
fn split_value(text: &str) -> (&str, &str) {
    match text.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
        Some(parts) => parts,
        None => text.split_at(text.find([' ', ';', ',']).unwrap_or(text.len())),
    }
}

#[cfg(test)]
mod tests {
    use clap::Args as _;

    use super::*;
    use crate::job_source::flags::JobFlags;

    /// What is said of these flags, for the program `true`.
    fn check(flags: &[&str], expected: &str) {
        let command = JobFlags::augment_args(clap::Command::new("ewc"));
        let matches = command.no_binary_name(true).get_matches_from(flags);
        let flags = <JobFlags as clap::FromArgMatches>::from_arg_matches(&matches).unwrap();
        let error = flags.job(vec!["true".to_owned()]).unwrap_err();
        assert_eq!(error.to_string(), format!("error: {expected}"));
    }

    #[test]
    fn errors_name_flags_and_show_flags() {
        let estimate = "--estimate: is missing\n\
                        hint: write how long you expect it to run, e.g. --estimate 45m";
        check(&[], estimate);
        let model = ["--estimate", "1m", "--accelerator-model", "910B"];
        let accelerators = "--accelerators: is zero although families or models are named\n\
                            hint: write how many one task needs, e.g. --accelerators 8";
        check(&model, accelerators);
        let output = ["--estimate", "1m", "--output-data", "model=m"];
        let size = "--output-data SIZE: is missing\nhint: write the size you expect, \
                    e.g. --output-data DATASET=PATH:20GB; it reserves the links";
        check(&output, size);
        let limit = ["--estimate", "10m", "--time-limit", "1m"];
        let longer = "--time-limit: is shorter than the estimate\n\
                      hint: write at least the estimate, or leave it out for twice as much";
        check(&limit, longer);
        let variable = ["--estimate", "1m", "--env", "1A=x"];
        let letters = "--env 1A: is not a name of a variable\n\
                       hint: use letters, digits and underscores, and no digit first";
        check(&variable, letters);
        let latency = ["--estimate", "1m", "--latency", "beijing=5"];
        let unit = "--latency LATENCY: \"5\" is not a one-way latency\n\
                    hint: write e.g. \"800us\" or \"5ms\"";
        check(&latency, unit);
    }

    #[test]
    fn every_flag_has_its_field() {
        let command = JobFlags::augment_args(clap::Command::new("ewc"));
        let mut known: Vec<String> = command
            .get_arguments()
            .filter_map(|flag| flag.get_long())
            .map(|long| format!("--{long}"))
            .collect();
        let mut mapped: Vec<&str> = FLAGS.iter().map(|(_, flag)| *flag).collect();
        mapped.retain(|flag| flag.starts_with("--"));
        known.sort_unstable();
        mapped.sort_unstable();
        assert_eq!(known, mapped);
    }

    #[test]
    fn refusals_of_a_scheduler_name_flags_where_there_is_one() {
        for (said, expected) in [
            (
                "inputs.dataset: data set \"x\" is not known",
                "--input DATASET: data set \"x\" is not known",
            ),
            (
                "sites: site \"x\" is not known",
                "--site: site \"x\" is not known",
            ),
            (
                "groups[0].resources: no pool of the network could ever hold it",
                "groups[0].resources: no pool of the network could ever hold it",
            ),
            ("the queue is full", "the queue is full"),
        ] {
            let refused = CliError::new(Kind::Refused, said);
            assert_eq!(refusal_in_words_of_flags(refused).message, expected);
        }
    }
}
