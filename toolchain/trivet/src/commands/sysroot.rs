//! `trivet sysroot`: builds the C library and the sysroot that the compilers of `toolchain/bin` use.

use crate::failure::Result;
use crate::project::Project;
use crate::{doctor, sysroot};
use std::process::ExitCode;

/// Makes the sysroot and prints its folder.
pub fn execute(project: &Project) -> Result<ExitCode> {
    doctor::ensure(project)?;
    println!("{}", sysroot::ensure(project)?.display());
    Ok(ExitCode::SUCCESS)
}
