//! What may be wrong with a trace: every error names file and line.

use super::*;

fn error(mapping: &Mapping, text: &[u8]) -> String {
    let mut source = match CsvJobs::open(text, "t.csv", mapping) {
        Ok(source) => source,
        Err(error) => return error.to_string(),
    };
    let error = source.find_map(Result::err).expect("an error");
    assert!(source.next().is_none(), "nothing follows an error");
    error.to_string()
}

fn swf_error(text: &[u8]) -> String {
    let mut source = SwfJobs::open(text, "l.swf", Repair::default());
    let error = source.find_map(Result::err).expect("an error");
    assert!(source.next().is_none(), "nothing follows an error");
    error.to_string()
}

fn swf_row(number: i64, submit: i64, run: i64) -> String {
    format!("{number} {submit} -1 {run} 1 -1 -1 1 10 -1 1 1 1 -1 -1 -1 -1 -1\n")
}

#[test]
fn a_cut_gzip_file() {
    let rows: String = (0..9000)
        .map(|at| format!("{at},{},1\n", 1 + at * 7919 % 1000))
        .collect();
    let packed = gzip(&format!("at,run,cores\n{rows}"));
    let message = error(&short(""), &packed[..packed.len() / 2]);
    assert!(message.starts_with("t.csv: line "), "{message}");
    assert!(
        message.contains("the gzip file ends in the middle"),
        "{message}"
    );
    let rows: String = (1..9000)
        .map(|at| swf_row(at, at, 1 + at * 7919 % 1000))
        .collect();
    let packed = gzip(&rows);
    let message = swf_error(&packed[..packed.len() / 2]);
    assert!(message.starts_with("l.swf: line "), "{message}");
    assert!(
        message.contains("the gzip file ends in the middle"),
        "{message}"
    );
}

#[test]
fn negative_and_unknown_runs() {
    let of = |run: &str| {
        error(
            &short(""),
            format!("at,run,cores\n1,2,1\n2,{run},1\n").as_bytes(),
        )
    };
    let negative = of("-7");
    assert!(
        negative.starts_with("t.csv: line 3: job 2: its run time is negative (-7)"),
        "{negative}"
    );
    let unknown = of("");
    assert!(
        unknown.starts_with("t.csv: line 3: job 2: its run time is unknown"),
        "{unknown}"
    );
}

#[test]
fn a_clock_that_goes_back() {
    let rows = "at,run,cores\n5,1,1\n3,1,1\n1,1,1\n";
    let strict = error(&short(""), rows.as_bytes());
    let part = "t.csv: line 3: job 2: submitted at 3000 ms, when it is 5000 ms already";
    assert!(strict.starts_with(part), "{strict}");
    let ahead = error(&short("rows_ahead = 1"), rows.as_bytes());
    assert!(
        ahead.starts_with("t.csv: line 4: job 3: submitted at 1000 ms"),
        "{ahead}"
    );
    assert!(ahead.ends_with("look more than 1 rows ahead"), "{ahead}");
    let log = format!("{}{}", swf_row(1, 5, 1), swf_row(2, 4, 1));
    let message = swf_error(log.as_bytes());
    assert!(
        message.starts_with("l.swf: line 2: job 2: submitted at 4000 ms"),
        "{message}"
    );
}

#[test]
fn ids_that_are_there_twice() {
    let text = "[columns]\nid = \"id\"\nsubmit = \"at\"\nrun = \"run\"\ncores = \"n\"\n";
    let mapping = Mapping::parse("m", text).unwrap();
    let message = error(&mapping, b"id,at,run,n\nx,1,1,1\ny,2,1,1\nx,3,1,1\n");
    assert!(
        message.starts_with("t.csv: line 4: job x is there twice"),
        "{message}"
    );
    let log = format!(
        "{}{}{}",
        swf_row(2, 5, 1),
        swf_row(1, 5, 1),
        swf_row(2, 6, 1)
    );
    let message = swf_error(log.as_bytes());
    assert!(
        message.starts_with("l.swf: line 3: job 2 is there twice"),
        "{message}"
    );
}

