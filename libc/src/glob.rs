//! <glob.h>: names of files that match a pattern. POSIX.1-2024.
//!
//! A pattern is taken part by part: parts without special characters are only looked at, others are compared with
//! the folder's entries. Paths longer than PATH_MAX are not followed, which also bounds the recursion. Of the GNU
//! flags all are there, GLOB_ALTDIRFUNC (folders that the caller's own functions read) among them.

use crate::accounts::password::home_of;
use crate::errno::{Errno, Result as SystemResult, get_errno};
use crate::fnmatch::{self, FNM_NOESCAPE, FNM_PERIOD};
use crate::heap::{Vector, free};
use crate::seam::{Files, Names, System};
use crate::string::strdup;
use crate::trees::read_names;
use crate::types::*;
use core::ffi::CStr;
use core::ptr;

const GLOB_ERR: c_int = 1;
const GLOB_MARK: c_int = 2;
const GLOB_NOSORT: c_int = 4;
const GLOB_DOOFFS: c_int = 8;
const GLOB_NOCHECK: c_int = 16;
const GLOB_APPEND: c_int = 32;
const GLOB_NOESCAPE: c_int = 64;
const GLOB_PERIOD: c_int = 128;
const GLOB_MAGCHAR: c_int = 256;
const GLOB_ALTDIRFUNC: c_int = 1 << 9;
const GLOB_BRACE: c_int = 1 << 10;
const GLOB_NOMAGIC: c_int = 1 << 11;
const GLOB_TILDE: c_int = 1 << 12;
const GLOB_ONLYDIR: c_int = 1 << 13;
const GLOB_TILDE_CHECK: c_int = 1 << 14;

/// The longest path, with its terminator.
const PATH_MAX: usize = 4096;
/// The most parts of a pattern: matching recurses once for each.
const MOST_PARTS: u32 = 512;
/// The most patterns that braces may make of one.
const MOST_PATTERNS: usize = 1 << 14;
const AT_FDCWD: c_int = -100;

/// What is found. POSIX.1-2024 `glob_t`; 72 bytes, the last five members for
/// GLOB_ALTDIRFUNC.
#[repr(C)]
#[allow(non_camel_case_types)]
pub struct glob_t {
    gl_pathc: size_t,
    gl_pathv: *mut *mut c_char,
    gl_offs: size_t,
    gl_flags: c_int,
    close: Option<unsafe extern "C-unwind" fn(*mut c_void)>,
    read: Option<unsafe extern "C-unwind" fn(*mut c_void) -> *const u8>,
    open: Option<unsafe extern "C-unwind" fn(*const c_char) -> *mut c_void>,
    link_status: Option<GetStatus>,
    status: Option<GetStatus>,
}

type GetStatus = unsafe extern "C-unwind" fn(*const c_char, *mut c_void) -> c_int;

/// The caller's functions, with GLOB_ALTDIRFUNC.
#[derive(Clone, Copy)]
struct Functions {
    close: unsafe extern "C-unwind" fn(*mut c_void),
    read: unsafe extern "C-unwind" fn(*mut c_void) -> *const u8,
    open: unsafe extern "C-unwind" fn(*const c_char) -> *mut c_void,
    link_status: GetStatus,
    status: GetStatus,
}

const _: () = assert!(size_of::<glob_t>() == 72);

impl glob_t {
    /// The caller's functions; all of them must be there.
    fn functions(&self) -> Option<Functions> {
        Some(Functions {
            close: self.close?,
            read: self.read?,
            open: self.open?,
            link_status: self.link_status?,
            status: self.status?,
        })
    }

    /// What was found.
    ///
    /// # Safety
    /// `glob` filled it, and nobody freed it.
    pub unsafe fn paths(&self) -> &[*mut c_char] {
        match self.gl_pathv.is_null() {
            true => &[],
            // SAFETY: the array has as many names behind its offset.
            false => unsafe { core::slice::from_raw_parts(self.gl_pathv.add(self.gl_offs), self.gl_pathc) },
        }
    }
}

type OnError = unsafe extern "C-unwind" fn(*const c_char, c_int) -> c_int;

/// Why there is no result, by <glob.h>'s numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i32)]
enum Error {
    Space = 1,
    Aborted = 2,
    NoMatch = 3,
}

