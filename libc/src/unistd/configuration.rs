//! What the system's limits and options are: `sysconf`, `pathconf`, `confstr`. POSIX.1-2024 `sysconf`.

use super::resources::open_max;
use crate::errno::{EINVAL, set_errno};
use crate::seam::*;
use crate::types::*;
use core::ptr;

/// `_POSIX_VERSION`.
const POSIX_VERSION: c_long = 200_809;

/// A limit of the process, -1 when there is none.
fn limit(resource: c_int) -> c_long {
    let mut limit = [u64::MAX; 2];
    // SAFETY: `limit` has the layout of C's `struct rlimit`.
    let _ = unsafe { System::limits(0, resource, ptr::null(), limit.as_mut_ptr().cast()) };
    c_long::try_from(limit[0]).unwrap_or(-1)
}

/// Processors that the process may run on.
fn processors() -> c_long {
    let mut mask = [0u64; 128];
    // SAFETY: a local variable.
    match unsafe { System::affinity(0, size_of_val(&mask), mask.as_mut_ptr().cast()) } {
        Ok(_) => mask
            .iter()
            .map(|word| word.count_ones() as c_long)
            .sum::<c_long>()
            .max(1),
        Err(_) => 1,
    }
}

/// Pages of memory: all, free.
fn pages() -> (c_long, c_long) {
    /// C's `struct sysinfo`.
    #[repr(C)]
    #[derive(Default)]
    struct Information {
        uptime: c_long,
        loads: [c_ulong; 3],
        memory: c_ulong,
        free: c_ulong,
        shared: c_ulong,
        buffers: c_ulong,
        swap: c_ulong,
        free_swap: c_ulong,
        processes: c_ushort,
        padding: c_ushort,
        high: c_ulong,
        free_high: c_ulong,
        unit: c_uint,
    }
    let mut found = Information::default();
    // SAFETY: a local variable of the system's layout.
    if unsafe { System::sysinfo((&raw mut found).cast()) }.is_err() {
        return (-1, -1);
    }
    let pages = |units: c_ulong| (units as u128 * found.unit as u128 / PAGE_SIZE as u128) as c_long;
    (pages(found.memory), pages(found.free))
}

/// The least size of a signal stack, as the system says it.
fn minimum_signal_stack() -> c_long {
    use crate::start::program::{AT_MINSIGSTKSZ, auxiliary_value};
    auxiliary_value(AT_MINSIGSTKSZ).map_or(2048, |size| size as c_long)
}

