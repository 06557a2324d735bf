//! <fnmatch.h>: matching names against shell patterns. POSIX.1-2024 2.14.
//!
//! A star is tried again only from the last one seen: with FNM_PATHNAME no star passes a slash, and without it an
//! earlier star can do nothing that the last one cannot. So the time is at most the product of the two lengths.
//! In C.UTF-8 characters are matched; bytes that are none match themselves.

use crate::locale::current_is_utf8;
use crate::multibyte::decode::{Decoded, mbstate_t, utf8};
use crate::types::*;
use crate::wctype;
use core::ffi::CStr;

/// The pattern does not match.
pub const FNM_NOMATCH: c_int = 1;
/// Slashes are matched by slashes only.
pub const FNM_PATHNAME: c_int = 1;
/// A backslash is an ordinary character.
pub const FNM_NOESCAPE: c_int = 2;
/// A leading period is matched by a period only.
pub const FNM_PERIOD: c_int = 4;
/// What follows a slash after the match is ignored.
pub const FNM_LEADING_DIR: c_int = 8;
/// Case is ignored.
pub const FNM_CASEFOLD: c_int = 16;

/// The first character of `bytes` and its length; a byte that begins none is itself, above all characters.
fn first(bytes: &[u8], is_utf8: bool) -> Option<(u32, usize)> {
    let &byte = bytes.first()?;
    if is_utf8 && byte >= 0x80 {
        if let Decoded::Char(c, n) = utf8(bytes, &mut mbstate_t::default()) {
            return Some((c, n));
        }
        return Some((0x11_0000 + u32::from(byte), 1));
    }
    Some((u32::from(byte), 1))
}

/// One element of a pattern.
enum Element<'a> {
    End,
    Star,
    AnyChar,
    /// The inside of a bracket expression, after its sign of negation.
    Bracket(&'a [u8], bool),
    Literal(u32),
}

struct Matcher {
    flags: c_int,
    is_utf8: bool,
}

impl Matcher {
    fn has(&self, flag: c_int) -> bool {
        self.flags & flag != 0
    }

    fn fold(&self, c: u32) -> u32 {
        if self.has(FNM_CASEFOLD) {
            wctype::lower(c, self.is_utf8)
        } else {
            c
        }
    }

