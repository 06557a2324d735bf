//! The golden file: every number that programs carry, so that none of them ever changes.
//!
//! `text` writes it; `compare` says what a change of the interfaces does to it. A test holds `interfaces/golden.txt`
//! to the interfaces; `trivet-idl golden --write` appends what is new and refuses what would break programs.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::model::{Direction, Interface, Method, Model, Parameter, TypeBody, TypeDefinition};

/// The golden text of `model`: one line for each interface, method, type and constant.
pub fn text(model: &Model) -> String {
    let mut out = String::from(
        "# Every number that programs carry. Lines are only added, never changed: `trivet-idl golden DIR --write`.\n",
    );
    for definition in &model.shared_types {
        line_of_type(&mut out, "shared", definition);
    }
    for constant in &model.shared_constants {
        push(
            &mut out,
            format_args!(
                "const shared.{}: {} = {}",
                constant.name,
                constant.ty.name(),
                constant.value
            ),
        );
    }
    for interface in &model.interfaces {
        line_of_interface(&mut out, interface);
    }
    out
}

fn push(out: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(out, "{line}").expect("writing into a String does not fail");
}

fn line_of_interface(out: &mut String, interface: &Interface) {
    let kind = if interface.kernel {
        "kernel interface"
    } else {
        "interface"
    };
    push(
        out,
        format_args!("{kind} {} = {}", interface.name, interface.number),
    );
    for definition in &interface.types {
        line_of_type(out, &interface.name, definition);
    }
    for constant in &interface.constants {
        push(
            out,
            format_args!(
                "const {}.{}: {} = {}",
                interface.name,
                constant.name,
                constant.ty.name(),
                constant.value
            ),
        );
    }
    for method in &interface.methods {
        push(
            out,
            format_args!(
                "{}.{} = {}{}",
                interface.name,
                method.name,
                method.number,
                signature(method)
            ),
        );
    }
}

/// `(a: u64, in b: bytes[..4]) -> (c: u64)`
pub fn signature(method: &Method) -> String {
    let list = |parameters: &[Parameter]| parameters.iter().map(parameter).collect::<Vec<_>>().join(", ");
    let results = if method.results.is_empty() {
        String::new()
    } else {
        format!(" -> ({})", list(&method.results))
    };
    format!(" ({}){results}", list(&method.arguments))
}

fn parameter(parameter: &Parameter) -> String {
    let direction = match parameter.direction {
        Direction::Direct => "",
        Direction::In => "in ",
        Direction::Out => "out ",
    };
    let name = if parameter.is_name { "name " } else { "" };
    format!("{direction}{}: {name}{}", parameter.name, parameter.ty.display())
}

fn line_of_type(out: &mut String, scope: &str, definition: &TypeDefinition) {
    match &definition.body {
        TypeBody::Enum { base, members } => {
            for member in members {
                push(
                    out,
                    format_args!(
                        "enum {scope}.{}.{}: {} = {}",
                        definition.name,
                        member.name,
                        base.name(),
                        member.value
                    ),
                );
            }
        }
        TypeBody::Flags { base, members } => {
            for member in members {
                push(
                    out,
                    format_args!(
                        "flags {scope}.{}.{}: {} = {:#x}",
                        definition.name,
                        member.name,
                        base.name(),
                        member.value
                    ),
                );
            }
        }
        TypeBody::Struct {
            fields,
            size,
            alignment,
        } => {
            let fields: Vec<String> = fields
                .iter()
                .map(|field| format!("{}: {} @{}", field.name, field.ty.display(), field.offset))
                .collect();
            push(
                out,
                format_args!(
                    "struct {scope}.{} size {size} align {alignment} {{ {} }}",
                    definition.name,
                    fields.join(", ")
                ),
            );
        }
    }
}

/// How the interfaces differ from the golden file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Lines that are new: programs that exist do not notice.
    pub added: Vec<String>,
    /// Lines that are gone or changed, each with what stands there now: programs that exist break.
    pub broken: Vec<(String, Option<String>)>,
}

impl Difference {
    /// Nothing differs.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.broken.is_empty()
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (old, new) in &self.broken {
            match new {
                Some(new) => writeln!(formatter, "changed: {old}\n     to: {new}")?,
                None => writeln!(formatter, "removed: {old}")?,
            }
        }
        for line in &self.added {
            writeln!(formatter, "added: {line}")?;
        }
        Ok(())
    }
}

/// Compares the golden file's text with that of the interfaces.
pub fn compare(golden: &str, current: &str) -> Difference {
    let golden = keyed(golden);
    let current = keyed(current);
    let mut difference = Difference::default();
    for (key, line) in &golden {
        match current.get(key) {
            Some(now) if now == line => {}
            now => difference
                .broken
                .push(((*line).to_owned(), now.map(|line| (*line).to_owned()))),
        }
    }
    for (key, line) in &current {
        if !golden.contains_key(key) {
            difference.added.push((*line).to_owned());
        }
    }
    difference
}

/// Lines by what they are about: the text up to the name's end.
fn keyed(text: &str) -> BTreeMap<String, &str> {
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            let key = match words.as_slice() {
                ["kernel", _, name, ..] => format!("interface {name}"),
                [
                    kind @ ("interface" | "enum" | "flags" | "struct" | "const"),
                    name,
                    ..,
                ] => {
                    format!("{kind} {}", name.trim_end_matches(':'))
                }
                [name, ..] => (*name).to_owned(),
                [] => String::new(),
            };
            (key, line)
        })
        .collect()
}
