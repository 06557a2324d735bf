//! What the server keeps with each process: its handle, its page, who it is and what it may use.

use crate::limits::Limits;
use crate::mapping::{FIRST_ENTRIES, SharedPage};
use crate::owned::Owned;
use crate::signal::{Dispositions, FIRST_QUEUED, Reach, UNSTOPPABLE, bit};
use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::sync::atomic::Ordering::SeqCst;
use trivet_abi::process_page::{THREAD_COUNT, ThreadEntry, flags};
use trivet_ipc::{process, thread};
use trivet_server::wait::WaitQueue;

/// What a signal's receiver is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Information {
    /// `si_code`.
    pub code: u32,
    /// The sender's number, or the child's.
    pub sender: u64,
    /// The sender's real user.
    pub user: u32,
    /// `si_value`, or the child's status.
    pub value: u64,
    /// Processor time of a child that ended, in hundredths of a second.
    pub ticks: [u32; 2],
}

/// A page that was not asked for yet: what it will begin with.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// Mask of the first thread.
    pub mask: u64,
    /// Dispositions.
    pub dispositions: Dispositions,
    /// Pending signals.
    pub pending: u64,
    /// What their receivers are told.
    pub information: Vec<(u32, Information)>,
    /// Flags of the page.
    pub flags: u32,
    /// The file mode creation mask that the caller of exec or spawn had, with `FILE_MASK_SET`; 0 for a fork's child, whose
    /// memory has it.
    pub file_mask: u32,
}

/// The page that a process shares with this server.
#[derive(Debug)]
pub enum Page {
    /// Not made yet.
    Kept(Kept),
    /// Made.
    Shared(SharedPage),
}

/// A signal in the queue.
#[derive(Clone, Copy, Debug)]
pub struct Queued {
    /// Which.
    pub signal: u32,
    /// With what.
    pub information: Information,
}

/// Times and counts of ended children.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// In its own code, in nanoseconds.
    pub user_ns: u64,
    /// Of servers on its behalf, in nanoseconds.
    pub system_ns: u64,
    /// Page faults.
    pub page_faults: u64,
    /// Switches to its threads.
    pub switches: u64,
}

impl Usage {
    /// Adds another's.
    pub fn add(&mut self, other: &Usage) {
        self.user_ns = self.user_ns.saturating_add(other.user_ns);
        self.system_ns = self.system_ns.saturating_add(other.system_ns);
        self.page_faults = self.page_faults.saturating_add(other.page_faults);
        self.switches = self.switches.saturating_add(other.switches);
    }
}

/// A program that a process runs.
#[derive(Debug)]
pub struct Program {
    /// Its path as the caller named it.
    pub path: Vec<u8>,
    /// What was added to the addresses of its file.
    pub bias: u64,
    /// The first of its arguments, for listings.
    pub arguments: Vec<u8>,
    /// Its stack pointer at its start: where arguments and environment are.
    pub stack: u64,
    /// It gained rights when it was executed.
    pub secure: bool,
}

/// One interval timer of the process's own time.
#[derive(Clone, Copy, Debug, Default)]
pub struct OwnTimer {
    /// When it fires, of the process's time; 0: not set.
    pub at_ns: u64,
    /// What it is set to again.
    pub interval_ns: u64,
}

/// One process.
#[derive(Debug)]
pub struct Member {
    /// The process.
    pub process: Owned,
    /// Grows with each exec: who waited for something meanwhile sees that it is another program.
    pub generation: u64,
    /// The policy's domain.
    pub domain: u32,
    /// Row of credentials; 0 when it has ended.
    pub row: u32,
    /// Its real user.
    pub user: u32,
    /// What it runs; shared with its children until they execute.
    pub program: Rc<Program>,
    /// Name for listings.
    pub name: [u8; 16],
    /// The shared page.
    pub page: Page,
    /// Resource limits; shared until one changes.
    pub limits: Rc<Limits>,
    /// Nice value, -20..=19.
    pub nice: i8,
    /// The real-time alarm: when, and its interval; 0: not set.
    pub alarm: OwnTimer,
    /// ITIMER_VIRTUAL, ITIMER_PROF.
    pub own_timers: [OwnTimer; 2],
    /// Signals with values.
    pub queue: VecDeque<Queued>,
    /// What its children used that it waited for.
    pub children: Usage,
    /// Threads that wait for children.
    pub waiters: Rc<WaitQueue>,
    /// Threads that wait for queued signals.
    pub signal_waiters: Rc<WaitQueue>,
    /// The parent's thread that waits until this process of its memory executes or ends.
    pub lender: Option<Rc<WaitQueue>>,
}

