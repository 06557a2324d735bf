//! <obstack.h>: the functions behind the header's macros. GNU.
//!
//! An obstack is a list of chunks from the caller's own allocator. One object at a time grows at the end of the last chunk; when the
//! chunk is full, the object moves into a new one. `obstack_free` gives back everything from an object on.

use crate::exit::exit;
use crate::heap::free;
use crate::printf::narrow::vasprintf;
use crate::printf::va_list::VaList;
use crate::seam::{Files, System};
use crate::signal::abort::abort_now;
use crate::types::*;
use core::cell::UnsafeCell;
use core::ptr;

/// What every object's place is a multiple of, when the caller does not say.
const ALIGNMENT: usize = 16;
/// The size of a chunk, when the caller does not say: a page without what an allocator keeps beside it.
const CHUNK: c_long = 4064;

/// C's `struct _obstack_chunk`; the contents begin behind it.
#[repr(C)]
pub struct Chunk {
    limit: *mut u8,
    previous: *mut Chunk,
}

type Take = unsafe extern "C-unwind" fn(c_long) -> *mut Chunk;
type TakeWith = unsafe extern "C-unwind" fn(*mut c_void, c_long) -> *mut Chunk;
type Give = unsafe extern "C-unwind" fn(*mut Chunk);
type GiveWith = unsafe extern "C-unwind" fn(*mut c_void, *mut Chunk);

/// C's `struct obstack`.
#[repr(C)]
pub struct Obstack {
    chunk_size: c_long,
    chunk: *mut Chunk,
    base: *mut u8,
    next: *mut u8,
    limit: *mut u8,
    scratch: u64,
    mask: c_int,
    take: *const c_void,
    give: *const c_void,
    argument: *mut c_void,
    flags: c_uint,
}

const _: () = assert!(size_of::<Obstack>() == 88 && size_of::<Chunk>() == 16);

/// The allocator takes an argument.
const WITH_ARGUMENT: c_uint = 1;
/// There may be an object of no bytes, so that a chunk without growing object is not known to be empty.
const MAYBE_EMPTY_OBJECT: c_uint = 2;

/// A variable that programs set.
#[repr(transparent)]
pub struct Variable<T>(UnsafeCell<T>);

// SAFETY: a plain C variable; the program orders its own writes with the calls that read it.
unsafe impl<T> Sync for Variable<T> {}

type Handler = unsafe extern "C-unwind" fn();

static HANDLER: Variable<Handler> = Variable(UnsafeCell::new(no_memory));
static STATUS: Variable<c_int> = Variable(UnsafeCell::new(1));

crate::alias_data!(obstack_alloc_failed_handler = HANDLER: usize);
crate::alias_data!(obstack_exit_failure = STATUS: c_int);

/// What a program that sets no handler gets.
unsafe extern "C-unwind" fn no_memory() {
    const TEXT: &[u8] = b"memory exhausted\n";
    // SAFETY: the text is this library's; the status is a plain variable.
    unsafe {
        let _ = System::write(2, TEXT.as_ptr().cast(), TEXT.len());
        exit(*STATUS.0.get())
    }
}

unsafe fn failed() -> ! {
    // SAFETY: the handler is the program's; it must not return.
    unsafe { (*HANDLER.0.get())() };
    abort_now()
}

unsafe fn new_chunk(stack: *mut Obstack, size: c_long) -> *mut Chunk {
    // SAFETY: the functions are the caller's, of the kind that the flag says.
    let chunk = unsafe {
        if (*stack).flags & WITH_ARGUMENT != 0 {
            core::mem::transmute::<*const c_void, TakeWith>((*stack).take)((*stack).argument, size)
        } else {
            core::mem::transmute::<*const c_void, Take>((*stack).take)(size)
        }
    };
    if chunk.is_null() {
        // SAFETY: as the function says.
        unsafe { failed() }
    }
    chunk
}

unsafe fn give_back(stack: *mut Obstack, chunk: *mut Chunk) {
    // SAFETY: as `new_chunk`.
    unsafe {
        if (*stack).flags & WITH_ARGUMENT != 0 {
            core::mem::transmute::<*const c_void, GiveWith>((*stack).give)((*stack).argument, chunk);
        } else {
            core::mem::transmute::<*const c_void, Give>((*stack).give)(chunk);
        }
    }
}

/// The first place for an object in a chunk.
unsafe fn first_place(stack: *mut Obstack, chunk: *mut Chunk) -> *mut u8 {
    // SAFETY: a chunk is larger than its head and the alignment.
    unsafe {
        let contents = chunk.cast::<u8>().add(size_of::<Chunk>());
        let mask = (*stack).mask as usize;
        contents.add((mask + 1 - (contents.addr() & mask)) & mask)
    }
}

unsafe fn begin(stack: *mut Obstack, size: c_int, alignment: c_int) -> c_int {
    // SAFETY: the stack is the caller's room for one, with its functions set.
    unsafe {
        let alignment = if alignment == 0 {
            ALIGNMENT as c_int
        } else {
            alignment
        };
        (*stack).mask = alignment - 1;
        (*stack).chunk_size = if size == 0 { CHUNK } else { c_long::from(size) };
        let chunk = new_chunk(stack, (*stack).chunk_size);
        let end = chunk.cast::<u8>().add((*stack).chunk_size as usize);
        chunk.write(Chunk {
            limit: end,
            previous: ptr::null_mut(),
        });
        (*stack).chunk = chunk;
        (*stack).limit = end;
        (*stack).base = first_place(stack, chunk);
        (*stack).next = (*stack).base;
    }
    1
}