impl From<Errno> for Error {
    fn from(_: Errno) -> Error {
        Error::Space
    }
}

/// Whether a part of a pattern has special characters.
fn is_magic(part: &[u8], flags: c_int) -> bool {
    let mut escaped = false;
    for &byte in part {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if flags & GLOB_NOESCAPE == 0 => escaped = true,
            b'*' | b'?' | b'[' => return true,
            _ => {}
        }
    }
    false
}

struct Search {
    flags: c_int,
    on_error: Option<OnError>,
    functions: Option<Functions>,
    /// The path so far.
    path: Vector<u8>,
    /// What was found: strings from the heap.
    found: Vector<*mut c_char>,
    /// How many parts of the pattern lie above.
    depth: u32,
}

impl Search {
    /// Appends a part without special characters, its escapes taken out.
    fn push_plain(&mut self, part: &[u8]) -> Result<(), Error> {
        let mut escaped = false;
        for &byte in part {
            if byte == b'\\' && !escaped && self.flags & GLOB_NOESCAPE == 0 {
                escaped = true;
                continue;
            }
            escaped = false;
            self.path.push(byte)?;
        }
        Ok(())
    }

    /// The type of the file at the path (`st_mode & S_IFMT`), following links or not.
    fn kind(&mut self, follow: bool) -> Result<Option<u32>, Error> {
        const NOFOLLOW: c_int = 0x100;
        self.path.push(0)?;
        // A `struct stat` of x86-64: 144 bytes, `st_mode` at 24.
        let mut status = [0u32; 36];
        if let Some(functions) = self.functions {
            let look = if follow {
                functions.status
            } else {
                functions.link_status
            };
            // SAFETY: as below; the function is the caller's.
            let failed = unsafe { look(self.path.as_ptr().cast(), status.as_mut_ptr().cast()) } != 0;
            self.path.pop();
            return Ok((!failed).then_some(status[6] & 0o170_000));
        }
        // SAFETY: the path ends in a zero; the buffer has room for the status.
        let result = unsafe {
            let flags = if follow { 0 } else { NOFOLLOW };
            System::fstatat(
                AT_FDCWD,
                self.path.as_ptr().cast(),
                status.as_mut_ptr().cast(),
                flags,
            )
        };
        self.path.pop();
        Ok(result.is_ok().then_some(status[6] & 0o170_000))
    }

    fn is_directory(&mut self) -> Result<bool, Error> {
        Ok(self.kind(true)? == Some(0o040_000))
    }

    /// Enters the path as found.
    fn enter(&mut self) -> Result<(), Error> {
        let length = self.path.len();
        if self.flags & (GLOB_MARK | GLOB_ONLYDIR) != 0 {
            let is_directory = self.is_directory()?;
            if self.flags & GLOB_MARK != 0 && is_directory && self.path.last() != Some(&b'/') {
                self.path.push(b'/')?;
            }
        }
        self.path.push(0)?;
        // SAFETY: the path ends in a zero.
        let copy = unsafe { strdup(self.path.as_ptr().cast()) };
        self.path.truncate(length);
        if copy.is_null() || self.found.push(copy).is_err() {
            // SAFETY: the copy is nobody else's; null is allowed.
            unsafe { free(copy.cast()) };
            return Err(Error::Space);
        }
        Ok(())
    }

    /// The names in the folder at the path, each ended by a zero.
    fn entries(&mut self) -> Result<SystemResult<Vector<u8>>, Error> {
        const FLAGS: c_int = 0o2_000_000 | 0o200_000 | 0o4000;
        let length = self.path.len();
        if length == 0 {
            self.path.push(b'.')?;
        }
        self.path.push(0)?;
        if let Some(functions) = self.functions {
            // SAFETY: the path ends in a zero; the functions are the caller's.
            let names = unsafe { functions.names(self.path.as_ptr().cast()) };
            self.path.truncate(length);
            return match names {
                Err(Errno::ENOMEM) => Err(Error::Space),
                names => Ok(names),
            };
        }
        // SAFETY: the path ends in a zero.
        let opened = unsafe { System::openat(AT_FDCWD, self.path.as_ptr().cast(), FLAGS, 0) };
        self.path.truncate(length);
        let folder = match opened {
            Ok(folder) => folder,
            Err(error) => return Ok(Err(error)),
        };
        let names = read_names(folder);
        let _ = System::close(folder);
        match names {
            Err(Errno::ENOMEM) => Err(Error::Space),
            names => Ok(names),
        }
    }

