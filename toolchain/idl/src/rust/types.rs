//! Types, constants, numbers and errors of an interface.

use super::code::Code;
use super::names::{upper_case, value_type};
use crate::model::{Constant, Interface, Model, Type, TypeBody, TypeDefinition};

/// Number of the interface and of its methods.
pub fn numbers(code: &mut Code, interface: &Interface) {
    code.doc("Number of this interface.", false);
    code.line(&format!(
        "pub const INTERFACE: InterfaceNumber = InterfaceNumber({});",
        interface.number
    ));
    code.doc("One bit for each method that exists.", false);
    code.line(&format!(
        "pub const METHODS: u64 = {:#x};",
        interface.method_mask()
    ));
    code.blank();
    code.doc("Numbers of the methods.", false);
    code.open("pub mod method");
    for method in &interface.methods {
        code.doc(first_line(&method.doc), false);
        code.line(&format!(
            "pub const {}: u8 = {};",
            upper_case(&method.name),
            method.number
        ));
    }
    code.close();
    code.blank();
}

/// The error type: what the server may answer, and ENOSYS, which every server may.
pub fn errors(code: &mut Code, interface: &Interface) {
    let mut errors = interface.errors();
    let not_implemented = crate::errno::by_name("ENOSYS").expect("the table has ENOSYS");
    if !errors.iter().any(|errno| errno.number == not_implemented.number) {
        errors.push(not_implemented);
    }
    errors.sort_by_key(|errno| errno.number);
    code.open("crate::define_errors!");
    code.doc(
        &format!(
            "Errors that a server of `{}` answers; the numbers are Linux's errno values.",
            interface.name
        ),
        false,
    );
    code.open(&format!("pub enum {}Error", interface.name));
    for errno in errors {
        code.doc(&format!("{}: {}", errno.name, errno.doc), false);
        code.line(&format!("{} = {},", errno.variant, errno.number));
    }
    code.close();
    code.close();
    code.blank();
}

pub fn constants(code: &mut Code, constants: &[Constant]) {
    for constant in constants {
        code.doc(&constant.doc, false);
        code.line(&format!(
            "pub const {}: {} = {:#x};",
            constant.name,
            constant.ty.name(),
            constant.value
        ));
    }
}

pub fn definition(code: &mut Code, model: &Model, definition: &TypeDefinition) {
    let name = &definition.name;
    let member_doc = |code: &mut Code, doc: &str, name: &str| {
        code.doc(if doc.is_empty() { name } else { doc }, false);
    };
    match &definition.body {
        TypeBody::Enum { base, members } => {
            code.open("crate::define_enum!");
            code.doc(&definition.doc, false);
            code.open(&format!("pub enum {name}: {}", base.name()));
            for member in members {
                member_doc(code, &member.doc, &format!("`{}`", member.name));
                code.line(&format!("{} = {},", member.name, member.value));
            }
            code.close();
            code.close();
        }
        TypeBody::Flags { base, members } => {
            code.open("crate::define_flags!");
            code.doc(&definition.doc, false);
            code.open(&format!("pub struct {name}: {}", base.name()));
            for member in members {
                member_doc(code, &member.doc, &format!("`{}`", member.name));
                code.line(&format!("{} = {:#x},", member.name, member.value));
            }
            code.close();
            code.close();
        }
        TypeBody::Struct { fields, size, .. } => {
            code.doc(&definition.doc, false);
            code.line("#[derive(Clone, Copy, Debug, PartialEq, Eq)]");
            code.line("#[repr(C)]");
            code.open(&format!("pub struct {name}"));
            for field in fields {
                let doc = match &field.ty {
                    Type::Enum(enumeration) => {
                        let doc = if field.doc.is_empty() {
                            &field.name
                        } else {
                            &field.doc
                        };
                        format!("{doc}: the number of a `{}`", enumeration.name)
                    }
                    _ if field.doc.is_empty() => format!("`{}`", field.name),
                    _ => field.doc.clone(),
                };
                code.doc(&doc, false);
                code.line(&format!("pub {}: {},", field.name, field_type(model, &field.ty)));
            }
            code.close();
            code.line(&format!("const _: () = assert!(size_of::<{name}>() == {size});"));
            code.line(
                "// SAFETY: the interface compiler refuses padding and fields that have invalid values.",
            );
            code.line(&format!("unsafe impl crate::plain::Plain for {name} {{}}"));
            code.open(&format!("impl Default for {name}"));
            code.doc("All bytes zero.", false);
            code.open("fn default() -> Self");
            code.line("crate::plain::zeroed()");
            code.close();
            code.close();
        }
    }
    code.blank();
}

/// Type of a field: an enum is its number there, because memory can hold any.
fn field_type(model: &Model, ty: &Type) -> String {
    match ty {
        Type::Enum(name) => match &model.definition(name).body {
            TypeBody::Enum { base, .. } => base.name().to_owned(),
            _ => unreachable!("resolved as an enum"),
        },
        Type::Array(element, count) => format!("[{}; {count}]", field_type(model, element)),
        other => value_type("crate::stubs", other),
    }
}

/// The first sentence or line, for lists.
pub fn first_line(doc: &str) -> &str {
    doc.lines().next().unwrap_or_default()
}
