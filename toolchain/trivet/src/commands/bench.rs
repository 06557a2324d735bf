//! `trivet bench`: measures Trivet and Linux, side by side.

use crate::bench::limits::{self, Limits};
use crate::bench::{figures, guest, linux};
use crate::doctor;
use crate::failure::{Context, Failure, Result};
use crate::project::Project;
use clap::{Args, ValueEnum};
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

/// Which system to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum System {
    /// This one.
    Trivet,
    /// Debian's Linux.
    Linux,
}

/// Options of `trivet bench`.
#[derive(Debug, Args)]
pub struct Options {
    /// Write the figures to this file, separated by tabs
    #[arg(long, value_name = "FILE")]
    tsv: Option<PathBuf>,
    /// Measure only one of the two systems
    #[arg(long)]
    only: Option<System>,
    /// Measure only lines whose name begins so; may be repeated
    #[arg(long, value_name = "PREFIX")]
    line: Vec<String>,
    /// Compare with tests/bench/limits.toml and the committed figures; prints `LINE ... ok`, a line each
    #[arg(long, conflicts_with = "line")]
    gate: bool,
    /// Write the figures into docs/performance.md and tests/bench/figures.tsv
    #[arg(long, conflicts_with_all = ["only", "line", "gate"])]
    write: bool,
}

/// Measures, prints the table, and writes or judges what is asked for.
pub fn execute(project: &Project, options: Options) -> Result<ExitCode> {
    doctor::ensure(project)?;
    let arguments = linux::common_arguments(&options.line);
    let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).collect();
    let trivet = match options.only {
        Some(System::Linux) => None,
        _ => Some(guest::measure(project, &arguments)?),
    };
    let linux = match options.only {
        Some(System::Trivet) => None,
        _ => Some(linux::measure(
            project,
            &[&words[..], &["-e", "/posixbench"]].concat(),
        )?),
    };
    let tsv = figures::tsv(trivet.as_ref(), linux.as_ref());
    if let Some(path) = &options.tsv {
        fs::write(path, &tsv).context(|| format!("writing {}", path.display()))?;
    }
    let committed_path = project.source("tests/bench/figures.tsv");
    if options.gate {
        let measured = trivet.ok_or_else(|| Failure::new("the limits are for Trivet's figures"))?;
        return gate(project, &measured, &committed_path);
    }
    print!("{}", figures::table(trivet.as_ref(), linux.as_ref()));
    if options.write {
        fs::write(&committed_path, &tsv).context(|| format!("writing {}", committed_path.display()))?;
        write_page(project, &tsv)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn gate(project: &Project, measured: &figures::Figures, committed: &std::path::Path) -> Result<ExitCode> {
    let limits = Limits::read(&project.source("tests/bench/limits.toml"))?;
    let mut failed = false;
    for (name, problem) in limits.judge(measured, &limits::committed(committed)) {
        failed |= problem.is_some();
        match problem {
            None => println!("{name} ... ok"),
            Some(problem) => println!("{name} ... FAILED: {problem}"),
        }
    }
    Ok(ExitCode::from(u8::from(failed)))
}

const BEGIN: &str = "<!-- begin: written by ./trivet bench --write -->";
const END: &str = "<!-- end -->";

/// Puts the table into docs/performance.md, between its two marks.
fn write_page(project: &Project, tsv: &str) -> Result<()> {
    let path = project.source("docs/performance.md");
    let page = fs::read_to_string(&path).context(|| format!("reading {}", path.display()))?;
    let page = with_table(&page, tsv)
        .ok_or_else(|| Failure::new(format!("{} has no place for the table", path.display())))?;
    fs::write(&path, page).context(|| format!("writing {}", path.display()))
}

fn with_table(page: &str, tsv: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    let rows: Vec<String> = tsv
        .lines()
        .map(|line| format!("| {} |", line.replace('\t', " | ")))
        .collect();
    let (head, body) = rows.split_first()?;
    let table = format!("{head}\n| --- | ---: | ---: | ---: |\n{}", body.join("\n"));
    Some(format!("{before}{BEGIN}\n{table}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_keeps_everything_but_its_table() {
        let page = format!("# Speed\n{BEGIN}\nold\n{END}\nMore.\n");
        let new = with_table(
            &page,
            "line\ttrivet_insn\tlinux_insn\tratio\nstat\t10\t20\t0.50\n",
        )
        .unwrap();
        assert_eq!(
            new,
            format!(
                "# Speed\n{BEGIN}\n| line | trivet_insn | linux_insn | ratio |\n| --- | ---: | ---: | ---: |\n| stat | 10 | 20 | 0.50 |\n{END}\nMore.\n"
            )
        );
        assert!(with_table("# Speed\n", "").is_none());
    }
}
