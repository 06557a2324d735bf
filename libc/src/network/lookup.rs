//! `getaddrinfo` and `getnameinfo`: hosts and services to addresses and back. POSIX.1-2024, RFC 3493.
//!
//! Numbers, /etc/hosts and /etc/services are all that is known; a name that only a network's name service could know
//! is EAI_AGAIN.

use super::address::{AF_INET, AF_INET6, loose4, strict6, text4, text6};
use super::hosts::{Address, Host, is_called};
use super::services::{Service, getservbyname_r};
use crate::database::{Table, bytes};
use crate::errno::{ENOMEM, Result, set_errno};
use crate::heap::{Vector, free, malloc};
use crate::types::*;
use core::ffi::CStr;
use core::fmt::Write;
use core::mem::MaybeUninit;
use core::ptr;

const AF_UNSPEC: c_int = 0;
const SOCK_STREAM: c_int = 1;
const SOCK_DGRAM: c_int = 2;
const SOCK_RAW: c_int = 3;
const IPPROTO_TCP: c_int = 6;
const IPPROTO_UDP: c_int = 17;

const AI_PASSIVE: c_int = 0x1;
const AI_CANONNAME: c_int = 0x2;
const AI_NUMERICHOST: c_int = 0x4;
const AI_V4MAPPED: c_int = 0x8;
const AI_ALL: c_int = 0x10;
const AI_NUMERICSERV: c_int = 0x400;
/// All flags that there are, glibc's for international names too.
const AI_KNOWN: c_int = 0x7ff;

const NI_NUMERICHOST: c_int = 1;
const NI_NUMERICSERV: c_int = 2;
const NI_NAMEREQD: c_int = 8;
const NI_DGRAM: c_int = 16;
const NI_KNOWN: c_int = 0xff;

const EAI_BADFLAGS: c_int = -1;
const EAI_NONAME: c_int = -2;
const EAI_AGAIN: c_int = -3;
const EAI_FAMILY: c_int = -6;
const EAI_SOCKTYPE: c_int = -7;
const EAI_SERVICE: c_int = -8;
const EAI_ADDRFAMILY: c_int = -9;
const EAI_MEMORY: c_int = -10;
const EAI_SYSTEM: c_int = -11;
const EAI_OVERFLOW: c_int = -12;

/// A text for an error of `getaddrinfo`.
fn text(error: c_int) -> &'static CStr {
    match error {
        0 => c"Success",
        -1 => c"Bad value for ai_flags",
        -2 => c"Name or service not known",
        -3 => c"Temporary failure in name resolution",
        -4 => c"Non-recoverable failure in name resolution",
        -5 => c"No address associated with hostname",
        -6 => c"ai_family not supported",
        -7 => c"ai_socktype not supported",
        -8 => c"Servname not supported for ai_socktype",
        -9 => c"Address family for hostname not supported",
        -10 => c"Memory allocation failure",
        -11 => c"System error",
        -12 => c"Argument buffer overflow",
        -100 => c"Processing request in progress",
        -101 => c"Request canceled",
        -102 => c"Request not canceled",
        -103 => c"All requests done",
        -104 => c"Interrupted by a signal",
        -105 => c"Parameter string not correctly encoded",
        _ => c"Unknown error",
    }
}

/// An address of version 4, as sockets have it.
#[repr(C)]
#[derive(Clone, Copy)]
struct Socket4 {
    family: u16,
    port: [u8; 2],
    address: [u8; 4],
    zero: [u8; 8],
}

/// An address of version 6, as sockets have it.
#[repr(C)]
#[derive(Clone, Copy)]
struct Socket6 {
    family: u16,
    port: [u8; 2],
    flow: u32,
    address: [u8; 16],
    scope: u32,
}

/// An answer. POSIX.1-2024 `struct addrinfo`.
#[repr(C)]
pub struct Information {
    flags: c_int,
    family: c_int,
    kind: c_int,
    protocol: c_int,
    length: socklen_t,
    address: *mut c_void,
    name: *mut c_char,
    next: *mut Information,
}

