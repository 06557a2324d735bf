//! Random source text: the compiler ends in findings or in a policy that the engine takes, answers for and tests.
#![no_main]

#[path = "../../../toolchain/policyc/tests/common/mod.rs"]
mod common;
#[path = "../../engine/tests/support/mod.rs"]
mod support;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use trivet_policy::Policy;
use trivet_policyc::{Catalogue, MemoryLoader, compile, diagnostics, run_tests};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(common::catalogue);

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let loader = MemoryLoader::default()
        .with("main.policy", text)
        .with("world.policy", common::WORLD);
    let compilation = compile(&loader, "main.policy", &CATALOGUE);
    let _ = diagnostics::render(&compilation.diagnostics, &compilation.sources, false);
    match &compilation.binary {
        Some(binary) => {
            let policy = Policy::load(binary).expect("what the compiler makes can be loaded");
            support::ask_everything(&policy);
            let _ = run_tests(&compilation, &CATALOGUE);
        }
        None => assert!(
            compilation.errors() > 0,
            "a policy that does not compile has an error"
        ),
    }
});
