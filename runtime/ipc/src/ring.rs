//! A ring of bytes in shared memory: one writer, one reader, and neither trusts the other.
//!
//! The writer has a page for its [`Control`] and, behind it, the data pages; the reader has a page for its own. Each side maps the
//! other's pages read-only, so that neither changes what the other keeps. An index counts bytes since the beginning; a
//! position is an index modulo the length. Each side keeps its own index outside of the shared memory and checks the
//! peer's at each use: one that is out of range is [`Broken`].
//!
//! Waiting goes by messages (`ConsoleChannel.wait`). Whoever finds the ring empty or full calls `prepare_to_wait`, which
//! looks once more; the peer asks `peer_waits` after it moved its index. So no wake is lost, which a model shows under
//! `--cfg loom`.

#[cfg(not(loom))]
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};
#[cfg(loom)]
use loom::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};

/// What one side says to the other, at the start of its page.
#[derive(Debug, Default)]
#[repr(C)]
pub struct Control {
    /// Bytes that this side has written or read since the beginning.
    index: AtomicU64,
    /// Not 0: this side waits for the other's index to move.
    waits: AtomicU32,
}

/// The peer's index is out of range: it does not keep to the protocol, and the ring is of no more use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

/// Where the ring's bytes lie. The peer may change or read them at any time.
pub trait Data {
    /// Bytes that fit; a power of two.
    fn length(&self) -> u64;
    /// Copies out from `position` on; the range is within the length.
    fn read(&self, position: u64, into: &mut [u8]);
    /// Copies in from `position` on; the range is within the length.
    fn write(&self, position: u64, from: &[u8]);
}

/// The two parts of a range that wraps at the end of the data.
fn parts(index: u64, length: u64, count: usize) -> (u64, usize) {
    let position = index & (length - 1);
    let first = usize::try_from(length - position)
        .unwrap_or(usize::MAX)
        .min(count);
    (position, first)
}

/// Bytes between two indices, when that is possible.
fn distance(writer: u64, reader: u64, length: u64) -> Result<u64, Broken> {
    let used = writer.wrapping_sub(reader);
    if used > length { Err(Broken) } else { Ok(used) }
}

/// The side that writes.
#[derive(Debug)]
pub struct Writer<'m, D> {
    own: &'m Control,
    peer: &'m Control,
    data: D,
    index: u64,
}

impl<'m, D: Data> Writer<'m, D> {
    /// The writer of a fresh ring. `data`'s length must be a power of two.
    #[must_use]
    pub fn new(own: &'m Control, peer: &'m Control, data: D) -> Option<Writer<'m, D>> {
        data.length().is_power_of_two().then_some(Writer {
            own,
            peer,
            data,
            index: 0,
        })
    }

    /// Bytes that can be written now.
    pub fn room(&self) -> Result<u64, Broken> {
        let reader = self.peer.index.load(Ordering::Acquire);
        Ok(self.data.length() - distance(self.index, reader, self.data.length())?)
    }

    /// Writes as much as there is room for; answers how many bytes.
    pub fn write(&mut self, bytes: &[u8]) -> Result<usize, Broken> {
        let count = usize::try_from(self.room()?)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        let (position, first) = parts(self.index, self.data.length(), count);
        self.data.write(position, &bytes[..first]);
        self.data.write(0, &bytes[first..count]);
        self.index = self.index.wrapping_add(count as u64);
        // The bytes are seen by whoever sees the index.
        self.own.index.store(self.index, Ordering::Release);
        Ok(count)
    }

    /// Says that the writer waits for room, and looks once more: true when it is to wait, false when there is room.
    pub fn prepare_to_wait(&self) -> Result<bool, Broken> {
        self.own.waits.store(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        Ok(self.room()? == 0)
    }

    /// Says that the writer waits no more.
    pub fn stop_waiting(&self) {
        self.own.waits.store(0, Ordering::Relaxed);
    }

    /// Whether the reader waits and must be told that the index moved.
    #[must_use]
    pub fn peer_waits(&self) -> bool {
        fence(Ordering::SeqCst);
        self.peer.waits.load(Ordering::Relaxed) != 0
    }
}

/// The side that reads.
#[derive(Debug)]
pub struct Reader<'m, D> {
    own: &'m Control,
    peer: &'m Control,
    data: D,
    index: u64,
}

