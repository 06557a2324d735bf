//! External interrupts: which vector belongs to whom, the I/O APICs' lines, messages; the legacy controllers are silenced.
#![allow(unsafe_code)]

use super::instructions::outb;
use super::local_apic::{self, LEGACY};
use super::lock::TicketLock;
use super::paging::direct;
use super::processor::processor;
use core::ptr;
use core::sync::atomic::Ordering;
use trivet_kernel::boot::acpi::{LEGACY_LINES, LegacyLine, MAX_IO_APICS, Platform};
use trivet_kernel::machine::{LineMode, MessageVector};

/// First vector for devices.
pub const FIRST: u8 = 0x20;
/// Vectors for devices end here, exclusive.
pub const END: u8 = local_apic::TIMER;
const COUNT: usize = (END - FIRST) as usize;

/// Lines that one I/O APIC can have.
const MAX_LINES: u32 = 240;

const MASKED: u32 = 1 << 16;

/// Who has a vector.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Nobody,
    /// A line: its I/O APIC's registers and the input there.
    Line {
        base: u64,
        input: u32,
        line: u32,
    },
    Message,
}

struct Controller {
    base: u64,
    first_line: u32,
    lines: u32,
}

struct Interrupts {
    owners: [Owner; COUNT],
    controllers: [Controller; MAX_IO_APICS],
    legacy: [LegacyLine; LEGACY_LINES],
}

static INTERRUPTS: TicketLock<Interrupts> = TicketLock::new(Interrupts {
    owners: [Owner::Nobody; COUNT],
    controllers: [const {
        Controller {
            base: 0,
            first_line: 0,
            lines: 0,
        }
    }; MAX_IO_APICS],
    legacy: [LegacyLine {
        line: 0,
        level: false,
        active_low: false,
    }; LEGACY_LINES],
});

fn read(base: u64, register: u32) -> u32 {
    // SAFETY: index and data register of an I/O APIC, mapped uncached in the direct map.
    unsafe {
        ptr::write_volatile(direct(base).cast::<u32>(), register);
        ptr::read_volatile(direct(base + 0x10).cast::<u32>())
    }
}

fn write(base: u64, register: u32, value: u32) {
    // SAFETY: as in `read`; a redirection entry only names a vector of this kernel's.
    unsafe {
        ptr::write_volatile(direct(base).cast::<u32>(), register);
        ptr::write_volatile(direct(base + 0x10).cast::<u32>(), value);
    }
}

/// Silences the legacy controllers, and masks every line of the I/O APICs.
pub fn initialize(platform: &Platform) {
    // The legacy controllers' vectors are moved away from the exceptions, then all lines are masked.
    for (port, value) in [
        (0x20, 0x11),
        (0xa0, 0x11),
        (0x21, LEGACY),
        (0xa1, LEGACY + 8),
        (0x21, 4),
        (0xa1, 2),
        (0x21, 1),
        (0xa1, 1),
        (0x21, 0xff),
        (0xa1, 0xff),
    ] {
        // SAFETY: the controllers' ports; they only raise interrupts.
        unsafe { outb(port, value) };
    }
    let mut interrupts = INTERRUPTS.lock(|| {});
    interrupts.legacy = platform.legacy;
    let found = &platform.io_apics[..platform.io_apic_count];
    for (controller, io_apic) in interrupts.controllers.iter_mut().zip(found) {
        if io_apic.address >= super::layout::DIRECT_MAP_MINIMUM {
            continue;
        }
        let lines = ((read(io_apic.address, 1) >> 16 & 0xff) + 1).min(MAX_LINES);
        *controller = Controller {
            base: io_apic.address,
            first_line: io_apic.first_line,
            lines,
        };
        for input in 0..lines {
            write(io_apic.address, 0x10 + 2 * input, MASKED);
        }
    }
}

fn free_vector(owners: &[Owner; COUNT]) -> Option<usize> {
    owners.iter().position(|owner| *owner == Owner::Nobody)
}

/// See [`trivet_kernel::machine::Machine::bind_line`]. Lines below 16 that the firmware wired otherwise follow it.
pub fn bind_line(line: u32, mode: LineMode) -> Option<u8> {
    let mut interrupts = INTERRUPTS.lock(|| {});
    let legacy = interrupts.legacy.get(line as usize).copied();
    let (line, mode) = match legacy {
        Some(wired) if wired.line != line || wired.level || wired.active_low => (
            wired.line,
            LineMode {
                level: wired.level,
                active_low: wired.active_low,
            },
        ),
        _ => (line, mode),
    };
    let controller = interrupts.controllers.iter().find(|controller| {
        line.checked_sub(controller.first_line)
            .is_some_and(|input| input < controller.lines)
    })?;
    let (base, input) = (controller.base, line - controller.first_line);
    if interrupts
        .owners
        .iter()
        .any(|owner| matches!(owner, Owner::Line { line: taken, .. } if *taken == line))
    {
        return None;
    }
    let index = free_vector(&interrupts.owners)?;
    interrupts.owners[index] = Owner::Line { base, input, line };
    let vector = FIRST + index as u8;
    let flags = u32::from(mode.active_low) << 13 | u32::from(mode.level) << 15;
    write(
        base,
        0x11 + 2 * input,
        processor(0).apic.load(Ordering::Relaxed) << 24,
    );
    write(base, 0x10 + 2 * input, u32::from(vector) | flags | MASKED);
    Some(vector)
}

/// See [`trivet_kernel::machine::Machine::bind_message`].
pub fn bind_message() -> Option<MessageVector> {
    let mut interrupts = INTERRUPTS.lock(|| {});
    let index = free_vector(&interrupts.owners)?;
    interrupts.owners[index] = Owner::Message;
    let apic = processor(0).apic.load(Ordering::Relaxed);
    let vector = FIRST + index as u8;
    Some(MessageVector {
        vector,
        address: 0xfee0_0000 | u64::from(apic) << 12,
        data: u32::from(vector),
    })
}

fn set_line_mask(owner: Owner, masked: bool) {
    if let Owner::Line { base, input, .. } = owner {
        let entry = read(base, 0x10 + 2 * input);
        write(
            base,
            0x10 + 2 * input,
            if masked { entry | MASKED } else { entry & !MASKED },
        );
    }
}

fn index(vector: u8) -> Option<usize> {
    (FIRST..END)
        .contains(&vector)
        .then(|| usize::from(vector - FIRST))
}

/// Masks or unmasks a line; nothing happens for messages.
pub fn set_mask(vector: u8, masked: bool) {
    if let Some(index) = index(vector) {
        set_line_mask(INTERRUPTS.lock(|| {}).owners[index], masked);
    }
}

/// Gives a vector back.
pub fn release(vector: u8) {
    if let Some(index) = index(vector) {
        let mut interrupts = INTERRUPTS.lock(|| {});
        set_line_mask(interrupts.owners[index], true);
        interrupts.owners[index] = Owner::Nobody;
    }
}
