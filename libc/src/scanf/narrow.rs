//! scanf, fscanf, sscanf and their `v` forms. ISO C17 7.21.6.

use super::engine::scan;
use super::input::Text;
use crate::printf::va_list::VaList;
use crate::stdio::file::{File, locked};
use crate::stdio::standard;
use crate::types::*;

export! {
    /// Reads from a stream. ISO C17 7.21.6.9.
    pub unsafe extern "C" fn vfscanf(stream: *mut File, format: *const c_char, list: *mut VaList) -> c_int {
        // SAFETY: as the caller promises.
        unsafe { locked(stream, |file| scan::<u8>(file, format.cast(), &mut *list)) }
    }

    /// Reads from stdin. ISO C17 7.21.6.11.
    pub unsafe extern "C" fn vscanf(format: *const c_char, list: *mut VaList) -> c_int {
        // SAFETY: as the caller promises; stdin names an open stream.
        unsafe { vfscanf(standard::STDIN.get(), format, list) }
    }

    /// Reads from a string. ISO C17 7.21.6.14.
    pub unsafe extern "C" fn vsscanf(text: *const c_char, format: *const c_char, list: *mut VaList) -> c_int {
        // SAFETY: as the caller promises.
        unsafe { scan::<u8>(&mut Text::new(text.cast()), format.cast(), &mut *list) }
    }
}
alias!(__isoc99_vfscanf = vfscanf);
alias!(__isoc99_vscanf = vscanf);
alias!(__isoc99_vsscanf = vsscanf);
alias!(_IO_vfscanf = vfscanf);

variadic! {
    scanf(1) = vscanf;
    fscanf(2) = vfscanf;
    sscanf(2) = vsscanf;
    __isoc99_scanf(1) = vscanf;
    __isoc99_fscanf(2) = vfscanf;
    __isoc99_sscanf(2) = vsscanf;
}
