//! Observers of files: Linux's inotify. A watch names an inode; what happens to it, or to a name in it, becomes an event in the observer's queue.
//!
//! While nobody watches anything, telling costs one comparison. A watch keeps no inode and no mount: it goes when the last name and the last
//! open file of its inode go, or its file system is unmounted.

use super::{Allowance, Badges, Share};
use crate::attributes::Kind;
use crate::backend::Backend;
use crate::error::Error;
use crate::file_system::{AnyFileSystem, AnyNode, FileSystem};
use crate::mounts::Location;
use crate::wait::WaitList;
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::rc::{Rc, Weak};
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use trivet_abi::event::readiness;

/// What can be told of a file: Linux's IN_ values.
#[allow(missing_docs, reason = "Linux defines each event")]
pub mod events {
    pub const ACCESS: u32 = 0x1;
    pub const MODIFY: u32 = 0x2;
    pub const ATTRIB: u32 = 0x4;
    pub const CLOSE_WRITE: u32 = 0x8;
    pub const CLOSE_NOWRITE: u32 = 0x10;
    pub const OPEN: u32 = 0x20;
    pub const MOVED_FROM: u32 = 0x40;
    pub const MOVED_TO: u32 = 0x80;
    pub const CREATE: u32 = 0x100;
    pub const DELETE: u32 = 0x200;
    pub const DELETE_SELF: u32 = 0x400;
    pub const MOVE_SELF: u32 = 0x800;
    /// All of the above.
    pub const ALL: u32 = 0xfff;
    pub const UNMOUNT: u32 = 0x2000;
    pub const QUEUE_OVERFLOW: u32 = 0x4000;
    pub const IGNORED: u32 = 0x8000;
    pub const ONLY_DIRECTORY: u32 = 0x0100_0000;
    pub const DO_NOT_FOLLOW: u32 = 0x0200_0000;
    pub const EXCLUDE_UNLINKED: u32 = 0x0400_0000;
    pub const CREATE_WATCH: u32 = 0x1000_0000;
    pub const ADD_TO_WATCH: u32 = 0x2000_0000;
    pub const IS_DIRECTORY: u32 = 0x4000_0000;
    pub const ONE_SHOT: u32 = 0x8000_0000;
}

/// Events that wait in one observer, at most; one more says that some were lost.
const QUEUE_MAX: usize = 16_384;
/// Bytes of an event before its name, and what the length of a name is a multiple of.
const HEAD: usize = 16;
/// Bytes that one read answers, at most.
const ANSWER_MAX: usize = 64 * 1024;
/// The watch of an event that says that some were lost.
const NO_WATCH: i32 = -1;

/// Which inode: its file system, by the address of what serves it, and its number.
type Key = (usize, u64);

/// All watches.
pub struct Observing<B: Backend> {
    all: Rc<Watches<B>>,
}

struct Watches<B: Backend> {
    by_inode: RefCell<BTreeMap<Key, Vec<Watch<B>>>>,
    next_cookie: Cell<u32>,
    watches: Rc<Allowance>,
    bytes: Rc<Allowance>,
}

struct Watch<B: Backend> {
    observer: Weak<Observer<B>>,
    number: i32,
    wanted: u32,
    _share: Share,
}

/// One observer: a queue of events.
pub struct Observer<B: Backend> {
    backend: Rc<B>,
    all: Rc<Watches<B>>,
    account: u64,
    queue: RefCell<VecDeque<Event>>,
    /// Its watches, by their numbers.
    watched: RefCell<BTreeMap<i32, Key>>,
    next_number: Cell<i32>,
    readers: WaitList,
    badges: Badges,
    _share: Share,
}

struct Event {
    watch: i32,
    mask: u32,
    cookie: u32,
    name: Box<[u8]>,
    _share: Option<Share>,
}

impl Event {
    /// Bytes of the name with its padding.
    fn padded(&self) -> usize {
        if self.name.is_empty() {
            0
        } else {
            (self.name.len() + 1).next_multiple_of(HEAD)
        }
    }

