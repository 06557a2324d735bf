//! The binary form: header, sections and records, as the compiler writes and the engine reads them. Note 0021.
//!
//! All numbers are little-endian. The file is one header, one table of sections in the order of [`Section`], and the
//! sections, each on a multiple of eight bytes, without gaps but for zero padding. There is one encoding of a policy, so equal policies are equal files.

mod hash;
mod record;
mod records;

pub use hash::{checksum, fingerprint, hash_slot, row_key, split_key};
pub use record::{Record, Table};
pub use records::*;

/// First bytes of a compiled policy.
pub const MAGIC: [u8; 8] = *b"TRVTPOL\n";
/// Version of this format. A loader takes exactly its own: kernel and policy are built together.
pub const FORMAT_VERSION: u32 = 2;
/// Bytes of the header, before the table of sections.
pub const HEADER_SIZE: usize = 64;
/// Longest policy that is accepted, in bytes.
pub const MAX_LENGTH: usize = 64 << 20;
/// "No rule" in a field that holds a rule's number.
pub const NO_RULE: u32 = u32::MAX;
/// "No parent" and "any creator" in 16-bit fields.
pub const NONE_16: u16 = u16::MAX;
/// "Any user" in a transition. It is no user: POSIX gives this value to `(uid_t)-1`.
pub const ANY_USER: u32 = u32::MAX;
/// The state that a flow's table names for "not allowed here".
pub const NO_STATE: u16 = u16::MAX;
/// An empty slot of the row index.
pub const EMPTY_SLOT: u32 = u32::MAX;
/// Key of an empty slot of published rows. No domain has the number 0xffff, so no row has this key.
pub const EMPTY_KEY: u64 = u64::MAX;

/// The sections, in file order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Section {
    /// UTF-8 text that the other records point into.
    Strings,
    /// [`Domain`] records; the index is the domain's number.
    Domains,
    /// [`Label`] records; the index is the label's number.
    Labels,
    /// [`Interface`] records, sorted by number.
    Interfaces,
    /// [`Method`] records, grouped by interface.
    Methods,
    /// `u32` numbers of rows, or [`EMPTY_SLOT`]: an open-addressed hash table, its length a power of two.
    RowIndex,
    /// [`Row`] records, sorted by key.
    Rows,
    /// `u32` rule numbers: for each row, one for each bit of `decided`.
    RowRules,
    /// [`Check`] records: for each row, one for each bit of `stateful`.
    Checks,
    /// [`Operation`] records.
    Operations,
    /// [`Model`] records.
    Models,
    /// `u16` flow states: where each state leads.
    FlowTargets,
    /// [`Rule`] records.
    Rules,
    /// [`Transition`] records, sorted by domain, label and user.
    Transitions,
    /// [`Program`] records, sorted by name.
    Programs,
    /// [`Path`] records, sorted by file system and path.
    Paths,
    /// [`NewLabel`] records, sorted by parent; within one parent the first that matches counts.
    NewLabels,
    /// [`AccountRecord`] records; a parent comes before its children.
    Accounts,
    /// [`SessionFrame`] records, sorted by label and interface.
    SessionFrames,
    /// [`Address`] records; the first that matches counts.
    Addresses,
    /// [`RootLabel`] records, sorted by interface.
    RootLabels,
}

/// Number of sections.
pub const SECTION_COUNT: usize = Section::RootLabels as usize + 1;
/// Where the first section begins.
pub const FIRST_SECTION: usize = HEADER_SIZE + SECTION_COUNT * 8;
