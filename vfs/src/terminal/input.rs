//! What was typed and not read yet: complete lines, then the line that is being typed.

use alloc::collections::VecDeque;

/// Bytes that wait for a reader, at most, with the newline of a full line beside them: POSIX's MAX_CANON and MAX_INPUT.
pub const INPUT_LIMIT: usize = 4095;

/// What stands behind a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// More of the line.
    None,
    /// The line ends with this byte.
    Line,
    /// The line ends here, and the byte, which stands for VEOF, is not part of it.
    EndOfFile,
}

/// The queue of input.
#[derive(Debug, Default)]
pub struct Input {
    cells: VecDeque<(u8, Mark)>,
    /// Cells of complete lines.
    complete: usize,
}

impl Input {
    /// Whether an ordinary byte fits.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.cells.len() >= INPUT_LIMIT
    }

    /// Whether there is a complete line.
    #[must_use]
    pub const fn has_line(&self) -> bool {
        self.complete > 0
    }

    /// The line that is being typed.
    pub fn line(&self) -> impl DoubleEndedIterator<Item = u8> + '_ {
        self.cells.range(self.complete..).map(|cell| cell.0)
    }

    /// Bytes of the line that is being typed.
    #[must_use]
    pub fn line_length(&self) -> usize {
        self.cells.len() - self.complete
    }

    /// A byte of the line that is being typed.
    pub fn push(&mut self, byte: u8) {
        self.cells.push_back((byte, Mark::None));
    }

    /// The byte that ends the line.
    pub fn end_line(&mut self, byte: u8) {
        self.cells.push_back((byte, Mark::Line));
        self.complete = self.cells.len();
    }

    /// VEOF: the line ends without a further byte.
    pub fn end_file(&mut self) {
        self.cells.push_back((0, Mark::EndOfFile));
        self.complete = self.cells.len();
    }

    /// Takes the last `count` bytes of the line back.
    pub fn erase(&mut self, count: usize) {
        let count = count.min(self.line_length());
        self.cells.truncate(self.cells.len() - count);
    }

    /// Throws everything away.
    pub fn clear(&mut self) {
        *self = Input::default();
    }

    /// ICANON was switched. What waits becomes one line, or plain bytes.
    pub fn switch(&mut self, canonical: bool) {
        self.complete = 0;
        if !canonical {
            return;
        }
        for cell in &mut self.cells {
            cell.1 = Mark::None;
        }
        if let Some(last) = self.cells.back_mut() {
            last.1 = Mark::Line;
            self.complete = self.cells.len();
        }
    }

    /// Bytes that reads would give (FIONREAD).
    #[must_use]
    pub fn available(&self, canonical: bool) -> usize {
        if !canonical {
            return self.cells.len();
        }
        let lines = self.cells.range(..self.complete);
        lines.filter(|cell| cell.1 != Mark::EndOfFile).count()
    }

    /// Reads of one line what fits into `bytes`; answers how many, or nothing where there is no complete line. A line that is longer is
    /// read on by the next read. Zero is the end of the file.
    pub fn take_line(&mut self, bytes: &mut [u8]) -> Option<usize> {
        if self.complete == 0 {
            return None;
        }
        let mut count = 0;
        while self.complete > 0 {
            let Some(&(byte, mark)) = self.cells.front() else {
                break;
            };
            // Looked at before the room: a read that the line just fills takes its end along, or the next would see an end of file.
            if mark != Mark::EndOfFile {
                if count == bytes.len() {
                    break;
                }
                bytes[count] = byte;
                count += 1;
            }
            self.cells.pop_front();
            self.complete -= 1;
            if mark != Mark::None {
                break;
            }
        }
        Some(count)
    }

    /// Reads bytes without regard to lines; answers how many.
    pub fn take(&mut self, bytes: &mut [u8]) -> usize {
        let count = bytes.len().min(self.cells.len());
        for (place, cell) in bytes.iter_mut().zip(self.cells.drain(..count)) {
            *place = cell.0;
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(bytes: &[u8]) -> Input {
        let mut input = Input::default();
        for &byte in bytes {
            match byte {
                b'\n' => input.end_line(byte),
                4 => input.end_file(),
                _ => input.push(byte),
            }
        }
        input
    }

    fn read(input: &mut Input, room: usize) -> Option<Vec<u8>> {
        let mut bytes = vec![0; room];
        let count = input.take_line(&mut bytes)?;
        bytes.truncate(count);
        Some(bytes)
    }

    #[test]
    fn a_read_gives_one_line_and_a_short_one_a_part_of_it() {
        let mut input = typed(b"one\ntwo\nthr");
        assert_eq!(read(&mut input, 2).as_deref(), Some(&b"on"[..]));
        assert_eq!(read(&mut input, 9).as_deref(), Some(&b"e\n"[..]));
        assert_eq!(read(&mut input, 9).as_deref(), Some(&b"two\n"[..]));
        assert_eq!(read(&mut input, 9), None);
    }

    #[test]
    fn end_of_file_ends_a_line_without_a_byte_and_an_empty_one_reads_nothing() {
        let mut input = typed(b"abc\x04\x04");
        assert_eq!(read(&mut input, 9).as_deref(), Some(&b"abc"[..]));
        assert_eq!(read(&mut input, 9).as_deref(), Some(&b""[..]));
        assert_eq!(read(&mut input, 9), None);
    }

    #[test]
    fn a_read_that_the_line_fills_takes_its_end_of_file_along() {
        let mut input = typed(b"abc\x04x\n");
        assert_eq!(read(&mut input, 3).as_deref(), Some(&b"abc"[..]));
        assert_eq!(read(&mut input, 3).as_deref(), Some(&b"x\n"[..]));
    }

    #[test]
    fn switching_to_lines_makes_one_of_what_waits() {
        let mut input = typed(b"ab\ncd");
        input.switch(false);
        assert_eq!(input.available(false), 5);
        input.switch(true);
        assert_eq!(read(&mut input, 9).as_deref(), Some(&b"ab\ncd"[..]));
    }

    #[test]
    fn available_counts_no_end_of_file_and_no_unfinished_line() {
        let input = typed(b"ab\x04c\nd");
        assert_eq!((input.available(true), input.available(false)), (4, 6));
    }
}
