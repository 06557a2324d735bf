//! Finding a program along `PATH`, as `execvp` and `posix_spawnp` do. POSIX.1-2024 `exec`.

use crate::errno::{Errno, Result};
use crate::types::*;
use core::ffi::CStr;
use core::ptr;

const PATH_MAX: usize = 4096;
/// What is searched when the environment has no `PATH`: what `confstr(_CS_PATH)` says.
const DEFAULT_PATH: &[u8] = b"/bin:/usr/bin";

/// Calls `attempt` with the path of each candidate for `file`, as POSIX says, until it succeeds (which exec never does) or fails with
/// an error that ends the search. `attempt` is called with terminated paths.
///
/// # Safety
/// `file` is a C string.
pub unsafe fn each<T>(file: *const c_char, mut attempt: impl FnMut(*const c_char) -> Result<T>) -> Result<T> {
    // SAFETY: the caller's.
    let name = unsafe { CStr::from_ptr(file) }.to_bytes();
    if name.is_empty() {
        return Err(Errno::ENOENT);
    }
    if name.contains(&b'/') {
        return attempt(file);
    }
    if name.len() > 255 {
        return Err(Errno::ENAMETOOLONG);
    }
    // SAFETY: the name is a C string; the environment's strings are, too.
    let path = unsafe {
        let value = crate::env::getenv(c"PATH".as_ptr());
        if value.is_null() {
            DEFAULT_PATH
        } else {
            CStr::from_ptr(value).to_bytes()
        }
    };
    let mut refused = false;
    let mut candidate = [0u8; PATH_MAX];
    for directory in path.split(|&byte| byte == b':') {
        // An empty part is the working directory.
        let slash = usize::from(!directory.is_empty());
        let length = directory.len() + slash + name.len();
        if length >= PATH_MAX {
            continue;
        }
        candidate[..directory.len()].copy_from_slice(directory);
        if slash != 0 {
            candidate[directory.len()] = b'/';
        }
        candidate[directory.len() + slash..length].copy_from_slice(name);
        candidate[length] = 0;
        match attempt(candidate.as_ptr().cast()) {
            Err(Errno::EACCES) => refused = true,
            // Whatever is no file there, or cannot be reached, is not the program.
            Err(Errno::ENOENT | Errno::ENOTDIR | Errno::ESTALE | Errno::ENODEV | Errno::ETIMEDOUT) => {}
            result => return result,
        }
    }
    Err(if refused { Errno::EACCES } else { Errno::ENOENT })
}

/// How many strings an array of arguments has, without the null pointer at its end.
///
/// # Safety
/// `strings` is null or an array that a null pointer ends.
pub unsafe fn count(strings: *const *const c_char) -> usize {
    let mut count = 0;
    // SAFETY: the array's entries up to the null pointer.
    unsafe {
        while !strings.is_null() && !(*strings.add(count)).is_null() {
            count += 1;
        }
    }
    count
}

/// Writes `sh path arguments[1]...` into `room`, which has place for `count(arguments) + 2` pointers: what runs a script without `#!`.
///
/// # Safety
/// As said.
pub unsafe fn shell_arguments(
    room: *mut *const c_char,
    path: *const c_char,
    arguments: *const *const c_char,
) {
    // SAFETY: the caller's.
    unsafe {
        let count = count(arguments);
        room.write(c"/bin/sh".as_ptr());
        room.add(1).write(path);
        for index in 1..count {
            room.add(index + 1).write(*arguments.add(index));
        }
        room.add(count.max(1) + 1).write(ptr::null());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn tried(file: &CStr, answers: &[Errno]) -> (Vec<std::string::String>, Result<()>) {
        let mut paths = Vec::new();
        // SAFETY: a string of the test.
        let result = unsafe {
            each(file.as_ptr(), |path| {
                // SAFETY: `each` gives terminated paths.
                paths.push(CStr::from_ptr(path).to_str().unwrap().into());
                Err(answers[paths.len() - 1])
            })
        };
        (paths, result)
    }

    #[test]
    fn a_name_with_a_slash_is_tried_as_it_is() {
        let (paths, result) = tried(c"a/b", &[Errno::ENOENT]);
        assert_eq!(paths, ["a/b"]);
        assert_eq!(result, Err(Errno::ENOENT));
        assert_eq!(tried(c"", &[]).1, Err(Errno::ENOENT));
    }

    #[test]
    fn a_script_keeps_its_arguments_behind_its_path() {
        let arguments = [c"a".as_ptr(), c"b".as_ptr(), ptr::null()];
        let mut room = [ptr::null(); 4];
        // SAFETY: the room has two pointers more than there are arguments.
        unsafe { shell_arguments(room.as_mut_ptr(), c"/x".as_ptr(), arguments.as_ptr()) };
        assert_eq!(room[1], c"/x".as_ptr());
        assert_eq!(room[2], arguments[1]);
        assert!(room[3].is_null());
    }
}
