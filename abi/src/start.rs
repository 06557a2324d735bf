//! What a program finds when it starts. Note 0014.

/// Own-region indices of the root handles that the kernel gives to init, besides those that every process has
/// ([`crate::handle::Handle::PROCESS`], `ADDRESS_SPACE`, `ACCOUNT`, `CLOCK`, `ENTROPY`).
pub mod init_handle {
    /// The machine as a whole.
    pub const MACHINE: u32 = 8;
    /// The decision engine.
    pub const POLICY: u32 = 9;
    /// The audit's log.
    pub const AUDIT: u32 = 10;
    /// All I/O ports.
    pub const IO_PORTS: u32 = 11;
    /// All physical addresses that are not RAM.
    pub const DEVICE_MEMORY: u32 = 12;
    /// The root from which interrupts are allocated.
    pub const INTERRUPTS: u32 = 13;
    /// The root from which DMA memory is allocated.
    pub const DMA: u32 = 14;
}

/// Own-region indices of what a program finds besides the bootstrap handles that every process has.
pub mod program_handle {
    /// A descriptor of the working directory.
    pub const WORKING_DIRECTORY: u32 = 8;
    /// The file server's session for pipes and nameless files.
    pub const FILE_SERVER: u32 = 9;
}

/// Path of init in the boot archive.
pub const INIT_PATH: &[u8] = b"boot/init";
/// Path of the compiled policy in the boot archive.
pub const POLICY_PATH: &[u8] = b"boot/policy";

/// Keys of the auxiliary vector, Linux's values (System V ABI, AMD64 supplement, and `linux/auxvec.h`).
pub mod auxiliary {
    /// End of the vector.
    pub const NULL: u64 = 0;
    /// Address of the program headers.
    pub const PHDR: u64 = 3;
    /// Bytes of a program header.
    pub const PHENT: u64 = 4;
    /// Number of program headers.
    pub const PHNUM: u64 = 5;
    /// Bytes of a page.
    pub const PAGESZ: u64 = 6;
    /// Base of the interpreter: 0, there is none.
    pub const BASE: u64 = 7;
    /// Flags: 0.
    pub const FLAGS: u64 = 8;
    /// Entry point of the program.
    pub const ENTRY: u64 = 9;
    /// Real user.
    pub const UID: u64 = 11;
    /// Effective user.
    pub const EUID: u64 = 12;
    /// Real group.
    pub const GID: u64 = 13;
    /// Effective group.
    pub const EGID: u64 = 14;
    /// Address of the platform's name.
    pub const PLATFORM: u64 = 15;
    /// Capabilities of the processor: EDX of CPUID leaf 1.
    pub const HWCAP: u64 = 16;
    /// Ticks of `times` in a second.
    pub const CLKTCK: u64 = 17;
    /// Not zero where the program gained rights at exec.
    pub const SECURE: u64 = 23;
    /// Address of 16 random bytes.
    pub const RANDOM: u64 = 25;
    /// Further capabilities; bit 1: FSGSBASE instructions may be used.
    pub const HWCAP2: u64 = 26;
    /// Address of the program's path.
    pub const EXECFN: u64 = 31;
    /// Bytes of stack that an upcall needs at least.
    pub const MINSIGSTKSZ: u64 = 51;
}
