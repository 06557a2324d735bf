//! The cost of a look-up does not grow with the policy: the number of slots that it examines is bounded by a small number
//! from 10 to 10,000 rules.

#[path = "../../../toolchain/policyc/tests/common/mod.rs"]
mod common;

use std::fmt::Write as _;

use trivet_policy::Policy;
use trivet_policy::format::{Header, Record};

/// So many rules, each about a label of its own.
fn policy_of(rules: usize) -> Vec<u8> {
    let mut text = String::new();
    for number in 0..rules {
        let domain = ["app", "other", "init"][number % 3];
        let _ = writeln!(
            text,
            "label l{number}; mint files -> l{number}: File; allow {domain} -> l{number}: File.read;"
        );
    }
    common::world(&text).binary.expect("it compiles")
}

#[test]
fn look_ups_examine_few_slots_from_10_to_10000_rules() {
    for rules in [10, 100, 1_000, 10_000] {
        let bytes = policy_of(rules);
        let policy = Policy::load(&bytes).expect("it is sound");
        assert!(policy.all_rows().count() > 2 * rules);
        let header = Header::read(&bytes);
        assert!(header.max_probe <= 8, "{rules} rules: {} slots", header.max_probe);
        assert!(
            policy.row_table_bytes() < 400 * (rules + 100),
            "{rules} rules: {}",
            policy.row_table_bytes()
        );
    }
}
