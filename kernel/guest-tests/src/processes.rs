//! Two processes: fork through a pending call, calls between them, faults told to the supervisor, death.

use crate::memory::{label, map, named, peek, poke};
use crate::threads::Worker;
use crate::{Test, ensure};
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use trivet_abi::event::EventKind;
use trivet_abi::handle::{Handle, Rights};
use trivet_abi::message::reply;
use trivet_ipc::calls::{self, Received};
use trivet_ipc::shared::MintFlags;
use trivet_ipc::{account, endpoint, process};

/// The tests.
pub const TESTS: &[(&str, Test)] = &[
    ("a_fork_copies_memory_and_both_sides_go_on", fork),
    ("calls_cross_processes_with_the_callers_number", crossing),
    ("a_fault_in_a_program_is_told_to_its_supervisor", fault),
    ("a_label_without_a_grant_denies_every_method", sealed),
];

/// An endpoint of this process, and a session to it.
pub struct Service {
    /// The receive right.
    pub endpoint: Handle,
    /// The session, also in forked children.
    pub session: Handle,
}

impl Service {
    /// Makes both, with a label of the tests' policy.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn new() -> Result<Service, &'static str> {
        Self::labelled(named(b"served")?)
    }

    fn labelled(session_label: u32) -> Result<Service, &'static str> {
        let made = account::create_endpoint(Handle::ACCOUNT, label()?).map_err(|_| "create_endpoint fails")?;
        let rights = Rights::DUPLICATE.0 | Rights::TRANSFER.0;
        let interface = trivet_ipc::log::INTERFACE.0;
        let session = endpoint::mint(made, 77, interface, session_label, u64::MAX, rights, MintFlags::EMPTY)
            .map_err(|_| "mint fails")?;
        Ok(Service { endpoint: made, session })
    }

    /// Waits for the next event.
    #[must_use]
    pub fn receive(&self) -> Received {
        // SAFETY: the thread has no receive window, so nothing is written.
        unsafe { calls::receive(self.endpoint, 0) }
    }

    /// Answers a request with one word.
    pub fn answer(token: u64, word: u64) -> i64 {
        // SAFETY: names no memory.
        unsafe { calls::reply(token, 0, [word, 0, 0, 0, 0, 0], 0, 0, Handle::NONE) }.kind
    }
}

/// Calls method 0 of a session with one word; answers status and first word.
pub fn ask(session: Handle, word: u64) -> (i64, u64) {
    // SAFETY: the header names no memory.
    let outcome = unsafe { calls::call_words(session, 0, [word, 0, 0, 0, 0, 0]) };
    (outcome.status, outcome.words[0])
}

/// Forks this process: `child` runs in the new one, on a thread of its own that asked for it.
/// Returns the child's handle and number to the caller.
///
/// # Errors
/// The kernel refuses.
pub fn fork_running(child: fn(Handle)) -> Result<(Handle, u64, Service), &'static str> {
    let service = Service::new()?;
    let session = service.session;
    // The asking thread exists in both processes, and learns by the answer in which it is.
    let asker = Worker::start(move || {
        if ask(session, 1).1 == 2 {
            child(session);
            let _ = process::exit(Handle::PROCESS, 0);
        }
    })?;
    let request = service.receive();
    ensure!(request.kind == EventKind::Request as i64);
    let made = process::clone(Handle::PROCESS, service.endpoint, request.token, process::CloneFlags::EMPTY)
        .map_err(|_| "clone fails")?;
    give_own_handles(made.child)?;
    ensure!(Service::answer(request.token, 1) == 0);
    ensure!(Service::answer(made.child_token, 2) == 0);
    asker.join()?;
    Ok((made.child, made.number, service))
}

