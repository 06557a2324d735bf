//! The dialogue with the host: its jobs, one after the other, and what it is told of them.

use crate::audit::{self, Names};
use crate::job::{Command, Dialogue, Job};
use crate::owned::Owned;
use crate::program::{self, CannotStart};
use crate::server::Server;
use crate::slot;
use alloc::collections::VecDeque;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use trivet_abi::control::{Crash, End, FRAME_HEADER, PAYLOAD_MAX, Refusal, ToHost, VERSION, encode_crash};
use trivet_abi::handle::Handle;
use trivet_ipc::audit::Record;
use trivet_ipc::console::Port;
use trivet_ipc::file::WindowSize;
use trivet_server::clients::{console, file, log, terminals};
use trivet_server::wait::WaitQueue;

/// Bytes of the control channel that are read at a time.
const READ_SIZE: usize = 64 * 1024;
/// Audit records that are taken at a time.
const RECORDS: usize = 64;
/// A job's program and arguments in a listing, at most.
pub const LISTED_ARGUMENTS: usize = 4096;

/// A job that runs.
#[derive(Debug)]
struct Current {
    job: u32,
    /// Number of its first program.
    leader: u64,
    denied: u64,
    told: bool,
    terminal: bool,
}

/// The host's side of the server.
#[derive(Debug, Default)]
pub struct Console {
    outgoing: RefCell<VecDeque<Vec<u8>>>,
    queued: WaitQueue,
    jobs: RefCell<VecDeque<Job>>,
    job_came: WaitQueue,
    current: RefCell<Option<Current>>,
    /// The wait status of the current job's first program, once it has ended.
    end: Cell<Option<u32>>,
    /// The job ends the machine: its status then is 0, however its programs end.
    finishing: Cell<bool>,
    /// Something ended.
    pub ended: WaitQueue,
    /// Programs lie at fixed addresses: the last job asked for it, for a debugger.
    pub fixed_addresses: Cell<bool>,
    /// The machine ends when everything was sent: 1 powers off, 2 restarts.
    stopping: Cell<u8>,
}

impl Console {
    fn send(&self, message: &ToHost<'_>) {
        let mut frame = vec![0; FRAME_HEADER + PAYLOAD_MAX];
        // A message that is too long has lost its frame; what matters is short.
        if let Ok(length) = message.encode(&mut frame) {
            self.queue(frame, length);
        }
    }

    fn queue(&self, mut frame: Vec<u8>, length: usize) {
        frame.truncate(length);
        self.outgoing.borrow_mut().push_back(frame);
        self.queued.wake_all();
    }

    /// Whether the job's first program leads this session.
    pub fn is_job(&self, session: u64) -> bool {
        self.current
            .borrow()
            .as_ref()
            .is_some_and(|current| current.leader == session)
    }

    /// The job ends by ending the machine. The host, which hears that it ended well, ends the machine behind it, unless it is to begin anew.
    pub fn finish(&self, restart: bool) {
        self.finishing.set(true);
        if restart {
            self.end_machine(true);
        }
    }

    /// The machine ends once everything was sent.
    fn end_machine(&self, restart: bool) {
        self.stopping.set(if restart { 2 } else { 1 });
        self.queued.wake_all();
    }

    /// A process has ended. `last`: no other is left.
    pub fn note_end(&self, number: u64, status: u32, last: bool) {
        let current = self.current.borrow();
        let leads = current.as_ref().is_some_and(|current| current.leader == number);
        if leads {
            self.end.set(Some(status));
        }
        // Nothing else is waited for here: most ends wake nobody.
        if leads || last {
            self.ended.wake_all();
        }
    }

    /// Tells the host of a fault that ended a program.
    pub fn report_crash(&self, signal: u32, fault: [u64; 2], program: (u64, &[u8]), addresses: &[u64]) {
        let Some(job) = self.current.borrow().as_ref().map(|current| current.job) else {
            return;
        };
        let [address, instruction] = fault;
        let report = Crash::new(job, signal, address, instruction, program.0, program.1);
        let mut frame = vec![0; FRAME_HEADER + PAYLOAD_MAX];
        if let Ok(length) = encode_crash(&report, addresses, &mut frame) {
            self.queue(frame, length);
        }
    }
}

impl Server {
    /// Takes the control channel and starts the tasks that live as long as the machine.
    pub async fn open_console(self: Rc<Self>) {
        let Ok(control) = console::stream(&self.runtime, slot::CONSOLE, Port::Control).await else {
            return self.give_up();
        };
        self.console.send(&ToHost::Hello { version: VERSION });
        let (reader, writer, jobs) = (Rc::clone(&self), Rc::clone(&self), Rc::clone(&self));
        self.runtime
            .spawn(async move { reader.read_control(control).await });
        self.runtime
            .spawn(async move { writer.write_control(control).await });
        self.runtime.spawn(async move { jobs.run_jobs().await });
    }