/// The answer of `sysconf`, by the number of its name (`_SC_*`); `None` for an unknown one.
fn system_value(name: c_int) -> Option<c_long> {
    const RLIMIT_STACK: c_int = 3;
    const RLIMIT_NPROC: c_int = 6;
    const RLIMIT_SIGPENDING: c_int = 11;
    Some(match name {
        0 => (limit(RLIMIT_STACK) / 4).max(131_072),   // _SC_ARG_MAX
        1 => limit(RLIMIT_NPROC),                      // _SC_CHILD_MAX
        2 => 100,                                      // _SC_CLK_TCK
        3 => 65536,                                    // _SC_NGROUPS_MAX
        4 => open_max(),                               // _SC_OPEN_MAX
        5 => 16,                                       // _SC_STREAM_MAX
        25 => 20,                                      // _SC_AIO_PRIO_DELTA_MAX
        26 => c_int::MAX as c_long,                    // _SC_DELAYTIMER_MAX
        28 => 32768,                                   // _SC_MQ_PRIO_MAX
        30 => PAGE_SIZE as c_long,                     // _SC_PAGESIZE
        31 => 32,                                      // _SC_RTSIG_MAX
        33 => c_int::MAX as c_long,                    // _SC_SEM_VALUE_MAX
        34 => limit(RLIMIT_SIGPENDING),                // _SC_SIGQUEUE_MAX
        36 => 99,                                      // _SC_BC_BASE_MAX
        37 => 2048,                                    // _SC_BC_DIM_MAX
        38 => 99,                                      // _SC_BC_SCALE_MAX
        39 => 1000,                                    // _SC_BC_STRING_MAX
        40 => 255,                                     // _SC_COLL_WEIGHTS_MAX
        42 => 32,                                      // _SC_EXPR_NEST_MAX
        43 => 2048,                                    // _SC_LINE_MAX
        44 => 32767,                                   // _SC_RE_DUP_MAX
        45 => 2048,                                    // _SC_CHARCLASS_NAME_MAX
        60 => 1024,                                    // _SC_IOV_MAX
        69 => 1024,                                    // _SC_GETGR_R_SIZE_MAX
        70 => 1024,                                    // _SC_GETPW_R_SIZE_MAX
        71 => 256,                                     // _SC_LOGIN_NAME_MAX
        72 => 32,                                      // _SC_TTY_NAME_MAX
        73 => 4,                                       // _SC_THREAD_DESTRUCTOR_ITERATIONS
        74 => 1024,                                    // _SC_THREAD_KEYS_MAX
        75 => 16384,                                   // _SC_THREAD_STACK_MIN
        83 => processors(),                            // _SC_NPROCESSORS_CONF
        84 => processors(),                            // _SC_NPROCESSORS_ONLN
        85 => pages().0,                               // _SC_PHYS_PAGES
        86 => pages().1,                               // _SC_AVPHYS_PAGES
        87 => c_int::MAX as c_long,                    // _SC_ATEXIT_MAX
        88 => 8192,                                    // _SC_PASS_MAX
        89 => 700,                                     // _SC_XOPEN_VERSION
        90 => 4,                                       // _SC_XOPEN_XCU_VERSION
        101 => 8,                                      // _SC_CHAR_BIT
        102 => 127,                                    // _SC_CHAR_MAX
        103 => -128,                                   // _SC_CHAR_MIN
        104 => c_int::MAX as c_long,                   // _SC_INT_MAX
        105 => -2147483648,                            // _SC_INT_MIN
        106 => 64,                                     // _SC_LONG_BIT
        107 => 32,                                     // _SC_WORD_BIT
        108 => 16,                                     // _SC_MB_LEN_MAX
        109 => 20,                                     // _SC_NZERO
        110 => 32767,                                  // _SC_SSIZE_MAX
        111 => 127,                                    // _SC_SCHAR_MAX
        112 => -128,                                   // _SC_SCHAR_MIN
        113 => 32767,                                  // _SC_SHRT_MAX
        114 => -32768,                                 // _SC_SHRT_MIN
        115 => 255,                                    // _SC_UCHAR_MAX
        116 => 4294967295,                             // _SC_UINT_MAX
        118 => 65535,                                  // _SC_USHRT_MAX
        119 => 4096,                                   // _SC_NL_ARGMAX
        120 => 2048,                                   // _SC_NL_LANGMAX
        121 => c_int::MAX as c_long,                   // _SC_NL_MSGMAX
        122 => c_int::MAX as c_long,                   // _SC_NL_NMAX
        123 => c_int::MAX as c_long,                   // _SC_NL_SETMAX
        124 => c_int::MAX as c_long,                   // _SC_NL_TEXTMAX
        180 => 64,                                     // _SC_HOST_NAME_MAX
        249 => minimum_signal_stack(),                 // _SC_MINSIGSTKSZ
        250 => (4 * minimum_signal_stack()).max(8192), // _SC_SIGSTKSZ
        // Options of POSIX that this library has, by the edition.
        9..=10
        | 12
        | 14..=19
        | 21..=22
        | 29
        | 67..=68
        | 77..=80
        | 82
        | 132..=133
        | 137..=139
        | 149
        | 153..=154
        | 164
        | 235..=236 => POSIX_VERSION,
        // Options that are there without an edition.
        7..=8 | 91 | 93..=94 | 98..=100 | 127 | 130..=131 | 155 | 157 | 178 | 239 => 1,
        // Sizes of the processor's caches: not known.
        185..=199 => 0,
        // No limit, or no such option.
        6
        | 11
        | 13
        | 20
        | 23..=24
        | 27
        | 32
        | 35
        | 41
        | 46..=59
        | 61..=66
        | 76
        | 81
        | 92
        | 95..=97
        | 117
        | 125..=126
        | 128..=129
        | 134..=136
        | 140..=148
        | 150..=152
        | 156
        | 158..=163
        | 165..=177
        | 179
        | 181..=184
        | 237..=238
        | 240..=248 => -1,
        _ => return None,
    })
}

/// The answer of `pathconf`, by the number of its name (`_PC_*`); `None` for an unknown one.
fn path_value(name: c_int) -> Option<c_long> {
    Some(match name {
        0 => 65000,      // _PC_LINK_MAX
        1 | 2 => 255,    // _PC_MAX_CANON, _PC_MAX_INPUT
        3 => 255,        // _PC_NAME_MAX
        4 | 5 => 4096,   // _PC_PATH_MAX, _PC_PIPE_BUF
        6 | 7 | 20 => 1, // _PC_CHOWN_RESTRICTED, _PC_NO_TRUNC, _PC_2_SYMLINKS
        8 => 0,          // _PC_VDISABLE
        9..=12 | 14 | 15 | 19 => -1,
        13 => 64,        // _PC_FILESIZEBITS
        16..=18 => 4096, // _PC_REC_MIN_XFER_SIZE, _PC_REC_XFER_ALIGN, _PC_ALLOC_SIZE_MIN
        _ => return None,
    })
}

