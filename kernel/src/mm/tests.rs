//! Address spaces and Memories against a model: what bytes every page must show, and that nothing leaks.

use super::copy::{AccessError, Place};
use super::map::{MapKind, Mapped, Placement, flags};
use super::protect::Advice;
use super::remap::Remap;
use super::testing::World;
use super::*;
use crate::machine::{Frame, FrameStore};
use proptest::prelude::*;
use std::collections::BTreeMap;
use trivet_abi::Label;

const BASE: u64 = 0x10_0000_0000;

fn fixed(address: u64, pages: u64) -> Placement {
    Placement { address, length: pages * PAGE, flags: flags::FIXED }
}

impl World {
    fn anonymous(&mut self, space: Ref<AddressSpace>, place: Placement, protection: Protection) -> Result<u64, MemoryError> {
        loop {
            match self.mm.map_anonymous(&mut self.store, &mut self.accounts, space, place, protection)? {
                Mapped::At(address) => return Ok(address),
                Mapped::More => {}
            }
        }
    }

    fn map(
        &mut self,
        space: Ref<AddressSpace>,
        memory: Ref<Memory>,
        page: u64,
        place: Placement,
        kind: MapKind,
    ) -> Result<u64, MemoryError> {
        loop {
            let mapped =
                self.mm.map_memory(&mut self.store, &mut self.accounts, space, memory, page * PAGE, place, kind)?;
            if let Mapped::At(address) = mapped {
                return Ok(address);
            }
        }
    }

    fn memory(&mut self, pages: u64) -> Ref<Memory> {
        self.mm.create_memory(&mut self.accounts, self.account, Label(0), pages * PAGE, false, false).unwrap()
    }

    fn pager(&mut self, pages: u64) -> Ref<Memory> {
        self.mm.create_memory(&mut self.accounts, self.account, Label(0), pages * PAGE, false, true).unwrap()
    }

    fn unmap(&mut self, space: Ref<AddressSpace>, address: u64, pages: u64) -> Result<(), MemoryError> {
        while self.mm.unmap(&mut self.store, &mut self.accounts, space, address, pages * PAGE)? == Step::More {}
        Ok(())
    }

    fn protect(
        &mut self,
        space: Ref<AddressSpace>,
        address: u64,
        pages: u64,
        protection: Protection,
        execute: bool,
    ) -> Result<(), MemoryError> {
        let (store, accounts) = (&mut self.store, &mut self.accounts);
        let mut cursor = 0;
        let length = pages * PAGE;
        while self.mm.protect(store, accounts, space, address, length, protection, execute, &mut cursor)? == Step::More {}
        Ok(())
    }

    fn write(&mut self, space: Ref<AddressSpace>, address: u64, byte: u8) -> Result<(), AccessError> {
        let written = self.mm.write_user(&mut self.store, &mut self.accounts, space, address, &[byte]);
        written.map_err(|(_, error)| error)
    }

    fn read(&mut self, space: Ref<AddressSpace>, address: u64) -> Result<u8, AccessError> {
        let mut byte = [0];
        let read = self.mm.read_user(&mut self.store, &mut self.accounts, space, address, &mut byte);
        read.map(|()| byte[0]).map_err(|(_, error)| error)
    }

    fn fork(&mut self, parent: Ref<AddressSpace>) -> Result<Ref<AddressSpace>, MemoryError> {
        let (store, accounts) = (&mut self.store, &mut self.accounts);
        let child = self.mm.create_space(store, accounts, self.account, 0x7000_0000_0000)?;
        let mut cursor = 0;
        loop {
            match self.mm.clone_step(&mut self.store, &mut self.accounts, parent, child, &mut cursor) {
                Ok(Step::Done) => return Ok(child),
                Ok(Step::More) => {}
                Err(error) => {
                    self.mm.release_space(child);
                    self.reap_all();
                    return Err(error);
                }
            }
        }
    }

    fn resize(&mut self, memory: Ref<Memory>, size: u64) -> Result<(), MemoryError> {
        while self.mm.resize(&mut self.store, &mut self.accounts, memory, size)? == Step::More {}
        Ok(())
    }