impl<'m, D: Data> Reader<'m, D> {
    /// The reader of a fresh ring. `data`'s length must be a power of two.
    #[must_use]
    pub fn new(own: &'m Control, peer: &'m Control, data: D) -> Option<Reader<'m, D>> {
        data.length().is_power_of_two().then_some(Reader {
            own,
            peer,
            data,
            index: 0,
        })
    }

    /// Bytes that can be read now.
    pub fn available(&self) -> Result<u64, Broken> {
        let writer = self.peer.index.load(Ordering::Acquire);
        distance(writer, self.index, self.data.length())
    }

    /// Reads as much as there is; answers how many bytes. They are the caller's own copy: the writer may change its
    /// pages at any time.
    pub fn read(&mut self, into: &mut [u8]) -> Result<usize, Broken> {
        let count = usize::try_from(self.available()?)
            .unwrap_or(usize::MAX)
            .min(into.len());
        let (position, first) = parts(self.index, self.data.length(), count);
        self.data.read(position, &mut into[..first]);
        self.data.read(0, &mut into[first..count]);
        self.index = self.index.wrapping_add(count as u64);
        // The copies are done before the writer sees that there is room.
        self.own.index.store(self.index, Ordering::Release);
        Ok(count)
    }

    /// Says that the reader waits for bytes, and looks once more: true when it is to wait, false when there are some.
    pub fn prepare_to_wait(&self) -> Result<bool, Broken> {
        self.own.waits.store(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        Ok(self.available()? == 0)
    }

    /// Says that the reader waits no more.
    pub fn stop_waiting(&self) {
        self.own.waits.store(0, Ordering::Relaxed);
    }

    /// Whether the writer waits and must be told that the index moved.
    #[must_use]
    pub fn peer_waits(&self) -> bool {
        fence(Ordering::SeqCst);
        self.peer.waits.load(Ordering::Relaxed) != 0
    }
}

#[cfg(not(loom))]
pub use mapped::{MappedData, control_at};

/// The ring's memory as it is mapped in a process.
#[cfg(not(loom))]
#[allow(unsafe_code, reason = "memory that another process shares")]
mod mapped {
    use core::arch::asm;
    use core::ptr::NonNull;

    use super::{Control, Data};

    /// Bytes that are shared with another process.
    #[derive(Debug)]
    pub struct MappedData {
        start: NonNull<u8>,
        length: usize,
    }

    impl MappedData {
        /// The data pages of a ring.
        ///
        /// # Safety
        /// As many bytes are mapped there as long as the value lives, readable, and writable for a writer. No reference to
        /// them is made meanwhile: they are only ever touched through rings.
        #[must_use]
        pub unsafe fn new(start: NonNull<u8>, length: usize) -> MappedData {
            MappedData { start, length }
        }

        /// Checks a range, and answers its address.
        fn at(&self, position: u64, count: usize) -> *mut u8 {
            let position = usize::try_from(position).unwrap_or(usize::MAX);
            assert!(
                position <= self.length && count <= self.length - position,
                "a ring stays within its data"
            );
            self.start.as_ptr().wrapping_add(position)
        }
    }

    /// Copies bytes of which the peer may change or read any at the same time: the copy is made by instructions that the
    /// compiler does not look into, so that it assumes nothing of the bytes.
    ///
    /// # Safety
    /// Both ranges are mapped and do not overlap; `to` is writable and nothing borrows it.
    unsafe fn copy(from: *const u8, to: *mut u8, count: usize) {
        // SAFETY: as the caller vouches; the direction flag is clear by the calling convention. Eight bytes at a time,
        // then the rest.
        unsafe {
            asm!(
                "rep movsq",
                "mov rcx, {rest}",
                "rep movsb",
                rest = in(reg) count % 8,
                inout("rcx") count / 8 => _,
                inout("rsi") from => _,
                inout("rdi") to => _,
                options(nostack, preserves_flags),
            );
        }
    }

    impl Data for MappedData {
        fn length(&self) -> u64 {
            self.length as u64
        }

        fn read(&self, position: u64, into: &mut [u8]) {
            let from = self.at(position, into.len());
            // SAFETY: the range was checked; `into` is the caller's own memory.
            unsafe { copy(from, into.as_mut_ptr(), into.len()) };
        }

