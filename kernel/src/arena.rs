//! Arenas: where kernel objects live, named by (index, generation) and counted by explicit acquire and release.
//!
//! An arena grows by chunks that never move, so an object keeps its address for its whole life (the machine's entry
//! code holds the address of the running thread's registers). A [`Ref`] is plain data: copying it does not count.
//! Whoever stores one for longer than an entry either holds a count (`acquire`, `release`), or treats it as weak and
//! looks it up with [`Arena::get`].
//!
//! Every message looks a dozen objects up, so a look-up is one load from the table of places and one compare of names: a place whose
//! object is gone has another name, so equal names mean that the object is there.
#![allow(unsafe_code)]

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::num::NonZeroU64;
use core::ops::{Index, IndexMut};
use core::ptr::NonNull;

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

/// A place of an arena.
struct Entry<T> {
    /// The name of the object that is here, or comes next; 0: none ever comes.
    name: u64,
    /// References while there is an object; the next free entry while there is none.
    references_or_next: u32,
    /// Whether there is an object. If not, nobody holds a `Ref` with this name.
    live: bool,
    /// Initialised while `live`.
    value: MaybeUninit<T>,
}

impl<T> Entry<T> {
    const fn reference(&self) -> Option<Ref<T>> {
        if !self.live {
            return None;
        }
        match NonZeroU64::new(self.name) {
            Some(name) => Some(Ref {
                name,
                kind: PhantomData,
            }),
            None => None,
        }
    }
}

/// A growing set of counted objects.
pub struct Arena<T> {
    /// Where each place lies: in a chunk that this arena owns and never moves or frees before its own end.
    places: Vec<NonNull<Entry<T>>>,
    first_free: u32,
    live: u32,
    reserved: u32,
    capacity: u32,
}

// SAFETY: the pointers lead to memory that this arena alone owns, as a `Vec<Box<..>>` would.
unsafe impl<T: Send> Send for Arena<T> {}

impl<T> fmt::Debug for Arena<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Arena of {} objects", self.live)
    }
}

