//! The thread control block's head: what gcc, glibc's ABI and this library find at `fs:0`.
//!
//! Offsets that compiled code relies on are those of glibc's `tcbhead_t`: its own address at 0 and 16, the dtv
//! at 8, the stack canary at 0x28, the pointer guard at 0x30. What this library keeps for itself follows.

use crate::types::{c_int, c_void};

/// The head of a thread's control block.
#[repr(C)]
pub struct Tcb {
    /// Its own address: `fs:0` (the x86-64 TLS ABI).
    pub own: *mut Tcb,
    /// The dynamic thread vector, glibc's layout.
    pub dtv: *mut c_void,
    /// Its own address again; `pthread_self` is this.
    pub thread: *mut Tcb,
    /// Not 0 once a second thread exists.
    pub multiple_threads: core::cell::Cell<c_int>,
    unused_gscope: c_int,
    unused_sysinfo: usize,
    /// The stack protector's canary (0x28).
    pub stack_guard: usize,
    /// What setjmp mixes into saved code addresses (0x30).
    pub pointer_guard: usize,
    reserved: [usize; 9],
    /// The thread's `errno`.
    pub errno: c_int,
    /// What `dtv` points into: `dtv[-1]`, `dtv[0]`, and module 1's entry.
    pub dtv_entries: [[usize; 2]; 3],
}

const _: () = {
    assert!(core::mem::offset_of!(Tcb, dtv) == 8);
    assert!(core::mem::offset_of!(Tcb, thread) == 16);
    assert!(core::mem::offset_of!(Tcb, stack_guard) == 0x28);
    assert!(core::mem::offset_of!(Tcb, pointer_guard) == 0x30);
    assert!(core::mem::offset_of!(Tcb, errno) == 0x80);
};

/// The calling thread's control block.
#[cfg(not(test))]
#[inline(always)]
pub fn current() -> *mut Tcb {
    let tcb: *mut Tcb;
    // SAFETY: start-up and thread creation set FS to a `Tcb` whose word at 16 is its own address; it does not
    // change while the thread lives.
    unsafe {
        core::arch::asm!("mov {}, fs:[16]", out(reg) tcb, options(nostack, preserves_flags, readonly, pure))
    };
    tcb
}

/// Where the calling thread's `errno` is.
#[cfg(not(test))]
#[inline(always)]
pub fn current_errno() -> *mut c_int {
    // SAFETY: `current` is valid for the thread's life.
    unsafe { &raw mut (*current()).errno }
}