    fn end(mut self, spaces: &[Ref<AddressSpace>], memories: &[Ref<Memory>]) {
        for space in spaces {
            self.mm.release_space(*space);
        }
        for memory in memories {
            self.mm.release_memory(*memory);
        }
        self.reap_all();
        assert_eq!((self.used_pages(), self.used_bytes()), (0, 0), "charges come back");
        assert_eq!(self.store.free_frames(), self.store.managed_frames() - self.store.quarantined_frames(), "frames come back");
        assert_eq!((self.mm.spaces.len(), self.mm.memories.len(), self.mm.regions.len()), (0, 0, 0));
    }
}

#[test]
fn anonymous_memory_reads_zero_and_keeps_what_is_written() {
    let mut world = World::new(300);
    let space = world.space();
    let address = world.anonymous(space, Placement { address: 0, length: 3 * PAGE, flags: 0 }, Protection::READ_WRITE).unwrap();
    assert_eq!(world.read(space, address + 5), Ok(0));
    world.write(space, address + PAGE, 7).unwrap();
    assert_eq!((world.read(space, address + PAGE), world.read(space, address + PAGE + 1)), (Ok(7), Ok(0)));
    assert_eq!(world.read(space, address + 3 * PAGE), Err(AccessError::Bad));
    assert_eq!(world.mm.spaces[space].resident, 2);
    world.end(&[space], &[]);
}

#[test]
fn pointers_outside_of_user_addresses_are_bad() {
    let mut world = World::new(100);
    let space = world.space();
    for address in [0, 0xffff, trivet_abi::USER_END, 1 << 47, 0xffff_8000_0000_0000, u64::MAX] {
        assert_eq!(world.read(space, address), Err(AccessError::Bad));
        assert_eq!(world.write(space, address, 1), Err(AccessError::Bad));
    }
    let place = Placement { address: trivet_abi::USER_END - PAGE, length: 2 * PAGE, flags: flags::FIXED };
    assert_eq!(world.anonymous(space, place, Protection::READ), Err(MemoryError::Invalid));
    let place = Placement { address: PAGE, length: u64::MAX, flags: flags::FIXED };
    assert_eq!(world.anonymous(space, place, Protection::READ), Err(MemoryError::Invalid));
    world.end(&[space], &[]);
}

#[test]
fn what_is_promised_is_charged_and_exhaustion_is_an_error_of_the_promise() {
    let mut world = World::new(200);
    let space = world.space();
    let limit = 200 - world.used_pages();
    let whole = Placement { address: 0, length: (limit + 1) * PAGE, flags: 0 };
    assert_eq!(world.anonymous(space, whole, Protection::READ_WRITE), Err(MemoryError::NoMemory));
    // Without access, or without a reservation, it is free until touched.
    let none = world.anonymous(space, whole, Protection::NONE).unwrap();
    let free = Placement { flags: flags::NO_RESERVE, ..whole };
    let lazy = world.anonymous(space, free, Protection::READ_WRITE).unwrap();
    assert_eq!(world.used_pages(), 1);
    world.write(space, lazy, 1).unwrap();
    assert_eq!(world.mm.spaces[space].committed, 1);
    assert_eq!(world.protect(space, none, limit + 1, Protection::READ, false), Err(MemoryError::NoMemory));
    assert_eq!(world.protect(space, none, 10, Protection::READ, false), Ok(()));
    assert_eq!(world.mm.spaces[space].committed, 11);
    world.end(&[space], &[]);
}

#[test]
fn forked_spaces_share_pages_until_one_of_them_writes() {
    let mut world = World::new(400);
    let parent = world.space();
    let at = world.anonymous(parent, fixed(BASE, 40), Protection::READ_WRITE).unwrap();
    for page in 0..40 {
        world.write(parent, at + page * PAGE, page as u8).unwrap();
    }
    let before = world.store.free_frames();
    let child = world.fork(parent).unwrap();
    assert!(before - world.store.free_frames() <= 5, "only tables are new");
    world.write(child, at, 100).unwrap();
    world.write(parent, at + PAGE, 101).unwrap();
    assert_eq!((world.read(parent, at), world.read(child, at)), (Ok(0), Ok(100)));
    assert_eq!((world.read(parent, at + PAGE), world.read(child, at + PAGE)), (Ok(101), Ok(1)));
    // The last owner of a page writes in place.
    let free = world.store.free_frames();
    world.write(parent, at, 1).unwrap();
    assert_eq!(world.store.free_frames(), free);
    world.end(&[parent, child], &[]);
}

