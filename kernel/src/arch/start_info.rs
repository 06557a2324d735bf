//! What the boot loader hands over: the PVH start-of-day structure (version 1), read from untouched memory.
#![allow(unsafe_code)]

use super::layout::DIRECT_MAP_MINIMUM;
use super::paging::direct;
use core::slice;
use trivet_kernel::boot::acpi::Physical;
use trivet_kernel::boot::memory_map::RangeSet;

const MAGIC: u32 = 0x336e_c578;
/// Type of a memory map entry that is ordinary memory.
const RAM: u32 = 1;
/// Entries of the memory map that are looked at, at most.
const MAX_ENTRIES: u64 = 128;
/// Bytes of the command line, at most.
const MAX_COMMAND_LINE: usize = 4096;

/// Physical memory below 4 GiB, which the boot tables map and the final ones keep.
pub struct LowMemory;

impl Physical for LowMemory {
    fn bytes(&self, address: u64, length: usize) -> Option<&[u8]> {
        let end = address.checked_add(length as u64)?;
        if address == 0 || end > DIRECT_MAP_MINIMUM {
            return None;
        }
        // SAFETY: mapped by every table that the kernel runs on. Only firmware's and loader's data are read so, which nobody writes any more.
        Some(unsafe { slice::from_raw_parts(direct(address), length) })
    }
}

/// The loader's answers.
pub struct StartInfo {
    /// All memory of the machine.
    pub memory: RangeSet,
    /// What must not be handed out: the structures themselves, as bytes `start..end`.
    pub occupied: [(u64, u64); 4],
    /// The boot archive: physical address and length.
    pub archive: Option<(u64, u64)>,
    /// The command line.
    pub command_line: &'static [u8],
    /// Physical address of the ACPI root pointer.
    pub acpi_root: u64,
}

fn u32_at(address: u64) -> Option<u32> {
    Some(u32::from_le_bytes(LowMemory.bytes(address, 4)?.try_into().ok()?))
}

fn u64_at(address: u64) -> Option<u64> {
    Some(u64::from_le_bytes(LowMemory.bytes(address, 8)?.try_into().ok()?))
}

/// Reads the structure at a physical address. `limit` is the highest address that memory may have.
pub fn read(address: u64, limit: u64) -> Option<StartInfo> {
    if u32_at(address)? != MAGIC || u32_at(address + 4)? < 1 {
        return None;
    }
    let modules = u64::from(u32_at(address + 12)?).min(1);
    let module_list = u64_at(address + 16)?;
    let line = u64_at(address + 24)?;
    let acpi_root = u64_at(address + 32)?;
    let map = u64_at(address + 40)?;
    let entries = u64::from(u32_at(address + 48)?).min(MAX_ENTRIES);
    let mut memory = RangeSet::default();
    for entry in (0..entries).map(|index| map + 24 * index) {
        let (start, size) = (u64_at(entry)?, u64_at(entry + 8)?);
        if u32_at(entry + 16)? == RAM {
            memory.add(start, start.saturating_add(size), limit);
        }
    }
    let archive = match modules {
        0 => None,
        _ => Some((u64_at(module_list)?, u64_at(module_list + 8)?)),
    };
    let length = if line == 0 {
        0
    } else {
        (0..MAX_COMMAND_LINE)
            .find(|&at| {
                LowMemory
                    .bytes(line + at as u64, 1)
                    .is_none_or(|byte| byte[0] == 0)
            })
            .unwrap_or(MAX_COMMAND_LINE)
    };
    let command_line = if length == 0 {
        &[]
    } else {
        // SAFETY: as in `LowMemory`; the pages are kept out of the free memory (`occupied`).
        unsafe { slice::from_raw_parts(direct(line), length) }
    };
    Some(StartInfo {
        memory,
        occupied: [
            (address, address + 56),
            (module_list, module_list + 32 * modules),
            (line, line + length as u64 + 1),
            (map, map + 24 * entries),
        ],
        archive,
        command_line,
        acpi_root,
    })
}
