//! The seam between the kernel's logic and the processor: what the logic asks of a machine.
//!
//! [`FrameStore`] is memory: frames with reference counts and access to their bytes; `mm/` stands on it alone.
//! [`Machine`] adds processors, clocks, interrupts, ports. `arch/` implements both for x86-64, tests with plain vectors.
//! Everything is called with the kernel's lock held. A [`ThreadContext`] is what the entry code saves into and resumes from.

/// Bytes of a frame and of a page.
pub const PAGE_SIZE: usize = 4096;

/// Index of a processor, 0 up to [`Machine::processor_count`].
pub type Cpu = usize;

/// Processors that the kernel serves, at most.
pub const MAX_CPUS: usize = 64;

/// Number of a frame of physical memory: its address divided by [`PAGE_SIZE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Frame(pub u32);

impl Frame {
    /// Physical address of the first byte.
    #[inline]
    #[must_use]
    pub const fn address(self) -> u64 {
        (self.0 as u64) << 12
    }

    /// The frame that holds this physical address, if its number can be told.
    #[inline]
    #[must_use]
    pub const fn containing(address: u64) -> Option<Frame> {
        if address >> 44 != 0 {
            None
        } else {
            Some(Frame((address >> 12) as u32))
        }
    }
}

/// Physical memory by frames. Every offset and length stays within one frame; implementations panic otherwise.
pub trait FrameStore {
    /// Takes a frame with one reference whose bytes are zero.
    fn allocate_zeroed(&mut self) -> Option<Frame>;

    /// Takes a frame with one reference whose bytes are arbitrary: the caller overwrites all of it before anybody sees it.
    fn allocate_for_overwrite(&mut self) -> Option<Frame>;

    /// Takes `count` frames in a row, zeroed, one reference each, all below physical address `limit` (exclusive),
    /// the first one at a multiple of `align_frames` (a power of two).
    fn allocate_contiguous(&mut self, count: usize, align_frames: usize, limit: u64) -> Option<Frame>;

    /// Frames that can still be allocated.
    fn free_frames(&self) -> usize;

    /// Frames that are free or allocated: all memory but what the boot took.
    fn managed_frames(&self) -> usize;

    /// Frames in quarantine.
    fn quarantined_frames(&self) -> usize;

    /// Keeps the reference of `count` allocated frames until [`FrameStore::device_was_reset`]: the device may still write there.
    fn quarantine(&mut self, first: Frame, count: usize, device: u32);

    /// Releases the frames in quarantine for `device`; returns how many.
    fn device_was_reset(&mut self, device: u32) -> usize;

    /// Adds a reference to an allocated frame.
    fn share(&mut self, frame: Frame);

    /// Takes a reference away; the last one frees the frame. Returns whether it did.
    fn release(&mut self, frame: Frame) -> bool;

    /// References to an allocated frame.
    fn references(&self, frame: Frame) -> u32;

    /// Whether the physical page is ordinary memory (in which case no DeviceMemory may name it).
    fn is_ram(&self, frame: Frame) -> bool;

    /// Reads bytes.
    fn read(&self, frame: Frame, offset: usize, into: &mut [u8]);

    /// Writes bytes.
    fn write(&mut self, frame: Frame, offset: usize, from: &[u8]);

    /// Sets bytes to zero.
    fn zero(&mut self, frame: Frame, offset: usize, length: usize);

    /// Copies bytes between two frames, or within one (then the ranges do not overlap).
    fn copy(&mut self, from: Frame, from_offset: usize, to: Frame, to_offset: usize, length: usize);

    /// Reads the aligned 64-bit word with this index (0..512) of a frame, atomically: page tables.
    fn load_word(&self, frame: Frame, index: usize) -> u64;

    /// The first word that is not 0 among those with index `from..to`. Whoever looks through tables spends most of the time here.
    fn next_word(&self, frame: Frame, from: usize, to: usize) -> Option<usize> {
        (from..to).find(|&index| self.load_word(frame, index) != 0)
    }

    /// Writes such a word, atomically.
    fn store_word(&mut self, frame: Frame, index: usize, value: u64);

