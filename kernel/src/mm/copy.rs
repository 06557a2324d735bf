//! Bytes in and out of address spaces and Memories, through physical memory: the kernel takes no page fault.
//!
//! A copy goes page by page. A page that is not accessible as it stands is resolved (zero-fill, copy-on-write); at one that a pager must supply
//! the copy stops. Whoever calls bounds the length of one step.

use super::fault::{Access, Fault, Resolution, translate};
use super::memory::MemoryKind;
use super::{AddressSpace, Memory, MemoryError, Mm, PAGE, page_table, page_tree};
use crate::account::Accounts;
use crate::arena::Ref;
use crate::machine::{Frame, FrameStore};
use trivet_abi::{USER_END, USER_START};

/// Why bytes of an address space cannot be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessError {
    /// Not mapped, or not for this access, or beyond an object's end.
    Bad,
    /// Who pays for the page has no memory left.
    NoMemory,
    /// The pager of this Memory must supply a page first, which was noted.
    NotResident(Ref<Memory>),
}

/// Which side of a copy stopped it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Where bytes come from.
    Source,
    /// Where bytes go to.
    Target,
}

/// How far a copy came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Copied {
    /// Bytes that arrived.
    pub bytes: usize,
    /// Why no more did.
    pub stop: Option<(Side, AccessError)>,
}

/// Where bytes of a copy lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In an address space, as its threads could reach them.
    Space(Ref<AddressSpace>, u64),
    /// In a Memory, at an offset.
    Memory(Ref<Memory>, u64),
}

impl Place {
    /// The place `bytes` further on.
    #[must_use]
    pub fn advanced(self, bytes: usize) -> Place {
        match self {
            Place::Space(space, address) => Place::Space(space, address.wrapping_add(bytes as u64)),
            Place::Memory(memory, offset) => Place::Memory(memory, offset.wrapping_add(bytes as u64)),
        }
    }

    /// Address or offset.
    #[inline]
    const fn at(self) -> u64 {
        let (Place::Space(_, at) | Place::Memory(_, at)) = self;
        at
    }

    /// Bytes up to the end of the page.
    fn within_page(self) -> usize {
        (PAGE - self.at() % PAGE) as usize
    }
}

/// One side of a copy, as far as its pages are there and need nothing done. It remembers the table that the last entry was in, so
/// that a run of pages is found by one look each.
struct Run {
    /// What lies at or beyond is not so plain.
    end: u64,
    /// Bits that an entry must have, of those in `looked_at`.
    needed: u64,
    looked_at: u64,
    /// The last-level table or node, and the number of the 512 pages that it has.
    table: Option<(Frame, u64)>,
}

impl Run {
    fn new(mm: &Mm, place: Place, write: bool) -> Run {
        let (end, needed, looked_at) = match place {
            Place::Space(_, address) if address < USER_START => (0, 0, 0),
            Place::Space(..) => {
                let needed = if write {
                    page_table::PRESENT | page_table::WRITABLE
                } else {
                    page_table::PRESENT
                };
                (USER_END, needed, needed | page_table::UNCACHED)
            }
            Place::Memory(memory, _) => {
                let memory = &mm.memories[memory];
                let fixed = matches!(memory.kind, MemoryKind::Fixed { .. });
                let refused = write && (!memory.is_writable() || memory.executable_mappings > 0);
                let needed = if write && memory.kind == MemoryKind::Pager {
                    page_tree::PRESENT | page_tree::DIRTY
                } else {
                    page_tree::PRESENT
                };
                (if fixed || refused { 0 } else { memory.size }, needed, needed)
            }
        };
        Run {
            end,
            needed,
            looked_at,
            table: None,
        }
    }

    /// The frame of a page that may be used as it stands.
    #[inline]
    fn frame(&mut self, mm: &Mm, store: &impl FrameStore, place: Place) -> Option<Frame> {
        let at = place.at();
        if at >= self.end {
            return None;
        }
        let block = at / page_table::TABLE_SPAN;
        let table = match self.table {
            Some((table, known)) if known == block => table,
            _ => {
                let found = match place {
                    Place::Space(space, address) => {
                        page_table::find_table(store, mm.spaces[space].root, address)
                    }
                    Place::Memory(memory, offset) => mm.memories[memory].tree.node(store, offset / PAGE),
                }?;
                self.table = Some((found, block));
                found
            }
        };
        let entry = store.load_word(table, (at / PAGE % 512) as usize);
        (entry & self.looked_at == self.needed).then(|| page_table::frame_of(entry))
    }

    /// Bytes from `at` on within its page and before the end.
    #[inline]
    fn left(&self, at: u64) -> usize {
        (PAGE - at % PAGE).min(self.end - at) as usize
    }
}

