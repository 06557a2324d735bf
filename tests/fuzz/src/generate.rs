//! Messages from the interfaces' tables: valid-shaped ones, ones with a flaw, and garbage.
//!
//! A word's value follows its type, and its name where that says what is meant (`address`, `length`, `label`), so that
//! most messages get past the first check and reach the code behind it.

use crate::attempt::Attempt;
use crate::pool::{Held, Pool};
use crate::random::Random;
use alloc::vec::Vec;
use trivet_abi::handle::Handle;
use trivet_abi::message::{Segment, SentHandle, request, sent_handle};
use trivet_abi::{PAGE_SIZE, USER_END};
use trivet_ipc::describe::{Bulk, BulkKind, Interface, Method, Word, WordKind};

/// Bytes of each of the two buffers.
pub const BUFFER: usize = 128 * 1024;
/// Longest wait of a call, in nanoseconds of the guest's clock.
pub const WAIT_NS: u64 = 40_000;

/// Numbers of the kernel's interfaces, as the tables have them.
pub mod number {
    /// AddressSpace
    pub const ADDRESS_SPACE: u16 = 1;
    /// Process
    pub const PROCESS: u16 = 2;
    /// Thread
    pub const THREAD: u16 = 3;
    /// Account
    pub const ACCOUNT: u16 = 4;
    /// Endpoint
    pub const ENDPOINT: u16 = 5;
    /// Memory
    pub const MEMORY: u16 = 7;
}

/// Names that lead somewhere, and some that hardly do.
const PATHS: [&[u8]; 26] = [
    b"/",
    b".",
    b"..",
    b"/tmp",
    b"/tmp/a",
    b"/tmp/b",
    b"/tmp/a/b",
    b"a",
    b"b",
    b"/tmp/../tmp/a",
    b"/etc/passwd",
    b"/bin",
    b"/dev/null",
    b"/proc/self/stat",
    b"/app",
    b"/app/x",
    b"",
    b"//tmp//a//",
    b"/tmp/link",
    b"link/../link",
    b"/boot/policy",
    b"/tmp/a/../../../..",
    b"/dev/console",
    b"visits",
    b"\xff\xfe",
    b"/tmp/\n",
];

/// What is known of the world that messages are made for.
#[derive(Debug)]
pub struct World {
    /// Where chance comes from.
    pub random: Random,
    /// The handles.
    pub pool: Pool,
    /// Memory that may be mapped, unmapped and written by anything: first address and bytes.
    pub arena: (u64, u64),
    /// Where bytes to be sent lie, [`BUFFER`] of them.
    pub send_buffer: Vec<u8>,
    /// Where received bytes go, [`BUFFER`] of them.
    pub room_buffer: Vec<u8>,
    /// The monotonic clock.
    pub now_ns: u64,
    /// The fuzzer's own process number.
    pub process: u64,
    /// Where a thread may begin: it ends itself.
    pub thread_entry: u64,
    /// Where the report goes: no message is sent there.
    pub report: Handle,
}

/// The interface of this number.
#[must_use]
pub fn interface(number: u16) -> Option<&'static Interface> {
    trivet_ipc::INTERFACES
        .iter()
        .find(|interface| interface.number == number)
}

/// The header's field that says for which interface a message is.
fn for_interface(number: u16) -> u64 {
    u64::from(number) << request::INTERFACE_SHIFT
}

/// A method by its numbers.
#[must_use]
pub fn method(interface_number: u16, method: u8) -> Option<&'static Method> {
    interface(interface_number)?
        .methods
        .iter()
        .find(|entry| entry.number == method)
}

impl World {
    /// The next message.
    pub fn attempt(&mut self) -> Attempt {
        if self.random.chance(4) {
            return self.garbage();
        }
        let interfaces = self.pool.interfaces();
        let chosen = self.random.pick(&interfaces).copied().and_then(interface);
        let Some(interface) = chosen else {
            return self.garbage();
        };
        let held = self.pool.of(&mut self.random, interface.number);
        let (Some(method), Some(held)) = (self.random.pick(interface.methods), held) else {
            return self.garbage();
        };
        let mut attempt = self.valid(interface, method, held);
        if self.random.chance(15) {
            self.spoil(&mut attempt);
        }
        attempt
    }

