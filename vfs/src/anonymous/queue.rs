//! Message queues. POSIX.1-2024 `mq_open` and its family: messages with priorities, of a bounded size and number.
//!
//! A queue is a name in /dev/mqueue; its inode has owner, mode and label, this server the messages. Room for all that a queue can hold is taken
//! from its maker's account when it is made.

use super::{Badges, Share};
use crate::attributes::Kind;
use crate::backend::Backend;
use crate::error::Error;
use crate::judge::{FileMethod, Judge};
use crate::mounts::Location;
use crate::open_file::{OpenFile, OpenFlags};
use crate::server::Vfs;
use crate::service::AtFlags;
use crate::service::open::{Opened, judge_uses};
use crate::stream::Stream;
use crate::wait::{WaitList, Waiter};
use crate::walk::{Caller, LastLink, NAME_LIMIT, Start};
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::{Cell, OnceCell, RefCell};
use core::cmp::Reverse;
use trivet_abi::event::readiness;

/// Priorities are smaller (`MQ_PRIO_MAX`).
pub const PRIORITY_MAX: u32 = 32_768;
/// Messages of a queue, and bytes of one, where its maker does not say: Linux's.
const USUAL_MESSAGES: u64 = 10;
const USUAL_SIZE: u64 = 8192;
/// The most that a maker may say.
const MESSAGES_MAX: u64 = 65_536;
const SIZE_MAX: u64 = 1 << 20;
/// Bytes that one message costs besides its own.
const OVERHEAD: u64 = 64;
/// Queues in the whole server, at most.
const QUEUES_MAX: usize = 1024;
/// A deadline that never comes.
pub const NEVER: u64 = u64::MAX;

/// How many messages of which size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Messages, at most.
    pub messages: u64,
    /// Bytes of one, at most.
    pub size: u64,
}

impl Capacity {
    /// What a caller asks for: two zeros are the usual ones.
    ///
    /// # Errors
    /// `InvalidArgument` for none, and for more than there can be.
    pub fn asked(messages: i64, size: i64) -> Result<Capacity, Error> {
        if (messages, size) == (0, 0) {
            return Ok(Capacity {
                messages: USUAL_MESSAGES,
                size: USUAL_SIZE,
            });
        }
        let within = |value: i64, most: u64| {
            let value = u64::try_from(value).ok();
            value
                .filter(|value| (1..=most).contains(value))
                .ok_or(Error::InvalidArgument)
        };
        Ok(Capacity {
            messages: within(messages, MESSAGES_MAX)?,
            size: within(size, SIZE_MAX)?,
        })
    }

    fn bytes(self) -> u64 {
        self.messages * (self.size + OVERHEAD)
    }
}

/// The highest priority first, in each the oldest.
type Order = (Reverse<u32>, u64);

/// A queue.
pub struct Queue<B: Backend> {
    backend: Rc<B>,
    /// What it can hold.
    pub capacity: Capacity,
    messages: RefCell<BTreeMap<Order, Vec<u8>>>,
    next: Cell<u64>,
    receivers: WaitList,
    senders: WaitList,
    /// Who is told of the first message.
    notice: RefCell<Option<Rc<Notice>>>,
    badges: Badges,
    _share: Share,
}

/// A process that waits to be told of the first message.
struct Notice {
    process: u64,
    waiter: Waiter,
    has_come: Cell<bool>,
}

/// A queue and its inode.
type Named<B> = (Location<B>, Rc<Queue<B>>);

/// All queues that have a name.
pub struct Queues<B: Backend> {
    directory: OnceCell<Rc<OpenFile<B>>>,
    all: RefCell<Vec<Named<B>>>,
}

impl<B: Backend> Default for Queues<B> {
    fn default() -> Self {
        Queues {
            directory: OnceCell::new(),
            all: RefCell::default(),
        }
    }
}

impl<B: Backend> Queues<B> {
    /// Says where the names of queues are.
    pub fn live_in(&self, place: Location<B>) {
        let flags = OpenFlags(OpenFlags::DIRECTORY);
        let _ = self
            .directory
            .set(Rc::new(OpenFile::new(place.clone(), place, flags)));
    }

