//! Fork, end, wait.

use crate::report::note;
use crate::{Test, ensure};
use alloc::format;
use trivet_abi::handle::Handle;
use trivet_ipc::processes::{self, ProcessesError, WaitFor, WaitOptions, WaitReply};
use trivet_ipc::shared::ResourceUsage;
use trivet_ipc::{clock, process};

/// The process server.
pub const SERVER: Handle = Handle::PROCESS_SERVER;

/// The tests.
pub const TESTS: &[(&str, Test)] = &[
    ("a_child_is_forked_and_waited_for", fork_and_wait),
    ("a_child_knows_its_parent_and_its_group", family),
    ("wait_without_hanging_answers_nothing", no_hang),
    ("a_child_of_the_same_memory_lets_its_parent_wait", sharing),
    ("children_of_a_killed_parent_are_reaped", orphans),
    ("a_thousand_forks_lose_nothing", thousand),
    ("a_fork_bomb_gets_eagain", bomb),
    ("what_fork_and_wait_cost", cost),
];

/// Forks; the child does `child` and ends with its answer.
pub fn fork(child: impl FnOnce() -> u8) -> Result<u64, &'static str> {
    match processes::fork(SERVER) {
        Ok(0) => end(u64::from(child()) << 8),
        Ok(number) => Ok(number),
        Err(_) => Err("fork fails"),
    }
}

/// Ends the process.
pub fn end(reason: u64) -> ! {
    loop {
        let _ = process::exit(Handle::PROCESS, reason);
    }
}

/// Waits for one child.
pub fn wait(number: u64, options: WaitOptions) -> Result<WaitReply, Option<ProcessesError>> {
    let mut usage = ResourceUsage::default();
    processes::wait(SERVER, WaitFor::Process, number, options, &mut usage).map_err(|failure| failure.server())
}

/// Nanoseconds of the monotonic clock.
pub fn now_ns() -> u64 {
    clock::now(Handle::CLOCK).map_or(0, |now| now.monotonic_ns)
}

/// Sleeps.
pub fn sleep(duration_ns: u64) {
    let _ = clock::sleep(Handle::CLOCK, 0, now_ns() + duration_ns);
}

fn fork_and_wait() -> Result<(), &'static str> {
    let child = fork(|| 7)?;
    let told = wait(child, WaitOptions::EXITED).map_err(|_| "wait fails")?;
    ensure!(told.process == child && told.status == 7 << 8 && told.code == 1 && told.user == 1000);
    ensure!(matches!(
        wait(child, WaitOptions::EXITED),
        Err(Some(ProcessesError::NoChild))
    ));
    Ok(())
}

fn identity() -> processes::Identity {
    let mut identity = processes::Identity::default();
    let _ = processes::identity(SERVER, &mut identity);
    identity
}

fn family() -> Result<(), &'static str> {
    let own = identity();
    let child = fork(|| {
        let mine = identity();
        let related = mine.parent == own.process && mine.group == own.group && mine.session == own.session;
        u8::from(!(related && mine.real_user == own.real_user && mine.process != own.process))
    })?;
    let told = wait(child, WaitOptions::EXITED).map_err(|_| "wait fails")?;
    ensure!(told.status == 0);
    Ok(())
}

fn no_hang() -> Result<(), &'static str> {
    let child = fork(|| {
        sleep(5_000_000);
        0
    })?;
    let options = WaitOptions::EXITED | WaitOptions::NO_HANG;
    let told = wait(child, options).map_err(|_| "wait fails")?;
    ensure!(told.process == 0);
    let told = wait(child, WaitOptions::EXITED | WaitOptions::NO_REAP).map_err(|_| "wait fails")?;
    ensure!(told.process == child);
    let told = wait(child, options).map_err(|_| "the zombie is gone")?;
    ensure!(told.process == child);
    Ok(())
}

fn sharing() -> Result<(), &'static str> {
    let before = now_ns();
    let child = match processes::fork_sharing(SERVER) {
        Ok(0) => {
            sleep(3_000_000);
            end(5 << 8)
        }
        Ok(number) => number,
        Err(_) => return Err("fork_sharing fails"),
    };
    ensure!(now_ns() - before >= 3_000_000);
    let told = wait(child, WaitOptions::EXITED).map_err(|_| "wait fails")?;
    ensure!(told.status == 5 << 8);
    Ok(())
}

fn orphans() -> Result<(), &'static str> {
    let child = fork(|| {
        for _ in 0..5 {
            let _ = fork(|| {
                sleep(2_000_000);
                0
            });
        }
        0
    })?;
    wait(child, WaitOptions::EXITED).map_err(|_| "wait fails")?;
    sleep(20_000_000);
    // Whoever they were, their numbers name nobody now.
    for number in child + 1..child + 6 {
        let target = processes::SignalTarget::Process;
        let failure = processes::signal(SERVER, target, number, 0, 0)
            .err()
            .and_then(|failure| failure.server());
        ensure!(failure == Some(ProcessesError::NoSuchProcess));
    }
    Ok(())
}

fn thousand() -> Result<(), &'static str> {
    let used = || {
        let (mut limits, mut used) = Default::default();
        let _ = trivet_ipc::account::info(Handle::ACCOUNT, &mut limits, &mut used);
        (
            used.memory_pages,
            used.handles,
            used.processes,
            used.threads,
            used.bindings,
            used.calls,
        )
    };
    let mut before = used();
    for round in 0..1000 {
        let child = fork(|| 0)?;
        wait(child, WaitOptions::EXITED).map_err(|_| "wait fails")?;
        if round == 10 {
            before = used();
        }
    }
    ensure!(used() == before);
    Ok(())
}

fn bomb() -> Result<(), &'static str> {
    let mut children = 0;
    let refused = loop {
        match processes::fork(SERVER) {
            Ok(0) => {
                sleep(50_000_000);
                end(0);
            }
            Ok(_) => children += 1,
            Err(failure) => break failure.server(),
        }
        ensure!(children < 10_000);
    };
    for _ in 0..children {
        let mut usage = ResourceUsage::default();
        let told = processes::wait(SERVER, WaitFor::Any, 0, WaitOptions::EXITED, &mut usage);
        told.map_err(|_| "a child of the bomb is lost")?;
    }
    note(&format!("   {children} children, then {refused:?}\n"));
    ensure!(matches!(
        refused,
        Some(ProcessesError::TryAgain | ProcessesError::NoMemory)
    ));
    ensure!(fork(|| 0).is_ok_and(|child| wait(child, WaitOptions::EXITED).is_ok()));
    Ok(())
}

fn cost() -> Result<(), &'static str> {
    const ROUNDS: u64 = 50;
    let before = now_ns();
    for _ in 0..ROUNDS {
        let child = fork(|| 0)?;
        wait(child, WaitOptions::EXITED).map_err(|_| "wait fails")?;
    }
    note(&format!("   {} ns each\n", (now_ns() - before) / ROUNDS));
    Ok(())
}
