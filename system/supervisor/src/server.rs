//! The dialogue with the host, the program that runs, and what the program asks.

use crate::audit::{self, Names};
use crate::crash;
use crate::job::{Command, Dialogue, Job};
use crate::program::{self, Running, USER, USER_ROW};
use crate::slot;
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use trivet_abi::control::{Crash, End, FRAME_HEADER, PAYLOAD_MAX, ToHost, VERSION, encode_crash};
use trivet_abi::credentials::Row;
use trivet_abi::handle::Handle;
use trivet_ipc::audit::Record;
use trivet_ipc::console::Port;
use trivet_ipc::plain::bytes_of;
use trivet_ipc::process;
use trivet_ipc::processes::{Identity, ProcessesError};
use trivet_server::clients::{console, file, log};
use trivet_server::services::processes::{GroupsReply, HostNameReply, ProcessesService, dispatch};
use trivet_server::system::System;
use trivet_server::wait::WaitQueue;
use trivet_server::{Events, Limits, Output, Request, Runtime};

/// Exit status when the kernel or the console refused something at the start.
const FAILED: u8 = 2;
/// Calls to other servers at the same time.
const CALL_SLOTS: u32 = 16;
/// Bytes of the control channel that are read at a time.
const READ_SIZE: usize = 64 * 1024;
/// The cookie of the audit's binding. Process numbers are smaller.
const AUDIT_COOKIE: u64 = 1 << 55;
/// Audit records that are taken at a time.
const RECORDS: usize = 64;
/// The name of the machine.
const HOST_NAME: &[u8] = b"trivet";

/// A job that runs.
struct Current {
    job: u32,
    running: Running,
    denied: u64,
    told: bool,
}

/// The supervisor's state.
struct Supervisor {
    runtime: Runtime,
    outgoing: RefCell<VecDeque<Vec<u8>>>,
    queued: WaitQueue,
    jobs: RefCell<VecDeque<Job>>,
    job_came: WaitQueue,
    current: RefCell<Option<Current>>,
    ended: WaitQueue,
    end: Cell<Option<u64>>,
    stopping: Cell<bool>,
}

/// The program.
pub fn run() -> u8 {
    let Ok(system) = System::new(slot::ENDPOINT, Some(slot::POLICY)) else {
        return FAILED;
    };
    let Ok(slots) = system.buy_call_slots(CALL_SLOTS) else {
        return FAILED;
    };
    let runtime = Runtime::new(Box::new(system), Limits::default(), slots);
    if write_credentials().is_none()
        || trivet_ipc::audit::bind(slot::AUDIT, slot::ENDPOINT, AUDIT_COOKIE).is_err()
    {
        return FAILED;
    }
    let supervisor = Rc::new(Supervisor {
        runtime: runtime.clone(),
        outgoing: RefCell::default(),
        queued: WaitQueue::new(),
        jobs: RefCell::default(),
        job_came: WaitQueue::new(),
        current: RefCell::default(),
        ended: WaitQueue::new(),
        end: Cell::new(None),
        stopping: Cell::new(false),
    });
    let main = Rc::clone(&supervisor);
    runtime.spawn(async move { main.open_console().await });
    let _ = trivet_server::run(&runtime, &*supervisor, |request| dispatch(&*supervisor, request));
    FAILED
}

/// Writes the row of credentials that programs get.
fn write_credentials() -> Option<()> {
    let row = Row {
        real_user: USER,
        effective_user: USER,
        saved_user: USER,
        file_user: USER,
        real_group: USER,
        effective_group: USER,
        saved_group: USER,
        file_group: USER,
        ..Row::default()
    };
    let offset = u64::from(USER_ROW) * Row::SIZE as u64;
    let numbers = [
        row.real_user,
        row.effective_user,
        row.saved_user,
        row.file_user,
        row.real_group,
        row.effective_group,
        row.saved_group,
        row.file_group,
    ];
    let count = trivet_ipc::memory::write(slot::CREDENTIALS, offset, bytes_of(&numbers)).ok()?;
    (count == size_of_val(&numbers) as u64).then_some(())
}

