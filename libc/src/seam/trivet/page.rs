//! The process page: where it is mapped, which entry is the calling thread's, who the process is. Note 0041.
//!
//! Without a process server that serves one, a page of the library's own takes its place: all that concerns only this process works.

use super::{close_own, failed};
use crate::errno::{Errno, Result};
use crate::thread::Thread;
use crate::types::*;
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};
use trivet_abi::handle::Handle;
use trivet_abi::process_page::{
    FILE_MASK_SET, PROCESS_PAGE_SIZE, ProcessPage, THREAD_COUNT, ThreadEntry, flags, interrupt_word_offset,
};
use trivet_ipc::processes::{self, Identity};
use trivet_ipc::shared::MapFlags;
use trivet_ipc::{memory, process, thread};

const SERVER: Handle = Handle::PROCESS_SERVER;

// SAFETY: every field is an atomic integer, and 0 is a value of each.
static OWN_PAGE: ProcessPage = unsafe { core::mem::zeroed() };
/// The entry of a thread that has none, or not any more: it takes no signal.
static NO_ENTRY: ThreadEntry = ThreadEntry {
    number: AtomicU64::new(0),
    mask: AtomicU64::new(u64::MAX),
    pending: AtomicU64::new(0),
    waiting: AtomicU64::new(0),
    interrupt: AtomicU32::new(0),
    reserved: [const { AtomicU32::new(0) }; 7],
};

static PAGE: AtomicPtr<ProcessPage> = AtomicPtr::new((&raw const OWN_PAGE).cast_mut());
/// The page's Memory, of which threads' interrupt words are told; `NONE` for the library's own page.
static MEMORY: AtomicU32 = AtomicU32::new(Handle::NONE.0);

/// The page.
#[inline]
pub(super) fn page() -> &'static ProcessPage {
    // SAFETY: the pointer is a whole mapped page, or the static one; either stays for ever.
    unsafe { &*PAGE.load(Ordering::Relaxed) }
}

/// The calling thread's entry.
#[inline]
pub(super) fn entry() -> &'static ThreadEntry {
    entry_of(crate::thread::this())
}

/// A thread's entry.
#[inline]
pub(super) fn entry_of(thread: &Thread) -> &'static ThreadEntry {
    let entry = thread.signal_entry.get().cast::<ThreadEntry>();
    if entry.is_null() {
        return &NO_ENTRY;
    }
    // SAFETY: the pointer is an entry of the page, which stays mapped.
    unsafe { &*entry }
}

/// The entries that threads have.
pub(super) fn entries() -> impl Iterator<Item = &'static ThreadEntry> {
    let used = USED.load(Ordering::Acquire) as usize;
    page()
        .threads
        .iter()
        .take(used)
        .filter(|entry| entry.number.load(Ordering::Acquire) != 0)
}

/// Entries that were ever taken: those behind need not be looked at.
static USED: AtomicU32 = AtomicU32::new(0);

/// Enters a thread that does not run yet, or the caller; `EAGAIN` when the page is full.
pub(super) fn enter(thread: &Thread, number: u64, mask: u64) -> Result<()> {
    for (index, entry) in page().threads.iter().enumerate().take(THREAD_COUNT) {
        // One word says who has an entry; the rest is the owner's.
        if entry.number.load(Ordering::Relaxed) == 0
            && entry
                .number
                .compare_exchange(0, number, Ordering::SeqCst, Ordering::Relaxed)
                .is_ok()
        {
            entry.pending.store(0, Ordering::SeqCst);
            entry.waiting.store(0, Ordering::SeqCst);
            entry.interrupt.store(0, Ordering::SeqCst);
            entry.mask.store(mask, Ordering::SeqCst);
            USED.fetch_max(index as u32 + 1, Ordering::AcqRel);
            thread
                .signal_entry
                .set(core::ptr::from_ref(entry).cast_mut().cast());
            return Ok(());
        }
    }
    Err(Errno::EAGAIN)
}

/// Tells the kernel of the calling thread's interrupt word.
pub(super) fn register_interrupt_word() {
    let memory = Handle(MEMORY.load(Ordering::Acquire));
    let entry = core::ptr::from_ref(entry()).addr();
    let first = page().threads.as_ptr().addr();
    if memory == Handle::NONE || entry < first {
        return;
    }
    let offset = interrupt_word_offset((entry - first) / size_of::<ThreadEntry>());
    // Without the word an interrupt that comes between a look and a wait may be late; nothing else is lost.
    let _ = thread::set_interrupt_word(Handle::SELF_THREAD, memory, offset);
}

/// The calling thread has no entry from here on.
pub(super) fn leave() {
    take_back(crate::thread::this());
}

/// A thread that never ran has no entry any more.
pub(super) fn take_back(thread: &Thread) {
    let entry = entry_of(thread);
    thread.signal_entry.set(core::ptr::null_mut());
    if !core::ptr::eq(entry, &NO_ENTRY) {
        entry.number.store(0, Ordering::SeqCst);
    }
}

