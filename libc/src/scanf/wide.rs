//! wscanf, fwscanf, swscanf and their `v` forms. ISO C17 7.29.2.

use super::engine::scan;
use super::input::{Text, WideStream};
use crate::printf::va_list::VaList;
use crate::stdio::file::{File, locked};
use crate::stdio::{standard, wide};
use crate::types::*;

export! {
    /// Reads from a stream. ISO C17 7.29.2.6.
    pub unsafe extern "C" fn vfwscanf(stream: *mut File, format: *const wchar_t, list: *mut VaList) -> c_int {
        // SAFETY: as the caller promises.
        unsafe {
            locked(stream, |file| {
                let _ = wide::orient(file);
                let mut input = WideStream::new(file);
                let stored = scan::<wchar_t>(&mut input, format, &mut *list);
                input.finish();
                stored
            })
        }
    }

    /// Reads from stdin. ISO C17 7.29.2.10.
    pub unsafe extern "C" fn vwscanf(format: *const wchar_t, list: *mut VaList) -> c_int {
        // SAFETY: as the caller promises; stdin names an open stream.
        unsafe { vfwscanf(standard::STDIN.get(), format, list) }
    }

    /// Reads from a string. ISO C17 7.29.2.8.
    pub unsafe extern "C" fn vswscanf(text: *const wchar_t, format: *const wchar_t, list: *mut VaList) -> c_int {
        // SAFETY: as the caller promises.
        unsafe { scan::<wchar_t>(&mut Text::new(text), format, &mut *list) }
    }
}
alias!(__isoc99_vfwscanf = vfwscanf);
alias!(__isoc99_vwscanf = vwscanf);
alias!(__isoc99_vswscanf = vswscanf);

variadic! {
    wscanf(1) = vwscanf;
    fwscanf(2) = vfwscanf;
    swscanf(2) = vswscanf;
    __isoc99_wscanf(1) = vwscanf;
    __isoc99_fwscanf(2) = vfwscanf;
    __isoc99_swscanf(2) = vswscanf;
}
