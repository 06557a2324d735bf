//! What the host reads: how many messages of each method were sent, and how many got past policy and first check.
//!
//! Lines are `fuzz: INTERFACE.METHOD SENT PASSED`, each since the last time, and `fuzz: end SENT`.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use trivet_abi::error::CallError;

/// Error numbers by which a server says that the request itself was wrong or not allowed: EPERM, EBADF, EACCES,
/// EFAULT, EINVAL, ENOSYS.
const REFUSALS: [i64; 6] = [1, 9, 13, 14, 22, 38];

/// Whether a message with this answer reached the code behind policy and first check.
#[must_use]
pub fn passed(status: i64) -> bool {
    if status >= 0 {
        return !REFUSALS.contains(&status);
    }
    !matches!(
        CallError::from_number(status.unsigned_abs()),
        None | Some(
            CallError::InvalidHandle
                | CallError::WrongObject
                | CallError::Denied
                | CallError::NoSuchMethod
                | CallError::BadCall
                | CallError::BadPointer
                | CallError::NotTransferable
        )
    )
}

/// Counts since the last report.
#[derive(Debug, Default)]
pub struct Report {
    counts: BTreeMap<(u16, u8), (u64, u64)>,
    /// All messages so far.
    pub sent: u64,
}

impl Report {
    /// Counts one message.
    pub fn add(&mut self, interface: u16, method: u8, status: i64) {
        let entry = self.counts.entry((interface, method)).or_default();
        entry.0 += 1;
        entry.1 += u64::from(passed(status));
        self.sent += 1;
    }

    /// The lines for what was counted since the last time.
    pub fn take(&mut self) -> String {
        let mut text = String::new();
        for ((interface, method), (sent, passed)) in core::mem::take(&mut self.counts) {
            let entry = crate::generate::interface(interface);
            let name = entry.map_or("garbage", |entry| entry.name);
            let method_name =
                crate::generate::method(interface, method).map_or("unknown", |entry| entry.name);
            text += &format!("fuzz: {name}.{method_name} {sent} {passed}\n");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_do_not_pass_and_other_errors_do() {
        for status in [
            0,
            2,
            17,
            28,
            CallError::TimedOut.to_status(),
            CallError::NoMemory.to_status(),
        ] {
            assert!(passed(status), "{status}");
        }
        for status in [
            13,
            22,
            CallError::Denied.to_status(),
            CallError::BadCall.to_status(),
            -38,
        ] {
            assert!(!passed(status), "{status}");
        }
    }

    #[test]
    fn lines_count_since_the_last_time() {
        let mut report = Report::default();
        report.add(32, 0, 0);
        report.add(32, 0, 22);
        report.add(0, 7, -1);
        assert_eq!(report.take(), "fuzz: garbage.unknown 1 0\nfuzz: File.read 2 1\n");
        assert_eq!(report.take(), "");
        assert_eq!(report.sent, 3);
    }
}
