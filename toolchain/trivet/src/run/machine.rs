//! One machine from its start to its end: QEMU, the session with the guest, and what is left to say.

use super::assemble::{Parts, RunFiles};
use super::crash;
use super::session::{Ending, Event, Host, Job, Outcome, Session};
use super::status;
use super::streams::Streams;
use super::terminal::RawMode;
use crate::failure::{Context, Result};
use crate::process::spawn_tied;
use crate::project::Project;
use crate::qemu::{self, Character, Port, Qemu};
use crate::trace::{self, Lines};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::iterator::Signals;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, LineWriter, Write};
use std::net::TcpListener;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};
use trivet_abi::control::{End, Refusal};

/// What a machine is started with.
#[derive(Debug)]
pub struct Machine<'a> {
    /// What it boots.
    pub parts: &'a Parts,
    /// The files of this run.
    pub files: &'a RunFiles,
    /// Its memory in MiB.
    pub memory_mib: u32,
    /// Its processors.
    pub processors: u32,
    /// Count instructions.
    pub instruction_count: bool,
    /// With it, how long an instruction takes: two to this power nanoseconds.
    pub instruction_shift: u8,
    /// Wait for a debugger.
    pub debugger: bool,
    /// Where audit and log go; otherwise a file of the cache that is kept only when something was denied.
    pub audit: Option<&'a Path>,
    /// Tell each message of programs.
    pub trace: Option<Trace<'a>>,
    /// End the program after this time.
    pub limit: Option<Duration>,
}

/// How messages are told.
#[derive(Debug, Clone, Copy)]
pub struct Trace<'a> {
    /// Where to; standard error without one.
    pub file: Option<&'a Path>,
    /// Interfaces and methods; all without any.
    pub filter: &'a [String],
}

/// A run that ended.
#[derive(Debug)]
pub struct Finished {
    /// How.
    pub outcome: Outcome,
    /// The serial line's file, kept when the machine failed.
    pub serial: PathBuf,
    /// The audit's file.
    pub audit: PathBuf,
    /// The audit's file is the user's own and stays.
    audit_is_asked_for: bool,
}

/// QEMU, ended when this is dropped.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// This process's standard streams, for a program that is run for its user.
pub fn standard_streams() -> Result<Host> {
    Ok(Host {
        input: Box::new(own_file(std::io::stdin())?),
        output: Box::new(own_file(std::io::stdout())?),
        error: Box::new(own_file(std::io::stderr())?),
    })
}

/// Runs one job in a machine of its own.
pub fn run(project: &Project, machine: &Machine<'_>, job: &Job, host: Host) -> Result<Finished> {
    let raw_mode = match job.terminal {
        Some(_) => RawMode::enter()?,
        None => None,
    };
    let mut live = start(project, machine, host, job.terminal.is_some(), raw_mode)?;
    let outcome = live.session.run(job, machine.limit)?;
    Ok(live.finish(outcome))
}

/// Starts a machine that takes jobs through its session.
pub fn start(
    project: &Project,
    machine: &Machine<'_>,
    host: Host,
    on_terminal: bool,
    raw_mode: Option<RawMode>,
) -> Result<Live> {
    // Runs of one process (the tests of a port) have logs of their own.
    static RUN: AtomicU32 = AtomicU32::new(0);
    let name = match RUN.fetch_add(1, Ordering::Relaxed) {
        0 => std::process::id().to_string(),
        run => format!("{}-{run}", std::process::id()),
    };
    let archive = OwnedFd::from(machine.parts.pack(machine.files)?);
    let logs = project.cache_folder("log")?;
    remove_old(&logs);
    let serial = logs.join(format!("serial-{name}.log"));
    let audit = match machine.audit {
        Some(path) => path.to_owned(),
        None => logs.join(format!("audit-{name}.log")),
    };
    let log = Box::new(File::create(&audit).context(|| format!("making {}", audit.display()))?);
    let (here, there) = Streams::pair()?;
    let (ports, mut inherit) = there.into_ports();
    let mut qemu = Qemu::new(machine.parts.kernel.clone());
    qemu.initrd = Some(format!("/proc/self/fd/{}", archive.as_raw_fd()).into());
    inherit.push(archive);
    qemu.memory_mib = machine.memory_mib;
    qemu.processors = machine.processors;
    qemu.instruction_count = machine.instruction_count;
    qemu.instruction_shift = machine.instruction_shift;
    if machine.instruction_count {
        qemu.processor = qemu::Processor::Repeatable;
    }
    qemu.serial = Character::File(serial.clone());
    qemu.ports = ports;
    qemu.shares = machine.files.shared_folders();
    let mut tracing = None;
    if let Some(trace) = machine.trace {
        let (ours, theirs) = UnixStream::pair().context(|| "making a socket pair")?;
        qemu.ports.push(Port {
            number: trace::PORT,
            name: trace::PORT_NAME,
            to: Character::Socket(theirs.as_raw_fd()),
        });
        inherit.push(OwnedFd::from(theirs));
        tracing = Some(start_trace(project, trace, ours)?);
    }
    if machine.debugger {
        let port = free_port()?;
        qemu.debugger_port = Some(port);
        let symbols = machine.parts.debugger_symbols(machine.files);
        symbols.announce(&logs.join(format!("debug-{name}.gdb")), port)?;
    }
    let events = mpsc::channel();
    watch_signals(events.0.clone())?;
    let program = qemu::program();
    let mut command = Command::new(&program);
    command
        .args(qemu.arguments())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let child = spawn_tied(&mut command, inherit).context(|| format!("starting {}", program.display()))?;
    let guard = Guard(child);
    let mut session = Session::start(here, host, log, on_terminal, raw_mode, events)?;
    session.patient = machine.debugger;
    Ok(Live {
        session,
        guard,
        serial,
        audit,
        audit_is_asked_for: machine.audit.is_some(),
        tracing,
    })
}

