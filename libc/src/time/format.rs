//! `strftime` and `wcsftime`.
//!
//! All of POSIX.1-2024 and glibc's flags (`_` `-` `0` `+` `^` `#`, a width, the modifiers E and O). Both locales
//! have the same names and formats, without eras and alternative digits. The text is made byte by byte into a
//! sink that counts, so nothing is written beyond the limit.

use super::broken::tm;
use super::civil;
use super::local::from_local;
use super::zone::tzset;
use crate::locale::{day_names, locale_t, month_names};
use crate::types::*;
use core::ffi::CStr;

/// A character of the format and of the result.
trait Unit: Copy {
    fn ascii(self) -> u8;
    fn of(byte: u8) -> Self;
}

impl Unit for u8 {
    fn ascii(self) -> u8 {
        self
    }
    fn of(byte: u8) -> u8 {
        byte
    }
}

impl Unit for wchar_t {
    fn ascii(self) -> u8 {
        if (0..0x80).contains(&self) {
            self as u8
        } else {
            0xff
        }
    }
    fn of(byte: u8) -> wchar_t {
        wchar_t::from(byte)
    }
}

/// Where the text goes: at most `room` characters, the terminator with them.
struct Sink<U> {
    place: *mut U,
    room: usize,
    used: usize,
}

/// The text does not fit.
struct Full;

impl<U: Unit> Sink<U> {
    fn put(&mut self, unit: U) -> Result<(), Full> {
        if self.used + 1 >= self.room {
            return Err(Full);
        }
        // SAFETY: the place has `room` characters, and one more after this one is kept for the terminator.
        unsafe { self.place.add(self.used).write(unit) };
        self.used += 1;
        Ok(())
    }

    fn repeat(&mut self, byte: u8, count: usize) -> Result<(), Full> {
        (0..count).try_for_each(|_| self.put(U::of(byte)))
    }
}

/// How a conversion is asked for.
#[derive(Clone, Copy, Default)]
struct Options {
    /// `_`, `-`, `0` or `+`.
    pad: Option<u8>,
    upper: bool,
    lower: bool,
    swap_case: bool,
    width: usize,
    /// `E` or `O`.
    modifier: Option<u8>,
}

impl Options {
    /// Whether the modifier may stand before a conversion.
    fn allows(&self, conversion: u8) -> bool {
        match self.modifier {
            Some(b'E') => !b"aAbBdDeFgGhHIjklmMSUVwW".contains(&conversion),
            Some(_) => !b"aAcDFxXY".contains(&conversion),
            None => true,
        }
    }
}

/// What is being written, with what it is made from.
struct Writer<'a, U> {
    sink: &'a mut Sink<U>,
    broken: &'a tm,
}

/// The deepest nesting of formats in formats: `%c` holds `%T` and the like.
const DEEPEST: u32 = 3;

