//! The records of the sections, and the values of their fields.

use super::record::{Record, record};

record! {
    /// The file's header.
    Header {
        /// [`super::MAGIC`] as a number.
        magic: u64,
        /// [`super::FORMAT_VERSION`].
        version: u32,
        /// [`super::SECTION_COUNT`].
        section_count: u32,
        /// Bytes of the whole file.
        length: u64,
        /// [`super::checksum`] of everything behind this field.
        checksum: u64,
        /// [`super::fingerprint`] of the interfaces that the policy was compiled against.
        interfaces_fingerprint: u64,
        /// Odd multiplier of the row index's hash.
        hash_multiplier: u64,
        /// Slots that a look-up in the row index examines, at most.
        max_probe: u32,
        /// Zero.
        reserved: u32,
        /// Zero.
        reserved_2: u64,
    }
}

record! {
    /// Text in [`super::Section::Strings`].
    Text {
        /// First byte.
        offset: u32,
        /// Bytes.
        length: u32,
    }
}

record! {
    /// A domain.
    Domain {
        /// Its name.
        name: Text,
        /// The account that its processes start in.
        account: u16,
        /// Cells of the frame that each of its processes has.
        process_cells: u16,
        /// Cells of the one frame that the domain has.
        domain_cells: u16,
        /// Zero.
        reserved: u16,
    }
}

record! {
    /// A label.
    Label {
        /// Its name.
        name: Text,
    }
}

record! {
    /// An interface.
    Interface {
        /// Its name.
        name: Text,
        /// Its number.
        number: u16,
        /// Number of its [`Method`] records: the highest method number plus one.
        method_count: u16,
        /// The first of them.
        first_method: u32,
    }
}

record! {
    /// A method; an empty name means that the number is not in use.
    Method {
        /// Its name.
        name: Text,
        /// [`method_flags`].
        flags: u32,
    }
}

/// Bits of [`Method::flags`].
pub mod method_flags {
    /// It takes names, which its server judges.
    pub const TAKES_NAMES: u32 = 1;
    /// All bits that are defined.
    pub const ALL: u32 = TAKES_NAMES;
}

record! {
    /// What the policy says of one (domain, label, interface).
    Row {
        /// [`super::row_key`].
        key: u64,
        /// Methods that may be called.
        allow: u64,
        /// Of these, the ones that are evaluated on each message.
        stateful: u64,
        /// Methods whose decision is recorded: a grant by the masks or by their check, or a refusal by the masks.
        audit: u64,
        /// Methods whose refusal by their check is not recorded.
        quiet: u64,
        /// Methods of which a rule spoke; the others are refused because no rule grants them.
        decided: u64,
        /// The check of the lowest bit of `stateful`; the others follow.
        first_check: u32,
        /// The rule of the lowest bit of `decided` in [`super::Section::RowRules`]; the others follow.
        first_rule: u32,
        /// [`row_flags`].
        flags: u32,
        /// Zero.
        reserved: u32,
    }
}

/// Bits of [`Row::flags`].
pub mod row_flags {
    /// The domain may mint sessions (or make kernel objects) with this label and interface.
    pub const MINT: u32 = 1;
    /// All bits that are defined.
    pub const ALL: u32 = MINT;
}

record! {
    /// The operations that judge one method of one row.
    Check {
        /// The first operation.
        first_operation: u32,
        /// How many.
        operation_count: u32,
    }
}

record! {
    /// One step of a check. Which fields count depends on `code` ([`code`]).
    Operation {
        /// What to do, see [`code`].
        code: u8,
        /// Which input: words 0 to 5, then [`input`].
        word: u8,
        /// For [`code::COMPARE`]: see [`compare`].
        compare: u8,
        /// Bits of the field within the word, 1 to 64.
        bits: u8,
        /// Bits by which the word is shifted right first.
        shift: u8,
        /// 1: the field is a signed number.
        signed: u8,
        /// Operations to skip when the comparison holds.
        on_true: u16,
        /// Operations to skip when it does not.
        on_false: u16,
        /// For the state operations: the model.
        model: u16,
        /// A rule's number, or a flow's first target.
        argument: u32,
        /// Applied to the field before the comparison.
        mask: u64,
        /// What the field is compared with.
        operand: u64,
    }
}

