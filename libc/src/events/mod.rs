//! What programs wait for: sets of descriptors (epoll), counters, timers, what happens to files, which are Linux's; and POSIX's message queues.

pub mod counter;
pub mod epoll;
pub mod inotify;
pub mod notification;
pub mod queue;
pub mod timer;

use crate::types::c_int;

/// `O_CLOEXEC` and `O_NONBLOCK`, which all of them call by other names.
pub const CLOSE_ON_EXEC: c_int = 0o2000000;
/// See [`CLOSE_ON_EXEC`].
pub const NON_BLOCK: c_int = 0o4000;