    fn find(&self, place: &Location<B>) -> Option<Rc<Queue<B>>> {
        let all = self.all.borrow();
        let found = all.iter().find(|(other, _)| other.is_same_inode(place));
        found.map(|(_, queue)| Rc::clone(queue))
    }

    /// Forgets queues whose names are gone: they live on while they are open.
    fn forget_nameless(&self) {
        self.all
            .borrow_mut()
            .retain(|(place, _)| place.attributes().links > 0);
    }
}

impl<B: Backend> Queue<B> {
    fn bits(&self) -> u32 {
        let count = self.messages.borrow().len() as u64;
        let mut bits = 0;
        if count > 0 {
            bits |= readiness::IN;
        }
        if count < self.capacity.messages {
            bits |= readiness::OUT;
        }
        bits
    }

    fn changed(&self, before: u32) {
        let now = self.bits();
        if now != before {
            self.badges.show(&*self.backend, now & !before, before & !now, 0);
        }
    }

    /// Waits for a change of the queue, at most until a point of real time.
    async fn wait(
        &self,
        list: &WaitList,
        request: &B::Request,
        waits: bool,
        deadline_ns: u64,
    ) -> Result<(), Error> {
        if !waits {
            return Err(Error::Again);
        }
        if deadline_ns == NEVER {
            return list.wait(&*self.backend, request).await;
        }
        let left = deadline_ns.saturating_sub(self.backend.now_ns());
        if left == 0 {
            return Err(Error::TimedOut);
        }
        let until = self.backend.monotonic_ns().saturating_add(left);
        list.wait_until(&*self.backend, request, until).await
    }

    /// Adds a message.
    ///
    /// # Errors
    /// `InvalidArgument` for a priority that there is not, `MessageSize`, `Again`, `TimedOut`, `Interrupted`, `BadAddress`.
    pub async fn send(
        &self,
        request: &B::Request,
        length: u64,
        priority: u32,
        waits: bool,
        deadline_ns: u64,
    ) -> Result<(), Error> {
        if priority >= PRIORITY_MAX {
            return Err(Error::InvalidArgument);
        }
        if length > self.capacity.size {
            return Err(Error::MessageSize);
        }
        let mut bytes = vec![0; length as usize];
        if self.backend.take(request, 0, &mut bytes)? < bytes.len() {
            return Err(Error::BadAddress);
        }
        while self.messages.borrow().len() as u64 >= self.capacity.messages {
            self.wait(&self.senders, request, waits, deadline_ns).await?;
        }
        let before = self.bits();
        let was_empty = self.messages.borrow().is_empty();
        let number = self.next.get();
        self.next.set(number + 1);
        self.messages
            .borrow_mut()
            .insert((Reverse(priority), number), bytes);
        self.changed(before);
        // POSIX: a receiver that waits gets the message, and nobody is told.
        if !self.receivers.wake_one()
            && was_empty
            && let Some(notice) = self.notice.take()
        {
            notice.has_come.set(true);
            notice.waiter.wake();
        }
        Ok(())
    }

    /// Waits as the one process that is told when a message comes to the empty queue; with `stop`, ends the process's wait.
    ///
    /// # Errors
    /// `Busy` where a process waits already, `Interrupted` after a signal, or where the wait was ended.
    pub async fn await_message(&self, request: &B::Request, process: u64, stop: bool) -> Result<(), Error> {
        if stop {
            let own = self
                .notice
                .borrow_mut()
                .take_if(|notice| notice.process == process);
            if let Some(notice) = own {
                notice.waiter.wake();
            }
            return Ok(());
        }
        if self.notice.borrow().is_some() {
            return Err(Error::Busy);
        }
        let notice = Rc::new(Notice {
            process,
            waiter: Waiter::default(),
            has_come: Cell::new(false),
        });
        *self.notice.borrow_mut() = Some(Rc::clone(&notice));
        let waited = notice.waiter.wait(&*self.backend, request).await;
        if notice.has_come.get() {
            return Ok(());
        }
        self.notice
            .borrow_mut()
            .take_if(|other| Rc::ptr_eq(other, &notice));
        waited.and(Err(Error::Interrupted))
    }