    /// A message of the form that the method asks for.
    pub fn valid(&mut self, interface: &Interface, method: &Method, held: Held) -> Attempt {
        let mut attempt = Attempt {
            handle: held.handle.0,
            interface: interface.number,
            header: u64::from(method.number) | for_interface(interface.number),
            deadline_ns: self.now_ns + 1 + self.random.below(WAIT_NS),
            ..Attempt::default()
        };
        let mut lengths = Vec::new();
        let mut at = 0;
        for bulk in method.sent {
            let length = self.fill(bulk, &mut at);
            let address = self.send_buffer.as_ptr().expose_provenance() as u64 + (at - length) as u64;
            attempt.gather.push(Segment {
                address,
                length: length as u64,
            });
            lengths.push(length as u64);
        }
        let mut room = 0;
        for bulk in method.room {
            let wanted = match bulk.kind {
                BulkKind::Fixed { size } => size,
                BulkKind::Bytes { max } => self.random.below(max.min(0x4000) + 1),
                BulkKind::Values { size, max } => size * self.random.below(max.min(64) + 1),
            };
            let length = wanted.min((BUFFER - room) as u64);
            let address = self.room_buffer.as_ptr().expose_provenance() as u64 + room as u64;
            attempt.scatter.push(Segment { address, length });
            room += length as usize;
        }
        for (place, word) in attempt.words.iter_mut().zip(method.words) {
            *place = match word.kind {
                WordKind::Length(of) => lengths.get(of).copied().unwrap_or(0),
                _ => self.word(interface.number, word),
            };
        }
        if method.handles.max > 0 {
            let count = match method.handles.exact {
                true => u64::from(method.handles.max),
                false => self.random.below(6),
            };
            for _ in 0..count {
                // Most handles that travel are descriptors' objects.
                let handle = match self.random.chance(70) {
                    true => self
                        .pool
                        .of(&mut self.random, 32)
                        .map_or(Handle::NONE, |held| held.handle),
                    false => self.pool.any(&mut self.random),
                };
                attempt.sent.push(SentHandle::from(handle));
            }
        }
        attempt.accept = u32::from(method.reply_handles.max).min(8);
        attempt.accept_flags = self.random.below(4) as u32;
        if self.random.chance(10) {
            attempt.header |= request::INTERRUPTIBLE;
        }
        attempt
    }

    /// Writes a value for `bulk` at `at`; the bytes written.
    fn fill(&mut self, bulk: &Bulk, at: &mut usize) -> usize {
        let start = (*at).min(BUFFER);
        let room = BUFFER - start;
        let length = match bulk.kind {
            BulkKind::Bytes { max } if bulk.is_name && !self.random.chance(8) => {
                let path = self.random.pick(&PATHS).copied().unwrap_or_default();
                let length = path.len().min(room).min(usize::try_from(max).unwrap_or(room));
                self.send_buffer[start..start + length].copy_from_slice(&path[..length]);
                *at = start + length;
                return length;
            }
            BulkKind::Bytes { max } => match self.random.below(12) {
                0 => max.min(BUFFER as u64 / 4),
                1 => max.saturating_add(1).min(BUFFER as u64 / 4),
                _ => self.random.below(max.min(200) + 1),
            },
            BulkKind::Fixed { size } => size,
            BulkKind::Values { size, max } => size * self.random.below(max.min(16) + 1),
        };
        let length = usize::try_from(length).unwrap_or(room).min(room);
        let small = self.random.chance(70);
        for place in self.send_buffer[start..start + length].chunks_mut(4) {
            // Small numbers where a struct's fields are meant, a letter where text is.
            let value = match bulk.kind {
                BulkKind::Bytes { .. } if small => 0x6161_6161,
                _ if small => self.random.below(4) as u32 * (self.random.below(4) as u32 / 2),
                _ => self.random.number() as u32,
            };
            place.copy_from_slice(&value.to_le_bytes()[..place.len()]);
        }
        *at = start + length;
        length
    }

    /// A value for a word.
    fn word(&mut self, interface: u16, word: &Word) -> u64 {
        match word.kind {
            WordKind::Truth => self.random.below(2),
            WordKind::Enum(members) => self.random.pick(members).map_or(0, |member| member.1),
            WordKind::Flags(members) => {
                let mut value = 0;
                for _ in 0..self.random.below(3) {
                    value |= self.random.pick(members).map_or(0, |member| member.1);
                }
                value
            }
            WordKind::Slot => u64::from(self.slot(word.name).0),
            WordKind::Length(_) => 0,
            WordKind::Number { bits, signed } => {
                let value = self.number(interface, word.name);
                // A word of a narrow type is extended as the stubs do it.
                let shift = 64 - u32::from(bits.clamp(1, 64));
                match signed {
                    true => (value.cast_signed() << shift >> shift).cast_unsigned(),
                    false => value << shift >> shift,
                }
            }
        }
    }

