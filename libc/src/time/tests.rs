//! Calendar, zones and texts against the host's. One test at a time sets `TZ`.

use super::*;
use crate::types::*;
use std::ffi::{CStr, CString};
use std::sync::Mutex;

static ENVIRONMENT: Mutex<()> = Mutex::new(());

mod host {
    use super::tm;
    use crate::types::*;
    unsafe extern "C" {
        pub fn tzset();
        pub fn gmtime_r(t: *const time_t, r: *mut tm) -> *mut tm;
        pub fn localtime_r(t: *const time_t, r: *mut tm) -> *mut tm;
        pub fn mktime(t: *mut tm) -> time_t;
        pub fn timegm(t: *mut tm) -> time_t;
        pub fn strftime(p: *mut c_char, n: size_t, f: *const c_char, t: *const tm) -> size_t;
        pub fn strptime(p: *const c_char, f: *const c_char, t: *mut tm) -> *mut c_char;
        pub fn asctime_r(t: *const tm, p: *mut c_char) -> *mut c_char;
    }
}

/// A number generator for tests: the same numbers each time.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 11
    }

    fn below(&mut self, limit: u64) -> i64 {
        (self.next() % limit) as i64
    }
}

fn with_tz(value: &str, test: impl FnOnce()) {
    let _guard = ENVIRONMENT
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    // SAFETY: the lock keeps other tests from the environment.
    unsafe {
        std::env::set_var("TZ", value);
        host::tzset();
        zone::tzset();
    }
    test();
}

fn text<'a>(p: *const c_char) -> &'a CStr {
    // SAFETY: zone names are strings.
    unsafe { CStr::from_ptr(p) }
}

#[track_caller]
fn same(ours: &tm, theirs: &tm, what: &str) {
    assert_eq!(
        tm {
            tm_zone: std::ptr::null(),
            ..*ours
        },
        tm {
            tm_zone: std::ptr::null(),
            ..*theirs
        },
        "{what}"
    );
}

#[test]
fn universal_time_is_that_of_the_host() {
    let mut numbers = Numbers(1);
    let far = [
        i64::MAX,
        i64::MIN,
        67_768_036_191_676_799,
        67_768_036_191_676_800,
        -67_768_040_609_740_800,
        -67_768_040_609_740_801,
    ];
    for seconds in (0..20_000)
        .map(|i| (numbers.next() as i64 - (1 << 52)) >> (i % 50))
        .chain(far)
    {
        let (mut a, mut b) = (tm::ZERO, tm::ZERO);
        // SAFETY: all are valid.
        unsafe {
            let ours = gmtime_r(&seconds, &mut a);
            let theirs = host::gmtime_r(&seconds, &mut b);
            assert_eq!(ours.is_null(), theirs.is_null(), "{seconds}");
            if !ours.is_null() {
                same(&a, &b, &seconds.to_string());
                assert_eq!(timegm(&mut a), host::timegm(&mut b));
            }
        }
    }
}

#[test]
fn local_time_is_that_of_the_host_in_every_kind_of_zone() {
    for zone in [
        "",
        "UTC",
        "EST5",
        "<+03>-3",
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "EST5EDT,M3.2.0,M11.1.0",
        "AEST-10AEDT,M10.1.0,M4.1.0/3",
        "XXX3YYY2,J60/0,J300/-1",
        "XXX3YYY2:30,59/24,300/25:30",
        "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
        "Europe/Vienna",
        "America/New_York",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Asia/Kolkata",
        ":Europe/Dublin",
        "Pacific/Apia",
    ] {
        with_tz(zone, || {
            let mut numbers = Numbers(7);
            for i in 0..4000 {
                // From 1850 to 2150, with a few beyond.
                let seconds = if i % 50 == 0 {
                    numbers.below(1 << 36) - (1 << 35)
                } else {
                    numbers.below(9_500_000_000) - 3_800_000_000
                };
                // glibc reckons the rules of years before 1970 as those of 1970.
                let seconds = if zone.contains(',') {
                    seconds.abs()
                } else {
                    seconds
                };
                let (mut a, mut b) = (tm::ZERO, tm::ZERO);
                // SAFETY: all are valid.
                unsafe {
                    localtime_r(&seconds, &mut a);
                    host::localtime_r(&seconds, &mut b);
                    same(&a, &b, &format!("TZ={zone} {seconds}"));
                    assert_eq!(text(a.tm_zone), text(b.tm_zone), "TZ={zone} {seconds}");
                    let mut copy = a;
                    assert_eq!(mktime(&mut copy), seconds, "TZ={zone}");
                    same(&copy, &a, &format!("TZ={zone} {seconds}"));
                }
            }
        });
    }
}

