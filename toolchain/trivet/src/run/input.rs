//! Standard input on its way to the guest.
//!
//! Bytes are passed on as they are. At the end of the input the guest is told how many there were; on a
//! terminal there is no end, Ctrl-D is a byte like others. Three Ctrl-] within a second ask to end the machine.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

/// How the input came to its end.
#[derive(Debug, PartialEq, Eq)]
pub enum InputEnd {
    /// All was sent: this many bytes.
    End(u64),
    /// The user asked to end the machine.
    Escape,
    /// The machine takes no more.
    Closed,
}

/// Copies `input` to the machine until its end.
pub fn pump(mut input: impl Read, mut machine: impl Write, on_terminal: bool) -> InputEnd {
    let mut escape = Escape::default();
    let mut buffer = vec![0; 64 * 1024];
    let mut bytes = 0;
    loop {
        let count = match input.read(&mut buffer) {
            Ok(0) => return InputEnd::End(bytes),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            // A terminal that went away, or one that this process may not read in the background.
            Err(_) => return InputEnd::End(bytes),
        };
        if on_terminal && escape.pressed(&buffer[..count], Instant::now()) {
            return InputEnd::Escape;
        }
        if machine.write_all(&buffer[..count]).is_err() {
            return InputEnd::Closed;
        }
        bytes += count as u64;
    }
}

/// Notices three Ctrl-] in a row within a second.
#[derive(Debug, Default)]
struct Escape {
    count: u32,
    first: Option<Instant>,
}

impl Escape {
    const KEY: u8 = 0x1d;
    const PRESSES: u32 = 3;
    const WITHIN: Duration = Duration::from_secs(1);

    fn pressed(&mut self, bytes: &[u8], now: Instant) -> bool {
        for &byte in bytes {
            let in_time = self
                .first
                .is_some_and(|first| now.duration_since(first) <= Self::WITHIN);
            if byte != Self::KEY {
                *self = Escape::default();
            } else if self.count > 0 && in_time {
                self.count += 1;
            } else {
                *self = Escape {
                    count: 1,
                    first: Some(now),
                };
            }
            if self.count == Self::PRESSES {
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_is_passed_on_byte_for_byte_and_counted() {
        let bytes: Vec<u8> = (0..200_000).map(|n| n as u8).collect();
        let mut machine = Vec::new();
        assert_eq!(pump(&bytes[..], &mut machine, false), InputEnd::End(200_000));
        assert_eq!(machine, bytes);
    }

    #[test]
    fn three_escape_keys_end_the_machine_only_on_a_terminal() {
        let keys = [b'a', Escape::KEY, Escape::KEY, Escape::KEY];
        assert_eq!(pump(&keys[..], io::sink(), true), InputEnd::Escape);
        assert_eq!(pump(&keys[..], io::sink(), false), InputEnd::End(4));
    }

    #[test]
    fn escape_keys_with_others_between_or_too_late_do_not_count() {
        let now = Instant::now();
        let mut escape = Escape::default();
        assert!(!escape.pressed(&[Escape::KEY, Escape::KEY, b'x', Escape::KEY], now));
        let mut escape = Escape::default();
        assert!(!escape.pressed(&[Escape::KEY, Escape::KEY], now));
        assert!(!escape.pressed(&[Escape::KEY], now + Duration::from_secs(2)));
    }
}
