//! <ftw.h>: `ftw` and `nftw` call a function for each file of a tree. POSIX.1-2024 `nftw`.
//!
//! A folder's names are read at once and its descriptor is closed before anything below it is visited, so that one descriptor is
//! enough for any depth, whatever the caller allows. Folders that are being walked lie on a list and not on the stack: how deep a
//! tree is does not endanger the program.

use super::{AT_FDCWD, FOLDER, S_IFDIR, S_IFLNK, Status, names_in};
use crate::errno::{EINVAL, Errno, Result, set_errno};
use crate::heap::Vector;
use crate::seam::{Files, Names, System};
use crate::types::*;
use core::ffi::CStr;

const FTW_PHYS: c_int = 1;
const FTW_MOUNT: c_int = 2;
const FTW_CHDIR: c_int = 4;
const FTW_DEPTH: c_int = 8;
const FTW_ACTIONRETVAL: c_int = 16;
const FTW_SKIP_SUBTREE: c_int = 2;
const FTW_SKIP_SIBLINGS: c_int = 3;

/// What a file is, by <ftw.h>'s numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i32)]
enum Kind {
    File = 0,
    Directory = 1,
    /// A directory that cannot be read.
    Unreadable = 2,
    /// A file whose status cannot be had.
    NoStatus = 3,
    SymbolicLink = 4,
    /// A directory whose files were visited.
    DirectoryAfter = 5,
    /// A symbolic link that leads nowhere.
    DanglingLink = 6,
}

impl Kind {
    /// The number that `ftw` gives: it knows no links.
    fn of_ftw(self) -> Kind {
        match self {
            Kind::DanglingLink => Kind::NoStatus,
            Kind::SymbolicLink => Kind::File,
            other => other,
        }
    }
}

/// Where a file is: `struct FTW`.
#[repr(C)]
pub struct Place {
    base: c_int,
    level: c_int,
}

type Visit = unsafe extern "C-unwind" fn(*const c_char, *const Status, c_int) -> c_int;
type VisitPlace = unsafe extern "C-unwind" fn(*const c_char, *const Status, c_int, *mut Place) -> c_int;

/// The caller's function.
#[derive(Clone, Copy)]
enum Function {
    Ftw(Visit),
    Nftw(VisitPlace),
}

/// A folder whose names are being visited.
struct Folder {
    names: Vector<u8>,
    /// Where its next name begins.
    next: usize,
    /// The length of its path.
    path: usize,
    /// Where its own name begins in the path.
    base: usize,
    status: Status,
}

struct Walk {
    function: Function,
    flags: c_int,
    /// The path of what is visited, from the argument on.
    path: Vector<u8>,
    /// Where the path's last name begins.
    base: usize,
    folders: Vector<Folder>,
    /// The argument's device, and the folders that were visited, when links are followed.
    device: u64,
    seen: Vector<(u64, u64)>,
    /// With FTW_CHDIR: the working directory at the start, open.
    start: c_int,
}

/// What a call of the caller's function, or a failure, says about the rest.
enum Step {
    Continue,
    /// With FTW_ACTIONRETVAL: nothing below the folder just announced.
    SkipSubtree,
    /// Nothing more in the folder that this file is in.
    SkipSiblings,
    /// The walk ends with this result.
    End(c_int),
}

impl Walk {
    fn has(&self, flag: c_int) -> bool {
        self.flags & flag != 0
    }

    /// Runs `act` with the path as a string: the whole, or with FTW_CHDIR its last name.
    fn with_path<R>(&mut self, act: impl FnOnce(*const c_char) -> Result<R>) -> Result<R> {
        let start = if self.has(FTW_CHDIR) { self.base } else { 0 };
        self.path.push(0)?;
        let result = act(self.path[start..].as_ptr().cast());
        self.path.pop();
        result
    }

    fn call(&mut self, status: &Status, kind: Kind) -> Result<Step> {
        let mut place = Place {
            base: self.base as c_int,
            level: self.folders.len() as c_int,
        };
        self.path.push(0)?;
        let path = self.path.as_ptr().cast();
        // SAFETY: the path is a string, the status and the place live as long as the call. What the function throws leaves
        // the walk's memory behind.
        let result = unsafe {
            match self.function {
                Function::Ftw(visit) => visit(path, status, kind.of_ftw() as c_int),
                Function::Nftw(visit) => visit(path, status, kind as c_int, &raw mut place),
            }
        };
        self.path.pop();
        Ok(match result {
            0 => Step::Continue,
            FTW_SKIP_SUBTREE if self.has(FTW_ACTIONRETVAL) => Step::SkipSubtree,
            FTW_SKIP_SIBLINGS if self.has(FTW_ACTIONRETVAL) => Step::SkipSiblings,
            other => Step::End(other),
        })
    }