/// Starts to tell what comes from the tracer.
fn start_trace(project: &Project, trace: Trace<'_>, from: UnixStream) -> Result<JoinHandle<()>> {
    let folder = project.source("interfaces");
    let model = trivet_idl::load_dir(&folder).context(|| format!("reading {}", folder.display()))?;
    let to: Box<dyn Write + Send> = match trace.file {
        Some(path) => {
            let file = File::create(path).context(|| format!("making {}", path.display()))?;
            Box::new(BufWriter::new(file))
        }
        None => Box::new(LineWriter::new(std::io::stderr())),
    };
    let lines = Lines::new(model, trace.filter.to_vec());
    Ok(thread::spawn(move || {
        // A trace that cannot be written does not stop the program.
        let _ = lines.run(BufReader::new(from), to);
    }))
}

/// A machine that runs.
pub struct Live {
    /// The dialogue with it.
    pub session: Session,
    guard: Guard,
    serial: PathBuf,
    audit: PathBuf,
    audit_is_asked_for: bool,
    tracing: Option<JoinHandle<()>>,
}

impl Live {
    /// Ends the machine; `outcome` is its last job's.
    pub fn finish(self, outcome: Outcome) -> Finished {
        let Live {
            session,
            mut guard,
            serial,
            audit,
            audit_is_asked_for,
            tracing,
        } = self;
        let complaint = match outcome.ending {
            Ending::MachineFailed(_) => complaint(&mut guard.0),
            _ => String::new(),
        };
        drop(guard);
        if let Some(tracing) = tracing {
            // QEMU's end is the end of what there is to tell.
            let _ = tracing.join();
        }
        session.finish_log();
        // The terminal is restored before anything else is printed.
        drop(session);
        if !complaint.is_empty() {
            eprint!("{complaint}");
        }
        Finished {
            outcome,
            serial,
            audit,
            audit_is_asked_for,
        }
    }
}

impl Finished {
    /// Removes the run's logs, unless the machine failed.
    pub fn forget(self) {
        if !matches!(self.outcome.ending, Ending::MachineFailed(_)) {
            remove(&self.serial);
            if !self.audit_is_asked_for {
                remove(&self.audit);
            }
        }
    }

    /// In a few words how it ended, with the kernel's last line when the machine failed.
    pub fn describe(&self) -> String {
        let words = match &self.outcome.ending {
            Ending::Program(End::Status(status)) => format!("the program ended with status {status}"),
            Ending::Program(End::Signal(signal)) => format!("signal {signal} ended the program"),
            Ending::Refused(_, text) => text.clone(),
            Ending::TimeOut => "nothing more came".to_owned(),
            Ending::MachineFailed(text) => text.clone(),
            other => format!("{other:?}"),
        };
        let serial = fs::read(&self.serial).unwrap_or_default();
        match String::from_utf8_lossy(&serial)
            .lines()
            .rev()
            .find(|line| !line.trim().is_empty())
        {
            Some(line) => format!(
                "{words}; the kernel's last words: {line} ({})",
                self.serial.display()
            ),
            None => words,
        }
    }

    /// Prints what there is to say and returns the command's exit status. Removes the files that say nothing.
    pub fn conclude(self, files: &RunFiles, parts: &Parts, on_terminal: bool) -> Result<u8> {
        let outcome = &self.outcome;
        for report in &outcome.crashes {
            let own = files
                .host_program
                .as_deref()
                .filter(|_| report.program == files.program);
            eprintln!(
                "trivet: {}",
                crash::describe(report, own.or(parts.host_file(&report.program)))
            );
        }
        if !outcome.complete {
            eprintln!("trivet: part of the output was lost");
        }
        let failed_machine = matches!(outcome.ending, Ending::MachineFailed(_));
        let status = match &outcome.ending {
            Ending::Program(End::Status(status)) => *status,
            Ending::Program(End::Signal(signal)) => status::SIGNAL_BASE + signal,
            Ending::Refused(reason, text) => {
                eprintln!("trivet: {text}");
                match reason {
                    Refusal::NotFound => status::NOT_FOUND,
                    Refusal::CannotExecute | Refusal::Denied => status::CANNOT_EXECUTE,
                    Refusal::NoResource => status::TRIVET_FAILED,
                }
            }
            Ending::TimeOut if outcome.started => {
                eprintln!("trivet: the program still ran at its time limit");
                status::TIME_OUT
            }
            Ending::TimeOut => {
                eprintln!("trivet: the program had not started by its time limit");
                show_serial(&self.serial);
                status::TIME_OUT
            }
            Ending::Interrupted(signal) => status::SIGNAL_BASE + (signal & 0x7f) as u8,
            Ending::Escape => status::SIGNAL_BASE + SIGINT as u8,
            Ending::OutputClosed => status::SIGNAL_BASE + SIGPIPE as u8,
            Ending::MachineFailed(text) => {
                eprintln!("trivet: {text}");
                show_serial(&self.serial);
                status::TRIVET_FAILED
            }
        };
        if let Some(line) = denial_line(outcome, &self.audit, status != 0 || on_terminal) {
            eprintln!("{line}");
        }
        if !failed_machine {
            remove(&self.serial);
        }
        if !self.audit_is_asked_for
            && outcome.denied == 0
            && outcome.first_denial.is_none()
            && !failed_machine
        {
            remove(&self.audit);
        }
        Ok(status)
    }
}

