//! Time: the time stamp counter, calibrated against the HPET or the ACPI timer; the clock page; the date at boot.
#![allow(unsafe_code)]

use super::instructions::{cpuid, inb, inl, outb, pause, rdtsc};
use super::local_apic;
use super::paging::direct;
use core::ptr;
use core::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering, fence};
use trivet_abi::clock::{ClockPage, flags};
use trivet_kernel::boot::acpi::Platform;
use trivet_kernel::boot::time::{Date, SECOND_NS, Sample, factor, frequency, scale};
use trivet_kernel::machine::Frame;

/// How long the counters are compared, nanoseconds: long enough for a few parts in a million, short enough for a fast boot.
const CALIBRATION_NS: u64 = 2_000_000;
const FEMTOSECONDS_PER_NS: u64 = 1_000_000;
/// Frequency of the ACPI power management timer.
const ACPI_TIMER_HZ: u64 = 3_579_545;

static BASE_TICKS: AtomicU64 = AtomicU64::new(0);
static NS_PER_TICK: AtomicU64 = AtomicU64::new(1 << 32);
static TICKS_PER_NS: AtomicU64 = AtomicU64::new(1 << 32);
static BOOT_TIME_NS: AtomicU64 = AtomicU64::new(0);
static WALL_OFFSET_NS: AtomicI64 = AtomicI64::new(0);
static PAGE: AtomicU64 = AtomicU64::new(0);

/// Nanoseconds since boot.
#[inline]
pub fn now_ns() -> u64 {
    scale(
        rdtsc().saturating_sub(BASE_TICKS.load(Ordering::Relaxed)),
        NS_PER_TICK.load(Ordering::Relaxed),
    )
}

/// Nanoseconds that a difference of the counter lasts.
#[inline]
pub fn ticks_to_ns(ticks: u64) -> u64 {
    scale(ticks, NS_PER_TICK.load(Ordering::Relaxed))
}

/// The counter's value at a time since boot, rounded up; saturates.
pub fn ns_to_ticks(ns: u64) -> u64 {
    let ticks = scale(ns, TICKS_PER_NS.load(Ordering::Relaxed)).saturating_add(1);
    BASE_TICKS.load(Ordering::Relaxed).saturating_add(ticks)
}

/// Waits actively, for the short pauses that starting devices need.
pub fn spin_ns(ns: u64) {
    let end = now_ns().saturating_add(ns);
    while now_ns() < end {
        pause();
    }
}

/// Nanoseconds since 1970 at boot, 0 if the clock of the machine has no date.
pub fn boot_time_ns() -> u64 {
    BOOT_TIME_NS.load(Ordering::Relaxed)
}

/// Frame of the clock page.
pub fn page_frame() -> Frame {
    Frame((PAGE.load(Ordering::Relaxed) >> 12) as u32)
}

/// A counter of known speed.
enum Reference {
    /// HPET: physical address, femtoseconds a tick.
    Hpet(u64, u64),
    /// ACPI timer: port, mask of its bits.
    AcpiTimer(u16, u32),
}

impl Reference {
    fn find(platform: &Platform) -> Option<Reference> {
        if platform.hpet != 0 {
            // SAFETY: the registers lie below 4 GiB in the direct map (checked by the caller of `find`), uncached.
            let period = unsafe { ptr::read_volatile(direct(platform.hpet).cast::<u64>()) } >> 32;
            // The specification allows at most 100 ns.
            if (1..=100 * FEMTOSECONDS_PER_NS).contains(&period) {
                // SAFETY: as above; bit 0 starts the main counter.
                unsafe {
                    let configuration = direct(platform.hpet + 0x10).cast::<u64>();
                    ptr::write_volatile(configuration, ptr::read_volatile(configuration) | 1);
                }
                return Some(Reference::Hpet(platform.hpet, period));
            }
        }
        let mask = if platform.timer_is_32_bit {
            u32::MAX
        } else {
            0x00ff_ffff
        };
        (platform.timer_port != 0).then_some(Reference::AcpiTimer(platform.timer_port, mask))
    }

    fn tick_fs(&self) -> u64 {
        match self {
            Reference::Hpet(_, period) => *period,
            Reference::AcpiTimer(..) => SECOND_NS * FEMTOSECONDS_PER_NS / ACPI_TIMER_HZ,
        }
    }

    fn read(&self) -> u64 {
        match self {
            Reference::Hpet(base, _) => {
                // SAFETY: as in `find`. 32 bits, because emulators and some chipsets have no more.
                u64::from(unsafe { ptr::read_volatile(direct(base + 0xf0).cast::<u32>()) })
            }
            // SAFETY: a timer's port; it does nothing but count.
            Reference::AcpiTimer(port, mask) => u64::from(unsafe { inl(*port) } & mask),
        }
    }

    /// Ticks from `first` to `last`, round the counter's end.
    fn difference(&self, first: u64, last: u64) -> u64 {
        let mask = match self {
            Reference::Hpet(..) => u32::MAX,
            Reference::AcpiTimer(_, mask) => *mask,
        };
        last.wrapping_sub(first) & u64::from(mask)
    }

