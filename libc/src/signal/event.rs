//! `struct sigevent`: how a program wants to be told that something is over. POSIX.1-2024 2.4.1.
//!
//! Timers and asynchronous input and output share it.

use crate::errno::{Errno, Result};
use crate::seam::*;
use crate::signal::is_valid;
use crate::types::*;
use core::ptr;

/// A signal is queued for the process.
pub const SIGEV_SIGNAL: c_int = 0;
/// Nobody is told.
pub const SIGEV_NONE: c_int = 1;
/// A function is called in a thread of its own.
pub const SIGEV_THREAD: c_int = 2;
/// A signal is queued for one thread. Linux.
pub const SIGEV_THREAD_ID: c_int = 4;

/// C's `struct sigevent`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Event {
    /// What signal or function get.
    pub value: usize,
    /// The signal.
    pub signal: c_int,
    /// One of the constants above.
    pub notify: c_int,
    /// SIGEV_THREAD's function, or SIGEV_THREAD_ID's thread in the lower half.
    pub function: usize,
    /// The attributes of SIGEV_THREAD's thread, or null.
    pub attributes: usize,
    /// Room that is not used.
    pub rest: [usize; 4],
}

const _: () = assert!(size_of::<Event>() == 64);

/// C's `siginfo_t` of a signal with a value.
#[repr(C)]
struct Information {
    signal: c_int,
    error: c_int,
    code: c_int,
    padding: c_int,
    process: pid_t,
    user: uid_t,
    value: usize,
    rest: [u64; 12],
}

const _: () = assert!(size_of::<Information>() == 128);

impl Event {
    /// Nobody is told.
    pub const NONE: Event = Event {
        value: 0,
        signal: 0,
        notify: SIGEV_NONE,
        function: 0,
        attributes: 0,
        rest: [0; 4],
    };

    /// Refuses, with EINVAL, a way of telling that there is not, and a signal that there is not.
    pub fn check(&self) -> Result<()> {
        match self.notify {
            SIGEV_NONE | SIGEV_THREAD => Ok(()),
            SIGEV_SIGNAL | SIGEV_THREAD_ID if is_valid(self.signal) => Ok(()),
            _ => Err(Errno::EINVAL),
        }
    }

    /// Tells the program, with `code` as the signal's `si_code`. A signal that finds no room is lost, as POSIX allows.
    pub fn tell(&self, code: c_int) {
        match self.notify {
            SIGEV_SIGNAL | SIGEV_THREAD_ID => {
                let information = Information {
                    signal: self.signal,
                    error: 0,
                    code,
                    padding: 0,
                    process: System::pid(),
                    user: System::user_ids()[0],
                    value: self.value,
                    rest: [0; 12],
                };
                let place = (&raw const information).cast();
                // SAFETY: the information is a local variable of the system's size.
                let _ = unsafe {
                    if self.notify == SIGEV_SIGNAL {
                        System::queue(System::pid(), self.signal, place)
                    } else {
                        System::queue_thread(self.function as pid_t, self.signal, place)
                    }
                };
            }
            SIGEV_THREAD => self.start_thread(),
            _ => {}
        }
    }
}

/// What a thread of SIGEV_THREAD begins with.
struct Call {
    function: unsafe extern "C-unwind" fn(usize),
    value: usize,
}

unsafe extern "C-unwind" fn call(argument: *mut c_void) -> *mut c_void {
    // SAFETY: the block is the one that `start_thread` made; the function is the program's.
    unsafe {
        let Call { function, value } = argument.cast::<Call>().read();
        crate::heap::free(argument);
        function(value);
    }
    ptr::null_mut()
}

impl Event {
    /// Starts SIGEV_THREAD's function in a thread of its own.
    #[cfg(not(test))]
    pub fn start_thread(&self) {
        use crate::pthread::create;
        // SAFETY: the function and the attributes are the program's.
        unsafe {
            let block: *mut Call = crate::heap::malloc(size_of::<Call>()).cast();
            if block.is_null() {
                return;
            }
            block.write(Call {
                function: core::mem::transmute::<usize, unsafe extern "C-unwind" fn(usize)>(self.function),
                value: self.value,
            });
            let attributes = ptr::with_exposed_provenance(self.attributes);
            match create::create(attributes, call, block.cast(), false) {
                Ok(thread) => {
                    let _ = crate::pthread::join::detach(thread);
                }
                Err(_) => crate::heap::free(block.cast()),
            }
        }
    }

    /// Host tests have no threads of this library.
    #[cfg(test)]
    pub fn start_thread(&self) {
        let _ = call;
    }
}
