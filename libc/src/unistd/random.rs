//! Random bytes. POSIX.1-2024 `getentropy`; Linux's `getrandom`; BSD's `arc4random`.

use crate::errno::{Errno, returned, returned_status};
use crate::seam::*;
use crate::thread::cancel;
use crate::types::*;

/// Fills a buffer, in as many steps as it takes.
unsafe fn fill(buffer: *mut c_void, length: usize) {
    let mut done = 0;
    while done < length {
        // SAFETY: the callers' buffer has `length` bytes.
        match unsafe { System::random(buffer.byte_add(done), (length - done).min(256), 0) } {
            Ok(more) => done += more,
            Err(Errno::EINTR) => {}
            Err(_) => crate::signal::abort::abort_with(b"Fatal error: cannot get entropy\n"),
        }
    }
}

fn word() -> u32 {
    let mut word = 0u32;
    // SAFETY: a local variable.
    unsafe { fill((&raw mut word).cast(), size_of::<u32>()) };
    word
}

// SAFETY of every block below: buffers are the caller's.
crate::export! {
    /// Random bytes; how many. Linux `getrandom`.
    pub unsafe extern "C-unwind" fn getrandom(buffer: *mut c_void, length: size_t, flags: c_uint) -> ssize_t {
        // SAFETY: see above.
        returned(cancel::point(|| unsafe { System::random(buffer, length, flags) }).map(|bytes| bytes as ssize_t))
    }

    /// At most 256 random bytes, all of them. POSIX.1-2024 `getentropy`.
    pub unsafe extern "C" fn getentropy(buffer: *mut c_void, length: size_t) -> c_int {
        if length > 256 {
            return returned_status(Err(Errno::EIO));
        }
        // SAFETY: see above.
        unsafe { fill(buffer, length) };
        0
    }

    /// 32 random bits. BSD, glibc 2.36 `arc4random`.
    pub unsafe extern "C" fn arc4random() -> u32 {
        word()
    }

    /// Random bytes. BSD, glibc 2.36 `arc4random_buf`.
    pub unsafe extern "C" fn arc4random_buf(buffer: *mut c_void, length: size_t) {
        // SAFETY: see above.
        unsafe { fill(buffer, length) }
    }

    /// A random number below `bound`, each as likely. BSD, glibc 2.36 `arc4random_uniform`.
    pub unsafe extern "C" fn arc4random_uniform(bound: u32) -> u32 {
        if bound < 2 {
            return 0;
        }
        // Numbers below 2^32 mod bound would come up once more often than the others.
        let least = bound.wrapping_neg() % bound;
        loop {
            let drawn = word();
            if drawn >= least {
                return drawn % bound;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniform_numbers_stay_below_their_bound() {
        for bound in [0, 1, 2, 3, 1000, u32::MAX] {
            for _ in 0..50 {
                // SAFETY: it has no conditions.
                assert!(unsafe { arc4random_uniform(bound) } < bound.max(1));
            }
        }
    }
}
