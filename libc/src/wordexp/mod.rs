//! <wordexp.h>: the expansions of a shell. POSIX.1-2024 `wordexp`.
//!
//! `text` reads the words and finds the expansions in them, `parameter` and `arithmetic` expand, this file splits what came of
//! it into fields, looks for file names, and has the C functions. Command substitution is the shell's (`sh -c`).

mod arithmetic;
mod parameter;
mod text;

use crate::errno::Errno;
use crate::glob::{glob, glob_t, globfree};
use crate::heap::{Vector, free, malloc};
use crate::types::*;
use core::ffi::CStr;
use core::ptr;
use text::Reader;

const WRDE_DOOFFS: c_int = 1;
const WRDE_APPEND: c_int = 2;
const WRDE_NOCMD: c_int = 4;
const WRDE_REUSE: c_int = 8;
const WRDE_SHOWERR: c_int = 16;
const WRDE_UNDEF: c_int = 32;

/// How deep expansions may lie in one another.
const DEPTH_MAX: u32 = 64;

/// Why there are no words, by <wordexp.h>'s numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i32)]
enum Error {
    NoSpace = 1,
    BadCharacter = 2,
    BadValue = 3,
    Command = 4,
    Syntax = 5,
}

impl From<Errno> for Error {
    fn from(_: Errno) -> Error {
        Error::NoSpace
    }
}

type Result<T> = core::result::Result<T, Error>;

/// Where a byte of a word comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Origin {
    /// It stands in the text, and means what it means to a pattern.
    Plain,
    /// It was quoted: nothing about it is special.
    Quoted,
    /// It came from an expansion outside of quotes: fields are split at it, and a pattern sees it.
    Expanded,
}

/// A word in the making.
#[derive(Default)]
struct Word {
    bytes: Vector<u8>,
    origins: Vector<Origin>,
    /// Whether it has quotes: such a word is one field even when it is empty.
    quoted: bool,
}

impl Word {
    fn push(&mut self, byte: u8, origin: Origin) -> Result<()> {
        self.bytes.push(byte)?;
        self.origins.push(origin)?;
        Ok(())
    }

    fn extend(&mut self, bytes: &[u8], origin: Origin) -> Result<()> {
        bytes.iter().try_for_each(|&byte| self.push(byte, origin))
    }

    /// A number in decimal digits.
    fn extend_number(&mut self, number: u64, origin: Origin) -> Result<()> {
        if number == 0 {
            return self.push(b'0', origin);
        }
        let mut digits = [0; 20];
        let start = crate::float::to_decimal::write_u64(number, &mut digits);
        self.extend(&digits[start..], origin)
    }
}

/// The bytes at which fields are split.
struct Separators {
    set: Vector<u8>,
}

impl Separators {
    /// As the variable IFS says: space, tab and newline when there is none.
    fn current() -> Result<Separators> {
        let mut set = Vector::new();
        match parameter::variable(b"IFS")? {
            Some(value) => set.extend_from_slice(&value)?,
            None => set.extend_from_slice(b" \t\n")?,
        }
        Ok(Separators { set })
    }

    fn contains(&self, byte: u8) -> bool {
        self.set.contains(&byte)
    }

    fn is_white(&self, byte: u8) -> bool {
        matches!(byte, b' ' | b'\t' | b'\n') && self.contains(byte)
    }
}

/// The result in the making: strings of the heap.
#[derive(Default)]
struct Words {
    found: Vector<*mut c_char>,
}

impl Words {
    fn add(&mut self, bytes: &[u8]) -> Result<()> {
        // SAFETY: the block has room for the bytes and a zero.
        unsafe {
            let copy: *mut u8 = malloc(bytes.len() + 1).cast();
            if copy.is_null() {
                return Err(Error::NoSpace);
            }
            ptr::copy_nonoverlapping(bytes.as_ptr(), copy, bytes.len());
            copy.add(bytes.len()).write(0);
            self.found.push(copy.cast()).map_err(|_| {
                free(copy.cast());
                Error::NoSpace
            })
        }
    }

    /// Splits a word into fields, and expands the file names in each.
    fn add_word(&mut self, word: &Word, separators: &Separators) -> Result<()> {
        let count = word.bytes.len();
        let splits = |at: usize| word.origins[at] == Origin::Expanded && separators.contains(word.bytes[at]);
        let is_white = |at: usize| splits(at) && separators.is_white(word.bytes[at]);
        let (mut at, mut any) = (0, false);
        while at < count && is_white(at) {
            at += 1;
        }
        while at < count {
            let start = at;
            while at < count && !splits(at) {
                at += 1;
            }
            self.add_field(&word.bytes[start..at], &word.origins[start..at])?;
            any = true;
            // White space, at most one separator that is none, white space.
            while at < count && is_white(at) {
                at += 1;
            }
            if at < count && splits(at) {
                at += 1;
                while at < count && is_white(at) {
                    at += 1;
                }
            }
        }
        if !any && word.quoted {
            self.add(&[])?;
        }
        Ok(())
    }

