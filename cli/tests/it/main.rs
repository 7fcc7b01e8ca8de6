//! The program as it is run: help, exit codes, and its way to the leader.

mod completions;
mod exit_codes;
mod fake;
mod help;
mod hold;
mod interrupt;
mod leader;
mod network;
mod output;
mod policy;
mod tls;

use std::process::{Output, Stdio};

/// Runs `ewc` with nothing of the caller's environment that could change what it does.
async fn ewc(arguments: &[&str]) -> Output {
    tokio::process::Command::new(env!("CARGO_BIN_EXE_ewc"))
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .await
        .expect("ewc runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("an exit code")
}
