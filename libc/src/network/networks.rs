//! <netdb.h>: the networks in /etc/networks. POSIX.1-2024 `getnetbyname` and the like.

use super::address::AF_INET;
use crate::database::{Record, Room, Table, bytes, find, status, words};
use crate::errno::Result;
use crate::lock::Lock;
use crate::types::*;
use core::ffi::CStr;

/// A network. POSIX.1-2024 `struct netent`.
#[repr(C)]
pub struct Network {
    /// Name.
    pub name: *mut c_char,
    /// Other names; null at the end.
    pub aliases: *mut *mut c_char,
    /// Family of the number.
    pub family: c_int,
    /// Number, in the host's byte order.
    pub number: u32,
}

const _: () = assert!(size_of::<Network>() == 24);

/// A network's number: one to four numbers of a byte, apart by dots; missing ones are zero.
fn number(text: &[u8]) -> Option<u32> {
    let mut value = [0u8; 4];
    let mut parts = text.split(|&b| b == b'.');
    for (place, part) in value.iter_mut().zip(&mut parts) {
        *place = u8::try_from(crate::database::number(part)?).ok()?;
    }
    parts.next().is_none().then_some(u32::from_be_bytes(value))
}

impl Record for Network {
    const PATH: &'static CStr = c"/etc/networks";

    fn parse(line: &[u8], room: &mut Room) -> Result<Option<Self>> {
        let mut words = words(line);
        let (Some(name), Some(text)) = (words.next(), words.next()) else {
            return Ok(None);
        };
        let Some(number) = number(text) else {
            return Ok(None);
        };
        Ok(Some(Network {
            name: room.text(name)?,
            aliases: room.list(words)?,
            family: AF_INET,
            number,
        }))
    }
}

static NETWORKS: Lock<Table<Network>> = Lock::new(Table::new());

/// Whether a network has a name.
unsafe fn is_called(entry: &Network, name: *const c_char) -> bool {
    // SAFETY: the caller passes a string; the entry's are the database's.
    unsafe {
        let name = bytes(name);
        bytes(entry.name) == name || crate::accounts::group::members(entry.aliases).any(|alias| alias == name)
    }
}

/// Tells an `_r` function's caller by `error` why there is no entry.
unsafe fn told(code: c_int, result: *mut *mut Network, error: *mut c_int) -> c_int {
    // SAFETY: the caller's places.
    unsafe { super::hosts::tell(code, (*result).is_null(), error) }
}

// SAFETY of every block below: strings and buffers are the caller's.
export! {
    /// The network of a name; null if there is none. POSIX.1-2024 `getnetbyname`.
    pub unsafe extern "C" fn getnetbyname(name: *const c_char) -> *mut Network {
        // SAFETY: see above.
        NETWORKS.lock().first(|entry| unsafe { is_called(entry, name) })
    }

    /// The network of a number. POSIX.1-2024 `getnetbyaddr`.
    pub unsafe extern "C" fn getnetbyaddr(number: u32, family: c_int) -> *mut Network {
        NETWORKS.lock().first(|entry| entry.number == number && matches!(family, 0 | AF_INET))
    }

    /// The network of a name, in the caller's storage; an error number. glibc `getnetbyname_r`.
    pub unsafe extern "C" fn getnetbyname_r(
        name: *const c_char,
        entry: *mut Network,
        buffer: *mut c_char,
        length: size_t,
        result: *mut *mut Network,
        error: *mut c_int,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            let code = find(entry, buffer, length, result, |entry| is_called(entry, name));
            told(code, result, error)
        }
    }

    /// The network of a number, in the caller's storage; an error number. glibc `getnetbyaddr_r`.
    pub unsafe extern "C" fn getnetbyaddr_r(
        number: u32,
        family: c_int,
        entry: *mut Network,
        buffer: *mut c_char,
        length: size_t,
        result: *mut *mut Network,
        error: *mut c_int,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            let code = find(entry, buffer, length, result, |entry| {
                entry.number == number && matches!(family, 0 | AF_INET)
            });
            told(code, result, error)
        }
    }

    /// The next entry is the first. POSIX.1-2024 `setnetent`.
    pub unsafe extern "C" fn setnetent(_stay_open: c_int) {
        NETWORKS.lock().rewind();
    }

    /// Closes the database. POSIX.1-2024 `endnetent`.
    pub unsafe extern "C" fn endnetent() {
        NETWORKS.lock().rewind();
    }

    /// The next network; null at the end. POSIX.1-2024 `getnetent`.
    pub unsafe extern "C" fn getnetent() -> *mut Network {
        NETWORKS.lock().next_entry()
    }

    /// The next network, in the caller's storage; ENOENT at the end. glibc `getnetent_r`.
    pub unsafe extern "C" fn getnetent_r(
        entry: *mut Network,
        buffer: *mut c_char,
        length: size_t,
        result: *mut *mut Network,
        error: *mut c_int,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            let code = status(NETWORKS.lock().next_into(entry, buffer, length), entry, result);
            told(code, result, error)
        }
    }
}