    /// A field: the names of files that it matches, or itself.
    fn add_field(&mut self, bytes: &[u8], origins: &[Origin]) -> Result<()> {
        let magic = bytes
            .iter()
            .zip(origins)
            .any(|(byte, &origin)| origin != Origin::Quoted && matches!(byte, b'*' | b'?' | b'['));
        if !magic {
            return self.add(bytes);
        }
        let mut pattern = Vector::new();
        for (&byte, &origin) in bytes.iter().zip(origins) {
            if byte == b'\\' || origin == Origin::Quoted && !matches!(byte, b'/') {
                pattern.push(b'\\')?;
            }
            pattern.push(byte)?;
        }
        pattern.push(0)?;
        // SAFETY: the pattern is a string; what glob finds is freed after it is copied.
        unsafe {
            let mut names = core::mem::zeroed::<glob_t>();
            match glob(pattern.as_ptr().cast(), 0, None, &raw mut names) {
                0 => {
                    let mut result = Ok(());
                    for &name in names.paths() {
                        result = result.and_then(|()| self.add(CStr::from_ptr(name).to_bytes()));
                    }
                    globfree(&raw mut names);
                    result
                }
                1 => Err(Error::NoSpace),
                _ => self.add(bytes),
            }
        }
    }
}

impl Drop for Words {
    fn drop(&mut self) {
        for &word in self.found.iter() {
            // SAFETY: a copy that `add` made and nobody took.
            unsafe { free(word.cast()) };
        }
    }
}

/// C's `wordexp_t`.
#[repr(C)]
pub struct Expansion {
    count: size_t,
    words: *mut *mut c_char,
    offset: size_t,
}

const _: () = assert!(size_of::<Expansion>() == 24);

/// All words of a text.
fn expand(input: &[u8], flags: c_int) -> (Words, Result<()>) {
    let mut words = Words::default();
    let result = (|| {
        let separators = Separators::current()?;
        let mut reader = Reader::new(input, flags);
        while let Some(word) = reader.next_word()? {
            words.add_word(&word, &separators)?;
        }
        Ok(())
    })();
    (words, result)
}

/// Puts the words behind those that the result has already.
unsafe fn store(result: &mut Expansion, mut words: Words, append: bool, offset: size_t) -> Result<()> {
    let mut all = Vector::new();
    let old = if append { result.count } else { 0 };
    // SAFETY: with WRDE_APPEND the result is one of an earlier call, with that many words behind its offset.
    unsafe {
        all.resize(offset, ptr::null_mut())?;
        if old > 0 {
            all.extend_from_slice(core::slice::from_raw_parts(result.words.add(offset), old))?;
        }
        all.extend_from_slice(&words.found)?;
        all.push(ptr::null_mut())?;
        if append {
            free(result.words.cast());
        }
    }
    result.count = old + words.found.len();
    result.words = all.into_raw();
    // The result has them now.
    words.found.clear();
    Ok(())
}

// SAFETY of every block below: the text is a string; the result is the caller's, and with WRDE_APPEND or WRDE_REUSE that of
// an earlier call.
crate::export! {
    /// Expands words as a shell does. 0, or WRDE_NOSPACE, WRDE_BADCHAR, WRDE_BADVAL, WRDE_CMDSUB, WRDE_SYNTAX, and then the
    /// result is as it was. POSIX.1-2024 `wordexp`.
    pub unsafe extern "C-unwind" fn wordexp(
        string: *const c_char,
        result: *mut Expansion,
        flags: c_int,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            if flags & WRDE_REUSE != 0 {
                wordfree(result);
            }
            let result = &mut *result;
            let (words, expanded) = expand(CStr::from_ptr(string).to_bytes(), flags);
            if let Err(error) = expanded {
                return error as c_int;
            }
            let append = flags & WRDE_APPEND != 0 && flags & WRDE_REUSE == 0;
            let offset = if flags & WRDE_DOOFFS != 0 { result.offset } else { 0 };
            if flags & WRDE_DOOFFS == 0 {
                result.offset = 0;
            }
            match store(result, words, append, offset) {
                Ok(()) => 0,
                Err(error) => error as c_int,
            }
        }
    }

    /// Frees what `wordexp` made. POSIX.1-2024 `wordfree`.
    pub unsafe extern "C" fn wordfree(result: *mut Expansion) {
        // SAFETY: see above.
        unsafe {
            let result = &mut *result;
            if !result.words.is_null() {
                for index in 0..result.count {
                    free((*result.words.add(result.offset + index)).cast());
                }
                free(result.words.cast());
            }
            result.words = ptr::null_mut();
            result.count = 0;
        }
    }
}
