//! <argz.h> and <envz.h>: vectors of strings, one behind the other, each with its zero. GNU.
//!
//! A vector is a block of the program's heap and a length; an empty one is a null pointer. Each function that makes it grow
//! returns ENOMEM and leaves the vector as it was when there is no memory.

use crate::errno::{EINVAL, ENOMEM};
use crate::heap::{Vector, free, realloc};
use crate::types::*;
use core::ffi::CStr;
use core::ptr;

/// A vector's bytes.
unsafe fn bytes<'a>(vector: *const c_char, length: size_t) -> &'a [u8] {
    if length == 0 {
        return &[];
    }
    // SAFETY: the caller's vector has that many bytes.
    unsafe { core::slice::from_raw_parts(vector.cast(), length) }
}

unsafe fn text<'a>(text: *const c_char) -> &'a [u8] {
    // SAFETY: the caller's string.
    unsafe { CStr::from_ptr(text) }.to_bytes()
}

/// The strings of a vector; the last one may lack its zero.
fn entries(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes
        .split_inclusive(|&byte| byte == 0)
        .map(|entry| entry.strip_suffix(&[0]).unwrap_or(entry))
}

/// Puts a list of bytes into a new block; null for none.
unsafe fn store(
    made: Result<Vector<u8>, crate::errno::Errno>,
    vector: *mut *mut c_char,
    length: *mut size_t,
) -> c_int {
    let Ok(made) = made else { return ENOMEM };
    // SAFETY: both places are the caller's; the block is new.
    unsafe {
        *length = made.len();
        *vector = match made.len() {
            0 => ptr::null_mut(),
            _ => made.into_raw().cast(),
        };
    }
    0
}

/// The parts of a text between separators. Empty ones are left out, but, as in glibc, a separator at the end leaves an empty
/// entry behind it.
fn separated(text: &[u8], separator: u8) -> Result<Vector<u8>, crate::errno::Errno> {
    let mut made = Vector::new();
    for part in text
        .split(|&byte| byte == separator)
        .filter(|part| !part.is_empty())
    {
        made.extend_from_slice(part)?;
        made.push(0)?;
    }
    if text.last() == Some(&separator) {
        made.push(0)?;
    }
    Ok(made)
}

/// Appends bytes to a vector.
unsafe fn append(vector: *mut *mut c_char, length: *mut size_t, more: &[u8]) -> c_int {
    // SAFETY: the vector is a block of the heap with that many bytes, or null.
    unsafe {
        let Some(total) = (*length).checked_add(more.len()) else {
            return ENOMEM;
        };
        if more.is_empty() {
            return 0;
        }
        let grown = realloc((*vector).cast(), total).cast::<c_char>();
        if grown.is_null() {
            return ENOMEM;
        }
        ptr::copy_nonoverlapping(more.as_ptr().cast(), grown.add(*length), more.len());
        *vector = grown;
        *length = total;
    }
    0
}

/// The entry of a name: it begins with the name, and `=` or its end follows.
fn find<'a>(vector: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let name = name.split(|&byte| byte == b'=').next().unwrap_or(name);
    entries(vector).find(|entry| {
        entry
            .strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest[0] == b'=')
    })
}

