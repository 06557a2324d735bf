//! The suite: where it comes from, and which tests it has.

use crate::debian::{Debian, Kind as PackageKind, sha256_file};
use crate::failure::{Context, Failure, Result};
use crate::progress::Progress;
use crate::project::Project;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const PACKAGE: &str = "posixtestsuite";
const TARBALL: &str = "posixtestsuite_1.5.2.orig.tar.gz";
const SHA256: &str = "15a2185672127cba851d35ec9d538ff6148defdbb75f99c7e9c50aeba0f94757";
/// The source files of each kind in this version: a report is always of this many.
pub const INTERFACES: usize = 1750;
/// See [`INTERFACES`].
pub const HEADERS: usize = 263;
/// Programs that are not started by themselves: a script gives them arguments.
const WITH_ARGUMENTS: &str = "-buildonly";

/// What a test is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A function's behaviour.
    Interface,
    /// What a header declares: most are only compiled.
    Header,
}

/// One test: one C file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// Its name, as in `interfaces/mmap/1-1`.
    pub name: String,
    /// What it is about.
    pub kind: Kind,
    /// The arguments of each of its runs; most have one run without arguments, helpers have none.
    pub runs: Vec<Vec<String>>,
}

impl Test {
    /// The area: the function's or header's folder.
    pub fn area(&self) -> &str {
        let rest = self.name.split_once('/').map_or("", |(_, rest)| rest);
        match self.kind {
            Kind::Interface => rest.split('/').next().unwrap_or(rest),
            Kind::Header => rest.rsplit_once('/').map_or(rest, |(folder, _)| folder),
        }
    }

    /// Its C file below the suite's folder.
    pub fn source(&self) -> String {
        format!("conformance/{}.c", self.name)
    }

    /// Where its program lies below the suite's folder, as the suite's own makefile has it: some tests execute others.
    pub fn program(&self) -> String {
        format!("conformance/{}.test", self.name)
    }

    /// Whether the user's word selects it: the area, the beginning of its name, or of its name without the kind.
    pub fn is_selected(&self, word: &str) -> bool {
        let short = self.name.split_once('/').map_or("", |(_, rest)| rest);
        short.starts_with(word) || self.name.starts_with(word)
    }
}

/// The folder of the unpacked suite, fetched if it is not there.
pub fn source(project: &Project, offline: bool) -> Result<PathBuf> {
    let _lock = project.lock("posix-source")?;
    let tarball = tarball(project, offline)?;
    let folder = project.cache("posix/source");
    if folder.is_dir() {
        return Ok(folder);
    }
    let parent = project.cache_folder("posix")?;
    let unpacked = tempfile::tempdir_in(&parent).context(|| "making a folder")?;
    let mut tar = Command::new("tar");
    tar.args(["--extract", "--strip-components=1", "--no-same-owner", "--file"])
        .arg(&tarball)
        .arg("--directory")
        .arg(unpacked.path());
    if !tar.status().context(|| "starting tar")?.success() {
        return Err(Failure::new(format!("unpacking {} failed", tarball.display())));
    }
    fs::rename(unpacked.keep(), &folder).context(|| format!("making {}", folder.display()))?;
    Ok(folder)
}

fn tarball(project: &Project, offline: bool) -> Result<PathBuf> {
    let folder = project.cache_folder("sources")?;
    let path = folder.join(TARBALL);
    if path.is_file() && sha256_file(&path)? == SHA256 {
        return Ok(path);
    }
    if offline {
        return Err(Failure::new(format!("{TARBALL} is not in the cache"))
            .help("run the command once without --offline"));
    }
    let progress = Progress::start("fetching the POSIX test suite");
    let fetched = tempfile::tempdir_in(&folder).context(|| "making a folder")?;
    Debian::new(project)?.fetch(PackageKind::UpstreamTarball, PACKAGE, fetched.path())?;
    let new = fetched.path().join(TARBALL);
    let hash = sha256_file(&new)?;
    if hash != SHA256 {
        return Err(
            Failure::new(format!("{TARBALL}: its SHA-256 is {hash}, not {SHA256}"))
                .help("the file is damaged or another version; it was not used"),
        );
    }
    fs::rename(&new, &path).context(|| format!("writing {}", path.display()))?;
    progress.done();
    Ok(path)
}

