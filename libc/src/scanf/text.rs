//! `%c %s %[`, stored as bytes or as wide characters.

use super::engine::{Counted, Failure, is_wide};
use super::format::Directive;
use super::target::Target;
use crate::printf::encoding::{Decoded, Encoding};
use crate::printf::output::Unit;
use crate::types::wchar_t;

/// A unit type's own way to bytes and to wide characters.
pub trait TextUnit: Unit {
    /// Stores a unit of the input as bytes.
    ///
    /// # Safety
    /// The target has room.
    unsafe fn store_narrow(self, target: &mut Target<u8>) -> Result<(), Failure>;

    /// Stores units of the input as wide characters; `open` has the bytes of a character that is not complete.
    ///
    /// # Safety
    /// The target has room.
    unsafe fn store_wide(self, open: &mut Open, target: &mut Target<wchar_t>) -> Result<(), Failure>;
}

/// The bytes of a multibyte character that is not complete.
#[derive(Default)]
pub struct Open {
    bytes: [u8; 4],
    length: usize,
}

impl TextUnit for u8 {
    unsafe fn store_narrow(self, target: &mut Target<u8>) -> Result<(), Failure> {
        // SAFETY: as the caller promises.
        unsafe { target.push(self) }.map_err(|_| Failure::Input)
    }

    unsafe fn store_wide(self, open: &mut Open, target: &mut Target<wchar_t>) -> Result<(), Failure> {
        let place = open.bytes.get_mut(open.length).ok_or(Failure::Input)?;
        *place = self;
        open.length += 1;
        match Encoding::current().decode(&open.bytes[..open.length]) {
            Decoded::Incomplete => Ok(()),
            Decoded::Invalid => {
                crate::errno::set_errno(crate::errno::EILSEQ);
                Err(Failure::Input)
            }
            Decoded::Character(character, _) => {
                open.length = 0;
                // SAFETY: as the caller promises.
                unsafe { target.push(character) }.map_err(|_| Failure::Input)
            }
        }
    }
}

impl TextUnit for wchar_t {
    unsafe fn store_narrow(self, target: &mut Target<u8>) -> Result<(), Failure> {
        let Some((bytes, length)) = Encoding::current().encode(self) else {
            crate::errno::set_errno(crate::errno::EILSEQ);
            return Err(Failure::Input);
        };
        for &byte in &bytes[..length] {
            // SAFETY: as the caller promises.
            unsafe { target.push(byte) }.map_err(|_| Failure::Input)?;
        }
        Ok(())
    }

    unsafe fn store_wide(self, _: &mut Open, target: &mut Target<wchar_t>) -> Result<(), Failure> {
        // SAFETY: as the caller promises.
        unsafe { target.push(self) }.map_err(|_| Failure::Input)
    }
}

/// Takes units while `wanted` says so, within the width, and stores each. How many there were.
fn take<U: Unit>(
    input: &mut Counted<U>,
    width: usize,
    wanted: &mut dyn FnMut(U) -> bool,
    store: &mut dyn FnMut(U) -> Result<(), Failure>,
) -> Result<usize, Failure> {
    if input.peek().is_none() {
        return Err(Failure::Input);
    }
    let mut count = 0;
    while count < width
        && let Some(unit) = input.peek()
        && wanted(unit)
    {
        input.advance();
        store(unit)?;
        count += 1;
    }
    Ok(count)
}

/// Takes text and stores it as the directive says, with a terminator unless it is of `%c`.
unsafe fn convert<U: TextUnit>(
    input: &mut Counted<U>,
    directive: &Directive,
    argument: Option<u64>,
    width: usize,
    wanted: &mut dyn FnMut(U) -> bool,
    terminated: bool,
) -> Result<usize, Failure> {
    // SAFETY: the argument is a place that is large enough, as the callers' callers promise.
    unsafe {
        if is_wide(directive) {
            let mut target = Target::<wchar_t>::new(argument, directive.allocates);
            let mut open = Open::default();
            let count = take(input, width, wanted, &mut |unit| {
                unit.store_wide(&mut open, &mut target)
            })?;
            if open.length > 0 {
                crate::errno::set_errno(crate::errno::EILSEQ);
                return Err(Failure::Input);
            }
            if count > 0 {
                target
                    .finish(terminated.then_some(0))
                    .map_err(|_| Failure::Input)?;
            }
            Ok(count)
        } else {
            let mut target = Target::<u8>::new(argument, directive.allocates);
            let count = take(input, width, wanted, &mut |unit| unit.store_narrow(&mut target))?;
            if count > 0 {
                target
                    .finish(terminated.then_some(0))
                    .map_err(|_| Failure::Input)?;
            }
            Ok(count)
        }
    }
}

/// Reads a string of the units that are wanted: one or more.
///
/// # Safety
/// The argument is a place large enough for the text and a terminator.
pub unsafe fn string<U: TextUnit>(
    input: &mut Counted<U>,
    directive: &Directive,
    argument: Option<u64>,
    wanted: &mut dyn FnMut(U) -> bool,
) -> Result<(), Failure> {
    let width = directive.width.unwrap_or(usize::MAX);
    // SAFETY: as the caller promises.
    match unsafe { convert(input, directive, argument, width, wanted, true)? } {
        0 => Err(Failure::Matching),
        _ => Ok(()),
    }
}

/// Reads exactly as many characters as the width says, white space too.
///
/// # Safety
/// The argument is a place large enough for them.
pub unsafe fn characters<U: TextUnit>(
    input: &mut Counted<U>,
    directive: &Directive,
    argument: Option<u64>,
) -> Result<(), Failure> {
    let width = directive.width.unwrap_or(1);
    if size_of::<U>() == 1 && is_wide(directive) {
        // The width counts characters, whose bytes the encoding knows.
        // SAFETY: as the caller promises.
        return unsafe { wide_characters(input, directive, argument, width) };
    }
    // SAFETY: as the caller promises.
    let count = unsafe { convert(input, directive, argument, width, &mut |_| true, false)? };
    // Fewer than asked for at the end of the input are good enough (glibc; the standard leaves it open).
    if count > 0 { Ok(()) } else { Err(Failure::Input) }
}

/// `%lc` of bytes.
unsafe fn wide_characters<U: TextUnit>(
    input: &mut Counted<U>,
    directive: &Directive,
    argument: Option<u64>,
    width: usize,
) -> Result<(), Failure> {
    let mut target = Target::<wchar_t>::new(argument, directive.allocates);
    let mut open = Open::default();
    let mut count = 0;
    while count < width {
        let Some(unit) = input.peek() else { break };
        input.advance();
        // SAFETY: as the caller promises.
        unsafe { unit.store_wide(&mut open, &mut target)? };
        count += (open.length == 0) as usize;
    }
    if count == 0 || open.length > 0 {
        return Err(Failure::Input);
    }
    // SAFETY: as the caller promises.
    unsafe { target.finish(None) }.map_err(|_| Failure::Input)
}
