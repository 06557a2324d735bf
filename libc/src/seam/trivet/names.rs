//! Names in directories, and what is known of the files that they name.

use super::extended;
use super::files::{mask, set_mask};
use super::{
    BLOCKING, Trivet, WORKING_DIRECTORY, close_own, descriptor, directory, failed, failed_or, foreign,
    path_from,
};
use crate::errno::{Errno, Result};
use crate::seam::{AT_FDCWD, Attributed, Names};
use crate::types::*;
use core::sync::atomic::Ordering;
use trivet_abi::error::CallError;
use trivet_abi::handle::Handle;
use trivet_abi::message::request;
use trivet_ipc::file::{self, Attributes, FileError, FileSystemInfo, Times};
use trivet_ipc::process::Placement;
use trivet_ipc::shared::{AtFlags, OpenFlags};
use trivet_ipc::{CallOptions, In, Out, process};

const AT_EMPTY_PATH: c_int = 0x1000;
const AT_EACCESS: c_int = 0x200;
const AT_SYMLINK_NOFOLLOW: c_int = 0x100;
const EMPTY: &[u8] = &[];

/// The flags of a call as the server has them; those that it does not know are refused there.
fn at(flags: c_int) -> AtFlags {
    AtFlags::from_word(flags as u32 as u64)
}

/// The path and its start; with AT_EMPTY_PATH an empty path means the descriptor itself.
///
/// # Safety
/// `path` is null or a C string.
unsafe fn place<'a>(from: c_int, path: *const c_char, flags: c_int) -> Result<(Handle, In<'a, [u8]>)> {
    // SAFETY: the caller's word.
    let empty = path.is_null() || unsafe { *path } == 0;
    if empty && flags & AT_EMPTY_PATH != 0 {
        return Ok((directory(from)?, In::from(EMPTY)));
    }
    // SAFETY: the caller's word.
    unsafe { path_from(from, path) }
}

