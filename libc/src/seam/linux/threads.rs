//! Threads and futexes on Linux.

use super::Linux;
use super::numbers::*;
use super::raw::{blocking_call, call};
use crate::errno::{Errno, Result};
use crate::seam::{CLOCK_REALTIME, Deadline, Files, Scope, Threads};
use crate::thread::Thread;
use crate::types::*;
use core::sync::atomic::AtomicU32;

#[cfg(not(test))]
const CLONE_THREAD_FLAGS: usize = 0x0000_0100 // CLONE_VM
    | 0x0000_0200 // CLONE_FS
    | 0x0000_0400 // CLONE_FILES
    | 0x0000_0800 // CLONE_SIGHAND
    | 0x0001_0000 // CLONE_THREAD
    | 0x0004_0000 // CLONE_SYSVSEM
    | 0x0008_0000 // CLONE_SETTLS
    | 0x0010_0000 // CLONE_PARENT_SETTID
    | 0x0020_0000; // CLONE_CHILD_CLEARTID

const FUTEX_WAKE: c_int = 1;
const FUTEX_CMP_REQUEUE: c_int = 4;
const FUTEX_LOCK_PI: c_int = 6;
const FUTEX_UNLOCK_PI: c_int = 7;
const FUTEX_TRYLOCK_PI: c_int = 8;
const FUTEX_WAIT_BITSET: c_int = 9;
const FUTEX_PRIVATE: c_int = 128;
const FUTEX_CLOCK_REALTIME: c_int = 256;
const ANY_BIT: u32 = u32::MAX;

const ARCH_SET_FS: c_int = 0x1002;

fn operation(command: c_int, scope: Scope) -> c_int {
    match scope {
        Scope::Private => command | FUTEX_PRIVATE,
        Scope::Shared => command,
    }
}

// The new thread starts behind the system call with a stack of its own and calls `entry(thread)`. The return
// address is marked undefined, so that an unwinder stops here.
#[cfg(not(test))]
core::arch::global_asm!(
    ".pushsection .text.trivet_clone, \"ax\", @progbits",
    ".hidden trivet_clone",
    ".globl trivet_clone",
    ".type trivet_clone, @function",
    "trivet_clone:", // (flags, stack, parent tid, child tid, tls, entry)
    ".cfi_startproc",
    "    mov eax, 56",
    "    mov r10, rcx",
    "    mov r11, r9",
    "    and rsi, -16",
    "    mov [rsi - 16], r11",
    "    sub rsi, 16",
    "    mov r9, r8",
    "    syscall",
    "    test eax, eax",
    "    jnz 1f",
    ".cfi_undefined rip",
    "    xor ebp, ebp",
    "    pop rax",
    "    pop rcx",
    "    mov rdi, r9",
    "    call rax",
    "    ud2",
    "1:  ret",
    ".cfi_endproc",
    ".size trivet_clone, . - trivet_clone",
    ".popsection",
);