impl Member {
    /// What it says of its signals.
    pub fn dispositions(&self) -> Dispositions {
        match &self.page {
            Page::Kept(kept) => kept.dispositions,
            Page::Shared(page) => page
                .head()
                .map_or_else(Dispositions::default, |head| Dispositions {
                    ignored: head.ignored.load(SeqCst) & !UNSTOPPABLE,
                    caught: head.caught.load(SeqCst) & !UNSTOPPABLE,
                }),
        }
    }

    /// Flags of its page.
    pub fn flags(&self) -> u32 {
        match &self.page {
            Page::Kept(kept) => kept.flags,
            Page::Shared(page) => page.head().map_or(0, |head| head.flags.load(SeqCst)),
        }
    }

    /// Signals that are pending for the process as a whole.
    pub fn pending(&self) -> u64 {
        match &self.page {
            Page::Kept(kept) => kept.pending,
            Page::Shared(page) => page.head().map_or(0, |head| head.pending.load(SeqCst)),
        }
    }

    /// Makes a signal pending. False: it was already, and what its receiver is told stays the first one's.
    pub fn add_pending(&mut self, signal: u32, information: &Information) -> bool {
        match &mut self.page {
            Page::Kept(kept) => {
                if kept.pending & bit(signal) != 0 {
                    return false;
                }
                kept.pending |= bit(signal);
                if signal < FIRST_QUEUED {
                    kept.information.push((signal, *information));
                }
                true
            }
            Page::Shared(page) => {
                let Some(head) = page.head() else { return false };
                if head.pending.load(SeqCst) & bit(signal) != 0 {
                    return false;
                }
                if let Some(place) = head
                    .information
                    .get(signal as usize)
                    .filter(|_| signal < FIRST_QUEUED)
                {
                    place.code.store(information.code, SeqCst);
                    place.user.store(information.user, SeqCst);
                    place.sender.store(information.sender, SeqCst);
                    place.value.store(information.value, SeqCst);
                    place.user_ticks.store(information.ticks[0], SeqCst);
                    place.system_ticks.store(information.ticks[1], SeqCst);
                }
                head.pending.fetch_or(bit(signal), SeqCst) & bit(signal) == 0
            }
        }
    }

    /// Takes pending signals back.
    pub fn drop_pending(&mut self, signals: u64) {
        match &mut self.page {
            Page::Kept(kept) => {
                kept.pending &= !signals;
                kept.information.retain(|(signal, _)| signals & bit(*signal) == 0);
            }
            Page::Shared(page) => {
                if let Some(head) = page.head()
                    && head.pending.load(SeqCst) & signals != 0
                {
                    head.pending.fetch_and(!signals, SeqCst);
                }
                self.for_threads(|_, entry| {
                    if entry.pending.load(SeqCst) & signals != 0 {
                        entry.pending.fetch_and(!signals, SeqCst);
                    }
                    false
                });
            }
        }
    }

    /// Looks at the process's threads, as its page has them, until `visit` says true. Entries are taken from the lowest on: more than the
    /// first are looked at only where those are not enough (`visit` said true for none) and the kernel counts so many threads.
    fn for_threads(&self, mut visit: impl FnMut(u64, &ThreadEntry) -> bool) -> bool {
        let Page::Shared(page) = &self.page else {
            return false;
        };
        let mut some = false;
        for index in 0..FIRST_ENTRIES {
            let Some(entry) = page.thread(index) else {
                return false;
            };
            let number = entry.number.load(SeqCst);
            some |= number != 0;
            if number != 0 && visit(number, entry) {
                return true;
            }
        }
        let last = page.thread(FIRST_ENTRIES - 1);
        let full = last.is_some_and(|entry| entry.number.load(SeqCst) != 0);
        // A process of few threads has them all in the first entries: one load tells most of them.
        if (some && !full && !page.has_more()) || self.info().threads <= FIRST_ENTRIES as u64 {
            return false;
        }
        for index in FIRST_ENTRIES..THREAD_COUNT {
            let Some(entry) = page.thread(index) else {
                return false;
            };
            let number = entry.number.load(SeqCst);
            if number != 0 && visit(number, entry) {
                return true;
            }
        }
        false
    }

    /// Whether a thread takes a signal of the process.
    pub fn reach(&self, signal: u32) -> Reach {
        let open = |mask: u64| {
            if mask & bit(signal) == 0 {
                Reach::Open
            } else {
                Reach::Blocked
            }
        };
        match &self.page {
            Page::Kept(kept) => open(kept.mask),
            Page::Shared(page) => {
                let Some(head) = page.head() else {
                    return Reach::Open;
                };
                if head.flags.load(SeqCst) & flags::STARTING != 0 {
                    return open(head.initial_mask.load(SeqCst));
                }
                let mut reach = None;
                self.for_threads(|_, entry| {
                    let found = if entry.waiting.load(SeqCst) & bit(signal) != 0 {
                        Reach::Awaited
                    } else {
                        open(entry.mask.load(SeqCst))
                    };
                    let better = reach.is_none() || found == Reach::Awaited || reach == Some(Reach::Blocked);
                    if better {
                        reach = Some(found);
                    }
                    reach == Some(Reach::Awaited)
                });
                // A process that has entered no thread handles no signals.
                reach.unwrap_or(Reach::Open)
            }
        }
    }

