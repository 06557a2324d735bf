//! Extended attributes as xattr(7) describes them: of the four name spaces only "user." is served.

use crate::anonymous::observer::events;
use crate::attributes::{Kind, STICKY};
use crate::backend::Backend;
use crate::credentials::{READ, WRITE};
use crate::error::Error;
use crate::judge::Judge;
use crate::open_file::OpenFile;
use crate::server::Vfs;
use crate::walk::Caller;
use alloc::vec::Vec;

/// Bytes of a name, at most (XATTR_NAME_MAX).
pub const NAME_MAX: usize = 255;
/// Bytes of a value, at most (XATTR_SIZE_MAX).
pub const VALUE_MAX: usize = 65_536;
/// Bytes of a list of names, at most (XATTR_LIST_MAX).
pub const LIST_MAX: usize = 65_536;
/// What names of programs begin with.
const SPACE: &[u8] = b"user.";

/// Whether an attribute is made, changed, or either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It is made or changed.
    Either,
    /// It must not be there (XATTR_CREATE).
    Create,
    /// It must be there (XATTR_REPLACE).
    Replace,
}

impl How {
    /// From the flags of setxattr.
    ///
    /// # Errors
    /// `InvalidArgument`.
    pub fn from_flags(flags: u32) -> Result<How, Error> {
        match flags {
            0 => Ok(How::Either),
            1 => Ok(How::Create),
            2 => Ok(How::Replace),
            _ => Err(Error::InvalidArgument),
        }
    }
}

impl<B: Backend> Vfs<B> {
    /// The value of an attribute.
    ///
    /// # Errors
    /// `NoData` where there is none, `NotSupported` for another name space and for file systems without attributes, `AccessDenied`.
    pub fn extended_attribute<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        name: &[u8],
    ) -> Result<Vec<u8>, Error> {
        check_name(name)?;
        let attributes = file.place.attributes();
        if !has_attributes(attributes.kind) {
            return Err(Error::NoData);
        }
        caller.credentials.check(&attributes, READ)?;
        file.place
            .file_system()
            .extended_attribute(&file.place.node, name)
    }

    /// Sets an attribute.
    ///
    /// # Errors
    /// `Exists`, `NoData`, `NoSpace`, `NotSupported`, `NotPermitted` for what is neither a regular file nor a directory, and for a sticky
    /// directory of somebody else's, `ReadOnly`, `AccessDenied`.
    pub fn set_extended_attribute<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        name: &[u8],
        value: &[u8],
        how: How,
    ) -> Result<(), Error> {
        self.check_change_of_attribute(caller, file, name)?;
        let fs = file.place.file_system();
        fs.set_extended_attribute(&file.place.node, name, value, how, self.now())?;
        self.anonymous.observing.tell(&file.place, events::ATTRIB);
        Ok(())
    }

    /// Takes an attribute away.
    ///
    /// # Errors
    /// As `set_extended_attribute`.
    pub fn remove_extended_attribute<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        name: &[u8],
    ) -> Result<(), Error> {
        self.check_change_of_attribute(caller, file, name)?;
        let fs = file.place.file_system();
        fs.remove_extended_attribute(&file.place.node, name, self.now())?;
        self.anonymous.observing.tell(&file.place, events::ATTRIB);
        Ok(())
    }

    fn check_change_of_attribute<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        name: &[u8],
    ) -> Result<(), Error> {
        check_name(name)?;
        file.place.check_writable()?;
        let attributes = file.place.attributes();
        if !has_attributes(attributes.kind)
            || (attributes.kind == Kind::Directory
                && attributes.mode & STICKY != 0
                && !caller.credentials.owns(&attributes))
        {
            return Err(Error::NotPermitted);
        }
        caller.credentials.check(&attributes, WRITE)
    }
}

fn has_attributes(kind: Kind) -> bool {
    matches!(kind, Kind::Regular | Kind::Directory)
}

fn check_name(name: &[u8]) -> Result<(), Error> {
    if name.len() > NAME_MAX {
        return Err(Error::Range);
    }
    match name.strip_prefix(SPACE) {
        Some(rest) if !rest.is_empty() && !rest.contains(&0) => Ok(()),
        Some(_) => Err(Error::InvalidArgument),
        None => Err(Error::NotSupported),
    }
}