    /// Exchanges such a word, atomically, so that no dirty bit that the processor sets meanwhile is lost.
    fn swap_word(&mut self, frame: Frame, index: usize, value: u64) -> u64;

    /// Reads the aligned 32-bit word at a byte offset, atomically: futexes and interrupt words.
    fn load_u32(&self, frame: Frame, offset: usize) -> u32;

    /// Compares and exchanges such a word, atomically. `Err` has what was found instead.
    fn compare_exchange_u32(
        &mut self,
        frame: Frame,
        offset: usize,
        current: u32,
        new: u32,
    ) -> Result<u32, u32>;

    /// Makes a top-level page table whose kernel half is this machine's and whose user half is empty.
    fn allocate_root(&mut self) -> Option<Frame>;

    /// Returns when no processor has this top-level page table loaded, nor any translation of it.
    fn unload_root(&mut self, root: Frame);

    /// Frees a top-level page table that is empty; no processor has it loaded afterwards.
    fn release_root(&mut self, root: Frame);

    /// Returns when no processor holds translations of these pages of `root` any more. `pages` over 32 may drop all of the space's.
    fn invalidate(&mut self, root: Frame, address: u64, pages: usize);
}

/// How an external interrupt line signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineMode {
    /// Level-triggered, else edge-triggered.
    pub level: bool,
    /// Active low, else active high.
    pub active_low: bool,
}

/// A vector for messages (MSI, MSI-X): what the device must write where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageVector {
    /// The vector that [`Machine`]'s owner sees when it fires.
    pub vector: u8,
    /// Address that the device writes to.
    pub address: u64,
    /// The value that it writes.
    pub data: u32,
}

/// Width of a port access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortWidth {
    /// 8 bits.
    Byte,
    /// 16 bits.
    Word,
    /// 32 bits.
    Long,
}

/// Processors and devices. `now_ns` and deadlines are nanoseconds of the monotonic clock since boot.
pub trait Machine: FrameStore {
    /// Processors that run.
    fn processor_count(&self) -> usize;

    /// Loads an address space on the processor that runs this, if it is not loaded there already.
    fn switch_space(&mut self, cpu: Cpu, root: Frame);

    /// Monotonic time.
    fn now_ns(&self) -> u64;

    /// The monotonic clock's raw counter, for processor time (see [`Machine::ticks_to_ns`]).
    fn ticks(&self) -> u64;

    /// Converts a difference of [`Machine::ticks`].
    fn ticks_to_ns(&self, ticks: u64) -> u64;

    /// Wall time at boot, nanoseconds since 1970 (0 if the machine has no clock of its own).
    fn boot_time_ns(&self) -> u64;

    /// Frame of the clock page (layout: `trivet_abi::clock`), mapped read-only by programs.
    fn clock_frame(&self) -> Frame;

    /// Writes the offset from monotonic to wall time into the clock page.
    fn set_wall_offset(&mut self, offset_ns: i64);

    /// Asks for one timer interrupt on this processor at an absolute time; `None` for none. Replaces the last one.
    fn set_timer(&mut self, cpu: Cpu, deadline_ns: Option<u64>);

    /// Makes another processor enter the kernel soon (`Kernel::reschedule`).
    fn send_reschedule(&mut self, cpu: Cpu);

    /// Routes an interrupt line to a vector, masked. `None`: no such line, or it is taken, or no vector is free.
    fn bind_line(&mut self, line: u32, mode: LineMode) -> Option<u8>;

    /// Takes a vector for message-signalled interrupts.
    fn bind_message(&mut self) -> Option<MessageVector>;

    /// Lets a bound vector's line through again. Nothing to do for messages.
    fn unmask_interrupt(&mut self, vector: u8);

    /// Keeps a bound vector's line from firing.
    fn mask_interrupt(&mut self, vector: u8);

    /// Gives a bound vector back.
    fn release_interrupt(&mut self, vector: u8);

    /// Reads an I/O port.
    fn port_read(&mut self, port: u16, width: PortWidth) -> u32;

