//! Words and bytes of a message as text, by the interfaces.

use super::record::Record;
use std::fmt::Write;
use trivet_abi::error::CallError;
use trivet_idl::model::{Interface, Member, Method, Model, Parameter, Scalar, Type, TypeBody, WordType};

/// Bytes of a buffer that a line shows, at most.
const SHOWN: usize = 32;
/// Bytes of a name (a path) that a line shows, at most.
const NAME_SHOWN: usize = 80;
/// Handles of the own region have this bit; others are descriptors.
const OWN: u64 = 0x8000_0000;

/// Knows the interfaces.
pub struct Decoder {
    model: Model,
}

impl Decoder {
    /// Over these interfaces.
    pub fn new(model: Model) -> Decoder {
        Decoder { model }
    }

    fn method(&self, record: &Record) -> Option<(&Interface, Option<&Method>)> {
        let interface = self.model.interface_by_number(record.interface)?;
        let method = interface
            .methods
            .iter()
            .find(|method| method.number == record.method);
        Some((interface, method))
    }

    /// Interface and method by their names, or numbers where they have none here.
    pub fn names(&self, record: &Record) -> (String, String) {
        match self.method(record) {
            Some((interface, Some(method))) => (interface.name.clone(), method.name.clone()),
            Some((interface, None)) => (interface.name.clone(), record.method.to_string()),
            None => (record.interface.to_string(), record.method.to_string()),
        }
    }

    /// Who calls what: `NAME[PROCESS] Interface.method`.
    pub fn who(&self, record: &Record) -> String {
        let (interface, method) = self.names(record);
        format!(
            "{}[{}] {interface}.{method}",
            escaped(&record.name),
            record.process
        )
    }

    /// A request: who, and in parentheses the handle that the message went to and the arguments.
    pub fn request(&self, record: &Record) -> String {
        let mut line = self.who(record);
        let _ = write!(line, "({}", handle(record.handle));
        match self.method(record) {
            Some((_, Some(method))) => {
                for text in self.arguments(method, record) {
                    let _ = write!(line, ", {text}");
                }
            }
            _ => {
                for word in record.words {
                    let _ = write!(line, ", {word:#x}");
                }
            }
        }
        line.push(')');
        line
    }

    fn arguments(&self, method: &Method, record: &Record) -> Vec<String> {
        let mut texts = Vec::new();
        let mut bytes = Bytes::new(record);
        let bulk = method.bulk_in();
        // The last one of variable length has what the others leave.
        let tail = |position: usize| -> u64 {
            bulk[position + 1..]
                .iter()
                .map(|other| self.size(&other.ty))
                .sum()
        };
        for argument in &method.arguments {
            if argument.is_handle() {
                // Handles travel beside the words; the record does not tell them.
                continue;
            }
            if let Some(position) = bulk.iter().position(|other| other.name == argument.name) {
                let word = method.words.iter().zip(record.words).find(|(word, _)| {
                    word.ty == WordType::Length && word.name == format!("{}_length", argument.name)
                });
                let length = match word {
                    Some((_, length)) => length,
                    None if argument.ty.is_variable() => bytes.left().saturating_sub(tail(position)),
                    None => self.size(&argument.ty),
                };
                texts.push(self.bulk(argument, &mut bytes, length));
                continue;
            }
            let word = method
                .words
                .iter()
                .zip(record.words)
                .find(|(word, _)| word.name == argument.name);
            if let Some((_, value)) = word {
                texts.push(self.named(&argument.name, &argument.ty, value));
            }
        }
        texts
    }

    /// How a call ended: the results, or the error by its name.
    pub fn answer(&self, record: &Record) -> String {
        if record.status > 0 {
            let known = u16::try_from(record.status).ok().and_then(|number| {
                trivet_idl::errno::TABLE
                    .iter()
                    .find(|errno| errno.number == number)
            });
            return match known {
                Some(errno) => format!("{} ({})", errno.name, errno.doc.trim_end_matches('.')),
                None => format!("error {}", record.status),
            };
        }
        if record.status < 0 {
            return match CallError::from_number(record.status.unsigned_abs()) {
                Some(error) => format!("{error:?} (not served)"),
                None => format!("error {}", record.status),
            };
        }
        let Some((_, Some(method))) = self.method(record) else {
            return "0".to_owned();
        };
        let mut texts = Vec::new();
        let mut bytes = Bytes::new(record);
        for result in &method.results {
            if result.is_handle() {
                texts.push(
                    match texts.iter().any(|text: &String| text.starts_with("handle")) {
                        false => format!("handle {}", handle(record.handle)),
                        true => "and one more".to_owned(),
                    },
                );
            } else if method.bulk_out().iter().any(|other| other.name == result.name) {
                let length = if result.ty.is_variable() {
                    let count = method.result_words.iter().zip(record.words);
                    let count = count
                        .clone()
                        .find(|(word, _)| word.name == "count")
                        .map(|(_, count)| count);
                    let unit = match &result.ty {
                        Type::Slice { element, .. } => self.size(element).max(1),
                        _ => 1,
                    };
                    count.unwrap_or(bytes.left()).saturating_mul(unit)
                } else {
                    self.size(&result.ty)
                };
                if record.bytes > 0 {
                    texts.push(self.bulk(result, &mut bytes, length));
                }
            } else if let Some((_, value)) = method
                .result_words
                .iter()
                .zip(record.words)
                .find(|(word, _)| word.name == result.name)
            {
                texts.push(self.named(&result.name, &result.ty, value));
            }
        }
        if texts.is_empty() {
            "0".to_owned()
        } else {
            texts.join(", ")
        }
    }

