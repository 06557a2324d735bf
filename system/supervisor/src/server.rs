//! The process server's state, its start, and the events that are no requests.

use crate::accounts::Accounts;
use crate::build::Embryo;
use crate::console::{Console, LISTED_ARGUMENTS};
use crate::crash;
use crate::files::service::Files;
use crate::limits::{self, Limits};
use crate::member::{Kept, Member, OwnTimer, Page, Program, Usage, name_of, trimmed};
use crate::owned::Owned;
use crate::program::Found;
use crate::rows::{Rows, Store};
use crate::signal::SIGKILL;
use crate::slot;
use crate::table::Table;
use crate::timers::Timers;
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use trivet_abi::credentials::Row;
use trivet_abi::handle::Handle;
use trivet_abi::start::program_handle;
use trivet_ipc::plain::bytes_of_slice;
use trivet_ipc::shared::MintFlags;
use trivet_ipc::{account, endpoint, process};
use trivet_server::services::{file, processes};
use trivet_server::system::System;
use trivet_server::wait::WaitQueue;
use trivet_server::{Answer, Events, Request, Runtime};

/// Exit status when the kernel or the console refused something at the start.
const FAILED: u8 = 2;
/// Calls to other servers at the same time.
const CALL_SLOTS: u32 = 64;
/// The cookie of the audit's binding. Process numbers are smaller.
const AUDIT_COOKIE: u64 = 1 << 55;
/// The cookie of the alarms' timer.
const TIMER_COOKIE: u64 = 1 << 55 | 1;
/// All rights of a handle but receiving.
const RIGHTS: u8 = 3;
/// Second word of a supervisor's event when a processor time limit was reached.
const TIME_LIMIT_REACHED: u64 = 1 << 33;
/// Bounds on requests in flight: each may be a thread that waits for a child.
const REQUESTS: trivet_server::Limits = trivet_server::Limits {
    tasks: 2048,
    tasks_per_account: 1500,
    background: 64,
};

/// The server.
pub struct Server {
    /// The executor's context.
    pub runtime: Runtime,
    /// Every process.
    pub table: RefCell<Table<Member>>,
    /// Their credentials.
    pub rows: RefCell<Rows>,
    /// The host's side.
    pub console: Console,
    /// Alarms.
    pub timers: Timers,
    /// A session with this server that each program gets.
    session: Owned,
    /// Label of that session.
    pub service_label: u32,
    /// Label of process pages.
    pub page_label: u32,
    /// Directories that are roots of processes, by the file server's numbers.
    pub roots: RefCell<BTreeMap<u64, Owned>>,
    /// Who pays, and where programs lead.
    pub accounts: Accounts,
    /// What lies below /proc.
    pub files: Files,
    /// Name of the machine.
    pub host_name: RefCell<Vec<u8>>,
    /// Signals that wait in queues, of all processes.
    pub queued_signals: Cell<usize>,
}

/// The credentials' table of the machine.
pub struct CredentialsMemory;

impl Store for CredentialsMemory {
    fn write(&self, number: u32, words: &[u64; Row::SIZE / 8]) -> bool {
        let offset = u64::from(number) * Row::SIZE as u64;
        let bytes = bytes_of_slice(words);
        trivet_ipc::memory::write(slot::CREDENTIALS, offset, bytes)
            .is_ok_and(|count| count == bytes.len() as u64)
    }

    fn in_use(&self, number: u32) -> bool {
        // A row of which nothing is known stays as it is.
        process::row_in_use(Handle::PROCESS, number).unwrap_or(true)
    }
}

/// The program.
pub fn run() -> u8 {
    let Some((server, runtime)) = set_up() else {
        return FAILED;
    };
    let server = Rc::new(server);
    let (main, news) = (Rc::clone(&server), Rc::clone(&server));
    runtime.spawn(async move { main.open_console().await });
    runtime.spawn(async move { news.hear_terminals().await });
    let _ = trivet_server::run(&runtime, &*server, |request| server.dispatch(request));
    FAILED
}

