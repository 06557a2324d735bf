//! `random` and `rand`: additive feedback over a table of 32-bit words.
//!
//! A table of 8, 32, 64, 128 or 256 bytes selects the generator: linear congruence alone, or x(n) = x(n-deg) +
//! x(n-deg+sep) with the low bit dropped. The caller's table keeps, in its first word, the generator's kind and
//! place, so that `setstate` can go on.

use crate::errno::{EINVAL, set_errno};
use crate::lock::Lock;
use crate::types::*;
use core::ptr;

/// The kinds: degree, separation and the bytes that the state needs.
const KINDS: [(usize, usize, usize); 5] = [(0, 0, 8), (7, 3, 32), (15, 1, 64), (31, 3, 128), (63, 1, 256)];
/// `RAND_MAX`.
const MAXIMUM: u32 = 0x7fff_ffff;

/// A generator: glibc's `struct random_data`, 48 bytes, which callers of `random_r` provide.
#[repr(C)]
#[allow(non_camel_case_types)]
pub struct random_data {
    front: *mut i32,
    rear: *mut i32,
    state: *mut i32,
    kind: c_int,
    degree: c_int,
    separation: c_int,
    end: *mut i32,
}

const _: () = assert!(size_of::<random_data>() == 48);

/// The next number of x -> 16807 x mod 2^31-1, by Schrage's method; as glibc, a seed's sign passes through.
fn minimal_standard(word: i32) -> i32 {
    let (high, low) = (word / 127_773, word % 127_773);
    let next = low.wrapping_mul(16_807).wrapping_sub(high.wrapping_mul(2836));
    if next < 0 {
        next.wrapping_add(i32::MAX)
    } else {
        next
    }
}

impl random_data {
    /// What the first word of a table keeps: the kind, and where the rear is.
    unsafe fn save(&self) {
        if self.state.is_null() {
            return;
        }
        // SAFETY: `state` follows the table's first word; rear lies in the table.
        unsafe {
            let place = if self.kind == 0 {
                0
            } else {
                self.rear.offset_from(self.state) as i32
            };
            *self.state.sub(1) = place * 5 + self.kind;
        }
    }

    /// Fills the table from a seed.
    unsafe fn seed(&mut self, seed: c_uint) {
        // SAFETY: the table has `degree` words.
        unsafe {
            let mut word = if seed == 0 { 1 } else { seed as i32 };
            *self.state = word;
            if self.kind == 0 {
                return;
            }
            for i in 1..self.degree as usize {
                word = minimal_standard(word);
                *self.state.add(i) = word;
            }
            self.front = self.state.add(self.separation as usize);
            self.rear = self.state;
            for _ in 0..10 * self.degree {
                self.next();
            }
        }
    }

    /// The next number.
    #[inline]
    unsafe fn next(&mut self) -> c_int {
        // SAFETY: front and rear stay within the table.
        unsafe {
            if self.kind == 0 {
                let word = (*self.state).wrapping_mul(1_103_515_245).wrapping_add(12345) & MAXIMUM as i32;
                *self.state = word;
                return word;
            }
            let sum = (*self.front as u32).wrapping_add(*self.rear as u32);
            *self.front = sum as i32;
            self.front = self.front.add(1);
            self.rear = self.rear.add(1);
            if self.front >= self.end {
                self.front = self.state;
            } else if self.rear >= self.end {
                self.rear = self.state;
            }
            (sum >> 1) as c_int
        }
    }

    /// Takes a table for the kind `kind`; its first word is for `save`.
    unsafe fn adopt(&mut self, table: *mut i32, kind: usize) {
        let (degree, separation, _) = KINDS[kind];
        // SAFETY: the table has the bytes that the kind needs.
        unsafe {
            self.state = table.add(1);
            self.end = self.state.add(degree);
        }
        self.kind = kind as c_int;
        self.degree = degree as c_int;
        self.separation = separation as c_int;
    }
}

/// The process's generator, and the table it has until `initstate`.
struct Process {
    generator: random_data,
    table: [i32; 32],
    seeded: bool,
}

// SAFETY: the pointers lead into the table beside them or into one that the program gave away.
unsafe impl Send for Process {}

static PROCESS: Lock<Process> = Lock::new(Process {
    generator: random_data {
        front: ptr::null_mut(),
        rear: ptr::null_mut(),
        state: ptr::null_mut(),
        kind: 0,
        degree: 0,
        separation: 0,
        end: ptr::null_mut(),
    },
    table: [0; 32],
    seeded: false,
});