impl Supervisor {
    /// Takes the console's streams and starts the tasks that live as long as the machine.
    async fn open_console(self: Rc<Self>) {
        let mut streams = [Handle::NONE; 3];
        for (stream, port) in streams.iter_mut().zip([Port::Input, Port::Output, Port::Error]) {
            match console::stream(&self.runtime, slot::CONSOLE, port).await {
                Ok(handle) => *stream = handle,
                Err(_) => return self.give_up(),
            }
        }
        let Ok(control) = console::stream(&self.runtime, slot::CONSOLE, Port::Control).await else {
            return self.give_up();
        };
        self.send(&ToHost::Hello { version: VERSION });
        let (reader, writer, jobs) = (Rc::clone(&self), Rc::clone(&self), Rc::clone(&self));
        self.runtime
            .spawn(async move { reader.read_control(control).await });
        self.runtime
            .spawn(async move { writer.write_control(control).await });
        self.runtime.spawn(async move { jobs.run_jobs(streams).await });
    }

    /// Ends: init sees it and stops the machine.
    fn give_up(&self) {
        self.runtime.stop();
    }

    fn send(&self, message: &ToHost<'_>) {
        let mut frame = vec![0; FRAME_HEADER + PAYLOAD_MAX];
        // A message that is too long has lost its frame; what matters is short.
        if let Ok(length) = message.encode(&mut frame) {
            frame.truncate(length);
            self.outgoing.borrow_mut().push_back(frame);
            self.queued.wake_all();
        }
    }

