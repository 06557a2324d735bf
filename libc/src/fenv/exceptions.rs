//! Exception flags: clear, raise, test, save. ISO C17 7.6.2; feenableexcept and its kin as glibc has them.

use super::control::*;
use super::*;

/// Raises exceptions as an operation of this library that had them would: flags are set and, where the program
/// unmasked one, it traps.
#[inline]
pub fn raise(exceptions: c_int) {
    let exceptions = exceptions & FE_ALL_EXCEPT;
    let state = mxcsr();
    if state as c_int & exceptions == exceptions {
        return;
    }
    if (!state >> 7) as c_int & exceptions != 0 {
        return raise_trapping(exceptions);
    }
    set_mxcsr(state | exceptions as u32);
}

/// Raises exceptions of which one may trap, the standard's order of severity first.
#[cold]
fn raise_trapping(exceptions: c_int) {
    if exceptions & FE_INVALID != 0 {
        divide(0.0, 0.0);
    }
    if exceptions & FE_DIVBYZERO != 0 {
        divide(1.0, 0.0);
    }
    // No operation overflows without being inexact too: set the flags in x87, then wait for it.
    for exception in [FE_OVERFLOW, FE_UNDERFLOW, FE_INEXACT] {
        if exceptions & exception != 0 {
            let mut all = environment();
            all.status |= exception as u32;
            set_environment(&all);
            wait_x87();
        }
    }
}

/// A division that the compiler cannot do itself.
#[inline(never)]
fn divide(a: f32, b: f32) {
    // SAFETY: arithmetic on registers; it may trap where the program asked for that.
    unsafe {
        core::arch::asm!("divss {}, {}", inout(xmm_reg) a => _, in(xmm_reg) b, options(nomem, nostack))
    };
}

export! {
    /// Clears exception flags. Returns 0. ISO C17 7.6.2.1.
    pub unsafe extern "C" fn feclearexcept(exceptions: c_int) -> c_int {
        let exceptions = (exceptions & FE_ALL_EXCEPT) as u32;
        if x87_status() as u32 & exceptions != 0 {
            let mut all = environment();
            all.status &= !exceptions;
            set_environment(&all);
        }
        set_mxcsr(mxcsr() & !exceptions);
        0
    }

    /// Raises exceptions. Returns 0. ISO C17 7.6.2.3.
    pub unsafe extern "C" fn feraiseexcept(exceptions: c_int) -> c_int {
        raise(exceptions);
        0
    }

    /// Sets exception flags without trapping. Returns 0. ISO/IEC TS 18661-1.
    pub unsafe extern "C" fn fesetexcept(exceptions: c_int) -> c_int {
        set_mxcsr(mxcsr() | (exceptions & FE_ALL_EXCEPT) as u32);
        0
    }

    /// Which of the given exceptions are flagged. ISO C17 7.6.2.5.
    pub unsafe extern "C" fn fetestexcept(exceptions: c_int) -> c_int {
        (mxcsr() as c_int | x87_status() as c_int) & exceptions & FE_ALL_EXCEPT
    }

    /// Saves exception flags (`fexcept_t` is 16 bits). Returns 0. ISO C17 7.6.2.2.
    pub unsafe extern "C" fn fegetexceptflag(flags: *mut u16, exceptions: c_int) -> c_int {
        // SAFETY: the caller passes a place for the flags.
        unsafe { flags.write(fetestexcept(exceptions) as u16) };
        0
    }

    /// Restores exception flags that `fegetexceptflag` saved, without raising. Returns 0. ISO C17 7.6.2.4.
    pub unsafe extern "C" fn fesetexceptflag(flags: *const u16, exceptions: c_int) -> c_int {
        let exceptions = (exceptions & FE_ALL_EXCEPT) as u32;
        // SAFETY: the caller passes flags that fegetexceptflag saved.
        let saved = unsafe { flags.read() } as u32 & exceptions;
        let mut all = environment();
        all.status = all.status & !exceptions | saved;
        all.mxcsr = all.mxcsr & !exceptions | saved;
        set_environment(&all);
        0
    }

    /// Which of the given exceptions are set in saved flags. ISO/IEC TS 18661-1.
    pub unsafe extern "C" fn fetestexceptflag(flags: *const u16, exceptions: c_int) -> c_int {
        // SAFETY: the caller passes flags that fegetexceptflag saved.
        unsafe { flags.read() as c_int & exceptions & FE_ALL_EXCEPT }
    }

    /// Lets exceptions trap. Returns those that did before. glibc.
    pub unsafe extern "C" fn feenableexcept(exceptions: c_int) -> c_int {
        let exceptions = exceptions & FE_ALL_EXCEPT;
        let before = enabled();
        set_x87_control(x87_control() & !(exceptions as u16));
        set_mxcsr(mxcsr() & !((exceptions as u32) << 7));
        before
    }

    /// Masks exceptions, so that they do not trap. Returns those that did before. glibc.
    pub unsafe extern "C" fn fedisableexcept(exceptions: c_int) -> c_int {
        let exceptions = exceptions & FE_ALL_EXCEPT;
        let before = enabled();
        set_x87_control(x87_control() | exceptions as u16);
        set_mxcsr(mxcsr() | (exceptions as u32) << 7);
        before
    }

    /// The exceptions that trap. glibc.
    pub unsafe extern "C" fn fegetexcept() -> c_int {
        enabled()
    }
}

fn enabled() -> c_int {
    !x87_control() as c_int & FE_ALL_EXCEPT
}
