//! Sixteen bytes at a time for the string functions written in Rust: SSE2, which every x86-64 has.
//!
//! An aligned block never crosses a page, so reading one that holds at least one byte of the string cannot
//! fault. Bytes of the block outside the string are masked off and never reach a result.

use core::arch::x86_64::*;

/// Bytes in a block.
pub(super) const SIZE: usize = 16;

/// A byte repeated over a block.
#[inline(always)]
pub(super) fn splat(byte: u8) -> __m128i {
    // SAFETY: SSE2 is part of x86-64.
    unsafe { _mm_set1_epi8(byte as i8) }
}

/// The aligned block at `p`.
///
/// # Safety
/// `p` is 16-aligned and at least one byte of the block belongs to readable memory.
#[inline(always)]
pub(super) unsafe fn load(p: *const u8) -> __m128i {
    // SAFETY: the caller's promise: aligned, and so within one readable page.
    unsafe { _mm_load_si128(p.cast()) }
}

/// The sixteen bytes at `p`, however aligned.
///
/// # Safety
/// All sixteen bytes are readable.
#[inline(always)]
pub(super) unsafe fn load_unaligned(p: *const u8) -> __m128i {
    // SAFETY: the caller's promise.
    unsafe { _mm_loadu_si128(p.cast()) }
}

/// One bit for each byte of `a` that equals the byte of `b`.
#[inline(always)]
pub(super) fn equal(a: __m128i, b: __m128i) -> u32 {
    // SAFETY: SSE2 is part of x86-64.
    unsafe { _mm_movemask_epi8(_mm_cmpeq_epi8(a, b)) as u32 }
}

/// One bit for each byte of `a` that is zero or differs from the byte of `b`.
#[inline(always)]
pub(super) fn zero_or_different(a: __m128i, b: __m128i) -> u32 {
    // SAFETY: SSE2 is part of x86-64. min(a, a == b) is zero exactly where a is zero or a differs from b.
    unsafe {
        let stop = _mm_min_epu8(a, _mm_cmpeq_epi8(a, b));
        _mm_movemask_epi8(_mm_cmpeq_epi8(stop, _mm_setzero_si128())) as u32
    }
}

/// Whether sixteen bytes at `p` stay within its page.
#[inline(always)]
pub(super) fn within_page(p: *const u8) -> bool {
    p.addr() & 4095 <= 4096 - SIZE
}
