//! Counting results: what passed, what failed, and what should have been there.

use std::fmt;

/// How one test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It passed.
    Passed,
    /// It failed.
    Failed,
    /// It did not run here, and says why.
    Skipped,
}

/// The results of one suite.
#[derive(Debug, Default)]
pub struct Results {
    /// Each test's name and outcome.
    pub tests: Vec<(String, Outcome)>,
}

impl Results {
    /// Takes results out of a harness's output: lines `test NAME ... ok` (cargo's harness) or `NAME ... ok`.
    /// With a word behind it, as in `ok (12 ms)` or `FAILED: 3 differ`, the line counts all the same.
    pub fn parse(output: &str, prefix: &str) -> Self {
        let tests = output
            .lines()
            .filter_map(|line| parse_line(line, prefix))
            .collect();
        Results { tests }
    }

    /// Number of tests that ended so.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.tests.iter().filter(|(_, other)| *other == outcome).count()
    }
}

fn parse_line(line: &str, prefix: &str) -> Option<(String, Outcome)> {
    let (name, end) = line.strip_prefix(prefix)?.rsplit_once(" ... ")?;
    let word = end.split(|c: char| !c.is_ascii_alphanumeric()).next()?;
    let outcome = match word {
        "ok" => Outcome::Passed,
        "FAILED" => Outcome::Failed,
        "ignored" | "skipped" => Outcome::Skipped,
        _ => return None,
    };
    Some((name.trim().to_owned(), outcome))
}

/// The whole run's numbers.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Total {
    /// Tests that passed.
    pub passed: usize,
    /// Tests that failed, are missing, or were never counted in `tests/totals.toml`.
    pub failed: usize,
    /// Tests that did not run here.
    pub skipped: usize,
}

impl Total {
    /// Adds one suite's results. `expected` is its count in `tests/totals.toml`, or `None` where a filter was
    /// given. Returns what is wrong with the count, in words.
    pub fn add(&mut self, results: &Results, expected: Option<usize>) -> Option<String> {
        self.passed += results.count(Outcome::Passed);
        self.failed += results.count(Outcome::Failed);
        self.skipped += results.count(Outcome::Skipped);
        let (found, expected) = (results.tests.len(), expected?);
        self.failed += found.abs_diff(expected);
        match found.cmp(&expected) {
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Less => Some(format!("{} of {expected} tests did not run", expected - found)),
            std::cmp::Ordering::Greater => Some(format!(
                "{} tests more than tests/totals.toml has (./trivet test --record writes the count)",
                found - expected
            )),
        }
    }
}

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "running 4 tests\ntest a::b ... ok\ntest c - should panic ... ok\ntest d ... FAILED\ntest e ... ignored, needs a guest\n\ntest result: FAILED. 2 passed\n";

    #[test]
    fn lines_of_cargos_harness_are_counted() {
        let results = Results::parse(OUTPUT, "test ");
        assert_eq!(results.tests.len(), 4);
        assert_eq!(results.tests[1].0, "c - should panic");
        assert_eq!(results.count(Outcome::Passed), 2);
        assert_eq!(results.count(Outcome::Failed), 1);
        assert_eq!(results.count(Outcome::Skipped), 1);
    }

    #[test]
    fn a_missing_test_is_a_failure() {
        let mut total = Total::default();
        assert!(total.add(&Results::parse(OUTPUT, "test "), Some(6)).is_some());
        assert_eq!(total.to_string(), "2 passed, 3 failed, 1 skipped");
    }

    #[test]
    fn a_test_that_was_not_counted_is_a_failure() {
        let mut total = Total::default();
        assert!(
            total
                .add(&Results::parse("x ... ok\ny ... ok (3 ms)\n", ""), Some(1))
                .is_some()
        );
        assert_eq!(total.to_string(), "2 passed, 1 failed");
    }

    #[test]
    fn a_filter_switches_the_count_off() {
        let mut total = Total::default();
        assert!(total.add(&Results::parse("x ... ok\n", ""), None).is_none());
        assert_eq!(total.to_string(), "1 passed, 0 failed");
    }
}
