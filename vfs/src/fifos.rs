//! FIFOs that somebody has open: the pipe behind each inode.

use crate::backend::Backend;
use crate::mounts::Location;
use crate::pipe::{NearBudget, Pipe};
use alloc::collections::BTreeMap;
use alloc::rc::{Rc, Weak};
use core::cell::{Cell, RefCell};

/// An inode: device number of its file system, number in it.
type Key = (u64, u64);

/// Pipes by inode. The last open file of one frees it, and its bytes.
pub struct Fifos<B: Backend> {
    pipes: RefCell<BTreeMap<Key, Weak<Pipe<B>>>>,
    /// At so many entries, those whose pipe is gone are removed.
    sweep_at: Cell<usize>,
}

/// Entries at which the first sweep comes.
const SWEEP_FIRST: usize = 16;

impl<B: Backend> Default for Fifos<B> {
    fn default() -> Self {
        Fifos {
            pipes: RefCell::default(),
            sweep_at: Cell::new(SWEEP_FIRST),
        }
    }
}

impl<B: Backend> Fifos<B> {
    /// The pipe behind a FIFO, made where nobody has it open.
    pub fn pipe(&self, backend: &Rc<B>, budget: &NearBudget, place: &Location<B>) -> Rc<Pipe<B>> {
        let attributes = place.attributes();
        let key = (place.mount.device, attributes.inode);
        let mut pipes = self.pipes.borrow_mut();
        if let Some(pipe) = pipes.get(&key).and_then(Weak::upgrade) {
            return pipe;
        }
        if pipes.len() >= self.sweep_at.get() {
            pipes.retain(|_, pipe| pipe.strong_count() > 0);
            self.sweep_at.set((2 * pipes.len()).max(SWEEP_FIRST));
        }
        let pipe = Pipe::new(backend, budget, attributes.label);
        pipes.insert(key, Rc::downgrade(&pipe));
        pipe
    }
}
