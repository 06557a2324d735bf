//! Single instructions of the processor as functions. Those that can break memory safety are `unsafe`; each says when not.
#![allow(unsafe_code)]

use core::arch::asm;

/// Model-specific registers that the kernel uses.
pub mod msr {
    /// Local APIC: base address and enable bit.
    pub const APIC_BASE: u32 = 0x1b;
    /// Absolute deadline of the local APIC's timer, in ticks of the time stamp counter.
    pub const TSC_DEADLINE: u32 = 0x6e0;
    /// Segment selectors of SYSCALL and SYSRET.
    pub const STAR: u32 = 0xc000_0081;
    /// Entry of SYSCALL.
    pub const LSTAR: u32 = 0xc000_0082;
    /// RFLAGS bits that SYSCALL clears.
    pub const SFMASK: u32 = 0xc000_0084;
    /// GS base.
    pub const GS_BASE: u32 = 0xc000_0101;
    /// GS base that SWAPGS brings in.
    pub const KERNEL_GS_BASE: u32 = 0xc000_0102;
}

/// What CPUID returns.
pub use core::arch::x86_64::CpuidResult;

/// Reads what the processor says of itself.
pub fn cpuid(leaf: u32, subleaf: u32) -> CpuidResult {
    core::arch::x86_64::__cpuid_count(leaf, subleaf)
}

/// Reads the time stamp counter.
#[inline]
pub fn rdtsc() -> u64 {
    let (low, high): (u32, u32);
    // SAFETY: reads a counter, touches no memory. Not reordered with other asm, which is all that callers need.
    unsafe { asm!("rdtsc", out("eax") low, out("edx") high, options(nomem, nostack, preserves_flags)) };
    u64::from(high) << 32 | u64::from(low)
}

/// Tells the processor that this is a spin loop. Under instruction counting it gives the other processors their turn.
#[inline]
pub fn pause() {
    core::hint::spin_loop();
}

/// Stops the processor for good.
pub fn halt_forever() -> ! {
    loop {
        // SAFETY: with interrupts off nothing runs here again but NMI, which returns to this loop.
        unsafe { asm!("cli", "hlt", options(nomem, nostack)) };
    }
}

/// Writes a model-specific register.
///
/// # Safety
/// The caller knows what the register does with this value, and that running code stays sound.
pub unsafe fn wrmsr(register: u32, value: u64) {
    // SAFETY: the caller's promise.
    unsafe {
        asm!("wrmsr", in("ecx") register, in("eax") value as u32, in("edx") (value >> 32) as u32,
             options(nostack, preserves_flags));
    }
}

/// Reads a model-specific register.
///
/// # Safety
/// The register exists on this processor.
pub unsafe fn rdmsr(register: u32) -> u64 {
    let (low, high): (u32, u32);
    // SAFETY: reading an existing register has no effect on memory.
    unsafe {
        asm!("rdmsr", in("ecx") register, out("eax") low, out("edx") high, options(nomem, nostack, preserves_flags));
    }
    u64::from(high) << 32 | u64::from(low)
}

macro_rules! port_functions {
    ($read:ident, $write:ident, $type:ty, $register:tt) => {
        /// Reads a port.
        ///
        /// # Safety
        /// Reading must not make the device write to memory that Rust owns.
        pub unsafe fn $read(port: u16) -> $type {
            let value: $type;
            // SAFETY: the caller's promise.
            unsafe {
                asm!(concat!("in ", $register, ", dx"), in("dx") port, out($register) value,
                     options(nostack, preserves_flags));
            }
            value
        }

        /// Writes a port.
        ///
        /// # Safety
        /// The device must not write to memory that Rust owns, nor stop the processor, but where that is meant.
        pub unsafe fn $write(port: u16, value: $type) {
            // SAFETY: the caller's promise.
            unsafe {
                asm!(concat!("out dx, ", $register), in("dx") port, in($register) value,
                     options(nostack, preserves_flags));
            }
        }
    };
}

port_functions!(inb, outb, u8, "al");
port_functions!(inw, outw, u16, "ax");
port_functions!(inl, outl, u32, "eax");