    /// The process that is told of the first message; 0: none.
    pub fn notified(&self) -> u64 {
        self.notice.borrow().as_ref().map_or(0, |notice| notice.process)
    }

    /// Takes the oldest message of the highest priority: its length and its priority.
    ///
    /// # Errors
    /// `MessageSize` where there is not room for every message that can be, `Again`, `TimedOut`, `Interrupted`, `BadAddress`.
    pub async fn receive(
        &self,
        request: &B::Request,
        room: u64,
        waits: bool,
        deadline_ns: u64,
    ) -> Result<(u64, u32), Error> {
        if room < self.capacity.size {
            return Err(Error::MessageSize);
        }
        let (order, bytes) = loop {
            let first = self.messages.borrow_mut().pop_first();
            match first {
                Some(first) => break first,
                None => self.wait(&self.receivers, request, waits, deadline_ns).await?,
            }
        };
        let given = self.backend.give(request, 0, &bytes);
        let before = self.bits() | readiness::IN;
        if let Err(error) = given {
            // Nobody has it: it stays the next.
            self.messages.borrow_mut().insert(order, bytes);
            self.receivers.wake_one();
            return Err(error);
        }
        let was_full = self.messages.borrow().len() as u64 + 1 >= self.capacity.messages;
        self.changed(if was_full {
            before & !readiness::OUT
        } else {
            before
        });
        self.senders.wake_one();
        Ok((bytes.len() as u64, order.0.0))
    }

    /// How many messages it holds.
    pub fn count(&self) -> u64 {
        self.messages.borrow().len() as u64
    }

