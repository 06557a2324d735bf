//! C functions: one for each method.

use super::{comment, types};
use crate::model::{Direction, Interface, Method, Model, Parameter, Scalar, Type, WordType};
use crate::rust::{snake_case, upper_case};

fn is_handle_list(parameter: &Parameter) -> bool {
    matches!(&parameter.ty, Type::Slice { element, .. } if matches!(**element, Type::Handle(_)))
}

fn is_bytes(parameter: &Parameter) -> bool {
    matches!(parameter.ty, Type::Bytes { .. })
}

/// A result's parameter; `_out` where an argument has the same name.
fn out_name(method: &Method, result: &Parameter) -> String {
    let clash = method
        .arguments
        .iter()
        .any(|argument| argument.name == result.name);
    if clash {
        format!("{}_out", result.name)
    } else {
        result.name.clone()
    }
}

/// Writes the function of a method and the constant of its number.
pub fn method(text: &mut String, model: &Model, interface: &Interface, method: &Method) {
    let scope = snake_case(&interface.name);
    let number = format!(
        "TRIVET_{}_{}",
        scope.to_ascii_uppercase(),
        upper_case(&method.name)
    );
    let errors: Vec<&str> = method.errors.iter().map(|errno| errno.name).collect();
    let mut doc = method.doc.clone();
    if !errors.is_empty() {
        doc.push_str(&format!("\nErrors: {}.", errors.join(", ")));
    }
    doc.push_str(&format!("\nDanger: {}.", method.danger.trim_end_matches('.')));
    text.push_str(&format!("#define {number} {}u\n", method.number));
    comment(text, &doc);
    let parameters = parameters(model, method);
    text.push_str(&format!(
        "static inline int trivet_{scope}_{}(uint64_t with, trivet_handle on{}) {{\n",
        method.name,
        parameters
            .iter()
            .map(|parameter| format!(", {parameter}"))
            .collect::<String>()
    ));
    let message = format!(
        "TRIVET_MESSAGE(TRIVET_{}_INTERFACE, {number})",
        scope.to_ascii_uppercase()
    );
    body(text, model, method, &message);
    text.push_str("}\n\n");
}

fn parameters(model: &Model, method: &Method) -> Vec<String> {
    let mut parameters = Vec::new();
    for argument in &method.arguments {
        let name = &argument.name;
        let ty = types::value(model, &argument.ty);
        match (&argument.direction, &argument.ty) {
            _ if is_handle_list(argument) => {
                parameters.push(format!("const struct trivet_sent_handle *{name}"));
                parameters.push(format!("size_t {name}_count"));
            }
            (Direction::In, _) if is_bytes(argument) => {
                parameters.push(format!("const void *{name}"));
                parameters.push(format!("size_t {name}_length"));
            }
            (Direction::In, Type::Slice { .. }) => {
                parameters.push(format!("const {ty} *{name}"));
                parameters.push(format!("size_t {name}_count"));
            }
            (Direction::In, _) => parameters.push(format!("const {ty} *{name}")),
            _ => parameters.push(format!("{ty} {name}")),
        }
    }
    for result in &method.results {
        let name = out_name(method, result);
        let ty = types::value(model, &result.ty);
        match &result.ty {
            _ if is_handle_list(result) => {
                parameters.push(format!("trivet_handle *{name}"));
                parameters.push(format!("size_t {name}_room"));
                parameters.push(format!("size_t *{name}_count"));
            }
            Type::Bytes { .. } | Type::Slice { .. } => {
                parameters.push(format!("{ty} *{name}"));
                parameters.push(format!("size_t {name}_room"));
            }
            _ => parameters.push(format!("{ty} *{name}")),
        }
    }
    parameters
}

/// The bytes of a bulk parameter, as an expression.
fn length(model: &Model, parameter: &Parameter, name: &str, suffix: &str) -> String {
    match &parameter.ty {
        Type::Bytes { .. } => format!("{name}_{}", if suffix == "room" { "room" } else { "length" }),
        Type::Slice { element, .. } => {
            let count = if suffix == "room" { "room" } else { "count" };
            format!("{name}_{count} * sizeof({})", types::value(model, element))
        }
        Type::Array(element, count) => format!("{count} * sizeof({})", types::value(model, element)),
        _ => format!("sizeof(*{name})"),
    }
}

fn segment(model: &Model, parameter: &Parameter, name: &str, suffix: &str) -> String {
    format!(
        "trivet_segment({name}, {})",
        length(model, parameter, name, suffix)
    )
}

