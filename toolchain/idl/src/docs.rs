//! Documentation: a page for each interface, and an index, in Markdown.
//!
//! `pages` gives the files; `trivet-idl docs DIR OUT` writes them. They are not committed: the interface files say the same.

use std::fmt::Write;

use crate::model::{
    Direction, Interface, Method, Model, Parameter, Type, TypeBody, TypeDefinition, WordType,
};
use crate::rust::snake_case;

/// Name and text of each page.
pub fn pages(model: &Model) -> Vec<(String, String)> {
    let mut pages = vec![("README.md".to_owned(), index(model))];
    let mut shared = String::from("# Shared types\n\nTypes that every interface may use.\n\n");
    for definition in &model.shared_types {
        type_section(&mut shared, definition, "##");
    }
    pages.push(("shared.md".to_owned(), shared));
    for interface in &model.interfaces {
        pages.push((page_name(interface), page(interface)));
    }
    pages
}

fn page_name(interface: &Interface) -> String {
    format!("{}.md", snake_case(&interface.name))
}

/// Appends a line; writing into a `String` does not fail.
macro_rules! push {
    ($text:expr, $($format:tt)*) => { writeln!($text, $($format)*).expect("writing into a String") };
}

fn index(model: &Model) -> String {
    let mut text = String::from(
        "# Interfaces\n\nEvery interface of the system, with its number. Those below 32 are the kernel's.\n\n\
         | number | interface | methods | what it is |\n| --- | --- | --- | --- |\n",
    );
    for interface in &model.interfaces {
        let doc = interface.doc.lines().next().unwrap_or_default();
        push!(
            text,
            "| {} | [{}]({}) | {} | {} |",
            interface.number,
            interface.name,
            page_name(interface),
            interface.methods.len(),
            doc
        );
    }
    push!(text, "\nTypes for all: [shared types](shared.md).");
    text
}

fn page(interface: &Interface) -> String {
    let mut text = String::new();
    let kind = if interface.kernel {
        "kernel interface"
    } else {
        "interface"
    };
    push!(
        text,
        "# {}\n\n{}\n\n*{kind} {}*\n",
        interface.name,
        interface.doc,
        interface.number
    );
    push!(text, "| number | method | danger |\n| --- | --- | --- |");
    for method in &interface.methods {
        push!(
            text,
            "| {} | [{}](#{}) | {} |",
            method.number,
            method.name,
            method.name,
            method.danger
        );
    }
    push!(text, "\n## Methods\n");
    for method in &interface.methods {
        method_section(&mut text, method);
    }
    if !interface.types.is_empty() || !interface.constants.is_empty() {
        push!(text, "## Types\n");
        for constant in &interface.constants {
            push!(
                text,
                "- `{}: {} = {:#x}`: {}",
                constant.name,
                constant.ty.name(),
                constant.value,
                constant.doc
            );
        }
        for definition in &interface.types {
            type_section(&mut text, definition, "###");
        }
    }
    text
}

fn method_section(text: &mut String, method: &Method) {
    push!(
        text,
        "### {}\n\n```\n{}{}\n```\n\n{}\n",
        method.name,
        method.name,
        crate::golden::signature(method),
        method.doc
    );
    let mut marks = Vec::new();
    if method.repeatable {
        marks.push("may be sent again".to_owned());
    }
    if method.waits {
        marks.push("may wait".to_owned());
    }
    if !method.names.is_empty() {
        marks.push(format!("judged as names: {}", method.names.join(", ")));
    }
    if !marks.is_empty() {
        push!(text, "*{}*\n", marks.join("; "));
    }
    push!(text, "Danger: {}.\n", method.danger.trim_end_matches('.'));
    message(text, "request", &method.arguments, &method.words);
    message(text, "reply", &method.results, &method.result_words);
    if !method.errors.is_empty() {
        push!(text, "| error | meaning |\n| --- | --- |");
        for errno in &method.errors {
            push!(text, "| {} ({}) | {} |", errno.name, errno.number, errno.doc);
        }
        push!(text, "");
    }
}

/// How a message travels.
fn message(text: &mut String, what: &str, parameters: &[Parameter], words: &[crate::model::Word]) {
    if parameters.is_empty() {
        return;
    }
    push!(text, "| {what} | where | type |\n| --- | --- | --- |");
    for (index, word) in words.iter().enumerate() {
        let ty = match &word.ty {
            WordType::Argument(ty) => ty.display(),
            WordType::Length => "bytes, as a number".to_owned(),
        };
        push!(text, "| {} | word {index} | {ty} |", word.name);
    }
    let mut handle = 0;
    for parameter in parameters {
        let place = match (&parameter.direction, &parameter.ty) {
            (Direction::In, _) => "sent bytes".to_owned(),
            (Direction::Out, _) => "bytes of the reply".to_owned(),
            (Direction::Direct, Type::Handle(_)) => {
                handle += 1;
                format!("handle {}", handle - 1)
            }
            (Direction::Direct, Type::Slice { .. }) => "all handles".to_owned(),
            _ => continue,
        };
        let name = if parameter.is_name { "name, " } else { "" };
        push!(
            text,
            "| {} | {place} | {name}{} |",
            parameter.name,
            parameter.ty.display()
        );
    }
    push!(text, "");
}

fn type_section(text: &mut String, definition: &TypeDefinition, mark: &str) {
    push!(text, "{mark} {}\n\n{}\n", definition.name, definition.doc);
    match &definition.body {
        TypeBody::Enum { base, members } | TypeBody::Flags { base, members } => {
            let is_flags = matches!(definition.body, TypeBody::Flags { .. });
            push!(
                text,
                "| {} | {} |  |\n| --- | --- | --- |",
                base.name(),
                if is_flags { "bits" } else { "value" }
            );
            for member in members {
                let value = if is_flags {
                    format!("{:#x}", member.value)
                } else {
                    member.value.to_string()
                };
                push!(text, "| {} | {value} | {} |", member.name, member.doc);
            }
        }
        TypeBody::Struct { fields, size, .. } => {
            push!(
                text,
                "{size} bytes.\n\n| offset | field | type |  |\n| --- | --- | --- | --- |"
            );
            for field in fields {
                push!(
                    text,
                    "| {} | {} | {} | {} |",
                    field.offset,
                    field.name,
                    field.ty.display(),
                    field.doc
                );
            }
        }
    }
    push!(text, "");
}
