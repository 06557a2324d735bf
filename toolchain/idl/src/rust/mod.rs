//! Rust code from the model: types and client stubs for `runtime/ipc`, service traits for `runtime/server`.
//!
//! Build scripts call `client` and `service` and write the text into their output folder. The text is meant to be
//! read: each item carries the interface's documentation.

mod asynchronous;
mod client;
mod code;
mod names;
mod service;
mod tables;
mod types;

pub use names::{snake_case, upper_case};

use crate::model::Model;
use code::Code;

/// What `trivet-ipc` includes: one module for each interface with its types, errors and client functions,
/// and `shared` for the types of all.
pub fn client(model: &Model) -> String {
    let mut code = Code::new();
    code.open("pub mod shared");
    code.doc("Types and constants that every interface may use.", true);
    types::constants(&mut code, &model.shared_constants);
    for definition in &model.shared_types {
        types::definition(&mut code, model, definition);
    }
    code.close();
    code.blank();
    tables::tables(&mut code, model);
    for interface in &model.interfaces {
        code.blank();
        code.open(&format!("pub mod {}", snake_case(&interface.name)));
        code.doc(&interface.doc, true);
        code.line("#[allow(unused_imports, reason = \"an interface uses what its methods need\")]");
        code.line("use crate::support::*;");
        code.blank();
        types::numbers(&mut code, interface);
        types::errors(&mut code, interface);
        types::constants(&mut code, &interface.constants);
        for definition in &interface.types {
            types::definition(&mut code, model, definition);
        }
        for method in &interface.methods {
            client::method(&mut code, interface, method);
        }
        code.close();
    }
    code.text
}

/// What `trivet-server` includes: for each interface that is not the kernel's a trait with one function for each
/// method, and the dispatcher that checks a request before the trait sees it.
pub fn service(model: &Model) -> String {
    let mut code = Code::new();
    for interface in model.interfaces.iter().filter(|interface| !interface.kernel) {
        code.blank();
        code.open(&format!("pub mod {}", snake_case(&interface.name)));
        service::interface(&mut code, model, interface);
        code.close();
    }
    code.text
}

/// What `trivet-server` includes for servers that call others: one async function for each method of an interface that
/// is not the kernel's.
pub fn asynchronous(model: &Model) -> String {
    let mut code = Code::new();
    for interface in model.interfaces.iter().filter(|interface| !interface.kernel) {
        code.blank();
        code.open(&format!("pub mod {}", snake_case(&interface.name)));
        asynchronous::interface(&mut code, interface);
        code.close();
    }
    code.text
}
