//! SHA-256 and SHA-512 (FIPS 180-4), one definition of the two: they differ in the width of a word, rounds and shifts.
//!
//! The constants are the first bits of roots of primes, and are computed here as the standard defines them: the compiler does it.

/// Rounds of SHA-512; SHA-256 has the first [`ROUNDS_256`] of its constants, cut to 32 bits.
const ROUNDS_512: usize = 80;
const ROUNDS_256: usize = 64;

/// The `count`-th prime, from 0.
const fn prime(count: usize) -> u64 {
    let (mut number, mut left) = (2, count);
    loop {
        let (mut divisor, mut is_prime) = (2, true);
        while divisor * divisor <= number {
            if number % divisor == 0 {
                is_prime = false;
            }
            divisor += 1;
        }
        if is_prime {
            if left == 0 {
                return number;
            }
            left -= 1;
        }
        number += 1;
    }
}

/// Whether `value` raised to `power` is at most `prime` times 2 to the `64 * power`. `value` is below 2 to the 69: numbers of four words
/// hold everything.
const fn power_fits(value: u128, power: usize, prime: u64) -> bool {
    let factor = [value as u64, (value >> 64) as u64];
    let mut product = [1u64, 0, 0, 0];
    let mut done = 0;
    while done < power {
        let mut next = [0u64; 4];
        let mut row = 0;
        while row < 2 {
            let (mut carry, mut column) = (0u128, 0);
            while column + row < 4 {
                let at = column + row;
                let sum = factor[row] as u128 * product[column] as u128 + next[at] as u128 + carry;
                next[at] = sum as u64;
                carry = sum >> 64;
                column += 1;
            }
            row += 1;
        }
        product = next;
        done += 1;
    }
    // The bound is `prime` in word `power`, and zeros below it.
    let mut at = 4;
    while at > 0 {
        at -= 1;
        let bound = if at == power { prime } else { 0 };
        if product[at] != bound {
            return product[at] < bound;
        }
    }
    true
}

/// The first 64 bits of the fraction of a prime's root.
const fn root_fraction(prime: u64, power: usize) -> u64 {
    let (mut value, mut bit) = (0u128, 69);
    while bit > 0 {
        bit -= 1;
        if power_fits(value | 1 << bit, power, prime) {
            value |= 1 << bit;
        }
    }
    value as u64
}

const fn fractions<const COUNT: usize>(power: usize) -> [u64; COUNT] {
    let (mut table, mut at) = ([0; COUNT], 0);
    while at < COUNT {
        table[at] = root_fraction(prime(at), power);
        at += 1;
    }
    table
}

/// The upper halves, for SHA-256.
const fn upper<const COUNT: usize>(wide: &[u64]) -> [u32; COUNT] {
    let (mut table, mut at) = ([0; COUNT], 0);
    while at < COUNT {
        table[at] = (wide[at] >> 32) as u32;
        at += 1;
    }
    table
}

const CUBE_ROOTS: [u64; ROUNDS_512] = fractions(3);
const SQUARE_ROOTS: [u64; 8] = fractions(2);
static ROUND_CONSTANTS_512: [u64; ROUNDS_512] = CUBE_ROOTS;
static ROUND_CONSTANTS_256: [u32; ROUNDS_256] = upper(&CUBE_ROOTS);

