//! What this kernel asks of a processor, and how it switches it on.
#![allow(unsafe_code)]

use super::instructions::{cpuid, read_cr4, write_cr4, xsetbv};
use trivet_kernel::machine::{EXTENDED_PARTS, EXTENDED_STATE_SIZE};

const CR4_UMIP: u64 = 1 << 11;
const CR4_FSGSBASE: u64 = 1 << 16;
const CR4_OSXSAVE: u64 = 1 << 18;
const CR4_SMEP: u64 = 1 << 20;
const CR4_SMAP: u64 = 1 << 21;

/// The first thing that this processor lacks, in words.
pub fn missing() -> Option<&'static str> {
    let basic = cpuid(1, 0);
    let structured = if cpuid(0, 0).eax >= 7 {
        cpuid(7, 0)
    } else {
        cpuid(0x4000_0000, 0x7fff)
    };
    let highest = cpuid(0, 0).eax;
    let extended = cpuid(0x8000_0001, 0);
    let requirements = [
        (highest >= 7 && structured.ebx & 1 << 0 != 0, "FSGSBASE"),
        (basic.ecx & 1 << 26 != 0, "XSAVE"),
        (basic.ecx & 1 << 28 != 0, "AVX"),
        (basic.edx & 1 << 9 != 0, "a local APIC"),
        (basic.edx & 1 << 13 != 0, "global pages"),
        (extended.edx & 1 << 11 != 0, "SYSCALL"),
        (extended.edx & 1 << 20 != 0, "no-execute pages"),
    ];
    requirements
        .iter()
        .find(|(there, _)| !there)
        .map(|(_, name)| *name)
}

/// Switches on what this kernel uses, on the processor that runs this.
pub fn enable() {
    let structured = cpuid(7, 0);
    let mut bits = CR4_FSGSBASE | CR4_OSXSAVE;
    for (there, bit) in [
        (structured.ebx & 1 << 7, CR4_SMEP),
        (structured.ebx & 1 << 20, CR4_SMAP),
        (structured.ecx & 1 << 2, CR4_UMIP),
    ] {
        if there != 0 {
            bits |= bit;
        }
    }
    // SAFETY: each bit's feature exists (`missing`, and the list above). The kernel neither runs nor touches user pages by
    // their own addresses, so SMEP and SMAP forbid nothing that it does.
    unsafe {
        write_cr4(read_cr4() | bits);
        xsetbv(u64::from(EXTENDED_PARTS));
    }
    let size = cpuid(0xd, 0).ebx as usize;
    assert!(
        size <= EXTENDED_STATE_SIZE,
        "the extended state needs {size} bytes"
    );
}