/// The answer of `confstr`, by the number of its name (`_CS_*`).
fn text_value(name: c_int) -> Option<&'static [u8]> {
    Some(match name {
        0 => b"/bin:/usr/bin",
        1 => b"POSIX_V6_LP64_OFF64",
        2 => b"glibc 2.36",
        3 => b"NPTL 2.36",
        4 => b"XBS5_LP64_OFF64",
        5 => b"POSIX_V7_LP64_OFF64",
        1004 | 1007 => b"-D_LARGEFILE64_SOURCE",
        1108 | 1109 | 1124 | 1125 | 1140 | 1141 => b"-m64",
        1148 | 1149 => b"POSIXLY_CORRECT=1",
        1000..=1147 => b"",
        _ => return None,
    })
}

fn answered(value: Option<c_long>) -> c_long {
    value.unwrap_or_else(|| {
        set_errno(EINVAL);
        -1
    })
}

// SAFETY of every block below: strings and buffers are the caller's.
crate::export! {
    /// A limit or option of the system; -1 with `errno` unchanged when there is none. POSIX.1-2024 `sysconf`.
    pub unsafe extern "C" fn sysconf(name: c_int) -> c_long {
        answered(system_value(name))
    }

    /// A limit of a file or directory. POSIX.1-2024 `pathconf`.
    pub unsafe extern "C" fn pathconf(path: *const c_char, name: c_int) -> c_long {
        let mut status = [0u64; 18];
        // SAFETY: see above; the buffer has the size of C's `struct stat`.
        if let Err(error) = unsafe { System::fstatat(AT_FDCWD, path, status.as_mut_ptr().cast(), 0) } {
            set_errno(error.0);
            return -1;
        }
        answered(path_value(name))
    }

    /// A limit of an open file. POSIX.1-2024 `fpathconf`.
    pub unsafe extern "C" fn fpathconf(fd: c_int, name: c_int) -> c_long {
        if let Err(error) = System::descriptor_flags(fd) {
            set_errno(error.0);
            return -1;
        }
        answered(path_value(name))
    }

    /// A text of the system; the size that it takes, with its terminator. POSIX.1-2024 `confstr`.
    pub unsafe extern "C" fn confstr(name: c_int, buffer: *mut c_char, length: size_t) -> size_t {
        let Some(text) = text_value(name) else {
            set_errno(EINVAL);
            return 0;
        };
        if length > 0 && !buffer.is_null() {
            let copied = text.len().min(length - 1);
            // SAFETY: see above.
            unsafe {
                ptr::copy_nonoverlapping(text.as_ptr().cast(), buffer, copied);
                buffer.add(copied).write(0);
            }
        }
        text.len() + 1
    }

    /// As `confstr`; ends a program whose buffer is too small. Fortified `confstr`.
    pub unsafe extern "C" fn __confstr_chk(
        name: c_int,
        buffer: *mut c_char,
        length: size_t,
        size: size_t,
    ) -> size_t {
        // SAFETY: see above.
        unsafe {
            if length > size {
                crate::signal::abort::__chk_fail();
            }
            confstr(name, buffer, length)
        }
    }

    /// The size of a page in bytes. BSD `getpagesize`.
    pub unsafe extern "C" fn getpagesize() -> c_int {
        PAGE_SIZE as c_int
    }

    /// How many processors there are. glibc `get_nprocs_conf`.
    pub unsafe extern "C" fn get_nprocs_conf() -> c_int {
        processors() as c_int
    }

    /// Pages of memory. glibc `get_phys_pages`.
    pub unsafe extern "C" fn get_phys_pages() -> c_long {
        pages().0
    }

    /// Pages of memory that are free. glibc `get_avphys_pages`.
    pub unsafe extern "C" fn get_avphys_pages() -> c_long {
        pages().1
    }

    /// The version of glibc whose ABI this is. glibc `gnu_get_libc_version`.
    pub unsafe extern "C" fn gnu_get_libc_version() -> *const c_char {
        c"2.36".as_ptr()
    }

    /// The state of that release. glibc `gnu_get_libc_release`.
    pub unsafe extern "C" fn gnu_get_libc_release() -> *const c_char {
        c"stable".as_ptr()
    }
}
crate::alias!(get_nprocs = get_nprocs_conf);
crate::alias!(__sysconf = sysconf);
crate::alias!(__getpagesize = getpagesize);
