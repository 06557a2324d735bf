//! Threads: start and end, futexes, sleep, preemption.

use crate::memory::{map, unmap};
use crate::{Test, ensure};
use core::arch::naked_asm;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use trivet_abi::handle::Handle;
use trivet_ipc::shared::FutexFlags;
use trivet_ipc::{address_space, clock, process, thread};

extern crate alloc;
use alloc::boxed::Box;

/// The tests.
pub const TESTS: &[(&str, Test)] = &[
    ("threads_run_and_end", threads_end),
    ("futex_wait_ends_when_it_is_woken", futex),
    ("futex_wait_gives_up_at_its_deadline", futex_deadline),
    ("sleep_lasts_until_its_time", sleep),
    ("a_spinning_thread_is_preempted", preemption),
    ("many_threads_can_be_made_one_after_the_other", many),
];

const STACK: u64 = 64 << 10;

/// A thread of this program.
pub struct Worker {
    ended: Box<AtomicU32>,
    stack: u64,
    handle: Handle,
}

/// Monotonic time.
pub fn now_ns() -> u64 {
    clock::now(Handle::CLOCK).map_or(0, |now| now.monotonic_ns)
}

/// Waits on a word of this program while it holds `expected`.
pub fn futex_wait(word: &AtomicU32, expected: u32, deadline_ns: u64) -> bool {
    let address = core::ptr::from_ref(word) as u64;
    address_space::futex_wait(
        Handle::ADDRESS_SPACE,
        address,
        expected,
        u32::MAX,
        deadline_ns,
        FutexFlags::EMPTY,
    )
    .is_ok()
}

/// Wakes waiters of a word of this program.
pub fn futex_wake(word: &AtomicU32, count: u32) -> u64 {
    let address = core::ptr::from_ref(word) as u64;
    address_space::futex_wake(Handle::ADDRESS_SPACE, address, count, u32::MAX, FutexFlags::EMPTY).unwrap_or(0)
}

struct Work {
    body: Box<dyn FnOnce() + Send>,
}

/// First code of a thread: RDI is the work.
#[unsafe(naked)]
extern "C" fn thread_entry() -> ! {
    naked_asm!("xor ebp, ebp", "call {}", "ud2", sym thread_main)
}

extern "C" fn thread_main(work: *mut Work) -> ! {
    // SAFETY: `Worker::start` leaked the box for this thread.
    let work = unsafe { Box::from_raw(work) };
    (work.body)();
    loop {
        let _ = thread::exit(Handle::SELF_THREAD, 0, 0);
    }
}

impl Worker {
    /// Starts a thread that runs `body`.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn start(body: impl FnOnce() + Send + 'static) -> Result<Worker, &'static str> {
        let ended = Box::new(AtomicU32::new(1));
        let stack = map(STACK)?;
        let work = Box::into_raw(Box::new(Work { body: Box::new(body) }));
        let cleared = core::ptr::from_ref(&*ended) as u64;
        let entry = thread_entry as *const () as u64;
        let made = process::create_thread(
            Handle::PROCESS,
            entry,
            stack + STACK - 16,
            work as u64,
            0,
            cleared,
            false,
        );
        let made = made.map_err(|_| "create_thread fails")?;
        Ok(Worker {
            ended,
            stack,
            handle: made.thread,
        })
    }

    /// Waits for its end and frees what it had.
    ///
    /// # Errors
    /// The kernel refuses to free its stack or handle.
    pub fn join(self) -> Result<(), &'static str> {
        while self.ended.load(Ordering::SeqCst) != 0 {
            futex_wait(&self.ended, 1, u64::MAX);
        }
        unmap(self.stack, STACK)?;
        process::close(Handle::PROCESS, self.handle.0, self.handle.0).map_err(|_| "close fails")
    }
}

static COUNTER: AtomicU64 = AtomicU64::new(0);
static WORD: AtomicU32 = AtomicU32::new(0);

fn threads_end() -> Result<(), &'static str> {
    let first = Worker::start(|| {
        COUNTER.fetch_add(1, Ordering::SeqCst);
    })?;
    let second = Worker::start(|| {
        COUNTER.fetch_add(10, Ordering::SeqCst);
    })?;
    first.join()?;
    second.join()?;
    ensure!(COUNTER.load(Ordering::SeqCst) == 11);
    Ok(())
}

