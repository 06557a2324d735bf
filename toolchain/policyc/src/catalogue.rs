//! The interfaces and methods that exist, as the policy compiler needs them: names, numbers, words, which way bytes go.
//!
//! [`Catalogue::from_model`] takes them from the interface compiler, so that a policy can name only what the `.idl` files define.

use trivet_idl::model::{self, Model, Type, TypeBody, WordType};

/// All interfaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// In the order of their numbers.
    pub interfaces: Vec<Interface>,
}

/// One interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// Its number.
    pub number: u16,
    /// Served by the kernel, not by a domain.
    pub kernel: bool,
    /// In the order of their numbers.
    pub methods: Vec<Method>,
}

/// One method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// Its name.
    pub name: String,
    /// Its number, 0 to 61.
    pub number: u8,
    /// What it does.
    pub doc: String,
    /// What a caller can do with it.
    pub danger: String,
    /// The request's words, the first in word 0.
    pub words: Vec<Word>,
    /// The reply's words.
    pub result_words: Vec<Word>,
    /// Arguments that are names, which the server judges.
    pub names: Vec<String>,
    /// Bytes other than names go from the caller to the server.
    pub takes_bytes: bool,
    /// Bytes go from the server to the caller.
    pub gives_bytes: bool,
    /// Gives access that later passes no message; see [`Bulk`].
    pub bulk: Option<Bulk>,
}

/// What a method that takes data out of the message path gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bulk {
    /// Contents can be read without messages.
    pub reads: bool,
    /// Contents can be changed without messages.
    pub writes: bool,
}

/// A word of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The argument's name.
    pub name: String,
    /// Bits of it that count: its type's width.
    pub bits: u8,
    /// Its type has a sign.
    pub signed: bool,
    /// Named values of its type.
    pub constants: Vec<(String, u64)>,
}

/// Methods that give access past messages. Whoever adds such a method to an `.idl` file adds it here; a test finds each of
/// these in the interfaces, and looks for others by what their *danger* says.
pub const BULK_METHODS: [(&str, &str, Bulk); 7] = [
    ("Memory", "map_read", Bulk::READ),
    ("Memory", "map_copy", Bulk::READ),
    ("Memory", "map_execute", Bulk::READ),
    ("Memory", "map_write", Bulk::READ_WRITE),
    ("Dma", "as_memory", Bulk::READ_WRITE),
    ("File", "map", Bulk::READ),
    ("ConsoleChannel", "ring", Bulk::READ_WRITE),
];

impl Bulk {
    const READ: Bulk = Bulk {
        reads: true,
        writes: false,
    };
    const READ_WRITE: Bulk = Bulk {
        reads: true,
        writes: true,
    };
}

impl Catalogue {
    /// The interfaces of the `.idl` files.
    #[must_use]
    pub fn from_model(model: &Model) -> Catalogue {
        let mut interfaces: Vec<Interface> = model
            .interfaces
            .iter()
            .map(|each| interface(model, each))
            .collect();
        interfaces.sort_by_key(|interface| interface.number);
        Catalogue { interfaces }
    }

    /// The interface of this name.
    #[must_use]
    pub fn interface(&self, name: &str) -> Option<&Interface> {
        self.interfaces.iter().find(|interface| interface.name == name)
    }

    /// The interface of this number.
    #[must_use]
    pub fn by_number(&self, number: u16) -> Option<&Interface> {
        let index = self
            .interfaces
            .binary_search_by_key(&number, |interface| interface.number)
            .ok()?;
        self.interfaces.get(index)
    }

    /// What [`trivet_policy::Policy::interfaces_fingerprint`] answers for a policy compiled against these.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        use trivet_policy::format::fingerprint;
        self.interfaces.iter().fold(0, |hash, interface| {
            let hash = fingerprint(hash, interface.number, &interface.name);
            interface.methods.iter().fold(hash, |hash, method| {
                fingerprint(hash, u16::from(method.number), &method.name)
            })
        })
    }
}

impl Interface {
    /// The method of this name.
    #[must_use]
    pub fn method(&self, name: &str) -> Option<&Method> {
        self.methods.iter().find(|method| method.name == name)
    }

    /// The method of this number.
    #[must_use]
    pub fn method_by_number(&self, number: u8) -> Option<&Method> {
        self.methods.iter().find(|method| method.number == number)
    }

    /// One bit for each method.
    #[must_use]
    pub fn mask(&self) -> u64 {
        self.methods
            .iter()
            .fold(0, |mask, method| mask | 1 << method.number)
    }
}

fn interface(model: &Model, from: &model::Interface) -> Interface {
    let mut methods: Vec<Method> = from
        .methods
        .iter()
        .map(|method| self::method(model, from, method))
        .collect();
    methods.sort_by_key(|method| method.number);
    Interface {
        name: from.name.clone(),
        number: from.number,
        kernel: from.kernel,
        methods,
    }
}

fn method(model: &Model, interface: &model::Interface, from: &model::Method) -> Method {
    let bulk = BULK_METHODS
        .iter()
        .find(|(interface_name, name, _)| *interface_name == interface.name && *name == from.name)
        .map(|(_, _, bulk)| *bulk);
    Method {
        name: from.name.clone(),
        number: from.number,
        doc: from.doc.clone(),
        danger: from.danger.clone(),
        words: from.words.iter().map(|each| word(model, each)).collect(),
        result_words: from.result_words.iter().map(|each| word(model, each)).collect(),
        names: from.names.clone(),
        takes_bytes: from.bulk_in().iter().any(|argument| !argument.is_name),
        gives_bytes: !from.bulk_out().is_empty(),
        bulk,
    }
}

fn word(model: &Model, from: &model::Word) -> Word {
    let (scalar, constants) = match &from.ty {
        WordType::Argument(Type::Scalar(scalar)) => (Some(*scalar), Vec::new()),
        WordType::Argument(Type::Enum(name) | Type::Flags(name)) => match &model.definition(name).body {
            TypeBody::Enum { base, members } | TypeBody::Flags { base, members } => (
                Some(*base),
                members
                    .iter()
                    .map(|member| (member.name.clone(), member.value))
                    .collect(),
            ),
            TypeBody::Struct { .. } => (None, Vec::new()),
        },
        WordType::Argument(Type::Slot(_)) => (Some(model::Scalar::U32), Vec::new()),
        WordType::Argument(_) | WordType::Length => (None, Vec::new()),
    };
    Word {
        name: from.name.clone(),
        bits: scalar.map_or(64, |scalar| (scalar.size() * 8) as u8),
        signed: scalar.is_some_and(model::Scalar::signed),
        constants,
    }
}
