//! The gate: `tests/bench/limits.toml` says what each line may cost, `tests/bench/figures.tsv` what it cost when
//! it was last committed.
//!
//! A line fails that is over its limit, that is more than three per cent over the committed figure, or that
//! fails to run where it may not.

use super::figures::Figures;
use crate::failure::{Context, Result};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// How much a line may rise over the committed figure.
const TOLERANCE: f64 = 1.03;

/// What is allowed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Instructions that a line may cost at most.
    limit: BTreeMap<String, f64>,
    /// The same for the kernel's own figures.
    #[serde(default)]
    kernel: BTreeMap<String, f64>,
    /// Figures of the kernel that must be within three per cent of another one: what does not depend on the number of objects.
    #[serde(default)]
    flat: BTreeMap<String, String>,
    /// Beginnings of the names of lines that may fail to run as yet.
    may_fail: Vec<String>,
}

impl Limits {
    /// Reads the file of limits.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).context(|| format!("reading {}", path.display()))?;
        toml::from_str(&text).context(|| format!("reading {}", path.display()))
    }

    /// Judges each line: its name, and what is wrong with it if anything is. A line with a limit that was not
    /// measured is judged too.
    pub fn judge(
        &self,
        measured: &Figures,
        committed: &BTreeMap<String, f64>,
    ) -> Vec<(String, Option<String>)> {
        let missing = self.limit.keys().filter(|name| !measured.order.contains(name));
        measured
            .order
            .iter()
            .chain(missing)
            .map(|name| {
                (
                    name.clone(),
                    self.judge_line(name, measured.get(name), committed.get(name)),
                )
            })
            .collect()
    }

    /// Judges the kernel's own figures: those with a limit.
    pub fn judge_kernel(&self, measured: &Figures) -> Vec<(String, Option<String>)> {
        let judge = |(name, limit): (&String, &f64)| {
            let problem = match measured.get(name) {
                None => Some("it was not measured".to_owned()),
                Some(value) if value > *limit => {
                    Some(format!("{value:.1} instructions, the limit is {limit}"))
                }
                Some(_) => None,
            };
            (format!("kernel {name}"), problem)
        };
        let flat = |(name, other): (&String, &String)| {
            let problem = match (measured.get(name), measured.get(other)) {
                (Some(value), Some(base)) if value > base * TOLERANCE => {
                    Some(format!("{value:.1} instructions, {other} takes {base:.1}"))
                }
                (Some(_), Some(_)) => None,
                _ => Some(format!("it was not measured, or {other} was not")),
            };
            (format!("kernel {name} is flat"), problem)
        };
        let limits = self.kernel.iter().map(judge);
        limits.chain(self.flat.iter().map(flat)).collect()
    }

    fn judge_line(&self, name: &str, value: Option<f64>, committed: Option<&f64>) -> Option<String> {
        let Some(value) = value else {
            let may_fail = self.may_fail.iter().any(|prefix| name.starts_with(prefix));
            return (!may_fail).then(|| "it does not run".to_owned());
        };
        if let Some(limit) = self.limit.get(name).filter(|limit| value > **limit) {
            return Some(format!("{value:.1} instructions, the limit is {limit}"));
        }
        match committed {
            Some(before) if value > before * TOLERANCE => Some(format!(
                "{value:.1} instructions, the committed figure is {before}"
            )),
            _ => None,
        }
    }
}

/// The committed figures, from the TSV that `trivet bench --tsv` writes; none where there is no file yet.
pub fn committed(path: &Path) -> BTreeMap<String, f64> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .skip(1)
        .filter_map(|line| {
            let mut cells = line.split('\t');
            Some((cells.next()?.to_owned(), cells.next()?.parse().ok()?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(output: &str) -> Vec<(String, Option<String>)> {
        let limits: Limits =
            toml::from_str("may_fail = [\"pipe_\"]\n[limit]\nread_1 = 2500\nstat = 10\n").unwrap();
        let committed = BTreeMap::from([("read_1".to_owned(), 1000.0)]);
        limits.judge(&Figures::parse(output).unwrap(), &committed)
    }

    fn is_good(output: &str, line: &str) -> bool {
        judge(output)
            .iter()
            .any(|(name, problem)| name == line && problem.is_none())
    }

    #[test]
    fn a_line_over_its_limit_or_over_the_committed_figure_fails() {
        assert!(is_good("read_1 1 1030", "read_1"));
        assert!(!is_good("read_1 1 1031", "read_1"));
        assert!(!is_good("read_1 1 2501", "read_1"));
    }

    #[test]
    fn a_line_that_does_not_run_fails_unless_it_may() {
        assert!(!is_good("read_1 ERR 38", "read_1"));
        assert!(is_good("pipe_rtt ERR 38", "pipe_rtt"));
    }

    #[test]
    fn a_limit_without_a_figure_fails() {
        assert!(!is_good("read_1 1 5", "stat"));
    }

    #[test]
    fn a_kernel_figure_over_its_limit_or_missing_fails() {
        let limits: Limits = toml::from_str("may_fail = []\n[limit]\n[kernel]\ncall = 1000\n").unwrap();
        let judge = |value: Option<f64>| {
            let mut figures = Figures::default();
            figures.insert("call", value);
            limits.judge_kernel(&figures)[0].1.is_none()
        };
        assert!(judge(Some(1000.0)) && !judge(Some(1001.0)) && !judge(None));
    }

    #[test]
    fn a_kernel_figure_that_grows_with_the_number_of_objects_fails() {
        let text = "may_fail = []\n[limit]\n[flat]\nmany = \"few\"\n";
        let limits: Limits = toml::from_str(text).unwrap();
        let judge = |few: Option<f64>, many: f64| {
            let mut figures = Figures::default();
            figures.insert("few", few);
            figures.insert("many", Some(many));
            limits.judge_kernel(&figures)[0].1.is_none()
        };
        assert!(judge(Some(1000.0), 1029.0) && judge(Some(1000.0), 900.0));
        assert!(!judge(Some(1000.0), 1031.0) && !judge(None, 1000.0));
    }

    #[test]
    fn the_limits_of_this_tree_are_valid() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let limits = Limits::read(&root.join("tests/bench/limits.toml")).unwrap();
        let names = fs::read_to_string(root.join(super::super::SOURCE)).unwrap();
        assert!(!limits.limit.is_empty());
        for name in limits.limit.keys() {
            assert!(
                names.contains(&format!("\"{name}\"")),
                "posixbench has no line {name}"
            );
        }
    }
}
