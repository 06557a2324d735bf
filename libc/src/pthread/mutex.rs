//! Mutexes: normal, recursive, error-checking, adaptive; robust; priority-inheriting; shared between processes.
//!
//! The layout is glibc's. A plain mutex's word is 0, 1 (taken) or 2 (taken, others wait). Robust and
//! priority-inheriting mutexes hold the owner's thread number, as the system's interface for them demands.
//! POSIX.1-2024 `pthread_mutex_lock`.

use super::mutex_attributes::MutexAttributes;
use super::{deadline, own_tid, status};
use crate::errno::{Errno, Result};
use crate::lock::Sleep;
use crate::seam::*;
use crate::thread::this;
use crate::types::*;
use core::cell::Cell;
use core::ptr;
use core::sync::atomic::{AtomicI32, AtomicU32, Ordering, compiler_fence};
use trivet_protocols::plain;

/// C's `pthread_mutex_t`.
#[repr(C)]
pub struct Mutex {
    pub(super) word: AtomicU32,
    count: Cell<u32>,
    owner: AtomicU32,
    users: Cell<u32>,
    pub(super) kind: AtomicI32,
    spins: Cell<i16>,
    elision: Cell<i16>,
    /// Entries of the robust list point at `next` of each other.
    previous: Cell<*mut c_void>,
    next: Cell<*mut c_void>,
}

const _: () = {
    assert!(size_of::<Mutex>() == 40);
    assert!(core::mem::offset_of!(Mutex, kind) == 16);
    assert!(core::mem::offset_of!(Mutex, next) == 32);
};

/// `PTHREAD_MUTEX_NORMAL`.
pub const NORMAL: c_int = 0;
/// `PTHREAD_MUTEX_RECURSIVE`.
pub const RECURSIVE: c_int = 1;
/// `PTHREAD_MUTEX_ERRORCHECK`.
pub const ERRORCHECK: c_int = 2;
/// `PTHREAD_MUTEX_ADAPTIVE_NP`.
pub const ADAPTIVE: c_int = 3;
/// The bits of the kinds above.
pub const TYPE_MASK: c_int = 3;
/// Robust.
pub const ROBUST: c_int = 16;
/// Priority-inheriting.
pub const INHERIT: c_int = 32;
/// Priority-protecting: whoever has it runs at its ceiling.
pub const PROTECT: c_int = 64;
/// Where a kind holds the priority ceiling, 0 for the lowest.
pub const CEILING_SHIFT: u32 = 12;
/// The bits of a ceiling.
pub const CEILING_MASK: c_int = 0x7f;
/// The ceilings there are: the priorities of SCHED_FIFO.
pub const CEILINGS: core::ops::RangeInclusive<c_int> = 1..=99;
/// Shared between processes.
pub const SHARED: c_int = 128;

/// Bits of the word of a robust or priority-inheriting mutex.
const WAITERS: u32 = 0x8000_0000;
const OWNER_DIED: u32 = 0x4000_0000;
const TID_MASK: u32 = 0x3fff_ffff;

/// `owner` of a robust mutex whose state nobody has made consistent.
const INCONSISTENT: u32 = 0x7fff_fffe;
/// `owner` of a robust mutex that can never be taken again.
const NOT_RECOVERABLE: u32 = 0x7fff_ffff;

/// How often an adaptive mutex looks before it sleeps.
const SPINS: u32 = 100;

/// How long to wait for a mutex.
#[derive(Clone, Copy)]
pub(super) enum Wait {
    /// For ever.
    Ever,
    /// Until then.
    Until(Deadline),
}

impl Wait {
    fn deadline(self) -> Option<Deadline> {
        match self {
            Wait::Ever => None,
            Wait::Until(deadline) => Some(deadline),
        }
    }
}

impl Mutex {
    fn scope(&self) -> Scope {
        super::scope(self.kind.load(Ordering::Relaxed) & SHARED != 0)
    }

    /// Whether the word is of the plain kind, and waiters of a condition may be moved to it.
    pub(super) fn is_plain_private(&self) -> bool {
        self.kind.load(Ordering::Relaxed) & (ROBUST | INHERIT | PROTECT | SHARED) == 0
    }

