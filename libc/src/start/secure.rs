//! A program that runs with more rights than its caller (AT_SECURE) starts without what the caller could mislead it by: variables that change
//! where libraries look for files or what they write, and standard descriptors that are closed, so that the next file it opens would be
//! taken for one of them.

use crate::seam::*;
use crate::types::*;
use core::ffi::CStr;

const O_RDONLY: c_int = 0;
const O_WRONLY: c_int = 1;
const O_NOFOLLOW: c_int = 0o400_000;

/// Variables that such a program and its children do not see, beside those of [`PREFIXES`]. ld.so(8) and glibc's manual list them.
const NAMES: [&[u8]; 12] = [
    b"GCONV_PATH",
    b"GETCONF_DIR",
    b"GLIBC_TUNABLES",
    b"HOSTALIASES",
    b"LOCALDOMAIN",
    b"LOCPATH",
    b"NIS_PATH",
    b"NLSPATH",
    b"RESOLV_HOST_CONF",
    b"RES_OPTIONS",
    b"TMPDIR",
    b"TZDIR",
];
/// What a loader and the allocator read.
const PREFIXES: [&[u8]; 2] = [b"LD_", b"MALLOC_"];

/// Whether a string of the environment is withheld.
fn is_withheld(string: &[u8]) -> bool {
    let name = string.split(|&byte| byte == b'=').next().unwrap_or(string);
    NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Takes such variables out of an environment.
///
/// # Safety
/// The array is the system's, ended by null, of strings; nothing else reads it meanwhile.
pub unsafe fn clean(environment: *mut *mut c_char) {
    let (mut from, mut to) = (environment, environment);
    // SAFETY: both stay within the array, since `to` is never behind `from`, which stops at its end.
    unsafe {
        while !(*from).is_null() {
            if !is_withheld(CStr::from_ptr(*from).to_bytes()) {
                *to = *from;
                to = to.add(1);
            }
            from = from.add(1);
        }
        *to = core::ptr::null_mut();
    }
}

/// Opens devices on the standard descriptors that are closed, the other way than they are used: what the program reads or writes there by mistake
/// is EBADF, as in glibc. False where that cannot be done.
pub fn open_standard_descriptors() -> bool {
    let devices = [
        (c"/dev/full", O_WRONLY),
        (c"/dev/null", O_RDONLY),
        (c"/dev/null", O_RDONLY),
    ];
    devices.iter().zip(0..).all(|(&(path, flags), descriptor)| {
        System::descriptor_flags(descriptor).is_ok()
            // SAFETY: the path is a string.
            || unsafe { System::openat(AT_FDCWD, path.as_ptr(), flags | O_NOFOLLOW, 0) } == Ok(descriptor)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_cannot_mislead_by_variables() {
        for string in [
            "LD_PRELOAD=x",
            "LD_=",
            "MALLOC_TRACE=/etc/passwd",
            "TZDIR=.",
            "LOCPATH",
            "NLSPATH=%N",
        ] {
            assert!(is_withheld(string.as_bytes()), "{string}");
        }
        for string in [
            "PATH=/bin",
            "TZ=UTC",
            "TZDIRS=x",
            "OLD_=1",
            "",
            "=LD_X",
            "HOME=/LD_PRELOAD=x",
        ] {
            assert!(!is_withheld(string.as_bytes()), "{string}");
        }
    }

    #[test]
    fn the_rest_of_an_environment_keeps_its_order() {
        let strings = [c"A=1", c"LD_PRELOAD=x", c"B=2", c"MALLOC_ARENA_MAX=1"];
        let mut environment: Vec<*mut c_char> =
            strings.iter().map(|string| string.as_ptr().cast_mut()).collect();
        environment.push(core::ptr::null_mut());
        // SAFETY: ended by null, of strings.
        unsafe { clean(environment.as_mut_ptr()) };
        assert_eq!(environment[0], strings[0].as_ptr().cast_mut());
        assert_eq!(environment[1], strings[2].as_ptr().cast_mut());
        assert!(environment[2].is_null());
    }
}