impl<U: Unit> Writer<'_, U> {
    /// A text, padded to the width and in the case asked for.
    fn text(&mut self, text: &[u8], options: Options) -> Result<(), Full> {
        let pad = if matches!(options.pad, Some(b'0' | b'+')) {
            b'0'
        } else {
            b' '
        };
        self.sink.repeat(pad, options.width.saturating_sub(text.len()))?;
        for &byte in text {
            let byte = match (options.lower, options.upper) {
                (true, _) => byte.to_ascii_lowercase(),
                (false, true) => byte.to_ascii_uppercase(),
                (false, false) => byte,
            };
            self.sink.put(U::of(byte))?;
        }
        Ok(())
    }

    fn name(&mut self, names: &[&CStr], index: c_int, mut options: Options) -> Result<(), Full> {
        options.upper |= options.swap_case;
        let name = usize::try_from(index)
            .ok()
            .and_then(|i| names.get(i))
            .map_or(&b"?"[..], |n| n.to_bytes());
        self.text(name, options)
    }

    /// A number of at least `digits` digits, padded with `pad` unless a flag says otherwise.
    fn number(&mut self, value: i64, digits: usize, pad: u8, options: Options) -> Result<(), Full> {
        let mut buffer = [0; 20];
        let mut at = buffer.len();
        let mut rest = value.unsigned_abs();
        loop {
            at -= 1;
            buffer[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        let text = &buffer[at..];
        let negative = value < 0;
        // `+` puts a sign before a year that is wider than its four (century: two) digits.
        let positive = options.pad == Some(b'+')
            && !negative
            && (text.len() > digits || options.width > digits)
            && (digits == 4 || digits == 2 && pad == b'+');
        let sign = usize::from(negative || positive);
        let pad = match options.pad {
            Some(b'-') => None,
            Some(b'_') => Some(b' '),
            Some(_) => Some(b'0'),
            None => Some(if pad == b'+' { b'0' } else { pad }),
        };
        // `-` leaves out the padding to the usual digits, not that to a width asked for.
        let (pad, width) = match pad {
            None => (Some(b' '), options.width),
            Some(pad) => (Some(pad), options.width.max(digits)),
        };
        let fill = width.saturating_sub(text.len() + sign);
        if pad == Some(b' ') {
            self.sink.repeat(b' ', fill)?;
        }
        if sign > 0 {
            self.sink.put(U::of(if negative { b'-' } else { b'+' }))?;
        }
        if pad == Some(b'0') {
            self.sink.repeat(b'0', fill)?;
        }
        text.iter().try_for_each(|&byte| self.sink.put(U::of(byte)))
    }

    /// A format within the format, as one text of the width asked for.
    fn nested(&mut self, format: &[u8], options: Options, depth: u32) -> Result<(), Full> {
        let mut buffer = [0u8; 128];
        let mut sink = Sink {
            place: buffer.as_mut_ptr(),
            room: buffer.len(),
            used: 0,
        };
        let mut at = 0;
        let mut inner = Writer {
            sink: &mut sink,
            broken: self.broken,
        };
        // Nested formats are the locale's and end before the buffer does.
        let result = inner.format(
            || {
                let byte = format.get(at).copied().unwrap_or(0);
                at += 1;
                byte
            },
            depth + 1,
            options.upper,
        );
        let used = sink.used;
        result?;
        self.text(&buffer[..used], options)
    }

    /// The year and the week of ISO 8601.
    fn iso_week(&self) -> (i64, i64) {
        let weekday = i64::from(self.broken.tm_wday + 6).rem_euclid(7);
        let year_day = i64::from(self.broken.tm_yday);
        let year = i64::from(self.broken.tm_year) + 1900;
        let week = |year_day: i64| (year_day - weekday + 10).div_euclid(7);
        let length = |year: i64| 365 + i64::from(civil::is_leap(year));
        if week(year_day) < 1 {
            return (year - 1, week(year_day + length(year - 1)));
        }
        // The days after the last Thursday belong to the next year's first week.
        if week(year_day) == 53 && year_day - length(year) - weekday + 10 >= 7 {
            return (year + 1, 1);
        }
        (year, week(year_day))
    }

    /// One conversion.
    fn convert(&mut self, conversion: u8, mut options: Options, depth: u32) -> Result<(), Full> {
        let broken = self.broken;
        let int = i64::from;
        let year = int(broken.tm_year) + 1900;
        let twelve = match broken.tm_hour % 12 {
            0 => 12,
            hour => hour,
        };
        match conversion {
            b'a' => self.name(&day_names()[..7], broken.tm_wday, options),
            b'A' => self.name(&day_names()[7..], broken.tm_wday, options),
            b'b' | b'h' => self.name(&month_names()[..12], broken.tm_mon, options),
            b'B' => self.name(&month_names()[12..], broken.tm_mon, options),
            b'c' => self.nested(b"%a %b %e %H:%M:%S %Y", options, depth),
            b'C' => self.number(year.div_euclid(100), 2, b'+', options),
            b'd' => self.number(int(broken.tm_mday), 2, b'0', options),
            b'D' | b'x' => self.nested(b"%m/%d/%y", options, depth),
            b'e' => self.number(int(broken.tm_mday), 2, b' ', options),
            b'F' => {
                if options.pad == Some(b'+') && options.width > 6 {
                    options.width -= 6;
                    self.number(year, 4, b'0', options)?;
                    return self.nested(b"-%m-%d", Options::default(), depth);
                }
                self.nested(b"%Y-%m-%d", options, depth)
            }
            b'g' => self.number(self.iso_week().0.rem_euclid(100), 2, b'0', options),
            b'G' => self.number(self.iso_week().0, 4, b'0', options),
            b'H' => self.number(int(broken.tm_hour), 2, b'0', options),
            b'I' => self.number(int(twelve), 2, b'0', options),
            b'j' => self.number(int(broken.tm_yday) + 1, 3, b'0', options),
            b'k' => self.number(int(broken.tm_hour), 2, b' ', options),
            b'l' => self.number(int(twelve), 2, b' ', options),
            b'm' => self.number(int(broken.tm_mon) + 1, 2, b'0', options),
            b'M' => self.number(int(broken.tm_min), 2, b'0', options),
            b'n' => self.text(b"\n", options),
            b'p' | b'P' => {
                let lower = conversion == b'P' || options.swap_case;
                options.upper &= conversion == b'p';
                let text = match (broken.tm_hour > 11, lower) {
                    (false, false) => b"AM",
                    (true, false) => b"PM",
                    (false, true) => b"am",
                    (true, true) => b"pm",
                };
                self.text(text, options)
            }
            b'r' => self.nested(b"%I:%M:%S %p", options, depth),
            b'R' => self.nested(b"%H:%M", options, depth),
            b's' => {
                let mut copy = *broken;
                let seconds = from_local(&mut copy).unwrap_or(-1);
                self.number(seconds, 1, b' ', options)
            }
            b'S' => self.number(int(broken.tm_sec), 2, b'0', options),
            b't' => self.text(b"\t", options),
            b'T' | b'X' => self.nested(b"%H:%M:%S", options, depth),
            b'u' => self.number((int(broken.tm_wday) + 6).rem_euclid(7) + 1, 1, b'0', options),
            b'U' => self.number(
                (int(broken.tm_yday) - int(broken.tm_wday) + 7).div_euclid(7),
                2,
                b'0',
                options,
            ),
            b'V' => self.number(self.iso_week().1, 2, b'0', options),
            b'w' => self.number(int(broken.tm_wday), 1, b'0', options),
            b'W' => {
                let monday = (int(broken.tm_wday) + 6).rem_euclid(7);
                self.number((int(broken.tm_yday) - monday + 7).div_euclid(7), 2, b'0', options)
            }
            b'y' => self.number(year.rem_euclid(100), 2, b'0', options),
            b'Y' => self.number(year, if options.pad == Some(b'+') { 4 } else { 1 }, b'0', options),
            b'z' => {
                if broken.tm_isdst < 0 {
                    return Ok(());
                }
                let minutes = broken.tm_gmtoff / 60;
                let value = minutes.abs() / 60 * 100 + minutes.abs() % 60;
                let sign = if broken.tm_gmtoff < 0 { b'-' } else { b'+' };
                let fill = match options.pad {
                    Some(b'_') => {
                        let length = value.max(1).ilog10() as usize + 1;
                        let fill = options.width.max(5).saturating_sub(length + 1);
                        self.sink.repeat(b' ', fill)?;
                        self.sink.put(U::of(sign))?;
                        return self.number(
                            value,
                            1,
                            b'0',
                            Options {
                                pad: Some(b'-'),
                                ..Options::default()
                            },
                        );
                    }
                    Some(b'-') => 1,
                    _ => options.width.max(5) - 1,
                };
                self.sink.put(U::of(sign))?;
                self.number(value, fill, b'0', Options::default())
            }
            b'Z' => {
                let zone = broken.tm_zone;
                let name = if zone.is_null() {
                    &b""[..]
                } else {
                    // SAFETY: tm_zone is null or the string that localtime or the program put there.
                    unsafe { CStr::from_ptr(zone) }.to_bytes()
                };
                options.lower = options.swap_case;
                self.text(name, options)
            }
            b'+' => self.nested(b"%a %b %e %H:%M:%S %Z %Y", options, depth),
            _ => Ok(()),
        }
    }

    /// A whole format, character by character from `next`, which returns 0 at the end.
    fn format(&mut self, mut next: impl FnMut() -> U, depth: u32, upper: bool) -> Result<(), Full> {
        loop {
            let unit = next();
            match unit.ascii() {
                0 => return Ok(()),
                b'%' => {}
                _ => {
                    self.sink.put(unit)?;
                    continue;
                }
            }
            let mut options = Options {
                upper,
                ..Options::default()
            };
            let mut conversion = next();
            // What was read since the sign, in case it is no conversion.
            let mut read: [U; 24] = [conversion; 24];
            let mut count = 1;
            loop {
                match conversion.ascii() {
                    pad @ (b'_' | b'-' | b'0' | b'+') if options.width == 0 => options.pad = Some(pad),
                    b'^' => options.upper = true,
                    b'#' => options.swap_case = true,
                    digit @ b'0'..=b'9' => {
                        // A width beyond any limit does not fit.
                        options.width = options
                            .width
                            .saturating_mul(10)
                            .saturating_add(usize::from(digit - b'0'));
                    }
                    modifier @ (b'E' | b'O') if options.modifier.is_none() => {
                        options.modifier = Some(modifier)
                    }
                    _ => break,
                }
                conversion = next();
                if let Some(place) = read.get_mut(count) {
                    *place = conversion;
                    count += 1;
                }
            }
            let known = b"aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ+";
            match conversion.ascii() {
                0 => {
                    self.sink.put(U::of(b'%'))?;
                    return read[..count - 1].iter().try_for_each(|&unit| self.sink.put(unit));
                }
                b'%' => self.text(b"%", options)?,
                byte if known.contains(&byte) && options.allows(byte) && depth < DEEPEST => {
                    self.convert(byte, options, depth)?
                }
                _ => {
                    // Unknown: as it stands.
                    self.sink.put(U::of(b'%'))?;
                    read[..count].iter().try_for_each(|&unit| self.sink.put(unit))?;
                }
            }
        }
    }
}

unsafe fn run<U: Unit>(place: *mut U, room: usize, format: *const U, broken: *const tm) -> usize {
    // SAFETY: strftime uses the zone of the environment, as if tzset were called (POSIX).
    unsafe { tzset() };
    let mut sink = Sink { place, room, used: 0 };
    let mut at = format;
    let next = || {
        // SAFETY: the format is a string, and nothing is asked after its end.
        unsafe {
            let unit = *at;
            if unit.ascii() != 0 {
                at = at.add(1);
            }
            unit
        }
    };
    // SAFETY: broken is valid.
    let broken = unsafe { *broken };
    let mut writer = Writer {
        sink: &mut sink,
        broken: &broken,
    };
    if writer.format(next, 0, false).is_err() || room == 0 {
        return 0;
    }
    // SAFETY: one character is kept for the terminator.
    unsafe { place.add(sink.used).write(U::of(0)) };
    sink.used
}

export! {
    /// Formats a broken-down time into `room` bytes; the length, or 0 when it does not fit.
    /// ISO C, POSIX.1-2024 `strftime`.
    pub unsafe extern "C" fn strftime(
        place: *mut c_char,
        room: size_t,
        format: *const c_char,
        broken: *const tm,
    ) -> size_t {
        // SAFETY: the caller's pointers.
        unsafe { run::<u8>(place.cast(), room, format.cast(), broken) }
    }

    /// `strftime` in a locale; the texts are the same in all. POSIX.1-2024 `strftime_l`.
    pub unsafe extern "C" fn strftime_l(
        place: *mut c_char,
        room: size_t,
        format: *const c_char,
        broken: *const tm,
        _: locale_t,
    ) -> size_t {
        // SAFETY: the caller's pointers.
        unsafe { strftime(place, room, format, broken) }
    }

    /// Formats a broken-down time into `room` wide characters. ISO C, POSIX.1-2024 `wcsftime`.
    pub unsafe extern "C" fn wcsftime(
        place: *mut wchar_t,
        room: size_t,
        format: *const wchar_t,
        broken: *const tm,
    ) -> size_t {
        // SAFETY: the caller's pointers.
        unsafe { run::<wchar_t>(place, room, format, broken) }
    }

    /// `wcsftime` in a locale. glibc `wcsftime_l`.
    pub unsafe extern "C" fn wcsftime_l(
        place: *mut wchar_t,
        room: size_t,
        format: *const wchar_t,
        broken: *const tm,
        _: locale_t,
    ) -> size_t {
        // SAFETY: the caller's pointers.
        unsafe { wcsftime(place, room, format, broken) }
    }
}

crate::alias!(__strftime_l = strftime_l);
crate::alias!(__wcsftime_l = wcsftime_l);
