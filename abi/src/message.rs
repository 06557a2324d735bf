//! Headers, segments and extension blocks of messages. Note 0002.

use crate::handle::Handle;

/// Fields of a request header (RSI of Call).
pub mod request {
    /// Bits of the method number.
    pub const METHOD_MASK: u64 = 0xff;
    /// R14 and R15 name one segment whose bytes are sent.
    pub const BUFFER_IN: u64 = 1 << 8;
    /// R14 and R15 name one segment that the reply may fill.
    pub const BUFFER_OUT: u64 = 1 << 9;
    /// R14 points to a [`super::CallExtension`].
    pub const EXTENSION: u64 = 1 << 10;
    /// A handle in the reply goes to the lowest free descriptor.
    pub const ACCEPT_DESCRIPTOR: u64 = 1 << 11;
    /// A handle in the reply goes to the own region.
    pub const ACCEPT_OWN: u64 = 1 << 12;
    /// With [`ACCEPT_DESCRIPTOR`]: the slot's close-on-exec bit is set.
    pub const ACCEPT_CLOSE_ON_EXEC: u64 = 1 << 13;
    /// Do not block while the interrupt word is not zero, and end the wait at an interrupt.
    pub const INTERRUPTIBLE: u64 = 1 << 14;
    /// Return at once; the answer is an event. Needs [`EXTENSION`].
    pub const ASYNCHRONOUS: u64 = 1 << 15;
    /// Shift of the number of the interface that the sender takes the object for, 16 bits. Another object's answer is
    /// `WrongObject`, and nothing happens: equal method numbers of two interfaces are never mixed up.
    pub const INTERFACE_SHIFT: u32 = 32;
    /// Bits of the interface's number.
    pub const INTERFACE_MASK: u64 = 0xffff << INTERFACE_SHIFT;
    /// All bits that are defined.
    pub const ALL: u64 = METHOD_MASK
        | INTERFACE_MASK
        | BUFFER_IN
        | BUFFER_OUT
        | EXTENSION
        | ACCEPT_DESCRIPTOR
        | ACCEPT_OWN
        | ACCEPT_CLOSE_ON_EXEC
        | INTERRUPTIBLE
        | ASYNCHRONOUS;

    /// The header of a message with nothing but registers.
    #[inline(always)]
    #[must_use]
    pub const fn header(interface: crate::InterfaceNumber, method: u8) -> u64 {
        (interface.0 as u64) << INTERFACE_SHIFT | method as u64
    }

    /// In the header that a server receives: number of handles that came with it, in bits 16-23.
    pub const RECEIVED_HANDLES_SHIFT: u32 = 16;
    /// In the header that a server receives: the caller can be interrupted while it waits.
    pub const RECEIVED_INTERRUPTIBLE: u64 = INTERRUPTIBLE;
    /// In the header that a server receives: sessions that were minted with [`super::mint::QUIET`] have been closed before this request was
    /// made, or several that are [`super::mint::LAZY`]. The server takes them (`Endpoint.take_closed`) before it looks at the request.
    pub const RECEIVED_CLOSED: u64 = 1 << 24;
}

/// Fields of a reply header (RSI of Reply).
pub mod reply {
    /// Bits of the status: 0, or the interface's error number.
    pub const STATUS_MASK: u64 = 0xffff;
    /// Go on into Recv on the endpoint in RBX.
    pub const THEN_RECEIVE: u64 = 1 << 16;
    /// R14 and R15 name one segment of reply bytes.
    pub const BUFFER: u64 = 1 << 17;
    /// R14 points to a [`super::ReplyExtension`].
    pub const EXTENSION: u64 = 1 << 18;
    /// The last four words name a session to mint ([`super::Mint::from_words`]); the caller gets zeros in their place. Not with [`EXTENSION`].
    pub const MINT: u64 = 1 << 19;
    /// All bits that are defined.
    pub const ALL: u64 = STATUS_MASK | THEN_RECEIVE | BUFFER | EXTENSION | MINT;