    /// The element at the start of a pattern, and its length.
    fn element<'a>(&self, pattern: &'a [u8]) -> (Element<'a>, usize) {
        match pattern {
            [] => (Element::End, 0),
            [b'*', ..] => (Element::Star, 1),
            [b'?', ..] => (Element::AnyChar, 1),
            [b'[', rest @ ..] => match self.bracket(rest) {
                Some((inside, negated, length)) => (Element::Bracket(inside, negated), length + 1),
                None => (Element::Literal(u32::from(b'[')), 1),
            },
            [b'\\', rest @ ..] if !self.has(FNM_NOESCAPE) => match first(rest, self.is_utf8) {
                Some((c, n)) => (Element::Literal(c), n + 1),
                // A backslash at the end matches nothing (POSIX); glibc and others agree.
                None => (Element::Literal(u32::MAX), 1),
            },
            _ => {
                let (c, n) = first(pattern, self.is_utf8).unwrap_or((0, 1));
                (Element::Literal(c), n)
            }
        }
    }

    /// The inside of a bracket expression that begins after `[`, whether it is negated, and its length with the
    /// closing bracket; `None` when it is not closed.
    fn bracket<'a>(&self, rest: &'a [u8]) -> Option<(&'a [u8], bool, usize)> {
        let negated = matches!(rest.first(), Some(b'!' | b'^'));
        let start = usize::from(negated);
        let mut at = start;
        loop {
            match *rest.get(at)? {
                b']' if at > start => return Some((&rest[start..at], negated, at + 1)),
                b'[' if matches!(rest.get(at + 1), Some(b':' | b'.' | b'=')) => {
                    let kind = rest[at + 1];
                    let end = rest[at + 2..].windows(2).position(|pair| pair == [kind, b']']);
                    at += end.map_or(1, |end| end + 4);
                }
                b'\\' if !self.has(FNM_NOESCAPE) => {
                    rest.get(at + 1)?;
                    at += 2;
                }
                b'/' if self.has(FNM_PATHNAME) => return None,
                _ => at += 1,
            }
        }
    }

    /// One end of a range, or a character by itself.
    fn member(&self, inside: &[u8]) -> Option<(u32, usize)> {
        match inside {
            [b'[', kind @ (b'.' | b'='), rest @ ..] => {
                let end = rest.windows(2).position(|pair| pair == [*kind, b']'])?;
                let (c, n) = first(&rest[..end], self.is_utf8)?;
                (n == end).then_some((c, end + 4))
            }
            [b'\\', rest @ ..] if !self.has(FNM_NOESCAPE) => {
                first(rest, self.is_utf8).map(|(c, n)| (c, n + 1))
            }
            _ => first(inside, self.is_utf8),
        }
    }

    fn in_bracket(&self, mut inside: &[u8], c: u32) -> bool {
        let folded = self.fold(c);
        let upper = if self.has(FNM_CASEFOLD) {
            wctype::upper(c, self.is_utf8)
        } else {
            c
        };
        while !inside.is_empty() {
            if let [b'[', b':', rest @ ..] = inside
                && let Some(end) = rest.windows(2).position(|pair| pair == b":]")
            {
                let name = &rest[..end];
                let belongs = |c| wctype::has_named_class(name, c, self.is_utf8).unwrap_or(false);
                if belongs(c) || belongs(folded) || belongs(upper) {
                    return true;
                }
                inside = &rest[end + 2..];
                continue;
            }
            let Some((low, n)) = self.member(inside) else {
                return false;
            };
            inside = &inside[n..];
            let mut high = low;
            if let [b'-', rest @ ..] = inside
                && !rest.is_empty()
            {
                let Some((end, n)) = self.member(rest) else {
                    return false;
                };
                high = end;
                inside = &rest[n..];
            }
            if [c, folded, upper].iter().any(|c| (low..=high).contains(c))
                || low == high && self.fold(low) == folded
            {
                return true;
            }
        }
        false
    }

    fn matches(&self, pattern: &[u8], text: &[u8]) -> bool {
        let (mut p, mut t) = (0, 0);
        // Where to go on when a mismatch makes the last star longer.
        let mut star: Option<(usize, usize)> = None;
        loop {
            let (element, length) = self.element(&pattern[p..]);
            let character = first(&text[t..], self.is_utf8);
            let leading = t == 0 || self.has(FNM_PATHNAME) && text[t - 1] == b'/';
            let hidden = self.has(FNM_PERIOD) && leading && text.get(t) == Some(&b'.');
            let slash = self.has(FNM_PATHNAME) && text.get(t) == Some(&b'/');
            let matched = match (&element, character) {
                (Element::Star, _) => {
                    if !hidden {
                        p += length;
                        star = Some((p, t));
                        continue;
                    }
                    false
                }
                (Element::End, None) => return true,
                (Element::End, Some((c, _))) => {
                    if self.has(FNM_LEADING_DIR) && c == u32::from(b'/') {
                        return true;
                    }
                    false
                }
                (_, None) => false,
                (Element::AnyChar, Some(_)) => !hidden && !slash,
                (Element::Bracket(inside, negated), Some((c, _))) => {
                    !hidden && !slash && self.in_bracket(inside, c) != *negated
                }
                (Element::Literal(wanted), Some((c, _))) => self.fold(*wanted) == self.fold(c),
            };
            if matched {
                p += length;
                t += character.map_or(0, |(_, n)| n);
                continue;
            }
            // The last star takes one character more, if it may.
            let Some((after, from)) = star else { return false };
            let Some((c, n)) = first(&text[from..], self.is_utf8) else {
                return false;
            };
            if self.has(FNM_PATHNAME) && c == u32::from(b'/') {
                return false;
            }
            star = Some((after, from + n));
            (p, t) = (after, from + n);
        }
    }
}

/// Whether `text` matches `pattern`. A pattern whose brackets name an unknown class matches no character there.
pub fn matches(pattern: &[u8], text: &[u8], flags: c_int) -> bool {
    Matcher {
        flags,
        is_utf8: current_is_utf8(),
    }
    .matches(pattern, text)
}

