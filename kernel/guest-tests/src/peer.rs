//! The second process: the same program, started by the first in a domain of its own, with one session to it. It asks what to do and does it.

use crate::MACHINE;
use crate::memory::{label, map, named, peek, poke};
use core::sync::atomic::{AtomicU64, Ordering};
use trivet_abi::archive::{Archive, Content};
use trivet_abi::elf::Image;
use trivet_abi::error::CallError;
use trivet_abi::handle::{Handle, Rights};
use trivet_abi::message::request;
use trivet_abi::start::INIT_PATH;
use trivet_ipc::calls::{self, Received};
use trivet_ipc::shared::{MapFlags, MintFlags};
use trivet_ipc::{account, endpoint, machine, memory, process, thread};
use trivet_loader::{Identity, Space, Start, StringList, Target, load_image, load_stack};

/// The session's place in the peer's table: behind the fixed slots, so that a fork inherits it.
const SESSION: Handle = Handle::bootstrap(20);
/// A session on whose label nothing is allowed.
const SEALED: Handle = Handle::bootstrap(21);
/// The endpoint at which the peer is a server.
const HELD: Handle = Handle::bootstrap(22);
const BASE: u64 = 0x6600_0000_0000;
const STACK: u64 = 64 << 10;
const TOP: u64 = 0x7000_0000_0000;

/// What the peer is told: the first word of an answer.
pub mod command {
    /// End.
    pub const EXIT: u64 = 0;
    /// Map pages and fill them.
    pub const FILL: u64 = 1;
    /// Report the sum of the pages.
    pub const SUM: u64 = 2;
    /// Report the sum of the pages, and change them afterwards.
    pub const SUM_AND_CHANGE: u64 = 3;
    /// Ask a hundred questions.
    pub const QUESTIONS: u64 = 4;
    /// Touch what is not mapped.
    pub const FAULT: u64 = 5;
    /// Measure calls.
    pub const MEASURE: u64 = 6;
    /// Report how many methods of the sealed session are not refused.
    pub const PROBE: u64 = 7;
    /// Receive half of the calls that come to the peer's own endpoint, answer none of them, and say so.
    pub const HOLD: u64 = 8;
}

/// What the peer asks: the first word of a request.
pub mod question {
    /// What shall I do?
    pub const READY: u64 = 100;
    /// The second word is a result.
    pub const REPORT: u64 = 101;
    /// The second word is to come back with one added.
    pub const ADD: u64 = 102;
    /// Nothing at all: the empty call that is measured.
    pub const EMPTY: u64 = 0;
}

/// Clients that wait for the peer as a server.
pub const WAITING: usize = 10;
/// Pages that the peer fills.
pub const PAGES: u64 = 300;
static PLACE: AtomicU64 = AtomicU64::new(0);

/// Method 0 of the sessions here, which are minted for the log's interface.
pub const ASK: u64 = request::header(trivet_ipc::log::INTERFACE, 0);

/// Calls method 0 of a session with two words; answers status and first word.
#[must_use]
pub fn ask(session: Handle, what: u64, word: u64) -> (i64, u64) {
    // SAFETY: the header names no memory.
    let outcome = unsafe { calls::call_words(session, ASK, [what, word, 0, 0, 0, 0]) };
    (outcome.status, outcome.words[0])
}

/// Whether this process is the peer: it has no handle on the machine.
#[must_use]
pub fn is_peer() -> bool {
    let mut info = process::SlotInfo::default();
    process::slot_info(Handle::PROCESS, MACHINE.0, &mut info).is_err()
}

