//! Policies: compiling the one of a run, and what `trivet policy` does with any.

use crate::build::fingerprint::{fingerprint, is_current, record};
use crate::failure::{Context, Failure, Result};
use crate::project::Project;
use std::fs;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use trivet_policyc::Catalogue;

/// The policy that is used when none is named.
pub const DEFAULT: &str = "policy/default.policy";

/// The interfaces and methods that policies name.
pub fn catalogue(project: &Project) -> Result<Catalogue> {
    let folder = project.source("interfaces");
    let model = trivet_idl::load_dir(&folder).context(|| format!("reading {}", folder.display()))?;
    Ok(Catalogue::from_model(&model))
}

/// Compiles a policy for a run with these options, the shipped one if no file is given. The shipped ones are compiled again only when
/// something in `policy/` or `interfaces/` changed.
pub fn compile(project: &Project, file: Option<&Path>, options: &[&str]) -> Result<Vec<u8>> {
    let default = project.source(DEFAULT);
    let path = file.unwrap_or(&default);
    if !path.is_file() {
        return Err(Failure::new(format!(
            "{}: there is no such policy",
            path.display()
        )));
    }
    if file.is_some_and(|file| file != default) {
        return compile_now(project, path, options);
    }
    let cache = project.cache_folder("build/policy")?;
    let (stamp, binary) = (
        cache.join(["fingerprint", options.join("-").as_str()].join("-")),
        cache.join(format!("default-{}.bin", options.join("-"))),
    );
    let inputs: Vec<PathBuf> = ["policy", "interfaces", "toolchain/policyc"]
        .iter()
        .map(|name| project.source(name))
        .collect();
    let now = fingerprint(&inputs, "")?;
    if is_current(&stamp, &now)
        && let Ok(bytes) = fs::read(&binary)
    {
        return Ok(bytes);
    }
    let bytes = compile_now(project, path, options)?;
    fs::write(&binary, &bytes).context(|| format!("writing {}", binary.display()))?;
    record(&stamp, &now)?;
    Ok(bytes)
}

fn compile_now(project: &Project, path: &Path, options: &[&str]) -> Result<Vec<u8>> {
    let compilation = trivet_policyc::compile_file_with(path, &catalogue(project)?, options);
    let unknown = options
        .iter()
        .find(|option| !compilation.options.iter().any(|known| known == *option));
    if let Some(unknown) = unknown.filter(|_| compilation.binary.is_some()) {
        return Err(Failure::new(format!(
            "{}: the policy does not say what --{unknown} allows",
            path.display()
        ))
        .help(format!(
            "write `when {unknown} {{ ... }}` into it, as policy/default.policy does, or include that file"
        )));
    }
    let colour = std::io::stderr().is_terminal();
    let text = trivet_policyc::diagnostics::render(&compilation.diagnostics, &compilation.sources, colour);
    match compilation.binary {
        Some(binary) => Ok(binary),
        None => {
            // Diagnostics point into the source; they are printed as they are.
            let _ = std::io::stderr().write_all(text.as_bytes());
            Err(
                Failure::new(format!("{}: the policy does not compile", path.display()))
                    .help(format!("./trivet policy check {} shows it again", path.display())),
            )
        }
    }
}
