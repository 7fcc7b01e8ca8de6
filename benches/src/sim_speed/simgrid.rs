//! The peer: a driver in C++ on SimGrid's kernel, built on the spot.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};
use ewc_sim::check::{KTH_PROCESSORS, kth_sp2, published};
use ewc_sim::site::queue::Estimate;

use crate::statistics::median;

const SOURCE: &str = include_str!("../../peers/simgrid_fcfs.cpp");
const ROUNDS: usize = 5;
const ROUNDS_QUICK: usize = 1;
const HINT: &str = "install Debian's libsimgrid-dev and g++, or give --without-peer";

/// Jobs a second that SimGrid's kernel simulates under first come, first served: less work than
/// EASY. Its time begins when the log is in memory, as ours does.
///
/// # Errors
/// It cannot be built or run, or its mean wait is not the published one.
pub fn fcfs_per_s(data: &Path, folder: &Path, quick: bool) -> anyhow::Result<f64> {
    let (source, program) = (folder.join("simgrid_fcfs.cpp"), folder.join("simgrid_fcfs"));
    let log = folder.join("kth.txt");
    std::fs::write(&source, SOURCE)?;
    let mut text = String::new();
    for job in kth_sp2(data, Estimate::Requested)? {
        let (submit, run) = (job.submit_ms / 1000, job.run_ms / 1000);
        writeln!(text, "{submit} {run} {}", job.processors)?;
    }
    std::fs::write(&log, text)?;
    let mut compiler = Command::new("g++");
    compiler
        .args(["-O2", "-std=c++17", "-o"])
        .args([&program, &source]);
    let built = compiler.arg("-lsimgrid").output().context(HINT)?;
    if !built.status.success() {
        bail!("{HINT}: {}", String::from_utf8_lossy(&built.stderr));
    }
    let mut rates = Vec::new();
    for _ in 0..if quick { ROUNDS_QUICK } else { ROUNDS } {
        let mut command = Command::new(&program);
        let output = command.arg(KTH_PROCESSORS.to_string()).arg(&log).output()?;
        if !output.status.success() {
            bail!("SimGrid: {}", String::from_utf8_lossy(&output.stderr));
        }
        rates.push(rate(&String::from_utf8_lossy(&output.stdout))?);
    }
    Ok(median(rates))
}

/// Jobs a second from the driver's line, whose mean wait must be the published one.
fn rate(line: &str) -> anyhow::Result<f64> {
    let words = line.split_whitespace().map(str::parse::<f64>);
    let numbers: Vec<f64> = words.collect::<Result<_, _>>()?;
    let [jobs, wait, seconds] = numbers[..] else {
        bail!("SimGrid's driver wrote {line:?}");
    };
    if (wait - published::queue::FCFS_WAIT_S).abs() > published::queue::WAIT_TOLERANCE_S {
        bail!("SimGrid's mean wait is {wait} s, not the published one");
    }
    Ok(jobs / seconds)
}
