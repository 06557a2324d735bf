//! Arenas: where kernel objects live, named by (index, generation) and counted by explicit acquire and release.
//!
//! An arena grows by chunks that never move, so an object keeps its address for its whole life (the machine's entry
//! code holds the address of the running thread's registers). A [`Ref`] is plain data: copying it does not count.
//! Whoever stores one for longer than an entry either holds a count (`acquire`, `release`), or treats it as weak and
//! looks it up with [`Arena::get`].

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;
use core::num::NonZeroU64;
use core::ops::{Index, IndexMut};

/// Objects in a chunk, as a power of two.
const CHUNK_SHIFT: u32 = 5;
const CHUNK: usize = 1 << CHUNK_SHIFT;
const NO_ENTRY: u32 = u32::MAX;
/// A name has the generation in its high half, from 1 on.
const FIRST_GENERATION: u64 = 1 << 32;

/// The machine has no memory for another object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

/// Names an object of an arena, and never another one that took its place.
pub struct Ref<T> {
    /// Generation in the high half, index in the low one: one word to copy and to compare.
    name: NonZeroU64,
    kind: PhantomData<fn() -> T>,
}

impl<T> Ref<T> {
    /// The place in the arena; dense, reused after the object is gone.
    #[inline(always)]
    #[must_use]
    pub const fn index(self) -> u32 {
        self.name.get() as u32
    }

    /// Which of the objects that had this place.
    #[inline(always)]
    #[must_use]
    pub const fn generation(self) -> u32 {
        (self.name.get() >> 32) as u32
    }
}

impl<T> Clone for Ref<T> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Ref<T> {}
impl<T> PartialEq for Ref<T> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
impl<T> Eq for Ref<T> {}
impl<T> Hash for Ref<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}
impl<T> fmt::Debug for Ref<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.index(), self.generation())
    }
}

#[derive(Debug)]
struct Entry<T> {
    /// The name of the object that is here, or comes next.
    name: NonZeroU64,
    /// References while there is a value; the next free entry while there is none.
    references_or_next: u32,
    value: Option<T>,
}