fn futex() -> Result<(), &'static str> {
    WORD.store(0, Ordering::SeqCst);
    let waiter = Worker::start(|| {
        while WORD.load(Ordering::SeqCst) == 0 {
            futex_wait(&WORD, 0, u64::MAX);
        }
        WORD.store(2, Ordering::SeqCst);
    })?;
    WORD.store(1, Ordering::SeqCst);
    futex_wake(&WORD, 1);
    waiter.join()?;
    ensure!(WORD.load(Ordering::SeqCst) == 2);
    ensure!(futex_wake(&WORD, 100) == 0);
    ensure!(!futex_wait(&WORD, 5, u64::MAX));
    Ok(())
}

fn futex_deadline() -> Result<(), &'static str> {
    WORD.store(0, Ordering::SeqCst);
    let deadline = now_ns() + 3_000_000;
    ensure!(!futex_wait(&WORD, 0, deadline));
    ensure!(now_ns() >= deadline);
    Ok(())
}

fn sleep() -> Result<(), &'static str> {
    let deadline = now_ns() + 5_000_000;
    clock::sleep(Handle::CLOCK, 0, deadline).map_err(|_| "sleep fails")?;
    ensure!(now_ns() >= deadline);
    Ok(())
}

fn preemption() -> Result<(), &'static str> {
    WORD.store(0, Ordering::SeqCst);
    let spinner = Worker::start(|| {
        while WORD.load(Ordering::SeqCst) == 0 {
            core::hint::black_box(());
        }
    })?;
    // With one processor the spinner has it until its slice ends; only then this goes on.
    let _ = thread::yield_now(Handle::SELF_THREAD);
    let _ = clock::sleep(Handle::CLOCK, 0, now_ns() + 1_000_000);
    WORD.store(1, Ordering::SeqCst);
    spinner.join()
}

fn many() -> Result<(), &'static str> {
    for _ in 0..200 {
        Worker::start(|| {})?.join()?;
    }
    Ok(())
}

static FIRST: AtomicU64 = AtomicU64::new(1);
static FIRST_ENDED: AtomicU32 = AtomicU32::new(1);

/// Stores the union of all registers that a new thread must find clear, then ends it.
#[unsafe(naked)]
extern "C" fn look_at_registers() -> ! {
    naked_asm!(
        "or rax, rbx", "or rax, rcx", "or rax, rdx", "or rax, rsi", "or rax, rbp", "or rax, r8", "or rax, r9",
        "or rax, r10", "or rax, r11", "or rax, r12", "or rax, r13", "or rax, r14", "or rax, r15",
        "vorps ymm0, ymm0, ymm1", "vorps ymm0, ymm0, ymm5", "vorps ymm0, ymm0, ymm9", "vorps ymm0, ymm0, ymm15",
        "vextractf128 xmm1, ymm0, 1", "vorps xmm0, xmm0, xmm1",
        "vmovq rbx, xmm0", "or rax, rbx", "vpextrq rbx, xmm0, 1", "or rax, rbx",
        "movq rbx, mm0", "or rax, rbx", "movq rbx, mm3", "or rax, rbx", "emms",
        "mov [rdi], rax",
        "mov rdi, {thread}", "mov rsi, {exit}", "xor edx, edx", "xor r10d, r10d", "mov eax, {call}", "syscall", "ud2",
        thread = const Handle::SELF_THREAD.0 as u64,
        exit = const trivet_abi::message::request::header(thread::INTERFACE, thread::method::EXIT),
        call = const trivet_abi::CALL,
    )
}

/// What a new thread finds in registers that must be clear: 0 if all are.
///
/// # Errors
/// The thread cannot be made.
pub fn first_registers() -> Result<u64, &'static str> {
    FIRST.store(1, Ordering::SeqCst);
    FIRST_ENDED.store(1, Ordering::SeqCst);
    let stack = map(STACK)?;
    let entry = look_at_registers as *const () as u64;
    let argument = (&raw const FIRST) as u64;
    let cleared = (&raw const FIRST_ENDED) as u64;
    let made = process::create_thread(
        Handle::PROCESS,
        entry,
        stack + STACK - 16,
        argument,
        0,
        cleared,
        false,
    )
    .map_err(|_| "create_thread fails")?;
    while FIRST_ENDED.load(Ordering::SeqCst) != 0 {
        futex_wait(&FIRST_ENDED, 1, u64::MAX);
    }
    unmap(stack, STACK)?;
    let _ = process::close(Handle::PROCESS, made.thread.0, made.thread.0);
    Ok(FIRST.load(Ordering::SeqCst))
}
