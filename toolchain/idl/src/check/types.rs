//! Resolution of type names, and the layouts of structs.
//!
//! A struct travels as its bytes, so it may have no padding: where the layout would need some, the error says
//! how many bytes to put in as a field.

use std::collections::HashSet;

use super::{Case, Checker, nearest};
use crate::ast::{self, DefinitionBody, Number, TypeKind};
use crate::diagnostics::Diagnostic;
use crate::model::{Constant, Field, Member, Scalar, Type, TypeBody, TypeDefinition, TypeName};
use crate::source::Span;

/// A struct nested deeper than this is refused; it also ends a cycle.
const MAX_DEPTH: usize = 16;
/// The largest struct, in bytes: the stubs hold one on the stack.
const MAX_STRUCT_SIZE: u64 = 65536;

/// Size and alignment in bytes.
#[derive(Clone, Copy)]
pub struct Layout {
    pub size: u64,
    pub alignment: u64,
}

/// A resolved type, and that it was written as `name ...`.
pub struct Resolved {
    pub ty: Type,
    pub is_name: bool,
}

/// Checks the definitions of one scope.
pub fn definitions<'a>(
    checker: &mut Checker<'a>,
    scope: Option<&'a ast::Interface>,
    definitions: &[&'a ast::Definition],
) -> (Vec<TypeDefinition>, Vec<Constant>) {
    let mut types = Vec::new();
    let mut constants = Vec::new();
    for definition in definitions {
        checker.need_doc(&definition.doc, "definition", &definition.name);
        let (name, doc) = (definition.name.value.clone(), definition.doc.clone());
        let body = match &definition.body {
            DefinitionBody::Constant { ty, value } => {
                checker.need_case(&definition.name, Case::Constant);
                if let Some(constant) = constant(checker, scope, definition, ty, value) {
                    constants.push(constant);
                }
                continue;
            }
            DefinitionBody::Enum { base, members } => {
                checker.need_case(&definition.name, Case::Type);
                enumeration(checker, scope, base, members, Case::Type, definition)
                    .map(|(base, members)| TypeBody::Enum { base, members })
            }
            DefinitionBody::Flags { base, members } => {
                checker.need_case(&definition.name, Case::Type);
                enumeration(checker, scope, base, members, Case::Constant, definition)
                    .map(|(base, members)| TypeBody::Flags { base, members })
            }
            DefinitionBody::Struct { fields } => {
                checker.need_case(&definition.name, Case::Type);
                structure(checker, scope, definition, fields)
            }
        };
        if let Some(body) = body {
            types.push(TypeDefinition { name, doc, body });
        }
    }
    (types, constants)
}

fn constant<'a>(
    checker: &mut Checker<'a>,
    scope: Option<&'a ast::Interface>,
    definition: &'a ast::Definition,
    ty: &ast::Type,
    value: &Number,
) -> Option<Constant> {
    let number = self::number(checker, scope, value)?;
    let scalar = match &ty.kind {
        TypeKind::Named(name) => Scalar::from_name(&name.value),
        _ => None,
    };
    let Some((scalar, maximum)) = scalar.and_then(|scalar| Some((scalar, scalar.unsigned_max()?))) else {
        checker.error(Diagnostic::new(
            "a constant is of type u8, u16, u32 or u64",
            ty.span,
        ));
        return None;
    };
    if number > maximum {
        checker.error(Diagnostic::new(
            format!("{number} does not fit in {}", scalar.name()),
            value.span(),
        ));
    }
    Some(Constant {
        name: definition.name.value.clone(),
        doc: definition.doc.clone(),
        ty: scalar,
        value: number,
    })
}

