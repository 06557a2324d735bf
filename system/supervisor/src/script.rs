//! Scripts: the interpreter that a `#!` line names.

use alloc::vec::Vec;

/// Bytes of the first line that count, as in Linux.
pub const LINE_MAX: usize = 255;
/// Interpreters that are scripts themselves, one behind the other, at most.
pub const DEPTH_MAX: u32 = 4;

/// What a `#!` line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Path of the interpreter.
    pub interpreter: Vec<u8>,
    /// Its one argument.
    pub argument: Option<Vec<u8>>,
}

impl Line {
    /// What a caller is answered: the interpreter and its argument, with a zero byte behind each.
    #[must_use]
    pub fn to_answer(&self) -> Vec<u8> {
        let mut answer = self.interpreter.clone();
        answer.push(0);
        if let Some(argument) = &self.argument {
            answer.extend_from_slice(argument);
            answer.push(0);
        }
        answer
    }
}

/// Reads the beginning of a file. Nothing where it is no script; `Err` where the line names no interpreter or is cut.
///
/// # Errors
/// The line cannot be used: ENOEXEC.
pub fn parse(start: &[u8]) -> Option<Result<Line, ()>> {
    let rest = start.strip_prefix(b"#!")?;
    let limit = rest.len().min(LINE_MAX - 2);
    let end = rest[..limit].iter().position(|&byte| byte == b'\n');
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
    let line = match end {
        Some(end) => &rest[..end],
        // A file that is no more than this line may end without a line end.
        None if rest.len() < LINE_MAX - 2 => rest,
        None => {
            // The interpreter's name must be whole, its argument may be cut.
            let line = &rest[..limit];
            let from = line.iter().position(|byte| !is_space(byte)).unwrap_or(limit);
            if !line[from..].iter().any(is_space) {
                return Some(Err(()));
            }
            line
        }
    };
    let line = line.trim_ascii();
    let split = line.iter().position(is_space).unwrap_or(line.len());
    let (interpreter, argument) = line.split_at(split);
    let argument = argument.trim_ascii();
    if interpreter.is_empty() || line.contains(&0) {
        return Some(Err(()));
    }
    Some(Ok(Line {
        interpreter: interpreter.to_vec(),
        argument: (!argument.is_empty()).then(|| argument.to_vec()),
    }))
}

/// The arguments of the interpreter: its path, its argument, the script's path, and the script's own arguments without the first.
#[must_use]
pub fn arguments(line: &Line, script: &[u8], arguments: &[u8]) -> Vec<u8> {
    let mut list = Vec::new();
    for part in [
        Some(&line.interpreter[..]),
        line.argument.as_deref(),
        Some(script),
    ]
    .into_iter()
    .flatten()
    {
        list.extend_from_slice(part);
        list.push(0);
    }
    let behind_first = arguments
        .iter()
        .position(|&byte| byte == 0)
        .map_or(arguments.len(), |end| end + 1);
    list.extend_from_slice(&arguments[behind_first..]);
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(interpreter: &[u8], argument: Option<&[u8]>) -> Option<Result<Line, ()>> {
        Some(Ok(Line {
            interpreter: interpreter.to_vec(),
            argument: argument.map(<[u8]>::to_vec),
        }))
    }

    #[test]
    fn the_interpreter_and_one_argument_are_found() {
        assert_eq!(parse(b"#!/bin/sh\necho"), line(b"/bin/sh", None));
        assert_eq!(
            parse(b"#! /usr/bin/env  lua -x \nprint()"),
            line(b"/usr/bin/env", Some(b"lua -x"))
        );
        assert_eq!(parse(b"#!/bin/lua"), line(b"/bin/lua", None));
        assert_eq!(parse(b"print()"), None);
        assert_eq!(parse(b""), None);
    }

    #[test]
    fn lines_that_name_no_interpreter_cannot_be_executed() {
        assert_eq!(parse(b"#!\n"), Some(Err(())));
        assert_eq!(parse(b"#!   \n"), Some(Err(())));
        let mut long = b"#!/".to_vec();
        long.extend([b'x'; 400]);
        assert_eq!(parse(&long), Some(Err(())));
    }

    #[test]
    fn the_scripts_path_takes_the_place_of_its_name() {
        let found = parse(b"#!/bin/lua -W\n").unwrap().unwrap();
        assert_eq!(
            arguments(&found, b"/app/x.lua", b"x\0a\0\0"),
            b"/bin/lua\0-W\0/app/x.lua\0a\0\0"
        );
        let plain = parse(b"#!/bin/lua\n").unwrap().unwrap();
        assert_eq!(arguments(&plain, b"s", b""), b"/bin/lua\0s\0");
    }
}
