//! Values that travel as their bytes.
//!
//! The interface compiler marks each struct of an interface [`Plain`]; servers read requests with [`from_bytes`] and
//! write replies with [`bytes_of`].

use core::mem::MaybeUninit;

/// A type without padding for which every bit pattern is a value.
///
/// # Safety
/// The type has no padding bytes, no interior mutability and no pointers, and each pattern of its bytes is valid.
pub unsafe trait Plain: Copy + 'static {}

macro_rules! integers {
    ($($ty:ty),*) => {
        $(
            // SAFETY: an integer has no padding, and every bit pattern is a value.
            unsafe impl Plain for $ty {}
        )*
    };
}
integers!(u8, u16, u32, u64, i8, i16, i32, i64);

// SAFETY: elements of an array follow each other without padding, and each is plain.
unsafe impl<T: Plain, const N: usize> Plain for [T; N] {}

/// The value whose bytes are all zero.
#[inline]
#[must_use]
pub fn zeroed<T: Plain>() -> T {
    // SAFETY: every bit pattern of a plain type is a value.
    unsafe { MaybeUninit::zeroed().assume_init() }
}

/// The bytes of a value.
#[inline]
#[must_use]
pub fn bytes_of<T: Plain>(value: &T) -> &[u8] {
    // SAFETY: a plain value is initialised in every byte, for as long as it is borrowed.
    unsafe { core::slice::from_raw_parts(core::ptr::from_ref(value).cast(), size_of::<T>()) }
}

/// The bytes of a slice of values.
#[inline]
#[must_use]
pub fn bytes_of_slice<T: Plain>(values: &[T]) -> &[u8] {
    // SAFETY: plain values are initialised in every byte, for as long as they are borrowed.
    unsafe { core::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
}

/// The value that the first bytes are; none when there are too few. The bytes need no alignment.
#[inline]
#[must_use]
pub fn from_bytes<T: Plain>(bytes: &[u8]) -> Option<T> {
    if bytes.len() < size_of::<T>() {
        return None;
    }
    // SAFETY: the slice is long enough, the read is unaligned, and every bit pattern of a plain type is a value.
    Some(unsafe { bytes.as_ptr().cast::<T>().read_unaligned() })
}
