//! The host's terminal: raw while the program has it, as it was before on every way out.
//!
//! Raw mode belongs to a guard: dropping it restores the terminal, so returns, errors and panics do. Signals
//! that end the command are events of the session (see `session`) and return the same way.

use crate::failure::{Context, Result};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use std::io::{self, IsTerminal};
use trivet_abi::control::TerminalSize;

/// The size used where the host has no terminal or does not know its size.
const DEFAULT_SIZE: TerminalSize = TerminalSize {
    rows: 24,
    columns: 80,
};

/// Whether stdin and stdout are both a terminal.
pub fn is_present() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// The size of the terminal at stdout.
pub fn size() -> TerminalSize {
    match tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_row > 0 && size.ws_col > 0 => TerminalSize {
            rows: size.ws_row,
            columns: size.ws_col,
        },
        _ => DEFAULT_SIZE,
    }
}

/// The terminal at stdin, in raw mode as long as this lives.
#[derive(Debug)]
pub struct RawMode {
    before: Termios,
}

impl RawMode {
    /// Puts the terminal at stdin into raw mode; `None` when stdin is none.
    pub fn enter() -> Result<Option<Self>> {
        if !io::stdin().is_terminal() {
            return Ok(None);
        }
        let before = tcgetattr(io::stdin()).context(|| "reading the terminal's settings")?;
        let raw_mode = RawMode { before };
        raw_mode.apply()?;
        Ok(Some(raw_mode))
    }

    /// Sets raw mode again, after the command was stopped and continued.
    pub fn apply(&self) -> Result<()> {
        let mut raw = self.before.clone();
        raw.make_raw();
        tcsetattr(io::stdin(), OptionalActions::Drain, &raw).context(|| "setting the terminal's raw mode")
    }

    /// Restores the terminal for the time that the command is stopped.
    pub fn suspend(&self) {
        // Nothing could be done about a failure: the terminal is gone.
        let _ = tcsetattr(io::stdin(), OptionalActions::Drain, &self.before);
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        self.suspend();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_terminal_there_is_a_default_size() {
        // Test programs run with their output captured, so this is the path without a terminal.
        if !io::stdout().is_terminal() {
            assert_eq!(size(), DEFAULT_SIZE);
        }
    }
}
