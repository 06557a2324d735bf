//! Decisions of the policy about names, for one request.

use trivet_abi::Label;

/// Methods of the `File` interface that decide about names and open files. The numbers are those of `interfaces/file.idl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs, reason = "the interface describes each method")]
pub enum FileMethod {
    Read = 0,
    Write = 1,
    SetSize = 6,
    Map = 12,
    Open = 16,
    AttributesAt = 17,
    Access = 18,
    Entries = 19,
    MakeDirectory = 20,
    MakeNode = 21,
    Unlink = 22,
    Rename = 23,
    Link = 24,
    Symlink = 25,
    ReadLink = 26,
    SetMode = 27,
    SetOwner = 28,
    SetTimes = 29,
    FileSystem = 30,
    Path = 31,
    Mount = 42,
    Unmount = 43,
    Bind = 44,
    Program = 46,
    Relabel = 52,
}

/// Judges what the caller of one request may do. An implementation asks the kernel's engine, which writes refusals to the audit.
pub trait Judge {
    /// Whether the caller may use `method` on what carries `label`.
    fn allows(&self, label: Label, method: FileMethod) -> bool;

    /// Label of a new inode called `name` in a directory with label `parent`.
    fn label_for_new(&self, parent: Label, name: &[u8]) -> Label;
}
