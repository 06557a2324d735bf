//! Two processes: calls between them, fork through a pending call, faults told to the supervisor, death.

use crate::peer::{PAGES, Peer, WAITING, ask, command, question};
use crate::threads::Worker;
use crate::{Test, ensure};
use core::sync::atomic::{AtomicI64, Ordering};
use trivet_abi::error::CallError;
use trivet_abi::event::EventKind;
use trivet_abi::handle::Handle;
use trivet_ipc::{machine, process};

extern crate alloc;
use alloc::vec::Vec;

/// The tests.
pub const TESTS: &[(&str, Test)] = &[
    ("calls_cross_processes_with_the_callers_number", crossing),
    ("a_fork_copies_memory_and_both_sides_go_on", fork),
    ("a_fault_in_a_program_is_told_to_its_supervisor", fault),
    ("a_killed_process_gives_its_memory_back", killed),
    ("a_servers_death_ends_the_calls_of_all_who_wait", server_death),
    ("a_label_without_a_grant_denies_every_method", sealed),
];

static STATUSES: [AtomicI64; WAITING] = [const { AtomicI64::new(1) }; WAITING];

/// Half of the clients' calls were received, half are queued, when the server is killed: each gets its error at once.
fn server_death() -> Result<(), &'static str> {
    let peer = Peer::start()?;
    let session = peer.held;
    let mut clients = Vec::new();
    for status in &STATUSES {
        clients.push(Worker::start(move || {
            status.store(ask(session, question::EMPTY, 0).0, Ordering::SeqCst);
        })?);
    }
    peer.command(command::HOLD)?;
    let _ = peer.result()?;
    ensure!(STATUSES.iter().all(|status| status.load(Ordering::SeqCst) == 1));
    process::kill(peer.process, 0).map_err(|_| "kill fails")?;
    for client in clients {
        client.join()?;
    }
    let gone = CallError::Gone.to_status();
    ensure!(
        STATUSES
            .iter()
            .all(|status| status.load(Ordering::SeqCst) == gone)
    );
    ensure!(ask(session, question::EMPTY, 0).0 == gone);
    peer.end();
    Ok(())
}

fn crossing() -> Result<(), &'static str> {
    let peer = Peer::start()?;
    peer.command(command::QUESTIONS)?;
    for word in 0..100 {
        let request = peer.receive();
        ensure!(request.kind == 0 && request.process == peer.number && request.badge == 77);
        ensure!(request.words[..2] == [question::ADD, word]);
        ensure!(peer.answer(request.token, word + 1) == 0);
        // A token is dead once it was answered.
        ensure!(peer.answer(request.token, 0) < 0);
    }
    ensure!(peer.result()? == (0, peer.number));
    peer.end();
    Ok(())
}

const SUM: u64 = PAGES * (PAGES - 1) / 2;

fn fork() -> Result<(), &'static str> {
    let peer = Peer::start()?;
    peer.command(command::FILL)?;
    let request = peer.receive();
    ensure!(request.kind == 0 && request.words[0] == question::READY);
    let made = process::clone(
        peer.process,
        peer.endpoint,
        request.token,
        process::CloneFlags::EMPTY,
    )
    .map_err(|_| "clone fails")?;
    // The child stands in the same call, and changes what it has of the memory; the parent's stays.
    ensure!(peer.answer(made.child_token, command::SUM_AND_CHANGE) == 0);
    ensure!(peer.result()? == (SUM, made.number));
    ensure!(peer.answer(request.token, command::SUM) == 0);
    // The child is READY next and waits; the parent reports. They may come in either order.
    let mut told = false;
    for _ in 0..2 {
        let next = peer.receive();
        ensure!(next.kind == 0);
        if next.process == peer.number {
            ensure!(next.words[..2] == [question::REPORT, SUM]);
            told = true;
        }
    }
    ensure!(told);
    process::kill(made.child, 0).map_err(|_| "kill fails")?;
    peer.end();
    Ok(())
}

fn fault() -> Result<(), &'static str> {
    let peer = Peer::start()?;
    peer.command(command::FAULT)?;
    let event = peer.receive();
    ensure!(event.kind == EventKind::Fault as i64);
    ensure!(event.words[0] == peer.number && event.words[3] == 0xdead_0000);
    peer.end();
    Ok(())
}

fn pages_free() -> Result<u64, &'static str> {
    let mut counts = machine::Counts::default();
    machine::counts(crate::MACHINE, &mut counts).map_err(|_| "counts fails")?;
    Ok(counts.pages_free)
}

fn killed() -> Result<(), &'static str> {
    let mut before = 0;
    for round in 0..4 {
        let peer = Peer::start()?;
        peer.command(command::FILL)?;
        ensure!(peer.receive().kind == 0);
        peer.end();
        // The reaper works while this thread sleeps.
        let _ = trivet_ipc::clock::sleep(Handle::CLOCK, 0, crate::threads::now_ns() + 20_000_000);
        let free = pages_free()?;
        // The first round fills the kernel's heap; this program keeps the archive mapped once more in each.
        ensure!(round < 2 || free + 40 >= before);
        before = free;
    }
    Ok(())
}

fn sealed() -> Result<(), &'static str> {
    let peer = Peer::start()?;
    peer.command(command::PROBE)?;
    ensure!(peer.result()? == (0, peer.number));
    peer.end();
    Ok(())
}