/// The fixed slots are not inherited: the child gets its process and address space.
fn give_own_handles(child: Handle) -> Result<(), &'static str> {
    let parts = process::parts(child).map_err(|_| "parts fails")?;
    for (source, target) in [(child, Handle::PROCESS), (parts.space, Handle::ADDRESS_SPACE), (parts.account, Handle::ACCOUNT)] {
        // A kernel that gave the slot already answers that it is taken.
        let _ = process::install(child, source.0, target.0, false, u64::MAX);
    }
    Ok(())
}

static SHARED_BEFORE: AtomicU64 = AtomicU64::new(0);
static PLACE: AtomicU64 = AtomicU64::new(0);

fn fork() -> Result<(), &'static str> {
    let at = map(64 * 4096)?;
    for page in 0..64 {
        poke(at + page * 4096, page);
    }
    PLACE.store(at, Ordering::SeqCst);
    SHARED_BEFORE.store(5, Ordering::SeqCst);
    let (child, number, service) = fork_running(|session| {
        let at = PLACE.load(Ordering::SeqCst);
        let mut sum = 0;
        for page in 0..64 {
            sum += peek(at + page * 4096);
            poke(at + page * 4096, 1000);
        }
        SHARED_BEFORE.store(6, Ordering::SeqCst);
        let _ = ask(session, sum);
    })?;
    let request = service.receive();
    ensure!(request.kind == EventKind::Request as i64);
    ensure!(request.words[0] == (0..64).sum::<u64>() && request.process == number && request.badge == 77);
    for page in 0..64 {
        ensure!(peek(at + page * 4096) == page);
    }
    ensure!(SHARED_BEFORE.load(Ordering::SeqCst) == 5);
    ensure!(Service::answer(request.token, 0) == 0);
    let _ = process::close(Handle::PROCESS, child.0, child.0);
    Ok(())
}

fn crossing() -> Result<(), &'static str> {
    let (_child, number, service) = fork_running(|session| {
        for word in 0..100 {
            if ask(session, word) != (0, word + 1) {
                let _ = ask(session, u64::MAX);
            }
        }
    })?;
    for word in 0..100 {
        let request = service.receive();
        ensure!(request.kind == EventKind::Request as i64 && request.process == number && request.words[0] == word);
        ensure!(Service::answer(request.token, word + 1) == 0);
        // A token is dead once it was answered.
        ensure!(Service::answer(request.token, 0) < 0);
    }
    Ok(())
}

fn fault() -> Result<(), &'static str> {
    let (child, number, service) = fork_running(|session| {
        let _ = ask(session, 1);
        poke(0xdead_0000, 1);
    })?;
    let request = service.receive();
    process::supervise(child, service.endpoint, 123).map_err(|_| "supervise fails")?;
    ensure!(Service::answer(request.token, 0) == 0);
    let event = service.receive();
    ensure!(event.kind == EventKind::Fault as i64);
    ensure!(event.words[0] == number && event.words[3] == 0xdead_0000);
    process::kill(child, 139).map_err(|_| "kill fails")?;
    Ok(())
}

fn sealed() -> Result<(), &'static str> {
    let sealed = named(b"sealed")?;
    let service = Service::labelled(sealed)?;
    for method in 0..62 {
        // SAFETY: the header names no memory.
        let outcome = unsafe { calls::call_words(service.session, method, [0; 6]) };
        ensure!(outcome.status < 0);
    }
    Ok(())
}

static ROUNDS: AtomicU32 = AtomicU32::new(0);

/// A server that answers as fast as the calls allow, until it is asked with `u64::MAX`.
pub fn serve(endpoint: Handle) {
    // SAFETY: the thread has no receive window; no header names memory.
    let mut request = unsafe { calls::receive(endpoint, 0) };
    while request.kind == EventKind::Request as i64 && request.words[0] != u64::MAX {
        ROUNDS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as above.
        request = unsafe { calls::reply(request.token, reply::THEN_RECEIVE, [0; 6], 0, 0, endpoint) };
    }
    Service::answer(request.token, 0);
}
