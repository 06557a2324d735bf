//! [`Hardware`]: this machine as the kernel's logic sees it. Memory through the direct map, the rest by the neighbours.
//!
//! Only the holder of the kernel's lock has it, so that what it changes is never raced for in the kernel; programs on other
//! processors do touch the same frames, which is why words that they may change are accessed atomically.
#![allow(unsafe_code)]

use super::lock::TicketLock;
use super::page_functions::{LONG_COPY, copy_long, zero_page};
use super::paging::{self, direct};
use super::processor::{processor, this_index};
use super::serial::Serial;
use super::{boot, clock, entropy, instructions, interrupts, local_apic, shootdown};
use core::fmt::{self, Write as _};
use core::ptr;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use trivet_kernel::machine::{
    Cpu, Frame, FrameStore, LineMode, Machine, MessageVector, PAGE_SIZE, PortWidth,
};
use trivet_kernel::mm::frames::FrameAllocator;

/// Who owns each frame. Used under the kernel's lock and by the heap under it; a lock of its own keeps the types honest.
static FRAMES: TicketLock<Option<FrameAllocator<'static>>> = TicketLock::new(None);

/// Frames that idle processors keep zeroed.
const ZEROED_WANTED: usize = 256;

/// Runs `work` with the frame allocator.
///
/// # Panics
/// Before [`set_frames`].
#[inline]
pub fn with_frames<R>(work: impl FnOnce(&mut FrameAllocator<'static>) -> R) -> R {
    let mut frames = FRAMES.lock(|| {});
    match frames.as_mut() {
        Some(frames) => work(frames),
        None => panic!("frame allocator used before it is there"),
    }
}

/// Takes the frame allocator over, once at boot.
pub fn set_frames(frames: FrameAllocator<'static>) {
    *FRAMES.lock(|| {}) = Some(frames);
}

/// Address in the direct map of a byte range within one frame.
#[inline]
fn bytes_at(frame: Frame, offset: usize, length: usize) -> *mut u8 {
    assert!(
        offset <= PAGE_SIZE && length <= PAGE_SIZE - offset,
        "access beyond a frame"
    );
    direct(frame.address() + offset as u64)
}

/// A 64-bit word of a frame.
#[inline]
fn word(frame: Frame, index: usize) -> &'static AtomicU64 {
    assert!(index < PAGE_SIZE / 8, "access beyond a frame");
    // SAFETY: a frame of memory lies in the direct map for ever; the address is aligned, and all access to page tables is atomic.
    unsafe { AtomicU64::from_ptr(direct(frame.address()).cast::<u64>().add(index)) }
}

/// All 64-bit words of a frame.
#[inline]
fn words(frame: Frame) -> &'static [AtomicU64; PAGE_SIZE / 8] {
    // SAFETY: as for `word`.
    unsafe { &*direct(frame.address()).cast::<[AtomicU64; PAGE_SIZE / 8]>() }
}

/// A 32-bit word of a frame.
#[inline]
fn half_word(frame: Frame, offset: usize) -> &'static AtomicU32 {
    assert!(
        offset < PAGE_SIZE && offset.is_multiple_of(4),
        "access beyond a frame or unaligned"
    );
    // SAFETY: as for `word`.
    unsafe { AtomicU32::from_ptr(direct(frame.address() + offset as u64).cast::<u32>()) }
}

/// The machine. There is one, inside the kernel's lock.
pub struct Hardware(());

impl Hardware {
    /// The machine.
    ///
    /// # Safety
    /// Called once, after memory, clock and interrupts are set up; the value goes into the kernel's lock.
    pub unsafe fn new() -> Hardware {
        Hardware(())
    }
}

/// Zeroes one free frame in advance, outside the kernel's lock. Returns whether there was one to do.
pub fn zero_ahead() -> bool {
    let Some(frame) = with_frames(|frames| frames.take_for_zeroing(ZEROED_WANTED)) else {
        return false;
    };
    // SAFETY: a frame that was just allocated, and is known to this code alone.
    unsafe { zero_page(direct(frame.address())) };
    with_frames(|frames| frames.give_zeroed(frame));
    true
}

impl FrameStore for Hardware {
    #[inline]
    fn allocate_zeroed(&mut self) -> Option<Frame> {
        let (frame, zeroed) = with_frames(|frames| frames.allocate(true))?;
        if !zeroed {
            self.zero(frame, 0, PAGE_SIZE);
        }
        Some(frame)
    }

