//! The peer: HiGHS through its Python package, in one process that answers line by line.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

use super::program::Program;

/// What the process runs; given on the command line, so that nothing is written.
const SCRIPT: &str = include_str!("highs.py");
/// Names the interpreter.
const INTERPRETER: &str = "EWC_PYTHON";
/// What to do when the peer is missing.
const INSTALL: &str = "HiGHS is not installed: `pip install highspy` in an environment of Python \
                       and name its interpreter in EWC_PYTHON, or give --without-peer";

/// A running HiGHS. Dropped, it ends.
pub struct Highs {
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    /// What it says it is.
    pub version: String,
}

/// What HiGHS found for a program.
#[derive(Debug, Clone)]
pub struct Answer {
    /// It is proven that nothing is better.
    pub optimal: bool,
    /// Value that nothing goes below, without the program's offset; it may have none.
    pub bound: Option<f64>,
    /// The variables that are not 0, and their values; none when it found no solution.
    pub taken: Vec<(usize, i64)>,
}

impl Highs {
    /// Starts it.
    pub fn start() -> anyhow::Result<Highs> {
        let interpreter = std::env::var_os(INTERPRETER).unwrap_or_else(|| "python3".into());
        let mut child = Command::new(&interpreter)
            .args(["-c", SCRIPT])
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}: {INSTALL}", interpreter.display()))?;
        let requests = child.stdin.take();
        let answers = child.stdout.take().context("the peer has an output")?;
        let mut highs = Highs {
            child,
            requests,
            answers: BufReader::new(answers),
            version: String::new(),
        };
        let hello = highs.read()?;
        match hello["version"].as_str() {
            Some(version) => highs.version = format!("HiGHS {version}"),
            None => bail!("{}: {INSTALL}", hello["missing"]),
        }
        Ok(highs)
    }

    /// Solves the relaxation, in which parts may be taken.
    pub fn relaxed(&mut self, program: &Program) -> anyhow::Result<f64> {
        let answer = self.ask(program, false, None)?;
        ensure!(answer.optimal, "HiGHS did not solve a linear program");
        answer.bound.context("a solved program has a value")
    }

    /// Solves in whole numbers, to the end or for so many seconds.
    pub fn whole(&mut self, program: &Program, seconds: Option<u64>) -> anyhow::Result<Answer> {
        let answer = self.ask(program, true, seconds)?;
        ensure!(
            answer.optimal || seconds.is_some(),
            "HiGHS did not solve an integer program"
        );
        Ok(answer)
    }

    fn ask(
        &mut self,
        program: &Program,
        whole: bool,
        seconds: Option<u64>,
    ) -> anyhow::Result<Answer> {
        let mut request = program.to_json();
        request["whole"] = json!(whole);
        request["seconds"] = json!(seconds);
        let requests = self.requests.as_mut().context("the peer has an input")?;
        serde_json::to_writer(&mut *requests, &request)?;
        requests.write_all(b"\n")?;
        requests.flush()?;
        let answer = self.read()?;
        if let Some(error) = answer["error"].as_str() {
            bail!("{error}");
        }
        let taken = answer["taken"].as_array().into_iter().flatten();
        let taken = taken.map(|pair| Some((pair[0].as_u64()? as usize, pair[1].as_i64()?)));
        Ok(Answer {
            optimal: answer["optimal"].as_bool().unwrap_or(false),
            bound: answer["bound"].as_f64(),
            taken: taken
                .collect::<Option<_>>()
                .context("an answer lists variables")?,
        })
    }

    fn read(&mut self) -> anyhow::Result<Value> {
        let mut line = String::new();
        let read = self.answers.read_line(&mut line)?;
        ensure!(read > 0, "the peer ended; what it said stands above");
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Highs {
    fn drop(&mut self) {
        // The end of its input ends it; while it solves it does not look.
        drop(self.requests.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
