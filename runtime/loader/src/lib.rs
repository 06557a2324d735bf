//! Builds a program's first memory from a validated image: segments, stack, arguments, auxiliary vector.
//!
//! Init uses it for the core servers, the process server for programs. It only plans and orders; [`Target`] does the mapping:
//! [`Space`] by messages, a model in tests.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod image;
mod messages;
mod stack;
#[cfg(test)]
mod testing;

pub use image::{ImagePlace, load_image};
pub use messages::{Space, SpaceError};
pub use stack::{Identity, StackError, Start, StringList, load_stack};

/// Protection of a part of the program's file that is mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileMapping {
    /// Read only, shared with everybody who runs the program.
    Read,
    /// Read and execute, shared.
    Execute,
    /// Read and write, private.
    Private,
}

/// An address space that is being filled. Addresses are exact, lengths whole pages.
pub trait Target {
    /// Why a step failed.
    type Error;

    /// Maps part of the program's file.
    ///
    /// # Errors
    /// What the implementation says.
    fn map_file(
        &mut self,
        address: u64,
        offset: u64,
        length: u64,
        mapping: FileMapping,
    ) -> Result<(), Self::Error>;

    /// Maps zeroed memory, readable and (with `writable`) writable.
    ///
    /// # Errors
    /// What the implementation says.
    fn map_zero(&mut self, address: u64, length: u64, writable: bool) -> Result<(), Self::Error>;

    /// Writes bytes into what was mapped private or zeroed.
    ///
    /// # Errors
    /// What the implementation says.
    fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), Self::Error>;
}
