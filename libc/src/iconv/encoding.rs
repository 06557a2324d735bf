//! The encodings: their names, and one character of each to and from its bytes.
//!
//! UTF-8 and UCS-4 are those of ISO 10646's first edition, as in glibc's conversions: numbers of 31 bits, in UTF-8 up to six bytes. What
//! is beyond U+10FFFF passes between the two of them, and is refused by every other encoding.

use super::table::{TABLES, Table};

/// The order of a unit's bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// The least significant first.
    Little,
    /// The most significant first.
    Big,
    /// As a byte order mark at the start says; without one, little. Writing begins with a mark.
    Marked,
}

/// An encoding.
#[derive(Clone, Copy)]
pub enum Encoding {
    /// ASCII: seven bits.
    Ascii,
    /// ISO-8859-1.
    Latin1,
    /// A table of a single-byte encoding.
    Single(&'static Table),
    /// UTF-8.
    Utf8,
    /// UTF-16.
    Utf16(Order),
    /// UCS-2: UTF-16 without surrogates.
    Ucs2(Order),
    /// UTF-32.
    Utf32(Order),
    /// UCS-4, whose numbers have 31 bits.
    Ucs4(Order),
}

/// What some bytes are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Read {
    /// A character, and its bytes.
    Char(u32, usize),
    /// Bytes that are no character: a byte order mark.
    Skip(usize),
    /// A character that is not complete.
    Incomplete,
    /// No character begins so; as many bytes are passed over when errors are ignored.
    Invalid(usize),
}

/// Names by which encodings are known besides those of the tables. Case, `-`, `_` and spaces do not count.
static NAMES: [(&[u8], Encoding); 42] = [
    (b"ASCII", Encoding::Ascii),
    (b"USASCII", Encoding::Ascii),
    (b"US", Encoding::Ascii),
    (b"ANSIX3.41968", Encoding::Ascii),
    (b"ISO646US", Encoding::Ascii),
    (b"646", Encoding::Ascii),
    (b"C", Encoding::Ascii),
    (b"POSIX", Encoding::Ascii),
    (b"ISO88591", Encoding::Latin1),
    (b"8859", Encoding::Latin1),
    (b"LATIN1", Encoding::Latin1),
    (b"L1", Encoding::Latin1),
    (b"CP819", Encoding::Latin1),
    (b"UTF8", Encoding::Utf8),
    (b"UTF16", Encoding::Utf16(Order::Marked)),
    (b"UTF16LE", Encoding::Utf16(Order::Little)),
    (b"UTF16BE", Encoding::Utf16(Order::Big)),
    (b"UCS2", Encoding::Ucs2(Order::Little)),
    (b"ISO10646UCS2", Encoding::Ucs2(Order::Little)),
    (b"UCS2LE", Encoding::Ucs2(Order::Little)),
    (b"UNICODELITTLE", Encoding::Ucs2(Order::Little)),
    (b"UCS2BE", Encoding::Ucs2(Order::Big)),
    (b"UNICODEBIG", Encoding::Ucs2(Order::Big)),
    (b"UTF32", Encoding::Utf32(Order::Marked)),
    (b"UTF32LE", Encoding::Utf32(Order::Little)),
    (b"UTF32BE", Encoding::Utf32(Order::Big)),
    (b"UCS4", Encoding::Ucs4(Order::Big)),
    (b"ISO10646", Encoding::Ucs4(Order::Big)),
    (b"10646", Encoding::Ucs4(Order::Big)),
    (b"UCS4BE", Encoding::Ucs4(Order::Big)),
    (b"UCS4LE", Encoding::Ucs4(Order::Little)),
    (b"UCS4INTERNAL", Encoding::Ucs4(Order::Little)),
    (b"WCHART", Encoding::Ucs4(Order::Little)),
    (b"INTERNAL", Encoding::Ucs4(Order::Little)),
    (b"LATIN2", Encoding::Single(&TABLES[0].1)),
    (b"LATIN3", Encoding::Single(&TABLES[1].1)),
    (b"LATIN5", Encoding::Single(&TABLES[7].1)),
    (b"LATIN9", Encoding::Single(&TABLES[12].1)),
    (b"WINDOWS1250", Encoding::Single(&TABLES[14].1)),
    (b"WINDOWS1251", Encoding::Single(&TABLES[15].1)),
    (b"WINDOWS1252", Encoding::Single(&TABLES[16].1)),
    (b"MSANSI", Encoding::Single(&TABLES[16].1)),
];