/// The value of a literal or of a constant.
pub fn number<'a>(
    checker: &mut Checker<'a>,
    scope: Option<&'a ast::Interface>,
    number: &Number,
) -> Option<u64> {
    match number {
        Number::Literal(literal) => Some(literal.value),
        Number::Shifted(base, distance) => {
            let shifted = u32::try_from(distance.value)
                .ok()
                .filter(|distance| *distance <= base.value.leading_zeros())
                .and_then(|distance| base.value.checked_shl(distance));
            if shifted.is_none() {
                checker.error(Diagnostic::new(
                    "the shifted number does not fit in 64 bits",
                    number.span(),
                ));
            }
            shifted
        }
        Number::Constant(name) => {
            let local = scope.and_then(|interface| {
                interface
                    .definitions
                    .iter()
                    .find(|definition| definition.name.value == name.value)
            });
            let found = local.or_else(|| checker.shared.get(name.value.as_str()).copied());
            match found.map(|definition| &definition.body) {
                Some(DefinitionBody::Constant {
                    value: Number::Literal(literal),
                    ..
                }) => Some(literal.value),
                Some(DefinitionBody::Constant {
                    value: value @ Number::Shifted(..),
                    ..
                }) => {
                    let value = value.clone();
                    self::number(checker, scope, &value)
                }
                Some(DefinitionBody::Constant { .. }) => {
                    checker.error(Diagnostic::new(
                        "a constant that is defined by another one cannot be used here",
                        name.span,
                    ));
                    None
                }
                _ => {
                    checker.error(
                        Diagnostic::new(format!("there is no constant `{}`", name.value), name.span)
                            .help("define it by `const NAME: u64 = ...;`"),
                    );
                    None
                }
            }
        }
    }
}

/// Base and members of an enum or of flags.
fn enumeration<'a>(
    checker: &mut Checker<'a>,
    scope: Option<&'a ast::Interface>,
    base: &ast::Name,
    members: &'a [ast::Member],
    case: Case,
    definition: &ast::Definition,
) -> Option<(Scalar, Vec<Member>)> {
    let Some((scalar, maximum)) =
        Scalar::from_name(&base.value).and_then(|scalar| Some((scalar, scalar.unsigned_max()?)))
    else {
        checker.error(Diagnostic::new(
            "an enum or flags travel as u8, u16, u32 or u64",
            base.span,
        ));
        return None;
    };
    if members.is_empty() {
        checker.error(Diagnostic::new(
            "at least one member is needed",
            definition.name.span,
        ));
    }
    checker.need_unique(members.iter().map(|member| &member.name), "member");
    let is_flags = matches!(case, Case::Constant);
    let mut values: Vec<(u64, Span)> = Vec::new();
    let mut checked = Vec::new();
    for member in members {
        checker.need_case(&member.name, case);
        let Some(value) = number(checker, scope, &member.value) else {
            continue;
        };
        if value > maximum {
            checker.error(Diagnostic::new(
                format!("{value} does not fit in {}", scalar.name()),
                member.value.span(),
            ));
        }
        if is_flags && value == 0 {
            checker.error(
                Diagnostic::new("a flag has at least one bit", member.value.span())
                    .help("no flag at all is the value 0; it needs no name"),
            );
        }
        if !is_flags && let Some((_, first)) = values.iter().find(|(earlier, _)| *earlier == value) {
            checker.error(
                Diagnostic::new(format!("the value {value} is taken"), member.value.span())
                    .other(*first, "first here"),
            );
        }
        values.push((value, member.value.span()));
        checked.push(Member {
            name: member.name.value.clone(),
            doc: member.doc.clone(),
            value,
        });
    }
    Some((scalar, checked))
}