    /// Appends it in the layout of Linux's `struct inotify_event`.
    fn write(&self, bytes: &mut Vec<u8>) {
        let length = self.padded();
        bytes.extend_from_slice(&self.watch.to_ne_bytes());
        bytes.extend_from_slice(&self.mask.to_ne_bytes());
        bytes.extend_from_slice(&self.cookie.to_ne_bytes());
        bytes.extend_from_slice(&(length as u32).to_ne_bytes());
        bytes.extend_from_slice(&self.name);
        bytes.resize(bytes.len() + length - self.name.len(), 0);
    }
}

fn key<B: Backend>(file_system: &Rc<AnyFileSystem<B>>, inode: u64) -> Key {
    (Rc::as_ptr(file_system).addr(), inode)
}

fn key_of<B: Backend>(place: &Location<B>) -> Key {
    key(&place.mount.file_system, place.attributes().inode)
}

/// The key of the directory that a place has its newest name in, and that name.
fn named<B: Backend>(place: &Location<B>) -> Option<(Key, Box<[u8]>)> {
    let file_system = &place.mount.file_system;
    let (directory, name): (AnyNode<B>, _) = file_system.newest_name(&place.node)?;
    Some((key(file_system, file_system.attributes(&directory).inode), name))
}

impl<B: Backend> Observing<B> {
    /// Nothing is watched. The allowances are of watches and of bytes of events.
    #[must_use]
    pub fn new(watches: Rc<Allowance>, bytes: Rc<Allowance>) -> Observing<B> {
        Observing {
            all: Rc::new(Watches {
                by_inode: RefCell::default(),
                next_cookie: Cell::new(1),
                watches,
                bytes,
            }),
        }
    }

    /// Whether nobody watches anything.
    #[inline(always)]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.by_inode.borrow().is_empty()
    }

    /// A new observer, with its account's share of one.
    #[must_use]
    pub fn observer(&self, backend: &Rc<B>, account: u64, share: Share) -> Rc<Observer<B>> {
        Rc::new(Observer {
            backend: Rc::clone(backend),
            all: Rc::clone(&self.all),
            account,
            queue: RefCell::default(),
            watched: RefCell::default(),
            next_number: Cell::new(1),
            readers: WaitList::default(),
            badges: Badges::default(),
            _share: share,
        })
    }

    /// Whether somebody watches the inode, or the directory that it has its name in.
    #[must_use]
    pub fn is_watched(&self, place: &Location<B>) -> bool {
        let all = self.all.by_inode.borrow();
        !all.is_empty()
            && (all.contains_key(&key_of(place))
                || named(place).is_some_and(|(key, _)| all.contains_key(&key)))
    }

    /// Something happened to an inode: its own watches hear of it, and those of the directory that it has its name in.
    #[inline(always)]
    pub fn tell(&self, place: &Location<B>, happened: u32) {
        if !self.is_empty() {
            self.tell_of(place, happened);
        }
    }

    #[cold]
    fn tell_of(&self, place: &Location<B>, happened: u32) {
        let attributes = place.attributes();
        let kind = directory_bit(attributes.kind);
        self.all.push(
            key(&place.mount.file_system, attributes.inode),
            happened | kind,
            0,
            b"",
        );
        if let Some((directory, name)) = named(place) {
            self.all.push(directory, happened | kind, 0, &name);
        }
    }

    /// Something happened to an inode itself, of which its directory hears nothing.
    #[inline]
    pub fn tell_self(&self, place: &Location<B>, happened: u32) {
        if !self.is_empty() {
            self.all.push(key_of(place), happened, 0, b"");
        }
    }

    /// Something happened to a name in a directory.
    #[inline]
    pub fn tell_name(&self, directory: &Location<B>, name: &[u8], kind: Kind, happened: u32, cookie: u32) {
        if !self.is_empty() {
            self.all
                .push(key_of(directory), happened | directory_bit(kind), cookie, name);
        }
    }

    /// A number that ties the two events of one rename together.
    #[must_use]
    pub fn cookie(&self) -> u32 {
        let cookie = self.all.next_cookie.get();
        self.all.next_cookie.set(cookie.wrapping_add(1).max(1));
        cookie
    }

    /// An inode is gone: its watches end.
    pub fn gone(&self, place: &Location<B>) {
        self.end(key_of(place), events::DELETE_SELF);
    }

    /// A file system is not mounted any more: watches in it end.
    pub fn unmounted(&self, file_system: &Rc<AnyFileSystem<B>>) {
        let address = Rc::as_ptr(file_system).addr();
        let keys: Vec<Key> = {
            let all = self.all.by_inode.borrow();
            all.range((address, 0)..=(address, u64::MAX))
                .map(|(&key, _)| key)
                .collect()
        };
        for key in keys {
            self.end(key, events::UNMOUNT);
        }
    }

    fn end(&self, key: Key, why: u32) {
        self.all.push(key, why, 0, b"");
        let gone = self.all.by_inode.borrow_mut().remove(&key);
        for watch in gone.into_iter().flatten() {
            if let Some(observer) = watch.observer.upgrade() {
                observer.watched.borrow_mut().remove(&watch.number);
                observer.add(watch.number, events::IGNORED, 0, b"");
            }
        }
    }
}

