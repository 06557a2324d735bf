//! Dates in the program's own words. POSIX.1-2024 `getdate`.
//!
//! The file that the variable DATEMSK names has a pattern of `strptime` on each line; the first that fits the whole text counts. What the text
//! leaves open is filled in from the present, as the standard says.

use super::broken::tm;
use super::clocks::time;
use super::local::{localtime_r, mktime};
use super::parse::strptime;
use crate::errno::Errno;
use crate::seam::*;
use crate::types::*;
use core::cell::UnsafeCell;
use core::ffi::CStr;
use core::ptr;

/// The errors of `getdate`, with the standard's numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i32)]
enum Problem {
    NoVariable = 1,
    CannotOpen = 2,
    NotThere = 3,
    NotRegular = 4,
    CannotRead = 5,
    NoMatch = 7,
    Invalid = 8,
}

/// The longest line of the file.
const LINE_MAX: usize = 1024;
/// A member that the text did not set.
const OPEN: c_int = c_int::MIN;

const NOTHING: tm = tm {
    tm_sec: OPEN,
    tm_min: OPEN,
    tm_hour: OPEN,
    tm_mday: OPEN,
    tm_mon: OPEN,
    tm_year: OPEN,
    tm_wday: OPEN,
    tm_yday: OPEN,
    ..tm::ZERO
};

/// Fills in what the text left open.
fn complete(found: tm, now: &tm) -> tm {
    let mut date = found;
    let gives_time = found.tm_hour != OPEN || found.tm_min != OPEN || found.tm_sec != OPEN;
    let gives_date = [found.tm_year, found.tm_mon, found.tm_mday, found.tm_wday]
        .iter()
        .any(|member| *member != OPEN);
    if !gives_time {
        (date.tm_hour, date.tm_min, date.tm_sec) = (now.tm_hour, now.tm_min, now.tm_sec);
    } else {
        for member in [&mut date.tm_hour, &mut date.tm_min, &mut date.tm_sec] {
            if *member == OPEN {
                *member = 0;
            }
        }
    }
    if found.tm_year == OPEN {
        // A month alone is the next one of that name.
        let is_past = found.tm_mon != OPEN && found.tm_mon < now.tm_mon;
        date.tm_year = now.tm_year + c_int::from(is_past);
    }
    if found.tm_mon == OPEN {
        date.tm_mon = if found.tm_year == OPEN { now.tm_mon } else { 0 };
    }
    if found.tm_mday == OPEN {
        date.tm_mday = if found.tm_mon != OPEN || found.tm_year != OPEN {
            1
        } else {
            now.tm_mday
        };
        if found.tm_wday != OPEN {
            if found.tm_mon == OPEN && found.tm_year == OPEN {
                // The next such day; today counts.
                date.tm_mday = now.tm_mday + (found.tm_wday - now.tm_wday).rem_euclid(7);
            } else {
                // The first such day of the month.
                let first = tm {
                    tm_mday: 1,
                    tm_hour: 0,
                    tm_min: 0,
                    tm_sec: 0,
                    ..date
                };
                let weekday = super::civil::weekday(first.seconds().div_euclid(super::civil::DAY));
                date.tm_mday = 1 + (found.tm_wday - weekday).rem_euclid(7);
            }
        }
    }
    if !gives_date && gives_time {
        // A time that has passed is tomorrow's.
        let of_day = |time: &tm| (time.tm_hour, time.tm_min, time.tm_sec);
        date.tm_mday = now.tm_mday + c_int::from(of_day(&date) < of_day(now));
    }
    date.tm_isdst = -1;
    date
}

/// Whether the day that the text gives is one of its month.
fn is_day_of_month(found: &tm, date: &tm) -> bool {
    if found.tm_mday == OPEN {
        return true;
    }
    let next = tm {
        tm_mon: date.tm_mon + 1,
        tm_mday: 1,
        ..tm::ZERO
    };
    let this = tm {
        tm_mon: date.tm_mon,
        tm_mday: 1,
        ..tm::ZERO
    };
    let (next, this) = (
        tm {
            tm_year: date.tm_year,
            ..next
        },
        tm {
            tm_year: date.tm_year,
            ..this
        },
    );
    (1..=((next.seconds() - this.seconds()) / super::civil::DAY) as c_int).contains(&found.tm_mday)
}

/// The time that `text` means by a pattern; nothing where it does not fit.
///
/// # Safety
/// Both are strings.
unsafe fn by_pattern(text: *const c_char, pattern: *const c_char) -> Option<tm> {
    let mut found = NOTHING;
    // SAFETY: the caller's; `found` is a local variable.
    unsafe {
        let end = strptime(text, pattern, &mut found);
        if end.is_null() {
            return None;
        }
        let rest = CStr::from_ptr(end).to_bytes();
        rest.iter().all(u8::is_ascii_whitespace).then_some(found)
    }
}

/// Why the file cannot be opened: one that is not there is told apart, as in glibc.
fn open_problem(error: Errno) -> Problem {
    match error {
        Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP | Errno::ENAMETOOLONG => Problem::NotThere,
        _ => Problem::CannotOpen,
    }
}

/// An open file, closed at its end.
struct Open(c_int);

impl Drop for Open {
    fn drop(&mut self) {
        let _ = System::close(self.0);
    }
}

