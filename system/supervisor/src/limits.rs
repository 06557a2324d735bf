//! Resource limits: POSIX's, with Linux's numbers and defaults.

/// No limit.
pub const INFINITY: u64 = u64::MAX;
/// Resources that have a limit.
pub const COUNT: usize = 16;

/// Processor time in seconds.
pub const CPU: usize = 0;
/// Bytes of a file that is written.
pub const FILE_SIZE: usize = 1;
/// Bytes of private memory that can be written, but for the stack.
pub const DATA: usize = 2;
/// Bytes of the stack.
pub const STACK: usize = 3;
/// Processes of the user.
pub const PROCESSES: usize = 6;
/// The first descriptor that cannot be.
pub const DESCRIPTORS: usize = 7;
/// Bytes of memory that is locked.
pub const LOCKED_MEMORY: usize = 8;
/// Bytes of address space.
pub const ADDRESS_SPACE: usize = 9;
/// Signals that are queued.
pub const SIGNALS: usize = 11;

/// Descriptors at most, whoever asks: Linux's `nr_open`, and the descriptor region of the handle table.
pub const DESCRIPTORS_MAX: u64 = 1 << 20;

/// One limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What counts.
    pub soft: u64,
    /// How high the process itself may set it.
    pub hard: u64,
}

impl Limit {
    const fn new(soft: u64, hard: u64) -> Limit {
        Limit { soft, hard }
    }
}

/// The limits of one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits([Limit; COUNT]);

/// Why a limit is not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// EINVAL.
    Invalid,
    /// EPERM.
    NotPermitted,
}

impl Default for Limits {
    fn default() -> Self {
        const NONE: Limit = Limit::new(INFINITY, INFINITY);
        Limits([
            NONE,
            NONE,
            NONE,
            Limit::new(8 << 20, INFINITY),
            // No core files.
            Limit::new(0, INFINITY),
            NONE,
            NONE,
            Limit::new(1024, DESCRIPTORS_MAX),
            Limit::new(8 << 20, 8 << 20),
            NONE,
            NONE,
            Limit::new(256, 256),
            Limit::new(819_200, 819_200),
            Limit::new(0, 0),
            Limit::new(0, 0),
            NONE,
        ])
    }
}

impl Limits {
    /// The limit of a resource.
    #[must_use]
    pub fn get(&self, resource: usize) -> Option<Limit> {
        self.0.get(resource).copied()
    }

    /// What counts of a resource that exists.
    #[must_use]
    pub fn soft(&self, resource: usize) -> u64 {
        self.0.get(resource).map_or(INFINITY, |limit| limit.soft)
    }

    /// Changes one. Only a privileged caller raises the hard limit.
    ///
    /// # Errors
    /// POSIX's setrlimit.
    pub fn set(&mut self, resource: usize, new: Limit, privileged: bool) -> Result<(), Refused> {
        let old = self.0.get_mut(resource).ok_or(Refused::Invalid)?;
        if new.soft > new.hard {
            return Err(Refused::Invalid);
        }
        if new.hard > old.hard && !privileged {
            return Err(Refused::NotPermitted);
        }
        if resource == DESCRIPTORS && new.hard > DESCRIPTORS_MAX {
            return Err(Refused::NotPermitted);
        }
        *old = new;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_privileged_raise_a_hard_limit() {
        let mut limits = Limits::default();
        assert_eq!(limits.set(CPU, Limit::new(5, 10), false), Ok(()));
        assert_eq!(
            limits.set(CPU, Limit::new(5, 11), false),
            Err(Refused::NotPermitted)
        );
        assert_eq!(limits.set(CPU, Limit::new(5, 11), true), Ok(()));
        assert_eq!(limits.set(CPU, Limit::new(12, 11), true), Err(Refused::Invalid));
        assert_eq!(limits.set(COUNT, Limit::new(0, 0), true), Err(Refused::Invalid));
        assert_eq!(limits.get(CPU), Some(Limit::new(5, 11)));
    }

    #[test]
    fn nobody_has_more_descriptors_than_a_table_holds() {
        let more = Limit::new(1024, DESCRIPTORS_MAX + 1);
        assert_eq!(
            Limits::default().set(DESCRIPTORS, more, true),
            Err(Refused::NotPermitted)
        );
    }
}
