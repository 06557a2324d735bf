//! `hsearch`: a hash table of strings, of a size fixed when it is made.
//!
//! Open addressing with linear probing over a power of two, at most half full at the size asked for. The hash
//! mixes every byte, but an attacker who chooses keys can still make chains: that is in the interface, which has
//! no secret; a search stops at the table's size.

use crate::errno::{EINVAL, ENOMEM, ESRCH, set_errno};
use crate::heap::{calloc, free};
use crate::string::strcmp;
use crate::types::*;
use core::ffi::CStr;
use core::ptr;

/// A key and its datum. POSIX.1-2024 `ENTRY`.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(missing_docs, reason = "the members are the standard's")]
pub struct Entry {
    pub key: *mut c_char,
    pub data: *mut c_void,
}

/// A table: glibc's `struct hsearch_data`, which callers of `hcreate_r` provide zeroed.
#[repr(C)]
pub struct Table {
    slots: *mut Slot,
    /// The number of slots less one: a mask.
    mask: c_uint,
    filled: c_uint,
}

#[repr(C)]
struct Slot {
    hash: usize,
    /// An empty slot has a null key.
    entry: Entry,
}

const FIND: c_int = 0;

fn hash(key: &CStr) -> usize {
    // FNV-1a, 64 bits.
    let bytes = key.to_bytes().iter();
    bytes.fold(0xcbf2_9ce4_8422_2325, |h: u64, &b| {
        (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3)
    }) as usize
}

static mut PROCESS: Table = Table {
    slots: ptr::null_mut(),
    mask: 0,
    filled: 0,
};

export! {
    /// Makes a table for `count` entries; 0 with ENOMEM or EINVAL. glibc `hcreate_r`.
    pub unsafe extern "C" fn hcreate_r(count: size_t, table: *mut Table) -> c_int {
        // SAFETY: table is null or valid.
        let Some(table) = (unsafe { table.as_mut() }) else {
            set_errno(EINVAL);
            return 0;
        };
        if !table.slots.is_null() {
            return 0;
        }
        let size = count.max(4).checked_mul(2).and_then(usize::checked_next_power_of_two);
        let Some(size) = size.filter(|&size| size <= 1 << 31) else {
            set_errno(ENOMEM);
            return 0;
        };
        // SAFETY: calloc returns null or zeroed slots, which are empty.
        table.slots = unsafe { calloc(size, size_of::<Slot>()).cast() };
        if table.slots.is_null() {
            set_errno(ENOMEM);
            return 0;
        }
        table.mask = (size - 1) as c_uint;
        table.filled = 0;
        1
    }

    /// Frees a table; keys and data are the caller's. glibc `hdestroy_r`.
    pub unsafe extern "C" fn hdestroy_r(table: *mut Table) {
        // SAFETY: table is null or valid.
        match unsafe { table.as_mut() } {
            // SAFETY: the slots came from calloc.
            Some(table) => unsafe {
                free(table.slots.cast());
                table.slots = ptr::null_mut();
            },
            None => set_errno(EINVAL),
        }
    }

    /// Finds (0) or enters (1) a key: 1 and the entry, or 0 with ESRCH or ENOMEM. glibc `hsearch_r`.
    pub unsafe extern "C" fn hsearch_r(
        item: Entry,
        action: c_int,
        result: *mut *mut Entry,
        table: *mut Table,
    ) -> c_int {
        // SAFETY: the key is a string; table and result are valid; indices are masked.
        unsafe {
            let table = &mut *table;
            *result = ptr::null_mut();
            let missing = if action == FIND { ESRCH } else { ENOMEM };
            if table.slots.is_null() {
                set_errno(missing);
                return 0;
            }
            let hash = hash(CStr::from_ptr(item.key));
            for step in 0..=table.mask as usize {
                let slot = &mut *table.slots.add(hash.wrapping_add(step) & table.mask as usize);
                if slot.entry.key.is_null() {
                    // One slot stays empty, so that a search for a missing key ends.
                    if action == FIND || table.filled >= table.mask {
                        break;
                    }
                    slot.hash = hash;
                    slot.entry = item;
                    table.filled += 1;
                    *result = &mut slot.entry;
                    return 1;
                }
                if slot.hash == hash && strcmp(slot.entry.key, item.key) == 0 {
                    *result = &mut slot.entry;
                    return 1;
                }
            }
            set_errno(missing);
        }
        0
    }

    /// Makes the process's table. POSIX.1-2024 `hcreate`.
    pub unsafe extern "C" fn hcreate(count: size_t) -> c_int {
        // SAFETY: POSIX gives the process one table, which is not thread-safe.
        unsafe { hcreate_r(count, &raw mut PROCESS) }
    }

    /// Frees the process's table. POSIX.1-2024 `hdestroy`.
    pub unsafe extern "C" fn hdestroy() {
        // SAFETY: as hcreate.
        unsafe { hdestroy_r(&raw mut PROCESS) }
    }

    /// Finds or enters a key in the process's table. POSIX.1-2024 `hsearch`.
    pub unsafe extern "C" fn hsearch(item: Entry, action: c_int) -> *mut Entry {
        let mut result = ptr::null_mut();
        // SAFETY: as hcreate.
        unsafe { hsearch_r(item, action, &mut result, &raw mut PROCESS) };
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entered_keys_are_found_and_a_full_table_says_so() {
        let mut table = Table {
            slots: ptr::null_mut(),
            mask: 0,
            filled: 0,
        };
        let keys: Vec<_> = (0..40)
            .map(|i| std::ffi::CString::new(format!("key{i}")).unwrap())
            .collect();
        let item = |i: usize| Entry {
            key: keys[i].as_ptr().cast_mut(),
            data: ptr::without_provenance_mut(i),
        };
        let mut found = ptr::null_mut();
        // SAFETY: the table is this test's own.
        unsafe {
            assert_eq!(hcreate_r(16, &mut table), 1);
            assert_eq!(hcreate_r(16, &mut table), 0);
            let entered = (0..40)
                .filter(|&i| hsearch_r(item(i), 1, &mut found, &mut table) == 1)
                .count();
            assert_eq!(entered, 31);
            for i in 0..31 {
                assert_eq!(hsearch_r(item(i), FIND, &mut found, &mut table), 1);
                assert_eq!((*found).data.addr(), i);
            }
            assert_eq!(hsearch_r(item(35), FIND, &mut found, &mut table), 0);
            assert!(found.is_null());
            // Entering again returns the first.
            assert_eq!(
                hsearch_r(
                    Entry {
                        data: ptr::null_mut(),
                        ..item(3)
                    },
                    1,
                    &mut found,
                    &mut table
                ),
                1
            );
            assert_eq!((*found).data.addr(), 3);
            hdestroy_r(&mut table);
        }
    }
}
