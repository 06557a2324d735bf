//! tests/posix/harness.c, which runs the tests one after the other, and its answers.

use super::compile::Library;
use super::results::TestResult;
use super::suite::Test;
use super::verdict::Verdict;
use crate::build::fingerprint::{fingerprint, is_current, record};
use crate::failure::{Context, Failure, Result};
use crate::project::Project;
use crate::sysroot;
use std::path::{Path, PathBuf};
use std::process::Command;
use trivet_abi::control::End;

const SOURCE: &str = "tests/posix/harness.c";
/// The time limit of a test, in seconds of the system's own clock.
pub const LIMIT_S: u32 = 60;
/// The longest line of an answer, and the longest output of a test, that are believed.
const LINE_MAX: usize = 1024;
const OUTPUT_MAX: usize = 4096;

/// A test with its program.
#[derive(Clone, Copy)]
pub struct Runnable<'a> {
    /// The test.
    pub test: &'a Test,
    /// Its program on the host.
    pub program: &'a Path,
}

/// Hears of each result as it comes.
pub type Listener<'a> = dyn FnMut(&Test, &TestResult) -> Result<()> + 'a;

/// Compiles the harness for this library.
pub fn compile(project: &Project, library: Library) -> Result<PathBuf> {
    let program = project
        .cache_folder(&format!("posix/{}", library.name()))?
        .join("harness");
    let mut inputs = vec![project.source(SOURCE)];
    let compiler = match library {
        Library::Trivet => {
            let sysroot = sysroot::ensure(project)?;
            inputs.extend([sysroot.join("usr/lib"), sysroot.join("usr/include")]);
            project.source("toolchain/bin/x86_64-trivet-cc")
        }
        // The harness is the same on Linux whatever the tests are linked with.
        Library::Glibc | Library::Musl => "gcc".into(),
    };
    let stamp = program.with_extension("fingerprint");
    let now = fingerprint(&inputs, "")?;
    if is_current(&stamp, &now) && program.is_file() {
        return Ok(program);
    }
    let mut command = Command::new(&compiler);
    command
        .args(["-O2", "-static", "-s", "-o"])
        .arg(&program)
        .arg(project.source(SOURCE));
    let status = command
        .status()
        .context(|| format!("starting {}", compiler.display()))?;
    if !status.success() {
        return Err(Failure::new(format!("{SOURCE} does not compile")));
    }
    record(&stamp, &now)?;
    Ok(program)
}

/// The harness's list for these tests. A run's number is its test's place in the list.
pub fn list(tests: &[Runnable<'_>]) -> String {
    let mut text = String::new();
    for (index, test) in tests.iter().enumerate() {
        for run in &test.test.runs {
            text.push_str(&format!("{index}\t{}", test.test.program()));
            run.iter().for_each(|word| {
                text.push('\t');
                text.push_str(word);
            });
            text.push('\n');
        }
    }
    text
}

/// One answer of the harness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It runs.
    Ready,
    /// A test's run began.
    Begin(usize),
    /// A test's run ended.
    End(usize, TestResult),
    /// All have run.
    Done,
}

/// Takes answers out of the harness's output. What comes from a guest is not trusted: a line of another form is a failure.
#[derive(Debug, Default)]
pub struct Answers {
    received: Vec<u8>,
}

impl Answers {
    /// Adds what was read.
    pub fn add(&mut self, bytes: &[u8]) {
        self.received.extend_from_slice(bytes);
    }

    /// The next whole answer.
    pub fn next(&mut self) -> Result<Option<Answer>> {
        let Some(end) = self.received.iter().position(|&byte| byte == b'\n') else {
            if self.received.len() > LINE_MAX {
                return Err(wrong(&self.received[..LINE_MAX]));
            }
            return Ok(None);
        };
        let line = String::from_utf8_lossy(&self.received[..end]).into_owned();
        let words: Vec<&str> = line.split(' ').collect();
        let (answer, used) = match words[..] {
            ["ready"] => (Answer::Ready, end + 1),
            ["done"] => (Answer::Done, end + 1),
            ["begin", number] => (Answer::Begin(parse(number, &line)?), end + 1),
            ["end", number, how, value, milliseconds, left, length] => {
                let length: usize = parse(length, &line)?;
                if length > OUTPUT_MAX {
                    return Err(wrong(line.as_bytes()));
                }
                let value: u8 = parse(value, &line)?;
                let verdict = match how {
                    "exit" => Verdict::of_end(End::Status(value)),
                    "signal" => Verdict::of_end(End::Signal(value)),
                    "time-out" => Verdict::TimeOut,
                    _ => return Err(wrong(line.as_bytes())),
                };
                let Some(output) = self.received.get(end + 1..end + 1 + length + 1) else {
                    return Ok(None);
                };
                let result = TestResult {
                    verdict,
                    milliseconds: parse(milliseconds, &line)?,
                    left: (left != "-").then(|| left.to_owned()),
                    text: format!("{how} {value}\n{}", String::from_utf8_lossy(&output[..length])),
                };
                (Answer::End(parse(number, &line)?, result), end + 1 + length + 1)
            }
            _ => return Err(wrong(line.as_bytes())),
        };
        self.received.drain(..used);
        Ok(Some(answer))
    }
}

