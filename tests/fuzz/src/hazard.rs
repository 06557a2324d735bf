//! What a message would do to the fuzzer itself: end it, deafen it, or take away the memory that it stands on.
//!
//! Such messages are all allowed, and none is a bug; the fuzzer keeps them for its last act, so that one boot serves
//! many thousand messages. What they may do to others is what the fuzzer looks for, and is not filtered.

use crate::attempt::Attempt;
use crate::generate::{WAIT_NS, World, interface, method};
use crate::pool::Held;
use trivet_abi::handle::Handle;
use trivet_ipc::describe::Method;

/// MapFlags FIXED: the mapping replaces what is there.
const FIXED: u64 = 1;
/// `Placement::Exact` of Process.duplicate.
const EXACT: u64 = 1;
/// Descriptors that the report goes out by.
const STANDARD_STREAMS: u64 = 3;

/// Where each named word of a message is.
struct Named<'a> {
    method: &'a Method,
    words: &'a [u64; 6],
}

impl Named<'_> {
    fn get(&self, name: &str) -> Option<u64> {
        let at = self.method.words.iter().position(|word| word.name == name)?;
        self.words.get(at).copied()
    }

    /// Whether the range that two words name touches one of `ranges`.
    fn touches(&self, start: &str, length: &str, ranges: &[(u64, u64)]) -> bool {
        let (Some(start), Some(length)) = (self.get(start), self.get(length)) else {
            return false;
        };
        let end = start.saturating_add(length).saturating_add(2 * 4096);
        ranges.iter().any(|&(from, to)| start < to && from < end)
    }
}

/// Shortens what would wait long: words that name a time.
pub fn shorten_waits(world: &World, attempt: &mut Attempt) {
    let Some(method) = method(attempt.interface, attempt.method()) else {
        return;
    };
    let latest = world.now_ns + WAIT_NS;
    for (word, value) in method.words.iter().zip(&mut attempt.words) {
        if word.name == "deadline_ns" && (*value == 0 || *value > latest) {
            *value = latest;
        }
    }
}

/// Whether the message would harm the fuzzer. `occupied` is the memory that it stands on.
#[must_use]
pub fn harms_itself(world: &World, attempt: &Attempt, occupied: &[(u64, u64)]) -> bool {
    let handle = Handle(attempt.handle);
    if handle == world.report {
        return true;
    }
    let held = match handle {
        Handle::SELF_THREAD => Held {
            handle,
            interface: crate::generate::number::THREAD,
            label: 0,
            keep: true,
            own_making: false,
        },
        _ => match world.pool.find(handle) {
            Some(held) => held,
            None => return false,
        },
    };
    let (Some(interface), Some(method)) = (
        interface(held.interface),
        method(held.interface, attempt.method()),
    ) else {
        return false;
    };
    let named = Named {
        method,
        words: &attempt.words,
    };
    let word = |name: &str| named.get(name).unwrap_or(0);
    let other = held.own_making;
    match (interface.name, method.name) {
        ("AddressSpace", "map_anonymous") => {
            word("flags") & FIXED != 0 && named.touches("address", "length", occupied)
        }
        ("AddressSpace", "unmap" | "protect" | "protect_execute" | "advise" | "lock") => {
            !other && named.touches("address", "length", occupied)
        }
        ("AddressSpace", "remap") => {
            !other
                && (named.touches("address", "length", occupied)
                    || named.touches("new_address", "new_length", occupied))
        }
        ("AddressSpace", "write") => {
            let length = attempt
                .gather
                .iter()
                .fold(0u64, |sum, segment| sum.saturating_add(segment.length));
            let start = word("address");
            let end = start.saturating_add(length);
            !other && occupied.iter().any(|&(from, to)| start < to && from < end)
        }
        ("AddressSpace", name) if name.starts_with("futex") => {
            let words = [word("address"), word("target")];
            !other
                && words
                    .iter()
                    .any(|&at| occupied.iter().any(|&(from, to)| (from..to).contains(&at)))
        }
        ("Memory" | "DeviceMemory" | "Dma", name) if name.starts_with("map") => {
            word("flags") & FIXED != 0 && named.touches("address", "length", occupied)
        }
        ("Process", "exit") => true,
        // Another supervisor than the process server: nobody would hear of the fuzzer's end.
        (
            "Process",
            "kill" | "stop" | "set_limits" | "set_memory_limits" | "start" | "clone" | "supervise",
        ) => !other,
        // An embryo that takes the fuzzer's place.
        ("Process", "commit_over") => true,
        ("Process", "close") => {
            let (first, last) = (word("first"), word("last"));
            let report = u64::from(world.report.0);
            first < STANDARD_STREAMS
                || kept(world, first)
                || [0, report].iter().any(|at| (first..=last).contains(at))
        }
        ("Process", "duplicate") => {
            let target = word("target");
            word("placement") == EXACT && (target < STANDARD_STREAMS || target == u64::from(world.report.0))
        }
        ("Process", "create_thread") => word("entry") != world.thread_entry,
        ("Thread", "exit" | "restore" | "set_registers" | "set_upcall") => true,
        // Its window is written by Recv only; the robust list is walked when the thread ends.
        ("Thread", "set_receive_window" | "set_robust_list") => {
            !in_arena(world, word("address").max(word("head")))
        }
        ("Thread", "kill" | "stop" | "set_bases") => !other,
        // The account of a process that the fuzzer made is the fuzzer's own.
        ("Account", "kill_all" | "set_limits") => true,
        ("Machine", "power_off" | "restart") => true,
        // A child that shares the memory spoils the stack of its parent, unless both are written for it; a copy would send the rest of
        // the round as well.
        (
            "Processes",
            "exit" | "execute" | "default_action" | "end_machine" | "set_root" | "fork" | "fork_sharing",
        ) => true,
        (
            "Processes",
            "set_users" | "set_group_ids" | "set_groups" | "set_limit" | "new_session" | "set_timer",
        ) => true,
        ("Processes", "signal" | "queue_signal") => word("signal") != 0,
        _ => false,
    }
}

