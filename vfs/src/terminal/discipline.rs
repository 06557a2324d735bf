//! The line discipline: what typed bytes do, what reads give, what writes send. POSIX "General Terminal Interface", with
//! what Linux adds to it.
//!
//! Pure: bytes and settings go in, bytes and signals come out. The differential test in `tests/` compares it with Linux's.

use super::input::Input;
use super::output::{Echo, Output, is_control};
use super::settings::Settings;
use super::settings::bits::*;
use alloc::vec::Vec;

/// Signals that terminals raise, by Linux's numbers.
pub mod signal {
    /// Hang-up.
    pub const SIGHUP: u32 = 1;
    /// VINTR was typed.
    pub const SIGINT: u32 = 2;
    /// VQUIT was typed.
    pub const SIGQUIT: u32 = 3;
    /// Behind a hang-up, for those that are stopped.
    pub const SIGCONT: u32 = 18;
    /// VSUSP was typed.
    pub const SIGTSTP: u32 = 20;
    /// A background group reads.
    pub const SIGTTIN: u32 = 21;
    /// A background group writes or changes settings.
    pub const SIGTTOU: u32 = 22;
    /// The window has another size.
    pub const SIGWINCH: u32 = 28;
}

/// A byte that PARMRK doubles.
const MARK: u8 = 0xff;

/// One terminal's discipline.
#[derive(Debug, Default)]
pub struct Discipline {
    pub(super) settings: Settings,
    pub(super) input: Input,
    pub(super) output: Output,
    /// Signals for the foreground group, not fetched yet.
    raised: Vec<u32>,
    /// VLNEXT was typed: the next byte is an ordinary one.
    literal_next: bool,
    /// With ECHOPRT: erased characters are being shown between `\` and `/`.
    pub(super) erasing: bool,
}

impl Discipline {
    /// A discipline with these settings.
    #[must_use]
    pub fn new(settings: Settings) -> Discipline {
        Discipline {
            settings,
            ..Discipline::default()
        }
    }

    /// The settings.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The way to the screen.
    #[must_use]
    pub const fn output(&self) -> &Output {
        &self.output
    }

    /// Bytes went to the screen.
    pub fn sent(&mut self, count: usize) {
        self.output.sent(count);
    }

    /// Signals that were raised since the last call, in their order.
    pub fn take_raised(&mut self) -> Vec<u32> {
        core::mem::take(&mut self.raised)
    }

    /// Changes the settings. What waits for readers stays, as lines or as bytes.
    pub fn set_settings(&mut self, settings: Settings) {
        let old = self.settings;
        self.settings = settings.without_a_line();
        if old.canonical() != self.settings.canonical() {
            self.input.switch(self.settings.canonical());
            self.erasing = false;
            self.literal_next = false;
        }
        if old.input(IXON) && !self.settings.input(IXON) {
            self.output.start(&self.settings);
        }
    }

    /// Throws away what was typed.
    pub fn clear_input(&mut self) {
        self.input.clear();
        self.erasing = false;
    }

    /// Throws away what was written and has not gone out.
    pub fn clear_output(&mut self) {
        self.output.clear();
    }

    /// TCOOFF and TCOON.
    pub fn suspend_output(&mut self, suspend: bool) {
        self.output.suspend(suspend, &self.settings);
    }

    /// TCIOFF and TCION: sends STOP or START to whoever types.
    pub fn send_flow(&mut self, stop: bool) {
        let byte = self.settings.characters[if stop { VSTOP } else { VSTART }];
        if byte != super::settings::DISABLED {
            self.output.send_now(byte);
        }
    }

    /// Writes a program's bytes; answers how many were taken. Fewer than all: wait until the output has room.
    pub fn write(&mut self, bytes: &[u8]) -> usize {
        self.output.write(bytes, &self.settings)
    }

    /// Whether a program can write now.
    #[must_use]
    pub fn writable(&self) -> bool {
        const ENOUGH: usize = 256;
        self.output.room() >= ENOUGH
    }

