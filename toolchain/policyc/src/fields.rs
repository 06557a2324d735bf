//! Arguments that conditions, limits and sets speak of: which word they travel in, and what their values are called.

use std::collections::{BTreeMap, BTreeSet};

use trivet_policy::format::input;

use crate::catalogue::{Catalogue, Method, Word};
use crate::diagnostics::{Diagnostic, did_you_mean};
use crate::model::MethodMasks;
use crate::source::Span;
use crate::syntax::{Comparison, Condition, FieldTest, Name, Value};

/// Whether arguments or results are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Arguments.
    Request,
    /// Results.
    Reply,
}

/// Where an argument is found.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// Index of the input, as the engine counts them.
    pub input: u8,
    /// Its width.
    pub bits: u8,
    /// It has a sign.
    pub signed: bool,
    /// Named values of its type.
    pub constants: &'a [(String, u64)],
}

impl Field<'_> {
    /// Whether the field can have this value.
    #[must_use]
    pub fn can_hold(&self, value: u64) -> bool {
        let unused = 64 - u32::from(self.bits);
        if self.signed {
            (((value << unused) as i64) >> unused) as u64 == value
        } else {
            value << unused >> unused == value
        }
    }
}

/// The argument (or result) of this name, if the method has it. `word0` to `word5` name the raw words.
#[must_use]
pub fn find_field<'a>(name: &str, method: &'a Method, side: Side) -> Option<Field<'a>> {
    let words: &'a [Word] = match side {
        Side::Request => &method.words,
        Side::Reply => &method.result_words,
    };
    if let Some(index) = words.iter().take(6).position(|word| word.name == name) {
        let word = &words[index];
        return Some(Field {
            input: index as u8,
            bits: word.bits,
            signed: word.signed,
            constants: &word.constants,
        });
    }
    let input = match name {
        "message.handles" if side == Side::Request => input::HANDLES,
        "message.bytes_sent" if side == Side::Request => input::BYTES_SENT,
        "message.reply_room" if side == Side::Request => input::REPLY_ROOM,
        _ => name
            .strip_prefix("word")
            .and_then(|digit| digit.parse().ok())
            .filter(|index| *index < 6)?,
    };
    Some(Field {
        input,
        bits: 64,
        signed: false,
        constants: &[],
    })
}

/// What a value stands for: a number, a member of the field's type, or a constant.
#[must_use]
pub fn find_value(value: &Value, field: &Field<'_>, constants: &BTreeMap<String, u64>) -> Option<u64> {
    match value {
        Value::Number(number) => Some(number.value),
        Value::Name(name) => (field
            .constants
            .iter()
            .find(|(member, _)| *member == name.value)
            .map(|(_, value)| *value))
        .or_else(|| match name.value.as_str() {
            "true" => Some(1),
            "false" => Some(0),
            other => constants.get(other).copied(),
        }),
    }
}

/// Each method of the masks.
pub fn each_method<'a>(
    methods: &'a MethodMasks,
    catalogue: &'a Catalogue,
) -> impl Iterator<Item = (&'a crate::catalogue::Interface, &'a Method)> {
    methods.iter().flat_map(|(number, mask)| {
        let interface = catalogue.by_number(*number);
        interface.into_iter().flat_map(move |interface| {
            let chosen = interface
                .methods
                .iter()
                .filter(move |method| mask & (1 << method.number) != 0);
            chosen.map(move |method| (interface, method))
        })
    })
}

