//! The guest's output on its way to standard output or standard error, counted.
//!
//! The count is what tells the session that all has arrived: the guest says at a program's end how many bytes
//! it sent, and nothing may be lost or waited for.

use std::io::{self, Read, Write};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many bytes arrived and were written.
#[derive(Debug, Default)]
pub struct Count {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default, Clone, Copy)]
struct State {
    bytes: u64,
    closed: bool,
}

impl Count {
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }

    /// Waits until this many bytes were written, the stream ended, or nothing more came for `patience`. Returns
    /// whether all were written.
    pub fn wait_for(&self, bytes: u64, patience: Duration) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut last = (state.bytes, Instant::now());
        while state.bytes < bytes && !state.closed {
            let left = patience.saturating_sub(last.1.elapsed());
            if left.is_zero() {
                break;
            }
            state = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
            if state.bytes != last.0 {
                last = (state.bytes, Instant::now());
            }
        }
        state.bytes >= bytes
    }
}

/// Copies what the machine sends to `output` until the machine ends. `Err` when `output` takes no more.
pub fn pump(mut machine: impl Read, mut output: impl Write, count: &Count) -> io::Result<()> {
    let mut buffer = vec![0; 256 * 1024];
    let result = loop {
        let received = match machine.read(&mut buffer) {
            Ok(0) | Err(_) => break Ok(()),
            Ok(received) => received,
        };
        let written = output
            .write_all(&buffer[..received])
            .and_then(|()| output.flush());
        if let Err(error) = written {
            break Err(error);
        }
        count.change(|state| state.bytes += received as u64);
    };
    count.change(|state| state.closed = true);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_bytes_are_written_and_counted() {
        let bytes = vec![7; 1_000_000];
        let (count, mut output) = (Count::default(), Vec::new());
        pump(&bytes[..], &mut output, &count).unwrap();
        assert_eq!(output, bytes);
        assert!(count.wait_for(1_000_000, Duration::ZERO));
    }

    #[test]
    fn waiting_ends_when_the_stream_ends_too_early() {
        let count = Count::default();
        pump(&b"abc"[..], io::sink(), &count).unwrap();
        assert!(!count.wait_for(4, Duration::from_secs(3600)));
    }

    #[test]
    fn waiting_ends_when_nothing_comes() {
        assert!(!Count::default().wait_for(1, Duration::from_millis(1)));
    }

    #[test]
    fn a_closed_output_is_told() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        assert!(pump(&b"abc"[..], Closed, &Count::default()).is_err());
    }
}
