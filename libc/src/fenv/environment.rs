//! The environment as a whole, and the control modes alone. ISO C17 7.6.4, ISO/IEC TS 18661-1.

use super::control::*;
use super::exceptions::raise;
use super::*;

/// The control word of a fresh thread: all exceptions masked, 64 bits of precision, to nearest.
const DEFAULT_CONTROL: u16 = 0x37f;
/// The MXCSR of a fresh thread.
const DEFAULT_MXCSR: u32 = 0x1f80;
/// What the standard lets an environment carry: the six exception flags.
const STATUS_FLAGS: u32 = 0x3f;

/// `FE_DFL_ENV` is this address, `FE_NOMASK_ENV` (all exceptions trap) one lower.
const DEFAULT_ENVIRONMENT: usize = usize::MAX;
const NO_MASK_ENVIRONMENT: usize = usize::MAX - 1;

/// glibc's `femode_t`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Modes {
    /// The x87 control word.
    pub control: u16,
    reserved: u16,
    /// MXCSR without its flags.
    pub mxcsr: u32,
}

/// The environment that a pointer of the C interface names.
unsafe fn named(environment_pointer: *const Environment) -> Environment {
    // The tag word says that the register stack is empty, as it is at every call.
    let fresh = Environment {
        control: 0xffff_0000 | DEFAULT_CONTROL as u32,
        status: 0xffff_0000,
        tags: 0xffff_ffff,
        pointers: [0; 4],
        mxcsr: DEFAULT_MXCSR,
    };
    match environment_pointer.addr() {
        DEFAULT_ENVIRONMENT => fresh,
        NO_MASK_ENVIRONMENT => Environment {
            control: fresh.control & !(FE_ALL_EXCEPT as u32),
            mxcsr: fresh.mxcsr & !((FE_ALL_EXCEPT as u32) << 7),
            ..fresh
        },
        _ => {
            // SAFETY: the caller passes an environment that fegetenv or feholdexcept stored.
            let given = unsafe { environment_pointer.read() };
            Environment {
                // Only what the standard speaks of is taken over: a stored environment may be of another place
                // in the program, where the register stack looked otherwise.
                control: fresh.control & !0xffff | given.control & 0xf3f,
                status: fresh.status | given.status & STATUS_FLAGS,
                mxcsr: given.mxcsr & 0xffff,
                ..fresh
            }
        }
    }
}

export! {
    /// Stores the environment. Returns 0. ISO C17 7.6.4.1.
    pub unsafe extern "C" fn fegetenv(place: *mut Environment) -> c_int {
        // SAFETY: the caller passes a place for an environment.
        unsafe { place.write(environment()) };
        0
    }

    /// Stores the environment, clears all flags and masks all exceptions. Returns 0. ISO C17 7.6.4.2.
    pub unsafe extern "C" fn feholdexcept(place: *mut Environment) -> c_int {
        let now = environment();
        // SAFETY: the caller passes a place for an environment.
        unsafe { place.write(now) };
        clear_x87_exceptions();
        set_x87_control(now.control as u16 | 0x3f);
        set_mxcsr(now.mxcsr & !STATUS_FLAGS | 0x1f80);
        0
    }

    /// Establishes a stored environment, or one of the default ones. Returns 0. ISO C17 7.6.4.3.
    pub unsafe extern "C" fn fesetenv(place: *const Environment) -> c_int {
        // SAFETY: as the caller promises.
        set_environment(&unsafe { named(place) });
        0
    }

    /// Establishes an environment, then raises the exceptions that were flagged before. Returns 0. ISO C17 7.6.4.4.
    pub unsafe extern "C" fn feupdateenv(place: *const Environment) -> c_int {
        let flagged = (mxcsr() as c_int | x87_status() as c_int) & FE_ALL_EXCEPT;
        // SAFETY: as the caller promises.
        set_environment(&unsafe { named(place) });
        raise(flagged);
        0
    }

    /// Stores the control modes: rounding, masks. Returns 0. ISO/IEC TS 18661-1.
    pub unsafe extern "C" fn fegetmode(place: *mut Modes) -> c_int {
        // SAFETY: the caller passes a place for the modes.
        unsafe { place.write(Modes { control: x87_control(), reserved: 0, mxcsr: mxcsr() & !STATUS_FLAGS }) };
        0
    }

    /// Sets stored control modes, or the default ones for `FE_DFL_MODE`. Returns 0. ISO/IEC TS 18661-1.
    pub unsafe extern "C" fn fesetmode(place: *const Modes) -> c_int {
        let modes = if place.addr() == DEFAULT_ENVIRONMENT {
            Modes { control: DEFAULT_CONTROL, reserved: 0, mxcsr: DEFAULT_MXCSR }
        } else {
            // SAFETY: the caller passes modes that fegetmode stored.
            unsafe { place.read() }
        };
        set_x87_control(modes.control);
        set_mxcsr(mxcsr() & STATUS_FLAGS | modes.mxcsr & !STATUS_FLAGS & 0xffff);
        0
    }
}
