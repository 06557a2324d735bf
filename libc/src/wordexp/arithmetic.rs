//! Arithmetic expansion: the integer expressions of C without assignment. POSIX.1-2024, XCU 2.6.4.

use super::{DEPTH_MAX, Error, Result, WRDE_UNDEF, parameter};
use crate::types::*;

struct Expression<'a> {
    text: &'a [u8],
    at: usize,
    flags: c_int,
    depth: u32,
}

/// Operators of two operands by their precedence; of those that begin alike the longer one comes first.
const BINARY: [(&[u8], u8); 18] = [
    (b"||", 1),
    (b"&&", 2),
    (b"==", 6),
    (b"!=", 6),
    (b"<<", 8),
    (b">>", 8),
    (b"<=", 7),
    (b">=", 7),
    (b"|", 3),
    (b"^", 4),
    (b"&", 5),
    (b"<", 7),
    (b">", 7),
    (b"+", 9),
    (b"-", 9),
    (b"*", 10),
    (b"/", 10),
    (b"%", 10),
];

/// The value of an expression; of an empty one, 0.
pub fn evaluate(text: &[u8], flags: c_int) -> Result<i64> {
    let mut expression = Expression {
        text,
        at: 0,
        flags,
        depth: 0,
    };
    expression.space();
    if expression.rest().is_empty() {
        return Ok(0);
    }
    let value = expression.conditional(true)?;
    match expression.rest() {
        [] => Ok(value),
        _ => Err(Error::Syntax),
    }
}

impl<'a> Expression<'a> {
    fn rest(&self) -> &'a [u8] {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        while matches!(self.rest().first(), Some(b' ' | b'\t' | b'\n')) {
            self.at += 1;
        }
    }

    fn eat(&mut self, sign: &[u8]) -> bool {
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
            self.space();
        }
        found
    }

    fn deeper<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= DEPTH_MAX {
            return Err(Error::Syntax);
        }
        self.depth += 1;
        let result = work(self);
        self.depth -= 1;
        result
    }

    /// `a ? b : c`. What is not `wanted` is read, and its errors of value (a division by zero) do not count.
    fn conditional(&mut self, wanted: bool) -> Result<i64> {
        self.deeper(|this| {
            let condition = this.binary(1, wanted)?;
            if !this.eat(b"?") {
                return Ok(condition);
            }
            let yes = this.conditional(wanted && condition != 0)?;
            if !this.eat(b":") {
                return Err(Error::Syntax);
            }
            let no = this.conditional(wanted && condition == 0)?;
            Ok(if condition != 0 { yes } else { no })
        })
    }

    fn binary(&mut self, least: u8, wanted: bool) -> Result<i64> {
        let mut left = self.unary(wanted)?;
        loop {
            let rest = self.rest();
            let found = BINARY.iter().find(|(sign, _)| rest.starts_with(sign));
            let Some(&(sign, precedence)) = found.filter(|(_, precedence)| *precedence >= least) else {
                return Ok(left);
            };
            self.eat(sign);
            let right_wanted = match sign {
                b"||" => wanted && left == 0,
                b"&&" => wanted && left != 0,
                _ => wanted,
            };
            let right = self.deeper(|this| this.binary(precedence + 1, right_wanted))?;
            left = match apply(sign, left, right) {
                Some(value) => value,
                None if !wanted => 0,
                None => return Err(Error::Syntax),
            };
        }
    }

    fn unary(&mut self, wanted: bool) -> Result<i64> {
        self.deeper(|this| {
            if this.eat(b"-") {
                Ok(this.unary(wanted)?.wrapping_neg())
            } else if this.eat(b"+") {
                this.unary(wanted)
            } else if this.eat(b"~") {
                Ok(!this.unary(wanted)?)
            } else if this.eat(b"!") {
                Ok(i64::from(this.unary(wanted)? == 0))
            } else if this.eat(b"(") {
                let value = this.conditional(wanted)?;
                if this.eat(b")") {
                    Ok(value)
                } else {
                    Err(Error::Syntax)
                }
            } else {
                this.operand(wanted)
            }
        })
    }

    /// A number, or a variable's value.
    fn operand(&mut self, wanted: bool) -> Result<i64> {
        let rest = self.rest();
        let length = rest
            .iter()
            .position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
            .unwrap_or(rest.len());
        let word = &rest[..length];
        self.at += length;
        self.space();
        match word.first() {
            None => Err(Error::Syntax),
            Some(digit) if digit.is_ascii_digit() => number(word),
            Some(_) => match parameter::variable(word)? {
                None if wanted && self.flags & WRDE_UNDEF != 0 => Err(Error::BadValue),
                None => Ok(0),
                // A variable may hold an expression of its own.
                Some(value) => {
                    let (flags, depth) = (self.flags, self.depth);
                    self.deeper(|_| {
                        let mut inner = Expression {
                            text: &value,
                            at: 0,
                            flags,
                            depth: depth + 1,
                        };
                        inner.space();
                        if inner.rest().is_empty() {
                            return Ok(0);
                        }
                        let value = inner.conditional(wanted)?;
                        if inner.rest().is_empty() {
                            Ok(value)
                        } else {
                            Err(Error::Syntax)
                        }
                    })
                }
            },
        }
    }
}

