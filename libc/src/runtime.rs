//! What the Rust compiler wants of a library without std: the panic handler and the unwinder's personality.
//!
//! A panic in here is a bug of this library; it says where and ends the program. Frames of this library that
//! an exception passes hold nothing to drop (functions that call back are written so), and the personality
//! says just that.

use crate::seam::{Console, System};
use core::fmt::Write;

/// Collects a message without allocating.
struct Message {
    bytes: [u8; 256],
    length: usize,
}

impl Write for Message {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        for &byte in text.as_bytes() {
            if let Some(place) = self.bytes.get_mut(self.length) {
                *place = byte;
                self.length += 1;
            }
        }
        Ok(())
    }
}

#[panic_handler]
fn panic(information: &core::panic::PanicInfo<'_>) -> ! {
    let mut message = Message {
        bytes: [0; 256],
        length: 0,
    };
    let _ = match information.location() {
        Some(place) => writeln!(
            message,
            "libc: internal error at {}:{}",
            place.file(),
            place.line()
        ),
        None => writeln!(message, "libc: internal error"),
    };
    System::emergency(
        message
            .bytes
            .get(..message.length)
            .unwrap_or(b"libc: internal error\n"),
    );
    crate::signal::abort::abort_now()
}

/// What an exception does at a frame of this library: it goes on (_URC_CONTINUE_UNWIND).
// SAFETY: the name is the one that the compiler's unwind tables refer to; the build makes it local to the
// library's object.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() -> i32 {
    const CONTINUE_UNWIND: i32 = 8;
    CONTINUE_UNWIND
}
