//! The clock page: what a program reads to tell the time without a message.
//!
//! One read-only page, the same in every process (`Clock.page`). All fields change only under the sequence lock: read `sequence` until it
//! is even, read the fields, and start again if `sequence` changed meanwhile. Then, with the time stamp counter `t`:
//! `monotonic = base_ns + ((t - base_ticks) * ns_per_tick >> 32)` in 128-bit arithmetic (and `t - base_ticks` taken as 0 if it is
//! negative), and `realtime = monotonic + wall_offset_ns`.

/// Layout of the clock page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(C)]
pub struct ClockPage {
    /// Odd while the kernel changes the page.
    pub sequence: u32,
    /// [`flags`].
    pub flags: u32,
    /// Value of the time stamp counter at which `base_ns` holds.
    pub base_ticks: u64,
    /// Monotonic nanoseconds at `base_ticks`.
    pub base_ns: u64,
    /// Nanoseconds of a tick, 32.32 fixed point.
    pub ns_per_tick: u64,
    /// Real time minus monotonic time, nanoseconds.
    pub wall_offset_ns: i64,
    /// Frequency of the time stamp counter in Hz.
    pub ticks_per_second: u64,
    /// Ticks of the processor's time that one reading costs at the least: the clock's resolution in nanoseconds.
    pub resolution_ns: u64,
}

/// Bits of [`ClockPage::flags`].
pub mod flags {
    /// The counter counts instructions (one a nanosecond), not time: runs repeat exactly.
    pub const INSTRUCTION_COUNT: u32 = 1;
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::{offset_of, size_of};

    #[test]
    fn the_page_has_the_layout_that_programs_carry() {
        assert_eq!(size_of::<ClockPage>(), 56);
        assert_eq!(offset_of!(ClockPage, base_ticks), 8);
        assert_eq!(offset_of!(ClockPage, wall_offset_ns), 32);
    }
}
