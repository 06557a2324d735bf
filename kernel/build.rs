//! Tells the two builds of this package apart: the machine's (the kernel that boots) and the host's (logic and tests).
//!
//! The machine's build is known by its code model or by a target without an operating system. Only it gets the
//! linker script and the configuration `trivet_machine`.
//!
//! Both get the fingerprint of the interfaces, which the policy must have been compiled against.

use std::env;
use trivet_policy::format::fingerprint;

/// The fingerprint of all interfaces and methods, in the order of their numbers.
fn interfaces_fingerprint(folder: &str) -> u64 {
    let mut model = trivet_idl::load_dir(folder).expect("the interface files are valid");
    model.interfaces.sort_by_key(|interface| interface.number);
    model.interfaces.iter_mut().fold(0, |hash, interface| {
        let hash = fingerprint(hash, interface.number, &interface.name);
        interface.methods.sort_by_key(|method| method.number);
        interface.methods.iter().fold(hash, |hash, method| {
            fingerprint(hash, u16::from(method.number), &method.name)
        })
    })
}

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=linker.ld");
    println!("cargo:rustc-check-cfg=cfg(trivet_machine)");
    let folder = env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let interfaces = format!("{folder}/../interfaces");
    println!("cargo:rerun-if-changed={interfaces}");
    let fingerprint = interfaces_fingerprint(&interfaces);
    println!("cargo:rustc-env=TRIVET_INTERFACES_FINGERPRINT={fingerprint}");
    let bare = env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "none");
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    if !bare && !flags.contains("code-model=kernel") {
        return;
    }
    println!("cargo:rustc-cfg=trivet_machine");
    for argument in [
        &format!("-T{folder}/linker.ld"),
        "--build-id=none",
        "-zmax-page-size=0x1000",
        "-znoexecstack",
        "-static",
    ] {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
}
