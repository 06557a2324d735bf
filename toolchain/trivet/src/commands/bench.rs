//! `trivet bench`: measures Trivet and Linux, side by side.

use crate::bench::figures::Figures;
use crate::bench::limits::{self, Limits};
use crate::bench::{figures, guest, kernel, linux};
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
    let (own, trivet) = match options.only {
        Some(System::Linux) => (Figures::default(), None),
        _ => (
            kernel::figures(project)?,
            Some(guest::measure(project, &arguments)?),
        ),
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
        return gate(project, &measured, &own, &committed_path);
    }
    print!("{}", figures::table(trivet.as_ref(), linux.as_ref()));
    if !own.order.is_empty() {
        print!("\n{}", figures::kernel_table(&own));
    }
    if options.write {
        fs::write(&committed_path, &tsv).context(|| format!("writing {}", committed_path.display()))?;
        write_page(project, &tsv, &figures::kernel_tsv(&own))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn gate(
    project: &Project,
    measured: &Figures,
    own: &Figures,
    committed: &std::path::Path,
) -> Result<ExitCode> {
    let limits = Limits::read(&project.source("tests/bench/limits.toml"))?;
    let mut failed = false;
    let lines = limits.judge(measured, &limits::committed(committed));
    for (name, problem) in lines.into_iter().chain(limits.judge_kernel(own)) {
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

/// Puts the tables into docs/performance.md, between its two marks.
fn write_page(project: &Project, tsv: &str, kernel_tsv: &str) -> Result<()> {
    let path = project.source("docs/performance.md");
    let page = fs::read_to_string(&path).context(|| format!("reading {}", path.display()))?;
    let page = with_tables(&page, &[tsv, kernel_tsv])
        .ok_or_else(|| Failure::new(format!("{} has no place for the tables", path.display())))?;
    fs::write(&path, page).context(|| format!("writing {}", path.display()))
}

fn with_tables(page: &str, tables: &[&str]) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    let tables: Vec<String> = tables.iter().map(|tsv| markdown(tsv)).collect();
    Some(format!("{before}{BEGIN}\n{}{END}{after}", tables.join("\n")))
}

/// A table of tab-separated cells, its first column text and the others numbers.
fn markdown(tsv: &str) -> String {
    let mut table = String::new();
    for (number, line) in tsv.lines().enumerate() {
        table.push_str(&format!("| {} |\n", line.replace('\t', " | ")));
        if number == 0 {
            table.push_str("| --- |");
            table.push_str(&" ---: |".repeat(line.matches('\t').count()));
            table.push('\n');
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_keeps_everything_but_its_tables() {
        let page = format!("# Speed\n{BEGIN}\nold\n{END}\nMore.\n");
        let new = with_tables(&page, &["line\tinsn\nstat\t10\n", "a\n1\n"]).unwrap();
        assert_eq!(
            new,
            format!(
                "# Speed\n{BEGIN}\n| line | insn |\n| --- | ---: |\n| stat | 10 |\n\n| a |\n| --- |\n| 1 |\n{END}\nMore.\n"
            )
        );
        assert!(with_tables("# Speed\n", &[]).is_none());
    }
}
