//! Client stubs: one function for each method, that loads registers and makes the call.
//!
//! A method whose bulk data is a single segment uses the buffer registers; everything else goes by an extension
//! block on the stack. Words that a method does not use are zero, so that no register of the caller reaches the
//! server and rules of the policy see the same value each time.

use super::code::Code;
use super::names::{to_word, type_case, upper_case, value_type};
use crate::model::{Direction, Interface, Method, Parameter, Scalar, Type, Word, WordType};

/// How the message of a method travels.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Registers only.
    Words,
    /// One segment that is sent.
    BufferIn,
    /// One segment that the reply fills.
    BufferOut,
    /// An extension block.
    Extension,
}

fn is_handle_list(parameter: &Parameter) -> bool {
    matches!(&parameter.ty, Type::Slice { element, .. } if matches!(**element, Type::Handle(_)))
}

fn form(method: &Method) -> Form {
    let handles_in = method
        .arguments
        .iter()
        .any(|argument| argument.is_handle() || is_handle_list(argument));
    let handles_out =
        method.handles_out().len() + 2 * method.results.iter().filter(|r| is_handle_list(r)).count();
    match (method.bulk_in().len(), method.bulk_out().len()) {
        _ if handles_in || handles_out > 1 => Form::Extension,
        (0, 0) => Form::Words,
        (1, 0) => Form::BufferIn,
        (0, 1) => Form::BufferOut,
        _ => Form::Extension,
    }
}

/// Writes the functions of one method.
pub fn method(code: &mut Code, interface: &Interface, method: &Method) {
    let reply = reply_type(code, method);
    let error = format!("{}Error", interface.name);
    let lifetime = if uses_memory(method) { "<'a>" } else { "" };
    let parameters = parameters(method);
    let names: String = parameters.iter().map(|(name, _)| format!(", {name}")).collect();
    let typed: String = parameters
        .iter()
        .map(|(name, ty)| format!(", {name}: {ty}"))
        .collect();

    doc(code, method);
    code.line("#[inline]");
    code.open(&format!(
        "pub fn {}{lifetime}(on: Handle{typed}) -> Result<{reply}, Failure<{error}>>",
        method.name
    ));
    code.line(&format!("{}_with(CallOptions::DEFAULT, on{names})", method.name));
    code.close();
    code.blank();

    code.doc(&format!("`{}` with options of the call.", method.name), false);
    code.line("#[inline]");
    if parameters.len() > 5 {
        code.line("#[allow(clippy::too_many_arguments, reason = \"the method's own\")]");
    }
    code.open(&format!(
        "pub fn {}_with{lifetime}(with: CallOptions, on: Handle{typed}) -> Result<{reply}, Failure<{error}>>",
        method.name
    ));
    body(code, interface, method);
    code.close();
    code.blank();
    vectored(code, interface, method, &reply);
}

fn doc(code: &mut Code, method: &Method) {
    code.doc(&method.doc, false);
    if !method.errors.is_empty() {
        let errors: Vec<&str> = method.errors.iter().map(|errno| errno.name).collect();
        code.line("///");
        code.doc(&format!("Errors of the server: {}.", errors.join(", ")), false);
    }
    if !method.names.is_empty() {
        code.line("///");
        code.doc(
            &format!("Judged by the policy as names: {}.", method.names.join(", ")),
            false,
        );
    }
    code.line("///");
    code.doc(
        &format!("Danger: {}.", method.danger.trim_end_matches('.')),
        false,
    );
}

fn uses_memory(method: &Method) -> bool {
    method
        .arguments
        .iter()
        .chain(&method.results)
        .any(|p| p.direction != Direction::Direct || is_handle_list(p))
}

/// Parameters of the stub: arguments, then the memory that results go to.
fn parameters(method: &Method) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    for argument in &method.arguments {
        let ty = match (argument.direction, &argument.ty) {
            _ if is_handle_list(argument) => "&'a [SentHandle]".to_owned(),
            (Direction::In, ty) => format!("impl Into<In<'a, {}>>", value_type("crate::stubs", ty)),
            (_, Type::Handle(_)) => "impl Into<SentHandle>".to_owned(),
            (_, ty) => value_type("crate::stubs", ty),
        };
        parameters.push((argument.name.clone(), ty));
    }
    for result in &method.results {
        // Where a result is called as an argument, the memory for it gets another name.
        let clash = method
            .arguments
            .iter()
            .any(|argument| argument.name == result.name);
        let name = if clash {
            format!("{}_out", result.name)
        } else {
            result.name.clone()
        };
        if is_handle_list(result) {
            parameters.push((name, "&'a mut [Handle]".to_owned()));
        } else if result.direction == Direction::Out {
            parameters.push((
                name,
                format!("impl Into<Out<'a, {}>>", value_type("crate::stubs", &result.ty)),
            ));
        }
    }
    parameters
}

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

