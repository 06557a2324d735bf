//! What happens to files, read as events: Linux's inotify.

use super::{CLOSE_ON_EXEC, NON_BLOCK};
use crate::errno::{Errno, returned, returned_status};
use crate::seam::*;
use crate::types::*;

// SAFETY of every block below: paths are the program's strings.
crate::export! {
    /// A queue of events. Linux `inotify_init`.
    pub unsafe extern "C" fn inotify_init() -> c_int {
        returned(System::observer(0))
    }

    /// A queue of events. Flags: `IN_NONBLOCK`, `IN_CLOEXEC`. Linux `inotify_init1`.
    pub unsafe extern "C" fn inotify_init1(flags: c_int) -> c_int {
        if flags & !(CLOSE_ON_EXEC | NON_BLOCK) != 0 {
            return returned(Err::<c_int, _>(Errno::EINVAL));
        }
        returned(System::observer(flags))
    }

    /// Watches what a path names, or changes what is told of it; the watch's number. Linux `inotify_add_watch`.
    pub unsafe extern "C" fn inotify_add_watch(fd: c_int, path: *const c_char, events: u32) -> c_int {
        // SAFETY: see above.
        returned(unsafe { System::observe(fd, path, events) })
    }

    /// Ends a watch. Linux `inotify_rm_watch`.
    pub unsafe extern "C" fn inotify_rm_watch(fd: c_int, watch: c_int) -> c_int {
        returned_status(System::stop_observing(fd, watch))
    }
}
