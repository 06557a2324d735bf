//! Local time and back: `gmtime`, `localtime`, `mktime`, `timegm`, `difftime`.

use super::broken::tm;
use super::zone::{Zone, with_zone};
use crate::errno::{EOVERFLOW, set_errno};
use crate::types::*;
use core::ptr;

/// What `gmtime` and `localtime` return a pointer to: ISO C gives the process one.
static mut SHARED: tm = tm::ZERO;

/// Local time of an instant; `None` when the year does not fit.
fn local(zone: &mut Zone, seconds: i64) -> Option<tm> {
    let kind = zone.at(seconds);
    let mut broken = tm::from_seconds(seconds, kind.offset)?;
    broken.tm_isdst = c_int::from(kind.is_dst);
    broken.tm_zone = kind.name;
    Some(broken)
}

/// The instant that local time `broken` means. A time that occurs twice is the one that `tm_isdst` says, or the
/// first; one that never occurs runs on from the time before the change; one in the other kind of time (daylight
/// saving time in winter) is reckoned by that kind's offset.
fn instant(zone: &mut Zone, broken: &tm) -> i64 {
    let universal = broken.seconds();
    // Offsets are at most 26 hours, and no zone changes twice in two days.
    let before = zone.at(universal.saturating_sub(93_600));
    let after = zone.at(universal.saturating_add(93_600));
    let wanted = (broken.tm_isdst >= 0).then_some(broken.tm_isdst > 0);
    let valid = [before, after].map(|kind| {
        let seconds = universal - kind.offset;
        let there = zone.at(seconds);
        (there.offset == kind.offset && wanted.is_none_or(|is_dst| is_dst == there.is_dst)).then_some(seconds)
    });
    if let Some(seconds) = valid[0].or(valid[1]) {
        return seconds;
    }
    if let Some(is_dst) = wanted {
        if let Some(kind) = [before, after].into_iter().find(|kind| kind.is_dst == is_dst) {
            return universal - kind.offset;
        }
        if let Some(kind) = zone.nearest(universal - before.offset, is_dst) {
            return universal - kind.offset;
        }
        // The zone has no such kind: what it has.
        let seconds = universal - before.offset;
        return if zone.at(seconds).offset == before.offset {
            seconds
        } else {
            universal - after.offset
        };
    }
    universal - before.offset
}

/// `mktime` without the C boundary: the instant, and `broken` brought into its ranges.
pub fn from_local(broken: &mut tm) -> Option<i64> {
    with_zone(|zone| {
        let seconds = instant(zone, broken);
        *broken = local(zone, seconds)?;
        Some(seconds)
    })
}

unsafe fn store(result: Option<tm>, place: *mut tm) -> *mut tm {
    match result {
        Some(broken) => {
            // SAFETY: place is valid.
            unsafe { place.write(broken) };
            place
        }
        None => {
            set_errno(EOVERFLOW);
            ptr::null_mut()
        }
    }
}

fn universal(seconds: time_t) -> Option<tm> {
    tm::from_seconds(seconds, 0).map(|broken| tm {
        tm_zone: c"GMT".as_ptr(),
        ..broken
    })
}

export! {
    /// Universal time of an instant, in the caller's structure. Null with EOVERFLOW. POSIX.1-2024 `gmtime_r`.
    pub unsafe extern "C" fn gmtime_r(time: *const time_t, result: *mut tm) -> *mut tm {
        // SAFETY: both are valid.
        unsafe { store(universal(*time), result) }
    }

    /// Universal time of an instant. ISO C, POSIX.1-2024 `gmtime`.
    pub unsafe extern "C" fn gmtime(time: *const time_t) -> *mut tm {
        // SAFETY: time is valid; the structure is shared by the standard's leave.
        unsafe { store(universal(*time), &raw mut SHARED) }
    }

    /// Local time of an instant, in the caller's structure. Null with EOVERFLOW. POSIX.1-2024 `localtime_r`.
    pub unsafe extern "C" fn localtime_r(time: *const time_t, result: *mut tm) -> *mut tm {
        // SAFETY: both are valid.
        unsafe {
            let seconds = *time;
            store(with_zone(|zone| local(zone, seconds)), result)
        }
    }

    /// Local time of an instant. ISO C, POSIX.1-2024 `localtime`.
    pub unsafe extern "C" fn localtime(time: *const time_t) -> *mut tm {
        // SAFETY: time is valid; the structure is shared by the standard's leave.
        unsafe { localtime_r(time, &raw mut SHARED) }
    }

    /// The instant of a local time, which is brought into its ranges. -1 with EOVERFLOW.
    /// ISO C, POSIX.1-2024 `mktime`.
    pub unsafe extern "C" fn mktime(broken: *mut tm) -> time_t {
        // SAFETY: broken is valid.
        match from_local(unsafe { &mut *broken }) {
            Some(seconds) => seconds,
            None => {
                set_errno(EOVERFLOW);
                -1
            }
        }
    }

    /// The instant of a universal time, which is brought into its ranges. -1 with EOVERFLOW. BSD `timegm`.
    pub unsafe extern "C" fn timegm(broken: *mut tm) -> time_t {
        // SAFETY: broken is valid.
        unsafe {
            let seconds = (*broken).seconds();
            if store(universal(seconds), broken).is_null() { -1 } else { seconds }
        }
    }

    /// Seconds from `from` to `to`. ISO C, POSIX.1-2024 `difftime`.
    pub unsafe extern "C" fn difftime(to: time_t, from: time_t) -> c_double {
        // The difference of 64-bit numbers may need 65 bits; one rounding, at the end.
        (i128::from(to) - i128::from(from)) as c_double
    }

    /// The days of a year. SVID `dysize`.
    pub unsafe extern "C" fn dysize(year: c_int) -> c_int {
        365 + c_int::from(super::civil::is_leap(i64::from(year)))
    }
}

crate::alias!(timelocal = mktime);
crate::alias!(__gmtime_r = gmtime_r);
crate::alias!(__localtime_r = localtime_r);
