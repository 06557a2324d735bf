//! Every interface as data: for fuzzers, tracers and tests that make or show messages without knowing the methods.
//!
//! [`INTERFACES`](crate::INTERFACES) is generated; a program that does not name it does not carry it.

/// One interface.
#[derive(Clone, Copy, Debug)]
pub struct Interface {
    /// Its number.
    pub number: u16,
    /// Its name.
    pub name: &'static str,
    /// Served by the kernel.
    pub kernel: bool,
    /// Its methods, in the order of their numbers.
    pub methods: &'static [Method],
}

/// One method.
#[derive(Clone, Copy, Debug)]
pub struct Method {
    /// Its number.
    pub number: u8,
    /// Its name.
    pub name: &'static str,
    /// May be sent again when no answer came.
    pub repeatable: bool,
    /// May wait for something that another program does.
    pub waits: bool,
    /// Words of the request.
    pub words: &'static [Word],
    /// Bytes of the request, in order.
    pub sent: &'static [Bulk],
    /// Handles of the request: how many at most, and whether there may be fewer.
    pub handles: Handles,
    /// Words of the reply.
    pub reply_words: &'static [Word],
    /// Bytes of the reply, in order.
    pub room: &'static [Bulk],
    /// Handles of the reply.
    pub reply_handles: Handles,
    /// Errors that the server may answer.
    pub errors: &'static [(&'static str, u16)],
}

/// One word of a message.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// What it is called.
    pub name: &'static str,
    /// What it holds.
    pub kind: WordKind,
    /// It names something that the policy judges.
    pub is_name: bool,
}

/// What a word holds.
#[derive(Clone, Copy, Debug)]
pub enum WordKind {
    /// A number of so many bits.
    Number {
        /// 8, 16, 32 or 64.
        bits: u8,
        /// Sign-extended.
        signed: bool,
    },
    /// 0 or 1.
    Truth,
    /// One of these.
    Enum(&'static [(&'static str, u64)]),
    /// Any of these bits.
    Flags(&'static [(&'static str, u64)]),
    /// The number of one of the caller's handles.
    Slot,
    /// Length in bytes of the bulk argument with the number.
    Length(usize),
}

/// A run of bytes.
#[derive(Clone, Copy, Debug)]
pub struct Bulk {
    /// What it is called.
    pub name: &'static str,
    /// What it holds.
    pub kind: BulkKind,
    /// It names something that the policy judges.
    pub is_name: bool,
}

/// What a run of bytes holds.
#[derive(Clone, Copy, Debug)]
pub enum BulkKind {
    /// Bytes.
    Bytes {
        /// Most bytes.
        max: u64,
    },
    /// A value of fixed size.
    Fixed {
        /// Its bytes.
        size: u64,
    },
    /// Values of fixed size.
    Values {
        /// Bytes of each.
        size: u64,
        /// Most values.
        max: u64,
    },
}

/// Handles of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handles {
    /// At most so many.
    pub max: u16,
    /// Always as many.
    pub exact: bool,
}
