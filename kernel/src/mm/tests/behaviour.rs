//! One test for each behaviour that the rest of the kernel counts on.

use super::{BASE, fixed};
use crate::machine::{Frame, FrameStore};
use crate::mm::copy::{AccessError, Place};
use crate::mm::map::{MapKind, Placement, flags};
use crate::mm::protect::Advice;
use crate::mm::testing::World;
use crate::mm::*;
use trivet_abi::Label;

#[test]
fn anonymous_memory_reads_zero_and_keeps_what_is_written() {
    let mut world = World::new(300);
    let space = world.space();
    let address = world
        .anonymous(
            space,
            Placement {
                address: 0,
                length: 3 * PAGE,
                flags: 0,
            },
            Protection::READ_WRITE,
        )
        .unwrap();
    assert_eq!(world.read(space, address + 5), Ok(0));
    world.write(space, address + PAGE, 7).unwrap();
    assert_eq!(
        (
            world.read(space, address + PAGE),
            world.read(space, address + PAGE + 1)
        ),
        (Ok(7), Ok(0))
    );
    assert_eq!(world.read(space, address + 3 * PAGE), Err(AccessError::Bad));
    assert_eq!(world.mm.spaces[space].resident, 2);
    world.end(&[space], &[]);
}

#[test]
fn pointers_outside_of_user_addresses_are_bad() {
    let mut world = World::new(100);
    let space = world.space();
    for address in [
        0,
        0xffff,
        trivet_abi::USER_END,
        1 << 47,
        0xffff_8000_0000_0000,
        u64::MAX,
    ] {
        assert_eq!(world.read(space, address), Err(AccessError::Bad));
        assert_eq!(world.write(space, address, 1), Err(AccessError::Bad));
    }
    let place = Placement {
        address: trivet_abi::USER_END - PAGE,
        length: 2 * PAGE,
        flags: flags::FIXED,
    };
    assert_eq!(
        world.anonymous(space, place, Protection::READ),
        Err(MemoryError::Invalid)
    );
    let place = Placement {
        address: PAGE,
        length: u64::MAX,
        flags: flags::FIXED,
    };
    assert_eq!(
        world.anonymous(space, place, Protection::READ),
        Err(MemoryError::Invalid)
    );
    world.end(&[space], &[]);
}

#[test]
fn what_is_promised_is_charged_and_exhaustion_is_an_error_of_the_promise() {
    let mut world = World::new(200);
    let space = world.space();
    let limit = 200 - world.used_pages();
    let whole = Placement {
        address: 0,
        length: (limit + 1) * PAGE,
        flags: 0,
    };
    assert_eq!(
        world.anonymous(space, whole, Protection::READ_WRITE),
        Err(MemoryError::NoMemory)
    );
    // Without access, or without a reservation, it is free until touched.
    let none = world.anonymous(space, whole, Protection::NONE).unwrap();
    let free = Placement {
        flags: flags::NO_RESERVE,
        ..whole
    };
    let lazy = world.anonymous(space, free, Protection::READ_WRITE).unwrap();
    assert_eq!(world.used_pages(), 1);
    world.write(space, lazy, 1).unwrap();
    assert_eq!(world.mm.spaces[space].committed, 1);
    assert_eq!(
        world.protect(space, none, limit + 1, Protection::READ, false),
        Err(MemoryError::NoMemory)
    );
    assert_eq!(world.protect(space, none, 10, Protection::READ, false), Ok(()));
    assert_eq!(world.mm.spaces[space].committed, 11);
    world.end(&[space], &[]);
}

#[test]
fn forked_spaces_share_pages_until_one_of_them_writes() {
    let mut world = World::new(400);
    let parent = world.space();
    let at = world
        .anonymous(parent, fixed(BASE, 40), Protection::READ_WRITE)
        .unwrap();
    for page in 0..40 {
        world.write(parent, at + page * PAGE, page as u8).unwrap();
    }
    let before = world.store.free_frames();
    let child = world.fork(parent).unwrap();
    assert!(
        before - world.store.free_frames() <= 5 + 8,
        "tables and the few pages that are copied at once"
    );
    // The first is of those that were copied at once, the others are not.
    for page in [0, 20, 22] {
        let here = at + page * PAGE;
        world.write(child, here, 100).unwrap();
        world.write(parent, here + PAGE, 101).unwrap();
        let page = page as u8;
        assert_eq!(
            (world.read(parent, here), world.read(child, here)),
            (Ok(page), Ok(100))
        );
        assert_eq!(
            (world.read(parent, here + PAGE), world.read(child, here + PAGE)),
            (Ok(101), Ok(page + 1))
        );
    }
    // The last owner of a page writes in place.
    let free = world.store.free_frames();
    world.write(parent, at + 20 * PAGE, 1).unwrap();
    assert_eq!(world.store.free_frames(), free);
    world.end(&[parent, child], &[]);
}

