//! What one tmpfs may take: pages of contents, inodes, and the server's own memory for inodes and names.
//!
//! Files that carry another label than the mount's top directory (the policy gives tenants labels of their own) get a share of each: no label
//! uses up what the others need.

use crate::error::Error;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use trivet_abi::Label;

/// Of each amount, one label other than the top's gets the whole divided by this.
const SHARES: u64 = 4;
/// Bytes of the server's memory that an inode takes, at most but for what its names and its target say.
pub const INODE_BYTES: u64 = 320;
/// Bytes that the two trees of a directory with one entry take.
pub const DIRECTORY_BYTES: u64 = 720;
/// Bytes that a name takes beside its text, which is kept twice.
const NAME_BYTES: u64 = 96;

/// Bytes of the server's memory for one name.
pub fn name_bytes(name: &[u8]) -> u64 {
    NAME_BYTES + 2 * name.len() as u64
}

/// An amount of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Pages of contents.
    pub pages: u64,
    /// Inodes.
    pub inodes: u64,
    /// Bytes of the server's memory.
    pub bytes: u64,
}

impl Amount {
    /// Only pages.
    pub fn of_pages(pages: u64) -> Amount {
        Amount {
            pages,
            ..Amount::default()
        }
    }

    /// Only the server's memory.
    pub fn of_bytes(bytes: u64) -> Amount {
        Amount {
            bytes,
            ..Amount::default()
        }
    }

    fn each(self, with: impl Fn(u64) -> u64) -> Amount {
        Amount {
            pages: with(self.pages),
            inodes: with(self.inodes),
            bytes: with(self.bytes),
        }
    }

    fn plus(self, more: Amount, limit: Amount) -> Option<Amount> {
        let fit = |used: u64, more: u64, limit: u64| {
            used.checked_add(more).filter(|&sum| sum <= limit || more == 0)
        };
        Some(Amount {
            pages: fit(self.pages, more.pages, limit.pages)?,
            inodes: fit(self.inodes, more.inodes, limit.inodes)?,
            bytes: fit(self.bytes, more.bytes, limit.bytes)?,
        })
    }

    fn less(self, amount: Amount) -> Amount {
        Amount {
            pages: self.pages.saturating_sub(amount.pages),
            inodes: self.inodes.saturating_sub(amount.inodes),
            bytes: self.bytes.saturating_sub(amount.bytes),
        }
    }
}

/// Limits and use of one mount.
#[derive(Debug)]
pub struct Quota {
    limit: Amount,
    /// Label of the top directory.
    own: Label,
    used: Cell<Amount>,
    /// What other labels use. There are not more than the policy has.
    shares: RefCell<Vec<(Label, Amount)>>,
}

impl Quota {
    /// A quota of which nothing is used.
    pub fn new(limit: Amount, own: Label) -> Quota {
        Quota {
            limit,
            own,
            used: Cell::default(),
            shares: RefCell::default(),
        }
    }

    /// Takes an amount for a file with this label, or answers `NoSpace` and takes nothing.
    #[inline]
    pub fn take(&self, label: Label, amount: Amount) -> Result<(), Error> {
        let used = self.used.get().plus(amount, self.limit).ok_or(Error::NoSpace)?;
        if label != self.own {
            self.take_share(label, amount)?;
        }
        self.used.set(used);
        Ok(())
    }

    fn take_share(&self, label: Label, amount: Amount) -> Result<(), Error> {
        let limit = self.limit.each(|whole| whole / SHARES);
        let mut shares = self.shares.borrow_mut();
        let place = match shares.iter().position(|(other, _)| *other == label) {
            Some(place) => place,
            None => {
                shares.push((label, Amount::default()));
                shares.len() - 1
            }
        };
        let share = &mut shares[place].1;
        *share = share.plus(amount, limit).ok_or(Error::NoSpace)?;
        Ok(())
    }

    /// Takes an amount whatever the limits say.
    pub fn force(&self, label: Label, amount: Amount) {
        const NONE: Amount = Amount {
            pages: u64::MAX,
            inodes: u64::MAX,
            bytes: u64::MAX,
        };
        let sum = |used: Amount| used.plus(amount, NONE).unwrap_or(NONE);
        self.used.set(sum(self.used.get()));
        let mut shares = self.shares.borrow_mut();
        if let Some((_, share)) = shares.iter_mut().find(|(other, _)| *other == label) {
            *share = sum(*share);
        }
    }

    /// Gives back what a file with this label had.
    #[inline]
    pub fn give(&self, label: Label, amount: Amount) {
        self.used.set(self.used.get().less(amount));
        if label != self.own {
            let mut shares = self.shares.borrow_mut();
            if let Some((_, share)) = shares.iter_mut().find(|(other, _)| *other == label) {
                *share = share.less(amount);
            }
        }
    }

    /// The limits.
    pub fn limit(&self) -> Amount {
        self.limit
    }

    /// What is used.
    pub fn used(&self) -> Amount {
        self.used.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Amount = Amount {
        pages: 100,
        inodes: 40,
        bytes: 4000,
    };

    #[test]
    fn a_label_of_its_own_gets_its_share_and_no_more() {
        let quota = Quota::new(LIMIT, Label(7));
        let one = Amount {
            inodes: 1,
            ..Amount::default()
        };
        for _ in 0..10 {
            quota.take(Label(8), one).unwrap();
        }
        assert_eq!(quota.take(Label(8), one), Err(Error::NoSpace));
        assert_eq!(quota.take(Label(8), Amount::of_pages(26)), Err(Error::NoSpace));
        assert_eq!(quota.take(Label(8), Amount::of_bytes(1001)), Err(Error::NoSpace));
        quota.take(Label(9), Amount::of_pages(25)).unwrap();
        // The mount's own label takes what is left of the whole.
        quota.take(Label(7), Amount::of_pages(75)).unwrap();
        assert_eq!(quota.take(Label(7), Amount::of_pages(1)), Err(Error::NoSpace));
        quota.give(Label(8), one);
        quota.take(Label(8), one).unwrap();
        assert_eq!(quota.used().inodes, 10);
    }

    #[test]
    fn what_is_refused_takes_nothing() {
        let quota = Quota::new(LIMIT, Label(7));
        let much = Amount {
            pages: 1,
            inodes: 11,
            bytes: 1,
        };
        assert_eq!(quota.take(Label(8), much), Err(Error::NoSpace));
        assert_eq!(
            quota.take(Label(7), Amount::of_pages(u64::MAX)),
            Err(Error::NoSpace)
        );
        assert_eq!(quota.used(), Amount::default());
        quota.give(Label(8), much);
        quota.take(Label(8), Amount::of_pages(25)).unwrap();
    }
}
