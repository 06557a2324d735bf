//! The file actions of posix_spawn. POSIX.1-2024 <spawn.h>; glibc's `addclosefrom_np`.

use crate::errno::{EBADF, ENOMEM, Errno, Result};
use crate::heap;
use crate::seam::FileAction;
use crate::types::*;
use core::ffi::CStr;
use core::ptr;

/// C's `posix_spawn_file_actions_t`, glibc's layout.
#[repr(C)]
pub struct Actions {
    allocated: c_int,
    used: c_int,
    list: *mut FileAction,
    reserved: [c_int; 16],
}

const _: () = assert!(size_of::<Actions>() == 80);

impl Actions {
    /// The steps.
    pub fn steps(&self) -> &[FileAction] {
        if self.used == 0 {
            return &[];
        }
        // SAFETY: the list has `used` entries, which this file wrote.
        unsafe { core::slice::from_raw_parts(self.list, self.used as usize) }
    }

    fn push(&mut self, action: FileAction) -> Result<()> {
        if self.used == self.allocated {
            let room = self
                .allocated
                .checked_mul(2)
                .map_or(Err(Errno::ENOMEM), |room| Ok(room.max(8)))?;
            // SAFETY: the list is null or a block of this heap.
            let list = unsafe { heap::realloc(self.list.cast(), room as usize * size_of::<FileAction>()) };
            if list.is_null() {
                return Err(Errno::ENOMEM);
            }
            self.list = list.cast();
            self.allocated = room;
        }
        // SAFETY: there is room for one more.
        unsafe { self.list.add(self.used as usize).write(action) };
        self.used += 1;
        Ok(())
    }

    fn push_with_path(
        &mut self,
        path: *const c_char,
        make: impl FnOnce(*mut c_char) -> FileAction,
    ) -> Result<()> {
        // SAFETY: the caller's path; the copy has room for it.
        unsafe {
            let bytes = CStr::from_ptr(path).to_bytes_with_nul();
            let copy: *mut c_char = heap::malloc(bytes.len()).cast();
            if copy.is_null() {
                return Err(Errno::ENOMEM);
            }
            ptr::copy_nonoverlapping(path, copy, bytes.len());
            self.push(make(copy)).inspect_err(|_| heap::free(copy.cast()))
        }
    }
}

fn answer(result: Result<()>) -> c_int {
    result.map_or(ENOMEM, |()| 0)
}

/// Whether a descriptor's number can be one.
fn is_possible(fd: c_int) -> bool {
    let most = crate::unistd::resources::open_max();
    fd >= 0 && (most < 0 || c_long::from(fd) < most)
}

// SAFETY of every block below: the actions are the caller's, and initialised but for `init`; paths are C strings.
crate::export! {
    /// Makes an empty list. POSIX.1-2024.
    pub unsafe extern "C" fn posix_spawn_file_actions_init(actions: *mut Actions) -> c_int {
        // SAFETY: see above.
        unsafe { actions.write(Actions { allocated: 0, used: 0, list: ptr::null_mut(), reserved: [0; 16] }) };
        0
    }

    /// Gives the list back. POSIX.1-2024.
    pub unsafe extern "C" fn posix_spawn_file_actions_destroy(actions: *mut Actions) -> c_int {
        // SAFETY: see above; paths are blocks that the list owns.
        unsafe {
            for step in (*actions).steps() {
                if let FileAction::Open { path, .. } | FileAction::ChangeDirectory { path } = *step {
                    heap::free(path.cast());
                }
            }
            heap::free((*actions).list.cast());
            (*actions).list = ptr::null_mut();
            (*actions).used = 0;
            (*actions).allocated = 0;
        }
        0
    }

    /// The file at `path` becomes descriptor `fd`. POSIX.1-2024.
    pub unsafe extern "C" fn posix_spawn_file_actions_addopen(
        actions: *mut Actions,
        fd: c_int,
        path: *const c_char,
        flags: c_int,
        mode: mode_t,
    ) -> c_int {
        if !is_possible(fd) {
            return EBADF;
        }
        // SAFETY: see above.
        answer(unsafe { (*actions).push_with_path(path, |path| FileAction::Open { fd, path, flags, mode }) })
    }

    /// The descriptor is closed. POSIX.1-2024.
    pub unsafe extern "C" fn posix_spawn_file_actions_addclose(actions: *mut Actions, fd: c_int) -> c_int {
        if !is_possible(fd) {
            return EBADF;
        }
        // SAFETY: see above.
        answer(unsafe { (*actions).push(FileAction::Close { fd }) })
    }

    /// `target` becomes the open file of `fd`. POSIX.1-2024.
    pub unsafe extern "C" fn posix_spawn_file_actions_adddup2(actions: *mut Actions, fd: c_int, target: c_int) -> c_int {
        if !is_possible(fd) || !is_possible(target) {
            return EBADF;
        }
        // SAFETY: see above.
        answer(unsafe { (*actions).push(FileAction::Duplicate { from: fd, fd: target }) })
    }

    /// The child's working directory. POSIX.1-2024.
    pub unsafe extern "C" fn posix_spawn_file_actions_addchdir(actions: *mut Actions, path: *const c_char) -> c_int {
        // SAFETY: see above.
        answer(unsafe { (*actions).push_with_path(path, |path| FileAction::ChangeDirectory { path }) })
    }

    /// The child's working directory, by a descriptor. POSIX.1-2024.
    pub unsafe extern "C" fn posix_spawn_file_actions_addfchdir(actions: *mut Actions, fd: c_int) -> c_int {
        if !is_possible(fd) {
            return EBADF;
        }
        // SAFETY: see above.
        answer(unsafe { (*actions).push(FileAction::ChangeToDirectory { fd }) })
    }

    /// All descriptors from `first` on are closed. glibc.
    pub unsafe extern "C" fn posix_spawn_file_actions_addclosefrom_np(actions: *mut Actions, first: c_int) -> c_int {
        if first < 0 {
            return EBADF;
        }
        // SAFETY: see above.
        answer(unsafe { (*actions).push(FileAction::CloseFrom { first }) })
    }
}
crate::alias!(posix_spawn_file_actions_addchdir_np = posix_spawn_file_actions_addchdir);
crate::alias!(posix_spawn_file_actions_addfchdir_np = posix_spawn_file_actions_addfchdir);
