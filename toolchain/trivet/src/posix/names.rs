//! POSIX.1-2024's names (tests/posix/names.tsv): which our headers declare, which the library defines, and which of these can only
//! fail with ENOSYS.
//!
//! For each header one C file is compiled, with a line for each of its names: the lines that the compiler refuses are the names
//! that are not declared.

use crate::failure::{Context, Failure, Result};
use crate::project::Project;
use crate::sysroot;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// The lines that each name has in the C file.
const LINES_EACH: usize = 3;

/// One name.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    header: String,
    name: String,
    kind: String,
}

/// What there is of one header's names.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Coverage {
    names: usize,
    functions: usize,
    defined: usize,
    unsupported: usize,
    undeclared: Vec<String>,
    undefined: Vec<String>,
}

/// Looks at every header.
pub fn coverage(project: &Project) -> Result<BTreeMap<String, Coverage>> {
    let path = project.source("tests/posix/names.tsv");
    let text = fs::read_to_string(&path).context(|| format!("reading {}", path.display()))?;
    let names = parse(&text)?;
    let sysroot = sysroot::ensure(project)?;
    let defined = symbols(&sysroot.join("usr/lib/libc.a"))?;
    let stubs = sysroot.join("usr/include/gnu/stubs.h");
    let stubs = fs::read_to_string(&stubs).context(|| format!("reading {}", stubs.display()))?;
    let stubs: BTreeSet<&str> = stubs
        .lines()
        .filter_map(|line| line.strip_prefix("#define __stub_"))
        .collect();
    let compiler = project.source("toolchain/bin/x86_64-trivet-cc");
    let mut headers: BTreeMap<String, Vec<Name>> = BTreeMap::new();
    for name in names {
        headers.entry(name.header.clone()).or_default().push(name);
    }
    let mut found = BTreeMap::new();
    for (header, names) in headers {
        let refused = refused(&compiler, &header, &names)?;
        let mut coverage = Coverage {
            names: names.len(),
            ..Coverage::default()
        };
        for (index, name) in names.iter().enumerate() {
            let is_declared = !refused.contains(&index);
            if !is_declared {
                coverage.undeclared.push(name.name.clone());
            }
            if name.kind != "function" {
                continue;
            }
            coverage.functions += 1;
            match defined.contains(&name.name) {
                true if stubs.contains(name.name.as_str()) => coverage.unsupported += 1,
                true => coverage.defined += 1,
                // The standard lets a function be a macro or be inlined.
                false if is_declared && is_inline(&compiler, &header, &name.name)? => coverage.defined += 1,
                false => coverage.undefined.push(name.name.clone()),
            }
        }
        found.insert(header, coverage);
    }
    Ok(found)
}

fn parse(text: &str) -> Result<Vec<Name>> {
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| match line.split('\t').collect::<Vec<_>>()[..] {
            [header, name, kind] => Ok(Name {
                header: header.to_owned(),
                name: name.to_owned(),
                kind: kind.to_owned(),
            }),
            _ => Err(Failure::new(format!(
                "tests/posix/names.tsv: {line:?} has not three fields"
            ))),
        })
        .collect()
}

/// The C file that asks for each name.
fn source(header: &str, names: &[Name]) -> String {
    let mut text = format!("#include <{header}>\n");
    for (index, Name { name, kind, .. }) in names.iter().enumerate() {
        let ask = match (kind.as_str(), name.rsplit_once('.')) {
            ("member", Some((structure, member))) => {
                format!("char ask_{index}[sizeof(&(({structure} *)0)->{member})];")
            }
            ("type", _) => format!("extern {name} *ask_{index};"),
            ("function" | "object", _) => format!("char ask_{index}[sizeof(&{name})];"),
            _ => format!("char ask_{index}[sizeof({name})];"),
        };
        // A macro with arguments is not an expression: that it is defined says it all.
        let word = name.split([' ', '.']).next().unwrap_or(name);
        let condition = match kind.as_str() {
            "type" | "member" => "#if 1".to_owned(),
            _ => format!("#ifndef {word}"),
        };
        let _ = write!(text, "{condition}\n{ask}\n#endif\n");
    }
    text
}

/// The places of the names that the compiler refuses.
fn refused(compiler: &Path, header: &str, names: &[Name]) -> Result<BTreeSet<usize>> {
    let errors = compile(
        compiler,
        &source(header, names),
        &["-fsyntax-only", "-fmax-errors=0"],
    )?;
    if errors.contains("fatal error") {
        return Ok((0..names.len()).collect());
    }
    Ok(errors
        .lines()
        .filter(|line| line.contains(": error: "))
        .filter_map(|line| line.split(':').nth(1)?.parse::<usize>().ok())
        .filter_map(|line| line.checked_sub(2))
        .map(|line| line / LINES_EACH)
        .collect())
}