const _: () =
    assert!(size_of::<Information>() == 48 && size_of::<Socket4>() == 16 && size_of::<Socket6>() == 28);

/// An answer with the address that it points to.
#[repr(C)]
struct Block {
    information: Information,
    four: Socket4,
    six: Socket6,
}

/// A kind of socket with its protocol.
#[derive(Clone, Copy)]
struct Kind {
    kind: c_int,
    protocol: c_int,
    /// Name of the protocol in /etc/services; none for kinds without ports.
    name: Option<&'static CStr>,
}

const KINDS: [Kind; 3] = [
    Kind {
        kind: SOCK_STREAM,
        protocol: IPPROTO_TCP,
        name: Some(c"tcp"),
    },
    Kind {
        kind: SOCK_DGRAM,
        protocol: IPPROTO_UDP,
        name: Some(c"udp"),
    },
    Kind {
        kind: SOCK_RAW,
        protocol: 0,
        name: None,
    },
];

/// What the caller asks for.
#[derive(Clone, Copy)]
struct Hints {
    flags: c_int,
    family: c_int,
    kind: c_int,
    protocol: c_int,
}

type Answer<T> = core::result::Result<T, c_int>;

/// Makes a code of this interface of an error of the heap or of a file.
fn system<T>(result: Result<T>) -> Answer<T> {
    result.map_err(|error| match error.0 {
        ENOMEM => EAI_MEMORY,
        number => {
            set_errno(number);
            EAI_SYSTEM
        }
    })
}

/// The port of a service for a kind of socket, in the network's order.
unsafe fn port_of(service: *const c_char, kind: &Kind, hints: &Hints) -> Answer<Option<[u8; 2]>> {
    // SAFETY: the caller passes a string or null.
    unsafe {
        if service.is_null() {
            return Ok(Some([0; 2]));
        }
        let text = bytes(service);
        if let Some(number) = crate::database::number(text) {
            return Ok(Some((number as u16).to_be_bytes()));
        }
        let Some(protocol) = kind.name else {
            return Ok(None);
        };
        if hints.flags & AI_NUMERICSERV != 0 {
            return Err(EAI_NONAME);
        }
        let mut buffer = Vector::<u8>::new();
        loop {
            let length = (buffer.len() * 2).max(1024);
            system(buffer.resize(length, 0))?;
            let mut entry = MaybeUninit::<Service>::uninit();
            let mut result = ptr::null_mut();
            let place = buffer.as_mut_ptr().cast();
            match getservbyname_r(
                service,
                protocol.as_ptr(),
                entry.as_mut_ptr(),
                place,
                length,
                &mut result,
            ) {
                0 if result.is_null() => return Ok(None),
                0 => return Ok(Some([(*result).port as u8, ((*result).port >> 8) as u8])),
                crate::errno::ERANGE => (),
                _ => return Ok(None),
            }
        }
    }
}

