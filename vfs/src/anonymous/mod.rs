//! Open files that stand for something of the server's own and have no name: counters, timers, observers of files.
//!
//! All of them show the attributes of one inode, as on Linux. Each account may have so many; what is refused is ENOMEM, EMFILE or ENOSPC to
//! the one who asked.

pub mod counter;
pub mod observer;
pub mod queue;
pub mod timer;

use crate::attributes::{Kind, NewInode};
use crate::backend::Backend;
use crate::credentials::READ;
use crate::error::Error;
use crate::file_system::FileSystem;
use crate::judge::{FileMethod, Judge};
use crate::mounts::Location;
use crate::open_file::{OpenFile, OpenFlags};
use crate::server::Vfs;
use crate::service::open::Opened;
use crate::stream::Stream;
use crate::walk::Caller;
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use core::cell::{OnceCell, RefCell};
use observer::{Observer, Observing};
use queue::Queues;
use timer::Timers;
use trivet_abi::Label;

/// Counters, timers and observers of one account, at most.
const OBJECTS_PER_ACCOUNT: u64 = 4096;
/// Observers of one account, at most.
const OBSERVERS_PER_ACCOUNT: u64 = 128;
/// Files that the observers of one account watch, at most.
const WATCHES_PER_ACCOUNT: u64 = 8192;
/// Bytes of events that wait in the observers of one account, at most.
const EVENT_BYTES_PER_ACCOUNT: u64 = 1 << 20;

/// Bytes that the message queues of one account can hold, at most: Linux's RLIMIT_MSGQUEUE.
const QUEUE_BYTES_PER_ACCOUNT: u64 = 819_200;

/// How much of something each account has, below a bound.
#[derive(Debug)]
pub struct Allowance {
    used: RefCell<BTreeMap<u64, u64>>,
    limit: u64,
}

/// What was taken; it goes back with this value.
#[derive(Debug)]
pub struct Share {
    allowance: Rc<Allowance>,
    account: u64,
    amount: u64,
}

impl Allowance {
    /// An allowance of `limit` for each account.
    #[must_use]
    pub fn new(limit: u64) -> Rc<Allowance> {
        Rc::new(Allowance {
            used: RefCell::default(),
            limit,
        })
    }

    /// Takes `amount`, if the account has so much left.
    pub fn take(self: &Rc<Allowance>, account: u64, amount: u64) -> Option<Share> {
        let mut used = self.used.borrow_mut();
        let has = used.get(&account).copied().unwrap_or(0);
        let wanted = has.checked_add(amount).filter(|&wanted| wanted <= self.limit)?;
        used.insert(account, wanted);
        Some(Share {
            allowance: Rc::clone(self),
            account,
            amount,
        })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut used = self.allowance.used.borrow_mut();
        if let Some(has) = used.get_mut(&self.account) {
            *has = has.saturating_sub(self.amount);
            if *has == 0 {
                used.remove(&self.account);
            }
        }
    }
}

/// What the server keeps of them.
pub struct Anonymous<B: Backend> {
    place: OnceCell<Location<B>>,
    objects: Rc<Allowance>,
    observers: Rc<Allowance>,
    /// Timers that are armed.
    pub timers: Rc<Timers<B>>,
    /// Who watches what.
    pub observing: Observing<B>,
    /// Message queues.
    pub queues: Queues<B>,
    /// What accounts have left for them.
    pub queue_bytes: Rc<Allowance>,
}

impl<B: Backend> Anonymous<B> {
    /// Nothing yet.
    #[must_use]
    pub fn new(backend: &Rc<B>) -> Anonymous<B> {
        Anonymous {
            place: OnceCell::new(),
            objects: Allowance::new(OBJECTS_PER_ACCOUNT),
            observers: Allowance::new(OBSERVERS_PER_ACCOUNT),
            timers: Timers::new(backend),
            observing: Observing::new(
                Allowance::new(WATCHES_PER_ACCOUNT),
                Allowance::new(EVENT_BYTES_PER_ACCOUNT),
            ),
            queues: Queues::default(),
            queue_bytes: Allowance::new(QUEUE_BYTES_PER_ACCOUNT),
        }
    }

