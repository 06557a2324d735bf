//! A port's upstream test suite: a driver, a script for the guest's shell, runs upstream's own tests there, all of
//! them in one boot, and says the verdict of each.
//!
//! The driver is called as `sh DRIVER ARGUMENT...` in `/app`, with upstream's files below `/app/source` and what the build
//! made below `/app/build`. A line of its output is `ok NAME`, `FAILED NAME: why`, `skipped NAME: why`, or, as the last one, `end`;
//! any other line is noise. A case that the port's `known.txt` lists must fail, so that the list stays true.

use super::build;
use super::recipe::{Recipe, Suite};
use crate::failure::{Context, Failure, Result};
use crate::project::Project;
use crate::run::assemble::{HOME, Parts, RunFiles};
use crate::run::capture::Capture;
use crate::run::machine::{self, Machine};
use crate::run::options::Program;
use crate::run::session::{Host, Job};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// The folder of `ports/` with the drivers that several ports share.
const SHARED_DRIVERS: &str = "suites";
/// The list of a port's cases that are known to fail.
const KNOWN: &str = "known.txt";

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As upstream wants it.
    Passed,
    /// Not so, with the driver's words.
    Failed(String),
    /// It fails, and is known to, for this cause.
    Known(String),
    /// Upstream's test says itself that it cannot run here, or the driver leaves it out.
    Skipped(String),
}

/// A case and its verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// What became of it.
    pub verdict: Verdict,
}

/// Runs the suite and returns its cases, and what the driver and the tests wrote beside the verdicts.
pub fn run(project: &Project, parts: &Parts, recipe: &Recipe, suite: &Suite) -> Result<(Vec<Case>, Vec<u8>)> {
    let folder = build::build(project, recipe, false)?;
    let source = project.cache(&format!("ports/{}/source", recipe.name));
    let mut files = RunFiles::collect(&Program::Guest("sh".into()), &[], false)?;
    let driver = driver(project, recipe, suite);
    files.add(driver, format!("{HOME}/driver").into_bytes());
    let own = project.source("ports").join(&recipe.name).join("tests");
    if own.is_dir() {
        files.add(own, format!("{HOME}/tests").into_bytes());
    }
    for (list, from, to) in [
        (&suite.source, &source, "source"),
        (&suite.build, &folder, "build"),
    ] {
        for path in list {
            let inside = path.strip_prefix("./").unwrap_or(path);
            let guest = match inside {
                "." => format!("{HOME}/{to}"),
                inside => format!("{HOME}/{to}/{inside}"),
            };
            files.add(from.join(path), guest.into_bytes());
        }
    }
    let words = ["sh", "driver"]
        .into_iter()
        .chain(suite.arguments.iter().map(String::as_str));
    let job = Job {
        program: files.program.clone(),
        arguments: words.map(|word| word.as_bytes().to_vec()).collect(),
        environment: ["PATH=/bin", "HOME=/app", "LANG=C", "TZ=UTC0"]
            .map(|variable| variable.as_bytes().to_vec())
            .into(),
        directory: format!("/{HOME}").into_bytes(),
        ..Job::default()
    };
    let (output, error) = (Capture::default(), Capture::default());
    let host = Host {
        input: Box::new(io::empty()),
        output: Box::new(output.clone()),
        error: Box::new(error.clone()),
    };
    let machine = Machine {
        parts,
        files: &files,
        memory_mib: suite.memory_mib,
        processors: 1,
        instruction_count: false,
        instruction_shift: 0,
        debugger: false,
        audit: None,
        trace: None,
        limit: Some(Duration::from_secs(suite.limit_s)),
    };
    let finished = machine::run(project, &machine, &job, host)?;
    let ending = format!("{:?}", finished.outcome.ending);
    finished.forget();
    let said = output.take();
    let known = read_known(project, recipe)?;
    let mut cases = judge(&String::from_utf8_lossy(&said), &known);
    if !said.split(|&byte| byte == b'\n').any(|line| line == b"end") {
        cases.push(Case {
            name: "suite".to_owned(),
            verdict: Verdict::Failed(format!("the driver did not come to its end: {ending}")),
        });
    }
    let mut noise = said;
    noise.extend(error.take());
    Ok((cases, noise))
}

