//! Whatever the bytes, loading ends in a policy or an error; and a policy that was loaded answers every question.

#[path = "../../../toolchain/policyc/tests/common/mod.rs"]
mod common;

use proptest::prelude::*;
use trivet_policy::format::{FIRST_SECTION, HEADER_SIZE, SECTION_COUNT, Section, checksum};
use trivet_policy::{
    AccountId, DomainId, Frames, InterfaceId, LabelId, LoadError, MAX_FRAME_CELLS, MethodId, Outcome, Policy,
    Request, Rows, RuleId, publish_rows, published_size,
};

/// A policy with something in every section.
const RICH: &str = r#"
label etc { path disk "/etc"; path ram "/"; port tcp 80 to 90 at "10.0.0.0/8"; object Memory; }
mint files -> etc: File;
transition app: etc -> other;
new in home named "*.key", "id", "core.*" by app -> tmp;
new in tmp -> home;
allow app -> tmp, etc: File.*, Memory.map_read;
allow app, other -> safe: Vault.* ;
deny other -> safe: Vault.open where key in {1, 3 to 9} and not kind == Large;
allow init -> home: File.read where count < 100;
deny reply app -> home: File.read;
audit app -> etc: File.write;
limit few: app -> safe: Vault.open to 3 every 1 s per session;
limit sum: app -> tmp: File.create to 1 MiB of size per domain;
flow order: app, other -> safe per process { a: Vault.unlock -> b; b: Vault.take -> a on success, Vault.close; }
set mine: app -> safe of 3 per process { add reply number on Vault.open; require number on Vault.take; remove number on Vault.close; }
"#;

fn rich() -> Vec<u8> {
    common::world(RICH).binary.expect("it compiles")
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

/// Asks a loaded policy everything, with numbers inside and outside of its tables.
fn ask_everything(policy: &Policy<'_>) {
    let domains: Vec<DomainId> = (0..policy.domain_count().min(12))
        .chain([u16::MAX])
        .map(DomainId)
        .collect();
    let labels: Vec<LabelId> = (0..policy.label_count().min(16))
        .chain([u32::MAX])
        .map(LabelId)
        .collect();
    let interfaces = [2, 7, 32, 33, 34, 0, u16::MAX].map(InterfaceId);
    let inputs = [3, 1, 2, 0, u64::MAX, 5, 1, 1, 1];
    for &domain in &domains {
        let _ = (
            policy.domain_name(domain),
            policy.account(policy.account_of(domain)),
        );
        let mut process = vec![0; policy.process_cells(domain).into()];
        let mut shared = vec![0; policy.domain_cells(domain).into()];
        for &label in &labels {
            let _ = (policy.label_name(label), policy.transition(domain, label));
            let _ = policy.label_for_new(label, b"a.key", domain);
            for interface in interfaces {
                let masks = policy.masks(domain, label, interface);
                assert_eq!(masks.stateful & !masks.allow, 0);
                let _ = policy.may_mint(domain, label, interface);
                let cells = policy.session_cells(label, interface);
                assert!(cells <= MAX_FRAME_CELLS);
                let mut session = vec![0; cells.into()];
                for method in [0, 1, 2, 3, 5, 61, 255].map(MethodId) {
                    let _ = policy
                        .deciding_rule(domain, label, interface, method)
                        .map(|rule| policy.rule_text(rule));
                    let _ = policy.method_name(interface, method);
                    let request = Request {
                        domain,
                        label,
                        interface,
                        method,
                        time_ns: 7,
                        inputs: &inputs,
                    };
                    let mut frames = Frames {
                        session: &mut session,
                        process: &mut process,
                        domain: &mut shared,
                    };
                    let verdict = policy.evaluate(&mut frames, &request);
                    let bit = 1u64.checked_shl(method.0.into()).unwrap_or(0);
                    assert!(
                        !verdict.allowed || masks.allow & bit != 0,
                        "a check never widens the mask"
                    );
                    let outcome = if label.0 % 2 == 0 {
                        Outcome::Failure
                    } else {
                        Outcome::Success(&[4; 6])
                    };
                    let _ = policy.settle(&mut frames, &verdict.undo, outcome);
                }
            }
        }
        if published_size(policy, domain) < 1 << 16 {
            let mut memory = vec![0; 1 << 16];
            publish_rows(policy, domain, &mut memory).expect("there is room");
            let rows = Rows::new(&memory).expect("just written");
            let _ = rows.granted(domain, LabelId(1), InterfaceId(32));
        }
    }
    for name in ["init", "files", "", "x"] {
        let _ = (
            policy.boot_domain(name),
            policy.label_for_path(name, b"/etc/passwd"),
            policy.label_by_name(name),
        );
    }
    for path in [b"".as_slice(), b"/", b"//", b"/etc//x/", b"relative"] {
        let _ = policy.label_for_path("disk", path);
    }
    let _ = policy.label_for_address(6, [0; 16], 80);
    let _ = (
        policy.rule_text(RuleId(u32::MAX)),
        policy.account(AccountId(u16::MAX)),
    );
    assert!(policy.all_rows().count() <= 1 << 20);
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
        for value in [0, 1, 0x7f, 0xff, bytes[at].wrapping_add(1)] {
            let mut changed = bytes.clone();
            changed[at] = value;
            seal(&mut changed);
            if let Ok(policy) = Policy::load(&changed)
                && (at % 16 == 0 || value == 0xff)
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