#[test]
fn a_fork_of_many_pages_goes_in_steps() {
    let mut world = World::new(2000);
    let parent = world.space();
    world.anonymous(parent, fixed(BASE, 700), Protection::READ_WRITE).unwrap();
    for page in 0..700 {
        world.write(parent, BASE + page * PAGE, 1).unwrap();
    }
    let child = world.space();
    let (mut cursor, mut steps) = (0, 1);
    while world.mm.clone_step(&mut world.store, &mut world.accounts, parent, child, &mut cursor).unwrap() == Step::More {
        steps += 1;
    }
    assert!(steps >= 3);
    assert_eq!(world.mm.spaces[child].resident, 700);
    let mut steps = 1;
    while world.mm.unmap(&mut world.store, &mut world.accounts, parent, BASE, 700 * PAGE).unwrap() == Step::More {
        steps += 1;
    }
    assert!(steps >= 3);
    assert_eq!(world.read(child, BASE), Ok(1));
    world.end(&[parent, child], &[]);
}

#[test]
fn a_private_mapping_sees_later_writes_to_pages_that_it_has_not_copied() {
    let mut world = World::new(200);
    let (a, b) = (world.space(), world.space());
    let memory = world.memory(4);
    let shared = world.map(a, memory, 0, fixed(BASE, 4), MapKind::Write).unwrap();
    let private = world.map(b, memory, 0, fixed(BASE, 4), MapKind::Copy).unwrap();
    world.protect(b, private, 4, Protection::READ_WRITE, false).unwrap();
    world.write(a, shared, 1).unwrap();
    assert_eq!(world.read(b, private), Ok(1));
    world.write(a, shared, 2).unwrap();
    assert_eq!(world.read(b, private), Ok(2));
    world.write(b, private, 9).unwrap();
    world.write(a, shared, 3).unwrap();
    assert_eq!((world.read(b, private), world.read(a, shared)), (Ok(9), Ok(3)));
    world.end(&[a, b], &[memory]);
}

#[test]
fn writable_and_executable_mappings_exclude_each_other() {
    let mut world = World::new(200);
    let space = world.space();
    let memory = world.memory(4);
    let code = world.map(space, memory, 0, fixed(BASE, 4), MapKind::Execute).unwrap();
    let other = fixed(BASE + 8 * PAGE, 4);
    assert_eq!(world.map(space, memory, 0, other, MapKind::Write), Err(MemoryError::TextBusy));
    assert_eq!(world.protect(space, code, 4, Protection(7), true), Err(MemoryError::Access));
    world.unmap(space, code, 4).unwrap();
    world.map(space, memory, 0, other, MapKind::Write).unwrap();
    assert_eq!(world.map(space, memory, 0, fixed(BASE, 4), MapKind::Execute), Err(MemoryError::TextBusy));
    assert_eq!(world.mm.seal(memory), Err(MemoryError::Busy));
    world.unmap(space, other.address, 4).unwrap();
    // It was writable once: only sealed memory may be executed now.
    assert_eq!(world.map(space, memory, 0, fixed(BASE, 4), MapKind::Execute), Err(MemoryError::Access));
    world.mm.seal(memory).unwrap();
    world.map(space, memory, 0, fixed(BASE, 4), MapKind::Execute).unwrap();
    assert_eq!(world.map(space, memory, 0, other, MapKind::Write), Err(MemoryError::Access));
    let place = Place::Memory(memory, 0);
    let copied = world.mm.copy(&mut world.store, &mut world.accounts, Place::Space(space, BASE), place, 1);
    assert_eq!(copied.bytes, 0);
    world.end(&[space], &[memory]);
}

