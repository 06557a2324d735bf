//! Every interface as static data, for `trivet_ipc::describe`.

use super::code::Code;
use crate::model::{Direction, Member, Method, Model, Parameter, Scalar, Type, TypeBody, Word, WordType};

/// Writes `INTERFACES`.
pub fn tables(code: &mut Code, model: &Model) {
    code.doc("Every interface, in the order of the numbers.", false);
    code.open_with("pub static INTERFACES: &[crate::describe::Interface] = &[");
    for interface in &model.interfaces {
        code.open("crate::describe::Interface");
        code.line(&format!(
            "number: {}, name: {:?}, kernel: {},",
            interface.number, interface.name, interface.kernel
        ));
        code.line("methods: &[");
        for method in &interface.methods {
            table(code, model, method);
        }
        code.line("],");
        code.close_with("},");
    }
    code.close_with("];");
}

fn table(code: &mut Code, model: &Model, method: &Method) {
    code.open("crate::describe::Method");
    code.line(&format!(
        "number: {}, name: {:?}, repeatable: {}, waits: {},",
        method.number, method.name, method.repeatable, method.waits
    ));
    code.line(&format!("words: &[{}],", words(model, method, &method.words)));
    code.line(&format!("sent: &[{}],", bulk(model, &method.bulk_in())));
    code.line(&format!("handles: {},", handles(&method.arguments)));
    code.line(&format!(
        "reply_words: &[{}],",
        words(model, method, &method.result_words)
    ));
    code.line(&format!("room: &[{}],", bulk(model, &method.bulk_out())));
    code.line(&format!("reply_handles: {},", handles(&method.results)));
    let errors: Vec<String> = method
        .errors
        .iter()
        .map(|errno| format!("({:?}, {})", errno.name, errno.number))
        .collect();
    code.line(&format!("errors: &[{}],", errors.join(", ")));
    code.close_with("},");
}

fn words(model: &Model, method: &Method, words: &[Word]) -> String {
    let words: Vec<String> = words
        .iter()
        .map(|word| {
            let kind = match &word.ty {
                WordType::Argument(ty) => word_kind(model, ty),
                WordType::Length => {
                    let of = word.name.trim_end_matches("_length");
                    let index = method.bulk_in().iter().position(|argument| argument.name == of);
                    format!("Length({})", index.expect("the length is that of an argument"))
                }
            };
            let is_name = method.names.contains(&word.name);
            format!(
                "crate::describe::Word {{ name: {:?}, kind: crate::describe::WordKind::{kind}, is_name: {is_name} }}",
                word.name
            )
        })
        .collect();
    words.join(", ")
}

fn word_kind(model: &Model, ty: &Type) -> String {
    match ty {
        Type::Scalar(Scalar::Bool) => "Truth".to_owned(),
        Type::Scalar(scalar) => {
            format!(
                "Number {{ bits: {}, signed: {} }}",
                scalar.size() * 8,
                scalar.signed()
            )
        }
        Type::Enum(name) | Type::Flags(name) => match &model.definition(name).body {
            TypeBody::Enum { members, .. } => format!("Enum(&[{}])", list(members)),
            TypeBody::Flags { members, .. } => format!("Flags(&[{}])", list(members)),
            TypeBody::Struct { .. } => unreachable!("resolved as an enum or flags"),
        },
        _ => "Slot".to_owned(),
    }
}

fn list(members: &[Member]) -> String {
    let members: Vec<String> = members
        .iter()
        .map(|member| format!("({:?}, {:#x})", member.name, member.value))
        .collect();
    members.join(", ")
}

fn bulk(model: &Model, parameters: &[&Parameter]) -> String {
    let parameters: Vec<String> = parameters
        .iter()
        .map(|parameter| {
            let kind = match &parameter.ty {
                Type::Bytes { max } => format!("Bytes {{ max: {max} }}"),
                Type::Slice { element, max } => {
                    format!("Values {{ size: {}, max: {max} }}", super::service::size(model, element))
                }
                ty => format!("Fixed {{ size: {} }}", super::service::size(model, ty)),
            };
            format!(
                "crate::describe::Bulk {{ name: {:?}, kind: crate::describe::BulkKind::{kind}, is_name: {} }}",
                parameter.name, parameter.is_name
            )
        })
        .collect();
    parameters.join(", ")
}

fn handles(parameters: &[Parameter]) -> String {
    let list = parameters.iter().find_map(|parameter| match &parameter.ty {
        Type::Slice { element, max } if matches!(**element, Type::Handle(_)) => Some(*max),
        _ => None,
    });
    let single = parameters
        .iter()
        .filter(|p| p.direction == Direction::Direct && p.is_handle())
        .count() as u64;
    format!(
        "crate::describe::Handles {{ max: {}, exact: {} }}",
        list.unwrap_or(single),
        list.is_none()
    )
}
