//! Address space: anonymous memory from the kernel, files by their contents' Memory.

use super::files::{close_contents, contents};
use super::{Trivet, failed};
use crate::errno::{Errno, Result};
use crate::seam::{
    MAP_ANONYMOUS, MAP_FIXED, MAP_NORESERVE, MAP_PRIVATE, MREMAP_FIXED, MREMAP_MAYMOVE, Memory, PAGE_SIZE,
    PROT_READ, PROT_WRITE,
};
use crate::types::*;
use trivet_abi::USER_END;
use trivet_abi::handle::Handle;
use trivet_ipc::address_space::{self, Advice};
use trivet_ipc::file::MapKind;
use trivet_ipc::memory;
use trivet_ipc::shared::{MapFlags, Protection};
use trivet_ipc::{Out, account, process};

const MAP_SHARED: c_int = 1;
const MAP_SHARED_VALIDATE: c_int = 3;
const MAP_TYPE: c_int = 0xf;
const MAP_GROWSDOWN: c_int = 0x100;
const MAP_POPULATE: c_int = 0x8000;
const MAP_FIXED_NOREPLACE: c_int = 0x10_0000;
const MAP_32BIT: c_int = 0x40;
const PROT_EXEC: c_int = 4;
const SPACE: Handle = Handle::ADDRESS_SPACE;

/// Whole pages that hold `length` bytes.
fn pages(length: usize) -> Result<u64> {
    let length = length.checked_next_multiple_of(PAGE_SIZE).ok_or(Errno::ENOMEM)?;
    if length == 0 {
        Err(Errno::EINVAL)
    } else {
        Ok(length as u64)
    }
}

fn protection(prot: c_int) -> Protection {
    Protection::from_word((prot & 7) as u64)
}

fn placement(flags: c_int) -> MapFlags {
    let pairs = [
        (MAP_FIXED, MapFlags::FIXED),
        (MAP_FIXED_NOREPLACE, MapFlags::FIXED | MapFlags::NO_REPLACE),
        (MAP_POPULATE, MapFlags::POPULATE),
        (MAP_NORESERVE, MapFlags::NO_RESERVE),
        (MAP_GROWSDOWN, MapFlags::GROWS_DOWN),
        (MAP_32BIT, MapFlags::LOW_4GIB),
    ];
    let mut known = MapFlags::EMPTY;
    for (bit, flag) in pairs {
        if flags & bit != 0 {
            known |= flag;
        }
    }
    known
}

/// Maps a file's contents, or shared memory, with the protection that is wanted.
fn map_object(
    object: Handle,
    address: u64,
    length: u64,
    prot: c_int,
    flags: c_int,
    offset: u64,
) -> Result<u64> {
    let shared = flags & MAP_TYPE != MAP_PRIVATE;
    let place = placement(flags);
    let map = match (shared, prot & PROT_EXEC != 0) {
        (true, false) if prot & PROT_WRITE != 0 => memory::map_write,
        (_, true) if prot & PROT_WRITE == 0 => memory::map_execute,
        (true, false) => memory::map_read,
        (false, false) => memory::map_copy,
        // Memory that is written and executed at the same time does not exist here.
        (_, true) => return Err(Errno::EACCES),
    };
    let mapped = map(object, SPACE, offset, length, address, place).map_err(failed)?;
    let given = match (shared, prot & PROT_EXEC != 0) {
        (_, true) => PROT_READ | PROT_EXEC,
        (true, false) if prot & PROT_WRITE != 0 => PROT_READ | PROT_WRITE,
        _ => PROT_READ,
    };
    if prot & 7 != given
        && let Err(failure) = address_space::protect(SPACE, mapped, length, protection(prot))
    {
        let _ = address_space::unmap(SPACE, mapped, length);
        return Err(failed(failure));
    }
    Ok(mapped)
}