/// All tests, in the order of their names.
pub fn tests(source: &Path) -> Result<Vec<Test>> {
    let mut tests = Vec::new();
    for (kind, folder, wanted) in [
        (Kind::Interface, "interfaces", INTERFACES),
        (Kind::Header, "definitions", HEADERS),
    ] {
        let before = tests.len();
        collect(&source.join("conformance").join(folder), folder, kind, &mut tests)?;
        if tests.len() - before != wanted {
            return Err(Failure::new(format!(
                "{} has {} tests below {folder}, not {wanted}",
                source.display(),
                tests.len() - before
            ))
            .help("remove that folder: it is unpacked anew"));
        }
    }
    tests.sort_by(|a, b| (a.kind, order(&a.name)).cmp(&(b.kind, order(&b.name))));
    Ok(tests)
}

/// Sorts 2-1 before 10-1.
fn order(name: &str) -> Vec<(bool, u64, &str)> {
    name.split(['/', '-'])
        .map(|part| match part.parse::<u64>() {
            Ok(number) => (false, number, ""),
            Err(_) => (true, 0, part),
        })
        .collect()
}

fn collect(folder: &Path, name: &str, kind: Kind, tests: &mut Vec<Test>) -> Result<()> {
    let entries = fs::read_dir(folder).context(|| format!("listing {}", folder.display()))?;
    for entry in entries {
        let path = entry.context(|| format!("listing {}", folder.display()))?.path();
        let Some(file) = path.file_name().and_then(|file| file.to_str()) else {
            continue;
        };
        let own = format!("{name}/{file}");
        if path.is_dir() {
            collect(&path, &own, kind, tests)?;
        } else if let Some(own) = own.strip_suffix(".c") {
            let text = fs::read(&path).context(|| format!("reading {}", path.display()))?;
            tests.push(Test {
                name: own.to_owned(),
                kind,
                runs: runs(own, &String::from_utf8_lossy(&text), folder)?,
            });
        }
    }
    Ok(())
}

/// The runs of a test: one without arguments if it has a `main`, or those that scripts beside it start.
fn runs(name: &str, text: &str, folder: &Path) -> Result<Vec<Vec<String>>> {
    if !has_word(text, "main") {
        return Ok(Vec::new());
    }
    if !name.ends_with(WITH_ARGUMENTS) {
        return Ok(vec![Vec::new()]);
    }
    let command = format!("conformance/{name}.test");
    let mut runs = Vec::new();
    for entry in fs::read_dir(folder)
        .context(|| format!("listing {}", folder.display()))?
        .flatten()
    {
        if entry.path().extension().is_none_or(|extension| extension != "sh") {
            continue;
        }
        let script = fs::read_to_string(entry.path()).unwrap_or_default();
        for line in script.lines() {
            let mut words = line.split_whitespace();
            if words.next() == Some(command.as_str()) {
                runs.push(words.map(str::to_owned).collect());
            }
        }
    }
    runs.sort();
    Ok(runs)
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .any(|other| other == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(name: &str, kind: Kind) -> Test {
        Test {
            name: name.into(),
            kind,
            runs: vec![Vec::new()],
        }
    }

    #[test]
    fn an_area_is_the_functions_folder() {
        assert_eq!(
            test("interfaces/mlock/speculative/12-1", Kind::Interface).area(),
            "mlock"
        );
        assert_eq!(
            test("definitions/sys/mman_h/1-1", Kind::Header).area(),
            "sys/mman_h"
        );
        assert_eq!(test("definitions/aio_h/1-1", Kind::Header).area(), "aio_h");
    }

    #[test]
    fn a_test_is_selected_by_area_prefix_or_name() {
        let test = test("interfaces/pthread_join/1-1", Kind::Interface);
        for word in ["pthread_", "pthread_join", "pthread_join/1-1", "interfaces"] {
            assert!(test.is_selected(word), "{word}");
        }
        assert!(!test.is_selected("join"));
    }

    #[test]
    fn numbers_sort_as_numbers() {
        assert!(order("a/2-1") < order("a/10-1"));
        assert!(order("a/1-2") < order("a/1-10"));
    }

    #[test]
    fn scripts_give_arguments_to_programs_that_need_them() {
        let folder = tempfile::tempdir().unwrap();
        let script = "#!/bin/sh\nconformance/interfaces/f/1-core-buildonly.test 3\n";
        fs::write(folder.path().join("1-1.sh"), script).unwrap();
        let found = runs("interfaces/f/1-core-buildonly", "int main()", folder.path()).unwrap();
        assert_eq!(found, [["3"]]);
        assert_eq!(
            runs("interfaces/f/1-1", "int main()", folder.path()).unwrap(),
            [[""; 0]]
        );
        assert!(
            runs("interfaces/f/testfrmw", "int domain", folder.path())
                .unwrap()
                .is_empty()
        );
    }
}
