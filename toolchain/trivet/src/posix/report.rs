//! Counting, and docs/conformance.md.

use super::causes::Causes;
use super::compile::Library;
use super::results::Table;
use super::suite::{Kind, Test};
use super::verdict::Verdict;
use crate::failure::{Context, Failure, Result};
use crate::project::Project;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

/// Where the verdicts stand in docs/conformance.md.
const RESULTS: &str = "written by ./trivet test posix --write";
/// Where the coverage of names stands.
const NAMES: &str = "written by ./trivet test posix --names --write";

/// How many tests ended in which way.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Counts(BTreeMap<Verdict, usize>);

impl Counts {
    /// Counts one more.
    pub fn add(&mut self, verdict: Verdict) {
        *self.0.entry(verdict).or_default() += 1;
    }

    /// How many ended so.
    pub fn of(&self, verdict: Verdict) -> usize {
        self.0.get(&verdict).copied().unwrap_or(0)
    }

    fn total(&self) -> usize {
        self.0.values().sum()
    }
}

/// The families of the report, and the beginnings of their areas' names.
const FAMILIES: &[(&str, &[&str])] = &[
    ("asynchronous I/O", &["aio_", "lio_"]),
    ("message queues", &["mq_"]),
    ("barriers and spin locks", &["pthread_barrier", "pthread_spin"]),
    ("condition variables", &["pthread_cond"]),
    ("mutexes", &["pthread_mutex"]),
    ("read-write locks", &["pthread_rwlock"]),
    ("thread attributes", &["pthread_attr"]),
    ("other thread functions", &["pthread_"]),
    ("semaphores", &["sem_"]),
    ("scheduling", &["sched_"]),
    ("memory", &["mmap", "munmap", "mlock", "munlock", "msync", "shm_"]),
    ("signals", &["sig", "kill", "raise", "bsd_signal"]),
    ("timers", &["timer_"]),
    (
        "clocks and time",
        &[
            "clock",
            "nanosleep",
            "asctime",
            "ctime",
            "difftime",
            "gmtime",
            "localtime",
            "mktime",
            "strftime",
            "time",
        ],
    ),
];

/// The family that an area belongs to.
fn family(test: &Test) -> &'static str {
    if test.kind == Kind::Header {
        return "headers";
    }
    FAMILIES
        .iter()
        .find(|(_, starts)| starts.iter().any(|start| test.area().starts_with(start)))
        .map_or("other functions", |(name, _)| name)
}

/// The table for the terminal: a line a family, with the sums of both kinds.
pub fn summary(results: &[(&Test, Verdict)]) -> String {
    let mut families: BTreeMap<(Kind, &str), Counts> = BTreeMap::new();
    let mut sums: BTreeMap<Kind, Counts> = BTreeMap::new();
    for (test, verdict) in results {
        families
            .entry((test.kind, family(test)))
            .or_default()
            .add(*verdict);
        sums.entry(test.kind).or_default().add(*verdict);
    }
    let mut text = format!("{:26}{:>6}", "", "total");
    for verdict in Verdict::ALL {
        let _ = write!(text, "{:>13}", verdict.word());
    }
    text.push('\n');
    let line = |text: &mut String, name: &str, counts: &Counts| {
        let _ = write!(text, "{name:26}{:>6}", counts.total());
        for verdict in Verdict::ALL {
            let _ = write!(text, "{:>13}", counts.of(verdict));
        }
        text.push('\n');
    };
    for ((_, name), counts) in &families {
        line(&mut text, name, counts);
    }
    if let Some(counts) = sums.get(&Kind::Interface) {
        line(&mut text, "all interfaces", counts);
    }
    text
}

/// Whether these verdicts are a system's best: what it means to be worse than before.
pub fn regressions<'a>(before: &Table, results: &[(&'a Test, Verdict)]) -> Vec<&'a Test> {
    let worse = |(test, verdict): &&(&Test, Verdict)| {
        before.get(&test.name, Library::Trivet) == Some(Verdict::Pass) && *verdict != Verdict::Pass
    };
    results.iter().filter(worse).map(|(test, _)| *test).collect()
}

/// Writes the table and the causes into docs/conformance.md.
pub fn write(project: &Project, tests: &[Test], table: &Table, causes: &Causes) -> Result<()> {
    write_between(project, RESULTS, &figures(tests, table, causes))
}

/// Writes the coverage of names into docs/conformance.md.
pub fn write_names(project: &Project, text: &str) -> Result<()> {
    write_between(project, NAMES, text)
}

/// Puts a text between the mark of this name and the next end mark.
fn write_between(project: &Project, mark: &str, text: &str) -> Result<()> {
    let path = project.source("docs/conformance.md");
    let old = fs::read_to_string(&path).context(|| format!("reading {}", path.display()))?;
    let new = between(&old, mark, text).ok_or_else(|| {
        Failure::new(format!(
            "{} has lost the lines between which a table stands",
            path.display()
        ))
        .help(format!("they are <!-- begin: {mark} --> and <!-- end -->"))
    })?;
    fs::write(&path, new).context(|| format!("writing {}", path.display()))
}

fn between(old: &str, mark: &str, text: &str) -> Option<String> {
    const END: &str = "<!-- end -->\n";
    let begin = format!("<!-- begin: {mark} -->\n");
    let (head, rest) = old.split_once(&begin)?;
    let (_, tail) = rest.split_once(END)?;
    Some(format!("{head}{begin}{text}{END}{tail}"))
}

