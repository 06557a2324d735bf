//! Bytes that came from the host and wait to be read, in the buffers in which they came.

use alloc::collections::VecDeque;

/// What a reader finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Bytes of a buffer: its number, from where, how many.
    Bytes {
        /// Number of the buffer.
        buffer: usize,
        /// First byte.
        start: usize,
        /// Bytes.
        length: usize,
    },
    /// Nothing yet.
    Nothing,
    /// The end: no more will come.
    End,
}

/// The input of one port.
#[derive(Debug, Default)]
pub struct Input {
    /// Buffers with bytes that were not read: number, first byte, end.
    filled: VecDeque<(usize, usize, usize)>,
    received: u64,
    read: u64,
    end: Option<u64>,
}

impl Input {
    /// A buffer came with this many bytes. Answers whether the buffer is needed; an empty one is not.
    pub fn came(&mut self, buffer: usize, length: usize) -> bool {
        if length == 0 {
            return false;
        }
        self.received += length as u64;
        self.filled.push_back((buffer, 0, length));
        true
    }

    /// The stream ends after this many bytes since the start. A second word on it does not count.
    pub fn end_after(&mut self, bytes: u64) {
        self.end.get_or_insert(bytes);
    }

    /// What can be read now.
    #[must_use]
    pub fn look(&self) -> Found {
        let left = self.end.map_or(u64::MAX, |end| end.saturating_sub(self.read));
        if left == 0 {
            return Found::End;
        }
        match self.filled.front() {
            Some(&(buffer, start, end)) => {
                let length = (end - start).min(usize::try_from(left).unwrap_or(usize::MAX));
                Found::Bytes {
                    buffer,
                    start,
                    length,
                }
            }
            None => Found::Nothing,
        }
    }

    /// `count` bytes of the first buffer were read. Answers the buffer if it is empty now and can be used again.
    pub fn take(&mut self, count: usize) -> Option<usize> {
        let (buffer, start, end) = self.filled.front_mut()?;
        let count = count.min(*end - *start);
        *start += count;
        self.read += count as u64;
        if start < end {
            return None;
        }
        let buffer = *buffer;
        self.filled.pop_front();
        Some(buffer)
    }

    /// Bytes that came and were not read.
    #[must_use]
    pub fn available(&self) -> u64 {
        let wanted = self.end.map_or(u64::MAX, |end| end.saturating_sub(self.read));
        (self.received - self.read).min(wanted)
    }

    /// Bytes that came since the start.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_end_comes_after_exactly_as_many_bytes_as_were_announced() {
        let mut input = Input::default();
        input.end_after(5);
        assert_eq!(input.look(), Found::Nothing);
        assert!(input.came(3, 8));
        assert_eq!(
            input.look(),
            Found::Bytes {
                buffer: 3,
                start: 0,
                length: 5
            }
        );
        assert_eq!(input.available(), 5);
        assert_eq!(input.take(5), None);
        assert_eq!(input.look(), Found::End);
        assert_eq!(input.available(), 0);
    }

    #[test]
    fn an_input_that_ends_at_once_has_no_bytes() {
        let mut input = Input::default();
        input.end_after(0);
        input.end_after(9);
        assert_eq!(input.look(), Found::End);
    }

    proptest! {
        #[test]
        fn every_byte_is_read_once_in_order(
            buffers in proptest::collection::vec(0usize..50, 0..20),
            reads in proptest::collection::vec(1usize..30, 0..200),
        ) {
            let mut input = Input::default();
            let mut expected = Vec::new();
            for (number, &length) in buffers.iter().enumerate() {
                prop_assert_eq!(input.came(number, length), length > 0);
                expected.extend((0..length).map(|at| (number, at)));
            }
            let mut got = Vec::new();
            for wanted in reads {
                let Found::Bytes { buffer, start, length } = input.look() else { break };
                let count = wanted.min(length);
                got.extend((start..start + count).map(|at| (buffer, at)));
                let emptied = input.take(count);
                prop_assert_eq!(emptied.is_some(), count == length);
            }
            prop_assert_eq!(&expected[..got.len()], &got[..]);
            prop_assert_eq!(input.available(), (expected.len() - got.len()) as u64);
        }
    }
}
