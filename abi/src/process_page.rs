//! The process page: what a process and the process server share, so that ids and signal masks cost no message. Note 0041.
//!
//! One Memory for each process, made by the process server, mapped read-write by both (`Processes.page`). It is sparse: pages of thread
//! entries that no thread uses cost nothing. The server keeps its own truth and trusts nothing here: a process that writes nonsense
//! into its page harms only itself.
//!
//! Protocol, all accesses sequentially consistent:
//! - *Standard signal*: the server writes [`SignalInformation`] only while the signal's bit in `pending` is clear, then sets the bit,
//!   then picks a thread whose `mask` lets the signal through or whose `waiting` holds it, stores 1 in its `interrupt` and calls
//!   `Thread.interrupt`. A thread of the process that clears the bit owns the signal.
//! - *Queued signal* (34..=64): the queue is the server's; the bit says that something is queued. A thread fetches
//!   each with `Processes.wait_signal`; the server clears the bit when the queue of that signal is empty.
//! - *Mask*: a thread stores its new `mask` first and looks at `pending` then; the server sets `pending` first and looks at the masks
//!   then. So one of the two sees the other.
//! - *Interrupt word*: calls marked INTERRUPTIBLE refuse to block while `interrupt` is not zero. Only the thread itself stores 0, and
//!   looks at `pending` after that.
//! - *Starting*: the server makes a page with [`flags::STARTING`]. Until the process clears it (it has entered its threads), signals
//!   only become pending, but for SIGKILL, SIGSTOP and what SIGCONT resumes.
//! - *fork*: the child's page begins with the parent's `ignored`, `caught` and `flags`, with `initial_mask` as the calling thread's
//!   mask, and nothing pending. *exec*: with `ignored`, `initial_mask` and `pending` as they were, nothing caught.

use core::mem::{offset_of, size_of};
use core::sync::atomic::{AtomicU32, AtomicU64};

/// Threads that a process can have entered at once.
pub const THREAD_COUNT: usize = 1024;
/// Standard signals: 1 up to this number, exclusive, have a [`SignalInformation`].
pub const STANDARD_SIGNAL_END: usize = 32;
/// In [`ProcessPage::file_mask`]: there is one.
pub const FILE_MASK_SET: u32 = 1 << 31;
/// Bytes of the Memory: whole pages.
pub const PROCESS_PAGE_SIZE: usize = size_of::<ProcessPage>();

/// What a signal's receiver is told: the fields of `siginfo_t`.
#[derive(Debug, Default)]
#[repr(C)]
pub struct SignalInformation {
    /// `si_code`, a signed number.
    pub code: AtomicU32,
    /// `si_uid`: the sender's real user.
    pub user: AtomicU32,
    /// `si_pid`: the sender's, or the child's, number.
    pub sender: AtomicU64,
    /// `si_status` of a child (sign-extended), or `si_value`.
    pub value: AtomicU64,
    /// `si_utime` of a child that ended, in ticks of 1/100 second.
    pub user_ticks: AtomicU32,
    /// `si_stime` of a child that ended, likewise.
    pub system_ticks: AtomicU32,
}

/// One thread.
#[derive(Debug, Default)]
#[repr(C, align(64))]
pub struct ThreadEntry {
    /// The kernel's number of the thread; 0: the entry is free. The process writes it last when it enters a thread.
    pub number: AtomicU64,
    /// Signals that the thread has blocked, bit 0 is signal 1.
    pub mask: AtomicU64,
    /// Signals directed at this thread.
    pub pending: AtomicU64,
    /// Signals that the thread waits for in sigwait; they wake it although they are blocked.
    pub waiting: AtomicU64,
    /// The interrupt word: not zero keeps INTERRUPTIBLE calls from blocking.
    pub interrupt: AtomicU32,
    /// Zero.
    pub reserved: [AtomicU32; 7],
}

