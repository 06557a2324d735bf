//! The host tests of the workspace's packages.
//!
//! Cargo builds all of them in one call; the test programs are then run from here, so that each result belongs
//! to its package and a filter reaches all of them. Documentation examples are run by cargo itself.

use super::report::Results;
use crate::failure::{Context, Failure, Result};
use crate::project::Project;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A test program that cargo built.
#[derive(Debug, PartialEq, Eq)]
pub struct TestProgram {
    package: String,
    manifest: PathBuf,
    program: PathBuf,
}

/// The fields of cargo's messages that matter here.
#[derive(Deserialize)]
struct Message {
    reason: String,
    manifest_path: Option<PathBuf>,
    package_id: Option<String>,
    executable: Option<PathBuf>,
    profile: Option<Profile>,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

/// Builds the tests of these packages.
pub fn build(project: &Project, packages: &[&str]) -> Result<Vec<TestProgram>> {
    let mut cargo = Command::new("cargo");
    cargo.args([
        "test",
        "--no-run",
        "--quiet",
        "--message-format=json-render-diagnostics",
    ]);
    for package in packages {
        cargo.args(["--package", package]);
    }
    cargo.current_dir(project.root()).stderr(Stdio::inherit());
    let output = cargo.output().context(|| "starting cargo")?;
    if !output.status.success() {
        return Err(Failure::new(
            "the host tests do not build (cargo's messages are above)",
        ));
    }
    parse_messages(&String::from_utf8_lossy(&output.stdout))
}

fn parse_messages(output: &str) -> Result<Vec<TestProgram>> {
    let mut programs = Vec::new();
    for line in output.lines() {
        let message: Message = serde_json::from_str(line).context(|| "reading cargo's messages")?;
        let Message {
            manifest_path: Some(manifest),
            package_id: Some(id),
            executable: Some(program),
            ..
        } = message
        else {
            continue;
        };
        if message.reason == "compiler-artifact" && message.profile.is_some_and(|profile| profile.test) {
            programs.push(TestProgram {
                package: package_name(&id),
                manifest,
                program,
            });
        }
    }
    Ok(programs)
}

/// The package's name in a package id: `path+file:///folder#name@1.0.0` or `path+file:///name#1.0.0`.
fn package_name(id: &str) -> String {
    let (url, fragment) = id.rsplit_once('#').unwrap_or((id, ""));
    match fragment.split_once('@') {
        Some((name, _)) => name.to_owned(),
        None => url.rsplit('/').next().unwrap_or(url).to_owned(),
    }
}

/// Runs the tests of one package, its documentation's examples included, and returns results and output.
pub fn run(
    project: &Project,
    programs: &[TestProgram],
    package: &str,
    filter: Option<&str>,
) -> Result<(Results, String)> {
    let mut output = String::new();
    for test in programs.iter().filter(|test| test.package == package) {
        let folder = test.manifest.parent().unwrap_or(Path::new("/"));
        let mut command = Command::new(&test.program);
        command
            .args(filter)
            .current_dir(folder)
            .env("CARGO_MANIFEST_DIR", folder);
        output.push_str(&collect(&mut command)?);
    }
    let folder = programs
        .iter()
        .find(|test| test.package == package)
        .and_then(|test| test.manifest.parent());
    if folder.is_some_and(|folder| folder.join("src/lib.rs").is_file()) {
        let mut cargo = Command::new("cargo");
        cargo
            .args(["test", "--quiet", "--doc", "--package", package, "--"])
            .args(filter);
        // The quiet form prints dots; the results are wanted by name.
        cargo.args(["--format", "pretty"]).current_dir(project.root());
        output.push_str(&collect(&mut cargo)?);
    }
    Ok((Results::parse(&output, "test "), output))
}

/// Runs a test program to its end and returns what it printed. Death by a signal counts as a failed test of
/// its own, because its remaining tests never ran.
fn collect(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let result = command
        .stdin(Stdio::null())
        .output()
        .context(|| format!("starting {name}"))?;
    let mut text = String::from_utf8_lossy(&result.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&result.stderr));
    if !result.status.success() && !text.contains("... FAILED") {
        text.push_str(&format!("\ntest {name} ({}) ... FAILED\n", result.status));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_ids_of_both_forms_are_understood() {
        assert_eq!(package_name("path+file:///x/abi#trivet-abi@0.1.0"), "trivet-abi");
        assert_eq!(package_name("path+file:///x/trivet#0.1.0"), "trivet");
    }

    #[test]
    fn only_test_programs_are_taken() {
        let line = |test: bool, executable: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","package_id":"path+file:///x/a#0.1.0","manifest_path":"/x/a/Cargo.toml","executable":{executable},"profile":{{"test":{test}}}}}"#
            )
        };
        let output = [
            line(true, "\"/t/a\""),
            line(false, "\"/t/b\""),
            line(true, "null"),
            r#"{"reason":"build-finished","success":true}"#.to_owned(),
        ];
        let programs = parse_messages(&output.join("\n")).unwrap();
        assert_eq!(programs.len(), 1);
        assert_eq!(
            (programs[0].package.as_str(), programs[0].program.as_path()),
            ("a", Path::new("/t/a"))
        );
    }

    #[test]
    fn a_test_program_that_dies_is_a_failure() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo 'test a ... ok'; kill -9 $$"]);
        let results = Results::parse(&collect(&mut command).unwrap(), "test ");
        assert_eq!(results.count(super::super::report::Outcome::Failed), 1);
        assert_eq!(results.count(super::super::report::Outcome::Passed), 1);
    }
}