        fn write(&self, position: u64, from: &[u8]) {
            let to = self.at(position, from.len());
            // SAFETY: the range was checked; `from` is the caller's own memory.
            unsafe { copy(from.as_ptr(), to, from.len()) };
        }
    }

    /// The control block at the start of a mapped page.
    ///
    /// # Safety
    /// A page is mapped there for `'m`, writable if it is the caller's own side, and touched only through the reference.
    #[must_use]
    pub unsafe fn control_at<'m>(page: NonNull<u8>) -> &'m Control {
        // SAFETY: a page is large and aligned enough, and any bytes are a control block, whose fields are atomic.
        unsafe { page.cast::<Control>().as_ref() }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use core::ptr::NonNull;
    use proptest::prelude::*;
    use std::vec::Vec;

    /// A ring over memory of the test's own, which lives as long as the test process.
    fn ring(
        length: usize,
    ) -> (
        Writer<'static, MappedData>,
        Reader<'static, MappedData>,
        [&'static Control; 2],
    ) {
        let writer: &'static Control = std::boxed::Box::leak(std::boxed::Box::default());
        let reader: &'static Control = std::boxed::Box::leak(std::boxed::Box::default());
        let memory = NonNull::from(std::boxed::Box::leak(std::vec![0u8; length].into_boxed_slice())).cast();
        #[allow(unsafe_code, reason = "as in a server")]
        // SAFETY: the memory was leaked, and only the ring touches it.
        let data = || unsafe { MappedData::new(memory, length) };
        let sides = (
            Writer::new(writer, reader, data()),
            Reader::new(reader, writer, data()),
        );
        (
            sides.0.expect("a power of two"),
            sides.1.expect("a power of two"),
            [writer, reader],
        )
    }

    #[test]
    fn the_control_block_has_the_layout_that_both_sides_carry() {
        assert_eq!((size_of::<Control>(), align_of::<Control>()), (16, 8));
        assert_eq!(core::mem::offset_of!(Control, waits), 8);
    }

    #[test]
    fn a_full_ring_takes_nothing_and_an_empty_one_gives_nothing() {
        let (mut writer, mut reader, _) = ring(16);
        assert_eq!(writer.write(&[1; 20]), Ok(16));
        assert_eq!((writer.write(&[2]), writer.prepare_to_wait()), (Ok(0), Ok(true)));
        let mut bytes = [0; 20];
        assert_eq!(reader.read(&mut bytes), Ok(16));
        assert!(reader.peer_waits());
        assert_eq!(
            (reader.read(&mut bytes), reader.prepare_to_wait()),
            (Ok(0), Ok(true))
        );
        assert!(writer.peer_waits());
        reader.stop_waiting();
        assert!(!writer.peer_waits());
    }

    #[test]
    fn a_length_that_is_no_power_of_two_makes_no_ring() {
        let control = Control::default();
        let mut bytes = [0u8; 12];
        #[allow(unsafe_code, reason = "as in a server")]
        // SAFETY: the bytes live longer than the value, and nothing else touches them.
        let data = unsafe { MappedData::new(NonNull::from(&mut bytes).cast(), 12) };
        assert!(Writer::new(&control, &control, data).is_none());
    }

    proptest! {
        #[test]
        fn bytes_arrive_in_their_order(
            steps in prop::collection::vec((any::<bool>(), 0usize..40), 0..200)
        ) {
            let (mut writer, mut reader, _) = ring(32);
            let (mut written, mut read) = (Vec::new(), Vec::new());
            for (writes, count) in steps {
                if writes {
                    let bytes: Vec<u8> = (0..count).map(|at| (written.len() + at) as u8).collect();
                    let taken = writer.write(&bytes).unwrap();
                    written.extend_from_slice(&bytes[..taken]);
                } else {
                    let mut bytes = std::vec![0; count];
                    let got = reader.read(&mut bytes).unwrap();
                    read.extend_from_slice(&bytes[..got]);
                }
                prop_assert!(written.len() - read.len() <= 32);
            }
            prop_assert_eq!(&read[..], &written[..read.len()]);
        }

        #[test]
        fn any_index_of_the_peer_is_refused_or_in_range(index in any::<u64>(), count in 0usize..64) {
            let (mut writer, mut reader, [writer_control, reader_control]) = ring(32);
            writer.write(&[7; 20]).unwrap();
            reader_control.index.store(index, Ordering::Relaxed);
            match writer.write(&std::vec![1; count]) {
                Ok(taken) => prop_assert!(taken <= 32),
                Err(Broken) => prop_assert!(index > 20 || index.wrapping_add(32) < 20),
            }
            writer_control.index.store(index, Ordering::Relaxed);
            match reader.read(&mut std::vec![0; count]) {
                Ok(got) => prop_assert!(got <= 32 && index <= 32),
                Err(Broken) => prop_assert!(index > 32),
            }
        }
    }
}

#[cfg(all(test, loom))]
mod models {
    use super::*;
    use loom::sync::Arc;
    use loom::sync::atomic::AtomicU8;

    /// Bytes whose every access is one that a model may order.
    struct ModelData(Arc<[AtomicU8; 2]>);

    impl Data for ModelData {
        fn length(&self) -> u64 {
            2
        }
        fn read(&self, position: u64, into: &mut [u8]) {
            for (at, byte) in into.iter_mut().enumerate() {
                *byte = self.0[position as usize + at].load(Ordering::Relaxed);
            }
        }
        fn write(&self, position: u64, from: &[u8]) {
            for (at, byte) in from.iter().enumerate() {
                self.0[position as usize + at].store(*byte, Ordering::Relaxed);
            }
        }
    }

    struct Model {
        writer: Control,
        reader: Control,
        data: Arc<[AtomicU8; 2]>,
    }

    fn model() -> Arc<Model> {
        let control = || Control {
            index: AtomicU64::new(0),
            waits: AtomicU32::new(0),
        };
        let data = Arc::new([AtomicU8::new(0), AtomicU8::new(0)]);
        Arc::new(Model {
            writer: control(),
            reader: control(),
            data,
        })
    }

    #[test]
    fn the_reader_sees_the_bytes_that_the_index_promises() {
        loom::model(|| {
            let model = model();
            let other = model.clone();
            let writing = loom::thread::spawn(move || {
                let data = ModelData(other.data.clone());
                let mut writer = Writer::new(&other.writer, &other.reader, data).unwrap();
                let mut left: &[u8] = &[1, 2, 3];
                for _ in 0..2 {
                    let taken = writer.write(left).unwrap();
                    left = &left[taken..];
                }
                3 - left.len()
            });
            let data = ModelData(model.data.clone());
            let mut reader = Reader::new(&model.reader, &model.writer, data).unwrap();
            let mut bytes = [0; 4];
            let mut got = reader.read(&mut bytes).unwrap();
            got += reader.read(&mut bytes[got..]).unwrap();
            let written = writing.join().unwrap();
            got += reader.read(&mut bytes[got..]).unwrap();
            assert_eq!(got, written);
            assert_eq!(&bytes[..got], &[1, 2, 3][..got]);
        });
    }

    #[test]
    fn a_reader_that_waits_is_told() {
        loom::model(|| {
            let model = model();
            let other = model.clone();
            let writing = loom::thread::spawn(move || {
                let data = ModelData(other.data.clone());
                let mut writer = Writer::new(&other.writer, &other.reader, data).unwrap();
                writer.write(&[1]).unwrap();
                writer.peer_waits()
            });
            let data = ModelData(model.data.clone());
            let reader = Reader::new(&model.reader, &model.writer, data).unwrap();
            let waits = reader.prepare_to_wait().unwrap();
            let told = writing.join().unwrap();
            assert!(!waits || told);
        });
    }

    #[test]
    fn a_writer_that_waits_is_told() {
        loom::model(|| {
            let model = model();
            let data = ModelData(model.data.clone());
            let mut writer = Writer::new(&model.writer, &model.reader, data).unwrap();
            writer.write(&[1, 2]).unwrap();
            let other = model.clone();
            let reading = loom::thread::spawn(move || {
                let data = ModelData(other.data.clone());
                let mut reader = Reader::new(&other.reader, &other.writer, data).unwrap();
                reader.read(&mut [0]).unwrap();
                reader.peer_waits()
            });
            let waits = writer.prepare_to_wait().unwrap();
            let told = reading.join().unwrap();
            assert!(!waits || told);
        });
    }
}
