//! The sysroot: headers, libc.a and start files that programs are compiled and linked with.
//!
//! `libc/build/sysroot` makes it; this decides when, and holds the lock.

use crate::build::fingerprint::{fingerprint, is_current, record};
use crate::failure::{Context, Failure, Result};
use crate::progress::Progress;
use crate::project::Project;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The command of the tree that makes a sysroot in the folder given as its argument.
const BUILDER: &str = "libc/build/sysroot";

/// What the sysroot is made from.
const INPUTS: &[&str] = &[
    "abi",
    "interfaces",
    "libc",
    "runtime/ipc",
    "toolchain/idl",
    "Cargo.toml",
    "Cargo.lock",
];

/// The sysroot's folder, made if it is not there or if its sources changed. `TRIVET_SYSROOT` names one that is
/// made by somebody else; it is used as it is.
pub fn ensure(project: &Project) -> Result<PathBuf> {
    if let Some(sysroot) = std::env::var_os("TRIVET_SYSROOT").filter(|value| !value.is_empty()) {
        return Ok(sysroot.into());
    }
    let folder = project.cache("sysroot");
    let stamp = folder.join("fingerprint");
    let inputs: Vec<PathBuf> = INPUTS.iter().map(|input| project.source(input)).collect();
    // The specs name the folder: one that was moved is made again.
    let settings = format!("{SECTIONS}\n{RELOCATIONS}\n{}", folder.display());
    if is_current(&stamp, &fingerprint(&inputs, &settings)?) {
        return Ok(folder);
    }
    let _lock = project.lock("sysroot")?;
    let now = fingerprint(&inputs, &settings)?;
    if is_current(&stamp, &now) {
        return Ok(folder);
    }
    let progress = Progress::start("building the C library and its sysroot");
    let status = Command::new(project.source(BUILDER))
        .args(["--system", "trivet"])
        .arg(folder.join("usr"))
        .current_dir(project.root())
        .env("CARGO_TARGET_DIR", project.cache("build/libc"))
        .status()
        .context(|| format!("starting {BUILDER}"))?;
    if !status.success() {
        return Err(Failure::new(
            "the C library does not build (the messages are above)",
        ));
    }
    write_specs(&folder)?;
    record(&stamp, &now)?;
    progress.done();
    Ok(folder)
}

/// Writes what tells gcc to look for libraries in the sysroot and in its own folder (libgcc, libstdc++), and
/// nowhere else. `--sysroot` alone leaves the host's library folders in the search.
fn write_specs(folder: &Path) -> Result<()> {
    let output = Command::new("gcc")
        .arg("-print-libgcc-file-name")
        .output()
        .context(|| "starting gcc")?;
    let libgcc = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let own = Path::new(&libgcc).parent().unwrap_or(Path::new("/"));
    let folder = fs::canonicalize(folder).context(|| format!("finding {}", folder.display()))?;
    let path = folder.join("trivet.specs");
    fs::write(&path, specs(&folder, own)).context(|| format!("writing {}", path.display()))
}

/// gcc wants an empty line between the sections.
///
/// libc.a is one object in which each function has a section of its own: the linker takes what a program uses, and
/// leaves the rest out. A link with a script or without the start files is the caller's own affair, and is left alone.
fn specs(sysroot: &Path, gcc: &Path) -> String {
    format!(
        "*link_libgcc:\n-L{}/usr/lib -L{}\n\n*link:\n+ {SECTIONS} {RELOCATIONS}\n\n",
        sysroot.display(),
        gcc.display()
    )
}

/// When unused sections are left out of a program.
const SECTIONS: &str = "%{!r:%{!shared:%{!T*:%{!nostdlib:%{!nostartfiles:--gc-sections}}}}}";

/// Relative relocations are packed (DT_RELR), which the start files of a static PIE apply: a start costs 8,000 instructions less, and a
/// program is a thirtieth smaller.
const RELOCATIONS: &str = "%{static-pie:%{!T*:%{!nostdlib:%{!nostartfiles:-z pack-relative-relocs}}}}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specs_name_two_library_folders_and_end_with_an_empty_line() {
        let text = specs(Path::new("/s"), Path::new("/usr/lib/gcc/12"));
        assert!(text.starts_with("*link_libgcc:\n-L/s/usr/lib -L/usr/lib/gcc/12\n\n"));
        assert!(text.ends_with(&format!("*link:\n+ {SECTIONS} {RELOCATIONS}\n\n")));
    }
}
