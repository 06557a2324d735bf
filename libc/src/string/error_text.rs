//! Texts of error numbers and signals: `strerror`, `strsignal` and their kin.
//!
//! The texts are glibc's in the C locale, which scripts and test suites compare with. A number without a text
//! is written into a buffer that belongs to the calling thread, so that `strerror` is safe with threads.

use super::copy_memory::memmove;
use crate::errno::{EINVAL, ERANGE};
use crate::types::*;
use core::ffi::CStr;
use core::ptr;

/// The text of each error number, where there is one.
#[rustfmt::skip]
static ERRORS: [Option<&CStr>; 134] = [
    Some(c"Success"),
    Some(c"Operation not permitted"),
    Some(c"No such file or directory"),
    Some(c"No such process"),
    Some(c"Interrupted system call"),
    Some(c"Input/output error"),
    Some(c"No such device or address"),
    Some(c"Argument list too long"),
    Some(c"Exec format error"),
    Some(c"Bad file descriptor"),
    Some(c"No child processes"),
    Some(c"Resource temporarily unavailable"),
    Some(c"Cannot allocate memory"),
    Some(c"Permission denied"),
    Some(c"Bad address"),
    Some(c"Block device required"),
    Some(c"Device or resource busy"),
    Some(c"File exists"),
    Some(c"Invalid cross-device link"),
    Some(c"No such device"),
    Some(c"Not a directory"),
    Some(c"Is a directory"),
    Some(c"Invalid argument"),
    Some(c"Too many open files in system"),
    Some(c"Too many open files"),
    Some(c"Inappropriate ioctl for device"),
    Some(c"Text file busy"),
    Some(c"File too large"),
    Some(c"No space left on device"),
    Some(c"Illegal seek"),
    Some(c"Read-only file system"),
    Some(c"Too many links"),
    Some(c"Broken pipe"),
    Some(c"Numerical argument out of domain"),
    Some(c"Numerical result out of range"),
    Some(c"Resource deadlock avoided"),
    Some(c"File name too long"),
    Some(c"No locks available"),
    Some(c"Function not implemented"),
    Some(c"Directory not empty"),
    Some(c"Too many levels of symbolic links"),
    None,
    Some(c"No message of desired type"),
    Some(c"Identifier removed"),
    Some(c"Channel number out of range"),
    Some(c"Level 2 not synchronized"),
    Some(c"Level 3 halted"),
    Some(c"Level 3 reset"),
    Some(c"Link number out of range"),
    Some(c"Protocol driver not attached"),
    Some(c"No CSI structure available"),
    Some(c"Level 2 halted"),
    Some(c"Invalid exchange"),
    Some(c"Invalid request descriptor"),
    Some(c"Exchange full"),
    Some(c"No anode"),
    Some(c"Invalid request code"),
    Some(c"Invalid slot"),
    None,
    Some(c"Bad font file format"),
    Some(c"Device not a stream"),
    Some(c"No data available"),
    Some(c"Timer expired"),
    Some(c"Out of streams resources"),
    Some(c"Machine is not on the network"),
    Some(c"Package not installed"),
    Some(c"Object is remote"),
    Some(c"Link has been severed"),
    Some(c"Advertise error"),
    Some(c"Srmount error"),
    Some(c"Communication error on send"),
    Some(c"Protocol error"),
    Some(c"Multihop attempted"),
    Some(c"RFS specific error"),
    Some(c"Bad message"),
    Some(c"Value too large for defined data type"),
    Some(c"Name not unique on network"),
    Some(c"File descriptor in bad state"),
    Some(c"Remote address changed"),
    Some(c"Can not access a needed shared library"),
    Some(c"Accessing a corrupted shared library"),
    Some(c".lib section in a.out corrupted"),
    Some(c"Attempting to link in too many shared libraries"),
    Some(c"Cannot exec a shared library directly"),
    Some(c"Invalid or incomplete multibyte or wide character"),
    Some(c"Interrupted system call should be restarted"),
    Some(c"Streams pipe error"),
    Some(c"Too many users"),
    Some(c"Socket operation on non-socket"),
    Some(c"Destination address required"),
    Some(c"Message too long"),
    Some(c"Protocol wrong type for socket"),
    Some(c"Protocol not available"),
    Some(c"Protocol not supported"),
    Some(c"Socket type not supported"),
    Some(c"Operation not supported"),
    Some(c"Protocol family not supported"),
    Some(c"Address family not supported by protocol"),
    Some(c"Address already in use"),
    Some(c"Cannot assign requested address"),
    Some(c"Network is down"),
    Some(c"Network is unreachable"),
    Some(c"Network dropped connection on reset"),
    Some(c"Software caused connection abort"),
    Some(c"Connection reset by peer"),
    Some(c"No buffer space available"),
    Some(c"Transport endpoint is already connected"),
    Some(c"Transport endpoint is not connected"),
    Some(c"Cannot send after transport endpoint shutdown"),
    Some(c"Too many references: cannot splice"),
    Some(c"Connection timed out"),
    Some(c"Connection refused"),
    Some(c"Host is down"),
    Some(c"No route to host"),
    Some(c"Operation already in progress"),
    Some(c"Operation now in progress"),
    Some(c"Stale file handle"),
    Some(c"Structure needs cleaning"),
    Some(c"Not a XENIX named type file"),
    Some(c"No XENIX semaphores available"),
    Some(c"Is a named type file"),
    Some(c"Remote I/O error"),
    Some(c"Disk quota exceeded"),
    Some(c"No medium found"),
    Some(c"Wrong medium type"),
    Some(c"Operation canceled"),
    Some(c"Required key not available"),
    Some(c"Key has expired"),
    Some(c"Key has been revoked"),
    Some(c"Key was rejected by service"),
    Some(c"Owner died"),
    Some(c"State not recoverable"),
    Some(c"Operation not possible due to RF-kill"),
    Some(c"Memory page has hardware error"),
];