impl Names for Trivet {
    unsafe fn fstatat(
        directory: c_int,
        path: *const c_char,
        status: *mut c_void,
        flags: c_int,
    ) -> Result<()> {
        let room = status.cast::<Attributes>();
        // SAFETY: `status` is a `struct stat`, which has this layout.
        let status = unsafe { Out::<Attributes>::from_raw(room) };
        // SAFETY: the caller's path.
        let empty = path.is_null() || unsafe { *path } == 0;
        if empty && flags & AT_EMPTY_PATH != 0 && directory != AT_FDCWD {
            return match file::attributes(descriptor(directory)?, status) {
                Err(failure) if failure.call() == Some(CallError::WrongObject) => {
                    // A set of descriptors (epoll): Linux shows a nameless inode without a type.
                    let nameless = Attributes {
                        mode: 0o600,
                        links: 1,
                        block_size: 4096,
                        ..Attributes::default()
                    };
                    // SAFETY: `status` is a `struct stat`, which has this layout.
                    unsafe { room.write(nameless) };
                    Ok(())
                }
                result => result.map_err(failed),
            };
        }
        // SAFETY: the caller's path.
        let (from, path) = unsafe { place(directory, path, flags) }?;
        let follow = flags & AT_SYMLINK_NOFOLLOW == 0;
        let place = status.erase().segment();
        if from == Handle::ROOT {
            match short_attributes(from, &path, flags) {
                Some(Ok(found)) => {
                    // SAFETY: `status` is a `struct stat`, which has this layout.
                    unsafe {
                        core::ptr::with_exposed_provenance_mut::<Attributes>(place.address as usize)
                            .write(found)
                    };
                    return Ok(());
                }
                Some(Err(Errno::EREMOTE)) | None => {}
                Some(Err(error)) => return Err(error),
            }
        }
        foreign::at(from, path, follow, |from, path| {
            // SAFETY: the same structure.
            let status = unsafe {
                Out::<Attributes>::from_raw(core::ptr::with_exposed_provenance_mut(place.address as usize))
            };
            file::attributes_at(from, path, at(flags), status).map_err(failed_or(Errno::ENOTDIR))
        })
    }
    unsafe fn statx(
        directory: c_int,
        path: *const c_char,
        flags: c_int,
        _mask: c_uint,
        status: *mut c_void,
    ) -> Result<()> {
        const SYNC_FLAGS: c_int = 0x6000;
        let mut found = Attributes::default();
        // SAFETY: the caller's path, and a local structure.
        unsafe { Self::fstatat(directory, path, (&raw mut found).cast(), flags & !SYNC_FLAGS) }?;
        let status = status.cast::<Statx>();
        // SAFETY: `status` is a `struct statx`, by the caller's word.
        unsafe { status.write(Statx::from_attributes(&found)) };
        Ok(())
    }
    unsafe fn statfs(path: *const c_char, status: *mut c_void) -> Result<()> {
        // SAFETY: the caller's path.
        let (from, path) = unsafe { path_from(AT_FDCWD, path) }?;
        foreign::at(from, path, true, |from, path| {
            // SAFETY: `status` is a `struct statfs`, which has this layout.
            let status = unsafe { Out::<FileSystemInfo>::from_raw(status.cast()) };
            file::file_system(from, path, AtFlags::EMPTY, status).map_err(failed_or(Errno::ENOTDIR))
        })
    }
    unsafe fn fstatfs(fd: c_int, status: *mut c_void) -> Result<()> {
        // SAFETY: as in `statfs`.
        let status = unsafe { Out::<FileSystemInfo>::from_raw(status.cast()) };
        file::file_system(descriptor(fd)?, EMPTY, AtFlags::EMPTY_PATH, status).map_err(failed)
    }
    unsafe fn faccessat(directory: c_int, path: *const c_char, mode: c_int, flags: c_int) -> Result<()> {
        // SAFETY: the caller's path.
        let (from, path) = unsafe { place(directory, path, flags) }?;
        let mut known = at(flags & !AT_EACCESS);
        if flags & AT_EACCESS != 0 {
            known |= AtFlags::EFFECTIVE_IDS;
        }
        foreign::at(from, path, flags & AT_SYMLINK_NOFOLLOW == 0, |from, path| {
            file::access(from, path, mode as u32, known).map_err(failed_or(Errno::ENOTDIR))
        })
    }
    unsafe fn unlinkat(directory: c_int, path: *const c_char, flags: c_int) -> Result<()> {
        // SAFETY: the caller's path.
        let (from, path) = unsafe { path_from(directory, path) }?;
        foreign::at(from, path, false, |from, path| {
            file::unlink(from, path, at(flags)).map_err(failed_or(Errno::ENOTDIR))
        })
    }
    unsafe fn renameat2(
        old_directory: c_int,
        old: *const c_char,
        new_directory: c_int,
        new: *const c_char,
        flags: c_uint,
    ) -> Result<()> {
        // Linux's RENAME_ values; the server's stand among those of other operations.
        const KNOWN: c_uint = 3;
        if flags & !KNOWN != 0 {
            return Err(Errno::EINVAL);
        }
        let mut known = AtFlags::EMPTY;
        if flags & 1 != 0 {
            known |= AtFlags::NO_REPLACE;
        }
        if flags & 2 != 0 {
            known |= AtFlags::EXCHANGE;
        }
        // SAFETY: the caller's paths.
        let ((from, old), (to, new)) =
            unsafe { (path_from(old_directory, old)?, path_from(new_directory, new)?) };
        file::rename(from, old, to, new, known)
            .map_err(failed_or(Errno::ENOTDIR))
            .map_err(between_servers)
    }
    unsafe fn linkat(
        old_directory: c_int,
        old: *const c_char,
        new_directory: c_int,
        new: *const c_char,
        flags: c_int,
    ) -> Result<()> {
        // SAFETY: the caller's paths.
        let ((from, old), (to, new)) =
            unsafe { (place(old_directory, old, flags)?, path_from(new_directory, new)?) };
        file::link(from, old, to, new, at(flags))
            .map_err(failed_or(Errno::ENOTDIR))
            .map_err(between_servers)
    }
    unsafe fn symlinkat(target: *const c_char, directory: c_int, path: *const c_char) -> Result<()> {
        // SAFETY: the caller's strings; where a target begins does not matter.
        let ((_, target), (from, path)) =
            unsafe { (path_from(AT_FDCWD, target)?, path_from(directory, path)?) };
        file::symlink(from, target, path)
            .map_err(failed_or(Errno::ENOTDIR))
            .map_err(between_servers)
    }
    unsafe fn readlinkat(
        directory: c_int,
        path: *const c_char,
        buffer: *mut c_char,
        length: usize,
    ) -> Result<usize> {
        // SAFETY: the caller's path and buffer.
        let (from, path) = unsafe { place(directory, path, AT_EMPTY_PATH) }?;
        foreign::at(from, path, false, |from, path| {
            // SAFETY: the caller's buffer.
            let room = unsafe { Out::<[u8]>::from_raw(buffer.cast(), length) };
            file::read_link(from, path, room)
                .map(|count| count as usize)
                .map_err(failed)
        })
    }
    unsafe fn mkdirat(directory: c_int, path: *const c_char, mode: mode_t) -> Result<()> {
        // SAFETY: the caller's path.
        let (from, path) = unsafe { path_from(directory, path) }?;
        foreign::at(from, path, false, |from, path| {
            file::make_directory(from, path, mode, mask()).map_err(failed_or(Errno::ENOTDIR))
        })
    }
    unsafe fn mknodat(directory: c_int, path: *const c_char, mode: mode_t, device: dev_t) -> Result<()> {
        // SAFETY: the caller's path.
        let (from, path) = unsafe { path_from(directory, path) }?;
        foreign::at(from, path, false, |from, path| {
            file::make_node(from, path, mode, mask(), device).map_err(failed_or(Errno::ENOTDIR))
        })
    }
    fn fchmod(fd: c_int, mode: mode_t) -> Result<()> {
        file::set_mode(descriptor(fd)?, EMPTY, mode, AtFlags::EMPTY_PATH).map_err(failed)
    }
    unsafe fn fchmodat(directory: c_int, path: *const c_char, mode: mode_t) -> Result<()> {
        // SAFETY: the caller's path.
        let (from, path) = unsafe { path_from(directory, path) }?;
        foreign::at(from, path, true, |from, path| {
            file::set_mode(from, path, mode, AtFlags::EMPTY).map_err(failed_or(Errno::ENOTDIR))
        })
    }
    fn fchown(fd: c_int, owner: uid_t, group: gid_t) -> Result<()> {
        file::set_owner(descriptor(fd)?, EMPTY, owner, group, AtFlags::EMPTY_PATH).map_err(failed)
    }
    unsafe fn fchownat(
        directory: c_int,
        path: *const c_char,
        owner: uid_t,
        group: gid_t,
        flags: c_int,
    ) -> Result<()> {
        // SAFETY: the caller's path.
        let (from, path) = unsafe { place(directory, path, flags) }?;
        foreign::at(from, path, flags & AT_SYMLINK_NOFOLLOW == 0, |from, path| {
            file::set_owner(from, path, owner, group, at(flags)).map_err(failed_or(Errno::ENOTDIR))
        })
    }
    unsafe fn utimensat(
        directory: c_int,
        path: *const c_char,
        times: *const timespec,
        flags: c_int,
    ) -> Result<()> {
        const NOW: c_long = 0x3fff_ffff;
        let mut wanted = Times {
            access_seconds: 0,
            access_nanoseconds: NOW,
            modify_seconds: 0,
            modify_nanoseconds: NOW,
        };
        if !times.is_null() {
            // SAFETY: two timespecs, by the caller's word.
            let (access, modify) = unsafe { (&*times, &*times.add(1)) };
            wanted = Times {
                access_seconds: access.tv_sec,
                access_nanoseconds: access.tv_nsec,
                modify_seconds: modify.tv_sec,
                modify_nanoseconds: modify.tv_nsec,
            };
        }
        if path.is_null() {
            return file::set_times(descriptor(directory)?, EMPTY, &wanted, AtFlags::EMPTY_PATH)
                .map_err(failed);
        }
        // SAFETY: the caller's path.
        let (from, path) = unsafe { place(directory, path, flags) }?;
        foreign::at(from, path, flags & AT_SYMLINK_NOFOLLOW == 0, |from, path| {
            file::set_times(from, path, &wanted, at(flags)).map_err(failed_or(Errno::ENOTDIR))
        })
    }
    unsafe fn truncate(path: *const c_char, length: off_t) -> Result<()> {
        // SAFETY: the caller's path.
        let (from, path) = unsafe { path_from(AT_FDCWD, path) }?;
        let file = foreign::open_descriptor(BLOCKING, from, path, OpenFlags::WRITE_ONLY, 0, 0)?;
        let result = file::set_size(file, length)
            .map_err(failed)
            .map_err(super::files::raised);
        close_own(file);
        result
    }
    unsafe fn chdir(path: *const c_char) -> Result<()> {
        // SAFETY: the caller's path.
        let (from, path) = unsafe { path_from(AT_FDCWD, path) }?;
        let flags = OpenFlags::DIRECTORY | OpenFlags::PATH;
        let opened = foreign::open_descriptor(CallOptions::DEFAULT, from, path, flags, 0, 0)?;
        enter(opened);
        Ok(())
    }
    fn fchdir(fd: c_int) -> Result<()> {
        let handle = descriptor(fd)?;
        let mut attributes = Attributes::default();
        file::attributes(handle, &mut attributes).map_err(failed)?;
        if attributes.mode & 0o170_000 != 0o040_000 {
            return Err(Errno::ENOTDIR);
        }
        let own = process::duplicate(Handle::PROCESS, handle.0, 0, Placement::Own, false, u32::MAX)
            .map_err(failed)?;
        enter(Handle(own as u32));
        Ok(())
    }
    unsafe fn chroot(path: *const c_char) -> Result<()> {
        // SAFETY: the caller's path.
        let (from, path) = unsafe { path_from(AT_FDCWD, path) }?;
        let flags = OpenFlags::DIRECTORY | OpenFlags::PATH;
        let opened = foreign::open_descriptor(CallOptions::DEFAULT, from, path, flags, 0, 0)?;
        let result = trivet_ipc::processes::set_root(Handle::PROCESS_SERVER, opened).map_err(failed);
        close_own(opened);
        result
    }
    unsafe fn mount(
        source: *const c_char,
        target: *const c_char,
        kind: *const c_char,
        flags: c_ulong,
        data: *const c_void,
    ) -> Result<()> {
        // SAFETY: the caller's paths and texts.
        unsafe { super::mounts::mount(source, target, kind, flags, data) }
    }
    unsafe fn unmount(target: *const c_char, flags: c_int) -> Result<()> {
        // SAFETY: the caller's path.
        unsafe { super::mounts::unmount(target, flags) }
    }
    unsafe fn get_attribute(
        of: Attributed,
        name: *const c_char,
        value: *mut c_void,
        size: usize,
    ) -> Result<usize> {
        // SAFETY: the caller's name and room.
        unsafe { extended::get(of, name, value, size) }
    }
    unsafe fn set_attribute(
        of: Attributed,
        name: *const c_char,
        value: *const c_void,
        size: usize,
        flags: c_int,
    ) -> Result<()> {
        // SAFETY: the caller's name and value.
        unsafe { extended::set(of, name, value, size, flags) }
    }
    unsafe fn list_attributes(of: Attributed, list: *mut c_char, size: usize) -> Result<usize> {
        // SAFETY: the caller's room.
        unsafe { extended::list(of, list, size) }
    }
    unsafe fn remove_attribute(of: Attributed, name: *const c_char) -> Result<()> {
        // SAFETY: the caller's name.
        unsafe { extended::remove(of, name) }
    }
    unsafe fn getcwd(buffer: *mut c_char, length: usize) -> Result<usize> {
        if length == 0 {
            return Err(Errno::EINVAL);
        }
        // SAFETY: the caller's buffer, without its last byte, which is the terminator's.
        let room = unsafe { Out::<[u8]>::from_raw(buffer.cast(), length - 1) };
        let count = file::path(directory(AT_FDCWD)?, room).map_err(failed)? as usize;
        // SAFETY: `count` is at most `length - 1`.
        unsafe { buffer.add(count).write(0) };
        Ok(count + 1)
    }
    fn umask(mask: mode_t) -> mode_t {
        set_mask(mask)
    }
    fn sync() {
        let server = Handle::bootstrap(trivet_abi::start::program_handle::FILE_SERVER);
        // sync has no error to report.
        let _ = trivet_ipc::file_server::sync_all(server);
    }
}