    fn sample(&self) -> Sample {
        let before = rdtsc();
        let reference = self.read();
        Sample {
            before,
            reference,
            after: rdtsc(),
        }
    }
}

/// Measures the time stamp counter and the local APIC's timer, and fills the clock page at physical address `page`.
pub fn initialize(platform: &Platform, page: u64, instruction_count: bool) {
    let Some(reference) = Reference::find(platform) else {
        panic!("this machine has neither an HPET nor an ACPI timer to measure time with")
    };
    local_apic::start_measuring();
    let (mut first, counts_first) = (reference.sample(), local_apic::measured());
    let wanted = CALIBRATION_NS * FEMTOSECONDS_PER_NS / reference.tick_fs();
    let mut last = reference.sample();
    while reference.difference(first.reference, last.reference) < wanted {
        last = reference.sample();
    }
    let counts_last = local_apic::measured();
    last.reference = reference.difference(first.reference, last.reference);
    first.reference = 0;
    let Some(hz) = frequency(first, last, reference.tick_fs()) else {
        panic!("the time stamp counter does not run")
    };
    local_apic::finish_measuring(counts_last.wrapping_sub(counts_first), last.after - first.after);
    // Invariant: the same speed in all power states. Emulators do not say so, and do so.
    let invariant = cpuid(0x8000_0007, 0).edx & 1 << 8 != 0 || cpuid(1, 0).ecx & 1 << 31 != 0;
    if !invariant {
        super::serial::log!("trivet: the time stamp counter may change its speed; times may be wrong");
    }
    NS_PER_TICK.store(factor(hz, SECOND_NS), Ordering::Relaxed);
    TICKS_PER_NS.store(factor(SECOND_NS, hz), Ordering::Relaxed);
    BASE_TICKS.store(first.before, Ordering::Relaxed);
    PAGE.store(page, Ordering::Relaxed);
    let boot_s = read_date().as_ref().and_then(Date::unix_seconds).unwrap_or(0);
    let boot_ns = (boot_s * SECOND_NS).saturating_sub(now_ns());
    BOOT_TIME_NS.store(boot_ns, Ordering::Relaxed);
    WALL_OFFSET_NS.store(boot_ns as i64, Ordering::Relaxed);
    let contents = ClockPage {
        sequence: 0,
        flags: if instruction_count {
            flags::INSTRUCTION_COUNT
        } else {
            0
        },
        base_ticks: first.before,
        base_ns: 0,
        ns_per_tick: factor(hz, SECOND_NS),
        wall_offset_ns: boot_ns as i64,
        ticks_per_second: hz,
        resolution_ns: (SECOND_NS / hz).max(1),
    };
    // SAFETY: a page of the kernel's that no program has yet.
    unsafe { direct(page).cast::<ClockPage>().write(contents) };
}

/// Changes the offset from monotonic to real time, for everybody at once.
pub fn set_wall_offset(offset_ns: i64) {
    WALL_OFFSET_NS.store(offset_ns, Ordering::Relaxed);
    let page = direct(PAGE.load(Ordering::Relaxed)).cast::<ClockPage>();
    // SAFETY: the clock page, which only this function changes, under the kernel's lock; programs read it with atomic loads of their own.
    unsafe {
        let sequence = AtomicU32::from_ptr(&raw mut (*page).sequence);
        let offset = AtomicI64::from_ptr(&raw mut (*page).wall_offset_ns);
        sequence.fetch_add(1, Ordering::AcqRel);
        fence(Ordering::SeqCst);
        offset.store(offset_ns, Ordering::Relaxed);
        sequence.fetch_add(1, Ordering::Release);
    }
}

/// Reads a register of the real-time clock.
fn rtc(register: u8) -> u8 {
    // SAFETY: index and data port of the CMOS clock; the bit that masks NMI stays clear.
    unsafe {
        outb(0x70, register);
        inb(0x71)
    }
}

/// The date of the real-time clock, which is taken to be UTC. `None` if it does not settle.
fn read_date() -> Option<Date> {
    const UPDATING: u8 = 0x80;
    let read = || [0, 2, 4, 7, 8, 9, 0x32].map(rtc);
    let mut attempts = (0..1000).filter_map(|_| {
        if rtc(0x0a) & UPDATING != 0 {
            return None;
        }
        let fields = read();
        (rtc(0x0a) & UPDATING == 0 && fields == read()).then_some(fields)
    });
    let fields = attempts.next()?;
    let format = rtc(0x0b);
    let binary = format & 4 != 0;
    let number = |value: u8| {
        u64::from(if binary {
            value
        } else {
            (value >> 4) * 10 + (value & 15)
        })
    };
    let [second, minute, hour, day, month, year, century] = fields;
    let mut hours = number(hour & 0x7f);
    if format & 2 == 0 {
        hours = hours % 12 + if hour & 0x80 != 0 { 12 } else { 0 };
    }
    let century = number(century);
    let century = if (19..=99).contains(&century) { century } else { 20 };
    Some(Date {
        year: century * 100 + number(year),
        month: number(month),
        day: number(day),
        hour: hours,
        minute: number(minute),
        second: number(second),
    })
}
