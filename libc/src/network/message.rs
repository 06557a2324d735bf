//! <arpa/nameser.h>: messages of the domain name system, made and taken apart. RFC 1035, BIND's interfaces.

use crate::database::bytes;
use crate::errno::{EMSGSIZE, ENODEV, set_errno};
use crate::types::*;
use core::ptr;

const HEADER: usize = 12;
const SECTIONS: usize = 4;
/// The longest name as text, with its terminator.
const NAME_SIZE: usize = 1025;
/// The longest name in a message.
const WIRE_SIZE: usize = 255;
/// The longest label.
const LABEL: usize = 63;

/// A message that is being taken apart. BIND `ns_msg`.
#[repr(C)]
pub struct Message {
    start: *const u8,
    end: *const u8,
    id: u16,
    flags: u16,
    counts: [u16; SECTIONS],
    sections: [*const u8; SECTIONS],
    section: c_int,
    number: c_int,
    place: *const u8,
}

/// A record of a message. BIND `ns_rr`.
#[repr(C)]
pub struct Resource {
    name: [c_char; NAME_SIZE],
    kind: u16,
    class: u16,
    seconds: u32,
    length: u16,
    data: *const u8,
}

const _: () = assert!(size_of::<Message>() == 80 && size_of::<Resource>() == 1048);

/// BIND's `_ns_flagdata`: mask and shift of each flag of a head.
#[repr(C)]
struct Flag {
    mask: c_int,
    shift: c_int,
}

static FLAGS: [Flag; 16] = {
    const fn flag(mask: c_int, shift: c_int) -> Flag {
        Flag { mask, shift }
    }
    [
        flag(0x8000, 15),
        flag(0x7800, 11),
        flag(0x0400, 10),
        flag(0x0200, 9),
        flag(0x0100, 8),
        flag(0x0080, 7),
        flag(0x0040, 6),
        flag(0x0020, 5),
        flag(0x0010, 4),
        flag(0x000f, 0),
        flag(0, 0),
        flag(0, 0),
        flag(0, 0),
        flag(0, 0),
        flag(0, 0),
        flag(0, 0),
    ]
};
crate::alias_data!(_ns_flagdata = FLAGS: [Flag; 16]);

fn get16(text: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(text.get(at..at + 2)?.try_into().ok()?))
}

/// How many bytes of a message the name at `at` takes.
fn skip_name(message: &[u8], mut at: usize) -> Option<usize> {
    let start = at;
    loop {
        let length = usize::from(*message.get(at)?);
        at += 1;
        match length & 0xc0 {
            0 if length == 0 => break,
            0 => at += length,
            0xc0 => {
                at += 1;
                break;
            }
            _ => return None,
        }
    }
    (at <= message.len()).then_some(at - start)
}

/// Puts the text of the name at `at` into `text`: labels apart by dots, the root as nothing, special characters behind
/// a backslash, others that do not print as three digits. How many bytes of the message it takes.
fn expand(message: &[u8], at: usize, mut put: impl FnMut(u8) -> Option<()>) -> Option<usize> {
    let taken = skip_name(message, at)?;
    let (mut at, mut checked, mut labels) = (at, 0, 0);
    loop {
        let length = usize::from(*message.get(at)?);
        match length & 0xc0 {
            0 if length == 0 => return Some(taken),
            0 => {
                if labels > 0 {
                    put(b'.')?;
                }
                for &byte in message.get(at + 1..at + 1 + length)? {
                    match byte {
                        b'"' | b'.' | b';' | b'\\' | b'(' | b')' | b'@' | b'$' => {
                            put(b'\\')?;
                            put(byte)?;
                        }
                        b'!'..=b'~' => put(byte)?,
                        _ => {
                            put(b'\\')?;
                            put(b'0' + byte / 100)?;
                            put(b'0' + byte / 10 % 10)?;
                            put(b'0' + byte % 10)?;
                        }
                    }
                }
                labels += 1;
                checked += length + 1;
                at += length + 1;
            }
            0xc0 => {
                at = (length & 0x3f) << 8 | usize::from(*message.get(at + 1)?);
                checked += 2;
            }
            _ => return None,
        }
        // A chain of references longer than the message is a circle.
        if checked >= message.len() {
            return None;
        }
    }
}

