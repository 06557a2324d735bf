//! One shared folder: a device of virtio-9p, the exchanges under way, and the file numbers ("fids") that the host knows.

use crate::codec::{Malformed, Reader, Writer};
use crate::message::{self, HEAD, Kind, NO_TAG, NONE, Refusal, VERSION};
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use trivet_ipc::ErrorNumber;
use trivet_ipc::shared_folders::SharedFoldersError as Error;
use trivet_server::wait::WaitQueue;
use trivet_virtio::{ExchangeQueue, PciTransport, Transport};

/// Descriptors of the device's queue; half as many exchanges are under way at the same time.
const QUEUE_SIZE: usize = 8;
const EXCHANGES: usize = QUEUE_SIZE / 2;
/// Bytes of data that one message carries, at most: as `interfaces/share.idl` has it.
pub const DATA_MAX: usize = 0x8000;
/// Bytes of a message, at most.
const MESSAGE_MAX: usize = DATA_MAX + 0x1000;
/// Bytes of a tag, at most.
pub const TAG_MAX: usize = 32;
/// The host's number of the top.
const TOP: u32 = 0;
/// ELOOP: the host met a link where there was a directory a moment before.
const LOOP: u32 = 40;

bitflags::bitflags! {
    /// Features that this driver uses: VIRTIO 1.2, sections 5.17.3 and 6.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Features: u64 {
        const MOUNT_TAG = 1 << 0;
        const VERSION_1 = 1 << 32;
    }
}

/// What became of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exchange {
    Free,
    /// The device has it, or somebody writes it.
    Taken,
    /// The answer has so many bytes.
    Answered(usize),
}

/// How far the dialogue with the host has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialogue {
    NotBegun,
    Begins,
    Goes,
}

struct State {
    transport: PciTransport,
    queue: ExchangeQueue<QUEUE_SIZE>,
    exchanges: [Exchange; EXCHANGES],
    broken: bool,
}

/// One shared folder.
pub struct Folder {
    state: RefCell<State>,
    /// By what the machine's user calls it.
    pub tag: Vec<u8>,
    answered: WaitQueue,
    freed: WaitQueue,
    dialogue: Cell<Dialogue>,
    begun: WaitQueue,
    /// Bytes of a message that the host takes, too.
    message_max: Cell<usize>,
    next_number: Cell<u32>,
    free_numbers: RefCell<Vec<u32>>,
    /// Numbers that the host is to forget.
    dropped: RefCell<Vec<u32>>,
    dropped_some: WaitQueue,
}

/// A file number of the host's; dropping it has the host forget it.
pub struct Fid {
    folder: Rc<Folder>,
    number: u32,
    /// The host knows it.
    known: Cell<bool>,
}

impl Fid {
    /// Its number.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Rc<Folder> {
        &self.folder
    }
}

impl Drop for Fid {
    fn drop(&mut self) {
        if self.number == TOP {
            return;
        }
        if self.known.get() {
            self.folder.dropped.borrow_mut().push(self.number);
            self.folder.dropped_some.wake_all();
        } else {
            self.folder.free_numbers.borrow_mut().push(self.number);
        }
    }
}

/// What the host says, as an error of the interface.
fn error_of(refusal: Refusal) -> Error {
    match refusal {
        Refusal::Host(LOOP) => Error::AccessDenied,
        Refusal::Host(number) => u16::try_from(number)
            .ok()
            .and_then(Error::from_number)
            .unwrap_or(Error::InputOutput),
        Refusal::Malformed => Error::InputOutput,
    }
}

impl Folder {
    /// Starts the device. Nothing where it lacks what is needed, or there is no memory.
    #[must_use]
    pub fn start(mut transport: PciTransport) -> Option<Folder> {
        let features = transport.begin_init(Features::MOUNT_TAG | Features::VERSION_1);
        if !features.contains(Features::MOUNT_TAG | Features::VERSION_1) {
            return None;
        }
        // The configuration: length of the tag in 16 bits, then the tag.
        let length = usize::from(transport.read_config_space::<u16>(0).ok()?);
        if length > TAG_MAX {
            return None;
        }
        let tag = (0..length).map(|at| transport.read_config_space::<u8>(2 + at).ok());
        let tag = tag.collect::<Option<Vec<u8>>>()?;
        let queue = ExchangeQueue::new(&mut transport, 0, MESSAGE_MAX)?;
        transport.finish_init();
        Some(Folder {
            state: RefCell::new(State {
                transport,
                queue,
                exchanges: [Exchange::Free; EXCHANGES],
                broken: false,
            }),
            tag,
            answered: WaitQueue::new(),
            freed: WaitQueue::new(),
            dialogue: Cell::new(Dialogue::NotBegun),
            begun: WaitQueue::new(),
            message_max: Cell::new(MESSAGE_MAX),
            next_number: Cell::new(TOP + 1),
            free_numbers: RefCell::default(),
            dropped: RefCell::default(),
            dropped_some: WaitQueue::new(),
        })
    }

