//! Registers: what survives, what is cleared, and that nothing of another thread is seen.

use crate::threads::{Worker, now_ns};
use crate::{Test, ensure};
use core::arch::asm;
use core::sync::atomic::{AtomicU64, Ordering};
use trivet_abi::CALL;
use trivet_abi::handle::Handle;

/// The tests.
pub const TESTS: &[(&str, Test)] = &[
    ("vector_registers_read_zero_after_a_call", vectors_are_clear),
    ("control_words_belong_to_the_thread", control_words),
    ("an_interrupted_thread_gets_every_register_back", interrupted),
    ("a_new_thread_starts_with_clear_registers", new_thread),
];

/// Makes the cheapest call with all vector registers set, and returns the sum of what they hold afterwards.
fn vectors_after_a_call() -> u64 {
    let sum: u64;
    // SAFETY: a call that names no memory; every register that changes is declared.
    unsafe {
        asm!(
            "pcmpeqd xmm0, xmm0", "pcmpeqd xmm1, xmm1", "pcmpeqd xmm7, xmm7", "pcmpeqd xmm15, xmm15",
            "vinsertf128 ymm3, ymm3, xmm0, 1",
            "syscall",
            "vextractf128 xmm4, ymm3, 1",
            "por xmm0, xmm1", "por xmm0, xmm7", "por xmm0, xmm15", "por xmm0, xmm3", "por xmm0, xmm4",
            "movq r14, xmm0",
            "psrldq xmm0, 8",
            "movq r15, xmm0",
            "or r14, r15",
            out("r14") sum,
            out("r15") _,
            inlateout("rax") CALL => _,
            inlateout("rdi") u64::from(Handle::SELF_THREAD.0) => _,
            inlateout("rsi") crate::calls::NOTHING => _,
            inlateout("rdx") 0u64 => _,
            inlateout("r8") 0u64 => _,
            inlateout("r9") 0u64 => _,
            inlateout("r10") 0u64 => _,
            inlateout("r12") 0u64 => _,
            inlateout("r13") 0u64 => _,
            clobber_abi("sysv64"),
        );
    }
    sum
}

fn vectors_are_clear() -> Result<(), &'static str> {
    ensure!(vectors_after_a_call() == 0);
    Ok(())
}

fn control_words() -> Result<(), &'static str> {
    let mxcsr: u32 = 0x9fc0;
    let control: u16 = 0x0f7f;
    let (mut mxcsr_after, mut control_after) = (0u32, 0u16);
    // SAFETY: sets this thread's own control words, and restores the usual ones below.
    unsafe { asm!("ldmxcsr [{}]", "fldcw [{}]", in(reg) &raw const mxcsr, in(reg) &raw const control) };
    let other = Worker::start(|| OTHER_MXCSR.store(u64::from(read_mxcsr()), Ordering::SeqCst))?;
    other.join()?;
    let usual: u32 = 0x1f80;
    // SAFETY: as above.
    unsafe {
        asm!("stmxcsr [{}]", "fnstcw [{}]", in(reg) &raw mut mxcsr_after, in(reg) &raw mut control_after);
        asm!("ldmxcsr [{}]", "fninit", in(reg) &raw const usual);
    }
    ensure!(mxcsr_after == mxcsr && control_after == control);
    ensure!(OTHER_MXCSR.load(Ordering::SeqCst) == 0x1f80);
    Ok(())
}

static OTHER_MXCSR: AtomicU64 = AtomicU64::new(0);

fn read_mxcsr() -> u32 {
    let mut value = 0u32;
    // SAFETY: stores a control register.
    unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut value) };
    value
}

/// Spins with a pattern in every free register until `end_ns` has come; returns whether the pattern held.
fn spin_with_pattern(seed: u64, end_ns: u64) -> bool {
    while now_ns() < end_ns {
        let wrong: u64;
        // SAFETY: registers only.
        unsafe {
            asm!(
                "movq xmm5, {seed}", "movq xmm9, {seed}", "vinsertf128 ymm9, ymm9, xmm5, 1", "movq mm3, {seed}",
                "mov r8, {seed}", "mov r13, {seed}", "mov r15, {seed}",
                "mov ecx, 20000",
                "2:", "dec ecx", "jnz 2b",
                "vextractf128 xmm6, ymm9, 1",
                "pxor xmm6, xmm9", "pxor xmm5, xmm9", "por xmm6, xmm5", "movq {wrong}, xmm6",
                "movq rcx, xmm9", "xor rcx, {seed}", "or {wrong}, rcx",
                "movq rcx, mm3", "xor rcx, {seed}", "or {wrong}, rcx",
                "xor r8, {seed}", "or {wrong}, r8", "xor r13, {seed}", "or {wrong}, r13",
                "xor r15, {seed}", "or {wrong}, r15",
                "emms",
                seed = in(reg) seed,
                wrong = out(reg) wrong,
                out("rcx") _, out("r8") _, out("r13") _, out("r15") _,
                out("xmm5") _, out("xmm6") _, out("xmm9") _,
                out("mm3") _,
            );
        }
        if wrong != 0 {
            return false;
        }
    }
    true
}

static FAILURES: AtomicU64 = AtomicU64::new(0);

fn interrupted() -> Result<(), &'static str> {
    // Longer than several time slices, so that the threads interrupt each other.
    let end = now_ns() + 60_000_000;
    let body = move |seed: u64| {
        if !spin_with_pattern(seed, end) {
            FAILURES.fetch_add(1, Ordering::SeqCst);
        }
    };
    let first = Worker::start(move || body(0x1111_2222_3333_4444))?;
    let second = Worker::start(move || body(0xaaaa_bbbb_cccc_dddd))?;
    body(0x0123_4567_89ab_cdef);
    first.join()?;
    second.join()?;
    ensure!(FAILURES.load(Ordering::SeqCst) == 0);
    Ok(())
}

fn new_thread() -> Result<(), &'static str> {
    ensure!(crate::threads::first_registers()? == 0);
    Ok(())
}
