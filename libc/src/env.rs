//! The environment: `environ` and the functions that read and change it, and the program's name.
//!
//! Reading takes no lock, as POSIX allows; changes take one. Strings that setenv makes are never freed: a
//! pointer that getenv returned stays readable. POSIX.1-2024 8.1.

use crate::errno::{Errno, Result, returned_status};
use crate::heap;
use crate::lock::Lock;
use crate::start::program;
use crate::types::*;
use core::ffi::CStr;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

type Strings = *mut *mut c_char;

/// The strings, ended by null: the C variable `environ`.
static ENVIRON: AtomicPtr<*mut c_char> = AtomicPtr::new(ptr::null_mut());
crate::alias_data!(environ = ENVIRON: usize);
crate::alias_data!(__environ = ENVIRON: usize);
crate::alias_data!(_environ = ENVIRON: usize);

/// `argv[0]`, and its part behind the last slash.
static NAME: AtomicPtr<c_char> = AtomicPtr::new(EMPTY.as_ptr().cast_mut());
static SHORT_NAME: AtomicPtr<c_char> = AtomicPtr::new(EMPTY.as_ptr().cast_mut());
static EMPTY: &CStr = c"";
crate::alias_data!(program_invocation_name = NAME: usize);
crate::alias_data!(__progname_full = NAME: usize);
crate::alias_data!(program_invocation_short_name = SHORT_NAME: usize);
crate::alias_data!(__progname = SHORT_NAME: usize);

/// The array that this library allocated for `environ`, with its room in entries.
struct Array {
    strings: Strings,
    room: usize,
}

// SAFETY: the array is reached only under the lock.
unsafe impl Send for Array {}

static ARRAY: Lock<Array> = Lock::new(Array {
    strings: ptr::null_mut(),
    room: 0,
});

/// The array's lock, for fork.
pub fn lock() -> &'static crate::lock::RawLock {
    ARRAY.raw()
}

/// Takes over the environment and the name that the system passed.
///
/// # Safety
/// Both arrays are the system's, ended by null. Only start-up calls this.
pub unsafe fn initialise(environment: Strings, arguments: Strings) {
    ENVIRON.store(environment, Ordering::Relaxed);
    // SAFETY: by the contract.
    unsafe {
        let name = *arguments;
        if name.is_null() {
            return;
        }
        let bytes = CStr::from_ptr(name).to_bytes();
        let short = bytes
            .iter()
            .rposition(|&byte| byte == b'/')
            .map_or(0, |slash| slash + 1);
        NAME.store(name, Ordering::Relaxed);
        SHORT_NAME.store(name.add(short), Ordering::Relaxed);
    }
}

/// The present `environ`.
pub fn current() -> Strings {
    ENVIRON.load(Ordering::Relaxed)
}

/// The program's name as it was called.
pub fn full_name() -> *const c_char {
    NAME.load(Ordering::Relaxed)
}

/// The program's name without its path.
pub fn short_name() -> *const c_char {
    SHORT_NAME.load(Ordering::Relaxed)
}

/// Whether `string` is `name` (of `length` bytes) and '='; its value then.
unsafe fn value_of(string: *mut c_char, name: *const c_char, length: usize) -> Option<*mut c_char> {
    // SAFETY: the comparison stops at the string's terminator, which differs from every byte of the name.
    unsafe {
        for index in 0..length {
            if *string.add(index) != *name.add(index) {
                return None;
            }
        }
        (*string.add(length) == b'=' as c_char).then(|| string.add(length + 1))
    }
}

/// Where in `strings` the first entry of `name` is, and how many entries there are.
unsafe fn find(strings: Strings, name: *const c_char, length: usize) -> (Option<usize>, usize) {
    let (mut place, mut count) = (None, 0);
    if strings.is_null() {
        return (None, 0);
    }
    // SAFETY: the array is ended by null.
    unsafe {
        loop {
            let string = *strings.add(count);
            if string.is_null() {
                return (place, count);
            }
            if place.is_none() && value_of(string, name, length).is_some() {
                place = Some(count);
            }
            count += 1;
        }
    }
}