/// A constant of C: decimal, octal after 0, hexadecimal after 0x.
fn number(word: &[u8]) -> Result<i64> {
    let (digits, radix) = match word {
        [b'0', b'x' | b'X', digits @ ..] => (digits, 16),
        [b'0', digits @ ..] if !digits.is_empty() => (digits, 8),
        digits => (digits, 10),
    };
    let text = core::str::from_utf8(digits).map_err(|_| Error::Syntax)?;
    i64::from_str_radix(text, radix).map_err(|_| Error::Syntax)
}

/// The value of an operation; `None` when it has none. Sums and products wrap.
fn apply(sign: &[u8], left: i64, right: i64) -> Option<i64> {
    Some(match sign {
        b"||" => i64::from(left != 0 || right != 0),
        b"&&" => i64::from(left != 0 && right != 0),
        b"==" => i64::from(left == right),
        b"!=" => i64::from(left != right),
        b"<<" => left.wrapping_shl(u32::try_from(right & 63).ok()?),
        b">>" => left.wrapping_shr(u32::try_from(right & 63).ok()?),
        b"<=" => i64::from(left <= right),
        b">=" => i64::from(left >= right),
        b"|" => left | right,
        b"^" => left ^ right,
        b"&" => left & right,
        b"<" => i64::from(left < right),
        b">" => i64::from(left > right),
        b"+" => left.wrapping_add(right),
        b"-" => left.wrapping_sub(right),
        b"*" => left.wrapping_mul(right),
        b"/" => left.checked_div(right)?,
        _ => left.checked_rem(right)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_have_the_precedence_of_c() {
        for (text, value) in [
            ("1 + 2 * 3", 7),
            ("(1 + 2) * 3", 9),
            ("7 - 2 - 1", 4),
            ("1 << 2 + 1", 8),
            ("5 > 3 == 1", 1),
            ("1 | 6 ^ 2 & 3", 5),
            ("-~4", 5),
            ("!0 && 2 || 0", 1),
            ("0x1f + 010", 39),
            ("1 ? 2 : 3 ? 4 : 5", 2),
            ("0 ? 1 / 0 : 7", 7),
            ("0 && 1 / 0", 0),
            ("", 0),
        ] {
            assert_eq!(evaluate(text.as_bytes(), 0), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_is_no_expression_and_what_has_no_value_is_refused() {
        for text in [
            "1 +",
            "1 2",
            "(1",
            "08",
            "1 / 0",
            "5 % 0",
            "99999999999999999999",
            "@",
            "1 ? 2",
        ] {
            assert_eq!(evaluate(text.as_bytes(), 0), Err(Error::Syntax), "{text}");
        }
        let deep = [&b"("[..]; 1000].concat();
        assert_eq!(evaluate(&deep, 0), Err(Error::Syntax));
        assert_eq!(evaluate(b"-9223372036854775807 - 1", 0), Ok(i64::MIN));
        assert_eq!(
            evaluate(b"(-9223372036854775807 - 1) / -1", 0),
            Err(Error::Syntax)
        );
    }
}
