//! <netinet/ether.h>: Ethernet addresses as text, and the names in /etc/ethers.

use crate::database::{Record, Room, Table, bytes, words};
use crate::errno::Result;
use crate::lock::Lock;
use crate::types::*;
use core::ffi::CStr;
use core::ptr;

/// An Ethernet address. `struct ether_addr`.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ethernet([u8; 6]);

/// Six hexadecimal numbers of at most two digits apart by colons; and how long the text of them is.
fn parse(text: &[u8]) -> Option<(Ethernet, usize)> {
    let mut address = [0; 6];
    let mut at = 0;
    for (index, byte) in address.iter_mut().enumerate() {
        if index > 0 {
            if text.get(at) != Some(&b':') {
                return None;
            }
            at += 1;
        }
        let digit = |at: usize| text.get(at).and_then(|&b| char::from(b).to_digit(16));
        *byte = digit(at)? as u8;
        at += 1;
        if let Some(low) = digit(at) {
            *byte = *byte << 4 | low as u8;
            at += 1;
        }
    }
    Some((Ethernet(address), at))
}

/// A line of /etc/ethers.
#[repr(C)]
struct Line {
    address: Ethernet,
    name: *mut c_char,
}

impl Record for Line {
    const PATH: &'static CStr = c"/etc/ethers";

    fn parse(line: &[u8], room: &mut Room) -> Result<Option<Self>> {
        let mut words = words(line);
        let (Some(address), Some(name)) = (words.next(), words.next()) else {
            return Ok(None);
        };
        match parse(address) {
            Some((found, length)) if length == address.len() => Ok(Some(Line {
                address: found,
                name: room.text(name)?,
            })),
            _ => Ok(None),
        }
    }
}

/// Storage of the functions without `_r`.
static TEXT: Lock<[c_char; 18]> = Lock::new([0; 18]);
static ADDRESS: Lock<Ethernet> = Lock::new(Ethernet([0; 6]));

/// The line of /etc/ethers that is wanted; 0, or -1.
fn with_line(wanted: impl FnMut(&Line) -> bool, action: impl FnOnce(&Line)) -> c_int {
    let mut table = Table::<Line>::new();
    let entry = table.first(wanted);
    if entry.is_null() {
        return -1;
    }
    // SAFETY: an entry of the table above.
    action(unsafe { &*entry });
    0
}

// SAFETY of every block below: texts and addresses are the caller's.
export! {
    /// Reads an address; null if the text does not begin with one. glibc `ether_aton_r`.
    pub unsafe extern "C" fn ether_aton_r(text: *const c_char, address: *mut Ethernet) -> *mut Ethernet {
        // SAFETY: see above.
        unsafe {
            match parse(bytes(text)) {
                Some((found, _)) => {
                    address.write(found);
                    address
                }
                None => ptr::null_mut(),
            }
        }
    }

    /// Reads an address into storage that the next call overwrites. BSD `ether_aton`.
    pub unsafe extern "C" fn ether_aton(text: *const c_char) -> *mut Ethernet {
        // SAFETY: see above; the storage is the library's.
        unsafe { ether_aton_r(text, &raw mut *ADDRESS.lock()) }
    }

    /// An address as text of at most 18 bytes: numbers without leading zeroes. glibc `ether_ntoa_r`.
    pub unsafe extern "C" fn ether_ntoa_r(address: *const Ethernet, text: *mut c_char) -> *mut c_char {
        let mut at = 0;
        // SAFETY: see above.
        unsafe {
            for (index, byte) in (*address).0.iter().enumerate() {
                if index > 0 {
                    text.add(at).write(b':' as c_char);
                    at += 1;
                }
                for digit in [byte >> 4, byte & 15].into_iter().skip(usize::from(*byte < 16)) {
                    text.add(at).write(b"0123456789abcdef"[usize::from(digit)] as c_char);
                    at += 1;
                }
            }
            text.add(at).write(0);
        }
        text
    }

    /// An address as text, in storage that the next call overwrites. BSD `ether_ntoa`.
    pub unsafe extern "C" fn ether_ntoa(address: *const Ethernet) -> *mut c_char {
        // SAFETY: see above; the storage is the library's.
        unsafe { ether_ntoa_r(address, (*TEXT.lock()).as_mut_ptr()) }
    }

    /// The address of a host in /etc/ethers: 0, or -1. BSD `ether_hostton`.
    pub unsafe extern "C" fn ether_hostton(host: *const c_char, address: *mut Ethernet) -> c_int {
        // SAFETY: see above.
        unsafe {
            with_line(
                |line| bytes(line.name).eq_ignore_ascii_case(bytes(host)),
                |line| address.write(line.address),
            )
        }
    }

    /// The host of an address in /etc/ethers: 0, or -1. BSD `ether_ntohost`.
    pub unsafe extern "C" fn ether_ntohost(host: *mut c_char, address: *const Ethernet) -> c_int {
        // SAFETY: see above; the caller's buffer holds any name of the file.
        unsafe {
            with_line(
                |line| line.address == *address,
                |line| {
                    crate::string::copy::strcpy(host, line.name);
                },
            )
        }
    }

    /// Takes a line of /etc/ethers apart: 0, or -1 if it is none. BSD `ether_line`.
    pub unsafe extern "C" fn ether_line(
        line: *const c_char,
        address: *mut Ethernet,
        host: *mut c_char,
    ) -> c_int {
        // SAFETY: see above; the caller's buffer holds any name of the line.
        unsafe {
            let line = bytes(line);
            let Some((found, length)) = parse(line) else { return -1 };
            let Some(name) = words(&line[length..]).next() else { return -1 };
            address.write(found);
            host.copy_from_nonoverlapping(name.as_ptr().cast(), name.len());
            host.add(name.len()).write(0);
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_six_numbers() {
        assert_eq!(
            parse(b"1:2:a:ff:0:0 x"),
            Some((Ethernet([1, 2, 10, 255, 0, 0]), 12))
        );
        for text in [&b"1:2:3:4:5"[..], b"1:2:3:4:5:g", b":1:2:3:4:5", b"1-2-3-4-5-6"] {
            assert_eq!(parse(text), None);
        }
    }
}
