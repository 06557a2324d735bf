//! Numbers that the policy gives out. Plain wrappers, so that a label is never taken for a domain.

macro_rules! identifier {
    ($(#[$meta:meta])* $name:ident($inner:ty)) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $inner);
    };
}

identifier! {
    /// A security domain: what a process may do hangs on it. 0 is the kernel's own.
    DomainId(u16)
}
identifier! {
    /// What an object is, for the policy. 0 is `none`; then follows one label for each domain (its own kernel objects), then the declared ones.
    LabelId(u32)
}
identifier! {
    /// An interface's number, as its `.idl` file states it.
    InterfaceId(u16)
}
identifier! {
    /// A method's number within its interface, below [`crate::MAX_METHODS`].
    MethodId(u8)
}
identifier! {
    /// A statement of the policy's source; see [`crate::Policy::rule_text`].
    RuleId(u32)
}
identifier! {
    /// An account of the policy's tree.
    AccountId(u16)
}

impl DomainId {
    /// The kernel itself. It sends no messages that a rule could grant.
    pub const KERNEL: DomainId = DomainId(0);
}

impl LabelId {
    /// No label: what no rule of the policy names.
    pub const NONE: LabelId = LabelId(0);
}

impl DomainId {
    /// The label of the kernel objects that processes of this domain make for themselves.
    #[must_use]
    pub const fn own_label(self) -> LabelId {
        LabelId(self.0 as u32)
    }
}
