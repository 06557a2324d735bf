//! The exec family. POSIX.1-2024 `exec`.

use super::search;
use crate::errno::{E2BIG, Errno, set_errno};
use crate::printf::va_list::VaList;
use crate::seam::*;
use crate::types::*;
use core::mem::MaybeUninit;
use core::ptr;

/// Arguments that fit into an array on the stack; more of them are kept in a mapping.
const FEW: usize = 64;

fn environment() -> *const *const c_char {
    crate::env::current().cast::<*const c_char>().cast_const()
}

unsafe fn execute(
    path: *const c_char,
    arguments: *const *const c_char,
    environment: *const *const c_char,
) -> Errno {
    let program = Program {
        directory: AT_FDCWD,
        path,
        flags: 0,
        arguments,
        environment,
    };
    // SAFETY: the strings are the caller's.
    unsafe { System::execute(&program) }
}

/// Runs `work` with room for `count` pointers. Nothing is allocated: a child of vfork may call this.
unsafe fn with_room(count: usize, work: impl FnOnce(*mut *const c_char) -> Errno) -> Errno {
    let mut few = [const { MaybeUninit::<*const c_char>::uninit() }; FEW];
    if count <= FEW {
        return work(few.as_mut_ptr().cast());
    }
    let Some(length) = count.checked_mul(size_of::<*const c_char>()) else {
        return Errno(E2BIG);
    };
    let length = length.next_multiple_of(PAGE_SIZE);
    // SAFETY: a mapping of our own, gone before we return.
    unsafe {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS;
        match System::map(ptr::null_mut(), length, PROT_READ | PROT_WRITE, flags, -1, 0) {
            Ok(memory) => {
                let error = work(memory.cast());
                let _ = System::unmap(memory, length);
                error
            }
            Err(error) => error,
        }
    }
}

/// Executes `path`; what is no program and has no `#!` is a script of the shell's.
unsafe fn execute_or_shell(
    path: *const c_char,
    arguments: *const *const c_char,
    environment: *const *const c_char,
) -> Errno {
    // SAFETY: the strings are the caller's; the room has the size that the shell's arguments need.
    unsafe {
        let error = execute(path, arguments, environment);
        if error != Errno::ENOEXEC {
            return error;
        }
        with_room(search::count(arguments) + 3, |room| {
            search::shell_arguments(room, path, arguments);
            execute(c"/bin/sh".as_ptr(), room, environment)
        })
    }
}

unsafe fn execute_along_path(
    file: *const c_char,
    arguments: *const *const c_char,
    environment: *const *const c_char,
) -> Errno {
    // SAFETY: the strings are the caller's.
    unsafe {
        let attempt = |path| Err::<(), _>(execute_or_shell(path, arguments, environment));
        search::each(file, attempt).err().unwrap_or(Errno::ENOENT)
    }
}

fn failed(error: Errno) -> c_int {
    set_errno(error.0);
    -1
}

// SAFETY of every block below: strings and arrays are the caller's.
crate::export! {
    /// Becomes the program at `path`. Returns only an error. POSIX.1-2024 `execve`.
    pub unsafe extern "C" fn execve(
        path: *const c_char,
        arguments: *const *const c_char,
        environment: *const *const c_char,
    ) -> c_int {
        // SAFETY: see above.
        failed(unsafe { execute(path, arguments, environment) })
    }

    /// As `execve`, in the environment that there is. POSIX.1-2024 `execv`.
    pub unsafe extern "C" fn execv(path: *const c_char, arguments: *const *const c_char) -> c_int {
        // SAFETY: see above.
        failed(unsafe { execute(path, arguments, environment()) })
    }

    /// As `execv`; a name without a slash is searched along `PATH`. POSIX.1-2024 `execvp`.
    pub unsafe extern "C" fn execvp(file: *const c_char, arguments: *const *const c_char) -> c_int {
        // SAFETY: see above.
        failed(unsafe { execute_along_path(file, arguments, environment()) })
    }

    /// As `execvp` with an environment. glibc `execvpe`.
    pub unsafe extern "C" fn execvpe(
        file: *const c_char,
        arguments: *const *const c_char,
        environment: *const *const c_char,
    ) -> c_int {
        // SAFETY: see above.
        failed(unsafe { execute_along_path(file, arguments, environment) })
    }

    /// Becomes the program that is open as `fd`. POSIX.1-2024 `fexecve`.
    pub unsafe extern "C" fn fexecve(
        fd: c_int,
        arguments: *const *const c_char,
        environment: *const *const c_char,
    ) -> c_int {
        if fd < 0 || arguments.is_null() || environment.is_null() {
            return failed(Errno::EINVAL);
        }
        // SAFETY: see above.
        unsafe { execveat(fd, c"".as_ptr(), arguments, environment, AT_EMPTY_PATH) }
    }

    /// Becomes the program at `path`, seen from `directory`. Linux `execveat`.
    pub unsafe extern "C" fn execveat(
        directory: c_int,
        path: *const c_char,
        arguments: *const *const c_char,
        environment: *const *const c_char,
        flags: c_int,
    ) -> c_int {
        let program = Program { directory, path, flags, arguments, environment };
        // SAFETY: see above.
        failed(unsafe { System::execute(&program) })
    }
}

/// How `execl` and its like go on once the arguments are in an array.
#[derive(Clone, Copy)]
enum Form {
    Path,
    AlongPath,
    WithEnvironment,
}

/// Gathers the arguments of a list up to its null pointer.
unsafe fn of_list(path: *const c_char, first: *const c_char, list: *mut VaList, form: Form) -> c_int {
    // SAFETY: the caller's list ends with a null pointer; the room is large enough for what was counted.
    unsafe {
        let mut counting = *list;
        let mut count = 1;
        if !first.is_null() {
            while counting.integer() != 0 {
                count += 1;
            }
        }
        failed(with_room(count + 1, |room| {
            room.write(first);
            for index in 1..count {
                room.add(index)
                    .write(ptr::with_exposed_provenance((*list).integer() as usize));
            }
            room.add(count).write(ptr::null());
            match form {
                Form::Path => execute(path, room, environment()),
                Form::AlongPath => execute_along_path(path, room, environment()),
                Form::WithEnvironment => {
                    if !first.is_null() {
                        // The null pointer that ends the arguments.
                        (*list).integer();
                    }
                    let environment = ptr::with_exposed_provenance((*list).integer() as usize);
                    execute(path, room, environment)
                }
            }
        }))
    }
}

/// `execl` with a list. POSIX.1-2024.
pub unsafe extern "C" fn execute_list(path: *const c_char, first: *const c_char, list: *mut VaList) -> c_int {
    // SAFETY: the caller's.
    unsafe { of_list(path, first, list, Form::Path) }
}

/// `execlp` with a list. POSIX.1-2024.
pub unsafe extern "C" fn execute_list_along_path(
    path: *const c_char,
    first: *const c_char,
    list: *mut VaList,
) -> c_int {
    // SAFETY: the caller's.
    unsafe { of_list(path, first, list, Form::AlongPath) }
}

/// `execle` with a list. POSIX.1-2024.
pub unsafe extern "C" fn execute_list_with_environment(
    path: *const c_char,
    first: *const c_char,
    list: *mut VaList,
) -> c_int {
    // SAFETY: the caller's.
    unsafe { of_list(path, first, list, Form::WithEnvironment) }
}

variadic! {
    execl(2) = execute_list;
    execlp(2) = execute_list_along_path;
    execle(2) = execute_list_with_environment;
}