    /// Bytes of a value of fixed size.
    fn size(&self, ty: &Type) -> u64 {
        match ty {
            Type::Scalar(scalar) => scalar.size(),
            Type::Enum(name) | Type::Flags(name) => match &self.model.definition(name).body {
                TypeBody::Enum { base, .. } | TypeBody::Flags { base, .. } => base.size(),
                TypeBody::Struct { size, .. } => *size,
            },
            Type::Struct(name) => match &self.model.definition(name).body {
                TypeBody::Struct { size, .. } => *size,
                TypeBody::Enum { base, .. } | TypeBody::Flags { base, .. } => base.size(),
            },
            Type::Array(element, count) => self.size(element).saturating_mul(*count),
            Type::Handle(_) | Type::Slot(_) => 4,
            Type::Bytes { .. } | Type::Slice { .. } => 0,
        }
    }

    /// A word with its name, where the value alone would say little.
    fn named(&self, name: &str, ty: &Type, value: u64) -> String {
        let text = self.word(name, ty, value);
        match ty {
            Type::Enum(_) => text,
            Type::Flags(_) if value != 0 => text,
            _ => format!("{name} {text}"),
        }
    }

    fn word(&self, name: &str, ty: &Type, value: u64) -> String {
        match ty {
            Type::Scalar(Scalar::Bool) => (value != 0).to_string(),
            Type::Scalar(scalar) if scalar.signed() => value.cast_signed().to_string(),
            Type::Scalar(_) if matches!(name, "mode" | "mask") => format!("{value:#o}"),
            Type::Scalar(_) if name.contains("address") => format!("{value:#x}"),
            Type::Slot(_) | Type::Handle(_) => handle(value),
            Type::Enum(type_name) => match &self.model.definition(type_name).body {
                TypeBody::Enum { members, .. } => members
                    .iter()
                    .find(|member| member.value == value)
                    .map_or_else(|| value.to_string(), |member| member.name.clone()),
                _ => value.to_string(),
            },
            Type::Flags(type_name) => match &self.model.definition(type_name).body {
                TypeBody::Flags { members, .. } => flags(members, value),
                _ => format!("{value:#x}"),
            },
            _ => value.to_string(),
        }
    }

    fn bulk(&self, parameter: &Parameter, bytes: &mut Bytes<'_>, length: u64) -> String {
        let (shown, whole) = bytes.take(length);
        match &parameter.ty {
            Type::Bytes { .. } => {
                let limit = if parameter.is_name { NAME_SHOWN } else { SHOWN };
                let text = &shown[..shown.len().min(limit)];
                let more = if (text.len() as u64) < length { "..." } else { "" };
                format!("\"{}\"{more}", escaped(text))
            }
            Type::Struct(name) if whole => self.fields(name, shown),
            _ => format!("{} [{length} bytes]", parameter.name),
        }
    }

    /// The fields of a struct that are not zero.
    fn fields(&self, name: &trivet_idl::model::TypeName, bytes: &[u8]) -> String {
        let TypeBody::Struct { fields, .. } = &self.model.definition(name).body else {
            return String::new();
        };
        let mut texts = Vec::new();
        for field in fields {
            let size = self.size(&field.ty);
            let place = usize::try_from(field.offset).ok().zip(usize::try_from(size).ok());
            let value = place.and_then(|(at, size)| bytes.get(at..at.checked_add(size)?));
            let Some(value) = value.filter(|value| value.len() <= 8) else {
                continue;
            };
            let mut word = [0; 8];
            word[..value.len()].copy_from_slice(value);
            let word = u64::from_le_bytes(word);
            if word != 0 {
                texts.push(format!(
                    "{} {}",
                    field.name,
                    self.word(&field.name, &field.ty, word)
                ));
            }
        }
        format!("{{{}}}", texts.join(", "))
    }
}

/// The bytes of a record, taken one after the other.
struct Bytes<'a> {
    shown: &'a [u8],
    left: u64,
}

impl<'a> Bytes<'a> {
    fn new(record: &'a Record) -> Bytes<'a> {
        Bytes {
            shown: &record.data,
            left: record.bytes,
        }
    }

    fn left(&self) -> u64 {
        self.left
    }

    /// The next bytes, as far as the record has them; and whether it has all.
    fn take(&mut self, length: u64) -> (&'a [u8], bool) {
        let count = usize::try_from(length)
            .unwrap_or(usize::MAX)
            .min(self.shown.len());
        let (taken, rest) = self.shown.split_at(count);
        self.shown = rest;
        self.left = self.left.saturating_sub(length);
        (taken, count as u64 == length)
    }
}

/// A handle: a descriptor's number, or one of the own region.
fn handle(value: u64) -> String {
    match value {
        0xffff_ffff => "none".to_owned(),
        _ if value & OWN == 0 => value.to_string(),
        _ => format!("own {}", value & 0x3_ffff),
    }
}

fn flags(members: &[Member], value: u64) -> String {
    let mut names = Vec::new();
    let mut left = value;
    for member in members {
        if member.value != 0 && left & member.value == member.value {
            names.push(member.name.clone());
            left &= !member.value;
        }
    }
    if left != 0 || names.is_empty() {
        names.push(format!("{left:#x}"));
    }
    names.join("|")
}

/// Bytes as text that cannot steer a terminal or pretend to be another line.
fn escaped(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}
