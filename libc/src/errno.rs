//! Error numbers, and the calling thread's `errno`.
//!
//! Inside the library a failure is a `Result<T>` with a typed `Errno`; only the C boundary turns it into -1 and
//! `errno` (`returned`). The values are Linux's on x86-64. `errno` lives in the thread control block (`tcb`);
//! host unit tests keep it in a thread-local of their own.

use crate::types::c_int;

/// An error number, never 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Errno(pub c_int);

/// What functions inside the library return.
pub type Result<T> = core::result::Result<T, Errno>;

macro_rules! errors {
    ($($name:ident = $value:literal,)*) => {
        $(
            #[doc = concat!("Error number ", $value, ".")]
            pub const $name: c_int = $value;
        )*
        impl Errno {
            $(
                #[doc = concat!("Error number ", $value, ".")]
                pub const $name: Errno = Errno($value);
            )*

            /// The error's C name, such as `EINVAL`.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some(stringify!($name)),)*
                    _ => None,
                }
            }
        }
    };
}

errors! {
    EPERM = 1,
    ENOENT = 2,
    ESRCH = 3,
    EINTR = 4,
    EIO = 5,
    ENXIO = 6,
    E2BIG = 7,
    ENOEXEC = 8,
    EBADF = 9,
    ECHILD = 10,
    EAGAIN = 11,
    ENOMEM = 12,
    EACCES = 13,
    EFAULT = 14,
    ENOTBLK = 15,
    EBUSY = 16,
    EEXIST = 17,
    EXDEV = 18,
    ENODEV = 19,
    ENOTDIR = 20,
    EISDIR = 21,
    EINVAL = 22,
    ENFILE = 23,
    EMFILE = 24,
    ENOTTY = 25,
    ETXTBSY = 26,
    EFBIG = 27,
    ENOSPC = 28,
    ESPIPE = 29,
    EROFS = 30,
    EMLINK = 31,
    EPIPE = 32,
    EDOM = 33,
    ERANGE = 34,
    EDEADLK = 35,
    ENAMETOOLONG = 36,
    ENOLCK = 37,
    ENOSYS = 38,
    ENOTEMPTY = 39,
    ELOOP = 40,
    ENOMSG = 42,
    EIDRM = 43,
    ECHRNG = 44,
    EL2NSYNC = 45,
    EL3HLT = 46,
    EL3RST = 47,
    ELNRNG = 48,
    EUNATCH = 49,
    ENOCSI = 50,
    EL2HLT = 51,
    EBADE = 52,
    EBADR = 53,
    EXFULL = 54,
    ENOANO = 55,
    EBADRQC = 56,
    EBADSLT = 57,
    EBFONT = 59,
    ENOSTR = 60,
    ENODATA = 61,
    ETIME = 62,
    ENOSR = 63,
    ENONET = 64,
    ENOPKG = 65,
    EREMOTE = 66,
    ENOLINK = 67,
    EADV = 68,
    ESRMNT = 69,
    ECOMM = 70,
    EPROTO = 71,
    EMULTIHOP = 72,
    EDOTDOT = 73,
    EBADMSG = 74,
    EOVERFLOW = 75,
    ENOTUNIQ = 76,
    EBADFD = 77,
    EREMCHG = 78,
    ELIBACC = 79,
    ELIBBAD = 80,
    ELIBSCN = 81,
    ELIBMAX = 82,
    ELIBEXEC = 83,
    EILSEQ = 84,
    ERESTART = 85,
    ESTRPIPE = 86,
    EUSERS = 87,
    ENOTSOCK = 88,
    EDESTADDRREQ = 89,
    EMSGSIZE = 90,
    EPROTOTYPE = 91,
    ENOPROTOOPT = 92,
    EPROTONOSUPPORT = 93,
    ESOCKTNOSUPPORT = 94,
    EOPNOTSUPP = 95,
    EPFNOSUPPORT = 96,
    EAFNOSUPPORT = 97,
    EADDRINUSE = 98,
    EADDRNOTAVAIL = 99,
    ENETDOWN = 100,
    ENETUNREACH = 101,
    ENETRESET = 102,
    ECONNABORTED = 103,
    ECONNRESET = 104,
    ENOBUFS = 105,
    EISCONN = 106,
    ENOTCONN = 107,
    ESHUTDOWN = 108,
    ETOOMANYREFS = 109,
    ETIMEDOUT = 110,
    ECONNREFUSED = 111,
    EHOSTDOWN = 112,
    EHOSTUNREACH = 113,
    EALREADY = 114,
    EINPROGRESS = 115,
    ESTALE = 116,
    EUCLEAN = 117,
    ENOTNAM = 118,
    ENAVAIL = 119,
    EISNAM = 120,
    EREMOTEIO = 121,
    EDQUOT = 122,
    ENOMEDIUM = 123,
    EMEDIUMTYPE = 124,
    ECANCELED = 125,
    ENOKEY = 126,
    EKEYEXPIRED = 127,
    EKEYREVOKED = 128,
    EKEYREJECTED = 129,
    EOWNERDEAD = 130,
    ENOTRECOVERABLE = 131,
    ERFKILL = 132,
    EHWPOISON = 133,
}

