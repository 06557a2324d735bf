//! The seam: everything that this library asks of the system, as a few traits.
//!
//! `System` implements them all. One backend is compiled in: `linux` (raw system calls; for host tests, fuzzing
//! and benchmarks) or `trivet` (messages). Everything above the seam is the same code for both. Callers write
//! `System::read(fd, buffer, length)` with the trait in scope (`use crate::seam::*`).
//!
//! Pointers that come from the program go through as they are: the system checks them and answers `EFAULT`.
//! A blocking function returns `EINTR` when a signal handler ran; it is a cancellation point only while the
//! caller has said so (`cancel::point`).

#[cfg(not(feature = "trivet"))]
mod linux;
#[cfg(feature = "trivet")]
mod trivet;
mod types;

#[cfg(not(feature = "trivet"))]
pub use linux::Linux as System;
#[cfg(all(not(test), not(feature = "trivet")))]
pub use linux::cancelled_instruction;
#[cfg(feature = "trivet")]
pub use trivet::Trivet as System;
#[cfg(all(not(test), feature = "trivet"))]
pub use trivet::{cancelled_instruction, look_for_signals};
pub use types::*;

use crate::errno::{Errno, Result};
use crate::thread::Thread;
use crate::types::*;
use core::sync::atomic::AtomicU32;