/// The addresses of a node, and its official name.
unsafe fn addresses_of(node: *const c_char, hints: &Hints) -> Answer<(Vector<Address>, Option<Vector<u8>>)> {
    let mut list = Vector::new();
    let wants = |family: c_int| hints.family == AF_UNSPEC || hints.family == family;
    let mapped = hints.family == AF_INET6 && hints.flags & AI_V4MAPPED != 0;
    if node.is_null() {
        let passive = hints.flags & AI_PASSIVE != 0;
        if wants(AF_INET6) {
            let mut address = [0; 16];
            address[15] = u8::from(!passive);
            system(list.push(Address::Six(address)))?;
        }
        if wants(AF_INET) {
            system(list.push(Address::Four(if passive { [0; 4] } else { [127, 0, 0, 1] })))?;
        }
        return Ok((list, None));
    }
    // SAFETY: the caller passes a string.
    let name = unsafe { bytes(node) };
    if let Some(address) = loose4(name) {
        let found = if wants(AF_INET) {
            Address::Four(address)
        } else if mapped {
            Address::Six(map(address))
        } else {
            return Err(EAI_ADDRFAMILY);
        };
        system(list.push(found))?;
        return Ok((list, None));
    }
    if let Some(address) = strict6(name) {
        if !wants(AF_INET6) {
            return Err(EAI_ADDRFAMILY);
        }
        system(list.push(Address::Six(address)))?;
        return Ok((list, None));
    }
    if hints.flags & AI_NUMERICHOST != 0 || name.is_empty() {
        return Err(EAI_NONAME);
    }
    let mut official = None;
    let mut fours = Vector::<[u8; 4]>::new();
    let mut table = Table::<Host>::new();
    loop {
        let host = table.next_entry();
        if host.is_null() {
            break;
        }
        // SAFETY: an entry of the table; it has one address of its length.
        unsafe {
            let host = &*host;
            if !is_called(host, name) {
                continue;
            }
            let place = (*host.addresses).cast::<c_void>();
            let Some(address) = Address::read(place, host.length as usize, host.family) else {
                continue;
            };
            if official.is_none() {
                let mut text = Vector::new();
                system(text.extend_from_slice(bytes(host.name)))?;
                official = Some(text);
            }
            match address {
                Address::Four(four) if mapped => system(fours.push(four))?,
                address if wants(address.family()) => system(list.push(address))?,
                _ => (),
            }
        }
    }
    if list.is_empty() || hints.flags & AI_ALL != 0 {
        for &four in fours.iter() {
            system(list.push(Address::Six(map(four))))?;
        }
    }
    match (list.is_empty(), official.is_some()) {
        (false, _) => Ok((list, official)),
        (true, true) => Err(EAI_ADDRFAMILY),
        (true, false) => Err(EAI_AGAIN),
    }
}

/// An address of version 4 within version 6.
fn map(address: [u8; 4]) -> [u8; 16] {
    let mut six = [0; 16];
    six[10..12].fill(0xff);
    six[12..].copy_from_slice(&address);
    six
}

unsafe fn answer(node: *const c_char, service: *const c_char, hints: Hints) -> Answer<*mut Information> {
    if node.is_null() && service.is_null() {
        return Err(EAI_NONAME);
    }
    if hints.flags & !AI_KNOWN != 0 || hints.flags & AI_CANONNAME != 0 && node.is_null() {
        return Err(EAI_BADFLAGS);
    }
    if !matches!(hints.family, AF_UNSPEC | AF_INET | AF_INET6) {
        return Err(EAI_FAMILY);
    }
    let fits = |kind: &Kind| {
        (hints.kind == 0 || hints.kind == kind.kind)
            && (hints.protocol == 0 || kind.protocol == 0 || hints.protocol == kind.protocol)
    };
    if !KINDS.iter().any(fits) {
        return Err(if hints.kind == 0 {
            EAI_SERVICE
        } else {
            EAI_SOCKTYPE
        });
    }
    let mut kinds = [None; KINDS.len()];
    for (place, kind) in kinds.iter_mut().zip(&KINDS) {
        if fits(kind) {
            // SAFETY: the service is the caller's.
            *place = unsafe { port_of(service, kind, &hints) }?.map(|port| (*kind, port));
        }
    }
    if kinds.iter().all(Option::is_none) {
        return Err(EAI_SERVICE);
    }
    // SAFETY: the node is the caller's.
    let (addresses, official) = unsafe { addresses_of(node, &hints) }?;
    let mut list = List(ptr::null_mut());
    let mut end = &raw mut list.0;
    for address in addresses.iter() {
        for (kind, port) in kinds.iter().flatten() {
            // SAFETY: the block is new; `end` is the last answer's place for the next one.
            unsafe {
                let block: *mut Block = malloc(size_of::<Block>()).cast();
                if block.is_null() {
                    return Err(EAI_MEMORY);
                }
                let (length, place) = (*block).fill(address, *port);
                (&raw mut (*block).information).write(Information {
                    flags: hints.flags,
                    family: address.family(),
                    kind: kind.kind,
                    protocol: if kind.protocol == 0 {
                        hints.protocol
                    } else {
                        kind.protocol
                    },
                    length,
                    address: place,
                    name: ptr::null_mut(),
                    next: ptr::null_mut(),
                });
                end.write(block.cast());
                end = &raw mut (*block).information.next;
            }
        }
    }
    if hints.flags & AI_CANONNAME != 0 {
        // SAFETY: the first answer; the node is a string, as it is not null with this flag.
        unsafe {
            let name = match &official {
                Some(name) => &name[..],
                None => bytes(node),
            };
            let copy: *mut c_char = malloc(name.len() + 1).cast();
            if copy.is_null() {
                return Err(EAI_MEMORY);
            }
            copy.copy_from_nonoverlapping(name.as_ptr().cast(), name.len());
            copy.add(name.len()).write(0);
            (*list.0).name = copy;
        }
    }
    Ok(core::mem::replace(&mut list.0, ptr::null_mut()))
}