    /// Finds what matches `pattern` below the path.
    fn expand(&mut self, pattern: &[u8]) -> Result<(), Error> {
        if self.path.len() >= PATH_MAX {
            return Ok(());
        }
        if self.depth >= MOST_PARTS {
            return Err(Error::Space);
        }
        self.depth += 1;
        let result = self.expand_part(pattern);
        self.depth -= 1;
        result
    }

    fn expand_part(&mut self, pattern: &[u8]) -> Result<(), Error> {
        let slashes = pattern.iter().take_while(|&&b| b == b'/').count();
        let length = self.path.len();
        self.path.extend_from_slice(&pattern[..slashes])?;
        let pattern = &pattern[slashes..];
        let end = pattern.iter().position(|&b| b == b'/').unwrap_or(pattern.len());
        let (part, rest) = pattern.split_at(end);
        let result = if part.is_empty() {
            // The pattern ended in slashes: a folder is asked for.
            if length == 0 || self.is_directory()? {
                self.enter()
            } else {
                Ok(())
            }
        } else if !is_magic(part, self.flags) {
            self.push_plain(part)?;
            if !rest.is_empty() {
                self.expand(rest)
            } else if self.kind(false)?.is_some() {
                self.enter()
            } else {
                Ok(())
            }
        } else {
            self.compare(part, rest)
        };
        self.path.truncate(length);
        result
    }

    /// Compares the folder's entries with a part of the pattern.
    fn compare(&mut self, part: &[u8], rest: &[u8]) -> Result<(), Error> {
        let names = match self.entries()? {
            Ok(names) => names,
            Err(error) => return self.report(error),
        };
        let length = self.path.len();
        let period = if self.flags & GLOB_PERIOD != 0 {
            0
        } else {
            FNM_PERIOD
        };
        let escape = if self.flags & GLOB_NOESCAPE != 0 {
            FNM_NOESCAPE
        } else {
            0
        };
        for name in names.split(|&b| b == 0).filter(|name| !name.is_empty()) {
            if !fnmatch::matches(part, name, period | escape) {
                continue;
            }
            self.path.extend_from_slice(name)?;
            if rest.is_empty() {
                if self.flags & GLOB_ONLYDIR == 0 || self.is_directory()? {
                    self.enter()?;
                }
            } else if self.is_directory()? {
                self.expand(rest)?;
            }
            self.path.truncate(length);
        }
        Ok(())
    }

    /// A folder that cannot be read: the caller decides whether that ends the search.
    fn report(&mut self, error: Errno) -> Result<(), Error> {
        // What is not there, or no folder, simply has no matches.
        if error == Errno::ENOENT || error == Errno::ENOTDIR {
            return Ok(());
        }
        self.path.push(0)?;
        // SAFETY: the path is a string. The function may leave by an exception; what was found is then lost.
        let stop = self
            .on_error
            .is_some_and(|act| unsafe { act(self.path.as_ptr().cast(), error.0) != 0 });
        self.path.pop();
        if stop || self.flags & GLOB_ERR != 0 {
            Err(Error::Aborted)
        } else {
            Ok(())
        }
    }
}

impl Functions {
    /// The names that the caller's functions find in a folder, each ended by a zero.
    ///
    /// # Safety
    /// `path` is a string.
    unsafe fn names(&self, path: *const c_char) -> SystemResult<Vector<u8>> {
        /// Where `struct dirent` has its name.
        const NAME: usize = 19;
        // SAFETY: an entry is a `struct dirent` until the next one is read. What a function throws leaves the names behind.
        unsafe {
            let folder = (self.open)(path);
            if folder.is_null() {
                return Err(Errno(get_errno()));
            }
            let mut names = Vector::new();
            let mut result = Ok(());
            while result.is_ok() {
                let entry = (self.read)(folder);
                if entry.is_null() {
                    break;
                }
                let name = CStr::from_ptr(entry.add(NAME).cast());
                result = names.extend_from_slice(name.to_bytes_with_nul());
            }
            (self.close)(folder);
            result.map(|()| names)
        }
    }
}