fn parse<T: std::str::FromStr>(word: &str, line: &str) -> Result<T> {
    word.parse().map_err(|_| wrong(line.as_bytes()))
}

fn wrong(line: &[u8]) -> Failure {
    Failure::new(format!(
        "the harness of the conformance tests said: {}",
        String::from_utf8_lossy(line)
    ))
}

/// Puts the runs of each test together: the worst counts.
pub struct Collector<'a> {
    tests: &'a [Runnable<'a>],
    worst: Vec<Option<TestResult>>,
    runs: Vec<usize>,
    /// The test that runs now.
    pub running: Option<usize>,
    /// The harness said that it is done.
    pub is_done: bool,
}

impl<'a> Collector<'a> {
    /// For these tests, in the order of the list.
    pub fn new(tests: &'a [Runnable<'a>]) -> Self {
        Collector {
            tests,
            worst: vec![None; tests.len()],
            runs: vec![0; tests.len()],
            running: None,
            is_done: false,
        }
    }

    /// Takes one answer; tells the listener when a test's last run ended.
    pub fn take(&mut self, answer: Answer, listener: &mut Listener<'_>) -> Result<()> {
        match answer {
            Answer::Ready => {}
            Answer::Done => self.is_done = true,
            Answer::Begin(index) if index < self.tests.len() => self.running = Some(index),
            Answer::End(index, result) if Some(index) == self.running => {
                self.running = None;
                self.runs[index] += 1;
                let worst = self.worst[index]
                    .take()
                    .filter(|worst| worst.verdict >= result.verdict);
                let worst = worst.unwrap_or(result);
                let test = self.tests[index].test;
                if self.runs[index] == test.runs.len() {
                    listener(test, &worst)?;
                }
                self.worst[index] = Some(worst);
            }
            Answer::Begin(_) | Answer::End(..) => {
                return Err(wrong(format!("{answer:?}").as_bytes()));
            }
        }
        Ok(())
    }

    /// How many tests of the list, from its beginning, have all their runs behind them.
    pub fn finished(&self) -> usize {
        let is_open = |(test, runs): (&Runnable<'_>, &usize)| *runs < test.test.runs.len();
        let mut all = self.tests.iter().zip(&self.runs);
        all.position(is_open).unwrap_or(self.tests.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::posix::suite::Kind;

    fn answers(text: &str) -> Vec<Answer> {
        let mut answers = Answers::default();
        let mut found = Vec::new();
        // A byte at a time: an answer may come in any pieces.
        for byte in text.bytes() {
            answers.add(&[byte]);
            found.extend(answers.next().unwrap());
        }
        found
    }

    #[test]
    fn a_tests_output_cannot_be_taken_for_an_answer() {
        let found = answers("ready\nbegin 0\nend 0 exit 1 20 - 7\nend 0 e\nbegin 1\n");
        let [
            Answer::Ready,
            Answer::Begin(0),
            Answer::End(0, result),
            Answer::Begin(1),
        ] = &found[..]
        else {
            panic!("{found:?}");
        };
        assert_eq!(result.verdict, Verdict::Fail);
        assert!(result.text.ends_with("end 0 e"), "{}", result.text);
    }

    #[test]
    fn lines_of_another_form_are_refused() {
        for line in [
            "",
            "end",
            "begin x",
            "end 0 exit 1 20 - 5000",
            "end 0 exit 256 20 - 0",
            "end 0 fell 1 20 - 0\n",
        ] {
            let mut answers = Answers::default();
            answers.add(format!("{line}\n").as_bytes());
            assert!(answers.next().is_err(), "{line}");
        }
    }

    #[test]
    fn the_worst_run_counts_and_is_told_once() {
        let test = Test {
            name: "interfaces/f/1-core-buildonly".into(),
            kind: Kind::Interface,
            runs: vec![vec!["1".into()], vec!["2".into()]],
        };
        let tests = [Runnable {
            test: &test,
            program: Path::new("p"),
        }];
        assert_eq!(
            list(&tests),
            "0\tconformance/interfaces/f/1-core-buildonly.test\t1\n0\tconformance/interfaces/f/1-core-buildonly.test\t2\n"
        );
        let mut collector = Collector::new(&tests);
        let mut told = Vec::new();
        let mut listener = |_: &Test, result: &TestResult| {
            told.push(result.verdict);
            Ok(())
        };
        let text = "begin 0\nend 0 signal 11 1 - 0\n\nbegin 0\nend 0 exit 0 1 - 0\n\n";
        for (count, answer) in answers(text).into_iter().enumerate() {
            assert_eq!(collector.finished(), 0, "{count}");
            collector.take(answer, &mut listener).unwrap();
        }
        assert_eq!(collector.finished(), 1);
        assert_eq!(told, [Verdict::Crash]);
    }

    #[test]
    fn an_end_without_a_beginning_is_refused() {
        let mut collector = Collector::new(&[]);
        let mut listener = |_: &Test, _: &TestResult| Ok(());
        for text in ["begin 0\n", "end 3 exit 0 1 - 0\n\n"] {
            let answer = answers(text).remove(0);
            assert!(collector.take(answer, &mut listener).is_err(), "{text}");
        }
    }
}
