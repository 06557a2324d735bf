//! The library's locks, taken before a fork and free in the child, so that the child's library is whole.
//!
//! Taken in one fixed order: a lock comes before those that its holders take, and malloc's last, because nearly every holder of another
//! lock may allocate. No holder of one of them waits for anything but the kernel, so fork does not wait for long.

use crate::lock::RawLock;

/// All locks but the two that need more than to be free: the list of streams, and malloc's.
fn all() -> [&'static RawLock; 18] {
    [
        crate::pthread::fork_handlers::lock(),
        crate::process::command::locks()[0],
        crate::process::command::locks()[1],
        crate::exit::locks()[0],
        crate::exit::locks()[1],
        crate::env::lock(),
        crate::time::zone::lock(),
        crate::messages::lock(),
        crate::random::locks()[0],
        crate::random::locks()[1],
        crate::pthread::semaphore::lock(),
        crate::pthread::attributes::DEFAULTS.raw(),
        crate::pthread::cancellation::lock(),
        crate::signal::posix_timers::lock(),
        crate::asynchronous::lock(),
        crate::unistd::data_segment::lock(),
        crate::fmtmsg::lock(),
        crate::pthread::stacks::lock(),
    ]
}

/// Takes all locks.
pub fn before_fork() {
    for lock in all() {
        lock.lock();
    }
    crate::stdio::at_exit::before_fork();
    crate::malloc::lock().lock();
}

/// Gives them back in the parent.
pub fn after_fork_in_parent() {
    crate::malloc::lock().unlock();
    crate::stdio::at_exit::after_fork_in_parent();
    for lock in all().into_iter().rev() {
        lock.unlock();
    }
}

/// Frees them in the child, and forgets the threads that are not there.
pub fn after_fork_in_child() {
    crate::malloc::after_fork_in_child();
    for lock in all() {
        lock.reset();
    }
    crate::stdio::at_exit::after_fork_in_child();
    crate::pthread::after_fork_in_child();
    crate::signal::posix_timers::after_fork_in_child();
    crate::asynchronous::after_fork_in_child();
}