macro_rules! sha2 {
    ($(#[$meta:meta])* $name:ident, $word:ty, $size:literal, $constants:ident, $start:expr, $big:expr, $small:expr) => {
        $(#[$meta])*
        #[derive(Clone)]
        pub struct $name {
            state: [$word; 8],
            block: [u8; size_of::<$word>() * 16],
            length: u128,
        }

        impl $name {
            const BLOCK: usize = size_of::<$word>() * 16;

            fn compress(&mut self) {
                const ROUNDS: usize = $constants.len();
                let rotated = |word: $word, by: [u32; 3]| {
                    word.rotate_right(by[0]) ^ word.rotate_right(by[1]) ^ word.rotate_right(by[2])
                };
                let mixed = |word: $word, by: [u32; 3]| {
                    word.rotate_right(by[0]) ^ word.rotate_right(by[1]) ^ word >> by[2]
                };
                let mut schedule = [0; ROUNDS];
                let (words, _) = self.block.as_chunks::<{ size_of::<$word>() }>();
                for (word, bytes) in schedule.iter_mut().zip(words) {
                    *word = <$word>::from_be_bytes(*bytes);
                }
                for at in 16..ROUNDS {
                    schedule[at] = mixed(schedule[at - 2], $small[1])
                        .wrapping_add(schedule[at - 7])
                        .wrapping_add(mixed(schedule[at - 15], $small[0]))
                        .wrapping_add(schedule[at - 16]);
                }
                let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = self.state;
                for (word, constant) in schedule.iter().zip(&$constants) {
                    let first = h
                        .wrapping_add(rotated(e, $big[1]))
                        .wrapping_add(e & f ^ !e & g)
                        .wrapping_add(*constant)
                        .wrapping_add(*word);
                    let second = rotated(a, $big[0]).wrapping_add(a & b ^ a & c ^ b & c);
                    (h, g, f, e) = (g, f, e, d.wrapping_add(first));
                    (d, c, b, a) = (c, b, a, first.wrapping_add(second));
                }
                for (state, change) in self.state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
                    *state = state.wrapping_add(change);
                }
            }
        }

        impl Digest for $name {
            type Output = [u8; $size];

            fn new() -> Self {
                $name {
                    state: $start,
                    block: [0; Self::BLOCK],
                    length: 0,
                }
            }

            fn add(&mut self, bytes: &[u8]) {
                let mut rest = bytes;
                while !rest.is_empty() {
                    let at = (self.length % Self::BLOCK as u128) as usize;
                    let count = rest.len().min(Self::BLOCK - at);
                    self.block[at..at + count].copy_from_slice(&rest[..count]);
                    self.length += count as u128;
                    rest = &rest[count..];
                    if at + count == Self::BLOCK {
                        self.compress();
                    }
                }
            }

            fn finish(mut self) -> Self::Output {
                let bits = self.length * 8;
                self.add(&[0x80]);
                // The length takes two words at the end of a block.
                let room = Self::BLOCK - size_of::<$word>() * 2;
                while self.length % Self::BLOCK as u128 != room as u128 {
                    self.add(&[0]);
                }
                let bits = bits.to_be_bytes();
                self.add(&bits[bits.len() - size_of::<$word>() * 2..]);
                let mut output = [0; $size];
                let (words, _) = output.as_chunks_mut::<{ size_of::<$word>() }>();
                for (bytes, word) in words.iter_mut().zip(self.state) {
                    *bytes = word.to_be_bytes();
                }
                output
            }
        }
    };
}

/// A hash that takes its input in pieces.
pub trait Digest {
    /// What comes out.
    type Output: AsRef<[u8]> + Clone;
    /// Of nothing.
    fn new() -> Self;
    /// Takes bytes.
    fn add(&mut self, bytes: &[u8]);
    /// The hash of all of them.
    fn finish(self) -> Self::Output;
}

sha2!(
    /// SHA-256.
    Sha256, u32, 32, ROUND_CONSTANTS_256, upper(&SQUARE_ROOTS),
    [[2, 13, 22], [6, 11, 25]], [[7, 18, 3], [17, 19, 10]]
);
sha2!(
    /// SHA-512.
    Sha512, u64, 64, ROUND_CONSTANTS_512, SQUARE_ROOTS,
    [[28, 34, 39], [14, 18, 41]], [[1, 8, 7], [19, 61, 6]]
);

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn of<D: Digest>(pieces: &[&[u8]]) -> String {
        let mut digest = D::new();
        for piece in pieces {
            digest.add(piece);
        }
        hex(digest.finish().as_ref())
    }

    #[test]
    fn the_constants_are_those_of_the_standard() {
        assert_eq!(SQUARE_ROOTS[0], 0x6a09_e667_f3bc_c908);
        assert_eq!(CUBE_ROOTS[0], 0x428a_2f98_d728_ae22);
        assert_eq!(CUBE_ROOTS[79], 0x6c44_198c_4a47_5817);
        assert_eq!(ROUND_CONSTANTS_256[63], 0xc671_78f2);
    }

    #[test]
    fn the_examples_of_the_standard_have_their_hashes() {
        assert_eq!(
            of::<Sha256>(&[b"abc"]),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(
            of::<Sha256>(&[]),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert!(of::<Sha512>(&[b"abc"]).starts_with("ddaf35a193617abacc417349ae204131"));
        assert!(of::<Sha512>(&[b"abc"]).ends_with("2a9ac94fa54ca49f"));
        assert!(of::<Sha512>(&[]).starts_with("cf83e1357eefb8bdf1542850d66d8007"));
    }

    #[test]
    fn it_does_not_matter_how_the_input_is_cut() {
        let bytes: Vec<u8> = (0..500u32).map(|byte| byte as u8).collect();
        for cut in [1, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 499] {
            let (first, second) = bytes.split_at(cut);
            assert_eq!(of::<Sha256>(&[&bytes]), of::<Sha256>(&[first, second]), "{cut}");
            assert_eq!(of::<Sha512>(&[&bytes]), of::<Sha512>(&[first, second]), "{cut}");
            assert_ne!(of::<Sha512>(&[&bytes]), of::<Sha512>(&[first]), "{cut}");
        }
    }
}