/// Tries the patterns of the file, one after the other.
unsafe fn by_file(text: *const c_char, path: *const c_char) -> Result<tm, Problem> {
    const O_CLOEXEC: c_int = 0o2000000;
    // SAFETY: the caller's strings; buffers are local variables.
    unsafe {
        let file = Open(System::openat(AT_FDCWD, path, O_CLOEXEC, 0).map_err(open_problem)?);
        let (mut line, mut length) = ([0u8; LINE_MAX], 0);
        let mut block = [0u8; 512];
        loop {
            let count = match System::read(file.0, block.as_mut_ptr().cast(), block.len()) {
                Ok(count) => count,
                Err(Errno::EINTR) => continue,
                Err(Errno::EISDIR) => return Err(Problem::NotRegular),
                Err(_) => return Err(Problem::CannotRead),
            };
            let bytes = if count == 0 { &b"\n"[..] } else { &block[..count] };
            for &byte in bytes {
                if byte != b'\n' {
                    // A line that is too long fits nothing.
                    if let Some(place) = line.get_mut(length) {
                        *place = byte;
                    }
                    length += 1;
                    continue;
                }
                if let Some(place) = line.get_mut(length) {
                    *place = 0;
                    if length > 0
                        && let Some(found) = by_pattern(text, line.as_ptr().cast())
                    {
                        return Ok(found);
                    }
                }
                length = 0;
            }
            if count == 0 {
                return Err(Problem::NoMatch);
            }
        }
    }
}

unsafe fn find(text: *const c_char) -> Result<tm, Problem> {
    // SAFETY: the caller's string.
    unsafe {
        let path = crate::env::getenv(c"DATEMSK".as_ptr());
        if path.is_null() || path.read() == 0 {
            return Err(Problem::NoVariable);
        }
        let found = by_file(text, path)?;
        let seconds = time(ptr::null_mut());
        let mut now = tm::ZERO;
        if localtime_r(&seconds, &mut now).is_null() {
            return Err(Problem::Invalid);
        }
        let mut date = complete(found, &now);
        if !is_day_of_month(&found, &date) {
            return Err(Problem::Invalid);
        }
        // -1 is also the last second before the Epoch, which no date without time zones to the west of it means.
        if mktime(&mut date) == -1 {
            return Err(Problem::Invalid);
        }
        Ok(date)
    }
}

/// What `getdate` returns.
struct Place(UnsafeCell<tm>);
// SAFETY: the standard lets calls of `getdate` overwrite each other's result.
unsafe impl Sync for Place {}
static RESULT: Place = Place(UnsafeCell::new(tm::ZERO));

/// `getdate_err`.
struct Error(UnsafeCell<c_int>);
// SAFETY: as above.
unsafe impl Sync for Error {}
static ERROR: Error = Error(UnsafeCell::new(0));
crate::alias_data!(getdate_err = ERROR: Error);

crate::export! {
    /// The time that a text means by the patterns of the file in DATEMSK; null with `getdate_err` set. POSIX.1-2024
    /// `getdate`.
    pub unsafe extern "C" fn getdate(text: *const c_char) -> *mut tm {
        // SAFETY: the caller's string; the statics are the program's by the standard's word.
        unsafe {
            match find(text) {
                Ok(found) => {
                    RESULT.0.get().write(found);
                    RESULT.0.get()
                }
                Err(problem) => {
                    ERROR.0.get().write(problem as c_int);
                    ptr::null_mut()
                }
            }
        }
    }

    /// As `getdate`, into the caller's memory; 0 or the error's number. glibc `getdate_r`.
    pub unsafe extern "C" fn getdate_r(text: *const c_char, result: *mut tm) -> c_int {
        // SAFETY: the caller's string and memory.
        unsafe {
            match find(text) {
                Ok(found) => {
                    result.write(found);
                    0
                }
                Err(problem) => problem as c_int,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wednesday, 15 May 2024, 12:30:00.
    fn now() -> tm {
        tm {
            tm_year: 124,
            tm_mon: 4,
            tm_mday: 15,
            tm_wday: 3,
            tm_hour: 12,
            tm_min: 30,
            ..tm::ZERO
        }
    }

    #[test]
    fn what_a_text_leaves_open_is_the_present() {
        let date = complete(NOTHING, &now());
        assert_eq!(
            (date.tm_year, date.tm_mon, date.tm_mday, date.tm_hour),
            (124, 4, 15, 12)
        );
    }

    #[test]
    fn a_weekday_is_the_next_of_its_name() {
        let day = |weekday| {
            complete(
                tm {
                    tm_wday: weekday,
                    ..NOTHING
                },
                &now(),
            )
            .tm_mday
        };
        assert_eq!((day(3), day(4), day(2)), (15, 16, 21));
    }

    #[test]
    fn a_month_that_has_passed_is_next_years_and_begins_with_its_first_day() {
        let date = complete(tm { tm_mon: 0, ..NOTHING }, &now());
        assert_eq!((date.tm_year, date.tm_mon, date.tm_mday), (125, 0, 1));
        let date = complete(tm { tm_mon: 4, ..NOTHING }, &now());
        assert_eq!((date.tm_year, date.tm_mon), (124, 4));
    }

    #[test]
    fn a_time_that_has_passed_is_tomorrows() {
        let day = |hour| {
            complete(
                tm {
                    tm_hour: hour,
                    ..NOTHING
                },
                &now(),
            )
            .tm_mday
        };
        assert_eq!((day(11), day(13)), (16, 15));
    }

    #[test]
    fn a_day_that_its_month_does_not_have_is_refused() {
        let february = |day, year| {
            let found = tm {
                tm_mon: 1,
                tm_mday: day,
                tm_year: year,
                ..NOTHING
            };
            is_day_of_month(&found, &complete(found, &now()))
        };
        assert!(february(29, 124) && !february(29, 123) && !february(30, 124));
    }
}
