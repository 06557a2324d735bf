//! parse_printf_format: which arguments a format takes. glibc <printf.h>.

use super::arguments::{Kind, kind_of};
use super::format::{Amount, Length, Reader, Specification};
use crate::types::*;

const PA_INT: c_int = 0;
const PA_CHAR: c_int = 1;
const PA_WCHAR: c_int = 2;
const PA_STRING: c_int = 3;
const PA_WSTRING: c_int = 4;
const PA_POINTER: c_int = 5;
const PA_DOUBLE: c_int = 7;
const PA_FLAG_LONG_LONG: c_int = 1 << 8;
const PA_FLAG_LONG: c_int = 1 << 9;
const PA_FLAG_SHORT: c_int = 1 << 10;
const PA_FLAG_PTR: c_int = 1 << 11;

/// The type of a specification's argument as <printf.h> numbers it.
fn type_of(specification: &Specification) -> c_int {
    let wide = matches!(specification.length, Length::Long | Length::LongLong);
    let integer = || match specification.length {
        Length::Normal => PA_INT,
        Length::Char => PA_CHAR,
        Length::Short => PA_INT | PA_FLAG_SHORT,
        Length::LongLong => PA_INT | PA_FLAG_LONG_LONG,
        Length::Long | Length::Max | Length::Size | Length::Difference => PA_INT | PA_FLAG_LONG,
    };
    match specification.conversion {
        b'c' if !wide => PA_CHAR,
        b'c' | b'C' => PA_WCHAR,
        b's' if !wide => PA_STRING,
        b's' | b'S' => PA_WSTRING,
        b'p' => PA_POINTER,
        b'n' => integer() | PA_FLAG_PTR,
        _ => match kind_of(specification) {
            Some(Kind::Double) => PA_DOUBLE,
            Some(Kind::LongDouble) => PA_DOUBLE | PA_FLAG_LONG_LONG,
            _ => integer(),
        },
    }
}

export! {
    /// Stores the types of at most `count` arguments that a format takes; how many it takes. glibc.
    pub unsafe extern "C" fn parse_printf_format(format: *const c_char, count: size_t, types: *mut c_int) -> size_t {
        // SAFETY: the caller passes a string.
        let mut reader = unsafe { Reader::<u8>::new(format.cast()) };
        let (mut total, mut next) = (0, 0);
        let mut note = |position: Option<usize>, kind| {
            let position = position.unwrap_or_else(|| {
                next += 1;
                next - 1
            });
            total = total.max(position + 1);
            if position < count {
                // SAFETY: the caller passes room for `count` types.
                unsafe { types.add(position).write(kind) };
            }
        };
        loop {
            reader.literal();
            if reader.peek() == 0 {
                return total;
            }
            reader.advance();
            let Ok(specification) = reader.specification() else { return total };
            for amount in [specification.width, specification.precision] {
                match amount {
                    Amount::Next => note(None, PA_INT),
                    Amount::Position(position) => note(Some(position), PA_INT),
                    Amount::None | Amount::Given(_) => (),
                }
            }
            if kind_of(&specification).is_some() {
                note(specification.position, type_of(&specification));
            }
        }
    }
}
