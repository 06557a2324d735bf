//! Running the tests in the guest: many tests in one boot, each a job of its own.
//!
//! A test that still runs at its limit is killed, and the next one starts. When the machine itself stops answering, or
//! dies, the test is marked, another machine boots behind it, and at the end the test runs once more in a machine of its own: only
//! if that one dies too, the verdict is that the machine died.

use super::harness::{Listener, Runnable};
use super::results::TestResult;
use super::suite::Test;
use super::verdict::Verdict;
use crate::failure::{Context, Result};
use crate::project::Project;
use crate::run::assemble::{HOME, Parts, RunFiles};
use crate::run::capture::Capture;
use crate::run::machine::{self, Live, Machine};
use crate::run::session::{Ending, Host, Job};
use std::fs;
use std::io;
use std::time::Duration;

/// Bytes of programs that one boot archive takes.
const ARCHIVE_MAX: u64 = 160 << 20;
/// The machine's memory, in MiB.
const MEMORY_MIB: u32 = 512;
/// The longest that one test may take, in the host's time: sleeping costs none.
const LIMIT: Duration = Duration::from_secs(15);
/// Where the suite lies in the guest: the default policy starts programs from below /bin.
const ROOT: &str = "bin/posix";
/// The last bytes of a test's output that are kept.
const OUTPUT_KEPT: usize = 2000;

/// Runs the tests in few machines.
pub fn run(
    project: &Project,
    parts: &Parts,
    tests: &[Runnable<'_>],
    listener: &mut Listener<'_>,
) -> Result<()> {
    let mut killers = Vec::new();
    for batch in batches(tests)? {
        let mut rest = batch;
        while !rest.is_empty() {
            let done = run_batch(project, parts, rest, listener)?;
            if let Some(killer) = rest.get(done) {
                killers.push(*killer);
            }
            rest = rest.get(done + 1..).unwrap_or(&[]);
        }
    }
    for killer in killers {
        if run_batch(project, parts, &[killer], listener)? == 0 {
            let result = TestResult::known(Verdict::MachineDied, "the machine died twice".to_owned());
            listener(killer.test, &result)?;
        }
    }
    Ok(())
}

/// Cuts the list where an archive would become too large.
fn batches<'a, 'b>(tests: &'b [Runnable<'a>]) -> Result<Vec<&'b [Runnable<'a>]>> {
    let (mut batches, mut start, mut size) = (Vec::new(), 0, 0);
    for (index, test) in tests.iter().enumerate() {
        let length = fs::metadata(test.program)
            .context(|| format!("looking at {}", test.program.display()))?
            .len();
        if size + length > ARCHIVE_MAX && index > start {
            batches.push(&tests[start..index]);
            (start, size) = (index, 0);
        }
        size += length;
    }
    batches.push(&tests[start..]);
    Ok(batches)
}

/// Runs tests in one machine and returns how many it lived through.
fn run_batch(
    project: &Project,
    parts: &Parts,
    tests: &[Runnable<'_>],
    listener: &mut Listener<'_>,
) -> Result<usize> {
    if tests.is_empty() {
        return Ok(0);
    }
    let mut files = RunFiles::none(true)?;
    for test in tests {
        let guest = format!("{ROOT}/{}", test.test.program());
        files.add(test.program.to_owned(), guest.into_bytes());
    }
    let machine = Machine {
        parts,
        files: &files,
        memory_mib: MEMORY_MIB,
        processors: 1,
        instruction_count: true,
        debugger: false,
        audit: None,
        limit: None,
    };
    let (output, error) = (Capture::default(), Capture::default());
    let host = Host {
        input: Box::new(io::empty()),
        output: Box::new(output.clone()),
        error: Box::new(error.clone()),
    };
    let mut live = machine::start(project, &machine, host, false, None)?;
    let mut last = None;
    let mut done = 0;
    for test in tests {
        let mut worst: Option<TestResult> = None;
        let mut died = false;
        for arguments in &test.test.runs {
            let (outcome, verdict) = run_one(&mut live, test.test, arguments)?;
            let mut text = output.take();
            text.extend(error.take());
            if let Ending::Refused(_, why) = &outcome.ending {
                text.extend(why.bytes());
            }
            last = Some(outcome);
            let Some(verdict) = verdict else {
                died = true;
                break;
            };
            let result = TestResult::known(verdict, tail(&text));
            if worst.as_ref().is_none_or(|worst| worst.verdict < result.verdict) {
                worst = Some(result);
            }
        }
        if died {
            break;
        }
        if let Some(result) = worst {
            listener(test.test, &result)?;
        }
        done += 1;
    }
    if let Some(last) = last {
        live.finish(last).forget();
    }
    Ok(done)
}

/// Runs a test once; no verdict when the machine is of no more use.
fn run_one(
    live: &mut Live,
    test: &Test,
    arguments: &[String],
) -> Result<(crate::run::session::Outcome, Option<Verdict>)> {
    let program = format!("/{ROOT}/{}", test.program());
    let words = std::iter::once(&program).chain(arguments);
    let job = Job {
        program: program.clone().into_bytes(),
        arguments: words.map(|word| word.clone().into_bytes()).collect(),
        environment: ["PATH=/bin", "HOME=/app", "LANG=C", "TZ=UTC"]
            .map(|variable| variable.as_bytes().to_vec())
            .into(),
        directory: format!("/{HOME}").into_bytes(),
        terminal: None,
    };
    let mut outcome = live.session.run(&job, Some(LIMIT))?;
    let verdict = match &outcome.ending {
        Ending::Program(end) => Some(Verdict::of_end(*end)),
        Ending::Refused(..) => Some(Verdict::Unresolved),
        Ending::TimeOut => live.session.kill(&mut outcome)?.then_some(Verdict::TimeOut),
        Ending::Interrupted(_) | Ending::Escape | Ending::OutputClosed => {
            return Err(crate::failure::Failure::new("the tests were interrupted").status(130));
        }
        Ending::MachineFailed(_) => None,
    };
    Ok((outcome, verdict))
}

/// The end of what was printed, as text.
pub fn tail(bytes: &[u8]) -> String {
    let from = bytes.len().saturating_sub(OUTPUT_KEPT);
    String::from_utf8_lossy(&bytes[from..]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::posix::suite::Kind;
    use std::path::PathBuf;

    fn program(folder: &Path, name: &str, size: usize) -> PathBuf {
        let path = folder.join(name);
        fs::write(&path, vec![0; size]).unwrap();
        path
    }

    #[test]
    fn a_batch_is_as_large_as_an_archive_may_be() {
        let folder = tempfile::tempdir().unwrap();
        let test = Test {
            name: "interfaces/a/1-1".into(),
            kind: Kind::Interface,
            runs: vec![Vec::new()],
        };
        let large = program(folder.path(), "large", 90 << 20);
        let small = program(folder.path(), "small", 1 << 20);
        let of = |program| Runnable { test: &test, program };
        let tests = [of(&large), of(&small), of(&large), of(&large)];
        let sizes: Vec<usize> = batches(&tests).unwrap().iter().map(|batch| batch.len()).collect();
        assert_eq!(sizes, [2, 1, 1]);
    }

    #[test]
    fn only_the_end_of_long_output_is_kept() {
        let mut text = vec![b'x'; 5000];
        text.extend(b"end");
        let kept = tail(&text);
        assert!(kept.len() == OUTPUT_KEPT && kept.ends_with("xend"));
    }
}
