use std::path::Path;

use super::*;

const WEEK: &str = r#"
name = "a-week"
network = "tutorial"
start = "2025-06-01T00:00:00+08:00"
duration = "7d"
[workload]
jobs_per_day = 100
"#;

fn parse(text: &str) -> Result<NetworkRun, FileError> {
    let root = Table::root(tree::parse(text, Format::Toml).unwrap());
    read::read(root, Path::new("."), &[])
}

#[test]
fn what_is_left_out_has_its_default() {
    let run = parse(WEEK).unwrap();
    assert_eq!(run.start_ms, 1_748_707_200_000);
    assert_eq!((run.duration_ms, run.seed), (7 * 86_400_000, 1));
    assert_eq!(run.planning.every_ms, Some(900_000));
    assert_eq!(run.forecast, Forecast::Perfect);
    assert_eq!(run.network.sites.len(), 3);
}

#[test]
fn times_of_faults_count_from_the_start() {
    let fault = "[[faults]]\nkind = \"agent_cut_off\"\nsite = \"nm-horinger\"\nfrom = \"2d\"\n\
                 for = \"6h\"\n";
    let run = parse(&format!("{WEEK}{fault}")).unwrap();
    let from_ms = run.start_ms + 2 * 86_400_000;
    assert_eq!(run.faults[0].from_ms, from_ms);
    assert_eq!(run.faults[0].until_ms, Some(from_ms + 6 * 3_600_000));
}

#[test]
fn errors_name_their_field() {
    let fault = |rest: &str| format!("{WEEK}[[faults]]\n{rest}\n");
    let traced =
        |rest: &str| WEEK.replace("jobs_per_day = 100", &format!("trace = \"a.swf\"\n{rest}"));
    let outage = "kind = \"site_outage\"\nsite = \"nm-horinger\"\n";
    for (text, field) in [
        (WEEK.replace("\"7d\"", "\"7 days\""), "duration"),
        (WEEK.replace("\"7d\"", "\"0s\""), "duration"),
        (WEEK.replace("= \"2025", "= \"0025x"), "start"),
        (WEEK.replace("\"tutorial\"", "\"nowhere.toml\""), "network"),
        (WEEK.replace("= 100", "= 0"), "workload.jobs_per_day"),
        (WEEK.replace("= 100", "= 100\nspeed = 2"), "workload.speed"),
        (
            WEEK.replace("jobs_per_day = 100", "trace = \"a.swf\"\nload = \"0%\""),
            "workload.load",
        ),
        (
            WEEK.replace(
                "jobs_per_day = 100",
                "trace = \"a.swf\"\nclass = \"urgent\"",
            ),
            "workload.class",
        ),
        (
            WEEK.replace("[workload]\njobs_per_day = 100", ""),
            "workload",
        ),
        (format!("one_node_in = 0\n{WEEK}"), "one_node_in"),
        (format!("{WEEK}[policy]\nkind = \"best\""), "policy.kind"),
        (
            format!("{WEEK}[planning]\nrounds = \"often\""),
            "planning.rounds",
        ),
        (
            format!("{WEEK}[energy]\nforecast = \"gaussian\""),
            "energy.error",
        ),
        (
            format!("{WEEK}[energy]\nforecast = \"file\""),
            "energy.file",
        ),
        (
            format!("{WEEK}[energy]\nforecast = \"persistence\"\nfile = \"a.csv\""),
            "energy.file",
        ),
        (
            format!("{WEEK}[energy]\nforecast = \"gaussian\"\nerror = \"NaN%\""),
            "energy.error",
        ),
        (
            format!("{WEEK}[agents]\nstart_delay = \"2h\""),
            "agents.start_delay",
        ),
        (format!("{WEEK}[output]\nstart = true"), "output.start"),
        (format!("{WEEK}[output]\nstarts = \"yes\""), "output.starts"),
        (
            traced("[[workload.classes]]\nclass = \"render\""),
            "workload.classes[0].up_to",
        ),
        (
            traced("[[workload.classes]]\nup_to = \"1h\"\nclass = \"urgent\""),
            "workload.classes[0].class",
        ),
        (
            traced(&"[[workload.classes]]\nup_to = \"1h\"\nclass = \"render\"\n".repeat(2)),
            "workload.classes[1].up_to",
        ),
        (traced("model = \"lublin\""), "workload.model"),
        (
            WEEK.replace("jobs_per_day = 100", "model = \"feitelson\""),
            "workload.model",
        ),
        (
            WEEK.replace("jobs_per_day = 100", "model = \"lublin\"\nprocessors = 1"),
            "workload.processors",
        ),
        (
            WEEK.replace("jobs_per_day = 100", "trace = \"a.parquet\""),
            "workload.mapping",
        ),
        (fault("kind = \"flood\""), "faults[0].kind"),
        (
            fault("kind = \"site_outage\"\nsite = \"x\""),
            "faults[0].site",
        ),
        (fault("kind = \"link_cut\"\nlink = \"x\""), "faults[0].link"),
        (fault(outage), "faults[0].from"),
        (
            fault(&format!("{outage}from = \"2d\"\nuntil = \"1d\"")),
            "faults[0].until",
        ),
        (
            fault(&format!("{outage}from = \"2d\"\nevery = \"1d\"")),
            "faults[0].every",
        ),
        (
            fault("kind = \"curtailment\"\nsite = \"nm-horinger\"\nleft = \"100%\""),
            "faults[0].left",
        ),
        (
            fault("kind = \"power_cap\"\nsite = \"nm-horinger\"\n"),
            "faults[0].cap",
        ),
        (
            fault("kind = \"power_cap\"\nsite = \"nm-horinger\"\ncap = \"2000MW\"\n"),
            "faults[0].cap",
        ),
    ] {
        match parse(&text) {
            Err(FileError::Field(error)) => assert_eq!(error.field, field, "{error}"),
            other => panic!("{field} should be refused: {other:?}"),
        }
    }
}
