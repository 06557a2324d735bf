//! `trivet port`: lists, fetches and builds the ports.

use crate::doctor;
use crate::failure::{Context, Result};
use crate::ports::recipe::Recipe;
use crate::ports::suite::{Case, Verdict};
use crate::ports::{self, build, source};
use crate::project::Project;
use crate::run::assemble::Parts;
use clap::{Args, Subcommand};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Options of `trivet port`.
#[derive(Debug, Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the ports, with their versions and where they come from
    List,
    /// Fetch the upstream tarballs of all ports, or of those named, and check them
    Sources {
        /// Ports; without any, all
        names: Vec<String>,
    },
    /// Build ports from their upstream sources
    Build {
        /// Ports; at least one
        #[arg(required = true)]
        names: Vec<String>,
        /// Use only what is in the cache folder already
        #[arg(long)]
        offline: bool,
    },
    /// Run the ports' own tests in the guest; prints `PORT TEST ... ok`, a line a test
    Test {
        /// Ports; without any, all
        names: Vec<String>,
        /// Write what the tests of upstream's suites printed to this file
        #[arg(long, value_name = "FILE")]
        log: Option<PathBuf>,
    },
}

/// Does what the subcommand says.
pub fn execute(project: &Project, options: Options) -> Result<ExitCode> {
    match options.command {
        Command::List => list(project)?,
        Command::Sources { names } => {
            doctor::ensure(project)?;
            for recipe in select(project, &names)? {
                let path = source::tarball(project, &recipe, false)?;
                println!("{}: {} {}", recipe.name, path.display(), recipe.source.sha256);
            }
        }
        Command::Build { names, offline } => {
            doctor::ensure(project)?;
            for recipe in select(project, &names)? {
                let folder = build::build(project, &recipe, offline)?;
                println!("{} {}: {}", recipe.name, recipe.version, folder.display());
            }
        }
        Command::Test { names, log } => {
            doctor::ensure(project)?;
            return test(project, &select(project, &names)?, log.as_deref());
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn test(project: &Project, recipes: &[Recipe], log: Option<&Path>) -> Result<ExitCode> {
    let parts = Parts::build(project, None, &[], false)?;
    let (mut failed, mut noise) = (false, Vec::new());
    for recipe in recipes {
        for test in &recipe.test {
            let problem = ports::test::run(project, &parts, recipe, test)?;
            failed |= problem.is_some();
            match problem {
                None => println!("{} {} ... ok", recipe.name, test.name),
                Some(problem) => println!("{} {} ... FAILED: {problem}", recipe.name, test.name),
            }
        }
        if let Some(suite) = &recipe.suite {
            let (cases, said) = ports::suite::run(project, &parts, recipe, suite)?;
            noise.extend(said);
            for Case { name, verdict } in cases {
                failed |= matches!(verdict, Verdict::Failed(_));
                match verdict {
                    Verdict::Passed => println!("{} {name} ... ok", recipe.name),
                    Verdict::Failed(why) => println!("{} {name} ... FAILED: {why}", recipe.name),
                    Verdict::Known(cause) => println!("{} {name} ... known: {cause}", recipe.name),
                    Verdict::Skipped(why) => println!("{} {name} ... skipped: {why}", recipe.name),
                }
            }
        }
    }
    if let Some(path) = log {
        fs::write(path, noise).context(|| format!("writing {}", path.display()))?;
    }
    Ok(ExitCode::from(u8::from(failed)))
}

fn select(project: &Project, names: &[String]) -> Result<Vec<Recipe>> {
    match names.is_empty() {
        true => Recipe::all(project),
        false => names.iter().map(|name| Recipe::read(project, name)).collect(),
    }
}

fn list(project: &Project) -> Result<()> {
    for recipe in Recipe::all(project)? {
        let programs: Vec<&str> = recipe
            .programs
            .iter()
            .map(|program| program.to.as_str())
            .collect();
        println!("{:10} {:10} {}", recipe.name, recipe.version, recipe.description);
        println!("{:21} licence {}, domain {}", "", recipe.licence, recipe.domain);
        println!(
            "{:21} source: Debian package {}, {}",
            "", recipe.source.package, recipe.source.tarball
        );
        if !programs.is_empty() {
            let image = if recipe.in_image {
                "in every image"
            } else {
                "not in the image"
            };
            println!("{:21} programs: {} ({image})", "", programs.join(", "));
        }
    }
    Ok(())
}