/// The alternatives of the first brace in a pattern: where it opens, where it closes. `{}` is no brace.
fn brace(pattern: &[u8], flags: c_int) -> Option<(usize, usize)> {
    let mut escaped = false;
    let mut depth = 0u32;
    let mut open = None;
    for (i, &byte) in pattern.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if flags & GLOB_NOESCAPE == 0 => escaped = true,
            b'{' if depth == 0 && pattern.get(i + 1) == Some(&b'}') => {}
            b'{' => {
                if depth == 0 {
                    open = Some(i);
                }
                depth += 1;
            }
            b'}' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    return open.map(|open| (open, i));
                }
            }
            _ => {}
        }
    }
    None
}

/// All patterns that braces make of one, in order.
fn without_braces(pattern: &[u8], flags: c_int) -> Result<Vector<Vector<u8>>, Error> {
    let mut done = Vector::new();
    let mut waiting: Vector<Vector<u8>> = Vector::new();
    let mut first = Vector::new();
    first.extend_from_slice(pattern)?;
    waiting.push(first)?;
    while let Some(pattern) = waiting.pop() {
        let Some((open, close)) = brace(&pattern, flags).filter(|_| flags & GLOB_BRACE != 0) else {
            done.push(pattern)?;
            continue;
        };
        let inside = &pattern[open + 1..close];
        // The last alternative is put aside first, so that they come out in order.
        let mut end = inside.len();
        let mut depth = 0u32;
        for i in (0..=inside.len()).rev() {
            let separator = i == 0 || depth == 0 && inside[i - 1] == b',';
            if separator {
                let mut made = Vector::new();
                made.extend_from_slice(&pattern[..open])?;
                made.extend_from_slice(&inside[i..end])?;
                made.extend_from_slice(&pattern[close + 1..])?;
                waiting.push(made)?;
                end = i.saturating_sub(1);
            }
            match i.checked_sub(1).map(|i| inside[i]) {
                Some(b'}') => depth += 1,
                Some(b'{') => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        if waiting.len() + done.len() > MOST_PATTERNS {
            return Err(Error::Space);
        }
    }
    Ok(done)
}

/// Puts the home folder in the place of an initial tilde.
fn with_home(pattern: &[u8], flags: c_int) -> Result<Vector<u8>, Error> {
    let mut made = Vector::new();
    let end = pattern.iter().position(|&b| b == b'/').unwrap_or(pattern.len());
    if flags & (GLOB_TILDE | GLOB_TILDE_CHECK) != 0 && pattern.first() == Some(&b'~') {
        let home = home_of(&pattern[1..end])?.filter(|home| !home.is_empty());
        match home {
            Some(home) => {
                made.extend_from_slice(&home)?;
                made.extend_from_slice(&pattern[end..])?;
                return Ok(made);
            }
            None if flags & GLOB_TILDE_CHECK != 0 => return Err(Error::NoMatch),
            None => {}
        }
    }
    made.extend_from_slice(pattern)?;
    Ok(made)
}

fn search(pattern: &[u8], flags: c_int, on_error: Option<OnError>, into: &mut Search) -> Result<bool, Error> {
    let mut magic = false;
    into.flags = flags;
    into.on_error = on_error;
    for pattern in without_braces(pattern, flags)?.iter() {
        let pattern = with_home(pattern, flags)?;
        let before = into.found.len();
        let special = is_magic(&pattern, flags);
        magic |= special;
        into.path.clear();
        into.expand(&pattern)?;
        let plain = flags & GLOB_NOMAGIC != 0 && !special;
        if into.found.len() == before && (flags & GLOB_NOCHECK != 0 || plain) {
            into.path.clear();
            into.path.extend_from_slice(&pattern)?;
            let flags = core::mem::replace(&mut into.flags, flags & !GLOB_MARK & !GLOB_ONLYDIR);
            into.enter()?;
            into.flags = flags;
        }
        if flags & GLOB_NOSORT == 0 {
            // SAFETY: all are strings.
            into.found[before..]
                .sort_unstable_by(|&a, &b| unsafe { CStr::from_ptr(a).cmp(CStr::from_ptr(b)) });
        }
    }
    Ok(magic)
}

export! {
    /// Finds the files that match a pattern; 0, GLOB_NOSPACE, GLOB_ABORTED or GLOB_NOMATCH.
    /// POSIX.1-2024 `glob`.
    pub unsafe extern "C-unwind" fn glob(
        pattern: *const c_char,
        flags: c_int,
        on_error: Option<OnError>,
        result: *mut glob_t,
    ) -> c_int {
        // SAFETY: pattern is a string; result is valid, and with GLOB_APPEND holds what glob returned.
        unsafe {
            let result = &mut *result;
            if flags & GLOB_APPEND == 0 {
                result.gl_pathc = 0;
                result.gl_pathv = ptr::null_mut();
                if flags & GLOB_DOOFFS == 0 {
                    result.gl_offs = 0;
                }
            }
            let functions = match flags & GLOB_ALTDIRFUNC {
                0 => None,
                _ => result.functions(),
            };
            let mut state =
                Search { flags, on_error, functions, path: Vector::new(), found: Vector::new(), depth: 0 };
            let outcome = search(CStr::from_ptr(pattern).to_bytes(), flags, on_error, &mut state);
            let offset = if flags & GLOB_DOOFFS != 0 { result.gl_offs } else { 0 };
            let (error, magic) = match outcome {
                Ok(magic) if state.found.is_empty() => (Some(Error::NoMatch), magic),
                Ok(magic) => (None, magic),
                Err(error) => (Some(error), false),
            };
            // What was found before an abort is returned too (POSIX).
            if error.is_none() || error == Some(Error::Aborted) {
                let mut all: Vector<*mut c_char> = Vector::new();
                let old = if result.gl_pathv.is_null() { 0 } else { offset + result.gl_pathc };
                let room = all.reserve(offset + result.gl_pathc + state.found.len() + 1);
                if room.is_ok() {
                    let _ = all.resize(offset, ptr::null_mut());
                    if old > offset {
                        let before = core::slice::from_raw_parts(result.gl_pathv.add(offset), old - offset);
                        let _ = all.extend_from_slice(before);
                    }
                    let _ = all.extend_from_slice(&state.found);
                    let _ = all.push(ptr::null_mut());
                    free(result.gl_pathv.cast());
                    result.gl_pathc += state.found.len();
                    result.gl_pathv = all.into_raw();
                    result.gl_flags = flags | if magic { GLOB_MAGCHAR } else { 0 };
                    return error.map_or(0, |error| error as c_int);
                }
            }
            for &name in state.found.iter() {
                free(name.cast());
            }
            error.unwrap_or(Error::Space) as c_int
        }
    }

    /// Frees what glob found. POSIX.1-2024 `globfree`.
    pub unsafe extern "C" fn globfree(result: *mut glob_t) {
        // SAFETY: result holds what glob returned.
        unsafe {
            let result = &mut *result;
            if !result.gl_pathv.is_null() {
                for i in 0..result.gl_pathc {
                    free((*result.gl_pathv.add(result.gl_offs + i)).cast());
                }
                free(result.gl_pathv.cast());
            }
            result.gl_pathv = ptr::null_mut();
            result.gl_pathc = 0;
        }
    }
}

crate::alias!(glob64 = glob);
crate::alias!(globfree64 = globfree);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_make_patterns_in_order() {
        let list = |pattern: &[u8]| {
            let made = without_braces(pattern, GLOB_BRACE).unwrap();
            made.iter()
                .map(|p| String::from_utf8(p.to_vec()).unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(list(b"a{b,c}d"), ["abd", "acd"]);
        assert_eq!(list(b"{a,{b,c}x}{1,2}"), ["a1", "a2", "bx1", "bx2", "cx1", "cx2"]);
        assert_eq!(list(b"{}a{b"), ["{}a{b"]);
        assert_eq!(list(b"{,x}"), ["", "x"]);
        assert!(without_braces(&b"{a,b}".repeat(40), GLOB_BRACE).is_err());
    }

    #[test]
    fn special_characters_are_seen_unless_escaped() {
        assert!(is_magic(b"a*", 0));
        assert!(!is_magic(b"a\\*", 0));
        assert!(is_magic(b"a\\*", GLOB_NOESCAPE));
        assert!(!is_magic(b"plain", 0));
    }
}
