//! What is known of a file beside its contents: kind, mode, owner, times, label.

use trivet_abi::Label;

/// The type of a file; the discriminants are the type bits of `st_mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
#[allow(missing_docs, reason = "POSIX defines each kind")]
pub enum Kind {
    /// Without a type: what only stands for something of the server's (an eventfd).
    Anonymous = 0,
    Fifo = 0o010_000,
    CharacterDevice = 0o020_000,
    Directory = 0o040_000,
    BlockDevice = 0o060_000,
    Regular = 0o100_000,
    Symlink = 0o120_000,
    Socket = 0o140_000,
}

impl Kind {
    /// The kind that the type bits of a mode name; 0 means a regular file, as in `mknod`.
    #[must_use]
    pub fn from_mode(mode: u32) -> Option<Kind> {
        Some(match mode & 0o170_000 {
            0 | 0o100_000 => Kind::Regular,
            0o010_000 => Kind::Fifo,
            0o020_000 => Kind::CharacterDevice,
            0o040_000 => Kind::Directory,
            0o060_000 => Kind::BlockDevice,
            0o120_000 => Kind::Symlink,
            0o140_000 => Kind::Socket,
            _ => return None,
        })
    }

    /// The `d_type` of a directory entry.
    #[must_use]
    pub const fn entry_type(self) -> u8 {
        (self as u32 >> 12) as u8
    }
}

/// A point of real time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Timestamp {
    /// Seconds since the Epoch; negative before it.
    pub seconds: i64,
    /// Nanoseconds within the second.
    pub nanoseconds: u32,
}

impl Timestamp {
    /// From nanoseconds since the Epoch.
    #[must_use]
    pub const fn from_nanoseconds(total: u64) -> Timestamp {
        Timestamp {
            seconds: (total / 1_000_000_000) as i64,
            nanoseconds: (total % 1_000_000_000) as u32,
        }
    }
}

/// Permission bits that can be set, with set-id and sticky.
pub const PERMISSION_BITS: u32 = 0o7777;
/// The set-user-id bit.
pub const SET_USER_ID: u32 = 0o4000;
/// The set-group-id bit.
pub const SET_GROUP_ID: u32 = 0o2000;
/// The sticky bit.
pub const STICKY: u32 = 0o1000;

/// Attributes of one inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// Number within the file system; never reused while the inode lives.
    pub inode: u64,
    /// Type.
    pub kind: Kind,
    /// Permission bits.
    pub mode: u32,
    /// Names that lead here.
    pub links: u64,
    /// Owner.
    pub user: u32,
    /// Group.
    pub group: u32,
    /// Bytes of a file or a symbolic link; a directory's is what its file system says.
    pub size: u64,
    /// 512-byte units that are taken.
    pub blocks: u64,
    /// Device number of a device's file, as Linux encodes it.
    pub special_device: u64,
    /// Last access.
    pub access: Timestamp,
    /// Last change of the contents.
    pub modify: Timestamp,
    /// Last change of attributes.
    pub change: Timestamp,
    /// Label that the policy judges by.
    pub label: Label,
}

/// What decides who may use an inode: the part of the attributes that each step of a walk needs.
#[derive(Clone, Copy, Debug)]
pub struct Permissions {
    /// Type.
    pub kind: Kind,
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub user: u32,
    /// Group.
    pub group: u32,
    /// Label that the policy judges by.
    pub label: Label,
}

impl Attributes {
    /// The part that permissions are judged by.
    #[inline(always)]
    #[must_use]
    pub fn permissions(&self) -> Permissions {
        Permissions {
            kind: self.kind,
            mode: self.mode,
            user: self.user,
            group: self.group,
            label: self.label,
        }
    }
}

/// What a new inode starts with.
#[derive(Clone, Copy, Debug)]
pub struct NewInode {
    /// Type.
    pub kind: Kind,
    /// Permission bits, the mask already applied.
    pub mode: u32,
    /// Owner.
    pub user: u32,
    /// Group.
    pub group: u32,
    /// Device number for devices.
    pub special_device: u64,
    /// Label.
    pub label: Label,
    /// Its first times.
    pub now: Timestamp,
}

/// A change of attributes; `None` leaves a field.
#[derive(Clone, Copy, Debug, Default)]
pub struct Change {
    /// Permission bits.
    pub mode: Option<u32>,
    /// Owner.
    pub user: Option<u32>,
    /// Group.
    pub group: Option<u32>,
    /// Access time.
    pub access: Option<Timestamp>,
    /// Modification time.
    pub modify: Option<Timestamp>,
    /// Label.
    pub label: Option<Label>,
}
