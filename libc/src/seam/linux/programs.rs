//! Processes come and go on Linux.

use super::Linux;
use super::numbers::*;
use super::raw::{blocking_call, call};
use crate::errno::{Errno, Result};
use crate::seam::{Changed, ProcessDescriptors, Program, Programs, Spawning};
use crate::types::*;

/// A child's end is told by SIGCHLD.
#[cfg(not(test))]
const SIGCHLD: usize = 17;
#[cfg(not(test))]
const CLONE_VM_AND_VFORK: usize = 0x100 | 0x4000;
/// Bytes of the stack that a child has which runs in its parent's memory.
#[cfg(not(test))]
const CHILD_STACK: usize = 64 * 1024;

// The child runs `function(argument)` on a stack of its own, in the caller's memory.
#[cfg(not(test))]
core::arch::global_asm!(
    ".pushsection .text.trivet_fork_sharing, \"ax\", @progbits",
    ".hidden trivet_fork_sharing",
    ".globl trivet_fork_sharing",
    ".type trivet_fork_sharing, @function",
    "trivet_fork_sharing:", // (flags, stack, function, argument)
    ".cfi_startproc",
    "    mov eax, 56",
    "    and rsi, -16",
    "    mov r8, rdx",
    "    mov r9, rcx",
    "    xor edx, edx",
    "    xor r10d, r10d",
    "    mov r11, r8",
    "    mov [rsi - 16], r11",
    "    mov [rsi - 8], r9",
    "    sub rsi, 16",
    "    xor r8d, r8d",
    "    syscall",
    "    test eax, eax",
    "    jnz 1f",
    ".cfi_undefined rip",
    "    xor ebp, ebp",
    "    pop rax",
    "    pop rdi",
    "    call rax",
    "    ud2",
    "1:  ret",
    ".cfi_endproc",
    ".size trivet_fork_sharing, . - trivet_fork_sharing",
    ".popsection",
);

/// `siginfo_t` as waitid fills it.
#[repr(C)]
#[derive(Default)]
struct ChildInformation {
    signal: c_int,
    error: c_int,
    code: c_int,
    padding: c_int,
    process: pid_t,
    user: uid_t,
    value: c_int,
    rest: [u32; 25],
}

const _: () = assert!(size_of::<ChildInformation>() == 128);

// SAFETY of every block below: the kernel checks numbers and pointers; the memory that a call may write is the
// caller's to offer, by the contract of the trait's `unsafe` functions, or a local variable of the right type.
impl Programs for Linux {
    fn started() {}
    fn fork() -> Result<pid_t> {
        // SAFETY: see above. What the child may do is the caller's matter.
        unsafe { call!(FORK) }.map(|child| child as pid_t)
    }
    #[cfg(not(test))]
    unsafe fn fork_sharing(
        child: unsafe extern "C" fn(*mut c_void) -> !,
        argument: *mut c_void,
    ) -> Result<pid_t> {
        use crate::seam::*;
        unsafe extern "C" {
            fn trivet_fork_sharing(
                flags: usize,
                stack: *mut c_void,
                function: unsafe extern "C" fn(*mut c_void) -> !,
                argument: *mut c_void,
            ) -> isize;
        }
        // SAFETY: a new mapping, which the child uses while the caller waits, and nobody afterwards.
        unsafe {
            let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK;
            let stack = Linux::map(
                core::ptr::null_mut(),
                CHILD_STACK,
                PROT_READ | PROT_WRITE,
                flags,
                -1,
                0,
            )?;
            let top = stack.byte_add(CHILD_STACK);
            let answer = trivet_fork_sharing(CLONE_VM_AND_VFORK | SIGCHLD, top, child, argument);
            let _ = Linux::unmap(stack, CHILD_STACK);
            super::raw::result(answer).map(|child| child as pid_t)
        }
    }
    #[cfg(test)]
    unsafe fn fork_sharing(
        _child: unsafe extern "C" fn(*mut c_void) -> !,
        _argument: *mut c_void,
    ) -> Result<pid_t> {
        Err(Errno::ENOSYS)
    }
    unsafe fn execute(program: &Program) -> Errno {
        // SAFETY: see above.
        let answer = unsafe {
            call!(
                EXECVEAT,
                program.directory,
                program.path,
                program.arguments,
                program.environment,
                program.flags
            )
        };
        answer.err().unwrap_or(Errno::ENOEXEC)
    }
    unsafe fn spawn(_program: &Program, _spawning: &Spawning) -> Option<Result<pid_t>> {
        None
    }
    unsafe fn wait_child(
        which: c_int,
        number: pid_t,
        options: c_int,
        usage: *mut c_void,
    ) -> Result<Option<Changed>> {
        let mut information = ChildInformation::default();
        let place = &raw mut information;
        // SAFETY: see above.
        unsafe { blocking_call!(WAITID, which, number, place, options, usage) }?;
        Ok((information.process != 0).then_some(Changed {
            process: information.process,
            user: information.user,
            code: information.code,
            value: information.value,
        }))
    }
}

impl ProcessDescriptors for Linux {
    fn process_descriptor(process: pid_t, flags: c_uint) -> Result<c_int> {
        // SAFETY: the kernel checks the numbers.
        unsafe { call!(PIDFD_OPEN, process, flags) }.map(|fd| fd as c_int)
    }
    unsafe fn signal_descriptor_process(
        fd: c_int,
        signal: c_int,
        information: *const c_void,
        flags: c_uint,
    ) -> Result<()> {
        // SAFETY: the kernel checks numbers and the structure.
        unsafe { call!(PIDFD_SEND_SIGNAL, fd, signal, information, flags) }.map(drop)
    }
}
