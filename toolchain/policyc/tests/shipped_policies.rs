//! The policies that Trivet ships, and the one of the tutorial, compile without a warning and pass their own tests.

use std::path::{Path, PathBuf};

use trivet_policyc::{
    Catalogue, Compilation, check_file, compile_file, compile_file_with, diagnostics, run_tests,
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn catalogue() -> Catalogue {
    let model = trivet_idl::load_dir(root().join("interfaces")).unwrap_or_else(|error| panic!("{error}"));
    Catalogue::from_model(&model)
}

fn shipped() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["policy", "policy/examples", "docs/tutorial"] {
        let entries = std::fs::read_dir(root().join(folder)).expect("the folder of policies exists");
        for entry in entries {
            let path = entry.expect("the folder can be read").path();
            if path.extension().is_some_and(|extension| extension == "policy") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A policy without options, with each alone, and with all.
fn with_options(path: &Path, catalogue: &Catalogue) -> Vec<Compilation> {
    let without = compile_file(path, catalogue);
    let options: Vec<&str> = without.options.iter().map(String::as_str).collect();
    let mut choices: Vec<Vec<&str>> = options.iter().map(|option| vec![*option]).collect();
    choices.push(options);
    let mut all: Vec<Compilation> = choices
        .iter()
        .map(|choice| compile_file_with(path, catalogue, choice))
        .collect();
    all.push(without);
    all
}

#[test]
fn shipped_policies_compile_without_warnings() {
    let catalogue = catalogue();
    let policies = shipped();
    assert!(policies.len() >= 2, "{policies:?}");
    for path in policies {
        for compilation in with_options(&path, &catalogue) {
            let found = diagnostics::render(&compilation.diagnostics, &compilation.sources, false);
            assert!(found.is_empty(), "{}\n{found}", path.display());
            assert!(compilation.binary.is_some());
        }
    }
}

#[test]
fn shipped_policies_pass_their_own_tests() {
    let catalogue = catalogue();
    for path in shipped() {
        for compilation in with_options(&path, &catalogue) {
            let results = run_tests(&compilation, &catalogue);
            assert!(!results.is_empty(), "{} has no tests", path.display());
            for result in results {
                let failures = diagnostics::render(&result.failures, &compilation.sources, false);
                assert!(
                    failures.is_empty(),
                    "{}: {}\n{failures}",
                    path.display(),
                    result.name
                );
            }
        }
    }
}

#[test]
fn check_says_in_one_line_what_a_policy_has() {
    let mut out = Vec::new();
    let good = check_file(
        &root().join("policy/default.policy"),
        &catalogue(),
        &mut out,
        false,
    );
    let text = String::from_utf8(out).expect("text");
    assert!(good.expect("writing to memory works"), "{text}");
    assert!(
        text.contains("6 domains") && text.trim_end().ends_with("0 warnings"),
        "{text}"
    );
}
