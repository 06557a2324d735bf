//! `trivet run`: runs one program in a machine of its own.

use crate::build::Services;
use crate::doctor;
use crate::failure::Result;
use crate::ports;
use crate::progress;
use crate::project::Project;
use crate::run::assemble::{HOME, Parts, RunFiles};
use crate::run::machine::{self, Machine, Trace};
use crate::run::options::{Program, RunOptions, parse_shares};
use crate::run::overlay::Overlay;
use crate::run::session::Job;
use crate::run::{status, terminal};
use clap::Args;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::process::ExitCode;

/// Options of `trivet run`.
#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    run: RunOptions,
    /// Boot what lies in this folder instead of building it: kernel, policy, boot/*, bin/*
    #[arg(long, value_name = "FOLDER", hide = true)]
    parts: Option<PathBuf>,
}

/// Runs the program; the status is the program's.
pub fn execute(project: &Project, options: Options) -> Result<ExitCode> {
    run(project, options)
        .map(ExitCode::from)
        .map_err(|failure| match failure.exit_status() {
            Some(_) => failure,
            None => failure.status(status::TRIVET_FAILED),
        })
}

fn run(project: &Project, options: Options) -> Result<u8> {
    let Options {
        run: mut options,
        parts,
    } = options;
    if options.command.is_empty() {
        let start = Overlay::beside(options.policy.as_deref())?.start;
        options.command = start.into_iter().map(OsString::from).collect();
    }
    if options.quiet {
        progress::be_quiet();
    }
    let mut files = RunFiles::collect(&options.program(), &options.files, options.icount)?;
    files.shares = parse_shares(&options.shares)?;
    let mut wanted = Vec::new();
    if !files.shares.is_empty() {
        wanted.push("share");
    }
    if options.trace.is_some() {
        wanted.push("trace");
    }
    let with_terminal = options.tty || terminal::is_present();
    let job = Job {
        program: files.program.clone(),
        arguments: bytes(options.arguments()),
        environment: bytes(options.environment(with_terminal)?),
        directory: match &options.directory {
            Some(directory) => directory.as_bytes().to_vec(),
            None => format!("/{HOME}").into_bytes(),
        },
        terminal: with_terminal.then(terminal::size),
        fixed_addresses: options.gdb,
    };
    let mut parts = match &parts {
        Some(folder) => Parts::from_folder(folder)?,
        None => {
            doctor::ensure(project)?;
            if options.system_only {
                Parts::system_with(project, options.policy.as_deref(), &wanted)?
            } else {
                build(project, &options, &wanted)?
            }
        }
    };
    if let Some(file) = &options.services {
        parts.add(Services::build(project, file)?);
    }
    if options.gdb {
        parts.fix_addresses();
    }
    let machine = Machine {
        parts: &parts,
        files: &files,
        memory_mib: options.memory,
        processors: options.smp,
        instruction_count: options.icount,
        instruction_shift: 0,
        debugger: options.gdb,
        audit: options.audit.as_deref(),
        trace: options.trace.as_ref().map(|file| Trace {
            file: file.as_deref(),
            filter: &options.trace_filter,
        }),
        limit: options.timeout,
    };
    machine::run(project, &machine, &job, machine::standard_streams()?)?.conclude(
        &files,
        &parts,
        with_terminal,
    )
}

/// The image, with the ports that are asked for. A program that no image has by itself brings its port with it.
fn build(project: &Project, options: &RunOptions, wanted: &[&'static str]) -> Result<Parts> {
    let policy = options.policy.as_deref();
    let parts = Parts::build_with(project, policy, &options.ports, options.offline, wanted)?;
    let Program::Guest(name) = options.program() else {
        return Ok(parts);
    };
    let name = name.to_string_lossy();
    if parts.has_program(&name) {
        return Ok(parts);
    }
    let Some(port) = ports::port_of(project, &name)? else {
        return Ok(parts);
    };
    let ports = [options.ports.clone(), vec![port]].concat();
    Parts::build_with(project, policy, &ports, options.offline, wanted)
}

fn bytes(words: Vec<OsString>) -> Vec<Vec<u8>> {
    words.into_iter().map(OsString::into_vec).collect()
}