    /// Whether the calling thread has it.
    pub(super) fn is_own(&self) -> bool {
        self.owner.load(Ordering::Relaxed) == own_tid()
    }

    /// Says that somebody waits for a plain mutex that the caller has.
    pub(super) fn mark_contended(&self) {
        plain::mark_contended(&self.word);
    }

    #[inline]
    fn try_word(&self) -> bool {
        plain::try_lock(&self.word)
    }

    #[cold]
    fn wait_plain(&self, wait: Wait, kind: c_int) -> Result<()> {
        if kind & TYPE_MASK == ADAPTIVE && plain::spin(&self.word, SPINS) {
            return Ok(());
        }
        let sleep = Sleep {
            until: wait.deadline(),
            scope: self.scope(),
        };
        if plain::lock_contended(&self.word, &sleep) {
            Ok(())
        } else {
            Err(Errno::ETIMEDOUT)
        }
    }

    /// The priority ceiling of a priority-protecting mutex.
    fn ceiling(&self) -> Result<c_int> {
        let kind = self.kind.load(Ordering::Relaxed);
        if kind & PROTECT == 0 {
            return Err(Errno::EINVAL);
        }
        Ok((kind >> CEILING_SHIFT & CEILING_MASK).max(*CEILINGS.start()))
    }

    /// Whether the caller may have a priority-protecting mutex: its own priority must not be above the ceiling, and the
    /// system must let it run at the ceiling. No program here has a priority of that kind, nor can it get one: `EPERM`, as on
    /// Linux for who may not raise its priority.
    #[cold]
    fn protect(&self) -> Result<()> {
        let ceiling = self.ceiling()?;
        let own = System::scheduling_priority(0)?;
        match own.cmp(&ceiling) {
            core::cmp::Ordering::Greater => Err(Errno::EINVAL),
            core::cmp::Ordering::Equal => Ok(()),
            core::cmp::Ordering::Less => Err(Errno::EPERM),
        }
    }

    /// Takes the mutex; `contended` when the caller was moved here from a condition.
    pub(super) fn lock(&self, wait: Wait, contended: bool) -> Result<()> {
        let kind = self.kind.load(Ordering::Relaxed);
        if kind & PROTECT != 0 {
            self.protect()?;
        }
        if kind & (ROBUST | INHERIT) != 0 {
            return self.lock_with_tid(kind, Some(wait));
        }
        let own = own_tid();
        match kind & TYPE_MASK {
            RECURSIVE if self.owner.load(Ordering::Relaxed) == own => return self.count_up(),
            ERRORCHECK if self.owner.load(Ordering::Relaxed) == own => return Err(Errno::EDEADLK),
            _ => {}
        }
        if contended {
            // Others may have been moved here too: whoever comes from a condition keeps the mark.
            self.wait_plain(wait, NORMAL)?;
        } else if !self.try_word() {
            self.wait_plain(wait, kind)?;
        }
        self.owner.store(own, Ordering::Relaxed);
        self.count.set(1);
        Ok(())
    }

    fn count_up(&self) -> Result<()> {
        let count = self.count.get().checked_add(1).ok_or(Errno::EAGAIN)?;
        self.count.set(count);
        Ok(())
    }

    fn try_lock(&self) -> Result<()> {
        let kind = self.kind.load(Ordering::Relaxed);
        if kind & PROTECT != 0 {
            self.protect()?;
        }
        if kind & (ROBUST | INHERIT) != 0 {
            return self.lock_with_tid(kind, None);
        }
        let own = own_tid();
        if kind & TYPE_MASK == RECURSIVE && self.owner.load(Ordering::Relaxed) == own {
            return self.count_up();
        }
        if !self.try_word() {
            return Err(Errno::EBUSY);
        }
        self.owner.store(own, Ordering::Relaxed);
        self.count.set(1);
        Ok(())
    }

    pub(super) fn unlock(&self) -> Result<()> {
        let kind = self.kind.load(Ordering::Relaxed);
        if kind & (ROBUST | INHERIT) != 0 {
            return self.unlock_with_tid(kind);
        }
        match kind & TYPE_MASK {
            RECURSIVE => {
                if self.owner.load(Ordering::Relaxed) != own_tid() {
                    return Err(Errno::EPERM);
                }
                let count = self.count.get() - 1;
                self.count.set(count);
                if count != 0 {
                    return Ok(());
                }
            }
            ERRORCHECK if self.owner.load(Ordering::Relaxed) != own_tid() => return Err(Errno::EPERM),
            _ => {}
        }
        self.owner.store(0, Ordering::Relaxed);
        // The mutex may be destroyed by another thread as soon as the word is free: its kind is read before.
        plain::unlock(&self.word, &Sleep::among(super::scope(kind & SHARED != 0)));
        Ok(())
    }