    /// Writes an I/O port.
    fn port_write(&mut self, port: u16, width: PortWidth, value: u32);

    /// 64 random bits of the processor, or of the boot command line's seed; `None` if this machine has no source left.
    fn raw_entropy(&mut self) -> Option<u64>;

    /// Writes to the early log.
    fn log(&mut self, text: core::fmt::Arguments<'_>);

    /// Ends the machine with a code for the host.
    fn exit(&mut self, code: u8) -> !;

    /// Starts the machine anew.
    fn reset(&mut self) -> !;
}

/// General registers of a thread as user mode sees them. The entry code knows the offsets: order and size are fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(C)]
#[allow(missing_docs, reason = "the names are the registers'")]
pub struct UserFrame {
    pub rax: u64,
    pub rbx: u64,
    pub rcx: u64,
    pub rdx: u64,
    pub rsi: u64,
    pub rdi: u64,
    pub rbp: u64,
    pub rsp: u64,
    pub r8: u64,
    pub r9: u64,
    pub r10: u64,
    pub r11: u64,
    pub r12: u64,
    pub r13: u64,
    pub r14: u64,
    pub r15: u64,
    pub rip: u64,
    pub rflags: u64,
    pub fs_base: u64,
    pub gs_base: u64,
}

/// Bytes of the extended state in XSAVE's standard format: x87, SSE, AVX.
pub const EXTENDED_STATE_SIZE: usize = 832;

/// MXCSR of a new thread.
pub const DEFAULT_MXCSR: u32 = 0x1f80;
/// x87 control word of a new thread.
pub const DEFAULT_X87_CONTROL: u16 = 0x037f;
/// Bits of MXCSR that may be set.
pub const MXCSR_MASK: u32 = 0xffff;
/// RFLAGS bits that user mode may choose: CF PF AF ZF SF TF DF OF AC ID (and RF).
pub const USER_RFLAGS: u64 = 0x0025_0dd5 | 0x0001_0000;
/// RFLAGS bits that are always set in user mode: the fixed one and IF.
pub const FIXED_RFLAGS: u64 = 0x202;

/// Where [`ThreadContext::extended`]'s bytes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum ExtendedKind {
    /// The thread made a system call: vector registers read zero when it goes on, the x87 stack is empty; only
    /// [`ThreadContext::mxcsr`] and [`ThreadContext::x87_control`] count.
    Clear = 0,
    /// The thread was interrupted (or its state was set): all of `extended` is restored.
    Saved = 1,
}

/// All that the processor needs to go on with a thread. It must not move while the thread is current on a processor.
///
/// The return code trusts it. Whoever sets `frame` from outside checks: `rip`, `fs_base` and `gs_base` below
/// [`trivet_abi::USER_END`], `rflags` masked with [`USER_RFLAGS`] and [`FIXED_RFLAGS`] set; debug addresses too.
#[repr(C, align(64))]
pub struct ThreadContext {
    /// General registers.
    pub frame: UserFrame,
    /// MXCSR, when `kind` is [`ExtendedKind::Clear`].
    pub mxcsr: u32,
    /// x87 control word, when `kind` is [`ExtendedKind::Clear`].
    pub x87_control: u16,
    /// Whether the debug registers below are in use.
    pub debug_active: u16,
    /// What the vector registers hold when the thread goes on.
    pub kind: ExtendedKind,
    /// 1: leave by IRET, all registers count (interrupted, or registers set); 0: after a system call RCX and R11 are lost.
    pub full_return: u32,
    /// DR0 to DR3, DR6, DR7.
    pub debug: [u64; 6],
    /// XSAVE area, standard format.
    pub extended: ExtendedState,
}

/// The XSAVE area.
#[repr(C, align(64))]
pub struct ExtendedState(pub [u8; EXTENDED_STATE_SIZE]);

/// XSAVE's bits of the parts that threads have: x87, SSE, AVX.
pub const EXTENDED_PARTS: u8 = 7;

