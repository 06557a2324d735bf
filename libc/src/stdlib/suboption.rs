//! `getsubopt`: options within an option, as `mount -o` has them; and `rpmatch`.

use crate::string::{strchrnul, strlen, strncmp};
use crate::types::*;
use core::ptr;

export! {
    /// The next of a list `name=value,...`: its place among `tokens`, or -1. `*value` is its value or null, or
    /// the whole suboption when it is unknown. POSIX.1-2024 `getsubopt`.
    pub unsafe extern "C" fn getsubopt(
        option: *mut *mut c_char,
        tokens: *const *mut c_char,
        value: *mut *mut c_char,
    ) -> c_int {
        // SAFETY: *option is a string; tokens ends with null.
        unsafe {
            let start = *option;
            *value = ptr::null_mut();
            if *start == 0 {
                return -1;
            }
            let end = strchrnul(start, c_int::from(b','));
            let mut sign = start;
            while sign != end && *sign as u8 != b'=' {
                sign = sign.add(1);
            }
            let name_length = sign.offset_from_unsigned(start);
            let mut found = -1;
            let mut index = 0;
            while !(*tokens.add(index)).is_null() {
                let token = *tokens.add(index);
                if strlen(token) == name_length && strncmp(start, token, name_length) == 0 {
                    found = index as c_int;
                    break;
                }
                index += 1;
            }
            *value = match found {
                -1 => start,
                _ if sign != end => sign.add(1),
                _ => ptr::null_mut(),
            };
            *option = end;
            if *end != 0 {
                *end = 0;
                *option = end.add(1);
            }
            found
        }
    }

    /// Whether an answer means yes (1), no (0) or neither (-1). glibc, BSD `rpmatch`.
    pub unsafe extern "C" fn rpmatch(answer: *const c_char) -> c_int {
        // SAFETY: answer is a string.
        match unsafe { *answer } as u8 {
            b'y' | b'Y' => 1,
            b'n' | b'N' => 0,
            _ => -1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;

    #[test]
    fn getsubopt_walks_the_list() {
        let mut text = *b"ro,size=10,what=x,\0";
        let tokens = [
            c"size".as_ptr().cast_mut(),
            c"ro".as_ptr().cast_mut(),
            ptr::null_mut(),
        ];
        let mut at = text.as_mut_ptr().cast();
        let mut value = ptr::null_mut();
        // SAFETY: the list is a string; tokens ends with null.
        unsafe {
            assert_eq!(getsubopt(&mut at, tokens.as_ptr(), &mut value), 1);
            assert!(value.is_null());
            assert_eq!(getsubopt(&mut at, tokens.as_ptr(), &mut value), 0);
            assert_eq!(CStr::from_ptr(value), c"10");
            assert_eq!(getsubopt(&mut at, tokens.as_ptr(), &mut value), -1);
            assert_eq!(CStr::from_ptr(value), c"what=x");
            assert_eq!(*at, 0);
        }
    }
}
