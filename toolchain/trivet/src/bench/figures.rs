//! Figures: what posixbench prints, and the table of two systems side by side.

use crate::failure::{Failure, Result};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Instructions an operation for each line, or `None` where the line failed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// The lines in the order in which they ran.
    pub order: Vec<String>,
    values: BTreeMap<String, Option<f64>>,
}

impl Figures {
    /// Reads posixbench's output: `NAME ITERATIONS NS_PER_OP [MB_PER_S]` or `NAME ERR ...`, comments with `#`.
    pub fn parse(output: &str) -> Result<Self> {
        let mut figures = Figures::default();
        for line in output.lines() {
            let mut words = line.split_whitespace();
            let (Some(name), Some(count)) = (words.next(), words.next()) else {
                continue;
            };
            if name.starts_with('#') || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                continue;
            }
            let value = match (count, words.next()) {
                ("ERR", _) => None,
                (_, Some(value)) if count.parse::<u64>().is_ok() => match value.parse::<f64>() {
                    Ok(value) if value.is_finite() && value >= 0.0 => Some(value),
                    _ => continue,
                },
                _ => continue,
            };
            figures.insert(name, value);
        }
        if figures.order.is_empty() {
            return Err(Failure::new("posixbench printed no figure"));
        }
        Ok(figures)
    }

    /// Adds a line.
    pub fn insert(&mut self, name: &str, value: Option<f64>) {
        if self.values.insert(name.to_owned(), value).is_none() {
            self.order.push(name.to_owned());
        }
    }

    /// A line's figure; `None` where it failed or is not there.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.values.get(name).copied().flatten()
    }

    /// For each line the smaller figure of both.
    pub fn best(&self, other: &Figures) -> Figures {
        let mut best = Figures::default();
        for name in self.order.iter().chain(&other.order) {
            let values = [self.get(name), other.get(name)];
            best.insert(name, values.into_iter().flatten().reduce(f64::min));
        }
        best
    }
}

/// The table as TSV: line, trivet_insn, linux_insn, ratio. A system that was not measured has `-`.
pub fn tsv(trivet: Option<&Figures>, linux: Option<&Figures>) -> String {
    let mut text = String::from("line\ttrivet_insn\tlinux_insn\tratio\n");
    for name in trivet
        .or(linux)
        .map(|figures| &figures.order[..])
        .unwrap_or_default()
    {
        let [ours, theirs] = [trivet, linux].map(|figures| figures.map(|figures| figures.get(name)));
        let cell = |value: Option<Option<f64>>| value.map_or("-".into(), number);
        let ratio = ratio(ours.flatten(), theirs.flatten());
        let _ = writeln!(text, "{name}\t{}\t{}\t{ratio}", cell(ours), cell(theirs));
    }
    text
}

/// The table for people.
pub fn table(trivet: Option<&Figures>, linux: Option<&Figures>) -> String {
    let mut text = format!(
        "{:24} {:>14} {:>14} {:>7}\n",
        "line", "trivet [insn]", "Linux [insn]", "ratio"
    );
    for row in tsv(trivet, linux).lines().skip(1) {
        let mut cells = row.split('\t');
        let mut cell = || cells.next().unwrap_or("-");
        let _ = writeln!(text, "{:24} {:>14} {:>14} {:>7}", cell(), cell(), cell(), cell());
    }
    text
}

/// The kernel's own figures as TSV.
pub fn kernel_tsv(figures: &Figures) -> String {
    let rows = figures
        .order
        .iter()
        .map(|name| format!("{name}\t{}\n", number(figures.get(name))));
    std::iter::once("kernel\ttrivet_insn\n".to_owned())
        .chain(rows)
        .collect()
}

/// The kernel's own figures for people.
pub fn kernel_table(figures: &Figures) -> String {
    let mut text = format!("{:32} {:>14}\n", "kernel alone", "[insn]");
    for name in &figures.order {
        let _ = writeln!(text, "{name:32} {:>14}", number(figures.get(name)));
    }
    text
}

/// Four significant digits; `ERR` where the line failed.
fn number(value: Option<f64>) -> String {
    match value {
        None => "ERR".into(),
        Some(value) if value >= 1000.0 => format!("{value:.0}"),
        Some(value) if value >= 100.0 => format!("{value:.1}"),
        Some(value) => format!("{value:.2}"),
    }
}

fn ratio(ours: Option<f64>, theirs: Option<f64>) -> String {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) if theirs > 0.0 => format!("{:.2}", ours / theirs),
        _ => "-".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "# posixbench\nnull_getppid 300000 331.64\npipe_rtt ERR 38 (Function not implemented)\r\nread_64k 900 16396.2 3996.1\n# end\n";

    #[test]
    fn posixbenchs_lines_are_read() {
        let figures = Figures::parse(OUTPUT).unwrap();
        assert_eq!(figures.order, ["null_getppid", "pipe_rtt", "read_64k"]);
        assert_eq!(
            (figures.get("null_getppid"), figures.get("pipe_rtt")),
            (Some(331.64), None)
        );
    }

    #[test]
    fn output_without_figures_is_an_error() {
        assert!(Figures::parse("Segmentation fault\n").is_err());
        assert!(Figures::parse("").is_err());
    }

    #[test]
    fn the_table_has_ratios_and_marks_failed_lines() {
        let (ours, mut theirs) = (Figures::parse(OUTPUT).unwrap(), Figures::default());
        theirs.insert("null_getppid", Some(663.28));
        theirs.insert("pipe_rtt", Some(12000.0));
        assert_eq!(
            tsv(Some(&ours), Some(&theirs)),
            "line\ttrivet_insn\tlinux_insn\tratio\nnull_getppid\t331.6\t663.3\t0.50\npipe_rtt\tERR\t12000\t-\nread_64k\t16396\tERR\t-\n"
        );
        assert!(tsv(Some(&ours), None).contains("null_getppid\t331.6\t-\t-\n"));
    }

    #[test]
    fn the_best_of_two_takes_each_lines_smaller_figure() {
        let parse = |text: &str| Figures::parse(text).unwrap();
        let best = parse("a 1 5\nb 1 7\nc ERR 1").best(&parse("a 1 6\nb 1 3\nc 1 9"));
        assert_eq!(
            (best.get("a"), best.get("b"), best.get("c")),
            (Some(5.0), Some(3.0), Some(9.0))
        );
    }
}