/// What the peer does.
#[must_use]
pub fn run() -> u8 {
    loop {
        match ask(SESSION, question::READY, 0) {
            (0, command::FILL) => {
                let Ok(at) = map(PAGES * 4096) else { return 1 };
                for page in 0..PAGES {
                    poke(at + page * 4096, page);
                }
                PLACE.store(at, Ordering::SeqCst);
            }
            (0, command::SUM) => report(false),
            (0, command::SUM_AND_CHANGE) => report(true),
            (0, command::QUESTIONS) => {
                let wrong = (0..100)
                    .filter(|&word| ask(SESSION, question::ADD, word) != (0, word + 1))
                    .count();
                let _ = ask(SESSION, question::REPORT, wrong as u64);
            }
            (0, command::FAULT) => poke(0xdead_0000, 1),
            (0, command::PROBE) => {
                let open = (0..62).filter(|&method| is_open(SEALED, method)).count();
                let _ = ask(SESSION, question::REPORT, open as u64);
            }
            (0, command::HOLD) => {
                for _ in 0..WAITING / 2 {
                    // SAFETY: this thread has no receive window.
                    let _ = unsafe { calls::receive(HELD, 0) };
                }
                let _ = ask(SESSION, question::REPORT, 0);
            }
            (0, command::MEASURE) => crate::figures::measure_calls(SESSION),
            _ => return 0,
        }
    }
}

/// Whether a method gets past the kernel.
fn is_open(session: Handle, method: u64) -> bool {
    // SAFETY: the header names no memory.
    let status = unsafe { calls::call_words(session, ASK | method, [0; 6]) }.status;
    ![CallError::Denied, CallError::NoSuchMethod]
        .map(CallError::to_status)
        .contains(&status)
}

fn report(change: bool) {
    let at = PLACE.load(Ordering::SeqCst);
    let sum = (0..PAGES).map(|page| peek(at + page * 4096)).sum();
    for page in 0..if change { PAGES } else { 0 } {
        poke(at + page * 4096, 1000);
    }
    let _ = ask(SESSION, question::REPORT, sum);
}

/// An endpoint of this process and the peer that calls it.
pub struct Peer {
    /// The receive right.
    pub endpoint: Handle,
    /// The session that the peer has.
    pub session: Handle,
    /// A session to the endpoint at which the peer alone can receive.
    pub held: Handle,
    /// The peer.
    pub process: Handle,
    /// Its number.
    pub number: u64,
}

/// Makes an endpoint and a session to it with this label.
///
/// # Errors
/// The kernel refuses.
pub fn service(session_label: u32) -> Result<(Handle, Handle), &'static str> {
    let made = account::create_endpoint(Handle::ACCOUNT, label()?).map_err(|_| "create_endpoint fails")?;
    let rights = Rights::DUPLICATE.0 | Rights::TRANSFER.0;
    let interface = trivet_ipc::log::INTERFACE.0;
    let session = endpoint::mint(
        made,
        77,
        interface,
        session_label,
        u64::MAX,
        rights,
        MintFlags::EMPTY,
    )
    .map_err(|_| "mint fails")?;
    Ok((made, session))
}

/// This program's own file in the boot archive: its bytes, and a Memory of it with the label of the peer's program.
///
/// # Errors
/// The kernel refuses, or the archive is not as it should be.
pub fn program() -> Result<(&'static [u8], Handle), &'static str> {
    let found = machine::boot_memory(MACHINE, 0).map_err(|_| "boot_memory fails")?;
    let at = memory::map_read(
        found.memory,
        Handle::ADDRESS_SPACE,
        0,
        found.length,
        0,
        MapFlags::EMPTY,
    )
    .map_err(|_| "mapping the archive fails")?;
    // SAFETY: the archive was just mapped there, is never changed, and stays mapped.
    let bytes = unsafe {
        core::slice::from_raw_parts(
            core::ptr::with_exposed_provenance::<u8>(at as usize),
            found.length as usize,
        )
    };
    let archive = Archive::open(bytes).map_err(|_| "the archive is not valid")?;
    let Some(Content::File(file)) = archive.find(INIT_PATH).map(|entry| entry.content) else {
        return Err("the archive has no boot/init");
    };
    let view = memory::view(
        found.memory,
        file.offset,
        file.data.len() as u64,
        named(b"peer_program")?,
    );
    Ok((file.data, view.map_err(|_| "view fails")?))
}

/// Makes an embryo the only one who can receive at a new endpoint, and answers a session to it.
fn make_server(embryo: Handle) -> Result<Handle, &'static str> {
    let made =
        account::create_endpoint(Handle::ACCOUNT, named(b"tested")?).map_err(|_| "create_endpoint fails")?;
    let rights = Rights::DUPLICATE.0;
    let interface = trivet_ipc::log::INTERFACE.0;
    let served = named(b"served")?;
    let session = endpoint::mint(made, 78, interface, served, u64::MAX, rights, MintFlags::EMPTY)
        .map_err(|_| "mint fails")?;
    let alive = process::install(embryo, made.0, HELD.0, false, u64::MAX).map_err(|_| "install fails")?;
    crate::ensure!(alive);
    process::close(Handle::PROCESS, made.0, made.0).map_err(|_| "close fails")?;
    Ok(session)
}

