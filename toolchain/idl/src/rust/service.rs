//! Service traits and dispatchers for servers.
//!
//! A dispatcher is one exhaustive match on the method's number; each arm checks every argument before the trait sees
//! it: values of enums, undefined flags, widths of words, lengths, left-over bytes. What does not fit is EINVAL.

use super::code::Code;
use super::names::{type_case, upper_case, value_type};
use crate::model::{Direction, Interface, Method, Model, Parameter, Scalar, Type, TypeBody};

/// Writes the trait, its reply types and the dispatcher of an interface.
pub fn interface(code: &mut Code, model: &Model, interface: &Interface) {
    let module = super::snake_case(&interface.name);
    let service = format!("{}Service", interface.name);
    let error = format!("{}Error", interface.name);
    code.doc(&format!("Serving `{}`.", interface.name), true);
    code.line("#[allow(unused_imports, reason = \"an interface uses what its methods need\")]");
    code.open("use crate::");
    code.line("answer::{Answer, Give, Output},");
    code.line("bytes::{Decoder, Sent, SentValues},");
    code.line("error::{Cancelled, CopyError, Denied},");
    code.line("judge::{Decided, Name},");
    code.line("request::{ReceivedHandle, Request},");
    code.close_with("};");
    code.line("use core::future::Future;");
    code.line(&format!("pub use trivet_ipc::{module}::{error};"));
    code.line(&format!("use trivet_ipc::{module}::{{INTERFACE, method}};"));
    code.blank();
    conversions(code, interface, &error);
    for method in &interface.methods {
        reply_struct(code, method);
    }
    code.doc(&interface.doc, false);
    code.line("///");
    code.doc("A method that a service does not write answers ENOSYS.", false);
    code.line("#[allow(unused_variables, reason = \"a method that answers ENOSYS looks at nothing\")]");
    code.open(&format!("pub trait {service}"));
    for method in &interface.methods {
        trait_method(code, method, &error);
    }
    code.close();
    code.blank();
    dispatcher(code, model, interface, &service);
}

/// `?` in a handler, for the errors that the interface lists.
fn conversions(code: &mut Code, interface: &Interface, error: &str) {
    for (from, errno) in [
        ("Cancelled", "EINTR"),
        ("CopyError", "EFAULT"),
        ("Denied", "EACCES"),
    ] {
        if let Some(errno) = interface.errors().iter().find(|listed| listed.name == errno) {
            code.open(&format!("impl From<{from}> for {error}"));
            code.open(&format!("fn from(_: {from}) -> {error}"));
            code.line(&format!("{error}::{}", errno.variant));
            code.close();
            code.close();
            code.blank();
        }
    }
}

fn is_handle_list(parameter: &Parameter) -> bool {
    matches!(&parameter.ty, Type::Slice { element, .. } if matches!(**element, Type::Handle(_)))
}

/// The type of a result in a handler's reply.
fn result_type(result: &Parameter) -> String {
    match &result.ty {
        _ if is_handle_list(result) => "alloc::vec::Vec<Give>".to_owned(),
        Type::Handle(_) => "Give".to_owned(),
        ty if ty.is_variable() => "Output".to_owned(),
        ty => value_type("trivet_ipc", ty),
    }
}

fn reply_struct(code: &mut Code, method: &Method) {
    if method.results.len() < 2 {
        return;
    }
    code.doc(&format!("What `{}` answers.", method.name), false);
    code.line("#[derive(Debug)]");
    code.open(&format!("pub struct {}Reply", type_case(&method.name)));
    for result in &method.results {
        code.doc(&format!("`{}`", result.name), false);
        code.line(&format!("pub {}: {},", result.name, result_type(result)));
    }
    code.close();
    code.blank();
}

fn reply_type(method: &Method) -> String {
    let plain = match method.results.as_slice() {
        [] => "()".to_owned(),
        [only] => result_type(only),
        _ => format!("{}Reply", type_case(&method.name)),
    };
    if method.names.is_empty() {
        plain
    } else {
        format!("Decided<{plain}>")
    }
}

/// The type of an argument in a handler.
fn argument_type(argument: &Parameter) -> String {
    let plain = match &argument.ty {
        _ if is_handle_list(argument) => "&[ReceivedHandle]".to_owned(),
        Type::Handle(_) => "&ReceivedHandle".to_owned(),
        Type::Bytes { .. } if argument.is_name => "alloc::borrow::Cow<'_, [u8]>".to_owned(),
        Type::Bytes { .. } => "Sent<'_>".to_owned(),
        Type::Slice { element, .. } => format!("SentValues<'_, {}>", value_type("trivet_ipc", element)),
        ty => value_type("trivet_ipc", ty),
    };
    if argument.is_name {
        format!("Name<{plain}>")
    } else {
        plain
    }
}

