//! Memory of the caller's that a message names: [`In`] is read by the server, [`Out`] is filled by it.
//!
//! Both are made from references, or from raw pointers by the C library, whose callers may pass anything: the kernel
//! checks every address, and a bad one is `BadPointer`.

use core::marker::PhantomData;

use trivet_abi::message::Segment;

use crate::plain::Plain;

/// Bytes that are sent. `T` is what they are: a plain struct, a slice of them, or bytes.
#[derive(Debug)]
pub struct In<'a, T: ?Sized> {
    segment: Segment,
    borrowed: PhantomData<&'a T>,
}

// Not derived: what is sent need not be `Copy` for its place to be.
impl<T: ?Sized> Clone for In<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for In<'_, T> {}

impl<T: ?Sized> In<'_, T> {
    /// The range.
    #[inline]
    #[must_use]
    pub fn segment(&self) -> Segment {
        self.segment
    }

    /// Bytes, as the message's words have it.
    #[inline]
    #[must_use]
    pub fn length(&self) -> u64 {
        self.segment.length
    }
}

impl<T: Plain> In<'_, T> {
    /// A value of the C program's; the kernel checks the address.
    #[inline]
    #[must_use]
    pub fn from_raw(value: *const T) -> Self {
        let segment = Segment {
            address: value.expose_provenance() as u64,
            length: size_of::<T>() as u64,
        };
        In {
            segment,
            borrowed: PhantomData,
        }
    }
}

impl<T: Plain> In<'_, [T]> {
    /// `count` values of the C program's; the kernel checks the addresses.
    #[inline]
    #[must_use]
    pub fn from_raw(values: *const T, count: usize) -> Self {
        // A length that overflows names more memory than there is: the kernel refuses it.
        let length = count.saturating_mul(size_of::<T>()) as u64;
        In {
            segment: Segment {
                address: values.expose_provenance() as u64,
                length,
            },
            borrowed: PhantomData,
        }
    }
}

impl<'a, T: Plain> From<&'a T> for In<'a, T> {
    #[inline]
    fn from(value: &'a T) -> Self {
        In::<T>::from_raw(value)
    }
}

impl<'a, T: Plain> From<&'a [T]> for In<'a, [T]> {
    #[inline]
    fn from(values: &'a [T]) -> Self {
        In::<[T]>::from_raw(values.as_ptr(), values.len())
    }
}

impl<'a, T: Plain, const N: usize> From<&'a [T; N]> for In<'a, [T]> {
    #[inline]
    fn from(values: &'a [T; N]) -> Self {
        In::<[T]>::from_raw(values.as_ptr(), N)
    }
}

impl<'a> From<&'a str> for In<'a, [u8]> {
    #[inline]
    fn from(text: &'a str) -> Self {
        In::<[u8]>::from_raw(text.as_ptr(), text.len())
    }
}

/// Memory that the reply may fill.
#[derive(Debug)]
pub struct Out<'a, T: ?Sized> {
    segment: Segment,
    borrowed: PhantomData<&'a mut T>,
}

impl<'a, T: ?Sized> Out<'a, T> {
    /// The memory without its type.
    #[inline]
    #[must_use]
    pub fn erase(self) -> OutBytes<'a> {
        OutBytes {
            segment: self.segment,
            borrowed: PhantomData,
        }
    }
}

impl<T: Plain> Out<'_, T> {
    /// A value of the C program's; the kernel checks the address.
    ///
    /// # Safety
    /// Where the memory is mapped writable, it is the caller's to write during the call.
    #[inline]
    #[must_use]
    pub unsafe fn from_raw(value: *mut T) -> Self {
        let segment = Segment {
            address: value.expose_provenance() as u64,
            length: size_of::<T>() as u64,
        };
        Out {
            segment,
            borrowed: PhantomData,
        }
    }
}

impl<T: Plain> Out<'_, [T]> {
    /// Room for `count` values of the C program's; the kernel checks the addresses.
    ///
    /// # Safety
    /// Where the memory is mapped writable, it is the caller's to write during the call.
    #[inline]
    #[must_use]
    pub unsafe fn from_raw(values: *mut T, count: usize) -> Self {
        let length = count.saturating_mul(size_of::<T>()) as u64;
        Out {
            segment: Segment {
                address: values.expose_provenance() as u64,
                length,
            },
            borrowed: PhantomData,
        }
    }
}

impl<'a, T: Plain> From<&'a mut T> for Out<'a, T> {
    #[inline]
    fn from(value: &'a mut T) -> Self {
        // SAFETY: the reference is exclusive for the call, and every pattern of bytes is a value.
        unsafe { Out::<T>::from_raw(value) }
    }
}

impl<'a, T: Plain> From<&'a mut [T]> for Out<'a, [T]> {
    #[inline]
    fn from(values: &'a mut [T]) -> Self {
        // SAFETY: the reference is exclusive for the call, and every pattern of bytes is a value.
        unsafe { Out::<[T]>::from_raw(values.as_mut_ptr(), values.len()) }
    }
}

impl<'a, T: Plain, const N: usize> From<&'a mut [T; N]> for Out<'a, [T]> {
    #[inline]
    fn from(values: &'a mut [T; N]) -> Self {
        values.as_mut_slice().into()
    }
}

/// Memory that the reply may fill, as bytes.
#[derive(Debug)]
#[repr(transparent)]
pub struct OutBytes<'a> {
    segment: Segment,
    borrowed: PhantomData<&'a mut [u8]>,
}

impl OutBytes<'_> {
    /// The range.
    #[inline]
    #[must_use]
    pub fn segment(&self) -> Segment {
        self.segment
    }
}