#[test]
fn anonymous_memory_becomes_code_only_by_protect_execute_and_never_writable_code() {
    let mut world = World::new(200);
    let space = world.space();
    assert_eq!(world.anonymous(space, fixed(BASE, 2), Protection(7)), Err(MemoryError::Access));
    world.anonymous(space, fixed(BASE, 2), Protection::READ_WRITE).unwrap();
    assert_eq!(world.protect(space, BASE, 2, Protection::READ_EXECUTE, false), Err(MemoryError::Access));
    assert_eq!(world.protect(space, BASE, 2, Protection(7), true), Err(MemoryError::Access));
    world.write(space, BASE, 0xc3).unwrap();
    world.protect(space, BASE, 2, Protection::READ_EXECUTE, true).unwrap();
    assert_eq!(world.write(space, BASE, 0x90), Err(AccessError::Bad));
    let resolution = world.mm.resolve(&mut world.store, &mut world.accounts, space, BASE, Access::Execute);
    assert!(matches!(resolution, Resolution::Resolved(_)));
    world.end(&[space], &[]);
}

#[test]
fn pages_beyond_a_new_end_are_gone_everywhere_and_the_tail_reads_zero() {
    let mut world = World::new(300);
    let (a, b) = (world.space(), world.space());
    let memory = world.memory(8);
    for space in [a, b] {
        world.map(space, memory, 0, fixed(BASE, 8), MapKind::Write).unwrap();
    }
    for page in 0..8 {
        world.write(a, BASE + page * PAGE + 100, 5).unwrap();
        world.write(b, BASE + page * PAGE + 50, 6).unwrap();
    }
    world.resize(memory, 2 * PAGE + 80).unwrap();
    for space in [a, b] {
        assert_eq!((world.read(space, BASE + 2 * PAGE + 50), world.read(space, BASE + 2 * PAGE + 100)), (Ok(6), Ok(0)));
        assert_eq!(world.read(space, BASE + 3 * PAGE), Err(AccessError::Bad));
        let resolution = world.mm.resolve(&mut world.store, &mut world.accounts, space, BASE + 4 * PAGE, Access::Read);
        assert_eq!(resolution, Resolution::Failed(Fault::BeyondEnd));
    }
    world.resize(memory, 8 * PAGE).unwrap();
    assert_eq!(world.read(a, BASE + 3 * PAGE + 50), Ok(0));
    world.end(&[a, b], &[memory]);
}

#[test]
fn a_pager_supplies_cleans_evicts_and_fails_pages() {
    let mut world = World::new(400);
    let space = world.space();
    let (file, source) = (world.pager(8), world.memory(8));
    world.map(space, file, 0, fixed(BASE, 8), MapKind::Write).unwrap();
    assert_eq!(world.read(space, BASE + PAGE), Err(AccessError::NotResident(file)));
    assert_eq!(world.read(space, BASE + 2 * PAGE), Err(AccessError::NotResident(file)));
    let notice = world.mm.take_notice().unwrap();
    assert!(notice.wanted && notice.memory == file);
    assert_eq!(world.mm.next_wanted(&mut world.store, file), Some((PAGE, 2 * PAGE)));
    assert_eq!(world.mm.next_wanted(&mut world.store, file), None);
    let (store, accounts) = (&mut world.store, &mut world.accounts);
    // The pager fills its own memory, then gives the pages away.
    let helper = world.mm.create_space(store, accounts, world.account, 0).unwrap();
    world.map(helper, source, 0, fixed(BASE, 8), MapKind::Write).unwrap();
    world.write(helper, BASE, 11).unwrap();
    world.write(helper, BASE + PAGE, 22).unwrap();
    let (store, accounts) = (&mut world.store, &mut world.accounts);
    let mut done = 0;
    assert_eq!(world.mm.supply(store, accounts, file, PAGE, 2 * PAGE, source, 0, &mut done), Ok(Step::Done));
    assert_eq!(done, 2);
    assert_eq!((world.read(space, BASE + PAGE), world.read(space, BASE + 2 * PAGE)), (Ok(11), Ok(22)));
    assert_eq!(world.read(helper, BASE), Ok(0), "the page moved");
    let again = world.mm.supply(&mut world.store, &mut world.accounts, file, PAGE, PAGE, source, 0, &mut 0);
    assert_eq!(again, Err(MemoryError::Exists));
    // A write makes a page dirty; taking the dirty ones makes it clean again.
    let mut ranges = [(0, 0); 4];
    assert_eq!(world.mm.take_dirty(&mut world.store, file, 0, 8 * PAGE, &mut ranges, &mut 0), Ok(0));
    world.write(space, BASE + PAGE, 12).unwrap();
    world.write(space, BASE + 2 * PAGE, 23).unwrap();
    assert_eq!(world.mm.take_dirty(&mut world.store, file, 0, 8 * PAGE, &mut ranges, &mut 0), Ok(1));
    assert_eq!(ranges[0], (PAGE, 2 * PAGE));
    assert_eq!(world.mm.take_dirty(&mut world.store, file, 0, 8 * PAGE, &mut ranges, &mut 0), Ok(0));
    world.write(space, BASE + PAGE, 13).unwrap();
    let mut evicted = 0;
    let (store, accounts) = (&mut world.store, &mut world.accounts);
    assert_eq!(world.mm.evict(store, accounts, file, 0, 8 * PAGE, &mut 0, &mut evicted), Ok(Step::Done));
    assert_eq!(evicted, 1, "the dirty page stays");
    assert_eq!(world.read(space, BASE + PAGE), Ok(13));
    assert_eq!(world.read(space, BASE + 2 * PAGE), Err(AccessError::NotResident(file)));
    let (store, accounts) = (&mut world.store, &mut world.accounts);
    assert_eq!(world.mm.fail(store, accounts, file, 2 * PAGE, PAGE, &mut 0), Ok(Step::Done));
    let resolution = world.mm.resolve(store, accounts, space, BASE + 2 * PAGE, Access::Read);
    assert_eq!(resolution, Resolution::Failed(Fault::Failed));
    let _ = world.mm.take_pages(store, accounts, file, 0, 8 * PAGE, source, 0, &mut 0).unwrap();
    assert_eq!(world.read(space, BASE + PAGE), Err(AccessError::NotResident(file)));
    assert_eq!(world.read(helper, BASE + PAGE), Ok(13));
    world.end(&[space, helper], &[file, source]);
}

