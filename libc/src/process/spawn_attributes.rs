//! The attributes of posix_spawn. POSIX.1-2024 <spawn.h>.

use crate::errno::EINVAL;
use crate::signal::CSignalSet;
use crate::types::*;

/// Effective ids are the real ones.
pub const RESET_IDS: c_int = 0x01;
/// The process group is set.
pub const SET_GROUP: c_int = 0x02;
/// Signals are set to their default.
pub const SET_DEFAULTS: c_int = 0x04;
/// The mask is set.
pub const SET_MASK: c_int = 0x08;
/// The scheduling priority is set.
pub const SET_PRIORITY: c_int = 0x10;
/// Scheduling policy and priority are set.
pub const SET_SCHEDULER: c_int = 0x20;
/// Asks for vfork, which is what happens anyway.
const USE_VFORK: c_int = 0x40;
/// A new session.
pub const NEW_SESSION: c_int = 0x80;
const ALL: c_int = 0xff & !USE_VFORK | USE_VFORK;

/// C's `posix_spawnattr_t`, glibc's layout.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Attributes {
    /// `POSIX_SPAWN_*`.
    pub flags: c_short,
    /// The process group.
    pub group: pid_t,
    /// Signals set to their default.
    pub defaults: CSignalSet,
    /// The mask.
    pub mask: CSignalSet,
    /// The scheduling priority.
    pub priority: c_int,
    /// The scheduling policy.
    pub policy: c_int,
    reserved: [c_int; 16],
}

const _: () = assert!(size_of::<Attributes>() == 336);

impl Attributes {
    /// No flags.
    pub const NONE: Attributes = Attributes {
        flags: 0,
        group: 0,
        defaults: CSignalSet { words: [0; 16] },
        mask: CSignalSet { words: [0; 16] },
        priority: 0,
        policy: 0,
        reserved: [0; 16],
    };
}

// SAFETY of every block below: the attributes are the caller's, and initialised but for `init`; other pointers are the caller's.
crate::export! {
    /// Makes attributes without flags. POSIX.1-2024.
    pub unsafe extern "C" fn posix_spawnattr_init(attributes: *mut Attributes) -> c_int {
        // SAFETY: see above.
        unsafe { attributes.write(Attributes::NONE) };
        0
    }

    /// Nothing has to be given back. POSIX.1-2024.
    pub unsafe extern "C" fn posix_spawnattr_destroy(_attributes: *mut Attributes) -> c_int {
        0
    }

    /// The flags. POSIX.1-2024.
    pub unsafe extern "C" fn posix_spawnattr_getflags(attributes: *const Attributes, flags: *mut c_short) -> c_int {
        // SAFETY: see above.
        unsafe { flags.write((*attributes).flags) };
        0
    }

    /// Sets the flags; `EINVAL` for others than there are. POSIX.1-2024.
    pub unsafe extern "C" fn posix_spawnattr_setflags(attributes: *mut Attributes, flags: c_short) -> c_int {
        if c_int::from(flags) & !ALL != 0 {
            return EINVAL;
        }
        // SAFETY: see above.
        unsafe { (*attributes).flags = flags };
        0
    }

    /// The process group. POSIX.1-2024.
    pub unsafe extern "C" fn posix_spawnattr_getpgroup(attributes: *const Attributes, group: *mut pid_t) -> c_int {
        // SAFETY: see above.
        unsafe { group.write((*attributes).group) };
        0
    }

    /// Sets the process group; 0: one of the child's own. POSIX.1-2024.
    pub unsafe extern "C" fn posix_spawnattr_setpgroup(attributes: *mut Attributes, group: pid_t) -> c_int {
        // SAFETY: see above.
        unsafe { (*attributes).group = group };
        0
    }

    /// The signals that are set to their default. POSIX.1-2024.
    pub unsafe extern "C" fn posix_spawnattr_getsigdefault(attributes: *const Attributes, set: *mut CSignalSet) -> c_int {
        // SAFETY: see above.
        unsafe { set.write((*attributes).defaults) };
        0
    }

    /// Sets the signals that are set to their default. POSIX.1-2024.
    pub unsafe extern "C" fn posix_spawnattr_setsigdefault(attributes: *mut Attributes, set: *const CSignalSet) -> c_int {
        // SAFETY: see above.
        unsafe { (*attributes).defaults = *set };
        0
    }

    /// The mask. POSIX.1-2024.
    pub unsafe extern "C" fn posix_spawnattr_getsigmask(attributes: *const Attributes, set: *mut CSignalSet) -> c_int {
        // SAFETY: see above.
        unsafe { set.write((*attributes).mask) };
        0
    }

    /// Sets the mask. POSIX.1-2024.
    pub unsafe extern "C" fn posix_spawnattr_setsigmask(attributes: *mut Attributes, set: *const CSignalSet) -> c_int {
        // SAFETY: see above.
        unsafe { (*attributes).mask = *set };
        0
    }

    /// The scheduling priority. POSIX.1-2024.
    pub unsafe extern "C" fn posix_spawnattr_getschedparam(attributes: *const Attributes, priority: *mut c_int) -> c_int {
        // SAFETY: see above.
        unsafe { priority.write((*attributes).priority) };
        0
    }

    /// Sets the scheduling priority. POSIX.1-2024.
    pub unsafe extern "C" fn posix_spawnattr_setschedparam(attributes: *mut Attributes, priority: *const c_int) -> c_int {
        // SAFETY: see above.
        unsafe { (*attributes).priority = *priority };
        0
    }

    /// The scheduling policy. POSIX.1-2024.
    pub unsafe extern "C" fn posix_spawnattr_getschedpolicy(attributes: *const Attributes, policy: *mut c_int) -> c_int {
        // SAFETY: see above.
        unsafe { policy.write((*attributes).policy) };
        0
    }

    /// Sets the scheduling policy. POSIX.1-2024.
    pub unsafe extern "C" fn posix_spawnattr_setschedpolicy(attributes: *mut Attributes, policy: c_int) -> c_int {
        if !(0..=2).contains(&policy) {
            return EINVAL;
        }
        // SAFETY: see above.
        unsafe { (*attributes).policy = policy };
        0
    }
}