/// Whether the header itself holds the function.
fn is_inline(compiler: &Path, header: &str, name: &str) -> Result<bool> {
    let text = format!("#include <{header}>\n#ifndef {name}\n#error function\n#endif\n");
    Ok(compile(compiler, &text, &["-fsyntax-only"])?.is_empty())
}

/// Compiles a text and returns the compiler's errors.
fn compile(compiler: &Path, text: &str, arguments: &[&str]) -> Result<String> {
    let mut file = tempfile::Builder::new()
        .suffix(".c")
        .tempfile()
        .context(|| "making a file")?;
    std::io::Write::write_all(&mut file, text.as_bytes()).context(|| "writing a file")?;
    let output = Command::new(compiler)
        .args([
            "-std=c17",
            "-w",
            "-D_POSIX_C_SOURCE=202405L",
            "-D_XOPEN_SOURCE=800",
        ])
        .args(arguments)
        .arg(file.path())
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .context(|| format!("starting {}", compiler.display()))?;
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

fn symbols(library: &Path) -> Result<BTreeSet<String>> {
    let output = Command::new("nm")
        .arg("--defined-only")
        .arg(library)
        .stderr(Stdio::null())
        .output()
        .context(|| "starting nm")?;
    Ok(String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.split_whitespace().nth(2))
        .map(str::to_owned)
        .collect())
}

/// The table of docs/conformance.md, with what is missing by name.
pub fn table(found: &BTreeMap<String, Coverage>) -> String {
    let mut text = String::from("\n| header | names | declared | functions | defined | ENOSYS | missing |\n");
    text.push_str("| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    let mut sum = Coverage::default();
    let line = |text: &mut String, name: &str, one: &Coverage| {
        let _ = writeln!(
            text,
            "| {name} | {} | {} | {} | {} | {} | {} |",
            one.names,
            one.names - one.undeclared.len(),
            one.functions,
            one.defined,
            one.unsupported,
            one.undefined.len()
        );
    };
    let mut missing = String::new();
    for (header, one) in found {
        line(&mut text, &format!("<{header}>"), one);
        sum.names += one.names;
        sum.functions += one.functions;
        sum.defined += one.defined;
        sum.unsupported += one.unsupported;
        sum.undeclared.extend(one.undeclared.iter().cloned());
        sum.undefined.extend(one.undefined.iter().cloned());
        let absent: BTreeSet<&str> = one
            .undeclared
            .iter()
            .chain(&one.undefined)
            .map(String::as_str)
            .collect();
        match absent.len() {
            0 => {}
            count if count == one.names => {
                let _ = writeln!(missing, "- <{header}>: all {count} names");
            }
            _ => {
                let names: Vec<&str> = absent.into_iter().collect();
                let _ = writeln!(missing, "- <{header}>: {}", names.join(", "));
            }
        }
    }
    line(&mut text, "**all**", &sum);
    if !missing.is_empty() {
        let _ = write!(text, "\nNot declared, or declared and not defined:\n\n{missing}");
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str, kind: &str) -> Name {
        Name {
            header: "time.h".into(),
            name: name.into(),
            kind: kind.into(),
        }
    }

    #[test]
    fn names_that_are_not_declared_are_found_by_their_line() {
        let names = [
            name("clock_gettime", "function"),
            name("no_such_function", "function"),
            name("CLOCKS_PER_SEC", "const"),
            name("NO_SUCH_CONSTANT", "const"),
            name("struct tm.tm_year", "member"),
            name("struct tm.tm_none", "member"),
            name("struct timespec", "type"),
            name("no_such_t", "type"),
        ];
        let refused = refused(Path::new("gcc"), "time.h", &names).unwrap();
        assert_eq!(refused.into_iter().collect::<Vec<_>>(), [1, 3, 5, 7]);
    }

    #[test]
    fn a_header_that_is_not_there_declares_nothing() {
        let names = [name("a", "function"), name("b", "const")];
        assert_eq!(
            refused(Path::new("gcc"), "no_such_header.h", &names)
                .unwrap()
                .len(),
            2
        );
    }

    #[test]
    fn the_committed_names_can_be_read() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/posix/names.tsv");
        assert!(parse(&fs::read_to_string(path).unwrap()).unwrap().len() > 3000);
    }
}