/// Open files. Descriptors are the system's; paths are relative to `directory` (or `AT_FDCWD`).
pub trait Files {
    /// Reads at most `length` bytes at the file's offset; 0 at its end. POSIX `read`.
    unsafe fn read(fd: c_int, buffer: *mut c_void, length: usize) -> Result<usize>;
    /// Writes at most `length` bytes. POSIX `write`.
    unsafe fn write(fd: c_int, buffer: *const c_void, length: usize) -> Result<usize>;
    /// Reads into several buffers. POSIX `readv`.
    unsafe fn readv(fd: c_int, buffers: *const iovec, count: c_int) -> Result<usize>;
    /// Writes from several buffers. POSIX `writev`.
    unsafe fn writev(fd: c_int, buffers: *const iovec, count: c_int) -> Result<usize>;
    /// Reads at `offset` and leaves the file's offset alone. POSIX `pread`.
    unsafe fn pread(fd: c_int, buffer: *mut c_void, length: usize, offset: off_t) -> Result<usize>;
    /// Writes at `offset` and leaves the file's offset alone. POSIX `pwrite`.
    unsafe fn pwrite(fd: c_int, buffer: *const c_void, length: usize, offset: off_t) -> Result<usize>;
    /// Reads into several buffers at `offset` (-1: the file's own) with `RWF_*` flags.
    unsafe fn preadv2(
        fd: c_int,
        buffers: *const iovec,
        count: c_int,
        offset: off_t,
        flags: c_int,
    ) -> Result<usize>;
    /// Writes from several buffers at `offset` (-1: the file's own) with `RWF_*` flags.
    unsafe fn pwritev2(
        fd: c_int,
        buffers: *const iovec,
        count: c_int,
        offset: off_t,
        flags: c_int,
    ) -> Result<usize>;
    /// Moves the file's offset. POSIX `lseek`.
    fn lseek(fd: c_int, offset: off_t, whence: c_int) -> Result<off_t>;
    /// Opens a file. POSIX `openat`.
    unsafe fn openat(directory: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> Result<c_int>;
    /// Closes a descriptor. The descriptor is closed even when an error is returned, but for `EBADF`.
    fn close(fd: c_int) -> Result<()>;
    /// Closes the descriptors `first..=last`, or marks them close-on-exec. Linux `close_range`.
    fn close_range(first: c_uint, last: c_uint, flags: c_int) -> Result<()>;
    /// The lowest free descriptor for the same open file. POSIX `dup`.
    fn dup(fd: c_int) -> Result<c_int>;
    /// Makes `new` name the open file of `old`; the two must differ. Flags: `O_CLOEXEC`.
    fn dup3(old: c_int, new: c_int, flags: c_int) -> Result<c_int>;
    /// The flags of a descriptor (`FD_CLOEXEC`), and so whether it is open. POSIX `fcntl` with `F_GETFD`.
    fn descriptor_flags(fd: c_int) -> Result<c_int>;
    /// Commands on a descriptor. POSIX `fcntl`.
    unsafe fn fcntl(fd: c_int, command: c_int, argument: c_ulong) -> Result<c_int>;
    /// Commands on a device.
    unsafe fn ioctl(fd: c_int, request: c_ulong, argument: c_ulong) -> Result<c_int>;
    /// A pipe: reading end, writing end. Flags: `O_CLOEXEC`, `O_NONBLOCK`.
    fn pipe2(flags: c_int) -> Result<[c_int; 2]>;
    /// Waits until a descriptor is ready. `timeout` null waits for ever; `mask` null leaves the signal mask.
    unsafe fn ppoll(
        entries: *mut c_void,
        count: c_ulong,
        timeout: *const timespec,
        mask: *const SignalSet,
    ) -> Result<c_int>;
    /// Sets a file's length.
    fn ftruncate(fd: c_int, length: off_t) -> Result<()>;
    /// Allocates or frees space in a file. Linux `fallocate`.
    fn fallocate(fd: c_int, mode: c_int, offset: off_t, length: off_t) -> Result<()>;
    /// Writes a file's data (and, unless `data_only`, its metadata) to its device.
    fn fsync(fd: c_int, data_only: bool) -> Result<()>;
    /// BSD's locks on open files.
    fn flock(fd: c_int, operation: c_int) -> Result<()>;
    /// Copies between two files without a buffer.
    unsafe fn copy_file_range(
        input: c_int,
        input_offset: *mut off_t,
        output: c_int,
        output_offset: *mut off_t,
        length: usize,
        flags: c_uint,
    ) -> Result<usize>;
    /// Sends from a file to a descriptor.
    unsafe fn sendfile(output: c_int, input: c_int, offset: *mut off_t, length: usize) -> Result<usize>;
    /// Reads directory entries in Linux's `linux_dirent64` form.
    unsafe fn getdents(fd: c_int, buffer: *mut c_void, length: usize) -> Result<usize>;
}

/// Things to wait for that are descriptors: Linux's epoll, eventfd, timerfd, inotify; and files in memory.
pub trait EventSources {
    /// A set of descriptors to wait for. Flags: `EPOLL_CLOEXEC`.
    fn epoll_create(flags: c_int) -> Result<c_int>;
    /// Adds to, changes or takes out of a set (`EPOLL_CTL_*`). `event` may be null for the last.
    unsafe fn epoll_control(
        epoll: c_int,
        operation: c_int,
        fd: c_int,
        event: *const epoll_event,
    ) -> Result<()>;
    /// Waits for a set; how many of the `maximum` (above 0) events were written. `timeout` null waits for ever; `mask` null leaves the
    /// signal mask.
    unsafe fn epoll_wait(
        epoll: c_int,
        events: *mut epoll_event,
        maximum: c_int,
        timeout: *const timespec,
        mask: *const SignalSet,
    ) -> Result<c_int>;
    /// A counter. Flags: `EFD_*`.
    fn event_counter(initial: c_uint, flags: c_int) -> Result<c_int>;
    /// A timer of a clock. Flags: `TFD_NONBLOCK`, `TFD_CLOEXEC`.
    fn timer_descriptor(clock: clockid_t, flags: c_int) -> Result<c_int>;
    /// Arms a timer (`TFD_TIMER_*`); `new` was checked, `old` may be null.
    unsafe fn set_timer_descriptor(
        fd: c_int,
        flags: c_int,
        new: *const itimerspec,
        old: *mut itimerspec,
    ) -> Result<()>;
    /// The time until a timer expires, and its interval.
    unsafe fn timer_descriptor_setting(fd: c_int, current: *mut itimerspec) -> Result<()>;
    /// A queue of what happens to files. Flags: `IN_NONBLOCK`, `IN_CLOEXEC`.
    fn observer(flags: c_int) -> Result<c_int>;
    /// Watches what a path names (`IN_*`); the watch's number.
    unsafe fn observe(fd: c_int, path: *const c_char, events: u32) -> Result<c_int>;
    /// Ends a watch.
    fn stop_observing(fd: c_int, watch: c_int) -> Result<()>;
    /// A nameless file in memory. Flags: `MFD_*`.
    unsafe fn memory_file(name: *const c_char, flags: c_uint) -> Result<c_int>;
}

/// POSIX's message queues, whose descriptors are the system's.
pub trait MessageQueues {
    /// Opens a queue, or makes it; `attributes` may be null.
    unsafe fn queue_open(
        name: *const c_char,
        flags: c_int,
        mode: mode_t,
        attributes: *const mq_attr,
    ) -> Result<c_int>;
    /// Takes a queue's name away.
    unsafe fn queue_unlink(name: *const c_char) -> Result<()>;
    /// Adds a message, at most until a point of real time.
    unsafe fn queue_send(
        queue: c_int,
        data: *const c_void,
        length: usize,
        priority: c_uint,
        deadline: Option<&timespec>,
    ) -> Result<()>;
    /// Takes a message: its length and its priority.
    unsafe fn queue_receive(
        queue: c_int,
        data: *mut c_void,
        length: usize,
        deadline: Option<&timespec>,
    ) -> Result<(usize, c_uint)>;
    /// Attributes of a queue.
    fn queue_attributes(queue: c_int) -> Result<mq_attr>;
    /// Has the process told of the first message in an empty queue (`struct sigevent`), or with null no more. `None`: the system cannot, and a
    /// thread of the library shall wait.
    unsafe fn queue_notify(queue: c_int, event: *const c_void) -> Option<Result<()>>;
    /// Waits for the first message in an empty queue.
    fn queue_await(queue: c_int) -> Result<()>;
    /// The process that is told of the first message; 0: none.
    fn queue_notified(queue: c_int) -> Result<pid_t>;
}

/// Whose extended attributes are meant.
#[derive(Clone, Copy)]
pub enum Attributed {
    /// What the path leads to.
    Path(*const c_char),
    /// What the path names, also where that is a symbolic link.
    Link(*const c_char),
    /// What is open.
    Descriptor(c_int),
}

/// Names in directories, and what the system knows of the files that they name.
pub trait Names {
    /// A file's status. Flags: `AT_SYMLINK_NOFOLLOW`, `AT_EMPTY_PATH`.
    unsafe fn fstatat(directory: c_int, path: *const c_char, status: *mut c_void, flags: c_int)
    -> Result<()>;
    /// A file's extended status. Linux `statx`.
    unsafe fn statx(
        directory: c_int,
        path: *const c_char,
        flags: c_int,
        mask: c_uint,
        status: *mut c_void,
    ) -> Result<()>;
    /// A file system's status, in glibc's `struct statfs`.
    unsafe fn statfs(path: *const c_char, status: *mut c_void) -> Result<()>;
    /// The status of an open file's file system.
    unsafe fn fstatfs(fd: c_int, status: *mut c_void) -> Result<()>;
    /// Whether the caller may access a file. Flags: `AT_EACCESS`, `AT_SYMLINK_NOFOLLOW`.
    unsafe fn faccessat(directory: c_int, path: *const c_char, mode: c_int, flags: c_int) -> Result<()>;
    /// Removes a name. Flags: `AT_REMOVEDIR`.
    unsafe fn unlinkat(directory: c_int, path: *const c_char, flags: c_int) -> Result<()>;
    /// Renames. Flags: `RENAME_NOREPLACE` and the like.
    unsafe fn renameat2(
        old_directory: c_int,
        old: *const c_char,
        new_directory: c_int,
        new: *const c_char,
        flags: c_uint,
    ) -> Result<()>;
    /// Makes a second name.
    unsafe fn linkat(
        old_directory: c_int,
        old: *const c_char,
        new_directory: c_int,
        new: *const c_char,
        flags: c_int,
    ) -> Result<()>;
    /// Makes a symbolic link.
    unsafe fn symlinkat(target: *const c_char, directory: c_int, path: *const c_char) -> Result<()>;
    /// Reads a symbolic link.
    unsafe fn readlinkat(
        directory: c_int,
        path: *const c_char,
        buffer: *mut c_char,
        length: usize,
    ) -> Result<usize>;
    /// Makes a directory.
    unsafe fn mkdirat(directory: c_int, path: *const c_char, mode: mode_t) -> Result<()>;
    /// Makes a file, FIFO or device node.
    unsafe fn mknodat(directory: c_int, path: *const c_char, mode: mode_t, device: dev_t) -> Result<()>;
    /// Sets an open file's permissions.
    fn fchmod(fd: c_int, mode: mode_t) -> Result<()>;
    /// Sets a named file's permissions.
    unsafe fn fchmodat(directory: c_int, path: *const c_char, mode: mode_t) -> Result<()>;
    /// Sets an open file's owner and group.
    fn fchown(fd: c_int, owner: uid_t, group: gid_t) -> Result<()>;
    /// Sets a named file's owner and group. Flags as `fstatat`.
    unsafe fn fchownat(
        directory: c_int,
        path: *const c_char,
        owner: uid_t,
        group: gid_t,
        flags: c_int,
    ) -> Result<()>;
    /// Sets access and modification times; a null path means the descriptor itself.
    unsafe fn utimensat(
        directory: c_int,
        path: *const c_char,
        times: *const timespec,
        flags: c_int,
    ) -> Result<()>;
    /// Sets a named file's length.
    unsafe fn truncate(path: *const c_char, length: off_t) -> Result<()>;
    /// Changes the working directory.
    unsafe fn chdir(path: *const c_char) -> Result<()>;
    /// Changes the working directory to an open one.
    fn fchdir(fd: c_int) -> Result<()>;
    /// Changes the root directory.
    unsafe fn chroot(path: *const c_char) -> Result<()>;
    /// Mounts a file system, binds a directory, or changes a mount: Linux's mount(2). `kind` and `data` may be null.
    unsafe fn mount(
        source: *const c_char,
        target: *const c_char,
        kind: *const c_char,
        flags: c_ulong,
        data: *const c_void,
    ) -> Result<()>;
    /// Ends a mount: Linux's umount2(2).
    unsafe fn unmount(target: *const c_char, flags: c_int) -> Result<()>;
    /// Reads an extended attribute; without room its length.
    unsafe fn get_attribute(
        of: Attributed,
        name: *const c_char,
        value: *mut c_void,
        size: usize,
    ) -> Result<usize>;
    /// Sets an extended attribute.
    unsafe fn set_attribute(
        of: Attributed,
        name: *const c_char,
        value: *const c_void,
        size: usize,
        flags: c_int,
    ) -> Result<()>;
    /// Names of the extended attributes; without room their length.
    unsafe fn list_attributes(of: Attributed, list: *mut c_char, size: usize) -> Result<usize>;
    /// Removes an extended attribute.
    unsafe fn remove_attribute(of: Attributed, name: *const c_char) -> Result<()>;
    /// The working directory's path with its terminator; the length with the terminator.
    unsafe fn getcwd(buffer: *mut c_char, length: usize) -> Result<usize>;
    /// Sets the file mode creation mask; the old one.
    fn umask(mask: mode_t) -> mode_t;
    /// Writes everything to the devices.
    fn sync();
}

/// Address space.
pub trait Memory {
    /// Maps memory or a file. POSIX `mmap`; `PROT_*` and `MAP_*` as Linux has them.
    unsafe fn map(
        address: *mut c_void,
        length: usize,
        protection: c_int,
        flags: c_int,
        fd: c_int,
        offset: off_t,
    ) -> Result<*mut c_void>;
    /// Unmaps whole pages.
    unsafe fn unmap(address: *mut c_void, length: usize) -> Result<()>;
    /// Changes protection.
    unsafe fn protect(address: *mut c_void, length: usize, protection: c_int) -> Result<()>;
    /// Grows, shrinks or moves a mapping. Linux `mremap`.
    unsafe fn remap(
        address: *mut c_void,
        old_length: usize,
        new_length: usize,
        flags: c_int,
        new_address: *mut c_void,
    ) -> Result<*mut c_void>;
    /// Says how memory will be used. Linux `madvise`.
    unsafe fn advise(address: *mut c_void, length: usize, advice: c_int) -> Result<()>;
    /// Writes a shared mapping back.
    unsafe fn sync_mapping(address: *mut c_void, length: usize, flags: c_int) -> Result<()>;
    /// Keeps pages in memory. Linux `mlock2`.
    unsafe fn lock(address: *const c_void, length: usize, flags: c_int) -> Result<()>;
    /// Lets pages leave memory again.
    unsafe fn unlock(address: *const c_void, length: usize) -> Result<()>;
    /// Keeps all pages in memory.
    fn lock_all(flags: c_int) -> Result<()>;
    /// Lets all pages leave memory.
    fn unlock_all() -> Result<()>;
    /// Which pages are in memory.
    unsafe fn resident(address: *mut c_void, length: usize, vector: *mut u8) -> Result<()>;
}

/// Threads, their scheduling, and futexes.
pub trait Threads {
    /// Starts a thread with `thread` as its control block, on the stack that ends at `stack_top`. It calls
    /// `entry(thread)`. The system stores the thread's number in `thread.tid` before either side goes on, and
    /// clears and wakes that word when the thread is gone and its stack can be used again.
    unsafe fn start(
        thread: *mut Thread,
        stack_top: *mut c_void,
        entry: unsafe extern "C-unwind" fn(*mut Thread) -> !,
    ) -> Result<()>;
    /// Ends the calling thread.
    fn exit_thread() -> !;
    /// The calling thread's number, asked of the system.
    fn thread_id() -> pid_t;
    /// Makes `thread` the calling thread's control block (the FS base).
    unsafe fn set_thread_pointer(thread: *mut Thread) -> Result<()>;
    /// Has `tid` cleared and woken when the calling thread is gone; the thread's number.
    unsafe fn set_tid_word(tid: *const AtomicU32) -> pid_t;
    /// Registers the calling thread's list of robust mutexes.
    unsafe fn set_robust_list(head: *mut c_void, length: usize) -> Result<()>;
    /// Waits on `word` while it holds `expected`: `EAGAIN` when it does not, `ETIMEDOUT`, `EINTR`.
    fn futex_wait(word: &AtomicU32, expected: u32, deadline: Option<Deadline>, scope: Scope) -> Result<()>;
    /// Wakes at most `count` waiters; how many.
    fn futex_wake(word: &AtomicU32, count: u32, scope: Scope) -> usize;
    /// If `word` holds `expected`, wakes `wake` waiters and moves `requeue` others to `target`.
    fn futex_requeue(
        word: &AtomicU32,
        expected: u32,
        wake: u32,
        requeue: u32,
        target: &AtomicU32,
        scope: Scope,
    ) -> Result<usize>;
    /// Takes a priority-inheriting lock. Deadlines are in the real-time clock.
    fn futex_lock_pi(word: &AtomicU32, deadline: Option<Deadline>, scope: Scope) -> Result<()>;
    /// Releases a priority-inheriting lock that has waiters.
    fn futex_unlock_pi(word: &AtomicU32, scope: Scope) -> Result<()>;
    /// Lets others run.
    fn yield_now();
    /// The processors that a thread may run on, as a bit mask; bytes written.
    unsafe fn affinity(thread: pid_t, size: usize, mask: *mut c_void) -> Result<usize>;
    /// Sets the processors that a thread may run on.
    unsafe fn set_affinity(thread: pid_t, size: usize, mask: *const c_void) -> Result<()>;
    /// A thread's scheduling policy.
    fn scheduler(thread: pid_t) -> Result<c_int>;
    /// Sets a thread's policy and priority.
    fn set_scheduler(thread: pid_t, policy: c_int, priority: c_int) -> Result<()>;
    /// A thread's static priority.
    fn scheduling_priority(thread: pid_t) -> Result<c_int>;
    /// Sets a thread's static priority.
    fn set_scheduling_priority(thread: pid_t, priority: c_int) -> Result<()>;
    /// The lowest and highest priority of a policy.
    fn priority_range(policy: c_int) -> Result<(c_int, c_int)>;
    /// The round-robin quantum.
    fn round_robin_interval(thread: pid_t) -> Result<timespec>;
    /// Tells the system a thread's name (at most 15 bytes and the terminator). The first thread's is the process's.
    fn set_thread_name(thread: pid_t, first: bool, name: &[u8; 16]) -> Result<()>;
    /// The processor and node that the caller runs on.
    fn processor() -> (c_uint, c_uint);
}

/// Clocks.
pub trait Clock {
    /// A clock's time.
    fn now(clock: clockid_t) -> Result<timespec>;
    /// A clock's resolution.
    fn resolution(clock: clockid_t) -> Result<timespec>;
    /// Sets a clock.
    fn set_clock(clock: clockid_t, time: &timespec) -> Result<()>;
    /// Sleeps until a clock's time, or (`absolute` false) for a time; `EINTR` leaves the rest in `remaining`.
    fn sleep(
        clock: clockid_t,
        absolute: bool,
        time: &timespec,
        remaining: Option<&mut timespec>,
    ) -> Result<()>;
}

/// Signals.
pub trait Signals {
    /// Sets what a signal does; the old action.
    fn set_action(signal: c_int, action: Option<&Action>) -> Result<Action>;
    /// Changes the calling thread's mask (`SIG_BLOCK`...; `None` only reads); the old one.
    fn mask(how: c_int, set: Option<&SignalSet>) -> Result<SignalSet>;
    /// Signals that are pending and blocked.
    fn pending() -> Result<SignalSet>;
    /// Waits with another mask until a handler has run; always `EINTR`.
    fn suspend(mask: &SignalSet) -> Result<()>;
    /// Takes a pending signal of `set`; `timeout` null waits for ever. `info` may be null.
    unsafe fn wait(set: &SignalSet, info: *mut c_void, timeout: *const timespec) -> Result<c_int>;
    /// Sets and reads the alternate stack.
    unsafe fn alternate_stack(new: *const c_void, old: *mut c_void) -> Result<()>;
    /// Sets (`new` not null) and reads an interval timer (`struct itimerval`).
    unsafe fn interval_timer(which: c_int, new: *const c_void, old: *mut c_void) -> Result<()>;
    /// Sends a signal to processes. POSIX `kill`.
    fn kill(process: pid_t, signal: c_int) -> Result<()>;
    /// Sends a signal to one thread of this process.
    fn kill_thread(thread: pid_t, signal: c_int) -> Result<()>;
    /// Sends a signal with information. Linux `rt_sigqueueinfo`.
    unsafe fn queue(process: pid_t, signal: c_int, info: *const c_void) -> Result<()>;
    /// Sends a signal with information to one thread of this process.
    unsafe fn queue_thread(thread: pid_t, signal: c_int, info: *const c_void) -> Result<()>;
}

/// The process and its credentials.
pub trait Process {
    /// Ends the process.
    fn exit(status: c_int) -> !;
    /// Its number.
    fn pid() -> pid_t;
    /// Its parent's number.
    fn parent_pid() -> pid_t;
    /// Real, effective and saved user.
    fn user_ids() -> [uid_t; 3];
    /// Real, effective and saved group.
    fn group_ids() -> [gid_t; 3];
    /// The process group of a process (0: the caller).
    fn process_group(process: pid_t) -> Result<pid_t>;
    /// The session of a process (0: the caller).
    fn session(process: pid_t) -> Result<pid_t>;
    /// Moves a process (0: the caller) to a group (0: its own number).
    fn set_process_group(process: pid_t, group: pid_t) -> Result<()>;
    /// A session of the caller's own; its number.
    fn new_session() -> Result<pid_t>;
    /// Sets real, effective and saved user; -1 leaves one.
    fn set_user_ids(real: uid_t, effective: uid_t, saved: uid_t) -> Result<()>;
    /// Sets real, effective and saved group; -1 leaves one.
    fn set_group_ids(real: gid_t, effective: gid_t, saved: gid_t) -> Result<()>;
    /// Supplementary groups: how many; they are stored if `count` is not 0 (`EINVAL` when there are more).
    unsafe fn groups(count: usize, list: *mut gid_t) -> Result<usize>;
    /// Sets the supplementary groups.
    unsafe fn set_groups(count: usize, list: *const gid_t) -> Result<()>;
    /// The nice value of a process, group or user (`PRIO_*`), the best of those that it names.
    fn nice(which: c_int, who: id_t) -> Result<c_int>;
    /// Sets nice values.
    fn set_nice(which: c_int, who: id_t, nice: c_int) -> Result<()>;
    /// Limits: `new` may be null, `old` may be null (`struct rlimit`).
    unsafe fn limits(process: pid_t, resource: c_int, new: *const c_void, old: *mut c_void) -> Result<()>;
    /// Resource usage (`struct rusage`).
    unsafe fn usage(who: c_int, usage: *mut c_void) -> Result<()>;
    /// Processor times (`struct tms`), in clock ticks; ticks since an arbitrary time.
    unsafe fn times(times: *mut c_void) -> Result<clock_t>;
    /// The system's names (`struct utsname`).
    unsafe fn uname(names: *mut c_void) -> Result<()>;
    /// Sets the host's name.
    fn set_host_name(name: &[u8]) -> Result<()>;
    /// Sets the domain's name.
    fn set_domain_name(name: &[u8]) -> Result<()>;
    /// Memory and load (`struct sysinfo`).
    unsafe fn sysinfo(information: *mut c_void) -> Result<()>;
    /// Linux's `prctl`, for the options that the system knows.
    unsafe fn control(option: c_int, arguments: [c_ulong; 4]) -> Result<c_int>;
    /// Ends or restarts the machine (`RB_*`).
    fn reboot(command: c_int) -> Result<()>;
}

/// Processes come and go.
pub trait Programs {
    /// Tells the system of the process's first thread: once, by start-up.
    fn started();
    /// Copies the process: the child's number, or 0 in the child, whose only thread is the caller. The library's locks are the
    /// caller's matter.
    fn fork() -> Result<pid_t>;
    /// As `fork`, but the child runs in the caller's memory, and the caller waits until it executes a program or ends. `child` runs in
    /// the child and never returns.
    unsafe fn fork_sharing(
        child: unsafe extern "C" fn(*mut c_void) -> !,
        argument: *mut c_void,
    ) -> Result<pid_t>;
    /// The process becomes another program; returns only the error.
    unsafe fn execute(program: &Program) -> Errno;
    /// Starts a program in a new process; `None` when the system cannot do it in one step as asked, and fork and exec shall.
    unsafe fn spawn(program: &Program, spawning: &Spawning) -> Option<Result<pid_t>>;
    /// Waits for a child's change of state (`P_*`, `W*` of waitid). `None`: none yet, and `WNOHANG` says not to wait. `usage` is null
    /// or a `struct rusage`.
    unsafe fn wait_child(
        which: c_int,
        number: pid_t,
        options: c_int,
        usage: *mut c_void,
    ) -> Result<Option<Changed>>;
}

/// Descriptors that stand for processes: Linux's pidfd.
pub trait ProcessDescriptors {
    /// A descriptor for a process. Flags: none.
    fn process_descriptor(process: pid_t, flags: c_uint) -> Result<c_int>;
    /// Sends a signal to the process; `information` may be null (`siginfo_t`).
    unsafe fn signal_descriptor_process(
        fd: c_int,
        signal: c_int,
        information: *const c_void,
        flags: c_uint,
    ) -> Result<()>;
}

/// Randomness for keys.
pub trait Entropy {
    /// Fills `buffer` with random bytes. Flags: `GRND_*`; at most 256 bytes never block once seeded.
    unsafe fn random(buffer: *mut c_void, length: usize, flags: c_uint) -> Result<usize>;
}

/// The last words of a dying program.
pub trait Console {
    /// Writes a message where a user may see it. Nothing is done about errors.
    fn emergency(message: &[u8]);
}