/// Bytes that are both a path and room for its attributes.
const EXCHANGED: usize = size_of::<Attributes>();

/// Attributes of a path that leaves room for the zero byte behind it, asked for with one buffer. `None`: it is longer.
#[inline]
fn short_attributes(from: Handle, path: &In<'_, [u8]>, flags: c_int) -> Option<Result<Attributes>> {
    #[repr(C, align(8))]
    struct Buffer([u8; EXCHANGED]);
    let segment = path.segment();
    let length = segment.length as usize;
    if length >= EXCHANGED {
        return None;
    }
    let mut buffer = Buffer([0; EXCHANGED]);
    // SAFETY: the path's bytes, which its length was counted from; they fit.
    unsafe {
        core::ptr::copy_nonoverlapping(
            core::ptr::with_exposed_provenance::<u8>(segment.address as usize),
            buffer.0.as_mut_ptr(),
            length,
        );
    }
    let message = request::header(file::INTERFACE, file::method::ATTRIBUTES_AT);
    let words = [at(flags).word(), 0, 0, 0, 0, 0];
    let room = Out::<[u8]>::from(&mut buffer.0).erase();
    let outcome = CallOptions::DEFAULT.call_exchanging(from, message, words, room);
    if let Err(failure) = outcome.check::<FileError>() {
        return Some(Err(failed_or(Errno::ENOTDIR)(failure)));
    }
    // SAFETY: the buffer is as large and as aligned, and every pattern of bytes is a value of its integers.
    Some(Ok(unsafe { buffer.0.as_ptr().cast::<Attributes>().read() }))
}

