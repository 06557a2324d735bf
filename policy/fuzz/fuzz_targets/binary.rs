//! Random compiled policies. The header is made right, so that the checks behind it are reached; half of the inputs are
//! changes to a sound policy: pairs of a place and a byte.
#![no_main]

#[path = "../../../toolchain/policyc/tests/common/mod.rs"]
mod common;
#[path = "../../engine/tests/support/mod.rs"]
mod support;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use trivet_policy::Policy;
use trivet_policy::format::{FIRST_SECTION, checksum};

static SOUND: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let rules = include_str!("rich.policy");
    common::world(rules).binary.unwrap_or_default()
});

fuzz_target!(|data: &[u8]| {
    let (kind, data) = data.split_first().unwrap_or((&0, &[]));
    let mut bytes = if kind % 2 == 0 {
        let mut bytes = SOUND.clone();
        for change in data.chunks_exact(4) {
            let place = u16::from_le_bytes([change[0], change[1]]) as usize % bytes.len();
            bytes[place] = if change[2] % 4 == 0 {
                bytes[place].wrapping_add(change[3])
            } else {
                change[3]
            };
        }
        bytes
    } else {
        data.to_vec()
    };
    if bytes.len() >= FIRST_SECTION {
        bytes[..16].copy_from_slice(&SOUND[..16]);
        let length = (bytes.len() as u64).to_le_bytes();
        bytes[16..24].copy_from_slice(&length);
        let sum = checksum(&bytes[32..]).to_le_bytes();
        bytes[24..32].copy_from_slice(&sum);
    }
    if let Ok(policy) = Policy::load(&bytes) {
        support::ask_everything(&policy);
    }
});