#[test]
fn mktime_is_that_of_the_host_at_gaps_and_repeats() {
    for zone in [
        "EST5EDT,M3.2.0,M11.1.0",
        "Europe/Vienna",
        "AEST-10AEDT,M10.1.0,M4.1.0/3",
    ] {
        with_tz(zone, || {
            for is_dst in -1..2 {
                for month in 0..12 {
                    for day in 1..32 {
                        for minutes in [0, 60, 90, 119, 120, 125, 150, 179, 180, 210, 720] {
                            let broken = tm {
                                tm_year: 121,
                                tm_mon: month,
                                tm_mday: day,
                                tm_min: minutes,
                                tm_isdst: is_dst,
                                ..tm::ZERO
                            };
                            let (mut a, mut b) = (broken, broken);
                            // SAFETY: all are valid.
                            let (ours, theirs) = unsafe { (mktime(&mut a), host::mktime(&mut b)) };
                            assert_eq!(ours, theirs, "TZ={zone} {broken:?}");
                            same(&a, &b, zone);
                        }
                    }
                }
            }
        });
    }
}

#[test]
fn members_out_of_range_are_carried() {
    with_tz("Europe/Vienna", || {
        let mut numbers = Numbers(3);
        for _ in 0..3000 {
            let mut int = |limit: u64| (numbers.below(limit) - limit as i64 / 2) as c_int;
            let broken = tm {
                // Seconds within their range: glibc counts others as elapsed time, across a change of offset.
                tm_sec: int(120) + 60,
                tm_min: int(1 << 16),
                tm_hour: int(1 << 12),
                tm_mday: int(4000),
                tm_mon: int(400),
                tm_year: int(200) + 100,
                tm_isdst: -1,
                ..tm::ZERO
            };
            let (mut a, mut b) = (broken, broken);
            // SAFETY: all are valid.
            unsafe {
                assert_eq!(mktime(&mut a), host::mktime(&mut b), "{broken:?}");
                let (mut a, mut b) = (broken, broken);
                assert_eq!(timegm(&mut a), host::timegm(&mut b), "{broken:?}");
                same(&a, &b, "timegm");
            }
        }
        let mut far = tm {
            tm_year: c_int::MAX,
            tm_mon: c_int::MAX,
            ..tm::ZERO
        };
        // SAFETY: far is valid.
        unsafe {
            assert_eq!(mktime(&mut far), -1);
            assert_eq!(crate::errno::get_errno(), crate::errno::EOVERFLOW);
        }
    });
}

#[test]
fn texts_of_tz_that_mean_nothing_are_universal_time() {
    for zone in [
        "no/such/zone",
        "../../etc/passwd",
        "/etc/passwd",
        "AB3",
        ":",
        "EST5EDT,",
        "a\u{e4}",
    ] {
        with_tz(zone, || {
            let seconds = 1_600_000_000;
            let mut broken = tm::ZERO;
            // SAFETY: all are valid.
            unsafe { localtime_r(&seconds, &mut broken) };
            assert_eq!((broken.tm_gmtoff, text(broken.tm_zone)), (0, c"UTC"), "TZ={zone}");
        });
    }
}

#[test]
fn every_conversion_of_strftime_writes_what_the_host_does() {
    with_tz("Europe/Vienna", || {
        let mut numbers = Numbers(11);
        let mut formats: Vec<String> = Vec::new();
        for conversion in "aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%".chars() {
            for flags in [
                "", "_", "-", "0", "^", "#", "10", "_10", "-10", "010", "^12", "1", "E", "O", "_5", "03",
            ] {
                // glibc writes %z with a width in a form of its own.
                if conversion != 'z' || flags.is_empty() {
                    formats.push(format!("<%{flags}{conversion}>"));
                }
            }
        }
        formats.extend(["%", "%Q", "a%%b", "%E", "%-"].map(String::from));
        for round in 0..60 {
            let seconds = if round % 6 == 0 {
                numbers.below(1 << 38) - (1 << 37)
            } else {
                numbers.below(4_000_000_000)
            };
            let mut broken = tm::ZERO;
            // SAFETY: all are valid.
            unsafe { host::localtime_r(&seconds, &mut broken) };
            for format in &formats {
                let format = CString::new(format.as_str()).unwrap();
                let (mut a, mut b) = ([0 as c_char; 128], [0 as c_char; 128]);
                // SAFETY: the buffers have the sizes given.
                let (ours, theirs) = unsafe {
                    (
                        strftime(a.as_mut_ptr(), 128, format.as_ptr(), &broken),
                        host::strftime(b.as_mut_ptr(), 128, format.as_ptr(), &broken),
                    )
                };
                assert_eq!(text(a.as_ptr()), text(b.as_ptr()), "{format:?} of {seconds}");
                assert_eq!(ours, theirs);
            }
        }
    });
}

