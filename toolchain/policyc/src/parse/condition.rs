//! Conditions: `where offset in 0 to 255 and (width == 1 or flags & 0x3 != 0)`.

use super::{Parse, Parser};
use crate::diagnostics::Diagnostic;
use crate::lexer::Token;
use crate::syntax::{Comparison, Condition, FieldTest, Name, Operator, Spanned, Value};

/// Parentheses within parentheses, at most.
const MAX_DEPTH: usize = 16;

impl Parser<'_> {
    pub(super) fn condition(&mut self, depth: usize) -> Parse<Condition> {
        if depth > MAX_DEPTH {
            return Err(Box::new(Diagnostic::error(
                self.span(),
                "this condition is nested too deep",
            )));
        }
        let mut any = vec![self.conjunction(depth)?];
        while self.take_keyword("or") {
            any.push(self.conjunction(depth)?);
        }
        Ok(if any.len() == 1 {
            any.remove(0)
        } else {
            Condition::Or(any)
        })
    }

    fn conjunction(&mut self, depth: usize) -> Parse<Condition> {
        let mut all = vec![self.negation(depth)?];
        while self.take_keyword("and") {
            all.push(self.negation(depth)?);
        }
        Ok(if all.len() == 1 {
            all.remove(0)
        } else {
            Condition::And(all)
        })
    }

    fn negation(&mut self, depth: usize) -> Parse<Condition> {
        if self.take_keyword("not") {
            if depth > MAX_DEPTH {
                return Err(Box::new(Diagnostic::error(
                    self.span(),
                    "this condition is nested too deep",
                )));
            }
            return Ok(Condition::Not(Box::new(self.negation(depth + 1)?)));
        }
        if self.take(Token::OpenParenthesis) {
            let inner = self.condition(depth + 1)?;
            self.expect(Token::CloseParenthesis)?;
            return Ok(inner);
        }
        let field = self.field()?;
        let mask = if self.take(Token::And) {
            Some(self.value()?)
        } else {
            None
        };
        let comparison = self.comparison()?;
        Ok(Condition::Test(FieldTest {
            field,
            mask,
            comparison,
        }))
    }

    /// An argument's name, or `message.bytes_sent` and its kin.
    pub(super) fn field(&mut self) -> Parse<Name> {
        let name = self.name("an argument's name")?;
        if name.value == "message" && self.take(Token::Dot) {
            let part = self.name("`handles`, `bytes_sent` or `reply_room`")?;
            return Ok(Spanned {
                value: format!("message.{}", part.value),
                span: name.span.to(part.span),
            });
        }
        Ok(name)
    }

    fn comparison(&mut self) -> Parse<Comparison> {
        if self.take_keyword("in") {
            let ranges = if self.take(Token::OpenBrace) {
                let ranges = self.list(Self::range)?;
                self.expect(Token::CloseBrace)?;
                ranges
            } else {
                vec![self.range()?]
            };
            return Ok(Comparison::In(ranges));
        }
        let operator = match self.token() {
            Token::Equal => Operator::Equal,
            Token::NotEqual => Operator::NotEqual,
            Token::Less => Operator::Less,
            Token::LessOrEqual => Operator::LessOrEqual,
            Token::Greater => Operator::Greater,
            Token::GreaterOrEqual => Operator::GreaterOrEqual,
            _ => return self.unexpected("a comparison (==, !=, <, <=, >, >=, in)"),
        };
        self.advance();
        Ok(Comparison::With(operator, self.value()?))
    }

    /// `A`, or `A to B` with both ends in it.
    fn range(&mut self) -> Parse<(Value, Value)> {
        let first = self.value()?;
        let last = if self.take_keyword("to") {
            self.value()?
        } else {
            first.clone()
        };
        Ok((first, last))
    }

    pub(super) fn value(&mut self) -> Parse<Value> {
        if self.token() == Token::Minus {
            let start = self.advance();
            let number = self.number("a number")?;
            let span = start.to(number.span);
            return Ok(Value::Number(Spanned {
                value: number.value.wrapping_neg(),
                span,
            }));
        }
        if self.token() == Token::Number {
            return Ok(Value::Number(self.bytes("a number")?));
        }
        Ok(Value::Name(self.name("a number or the name of one")?))
    }
}
