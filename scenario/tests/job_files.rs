//! Job files that are refused, each with the field it names and what it says to do.

use ewc_scenario::{FileError, Format, JobFile, When};

/// A job that is accepted; the cases below change one thing.
const GOOD: &str = r#"
name = "job"
command = ["true"]
estimate = "10m"
"#;

fn problem(text: &str, format: Format) -> String {
    match JobFile::parse(text, format) {
        Ok(_) => panic!("accepted:\n{text}"),
        Err(error) => error.to_string(),
    }
}

/// Each case is the good job with one more line and the start of what is to be said about it.
#[test]
fn one_wrong_line() {
    #[rustfmt::skip]
    let cases = [
        // Amounts.
        (r#"memory = "12 Gigs""#, r#"memory: "12 Gigs" is not an amount of memory; write e.g. "512MiB" or "16GiB""#),
        (r#"memory = 16"#, r#"memory: "16" is not an amount of memory; write e.g."#),
        (r#"memory = "-1GiB""#, r#"memory: "-1GiB" is negative"#),
        (r#"memory = "0GiB""#, "memory: is out of range; write more than zero"),
        (r#"memory = "99999999999999999999GiB""#, "memory: \"99999999999999999999GiB\" has too many digits"),
        (r#"cpu = "four""#, r#"cpu: "four" is not an amount of processor cores"#),
        (r#"cpu = nan"#, r#"cpu: "NaN" is not an amount of processor cores"#),
        (r#"cpu = -2"#, r#"cpu: "-2" is negative"#),
        (r#"cpu = 0"#, "cpu: is out of range; write more than zero"),
        (r#"cpu = [1]"#, "cpu: is a list, not text"),
        (r#"accelerators = -1"#, "accelerators: is out of range"),
        (r#"accelerators = 0.5"#, "accelerators: is a decimal number, not a whole number"),
        (r#"time_limit = "5m""#, "time_limit: is shorter than the estimate"),
        (r#"time_limit = "ten minutes""#, r#"time_limit: "ten minutes" is not a duration; write e.g. "90s""#),
        (r#"time_limit = 600"#, r#"time_limit: "600" is not a duration"#),
        (r#"green_floor = "101%""#, "green_floor: is more than 100%"),
        (r#"green_floor = 0.35"#, r#"green_floor: "0.35" is not a share; write e.g. "35%""#),
        // Times.
        (r#"deadline = "tomorrow""#, r#"deadline: "tomorrow" is not a duration"#),
        (r#"deadline = "2025-06-01""#, r#"deadline: "2025-06-01" is not a time; write e.g."#),
        (r#"deadline = "2025-06-01T08:00:00""#, "deadline: \"2025-06-01T08:00:00\" does not name its offset"),
        (r#"release = "-5m""#, r#"release: "-5m" is negative"#),
        // Names of closed sets.
        (r#"kind = "cron""#, r#"kind: "cron" is not known; write one of batch, service, storage"#),
        (r#"class = "training""#, r#"class: "training" is not known; write one of realtime, near_realtime,"#),
        (r#"data_grade = "secret""#, r#"data_grade: "secret" is not known; write one of general, important, core"#),
        (r#"on_disconnect = "panic""#, r#"on_disconnect: "panic" is not known; write one of keep_running, stop"#),
        (r#"accelerator_families = ["rocm"]"#, r#"accelerator_families[0]: "rocm" is not known; write one of cuda,"#),
        (r#"accelerator_families = ["cuda"]"#, "accelerators: is zero although families or models are named"),
        (r#"throughput = { A = "50%" }"#, "throughput: is for a gang on accelerators only; it scales"),
        ("gang = true\naccelerators = 1\nthroughput = { A = \"0%\" }", "throughput.A: is out of range"),
        ("gang = true\naccelerators = 1\nthroughput = { A = \"half\" }", "throughput.A: \"half\" is not a share"),
        ("gang = true\naccelerators = 1\ncount = 1000\nthroughput = { A = \"0.1%\" }", "throughput.A: makes 1000000 tasks"),
        // Numbers and flags.
        (r#"count = 0"#, "count: is zero; write at least 1"),
        (r#"count = -3"#, "count: -3 is negative or too large"),
        (r#"count = "many""#, "count: is text, not a whole number"),
        (r#"count = 100001"#, "groups: ask for 100001 tasks; the limit is 100000"),
        (r#"gang = "yes""#, "gang: is text, not true or false"),
        (r#"priority = 1001"#, "priority: 1001 is out of range; write a number from -1000 to 1000"),
        (r#"priority = -1001"#, "priority: -1001 is out of range"),
        (r#"retries = 101"#, "retries: 101 is out of range; write at most 100"),
        (r#"mlps_level = 5"#, "mlps_level: 5 is out of range; write a level from 1 to 4"),
        (r#"weights = { carbon = "99999%" }"#, "weights.carbon: is too large"),
        // Fields.
        (r#"memroy = "1GiB""#, "memroy: is not a field that is known here; did you mean memory?"),
        (r#"colour = "red""#, "colour: is not a field that is known here; the fields here are"),
        (r#"weights = { price = "1%" }"#, "weights.price: is not a field that is known here"),
        (r#"labels = "team""#, "labels: is text, not a table"),
        (r#"script = "true""#, "script: stands beside command; keep one of the two"),
        (r#"interpreter = "python3""#, "interpreter: has no script to run"),
        (r#"groups = []"#, "command: stands beside [[groups]]; move it into each group"),
        // Names.
        (r#"tenant = "a b""#, r#"tenant: "a b" is not a name; use 1 to 64 letters"#),
        (r#"idempotency_key = """#, r#"idempotency_key: "" is not a name; use 1 to 128"#),
        (r#"sites = ["gz-guian", "gz-guian"]"#, r#"sites[1]: "gz-guian" is named twice"#),
        (r#"regions = ["贵州"]"#, r#"regions[0]: "贵州" is not a name"#),
        (r#"labels = { "a b" = "x" }"#, r#"labels.a b: "a b" is not a name"#),
        (r#"environment = { "1A" = "x" }"#, "environment.1A: is not a name of a variable"),
        (r#"image = "../etc""#, r#"image: "../etc" is not a name"#),
        // Data.
        (r#"inputs = ["a", "a"]"#, r#"inputs[1].dataset: "a" is named twice"#),
        (r#"inputs = [{ dataset = "a", mount = "/etc" }]"#, r#"inputs[0].mount: "/etc" is not a plain path"#),
        (r#"inputs = [{ dataset = "a", mount = "x/../y" }]"#, r#"inputs[0].mount: "x/../y" is not a plain path"#),
        (r#"inputs = [".."]"#, r#"inputs[0].dataset: ".." is not a name"#),
        (r#"inputs = "a""#, "inputs: is text, not a list; put it in [ ]"),
        (r#"outputs = [{ dataset = "a", path = "x" }]"#, "outputs[0].size: is missing; write the size you expect"),
        (r#"outputs = [{ dataset = "a", path = "../x", size = "1GB" }]"#, r#"outputs[0].path: "../x" is not a plain path"#),
        (r#"outputs = [{ dataset = "a", path = "x", size = "1GB" }, { dataset = "a", path = "y", size = "1GB" }]"#,
            r#"outputs[1].dataset: "a" is named twice"#),
        (r#"latency_limits = [{ region = "beijing", one_way_max = "5" }]"#,
            r#"latency_limits[0].one_way_max: "5" is not a one-way latency; write e.g. "800us" or "5ms""#),
        (r#"latency_limits = [{ region = "beijing", one_way_max = "0ms" }]"#, "latency_limits[0].one_way_max: is out of range"),
        (r#"latency_limits = [{ region = "beijing", one_way_max = "5ms", layer = "wifi" }]"#, r#"latency_limits[0].layer: "wifi" is not known"#),
        // Checkpoints.
        (r#"checkpoint = { path = "last", size = "1GB" }"#, "checkpoint.every: is missing; write how often it is written"),
        (r#"checkpoint = { path = "../last", size = "1GB", every = "1h" }"#, r#"checkpoint.path: "../last" is not a plain path"#),
        (r#"checkpoint = { path = "last", size = "1GB", every = "0s" }"#, "checkpoint.every: is out of range"),
        ("checkpointable = false\ncheckpoint = { path = \"last\", size = \"1GB\", every = \"1h\" }",
            "checkpoint: belongs to a job that is not checkpointable; write checkpointable = true"),
        ("inputs = [\"a\"]\ncheckpoint = { path = \"inputs/a\", size = \"1GB\", every = \"1h\" }",
            r#"checkpoint.path: is where the input "a" stands"#),
        // Kinds.
        (r#"service = { run_for = "1h" }"#, "service: does not belong to a job of this kind"),
        (r#"storage = { keep_for = "1h" }"#, "storage: does not belong to a job of this kind"),
        (r#"kind = "service""#, "service: is missing from a job of this kind; add a [service] table"),
    ];
    for (line, expected) in cases {
        let said = problem(&format!("{GOOD}{line}\n"), Format::Toml);
        assert!(
            said.starts_with(expected),
            "{line}\n  said:     {said}\n  expected: {expected}"
        );
    }
    assert!(cases.len() >= 30);
}

#[test]
fn whole_files() {
    let long_script = format!(
        "name = \"j\"\nestimate = \"1m\"\nscript = \"{}\"",
        "x".repeat(65_537)
    );
    let job_with =
        |more: &str| format!("name = \"j\"\nestimate = \"1m\"\ncommand = [\"a\"]\n{more}");
    let service = |more: &str| job_with(&format!("kind = \"service\"\n[service]\n{more}"));
    let storage = |more: &str| job_with(&format!("kind = \"storage\"\n[storage]\n{more}"));
    let two_groups = |more: &str| {
        let group = |name: &str| {
            format!("\n[[groups]]\nname = \"{name}\"\nestimate = \"1s\"\ncommand = [\"a\"]")
        };
        format!("name = \"j\"\n{more}{}{}", group("a"), group("b"))
    };
    #[rustfmt::skip]
    let cases = [
        ("".to_owned(), "name: is missing"),
        ("name = \"j\"\nestimate = \"1m\"".to_owned(), "command: is missing; write what to start"),
        ("name = \"j\"\ncommand = [\"a\"]".to_owned(), "estimate: is missing; write how long"),
        ("name = \"j\"\nestimate = \"0s\"\ncommand = [\"a\"]".to_owned(), "estimate: is out of range; write more than zero"),
        ("name = \"j\"\nestimate = \"1m\"\ncommand = [\"\"]".to_owned(), "command: is empty"),
        ("name = \"j\"\nestimate = \"1m\"\nscript = \" \"".to_owned(), "script: is empty"),
        ("name = \"\"\nestimate = \"1m\"\ncommand = [\"a\"]".to_owned(), "name: \"\" is not a name"),
        (long_script, "script: has 65537 bytes; the limit is 64 KiB"),
        ("name = \"j\"\ngroups = []".to_owned(), "groups: is empty"),
        ("name = \"j\"\n[[groups]]\nestimate = \"1m\"".to_owned(), "groups[0].name: is missing"),
        ("name = \"j\"\n[[groups]]\nname = \"a\"\nestimate = \"1m\"\ncommand = [\"a\"]\nresources = { memory = \"12 Gigs\" }".to_owned(),
            "groups[0].resources.memory: \"12 Gigs\" is not an amount of memory; write e.g. \"512MiB\" or \"16GiB\""),
        ("name = \"j\"\n[[groups]]\nname = \"a\"\nestimate = \"1m\"\ncommand = [\"a\"]\nresources = { gpu = 1 }".to_owned(),
            "groups[0].resources.gpu: is not a field that is known here"),
        ("name = \"j\"\n[[groups]]\nname = \"a\"\nestimate = \"1m\"\ncommand = [\"a\"]\n[[groups]]\nname = \"a\"\nestimate = \"1m\"\ncommand = [\"a\"]".to_owned(),
            "groups[1].name: \"a\" is the name of another group"),
        (service("run_for = \"1h\"\nspread_sites_min = 2"), "service.spread_sites_min: is more than there are tasks (1); write count"),
        (service("run_for = \"1h\"\nspread_sites_min = 65"), "service.spread_sites_min: is out of range; write a number from 1 to 64"),
        (two_groups("kind = \"service\"\n[service]\nrun_for = \"1s\"\nspread_sites_min = 3"), "service.spread_sites_min: is more than the job has groups (2)"),
        (service("bandwidth = \"1Gbps\""), "service.traffic: is missing"),
        (service("traffic = [{ region = \"a\", weight = 0 }]"), "service.traffic[0].weight: is out of range"),
        (job_with("time_limit = \"30m\"\nkind = \"service\"\n[service]\nrun_for = \"1h\""), "time_limit: is shorter than the job is to run"),
        (storage(""), "storage.keep_for: is missing"),
        (storage("keep_for = \"0s\""), "storage.keep_for: is out of range"),
        (storage("keep_for = \"1m\"\ncopies = 65"), "storage.copies: is out of range; write a number from 1 to 64"),
        (storage("keep_for = \"1m\"\nrefresh_every = \"1d\""), "storage.refresh_every: has no second copy"),
        (storage("keep_for = \"1m\"\ncopies = 2\nrefresh_every = \"1s\""), "storage.refresh_every: is out of range"),
        (storage("keep_for = \"1m\"\ncopies = 2\nrefresh_every = \"1d\""), "storage.refresh_every: has nothing to refresh"),
        (storage("keep_for = \"1m\"\ndistance_min = \"300km\""), "storage.distance_min: has no second copy"),
        (storage("keep_for = \"1m\"\ncopies = 2\ndistance_min = \"20016km\""), "storage.distance_min: is out of range"),
        (job_with("count = 60000\nkind = \"storage\"\n[storage]\nkeep_for = \"1m\"\ncopies = 2"), "groups: ask for 120000 tasks"),
        (two_groups("kind = \"storage\"\n[storage]\nkeep_for = \"1s\"\ncopies = 3"), "storage.copies: is more than the job has groups (2)"),
        ("name = ".to_owned(), "not well-formed TOML: "),
        ("name = \"a\"\nname = \"b\"".to_owned(), "not well-formed TOML: "),
        ("x".repeat(1 << 21), "the file has 2097152 bytes; the limit is 1048576"),
    ];
    for (text, expected) in cases {
        let said = problem(&text, Format::Toml);
        assert!(
            said.starts_with(expected),
            "said:     {said}\nexpected: {expected}"
        );
    }
}

#[test]
fn yaml() {
    for (text, expected) in [
        ("name: [", "not well-formed YAML: "),
        ("- a", "not well-formed YAML: the file holds a list"),
        (
            "name: j\n1: 2",
            "not well-formed YAML: field names are text",
        ),
        (
            "name: j\ncommand: [a]\nestimate: 90",
            "estimate: \"90\" is not a duration",
        ),
        (
            "name: j\ncommand: !secret [a]",
            "not well-formed YAML: tags such as",
        ),
        (
            "name: j\ncommand: [a]\nestimate: 1m\ncpu: .nan",
            "cpu: \"NaN\" is not",
        ),
    ] {
        let said = problem(text, Format::Yaml);
        assert!(
            said.starts_with(expected),
            "said:     {said}\nexpected: {expected}"
        );
    }
    let nulls = "name: j\ncommand: [a]\nestimate: 1m\ntenant:\ndeadline: ~\n";
    assert_eq!(JobFile::parse(nulls, Format::Yaml).unwrap().deadline, None);
}

#[test]
fn files_tell_their_format() {
    let error = JobFile::load("job.json".as_ref()).unwrap_err();
    assert!(matches!(error, FileError::UnknownFormat { .. }), "{error}");
    let error = JobFile::load("does-not-exist.toml".as_ref()).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("cannot read does-not-exist.toml: "),
        "{error}"
    );
}

#[test]
fn a_bare_date_of_toml_is_a_time() {
    let text = format!("{GOOD}deadline = 2025-06-01T08:00:00+08:00\nrelease = \"1h\"\n");
    let file = JobFile::parse(&text, Format::Toml).unwrap();
    assert_eq!(file.deadline, Some(When::At(1_748_736_000_000)));
    // The deadline has passed by then, and this is said before anything is submitted.
    let error = file.spec_at(1_748_736_000_000).unwrap_err();
    assert_eq!(error.field, "deadline");
    assert!(file.spec_at(1_748_700_000_000).is_ok());
}

#[test]
fn hostile_files_are_refused_and_cost_little() {
    let nested = format!("name = {}", "[".repeat(100_000));
    assert!(problem(&nested, Format::Toml).starts_with("not well-formed TOML: "));
    let nested = format!("name: {}", "[".repeat(100_000));
    assert!(problem(&nested, Format::Yaml).starts_with("not well-formed YAML: "));
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let below = format!("*a{}, ", level - 1).repeat(10);
        laughs += &format!("a{level}: &a{level} [{below}]\n");
    }
    assert!(problem(&laughs, Format::Yaml).starts_with("not well-formed YAML: "));
    let many = format!("{GOOD}inputs = [{}]", "\"a\",".repeat(257));
    assert!(problem(&many, Format::Toml).starts_with("inputs: has 257 entries; the limit is 256"));
}
