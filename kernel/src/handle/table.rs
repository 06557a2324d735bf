//! A process's handle table: the region of descriptors and the process's own region. Note 0003.
//!
//! Slots come in blocks of 16 that are made on demand and never move. The table only keeps numbers and slots; who counts
//! objects and charges accounts is `install`.

use super::bitmap::NumberSet;
use super::slot::{Content, Slot};
use crate::arena::OutOfMemory;
use alloc::boxed::Box;
use alloc::vec::Vec;
use trivet_abi::handle::Handle;

const BLOCK: usize = 16;

/// Bytes of a block of slots, for charging.
pub const BLOCK_BYTES: usize = BLOCK * size_of::<Slot>();

type Block = Box<[Slot; BLOCK]>;

/// One region of slots.
#[derive(Debug, Default)]
pub struct Region {
    blocks: Vec<Option<Block>>,
    taken: NumberSet,
    count: usize,
}

impl Region {
    const fn new() -> Self {
        Region {
            blocks: Vec::new(),
            taken: NumberSet::new(),
            count: 0,
        }
    }

    /// The slot with this index, if it was ever made.
    #[inline]
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&Slot> {
        match self.blocks.get(index / BLOCK) {
            Some(Some(block)) => Some(&block[index % BLOCK]),
            _ => None,
        }
    }

    #[inline]
    fn get_mut(&mut self, index: usize) -> Option<&mut Slot> {
        match self.blocks.get_mut(index / BLOCK) {
            Some(Some(block)) => Some(&mut block[index % BLOCK]),
            _ => None,
        }
    }

    /// Bytes that [`Region::prepare`] would add for this index.
    #[must_use]
    pub fn growth_bytes(&self, index: usize) -> usize {
        match self.blocks.get(index / BLOCK) {
            Some(Some(_)) => 0,
            Some(None) => BLOCK_BYTES,
            None => BLOCK_BYTES + (index / BLOCK + 1 - self.blocks.len()) * size_of::<Option<Block>>(),
        }
    }

    /// Makes the slot with this index exist.
    fn prepare(&mut self, index: usize) -> Result<(), OutOfMemory> {
        let block = index / BLOCK;
        if block >= self.blocks.len() {
            let more = block + 1 - self.blocks.len();
            self.blocks.try_reserve(more).map_err(|_| OutOfMemory)?;
            self.blocks.resize_with(block + 1, || None);
        }
        self.taken.reserve((block + 1) * BLOCK)?;
        if let Some(place @ None) = self.blocks.get_mut(block) {
            let mut slots: Vec<Slot> = Vec::new();
            slots.try_reserve_exact(BLOCK).map_err(|_| OutOfMemory)?;
            slots.resize(BLOCK, Slot::EMPTY);
            let made: Result<Block, _> = slots.into_boxed_slice().try_into();
            *place = made.ok();
        }
        Ok(())
    }

    /// Lowest free index at or above `from`.
    #[must_use]
    pub fn lowest_free(&self, from: usize) -> usize {
        self.taken.lowest_free(from)
    }

    /// Lowest taken index at or above `from`.
    #[must_use]
    pub fn lowest_taken(&self, from: usize) -> Option<usize> {
        self.taken.lowest_taken(from)
    }

    /// Taken slots.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// 64 indices from `64 * word` on, as bits.
    #[must_use]
    pub fn taken_word(&self, word: usize) -> u64 {
        self.taken.word(word)
    }
}

/// Where a slot lies: region and index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A descriptor.
    Descriptor(u32),
    /// Of the process's own region.
    Own(u32),
}

/// Both regions.
#[derive(Debug, Default)]
pub struct HandleTable {
    /// Descriptors: the index is the handle's value.
    pub descriptors: Region,
    /// The process's own.
    pub own: Region,
}

impl HandleTable {
    /// An empty table.
    #[must_use]
    pub const fn new() -> Self {
        HandleTable {
            descriptors: Region::new(),
            own: Region::new(),
        }
    }

    /// The place that a handle value names, whatever is there. `None`: no such place, or an older generation.
    #[inline]
    #[must_use]
    pub fn place(&self, handle: Handle) -> Option<Place> {
        if handle.is_descriptor() {
            return Some(Place::Descriptor(handle.0));
        }
        if !handle.is_own() || handle.own_index() >= Handle::OWN_END {
            return None;
        }
        let slot = self.own.get(handle.own_index() as usize)?;
        if u32::from(slot.generation) != handle.own_generation() {
            return None;
        }
        Some(Place::Own(handle.own_index()))
    }

    /// The slot that a handle value names, if it is taken.
    #[inline]
    #[must_use]
    pub fn lookup(&self, handle: Handle) -> Option<&Slot> {
        let slot = self.named(handle)?;
        match slot.content {
            Content::Free | Content::Reserved => None,
            Content::Dead | Content::Live(_) => Some(slot),
        }
    }

    /// The slot that a handle value names, taken or not.
    #[inline(always)]
    #[must_use]
    pub fn named(&self, handle: Handle) -> Option<&Slot> {
        let slot = if handle.is_descriptor() {
            self.descriptors.get(handle.0 as usize)?
        } else {
            if !handle.is_own() {
                return None;
            }
            let slot = self.own.get(handle.own_index() as usize)?;
            if u32::from(slot.generation) != handle.own_generation() {
                return None;
            }
            slot
        };
        Some(slot)
    }