fn trait_method(code: &mut Code, method: &Method, error: &str) {
    code.doc(&method.doc, false);
    if !method.errors.is_empty() {
        let errors: Vec<&str> = method.errors.iter().map(|errno| errno.name).collect();
        code.line("///");
        code.doc(&format!("Errors: {}.", errors.join(", ")), false);
    }
    let arguments: String = method
        .arguments
        .iter()
        .map(|argument| format!(", {}: {}", argument.name, argument_type(argument)))
        .collect();
    if method.arguments.len() > 5 {
        code.line("#[allow(clippy::too_many_arguments, reason = \"the method's own\")]");
    }
    code.open(&format!(
        "fn {}(&self, request: &Request{arguments}) -> impl Future<Output = Result<{}, {error}>>",
        method.name,
        reply_type(method)
    ));
    code.line(&format!("async {{ Err({error}::NotImplemented) }}"));
    code.close();
    code.blank();
}

fn dispatcher(code: &mut Code, model: &Model, interface: &Interface, service: &str) {
    code.doc(
        "Serves one request: checks every argument, calls the service, and makes the answer. Give it to `executor::run`.",
        false,
    );
    code.open(&format!(
        "pub async fn dispatch<S: {service}>(service: &S, request: Request) -> Answer"
    ));
    code.line("request.set_interface(INTERFACE);");
    code.open("let served = match request.method()");
    for method in &interface.methods {
        code.line(&format!(
            "method::{} => serve_{}(service, &request).await,",
            upper_case(&method.name),
            method.name
        ));
    }
    code.line("_ => Err(crate::answer::NOT_IMPLEMENTED),");
    code.close_with("};");
    code.line("served.unwrap_or_else(Answer::status)");
    code.close();
    code.blank();
    for method in &interface.methods {
        serve(code, model, method, service);
    }
}

/// One method: decode, call, encode.
fn serve(code: &mut Code, model: &Model, method: &Method, service: &str) {
    code.line("#[inline]");
    code.open(&format!(
        "async fn serve_{}<S: {service}>(service: &S, request: &Request) -> Result<Answer, u16>",
        method.name
    ));
    let has_in = method
        .arguments
        .iter()
        .any(|argument| argument.direction == Direction::In);
    let mutable = if has_in { "mut " } else { "" };
    code.line(&format!("let {mutable}decoder = Decoder::new(request);"));
    let mut word = 0;
    let mut handle = 0;
    for argument in method
        .arguments
        .iter()
        .filter(|argument| argument.direction == Direction::Direct)
    {
        let name = &argument.name;
        match &argument.ty {
            _ if is_handle_list(argument) => {
                let Type::Slice { max, .. } = argument.ty else {
                    unreachable!("a list is a slice")
                };
                code.line(&format!("let {name} = request.handles();"));
                code.line(&format!(
                    "if {name}.len() > {max} {{ return Err(crate::answer::INVALID); }}"
                ));
            }
            Type::Handle(_) => {
                code.line(&format!(
                    "let {name} = request.handle({handle}).ok_or(crate::answer::INVALID)?;"
                ));
                handle += 1;
            }
            ty => {
                code.line(&format!("let {name} = {};", decode_word(ty, word)));
                word += 1;
            }
        }
    }
    let last_variable = method
        .bulk_in()
        .iter()
        .rposition(|argument| argument.ty.is_variable());
    for (index, argument) in method.bulk_in().iter().enumerate() {
        let length_word = if argument.ty.is_variable() && Some(index) != last_variable {
            let length = format!("Some({word})");
            word += 1;
            length
        } else {
            "None".to_owned()
        };
        // Fixed arguments behind the last variable one are not part of its bytes.
        let tail: u64 = match last_variable {
            Some(last) if index == last => method.bulk_in()[index + 1..]
                .iter()
                .map(|p| size(model, &p.ty))
                .sum(),
            _ => 0,
        };
        decode_bulk(code, model, argument, &length_word, tail);
    }
    code.line("decoder.finish()?;");
    for argument in method.arguments.iter().filter(|argument| argument.is_name) {
        code.line(&format!("let {0} = Name::from_message({0});", argument.name));
    }
    let arguments: String = method
        .arguments
        .iter()
        .map(|argument| format!(", {}", argument.name))
        .collect();
    let binding = if method.results.is_empty() && method.names.is_empty() {
        ""
    } else {
        "let reply = "
    };
    code.line(&format!(
        "{binding}service.{}(request{arguments}).await.map_err(trivet_ipc::ErrorNumber::number)?;",
        method.name
    ));
    if !method.names.is_empty() {
        let binding = if method.results.is_empty() {
            ""
        } else {
            "let reply = "
        };
        code.line(&format!("{binding}reply.into_reply();"));
    }
    encode(code, method);
    code.close();
    code.blank();
}

fn decode_word(ty: &Type, word: usize) -> String {
    match ty {
        Type::Scalar(Scalar::U64) => format!("request.word({word})"),
        Type::Scalar(Scalar::I64) => format!("request.word({word}).cast_signed()"),
        Type::Scalar(Scalar::Bool) => format!("decoder.truth({word})?"),
        Type::Scalar(scalar) if scalar.signed() => format!("decoder.signed::<{}>({word})?", scalar.name()),
        Type::Scalar(scalar) => format!("decoder.unsigned::<{}>({word})?", scalar.name()),
        Type::Enum(name) => {
            format!(
                "decoder.checked({word}, {}::from_number)?",
                super::names::type_path("trivet_ipc", name)
            )
        }
        Type::Flags(name) => {
            format!(
                "decoder.checked({word}, {}::from_bits)?",
                super::names::type_path("trivet_ipc", name)
            )
        }
        Type::Struct(_)
        | Type::Array(..)
        | Type::Handle(_)
        | Type::Slot(_)
        | Type::Bytes { .. }
        | Type::Slice { .. } => {
            unreachable!("the checker lets only scalars into a server's words")
        }
    }
}

