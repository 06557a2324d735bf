//! Extended attributes of a tmpfs's inodes: names and values in the server's memory, charged to the mount's quota.

use super::quota::Amount;
use super::{Tmpfs, TmpfsNode};
use crate::attributes::Timestamp;
use crate::backend::Backend;
use crate::error::Error;
use crate::extended::{How, LIST_MAX, VALUE_MAX};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// Bytes that an attribute takes beside its name and value, at most.
const ENTRY_BYTES: u64 = 96;

/// Attributes by name. Most inodes have none, and then the box is not there.
pub type Attributes = Option<Box<BTreeMap<Box<[u8]>, Box<[u8]>>>>;

/// The server's memory for an attribute.
fn amount(name: &[u8], value: &[u8]) -> Amount {
    Amount::of_bytes(ENTRY_BYTES + (name.len() + value.len()) as u64)
}

/// The server's memory for all of them.
pub fn total(attributes: &Attributes) -> Amount {
    let bytes = attributes.iter().flat_map(|all| all.iter());
    Amount::of_bytes(bytes.map(|(name, value)| amount(name, value).bytes).sum())
}

impl<B: Backend> Tmpfs<B> {
    /// The value of an attribute.
    pub(crate) fn extended_attribute(&self, node: &TmpfsNode<B>, name: &[u8]) -> Result<Vec<u8>, Error> {
        let attributes = node.extended.borrow();
        let value = attributes.as_ref().and_then(|all| all.get(name));
        value.map(|value| value.to_vec()).ok_or(Error::NoData)
    }

    /// Sets an attribute.
    pub(crate) fn set_extended_attribute(
        &self,
        node: &TmpfsNode<B>,
        name: &[u8],
        value: &[u8],
        how: How,
        now: Timestamp,
    ) -> Result<(), Error> {
        if value.len() > VALUE_MAX {
            return Err(Error::NoSpace);
        }
        let mut attributes = node.extended.borrow_mut();
        let old = attributes.as_ref().and_then(|all| all.get(name));
        match (old, how) {
            (Some(_), How::Create) => return Err(Error::Exists),
            (None, How::Replace) => return Err(Error::NoData),
            _ => {}
        }
        let listed: usize = attributes
            .iter()
            .flat_map(|all| all.keys())
            .map(|name| name.len() + 1)
            .sum();
        if old.is_none() && listed + name.len() + 1 > LIST_MAX {
            return Err(Error::NoSpace);
        }
        let freed = old.map(|old| amount(name, old));
        node.take(amount(name, value))?;
        if let Some(freed) = freed {
            node.give(freed);
        }
        let all = attributes.get_or_insert_default();
        all.insert(name.into(), value.into());
        node.update(|attributes| attributes.change = now);
        Ok(())
    }

    /// Names of all attributes, each with a zero byte behind it.
    pub(crate) fn extended_attributes(&self, node: &TmpfsNode<B>) -> Vec<u8> {
        let attributes = node.extended.borrow();
        let mut names = Vec::new();
        for name in attributes.iter().flat_map(|all| all.keys()) {
            names.extend_from_slice(name);
            names.push(0);
        }
        names
    }

    /// Takes an attribute away.
    pub(crate) fn remove_extended_attribute(
        &self,
        node: &TmpfsNode<B>,
        name: &[u8],
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut attributes = node.extended.borrow_mut();
        let all = attributes.as_mut().ok_or(Error::NoData)?;
        let value = all.remove(name).ok_or(Error::NoData)?;
        node.give(amount(name, &value));
        if all.is_empty() {
            *attributes = None;
        }
        drop(attributes);
        node.update(|attributes| attributes.change = now);
        Ok(())
    }
}
