//! Segments, task state, interrupt vectors: every vector has its stack by IST, so that no red zone is ever overwritten.
#![allow(unsafe_code)]

use super::entry;
use super::instructions::{msr, wrmsr};
use super::layout::{
    DEBUG_STACK, INTERRUPT_STACK, KERNEL_STACK, MACHINE_CHECK_STACK, NMI_STACK, PANIC_STACK, Stack,
};
use super::processor::{PerProcessor, processor};
use core::arch::asm;
use core::cell::UnsafeCell;
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering};
use trivet_kernel::machine::MAX_CPUS;

/// Selector of the kernel's code.
pub const KERNEL_CODE: u16 = 0x08;
/// Selector of the kernel's data.
pub const KERNEL_DATA: u16 = 0x10;
/// Selector of user data: SYSRET wants data before code.
pub const USER_DATA: u16 = 0x1b;
/// Selector of user code.
pub const USER_CODE: u16 = 0x23;
const TASK_STATE: u16 = 0x28;

/// Vectors that have a stub: all of them.
const VECTORS: usize = 256;

const IST_INTERRUPT: u8 = 1;
const IST_PANIC: u8 = 2;
const IST_NMI: u8 = 3;
const IST_MACHINE_CHECK: u8 = 4;
const IST_DEBUG: u8 = 5;

/// The stacks of [`IST_INTERRUPT`] to [`IST_DEBUG`], in order.
const IST: [Stack; 5] = [
    INTERRUPT_STACK,
    PANIC_STACK,
    NMI_STACK,
    MACHINE_CHECK_STACK,
    DEBUG_STACK,
];

/// The processor's task state: only stacks matter in long mode. Fields are 32-bit halves, since it is packed.
#[repr(C)]
struct TaskState([u32; 26]);

impl TaskState {
    fn new(cpu: usize) -> TaskState {
        let mut words = [0; 26];
        let mut set = |at: usize, value: u64| {
            words[at] = value as u32;
            words[at + 1] = (value >> 32) as u32;
        };
        set(1, KERNEL_STACK.top(cpu));
        for (number, stack) in IST.iter().enumerate() {
            set(9 + 2 * number, stack.top(cpu));
        }
        // The I/O permission map begins beyond the limit: no port is open to user mode.
        words[25] = 104 << 16;
        TaskState(words)
    }
}

#[derive(Clone, Copy)]
#[repr(C)]
struct Gate {
    offset_low: u16,
    selector: u16,
    ist: u8,
    kind: u8,
    offset_middle: u16,
    offset_high: u32,
    reserved: u32,
}

impl Gate {
    const EMPTY: Gate = Gate {
        offset_low: 0,
        selector: 0,
        ist: 0,
        kind: 0,
        offset_middle: 0,
        offset_high: 0,
        reserved: 0,
    };

    /// An interrupt gate: interrupts go off. User mode may raise only breakpoint and overflow by instruction.
    fn new(vector: usize) -> Gate {
        let handler = entry::stub_address(vector);
        let ist = match vector {
            1 => IST_DEBUG,
            2 => IST_NMI,
            8 => IST_PANIC,
            18 => IST_MACHINE_CHECK,
            _ => IST_INTERRUPT,
        };
        let user = matches!(vector, 3 | 4);
        Gate {
            offset_low: handler as u16,
            selector: KERNEL_CODE,
            ist,
            kind: if user { 0xee } else { 0x8e },
            offset_middle: (handler >> 16) as u16,
            offset_high: (handler >> 32) as u32,
            reserved: 0,
        }
    }
}

static TASK_STATES: PerProcessor<TaskState> =
    PerProcessor::new([const { UnsafeCell::new(TaskState([0; 26])) }; MAX_CPUS]);
static SEGMENTS: PerProcessor<[u64; 8]> = PerProcessor::new([const { UnsafeCell::new([0; 8]) }; MAX_CPUS]);

struct GateTable(UnsafeCell<[Gate; VECTORS]>);
// SAFETY: written by the first processor before any other runs; then only read, by the processors themselves.
unsafe impl Sync for GateTable {}
static GATES: GateTable = GateTable(UnsafeCell::new([Gate::EMPTY; VECTORS]));
static GATES_READY: AtomicBool = AtomicBool::new(false);

/// Operand of LGDT and LIDT.
#[repr(C, packed)]
struct TablePointer {
    limit: u16,
    base: u64,
}

/// Gives processor `cpu`, which runs this, its segments, stacks, vectors, GS block and SYSCALL entry.
pub fn load(cpu: usize) {
    let block = processor(cpu);
    block.index.store(cpu as u32, Ordering::Relaxed);
    block.kernel_stack.store(KERNEL_STACK.top(cpu), Ordering::Relaxed);

    let state = TASK_STATES.get(cpu);
    let segments = SEGMENTS.get(cpu);
    let base = state as u64;
    let limit = (size_of::<TaskState>() - 1) as u64;
    // SAFETY: this processor's own storage, not yet loaded.
    unsafe {
        *state = TaskState::new(cpu);
        *segments = [
            0,
            0x00af_9b00_0000_ffff,
            0x00cf_9300_0000_ffff,
            0x00cf_f300_0000_ffff,
            0x00af_fb00_0000_ffff,
            // Available 64-bit task state.
            limit | (base & 0xff_ffff) << 16 | 0x89 << 40 | (base >> 24 & 0xff) << 56,
            base >> 32,
            0,
        ];
    }
    if !GATES_READY.load(Ordering::Acquire) {
        for vector in 0..VECTORS {
            // SAFETY: the first processor, alone.
            unsafe { (*GATES.0.get())[vector] = Gate::new(vector) };
        }
        GATES_READY.store(true, Ordering::Release);
    }
    let segment_pointer = TablePointer {
        limit: 63,
        base: segments as u64,
    };
    let gate_pointer = TablePointer {
        limit: (size_of::<[Gate; VECTORS]>() - 1) as u16,
        base: GATES.0.get() as u64,
    };
    // SAFETY: the tables are static and right for the code that runs: selectors 8 and 16 keep their meaning.
    unsafe {
        asm!(
            "lgdt [{segments}]",
            "lidt [{gates}]",
            "push {code}",
            "lea {scratch}, [rip + 2f]",
            "push {scratch}",
            "retfq",
            "2:",
            "mov ss, {data:e}",
            "mov ds, {data:e}",
            "mov es, {data:e}",
            "mov fs, {zero:e}",
            "mov gs, {zero:e}",
            "ltr {task:x}",
            segments = in(reg) ptr::from_ref(&segment_pointer),
            gates = in(reg) ptr::from_ref(&gate_pointer),
            code = const KERNEL_CODE as u64,
            scratch = out(reg) _,
            data = in(reg) u32::from(KERNEL_DATA),
            zero = in(reg) 0u32,
            task = in(reg) TASK_STATE,
        );
        wrmsr(msr::GS_BASE, ptr::from_ref(block) as u64);
        wrmsr(msr::KERNEL_GS_BASE, 0);
        // SYSCALL loads CS 0x08 and SS 0x10; SYSRET loads CS 0x13 + 16 and SS 0x13 + 8.
        wrmsr(msr::STAR, 0x0013_0008 << 32);
        wrmsr(msr::LSTAR, entry::system_call_address());
        // Cleared at entry: TF, IF, DF, IOPL, NT, RF, AC.
        wrmsr(msr::SFMASK, 0x0005_7700);
    }
}
