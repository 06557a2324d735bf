//! Typed asynchronous calls for servers that call others: one async function for each method of a server's interface.
//!
//! They pack what the synchronous stubs pass by reference into an `Outgoing`, whose buffers the runtime keeps until the
//! call has completed, and take the answer apart.

use super::code::Code;
use super::names::{to_word, type_case, upper_case, value_type};
use crate::model::{Direction, Interface, Method, Parameter, Scalar, Type, WordType};

/// Writes the functions of an interface.
pub fn interface(code: &mut Code, interface: &Interface) {
    let module = super::snake_case(&interface.name);
    code.doc(&format!("Calling a server of `{}`.", interface.name), true);
    code.line("#[allow(unused_imports, reason = \"an interface uses what its methods need\")]");
    code.line("use crate::call::support::*;");
    code.line(&format!("pub use trivet_ipc::{module}::{}Error;", interface.name));
    code.line(&format!("use trivet_ipc::{module}::{{INTERFACE, method}};"));
    code.blank();
    for method in &interface.methods {
        reply_struct(code, method);
        function(code, interface, method);
    }
}

fn is_handle_list(parameter: &Parameter) -> bool {
    matches!(&parameter.ty, Type::Slice { element, .. } if matches!(**element, Type::Handle(_)))
}

fn result_type(result: &Parameter) -> String {
    match &result.ty {
        _ if is_handle_list(result) => "Vec<Handle>".to_owned(),
        Type::Bytes { .. } => "Vec<u8>".to_owned(),
        Type::Slice { element, .. } => format!("Vec<{}>", value_type("trivet_ipc", element)),
        ty => value_type("trivet_ipc", ty),
    }
}

fn reply_struct(code: &mut Code, method: &Method) {
    if method.results.len() < 2 {
        return;
    }
    code.doc(&format!("What `{}` answers.", method.name), false);
    code.line("#[derive(Clone, Debug, PartialEq, Eq)]");
    code.open(&format!("pub struct {}Reply", type_case(&method.name)));
    for result in &method.results {
        code.doc(&format!("`{}`", result.name), false);
        code.line(&format!("pub {}: {},", result.name, result_type(result)));
    }
    code.close();
    code.blank();
}

fn function(code: &mut Code, interface: &Interface, method: &Method) {
    let reply = match method.results.as_slice() {
        [] => "()".to_owned(),
        [only] => result_type(only),
        _ => format!("{}Reply", type_case(&method.name)),
    };
    let mut parameters: Vec<String> = method
        .arguments
        .iter()
        .map(|a| format!("{}: {}", a.name, argument_type(a)))
        .collect();
    for result in method.results.iter().filter(|result| result.ty.is_variable()) {
        parameters.push(format!("{}_room: usize", result.name));
    }
    code.doc(&method.doc, false);
    let rooms: Vec<&str> = method
        .results
        .iter()
        .filter(|r| r.ty.is_variable())
        .map(|r| r.name.as_str())
        .collect();
    if !rooms.is_empty() {
        code.line("///");
        code.doc(
            &format!(
                "`{}_room` is how many bytes, values or handles may come.",
                rooms.join("_room`, `")
            ),
            false,
        );
    }
    if parameters.len() > 5 {
        code.line("#[allow(clippy::too_many_arguments, reason = \"the method's own\")]");
    }
    let typed: String = parameters
        .iter()
        .map(|parameter| format!(", {parameter}"))
        .collect();
    code.open(&format!(
        "pub async fn {}<'c>(caller: impl Into<Caller<'c>>, on: Handle{typed}) -> Result<{reply}, Failure<{}Error>>",
        method.name, interface.name
    ));
    let sends = !method.bulk_in().is_empty();
    let mutable = if sends { "mut " } else { "" };
    code.line(&format!("let {mutable}sent = Vec::new();"));
    for argument in method.bulk_in() {
        let bytes = match &argument.ty {
            Type::Bytes { .. } => argument.name.clone(),
            Type::Slice { .. } => format!("trivet_ipc::plain::bytes_of_slice({})", argument.name),
            _ => format!("trivet_ipc::plain::bytes_of({})", argument.name),
        };
        code.line(&format!("sent.extend_from_slice({bytes});"));
    }
    let mut words: Vec<String> = method
        .words
        .iter()
        .map(|word| match &word.ty {
            WordType::Argument(ty) => to_word(ty, &word.name),
            WordType::Length => format!("size_of_val({}) as u64", word.name.trim_end_matches("_length")),
        })
        .collect();
    words.resize(6, "0".to_owned());
    let room: Vec<String> = method.bulk_out().iter().map(|result| room_of(result)).collect();
    let handles: Vec<String> = method
        .handles_in()
        .iter()
        .map(|handle| format!("{}.into()", handle.name))
        .collect();
    let handles = match method.arguments.iter().find(|argument| is_handle_list(argument)) {
        Some(list) => format!("{}.to_vec()", list.name),
        None if handles.is_empty() => "Vec::new()".to_owned(),
        None => format!("alloc::vec![{}]", handles.join(", ")),
    };
    let accept = match method.results.iter().find(|result| is_handle_list(result)) {
        Some(list) => format!("{}_room", list.name),
        None => method.handles_out().len().to_string(),
    };
    code.open("let outgoing = Outgoing");
    code.line("handle: Some(on),");
    code.line("interface: INTERFACE,");
    code.line(&format!("method: method::{},", upper_case(&method.name)));
    code.line(&format!("words: [{}],", words.join(", ")));
    code.line("sent,");
    code.line(&format!(
        "room: {},",
        if room.is_empty() {
            "0".to_owned()
        } else {
            room.join(" + ")
        }
    ));
    code.line(&format!("handles: {handles},"));
    code.line(&format!("accept: {accept},"));
    code.line("deadline_ns: 0,");
    code.close_with("};");
    code.line("let completion = caller.into().call(outgoing).await;");
    code.line(&format!("completion.check::<{}Error>()?;", interface.name));
    answer(code, interface, method);
    code.close();
    code.blank();
}

