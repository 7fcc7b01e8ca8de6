//! Development tasks of ewc: the demo, the figures, and the checks that a compiler does not make.

mod ci;
mod demo;
mod figure;
mod programs;
mod tidy;
mod tutorial;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "xtask", about = "Development tasks of ewc", version)]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build, start the national network on this machine, run real jobs on it, and report
    Demo(demo::Args),
    /// Measure a figure anew and say whether its target is met; `--list` names all of them
    Figure(figure::Args),
    /// Everything that must hold before a change lands: the test command
    Ci,
    /// Check what the compiler does not: dependencies of the core, file lengths, forbidden words
    Tidy,
    /// Run every command of docs/planners.md as it is written
    Tutorial(tutorial::Args),
}

fn main() -> std::process::ExitCode {
    match run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    match Args::parse().task {
        Task::Demo(args) => demo::run(&args),
        Task::Figure(args) => figure::run(&args),
        Task::Ci => ci::run(),
        Task::Tidy => tidy::run(),
        Task::Tutorial(args) => tutorial::run(&args),
    }
}
