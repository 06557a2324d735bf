//! The real kernel tested from inside: this program boots in init's place, under `tests.policy`.
//!
//! Each test prints `name ... ok` or `name ... FAILED: why` on the early log, figures print as `figure name instructions`, and the machine
//! ends with 0, or 1 if a test failed. Under instruction counting the time stamp counter counts instructions, so figures are exact.
#![cfg_attr(trivet_machine, no_std)]

pub mod calls;
pub mod figures;
pub mod memory;
pub mod peer;
pub mod processes;
pub mod registers;
pub mod report;
pub mod threads;

use trivet_abi::handle::Handle;
use trivet_abi::start::init_handle;

/// The machine's handle.
pub const MACHINE: Handle = Handle::bootstrap(init_handle::MACHINE);
/// The policy's handle.
pub const POLICY: Handle = Handle::bootstrap(init_handle::POLICY);
/// The root of device memory.
pub const DEVICE_MEMORY: Handle = Handle::bootstrap(init_handle::DEVICE_MEMORY);
/// The root of DMA memory.
pub const DMA: Handle = Handle::bootstrap(init_handle::DMA);

/// A test: `Err` says what was wrong.
pub type Test = fn() -> Result<(), &'static str>;

/// Returns with a reason unless the condition holds.
#[macro_export]
macro_rules! ensure {
    ($condition:expr) => {
        if !$condition {
            return Err(concat!(stringify!($condition), " does not hold, line ", line!()));
        }
    };
}

/// Runs everything; the status is for the host.
pub fn run() -> u8 {
    if peer::is_peer() {
        return peer::run();
    }
    report::line(format_args!(
        "figure from_reset_to_the_first_line {}",
        figures::ticks()
    ));
    let mut failed = 0;
    // The bench measures under other policies and on another kernel: there the tests have nothing to say.
    let figures_only = memory::named(b"figures_only").is_ok();
    for (name, test) in calls::TESTS
        .iter()
        .chain(memory::TESTS)
        .chain(registers::TESTS)
        .chain(threads::TESTS)
        .chain(processes::TESTS)
        .filter(|_| !figures_only)
    {
        match test() {
            Ok(()) => report::line(format_args!("{name} ... ok")),
            Err(reason) => {
                failed += 1;
                report::line(format_args!("{name} ... FAILED: {reason}"));
            }
        }
    }
    figures::print();
    report::line(format_args!("guest tests: {failed} failed"));
    let status = u8::from(failed > 0);
    let _ = trivet_ipc::machine::power_off(MACHINE, status);
    status
}