impl Block {
    /// Writes a socket's address; its length and place.
    fn fill(&mut self, address: &Address, port: [u8; 2]) -> (socklen_t, *mut c_void) {
        match *address {
            Address::Four(address) => {
                self.four = Socket4 {
                    family: AF_INET as u16,
                    port,
                    address,
                    zero: [0; 8],
                };
                (size_of::<Socket4>() as socklen_t, (&raw mut self.four).cast())
            }
            Address::Six(address) => {
                self.six = Socket6 {
                    family: AF_INET6 as u16,
                    port,
                    flow: 0,
                    address,
                    scope: 0,
                };
                (size_of::<Socket6>() as socklen_t, (&raw mut self.six).cast())
            }
        }
    }
}

/// A list that is freed unless it is taken.
struct List(*mut Information);

impl Drop for List {
    fn drop(&mut self) {
        // SAFETY: the answers are this list's.
        unsafe { freeaddrinfo(self.0) };
    }
}

/// Copies a text with its terminator; EAI_OVERFLOW without room.
unsafe fn copy(text: &[u8], place: *mut c_char, size: socklen_t) -> Answer<()> {
    if text.len() >= size as usize {
        return Err(EAI_OVERFLOW);
    }
    // SAFETY: the caller's buffer has `size` bytes.
    unsafe {
        place.copy_from_nonoverlapping(text.as_ptr().cast(), text.len());
        place.add(text.len()).write(0);
    }
    Ok(())
}

/// The name of an address in /etc/hosts.
fn host_of(address: &Address) -> Answer<Option<Vector<u8>>> {
    let mut table = Table::<Host>::new();
    loop {
        let host = table.next_entry();
        if host.is_null() {
            return Ok(None);
        }
        // SAFETY: an entry of the table; it has one address of its length.
        unsafe {
            let host = &*host;
            let own = core::slice::from_raw_parts((*host.addresses).cast::<u8>(), host.length as usize);
            if own == address.bytes() {
                let mut name = Vector::new();
                system(name.extend_from_slice(bytes(host.name)))?;
                return Ok(Some(name));
            }
        }
    }
}

