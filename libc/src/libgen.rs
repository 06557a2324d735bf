//! <libgen.h>: `basename` and `dirname`, and glibc's `basename` of <string.h>.

use crate::string::strlen;
use crate::types::*;

const HERE: *mut c_char = c".".as_ptr().cast_mut();
const ROOT: *mut c_char = c"/".as_ptr().cast_mut();

/// The path's bytes, without slashes at its end (but for a path of slashes alone, which becomes empty).
unsafe fn trimmed<'a>(path: *const c_char) -> &'a [u8] {
    // SAFETY: path is a string.
    let path = unsafe { core::slice::from_raw_parts(path.cast::<u8>(), strlen(path)) };
    let end = path.iter().rposition(|&b| b != b'/').map_or(0, |i| i + 1);
    &path[..end]
}

export! {
    /// The last part of a path; slashes at the end are cut off in place. POSIX.1-2024 `basename`.
    pub unsafe extern "C" fn __xpg_basename(path: *mut c_char) -> *mut c_char {
        // SAFETY: path is null or a string that may be changed.
        unsafe {
            if path.is_null() || *path == 0 {
                return HERE;
            }
            let kept = trimmed(path);
            if kept.is_empty() {
                return ROOT;
            }
            let start = kept.iter().rposition(|&b| b == b'/').map_or(0, |i| i + 1);
            *path.add(kept.len()) = 0;
            path.add(start)
        }
    }

    /// The path without its last part, cut off in place. POSIX.1-2024 `dirname`.
    pub unsafe extern "C" fn dirname(path: *mut c_char) -> *mut c_char {
        // SAFETY: path is null or a string that may be changed.
        unsafe {
            if path.is_null() || *path == 0 {
                return HERE;
            }
            let kept = trimmed(path);
            if kept.is_empty() {
                return ROOT;
            }
            let Some(slash) = kept.iter().rposition(|&b| b == b'/') else { return HERE };
            match kept[..slash].iter().rposition(|&b| b != b'/') {
                Some(last) => {
                    *path.add(last + 1) = 0;
                    path
                }
                None => ROOT,
            }
        }
    }
}

/// What follows a path's last slash; the path is not changed. glibc's `basename`.
pub unsafe extern "C" fn basename_of(path: *const c_char) -> *mut c_char {
    // SAFETY: path is a string.
    unsafe {
        let slash = crate::string::strrchr(path, c_int::from(b'/'));
        if slash.is_null() {
            path.cast_mut()
        } else {
            slash.add(1)
        }
    }
}

crate::alias!(basename = basename_of);

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::{CStr, CString};

    #[test]
    fn paths_are_split_as_posix_has_them() {
        for (path, directory, base) in [
            ("usr", ".", "usr"),
            ("usr/", ".", "usr"),
            ("", ".", "."),
            ("/", "/", "/"),
            ("//", "/", "/"),
            ("///", "/", "/"),
            ("/usr/", "/", "usr"),
            ("/usr/lib", "/usr", "lib"),
            ("//usr//lib//", "//usr", "lib"),
            ("/home//dwc//test", "/home//dwc", "test"),
            ("a/b", "a", "b"),
            (".", ".", "."),
            ("..", ".", ".."),
        ] {
            let (a, b) = (
                CString::new(path).unwrap().into_raw(),
                CString::new(path).unwrap().into_raw(),
            );
            // SAFETY: both are strings of this test.
            unsafe {
                assert_eq!(CStr::from_ptr(dirname(a)).to_str(), Ok(directory), "{path:?}");
                assert_eq!(CStr::from_ptr(__xpg_basename(b)).to_str(), Ok(base), "{path:?}");
            }
        }
        // SAFETY: null is allowed; the others are strings.
        unsafe {
            assert_eq!(CStr::from_ptr(dirname(core::ptr::null_mut())), c".");
            assert_eq!(CStr::from_ptr(basename_of(c"/a/b/".as_ptr())), c"");
            assert_eq!(CStr::from_ptr(basename_of(c"b".as_ptr())), c"b");
        }
    }
}