fn structure<'a>(
    checker: &mut Checker<'a>,
    scope: Option<&'a ast::Interface>,
    definition: &'a ast::Definition,
    fields: &'a [ast::Field],
) -> Option<TypeBody> {
    if fields.is_empty() {
        checker.error(Diagnostic::new(
            "a struct has at least one field",
            definition.name.span,
        ));
        return None;
    }
    checker.need_unique(fields.iter().map(|field| &field.name), "field");
    let mut offset = 0u64;
    let mut alignment = 1u64;
    let mut checked = Vec::new();
    let mut complete = true;
    for field in fields {
        checker.need_case(&field.name, Case::Value);
        let Some(resolved) = resolve(checker, scope, &field.ty) else {
            complete = false;
            continue;
        };
        if resolved.is_name {
            checker.error(
                Diagnostic::new("a field cannot be a name by itself", field.ty.span)
                    .help("mark the whole argument: `in address: name SocketAddress`"),
            );
        }
        let Some(layout) = layout(checker, &resolved.ty, field.ty.span, 0) else {
            complete = false;
            continue;
        };
        let misaligned = offset % layout.alignment;
        if misaligned != 0 {
            let missing = layout.alignment - misaligned;
            checker.error(
                Diagnostic::new(
                    format!("{missing} bytes of padding would stand before this field"),
                    field.name.span,
                )
                .help(format!(
                    "put a field `reserved: [u8; {missing}]` before it, or order the fields by size"
                )),
            );
            offset += missing;
        }
        checked.push(Field {
            name: field.name.value.clone(),
            doc: field.doc.clone(),
            ty: resolved.ty,
            offset,
        });
        alignment = alignment.max(layout.alignment);
        offset = offset.saturating_add(layout.size);
    }
    if !complete {
        return None;
    }
    if !offset.is_multiple_of(alignment) {
        let missing = alignment - offset % alignment;
        checker.error(
            Diagnostic::new(
                format!(
                    "{missing} bytes of padding would stand at the end of `{}`",
                    definition.name.value
                ),
                definition.name.span,
            )
            .help(format!("add a last field `reserved: [u8; {missing}]`")),
        );
    }
    if offset > MAX_STRUCT_SIZE {
        checker.error(Diagnostic::new(
            format!("the struct takes {offset} bytes; at most {MAX_STRUCT_SIZE} are allowed"),
            definition.name.span,
        ));
    }
    Some(TypeBody::Struct {
        fields: checked,
        size: offset,
        alignment,
    })
}

/// Size and alignment of a type that can be a field or an element. `span` is where an error points.
pub fn layout<'a>(checker: &mut Checker<'a>, ty: &Type, span: Span, depth: usize) -> Option<Layout> {
    if depth > MAX_DEPTH {
        checker.error(Diagnostic::new(
            "the struct holds itself, or is nested too deep",
            span,
        ));
        return None;
    }
    match ty {
        Type::Scalar(Scalar::Bool) => {
            checker.error(
                Diagnostic::new(
                    "`bool` cannot stand in memory: a byte may hold other values than 0 and 1",
                    span,
                )
                .help("use flags, an enum or `u8`"),
            );
            None
        }
        Type::Scalar(scalar) => Some(Layout {
            size: scalar.size(),
            alignment: scalar.size(),
        }),
        Type::Enum(name) | Type::Flags(name) => {
            let base = match &definition(checker, name)?.body {
                DefinitionBody::Enum { base, .. } | DefinitionBody::Flags { base, .. } => {
                    Scalar::from_name(&base.value)?
                }
                _ => return None,
            };
            Some(Layout {
                size: base.size(),
                alignment: base.size(),
            })
        }
        Type::Struct(name) => {
            let found = definition(checker, name)?;
            let DefinitionBody::Struct { fields } = &found.body else {
                return None;
            };
            let inner = match &name.interface {
                Some(interface) => checker.interfaces.get(interface.as_str()).copied(),
                None => None,
            };
            let mut total = Layout {
                size: 0,
                alignment: 1,
            };
            for field in fields {
                // Errors inside of the other struct are reported where it is defined.
                let before = checker.diagnostics.len();
                let resolved = resolve(checker, inner, &field.ty);
                checker.diagnostics.truncate(before);
                let field = layout(checker, &resolved?.ty, span, depth + 1)?;
                total.alignment = total.alignment.max(field.alignment);
                total.size = total.size.saturating_add(field.size);
            }
            Some(total)
        }
        Type::Array(element, count) => {
            let element = layout(checker, element, span, depth + 1)?;
            Some(Layout {
                size: element.size.saturating_mul(*count),
                alignment: element.alignment,
            })
        }
        Type::Handle(_) | Type::Slot(_) | Type::Bytes { .. } | Type::Slice { .. } => {
            checker.error(
                Diagnostic::new(format!("`{}` cannot stand in memory that travels as bytes", ty.display()), span)
                    .help("handles are arguments of their own; a field holds numbers, structs and arrays of fixed length"),
            );
            None
        }
    }
}

