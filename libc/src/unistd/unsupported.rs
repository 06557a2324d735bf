//! Functions that can only fail: the system does not offer them.
//!
//! They exist because POSIX, Rust's standard library or other programs' binaries name them; each answers `ENOSYS`
//! and has its `__stub_NAME` in <gnu/stubs.h>, so that `configure` counts it as missing. A family that the system
//! comes to offer leaves this list for a file of its own.

use crate::errno::{ENOSYS, set_errno};
use crate::types::*;

/// -1 with `ENOSYS`.
unsafe extern "C" fn status() -> c_long {
    set_errno(ENOSYS);
    -1
}

macro_rules! unsupported {
    ($function:path: $($name:ident)*) => {
        $( crate::alias!($name = $function); )*
    };
}

unsupported! {
    status:
    socket socketpair sockatmark bindresvport bind listen accept accept4 connect shutdown getsockname getpeername
    getsockopt setsockopt send sendto sendmsg recv recvfrom recvmsg pidfd_getfd pidfd_getpid pidfd_spawnp splice
    signalfd semget semop semtimedop semctl shmget shmctl shmdt msgget msgctl
    msgsnd msgrcv personality setns unshare capget capset
}

// The administrator's: clocks, swap, the kernel's log, accounting.
unsupported! {
    status:
    acct adjtime adjtimex ntp_adjtime ntp_gettime clock_adjtime klogctl pivot_root swapon swapoff shmat
    name_to_handle_at sync_file_range
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_does_not_offer_says_so() {
        // SAFETY: they have no conditions.
        unsafe {
            assert_eq!(status(), -1);
            assert_eq!(crate::errno::get_errno(), ENOSYS);
        }
    }
}