#[test]
fn a_space_is_taken_apart_in_steps_wherever_its_pages_lie_and_whatever_happens_meanwhile() {
    let mut world = World::new(4000);
    let space = world.space();
    // Tables of each level end between two of these: 2 MiB, 1 GiB, 512 GiB.
    let wide = Placement {
        flags: flags::FIXED | flags::NO_RESERVE,
        ..fixed(BASE, 4 << 18)
    };
    world.anonymous(space, wide, Protection::READ_WRITE).unwrap();
    for page in [0, 511, 512, 1 << 18, (2 << 18) + 5, (4 << 18) - 1] {
        world.write(space, BASE + page * PAGE, 1).unwrap();
    }
    for high in 1..4 {
        let at = fixed(BASE + (high << 39), 600);
        world.anonymous(space, at, Protection::READ_WRITE).unwrap();
        for page in (0..600).step_by(high as usize) {
            world.write(space, at.address + page * PAGE, 1).unwrap();
        }
    }
    // Nothing of this one is there, and of the next one the pages go while the space does.
    world
        .anonymous(space, fixed(BASE + (5 << 39), 4), Protection::READ_WRITE)
        .unwrap();
    let memory = world.memory(300);
    let mapped = fixed(BASE + (5 << 39) + (1 << 30), 300);
    world.map(space, memory, 0, mapped, MapKind::Write).unwrap();
    for page in 0..300 {
        world.write(space, mapped.address + page * PAGE, 1).unwrap();
    }
    world.mm.release_space(space);
    let mut steps = 0;
    while !matches!(
        world.mm.reap(&mut world.store, &mut world.accounts),
        super::Reaped::Object(_)
    ) {
        steps += 1;
        world.resize(memory, (300 - steps * 30) * PAGE).unwrap();
    }
    assert!((5..10).contains(&steps), "{steps} steps");
    assert!(
        !world.accounts.release(world.account),
        "the test holds the account"
    );
    world.end(&[], &[memory]);
}

