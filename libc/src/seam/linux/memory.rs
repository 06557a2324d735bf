//! Address space on Linux.

use super::Linux;
use super::numbers::*;
use super::raw::{blocking_call, call};
use crate::errno::Result;
use crate::seam::Memory;
use crate::types::*;

// SAFETY of every block below: the caller owns the range, by the contract of the trait's `unsafe` functions.
impl Memory for Linux {
    unsafe fn map(
        address: *mut c_void,
        length: usize,
        protection: c_int,
        flags: c_int,
        fd: c_int,
        offset: off_t,
    ) -> Result<*mut c_void> {
        // SAFETY: see above.
        unsafe { call!(MMAP, address, length, protection, flags, fd, offset) }
            .map(|address| address as *mut c_void)
    }
    unsafe fn unmap(address: *mut c_void, length: usize) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(MUNMAP, address, length) }.map(drop)
    }
    unsafe fn protect(address: *mut c_void, length: usize, protection: c_int) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(MPROTECT, address, length, protection) }.map(drop)
    }
    unsafe fn remap(
        address: *mut c_void,
        old_length: usize,
        new_length: usize,
        flags: c_int,
        new_address: *mut c_void,
    ) -> Result<*mut c_void> {
        // SAFETY: see above.
        unsafe { call!(MREMAP, address, old_length, new_length, flags, new_address) }
            .map(|address| address as *mut c_void)
    }
    unsafe fn advise(address: *mut c_void, length: usize, advice: c_int) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(MADVISE, address, length, advice) }.map(drop)
    }
    unsafe fn sync_mapping(address: *mut c_void, length: usize, flags: c_int) -> Result<()> {
        // SAFETY: see above.
        unsafe { blocking_call!(MSYNC, address, length, flags) }.map(drop)
    }
    unsafe fn lock(address: *const c_void, length: usize, flags: c_int) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(MLOCK2, address, length, flags) }.map(drop)
    }
    unsafe fn unlock(address: *const c_void, length: usize) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(MUNLOCK, address, length) }.map(drop)
    }
    fn lock_all(flags: c_int) -> Result<()> {
        // SAFETY: it takes no pointer.
        unsafe { call!(MLOCKALL, flags) }.map(drop)
    }
    fn unlock_all() -> Result<()> {
        // SAFETY: it takes no pointer.
        unsafe { call!(MUNLOCKALL) }.map(drop)
    }
    unsafe fn resident(address: *mut c_void, length: usize, vector: *mut u8) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(MINCORE, address, length, vector) }.map(drop)
    }
}