/// A name in a message's form, in `wire`; how long it is. Backslashes as `expand` writes them are understood.
fn compress(name: &[u8], wire: &mut [u8; WIRE_SIZE]) -> Option<usize> {
    let (mut length, mut label) = (1, 0);
    let mut rest = name.iter().copied();
    if matches!(name, b"" | b".") {
        wire[0] = 0;
        return Some(1);
    }
    while let Some(byte) = rest.next() {
        let byte = match byte {
            b'.' => {
                if length - label == 1 {
                    return None;
                }
                wire[label] = (length - label - 1) as u8;
                label = length;
                length += 1;
                if length > WIRE_SIZE {
                    return None;
                }
                continue;
            }
            b'\\' => match rest.next()? {
                first @ b'0'..=b'9' => {
                    let mut digit = || {
                        rest.next()
                            .filter(u8::is_ascii_digit)
                            .map(|b| u32::from(b - b'0'))
                    };
                    u8::try_from(u32::from(first - b'0') * 100 + digit()? * 10 + digit()?).ok()?
                }
                byte => byte,
            },
            byte => byte,
        };
        if length - label > LABEL {
            return None;
        }
        *wire.get_mut(length)? = byte;
        length += 1;
    }
    if length - label == 1 {
        // The name ended with a dot.
        wire[label] = 0;
        return Some(length);
    }
    wire[label] = (length - label - 1) as u8;
    *wire.get_mut(length)? = 0;
    Some(length + 1)
}

/// Fails with EMSGSIZE.
fn too_short() -> c_int {
    set_errno(EMSGSIZE);
    -1
}

/// How many bytes `count` records of a section take.
fn skip_records(message: &[u8], start: usize, section: c_int, count: usize) -> Option<usize> {
    let mut at = start;
    for _ in 0..count {
        at += skip_name(message, at)?;
        at += 4;
        if section != 0 {
            let length = usize::from(get16(message, at + 4)?);
            at += 6 + length;
        }
        if at > message.len() {
            return None;
        }
    }
    Some(at - start)
}

/// The bytes from one pointer to another.
unsafe fn between<'a>(start: *const u8, end: *const u8) -> &'a [u8] {
    // SAFETY: the caller passes both ends of a message.
    unsafe { core::slice::from_raw_parts(start, end.addr().saturating_sub(start.addr())) }
}

/// Puts a name into a C buffer; -1 if it does not fit, or is none.
unsafe fn expand_into(message: &[u8], at: usize, text: *mut c_char, size: usize) -> c_int {
    let mut length = 0;
    let taken = expand(message, at, |byte| {
        if length + 1 >= size {
            return None;
        }
        // SAFETY: the caller's buffer has `size` bytes.
        unsafe { text.add(length).write(byte as c_char) };
        length += 1;
        Some(())
    });
    match taken {
        Some(taken) if length < size => {
            // SAFETY: as above.
            unsafe { text.add(length).write(0) };
            taken as c_int
        }
        _ => too_short(),
    }
}