#[test]
fn a_fork_of_many_pages_goes_in_steps() {
    let mut world = World::new(2000);
    let parent = world.space();
    world
        .anonymous(parent, fixed(BASE, 700), Protection::READ_WRITE)
        .unwrap();
    for page in 0..700 {
        world.write(parent, BASE + page * PAGE, 1).unwrap();
    }
    let child = world.space();
    let (mut cursor, mut steps) = (0, 1);
    while world
        .mm
        .clone_step(&mut world.store, &mut world.accounts, parent, child, &mut cursor)
        .unwrap()
        == Step::More
    {
        steps += 1;
    }
    assert!(steps >= 3);
    assert_eq!(world.mm.spaces[child].resident, 700);
    let mut steps = 1;
    while world
        .mm
        .unmap(&mut world.store, &mut world.accounts, parent, BASE, 700 * PAGE)
        .unwrap()
        == Step::More
    {
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
    world
        .protect(b, private, 4, Protection::READ_WRITE, false)
        .unwrap();
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
    let code = world
        .map(space, memory, 0, fixed(BASE, 4), MapKind::Execute)
        .unwrap();
    let other = fixed(BASE + 8 * PAGE, 4);
    assert_eq!(
        world.map(space, memory, 0, other, MapKind::Write),
        Err(MemoryError::TextBusy)
    );
    assert_eq!(
        world.protect(space, code, 4, Protection(7), true),
        Err(MemoryError::Access)
    );
    world.unmap(space, code, 4).unwrap();
    world.map(space, memory, 0, other, MapKind::Write).unwrap();
    assert_eq!(
        world.map(space, memory, 0, fixed(BASE, 4), MapKind::Execute),
        Err(MemoryError::TextBusy)
    );
    assert_eq!(world.mm.seal(memory), Err(MemoryError::Busy));
    world.unmap(space, other.address, 4).unwrap();
    // It was writable once: only sealed memory may be executed now.
    assert_eq!(
        world.map(space, memory, 0, fixed(BASE, 4), MapKind::Execute),
        Err(MemoryError::Access)
    );
    world.mm.seal(memory).unwrap();
    world
        .map(space, memory, 0, fixed(BASE, 4), MapKind::Execute)
        .unwrap();
    assert_eq!(
        world.map(space, memory, 0, other, MapKind::Write),
        Err(MemoryError::Access)
    );
    let place = Place::Memory(memory, 0);
    let copied = world.mm.copy(
        &mut world.store,
        &mut world.accounts,
        Place::Space(space, BASE),
        place,
        1,
    );
    assert_eq!(copied.bytes, 0);
    world.end(&[space], &[memory]);
}

#[test]
fn anonymous_memory_becomes_code_only_by_protect_execute_and_never_writable_code() {
    let mut world = World::new(200);
    let space = world.space();
    assert_eq!(
        world.anonymous(space, fixed(BASE, 2), Protection(7)),
        Err(MemoryError::Access)
    );
    world
        .anonymous(space, fixed(BASE, 2), Protection::READ_WRITE)
        .unwrap();
    assert_eq!(
        world.protect(space, BASE, 2, Protection::READ_EXECUTE, false),
        Err(MemoryError::Access)
    );
    assert_eq!(
        world.protect(space, BASE, 2, Protection(7), true),
        Err(MemoryError::Access)
    );
    world.write(space, BASE, 0xc3).unwrap();
    world
        .protect(space, BASE, 2, Protection::READ_EXECUTE, true)
        .unwrap();
    assert_eq!(world.write(space, BASE, 0x90), Err(AccessError::Bad));
    let resolution = world.mm.resolve(
        &mut world.store,
        &mut world.accounts,
        space,
        BASE,
        Access::Execute,
    );
    assert!(matches!(resolution, Resolution::Resolved(_)));
    world.end(&[space], &[]);
}

#[test]
fn pages_beyond_a_new_end_are_gone_everywhere_and_the_tail_reads_zero() {
    let mut world = World::new(300);
    let (a, b) = (world.space(), world.space());
    let memory = world.memory(8);
    for space in [a, b] {
        world
            .map(space, memory, 0, fixed(BASE, 8), MapKind::Write)
            .unwrap();
    }
    for page in 0..8 {
        world.write(a, BASE + page * PAGE + 100, 5).unwrap();
        world.write(b, BASE + page * PAGE + 50, 6).unwrap();
    }
    world.resize(memory, 2 * PAGE + 80).unwrap();
    for space in [a, b] {
        assert_eq!(
            (
                world.read(space, BASE + 2 * PAGE + 50),
                world.read(space, BASE + 2 * PAGE + 100)
            ),
            (Ok(6), Ok(0))
        );
        assert_eq!(world.read(space, BASE + 3 * PAGE), Err(AccessError::Bad));
        let resolution = world.mm.resolve(
            &mut world.store,
            &mut world.accounts,
            space,
            BASE + 4 * PAGE,
            Access::Read,
        );
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
    assert_eq!(
        world.read(space, BASE + PAGE),
        Err(AccessError::NotResident(file))
    );
    assert_eq!(
        world.read(space, BASE + 2 * PAGE),
        Err(AccessError::NotResident(file))
    );
    let notice = world.mm.take_notice().unwrap();
    assert!(notice.wanted && notice.memory == file);
    assert_eq!(
        world.mm.next_wanted(&mut world.store, file),
        Some((PAGE, 2 * PAGE))
    );
    assert_eq!(world.mm.next_wanted(&mut world.store, file), None);
    let (store, accounts) = (&mut world.store, &mut world.accounts);
    // The pager fills its own memory, then gives the pages away.
    let helper = world.mm.create_space(store, accounts, world.account, 0).unwrap();
    world
        .map(helper, source, 0, fixed(BASE, 8), MapKind::Write)
        .unwrap();
    world.write(helper, BASE, 11).unwrap();
    world.write(helper, BASE + PAGE, 22).unwrap();
    let (store, accounts) = (&mut world.store, &mut world.accounts);
    let mut done = 0;
    assert_eq!(
        world
            .mm
            .supply(store, accounts, file, PAGE, 2 * PAGE, source, 0, &mut done),
        Ok(Step::Done)
    );
    assert_eq!(done, 2);
    assert_eq!(
        (world.read(space, BASE + PAGE), world.read(space, BASE + 2 * PAGE)),
        (Ok(11), Ok(22))
    );
    assert_eq!(world.read(helper, BASE), Ok(0), "the page moved");
    let again = world.mm.supply(
        &mut world.store,
        &mut world.accounts,
        file,
        PAGE,
        PAGE,
        source,
        0,
        &mut 0,
    );
    assert_eq!(again, Err(MemoryError::Exists));
    // A write makes a page dirty; taking the dirty ones makes it clean again.
    let mut ranges = [(0, 0); 4];
    assert_eq!(
        world
            .mm
            .take_dirty(&mut world.store, file, 0, 8 * PAGE, &mut ranges, &mut 0),
        Ok(0)
    );
    world.write(space, BASE + PAGE, 12).unwrap();
    world.write(space, BASE + 2 * PAGE, 23).unwrap();
    assert_eq!(
        world
            .mm
            .take_dirty(&mut world.store, file, 0, 8 * PAGE, &mut ranges, &mut 0),
        Ok(1)
    );
    assert_eq!(ranges[0], (PAGE, 2 * PAGE));
    assert_eq!(
        world
            .mm
            .take_dirty(&mut world.store, file, 0, 8 * PAGE, &mut ranges, &mut 0),
        Ok(0)
    );
    world.write(space, BASE + PAGE, 13).unwrap();
    let mut evicted = 0;
    let (store, accounts) = (&mut world.store, &mut world.accounts);
    assert_eq!(
        world
            .mm
            .evict(store, accounts, file, 0, 8 * PAGE, &mut 0, &mut evicted),
        Ok(Step::Done)
    );
    assert_eq!(evicted, 1, "the dirty page stays");
    assert_eq!(world.read(space, BASE + PAGE), Ok(13));
    assert_eq!(
        world.read(space, BASE + 2 * PAGE),
        Err(AccessError::NotResident(file))
    );
    let (store, accounts) = (&mut world.store, &mut world.accounts);
    assert_eq!(
        world.mm.fail(store, accounts, file, 2 * PAGE, PAGE, &mut 0),
        Ok(Step::Done)
    );
    let resolution = world
        .mm
        .resolve(store, accounts, space, BASE + 2 * PAGE, Access::Read);
    assert_eq!(resolution, Resolution::Failed(Fault::Failed));
    let _ = world
        .mm
        .take_pages(store, accounts, file, 0, 8 * PAGE, source, 0, &mut 0)
        .unwrap();
    assert_eq!(
        world.read(space, BASE + PAGE),
        Err(AccessError::NotResident(file))
    );
    assert_eq!(world.read(helper, BASE + PAGE), Ok(13));
    world.end(&[space, helper], &[file, source]);
}

#[test]
fn first_and_last_mappings_are_told_by_kind() {
    let mut world = World::new(200);
    let space = world.space();
    let memory = world.memory(2);
    world.mm.memories[memory].watched_mappings = Protection(Protection::WRITE.0 | Protection::EXECUTE.0);
    world
        .map(space, memory, 0, fixed(BASE, 2), MapKind::Read)
        .unwrap();
    assert_eq!(world.mm.take_notice(), None);
    world
        .map(space, memory, 0, fixed(BASE, 2), MapKind::Write)
        .unwrap();
    let notice = world.mm.take_notice().unwrap();
    assert_eq!(
        (notice.begun, notice.ended),
        (Protection::WRITE, Protection::NONE)
    );
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
    let range = world
        .mm
        .create_device_range(accounts, account, 0, 1 << 30)
        .unwrap();
    let place = fixed(BASE, 200);
    let _ = world
        .mm
        .map_device(store, accounts, space, range, 0, place)
        .unwrap();
    let ram = world
        .mm
        .resolve(store, accounts, space, BASE + PAGE, Access::Read);
    assert_eq!(ram, Resolution::Failed(Fault::Protection));
    let device = world
        .mm
        .resolve(store, accounts, space, BASE + 150 * PAGE, Access::Write);
    assert!(matches!(device, Resolution::Resolved(_)));
    assert_eq!(world.read(space, BASE + 150 * PAGE), Err(AccessError::Bad));
    let part = world
        .mm
        .derive_device_range(&mut world.accounts, account, range, PAGE, 1 << 30);
    assert_eq!(part, Err(MemoryError::Invalid));
    world.mm.release_device_range(range);
    world.end(&[space], &[]);
}

#[test]
fn dma_frames_stay_in_quarantine_and_with_who_maps_them() {
    let mut world = World::new(100);
    let space = world.space();
    let (store, accounts, account) = (&mut world.store, &mut world.accounts, world.account);
    let block = world
        .mm
        .create_dma_block(store, accounts, account, Label(0), 4, true, 7)
        .unwrap();
    let memory = world.mm.dma_memory(block);
    world
        .map(space, memory, 0, fixed(BASE, 4), MapKind::Write)
        .unwrap();
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
    let place = Placement {
        address: BASE + (1 << 30),
        length: PAGE,
        flags: flags::FIXED | flags::GROWS_DOWN,
    };
    world.anonymous(space, place, Protection::READ_WRITE).unwrap();
    world.write(space, place.address - 5 * PAGE, 1).unwrap();
    assert_eq!(world.mm.spaces[space].mapped, 6);
    world
        .anonymous(space, fixed(place.address - 300 * PAGE, 1), Protection::READ)
        .unwrap();
    assert_eq!(
        world.write(space, place.address - 100 * PAGE, 1),
        Err(AccessError::Bad)
    );
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
    let boot = world
        .mm
        .create_fixed_memory(accounts, account, Label(0), first, 4 * PAGE, false, false)
        .unwrap();
    let mut view = |offset, length| {
        world.mm.create_view(
            &world.store,
            &mut world.accounts,
            account,
            Label(1),
            boot,
            offset,
            length,
        )
    };
    assert_eq!(view(5, PAGE), Err(MemoryError::Invalid));
    assert_eq!(view(PAGE, 0), Err(MemoryError::Invalid));
    assert_eq!(
        view(PAGE, 10),
        Err(MemoryError::Invalid),
        "the rest of the page is not zero"
    );
    assert_eq!(view(3 * PAGE, PAGE + 1), Err(MemoryError::Invalid));
    assert_eq!(view(PAGE, u64::MAX), Err(MemoryError::Invalid));
    let part = view(PAGE, PAGE + 18).unwrap();
    world.map(space, part, 0, fixed(BASE, 3), MapKind::Read).unwrap();
    assert_eq!(
        (world.read(space, BASE + 17), world.read(space, BASE + PAGE + 17)),
        (Ok(2), Ok(3))
    );
    assert_eq!(world.read(space, BASE + 2 * PAGE), Err(AccessError::Bad));
    let other = world.memory(1);
    let refused = world.mm.create_view(
        &world.store,
        &mut world.accounts,
        account,
        Label(1),
        other,
        0,
        PAGE,
    );
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
    world
        .map(space, memory, 0, fixed(BASE, 8), MapKind::Write)
        .unwrap();
    for page in 0..8 {
        world.write(space, BASE + page * PAGE + 100, 9).unwrap();
        world.write(space, BASE + page * PAGE + 4000, 9).unwrap();
    }
    let free = world.store.free_frames();
    let range = (PAGE + 2000, 5 * PAGE);
    assert_eq!(
        world
            .mm
            .discard(&mut world.store, &mut world.accounts, memory, range, &mut 0),
        Ok(Step::Done)
    );
    assert_eq!(world.store.free_frames(), free + 4);
    let seen = |world: &mut World, page: u64| {
        (
            world.read(space, BASE + page * PAGE + 100).unwrap(),
            world.read(space, BASE + page * PAGE + 4000).unwrap(),
        )
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
    let refused = world
        .mm
        .discard(&mut world.store, &mut world.accounts, memory, (0, PAGE), &mut 0);
    assert_eq!(refused, Err(MemoryError::NotPermitted));
    world.end(&[space], &[memory]);
}

#[test]
fn populating_a_range_ends_inside_a_larger_region() {
    let mut world = World::new(200);
    let space = world.space();
    world
        .anonymous(space, fixed(BASE, 8), Protection::READ_WRITE)
        .unwrap();
    let mut cursor = BASE;
    assert_eq!(
        world.mm.populate(
            &mut world.store,
            &mut world.accounts,
            space,
            BASE + 3 * PAGE,
            &mut cursor
        ),
        Step::Done
    );
    assert_eq!(world.mm.spaces[space].resident, 3);
    let none = Placement {
        address: BASE,
        length: PAGE,
        flags: flags::FIXED,
    };
    world.anonymous(space, none, Protection::NONE).unwrap();
    let mut cursor = BASE;
    assert_eq!(
        world.mm.populate(
            &mut world.store,
            &mut world.accounts,
            space,
            BASE + PAGE / 2,
            &mut cursor
        ),
        Step::Done
    );
    world.end(&[space], &[]);
}
