//! What a tracer is told of the messages of chosen domains: each request as the policy judged it, and how its call ended.
//!
//! Nothing is traced until somebody whom the policy lets asks for it (`Audit.trace_domain`), and then only processes that are made later: every handle that
//! such a process gets has all its methods marked as special, so that its messages leave the straight path. Other processes, and a machine
//! without a tracer, pay nothing. The ring never waits for its reader: what does not fit is counted.

use crate::arena::{OutOfMemory, Ref};
use crate::handle::slot::Slot;
use crate::ipc::event::Event;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::thread::Thread;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use trivet_abi::message::reply;
use trivet_abi::{Domain, InterfaceNumber, Label};

/// Bytes of a message that a record shows, at most.
pub const SHOWN: usize = 80;
/// Bytes of a process's name.
const NAME: usize = 16;
/// Bytes of a record.
pub const RECORD_BYTES: usize = 208;
/// Records that the ring holds.
const CAPACITY: usize = 4096;
/// Domains that can be traced: those with a number below this.
const DOMAINS: usize = 1024;

/// A record is a request.
pub const REQUEST: u8 = 0;
/// A record is how a call ended.
pub const ANSWER: u8 = 1;

/// One record, as `Audit.trace` hands it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Monotonic time; under a count of instructions, their number.
    pub time_ns: u64,
    /// The sender's process number.
    pub process: u64,
    /// The sender's thread number.
    pub thread: u64,
    /// The sender's domain.
    pub domain: Domain,
    /// The target's label.
    pub label: Label,
    /// The target's interface.
    pub interface: InterfaceNumber,
    /// Method.
    pub method: u8,
    /// [`REQUEST`] or [`ANSWER`].
    pub kind: u8,
    /// Bytes of `data` that count.
    pub shown: u32,
    /// Bytes that were sent, or that came back.
    pub bytes: u64,
    /// Of an answer: 0, the server's error, or minus a `CallError`.
    pub status: i64,
    /// Of a request, the handle that it went to; of an answer, the first one that it brought.
    pub handle: u64,
    /// Words.
    pub words: [u64; 6],
    /// The process's name.
    pub name: [u8; NAME],
    /// The first bytes that were sent, or that came back.
    pub data: [u8; SHOWN],
}

impl Record {
    /// The record as programs read it.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; RECORD_BYTES] {
        let mut bytes = [0; RECORD_BYTES];
        let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
        put(0, &self.time_ns.to_le_bytes());
        put(8, &self.process.to_le_bytes());
        put(16, &self.thread.to_le_bytes());
        put(24, &u32::from(self.domain.0).to_le_bytes());
        put(28, &self.label.0.to_le_bytes());
        put(32, &self.interface.0.to_le_bytes());
        put(34, &[self.method, self.kind]);
        put(36, &self.shown.to_le_bytes());
        put(40, &self.bytes.to_le_bytes());
        put(48, &self.status.to_le_bytes());
        put(56, &self.handle.to_le_bytes());
        for (index, word) in self.words.iter().enumerate() {
            put(64 + index * 8, &word.to_le_bytes());
        }
        put(112, &self.name);
        put(128, &self.data);
        bytes
    }
}

/// What is kept of a traced call until it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traced {
    label: Label,
    interface: InterfaceNumber,
    method: u8,
    /// Where the answer's bytes begin in the caller's memory.
    room: u64,
}

/// The ring, and whom it is about.
#[derive(Debug, Default)]
pub struct Trace {
    /// Traced domains, a bit each; empty where nobody traces.
    domains: Vec<u64>,
    records: VecDeque<Record>,
    lost: u64,
    /// Told when records are there.
    pub event: Option<Ref<Event>>,
}

impl Trace {
    /// Methods that leave the straight path in processes of a domain: none, or all.
    #[inline]
    #[must_use]
    pub fn special(&self, domain: Domain) -> u64 {
        let index = usize::from(domain.0);
        match self.domains.get(index / 64) {
            Some(bits) if bits >> (index % 64) & 1 != 0 => u64::MAX,
            _ => 0,
        }
    }

    /// Traces a domain from now on.
    ///
    /// # Errors
    /// The machine has no memory.
    pub fn add(&mut self, domain: Domain) -> Result<(), OutOfMemory> {
        let index = usize::from(domain.0);
        if index >= DOMAINS {
            return Err(OutOfMemory);
        }
        if self.domains.is_empty() {
            self.domains
                .try_reserve_exact(DOMAINS / 64)
                .map_err(|_| OutOfMemory)?;
            self.records
                .try_reserve_exact(CAPACITY)
                .map_err(|_| OutOfMemory)?;
            self.domains.resize(DOMAINS / 64, 0);
        }
        self.domains[index / 64] |= 1 << (index % 64);
        Ok(())
    }

    /// Adds a record; a full ring drops it and counts.
    pub fn push(&mut self, record: Record) {
        if self.records.len() >= CAPACITY {
            self.lost += 1;
        } else {
            self.records.push_back(record);
        }
    }

    /// A record by its age, left in place.
    #[must_use]
    pub fn peek(&self, index: usize) -> Option<&Record> {
        self.records.get(index)
    }

    /// Takes the oldest records out.
    pub fn consume(&mut self, count: usize) {
        self.records.drain(..count.min(self.records.len()));
    }

    /// Takes the number of records lost since the last call.
    pub fn take_lost(&mut self) -> u64 {
        core::mem::take(&mut self.lost)
    }
}