    /// Gives up a mutex however often a recursive one was taken; how often.
    pub(super) fn unlock_fully(&self) -> Result<u32> {
        let kind = self.kind.load(Ordering::Relaxed);
        let count = self.count.get();
        if kind & TYPE_MASK == RECURSIVE && self.is_own() {
            self.count.set(1);
        }
        self.unlock()?;
        Ok(count)
    }

    /// Puts back the count that `unlock_fully` returned.
    pub(super) fn restore_count(&self, count: u32) {
        if self.kind.load(Ordering::Relaxed) & TYPE_MASK == RECURSIVE {
            self.count.set(count);
        }
    }

    // What follows is for words that hold the owner's number.

    /// The entry of the robust list: bit 0 says that the mutex is priority-inheriting.
    fn robust_entry(&self, kind: c_int) -> *mut c_void {
        let entry: *mut c_void = (&raw const self.next).cast_mut().cast();
        if kind & INHERIT != 0 {
            entry.map_addr(|address| address | 1)
        } else {
            entry
        }
    }

    fn enter_robust_list(&self, kind: c_int) {
        let list = &this().robust;
        let head: *mut c_void = (&raw const list.next).cast_mut().cast();
        let first = list.next.get();
        self.next.set(first);
        self.previous.set(head);
        if first.map_addr(|address| address & !1) != head {
            // SAFETY: entries of the list are mutexes that this thread holds.
            unsafe { Mutex::of_entry(first) }
                .previous
                .set(self.robust_entry(kind));
        }
        compiler_fence(Ordering::SeqCst);
        list.next.set(self.robust_entry(kind));
    }

    fn leave_robust_list(&self) {
        let list = &this().robust;
        let head: *mut c_void = (&raw const list.next).cast_mut().cast();
        let (next, previous) = (self.next.get(), self.previous.get());
        // SAFETY: entries of the list are mutexes that this thread holds.
        unsafe {
            if next.map_addr(|address| address & !1) != head {
                Mutex::of_entry(next).previous.set(previous);
            }
            if previous == head {
                list.next.set(next);
            } else {
                Mutex::of_entry(previous).next.set(next);
            }
        }
        self.next.set(ptr::null_mut());
        self.previous.set(ptr::null_mut());
    }

    /// The mutex of a list entry.
    ///
    /// # Safety
    /// The entry must be in the calling thread's list.
    unsafe fn of_entry<'a>(entry: *mut c_void) -> &'a Mutex {
        let entry = entry.map_addr(|address| address & !1);
        // SAFETY: by the contract; an entry is the field `next`.
        unsafe { &*entry.byte_sub(core::mem::offset_of!(Mutex, next)).cast::<Mutex>() }
    }

    fn register_robust_list() {
        let thread = this();
        if !thread.robust_registered.replace(true) {
            let list: *const crate::thread::RobustList = &raw const thread.robust;
            thread.robust.futex_offset.set(super::ROBUST_FUTEX_OFFSET);
            // SAFETY: the list lives as long as the thread.
            let _ = unsafe {
                System::set_robust_list(list.cast_mut().cast(), size_of::<crate::thread::RobustList>())
            };
        }
    }

    /// Takes a robust or priority-inheriting mutex; `wait` is `None` for an attempt.
    #[cold]
    fn lock_with_tid(&self, kind: c_int, wait: Option<Wait>) -> Result<()> {
        let own = own_tid();
        let robust = kind & ROBUST != 0;
        if self.word.load(Ordering::Relaxed) & TID_MASK == own {
            return match kind & TYPE_MASK {
                RECURSIVE => self.count_up(),
                _ if wait.is_none() => Err(Errno::EBUSY),
                ERRORCHECK => Err(Errno::EDEADLK),
                _ => self.wait_for_ever(wait),
            };
        }
        if robust {
            Mutex::register_robust_list();
            this().robust.pending.set(self.robust_entry(kind));
            compiler_fence(Ordering::SeqCst);
        }
        let taken = if kind & INHERIT != 0 {
            self.take_inherit(own, wait)
        } else {
            self.take_robust(own, wait)
        };
        let result = taken.and_then(|died| self.entered(kind, own, died));
        compiler_fence(Ordering::SeqCst);
        if robust {
            this().robust.pending.set(ptr::null_mut());
        }
        result
    }