/// A name in another server's files cannot be given to this one's, and the other way round.
fn between_servers(error: Errno) -> Errno {
    if error == Errno::EREMOTE {
        Errno::EXDEV
    } else {
        error
    }
}

/// Makes `opened` the working directory.
fn enter(opened: Handle) {
    let old = WORKING_DIRECTORY.swap(opened.0, Ordering::AcqRel);
    close_own(Handle(old));
}

/// Linux's `struct statx_timestamp`.
#[repr(C)]
struct StatxTime {
    seconds: i64,
    nanoseconds: u32,
    reserved: i32,
}

/// Linux's `struct statx`.
#[repr(C)]
struct Statx {
    mask: u32,
    block_size: u32,
    attributes: u64,
    links: u32,
    user: u32,
    group: u32,
    mode: u16,
    spare: u16,
    inode: u64,
    size: u64,
    blocks: u64,
    attributes_mask: u64,
    access: StatxTime,
    birth: StatxTime,
    change: StatxTime,
    modify: StatxTime,
    special_device: [u32; 2],
    device: [u32; 2],
    reserved: [u64; 14],
}

impl Statx {
    fn from_attributes(found: &Attributes) -> Statx {
        /// STATX_BASIC_STATS: all fields of `struct stat`.
        const BASIC: u32 = 0x7ff;
        let time = |seconds, nanoseconds: i64| StatxTime {
            seconds,
            nanoseconds: nanoseconds as u32,
            reserved: 0,
        };
        let split = |device: u64| {
            let major = (device >> 8 & 0xfff) | (device >> 32 & !0xfff);
            let minor = (device & 0xff) | (device >> 12 & !0xff);
            [major as u32, minor as u32]
        };
        Statx {
            mask: BASIC,
            block_size: found.block_size as u32,
            attributes: 0,
            links: found.links as u32,
            user: found.user,
            group: found.group,
            mode: found.mode as u16,
            spare: 0,
            inode: found.inode,
            size: found.size as u64,
            blocks: found.blocks as u64,
            attributes_mask: 0,
            access: time(found.access_seconds, found.access_nanoseconds),
            birth: time(0, 0),
            change: time(found.change_seconds, found.change_nanoseconds),
            modify: time(found.modify_seconds, found.modify_nanoseconds),
            special_device: split(found.special_device),
            device: split(found.device),
            reserved: [0; 14],
        }
    }
}
