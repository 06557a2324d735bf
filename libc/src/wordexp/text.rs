//! Reading words: quotes, and where an expansion begins and ends. POSIX.1-2024, XCU 2.2 and 2.6.

use super::parameter::{self, Form, Parameter};
use super::{DEPTH_MAX, Error, Origin, Result, WRDE_NOCMD, Word, arithmetic};
use crate::heap::Vector;
use crate::types::*;

/// A text that is being read.
pub struct Reader<'a> {
    input: &'a [u8],
    at: usize,
    pub flags: c_int,
    depth: u32,
}

impl<'a> Reader<'a> {
    /// Begins to read.
    pub fn new(input: &'a [u8], flags: c_int) -> Reader<'a> {
        Reader {
            input,
            at: 0,
            flags,
            depth: 0,
        }
    }

    /// A reader of a part of what this one reads.
    fn inside<'b>(&self, input: &'b [u8]) -> Result<Reader<'b>> {
        if self.depth >= DEPTH_MAX {
            return Err(Error::NoSpace);
        }
        Ok(Reader {
            input,
            at: 0,
            flags: self.flags,
            depth: self.depth + 1,
        })
    }

    fn peek(&self) -> Option<u8> {
        self.input.get(self.at).copied()
    }

    fn take(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    /// The next word; `None` at the end of the text.
    pub fn next_word(&mut self) -> Result<Option<Word>> {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        if self.peek().is_none() {
            return Ok(None);
        }
        let mut word = Word::default();
        self.tilde(&mut word)?;
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' => break,
                b'\n' | b'|' | b'&' | b';' | b'<' | b'>' | b'(' | b')' | b'{' | b'}' => {
                    return Err(Error::BadCharacter);
                }
                _ => self.part(&mut word)?,
            }
        }
        Ok(Some(word))
    }

    /// The word behind an operator of `${NAME...}`, expanded whole.
    pub fn whole(&self, input: &[u8]) -> Result<Word> {
        let mut reader = self.inside(input)?;
        let mut word = Word::default();
        reader.tilde(&mut word)?;
        while reader.peek().is_some() {
            reader.part(&mut word)?;
        }
        Ok(word)
    }

    /// What stands between double quotes, or is quoted as if it did.
    fn quoted_text(&self, input: &[u8], word: &mut Word) -> Result<()> {
        let mut reader = self.inside(input)?;
        while let Some(byte) = reader.take() {
            match byte {
                b'\\' => match reader.take() {
                    Some(b'\n') => {}
                    Some(byte @ (b'$' | b'`' | b'"' | b'\\')) => word.push(byte, Origin::Quoted)?,
                    Some(byte) => word.extend(&[b'\\', byte], Origin::Quoted)?,
                    None => return Err(Error::Syntax),
                },
                b'$' => reader.dollar(word, Origin::Quoted)?,
                b'`' => reader.backquotes(word, Origin::Quoted)?,
                byte => word.push(byte, Origin::Quoted)?,
            }
        }
        Ok(())
    }

    /// A quotation, an expansion, or one byte.
    fn part(&mut self, word: &mut Word) -> Result<()> {
        match self.take() {
            None => Ok(()),
            Some(b'\\') => match self.take() {
                None => Err(Error::Syntax),
                Some(b'\n') => Ok(()),
                Some(byte) => {
                    word.quoted = true;
                    word.push(byte, Origin::Quoted)
                }
            },
            Some(b'\'') => {
                word.quoted = true;
                let rest = &self.input[self.at..];
                let end = rest.iter().position(|&byte| byte == b'\'').ok_or(Error::Syntax)?;
                self.at += end + 1;
                word.extend(&rest[..end], Origin::Quoted)
            }
            Some(b'"') => {
                word.quoted = true;
                let start = self.at;
                let end = end_of_double_quotes(self.input, start, self.depth)?;
                self.at = end + 1;
                self.quoted_text(&self.input[start..end], word)
            }
            Some(b'$') => self.dollar(word, Origin::Expanded),
            Some(b'`') => self.backquotes(word, Origin::Expanded),
            Some(byte) => word.push(byte, Origin::Plain),
        }
    }

    /// `~` or `~USER` at the start of a word.
    fn tilde(&mut self, word: &mut Word) -> Result<()> {
        if self.peek() != Some(b'~') {
            return Ok(());
        }
        let rest = &self.input[self.at + 1..];
        let end = rest
            .iter()
            .position(|byte| matches!(byte, b'/' | b' ' | b'\t'))
            .unwrap_or(rest.len());
        let user = &rest[..end];
        // A name with quotes or expansions in it names nobody.
        if user
            .iter()
            .any(|byte| matches!(byte, b'\\' | b'\'' | b'"' | b'$' | b'`'))
        {
            return Ok(());
        }
        if let Some(home) = crate::accounts::password::home_of(user)? {
            word.extend(&home, Origin::Quoted)?;
            self.at += 1 + end;
        }
        Ok(())
    }

    /// What follows a `$`.
    fn dollar(&mut self, word: &mut Word, origin: Origin) -> Result<()> {
        match self.peek() {
            Some(b'{') => {
                let start = self.at + 1;
                let end = end_of_braces(self.input, start, self.depth)?;
                self.at = end + 1;
                let parameter = Parameter::parse(&self.input[start..end])?;
                self.parameter(&parameter, word, origin)
            }
            Some(b'(') if self.input.get(self.at + 1) == Some(&b'(') => match self.arithmetic_end() {
                Some(end) => {
                    let start = self.at + 2;
                    self.at = end + 2;
                    self.arithmetic(&self.input[start..end], word, origin)
                }
                // `$((` may begin a command in a subshell.
                None => self.command(word, origin),
            },
            Some(b'(') => self.command(word, origin),
            Some(byte) => {
                let rest = &self.input[self.at..];
                let length = match byte {
                    b'0'..=b'9' | b'*' | b'@' | b'#' | b'?' | b'-' | b'$' | b'!' => 1,
                    _ => parameter::name_length(rest),
                };
                if length == 0 {
                    return word.push(
                        b'$',
                        if origin == Origin::Quoted {
                            origin
                        } else {
                            Origin::Plain
                        },
                    );
                }
                self.at += length;
                let parameter = Parameter {
                    name: &rest[..length],
                    form: Form::Value,
                };
                self.parameter(&parameter, word, origin)
            }
            None => word.push(
                b'$',
                if origin == Origin::Quoted {
                    origin
                } else {
                    Origin::Plain
                },
            ),
        }
    }

    fn parameter(&self, parameter: &Parameter<'_>, word: &mut Word, origin: Origin) -> Result<()> {
        let mut expanded = Word::default();
        parameter.expand(self, &mut expanded)?;
        // What an operator's own word quotes stays quoted.
        for (&byte, &from) in expanded.bytes.iter().zip(expanded.origins.iter()) {
            let origin = match (origin, from) {
                (Origin::Quoted, _) | (_, Origin::Quoted) => Origin::Quoted,
                _ => Origin::Expanded,
            };
            word.push(byte, origin)?;
        }
        word.quoted |= expanded.quoted;
        Ok(())
    }

    /// Where `$((` at the reader's place ends: the first of its two closing parentheses.
    fn arithmetic_end(&self) -> Option<usize> {
        let mut depth = 0u32;
        let mut at = self.at + 2;
        while let Some(&byte) = self.input.get(at) {
            match byte {
                b'(' => depth += 1,
                b')' if depth > 0 => depth -= 1,
                b')' => return (self.input.get(at + 1) == Some(&b')')).then_some(at),
                _ => {}
            }
            at += 1;
        }
        None
    }

    fn arithmetic(&self, expression: &[u8], word: &mut Word, origin: Origin) -> Result<()> {
        let mut expanded = Word::default();
        self.quoted_text(expression, &mut expanded)?;
        let value = arithmetic::evaluate(&expanded.bytes, self.flags)?;
        if value < 0 {
            word.push(b'-', origin)?;
        }
        word.extend_number(value.unsigned_abs(), origin)
    }

    /// `$(COMMAND)`; the reader is at its `(`.
    fn command(&mut self, word: &mut Word, origin: Origin) -> Result<()> {
        let start = self.at + 1;
        let end = end_of_parentheses(self.input, start, self.depth)?;
        self.at = end + 1;
        self.substitute(&self.input[start..end], word, origin)
    }

    /// A command in backquotes; the reader is behind the first one.
    fn backquotes(&mut self, word: &mut Word, origin: Origin) -> Result<()> {
        let mut command = Vector::new();
        loop {
            match self.take() {
                None => return Err(Error::Syntax),
                Some(b'`') => break,
                Some(b'\\') => match self.take() {
                    Some(byte @ (b'$' | b'`' | b'\\')) => command.push(byte)?,
                    Some(b'"') if origin == Origin::Quoted => command.push(b'"')?,
                    Some(byte) => command.extend_from_slice(&[b'\\', byte])?,
                    None => return Err(Error::Syntax),
                },
                Some(byte) => command.push(byte)?,
            }
        }
        self.substitute(&command, word, origin)
    }

    fn substitute(&self, command: &[u8], word: &mut Word, origin: Origin) -> Result<()> {
        if self.flags & WRDE_NOCMD != 0 {
            return Err(Error::Command);
        }
        let output = parameter::output_of(command, self.flags)?;
        let end = output
            .iter()
            .rposition(|&byte| byte != b'\n')
            .map_or(0, |last| last + 1);
        let text = output[..end].iter().filter(|&&byte| byte != 0);
        text.copied().try_for_each(|byte| word.push(byte, origin))
    }
}

