//! `drand48` and its family: x -> a x + c modulo 2^48.

use crate::lock::Lock;
use crate::types::*;

const MULTIPLIER: u64 = 0x5_deec_e66d;
const INCREMENT: u16 = 0xb;
const MASK: u64 = (1 << 48) - 1;

/// A generator: glibc's `struct drand48_data`, 24 bytes.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(non_camel_case_types)]
pub struct drand48_data {
    x: [c_ushort; 3],
    old_x: [c_ushort; 3],
    c: c_ushort,
    /// Whether `c` and `a` are set; if not, they are at their first use.
    init: c_ushort,
    a: c_ulonglong,
}

const _: () = assert!(size_of::<drand48_data>() == 24);

fn join(x: [c_ushort; 3]) -> u64 {
    u64::from(x[0]) | u64::from(x[1]) << 16 | u64::from(x[2]) << 32
}

fn split(x: u64) -> [c_ushort; 3] {
    [x as u16, (x >> 16) as u16, (x >> 32) as u16]
}

impl drand48_data {
    const ZERO: drand48_data = drand48_data {
        x: [0; 3],
        old_x: [0; 3],
        c: INCREMENT,
        init: 1,
        a: MULTIPLIER,
    };

    fn prepare(&mut self) {
        if self.init == 0 {
            self.a = MULTIPLIER;
            self.c = INCREMENT;
            self.init = 1;
        }
    }

    /// The number after `x`.
    fn step(&mut self, x: [c_ushort; 3]) -> u64 {
        self.prepare();
        join(x).wrapping_mul(self.a).wrapping_add(u64::from(self.c)) & MASK
    }

    fn seed(&mut self, seed: c_long) {
        self.x = [0x330e, seed as u16, (seed >> 16) as u16];
        self.a = MULTIPLIER;
        self.c = INCREMENT;
        self.init = 1;
    }
}

/// From 0 to 1, exclusive.
fn as_double(x: u64) -> c_double {
    // 48 bits fit a double's 53, and the division is by a power of two: both are exact.
    x as f64 / (1u64 << 48) as f64
}

/// From 0 to 2^31-1.
fn as_positive(x: u64) -> c_long {
    (x >> 17) as c_long
}

/// From -2^31 to 2^31-1.
fn as_signed(x: u64) -> c_long {
    c_long::from((x >> 16) as i32)
}

static PROCESS: Lock<drand48_data> = Lock::new(drand48_data::ZERO);

/// The lock, for fork.
pub fn lock() -> &'static crate::lock::RawLock {
    PROCESS.raw()
}

/// Advances the process's generator.
fn next() -> u64 {
    let mut generator = PROCESS.lock();
    let x = generator.x;
    let next = generator.step(x);
    generator.x = split(next);
    next
}

/// Advances the caller's `x` with the parameters of a generator.
unsafe fn next_of(x: *mut c_ushort, generator: &mut drand48_data) -> u64 {
    // SAFETY: x has three elements.
    unsafe {
        let place = x.cast::<[c_ushort; 3]>();
        let next = generator.step(*place);
        *place = split(next);
        next
    }
}