/// The lock, for fork.
pub fn lock() -> &'static crate::lock::RawLock {
    PROCESS.raw()
}

/// The process's generator, seeded with 1 before anything else is done with it.
fn with_process<R>(act: impl FnOnce(&mut random_data) -> R) -> R {
    let mut process = PROCESS.lock();
    let process = &mut *process;
    if !process.seeded {
        process.seeded = true;
        // SAFETY: the table has 128 bytes and lives as long as the process.
        unsafe {
            process.generator.adopt(process.table.as_mut_ptr(), 3);
            process.generator.seed(1);
        }
    }
    act(&mut process.generator)
}

fn invalid() -> c_int {
    set_errno(EINVAL);
    -1
}

export! {
    /// A number from 0 to 2^31-1. POSIX.1-2024 `random`.
    pub unsafe extern "C" fn random() -> c_long {
        // SAFETY: the process's generator has a table.
        with_process(|generator| c_long::from(unsafe { generator.next() }))
    }

    /// `random` as an `int`. ISO C, POSIX.1-2024 `rand`.
    pub unsafe extern "C" fn rand() -> c_int {
        // SAFETY: as random.
        with_process(|generator| unsafe { generator.next() })
    }

    /// Seeds `random` and `rand`. POSIX.1-2024 `srandom`.
    pub unsafe extern "C" fn srandom(seed: c_uint) {
        // SAFETY: as random.
        with_process(|generator| unsafe { generator.seed(seed) });
    }

    /// Takes a table of `size` bytes (8, 32, 64, 128 or 256 are used) and seeds it. The table before, or null
    /// with EINVAL. POSIX.1-2024 `initstate`.
    pub unsafe extern "C" fn initstate(seed: c_uint, table: *mut c_char, size: size_t) -> *mut c_char {
        with_process(|generator| {
            // SAFETY: the generator has a table; the caller gives a new one of that size.
            unsafe {
                let before = generator.state.sub(1);
                if initstate_r(seed, table, size, generator) == 0 { before.cast() } else { ptr::null_mut() }
            }
        })
    }

    /// Goes on with a table that `initstate` or `setstate` left. The table before, or null with EINVAL.
    /// POSIX.1-2024 `setstate`.
    pub unsafe extern "C" fn setstate(table: *const c_char) -> *mut c_char {
        with_process(|generator| {
            // SAFETY: the generator has a table; the caller's was made by initstate.
            unsafe {
                let before = generator.state.sub(1);
                if setstate_r(table.cast_mut(), generator) == 0 { before.cast() } else { ptr::null_mut() }
            }
        })
    }

    /// `random` with the caller's generator. glibc `random_r`.
    pub unsafe extern "C" fn random_r(generator: *mut random_data, result: *mut i32) -> c_int {
        // SAFETY: the generator was set up by initstate_r; result is valid.
        unsafe {
            if generator.is_null() || result.is_null() || (*generator).state.is_null() {
                return invalid();
            }
            *result = (*generator).next();
        }
        0
    }

    /// Seeds the caller's generator. glibc `srandom_r`.
    pub unsafe extern "C" fn srandom_r(seed: c_uint, generator: *mut random_data) -> c_int {
        // SAFETY: the generator was set up by initstate_r.
        unsafe {
            if generator.is_null() || (*generator).state.is_null() {
                return invalid();
            }
            (*generator).seed(seed);
        }
        0
    }

    /// Gives the caller's generator a table and seeds it. glibc `initstate_r`.
    pub unsafe extern "C" fn initstate_r(
        seed: c_uint,
        table: *mut c_char,
        size: size_t,
        generator: *mut random_data,
    ) -> c_int {
        let kind = KINDS.iter().rposition(|&(_, _, bytes)| size >= bytes);
        let Some(kind) = kind.filter(|_| !table.is_null() && !generator.is_null()) else {
            return invalid();
        };
        // SAFETY: the table has the bytes of its kind; the generator is zeroed or was set up before.
        unsafe {
            let generator = &mut *generator;
            generator.save();
            generator.adopt(table.cast(), kind);
            generator.seed(seed);
            generator.save();
        }
        0
    }

    /// Goes on with a table in the caller's generator. glibc `setstate_r`.
    pub unsafe extern "C" fn setstate_r(table: *mut c_char, generator: *mut random_data) -> c_int {
        if table.is_null() || generator.is_null() {
            return invalid();
        }
        // SAFETY: the table was left by initstate_r or setstate_r, and its first word is checked.
        unsafe {
            let generator = &mut *generator;
            let table: *mut i32 = table.cast();
            // Saved first: the table may be the one in use.
            generator.save();
            let word = *table;
            let kind = word.rem_euclid(5) as usize;
            let (degree, separation, _) = KINDS[kind];
            let place = word.div_euclid(5);
            if place < 0 || place as usize > degree.saturating_sub(1) {
                return invalid();
            }
            generator.adopt(table, kind);
            if kind != 0 {
                generator.rear = generator.state.add(place as usize);
                generator.front = generator.state.add((place as usize + separation) % degree);
            }
        }
        0
    }

    /// A number from 0 to 2^31-1 from the seed alone, which it changes. POSIX.1-2008 `rand_r`.
    pub unsafe extern "C" fn rand_r(seed: *mut c_uint) -> c_int {
        let step = |next: &mut u32| {
            *next = next.wrapping_mul(1_103_515_245).wrapping_add(12345);
            *next >> 16
        };
        // SAFETY: seed is valid.
        let next = unsafe { &mut *seed };
        let first = step(next) % 2048;
        let second = step(next) % 1024;
        let third = step(next) % 1024;
        ((first << 10 ^ second) << 10 ^ third) as c_int
    }
}