fn figures(tests: &[Test], table: &Table, causes: &Causes) -> String {
    let mut text = String::from("\n| | ");
    let columns = [Library::Trivet, Library::Glibc, Library::Musl];
    let kinds = [(Kind::Interface, "interfaces"), (Kind::Header, "headers")];
    let mut rule = String::from("| --- |");
    for (_, kind) in kinds {
        for library in columns {
            let _ = write!(text, "{kind}, {} | ", library.name());
            rule.push_str(" ---: |");
        }
    }
    let _ = writeln!(text, "\n{rule}");
    let count = |kind: Kind, library: Library| {
        let mut counts = Counts::default();
        for test in tests.iter().filter(|test| test.kind == kind) {
            if let Some(verdict) = table.get(&test.name, library) {
                counts.add(verdict);
            }
        }
        counts
    };
    let counts: Vec<Counts> = kinds
        .iter()
        .flat_map(|(kind, _)| columns.map(|library| count(*kind, library)))
        .collect();
    for verdict in Verdict::ALL {
        let _ = write!(text, "| {verdict} |");
        for counts in &counts {
            let _ = write!(text, " {} |", counts.of(verdict));
        }
        text.push('\n');
    }
    let _ = write!(text, "| tests |");
    for counts in &counts {
        let _ = write!(text, " {} |", counts.total());
    }
    text.push_str("\n\n### By family: passed, of the tests that are programs or only compiled\n\n");
    text.push_str("| family | tests | trivet | glibc | musl |\n| --- | ---: | ---: | ---: | ---: |\n");
    let mut families: BTreeMap<&str, Vec<&Test>> = BTreeMap::new();
    for test in tests {
        families.entry(family(test)).or_default().push(test);
    }
    for (name, tests) in &families {
        let is_program = |test: &&&Test| table.get(&test.name, Library::Trivet) != Some(Verdict::NoProgram);
        let _ = write!(text, "| {name} | {} |", tests.iter().filter(is_program).count());
        for library in columns {
            let passed = tests
                .iter()
                .filter(|test| table.get(&test.name, library) == Some(Verdict::Pass))
                .count();
            let _ = write!(text, " {passed} |");
        }
        text.push('\n');
    }
    text.push_str("\n### What does not pass here, and why\n\n");
    let mut by_cause: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for test in tests {
        let Some(verdict) = table.get(&test.name, Library::Trivet) else {
            continue;
        };
        if matches!(verdict, Verdict::Pass | Verdict::NoProgram) {
            continue;
        }
        let cause = match (causes.of(&test.name), verdict) {
            (Some(cause), _) => cause.to_owned(),
            (None, Verdict::Untested) => "The suite does not test this: it says so itself.".to_owned(),
            (None, _) if table.get(&test.name, Library::Glibc) == Some(verdict) => {
                "Ends so with glibc on Linux too.".to_owned()
            }
            (None, _) => "Not yet looked at.".to_owned(),
        };
        by_cause
            .entry(cause)
            .or_default()
            .push(format!("{} ({verdict})", test.name));
    }
    for (cause, names) in by_cause {
        let _ = writeln!(text, "**{cause}** {} tests: {}.\n", names.len(), names.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(name: &str) -> Test {
        Test {
            name: name.into(),
            kind: Kind::Interface,
            runs: vec![Vec::new()],
        }
    }

    #[test]
    fn a_test_that_passed_before_and_does_not_now_is_a_regression() {
        let (a, b, c) = (
            test("interfaces/a/1-1"),
            test("interfaces/b/1-1"),
            test("interfaces/c/1-1"),
        );
        let mut before = Table::default();
        before.set(&a.name, Library::Trivet, Verdict::Pass);
        before.set(&b.name, Library::Trivet, Verdict::Fail);
        let now = [
            (&a, Verdict::Unsupported),
            (&b, Verdict::Fail),
            (&c, Verdict::Fail),
        ];
        assert_eq!(regressions(&before, &now), [&a]);
    }

    #[test]
    fn every_area_belongs_to_one_family() {
        assert_eq!(family(&test("interfaces/pthread_mutex_lock/1-1")), "mutexes");
        assert_eq!(family(&test("interfaces/timer_create/1-1")), "timers");
        assert_eq!(family(&test("interfaces/time/1-1")), "clocks and time");
        assert_eq!(family(&test("interfaces/fork/1-1")), "other functions");
    }

    #[test]
    fn a_table_is_replaced_between_its_marks_only() {
        let old = "a\n<!-- begin: x -->\nold\n<!-- end -->\nb\n<!-- begin: y -->\n<!-- end -->\n";
        let new = between(old, "y", "new\n").unwrap();
        assert_eq!(
            new,
            "a\n<!-- begin: x -->\nold\n<!-- end -->\nb\n<!-- begin: y -->\nnew\n<!-- end -->\n"
        );
        assert_eq!(between(old, "z", "new"), None);
    }

    #[test]
    fn the_figures_name_each_failure_with_its_cause() {
        let tests = [test("interfaces/aio_read/1-1"), test("interfaces/fork/1-1")];
        let mut table = Table::default();
        table.set("interfaces/aio_read/1-1", Library::Trivet, Verdict::Fail);
        table.set("interfaces/fork/1-1", Library::Trivet, Verdict::Pass);
        let causes =
            toml::from_str("[[cause]]\ntext = \"Later.\"\ntests = [\"interfaces/aio_*\"]\n").unwrap();
        let text = figures(&tests, &table, &causes);
        assert!(
            text.contains("**Later.** 1 tests: interfaces/aio_read/1-1 (fail)."),
            "{text}"
        );
        assert!(!text.contains("fork/1-1"), "{text}");
    }
}