impl<T> Drop for Arena<T> {
    fn drop(&mut self) {
        for chunk in self.places.chunks_exact(CHUNK) {
            // SAFETY: `grow` made each run of `CHUNK` places from one box, in this order, and nothing refers to it any more.
            let mut entries = unsafe { Box::from_raw(chunk[0].as_ptr().cast::<[Entry<T>; CHUNK]>()) };
            for entry in entries.iter_mut().filter(|entry| entry.live) {
                // SAFETY: a live entry has a value.
                unsafe { entry.value.assume_init_drop() };
            }
        }
    }
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
            places: Vec::new(),
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
        entry.value = MaybeUninit::new(value);
        entry.live = true;
        let reference = entry.reference().ok_or(OutOfMemory)?;
        self.first_free = next;
        self.live += 1;
        Ok(reference)
    }

    fn grow(&mut self) -> Result<(), OutOfMemory> {
        let base = u32::try_from(self.places.len()).map_err(|_| OutOfMemory)?;
        if base >= NO_ENTRY - CHUNK as u32 {
            return Err(OutOfMemory);
        }
        self.places.try_reserve(CHUNK).map_err(|_| OutOfMemory)?;
        let mut chunk: Vec<Entry<T>> = Vec::new();
        chunk.try_reserve_exact(CHUNK).map_err(|_| OutOfMemory)?;
        for offset in 0..CHUNK as u32 {
            let next = if offset + 1 == CHUNK as u32 {
                self.first_free
            } else {
                base + offset + 1
            };
            chunk.push(Entry {
                name: FIRST_GENERATION | u64::from(base + offset),
                references_or_next: next,
                live: false,
                value: MaybeUninit::uninit(),
            });
        }
        let first = Box::into_raw(chunk.into_boxed_slice()).cast::<Entry<T>>();
        for offset in 0..CHUNK {
            // SAFETY: the box has `CHUNK` entries, so the pointer stays inside and is not null.
            self.places
                .push(unsafe { NonNull::new_unchecked(first.add(offset)) });
        }
        self.first_free = base;
        self.capacity += CHUNK as u32;
        Ok(())
    }

    #[inline(always)]
    fn entry(&self, index: u32) -> Option<&Entry<T>> {
        // SAFETY: the place is one of this arena's own; it is borrowed as the arena is.
        self.places
            .get(index as usize)
            .map(|place| unsafe { place.as_ref() })
    }

    #[inline(always)]
    fn entry_mut(&mut self, index: u32) -> Option<&mut Entry<T>> {
        // SAFETY: the place is one of this arena's own; it is borrowed as the arena is, exclusively.
        self.places
            .get(index as usize)
            .map(|place| unsafe { &mut *place.as_ptr() })
    }

    /// The entry of an object that exists.
    #[inline(always)]
    fn named(&self, reference: Ref<T>) -> Option<&Entry<T>> {
        self.entry(reference.index())
            .filter(|entry| entry.name == reference.name.get())
    }

    /// The entry of an object that exists.
    #[inline(always)]
    fn named_mut(&mut self, reference: Ref<T>) -> Option<&mut Entry<T>> {
        self.entry_mut(reference.index())
            .filter(|entry| entry.name == reference.name.get())
    }

    /// The object, if it still exists.
    #[inline(always)]
    #[must_use]
    pub fn get(&self, reference: Ref<T>) -> Option<&T> {
        let entry = self.named(reference)?;
        // SAFETY: a `Ref` with the entry's present name was made when its object came, and the name changes when that goes.
        Some(unsafe { entry.value.assume_init_ref() })
    }

    /// The object, if it still exists.
    #[inline(always)]
    #[must_use]
    pub fn get_mut(&mut self, reference: Ref<T>) -> Option<&mut T> {
        let entry = self.named_mut(reference)?;
        // SAFETY: as in `get`.
        Some(unsafe { entry.value.assume_init_mut() })
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
        self.entry(index)?.reference()
    }

    /// An object that exists, and its count of references, to be read and changed together.
    ///
    /// # Panics
    /// As [`Arena::acquire`].
    #[inline(always)]
    pub fn with_count(&mut self, reference: Ref<T>) -> (&mut T, &mut u32) {
        let entry = self.live_entry(reference);
        // SAFETY: as in `get`.
        (
            unsafe { entry.value.assume_init_mut() },
            &mut entry.references_or_next,
        )
    }

    /// The object in a place, with its reference, and another one.
    #[inline(always)]
    pub fn at_with(&mut self, index: u32, other: Ref<T>) -> Option<(Ref<T>, &mut T, &mut T)> {
        let (one, two) = self.two_entries(index, other.index())?;
        if two.name != other.name.get() {
            return None;
        }
        let reference = one.reference()?;
        // SAFETY: the first is live, and the second as in `get`.
        Some(unsafe {
            (
                reference,
                one.value.assume_init_mut(),
                two.value.assume_init_mut(),
            )
        })
    }

    #[inline(always)]
    fn two_entries(&mut self, first: u32, second: u32) -> Option<(&mut Entry<T>, &mut Entry<T>)> {
        if first == second {
            return None;
        }
        let one = *self.places.get(first as usize)?;
        let two = *self.places.get(second as usize)?;
        // SAFETY: different places of this arena's own, borrowed as the arena is, exclusively.
        Some(unsafe { (&mut *one.as_ptr(), &mut *two.as_ptr()) })
    }

    /// Two different objects at once.
    #[inline(always)]
    pub fn get_two(&mut self, first: Ref<T>, second: Ref<T>) -> Option<(&mut T, &mut T)> {
        let (one, two) = self.two_entries(first.index(), second.index())?;
        if one.name != first.name.get() || two.name != second.name.get() {
            return None;
        }
        // SAFETY: as in `get`.
        Some(unsafe { (one.value.assume_init_mut(), two.value.assume_init_mut()) })
    }

    /// Number of places, free ones too: the bound for [`Arena::at`].
    #[must_use]
    pub fn places(&self) -> u32 {
        self.places.len() as u32
    }

    /// The first object at or behind a place.
    #[must_use]
    pub fn next_from(&self, index: u32) -> Option<Ref<T>> {
        (index..u32::try_from(self.places.len()).unwrap_or(u32::MAX)).find_map(|index| self.at(index))
    }

    /// Number of references to an object; 0 if it is gone.
    #[must_use]
    pub fn references(&self, reference: Ref<T>) -> u32 {
        self.named(reference).map_or(0, |entry| entry.references_or_next)
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
        let entry = self.named_mut(reference)?;
        // SAFETY: as in `get`; the entry gets another name and is not live from here on, so that the value is taken once.
        let value = unsafe { entry.value.assume_init_read() };
        entry.live = false;
        // A place whose generations are used up is not reused: an old reference would name the new object.
        if let Some(next) = entry.name.checked_add(FIRST_GENERATION) {
            entry.name = next;
            entry.references_or_next = first_free;
            self.first_free = reference.index();
        } else {
            entry.name = 0;
            entry.references_or_next = 0;
            self.capacity -= 1;
        }
        self.live -= 1;
        Some(value)
    }

    #[inline(always)]
    fn live_entry(&mut self, reference: Ref<T>) -> &mut Entry<T> {
        match self.named_mut(reference) {
            Some(entry) => entry,
            None => stale(reference.index(), reference.generation()),
        }
    }

    /// All objects, in the order of their places.
    pub fn iter(&self) -> impl Iterator<Item = (Ref<T>, &T)> {
        self.places.iter().filter_map(|place| {
            // SAFETY: the place is one of this arena's own; it is borrowed as the arena is.
            let entry = unsafe { place.as_ref() };
            let reference = entry.reference()?;
            // SAFETY: the entry is live.
            Some((reference, unsafe { entry.value.assume_init_ref() }))
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
