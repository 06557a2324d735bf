//! <resolv.h>: the resolver's state, and the queries that need a network's name service, which answer that there is
//! none (`TRY_AGAIN`).

use super::hosts::{__h_errno_location, TRY_AGAIN};
use crate::errno::{ECONNREFUSED, set_errno};
use crate::types::*;
use core::cell::UnsafeCell;

/// Bytes of glibc's `struct __res_state`.
const STATE_SIZE: usize = 568;
const OPTIONS: u64 = 0x2c1;

/// The resolver's state: glibc's layout, of which the time-out, the tries and the options are set.
#[repr(C, align(8))]
struct State(UnsafeCell<[u8; STATE_SIZE]>);

// SAFETY: C programs share it as they share glibc's; the library itself only sets it up.
unsafe impl Sync for State {}

const fn initial() -> [u8; STATE_SIZE] {
    let mut state = [0; STATE_SIZE];
    // retrans and retry.
    state[0] = 5;
    state[4] = 2;
    let options = OPTIONS.to_le_bytes();
    let mut index = 0;
    while index < options.len() {
        state[8 + index] = options[index];
        index += 1;
    }
    state
}

static STATE: State = State(UnsafeCell::new(initial()));

/// There is no name service to ask.
fn refused() -> c_int {
    set_errno(ECONNREFUSED);
    // SAFETY: the thread's own.
    unsafe { *__h_errno_location() = TRY_AGAIN };
    -1
}

// SAFETY of every block below: the state is the library's.
export! {
    /// The resolver's state. BIND `_res`.
    pub unsafe extern "C" fn __res_state() -> *mut c_void {
        STATE.0.get().cast()
    }

    /// Sets the state to its defaults. BIND `res_init`.
    pub unsafe extern "C" fn __res_init() -> c_int {
        // SAFETY: see above; that no other thread uses it meanwhile is the caller's promise.
        unsafe { STATE.0.get().write(initial()) };
        0
    }

    /// Asks the name service: -1 with ECONNREFUSED and `TRY_AGAIN`, as there is none. BIND `res_query`.
    pub unsafe extern "C" fn res_query(
        _name: *const c_char,
        _class: c_int,
        _kind: c_int,
        _answer: *mut c_uchar,
        _size: c_int,
    ) -> c_int {
        refused()
    }

    /// Sends a message to the name service: -1 with ECONNREFUSED, as there is none. BIND `res_send`.
    pub unsafe extern "C" fn res_send(
        _message: *const c_uchar,
        _length: c_int,
        _answer: *mut c_uchar,
        _size: c_int,
    ) -> c_int {
        refused()
    }
}
crate::alias!(res_search = res_query);
