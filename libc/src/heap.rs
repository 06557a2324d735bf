//! Memory for the library's own needs, from the program's `malloc`.
//!
//! The malloc family is called by its exported name, so that a program's own allocator serves the library too
//! (what `strdup` or `regcomp` return must be freed by the program's `free`). `Vector` is a growable array
//! whose growth can fail: an allocation that fails is an error to the caller and never a panic.

use crate::errno::{Errno, Result};
use crate::types::*;
use core::ops::{Deref, DerefMut};
use core::ptr;

unsafe extern "C" {
    /// `n` bytes, or null. ISO C.
    pub fn malloc(n: size_t) -> *mut c_void;
    /// `count * size` zero bytes, or null. ISO C.
    pub fn calloc(count: size_t, size: size_t) -> *mut c_void;
    /// Changes a block's size, perhaps its place. ISO C.
    pub fn realloc(block: *mut c_void, n: size_t) -> *mut c_void;
    /// Gives a block back. ISO C.
    pub fn free(block: *mut c_void);
}

/// A growable array in the program's heap. Every growth may fail with ENOMEM.
pub struct Vector<T> {
    data: *mut T,
    length: usize,
    capacity: usize,
}

impl<T> Vector<T> {
    /// An empty array; allocates nothing.
    pub const fn new() -> Self {
        Vector {
            data: ptr::NonNull::dangling().as_ptr(),
            length: 0,
            capacity: 0,
        }
    }

    /// Makes room for `more` further elements.
    pub fn reserve(&mut self, more: usize) -> Result<()> {
        const { assert!(size_of::<T>() != 0 && align_of::<T>() <= 16) };
        let needed = self.length.checked_add(more).ok_or(Errno::ENOMEM)?;
        if needed <= self.capacity {
            return Ok(());
        }
        let capacity = needed.max(self.capacity.saturating_mul(2)).max(4);
        let bytes = capacity.checked_mul(size_of::<T>()).ok_or(Errno::ENOMEM)?;
        let old = if self.capacity == 0 {
            ptr::null_mut()
        } else {
            self.data.cast::<c_void>()
        };
        // SAFETY: `old` is null or a block of this heap that this array owns.
        let data = unsafe { realloc(old, bytes) };
        if data.is_null() {
            return Err(Errno::ENOMEM);
        }
        self.data = data.cast();
        self.capacity = capacity;
        Ok(())
    }

    /// Appends one element.
    pub fn push(&mut self, value: T) -> Result<()> {
        self.reserve(1)?;
        // SAFETY: `reserve` made room for one element after the first `length`.
        unsafe { self.data.add(self.length).write(value) };
        self.length += 1;
        Ok(())
    }

    /// Removes and returns the last element.
    pub fn pop(&mut self) -> Option<T> {
        if self.length == 0 {
            return None;
        }
        self.length -= 1;
        // SAFETY: the element was initialised and is no longer counted.
        Some(unsafe { self.data.add(self.length).read() })
    }

    /// Drops every element, keeps the room.
    pub fn clear(&mut self) {
        self.truncate(0);
    }

    /// Drops all but the first `length` elements.
    pub fn truncate(&mut self, length: usize) {
        while self.length > length {
            self.pop();
        }
    }
}

impl<T: Clone> Vector<T> {
    /// Appends copies of all of `values`.
    pub fn extend_from_slice(&mut self, values: &[T]) -> Result<()> {
        self.reserve(values.len())?;
        for value in values {
            self.push(value.clone())?;
        }
        Ok(())
    }

    /// Sets the length, filling with `value` when it grows.
    pub fn resize(&mut self, length: usize, value: T) -> Result<()> {
        self.truncate(length);
        self.reserve(length - self.length)?;
        while self.length < length {
            self.push(value.clone())?;
        }
        Ok(())
    }
}

impl<T> Vector<T> {
    /// Hands the block to the caller, who must `free` it; null when nothing was ever allocated.
    pub fn into_raw(self) -> *mut T {
        let data = if self.capacity == 0 {
            ptr::null_mut()
        } else {
            self.data
        };
        core::mem::forget(self);
        data
    }
}

impl<T> Default for Vector<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Deref for Vector<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        // SAFETY: the first `length` elements are initialised.
        unsafe { core::slice::from_raw_parts(self.data, self.length) }
    }
}

impl<T> DerefMut for Vector<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as `deref`; the array is borrowed mutably.
        unsafe { core::slice::from_raw_parts_mut(self.data, self.length) }
    }
}

impl<T> Drop for Vector<T> {
    fn drop(&mut self) {
        self.clear();
        if self.capacity != 0 {
            // SAFETY: the block came from `realloc` and nobody else holds it.
            unsafe { free(self.data.cast()) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vector_grows_and_shrinks() {
        let mut v = Vector::new();
        for i in 0..1000u64 {
            v.push(i).unwrap();
        }
        assert_eq!(v.len(), 1000);
        assert_eq!(v[999], 999);
        v.truncate(3);
        v.extend_from_slice(&[7, 8]).unwrap();
        assert_eq!(&v[..], &[0, 1, 2, 7, 8]);
        assert_eq!(v.pop(), Some(8));
        v.resize(6, 1).unwrap();
        assert_eq!(&v[..], &[0, 1, 2, 7, 1, 1]);
    }

    #[test]
    fn vector_reports_lengths_that_overflow() {
        let mut v: Vector<u64> = Vector::new();
        assert!(v.reserve(usize::MAX / 4).is_err());
        assert!(v.is_empty());
    }
}
