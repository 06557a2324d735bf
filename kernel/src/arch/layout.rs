//! Where things lie in the kernel's half of every address space. `linker.ld` knows [`KERNEL_BASE`] too.

/// The image is linked at its physical address plus this.
pub const KERNEL_BASE: u64 = 0xffff_ffff_8000_0000;

/// All physical memory appears from here on.
pub const DIRECT_MAP: u64 = 0xffff_8000_0000_0000;

/// Physical addresses below this are always in the direct map, devices included.
pub const DIRECT_MAP_MINIMUM: u64 = 1 << 32;

/// Physical addresses that the direct map can hold: the address bits of [`trivet_kernel::machine::Frame`].
pub const DIRECT_MAP_LIMIT: u64 = 1 << 44;

/// Stacks of processor 0; those of processor n lie n times [`STACKS_STRIDE`] above.
pub const STACKS: u64 = 0xffff_fe00_0000_0000;

/// Bytes of address space for the stacks of one processor.
pub const STACKS_STRIDE: u64 = 1 << 17;

/// Physical address of the code that a starting processor runs first, in real mode: a page below 1 MiB.
pub const TRAMPOLINE: u64 = 0x8000;

/// One stack: offset and length within a processor's range. The page below each is never mapped.
#[derive(Clone, Copy)]
pub struct Stack {
    /// Offset of the lowest byte.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
}

impl Stack {
    /// The address that the stack pointer of processor `cpu` starts from.
    pub const fn top(self, cpu: usize) -> u64 {
        STACKS + cpu as u64 * STACKS_STRIDE + self.offset + self.length
    }
}

/// Where Rust code runs after an entry.
pub const KERNEL_STACK: Stack = Stack {
    offset: 0x1000,
    length: 0x8000,
};
/// Where the processor pushes its frame at interrupts and exceptions, left at once.
pub const INTERRUPT_STACK: Stack = Stack {
    offset: 0xa000,
    length: 0x1000,
};
/// Double fault, and every panic that an exception in the kernel starts.
pub const PANIC_STACK: Stack = Stack {
    offset: 0xc000,
    length: 0x6000,
};
/// Non-maskable interrupt.
pub const NMI_STACK: Stack = Stack {
    offset: 0x13000,
    length: 0x1000,
};
/// Machine check.
pub const MACHINE_CHECK_STACK: Stack = Stack {
    offset: 0x15000,
    length: 0x4000,
};
/// Debug exception.
pub const DEBUG_STACK: Stack = Stack {
    offset: 0x1a000,
    length: 0x1000,
};

/// All stacks of a processor.
pub const ALL_STACKS: [Stack; 6] = [
    KERNEL_STACK,
    INTERRUPT_STACK,
    PANIC_STACK,
    NMI_STACK,
    MACHINE_CHECK_STACK,
    DEBUG_STACK,
];
