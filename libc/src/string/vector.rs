//! Which vector instructions this processor has, found once and without a constructor.
//!
//! The memory functions below run before any start-up code could fill a table of pointers, so each looks at
//! `LEVEL` when the size makes it worth while; the first look asks CPUID. A level is a byte, not a pointer:
//! a stray write to it cannot redirect control.

use core::arch::naked_asm;
use core::sync::atomic::{AtomicI32, AtomicU8};

/// 0: not asked yet; 1: SSE2, which every x86-64 has; 2: AVX2 and BMI1, with the system saving their state.
pub(super) static LEVEL: AtomicU8 = AtomicU8::new(0);

/// The last offset in a page at which a 32-byte load stays inside it when the level is 2, and -1 below that:
/// one comparison answers both questions.
pub(super) static LAST_OFFSET_32: AtomicI32 = AtomicI32::new(-1);

/// Fills `LEVEL` and `LAST_OFFSET_32`. Keeps every register but the flags, so that assembly can call it from
/// anywhere; calling it twice, or on two threads at once, stores the same values again.
///
/// # Safety
/// Only assembly may rely on the registers; as a plain function it is safe to call at any time.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn detect() {
    naked_asm!(
        "push rax",
        "push rbx",
        "push rcx",
        "push rdx",
        "push rsi",
        "mov esi, 1",
        "xor eax, eax",
        "cpuid",
        "cmp eax, 7",
        "jb 2f",
        "mov eax, 1",
        "cpuid",
        // OSXSAVE and AVX.
        "and ecx, 0x18000000",
        "cmp ecx, 0x18000000",
        "jne 2f",
        // The system saves xmm and ymm.
        "xor ecx, ecx",
        "xgetbv",
        "and eax, 6",
        "cmp eax, 6",
        "jne 2f",
        "mov eax, 7",
        "xor ecx, ecx",
        "cpuid",
        // AVX2 and BMI1.
        "and ebx, 0x28",
        "cmp ebx, 0x28",
        "jne 2f",
        "mov esi, 2",
        "mov dword ptr [rip + {last}], 4096 - 32",
        "2:",
        "mov byte ptr [rip + {level}], sil",
        "pop rsi",
        "pop rdx",
        "pop rcx",
        "pop rbx",
        "pop rax",
        "ret",
        last = sym LAST_OFFSET_32,
        level = sym LEVEL,
    )
}