/// The driver's file: the port's own one begins with `./`.
fn driver(project: &Project, recipe: &Recipe, suite: &Suite) -> PathBuf {
    let ports = project.source("ports");
    match suite.driver.strip_prefix("./") {
        Some(own) => ports.join(&recipe.name).join(own),
        None => ports.join(SHARED_DRIVERS).join(&suite.driver),
    }
}

/// The port's list of known failures: a case a line, two blanks, the cause.
fn read_known(project: &Project, recipe: &Recipe) -> Result<BTreeMap<String, String>> {
    let path = project.source("ports").join(&recipe.name).join(KNOWN);
    if !path.is_file() {
        return Ok(BTreeMap::new());
    }
    let text = fs::read_to_string(&path).context(|| format!("reading {}", path.display()))?;
    parse_known(&text).context(|| format!("{}", path.display()))
}

fn parse_known(text: &str) -> Result<BTreeMap<String, String>> {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| match line.split_once("  ") {
            Some((name, cause)) if !cause.trim().is_empty() => Ok((name.to_owned(), cause.trim().to_owned())),
            _ => Err(Failure::new(format!("{line}: a case, two blanks, a cause"))),
        })
        .collect()
}

/// The verdicts in what the driver said, beside what is known.
fn judge(said: &str, known: &BTreeMap<String, String>) -> Vec<Case> {
    let mut cases = Vec::new();
    for line in said.lines() {
        let (name, verdict) = if let Some(name) = line.strip_prefix("ok ") {
            match known.get(name) {
                None => (name, Verdict::Passed),
                Some(_) => (name, Verdict::Failed(format!("{KNOWN} lists it, and it passes"))),
            }
        } else if let Some(rest) = line.strip_prefix("FAILED ") {
            let (name, why) = rest.split_once(": ").unwrap_or((rest, ""));
            match known.get(name) {
                None => (name, Verdict::Failed(why.to_owned())),
                Some(cause) => (name, Verdict::Known(cause.clone())),
            }
        } else if let Some(rest) = line.strip_prefix("skipped ") {
            let (name, why) = rest.split_once(": ").unwrap_or((rest, ""));
            (name, Verdict::Skipped(why.to_owned()))
        } else {
            continue;
        };
        cases.push(Case {
            name: name.to_owned(),
            verdict,
        });
    }
    for name in known.keys() {
        if !cases.iter().any(|case| case.name == *name) {
            cases.push(Case {
                name: name.clone(),
                verdict: Verdict::Failed(format!("{KNOWN} lists it, and it did not run")),
            });
        }
    }
    cases
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_case_must_fail_and_an_unknown_one_must_pass() {
        let known = parse_known("# list\nb  no such locale\nc  no network\n").unwrap();
        let verdicts: Vec<(String, Verdict)> = judge(
            "ok a\nnoise\nFAILED b: status 1\nok c\nskipped d: needs Perl\nFAILED e: no\nend\n",
            &known,
        )
        .into_iter()
        .map(|case| (case.name, case.verdict))
        .collect();
        let expected = [
            ("a", Verdict::Passed),
            ("b", Verdict::Known("no such locale".into())),
            ("c", Verdict::Failed("known.txt lists it, and it passes".into())),
            ("d", Verdict::Skipped("needs Perl".into())),
            ("e", Verdict::Failed("no".into())),
        ];
        assert_eq!(
            verdicts,
            expected.map(|(name, verdict)| (name.to_owned(), verdict))
        );
    }

    #[test]
    fn a_known_case_that_does_not_run_is_a_failure() {
        let known = parse_known("gone  a cause\n").unwrap();
        assert_eq!(
            judge("end\n", &known)[0].verdict,
            Verdict::Failed("known.txt lists it, and it did not run".into())
        );
    }

    #[test]
    fn a_known_case_without_a_cause_is_refused() {
        assert!(parse_known("alone\n").is_err());
        assert!(parse_known("alone  \n").is_err());
    }
}