/// The C name of each error number, where there is one.
#[rustfmt::skip]
static ERROR_NAMES: [Option<&CStr>; 134] = [
    Some(c"0"),
    Some(c"EPERM"),
    Some(c"ENOENT"),
    Some(c"ESRCH"),
    Some(c"EINTR"),
    Some(c"EIO"),
    Some(c"ENXIO"),
    Some(c"E2BIG"),
    Some(c"ENOEXEC"),
    Some(c"EBADF"),
    Some(c"ECHILD"),
    Some(c"EAGAIN"),
    Some(c"ENOMEM"),
    Some(c"EACCES"),
    Some(c"EFAULT"),
    Some(c"ENOTBLK"),
    Some(c"EBUSY"),
    Some(c"EEXIST"),
    Some(c"EXDEV"),
    Some(c"ENODEV"),
    Some(c"ENOTDIR"),
    Some(c"EISDIR"),
    Some(c"EINVAL"),
    Some(c"ENFILE"),
    Some(c"EMFILE"),
    Some(c"ENOTTY"),
    Some(c"ETXTBSY"),
    Some(c"EFBIG"),
    Some(c"ENOSPC"),
    Some(c"ESPIPE"),
    Some(c"EROFS"),
    Some(c"EMLINK"),
    Some(c"EPIPE"),
    Some(c"EDOM"),
    Some(c"ERANGE"),
    Some(c"EDEADLK"),
    Some(c"ENAMETOOLONG"),
    Some(c"ENOLCK"),
    Some(c"ENOSYS"),
    Some(c"ENOTEMPTY"),
    Some(c"ELOOP"),
    None,
    Some(c"ENOMSG"),
    Some(c"EIDRM"),
    Some(c"ECHRNG"),
    Some(c"EL2NSYNC"),
    Some(c"EL3HLT"),
    Some(c"EL3RST"),
    Some(c"ELNRNG"),
    Some(c"EUNATCH"),
    Some(c"ENOCSI"),
    Some(c"EL2HLT"),
    Some(c"EBADE"),
    Some(c"EBADR"),
    Some(c"EXFULL"),
    Some(c"ENOANO"),
    Some(c"EBADRQC"),
    Some(c"EBADSLT"),
    None,
    Some(c"EBFONT"),
    Some(c"ENOSTR"),
    Some(c"ENODATA"),
    Some(c"ETIME"),
    Some(c"ENOSR"),
    Some(c"ENONET"),
    Some(c"ENOPKG"),
    Some(c"EREMOTE"),
    Some(c"ENOLINK"),
    Some(c"EADV"),
    Some(c"ESRMNT"),
    Some(c"ECOMM"),
    Some(c"EPROTO"),
    Some(c"EMULTIHOP"),
    Some(c"EDOTDOT"),
    Some(c"EBADMSG"),
    Some(c"EOVERFLOW"),
    Some(c"ENOTUNIQ"),
    Some(c"EBADFD"),
    Some(c"EREMCHG"),
    Some(c"ELIBACC"),
    Some(c"ELIBBAD"),
    Some(c"ELIBSCN"),
    Some(c"ELIBMAX"),
    Some(c"ELIBEXEC"),
    Some(c"EILSEQ"),
    Some(c"ERESTART"),
    Some(c"ESTRPIPE"),
    Some(c"EUSERS"),
    Some(c"ENOTSOCK"),
    Some(c"EDESTADDRREQ"),
    Some(c"EMSGSIZE"),
    Some(c"EPROTOTYPE"),
    Some(c"ENOPROTOOPT"),
    Some(c"EPROTONOSUPPORT"),
    Some(c"ESOCKTNOSUPPORT"),
    Some(c"EOPNOTSUPP"),
    Some(c"EPFNOSUPPORT"),
    Some(c"EAFNOSUPPORT"),
    Some(c"EADDRINUSE"),
    Some(c"EADDRNOTAVAIL"),
    Some(c"ENETDOWN"),
    Some(c"ENETUNREACH"),
    Some(c"ENETRESET"),
    Some(c"ECONNABORTED"),
    Some(c"ECONNRESET"),
    Some(c"ENOBUFS"),
    Some(c"EISCONN"),
    Some(c"ENOTCONN"),
    Some(c"ESHUTDOWN"),
    Some(c"ETOOMANYREFS"),
    Some(c"ETIMEDOUT"),
    Some(c"ECONNREFUSED"),
    Some(c"EHOSTDOWN"),
    Some(c"EHOSTUNREACH"),
    Some(c"EALREADY"),
    Some(c"EINPROGRESS"),
    Some(c"ESTALE"),
    Some(c"EUCLEAN"),
    Some(c"ENOTNAM"),
    Some(c"ENAVAIL"),
    Some(c"EISNAM"),
    Some(c"EREMOTEIO"),
    Some(c"EDQUOT"),
    Some(c"ENOMEDIUM"),
    Some(c"EMEDIUMTYPE"),
    Some(c"ECANCELED"),
    Some(c"ENOKEY"),
    Some(c"EKEYEXPIRED"),
    Some(c"EKEYREVOKED"),
    Some(c"EKEYREJECTED"),
    Some(c"EOWNERDEAD"),
    Some(c"ENOTRECOVERABLE"),
    Some(c"ERFKILL"),
    Some(c"EHWPOISON"),
];

