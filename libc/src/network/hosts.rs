//! <netdb.h>: the hosts in /etc/hosts, and addresses as their own names. POSIX.1-2001 `gethostbyname` and the like.
//!
//! Names that are not in the file are looked up in the network's name service; without one, the answer is TRY_AGAIN.

use super::address::{AF_INET, AF_INET6, loose4, strict4, strict6};
use crate::database::{Record, Room, Table, bytes, words};
use crate::errno::{Errno, Result, set_errno};
use crate::heap::Vector;
use crate::lock::Lock;
use crate::types::*;
use core::ffi::CStr;
use core::mem::MaybeUninit;
use core::ptr;

/// Nothing is known of the host.
pub const HOST_NOT_FOUND: c_int = 1;
/// The name service did not answer.
pub const TRY_AGAIN: c_int = 2;
/// `errno` says what is wrong.
pub const NETDB_INTERNAL: c_int = -1;

crate::thread_storage! {
    /// The calling thread's `h_errno`.
    fn host_error() -> c_int = "trivet_host_error";
}

/// A host. POSIX.1-2001 `struct hostent`.
#[repr(C)]
pub struct Host {
    /// Official name.
    pub name: *mut c_char,
    /// Other names; null at the end.
    pub aliases: *mut *mut c_char,
    /// Family of the addresses.
    pub family: c_int,
    /// Bytes of an address.
    pub length: c_int,
    /// Addresses; null at the end.
    pub addresses: *mut *mut c_char,
}

const _: () = assert!(size_of::<Host>() == 32);

/// An address with its family.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// Version 4.
    Four([u8; 4]),
    /// Version 6.
    Six([u8; 16]),
}

impl Address {
    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Address::Four(bytes) => bytes,
            Address::Six(bytes) => bytes,
        }
    }

    /// Its family.
    pub fn family(&self) -> c_int {
        match self {
            Address::Four(_) => AF_INET,
            Address::Six(_) => AF_INET6,
        }
    }

    /// The address that a text of the file names.
    pub fn parse(text: &[u8]) -> Option<Address> {
        strict4(text)
            .map(Address::Four)
            .or_else(|| strict6(text).map(Address::Six))
    }

    /// The address that C's caller points to.
    ///
    /// # Safety
    /// `length` bytes at `place` may be read.
    pub unsafe fn read(place: *const c_void, length: usize, family: c_int) -> Option<Address> {
        // SAFETY: the caller's.
        unsafe {
            match (family, length) {
                (AF_INET, 4) => Some(Address::Four(place.cast::<[u8; 4]>().read())),
                (AF_INET6, 16) => Some(Address::Six(place.cast::<[u8; 16]>().read())),
                _ => None,
            }
        }
    }
}

/// A line of /etc/hosts: an address and its names. Made into a `Host` by `entry`.
impl Record for Host {
    const PATH: &'static CStr = c"/etc/hosts";

    fn parse(line: &[u8], room: &mut Room) -> Result<Option<Self>> {
        let mut words = words(line);
        let (Some(address), Some(name)) = (words.next(), words.next()) else {
            return Ok(None);
        };
        let Some(address) = Address::parse(address) else {
            return Ok(None);
        };
        entry(name, words, &[address], room).map(Some)
    }
}

/// Makes an entry in the caller's room.
fn entry<'a>(
    name: &[u8],
    aliases: impl Iterator<Item = &'a [u8]> + Clone,
    addresses: &[Address],
    room: &mut Room,
) -> Result<Host> {
    let list = room.pointers(addresses.len())?;
    for (place, address) in list.iter_mut().zip(addresses) {
        *place = room.block(address.bytes())?;
    }
    Ok(Host {
        addresses: list.as_mut_ptr(),
        name: room.text(name)?,
        aliases: room.list(aliases)?,
        family: addresses[0].family(),
        length: addresses[0].bytes().len() as c_int,
    })
}

/// Whether a host has a name, in any case of letters.
///
/// # Safety
/// The entry's pointers are valid.
pub unsafe fn is_called(entry: &Host, name: &[u8]) -> bool {
    // SAFETY: the caller's.
    unsafe {
        bytes(entry.name).eq_ignore_ascii_case(name)
            || crate::accounts::group::members(entry.aliases).any(|alias| alias.eq_ignore_ascii_case(name))
    }
}

/// Why there is no host.
pub enum Unknown {
    /// The name service would have to be asked.
    TryAgain,
    /// There can be no such host.
    NotFound,
    /// `errno` says it.
    System(Errno),
}

impl From<Errno> for Unknown {
    fn from(error: Errno) -> Self {
        Unknown::System(error)
    }
}