export! {
    /// A number from 0 to 1, exclusive. POSIX.1-2024 `drand48`.
    pub unsafe extern "C" fn drand48() -> c_double {
        as_double(next())
    }

    /// A number from 0 to 2^31-1. POSIX.1-2024 `lrand48`.
    pub unsafe extern "C" fn lrand48() -> c_long {
        as_positive(next())
    }

    /// A number from -2^31 to 2^31-1. POSIX.1-2024 `mrand48`.
    pub unsafe extern "C" fn mrand48() -> c_long {
        as_signed(next())
    }

    /// `drand48` with the caller's state. POSIX.1-2024 `erand48`.
    pub unsafe extern "C" fn erand48(x: *mut c_ushort) -> c_double {
        // SAFETY: x has three elements.
        as_double(unsafe { next_of(x, &mut PROCESS.lock()) })
    }

    /// `lrand48` with the caller's state. POSIX.1-2024 `nrand48`.
    pub unsafe extern "C" fn nrand48(x: *mut c_ushort) -> c_long {
        // SAFETY: x has three elements.
        as_positive(unsafe { next_of(x, &mut PROCESS.lock()) })
    }

    /// `mrand48` with the caller's state. POSIX.1-2024 `jrand48`.
    pub unsafe extern "C" fn jrand48(x: *mut c_ushort) -> c_long {
        // SAFETY: x has three elements.
        as_signed(unsafe { next_of(x, &mut PROCESS.lock()) })
    }

    /// Seeds the process's generator with 32 bits. POSIX.1-2024 `srand48`.
    pub unsafe extern "C" fn srand48(seed: c_long) {
        PROCESS.lock().seed(seed);
    }

    /// Seeds the process's generator with 48 bits; the state before. POSIX.1-2024 `seed48`.
    pub unsafe extern "C" fn seed48(x: *mut c_ushort) -> *mut c_ushort {
        let mut generator = PROCESS.lock();
        // SAFETY: x has three elements.
        unsafe { seed48_r(x, &mut *generator) };
        generator.old_x.as_mut_ptr()
    }

    /// Sets state, multiplier and increment of the process's generator. POSIX.1-2024 `lcong48`.
    pub unsafe extern "C" fn lcong48(parameters: *mut c_ushort) {
        // SAFETY: parameters has seven elements.
        unsafe { lcong48_r(parameters, &mut *PROCESS.lock()) };
    }

    /// `drand48` with the caller's generator. glibc `drand48_r`.
    pub unsafe extern "C" fn drand48_r(generator: *mut drand48_data, result: *mut c_double) -> c_int {
        // SAFETY: both are valid.
        unsafe { erand48_r((&raw mut (*generator).x).cast(), generator, result) }
    }

    /// `erand48` with the caller's generator. glibc `erand48_r`.
    pub unsafe extern "C" fn erand48_r(
        x: *mut c_ushort,
        generator: *mut drand48_data,
        result: *mut c_double,
    ) -> c_int {
        // SAFETY: all are valid; x may lie in the generator.
        unsafe {
            let mut copy = *generator;
            let next = next_of(x, &mut copy);
            (*generator).a = copy.a;
            (*generator).c = copy.c;
            (*generator).init = copy.init;
            *result = as_double(next);
        }
        0
    }

    /// `lrand48` with the caller's generator. glibc `lrand48_r`.
    pub unsafe extern "C" fn lrand48_r(generator: *mut drand48_data, result: *mut c_long) -> c_int {
        // SAFETY: both are valid.
        unsafe { nrand48_r((&raw mut (*generator).x).cast(), generator, result) }
    }

    /// `nrand48` with the caller's generator. glibc `nrand48_r`.
    pub unsafe extern "C" fn nrand48_r(
        x: *mut c_ushort,
        generator: *mut drand48_data,
        result: *mut c_long,
    ) -> c_int {
        // SAFETY: all are valid; x may lie in the generator.
        unsafe {
            let mut copy = *generator;
            let next = next_of(x, &mut copy);
            (*generator).a = copy.a;
            (*generator).c = copy.c;
            (*generator).init = copy.init;
            *result = as_positive(next);
        }
        0
    }

    /// `mrand48` with the caller's generator. glibc `mrand48_r`.
    pub unsafe extern "C" fn mrand48_r(generator: *mut drand48_data, result: *mut c_long) -> c_int {
        // SAFETY: both are valid.
        unsafe { jrand48_r((&raw mut (*generator).x).cast(), generator, result) }
    }

    /// `jrand48` with the caller's generator. glibc `jrand48_r`.
    pub unsafe extern "C" fn jrand48_r(
        x: *mut c_ushort,
        generator: *mut drand48_data,
        result: *mut c_long,
    ) -> c_int {
        // SAFETY: all are valid; x may lie in the generator.
        unsafe {
            let mut copy = *generator;
            let next = next_of(x, &mut copy);
            (*generator).a = copy.a;
            (*generator).c = copy.c;
            (*generator).init = copy.init;
            *result = as_signed(next);
        }
        0
    }

    /// Seeds the caller's generator with 32 bits. glibc `srand48_r`.
    pub unsafe extern "C" fn srand48_r(seed: c_long, generator: *mut drand48_data) -> c_int {
        // SAFETY: generator is valid.
        unsafe { (*generator).seed(seed) };
        0
    }

    /// Seeds the caller's generator with 48 bits. glibc `seed48_r`.
    pub unsafe extern "C" fn seed48_r(x: *mut c_ushort, generator: *mut drand48_data) -> c_int {
        // SAFETY: x has three elements; generator is valid.
        unsafe {
            let x = *x.cast::<[c_ushort; 3]>();
            let generator = &mut *generator;
            generator.old_x = generator.x;
            generator.x = x;
            generator.a = MULTIPLIER;
            generator.c = INCREMENT;
            generator.init = 1;
        }
        0
    }

    /// Sets state, multiplier and increment of the caller's generator. glibc `lcong48_r`.
    pub unsafe extern "C" fn lcong48_r(parameters: *mut c_ushort, generator: *mut drand48_data) -> c_int {
        // SAFETY: parameters has seven elements; generator is valid.
        unsafe {
            let p = *parameters.cast::<[c_ushort; 7]>();
            let generator = &mut *generator;
            generator.x = [p[0], p[1], p[2]];
            generator.a = join([p[3], p[4], p[5]]);
            generator.c = p[6];
            generator.init = 1;
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    mod host {
        use super::drand48_data;
        use crate::types::*;
        unsafe extern "C" {
            pub fn srand48_r(seed: c_long, g: *mut drand48_data) -> c_int;
            pub fn lcong48_r(p: *mut c_ushort, g: *mut drand48_data) -> c_int;
            pub fn drand48_r(g: *mut drand48_data, r: *mut c_double) -> c_int;
            pub fn lrand48_r(g: *mut drand48_data, r: *mut c_long) -> c_int;
            pub fn mrand48_r(g: *mut drand48_data, r: *mut c_long) -> c_int;
        }
    }

    #[test]
    fn sequences_are_those_of_the_host() {
        for seed in [0, 1, -1, 123456789, 0x7fff_ffff] {
            for own_parameters in [false, true] {
                let (mut a, mut b) = (drand48_data::ZERO, drand48_data::ZERO);
                let mut p = [1u16, 2, 3, 4, 5, 6, 7];
                // SAFETY: all are valid.
                unsafe {
                    srand48_r(seed, &mut a);
                    host::srand48_r(seed, &mut b);
                    if own_parameters {
                        lcong48_r(p.as_mut_ptr(), &mut a);
                        host::lcong48_r(p.as_mut_ptr(), &mut b);
                    }
                    for _ in 0..100 {
                        let (mut x, mut y) = (0.0, 0.0);
                        drand48_r(&mut a, &mut x);
                        host::drand48_r(&mut b, &mut y);
                        assert_eq!(x.to_bits(), y.to_bits());
                        let (mut x, mut y) = (0, 0);
                        lrand48_r(&mut a, &mut x);
                        host::lrand48_r(&mut b, &mut y);
                        assert_eq!(x, y);
                        mrand48_r(&mut a, &mut x);
                        host::mrand48_r(&mut b, &mut y);
                        assert_eq!(x, y);
                    }
                }
            }
        }
    }
}
