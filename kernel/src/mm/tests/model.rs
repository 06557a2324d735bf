//! Random use of address spaces and Memories against a model: what byte every page must show, and that nothing leaks.

use super::{BASE, fixed};
use crate::account::Resource;
use crate::arena::Ref;
use crate::mm::map::{MapKind, Mapped, flags};
use crate::mm::remap::Remap;
use crate::mm::testing::World;
use crate::mm::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use trivet_abi::Label;

/// Pages of the model's window.
const WINDOW: u64 = 48;

#[derive(Clone, Debug)]
enum Action {
    Anonymous {
        at: u64,
        pages: u64,
        protection: u8,
        lazy: bool,
    },
    Map {
        at: u64,
        pages: u64,
        memory: usize,
        page: u64,
        kind: u8,
    },
    Unmap {
        at: u64,
        pages: u64,
    },
    Protect {
        at: u64,
        pages: u64,
        protection: u8,
    },
    Drop {
        at: u64,
        pages: u64,
    },
    Remap {
        at: u64,
        pages: u64,
        new: u64,
        to: u64,
        fixed: bool,
    },
    Write {
        at: u64,
        byte: u8,
    },
    Read {
        at: u64,
    },
    Resize {
        memory: usize,
        pages: u64,
    },
    Fork,
    Leave,
    Lock {
        at: u64,
        pages: u64,
        locked: bool,
    },
}

fn action() -> impl Strategy<Value = Action> {
    let at = 0..WINDOW;
    let pages = 1u64..12;
    let protection = prop_oneof![Just(0u8), Just(1), Just(3), Just(3)];
    prop_oneof![
        3 => (at.clone(), pages.clone(), protection.clone(), any::<bool>())
            .prop_map(|(at, pages, protection, lazy)| Action::Anonymous { at, pages, protection, lazy }),
        3 => (at.clone(), pages.clone(), 0usize..2, 0u64..10, 0u8..3)
            .prop_map(|(at, pages, memory, page, kind)| Action::Map { at, pages, memory, page, kind }),
        2 => (at.clone(), pages.clone()).prop_map(|(at, pages)| Action::Unmap { at, pages }),
        3 => (at.clone(), pages.clone(), protection)
            .prop_map(|(at, pages, protection)| Action::Protect { at, pages, protection }),
        1 => (at.clone(), pages.clone()).prop_map(|(at, pages)| Action::Drop { at, pages }),
        1 => (at.clone(), pages.clone(), 1u64..12, 0u64..WINDOW, any::<bool>())
            .prop_map(|(at, pages, new, to, fixed)| Action::Remap { at, pages, new, to, fixed }),
        12 => (at.clone(), 1u8..255).prop_map(|(at, byte)| Action::Write { at, byte }),
        6 => at.clone().prop_map(|at| Action::Read { at }),
        1 => (0usize..2, 0u64..14).prop_map(|(memory, pages)| Action::Resize { memory, pages }),
        1 => Just(Action::Fork),
        1 => Just(Action::Leave),
        1 => (at, pages, any::<bool>()).prop_map(|(at, pages, locked)| Action::Lock { at, pages, locked }),
    ]
}

/// A page of the model.
#[derive(Clone, Copy, Debug, PartialEq)]
struct ModelPage {
    /// The byte of its own copy.
    own: Option<u8>,
    /// Which page of which memory it shows.
    backing: Option<(usize, u64)>,
    protection: u8,
    highest: u8,
    copy: bool,
    locked: bool,
}

impl ModelPage {
    /// The page `count` pages further in the same region, untouched.
    fn further(self, count: u64) -> ModelPage {
        ModelPage {
            own: None,
            backing: self.backing.map(|(memory, page)| (memory, page + count)),
            ..self
        }
    }
}

type ModelSpace = BTreeMap<u64, ModelPage>;

struct Model {
    spaces: Vec<ModelSpace>,
    memories: [Vec<u8>; 2],
}

impl Model {
    /// The byte that a page shows, `None` beyond a memory's end.
    fn byte(&self, page: &ModelPage) -> Option<u8> {
        match (page.own, page.backing) {
            (Some(byte), _) => Some(byte),
            (None, None) => Some(0),
            (None, Some((memory, page))) => self.memories[memory].get(page as usize).copied(),
        }
    }

    fn read(&self, space: usize, at: u64) -> Option<u8> {
        let page = self.spaces[space].get(&at).filter(|page| page.protection != 0)?;
        self.byte(page)
    }

    fn write(&mut self, space: usize, at: u64, byte: u8) -> Option<()> {
        let page = *self.spaces[space]
            .get(&at)
            .filter(|page| page.protection & 2 != 0)?;
        self.byte(&page)?;
        match page.backing {
            Some((memory, number)) if !page.copy => self.memories[memory][number as usize] = byte,
            _ => self.spaces[space].get_mut(&at)?.own = Some(byte),
        }
        Some(())
    }
}

/// One machine and its model, side by side.
struct Pair {
    world: World,
    model: Model,
    spaces: Vec<Ref<AddressSpace>>,
    memories: [Ref<Memory>; 2],
}