/// Passes over a quotation or an expansion that begins at `at`; where the text goes on.
fn skip(input: &[u8], at: usize, depth: u32) -> Result<usize> {
    if depth >= DEPTH_MAX {
        return Err(Error::NoSpace);
    }
    let depth = depth + 1;
    let next = input.get(at + 1);
    Ok(match input[at] {
        b'\\' => at + 2,
        b'\'' => {
            let rest = &input[at + 1..];
            at + 2 + rest.iter().position(|&byte| byte == b'\'').ok_or(Error::Syntax)?
        }
        b'"' => end_of_double_quotes(input, at + 1, depth)? + 1,
        b'`' => {
            let mut end = at + 1;
            loop {
                match input.get(end) {
                    None => return Err(Error::Syntax),
                    Some(b'`') => break end + 1,
                    Some(b'\\') => end += 2,
                    Some(_) => end += 1,
                }
            }
        }
        b'$' if next == Some(&b'{') => end_of_braces(input, at + 2, depth)? + 1,
        b'$' if next == Some(&b'(') => end_of_parentheses(input, at + 2, depth)? + 1,
        _ => at + 1,
    })
}

/// The place of the quote that closes what begins at `at`.
fn end_of_double_quotes(input: &[u8], mut at: usize, depth: u32) -> Result<usize> {
    loop {
        match input.get(at) {
            None => return Err(Error::Syntax),
            Some(b'"') => return Ok(at),
            // A single quote is an ordinary byte here.
            Some(b'\'') => at += 1,
            Some(_) => at = skip(input, at, depth)?,
        }
    }
}

fn end_of_braces(input: &[u8], mut at: usize, depth: u32) -> Result<usize> {
    loop {
        match input.get(at) {
            None => return Err(Error::Syntax),
            Some(b'}') => return Ok(at),
            Some(_) => at = skip(input, at, depth)?,
        }
    }
}

fn end_of_parentheses(input: &[u8], mut at: usize, depth: u32) -> Result<usize> {
    let mut open = 0u32;
    loop {
        match input.get(at) {
            None => return Err(Error::Syntax),
            Some(b')') if open == 0 => return Ok(at),
            Some(b')') => open -= 1,
            Some(b'(') => open += 1,
            Some(_) => {
                at = skip(input, at, depth)?;
                continue;
            }
        }
        at += 1;
    }
}
