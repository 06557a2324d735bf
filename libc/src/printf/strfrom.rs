//! strfromd, strfromf, strfroml: one floating-point number to text. ISO/IEC TS 18661-1, C23.

use super::arguments::kind_of;
use super::engine::{Care, print};
use super::format::{Amount, Length, Reader};
use super::narrow::returned;
use super::output::Memory;
use super::va_list::VaList;
use crate::errno::{Errno, Result};
use crate::float::f80::F80;
use crate::types::*;

/// A format rebuilt for the printing of a long double: `%.NLg` with its terminator.
fn rebuilt(format: *const c_char) -> Result<[u8; 20]> {
    // SAFETY: the caller passes a string.
    let mut reader = unsafe { Reader::<u8>::new(format.cast()) };
    if reader.peek() != b'%' as u32 {
        return Err(Errno::EINVAL);
    }
    reader.advance();
    let specification = reader.specification()?;
    let plain = specification.flags == 0
        && specification.width == Amount::None
        && specification.length == Length::Normal
        && specification.position.is_none()
        && kind_of(&specification) == Some(super::arguments::Kind::Double)
        && reader.peek() == 0;
    if !plain {
        return Err(Errno::EINVAL);
    }
    let mut text = [0; 20];
    let mut length = 0;
    let mut push = |bytes: &[u8]| {
        text[length..length + bytes.len()].copy_from_slice(bytes);
        length += bytes.len();
    };
    push(b"%");
    match specification.precision {
        Amount::None => (),
        Amount::Given(precision) => {
            let mut digits = [0; 20];
            let start = crate::float::to_decimal::write_u64(precision as u64, &mut digits);
            push(b".");
            // A precision is at most INT_MAX: ten digits.
            push(&digits[start..]);
        }
        Amount::Next | Amount::Position(_) => return Err(Errno::EINVAL),
    }
    push(b"L");
    push(&[specification.conversion]);
    Ok(text)
}

/// Prints one number; long double holds every double exactly, and prints the same but for `%a`.
unsafe fn print_number(
    place: *mut c_char,
    size: size_t,
    format: *const u8,
    list: &mut VaList,
) -> Result<c_int> {
    // SAFETY: the caller passes so much room; format and list fit each other.
    unsafe {
        let mut memory = Memory::<u8>::new(place.cast(), size.saturating_sub(1));
        let result = print::<u8>(&mut memory, format, list, Care::Normal);
        if size > 0 {
            memory.next().write(0);
        }
        result
    }
}

unsafe fn from_double(place: *mut c_char, size: size_t, format: *const c_char, x: f64) -> c_int {
    returned(rebuilt(format).and_then(|text| {
        // The same without the L, for double's own digits of %a.
        let mut narrow = [0; 20];
        for (to, from) in narrow
            .iter_mut()
            .zip(text.into_iter().filter(|&letter| letter != b'L'))
        {
            *to = from;
        }
        let argument = x.to_bits();
        // SAFETY: the caller passes so much room; the format takes one double.
        unsafe { print_number(place, size, narrow.as_ptr(), &mut VaList::of_memory(&argument)) }
    }))
}

export! {
    /// Prints a double as `%.Ng` and the like say; the length of all text, or -1. TS 18661-1.
    pub unsafe extern "C" fn strfromd(place: *mut c_char, size: size_t, format: *const c_char, x: f64) -> c_int {
        // SAFETY: as the caller promises.
        unsafe { from_double(place, size, format, x) }
    }

    /// Prints a float as `%.Ng` and the like say; the length of all text, or -1. TS 18661-1.
    pub unsafe extern "C" fn strfromf(place: *mut c_char, size: size_t, format: *const c_char, x: f32) -> c_int {
        // SAFETY: as the caller promises.
        unsafe { from_double(place, size, format, x as f64) }
    }
}

crate::long_double! {
    /// Prints a long double as `%.Ng` and the like say; the length of all text, or -1. TS 18661-1.
    strfroml(place: *mut c_char, size: size_t, format: *const c_char; x) -> c_int {
        returned(rebuilt(format).and_then(|text| {
            let argument: F80 = x;
            // SAFETY: the caller passes so much room; the format takes one long double.
            unsafe { print_number(place, size, text.as_ptr(), &mut VaList::of_memory((&raw const argument).cast())) }
        }))
    }
}
