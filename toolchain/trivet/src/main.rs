//! The `trivet` command: builds, runs, tests and measures Trivet on a Debian host.
//!
//! `commands` has a file for each subcommand; `build` makes what boots, `qemu` starts it.
#![deny(unsafe_code)]

mod build;
mod commands;
mod doctor;
mod failure;
mod process;
mod progress;
mod project;
mod qemu;
mod testing;

use clap::{Parser, Subcommand};
use failure::Result;
use project::Project;
use std::process::ExitCode;

/// Runs ordinary C and Rust programs on a microkernel, each message checked by a policy.
#[derive(Debug, Parser)]
#[command(name = "trivet", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Boot the bare kernel with its serial line on the terminal
    #[command(hide = true)]
    Boot(commands::boot::Options),
    /// Run the tests; the last line says how many passed
    Test(commands::test::Options),
    /// Check formatting, clippy and the host tests: what to run before a commit
    Check,
    /// Find out what the host lacks; as root on Debian, install it
    Doctor,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match execute(cli.command) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("trivet: {failure}");
            ExitCode::from(failure.exit_status().unwrap_or(1))
        }
    }
}

fn execute(command: Command) -> Result<ExitCode> {
    let project = Project::find()?;
    match command {
        Command::Boot(options) => commands::boot::execute(&project, options),
        Command::Test(options) => commands::test::execute(&project, options),
        Command::Check => commands::check::execute(&project),
        Command::Doctor => commands::doctor::execute(&project),
    }
}