/// The abbreviation and the text of each signal from 1.
#[rustfmt::skip]
static SIGNALS: [(&CStr, &CStr); 31] = [
    (c"HUP", c"Hangup"),
    (c"INT", c"Interrupt"),
    (c"QUIT", c"Quit"),
    (c"ILL", c"Illegal instruction"),
    (c"TRAP", c"Trace/breakpoint trap"),
    (c"ABRT", c"Aborted"),
    (c"BUS", c"Bus error"),
    (c"FPE", c"Floating point exception"),
    (c"KILL", c"Killed"),
    (c"USR1", c"User defined signal 1"),
    (c"SEGV", c"Segmentation fault"),
    (c"USR2", c"User defined signal 2"),
    (c"PIPE", c"Broken pipe"),
    (c"ALRM", c"Alarm clock"),
    (c"TERM", c"Terminated"),
    (c"STKFLT", c"Stack fault"),
    (c"CHLD", c"Child exited"),
    (c"CONT", c"Continued"),
    (c"STOP", c"Stopped (signal)"),
    (c"TSTP", c"Stopped"),
    (c"TTIN", c"Stopped (tty input)"),
    (c"TTOU", c"Stopped (tty output)"),
    (c"URG", c"Urgent I/O condition"),
    (c"XCPU", c"CPU time limit exceeded"),
    (c"XFSZ", c"File size limit exceeded"),
    (c"VTALRM", c"Virtual timer expired"),
    (c"PROF", c"Profiling timer expired"),
    (c"WINCH", c"Window changed"),
    (c"POLL", c"I/O possible"),
    (c"PWR", c"Power failure"),
    (c"SYS", c"Bad system call"),
];

/// The first and the last real-time signal that programs may use (glibc keeps 32 and 33).
const REAL_TIME: core::ops::RangeInclusive<c_int> = 34..=64;

/// Room for the longest text with a number in it.
const ROOM: usize = 48;

crate::thread_storage! {
    /// Where `strerror` writes texts with a number.
    fn error_buffer() -> [u8; ROOM] = "trivet_thread_error_text";
}
crate::thread_storage! {
    /// Where `strsignal` writes texts with a number.
    fn signal_buffer() -> [u8; ROOM] = "trivet_thread_signal_text";
}

