//! Names and types as Rust writes them.

use crate::model::{Scalar, Type, TypeName};

/// `AddressSpace` to `address_space`; `NO_REPLACE` to `no_replace`.
pub fn snake_case(name: &str) -> String {
    let mut result = String::new();
    let mut previous = '_';
    for character in name.chars() {
        if character.is_ascii_uppercase() && (previous.is_ascii_lowercase() || previous.is_ascii_digit()) {
            result.push('_');
        }
        result.push(character.to_ascii_lowercase());
        previous = character;
    }
    result
}

/// `map_read` to `MAP_READ`, `AddressSpace` to `ADDRESS_SPACE`.
pub fn upper_case(name: &str) -> String {
    snake_case(name).to_ascii_uppercase()
}

/// `map_read` to `MapRead`.
pub fn type_case(name: &str) -> String {
    name.split('_')
        .map(|word| {
            let mut characters = word.chars();
            characters
                .next()
                .map(|first| first.to_ascii_uppercase().to_string())
                .unwrap_or_default()
                + characters.as_str()
        })
        .collect()
}

/// Path of a defined type, seen from any module of a crate; `root` is `crate` in `trivet-ipc`.
pub fn type_path(root: &str, name: &TypeName) -> String {
    let module = name
        .interface
        .as_deref()
        .map_or_else(|| "shared".to_owned(), snake_case);
    format!("{root}::{module}::{}", name.name)
}

/// The Rust type of a value in a word or in memory.
pub fn value_type(root: &str, ty: &Type) -> String {
    match ty {
        Type::Scalar(scalar) => scalar.name().to_owned(),
        Type::Enum(name) | Type::Flags(name) | Type::Struct(name) => type_path(root, name),
        Type::Array(element, count) => format!("[{}; {count}]", value_type(root, element)),
        Type::Handle(_) | Type::Slot(_) => "Handle".to_owned(),
        Type::Bytes { .. } => "[u8]".to_owned(),
        Type::Slice { element, .. } => format!("[{}]", value_type(root, element)),
    }
}

/// The expression that turns a value of `ty` named `name` into a word.
pub fn to_word(ty: &Type, name: &str) -> String {
    match ty {
        Type::Scalar(Scalar::U64) => name.to_owned(),
        Type::Scalar(Scalar::Bool) => format!("u64::from({name})"),
        Type::Scalar(Scalar::I64) => format!("{name}.cast_unsigned()"),
        Type::Scalar(scalar) if scalar.signed() => format!("i64::from({name}).cast_unsigned()"),
        Type::Scalar(_) => format!("u64::from({name})"),
        Type::Enum(_) => format!("{name}.number()"),
        Type::Flags(_) => format!("{name}.word()"),
        Type::Handle(_) | Type::Slot(_) => format!("u64::from({name}.0)"),
        Type::Struct(_) | Type::Array(..) | Type::Bytes { .. } | Type::Slice { .. } => {
            unreachable!("the checker lets no bulk data into words")
        }
    }
}
