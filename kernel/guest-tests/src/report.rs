//! Lines on the early log.

use crate::MACHINE;
use core::fmt::{self, Write};

struct Line {
    bytes: [u8; 250],
    length: usize,
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let count = text.len().min(self.bytes.len() - self.length);
        self.bytes[self.length..self.length + count].copy_from_slice(&text.as_bytes()[..count]);
        self.length += count;
        Ok(())
    }
}

/// Writes one line, cut after 249 bytes.
pub fn line(text: fmt::Arguments<'_>) {
    let mut line = Line {
        bytes: [0; 250],
        length: 0,
    };
    let _ = line.write_fmt(text);
    let length = line.length.min(249);
    line.bytes[length] = b'\n';
    let _ = trivet_ipc::machine::early_log(MACHINE, &line.bytes[..=length]);
}
