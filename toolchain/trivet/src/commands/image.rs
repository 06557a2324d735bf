//! `trivet image`: what is in the image that every run boots, and where it comes from.

use crate::doctor;
use crate::failure::{Context, Result};
use crate::project::Project;
use crate::run::assemble::Parts;
use clap::{Args, Subcommand};
use std::fs;
use std::path::Path;
use std::process::ExitCode;

/// Options of `trivet image`.
#[derive(Debug, Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the image's files: path, size in bytes, where each comes from
    List {
        /// List each link and each file of a folder, too
        #[arg(long)]
        all: bool,
    },
}

/// Prints the list.
pub fn execute(project: &Project, options: Options) -> Result<ExitCode> {
    let Command::List { all } = options.command;
    doctor::ensure(project)?;
    for item in Parts::build(project, None, &[], false)?.items() {
        let size = match &item.host {
            Some(host) => size(host)?,
            None => 0,
        };
        println!("{:9} /{:30} {}", size, item.guest, item.origin);
        if all {
            for link in &item.links {
                println!("{:9} /{:30} link to {}", 0, link.0, link.1);
            }
            if let Some(host) = item.host.as_deref().filter(|host| host.is_dir()) {
                list(host, &item.guest)?;
            }
        } else if !item.links.is_empty() {
            println!("{:9}  {} links", "", item.links.len());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The bytes of a file, or of all files in a folder.
fn size(path: &Path) -> Result<u64> {
    let context = || format!("looking at {}", path.display());
    let metadata = fs::symlink_metadata(path).context(context)?;
    if !metadata.is_dir() {
        return Ok(metadata.len());
    }
    let mut sum = 0;
    for entry in fs::read_dir(path).context(context)? {
        sum += size(&entry.context(context)?.path())?;
    }
    Ok(sum)
}

/// Prints what is in a folder.
fn list(host: &Path, guest: &str) -> Result<()> {
    let context = || format!("listing {}", host.display());
    let mut entries = fs::read_dir(host)
        .context(context)?
        .collect::<std::io::Result<Vec<_>>>()
        .context(context)?;
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        let guest = format!("{guest}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            list(&entry.path(), &guest)?;
        } else {
            println!("{:9} /{guest}", size(&entry.path())?);
        }
    }
    Ok(())
}