    /// A normal mutex that its owner takes again: the deadlock that POSIX promises.
    fn wait_for_ever(&self, wait: Option<Wait>) -> Result<()> {
        let never = AtomicU32::new(0);
        loop {
            let until = wait.and_then(Wait::deadline);
            if let Err(Errno::ETIMEDOUT) = System::futex_wait(&never, 0, until, Scope::Private) {
                return Err(Errno::ETIMEDOUT);
            }
        }
    }

    /// What follows once the word is the caller's.
    fn entered(&self, kind: c_int, own: u32, died: bool) -> Result<()> {
        if kind & ROBUST != 0 && self.owner.load(Ordering::Relaxed) == NOT_RECOVERABLE {
            // Nobody may have it again: pass it on to the next one, who learns the same.
            self.give_back(kind);
            return Err(Errno::ENOTRECOVERABLE);
        }
        self.count.set(1);
        if kind & ROBUST != 0 {
            self.enter_robust_list(kind);
        }
        if died {
            self.owner.store(INCONSISTENT, Ordering::Relaxed);
            return Err(Errno::EOWNERDEAD);
        }
        self.owner.store(own, Ordering::Relaxed);
        Ok(())
    }

    /// Takes a robust word; whether its owner had died.
    fn take_robust(&self, own: u32, wait: Option<Wait>) -> Result<bool> {
        let scope = self.scope();
        let mut mark = 0;
        loop {
            let word = self.word.load(Ordering::Relaxed);
            if word & TID_MASK == 0 || word & OWNER_DIED != 0 {
                let new = own | mark | (word & WAITERS);
                if self
                    .word
                    .compare_exchange(word, new, Ordering::Acquire, Ordering::Relaxed)
                    .is_ok()
                {
                    return Ok(word & OWNER_DIED != 0);
                }
                continue;
            }
            let Some(wait) = wait else {
                return Err(Errno::EBUSY);
            };
            if word & WAITERS == 0
                && self
                    .word
                    .compare_exchange(word, word | WAITERS, Ordering::Relaxed, Ordering::Relaxed)
                    .is_err()
            {
                continue;
            }
            // Others may sleep here too: the mark stays when this thread gets the mutex.
            mark = WAITERS;
            if let Err(Errno::ETIMEDOUT) =
                System::futex_wait(&self.word, word | WAITERS, wait.deadline(), scope)
            {
                return Err(Errno::ETIMEDOUT);
            }
        }
    }

