//! Fuzzing from inside the guest: rounds of one machine each, and what they found.
//!
//! A round boots the system with the fuzzer (`tests/fuzz`) as its program; with `everything` also as a server of init's
//! that may do everything. Under instruction counting, with the seed that the round has, it repeats to the message.

use crate::build::{Services, build_native};
use crate::failure::{Context, Failure, Result};
use crate::project::Project;
use crate::run::assemble::{HOME, Parts, RunFiles};
use crate::run::capture::Capture;
use crate::run::machine::{self, Machine};
use crate::run::options::Program;
use crate::run::session::{Ending, Host, Job};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// The folder of the fuzzer's package.
const FOLDER: &str = "tests/fuzz";
/// The longest that a machine may take for one round: a machine that stands still takes all of it.
const LIMIT: Duration = Duration::from_secs(600);
/// The memory of a round's machine, in MiB.
const MEMORY_MIB: u32 = 128;

/// Messages sent and passed, by method.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Counts {
    /// Sent, and got past policy and first check.
    pub methods: BTreeMap<String, (u64, u64)>,
    /// Fuzzers that said that they sent everything.
    pub complete: u64,
}

impl Counts {
    /// Takes in the lines of one report; other lines are not the fuzzer's.
    pub fn read(&mut self, text: &str) {
        for line in text.lines() {
            // In the log the name of the server comes first, which is `fuzz` too.
            let Some(at) = line.rfind("fuzz: ") else { continue };
            let words: Vec<&str> = line[at + 6..].split_whitespace().collect();
            match words.as_slice() {
                ["end", _] => self.complete += 1,
                [method, sent, passed] => {
                    let (Ok(sent), Ok(passed)) = (sent.parse::<u64>(), passed.parse::<u64>()) else {
                        continue;
                    };
                    let entry = self.methods.entry((*method).to_owned()).or_default();
                    entry.0 += sent;
                    entry.1 += passed;
                }
                _ => {}
            }
        }
    }

    /// All messages: sent and passed.
    pub fn total(&self) -> (u64, u64) {
        self.methods
            .values()
            .fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1))
    }
}

/// Everything that the rounds need.
#[derive(Debug)]
pub struct Fuzzer {
    parts: Parts,
    program: PathBuf,
    everything: bool,
    trace: bool,
    debugger: bool,
    plan: tempfile::TempDir,
}

impl Fuzzer {
    /// Builds the system and the fuzzer. With `everything` the fuzzer also runs in a domain that may do everything; with
    /// `trace` it prints each message, with `debugger` a machine waits for one.
    pub fn build(project: &Project, everything: bool, trace: bool, debugger: bool) -> Result<Fuzzer> {
        let mut built = build_native(project, "fuzzer", &[("trivet-fuzz", FOLDER)])?;
        let fuzzer = built
            .pop()
            .ok_or_else(|| Failure::new("the package in tests/fuzz has no program"))?;
        let program = fuzzer.stripped.clone();
        let policy = everything.then(|| project.source(FOLDER).join("everything.policy"));
        let mut parts = Parts::build(project, policy.as_deref(), &[], false)?;
        if everything {
            let file = project.source(FOLDER).join("init.conf");
            let configuration = fs::read(&file).context(|| format!("reading {}", file.display()))?;
            parts.add(Services {
                configuration,
                programs: vec![("fuzz".to_owned(), fuzzer)],
            });
        }
        Ok(Fuzzer {
            parts,
            program,
            everything,
            trace,
            debugger,
            plan: tempfile::tempdir().context(|| "making a folder for the plan")?,
        })
    }

