//! Entry code: stack, relocation, read-only data, and then the program.

use crate::relocation::{Dynamic, Relocation};
use core::arch::global_asm;
use core::slice;
use trivet_abi::handle::Handle;
use trivet_abi::{ABI_GENERATION, NOTE_TYPE};
use trivet_ipc::shared::Protection;

global_asm!(
    r#"
    .section .note.trivet, "a", @note
    .balign 4
    .long 7
    .long 4
    .long {note_type}
    .asciz "Trivet"
    .byte 0
    .long {generation}

    .section .text.entry, "ax", @progbits
    .global _start
    _start:
        xor ebp, ebp
        lea rdi, [rip + __ehdr_start]
        lea rsi, [rip + _DYNAMIC]
        and rsp, -16
        call {start}
        ud2
    "#,
    note_type = const NOTE_TYPE,
    generation = const ABI_GENERATION,
    start = sym start,
);

unsafe extern "C" {
    fn trivet_main() -> !;
}

/// The program header that names what becomes read-only after relocation.
const PT_GNU_RELRO: u32 = 0x6474_e552;

/// Relocates the image, whose first byte is `base`, and goes on into the program. Uses nothing that needs relocation itself.
///
/// # Safety
/// Called once, by `_start`, with the image's own addresses.
unsafe extern "C" fn start(base: *mut u8, dynamic: *const Dynamic) -> ! {
    // SAFETY: the linker ends the dynamic section with an entry whose tag is 0.
    let length = (0..)
        .take_while(|&at| unsafe { (*dynamic.add(at)).tag } != 0)
        .count();
    // SAFETY: so many entries were just found there.
    let entries = unsafe { slice::from_raw_parts(dynamic, length) };
    if let Some((offset, count)) = crate::relocation::table(entries) {
        // SAFETY: the linker says that the image has its relocations there.
        let relocations =
            unsafe { slice::from_raw_parts(base.wrapping_add(offset as usize).cast::<Relocation>(), count) };
        for relocation in relocations {
            let Some(value) = relocation.value(base as u64) else {
                continue;
            };
            // SAFETY: the linker says that this word of the image is to be relocated; nothing has used it yet.
            unsafe {
                base.wrapping_add(relocation.offset as usize)
                    .cast::<u64>()
                    .write_unaligned(value)
            };
        }
    }
    // SAFETY: the image begins with its ELF header, whose program headers are mapped with it.
    unsafe { protect_relocated(base) };
    // SAFETY: the program's `program!` defines it.
    unsafe { trivet_main() }
}

/// Makes relocated constants read-only.
///
/// # Safety
/// `base` is the image's ELF header.
unsafe fn protect_relocated(base: *mut u8) {
    // SAFETY: the header's fields, by the caller's word.
    let (table, count) = unsafe {
        (
            base.add(32).cast::<u64>().read_unaligned(),
            base.add(56).cast::<u16>().read_unaligned(),
        )
    };
    for index in 0..usize::from(count) {
        let header = base.wrapping_add(table as usize + index * 56);
        // SAFETY: inside the table of program headers.
        let kind = unsafe { header.cast::<u32>().read_unaligned() };
        if kind != PT_GNU_RELRO {
            continue;
        }
        // SAFETY: inside the table of program headers.
        let (address, length) = unsafe {
            (
                header.add(16).cast::<u64>().read_unaligned(),
                header.add(40).cast::<u64>().read_unaligned(),
            )
        };
        let start = (base as u64 + address).next_multiple_of(4096);
        let end = (base as u64 + address + length) / 4096 * 4096;
        if end > start {
            // Where it fails the constants stay writable, which harms only this program.
            let _ = trivet_ipc::address_space::protect(
                Handle::ADDRESS_SPACE,
                start,
                end - start,
                Protection::READ,
            );
        }
    }
}
