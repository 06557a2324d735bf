//! The model: every interface, checked, with each name resolved and each layout computed.
//!
//! `load_dir` (in `lib.rs`) makes it. The stub generators, the documentation, the golden file and the policy
//! compiler read it; it holds no references and no positions except `Source` for diagnostics of others.

use std::path::PathBuf;

/// Everything that one folder of `.idl` files says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    /// Interfaces in the order of their numbers.
    pub interfaces: Vec<Interface>,
    /// Types that stand outside of an interface, in the order of the files.
    pub shared_types: Vec<TypeDefinition>,
    /// Constants that stand outside of an interface.
    pub shared_constants: Vec<Constant>,
    /// The files, with the text of their `//!` lines.
    pub files: Vec<(PathBuf, String)>,
}

impl Model {
    /// The interface of that name.
    pub fn interface(&self, name: &str) -> Option<&Interface> {
        self.interfaces.iter().find(|interface| interface.name == name)
    }

    /// The interface of that number.
    pub fn interface_by_number(&self, number: u16) -> Option<&Interface> {
        self.interfaces
            .iter()
            .find(|interface| interface.number == number)
    }

    /// The definition that `name` refers to.
    pub fn definition(&self, name: &TypeName) -> &TypeDefinition {
        let types = match &name.interface {
            Some(interface) => self
                .interface(interface)
                .map(|interface| interface.types.as_slice()),
            None => Some(self.shared_types.as_slice()),
        };
        types
            .and_then(|types| types.iter().find(|definition| definition.name == name.name))
            .expect("the checker resolves every type name")
    }
}

/// Where something stands in the source, for messages of other tools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The `.idl` file.
    pub path: PathBuf,
    /// First line, from 1.
    pub line: usize,
}

/// One interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// `Directory`
    pub name: String,
    /// Its fixed number; below 32 for the kernel's.
    pub number: u16,
    /// Implemented by the kernel.
    pub kernel: bool,
    /// The text of its `///` lines.
    pub doc: String,
    /// Enums, flags and structs that it defines.
    pub types: Vec<TypeDefinition>,
    /// Constants that it defines.
    pub constants: Vec<Constant>,
    /// Methods in the order of their numbers.
    pub methods: Vec<Method>,
    /// Where it stands.
    pub source: Source,
}

impl Interface {
    /// The method of that name.
    pub fn method(&self, name: &str) -> Option<&Method> {
        self.methods.iter().find(|method| method.name == name)
    }

    /// Every error that a method of this interface may return, in the order of the numbers.
    pub fn errors(&self) -> Vec<&'static crate::errno::Errno> {
        let mut errors: Vec<_> = self
            .methods
            .iter()
            .flat_map(|method| method.errors.iter().copied())
            .collect();
        errors.sort_by_key(|errno| errno.number);
        errors.dedup_by_key(|errno| errno.number);
        errors
    }

    /// One bit for each method that exists.
    pub fn method_mask(&self) -> u64 {
        self.methods
            .iter()
            .fold(0, |mask, method| mask | 1 << method.number)
    }
}

/// One method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// `open`
    pub name: String,
    /// Its fixed number, 0..=61: the bit of the masks.
    pub number: u8,
    /// The text of its `///` lines.
    pub doc: String,
    /// What a caller can do with it.
    pub danger: String,
    /// May be sent again when no answer came.
    pub repeatable: bool,
    /// May wait for something that another program does; such calls are cancelled by signals.
    pub waits: bool,
    /// Arguments as written.
    pub arguments: Vec<Parameter>,
    /// Results as written.
    pub results: Vec<Parameter>,
    /// The request's words, in the order of the message (index 0 is word 0): scalars, and lengths of
    /// variable `in` arguments but the last.
    pub words: Vec<Word>,
    /// The reply's words.
    pub result_words: Vec<Word>,
    /// Names of the arguments that name something which the server must judge, in their order.
    pub names: Vec<String>,
    /// The errors that it may return.
    pub errors: Vec<&'static crate::errno::Errno>,
    /// Where it stands.
    pub source: Source,
}

impl Method {
    /// Handles that the request carries.
    pub fn handles_in(&self) -> Vec<&Parameter> {
        self.arguments
            .iter()
            .filter(|argument| argument.is_handle())
            .collect()
    }

    /// Handles that the reply installs at the caller.
    pub fn handles_out(&self) -> Vec<&Parameter> {
        self.results.iter().filter(|result| result.is_handle()).collect()
    }

    /// Bulk arguments, gathered from the caller's memory, in order.
    pub fn bulk_in(&self) -> Vec<&Parameter> {
        self.arguments
            .iter()
            .filter(|argument| argument.direction == Direction::In)
            .collect()
    }

    /// Bulk results, scattered to the caller's memory, in order; only the last may be of variable length.
    pub fn bulk_out(&self) -> Vec<&Parameter> {
        self.results
            .iter()
            .filter(|result| result.direction == Direction::Out)
            .collect()
    }
}

/// One of the six words of a request or a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The argument's name; `path_length` for the length of the bulk argument `path`.
    pub name: String,
    /// What the word holds.
    pub ty: WordType,
}

/// What a word holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WordType {
    /// A scalar argument of this type.
    Argument(Type),
    /// The length in bytes of a bulk argument.
    Length,
}

/// Which way a parameter travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// In a word or as a handle.
    Direct,
    /// Gathered from the caller's memory.
    In,
    /// Scattered to the caller's memory.
    Out,
}

/// An argument or a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// How it travels.
    pub direction: Direction,
    /// Its type.
    pub ty: Type,
    /// It names something that the server must judge before it acts.
    pub is_name: bool,
}

