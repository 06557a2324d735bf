//! The alternate signal stack: where the kernel saves an upcall's state, so that a handler runs even when the thread's own stack is used up.
//!
//! The kernel enters every upcall there once a thread has one. Handlers without SA_ONSTACK do not run there: the saved state moves to the
//! thread's own stack first (`upcall`).

use super::failed;
use crate::errno::{Errno, Result};
use crate::types::*;
use trivet_abi::handle::Handle;
use trivet_ipc::thread;

const SS_ONSTACK: c_int = 1;
const SS_DISABLE: c_int = 2;
/// Linux's flag that this system does not need: handlers may switch stacks anyway.
const SS_AUTODISARM: c_int = 1 << 31;

/// C's `stack_t`.
#[repr(C)]
#[derive(Clone, Copy)]
struct CStack {
    base: usize,
    flags: c_int,
    length: usize,
}

/// The calling thread's alternate stack; none with `length` 0.
#[derive(Clone, Copy)]
pub(super) struct AlternateStack {
    base: usize,
    length: usize,
}

/// The calling thread's.
pub(super) fn current() -> AlternateStack {
    let own = crate::thread::this();
    AlternateStack {
        base: own.alternate_stack.get(),
        length: own.alternate_length.get(),
    }
}

impl AlternateStack {
    /// Whether an address lies on it.
    pub fn holds(self, address: usize) -> bool {
        self.length != 0 && address.wrapping_sub(self.base) <= self.length
    }

    /// The end of the stack, if the caller is to switch to it; 0 if there is none, or the caller is on it already.
    pub fn top_to_switch_to(self) -> usize {
        if self.length == 0 || self.is_in_use() {
            0
        } else {
            self.base + self.length
        }
    }

    /// Whether there is one.
    pub fn length_is_set(self) -> bool {
        self.length != 0
    }

    fn is_in_use(self) -> bool {
        let here = 0u8;
        self.holds((&raw const here).addr())
    }

    /// As the context of a handler shows it.
    pub fn to_c(self) -> [u64; 3] {
        let flags = if self.length == 0 { SS_DISABLE } else { 0 };
        [self.base as u64, flags as u64, self.length as u64]
    }
}

/// `sigaltstack`.
pub(super) unsafe fn exchange(new: *const c_void, old: *mut c_void) -> Result<()> {
    let before = current();
    if !old.is_null() {
        let flags = match (before.length, before.is_in_use()) {
            (0, _) => SS_DISABLE,
            (_, true) => SS_ONSTACK,
            (_, false) => 0,
        };
        // SAFETY: a `stack_t`, by the caller's word; it is written after `new` was read below only if they do not overlap, as C says.
        let wanted = unsafe { new.cast::<CStack>().as_ref().copied() };
        // SAFETY: as above.
        unsafe {
            old.cast::<CStack>().write(CStack {
                base: before.base,
                flags,
                length: before.length,
            })
        };
        return wanted.map_or(Ok(()), |wanted| set(before, wanted));
    }
    // SAFETY: as above.
    match unsafe { new.cast::<CStack>().as_ref() } {
        Some(wanted) => set(before, *wanted),
        None => Ok(()),
    }
}

fn set(before: AlternateStack, wanted: CStack) -> Result<()> {
    if before.is_in_use() {
        return Err(Errno::EPERM);
    }
    let (base, length) = match wanted.flags & !SS_AUTODISARM {
        SS_DISABLE => (0, 0),
        0 | SS_ONSTACK => {
            // What the kernel saves must fit besides a little frame.
            let least =
                crate::start::program::auxiliary_value(MINSIGSTKSZ).map_or(LEAST, |least| least.max(LEAST));
            if wanted.length < least {
                return Err(Errno::ENOMEM);
            }
            (wanted.base, wanted.length)
        }
        _ => return Err(Errno::EINVAL),
    };
    super::upcall::register(base, length).map_err(failed)?;
    let own = crate::thread::this();
    own.alternate_stack.set(base);
    own.alternate_length.set(length);
    Ok(())
}

/// Key of the auxiliary vector: bytes of stack that an upcall needs at least.
const MINSIGSTKSZ: usize = trivet_abi::start::auxiliary::MINSIGSTKSZ as usize;
/// What is needed where the vector does not say: POSIX's old constant.
const LEAST: usize = 2048;

/// Where upcalls enter with this stack.
pub(super) fn enter_at(
    entry: usize,
    base: usize,
    length: usize,
) -> core::result::Result<(), trivet_ipc::Failure<thread::ThreadError>> {
    thread::set_upcall(Handle::SELF_THREAD, entry as u64, base as u64, length as u64)
}