// SAFETY of every block below: messages, their ends and buffers are the caller's.
export! {
    /// 16 bits at a place. BIND `ns_get16`.
    pub unsafe extern "C" fn ns_get16(place: *const u8) -> c_uint {
        // SAFETY: see above.
        u16::from_be_bytes(unsafe { place.cast::<[u8; 2]>().read() }).into()
    }

    /// 32 bits at a place. BIND `ns_get32`.
    pub unsafe extern "C" fn ns_get32(place: *const u8) -> c_ulong {
        // SAFETY: see above.
        u32::from_be_bytes(unsafe { place.cast::<[u8; 4]>().read() }).into()
    }

    /// Puts 16 bits at a place. BIND `ns_put16`.
    pub unsafe extern "C" fn ns_put16(value: c_uint, place: *mut u8) {
        // SAFETY: see above.
        unsafe { place.cast::<[u8; 2]>().write((value as u16).to_be_bytes()) };
    }

    /// Puts 32 bits at a place. BIND `ns_put32`.
    pub unsafe extern "C" fn ns_put32(value: c_ulong, place: *mut u8) {
        // SAFETY: see above.
        unsafe { place.cast::<[u8; 4]>().write((value as u32).to_be_bytes()) };
    }

    /// Prepares a message to be taken apart: 0, or -1 with EMSGSIZE. BIND `ns_initparse`.
    pub unsafe extern "C" fn ns_initparse(start: *const u8, length: c_int, handle: *mut Message) -> c_int {
        let Ok(length) = usize::try_from(length) else { return too_short() };
        // SAFETY: see above.
        let message = unsafe { core::slice::from_raw_parts(start, length) };
        if length < HEADER {
            return too_short();
        }
        let word = |index: usize| get16(message, 2 * index).unwrap_or(0);
        let counts = core::array::from_fn(|section| word(2 + section));
        let mut sections = [ptr::null(); SECTIONS];
        let mut at = HEADER;
        for (section, &count) in counts.iter().enumerate() {
            if count == 0 {
                continue;
            }
            sections[section] = start.wrapping_add(at);
            let Some(size) = skip_records(message, at, section as c_int, usize::from(count)) else {
                return too_short();
            };
            at += size;
        }
        if at != length {
            return too_short();
        }
        // SAFETY: see above.
        unsafe {
            handle.write(Message {
                start,
                end: start.wrapping_add(length),
                id: word(0),
                flags: word(1),
                counts,
                sections,
                section: SECTIONS as c_int,
                number: -1,
                place: ptr::null(),
            });
        }
        0
    }

    /// How many bytes records of a section take, or -1 with EMSGSIZE. BIND `ns_skiprr`.
    pub unsafe extern "C" fn ns_skiprr(place: *const u8, end: *const u8, section: c_int, count: c_int) -> c_int {
        // SAFETY: see above.
        let message = unsafe { between(place, end) };
        match skip_records(message, 0, section, usize::try_from(count).unwrap_or(0)) {
            Some(size) => size as c_int,
            None => too_short(),
        }
    }

    /// Takes a record apart (-1: the next one): 0, -1 with ENODEV if there is none, or EMSGSIZE. BIND `ns_parserr`.
    pub unsafe extern "C" fn ns_parserr(
        handle: *mut Message,
        section: c_int,
        number: c_int,
        record: *mut Resource,
    ) -> c_int {
        // SAFETY: see above.
        let handle = unsafe { &mut *handle };
        let Some(index) = usize::try_from(section).ok().filter(|&index| index < SECTIONS) else {
            set_errno(ENODEV);
            return -1;
        };
        if handle.section != section {
            handle.section = section;
            handle.number = 0;
            handle.place = handle.sections[index];
        }
        let number = if number == -1 { handle.number } else { number };
        if number < 0 || number >= c_int::from(handle.counts[index]) {
            set_errno(ENODEV);
            return -1;
        }
        if number < handle.number {
            handle.number = 0;
            handle.place = handle.sections[index];
        }
        // SAFETY: see above.
        let message = unsafe { between(handle.start, handle.end) };
        let start = handle.place.addr() - handle.start.addr();
        let Some(size) = skip_records(message, start, section, (number - handle.number) as usize) else {
            return too_short();
        };
        let mut at = start + size;
        // SAFETY: the record is the caller's.
        let record = unsafe { &mut *record };
        // SAFETY: the name has its own room in the record.
        let taken = unsafe { expand_into(message, at, record.name.as_mut_ptr(), NAME_SIZE) };
        if taken < 0 {
            return -1;
        }
        at += taken as usize;
        let (Some(kind), Some(class)) = (get16(message, at), get16(message, at + 2)) else { return too_short() };
        (record.kind, record.class) = (kind, class);
        at += 4;
        (record.seconds, record.length, record.data) = (0, 0, ptr::null());
        if section != 0 {
            let (Some(high), Some(low), Some(length)) =
                (get16(message, at), get16(message, at + 2), get16(message, at + 4))
            else {
                return too_short();
            };
            at += 6;
            if at + usize::from(length) > message.len() {
                return too_short();
            }
            record.seconds = u32::from(high) << 16 | u32::from(low);
            record.length = length;
            record.data = handle.start.wrapping_add(at);
            at += usize::from(length);
        }
        handle.number = number + 1;
        handle.place = handle.start.wrapping_add(at);
        if handle.number > c_int::from(handle.counts[index]) {
            handle.section = SECTIONS as c_int;
        }
        0
    }

    /// The text of a name in a message: how many bytes it takes, or -1 with EMSGSIZE. BIND `ns_name_uncompress`.
    pub unsafe extern "C" fn ns_name_uncompress(
        start: *const u8,
        end: *const u8,
        place: *const u8,
        text: *mut c_char,
        size: size_t,
    ) -> c_int {
        if place < start || place >= end {
            return too_short();
        }
        // SAFETY: see above.
        unsafe { expand_name(between(start, end), place.addr() - start.addr(), text, size) }
    }

    /// The same with a buffer's size as an `int`; the root is the empty text. BIND `dn_expand`.
    pub unsafe extern "C" fn dn_expand(
        start: *const u8,
        end: *const u8,
        place: *const u8,
        text: *mut c_char,
        size: c_int,
    ) -> c_int {
        if place < start || place >= end {
            return too_short();
        }
        // SAFETY: see above.
        unsafe { expand_into(between(start, end), place.addr() - start.addr(), text, usize::try_from(size).unwrap_or(0)) }
    }

    /// How many bytes a name takes, or -1. BIND `dn_skipname`.
    pub unsafe extern "C" fn dn_skipname(place: *const u8, end: *const u8) -> c_int {
        // SAFETY: see above.
        match skip_name(unsafe { between(place, end) }, 0) {
            Some(size) => size as c_int,
            None => too_short(),
        }
    }

    /// Moves a place behind the name that it stands at: 0, or -1 with EMSGSIZE. BIND `ns_name_skip`.
    pub unsafe extern "C" fn ns_name_skip(place: *mut *const u8, end: *const u8) -> c_int {
        // SAFETY: see above.
        unsafe {
            match skip_name(between(*place, end), 0) {
                Some(size) => {
                    *place = (*place).add(size);
                    0
                }
                None => too_short(),
            }
        }
    }

    /// Puts a name into a message, without references to other names: how long it is, or -1. BIND `dn_comp`.
    pub unsafe extern "C" fn dn_comp(
        name: *const c_char,
        place: *mut u8,
        size: c_int,
        _names: *mut *mut u8,
        _last: *mut *mut u8,
    ) -> c_int {
        let mut wire = [0; WIRE_SIZE];
        // SAFETY: see above.
        unsafe {
            match compress(bytes(name), &mut wire) {
                Some(length) if length <= usize::try_from(size).unwrap_or(0) => {
                    place.copy_from_nonoverlapping(wire.as_ptr(), length);
                    length as c_int
                }
                _ => too_short(),
            }
        }
    }

    /// Makes a query: its length, or -1. Only plain queries can be made. BIND `res_mkquery`.
    pub unsafe extern "C" fn res_mkquery(
        operation: c_int,
        name: *const c_char,
        class: c_int,
        kind: c_int,
        _data: *const u8,
        _data_length: c_int,
        _unused: *const u8,
        buffer: *mut u8,
        size: c_int,
    ) -> c_int {
        let mut wire = [0; WIRE_SIZE];
        // SAFETY: see above.
        let Some(length) = compress(unsafe { bytes(name) }, &mut wire) else { return too_short() };
        let total = HEADER + length + 4;
        if operation != 0
            || !(0..=65535).contains(&class)
            || !(0..=65535).contains(&kind)
            || total > usize::try_from(size).unwrap_or(0)
        {
            return -1;
        }
        let mut message = [0; HEADER + WIRE_SIZE + 4];
        // The number tells answers apart; it cannot be foreseen.
        // SAFETY: the message is a local variable.
        unsafe { crate::unistd::random::arc4random_buf(message.as_mut_ptr().cast(), 2) };
        // Recursion is wanted; one question.
        message[2] = 1;
        message[5] = 1;
        message[HEADER..HEADER + length].copy_from_slice(&wire[..length]);
        message[total - 4..total - 2].copy_from_slice(&(kind as u16).to_be_bytes());
        message[total - 2..total].copy_from_slice(&(class as u16).to_be_bytes());
        // SAFETY: see above.
        unsafe { buffer.copy_from_nonoverlapping(message.as_ptr(), total) };
        total as c_int
    }
}