impl Peer {
    /// Starts a peer, which then asks READY.
    ///
    /// # Errors
    /// The kernel refuses a step.
    pub fn start() -> Result<Peer, &'static str> {
        let (own, session) = service(named(b"served")?)?;
        let (bytes, view) = program()?;
        let image = Image::parse(bytes, bytes.len() as u64).map_err(|_| "the program is not valid")?;
        let made = account::create_process(Handle::ACCOUNT, Handle::PROCESS, view)
            .map_err(|_| "create_process fails")?;
        let mut target = Space {
            space: made.space,
            file: view,
        };
        let place = load_image(&mut target, &image, BASE).map_err(|_| "load_image fails")?;
        target
            .map_zero(TOP - STACK, STACK, true)
            .map_err(|_| "mapping the stack fails")?;
        let start = Start {
            arguments: StringList(b""),
            environment: StringList(b""),
            path: b"peer",
            image: place,
            identity: Identity::default(),
            random: [1; 16],
            processor_features: 0,
            upcall_stack: 0,
        };
        let stack = load_stack(&mut target, TOP, STACK, &start).map_err(|_| "load_stack fails")?;
        process::install(made.process, session.0, SESSION.0, false, u64::MAX).map_err(|_| "install fails")?;
        let (_, sealed) = service(named(b"sealed")?)?;
        let alive = process::install(made.process, sealed.0, SEALED.0, false, u64::MAX)
            .map_err(|_| "install fails")?;
        crate::ensure!(!alive);
        let held = make_server(made.process)?;
        process::supervise(made.process, own, 5).map_err(|_| "supervise fails")?;
        process::start(made.process, place.entry, stack, 0).map_err(|_| "start fails")?;
        // The process keeps what it needs; while these handles are open its memory would outlive it.
        for handle in [view, made.space] {
            process::close(Handle::PROCESS, handle.0, handle.0).map_err(|_| "close fails")?;
        }
        Ok(Peer {
            endpoint: own,
            session,
            held,
            process: made.process,
            number: made.number,
        })
    }

    /// Waits for the next event.
    #[must_use]
    pub fn receive(&self) -> Received {
        // SAFETY: the receive window, if there is one, is this thread's own.
        unsafe { calls::receive(self.endpoint, 0) }
    }

    /// Answers a request with one word.
    #[must_use]
    pub fn answer(&self, token: u64, word: u64) -> i64 {
        // SAFETY: names no memory.
        unsafe { calls::reply(token, 0, [word, 0, 0, 0, 0, 0], 0, 0, Handle::NONE) }.kind
    }

    /// Waits for READY and gives a command.
    ///
    /// # Errors
    /// Something else came.
    pub fn command(&self, word: u64) -> Result<(), &'static str> {
        let request = self.receive();
        crate::ensure!(request.kind == 0 && request.words[0] == question::READY);
        crate::ensure!(self.answer(request.token, word) == 0);
        Ok(())
    }

    /// Waits for a REPORT, answers it, and returns what it says and who sent it.
    ///
    /// # Errors
    /// Something else came.
    pub fn result(&self) -> Result<(u64, u64), &'static str> {
        let request = self.receive();
        crate::ensure!(request.kind == 0 && request.words[0] == question::REPORT && request.badge == 77);
        crate::ensure!(self.answer(request.token, 0) == 0);
        Ok((request.words[1], request.process))
    }

    /// Ends the peer.
    pub fn end(self) {
        let _ = process::kill(self.process, 0);
        for handle in [self.process, self.session, self.held] {
            let _ = process::close(Handle::PROCESS, handle.0, handle.0);
        }
        let _ = process::close(Handle::PROCESS, self.endpoint.0, self.endpoint.0);
        let _ = thread::yield_now(Handle::SELF_THREAD);
    }
}
