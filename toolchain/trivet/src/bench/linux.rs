//! The Linux side: Debian's kernel, an initramfs with posixbench, the same QEMU line.
//!
//! Linux at its best: no mitigations, no security modules, no zeroing of allocations, and no ERMS, whose `rep
//! movsb` runs byte by byte under emulation. posixbench is built with glibc and with musl, each in a boot of its
//! own, and each line's better figure counts.

use super::figures::Figures;
use super::{MEMORY_MIB, SOURCE};
use crate::build::fingerprint::{fingerprint, is_current, record};
use crate::debian::{Debian, Kind};
use crate::failure::{Context, Failure, Result};
use crate::process::spawn_tied;
use crate::progress::Progress;
use crate::project::Project;
use crate::qemu::{self, Character, Processor, Qemu};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use trivet_image::cpio::Cpio;

/// The package whose dependency is the present kernel. The variant for virtual machines is the same source
/// with fewer drivers.
const META_PACKAGE: &str = "linux-image-cloud-amd64";
const KERNEL_PREFIX: &str = "linux-image-6.";
const INIT_SOURCE: &str = "tests/bench/linux_init.c";
/// The C libraries that posixbench is linked with: the compiler, and the name of the result.
const LIBRARIES: [(&str, &str); 2] = [("gcc", "glibc"), ("musl-gcc", "musl")];

const COMMAND_LINE: &str = "console=ttyS0 quiet panic=-1 mitigations=off apparmor=0 audit=0 lsm= \
cgroup_disable=memory init_on_alloc=0 nokaslr norandmaps";

/// Measures Linux; `arguments` go to posixbench.
pub fn measure(project: &Project, arguments: &[&str]) -> Result<Figures> {
    let folder = project.cache_folder("linux")?;
    let kernel = kernel(project, &folder)?;
    let init = folder.join("init");
    compile(project, "gcc", INIT_SOURCE, &init)?;
    let mut machines = Vec::new();
    for (compiler, library) in LIBRARIES {
        let program = folder.join(format!("posixbench-{library}"));
        compile(project, compiler, SOURCE, &program)?;
        let initramfs = folder.join(format!("initramfs-{library}"));
        fs::write(&initramfs, pack(&init, &program)?)
            .context(|| format!("writing {}", initramfs.display()))?;
        let output = folder.join(format!("output-{library}.txt"));
        machines.push((library, machine(&kernel, initramfs, &output, arguments), output));
    }
    let progress = Progress::start("measuring Linux (two guests, about two minutes)");
    let mut children = Vec::new();
    for (library, machine, output) in machines {
        let mut command = Command::new(qemu::program());
        command
            .args(machine.arguments())
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        children.push((
            library,
            spawn_tied(&mut command, Vec::new()).context(|| "starting QEMU")?,
            output,
        ));
    }
    let mut best: Option<Figures> = None;
    for (library, mut child, output) in children {
        let status = child.wait().context(|| "waiting for QEMU")?;
        let text = fs::read(&output).context(|| format!("reading {}", output.display()))?;
        let text = String::from_utf8_lossy(&text);
        if !status.success() || !text.contains("# posixbench ended with status") {
            return Err(Failure::new(format!(
                "the Linux guest with {library} did not end well ({status})"
            ))
            .help(format!("what it said: {}", output.display())));
        }
        let figures = Figures::parse(&text)?;
        best = Some(best.map_or_else(|| figures.clone(), |other| other.best(&figures)));
    }
    progress.done();
    best.ok_or_else(|| Failure::new("Linux was not measured"))
}

fn machine(kernel: &Path, initramfs: PathBuf, output: &Path, arguments: &[&str]) -> Qemu {
    let mut qemu = Qemu::new(kernel.to_owned());
    qemu.initrd = Some(initramfs);
    // Init takes what follows the program's name.
    qemu.append = format!("{COMMAND_LINE} -- posixbench {}", arguments.join(" "));
    qemu.memory_mib = MEMORY_MIB;
    qemu.processor = Processor::Repeatable;
    qemu.instruction_count = true;
    qemu.serial = Character::File(output.to_owned());
    qemu
}