/// Makes an entry of all addresses of a family that a name has in /etc/hosts, or of the address that the name is.
unsafe fn by_name(name: &[u8], family: c_int, room: &mut Room) -> core::result::Result<Host, Unknown> {
    if !matches!(family, AF_INET | AF_INET6) {
        return Err(Unknown::System(Errno::EAFNOSUPPORT));
    }
    let number = match family {
        AF_INET => loose4(name).map(Address::Four),
        _ => strict6(name).map(Address::Six),
    };
    if let Some(address) = number {
        return Ok(entry(name, core::iter::empty(), &[address], room)?);
    }
    let mut addresses = Vector::<Address>::new();
    let mut first: Option<(Vector<u8>, Vector<u8>)> = None;
    let mut table = Table::<Host>::new();
    loop {
        let host = table.next_entry();
        if host.is_null() {
            break;
        }
        // SAFETY: an entry of the table, which is not changed before the next one.
        unsafe {
            let host = &*host;
            if host.family != family || !is_called(host, name) {
                continue;
            }
            let place = (*host.addresses).cast::<c_void>();
            let Some(address) = Address::read(place, host.length as usize, family) else {
                continue;
            };
            addresses.push(address)?;
            if first.is_none() {
                let (mut official, mut aliases) = (Vector::new(), Vector::new());
                official.extend_from_slice(bytes(host.name))?;
                for alias in crate::accounts::group::members(host.aliases) {
                    aliases.extend_from_slice(alias)?;
                    aliases.push(b' ')?;
                }
                first = Some((official, aliases));
            }
        }
    }
    match first {
        Some((official, aliases)) => Ok(entry(&official, words(&aliases), &addresses, room)?),
        None if name.is_empty() => Err(Unknown::NotFound),
        None => Err(Unknown::TryAgain),
    }
}

/// Makes an entry of the first host in /etc/hosts with an address.
unsafe fn by_address(address: Address, room: &mut Room) -> core::result::Result<Host, Unknown> {
    let mut table = Table::<Host>::new();
    loop {
        let host = table.next_entry();
        if host.is_null() {
            return Err(Unknown::TryAgain);
        }
        // SAFETY: an entry of the table; its only address has its length.
        unsafe {
            let host = &*host;
            let own = core::slice::from_raw_parts((*host.addresses).cast::<u8>(), host.length as usize);
            if own == address.bytes() {
                let mut aliases = Vector::<u8>::new();
                for alias in crate::accounts::group::members(host.aliases) {
                    aliases.extend_from_slice(alias)?;
                    aliases.push(b' ')?;
                }
                return Ok(entry(bytes(host.name), words(&aliases), &[address], room)?);
            }
        }
    }
}

/// The code of `h_errno` and an error number for it.
fn codes(unknown: &Unknown) -> (c_int, c_int) {
    match unknown {
        Unknown::TryAgain => (TRY_AGAIN, Errno::EAGAIN.0),
        Unknown::NotFound => (HOST_NOT_FOUND, 0),
        Unknown::System(error) => (NETDB_INTERNAL, error.0),
    }
}

/// Answers for the `_r` functions of networks: `error` gets the code that belongs to an error number.
///
/// # Safety
/// `error` may be written.
pub unsafe fn tell(code: c_int, missing: bool, error: *mut c_int) -> c_int {
    // SAFETY: the caller's.
    unsafe {
        error.write(match code {
            0 if missing => HOST_NOT_FOUND,
            0 => 0,
            _ => NETDB_INTERNAL,
        });
    }
    code
}

/// Storage of the functions without `_r`.
struct Own {
    host: MaybeUninit<Host>,
    buffer: Vector<u8>,
}

// SAFETY: the pointers lead into the buffer beside them.
unsafe impl Send for Own {}

static OWN: Lock<Own> = Lock::new(Own {
    host: MaybeUninit::uninit(),
    buffer: Vector::new(),
});
static HOSTS: Lock<Table<Host>> = Lock::new(Table::new());

/// Finds a host into the library's own storage; null with `h_errno`.
fn own(mut make: impl FnMut(&mut Room) -> core::result::Result<Host, Unknown>) -> *mut Host {
    let mut own = OWN.lock();
    loop {
        let length = own.buffer.len();
        // SAFETY: the buffer is the library's.
        let mut room = unsafe { Room::new(own.buffer.as_mut_ptr().cast(), length) };
        match make(&mut room) {
            Ok(host) => return own.host.write(host),
            Err(Unknown::System(Errno::ERANGE)) if own.buffer.resize((length * 2).max(1024), 0).is_ok() => (),
            Err(unknown) => {
                let (code, error) = codes(&unknown);
                // SAFETY: the thread's own.
                unsafe { *host_error() = code };
                if code == NETDB_INTERNAL {
                    set_errno(error);
                }
                return ptr::null_mut();
            }
        }
    }
}

/// Finds a host into the caller's storage.
unsafe fn into(
    found: core::result::Result<Host, Unknown>,
    entry: *mut Host,
    result: *mut *mut Host,
    error: *mut c_int,
) -> c_int {
    // SAFETY: the caller's places.
    unsafe {
        match found {
            Ok(host) => {
                entry.write(host);
                result.write(entry);
                0
            }
            Err(unknown) => {
                let (code, number) = codes(&unknown);
                error.write(code);
                result.write(ptr::null_mut());
                number
            }
        }
    }
}