fn argument_type(argument: &Parameter) -> String {
    match (&argument.direction, &argument.ty) {
        _ if is_handle_list(argument) => "&[SentHandle]".to_owned(),
        (Direction::In, ty) => format!("&{}", value_type("trivet_ipc", ty)),
        (_, Type::Handle(_)) => "impl Into<SentHandle>".to_owned(),
        (_, ty) => value_type("trivet_ipc", ty),
    }
}

fn room_of(result: &Parameter) -> String {
    match &result.ty {
        Type::Bytes { .. } => format!("{}_room", result.name),
        Type::Slice { element, .. } => {
            format!(
                "{}_room * size_of::<{}>()",
                result.name,
                value_type("trivet_ipc", element)
            )
        }
        ty => format!("size_of::<{}>()", value_type("trivet_ipc", ty)),
    }
}

fn answer(code: &mut Code, interface: &Interface, method: &Method) {
    if method.results.is_empty() {
        code.line("Ok(())");
        return;
    }
    if method
        .results
        .iter()
        .any(|result| result.direction == Direction::Out)
    {
        code.line("let mut reader = Reader::new(&completion.output);");
    }
    let mut handle = 0;
    let mut values = Vec::new();
    for result in &method.results {
        let value = match (&result.direction, &result.ty) {
            _ if is_handle_list(result) => "completion.handles.clone()".to_owned(),
            (Direction::Out, Type::Bytes { .. }) => "reader.rest()".to_owned(),
            (Direction::Out, Type::Slice { .. }) => "reader.values()".to_owned(),
            (Direction::Out, _) => {
                format!(
                    "reader.plain().ok_or(Failure::<{}Error>::PROTOCOL)?",
                    interface.name
                )
            }
            (_, Type::Handle(_)) => {
                handle += 1;
                format!("completion.handle({})", handle - 1)
            }
            (_, ty) => {
                let index = method
                    .result_words
                    .iter()
                    .position(|word| word.name == result.name)
                    .expect("a value that is no handle has a word");
                from_word(interface, ty, &format!("completion.words[{index}]"))
            }
        };
        values.push((result.name.clone(), value));
    }
    match values.as_slice() {
        [(_, value)] => code.line(&format!("Ok({value})")),
        _ => {
            code.open(&format!("Ok({}Reply", type_case(&method.name)));
            for (name, value) in values {
                code.line(&format!("{name}: {value},"));
            }
            code.close_with("})");
        }
    }
}

fn from_word(interface: &Interface, ty: &Type, word: &str) -> String {
    match ty {
        Type::Scalar(Scalar::U64) => word.to_owned(),
        Type::Scalar(Scalar::Bool) => format!("{word} != 0"),
        Type::Scalar(scalar) => format!("{word} as {}", scalar.name()),
        Type::Enum(name) => format!(
            "{}::from_number({word}).ok_or(Failure::<{}Error>::PROTOCOL)?",
            super::names::type_path("trivet_ipc", name),
            interface.name
        ),
        Type::Flags(name) => format!(
            "{}::from_word({word})",
            super::names::type_path("trivet_ipc", name)
        ),
        _ => unreachable!("the checker lets only scalars into a server's words"),
    }
}
