//! Parameters with their operators, home folders, and the output of commands. POSIX.1-2024, XCU 2.6.2.

use super::text::Reader;
use super::{Error, Origin, Result, WRDE_SHOWERR, WRDE_UNDEF, Word};
use crate::env::{getenv, setenv};
use crate::fnmatch::matches;
use crate::heap::Vector;
use crate::process::command::{pclose, popen};
use crate::seam::{Files, Process, System};
use crate::stdio::block::fread;
use crate::types::*;
use core::ffi::CStr;

/// Bytes that a command may print.
const OUTPUT_MAX: usize = 64 << 20;

/// What stands behind a parameter's name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form<'a> {
    /// Nothing.
    Value,
    /// `${#NAME}`.
    Length,
    /// `-`, `=`, `?` or `+` with a word; whether an empty value counts as none (`:`).
    Condition(u8, bool, &'a [u8]),
    /// `%` or `#` with a pattern; whether the longest match is meant.
    Without(u8, bool, &'a [u8]),
}

/// A parameter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parameter<'a> {
    pub name: &'a [u8],
    pub form: Form<'a>,
}

/// How many bytes of a variable's name a text begins with.
pub fn name_length(text: &[u8]) -> usize {
    match text.first() {
        Some(byte) if byte.is_ascii_alphabetic() || *byte == b'_' => text
            .iter()
            .position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
            .unwrap_or(text.len()),
        _ => 0,
    }
}

impl<'a> Parameter<'a> {
    /// Reads what stands between `${` and `}`.
    pub fn parse(text: &'a [u8]) -> Result<Parameter<'a>> {
        let special = |text: &[u8]| match text.first() {
            Some(b'0'..=b'9') => text.iter().take_while(|byte| byte.is_ascii_digit()).count(),
            Some(b'*' | b'@' | b'#' | b'?' | b'-' | b'$' | b'!') => 1,
            _ => name_length(text),
        };
        if let Some(name) = text.strip_prefix(b"#")
            && !name.is_empty()
            && special(name) == name.len()
        {
            let form = Form::Length;
            return Ok(Parameter { name, form });
        }
        let length = special(text);
        if length == 0 {
            return Err(Error::Syntax);
        }
        let (name, rest) = text.split_at(length);
        let form = match rest {
            [] => Form::Value,
            [b':', sign @ (b'-' | b'=' | b'?' | b'+'), word @ ..] => Form::Condition(*sign, true, word),
            [sign @ (b'-' | b'=' | b'?' | b'+'), word @ ..] => Form::Condition(*sign, false, word),
            [sign @ (b'%' | b'#'), again, word @ ..] if again == sign => Form::Without(*sign, true, word),
            [sign @ (b'%' | b'#'), word @ ..] => Form::Without(*sign, false, word),
            _ => return Err(Error::Syntax),
        };
        Ok(Parameter { name, form })
    }

    /// Puts the parameter's expansion behind a word.
    pub fn expand(&self, reader: &Reader<'_>, word: &mut Word) -> Result<()> {
        let value = value(self.name)?;
        match self.form {
            Form::Condition(sign, empty_is_none, other) => {
                let value = value.filter(|value| !empty_is_none || !value.is_empty());
                match (sign, value) {
                    (b'+', Some(_)) => append(word, &reader.whole(other)?),
                    (b'+', None) => Ok(()),
                    (_, Some(value)) => word.extend(&value, Origin::Expanded),
                    (b'-', None) => append(word, &reader.whole(other)?),
                    (b'=', None) => {
                        let other = reader.whole(other)?;
                        set(self.name, &other.bytes)?;
                        append(word, &other)
                    }
                    (_, None) => {
                        complain(self.name, &reader.whole(other)?.bytes)?;
                        Err(Error::BadValue)
                    }
                }
            }
            Form::Value | Form::Length | Form::Without(..) => {
                let value = match value {
                    None if reader.flags & WRDE_UNDEF != 0 => return Err(Error::BadValue),
                    value => value.unwrap_or_default(),
                };
                match self.form {
                    Form::Length => word.extend_number(length(&value), Origin::Expanded),
                    Form::Without(sign, longest, pattern) => {
                        let pattern = pattern_of(&reader.whole(pattern)?)?;
                        word.extend(without(&value, sign, longest, &pattern), Origin::Expanded)
                    }
                    _ => word.extend(&value, Origin::Expanded),
                }
            }
        }
    }
}

fn append(word: &mut Word, more: &Word) -> Result<()> {
    word.quoted |= more.quoted;
    let parts = more.bytes.iter().zip(more.origins.iter());
    parts
        .into_iter()
        .try_for_each(|(&byte, &origin)| word.push(byte, origin))
}

/// The characters of a text in the encoding of the locale.
fn length(text: &[u8]) -> u64 {
    use crate::multibyte::decode::{Decoded, decode, mbstate_t};
    let is_utf8 = crate::locale::current_is_utf8();
    let (mut count, mut at) = (0, 0);
    while at < text.len() {
        at += match decode(is_utf8, &text[at..], &mut mbstate_t::default()) {
            Decoded::Char(_, bytes) => bytes,
            Decoded::Incomplete | Decoded::Invalid => 1,
        };
        count += 1;
    }
    count
}

/// A word as a pattern: what is quoted in it stands for itself.
fn pattern_of(word: &Word) -> Result<Vector<u8>> {
    let mut pattern = Vector::new();
    for (&byte, &origin) in word.bytes.iter().zip(word.origins.iter()) {
        if origin == Origin::Quoted {
            pattern.push(b'\\')?;
        }
        pattern.push(byte)?;
    }
    Ok(pattern)
}

/// A value without the part at its start (`#`) or end (`%`) that matches.
fn without<'a>(value: &'a [u8], sign: u8, longest: bool, pattern: &[u8]) -> &'a [u8] {
    let cut = |length: usize| match sign {
        b'#' => (&value[..length], &value[length..]),
        _ => (&value[value.len() - length..], &value[..value.len() - length]),
    };
    let fits = |length: &usize| matches(pattern, cut(*length).0, 0);
    let found = match longest {
        true => (0..=value.len()).rev().find(fits),
        false => (0..=value.len()).find(fits),
    };
    found.map_or(value, |length| cut(length).1)
}