/// The whole page.
#[derive(Debug)]
#[repr(C)]
pub struct ProcessPage {
    /// Number of the process itself. The server writes it.
    pub process: AtomicU64,
    /// Number of the parent. The server writes it.
    pub parent: AtomicU64,
    /// The process group. The server writes it.
    pub group: AtomicU64,
    /// The session. The server writes it.
    pub session: AtomicU64,
    /// Signals pending for the process as a whole, bit 0 is signal 1.
    pub pending: AtomicU64,
    /// Signals that the process ignores (SIG_IGN). The process writes it.
    pub ignored: AtomicU64,
    /// Signals that have a handler. The process writes it.
    pub caught: AtomicU64,
    /// Mask of the first thread at its start. The server writes it before it hands the page out.
    pub initial_mask: AtomicU64,
    /// [`flags`].
    pub flags: AtomicU32,
    /// The file mode creation mask of a program that exec or spawn has started, with [`FILE_MASK_SET`]. The server writes it.
    pub file_mask: AtomicU32,
    /// Real, effective, saved user. The server writes them.
    pub users: [AtomicU32; 3],
    /// Real, effective, saved group. The server writes them.
    pub groups: [AtomicU32; 3],
    /// Zero.
    pub reserved_words: [AtomicU64; 4],
    /// What each standard signal's receiver is told; index 0 is not used.
    pub information: [SignalInformation; STANDARD_SIGNAL_END],
    /// Zero, up to the end of the first 4 KiB.
    pub padding: [AtomicU64; 368],
    /// The threads.
    pub threads: [ThreadEntry; THREAD_COUNT],
}

/// Bits of [`ProcessPage::flags`].
pub mod flags {
    /// Children that end leave no status behind: SIGCHLD is ignored or has SA_NOCLDWAIT.
    pub const NO_CHILD_WAIT: u32 = 1;
    /// No SIGCHLD when a child stops or goes on: SA_NOCLDSTOP.
    pub const NO_CHILD_STOP: u32 = 2;
    /// The process has not entered its threads yet.
    pub const STARTING: u32 = 4;
    /// The process has taken record locks, perhaps before it executed this program: closing a file gives up those on it.
    pub const RECORD_LOCKS: u32 = 8;
}

const _: () = {
    assert!(size_of::<SignalInformation>() == 32);
    assert!(size_of::<ThreadEntry>() == 64);
    assert!(offset_of!(ThreadEntry, mask) == 8);
    assert!(offset_of!(ThreadEntry, pending) == 16);
    assert!(offset_of!(ThreadEntry, waiting) == 24);
    assert!(offset_of!(ThreadEntry, interrupt) == 32);
    assert!(offset_of!(ProcessPage, parent) == 8);
    assert!(offset_of!(ProcessPage, group) == 16);
    assert!(offset_of!(ProcessPage, session) == 24);
    assert!(offset_of!(ProcessPage, pending) == 32);
    assert!(offset_of!(ProcessPage, ignored) == 40);
    assert!(offset_of!(ProcessPage, caught) == 48);
    assert!(offset_of!(ProcessPage, initial_mask) == 56);
    assert!(offset_of!(ProcessPage, flags) == 64);
    assert!(offset_of!(ProcessPage, users) == 72);
    assert!(offset_of!(ProcessPage, groups) == 84);
    assert!(offset_of!(ProcessPage, information) == 128);
    assert!(offset_of!(ProcessPage, threads) == 4096);
    assert!(PROCESS_PAGE_SIZE == 4096 + THREAD_COUNT * 64);
};

/// Offset of a thread's interrupt word in the page, for `Thread.set_interrupt_word`.
#[must_use]
pub const fn interrupt_word_offset(entry: usize) -> u64 {
    (offset_of!(ProcessPage, threads) + entry * size_of::<ThreadEntry>() + offset_of!(ThreadEntry, interrupt))
        as u64
}

/// The bit of a signal, 1..=64, in the sets of the page.
#[must_use]
pub const fn signal_bit(signal: u32) -> u64 {
    1 << ((signal.wrapping_sub(1)) & 63)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interrupt_words_lie_in_their_entries() {
        assert_eq!(interrupt_word_offset(0), 4096 + 32);
        assert_eq!(interrupt_word_offset(THREAD_COUNT - 1), 4096 + 1023 * 64 + 32);
    }

    #[test]
    fn signals_have_the_bits_of_sigset_t() {
        assert_eq!(signal_bit(1), 1);
        assert_eq!(signal_bit(64), 1 << 63);
    }
}