/// The same number as `EAGAIN`.
pub const EWOULDBLOCK: c_int = EAGAIN;
/// The same number as `EDEADLK`.
pub const EDEADLOCK: c_int = EDEADLK;
/// The same number as `EOPNOTSUPP`.
pub const ENOTSUP: c_int = EOPNOTSUPP;

impl core::fmt::Debug for Errno {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "Errno({})", self.0),
        }
    }
}

#[cfg(not(test))]
mod place {
    use crate::types::c_int;

    /// Where the calling thread's `errno` is.
    #[inline(always)]
    pub fn location() -> *mut c_int {
        crate::tcb::current_errno()
    }
}

#[cfg(test)]
mod place {
    use crate::types::c_int;
    use std::cell::UnsafeCell;

    std::thread_local!(static ERRNO: UnsafeCell<c_int> = const { UnsafeCell::new(0) });

    /// Where the calling thread's `errno` is (in host unit tests).
    pub fn location() -> *mut c_int {
        ERRNO.with(UnsafeCell::get)
    }
}

/// Sets the calling thread's `errno`.
#[inline]
pub fn set_errno(error: c_int) {
    // SAFETY: the place belongs to the calling thread alone and lives as long as it.
    unsafe { place::location().write(error) }
}

/// The calling thread's `errno`.
#[inline]
pub fn get_errno() -> c_int {
    // SAFETY: the place belongs to the calling thread alone and lives as long as it.
    unsafe { place::location().read() }
}

/// A type that has a value by which a C function says that it failed.
pub trait Failure {
    /// The value returned beside `errno`.
    const FAILED: Self;
}

impl Failure for i32 {
    const FAILED: i32 = -1;
}
impl Failure for i64 {
    const FAILED: i64 = -1;
}
impl Failure for isize {
    const FAILED: isize = -1;
}
impl<T> Failure for *mut T {
    const FAILED: *mut T = core::ptr::null_mut();
}
impl<T> Failure for *const T {
    const FAILED: *const T = core::ptr::null();
}

/// Turns a result into what C expects: the value, or -1 (null for pointers) with `errno` set.
#[inline]
pub fn returned<T: Failure>(result: Result<T>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => {
            set_errno(error.0);
            T::FAILED
        }
    }
}

/// Turns a result without a value into 0, or -1 with `errno` set.
#[inline]
pub fn returned_status(result: Result<()>) -> c_int {
    returned(result.map(|()| 0))
}

crate::export! {
    /// Where the calling thread's `errno` is: `errno` is a macro for `*__errno_location()`.
    pub unsafe extern "C" fn __errno_location() -> *mut c_int {
        place::location()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errno_belongs_to_one_thread() {
        set_errno(EINTR);
        std::thread::spawn(|| {
            assert_eq!(get_errno(), 0);
            set_errno(EPERM);
        })
        .join()
        .unwrap();
        assert_eq!(get_errno(), EINTR);
    }

    #[test]
    fn returned_sets_errno_only_on_failure() {
        set_errno(0);
        assert_eq!(returned(Ok(5)), 5);
        assert_eq!(get_errno(), 0);
        assert_eq!(returned::<i32>(Err(Errno::EBADF)), -1);
        assert_eq!(get_errno(), EBADF);
        assert!(returned::<*mut u8>(Err(Errno::ENOMEM)).is_null());
        assert_eq!(get_errno(), ENOMEM);
    }

    #[test]
    fn names_are_the_c_names() {
        assert_eq!(Errno::EINVAL.name(), Some("EINVAL"));
        assert_eq!(Errno(58).name(), None);
        assert_eq!(std::format!("{:?}", Errno::EILSEQ), "EILSEQ");
    }
}
