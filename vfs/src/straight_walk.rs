//! The straight walk: a path of plain names through directories that are at hand, which is what most paths are. Links, "." and "..", a slash at
//! the end and what another server holds are for the whole walk ([`crate::walk`]), which then begins from the start.

use crate::attributes::Kind;
use crate::backend::Backend;
use crate::error::Error;
use crate::file_system::FileSystem;
use crate::judge::Judge;
use crate::mounts::{Location, Mounts};
use crate::walk::{Caller, NAME_LIMIT, PATH_LIMIT};
use alloc::rc::Rc;

/// Where the first slash or zero byte is; the length where there is none. Eight bytes at a time: names are looked at more often than anything else.
#[inline(always)]
fn component_end(path: &[u8]) -> usize {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const SLASHES: u64 = u64::from_le_bytes([b'/'; 8]);
    // The lowest bit that is set is that of the first zero byte.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & ONES << 7;
    let mut at = 0;
    while let Some(bytes) = path[at..].first_chunk() {
        let word = u64::from_le_bytes(*bytes);
        let found = zeros(word) | zeros(word ^ SLASHES);
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let is_end = |&byte: &u8| byte == b'/' || byte == 0;
    at + path[at..].iter().position(is_end).unwrap_or(path.len() - at)
}

impl<B: Backend> Mounts<B> {
    /// What `path` names, from `directory` on, or from `root` where it is absolute. None: the whole walk has to say. Every directory is judged
    /// as there, in the same order; an error that the whole walk would find as well is answered here, so that a refusal is recorded once.
    /// With `zero_ends`, a zero byte ends the path.
    #[inline]
    pub fn walk_straight<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        directory: &Location<B>,
        root: &Location<B>,
        path: &[u8],
        zero_ends: bool,
    ) -> Option<Result<Location<B>, Error>> {
        if path.len() > PATH_LIMIT {
            return None;
        }
        let (mut place, mut rest) = match path {
            [b'/', rest @ ..] => (root.clone(), rest),
            rest => (directory.clone(), rest),
        };
        loop {
            let end = component_end(rest);
            let (name, mut behind) = rest.split_at(end);
            if behind.first() == Some(&0) {
                if !zero_ends {
                    return None;
                }
                behind = &[];
            }
            if matches!(name, b"" | b"." | b"..") || end > NAME_LIMIT {
                return None;
            }
            if let Err(error) = caller.check_search(&place) {
                return Some(Err(error));
            }
            let node = match place.file_system().lookup_now(&place.node, name)? {
                Ok(node) => node,
                // Who may make the name is for the whole walk to say.
                Err(_) => return None,
            };
            place = self.cross(Location {
                mount: Rc::clone(&place.mount),
                node,
            });
            if place.mount.is_remote
                || place.file_system().is_elsewhere()
                || place.permissions().kind == Kind::Symlink
            {
                return None;
            }
            match behind {
                [] => return Some(Ok(place)),
                [_, behind @ ..] => rest = behind,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::component_end;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_component_ends_where_a_look_at_each_byte_says(path in proptest::collection::vec(
            prop_oneof![Just(b'/'), Just(0), Just(b'.'), Just(0x2e), Just(0x30), Just(1), Just(0x80), Just(0xaf), any::<u8>()], 0..40)) {
            let end = path.iter().position(|&byte| byte == b'/' || byte == 0);
            prop_assert_eq!(component_end(&path), end.unwrap_or(path.len()));
        }
    }
}
