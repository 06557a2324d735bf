//! Decision rows for servers: the part of the policy that one server needs to judge names, as a table in read-only
//! memory, so that a plainly granted name costs no kernel entry.
//!
//! The kernel fills the memory with [`publish_rows`] once; the server reads it with [`Rows`]. It holds, for each domain,
//! the methods that are granted plainly on the labels that this server may mint, and nothing else: what is not in it
//! (refused, recorded or under a stateful rule) the server asks the kernel by `Policy.check`.

use core::fmt;

use crate::format::{EMPTY_KEY, Record, hash_slot, row_key};
use crate::{DomainId, InterfaceId, LabelId, Policy};

const MAGIC: u64 = u64::from_le_bytes(*b"TRVTROWS");
/// Magic, then number of slots, then multiplier, then longest probe.
const HEADER: usize = 32;
const SLOT: usize = 16;

/// Why rows could not be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublishError {
    /// The memory is too small; so many bytes are needed.
    TooSmall(usize),
}

/// Why memory does not hold published rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowsError;

impl fmt::Display for RowsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the memory holds no decision rows")
    }
}

impl core::error::Error for RowsError {}

/// Bytes that [`publish_rows`] needs for `server`.
#[must_use]
pub fn published_size(policy: &Policy<'_>, server: DomainId) -> usize {
    let count = rows_of(policy, server).count();
    HEADER + SLOT * slots_for(count)
}

fn slots_for(count: usize) -> usize {
    count.saturating_mul(2).max(1).next_power_of_two()
}

fn rows_of(
    policy: &Policy<'_>,
    server: DomainId,
) -> impl Iterator<Item = (DomainId, LabelId, InterfaceId, u64)> {
    policy
        .all_rows()
        .map(|(domain, label, interface, masks, _)| (domain, label, interface, masks.plain()))
        .filter(move |&(_, label, interface, plain)| plain != 0 && policy.may_mint(server, label, interface))
}

/// Writes the rows that `server` may read into `memory`; returns the bytes used.
///
/// # Errors
/// [`PublishError::TooSmall`] with the size that is needed; nothing was written then.
pub fn publish_rows(policy: &Policy<'_>, server: DomainId, memory: &mut [u8]) -> Result<usize, PublishError> {
    let size = published_size(policy, server);
    let Some(memory) = memory.get_mut(..size) else {
        return Err(PublishError::TooSmall(size));
    };
    let slots = (size - HEADER) / SLOT;
    let bits = slots.trailing_zeros();
    let (head, table) = memory.split_at_mut(HEADER);
    for slot in table.chunks_exact_mut(SLOT) {
        EMPTY_KEY.write(slot);
        0u64.write(&mut slot[8..]);
    }
    let mut longest_probe = 0;
    for (domain, label, interface, mask) in rows_of(policy, server) {
        let key = row_key(domain.0, label.0, interface.0);
        let start = hash_slot(key, policy.hash_multiplier, bits);
        // At least half of the slots stay empty, so the search ends.
        for step in 0..slots {
            let at = (start + step) % slots * SLOT;
            let slot = &mut table[at..at + SLOT];
            if u64::read(slot) == EMPTY_KEY {
                key.write(slot);
                mask.write(&mut slot[8..]);
                longest_probe = longest_probe.max(step as u64 + 1);
                break;
            }
        }
    }
    for (field, value) in [MAGIC, slots as u64, policy.hash_multiplier, longest_probe]
        .into_iter()
        .enumerate()
    {
        value.write(&mut head[field * 8..]);
    }
    Ok(size)
}

/// Published rows, as a server reads them.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    table: &'a [u8],
    bits: u32,
    multiplier: u64,
    longest_probe: usize,
}

impl<'a> Rows<'a> {
    /// Takes memory that the kernel filled; bytes behind the table are ignored.
    ///
    /// # Errors
    /// [`RowsError`] if it holds no rows.
    pub fn new(memory: &'a [u8]) -> Result<Self, RowsError> {
        let field = |index: usize| {
            memory
                .get(index * 8..index * 8 + 8)
                .map(u64::read)
                .ok_or(RowsError)
        };
        let slots = usize::try_from(field(1)?).map_err(|_| RowsError)?;
        let end = slots
            .checked_mul(SLOT)
            .and_then(|size| size.checked_add(HEADER))
            .ok_or(RowsError)?;
        let table = memory.get(HEADER..end).ok_or(RowsError)?;
        if field(0)? != MAGIC || !slots.is_power_of_two() {
            return Err(RowsError);
        }
        let longest_probe = usize::try_from(field(3)?).map_err(|_| RowsError)?.min(slots);
        Ok(Rows {
            table,
            bits: slots.trailing_zeros(),
            multiplier: field(2)?,
            longest_probe,
        })
    }

    /// Methods that are granted plainly. A clear bit means: ask the kernel.
    #[inline]
    #[must_use]
    pub fn granted(&self, domain: DomainId, label: LabelId, interface: InterfaceId) -> u64 {
        let key = row_key(domain.0, label.0, interface.0);
        let wrap = (self.table.len() / SLOT).wrapping_sub(1);
        let start = hash_slot(key, self.multiplier, self.bits);
        for step in 0..self.longest_probe {
            let at = ((start + step) & wrap) * SLOT;
            let Some(slot) = self.table.get(at..at + SLOT) else {
                return 0;
            };
            match u64::read(slot) {
                found if found == key => return u64::read(&slot[8..]),
                EMPTY_KEY => return 0,
                _ => {}
            }
        }
        0
    }
}