    /// The status of the file at the path, and what it is.
    fn look(&mut self) -> Result<(Status, Kind)> {
        let follow = !self.has(FTW_PHYS);
        // SAFETY: the path is a string.
        let looked = self.with_path(|path| unsafe { Status::of(AT_FDCWD, path, follow) });
        match looked {
            Ok(status) => Ok((
                status,
                match status.kind() {
                    S_IFDIR => Kind::Directory,
                    S_IFLNK => Kind::SymbolicLink,
                    _ => Kind::File,
                },
            )),
            Err(error @ (Errno::EACCES | Errno::ENOENT)) if !self.folders.is_empty() || follow => {
                if follow {
                    // SAFETY: the path is a string.
                    let link = self.with_path(|path| unsafe { Status::of(AT_FDCWD, path, false) });
                    if let Ok(status) = link
                        && status.kind() == S_IFLNK
                    {
                        return Ok((status, Kind::DanglingLink));
                    }
                }
                match self.folders.is_empty() {
                    // Of the argument itself nothing can be said.
                    true => Err(error),
                    false => Ok((Status::NONE, Kind::NoStatus)),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Visits the file at the path. A folder that is to be walked is put on the list.
    fn visit(&mut self) -> Result<Step> {
        let (status, kind) = self.look()?;
        if self.folders.is_empty() {
            self.device = status.device;
        } else if kind != Kind::NoStatus && self.has(FTW_MOUNT) && status.device != self.device {
            return Ok(Step::Continue);
        }
        if kind != Kind::Directory {
            return self.call(&status, kind);
        }
        if !self.has(FTW_PHYS) {
            let identity = (status.device, status.inode);
            if self.seen.contains(&identity) {
                return Ok(Step::Continue);
            }
            self.seen.push(identity)?;
        }
        // SAFETY: the path is a string.
        let names = match self.with_path(|path| unsafe { names_in(path) }) {
            Err(Errno::EACCES) => return self.call(&status, Kind::Unreadable),
            names => names?,
        };
        if !self.has(FTW_DEPTH) {
            match self.call(&status, Kind::Directory)? {
                Step::Continue => {}
                other => return Ok(other),
            }
        }
        if self.has(FTW_CHDIR) {
            // SAFETY: the path is a string.
            self.with_path(|path| unsafe { System::chdir(path) })?;
        }
        let folder = Folder {
            names,
            next: 0,
            path: self.path.len(),
            base: self.base,
            status,
        };
        self.folders.push(folder)?;
        Ok(Step::Continue)
    }

    /// Leaves the innermost folder.
    fn leave(&mut self) -> Result<Step> {
        let Some(folder) = self.folders.pop() else {
            return Ok(Step::Continue);
        };
        self.path.truncate(folder.path);
        self.base = folder.base;
        if self.has(FTW_CHDIR) {
            // The way up is not by `..`: the folder may be one that a symbolic link leads to.
            self.enter_folder_of_path()?;
        }
        match self.has(FTW_DEPTH) {
            true => self.call(&folder.status, Kind::DirectoryAfter),
            false => Ok(Step::Continue),
        }
    }

    /// With FTW_CHDIR: makes the folder that the path's last name lies in the working directory.
    fn enter_folder_of_path(&mut self) -> Result<()> {
        System::fchdir(self.start)?;
        if self.base == 0 {
            return Ok(());
        }
        let mut folder = Vector::new();
        folder.extend_from_slice(&self.path[..self.base])?;
        folder.push(0)?;
        // SAFETY: it is a string.
        unsafe { System::chdir(folder.as_ptr().cast()) }
    }

    fn run(&mut self) -> Result<c_int> {
        match self.visit()? {
            Step::End(result) => return Ok(result),
            Step::SkipSubtree | Step::SkipSiblings => return Ok(0),
            Step::Continue => {}
        }
        while let Some(folder) = self.folders.last_mut() {
            let rest = &folder.names[folder.next..];
            let Some(length) = rest.iter().position(|&byte| byte == 0) else {
                match self.leave()? {
                    Step::End(result) => return Ok(result),
                    // What the function says about a folder after its files: the rest of the folder it lies in.
                    Step::SkipSiblings => self.skip_siblings(),
                    Step::Continue | Step::SkipSubtree => {}
                }
                continue;
            };
            let (start, path) = (folder.next, folder.path);
            folder.next += length + 1;
            self.path.truncate(path);
            if self.path.last() != Some(&b'/') {
                self.path.push(b'/')?;
            }
            self.base = self.path.len();
            let Walk { path, folders, .. } = self;
            if let Some(folder) = folders.last() {
                path.extend_from_slice(&folder.names[start..start + length])?;
            }
            match self.visit()? {
                Step::End(result) => return Ok(result),
                Step::SkipSiblings => self.skip_siblings(),
                Step::Continue | Step::SkipSubtree => {}
            }
        }
        Ok(0)
    }

    fn skip_siblings(&mut self) {
        if let Some(folder) = self.folders.last_mut() {
            folder.next = folder.names.len();
        }
    }
}

unsafe fn walk(path: *const c_char, function: Function, flags: c_int) -> c_int {
    const ALL: c_int = FTW_PHYS | FTW_MOUNT | FTW_CHDIR | FTW_DEPTH | FTW_ACTIONRETVAL;
    // SAFETY: the caller's string.
    let argument = unsafe { CStr::from_ptr(path) }.to_bytes();
    if flags & !ALL != 0 {
        set_errno(EINVAL);
        return -1;
    }
    if argument.is_empty() {
        set_errno(Errno::ENOENT.0);
        return -1;
    }
    let result = walk_from(argument, function, flags);
    result.unwrap_or_else(|error| {
        set_errno(error.0);
        -1
    })
}

fn walk_from(argument: &[u8], function: Function, flags: c_int) -> Result<c_int> {
    let slashes = argument.iter().rev().take_while(|&&byte| byte == b'/').count();
    let argument = &argument[..(argument.len() - slashes).max(1)];
    let base = match argument.iter().rposition(|&byte| byte == b'/') {
        // The top folder has no name.
        Some(slash) if slash + 1 < argument.len() => slash + 1,
        _ => 0,
    };
    let mut path = Vector::new();
    path.extend_from_slice(argument)?;
    let start = match flags & FTW_CHDIR {
        0 => None,
        // SAFETY: a string of this library.
        _ => Some(unsafe { System::openat(AT_FDCWD, c".".as_ptr(), FOLDER, 0) }?),
    };
    let mut walk = Walk {
        function,
        flags,
        path,
        base,
        folders: Vector::new(),
        device: 0,
        seen: Vector::new(),
        start: start.unwrap_or(-1),
    };
    let result = match start {
        Some(_) => walk.enter_folder_of_path().and_then(|()| walk.run()),
        None => walk.run(),
    };
    if let Some(start) = start {
        // The working directory is the caller's again, however the walk ended.
        let back = System::fchdir(start);
        let _ = System::close(start);
        let result = result?;
        back?;
        return Ok(result);
    }
    result
}

// SAFETY of every block below: the path is the caller's string.
crate::export! {
    /// Calls a function for each file of a tree, links followed: -1 with errno after a failure, otherwise what the function
    /// returned if that was not 0. One descriptor is enough. POSIX.1-2008 `ftw`.
    pub unsafe extern "C-unwind" fn ftw(path: *const c_char, visit: Visit, _descriptors: c_int) -> c_int {
        // SAFETY: see above.
        unsafe { walk(path, Function::Ftw(visit), 0) }
    }

    /// As `ftw`, with FTW_PHYS (links are not followed), FTW_MOUNT, FTW_CHDIR, FTW_DEPTH (a folder after its files) and GNU's
    /// FTW_ACTIONRETVAL. POSIX.1-2024 `nftw`.
    pub unsafe extern "C-unwind" fn nftw(
        path: *const c_char,
        visit: VisitPlace,
        _descriptors: c_int,
        flags: c_int,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { walk(path, Function::Nftw(visit), flags) }
    }
}

crate::alias!(ftw64 = ftw);
crate::alias!(nftw64 = nftw);
