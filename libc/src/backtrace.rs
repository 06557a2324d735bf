//! <execinfo.h>: the calls that lead here. GNU `backtrace`.
//!
//! The unwinder that the program links walks the frames. There is no dynamic symbol table to name functions by: an address is
//! written as a number, with the program's own name when it lies in the program.

use crate::env::full_name;
use crate::heap::{Vector, malloc};
use crate::seam::{Files, System};
use crate::types::*;
use core::ffi::CStr;
use core::ptr;

/// `_URC_END_OF_STACK`: the walk is to end here.
#[cfg(not(test))]
const END_OF_STACK: c_int = 5;

/// The frames found so far.
#[cfg(not(test))]
struct Frames {
    addresses: *mut *mut c_void,
    room: usize,
    count: usize,
    /// `backtrace` itself is not shown.
    own: bool,
}

#[cfg(not(test))]
unsafe extern "C" {
    fn _Unwind_Backtrace(
        visit: unsafe extern "C" fn(*mut c_void, *mut c_void) -> c_int,
        argument: *mut c_void,
    ) -> c_int;
    fn _Unwind_GetIP(context: *mut c_void) -> usize;
}

#[cfg(not(test))]
unsafe extern "C" fn visit(context: *mut c_void, argument: *mut c_void) -> c_int {
    // SAFETY: the argument is the frames of `backtrace`; the context is the unwinder's.
    unsafe {
        let frames = &mut *argument.cast::<Frames>();
        if frames.own {
            frames.own = false;
            return 0;
        }
        let address = _Unwind_GetIP(context);
        if address == 0 || frames.count >= frames.room {
            return END_OF_STACK;
        }
        *frames.addresses.add(frames.count) = ptr::with_exposed_provenance_mut(address);
        frames.count += 1;
    }
    0
}

/// An address as text: `PROGRAM() [0xADDRESS]`.
fn describe(address: *const c_void, line: &mut Vector<u8>) -> crate::errno::Result<()> {
    // SAFETY: the program's own name is a string for as long as it runs.
    let name = unsafe { CStr::from_ptr(full_name()) }.to_bytes();
    line.extend_from_slice(name)?;
    line.extend_from_slice(b"() [0x")?;
    let value = address.addr();
    let digits = (usize::BITS - value.leading_zeros()).div_ceil(4).max(1);
    for digit in (0..digits).rev() {
        line.push(b"0123456789abcdef"[value >> (4 * digit) & 15])?;
    }
    line.push(b']')
}

// SAFETY of every block below: the arrays are the caller's, with as many places as is said.
crate::export! {
    /// The return addresses of the calls that lead here, the innermost first; how many. GNU `backtrace`.
    pub unsafe extern "C" fn backtrace(addresses: *mut *mut c_void, room: c_int) -> c_int {
        let room = usize::try_from(room).unwrap_or(0);
        #[cfg(not(test))]
        {
            let mut frames = Frames { addresses, room, count: 0, own: true };
            // SAFETY: see above; the frames live as long as the walk.
            unsafe { _Unwind_Backtrace(visit, (&raw mut frames).cast()) };
            frames.count as c_int
        }
        // Host tests have another unwinder.
        #[cfg(test)]
        {
            let _ = (addresses, room);
            0
        }
    }

    /// A line for each address, in one block that the caller frees; null when there is no memory. GNU `backtrace_symbols`.
    pub unsafe extern "C" fn backtrace_symbols(addresses: *const *mut c_void, count: c_int) -> *mut *mut c_char {
        let count = usize::try_from(count).unwrap_or(0);
        let mut lines = Vector::new();
        let mut starts = Vector::new();
        let made = (|| {
            for index in 0..count {
                starts.push(lines.len())?;
                // SAFETY: see above.
                describe(unsafe { *addresses.add(index) }, &mut lines)?;
                lines.push(0)?;
            }
            Ok(())
        })();
        let made: crate::errno::Result<()> = made;
        // SAFETY: the block has room for the pointers and, behind them, the lines.
        unsafe {
            let table = count * size_of::<*mut c_char>();
            let block: *mut *mut c_char = malloc((table + lines.len()).max(1)).cast();
            if made.is_err() || block.is_null() {
                crate::heap::free(block.cast());
                return ptr::null_mut();
            }
            let text = block.byte_add(table).cast::<u8>();
            ptr::copy_nonoverlapping(lines.as_ptr(), text, lines.len());
            for (index, &start) in starts.iter().enumerate() {
                block.add(index).write(text.add(start).cast());
            }
            block
        }
    }

    /// Writes a line for each address to a descriptor. GNU `backtrace_symbols_fd`.
    pub unsafe extern "C" fn backtrace_symbols_fd(addresses: *const *mut c_void, count: c_int, fd: c_int) {
        for index in 0..usize::try_from(count).unwrap_or(0) {
            let mut line = Vector::new();
            // SAFETY: see above.
            unsafe {
                if describe(*addresses.add(index), &mut line).and_then(|()| line.push(b'\n')).is_ok() {
                    let _ = System::write(fd, line.as_ptr().cast(), line.len());
                }
            }
        }
    }
}