    /// One machine. The counts are added to `counts`; the answer is what was found, if anything was.
    pub fn round(
        &self,
        project: &Project,
        seed: u64,
        messages: u64,
        counts: &mut Counts,
    ) -> Result<Option<String>> {
        let plan = self.plan.path().join("plan");
        let wait = if self.everything { " wait" } else { "" };
        let trace = if self.trace { " trace" } else { "" };
        fs::write(&plan, format!("{seed} {messages}{wait}{trace}\n"))
            .context(|| format!("writing {}", plan.display()))?;
        let mut files = RunFiles::collect(&Program::Host(self.program.clone()), &[], true)?;
        files.set_seed(seed);
        files.add(plan, format!("{HOME}/fuzz.plan").into_bytes());
        let (output, error) = (Capture::default(), Capture::default());
        let host = Host {
            input: Box::new(io::empty()),
            output: Box::new(output.clone()),
            error: Box::new(error),
        };
        let job = Job {
            program: files.program.clone(),
            arguments: vec![b"fuzz".to_vec()],
            environment: Vec::new(),
            directory: format!("/{HOME}").into_bytes(),
            ..Job::default()
        };
        let log = self.plan.path().join("log");
        let machine = Machine {
            parts: &self.parts,
            files: &files,
            memory_mib: MEMORY_MIB,
            processors: 1,
            instruction_count: true,
            instruction_shift: 0,
            debugger: self.debugger,
            audit: Some(&log),
            trace: None,
            limit: (!self.debugger).then_some(LIMIT),
        };
        let finished = machine::run(project, &machine, &job, host)?;
        let serial = fs::read(&finished.serial).unwrap_or_default();
        let serial = String::from_utf8_lossy(&serial).into_owned();
        let log = fs::read(&log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log).into_owned();
        let mut own = Counts::default();
        let output = String::from_utf8_lossy(&output.take()).into_owned();
        if self.trace {
            print!("{output}{log}");
        }
        own.read(&output);
        own.read(&log);
        for (method, (sent, passed)) in &own.methods {
            let entry = counts.methods.entry(method.clone()).or_default();
            entry.0 += sent;
            entry.1 += passed;
        }
        counts.complete += own.complete;
        let wanted = 1 + u64::from(self.everything);
        let found = finding(&finished.outcome.ending, &serial, &log, own.complete < wanted);
        finished.forget();
        Ok(found)
    }
}

/// What a round found: the end of the kernel or of a server, a machine that stands still, a fuzzer that did not get to
/// its end.
fn finding(ending: &Ending, serial: &str, log: &str, is_short: bool) -> Option<String> {
    let text = format!("{serial}\n{log}");
    let death = text.lines().find(|line| {
        let server = line.contains("init: ") && (line.contains(" has ended") || line.contains(" faulted"));
        (server && !line.contains("init: fuzz ")) || line.contains("panic")
    });
    match ending {
        Ending::MachineFailed(reason) => {
            let last: Vec<&str> = serial.lines().collect();
            let from = last.len().saturating_sub(30);
            Some(format!("{reason}\n{}", last[from..].join("\n")))
        }
        Ending::TimeOut => Some("the machine stood still".to_owned()),
        Ending::Program(_) => death
            .map(str::to_owned)
            .or_else(|| is_short.then(|| format!("the fuzzer ended before its last message: {ending:?}"))),
        other => Some(format!("the round ended by {other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trivet_abi::control::End;

    #[test]
    fn reports_add_up_and_other_lines_do_not_count() {
        let mut counts = Counts::default();
        counts.read("fuzz: File.read 10 4\nfuzz: end 10\nfuzz: information: fuzz: File.read 1 1\nhello\nfuzz: a b c\n");
        assert_eq!(counts.methods["File.read"], (11, 5));
        assert_eq!((counts.total(), counts.complete), ((11, 5), 1));
    }

    #[test]
    fn a_round_finds_deaths_and_standstill_and_nothing_else() {
        let ended = Ending::Program(End::Signal(11));
        assert_eq!(finding(&ended, "init: all servers run", "", false), None);
        assert_eq!(
            finding(&ended, "init: fuzz has ended (wait status 0x0)", "", false),
            None
        );
        assert!(finding(&ended, "init: vfs has ended (wait status 0x6)", "", false).is_some());
        assert!(finding(&ended, "", "vfs: panic: index out of bounds", false).is_some());
        assert!(finding(&ended, "", "", true).is_some());
        assert!(finding(&Ending::TimeOut, "", "", false).is_some());
        assert!(finding(&Ending::MachineFailed("gone".to_owned()), "", "", false).is_some());
    }
}
