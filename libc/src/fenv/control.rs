//! The control and status registers of SSE and x87.

use core::arch::asm;

/// The x87 environment as `fnstenv` stores it, followed by MXCSR: glibc's `fenv_t` of x86-64.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// The x87 control word in the lower half.
    pub control: u32,
    /// The x87 status word in the lower half.
    pub status: u32,
    /// The x87 tag word in the lower half.
    pub tags: u32,
    /// Where the last x87 instruction and its operand were.
    pub pointers: [u32; 4],
    /// SSE's control and status.
    pub mxcsr: u32,
}

/// SSE's control and status register.
#[inline(always)]
pub fn mxcsr() -> u32 {
    let mut value = 0u32;
    // SAFETY: stores the register to the variable given.
    unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut value, options(nostack, preserves_flags)) };
    value
}

/// Sets SSE's control and status register. Bits that do not exist are cleared, for they would fault.
#[inline(always)]
pub fn set_mxcsr(value: u32) {
    let value = value & 0xffff;
    // SAFETY: loads the register from the variable given; no reserved bit is set.
    unsafe { asm!("ldmxcsr [{}]", in(reg) &raw const value, options(nostack, preserves_flags, readonly)) };
}

/// The x87 control word.
#[inline(always)]
pub fn x87_control() -> u16 {
    let mut value = 0u16;
    // SAFETY: stores the register to the variable given.
    unsafe { asm!("fnstcw [{}]", in(reg) &raw mut value, options(nostack, preserves_flags)) };
    value
}

/// Sets the x87 control word.
#[inline(always)]
pub fn set_x87_control(value: u16) {
    // SAFETY: loads the register from the variable given.
    unsafe { asm!("fldcw [{}]", in(reg) &raw const value, options(nostack, preserves_flags, readonly)) };
}

/// The x87 status word.
#[inline(always)]
pub fn x87_status() -> u16 {
    let value: u16;
    // SAFETY: copies the register to AX.
    unsafe { asm!("fnstsw ax", out("ax") value, options(nomem, nostack, preserves_flags)) };
    value
}

/// Clears the exception flags of x87.
#[inline(always)]
pub fn clear_x87_exceptions() {
    // SAFETY: changes the status word only.
    unsafe { asm!("fnclex", options(nomem, nostack, preserves_flags)) };
}

/// The x87 environment, with MXCSR beside it. All exceptions stay as they are masked.
#[inline]
pub fn environment() -> Environment {
    let mut value = Environment::default();
    // SAFETY: fnstenv writes 28 bytes to the structure and masks all exceptions; fldenv takes that back.
    unsafe { asm!("fnstenv [{0}]", "fldenv [{0}]", in(reg) &raw mut value, options(nostack)) };
    value.mxcsr = mxcsr();
    value
}

/// Loads the x87 environment, with MXCSR.
#[inline]
pub fn set_environment(value: &Environment) {
    // SAFETY: fldenv reads 28 bytes of the structure. The register stack is empty at any call (System V ABI), and
    // the callers keep the tag word so.
    unsafe { asm!("fldenv [{}]", in(reg) &raw const *value, options(nostack, readonly)) };
    set_mxcsr(value.mxcsr);
}

/// Waits for x87, which delivers an exception that is flagged and not masked.
#[inline(always)]
pub fn wait_x87() {
    // SAFETY: no effect but the trap that the program asked for.
    unsafe { asm!("fwait", options(nostack)) };
}
