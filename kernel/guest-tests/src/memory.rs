//! Memory: zero pages, protection, sharing, code, device memory, DMA.

use crate::{DEVICE_MEMORY, DMA, POLICY, Test, ensure};
use core::ptr;
use trivet_abi::handle::Handle;
use trivet_ipc::shared::{MapFlags, Protection};
use trivet_ipc::{account, address_space, device_memory, dma, memory, policy};

/// The tests.
pub const TESTS: &[(&str, Test)] = &[
    ("fresh_pages_are_zero_and_keep_what_is_written", fresh_pages),
    ("unmapped_memory_is_not_readable_by_the_kernel_either", unmapped),
    (
        "memory_is_shared_by_its_mappings_and_private_copies_are_not",
        shared,
    ),
    ("data_becomes_code_only_by_protect_execute", code),
    ("a_mapping_grows_and_moves_with_its_contents", remap),
    ("device_memory_is_never_ram", device),
    ("dma_memory_lies_in_a_row", dma_block),
    ("a_promise_beyond_the_machine_is_refused", too_much),
];

const PAGE: u64 = 4096;

/// Maps anonymous memory.
pub fn map(length: u64) -> Result<u64, &'static str> {
    let both = Protection::READ | Protection::WRITE;
    address_space::map_anonymous(Handle::ADDRESS_SPACE, 0, length, both, MapFlags::EMPTY)
        .map_err(|_| "map_anonymous fails")
}

/// Removes a mapping.
pub fn unmap(address: u64, length: u64) -> Result<(), &'static str> {
    address_space::unmap(Handle::ADDRESS_SPACE, address, length).map_err(|_| "unmap fails")
}

/// Reads a word of this program's memory.
pub fn peek(address: u64) -> u64 {
    // SAFETY: the tests only pass addresses that they mapped.
    unsafe { ptr::read_volatile(ptr::with_exposed_provenance(address as usize)) }
}

/// Writes a word of this program's memory.
pub fn poke(address: u64, value: u64) {
    // SAFETY: as in `peek`.
    unsafe { ptr::write_volatile(ptr::with_exposed_provenance_mut(address as usize), value) }
}

/// Number of a label of the tests' policy.
pub fn named(name: &[u8]) -> Result<u32, &'static str> {
    policy::label_by_name(POLICY, name).map_err(|_| "the policy lacks a label")
}

/// The label of the objects that the tests make.
pub fn label() -> Result<u32, &'static str> {
    named(b"tested")
}

/// A Memory of this many pages.
pub fn object(pages: u64) -> Result<Handle, &'static str> {
    account::create_memory(
        Handle::ACCOUNT,
        pages * PAGE,
        label()?,
        false,
        Handle::NONE.0,
        0,
        0,
    )
    .map_err(|_| "create_memory fails")
}

fn fresh_pages() -> Result<(), &'static str> {
    let at = map(600 * PAGE)?;
    for page in 0..600 {
        ensure!(peek(at + page * PAGE) == 0 && peek(at + page * PAGE + 4088) == 0);
        poke(at + page * PAGE, page + 1);
    }
    for page in 0..600 {
        ensure!(peek(at + page * PAGE) == page + 1);
    }
    unmap(at, 600 * PAGE)?;
    // What was freed comes back as zeros.
    let at = map(600 * PAGE)?;
    for page in 0..600 {
        ensure!(peek(at + page * PAGE) == 0);
    }
    unmap(at, 600 * PAGE)
}

fn unmapped() -> Result<(), &'static str> {
    let at = map(2 * PAGE)?;
    poke(at, 1);
    unmap(at, 2 * PAGE)?;
    let mut bytes = [0u8; 8];
    ensure!(address_space::read(Handle::ADDRESS_SPACE, at, &mut bytes[..]).is_err());
    ensure!(address_space::write(Handle::ADDRESS_SPACE, at, &bytes[..]).is_err());
    Ok(())
}

