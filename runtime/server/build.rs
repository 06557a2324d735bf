//! Writes the service traits from `interfaces/`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    println!("cargo:rustc-check-cfg=cfg(loom)");
    let manifest = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let interfaces = manifest.join("../../interfaces");
    println!("cargo:rerun-if-changed={}", interfaces.display());
    println!("cargo:rerun-if-changed=build.rs");
    let model = match trivet_idl::load_dir(&interfaces) {
        Ok(model) => model,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let output = Path::new(&std::env::var_os("OUT_DIR").unwrap_or_default()).join("services.rs");
    if let Err(error) = std::fs::write(&output, trivet_idl::rust::service(&model)) {
        eprintln!("cannot write {}: {error}", output.display());
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