fn directory_bit(kind: Kind) -> u32 {
    if kind == Kind::Directory {
        events::IS_DIRECTORY
    } else {
        0
    }
}

impl<B: Backend> Watches<B> {
    /// Gives an event to everybody who watches an inode and wants it.
    fn push(&self, key: Key, happened: u32, cookie: u32, name: &[u8]) {
        let hearers: Vec<(Rc<Observer<B>>, i32, bool)> = {
            let all = self.by_inode.borrow();
            let Some(watches) = all.get(&key) else { return };
            let wanted = watches
                .iter()
                .filter(|watch| happened & (watch.wanted & events::ALL | events::UNMOUNT) != 0);
            wanted
                .filter_map(|watch| {
                    let once = watch.wanted & events::ONE_SHOT != 0;
                    Some((watch.observer.upgrade()?, watch.number, once))
                })
                .collect()
        };
        // Of what happens to a directory itself, Linux does not say that it is one.
        let mask = if happened & (events::DELETE_SELF | events::MOVE_SELF) != 0 {
            happened & !events::IS_DIRECTORY
        } else {
            happened
        };
        for (observer, number, once) in hearers {
            observer.add(number, mask, cookie, name);
            if once {
                // It was there a moment ago.
                let _ = observer.stop(number);
            }
        }
    }

    fn remove(&self, key: Key, observer: &Observer<B>, number: i32) {
        let mut all = self.by_inode.borrow_mut();
        if let Some(watches) = all.get_mut(&key) {
            let own =
                |watch: &Watch<B>| core::ptr::eq(watch.observer.as_ptr(), observer) && watch.number == number;
            watches.retain(|watch| !own(watch));
            if watches.is_empty() {
                all.remove(&key);
            }
        }
    }
}

impl<B: Backend> Observer<B> {
    /// Watches an inode, or changes what is told of it. Answers the watch's number.
    ///
    /// # Errors
    /// `InvalidArgument` where nothing is to be told, `Exists` where it is watched and must not be, `NoSpace` beyond the account's allowance.
    pub fn watch(self: &Rc<Observer<B>>, place: &Location<B>, asked: u32) -> Result<i32, Error> {
        let adds = asked & events::ADD_TO_WATCH != 0;
        let creates = asked & events::CREATE_WATCH != 0;
        let wanted = asked & (events::ALL | events::ONE_SHOT | events::EXCLUDE_UNLINKED);
        if wanted & events::ALL == 0 || (adds && creates) {
            return Err(Error::InvalidArgument);
        }
        let key = key_of(place);
        let mut all = self.all.by_inode.borrow_mut();
        let watches = all.get_mut(&key).map_or(&mut [][..], |watches| &mut watches[..]);
        let own = watches
            .iter_mut()
            .find(|watch| core::ptr::eq(watch.observer.as_ptr(), &raw const **self));
        if let Some(own) = own {
            if creates {
                return Err(Error::Exists);
            }
            own.wanted = if adds { own.wanted | wanted } else { wanted };
            return Ok(own.number);
        }
        let share = self.all.watches.take(self.account, 1).ok_or(Error::NoSpace)?;
        let number = self.next_number.get();
        self.next_number.set(number.checked_add(1).ok_or(Error::NoSpace)?);
        all.entry(key).or_default().push(Watch {
            observer: Rc::downgrade(self),
            number,
            wanted,
            _share: share,
        });
        self.watched.borrow_mut().insert(number, key);
        Ok(number)
    }

