//! The extension block of a Call: several segments, handles, where received handles go, a deadline.
//!
//! Built on the caller's stack, so that a signal handler that makes calls of its own disturbs nothing.

use core::marker::PhantomData;

use trivet_abi::handle::Handle;
use trivet_abi::message::{AcceptHandles, CallExtension, Segment, SegmentList, SentHandle};

use crate::buffers::OutBytes;
use crate::options::CallOptions;

/// An extension block that names memory of lifetime `'a`.
#[derive(Debug)]
pub struct ExtensionBlock<'a> {
    pub(crate) block: CallExtension,
    borrowed: PhantomData<&'a mut [u8]>,
}

impl<'a> ExtensionBlock<'a> {
    /// A block that names nothing.
    #[inline]
    #[must_use]
    pub fn new() -> ExtensionBlock<'a> {
        ExtensionBlock {
            block: CallExtension::default(),
            borrowed: PhantomData,
        }
    }

    /// Bytes to send, one segment after the other.
    #[inline]
    pub fn gather(&mut self, segments: &'a [Segment]) {
        self.block.gather = list(
            segments.len(),
            |index| segments.get(index).copied(),
            segments.as_ptr().expose_provenance(),
        );
    }

    /// Memory that the reply may fill, one segment after the other.
    #[inline]
    pub fn scatter(&mut self, segments: &'a mut [OutBytes<'_>]) {
        let address = segments.as_ptr().expose_provenance();
        self.block.scatter = list(
            segments.len(),
            |index| segments.get(index).map(OutBytes::segment),
            address,
        );
    }

    /// As [`ExtensionBlock::scatter`], from segments that the C program gave.
    ///
    /// # Safety
    /// Where a segment's memory is mapped writable, it is the caller's to write during the call.
    #[allow(unsafe_code, reason = "the caller vouches for the segments")]
    #[inline]
    pub unsafe fn scatter_raw(&mut self, segments: &'a [Segment]) {
        self.block.scatter = list(
            segments.len(),
            |index| segments.get(index).copied(),
            segments.as_ptr().expose_provenance(),
        );
    }

    /// Handles to send.
    #[inline]
    pub fn send(&mut self, handles: &'a [SentHandle]) {
        let list = &mut self.block.handles;
        list.count = handles.len() as u64;
        if handles.len() > list.inline.len() {
            list.array = handles.as_ptr().expose_provenance() as u64;
        } else {
            for (slot, handle) in list.inline.iter_mut().zip(handles) {
                *slot = *handle;
            }
        }
    }

    /// Accepts as many handles as `installed` has places, where the options say.
    #[inline]
    pub fn accept(&mut self, options: CallOptions, installed: &'a mut [Handle]) {
        self.block.accept = AcceptHandles {
            // The kernel refuses counts over its limit.
            count: u32::try_from(installed.len()).unwrap_or(u32::MAX),
            flags: options.accept_flags(),
            array: if installed.len() > 1 {
                installed.as_mut_ptr().expose_provenance() as u64
            } else {
                0
            },
        };
    }
}

impl Default for ExtensionBlock<'_> {
    fn default() -> Self {
        Self::new()
    }
}

#[inline]
fn list(count: usize, segment: impl Fn(usize) -> Option<Segment>, array: usize) -> SegmentList {
    let inline = if count > 2 {
        [
            Segment {
                address: array as u64,
                length: 0,
            },
            Segment::default(),
        ]
    } else {
        [segment(0).unwrap_or_default(), segment(1).unwrap_or_default()]
    };
    SegmentList {
        count: count as u64,
        inline,
    }
}