    /// After an interrupt: takes the answers. False: the device cannot be used any more.
    pub fn service_queue(&self) -> bool {
        let mut state = self.state.borrow_mut();
        // Reading the status lowers the interrupt line, where the device has one.
        let _ = state.transport.ack_interrupt();
        loop {
            match state.queue.take() {
                Ok(Some((exchange, length))) => state.exchanges[exchange] = Exchange::Answered(length),
                Ok(None) => break,
                Err(_) => {
                    state.broken = true;
                    break;
                }
            }
        }
        let works = !state.broken;
        drop(state);
        self.answered.wake_all();
        if !works {
            self.freed.wake_all();
        }
        works
    }

    /// Has the host forget what is not needed any more, for ever.
    pub async fn forget_dropped(&self) {
        loop {
            let dropped = self.dropped.take();
            for number in dropped {
                // A number that the host does not know any more is free all the same.
                let _ = self
                    .exchange(
                        Kind::Clunk,
                        |request| {
                            request.u32(number);
                            Ok(())
                        },
                        message::nothing,
                    )
                    .await;
                self.free_numbers.borrow_mut().push(number);
            }
            if self.dropped.borrow().is_empty() {
                let _ = self.dropped_some.wait_in_background().await;
            }
        }
    }

    /// Bytes of data that a message can carry beside `head`.
    #[must_use]
    pub fn data_max(&self, head: usize) -> usize {
        self.message_max.get().saturating_sub(head).min(DATA_MAX)
    }

    /// A number that the host does not know yet.
    ///
    /// # Errors
    /// `NoMemory`.
    pub fn new_fid(self: &Rc<Self>) -> Result<Fid, Error> {
        let number = match self.free_numbers.borrow_mut().pop() {
            Some(number) => number,
            None => {
                let number = self.next_number.get();
                // The last number means none.
                if number >= NONE - 1 {
                    return Err(Error::NoMemory);
                }
                self.next_number.set(number + 1);
                number
            }
        };
        Ok(Fid {
            folder: Rc::clone(self),
            number,
            known: Cell::new(false),
        })
    }

    /// The top directory, after the dialogue has begun.
    ///
    /// # Errors
    /// The host does not speak this version, or does not let this driver in.
    pub async fn top(self: &Rc<Self>) -> Result<Fid, Error> {
        loop {
            match self.dialogue.get() {
                Dialogue::Goes => {
                    return Ok(Fid {
                        folder: Rc::clone(self),
                        number: TOP,
                        known: Cell::new(true),
                    });
                }
                Dialogue::Begins => {
                    let _ = self.begun.wait_in_background().await;
                }
                Dialogue::NotBegun => {
                    self.dialogue.set(Dialogue::Begins);
                    let result = self.begin().await;
                    self.dialogue.set(match result {
                        Ok(()) => Dialogue::Goes,
                        Err(_) => Dialogue::NotBegun,
                    });
                    self.begun.wake_all();
                    result?;
                }
            }
        }
    }

    async fn begin(&self) -> Result<(), Error> {
        let host_max = self
            .exchange_tagged(
                Some(NO_TAG),
                Kind::Version,
                |request| {
                    request.u32(MESSAGE_MAX as u32).string(VERSION);
                    Ok(())
                },
                |mut reply| {
                    let host_max = reply.u32()?;
                    if reply.string()? != VERSION {
                        return Err(Malformed);
                    }
                    reply.finish()?;
                    usize::try_from(host_max).map_err(|_| Malformed)
                },
            )
            .await?;
        // Names and entries must fit whatever the host says.
        if host_max < 0x1000 {
            return Err(Error::InputOutput);
        }
        self.message_max.set(host_max.min(MESSAGE_MAX));
        self.exchange(
            Kind::Attach,
            |request| {
                // Owner and group of what is made stay whose who runs the machine: no user is named.
                request.u32(TOP).u32(NONE).string(b"").string(b"").u32(NONE);
                Ok(())
            },
            |mut reply| message::identity(&mut reply).map(|_| ()),
        )
        .await
    }

