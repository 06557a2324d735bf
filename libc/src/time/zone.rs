//! The zone that `TZ` names: `tzset`, `tzname`, `timezone`, `daylight`.
//!
//! `TZ` is a file below the zone folder, a file's whole path, or a rule in POSIX's form; unset, it is
//! /etc/localtime. What cannot be read is universal time. The zone is built without a lock, since it reads a
//! file, and then put in place under one.

use super::rule::{Name, Rule};
use super::tzif::{FileKind, LARGEST, ZoneFile};
use crate::errno::{Errno, Result};
use crate::heap::{Vector, malloc};
use crate::locale::variable;
use crate::lock::Lock;
use crate::seam::{Files, System};
use crate::start::program::SECURE;
use crate::types::*;
use core::ptr;
use core::sync::atomic::{AtomicI32, AtomicI64, AtomicPtr, Ordering};

/// Where zone files are.
const FOLDER: &[u8] = b"/usr/share/zoneinfo/";
/// The zone when `TZ` is not set.
const DEFAULT: &[u8] = b"/etc/localtime";

/// The names of standard and of daylight saving time: the C variable `tzname`.
static NAMES: [AtomicPtr<c_char>; 2] = [const { AtomicPtr::new(c"UTC".as_ptr().cast_mut()) }; 2];
/// Seconds west of Greenwich in standard time: the C variable `timezone`.
static WEST: AtomicI64 = AtomicI64::new(0);
/// Whether the zone ever has daylight saving time: the C variable `daylight`.
static DAYLIGHT: AtomicI32 = AtomicI32::new(0);

crate::alias_data!(tzname = NAMES: [usize; 2]);
crate::alias_data!(__tzname = NAMES: [usize; 2]);
crate::alias_data!(timezone = WEST: c_long);
crate::alias_data!(__timezone = WEST: c_long);
crate::alias_data!(daylight = DAYLIGHT: c_int);
crate::alias_data!(__daylight = DAYLIGHT: c_int);

/// What a zone is made of.
enum Source {
    Rule(Rule),
    File(ZoneFile),
}

/// A kind of local time, as `struct tm` tells it.
#[derive(Clone, Copy)]
pub struct LocalKind {
    /// Its name; it lives as long as the process.
    pub name: *const c_char,
    /// Seconds east of Greenwich.
    pub offset: i64,
    /// Whether it is daylight saving time.
    pub is_dst: bool,
}

/// The zone in place.
pub struct Zone {
    /// The value of `TZ` that it was made from; `None` before the first time and for an unset `TZ`.
    key: Option<Vector<u8>>,
    made: bool,
    source: Option<Source>,
    /// The names handed out. They stay: a program may keep `tm_zone`.
    names: Vector<*mut c_char>,
}

// SAFETY: the pointers lead to strings that nobody changes.
unsafe impl Send for Zone {}

static ZONE: Lock<Zone> = Lock::new(Zone {
    key: None,
    made: false,
    source: None,
    names: Vector::new(),
});

/// The lock, for fork.
pub fn lock() -> &'static crate::lock::RawLock {
    ZONE.raw()
}

impl Zone {
    /// A string of this process for a name.
    fn intern(&mut self, name: &[u8]) -> *const c_char {
        let same = |&&known: &&*mut c_char| {
            // SAFETY: every name in the list is a string.
            unsafe { core::ffi::CStr::from_ptr(known) }.to_bytes() == name
        };
        if let Some(known) = self.names.iter().find(same) {
            return *known;
        }
        // SAFETY: malloc returns null or room for the name and its zero.
        unsafe {
            let copy: *mut u8 = malloc(name.len() + 1).cast();
            if copy.is_null() || self.names.push(copy.cast()).is_err() {
                return c"UTC".as_ptr();
            }
            ptr::copy_nonoverlapping(name.as_ptr(), copy, name.len());
            *copy.add(name.len()) = 0;
            copy.cast()
        }
    }

    fn local(&mut self, found: Found) -> LocalKind {
        LocalKind {
            name: self.intern(found.name.bytes()),
            offset: found.offset,
            is_dst: found.is_dst,
        }
    }

    /// The kind of local time at an instant.
    pub fn at(&mut self, seconds: i64) -> LocalKind {
        let found = match &self.source {
            Some(Source::Rule(rule)) => {
                let (kind, is_dst) = rule.at(seconds);
                Found {
                    name: kind.name,
                    offset: kind.offset,
                    is_dst,
                }
            }
            Some(Source::File(file)) => file.at(seconds).into(),
            None => return UNIVERSAL,
        };
        self.local(found)
    }

    /// The kind with or without daylight saving time nearest to an instant, if the zone has one.
    pub fn nearest(&mut self, seconds: i64, is_dst: bool) -> Option<LocalKind> {
        let found = match self.source.as_ref()? {
            Source::Rule(rule) => {
                let kind = if is_dst { rule.summer()? } else { &rule.standard };
                Found {
                    name: kind.name,
                    offset: kind.offset,
                    is_dst,
                }
            }
            Source::File(file) => file.nearest(seconds, is_dst)?.into(),
        };
        Some(self.local(found))
    }

