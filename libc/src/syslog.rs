//! <syslog.h>: messages to the system's log. POSIX.1-2024 `syslog`.
//!
//! A message goes to the socket /dev/log. Where there is none, it goes to the console if `LOG_CONS` asks for that, and
//! nobody else hears of it, as the standard has it. `LOG_PERROR` writes it to standard error besides.

use crate::errno::{get_errno, set_errno};
use crate::lock::Lock;
use crate::printf::engine::Care;
use crate::printf::narrow::print_to_memory;
use crate::printf::va_list::VaList;
use crate::seam::{AT_FDCWD, Clock, Files, Process, System};
use crate::types::*;
use core::ffi::CStr;

const LOG_PRIMASK: c_int = 7;
const LOG_FACMASK: c_int = 0x3f8;
const LOG_USER: c_int = 1 << 3;
const LOG_PID: c_int = 0x01;
const LOG_CONS: c_int = 0x02;
const LOG_PERROR: c_int = 0x20;
/// The longest message, with what is put before it; the rest is cut off.
const LONGEST: usize = 8192;

struct Log {
    identity: *const c_char,
    options: c_int,
    facility: c_int,
    mask: c_int,
}

// SAFETY: the identity is a string that the program keeps, as openlog's contract has it.
unsafe impl Send for Log {}

static LOG: Lock<Log> = Lock::new(Log {
    identity: core::ptr::null(),
    options: 0,
    facility: LOG_USER,
    mask: 0xff,
});

/// A text of bounded length; what does not fit is left out.
struct Line {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Line {
    const fn new() -> Line {
        Line {
            bytes: [0; LONGEST],
            length: 0,
        }
    }

    fn push(&mut self, text: &[u8]) {
        let count = text.len().min(LONGEST - self.length);
        self.bytes[self.length..self.length + count].copy_from_slice(&text[..count]);
        self.length += count;
    }

    fn push_number(&mut self, value: u64) {
        let mut digits = [0; 20];
        let start = crate::float::to_decimal::write_u64(value, &mut digits);
        self.push(if value == 0 { b"0" } else { &digits[start..] });
    }

    fn text(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// Writes all of a text to a descriptor; nothing is done about errors.
fn write_all(fd: c_int, mut text: &[u8]) {
    while !text.is_empty() {
        // SAFETY: the text is a slice.
        match unsafe { System::write(fd, text.as_ptr().cast(), text.len()) } {
            Ok(count) if count > 0 => text = &text[count.min(text.len())..],
            _ => return,
        }
    }
}

/// Writes a message to the console.
fn to_console(text: &[u8]) {
    /// O_WRONLY | O_NOCTTY | O_CLOEXEC.
    const FLAGS: c_int = 0o2_000_401;
    // SAFETY: the path is a string.
    if let Ok(fd) = unsafe { System::openat(AT_FDCWD, c"/dev/console".as_ptr(), FLAGS, 0) } {
        write_all(fd, text);
        write_all(fd, b"\r\n");
        let _ = System::close(fd);
    }
}

/// Makes the message and gives it away.
unsafe fn write_message(priority: c_int, format: *const c_char, list: *mut VaList, care: Care) {
    let error = get_errno();
    let (identity, options, facility, mask) = {
        let log = LOG.lock();
        (log.identity, log.options, log.facility, log.mask)
    };
    if mask & (1 << (priority & LOG_PRIMASK)) == 0 {
        return;
    }
    let known = priority & (LOG_PRIMASK | LOG_FACMASK);
    let facility = if known & LOG_FACMASK == 0 { facility } else { 0 };
    let mut line = Line::new();
    line.push(b"<");
    line.push_number((known | facility) as u64);
    line.push(b">");
    let time_start = line.length;
    let now = System::now(0).map_or(0, |now| now.tv_sec);
    let mut text: [c_char; 32] = [0; 32];
    // SAFETY: the buffer has more than the 26 bytes that ctime_r writes: "Thu Jan  1 00:00:00 1970\n".
    unsafe {
        if !crate::time::text::ctime_r(&now, text.as_mut_ptr()).is_null() {
            let all = CStr::from_ptr(text.as_ptr()).to_bytes();
            line.push(all.get(4..20).unwrap_or_default());
        }
    }
    let name_start = line.length;
    let identity = if identity.is_null() {
        crate::env::short_name()
    } else {
        identity
    };
    // SAFETY: openlog's contract, and the program's name is a string.
    line.push(unsafe { CStr::from_ptr(identity) }.to_bytes());
    if options & LOG_PID != 0 {
        line.push(b"[");
        line.push_number(System::pid() as u64);
        line.push(b"]");
    }
    line.push(b": ");
    set_errno(error);
    let room = LONGEST - line.length;
    // SAFETY: the place has as much room; format and list are the caller's.
    let count = unsafe {
        let place = line.bytes.as_mut_ptr().add(line.length).cast();
        print_to_memory(place, room, format, list, care)
    };
    if let Ok(count) = count {
        line.length += usize::try_from(count).unwrap_or(0).min(room - 1);
    }
    if options & LOG_PERROR != 0 {
        let text = &line.text()[name_start..];
        write_all(2, text);
        if text.last() != Some(&b'\n') {
            write_all(2, b"\n");
        }
    }
    if options & LOG_CONS != 0 {
        to_console(&line.text()[time_start..]);
    }
    set_errno(error);
}

// SAFETY of every block below: format, list and identity are the caller's.
export! {
    /// Says how the following messages begin and where they go; the identity's string must stay. POSIX.1-2024 `openlog`.
    pub unsafe extern "C" fn openlog(identity: *const c_char, options: c_int, facility: c_int) {
        let mut log = LOG.lock();
        log.identity = identity;
        log.options = options;
        if facility != 0 && facility & !LOG_FACMASK == 0 {
            log.facility = facility;
        }
    }

    /// Forgets what `openlog` said. POSIX.1-2024 `closelog`.
    pub unsafe extern "C" fn closelog() {
        let mut log = LOG.lock();
        log.identity = core::ptr::null();
        log.options = 0;
        log.facility = LOG_USER;
    }

    /// Says which severities are logged, unless `mask` is 0; the old mask. POSIX.1-2024 `setlogmask`.
    pub unsafe extern "C" fn setlogmask(mask: c_int) -> c_int {
        let mut log = LOG.lock();
        let old = log.mask;
        if mask != 0 {
            log.mask = mask;
        }
        old
    }

    /// Logs a message. glibc `vsyslog`.
    pub unsafe extern "C" fn vsyslog(priority: c_int, format: *const c_char, list: *mut VaList) {
        // SAFETY: see above.
        unsafe { write_message(priority, format, list, Care::Normal) };
    }

    /// `vsyslog` with a check of `%n`. Fortified `vsyslog`.
    pub unsafe extern "C" fn __vsyslog_chk(priority: c_int, flag: c_int, format: *const c_char, list: *mut VaList) {
        // SAFETY: see above.
        unsafe { write_message(priority, format, list, if flag > 0 { Care::Fortified } else { Care::Normal }) };
    }
}

variadic! {
    syslog(2) = vsyslog;
    __syslog_chk(3) = __vsyslog_chk;
}