/// Reads CR2: the address of the last page fault.
pub fn read_cr2() -> u64 {
    let value: u64;
    // SAFETY: a read without effect.
    unsafe { asm!("mov {}, cr2", out(reg) value, options(nomem, nostack, preserves_flags)) };
    value
}

/// Reads CR3: the loaded top-level page table.
pub fn read_cr3() -> u64 {
    let value: u64;
    // SAFETY: a read without effect.
    unsafe { asm!("mov {}, cr3", out(reg) value, options(nomem, nostack, preserves_flags)) };
    value
}

/// Loads a top-level page table, and forgets all translations that are not global.
///
/// # Safety
/// The table has the kernel's half, and stays alive while it is loaded.
#[inline]
pub unsafe fn write_cr3(value: u64) {
    // SAFETY: the caller's promise: code, stack and data keep their addresses.
    unsafe { asm!("mov cr3, {}", in(reg) value, options(nostack, preserves_flags)) };
}

/// Reads CR4.
pub fn read_cr4() -> u64 {
    let value: u64;
    // SAFETY: a read without effect.
    unsafe { asm!("mov {}, cr4", out(reg) value, options(nomem, nostack, preserves_flags)) };
    value
}

/// Writes CR4.
///
/// # Safety
/// The caller knows each bit that changes.
pub unsafe fn write_cr4(value: u64) {
    // SAFETY: the caller's promise.
    unsafe { asm!("mov cr4, {}", in(reg) value, options(nostack, preserves_flags)) };
}

/// Enables parts of the extended state.
///
/// # Safety
/// CR4.OSXSAVE is set and the processor has these parts.
pub unsafe fn xsetbv(value: u64) {
    // SAFETY: the caller's promise.
    unsafe {
        asm!("xsetbv", in("ecx") 0, in("eax") value as u32, in("edx") (value >> 32) as u32, options(nostack))
    };
}

/// Forgets the translation of one page of the loaded space.
#[inline]
pub fn invlpg(address: u64) {
    // SAFETY: dropping a cached translation is always sound; the tables are what counts.
    unsafe { asm!("invlpg [{}]", in(reg) address, options(nostack, preserves_flags)) };
}

/// Loads the debug registers. Addresses are user addresses and the conditions are checked by the caller.
pub fn write_debug_registers(values: &[u64; 6]) {
    // SAFETY: breakpoints on user addresses with global enables never fire in the kernel, whose accesses to user
    // memory go through the direct map. DR7 is loaded last.
    unsafe {
        asm!("mov dr7, {zero}", "mov dr0, {a}", "mov dr1, {b}", "mov dr2, {c}", "mov dr3, {d}", "mov dr6, {e}",
             "mov dr7, {f}",
             zero = in(reg) 0u64, a = in(reg) values[0], b = in(reg) values[1], c = in(reg) values[2],
             d = in(reg) values[3], e = in(reg) values[4], f = in(reg) values[5],
             options(nomem, nostack, preserves_flags));
    }
}

/// Reads DR6: why a debug exception came.
pub fn read_dr6() -> u64 {
    let value: u64;
    // SAFETY: a read without effect.
    unsafe { asm!("mov {}, dr6", out(reg) value, options(nomem, nostack, preserves_flags)) };
    value
}

/// Writes DR6.
pub fn write_dr6(value: u64) {
    // SAFETY: DR6 only reports.
    unsafe { asm!("mov dr6, {}", in(reg) value, options(nomem, nostack, preserves_flags)) };
}

/// A random number of the processor's conditioned source. The processor must have RDSEED.
pub fn rdseed() -> Option<u64> {
    let (value, done): (u64, u8);
    // SAFETY: the caller checked that the instruction exists; no memory is touched.
    unsafe { asm!("rdseed {}", "setc {}", out(reg) value, out(reg_byte) done, options(nomem, nostack)) };
    (done == 1).then_some(value)
}

/// A random number of the processor's generator. The processor must have RDRAND.
pub fn rdrand() -> Option<u64> {
    let (value, done): (u64, u8);
    // SAFETY: as for `rdseed`.
    unsafe { asm!("rdrand {}", "setc {}", out(reg) value, out(reg_byte) done, options(nomem, nostack)) };
    (done == 1).then_some(value)
}