/// Locks or unlocks whole pages; `ENOMEM` where some are not mapped, also behind the end of all addresses.
fn set_locked(address: u64, length: usize, on: bool) -> Result<()> {
    if length == 0 {
        return Ok(());
    }
    let start = address & !(PAGE_SIZE as u64 - 1);
    let end = address.checked_add(length as u64).ok_or(Errno::ENOMEM)?;
    let end = end
        .checked_next_multiple_of(PAGE_SIZE as u64)
        .ok_or(Errno::ENOMEM)?;
    if end > USER_END {
        return Err(Errno::ENOMEM);
    }
    address_space::lock(SPACE, start, end - start, on).map_err(failed)
}

/// The label of what is this process's own: that of its address space.
fn own_label() -> Result<u32> {
    let mut info = process::SlotInfo::default();
    process::slot_info(Handle::PROCESS, SPACE.0, &mut info).map_err(failed)?;
    Ok(info.label as u32)
}

impl Memory for Trivet {
    unsafe fn map(
        address: *mut c_void,
        length: usize,
        prot: c_int,
        flags: c_int,
        fd: c_int,
        offset: off_t,
    ) -> Result<*mut c_void> {
        let bytes = pages(length)?;
        // Linux's order: whether a file can be so long at all (the offset is taken for unsigned), whether memory can, then the rest.
        if flags & MAP_ANONYMOUS == 0 && (offset as u64).checked_add(bytes).is_none() {
            return Err(Errno::EOVERFLOW);
        }
        if bytes > USER_END {
            return Err(Errno::ENOMEM);
        }
        let address = address as u64;
        if !matches!(flags & MAP_TYPE, MAP_SHARED | MAP_PRIVATE | MAP_SHARED_VALIDATE) {
            return Err(Errno::EINVAL);
        }
        if flags & (MAP_FIXED | MAP_FIXED_NOREPLACE) != 0 && !address.is_multiple_of(PAGE_SIZE as u64) {
            return Err(Errno::EINVAL);
        }
        let mapped = if flags & MAP_ANONYMOUS != 0 {
            if flags & MAP_TYPE == MAP_PRIVATE {
                address_space::map_anonymous(SPACE, address, bytes, protection(prot), placement(flags))
                    .map_err(failed)?
            } else {
                let no_reserve = flags & MAP_NORESERVE != 0;
                let (label, none) = (own_label()?, Handle::NONE.0);
                let object = account::create_memory(Handle::ACCOUNT, bytes, label, no_reserve, none, 0, 0)
                    .map_err(failed)?;
                let result = map_object(object, address, bytes, prot, flags, 0);
                close_contents(object);
                result?
            }
        } else {
            let offset = offset as u64;
            if !offset.is_multiple_of(PAGE_SIZE as u64) {
                return Err(Errno::EINVAL);
            }
            // Neither overflows: the sum was tried above.
            if i64::try_from(offset + bytes).is_err() {
                return Err(Errno::EOVERFLOW);
            }
            let shared = flags & MAP_TYPE != MAP_PRIVATE;
            let kind = match (shared, prot) {
                (_, prot) if prot & PROT_EXEC != 0 => MapKind::Execute,
                (true, prot) if prot & PROT_WRITE != 0 => MapKind::Write,
                (true, _) => MapKind::Read,
                (false, _) => MapKind::Copy,
            };
            let object = contents(fd, kind)?;
            let result = map_object(object, address, bytes, prot, flags, offset);
            close_contents(object);
            result?
        };
        Ok(core::ptr::with_exposed_provenance_mut(mapped as usize))
    }
    unsafe fn unmap(address: *mut c_void, length: usize) -> Result<()> {
        address_space::unmap(SPACE, address as u64, pages(length)?).map_err(failed)
    }
    unsafe fn protect(address: *mut c_void, length: usize, prot: c_int) -> Result<()> {
        if length == 0 {
            return Ok(());
        }
        let (address, length, wanted) = (address as u64, pages(length)?, protection(prot));
        if prot & PROT_EXEC != 0 {
            return address_space::protect_execute(SPACE, address, length, wanted).map_err(failed);
        }
        address_space::protect(SPACE, address, length, wanted).map_err(failed)
    }
    unsafe fn remap(
        address: *mut c_void,
        old_length: usize,
        new_length: usize,
        flags: c_int,
        new_address: *mut c_void,
    ) -> Result<*mut c_void> {
        let fixed = flags & MREMAP_FIXED != 0;
        let place = if fixed { MapFlags::FIXED } else { MapFlags::EMPTY };
        let moved = address_space::remap(
            SPACE,
            address as u64,
            pages(old_length)?,
            pages(new_length)?,
            if fixed { new_address as u64 } else { 0 },
            place,
            flags & MREMAP_MAYMOVE != 0,
        );
        moved
            .map(|address| core::ptr::with_exposed_provenance_mut(address as usize))
            .map_err(failed)
    }
    unsafe fn advise(address: *mut c_void, length: usize, advice: c_int) -> Result<()> {
        if length == 0 {
            return Ok(());
        }
        // Advice that nobody here acts on is taken, as Linux does with what it was built without.
        let Some(advice) = Advice::from_number(advice as u64) else {
            return if (0..=25).contains(&advice) {
                Ok(())
            } else {
                Err(Errno::EINVAL)
            };
        };
        address_space::advise(SPACE, address as u64, pages(length)?, advice).map_err(failed)
    }
    unsafe fn sync_mapping(address: *mut c_void, length: usize, flags: c_int) -> Result<()> {
        const MS_ASYNC: c_int = 1;
        const MS_INVALIDATE: c_int = 2;
        const MS_SYNC: c_int = 4;
        let address = address as u64;
        if flags & !(MS_ASYNC | MS_INVALIDATE | MS_SYNC) != 0
            || flags & (MS_ASYNC | MS_SYNC) == MS_ASYNC | MS_SYNC
            || !address.is_multiple_of(PAGE_SIZE as u64)
        {
            return Err(Errno::EINVAL);
        }
        if length == 0 {
            return Ok(());
        }
        // Mappings of files are the file server's own pages: there is nothing to write back to. That all of it is mapped
        // is found out a piece at a time.
        const PIECE: usize = 256;
        let mut room = [0u8; PIECE];
        let (mut done, all) = (0, pages(length)? as usize / PAGE_SIZE);
        while done < all {
            let count = PIECE.min(all - done);
            let start = address
                .checked_add((done * PAGE_SIZE) as u64)
                .ok_or(Errno::ENOMEM)?;
            address_space::residency(SPACE, start, (count * PAGE_SIZE) as u64, &mut room[..count])
                .map_err(|_| Errno::ENOMEM)?;
            done += count;
        }
        Ok(())
    }
    unsafe fn lock(address: *const c_void, length: usize, _flags: c_int) -> Result<()> {
        set_locked(address as u64, length, true)
    }
    unsafe fn unlock(address: *const c_void, length: usize) -> Result<()> {
        set_locked(address as u64, length, false)
    }
    fn lock_all(flags: c_int) -> Result<()> {
        const MCL_ALL: c_int = 7;
        const MCL_ONFAULT: c_int = 4;
        if flags == 0 || flags & !MCL_ALL != 0 || flags == MCL_ONFAULT {
            return Err(Errno::EINVAL);
        }
        // Nothing here ever moves memory to a disk: what is mapped, now or later, stays.
        Ok(())
    }
    fn unlock_all() -> Result<()> {
        Ok(())
    }
    unsafe fn resident(address: *mut c_void, length: usize, vector: *mut u8) -> Result<()> {
        let length = pages(length)?;
        // SAFETY: one byte for each page, by the caller's word.
        let room = unsafe { Out::<[u8]>::from_raw(vector, length as usize / PAGE_SIZE) };
        address_space::residency(SPACE, address as u64, length, room).map_err(failed)
    }
}
