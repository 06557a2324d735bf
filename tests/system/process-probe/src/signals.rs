//! Signals to processes without handlers.

use crate::children::{SERVER, fork, sleep, wait};
use crate::{Test, ensure};
use trivet_ipc::processes::{self, ProcessesError, SignalTarget, WaitOptions};

/// The tests.
pub const TESTS: &[(&str, Test)] = &[
    ("a_signal_ends_a_process_that_sleeps", ends),
    ("kill_9_ends_a_process_that_waits_in_the_server", kill_9),
    ("stop_and_continue_are_told_to_the_parent", stops),
    ("an_alarm_ends_a_process_that_handles_none", alarm),
    ("a_group_is_signalled_as_a_whole", group),
];

const FOREVER_NS: u64 = 1 << 60;

fn kill(number: u64, signal: u32) -> Result<(), Option<ProcessesError>> {
    processes::signal(SERVER, SignalTarget::Process, number, 0, signal).map_err(|failure| failure.server())
}

fn sleeper() -> Result<u64, &'static str> {
    fork(|| {
        sleep(FOREVER_NS);
        0
    })
}

fn ends() -> Result<(), &'static str> {
    for signal in [15, 1, 40, 64] {
        let child = sleeper()?;
        kill(child, signal).map_err(|_| "kill fails")?;
        let told = wait(child, WaitOptions::EXITED).map_err(|_| "wait fails")?;
        ensure!(told.status == u64::from(signal) && told.code == 2);
    }
    Ok(())
}

fn kill_9() -> Result<(), &'static str> {
    let child = fork(|| {
        // Its own child never ends: it waits in the process server.
        let grandchild = sleeper().unwrap_or(0);
        let _ = wait(grandchild, WaitOptions::EXITED);
        1
    })?;
    sleep(2_000_000);
    kill(child, 9).map_err(|_| "kill fails")?;
    let told = wait(child, WaitOptions::EXITED).map_err(|_| "wait fails")?;
    ensure!(told.status == 9);
    kill(child + 1, 9).map_err(|_| "the grandchild is gone")?;
    Ok(())
}

fn stops() -> Result<(), &'static str> {
    let child = sleeper()?;
    let all = WaitOptions::EXITED | WaitOptions::STOPPED | WaitOptions::CONTINUED;
    kill(child, 19).map_err(|_| "kill fails")?;
    let told = wait(child, all).map_err(|_| "wait fails")?;
    ensure!(told.status == 19 << 8 | 0x7f && told.code == 5);
    // A stopped process ends only when it goes on, unless the signal is SIGKILL.
    kill(child, 15).map_err(|_| "kill fails")?;
    let told = wait(child, all | WaitOptions::NO_HANG).map_err(|_| "wait fails")?;
    ensure!(told.process == 0);
    kill(child, 18).map_err(|_| "kill fails")?;
    let mut told = wait(child, all).map_err(|_| "wait fails")?;
    if told.code == 6 {
        ensure!(told.status == 0xffff);
        told = wait(child, all).map_err(|_| "wait fails")?;
    }
    ensure!(told.status == 15);
    let child = sleeper()?;
    kill(child, 19).map_err(|_| "kill fails")?;
    kill(child, 9).map_err(|_| "kill fails")?;
    let told = wait(child, WaitOptions::EXITED).map_err(|_| "wait fails")?;
    ensure!(told.status == 9);
    Ok(())
}

fn alarm() -> Result<(), &'static str> {
    let child = fork(|| {
        let set = processes::set_timer(SERVER, processes::IntervalTimer::Real, 3_000_000, 0);
        if set.is_err() {
            return 1;
        }
        sleep(FOREVER_NS);
        0
    })?;
    let told = wait(child, WaitOptions::EXITED).map_err(|_| "wait fails")?;
    ensure!(told.status == 14);
    Ok(())
}

fn group() -> Result<(), &'static str> {
    let first = sleeper()?;
    let second = sleeper()?;
    processes::set_group(SERVER, first, 0).map_err(|_| "set_group fails")?;
    processes::set_group(SERVER, second, first).map_err(|_| "set_group fails")?;
    processes::signal(SERVER, SignalTarget::Group, first, 0, 15).map_err(|_| "killpg fails")?;
    for child in [first, second] {
        let told = wait(child, WaitOptions::EXITED).map_err(|_| "wait fails")?;
        ensure!(told.status == 15);
    }
    Ok(())
}