    #[inline]
    fn allocate_for_overwrite(&mut self) -> Option<Frame> {
        Some(with_frames(|frames| frames.allocate(false))?.0)
    }

    fn allocate_contiguous(&mut self, count: usize, align_frames: usize, limit: u64) -> Option<Frame> {
        let first = with_frames(|frames| frames.allocate_contiguous(count, align_frames, limit))?;
        for index in 0..count {
            self.zero(Frame(first.0 + index as u32), 0, PAGE_SIZE);
        }
        Some(first)
    }

    fn free_frames(&self) -> usize {
        with_frames(|frames| frames.free())
    }

    fn managed_frames(&self) -> usize {
        with_frames(|frames| frames.managed())
    }

    fn quarantined_frames(&self) -> usize {
        with_frames(|frames| frames.quarantined())
    }

    fn quarantine(&mut self, first: Frame, count: usize, device: u32) {
        with_frames(|frames| frames.quarantine(first, count, device));
    }

    fn device_was_reset(&mut self, device: u32) -> usize {
        with_frames(|frames| frames.device_was_reset(device))
    }

    #[inline]
    fn share(&mut self, frame: Frame) {
        with_frames(|frames| frames.share(frame));
    }

    #[inline]
    fn release(&mut self, frame: Frame) -> bool {
        with_frames(|frames| frames.release(frame))
    }

    #[inline]
    fn references(&self, frame: Frame) -> u32 {
        with_frames(|frames| frames.references(frame))
    }

    fn is_ram(&self, frame: Frame) -> bool {
        with_frames(|frames| frames.is_ram(frame))
    }

    #[inline]
    fn read(&self, frame: Frame, offset: usize, into: &mut [u8]) {
        let from = bytes_at(frame, offset, into.len());
        // SAFETY: memory in the direct map; `into` is Rust's own and never a frame that programs have.
        unsafe { ptr::copy_nonoverlapping(from, into.as_mut_ptr(), into.len()) };
    }

    #[inline]
    fn write(&mut self, frame: Frame, offset: usize, from: &[u8]) {
        let into = bytes_at(frame, offset, from.len());
        // SAFETY: as in `read`.
        unsafe { ptr::copy_nonoverlapping(from.as_ptr(), into, from.len()) };
    }

    #[inline]
    fn zero(&mut self, frame: Frame, offset: usize, length: usize) {
        let start = bytes_at(frame, offset, length);
        // SAFETY: memory in the direct map; a length of a page begins at a page's start, since it lies within the frame.
        unsafe {
            if length == PAGE_SIZE {
                zero_page(start);
            } else {
                ptr::write_bytes(start, 0, length);
            }
        }
    }

    #[inline]
    fn copy(&mut self, from: Frame, from_offset: usize, to: Frame, to_offset: usize, length: usize) {
        let different = from != to;
        let from = bytes_at(from, from_offset, length);
        let to = bytes_at(to, to_offset, length);
        // SAFETY: both ranges lie in the direct map, each within its frame; only those in different frames go the way that bears no overlap.
        unsafe {
            if length >= LONG_COPY && different {
                copy_long(to, from, length);
            } else {
                ptr::copy(from, to, length);
            }
        }
    }

    #[inline]
    fn load_word(&self, frame: Frame, index: usize) -> u64 {
        word(frame, index).load(Ordering::Relaxed)
    }

    fn next_word(&self, frame: Frame, from: usize, to: usize) -> Option<usize> {
        const RUN: usize = 8;
        let words = words(frame);
        let mut at = from;
        // Most words are 0: eight of them are looked at with one branch.
        while let Some(run) = words.get(at..at + RUN)
            && at + RUN <= to
        {
            let any = run.iter().fold(0, |any, word| any | word.load(Ordering::Relaxed));
            if any != 0 {
                break;
            }
            at += RUN;
        }
        let rest = words.get(at..to)?;
        let found = rest.iter().position(|word| word.load(Ordering::Relaxed) != 0)?;
        Some(at + found)
    }

    #[inline]
    fn store_word(&mut self, frame: Frame, index: usize, value: u64) {
        word(frame, index).store(value, Ordering::Release);
    }

    #[inline]
    fn swap_word(&mut self, frame: Frame, index: usize, value: u64) -> u64 {
        word(frame, index).swap(value, Ordering::AcqRel)
    }