/// Results that come back by value.
fn value_results(method: &Method) -> Vec<&Parameter> {
    method
        .results
        .iter()
        .filter(|result| result.direction == Direction::Direct && !is_handle_list(result))
        .collect()
}

/// The type of the answer; writes a struct when there is more than one value.
fn reply_type(code: &mut Code, method: &Method) -> String {
    let values = value_results(method);
    let lists = method.results.iter().any(is_handle_list);
    match (values.as_slice(), lists) {
        ([], false) => "()".to_owned(),
        ([value], false) => value_type("crate::stubs", &value.ty),
        _ => {
            let name = format!("{}Reply", type_case(&method.name));
            code.doc(&format!("What `{}` answers.", method.name), false);
            code.line("#[derive(Clone, Copy, Debug, PartialEq, Eq)]");
            code.open(&format!("pub struct {name}"));
            for value in values {
                code.doc(&format!("`{}`", value.name), false);
                code.line(&format!(
                    "pub {}: {},",
                    value.name,
                    value_type("crate::stubs", &value.ty)
                ));
            }
            if lists {
                code.doc("How many handles were installed.", false);
                code.line("pub installed: usize,");
            }
            code.close();
            code.blank();
            name
        }
    }
}

fn word_expressions(words: &[Word]) -> String {
    let mut expressions: Vec<String> = words
        .iter()
        .map(|word| match &word.ty {
            WordType::Argument(ty) => to_word(ty, &word.name),
            WordType::Length => format!("{}.length()", word.name.trim_end_matches("_length")),
        })
        .collect();
    expressions.resize(6, "0".to_owned());
    format!("[{}]", expressions.join(", "))
}

fn body(code: &mut Code, interface: &Interface, method: &Method) {
    for argument in method.bulk_in() {
        let ty = value_type("crate::stubs", &argument.ty);
        code.line(&format!("let {0}: In<'a, {ty}> = {0}.into();", argument.name));
    }
    for result in method.bulk_out() {
        let name = out_name(method, result);
        code.line(&format!(
            "let {name}: Out<'a, {}> = {name}.into();",
            value_type("crate::stubs", &result.ty)
        ));
    }
    let words = word_expressions(&method.words);
    let number = format!("request_header(INTERFACE, method::{})", upper_case(&method.name));
    match form(method) {
        Form::Words => {
            let accepts = !method.handles_out().is_empty();
            code.line(&format!(
                "let outcome = with.call(on, {number}, {words}, {accepts});"
            ));
        }
        Form::BufferIn => {
            let name = &method.bulk_in()[0].name;
            let accepts = !method.handles_out().is_empty();
            code.line(&format!(
                "let outcome = with.call_sending(on, {number}, {words}, {name}.segment(), {accepts});"
            ));
        }
        Form::BufferOut => {
            let name = out_name(method, method.bulk_out()[0]);
            let accepts = !method.handles_out().is_empty();
            code.line(&format!(
                "let outcome = with.call_receiving(on, {number}, {words}, {name}.erase(), {accepts});"
            ));
        }
        Form::Extension => extension(code, method, &words, &number),
    }
    answer(code, interface, method);
}

/// The extension block on the stack, and the call.
fn extension(code: &mut Code, method: &Method, words: &str, number: &str) {
    let bulk_in: Vec<String> = method
        .bulk_in()
        .iter()
        .map(|p| format!("{}.segment()", p.name))
        .collect();
    let bulk_out: Vec<String> = method
        .bulk_out()
        .iter()
        .map(|p| format!("{}.erase()", out_name(method, p)))
        .collect();
    let handles_in: Vec<String> = method
        .handles_in()
        .iter()
        .map(|p| format!("{}.into()", p.name))
        .collect();
    code.line("let mut extension_block = ExtensionBlock::new();");
    if !bulk_in.is_empty() {
        code.line(&format!("let gather_segments = [{}];", bulk_in.join(", ")));
        code.line("extension_block.gather(&gather_segments);");
    }
    if !bulk_out.is_empty() {
        code.line(&format!("let mut scatter_segments = [{}];", bulk_out.join(", ")));
        code.line("extension_block.scatter(&mut scatter_segments);");
    }
    if !handles_in.is_empty() {
        code.line(&format!(
            "let sent_handles: [SentHandle; {}] = [{}];",
            handles_in.len(),
            handles_in.join(", ")
        ));
        code.line("extension_block.send(&sent_handles);");
    }
    if let Some(list) = method.arguments.iter().find(|argument| is_handle_list(argument)) {
        code.line(&format!("extension_block.send({});", list.name));
    }
    let count = method.handles_out().len();
    if let Some(list) = method.results.iter().find(|result| is_handle_list(result)) {
        code.line(&format!(
            "extension_block.accept(with, {});",
            out_name(method, list)
        ));
    } else if count > 0 {
        code.line(&format!("let mut installed_handles = [Handle::NONE; {count}];"));
        code.line("extension_block.accept(with, &mut installed_handles);");
    }
    code.line(&format!(
        "let outcome = with.call_extended(on, {number}, {words}, extension_block);"
    ));
}

