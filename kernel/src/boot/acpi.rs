//! The few ACPI tables that the kernel reads: processors and interrupt controllers (MADT), timers (HPET, FADT).
//!
//! The firmware's tables are input like any other: lengths and checksums are checked, numbers are bounded, and what is
//! wrong is left out. Everything else of ACPI is the bus server's business.

use crate::machine::MAX_CPUS;

/// I/O APICs, at most.
pub const MAX_IO_APICS: usize = 8;
/// Legacy interrupts that the firmware may wire otherwise.
pub const LEGACY_LINES: usize = 16;
/// Tables in the root table that are looked at, at most.
const MAX_TABLES: usize = 128;
/// Bytes of a table, at most.
const MAX_TABLE: usize = 1 << 20;

/// Physical memory as bytes.
pub trait Physical {
    /// The bytes at a physical address, if they can be read.
    fn bytes(&self, address: u64, length: usize) -> Option<&[u8]>;
}

/// An I/O APIC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IoApic {
    /// Physical address of its registers.
    pub address: u64,
    /// First global interrupt line that it serves.
    pub first_line: u32,
}

/// How a legacy interrupt (0..16) is wired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegacyLine {
    /// Global interrupt line.
    pub line: u32,
    /// Level-triggered.
    pub level: bool,
    /// Active low.
    pub active_low: bool,
}

/// What the tables say.
#[derive(Clone, Debug)]
pub struct Platform {
    /// Local APIC numbers of usable processors.
    pub processors: [u32; MAX_CPUS],
    /// How many of `processors` are there.
    pub processor_count: usize,
    /// I/O APICs.
    pub io_apics: [IoApic; MAX_IO_APICS],
    /// How many of `io_apics` are there.
    pub io_apic_count: usize,
    /// Legacy interrupts.
    pub legacy: [LegacyLine; LEGACY_LINES],
    /// Physical address of the HPET's registers, 0 without one.
    pub hpet: u64,
    /// Port of the ACPI power management timer, 0 without one.
    pub timer_port: u16,
    /// Whether that timer has 32 bits (else 24).
    pub timer_is_32_bit: bool,
}

