//! The `trivet` command: builds, runs, tests and measures Trivet on a Debian host.
//!
//! `commands` has a file for each subcommand; `build` makes what boots, `qemu` starts it.
#![deny(unsafe_code)]

mod bench;
mod build;
mod commands;
mod debian;
mod doctor;
mod failure;
mod fuzz;
mod packages;
mod policy;
mod ports;
mod posix;
mod process;
mod progress;
mod project;
mod qemu;
mod run;
mod sysroot;
mod testing;
mod trace;

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
    /// Run a program in a machine of its own
    Run(commands::run::Options),
    /// Check a policy, or run the tests inside it
    Policy(commands::policy::Options),
    /// List, build and test the ports: programs from upstream sources
    Port(commands::port::Options),
    /// Tell what is in the image that every run boots
    Image(commands::image::Options),
    /// Build the C library and the sysroot for the compilers of toolchain/bin
    Sysroot,
    /// Boot the bare kernel with its serial line on the terminal
    #[command(hide = true)]
    Boot(commands::boot::Options),
    /// Run the kernel's own tests inside the guest; prints `NAME ... ok`, a line a test, and the kernel's figures
    KernelTest(commands::kernel_test::Options),
    /// Build the program that tests the process server from inside the guest, and print its path
    #[command(hide = true)]
    ProcessProbe(commands::process_probe::Options),
    /// Send generated messages to the kernel and the servers, from inside the guest
    Fuzz(commands::fuzz::Options),
    /// Write the documentation of every interface
    Interface(commands::interface::Options),
    /// Run the tests; the last line says how many passed
    Test(commands::test::Options),
    /// Measure Trivet and Linux side by side, in instructions
    Bench(commands::bench::Options),
    /// Check formatting, clippy and the host tests: what to run before a commit
    Check,
    /// Find out what the host lacks; as root on Debian, install it
    Doctor,
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    match execute(cli.command) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("trivet: {failure}");
            ExitCode::from(failure.exit_status().unwrap_or(1))
        }
    }
}

/// Prints help or a usage error. `run` has its own status for errors, since the program may use 2 itself.
fn usage(error: &clap::Error) -> ExitCode {
    // Nothing can be done where stderr is closed.
    let _ = error.print();
    let is_run = std::env::args_os().nth(1).is_some_and(|word| word == "run");
    match error.exit_code() {
        0 => ExitCode::SUCCESS,
        _ if is_run => ExitCode::from(run::status::TRIVET_FAILED),
        _ => ExitCode::from(2),
    }
}

fn execute(command: Command) -> Result<ExitCode> {
    let project = Project::find()?;
    match command {
        Command::Run(options) => commands::run::execute(&project, options),
        Command::Policy(options) => commands::policy::execute(&project, options),
        Command::Port(options) => commands::port::execute(&project, options),
        Command::Image(options) => commands::image::execute(&project, options),
        Command::Sysroot => commands::sysroot::execute(&project),
        Command::Boot(options) => commands::boot::execute(&project, options),
        Command::KernelTest(options) => commands::kernel_test::execute(&project, options),
        Command::ProcessProbe(options) => commands::process_probe::execute(&project, options),
        Command::Fuzz(options) => commands::fuzz::execute(&project, &options),
        Command::Interface(options) => commands::interface::execute(&project, &options),
        Command::Test(options) => commands::test::execute(&project, options),
        Command::Bench(options) => commands::bench::execute(&project, options),
        Command::Check => commands::check::execute(&project),
        Command::Doctor => commands::doctor::execute(&project),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent_and_every_option_is_explained() {
        Cli::command().debug_assert();
        for command in Cli::command().get_subcommands() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments() {
                assert!(
                    argument.get_help().is_some(),
                    "{} {}",
                    command.get_name(),
                    argument.get_id()
                );
            }
        }
    }
}