    async fn write_control(&self, control: Handle) {
        loop {
            let next = self.outgoing.borrow_mut().pop_front();
            let Some(frame) = next else {
                if self.stopping.get() {
                    let _ = console::drain(&self.runtime, slot::CONSOLE, Port::Control).await;
                    let _ = trivet_ipc::machine::power_off(slot::MACHINE, 0);
                }
                let _ = self.queued.wait_in_background().await;
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
                    self.send(&ToHost::Failed {
                        text: &format!("the control channel broke: {refused:?}"),
                    });
                    self.stopping.set(true);
                    self.queued.wake_all();
                    return;
                }
            }
        }
    }

    async fn obey(&self, command: Command) {
        match command {
            Command::Run(job) => {
                self.jobs.borrow_mut().push_back(job);
                self.job_came.wake_all();
            }
            Command::EndInput(bytes) => {
                // Where the console is gone, so is the input.
                let _ = console::end_input(&self.runtime, slot::CONSOLE, bytes).await;
            }
            Command::Signal { job, signal } => {
                let current = self.current.borrow();
                if let Some(current) = current.as_ref().filter(|current| current.job == job) {
                    // Until programs take signals themselves, each ends the program.
                    let _ = process::kill(current.running.process, u64::from(signal & 0x7f));
                }
            }
            // A window's size matters to terminals only.
            Command::Resize(_) => {}
            Command::Shutdown => {
                self.stopping.set(true);
                self.queued.wake_all();
            }
        }
    }

    /// Runs the jobs one after the other.
    async fn run_jobs(&self, streams: [Handle; 3]) {
        loop {
            let next = self.jobs.borrow_mut().pop_front();
            let Some(job) = next else {
                let _ = self.job_came.wait_in_background().await;
                continue;
            };
            match program::start(&self.runtime, &job, streams).await {
                Err(refused) => {
                    self.drain_audit().await;
                    self.send(&ToHost::Refused {
                        job: job.number,
                        reason: refused.reason,
                        text: refused.text,
                    });
                }
                Ok(running) => {
                    let process = running.number;
                    let current = Current {
                        job: job.number,
                        running,
                        denied: 0,
                        told: false,
                    };
                    self.current.replace(Some(current));
                    self.send(&ToHost::Started {
                        job: job.number,
                        process,
                    });
                    self.wait_for_end().await;
                }
            }
        }
    }

    /// Waits until the current program has ended, and tells the host.
    async fn wait_for_end(&self) {
        let reason = loop {
            if let Some(reason) = self.end.take() {
                break reason;
            }
            let _ = self.ended.wait_in_background().await;
        };
        self.drain_audit().await;
        let Some(current) = self.current.take() else {
            return;
        };
        for handle in [current.running.space, current.running.process] {
            let _ = process::close(Handle::PROCESS, handle.0, handle.0);
        }
        let mut sent = [0; 2];
        for (bytes, port) in sent.iter_mut().zip([Port::Output, Port::Error]) {
            if let Ok(counts) = console::counts(&self.runtime, slot::CONSOLE, port).await {
                *bytes = counts.sent;
            }
        }
        let end = match reason & 0x7f {
            0 => End::Status((reason >> 8) as u8),
            signal => End::Signal(signal as u8),
        };
        self.send(&ToHost::Exited {
            job: current.job,
            end,
            output_bytes: sent[0],
            error_bytes: sent[1],
            denied: current.denied,
        });
    }

    /// Takes the audit's records: each goes to the log, and the current program's denials are counted.
    async fn drain_audit(&self) {
        loop {
            let mut records = [Record::default(); RECORDS];
            let Ok(reply) = trivet_ipc::audit::read(slot::AUDIT, &mut records[..]) else {
                return;
            };
            let count = usize::try_from(reply.count).unwrap_or(0).min(RECORDS);
            for record in &records[..count] {
                self.note(record);
                let line = audit::line(record, &PolicyNames);
                let _ = log::write(
                    &self.runtime,
                    Handle::LOG,
                    trivet_ipc::log::Level::Information,
                    line.as_bytes(),
                )
                .await;
            }
            if reply.dropped > 0 {
                let line = format!("audit: {} records were dropped", reply.dropped);
                let _ = log::write(
                    &self.runtime,
                    Handle::LOG,
                    trivet_ipc::log::Level::Warning,
                    line.as_bytes(),
                )
                .await;
            }
            if count < RECORDS {
                return;
            }
        }
    }

    fn note(&self, record: &Record) {
        let mut current = self.current.borrow_mut();
        let Some(current) = current
            .as_mut()
            .filter(|current| current.running.number == record.process)
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
            self.send(&ToHost::Denied {
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

impl Events for Supervisor {
    fn signalled(&self, cookie: u64, _count: u64, words: [u64; 6]) {
        if cookie == AUDIT_COOKIE {
            // Read when the program ends, or here when much has come: the ring of the kernel is large.
            return;
        }
        let is_current = self
            .current
            .borrow()
            .as_ref()
            .is_some_and(|current| current.running.number == cookie);
        if is_current {
            self.end.set(Some(words[1]));
            self.ended.wake_all();
        }
    }

    fn fault(&self, _fault: u64, _header: u64, words: [u64; 6]) {
        let [number, thread, vector_and_code, address, instruction, _] = words;
        let current = self.current.borrow();
        let Some(current) = current
            .as_ref()
            .filter(|current| current.running.number == number)
        else {
            return;
        };
        let signal = crash::signal_of(vector_and_code & 0xff);
        let running = &current.running;
        let addresses =
            crash::look(running.process, running.space, thread).map_or(Vec::new(), |found| found.1);
        let report = Crash::new(
            current.job,
            signal,
            address,
            instruction,
            running.bias,
            &running.path,
        );
        let mut frame = vec![0; FRAME_HEADER + PAYLOAD_MAX];
        if let Ok(length) = encode_crash(&report, &addresses, &mut frame) {
            frame.truncate(length);
            self.outgoing.borrow_mut().push_back(frame);
            self.queued.wake_all();
        }
        let _ = process::kill(running.process, u64::from(signal));
    }
}

impl ProcessesService for Supervisor {
    async fn identity(&self, request: &Request) -> Result<Identity, ProcessesError> {
        let process = request.stamp().process;
        Ok(Identity {
            process,
            parent: 1,
            group: process,
            session: process,
            real_user: USER,
            effective_user: USER,
            saved_user: USER,
            file_user: USER,
            real_group: USER,
            effective_group: USER,
            saved_group: USER,
            file_group: USER,
            groups: 0,
            row: request.stamp().row,
        })
    }

    async fn exit(&self, request: &Request, status: u32) -> Result<(), ProcessesError> {
        let current = self.current.borrow();
        let running = current.as_ref().map(|current| &current.running);
        if let Some(running) = running.filter(|running| running.number == request.stamp().process) {
            let _ = process::kill(running.process, u64::from(status & 0xff) << 8);
        }
        Ok(())
    }

    async fn groups(&self, _: &Request) -> Result<GroupsReply, ProcessesError> {
        Ok(GroupsReply {
            groups: Output::Empty,
            count: 0,
        })
    }

    async fn host_name(&self, _: &Request) -> Result<HostNameReply, ProcessesError> {
        Ok(HostNameReply {
            text: Output::Static(HOST_NAME),
            count: HOST_NAME.len() as u64,
        })
    }
}