/// The kernel's image, fetched and unpacked if it is not in the cache.
fn kernel(project: &Project, folder: &Path) -> Result<PathBuf> {
    if let Some(kernel) = unpacked_kernel(folder) {
        return Ok(kernel);
    }
    let debian = Debian::new(project)?;
    let names = debian.depends(META_PACKAGE, KERNEL_PREFIX)?;
    let package = names
        .first()
        .ok_or_else(|| Failure::new(format!("Debian's {META_PACKAGE} names no kernel")))?;
    let fetched = folder.join("packages");
    debian.fetch(Kind::Package, package, &fetched)?;
    for entry in fs::read_dir(&fetched)
        .context(|| format!("listing {}", fetched.display()))?
        .flatten()
    {
        if entry.file_name().to_string_lossy().ends_with(".deb") {
            let mut unpack = Command::new("dpkg-deb");
            unpack.arg("--extract").arg(entry.path()).arg(folder.join("root"));
            if !unpack.status().context(|| "starting dpkg-deb")?.success() {
                return Err(Failure::new(format!(
                    "{} cannot be unpacked",
                    entry.path().display()
                )));
            }
        }
    }
    unpacked_kernel(folder).ok_or_else(|| Failure::new(format!("Debian's {package} has no kernel image")))
}

fn unpacked_kernel(folder: &Path) -> Option<PathBuf> {
    let mut kernels: Vec<PathBuf> = fs::read_dir(folder.join("root/boot"))
        .ok()?
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("vmlinuz-"))
        .map(|entry| entry.path())
        .collect();
    kernels.sort();
    kernels.pop()
}

/// Compiles a program for Linux, static, if its source changed.
fn compile(project: &Project, compiler: &str, source: &str, program: &Path) -> Result<()> {
    let source = project.source(source);
    let stamp = program.with_extension("fingerprint");
    let now = fingerprint(std::slice::from_ref(&source), compiler)?;
    if is_current(&stamp, &now) && program.is_file() {
        return Ok(());
    }
    let mut command = Command::new(compiler);
    command
        .args(["-O2", "-static", "-pthread", "-o"])
        .arg(program)
        .arg(&source);
    if !command
        .status()
        .context(|| format!("starting {compiler}"))?
        .success()
    {
        return Err(Failure::new(format!(
            "{compiler} does not compile {}",
            source.display()
        )));
    }
    record(&stamp, &now)
}

fn pack(init: &Path, program: &Path) -> Result<Vec<u8>> {
    let read = |path: &Path| fs::read(path).context(|| format!("reading {}", path.display()));
    let (init, program) = (read(init)?, read(program)?);
    let write = || -> std::io::Result<Vec<u8>> {
        let mut cpio = Cpio::new(Vec::new());
        cpio.directory("dev", 0o755)?;
        cpio.character_device("dev/console", 0o600, 5, 1)?;
        cpio.character_device("dev/null", 0o666, 1, 3)?;
        cpio.directory("tmp", 0o1777)?;
        cpio.file("init", 0o755, &init)?;
        cpio.file("posixbench", 0o755, &program)?;
        cpio.finish()
    };
    write().context(|| "packing the initramfs")
}

/// The arguments that both sides give to posixbench, as words of the host.
pub fn common_arguments(only: &[String]) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["-d".into(), "/tmp".into()];
    for prefix in only {
        arguments.extend(["-o".into(), prefix.into()]);
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_run_on_the_same_processor_and_memory() {
        let line: Vec<String> = machine(Path::new("k"), "i".into(), Path::new("o"), &["-d", "/tmp"])
            .arguments()
            .iter()
            .map(|argument| argument.to_string_lossy().into_owned())
            .collect();
        let line = line.join(" ");
        for part in [
            "-cpu max,-rdrand,-rdseed,-erms,-fsrm",
            "-m 512M",
            "shift=0,sleep=off",
            "-- posixbench -d /tmp",
        ] {
            assert!(line.contains(part), "{part} in {line}");
        }
    }
}
