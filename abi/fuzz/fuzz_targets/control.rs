//! Random bytes as a stream of control frames, read by both sides.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trivet_abi::control::{ToGuest, ToHost, split};

fuzz_target!(|data: &[u8]| {
    let mut rest = data;
    while let Ok(Some((frame, length))) = split(rest) {
        let _ = ToGuest::decode(frame);
        if let Ok(ToHost::Crash(crash)) = ToHost::decode(frame) {
            let _ = crash.return_addresses().count();
        }
        rest = &rest[length..];
    }
});
