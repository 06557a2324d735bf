//! Our side: posixbench, built by our compiler, in a machine of its own under icount.

use super::figures::Figures;
use super::{MEMORY_MIB, SOURCE};
use crate::build::fingerprint::{fingerprint, is_current, record};
use crate::failure::{Context, Failure, Result};
use crate::progress::Progress;
use crate::project::Project;
use crate::run::assemble::{HOME, Parts, RunFiles};
use crate::run::capture::Capture;
use crate::run::machine::{self, Machine};
use crate::run::options::Program;
use crate::run::session::{Ending, Host, Job};
use crate::sysroot;
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use trivet_abi::control::End;

/// The longest that the measurement may take.
const LIMIT: Duration = Duration::from_secs(1800);

/// Measures Trivet; `arguments` go to posixbench.
pub fn measure(project: &Project, arguments: &[OsString]) -> Result<Figures> {
    let program = compile(project)?;
    let parts = Parts::build(project, None, &[], false)?;
    let files = RunFiles::collect(&Program::Host(program), &[], true)?;
    let mut words = vec![files.program.clone()];
    words.extend(arguments.iter().map(|word| word.clone().into_vec()));
    let job = Job {
        program: files.program.clone(),
        arguments: words,
        environment: vec![b"PATH=/bin".to_vec()],
        directory: format!("/{HOME}").into_bytes(),
        ..Job::default()
    };
    let (output, error) = (Capture::default(), Capture::default());
    let host = Host {
        input: Box::new(io::empty()),
        output: Box::new(output.clone()),
        error: Box::new(error.clone()),
    };
    let machine = Machine {
        parts: &parts,
        files: &files,
        memory_mib: MEMORY_MIB,
        processors: 1,
        instruction_count: true,
        instruction_shift: 0,
        debugger: false,
        audit: None,
        trace: None,
        limit: Some(LIMIT),
    };
    let progress = Progress::start("measuring Trivet");
    let finished = machine::run(project, &machine, &job, host)?;
    progress.done();
    let ending = finished.outcome.ending.clone();
    if ending != Ending::Program(End::Status(0)) {
        finished.conclude(&files, &parts, false)?;
        return Err(Failure::new(format!("posixbench did not end well: {ending:?}"))
            .help(String::from_utf8_lossy(&error.take()).into_owned()));
    }
    finished.forget();
    Figures::parse(&String::from_utf8_lossy(&output.take()))
}

fn compile(project: &Project) -> Result<PathBuf> {
    let sysroot = sysroot::ensure(project)?;
    let program = project.cache_folder("bench")?.join("posixbench");
    let source = project.source(SOURCE);
    let stamp = program.with_extension("fingerprint");
    let inputs = [
        source.clone(),
        sysroot.join("usr/lib"),
        sysroot.join("usr/include"),
    ];
    let now = fingerprint(&inputs, "")?;
    if is_current(&stamp, &now) && program.is_file() {
        return Ok(program);
    }
    let compiler = project.source("toolchain/bin/x86_64-trivet-cc");
    let mut command = Command::new(&compiler);
    command
        .env("TRIVET_SYSROOT", &sysroot)
        .args(["-O2", "-pthread", "-o"])
        .arg(&program)
        .arg(&source);
    if !command
        .status()
        .context(|| format!("starting {}", compiler.display()))?
        .success()
    {
        return Err(Failure::new(format!(
            "{} does not compile for Trivet",
            source.display()
        )));
    }
    record(&stamp, &now)?;
    Ok(program)
}
