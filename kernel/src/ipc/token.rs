//! Tokens: how a server names a pending call. 24 bits of record, 40 bits of call number. Note 0004.

/// Set in the record part of a token that belongs to a call slot, not to a thread.
const SLOT_BIT: u32 = 1 << 23;
const NUMBER_BITS: u32 = 40;

/// Call numbers wrap here.
pub const NUMBER_MASK: u64 = (1 << NUMBER_BITS) - 1;
/// Threads and call slots that can exist at once.
pub const RECORD_END: u32 = SLOT_BIT;

/// Which record a token means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordIndex {
    /// The synchronous call of the thread at this index.
    Thread(u32),
    /// The call slot at this index.
    Slot(u32),
}

/// The token of a call.
#[inline]
#[must_use]
pub const fn encode(record: RecordIndex, number: u64) -> u64 {
    let record = match record {
        RecordIndex::Thread(index) => index,
        RecordIndex::Slot(index) => index | SLOT_BIT,
    };
    ((record as u64) << NUMBER_BITS) | (number & NUMBER_MASK)
}

/// Record and call number of a token.
#[inline]
#[must_use]
pub const fn decode(token: u64) -> (RecordIndex, u64) {
    let record = (token >> NUMBER_BITS) as u32;
    let index = if record & SLOT_BIT == 0 {
        RecordIndex::Thread(record)
    } else {
        RecordIndex::Slot(record & !SLOT_BIT)
    };
    (index, token & NUMBER_MASK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn token_keeps_its_parts(index in 0..RECORD_END, number in 0..=NUMBER_MASK, slot: bool) {
            let record = if slot { RecordIndex::Slot(index) } else { RecordIndex::Thread(index) };
            prop_assert_eq!(decode(encode(record, number)), (record, number));
        }
    }
}
