//! What the host must have, and getting it.
//!
//! `run`, `test` and `bench` ask for it before they begin. As root on a Debian system what is missing is
//! installed by apt, and said; otherwise the one command that does it is printed.

use crate::failure::{Context, Failure, Result};
use crate::progress::say;
use crate::project::Project;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How the presence of something is seen.
#[derive(Debug, Clone, Copy)]
enum Sign {
    /// A program in PATH.
    Program(&'static str),
    /// A file.
    File(&'static str),
}

/// Something that the host must have.
#[derive(Debug, Clone, Copy)]
struct Need {
    sign: Sign,
    package: &'static str,
    /// What it is for.
    reason: &'static str,
}

const fn program(name: &'static str, package: &'static str, reason: &'static str) -> Need {
    Need {
        sign: Sign::Program(name),
        package,
        reason,
    }
}

const NEEDS: &[Need] = &[
    program("qemu-system-x86_64", "qemu-system-x86", "runs the machine"),
    program("gcc", "gcc", "compiles C programs for Trivet"),
    program("g++", "g++", "compiles C++ programs for Trivet"),
    program("ld", "binutils", "links programs"),
    program("make", "make", "builds the ports"),
    program("dpkg-source", "dpkg-dev", "knows Debian's source packages"),
    program("xz", "xz-utils", "unpacks source archives"),
    program("bzip2", "bzip2", "unpacks source archives"),
    program("pkg-config", "pkg-config", "answers for the ports' libraries"),
    program(
        "musl-gcc",
        "musl-tools",
        "builds the measurements for the Linux guest",
    ),
    program("addr2line", "binutils", "names the lines of a crash"),
    Need {
        sign: Sign::File("/usr/include/linux/types.h"),
        package: "linux-libc-dev",
        reason: "has the linux/ headers that some programs name",
    },
    Need {
        sign: Sign::File("/usr/lib/x86_64-linux-gnu/libc.a"),
        package: "libc6-dev",
        reason: "builds the measurements for the Linux guest",
    },
    // QEMU's PVH start and its virtio devices' firmware.
    Need {
        sign: Sign::File("/usr/share/seabios/bios-256k.bin"),
        package: "seabios",
        reason: "starts the machine",
    },
];

/// Makes sure that the host has everything; installs it where that is possible, and otherwise says how.
pub fn ensure(project: &Project) -> Result<()> {
    check_rust()?;
    let missing = missing_needs(NEEDS, &search_path());
    if missing.is_empty() {
        return Ok(());
    }
    let packages = packages(&missing);
    let install = format!(
        "apt-get install --yes --no-install-recommends {}",
        packages.join(" ")
    );
    let list: Vec<String> = missing.iter().map(describe).collect();
    if !is_debian() {
        return Err(
            Failure::new(format!("this system lacks:\n{}", list.join("\n"))).help(format!(
                "install it, or use a Debian 12 container, which works as it is:\n{}",
                container_command(project.root())
            )),
        );
    }
    if !rustix::process::geteuid().is_root() {
        return Err(Failure::new(format!("this system lacks:\n{}", list.join("\n")))
            .help(format!("as root: apt-get update && {install}")));
    }
    let _lock = project.lock("apt")?;
    say(&format!("this system lacks:\n{}", list.join("\n")));
    say(&format!("installing it: {install}"));
    for arguments in [vec!["update", "--quiet"], install.split(' ').skip(1).collect()] {
        let status = Command::new("apt-get")
            .args(&arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .context(|| "starting apt-get")?;
        if !status.success() {
            return Err(Failure::new(format!(
                "apt-get {} failed (its messages are above)",
                arguments.join(" ")
            )));
        }
    }
    let left = missing_needs(NEEDS, &search_path());
    if left.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "still missing after the installation:\n{}",
        left.iter().map(describe).collect::<Vec<_>>().join("\n")
    )))
}

/// The compiler is newer than the workspace asks for, and has what `./trivet check` calls.
fn check_rust() -> Result<()> {
    for (program, component) in [
        ("rustc", None),
        ("cargo-fmt", Some("rustfmt")),
        ("cargo-clippy", Some("clippy")),
    ] {
        if !is_program(program, &search_path()) {
            let help = match component {
                Some(component) => format!("rustup component add {component}"),
                None => "install stable Rust: https://rustup.rs".to_owned(),
            };
            return Err(Failure::new(format!("no {program} found")).help(help));
        }
    }
    Ok(())
}

fn search_path() -> Vec<PathBuf> {
    env::var_os("PATH")
        .map(|path| env::split_paths(&path).collect())
        .unwrap_or_default()
}

fn is_program(name: &str, path: &[PathBuf]) -> bool {
    path.iter().any(|folder| folder.join(name).is_file())
}

fn missing_needs(needs: &[Need], path: &[PathBuf]) -> Vec<Need> {
    let is_there = |need: &Need| match need.sign {
        Sign::Program(name) => is_program(name, path),
        Sign::File(file) => Path::new(file).exists(),
    };
    needs.iter().filter(|need| !is_there(need)).copied().collect()
}

fn packages(needs: &[Need]) -> Vec<&'static str> {
    let mut packages: Vec<_> = needs.iter().map(|need| need.package).collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

fn describe(need: &Need) -> String {
    let (Sign::Program(name) | Sign::File(name)) = need.sign;
    format!("  {name} ({}, Debian package {})", need.reason, need.package)
}

fn is_debian() -> bool {
    let has_apt = is_program("apt-get", &search_path());
    has_apt
        && fs::read_to_string("/etc/os-release").is_ok_and(|text| {
            text.lines()
                .any(|line| line == "ID=debian" || line.contains("ID_LIKE=debian"))
        })
}

fn container_command(root: &Path) -> String {
    let folder = root.display();
    format!(
        "podman build -t trivet {folder} && podman run --rm -it -v {folder}:/trivet trivet ./trivet run\n(docker takes the same arguments)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named_with_its_package_and_reason() {
        let folder = tempfile::tempdir().unwrap();
        let need = program("qemu-system-x86_64", "qemu-system-x86", "runs the machine");
        let path = [folder.path().to_path_buf()];
        let missing = missing_needs(&[need], &path);
        assert_eq!(packages(&missing), ["qemu-system-x86"]);
        assert_eq!(
            describe(&missing[0]),
            "  qemu-system-x86_64 (runs the machine, Debian package qemu-system-x86)"
        );
        fs::write(folder.path().join("qemu-system-x86_64"), "").unwrap();
        assert!(missing_needs(&[need], &path).is_empty());
    }

    #[test]
    fn a_package_is_installed_once() {
        let needs = [
            program("ld", "binutils", ""),
            program("nm", "binutils", ""),
            program("cc", "gcc", ""),
        ];
        assert_eq!(packages(&needs), ["binutils", "gcc"]);
    }
}
