//! <grp.h>: the groups in /etc/group. POSIX.1-2024 `getgrnam` and the like, BSD's `getgrouplist`.

use crate::database::{Record, Room, Table, bytes, content, find, number, put_line, status, stream_into};
use crate::errno::{Errno, Result};
use crate::heap::Vector;
use crate::lock::Lock;
use crate::stdio::file::File;
use crate::types::*;
use core::ffi::CStr;

/// A group. POSIX.1-2024 `struct group`.
#[repr(C)]
pub struct Group {
    /// Name.
    pub name: *mut c_char,
    /// Hash of the password.
    pub password: *mut c_char,
    /// Number.
    pub group: gid_t,
    /// Names of its members; null at the end.
    pub members: *mut *mut c_char,
}

const _: () = assert!(size_of::<Group>() == 32);

impl Record for Group {
    const PATH: &'static CStr = c"/etc/group";

    fn parse(line: &[u8], room: &mut Room) -> Result<Option<Self>> {
        let Some(line) = content(line) else {
            return Ok(None);
        };
        let mut fields = line.splitn(4, |&b| b == b':');
        let mut field = || fields.next().unwrap_or_default();
        let (name, password) = (field(), field());
        let Some(group) = number(field()) else {
            return Ok(None);
        };
        let members = field()
            .split(|&b| b == b',')
            .map(<[u8]>::trim_ascii)
            .filter(|member| !member.is_empty());
        Ok(Some(Group {
            name: room.text(name)?,
            password: room.text(password)?,
            group,
            members: room.list(members)?,
        }))
    }
}

/// Appends a number in decimal.
pub fn push_number(line: &mut Vector<u8>, value: u32) -> Result<()> {
    let mut digits = [0u8; 10];
    let mut start = digits.len();
    let mut rest = value;
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            return line.extend_from_slice(&digits[start..]);
        }
    }
}

/// The members of a group.
///
/// # Safety
/// `list` is null or a list of strings that ends with a null.
pub unsafe fn members<'a>(list: *const *mut c_char) -> impl Iterator<Item = &'a [u8]> {
    let mut next = list;
    core::iter::from_fn(move || {
        if next.is_null() {
            return None;
        }
        // SAFETY: the caller's; the end was not reached yet.
        unsafe {
            let member = next.read();
            if member.is_null() {
                return None;
            }
            next = next.add(1);
            Some(bytes(member))
        }
    })
}

static GROUPS: Lock<Table<Group>> = Lock::new(Table::new());
static GROUPS_OF_STREAMS: Lock<Table<Group>> = Lock::new(Table::new());

/// The line of an entry. EINVAL for a field that would break it.
unsafe fn line(entry: *const Group) -> Result<Vector<u8>> {
    // SAFETY: the caller passes an entry; its strings may be null but for the name.
    unsafe {
        let Some(entry) = entry.as_ref() else {
            return Err(Errno::EINVAL);
        };
        if entry.name.is_null() {
            return Err(Errno::EINVAL);
        }
        let name = bytes(entry.name);
        let password = if entry.password.is_null() {
            &[][..]
        } else {
            bytes(entry.password)
        };
        let sound = |text: &[u8]| !text.iter().any(|b| matches!(b, b':' | b'\n'));
        let in_list = |text: &[u8]| sound(text) && !text.contains(&b',');
        if !sound(name) || !sound(password) || !members(entry.members).all(in_list) {
            return Err(Errno::EINVAL);
        }
        let mut line = Vector::new();
        line.extend_from_slice(name)?;
        line.push(b':')?;
        line.extend_from_slice(password)?;
        line.push(b':')?;
        if !matches!(name.first(), Some(b'+' | b'-')) {
            push_number(&mut line, entry.group)?;
        }
        line.push(b':')?;
        for (index, member) in members(entry.members).enumerate() {
            if index > 0 {
                line.push(b',')?;
            }
            line.extend_from_slice(member)?;
        }
        line.push(b'\n')?;
        Ok(line)
    }
}

/// The groups that a user belongs to: `first`, then those that name the user, in the file's order, each once.
///
/// # Safety
/// `user` is a string.
pub unsafe fn groups_of(user: *const c_char, first: gid_t) -> Result<Vector<gid_t>> {
    let mut list = Vector::new();
    list.push(first)?;
    let mut table = Table::<Group>::new();
    loop {
        let entry = table.next_entry();
        if entry.is_null() {
            return Ok(list);
        }
        // SAFETY: an entry of the table; the user is the caller's.
        unsafe {
            let group = (*entry).group;
            if members((*entry).members).any(|member| member == bytes(user)) && !list.contains(&group) {
                list.push(group)?;
            }
        }
    }
}