    /// In the header that the caller gets: bytes that were copied to it, bits 0-31.
    pub const COPIED_MASK: u64 = 0xffff_ffff;
    /// In the header that the caller gets: number of handles installed, bits 32-39.
    pub const INSTALLED_SHIFT: u32 = 32;
}

/// A range of the sender's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(C)]
pub struct Segment {
    /// Address in the sender's address space.
    pub address: u64,
    /// Bytes.
    pub length: u64,
}

/// Segments of one direction of one message, at most.
pub const MAX_SEGMENTS: u32 = 1024;
/// Handles in one message, at most (Linux's SCM_MAX_FD).
pub const MAX_HANDLES: u32 = 253;
/// Bytes that a message carries each way, at most (Linux's MAX_RW_COUNT).
pub const MAX_BYTES: u64 = 0x7fff_f000;

/// Segments of one direction: two inline, or a pointer to an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(C)]
pub struct SegmentList {
    /// Number of segments, up to [`MAX_SEGMENTS`]. Over two, `inline[0].address` points to the array.
    pub count: u64,
    /// The first two segments, or the array's address.
    pub inline: [Segment; 2],
}

/// A handle as it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct SentHandle {
    /// The slot.
    pub handle: Handle,
    /// [`sent_handle`] flags.
    pub flags: u32,
    /// Methods that the receiver may call, at most; the slot's own mask and the receiver's policy take away more.
    pub mask: u64,
}

/// Flags of a [`SentHandle`].
pub mod sent_handle {
    /// The sender's slot is emptied when the message is delivered.
    pub const MOVE: u32 = 1;
    /// The receiver may not send it on.
    pub const NO_TRANSFER: u32 = 2;
    /// All flags that are defined.
    pub const ALL: u32 = 3;
}

impl Default for SentHandle {
    fn default() -> Self {
        SentHandle {
            handle: Handle::NONE,
            flags: 0,
            mask: u64::MAX,
        }
    }
}

impl From<Handle> for SentHandle {
    /// The slot as it is: the sender keeps it, the receiver may do all that the slot allows.
    fn from(handle: Handle) -> Self {
        SentHandle {
            handle,
            ..SentHandle::default()
        }
    }
}

/// Handles to send: four inline, or a pointer to an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(C)]
pub struct SentHandleList {
    /// Number of handles, up to [`MAX_HANDLES`]. Over four, `array` points to them.
    pub count: u64,
    /// Address of an array of [`SentHandle`], if there are more than four.
    pub array: u64,
    /// Up to four handles.
    pub inline: [SentHandle; 4],
}

/// Where handles that arrive are installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(C)]
pub struct AcceptHandles {
    /// How many are accepted, up to [`MAX_HANDLES`]; their slots are reserved before the message leaves.
    pub count: u32,
    /// [`accept`] flags.
    pub flags: u32,
    /// Over one, address of an array of `u32` that gets the installed handle values; with one, they come in RDI.
    pub array: u64,
}

/// Flags of [`AcceptHandles`].
pub mod accept {
    /// Into the lowest free descriptors; otherwise into the own region.
    pub const DESCRIPTORS: u32 = 1;
    /// With close-on-exec set.
    pub const CLOSE_ON_EXEC: u32 = 2;
    /// All flags that are defined.
    pub const ALL: u32 = 3;
}

/// What a Call carries beyond registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(C)]
pub struct CallExtension {
    /// Bytes to send.
    pub gather: SegmentList,
    /// Room for the reply's bytes.
    pub scatter: SegmentList,
    /// Handles to send.
    pub handles: SentHandleList,
    /// Where the reply's handles go (instead of the header's ACCEPT bits).
    pub accept: AcceptHandles,
    /// Absolute time on the monotonic clock at which a blocked call gives up, in nanoseconds; 0: never.
    pub deadline_ns: u64,
    /// ASYNCHRONOUS: the endpoint that gets `completed`.
    pub completion_endpoint: u64,
    /// ASYNCHRONOUS: the slot, 0 up to the number bought at that endpoint.
    pub call_slot: u64,
    /// ASYNCHRONOUS: handed back with `completed`.
    pub cookie: u64,
}