crate::alias!(srand = srandom);

#[cfg(test)]
mod tests {
    use super::*;

    mod host {
        use crate::types::*;
        unsafe extern "C" {
            pub fn initstate_r(seed: c_uint, t: *mut c_char, n: size_t, g: *mut c_void) -> c_int;
            pub fn setstate_r(t: *mut c_char, g: *mut c_void) -> c_int;
            pub fn random_r(g: *mut c_void, result: *mut i32) -> c_int;
            pub fn rand_r(seed: *mut c_uint) -> c_int;
        }
    }

    #[test]
    fn every_kind_gives_the_sequence_of_the_host() {
        for size in [8usize, 9, 31, 32, 64, 100, 128, 255, 256, 1000] {
            for seed in [0, 1, 42, 0x7fff_ffff, 0x8000_0001, u32::MAX] {
                let (mut ours, mut theirs) = ([0u64; 6], [0u64; 6]);
                let (mut a, mut b) = ([0i32; 256], [0i32; 256]);
                let (mut second_a, mut second_b) = ([0i32; 32], [0i32; 32]);
                // SAFETY: tables and generators are large enough.
                unsafe {
                    let g: *mut random_data = ours.as_mut_ptr().cast();
                    let h: *mut c_void = theirs.as_mut_ptr().cast();
                    assert_eq!(initstate_r(seed, a.as_mut_ptr().cast(), size, g), 0);
                    assert_eq!(host::initstate_r(seed, b.as_mut_ptr().cast(), size, h), 0);
                    let compare = |n| {
                        for i in 0..n {
                            let (mut x, mut y) = (0, 0);
                            random_r(g, &mut x);
                            host::random_r(h, &mut y);
                            assert_eq!(x, y, "size {size} seed {seed} number {i}");
                        }
                    };
                    compare(150);
                    // Another table, and back to where the first one was.
                    initstate_r(7, second_a.as_mut_ptr().cast(), 128, g);
                    host::initstate_r(7, second_b.as_mut_ptr().cast(), 128, h);
                    compare(10);
                    assert_eq!(
                        setstate_r(a.as_mut_ptr().cast(), g),
                        host::setstate_r(b.as_mut_ptr().cast(), h)
                    );
                    compare(150);
                }
            }
        }
    }

    #[test]
    fn random_starts_as_seeded_with_1_and_setstate_goes_on() {
        // SAFETY: this is the only test that uses the process's generator.
        unsafe {
            assert_eq!(
                [random(), random(), random()],
                [1804289383, 846930886, 1681692777]
            );
            srandom(1);
            assert_eq!(rand(), 1804289383);
            let mut table = [0u64; 8];
            let first = initstate(5, table.as_mut_ptr().cast(), 64);
            random();
            assert_eq!(setstate(first), table.as_mut_ptr().cast());
            assert_eq!(random(), 846930886);
            assert!(initstate(1, table.as_mut_ptr().cast(), 7).is_null());
        }
    }

    #[test]
    fn rand_r_is_that_of_the_host() {
        let (mut a, mut b) = (12345, 12345);
        for _ in 0..1000 {
            // SAFETY: both seeds are valid.
            unsafe { assert_eq!(rand_r(&mut a), host::rand_r(&mut b)) };
        }
    }
}