    /// A handle for the argument of this name.
    fn slot(&mut self, name: &str) -> Handle {
        let wanted = match name {
            "space" => number::ADDRESS_SPACE,
            "memory" | "source" | "target" | "image" => number::MEMORY,
            "endpoint" => number::ENDPOINT,
            "parent" | "donor" | "old" => number::PROCESS,
            _ => 0,
        };
        match self.pool.of(&mut self.random, wanted) {
            Some(held) => held.handle,
            None => self.pool.any(&mut self.random),
        }
    }

    /// A number for the argument of this name.
    fn number(&mut self, interface: u16, name: &str) -> u64 {
        let page = PAGE_SIZE as u64;
        match name {
            "entry" => self.thread_entry,
            "address" | "new_address" | "stack" | "cleared" | "head" | "frame" | "handles_address"
            | "thread_pointer" | "unmap_address" => self.address(),
            "target" if interface == number::ADDRESS_SPACE => self.address(),
            "length" | "new_length" | "size" | "unmap" | "stack_length" => match self.random.below(6) {
                0 => self.random.below(3 * page),
                _ => page * (1 + self.random.below(16)),
            },
            "offset" | "memory_offset" | "source_offset" | "target_offset" => match self.random.below(4) {
                0 => self.random.below(3 * page),
                _ => page * self.random.below(4),
            },
            "handle" | "source" | "first" | "last" | "member" if interface < 32 => match self.random.below(4)
            {
                0 => self.random.below(64),
                _ => u64::from(self.pool.any(&mut self.random).0),
            },
            "deadline_ns" => self.now_ns + 1 + self.random.below(WAIT_NS),
            "label" | "program" => u64::from(self.pool.label(&mut self.random)),
            "interface" => 1 + self.random.below(45),
            "method" => self.random.below(62),
            "number" | "process" | "group" | "session" => match self.random.below(3) {
                0 => self.process,
                _ => self.random.below(12),
            },
            "count" | "move_count" | "wake" | "pages" => self.random.below(300),
            "limit" | "descriptors" | "threads" => 64 + self.random.below(512),
            "bitset" | "mask" => self.random.number(),
            "expected" => 0,
            _ => self.any_number(),
        }
    }

    /// An address in the arena, mostly on a page's border.
    fn address(&mut self) -> u64 {
        let (base, length) = self.arena;
        let page = PAGE_SIZE as u64;
        match self.random.below(10) {
            0 => base + self.random.below(length),
            1 => 0,
            _ => base + page * self.random.below(length / page),
        }
    }

    /// A number that is at some border.
    fn any_number(&mut self) -> u64 {
        let bit = 1u64 << self.random.below(64);
        match self.random.below(10) {
            0..=5 => self.random.below(16),
            6 => bit,
            7 => bit.wrapping_sub(1),
            8 => u64::MAX - self.random.below(3),
            _ => self.random.number(),
        }
    }

    /// An address that nobody may be given.
    fn bad_address(&mut self) -> u64 {
        let list = [
            0,
            8,
            USER_END - 1,
            USER_END,
            0x0000_8000_0000_0000,
            0xffff_8000_0000_0000,
            0xffff_ffff_8000_0000,
            u64::MAX - 7,
            u64::MAX,
            1 << 63,
        ];
        self.random.pick(&list).copied().unwrap_or(0)
    }

    /// Gives a message a flaw.
    fn spoil(&mut self, attempt: &mut Attempt) {
        match self.random.below(10) {
            0 => {
                attempt.handle = self.pool.forged(&mut self.random).0;
                attempt.interface = 0;
            }
            1 => {
                attempt.handle = self.pool.any(&mut self.random).0;
                attempt.interface = self
                    .pool
                    .find(Handle(attempt.handle))
                    .map_or(0, |held| held.interface);
            }
            2 => {
                let address = self.bad_address();
                let length = self.any_number();
                match self.random.chance(50) {
                    true => attempt.gather.push(Segment { address, length }),
                    false => attempt.scatter.push(Segment { address, length }),
                }
            }
            3 => {
                let mask = self.random.number();
                let handle = self.pool.forged(&mut self.random);
                let flags = self.random.below(8) as u32 & !sent_handle::MOVE;
                attempt.sent.push(SentHandle { handle, flags, mask });
            }
            4 => attempt.header |= 1 << (16 + self.random.below(48)),
            5 => attempt.header = (attempt.header & !request::METHOD_MASK) | self.random.below(256),
            6 => attempt.gather.clear(),
            7 => attempt.scatter.clear(),
            _ => {
                let at = self.random.index(attempt.words.len());
                attempt.words[at] = self.any_number();
            }
        }
    }