/// A growing set of counted objects.
#[derive(Debug)]
pub struct Arena<T> {
    chunks: Vec<Box<[Entry<T>; CHUNK]>>,
    first_free: u32,
    live: u32,
    reserved: u32,
    capacity: u32,
}

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Arena<T> {
    /// An empty arena.
    #[must_use]
    pub const fn new() -> Self {
        Arena {
            chunks: Vec::new(),
            first_free: NO_ENTRY,
            live: 0,
            reserved: 0,
            capacity: 0,
        }
    }

    /// Number of objects.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.live as usize
    }

    /// Whether there is no object.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Number of places that are kept for [`Arena::insert_reserved`].
    #[must_use]
    pub const fn reserved(&self) -> usize {
        self.reserved as usize
    }

    /// Keeps a place, so that a later `insert_reserved` cannot fail.
    ///
    /// # Errors
    /// The machine has no memory.
    pub fn reserve(&mut self) -> Result<(), OutOfMemory> {
        if self.live + self.reserved == self.capacity {
            self.grow()?;
        }
        self.reserved += 1;
        Ok(())
    }

    /// Gives a kept place back.
    pub fn unreserve(&mut self) {
        debug_assert!(self.reserved > 0);
        self.reserved = self.reserved.saturating_sub(1);
    }

    /// Adds an object, with one reference.
    ///
    /// # Errors
    /// The machine has no memory.
    pub fn insert(&mut self, value: T) -> Result<Ref<T>, OutOfMemory> {
        self.reserve()?;
        self.insert_reserved(value)
    }

    /// Adds an object in a place kept by [`Arena::reserve`], with one reference.
    ///
    /// # Errors
    /// No place was kept: a defect of the caller, answered as if memory had run out.
    pub fn insert_reserved(&mut self, value: T) -> Result<Ref<T>, OutOfMemory> {
        if self.reserved == 0 || self.first_free == NO_ENTRY {
            return Err(OutOfMemory);
        }
        self.reserved -= 1;
        let index = self.first_free;
        let entry = self.entry_mut(index).ok_or(OutOfMemory)?;
        let next = entry.references_or_next;
        entry.references_or_next = 1;
        entry.value = Some(value);
        let name = entry.name;
        self.first_free = next;
        self.live += 1;
        Ok(Ref {
            name,
            kind: PhantomData,
        })
    }

    fn grow(&mut self) -> Result<(), OutOfMemory> {
        let base = u32::try_from(self.chunks.len() * CHUNK).map_err(|_| OutOfMemory)?;
        if base >= NO_ENTRY - CHUNK as u32 {
            return Err(OutOfMemory);
        }
        self.chunks.try_reserve(1).map_err(|_| OutOfMemory)?;
        let mut chunk = Vec::new();
        chunk.try_reserve_exact(CHUNK).map_err(|_| OutOfMemory)?;
        for offset in 0..CHUNK as u32 {
            let next = if offset + 1 == CHUNK as u32 {
                self.first_free
            } else {
                base + offset + 1
            };
            let first_name = FIRST_GENERATION | u64::from(base + offset);
            chunk.push(Entry {
                name: NonZeroU64::new(first_name).ok_or(OutOfMemory)?,
                references_or_next: next,
                value: None,
            });
        }
        let Ok(chunk) = chunk.into_boxed_slice().try_into() else {
            return Err(OutOfMemory);
        };
        self.chunks.push(chunk);
        self.first_free = base;
        self.capacity += CHUNK as u32;
        Ok(())
    }

    #[inline(always)]
    fn entry(&self, index: u32) -> Option<&Entry<T>> {
        let chunk = self.chunks.get((index >> CHUNK_SHIFT) as usize)?;
        Some(&chunk[index as usize & (CHUNK - 1)])
    }

    #[inline(always)]
    fn entry_mut(&mut self, index: u32) -> Option<&mut Entry<T>> {
        let chunk = self.chunks.get_mut((index >> CHUNK_SHIFT) as usize)?;
        Some(&mut chunk[index as usize & (CHUNK - 1)])
    }

    /// The object, if it still exists.
    #[inline(always)]
    #[must_use]
    pub fn get(&self, reference: Ref<T>) -> Option<&T> {
        let entry = self.entry(reference.index())?;
        if entry.name != reference.name {
            return None;
        }
        entry.value.as_ref()
    }

    /// The object, if it still exists.
    #[inline(always)]
    #[must_use]
    pub fn get_mut(&mut self, reference: Ref<T>) -> Option<&mut T> {
        let entry = self.entry_mut(reference.index())?;
        if entry.name != reference.name {
            return None;
        }
        entry.value.as_mut()
    }

    /// Whether the object still exists.
    #[inline]
    #[must_use]
    pub fn contains(&self, reference: Ref<T>) -> bool {
        self.get(reference).is_some()
    }

    /// The reference of the object that is in this place now.
    #[inline(always)]
    #[must_use]
    pub fn at(&self, index: u32) -> Option<Ref<T>> {
        let entry = self.entry(index)?;
        entry.value.as_ref()?;
        Some(Ref {
            name: entry.name,
            kind: PhantomData,
        })
    }

    /// An object that exists, and its count of references, to be read and changed together.
    ///
    /// # Panics
    /// As [`Arena::acquire`].
    #[inline(always)]
    pub fn with_count(&mut self, reference: Ref<T>) -> (&mut T, &mut u32) {
        let entry = self.live_entry(reference);
        match &mut entry.value {
            Some(value) => (value, &mut entry.references_or_next),
            None => stale(reference.index(), reference.generation()),
        }
    }

    /// The object in a place, with its reference, and another one.
    #[inline(always)]
    pub fn at_with(&mut self, index: u32, other: Ref<T>) -> Option<(Ref<T>, &mut T, &mut T)> {
        let (one, two) = self.two_entries(index, other.index())?;
        if two.name != other.name {
            return None;
        }
        let reference = Ref {
            name: one.name,
            kind: PhantomData,
        };
        Some((reference, one.value.as_mut()?, two.value.as_mut()?))
    }

    #[inline(always)]
    fn two_entries(&mut self, first: u32, second: u32) -> Option<(&mut Entry<T>, &mut Entry<T>)> {
        let (chunk, other) = ((first >> CHUNK_SHIFT) as usize, (second >> CHUNK_SHIFT) as usize);
        let (place, other_place) = (first as usize & (CHUNK - 1), second as usize & (CHUNK - 1));
        if chunk == other {
            let [one, two] = self
                .chunks
                .get_mut(chunk)?
                .get_disjoint_mut([place, other_place])
                .ok()?;
            Some((one, two))
        } else {
            let [one, two] = self.chunks.get_disjoint_mut([chunk, other]).ok()?;
            Some((&mut one[place], &mut two[other_place]))
        }
    }

    /// Two different objects at once.
    #[inline(always)]
    pub fn get_two(&mut self, first: Ref<T>, second: Ref<T>) -> Option<(&mut T, &mut T)> {
        let (one, two) = self.two_entries(first.index(), second.index())?;
        if one.name != first.name || two.name != second.name {
            return None;
        }
        one.value.as_mut().zip(two.value.as_mut())
    }

    /// The first object at or behind a place.
    #[must_use]
    pub fn next_from(&self, index: u32) -> Option<Ref<T>> {
        (index..u32::try_from(self.chunks.len() * CHUNK).unwrap_or(u32::MAX)).find_map(|index| self.at(index))
    }

    /// Number of references to an object; 0 if it is gone.
    #[must_use]
    pub fn references(&self, reference: Ref<T>) -> u32 {
        match self.entry(reference.index()) {
            Some(entry) if entry.name == reference.name && entry.value.is_some() => entry.references_or_next,
            _ => 0,
        }
    }

    /// Counts one more reference.
    ///
    /// # Panics
    /// If the object is gone (whoever acquires must hold it already), or has four thousand million references.
    #[inline(always)]
    pub fn acquire(&mut self, reference: Ref<T>) {
        let entry = self.live_entry(reference);
        entry.references_or_next = entry
            .references_or_next
            .checked_add(1)
            .expect("more references than can be counted");
    }

    /// Counts one reference less. True when it was the last: the caller must then take the object apart and
    /// [`Arena::remove`] it.
    ///
    /// # Panics
    /// If the object is gone, or had no references left.
    #[inline(always)]
    #[must_use]
    pub fn release(&mut self, reference: Ref<T>) -> bool {
        let entry = self.live_entry(reference);
        entry.references_or_next = entry
            .references_or_next
            .checked_sub(1)
            .expect("a reference was released twice");
        entry.references_or_next == 0
    }

    /// Takes the object out. References to it name nothing from now on.
    pub fn remove(&mut self, reference: Ref<T>) -> Option<T> {
        let first_free = self.first_free;
        let entry = self.entry_mut(reference.index())?;
        if entry.name != reference.name {
            return None;
        }
        let value = entry.value.take()?;
        // A place whose generations are used up is not reused: an old reference would name the new object.
        if let Some(next) = entry.name.checked_add(FIRST_GENERATION) {
            entry.name = next;
            entry.references_or_next = first_free;
            self.first_free = reference.index();
        } else {
            entry.references_or_next = 0;
            self.capacity -= 1;
        }
        self.live -= 1;
        Some(value)
    }

    #[inline(always)]
    fn live_entry(&mut self, reference: Ref<T>) -> &mut Entry<T> {
        match self.entry_mut(reference.index()) {
            Some(entry) if entry.name == reference.name && entry.value.is_some() => entry,
            _ => stale(reference.index(), reference.generation()),
        }
    }

    /// All objects, in the order of their places.
    pub fn iter(&self) -> impl Iterator<Item = (Ref<T>, &T)> {
        self.chunks.iter().flat_map(|entries| {
            entries.iter().filter_map(|entry| {
                let value = entry.value.as_ref()?;
                Some((
                    Ref {
                        name: entry.name,
                        kind: PhantomData,
                    },
                    value,
                ))
            })
        })
    }
}