export! {
    /// 0 when the string matches the pattern, FNM_NOMATCH when not. POSIX.1-2024 `fnmatch`.
    pub unsafe extern "C" fn fnmatch(pattern: *const c_char, text: *const c_char, flags: c_int) -> c_int {
        // SAFETY: both are strings.
        let (pattern, text) = unsafe { (CStr::from_ptr(pattern), CStr::from_ptr(text)) };
        if matches(pattern.to_bytes(), text.to_bytes(), flags) { 0 } else { FNM_NOMATCH }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::ffi::CString;

    unsafe extern "C" {
        #[link_name = "fnmatch"]
        fn host_fnmatch(p: *const c_char, t: *const c_char, flags: c_int) -> c_int;
    }

    fn check(pattern: &str, text: &str, flags: c_int) {
        let (p, t) = (CString::new(pattern).unwrap(), CString::new(text).unwrap());
        // SAFETY: both are strings.
        let theirs = unsafe { host_fnmatch(p.as_ptr(), t.as_ptr(), flags) };
        // SAFETY: both are strings.
        let ours = unsafe { fnmatch(p.as_ptr(), t.as_ptr(), flags) };
        assert_eq!(ours, theirs, "{pattern:?} {text:?} flags {flags}");
    }

    #[test]
    fn examples_match_as_on_the_host() {
        for (pattern, text) in [
            ("*", ""),
            ("*", ".x"),
            ("*.c", "a.c"),
            ("a*b*c", "axxbyyc"),
            ("a*b*c", "axxbyy"),
            ("[a-c]x", "bx"),
            ("[!a-c]x", "bx"),
            ("[^a-c]x", "dx"),
            ("[]a]", "]"),
            ("[a", "[a"),
            ("[[:alpha:]]", "q"),
            ("[[:digit:]a-c]", "b"),
            ("\\*", "*"),
            ("\\", "\\"),
            ("a/*/c", "a/b/c"),
            ("a*c", "a/c"),
            ("*/b", ".a/b"),
            ("a/*", "a/.b"),
            ("?b", ".b"),
            ("[.]b", ".b"),
            ("a", "a/b"),
            ("a*", "abc/d"),
            ("[a-]", "-"),
            ("[--0]", "."),
            ("x[[.a.]]", "xa"),
            ("x[[=a=]]", "xa"),
            ("ABC", "abc"),
            ("[A-C]", "b"),
            ("**", "a"),
            ("a**b", "ab"),
            ("[\\]]", "]"),
            ("[a\\]", "\\"),
        ] {
            for flags in 0..32 {
                check(pattern, text, flags);
            }
        }
    }

    proptest! {
        #[test]
        fn random_patterns_match_as_on_the_host(
            pattern in "[ab*?./A]{0,8}(\\[[ab!/-]{1,4}\\])?[ab*?./\\\\A]{0,4}",
            text in "[ab./A]{0,8}",
            flags in 0i32..32,
        ) {
            // glibc reads a slash or a hyphen in odd places of a bracket differently from POSIX 2.13.1.
            let odd = pattern.contains('[') && (pattern.contains('/') || pattern.contains('-'));
            if !odd && !pattern.ends_with('\\') {
                check(&pattern, &text, flags);
            }
        }

        #[test]
        fn no_pattern_panics_or_hangs(pattern in prop::collection::vec(any::<u8>(), 0..40), text in prop::collection::vec(any::<u8>(), 0..40), flags in 0i32..32) {
            matches(&pattern, &text, flags);
            Matcher { flags, is_utf8: true }.matches(&pattern, &text);
        }
    }

    #[test]
    fn characters_are_matched_in_utf8() {
        let matcher = Matcher {
            flags: FNM_CASEFOLD,
            is_utf8: true,
        };
        assert!(matcher.matches(
            "?[\u{e0}-\u{ff}]*\u{20ac}".as_bytes(),
            "\u{e4}\u{e4}xx\u{20ac}".as_bytes()
        ));
        assert!(matcher.matches("\u{c4}".as_bytes(), "\u{e4}".as_bytes()));
        assert!(matcher.matches(b"?\xff", b"x\xff"));
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let pattern = "*a".repeat(60) + "b";
        assert!(!matches(pattern.as_bytes(), "a".repeat(5000).as_bytes(), 0));
    }
}
