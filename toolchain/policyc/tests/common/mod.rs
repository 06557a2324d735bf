//! Interfaces for tests, and short ways to compile and ask. They are written here and never change, so that numbers in
//! tests and the golden file stay.
#![allow(dead_code, reason = "each test file uses a part")]

use trivet_policy::{DomainId, InterfaceId, LabelId, Masks, MethodId, Policy};
use trivet_policyc::{Catalogue, Compilation, MemoryLoader, compile, diagnostics};

/// The interfaces that tests use.
pub const INTERFACES: &str = r#"
//! Interfaces for tests.

/// How.
flags OpenFlags: u64 { WRITE = 0x1, CREATE = 0x40 }

/// Kernel memory.
kernel interface Memory = 7 {
    /// Maps.
    method map_read = 0 () -> ()
        errors { }
        danger "reads";
    /// Maps.
    method map_write = 1 () -> ()
        errors { }
        danger "writes";
    /// Reads.
    method read = 2 () -> (out data: bytes[..0x1000], count: u64)
        errors { }
        danger "reads";
    /// Writes.
    method write = 3 (in data: bytes[..0x1000]) -> (count: u64)
        errors { }
        danger "writes";
}

/// A process.
kernel interface Process = 2 {
    /// Ends.
    method kill = 0 (reason: u64) -> ()
        errors { }
        danger "ends a program";
    /// Halts.
    method stop = 1 () -> ()
        errors { }
        danger "halts a program";
}

/// Files.
interface File = 32 {
    /// Opens.
    method open = 0 (in path: name[..4096], flags: OpenFlags) -> (file: handle File)
        errors { }
        danger "opens";
    /// Reads.
    method read = 1 (count: u64) -> (out data: bytes[..0x1000], count: u64)
        errors { }
        danger "reads the contents";
    /// Writes.
    method write = 2 (in data: bytes[..0x1000]) -> (count: u64)
        errors { }
        danger "changes the contents";
    /// Makes.
    method create = 3 (size: u64) -> ()
        errors { }
        danger "takes room";
    /// Removes.
    method remove = 5 () -> ()
        errors { }
        danger "takes contents away";
}

/// A thing with an order of use.
interface Vault = 33 {
    /// Begins.
    method open = 0 (key: u32, kind: Kind) -> (number: u32)
        errors { }
        danger "opens";
    /// Gives the code.
    method unlock = 1 (code: u16) -> ()
        errors { }
        danger "unlocks";
    /// Uses.
    method take = 2 (number: u32, amount: i32) -> ()
        errors { }
        danger "takes";
    /// Ends.
    method close = 3 (number: u32) -> ()
        errors { }
        danger "closes";
    /// Which.
    enum Kind: u8 { Small = 1, Large = 2 }
}

/// Blocks.
interface Disk = 34 {
    /// Moves.
    method transfer = 0 (offset: i32, length: u64, flags: OpenFlags) -> ()
        errors { }
        danger "moves blocks";
}
"#;

/// Catalogue of [`INTERFACES`].
pub fn catalogue() -> Catalogue {
    let mut sources = trivet_idl::Sources::default();
    sources.add("tests.idl", INTERFACES);
    let model = trivet_idl::compile(sources).unwrap_or_else(|errors| panic!("{errors}"));
    Catalogue::from_model(&model)
}

/// Domains, labels and servers that most tests start from.
pub const WORLD: &str = r#"
account root { account apps { handles 100; } }
domain init { program "init"; }
domain files { program "files"; }
domain app { account apps; program "app"; }
domain other { program "other"; }
label home { path disk "/home"; }
label tmp { path disk "/tmp"; }
label safe;
mint files -> home, tmp: File, Memory;
mint files -> safe: Vault;
"#;

/// Compiles `text` as it stands.
pub fn compile_text(text: &str) -> Compilation {
    compile(
        &MemoryLoader::default().with("test.policy", text),
        "test.policy",
        &catalogue(),
    )
}

/// Compiles [`WORLD`] and `rules`, which must go without an error.
pub fn world(rules: &str) -> Compilation {
    let compilation = compile_text(&format!("{WORLD}{rules}"));
    let found = diagnostics::render(&compilation.diagnostics, &compilation.sources, false);
    assert!(compilation.binary.is_some(), "{found}");
    compilation
}

/// What the compiler says of `text`, one finding on each line.
pub fn findings(text: &str) -> String {
    let compilation = compile_text(text);
    diagnostics::render_short(&compilation.diagnostics, &compilation.sources)
}

/// The same with [`WORLD`] before it.
pub fn world_findings(rules: &str) -> String {
    findings(&format!("{WORLD}{rules}"))
}

/// The policy of a compilation.
pub fn policy(compilation: &Compilation) -> Policy<'_> {
    let binary = compilation.binary.as_deref().expect("the policy compiles");
    Policy::load(binary).expect("what the compiler makes can be loaded")
}

/// Numbers of (domain, label, interface) by name.
pub fn ids(
    policy: &Policy<'_>,
    domain: &str,
    label: &str,
    interface: &str,
) -> (DomainId, LabelId, InterfaceId) {
    (
        policy.domain_by_name(domain).expect("the domain exists"),
        policy.label_by_name(label).expect("the label exists"),
        policy.interface_by_name(interface).expect("the interface exists"),
    )
}

/// Masks by name.
pub fn masks(policy: &Policy<'_>, domain: &str, label: &str, interface: &str) -> Masks {
    let (domain, label, interface) = ids(policy, domain, label, interface);
    policy.masks(domain, label, interface)
}

/// Names of the methods in a mask.
pub fn methods<'a>(policy: &Policy<'a>, interface: &str, mask: u64) -> Vec<&'a str> {
    let interface = policy.interface_by_name(interface).expect("the interface exists");
    (0..62u8)
        .filter(|bit| mask & (1 << bit) != 0)
        .map(|bit| policy.method_name(interface, MethodId(bit)))
        .collect()
}

/// Names of the methods that are granted.
pub fn granted<'a>(policy: &Policy<'a>, domain: &str, label: &str, interface: &str) -> Vec<&'a str> {
    methods(policy, interface, masks(policy, domain, label, interface).allow)
}
