//! The working directory and whole paths. POSIX.1-2024 `getcwd`, `chdir`, `realpath`.

use crate::errno::{EINVAL, ERANGE, Errno, Result, returned, returned_status, set_errno};
use crate::heap;
use crate::seam::*;
use crate::types::*;
use core::ffi::CStr;
use core::ptr;

/// `PATH_MAX`.
const PATH_MAX: usize = 4096;
/// Symbolic links that one path may lead through.
const MOST_LINKS: usize = 40;

/// The working directory into a buffer; the length with the terminator.
unsafe fn working_directory(buffer: *mut c_char, length: usize) -> Result<usize> {
    // SAFETY: the callers' buffer.
    unsafe {
        let used = System::getcwd(buffer, length)?;
        // A directory that cannot be reached from the root has no name.
        if *buffer != b'/' as c_char {
            Err(Errno::ENOENT)
        } else {
            Ok(used)
        }
    }
}

/// A path while it is resolved: bytes without a terminator, never longer than PATH_MAX - 1.
struct Path {
    bytes: [u8; PATH_MAX],
    length: usize,
}

impl Path {
    const fn new() -> Path {
        Path {
            bytes: [0; PATH_MAX],
            length: 0,
        }
    }

    fn get(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    fn set(&mut self, parts: [&[u8]; 2]) -> Result<()> {
        let length = parts[0].len() + parts[1].len();
        if length >= PATH_MAX {
            return Err(Errno::ENAMETOOLONG);
        }
        self.bytes[..parts[0].len()].copy_from_slice(parts[0]);
        self.bytes[parts[0].len()..length].copy_from_slice(parts[1]);
        self.bytes[length] = 0;
        self.length = length;
        Ok(())
    }

    fn push(&mut self, component: &[u8]) -> Result<()> {
        let start = self.length;
        let length = start + 1 + component.len();
        if length >= PATH_MAX {
            return Err(Errno::ENAMETOOLONG);
        }
        self.bytes[start] = b'/';
        self.bytes[start + 1..length].copy_from_slice(component);
        self.bytes[length] = 0;
        self.length = length;
        Ok(())
    }

    fn pop(&mut self) {
        self.length = self.get().iter().rposition(|&byte| byte == b'/').unwrap_or(0);
        self.bytes[self.length] = 0;
    }
}

/// Follows every link of `path`; the result has no terminator and is empty for the root.
unsafe fn resolve(path: &[u8], resolved: &mut Path) -> Result<()> {
    if path.is_empty() {
        return Err(Errno::ENOENT);
    }
    let mut rest = Path::new();
    rest.set([path, b""])?;
    if path[0] != b'/' {
        let mut start = [0u8; PATH_MAX];
        // SAFETY: a local buffer.
        let length = unsafe { working_directory(start.as_mut_ptr().cast(), PATH_MAX) }?;
        resolved.set([&start[..length - 1], b""])?;
        if resolved.get() == b"/" {
            resolved.length = 0;
        }
    }
    let mut links = 0;
    let mut at = 0;
    loop {
        while rest.get().get(at) == Some(&b'/') {
            at += 1;
        }
        let Some(ahead) = rest.get().get(at..).filter(|ahead| !ahead.is_empty()) else {
            return Ok(());
        };
        let end = at + ahead.iter().position(|&byte| byte == b'/').unwrap_or(ahead.len());
        let component = &rest.get()[at..end];
        // Whatever a slash follows must be a directory.
        let followed = end < rest.length;
        match component {
            b"." => {}
            b".." => resolved.pop(),
            _ => {
                resolved.push(component)?;
                let mut target = [0u8; PATH_MAX];
                // SAFETY: the path is terminated; a local buffer.
                let read = unsafe {
                    System::readlinkat(
                        AT_FDCWD,
                        resolved.bytes.as_ptr().cast(),
                        target.as_mut_ptr().cast(),
                        PATH_MAX,
                    )
                };
                match read {
                    Ok(length) => {
                        links += 1;
                        if links > MOST_LINKS {
                            return Err(Errno::ELOOP);
                        }
                        let target = target
                            .get(..length)
                            .filter(|target| !target.is_empty())
                            .ok_or(Errno::ENOENT)?;
                        if target[0] == b'/' {
                            resolved.length = 0;
                        } else {
                            resolved.pop();
                        }
                        let mut behind = Path::new();
                        behind.set([target, &rest.get()[end..]])?;
                        rest = behind;
                        at = 0;
                        continue;
                    }
                    Err(Errno::EINVAL) if followed => check_directory(resolved)?,
                    Err(Errno::EINVAL) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        at = end;
    }
}

fn check_directory(path: &Path) -> Result<()> {
    let mut status = [0u32; 36];
    // SAFETY: the path is terminated; the buffer has the size of C's `struct stat`.
    unsafe {
        System::fstatat(
            AT_FDCWD,
            path.bytes.as_ptr().cast(),
            status.as_mut_ptr().cast(),
            0,
        )
    }?;
    if status[6] & 0o170000 == 0o040000 {
        Ok(())
    } else {
        Err(Errno::ENOTDIR)
    }
}

// SAFETY of every block below: strings and buffers are the caller's.
crate::export! {
    /// The working directory. With a null buffer one is allocated, of `length` bytes or (0) as many as it takes.
    /// POSIX.1-2024 `getcwd`.
    pub unsafe extern "C" fn getcwd(buffer: *mut c_char, length: size_t) -> *mut c_char {
        // SAFETY: see above.
        unsafe {
            if !buffer.is_null() {
                if length == 0 {
                    set_errno(EINVAL);
                    return ptr::null_mut();
                }
                return returned(working_directory(buffer, length).map(|_| buffer));
            }
            let mut path = [0 as c_char; PATH_MAX];
            let used = match working_directory(path.as_mut_ptr(), PATH_MAX) {
                Ok(used) => used,
                Err(error) => {
                    set_errno(error.0);
                    return ptr::null_mut();
                }
            };
            if length != 0 && length < used {
                set_errno(ERANGE);
                return ptr::null_mut();
            }
            let copy: *mut c_char = heap::malloc(length.max(used)).cast();
            if !copy.is_null() {
                ptr::copy_nonoverlapping(path.as_ptr(), copy, used);
            }
            copy
        }
    }

    /// The working directory, allocated. glibc `get_current_dir_name`.
    pub unsafe extern "C" fn get_current_dir_name() -> *mut c_char {
        // SAFETY: see above.
        unsafe { getcwd(ptr::null_mut(), 0) }
    }

    /// The working directory into a buffer of PATH_MAX bytes. BSD `getwd`.
    pub unsafe extern "C" fn getwd(buffer: *mut c_char) -> *mut c_char {
        // SAFETY: see above.
        returned(unsafe { working_directory(buffer, PATH_MAX) }.map(|_| buffer))
    }

    /// Changes the working directory. POSIX.1-2024 `chdir`.
    pub unsafe extern "C" fn chdir(path: *const c_char) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::chdir(path) })
    }

    /// Changes the working directory to an open one. POSIX.1-2024 `fchdir`.
    pub unsafe extern "C" fn fchdir(fd: c_int) -> c_int {
        returned_status(System::fchdir(fd))
    }

    /// Changes the root directory. BSD `chroot`.
    pub unsafe extern "C" fn chroot(path: *const c_char) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::chroot(path) })
    }

    /// Mounts a file system on a directory, binds a directory to a second place, or changes a mount. Linux `mount`.
    pub unsafe extern "C" fn mount(
        source: *const c_char,
        target: *const c_char,
        kind: *const c_char,
        flags: c_ulong,
        data: *const c_void,
    ) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::mount(source, target, kind, flags, data) })
    }

    /// Ends a mount. Linux `umount`.
    pub unsafe extern "C" fn umount(target: *const c_char) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::unmount(target, 0) })
    }

    /// Ends a mount; the flags are MNT_FORCE, MNT_DETACH, UMOUNT_NOFOLLOW. Linux `umount2`.
    pub unsafe extern "C" fn umount2(target: *const c_char, flags: c_int) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::unmount(target, flags) })
    }

    /// A path without links, `.` and `..`. With a null buffer the result is allocated; otherwise the buffer has
    /// PATH_MAX bytes. POSIX.1-2024 `realpath`.
    pub unsafe extern "C" fn realpath(path: *const c_char, buffer: *mut c_char) -> *mut c_char {
        if path.is_null() {
            set_errno(EINVAL);
            return ptr::null_mut();
        }
        let mut resolved = Path::new();
        // SAFETY: see above.
        unsafe {
            if let Err(error) = resolve(CStr::from_ptr(path).to_bytes(), &mut resolved) {
                set_errno(error.0);
                return ptr::null_mut();
            }
            if resolved.length == 0 && resolved.push(b"").is_err() {
                return ptr::null_mut();
            }
            let result = if buffer.is_null() { heap::malloc(resolved.length + 1).cast() } else { buffer };
            if !result.is_null() {
                ptr::copy_nonoverlapping(resolved.bytes.as_ptr().cast(), result, resolved.length + 1);
            }
            result
        }
    }

    /// The name of a file, allocated. glibc `canonicalize_file_name`.
    pub unsafe extern "C" fn canonicalize_file_name(path: *const c_char) -> *mut c_char {
        // SAFETY: see above.
        unsafe { realpath(path, ptr::null_mut()) }
    }

    /// As `realpath`; ends a program whose buffer is too small. Fortified `realpath`.
    pub unsafe extern "C" fn __realpath_chk(path: *const c_char, buffer: *mut c_char, size: size_t) -> *mut c_char {
        // SAFETY: see above.
        unsafe {
            if size < PATH_MAX {
                crate::signal::abort::__chk_fail();
            }
            realpath(path, buffer)
        }
    }

    /// As `getcwd`; ends a program whose buffer is too small. Fortified `getcwd`.
    pub unsafe extern "C" fn __getcwd_chk(buffer: *mut c_char, length: size_t, size: size_t) -> *mut c_char {
        // SAFETY: see above.
        unsafe {
            if length > size {
                crate::signal::abort::__chk_fail();
            }
            getcwd(buffer, length)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn real(path: &CStr) -> Result<std::string::String> {
        let mut buffer = [0 as c_char; PATH_MAX];
        // SAFETY: a string and a buffer of the test.
        unsafe {
            let result = realpath(path.as_ptr(), buffer.as_mut_ptr());
            if result.is_null() {
                return Err(Errno(crate::errno::get_errno()));
            }
            Ok(CStr::from_ptr(result).to_str().unwrap().into())
        }
    }

    #[test]
    fn realpath_follows_links_and_dots() {
        let folder = std::env::temp_dir().join(std::format!("trivet-realpath-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("a/b")).unwrap();
        let folder = folder.canonicalize().unwrap();
        std::os::unix::fs::symlink("a/b", folder.join("link")).unwrap();
        std::os::unix::fs::symlink("loop", folder.join("loop")).unwrap();
        std::fs::write(folder.join("file"), b"").unwrap();
        let base = folder.to_str().unwrap();
        let path = |rest: &str| std::ffi::CString::new(std::format!("{base}{rest}")).unwrap();
        assert_eq!(real(&path("//link/.././b/")).unwrap(), std::format!("{base}/a/b"));
        assert_eq!(real(&path("/loop")), Err(Errno::ELOOP));
        assert_eq!(real(&path("/none")), Err(Errno::ENOENT));
        assert_eq!(real(&path("/file/")), Err(Errno::ENOTDIR));
        assert_eq!(real(&path("/file/..")), Err(Errno::ENOTDIR));
        assert_eq!(real(c"/").unwrap(), "/");
        assert_eq!(real(c"/../..//").unwrap(), "/");
        assert_eq!(real(c""), Err(Errno::ENOENT));
        assert_eq!(
            real(c".").unwrap(),
            std::env::current_dir()
                .unwrap()
                .canonicalize()
                .unwrap()
                .to_str()
                .unwrap()
        );
        std::fs::remove_dir_all(folder).unwrap();
    }
}