    /// Goes from a file to another number: of the file itself, or of an entry.
    ///
    /// # Errors
    /// The host's.
    pub async fn walk(self: &Rc<Self>, from: &Fid, name: Option<&[u8]>) -> Result<Fid, Error> {
        let fid = self.new_fid()?;
        self.exchange(
            Kind::Walk,
            |request| {
                request.u32(from.number).u32(fid.number);
                match name {
                    None => request.u16(0),
                    Some(name) => request.u16(1).string(name),
                };
                Ok(())
            },
            |mut reply| {
                let steps = reply.u16()?;
                for _ in 0..steps {
                    message::identity(&mut reply)?;
                }
                reply.finish()?;
                // Fewer steps than asked for: the host made no number.
                if usize::from(steps) == usize::from(name.is_some()) {
                    Ok(())
                } else {
                    Err(Malformed)
                }
            },
        )
        .await?;
        fid.known.set(true);
        Ok(fid)
    }

    /// Sends a request, waits, and reads the answer.
    ///
    /// # Errors
    /// The host's; `InputOutput` where the answer is none, or the device is broken; what `fill` says.
    pub async fn exchange<R>(
        &self,
        kind: Kind,
        fill: impl FnOnce(&mut Writer<'_>) -> Result<(), Error>,
        read: impl FnOnce(Reader<'_>) -> Result<R, Malformed>,
    ) -> Result<R, Error> {
        self.exchange_tagged(None, kind, fill, read).await
    }

    async fn exchange_tagged<R>(
        &self,
        tag: Option<u16>,
        kind: Kind,
        fill: impl FnOnce(&mut Writer<'_>) -> Result<(), Error>,
        read: impl FnOnce(Reader<'_>) -> Result<R, Malformed>,
    ) -> Result<R, Error> {
        let exchange = loop {
            match self.take_exchange()? {
                Some(exchange) => break exchange,
                // Nothing cancels a wait that belongs to no request.
                None => drop(self.freed.wait_in_background().await),
            }
        };
        let tag = tag.unwrap_or(exchange as u16);
        let sent = self.send(exchange, tag, kind, fill);
        if let Err(error) = sent {
            self.free(exchange);
            return Err(error);
        }
        let length = loop {
            {
                let state = self.state.borrow();
                if let Exchange::Answered(length) = state.exchanges[exchange] {
                    break length;
                }
                if state.broken {
                    return Err(Error::InputOutput);
                }
            }
            let _ = self.answered.wait_in_background().await;
        };
        let result = {
            let state = self.state.borrow();
            let bytes = state.queue.reply(exchange, length);
            message::answer(bytes, kind, tag).and_then(|reader| Ok(read(reader)?))
        };
        self.free(exchange);
        result.map_err(error_of)
    }

    /// An exchange for a new request, if one is free.
    fn take_exchange(&self) -> Result<Option<usize>, Error> {
        let mut state = self.state.borrow_mut();
        if state.broken {
            return Err(Error::InputOutput);
        }
        let free = state.exchanges.iter().position(|state| *state == Exchange::Free);
        if let Some(exchange) = free {
            state.exchanges[exchange] = Exchange::Taken;
        }
        Ok(free)
    }

    fn send(
        &self,
        exchange: usize,
        tag: u16,
        kind: Kind,
        fill: impl FnOnce(&mut Writer<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut state = self.state.borrow_mut();
        let State { transport, queue, .. } = &mut *state;
        let buffer = queue.request_mut(exchange);
        let room = self.message_max.get().min(buffer.len()).max(HEAD);
        let buffer = buffer.get_mut(..room).unwrap_or(&mut []);
        let mut request = message::begin(buffer, kind, tag);
        fill(&mut request)?;
        let length = request.finish().map_err(|_| Error::InvalidArgument)?;
        if queue.give(transport, exchange, length) {
            Ok(())
        } else {
            Err(Error::InputOutput)
        }
    }

    fn free(&self, exchange: usize) {
        self.state.borrow_mut().exchanges[exchange] = Exchange::Free;
        self.freed.wake_one();
    }
}
