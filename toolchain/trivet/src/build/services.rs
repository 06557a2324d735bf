//! Servers that somebody adds to the system: a part of init's file, and the programs that it names.
//!
//! The file lies in a folder of the tree. A line `program boot/NAME` in it means the program in the folder `NAME` beside
//! the file: a package of the workspace (`NAME/Cargo.toml`), or one C file (`NAME/NAME.c`), compiled with the headers of
//! the interfaces.

use super::domain::{Built, build_native};
use crate::failure::{Context, Failure, Result};
use crate::project::Project;
use crate::sysroot;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Servers to add.
#[derive(Debug)]
pub struct Services {
    /// What init's file gets at its end.
    pub configuration: Vec<u8>,
    /// The programs: their names in `boot/`, and their files.
    pub programs: Vec<(String, Built)>,
}

impl Services {
    /// Reads the file and builds the programs that it names.
    pub fn build(project: &Project, file: &Path) -> Result<Services> {
        let configuration = fs::read_to_string(file).context(|| format!("reading {}", file.display()))?;
        let file = fs::canonicalize(file).context(|| format!("finding {}", file.display()))?;
        let folder = file.parent().unwrap_or(Path::new("/"));
        let mut programs = Vec::new();
        for name in program_names(&configuration) {
            let own = folder.join(name);
            let program = if own.join("Cargo.toml").is_file() {
                build_package(project, &own)?
            } else if own.join(format!("{name}.c")).is_file() {
                compile(project, name, &own.join(format!("{name}.c")))?
            } else {
                return Err(Failure::new(format!(
                    "{}: there is neither {name}/Cargo.toml nor {name}/{name}.c beside it",
                    file.display()
                )));
            };
            programs.push((name.to_owned(), program));
        }
        Ok(Services {
            configuration: configuration.into_bytes(),
            programs,
        })
    }
}

/// The names in lines `program boot/NAME`.
fn program_names(configuration: &str) -> Vec<&str> {
    configuration
        .lines()
        .filter_map(|line| {
            let mut words = line.split('#').next()?.split_whitespace();
            match (words.next()?, words.next()?) {
                ("program", path) => path.strip_prefix("boot/"),
                _ => None,
            }
        })
        .collect()
}

fn build_package(project: &Project, folder: &Path) -> Result<Built> {
    let manifest = folder.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).context(|| format!("reading {}", manifest.display()))?;
    let package = text
        .lines()
        .find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
        .ok_or_else(|| Failure::new(format!("{}: the package has no name", manifest.display())))?;
    let inside = folder.strip_prefix(project.root()).map_err(|_| {
        Failure::new(format!("{} is not in this source tree", folder.display()))
            .help("a server in Rust is a package of the workspace")
    })?;
    let inside = inside.to_string_lossy();
    let mut built = build_native(project, package, &[(package, &inside)])?;
    built
        .pop()
        .ok_or_else(|| Failure::new(format!("{}: the package has no program", manifest.display())))
}

fn compile(project: &Project, name: &str, source: &Path) -> Result<Built> {
    let sysroot = sysroot::ensure(project)?;
    let out = project.cache_folder(&format!("build/services/{name}"))?;
    let include = out.join("include/trivet");
    fs::create_dir_all(&include).context(|| format!("making {}", include.display()))?;
    let interfaces = project.source("interfaces");
    let model = trivet_idl::load_dir(&interfaces).context(|| format!("reading {}", interfaces.display()))?;
    for (header, text) in trivet_idl::c::headers(&model) {
        let path = include.join(header);
        fs::write(&path, text).context(|| format!("writing {}", path.display()))?;
    }
    let path = out.join(name);
    let mut compiler = Command::new(project.source("toolchain/bin/x86_64-trivet-cc"));
    compiler.env("TRIVET_SYSROOT", &sysroot);
    compiler.args(["-std=gnu17", "-O2", "-g", "-Wall", "-Wextra", "-I"]);
    compiler.arg(out.join("include")).arg(source).arg("-o").arg(&path);
    let built = Built {
        name: name.to_owned(),
        stripped: stripped(&path),
        path,
    };
    let mut strip = Command::new("objcopy");
    strip.arg("--strip-all").arg(&built.path).arg(&built.stripped);
    for command in [&mut compiler, &mut strip] {
        if !command.status().context(|| format!("building {name}"))?.success() {
            return Err(Failure::new(format!(
                "{} does not build (the messages are above)",
                source.display()
            )));
        }
    }
    Ok(built)
}

fn stripped(path: &Path) -> PathBuf {
    path.with_extension("stripped")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_in_inits_language() {
        let text = "server a\n    program boot/a # comment\nserver b\n program boot/b\n# program boot/c\nprogram d\n";
        assert_eq!(program_names(text), ["a", "b"]);
    }

    #[test]
    fn a_program_that_is_nowhere_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("init.conf");
        fs::write(&file, "server x\n    program boot/absent\n").unwrap();
        let project = Project::at(folder.path(), folder.path());
        let failure = Services::build(&project, &file).unwrap_err().to_string();
        assert!(failure.contains("absent/absent.c"), "{failure}");
    }
}
