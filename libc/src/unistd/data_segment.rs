//! `brk` and `sbrk`: the data segment of older systems. BSD.
//!
//! Nothing of this library uses it. A program that asks gets a region of addresses that is reserved with the first call; its pages
//! become memory as the end moves over them.

use crate::errno::{Errno, Result, returned_status, set_errno};
use crate::lock::Lock;
use crate::seam::{Memory, System};
use crate::types::*;
use core::ptr;

/// Addresses that are reserved: what the end can move over.
const RESERVED: usize = 1 << 30;
const PAGE: usize = 4096;
const PROT_NONE: c_int = 0;
const PROT_READ_WRITE: c_int = 1 | 2;
const MAP_PRIVATE_ANONYMOUS_NORESERVE: c_int = 2 | 0x20 | 0x4000;

struct Segment {
    /// Where it begins; 0 before the first call.
    start: usize,
    /// Its end, as the program set it.
    end: usize,
    /// The end of the pages that are memory.
    committed: usize,
}

static SEGMENT: Lock<Segment> = Lock::new(Segment {
    start: 0,
    end: 0,
    committed: 0,
});

/// The lock, for fork.
pub fn lock() -> &'static crate::lock::RawLock {
    SEGMENT.raw()
}

impl Segment {
    fn begin(&mut self) -> Result<()> {
        if self.start == 0 {
            // SAFETY: a new mapping at a place of the system's choice.
            let place = unsafe {
                System::map(
                    ptr::null_mut(),
                    RESERVED,
                    PROT_NONE,
                    MAP_PRIVATE_ANONYMOUS_NORESERVE,
                    -1,
                    0,
                )
            }?;
            self.start = place.expose_provenance();
            self.end = self.start;
            self.committed = self.start;
        }
        Ok(())
    }

    fn move_to(&mut self, end: usize) -> Result<()> {
        self.begin()?;
        if end < self.start || end > self.start + RESERVED {
            return Err(Errno::ENOMEM);
        }
        let needed = end.next_multiple_of(PAGE);
        if needed > self.committed {
            let place = ptr::with_exposed_provenance_mut(self.committed);
            // SAFETY: the pages lie in the reserved region, and nothing is in them.
            unsafe { System::protect(place, needed - self.committed, PROT_READ_WRITE) }
                .map_err(|_| Errno::ENOMEM)?;
            self.committed = needed;
        } else if needed < self.committed {
            let place = ptr::with_exposed_provenance_mut(needed);
            // Pages given back are zero when the end moves over them again.
            // SAFETY: the pages lie behind the end that the program chose.
            unsafe {
                System::map(
                    place,
                    self.committed - needed,
                    PROT_NONE,
                    MAP_PRIVATE_ANONYMOUS_NORESERVE | MAP_FIXED,
                    -1,
                    0,
                )
            }?;
            self.committed = needed;
        }
        self.end = end;
        Ok(())
    }
}

const MAP_FIXED: c_int = 0x10;

crate::export! {
    /// Sets the end of the data segment: 0, or -1 with ENOMEM. BSD `brk`.
    pub unsafe extern "C" fn brk(end: *mut c_void) -> c_int {
        returned_status(SEGMENT.lock().move_to(end.addr()))
    }

    /// Moves the end of the data segment; where it was, or -1 with ENOMEM. BSD `sbrk`.
    pub unsafe extern "C" fn sbrk(increment: isize) -> *mut c_void {
        let mut segment = SEGMENT.lock();
        let result = segment.begin().and_then(|()| {
            let before = segment.end;
            let end = before.checked_add_signed(increment).ok_or(Errno::ENOMEM)?;
            segment.move_to(end)?;
            Ok(before)
        });
        match result {
            Ok(before) => ptr::with_exposed_provenance_mut(before),
            Err(error) => {
                set_errno(error.0);
                ptr::without_provenance_mut(usize::MAX)
            }
        }
    }
}
