//! Process groups and sessions. POSIX.1-2024 `setpgid`, `setsid`; BSD's `setpgrp`.

use crate::errno::{returned, returned_status};
use crate::seam::*;
use crate::types::*;

crate::export! {
    /// Moves a process (0: the caller) to a group (0: one of its own number). POSIX.1-2024 `setpgid`.
    pub unsafe extern "C" fn setpgid(process: pid_t, group: pid_t) -> c_int {
        returned_status(System::set_process_group(process, group))
    }

    /// Makes the caller the leader of a group of its own. System V `setpgrp`.
    pub unsafe extern "C" fn setpgrp() -> c_int {
        returned_status(System::set_process_group(0, 0))
    }

    /// Makes a session of the caller's own; its number. POSIX.1-2024 `setsid`.
    pub unsafe extern "C" fn setsid() -> pid_t {
        returned(System::new_session())
    }
}
crate::alias!(__setpgid = setpgid);
