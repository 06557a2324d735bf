//! `qsort`, `qsort_r`, `bsearch`.
//!
//! Merge sort, which calls the comparison least often, between the array and a buffer of the same size; it is
//! stable, on which many programs rely unknowingly. Without memory for the buffer, heap sort in place. Elements
//! of 4, 8 and 16 bytes move as integers; others are sorted by pointers and then permuted. The comparison may
//! leave by a C++ exception or `longjmp`: nothing here has a destructor, and the buffer is then lost.

use crate::heap::{free, malloc};
use crate::types::*;
use core::mem::MaybeUninit;
use core::ptr;

/// The comparison of `qsort` and `bsearch`.
pub type Compare = unsafe extern "C-unwind" fn(*const c_void, *const c_void) -> c_int;
/// The comparison of `qsort_r`, with an argument.
pub type CompareWith = unsafe extern "C-unwind" fn(*const c_void, *const c_void, *mut c_void) -> c_int;

/// Sorts `n` elements that lie at `source` and, equal, at `target`; the result is in `target`.
unsafe fn merge_sort<T: Copy>(
    source: *mut T,
    target: *mut T,
    n: usize,
    above: &mut impl FnMut(*const T, *const T) -> bool,
) {
    // SAFETY: both arrays have n elements; every index below is smaller than n.
    unsafe {
        if n <= 4 {
            for i in 1..n {
                let mut hole = i;
                let value = target.add(i).read_unaligned();
                // The other array still has the element where it was: compare from there.
                while hole > 0 && above(target.add(hole - 1), source.add(i)) {
                    target
                        .add(hole)
                        .write_unaligned(target.add(hole - 1).read_unaligned());
                    hole -= 1;
                }
                target.add(hole).write_unaligned(value);
            }
            return;
        }
        let half = n / 2;
        // The halves are sorted into the source, and merged from there.
        merge_sort(target, source, half, above);
        merge_sort(target.add(half), source.add(half), n - half, above);
        let (mut left, mut right, mut out) = (source, source.add(half), target);
        let (left_end, right_end) = (source.add(half), source.add(n));
        loop {
            if above(left, right) {
                out.write_unaligned(right.read_unaligned());
                out = out.add(1);
                right = right.add(1);
                if right == right_end {
                    ptr::copy_nonoverlapping(
                        left.cast::<u8>(),
                        out.cast(),
                        left_end.byte_offset_from_unsigned(left),
                    );
                    return;
                }
            } else {
                out.write_unaligned(left.read_unaligned());
                out = out.add(1);
                left = left.add(1);
                if left == left_end {
                    ptr::copy_nonoverlapping(
                        right.cast::<u8>(),
                        out.cast(),
                        right_end.byte_offset_from_unsigned(right),
                    );
                    return;
                }
            }
        }
    }
}

/// Swaps two elements of `size` bytes.
unsafe fn swap(a: *mut u8, b: *mut u8, size: usize) {
    // SAFETY: two different elements of the array.
    unsafe { ptr::swap_nonoverlapping(a, b, size) };
}

/// Sorts in place: for when there is no memory.
unsafe fn heap_sort(
    base: *mut u8,
    n: usize,
    size: usize,
    above: &mut impl FnMut(*const u8, *const u8) -> bool,
) {
    // SAFETY: every index is smaller than n.
    unsafe {
        let at = |i: usize| base.add(i * size);
        let mut sift = |mut root: usize, end: usize| {
            while let Some(mut child) = root.checked_mul(2).map(|c| c + 1).filter(|&c| c < end) {
                if child + 1 < end && above(at(child + 1), at(child)) {
                    child += 1;
                }
                if !above(at(child), at(root)) {
                    return;
                }
                swap(at(root), at(child), size);
                root = child;
            }
        };
        for root in (0..n / 2).rev() {
            sift(root, n);
        }
        for end in (1..n).rev() {
            swap(at(0), at(end), size);
            sift(0, end);
        }
    }
}

/// Bytes of buffer that small arrays take from the stack.
const ON_STACK: usize = 1024;

/// A buffer of `size` bytes: `stack` when that is enough, or from the heap; null when there is none.
fn buffer(stack: &mut MaybeUninit<[u128; ON_STACK / 16]>, size: usize) -> *mut u8 {
    if size <= ON_STACK {
        stack.as_mut_ptr().cast()
    } else {
        // SAFETY: malloc returns null or that many bytes.
        unsafe { malloc(size).cast() }
    }
}