/// The definition that a resolved name means.
fn definition<'a>(checker: &Checker<'a>, name: &TypeName) -> Option<&'a ast::Definition> {
    match &name.interface {
        Some(interface) => checker
            .interfaces
            .get(interface.as_str())?
            .definitions
            .iter()
            .find(|definition| definition.name.value == name.name),
        None => checker.shared.get(name.name.as_str()).copied(),
    }
}

/// Resolves a type as written.
pub fn resolve<'a>(
    checker: &mut Checker<'a>,
    scope: Option<&'a ast::Interface>,
    ty: &ast::Type,
) -> Option<Resolved> {
    let plain = |ty: Type| Some(Resolved { ty, is_name: false });
    match &ty.kind {
        TypeKind::Named(name) => plain(named(checker, scope, name)?),
        TypeKind::Of(interface, name) => {
            interface_name(checker, interface)?;
            let Some(found) = checker.interfaces.get(interface.value.as_str()).copied() else {
                checker.error(Diagnostic::new("this names no one interface", interface.span));
                return None;
            };
            plain(named_in(checker, found, name)?)
        }
        TypeKind::Handle(interface) => plain(Type::Handle(interface_name(checker, interface)?)),
        TypeKind::Slot(interface) => plain(Type::Slot(interface_name(checker, interface)?)),
        TypeKind::Bytes(max) => plain(Type::Bytes {
            max: bound(checker, scope, max, 1)?,
        }),
        TypeKind::NameBytes(max) => Some(Resolved {
            ty: Type::Bytes {
                max: bound(checker, scope, max, 1)?,
            },
            is_name: true,
        }),
        TypeKind::NameOf(inner) => {
            let inner = resolve(checker, scope, inner)?;
            if inner.is_name {
                checker.error(Diagnostic::new("`name name` is a name once", ty.span));
            }
            Some(Resolved {
                ty: inner.ty,
                is_name: true,
            })
        }
        TypeKind::Array(element, count) => {
            let resolved = resolve(checker, scope, element)?;
            let count = number(checker, scope, count)?;
            let layout = layout(checker, &resolved.ty, element.span, 0)?;
            if count == 0 || layout.size.saturating_mul(count) > MAX_STRUCT_SIZE {
                checker.error(Diagnostic::new(
                    format!("an array has at least one element and at most {MAX_STRUCT_SIZE} bytes"),
                    ty.span,
                ));
                return None;
            }
            plain(Type::Array(Box::new(resolved.ty), count))
        }
        TypeKind::Slice(element, max) => {
            let resolved = resolve(checker, scope, element)?;
            let size = if matches!(resolved.ty, Type::Handle(_)) {
                let max = number(checker, scope, max)?;
                if max == 0 || max > super::MAX_HANDLES {
                    checker.error(Diagnostic::new(
                        format!("a message carries 1 to {} handles", super::MAX_HANDLES),
                        ty.span,
                    ));
                    return None;
                }
                return plain(Type::Slice {
                    element: Box::new(resolved.ty),
                    max,
                });
            } else {
                layout(checker, &resolved.ty, element.span, 0)?.size
            };
            let max = bound(checker, scope, max, size)?;
            plain(Type::Slice {
                element: Box::new(resolved.ty),
                max,
            })
        }
    }
}