    /// Takes a priority-inheriting word; whether its owner had died.
    fn take_inherit(&self, own: u32, wait: Option<Wait>) -> Result<bool> {
        if self
            .word
            .compare_exchange(0, own, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
        {
            return Ok(false);
        }
        let until = match wait {
            Some(wait) => wait.deadline(),
            // A time that is past makes an attempt of it.
            None if self.word.load(Ordering::Relaxed) & OWNER_DIED == 0 => return Err(Errno::EBUSY),
            None => Some(Deadline {
                time: timespec {
                    tv_sec: -1,
                    tv_nsec: 0,
                },
                clock: CLOCK_REALTIME,
            }),
        };
        loop {
            match System::futex_lock_pi(&self.word, until, self.scope()) {
                Ok(()) => break,
                Err(Errno::EINTR) => {}
                // The owner is gone without a trace: POSIX lets a mutex that is not robust wait for ever.
                Err(Errno::ESRCH) => return self.wait_for_ever(wait).map(|()| false),
                Err(Errno::EAGAIN | Errno::ETIMEDOUT) if wait.is_none() => return Err(Errno::EBUSY),
                Err(error) => return Err(error),
            }
        }
        let died = self.word.load(Ordering::Relaxed) & OWNER_DIED != 0;
        if died {
            self.word.fetch_and(!OWNER_DIED, Ordering::Relaxed);
        }
        Ok(died)
    }

    fn unlock_with_tid(&self, kind: c_int) -> Result<()> {
        let own = own_tid();
        if self.word.load(Ordering::Relaxed) & TID_MASK != own {
            return Err(Errno::EPERM);
        }
        if kind & TYPE_MASK == RECURSIVE {
            let count = self.count.get() - 1;
            self.count.set(count);
            if count != 0 {
                return Ok(());
            }
        }
        let robust = kind & ROBUST != 0;
        if robust {
            this().robust.pending.set(self.robust_entry(kind));
            compiler_fence(Ordering::SeqCst);
            self.leave_robust_list();
        }
        let inconsistent = self.owner.load(Ordering::Relaxed) == INCONSISTENT;
        self.owner.store(
            if robust && inconsistent {
                NOT_RECOVERABLE
            } else {
                0
            },
            Ordering::Relaxed,
        );
        self.give_back(kind);
        compiler_fence(Ordering::SeqCst);
        if robust {
            this().robust.pending.set(ptr::null_mut());
        }
        Ok(())
    }

    /// Makes the word free and wakes who waits for it.
    fn give_back(&self, kind: c_int) {
        let scope = super::scope(kind & SHARED != 0);
        if kind & INHERIT != 0 {
            if self
                .word
                .compare_exchange(own_tid(), 0, Ordering::Release, Ordering::Relaxed)
                .is_err()
            {
                let _ = System::futex_unlock_pi(&self.word, scope);
            }
        } else if self.word.swap(0, Ordering::Release) & WAITERS != 0 {
            System::futex_wake(&self.word, 1, scope);
        }
    }
}

// SAFETY of every block below: by each function's contract the mutex is a valid, initialised one.
crate::export! {
    /// Makes a mutex. POSIX.1-2024 `pthread_mutex_init`.
    pub unsafe extern "C" fn pthread_mutex_init(mutex: *mut Mutex, attributes: *const MutexAttributes) -> c_int {
        // SAFETY: see above; the attributes are null or valid.
        unsafe {
            mutex.write_bytes(0, 1);
            if let Some(attributes) = attributes.as_ref() {
                (*mutex).kind.store(attributes.mutex_kind(), Ordering::Relaxed);
            }
        }
        0
    }

    /// Ends a mutex's use; `EBUSY` while it is taken. POSIX.1-2024 `pthread_mutex_destroy`.
    pub unsafe extern "C" fn pthread_mutex_destroy(mutex: *mut Mutex) -> c_int {
        // SAFETY: see above.
        let mutex = unsafe { &*mutex };
        let kind = mutex.kind.load(Ordering::Relaxed);
        if mutex.word.load(Ordering::Relaxed) & !OWNER_DIED != 0 && kind & ROBUST == 0 {
            return crate::errno::EBUSY;
        }
        mutex.kind.store(-1, Ordering::Relaxed);
        0
    }

    /// Takes a mutex. POSIX.1-2024 `pthread_mutex_lock`.
    pub unsafe extern "C" fn pthread_mutex_lock(mutex: *mut Mutex) -> c_int {
        // SAFETY: see above.
        let mutex = unsafe { &*mutex };
        if mutex.kind.load(Ordering::Relaxed) & !SHARED == NORMAL && mutex.try_word() {
            mutex.owner.store(own_tid(), Ordering::Relaxed);
            return 0;
        }
        status(mutex.lock(Wait::Ever, false))
    }

    /// Takes a mutex if it is free, `EBUSY` otherwise. POSIX.1-2024 `pthread_mutex_trylock`.
    pub unsafe extern "C" fn pthread_mutex_trylock(mutex: *mut Mutex) -> c_int {
        // SAFETY: see above.
        status(unsafe { &*mutex }.try_lock())
    }

    /// Takes a mutex, waiting until a time of the real-time clock. POSIX.1-2024 `pthread_mutex_timedlock`.
    pub unsafe extern "C" fn pthread_mutex_timedlock(mutex: *mut Mutex, time: *const timespec) -> c_int {
        // SAFETY: see above.
        unsafe { pthread_mutex_clocklock(mutex, CLOCK_REALTIME, time) }
    }

    /// Takes a mutex, waiting until a time of `clock`. POSIX.1-2024 `pthread_mutex_clocklock`.
    pub unsafe extern "C" fn pthread_mutex_clocklock(
        mutex: *mut Mutex,
        clock: clockid_t,
        time: *const timespec,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            // A time that is wrong matters only to who must wait.
            match (*mutex).try_lock() {
                Err(Errno::EBUSY) => {}
                other => return status(other),
            }
            if clock == CLOCK_MONOTONIC && (*mutex).kind.load(Ordering::Relaxed) & INHERIT != 0 {
                return crate::errno::EINVAL;
            }
            match deadline(clock, time) {
                Ok(until) => status((*mutex).lock(Wait::Until(until), false)),
                Err(error) => error.0,
            }
        }
    }

