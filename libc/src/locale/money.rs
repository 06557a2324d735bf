//! <monetary.h>: amounts of money as text. POSIX.1-2024 `strfmon`.
//!
//! Both locales of this library have the conventions of the C locale: no currency symbol, no grouping, `-` before what is negative, two
//! digits behind a point unless the format says otherwise.

use crate::errno::{E2BIG, EINVAL, set_errno};
use crate::heap::Vector;
use crate::printf::narrow::vsnprintf;
use crate::printf::va_list::VaList;
use crate::types::*;
use core::ffi::CStr;
use core::ptr;

/// The most digits that a width or precision asks for.
const WIDTH_MAX: usize = 1 << 16;
/// Room for the digits of the largest `double`.
const ROOM: usize = 512;

/// A conversion: what stands between `%` and `i` or `n`.
struct Conversion {
    fill: u8,
    parentheses: bool,
    left: bool,
    width: usize,
    whole_digits: Option<usize>,
    fraction_digits: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Error {
    Format,
    Room,
}

/// A number at the start of `format`, which it is taken from.
fn number(format: &mut &[u8]) -> Result<Option<usize>, Error> {
    let length = format.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = format.split_at(length);
    *format = rest;
    let mut value = 0usize;
    for digit in digits {
        value = value * 10 + usize::from(digit - b'0');
        if value > WIDTH_MAX {
            return Err(Error::Format);
        }
    }
    Ok((length > 0).then_some(value))
}

impl Conversion {
    fn parse(format: &mut &[u8]) -> Result<Conversion, Error> {
        let mut conversion = Conversion {
            fill: b' ',
            parentheses: false,
            left: false,
            width: 0,
            whole_digits: None,
            fraction_digits: 2,
        };
        loop {
            match format {
                [b'=', fill, rest @ ..] => {
                    conversion.fill = *fill;
                    *format = rest;
                    continue;
                }
                [b'(', ..] => conversion.parentheses = true,
                [b'-', ..] => conversion.left = true,
                // Grouping, the sign's place and the currency symbol, of which there are none to choose.
                [b'^' | b'+' | b'!', ..] => {}
                _ => break,
            }
            *format = &format[1..];
        }
        conversion.width = number(format)?.unwrap_or(0);
        if let [b'#', rest @ ..] = format {
            *format = rest;
            conversion.whole_digits = Some(number(format)?.ok_or(Error::Format)?);
        }
        if let [b'.', rest @ ..] = format {
            *format = rest;
            conversion.fraction_digits = number(format)?.ok_or(Error::Format)?;
        }
        match format {
            [b'i' | b'n', rest @ ..] => {
                *format = rest;
                Ok(conversion)
            }
            _ => Err(Error::Format),
        }
    }

    fn write(&self, value: f64, output: &mut Vector<u8>) -> Result<(), Error> {
        let mut text = [0; ROOM];
        let precision = self.fraction_digits.min(ROOM - 320);
        let arguments = [precision as u64, value.abs().to_bits()];
        let mut list = VaList::of_memory(arguments.as_ptr());
        // SAFETY: the arguments are those that the format names; the text has the size given.
        let length = unsafe { vsnprintf(text.as_mut_ptr().cast(), ROOM, c"%.*f".as_ptr(), &raw mut list) };
        let digits = &text[..usize::try_from(length).unwrap_or(0).min(ROOM - 1)];
        let whole = digits
            .iter()
            .position(|&byte| byte == b'.')
            .unwrap_or(digits.len());
        let negative = value.is_sign_negative();
        let start = output.len();
        let mut push =
            |byte: u8, count: usize| output.resize(output.len() + count, byte).map_err(|_| Error::Room);
        match (negative, self.parentheses, self.whole_digits) {
            (true, true, _) => push(b'(', 1)?,
            (true, false, _) => push(b'-', 1)?,
            // Columns of amounts keep the place of a sign.
            (false, _, Some(_)) => push(b' ', 1)?,
            (false, _, None) => {}
        }
        push(self.fill, self.whole_digits.unwrap_or(0).saturating_sub(whole))?;
        output.extend_from_slice(digits).map_err(|_| Error::Room)?;
        if negative && self.parentheses {
            output.push(b')').map_err(|_| Error::Room)?;
        }
        let missing = self.width.saturating_sub(output.len() - start);
        output
            .resize(output.len() + missing, b' ')
            .map_err(|_| Error::Room)?;
        if !self.left {
            output[start..].rotate_right(missing);
        }
        Ok(())
    }
}

unsafe fn print(mut format: &[u8], room: usize, list: &mut VaList) -> Result<Vector<u8>, Error> {
    let mut output = Vector::new();
    while let [byte, rest @ ..] = format {
        format = rest;
        if *byte != b'%' {
            output.push(*byte).map_err(|_| Error::Room)?;
        } else if let [b'%', rest @ ..] = format {
            format = rest;
            output.push(b'%').map_err(|_| Error::Room)?;
        } else {
            let conversion = Conversion::parse(&mut format)?;
            // SAFETY: the caller passed a number for each conversion.
            let value = unsafe { list.double() };
            conversion.write(value, &mut output)?;
        }
        if output.len() >= room {
            return Err(Error::Room);
        }
    }
    Ok(output)
}

/// The form of `strfmon` with a list of its amounts: the bytes written, or -1 with E2BIG or EINVAL.
///
/// # Safety
/// `place` has room for `room` bytes, `format` is a string, the list holds a `double` a conversion.
pub unsafe extern "C" fn vstrfmon(
    place: *mut c_char,
    room: size_t,
    format: *const c_char,
    list: *mut VaList,
) -> ssize_t {
    // SAFETY: the caller's.
    unsafe {
        match print(CStr::from_ptr(format).to_bytes(), room, &mut *list) {
            Ok(text) => {
                if room == 0 {
                    set_errno(E2BIG);
                    return -1;
                }
                ptr::copy_nonoverlapping(text.as_ptr().cast(), place, text.len());
                *place.add(text.len()) = 0;
                text.len() as ssize_t
            }
            Err(error) => {
                set_errno(if error == Error::Room { E2BIG } else { EINVAL });
                -1
            }
        }
    }
}

/// As `vstrfmon`, by a locale; all of them say the same.
///
/// # Safety
/// As `vstrfmon`.
pub unsafe extern "C" fn vstrfmon_l(
    place: *mut c_char,
    room: size_t,
    _locale: *const c_void,
    format: *const c_char,
    list: *mut VaList,
) -> ssize_t {
    // SAFETY: the caller's.
    unsafe { vstrfmon(place, room, format, list) }
}

crate::variadic! {
    strfmon(3) = vstrfmon;
    strfmon_l(4) = vstrfmon_l;
}