    /// Ends: init sees it and stops the machine.
    fn give_up(&self) {
        self.runtime.stop();
    }

    async fn write_control(&self, control: Handle) {
        loop {
            let next = self.console.outgoing.borrow_mut().pop_front();
            let Some(frame) = next else {
                if self.console.stopping.get() != 0 {
                    let _ = console::drain(&self.runtime, slot::CONSOLE, Port::Control).await;
                    let _ = match self.console.stopping.get() {
                        2 => trivet_ipc::machine::restart(slot::MACHINE),
                        _ => trivet_ipc::machine::power_off(slot::MACHINE, 0),
                    };
                }
                let _ = self.console.queued.wait_in_background().await;
                continue;
            };
            let mut rest = &frame[..];
            while !rest.is_empty() {
                match file::write(&self.runtime, control, rest).await {
                    Ok(count) => rest = rest.get(usize::try_from(count).unwrap_or(0)..).unwrap_or(&[]),
                    Err(_) => return self.give_up(),
                }
            }
        }
    }

    async fn read_control(&self, control: Handle) {
        let mut dialogue = Dialogue::default();
        loop {
            let Ok(read) = file::read(&self.runtime, control, READ_SIZE as u64, READ_SIZE).await else {
                return self.give_up();
            };
            match dialogue.receive(&read.data) {
                Ok(commands) => {
                    for command in commands {
                        self.obey(command).await;
                    }
                }
                Err(refused) => {
                    self.console.send(&ToHost::Failed {
                        text: &format!("the control channel broke: {refused:?}"),
                    });
                    return self.console.end_machine(false);
                }
            }
        }
    }

    async fn obey(&self, command: Command) {
        match command {
            Command::Run(job) => {
                self.console.jobs.borrow_mut().push_back(job);
                self.console.job_came.wake_all();
            }
            Command::EndInput(bytes) => {
                // Where the console is gone, so is the input.
                let _ = console::end_input(&self.runtime, slot::CONSOLE, bytes).await;
            }
            Command::Signal { job, signal } => {
                let leader = self
                    .console
                    .current
                    .borrow()
                    .as_ref()
                    .and_then(|current| (current.job == job).then_some(current.leader));
                if let Some(leader) = leader {
                    self.signal_job(leader, signal & 0x7f);
                }
            }
            Command::Resize(size) => {
                let size = WindowSize {
                    rows: size.rows,
                    columns: size.columns,
                    ..WindowSize::default()
                };
                // Without a terminal there is nothing to resize.
                let _ = terminals::set_console_size(&self.runtime, slot::TERMINALS, &size).await;
            }
            Command::Shutdown => self.console.end_machine(false),
        }
    }

    /// Runs the jobs one after the other.
    async fn run_jobs(&self) {
        loop {
            let next = self.console.jobs.borrow_mut().pop_front();
            let Some(job) = next else {
                let _ = self.console.job_came.wait_in_background().await;
                continue;
            };
            match self.start_job(&job).await {
                Err(refused) => {
                    self.drain_audit().await;
                    self.console.send(&ToHost::Refused {
                        job: job.number,
                        reason: refused.reason,
                        text: refused.text,
                    });
                }
                Ok((leader, terminal)) => {
                    self.console.end.set(None);
                    self.console.current.replace(Some(Current {
                        job: job.number,
                        leader,
                        denied: 0,
                        told: false,
                        terminal,
                    }));
                    self.console.send(&ToHost::Started {
                        job: job.number,
                        process: leader,
                    });
                    self.wait_for_end().await;
                }
            }
        }
    }

    /// Starts a job's program. Answers its number, and whether it has the console's terminal.
    async fn start_job(&self, job: &Job) -> Result<(u64, bool), CannotStart> {
        let directory = program::open_directory(&self.runtime, &job.directory).await?;
        let found = program::find(&self.runtime, job, directory.handle()).await?;
        self.console.fixed_addresses.set(job.fixed_addresses);
        let embryo = program::make(&self.accounts, job, &found)?;
        let mut terminal = None;
        if let Some(size) = job.terminal {
            let size = WindowSize {
                rows: size.rows,
                columns: size.columns,
                ..WindowSize::default()
            };
            let opened = terminals::open_console(&self.runtime, slot::TERMINALS, embryo.number, &size).await;
            terminal = opened.ok().map(Owned::new);
        }
        let has_terminal = terminal.is_some();
        let streams = match terminal {
            Some(file) => Vec::from([file]),
            None => self.open_streams().await?,
        };
        let number = self
            .start_leader(embryo, &streams, directory.handle(), &found)
            .map_err(program::of_errno)?;
        Ok((number, has_terminal))
    }

