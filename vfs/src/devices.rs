//! Character devices that need no driver: null, zero, full, random. Which device a number means.

use crate::backend::Backend;
use crate::error::Error;
use crate::file_system::AnyFileSystem;
use crate::stream::Stream;
use alloc::rc::Rc;
use core::cell::OnceCell;
use trivet_abi::Label;

/// Bytes of zeros that one copy takes.
const ZEROS: u64 = 64 * 1024;
/// Random bytes that one copy takes.
const RANDOM_STEP: usize = 256;
/// Random bytes that one read gives, at most.
const RANDOM_MAX: u64 = 1 << 20;

/// A device's number as `st_rdev` has it.
#[must_use]
pub const fn number(major: u64, minor: u64) -> u64 {
    (major & 0xfff) << 8 | (minor & 0xff) | (minor & !0xff) << 12 | (major & !0xfff) << 32
}

/// The list of mounts, in the form of `/etc/mtab`: in the range that Linux leaves to local use.
pub const MOUNTS: u64 = number(240, 0);

/// Which device without state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Null,
    Zero,
    Full,
    Random,
}

/// A device without state.
pub struct Device<B: Backend> {
    kind: Kind,
    label: Label,
    shared: Rc<Shared<B>>,
}

/// What all of them share.
struct Shared<B: Backend> {
    backend: Rc<B>,
    zeros: OnceCell<B::Contents>,
}

/// The devices that this server serves.
pub struct Devices<B: Backend> {
    shared: Rc<Shared<B>>,
    home: OnceCell<Rc<AnyFileSystem<B>>>,
}

impl<B: Backend> Devices<B> {
    /// All devices.
    #[must_use]
    pub fn new(backend: &Rc<B>) -> Devices<B> {
        Devices {
            shared: Rc::new(Shared {
                backend: Rc::clone(backend),
                zeros: OnceCell::new(),
            }),
            home: OnceCell::new(),
        }
    }

    /// From now on nodes lead to devices in this file system alone: elsewhere a superuser could make one under a label that the policy does
    /// not mean for it.
    pub fn live_in(&self, file_system: &Rc<AnyFileSystem<B>>) {
        // The first is the system's own.
        let _ = self.home.set(Rc::clone(file_system));
    }

    /// Whether nodes of this file system lead to devices. Where none was named, those of each do.
    #[must_use]
    pub fn are_in(&self, file_system: &Rc<AnyFileSystem<B>>) -> bool {
        self.home.get().is_none_or(|home| Rc::ptr_eq(home, file_system))
    }

    /// What serves the character device with this number, under the label of its node.
    ///
    /// # Errors
    /// `NoDeviceOrAddress` where nothing does.
    pub fn open(&self, device: u64, label: Label) -> Result<Stream<B>, Error> {
        const NULL: u64 = number(1, 3);
        const ZERO: u64 = number(1, 5);
        const FULL: u64 = number(1, 7);
        const RANDOM: u64 = number(1, 8);
        const UNLIMITED_RANDOM: u64 = number(1, 9);
        let kind = match device {
            NULL => Kind::Null,
            ZERO => Kind::Zero,
            FULL => Kind::Full,
            RANDOM | UNLIMITED_RANDOM => Kind::Random,
            _ => return Err(Error::NoDeviceOrAddress),
        };
        Ok(Stream::Device(Device {
            kind,
            label,
            shared: Rc::clone(&self.shared),
        }))
    }
}

impl<B: Backend> Device<B> {
    /// Reads at most `count` bytes.
    ///
    /// # Errors
    /// `BadAddress`, `NoMemory`, `InputOutput`.
    pub fn read(&self, request: &B::Request, count: u64) -> Result<u64, Error> {
        match self.kind {
            Kind::Null => Ok(0),
            Kind::Zero | Kind::Full => self.read_zeros(request, count),
            Kind::Random => self.read_random(request, count),
        }
    }

    /// Writes `count` bytes: they are gone.
    ///
    /// # Errors
    /// `NoSpace` from the device that is always full.
    pub fn write(&self, count: u64) -> Result<u64, Error> {
        if self.kind == Kind::Full {
            return Err(Error::NoSpace);
        }
        Ok(count)
    }

    fn read_zeros(&self, request: &B::Request, count: u64) -> Result<u64, Error> {
        let backend = &self.shared.backend;
        let zeros = match self.shared.zeros.get() {
            Some(zeros) => zeros,
            None => {
                let made = backend.create(ZEROS, self.label)?;
                self.shared.zeros.get_or_init(|| made)
            }
        };
        let mut done = 0;
        while done < count {
            let step = (count - done).min(ZEROS);
            match backend.copy_out(request, done, zeros, 0, step) {
                Ok(0) => break,
                Ok(copied) => done += copied,
                Err(error) if done == 0 => return Err(error),
                Err(_) => break,
            }
        }
        Ok(done)
    }

    fn read_random(&self, request: &B::Request, count: u64) -> Result<u64, Error> {
        let backend = &self.shared.backend;
        let count = count.min(RANDOM_MAX);
        let mut bytes = [0; RANDOM_STEP];
        let mut done = 0;
        while done < count {
            let step = (count - done).min(RANDOM_STEP as u64) as usize;
            backend.random(&mut bytes[..step])?;
            match backend.give(request, done, &bytes[..step]) {
                Ok(copied) => done += copied,
                Err(error) if done == 0 => return Err(error),
                Err(_) => break,
            }
        }
        Ok(done)
    }
}