fn set_up() -> Option<(Server, Runtime)> {
    let system = System::new(slot::ENDPOINT, Some(slot::POLICY)).ok()?;
    let slots = system.buy_call_slots(CALL_SLOTS).ok()?;
    let runtime = Runtime::new(Box::new(system), REQUESTS, slots);
    trivet_ipc::audit::bind(slot::AUDIT, slot::ENDPOINT, AUDIT_COOKIE).ok()?;
    let timer = account::create_timer(Handle::ACCOUNT).ok()?;
    trivet_ipc::timer::bind(timer, slot::ENDPOINT, TIMER_COOKIE).ok()?;
    let label = trivet_ipc::policy::label_by_name(slot::POLICY, b"process_service").ok()?;
    let interface = trivet_ipc::processes::INTERFACE.0;
    let flags = MintFlags::EMPTY;
    let session = endpoint::mint(
        slot::ENDPOINT,
        SERVICE_BADGE,
        interface,
        label,
        u64::MAX,
        RIGHTS,
        flags,
    )
    .ok()?;
    let server = Server {
        runtime: runtime.clone(),
        table: RefCell::default(),
        rows: RefCell::default(),
        console: Console::default(),
        timers: Timers::new(Owned::new(timer)),
        session: Owned::new(session),
        service_label: label,
        page_label: trivet_ipc::policy::label_by_name(slot::POLICY, b"process_pages").ok()?,
        roots: RefCell::default(),
        accounts: Accounts::read(),
        files: Files::new(trivet_ipc::policy::label_by_name(slot::POLICY, b"process_files").ok()?),
        host_name: RefCell::new(Vec::from(*b"trivet")),
        queued_signals: Cell::new(0),
    };
    Some((server, runtime))
}

/// Badge of the session that each program has with this server.
const SERVICE_BADGE: u64 = 1;

/// EAGAIN.
pub const TRY_AGAIN: i32 = 11;

impl Server {
    /// Serves one request by what its session is.
    async fn dispatch(&self, request: Request) -> Answer {
        match request.badge() {
            SERVICE_BADGE => processes::dispatch(self, request).await,
            _ => file::dispatch(self, request).await,
        }
    }

    /// Starts a job's first program, which leads a session. `streams` are its descriptors 0 to 2, or the one that is all three.
    ///
    /// # Errors
    /// The errno.
    pub fn start_leader(
        &self,
        embryo: Embryo,
        streams: &[Owned],
        directory: Handle,
        found: &Found,
    ) -> Result<u64, i32> {
        let path = &found.path[..];
        let arguments = &found.arguments[..found.arguments.len().min(LISTED_ARGUMENTS)];
        let number = embryo.number;
        let handle = embryo.process.handle();
        for descriptor in 0..3 {
            let stream = streams.get(descriptor).or(streams.first()).ok_or(TRY_AGAIN)?;
            self.give(handle, stream.handle(), Handle(descriptor as u32))?;
        }
        self.give(handle, Handle::ROOT, Handle::ROOT)?;
        self.give(
            handle,
            directory,
            Handle::bootstrap(program_handle::WORKING_DIRECTORY),
        )?;
        self.give_services(handle)?;
        let row = Row {
            session: number,
            group: number,
            ..found.row
        };
        let row = self
            .rows
            .borrow_mut()
            .take(&row, &CredentialsMemory)
            .ok_or(TRY_AGAIN)?;
        let program = Program {
            path: path.to_vec(),
            bias: embryo.bias,
            arguments: arguments.to_vec(),
            stack: embryo.stack_pointer,
            secure: found.secure,
        };
        let start = (embryo.entry, embryo.stack_pointer);
        let started = self.start(handle, number, start, row, &Limits::default(), path);
        if let Err(error) = started {
            self.release_row(row);
            return Err(error);
        }
        let member = Member {
            domain: domain_of(handle),
            process: embryo.process,
            generation: 0,
            row,
            user: found.row.real_user,
            program: Rc::new(program),
            name: name_of(path),
            page: Page::Kept(Kept::default()),
            limits: Rc::new(Limits::default()),
            nice: 0,
            alarm: OwnTimer::default(),
            own_timers: Default::default(),
            queue: VecDeque::new(),
            children: Usage::default(),
            waiters: Rc::new(WaitQueue::new()),
            signal_waiters: Rc::new(WaitQueue::new()),
            lender: None,
        };
        self.table.borrow_mut().add_leader(number, member);
        Ok(number)
    }

    /// Gives an embryo its credentials, limits and name, and lets it run.
    ///
    /// # Errors
    /// The errno.
    pub fn start(
        &self,
        handle: Handle,
        number: u64,
        (entry, stack_pointer): (u64, u64),
        row: u32,
        limits: &Limits,
        path: &[u8],
    ) -> Result<(), i32> {
        process::set_credentials(handle, row).map_err(|failure| failure.errno())?;
        // A name for people only.
        let _ = process::set_name(handle, trimmed(&name_of(path)));
        let privileged = self
            .rows
            .borrow()
            .get(row)
            .is_some_and(|row| row.effective_user == 0);
        apply_limits(handle, limits, privileged, 0)?;
        process::supervise(handle, slot::ENDPOINT, number).map_err(|failure| failure.errno())?;
        process::start(handle, entry, stack_pointer, 0).map_err(|failure| failure.errno())?;
        Ok(())
    }