/// The answer from the outcome's words and handles.
fn answer(code: &mut Code, interface: &Interface, method: &Method) {
    code.line(&format!("outcome.check::<{}Error>()?;", interface.name));
    if let Some(list) = method.results.iter().find(|result| is_handle_list(result)) {
        code.line(&format!("outcome.store_single({});", out_name(method, list)));
    }
    let values = value_results(method);
    let lists = method.results.iter().any(is_handle_list);
    let several = form(method) == Form::Extension && !method.handles_out().is_empty();
    let mut handle = 0;
    let mut expressions = Vec::new();
    for value in &values {
        let expression = if value.is_handle() {
            handle += 1;
            if several {
                format!("installed_handle(&outcome, &installed_handles, {})", handle - 1)
            } else {
                "outcome.first_handle()".to_owned()
            }
        } else {
            let index = method
                .result_words
                .iter()
                .position(|word| word.name == value.name)
                .expect("a value that is no handle has a word");
            from_word(interface, &value.ty, &format!("outcome.words[{index}]"))
        };
        expressions.push((value.name.clone(), expression));
    }
    match (expressions.as_slice(), lists) {
        ([], false) => code.line("Ok(())"),
        ([(_, expression)], false) => code.line(&format!("Ok({expression})")),
        _ => {
            code.open(&format!("Ok({}Reply", type_case(&method.name)));
            for (name, expression) in expressions {
                code.line(&format!("{name}: {expression},"));
            }
            if lists {
                code.line("installed: outcome.installed(),");
            }
            code.close_with("})");
        }
    }
}

/// The value in a word of a reply; what the server sends is not trusted, so an enum is looked up.
fn from_word(interface: &Interface, ty: &Type, word: &str) -> String {
    match ty {
        Type::Scalar(Scalar::U64) => word.to_owned(),
        Type::Scalar(Scalar::Bool) => format!("{word} != 0"),
        Type::Scalar(scalar) => format!("{word} as {}", scalar.name()),
        Type::Enum(name) => {
            let path = super::names::type_path("crate::stubs", name);
            format!(
                "{path}::from_number({word}).ok_or(Failure::<{}Error>::PROTOCOL)?",
                interface.name
            )
        }
        Type::Flags(name) => format!(
            "{}::from_word({word})",
            super::names::type_path("crate::stubs", name)
        ),
        Type::Handle(_) | Type::Slot(_) => format!("Handle({word} as u32)"),
        Type::Struct(_) | Type::Array(..) | Type::Bytes { .. } | Type::Slice { .. } => {
            unreachable!("the checker lets no bulk data into words")
        }
    }
}

/// A second form for methods whose only bulk data is one run of bytes: the caller's own list of segments (`readv`).
fn vectored(code: &mut Code, interface: &Interface, method: &Method, reply: &str) {
    let bytes = |p: &&Parameter| matches!(p.ty, Type::Bytes { .. });
    let (is_out, name) = match (method.bulk_in().as_slice(), method.bulk_out().as_slice()) {
        ([only], []) if bytes(only) && !only.is_name => (false, only.name.clone()),
        ([], [only]) if bytes(only) => (true, out_name(method, only)),
        _ => return,
    };
    if matches!(form(method), Form::Extension) {
        return;
    }
    let typed: String = parameters(method)
        .iter()
        .filter(|(parameter, _)| *parameter != name)
        .map(|(parameter, ty)| format!(", {parameter}: {ty}"))
        .collect();
    code.doc(
        &format!(
            "`{}` with the bytes in several segments, as `readv` and `writev` have them.",
            method.name
        ),
        false,
    );
    if is_out {
        code.line("///");
        code.line("/// # Safety");
        code.line("/// Each segment is memory that the caller may write and that nothing else borrows during the call.");
    }
    code.line("#[inline]");
    let qualifier = if is_out { "pub unsafe fn" } else { "pub fn" };
    code.open(&format!(
        "{qualifier} {}_vectored(with: CallOptions, on: Handle{typed}, {name}: &[Segment]) -> Result<{reply}, Failure<{}Error>>",
        method.name, interface.name
    ));
    let words = word_expressions(&method.words);
    let number = format!("request_header(INTERFACE, method::{})", upper_case(&method.name));
    code.line("let mut extension_block = ExtensionBlock::new();");
    if is_out {
        code.line("// SAFETY: the caller vouches for the segments.");
        code.line(&format!("unsafe {{ extension_block.scatter_raw({name}) }};"));
    } else {
        code.line(&format!("extension_block.gather({name});"));
    }
    let accepts = method.handles_out().len();
    if accepts > 0 {
        code.line("let mut installed_handles = [Handle::NONE; 1];");
        code.line("extension_block.accept(with, &mut installed_handles);");
    }
    code.line(&format!(
        "let outcome = with.call_extended(on, {number}, {words}, extension_block);"
    ));
    answer(code, interface, method);
    code.close();
    code.blank();
}
