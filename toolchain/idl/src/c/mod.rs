//! C stubs: one header for each interface, over `call.h`.
//!
//! `headers` gives the files' names and texts. Names are `trivet_<interface>_<method>`; a function answers 0, an error
//! number of the interface, or minus a call error.

mod functions;
mod types;

use crate::model::{Model, TypeName};
use crate::rust::snake_case;

/// The calls themselves, written by hand.
const CALL: &str = include_str!("call.h");

/// Name and text of each header, for a folder `trivet/` of an include path.
pub fn headers(model: &Model) -> Vec<(String, String)> {
    let mut headers = vec![("call.h".to_owned(), CALL.to_owned())];
    let mut shared = String::new();
    opening(
        &mut shared,
        "shared",
        "Types and constants that every interface may use.",
        &["trivet/call.h"],
    );
    types::constants(&mut shared, "", &model.shared_constants);
    for definition in &model.shared_types {
        types::definition(&mut shared, model, None, definition);
    }
    closing(&mut shared);
    headers.push(("shared.h".to_owned(), shared));
    for interface in &model.interfaces {
        let mut text = String::new();
        let name = snake_case(&interface.name);
        opening(
            &mut text,
            &name,
            &interface.doc,
            &["trivet/call.h", "trivet/shared.h"],
        );
        text.push_str(&format!(
            "#define TRIVET_{}_INTERFACE {}u\n\n",
            name.to_ascii_uppercase(),
            interface.number
        ));
        types::constants(&mut text, &format!("{name}_"), &interface.constants);
        for definition in &interface.types {
            types::definition(&mut text, model, Some(&interface.name), definition);
        }
        for method in &interface.methods {
            functions::method(&mut text, model, interface, method);
        }
        closing(&mut text);
        headers.push((format!("{name}.h"), text));
    }
    headers
}

fn opening(text: &mut String, name: &str, doc: &str, includes: &[&str]) {
    let guard = format!("TRIVET_{}_H", name.to_ascii_uppercase());
    comment(text, &format!("{doc}\nWritten by the interface compiler."));
    text.push_str(&format!("#ifndef {guard}\n#define {guard}\n\n"));
    for include in includes {
        text.push_str(&format!("#include <{include}>\n"));
    }
    text.push('\n');
}

fn closing(text: &mut String) {
    text.push_str("#endif\n");
}

/// A comment; the end mark cannot stand in it.
fn comment(text: &mut String, doc: &str) {
    let doc = doc.replace("*/", "* /");
    let lines: Vec<&str> = doc.lines().collect();
    text.push_str(&format!("/* {} */\n", lines.join("\n * ")));
}

/// `trivet_file_attributes`, `trivet_open_flags`
fn type_name(name: &TypeName) -> String {
    let scope = name
        .interface
        .as_deref()
        .map_or_else(String::new, |interface| snake_case(interface) + "_");
    format!("trivet_{scope}{}", snake_case(&name.name))
}
