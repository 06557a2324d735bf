//! Where scanf stores text: nowhere, in the program's memory, or in a block of the heap that grows.

use crate::errno::Result;
use crate::heap::Vector;
use crate::types::c_void;

/// A place for units of text of one kind.
pub enum Target<T: Clone> {
    /// Suppressed.
    Nowhere,
    /// Memory that the program says is large enough.
    Memory(*mut T),
    /// A block of the heap, and where its address goes in the end.
    Heap(Vector<T>, *mut *mut c_void),
}

impl<T: Clone> Target<T> {
    /// The target that a directive's argument names.
    pub fn new(argument: Option<u64>, allocates: bool) -> Self {
        match argument {
            None => Target::Nowhere,
            Some(address) if allocates => Target::Heap(
                Vector::new(),
                core::ptr::with_exposed_provenance_mut(address as usize),
            ),
            Some(address) => Target::Memory(core::ptr::with_exposed_provenance_mut(address as usize)),
        }
    }

    /// Stores a unit. ENOMEM.
    ///
    /// # Safety
    /// The program's memory has room for it.
    pub unsafe fn push(&mut self, unit: T) -> Result<()> {
        match self {
            Target::Nowhere => Ok(()),
            Target::Memory(place) => {
                // SAFETY: as the caller promises.
                unsafe { place.write(unit) };
                *place = place.wrapping_add(1);
                Ok(())
            }
            Target::Heap(block, _) => block.push(unit),
        }
    }

    /// Ends the text, with `terminator` if there is one, and tells the program a block's address.
    ///
    /// # Safety
    /// The program's memory has room for the terminator.
    pub unsafe fn finish(mut self, terminator: Option<T>) -> Result<()> {
        // SAFETY: as the caller promises.
        unsafe {
            if let Some(terminator) = terminator {
                self.push(terminator)?;
            }
            if let Target::Heap(block, place) = self {
                place.write(block.into_raw().cast());
            }
        }
        Ok(())
    }
}
