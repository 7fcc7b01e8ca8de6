//! What is said of a workload.

use std::io::Write as _;

use ewc_sim::workload::trace::{JobSource, Spread, Summary, TraceCounts};
use serde_json::{Value, json};

use super::Args;

const SECOND_MS: f64 = 1000.0;
const DAY_MS: f64 = 86_400_000.0;
const PERMILLES: [(&str, u64); 5] = [
    ("p10", 100),
    ("p50", 500),
    ("p90", 900),
    ("p99", 990),
    ("p99_9", 999),
];

pub(super) fn print(args: &Args, summary: &Summary, source: &dyn JobSource, complete: bool) {
    let machine = Machine::of(args, summary, source);
    let text = match args.json {
        true => format!("{:#}", as_json(args, summary, source, &machine, complete)),
        false => as_text(args, summary, source, &machine),
    };
    // Who reads no further, as `head` does, has read enough.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// The machine that the offered load is a part of.
struct Machine {
    processors: i64,
    from: &'static str,
}

impl Machine {
    fn of(args: &Args, summary: &Summary, source: &dyn JobSource) -> Machine {
        let (processors, from) = match (args.processors, source.processors_max()) {
            (Some(asked), _) => (i64::from(asked), "as asked for"),
            (None, Some(known)) => (known, "as the source says"),
            (None, None) => (summary.size.max(), "the largest job"),
        };
        Machine { processors, from }
    }
}

fn as_text(args: &Args, summary: &Summary, source: &dyn JobSource, machine: &Machine) -> String {
    let share = |count: u64| 100.0 * count as f64 / summary.jobs.max(1) as f64;
    let counts = source.counts();
    let days = summary.span_ms() as f64 / DAY_MS;
    let mut lines = vec![
        format!("workload     {}", super::name_of(args)),
        format!(
            "jobs         {} of {} rows{}",
            summary.jobs,
            counts.rows,
            told(counts)
        ),
        format!("span         {days:.2} days from the first submission to the last"),
        format!("run          {}", spread(&summary.run_ms, SECOND_MS, " s")),
        format!("size         {}", spread(&summary.size, 1.0, "")),
        format!(
            "             serial {:.1} %, parallel of a power of two {:.1} %, with accelerators \
             {:.1} %",
            share(summary.serial),
            share(summary.power_of_two),
            share(summary.with_accelerators)
        ),
        format!(
            "distance     {}",
            spread(&summary.distance_ms, SECOND_MS, " s")
        ),
    ];
    let asked = &summary.request_permille;
    if asked.count() > 0 {
        let (spread, share) = (spread(asked, 1000.0, ""), share(asked.count()));
        lines.push(format!(
            "request/run  {spread} ({share:.1} % of jobs asked)"
        ));
    }
    lines.push(match summary.offered_load(machine.processors) {
        Some(load) => {
            let (processors, from) = (machine.processors, machine.from);
            format!("offered load {load:.4} of {processors} processors ({from})")
        }
        None => String::from("offered load unknown: no time passes between the submissions"),
    });
    if let Some(path) = &args.out {
        lines.push(format!("written to   {}", path.display()));
    }
    lines.join("\n")
}

/// What became of rows, where that is not the rule.
fn told(counts: TraceCounts) -> String {
    let named = [
        (counts.without_run, "without a run"),
        (counts.negative_run, "with a negative run"),
        (counts.without_size, "without a size"),
        (counts.duplicates, "there twice"),
        (counts.by_format, "left out by the format's rules"),
        (counts.fields_repaired, "repaired"),
        (counts.reordered, "put in order"),
    ];
    let named = named.iter().filter(|(count, _)| *count > 0);
    named
        .map(|(count, what)| format!(", {count} {what}"))
        .collect()
}

fn spread(spread: &Spread, unit: f64, suffix: &str) -> String {
    let at = |permille| spread.at_permille(permille) as f64 / unit;
    format!(
        "mean {:.2}{suffix}, p10 {:.1}, p50 {:.1}, p90 {:.1}, p99 {:.1}, max {:.1}",
        spread.mean() / unit,
        at(100),
        at(500),
        at(900),
        at(990),
        spread.max() as f64 / unit
    )
}

fn as_json(
    args: &Args,
    summary: &Summary,
    source: &dyn JobSource,
    machine: &Machine,
    complete: bool,
) -> Value {
    let counts = source.counts();
    json!({
        "workload": super::name_of(args),
        "complete": complete,
        "jobs": summary.jobs,
        "first_submit_ms": summary.first_ms,
        "unix_start_ms": source.unix_start_ms(),
        "span_s": summary.span_ms() as f64 / SECOND_MS,
        "run_s": values(&summary.run_ms, SECOND_MS),
        "size": values(&summary.size, 1.0),
        "distance_s": values(&summary.distance_ms, SECOND_MS),
        "request_over_run": values(&summary.request_permille, 1000.0),
        "serial": summary.serial,
        "power_of_two": summary.power_of_two,
        "with_accelerators": summary.with_accelerators,
        "with_deadline": summary.with_deadline,
        "processor_hours": summary.work_ms as f64 / 3_600_000.0,
        "accelerator_hours": summary.accelerator_work_ms as f64 / 3_600_000.0,
        "processors": machine.processors,
        "offered_load": summary.offered_load(machine.processors),
        "rows": {
            "read": counts.rows,
            "without_run": counts.without_run,
            "negative_run": counts.negative_run,
            "without_size": counts.without_size,
            "duplicates": counts.duplicates,
            "by_format": counts.by_format,
            "fields_repaired": counts.fields_repaired,
            "reordered": counts.reordered,
        },
        "written_to": args.out,
    })
}

fn values(spread: &Spread, unit: f64) -> Value {
    let quantiles = PERMILLES.iter();
    let quantile = |(name, permille): &(&str, u64)| {
        let value = spread.at_permille(*permille) as f64 / unit;
        ((*name).to_owned(), json!(value))
    };
    let mut values: serde_json::Map<String, Value> = quantiles.map(quantile).collect();
    values.insert("mean".to_owned(), json!(spread.mean() / unit));
    values.insert("min".to_owned(), json!(spread.min() as f64 / unit));
    values.insert("max".to_owned(), json!(spread.max() as f64 / unit));
    values.insert("count".to_owned(), json!(spread.count()));
    Value::Object(values)
}
