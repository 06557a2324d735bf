//! Types and constants in C: structs as structs, enums and flags as integers with constants.

use super::{comment, type_name};
use crate::model::{Constant, Model, Scalar, Type, TypeBody, TypeDefinition, TypeName};
use crate::rust::upper_case;

/// `uint32_t` and the like.
pub fn scalar(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::U8 => "uint8_t",
        Scalar::U16 => "uint16_t",
        Scalar::U32 => "uint32_t",
        Scalar::U64 => "uint64_t",
        Scalar::I8 => "int8_t",
        Scalar::I16 => "int16_t",
        Scalar::I32 => "int32_t",
        Scalar::I64 => "int64_t",
        Scalar::Bool => "_Bool",
    }
}

/// The C type of a value that is no array.
pub fn value(model: &Model, ty: &Type) -> String {
    match ty {
        Type::Scalar(ty) => scalar(*ty).to_owned(),
        Type::Enum(name) | Type::Flags(name) => match &model.definition(name).body {
            TypeBody::Enum { base, .. } | TypeBody::Flags { base, .. } => scalar(*base).to_owned(),
            TypeBody::Struct { .. } => unreachable!("resolved as an enum or flags"),
        },
        Type::Struct(name) => format!("struct {}", type_name(name)),
        Type::Array(element, _) => value(model, element),
        Type::Handle(_) | Type::Slot(_) => "trivet_handle".to_owned(),
        Type::Bytes { .. } => "void".to_owned(),
        Type::Slice { element, .. } => value(model, element),
    }
}

pub fn constants(text: &mut String, scope: &str, constants: &[Constant]) {
    for constant in constants {
        comment(text, &constant.doc);
        let scope = scope.to_ascii_uppercase();
        text.push_str(&format!(
            "#define TRIVET_{scope}{} {:#x}u\n\n",
            constant.name, constant.value
        ));
    }
}

pub fn definition(text: &mut String, model: &Model, interface: Option<&str>, definition: &TypeDefinition) {
    let name = type_name(&TypeName {
        interface: interface.map(str::to_owned),
        name: definition.name.clone(),
    });
    comment(text, &definition.doc);
    match &definition.body {
        TypeBody::Enum { base, members } | TypeBody::Flags { base, members } => {
            let suffix = if *base == Scalar::U64 { "ull" } else { "u" };
            for member in members {
                text.push_str(&format!(
                    "#define {}_{} {:#x}{suffix}\n",
                    name.to_ascii_uppercase(),
                    upper_case(&member.name)
                        .trim_start_matches('_')
                        .replace("__", "_"),
                    member.value
                ));
            }
        }
        TypeBody::Struct { fields, size, .. } => {
            text.push_str(&format!("struct {name} {{\n"));
            for field in fields {
                let mut dimensions = String::new();
                let mut ty = &field.ty;
                while let Type::Array(element, count) = ty {
                    dimensions.push_str(&format!("[{count}]"));
                    ty = element;
                }
                text.push_str(&format!("    {} {}{dimensions};\n", value(model, ty), field.name));
            }
            text.push_str("};\n");
            text.push_str(&format!(
                "_Static_assert(sizeof(struct {name}) == {size}, \"the interface's layout\");\n"
            ));
        }
    }
    text.push('\n');
}
