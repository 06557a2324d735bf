//! TLB requests: one processor asks others to forget translations, and waits until they have.
//!
//! The asker holds the kernel's lock, so there is one request at a time. Who is in user mode or idles gets an interrupt;
//! who waits for the lock looks at its request while it waits ([`answer`] is what the lock calls meanwhile).

use super::instructions::{invlpg, pause, read_cr3, write_cr3};
use super::local_apic;
use super::paging::kernel_root;
use super::processor::{Processor, processor, this_index};
use super::smp;
use core::sync::atomic::Ordering;

/// Over this many pages everything of the space is dropped.
const MAX_SINGLE_PAGES: u64 = 32;

const NOTHING: u8 = 0;
const FLUSH: u8 = 1;
const UNLOAD: u8 = 2;

/// Drops translations of the loaded space on this processor.
#[allow(unsafe_code)]
fn flush_here(address: u64, pages: u64) {
    if pages > MAX_SINGLE_PAGES {
        // SAFETY: the root that is loaded already.
        unsafe { write_cr3(read_cr3()) };
    } else {
        for page in 0..pages {
            invlpg(address.wrapping_add(page << 12));
        }
    }
}

/// Loads the kernel's own root on this processor, whose block is given. With the kernel's lock held, or in answer to a request.
#[allow(unsafe_code)]
pub fn unload_here(block: &Processor) {
    if block.root.load(Ordering::Relaxed) == kernel_root() {
        return;
    }
    block.root.store(kernel_root(), Ordering::Relaxed);
    // SAFETY: the kernel's root lives for ever and has the kernel's half.
    unsafe { write_cr3(kernel_root()) };
}

/// Does what another processor asks of this one, if anything.
#[inline]
pub fn answer() {
    let block = processor(this_index());
    let wanted = block.flush_wanted.load(Ordering::Acquire);
    if wanted == NOTHING {
        return;
    }
    if wanted == UNLOAD {
        unload_here(block);
    } else {
        flush_here(
            block.flush_address.load(Ordering::Relaxed),
            block.flush_pages.load(Ordering::Relaxed),
        );
    }
    block.flush_wanted.store(NOTHING, Ordering::Release);
}

/// Asks every other processor that has `root` loaded, and waits for all.
fn ask_others(root: u64, request: u8, address: u64, pages: u64) {
    let this = this_index();
    let mut asked = 0u64;
    for index in (0..smp::count()).filter(|&index| index != this) {
        let block = processor(index);
        // Roots change only under the kernel's lock, which this processor holds.
        if block.online.load(Ordering::Acquire) && block.root.load(Ordering::Relaxed) == root {
            block.flush_address.store(address, Ordering::Relaxed);
            block.flush_pages.store(pages, Ordering::Relaxed);
            block.flush_wanted.store(request, Ordering::Release);
            local_apic::send(block, local_apic::FLUSH);
            asked |= 1 << index;
        }
    }
    while asked != 0 {
        let index = asked.trailing_zeros() as usize;
        if processor(index).flush_wanted.load(Ordering::Acquire) == NOTHING {
            asked &= asked - 1;
        } else {
            pause();
        }
    }
}

/// Returns when no processor has translations of these pages of `root` any more.
#[inline]
pub fn invalidate(root: u64, address: u64, pages: u64) {
    if processor(this_index()).root.load(Ordering::Relaxed) == root {
        flush_here(address, pages);
    }
    if smp::count() > 1 {
        ask_others(root, FLUSH, address, pages);
    }
}

/// Returns when no processor has `root` loaded.
pub fn unload_everywhere(root: u64) {
    let block = processor(this_index());
    if block.root.load(Ordering::Relaxed) == root {
        unload_here(block);
    }
    ask_others(root, UNLOAD, 0, 0);
}