    /// Input, output and error of the console.
    async fn open_streams(&self) -> Result<Vec<Owned>, CannotStart> {
        let mut streams = Vec::new();
        for port in [Port::Input, Port::Output, Port::Error] {
            let stream = console::stream(&self.runtime, slot::CONSOLE, port).await;
            streams.push(Owned::new(stream.map_err(|_| CannotStart {
                reason: Refusal::NoResource,
                text: "the console's streams are not to be had",
            })?));
        }
        Ok(streams)
    }

    /// Waits until the current job's first program has ended, ends what it left behind, and tells the host.
    async fn wait_for_end(&self) {
        let status = loop {
            if let Some(status) = self.console.end.take() {
                break if self.console.finishing.take() { 0 } else { status };
            }
            let _ = self.console.ended.wait_in_background().await;
        };
        self.kill_everybody();
        while !self.table.borrow().is_empty() {
            let _ = self.console.ended.wait_in_background().await;
        }
        self.drain_audit().await;
        let Some(current) = self.console.current.take() else {
            return;
        };
        if current.terminal {
            let _ = terminals::close_console(&self.runtime, slot::TERMINALS).await;
        }
        let mut sent = [0; 2];
        for (bytes, port) in sent.iter_mut().zip([Port::Output, Port::Error]) {
            if let Ok(counts) = console::counts(&self.runtime, slot::CONSOLE, port).await {
                *bytes = counts.sent;
            }
        }
        let end = match status & 0x7f {
            0 => End::Status((status >> 8) as u8),
            signal => End::Signal(signal as u8),
        };
        self.console.send(&ToHost::Exited {
            job: current.job,
            end,
            output_bytes: sent[0],
            error_bytes: sent[1],
            denied: current.denied,
        });
    }

    /// Takes the audit's records: each goes to the log, and the current job's denials are counted.
    async fn drain_audit(&self) {
        loop {
            let mut records = [Record::default(); RECORDS];
            let Ok(reply) = trivet_ipc::audit::read(slot::AUDIT, &mut records[..]) else {
                return;
            };
            let count = usize::try_from(reply.count).unwrap_or(0).min(RECORDS);
            for record in &records[..count] {
                self.note(record);
                self.log(&audit::line(record, &PolicyNames)).await;
            }
            if reply.dropped > 0 {
                self.log(&format!("audit: {} records were dropped", reply.dropped))
                    .await;
            }
            if count < RECORDS {
                return;
            }
        }
    }

    /// Writes a line of the log.
    pub async fn log(&self, line: &str) {
        let level = trivet_ipc::log::Level::Information;
        // A log that cannot be written is nobody's to tell.
        let _ = log::write(&self.runtime, Handle::LOG, level, line.as_bytes()).await;
    }

    fn note(&self, record: &Record) {
        let mut current = self.console.current.borrow_mut();
        let Some(current) = current
            .as_mut()
            .filter(|current| record.process >= current.leader)
        else {
            return;
        };
        if record.verdict != audit::REFUSED {
            return;
        }
        current.denied += audit::count(record);
        if !current.told {
            current.told = true;
            let text = audit::sentence(record, &PolicyNames);
            self.console.send(&ToHost::Denied {
                job: current.job,
                text: &text,
            });
        }
    }
}

/// Names by the kernel's engine.
struct PolicyNames;

impl PolicyNames {
    fn text(kind: u64, number: u64) -> String {
        let mut text = [0; 256];
        match trivet_ipc::policy::text(slot::POLICY, kind, number, &mut text[..]) {
            Ok(length) => {
                let length = usize::try_from(length).unwrap_or(0).min(text.len());
                String::from_utf8_lossy(&text[..length]).into_owned()
            }
            Err(_) => format!("#{number}"),
        }
    }
}

impl Names for PolicyNames {
    fn domain(&self, number: u32) -> String {
        PolicyNames::text(0, u64::from(number))
    }

    fn label(&self, number: u32) -> String {
        PolicyNames::text(1, u64::from(number))
    }

    fn method(&self, interface: u16, method: u16) -> String {
        let interface_name = PolicyNames::text(2, u64::from(interface));
        let method_name = PolicyNames::text(4, u64::from(interface) << 8 | u64::from(method));
        format!("{interface_name}.{method_name}")
    }

    fn rule(&self, number: u32) -> String {
        PolicyNames::text(3, u64::from(number))
    }
}
