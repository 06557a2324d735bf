//! Attributes of names and open files.

use super::AtFlags;
use crate::anonymous::observer::events;
use crate::attributes::{Attributes, Change, Kind, PERMISSION_BITS, SET_GROUP_ID, SET_USER_ID, Timestamp};
use crate::backend::Backend;
use crate::credentials::{Credentials, WRITE};
use crate::error::Error;
use crate::file_system::{Figures, FileSystem};
use crate::judge::{FileMethod, Judge};
use crate::mounts::Location;
use crate::open_file::OpenFile;
use crate::server::Vfs;
use crate::walk::{Caller, NAME_LIMIT};
use alloc::vec::Vec;

/// A time to set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetTime {
    /// Leave it (UTIME_OMIT).
    Omit,
    /// The time of the operation (UTIME_NOW).
    Now,
    /// This time.
    To(Timestamp),
}

impl SetTime {
    /// From a `struct timespec` as `utimensat` takes it.
    ///
    /// # Errors
    /// `InvalidArgument` for nanoseconds out of range.
    pub fn from_timespec(seconds: i64, nanoseconds: i64) -> Result<SetTime, Error> {
        match nanoseconds {
            0x3fff_ffff => Ok(SetTime::Now),
            0x3fff_fffe => Ok(SetTime::Omit),
            0..=999_999_999 => Ok(SetTime::To(Timestamp {
                seconds,
                nanoseconds: nanoseconds as u32,
            })),
            _ => Err(Error::InvalidArgument),
        }
    }

    fn resolve(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            SetTime::Omit => None,
            SetTime::Now => Some(now),
            SetTime::To(time) => Some(time),
        }
    }
}

