//! What is kept of a file of a shared folder while somebody uses it.

use super::folder::{Facts, Folder};
use crate::attributes::{Attributes, Kind};
use crate::backend::Backend;
use crate::wait::WaitList;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

/// Who took a file's name away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// A program of the guest: it has one name less.
    ByGuest,
    /// Somebody else: its path leads to nothing, or to another file.
    ByHost,
}

/// Contents that were read whole, for mapping.
pub struct Loaded<B: Backend> {
    /// The bytes, in whole pages.
    pub contents: Rc<B::Contents>,
    /// What the host said of the file then.
    pub of: Attributes,
    /// Bytes were written since.
    pub is_stale: bool,
}

/// Where a directory hangs: the one above, and its name there.
type Place<B> = (Rc<Inode<B>>, Vec<u8>);

/// A file.
pub struct Inode<B: Backend> {
    folder: Rc<B::Folder>,
    /// The driver's number by which its path is known.
    path: Cell<u64>,
    /// Numbers that are open for reading, and for writing.
    reading: Cell<Option<u64>>,
    writing: Cell<Option<u64>>,
    attributes: Cell<Attributes>,
    /// The path leads to it no more.
    removed: Cell<bool>,
    /// Where a directory hangs; nothing for the top.
    place: RefCell<Option<Place<B>>>,
    /// What a mapping was made of.
    pub(super) loaded: RefCell<Option<Loaded<B>>>,
    /// What was loaded before: an answer that has it may still be on its way.
    pub(super) former: RefCell<Option<Rc<B::Contents>>>,
    /// Somebody reads the contents for a mapping.
    pub(super) loads: Cell<bool>,
    pub(super) load_ended: WaitList,
    /// Where the last of the writes under way will end, and how many there are.
    pub(super) writes: Cell<(u64, usize)>,
}

impl<B: Backend> Inode<B> {
    /// A file that the host has just described.
    pub fn new(
        folder: &Rc<B::Folder>,
        facts: &Facts,
        attributes: Attributes,
        place: Option<(&Rc<Inode<B>>, &[u8])>,
    ) -> Rc<Inode<B>> {
        let place = place.filter(|_| attributes.kind == Kind::Directory);
        Rc::new(Inode {
            folder: Rc::clone(folder),
            path: Cell::new(facts.node),
            reading: Cell::new(None),
            writing: Cell::new(None),
            attributes: Cell::new(attributes),
            removed: Cell::new(false),
            place: RefCell::new(place.map(|(parent, name)| (Rc::clone(parent), name.to_vec()))),
            loaded: RefCell::new(None),
            former: RefCell::new(None),
            loads: Cell::new(false),
            load_ended: WaitList::default(),
            writes: Cell::new((0, 0)),
        })
    }

    /// The driver's number for its path.
    pub fn path(&self) -> u64 {
        self.path.get()
    }

    /// The number to read by.
    pub fn reading_or_path(&self) -> u64 {
        self.reading.get().unwrap_or(self.path.get())
    }

    /// The number to write by.
    pub fn writing_or_path(&self) -> u64 {
        self.writing.get().unwrap_or(self.path.get())
    }

    /// Whether it is open for reading on the host.
    pub fn is_reading(&self) -> bool {
        self.reading.get().is_some()
    }

    /// Whether it is open for writing on the host.
    pub fn is_writing(&self) -> bool {
        self.writing.get().is_some()
    }

    /// A number is what it is read, or written, by from now on.
    pub fn keep_open(&self, number: u64, reads: bool, writes: bool) {
        for (slot, opened) in [(&self.reading, reads), (&self.writing, writes)] {
            if opened && slot.get().is_none() {
                slot.set(Some(number));
            }
        }
    }

    /// The host refused to open a number that was kept for it.
    pub fn drop_open(&self, number: u64, reads: bool, writes: bool) {
        for (slot, opened) in [(&self.reading, reads), (&self.writing, writes)] {
            if opened && slot.get() == Some(number) {
                slot.set(None);
            }
        }
        self.forget_unless_used(number);
    }

    fn forget_unless_used(&self, number: u64) {
        let used = [Some(self.path.get()), self.reading.get(), self.writing.get()];
        if !used.contains(&Some(number)) {
            self.folder.forget(number);
        }
    }

    /// Another walk has come to it: its number is the one that surely leads there.
    pub fn found_again(&self, number: u64, attributes: Attributes, is_old: bool) {
        let old = self.path.replace(number);
        if old != number {
            self.forget_unless_used(old);
        }
        self.removed.set(false);
        self.update(attributes, is_old);
    }

    /// Attributes, as far as they are known.
    pub fn attributes(&self) -> Attributes {
        self.attributes.get()
    }

    /// Takes what the host says. Bytes on their way there count already; so do those that came there after the host was asked (`is_old`).
    pub fn update(&self, mut attributes: Attributes, is_old: bool) {
        if is_old {
            attributes.size = attributes.size.max(self.attributes.get().size);
        }
        let (end, count) = self.writes.get();
        if count > 0 {
            attributes.size = attributes.size.max(end);
        }
        self.attributes.set(attributes);
    }

    /// Changes what is known.
    pub fn change(&self, change: impl FnOnce(&mut Attributes)) {
        let mut attributes = self.attributes.get();
        change(&mut attributes);
        self.attributes.set(attributes);
    }

    /// Its name is gone.
    pub fn remove(&self, how: Removed) {
        self.removed.set(true);
        self.change(|attributes| match how {
            Removed::ByGuest => attributes.links = attributes.links.saturating_sub(1),
            Removed::ByHost => attributes.links = 0,
        });
    }

    /// Whether its path leads to it no more.
    pub fn is_removed(&self) -> bool {
        self.removed.get()
    }

    /// A directory has this name there now.
    pub fn hangs_in(&self, parent: &Rc<Inode<B>>, name: &[u8]) {
        let mut place = self.place.borrow_mut();
        let same = place
            .as_ref()
            .is_some_and(|(known, known_name)| Rc::ptr_eq(known, parent) && known_name == name);
        if !same && !core::ptr::eq(Rc::as_ptr(parent), self) {
            *place = Some((Rc::clone(parent), name.to_vec()));
        }
    }

    /// The directory above; nothing for the top.
    pub fn parent(&self) -> Option<Rc<Inode<B>>> {
        self.place.borrow().as_ref().map(|(parent, _)| Rc::clone(parent))
    }

    /// A directory's name; empty for the top.
    pub fn name(&self) -> Vec<u8> {
        self.place
            .borrow()
            .as_ref()
            .map(|(_, name)| name.clone())
            .unwrap_or_default()
    }
}

impl<B: Backend> Drop for Inode<B> {
    fn drop(&mut self) {
        let numbers = [Some(self.path.get()), self.reading.get(), self.writing.get()];
        for (index, number) in numbers.iter().enumerate() {
            if let Some(number) = number.filter(|_| !numbers[..index].contains(number)) {
                self.folder.forget(number);
            }
        }
        // A chain of directories is let go one after the other, however deep it is.
        let mut above = self.place.take().map(|(parent, _)| parent);
        while let Some(parent) = above {
            above = match Rc::try_unwrap(parent) {
                Ok(parent) => parent.place.take().map(|(parent, _)| parent),
                Err(_) => None,
            };
        }
    }
}
