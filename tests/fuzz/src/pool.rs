//! The handles that the fuzzer holds, by what they speak, and those that it held.

use crate::random::Random;
use alloc::vec::Vec;
use trivet_abi::handle::Handle;

/// Most handles kept; beyond, an old one is closed.
const MOST: usize = 96;
/// Stale handles remembered.
const MOST_STALE: usize = 32;

/// A handle and what it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The handle.
    pub handle: Handle,
    /// Number of its interface.
    pub interface: u16,
    /// Its label.
    pub label: u32,
    /// It stays: without it the fuzzer could not go on.
    pub keep: bool,
    /// A process that the fuzzer made, or a part of one: whatever happens to it harms no one else.
    pub own_making: bool,
}

/// The fuzzer's handles.
#[derive(Debug, Default)]
pub struct Pool {
    held: Vec<Held>,
    stale: Vec<Handle>,
}

impl Pool {
    /// Adds a handle; the one that must be closed for it, if the pool is full.
    pub fn add(&mut self, random: &mut Random, held: Held) -> Option<Handle> {
        if self.held.iter().any(|other| other.handle == held.handle) {
            return None;
        }
        self.held.push(held);
        if self.held.len() <= MOST {
            return None;
        }
        let victim = (0..8)
            .map(|_| random.index(self.held.len() - 1))
            .find(|&at| !self.held[at].keep)?;
        let old = self.held.swap_remove(victim).handle;
        self.forget(old);
        Some(old)
    }

    /// Takes out a handle that is none any more.
    pub fn forget(&mut self, handle: Handle) {
        self.held.retain(|held| held.handle != handle || held.keep);
        if self.stale.len() < MOST_STALE {
            self.stale.push(handle);
        }
    }

    /// The entry of a handle.
    #[must_use]
    pub fn find(&self, handle: Handle) -> Option<Held> {
        self.held.iter().find(|held| held.handle == handle).copied()
    }

    /// A handle that speaks this interface.
    pub fn of(&self, random: &mut Random, interface: u16) -> Option<Held> {
        let count = self
            .held
            .iter()
            .filter(|held| held.interface == interface)
            .count();
        let at = random.index(count);
        self.held
            .iter()
            .filter(|held| held.interface == interface)
            .nth(at)
            .copied()
    }

    /// The interfaces that some handle speaks.
    #[must_use]
    pub fn interfaces(&self) -> Vec<u16> {
        let mut list: Vec<u16> = self.held.iter().map(|held| held.interface).collect();
        list.sort_unstable();
        list.dedup();
        list
    }

    /// Any handle at all.
    pub fn any(&self, random: &mut Random) -> Handle {
        random.pick(&self.held).map_or(Handle::NONE, |held| held.handle)
    }

    /// A label that some handle has.
    pub fn label(&self, random: &mut Random) -> u32 {
        random.pick(&self.held).map_or(0, |held| held.label)
    }

    /// A handle that is none: stale, of another generation, or made up.
    pub fn forged(&self, random: &mut Random) -> Handle {
        match random.below(4) {
            0 => random.pick(&self.stale).copied().unwrap_or(Handle::NONE),
            1 => {
                let held = self.any(random);
                let generation = held.own_generation().wrapping_add(1 + random.below(3) as u32);
                Handle::own(held.own_index(), generation)
            }
            2 => Handle(random.below(u64::from(Handle::DESCRIPTOR_END) + 2) as u32),
            _ => Handle(random.number() as u32),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(number: u32, keep: bool) -> Held {
        Held {
            handle: Handle::own(number, 0),
            interface: 32,
            label: 1,
            keep,
            own_making: false,
        }
    }

    #[test]
    fn a_full_pool_gives_up_a_handle_that_it_may() {
        let mut random = Random::new(1);
        let mut pool = Pool::default();
        for number in 0..MOST as u32 {
            assert_eq!(pool.add(&mut random, held(number, number < 8)), None);
        }
        let victim = pool.add(&mut random, held(1000, false)).expect("one has to go");
        assert!(victim.own_index() >= 8 && pool.find(victim).is_none());
        assert!(pool.find(Handle::own(1000, 0)).is_some());
    }

    #[test]
    fn what_must_stay_is_not_forgotten() {
        let mut pool = Pool::default();
        pool.add(&mut Random::new(1), held(1, true));
        pool.forget(Handle::own(1, 0));
        assert!(pool.find(Handle::own(1, 0)).is_some());
    }
}
