//! What the allocator holds: mallinfo, malloc_stats, malloc_trim, mallopt. glibc <malloc.h>.

use super::heap;
use super::segment::*;
use super::span::{RETAIN, shared};
use crate::seam::{Console, System};
use crate::types::*;
use core::sync::atomic::Ordering;

/// Bytes and counts of everything shared.
pub struct Statistics {
    /// Bytes promised by the system, huge blocks apart.
    pub committed: usize,
    /// Bytes of blocks in use, huge blocks apart.
    pub used: usize,
    /// Bytes of unused slices that could be given back.
    pub retained: usize,
    /// Huge blocks.
    pub huge_count: usize,
    /// Their bytes.
    pub huge: usize,
}

/// Counts. Pages of other threads are counted as they are just now.
pub fn gather() -> Statistics {
    let shared = shared();
    let mut found = Statistics {
        committed: 0,
        used: 0,
        retained: shared.retained,
        huge_count: shared.huge_count,
        huge: shared.huge,
    };
    let mut segment = shared.segments;
    // SAFETY: segments in the list are live while the lock is held.
    unsafe {
        while !segment.is_null() {
            found.committed += HEAD_SIZE + (*segment).committed.get().count_ones() as usize * SLICE_SIZE;
            for page in &(*segment).pages {
                found.used += match page.kind.get() {
                    SMALL => page.used.load(Ordering::Relaxed) as usize * page.block_size.get(),
                    LARGE => page.block_size.get(),
                    _ => 0,
                };
            }
            segment = (*segment).next.get();
        }
    }
    found
}

/// C's `struct mallinfo2`; `struct mallinfo` has ints.
#[repr(C)]
pub struct Information<T> {
    arena: T,
    ordblks: T,
    smblks: T,
    hblks: T,
    hblkhd: T,
    usmblks: T,
    fsmblks: T,
    uordblks: T,
    fordblks: T,
    keepcost: T,
}

impl<T> Information<T> {
    fn gather(convert: impl Fn(usize) -> T) -> Information<T> {
        let found = gather();
        Information {
            arena: convert(found.committed),
            ordblks: convert(found.committed.saturating_sub(found.used) / SLICE_SIZE),
            smblks: convert(0),
            hblks: convert(found.huge_count),
            hblkhd: convert(found.huge),
            usmblks: convert(0),
            fsmblks: convert(0),
            uordblks: convert(found.used),
            fordblks: convert(found.committed.saturating_sub(found.used)),
            keepcost: convert(found.retained),
        }
    }
}

const M_MXFAST: c_int = 1;
const M_TRIM_THRESHOLD: c_int = -1;
const M_ARENA_MAX: c_int = -8;
const M_PERTURB: c_int = -6;

/// Writes a number in decimal; what of `buffer` it took.
fn decimal(mut number: usize, buffer: &mut [u8; 20]) -> &[u8] {
    let mut first = buffer.len();
    loop {
        first -= 1;
        buffer[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return &buffer[first..];
        }
    }
}

crate::export! {
    /// What the allocator holds. glibc `mallinfo2`.
    pub unsafe extern "C" fn mallinfo2() -> Information<usize> {
        Information::gather(|bytes| bytes)
    }

    /// What the allocator holds, in ints that may overflow. System V `mallinfo`.
    pub unsafe extern "C" fn mallinfo() -> Information<c_int> {
        Information::gather(|bytes| bytes as c_int)
    }

    /// Gives unused memory back to the system, all but `pad` bytes; 1 if there was any. glibc `malloc_trim`.
    pub unsafe extern "C" fn malloc_trim(pad: size_t) -> c_int {
        let own = heap::own();
        // SAFETY: the heap is the calling thread's.
        unsafe {
            if !own.is_null() {
                (*own).drain();
            }
            let mut shared = shared();
            if !own.is_null() {
                (*own).release_empty(&mut shared);
            }
            let before = shared.retained;
            shared.shrink(pad);
            (shared.retained < before).into()
        }
    }

    /// Sets how much unused memory is kept (M_TRIM_THRESHOLD). Other parameters tune what does not exist here:
    /// known ones are accepted, M_PERTURB and unknown ones refused with 0. System V `mallopt`.
    pub unsafe extern "C" fn mallopt(parameter: c_int, value: c_int) -> c_int {
        match parameter {
            M_TRIM_THRESHOLD => {
                RETAIN.store(value.max(0) as usize, Ordering::Relaxed);
                1
            }
            M_PERTURB => 0,
            M_ARENA_MAX..=M_MXFAST if parameter != 0 => 1,
            _ => 0,
        }
    }

    /// Writes what the allocator holds to standard error. glibc `malloc_stats`.
    pub unsafe extern "C" fn malloc_stats() {
        let found = gather();
        let lines: [(&[u8], usize); 4] = [
            (b"system bytes     = ", found.committed),
            (b"in use bytes     = ", found.used),
            (b"max mmap regions = ", found.huge_count),
            (b"max mmap bytes   = ", found.huge),
        ];
        for (name, number) in lines {
            System::emergency(name);
            System::emergency(decimal(number, &mut [0; 20]));
            System::emergency(b"\n");
        }
    }
}
