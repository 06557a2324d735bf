//! What an unwinder asks of the C library: where the program's unwind tables are.
//!
//! A program is linked statically, so there is one object. `_dl_find_object` serves libgcc; `dl_iterate_phdr`
//! serves backtraces. glibc 2.35 <dlfcn.h>, <link.h>.

use crate::start::{program, tls};
use crate::types::*;
use core::ptr;

/// C's `struct dl_find_object`.
#[repr(C)]
pub struct FoundObject {
    flags: u64,
    map_start: *mut c_void,
    map_end: *mut c_void,
    link_map: *mut LinkMap,
    eh_frame: *mut c_void,
    reserved: [u64; 7],
}

/// C's `struct link_map`, its public part.
#[repr(C)]
pub struct LinkMap {
    address: usize,
    name: *const c_char,
    dynamic: *mut c_void,
    next: *mut LinkMap,
    previous: *mut LinkMap,
}

/// C's `struct dl_phdr_info`.
#[repr(C)]
pub struct HeaderInformation {
    address: usize,
    name: *const c_char,
    headers: *const program::ProgramHeader,
    header_count: u16,
    additions: u64,
    removals: u64,
    tls_module: usize,
    tls_data: *mut c_void,
}

const _: () = assert!(size_of::<FoundObject>() == 96 && size_of::<HeaderInformation>() == 64);

struct Map(core::cell::UnsafeCell<LinkMap>);
// SAFETY: it is only ever read, and programs are told not to write to it.
unsafe impl Sync for Map {}
static MAP: Map = Map(core::cell::UnsafeCell::new(LinkMap {
    address: 0,
    name: c"".as_ptr(),
    dynamic: ptr::null_mut(),
    next: ptr::null_mut(),
    previous: ptr::null_mut(),
}));

/// The image in memory: first byte, one behind the last.
fn extent() -> Option<(usize, usize)> {
    let base = program::load_address();
    let parts = program::headers()
        .iter()
        .filter(|header| header.kind == program::PT_LOAD);
    let start = parts
        .clone()
        .map(|header| base.wrapping_add(header.address as usize))
        .min()?;
    let end = parts
        .map(|header| base.wrapping_add((header.address + header.memory_size) as usize))
        .max()?;
    Some((start, end))
}

crate::export! {
    /// The object that holds a code address, with its unwind table; 0, or -1 for none. glibc 2.35
    /// `_dl_find_object`.
    pub unsafe extern "C" fn _dl_find_object(address: *mut c_void, result: *mut FoundObject) -> c_int {
        let (Some((start, end)), Some(table)) = (extent(), program::header(program::PT_GNU_EH_FRAME)) else {
            return -1;
        };
        if !(start..end).contains(&address.addr()) {
            return -1;
        }
        let table = program::load_address().wrapping_add(table.address as usize);
        // SAFETY: the function's contract.
        unsafe {
            result.write(FoundObject {
                flags: 0,
                map_start: ptr::with_exposed_provenance_mut(start),
                map_end: ptr::with_exposed_provenance_mut(end),
                link_map: MAP.0.get(),
                eh_frame: ptr::with_exposed_provenance_mut(table),
                reserved: [0; 7],
            });
        }
        0
    }

    /// Calls a function for each object until it returns other than 0; what it returned last. glibc, BSD
    /// `dl_iterate_phdr`.
    pub unsafe extern "C-unwind" fn dl_iterate_phdr(
        function: unsafe extern "C-unwind" fn(*mut HeaderInformation, size_t, *mut c_void) -> c_int,
        argument: *mut c_void,
    ) -> c_int {
        let headers = program::headers();
        let has_tls = program::header(program::PT_TLS).is_some();
        let thread: *mut c_void = crate::thread::current().cast();
        let data = if has_tls { thread.wrapping_byte_sub(tls::block_size()) } else { ptr::null_mut() };
        let mut information = HeaderInformation {
            address: program::load_address(),
            name: c"".as_ptr(),
            headers: headers.as_ptr(),
            header_count: headers.len() as u16,
            additions: 1,
            removals: 0,
            tls_module: has_tls.into(),
            tls_data: data,
        };
        // SAFETY: the program's function; the information is a local variable.
        unsafe { function(&mut information, size_of::<HeaderInformation>(), argument) }
    }
}
