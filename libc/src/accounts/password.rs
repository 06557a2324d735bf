//! <pwd.h>: the users in /etc/passwd. POSIX.1-2024 `getpwnam` and the like.

use crate::database::{Record, Room, Table, bytes, content, find, number, put_line, status, stream_into};
use crate::errno::{Errno, Result};
use crate::heap::Vector;
use crate::lock::Lock;
use crate::stdio::file::File;
use crate::types::*;
use core::ffi::CStr;

/// A user. POSIX.1-2024 `struct passwd`.
#[repr(C)]
pub struct Passwd {
    /// Login name.
    pub name: *mut c_char,
    /// Hash of the password, or a letter that says where it is.
    pub password: *mut c_char,
    /// Number.
    pub user: uid_t,
    /// Number of the first group.
    pub group: gid_t,
    /// Name in full, and what else is known.
    pub gecos: *mut c_char,
    /// Home directory.
    pub directory: *mut c_char,
    /// Shell.
    pub shell: *mut c_char,
}

const _: () = assert!(size_of::<Passwd>() == 48);

impl Record for Passwd {
    const PATH: &'static CStr = c"/etc/passwd";

    fn parse(line: &[u8], room: &mut Room) -> Result<Option<Self>> {
        let Some(line) = content(line) else {
            return Ok(None);
        };
        let mut fields = line.splitn(7, |&b| b == b':');
        let mut field = || fields.next().unwrap_or_default();
        let (name, password) = (field(), field());
        let (Some(user), Some(group)) = (number(field()), number(field())) else {
            return Ok(None);
        };
        Ok(Some(Passwd {
            name: room.text(name)?,
            password: room.text(password)?,
            user,
            group,
            gecos: room.text(field())?,
            directory: room.text(field())?,
            shell: room.text(field())?,
        }))
    }
}

static USERS: Lock<Table<Passwd>> = Lock::new(Table::new());
static USERS_OF_STREAMS: Lock<Table<Passwd>> = Lock::new(Table::new());

/// The line of an entry. EINVAL for a field that would break it.
unsafe fn line(entry: *const Passwd) -> Result<Vector<u8>> {
    // SAFETY: the caller passes an entry; its strings may be null but for the name.
    unsafe {
        let Some(entry) = entry.as_ref() else {
            return Err(Errno::EINVAL);
        };
        if entry.name.is_null() {
            return Err(Errno::EINVAL);
        }
        let text = |text: *mut c_char| if text.is_null() { &[][..] } else { bytes(text) };
        let sound = |text: &[u8]| !text.iter().any(|b| matches!(b, b':' | b'\n'));
        let fields = [entry.name, entry.password, entry.directory, entry.shell].map(text);
        if !fields.iter().all(|field| sound(field)) {
            return Err(Errno::EINVAL);
        }
        let [name, password, directory, shell] = fields;
        let mut line = Vector::new();
        for field in [name, password] {
            line.extend_from_slice(field)?;
            line.push(b':')?;
        }
        let (user, group) = match name.first() {
            Some(b'+' | b'-') => (None, None),
            _ => (Some(entry.user), Some(entry.group)),
        };
        for value in [user, group] {
            if let Some(value) = value {
                super::group::push_number(&mut line, value)?;
            }
            line.push(b':')?;
        }
        for &byte in text(entry.gecos) {
            line.push(if matches!(byte, b':' | b'\n') { b' ' } else { byte })?;
        }
        for field in [directory, shell] {
            line.push(b':')?;
            line.extend_from_slice(field)?;
        }
        line.push(b'\n')?;
        Ok(line)
    }
}

/// A user's home folder. For no name it is the caller's own: what HOME says, or the entry of the real user.
pub fn home_of(user: &[u8]) -> crate::errno::Result<Option<crate::heap::Vector<u8>>> {
    use crate::heap::Vector;
    use crate::seam::{Process, System};
    let mut home = Vector::new();
    if user.is_empty() {
        // SAFETY: nobody changes the environment meanwhile.
        if let Some(set) = unsafe { crate::locale::variable("HOME") } {
            home.extend_from_slice(set.to_bytes())?;
            return Ok(Some(home));
        }
    }
    let mut name = Vector::new();
    name.extend_from_slice(user)?;
    name.push(0)?;
    let mut room: Vector<u8> = Vector::new();
    room.resize(4096, 0)?;
    let mut found = core::ptr::null_mut();
    let mut entry = core::mem::MaybeUninit::<Passwd>::uninit();
    // SAFETY: the entry and its room live until the folder is copied; it is filled when it is found.
    unsafe {
        let (place, text, size) = (entry.as_mut_ptr(), room.as_mut_ptr().cast(), room.len());
        let _ = match user.is_empty() {
            true => getpwuid_r(System::user_ids()[0], place, text, size, &raw mut found),
            false => getpwnam_r(name.as_ptr().cast(), place, text, size, &raw mut found),
        };
        if found.is_null() || (*found).directory.is_null() {
            return Ok(None);
        }
        home.extend_from_slice(CStr::from_ptr((*found).directory).to_bytes())?;
    }
    Ok(Some(home))
}

