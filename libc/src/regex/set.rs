//! Sets of characters: bracket expressions and classes.

use super::error::Error;
use crate::heap::Vector;
use crate::wctype;

/// A set, with a bit for each ASCII character and lists for the others.
pub struct Set {
    ascii: u128,
    ranges: Vector<(u32, u32)>,
    classes: Vector<&'static [u8]>,
    /// Everything but these.
    negated: bool,
}

/// How characters are compared.
#[derive(Clone, Copy)]
pub struct Mode {
    /// Characters are UTF-8; else each byte is one.
    pub is_utf8: bool,
    /// Case is ignored.
    pub fold: bool,
    /// Newlines end lines: neither a period nor a negated set matches them.
    pub lines: bool,
}

impl Mode {
    /// A character as it is compared.
    #[inline]
    pub fn folded(&self, c: u32) -> u32 {
        if self.fold {
            wctype::lower(c, self.is_utf8)
        } else {
            c
        }
    }
}

static CLASS_NAMES: [&[u8]; 12] = [
    b"alnum", b"alpha", b"blank", b"cntrl", b"digit", b"graph", b"lower", b"print", b"punct", b"space",
    b"upper", b"xdigit",
];

impl Set {
    /// An empty set.
    pub const fn new() -> Set {
        Set {
            ascii: 0,
            ranges: Vector::new(),
            classes: Vector::new(),
            negated: false,
        }
    }

    /// Adds the characters from `low` to `high`.
    pub fn add_range(&mut self, low: u32, high: u32) -> Result<(), Error> {
        for c in low..=high.min(127) {
            self.ascii |= 1 << c;
        }
        if high > 127 {
            self.ranges.push((low.max(128), high))?;
        }
        Ok(())
    }

    /// Adds a class by its name.
    pub fn add_class(&mut self, name: &[u8], mode: Mode) -> Result<(), Error> {
        let &name = CLASS_NAMES
            .iter()
            .find(|&&known| known == name)
            .ok_or(Error::Class)?;
        // Without regard to case, the classes of case are those of letters.
        let name = if mode.fold && (name == b"upper" || name == b"lower") {
            b"alpha"
        } else {
            name
        };
        for c in 0..128 {
            if wctype::has_named_class(name, c, mode.is_utf8) == Some(true) {
                self.ascii |= 1 << c;
            }
        }
        self.classes.push(name)?;
        Ok(())
    }

    /// Closes the set: takes the other case in, and the complement if `negated`.
    pub fn finish(&mut self, negated: bool, mode: Mode) {
        if mode.fold {
            for c in 0..128u32 {
                if self.ascii >> c & 1 != 0 {
                    let c = c as u8;
                    self.ascii |= 1 << c.to_ascii_lowercase() | 1 << c.to_ascii_uppercase();
                }
            }
        }
        self.negated = negated;
        if negated {
            self.ascii = !self.ascii;
            if mode.lines {
                self.ascii &= !(1 << b'\n');
            }
        }
    }

    /// Whether the set has a character.
    #[inline]
    pub fn has(&self, c: u32, mode: Mode) -> bool {
        if c < 128 {
            self.ascii >> c & 1 != 0
        } else {
            self.has_other(c, mode)
        }
    }

    fn has_other(&self, c: u32, mode: Mode) -> bool {
        let listed = |c: u32| {
            self.ranges.iter().any(|&(low, high)| (low..=high).contains(&c))
                || self
                    .classes
                    .iter()
                    .any(|name| wctype::has_named_class(name, c, mode.is_utf8) == Some(true))
        };
        let found = listed(c)
            || mode.fold
                && (listed(wctype::lower(c, mode.is_utf8)) || listed(wctype::upper(c, mode.is_utf8)));
        found != self.negated
    }

    /// Adds to `bytes` each byte that a character of the set may begin with.
    pub fn first_bytes(&self, bytes: &mut [bool; 256]) {
        for (c, byte) in bytes[..128].iter_mut().enumerate() {
            *byte |= self.ascii >> c & 1 != 0;
        }
        if self.negated || !self.ranges.is_empty() || !self.classes.is_empty() {
            bytes[128..].fill(true);
        }
    }
}