    /// Whether a read would give something, and as much as VMIN asks for: what poll says.
    #[must_use]
    pub fn readable(&self) -> bool {
        if self.settings.canonical() {
            return self.input.has_line();
        }
        let minimum = usize::from(self.settings.characters[VMIN]);
        let enough = if self.settings.characters[VTIME] == 0 && minimum > 0 {
            minimum
        } else {
            1
        };
        self.input.available(false) >= enough
    }

    /// Whether a read would give something now, be it less than VMIN.
    #[must_use]
    pub fn has_input(&self) -> bool {
        if self.settings.canonical() {
            self.input.has_line()
        } else {
            self.input.available(false) > 0
        }
    }

    /// Bytes that reads would give.
    #[must_use]
    pub fn available(&self) -> usize {
        self.input.available(self.settings.canonical())
    }

    /// Reads what there is: of one line, or plain bytes. Nothing: wait for more. Zero is the end of the file.
    pub fn read(&mut self, bytes: &mut [u8]) -> Option<usize> {
        if self.settings.canonical() {
            return self.input.take_line(bytes);
        }
        let count = self.input.take(bytes);
        (count > 0).then_some(count)
    }

    /// Nothing more is typed: the line ends where it is.
    pub fn finish_line(&mut self) {
        if self.settings.canonical() && self.input.line_length() > 0 {
            self.input.end_file();
        }
    }

    /// Typed bytes come in; answers how many were taken. Fewer than all: the rest must wait until somebody has read.
    pub fn receive(&mut self, bytes: &[u8]) -> usize {
        for (index, &byte) in bytes.iter().enumerate() {
            // A full line without its end must still meet its newline, its erase character or a signal.
            if self.input.is_full() && (!self.settings.canonical() || self.input.has_line()) {
                return index;
            }
            self.receive_byte(byte);
        }
        bytes.len()
    }

    fn receive_byte(&mut self, byte: u8) {
        let mut byte = byte;
        if self.settings.input(ISTRIP) {
            byte &= 0x7f;
        }
        if self.settings.input(IUCLC) && self.settings.local(IEXTEN) {
            byte = byte.to_ascii_lowercase();
        }
        if core::mem::take(&mut self.literal_next) {
            self.ordinary(byte, self.plain_newline());
            return;
        }
        if self.settings.input(IXON) && self.flow_control(byte) {
            return;
        }
        if self.settings.local(ISIG) && self.signal_character(byte) {
            return;
        }
        if self.output.is_held() && self.settings.input(IXON) && self.settings.input(IXANY) {
            self.output.start(&self.settings);
        }
        let mut newline = self.plain_newline();
        match byte {
            b'\r' if self.settings.input(IGNCR) => return,
            b'\r' if self.settings.input(ICRNL) => {
                byte = b'\n';
                newline = Echo::Byte;
            }
            b'\n' if self.settings.input(INLCR) => byte = b'\r',
            _ => {}
        }
        if self.settings.canonical() && self.line_character(byte) {
            return;
        }
        self.ordinary(byte, newline);
    }

    /// How a newline is echoed that is a byte like others: as `^J` with ECHOCTL. One that was made from a carriage return, or
    /// that ends a line, is echoed as itself.
    fn plain_newline(&self) -> fn(u8) -> Echo {
        if self.settings.local(ECHOCTL) {
            Echo::Caret
        } else {
            Echo::Byte
        }
    }

    /// START and STOP. Answers whether `byte` was one.
    fn flow_control(&mut self, byte: u8) -> bool {
        if self.settings.is(VSTART, byte) {
            self.output.start(&self.settings);
        } else if self.settings.is(VSTOP, byte) {
            self.output.stop();
        } else {
            return false;
        }
        true
    }

