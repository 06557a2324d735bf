//! Ports: unmodified upstream programs, built by our toolchain.
//!
//! A port is a folder under `ports/` with a `recipe.toml`, which is data (`recipe`). `source` fetches the
//! upstream tarball and unpacks it, `tree` proves that nothing touches it, `build` runs the recipe's steps,
//! `test` its tests, in the guest.

pub mod build;
pub mod recipe;
pub mod source;
pub mod test;
pub mod tree;

use crate::failure::Result;
use crate::project::Project;
use recipe::Recipe;
use std::path::PathBuf;

/// The programs of all ports that belong to every image, built if need be: their path in the guest, and the
/// file on the host.
pub fn guest_programs(project: &Project, offline: bool) -> Result<Vec<(String, PathBuf)>> {
    let mut programs = Vec::new();
    for recipe in Recipe::all(project)?.iter().filter(|recipe| recipe.in_image) {
        let port = build::build(project, recipe, offline)?;
        programs.extend(
            recipe
                .programs
                .iter()
                .map(|program| (program.to.clone(), port.join(&program.from))),
        );
    }
    Ok(programs)
}
