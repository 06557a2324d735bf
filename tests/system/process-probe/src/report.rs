//! Lines on standard output.

use alloc::format;
use trivet_abi::handle::Handle;
use trivet_ipc::file;

/// Says how a test ended. Answers whether it passed.
pub fn say(name: &str, result: Result<(), &'static str>) -> bool {
    let line = match result {
        Ok(()) => format!("ok {name}\n"),
        Err(reason) => format!("FAILED {name}: {reason}\n"),
    };
    // Without an output there is only the status.
    let _ = file::write(Handle(1), line.as_bytes());
    result.is_ok()
}

/// Says something for people.
pub fn note(text: &str) {
    let _ = file::write(Handle(1), text.as_bytes());
}