/// Gets the page from the server and maps it, at the start or in the child of a fork (over the parent's).
fn map_page(server: Handle) -> Result<()> {
    let memory = processes::page(server).map_err(failed)?;
    let before = MEMORY.load(Ordering::Relaxed);
    let (address, place) = if before == Handle::NONE.0 {
        (0, MapFlags::EMPTY)
    } else {
        (
            PAGE.load(Ordering::Relaxed).expose_provenance() as u64,
            MapFlags::FIXED,
        )
    };
    let size = PROCESS_PAGE_SIZE as u64;
    match memory::map_write(memory, Handle::ADDRESS_SPACE, 0, size, address, place) {
        Ok(address) => {
            PAGE.store(
                core::ptr::with_exposed_provenance_mut(address as usize),
                Ordering::Relaxed,
            );
            MEMORY.store(memory.0, Ordering::Release);
            if before != Handle::NONE.0 {
                close_own(Handle(before));
            }
            Ok(())
        }
        Err(failure) => {
            close_own(memory);
            Err(failed(failure))
        }
    }
}

/// What becomes of a process whose page cannot be had. One without a process server goes on with the library's own page. One that the server knows, but
/// that has no memory or no slot for its page, would hear no signal, not even one that is to end it: it ends as by SIGKILL.
fn without_page(error: Errno) {
    const SIGKILL: u64 = 9;
    if matches!(error, Errno::ENOMEM | Errno::EMFILE | Errno::EAGAIN) {
        super::process::end(SIGKILL);
    }
    describe_own();
}

/// Fills the library's own page with what the server and the kernel say.
fn describe_own() {
    let mut identity = Identity::default();
    // Without a process server there is nobody to be.
    let _ = processes::identity(SERVER, &mut identity);
    let page = &OWN_PAGE;
    let mut info = process::Info::default();
    if process::info(Handle::PROCESS, &mut info).is_ok() {
        page.process.store(info.number, Ordering::Relaxed);
    }
    page.parent.store(identity.parent, Ordering::Relaxed);
    page.group.store(identity.group, Ordering::Relaxed);
    page.session.store(identity.session, Ordering::Relaxed);
    let users = [identity.real_user, identity.effective_user, identity.saved_user];
    let groups = [
        identity.real_group,
        identity.effective_group,
        identity.saved_group,
    ];
    for (place, value) in page
        .users
        .iter()
        .chain(&page.groups)
        .zip(users.into_iter().chain(groups))
    {
        place.store(value, Ordering::Relaxed);
    }
}

/// The first thread begins: the page is there from here on.
pub(super) fn started() {
    if let Err(error) = map_page(SERVER) {
        without_page(error);
    }
    let own = crate::thread::this();
    let mask = page().initial_mask.load(Ordering::SeqCst);
    // The first entry of a new page is free.
    let _ = enter(own, u64::from(own.tid.load(Ordering::Relaxed)), mask);
    register_interrupt_word();
    let file_mask = page().file_mask.load(Ordering::Relaxed);
    if file_mask & FILE_MASK_SET != 0 {
        super::files::set_mask(file_mask & !FILE_MASK_SET);
    }
    if page().flags.load(Ordering::Relaxed) & flags::RECORD_LOCKS != 0 {
        super::files::has_record_locks();
    }
}

/// The child of a fork has a page of its own and one thread, whose mask is `mask`.
pub(super) fn forked(mask: u64) {
    let own = crate::thread::this();
    if let Err(error) = map_page(SERVER) {
        // The parent's page must not be touched any more.
        PAGE.store((&raw const OWN_PAGE).cast_mut(), Ordering::Relaxed);
        MEMORY.store(Handle::NONE.0, Ordering::Relaxed);
        for entry in &OWN_PAGE.threads {
            entry.number.store(0, Ordering::Relaxed);
        }
        OWN_PAGE.pending.store(0, Ordering::Relaxed);
        without_page(error);
    }
    USED.store(0, Ordering::Relaxed);
    let number = thread::number(Handle::SELF_THREAD).map_or(0, |reply| reply.number);
    own.tid.store(number as u32, Ordering::Relaxed);
    let _ = enter(own, number, mask);
    register_interrupt_word();
}

/// The page's owner has entered its threads: signals may be brought to them.
pub(super) fn is_complete() {
    page().flags.fetch_and(!flags::STARTING, Ordering::SeqCst);
}

/// The process has taken a record lock: the next program that it executes must know.
pub(super) fn keep_record_locks() {
    // A child's page begins without it.
    if page().flags.load(Ordering::Relaxed) & flags::RECORD_LOCKS == 0 {
        page().flags.fetch_or(flags::RECORD_LOCKS, Ordering::SeqCst);
    }
}

/// The process's number.
pub(super) fn number() -> pid_t {
    page().process.load(Ordering::Relaxed) as pid_t
}
