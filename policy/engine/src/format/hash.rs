//! Keys of rows, where a search for them begins, and the sums that find damage and foreign interfaces.

/// The key of a row: domain in bits 48-63, label in bits 16-47, interface in bits 0-15.
#[inline]
#[must_use]
pub const fn row_key(domain: u16, label: u32, interface: u16) -> u64 {
    (domain as u64) << 48 | (label as u64) << 16 | interface as u64
}

/// Domain, label and interface of a key.
#[inline]
#[must_use]
pub const fn split_key(key: u64) -> (u16, u32, u16) {
    ((key >> 48) as u16, (key >> 16) as u32, key as u16)
}

/// The slot where the search for `key` starts in a table of `1 << bits` slots.
#[inline]
#[must_use]
pub const fn hash_slot(key: u64, multiplier: u64, bits: u32) -> usize {
    // The top bits of a product depend on all bits of the key. Shifting by 64 would be an overflow: a table of one slot.
    if bits == 0 {
        0
    } else {
        (key.wrapping_mul(multiplier) >> (64 - bits)) as usize
    }
}

/// A 64-bit FNV-1a hash, eight bytes at a time: finds damage, proves nothing against a forger.
#[must_use]
pub fn checksum(bytes: &[u8]) -> u64 {
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        hash = (hash ^ u64::from_le_bytes(*word)).wrapping_mul(PRIME);
        // Without this, the top bits of a word would reach only the top bits of the hash.
        hash ^= hash >> 32;
    }
    for &byte in rest {
        hash = (hash ^ u64::from(byte)).wrapping_mul(PRIME);
    }
    hash
}

/// Continues a fingerprint over interface and method names and numbers; start with 0. The compiler and whoever compares use the same order: by number.
#[must_use]
pub fn fingerprint(so_far: u64, number: u16, name: &str) -> u64 {
    let mut hash = so_far ^ 0x9e37_79b9_7f4a_7c15;
    for &byte in number.to_le_bytes().iter().chain(name.as_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        hash ^= hash >> 29;
    }
    hash
}
