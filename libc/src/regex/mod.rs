//! <regex.h>: POSIX regular expressions, basic and extended.
//!
//! `syntax` reads an expression into a tree, `program` makes steps of it, and one of two machines runs them:
//! `simulate` without back-references, in time linear in the text, `backtrack` with them, within a limit. Every
//! length is bounded; what exceeds a bound is REG_ESPACE. Matches are leftmost and longest, groups from the left
//! as long as they can be.

mod backtrack;
pub mod error;
mod program;
mod set;
mod simulate;
mod syntax;
mod text;

use crate::heap::{Vector, free, malloc};
use crate::locale::current_is_utf8;
use crate::types::*;
use core::ffi::CStr;
use core::ptr;
use error::Error;
use program::Program;
use set::Mode;
use text::{Text, UNSET};

const REG_EXTENDED: c_int = 1;
const REG_ICASE: c_int = 2;
const REG_NEWLINE: c_int = 4;
const REG_NOSUB: c_int = 8;
const REG_NOTBOL: c_int = 1;
const REG_NOTEOL: c_int = 2;
const REG_STARTEND: c_int = 4;
/// In `regex_t::bits`: groups are not reported.
const NO_SUB: c_uint = 1 << 4;

/// A compiled expression: glibc's `struct re_pattern_buffer`, 64 bytes.
#[repr(C)]
#[allow(non_camel_case_types)]
pub struct regex_t {
    program: *mut Program,
    allocated: c_ulong,
    used: c_ulong,
    syntax: c_ulong,
    fastmap: *mut c_char,
    translate: *mut u8,
    /// The number of groups.
    pub re_nsub: size_t,
    bits: c_uint,
}

const _: () = assert!(size_of::<regex_t>() == 64 && core::mem::offset_of!(regex_t, re_nsub) == 48);

/// Where a group matched, in bytes; -1 when it took no part. POSIX.1-2024 `regmatch_t`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(non_camel_case_types, missing_docs, reason = "the members are the standard's")]
pub struct regmatch_t {
    pub rm_so: c_int,
    pub rm_eo: c_int,
}

/// Reads and compiles an expression.
fn compile(pattern: &[u8], flags: c_int) -> Result<Program, Error> {
    let mode = Mode {
        is_utf8: current_is_utf8(),
        fold: flags & REG_ICASE != 0,
        lines: flags & REG_NEWLINE != 0,
    };
    Program::new(syntax::parse(pattern, flags & REG_EXTENDED != 0, mode)?, mode)
}

/// Searches a text; fills `places` with the start and end of the match and of its groups.
fn execute(program: &Program, text: Text<'_>, places: &mut [[usize; 2]]) -> Result<(), Error> {
    places.fill([UNSET; 2]);
    let mut captures = Vector::new();
    if program.has_back {
        captures.resize(2 * program.part_count as usize, UNSET)?;
        if !backtrack::search(program, text, &mut captures)? {
            return Err(Error::NoMatch);
        }
    } else {
        let groups = (program.groups as usize + 1).min(places.len());
        // A group's part is behind those of the groups and repetitions before it.
        let parts = groups
            .checked_sub(1)
            .map_or(0, |last| program.parts[last] as usize + 1);
        captures.resize(if groups <= 1 { 1 } else { 2 * parts }, UNSET)?;
        let end = simulate::search(program, text, &mut captures)?.ok_or(Error::NoMatch)?;
        if captures.len() == 1 {
            captures.push(end)?;
        } else {
            captures[1] = end;
        }
    }
    for (place, &part) in places.iter_mut().zip(program.parts.iter()) {
        let found = &captures[2 * part as usize..][..2];
        // A group that was entered and not left took no part.
        if found[1] != UNSET {
            *place = [found[0], found[1]];
        }
    }
    Ok(())
}

export! {
    /// Compiles an expression; 0 or an error number. POSIX.1-2024 `regcomp`.
    pub unsafe extern "C" fn regcomp(expression: *mut regex_t, pattern: *const c_char, flags: c_int) -> c_int {
        // SAFETY: expression is valid; pattern is a string.
        unsafe {
            let empty = regex_t {
                program: ptr::null_mut(),
                allocated: 0,
                used: 0,
                syntax: 0,
                fastmap: ptr::null_mut(),
                translate: ptr::null_mut(),
                re_nsub: 0,
                bits: 0,
            };
            expression.write(empty);
            let program = match compile(CStr::from_ptr(pattern).to_bytes(), flags) {
                Ok(program) => program,
                Err(error) => return error as c_int,
            };
            let place: *mut Program = malloc(size_of::<Program>()).cast();
            if place.is_null() {
                return Error::Space as c_int;
            }
            (*expression).re_nsub = program.groups as usize;
            (*expression).bits = if flags & REG_NOSUB != 0 { NO_SUB } else { 0 };
            place.write(program);
            (*expression).program = place;
        }
        0
    }

    /// Searches a string; 0, REG_NOMATCH or REG_ESPACE. POSIX.1-2024 `regexec`.
    pub unsafe extern "C" fn regexec(
        expression: *const regex_t,
        string: *const c_char,
        count: size_t,
        matches: *mut regmatch_t,
        flags: c_int,
    ) -> c_int {
        // SAFETY: the expression is compiled; string is a string, or matches[0] says which part; matches has
        // `count` elements.
        unsafe {
            let Some(program) = (*expression).program.as_ref() else { return Error::NoMatch as c_int };
            let (start, bytes) = if flags & REG_STARTEND != 0 {
                let part = *matches;
                let (Ok(start), Ok(end)) = (usize::try_from(part.rm_so), usize::try_from(part.rm_eo)) else {
                    return Error::NoMatch as c_int;
                };
                let length = end.saturating_sub(start);
                (start, core::slice::from_raw_parts(string.cast::<u8>().add(start), length))
            } else {
                (0, CStr::from_ptr(string).to_bytes())
            };
            let text = Text {
                bytes,
                mode: program.mode,
                not_bol: flags & REG_NOTBOL != 0,
                not_eol: flags & REG_NOTEOL != 0,
            };
            let wanted = if (*expression).bits & NO_SUB != 0 { 0 } else { count };
            let mut places = Vector::new();
            if places.resize(wanted.min(program.groups as usize + 1), [UNSET; 2]).is_err() {
                return Error::Space as c_int;
            }
            if let Err(error) = execute(program, text, &mut places) {
                return error as c_int;
            }
            for i in 0..wanted {
                let offset = |place: usize| {
                    if place == UNSET { -1 } else { c_int::try_from(place + start).unwrap_or(c_int::MAX) }
                };
                let [from, to] = places.get(i).copied().unwrap_or([UNSET; 2]);
                *matches.add(i) = regmatch_t { rm_so: offset(from), rm_eo: offset(to) };
            }
        }
        0
    }

    /// Frees a compiled expression. POSIX.1-2024 `regfree`.
    pub unsafe extern "C" fn regfree(expression: *mut regex_t) {
        // SAFETY: the expression was compiled, or regcomp failed and left null.
        unsafe {
            let program = (*expression).program;
            if !program.is_null() {
                program.drop_in_place();
                free(program.cast());
                (*expression).program = ptr::null_mut();
            }
        }
    }
}

#[cfg(test)]
mod tests;