// SAFETY of every block below: obstacks are the caller's, begun by one of the first two functions.
crate::export! {
    /// Begins an obstack whose chunks come from a function of one argument. GNU `obstack_begin`.
    pub unsafe extern "C-unwind" fn _obstack_begin(
        stack: *mut Obstack,
        size: c_int,
        alignment: c_int,
        take: *const c_void,
        give: *const c_void,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            (*stack).take = take;
            (*stack).give = give;
            (*stack).flags = 0;
            begin(stack, size, alignment)
        }
    }

    /// As `_obstack_begin`, with an argument for the allocator. GNU `obstack_specify_allocation_with_arg`.
    pub unsafe extern "C-unwind" fn _obstack_begin_1(
        stack: *mut Obstack,
        size: c_int,
        alignment: c_int,
        take: *const c_void,
        give: *const c_void,
        argument: *mut c_void,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            (*stack).take = take;
            (*stack).give = give;
            (*stack).argument = argument;
            (*stack).flags = WITH_ARGUMENT;
            begin(stack, size, alignment)
        }
    }

    /// Moves the growing object into a new chunk with room for `length` more bytes. GNU.
    pub unsafe extern "C-unwind" fn _obstack_newchunk(stack: *mut Obstack, length: c_int) {
        // SAFETY: see above; the object lies in the last chunk.
        unsafe {
            let old = (*stack).chunk;
            let object = (*stack).next.addr() - (*stack).base.addr();
            let wanted = usize::try_from(length).ok().and_then(|length| {
                let size = object.checked_add(length)?.checked_add((object >> 3) + (*stack).mask as usize + 100)?;
                c_long::try_from(size).ok()
            });
            let Some(wanted) = wanted else { failed() };
            let size = wanted.max((*stack).chunk_size);
            let chunk = new_chunk(stack, size);
            let end = chunk.cast::<u8>().add(size as usize);
            chunk.write(Chunk { limit: end, previous: old });
            let place = first_place(stack, chunk);
            ptr::copy_nonoverlapping((*stack).base, place, object);
            // A chunk that held nothing but this object is of no more use.
            if (*stack).flags & MAYBE_EMPTY_OBJECT == 0 && (*stack).base == first_place(stack, old) {
                (*chunk).previous = (*old).previous;
                give_back(stack, old);
            }
            (*stack).chunk = chunk;
            (*stack).limit = end;
            (*stack).base = place;
            (*stack).next = place.add(object);
            (*stack).flags &= !MAYBE_EMPTY_OBJECT;
        }
    }

    /// Whether an object lies in the obstack. GNU.
    pub unsafe extern "C" fn _obstack_allocated_p(stack: *mut Obstack, object: *const c_void) -> c_int {
        // SAFETY: see above.
        unsafe {
            let mut chunk = (*stack).chunk;
            while !chunk.is_null() {
                if chunk.addr() < object.addr() && object.addr() <= (*chunk).limit.addr() {
                    return 1;
                }
                chunk = (*chunk).previous;
            }
        }
        0
    }

    /// The bytes of all chunks. GNU `obstack_memory_used`.
    pub unsafe extern "C" fn _obstack_memory_used(stack: *mut Obstack) -> c_int {
        let mut bytes = 0;
        // SAFETY: see above.
        unsafe {
            let mut chunk = (*stack).chunk;
            while !chunk.is_null() {
                bytes += (*chunk).limit.addr() - chunk.addr();
                chunk = (*chunk).previous;
            }
        }
        bytes as c_int
    }

    /// Gives back an object and everything that was made after it; for null, all. GNU `obstack_free`.
    pub unsafe extern "C-unwind" fn obstack_free(stack: *mut Obstack, object: *mut c_void) {
        // SAFETY: see above.
        unsafe {
            let mut chunk = (*stack).chunk;
            while !chunk.is_null() && (chunk.addr() >= object.addr() || (*chunk).limit.addr() < object.addr()) {
                let previous = (*chunk).previous;
                give_back(stack, chunk);
                chunk = previous;
                // The chunk before may end with an object of no bytes, whose place is the chunk's end.
                (*stack).flags |= MAYBE_EMPTY_OBJECT;
            }
            (*stack).chunk = chunk;
            if !chunk.is_null() {
                (*stack).base = object.cast();
                (*stack).next = object.cast();
                (*stack).limit = (*chunk).limit;
            } else if !object.is_null() {
                // The object is none of this obstack's.
                abort_now();
            }
        }
    }

    /// Appends formatted text to the growing object. The length, or -1. GNU `obstack_vprintf`.
    pub unsafe extern "C-unwind" fn obstack_vprintf(
        stack: *mut Obstack,
        format: *const c_char,
        list: *mut VaList,
    ) -> c_int {
        let mut text = ptr::null_mut();
        // SAFETY: see above; the format and its arguments are the caller's.
        unsafe {
            let length = vasprintf(&raw mut text, format, list);
            if length < 0 {
                return length;
            }
            if (*stack).limit.addr() - (*stack).next.addr() < length as usize {
                _obstack_newchunk(stack, length);
            }
            ptr::copy_nonoverlapping(text.cast::<u8>(), (*stack).next, length as usize);
            (*stack).next = (*stack).next.add(length as usize);
            free(text.cast());
            length
        }
    }
}

crate::alias!(_obstack_free = obstack_free);

crate::variadic! {
    obstack_printf(2) = obstack_vprintf;
}
