//! The kernel's own figures, in ticks of the time stamp counter: instructions under instruction counting.

use crate::memory::{map, poke, unmap};
use crate::peer::{Peer, ask, command, question};
use crate::report;
use crate::threads::{Worker, futex_wait, futex_wake};
use core::sync::atomic::{AtomicU32, Ordering};
use trivet_abi::handle::Handle;
use trivet_abi::message::reply::THEN_RECEIVE;
use trivet_ipc::process::Placement;
use trivet_ipc::{account, calls, process, thread};

extern crate alloc;
use alloc::vec::Vec;

/// The time stamp counter: it counts from the machine's reset.
#[must_use]
pub fn ticks() -> u64 {
    // SAFETY: every processor that this kernel accepts has it.
    unsafe { core::arch::x86_64::_rdtsc() }
}

/// Prints the lowest of several measurements of `count` rounds, per round.
fn figure(name: &str, count: u64, mut rounds: impl FnMut()) {
    let mut best = u64::MAX;
    for _ in 0..5 {
        let start = ticks();
        rounds();
        best = best.min((ticks() - start) / count);
    }
    report::line(format_args!("figure {name} {best}"));
}

/// Measures and prints everything.
pub fn print() {
    figure("null_kernel_service", 100, || {
        for _ in 0..100 {
            let _ = thread::nothing(Handle::SELF_THREAD);
        }
    });
    figure("unknown_system_call", 100, || {
        for _ in 0..100 {
            // SAFETY: recv on nothing, without waiting.
            let _ = unsafe { calls::receive(Handle::NONE, 1) };
        }
    });
    let _ = page_faults();
    let _ = threads();
    let _ = ping_pong();
    let _ = round_trips();
    report::line(format_args!(
        "figure ticks_since_boot {}",
        crate::threads::now_ns()
    ));
}

fn page_faults() -> Result<(), &'static str> {
    const PAGES: u64 = 256;
    let at = map(6 * PAGES * 4096)?;
    let mut next = at;
    figure("page_fault", PAGES, || {
        for _ in 0..PAGES {
            poke(next, 1);
            next += 4096;
        }
    });
    unmap(at, 6 * PAGES * 4096)
}

/// Handles and processes of the figures that show that a call's cost does not depend on their number.
const MANY_HANDLES: u32 = 10_000;
const MANY_PROCESSES: usize = 1_000;

/// The calls that the peer measures: name, bytes sent, handles that it makes before.
const CALLS: [(&str, u64, u32); 4] = [
    ("round_trip_between_processes", 0, 0),
    ("round_trip_with_64_bytes", 64, 0),
    ("round_trip_with_a_page", 4096, 0),
    ("round_trip_among_ten_thousand_handles", 0, MANY_HANDLES),
];

/// The peer's part: measures calls of each kind and reports the best of each.
pub fn measure_calls(session: Handle) {
    let bytes = [1u8; 4096];
    for (_, length, handles) in CALLS {
        // The one that is called is the last of them.
        let mut session = session;
        for _ in 0..handles {
            let made = process::duplicate(Handle::PROCESS, session.0, 0, Placement::Own, false, 0);
            session = made.map_or(session, |value| Handle(value as u32));
        }
        let mut best = u64::MAX;
        for _ in 0..5 {
            let start = ticks();
            for _ in 0..100 {
                if length == 0 {
                    let _ = ask(session, question::EMPTY, 0);
                } else {
                    let header = crate::peer::ASK | trivet_abi::message::request::BUFFER_IN;
                    // SAFETY: the kernel reads bytes that live on.
                    let _ =
                        unsafe { calls::call_buffer(session, header, [0; 6], bytes.as_ptr() as u64, length) };
                }
            }
            best = best.min((ticks() - start) / 100);
        }
        let _ = ask(session, question::REPORT, best);
    }
}

/// Round trips of each kind, then the empty one again among many processes.
fn round_trips() -> Result<(), &'static str> {
    measure_with(&CALLS.map(|(name, _, _)| Some(name)))?;
    let view = crate::peer::program()?.1;
    let mut embryos = Vec::new();
    for _ in 0..MANY_PROCESSES {
        let made = account::create_process(Handle::ACCOUNT, Handle::PROCESS, view);
        embryos.push(made.map_err(|_| "create_process fails")?);
    }
    let many = Some("round_trip_among_a_thousand_processes");
    let result = measure_with(&[many, None, None, None]);
    for embryo in embryos {
        for handle in [embryo.process, embryo.space] {
            process::close(Handle::PROCESS, handle.0, handle.0).map_err(|_| "close fails")?;
        }
    }
    process::close(Handle::PROCESS, view.0, view.0).map_err(|_| "close fails")?;
    result
}

/// Starts a peer, lets it measure, and prints the figures that have a name.
fn measure_with(names: &[Option<&str>; CALLS.len()]) -> Result<(), &'static str> {
    let peer = Peer::start()?;
    let window = map(4096)?;
    let _ = thread::set_receive_window(Handle::SELF_THREAD, window, 4096, 0, 0);
    peer.command(command::MEASURE)?;
    for name in names {
        let mut request = peer.receive();
        while request.kind == 0 && request.words[0] == question::EMPTY {
            // SAFETY: the window is this thread's own; the header names no other memory.
            request = unsafe { calls::reply(request.token, THEN_RECEIVE, [0; 6], 0, 0, peer.endpoint) };
        }
        if let Some(name) = name {
            report::line(format_args!("figure {name} {}", request.words[1]));
        }
        let _ = peer.answer(request.token, 0);
    }
    let _ = thread::set_receive_window(Handle::SELF_THREAD, 0, 0, 0, 0);
    peer.end();
    unmap(window, 4096)
}

fn threads() -> Result<(), &'static str> {
    let mut result = Ok(());
    figure("thread_create_and_join", 10, || {
        for _ in 0..10 {
            if let Err(reason) = Worker::start(|| {}).and_then(Worker::join) {
                result = Err(reason);
            }
        }
    });
    result
}

static TURN: AtomicU32 = AtomicU32::new(0);
const TURNS: u32 = 200;

fn ping_pong() -> Result<(), &'static str> {
    let play = |own: u32| {
        for _ in 0..TURNS {
            while TURN.load(Ordering::SeqCst) != own {
                futex_wait(&TURN, 1 - own, u64::MAX);
            }
            TURN.store(1 - own, Ordering::SeqCst);
            futex_wake(&TURN, 1);
        }
    };
    let mut result = Ok(());
    figure("futex_ping_pong", u64::from(TURNS), || {
        TURN.store(0, Ordering::SeqCst);
        let other = Worker::start(move || play(1));
        play(0);
        result = other.and_then(Worker::join);
    });
    result
}