impl Parameter {
    /// It is a transferred handle.
    pub fn is_handle(&self) -> bool {
        matches!(self.ty, Type::Handle(_))
    }
}

/// A resolved reference to a definition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TypeName {
    /// The interface that defines it; none for a shared type.
    pub interface: Option<String>,
    /// Its name.
    pub name: String,
}

/// Integers and truth values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scalar {
    /// 8 bits.
    U8,
    /// 16 bits.
    U16,
    /// 32 bits.
    U32,
    /// 64 bits.
    U64,
    /// 8 bits, signed.
    I8,
    /// 16 bits, signed.
    I16,
    /// 32 bits, signed.
    I32,
    /// 64 bits, signed.
    I64,
    /// 0 or 1.
    Bool,
}

impl Scalar {
    /// The scalar that `name` means.
    pub fn from_name(name: &str) -> Option<Scalar> {
        Some(match name {
            "u8" => Scalar::U8,
            "u16" => Scalar::U16,
            "u32" => Scalar::U32,
            "u64" => Scalar::U64,
            "i8" => Scalar::I8,
            "i16" => Scalar::I16,
            "i32" => Scalar::I32,
            "i64" => Scalar::I64,
            "bool" => Scalar::Bool,
            _ => return None,
        })
    }

    /// Its name in the language, the same as in Rust.
    pub fn name(self) -> &'static str {
        match self {
            Scalar::U8 => "u8",
            Scalar::U16 => "u16",
            Scalar::U32 => "u32",
            Scalar::U64 => "u64",
            Scalar::I8 => "i8",
            Scalar::I16 => "i16",
            Scalar::I32 => "i32",
            Scalar::I64 => "i64",
            Scalar::Bool => "bool",
        }
    }

    /// Bytes in a struct.
    pub fn size(self) -> u64 {
        match self {
            Scalar::U8 | Scalar::I8 | Scalar::Bool => 1,
            Scalar::U16 | Scalar::I16 => 2,
            Scalar::U32 | Scalar::I32 => 4,
            Scalar::U64 | Scalar::I64 => 8,
        }
    }

    /// The type has a sign.
    pub fn signed(self) -> bool {
        matches!(self, Scalar::I8 | Scalar::I16 | Scalar::I32 | Scalar::I64)
    }

    /// The largest unsigned value; none for signed types and `bool`.
    pub fn unsigned_max(self) -> Option<u64> {
        match self {
            Scalar::U8 => Some(u64::from(u8::MAX)),
            Scalar::U16 => Some(u64::from(u16::MAX)),
            Scalar::U32 => Some(u64::from(u32::MAX)),
            Scalar::U64 => Some(u64::MAX),
            _ => None,
        }
    }
}

/// A resolved type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// An integer or a truth value.
    Scalar(Scalar),
    /// One of the listed values; every other is refused.
    Enum(TypeName),
    /// Any union of the listed bits; every other bit is refused.
    Flags(TypeName),
    /// A struct of fixed layout.
    Struct(TypeName),
    /// `[T; N]`
    Array(Box<Type>, u64),
    /// A transferred handle, of this interface or of any.
    Handle(Option<String>),
    /// The number of one of the caller's own handles, of this interface or of any.
    Slot(Option<String>),
    /// `bytes[..max]` and `name[..max]`
    Bytes {
        /// Most bytes.
        max: u64,
    },
    /// `[T; ..max]`
    Slice {
        /// The element, of fixed size.
        element: Box<Type>,
        /// Most elements.
        max: u64,
    },
}

impl Type {
    /// The length differs from message to message.
    pub fn is_variable(&self) -> bool {
        matches!(self, Type::Bytes { .. } | Type::Slice { .. })
    }

    /// The type as the language writes it.
    pub fn display(&self) -> String {
        match self {
            Type::Scalar(scalar) => scalar.name().to_owned(),
            Type::Enum(name) | Type::Flags(name) | Type::Struct(name) => name.name.clone(),
            Type::Array(element, count) => format!("[{}; {count}]", element.display()),
            Type::Handle(interface) => format!("handle {}", interface.as_deref().unwrap_or("any")),
            Type::Slot(interface) => format!("slot {}", interface.as_deref().unwrap_or("any")),
            Type::Bytes { max } => format!("bytes[..{max}]"),
            Type::Slice { element, max } => format!("[{}; ..{max}]", element.display()),
        }
    }
}

/// An enum, flags or a struct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeDefinition {
    /// Its name.
    pub name: String,
    /// The text of its `///` lines.
    pub doc: String,
    /// What it is.
    pub body: TypeBody,
}

/// What a definition holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeBody {
    /// Exactly one of the values.
    Enum {
        /// The integer that it travels as.
        base: Scalar,
        /// Values in the order of the file.
        members: Vec<Member>,
    },
    /// Any of the bits.
    Flags {
        /// The integer that it travels as.
        base: Scalar,
        /// Bits in the order of the file.
        members: Vec<Member>,
    },
    /// A struct without padding.
    Struct {
        /// Fields in the order of the memory.
        fields: Vec<Field>,
        /// Bytes.
        size: u64,
        /// Bytes.
        alignment: u64,
    },
}

/// A member of an enum or of flags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// The text of its `///` lines; may be empty.
    pub doc: String,
    /// Its value.
    pub value: u64,
}

/// A field of a struct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// The text of its `///` lines; may be empty.
    pub doc: String,
    /// Its type.
    pub ty: Type,
    /// Bytes from the start of the struct.
    pub offset: u64,
}

/// A constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constant {
    /// Its name.
    pub name: String,
    /// The text of its `///` lines.
    pub doc: String,
    /// Its type.
    pub ty: Scalar,
    /// Its value.
    pub value: u64,
}