impl<B: Backend> Vfs<B> {
    /// Attributes of what a path names, with the device number of its mount.
    ///
    /// # Errors
    /// As POSIX's `fstatat`.
    pub async fn attributes_at<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        path: &[u8],
        flags: AtFlags,
    ) -> Result<(Attributes, u64), Error> {
        let place = self.resolve(caller, file, path, flags).await?;
        // What was looked up is known; a mount's top was not.
        if (path.is_empty() || place.is_top()) && place.file_system().is_elsewhere() {
            place.file_system().refresh(&place.node).await?;
        }
        let attributes = place.attributes();
        caller.judge(&attributes, FileMethod::AttributesAt)?;
        Ok((attributes, place.mount.device))
    }

    /// Whether the caller may do `mode` (read 4, write 2, execute 1) with what a path names. `credentials` are the real ones, or the effective
    /// ones with AT_EACCESS.
    ///
    /// # Errors
    /// As POSIX's `faccessat`.
    pub async fn access<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        credentials: &Credentials,
        file: &OpenFile<B>,
        path: &[u8],
        mode: u32,
        flags: AtFlags,
    ) -> Result<(), Error> {
        if mode > 7 {
            return Err(Error::InvalidArgument);
        }
        let as_asked = Caller {
            credentials,
            judge: caller.judge,
        };
        let place = self.resolve(&as_asked, file, path, flags).await?;
        let attributes = place.attributes();
        as_asked.judge(&attributes, FileMethod::Access)?;
        let special = matches!(
            attributes.kind,
            Kind::CharacterDevice | Kind::BlockDevice | Kind::Fifo | Kind::Socket
        );
        if mode & WRITE != 0 && !special {
            place.check_writable()?;
            as_asked.judge(&attributes, FileMethod::Write)?;
        }
        credentials.check(&attributes, mode)
    }

    /// Changes the permission bits.
    ///
    /// # Errors
    /// As POSIX's `fchmodat`.
    pub async fn set_mode<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        path: &[u8],
        mode: u32,
        flags: AtFlags,
    ) -> Result<(), Error> {
        let place = self.resolve(caller, file, path, flags).await?;
        let attributes = self.check_attribute_change(caller, &place, FileMethod::SetMode)?;
        if attributes.kind == Kind::Symlink {
            return Err(Error::NotSupported);
        }
        if !caller.credentials.owns(&attributes) {
            return Err(Error::NotPermitted);
        }
        let mut mode = mode & PERMISSION_BITS;
        if !caller.credentials.is_superuser() && !caller.credentials.in_group(attributes.group) {
            mode &= !SET_GROUP_ID;
        }
        self.change(
            &place,
            &Change {
                mode: Some(mode),
                ..Change::default()
            },
        )
        .await
    }

    /// Changes owner and group; `None` leaves one.
    ///
    /// # Errors
    /// As POSIX's `fchownat`: only the superuser gives files away; an owner may choose among their own groups.
    pub async fn set_owner<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        path: &[u8],
        owner: (Option<u32>, Option<u32>),
        flags: AtFlags,
    ) -> Result<(), Error> {
        let (user, group) = owner;
        let place = self.resolve(caller, file, path, flags).await?;
        let attributes = self.check_attribute_change(caller, &place, FileMethod::SetOwner)?;
        let credentials = caller.credentials;
        if !credentials.is_superuser() {
            let keeps_user = user.is_none_or(|user| user == attributes.user);
            let own_group =
                group.is_none_or(|group| group == attributes.group || credentials.in_group(group));
            let owner = credentials.user == attributes.user;
            if !keeps_user || !own_group || !(owner || (user.is_none() && group.is_none())) {
                return Err(Error::NotPermitted);
            }
        }
        let mut change = Change {
            user,
            group,
            ..Change::default()
        };
        let loses_set_id =
            attributes.kind == Kind::Regular && attributes.mode & (SET_USER_ID | SET_GROUP_ID) != 0;
        if loses_set_id && (user.is_some() || group.is_some()) {
            let group_bit = if attributes.mode & 0o010 != 0 {
                SET_GROUP_ID
            } else {
                0
            };
            change.mode = Some(attributes.mode & !(SET_USER_ID | group_bit));
        }
        self.change(&place, &change).await
    }

    /// Changes access and modification time.
    ///
    /// # Errors
    /// As POSIX's `utimensat`.
    pub async fn set_times<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        path: &[u8],
        times: (SetTime, SetTime),
        flags: AtFlags,
    ) -> Result<(), Error> {
        let (access, modify) = times;
        let place = self.resolve(caller, file, path, flags).await?;
        let attributes = self.check_attribute_change(caller, &place, FileMethod::SetTimes)?;
        match (access, modify) {
            (SetTime::Omit, SetTime::Omit) => return Ok(()),
            (SetTime::Now, SetTime::Now) if !caller.credentials.owns(&attributes) => {
                caller.credentials.check(&attributes, WRITE)?;
            }
            _ if caller.credentials.owns(&attributes) => {}
            _ => return Err(Error::NotPermitted),
        }
        let now = self.now();
        let change = Change {
            access: access.resolve(now),
            modify: modify.resolve(now),
            ..Change::default()
        };
        place.file_system().change(&place.node, &change, now).await?;
        self.anonymous.observing.tell(&place, events::ATTRIB);
        Ok(())
    }

    /// What a symbolic link says.
    ///
    /// # Errors
    /// As POSIX's `readlinkat`; an empty path reads the link that the descriptor is open on (O_PATH).
    pub async fn read_link<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        path: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let flags = AtFlags(AtFlags::SYMLINK_NO_FOLLOW | AtFlags::EMPTY_PATH);
        let place = self.resolve(caller, file, path, flags).await?;
        caller.judge(&place.attributes(), FileMethod::ReadLink)?;
        place.file_system().read_link(&place.node).await
    }

    /// Figures of the file system that holds what a path names; with the longest name and whether it is read-only.
    ///
    /// # Errors
    /// As POSIX's `statvfs`.
    pub async fn figures<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        file: &OpenFile<B>,
        path: &[u8],
        flags: AtFlags,
    ) -> Result<(Figures, usize, bool), Error> {
        let place = self.resolve(caller, file, path, flags).await?;
        caller.judge(&place.attributes(), FileMethod::FileSystem)?;
        if place.file_system().is_elsewhere() {
            place.file_system().refresh_figures(&place.node).await?;
        }
        Ok((
            place.file_system().figures(),
            NAME_LIMIT,
            place.check_writable().is_err(),
        ))
    }

    /// Path of an open directory from the caller's root.
    ///
    /// # Errors
    /// `NotDirectory`; `NoEntry` where it was removed.
    pub async fn path<J: Judge>(&self, caller: &Caller<'_, J>, file: &OpenFile<B>) -> Result<Vec<u8>, Error> {
        let attributes = file.place.attributes();
        if attributes.kind != Kind::Directory {
            return Err(Error::NotDirectory);
        }
        caller.judge(&attributes, FileMethod::Path)?;
        self.mounts.path_of(&file.place, &file.root).await
    }

    fn check_attribute_change<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        place: &Location<B>,
        method: FileMethod,
    ) -> Result<Attributes, Error> {
        let attributes = place.attributes();
        caller.judge(&attributes, method)?;
        place.check_writable()?;
        Ok(attributes)
    }

    async fn change(&self, place: &Location<B>, change: &Change) -> Result<(), Error> {
        place
            .file_system()
            .change(&place.node, change, self.now())
            .await?;
        self.anonymous.observing.tell(place, events::ATTRIB);
        Ok(())
    }
}
