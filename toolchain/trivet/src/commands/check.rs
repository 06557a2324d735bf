//! `trivet check`: what a developer runs before each commit: formatting, clippy and the host tests.

use super::test;
use crate::failure::{Context, Failure, Result};
use crate::progress::Progress;
use crate::project::Project;
use std::process::{Command, ExitCode};

/// What clippy looks at: everything as the host's tests build it, and the C library as programs get it.
const CLIPPY: [&[&str]; 2] = [
    &["--workspace", "--all-targets"],
    &["-p", "trivet-libc", "--features", "trivet"],
];

/// Runs the checks; stops at the first that fails.
pub fn execute(project: &Project) -> Result<ExitCode> {
    cargo(
        project,
        "formatting",
        &["fmt", "--all", "--check"],
        "cargo fmt --all mends it",
    )?;
    for packages in CLIPPY {
        let arguments = [&["clippy", "--quiet"], packages, &["--", "--deny", "warnings"]].concat();
        cargo(project, "clippy", &arguments, "its messages are above")?;
    }
    test::execute(project, test::Options::default())
}

fn cargo(project: &Project, what: &str, arguments: &[&str], help: &str) -> Result<()> {
    let progress = Progress::start(what);
    let status = Command::new("cargo")
        .args(arguments)
        .current_dir(project.root())
        .status()
        .context(|| "starting cargo")?;
    if !status.success() {
        return Err(Failure::new(format!("{what}: something is to be mended")).help(help));
    }
    progress.done();
    Ok(())
}
