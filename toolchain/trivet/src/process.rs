//! Child processes that end with this one, and that inherit chosen descriptors.
//!
//! QEMU must never outlive the command, whatever ends it: the kernel sends the child SIGKILL when the thread
//! that started it ends. The child gets a process group of its own, so that keys typed at the terminal reach
//! the guest as bytes and not QEMU as signals.
#![allow(unsafe_code)]

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{Pid, Signal, getpid, getppid, set_parent_process_death_signal};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};

/// Starts `command` tied to the calling thread: it is killed when that thread or this process ends. It
/// inherits each of `inherit` under its present number; they are closed here once it runs.
///
/// Call it from a thread that lives as long as the child shall, which is the main thread.
pub fn spawn_tied(command: &mut Command, inherit: Vec<OwnedFd>) -> io::Result<Child> {
    let parent = getpid();
    command.process_group(0);
    let numbers: Vec<i32> = inherit.iter().map(|fd| fd.as_raw_fd()).collect();
    let prepare = move || prepare_child(parent, &numbers);
    // SAFETY: `prepare_child` runs between fork and exec and makes only system calls; it neither allocates
    // nor takes a lock. `numbers` was allocated before the fork.
    unsafe { command.pre_exec(prepare) };
    let child = command.spawn();
    drop(inherit);
    child
}

fn prepare_child(parent: Pid, inherit: &[i32]) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    if getppid() != Some(parent) {
        // The parent ended before the line above took effect.
        return Err(io::Error::from_raw_os_error(
            rustix::io::Errno::SRCH.raw_os_error(),
        ));
    }
    for &number in inherit {
        // SAFETY: `spawn_tied` owns these descriptors until the child has been started.
        let fd = unsafe { BorrowedFd::borrow_raw(number) };
        fcntl_setfd(fd, FdFlags::empty())?;
    }
    Ok(())
}