    /// The slot at a place, if it was ever made.
    #[must_use]
    pub fn slot(&self, place: Place) -> Option<&Slot> {
        match place {
            Place::Descriptor(index) => self.descriptors.get(index as usize),
            Place::Own(index) => self.own.get(index as usize),
        }
    }

    /// The slot at a place, if it was ever made, to change flags of a taken one.
    pub fn slot_mut(&mut self, place: Place) -> Option<&mut Slot> {
        match place {
            Place::Descriptor(index) => self.descriptors.get_mut(index as usize),
            Place::Own(index) => self.own.get_mut(index as usize),
        }
    }

    /// The handle value of a place.
    #[must_use]
    pub fn value(&self, place: Place) -> Handle {
        match place {
            Place::Descriptor(index) => Handle(index),
            Place::Own(index) => {
                let generation = self.own.get(index as usize).map_or(0, |slot| slot.generation);
                Handle::own(index, u32::from(generation))
            }
        }
    }

    /// Bytes that taking this place would add.
    #[must_use]
    pub fn growth_bytes(&self, place: Place) -> usize {
        match place {
            Place::Descriptor(index) => self.descriptors.growth_bytes(index as usize),
            Place::Own(index) => self.own.growth_bytes(index as usize),
        }
    }

    /// Takes a free place and marks it reserved.
    ///
    /// # Errors
    /// The machine has no memory for the slots.
    pub fn take(&mut self, place: Place) -> Result<(), OutOfMemory> {
        let (region, index) = match place {
            Place::Descriptor(index) => (&mut self.descriptors, index as usize),
            Place::Own(index) => (&mut self.own, index as usize),
        };
        region.prepare(index)?;
        let slot = region.get_mut(index).ok_or(OutOfMemory)?;
        debug_assert_eq!(slot.content, Content::Free);
        let generation = slot.generation;
        *slot = Slot {
            content: Content::Reserved,
            generation,
            ..Slot::EMPTY
        };
        region.taken.insert(index);
        region.count += 1;
        Ok(())
    }

    /// Writes a taken slot, keeping its generation.
    pub fn fill(&mut self, place: Place, slot: Slot) {
        if let Some(target) = self.slot_mut(place) {
            let generation = target.generation;
            *target = Slot {
                generation,
                also_answers: slot.interface.also_answers(),
                ..slot
            };
        }
    }

    /// Empties a taken place and answers what was there. An own slot gets its next generation; one whose generations
    /// are used up starts again, after 8,192 uses of one number.
    pub fn free(&mut self, place: Place) -> Slot {
        let (region, index) = match place {
            Place::Descriptor(index) => (&mut self.descriptors, index as usize),
            Place::Own(index) => (&mut self.own, index as usize),
        };
        let Some(slot) = region.get_mut(index) else {
            return Slot::EMPTY;
        };
        if slot.content == Content::Free {
            return Slot::EMPTY;
        }
        let was = *slot;
        let last_generation = (1 << Handle::OWN_GENERATION_BITS) - 1;
        let generation = match place {
            Place::Descriptor(_) => 0,
            Place::Own(_) if was.generation == last_generation => 0,
            Place::Own(_) => was.generation + 1,
        };
        *slot = Slot {
            generation,
            ..Slot::EMPTY
        };
        region.taken.remove(index);
        region.count -= 1;
        was
    }

    /// Taken slots of both regions.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.descriptors.count() + self.own.count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handle::slot::Object;

    fn live() -> Slot {
        Slot {
            content: Content::Live(Object::Clock),
            ..Slot::EMPTY
        }
    }

    #[test]
    fn freed_own_value_never_names_the_next_object() {
        let mut table = HandleTable::new();
        let place = Place::Own(5);
        table.take(place).unwrap();
        table.fill(place, live());
        let first = table.value(place);
        assert!(table.lookup(first).is_some());
        assert_eq!(table.free(place).object(), Some(Object::Clock));
        assert!(table.lookup(first).is_none());
        table.take(place).unwrap();
        table.fill(place, live());
        assert!(table.lookup(first).is_none());
        assert!(table.lookup(table.value(place)).is_some());
    }

    #[test]
    fn descriptor_keeps_its_number_and_high_ones_cost_one_block() {
        let mut table = HandleTable::new();
        let place = Place::Descriptor(1_000_000);
        table.take(place).unwrap();
        assert!(
            table.lookup(Handle(1_000_000)).is_none(),
            "reserved slots name nothing"
        );
        table.fill(place, live());
        assert!(table.lookup(Handle(1_000_000)).is_some());
        assert_eq!(table.descriptors.lowest_free(0), 0);
        assert_eq!(table.growth_bytes(Place::Descriptor(1_000_001)), 0);
        assert_eq!(table.growth_bytes(Place::Descriptor(1)), BLOCK_BYTES);
    }

    #[test]
    fn special_values_name_no_slot() {
        let table = HandleTable::new();
        for value in [
            Handle::NONE,
            Handle::SELF_THREAD,
            Handle(1 << 20),
            Handle(0x7fff_ffff),
        ] {
            assert!(table.lookup(value).is_none());
            assert!(table.place(value).is_none());
        }
    }
}
