//! Running the tests in the guest: many tests in one boot, started by the harness.
//!
//! A test that still runs at its limit is killed by the harness, and the next one starts. When the machine itself stops answering, or
//! dies, the test is marked, another machine boots behind it, and at the end the test runs once more in a machine of its own: only
//! if that one dies too, the verdict is that the machine died.

use super::compile::Library;
use super::harness::{self, Answers, Collector, LIMIT_S, Listener, Runnable};
use super::results::TestResult;
use super::verdict::Verdict;
use crate::failure::{Context, Failure, Result};
use crate::project::Project;
use crate::run::assemble::{HOME, Parts, RunFiles};
use crate::run::capture::Capture;
use crate::run::machine::{self, Machine};
use crate::run::session::{Ending, Host, Job};
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// Bytes of programs that one boot archive takes.
const ARCHIVE_MAX: u64 = 160 << 20;
/// The machine's memory, in MiB.
const MEMORY_MIB: u32 = 512;
/// An instruction takes 16 ns: a test that is busy for seconds of its own clock costs the host a sixteenth.
const INSTRUCTION_SHIFT: u8 = 4;
/// How long a machine may say nothing, in the host's time, before it counts as dead: a test that is busy for all of its time limit
/// takes about a minute.
const SILENCE: Duration = Duration::from_secs(300);
/// How often the harness's answers are looked at.
const SLICE: Duration = Duration::from_millis(200);
/// Where the suite lies in the guest: the default policy starts programs from below /bin.
const ROOT: &str = "bin/posix";

/// Runs the tests in few machines.
pub fn run(
    project: &Project,
    parts: &Parts,
    tests: &[Runnable<'_>],
    listener: &mut Listener<'_>,
) -> Result<()> {
    let harness = harness::compile(project, Library::Trivet)?;
    let mut killers = Vec::new();
    for batch in batches(tests)? {
        let mut rest = batch;
        while !rest.is_empty() {
            let done = run_batch(project, parts, &harness, rest, listener)?;
            if let Some(killer) = rest.get(done) {
                killers.push(*killer);
            }
            rest = rest.get(done + 1..).unwrap_or(&[]);
        }
    }
    for killer in killers {
        if run_batch(project, parts, &harness, &[killer], listener)? == 0 {
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
    harness: &Path,
    tests: &[Runnable<'_>],
    listener: &mut Listener<'_>,
) -> Result<usize> {
    if tests.is_empty() {
        return Ok(0);
    }
    let mut list = tempfile::NamedTempFile::new().context(|| "making a file")?;
    list.write_all(harness::list(tests).as_bytes())
        .context(|| "writing the list of tests")?;
    let mut files = RunFiles::none(true)?;
    files.add(harness.to_owned(), format!("{ROOT}/harness").into_bytes());
    files.add(list.path().to_owned(), format!("{ROOT}/list").into_bytes());
    for test in tests {
        files.add(
            test.program.to_owned(),
            format!("{ROOT}/{}", test.test.program()).into_bytes(),
        );
    }
    let machine = Machine {
        parts,
        files: &files,
        memory_mib: MEMORY_MIB,
        processors: 1,
        instruction_count: true,
        instruction_shift: INSTRUCTION_SHIFT,
        debugger: false,
        audit: None,
        trace: None,
        limit: None,
    };
    let (output, error) = (Capture::default(), Capture::default());
    let host = Host {
        input: Box::new(io::empty()),
        output: Box::new(output.clone()),
        error: Box::new(error.clone()),
    };
    let words = [
        format!("/{ROOT}/harness"),
        format!("/{ROOT}"),
        format!("/{ROOT}/list"),
        LIMIT_S.to_string(),
    ];
    let job = Job {
        program: words[0].clone().into_bytes(),
        arguments: words.map(String::into_bytes).into(),
        environment: ["PATH=/bin", "HOME=/app", "LANG=C", "TZ=UTC"]
            .map(|variable| variable.as_bytes().to_vec())
            .into(),
        directory: format!("/{HOME}").into_bytes(),
        ..Job::default()
    };
    let mut live = machine::start(project, &machine, host, false, None)?;
    let mut outcome = live.session.run(&job, Some(SLICE))?;
    let (mut answers, mut collector) = (Answers::default(), Collector::new(tests));
    let mut heard = Instant::now();
    loop {
        answers.add(&output.take());
        while let Some(answer) = answers.next()? {
            collector.take(answer, listener)?;
            heard = Instant::now();
        }
        match outcome.ending {
            Ending::TimeOut if heard.elapsed() < SILENCE => live.session.wait(SLICE, &mut outcome)?,
            Ending::Interrupted(_) => return Err(Failure::new("the tests were interrupted").status(130)),
            _ => break,
        }
    }
    let errors = error.take();
    if !errors.is_empty() {
        eprintln!(
            "trivet: the harness said: {}",
            String::from_utf8_lossy(&errors).trim_end()
        );
    }
    if let Ending::Refused(_, why) = &outcome.ending {
        return Err(Failure::new(format!(
            "the harness of the conformance tests does not start: {why}"
        )));
    }
    let finished = live.finish(outcome);
    if collector.is_done {
        finished.forget();
        return Ok(tests.len());
    }
    let place = collector.running.unwrap_or_else(|| collector.finished());
    let name = tests.get(place).map_or("", |test| &test.test.name);
    eprintln!(
        "trivet: the machine did not live through {name}: {}",
        finished.describe()
    );
    Ok(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::posix::suite::{Kind, Test};
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
}
