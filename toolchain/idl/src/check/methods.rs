//! Methods: where each argument travels, which words it takes, which errors may come.
//!
//! The rules stand in `docs/notes/0010-interface-language.md`: scalars and slots take words in order, then the
//! lengths of all variable `in` arguments but the last; transferred handles ride beside the words.

use super::types::{layout, resolve};
use super::{Case, Checker, LAST_METHOD, WORD_COUNT, nearest};
use crate::ast;
use crate::diagnostics::Diagnostic;
use crate::errno::{self, Errno};
use crate::model::{Direction, Method, Parameter, Type, Word, WordType};

/// Checks one method.
pub fn method<'a>(
    checker: &mut Checker<'a>,
    interface: &'a ast::Interface,
    method: &'a ast::Method,
) -> Method {
    checker.need_doc(&method.doc, "method", &method.name);
    checker.need_case(&method.name, Case::Value);
    // A result may have an argument's name: `(address: u64) -> (address: u64)`.
    checker.need_unique(method.arguments.iter().map(|argument| &argument.name), "argument");
    checker.need_unique(method.results.iter().map(|result| &result.name), "result");
    if method.number.value > LAST_METHOD {
        checker.error(
            Diagnostic::new(
                format!("method number {} is out of range", method.number.value),
                method.number.span,
            )
            .help(format!(
                "an interface has methods 0 to {LAST_METHOD}; begin a second interface"
            )),
        );
    }
    let danger = match &method.danger {
        Some(danger) if !danger.value.trim().is_empty() => danger.value.clone(),
        _ => {
            checker.error(
                Diagnostic::new(
                    format!("`{}` does not say its danger", method.name.value),
                    method.name.span,
                )
                .help("end it with `danger \"...\"`: what a caller can do with it that somebody may regret"),
            );
            String::new()
        }
    };
    let arguments = parameters(checker, interface, &method.arguments, Place::Arguments);
    let results = parameters(checker, interface, &method.results, Place::Results);
    let words = words(checker, &arguments, &method.name, "request");
    let result_words = words_of_results(checker, &results, &method.name);
    let errors = errors(checker, method);
    Method {
        name: method.name.value.clone(),
        number: u8::try_from(method.number.value).unwrap_or_default(),
        doc: method.doc.clone(),
        danger,
        repeatable: method.repeatable,
        waits: method.waits,
        names: arguments
            .iter()
            .filter(|argument| argument.is_name)
            .map(|argument| argument.name.clone())
            .collect(),
        words,
        result_words,
        arguments,
        results,
        errors,
        source: checker.source(method.name.span),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Arguments,
    Results,
}

fn parameters<'a>(
    checker: &mut Checker<'a>,
    interface: &'a ast::Interface,
    written: &'a [ast::Parameter],
    place: Place,
) -> Vec<Parameter> {
    let mut result: Vec<Parameter> = Vec::new();
    for parameter in written {
        checker.need_case(&parameter.name, Case::Value);
        let Some(resolved) = resolve(checker, Some(interface), &parameter.ty) else {
            continue;
        };
        let span = parameter.ty.span;
        let direction = match parameter.direction {
            ast::Direction::Direct => Direction::Direct,
            ast::Direction::In => Direction::In,
            ast::Direction::Out => Direction::Out,
        };
        match (place, direction) {
            (Place::Arguments, Direction::Out) => checker.error(
                Diagnostic::new("`out` stands in the results", parameter.name.span)
                    .help("move it behind the arrow: `-> (out ...)`"),
            ),
            (Place::Results, Direction::In) => checker.error(
                Diagnostic::new("`in` stands in the arguments", parameter.name.span)
                    .help("a result that is bulk data is `out`"),
            ),
            _ => {}
        }
        if resolved.is_name && place == Place::Results {
            checker.error(Diagnostic::new("a result is never a name", span));
        }
        if interface.kernel && resolved.is_name {
            checker.error(
                Diagnostic::new("a kernel object has no names", span)
                    .help("kernel methods name objects by handles and slots"),
            );
        }
        if !interface.kernel && matches!(resolved.ty, Type::Slot(_)) {
            checker.error(Diagnostic::new("only kernel interfaces take slots", span).help(
                "a server cannot see the caller's handle table; write `handle X` to transfer a handle",
            ));
        }
        let in_memory = direction != Direction::Direct;
        let is_handles =
            matches!(&resolved.ty, Type::Slice { element, .. } if matches!(**element, Type::Handle(_)));
        match &resolved.ty {
            Type::Handle(_) | Type::Slot(_) if in_memory => {
                checker.error(Diagnostic::new(
                    "a handle is not bulk data: write it without `in` or `out`",
                    span,
                ));
            }
            Type::Slice { .. } if is_handles && in_memory => {
                checker.error(Diagnostic::new(
                    "handles are not bulk data: write them without `in` or `out`",
                    span,
                ));
            }
            Type::Slice { .. } if is_handles => {}
            Type::Struct(_) | Type::Array(..) | Type::Bytes { .. } | Type::Slice { .. } if !in_memory => {
                let mark = if place == Place::Arguments { "in" } else { "out" };
                checker.error(
                    Diagnostic::new(
                        format!("`{}` does not fit in a word", resolved.ty.display()),
                        span,
                    )
                    .help(format!("write `{mark} {}: ...`", parameter.name.value)),
                );
            }
            ty if in_memory && !ty.is_variable() => {
                // Reports what cannot stand in memory.
                layout(checker, ty, span, 0);
            }
            _ => {}
        }
        if direction == Direction::Out
            && result
                .iter()
                .any(|earlier| earlier.direction == Direction::Out && earlier.ty.is_variable())
        {
            checker.error(
                Diagnostic::new(
                    "only the last `out` may be of variable length",
                    parameter.name.span,
                )
                .help("the caller learns the length of the last one from the number of bytes copied"),
            );
        }
        result.push(Parameter {
            name: parameter.name.value.clone(),
            direction,
            ty: resolved.ty,
            is_name: resolved.is_name,
        });
    }
    let lists = |parameter: &&Parameter| matches!(&parameter.ty, Type::Slice { element, .. } if matches!(**element, Type::Handle(_)));
    let handles = result.iter().filter(|parameter| parameter.is_handle()).count();
    if result.iter().filter(lists).count() > 1 || (result.iter().any(|p| lists(&p)) && handles > 0) {
        checker.error(
            Diagnostic::new(
                "a list of handles is the only handle argument of its message",
                written[0].name.span,
            )
            .help("the receiver tells the handles of one message apart by their order only"),
        );
    }
    if handles > 4 {
        checker.error(
            Diagnostic::new("more than four handles in one message", written[0].name.span)
                .help("use a list: `handles: [handle any; ..N]`"),
        );
    }
    result
}