/// Whether a name is `known`, which is in capitals and without signs.
fn is_name(name: &[u8], known: &[u8]) -> bool {
    let significant = |&&b: &&u8| !matches!(b, b'-' | b'_' | b' ' | b':');
    let name = name.iter().filter(significant).map(u8::to_ascii_uppercase);
    name.eq(known.iter().filter(significant).copied())
}

/// The encoding of a name; of an empty one, that of the current locale.
pub fn by_name(name: &[u8]) -> Option<Encoding> {
    if name.is_empty() || is_name(name, b"CHAR") {
        let is_utf8 = crate::locale::current_is_utf8();
        return Some(if is_utf8 { Encoding::Utf8 } else { Encoding::Ascii });
    }
    let named = NAMES
        .iter()
        .find(|(known, _)| is_name(name, known))
        .map(|&(_, encoding)| encoding);
    named.or_else(|| {
        let table = TABLES.iter().find(|(known, _)| is_name(name, known));
        table.map(|(_, table)| Encoding::Single(table))
    })
}

fn unit16(bytes: &[u8], order: Order) -> Option<u32> {
    let bytes = *bytes.first_chunk()?;
    Some(u32::from(if order == Order::Big {
        u16::from_be_bytes(bytes)
    } else {
        u16::from_le_bytes(bytes)
    }))
}

fn unit32(bytes: &[u8], order: Order) -> Option<u32> {
    let bytes = *bytes.first_chunk()?;
    Some(if order == Order::Big {
        u32::from_be_bytes(bytes)
    } else {
        u32::from_le_bytes(bytes)
    })
}

/// Reads a character of UTF-16, or of UCS-2 when `pairs` is false.
fn read16(bytes: &[u8], order: Order, pairs: bool) -> Read {
    let Some(first) = unit16(bytes, order) else {
        return Read::Incomplete;
    };
    match first {
        0xd800..=0xdbff if pairs => match bytes.get(2..).and_then(|rest| unit16(rest, order)) {
            None => Read::Incomplete,
            Some(second @ 0xdc00..=0xdfff) => {
                Read::Char(0x1_0000 + ((first & 0x3ff) << 10 | second & 0x3ff), 4)
            }
            Some(_) => Read::Invalid(2),
        },
        0xd800..=0xdfff => Read::Invalid(2),
        _ => Read::Char(first, 2),
    }
}

/// The largest number of ISO 10646's first edition.
const LAST: u32 = 0x7fff_ffff;

/// The bytes of a character, as many as the longest needs.
pub type Bytes = [u8; 6];

fn is_surrogate(c: u32) -> bool {
    (0xd800..0xe000).contains(&c)
}

/// Reads a character of UTF-8, of up to six bytes. What is longer than it need be, and a surrogate, is none.
fn read_utf8(bytes: &[u8]) -> Read {
    let first = bytes[0];
    let (length, least) = match first {
        0x00..=0x7f => return Read::Char(u32::from(first), 1),
        0xc2..=0xdf => (2, 0x80),
        0xe0..=0xef => (3, 0x800),
        0xf0..=0xf7 => (4, 0x1_0000),
        0xf8..=0xfb => (5, 0x20_0000),
        0xfc..=0xfd => (6, 0x400_0000),
        _ => return Read::Invalid(1),
    };
    let mut value = u32::from(first) & (0x7f >> length);
    for at in 1..length {
        let Some(byte) = bytes.get(at) else {
            return Read::Incomplete;
        };
        if byte & 0xc0 != 0x80 {
            return Read::Invalid(1);
        }
        value = value << 6 | u32::from(byte & 0x3f);
        // The second byte says already whether the whole is too long, or a surrogate.
        let rest = 6 * (length - 1 - at);
        if at == 1
            && (value << rest | ((1 << rest) - 1) < least || length == 3 && is_surrogate(value << rest))
        {
            return Read::Invalid(1);
        }
    }
    Read::Char(value, length)
}

/// Writes a character in UTF-8; its length, or `None` when it is none.
fn write_utf8(c: u32, bytes: &mut Bytes) -> Option<usize> {
    let length = match c {
        _ if is_surrogate(c) || c > LAST => return None,
        0..=0x7f => {
            bytes[0] = c as u8;
            return Some(1);
        }
        0x80..=0x7ff => 2,
        0x800..=0xffff => 3,
        0x1_0000..=0x1f_ffff => 4,
        0x20_0000..=0x3ff_ffff => 5,
        _ => 6,
    };
    let mut rest = c;
    for place in bytes[1..length].iter_mut().rev() {
        *place = 0x80 | (rest & 0x3f) as u8;
        rest >>= 6;
    }
    bytes[0] = !(0xff >> length) | rest as u8;
    Some(length)
}