/// Writes `text`, a space, `number` and a zero into `buffer`, which has room for it.
fn with_number(buffer: &mut [u8; ROOM], text: &str, number: c_int) -> *mut c_char {
    let mut at = text.len();
    buffer[..at].copy_from_slice(text.as_bytes());
    let mut put = |byte| {
        buffer[at] = byte;
        at += 1;
    };
    put(b' ');
    if number < 0 {
        put(b'-');
    }
    let magnitude = number.unsigned_abs();
    let mut unit = 1_000_000_000;
    while unit > 1 && magnitude / unit == 0 {
        unit /= 10;
    }
    while unit > 0 {
        put(b'0' + (magnitude / unit % 10) as u8);
        unit /= 10;
    }
    put(0);
    buffer.as_mut_ptr().cast()
}

/// The text of an error number, if it has one.
pub fn error_text(error: c_int) -> Option<&'static CStr> {
    *ERRORS.get(usize::try_from(error).ok()?)?
}

fn signal(number: c_int) -> Option<&'static (&'static CStr, &'static CStr)> {
    SIGNALS.get(usize::try_from(number).ok()?.checked_sub(1)?)
}

/// Real-time signals that programs have.
const FIRST_REAL_TIME: c_int = 34;
const LAST_REAL_TIME: c_int = 64;
/// Bytes of the longest name, with its zero (`SIG2STR_MAX`).
const NAME_ROOM: usize = 16;

/// Writes a signal's name, with a zero behind it; its length.
fn name_of_signal(number: c_int, text: &mut [u8; NAME_ROOM]) -> Option<usize> {
    let (name, more) = match number {
        FIRST_REAL_TIME => (&b"RTMIN"[..], 0),
        LAST_REAL_TIME => (&b"RTMAX"[..], 0),
        _ if number > FIRST_REAL_TIME && number < LAST_REAL_TIME => {
            let (above, below) = (number - FIRST_REAL_TIME, LAST_REAL_TIME - number);
            if above <= below {
                (&b"RTMIN+"[..], above)
            } else {
                (&b"RTMAX-"[..], below)
            }
        }
        _ => (signal(number)?.0.to_bytes(), 0),
    };
    let mut length = name.len();
    text[..length].copy_from_slice(name);
    if more >= 10 {
        text[length] = b'0' + (more / 10) as u8;
        length += 1;
    }
    if more > 0 {
        text[length] = b'0' + (more % 10) as u8;
        length += 1;
    }
    text[length] = 0;
    Some(length)
}

fn signal_named(name: &[u8]) -> Option<c_int> {
    let exists = |number: &c_int| name_of_signal(*number, &mut [0; NAME_ROOM]).is_some();
    if !name.is_empty() && name.len() <= 3 && name.iter().all(u8::is_ascii_digit) {
        let number = name
            .iter()
            .fold(0, |value, digit| value * 10 + c_int::from(digit - b'0'));
        return Some(number).filter(exists);
    }
    let mut text = [0; NAME_ROOM];
    let named = (1..=LAST_REAL_TIME)
        .find(|&number| name_of_signal(number, &mut text).is_some_and(|length| &text[..length] == name));
    let counted = || {
        let (from, rest, sign) = match (name.strip_prefix(b"RTMIN+"), name.strip_prefix(b"RTMAX-")) {
            (Some(rest), _) => (FIRST_REAL_TIME, rest, 1),
            (None, Some(rest)) => (LAST_REAL_TIME, rest, -1),
            (None, None) => return None,
        };
        if rest.is_empty() || rest.len() > 2 || !rest.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let count = rest
            .iter()
            .fold(0, |value, digit| value * 10 + c_int::from(digit - b'0'));
        Some(from + sign * count).filter(|number| (FIRST_REAL_TIME..=LAST_REAL_TIME).contains(number))
    };
    named.or_else(counted)
}

/// Copies a text and its zero into `size` bytes, cut off; tells whether it fitted.
unsafe fn copy_cut(text: &CStr, target: *mut c_char, size: usize) -> bool {
    let whole = text.to_bytes_with_nul();
    if size > 0 {
        let copied = whole.len().min(size);
        // SAFETY: size bytes are writable at target.
        unsafe {
            memmove(target.cast(), whole.as_ptr().cast(), copied);
            *target.add(copied - 1) = 0;
        }
    }
    whole.len() <= size
}

