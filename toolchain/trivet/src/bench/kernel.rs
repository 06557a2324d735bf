//! The kernel alone: its guest tests boot in init's place, test it from inside and print its figures.
//!
//! They speak over the serial line: `NAME ... ok`, `NAME ... FAILED: why`, `figure NAME INSTRUCTIONS`.

use super::figures::Figures;
use crate::commands::boot::guest_status;
use crate::failure::{Context, Failure, Result};
use crate::process::spawn_tied;
use crate::project::Project;
use crate::qemu::{self, Character, Processor, Qemu};
use crate::run::assemble::{GuestTests, Parts, RunFiles};
use std::fs;
use std::os::fd::{AsRawFd, OwnedFd};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The longest that the tests may take.
const LIMIT: Duration = Duration::from_secs(300);

/// What the guest tests said.
#[derive(Debug)]
pub struct Report {
    /// All of it.
    pub text: String,
    /// The status with which they ended the machine: 0 when all passed.
    pub status: u8,
}

/// What a call costs, among the figures.
const CALL: &str = "round_trip_between_processes";
/// Rules of the policy under which a call is measured again: its cost does not depend on their number.
const MANY_RULES: usize = 10_000;

/// The kernel's figures: as it is, under a policy with many rules, and what the policy's check costs, by a kernel that has none.
pub fn figures(project: &Project) -> Result<Figures> {
    let mut figures = run(project, GuestTests::All, 1, true)?.figures();
    let call_in =
        |variant| -> Result<Option<f64>> { Ok(run(project, variant, 1, true)?.figures().get(CALL)) };
    let among_rules = call_in(GuestTests::Figures {
        more_rules: MANY_RULES,
    })?;
    figures.insert("round_trip_under_ten_thousand_rules", among_rules);
    let unchecked = call_in(GuestTests::FiguresWithoutCheck)?;
    figures.insert("round_trip_without_policy_check", unchecked);
    let check = figures
        .get(CALL)
        .zip(unchecked)
        .map(|(with, without)| with - without);
    figures.insert("policy_check", check);
    Ok(figures)
}

/// Runs the guest tests.
pub fn run(
    project: &Project,
    variant: GuestTests,
    processors: u32,
    instruction_count: bool,
) -> Result<Report> {
    let parts = Parts::guest_tests(project, variant)?;
    let archive = OwnedFd::from(parts.pack(&RunFiles::none(instruction_count)?)?);
    let serial = tempfile::NamedTempFile::new_in(project.cache_folder("log")?)
        .context(|| "making a file for the serial line")?;
    let mut qemu = Qemu::new(parts.kernel.clone());
    qemu.initrd = Some(format!("/proc/self/fd/{}", archive.as_raw_fd()).into());
    qemu.processors = processors;
    qemu.instruction_count = instruction_count;
    if instruction_count {
        qemu.processor = Processor::Repeatable;
    }
    qemu.serial = Character::File(serial.path().to_owned());
    let mut command = Command::new(qemu::program());
    command.args(qemu.arguments()).stdin(Stdio::null());
    let mut child = spawn_tied(&mut command, vec![archive]).context(|| "starting QEMU")?;
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().context(|| "waiting for QEMU")? {
            break Some(status);
        }
        if start.elapsed() >= LIMIT {
            child.kill().context(|| "ending QEMU")?;
            child.wait().context(|| "waiting for QEMU")?;
            break None;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let text = fs::read(serial.path()).context(|| "reading the serial line")?;
    let text = String::from_utf8_lossy(&text).replace('\r', "");
    match status {
        Some(status) => Ok(Report {
            text,
            status: guest_status(status)?,
        }),
        None => {
            Err(Failure::new(format!("the guest tests still ran after {} s", LIMIT.as_secs())).help(text))
        }
    }
}

impl Report {
    /// The kernel's figures.
    pub fn figures(&self) -> Figures {
        let mut figures = Figures::default();
        for line in self.text.lines() {
            let mut words = line
                .strip_prefix("figure ")
                .into_iter()
                .flat_map(str::split_whitespace);
            if let (Some(name), Some(Ok(value))) = (words.next(), words.next().map(str::parse::<f64>)) {
                figures.insert(name, Some(value));
            }
        }
        figures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_stand_among_other_lines() {
        let text =
            "a ... ok\nfigure null_kernel_service 244\nfigure page_fault 1500\nfigures follow\n".to_owned();
        let figures = Report { text, status: 0 }.figures();
        assert_eq!(figures.order, ["null_kernel_service", "page_fault"]);
        assert_eq!(figures.get("page_fault"), Some(1500.0));
    }
}