/// Values of [`Operation::code`].
pub mod code {
    /// Compare an input with a constant and go on behind the operations to skip.
    pub const COMPARE: u8 = 0;
    /// Refuse by the rule `argument` (or [`super::super::NO_RULE`]). The end.
    pub const REFUSE: u8 = 1;
    /// Note that the rule `argument` grants, and go on behind the `on_true` operations to skip.
    pub const GRANT: u8 = 2;
    /// The message is allowed. The end.
    pub const ACCEPT: u8 = 3;
    /// Move the flow `model`; its targets begin at `argument`. Taken back when the reply is an error.
    pub const FLOW: u8 = 4;
    /// As FLOW, but the move happens when the reply reports success.
    pub const FLOW_ON_SUCCESS: u8 = 5;
    /// Count one on the counter `model`.
    pub const COUNT_ONE: u8 = 6;
    /// Count the field on the counter `model`.
    pub const COUNT_FIELD: u8 = 7;
    /// The field must be in the set `model`.
    pub const SET_REQUIRE: u8 = 8;
    /// Put the field into the set `model`.
    pub const SET_ADD: u8 = 9;
    /// Take the field out of the set `model`.
    pub const SET_REMOVE: u8 = 10;
    /// Put the field of the reply into the set `model`, if the reply reports success.
    pub const SET_ADD_REPLY: u8 = 11;
    /// Only the reply's status goes back: the rule `argument` withholds words, bytes and handles.
    pub const WITHHOLD_REPLY: u8 = 12;
}

/// Values of [`Operation::compare`].
pub mod compare {
    /// Equal.
    pub const EQUAL: u8 = 0;
    /// Not equal.
    pub const NOT_EQUAL: u8 = 1;
    /// Less.
    pub const LESS: u8 = 2;
    /// Less or equal.
    pub const LESS_OR_EQUAL: u8 = 3;
    /// Greater.
    pub const GREATER: u8 = 4;
    /// Greater or equal.
    pub const GREATER_OR_EQUAL: u8 = 5;
}

/// Values of [`Operation::word`] above the six register words.
pub mod input {
    /// Number of handles in the request.
    pub const HANDLES: u8 = 6;
    /// Bytes that the request carries.
    pub const BYTES_SENT: u8 = 7;
    /// Bytes that the reply may fill.
    pub const REPLY_ROOM: u8 = 8;
    /// Number of inputs.
    pub const COUNT: usize = 9;
}

record! {
    /// A stateful rule's parameters and where its state lies.
    Model {
        /// See [`model_kind`].
        kind: u8,
        /// See [`scope`].
        scope: u8,
        /// First cell in the frame of its scope.
        first_cell: u16,
        /// Number of cells.
        cell_count: u16,
        /// Flow: number of states. Set: values that it can hold.
        size: u16,
        /// The rule that refuses when the model does.
        rule: u32,
        /// Zero.
        reserved: u32,
        /// Counter: what it may reach.
        maximum: u64,
        /// Counter: length of the period in nanoseconds; 0: the scope's whole life.
        period_ns: u64,
    }
}

/// Values of [`Model::kind`].
pub mod model_kind {
    /// Which method may follow which.
    pub const FLOW: u8 = 0;
    /// So many in a period.
    pub const COUNTER: u8 = 1;
    /// Values seen.
    pub const SET: u8 = 2;
}

/// Values of [`Model::scope`]: whose frame holds the state.
pub mod scope {
    /// Each session has its own.
    pub const SESSION: u8 = 0;
    /// Each process has its own.
    pub const PROCESS: u8 = 1;
    /// All processes of the domain share one.
    pub const DOMAIN: u8 = 2;
}