fn address(at: u64) -> u64 {
    BASE + at * PAGE
}

impl Pair {
    fn new() -> Pair {
        let mut world = World::new(400);
        let spaces = vec![world.space()];
        let memories = [world.memory(6), world.memory(12)];
        let model = Model {
            spaces: vec![ModelSpace::new()],
            memories: [vec![0; 6], vec![0; 12]],
        };
        Pair {
            world,
            model,
            spaces,
            memories,
        }
    }

    fn step(&mut self, which: usize, action: Action) -> Result<(), TestCaseError> {
        let space = self.spaces[which];
        let (world, pages_of) = (&mut self.world, &mut self.model.spaces[which]);
        match action {
            Action::Anonymous {
                at,
                pages,
                protection,
                lazy,
            } => {
                let mut place = fixed(address(at), pages);
                place.flags |= if lazy { flags::NO_RESERVE } else { 0 };
                world.anonymous(space, place, Protection(protection)).unwrap();
                let page = ModelPage {
                    own: None,
                    backing: None,
                    protection,
                    highest: 3,
                    copy: false,
                    locked: false,
                };
                pages_of.extend((at..at + pages).map(|at| (at, page)));
            }
            Action::Map {
                at,
                pages,
                memory,
                page,
                kind,
            } => {
                let (kind, protection, highest) = [
                    (MapKind::Read, 1, 1),
                    (MapKind::Write, 3, 3),
                    (MapKind::Copy, 1, 3),
                ][usize::from(kind)];
                world
                    .map(
                        space,
                        self.memories[memory],
                        page,
                        fixed(address(at), pages),
                        kind,
                    )
                    .unwrap();
                let backing = Some((memory, page));
                let copy = kind == MapKind::Copy;
                let first = ModelPage {
                    own: None,
                    backing,
                    protection,
                    highest,
                    copy,
                    locked: false,
                };
                pages_of.extend((0..pages).map(|number| (at + number, first.further(number))));
            }
            Action::Unmap { at, pages } => {
                world.unmap(space, address(at), pages).unwrap();
                pages_of.retain(|page, _| !(at..at + pages).contains(page));
            }
            Action::Protect {
                at,
                pages,
                protection,
            } => {
                let got = world.protect(space, address(at), pages, Protection(protection), false);
                let mut expected = Ok(());
                for page in at..at + pages {
                    expected = match pages_of.get_mut(&page) {
                        None => Err(MemoryError::NoMemory),
                        Some(page)
                            if page.protection != protection && page.highest & protection != protection =>
                        {
                            Err(MemoryError::Access)
                        }
                        Some(page) => {
                            page.protection = protection;
                            Ok(())
                        }
                    };
                    if expected.is_err() {
                        break;
                    }
                }
                prop_assert_eq!(got, expected);
            }
            Action::Drop { at, pages } => {
                if (at..at + pages).any(|at| pages_of.get(&at).is_some_and(|page| page.locked)) {
                    return Ok(());
                }
                let (store, accounts) = (&mut world.store, &mut world.accounts);
                let (mut dropped, mut cursor) = (Ok(Step::More), 0);
                while dropped == Ok(Step::More) {
                    dropped =
                        world
                            .mm
                            .drop_pages(store, accounts, space, address(at), pages * PAGE, &mut cursor);
                }
                let mapped = (at..at + pages)
                    .take_while(|at| pages_of.contains_key(at))
                    .count() as u64;
                prop_assert_eq!(dropped.is_ok(), mapped == pages);
                for at in at..at + mapped {
                    if let Some(page) = pages_of.get_mut(&at) {
                        page.own = None;
                    }
                }
            }
            Action::Remap {
                at,
                pages,
                new,
                to,
                fixed,
            } => self.remap(which, at, pages, new, to, fixed)?,
            Action::Write { at, byte } => {
                let written = world.write(space, address(at) + 17, byte).is_ok();
                prop_assert_eq!(
                    written,
                    self.model.write(which, at, byte).is_some(),
                    "write at {}",
                    at
                );
            }
            Action::Read { at } => {
                prop_assert_eq!(
                    world.read(space, address(at) + 17).ok(),
                    self.model.read(which, at),
                    "read at {}",
                    at
                );
            }
            Action::Resize { memory, pages } => {
                world.resize(self.memories[memory], pages * PAGE).unwrap();
                let shrinks = (pages as usize) < self.model.memories[memory].len();
                self.model.memories[memory].resize(pages as usize, 0);
                // Private copies beyond the new end go too.
                for page in self
                    .model
                    .spaces
                    .iter_mut()
                    .flat_map(BTreeMap::values_mut)
                    .filter(|_| shrinks)
                {
                    if page
                        .backing
                        .is_some_and(|(of, number)| of == memory && number >= pages)
                    {
                        page.own = None;
                    }
                }
            }
            Action::Fork if self.spaces.len() < 3 => {
                self.spaces.push(world.fork(space).unwrap());
                let mut copy = self.model.spaces[which].clone();
                copy.values_mut().for_each(|page| page.locked = false);
                self.model.spaces.push(copy);
            }
            Action::Leave if self.spaces.len() > 1 => {
                let gone = self.spaces.remove(which);
                self.model.spaces.remove(which);
                world.mm.release_space(gone);
                world.reap_all();
            }
            Action::Fork | Action::Leave => {}
            Action::Lock { at, pages, locked } => {
                let set = world
                    .mm
                    .set_locked(&mut world.accounts, space, address(at), pages * PAGE, locked);
                prop_assert_ne!(set, Ok(Step::More));
                let mapped = (at..at + pages)
                    .take_while(|at| pages_of.contains_key(at))
                    .count() as u64;
                prop_assert_eq!(set.is_ok(), mapped == pages);
                for at in at..at + mapped {
                    if let Some(page) = pages_of.get_mut(&at) {
                        page.locked = locked;
                    }
                }
            }
        }
        Ok(())
    }

