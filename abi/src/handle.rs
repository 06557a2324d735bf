//! Handle values: the descriptor region and libc's own region. Note 0003.

/// A slot of the calling process's handle table, as programs name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Handle(pub u32);

impl Handle {
    /// No handle.
    pub const NONE: Handle = Handle(u32::MAX);
    /// Descriptors are 0 up to this number, exclusive.
    pub const DESCRIPTOR_END: u32 = 1 << 20;
    /// Set in the values of the process's own region.
    pub const OWN_BIT: u32 = 1 << 31;
    /// Bits of the index in an own value.
    pub const OWN_INDEX_BITS: u32 = 18;
    /// Bits of the generation in an own value.
    pub const OWN_GENERATION_BITS: u32 = 13;
    /// Slots of the own region: the last index is [`Handle::SELF_THREAD`]'s, and names no slot.
    pub const OWN_END: u32 = (1 << Self::OWN_INDEX_BITS) - 1;

    /// The process that makes the call.
    pub const PROCESS: Handle = Handle::bootstrap(0);
    /// Its address space.
    pub const ADDRESS_SPACE: Handle = Handle::bootstrap(1);
    /// The account that pays for it.
    pub const ACCOUNT: Handle = Handle::bootstrap(2);
    /// The clock.
    pub const CLOCK: Handle = Handle::bootstrap(3);
    /// A session with the process server.
    pub const PROCESS_SERVER: Handle = Handle::bootstrap(4);
    /// A session that names the root directory.
    pub const ROOT: Handle = Handle::bootstrap(5);
    /// A session with the log.
    pub const LOG: Handle = Handle::bootstrap(6);
    /// The source of random bytes.
    pub const ENTROPY: Handle = Handle::bootstrap(7);
    /// The first of the slots that init fills as its file says.
    pub const FIRST_GIVEN: u32 = 8;
    /// Slots that are fixed and never inherited: 0 up to this index, exclusive.
    pub const BOOTSTRAP_END: u32 = 24;
    /// The thread that makes the call; occupies no slot.
    pub const SELF_THREAD: Handle = Handle(Self::OWN_BIT | ((1 << Self::OWN_INDEX_BITS) - 1));

    /// The bootstrap handle with this index.
    #[must_use]
    pub const fn bootstrap(index: u32) -> Handle {
        Handle(Self::OWN_BIT | index)
    }

    /// A handle of the own region.
    #[must_use]
    pub const fn own(index: u32, generation: u32) -> Handle {
        Handle(
            Self::OWN_BIT
                | ((generation & ((1 << Self::OWN_GENERATION_BITS) - 1)) << Self::OWN_INDEX_BITS)
                | (index & ((1 << Self::OWN_INDEX_BITS) - 1)),
        )
    }

    /// Whether this value lies in the descriptor region.
    #[inline]
    #[must_use]
    pub const fn is_descriptor(self) -> bool {
        self.0 < Self::DESCRIPTOR_END
    }

    /// Whether this value lies in the own region.
    #[inline]
    #[must_use]
    pub const fn is_own(self) -> bool {
        self.0 & Self::OWN_BIT != 0
    }

    /// Index of an own value.
    #[inline]
    #[must_use]
    pub const fn own_index(self) -> u32 {
        self.0 & ((1 << Self::OWN_INDEX_BITS) - 1)
    }

    /// Generation of an own value.
    #[inline]
    #[must_use]
    pub const fn own_generation(self) -> u32 {
        (self.0 >> Self::OWN_INDEX_BITS) & ((1 << Self::OWN_GENERATION_BITS) - 1)
    }
}

/// What the holder of a slot may do with the handle itself; what it may do with the object is the slot's method mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[repr(transparent)]
pub struct Rights(pub u8);

impl Rights {
    /// May be duplicated within the process.
    pub const DUPLICATE: Rights = Rights(1);
    /// May be sent in a message.
    pub const TRANSFER: Rights = Rights(2);
    /// May be received on (an Endpoint's receive right).
    pub const RECEIVE: Rights = Rights(4);
    /// All of them.
    pub const ALL: Rights = Rights(7);

    /// Whether all of `other`'s rights are here.
    #[inline]
    #[must_use]
    pub const fn contains(self, other: Rights) -> bool {
        self.0 & other.0 == other.0
    }

    /// The rights that both have: rights only shrink.
    #[inline]
    #[must_use]
    pub const fn intersection(self, other: Rights) -> Rights {
        Rights(self.0 & other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_values_keep_index_and_generation_apart() {
        let handle = Handle::own(Handle::OWN_END - 1, 8191);
        assert!(handle.is_own() && !handle.is_descriptor());
        assert_eq!(
            (handle.own_index(), handle.own_generation()),
            (Handle::OWN_END - 1, 8191)
        );
    }

    #[test]
    fn none_and_self_name_no_slot() {
        assert!(Handle::NONE.own_index() >= Handle::OWN_END);
        assert!(Handle::SELF_THREAD.own_index() >= Handle::OWN_END);
    }
}