    /// INTR, QUIT, SUSP. Answers whether `byte` was one.
    fn signal_character(&mut self, byte: u8) -> bool {
        let signal = if self.settings.is(VINTR, byte) {
            signal::SIGINT
        } else if self.settings.is(VQUIT, byte) {
            signal::SIGQUIT
        } else if self.settings.is(VSUSP, byte) {
            signal::SIGTSTP
        } else {
            return false;
        };
        if !self.raised.contains(&signal) {
            self.raised.push(signal);
        }
        if !self.settings.local(NOFLSH) {
            self.clear_input();
            self.clear_output();
        }
        if self.settings.input(IXON) {
            self.output.start(&self.settings);
        }
        if self.settings.local(ECHO) {
            self.echo_byte(byte);
        }
        true
    }

    /// Characters that are special when lines are read. Answers whether `byte` was one.
    fn line_character(&mut self, byte: u8) -> bool {
        let settings = self.settings;
        let extended = settings.local(IEXTEN);
        if settings.is(VERASE, byte) || settings.is(VKILL, byte) || (extended && settings.is(VWERASE, byte)) {
            self.edit(byte);
        } else if extended && settings.is(VLNEXT, byte) {
            self.literal_next = true;
            if settings.local(ECHO) {
                self.finish_erasing();
                if settings.local(ECHOCTL) {
                    self.echo(Echo::Byte(b'^'));
                    self.echo(Echo::Byte(8));
                }
            }
        } else if extended && settings.local(ECHO) && settings.is(VREPRINT, byte) {
            self.finish_erasing();
            self.echo_byte(byte);
            self.echo(Echo::Byte(b'\n'));
            let line: Vec<u8> = self.input.line().collect();
            line.into_iter().for_each(|byte| self.echo_byte(byte));
        } else if byte == b'\n' {
            if settings.local(ECHO) || settings.local(ECHONL) {
                self.echo(Echo::Byte(b'\n'));
            }
            self.input.end_line(byte);
        } else if settings.is(VEOF, byte) {
            self.input.end_file();
        } else if settings.is(VEOL, byte) || (extended && settings.is(VEOL2, byte)) {
            if settings.local(ECHO) {
                self.mark_column();
                self.echo_byte(byte);
            }
            self.double_mark(byte);
            self.input.end_line(byte);
        } else {
            return false;
        }
        true
    }

    /// A byte without a special meaning; `newline` says how a newline is echoed.
    fn ordinary(&mut self, byte: u8, newline: fn(u8) -> Echo) {
        if self.input.is_full() {
            if self.settings.input(IMAXBEL) {
                self.output.bell(&self.settings);
            }
            return;
        }
        if self.settings.local(ECHO) {
            self.finish_erasing();
            self.mark_column();
            if byte == b'\n' {
                self.echo(newline(byte));
            } else {
                self.echo_byte(byte);
            }
        }
        self.double_mark(byte);
        self.input.push(byte);
    }

    /// With PARMRK, 0xff begins a mark, so one that was typed is doubled.
    fn double_mark(&mut self, byte: u8) {
        if byte == MARK && self.settings.input(PARMRK) {
            self.input.push(byte);
        }
    }

    fn mark_column(&mut self) {
        if self.input.line_length() == 0 {
            self.echo(Echo::MarkColumn);
        }
    }

    pub(super) fn echo(&mut self, piece: Echo) {
        self.output.echo(piece, &self.settings);
    }

    /// Echoes a byte; control characters as `^X` with ECHOCTL.
    pub(super) fn echo_byte(&mut self, byte: u8) {
        let caret = self.settings.local(ECHOCTL) && is_control(byte) && byte != b'\t';
        self.echo(if caret {
            Echo::Caret(byte)
        } else {
            Echo::Byte(byte)
        });
    }

    pub(super) fn finish_erasing(&mut self) {
        if core::mem::take(&mut self.erasing) {
            self.echo(Echo::Byte(b'/'));
        }
    }
}

#[cfg(test)]
mod tests;
