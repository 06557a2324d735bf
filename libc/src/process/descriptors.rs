//! Descriptors that stand for processes: Linux's pidfd.

use crate::errno::{returned, returned_status};
use crate::seam::*;
use crate::types::*;

crate::export! {
    /// A descriptor for a process, which can be read (`poll`) when the process has ended. Linux `pidfd_open`.
    pub unsafe extern "C" fn pidfd_open(process: pid_t, flags: c_uint) -> c_int {
        returned(System::process_descriptor(process, flags))
    }

    /// Sends a signal to the process that a descriptor stands for; `information` may be null. Linux `pidfd_send_signal`.
    pub unsafe extern "C" fn pidfd_send_signal(
        fd: c_int,
        signal: c_int,
        information: *const c_void,
        flags: c_uint,
    ) -> c_int {
        // SAFETY: the program's structure, which the system checks.
        returned_status(unsafe { System::signal_descriptor_process(fd, signal, information, flags) })
    }
}
