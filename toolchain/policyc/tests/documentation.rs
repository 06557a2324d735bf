//! The examples of docs/policy-language.md are statements of the language.

mod common;

use std::path::Path;

/// The indented or fenced examples that are policies: those that begin with a statement.
fn examples() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/policy-language.md");
    let text = std::fs::read_to_string(path).expect("the description is there");
    text.split("```")
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .filter(|block| !block.contains("./trivet") && !block.contains("statement   ="))
        .collect()
}

#[test]
fn examples_of_the_description_can_be_parsed() {
    let examples = examples();
    assert!(examples.len() > 10, "{}", examples.len());
    for example in examples {
        let found = common::findings(&example);
        // Names that an example does not declare are unknown; but no word stands where it may not.
        for words in ["expected", "begins no statement", "means nothing here"] {
            assert!(!found.contains(words), "{example}\n{found}");
        }
    }
}

#[test]
fn every_statement_has_an_example() {
    let examples = examples().concat();
    for keyword in [
        "include",
        "account",
        "domain",
        "label",
        "domains",
        "labels",
        "methods",
        "allow",
        "deny",
        "transition",
        "limit",
        "flow",
        "set",
        "test",
        "assert",
        "step",
        "wait",
    ] {
        let begins = |line: &str| line.split_whitespace().next() == Some(keyword);
        assert!(examples.lines().any(begins), "{keyword}");
    }
}
