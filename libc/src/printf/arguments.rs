//! The arguments of a format: one after the other from a `va_list`, or by position from a table made first.

use super::format::{Amount, Length, Reader, Specification};
use super::output::Unit;
use super::va_list::VaList;
use crate::errno::{Errno, Result};
use crate::float::f80::F80;
use crate::heap::Vector;

/// How an argument is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No specification names this position; an `int` is assumed.
    Unused,
    /// An integer or a pointer.
    Integer,
    /// A `double`.
    Double,
    /// A `long double`.
    LongDouble,
}

/// How the argument of a specification is passed; `None` for one that has no argument.
pub fn kind_of(specification: &Specification) -> Option<Kind> {
    match specification.conversion {
        b'a' | b'A' | b'e' | b'E' | b'f' | b'F' | b'g' | b'G' => {
            Some(if specification.length == Length::LongLong {
                Kind::LongDouble
            } else {
                Kind::Double
            })
        }
        b'd' | b'i' | b'u' | b'o' | b'x' | b'X' | b'b' | b'B' | b'c' | b'C' | b's' | b'S' | b'p' | b'n' => {
            Some(Kind::Integer)
        }
        _ => None,
    }
}

/// An argument's bits: a long double's, or another's in the first half.
#[derive(Clone, Copy)]
struct Slot(F80);

/// Positions beyond this are refused, as `NL_ARGMAX` of <limits.h> allows.
const MOST_POSITIONS: usize = 4096;

/// Arguments on their way into conversions.
pub enum Arguments<'a> {
    /// One after the other.
    List(&'a mut VaList),
    /// By position.
    Table(Table),
}

/// All arguments of a format that names them by position. A specification without a position among them takes the
/// one after the last such specification took (glibc; undefined by the standard).
pub struct Table {
    slots: Vector<Slot>,
    next: usize,
}

impl Table {
    /// Fetches the arguments that the format names from `reader` on; the first `%` is taken already.
    ///
    /// # Safety
    /// The list holds what the format says.
    pub unsafe fn new<U: Unit>(format: *const U, list: &mut VaList) -> Result<Table> {
        let mut kinds = Vector::<Kind>::new();
        // SAFETY: the engine passes the rest of its own format.
        let mut reader = unsafe { Reader::new(format) };
        let mut next = 0;
        let mut following = || {
            next += 1;
            next - 1
        };
        loop {
            let specification = reader.specification()?;
            for amount in [specification.width, specification.precision] {
                match amount {
                    Amount::Position(position) => note(&mut kinds, position, Kind::Integer)?,
                    Amount::Next => note(&mut kinds, following(), Kind::Integer)?,
                    Amount::None | Amount::Given(_) => (),
                }
            }
            if let Some(kind) = kind_of(&specification) {
                let position = specification.position.unwrap_or_else(&mut following);
                note(&mut kinds, position, kind)?;
            }
            reader.literal();
            if reader.peek() == 0 {
                break;
            }
            reader.advance();
        }
        let mut slots = Vector::new();
        slots.reserve(kinds.len())?;
        for &kind in kinds.iter() {
            // SAFETY: the caller promises that the list fits the format.
            let value = unsafe {
                match kind {
                    Kind::Unused | Kind::Integer => F80 {
                        mantissa: list.integer(),
                        sign_exponent: 0,
                    },
                    Kind::Double => F80 {
                        mantissa: list.double().to_bits(),
                        sign_exponent: 0,
                    },
                    Kind::LongDouble => list.long_double(),
                }
            };
            slots.push(Slot(value))?;
        }
        Ok(Table { slots, next: 0 })
    }

    fn get(&mut self, position: Option<usize>) -> Result<F80> {
        let position = position.unwrap_or_else(|| {
            self.next += 1;
            self.next - 1
        });
        self.slots.get(position).map(|slot| slot.0).ok_or(Errno::EINVAL)
    }
}

fn note(kinds: &mut Vector<Kind>, position: usize, kind: Kind) -> Result<()> {
    if position >= MOST_POSITIONS {
        return Err(Errno::EOVERFLOW);
    }
    if position >= kinds.len() {
        kinds.resize(position + 1, Kind::Unused)?;
    }
    kinds[position] = kind;
    Ok(())
}

impl Arguments<'_> {
    /// An integer or pointer argument.
    ///
    /// # Safety
    /// The arguments fit the format.
    #[inline]
    pub unsafe fn integer(&mut self, position: Option<usize>) -> Result<u64> {
        match self {
            // SAFETY: as the caller promises.
            Arguments::List(list) => Ok(unsafe { list.integer() }),
            Arguments::Table(table) => Ok(table.get(position)?.mantissa),
        }
    }

    /// A `double` argument.
    ///
    /// # Safety
    /// The arguments fit the format.
    #[inline]
    pub unsafe fn double(&mut self, position: Option<usize>) -> Result<f64> {
        match self {
            // SAFETY: as the caller promises.
            Arguments::List(list) => Ok(unsafe { list.double() }),
            Arguments::Table(table) => Ok(f64::from_bits(table.get(position)?.mantissa)),
        }
    }

    /// A `long double` argument.
    ///
    /// # Safety
    /// The arguments fit the format.
    pub unsafe fn long_double(&mut self, position: Option<usize>) -> Result<F80> {
        match self {
            // SAFETY: as the caller promises.
            Arguments::List(list) => Ok(unsafe { list.long_double() }),
            Arguments::Table(table) => table.get(position),
        }
    }

    /// A width or precision; `None` if not given. A negative one is an argument's.
    ///
    /// # Safety
    /// The arguments fit the format.
    #[inline]
    pub unsafe fn amount(&mut self, amount: Amount) -> Result<Option<i64>> {
        // SAFETY: as the caller promises.
        unsafe {
            Ok(match amount {
                Amount::None => None,
                Amount::Given(value) => Some(value as i64),
                Amount::Next => Some(self.integer(None)? as i32 as i64),
                Amount::Position(position) => Some(self.integer(Some(position))? as i32 as i64),
            })
        }
    }
}
