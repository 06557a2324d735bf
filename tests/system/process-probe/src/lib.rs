//! The process server tested from inside the guest, by messages that no C library would send.
//!
//! Each test says one line, `ok NAME` or `FAILED NAME: reason`; the exit status is the number of failures.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod children;
mod hostile;
mod programs;
mod report;
mod signals;

/// A test: the reason where it fails.
pub type Test = fn() -> Result<(), &'static str>;

/// Fails the test where the condition does not hold.
#[macro_export]
macro_rules! ensure {
    ($condition:expr) => {
        if !$condition {
            return Err(concat!(stringify!($condition), " does not hold"));
        }
    };
}

/// Runs every test.
#[must_use]
pub fn run() -> u8 {
    let mut failures = 0;
    for (name, test) in [children::TESTS, signals::TESTS, programs::TESTS, hostile::TESTS]
        .into_iter()
        .flatten()
    {
        failures += u8::from(!report::say(name, test()));
    }
    failures
}
