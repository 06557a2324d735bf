//! Bytes on their way, never more than a limit.

use alloc::collections::VecDeque;

/// A queue of bytes with a limit.
#[derive(Debug)]
pub struct ByteQueue {
    bytes: VecDeque<u8>,
    limit: usize,
}

impl ByteQueue {
    /// An empty queue for `limit` bytes. Memory is taken when bytes come.
    #[must_use]
    pub const fn new(limit: usize) -> ByteQueue {
        ByteQueue {
            bytes: VecDeque::new(),
            limit,
        }
    }

    /// Bytes in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Bytes that still fit.
    #[must_use]
    pub fn room(&self) -> usize {
        self.limit.saturating_sub(self.bytes.len())
    }

    /// Adds a byte; false where it does not fit.
    pub fn push(&mut self, byte: u8) -> bool {
        let fits = self.room() > 0;
        if fits {
            self.bytes.push_back(byte);
        }
        fits
    }

    /// Adds as many bytes as fit; answers how many.
    pub fn extend(&mut self, bytes: &[u8]) -> usize {
        let count = bytes.len().min(self.room());
        self.bytes.extend(&bytes[..count]);
        count
    }

    /// The first bytes, as far as they lie together. Empty only where the queue is.
    #[must_use]
    pub fn front(&self) -> &[u8] {
        self.bytes.as_slices().0
    }

    /// Takes `count` bytes away, at most all. An empty queue gives its memory back.
    pub fn consume(&mut self, count: usize) {
        self.bytes.drain(..count.min(self.bytes.len()));
        if self.bytes.is_empty() {
            self.bytes = VecDeque::new();
        }
    }

    /// Takes all away.
    pub fn clear(&mut self) {
        self.bytes = VecDeque::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_takes_no_more() {
        let mut queue = ByteQueue::new(3);
        assert_eq!(queue.extend(b"abcd"), 3);
        assert!(!queue.push(b'x'));
        queue.consume(1);
        assert!(queue.push(b'x'));
        assert_eq!((queue.len(), queue.room()), (3, 0));
    }

    #[test]
    fn bytes_leave_in_their_order_also_around_the_end_of_the_ring() {
        let mut queue = ByteQueue::new(8);
        let mut seen = Vec::new();
        for byte in 0..100 {
            queue.push(byte);
            if byte % 3 == 0 {
                let front = queue.front().to_vec();
                queue.consume(front.len());
                seen.extend(front);
            }
        }
        while !queue.is_empty() {
            let front = queue.front().to_vec();
            queue.consume(front.len());
            seen.extend(front);
        }
        assert_eq!(seen, (0..100).collect::<Vec<u8>>());
    }
}