/// The one line about denied messages, where it is of use.
fn denial_line(outcome: &Outcome, audit: &Path, wanted: bool) -> Option<String> {
    let first = outcome.first_denial.as_deref().unwrap_or("see the audit");
    // A rule's text brings its own semicolon.
    let first = first.trim_end_matches(';');
    let count = outcome.denied.max(u64::from(outcome.first_denial.is_some()));
    let messages = if count == 1 {
        "message was"
    } else {
        "messages were"
    };
    (wanted && count > 0).then(|| {
        format!(
            "trivet: {count} {messages} denied, the first: {first}; all: cat {}",
            audit.display()
        )
    })
}

/// What QEMU itself said, when it ended early.
fn complaint(child: &mut Child) -> String {
    use std::io::Read;
    // Its end closes the pipe; QEMU writes a line or two at most.
    let _ = child.kill();
    let mut text = String::new();
    if let Some(stderr) = child.stderr.take() {
        let _ = stderr.take(16 * 1024).read_to_string(&mut text);
    }
    text
}

fn show_serial(serial: &Path) {
    let text = fs::read(serial).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    if lines.is_empty() {
        eprintln!("  the kernel said nothing");
        return;
    }
    eprintln!("  the kernel's last words (all: {}):", serial.display());
    for line in &lines[lines.len().saturating_sub(40)..] {
        eprintln!("  | {line}");
    }
}

fn remove(path: &Path) {
    // A log that cannot be removed does no harm; the next run tries again.
    let _ = fs::remove_file(path);
}

/// Removes logs that runs left behind a week ago.
fn remove_old(folder: &Path) {
    const KEEP: Duration = Duration::from_secs(7 * 24 * 3600);
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        let is_old =
            modified.is_ok_and(|time| SystemTime::now().duration_since(time).is_ok_and(|age| age > KEEP));
        if is_old {
            remove(&entry.path());
        }
    }
}

/// The same open file without the standard library's buffer: bytes go as they come.
fn own_file(stream: impl AsFd) -> Result<File> {
    let fd = stream
        .as_fd()
        .try_clone_to_owned()
        .context(|| "duplicating a standard stream")?;
    Ok(File::from(fd))
}

fn watch_signals(events: Sender<Event>) -> Result<()> {
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGCONT, SIGWINCH])
        .context(|| "watching signals")?;
    thread::spawn(move || {
        for signal in signals.forever() {
            if events.send(Event::Signal(signal)).is_err() {
                break;
            }
        }
    });
    Ok(())
}

/// A TCP port of the loopback address that nobody uses now.
fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context(|| "finding a free port")?;
    Ok(listener.local_addr().context(|| "finding a free port")?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(denied: u64, first: Option<&str>) -> Outcome {
        Outcome {
            ending: Ending::Program(End::Status(1)),
            started: true,
            denied,
            first_denial: first.map(str::to_owned),
            crashes: Vec::new(),
            complete: true,
        }
    }

    #[test]
    fn denials_are_one_line_with_count_first_and_command() {
        let line = denial_line(
            &outcome(3, Some("app: file.write on tmp")),
            Path::new("/c/a.log"),
            true,
        )
        .unwrap();
        assert_eq!(
            line,
            "trivet: 3 messages were denied, the first: app: file.write on tmp; all: cat /c/a.log"
        );
    }

    #[test]
    fn a_rule_that_ends_the_line_leaves_one_semicolon() {
        let rule = Some("app was denied File.write on tmp by `deny app -> tmp: File.write;");
        let line = denial_line(&outcome(1, rule), Path::new("a"), true).unwrap();
        assert!(line.contains("File.write; all: cat a"), "{line}");
    }

    #[test]
    fn without_denials_or_interest_there_is_no_line() {
        assert!(denial_line(&outcome(0, None), Path::new("a"), true).is_none());
        assert!(denial_line(&outcome(3, Some("x")), Path::new("a"), false).is_none());
    }
}
