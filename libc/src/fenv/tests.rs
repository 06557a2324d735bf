//! Tests of the environment on the machine's own registers.

use super::control::*;
use super::environment::*;
use super::exceptions::*;
use super::rounding::*;
use super::*;

/// Runs a test and puts the environment of the test's thread back.
fn kept(test: impl FnOnce()) {
    let before = environment();
    test();
    set_environment(&before);
}

#[test]
fn feraiseexcept_sets_and_feclearexcept_clears_each_flag() {
    kept(|| {
        // SAFETY: only this thread's environment is changed, and `kept` puts it back.
        unsafe {
            feclearexcept(FE_ALL_EXCEPT);
            for flag in [FE_INVALID, FE_DIVBYZERO, FE_OVERFLOW, FE_UNDERFLOW, FE_INEXACT] {
                assert_eq!(fetestexcept(FE_ALL_EXCEPT), 0);
                feraiseexcept(flag);
                assert_eq!(fetestexcept(FE_ALL_EXCEPT), flag);
                feclearexcept(flag);
            }
        }
    });
}

#[test]
fn fesetround_changes_both_units() {
    kept(|| {
        // SAFETY: only this thread's environment is changed, and `kept` puts it back.
        unsafe {
            for direction in [FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO, FE_TONEAREST] {
                assert_eq!(fesetround(direction), 0);
                assert_eq!(fegetround(), direction);
                assert_eq!(mxcsr() >> 13 & 3, direction as u32 >> 10);
            }
            assert_eq!(fesetround(1), 1);
        }
    });
}

#[test]
fn feholdexcept_clears_and_feupdateenv_merges() {
    kept(|| {
        // SAFETY: only this thread's environment is changed, and `kept` puts it back.
        unsafe {
            feclearexcept(FE_ALL_EXCEPT);
            feraiseexcept(FE_INEXACT);
            let mut held = Environment::default();
            feholdexcept(&mut held);
            assert_eq!(fetestexcept(FE_ALL_EXCEPT), 0);
            feraiseexcept(FE_OVERFLOW);
            feupdateenv(&held);
            assert_eq!(fetestexcept(FE_ALL_EXCEPT), FE_INEXACT | FE_OVERFLOW);
        }
    });
}

#[test]
fn fesetenv_takes_the_default_environment() {
    kept(|| {
        // SAFETY: only this thread's environment is changed, and `kept` puts it back.
        unsafe {
            fesetround(FE_UPWARD);
            feraiseexcept(FE_INVALID);
            fesetenv(core::ptr::without_provenance(usize::MAX));
            assert_eq!((fegetround(), fetestexcept(FE_ALL_EXCEPT)), (FE_TONEAREST, 0));
        }
    });
}

#[test]
fn fesetexceptflag_restores_only_the_flags_named() {
    kept(|| {
        // SAFETY: only this thread's environment is changed, and `kept` puts it back.
        unsafe {
            feclearexcept(FE_ALL_EXCEPT);
            feraiseexcept(FE_INVALID | FE_INEXACT);
            let mut saved = 0;
            fegetexceptflag(&mut saved, FE_ALL_EXCEPT);
            feclearexcept(FE_ALL_EXCEPT);
            fesetexceptflag(&saved, FE_INVALID);
            assert_eq!(fetestexcept(FE_ALL_EXCEPT), FE_INVALID);
            assert_eq!(fetestexceptflag(&saved, FE_INEXACT), FE_INEXACT);
        }
    });
}

#[test]
fn fegetmode_and_fesetmode_keep_the_flags() {
    kept(|| {
        // SAFETY: only this thread's environment is changed, and `kept` puts it back.
        unsafe {
            feclearexcept(FE_ALL_EXCEPT);
            let mut modes = core::mem::zeroed();
            fegetmode(&mut modes);
            fesetround(FE_UPWARD);
            feraiseexcept(FE_INEXACT);
            fesetmode(&modes);
            assert_eq!(
                (fegetround(), fetestexcept(FE_ALL_EXCEPT)),
                (FE_TONEAREST, FE_INEXACT)
            );
        }
    });
}