#[test]
fn first_and_last_mappings_are_told_by_kind() {
    let mut world = World::new(200);
    let space = world.space();
    let memory = world.memory(2);
    world.mm.memories[memory].watched_mappings = Protection(Protection::WRITE.0 | Protection::EXECUTE.0);
    world.map(space, memory, 0, fixed(BASE, 2), MapKind::Read).unwrap();
    assert_eq!(world.mm.take_notice(), None);
    world.map(space, memory, 0, fixed(BASE, 2), MapKind::Write).unwrap();
    let notice = world.mm.take_notice().unwrap();
    assert_eq!((notice.begun, notice.ended), (Protection::WRITE, Protection::NONE));
    world.unmap(space, BASE, 1).unwrap();
    assert_eq!(world.mm.take_notice(), None);
    world.unmap(space, BASE, 2).unwrap();
    assert_eq!(world.mm.take_notice().unwrap().ended, Protection::WRITE);
    world.end(&[space], &[memory]);
}

#[test]
fn device_memory_is_never_ram_and_never_copied() {
    let mut world = World::new(100);
    let space = world.space();
    let (store, accounts, account) = (&mut world.store, &mut world.accounts, world.account);
    let range = world.mm.create_device_range(accounts, account, 0, 1 << 30).unwrap();
    let place = fixed(BASE, 200);
    let _ = world.mm.map_device(store, accounts, space, range, 0, place).unwrap();
    let ram = world.mm.resolve(store, accounts, space, BASE + PAGE, Access::Read);
    assert_eq!(ram, Resolution::Failed(Fault::Protection));
    let device = world.mm.resolve(store, accounts, space, BASE + 150 * PAGE, Access::Write);
    assert!(matches!(device, Resolution::Resolved(_)));
    assert_eq!(world.read(space, BASE + 150 * PAGE), Err(AccessError::Bad));
    let part = world.mm.derive_device_range(&mut world.accounts, account, range, PAGE, 1 << 30);
    assert_eq!(part, Err(MemoryError::Invalid));
    world.mm.release_device_range(range);
    world.end(&[space], &[]);
}

