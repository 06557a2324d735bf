//! The kernel's program: the machine under the logic of the `trivet_kernel` library.
//!
//! Built with the kernel's flags (see `build.rs`) this is the image that boots. Built for the host, as part of a test
//! run, it only says what it is.
#![cfg_attr(trivet_machine, no_std)]
#![cfg_attr(trivet_machine, no_main)]
#![deny(unsafe_code)]

#[cfg(trivet_machine)]
extern crate alloc;

#[cfg(trivet_machine)]
mod arch;

#[cfg(not(trivet_machine))]
fn main() {
    eprintln!(
        "trivet-kernel: this is the kernel built for the host; `./trivet boot` builds and boots the real one"
    );
    std::process::exit(125);
}