// SAFETY of every block below: strings, buffers and streams are the caller's.
export! {
    /// The name of the effective user, in `place` or in storage that all calls share; null with an empty place if there is
    /// none. Issue 4 `cuserid`.
    pub unsafe extern "C" fn cuserid(place: *mut c_char) -> *mut c_char {
        use crate::seam::{Process, System};
        const L_CUSERID: usize = 9;
        static SHARED: crate::lock::Lock<[c_char; L_CUSERID]> = crate::lock::Lock::new([0; L_CUSERID]);
        let target = if place.is_null() { SHARED.lock().as_mut_ptr() } else { place };
        // SAFETY: see above; the target has room for L_cuserid bytes.
        unsafe {
            let entry = getpwuid(System::user_ids()[1]);
            if entry.is_null() {
                *target = 0;
                return if place.is_null() { core::ptr::null_mut() } else { place };
            }
            let name = CStr::from_ptr((*entry).name).to_bytes();
            let length = name.len().min(L_CUSERID - 1);
            core::ptr::copy_nonoverlapping(name.as_ptr().cast(), target, length);
            *target.add(length) = 0;
            target
        }
    }

    /// The user of a name, in storage that the next call overwrites; null if there is none. POSIX.1-2024 `getpwnam`.
    pub unsafe extern "C" fn getpwnam(name: *const c_char) -> *mut Passwd {
        // SAFETY: see above.
        unsafe { USERS.lock().first(|entry| bytes(entry.name) == bytes(name)) }
    }

    /// The user of a number. POSIX.1-2024 `getpwuid`.
    pub unsafe extern "C" fn getpwuid(user: uid_t) -> *mut Passwd {
        USERS.lock().first(|entry| entry.user == user)
    }

    /// The user of a name, in the caller's storage; an error number. POSIX.1-2024 `getpwnam_r`.
    pub unsafe extern "C" fn getpwnam_r(
        name: *const c_char,
        entry: *mut Passwd,
        buffer: *mut c_char,
        length: size_t,
        result: *mut *mut Passwd,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { find(entry, buffer, length, result, |entry| bytes(entry.name) == bytes(name)) }
    }

    /// The user of a number, in the caller's storage; an error number. POSIX.1-2024 `getpwuid_r`.
    pub unsafe extern "C" fn getpwuid_r(
        user: uid_t,
        entry: *mut Passwd,
        buffer: *mut c_char,
        length: size_t,
        result: *mut *mut Passwd,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { find(entry, buffer, length, result, |entry| entry.user == user) }
    }

    /// The next entry is the first. POSIX.1-2024 `setpwent`.
    pub unsafe extern "C" fn setpwent() {
        USERS.lock().rewind();
    }

    /// Closes the database. POSIX.1-2024 `endpwent`.
    pub unsafe extern "C" fn endpwent() {
        USERS.lock().rewind();
    }

    /// The next user; null at the end. POSIX.1-2024 `getpwent`.
    pub unsafe extern "C" fn getpwent() -> *mut Passwd {
        USERS.lock().next_entry()
    }

    /// The next user, in the caller's storage; ENOENT at the end. glibc `getpwent_r`.
    pub unsafe extern "C" fn getpwent_r(
        entry: *mut Passwd,
        buffer: *mut c_char,
        length: size_t,
        result: *mut *mut Passwd,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { status(USERS.lock().next_into(entry, buffer, length), entry, result) }
    }

    /// The next user of a stream; null at its end. glibc `fgetpwent`.
    pub unsafe extern "C" fn fgetpwent(stream: *mut File) -> *mut Passwd {
        // SAFETY: see above.
        unsafe { USERS_OF_STREAMS.lock().next_of_stream(stream) }
    }

    /// The next user of a stream, in the caller's storage; ENOENT at its end. glibc `fgetpwent_r`.
    pub unsafe extern "C" fn fgetpwent_r(
        stream: *mut File,
        entry: *mut Passwd,
        buffer: *mut c_char,
        length: size_t,
        result: *mut *mut Passwd,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { stream_into(stream, entry, buffer, length, result) }
    }

    /// Writes an entry as a line of /etc/passwd. EINVAL for a field with a colon or a line's end. glibc `putpwent`.
    pub unsafe extern "C" fn putpwent(entry: *const Passwd, stream: *mut File) -> c_int {
        // SAFETY: see above.
        unsafe {
            if stream.is_null() {
                return crate::errno::returned_status(Err(Errno::EINVAL));
            }
            put_line(stream, line(entry))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &[u8]) -> Option<(uid_t, &'static CStr, &'static CStr)> {
        let buffer = std::vec![0u8; 256].leak();
        // SAFETY: the buffer is leaked, so the entry's strings stay.
        unsafe {
            let mut room = Room::new(buffer.as_mut_ptr().cast(), 256);
            let entry = Passwd::parse(text, &mut room).unwrap()?;
            Some((
                entry.user,
                CStr::from_ptr(entry.name),
                CStr::from_ptr(entry.shell),
            ))
        }
    }

    #[test]
    fn a_line_has_seven_fields_of_which_the_last_may_be_missing() {
        assert_eq!(parsed(b"a:x:1:2:g:/:/bin/sh"), Some((1, c"a", c"/bin/sh")));
        assert_eq!(parsed(b"a:x:1:2"), Some((1, c"a", c"")));
        for line in [&b"a:x:y:2:::"[..], b"a:x::2:::", b"#a:x:1:2:::", b"", b"a:x:1"] {
            assert_eq!(parsed(line), None);
        }
    }
}