#[test]
fn strftime_writes_nothing_beyond_its_room() {
    let mut buffer = [b'#' as c_char; 8];
    // SAFETY: the buffer has the room given.
    unsafe {
        assert_eq!(
            strftime(
                buffer.as_mut_ptr(),
                4,
                c"%Y".as_ptr(),
                &tm {
                    tm_year: 100,
                    ..tm::ZERO
                }
            ),
            0
        );
        assert_eq!(
            strftime(
                buffer.as_mut_ptr(),
                5,
                c"%Y".as_ptr(),
                &tm {
                    tm_year: 100,
                    ..tm::ZERO
                }
            ),
            4
        );
        assert_eq!(buffer[5], b'#' as c_char);
        assert_eq!(
            strftime(
                buffer.as_mut_ptr(),
                5,
                c"%999999999999999999999d".as_ptr(),
                &tm::ZERO
            ),
            0
        );
        let mut wide = [0; 8];
        let format = [i32::from(b'%'), i32::from(b'H'), 0x20ac, 0];
        assert_eq!(
            wcsftime(
                wide.as_mut_ptr(),
                8,
                format.as_ptr(),
                &tm {
                    tm_hour: 7,
                    ..tm::ZERO
                }
            ),
            3
        );
        assert_eq!(wide[..4], [i32::from(b'0'), i32::from(b'7'), 0x20ac, 0]);
    }
}

#[test]
fn strptime_reads_what_the_host_reads() {
    with_tz("Europe/Vienna", || {
        let start = tm {
            tm_mday: 1,
            ..tm::ZERO
        };
        for (input, format) in [
            ("2021-03-04 05:06:07", "%Y-%m-%d %H:%M:%S"),
            ("2021-03-04T05:06:07+0130rest", "%FT%T%z"),
            ("Thu Mar  4 05:06:07 2021", "%c"),
            ("thursday, MARCH 4 21", "%A, %B %d %y"),
            ("03/04/69", "%D"),
            ("03/04/68", "%D"),
            ("12:30:00 am", "%r"),
            ("12:30:00 PM", "%r"),
            ("1:02:03 pm", "%r"),
            ("2021 063", "%Y %j"),
            ("1609459200", "%s"),
            ("20 21", "%C %y"),
            ("2021 10 3", "%Y %U %w"),
            ("2021 10 3", "%Y %W %u"),
            ("24:00", "%H:%M"),
            ("2021-13-01", "%Y-%m-%d"),
            ("x", "%d"),
            ("   5", "%d"),
            ("5x", "%dx"),
            ("a b", "a b"),
            ("ab", "a b"),
            ("+02:00", "%z"),
            ("Z", "%z"),
            ("-1400", "%z"),
            ("CEST 7", "%Z %d"),
            ("%", "%%"),
            ("23:59:60", "%T"),
            ("23:59:62", "%T"),
            ("99", "%Q"),
            ("May", "%b"),
        ] {
            let (input, format) = (CString::new(input).unwrap(), CString::new(format).unwrap());
            let (mut a, mut b) = (start, start);
            // SAFETY: all are strings or valid.
            let (ours, theirs) = unsafe {
                (
                    strptime_of(&input, &format, &mut a),
                    host::strptime(input.as_ptr(), format.as_ptr(), &mut b),
                )
            };
            assert_eq!(ours, theirs, "{input:?} {format:?}");
            if !ours.is_null() {
                same(&a, &b, &format!("{input:?} {format:?}"));
            }
        }
    });
}

unsafe fn strptime_of(input: &CStr, format: &CStr, broken: &mut tm) -> *mut c_char {
    // SAFETY: the caller's promise.
    unsafe { parse::strptime(input.as_ptr(), format.as_ptr(), broken) }
}

#[test]
fn asctime_is_that_of_the_host() {
    for year in [-1900, 0, 70, 121, 8099, 8100, c_int::MAX, c_int::MIN] {
        for (weekday, month) in [(0, 0), (6, 11), (7, 12), (-1, -1)] {
            let broken = tm {
                tm_year: year,
                tm_wday: weekday,
                tm_mon: month,
                tm_mday: 5,
                ..tm::ZERO
            };
            let (mut a, mut b) = ([0 as c_char; 200], [0 as c_char; 200]);
            // SAFETY: the buffers are large enough for either.
            let (ours, theirs) = unsafe {
                (
                    text::asctime_r(&broken, a.as_mut_ptr()),
                    host::asctime_r(&broken, b.as_mut_ptr()),
                )
            };
            assert_eq!(ours.is_null(), theirs.is_null(), "{year}");
            if !ours.is_null() {
                // SAFETY: both are strings.
                unsafe { assert_eq!(CStr::from_ptr(ours), CStr::from_ptr(theirs)) };
            }
        }
    }
}
