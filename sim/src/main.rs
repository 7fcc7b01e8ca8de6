//! `ewc-sim`: places instances from files, checks plans, and makes instances from seeds.

mod command;

use std::process::ExitCode;

use clap::Parser;

/// A run makes and drops some dozen small values for each step of a job.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match command::run(command::Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
