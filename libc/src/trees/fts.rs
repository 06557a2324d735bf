//! <fts.h>: a walk over trees of files, an entry at a time. BSD and GNU `fts_open`, `fts_read`, `fts_children`, `fts_set`, `fts_close`.
//!
//! The working directory is never changed, as with FTS_NOCHDIR: an entry's path for access is its whole path. Each folder's
//! names are read at once and its descriptor is closed before the walk goes on. The path of all entries is one buffer of the
//! longest length that an entry can say (16 bits).

use super::{AT_FDCWD, S_IFDIR, S_IFLNK, S_IFREG, Status, names_in};
use crate::errno::{EINVAL, ENOENT, Errno, Result, set_errno};
use crate::heap::{Vector, calloc, free, malloc};
use crate::stdlib::sort::qsort;
use crate::types::*;
use core::ffi::CStr;
use core::mem::offset_of;
use core::ptr;

const COMFOLLOW: c_int = 0x01;
const LOGICAL: c_int = 0x02;
const NOSTAT: c_int = 0x08;
const SEEDOT: c_int = 0x20;
const XDEV: c_int = 0x40;
const OPTIONS: c_int = 0xff;
const NAMEONLY: c_int = 0x100;
const STOP: c_int = 0x200;

const ROOT_PARENT_LEVEL: i16 = -1;
const ROOT_LEVEL: i16 = 0;

const D: u16 = 1;
const DC: u16 = 2;
const DEFAULT: u16 = 3;
const DNR: u16 = 4;
const DOT: u16 = 5;
const DP: u16 = 6;
const ERR: u16 = 7;
const F: u16 = 8;
const INIT: u16 = 9;
const NS: u16 = 10;
const NSOK: u16 = 11;
const SL: u16 = 12;
const SLNONE: u16 = 13;

const NO_INSTRUCTION: u16 = 3;
const AGAIN: u16 = 1;
const FOLLOW: u16 = 2;
const SKIP: u16 = 4;

/// The longest path, which an entry's length can hold, with room for its zero.
const PATH_ROOM: usize = 1 << 16;

type Compare = unsafe extern "C-unwind" fn(*const *const Entry, *const *const Entry) -> c_int;

/// C's `FTS`.
#[repr(C)]
pub struct Tree {
    current: *mut Entry,
    children: *mut Entry,
    array: *mut *mut Entry,
    device: u64,
    path: *mut u8,
    root: c_int,
    path_length: c_int,
    items: c_int,
    compare: Option<Compare>,
    options: c_int,
}

/// C's `FTSENT`. The name's bytes follow, then the status.
#[repr(C)]
pub struct Entry {
    cycle: *mut Entry,
    parent: *mut Entry,
    link: *mut Entry,
    number: c_long,
    pointer: *mut c_void,
    access_path: *mut u8,
    path: *mut u8,
    error: c_int,
    descriptor: c_int,
    path_length: u16,
    name_length: u16,
    inode: u64,
    device: u64,
    links: u64,
    level: i16,
    info: u16,
    flags: u16,
    instruction: u16,
    status: *mut Status,
    name: [u8; 1],
}

const _: () = assert!(size_of::<Tree>() == 72 && size_of::<Entry>() == 120 && offset_of!(Entry, name) == 112);

/// What the entries of a folder are read for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// `fts_read` goes on into it.
    Read,
    /// `fts_children` shows them.
    Children,
    /// `fts_children` shows their names alone.
    Names,
}

/// A new entry, or null with ENOMEM.
unsafe fn new_entry(tree: *mut Tree, name: &[u8]) -> *mut Entry {
    let status_at = (offset_of!(Entry, name) + name.len() + 1).next_multiple_of(align_of::<Status>());
    // SAFETY: the block has room for the entry, its name with a zero, and the status.
    unsafe {
        let entry: *mut Entry = calloc(1, status_at + size_of::<Status>()).cast();
        if entry.is_null() {
            set_errno(Errno::ENOMEM.0);
            return entry;
        }
        let place = (&raw mut (*entry).name).cast::<u8>();
        ptr::copy_nonoverlapping(name.as_ptr(), place, name.len());
        (*entry).name_length = name.len() as u16;
        (*entry).path = (*tree).path;
        (*entry).instruction = NO_INSTRUCTION;
        (*entry).status = entry.byte_add(status_at).cast();
        entry
    }
}

