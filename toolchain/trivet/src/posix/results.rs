//! The verdicts of a run, and the committed table of all of them (tests/posix/results.tsv).

use super::compile::Library;
use super::verdict::Verdict;
use crate::failure::{Context, Failure, Result};
use crate::project::Project;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

/// The libraries in the order of the table's columns.
const COLUMNS: [Library; 3] = [Library::Trivet, Library::Glibc, Library::Musl];
const HEADER: &str = "test\ttrivet\tglibc\tmusl";

/// How one test ended, and the last of what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestResult {
    /// The verdict.
    pub verdict: Verdict,
    /// How long it took by the system's own clock.
    pub milliseconds: u64,
    /// What it changed in the system and did not put back.
    pub left: Option<String>,
    /// The end of its output, or of the compiler's messages.
    pub text: String,
}

impl TestResult {
    /// A result that is known without running the test.
    pub fn known(verdict: Verdict, text: String) -> Self {
        TestResult {
            verdict,
            milliseconds: 0,
            left: None,
            text,
        }
    }
}

/// The verdicts of every library, by test.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Table {
    rows: BTreeMap<String, [Option<Verdict>; 3]>,
}

impl Table {
    /// Reads the committed table; one that is not there is empty.
    pub fn read(project: &Project) -> Result<Self> {
        match fs::read_to_string(path(project)) {
            Ok(text) => Table::parse(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Table::default()),
            Err(error) => Err(error).context(|| format!("reading {}", path(project).display())),
        }
    }

    fn parse(text: &str) -> Result<Self> {
        let mut rows = BTreeMap::new();
        for line in text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty() && *line != HEADER)
        {
            let wrong = || Failure::new(format!("tests/posix/results.tsv: {line:?} is no row of it"));
            let fields: Vec<&str> = line.split('\t').collect();
            let [name, words @ ..] = &fields[..] else {
                return Err(wrong());
            };
            if words.len() != COLUMNS.len() {
                return Err(wrong());
            }
            let mut row = [None; 3];
            for (verdict, word) in row.iter_mut().zip(words) {
                *verdict = match *word {
                    "-" => None,
                    word => Some(Verdict::parse(word).ok_or_else(wrong)?),
                };
            }
            rows.insert((*name).to_owned(), row);
        }
        Ok(Table { rows })
    }

    /// Writes the committed table.
    pub fn write(&self, project: &Project) -> Result<()> {
        let path = path(project);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).context(|| format!("making {}", folder.display()))?;
        }
        fs::write(&path, self.text()).context(|| format!("writing {}", path.display()))
    }

    fn text(&self) -> String {
        let mut text = format!(
            "# How each test of the Open POSIX test suite ended last; written by ./trivet test posix --write.\n{HEADER}\n"
        );
        for (name, row) in &self.rows {
            let words = row.map(|verdict| verdict.map_or("-", Verdict::word));
            let _ = writeln!(text, "{name}\t{}", words.join("\t"));
        }
        text
    }

    /// The verdict of one test with this library.
    pub fn get(&self, name: &str, library: Library) -> Option<Verdict> {
        self.rows.get(name)?[library as usize]
    }

    /// Puts a verdict in.
    pub fn set(&mut self, name: &str, library: Library, verdict: Verdict) {
        self.rows.entry(name.to_owned()).or_default()[library as usize] = Some(verdict);
    }
}

fn path(project: &Project) -> PathBuf {
    project.source("tests/posix/results.tsv")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_as_it_was_written() {
        let mut table = Table::default();
        table.set("interfaces/a/1-1", Library::Musl, Verdict::TimeOut);
        table.set("interfaces/a/1-1", Library::Trivet, Verdict::Pass);
        table.set("definitions/b/2-1", Library::Glibc, Verdict::NotBuilt);
        assert_eq!(Table::parse(&table.text()).unwrap(), table);
        assert_eq!(
            table.get("interfaces/a/1-1", Library::Musl),
            Some(Verdict::TimeOut)
        );
        assert_eq!(table.get("interfaces/a/1-1", Library::Glibc), None);
    }

    #[test]
    fn a_row_of_another_shape_is_refused() {
        for text in ["a\tpass", "a\tpass\tpass\tpassed", "a\tpass\tpass\tpass\tpass"] {
            assert!(Table::parse(text).is_err(), "{text}");
        }
    }
}
