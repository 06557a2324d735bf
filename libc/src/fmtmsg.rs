//! <fmtmsg.h>: messages of one form, to standard error and the console. POSIX.1-2024 `fmtmsg`; System V `addseverity`.

use crate::errno::Result;
use crate::heap::{Vector, free};
use crate::lock::Lock;
use crate::seam::{Files, System};
use crate::string::strdup;
use crate::types::*;
use core::ffi::CStr;

const MM_PRINT: c_long = 256;
const MM_CONSOLE: c_long = 512;
const MM_NOTOK: c_int = -1;
const MM_OK: c_int = 0;
const MM_NOMSG: c_int = 1;
const MM_NOCON: c_int = 4;
/// The last severity that the standard names; programs add others behind it.
const MM_INFO: c_int = 4;
const AT_FDCWD: c_int = -100;
const O_WRONLY_CLOEXEC_NOCTTY: c_int = 1 | 0o2_000_000 | 0o400;

/// Parts of a message, by the names that MSGVERB has for them.
const PARTS: [&[u8]; 5] = [b"label", b"severity", b"text", b"action", b"tag"];

/// A severity that the program added.
#[derive(Clone, Copy)]
struct Severity {
    number: c_int,
    name: *mut c_char,
}

struct Severities(Vector<Severity>);
// SAFETY: the names are blocks of the heap that the list owns, reached under its lock.
unsafe impl Send for Severities {}

static SEVERITIES: Lock<Severities> = Lock::new(Severities(Vector::new()));

/// The lock, for fork.
pub fn lock() -> &'static crate::lock::RawLock {
    SEVERITIES.raw()
}

/// Which parts the variable MSGVERB chooses. One that it does not know, or no list at all, means all.
fn chosen() -> [bool; 5] {
    // SAFETY: nobody changes the environment meanwhile.
    let Some(list) = (unsafe { crate::locale::variable("MSGVERB") }).filter(|list| !list.is_empty()) else {
        return [true; 5];
    };
    let mut chosen = [false; 5];
    for word in list.to_bytes().split(|&byte| byte == b':') {
        match PARTS.iter().position(|&part| part == word) {
            Some(part) => chosen[part] = true,
            None => return [true; 5],
        }
    }
    chosen
}

/// A label is up to 10 characters, a colon, and up to 14.
fn is_label(label: &[u8]) -> bool {
    let colon = label.iter().position(|&byte| byte == b':');
    colon.is_some_and(|colon| colon <= 10 && label.len() - colon - 1 <= 14)
}

/// Copies a severity's name.
fn name_of(severity: c_int) -> Result<Option<Vector<u8>>> {
    let mut name = Vector::new();
    let known: &[u8] = match severity {
        0 => b"",
        1 => b"HALT",
        2 => b"ERROR",
        3 => b"WARNING",
        4 => b"INFO",
        number => {
            let added = SEVERITIES.lock();
            let Some(found) = added.0.iter().find(|added| added.number == number) else {
                return Ok(None);
            };
            // SAFETY: a string that the list owns; the lock is held until it is copied.
            name.extend_from_slice(unsafe { CStr::from_ptr(found.name) }.to_bytes())?;
            return Ok(Some(name));
        }
    };
    name.extend_from_slice(known)?;
    Ok(Some(name))
}

/// The parts of a message; those that are not there are `None`.
struct Message<'a> {
    label: Option<&'a [u8]>,
    severity: Option<&'a [u8]>,
    text: Option<&'a [u8]>,
    action: Option<&'a [u8]>,
    tag: Option<&'a [u8]>,
}

impl Message<'_> {
    fn write(&self, chosen: [bool; 5]) -> Result<Vector<u8>> {
        let mut line = Vector::new();
        let part =
            |index: usize, part: &Option<&[u8]>| chosen[index].then_some(*part).flatten().map(<[u8]>::len);
        if let (Some(_), Some(label)) = (part(0, &self.label), self.label) {
            line.extend_from_slice(label)?;
            line.extend_from_slice(b": ")?;
        }
        if let (Some(_), Some(severity)) = (part(1, &self.severity), self.severity) {
            line.extend_from_slice(severity)?;
            line.extend_from_slice(b": ")?;
        }
        if let (Some(_), Some(text)) = (part(2, &self.text), self.text) {
            line.extend_from_slice(text)?;
            if part(3, &self.action).is_some() || part(4, &self.tag).is_some() {
                line.push(b'\n')?;
            }
        }
        if let (Some(_), Some(action)) = (part(3, &self.action), self.action) {
            line.extend_from_slice(b"TO FIX: ")?;
            line.extend_from_slice(action)?;
            if part(4, &self.tag).is_some() {
                line.extend_from_slice(b"  ")?;
            }
        }
        if let (Some(_), Some(tag)) = (part(4, &self.tag), self.tag) {
            line.extend_from_slice(tag)?;
        }
        line.push(b'\n')?;
        Ok(line)
    }
}