/// Checks that `address..address + length` are user addresses. A length of 0 is always right.
#[inline]
#[must_use]
pub fn is_user_range(address: u64, length: u64) -> bool {
    length == 0 || ((USER_START..USER_END).contains(&address) && length <= USER_END - address)
}

impl Mm {
    /// The frame and offset of one user byte, resolved if needed.
    ///
    /// # Errors
    /// See [`AccessError`].
    #[inline]
    pub fn reach(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        space: Ref<AddressSpace>,
        address: u64,
        write: bool,
    ) -> Result<(Frame, usize), AccessError> {
        if !(USER_START..USER_END).contains(&address) {
            return Err(AccessError::Bad);
        }
        let access = if write { Access::Write } else { Access::Read };
        let root = self.spaces[space].root;
        let frame = match translate(store, root, address, access) {
            Some(frame) => frame,
            None => self.reach_slowly(store, accounts, space, address, access)?,
        };
        Ok((frame, (address % PAGE) as usize))
    }

    #[cold]
    #[inline(never)]
    fn reach_slowly(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        space: Ref<AddressSpace>,
        address: u64,
        access: Access,
    ) -> Result<Frame, AccessError> {
        // Device registers have side effects: the kernel never copies from or to them.
        if let Some(entry) = self.spaces[space].map.find(address)
            && matches!(self.regions[entry.region].backing, super::Backing::Device { .. })
        {
            return Err(AccessError::Bad);
        }
        match self.resolve(store, accounts, space, address, access) {
            Resolution::Resolved(frame) => Ok(frame),
            Resolution::NotResident(memory) => Err(AccessError::NotResident(memory)),
            Resolution::Failed(Fault::NoMemory) => Err(AccessError::NoMemory),
            Resolution::Failed(_) => Err(AccessError::Bad),
        }
    }

    /// The frame and offset of one byte of a place, resolved if needed.
    ///
    /// # Errors
    /// See [`AccessError`].
    pub fn reach_place(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        place: Place,
        write: bool,
    ) -> Result<(Frame, usize), AccessError> {
        match place {
            Place::Space(space, address) => self.reach(store, accounts, space, address, write),
            Place::Memory(memory, offset) => {
                let within = (offset % PAGE) as usize;
                if offset >= self.memories[memory].size {
                    return Err(AccessError::Bad);
                }
                // Code that runs somewhere is not changed under it.
                if write && self.memories[memory].executable_mappings > 0 {
                    return Err(AccessError::Bad);
                }
                match self.memory_frame(store, accounts, memory, offset / PAGE, write) {
                    Ok(Some(frame)) => Ok((frame, within)),
                    Ok(None) => Err(AccessError::NotResident(memory)),
                    Err(MemoryError::NoMemory) => Err(AccessError::NoMemory),
                    Err(_) => Err(AccessError::Bad),
                }
            }
        }
    }

    /// Bytes of a Memory's page from `offset` on that may be copied: never beyond its end.
    fn available(&self, place: Place) -> usize {
        match place {
            Place::Space(..) => place.within_page(),
            Place::Memory(memory, offset) => {
                let left = self.memories[memory].size.saturating_sub(offset);
                place
                    .within_page()
                    .min(usize::try_from(left).unwrap_or(usize::MAX))
                    .max(1)
            }
        }
    }

    /// The frame of `length` bytes of a Memory that lie within one page, if they may be read (or written) as they stand.
    #[inline]
    pub fn page_in_place(
        &self,
        store: &impl FrameStore,
        memory: Ref<Memory>,
        offset: u64,
        length: u64,
        write: bool,
    ) -> Option<Frame> {
        let memory = &self.memories[memory];
        if length > PAGE - offset % PAGE
            || offset > memory.size
            || length > memory.size - offset
            || matches!(memory.kind, MemoryKind::Fixed { .. })
            || (write && (!memory.is_writable() || memory.executable_mappings > 0))
        {
            return None;
        }
        let entry = memory.tree.get(store, offset / PAGE);
        let dirty = entry & page_tree::DIRTY != 0 || memory.kind != MemoryKind::Pager;
        (entry & page_tree::PRESENT != 0 && (dirty || !write)).then(|| page_tree::frame_of(entry))
    }

