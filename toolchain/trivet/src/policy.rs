//! The policy of a run, compiled from its source.

use crate::failure::{Failure, Result};
use crate::project::Project;
use std::path::{Path, PathBuf};

/// The policy that is used when none is named.
const DEFAULT: &str = "policy/default.policy";

/// Compiles a policy, the shipped one if no file is given.
pub fn compile(project: &Project, file: Option<&Path>) -> Result<Vec<u8>> {
    let file = file.map_or_else(|| project.source(DEFAULT), PathBuf::from);
    Err(Failure::new(format!(
        "{}: this tree has no policy compiler",
        file.display()
    )))
}
