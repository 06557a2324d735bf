//! The audit's log: a ring of records. Each account has a share a second; equal records within a second are counted; writing
//! never blocks and never needs memory.

use crate::arena::{OutOfMemory, Ref};
use crate::ipc::event::Event;
use alloc::collections::VecDeque;

/// One record, as `Audit.read` hands it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(C)]
pub struct Record {
    /// Grows by one.
    pub sequence: u64,
    /// Monotonic time.
    pub time_ns: u64,
    /// The sender's process number.
    pub process: u64,
    /// The sender's domain.
    pub domain: u32,
    /// The target's label.
    pub label: u32,
    /// The target's interface.
    pub interface: u16,
    /// Method.
    pub method: u16,
    /// 0 refused, 1 granted, 2 withheld the reply.
    pub verdict: u32,
    /// The rule that decided; `u32::MAX`: none.
    pub rule: u32,
    /// Equal records within the second, after this one.
    pub repeated: u32,
    /// First word of the message.
    pub words: u64,
    /// Number of the sender's account.
    pub account: u64,
}

/// Bytes of a record.
pub const RECORD_BYTES: usize = 64;

impl Record {
    /// The record as programs read it.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; RECORD_BYTES] {
        let mut bytes = [0; RECORD_BYTES];
        let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
        put(0, &self.sequence.to_le_bytes());
        put(8, &self.time_ns.to_le_bytes());
        put(16, &self.process.to_le_bytes());
        put(24, &self.domain.to_le_bytes());
        put(28, &self.label.to_le_bytes());
        put(32, &self.interface.to_le_bytes());
        put(34, &self.method.to_le_bytes());
        put(36, &self.verdict.to_le_bytes());
        put(40, &self.rule.to_le_bytes());
        put(44, &self.repeated.to_le_bytes());
        put(48, &self.words.to_le_bytes());
        put(56, &self.account.to_le_bytes());
        bytes
    }

    fn same_event(&self, other: &Record) -> bool {
        (
            self.process,
            self.domain,
            self.label,
            self.interface,
            self.method,
            self.verdict,
            self.rule,
        ) == (
            other.process,
            other.domain,
            other.label,
            other.interface,
            other.method,
            other.verdict,
            other.rule,
        )
    }
}

/// Records that the ring holds.
pub const CAPACITY: usize = 4096;
const SECOND_NS: u64 = 1_000_000_000;
/// Equal records are looked for among so many.
const LOOK_BACK: usize = 16;

/// The ring.
#[derive(Debug)]
pub struct AuditLog {
    records: VecDeque<Record>,
    next_sequence: u64,
    dropped: u64,
    /// Number of the second that accounts' windows count in.
    pub second: u64,
    /// Told when records are there.
    pub event: Option<Ref<Event>>,
}

impl AuditLog {
    /// An empty ring.
    ///
    /// # Errors
    /// The machine has no memory.
    pub fn new() -> Result<Self, OutOfMemory> {
        let mut records = VecDeque::new();
        records.try_reserve_exact(CAPACITY).map_err(|_| OutOfMemory)?;
        Ok(AuditLog {
            records,
            next_sequence: 1,
            dropped: 0,
            second: 0,
            event: None,
        })
    }

    /// Whether a record equals a recent one of the same second; it is counted there then.
    pub fn count_repeated(&mut self, record: &Record) -> bool {
        for old in self.records.iter_mut().rev().take(LOOK_BACK) {
            if record.time_ns.saturating_sub(old.time_ns) < SECOND_NS && old.same_event(record) {
                old.repeated = old.repeated.saturating_add(1);
                return true;
            }
        }
        false
    }

    /// Adds a record; a full ring drops it and counts.
    pub fn push(&mut self, mut record: Record) {
        if self.records.len() == CAPACITY {
            self.dropped += 1;
            return;
        }
        record.sequence = self.next_sequence;
        self.next_sequence += 1;
        self.records.push_back(record);
    }

    /// Counts a record that its account had no share for.
    pub fn drop_one(&mut self) {
        self.dropped += 1;
    }

    /// The oldest record, left in place.
    #[must_use]
    pub fn peek(&self, index: usize) -> Option<&Record> {
        self.records.get(index)
    }

    /// Takes the oldest records out.
    pub fn consume(&mut self, count: usize) {
        self.records.drain(..count.min(self.records.len()));
    }

    /// Takes the number of records dropped since the last call.
    pub fn take_dropped(&mut self) -> u64 {
        core::mem::take(&mut self.dropped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_records_within_a_second_are_counted_and_later_ones_are_not() {
        let mut log = AuditLog::new().unwrap();
        let record = Record {
            time_ns: 5,
            label: 7,
            ..Record::default()
        };
        assert!(!log.count_repeated(&record));
        log.push(record);
        assert!(log.count_repeated(&Record { time_ns: 6, ..record }));
        assert!(!log.count_repeated(&Record {
            time_ns: 6,
            label: 8,
            ..record
        }));
        assert!(!log.count_repeated(&Record {
            time_ns: 5 + SECOND_NS,
            ..record
        }));
        assert_eq!(log.peek(0).unwrap().repeated, 1);
    }

    #[test]
    fn full_ring_drops_and_says_how_many() {
        let mut log = AuditLog::new().unwrap();
        for _ in 0..CAPACITY + 3 {
            log.push(Record::default());
        }
        assert_eq!(log.take_dropped(), 3);
        assert_eq!(log.take_dropped(), 0);
        log.consume(2);
        assert_eq!(log.peek(0).unwrap().sequence, 3);
    }
}