#[test]
fn dma_frames_stay_in_quarantine_and_with_who_maps_them() {
    let mut world = World::new(100);
    let space = world.space();
    let (store, accounts, account) = (&mut world.store, &mut world.accounts, world.account);
    let block = world.mm.create_dma_block(store, accounts, account, Label(0), 4, true, 7).unwrap();
    let memory = world.mm.dma_memory(block);
    world.map(space, memory, 0, fixed(BASE, 4), MapKind::Write).unwrap();
    world.write(space, BASE, 1).unwrap();
    world.mm.release_dma_block(block);
    world.reap_all();
    assert_eq!(world.store.quarantined_frames(), 4);
    assert_eq!(world.read(space, BASE), Ok(1), "the mapping is still good");
    assert_eq!(world.store.device_was_reset(7), 4);
    assert_eq!(world.read(space, BASE), Ok(1), "and keeps its frames");
    world.end(&[space], &[]);
}

#[test]
fn a_stack_grows_down_until_it_meets_its_neighbour() {
    let mut world = World::new(2000);
    let space = world.space();
    let place = Placement { address: BASE + (1 << 30), length: PAGE, flags: flags::FIXED | flags::GROWS_DOWN };
    world.anonymous(space, place, Protection::READ_WRITE).unwrap();
    world.write(space, place.address - 5 * PAGE, 1).unwrap();
    assert_eq!(world.mm.spaces[space].mapped, 6);
    world.anonymous(space, fixed(place.address - 300 * PAGE, 1), Protection::READ).unwrap();
    assert_eq!(world.write(space, place.address - 100 * PAGE, 1), Err(AccessError::Bad));
    assert_eq!(world.write(space, place.address - 43 * PAGE, 1), Ok(()));
    world.end(&[space], &[]);
}

#[test]
fn advice_has_only_the_numbers_of_the_interface() {
    assert_eq!(Advice::from_number(4), Some(Advice::Drop));
    assert_eq!(Advice::from_number(5), None);
}

#[test]
fn a_view_shows_part_of_boot_memory_and_nothing_behind_it() {
    let mut world = World::new(100);
    let space = world.space();
    let first = world.store.reserve(4);
    let (store, accounts, account) = (&mut world.store, &mut world.accounts, world.account);
    for page in 0..4 {
        store.zero(Frame(first.0 + page), 0, PAGE as usize);
        store.write(Frame(first.0 + page), 17, &[page as u8 + 1]);
    }
    let boot = world.mm.create_fixed_memory(accounts, account, Label(0), first, 4 * PAGE, false, false).unwrap();
    let mut view = |offset, length| world.mm.create_view(&world.store, &mut world.accounts, account, Label(1), boot, offset, length);
    assert_eq!(view(5, PAGE), Err(MemoryError::Invalid));
    assert_eq!(view(PAGE, 0), Err(MemoryError::Invalid));
    assert_eq!(view(PAGE, 10), Err(MemoryError::Invalid), "the rest of the page is not zero");
    assert_eq!(view(3 * PAGE, PAGE + 1), Err(MemoryError::Invalid));
    assert_eq!(view(PAGE, u64::MAX), Err(MemoryError::Invalid));
    let part = view(PAGE, PAGE + 18).unwrap();
    world.map(space, part, 0, fixed(BASE, 3), MapKind::Read).unwrap();
    assert_eq!((world.read(space, BASE + 17), world.read(space, BASE + PAGE + 17)), (Ok(2), Ok(3)));
    assert_eq!(world.read(space, BASE + 2 * PAGE), Err(AccessError::Bad));
    let other = world.memory(1);
    let refused = world.mm.create_view(&world.store, &mut world.accounts, account, Label(1), other, 0, PAGE);
    assert_eq!(refused, Err(MemoryError::Invalid));
    for memory in [boot, part, other] {
        world.mm.release_memory(memory);
    }
    world.mm.release_space(space);
    world.reap_all();
    assert_eq!((world.used_pages(), world.used_bytes()), (0, 0));
}

