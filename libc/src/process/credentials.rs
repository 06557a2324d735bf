//! Changing users and groups. POSIX.1-2024 `setuid`, `setgid`, ...; `setresuid`, `setgroups`, `initgroups`.

use crate::errno::{Errno, Result, returned, returned_status};
use crate::seam::*;
use crate::types::*;

/// Leaves an id as it is.
const SAME: u32 = u32::MAX;

/// What `setuid` and `setgid` set: all three for one who may, otherwise the effective one.
fn privileged() -> bool {
    System::user_ids()[1] == 0
}

fn set_user(user: uid_t) -> Result<()> {
    if user == SAME {
        return Err(Errno::EINVAL);
    }
    if privileged() {
        System::set_user_ids(user, user, user)
    } else {
        System::set_user_ids(SAME, user, SAME)
    }
}

fn set_group(group: gid_t) -> Result<()> {
    if group == SAME {
        return Err(Errno::EINVAL);
    }
    if privileged() {
        System::set_group_ids(group, group, group)
    } else {
        System::set_group_ids(SAME, group, SAME)
    }
}

/// The saved id follows where the real one is set, or the effective one to another than the real one.
fn saved(real: u32, effective: u32, old_real: u32) -> u32 {
    if real != SAME || (effective != SAME && effective != old_real) {
        if effective != SAME { effective } else { SAME - 1 }
    } else {
        SAME
    }
}

fn set_real_and_effective_users(real: uid_t, effective: uid_t) -> Result<()> {
    let old = System::user_ids();
    let saved = match saved(real, effective, old[0]) {
        id if id == SAME - 1 => old[1],
        id => id,
    };
    System::set_user_ids(real, effective, saved)
}

fn set_real_and_effective_groups(real: gid_t, effective: gid_t) -> Result<()> {
    let old = System::group_ids();
    let saved = match saved(real, effective, old[0]) {
        id if id == SAME - 1 => old[1],
        id => id,
    };
    System::set_group_ids(real, effective, saved)
}

// SAFETY of every block below: pointers are the caller's.
crate::export! {
    /// Sets the user: all ids for the superuser, else the effective one. POSIX.1-2024 `setuid`.
    pub unsafe extern "C" fn setuid(user: uid_t) -> c_int {
        returned_status(set_user(user))
    }

    /// Sets the effective user. POSIX.1-2024 `seteuid`.
    pub unsafe extern "C" fn seteuid(user: uid_t) -> c_int {
        returned_status(if user == SAME { Err(Errno::EINVAL) } else { System::set_user_ids(SAME, user, SAME) })
    }

    /// Sets the real and the effective user; -1 leaves one. POSIX.1-2024 `setreuid`.
    pub unsafe extern "C" fn setreuid(real: uid_t, effective: uid_t) -> c_int {
        returned_status(set_real_and_effective_users(real, effective))
    }

    /// Sets real, effective and saved user; -1 leaves one. POSIX.1-2024 `setresuid`.
    pub unsafe extern "C" fn setresuid(real: uid_t, effective: uid_t, saved: uid_t) -> c_int {
        returned_status(System::set_user_ids(real, effective, saved))
    }

    /// Sets the group: all ids for the superuser, else the effective one. POSIX.1-2024 `setgid`.
    pub unsafe extern "C" fn setgid(group: gid_t) -> c_int {
        returned_status(set_group(group))
    }

    /// Sets the effective group. POSIX.1-2024 `setegid`.
    pub unsafe extern "C" fn setegid(group: gid_t) -> c_int {
        returned_status(if group == SAME { Err(Errno::EINVAL) } else { System::set_group_ids(SAME, group, SAME) })
    }

    /// Sets the real and the effective group; -1 leaves one. POSIX.1-2024 `setregid`.
    pub unsafe extern "C" fn setregid(real: gid_t, effective: gid_t) -> c_int {
        returned_status(set_real_and_effective_groups(real, effective))
    }

    /// Sets real, effective and saved group; -1 leaves one. POSIX.1-2024 `setresgid`.
    pub unsafe extern "C" fn setresgid(real: gid_t, effective: gid_t, saved: gid_t) -> c_int {
        returned_status(System::set_group_ids(real, effective, saved))
    }

    /// The supplementary groups; with `count` 0 only how many there are. POSIX.1-2024 `getgroups`.
    pub unsafe extern "C" fn getgroups(count: c_int, list: *mut gid_t) -> c_int {
        returned(
            usize::try_from(count)
                .map_err(|_| Errno::EINVAL)
                // SAFETY: see above.
                .and_then(|count| unsafe { System::groups(count, list) })
                .map(|count| count as c_int),
        )
    }

    /// Sets the supplementary groups. BSD, Linux `setgroups`.
    pub unsafe extern "C" fn setgroups(count: size_t, list: *const gid_t) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe { System::set_groups(count, list) })
    }

    /// Sets the supplementary groups to `group` and those that name the user. BSD `initgroups`.
    pub unsafe extern "C" fn initgroups(user: *const c_char, group: gid_t) -> c_int {
        // SAFETY: see above.
        returned_status(unsafe {
            crate::accounts::group::groups_of(user, group)
                .and_then(|list| System::set_groups(list.len(), list.as_ptr()))
        })
    }

    /// Whether the process is in a group. glibc `group_member`.
    pub unsafe extern "C" fn group_member(group: gid_t) -> c_int {
        const MOST: usize = 65536 / 16;
        let mut list = [0; MOST];
        // SAFETY: the list has that many places.
        let count = unsafe { System::groups(MOST, list.as_mut_ptr()) }.unwrap_or(0);
        let [_, effective, _] = System::group_ids();
        (effective == group || list.iter().take(count).any(|&one| one == group)).into()
    }

    /// Sets the user that file permissions are judged by: nothing, beyond what the effective one says; the effective user. Linux
    /// `setfsuid`.
    pub unsafe extern "C" fn setfsuid(_user: uid_t) -> c_int {
        System::user_ids()[1] as c_int
    }

    /// As `setfsuid` for the group. Linux `setfsgid`.
    pub unsafe extern "C" fn setfsgid(_group: gid_t) -> c_int {
        System::group_ids()[1] as c_int
    }
}
