//! The in-guest fuzzer: sends generated messages to every object and server that its domain reaches.
//!
//! It runs as the program of a run, in the domain `app`, and reports on its standard output; or as a server of init's
//! under `everything.policy`, with sessions to every server, and reports into a file that the program prints at its end (the log drops
//! lines when many come at once). `./trivet fuzz` starts it either way and reads the report. The file `/app/fuzz.plan` holds its seed and the number of messages, in decimal.
//!
//! What it looks for is not in an answer: a kernel panic, the death of a server, a machine that stands still.
#![cfg_attr(trivet_machine, no_std)]
#![deny(unsafe_code)]

extern crate alloc;

#[allow(unsafe_code, reason = "sends messages that follow no stub")]
pub mod attempt;
pub mod generate;
pub mod hazard;
pub mod pool;
pub mod random;
pub mod report;
#[cfg(trivet_machine)]
#[allow(unsafe_code, reason = "machine code of threads, and raw system calls")]
mod session;

/// The program. Its result is the exit status.
#[must_use]
pub fn run() -> u8 {
    #[cfg(trivet_machine)]
    return session::run();
    #[cfg(not(trivet_machine))]
    126
}

/// What `/app/fuzz.plan` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Where chance starts.
    pub seed: u64,
    /// Messages to send.
    pub messages: u64,
    /// After its own messages the program waits for a fuzzer among the servers.
    pub wait: bool,
    /// Each message is printed before it is sent.
    pub trace: bool,
}

impl Plan {
    /// Reads `SEED MESSAGES`, with `wait` and `trace` behind it where wanted.
    #[must_use]
    pub fn parse(text: &str) -> Option<Plan> {
        let mut words = text.split_whitespace();
        let mut plan = Plan {
            seed: words.next()?.parse().ok()?,
            messages: words.next()?.parse().ok()?,
            wait: false,
            trace: false,
        };
        for word in words {
            match word {
                "wait" => plan.wait = true,
                "trace" => plan.trace = true,
                _ => return None,
            }
        }
        Some(plan)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_seed_and_number() {
        assert_eq!(
            Plan::parse("7 100\n"),
            Some(Plan {
                seed: 7,
                messages: 100,
                wait: false,
                trace: false
            })
        );
        assert_eq!(
            Plan::parse("7 100 wait trace"),
            Some(Plan {
                seed: 7,
                messages: 100,
                wait: true,
                trace: true
            })
        );
        for wrong in ["", "7", "x 1", "7 1 2", "7 1 wait more"] {
            assert_eq!(Plan::parse(wrong), None, "{wrong}");
        }
    }
}