unsafe fn free_list(mut entry: *mut Entry) {
    // SAFETY: entries are blocks of their own; none is used after.
    unsafe {
        while !entry.is_null() {
            let next = (*entry).link;
            free(entry.cast());
            entry = next;
        }
    }
}

unsafe fn name_of<'a>(entry: *mut Entry) -> &'a [u8] {
    // SAFETY: the entry's own bytes, which live as long as it.
    unsafe {
        let place = (&raw const (*entry).name).cast::<u8>();
        core::slice::from_raw_parts(place, usize::from((*entry).name_length))
    }
}

/// Looks at the file at the tree's path (or at an argument's own), and says what it is.
unsafe fn look(tree: *mut Tree, entry: *mut Entry, path: *const u8, follow: bool) -> u16 {
    // SAFETY: tree and entry are live, the path is a string.
    unsafe {
        let follow = follow || (*tree).options & LOGICAL != 0;
        let status = match Status::of(AT_FDCWD, path.cast(), follow) {
            Ok(status) => status,
            Err(error) => {
                if follow && Status::of(AT_FDCWD, path.cast(), false).is_ok() {
                    return SLNONE;
                }
                (*entry).error = error.0;
                (*entry).status.write(Status::NONE);
                return NS;
            }
        };
        (*entry).status.write(status);
        match status.kind() {
            S_IFDIR => {
                (*entry).device = status.device;
                (*entry).inode = status.inode;
                (*entry).links = status.links;
                if matches!(name_of(entry), b"." | b"..") {
                    return DOT;
                }
                let mut above = (*entry).parent;
                while !above.is_null() && (*above).level >= ROOT_LEVEL {
                    if (*above).inode == status.inode && (*above).device == status.device {
                        (*entry).cycle = above;
                        return DC;
                    }
                    above = (*above).parent;
                }
                D
            }
            S_IFLNK => SL,
            S_IFREG => F,
            _ => DEFAULT,
        }
    }
}

/// Sorts a list by the caller's function; unsorted when there is no memory for it.
unsafe fn sort(tree: *mut Tree, list: *mut Entry) -> *mut Entry {
    // SAFETY: the list's entries are live; the function takes pointers to pointers to them.
    unsafe {
        let Some(compare) = (*tree).compare else {
            return list;
        };
        let mut entries = Vector::new();
        let mut next = list;
        while !next.is_null() {
            if entries.push(next).is_err() {
                return list;
            }
            next = (*next).link;
        }
        if entries.len() < 2 {
            return list;
        }
        let compare = core::mem::transmute::<Compare, crate::stdlib::sort::Compare>(compare);
        qsort(
            entries.as_mut_ptr().cast(),
            entries.len(),
            size_of::<*mut Entry>(),
            compare,
        );
        for pair in entries.windows(2) {
            (*pair[0]).link = pair[1];
        }
        if let Some(&last) = entries.last() {
            (*last).link = ptr::null_mut();
        }
        entries[0]
    }
}

/// The length of an entry's path without the slash at its end.
unsafe fn append_at(tree: *mut Tree, entry: *mut Entry) -> usize {
    // SAFETY: the path has that many bytes.
    unsafe {
        let length = usize::from((*entry).path_length);
        match length {
            0 => 0,
            _ if *(*tree).path.add(length - 1) == b'/' => length - 1,
            _ => length,
        }
    }
}

/// Puts the entry's name behind its parent's path.
unsafe fn set_path(tree: *mut Tree, entry: *mut Entry) {
    // SAFETY: `build` checked that the path is not too long for the buffer.
    unsafe {
        let at = append_at(tree, (*entry).parent);
        let name = name_of(entry);
        *(*tree).path.add(at) = b'/';
        ptr::copy_nonoverlapping(name.as_ptr(), (*tree).path.add(at + 1), name.len());
        *(*tree).path.add(at + 1 + name.len()) = 0;
    }
}