    /// Copies bytes between two places, which do not overlap (if they do, what arrives is unspecified, and harmless).
    pub fn copy(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        source: Place,
        target: Place,
        length: usize,
    ) -> Copied {
        let mut bytes = 0;
        let mut reading = Run::new(self, source, false);
        let mut writing = Run::new(self, target, true);
        while bytes < length {
            let (from, to) = (source.advanced(bytes), target.advanced(bytes));
            if let Some(from_frame) = reading.frame(self, store, from)
                && let Some(to_frame) = writing.frame(self, store, to)
            {
                let count = (length - bytes)
                    .min(reading.left(from.at()))
                    .min(writing.left(to.at()));
                let (from_offset, to_offset) = (from.at() % PAGE, to.at() % PAGE);
                store.copy(
                    from_frame,
                    from_offset as usize,
                    to_frame,
                    to_offset as usize,
                    count,
                );
                bytes += count;
                continue;
            }
            // Making a page may change where tables are.
            (reading.table, writing.table) = (None, None);
            let (from_frame, from_offset) = match self.reach_place(store, accounts, from, false) {
                Ok(reached) => reached,
                Err(error) => {
                    return Copied {
                        bytes,
                        stop: Some((Side::Source, error)),
                    };
                }
            };
            let (to_frame, to_offset) = match self.reach_place(store, accounts, to, true) {
                Ok(reached) => reached,
                Err(error) => {
                    return Copied {
                        bytes,
                        stop: Some((Side::Target, error)),
                    };
                }
            };
            // Making the target's page can have given the source's a new place, where both are the same page.
            let from_frame = match self.reach_place(store, accounts, from, false) {
                Ok((frame, _)) if frame != from_frame => frame,
                _ => from_frame,
            };
            let count = (length - bytes).min(self.available(from)).min(self.available(to));
            store.copy(from_frame, from_offset, to_frame, to_offset, count);
            bytes += count;
        }
        Copied { bytes, stop: None }
    }

    /// Copies between two address spaces: the path of messages.
    #[inline]
    #[allow(clippy::too_many_arguments, reason = "two addresses in two spaces")]
    pub fn copy_spaces(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        source: Ref<AddressSpace>,
        from: u64,
        target: Ref<AddressSpace>,
        to: u64,
        length: usize,
    ) -> Copied {
        // One page at each end, both in place: nothing to resolve.
        let (from_within, to_within) = ((from % PAGE) as usize, (to % PAGE) as usize);
        if length <= PAGE as usize - from_within.max(to_within)
            && is_user_range(from, 1)
            && is_user_range(to, 1)
        {
            let from_frame = translate(store, self.spaces[source].root, from, Access::Read);
            let to_frame = translate(store, self.spaces[target].root, to, Access::Write);
            if let (Some(from_frame), Some(to_frame)) = (from_frame, to_frame) {
                store.copy(from_frame, from_within, to_frame, to_within, length);
                return Copied {
                    bytes: length,
                    stop: None,
                };
            }
        }
        self.copy(
            store,
            accounts,
            Place::Space(source, from),
            Place::Space(target, to),
            length,
        )
    }

    /// Reads bytes of an address space into the kernel.
    ///
    /// # Errors
    /// The number of bytes that were read, and why no more.
    pub fn read_user(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        space: Ref<AddressSpace>,
        address: u64,
        into: &mut [u8],
    ) -> Result<(), (usize, AccessError)> {
        let mut done = 0;
        while done < into.len() {
            let at = address.wrapping_add(done as u64);
            let (frame, offset) = self
                .reach(store, accounts, space, at, false)
                .map_err(|error| (done, error))?;
            let count = (into.len() - done).min(PAGE as usize - offset);
            store.read(frame, offset, &mut into[done..done + count]);
            done += count;
        }
        Ok(())
    }

    /// Writes bytes of the kernel into an address space.
    ///
    /// # Errors
    /// The number of bytes that were written, and why no more.
    pub fn write_user(
        &mut self,
        store: &mut impl FrameStore,
        accounts: &mut Accounts,
        space: Ref<AddressSpace>,
        address: u64,
        from: &[u8],
    ) -> Result<(), (usize, AccessError)> {
        let mut done = 0;
        while done < from.len() {
            let at = address.wrapping_add(done as u64);
            let (frame, offset) = self
                .reach(store, accounts, space, at, true)
                .map_err(|error| (done, error))?;
            let count = (from.len() - done).min(PAGE as usize - offset);
            store.write(frame, offset, &from[done..done + count]);
            done += count;
        }
        Ok(())
    }

    /// Bytes that a copy between a Memory and a place can move at most, from `offset` on: those up to the end.
    ///
    /// # Errors
    /// [`MemoryError::Invalid`] if `offset` lies beyond the end.
    pub fn bytes_left(&self, memory: Ref<Memory>, offset: u64) -> Result<u64, MemoryError> {
        self.memories[memory]
            .size
            .checked_sub(offset)
            .ok_or(MemoryError::Invalid)
    }
}
