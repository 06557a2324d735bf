//! A program that calls each method with any numbers: the server goes on.

use crate::children::{SERVER, fork, wait};
use crate::{Test, ensure};
use trivet_abi::handle::Handle;
use trivet_ipc::processes::{self, Place, PlaceFlags, ProcessesError, SignalTarget, WaitFor, WaitOptions};
use trivet_ipc::shared::ResourceUsage;

/// The tests.
pub const TESTS: &[(&str, Test)] = &[
    ("servers_and_strangers_are_out_of_reach", strangers),
    ("any_numbers_are_answered", numbers),
    ("nonsense_in_the_page_harms_only_its_owner", page),
];

fn strangers() -> Result<(), &'static str> {
    for number in [1, 2, 3, 4, 5, u64::MAX, 1 << 32] {
        let refused = processes::signal(SERVER, SignalTarget::Process, number, 0, 9).err();
        ensure!(refused.and_then(|failure| failure.server()) == Some(ProcessesError::NoSuchProcess));
        ensure!(processes::set_group(SERVER, number, 0).is_err());
        ensure!(processes::times(SERVER, number).is_err());
        ensure!(processes::set_limit(SERVER, number, 0, 0, 0).is_err());
    }
    Ok(())
}

fn numbers() -> Result<(), &'static str> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        // Small numbers, large ones, and those at the edges.
        match state % 5 {
            0 => state % 100,
            1 => u64::MAX - state % 3,
            2 => 1 << (state % 64),
            3 => 0,
            _ => state,
        }
    };
    for _ in 0..400 {
        let child = fork(|| 0)?;
        let (a, b, c) = (next(), next(), next());
        let mut usage = ResourceUsage::default();
        let options = WaitOptions::EXITED | WaitOptions::NO_HANG;
        let _ = processes::wait(SERVER, WaitFor::Group, a, options, &mut usage);
        let _ = processes::wait(SERVER, WaitFor::Process, b, options, &mut usage);
        let _ = processes::set_group(SERVER, a, b);
        let _ = processes::set_group(SERVER, child, b);
        let _ = processes::group_of(SERVER, c);
        let _ = processes::limit(SERVER, 0, a as u32);
        let _ = processes::set_limit(SERVER, child, b as u32 % 16, a, a);
        let _ = processes::priority(SERVER, processes::PriorityOf::Group, c);
        let _ = processes::set_priority(SERVER, processes::PriorityOf::Process, child, a as i64);
        let _ = processes::set_timer(SERVER, processes::IntervalTimer::Profile, a | 1 << 50, b);
        let _ = processes::set_timer(SERVER, processes::IntervalTimer::Virtual, 0, b);
        let _ = processes::queue_signal(SERVER, child, a as u32 % 70, b);
        let _ = processes::wait_signal(SERVER, a, 0);
        let _ = processes::background(SERVER, b as u32);
        let _ = processes::set_users(SERVER, 0, a as u32, b as u32);
        let _ = processes::set_group_ids(SERVER, 0, c as u32, b as u32);
        let place = Place {
            number: a as u32,
            source: b as u32,
            flags: PlaceFlags::EMPTY,
            reserved: 0,
        };
        let setup = processes::Setup::default();
        let strings = &b"x\0"[..];
        let _ = processes::spawn(
            SERVER,
            &setup,
            strings,
            strings,
            &[place][..],
            Handle(c as u32),
            &mut [0; 16][..],
        );
        let _ = processes::execute(
            SERVER,
            &setup,
            strings,
            strings,
            &[place][..],
            Handle(0),
            &mut [0; 16][..],
        );
        // It may have been stopped.
        let _ = processes::signal(SERVER, SignalTarget::Process, child, 0, 9);
        let _ = wait(child, WaitOptions::EXITED);
    }
    let child = fork(|| 3)?;
    ensure!(wait(child, WaitOptions::EXITED).is_ok_and(|told| told.status == 3 << 8));
    Ok(())
}

fn page() -> Result<(), &'static str> {
    let child = fork(|| {
        let Ok(memory) = processes::page(SERVER) else {
            return 1;
        };
        // The policy lets programs map the page, not write it by message: nothing is written here, and the server must bear that nobody
        // ever enters a thread.
        let again = processes::page(SERVER).map_or(Handle::NONE, |handle| handle);
        u8::from(memory == Handle::NONE || again == Handle::NONE)
    })?;
    ensure!(wait(child, WaitOptions::EXITED).is_ok_and(|told| told.status == 0));
    Ok(())
}