fn decode_bulk(code: &mut Code, model: &Model, argument: &Parameter, length_word: &str, tail: u64) {
    let name = &argument.name;
    match &argument.ty {
        Type::Bytes { max } if argument.is_name => {
            code.line(&format!(
                "let {name} = decoder.fetched({length_word}, {tail}, {max})?;"
            ));
        }
        Type::Bytes { max } => code.line(&format!(
            "let {name} = decoder.bytes({length_word}, {tail}, {max})?;"
        )),
        Type::Slice { element, max } => {
            let element = value_type("trivet_ipc", element);
            code.line(&format!(
                "let {name} = decoder.values::<{element}>({length_word}, {tail}, {max})?;"
            ));
        }
        ty => {
            code.line(&format!(
                "let {name}: {} = decoder.plain()?;",
                value_type("trivet_ipc", ty)
            ));
            check_fields(code, model, ty, name);
        }
    }
}

/// Checks enums and flags inside of a struct.
fn check_fields(code: &mut Code, model: &Model, ty: &Type, path: &str) {
    match ty {
        Type::Struct(name) => {
            if let TypeBody::Struct { fields, .. } = &model.definition(name).body {
                for field in fields {
                    check_fields(code, model, &field.ty, &format!("{path}.{}", field.name));
                }
            }
        }
        Type::Enum(name) => {
            let enumeration = super::names::type_path("trivet_ipc", name);
            code.line(&format!(
                "{enumeration}::from_number(u64::from({path})).ok_or(crate::answer::INVALID)?;"
            ));
        }
        Type::Flags(name) => {
            let flags = super::names::type_path("trivet_ipc", name);
            code.line(&format!(
                "{flags}::from_bits({path}.word()).ok_or(crate::answer::INVALID)?;"
            ));
        }
        Type::Array(element, _) if needs_check(model, element) => {
            code.open(&format!("for element in {path}"));
            check_fields(code, model, element, "element");
            code.close();
        }
        _ => {}
    }
}

fn needs_check(model: &Model, ty: &Type) -> bool {
    match ty {
        Type::Enum(_) | Type::Flags(_) => true,
        Type::Array(element, _) => needs_check(model, element),
        Type::Struct(name) => match &model.definition(name).body {
            TypeBody::Struct { fields, .. } => fields.iter().any(|field| needs_check(model, &field.ty)),
            _ => false,
        },
        _ => false,
    }
}

/// Bytes of a type of fixed size.
pub fn size(model: &Model, ty: &Type) -> u64 {
    match ty {
        Type::Scalar(scalar) => scalar.size(),
        Type::Enum(name) | Type::Flags(name) | Type::Struct(name) => match &model.definition(name).body {
            TypeBody::Enum { base, .. } | TypeBody::Flags { base, .. } => base.size(),
            TypeBody::Struct { size, .. } => *size,
        },
        Type::Array(element, count) => size(model, element) * count,
        Type::Handle(_) | Type::Slot(_) | Type::Bytes { .. } | Type::Slice { .. } => 0,
    }
}

/// The answer from the reply.
fn encode(code: &mut Code, method: &Method) {
    let several = method.results.len() > 1;
    let path = |result: &Parameter| {
        if several {
            format!("reply.{}", result.name)
        } else {
            "reply".to_owned()
        }
    };
    let mut words = Vec::new();
    for result in method
        .results
        .iter()
        .filter(|result| result.direction == Direction::Direct)
    {
        if !result.is_handle() && !is_handle_list(result) {
            words.push(super::names::to_word(&result.ty, &path(result)));
        }
    }
    words.resize(6, "0".to_owned());
    let changes = method
        .results
        .iter()
        .any(|result| result.is_handle() || is_handle_list(result) || result.ty.is_variable());
    let mutable = if changes { "mut " } else { "" };
    code.line(&format!(
        "let {mutable}answer = Answer::words([{}]);",
        words.join(", ")
    ));
    for result in &method.results {
        let path = path(result);
        if is_handle_list(result) {
            code.open(&format!("for given in {path}"));
            code.line("answer.give(given, |session| request.runtime().kernel().mint(session).ok());");
            code.close();
        } else if result.is_handle() {
            code.line(&format!(
                "answer.give({path}, |session| request.runtime().kernel().mint(session).ok());"
            ));
        } else if result.direction == Direction::Out && result.ty.is_variable() {
            code.line(&format!("answer.output = {path};"));
        } else if result.direction == Direction::Out {
            code.line(&format!(
                "request.buffer_reply(trivet_ipc::plain::bytes_of(&{path}));"
            ));
        }
    }
    code.line("Ok(answer)");
}
