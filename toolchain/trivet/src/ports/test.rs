//! A port's own tests: its programs are run in the guest, and what they print is compared with what upstream
//! (or the port's folder) says they print.

use super::build;
use super::recipe::{Recipe, Test};
use crate::failure::{Context, Result};
use crate::project::Project;
use crate::run::assemble::{HOME, Parts, RunFiles};
use crate::run::capture::Capture;
use crate::run::machine::{self, Machine};
use crate::run::options::Program;
use crate::run::session::{Ending, Host, Job};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::PathBuf;
use std::time::Duration;
use trivet_abi::control::End;

/// The longest that one command of a test may take.
const LIMIT: Duration = Duration::from_secs(300);
/// The memory of a test's machine, in MiB.
const MEMORY_MIB: u32 = 256;

/// Runs one test. `None` when it passed, otherwise what was wrong.
pub fn run(project: &Project, parts: &Parts, recipe: &Recipe, test: &Test) -> Result<Option<String>> {
    let folder = build::build(project, recipe, false)?;
    let source = project.cache(&format!("ports/{}/source", recipe.name));
    let own = project.source("ports").join(&recipe.name);
    let mut printed = Vec::new();
    let commands: Vec<&Vec<String>> = std::iter::once(&test.command).chain(&test.then).collect();
    for (position, command) in commands.iter().enumerate() {
        let mut files = RunFiles::collect(&Program::Host(folder.join(&command[0])), &[], true)?;
        for file in &test.files {
            let path = source.join(file);
            let name = path.file_name().unwrap_or_default().as_encoded_bytes().to_vec();
            files.add(path, [HOME.as_bytes(), b"/", &name].concat());
        }
        let job = Job {
            program: files.program.clone(),
            arguments: command.iter().map(|word| word.clone().into_bytes()).collect(),
            environment: vec![b"PATH=/bin".to_vec(), b"LANG=C".to_vec()],
            directory: format!("/{HOME}").into_bytes(),
            ..Job::default()
        };
        let output = Capture::default();
        let error = Capture::default();
        let input: Box<dyn Read + Send> = match &test.input {
            Some(input) => {
                let path = own.join(input);
                Box::new(File::open(&path).context(|| format!("opening {}", path.display()))?)
            }
            None => Box::new(io::empty()),
        };
        let host = Host {
            input,
            output: Box::new(output.clone()),
            error: Box::new(error.clone()),
        };
        let machine = Machine {
            parts,
            files: &files,
            memory_mib: MEMORY_MIB,
            processors: 1,
            instruction_count: false,
            instruction_shift: 0,
            debugger: false,
            audit: None,
            trace: None,
            limit: Some(LIMIT),
        };
        let finished = machine::run(project, &machine, &job, host)?;
        let is_last = position + 1 == commands.len();
        let wanted = Ending::Program(End::Status(if is_last { test.status } else { 0 }));
        let ending = finished.outcome.ending.clone();
        let last_words = String::from_utf8_lossy(&error.take())
            .lines()
            .last()
            .unwrap_or_default()
            .to_owned();
        finished.forget();
        if ending != wanted {
            return Ok(Some(format!("it ended by {ending:?} {last_words}")));
        }
        printed.extend(output.take());
    }
    let Some(expected) = &test.output else {
        return Ok(None);
    };
    let path: PathBuf = match expected.strip_prefix("./") {
        Some(inside) => own.join(inside),
        None => source.join(expected),
    };
    let expected = fs::read(&path).context(|| format!("reading {}", path.display()))?;
    Ok(difference(&printed, &expected))
}

/// The first line in which the output is not what is expected.
fn difference(printed: &[u8], expected: &[u8]) -> Option<String> {
    if printed == expected {
        return None;
    }
    let mut lines = printed.split(|&byte| byte == b'\n');
    let mut wanted = expected.split(|&byte| byte == b'\n');
    for number in 1.. {
        let (line, want) = (lines.next(), wanted.next());
        if line != want {
            let text = |line: Option<&[u8]>| match line {
                Some(line) => format!("{:?}", String::from_utf8_lossy(line)),
                None => "the end".to_owned(),
            };
            return Some(format!("line {number} is {}, not {}", text(line), text(want)));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_differs_is_named() {
        assert_eq!(difference(b"a\nb\n", b"a\nb\n"), None);
        assert_eq!(
            difference(b"a\nx\n", b"a\nb\n").unwrap(),
            "line 2 is \"x\", not \"b\""
        );
        assert_eq!(difference(b"a", b"a\nb").unwrap(), "line 2 is the end, not \"b\"");
    }
}
