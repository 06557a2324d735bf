//! The 16550 at port 0x3f8: the early log and panics. Output only; without a device the bytes go nowhere.
#![allow(unsafe_code)]

use super::instructions::{inb, outb};
use core::fmt;

const PORT: u16 = 0x3f8;
const LINE_STATUS: u16 = PORT + 5;
/// Line status: the transmitter takes another byte.
const TRANSMITTER_EMPTY: u8 = 0x20;
/// How often the line status is looked at before a byte is given up: a missing or stuck device must not stop a boot.
const ATTEMPTS: u32 = 100_000;

/// Sets 115200 baud, 8 bits, no parity, queues on, interrupts off.
pub fn initialize() {
    for (offset, value) in [
        (1, 0x00),
        (3, 0x80),
        (0, 0x01),
        (1, 0x00),
        (3, 0x03),
        (2, 0x07),
        (4, 0x03),
    ] {
        // SAFETY: the ports of the first serial line; the device has no access to memory.
        unsafe { outb(PORT + offset, value) };
    }
}

fn write_byte(byte: u8) {
    for _ in 0..ATTEMPTS {
        // SAFETY: as in `initialize`.
        if unsafe { inb(LINE_STATUS) } & TRANSMITTER_EMPTY != 0 {
            // SAFETY: as in `initialize`.
            unsafe { outb(PORT, byte) };
            return;
        }
    }
}

/// The line as a place to format into. Holders of the kernel's lock write; a panic writes without it.
pub struct Serial;

impl fmt::Write for Serial {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            if byte == b'\n' {
                write_byte(b'\r');
            }
            write_byte(byte);
        }
        Ok(())
    }
}

/// Writes one line of the early log.
macro_rules! log {
    ($($argument:tt)*) => {{
        use core::fmt::Write as _;
        // The line cannot fail.
        let _ = writeln!($crate::arch::serial::Serial, $($argument)*);
    }};
}
pub(crate) use log;