impl ExtendedState {
    /// Every part in its initial state.
    #[must_use]
    pub const fn initial() -> ExtendedState {
        let mut area = [0; EXTENDED_STATE_SIZE];
        area[0] = (DEFAULT_X87_CONTROL & 0xff) as u8;
        area[1] = (DEFAULT_X87_CONTROL >> 8) as u8;
        area[24] = (DEFAULT_MXCSR & 0xff) as u8;
        area[25] = (DEFAULT_MXCSR >> 8) as u8;
        ExtendedState(area)
    }
}

impl ThreadContext {
    /// A thread that has not run: registers zero, interrupts on, arithmetic as the ABI wants it at start.
    #[must_use]
    pub const fn new() -> ThreadContext {
        ThreadContext {
            frame: UserFrame {
                rax: 0,
                rbx: 0,
                rcx: 0,
                rdx: 0,
                rsi: 0,
                rdi: 0,
                rbp: 0,
                rsp: 0,
                r8: 0,
                r9: 0,
                r10: 0,
                r11: 0,
                r12: 0,
                r13: 0,
                r14: 0,
                r15: 0,
                rip: 0,
                rflags: FIXED_RFLAGS,
                fs_base: 0,
                gs_base: 0,
            },
            mxcsr: DEFAULT_MXCSR,
            x87_control: DEFAULT_X87_CONTROL,
            debug_active: 0,
            // Restored as a whole at the first run, so that nothing of a thread that lay here before is left.
            kind: ExtendedKind::Saved,
            full_return: 1,
            debug: [0; 6],
            extended: ExtendedState::initial(),
        }
    }

    /// Takes XSAVE bytes that a program wrote, made legal: unknown parts are dropped, MXCSR gets only bits that exist. All of
    /// it is restored when the thread goes on.
    pub fn set_extended(&mut self, bytes: &[u8; EXTENDED_STATE_SIZE]) {
        let area = &mut self.extended.0;
        area.copy_from_slice(bytes);
        // A reserved MXCSR bit, an unknown part or the compact form would be a general protection fault in XRSTOR.
        area[26] = 0;
        area[27] = 0;
        area[512] &= EXTENDED_PARTS;
        area[513..576].fill(0);
        self.kind = ExtendedKind::Saved;
        self.full_return = 1;
    }

    /// The extended state as XSAVE bytes, whatever its kind.
    #[must_use]
    pub fn extended_bytes(&self) -> [u8; EXTENDED_STATE_SIZE] {
        if self.kind == ExtendedKind::Saved {
            return self.extended.0;
        }
        let mut area = ExtendedState::initial().0;
        area[0..2].copy_from_slice(&self.x87_control.to_le_bytes());
        area[24..28].copy_from_slice(&self.mxcsr.to_le_bytes());
        area[512] = 3;
        area
    }

    /// Copies what a forked child inherits: all registers, so that it goes on exactly where `parent` stands.
    pub fn copy_from(&mut self, parent: &ThreadContext) {
        self.frame = parent.frame;
        self.mxcsr = parent.mxcsr;
        self.x87_control = parent.x87_control;
        self.extended.0 = parent.extended_bytes();
        self.kind = ExtendedKind::Saved;
        self.full_return = parent.full_return;
    }
}

impl Default for ThreadContext {
    fn default() -> Self {
        Self::new()
    }
}

/// Why the processor entered the kernel, besides system calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trap {
    /// A page fault of the current thread at `address`, with the processor's error code.
    PageFault {
        /// Address that was touched.
        address: u64,
        /// Bit 0: protection (else not present), bit 1: write, bit 4: instruction fetch.
        error: u64,
    },
    /// Another exception of the current thread.
    Exception {
        /// Vector, 0..32.
        vector: u8,
        /// Error code, 0 where the vector has none.
        error: u64,
    },
    /// The processor's one-shot timer.
    Timer,
    /// Another processor asked for a new choice of thread.
    Reschedule,
    /// A vector that was bound by [`Machine::bind_line`] or [`Machine::bind_message`]. A line is masked until unmasked.
    Interrupt {
        /// The vector.
        vector: u8,
    },
}