/// Puts an argument into the path.
unsafe fn load(tree: *mut Tree, entry: *mut Entry) {
    // SAFETY: fts_open checked that arguments fit into the buffer; the name only becomes shorter.
    unsafe {
        let name = name_of(entry);
        let length = name.len();
        ptr::copy_nonoverlapping(name.as_ptr(), (*tree).path, length);
        *(*tree).path.add(length) = 0;
        (*entry).path_length = length as u16;
        if let Some(slash) = name.iter().rposition(|&byte| byte == b'/')
            && (slash != 0 || length > 1)
        {
            let place = (&raw mut (*entry).name).cast::<u8>();
            ptr::copy(place.add(slash + 1), place, length - slash);
            (*entry).name_length = (length - slash - 1) as u16;
        }
        (*entry).access_path = (*tree).path;
        (*entry).path = (*tree).path;
        (*tree).device = (*entry).device;
    }
}

/// The entries of the current folder, as a list; null when there are none or it cannot be read.
unsafe fn build(tree: *mut Tree, purpose: Purpose) -> *mut Entry {
    // SAFETY: the tree is live, and its path is the current entry's.
    unsafe {
        let current = (*tree).current;
        let at = append_at(tree, current);
        let result = folder(tree, current, at, purpose);
        *(*tree).path.add(usize::from((*current).path_length)) = 0;
        match result {
            Ok(list) => {
                if list.is_null() && purpose == Purpose::Read {
                    (*current).info = DP;
                }
                sort(tree, list)
            }
            Err(Errno::ENOMEM) => {
                (*current).info = ERR;
                (*tree).options |= STOP;
                set_errno(Errno::ENOMEM.0);
                ptr::null_mut()
            }
            Err(error) => {
                if purpose == Purpose::Read {
                    (*current).info = DNR;
                    (*current).error = error.0;
                }
                set_errno(error.0);
                ptr::null_mut()
            }
        }
    }
}

unsafe fn folder(tree: *mut Tree, current: *mut Entry, at: usize, purpose: Purpose) -> Result<*mut Entry> {
    // SAFETY: as `build`; what is made is freed when it fails.
    unsafe {
        let path = if (*current).path_length == 0 {
            c".".as_ptr()
        } else {
            (*tree).path.cast()
        };
        let mut names = Vector::new();
        if (*tree).options & SEEDOT != 0 {
            names.extend_from_slice(b".\0..\0")?;
        }
        names.extend_from_slice(&names_in(path)?)?;
        let (mut first, mut last) = (ptr::null_mut::<Entry>(), ptr::null_mut::<Entry>());
        for name in names.split(|&byte| byte == 0).filter(|name| !name.is_empty()) {
            if at + 1 + name.len() >= PATH_ROOM || (*current).level == i16::MAX {
                free_list(first);
                return Err(Errno::ENAMETOOLONG);
            }
            let entry = new_entry(tree, name);
            if entry.is_null() {
                free_list(first);
                return Err(Errno::ENOMEM);
            }
            (*entry).level = (*current).level + 1;
            (*entry).parent = current;
            (*entry).path_length = (at + 1 + name.len()) as u16;
            (*entry).access_path = (*tree).path;
            set_path(tree, entry);
            (*entry).info = match purpose {
                Purpose::Names => NSOK,
                _ => match look(tree, entry, (*tree).path, false) {
                    info @ (D | DC | DOT | NS) => info,
                    _ if (*tree).options & NOSTAT != 0 => NSOK,
                    info => info,
                },
            };
            if last.is_null() {
                first = entry;
            } else {
                (*last).link = entry;
            }
            last = entry;
        }
        Ok(first)
    }
}

/// Makes `entry` the current one.
unsafe fn show(tree: *mut Tree, entry: *mut Entry) -> *mut Entry {
    // SAFETY: both are live.
    unsafe { (*tree).current = entry };
    entry
}

