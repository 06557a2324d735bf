//! A crash in words: signal, address, and a backtrace with names and lines.
//!
//! The guest reports raw addresses; the debug information is in the program's file on the host, and binutils'
//! addr2line reads it.

use super::session::CrashReport;
use std::path::Path;
use std::process::{Command, Stdio};

/// The report's lines. `image` is the program's file on the host, if it has one.
pub fn describe(crash: &CrashReport, image: Option<&Path>) -> String {
    let program = String::from_utf8_lossy(&crash.program);
    let mut text = format!("{program}: {}", signal_name(crash.signal));
    if crash.address != 0 || crash.signal == 11 {
        text.push_str(&format!(" at address {:#x}", crash.address));
    }
    // A return address is behind its call, which may be another line: look at the call itself.
    let lookup: Vec<u64> = crash
        .code
        .iter()
        .enumerate()
        .map(|(position, address)| {
            if position == 0 {
                *address
            } else {
                address.saturating_sub(1)
            }
        })
        .collect();
    let names = image.map(|image| addr2line(image, &lookup)).unwrap_or_default();
    for (position, address) in crash.code.iter().enumerate() {
        let name = names.get(position).map_or("", String::as_str);
        text.push_str(format!("\n  #{position} {address:#x} {name}").trim_end());
    }
    text
}

/// The function and line of each address, one line each; empty where addr2line cannot be run.
fn addr2line(image: &Path, addresses: &[u64]) -> Vec<String> {
    let mut command = Command::new("addr2line");
    command
        .args(["--functions", "--demangle", "--pretty-print", "--exe"])
        .arg(image);
    command.args(addresses.iter().map(|address| format!("{address:#x}")));
    match command.stdin(Stdio::null()).stderr(Stdio::null()).output() {
        Ok(output) => String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(str::to_owned)
            .collect(),
        Err(_) => Vec::new(),
    }
}

/// A signal's name and meaning.
pub fn signal_name(signal: u32) -> String {
    let name = match signal {
        4 => "illegal instruction (SIGILL)",
        5 => "breakpoint (SIGTRAP)",
        6 => "aborted (SIGABRT)",
        7 => "access beyond a file's end (SIGBUS)",
        8 => "arithmetic fault (SIGFPE)",
        9 => "killed (SIGKILL)",
        11 => "segmentation fault (SIGSEGV)",
        15 => "terminated (SIGTERM)",
        other => return format!("signal {other}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_names_signal_address_and_functions() {
        let folder = tempfile::tempdir().unwrap();
        let (source, image) = (folder.path().join("a.c"), folder.path().join("a.o"));
        std::fs::write(&source, "int broken(int *p)\n{\n    return *p;\n}\n").unwrap();
        let status = Command::new("gcc")
            .args(["-g", "-c", "-o"])
            .arg(&image)
            .arg(&source)
            .status()
            .unwrap();
        assert!(status.success());
        let crash = CrashReport {
            signal: 11,
            address: 0,
            code: vec![4],
            program: b"/app/a".to_vec(),
        };
        let text = describe(&crash, Some(&image));
        assert!(
            text.starts_with("/app/a: segmentation fault (SIGSEGV) at address 0x0\n"),
            "{text}"
        );
        assert!(
            text.contains("#0 0x4 broken at ") && text.contains("a.c:"),
            "{text}"
        );
    }

    #[test]
    fn without_a_file_addresses_stay_numbers() {
        let crash = CrashReport {
            signal: 6,
            address: 0,
            code: vec![0x10, 0x20],
            program: b"x".to_vec(),
        };
        assert_eq!(
            describe(&crash, None),
            "x: aborted (SIGABRT)\n  #0 0x10\n  #1 0x20"
        );
    }
}