/// A name that may be set: its length.
unsafe fn checked_name(name: *const c_char) -> Result<usize> {
    if name.is_null() {
        return Err(Errno::EINVAL);
    }
    // SAFETY: the program's string.
    let bytes = unsafe { CStr::from_ptr(name) }.to_bytes();
    if bytes.is_empty() || bytes.contains(&b'=') {
        Err(Errno::EINVAL)
    } else {
        Ok(bytes.len())
    }
}

/// Puts `string` in the place of the variable that it names, or behind the others.
unsafe fn put(array: &mut Array, string: *mut c_char, name_length: usize) -> Result<()> {
    // SAFETY: `environ` is ended by null; the new array has room for all of it.
    unsafe {
        let strings = current();
        let (place, count) = find(strings, string, name_length);
        if let Some(place) = place {
            *strings.add(place) = string;
            return Ok(());
        }
        if strings != array.strings || count + 2 > array.room {
            let room = (count + 2).max(16).checked_mul(2).ok_or(Errno::ENOMEM)?;
            let new: Strings = heap::calloc(room, size_of::<*mut c_char>()).cast();
            if new.is_null() {
                return Err(Errno::ENOMEM);
            }
            if count > 0 {
                ptr::copy_nonoverlapping(strings, new, count);
            }
            if !array.strings.is_null() {
                heap::free(array.strings.cast());
            }
            *array = Array { strings: new, room };
        }
        *array.strings.add(count + 1) = ptr::null_mut();
        *array.strings.add(count) = string;
        ENVIRON.store(array.strings, Ordering::Release);
    }
    Ok(())
}

unsafe fn remove(name: *const c_char, length: usize) {
    let strings = current();
    // SAFETY: `environ` is ended by null; entries move towards its start.
    unsafe {
        while let (Some(place), count) = find(strings, name, length) {
            ptr::copy(strings.add(place + 1), strings.add(place), count - place);
        }
    }
}

crate::export! {
    /// The value of a variable, or null. ISO C, POSIX.1-2024 `getenv`.
    pub unsafe extern "C" fn getenv(name: *const c_char) -> *mut c_char {
        // SAFETY: `name` and the environment are strings.
        unsafe {
            let length = CStr::from_ptr(name).to_bytes().len();
            let mut strings = current();
            if strings.is_null() || length == 0 {
                return ptr::null_mut();
            }
            while !(*strings).is_null() {
                if let Some(value) = value_of(*strings, name, length) {
                    return value;
                }
                strings = strings.add(1);
            }
        }
        ptr::null_mut()
    }

    /// As `getenv`; null in a program that runs with more rights than its caller. POSIX.1-2024 `secure_getenv`.
    pub unsafe extern "C" fn secure_getenv(name: *const c_char) -> *mut c_char {
        if program::SECURE.load(Ordering::Relaxed) != 0 {
            return ptr::null_mut();
        }
        // SAFETY: the caller's.
        unsafe { getenv(name) }
    }

    /// Sets a variable; an existing one only if `overwrite`. POSIX.1-2024 `setenv`.
    pub unsafe extern "C" fn setenv(name: *const c_char, value: *const c_char, overwrite: c_int) -> c_int {
        // SAFETY: `name` and `value` are strings; the new string has room for both.
        returned_status(unsafe {
            (|| {
                let length = checked_name(name)?;
                let mut array = ARRAY.lock();
                if overwrite == 0 && find(current(), name, length).0.is_some() {
                    return Ok(());
                }
                let value_length = CStr::from_ptr(value).to_bytes_with_nul().len();
                let string: *mut c_char = heap::malloc(length + 1 + value_length).cast();
                if string.is_null() {
                    return Err(Errno::ENOMEM);
                }
                ptr::copy_nonoverlapping(name, string, length);
                *string.add(length) = b'=' as c_char;
                ptr::copy_nonoverlapping(value, string.add(length + 1), value_length);
                put(&mut array, string, length)
            })()
        })
    }

    /// Removes a variable. POSIX.1-2024 `unsetenv`.
    pub unsafe extern "C" fn unsetenv(name: *const c_char) -> c_int {
        // SAFETY: `name` is a string.
        returned_status(unsafe {
            checked_name(name).map(|length| {
                let _guard = ARRAY.lock();
                remove(name, length);
            })
        })
    }

    /// Makes the program's own string `name=value` part of the environment; without '=' removes the variable.
    /// POSIX.1-2024 `putenv`.
    pub unsafe extern "C" fn putenv(string: *mut c_char) -> c_int {
        // SAFETY: `string` is the program's, and stays.
        returned_status(unsafe {
            let bytes = CStr::from_ptr(string).to_bytes();
            let mut array = ARRAY.lock();
            match bytes.iter().position(|&byte| byte == b'=') {
                Some(0) => Err(Errno::EINVAL),
                Some(length) => put(&mut array, string, length),
                None => {
                    remove(string, bytes.len());
                    Ok(())
                }
            }
        })
    }

    /// Removes all variables. glibc, BSD `clearenv`.
    pub unsafe extern "C" fn clearenv() -> c_int {
        let mut array = ARRAY.lock();
        // SAFETY: the array is this library's own, and is not `environ` any more.
        unsafe {
            ENVIRON.store(ptr::null_mut(), Ordering::Release);
            if !array.strings.is_null() {
                heap::free(array.strings.cast());
            }
        }
        *array = Array { strings: ptr::null_mut(), room: 0 };
        0
    }
}
crate::alias!(__secure_getenv = secure_getenv);