impl Threads for Linux {
    #[cfg(not(test))]
    unsafe fn start(
        thread: *mut Thread,
        stack_top: *mut c_void,
        entry: unsafe extern "C-unwind" fn(*mut Thread) -> !,
    ) -> Result<()> {
        unsafe extern "C" {
            fn trivet_clone(
                flags: usize,
                stack: *mut c_void,
                parent_tid: *const AtomicU32,
                child_tid: *const AtomicU32,
                tls: *mut Thread,
                entry: unsafe extern "C-unwind" fn(*mut Thread) -> !,
            ) -> isize;
        }
        // SAFETY: `thread` is a valid control block and the stack is the new thread's own.
        let answer = unsafe {
            let tid = &raw const (*thread).tid;
            trivet_clone(CLONE_THREAD_FLAGS, stack_top, tid, tid, thread, entry)
        };
        super::raw::result(answer).map(drop)
    }
    #[cfg(test)]
    unsafe fn start(
        _thread: *mut Thread,
        _stack_top: *mut c_void,
        _entry: unsafe extern "C-unwind" fn(*mut Thread) -> !,
    ) -> Result<()> {
        Err(Errno::ENOSYS)
    }
    fn exit_thread() -> ! {
        loop {
            // SAFETY: nothing of this thread is used any more.
            let _ = unsafe { call!(EXIT, 0) };
        }
    }
    fn thread_id() -> pid_t {
        // SAFETY: it takes no pointer. It cannot fail.
        unsafe { call!(GETTID) }.unwrap_or(0) as pid_t
    }
    unsafe fn set_thread_pointer(thread: *mut Thread) -> Result<()> {
        // SAFETY: the caller's control block is laid out as the TLS ABI wants it.
        unsafe { call!(ARCH_PRCTL, ARCH_SET_FS, thread) }.map(drop)
    }
    unsafe fn set_tid_word(tid: *const AtomicU32) -> pid_t {
        // SAFETY: the word lives as long as the thread. It cannot fail.
        unsafe { call!(SET_TID_ADDRESS, tid) }.unwrap_or(0) as pid_t
    }
    unsafe fn set_robust_list(head: *mut c_void, length: usize) -> Result<()> {
        // SAFETY: the list's head lives as long as the thread.
        unsafe { call!(SET_ROBUST_LIST, head, length) }.map(drop)
    }
    fn futex_wait(word: &AtomicU32, expected: u32, deadline: Option<Deadline>, scope: Scope) -> Result<()> {
        let mut command = operation(FUTEX_WAIT_BITSET, scope);
        let mut time = core::ptr::null();
        if let Some(deadline) = &deadline {
            if deadline.clock == CLOCK_REALTIME {
                command |= FUTEX_CLOCK_REALTIME;
            }
            // The kernel refuses negative times; they are simply past.
            if deadline.time.tv_sec < 0 {
                return Err(Errno::ETIMEDOUT);
            }
            time = &raw const deadline.time;
        }
        // SAFETY: `word` and `time` are valid.
        unsafe { blocking_call!(FUTEX, word.as_ptr(), command, expected, time, 0, ANY_BIT) }.map(drop)
    }
    fn futex_wake(word: &AtomicU32, count: u32, scope: Scope) -> usize {
        let count = count.min(i32::MAX as u32);
        // SAFETY: `word` is valid. A word that has gone meanwhile wakes nobody.
        unsafe { call!(FUTEX, word.as_ptr(), operation(FUTEX_WAKE, scope), count) }.unwrap_or(0)
    }
    fn futex_requeue(
        word: &AtomicU32,
        expected: u32,
        wake: u32,
        requeue: u32,
        target: &AtomicU32,
        scope: Scope,
    ) -> Result<usize> {
        let requeue = requeue.min(i32::MAX as u32);
        let command = operation(FUTEX_CMP_REQUEUE, scope);
        // SAFETY: both words are valid.
        unsafe {
            call!(
                FUTEX,
                word.as_ptr(),
                command,
                wake,
                requeue,
                target.as_ptr(),
                expected
            )
        }
    }
    fn futex_lock_pi(word: &AtomicU32, deadline: Option<Deadline>, scope: Scope) -> Result<()> {
        let time = deadline
            .as_ref()
            .map_or(core::ptr::null(), |deadline| &raw const deadline.time);
        let command = match &deadline {
            Some(deadline) if deadline.clock == CLOCK_REALTIME && deadline.time.tv_sec < 0 => {
                FUTEX_TRYLOCK_PI
            }
            _ => FUTEX_LOCK_PI,
        };
        // SAFETY: `word` and `time` are valid.
        unsafe { call!(FUTEX, word.as_ptr(), operation(command, scope), 0, time) }.map(drop)
    }
    fn futex_unlock_pi(word: &AtomicU32, scope: Scope) -> Result<()> {
        // SAFETY: `word` is valid.
        unsafe { call!(FUTEX, word.as_ptr(), operation(FUTEX_UNLOCK_PI, scope)) }.map(drop)
    }
    fn yield_now() {
        // SAFETY: it takes no pointer.
        let _ = unsafe { call!(SCHED_YIELD) };
    }
    unsafe fn affinity(thread: pid_t, size: usize, mask: *mut c_void) -> Result<usize> {
        // SAFETY: the kernel checks the mask, which the caller owns.
        unsafe { call!(SCHED_GETAFFINITY, thread, size, mask) }
    }
    unsafe fn set_affinity(thread: pid_t, size: usize, mask: *const c_void) -> Result<()> {
        // SAFETY: the kernel checks the mask.
        unsafe { call!(SCHED_SETAFFINITY, thread, size, mask) }.map(drop)
    }
    fn scheduler(thread: pid_t) -> Result<c_int> {
        // SAFETY: it takes no pointer.
        unsafe { call!(SCHED_GETSCHEDULER, thread) }.map(|policy| policy as c_int)
    }
    fn set_scheduler(thread: pid_t, policy: c_int, priority: c_int) -> Result<()> {
        // SAFETY: the priority is a local variable.
        unsafe { call!(SCHED_SETSCHEDULER, thread, policy, &raw const priority) }.map(drop)
    }
    fn scheduling_priority(thread: pid_t) -> Result<c_int> {
        let mut priority: c_int = 0;
        // SAFETY: the priority is a local variable.
        unsafe { call!(SCHED_GETPARAM, thread, &raw mut priority) }?;
        Ok(priority)
    }
    fn set_scheduling_priority(thread: pid_t, priority: c_int) -> Result<()> {
        // SAFETY: the priority is a local variable.
        unsafe { call!(SCHED_SETPARAM, thread, &raw const priority) }.map(drop)
    }
    fn priority_range(policy: c_int) -> Result<(c_int, c_int)> {
        // SAFETY: they take no pointer.
        let (low, high) = unsafe {
            (
                call!(SCHED_GET_PRIORITY_MIN, policy)?,
                call!(SCHED_GET_PRIORITY_MAX, policy)?,
            )
        };
        Ok((low as c_int, high as c_int))
    }
    fn round_robin_interval(thread: pid_t) -> Result<timespec> {
        let mut time = timespec::default();
        // SAFETY: `time` is a valid timespec.
        unsafe { call!(SCHED_RR_GET_INTERVAL, thread, &raw mut time) }?;
        Ok(time)
    }
    fn set_thread_name(thread: pid_t, _first: bool, name: &[u8; 16]) -> Result<()> {
        let length = name.iter().position(|&byte| byte == 0).unwrap_or(15);
        let fd = open_comm(thread)?;
        // SAFETY: `name` is valid for `length` bytes.
        let written = unsafe { Linux::write(fd, name.as_ptr().cast(), length) };
        let _ = Linux::close(fd);
        written.map(drop)
    }
    fn processor() -> (c_uint, c_uint) {
        let (mut processor, mut node): (c_uint, c_uint) = (0, 0);
        // SAFETY: both are local variables.
        let _ = unsafe { call!(GETCPU, &raw mut processor, &raw mut node) };
        (processor, node)
    }
}

const O_WRONLY: c_int = 1;

/// Opens the file that takes a thread's name.
fn open_comm(thread: pid_t) -> Result<c_int> {
    let mut path = [0u8; 40];
    let mut length = 0;
    let mut digits = [0u8; 10];
    let mut first = digits.len();
    let mut number = thread as u32;
    loop {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    for part in [&b"/proc/self/task/"[..], &digits[first..], b"/comm"] {
        path[length..length + part.len()].copy_from_slice(part);
        length += part.len();
    }
    // SAFETY: the path is terminated: the array is longer than the three parts together.
    unsafe { Linux::openat(crate::seam::AT_FDCWD, path.as_ptr().cast(), O_WRONLY, 0) }
}