/// Whether the handle of this value must stay.
fn kept(world: &World, value: u64) -> bool {
    world
        .pool
        .find(Handle(value as u32))
        .is_some_and(|held| held.keep)
}

fn in_arena(world: &World, address: u64) -> bool {
    let (base, length) = world.arena;
    (base..base + length).contains(&address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::number;
    use crate::generate::tests::world;

    fn attempt(world: &World, interface_number: u16, name: &str, words: [u64; 6]) -> Attempt {
        let interface = interface(interface_number).expect("there is such an interface");
        let method = interface
            .methods
            .iter()
            .find(|method| method.name == name)
            .expect("such a method");
        let handle = world
            .pool
            .of(&mut world.random.clone(), interface_number)
            .expect("held")
            .handle;
        Attempt {
            handle: handle.0,
            interface: interface_number,
            header: u64::from(method.number),
            words,
            ..Attempt::default()
        }
    }

    #[test]
    fn own_memory_is_spared_and_the_arena_is_not() {
        let world = world(1);
        let own = [(0x4000_0000, 0x4010_0000)];
        let unmap = |address, length| {
            attempt(
                &world,
                number::ADDRESS_SPACE,
                "unmap",
                [address, length, 0, 0, 0, 0],
            )
        };
        assert!(harms_itself(&world, &unmap(0x4000_8000, 4096), &own));
        assert!(harms_itself(&world, &unmap(0x1_0000, u64::MAX), &own));
        assert!(!harms_itself(&world, &unmap(world.arena.0, 8192), &own));
    }

    #[test]
    fn the_report_is_spared() {
        let mut world = world(1);
        world.report = Handle(9);
        let close = |first, last| attempt(&world, number::PROCESS, "close", [first, last, 0, 0, 0, 0]);
        assert!(harms_itself(&world, &close(5, 9), &[]));
        assert!(!harms_itself(&world, &close(10, 12), &[]));
        let to_it = Attempt {
            handle: 9,
            ..Attempt::default()
        };
        assert!(harms_itself(&world, &to_it, &[]));
    }

    #[test]
    fn ends_and_endless_waits_are_kept_back() {
        let world = world(1);
        assert!(harms_itself(
            &world,
            &attempt(&world, number::PROCESS, "exit", [0; 6]),
            &[]
        ));
        assert!(harms_itself(
            &world,
            &attempt(&world, number::PROCESS, "close", [0, 5, 0, 0, 0, 0]),
            &[]
        ));
        assert!(!harms_itself(
            &world,
            &attempt(&world, number::PROCESS, "info", [0; 6]),
            &[]
        ));
        let mut sleep = attempt(&world, 14, "sleep", [0, u64::MAX, 0, 0, 0, 0]);
        shorten_waits(&world, &mut sleep);
        assert_eq!(sleep.words[1], world.now_ns + WAIT_NS);
    }
}
