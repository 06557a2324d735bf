//! Any text ends in findings or in a policy that the engine takes, answers for and tests: the shipped policy and the fuzzers' rich one,
//! with words taken out, doubled, exchanged and overwritten. (policy/fuzz does the same for hours, guided by coverage.)

mod common;
#[path = "../../../policy/engine/tests/support/mod.rs"]
mod support;

use proptest::prelude::*;
use std::sync::LazyLock;
use trivet_policy::Policy;
use trivet_policyc::{Catalogue, MemoryLoader, compile, diagnostics, run_tests};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(common::catalogue);

/// A policy with every kind of statement.
const RICH: &str = include_str!("../../../policy/fuzz/fuzz_targets/rich.policy");
/// What stands in a word's place.
const WORDS: [&str; 22] = [
    "allow",
    "deny",
    "->",
    "*",
    "{",
    "}",
    ";",
    "except",
    "where",
    "self",
    "none",
    "to",
    "18446744073709551616",
    "-1",
    "\"/\"",
    "per",
    "flow",
    "include \"main.policy\";",
    "\u{0}",
    "\u{20ac}",
    "test",
    "/*",
];

/// One change of the text: where, and what.
#[derive(Clone, Debug)]
enum Change {
    Remove(prop::sample::Index),
    Double(prop::sample::Index),
    Exchange(prop::sample::Index, prop::sample::Index),
    Overwrite(prop::sample::Index, usize),
    Cut(prop::sample::Index),
}

fn change() -> impl Strategy<Value = Change> {
    let place = any::<prop::sample::Index>;
    prop_oneof![
        place().prop_map(Change::Remove),
        place().prop_map(Change::Double),
        (place(), place()).prop_map(|(a, b)| Change::Exchange(a, b)),
        (place(), 0..WORDS.len()).prop_map(|(at, word)| Change::Overwrite(at, word)),
        place().prop_map(Change::Cut),
    ]
}

fn apply(text: &str, changes: &[Change]) -> String {
    let mut words: Vec<&str> = text.split_inclusive([' ', '\n', ';', '.']).collect();
    for change in changes {
        if words.is_empty() {
            break;
        }
        let count = words.len();
        match change {
            Change::Remove(at) => {
                words.remove(at.index(count));
            }
            Change::Double(at) => words.insert(at.index(count), words[at.index(count)]),
            Change::Exchange(a, b) => words.swap(a.index(count), b.index(count)),
            Change::Overwrite(at, word) => words[at.index(count)] = WORDS[*word],
            Change::Cut(at) => words.truncate(at.index(count)),
        }
    }
    words.concat()
}

/// Compiles, and uses the result as kernel and host would.
fn survives(text: &str) -> Result<(), TestCaseError> {
    let loader = MemoryLoader::default()
        .with("main.policy", text)
        .with("world.policy", common::WORLD);
    let compilation = compile(&loader, "main.policy", &CATALOGUE);
    let _ = diagnostics::render(&compilation.diagnostics, &compilation.sources, false);
    match &compilation.binary {
        Some(binary) => {
            let policy = Policy::load(binary);
            prop_assert!(policy.is_ok(), "what the compiler makes cannot be loaded");
            if let Ok(policy) = policy {
                support::ask_everything(&policy);
            }
            let _ = run_tests(&compilation, &CATALOGUE);
        }
        None => prop_assert!(compilation.errors() > 0, "no policy and no error"),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn mutated_policies_end_in_findings_or_in_a_policy(changes in prop::collection::vec(change(), 0..8)) {
        survives(&apply(RICH, &changes))?;
    }

    #[test]
    fn any_text_ends_in_findings_or_in_a_policy(text in "\\PC{0,200}") {
        survives(&text)?;
    }
}