fn write_all(fd: c_int, mut text: &[u8]) -> Result<()> {
    while !text.is_empty() {
        // SAFETY: the text is a live slice.
        let written = unsafe { System::write(fd, text.as_ptr().cast(), text.len()) }?;
        text = &text[written.min(text.len())..];
    }
    Ok(())
}

fn to_console(text: &[u8]) -> Result<()> {
    // SAFETY: the path is a string of this library.
    let console = unsafe { System::openat(AT_FDCWD, c"/dev/console".as_ptr(), O_WRONLY_CLOEXEC_NOCTTY, 0) }?;
    let result = write_all(console, text);
    let _ = System::close(console);
    result
}

unsafe fn optional<'a>(text: *const c_char) -> Option<&'a [u8]> {
    // SAFETY: null or the caller's string.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_bytes())
}

// SAFETY of every block below: texts are null or strings.
crate::export! {
    /// Writes a message as `LABEL: SEVERITY: TEXT`, `TO FIX: ACTION  TAG` to standard error and the console, as the
    /// classification says: MM_OK, MM_NOTOK, MM_NOMSG, MM_NOCON. POSIX.1-2024 `fmtmsg`.
    pub unsafe extern "C" fn fmtmsg(
        classification: c_long,
        label: *const c_char,
        severity: c_int,
        text: *const c_char,
        action: *const c_char,
        tag: *const c_char,
    ) -> c_int {
        // SAFETY: see above.
        let (label, text, action, tag) =
            unsafe { (optional(label), optional(text), optional(action), optional(tag)) };
        if label.is_some_and(|label| !is_label(label)) {
            return MM_NOTOK;
        }
        let Ok(Some(name)) = name_of(severity) else {
            return MM_NOTOK;
        };
        let severity = (severity != 0).then_some(&name[..]);
        let message = Message { label, severity, text, action, tag };
        let mut failed = MM_OK;
        if classification & MM_PRINT != 0
            && message.write(chosen()).and_then(|line| write_all(2, &line)).is_err()
        {
            failed |= MM_NOMSG;
        }
        if classification & MM_CONSOLE != 0
            && message.write([true; 5]).and_then(|line| to_console(&line)).is_err()
        {
            failed |= MM_NOCON;
        }
        match failed {
            both if both == MM_NOMSG | MM_NOCON => MM_NOTOK,
            other => other,
        }
    }

    /// Adds a severity, changes its name, or removes it (null). MM_NOTOK for one of the standard's, or for one that is not
    /// there to be removed. System V `addseverity`.
    pub unsafe extern "C" fn addseverity(number: c_int, name: *const c_char) -> c_int {
        if number <= MM_INFO {
            return MM_NOTOK;
        }
        let copy = if name.is_null() {
            core::ptr::null_mut()
        } else {
            // SAFETY: see above.
            unsafe { strdup(name) }
        };
        if !name.is_null() && copy.is_null() {
            return MM_NOTOK;
        }
        let mut added = SEVERITIES.lock();
        let place = added.0.iter().position(|added| added.number == number);
        match (place, copy.is_null()) {
            (Some(place), false) => {
                let old = core::mem::replace(&mut added.0[place].name, copy);
                // SAFETY: the list owned it, and it is not there any more.
                unsafe { free(old.cast()) };
                MM_OK
            }
            (Some(place), true) => {
                added.0[place..].rotate_left(1);
                if let Some(gone) = added.0.pop() {
                    // SAFETY: the list owned it, and it is not there any more.
                    unsafe { free(gone.name.cast()) };
                }
                MM_OK
            }
            (None, false) => match added.0.push(Severity { number, name: copy }) {
                Ok(()) => MM_OK,
                Err(_) => {
                    // SAFETY: the copy is nobody else's.
                    unsafe { free(copy.cast()) };
                    MM_NOTOK
                }
            },
            (None, true) => MM_NOTOK,
        }
    }
}