    /// Readiness of a new session.
    pub fn readiness(&self, flags: OpenFlags) -> u32 {
        let mut wanted = 0;
        if flags.reads() {
            wanted |= readiness::IN;
        }
        if flags.writes() {
            wanted |= readiness::OUT;
        }
        self.bits() & wanted
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

/// A name of a queue, without its slash.
fn plain_name(path: &[u8]) -> Result<&[u8], Error> {
    let name = path.strip_prefix(b"/").ok_or(Error::InvalidArgument)?;
    match name {
        b"" => Err(Error::NoEntry),
        b"." | b".." => Err(Error::AccessDenied),
        _ if name.contains(&b'/') => Err(Error::AccessDenied),
        _ if name.len() > NAME_LIMIT => Err(Error::NameTooLong),
        _ => Ok(name),
    }
}

impl<B: Backend> Vfs<B> {
    /// Opens a queue, or makes it. `asked` is called where one is made.
    ///
    /// # Errors
    /// POSIX's of `mq_open`; `TooManyOpen` where the account has no room for it, `NotImplemented` where nothing is mounted for queues.
    pub async fn open_queue<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        account: u64,
        path: &[u8],
        flags: OpenFlags,
        mode: u32,
        asked: (i64, i64),
    ) -> Result<Opened, Error> {
        let queues = &self.anonymous.queues;
        let directory = queues.directory.get().ok_or(Error::NotImplemented)?;
        let name = plain_name(path)?;
        let start = Start {
            directory: &directory.place,
            root: &directory.root,
            last_link: LastLink::Keep,
            makes_file: flags.has(OpenFlags::CREATE),
        };
        let walked = self.mounts.walk(caller, start, name).await?;
        let kept = OpenFlags(flags.0 & (0x3 | OpenFlags::NON_BLOCK));
        let (place, queue) = match walked.target {
            Some(_) if flags.has(OpenFlags::CREATE | OpenFlags::EXCLUSIVE) => return Err(Error::Exists),
            Some(place) => {
                let attributes = place.attributes();
                self.check_open(caller, &place, &attributes, kept)?;
                judge_uses(caller, &attributes, kept)?;
                let queue = queues.find(&place).ok_or(Error::AccessDenied)?;
                (place, queue)
            }
            None if !flags.has(OpenFlags::CREATE) => return Err(Error::NoEntry),
            None => {
                let capacity = Capacity::asked(asked.0, asked.1)?;
                queues.forget_nameless();
                if queues.all.borrow().len() >= QUEUES_MAX {
                    return Err(Error::NoSpace);
                }
                let share = self
                    .anonymous
                    .queue_bytes
                    .take(account, capacity.bytes())
                    .ok_or(Error::TooManyOpen)?;
                let uses = [FileMethod::Open, FileMethod::Read, FileMethod::Write];
                let place = self
                    .make(
                        caller,
                        &walked.directory,
                        name,
                        Kind::Regular,
                        mode & 0o777,
                        0,
                        &uses,
                    )
                    .await?;
                let queue = Rc::new(Queue {
                    backend: Rc::clone(&self.backend),
                    capacity,
                    messages: RefCell::default(),
                    next: Cell::new(0),
                    receivers: WaitList::default(),
                    senders: WaitList::default(),
                    notice: RefCell::default(),
                    badges: Badges::default(),
                    _share: share,
                });
                queues.all.borrow_mut().push((place.clone(), Rc::clone(&queue)));
                (place, queue)
            }
        };
        let file = OpenFile::new(place, self.mounts.root(), kept);
        self.add(OpenFile {
            stream: Some(Stream::Queue(queue)),
            ..file
        })
    }

    /// Takes a queue's name away.
    ///
    /// # Errors
    /// POSIX's of `mq_unlink`.
    pub async fn unlink_queue<J: Judge>(&self, caller: &Caller<'_, J>, path: &[u8]) -> Result<(), Error> {
        let queues = &self.anonymous.queues;
        let directory = queues.directory.get().ok_or(Error::NotImplemented)?;
        let name = plain_name(path)?;
        self.unlink(caller, directory, name, AtFlags::default()).await?;
        queues.forget_nameless();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FakeRequest, Fixture, Tasks, run};

    const CREATE: u64 = OpenFlags::CREATE | OpenFlags::READ_WRITE;

    fn open(
        fixture: &Fixture,
        name: &str,
        flags: u64,
        asked: (i64, i64),
    ) -> Result<Rc<Queue<crate::testing::FakeBackend>>, Error> {
        let caller = fixture.caller();
        let opened = fixture
            .vfs
            .open_queue(&caller, 0, name.as_bytes(), OpenFlags(flags), 0o600, asked);
        let file = fixture.vfs.open_files.get(run(opened)?.badge).unwrap();
        match &file.stream {
            Some(Stream::Queue(queue)) => Ok(Rc::clone(queue)),
            _ => panic!("no queue"),
        }
    }

    fn fixture() -> Fixture {
        let fixture = Fixture::new();
        fixture.vfs.anonymous.queues.live_in(fixture.root.place.clone());
        fixture
    }

    fn send(queue: &Queue<crate::testing::FakeBackend>, text: &str, priority: u32) -> Result<(), Error> {
        let request = FakeRequest::sending(text.as_bytes());
        run(queue.send(&request, text.len() as u64, priority, false, NEVER))
    }

    fn receive(queue: &Queue<crate::testing::FakeBackend>) -> Result<(Vec<u8>, u32), Error> {
        let request = FakeRequest::with_room(64);
        let (length, priority) = run(queue.receive(&request, 64, false, NEVER))?;
        Ok((request.received(length), priority))
    }

    #[test]
    fn the_highest_priority_comes_first_and_in_it_the_oldest() {
        let fixture = fixture();
        let queue = open(&fixture, "/q", CREATE, (4, 64)).unwrap();
        for (text, priority) in [("a", 1), ("b", 5), ("c", 5), ("d", 0)] {
            send(&queue, text, priority).unwrap();
        }
        assert_eq!(send(&queue, "e", 9), Err(Error::Again));
        for (text, priority) in [("b", 5), ("c", 5), ("a", 1), ("d", 0)] {
            assert_eq!(receive(&queue), Ok((text.as_bytes().to_vec(), priority)));
        }
        assert_eq!(receive(&queue), Err(Error::Again));
        assert_eq!(send(&queue, "x", PRIORITY_MAX), Err(Error::InvalidArgument));
        assert_eq!(send(&queue, &"x".repeat(65), 0), Err(Error::MessageSize));
    }

    #[test]
    fn a_queue_lives_while_it_has_a_name_or_is_open() {
        let fixture = fixture();
        let queue = open(&fixture, "/q", CREATE, (0, 0)).unwrap();
        send(&queue, "kept", 0).unwrap();
        drop(queue);
        let again = open(&fixture, "/q", OpenFlags::READ_WRITE, (0, 0)).unwrap();
        assert_eq!(again.count(), 1);
        assert_eq!(
            open(&fixture, "/q", CREATE | OpenFlags::EXCLUSIVE, (0, 0)).err(),
            Some(Error::Exists)
        );
        run(fixture.vfs.unlink_queue(&fixture.caller(), b"/q")).unwrap();
        assert_eq!(open(&fixture, "/q", 0, (0, 0)).err(), Some(Error::NoEntry));
        let other = open(&fixture, "/q", CREATE, (0, 0)).unwrap();
        assert_eq!((other.count(), again.count()), (0, 1));
    }

    #[test]
    fn names_and_sizes_that_make_no_sense_are_refused() {
        let fixture = fixture();
        for (name, error) in [
            ("q", Error::InvalidArgument),
            ("/", Error::NoEntry),
            ("/a/b", Error::AccessDenied),
            ("/..", Error::AccessDenied),
        ] {
            assert_eq!(open(&fixture, name, CREATE, (0, 0)).err(), Some(error), "{name}");
        }
        let long = format!("/{}", "n".repeat(256));
        assert_eq!(
            open(&fixture, &long, CREATE, (0, 0)).err(),
            Some(Error::NameTooLong)
        );
        for asked in [(-1, 1), (1, 0), (0, 1), (1 << 20, 1), (1, 1 << 30)] {
            assert_eq!(
                open(&fixture, "/q", CREATE, asked).err(),
                Some(Error::InvalidArgument)
            );
        }
        // All that an account has.
        assert_eq!(
            open(&fixture, "/q", CREATE, (1000, 4096)).err(),
            Some(Error::TooManyOpen)
        );
        assert!(open(&fixture, "/q", CREATE, (10, 4096)).is_ok());
    }

    #[test]
    fn one_process_is_told_of_a_message_in_the_empty_queue() {
        let fixture = fixture();
        let queue = open(&fixture, "/q", CREATE, (4, 64)).unwrap();
        let (first, second, stop) = (
            FakeRequest::default(),
            FakeRequest::default(),
            FakeRequest::default(),
        );
        let told = Cell::new(0);
        let mut tasks = Tasks::default();
        tasks.start(async {
            assert_eq!(queue.await_message(&first, 7, false).await, Ok(()));
            told.set(told.get() + 1);
        });
        assert_eq!(queue.notified(), 7);
        assert_eq!(run(queue.await_message(&second, 8, false)), Err(Error::Busy));
        assert_eq!(run(queue.await_message(&stop, 8, true)), Ok(()));
        send(&queue, "a", 0).unwrap();
        tasks.settle();
        assert_eq!((told.get(), queue.notified()), (1, 0));
        tasks.start(async {
            assert_eq!(
                queue.await_message(&second, 8, false).await,
                Err(Error::Interrupted)
            );
            told.set(told.get() + 10);
        });
        // The queue is not empty.
        send(&queue, "b", 0).unwrap();
        tasks.settle();
        assert_eq!(told.get(), 1);
        run(queue.await_message(&stop, 8, true)).unwrap();
        tasks.settle();
        assert_eq!((told.get(), queue.notified()), (11, 0));
    }

    #[test]
    fn a_receiver_waits_for_a_sender_and_a_sender_for_room() {
        let fixture = fixture();
        let queue = open(&fixture, "/q", CREATE, (1, 64)).unwrap();
        let (first, second) = (FakeRequest::with_room(64), FakeRequest::sending(b"two"));
        let mut tasks = Tasks::default();
        tasks.start(async {
            assert_eq!(queue.receive(&first, 64, true, NEVER).await, Ok((3, 7)));
        });
        send(&queue, "one", 7).unwrap();
        tasks.settle();
        send(&queue, "full", 1).unwrap();
        tasks.start(async {
            assert_eq!(queue.send(&second, 3, 2, true, NEVER).await, Ok(()));
        });
        assert_eq!(receive(&queue), Ok((b"full".to_vec(), 1)));
        tasks.settle();
        assert_eq!(receive(&queue), Ok((b"two".to_vec(), 2)));
    }
}
