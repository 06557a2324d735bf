//! <sys/socket.h>: control data of a message. POSIX.1-2024 `CMSG_NXTHDR`.

use crate::types::*;
use core::ptr;

/// A message. POSIX.1-2024 `struct msghdr`.
#[repr(C)]
pub struct Message {
    name: *mut c_void,
    name_length: socklen_t,
    buffers: *mut iovec,
    count: size_t,
    control: *mut c_void,
    control_length: size_t,
    flags: c_int,
}

/// The head of one piece of control data. POSIX.1-2024 `struct cmsghdr`.
#[repr(C)]
pub struct Header {
    length: size_t,
    level: c_int,
    kind: c_int,
}

const _: () = assert!(size_of::<Message>() == 56 && size_of::<Header>() == 16);

export! {
    /// The piece of control data behind another; null if it does not lie within the message. glibc.
    pub unsafe extern "C" fn __cmsg_nxthdr(message: *const Message, header: *const Header) -> *mut Header {
        // SAFETY: the caller passes a message and one of its heads.
        unsafe {
            let length = (*header).length;
            if length < size_of::<Header>() {
                return ptr::null_mut();
            }
            let end = (*message).control.addr() + (*message).control_length;
            let Some(step) = length.checked_next_multiple_of(size_of::<size_t>()) else {
                return ptr::null_mut();
            };
            let Some(next) = header.addr().checked_add(step) else { return ptr::null_mut() };
            // The next head must be whole.
            if next.checked_add(size_of::<Header>()).is_none_or(|head_end| head_end > end) {
                return ptr::null_mut();
            }
            header.byte_add(step).cast_mut()
        }
    }
}