#[cold]
#[inline(never)]
#[track_caller]
fn stale(index: u32, generation: u32) -> ! {
    panic!("reference {index}.{generation} names no object")
}

impl<T> Index<Ref<T>> for Arena<T> {
    type Output = T;
    #[inline(always)]
    fn index(&self, reference: Ref<T>) -> &T {
        match self.get(reference) {
            Some(value) => value,
            None => stale(reference.index(), reference.generation()),
        }
    }
}

impl<T> IndexMut<Ref<T>> for Arena<T> {
    #[inline(always)]
    fn index_mut(&mut self, reference: Ref<T>) -> &mut T {
        match self.get_mut(reference) {
            Some(value) => value,
            None => stale(reference.index(), reference.generation()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    #[test]
    fn stale_reference_never_names_the_next_object() {
        let mut arena = Arena::new();
        let first = arena.insert(1).unwrap();
        assert!(arena.release(first));
        assert_eq!(arena.remove(first), Some(1));
        let second = arena.insert(2).unwrap();
        assert_eq!(second.index(), first.index());
        assert_eq!(arena.get(first), None);
        assert_eq!(arena[second], 2);
        assert_eq!(arena.remove(first), None);
    }

    #[test]
    fn objects_keep_their_addresses_while_the_arena_grows() {
        let mut arena = Arena::new();
        let first = arena.insert(0u64).unwrap();
        let address = core::ptr::from_ref(&arena[first]);
        for value in 1..10_000 {
            arena.insert(value).unwrap();
        }
        assert_eq!(core::ptr::from_ref(&arena[first]), address);
    }

    #[test]
    fn reserved_places_are_not_given_to_others() {
        let mut arena = Arena::new();
        arena.reserve().unwrap();
        for value in 0..CHUNK * 2 {
            arena.insert(value).unwrap();
        }
        assert_eq!(arena.reserved(), 1);
        assert!(arena.insert_reserved(99).is_ok());
        assert!(arena.insert_reserved(100).is_err());
    }

    proptest! {
        #[test]
        fn arena_agrees_with_a_map(steps in proptest::collection::vec((0u8..4, 0usize..40), 1..400)) {
            let mut arena = Arena::new();
            let mut model: HashMap<Ref<u32>, (u32, u32)> = HashMap::new();
            let mut known: Vec<Ref<u32>> = Vec::new();
            for (number, (action, pick)) in steps.into_iter().enumerate() {
                let reference = known.get(pick % known.len().max(1)).copied();
                match (action, reference) {
                    (0, _) | (_, None) => {
                        let reference = arena.insert(number as u32).unwrap();
                        prop_assert!(model.insert(reference, (number as u32, 1)).is_none());
                        known.push(reference);
                    }
                    (1, Some(reference)) => {
                        if let Some(entry) = model.get_mut(&reference) {
                            entry.1 += 1;
                            arena.acquire(reference);
                        }
                    }
                    (_, Some(reference)) => {
                        if let Some(entry) = model.get_mut(&reference) {
                            entry.1 -= 1;
                            prop_assert_eq!(arena.release(reference), entry.1 == 0);
                            if entry.1 == 0 {
                                let value = entry.0;
                                prop_assert_eq!(arena.remove(reference), Some(value));
                                model.remove(&reference);
                            }
                        }
                    }
                }
                for reference in &known {
                    prop_assert_eq!(arena.get(*reference), model.get(reference).map(|entry| &entry.0));
                    prop_assert_eq!(arena.references(*reference), model.get(reference).map_or(0, |entry| entry.1));
                }
                prop_assert_eq!(arena.len(), model.len());
                prop_assert_eq!(arena.iter().count(), model.len());
            }
        }
    }
}