    /// Gives a mutex back. POSIX.1-2024 `pthread_mutex_unlock`.
    pub unsafe extern "C" fn pthread_mutex_unlock(mutex: *mut Mutex) -> c_int {
        // SAFETY: see above.
        let mutex = unsafe { &*mutex };
        if mutex.kind.load(Ordering::Relaxed) == NORMAL {
            mutex.owner.store(0, Ordering::Relaxed);
            if mutex.word.swap(plain::FREE, Ordering::Release) == plain::CONTENDED {
                System::futex_wake(&mutex.word, 1, Scope::Private);
            }
            return 0;
        }
        status(mutex.unlock())
    }

    /// Says that a robust mutex's data are in order again. POSIX.1-2024 `pthread_mutex_consistent`.
    pub unsafe extern "C" fn pthread_mutex_consistent(mutex: *mut Mutex) -> c_int {
        // SAFETY: see above.
        let mutex = unsafe { &*mutex };
        let kind = mutex.kind.load(Ordering::Relaxed);
        let own = own_tid();
        if kind & ROBUST == 0
            || mutex.owner.load(Ordering::Relaxed) != INCONSISTENT
            || mutex.word.load(Ordering::Relaxed) & TID_MASK != own
        {
            return crate::errno::EINVAL;
        }
        mutex.owner.store(own, Ordering::Relaxed);
        0
    }

    /// The priority ceiling; `EINVAL` for a mutex without PTHREAD_PRIO_PROTECT. POSIX.1-2024
    /// `pthread_mutex_getprioceiling`.
    pub unsafe extern "C" fn pthread_mutex_getprioceiling(mutex: *const Mutex, ceiling: *mut c_int) -> c_int {
        // SAFETY: see above.
        status(unsafe { &*mutex }.ceiling().map(|found| unsafe { ceiling.write(found) }))
    }

    /// Sets the priority ceiling of a mutex while it is held; `EINVAL` without PTHREAD_PRIO_PROTECT or for what is no
    /// priority of SCHED_FIFO. POSIX.1-2024 `pthread_mutex_setprioceiling`.
    pub unsafe extern "C" fn pthread_mutex_setprioceiling(
        mutex: *mut Mutex,
        ceiling: c_int,
        old: *mut c_int,
    ) -> c_int {
        // SAFETY: see above.
        let mutex = unsafe { &*mutex };
        let set = || {
            let before = mutex.ceiling()?;
            if !CEILINGS.contains(&ceiling) {
                return Err(Errno::EINVAL);
            }
            mutex.lock(Wait::Ever, false)?;
            let kind = mutex.kind.load(Ordering::Relaxed) & !(CEILING_MASK << CEILING_SHIFT);
            mutex.kind.store(kind | ceiling << CEILING_SHIFT, Ordering::Relaxed);
            mutex.unlock()?;
            Ok(before)
        };
        status(set().map(|before| {
            // SAFETY: null or valid, by the contract.
            if let Some(old) = unsafe { old.as_mut() } {
                *old = before;
            }
        }))
    }
}
crate::alias!(__pthread_mutex_init = pthread_mutex_init);
crate::alias!(__pthread_mutex_destroy = pthread_mutex_destroy);
crate::alias!(__pthread_mutex_lock = pthread_mutex_lock);
crate::alias!(__pthread_mutex_trylock = pthread_mutex_trylock);
crate::alias!(__pthread_mutex_unlock = pthread_mutex_unlock);
crate::alias!(pthread_mutex_consistent_np = pthread_mutex_consistent);