/// Words of a request: direct scalars in order, then the lengths of variable `in` arguments but the last.
fn words(checker: &mut Checker<'_>, arguments: &[Parameter], name: &ast::Name, what: &str) -> Vec<Word> {
    let mut words = scalar_words(arguments);
    let variable: Vec<&Parameter> = arguments
        .iter()
        .filter(|argument| argument.direction == Direction::In && argument.ty.is_variable())
        .collect();
    if let Some((_, but_last)) = variable.split_last() {
        words.extend(but_last.iter().map(|argument| Word {
            name: format!("{}_length", argument.name),
            ty: WordType::Length,
        }));
    }
    limit(checker, words.len(), name, what);
    words
}

fn words_of_results(checker: &mut Checker<'_>, results: &[Parameter], name: &ast::Name) -> Vec<Word> {
    let words = scalar_words(results);
    limit(checker, words.len(), name, "reply");
    words
}

fn scalar_words(parameters: &[Parameter]) -> Vec<Word> {
    parameters
        .iter()
        .filter(|parameter| parameter.direction == Direction::Direct)
        .filter(|parameter| {
            matches!(
                parameter.ty,
                Type::Scalar(_) | Type::Enum(_) | Type::Flags(_) | Type::Slot(_)
            )
        })
        .map(|parameter| Word {
            name: parameter.name.clone(),
            ty: WordType::Argument(parameter.ty.clone()),
        })
        .collect()
}

fn limit(checker: &mut Checker<'_>, count: usize, name: &ast::Name, what: &str) {
    if count > WORD_COUNT {
        checker.error(
            Diagnostic::new(
                format!(
                    "the {what} of `{}` needs {count} words; a message has {WORD_COUNT}",
                    name.value
                ),
                name.span,
            )
            .help("put scalars into a struct and pass it by `in` or `out`"),
        );
    }
}

fn errors(checker: &mut Checker<'_>, method: &ast::Method) -> Vec<&'static Errno> {
    let Some(written) = &method.errors else {
        checker.error(
            Diagnostic::new(
                format!("`{}` does not say its errors", method.name.value),
                method.name.span,
            )
            .help("write `errors { ENOENT, ... }` before `danger`, or `errors {}` when it cannot fail"),
        );
        return Vec::new();
    };
    checker.need_unique(written.iter(), "error");
    let mut errors = Vec::new();
    for name in written {
        match errno::by_name(&name.value) {
            Some(errno) => errors.push(errno),
            None => {
                let mut diagnostic =
                    Diagnostic::new(format!("there is no error `{}`", name.value), name.span);
                if let Some(near) = nearest(&name.value, errno::TABLE.iter().map(|errno| errno.name)) {
                    diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
                }
                checker.error(diagnostic);
            }
        }
    }
    errors.sort_by_key(|errno| errno.number);
    errors.dedup_by_key(|errno| errno.number);
    errors
}
