//! `trivet test`: runs the suites of `tests/totals.toml` and counts.

use crate::failure::{Failure, Result};
use crate::posix;
use crate::posix::compile::Library;
use crate::progress::Progress;
use crate::project::Project;
use crate::testing::report::{Outcome, Total};
use crate::testing::totals::{self, Kind, Suite, Tier};
use crate::testing::{cargo, program};
use clap::Args;
use std::process::ExitCode;

/// The name of the conformance suite, which has arguments of its own.
const POSIX: &str = "posix";

/// Options of `trivet test`.
#[derive(Debug, Default, Args)]
pub struct Options {
    /// Run only suites of this name, or tests whose name contains it. `posix` is the Open POSIX test suite
    filter: Option<String>,
    /// With `posix`: only this area, or tests whose name begins so, as in mmap, pthread_ or mmap/1-1
    area: Option<String>,
    /// With `posix`: run the same sources on this host, with its glibc or with musl
    #[arg(long, value_name = "LIBRARY")]
    host: Option<Library>,
    /// With `posix`: run nothing, but say which of POSIX.1-2024's names are declared and defined
    #[arg(long)]
    names: bool,
    /// With `posix`: write the verdicts into tests/posix/results.tsv, and the tables of docs/conformance.md
    #[arg(long)]
    write: bool,
    /// Run everything, not only the first tier
    #[arg(long)]
    all: bool,
    /// Run also what takes hours
    #[arg(long)]
    soak: bool,
    /// Write the number of tests found into tests/totals.toml
    #[arg(long, conflicts_with = "filter")]
    record: bool,
}

/// Runs the tests; the last line on stdout is the count, the status is 0 when none failed.
pub fn execute(project: &Project, options: Options) -> Result<ExitCode> {
    if options.filter.as_deref() == Some(POSIX) {
        let options = posix::command::Options {
            area: options.area,
            host: options.host,
            names: options.names,
            write: options.write,
        };
        return posix::command::execute(project, &options);
    }
    if options.area.is_some() || options.host.is_some() || options.names || options.write {
        return Err(Failure::new(
            "an area, --host, --names and --write belong to: trivet test posix",
        ));
    }
    let path = project.source("tests/totals.toml");
    let (suites, filter) = select(totals::read(&path)?, &options);
    let packages: Vec<&str> = suites
        .iter()
        .filter(|suite| suite.kind == Kind::Cargo)
        .map(|suite| suite.name.as_str())
        .collect();
    let programs = if packages.is_empty() {
        Vec::new()
    } else {
        let progress = Progress::start("building the host tests");
        let programs = cargo::build(project, &packages)?;
        progress.done();
        programs
    };
    let mut total = Total::default();
    let mut counts = Vec::new();
    for suite in &suites {
        let progress = Progress::start(format!("testing {}", suite.name));
        let (results, output) = match suite.kind {
            Kind::Cargo => cargo::run(project, &programs, &suite.name, filter)?,
            Kind::Program => program::run(project, suite, filter)?,
        };
        progress.done();
        let expected = (filter.is_none() && !options.record).then_some(suite.tests);
        let wrong_count = total.add(&results, expected);
        counts.push((suite.name.clone(), results.tests.len()));
        if results.count(Outcome::Failed) > 0 {
            print!("{output}");
        }
        if filter.is_none() || !results.tests.is_empty() {
            let passed = results.count(Outcome::Passed);
            println!("{}: {passed} of {} passed", suite.name, results.tests.len());
        }
        if let Some(wrong) = wrong_count {
            println!("{}: {wrong}", suite.name);
        }
    }
    if options.record {
        totals::record(&path, &counts)?;
    }
    if total == Total::default() {
        return Err(Failure::new("no test has such a name"));
    }
    println!("{total}");
    Ok(ExitCode::from(u8::from(total.failed > 0)))
}

/// The suites to run and the filter for their tests: a suite's own name selects all of it.
fn select(suites: Vec<Suite>, options: &Options) -> (Vec<Suite>, Option<&str>) {
    let filter = options.filter.as_deref();
    if let Some(suite) = suites.iter().find(|suite| Some(suite.name.as_str()) == filter) {
        return (vec![suite.clone()], None);
    }
    let wanted = |suite: &Suite| {
        let in_tier = match suite.tier {
            Tier::First => true,
            Tier::All => options.all || options.soak,
            Tier::Soak => options.soak,
        };
        in_tier && (filter.is_none() || suite.takes_filter)
    };
    (suites.into_iter().filter(wanted).collect(), filter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suite(name: &str, tier: Tier) -> Suite {
        Suite {
            name: name.into(),
            kind: Kind::Program,
            tier,
            command: vec!["x".into()],
            takes_filter: true,
            tests: 1,
        }
    }

    fn names(options: &Options) -> Vec<String> {
        let suites = vec![
            suite("a", Tier::First),
            suite("b", Tier::All),
            suite("c", Tier::Soak),
        ];
        select(suites, options)
            .0
            .into_iter()
            .map(|suite| suite.name)
            .collect()
    }

    #[test]
    fn tiers_are_added_by_options() {
        assert_eq!(names(&Options::default()), ["a"]);
        assert_eq!(
            names(&Options {
                all: true,
                ..Options::default()
            }),
            ["a", "b"]
        );
        assert_eq!(
            names(&Options {
                soak: true,
                ..Options::default()
            }),
            ["a", "b", "c"]
        );
    }

    #[test]
    fn a_suites_name_selects_it_from_any_tier() {
        assert_eq!(
            names(&Options {
                filter: Some("c".into()),
                ..Options::default()
            }),
            ["c"]
        );
        assert_eq!(
            names(&Options {
                filter: Some("read".into()),
                ..Options::default()
            }),
            ["a"]
        );
    }
}