    /// Puts a zone in place, and sets the C variables from it.
    fn install(&mut self, key: Option<Vector<u8>>, source: Source) {
        let (standard, summer): (Option<Found>, Option<Found>) = match &source {
            Source::Rule(rule) => (
                Some(Found {
                    name: rule.standard.name,
                    offset: rule.standard.offset,
                    is_dst: false,
                }),
                rule.summer().map(|kind| Found {
                    name: kind.name,
                    offset: kind.offset,
                    is_dst: true,
                }),
            ),
            Source::File(file) => {
                let (standard, summer) = file.last_kinds();
                (standard.map(Found::from), summer.map(Found::from))
            }
        };
        self.key = key;
        self.made = true;
        self.source = Some(source);
        let names = [standard.or(summer), summer.or(standard)];
        for (place, found) in NAMES.iter().zip(names) {
            let name = found.map_or(UNIVERSAL.name, |found| self.intern(found.name.bytes()));
            place.store(name.cast_mut(), Ordering::Relaxed);
        }
        WEST.store(-names[0].map_or(0, |found| found.offset), Ordering::Relaxed);
        DAYLIGHT.store(c_int::from(summer.is_some()), Ordering::Relaxed);
    }
}

const UNIVERSAL: LocalKind = LocalKind {
    name: c"UTC".as_ptr(),
    offset: 0,
    is_dst: false,
};

/// A kind of local time, apart from where it was found.
#[derive(Clone, Copy)]
struct Found {
    name: Name,
    offset: i64,
    is_dst: bool,
}

impl From<FileKind<'_>> for Found {
    fn from(kind: FileKind<'_>) -> Found {
        let name = Name::new(kind.name).or_else(|| Name::new(&kind.name[..16]));
        Found {
            name: name.unwrap_or(Rule::universal().standard.name),
            offset: kind.offset,
            is_dst: kind.is_dst,
        }
    }
}

/// An open file, closed when dropped.
struct Open(c_int);

impl Drop for Open {
    fn drop(&mut self) {
        let _ = System::close(self.0);
    }
}

/// Reads a zone file by its path, which ends in a zero.
fn read(path: &[u8]) -> Result<ZoneFile> {
    /// `AT_FDCWD`, and `O_RDONLY | O_CLOEXEC`.
    const HERE: c_int = -100;
    const FLAGS: c_int = 0o2_000_000;
    // SAFETY: the path ends in a zero.
    let file = Open(unsafe { System::openat(HERE, path.as_ptr().cast(), FLAGS, 0) }?);
    let mut bytes = Vector::new();
    loop {
        bytes.reserve(4096)?;
        let mut block = [0u8; 4096];
        // SAFETY: the block has that many bytes.
        match unsafe { System::read(file.0, block.as_mut_ptr().cast(), block.len()) } {
            Ok(0) => break,
            Ok(n) => bytes.extend_from_slice(&block[..n])?,
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error),
        }
        if bytes.len() > LARGEST {
            return Err(Errno::EFBIG);
        }
    }
    ZoneFile::new(bytes)
}

/// Whether a path may be read: a program with more rights than its caller reads the zone folder only.
fn is_trusted(name: &[u8]) -> bool {
    let inside = !name.starts_with(b"/") && !name.split(|&b| b == b'/').any(|part| part == b"..");
    inside || SECURE.load(Ordering::Relaxed) == 0
}

/// The zone that a value of `TZ` means.
fn make(value: Option<&[u8]>) -> Result<Source> {
    let mut path = Vector::new();
    let Some(value) = value else {
        path.extend_from_slice(DEFAULT)?;
        path.push(0)?;
        return read(&path)
            .map(Source::File)
            .or(Ok(Source::Rule(Rule::universal())));
    };
    let name = value.strip_prefix(b":").unwrap_or(value);
    if !name.is_empty() && is_trusted(name) {
        if !name.starts_with(b"/") {
            path.extend_from_slice(FOLDER)?;
        }
        path.extend_from_slice(name)?;
        path.push(0)?;
        if let Ok(file) = read(&path) {
            return Ok(Source::File(file));
        }
    }
    Ok(Source::Rule(Rule::parse(name).unwrap_or(Rule::universal())))
}

/// Makes the zone in place that of the environment, if it is not yet.
fn refresh() -> Result<()> {
    // SAFETY: ISO C lets the caller see to it that nobody changes the environment meanwhile.
    let value = unsafe { variable("TZ") }.map(core::ffi::CStr::to_bytes);
    {
        let zone = ZONE.lock();
        if zone.made && zone.key.as_deref() == value {
            return Ok(());
        }
    }
    let key = match value {
        Some(value) => {
            let mut key = Vector::new();
            key.extend_from_slice(value)?;
            Some(key)
        }
        None => None,
    };
    let source = make(value)?;
    ZONE.lock().install(key, source);
    Ok(())
}

/// Calls `act` with the zone of the environment.
pub fn with_zone<R>(act: impl FnOnce(&mut Zone) -> R) -> R {
    // Without memory the zone before stays in place.
    let _ = refresh();
    act(&mut ZONE.lock())
}

export! {
    /// Makes the zone that of `TZ`, and sets `tzname`, `timezone` and `daylight`. POSIX.1-2024 `tzset`.
    pub unsafe extern "C" fn tzset() {
        let _ = refresh();
    }
}