/// Sorts elements of `T`'s size; false when there is no memory.
unsafe fn sort_elements<T: Copy>(
    base: *mut T,
    n: usize,
    mut above: impl FnMut(*const T, *const T) -> bool,
) -> bool {
    let mut stack = MaybeUninit::uninit();
    let bytes = n * size_of::<T>();
    let copy = buffer(&mut stack, bytes);
    if copy.is_null() {
        return false;
    }
    // SAFETY: the buffer has as many bytes as the array.
    unsafe {
        ptr::copy_nonoverlapping(base.cast::<u8>(), copy, bytes);
        merge_sort(copy.cast::<T>(), base, n, &mut above);
        if bytes > ON_STACK {
            free(copy.cast());
        }
    }
    true
}

/// Sorts pointers to the elements, then moves each element once; false when there is no memory.
unsafe fn sort_pointers(
    base: *mut u8,
    n: usize,
    size: usize,
    above: &mut impl FnMut(*const u8, *const u8) -> bool,
) -> bool {
    const WORD: usize = size_of::<*mut u8>();
    let Some(bytes) = n.checked_mul(2 * WORD).and_then(|b| b.checked_add(size)) else {
        return false;
    };
    let mut stack = MaybeUninit::uninit();
    let block = buffer(&mut stack, bytes);
    if block.is_null() {
        return false;
    }
    // SAFETY: the buffer has two arrays of n pointers and room for one element.
    unsafe {
        let order = block.cast::<*mut u8>();
        let copy = order.add(n);
        let spare = copy.add(n).cast::<u8>();
        for i in 0..n {
            *order.add(i) = base.add(i * size);
            *copy.add(i) = base.add(i * size);
        }
        merge_sort(copy, order, n, &mut |a: *const *mut u8, b: *const *mut u8| {
            above(*a, *b)
        });
        // Each cycle of the permutation begins with its first element set aside.
        for start in 0..n {
            let place = base.add(start * size);
            if *order.add(start) == place {
                continue;
            }
            ptr::copy_nonoverlapping(place, spare, size);
            let mut hole = start;
            loop {
                let hole_place = base.add(hole * size);
                let from = *order.add(hole);
                *order.add(hole) = hole_place;
                if from == place {
                    ptr::copy_nonoverlapping(spare, hole_place, size);
                    break;
                }
                ptr::copy_nonoverlapping(from, hole_place, size);
                hole = (from.addr() - base.addr()) / size;
            }
        }
        if bytes > ON_STACK {
            free(block.cast());
        }
    }
    true
}

#[inline(always)]
unsafe fn sort(
    base: *mut c_void,
    n: usize,
    size: usize,
    mut above: impl FnMut(*const u8, *const u8) -> bool,
) {
    if n < 2 || size == 0 {
        return;
    }
    // SAFETY: the array has n elements of `size` bytes, and a comparison gets elements of that size.
    unsafe {
        let done = match size {
            4 => sort_elements(base.cast::<u32>(), n, |a, b| above(a.cast(), b.cast())),
            8 => sort_elements(base.cast::<u64>(), n, |a, b| above(a.cast(), b.cast())),
            16 => sort_elements(base.cast::<[u64; 2]>(), n, |a, b| above(a.cast(), b.cast())),
            _ => sort_pointers(base.cast(), n, size, &mut above),
        };
        if !done {
            heap_sort(base.cast(), n, size, &mut above);
        }
    }
}

