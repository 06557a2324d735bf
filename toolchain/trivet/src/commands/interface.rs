//! `trivet interface`: what the interfaces' files say, for people.

use crate::failure::{Context, Result};
use crate::project::Project;
use clap::{Args, Subcommand, ValueHint};
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

/// Options of `trivet interface`.
#[derive(Debug, Args)]
pub struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write a page for each interface: its methods, errors, and what a caller can do with each
    Docs {
        /// Where the pages go; without it the cache's folder `docs/interfaces`
        #[arg(value_name = "FOLDER", value_hint = ValueHint::DirPath)]
        out: Option<PathBuf>,
    },
    /// List every interface and method with its number
    List,
}

/// Does it; `docs` prints the folder of the pages.
pub fn execute(project: &Project, options: &Options) -> Result<ExitCode> {
    let folder = project.source("interfaces");
    let model = trivet_idl::load_dir(&folder).context(|| format!("reading {}", folder.display()))?;
    match &options.action {
        Action::Docs { out } => {
            let out = match out {
                Some(out) => out.clone(),
                None => project.cache_folder("docs/interfaces")?,
            };
            fs::create_dir_all(&out).context(|| format!("making {}", out.display()))?;
            for (name, text) in trivet_idl::docs::pages(&model) {
                let path = out.join(name);
                fs::write(&path, text).context(|| format!("writing {}", path.display()))?;
            }
            println!("{}", out.display());
        }
        Action::List => {
            for interface in &model.interfaces {
                for method in &interface.methods {
                    println!(
                        "{:5}.{:<2}  {}.{}",
                        interface.number, method.number, interface.name, method.name
                    );
                }
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
