//! Writes the service traits and the asynchronous clients from `interfaces/`.

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
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
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    let outputs = [
        ("services.rs", trivet_idl::rust::service(&model)),
        ("clients.rs", trivet_idl::rust::asynchronous(&model)),
    ];
    for (name, text) in outputs {
        let output = folder.join(name);
        if let Err(error) = std::fs::write(&output, text) {
            eprintln!("cannot write {}: {error}", output.display());
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