    /// A message that follows no table.
    fn garbage(&mut self) -> Attempt {
        let handle = match self.random.chance(50) {
            true => self.pool.any(&mut self.random),
            false => self.pool.forged(&mut self.random),
        };
        let interface = self.pool.find(handle).map_or(0, |held| held.interface);
        let mut words = [0; 6];
        for word in &mut words {
            *word = self.any_number();
        }
        let mut attempt = Attempt {
            handle: handle.0,
            interface,
            header: self.random.number() & (request::METHOD_MASK | request::INTERRUPTIBLE)
                | for_interface(interface),
            words,
            deadline_ns: self.now_ns + 1 + self.random.below(WAIT_NS),
            accept: self.random.below(4) as u32,
            accept_flags: self.random.below(8) as u32,
            ..Attempt::default()
        };
        for _ in 0..self.random.below(4) {
            let length = self.random.below(0x2000);
            let offset = self.random.below(BUFFER as u64 - 0x2000);
            let address = self.send_buffer.as_ptr().expose_provenance() as u64 + offset;
            attempt.gather.push(Segment { address, length });
            let address = self.room_buffer.as_ptr().expose_provenance() as u64 + offset;
            attempt.scatter.push(Segment { address, length });
        }
        attempt
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use alloc::vec;

    pub(crate) fn world(seed: u64) -> World {
        let mut pool = Pool::default();
        let mut random = Random::new(seed);
        for (at, interface) in [1u16, 2, 3, 4, 7, 12, 13, 14, 17, 32, 33, 40]
            .into_iter()
            .enumerate()
        {
            let handle = Handle::own(at as u32, 0);
            let held = Held {
                handle,
                interface,
                label: 3,
                keep: true,
                own_making: false,
            };
            pool.add(&mut random, held);
        }
        World {
            random,
            pool,
            arena: (0x7000_0000_0000, 1 << 20),
            send_buffer: vec![0; BUFFER],
            room_buffer: vec![0; BUFFER],
            now_ns: 1_000_000,
            process: 5,
            thread_entry: 0x1000,
            report: Handle::NONE,
        }
    }

    #[test]
    fn a_seed_makes_the_same_messages_again() {
        let list = |seed| {
            let mut world = world(seed);
            let mut list = Vec::new();
            for _ in 0..500 {
                let attempt = world.attempt();
                list.push((
                    attempt.handle,
                    attempt.header,
                    attempt.words,
                    attempt.gather.len(),
                    attempt.sent,
                ));
            }
            list
        };
        assert_eq!(list(11), list(11));
        assert_ne!(list(11), list(12));
    }

    #[test]
    fn bytes_lie_in_the_buffers_unless_they_are_spoilt() {
        let mut world = world(3);
        for interface in trivet_ipc::INTERFACES {
            for method in interface.methods {
                let held = Held {
                    handle: Handle(1),
                    interface: interface.number,
                    label: 0,
                    keep: true,
                    own_making: false,
                };
                let attempt = world.valid(interface, method, held);
                for (list, buffer) in [
                    (&attempt.gather, &world.send_buffer),
                    (&attempt.scatter, &world.room_buffer),
                ] {
                    let start = buffer.as_ptr().expose_provenance() as u64;
                    for segment in list {
                        assert!(
                            segment.address >= start
                                && segment.address + segment.length <= start + BUFFER as u64
                        );
                    }
                }
                assert_eq!(attempt.gather.len(), method.sent.len());
                assert_eq!(attempt.method(), method.number);
            }
        }
    }

    #[test]
    fn every_method_of_a_held_interface_is_tried() {
        let mut world = world(5);
        let mut seen = alloc::collections::BTreeSet::new();
        for _ in 0..20_000 {
            let attempt = world.attempt();
            seen.insert((attempt.interface, attempt.method()));
        }
        for number in world.pool.interfaces() {
            for method in interface(number).expect("the table has it").methods {
                assert!(
                    seen.contains(&(number, method.number)),
                    "{number}.{}",
                    method.name
                );
            }
        }
    }
}