unsafe fn name_of(
    socket: *const c_void,
    length: socklen_t,
    host: (*mut c_char, socklen_t),
    service: (*mut c_char, socklen_t),
    flags: c_int,
) -> Answer<()> {
    if flags & !NI_KNOWN != 0 {
        return Err(EAI_BADFLAGS);
    }
    let no_host = host.0.is_null() || host.1 == 0;
    let no_service = service.0.is_null() || service.1 == 0;
    if no_host && no_service {
        return Err(EAI_NONAME);
    }
    // SAFETY: the caller passes an address of `length` bytes, and buffers of their sizes.
    unsafe {
        if (length as usize) < size_of::<u16>() {
            return Err(EAI_FAMILY);
        }
        let (address, port, scope) = match c_int::from(socket.cast::<u16>().read_unaligned()) {
            AF_INET if length as usize >= size_of::<Socket4>() => {
                let socket = socket.cast::<Socket4>().read_unaligned();
                (Address::Four(socket.address), socket.port, 0)
            }
            AF_INET6 if length as usize >= size_of::<Socket6>() => {
                let socket = socket.cast::<Socket6>().read_unaligned();
                (Address::Six(socket.address), socket.port, socket.scope)
            }
            _ => return Err(EAI_FAMILY),
        };
        if !no_host {
            let known = if flags & NI_NUMERICHOST == 0 {
                host_of(&address)?
            } else {
                None
            };
            match known {
                Some(name) => copy(&name, host.0, host.1)?,
                None if flags & NI_NAMEREQD != 0 => return Err(EAI_NONAME),
                None => {
                    let mut text = match address {
                        Address::Four(address) => text4(address),
                        Address::Six(address) => text6(address),
                    };
                    if scope != 0 {
                        let _ = write!(text, "%{scope}");
                    }
                    copy(text.bytes(), host.0, host.1)?;
                }
            }
        }
        if !no_service {
            let mut table = Table::<Service>::new();
            let protocol: &[u8] = if flags & NI_DGRAM != 0 { b"udp" } else { b"tcp" };
            let wanted = c_int::from(u16::from_ne_bytes(port));
            let entry = if flags & NI_NUMERICSERV != 0 {
                ptr::null_mut()
            } else {
                table.first(|entry| entry.port == wanted && bytes(entry.protocol) == protocol)
            };
            if entry.is_null() {
                let mut text = super::address::Text::new();
                let _ = write!(text, "{}", u16::from_be_bytes(port));
                copy(text.bytes(), service.0, service.1)?;
            } else {
                copy(bytes((*entry).name), service.0, service.1)?;
            }
        }
    }
    Ok(())
}

// SAFETY of every block below: strings, addresses and buffers are the caller's.
export! {
    /// The addresses of a host and service; a code of `gai_strerror`. POSIX.1-2024 `getaddrinfo`.
    pub unsafe extern "C" fn getaddrinfo(
        node: *const c_char,
        service: *const c_char,
        hints: *const Information,
        result: *mut *mut Information,
    ) -> c_int {
        // SAFETY: see above; the hints may be null, which stands for glibc's defaults.
        unsafe {
            let hints = match hints.as_ref() {
                Some(hints) => Hints {
                    flags: hints.flags,
                    family: hints.family,
                    kind: hints.kind,
                    protocol: hints.protocol,
                },
                None => Hints {
                    flags: AI_V4MAPPED | 0x20,
                    family: AF_UNSPEC,
                    kind: 0,
                    protocol: 0,
                },
            };
            match answer(node, service, hints) {
                Ok(list) => {
                    result.write(list);
                    0
                }
                Err(code) => code,
            }
        }
    }

    /// Frees a list of `getaddrinfo`. POSIX.1-2024 `freeaddrinfo`.
    pub unsafe extern "C" fn freeaddrinfo(list: *mut Information) {
        let mut next = list;
        while !next.is_null() {
            // SAFETY: see above: each is a block of `getaddrinfo`, whose name is a block of its own.
            unsafe {
                let this = next;
                next = (*this).next;
                free((*this).name.cast());
                free(this.cast());
            }
        }
    }

    /// The text of an error of `getaddrinfo`. POSIX.1-2024 `gai_strerror`.
    pub unsafe extern "C" fn gai_strerror(error: c_int) -> *const c_char {
        text(error).as_ptr()
    }

    /// The names of a host and service by their address; a code of `gai_strerror`. POSIX.1-2024 `getnameinfo`.
    pub unsafe extern "C" fn getnameinfo(
        address: *const c_void,
        length: socklen_t,
        host: *mut c_char,
        host_size: socklen_t,
        service: *mut c_char,
        service_size: socklen_t,
        flags: c_int,
    ) -> c_int {
        // SAFETY: see above.
        match unsafe { name_of(address, length, (host, host_size), (service, service_size), flags) } {
            Ok(()) => 0,
            Err(code) => code,
        }
    }
}
