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

/// Error number `ENOSYS`.
unsafe extern "C" fn number() -> c_int {
    ENOSYS
}

/// Null with `ENOSYS`.
unsafe extern "C" fn pointer() -> *mut c_void {
    set_errno(ENOSYS);
    core::ptr::null_mut()
}

macro_rules! unsupported {
    ($function:path: $($name:ident)*) => {
        $( crate::alias!($name = $function); )*
    };
}

unsupported! {
status:
fork vfork pclose execve execv execvp fexecve wait waitpid waitid wait3 wait4 setuid setgid seteuid
setegid setreuid setregid setresuid setresgid setgroups getgroups initgroups setpgid setpgrp
setsid socket socketpair bind listen accept accept4 connect shutdown getsockname getpeername
getsockopt setsockopt send sendto sendmsg recv recvfrom recvmsg pidfd_getpid pidfd_spawnp splice
nice
getpriority setpriority mount umount umount2 reboot eventfd eventfd_read eventfd_write
epoll_create epoll_create1 epoll_ctl epoll_wait signalfd timerfd_create timerfd_settime
inotify_init1 inotify_add_watch inotify_rm_watch memfd_create timer_create timer_delete
timer_settime timer_gettime timer_getoverrun mq_open mq_close mq_send mq_receive mq_timedsend
mq_timedreceive mq_getattr mq_setattr mq_notify mq_unlink semget semop semctl shmget shmctl
shmdt msgget msgctl msgsnd msgrcv sethostname prctl personality setns unshare capget capset
getxattr lgetxattr fgetxattr setxattr lsetxattr fsetxattr listxattr llistxattr flistxattr
removexattr lremovexattr fremovexattr
}

unsupported! {
    status:
    aio_read aio_write aio_fsync aio_error aio_return aio_cancel aio_suspend lio_listio aio_read64
    aio_write64 aio_fsync64 aio_error64 aio_return64 aio_cancel64 aio_suspend64 lio_listio64
}

unsupported! {
    number:
    posix_spawn posix_spawnp posix_spawn_file_actions_init posix_spawn_file_actions_destroy
    posix_spawn_file_actions_adddup2 posix_spawn_file_actions_addopen
    posix_spawn_file_actions_addclose posix_spawn_file_actions_addchdir
    posix_spawn_file_actions_addfchdir posix_spawnattr_init posix_spawnattr_destroy
    posix_spawnattr_setflags posix_spawnattr_getflags posix_spawnattr_setpgroup
    posix_spawnattr_getpgroup posix_spawnattr_setsigdefault posix_spawnattr_getsigdefault
    posix_spawnattr_setsigmask posix_spawnattr_getsigmask posix_spawnattr_setschedparam
    posix_spawnattr_getschedparam posix_spawnattr_setschedpolicy posix_spawnattr_getschedpolicy
    posix_spawn_file_actions_addchdir_np
}

unsupported! {
    pointer:
    popen
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
            assert_eq!(number(), ENOSYS);
            assert!(pointer().is_null());
        }
    }
}

crate::export! {
    /// Whether there is a command processor (null command): 0, for there is none. Any command fails with -1 and
    /// `ENOSYS`. ISO C, POSIX.1-2024 `system`.
    pub unsafe extern "C" fn system(command: *const c_char) -> c_int {
        if command.is_null() {
            return 0;
        }
        set_errno(ENOSYS);
        -1
    }
}