    /// Ends a watch.
    ///
    /// # Errors
    /// `InvalidArgument` where there is none with this number.
    pub fn stop(&self, number: i32) -> Result<(), Error> {
        let key = self.watched.borrow_mut().remove(&number);
        self.all.remove(key.ok_or(Error::InvalidArgument)?, self, number);
        self.add(number, events::IGNORED, 0, b"");
        Ok(())
    }

    fn add(&self, watch: i32, mask: u32, cookie: u32, name: &[u8]) {
        let mut queue = self.queue.borrow_mut();
        // Nobody needs to hear the same twice.
        let same = |last: &Event| {
            last.watch == watch && last.mask == mask && last.cookie == cookie && *last.name == *name
        };
        if queue.back().is_some_and(same) {
            return;
        }
        let size = size_of::<Event>() + name.len();
        let share = if queue.len() < QUEUE_MAX {
            self.all.bytes.take(self.account, size as u64)
        } else {
            None
        };
        let event = match share {
            Some(share) => Event {
                watch,
                mask,
                cookie,
                name: name.into(),
                _share: Some(share),
            },
            None if queue.back().is_some_and(|last| last.watch == NO_WATCH) => return,
            None => Event {
                watch: NO_WATCH,
                mask: events::QUEUE_OVERFLOW,
                cookie: 0,
                name: Box::default(),
                _share: None,
            },
        };
        queue.push_back(event);
        let first = queue.len() == 1;
        drop(queue);
        let (set, pulse) = if first {
            (readiness::IN, 0)
        } else {
            (0, readiness::IN)
        };
        self.badges.show(&*self.backend, set, 0, pulse);
        self.readers.wake_one();
    }

    /// Takes as many whole events as there is room for.
    ///
    /// # Errors
    /// `InvalidArgument` where not even the first fits, `Again`, `Interrupted`, `BadAddress`.
    pub async fn read(&self, request: &B::Request, room: u64, waits: bool) -> Result<u64, Error> {
        let room = usize::try_from(room).unwrap_or(usize::MAX).min(ANSWER_MAX);
        loop {
            let mut bytes = Vec::new();
            let mut taken = 0;
            for event in &*self.queue.borrow() {
                if bytes.len() + HEAD + event.padded() > room {
                    if taken == 0 {
                        return Err(Error::InvalidArgument);
                    }
                    break;
                }
                event.write(&mut bytes);
                taken += 1;
            }
            if taken > 0 {
                let count = self.backend.give(request, 0, &bytes)?;
                let mut queue = self.queue.borrow_mut();
                queue.drain(..taken);
                let left = !queue.is_empty();
                drop(queue);
                if left {
                    self.readers.wake_one();
                } else {
                    self.badges.show(&*self.backend, 0, readiness::IN, 0);
                }
                return Ok(count);
            }
            if !waits {
                return Err(Error::Again);
            }
            self.readers.wait(&*self.backend, request).await?;
        }
    }

    /// Bytes that can be read.
    pub fn available(&self) -> u64 {
        let queue = self.queue.borrow();
        queue.iter().map(|event| (HEAD + event.padded()) as u64).sum()
    }

    /// Readiness of a new session.
    pub fn readiness(&self) -> u32 {
        if self.queue.borrow().is_empty() {
            0
        } else {
            readiness::IN
        }
    }

    /// An open file more.
    pub fn opened(&self, badge: u64) {
        self.badges.add(badge);
    }

    /// An open file less.
    pub fn closed(&self, badge: u64) {
        self.badges.remove(badge);
    }
}

impl<B: Backend> Drop for Observer<B> {
    fn drop(&mut self) {
        for (number, key) in core::mem::take(self.watched.get_mut()) {
            self.all.remove(key, self, number);
        }
    }
}
