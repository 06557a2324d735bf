//! Whatever the bytes, loading ends in a policy or an error; and a policy that was loaded answers every question.

#[path = "../../../toolchain/policyc/tests/common/mod.rs"]
mod common;
mod support;

use std::sync::LazyLock;

use proptest::prelude::*;
use support::ask_everything;
use trivet_policy::format::{FIRST_SECTION, HEADER_SIZE, SECTION_COUNT, Section, checksum};
use trivet_policy::{DomainId, InterfaceId, LabelId, LoadError, Policy, Rows};

/// A policy with something in every section.
const RICH: &str = include_str!("../../fuzz/fuzz_targets/rich.policy");

fn rich() -> Vec<u8> {
    static COMPILED: LazyLock<Vec<u8>> = LazyLock::new(|| common::world(RICH).binary.expect("it compiles"));
    COMPILED.clone()
}

/// Makes the checksum right again, so that the other checks are reached.
fn seal(bytes: &mut [u8]) {
    if bytes.len() >= FIRST_SECTION {
        let length = (bytes.len() as u64).to_le_bytes();
        bytes[16..24].copy_from_slice(&length);
        let sum = checksum(&bytes[32..]).to_le_bytes();
        bytes[24..32].copy_from_slice(&sum);
    }
}

#[test]
fn a_sound_policy_answers_everything() {
    let bytes = rich();
    let policy = Policy::load(&bytes).expect("it is sound");
    assert!(policy.all_rows().count() > 10);
    ask_everything(&policy);
}

#[test]
fn loading_needs_no_alignment() {
    let bytes = rich();
    for shift in 1..8 {
        let mut moved = vec![0; shift];
        moved.extend_from_slice(&bytes);
        assert!(Policy::load(&moved[shift..]).is_ok());
    }
}

#[test]
fn a_cut_or_longer_policy_is_refused() {
    let bytes = rich();
    for length in (0..bytes.len()).step_by(7) {
        assert!(Policy::load(&bytes[..length]).is_err(), "{length}");
        let mut cut = bytes[..length].to_vec();
        seal(&mut cut);
        assert!(Policy::load(&cut).is_err(), "{length} sealed");
    }
    let mut longer = bytes;
    longer.extend_from_slice(&[0; 8]);
    assert_eq!(Policy::load(&longer).err(), Some(LoadError::Length));
    seal(&mut longer);
    assert_eq!(Policy::load(&longer).err(), Some(LoadError::Length));
}

#[test]
fn damage_is_found_by_the_checksum() {
    let bytes = rich();
    for at in (32..bytes.len()).step_by(3) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        assert_eq!(Policy::load(&damaged).err(), Some(LoadError::Checksum), "{at}");
    }
    let mut other = bytes;
    other[8] = 99;
    assert_eq!(Policy::load(&other).err(), Some(LoadError::Version(99)));
}

#[test]
fn every_byte_matters_or_is_harmless() {
    let bytes = rich();
    for at in 0..bytes.len() {
        for value in [0, 0xff, bytes[at].wrapping_add(1)] {
            let mut changed = bytes.clone();
            changed[at] = value;
            seal(&mut changed);
            if let Ok(policy) = Policy::load(&changed)
                && (at % 16 == 0 || value == 0xff)
                && at % 3 == 0
            {
                ask_everything(&policy);
            }
        }
    }
}

/// Offset and length of a section.
fn section(bytes: &[u8], section: Section) -> (usize, usize) {
    let entry = HEADER_SIZE + section as usize * 8;
    let field = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize;
    (field(entry), field(entry + 4))
}

#[test]
fn every_section_of_the_rich_policy_has_something_to_damage() {
    let bytes = rich();
    for entry in 0..SECTION_COUNT {
        let length = u32::from_le_bytes(
            bytes[HEADER_SIZE + entry * 8 + 4..][..4]
                .try_into()
                .expect("four bytes"),
        );
        assert!(length > 0, "section {entry} is empty");
    }
}

#[test]
fn jumps_out_of_a_check_are_refused() {
    let bytes = rich();
    let (offset, length) = section(&bytes, Section::Operations);
    let size = 32;
    let mut refused = 0;
    for operation in 0..length / size {
        let at = offset + operation * size;
        if bytes[at] == trivet_policy::format::code::COMPARE {
            let mut changed = bytes.clone();
            changed[at + 6..at + 8].copy_from_slice(&200u16.to_le_bytes());
            seal(&mut changed);
            assert!(matches!(
                Policy::load(&changed),
                Err(LoadError::BadRecord(Section::Checks, _))
            ));
            refused += 1;
        }
    }
    assert!(refused > 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..2000), sealed in any::<bool>()) {
        if sealed && bytes.len() >= FIRST_SECTION {
            let good = rich();
            bytes[..16].copy_from_slice(&good[..16]);
            seal(&mut bytes);
        }
        if let Ok(policy) = Policy::load(&bytes) {
            ask_everything(&policy);
        }
    }

    #[test]
    fn mutated_policies_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        words in prop::collection::vec((any::<prop::sample::Index>(), prop_oneof![Just(0u32), Just(u32::MAX), 0..64u32]), 0..4),
    ) {
        let mut bytes = rich();
        for (place, value) in changes {
            let at = place.index(bytes.len());
            bytes[at] = value;
        }
        for (place, value) in words {
            let at = place.index(bytes.len() / 4 - 1) * 4;
            bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        }
        seal(&mut bytes);
        if let Ok(policy) = Policy::load(&bytes) {
            ask_everything(&policy);
        }
    }

    #[test]
    fn published_rows_of_any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), slots in 0..70u64) {
        let mut bytes = bytes;
        if bytes.len() >= 32 {
            bytes[..8].copy_from_slice(b"TRVTROWS");
            bytes[8..16].copy_from_slice(&slots.to_le_bytes());
        }
        if let Ok(rows) = Rows::new(&bytes) {
            for domain in 0..4 {
                let _ = rows.granted(DomainId(domain), LabelId(3), InterfaceId(32));
            }
        }
    }
}
