//! `tests/totals.toml`: the suites and how many tests each has.
//!
//! The counts are written by `trivet test --record` after a look at the difference, never by a normal run.

use crate::failure::{Context, Failure, Result};
use serde::Deserialize;
use std::fs;
use std::path::Path;

/// What a suite is run by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The tests of a package of the workspace, run by cargo's harness on the host.
    Cargo,
    /// A program that prints `NAME ... ok`, `NAME ... FAILED` or `NAME ... skipped`, a line a test.
    Program,
}

/// When a suite runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// Always.
    First,
    /// Only with `--all`.
    All,
    /// Only with `--soak`.
    Soak,
}

/// One suite.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// Its name; for cargo suites the package's.
    pub name: String,
    /// What runs it.
    pub kind: Kind,
    /// When it runs.
    #[serde(default = "first")]
    pub tier: Tier,
    /// For programs: the command and its arguments, relative to the project.
    #[serde(default)]
    pub command: Vec<String>,
    /// For programs: whether the command takes a filter as a further argument. One that does not is left out when a
    /// filter is given.
    #[serde(default = "yes")]
    pub takes_filter: bool,
    /// How many tests it has.
    pub tests: usize,
}

fn yes() -> bool {
    true
}

fn first() -> Tier {
    Tier::First
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Totals {
    suite: Vec<Suite>,
}

/// Reads the suites.
pub fn read(path: &Path) -> Result<Vec<Suite>> {
    let text = fs::read_to_string(path).context(|| format!("reading {}", path.display()))?;
    let totals: Totals = toml::from_str(&text).context(|| format!("reading {}", path.display()))?;
    for (position, suite) in totals.suite.iter().enumerate() {
        let twice = totals.suite[..position]
            .iter()
            .any(|other| other.name == suite.name);
        let command_fits = suite.command.is_empty() != (suite.kind == Kind::Program);
        if twice || !command_fits {
            return Err(
                Failure::new(format!("{}: the suite {} is wrong", path.display(), suite.name))
                    .help("each suite stands there once; suites of kind program have a command, others none"),
            );
        }
    }
    Ok(totals.suite)
}

/// Writes new counts into the file, leaving everything else as it is.
pub fn record(path: &Path, counts: &[(String, usize)]) -> Result<()> {
    let text = fs::read_to_string(path).context(|| format!("reading {}", path.display()))?;
    fs::write(path, with_counts(&text, counts)).context(|| format!("writing {}", path.display()))
}

fn with_counts(text: &str, counts: &[(String, usize)]) -> String {
    let mut suite = None;
    let mut output = String::with_capacity(text.len());
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("name = ") {
            suite = Some(name.trim().trim_matches('"'));
        }
        let count = counts
            .iter()
            .find(|(name, _)| Some(name.as_str()) == suite)
            .map(|(_, count)| count);
        match count {
            Some(count) if line.starts_with("tests = ") => output.push_str(&format!("tests = {count}")),
            _ => output.push_str(line),
        }
        output.push('\n');
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Suites\n[[suite]]\nname = \"a\"\nkind = \"cargo\"\ntests = 1\n\n[[suite]]\nname = \"b\"\nkind = \"program\"\ncommand = [\"x\"]\ntier = \"all\"\ntests = 2\n";

    fn parse(text: &str) -> Result<Vec<Suite>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("totals.toml");
        fs::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn suites_are_read_with_their_tiers() {
        let suites = parse(TEXT).unwrap();
        assert_eq!(suites.len(), 2);
        assert_eq!(
            (suites[0].kind, suites[0].tier, suites[0].tests),
            (Kind::Cargo, Tier::First, 1)
        );
        assert_eq!((suites[1].kind, suites[1].tier), (Kind::Program, Tier::All));
    }

    #[test]
    fn recording_changes_only_the_count() {
        let text = with_counts(TEXT, &[("b".into(), 5)]);
        assert_eq!(text, TEXT.replace("tests = 2", "tests = 5"));
    }

    #[test]
    fn a_suite_given_twice_or_without_command_is_refused() {
        assert!(parse(&format!("{TEXT}{TEXT}")).is_err());
        assert!(parse("[[suite]]\nname = \"a\"\nkind = \"program\"\ntests = 1\n").is_err());
        assert!(parse("[[suite]]\nname = \"a\"\nkind = \"cargo\"\n").is_err());
    }
}
