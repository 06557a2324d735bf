//! Tells the two builds of this package apart: the machine's (the kernel that boots) and the host's (logic and tests).
//!
//! The machine's build is known by its code model or by a target without an operating system. Only it gets the
//! linker script and the configuration `trivet_machine`.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=linker.ld");
    println!("cargo:rustc-check-cfg=cfg(trivet_machine)");
    let bare = env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "none");
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    if !bare && !flags.contains("code-model=kernel") {
        return;
    }
    let folder = env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
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
