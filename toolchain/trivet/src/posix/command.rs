//! The command: builds, runs, counts, compares with what was recorded.

use super::causes::Causes;
use super::compile::{Built, Library, Toolchain};
use super::guest;
use super::harness::Runnable;
use super::linux;
use super::names;
use super::report;
use super::results::{Table, TestResult};
use super::suite::{self, Kind, Test};
use super::verdict::Verdict;
use crate::doctor;
use crate::failure::{Context, Failure, Result};
use crate::progress::{self, Progress};
use crate::project::Project;
use crate::run::assemble::Parts;
use std::collections::BTreeMap;
use std::fs;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What to run.
#[derive(Debug, Default)]
pub struct Options {
    /// An area, or the beginning of tests' names; without it all tests.
    pub area: Option<String>,
    /// Run on this host with its C library instead of in the guest.
    pub host: Option<Library>,
    /// Instead of running tests, look which of POSIX.1-2024's names there are.
    pub names: bool,
    /// Write the verdicts into tests/posix/results.tsv and docs/conformance.md.
    pub write: bool,
}

/// Runs the suite. The status is 1 when a test that was recorded as passing does not pass.
pub fn execute(project: &Project, options: &Options) -> Result<ExitCode> {
    doctor::ensure(project)?;
    if options.names {
        let text = names::table(&names::coverage(project)?);
        print!("{text}");
        if options.write {
            report::write_names(project, &text)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let library = options.host.unwrap_or(Library::Trivet);
    let source = suite::source(project, false)?;
    let all = suite::tests(&source)?;
    let tests: Vec<&Test> = all
        .iter()
        .filter(|test| options.area.as_deref().is_none_or(|word| test.is_selected(word)))
        .collect();
    if tests.is_empty() {
        return Err(Failure::new("the suite has no such area or test"));
    }
    // First: what boots must be of the same sources as the library that the tests are linked with.
    let parts = match library {
        Library::Trivet => Parts::build(project, None, &[], false)?,
        Library::Glibc | Library::Musl => Parts::default(),
    };
    let toolchain = Toolchain::new(project, library, &source)?;
    let progress = Progress::start(format!("building {} conformance tests", tests.len()));
    let built = {
        let line = Line::new(tests.len());
        toolchain.build(&tests, &|index| line.show(index, &tests[index].name))?
    };
    progress.done();

    let mut results: BTreeMap<&str, TestResult> = BTreeMap::new();
    let mut runnable = Vec::new();
    for (test, built) in tests.iter().zip(&built) {
        match (built, built.verdict(test.kind == Kind::Header)) {
            (Built::Program(program), _) => runnable.push(Runnable { test, program }),
            (built, verdict) => {
                let text = match built {
                    Built::Failed(why) => why.clone(),
                    _ => String::new(),
                };
                let verdict = verdict.unwrap_or(Verdict::NotBuilt);
                results.insert(&test.name, TestResult::known(verdict, text));
            }
        }
    }
    let logs = project.cache_folder(&format!("posix/{}/log", library.name()))?;
    let tell = |test: &Test, result: &TestResult| -> Result<()> {
        if !matches!(result.verdict, Verdict::Pass | Verdict::NoProgram) {
            println!("{} ... {}", test.name, result.verdict);
        }
        let path = logs.join(test.name.replace('/', "_"));
        fs::write(&path, format!("{}\n{}\n", result.verdict, result.text))
            .context(|| format!("writing {}", path.display()))
    };
    for test in &tests {
        if let Some(result) = results.get(test.name.as_str()) {
            tell(test, result)?;
        }
    }
    let progress = Progress::start(format!("running {} conformance tests", runnable.len()));
    {
        let names: BTreeMap<&str, &str> = tests.iter().map(|t| (t.name.as_str(), t.name.as_str())).collect();
        let line = Line::new(runnable.len());
        let done = AtomicUsize::new(0);
        let unsupported = toolchain.unsupported();
        let mut listener = |test: &Test, result: &TestResult| -> Result<()> {
            let result = &without_stubs(test, result, &unsupported);
            line.show(done.fetch_add(1, Ordering::Relaxed), &test.name);
            tell(test, result)?;
            if let Some(name) = names.get(test.name.as_str()) {
                results.insert(name, result.clone());
            }
            Ok(())
        };
        match library {
            Library::Trivet => guest::run(project, &parts, &runnable, &mut listener)?,
            Library::Glibc | Library::Musl => linux::run(project, library, &runnable, &mut listener)?,
        }
    }
    progress.done();
    println!("logs of each test: {}", logs.display());

    let verdicts: Vec<(&Test, Verdict)> = tests
        .iter()
        .filter_map(|test| {
            results
                .get(test.name.as_str())
                .map(|result| (*test, result.verdict))
        })
        .collect();
    print!("{}", report::summary(&verdicts));
    let before = Table::read(project)?;
    let worse = match library {
        Library::Trivet => report::regressions(&before, &verdicts),
        _ => Vec::new(),
    };
    for test in &worse {
        println!("{} ... FAILED: it passed before", test.name);
    }
    if options.write {
        let mut table = before;
        for (test, verdict) in &verdicts {
            table.set(&test.name, library, *verdict);
        }
        table.write(project)?;
        report::write(project, &all, &table, &Causes::read(project)?)?;
    }
    let passed = verdicts
        .iter()
        .filter(|(_, verdict)| *verdict == Verdict::Pass)
        .count();
    println!("{passed} passed, {} worse than recorded", worse.len());
    Ok(ExitCode::from(u8::from(!worse.is_empty())))
}

/// A test of a function that can only fail with ENOSYS passes only by not looking: that is no pass.
fn without_stubs(test: &Test, result: &TestResult, unsupported: &[String]) -> TestResult {
    let mut result = result.clone();
    if result.verdict == Verdict::Pass && unsupported.iter().any(|function| function == test.area()) {
        result.verdict = Verdict::Unsupported;
    }
    result
}

/// A line on the terminal that says where the run is; nothing where stderr is none.
struct Line {
    total: usize,
    is_shown: bool,
}

impl Line {
    fn new(total: usize) -> Self {
        let is_shown = std::io::stderr().is_terminal() && !progress::is_quiet();
        Line { total, is_shown }
    }

    fn show(&self, done: usize, name: &str) {
        if self.is_shown {
            // Nothing depends on the line being seen.
            let _ = write!(std::io::stderr(), "\r\x1b[K{}/{} {name}", done + 1, self.total);
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.is_shown {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_that_only_fails_passes_no_test() {
        let test = Test {
            name: "interfaces/mq_open/1-1".into(),
            kind: Kind::Interface,
            runs: vec![Vec::new()],
        };
        let passed = TestResult::known(Verdict::Pass, String::new());
        let verdict = |stubs: &[String]| without_stubs(&test, &passed, stubs).verdict;
        assert_eq!(verdict(&["mq_open".to_owned()]), Verdict::Unsupported);
        assert_eq!(verdict(&["mq_close".to_owned()]), Verdict::Pass);
    }
}