export! {
    /// Sorts `n` elements of `size` bytes. ISO C, POSIX.1-2024 `qsort`.
    pub unsafe extern "C-unwind" fn qsort(base: *mut c_void, n: size_t, size: size_t, compare: Compare) {
        // SAFETY: the array has n elements; the comparison takes two of them.
        unsafe { sort(base, n, size, |a, b| compare(a.cast(), b.cast()) > 0) }
    }

    /// `qsort` with an argument for the comparison. POSIX.1-2024 `qsort_r`.
    pub unsafe extern "C-unwind" fn qsort_r(
        base: *mut c_void,
        n: size_t,
        size: size_t,
        compare: CompareWith,
        argument: *mut c_void,
    ) {
        // SAFETY: as qsort.
        unsafe { sort(base, n, size, |a, b| compare(a.cast(), b.cast(), argument) > 0) }
    }

    /// An element of a sorted array that equals `key`, or null. ISO C, POSIX.1-2024 `bsearch`.
    pub unsafe extern "C-unwind" fn bsearch(
        key: *const c_void,
        base: *const c_void,
        n: size_t,
        size: size_t,
        compare: Compare,
    ) -> *mut c_void {
        let (mut low, mut high) = (0, n);
        while low < high {
            let middle = low + (high - low) / 2;
            // SAFETY: middle is smaller than n.
            let (order, element) = unsafe {
                let element = base.byte_add(middle * size);
                (compare(key, element), element)
            };
            match order {
                0 => return element.cast_mut(),
                order if order < 0 => high = middle,
                _ => low = middle + 1,
            }
        }
        ptr::null_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Compares the first two bytes only, so that stability shows.
    unsafe extern "C-unwind" fn by_first_bytes(a: *const c_void, b: *const c_void) -> c_int {
        // SAFETY: elements have at least two bytes.
        unsafe { a.cast::<[u8; 2]>().read().cmp(&b.cast::<[u8; 2]>().read()) as c_int }
    }

    unsafe extern "C-unwind" fn counting(a: *const c_void, b: *const c_void, count: *mut c_void) -> c_int {
        // SAFETY: count is a u64; elements are i32.
        unsafe {
            *count.cast::<u64>() += 1;
            a.cast::<i32>()
                .read_unaligned()
                .cmp(&b.cast::<i32>().read_unaligned()) as c_int
        }
    }

    fn check<const SIZE: usize>(elements: &[[u8; 2]]) {
        let mut array: Vec<[u8; SIZE]> = elements
            .iter()
            .enumerate()
            .map(|(i, key)| {
                let mut element = [0; SIZE];
                element[..2].copy_from_slice(key);
                if SIZE >= 4 {
                    element[SIZE - 2..].copy_from_slice(&(i as u16).to_le_bytes());
                }
                element
            })
            .collect();
        let mut expected = array.clone();
        expected.sort_by(|a, b| a[..2].cmp(&b[..2]));
        let mut heaped = array.clone();
        // SAFETY: the arrays have that many elements.
        unsafe {
            qsort(array.as_mut_ptr().cast(), array.len(), SIZE, by_first_bytes);
            heap_sort(heaped.as_mut_ptr().cast(), heaped.len(), SIZE, &mut |a, b| {
                by_first_bytes(a.cast(), b.cast()) > 0
            });
        }
        assert_eq!(array, expected, "size {SIZE}");
        assert!(heaped.is_sorted_by(|a, b| a[..2] <= b[..2]));
        heaped.sort();
        array.sort();
        assert_eq!(array, heaped);
    }

    proptest! {
        #[test]
        fn sorts_stably_for_every_element_size(keys in prop::collection::vec(prop::array::uniform2(0u8..6), 0..400)) {
            check::<2>(&keys);
            check::<3>(&keys);
            check::<4>(&keys);
            check::<7>(&keys);
            check::<8>(&keys);
            check::<16>(&keys);
            check::<40>(&keys);
        }
    }

    #[test]
    fn compares_little_more_than_needed() {
        let mut state = 1u32;
        let mut array: Vec<u32> = (0..100_000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state
            })
            .collect();
        let mut count = 0u64;
        // SAFETY: the array has that many elements.
        unsafe {
            qsort_r(
                array.as_mut_ptr().cast(),
                array.len(),
                4,
                counting,
                (&raw mut count).cast(),
            )
        };
        assert!(array.is_sorted_by_key(|&x| x as i32));
        // log2(100000!) is 1,516,705.
        assert!(count < 1_560_000, "{count} comparisons");
    }

    #[test]
    fn bsearch_finds_every_element_and_nothing_else() {
        let array: Vec<i32> = (0..257).map(|i| i * 2).collect();
        unsafe extern "C-unwind" fn compare(a: *const c_void, b: *const c_void) -> c_int {
            // SAFETY: elements are i32.
            unsafe { a.cast::<i32>().read().cmp(&b.cast::<i32>().read()) as c_int }
        }
        for key in -1..515 {
            // SAFETY: the array has that many elements.
            let found = unsafe {
                bsearch(
                    (&raw const key).cast(),
                    array.as_ptr().cast(),
                    array.len(),
                    4,
                    compare,
                )
            };
            let expected = if key >= 0 && key % 2 == 0 && key < 514 {
                array[key as usize / 2..].as_ptr().addr()
            } else {
                0
            };
            assert_eq!(found.addr(), expected);
        }
    }
}