    fn remap(
        &mut self,
        which: usize,
        at: u64,
        pages: u64,
        new: u64,
        to: u64,
        fixed: bool,
    ) -> Result<(), TestCaseError> {
        let wish = Remap {
            address: address(at),
            length: pages * PAGE,
            new_length: new * PAGE,
            new_address: address(to),
            flags: if fixed { flags::FIXED } else { 0 },
            may_move: true,
        };
        let (world, model) = (&mut self.world, &mut self.model.spaces[which]);
        let result = loop {
            match world
                .mm
                .remap(&mut world.store, &mut world.accounts, self.spaces[which], wish)
            {
                Ok(Mapped::More) => {}
                other => break other,
            }
        };
        let Ok(Mapped::At(place)) = result else {
            return Ok(());
        };
        let place = (place - BASE) / PAGE;
        let kept = pages.min(new);
        let moved: Vec<_> = (0..kept)
            .map(|number| model.remove(&(at + number)).expect("one region"))
            .collect();
        model.retain(|page, _| !(at..at + pages).contains(page) && !(place..place + new).contains(page));
        let last = *moved.last().expect("not empty");
        model.extend(
            moved
                .into_iter()
                .enumerate()
                .map(|(number, page)| (place + number as u64, page)),
        );
        model.extend((kept..new).map(|number| (place + number, last.further(number - kept + 1))));
        Ok(())
    }

    fn check(&mut self) -> Result<(), TestCaseError> {
        for which in 0..self.spaces.len() {
            let pages: Vec<_> = (0..WINDOW + 12)
                .chain(self.model.spaces[which].keys().copied())
                .collect();
            for at in pages {
                let shown = self.world.read(self.spaces[which], address(at) + 17).ok();
                prop_assert_eq!(shown, self.model.read(which, at), "space {} page {}", which, at);
            }
            let space = &self.world.mm.spaces[self.spaces[which]];
            prop_assert_eq!(space.mapped, self.model.spaces[which].len() as u64);
            let (mut locked, mut at) = (0, 0);
            while let Some(entry) = space.map.at_or_above(at) {
                if self.world.mm.regions[entry.region].locked {
                    locked += (entry.end - entry.start) / PAGE;
                }
                at = entry.end;
            }
            prop_assert_eq!(space.locked, locked);
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn spaces_show_what_a_simple_model_shows_and_give_everything_back(
        steps in prop::collection::vec((0usize..3, action()), 1..80)
    ) {
        let mut pair = Pair::new();
        for (which, action) in steps {
            let which = which % pair.spaces.len();
            pair.step(which, action)?;
        }
        pair.check()?;
        let (spaces, memories) = (pair.spaces.clone(), pair.memories);
        pair.world.end(&spaces, &memories);
    }

    #[test]
    fn exhausted_memory_is_an_error_and_leaves_nothing_behind(
        frames in 20usize..60, steps in prop::collection::vec((0u64..40, 1u64..20, 0u8..5, any::<u8>()), 1..60)
    ) {
        let mut world = World::new(frames);
        // The account may promise more than the machine has, so that frames run out too.
        world.accounts[world.account].limits[Resource::MemoryPages as usize] = frames as u64 * 3;
        let memory = world.mm.create_memory(&mut world.accounts, world.account, Label(0), 30 * PAGE, true, false).unwrap();
        let mut spaces = vec![world.space()];
        for (at, pages, kind, byte) in steps {
            let space = spaces[usize::from(byte) % spaces.len()];
            match kind {
                0 => { let _ = world.anonymous(space, fixed(address(at), pages), Protection::READ_WRITE); }
                1 => { let _ = world.map(space, memory, at, fixed(address(at), pages), MapKind::Write); }
                2 => { let _ = world.unmap(space, address(at), pages); }
                3 => if let Ok(child) = world.fork(space) { spaces.push(child); },
                _ => for page in at..at + pages { let _ = world.write(space, address(page), byte); },
            }
            if spaces.len() > 3 {
                let gone = spaces.remove(0);
                world.mm.release_space(gone);
                world.reap_all();
            }
        }
        world.end(&spaces, &[memory]);
    }
}