impl Default for Platform {
    fn default() -> Self {
        let mut legacy = [LegacyLine {
            line: 0,
            level: false,
            active_low: false,
        }; LEGACY_LINES];
        for (number, entry) in legacy.iter_mut().enumerate() {
            entry.line = number as u32;
        }
        Platform {
            processors: [0; MAX_CPUS],
            processor_count: 0,
            io_apics: [IoApic::default(); MAX_IO_APICS],
            io_apic_count: 0,
            legacy,
            hpet: 0,
            timer_port: 0,
            timer_is_32_bit: false,
        }
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

fn sums_to_zero(bytes: &[u8]) -> bool {
    bytes.iter().fold(0u8, |sum, &byte| sum.wrapping_add(byte)) == 0
}

/// The table at an address, header included, if it is whole.
fn table(memory: &impl Physical, address: u64) -> Option<&[u8]> {
    let length = u32_at(memory.bytes(address, 8)?, 4)? as usize;
    if !(36..=MAX_TABLE).contains(&length) {
        return None;
    }
    let bytes = memory.bytes(address, length)?;
    sums_to_zero(bytes).then_some(bytes)
}

/// Reads the tables behind the root pointer at physical address `root`.
#[must_use]
pub fn read(memory: &impl Physical, root: u64) -> Platform {
    let mut platform = Platform::default();
    let _ = read_root(memory, root, &mut platform);
    platform
}

fn read_root(memory: &impl Physical, root: u64, platform: &mut Platform) -> Option<()> {
    let pointer = memory.bytes(root, 20)?;
    if pointer.get(..8)? != b"RSD PTR " || !sums_to_zero(pointer) {
        return None;
    }
    let extended = (pointer[15] >= 2).then(|| memory.bytes(root, 36)).flatten();
    let (list, width) = match extended
        .filter(|bytes| sums_to_zero(bytes))
        .and_then(|bytes| u64_at(bytes, 24))
    {
        Some(address) if address != 0 => (address, 8),
        _ => (u64::from(u32_at(pointer, 16)?), 4),
    };
    let entries = table(memory, list)?.get(36..)?;
    for entry in entries.chunks_exact(width).take(MAX_TABLES) {
        let address = if width == 8 {
            u64_at(entry, 0)?
        } else {
            u64::from(u32_at(entry, 0)?)
        };
        let Some(bytes) = table(memory, address) else {
            continue;
        };
        let _ = match bytes.get(..4) {
            Some(b"APIC") => read_interrupts(bytes, platform),
            Some(b"HPET") => read_hpet(bytes, platform),
            Some(b"FACP") => read_fixed(bytes, platform),
            _ => None,
        };
    }
    Some(())
}

fn read_interrupts(bytes: &[u8], platform: &mut Platform) -> Option<()> {
    let mut rest = bytes.get(44..)?;
    while rest.len() >= 2 {
        let length = usize::from(rest[1]);
        if length < 2 {
            return None;
        }
        let entry = rest.get(..length)?;
        rest = &rest[length..];
        let _ = match entry[0] {
            0 if u32_at(entry, 4)? & 1 != 0 => add_processor(u32::from(entry[3]), platform),
            1 => add_io_apic(u64::from(u32_at(entry, 4)?), u32_at(entry, 8)?, platform),
            2 => override_line(entry, platform),
            _ => None,
        };
    }
    Some(())
}

fn add_processor(apic: u32, platform: &mut Platform) -> Option<()> {
    if platform.processors[..platform.processor_count].contains(&apic) {
        return None;
    }
    *platform.processors.get_mut(platform.processor_count)? = apic;
    platform.processor_count += 1;
    Some(())
}

fn add_io_apic(address: u64, first_line: u32, platform: &mut Platform) -> Option<()> {
    *platform.io_apics.get_mut(platform.io_apic_count)? = IoApic { address, first_line };
    platform.io_apic_count += 1;
    Some(())
}

fn override_line(entry: &[u8], platform: &mut Platform) -> Option<()> {
    let flags = u16_at(entry, 8)?;
    let line = LegacyLine {
        line: u32_at(entry, 4)?,
        level: flags >> 2 & 3 == 3,
        active_low: flags & 3 == 3,
    };
    *platform.legacy.get_mut(usize::from(entry[3]))? = line;
    Some(())
}

fn read_hpet(bytes: &[u8], platform: &mut Platform) -> Option<()> {
    // A generic address whose space 0 is memory.
    if *bytes.get(40)? == 0 {
        platform.hpet = u64_at(bytes, 44)?;
    }
    Some(())
}

fn read_fixed(bytes: &[u8], platform: &mut Platform) -> Option<()> {
    platform.timer_port = u16::try_from(u32_at(bytes, 76)?).ok()?;
    platform.timer_is_32_bit = u32_at(bytes, 112)? & 1 << 8 != 0;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Memory(Vec<u8>);
    impl Physical for Memory {
        fn bytes(&self, address: u64, length: usize) -> Option<&[u8]> {
            let start = usize::try_from(address).ok()?;
            self.0.get(start..start.checked_add(length)?)
        }
    }

    fn seal(bytes: &mut [u8], at: usize) {
        bytes[at] = 0;
        bytes[at] = bytes.iter().fold(0u8, |sum, &byte| sum.wrapping_sub(byte));
    }

    fn tables() -> Memory {
        let mut memory = vec![0; 4096];
        let mut madt = vec![0; 44];
        madt[..4].copy_from_slice(b"APIC");
        madt.extend([0, 8, 0, 0, 1, 0, 0, 0]);
        madt.extend([0, 8, 1, 5, 1, 0, 0, 0]);
        madt.extend([0, 8, 2, 6, 0, 0, 0, 0]);
        madt.extend([1, 12, 0, 0, 0, 0, 0xc0, 0xfe, 0, 0, 0, 0]);
        madt.extend([2, 10, 0, 9, 9, 0, 0, 0, 0xf, 0]);
        madt[4] = madt.len() as u8;
        seal(&mut madt, 9);
        memory[512..512 + madt.len()].copy_from_slice(&madt);
        let mut list = vec![0; 36];
        list[..4].copy_from_slice(b"RSDT");
        list.extend(512u32.to_le_bytes());
        list[4] = 40;
        seal(&mut list, 9);
        memory[256..296].copy_from_slice(&list);
        let mut root = vec![0; 20];
        root[..8].copy_from_slice(b"RSD PTR ");
        root[16..20].copy_from_slice(&256u32.to_le_bytes());
        seal(&mut root, 8);
        memory[16..36].copy_from_slice(&root);
        Memory(memory)
    }

    #[test]
    fn enabled_processors_controllers_and_overrides_are_found() {
        let platform = read(&tables(), 16);
        assert_eq!(platform.processors[..platform.processor_count], [0, 5]);
        assert_eq!(
            platform.io_apics[..platform.io_apic_count],
            [IoApic {
                address: 0xfec0_0000,
                first_line: 0
            }]
        );
        assert_eq!(
            platform.legacy[9],
            LegacyLine {
                line: 9,
                level: true,
                active_low: true
            }
        );
        assert_eq!(
            platform.legacy[4],
            LegacyLine {
                line: 4,
                level: false,
                active_low: false
            }
        );
    }

    #[test]
    fn a_wrong_checksum_makes_a_table_invisible() {
        let mut memory = tables();
        memory.0[520] ^= 1;
        assert_eq!(read(&memory, 16).processor_count, 0);
        assert_eq!(read(&memory, u64::MAX).processor_count, 0);
    }

    proptest! {
        #[test]
        fn random_bytes_in_the_tables_do_no_harm(changes in prop::collection::vec((0usize..700, any::<u8>()), 0..20)) {
            let mut memory = tables();
            for (at, value) in changes {
                memory.0[at] = value;
            }
            let _ = read(&memory, 16);
            let platform = &mut Platform::default();
            let _ = read_interrupts(&memory.0[512..], platform);
            let _ = read_fixed(&memory.0[512..], platform);
            let _ = read_hpet(&memory.0[512..], platform);
        }
    }
}
