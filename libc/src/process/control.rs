//! The machine's name and end, and `prctl`. Linux `sethostname`, `reboot`, `prctl`.

use crate::errno::{Errno, returned, returned_status};
use crate::printf::va_list::VaList;
use crate::seam::*;
use crate::thread::{name, this};
use crate::types::*;

const PR_SET_NAME: c_int = 15;
const PR_GET_NAME: c_int = 16;

/// Bytes that the caller gave.
unsafe fn bytes<'a>(text: *const c_char, length: size_t) -> Result<&'a [u8], Errno> {
    const MOST: usize = 64;
    if length > MOST {
        return Err(Errno::EINVAL);
    }
    if text.is_null() {
        return Err(Errno::EFAULT);
    }
    // SAFETY: the caller's.
    Ok(unsafe { core::slice::from_raw_parts(text.cast(), length) })
}

crate::export! {
    /// Sets the host's name. BSD, Linux `sethostname`.
    pub unsafe extern "C" fn sethostname(name: *const c_char, length: size_t) -> c_int {
        // SAFETY: the caller's.
        returned_status(unsafe { bytes(name, length) }.and_then(System::set_host_name))
    }

    /// Sets the domain's name. BSD, Linux `setdomainname`.
    pub unsafe extern "C" fn setdomainname(name: *const c_char, length: size_t) -> c_int {
        // SAFETY: the caller's.
        returned_status(unsafe { bytes(name, length) }.and_then(System::set_domain_name))
    }

    /// Ends or restarts the machine. Linux `reboot`.
    pub unsafe extern "C" fn reboot(command: c_int) -> c_int {
        returned_status(System::reboot(command))
    }
}

/// `prctl` with its arguments in a list. Linux.
pub unsafe extern "C" fn control(option: c_int, list: *mut VaList) -> c_int {
    // SAFETY: the ABI has four more arguments in registers, whether the caller gave them or not.
    let arguments = core::array::from_fn(|_| unsafe { (*list).integer() });
    let text: *mut u8 = core::ptr::with_exposed_provenance_mut(arguments[0] as usize);
    let own = crate::pthread::own_tid() as pid_t;
    // SAFETY: the caller's pointer to a name of at most 16 bytes.
    returned(unsafe {
        match option {
            PR_SET_NAME => {
                let mut name = [0u8; 16];
                for (index, place) in name.iter_mut().enumerate().take(15) {
                    *place = *text.add(index);
                    if *place == 0 {
                        break;
                    }
                }
                name::set(this(), own, &name).map(|()| 0)
            }
            PR_GET_NAME => {
                text.cast::<name::Name>().write(name::get(this()));
                Ok(0)
            }
            _ => System::control(option, arguments),
        }
    })
}

variadic! { prctl(1) = control; }
