//! How a native program ends: by its status, or with a message.

use core::fmt::{self, Write};
use core::panic::PanicInfo;
use trivet_abi::handle::Handle;

/// The wait status of a program that was ended by SIGABRT.
const ABORTED: u64 = 6;

/// A line that is cut where its room ends.
struct Line {
    bytes: [u8; 240],
    length: usize,
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.bytes.len() - self.length;
        let count = text.len().min(room);
        self.bytes[self.length..self.length + count].copy_from_slice(&text.as_bytes()[..count]);
        self.length += count;
        Ok(())
    }
}

/// Ends the program with this status (0 to 255).
pub fn exit(status: u8) -> ! {
    end(u64::from(status) << 8)
}

/// Logs a panic and ends the program as SIGABRT would.
pub fn die(info: &PanicInfo<'_>) -> ! {
    let mut line = Line {
        bytes: [0; 240],
        length: 0,
    };
    // Writing into the line never fails.
    let _ = write!(line, "panic: {info}");
    // Nobody is left to be told where the log does not take it.
    let _ = trivet_ipc::log::write(
        Handle::LOG,
        trivet_ipc::log::Level::Error,
        &line.bytes[..line.length],
    );
    end(ABORTED)
}

fn end(reason: u64) -> ! {
    loop {
        // It does not return; where the kernel refuses, there is nothing else to do than to ask again.
        let _ = trivet_ipc::process::exit(Handle::PROCESS, reason);
    }
}
