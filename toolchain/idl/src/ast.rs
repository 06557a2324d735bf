//! What the parser makes of a file: names are not resolved yet, every part knows where it stands.
//!
//! `parser.rs` makes it; `check.rs` turns it into the `Model`.

use crate::source::Span;

/// A text with its place.
#[derive(Clone, Debug)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

/// A name in the source.
pub type Name = Spanned<String>;

/// One `.idl` file.
#[derive(Clone, Debug)]
pub struct File {
    /// The text of its `//!` lines.
    pub doc: String,
    /// Types and constants that every interface may use.
    pub shared: Vec<Definition>,
    /// Interfaces in the order of the file.
    pub interfaces: Vec<Interface>,
}

/// `interface Name = N { ... }`.
#[derive(Clone, Debug)]
pub struct Interface {
    pub doc: String,
    pub kernel: bool,
    pub name: Name,
    pub number: Spanned<u64>,
    pub definitions: Vec<Definition>,
    pub methods: Vec<Method>,
}

/// A type or a constant.
#[derive(Clone, Debug)]
pub struct Definition {
    pub doc: String,
    pub name: Name,
    pub body: DefinitionBody,
}

/// What is defined.
#[derive(Clone, Debug)]
pub enum DefinitionBody {
    /// `const NAME: u64 = 1;`
    Constant { ty: Type, value: Number },
    /// `enum Name: u32 { A = 0, ... }`
    Enum { base: Name, members: Vec<Member> },
    /// `flags Name: u64 { A = 0x1, ... }`
    Flags { base: Name, members: Vec<Member> },
    /// `struct Name { field: type, ... }`
    Struct { fields: Vec<Field> },
}

/// A member of an enum or of flags.
#[derive(Clone, Debug)]
pub struct Member {
    pub doc: String,
    pub name: Name,
    pub value: Number,
}

/// A field of a struct.
#[derive(Clone, Debug)]
pub struct Field {
    pub doc: String,
    pub name: Name,
    pub ty: Type,
}

/// A number or the name of a constant.
#[derive(Clone, Debug)]
pub enum Number {
    Literal(Spanned<u64>),
    Constant(Name),
    /// `1 << 4`
    Shifted(Spanned<u64>, Spanned<u64>),
}

impl Number {
    pub fn span(&self) -> Span {
        match self {
            Number::Literal(number) => number.span,
            Number::Constant(name) => name.span,
            Number::Shifted(base, distance) => base.span.to(distance.span),
        }
    }
}

/// A type as written.
#[derive(Clone, Debug)]
pub struct Type {
    pub span: Span,
    pub kind: TypeKind,
}

/// The forms of a type.
#[derive(Clone, Debug)]
pub enum TypeKind {
    /// A scalar, enum, flags or struct.
    Named(Name),
    /// `File.Attributes`: one that another interface defines.
    Of(Name, Name),
    /// `handle Interface` or `handle any`
    Handle(Name),
    /// `slot Interface` or `slot any`
    Slot(Name),
    /// `bytes[..N]`
    Bytes(Number),
    /// `name[..N]`
    NameBytes(Number),
    /// `name T`
    NameOf(Box<Type>),
    /// `[T; N]`
    Array(Box<Type>, Number),
    /// `[T; ..N]`
    Slice(Box<Type>, Number),
}

/// Which way bulk data goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// No `in` or `out`: a word or a handle.
    Direct,
    /// Gathered from the caller's memory.
    In,
    /// Scattered to the caller's memory.
    Out,
}

/// An argument or a result.
#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: Name,
    pub direction: Direction,
    pub ty: Type,
}

/// A method.
#[derive(Clone, Debug)]
pub struct Method {
    pub doc: String,
    pub repeatable: bool,
    pub waits: bool,
    pub name: Name,
    pub number: Spanned<u64>,
    pub arguments: Vec<Parameter>,
    pub results: Vec<Parameter>,
    pub errors: Option<Vec<Name>>,
    pub danger: Option<Spanned<String>>,
}