fn shared() -> Result<(), &'static str> {
    let memory = object(4)?;
    let first = memory::map_write(memory, Handle::ADDRESS_SPACE, 0, 4 * PAGE, 0, MapFlags::EMPTY)
        .map_err(|_| "map_write fails")?;
    let second = memory::map_write(memory, Handle::ADDRESS_SPACE, 0, 4 * PAGE, 0, MapFlags::EMPTY)
        .map_err(|_| "map_write fails")?;
    let copy = memory::map_copy(memory, Handle::ADDRESS_SPACE, 0, 4 * PAGE, 0, MapFlags::EMPTY)
        .map_err(|_| "map_copy fails")?;
    let both = Protection::READ | Protection::WRITE;
    address_space::protect(Handle::ADDRESS_SPACE, copy, 4 * PAGE, both).map_err(|_| "protect fails")?;
    poke(first, 7);
    ensure!(peek(second) == 7 && peek(copy) == 7);
    poke(copy, 8);
    poke(second, 9);
    ensure!(peek(first) == 9 && peek(copy) == 8);
    ensure!(memory::map_execute(memory, Handle::ADDRESS_SPACE, 0, PAGE, 0, MapFlags::EMPTY).is_err());
    memory::resize(memory, PAGE).map_err(|_| "resize fails")?;
    let mut bytes = [0u8; 8];
    ensure!(address_space::read(Handle::ADDRESS_SPACE, first + PAGE, &mut bytes[..]).is_err());
    for at in [first, second, copy] {
        unmap(at, 4 * PAGE)?;
    }
    Ok(())
}

fn code() -> Result<(), &'static str> {
    let at = map(PAGE)?;
    // mov eax, 42; ret
    poke(at, 0x0000_c300_0000_2ab8);
    let execute = Protection::READ | Protection::EXECUTE;
    ensure!(address_space::protect(Handle::ADDRESS_SPACE, at, PAGE, execute).is_err());
    let everything = execute | Protection::WRITE;
    ensure!(address_space::protect_execute(Handle::ADDRESS_SPACE, at, PAGE, everything).is_err());
    address_space::protect_execute(Handle::ADDRESS_SPACE, at, PAGE, execute)
        .map_err(|_| "protect_execute fails")?;
    // SAFETY: the page holds a function of that type, written above.
    let function: extern "C" fn() -> u32 = unsafe { core::mem::transmute(at as usize) };
    ensure!(function() == 42);
    unmap(at, PAGE)
}

fn remap() -> Result<(), &'static str> {
    let at = map(8 * PAGE)?;
    for page in 0..8 {
        poke(at + page * PAGE, page + 10);
    }
    let moved = address_space::remap(
        Handle::ADDRESS_SPACE,
        at,
        8 * PAGE,
        64 * PAGE,
        0,
        MapFlags::EMPTY,
        true,
    )
    .map_err(|_| "remap fails")?;
    for page in 0..8 {
        ensure!(peek(moved + page * PAGE) == page + 10);
    }
    ensure!(peek(moved + 63 * PAGE) == 0);
    unmap(moved, 64 * PAGE)
}

fn device() -> Result<(), &'static str> {
    let info = device_memory::info(DEVICE_MEMORY).map_err(|_| "info fails")?;
    ensure!(info.address == 0);
    // The local APIC is a device; the page at 1 MiB is the kernel's.
    let apic = device_memory::map(
        DEVICE_MEMORY,
        Handle::ADDRESS_SPACE,
        0xfee0_0000,
        PAGE,
        0,
        MapFlags::EMPTY,
    )
    .map_err(|_| "map fails")?;
    // SAFETY: the register was just mapped; devices want accesses of 32 bits.
    let version = unsafe { ptr::read_volatile(ptr::with_exposed_provenance::<u32>(apic as usize + 0x30)) };
    ensure!(version & 0xff >= 0x10);
    unmap(apic, PAGE)?;
    if let Ok(ram) = device_memory::map(
        DEVICE_MEMORY,
        Handle::ADDRESS_SPACE,
        0x10_0000,
        PAGE,
        0,
        MapFlags::EMPTY,
    ) {
        let mut bytes = [0u8; 8];
        ensure!(address_space::read(Handle::ADDRESS_SPACE, ram, &mut bytes[..]).is_err());
        unmap(ram, PAGE)?;
    }
    Ok(())
}

fn dma_block() -> Result<(), &'static str> {
    let block = dma::allocate(DMA, 4, true, 9, label()?).map_err(|_| "allocate fails")?;
    ensure!(block.address % PAGE == 0 && block.address + 4 * PAGE <= 1 << 32);
    let at = dma::map(
        block.memory,
        Handle::ADDRESS_SPACE,
        0,
        4 * PAGE,
        0,
        MapFlags::EMPTY,
    )
    .map_err(|_| "map fails")?;
    ensure!(peek(at + 3 * PAGE) == 0);
    poke(at + 3 * PAGE, 5);
    unmap(at, 4 * PAGE)
}

fn too_much() -> Result<(), &'static str> {
    ensure!(map(1 << 40).is_err());
    ensure!(map(u64::MAX).is_err());
    ensure!(map(0).is_err());
    Ok(())
}
