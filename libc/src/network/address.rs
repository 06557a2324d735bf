//! <arpa/inet.h>: Internet addresses as text, and the network's byte order. POSIX.1-2024 `inet_pton` and the like.

use crate::database::bytes;
use crate::errno::{Errno, set_errno};
use crate::types::*;
use core::cell::UnsafeCell;
use core::net::{Ipv4Addr, Ipv6Addr};
use core::ptr;

/// Addresses of the Internet protocol, version 4.
pub const AF_INET: c_int = 2;
/// Addresses of the Internet protocol, version 6.
pub const AF_INET6: c_int = 10;
const INADDR_NONE: u32 = u32::MAX;

/// An address of version 6, as C has it.
#[repr(C, align(4))]
pub struct Address6(pub [u8; 16]);

static ANY: Address6 = Address6([0; 16]);
static LOOPBACK: Address6 = Address6([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
crate::alias_data!(in6addr_any = ANY: Address6);
crate::alias_data!(in6addr_loopback = LOOPBACK: Address6);

/// Four decimal numbers apart by dots, each of at most three digits and without a leading zero.
pub fn strict4(text: &[u8]) -> Option<[u8; 4]> {
    let mut address = [0; 4];
    let mut parts = text.split(|&b| b == b'.');
    for byte in &mut address {
        let part = parts.next()?;
        let sound = (1..=3).contains(&part.len())
            && part.iter().all(u8::is_ascii_digit)
            && (part.len() == 1 || part[0] != b'0');
        if !sound {
            return None;
        }
        *byte = core::str::from_utf8(part).ok()?.parse().ok()?;
    }
    parts.next().is_none().then_some(address)
}

/// Eight hexadecimal numbers apart by colons, of which a run of zeroes may be left out; the last two may be version
/// 4's. RFC 4291.
pub fn strict6(text: &[u8]) -> Option<[u8; 16]> {
    let text = core::str::from_utf8(text).ok()?;
    let address: Ipv6Addr = text.parse().ok()?;
    Some(address.octets())
}

/// A number in C's notation: decimal, octal behind a `0`, hexadecimal behind a `0x`; and how long it is.
fn c_number(text: &[u8]) -> Option<(u32, usize)> {
    let (radix, start) = match text {
        [b'0', b'x' | b'X', ..] => (16, 2),
        [b'0', ..] => (8, 0),
        [b'1'..=b'9', ..] => (10, 0),
        _ => return None,
    };
    let mut value: u32 = 0;
    let mut end = start;
    while let Some(digit) = text.get(end).and_then(|&b| char::from(b).to_digit(16)) {
        if digit >= radix {
            // A decimal digit that octal numbers have not ends the number, and is then no dot.
            break;
        }
        value = value.checked_mul(radix)?.checked_add(digit)?;
        end += 1;
    }
    (end > start).then_some((value, end))
}

/// BSD's loose form: one to four numbers in C's notation, of which the last fills what is left; blanks and anything
/// behind them may follow.
pub fn loose4(text: &[u8]) -> Option<[u8; 4]> {
    let mut parts = [0u32; 4];
    let mut count = 0;
    let mut rest = text;
    loop {
        let (value, length) = c_number(rest)?;
        *parts.get_mut(count)? = value;
        count += 1;
        rest = &rest[length..];
        match rest.first() {
            Some(b'.') => rest = &rest[1..],
            None => break,
            Some(b) if b.is_ascii_whitespace() || *b == 0x0b => break,
            Some(_) => return None,
        }
    }
    let last = parts[count - 1];
    if u64::from(last) >= 1 << (8 * (5 - count)) || parts[..count - 1].iter().any(|&part| part > 255) {
        return None;
    }
    let mut value = last;
    for (index, part) in parts[..count - 1].iter().enumerate() {
        value |= part << (24 - 8 * index);
    }
    Some(value.to_be_bytes())
}

/// BSD's network numbers: one to four numbers of a byte each; host byte order.
fn network_number(text: &[u8]) -> Option<u32> {
    let mut value: u32 = 0;
    let mut count = 0;
    let mut rest = text;
    loop {
        let (part, length) = c_number(rest)?;
        if part > 255 || count == 4 {
            return None;
        }
        value = value << 8 | part;
        count += 1;
        rest = &rest[length..];
        match rest.first() {
            Some(b'.') => rest = &rest[1..],
            None => return Some(value),
            Some(b) if b.is_ascii_whitespace() => return Some(value),
            Some(_) => return None,
        }
    }
}

/// Text that is put into a buffer of bounded length.
pub struct Text {
    bytes: [u8; 64],
    length: usize,
}

impl Text {
    /// No text.
    pub const fn new() -> Text {
        Text {
            bytes: [0; 64],
            length: 0,
        }
    }

    /// What was written.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// Copies the text with its terminator; ENOSPC if there is no room.
    ///
    /// # Safety
    /// `size` bytes at `place` may be written.
    pub unsafe fn copy(&self, place: *mut c_char, size: usize) -> Result<(), Errno> {
        if self.length >= size {
            return Err(Errno::ENOSPC);
        }
        // SAFETY: the caller's.
        unsafe {
            place.copy_from_nonoverlapping(self.bytes.as_ptr().cast(), self.length);
            place.add(self.length).write(0);
        }
        Ok(())
    }
}

impl Default for Text {
    fn default() -> Self {
        Text::new()
    }
}

impl core::fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let end = self.length + text.len();
        self.bytes
            .get_mut(self.length..end)
            .ok_or(core::fmt::Error)?
            .copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

/// An address of version 4 as text.
pub fn text4(address: [u8; 4]) -> Text {
    use core::fmt::Write;
    let mut text = Text::new();
    let _ = write!(text, "{}", Ipv4Addr::from(address));
    text
}

/// An address of version 6 as text: the longest run of zeroes is left out, addresses that stand for version 4's end as
/// those do.
pub fn text6(address: [u8; 16]) -> Text {
    use core::fmt::Write;
    let mut text = Text::new();
    let words: [u16; 8] = core::array::from_fn(|i| u16::from_be_bytes([address[2 * i], address[2 * i + 1]]));
    // The first longest run of at least two zeroes.
    let (mut start, mut length) = (0, 0);
    let mut index = 0;
    while index < 8 {
        let run = words[index..].iter().take_while(|&&word| word == 0).count();
        if run > length && run >= 2 {
            (start, length) = (index, run);
        }
        index += run.max(1);
    }
    // Version 4's addresses within version 6's: ::a.b.c.d, ::ffff:a.b.c.d.
    let ends_as_4 =
        start == 0 && (length == 6 || (length == 7 && words[7] != 1) || (length == 5 && words[5] == 0xffff));
    let mut index = 0;
    while index < 8 {
        if length > 0 && index == start {
            let _ = text.write_str("::");
            index += length;
            continue;
        }
        if index > 0 && !(length > 0 && index == start + length) {
            let _ = text.write_str(":");
        }
        if index == 6 && ends_as_4 {
            let _ = write!(
                text,
                "{}",
                Ipv4Addr::new(address[12], address[13], address[14], address[15])
            );
            break;
        }
        let _ = write!(text, "{:x}", words[index]);
        index += 1;
    }
    text
}

/// Storage of `inet_ntoa`.
struct Own(UnsafeCell<[c_char; 18]>);
// SAFETY: C says that `inet_ntoa` is not to be called by two threads at once.
unsafe impl Sync for Own {}
static OWN: Own = Own(UnsafeCell::new([0; 18]));

// SAFETY of every block below: strings and addresses are the caller's.
export! {
    /// 32 bits in the network's order. POSIX.1-2024 `htonl`.
    pub unsafe extern "C" fn htonl(value: u32) -> u32 {
        value.to_be()
    }

    /// 16 bits in the network's order. POSIX.1-2024 `htons`.
    pub unsafe extern "C" fn htons(value: u16) -> u16 {
        value.to_be()
    }

    /// 32 bits in the host's order. POSIX.1-2024 `ntohl`.
    pub unsafe extern "C" fn ntohl(value: u32) -> u32 {
        u32::from_be(value)
    }

    /// 16 bits in the host's order. POSIX.1-2024 `ntohs`.
    pub unsafe extern "C" fn ntohs(value: u16) -> u16 {
        u16::from_be(value)
    }

    /// An address of BSD's loose form; all ones for a text that is none. POSIX.1-2024 `inet_addr`.
    pub unsafe extern "C" fn inet_addr(text: *const c_char) -> u32 {
        // SAFETY: see above.
        loose4(unsafe { bytes(text) }).map_or(INADDR_NONE, u32::from_ne_bytes)
    }

    /// Reads an address of BSD's loose form; whether it is one. BSD `inet_aton`.
    pub unsafe extern "C" fn inet_aton(text: *const c_char, address: *mut u32) -> c_int {
        // SAFETY: see above; the address may be null.
        unsafe {
            let Some(found) = loose4(bytes(text)) else { return 0 };
            if !address.is_null() {
                address.write(u32::from_ne_bytes(found));
            }
            1
        }
    }

    /// An address as text, in a buffer that the next call overwrites. POSIX.1-2024 `inet_ntoa`.
    pub unsafe extern "C" fn inet_ntoa(address: u32) -> *mut c_char {
        let place: *mut c_char = OWN.0.get().cast();
        // SAFETY: the buffer has room for the longest address.
        let _ = unsafe { text4(address.to_ne_bytes()).copy(place, 18) };
        place
    }

    /// Reads an address: 1, 0 for a text that is none, -1 with EAFNOSUPPORT. POSIX.1-2024 `inet_pton`.
    pub unsafe extern "C" fn inet_pton(family: c_int, text: *const c_char, address: *mut c_void) -> c_int {
        // SAFETY: see above.
        unsafe {
            match family {
                AF_INET => match strict4(bytes(text)) {
                    Some(found) => address.cast::<[u8; 4]>().write(found),
                    None => return 0,
                },
                AF_INET6 => match strict6(bytes(text)) {
                    Some(found) => address.cast::<[u8; 16]>().write(found),
                    None => return 0,
                },
                _ => {
                    set_errno(Errno::EAFNOSUPPORT.0);
                    return -1;
                }
            }
        }
        1
    }

    /// An address as text; null with EAFNOSUPPORT, or ENOSPC. POSIX.1-2024 `inet_ntop`.
    pub unsafe extern "C" fn inet_ntop(
        family: c_int,
        address: *const c_void,
        text: *mut c_char,
        size: socklen_t,
    ) -> *const c_char {
        // SAFETY: see above.
        let copied = unsafe {
            match family {
                AF_INET => text4(address.cast::<[u8; 4]>().read()).copy(text, size as usize),
                AF_INET6 => text6(address.cast::<[u8; 16]>().read()).copy(text, size as usize),
                _ => Err(Errno::EAFNOSUPPORT),
            }
        };
        match copied {
            Ok(()) => text,
            Err(error) => {
                set_errno(error.0);
                ptr::null()
            }
        }
    }

    /// The host's part of an address, by its class. BSD `inet_lnaof`.
    pub unsafe extern "C" fn inet_lnaof(address: u32) -> u32 {
        let address = u32::from_be(address);
        address & !class_mask(address)
    }

    /// The network's part of an address, by its class. BSD `inet_netof`.
    pub unsafe extern "C" fn inet_netof(address: u32) -> u32 {
        let address = u32::from_be(address);
        (address & class_mask(address)) >> class_mask(address).trailing_zeros()
    }

    /// An address from a network's number and a host's. BSD `inet_makeaddr`.
    pub unsafe extern "C" fn inet_makeaddr(network: u32, host: u32) -> u32 {
        let address = match network {
            0..128 => network << 24 | host & 0xff_ffff,
            128..65536 => network << 16 | host & 0xffff,
            65536..16_777_216 => network << 8 | host & 0xff,
            _ => network | host,
        };
        address.to_be()
    }

    /// A network's number; all ones for a text that is none. BSD `inet_network`.
    pub unsafe extern "C" fn inet_network(text: *const c_char) -> u32 {
        // SAFETY: see above.
        network_number(unsafe { bytes(text) }).unwrap_or(INADDR_NONE)
    }
}

/// Which bits of an address (host byte order) name its network.
fn class_mask(address: u32) -> u32 {
    match address >> 30 {
        0 | 1 => 0xff00_0000,
        2 => 0xffff_0000,
        _ => 0xffff_ff00,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn loose_addresses_have_one_to_four_parts() {
        assert_eq!(loose4(b"1.2.3.4"), Some([1, 2, 3, 4]));
        assert_eq!(loose4(b"0x7f.1"), Some([127, 0, 0, 1]));
        assert_eq!(loose4(b"1.2.0404"), Some([1, 2, 1, 4]));
        assert_eq!(loose4(b"4294967295 x"), Some([255; 4]));
        for text in [
            &b""[..],
            b"1.2.3.256",
            b"1.2.3.4.5",
            b"1.2.3.4x",
            b"4294967296",
            b"08",
            b"0x",
            b"1..2",
        ] {
            assert_eq!(loose4(text), None, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn the_first_longest_run_of_zeroes_is_left_out() {
        for (text, wanted) in [
            ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
            ("0:0:0:0:0:0:0:0", "::"),
            ("0:0:0:0:0:0:0:1", "::1"),
            ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
            ("::ffff:102:304", "::ffff:1.2.3.4"),
            ("fe80::1:0:0:1", "fe80::1:0:0:1"),
        ] {
            let address = strict6(text.as_bytes()).unwrap();
            assert_eq!(core::str::from_utf8(text6(address).bytes()), Ok(wanted));
        }
    }

    proptest! {
        #[test]
        fn text_leads_back_to_the_address(address: [u8; 16], zeroes in 0u16..=255) {
            let mut address = address;
            for word in 0..8 {
                if zeroes >> word & 1 == 1 {
                    address[2 * word] = 0;
                    address[2 * word + 1] = 0;
                }
            }
            prop_assert_eq!(strict6(text6(address).bytes()), Some(address));
            let four = [address[0], address[1], address[2], address[3]];
            prop_assert_eq!(strict4(text4(four).bytes()), Some(four));
        }
    }
}
