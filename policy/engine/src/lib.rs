//! The policy decision engine: one crate that the kernel, the servers and the host tools use alike.
//!
//! [`Policy::load`] checks the bytes of a compiled policy in full and gives a view on them; nothing is copied and
//! nothing is allocated. After that every look-up is total: it cannot fail, and what the policy does not grant is refused.
//!
//! | question | answer | asked when |
//! | --- | --- | --- |
//! | [`Policy::masks`] | which methods, which of them need a look on each message, which are recorded | a handle is installed |
//! | [`Policy::may_mint`] | may this domain make a session or object with this label | a session is minted, `Policy.check` |
//! | [`Policy::evaluate`], [`Policy::settle`] | verdict on one message under a stateful rule, and its reply | on such a message |
//! | [`Policy::transition`], [`Policy::boot_domain`] | the domain of a program | exec, boot |
//! | [`Policy::label_for_path`], [`Policy::label_for_new`], [`Policy::label_for_address`] | the label of a name | mount, creation, bind and connect |
//! | [`Policy::account`] | limits | a process is made |
//! | [`publish_rows`], [`Rows`] | granted masks in memory that a server reads | boot; on each name a server judges |
//! | [`Policy::domain_name`], [`Policy::rule_text`], ... | words for the audit | a record is written |
//!
//! Default deny: a (domain, label, interface) without a row has an empty mask. Design notes 0020 and 0021.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod describe;
mod evaluate;
pub mod format;
mod identifiers;
mod load;
mod lookup;
mod names;
mod policy;
mod publish;
mod state;

pub use describe::RuleText;
pub use evaluate::{Request, Verdict};
pub use identifiers::{AccountId, DomainId, InterfaceId, LabelId, MethodId, RuleId};
pub use load::LoadError;
pub use lookup::Masks;
pub use names::{Account, Limits, Transition};
pub use policy::Policy;
pub use publish::{PublishError, Rows, RowsError, publish_rows, published_size};
pub use state::{Frames, Outcome, ReplyVerdict, Undo};

/// Methods of an interface, at most; their numbers are 0 up to this, exclusive.
pub const MAX_METHODS: u8 = 62;
/// Mask of all methods that an interface can have.
pub const ALL_METHODS: u64 = (1 << MAX_METHODS) - 1;
/// State-changing operations on one message, at most: the size of an [`Undo`].
pub const MAX_STATE_OPERATIONS: usize = 4;
/// Steps of one evaluation, at most. Proved for every message when the policy is loaded.
pub const MAX_STEPS: u32 = 1024;
/// Values that one set can hold.
pub const MAX_SET_CAPACITY: u16 = 32;
/// Cells of one frame (the state of one session, process or domain), at most.
pub const MAX_FRAME_CELLS: u16 = 256;
