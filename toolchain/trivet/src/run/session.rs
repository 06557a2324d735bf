//! The dialogue with the guest: starts one job, carries its bytes, and hears how it ended (note 0013).
//!
//! Each stream has a thread of its own; everything that the dialogue must react to arrives as an [`Event`] in
//! one channel, in the order in which it happened. The guest is not trusted: a frame that breaks the protocol
//! ends the session. The other end is QEMU, or in tests a guest made of Rust.

use super::input::{self, InputEnd};
use super::output::{self, Count};
use super::streams::Streams;
use super::terminal::{self, RawMode};
use crate::failure::{Context, Failure, Result};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};
use trivet_abi::control::{self, End, FRAME_HEADER, Frame, Refusal, TerminalSize, ToGuest, ToHost};

/// How long a machine may take from its start to its first word.
const BOOT_LIMIT: Duration = Duration::from_secs(120);
/// How long to wait for output that the guest says it has sent, while nothing comes.
const OUTPUT_PATIENCE: Duration = Duration::from_secs(10);

/// The program to start.
#[derive(Debug, Clone, Default)]
pub struct Job {
    /// A path in the guest, or a name to be looked up in its PATH.
    pub program: Vec<u8>,
    /// Its arguments, `argv[0]` first.
    pub arguments: Vec<Vec<u8>>,
    /// Its environment.
    pub environment: Vec<Vec<u8>>,
    /// Its working directory.
    pub directory: Vec<u8>,
    /// Give it a terminal of this size.
    pub terminal: Option<TerminalSize>,
    /// Its programs lie at fixed addresses, for a debugger.
    pub fixed_addresses: bool,
}

/// The command's side of the five streams.
pub struct Host {
    /// Where input comes from.
    pub input: Box<dyn Read + Send>,
    /// Where the program's output goes.
    pub output: Box<dyn Write + Send>,
    /// Where the program's errors go.
    pub error: Box<dyn Write + Send>,
}

/// A crash as reported, with raw addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrashReport {
    /// The signal.
    pub signal: u32,
    /// The address whose access faulted, or 0.
    pub address: u64,
    /// The faulting instruction and the return addresses behind it, relative to the program's image.
    pub code: Vec<u64>,
    /// The program's path in the guest.
    pub program: Vec<u8>,
}

/// How the session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The program ended.
    Program(End),
    /// The program could not be started.
    Refused(Refusal, String),
    /// The time limit was reached.
    TimeOut,
    /// The command received this signal.
    Interrupted(i32),
    /// The user asked for it with the escape keys.
    Escape,
    /// Nobody reads the command's output any more.
    OutputClosed,
    /// The machine stopped before the program's end; the text says what it said about it.
    MachineFailed(String),
}

/// What a session left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// The program ran.
    pub started: bool,
    /// Messages that the policy denied.
    pub denied: u64,
    /// The first of them, in words.
    pub first_denial: Option<String>,
    /// Processes that died by a fault.
    pub crashes: Vec<CrashReport>,
    /// All output that the guest sent has been written.
    pub complete: bool,
}

/// What the dialogue reacts to.
#[derive(Debug)]
pub enum Event {
    /// A frame of the guest.
    Frame(u16, Vec<u8>),
    /// The guest's end of the control channel is closed: the machine is gone.
    Closed,
    /// Bytes that are no frame.
    Broken(control::FrameError),
    /// A signal to this command.
    Signal(i32),
    /// The output takes no more.
    OutputClosed,
    /// The escape keys.
    Escape,
}

/// A session with a machine that has been started.
pub struct Session {
    events: Receiver<Event>,
    to_guest: Sender<Vec<u8>>,
    /// Started behind the job's description: the end of a short input must not overtake it.
    carry_input: Option<Box<dyn FnOnce() + Send>>,
    /// QEMU drops bytes that the guest has not taken yet when this end is closed: it stays open to the end.
    _input_stays_open: UnixStream,
    output: Arc<Count>,
    error: Arc<Count>,
    log: Arc<Count>,
    raw_mode: Option<RawMode>,
    /// The number of the job that was described last; 0 before the first.
    job: u32,
    greeted: bool,
    /// Waits forever for a guest that a debugger holds.
    pub patient: bool,
}

