//! What the library knows of the running program: its image, auxiliary vector, and names.
//!
//! Filled in once by `__libc_start_main` before any other thread exists, read by everybody afterwards.

use crate::types::*;
use core::ptr;
use core::sync::atomic::{AtomicI32, AtomicPtr, AtomicUsize, Ordering};

/// An ELF program header (`Elf64_Phdr`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ProgramHeader {
    /// `PT_*`.
    pub kind: u32,
    /// `PF_*`.
    pub flags: u32,
    /// Where its bytes are in the file.
    pub offset: u64,
    /// Where it is in memory, without the load address.
    pub address: u64,
    /// Unused.
    pub physical_address: u64,
    /// Bytes in the file.
    pub file_size: u64,
    /// Bytes in memory.
    pub memory_size: u64,
    /// Alignment.
    pub alignment: u64,
}

/// A loadable part of the image.
pub const PT_LOAD: u32 = 1;
/// The dynamic section.
pub const PT_DYNAMIC: u32 = 2;
/// The initial image of thread-local storage.
pub const PT_TLS: u32 = 7;
/// The sorted table of unwind entries.
pub const PT_GNU_EH_FRAME: u32 = 0x6474_e550;
/// What is read-only after relocation.
pub const PT_GNU_RELRO: u32 = 0x6474_e552;

/// Auxiliary vector: end.
pub const AT_NULL: usize = 0;
/// Auxiliary vector: the program headers.
pub const AT_PHDR: usize = 3;
/// Auxiliary vector: how many there are.
pub const AT_PHNUM: usize = 5;
/// Auxiliary vector: the system's page size.
pub const AT_PAGESZ: usize = 6;
/// Auxiliary vector: real user.
pub const AT_UID: usize = 11;
/// Auxiliary vector: effective user.
pub const AT_EUID: usize = 12;
/// Auxiliary vector: clock ticks a second.
pub const AT_CLKTCK: usize = 17;
/// Auxiliary vector: whether the program runs with more rights than its caller.
pub const AT_SECURE: usize = 23;
/// Auxiliary vector: 16 random bytes.
pub const AT_RANDOM: usize = 25;
/// Auxiliary vector: least size of a signal stack.
pub const AT_MINSIGSTKSZ: usize = 51;

/// The auxiliary vector: pairs of type and value.
static AUXILIARY: AtomicPtr<[usize; 2]> = AtomicPtr::new(ptr::null_mut());
/// Difference between addresses in memory and in the image.
static LOAD_ADDRESS: AtomicUsize = AtomicUsize::new(0);
static HEADERS: AtomicPtr<ProgramHeader> = AtomicPtr::new(ptr::null_mut());
static HEADER_COUNT: AtomicUsize = AtomicUsize::new(0);
/// Where the first thread's stack began: `__libc_stack_end`.
pub static STACK_END: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());
/// Whether the program runs with more rights than its caller: `__libc_enable_secure`.
pub static SECURE: AtomicI32 = AtomicI32::new(0);
/// `argc` and `argv` as `main` got them.
pub static ARGUMENTS: AtomicPtr<*mut c_char> = AtomicPtr::new(ptr::null_mut());

crate::alias_data!(__libc_stack_end = STACK_END: usize);
crate::alias_data!(__libc_enable_secure = SECURE: c_int);
crate::alias_data!(__libc_argv = ARGUMENTS: usize);

/// Remembers the auxiliary vector and what follows from it.
///
/// # Safety
/// `auxiliary` must be the system's, which lives as long as the process. Only start-up calls this.
pub unsafe fn initialise(auxiliary: *mut [usize; 2]) {
    AUXILIARY.store(auxiliary, Ordering::Relaxed);
    let headers = ptr::with_exposed_provenance_mut::<ProgramHeader>(auxiliary_value(AT_PHDR).unwrap_or(0));
    if !headers.is_null() {
        HEADERS.store(headers, Ordering::Relaxed);
        HEADER_COUNT.store(auxiliary_value(AT_PHNUM).unwrap_or(0), Ordering::Relaxed);
    }
    SECURE.store(
        auxiliary_value(AT_SECURE)
            .is_some_and(|secure| secure != 0)
            .into(),
        Ordering::Relaxed,
    );
}

/// Sets the load address.
pub fn set_load_address(address: usize) {
    LOAD_ADDRESS.store(address, Ordering::Relaxed);
}

/// Difference between addresses in memory and in the image: 0 for a program with a fixed address.
pub fn load_address() -> usize {
    LOAD_ADDRESS.load(Ordering::Relaxed)
}

/// The value of an entry of the auxiliary vector.
pub fn auxiliary_value(kind: usize) -> Option<usize> {
    let mut entry = AUXILIARY.load(Ordering::Relaxed).cast_const();
    if entry.is_null() {
        return None;
    }
    loop {
        // SAFETY: the vector ends with AT_NULL, before which this loop stops.
        let [found, value] = unsafe { *entry };
        if found == kind {
            return Some(value);
        }
        if found == AT_NULL {
            return None;
        }
        // SAFETY: as above.
        entry = unsafe { entry.add(1) };
    }
}

/// The image's program headers.
pub fn headers() -> &'static [ProgramHeader] {
    let headers = HEADERS.load(Ordering::Relaxed);
    if headers.is_null() {
        return &[];
    }
    // SAFETY: the system mapped the headers with the image, and said how many there are.
    unsafe { core::slice::from_raw_parts(headers, HEADER_COUNT.load(Ordering::Relaxed)) }
}

/// The first program header of a kind.
pub fn header(kind: u32) -> Option<&'static ProgramHeader> {
    headers().iter().find(|header| header.kind == kind)
}

crate::export! {
    /// A value of the auxiliary vector; 0 with `ENOENT` when it has none of that type. glibc `getauxval`.
    pub unsafe extern "C" fn getauxval(kind: c_ulong) -> c_ulong {
        match auxiliary_value(kind as usize) {
            Some(value) => value as c_ulong,
            None => {
                crate::errno::set_errno(crate::errno::ENOENT);
                0
            }
        }
    }
}
crate::alias!(__getauxval = getauxval);