    #[inline]
    fn load_u32(&self, frame: Frame, offset: usize) -> u32 {
        half_word(frame, offset).load(Ordering::SeqCst)
    }

    fn compare_exchange_u32(
        &mut self,
        frame: Frame,
        offset: usize,
        current: u32,
        new: u32,
    ) -> Result<u32, u32> {
        half_word(frame, offset).compare_exchange(current, new, Ordering::SeqCst, Ordering::SeqCst)
    }

    fn allocate_root(&mut self) -> Option<Frame> {
        let frame = self.allocate_for_overwrite()?;
        paging::initialize_root(frame.address());
        Some(frame)
    }

    fn unload_root(&mut self, root: Frame) {
        shootdown::unload_everywhere(root.address());
    }

    fn release_root(&mut self, root: Frame) {
        self.unload_root(root);
        self.release(root);
    }

    #[inline]
    fn invalidate(&mut self, root: Frame, address: u64, pages: usize) {
        shootdown::invalidate(root.address(), address, pages as u64);
    }
}

impl Machine for Hardware {
    fn processor_count(&self) -> usize {
        super::smp::count()
    }

    #[inline]
    fn switch_space(&mut self, cpu: Cpu, root: Frame) {
        debug_assert_eq!(cpu, this_index());
        let loaded = &processor(cpu).root;
        if loaded.load(Ordering::Relaxed) != root.address() {
            loaded.store(root.address(), Ordering::Relaxed);
            // SAFETY: a root that `allocate_root` made; `release_root` unloads it before it is freed.
            unsafe { instructions::write_cr3(root.address()) };
        }
    }

    #[inline]
    fn now_ns(&self) -> u64 {
        clock::now_ns()
    }

    #[inline]
    fn ticks(&self) -> u64 {
        instructions::rdtsc()
    }

    fn ticks_to_ns(&self, ticks: u64) -> u64 {
        clock::ticks_to_ns(ticks)
    }

    fn boot_time_ns(&self) -> u64 {
        clock::boot_time_ns()
    }

    fn clock_frame(&self) -> Frame {
        clock::page_frame()
    }

    fn set_wall_offset(&mut self, offset_ns: i64) {
        clock::set_wall_offset(offset_ns);
    }

    fn set_timer(&mut self, cpu: Cpu, deadline_ns: Option<u64>) {
        debug_assert_eq!(cpu, this_index());
        local_apic::set_timer(processor(cpu), deadline_ns.map(clock::ns_to_ticks));
    }

    fn send_reschedule(&mut self, cpu: Cpu) {
        local_apic::send(processor(cpu), local_apic::RESCHEDULE);
    }

    fn bind_line(&mut self, line: u32, mode: LineMode) -> Option<u8> {
        interrupts::bind_line(line, mode)
    }

    fn bind_message(&mut self) -> Option<MessageVector> {
        interrupts::bind_message()
    }

    fn unmask_interrupt(&mut self, vector: u8) {
        interrupts::set_mask(vector, false);
    }

    fn mask_interrupt(&mut self, vector: u8) {
        interrupts::set_mask(vector, true);
    }

    fn release_interrupt(&mut self, vector: u8) {
        interrupts::release(vector);
    }

    fn port_read(&mut self, port: u16, width: PortWidth) -> u32 {
        // SAFETY: the caller's IoPorts handle gives it the device; a driver that programs DMA is trusted with memory.
        unsafe {
            match width {
                PortWidth::Byte => u32::from(instructions::inb(port)),
                PortWidth::Word => u32::from(instructions::inw(port)),
                PortWidth::Long => instructions::inl(port),
            }
        }
    }

    fn port_write(&mut self, port: u16, width: PortWidth, value: u32) {
        // SAFETY: as in `port_read`.
        unsafe {
            match width {
                PortWidth::Byte => instructions::outb(port, value as u8),
                PortWidth::Word => instructions::outw(port, value as u16),
                PortWidth::Long => instructions::outl(port, value),
            }
        }
    }

    fn raw_entropy(&mut self) -> Option<u64> {
        entropy::take()
    }

    fn log(&mut self, text: fmt::Arguments<'_>) {
        // The line cannot fail.
        let _ = Serial.write_fmt(text);
    }

    fn exit(&mut self, code: u8) -> ! {
        boot::exit(code)
    }

    fn reset(&mut self) -> ! {
        boot::reset()
    }
}