    /// Puts one of this server's handles into an embryo. One that the policy refuses becomes dead: the program then gets EACCES.
    ///
    /// # Errors
    /// The errno.
    pub fn give(&self, embryo: Handle, source: Handle, target: Handle) -> Result<(), i32> {
        process::install(embryo, source.0, target.0, false, u64::MAX)
            .map(|_| ())
            .map_err(|failure| failure.errno())
    }

    /// Gives an embryo its sessions with this server and with the file server.
    ///
    /// # Errors
    /// The errno.
    pub fn give_services(&self, embryo: Handle) -> Result<(), i32> {
        self.give(embryo, self.session.handle(), Handle::PROCESS_SERVER)?;
        self.give(
            embryo,
            slot::FILE_SERVER,
            Handle::bootstrap(program_handle::FILE_SERVER),
        )
    }

    /// Ends every program.
    pub fn kill_everybody(&self) {
        let _ = account::kill_all(slot::PROGRAMS, u64::from(SIGKILL));
    }

    /// The row of credentials of a process that lives.
    pub fn row_of(&self, number: u64) -> Option<Row> {
        let table = self.table.borrow();
        let row = table.get(number)?.detail.row;
        self.rows.borrow().get(row).copied()
    }

    /// A fault that no handler of the program's takes: the program ends by its signal, and the host is told.
    fn end_by_fault(&self, words: [u64; 6]) {
        let [number, thread, vector_and_code, address, instruction, _] = words;
        let table = self.table.borrow();
        let Some(entry) = table.get(number) else { return };
        let signal = crash::signal_of(vector_and_code & 0xff);
        let handle = entry.detail.process.handle();
        let addresses = process::parts(handle).map_or(Vec::new(), |parts| {
            let (space, _account) = (Owned::new(parts.space), Owned::new(parts.account));
            crash::look(handle, space.handle(), thread).map_or(Vec::new(), |found| found.1)
        });
        let program = &entry.detail.program;
        let fault = [address, instruction];
        self.console
            .report_crash(signal, fault, (program.bias, &program.path), &addresses);
        let _ = process::kill(handle, u64::from(signal));
    }
}

/// The domain of a process.
pub fn domain_of(process: Handle) -> u32 {
    let mut info = process::Info::default();
    let _ = process::info(process, &mut info);
    info.domain as u32
}

/// Tells the kernel the limits that it holds a process to. `processor_time_ns` is when this server is told; 0: never.
///
/// # Errors
/// The errno.
pub fn apply_limits(
    process: Handle,
    limits: &Limits,
    privileged: bool,
    processor_time_ns: u64,
) -> Result<(), i32> {
    let descriptors = limits.soft(limits::DESCRIPTORS);
    let space = limits.soft(limits::ADDRESS_SPACE);
    process::set_limits(process, descriptors, u64::MAX, space, processor_time_ns)
        .map_err(|failure| failure.errno())?;
    let data = limits.soft(limits::DATA);
    let locked = if privileged {
        limits::INFINITY
    } else {
        limits.soft(limits::LOCKED_MEMORY)
    };
    process::set_memory_limits(process, data, locked).map_err(|failure| failure.errno())
}

impl Events for Server {
    fn signalled(&self, cookie: u64, _count: u64, words: [u64; 6]) {
        match cookie {
            // Read when a job ends: the ring of the kernel is large.
            AUDIT_COOKIE => {}
            TIMER_COOKIE => self.ring_alarms(),
            number if words[1] == TIME_LIMIT_REACHED => self.time_is_up(number),
            number => self.has_ended(number, words[1]),
        }
    }

    fn closed(&self, badge: u64) {
        self.files.closed(badge);
    }

    fn fault(&self, _fault: u64, _header: u64, words: [u64; 6]) {
        self.end_by_fault(words);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes of what a function answers.
    fn size_of_answer<F: Fn(&'static Server, Request) -> T, T>(_: F) -> usize {
        size_of::<T>()
    }

    #[test]
    fn a_request_in_flight_takes_little_memory() {
        // As many as threads may wait at the same time, within the servers' account.
        let bytes = size_of_answer(Server::dispatch) * REQUESTS.tasks;
        assert!(bytes <= 3 << 20, "{bytes} bytes");
    }
}