impl Encoding {
    /// Reads one character at the start of `bytes`. `order` is the order that a mark set, and whether anything
    /// was read before.
    pub fn read(&self, bytes: &[u8], order: &mut Option<Order>) -> Read {
        let Some(&byte) = bytes.first() else {
            return Read::Incomplete;
        };
        match self {
            Encoding::Ascii if byte < 0x80 => Read::Char(u32::from(byte), 1),
            Encoding::Ascii => Read::Invalid(1),
            Encoding::Latin1 => Read::Char(u32::from(byte), 1),
            Encoding::Single(table) => match byte.checked_sub(table.first) {
                None => Read::Char(u32::from(byte), 1),
                Some(index) => match table.characters.get(usize::from(index)) {
                    Some(&c) if c != 0 => Read::Char(u32::from(c), 1),
                    _ => Read::Invalid(1),
                },
            },
            Encoding::Utf8 => read_utf8(bytes),
            Encoding::Ucs4(order) => match unit32(bytes, *order) {
                None => Read::Incomplete,
                Some(c) if c <= LAST => Read::Char(c, 4),
                Some(_) => Read::Invalid(4),
            },
            Encoding::Utf16(Order::Marked) => {
                if order.is_none() {
                    let Some(first) = unit16(bytes, Order::Little) else {
                        return Read::Incomplete;
                    };
                    *order = Some(if first == 0xfffe {
                        Order::Big
                    } else {
                        Order::Little
                    });
                    if first == 0xfffe || first == 0xfeff {
                        return Read::Skip(2);
                    }
                }
                read16(bytes, order.unwrap_or(Order::Little), true)
            }
            Encoding::Utf16(order) => read16(bytes, *order, true),
            Encoding::Ucs2(order) => read16(bytes, *order, false),
            Encoding::Utf32(kind) => {
                let mut actual = *kind;
                if *kind == Order::Marked {
                    if order.is_none() {
                        let Some(first) = unit32(bytes, Order::Little) else {
                            return Read::Incomplete;
                        };
                        *order = Some(if first == 0xfffe_0000 {
                            Order::Big
                        } else {
                            Order::Little
                        });
                        if first == 0xfffe_0000 || first == 0xfeff {
                            return Read::Skip(4);
                        }
                    }
                    actual = order.unwrap_or(Order::Little);
                }
                match unit32(bytes, actual) {
                    None => Read::Incomplete,
                    Some(c) if char::from_u32(c).is_some() => Read::Char(c, 4),
                    Some(_) => Read::Invalid(4),
                }
            }
        }
    }

    /// The bytes of a character, and how many; `None` when the encoding has none for it.
    pub fn write(&self, c: u32) -> Option<(Bytes, usize)> {
        let mut bytes = [0; 6];
        let length = match self {
            Encoding::Ascii | Encoding::Latin1 => {
                let limit = if matches!(self, Encoding::Ascii) {
                    0x80
                } else {
                    0x100
                };
                if c >= limit {
                    return None;
                }
                bytes[0] = c as u8;
                1
            }
            Encoding::Single(table) => {
                bytes[0] = if c < u32::from(table.first) {
                    c as u8
                } else {
                    let index = table.characters.iter().position(|&known| u32::from(known) == c)?;
                    table.first + index as u8
                };
                1
            }
            Encoding::Utf8 => write_utf8(c, &mut bytes)?,
            Encoding::Utf16(order) => {
                let mut units = [0; 2];
                let units = char::from_u32(c)?.encode_utf16(&mut units);
                for (unit, place) in units.iter().zip(bytes.chunks_mut(2)) {
                    let pair = if *order == Order::Big {
                        unit.to_be_bytes()
                    } else {
                        unit.to_le_bytes()
                    };
                    place.copy_from_slice(&pair);
                }
                2 * units.len()
            }
            Encoding::Ucs2(order) => {
                let unit = u16::try_from(c).ok().filter(|_| !is_surrogate(c))?;
                let pair = if *order == Order::Big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                };
                bytes[..2].copy_from_slice(&pair);
                2
            }
            Encoding::Utf32(order) | Encoding::Ucs4(order) => {
                if matches!(self, Encoding::Utf32(_)) && char::from_u32(c).is_none() {
                    return None;
                }
                let unit = if *order == Order::Big {
                    c.to_be_bytes()
                } else {
                    c.to_le_bytes()
                };
                bytes[..4].copy_from_slice(&unit);
                4
            }
        };
        Some((bytes, length))
    }

    /// Whether writing begins with a byte order mark.
    pub fn has_mark(&self) -> bool {
        matches!(
            self,
            Encoding::Utf16(Order::Marked) | Encoding::Utf32(Order::Marked)
        )
    }
}
