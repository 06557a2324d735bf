//! What a debugger is told of a run that waits for one: a file of gdb's commands that loads the symbols where the programs lie, and connects.
//!
//! Such a run places programs at [`PROGRAM_BASE`] and the servers at addresses that the packer writes into init's file, so that
//! both are known before the first instruction. In every other run they are random.

use crate::failure::{Context, Result};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use trivet_abi::PROGRAM_BASE;

/// Where the first server lies.
const SERVER_BASE: u64 = 0x5000_0000_0000;
/// From one server to the next, and more than any of them is long.
const SERVER_STEP: u64 = 1 << 32;

/// Where the server with this index among the symbols lies.
pub fn server_address(index: usize) -> u64 {
    SERVER_BASE + SERVER_STEP * index as u64
}

/// What can be debugged.
#[derive(Debug, Default)]
pub struct Symbols {
    /// The kernel.
    pub kernel: PathBuf,
    /// Servers and where they lie.
    pub servers: Vec<(PathBuf, u64)>,
    /// The program to start, if its file is known.
    pub program: Option<PathBuf>,
    /// The image's other programs.
    pub others: Vec<PathBuf>,
}

impl Symbols {
    /// Writes gdb's commands into `script`, and says on standard error what to do with them.
    pub fn announce(&self, script: &Path, port: u16) -> Result<()> {
        fs::write(script, self.commands(port)).context(|| format!("writing {}", script.display()))?;
        eprint!("{}", self.instructions(script));
        Ok(())
    }

    fn commands(&self, port: u16) -> String {
        let mut text = format!("set confirm off\nfile {}\n", quoted(&self.kernel));
        let program = self.program.iter().map(|path| (path, PROGRAM_BASE));
        let servers = self.servers.iter().map(|(path, address)| (path, *address));
        for (path, address) in servers.chain(program) {
            let _ = writeln!(text, "add-symbol-file {} -o {address:#x}", quoted(path));
        }
        let _ = writeln!(text, "target remote 127.0.0.1:{port}");
        text
    }

    fn instructions(&self, script: &Path) -> String {
        let mut text = format!(
            "trivet: the machine waits for a debugger:\n  gdb -x {}\n",
            quoted(script)
        );
        if let Some(program) = &self.program {
            let _ = writeln!(
                text,
                "  then `break main` and `continue` stop in {}",
                program.display()
            );
        }
        if !self.others.is_empty() {
            let _ = writeln!(
                text,
                "  for what it starts: add-symbol-file FILE -o {PROGRAM_BASE:#x}, where FILE is one of"
            );
        }
        for path in &self.others {
            let _ = writeln!(text, "  {}", path.display());
        }
        text
    }
}

/// A path as a word of gdb's.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    if text.contains([' ', '\'', '"', '\\']) {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbols() -> Symbols {
        Symbols {
            kernel: "/k/kernel".into(),
            servers: vec![
                ("/s/bus".into(), server_address(0)),
                ("/s/vfs".into(), server_address(1)),
            ],
            program: Some("/my programs/hello".into()),
            others: vec!["/p/lua".into()],
        }
    }

    #[test]
    fn the_commands_place_each_file_and_connect_last() {
        let text = symbols().commands(1234);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "set confirm off",
                "file /k/kernel",
                "add-symbol-file /s/bus -o 0x500000000000",
                "add-symbol-file /s/vfs -o 0x500100000000",
                "add-symbol-file \"/my programs/hello\" -o 0x550000000000",
                "target remote 127.0.0.1:1234",
            ]
        );
    }

    #[test]
    fn the_user_is_told_the_command_and_the_other_programs() {
        let text = symbols().instructions(Path::new("/c/d.gdb"));
        assert!(text.contains("\n  gdb -x /c/d.gdb\n"), "{text}");
        assert!(text.contains("stop in /my programs/hello"), "{text}");
        assert!(
            text.contains("-o 0x550000000000, where FILE is one of\n  /p/lua\n"),
            "{text}"
        );
    }
}
