//! Random bytes: ChaCha20 (RFC 8439's block function) with fast key erasure, seeded by the machine.

/// State of the generator. Each request uses a key once and replaces it, so that a later look at the state tells nothing of earlier bytes.
#[derive(Debug)]
pub struct Generator {
    key: [u32; 8],
    counter: u64,
    buffer: [u8; 64],
    left: usize,
}

fn quarter_round(state: &mut [u32; 16], a: usize, b: usize, c: usize, d: usize) {
    state[a] = state[a].wrapping_add(state[b]);
    state[d] = (state[d] ^ state[a]).rotate_left(16);
    state[c] = state[c].wrapping_add(state[d]);
    state[b] = (state[b] ^ state[c]).rotate_left(12);
    state[a] = state[a].wrapping_add(state[b]);
    state[d] = (state[d] ^ state[a]).rotate_left(8);
    state[c] = state[c].wrapping_add(state[d]);
    state[b] = (state[b] ^ state[c]).rotate_left(7);
}

/// The ChaCha20 block function.
#[must_use]
pub fn block(key: &[u32; 8], counter: u32, nonce: [u32; 3]) -> [u8; 64] {
    let mut start = [0u32; 16];
    start[..4].copy_from_slice(&[0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574]);
    start[4..12].copy_from_slice(key);
    start[12] = counter;
    start[13..].copy_from_slice(&nonce);
    let mut state = start;
    for _ in 0..10 {
        quarter_round(&mut state, 0, 4, 8, 12);
        quarter_round(&mut state, 1, 5, 9, 13);
        quarter_round(&mut state, 2, 6, 10, 14);
        quarter_round(&mut state, 3, 7, 11, 15);
        quarter_round(&mut state, 0, 5, 10, 15);
        quarter_round(&mut state, 1, 6, 11, 12);
        quarter_round(&mut state, 2, 7, 8, 13);
        quarter_round(&mut state, 3, 4, 9, 14);
    }
    let mut bytes = [0; 64];
    for ((chunk, word), first) in bytes.chunks_exact_mut(4).zip(state).zip(start) {
        chunk.copy_from_slice(&word.wrapping_add(first).to_le_bytes());
    }
    bytes
}

impl Generator {
    /// A generator from 256 bits of seed.
    #[must_use]
    pub fn new(seed: [u64; 4]) -> Self {
        let mut key = [0; 8];
        for (index, word) in seed.into_iter().enumerate() {
            key[index * 2] = word as u32;
            key[index * 2 + 1] = (word >> 32) as u32;
        }
        let mut generator = Generator {
            key,
            counter: 0,
            buffer: [0; 64],
            left: 0,
        };
        generator.fill(&mut []);
        generator
    }

    fn next_block(&mut self) -> [u8; 64] {
        let counter = self.counter;
        self.counter += 1;
        block(&self.key, counter as u32, [(counter >> 32) as u32, 0, 0])
    }

    /// The next key is half a block; the other half is output.
    fn replace_key(&mut self, block: &[u8; 64]) {
        for (word, chunk) in self.key.iter_mut().zip(block.chunks_exact(4)) {
            *word = u32::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]);
        }
        self.counter = 0;
    }

    /// Fills a buffer.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        let first = self.next_block();
        let (start, rest) = bytes.split_at_mut(bytes.len().min(32));
        start.copy_from_slice(&first[32..32 + start.len()]);
        for chunk in rest.chunks_mut(64) {
            let random = self.next_block();
            chunk.copy_from_slice(&random[..chunk.len()]);
        }
        self.replace_key(&first);
    }

    /// 64 random bits.
    pub fn next_word(&mut self) -> u64 {
        if self.left < 8 {
            let mut fresh = [0; 64];
            self.fill(&mut fresh);
            self.buffer = fresh;
            self.left = 64;
        }
        let at = 64 - self.left;
        let mut word = [0; 8];
        word.copy_from_slice(&self.buffer[at..at + 8]);
        self.buffer[at..at + 8].fill(0);
        self.left -= 8;
        u64::from_le_bytes(word)
    }

    /// Stirs bytes in: whatever they are, the state does not become easier to guess.
    pub fn stir(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(32) {
            for (index, byte) in chunk.iter().enumerate() {
                self.key[index / 4] ^= u32::from(*byte) << (index % 4 * 8);
            }
            self.fill(&mut []);
        }
        self.left = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_function_agrees_with_rfc_8439() {
        let mut key = [0u32; 8];
        for (index, word) in key.iter_mut().enumerate() {
            let first = index as u32 * 4;
            *word = first | (first + 1) << 8 | (first + 2) << 16 | (first + 3) << 24;
        }
        let bytes = block(&key, 1, [0x0900_0000, 0x4a00_0000, 0]);
        assert_eq!(bytes[..8], [0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15]);
        assert_eq!(bytes[60..], [0xa2, 0x50, 0x3c, 0x4e]);
    }

    #[test]
    fn stirring_changes_what_follows_and_nothing_repeats() {
        let mut one = Generator::new([1, 2, 3, 4]);
        let mut two = Generator::new([1, 2, 3, 4]);
        assert_eq!(one.next_word(), two.next_word());
        two.stir(b"x");
        let mut seen = std::collections::HashSet::new();
        for _ in 0..100 {
            assert!(seen.insert(one.next_word()));
            assert!(seen.insert(two.next_word()));
        }
    }
}
