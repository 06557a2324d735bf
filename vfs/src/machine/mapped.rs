//! Memory that others fill and this server only reads: the boot archive, the clock page, the credentials.

use crate::credentials::Credentials;
use core::mem::offset_of;
use core::pin::pin;
use core::sync::atomic::{AtomicU32, Ordering, fence};
use core::task::{Context, Poll, Waker};
use trivet_abi::clock::ClockPage;
use trivet_abi::credentials::Row;
use trivet_abi::handle::Handle;
use trivet_ipc::memory::Info;
use trivet_ipc::shared::MapFlags;

/// A mapped Memory, readable.
#[derive(Clone, Copy, Debug)]
pub struct Mapped {
    address: usize,
    length: usize,
}

impl Mapped {
    /// Maps all of `memory`.
    pub fn memory(memory: Handle) -> Option<Mapped> {
        let mut info = Info::default();
        trivet_ipc::memory::info(memory, &mut info).ok()?;
        let address =
            trivet_ipc::memory::map_read(memory, Handle::ADDRESS_SPACE, 0, info.size, 0, MapFlags::EMPTY);
        let address = usize::try_from(address.ok()?)
            .ok()
            .filter(|&address| address != 0)?;
        Some(Mapped {
            address,
            length: usize::try_from(info.size).ok()?,
        })
    }

    /// The bytes, of memory that nobody ever writes again.
    pub fn leak(self) -> &'static [u8] {
        let pointer = core::ptr::with_exposed_provenance::<u8>(self.address);
        // SAFETY: the kernel mapped so many bytes there, readable, and nothing unmaps them; the caller uses it for the boot archive, whose
        // pages nobody can write.
        unsafe { core::slice::from_raw_parts(pointer, self.length) }
    }

    /// Reads a value at `offset`, while others may be writing it.
    fn read<T: Copy + Plain>(&self, offset: usize) -> Option<T> {
        let end = offset.checked_add(size_of::<T>())?;
        let pointer = core::ptr::with_exposed_provenance::<T>(self.address.checked_add(offset)?);
        if end > self.length || !pointer.is_aligned() {
            return None;
        }
        // SAFETY: the place lies inside the mapping and is aligned; every bit pattern is a value of the plain types below. A writer in
        // between may tear the value, which the callers expect.
        Some(unsafe { pointer.read_volatile() })
    }

    /// A row of the credentials table.
    pub fn row(&self, number: u32) -> Option<Row> {
        self.read((number as usize).checked_mul(Row::SIZE)?)
    }

    /// Who a row is for files, by its effective ids or by its real ones. Field by field: a row has no supplementary groups more often than it
    /// has some.
    #[inline]
    pub fn caller(&self, number: u32, real: bool) -> Option<Credentials> {
        let row = (number as usize).checked_mul(Row::SIZE)?;
        let field = |offset: usize| self.read::<u32>(row.checked_add(offset)?);
        let (user, group) = if real {
            (offset_of!(Row, real_user), offset_of!(Row, real_group))
        } else {
            (offset_of!(Row, file_user), offset_of!(Row, file_group))
        };
        let mut credentials = Credentials::new(field(user)?, field(group)?, &[]);
        if field(offset_of!(Row, group_count))? != 0 {
            credentials = Credentials::new(
                credentials.user,
                credentials.group,
                self.row(number)?.supplementary(),
            );
        }
        credentials.root = self.read(row.checked_add(offset_of!(Row, root))?)?;
        Some(credentials)
    }

    /// Bytes that a file may have by what a process with this row writes.
    #[inline]
    pub fn file_size_limit(&self, number: u32) -> u64 {
        let place = (number as usize)
            .checked_mul(Row::SIZE)
            .and_then(|row| row.checked_add(offset_of!(Row, file_size_bound)));
        // Of no limit, 0 less one is all that there is.
        place
            .and_then(|place| self.read::<u64>(place))
            .map_or(0, |bound| bound.wrapping_sub(1))
    }

    /// Session and group of a row; a free row has neither.
    pub fn job(&self, number: u32) -> Option<(u64, u64)> {
        let row = (number as usize).checked_mul(Row::SIZE)?;
        let session = self.read(row.checked_add(offset_of!(Row, session))?)?;
        let group = self.read(row.checked_add(offset_of!(Row, group))?)?;
        Some((session, group))
    }

    /// Monotonic and real time by the clock page, in nanoseconds.
    pub fn clock(&self) -> Option<(u64, u64)> {
        let sequence = core::ptr::with_exposed_provenance::<AtomicU32>(self.address);
        // SAFETY: the page begins with its sequence number, aligned, and stays mapped.
        let sequence = unsafe { &*sequence };
        loop {
            let before = sequence.load(Ordering::Acquire);
            let page: ClockPage = self.read(0)?;
            // SAFETY: reading the time stamp counter has no effect on memory.
            let ticks = unsafe { core::arch::x86_64::_rdtsc() };
            fence(Ordering::Acquire);
            if before.is_multiple_of(2) && before == sequence.load(Ordering::Relaxed) {
                let elapsed = u128::from(ticks.saturating_sub(page.base_ticks));
                let monotonic = page
                    .base_ns
                    .wrapping_add(((elapsed * u128::from(page.ns_per_tick)) >> 32) as u64);
                return Some((monotonic, monotonic.wrapping_add_signed(page.wall_offset_ns)));
            }
        }
    }
}

/// Types of which every bit pattern is a value.
trait Plain {}
impl Plain for u32 {}
impl Plain for u64 {}
impl Plain for Row {}
impl Plain for ClockPage {}

/// The value of a future that never waits.
pub fn ready<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
