//! Development tasks of ewc: the demo, the figures, and the checks that a compiler does not make.

mod tidy;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "xtask", about = "Development tasks of ewc", version)]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Check what the compiler does not: dependencies of the core, file lengths, forbidden words
    Tidy,
}

fn main() -> anyhow::Result<()> {
    match Args::parse().task {
        Task::Tidy => tidy::run(),
    }
}
