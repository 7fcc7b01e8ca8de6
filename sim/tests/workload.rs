//! `ewc-sim workload` as a user runs it.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

/// A folder that goes when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let name = format!("ewc-sim-workload-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// Runs the command in the folder.
    fn run(&self, arguments: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ewc-sim"));
        let command = command.arg("workload").args(arguments.split(' '));
        command.current_dir(&self.0).output().unwrap()
    }

    fn json(&self, arguments: &str) -> Value {
        let output = self.run(&format!("{arguments} --json"));
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments}: {error}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn error(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        assert!(!output.status.success(), "{arguments} should fail");
        String::from_utf8(output.stderr).unwrap()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const TABLE: &str = "at,run,n\n0,10,1\n10,20,2\n20,30,4\n40,-1,1\n60,40,8\n";
const MAPPING: &str = "[columns]\nsubmit = \"at\"\nrun = \"run\"\ncores = \"n\"\n";

#[test]
fn a_table_is_summed_up_and_becomes_a_log() {
    let folder = Folder::new("table");
    folder.write("t.csv", TABLE);
    folder.write("m.toml", MAPPING);
    let told = folder.json("t.csv --mapping m.toml --repair --processors 10 --out t.swf.gz");
    assert_eq!(
        (&told["jobs"], &told["rows"]["negative_run"]),
        (&4.into(), &1.into())
    );
    assert_eq!(
        (&told["run_s"]["mean"], &told["size"]["max"]),
        (&25.0.into(), &8.0.into())
    );
    // 10 + 40 + 120 + 320 processor seconds of 60 s on 10.
    assert_eq!(told["offered_load"], 490.0 / 600.0);
    assert_eq!(
        (&told["serial"], &told["power_of_two"]),
        (&1.into(), &3.into())
    );
    let again = folder.json("t.swf.gz");
    for field in [
        "jobs",
        "run_s",
        "size",
        "distance_s",
        "offered_load",
        "processors",
    ] {
        assert_eq!(again[field], told[field], "{field}");
    }
    let changed = folder.json("t.swf.gz --from 10s --until 1m --load 2 --jobs 1");
    assert_eq!(
        (&changed["jobs"], &changed["run_s"]["mean"]),
        (&1.into(), &20.0.into())
    );
    let text = String::from_utf8(folder.run("t.swf.gz").stdout).unwrap();
    assert!(
        text.contains("offered load 0.8167 of 10 processors (as the source says)"),
        "{text}"
    );
}

#[test]
fn a_model_gives_the_same_bytes() {
    let folder = Folder::new("model");
    for out in ["a.swf", "b.swf", "c.csv"] {
        folder.json(&format!("--model lublin --jobs 500 --seed 3 --out {out}"));
    }
    let read = |name: &str| fs::read_to_string(folder.0.join(name)).unwrap();
    assert_eq!(read("a.swf"), read("b.swf"));
    let (log, table) = (folder.json("a.swf"), folder.json("c.csv --mapping ewc"));
    assert_eq!(
        (&log["jobs"], &log["run_s"]),
        (&500.into(), &table["run_s"])
    );
    folder.json("--model lublin --jobs 500 --seed 3 --out e.parquet");
    let columns = folder.json("e.parquet --mapping ewc --out f.csv");
    assert_eq!(columns["run_s"], log["run_s"]);
    assert_eq!(read("f.csv"), read("c.csv"), "the twin holds the same");
    folder.json("--model lublin --jobs 500 --seed 4 --out d.swf");
    assert_ne!(read("a.swf"), read("d.swf"));
}

#[test]
fn errors_say_what_to_do() {
    let folder = Folder::new("errors");
    folder.write("t.csv", TABLE);
    folder.write("m.toml", MAPPING);
    folder.write("l.swf", "; MaxProcs: 4\n1 2 3\n");
    for (arguments, part) in [
        ("t.csv", "t.csv: a table needs --mapping"),
        (
            "t.csv --mapping m.toml",
            "t.csv: line 5: job 4: its run time is negative (-1)",
        ),
        (
            "t.csv --mapping gaia",
            "t.csv: line 1: column \"arrival_time\" is missing",
        ),
        ("t.csv --mapping no.toml", "mapping no.toml: "),
        ("l.swf", "l.swf: line 2: has 3 fields"),
        ("none.swf", "none.swf: No such file"),
        (
            "--model lublin --load 0",
            "the load factor is 0; give a number from",
        ),
        ("--model lublin --keep 2", "the share of jobs to keep is 2"),
        (
            "--model lublin --from 2d --until 1d",
            "--until lies before --from",
        ),
        (
            "--model lublin --jobs 5 --out x.txt",
            "x.txt: name it .parquet, .swf or .csv",
        ),
        ("--model lublin --mapping ewc", "cannot be used with"),
    ] {
        let message = folder.error(arguments);
        assert!(
            message.contains(part),
            "{arguments}: {message} should say {part}"
        );
    }
    let message = folder.error("t.csv --mapping m.toml --repair --out t.csv");
    assert!(message.contains("is the trace itself"), "{message}");
    assert_eq!(fs::read_to_string(folder.0.join("t.csv")).unwrap(), TABLE);
}
