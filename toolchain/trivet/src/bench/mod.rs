//! Measuring: `posixbench` in the guest and in a Linux guest on the same QEMU line, counted in instructions.
//!
//! `linux` fetches Debian's kernel and runs the Linux side, `guest` ours, `kernel` the kernel's own figures, `figures` reads what posixbench prints
//! and makes the table, `limits` is the gate.

pub mod figures;
pub mod guest;
pub mod kernel;
pub mod limits;
pub mod linux;

/// The memory of both machines, in MiB.
pub const MEMORY_MIB: u32 = 512;
/// The source that both sides measure.
pub const SOURCE: &str = "tests/bench/posixbench.c";
