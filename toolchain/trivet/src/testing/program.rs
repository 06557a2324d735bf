//! Suites that are a program of their own, such as the runner of the C library's tests.

use super::report::Results;
use super::totals::Suite;
use crate::failure::{Context, Failure, Result};
use crate::project::Project;
use std::process::{Command, Stdio};

/// Runs the suite's command, with the filter as its last argument, and returns results and output.
pub fn run(project: &Project, suite: &Suite, filter: Option<&str>) -> Result<(Results, String)> {
    let (program, arguments) = suite
        .command
        .split_first()
        .ok_or_else(|| Failure::new(format!("the suite {} has no command", suite.name)))?;
    let mut command = Command::new(project.source(program));
    command
        .args(arguments)
        .args(filter)
        .current_dir(project.root())
        .stdin(Stdio::null());
    let result = command.output().context(|| format!("starting {program}"))?;
    let mut text = String::from_utf8_lossy(&result.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&result.stderr));
    if !result.status.success() && !text.contains("... FAILED") {
        text.push_str(&format!("\n{} ({}) ... FAILED\n", suite.name, result.status));
    }
    Ok((Results::parse(&text, ""), text))
}
