//! `trivet process-probe`: builds the program that tests the process server from inside the guest.

use crate::build::build_process_probe;
use crate::doctor;
use crate::failure::Result;
use crate::project::Project;
use clap::Args;
use std::process::ExitCode;

/// Options of `trivet process-probe`.
#[derive(Debug, Args)]
pub struct Options {}

/// Prints the program's path, for `trivet run`.
pub fn execute(project: &Project, Options {}: Options) -> Result<ExitCode> {
    doctor::ensure(project)?;
    let built = build_process_probe(project)?;
    println!("{}", built.stripped.display());
    Ok(ExitCode::SUCCESS)
}
