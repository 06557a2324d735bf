//! <netdb.h>: the services in /etc/services. POSIX.1-2024 `getservbyname` and the like.

use crate::database::{Record, Room, Table, bytes, find, status, words};
use crate::errno::Result;
use crate::lock::Lock;
use crate::types::*;
use core::ffi::CStr;

/// A service. POSIX.1-2024 `struct servent`.
#[repr(C)]
pub struct Service {
    /// Name.
    pub name: *mut c_char,
    /// Other names; null at the end.
    pub aliases: *mut *mut c_char,
    /// Port, in the network's byte order.
    pub port: c_int,
    /// Name of the protocol.
    pub protocol: *mut c_char,
}

const _: () = assert!(size_of::<Service>() == 32);

impl Record for Service {
    const PATH: &'static CStr = c"/etc/services";

    fn parse(line: &[u8], room: &mut Room) -> Result<Option<Self>> {
        let mut words = words(line);
        let (Some(name), Some(port)) = (words.next(), words.next()) else {
            return Ok(None);
        };
        let Some(slash) = port.iter().position(|&b| b == b'/' || b == b',') else {
            return Ok(None);
        };
        let Some(number) = crate::database::number(&port[..slash]) else {
            return Ok(None);
        };
        let protocol = &port[slash + 1..];
        Ok(Some(Service {
            name: room.text(name)?,
            aliases: room.list(words)?,
            port: c_int::from((number as u16).to_be()),
            protocol: room.text(protocol)?,
        }))
    }
}

static SERVICES: Lock<Table<Service>> = Lock::new(Table::new());

/// Whether a service has a name, and a protocol unless that is null.
unsafe fn is_called(entry: &Service, name: *const c_char, protocol: *const c_char) -> bool {
    // SAFETY: the caller passes strings; the entry's are the database's.
    unsafe {
        let name = bytes(name);
        has_protocol(entry, protocol)
            && (bytes(entry.name) == name
                || crate::accounts::group::members(entry.aliases).any(|alias| alias == name))
    }
}

unsafe fn has_protocol(entry: &Service, protocol: *const c_char) -> bool {
    // SAFETY: as above.
    unsafe { protocol.is_null() || bytes(entry.protocol) == bytes(protocol) }
}

// SAFETY of every block below: strings and buffers are the caller's.
export! {
    /// The service of a name, by any protocol if that is null; null if there is none. POSIX.1-2024 `getservbyname`.
    pub unsafe extern "C" fn getservbyname(name: *const c_char, protocol: *const c_char) -> *mut Service {
        // SAFETY: see above.
        SERVICES.lock().first(|entry| unsafe { is_called(entry, name, protocol) })
    }

    /// The service of a port, which is in the network's byte order. POSIX.1-2024 `getservbyport`.
    pub unsafe extern "C" fn getservbyport(port: c_int, protocol: *const c_char) -> *mut Service {
        // SAFETY: see above.
        SERVICES.lock().first(|entry| entry.port == port && unsafe { has_protocol(entry, protocol) })
    }

    /// The service of a name, in the caller's storage; an error number. glibc `getservbyname_r`.
    pub unsafe extern "C" fn getservbyname_r(
        name: *const c_char,
        protocol: *const c_char,
        entry: *mut Service,
        buffer: *mut c_char,
        length: size_t,
        result: *mut *mut Service,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { find(entry, buffer, length, result, |entry| is_called(entry, name, protocol)) }
    }

    /// The service of a port, in the caller's storage; an error number. glibc `getservbyport_r`.
    pub unsafe extern "C" fn getservbyport_r(
        port: c_int,
        protocol: *const c_char,
        entry: *mut Service,
        buffer: *mut c_char,
        length: size_t,
        result: *mut *mut Service,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            find(entry, buffer, length, result, |entry| {
                entry.port == port && has_protocol(entry, protocol)
            })
        }
    }

    /// The next entry is the first. POSIX.1-2024 `setservent`.
    pub unsafe extern "C" fn setservent(_stay_open: c_int) {
        SERVICES.lock().rewind();
    }

    /// Closes the database. POSIX.1-2024 `endservent`.
    pub unsafe extern "C" fn endservent() {
        SERVICES.lock().rewind();
    }

    /// The next service; null at the end. POSIX.1-2024 `getservent`.
    pub unsafe extern "C" fn getservent() -> *mut Service {
        SERVICES.lock().next_entry()
    }

    /// The next service, in the caller's storage; ENOENT at the end. glibc `getservent_r`.
    pub unsafe extern "C" fn getservent_r(
        entry: *mut Service,
        buffer: *mut c_char,
        length: size_t,
        result: *mut *mut Service,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { status(SERVICES.lock().next_into(entry, buffer, length), entry, result) }
    }
}
