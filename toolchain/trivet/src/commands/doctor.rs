//! `trivet doctor`: whether the host has what Trivet needs.

use crate::doctor;
use crate::failure::Result;
use crate::project::Project;
use std::process::ExitCode;

/// Checks, and installs what is missing where it can.
pub fn execute(project: &Project) -> Result<ExitCode> {
    doctor::ensure(project)?;
    println!("this system has everything that Trivet needs");
    Ok(ExitCode::SUCCESS)
}
