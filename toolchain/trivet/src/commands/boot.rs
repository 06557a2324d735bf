//! `trivet boot`: starts the bare kernel, its serial line on the terminal. For people who work on the kernel.

use crate::build::build_kernel;
use crate::failure::{Context, Failure, Result};
use crate::process::spawn_tied;
use crate::project::Project;
use crate::qemu::{self, Processor, Qemu};
use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode, ExitStatus};
use std::time::{Duration, Instant};

/// Options of `trivet boot`.
#[derive(Debug, Args)]
pub struct Options {
    /// The kernel's command line
    #[arg(long, default_value = "")]
    append: String,
    /// A boot archive; without it the kernel starts with none
    #[arg(long, value_name = "FILE")]
    initrd: Option<PathBuf>,
    /// An ELF file to boot in place of the kernel built from this tree
    #[arg(long, value_name = "FILE")]
    kernel: Option<PathBuf>,
    /// The guest's memory in MiB
    #[arg(long, value_name = "MIB", default_value_t = 256)]
    memory: u32,
    /// The number of processors
    #[arg(long, value_name = "N", default_value_t = 1)]
    smp: u32,
    /// Count instructions: one takes one nanosecond, and the run repeats to the byte
    #[arg(long)]
    icount: bool,
    /// Wait for a debugger on this TCP port of the loopback address
    #[arg(long, value_name = "PORT")]
    gdb: Option<u16>,
    /// End the run after this many seconds, with status 124
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u64,
    /// A further argument for QEMU, taken as it is; may be repeated
    #[arg(long = "qemu", value_name = "ARGUMENT", allow_hyphen_values = true)]
    qemu: Vec<OsString>,
}

/// Boots the kernel. The status is the code that the guest wrote to isa-debug-exit, 124 after a time-out.
pub fn execute(project: &Project, options: Options) -> Result<ExitCode> {
    let kernel = match options.kernel {
        Some(kernel) => kernel,
        None => build_kernel(project)?.path,
    };
    let mut qemu = Qemu::new(kernel.clone());
    qemu.initrd = options.initrd;
    qemu.append = options.append;
    qemu.memory_mib = options.memory;
    qemu.processors = options.smp;
    qemu.instruction_count = options.icount;
    qemu.debugger_port = options.gdb;
    if options.icount {
        qemu.processor = Processor::Repeatable;
    }
    if let Some(port) = options.gdb {
        eprintln!("trivet: gdb {} -ex 'target remote :{port}'", kernel.display());
    }
    let mut command = Command::new(qemu::program());
    command.args(qemu.arguments()).args(&options.qemu);
    let mut child = spawn_tied(&mut command, Vec::new()).context(|| "starting QEMU")?;
    let deadline = Instant::now() + Duration::from_secs(options.timeout);
    loop {
        if let Some(status) = child.try_wait().context(|| "waiting for QEMU")? {
            return guest_status(status).map(ExitCode::from);
        }
        if Instant::now() >= deadline {
            child.kill().context(|| "ending QEMU")?;
            child.wait().context(|| "waiting for QEMU")?;
            eprintln!("trivet: the guest still ran after {} s", options.timeout);
            return Ok(ExitCode::from(124));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The code that a guest wrote to isa-debug-exit, from QEMU's exit status: QEMU ends with `(v << 1) | 1`, or
/// with 0 when the guest powered off or reset.
pub fn guest_status(status: ExitStatus) -> Result<u8> {
    match status.code() {
        Some(0) => Ok(0),
        Some(code) if code & 1 == 1 && (0..=255).contains(&code) => Ok((code >> 1) as u8),
        _ => Err(Failure::new(format!("QEMU failed ({status})"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn debug_exit_status_is_decoded() {
        let exited = |code: i32| guest_status(ExitStatus::from_raw(code << 8));
        assert_eq!(exited(0).unwrap(), 0);
        assert_eq!(exited(1).unwrap(), 0);
        assert_eq!(exited(35).unwrap(), 17);
        assert!(exited(2).is_err());
        assert!(guest_status(ExitStatus::from_raw(9)).is_err());
    }
}
