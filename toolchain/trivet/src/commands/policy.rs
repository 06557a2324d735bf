//! `trivet policy`: checks policies and runs the tests inside them, on the host, by the kernel's own engine.

use crate::failure::{Context, Failure, Result};
use crate::policy;
use crate::project::Project;
use clap::{Args, Subcommand};
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

/// Options of `trivet policy`.
#[derive(Debug, Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check a policy: errors and warnings point into its source
    Check {
        /// The policy; without it, the shipped policy/default.policy
        file: Option<PathBuf>,
    },
    /// Run the tests (assert) inside a policy
    Test {
        /// The policy; without it, the shipped policy/default.policy
        file: Option<PathBuf>,
    },
}

/// Does what the subcommand says; the status is 1 when something is wrong with the policy.
pub fn execute(project: &Project, options: Options) -> Result<ExitCode> {
    let (Command::Check { file } | Command::Test { file }) = &options.command;
    let path = file.clone().unwrap_or_else(|| project.source(policy::DEFAULT));
    if !path.is_file() {
        return Err(Failure::new(format!(
            "{}: there is no such policy",
            path.display()
        )));
    }
    let catalogue = policy::catalogue(project)?;
    let mut output = io::stdout();
    let colour = output.is_terminal();
    let is_good = match options.command {
        Command::Check { .. } => trivet_policyc::check_file(&path, &catalogue, &mut output, colour),
        Command::Test { .. } => trivet_policyc::test_file(&path, &catalogue, &mut output, colour),
    };
    Ok(ExitCode::from(u8::from(
        !is_good.context(|| "writing to stdout")?,
    )))
}