fn body(text: &mut String, model: &Model, method: &Method, number: &str) {
    let mut line = |line: String| {
        text.push_str("    ");
        text.push_str(&line);
        text.push('\n');
    };
    let mut words: Vec<String> = method
        .words
        .iter()
        .map(|word| match &word.ty {
            WordType::Argument(Type::Scalar(scalar)) if scalar.signed() => {
                format!("(uint64_t)(int64_t){}", word.name)
            }
            WordType::Argument(_) => word.name.clone(),
            WordType::Length => {
                let name = word.name.trim_end_matches("_length");
                let argument = method.arguments.iter().find(|argument| argument.name == name);
                argument.map_or_else(
                    || "0".to_owned(),
                    |argument| length(model, argument, name, "length"),
                )
            }
        })
        .collect();
    words.resize(6, "0".to_owned());
    line(format!(
        "const uint64_t message_words[6] = {{{}}};",
        words.join(", ")
    ));
    let bulk_in = method.bulk_in();
    let bulk_out = method.bulk_out();
    let handles_in = method.handles_in();
    let list_in = method.arguments.iter().find(|argument| is_handle_list(argument));
    let list_out = method.results.iter().find(|result| is_handle_list(result));
    let handles_out = method.handles_out();
    let one_handle = handles_out.len() == 1 && list_out.is_none();
    let needs_extension = !handles_in.is_empty()
        || list_in.is_some()
        || list_out.is_some()
        || handles_out.len() > 1
        || bulk_in.len() + bulk_out.len() > 1;
    let options = if one_handle && !needs_extension {
        "trivet_accept_one(with)"
    } else {
        "trivet_plain(with)"
    };
    if needs_extension {
        line("struct trivet_call_extension call_extension = {0};".to_owned());
        for (parameters, field, suffix) in [(&bulk_in, "gather", "length"), (&bulk_out, "scatter", "room")] {
            if parameters.is_empty() {
                continue;
            }
            let segments: Vec<String> = parameters
                .iter()
                .map(|parameter| {
                    let name = if suffix == "room" {
                        out_name(method, parameter)
                    } else {
                        parameter.name.clone()
                    };
                    segment(model, parameter, &name, suffix)
                })
                .collect();
            line(format!(
                "const struct trivet_segment {field}_segments[{}] = {{{}}};",
                segments.len(),
                segments.join(", ")
            ));
            line(format!(
                "call_extension.{field} = trivet_segments({field}_segments, {});",
                segments.len()
            ));
        }
        if let Some(list) = list_in {
            line(format!("call_extension.handle_count = {}_count;", list.name));
            line(format!("if ({}_count > 4)", list.name));
            line(format!(
                "    call_extension.handle_array = (uint64_t)(uintptr_t){};",
                list.name
            ));
            line("else".to_owned());
            line(format!("    for (size_t i = 0; i < {}_count; i++)", list.name));
            line(format!("        call_extension.handles[i] = {}[i];", list.name));
        } else if !handles_in.is_empty() {
            line(format!("call_extension.handle_count = {};", handles_in.len()));
            for (index, handle) in handles_in.iter().enumerate() {
                line(format!(
                    "call_extension.handles[{index}] = trivet_copy_of({});",
                    handle.name
                ));
            }
        }
        if let Some(list) = list_out {
            let name = out_name(method, list);
            line(format!(
                "trivet_accept(&call_extension, with, {name}, {name}_room);"
            ));
        } else if !handles_out.is_empty() {
            let none = vec!["TRIVET_NONE"; handles_out.len()].join(", ");
            line(format!(
                "trivet_handle installed_handles[{}] = {{{none}}};",
                handles_out.len()
            ));
            line(format!(
                "trivet_accept(&call_extension, with, installed_handles, {});",
                handles_out.len()
            ));
        }
        line(format!(
            "const struct trivet_outcome outcome = trivet_call(on, {number} | TRIVET_EXTENSION | {options}, message_words, (uint64_t)(uintptr_t)&call_extension, 0);"
        ));
    } else {
        let (flags, address, length_of) = match (bulk_in.as_slice(), bulk_out.as_slice()) {
            ([only], _) => (
                " | TRIVET_BUFFER_IN",
                only.name.clone(),
                length(model, only, &only.name, "length"),
            ),
            (_, [only]) => {
                let name = out_name(method, only);
                (
                    " | TRIVET_BUFFER_OUT",
                    name.clone(),
                    length(model, only, &name, "room"),
                )
            }
            _ => ("", "0".to_owned(), "0".to_owned()),
        };
        line(format!(
            "const struct trivet_outcome outcome = trivet_call(on, {number}{flags} | {options}, message_words, (uint64_t)(uintptr_t){address}, {length_of});"
        ));
    }
    line("const int call_result = trivet_result(&outcome);".to_owned());
    line("if (call_result != 0)".to_owned());
    line("    return call_result;".to_owned());
    let mut handle = 0;
    for result in &method.results {
        let name = out_name(method, result);
        if is_handle_list(result) {
            line(format!("if ({name}_room == 1)"));
            line(format!("    *{name} = trivet_first_handle(&outcome);"));
            line(format!("if ({name}_count)"));
            line(format!("    *{name}_count = trivet_installed(&outcome);"));
        } else if result.is_handle() {
            let value = if handles_out.len() > 1 {
                format!("installed_handles[{handle}]")
            } else {
                "trivet_first_handle(&outcome)".to_owned()
            };
            handle += 1;
            line(format!("if ({name})"));
            line(format!("    *{name} = {value};"));
        } else if let Some(index) = method
            .result_words
            .iter()
            .position(|word| word.name == result.name)
            && result.direction == Direction::Direct
        {
            let value = match &result.ty {
                Type::Scalar(Scalar::Bool) => format!("outcome.words[{index}] != 0"),
                ty => format!("({})outcome.words[{index}]", types::value(model, ty)),
            };
            line(format!("if ({name})"));
            line(format!("    *{name} = {value};"));
        }
    }
    line("return 0;".to_owned());
}
