//! wprintf, fwprintf, swprintf and their `v` forms. ISO C17 7.29.2.

use super::engine::{Care, print};
use super::narrow::returned;
use super::output::{Bounded, Memory, Output};
use super::va_list::VaList;
use crate::errno::{Errno, Result};
use crate::stdio::file::{File, locked};
use crate::stdio::{output, standard, wide};
use crate::types::*;

/// A stream that takes wide characters.
struct WideStream<'a>(&'a mut File);

impl Output<wchar_t> for WideStream<'_> {
    fn write(&mut self, text: &[wchar_t]) -> Result<()> {
        text.iter()
            .try_for_each(|&character| wide::put_character(self.0, character))
    }
}

/// Prints to a stream that the caller has locked.
///
/// # Safety
/// The format is a wide string, and the list holds what it says.
pub unsafe fn print_to_stream(
    file: &mut File,
    format: *const wchar_t,
    list: *mut VaList,
    care: Care,
) -> Result<c_int> {
    wide::orient(file)?;
    output::begin(file)?;
    // SAFETY: as the caller promises.
    unsafe { print::<wchar_t>(&mut WideStream(file), format, &mut *list, care) }
}

/// Prints to memory of a fixed size with a terminator; an error if it is too small.
///
/// # Safety
/// The place has the size, the format is a wide string, and the list holds what it says.
pub unsafe fn print_to_memory(
    place: *mut wchar_t,
    size: size_t,
    format: *const wchar_t,
    list: *mut VaList,
    care: Care,
) -> Result<c_int> {
    if size == 0 {
        return Err(Errno::EOVERFLOW);
    }
    // SAFETY: as the caller promises; one unit is kept for the terminator.
    unsafe {
        let mut bounded = Bounded(Memory::<wchar_t>::new(place, size - 1));
        let result = print::<wchar_t>(&mut bounded, format, &mut *list, care);
        bounded.0.next().write(0);
        result.map_err(|error| {
            if error == Errno::E2BIG {
                Errno::EOVERFLOW
            } else {
                error
            }
        })
    }
}

export! {
    /// Prints to a stream. ISO C17 7.29.2.5.
    pub unsafe extern "C" fn vfwprintf(stream: *mut File, format: *const wchar_t, list: *mut VaList) -> c_int {
        // SAFETY: as the caller promises.
        returned(unsafe { locked(stream, |file| print_to_stream(file, format, list, Care::Normal)) })
    }

    /// Prints to stdout. ISO C17 7.29.2.9.
    pub unsafe extern "C" fn vwprintf(format: *const wchar_t, list: *mut VaList) -> c_int {
        // SAFETY: as the caller promises; stdout names an open stream.
        unsafe { vfwprintf(standard::STDOUT.get(), format, list) }
    }

    /// Prints to memory of a fixed size. ISO C17 7.29.2.7.
    pub unsafe extern "C" fn vswprintf(place: *mut wchar_t, size: size_t, format: *const wchar_t, list: *mut VaList) -> c_int {
        // SAFETY: as the caller promises.
        returned(unsafe { print_to_memory(place, size, format, list, Care::Normal) })
    }
}

variadic! {
    wprintf(1) = vwprintf;
    fwprintf(2) = vfwprintf;
    swprintf(3) = vswprintf;
}