impl Session {
    /// Starts the threads of the five streams.
    ///
    /// `events` are two ends of one channel; signals come in by it from outside.
    pub fn start(
        streams: Streams,
        host: Host,
        log_file: Box<dyn Write + Send>,
        on_terminal: bool,
        raw_mode: Option<RawMode>,
        events: (Sender<Event>, Receiver<Event>),
    ) -> Result<Session> {
        let (sender, receiver) = events;
        let control_reader = streams.control.try_clone().context(|| "duplicating a socket")?;
        let (to_guest, frames) = mpsc::channel::<Vec<u8>>();
        let mut control_writer = streams.control;
        thread::spawn(move || {
            while let Ok(frame) = frames.recv() {
                if control_writer.write_all(&frame).is_err() {
                    break;
                }
            }
        });
        let event_sender = sender.clone();
        thread::spawn(move || read_frames(control_reader, &event_sender));

        let (input_sender, input_frames) = (sender.clone(), to_guest.clone());
        let (mut host_input, machine_input) = (host.input, streams.input);
        let input_stays_open = machine_input.try_clone().context(|| "duplicating a socket")?;
        let carry_input = move || match input::pump(&mut host_input, machine_input, on_terminal) {
            InputEnd::End(bytes) => drop(input_frames.send(encode(&ToGuest::InputEnd { bytes }))),
            InputEnd::Escape => drop(input_sender.send(Event::Escape)),
            InputEnd::Closed => {}
        };
        let outputs = [(streams.output, host.output), (streams.error, host.error)];
        let [output, error] = outputs.map(|(machine, to)| {
            let (count, sender) = (Arc::new(Count::default()), sender.clone());
            let counted = Arc::clone(&count);
            thread::spawn(move || {
                if output::pump(machine, to, &counted).is_err() {
                    let _ = sender.send(Event::OutputClosed);
                }
            });
            count
        });
        let log = Arc::new(Count::default());
        let counted = Arc::clone(&log);
        let machine_log = streams.log;
        // A log that cannot be written must not stop the program.
        thread::spawn(move || output::pump(machine_log, log_file, &counted));
        Ok(Session {
            events: receiver,
            to_guest,
            carry_input: Some(Box::new(carry_input)),
            _input_stays_open: input_stays_open,
            output,
            error,
            log,
            raw_mode,
            job: 0,
            greeted: false,
            patient: false,
        })
    }

    /// Starts the job and stays until it ended or `limit` is over. When it ended, the same machine takes
    /// another.
    pub fn run(&mut self, job: &Job, limit: Option<Duration>) -> Result<Outcome> {
        let mut outcome = Outcome {
            ending: Ending::TimeOut,
            started: false,
            denied: 0,
            first_denial: None,
            crashes: Vec::new(),
            complete: true,
        };
        self.describe(job)?;
        if let Some(carry_input) = self.carry_input.take() {
            thread::spawn(carry_input);
        }
        self.listen(limit, &mut outcome)?;
        Ok(outcome)
    }

    /// Goes on where [`Session::run`] stopped at its limit: until the job's end, or another limit.
    pub fn wait(&mut self, limit: Duration, outcome: &mut Outcome) -> Result<()> {
        self.listen(Some(limit), outcome)
    }