    /// Interrupts a thread that takes a signal which is pending for the process.
    pub fn kick(&self, signal: u32) {
        let awaited = |entry: &ThreadEntry| entry.waiting.load(SeqCst) & bit(signal) != 0;
        let kicked = self.for_threads(|number, entry| awaited(entry) && self.interrupt(number, entry));
        if !kicked {
            self.for_threads(|number, entry| {
                entry.mask.load(SeqCst) & bit(signal) == 0 && self.interrupt(number, entry)
            });
        }
    }

    fn interrupt(&self, number: u64, entry: &ThreadEntry) -> bool {
        entry.interrupt.store(1, SeqCst);
        let Ok(handle) = process::thread(self.process.handle(), number) else {
            return false;
        };
        thread::interrupt(Owned::new(handle).handle()).is_ok()
    }

    /// The mask of one of its threads, or of its only one.
    pub fn mask_of(&self, thread: impl FnOnce() -> u64) -> u64 {
        let Page::Shared(page) = &self.page else {
            return match &self.page {
                Page::Kept(kept) => kept.mask,
                Page::Shared(_) => 0,
            };
        };
        if self.flags() & flags::STARTING != 0 {
            return page.head().map_or(0, |head| head.initial_mask.load(SeqCst));
        }
        let (mut first, mut count) = (0, 0);
        self.for_threads(|_, entry| {
            if count == 0 {
                first = entry.mask.load(SeqCst);
            }
            count += 1;
            count > 1
        });
        if count > 1 {
            let wanted = thread();
            self.for_threads(|number, entry| {
                let found = number == wanted;
                if found {
                    first = entry.mask.load(SeqCst);
                }
                found
            });
        }
        first & !UNSTOPPABLE
    }

    /// Makes a signal pending for one thread and interrupts it where it lets the signal in. None: its page has no such thread.
    pub fn direct(&self, thread: u64, signal: u32) -> bool {
        self.for_threads(|number, entry| {
            if number != thread {
                return false;
            }
            entry.pending.fetch_or(bit(signal), SeqCst);
            let takes =
                entry.mask.load(SeqCst) & bit(signal) == 0 || entry.waiting.load(SeqCst) & bit(signal) != 0;
            if takes {
                self.interrupt(number, entry);
            }
            true
        })
    }

    /// Whether one thread takes a signal that is directed at it. None: its page has no such thread.
    pub fn reach_of(&self, thread: u64, signal: u32) -> Option<Reach> {
        let mut reach = None;
        self.for_threads(|number, entry| {
            if number != thread {
                return false;
            }
            reach = Some(if entry.waiting.load(SeqCst) & bit(signal) != 0 {
                Reach::Awaited
            } else if entry.mask.load(SeqCst) & bit(signal) == 0 {
                Reach::Open
            } else {
                Reach::Blocked
            });
            true
        });
        reach
    }

    /// Figures of the kernel. A process that has ended keeps its times until its entry goes.
    pub fn info(&self) -> process::Info {
        let mut info = process::Info::default();
        let _ = process::info(self.process.handle(), &mut info);
        info
    }

    /// What it used itself.
    pub fn usage(&self) -> Usage {
        let info = self.info();
        Usage {
            user_ns: info.user_time_ns,
            system_ns: info.system_time_ns,
            page_faults: info.page_faults,
            switches: info.context_switches,
        }
    }

    /// Gives up what only the living have.
    pub fn end(&mut self) {
        self.page = Page::Kept(Kept::default());
        self.queue = VecDeque::new();
        self.alarm = OwnTimer::default();
        self.own_timers = Default::default();
    }
}

/// Name for listings of a program's path.
#[must_use]
pub fn name_of(path: &[u8]) -> [u8; 16] {
    let base = path.rsplit(|&byte| byte == b'/').next().unwrap_or(b"");
    let mut name = [0; 16];
    let length = base.len().min(15);
    name[..length].copy_from_slice(&base[..length]);
    name
}

/// The part of a name before its zeros.
#[must_use]
pub fn trimmed(name: &[u8; 16]) -> &[u8] {
    let end = name.iter().position(|&byte| byte == 0).unwrap_or(15);
    &name[..end]
}
