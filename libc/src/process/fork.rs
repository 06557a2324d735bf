//! `fork`, `_Fork`, `vfork`. POSIX.1-2024 `fork`.

use super::locks;
use crate::errno::{Result, returned};
use crate::pthread::fork_handlers::{Moment, run};
use crate::seam::*;
use crate::signal::SIG_SETMASK;
use crate::types::*;

/// Copies the process with the library's locks in order, without the program's handlers. Signals wait meanwhile: a handler in the child
/// must find the library whole.
fn copy() -> Result<pid_t> {
    let mask = System::mask(SIG_SETMASK, Some(&SignalSet::ALL))?;
    locks::before_fork();
    let child = System::fork();
    if child == Ok(0) {
        locks::after_fork_in_child();
    } else {
        locks::after_fork_in_parent();
    }
    let _ = System::mask(SIG_SETMASK, Some(&mask));
    child
}

crate::export! {
    /// Makes a copy of the process: the child's number, 0 in the child. POSIX.1-2024 `fork`.
    pub unsafe extern "C-unwind" fn fork() -> pid_t {
        // SAFETY: this is the fork that the handlers were registered for.
        unsafe {
            run(Moment::Prepare);
            let child = copy();
            run(if child == Ok(0) { Moment::Child } else { Moment::Parent });
            returned(child)
        }
    }
}

/// As `fork` without the handlers of `pthread_atfork`. POSIX.1-2024 `_Fork`.
pub unsafe extern "C" fn fork_without_handlers() -> pid_t {
    returned(copy())
}
crate::alias!(_Fork = fork_without_handlers);
crate::alias!(__fork = fork);
crate::alias!(__libc_fork = fork);

/// The parent waits until the child executes a program or ends, and shares its memory until then: the return address is kept in a
/// register, because the child goes back through the same stack first. POSIX.1-2008 (removed from POSIX.1-2024) `vfork`.
///
/// # Safety
/// The child only executes a program or calls `_exit`, and does not return from the function that called.
#[cfg(all(not(test), not(feature = "trivet")))]
#[unsafe(naked)]
pub unsafe extern "C" fn vfork() -> pid_t {
    core::arch::naked_asm!(
        "endbr64",
        "pop rdi",
        "mov eax, 58",
        "syscall",
        "push rdi",
        "cmp rax, -4095",
        "jae 2f",
        "ret",
        "2: neg eax",
        "mov edi, eax",
        "jmp {failed}",
        failed = sym vfork_failed,
    )
}

#[cfg(all(not(test), not(feature = "trivet")))]
unsafe extern "C" fn vfork_failed(error: c_int) -> pid_t {
    crate::errno::set_errno(error);
    -1
}

/// A copy of the process, as POSIX lets `vfork` be.
///
/// # Safety
/// As `_Fork`.
#[cfg(any(test, feature = "trivet"))]
pub unsafe extern "C" fn vfork() -> pid_t {
    returned(copy())
}
crate::alias!(vfork = vfork);
crate::alias!(__vfork = vfork);