#[cfg(test)]
mod tests {
    use super::*;

    unsafe fn get(name: &CStr) -> Option<std::string::String> {
        // SAFETY: strings of the test.
        unsafe {
            let value = getenv(name.as_ptr());
            (!value.is_null()).then(|| CStr::from_ptr(value).to_str().unwrap().into())
        }
    }

    #[test]
    fn environment_is_set_replaced_and_removed() {
        // SAFETY: strings of the test; no other test touches this library's environment.
        unsafe {
            assert_eq!(setenv(c"A".as_ptr(), c"1".as_ptr(), 0), 0);
            assert_eq!(setenv(c"AB".as_ptr(), c"2".as_ptr(), 0), 0);
            assert_eq!(setenv(c"A".as_ptr(), c"3".as_ptr(), 0), 0);
            assert_eq!(get(c"A").as_deref(), Some("1"));
            assert_eq!(setenv(c"A".as_ptr(), c"3=4".as_ptr(), 1), 0);
            assert_eq!(get(c"A").as_deref(), Some("3=4"));
            assert_eq!(get(c"AB").as_deref(), Some("2"));
            assert_eq!(unsetenv(c"A".as_ptr()), 0);
            assert_eq!(get(c"A"), None);
            assert_eq!(get(c"AB").as_deref(), Some("2"));
            for wrong in [c"", c"A=B"] {
                assert_eq!(setenv(wrong.as_ptr(), c"".as_ptr(), 1), -1);
                assert_eq!(crate::errno::get_errno(), crate::errno::EINVAL);
                assert_eq!(unsetenv(wrong.as_ptr()), -1);
            }
            for number in 0..100 {
                let name = std::ffi::CString::new(std::format!("N{number}")).unwrap();
                assert_eq!(setenv(name.as_ptr(), name.as_ptr(), 1), 0);
            }
            assert_eq!(get(c"N57").as_deref(), Some("N57"));
            assert_eq!(putenv(c"AB=9".as_ptr().cast_mut()), 0);
            assert_eq!(get(c"AB").as_deref(), Some("9"));
            assert_eq!(putenv(c"AB".as_ptr().cast_mut()), 0);
            assert_eq!(get(c"AB"), None);
            assert_eq!(clearenv(), 0);
            assert_eq!(get(c"N57"), None);
        }
    }
}
