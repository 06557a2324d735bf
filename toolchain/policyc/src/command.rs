//! What `trivet policy check FILE` and `trivet policy test FILE` do and print.

use std::io::{self, Write};
use std::path::Path;

use trivet_policy::Policy;

use crate::catalogue::Catalogue;
use crate::compile::{Compilation, compile_with};
use crate::diagnostics::render;
use crate::source::FolderLoader;
use crate::testing::run_tests;

/// Compiles a policy file with everything that it includes, for a run without options.
#[must_use]
pub fn compile_file(path: &Path, catalogue: &Catalogue) -> Compilation {
    compile_file_with(path, catalogue, &[])
}

/// Compiles a policy file with everything that it includes, for a run with these options.
#[must_use]
pub fn compile_file_with(path: &Path, catalogue: &Catalogue, options: &[&str]) -> Compilation {
    let (loader, name) = FolderLoader::for_file(path);
    compile_with(&loader, &name, catalogue, options)
}

/// As `compile_file`, with all options that the policy says something about.
fn compile_with_all_options(path: &Path, catalogue: &Catalogue, without: &Compilation) -> Compilation {
    let options: Vec<&str> = without.options.iter().map(String::as_str).collect();
    compile_file_with(path, catalogue, &options)
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 {
        format!("1 {what}")
    } else {
        format!("{count} {what}s")
    }
}

/// Shows what is wrong with a policy, then one line about it. True if it compiles.
///
/// # Errors
/// Those of writing to `out`.
pub fn check_file(path: &Path, catalogue: &Catalogue, out: &mut dyn Write, colour: bool) -> io::Result<bool> {
    let mut compilation = compile_file(path, catalogue);
    if compilation.binary.is_some() && !compilation.options.is_empty() {
        // What is wrong without options was wrong with them, too; what the policy has is told as it is without.
        let with_all = compile_with_all_options(path, catalogue, &compilation);
        if with_all.binary.is_none() || compilation.diagnostics.is_empty() {
            compilation.diagnostics = with_all.diagnostics;
        }
        if with_all.binary.is_none() {
            compilation.binary = None;
        }
    }
    out.write_all(render(&compilation.diagnostics, &compilation.sources, colour).as_bytes())?;
    let warnings = counted(compilation.warnings(), "warning");
    match compilation
        .binary
        .as_deref()
        .map(|binary| (binary.len(), Policy::load(binary)))
    {
        Some((length, Ok(policy))) => {
            writeln!(
                out,
                "{}: {}, {}, {}, {}, {length} bytes; {warnings}",
                path.display(),
                counted(usize::from(policy.domain_count()) - 1, "domain"),
                counted(
                    policy.label_count() as usize - usize::from(policy.domain_count()),
                    "label"
                ),
                counted(policy.all_rows().count(), "decision"),
                counted(
                    compilation.model.as_ref().map_or(0, |model| model.tests.len()),
                    "test"
                ),
            )?;
            Ok(true)
        }
        _ => {
            writeln!(
                out,
                "{}: {}, {warnings}",
                path.display(),
                counted(compilation.errors(), "error")
            )?;
            Ok(false)
        }
    }
}

/// Runs the tests inside a policy and closes with `N passed, N failed`. True if it compiles and all pass.
///
/// # Errors
/// Those of writing to `out`.
pub fn test_file(path: &Path, catalogue: &Catalogue, out: &mut dyn Write, colour: bool) -> io::Result<bool> {
    let compilation = compile_file(path, catalogue);
    if compilation.binary.is_none() {
        return check_file(path, catalogue, out, colour);
    }
    let mut results = run_tests(&compilation, catalogue);
    // A test inside of `when` is run with that option alone; the others say what holds without any.
    for option in &compilation.options {
        let with_option = compile_file_with(path, catalogue, &[option]);
        if with_option.binary.is_none() {
            return check_file(path, catalogue, out, colour);
        }
        let more = run_tests(&with_option, catalogue);
        results.extend(
            more.into_iter()
                .filter(|test| !results.iter().any(|known| known.name == test.name))
                .collect::<Vec<_>>(),
        );
    }
    let mut failed = 0;
    for result in &results {
        let passed = result.failures.is_empty();
        failed += usize::from(!passed);
        writeln!(
            out,
            "{} ... {}",
            result.name,
            if passed { "ok" } else { "FAILED" }
        )?;
        out.write_all(render(&result.failures, &compilation.sources, colour).as_bytes())?;
    }
    writeln!(out, "{} passed, {failed} failed", results.len() - failed)?;
    Ok(failed == 0)
}