fn bound<'a>(
    checker: &mut Checker<'a>,
    scope: Option<&'a ast::Interface>,
    max: &Number,
    element_size: u64,
) -> Option<u64> {
    let value = number(checker, scope, max)?;
    if value == 0 || value.saturating_mul(element_size) > super::MAX_BYTES {
        checker.error(Diagnostic::new(
            format!("a message carries 1 to {:#x} bytes each way", super::MAX_BYTES),
            max.span(),
        ));
        return None;
    }
    Some(value)
}

/// `any`, `Session`, or the name of an interface that exists.
fn interface_name(checker: &mut Checker<'_>, name: &ast::Name) -> Option<Option<String>> {
    // A session has the interface that it was minted with: as a type it says no more than `any`.
    if name.value == "any" || name.value == "Session" {
        return Some(None);
    }
    if checker.interfaces.contains_key(name.value.as_str()) {
        return Some(Some(name.value.clone()));
    }
    let mut diagnostic = Diagnostic::new(format!("there is no interface `{}`", name.value), name.span);
    if let Some(near) = nearest(&name.value, checker.interfaces.keys().copied()) {
        diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
    }
    checker.error(diagnostic);
    None
}

/// The type `name` that `interface` defines.
fn named_in<'a>(checker: &mut Checker<'a>, interface: &'a ast::Interface, name: &ast::Name) -> Option<Type> {
    if interface
        .definitions
        .iter()
        .any(|definition| definition.name.value == name.value)
    {
        return named(checker, Some(interface), name);
    }
    let mut diagnostic = Diagnostic::new(
        format!("`{}` defines no type `{}`", interface.name.value, name.value),
        name.span,
    );
    let candidates = interface
        .definitions
        .iter()
        .map(|definition| definition.name.value.as_str());
    if let Some(near) = nearest(&name.value, candidates) {
        diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
    }
    checker.error(diagnostic);
    None
}

fn named<'a>(checker: &mut Checker<'a>, scope: Option<&'a ast::Interface>, name: &ast::Name) -> Option<Type> {
    if let Some(scalar) = Scalar::from_name(&name.value) {
        return Some(Type::Scalar(scalar));
    }
    let local = scope.and_then(|interface| {
        interface
            .definitions
            .iter()
            .find(|definition| definition.name.value == name.value)
    });
    let shared = checker.shared.get(name.value.as_str()).copied();
    let type_name = |interface: Option<String>| TypeName {
        interface,
        name: name.value.clone(),
    };
    let found = match (local, shared) {
        (Some(definition), _) => Some((
            definition,
            type_name(scope.map(|interface| interface.name.value.clone())),
        )),
        (None, Some(definition)) => Some((definition, type_name(None))),
        (None, None) => None,
    };
    match found {
        Some((definition, resolved)) => match definition.body {
            DefinitionBody::Enum { .. } => Some(Type::Enum(resolved)),
            DefinitionBody::Flags { .. } => Some(Type::Flags(resolved)),
            DefinitionBody::Struct { .. } => Some(Type::Struct(resolved)),
            DefinitionBody::Constant { .. } => {
                checker.error(
                    Diagnostic::new(format!("`{}` is a constant, not a type", name.value), name.span)
                        .other(definition.name.span, "defined here"),
                );
                None
            }
        },
        None => {
            let mut candidates: HashSet<&str> =
                ["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "bool"].into();
            candidates.extend(checker.shared.keys().copied());
            if let Some(interface) = scope {
                candidates.extend(
                    interface
                        .definitions
                        .iter()
                        .map(|definition| definition.name.value.as_str()),
                );
            }
            let mut diagnostic = Diagnostic::new(format!("there is no type `{}`", name.value), name.span);
            if let Some(near) = nearest(&name.value, candidates.into_iter()) {
                diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
            } else if checker.interfaces.contains_key(name.value.as_str()) {
                diagnostic = diagnostic.help(format!(
                    "`{0}` is an interface: write `handle {0}` (transferred) or `slot {0}` (one of the caller's own)",
                    name.value
                ));
            }
            checker.error(diagnostic);
            None
        }
    }
}