    /// The account's share of one object.
    ///
    /// # Errors
    /// `NoMemory`.
    pub fn object(&self, account: u64) -> Result<Share, Error> {
        self.objects.take(account, 1).ok_or(Error::NoMemory)
    }

    /// The account's share of one observer.
    ///
    /// # Errors
    /// `TooManyOpen`, as Linux says it.
    pub fn observer(&self, account: u64) -> Result<Share, Error> {
        self.observers.take(account, 1).ok_or(Error::TooManyOpen)
    }
}

impl<B: Backend> Vfs<B> {
    /// An open file of this stream, which can be read and written; of `flags` only NON_BLOCK counts.
    ///
    /// # Errors
    /// `NoMemory`.
    pub async fn open_anonymous(
        &self,
        stream: Stream<B>,
        label: Label,
        flags: OpenFlags,
    ) -> Result<Opened, Error> {
        let place = match self.anonymous.place.get() {
            Some(place) => place.clone(),
            None => {
                let new = NewInode {
                    kind: Kind::Anonymous,
                    mode: 0o600,
                    user: 0,
                    group: 0,
                    special_device: 0,
                    label,
                    now: self.now(),
                };
                let made = self.nameless.pipe(self, &new).await?;
                self.anonymous.place.get_or_init(|| made).clone()
            }
        };
        let flags = OpenFlags(OpenFlags::READ_WRITE | flags.0 & OpenFlags::NON_BLOCK);
        let file = OpenFile::new(place, self.mounts.root(), flags);
        self.add(OpenFile {
            stream: Some(stream),
            ..file
        })
    }
}

impl<B: Backend> Vfs<B> {
    /// Adds what happens to an inode to an observer. Answers the watch's number.
    ///
    /// # Errors
    /// `AccessDenied` where the caller may not read it, and as [`observer::Observer::watch`].
    pub fn observe<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        observer: &Rc<Observer<B>>,
        place: &Location<B>,
        events: u32,
    ) -> Result<i32, Error> {
        let attributes = place.attributes();
        let method = if attributes.kind == Kind::Directory {
            FileMethod::Entries
        } else {
            FileMethod::Read
        };
        caller.judge(&attributes, method)?;
        caller.credentials.check(&attributes, READ)?;
        let number = observer.watch(place, events)?;
        // Of files that are open already, the end is to be heard of at once.
        for badge in self.open_files.badges() {
            let concerns = |open: &OpenFile<B>| {
                let (file_system, other) = (place.file_system(), &open.place);
                let in_it = || {
                    let above = file_system.newest_name(&other.node);
                    above.is_some_and(|(directory, _)| file_system.same(&directory, &place.node))
                };
                open.stream.is_none()
                    && Rc::ptr_eq(&place.mount.file_system, &other.mount.file_system)
                    && (file_system.same(&other.node, &place.node)
                        || (attributes.kind == Kind::Directory && in_it()))
            };
            if self.open_files.get(badge).is_some_and(|open| concerns(&open)) {
                // Where there is no memory for the notice, it comes with the next request.
                let _ = self.backend.report_promptly(badge);
            }
        }
        Ok(number)
    }
}

/// Badges of the open files of one object: each hears of its readiness.
#[derive(Debug, Default)]
pub struct Badges(RefCell<alloc::vec::Vec<u64>>);

impl Badges {
    /// One more.
    pub fn add(&self, badge: u64) {
        self.0.borrow_mut().push(badge);
    }

    /// One less.
    pub fn remove(&self, badge: u64) {
        self.0.borrow_mut().retain(|&other| other != badge);
    }

    /// Changes the readiness of all.
    pub fn show<B: Backend>(&self, backend: &B, set: u32, clear: u32, pulse: u32) {
        for &badge in &*self.0.borrow() {
            backend.set_readiness(badge, set, clear, pulse);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_takes_no_more_than_its_allowance_and_gives_it_back() {
        let allowance = Allowance::new(3);
        let first = allowance.take(7, 2).unwrap();
        assert!(allowance.take(7, 2).is_none());
        let _other = allowance.take(8, 3).unwrap();
        let second = allowance.take(7, 1).unwrap();
        drop((first, second));
        assert!(allowance.take(7, 3).is_some());
        assert!(allowance.take(7, u64::MAX).is_none());
    }
}