// SAFETY of every block below: strings, buffers and streams are the caller's.
export! {
    /// The group of a name, in storage that the next call overwrites; null if there is none. POSIX.1-2024 `getgrnam`.
    pub unsafe extern "C" fn getgrnam(name: *const c_char) -> *mut Group {
        // SAFETY: see above.
        unsafe { GROUPS.lock().first(|entry| bytes(entry.name) == bytes(name)) }
    }

    /// The group of a number. POSIX.1-2024 `getgrgid`.
    pub unsafe extern "C" fn getgrgid(group: gid_t) -> *mut Group {
        GROUPS.lock().first(|entry| entry.group == group)
    }

    /// The group of a name, in the caller's storage; an error number. POSIX.1-2024 `getgrnam_r`.
    pub unsafe extern "C" fn getgrnam_r(
        name: *const c_char,
        entry: *mut Group,
        buffer: *mut c_char,
        length: size_t,
        result: *mut *mut Group,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { find(entry, buffer, length, result, |entry| bytes(entry.name) == bytes(name)) }
    }

    /// The group of a number, in the caller's storage; an error number. POSIX.1-2024 `getgrgid_r`.
    pub unsafe extern "C" fn getgrgid_r(
        group: gid_t,
        entry: *mut Group,
        buffer: *mut c_char,
        length: size_t,
        result: *mut *mut Group,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { find(entry, buffer, length, result, |entry| entry.group == group) }
    }

    /// The next entry is the first. POSIX.1-2024 `setgrent`.
    pub unsafe extern "C" fn setgrent() {
        GROUPS.lock().rewind();
    }

    /// Closes the database. POSIX.1-2024 `endgrent`.
    pub unsafe extern "C" fn endgrent() {
        GROUPS.lock().rewind();
    }

    /// The next group; null at the end. POSIX.1-2024 `getgrent`.
    pub unsafe extern "C" fn getgrent() -> *mut Group {
        GROUPS.lock().next_entry()
    }

    /// The next group, in the caller's storage; ENOENT at the end. glibc `getgrent_r`.
    pub unsafe extern "C" fn getgrent_r(
        entry: *mut Group,
        buffer: *mut c_char,
        length: size_t,
        result: *mut *mut Group,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { status(GROUPS.lock().next_into(entry, buffer, length), entry, result) }
    }

    /// The next group of a stream; null at its end. glibc `fgetgrent`.
    pub unsafe extern "C" fn fgetgrent(stream: *mut File) -> *mut Group {
        // SAFETY: see above.
        unsafe { GROUPS_OF_STREAMS.lock().next_of_stream(stream) }
    }

    /// The next group of a stream, in the caller's storage; ENOENT at its end. glibc `fgetgrent_r`.
    pub unsafe extern "C" fn fgetgrent_r(
        stream: *mut File,
        entry: *mut Group,
        buffer: *mut c_char,
        length: size_t,
        result: *mut *mut Group,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { stream_into(stream, entry, buffer, length, result) }
    }

    /// Writes an entry as a line of /etc/group. EINVAL for a field that would break it. glibc `putgrent`.
    pub unsafe extern "C" fn putgrent(entry: *const Group, stream: *mut File) -> c_int {
        // SAFETY: see above.
        unsafe {
            if stream.is_null() {
                return crate::errno::returned_status(Err(Errno::EINVAL));
            }
            put_line(stream, line(entry))
        }
    }

    /// The groups that a user belongs to, `group` first: how many there are, or -1 if `count` is less; `count` says
    /// then how many there are. BSD `getgrouplist`.
    pub unsafe extern "C" fn getgrouplist(
        user: *const c_char,
        group: gid_t,
        groups: *mut gid_t,
        count: *mut c_int,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            let list = match groups_of(user, group) {
                Ok(list) => list,
                Err(error) => {
                    crate::errno::set_errno(error.0);
                    return -1;
                }
            };
            let room = usize::try_from(count.read()).unwrap_or(0);
            for (index, &group) in list.iter().take(room).enumerate() {
                groups.add(index).write(group);
            }
            let found = c_int::try_from(list.len()).unwrap_or(c_int::MAX);
            count.write(found);
            if list.len() > room { -1 } else { found }
        }
    }
}
