//! `trivet kernel-test`: the kernel tested from inside the guest, without any server.

use crate::bench::kernel;
use crate::doctor;
use crate::failure::Result;
use crate::project::Project;
use crate::run::assemble::GuestTests;
use clap::Args;
use std::process::ExitCode;

/// Options of `trivet kernel-test`.
#[derive(Debug, Args)]
pub struct Options {
    /// The number of processors
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    smp: u32,
    /// Count instructions: the figures are exact then
    #[arg(long)]
    icount: bool,
}

/// Prints what the guest tests say; the status is 1 when one failed.
pub fn execute(project: &Project, options: Options) -> Result<ExitCode> {
    doctor::ensure(project)?;
    let report = kernel::run(project, GuestTests::All, options.smp, options.icount)?;
    print!("{}", report.text);
    Ok(ExitCode::from(report.status))
}
