//! `daemon`: leaves terminal and session behind. BSD.

use super::{fork, groups};
use crate::seam::*;
use crate::types::*;

const O_RDWR: c_int = 2;

crate::export! {
    /// Goes on in a child of its own session; with `no_directory` 0 in the root directory, with `no_close` 0 with /dev/null as standard
    /// streams. BSD `daemon`.
    pub unsafe extern "C-unwind" fn daemon(no_directory: c_int, no_close: c_int) -> c_int {
        // SAFETY: the paths are C strings; the parent ends without the program's own handlers.
        unsafe {
            match fork::fork() {
                -1 => return -1,
                0 => {}
                _ => System::exit(0),
            }
            if groups::setsid() == -1 {
                return -1;
            }
            if no_directory == 0 {
                let _ = System::chdir(c"/".as_ptr());
            }
            if no_close == 0 {
                let opened = System::openat(AT_FDCWD, c"/dev/null".as_ptr(), O_RDWR, 0);
                let Ok(null) = opened else {
                    return crate::errno::returned_status(opened.map(drop));
                };
                for fd in 0..3 {
                    if fd != null {
                        let _ = System::dup3(null, fd, 0);
                    }
                }
                if null > 2 {
                    let _ = System::close(null);
                }
            }
        }
        0
    }
}