/// Frees what fts_open made so far.
unsafe fn discard(tree: *mut Tree, list: *mut Entry, parent: *mut Entry) -> *mut Tree {
    // SAFETY: nothing of it is used after.
    unsafe {
        free_list(list);
        free(parent.cast());
        if !tree.is_null() {
            free((*tree).path.cast());
        }
        free(tree.cast());
    }
    ptr::null_mut()
}

// SAFETY of every block below: trees come from fts_open and are not closed, entries come from the tree.
crate::export! {
    /// Begins a walk over some trees; null with errno after a failure. BSD `fts_open`.
    pub unsafe extern "C-unwind" fn fts_open(
        paths: *const *const c_char,
        options: c_int,
        compare: Option<Compare>,
    ) -> *mut Tree {
        if options & !OPTIONS != 0 {
            set_errno(EINVAL);
            return ptr::null_mut();
        }
        // SAFETY: see above; the paths are strings and end with a null.
        unsafe {
            let tree: *mut Tree = calloc(1, size_of::<Tree>()).cast();
            if tree.is_null() {
                return tree;
            }
            (*tree).options = options;
            (*tree).compare = compare;
            (*tree).root = -1;
            (*tree).path_length = PATH_ROOM as c_int;
            (*tree).path = malloc(PATH_ROOM).cast();
            if (*tree).path.is_null() {
                return discard(tree, ptr::null_mut(), ptr::null_mut());
            }
            *(*tree).path = 0;
            let parent = new_entry(tree, b"");
            if parent.is_null() {
                return discard(tree, ptr::null_mut(), parent);
            }
            (*parent).level = ROOT_PARENT_LEVEL;
            let (mut first, mut last) = (ptr::null_mut::<Entry>(), ptr::null_mut::<Entry>());
            let mut argument = paths;
            while !(*argument).is_null() {
                let name = CStr::from_ptr(*argument).to_bytes();
                if name.is_empty() || name.len() >= PATH_ROOM {
                    set_errno(if name.is_empty() { ENOENT } else { Errno::ENAMETOOLONG.0 });
                    return discard(tree, first, parent);
                }
                let entry = new_entry(tree, name);
                if entry.is_null() {
                    return discard(tree, first, parent);
                }
                (*entry).level = ROOT_LEVEL;
                (*entry).parent = parent;
                (*entry).access_path = (&raw mut (*entry).name).cast();
                (*entry).info = match look(tree, entry, (*entry).access_path, options & COMFOLLOW != 0) {
                    DOT => D,
                    info => info,
                };
                if last.is_null() {
                    first = entry;
                } else {
                    (*last).link = entry;
                }
                last = entry;
                argument = argument.add(1);
            }
            let current = new_entry(tree, b"");
            if current.is_null() {
                return discard(tree, first, parent);
            }
            (*current).link = sort(tree, first);
            (*current).info = INIT;
            // The list's end leads to the parent, as from every other entry.
            (*current).parent = parent;
            (*tree).current = current;
            tree
        }
    }

    /// The next entry; null at the end with errno 0, or after a failure. BSD `fts_read`.
    pub unsafe extern "C-unwind" fn fts_read(tree: *mut Tree) -> *mut Entry {
        // SAFETY: see above.
        unsafe {
            let mut entry = (*tree).current;
            if entry.is_null() || (*tree).options & STOP != 0 {
                return ptr::null_mut();
            }
            let instruction = (*entry).instruction;
            (*entry).instruction = NO_INSTRUCTION;
            if instruction == AGAIN {
                (*entry).info = look(tree, entry, (*entry).access_path, false);
                return entry;
            }
            if instruction == FOLLOW && matches!((*entry).info, SL | SLNONE) {
                (*entry).info = look(tree, entry, (*entry).access_path, true);
                return entry;
            }
            if (*entry).info == D {
                if instruction == SKIP || (*tree).options & XDEV != 0 && (*entry).device != (*tree).device {
                    free_list((*tree).children);
                    (*tree).children = ptr::null_mut();
                    (*entry).info = DP;
                    return entry;
                }
                if (*tree).options & NAMEONLY != 0 {
                    (*tree).options &= !NAMEONLY;
                    free_list((*tree).children);
                    (*tree).children = ptr::null_mut();
                }
                if (*tree).children.is_null() {
                    (*tree).children = build(tree, Purpose::Read);
                    if (*tree).children.is_null() {
                        return if (*tree).options & STOP != 0 { ptr::null_mut() } else { entry };
                    }
                }
                let child = (*tree).children;
                (*tree).children = ptr::null_mut();
                set_path(tree, child);
                return show(tree, child);
            }
            loop {
                let done = entry;
                entry = (*done).link;
                if entry.is_null() {
                    let parent = (*done).parent;
                    free(done.cast());
                    if (*parent).level == ROOT_PARENT_LEVEL {
                        free(parent.cast());
                        set_errno(0);
                        return show(tree, ptr::null_mut());
                    }
                    *(*tree).path.add(usize::from((*parent).path_length)) = 0;
                    (*parent).info = if (*parent).error != 0 { ERR } else { DP };
                    return show(tree, parent);
                }
                free(done.cast());
                if (*entry).level == ROOT_LEVEL {
                    load(tree, entry);
                    return show(tree, entry);
                }
                if (*entry).instruction == SKIP {
                    continue;
                }
                set_path(tree, entry);
                if (*entry).instruction == FOLLOW {
                    (*entry).info = look(tree, entry, (*tree).path, true);
                    (*entry).instruction = NO_INSTRUCTION;
                }
                return show(tree, entry);
            }
        }
    }

    /// The entries of the folder that `fts_read` returned last, as a list. BSD `fts_children`.
    pub unsafe extern "C-unwind" fn fts_children(tree: *mut Tree, options: c_int) -> *mut Entry {
        if options != 0 && options != NAMEONLY {
            set_errno(EINVAL);
            return ptr::null_mut();
        }
        // SAFETY: see above.
        unsafe {
            let current = (*tree).current;
            set_errno(0);
            if current.is_null() || (*tree).options & STOP != 0 {
                return ptr::null_mut();
            }
            if (*current).info == INIT {
                return (*current).link;
            }
            if (*current).info != D {
                return ptr::null_mut();
            }
            free_list((*tree).children);
            (*tree).children = ptr::null_mut();
            let purpose = if options == NAMEONLY { Purpose::Names } else { Purpose::Children };
            (*tree).options = (*tree).options & !NAMEONLY | options;
            (*tree).children = build(tree, purpose);
            (*tree).children
        }
    }

    /// Says what `fts_read` does with an entry when it comes to it. 1 with EINVAL for another instruction. BSD `fts_set`.
    pub unsafe extern "C" fn fts_set(_tree: *mut Tree, entry: *mut Entry, instruction: c_int) -> c_int {
        match u16::try_from(instruction) {
            Ok(known @ (0 | AGAIN | FOLLOW | NO_INSTRUCTION | SKIP)) => {
                // SAFETY: see above.
                unsafe { (*entry).instruction = known };
                0
            }
            _ => {
                set_errno(EINVAL);
                1
            }
        }
    }

    /// Ends a walk and frees all of it. BSD `fts_close`.
    pub unsafe extern "C" fn fts_close(tree: *mut Tree) -> c_int {
        // SAFETY: see above; nothing of the tree is used after.
        unsafe {
            let mut entry = (*tree).current;
            while !entry.is_null() {
                let done = entry;
                entry = if (*done).link.is_null() { (*done).parent } else { (*done).link };
                free(done.cast());
            }
            free_list((*tree).children);
            free((*tree).path.cast());
            free(tree.cast());
        }
        0
    }
}

crate::alias!(fts64_open = fts_open);
crate::alias!(fts64_read = fts_read);
crate::alias!(fts64_children = fts_children);
crate::alias!(fts64_set = fts_set);
crate::alias!(fts64_close = fts_close);