// SAFETY of every block below: names, addresses and buffers are the caller's.
export! {
    /// Where the calling thread's `h_errno` is. glibc.
    pub unsafe extern "C" fn __h_errno_location() -> *mut c_int {
        host_error()
    }

    /// The host of a name, with its addresses of version 4; null with `h_errno`. POSIX.1-2001 `gethostbyname`.
    pub unsafe extern "C" fn gethostbyname(name: *const c_char) -> *mut Host {
        // SAFETY: see above.
        own(|room| unsafe { by_name(bytes(name), AF_INET, room) })
    }

    /// The host of a name, with its addresses of a family. glibc `gethostbyname2`.
    pub unsafe extern "C" fn gethostbyname2(name: *const c_char, family: c_int) -> *mut Host {
        // SAFETY: see above.
        own(|room| unsafe { by_name(bytes(name), family, room) })
    }

    /// The host of an address; null with `h_errno`. POSIX.1-2001 `gethostbyaddr`.
    pub unsafe extern "C" fn gethostbyaddr(address: *const c_void, length: socklen_t, family: c_int) -> *mut Host {
        // SAFETY: see above.
        own(|room| unsafe {
            match Address::read(address, length as usize, family) {
                Some(address) => by_address(address, room),
                None => Err(Unknown::System(Errno::EINVAL)),
            }
        })
    }

    /// `gethostbyname` in the caller's storage; an error number. glibc `gethostbyname_r`.
    pub unsafe extern "C" fn gethostbyname_r(
        name: *const c_char,
        entry: *mut Host,
        buffer: *mut c_char,
        length: size_t,
        result: *mut *mut Host,
        error: *mut c_int,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { into(by_name(bytes(name), AF_INET, &mut Room::new(buffer, length)), entry, result, error) }
    }

    /// `gethostbyname2` in the caller's storage; an error number. glibc `gethostbyname2_r`.
    pub unsafe extern "C" fn gethostbyname2_r(
        name: *const c_char,
        family: c_int,
        entry: *mut Host,
        buffer: *mut c_char,
        length: size_t,
        result: *mut *mut Host,
        error: *mut c_int,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { into(by_name(bytes(name), family, &mut Room::new(buffer, length)), entry, result, error) }
    }

    /// `gethostbyaddr` in the caller's storage; an error number. glibc `gethostbyaddr_r`.
    pub unsafe extern "C" fn gethostbyaddr_r(
        address: *const c_void,
        address_length: socklen_t,
        family: c_int,
        entry: *mut Host,
        buffer: *mut c_char,
        length: size_t,
        result: *mut *mut Host,
        error: *mut c_int,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            let found = match Address::read(address, address_length as usize, family) {
                Some(address) => by_address(address, &mut Room::new(buffer, length)),
                None => Err(Unknown::System(Errno::EINVAL)),
            };
            into(found, entry, result, error)
        }
    }

    /// The next entry is the first. POSIX.1-2024 `sethostent`.
    pub unsafe extern "C" fn sethostent(_stay_open: c_int) {
        HOSTS.lock().rewind();
    }

    /// Closes the database. POSIX.1-2024 `endhostent`.
    pub unsafe extern "C" fn endhostent() {
        HOSTS.lock().rewind();
    }

    /// The next host of /etc/hosts; null at the end. POSIX.1-2024 `gethostent`.
    pub unsafe extern "C" fn gethostent() -> *mut Host {
        HOSTS.lock().next_entry()
    }

    /// The next host, in the caller's storage; ENOENT at the end. glibc `gethostent_r`.
    pub unsafe extern "C" fn gethostent_r(
        entry: *mut Host,
        buffer: *mut c_char,
        length: size_t,
        result: *mut *mut Host,
        error: *mut c_int,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            let answer = HOSTS.lock().next_into(entry, buffer, length);
            let code = crate::database::status(answer, entry, result);
            tell(code, (*result).is_null(), error)
        }
    }

    /// The text of an `h_errno`. BSD `hstrerror`.
    pub unsafe extern "C" fn hstrerror(error: c_int) -> *const c_char {
        match error {
            0 => c"Resolver Error 0 (no error)",
            1 => c"Unknown host",
            2 => c"Host name lookup failure",
            3 => c"Unknown server error",
            4 => c"No address associated with name",
            ..0 => c"Resolver internal error",
            _ => c"Unknown resolver error",
        }
        .as_ptr()
    }

    /// Writes a text and that of `h_errno` to standard error. BSD `herror`.
    pub unsafe extern "C" fn herror(text: *const c_char) {
        // SAFETY: see above; the text may be null. stderr names an open stream.
        unsafe {
            let message = bytes(hstrerror(*host_error()));
            crate::stdio::file::locked(crate::stdio::standard::STDERR.get(), |file| {
                if !text.is_null() && *text != 0 {
                    let _ = crate::stdio::output::put_all(file, bytes(text));
                    let _ = crate::stdio::output::put_all(file, b": ");
                }
                let _ = crate::stdio::output::put_all(file, message);
                let _ = crate::stdio::output::put_all(file, b"\n");
            });
        }
    }
}
