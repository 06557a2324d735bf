//! Who asks: user, groups, and what the permission bits then allow.

use crate::attributes::{Attributes, Kind, Permissions, STICKY};
use crate::error::Error;
use alloc::boxed::Box;

/// Groups beside the effective one, at most (Linux's NGROUPS_MAX is larger; the process server refuses more).
pub const MAX_GROUPS: usize = 32;

/// The row of credentials that a request was stamped with.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// User that file permissions are judged by.
    pub user: u32,
    /// Group that file permissions are judged by.
    pub group: u32,
    /// Supplementary groups; most have none, which takes no memory.
    groups: Box<[u32]>,
    /// Number of the root directory; 0: the machine's own.
    pub root: u64,
}

/// Reading.
pub const READ: u32 = 4;
/// Writing.
pub const WRITE: u32 = 2;
/// Executing a file or searching a directory.
pub const EXECUTE: u32 = 1;

impl Credentials {
    /// Credentials with supplementary groups; those beyond [`MAX_GROUPS`] are not taken.
    #[must_use]
    #[inline]
    pub fn new(user: u32, group: u32, supplementary: &[u32]) -> Credentials {
        Credentials {
            user,
            group,
            groups: supplementary[..supplementary.len().min(MAX_GROUPS)].into(),
            root: 0,
        }
    }

    /// The superuser.
    #[must_use]
    pub fn root() -> Credentials {
        Credentials::new(0, 0, &[])
    }

    /// Whether this user is the superuser.
    #[must_use]
    pub fn is_superuser(&self) -> bool {
        self.user == 0
    }

    /// Whether the group is the effective one or a supplementary one.
    #[must_use]
    #[inline]
    pub fn in_group(&self, group: u32) -> bool {
        self.group == group || self.groups.contains(&group)
    }

    /// Checks `wanted` ([`READ`], [`WRITE`], [`EXECUTE`]) against the permission bits: POSIX "File Access Permissions".
    ///
    /// # Errors
    /// `AccessDenied`.
    pub fn check(&self, file: &Attributes, wanted: u32) -> Result<(), Error> {
        self.check_permissions(&file.permissions(), wanted)
    }

    /// As `check`.
    ///
    /// # Errors
    /// `AccessDenied`.
    #[inline]
    pub fn check_permissions(&self, file: &Permissions, wanted: u32) -> Result<(), Error> {
        if self.is_superuser() {
            let executable = file.kind == Kind::Directory || file.mode & 0o111 != 0;
            let allowed = wanted & EXECUTE == 0 || executable;
            return if allowed { Ok(()) } else { Err(Error::AccessDenied) };
        }
        let shift = if self.user == file.user {
            6
        } else if self.in_group(file.group) {
            3
        } else {
            0
        };
        if (file.mode >> shift) & wanted == wanted {
            Ok(())
        } else {
            Err(Error::AccessDenied)
        }
    }

    /// Whether these credentials own the file, or are the superuser's.
    #[must_use]
    pub fn owns(&self, file: &Attributes) -> bool {
        self.is_superuser() || self.user == file.user
    }

    /// Checks the sticky bit of `directory` before `entry` is removed or renamed.
    ///
    /// # Errors
    /// `NotPermitted`.
    pub fn check_sticky(&self, directory: &Attributes, entry: &Attributes) -> Result<(), Error> {
        if directory.mode & STICKY == 0 || self.owns(directory) || self.owns(entry) {
            Ok(())
        } else {
            Err(Error::NotPermitted)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::attributes;

    #[test]
    fn the_owners_bits_hold_for_the_owner_even_where_others_may_more() {
        let file = attributes(Kind::Regular, 0o077, 1000, 1000);
        assert_eq!(
            Credentials::new(1000, 1000, &[]).check(&file, READ),
            Err(Error::AccessDenied)
        );
        assert_eq!(
            Credentials::new(1001, 1000, &[]).check(&file, READ | WRITE),
            Ok(())
        );
    }

    #[test]
    fn a_supplementary_group_counts_as_a_group() {
        let file = attributes(Kind::Regular, 0o040, 1, 50);
        assert_eq!(Credentials::new(2, 2, &[7, 50]).check(&file, READ), Ok(()));
        assert_eq!(
            Credentials::new(2, 2, &[7]).check(&file, READ),
            Err(Error::AccessDenied)
        );
    }

    #[test]
    fn the_superuser_executes_only_what_somebody_may_execute() {
        let plain = attributes(Kind::Regular, 0o600, 1, 1);
        assert_eq!(Credentials::root().check(&plain, READ | WRITE), Ok(()));
        assert_eq!(
            Credentials::root().check(&plain, EXECUTE),
            Err(Error::AccessDenied)
        );
        let directory = attributes(Kind::Directory, 0, 1, 1);
        assert_eq!(Credentials::root().check(&directory, EXECUTE), Ok(()));
    }

    #[test]
    fn in_a_sticky_directory_only_owners_remove() {
        let directory = attributes(Kind::Directory, 0o1777, 0, 0);
        let entry = attributes(Kind::Regular, 0o666, 5, 5);
        assert_eq!(
            Credentials::new(6, 6, &[]).check_sticky(&directory, &entry),
            Err(Error::NotPermitted)
        );
        assert_eq!(
            Credentials::new(5, 6, &[]).check_sticky(&directory, &entry),
            Ok(())
        );
    }
}