record! {
    /// A statement of the source.
    Rule {
        /// Name of the source file.
        file: Text,
        /// The statement on one line.
        text: Text,
        /// Line, from 1.
        line: u32,
        /// Zero.
        reserved: u32,
    }
}

record! {
    /// A program's start in a domain of its own.
    Transition {
        /// The domain that executes.
        from: u16,
        /// The domain that the program runs in.
        to: u16,
        /// The program's label.
        program: u32,
        /// The user that executes; [`super::ANY_USER`]: whoever no other record names.
        user: u32,
        /// Zero.
        reserved: u32,
    }
}

record! {
    /// A program that init starts.
    Program {
        /// Its name in the boot archive.
        name: Text,
        /// The domain that it runs in.
        domain: u16,
        /// Zero.
        reserved: u16,
    }
}

record! {
    /// The label of a path and of all beneath it.
    Path {
        /// File system.
        file_system: Text,
        /// Path inside it, beginning with a slash, without one at the end (but for the root).
        path: Text,
        /// Its label.
        label: u32,
    }
}

record! {
    /// The label of a new object.
    NewLabel {
        /// Label of the directory.
        parent: u32,
        /// Label of the new object.
        label: u32,
        /// The pattern's fixed part.
        text: Text,
        /// Who makes it, or [`super::NONE_16`].
        creator: u16,
        /// See [`pattern`].
        pattern: u16,
    }
}

/// Values of [`NewLabel::pattern`].
pub mod pattern {
    /// Any name.
    pub const ANY: u16 = 0;
    /// Exactly the text.
    pub const EXACT: u16 = 1;
    /// The name begins with the text.
    pub const PREFIX: u16 = 2;
    /// The name ends with the text.
    pub const SUFFIX: u16 = 3;
}

record! {
    /// An account. A limit of [`u64::MAX`] is what the parent has left when the account is made.
    AccountRecord {
        /// Its name.
        name: Text,
        /// Its parent, or [`super::NONE_16`].
        parent: u16,
        /// [`account_flags`].
        flags: u16,
        /// Weight in its parent's share of the processor.
        processor_share: u32,
        /// Memory in bytes.
        memory_bytes: u64,
        /// The kernel's own memory for the account's objects, in bytes.
        kernel_bytes: u64,
        /// Handles.
        handles: u64,
        /// Threads.
        threads: u64,
        /// Processes.
        processes: u64,
        /// Calls in flight.
        calls: u64,
        /// Timers and bindings of events.
        bindings: u64,
        /// Audit records a second.
        audit_records_per_s: u64,
    }
}

/// Bits of [`AccountRecord::flags`].
pub mod account_flags {
    /// Memory may be promised beyond the limit; the touch beyond it fails.
    pub const OVERCOMMIT: u16 = 1;
    /// Threads may have the priorities of servers, above all programs.
    pub const SERVER_PRIORITY: u16 = 2;
    /// All bits that are defined.
    pub const ALL: u16 = OVERCOMMIT | SERVER_PRIORITY;
}

record! {
    /// Cells that a session with this label and interface needs.
    SessionFrame {
        /// Label.
        label: u32,
        /// Interface.
        interface: u16,
        /// Cells.
        cells: u16,
    }
}

record! {
    /// The label of network addresses. IPv4 addresses are mapped into IPv6 (`::ffff:a.b.c.d`).
    Address {
        /// The address's first eight bytes as a big-endian number.
        address_high: u64,
        /// Its last eight bytes.
        address_low: u64,
        /// Label.
        label: u32,
        /// Lowest port.
        first_port: u16,
        /// Highest port.
        last_port: u16,
        /// IANA protocol number.
        protocol: u8,
        /// Bits of the address that count.
        prefix_bits: u8,
        /// Zero.
        reserved: u16,
    }
}

record! {
    /// The label of the objects that the kernel itself makes at boot.
    RootLabel {
        /// Label.
        label: u32,
        /// The objects' interface.
        interface: u16,
        /// Zero.
        reserved: u16,
    }
}