/// `ns_name_uncompress`, which writes the root as a dot.
unsafe fn expand_name(message: &[u8], at: usize, text: *mut c_char, size: usize) -> c_int {
    // SAFETY: the caller's buffer has `size` bytes.
    unsafe {
        let taken = expand_into(message, at, text, size);
        if taken > 0 && *text == 0 {
            if size < 2 {
                return too_short();
            }
            text.write(b'.' as c_char);
            text.add(1).write(0);
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    fn expanded(message: &[u8], at: usize) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        expand(message, at, |byte| {
            text.push(byte);
            (text.len() < NAME_SIZE).then_some(())
        })
        .map(|_| text)
    }

    #[test]
    fn references_are_followed_and_circles_refused() {
        let message = b"\x01a\x00\x02bc\xc0\x00\xc0\x08";
        assert_eq!(expanded(message, 3).unwrap(), b"bc.a");
        assert_eq!(expanded(message, 8), None);
        assert_eq!(skip_name(message, 3), Some(5));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_name_or_refused(message: Vec<u8>, at in 0usize..64) {
            let _ = expanded(&message, at);
            let _ = skip_records(&message, at, 1, 3);
        }

        #[test]
        fn a_name_comes_back(labels in prop::collection::vec(prop::collection::vec(1u8.., 1..20), 1..8)) {
            let mut wire = Vec::new();
            for label in &labels {
                wire.push(label.len() as u8);
                wire.extend_from_slice(label);
            }
            wire.push(0);
            // A message is longer than one name.
            wire.extend_from_slice(&[0; 8]);
            let text = expanded(&wire, 0).unwrap();
            let mut again = [0; WIRE_SIZE];
            let length = compress(&text, &mut again).unwrap();
            prop_assert_eq!(&again[..length], &wire[..wire.len() - 8]);
        }
    }
}