export! {
    /// The text of an error number. Never fails; errno is left alone. ISO C, POSIX.1-2024 `strerror`.
    pub unsafe extern "C" fn strerror(error: c_int) -> *mut c_char {
        match error_text(error) {
            Some(text) => text.as_ptr() as *mut c_char,
            // SAFETY: the buffer is this thread's alone.
            None => with_number(unsafe { &mut *error_buffer() }, "Unknown error", error),
        }
    }

    /// `strerror` in a locale; the texts are the same in all. POSIX.1-2024 `strerror_l`.
    pub unsafe extern "C" fn strerror_l(error: c_int, _: *const c_void) -> *mut c_char {
        // SAFETY: as strerror.
        unsafe { strerror(error) }
    }

    /// The text of an error number, in `buffer` only when it has to be. glibc's `strerror_r`.
    pub unsafe extern "C" fn strerror_r(error: c_int, buffer: *mut c_char, size: size_t) -> *mut c_char {
        if let Some(text) = error_text(error) {
            return text.as_ptr() as *mut c_char;
        }
        let mut own = [0; ROOM];
        with_number(&mut own, "Unknown error", error);
        // SAFETY: `own` ends in a zero; size bytes are writable at buffer.
        unsafe {
            let text = CStr::from_ptr(own.as_ptr().cast());
            copy_cut(text, buffer, size);
        }
        buffer
    }

    /// The text of an error number in `buffer`. 0, EINVAL for an unknown number, ERANGE for too small a buffer.
    /// POSIX.1-2024 `strerror_r`.
    pub unsafe extern "C" fn __xpg_strerror_r(error: c_int, buffer: *mut c_char, size: size_t) -> c_int {
        let mut own = [0; ROOM];
        let known = error_text(error);
        let text = known.unwrap_or_else(|| {
            with_number(&mut own, "Unknown error", error);
            // SAFETY: `own` ends in a zero.
            unsafe { CStr::from_ptr(own.as_ptr().cast()) }
        });
        // SAFETY: size bytes are writable at buffer.
        let fitted = unsafe { copy_cut(text, buffer, size) };
        match (known, fitted) {
            (None, _) => EINVAL,
            (Some(_), false) => ERANGE,
            (Some(_), true) => 0,
        }
    }

    /// The text of an error number, or null. glibc `strerrordesc_np`.
    pub unsafe extern "C" fn strerrordesc_np(error: c_int) -> *const c_char {
        error_text(error).map_or(ptr::null(), CStr::as_ptr)
    }

    /// The C name of an error number (`"EINVAL"`), or null. glibc `strerrorname_np`.
    pub unsafe extern "C" fn strerrorname_np(error: c_int) -> *const c_char {
        ERROR_NAMES.get(usize::try_from(error).unwrap_or(usize::MAX)).copied().flatten().map_or(ptr::null(), CStr::as_ptr)
    }

    /// The text of a signal's number. POSIX.1-2024 `strsignal`.
    pub unsafe extern "C" fn strsignal(number: c_int) -> *mut c_char {
        // SAFETY: the buffer is this thread's alone.
        let buffer = unsafe { &mut *signal_buffer() };
        match signal(number) {
            Some((_, text)) => text.as_ptr() as *mut c_char,
            None if REAL_TIME.contains(&number) => {
                with_number(buffer, "Real-time signal", number - REAL_TIME.start())
            }
            None => with_number(buffer, "Unknown signal", number),
        }
    }

    /// The text of a signal's number, or null. glibc `sigdescr_np`.
    pub unsafe extern "C" fn sigdescr_np(number: c_int) -> *const c_char {
        signal(number).map_or(ptr::null(), |(_, text)| text.as_ptr())
    }

    /// The name of a signal without `SIG`, or null. glibc `sigabbrev_np`.
    pub unsafe extern "C" fn sigabbrev_np(number: c_int) -> *const c_char {
        signal(number).map_or(ptr::null(), |(name, _)| name.as_ptr())
    }

    /// Writes a signal's name without SIG; of real-time signals a name that counts from the nearer end. -1 where there is no such signal.
    /// POSIX.1-2024 `sig2str`.
    pub unsafe extern "C" fn sig2str(number: c_int, name: *mut c_char) -> c_int {
        let mut text = [0; NAME_ROOM];
        let Some(length) = name_of_signal(number, &mut text) else {
            return -1;
        };
        // SAFETY: the program's room of SIG2STR_MAX bytes.
        unsafe { memmove(name.cast(), text.as_ptr().cast(), length + 1) };
        0
    }

    /// The signal with a name as `sig2str` writes it, or with a number in decimal; -1 where there is none. POSIX.1-2024 `str2sig`.
    pub unsafe extern "C" fn str2sig(name: *const c_char, number: *mut c_int) -> c_int {
        // SAFETY: the program's string.
        match signal_named(unsafe { CStr::from_ptr(name) }.to_bytes()) {
            Some(found) => {
                // SAFETY: the program's place.
                unsafe { number.write(found) };
                0
            }
            None => -1,
        }
    }
}
