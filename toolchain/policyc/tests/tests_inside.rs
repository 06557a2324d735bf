//! Tests inside a policy: they pass when they should, and fail, with the rule that decided, when they should.

mod common;

use common::{WORLD, catalogue, compile_text, world};
use trivet_policyc::run_tests;

/// Messages and helps of what failed.
fn failures(rules: &str) -> Vec<String> {
    let compilation = world(rules);
    run_tests(&compilation, &catalogue())
        .into_iter()
        .flat_map(|result| result.failures)
        .map(|failure| format!("{} | {}", failure.message, failure.help.unwrap_or_default()))
        .collect()
}

#[test]
fn assertions_that_hold_pass() {
    let found = failures(
        "label tools { path disk \"/bin\"; port tcp 80; }
         allow app -> tmp, tools: File.{open, read}; mint files -> tools: File;
         transition app: tools -> other;
         new in tmp named \"*.t\" -> tools;
         test \"all\" {
             assert allowed app -> tmp: File.{open, read};
             assert denied * except app, files -> *: File.*;
             assert denied app -> tmp: File.write, Vault.*;
             assert mint files -> tmp: File;
             assert not mint app, other -> tmp: File, Vault;
             assert transition app: tools -> other;
             assert path disk \"/bin/cat\" is tools;
             assert path disk \"/else\" is none;
             assert new tmp \"a.t\" by app is tools;
             assert port tcp 80 is tools;
         }",
    );
    assert_eq!(found, [""; 0]);
}

#[test]
fn assertions_that_do_not_hold_fail_and_name_the_rule() {
    let rules = "allow app -> tmp: File.read; deny app -> tmp: File.write; transition app: tmp -> other;";
    let cases = [
        (
            "assert denied app -> tmp: File.read;",
            "allowed: app -> tmp: File.read | decided by test.policy:",
        ),
        (
            "assert denied app -> tmp: File.read;",
            "what a caller can do with it: reads the contents",
        ),
        (
            "assert allowed app -> tmp: File.write;",
            "deny app -> tmp: File.write;",
        ),
        (
            "assert allowed app -> tmp: File.open;",
            "denied: app -> tmp: File.open | no rule grants it",
        ),
        (
            "assert allowed app -> tmp: File.*;",
            "denied: app -> tmp: File.open and 3 more",
        ),
        (
            "assert mint app -> tmp: File;",
            "`app` may not mint `File` with label `tmp`",
        ),
        ("assert not mint files -> tmp: File;", "`files` may mint"),
        ("assert transition other: tmp -> app;", "leads nowhere"),
        ("assert transition app: tmp -> init;", "leads to `other`"),
        ("assert no transition app: tmp;", "leads to `other`"),
        (
            "assert no transition other: tmp;",
            "leads nowhere: the domain stays",
        ),
        (
            "assert path disk \"/tmp\" is home;",
            "is labelled `tmp`, not `home`",
        ),
        (
            "assert new tmp \"x\" by app is home;",
            "is labelled `tmp`, not `home`",
        ),
        ("assert port tcp 1 is home;", "is labelled `none`, not `home`"),
    ];
    for (line, words) in cases {
        let found = failures(&format!("{rules} test \"t\" {{ {line} }}"));
        assert!(found.iter().any(|text| text.contains(words)), "{line}\n{found:?}");
    }
}

#[test]
fn steps_keep_state_by_process_and_session() {
    let found = failures(
        "allow app -> safe: Vault.*;
         limit two: app -> safe: Vault.open to 2 every 5 s per process;
         flow order: app -> safe per session { start: Vault.unlock -> open; open: Vault.take; }
         set mine: app -> safe of 4 per process { add reply number on Vault.open; require number on Vault.take; }
         test \"limit\" {
             step app -> safe: Vault.open succeeds;
             step app -> safe: Vault.open fails;
             step app -> safe: Vault.open succeeds;
             step app -> safe: Vault.open denied;
             step app -> safe: Vault.open process second succeeds;
             wait 5 s;
             step app -> safe: Vault.open succeeds;
         }
         test \"flow and set\" {
             step app -> safe: Vault.take denied;
             step app -> safe: Vault.unlock session a succeeds;
             step app -> safe: Vault.open(key = 3, kind = Small) succeeds with (number = 9);
             step app -> safe: Vault.take(number = 9, amount = -1) session a succeeds;
             step app -> safe: Vault.take(number = 9) session b denied;
             step app -> safe: Vault.take(number = 8) session a denied;
         }",
    );
    assert_eq!(found, [""; 0]);
    let found = failures(
        "allow app -> tmp: File.read;
         test \"t\" { step app -> tmp: File.read denied; step app -> tmp: File.write succeeds; }",
    );
    assert!(
        found.len() == 2 && found[0].starts_with("allowed: app -> tmp: File.read"),
        "{found:?}"
    );
    assert!(found[1].contains("no rule grants it"), "{found:?}");
}

#[test]
fn tests_of_included_files_run_only_where_asked() {
    use trivet_policyc::{MemoryLoader, compile};
    for (with, count) in [("", 1), (" with tests", 2)] {
        let loader = MemoryLoader::default()
            .with(
                "main.policy",
                &format!("include \"base.policy\"{with}; test \"own\" {{ }}"),
            )
            .with("base.policy", &format!("{WORLD} test \"base\" {{ }}"));
        let compilation = compile(&loader, "main.policy", &catalogue());
        assert_eq!(run_tests(&compilation, &catalogue()).len(), count);
    }
}

#[test]
fn a_policy_that_does_not_compile_has_no_results() {
    let compilation = compile_text("domain; test \"t\" { assert denied a -> b: *; }");
    assert!(compilation.binary.is_none() && run_tests(&compilation, &catalogue()).is_empty());
}