#[test]
fn discarded_ranges_read_zero_and_give_their_pages_back() {
    let mut world = World::new(200);
    let space = world.space();
    let memory = world.memory(8);
    world.map(space, memory, 0, fixed(BASE, 8), MapKind::Write).unwrap();
    for page in 0..8 {
        world.write(space, BASE + page * PAGE + 100, 9).unwrap();
        world.write(space, BASE + page * PAGE + 4000, 9).unwrap();
    }
    let free = world.store.free_frames();
    let range = (PAGE + 2000, 5 * PAGE);
    assert_eq!(world.mm.discard(&mut world.store, &mut world.accounts, memory, range, &mut 0), Ok(Step::Done));
    assert_eq!(world.store.free_frames(), free + 4);
    let seen = |world: &mut World, page: u64| {
        (world.read(space, BASE + page * PAGE + 100).unwrap(), world.read(space, BASE + page * PAGE + 4000).unwrap())
    };
    assert_eq!(seen(&mut world, 0), (9, 9));
    assert_eq!(seen(&mut world, 1), (9, 0));
    for page in 2..6 {
        assert_eq!(seen(&mut world, page), (0, 0));
    }
    assert_eq!(seen(&mut world, 6), (0, 9));
    assert_eq!(seen(&mut world, 7), (9, 9));
    world.unmap(space, BASE, 8).unwrap();
    world.mm.seal(memory).unwrap();
    let refused = world.mm.discard(&mut world.store, &mut world.accounts, memory, (0, PAGE), &mut 0);
    assert_eq!(refused, Err(MemoryError::NotPermitted));
    world.end(&[space], &[memory]);
}

/// Pages of the model's window.
const WINDOW: u64 = 48;

