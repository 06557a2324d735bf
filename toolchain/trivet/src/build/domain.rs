//! The cargo calls: one for the kernel, one for the native servers.
//!
//! Both take the prebuilt `core` of `x86_64-unknown-none` where rustup has installed that target, and that of
//! the host's own target otherwise: the same source and the same build scripts serve both.

use super::fingerprint::{fingerprint, is_current, record};
use crate::failure::{Context, Failure, Result};
use crate::progress::Progress;
use crate::project::Project;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

const BARE_TARGET: &str = "x86_64-unknown-none";
const HOST_TARGET: &str = "x86_64-unknown-linux-gnu";

/// Separates the arguments in CARGO_ENCODED_RUSTFLAGS.
const FLAG_SEPARATOR: &str = "\x1f";

/// The native servers: their packages, which are also the names of their programs.
pub const SERVERS: &[(&str, &str)] = &[
    ("trivet-init", "system/init"),
    ("trivet-bus", "system/bus"),
    ("trivet-console", "system/console"),
    ("trivet-share", "system/share"),
    ("trivet-supervisor", "system/supervisor"),
    ("trivet-tracer", "system/tracer"),
    ("trivet-vfs", "vfs"),
];

/// Where cargo's flags differ between the domains.
struct Domain<'a> {
    name: &'a str,
    /// The folder of cargo's output; domains with the same flags share it.
    folder: &'static str,
    profile: &'static str,
    rustflags: &'static [&'static str],
    inputs: &'a [&'a str],
}

/// The kernel's flags, and one more for a kernel that does not ask the policy.
const KERNEL_FLAGS: [&str; 8] = [
    "-Clinker=rust-lld",
    "-Clinker-flavor=ld.lld",
    "-Crelocation-model=static",
    "-Ccode-model=kernel",
    "-Cno-redzone=yes",
    "-Cforce-frame-pointers=yes",
    "--cfg",
    "trivet_unchecked",
];

const KERNEL: Domain<'static> = Domain {
    name: "kernel",
    folder: "kernel",
    profile: "kernel",
    rustflags: KERNEL_FLAGS.split_at(6).0,
    inputs: &["abi", "interfaces", "policy/engine", "kernel", "toolchain/idl"],
};

/// For the bench alone: what the policy's check costs is the difference.
const UNCHECKED_KERNEL: Domain<'static> = Domain {
    name: "kernel without the policy's check",
    folder: "kernel-unchecked",
    rustflags: &KERNEL_FLAGS,
    ..KERNEL
};

const SERVER_FLAGS: &[&str] = &[
    "-Clinker=rust-lld",
    "-Clinker-flavor=ld.lld",
    "-Crelocation-model=pie",
    "-Ctarget-feature=+crt-static",
    "-Cforce-frame-pointers=yes",
    "--cfg",
    "trivet_machine",
    "-Clink-arg=-static",
    "-Clink-arg=-pie",
    "-Clink-arg=--no-dynamic-linker",
    "-Clink-arg=--build-id=none",
    "-Clink-arg=-zmax-page-size=0x1000",
    "-Clink-arg=-znoexecstack",
    "-Clink-arg=-zseparate-code",
    "-Clink-arg=-ztext",
    "-Clink-arg=-e_start",
];

const SERVER: Domain<'static> = Domain {
    name: "servers",
    folder: "server",
    profile: "server",
    rustflags: SERVER_FLAGS,
    inputs: &[
        "abi",
        "interfaces",
        "policy/engine",
        // The entry code shares the kernel's memory functions.
        "kernel/src/arch",
        "runtime",
        "system",
        "vfs",
        "toolchain/idl",
    ],
};

/// The kernel's tests inside the guest, a program that boots in init's place.
const GUEST_TESTS: Domain<'static> = Domain {
    name: "guest-tests",
    folder: "server",
    profile: "server",
    rustflags: SERVER_FLAGS,
    inputs: &[
        "abi",
        "interfaces",
        "policy/engine",
        "kernel/src/arch",
        "kernel/guest-tests",
        "runtime",
        "toolchain/idl",
    ],
};

/// What every native program is built from, besides its own package.
const NATIVE_INPUTS: &[&str] = &[
    "abi",
    "interfaces",
    "policy/engine",
    "kernel/src/arch",
    "runtime",
    "toolchain/idl",
];

/// A program that was built.
#[derive(Debug, Clone)]
pub struct Built {
    /// The package's name, which is the program's too.
    pub name: String,
    /// The ELF file, with its debug information.
    pub path: PathBuf,
    /// The same without symbols, which is what the guest gets.
    pub stripped: PathBuf,
}

/// Builds the kernel and returns its ELF file.
pub fn build_kernel(project: &Project) -> Result<Built> {
    build_one_kernel(project, &KERNEL)
}

/// Builds a kernel that does not ask the policy about messages: the bench measures it, no image holds it.
pub fn build_unchecked_kernel(project: &Project) -> Result<Built> {
    build_one_kernel(project, &UNCHECKED_KERNEL)
}

fn build_one_kernel(project: &Project, domain: &Domain<'_>) -> Result<Built> {
    let mut built = build(project, domain, &[("trivet-kernel", "kernel")])?;
    built
        .pop()
        .ok_or_else(|| Failure::new("the package in kernel/ has no program"))
}

