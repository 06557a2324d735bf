//! What goes to the screen: output processing, columns, echo that waits, and ^S.

use super::queue::ByteQueue;
use super::settings::Settings;
use super::settings::bits::*;
use alloc::collections::VecDeque;

/// Bytes on their way to the screen, at most.
pub const OUTPUT_LIMIT: usize = 16 * 1024;
/// Pieces of echo that wait because the screen takes nothing, at most; older ones are lost.
const ECHO_LIMIT: usize = 4096;
/// Columns between tab stops.
pub const TAB: usize = 8;
const BELL: u8 = 7;

/// A piece of echo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Echo {
    /// A byte that goes through output processing.
    Byte(u8),
    /// A control character, shown as `^X`.
    Caret(u8),
    /// Goes back over a tab. `columns`: of what stands between it and the tab before, or the line's begin.
    EraseTab {
        /// Columns between, as far as they matter: less than a tab's.
        columns: u8,
        /// Whether a tab stands before.
        after_tab: bool,
    },
    /// What is typed begins at this column.
    MarkColumn,
    /// The last byte took no column of its own.
    StepBack,
}

/// The way to the screen.
#[derive(Debug)]
pub struct Output {
    queue: ByteQueue,
    /// Where the cursor is, as far as this terminal knows.
    column: usize,
    /// Where the line that is being typed begins.
    line_column: usize,
    echo: VecDeque<Echo>,
    /// ^S was typed.
    stopped: bool,
    /// A program asked for it (TCOOFF); ^Q does not lift it.
    suspended: bool,
}

impl Default for Output {
    fn default() -> Output {
        Output {
            queue: ByteQueue::new(OUTPUT_LIMIT),
            column: 0,
            line_column: 0,
            echo: VecDeque::new(),
            stopped: false,
            suspended: false,
        }
    }
}

/// Whether the byte is a control character: those of ASCII, as terminals on Linux see it.
#[must_use]
pub const fn is_control(byte: u8) -> bool {
    byte < 0x20 || byte == 0x7f
}

impl Output {
    /// Bytes that can go to the screen.
    #[must_use]
    pub fn ready(&self) -> &ByteQueue {
        &self.queue
    }

    /// Takes bytes that went to the screen away.
    pub fn sent(&mut self, count: usize) {
        self.queue.consume(count);
    }

    /// Throws away what has not gone out, and echo that waits.
    pub fn clear(&mut self) {
        self.queue.clear();
        self.echo.clear();
    }

