//! The tutorial's client: uses both services and logs what they answer.
//!
//! It is a program of its own, so its calls simply wait: only servers must not block.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::format;
use alloc::string::String;

use trivet_abi::handle::Handle;
use trivet_ipc::log::Level;
use trivet_ipc::{adder, counter, counters};

/// Slots that init fills: see the tutorial's init.conf.
mod slot {
    use trivet_abi::handle::Handle;

    pub const COUNTERS: Handle = Handle::bootstrap(8);
    pub const ADDER: Handle = Handle::bootstrap(9);
}

/// The program. Its result is the exit status.
pub fn run() -> u8 {
    let (lines, status) = report(slot::COUNTERS, slot::ADDER);
    for line in lines.lines() {
        // A log that does not take the line is no reason to fail.
        let _ = trivet_ipc::log::write(Handle::LOG, Level::Information, line);
    }
    status
}

/// Uses both services; what there is to say, and the exit status.
fn report(counters: Handle, adder: Handle) -> (String, u8) {
    let mut lines = String::new();
    let mut status = 0;
    match counters::open(counters, "visits") {
        Ok(visits) => match counter::add(visits, 1) {
            Ok(value) => lines += &format!("visits: {value}\n"),
            Err(failure) => {
                lines += &format!("visits cannot be counted: {failure:?}\n");
                status = 1;
            }
        },
        Err(failure) => {
            lines += &format!("visits cannot be opened: {failure:?}\n");
            status = 1;
        }
    }
    // The tutorial's policy grants no counter below `private/`.
    match counters::open(counters, "private/diary") {
        Err(failure) if failure.errno() == 13 => lines += "private/diary: refused, as it should be\n",
        other => {
            lines += &format!("private/diary: {other:?}\n");
            status = 1;
        }
    }
    match adder::sum(adder, &[3i64, -4, 12]) {
        Ok(reply) => lines += &format!("sum {} from {} to {}\n", reply.sum, reply.smallest, reply.largest),
        Err(failure) => {
            lines += &format!("the adder failed: {failure:?}\n");
            status = 1;
        }
    }
    (lines, status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use trivet_ipc::loopback::{Message, Reply, connect};

    const COUNTERS: Handle = Handle(1);
    const ADDER: Handle = Handle(2);
    const VISITS: Handle = Handle(3);

    /// Plays both services.
    fn serve(message: Message) -> Reply {
        let failed = |status| Reply {
            status,
            ..Reply::default()
        };
        match (message.on, message.sent.as_slice()) {
            (COUNTERS, b"visits") => Reply {
                handles: vec![VISITS],
                ..Reply::default()
            },
            (COUNTERS, _) => failed(13),
            (VISITS, []) => Reply {
                words: [message.words[0] + 6, 0, 0, 0, 0, 0],
                ..Reply::default()
            },
            (ADDER, numbers) if numbers.len() == 24 => Reply {
                words: [11, (-4i64).cast_unsigned(), 12, 0, 0, 0],
                ..Reply::default()
            },
            _ => failed(22),
        }
    }

    #[test]
    fn the_client_reports_what_the_services_answer() {
        let _connection = connect(serve);
        let (lines, status) = report(COUNTERS, ADDER);
        assert_eq!(
            lines,
            "visits: 7\nprivate/diary: refused, as it should be\nsum 11 from -4 to 12\n"
        );
        assert_eq!(status, 0);
    }

    #[test]
    fn a_service_that_is_gone_is_reported_and_fails_the_client() {
        let _connection = connect(|_| Reply {
            status: -12,
            ..Reply::default()
        });
        let (lines, status) = report(COUNTERS, ADDER);
        assert_eq!(lines.lines().next(), Some("visits cannot be opened: Call(Gone)"));
        assert_eq!(status, 1);
    }
}