/// A session to mint with a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(C)]
pub struct Mint {
    /// The server's own number for the session, stamped on each request.
    pub badge: u64,
    /// Interface number in bits 0-15; [`mint`] flags in bits 16-31; rights in bits 32-39.
    pub interface_flags_rights: u64,
    /// Label, one that the policy lets this server mint.
    pub label: u64,
    /// Methods that the session's holder may call, at most.
    pub mask: u64,
    /// Readiness bits at the start.
    pub readiness: u64,
}

impl Mint {
    /// The last four words of a reply with [`reply::MINT`]: badge; interface, flags and rights; label in bits 0-31 and readiness above; mask.
    #[inline]
    #[must_use]
    pub const fn from_words(words: [u64; 4]) -> Mint {
        Mint {
            badge: words[0],
            interface_flags_rights: words[1],
            label: words[2] & 0xffff_ffff,
            mask: words[3],
            readiness: words[2] >> 32,
        }
    }

    /// What [`Mint::from_words`] takes. Label and readiness have 32 bits each.
    #[inline]
    #[must_use]
    pub const fn to_words(&self) -> [u64; 4] {
        [
            self.badge,
            self.interface_flags_rights,
            self.label | self.readiness << 32,
            self.mask,
        ]
    }
}

/// Flags of a [`Mint`].
pub mod mint {
    /// The block asks for a session (a zeroed [`super::Mint`] asks for none).
    pub const PRESENT: u64 = 1 << 16;
    /// Tell the server when the session is closed.
    pub const REPORT_CLOSED: u64 = 1 << 17;
    /// The server need not be woken for the end of the session: it hears of it before the next request or when it next has to wait.
    pub const QUIET: u64 = 1 << 18;
    /// With [`QUIET`]: and it need not hear of it before the next request, so that it hears of several at a time. It asks
    /// (`Endpoint.take_closed`) where it has to know of all.
    pub const LAZY: u64 = 1 << 19;
    /// Shift of the rights.
    pub const RIGHTS_SHIFT: u32 = 32;
}

/// A change of a session's readiness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(C)]
pub struct ReadinessChange {
    /// Badge of the session, as minted at the endpoint that the request came from.
    pub badge: u64,
    /// Bits to set.
    pub set: u32,
    /// Bits to clear.
    pub clear: u32,
    /// Bits whose sequence number advances even if they were set.
    pub pulse: u32,
    /// 1 if this block is in use.
    pub present: u32,
}

/// What a Reply carries beyond registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(C)]
pub struct ReplyExtension {
    /// Bytes for the caller's OUT segments.
    pub gather: SegmentList,
    /// Handles for the caller, besides the minted one, which comes first.
    pub handles: SentHandleList,
    /// A session to mint for the caller.
    pub mint: Mint,
    /// Readiness changes that take effect with the reply.
    pub readiness: [ReadinessChange; 2],
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::{align_of, size_of};

    #[test]
    fn blocks_have_the_layout_that_programs_carry() {
        assert_eq!(size_of::<Segment>(), 16);
        assert_eq!(size_of::<SegmentList>(), 40);
        assert_eq!(size_of::<SentHandle>(), 16);
        assert_eq!(size_of::<SentHandleList>(), 80);
        assert_eq!(size_of::<AcceptHandles>(), 16);
        assert_eq!(size_of::<CallExtension>(), 208);
        assert_eq!(size_of::<Mint>(), 40);
        assert_eq!(size_of::<ReadinessChange>(), 24);
        assert_eq!(size_of::<ReplyExtension>(), 208);
        assert_eq!(align_of::<CallExtension>(), 8);
    }

    #[test]
    fn a_mint_in_words_is_the_same_mint() {
        let mint = Mint {
            badge: u64::MAX,
            interface_flags_rights: 40 | mint::PRESENT | 3 << mint::RIGHTS_SHIFT,
            label: 0xffff_fff0,
            mask: 1 << 63 | 7,
            readiness: 0x8000_0001,
        };
        assert_eq!(Mint::from_words(mint.to_words()), mint);
    }
}