    /// Whether output is held, by ^S or by a program.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        self.stopped || self.suspended
    }

    /// Whether everything that was written or echoed is on its way.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.queue.is_empty() && self.echo.is_empty()
    }

    /// ^S.
    pub fn stop(&mut self) {
        self.stopped = true;
    }

    /// ^Q, or a signal: goes on, unless a program holds the output.
    pub fn start(&mut self, settings: &Settings) {
        if !self.suspended {
            self.stopped = false;
        }
        self.run_echo(settings);
    }

    /// TCOOFF and TCOON.
    pub fn suspend(&mut self, suspend: bool, settings: &Settings) {
        if !suspend {
            self.stopped = false;
        }
        self.suspended = suspend;
        self.run_echo(settings);
    }

    /// Bytes that a program can write now.
    #[must_use]
    pub fn room(&self) -> usize {
        if self.is_held() { 0 } else { self.queue.room() }
    }

    /// Writes a program's bytes; answers how many were taken.
    pub fn write(&mut self, bytes: &[u8], settings: &Settings) -> usize {
        self.run_echo(settings);
        if self.is_held() {
            return 0;
        }
        if !settings.output(OPOST) {
            return self.queue.extend(bytes);
        }
        bytes
            .iter()
            .position(|&byte| !self.process(byte, settings))
            .unwrap_or(bytes.len())
    }

    /// Sends a byte past output processing and ^S: what `tcflow` says to the other side.
    pub fn send_now(&mut self, byte: u8) {
        self.queue.push(byte);
    }

    /// Echoes; what cannot go out now waits.
    pub fn echo(&mut self, piece: Echo, settings: &Settings) {
        if self.echo.len() == ECHO_LIMIT {
            self.echo.pop_front();
        }
        self.echo.push_back(piece);
        self.run_echo(settings);
    }

    /// Rings the bell.
    pub fn bell(&mut self, settings: &Settings) {
        self.echo(Echo::Byte(BELL), settings);
    }

    fn run_echo(&mut self, settings: &Settings) {
        while let Some(&piece) = self.echo.front() {
            if self.is_held() || !self.echo_piece(piece, settings) {
                return;
            }
            self.echo.pop_front();
        }
    }

    fn echo_piece(&mut self, piece: Echo, settings: &Settings) -> bool {
        match piece {
            Echo::Byte(byte) if settings.output(OPOST) => return self.process(byte, settings),
            Echo::Byte(byte) => return self.queue.push(byte),
            Echo::Caret(byte) => {
                if self.queue.room() < 2 {
                    return false;
                }
                self.queue.extend(&[b'^', byte ^ 0x40]);
                self.column += 2;
            }
            Echo::EraseTab { columns, after_tab } => {
                let from_stop = if after_tab { 0 } else { self.line_column };
                let width = TAB - (usize::from(columns) + from_stop) % TAB;
                if self.queue.room() < width {
                    return false;
                }
                self.queue.extend(&[8; TAB][..width]);
                self.column = self.column.saturating_sub(width);
            }
            Echo::MarkColumn => self.line_column = self.column,
            Echo::StepBack => self.column = self.column.saturating_sub(1),
        }
        true
    }

    /// Output processing of one byte. False where there is no room; nothing has changed then.
    fn process(&mut self, byte: u8, settings: &Settings) -> bool {
        if self.queue.room() < TAB {
            return false;
        }
        let mut out = byte;
        match byte {
            b'\n' => {
                if settings.output(ONLRET) {
                    self.column = 0;
                }
                if settings.output(ONLCR) {
                    self.column = 0;
                    self.queue.push(b'\r');
                }
                self.line_column = self.column;
            }
            b'\r' => {
                if settings.output(ONOCR) && self.column == 0 {
                    return true;
                }
                if settings.output(OCRNL) {
                    out = b'\n';
                }
                if !settings.output(OCRNL) || settings.output(ONLRET) {
                    self.column = 0;
                    self.line_column = 0;
                }
            }
            b'\t' => {
                let width = TAB - self.column % TAB;
                self.column += width;
                if settings.output & TABDLY == XTABS {
                    return self.queue.extend(&[b' '; TAB][..width]) == width;
                }
            }
            8 => self.column = self.column.saturating_sub(1),
            _ if is_control(byte) => {}
            _ => {
                if settings.output(OLCUC) {
                    out = byte.to_ascii_uppercase();
                }
                if !settings.continues_character(byte) {
                    self.column += 1;
                }
            }
        }
        self.queue.push(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(output_modes: u32, bytes: &[u8]) -> Vec<u8> {
        let settings = Settings {
            output: output_modes,
            ..Settings::default()
        };
        let mut output = Output::default();
        assert_eq!(output.write(bytes, &settings), bytes.len());
        output.ready().front().to_vec()
    }

    #[test]
    fn onlcr_sends_a_carriage_return_before_each_newline() {
        assert_eq!(written(OPOST | ONLCR, b"a\nb\n"), b"a\r\nb\r\n");
        assert_eq!(written(ONLCR, b"a\n"), b"a\n", "not without OPOST");
    }

    #[test]
    fn ocrnl_and_onocr_change_carriage_returns() {
        assert_eq!(written(OPOST | OCRNL, b"a\rb"), b"a\nb");
        assert_eq!(written(OPOST | ONOCR, b"\ra\r\r"), b"a\r");
    }

    #[test]
    fn xtabs_expands_tabs_to_the_next_stop() {
        assert_eq!(written(OPOST | XTABS, b"\tab\tc"), b"        ab      c");
        let settings = Settings {
            output: OPOST | XTABS,
            input: IUTF8,
            ..Settings::default()
        };
        let mut output = Output::default();
        output.write("é\t|".as_bytes(), &settings);
        assert_eq!(output.ready().front(), "é       |".as_bytes());
    }

    #[test]
    fn held_output_takes_nothing_and_echo_waits_for_it() {
        let settings = Settings::default();
        let mut output = Output::default();
        output.stop();
        assert_eq!(output.write(b"x", &settings), 0);
        output.echo(Echo::Byte(b'e'), &settings);
        assert!(output.ready().is_empty() && !output.is_drained());
        output.start(&settings);
        assert_eq!(output.ready().front(), b"e");
    }

    #[test]
    fn a_start_character_does_not_lift_what_a_program_holds() {
        let settings = Settings::default();
        let mut output = Output::default();
        output.suspend(true, &settings);
        output.start(&settings);
        assert_eq!(output.room(), 0);
        output.suspend(false, &settings);
        assert_eq!(output.room(), OUTPUT_LIMIT);
    }

    #[test]
    fn neither_output_nor_echo_grows_without_limit() {
        let settings = Settings::default();
        let mut output = Output::default();
        let taken = output.write(&[b'x'; OUTPUT_LIMIT * 2], &settings);
        assert!(taken <= OUTPUT_LIMIT);
        for _ in 0..ECHO_LIMIT * 2 {
            output.echo(Echo::Byte(b'y'), &settings);
        }
        assert!(output.echo.len() <= ECHO_LIMIT && output.ready().len() <= OUTPUT_LIMIT);
    }
}