impl<M: Machine> Kernel<M> {
    /// A message of a traced process. A call that goes on in a further entry is told once.
    #[cold]
    pub(crate) fn trace_request(&mut self, current: Ref<Thread>, slot: &Slot, method: u8) {
        let thread = &self.threads[current];
        // A service that never answers (the end of a signal's handler) leaves what is kept of it behind.
        let goes_on = thread
            .traced
            .is_some_and(|traced| (traced.interface, traced.method) == (slot.interface, method));
        if self.trace.special(self.processes[thread.process].domain) == 0 || goes_on {
            return;
        }
        let frame = &thread.context.frame;
        let (handle, words, bytes) = (frame.rdi, frame.words(), thread.call.gather.total);
        let room = thread.call.scatter.at(0).map_or(0, |segment| segment.address);
        let mut data = [0; SHOWN];
        let shown = self.sent_bytes(current, &mut data);
        self.threads[current].traced = Some(Traced {
            label: slot.label,
            interface: slot.interface,
            method,
            room,
        });
        let record = Record {
            shown: shown as u32,
            bytes,
            handle,
            words,
            data,
            ..self.record_about(current, REQUEST)
        };
        self.tell_tracer(record);
    }

    /// The call of a traced process has ended: its registers say how.
    #[cold]
    pub(crate) fn trace_answer(&mut self, current: Ref<Thread>) {
        let mut record = self.record_about(current, ANSWER);
        let Some(traced) = self.threads[current].traced.take() else {
            return;
        };
        let frame = &self.threads[current].context.frame;
        record.status = frame.rax.cast_signed();
        record.handle = frame.rdi;
        record.bytes = frame.rsi & reply::COPIED_MASK;
        record.words = frame.words();
        let shown = record.bytes.min(SHOWN as u64) as usize;
        let mut data = [0; SHOWN];
        // Memory that cannot be read shows nothing.
        if shown > 0 && self.read_own(current, traced.room, &mut data[..shown]).is_ok() {
            record.shown = shown as u32;
            record.data = data;
        }
        self.tell_tracer(record);
    }

    /// The first bytes that a call sends; answers how many.
    fn sent_bytes(&mut self, current: Ref<Thread>, data: &mut [u8; SHOWN]) -> usize {
        let mut shown = 0;
        while shown < SHOWN
            && let Some(segment) = self.threads[current].call.gather.at(shown as u64)
        {
            let length = segment.length.min((SHOWN - shown) as u64) as usize;
            if self
                .read_own(current, segment.address, &mut data[shown..shown + length])
                .is_err()
            {
                break;
            }
            shown += length;
        }
        shown
    }

    /// What every record about a thread says.
    fn record_about(&self, current: Ref<Thread>, kind: u8) -> Record {
        let thread = &self.threads[current];
        let process = &self.processes[thread.process];
        let traced = thread.traced.unwrap_or(Traced {
            label: Label(0),
            interface: InterfaceNumber(0),
            method: 0,
            room: 0,
        });
        Record {
            time_ns: self.machine.now_ns(),
            process: process.number,
            thread: thread.number,
            domain: process.domain,
            label: traced.label,
            interface: traced.interface,
            method: traced.method,
            kind,
            shown: 0,
            bytes: 0,
            status: 0,
            handle: 0,
            words: [0; 6],
            name: process.name,
            data: [0; SHOWN],
        }
    }

    fn tell_tracer(&mut self, record: Record) {
        self.trace.push(record);
        if let Some(event) = self.trace.event {
            self.fire(event, 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(time_ns: u64) -> Record {
        Record {
            time_ns,
            process: 7,
            thread: 9,
            domain: Domain(3),
            label: Label(5),
            interface: InterfaceNumber(32),
            method: 16,
            kind: ANSWER,
            shown: 2,
            bytes: 1 << 40,
            status: -13,
            handle: 4,
            words: [1, 2, 3, 4, 5, 6],
            name: *b"a name of 16....",
            data: [0xee; SHOWN],
        }
    }

    #[test]
    fn a_record_has_its_fields_where_the_interface_says() {
        let bytes = record(11).to_bytes();
        let word = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
        assert_eq!((word(0), word(8), word(16)), (11, 7, 9));
        assert_eq!(
            (bytes[24], bytes[28], bytes[32], bytes[34], bytes[35], bytes[36]),
            (3, 5, 32, 16, 1, 2)
        );
        assert_eq!(
            (word(40), word(48) as i64, word(56), word(64), word(104)),
            (1 << 40, -13, 4, 1, 6)
        );
        assert_eq!(
            (&bytes[112..128], &bytes[128..]),
            (&b"a name of 16...."[..], &[0xee; SHOWN][..])
        );
    }

    #[test]
    fn nothing_is_special_until_somebody_traces_the_domain() {
        let mut trace = Trace::default();
        assert_eq!(trace.special(Domain(3)), 0);
        trace.add(Domain(3)).unwrap();
        assert_eq!(
            (
                trace.special(Domain(3)),
                trace.special(Domain(2)),
                trace.special(Domain(67))
            ),
            (u64::MAX, 0, 0)
        );
        assert!(trace.add(Domain(DOMAINS as u16)).is_err());
    }

    #[test]
    fn a_full_ring_loses_records_and_says_how_many() {
        let mut trace = Trace::default();
        for time_ns in 0..CAPACITY as u64 + 5 {
            trace.push(record(time_ns));
        }
        assert_eq!((trace.take_lost(), trace.take_lost()), (5, 0));
        trace.consume(2);
        assert_eq!(trace.peek(0).unwrap().time_ns, 2);
    }
}
