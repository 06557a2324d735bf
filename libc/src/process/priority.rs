//! Nice values. POSIX.1-2024 `nice`, `getpriority`, `setpriority`.

use crate::errno::{Errno, returned, returned_status};
use crate::seam::*;
use crate::types::*;

const PRIO_PROCESS: c_int = 0;
const LOWEST: c_int = -20;
const HIGHEST: c_int = 19;

crate::export! {
    /// Adds to the nice value; the new one. An error is only known by `errno`. POSIX.1-2024 `nice`.
    pub unsafe extern "C" fn nice(increment: c_int) -> c_int {
        returned(System::nice(PRIO_PROCESS, 0).and_then(|old| {
            let new = old.saturating_add(increment).clamp(LOWEST, HIGHEST);
            match System::set_nice(PRIO_PROCESS, 0, new) {
                // POSIX's number for one who may not.
                Err(Errno::EACCES) => Err(Errno::EPERM),
                result => result.map(|()| new),
            }
        }))
    }

    /// The nice value of a process, group or user. POSIX.1-2024 `getpriority`.
    pub unsafe extern "C" fn getpriority(which: c_int, who: id_t) -> c_int {
        returned(System::nice(which, who))
    }

    /// Sets nice values. POSIX.1-2024 `setpriority`.
    pub unsafe extern "C" fn setpriority(which: c_int, who: id_t, nice: c_int) -> c_int {
        returned_status(System::set_nice(which, who, nice.clamp(LOWEST, HIGHEST)))
    }
}