// SAFETY of every block below: vectors are the caller's blocks with the lengths given, texts are strings.
crate::export! {
    /// A vector of a list of strings that ends with a null. GNU `argz_create`.
    pub unsafe extern "C" fn argz_create(
        arguments: *const *const c_char,
        vector: *mut *mut c_char,
        length: *mut size_t,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            let mut made = Vector::new();
            let mut next = arguments;
            while !(*next).is_null() {
                if made.extend_from_slice(CStr::from_ptr(*next).to_bytes_with_nul()).is_err() {
                    return ENOMEM;
                }
                next = next.add(1);
            }
            store(Ok(made), vector, length)
        }
    }

    /// A vector of the parts between separators; empty ones are left out. GNU `argz_create_sep`.
    pub unsafe extern "C" fn argz_create_sep(
        string: *const c_char,
        separator: c_int,
        vector: *mut *mut c_char,
        length: *mut size_t,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { store(separated(text(string), separator as u8), vector, length) }
    }

    /// How many strings a vector has. GNU `argz_count`.
    pub unsafe extern "C" fn argz_count(vector: *const c_char, length: size_t) -> size_t {
        // SAFETY: see above.
        entries(unsafe { bytes(vector, length) }).count()
    }

    /// Pointers to a vector's strings, and a null behind them. GNU `argz_extract`.
    pub unsafe extern "C" fn argz_extract(vector: *const c_char, length: size_t, arguments: *mut *mut c_char) {
        // SAFETY: see above; the caller has room for one pointer a string and one more.
        unsafe {
            let mut place = arguments;
            for entry in entries(bytes(vector, length)) {
                place.write(entry.as_ptr().cast_mut().cast());
                place = place.add(1);
            }
            place.write(ptr::null_mut());
        }
    }

    /// Makes one string of a vector: a separator stands for each zero but the last. GNU `argz_stringify`.
    pub unsafe extern "C" fn argz_stringify(vector: *mut c_char, length: size_t, separator: c_int) {
        // SAFETY: see above.
        unsafe {
            for at in 0..length.saturating_sub(1) {
                if *vector.add(at) == 0 {
                    *vector.add(at) = separator as c_char;
                }
            }
        }
    }

    /// Appends bytes. GNU `argz_append`.
    pub unsafe extern "C" fn argz_append(
        vector: *mut *mut c_char,
        length: *mut size_t,
        more: *const c_char,
        count: size_t,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { append(vector, length, bytes(more, count)) }
    }

    /// Appends a string. GNU `argz_add`.
    pub unsafe extern "C" fn argz_add(
        vector: *mut *mut c_char,
        length: *mut size_t,
        string: *const c_char,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { append(vector, length, CStr::from_ptr(string).to_bytes_with_nul()) }
    }

    /// Appends the parts between separators. GNU `argz_add_sep`.
    pub unsafe extern "C" fn argz_add_sep(
        vector: *mut *mut c_char,
        length: *mut size_t,
        string: *const c_char,
        separator: c_int,
    ) -> c_int {
        // SAFETY: see above.
        match separated(unsafe { text(string) }, separator as u8) {
            // SAFETY: see above.
            Ok(made) => unsafe { append(vector, length, &made) },
            Err(_) => ENOMEM,
        }
    }

    /// Removes an entry, which is a pointer into the vector. A vector that becomes empty is freed. GNU `argz_delete`.
    pub unsafe extern "C" fn argz_delete(vector: *mut *mut c_char, length: *mut size_t, entry: *mut c_char) {
        if entry.is_null() {
            return;
        }
        // SAFETY: see above; the entry lies in the vector.
        unsafe {
            let size = CStr::from_ptr(entry).to_bytes_with_nul().len();
            let rest = *length - (entry.addr() - (*vector).addr()) - size;
            ptr::copy(entry.add(size), entry, rest);
            *length -= size;
            if *length == 0 {
                free((*vector).cast());
                *vector = ptr::null_mut();
            }
        }
    }

    /// Puts a string in front of an entry; at the end for null. EINVAL when the entry is not in the vector. GNU
    /// `argz_insert`.
    pub unsafe extern "C" fn argz_insert(
        vector: *mut *mut c_char,
        length: *mut size_t,
        before: *mut c_char,
        string: *const c_char,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            if before.is_null() {
                return argz_add(vector, length, string);
            }
            let Some(mut at) = before.addr().checked_sub((*vector).addr()).filter(|&at| at < *length) else {
                return EINVAL;
            };
            // A pointer into the middle of an entry means the whole one.
            let whole = bytes(*vector, *length);
            while at > 0 && whole[at - 1] != 0 {
                at -= 1;
            }
            let old = *length;
            let added = CStr::from_ptr(string).to_bytes_with_nul();
            let error = append(vector, length, added);
            if error == 0 {
                let place = (*vector).add(at);
                ptr::copy(place, place.add(added.len()), old - at);
                ptr::copy_nonoverlapping(added.as_ptr().cast(), place, added.len());
            }
            error
        }
    }

    /// Replaces a text wherever it occurs, and adds to `count` in how many entries. GNU `argz_replace`.
    pub unsafe extern "C" fn argz_replace(
        vector: *mut *mut c_char,
        length: *mut size_t,
        string: *const c_char,
        with: *const c_char,
        count: *mut c_uint,
    ) -> c_int {
        // SAFETY: see above; count is null or a number of the caller's.
        unsafe {
            let (wanted, with) = (text(string), text(with));
            if wanted.is_empty() {
                return 0;
            }
            let mut found = 0u32;
            let made = (|| {
                let mut made = Vector::new();
                for entry in entries(bytes(*vector, *length)) {
                    let mut rest = entry;
                    while let Some(at) = rest.windows(wanted.len()).position(|part| part == wanted) {
                        made.extend_from_slice(&rest[..at])?;
                        made.extend_from_slice(with)?;
                        rest = &rest[at + wanted.len()..];
                    }
                    found += u32::from(rest.len() < entry.len());
                    made.extend_from_slice(rest)?;
                    made.push(0)?;
                }
                Ok(made)
            })();
            let Ok(made): Result<Vector<u8>, crate::errno::Errno> = made else {
                return ENOMEM;
            };
            if found > 0 {
                free((*vector).cast());
                store(Ok(made), vector, length);
                if let Some(count) = count.as_mut() {
                    *count = count.wrapping_add(found);
                }
            }
            0
        }
    }

    /// The entry behind an entry, the first one for null; null at the end. GNU `argz_next`.
    pub unsafe extern "C" fn argz_next(
        vector: *const c_char,
        length: size_t,
        entry: *const c_char,
    ) -> *mut c_char {
        // SAFETY: see above.
        unsafe {
            let next = match entry.is_null() {
                true => vector,
                false if entry.addr() < vector.addr() + length => {
                    entry.add(CStr::from_ptr(entry).to_bytes_with_nul().len())
                }
                false => return ptr::null_mut(),
            };
            match length > 0 && next.addr() < vector.addr() + length {
                true => next.cast_mut(),
                false => ptr::null_mut(),
            }
        }
    }

    /// The entry of a name, or null. GNU `envz_entry`.
    pub unsafe extern "C" fn envz_entry(
        vector: *const c_char,
        length: size_t,
        name: *const c_char,
    ) -> *mut c_char {
        // SAFETY: see above.
        let found = unsafe { find(bytes(vector, length), text(name)) };
        found.map_or(ptr::null_mut(), |entry| entry.as_ptr().cast_mut().cast())
    }

    /// The value of a name; null when there is none, or the entry has no `=`. GNU `envz_get`.
    pub unsafe extern "C" fn envz_get(
        vector: *const c_char,
        length: size_t,
        name: *const c_char,
    ) -> *mut c_char {
        // SAFETY: see above.
        let found = unsafe { find(bytes(vector, length), text(name)) };
        let value = found.and_then(|entry| {
            let equals = entry.iter().position(|&byte| byte == b'=')?;
            Some(entry[equals + 1..].as_ptr().cast_mut().cast())
        });
        value.unwrap_or(ptr::null_mut())
    }

    /// Sets a name's value; without one the entry is the name alone. GNU `envz_add`.
    pub unsafe extern "C" fn envz_add(
        vector: *mut *mut c_char,
        length: *mut size_t,
        name: *const c_char,
        value: *const c_char,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            let mut entry = Vector::new();
            let made = (|| {
                entry.extend_from_slice(text(name))?;
                if !value.is_null() {
                    entry.push(b'=')?;
                    entry.extend_from_slice(text(value))?;
                }
                entry.push(0)
            })();
            if made.is_err() {
                return ENOMEM;
            }
            envz_remove(vector, length, name);
            append(vector, length, &entry)
        }
    }

    /// Adds each entry of another vector; one whose name is there already only if `replace`. GNU `envz_merge`.
    pub unsafe extern "C" fn envz_merge(
        vector: *mut *mut c_char,
        length: *mut size_t,
        other: *const c_char,
        other_length: size_t,
        replace: c_int,
    ) -> c_int {
        // SAFETY: see above; the other vector's strings end with zeros.
        unsafe {
            for entry in entries(bytes(other, other_length)) {
                let old = envz_entry(*vector, *length, entry.as_ptr().cast());
                if !old.is_null() && replace == 0 {
                    continue;
                }
                argz_delete(vector, length, old);
                let error = append(vector, length, CStr::from_ptr(entry.as_ptr().cast()).to_bytes_with_nul());
                if error != 0 {
                    return error;
                }
            }
        }
        0
    }

    /// Removes a name's entry. GNU `envz_remove`.
    pub unsafe extern "C" fn envz_remove(vector: *mut *mut c_char, length: *mut size_t, name: *const c_char) {
        // SAFETY: see above.
        unsafe {
            let entry = envz_entry(*vector, *length, name);
            argz_delete(vector, length, entry);
        }
    }

    /// Removes the entries without `=`. GNU `envz_strip`.
    pub unsafe extern "C" fn envz_strip(vector: *mut *mut c_char, length: *mut size_t) {
        // SAFETY: see above; what is kept moves towards the start.
        unsafe {
            let mut kept = 0;
            let mut at = 0;
            while at < *length {
                let entry = (*vector).add(at);
                let with_zero = CStr::from_ptr(entry).to_bytes_with_nul();
                let size = with_zero.len();
                if with_zero.contains(&b'=') {
                    ptr::copy(entry, (*vector).add(kept), size);
                    kept += size;
                }
                at += size;
            }
            *length = kept;
            if kept == 0 {
                free((*vector).cast());
                *vector = ptr::null_mut();
            }
        }
    }
}