/// Builds the native servers; one whose package has no program yet is left out.
pub fn build_servers(project: &Project) -> Result<Vec<Built>> {
    build(project, &SERVER, SERVERS)
}

/// Builds native programs that are not part of every machine: the packages in these folders of the tree. `what` is for
/// messages, and names the stamp of what is built.
pub fn build_native(project: &Project, what: &str, packages: &[(&str, &str)]) -> Result<Vec<Built>> {
    let folders = packages.iter().map(|(_, folder)| *folder);
    let inputs: Vec<&str> = NATIVE_INPUTS.iter().copied().chain(folders).collect();
    let domain = Domain {
        name: what,
        folder: "server",
        profile: "server",
        rustflags: SERVER_FLAGS,
        inputs: &inputs,
    };
    build(project, &domain, packages)
}

/// Builds the kernel's guest tests.
pub fn build_guest_tests(project: &Project) -> Result<Built> {
    let package = ("trivet-kernel-guest-tests", "kernel/guest-tests");
    let mut built = build(project, &GUEST_TESTS, &[package])?;
    built
        .pop()
        .ok_or_else(|| Failure::new("the package in kernel/guest-tests has no program"))
}

/// Builds the program that tests the process server from inside the guest.
pub fn build_process_probe(project: &Project) -> Result<Built> {
    let package = ("trivet-process-probe", "tests/system/process-probe");
    let mut built = build_native(project, "process-probe", &[package])?;
    built
        .pop()
        .ok_or_else(|| Failure::new("the package in tests/system/process-probe has no program"))
}

fn build(project: &Project, domain: &Domain<'_>, packages: &[(&str, &str)]) -> Result<Vec<Built>> {
    let packages: Vec<&str> = packages
        .iter()
        .filter(|(_, folder)| project.source(folder).join("src/main.rs").is_file())
        .map(|(package, _)| *package)
        .collect();
    if packages.is_empty() {
        return Ok(Vec::new());
    }
    let target = target();
    let target_folder = project.cache_folder(&format!("build/{}", domain.folder))?;
    let output = target_folder.join(target).join(domain.profile);
    let built: Vec<Built> = packages
        .iter()
        .map(|&name| Built {
            name: name.to_owned(),
            path: output.join(name),
            stripped: output.join(format!("{name}.stripped")),
        })
        .collect();

    let mut inputs: Vec<PathBuf> = domain.inputs.iter().map(|input| project.source(input)).collect();
    inputs.extend(["Cargo.toml", "Cargo.lock"].map(|file| project.source(file)));
    let settings = format!(
        "{target} {:?} {packages:?} {}",
        domain.rustflags,
        compiler_version()
    );
    let stamp = target_folder.join(format!("{}.fingerprint", domain.name));
    let is_built =
        |now: &str| is_current(&stamp, now) && built.iter().all(|program| program.stripped.is_file());
    if is_built(&fingerprint(&inputs, &settings)?) {
        return Ok(built);
    }
    let _lock = project.lock(&format!("build-{}", domain.folder))?;
    // Taken before the build: a file that is saved while cargo runs must not count as built.
    let now = fingerprint(&inputs, &settings)?;
    if is_built(&now) {
        return Ok(built);
    }
    let progress = Progress::start(format!("building the {}", domain.name));
    let mut cargo = Command::new("cargo");
    cargo
        .arg("build")
        .arg("--quiet")
        .args(["--profile", domain.profile, "--target", target]);
    cargo.arg("--target-dir").arg(&target_folder);
    for package in &packages {
        cargo.args(["--package", package]);
    }
    cargo.arg("--bins").current_dir(project.root());
    cargo.env("CARGO_ENCODED_RUSTFLAGS", domain.rustflags.join(FLAG_SEPARATOR));
    cargo.env_remove("RUSTFLAGS");
    let status = cargo.status().context(|| "starting cargo")?;
    if !status.success() {
        return Err(Failure::new(format!(
            "the {} does not build (cargo's messages are above)",
            domain.name
        )));
    }
    progress.done();
    if let Some(missing) = built.iter().find(|program| !program.path.is_file()) {
        return Err(Failure::new(format!(
            "cargo built no program named {}",
            missing.name
        )));
    }
    for program in &built {
        let mut objcopy = Command::new("objcopy");
        objcopy
            .arg("--strip-all")
            .arg(&program.path)
            .arg(&program.stripped);
        if !objcopy.status().context(|| "starting objcopy")?.success() {
            return Err(Failure::new(format!(
                "objcopy does not take {}",
                program.path.display()
            )));
        }
    }
    record(&stamp, &now)?;
    Ok(built)
}

/// The cargo target of both domains.
fn target() -> &'static str {
    static TARGET: OnceLock<&'static str> = OnceLock::new();
    TARGET.get_or_init(|| {
        let output = Command::new("rustc").args(["--print", "sysroot"]).output();
        let sysroot = output
            .map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned())
            .unwrap_or_default();
        let libraries = PathBuf::from(sysroot)
            .join("lib/rustlib")
            .join(BARE_TARGET)
            .join("lib");
        if libraries.is_dir() {
            BARE_TARGET
        } else {
            HOST_TARGET
        }
    })
}

/// The compiler's version line; part of each fingerprint.
fn compiler_version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let output = Command::new("rustc").arg("--version").output();
        output
            .map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned())
            .unwrap_or_default()
    })
}