/// A copy of a text, with a zero.
fn string(text: &[u8]) -> Result<Vector<u8>> {
    let mut copy = Vector::new();
    copy.extend_from_slice(text)?;
    copy.push(0)?;
    Ok(copy)
}

/// A variable's value.
pub fn variable(name: &[u8]) -> Result<Option<Vector<u8>>> {
    let name = string(name)?;
    // SAFETY: the name is a string; the value is copied before anybody can change it, as the caller promises for getenv.
    unsafe {
        let value = getenv(name.as_ptr().cast());
        if value.is_null() {
            return Ok(None);
        }
        let mut copy = Vector::new();
        copy.extend_from_slice(CStr::from_ptr(value).to_bytes())?;
        Ok(Some(copy))
    }
}

/// A parameter's value. Of the special ones only the process's number is known: there is no shell whose arguments and jobs the others
/// could be.
fn value(name: &[u8]) -> Result<Option<Vector<u8>>> {
    if name == b"$" {
        let mut digits = [0; 20];
        let start = crate::float::to_decimal::write_u64(System::pid().unsigned_abs().into(), &mut digits);
        let mut copy = Vector::new();
        copy.extend_from_slice(&digits[start..])?;
        return Ok(Some(copy));
    }
    match name_length(name) {
        0 => Ok(None),
        _ => variable(name),
    }
}

fn set(name: &[u8], value: &[u8]) -> Result<()> {
    if name_length(name) == 0 {
        return Err(Error::Syntax);
    }
    let (name, value) = (string(name)?, string(value)?);
    // SAFETY: both are strings.
    match unsafe { setenv(name.as_ptr().cast(), value.as_ptr().cast(), 1) } {
        0 => Ok(()),
        _ => Err(Error::NoSpace),
    }
}

/// Says on standard error that a parameter has no value.
fn complain(name: &[u8], message: &[u8]) -> Result<()> {
    let mut line = Vector::new();
    line.extend_from_slice(name)?;
    line.extend_from_slice(b": ")?;
    line.extend_from_slice(if message.is_empty() {
        b"parameter null or not set"
    } else {
        message
    })?;
    line.push(b'\n')?;
    // SAFETY: the line is a local one.
    let _ = unsafe { System::write(2, line.as_ptr().cast(), line.len()) };
    Ok(())
}

/// What a command of the shell prints. Its standard error goes nowhere, unless the flags say otherwise.
pub fn output_of(command: &[u8], flags: c_int) -> Result<Vector<u8>> {
    let mut script = Vector::new();
    if flags & WRDE_SHOWERR == 0 {
        script.extend_from_slice(b"exec 2>/dev/null\n")?;
    }
    script.extend_from_slice(command)?;
    script.push(0)?;
    let mut output: Vector<u8> = Vector::new();
    // SAFETY: the script is a string; the stream is this function's own.
    unsafe {
        let stream = popen(script.as_ptr().cast(), c"re".as_ptr());
        if stream.is_null() {
            return Err(Error::NoSpace);
        }
        let mut block = [0u8; 4096];
        let result = loop {
            let count = fread(block.as_mut_ptr().cast(), 1, block.len(), stream);
            if count == 0 {
                break Ok(());
            }
            if output.len() + count > OUTPUT_MAX || output.extend_from_slice(&block[..count]).is_err() {
                break Err(Error::NoSpace);
            }
        };
        pclose(stream);
        result.map(|()| output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_with_their_operators() {
        let parse = |text: &'static str| Parameter::parse(text.as_bytes()).unwrap();
        assert_eq!((parse("a_1").name, parse("a_1").form), (&b"a_1"[..], Form::Value));
        assert_eq!(parse("#x").form, Form::Length);
        assert_eq!((parse("#").name, parse("#").form), (&b"#"[..], Form::Value));
        assert_eq!(parse("x:-w").form, Form::Condition(b'-', true, b"w"));
        assert_eq!(parse("x+").form, Form::Condition(b'+', false, b""));
        assert_eq!(parse("x%%.*").form, Form::Without(b'%', true, b".*"));
        assert_eq!(parse("x#a").form, Form::Without(b'#', false, b"a"));
        for wrong in ["", "x!", "x:", "-a b", "x y"] {
            assert!(
                Parameter::parse(wrong.as_bytes()).is_err() || wrong == "-a b",
                "{wrong}"
            );
        }
    }

    #[test]
    fn parts_that_match_are_cut_off_at_either_end() {
        assert_eq!(without(b"a/b/c", b'#', false, b"*/"), b"b/c");
        assert_eq!(without(b"a/b/c", b'#', true, b"*/"), b"c");
        assert_eq!(without(b"a.b.c", b'%', false, b".*"), b"a.b");
        assert_eq!(without(b"a.b.c", b'%', true, b".*"), b"a");
        assert_eq!(without(b"abc", b'%', true, b"x"), b"abc");
    }
}