    /// Reacts to what happens until the job's end or the limit.
    fn listen(&mut self, limit: Option<Duration>, outcome: &mut Outcome) -> Result<()> {
        let start = Instant::now();
        outcome.ending = loop {
            let boot_limit = (!self.greeted && !self.patient).then_some(BOOT_LIMIT);
            let left = [limit, boot_limit]
                .into_iter()
                .flatten()
                .min()
                .map(|l| l.saturating_sub(start.elapsed()));
            let event = match left {
                Some(left) => self.events.recv_timeout(left),
                None => self.events.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            let ending = match event {
                Ok(Event::Frame(kind, payload)) => {
                    let message = ToHost::decode(Frame {
                        kind,
                        payload: &payload,
                    });
                    let message =
                        message.map_err(|error| protocol_error(&format!("frame {kind}: {error:?}")))?;
                    self.greeted = true;
                    self.react(message, outcome)?
                }
                Ok(Event::Closed) | Err(RecvTimeoutError::Disconnected) => Some(Ending::MachineFailed(
                    "the machine stopped before the program's end".into(),
                )),
                Ok(Event::Broken(error)) => return Err(protocol_error(&format!("{error:?}"))),
                Ok(Event::Signal(signal)) => self.signal(signal)?,
                Ok(Event::OutputClosed) => Some(Ending::OutputClosed),
                Ok(Event::Escape) => Some(Ending::Escape),
                Err(RecvTimeoutError::Timeout) if limit.is_some_and(|limit| start.elapsed() >= limit) => {
                    Some(Ending::TimeOut)
                }
                Err(RecvTimeoutError::Timeout) => Some(Ending::MachineFailed(format!(
                    "the machine did not come up within {} s",
                    BOOT_LIMIT.as_secs()
                ))),
            };
            if let Some(ending) = ending {
                break ending;
            }
        };
        Ok(())
    }

    /// Waits until audit and log have been written; call it once the machine is gone.
    pub fn finish_log(&self) {
        self.log.wait_for(u64::MAX, Duration::from_secs(1));
    }

    fn send(&self, message: &ToGuest<'_>) {
        // A failure means that the machine is gone, which the event channel tells.
        let _ = self.to_guest.send(encode(message));
    }

    fn describe(&mut self, job: &Job) -> Result<()> {
        let strings = job
            .arguments
            .iter()
            .chain(&job.environment)
            .chain([&job.program, &job.directory]);
        for string in strings {
            if string.len() > control::STRING_MAX || string.contains(&0) {
                return Err(Failure::new(
                    "an argument or variable is longer than 128 KiB, or has a zero byte",
                ));
            }
        }
        if self.job == 0 {
            self.send(&ToGuest::Hello {
                version: control::VERSION,
            });
        }
        self.job += 1;
        self.send(&ToGuest::Job {
            job: self.job,
            terminal: job.terminal,
            program: &job.program,
        });
        job.arguments
            .iter()
            .for_each(|text| self.send(&ToGuest::Argument(text)));
        job.environment
            .iter()
            .for_each(|text| self.send(&ToGuest::Environment(text)));
        self.send(&ToGuest::Directory(&job.directory));
        if job.fixed_addresses {
            self.send(&ToGuest::FixedAddresses);
        }
        self.send(&ToGuest::Start);
        Ok(())
    }

    fn react(&self, message: ToHost<'_>, outcome: &mut Outcome) -> Result<Option<Ending>> {
        match message {
            ToHost::Hello {
                version: control::VERSION,
            } => Ok(None),
            ToHost::Started { .. } => {
                outcome.started = true;
                Ok(None)
            }
            ToHost::Hello { version } => Err(protocol_error(&format!(
                "the guest speaks version {version} of the control protocol"
            ))),
            ToHost::Refused { reason, text, .. } => Ok(Some(Ending::Refused(reason, text.to_owned()))),
            ToHost::Denied { text, .. } => {
                outcome.first_denial.get_or_insert_with(|| text.to_owned());
                Ok(None)
            }
            ToHost::Crash(crash) => {
                let code = std::iter::once(crash.instruction).chain(crash.return_addresses());
                outcome.crashes.push(CrashReport {
                    signal: crash.signal,
                    address: crash.address,
                    code: code
                        .map(|address| address.wrapping_sub(crash.image_base))
                        .collect(),
                    program: crash.program.to_vec(),
                });
                Ok(None)
            }
            ToHost::Exited {
                end,
                output_bytes,
                error_bytes,
                denied,
                ..
            } => {
                outcome.denied = denied;
                outcome.complete = self.output.wait_for(output_bytes, OUTPUT_PATIENCE)
                    & self.error.wait_for(error_bytes, OUTPUT_PATIENCE);
                Ok(Some(Ending::Program(end)))
            }
            ToHost::Failed { text } => Ok(Some(Ending::MachineFailed(text.to_owned()))),
        }
    }

    fn signal(&self, signal: i32) -> Result<Option<Ending>> {
        use signal_hook::consts::{SIGCONT, SIGTSTP, SIGWINCH};
        match signal {
            SIGWINCH => self.send(&ToGuest::Resize(terminal::size())),
            SIGTSTP => {
                self.raw_mode.iter().for_each(RawMode::suspend);
                signal_hook::low_level::emulate_default_handler(SIGTSTP).context(|| "stopping")?;
            }
            SIGCONT => {
                if let Some(raw_mode) = &self.raw_mode {
                    raw_mode.apply()?;
                    self.send(&ToGuest::Resize(terminal::size()));
                }
            }
            _ => return Ok(Some(Ending::Interrupted(signal))),
        }
        Ok(None)
    }
}

fn protocol_error(what: &str) -> Failure {
    Failure::new(format!("the guest broke the control protocol: {what}"))
}

fn encode(message: &ToGuest<'_>) -> Vec<u8> {
    let mut buffer = vec![0; FRAME_HEADER + control::PAYLOAD_MAX];
    // `describe` has checked the lengths, and the buffer holds the longest frame.
    let length = message.encode(&mut buffer).unwrap_or(0);
    buffer.truncate(length);
    buffer
}

/// Reads frames until the channel ends.
fn read_frames(mut control: impl Read, events: &Sender<Event>) {
    let mut received = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match control.read(&mut buffer) {
            Ok(0) | Err(_) => {
                let _ = events.send(Event::Closed);
                return;
            }
            Ok(count) => received.extend_from_slice(&buffer[..count]),
        }
        let mut used = 0;
        loop {
            match control::split(&received[used..]) {
                Ok(Some((frame, length))) => {
                    if events
                        .send(Event::Frame(frame.kind, frame.payload.to_vec()))
                        .is_err()
                    {
                        return;
                    }
                    used += length;
                }
                Ok(None) => break,
                Err(error) => {
                    let _ = events.send(Event::Broken(error));
                    return;
                }
            }
        }
        received.drain(..used);
    }
}

#[cfg(test)]
mod tests;
