//! <netdb.h>: the protocols in /etc/protocols. POSIX.1-2024 `getprotobyname` and the like.

use crate::database::{Record, Room, Table, bytes, find, status, words};
use crate::errno::Result;
use crate::lock::Lock;
use crate::types::*;
use core::ffi::CStr;

/// A protocol. POSIX.1-2024 `struct protoent`.
#[repr(C)]
pub struct Protocol {
    /// Name.
    pub name: *mut c_char,
    /// Other names; null at the end.
    pub aliases: *mut *mut c_char,
    /// Number.
    pub number: c_int,
}

const _: () = assert!(size_of::<Protocol>() == 24);

impl Record for Protocol {
    const PATH: &'static CStr = c"/etc/protocols";

    fn parse(line: &[u8], room: &mut Room) -> Result<Option<Self>> {
        let mut words = words(line);
        let (Some(name), Some(number)) = (words.next(), words.next()) else {
            return Ok(None);
        };
        let Some(number) = crate::database::number(number) else {
            return Ok(None);
        };
        Ok(Some(Protocol {
            name: room.text(name)?,
            aliases: room.list(words)?,
            number: number as c_int,
        }))
    }
}

static PROTOCOLS: Lock<Table<Protocol>> = Lock::new(Table::new());

/// Whether a protocol has a name.
unsafe fn is_called(entry: &Protocol, name: *const c_char) -> bool {
    // SAFETY: the caller passes a string; the entry's are the database's.
    unsafe {
        let name = bytes(name);
        bytes(entry.name) == name || crate::accounts::group::members(entry.aliases).any(|alias| alias == name)
    }
}

// SAFETY of every block below: strings and buffers are the caller's.
export! {
    /// The protocol of a name; null if there is none. POSIX.1-2024 `getprotobyname`.
    pub unsafe extern "C" fn getprotobyname(name: *const c_char) -> *mut Protocol {
        // SAFETY: see above.
        PROTOCOLS.lock().first(|entry| unsafe { is_called(entry, name) })
    }

    /// The protocol of a number. POSIX.1-2024 `getprotobynumber`.
    pub unsafe extern "C" fn getprotobynumber(number: c_int) -> *mut Protocol {
        PROTOCOLS.lock().first(|entry| entry.number == number)
    }

    /// The protocol of a name, in the caller's storage; an error number. glibc `getprotobyname_r`.
    pub unsafe extern "C" fn getprotobyname_r(
        name: *const c_char,
        entry: *mut Protocol,
        buffer: *mut c_char,
        length: size_t,
        result: *mut *mut Protocol,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { find(entry, buffer, length, result, |entry| is_called(entry, name)) }
    }

    /// The protocol of a number, in the caller's storage; an error number. glibc `getprotobynumber_r`.
    pub unsafe extern "C" fn getprotobynumber_r(
        number: c_int,
        entry: *mut Protocol,
        buffer: *mut c_char,
        length: size_t,
        result: *mut *mut Protocol,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { find(entry, buffer, length, result, |entry| entry.number == number) }
    }

    /// The next entry is the first. POSIX.1-2024 `setprotoent`.
    pub unsafe extern "C" fn setprotoent(_stay_open: c_int) {
        PROTOCOLS.lock().rewind();
    }

    /// Closes the database. POSIX.1-2024 `endprotoent`.
    pub unsafe extern "C" fn endprotoent() {
        PROTOCOLS.lock().rewind();
    }

    /// The next protocol; null at the end. POSIX.1-2024 `getprotoent`.
    pub unsafe extern "C" fn getprotoent() -> *mut Protocol {
        PROTOCOLS.lock().next_entry()
    }

    /// The next protocol, in the caller's storage; ENOENT at the end. glibc `getprotoent_r`.
    pub unsafe extern "C" fn getprotoent_r(
        entry: *mut Protocol,
        buffer: *mut c_char,
        length: size_t,
        result: *mut *mut Protocol,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { status(PROTOCOLS.lock().next_into(entry, buffer, length), entry, result) }
    }
}
