//! The local APIC of each processor: end of interrupt, messages between processors, the one-shot timer.
#![allow(unsafe_code)]

use super::clock;
use super::instructions::{cpuid, msr, rdmsr, rdtsc, wrmsr};
use super::paging::direct;
use super::processor::Processor;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Vector of the one-shot timer.
pub const TIMER: u8 = 0xe0;
/// Vector by which another processor asks for a new choice of thread.
pub const RESCHEDULE: u8 = 0xe1;
/// Vector of TLB requests.
pub const FLUSH: u8 = 0xe2;
/// First vector of the legacy interrupt controllers, which are masked but can still raise spurious ones; up to 0xff.
pub const LEGACY: u8 = 0xf0;
/// Vector of the local APIC's own spurious interrupts.
const SPURIOUS: u8 = 0xff;

mod register {
    pub const ID: u64 = 0x20;
    pub const TASK_PRIORITY: u64 = 0x80;
    pub const END_OF_INTERRUPT: u64 = 0xb0;
    pub const SPURIOUS: u64 = 0xf0;
    pub const COMMAND_LOW: u64 = 0x300;
    pub const COMMAND_HIGH: u64 = 0x310;
    pub const TIMER: u64 = 0x320;
    pub const LINT0: u64 = 0x350;
    pub const LINT1: u64 = 0x360;
    pub const ERROR: u64 = 0x370;
    pub const INITIAL_COUNT: u64 = 0x380;
    pub const CURRENT_COUNT: u64 = 0x390;
    pub const DIVIDE: u64 = 0x3e0;
}

const MASKED: u32 = 1 << 16;
const DEADLINE_MODE: u32 = 2 << 17;
const COMMAND_PENDING: u32 = 1 << 12;
const INIT: u32 = 0x4500;
const STARTUP: u32 = 0x4600;
/// Divide configuration: by 1.
const DIVIDE_BY_ONE: u32 = 0xb;

static BASE: AtomicU64 = AtomicU64::new(0);
static HAS_DEADLINE: AtomicBool = AtomicBool::new(false);
/// Timer counts per tick of the time stamp counter, 32.32 fixed point.
static TIMER_SCALE: AtomicU64 = AtomicU64::new(1 << 32);

#[inline]
fn read(register: u64) -> u32 {
    // SAFETY: the APIC's registers, mapped uncached in the direct map.
    unsafe { ptr::read_volatile(direct(BASE.load(Ordering::Relaxed) + register).cast::<u32>()) }
}

#[inline]
fn write(register: u64, value: u32) {
    // SAFETY: as in `read`; no register here makes the APIC write to memory.
    unsafe {
        ptr::write_volatile(
            direct(BASE.load(Ordering::Relaxed) + register).cast::<u32>(),
            value,
        )
    };
}

/// Switches the APIC of this processor on. On the first processor this comes before everything else here.
pub fn initialize(block: &Processor) {
    // SAFETY: every processor in long mode has this register.
    let base = unsafe { rdmsr(msr::APIC_BASE) };
    BASE.store(base & 0x000f_ffff_ffff_f000, Ordering::Relaxed);
    // SAFETY: sets the enable bit, and keeps the address.
    unsafe { wrmsr(msr::APIC_BASE, base | 1 << 11) };
    HAS_DEADLINE.store(cpuid(1, 0).ecx & 1 << 24 != 0, Ordering::Relaxed);
    write(register::TASK_PRIORITY, 0);
    write(register::LINT0, MASKED);
    write(register::LINT1, MASKED);
    write(register::ERROR, MASKED);
    write(register::SPURIOUS, 0x100 | u32::from(SPURIOUS));
    write(register::DIVIDE, DIVIDE_BY_ONE);
    let mode = if HAS_DEADLINE.load(Ordering::Relaxed) {
        DEADLINE_MODE
    } else {
        0
    };
    write(register::TIMER, mode | u32::from(TIMER));
    block.apic.store(read(register::ID) >> 24, Ordering::Relaxed);
}

/// Lets the timer count down from its highest value, to be measured.
pub fn start_measuring() {
    write(register::TIMER, MASKED);
    write(register::INITIAL_COUNT, u32::MAX);
}

/// How far the timer counted since [`start_measuring`].
pub fn measured() -> u32 {
    u32::MAX - read(register::CURRENT_COUNT)
}

/// Ends the measuring; `counts` of the timer took `ticks` of the time stamp counter.
pub fn finish_measuring(counts: u32, ticks: u64) {
    write(register::INITIAL_COUNT, 0);
    let scale = (u128::from(counts) << 32) / u128::from(ticks.max(1));
    TIMER_SCALE.store(u64::try_from(scale).unwrap_or(u64::MAX).max(1), Ordering::Relaxed);
    let mode = if HAS_DEADLINE.load(Ordering::Relaxed) {
        DEADLINE_MODE
    } else {
        0
    };
    write(register::TIMER, mode | u32::from(TIMER));
}

/// Tells the APIC that its interrupt was taken.
#[inline]
pub fn end_of_interrupt() {
    write(register::END_OF_INTERRUPT, 0);
}

/// Sets this processor's timer to fire when the time stamp counter reaches `ticks`; `None` switches it off.
pub fn set_timer(block: &Processor, ticks: Option<u64>) {
    let wanted = ticks.unwrap_or(u64::MAX);
    if block.timer_ticks.load(Ordering::Relaxed) == wanted {
        return;
    }
    block.timer_ticks.store(wanted, Ordering::Relaxed);
    if HAS_DEADLINE.load(Ordering::Relaxed) {
        // SAFETY: the register exists (CPUID says so); 0 switches the timer off.
        unsafe { wrmsr(msr::TSC_DEADLINE, ticks.map_or(0, |ticks| ticks.max(1))) };
        return;
    }
    let count = match ticks {
        None => 0,
        Some(ticks) => {
            let left = u128::from(ticks.saturating_sub(rdtsc()));
            let counts = (left * u128::from(TIMER_SCALE.load(Ordering::Relaxed))) >> 32;
            // Rounded up, so that it never fires early; a long wait fires in between and is set again.
            u32::try_from(counts + 1).unwrap_or(u32::MAX)
        }
    };
    write(register::INITIAL_COUNT, count);
}

/// Notes that the timer fired, so that the same deadline is set again if it was early.
pub fn timer_fired(block: &Processor) {
    block.timer_ticks.store(u64::MAX, Ordering::Relaxed);
}

fn command(target: u32, low: u32) {
    write(register::COMMAND_HIGH, target << 24);
    write(register::COMMAND_LOW, low);
    while read(register::COMMAND_LOW) & COMMAND_PENDING != 0 {
        core::hint::spin_loop();
    }
}

/// Raises a vector on another processor.
pub fn send(block: &Processor, vector: u8) {
    command(block.apic.load(Ordering::Relaxed), 0x4000 | u32::from(vector));
}

/// Raises the non-maskable interrupt on all other processors.
pub fn stop_others() {
    if BASE.load(Ordering::Relaxed) != 0 {
        write(register::COMMAND_LOW, 0x000c_4400);
    }
}

/// Starts the processor with this APIC number at a page below 1 MiB.
pub fn start_processor(apic: u32, page: u64) {
    command(apic, INIT);
    clock::spin_ns(200_000);
    for _ in 0..2 {
        command(apic, STARTUP | (page >> 12) as u32);
        clock::spin_ns(100_000);
    }
}