#[test]
fn columns_that_are_unknown_missing_or_twice() {
    for (header, part) in [
        (
            "at,run,cores,colour",
            "line 1: column \"colour\" is not in the mapping",
        ),
        (
            "at,cores",
            "line 1: column \"run\" is missing, which the mapping takes as run; there are at, cores",
        ),
        ("at,run,cores,at", "line 1: column \"at\" is there twice"),
        ("", "line 0: there is no header"),
    ] {
        let message = error(&short(""), header.as_bytes());
        assert!(message.starts_with(&format!("t.csv: {part}")), "{message}");
    }
    let all = "[columns]\nsubmit = \"at\"\nrun = \"run\"\ncores = \"cores\"\nignore = [\"*\"]";
    let all = Mapping::parse("m", all).unwrap();
    assert_eq!(jobs(&all, "at,run,cores,colour\n1,2,3,red\n").0.len(), 1);
}

#[test]
fn fields_that_are_no_such_thing() {
    for (row, part) in [
        (
            "NaN,1,1",
            "column \"at\" is \"NaN\"; give a time since the trace's start",
        ),
        ("-1,1,1", "column \"at\" is \"-1\""),
        (",1,1", "column \"at\" is \"\"; give a time"),
        ("1,nan,1", "column \"run\" is \"nan\"; give a run time"),
        ("1,inf,1", "column \"run\" is \"inf\""),
        ("1,1e16,1", "column \"run\" is \"1e16\""),
        ("1,two,1", "column \"run\" is \"two\""),
        (
            "1,1,-2",
            "column \"cores\" is \"-2\"; give a number of cores, 0 or more",
        ),
        ("1,1,NaN", "column \"cores\" is \"NaN\""),
        ("1,1,0", "job 2: it has neither cores nor accelerators"),
        ("1,1", "has 2 fields where the header names 3"),
        ("1,1,\"2", "is not a row"),
    ] {
        let text = format!("at,run,cores\n0,1,1\n{row}\n");
        let message = error(&short(""), text.as_bytes());
        assert!(
            message.starts_with(&format!("t.csv: line 3: {part}")),
            "{message}"
        );
    }
    let message = swf_error(format!("{}1 2 3\n", swf_row(1, 1, 1)).as_bytes());
    assert!(
        message.starts_with("l.swf: line 2: has 3 fields"),
        "{message}"
    );
    let long = swf_error(swf_row(1, 1, 1 << 41).as_bytes());
    assert_eq!(
        long,
        "l.swf: line 1: job 1: its run time is out of range; correct the row"
    );
}

#[test]
fn mappings_that_are_none() {
    let columns = "[columns]\nsubmit = \"a\"\nrun = \"b\"\n";
    for (text, part) in [
        ("", "missing field `columns`"),
        ("[columns]\nrun = \"a\"\n", "missing field `submit`"),
        (
            columns,
            "columns: name a column for cores or for accelerators",
        ),
        (
            &format!("{columns}cores = \"c\"\ncolour = \"d\"\n"),
            "unknown field `colour`",
        ),
        (
            &format!("{columns}cores = \"c\"\n[units]\nrun = \"weeks\"\n"),
            "unknown variant `weeks`",
        ),
        (
            &format!("{columns}cores = \"c\"\n[units]\nutc_offset = \"8\"\n"),
            "units.utc_offset: \"8\"",
        ),
        (
            &format!("{columns}cores = \"c\"\n[repair]\nrows_ahead = 1000001\n"),
            "at most 1000000",
        ),
    ] {
        let message = Mapping::parse("m.toml", text).unwrap_err().to_string();
        assert!(message.starts_with("mapping m.toml: "), "{message}");
        assert!(message.contains(part), "{message} should say {part}");
    }
    let message = Mapping::load("no-such-mapping").unwrap_err().to_string();
    assert!(
        message.contains("give a file, or one of ewc, gaia, openb, philly"),
        "{message}"
    );
}

#[test]
fn a_mapping_says_the_run_in_one_way() {
    for (columns, part) in [
        ("", "columns: name a column for run, or one for ended"),
        (
            "started = \"s\"",
            "columns: name a column for run, or one for ended",
        ),
        (
            "run = \"r\"\nended = \"e\"",
            "columns.run: leave out started and ended, or run",
        ),
    ] {
        let text = format!("[columns]\nsubmit = \"at\"\ncores = \"n\"\n{columns}\n");
        let error = Mapping::parse("m", &text).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    let ended = "[columns]\nsubmit = \"at\"\ncores = \"n\"\nended = \"e\"\n";
    let mapping = Mapping::parse("m", ended).unwrap();
    let message = error(&mapping, b"at,n,e\n5,1,9\n7,1,4\n");
    assert!(
        message.contains("line 3: job 2: its run time is negative (-3000 ms)"),
        "{message}"
    );
}
