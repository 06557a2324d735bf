//! Rows of credentials: who a process is, as servers see it. One Memory holds all rows; the process server writes it, servers map it
//! read-only, and a message's stamp has the number of its sender's row.
//!
//! A row is written before any process gets it and not changed while one has it or a pending call carries it. A free row is zero.

/// Supplementary groups in a row, at most.
pub const MAX_GROUPS: usize = 32;
/// Rows in the table.
pub const ROW_COUNT: usize = 4096;
/// Row of the core servers and of every process that was given none: the superuser.
pub const SYSTEM_ROW: u32 = 0;

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(C)]
pub struct Row {
    /// Real user.
    pub real_user: u32,
    /// Effective user.
    pub effective_user: u32,
    /// Saved user.
    pub saved_user: u32,
    /// User that file permissions are judged by.
    pub file_user: u32,
    /// Real group.
    pub real_group: u32,
    /// Effective group.
    pub effective_group: u32,
    /// Saved group.
    pub saved_group: u32,
    /// Group that file permissions are judged by.
    pub file_group: u32,
    /// How many of `groups` count.
    pub group_count: u32,
    /// Zero.
    pub reserved: u32,
    /// Supplementary groups.
    pub groups: [u32; MAX_GROUPS],
    /// The process's session.
    pub session: u64,
    /// The account that pays.
    pub account: u64,
    /// The process group.
    pub group: u64,
    /// The file server's number of the process's root directory; 0: the machine's own.
    pub root: u64,
    /// No file grows to this size or beyond by what the process writes (RLIMIT_FSIZE, plus one); 0: no limit.
    pub file_size_bound: u64,
}

impl Row {
    /// Bytes of a row in the table.
    pub const SIZE: usize = size_of::<Row>();

    /// The supplementary groups that count.
    #[must_use]
    pub fn supplementary(&self) -> &[u32] {
        let count = (self.group_count as usize).min(MAX_GROUPS);
        &self.groups[..count]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_the_layout_that_servers_carry() {
        assert_eq!(Row::SIZE, 208);
        assert_eq!(core::mem::offset_of!(Row, groups), 40);
    }

    #[test]
    fn a_count_that_lies_does_not_reach_beyond_the_row() {
        let row = Row {
            group_count: u32::MAX,
            ..Row::default()
        };
        assert_eq!(row.supplementary().len(), MAX_GROUPS);
    }
}