/// Reports a field that some of the methods do not have.
pub fn check_field(
    name: &Name,
    methods: &MethodMasks,
    catalogue: &Catalogue,
    side: Side,
    diagnostics: &mut Vec<Diagnostic>,
) -> bool {
    for (interface, method) in each_method(methods, catalogue) {
        if find_field(&name.value, method, side).is_some() {
            continue;
        }
        let (kind, words) = match side {
            Side::Request => ("argument", &method.words),
            Side::Reply => ("result", &method.result_words),
        };
        let message = format!(
            "{}.{} has no {kind} `{}` in a register",
            interface.name, method.name, name.value
        );
        let known: Vec<&str> = words.iter().map(|word| word.name.as_str()).collect();
        let help = match did_you_mean(&name.value, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => {
                "it has none; `message.bytes_sent` and its kin are always there".to_owned()
            }
            None => format!("it has: {}", known.join(", ")),
        };
        diagnostics.push(Diagnostic::error(name.span, message).help(help));
        return false;
    }
    true
}

/// Reports what a condition says that some of the methods cannot answer. True if all is well.
pub fn check_condition(
    condition: &Condition,
    methods: &MethodMasks,
    catalogue: &Catalogue,
    constants: &BTreeMap<String, u64>,
    diagnostics: &mut Vec<Diagnostic>,
) -> bool {
    match condition {
        Condition::And(parts) | Condition::Or(parts) => parts.iter().fold(true, |good, part| {
            check_condition(part, methods, catalogue, constants, diagnostics) & good
        }),
        Condition::Not(inner) => check_condition(inner, methods, catalogue, constants, diagnostics),
        Condition::Test(test) => {
            check_field(&test.field, methods, catalogue, Side::Request, diagnostics)
                && check_values(test, methods, catalogue, constants, diagnostics)
        }
    }
}

fn check_values(
    test: &FieldTest,
    methods: &MethodMasks,
    catalogue: &Catalogue,
    constants: &BTreeMap<String, u64>,
    diagnostics: &mut Vec<Diagnostic>,
) -> bool {
    let mut values: Vec<&Value> = test.mask.iter().collect();
    match &test.comparison {
        Comparison::With(_, value) => values.push(value),
        Comparison::In(ranges) => values.extend(ranges.iter().flat_map(|(first, last)| [first, last])),
    }
    let mut reported: BTreeSet<(usize, usize)> = BTreeSet::new();
    let mut good = true;
    let mut report = |span: Span, diagnostic: Diagnostic| {
        good = false;
        if reported.insert((span.start, span.end)) {
            diagnostics.push(diagnostic);
        }
    };
    for (interface, method) in each_method(methods, catalogue) {
        let Some(field) = find_field(&test.field.value, method, Side::Request) else {
            continue;
        };
        for value in &values {
            let span = value.span();
            match find_value(value, &field, constants) {
                None => {
                    let Value::Name(name) = value else { continue };
                    let known: Vec<&str> = (field.constants.iter().map(|(member, _)| member.as_str()))
                        .chain(constants.keys().map(String::as_str))
                        .collect();
                    let message = format!(
                        "`{}` is no value of `{}` in {}.{}",
                        name.value, test.field.value, interface.name, method.name
                    );
                    let help = match did_you_mean(&name.value, known.iter().copied()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("declare it: `const {} = 1;`", name.value),
                    };
                    report(span, Diagnostic::error(span, message).help(help));
                }
                Some(number) if !field.can_hold(number) => {
                    let message = format!(
                        "`{}` of {}.{} never has this value",
                        test.field.value, interface.name, method.name
                    );
                    let help = format!(
                        "it has {} bits{}",
                        field.bits,
                        if field.signed { " and a sign" } else { "" }
                    );
                    report(span, Diagnostic::error(span, message).help(help));
                }
                Some(_) => {}
            }
        }
        if let Comparison::In(ranges) = &test.comparison {
            for (first, last) in ranges {
                let ends = (
                    find_value(first, &field, constants),
                    find_value(last, &field, constants),
                );
                if let (Some(low), Some(high)) = ends {
                    let signed = field.signed && test.mask.is_none();
                    let empty = if signed {
                        (low as i64) > high as i64
                    } else {
                        low > high
                    };
                    if empty {
                        let span = first.span().to(last.span());
                        report(span, Diagnostic::error(span, "this range is empty"));
                    }
                }
            }
        }
    }
    good
}