#[derive(Clone, Debug)]
enum Action {
    Anonymous { at: u64, pages: u64, protection: u8, lazy: bool },
    Map { at: u64, pages: u64, memory: usize, page: u64, kind: u8 },
    Unmap { at: u64, pages: u64 },
    Protect { at: u64, pages: u64, protection: u8 },
    Drop { at: u64, pages: u64 },
    Remap { at: u64, pages: u64, new: u64, to: u64, fixed: bool },
    Write { at: u64, byte: u8 },
    Read { at: u64 },
    Resize { memory: usize, pages: u64 },
    Fork,
    Leave,
    Lock { at: u64, pages: u64, locked: bool },
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
        ModelPage { own: None, backing: self.backing.map(|(memory, page)| (memory, page + count)), ..self }
    }

    fn is_private(&self) -> bool {
        self.copy || self.backing.is_none()
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
        let page = *self.spaces[space].get(&at).filter(|page| page.protection & 2 != 0)?;
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
        let model = Model { spaces: vec![ModelSpace::new()], memories: [vec![0; 6], vec![0; 12]] };
        Pair { world, model, spaces, memories }
    }

    fn step(&mut self, which: usize, action: Action) -> Result<(), TestCaseError> {
        let space = self.spaces[which];
        let (world, pages_of) = (&mut self.world, &mut self.model.spaces[which]);
        match action {
            Action::Anonymous { at, pages, protection, lazy } => {
                let mut place = fixed(address(at), pages);
                place.flags |= if lazy { flags::NO_RESERVE } else { 0 };
                world.anonymous(space, place, Protection(protection)).unwrap();
                let page = ModelPage { own: None, backing: None, protection, highest: 3, copy: false, locked: false };
                pages_of.extend((at..at + pages).map(|at| (at, page)));
            }
            Action::Map { at, pages, memory, page, kind } => {
                let (kind, protection, highest) =
                    [(MapKind::Read, 1, 1), (MapKind::Write, 3, 3), (MapKind::Copy, 1, 3)][usize::from(kind)];
                world.map(space, self.memories[memory], page, fixed(address(at), pages), kind).unwrap();
                let backing = Some((memory, page));
                let copy = kind == MapKind::Copy;
                let first = ModelPage { own: None, backing, protection, highest, copy, locked: false };
                pages_of.extend((0..pages).map(|number| (at + number, first.further(number))));
            }
            Action::Unmap { at, pages } => {
                world.unmap(space, address(at), pages).unwrap();
                pages_of.retain(|page, _| !(at..at + pages).contains(page));
            }
            Action::Protect { at, pages, protection } => {
                let got = world.protect(space, address(at), pages, Protection(protection), false);
                let mut expected = Ok(());
                for page in at..at + pages {
                    expected = match pages_of.get_mut(&page) {
                        None => Err(MemoryError::NoMemory),
                        Some(page) if page.protection != protection && page.highest & protection != protection => {
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
                    dropped = world.mm.drop_pages(store, accounts, space, address(at), pages * PAGE, &mut cursor);
                }
                let mapped = (at..at + pages).take_while(|at| pages_of.contains_key(at)).count() as u64;
                prop_assert_eq!(dropped.is_ok(), mapped == pages);
                for at in at..at + mapped {
                    if let Some(page) = pages_of.get_mut(&at) {
                        page.own = None;
                    }
                }
            }
            Action::Remap { at, pages, new, to, fixed } => self.remap(which, at, pages, new, to, fixed)?,
            Action::Write { at, byte } => {
                let written = world.write(space, address(at) + 17, byte).is_ok();
                prop_assert_eq!(written, self.model.write(which, at, byte).is_some(), "write at {}", at);
            }
            Action::Read { at } => {
                prop_assert_eq!(world.read(space, address(at) + 17).ok(), self.model.read(which, at), "read at {}", at);
            }
            Action::Resize { memory, pages } => {
                world.resize(self.memories[memory], pages * PAGE).unwrap();
                let shrinks = (pages as usize) < self.model.memories[memory].len();
                self.model.memories[memory].resize(pages as usize, 0);
                // Private copies beyond the new end go too.
                for page in self.model.spaces.iter_mut().flat_map(BTreeMap::values_mut).filter(|_| shrinks) {
                    if page.backing.is_some_and(|(of, number)| of == memory && number >= pages) {
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
                let set = world.mm.set_locked(&mut world.accounts, space, address(at), pages * PAGE, locked);
                prop_assert_ne!(set, Ok(Step::More));
                let mapped = (at..at + pages).take_while(|at| pages_of.contains_key(at)).count() as u64;
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

    fn remap(&mut self, which: usize, at: u64, pages: u64, new: u64, to: u64, fixed: bool) -> Result<(), TestCaseError> {
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
            match world.mm.remap(&mut world.store, &mut world.accounts, self.spaces[which], wish) {
                Ok(Mapped::More) => {}
                other => break other,
            }
        };
        let Ok(Mapped::At(place)) = result else { return Ok(()) };
        let place = (place - BASE) / PAGE;
        let kept = pages.min(new);
        let moved: Vec<_> = (0..kept).map(|number| model.remove(&(at + number)).expect("one region")).collect();
        model.retain(|page, _| !(at..at + pages).contains(page) && !(place..place + new).contains(page));
        let last = *moved.last().expect("not empty");
        model.extend(moved.into_iter().enumerate().map(|(number, page)| (place + number as u64, page)));
        model.extend((kept..new).map(|number| (place + number, last.further(number - kept + 1))));
        Ok(())
    }

    fn check(&mut self) -> Result<(), TestCaseError> {
        for which in 0..self.spaces.len() {
            let pages: Vec<_> = (0..WINDOW + 12).chain(self.model.spaces[which].keys().copied()).collect();
            for at in pages {
                let shown = self.world.read(self.spaces[which], address(at) + 17).ok();
                prop_assert_eq!(shown, self.model.read(which, at), "space {} page {}", which, at);
            }
            let space = &self.world.mm.spaces[self.spaces[which]];
            prop_assert_eq!(space.mapped, self.model.spaces[which].len() as u64);
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

#[test]
fn populating_a_range_ends_inside_a_larger_region() {
    let mut world = World::new(200);
    let space = world.space();
    world.anonymous(space, fixed(BASE, 8), Protection::READ_WRITE).unwrap();
    let mut cursor = BASE;
    assert_eq!(world.mm.populate(&mut world.store, &mut world.accounts, space, BASE + 3 * PAGE, &mut cursor), Step::Done);
    assert_eq!(world.mm.spaces[space].resident, 3);
    let none = Placement { address: BASE, length: PAGE, flags: flags::FIXED };
    world.anonymous(space, none, Protection::NONE).unwrap();
    let mut cursor = BASE;
    assert_eq!(world.mm.populate(&mut world.store, &mut world.accounts, space, BASE + PAGE / 2, &mut cursor), Step::Done);
    world.end(&[space], &[]);
}
