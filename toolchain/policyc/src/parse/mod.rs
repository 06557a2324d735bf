//! The parser: tokens to syntax tree, by recursive descent. A broken statement is reported and skipped, so that one
//! run shows all mistakes. The grammar is in docs/policy-language.md.

mod access;
mod condition;
mod declare;
mod stateful;
mod test;

use crate::diagnostics::{Diagnostic, did_you_mean};
use crate::lexer::{Token, tokenize};
use crate::source::{FileId, Span};
use crate::syntax::{Item, ItemKind, Name, Number, Spanned};

type Parse<T> = Result<T, Box<Diagnostic>>;

/// Words that begin a statement.
const STATEMENTS: [&str; 21] = [
    "include",
    "when",
    "const",
    "account",
    "domain",
    "label",
    "domains",
    "labels",
    "methods",
    "allow",
    "deny",
    "audit",
    "quiet",
    "mint",
    "transition",
    "new",
    "limit",
    "flow",
    "set",
    "test",
    "assert",
];

/// Parses one file.
pub fn parse(file: FileId, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Vec<Item> {
    let tokens = tokenize(file, text, diagnostics);
    let mut parser = Parser { text, tokens, at: 0 };
    let mut items = Vec::new();
    while parser.token() != Token::End {
        let start = parser.at;
        match parser.item() {
            Ok(item) => items.push(item),
            Err(diagnostic) => {
                diagnostics.push(*diagnostic);
                parser.skip_statement(start);
            }
        }
    }
    items
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<(Token, Span)>,
    at: usize,
}

impl<'a> Parser<'a> {
    fn token(&self) -> Token {
        self.tokens[self.at].0
    }

    fn span(&self) -> Span {
        self.tokens[self.at].1
    }

    /// Where the last token that was taken stands.
    fn last_span(&self) -> Span {
        self.tokens[self.at.saturating_sub(1)].1
    }

    fn word(&self) -> &'a str {
        let span = self.span();
        &self.text[span.start..span.end]
    }

    fn advance(&mut self) -> Span {
        let span = self.span();
        // The last token is the end, and stays.
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        span
    }

    fn take(&mut self, token: Token) -> bool {
        let found = self.token() == token;
        if found {
            self.advance();
        }
        found
    }

    fn at_keyword(&self, keyword: &str) -> bool {
        self.token() == Token::Name && self.word() == keyword
    }

    fn take_keyword(&mut self, keyword: &str) -> bool {
        let found = self.at_keyword(keyword);
        if found {
            self.advance();
        }
        found
    }

    fn unexpected<T>(&self, wanted: &str) -> Parse<T> {
        let found = match self.token() {
            Token::Name | Token::Number => format!("`{}`", self.word()),
            token => token.describe().to_owned(),
        };
        let message = format!("expected {wanted}, found {found}");
        Err(Box::new(
            Diagnostic::error(self.span(), message).at(format!("{wanted} should be here")),
        ))
    }

    fn expect(&mut self, token: Token) -> Parse<Span> {
        if self.token() == token {
            Ok(self.advance())
        } else {
            self.unexpected(token.describe())
        }
    }

    fn expect_keyword(&mut self, keyword: &str) -> Parse<Span> {
        if self.at_keyword(keyword) {
            Ok(self.advance())
        } else {
            self.unexpected(&format!("`{keyword}`"))
        }
    }

    fn name(&mut self, what: &str) -> Parse<Name> {
        if self.token() != Token::Name {
            return self.unexpected(what);
        }
        let value = self.word().to_owned();
        Ok(Spanned {
            value,
            span: self.advance(),
        })
    }

    /// Text in quotes, without them and with its escapes resolved.
    fn quoted(&mut self, what: &str) -> Parse<Name> {
        if self.token() != Token::Text {
            return self.unexpected(what);
        }
        let word = self.word();
        let mut value = String::new();
        let mut characters = word[1..word.len() - 1].chars();
        while let Some(character) = characters.next() {
            value.push(if character == '\\' {
                characters.next().unwrap_or('\\')
            } else {
                character
            });
        }
        Ok(Spanned {
            value,
            span: self.advance(),
        })
    }

    fn number(&mut self, what: &str) -> Parse<Number> {
        if self.token() != Token::Number {
            return self.unexpected(what);
        }
        let digits = self.word().replace('_', "");
        let (digits, radix) = match digits.get(..2) {
            Some("0x" | "0X") => (&digits[2..], 16),
            Some("0o" | "0O") => (&digits[2..], 8),
            Some("0b" | "0B") => (&digits[2..], 2),
            _ => (digits.as_str(), 10),
        };
        let Ok(value) = u64::from_str_radix(digits, radix) else {
            let message = format!("`{}` is not a number of 64 bits", self.word());
            return Err(Box::new(Diagnostic::error(self.span(), message).help(
                "units stand apart: `64 MiB`, `10 s`; octal numbers begin with 0o",
            )));
        };
        Ok(Spanned {
            value,
            span: self.advance(),
        })
    }

    /// A number with one of the units, which are (name, factor); the first one is understood if none is written and `optional`.
    fn with_unit(&mut self, what: &str, units: &[(&str, u64)], optional: bool) -> Parse<Number> {
        let number = self.number(what)?;
        let unit = units.iter().find(|(unit, _)| self.at_keyword(unit));
        let Some((_, factor)) = unit else {
            if optional {
                return Ok(number);
            }
            let names: Vec<_> = units.iter().map(|(name, _)| *name).collect();
            return self.unexpected(&format!("a unit ({})", names.join(", ")));
        };
        let span = number.span.to(self.advance());
        match number.value.checked_mul(*factor) {
            Some(value) => Ok(Spanned { value, span }),
            None => Err(Box::new(Diagnostic::error(
                span,
                "this is more than 64 bits hold",
            ))),
        }
    }

    fn bytes(&mut self, what: &str) -> Parse<Number> {
        let units = [
            ("B", 1),
            ("KiB", 1 << 10),
            ("MiB", 1 << 20),
            ("GiB", 1 << 30),
            ("TiB", 1 << 40),
        ];
        self.with_unit(what, &units, true)
    }

    fn duration_ns(&mut self) -> Parse<Number> {
        let units = [
            ("ns", 1),
            ("us", 1_000),
            ("ms", 1_000_000),
            ("s", 1_000_000_000),
            ("min", 60_000_000_000),
            ("h", 3_600_000_000_000),
        ];
        self.with_unit("a time", &units, false)
    }

    /// One or more, with commas between.
    fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> Parse<T>) -> Parse<Vec<T>> {
        let mut found = vec![one(self)?];
        while self.take(Token::Comma) {
            found.push(one(self)?);
        }
        Ok(found)
    }

    /// After an error: on behind the end of the statement that began at token `start`.
    fn skip_statement(&mut self, start: usize) {
        let failed_at = self.at;
        self.at = start;
        let mut depth = 0usize;
        loop {
            let token = self.token();
            // A statement word after the mistake, outside of braces and at the start of a line, begins anew.
            let begins_anew = depth == 0
                && self.at > failed_at
                && STATEMENTS.contains(&self.word())
                && self.text[..self.span().start]
                    .trim_end_matches([' ', '\t'])
                    .ends_with('\n');
            if token == Token::End || begins_anew {
                return;
            }
            self.advance();
            match token {
                Token::OpenBrace => depth += 1,
                Token::CloseBrace if depth <= 1 => {
                    if self.at > failed_at {
                        self.take(Token::Semicolon);
                        return;
                    }
                    depth = 0;
                }
                Token::CloseBrace => depth -= 1,
                Token::Semicolon if depth == 0 && self.at > failed_at => return,
                _ => {}
            }
        }
    }

    /// `when NAME { ... }`, behind its first word.
    fn when(&mut self) -> Parse<ItemKind> {
        let option = self.name("the option's name")?;
        self.expect(Token::OpenBrace)?;
        let mut items = Vec::new();
        while !self.take(Token::CloseBrace) {
            let item = self.item()?;
            if let ItemKind::Include { .. } | ItemKind::When { .. } = item.kind {
                return Err(Box::new(
                    Diagnostic::error(item.span, "`include` and `when` stand outside of `when`")
                        .help("write the statements themselves here"),
                ));
            }
            items.push(item);
        }
        Ok(ItemKind::When { option, items })
    }

    fn item(&mut self) -> Parse<Item> {
        let start = self.span();
        if self.token() != Token::Name {
            return self.unexpected("a statement");
        }
        let keyword = self.word();
        self.advance();
        let kind = match keyword {
            "include" => {
                let file = self.quoted("the file's name in quotes")?;
                let with_tests = self.take_keyword("with");
                if with_tests {
                    self.expect_keyword("tests")?;
                }
                self.expect(Token::Semicolon)?;
                ItemKind::Include { file, with_tests }
            }
            "when" => self.when()?,
            "const" => self.constant()?,
            "account" => ItemKind::Account(self.account(0)?),
            "domain" => ItemKind::Domain(self.domain()?),
            "label" => ItemKind::Label(self.label()?),
            "domains" => {
                let (name, selection) = self.group("a domain")?;
                ItemKind::DomainGroup(name, selection)
            }
            "labels" => {
                let (name, selection) = self.group("a label")?;
                ItemKind::LabelGroup(name, selection)
            }
            "methods" => {
                let name = self.name("the group's name")?;
                self.expect(Token::Assign)?;
                let methods = self.method_selection()?;
                self.expect(Token::Semicolon)?;
                ItemKind::MethodGroup(name, methods)
            }
            "allow" | "deny" | "audit" | "quiet" => self.access(keyword)?,
            "mint" => ItemKind::Mint(self.mint()?),
            "transition" => ItemKind::Transition(self.transition()?),
            "new" => ItemKind::New(self.new_rule()?),
            "limit" => ItemKind::Limit(self.limit()?),
            "flow" => ItemKind::Flow(self.flow()?),
            "set" => ItemKind::Set(self.set()?),
            "test" => ItemKind::Test(self.test()?),
            "assert" => {
                return Err(Box::new(
                    Diagnostic::error(start, "`assert` stands inside a test")
                        .help("write `test \"what it shows\" { assert ...; }`"),
                ));
            }
            _ => {
                let found = Diagnostic::error(start, format!("`{keyword}` begins no statement"));
                return Err(Box::new(match did_you_mean(keyword, STATEMENTS) {
                    Some(near) => found.help(format!("did you mean `{near}`?")),
                    None => found.help(format!(
                        "statements begin with one of: {}",
                        STATEMENTS[..20].join(", ")
                    )),
                }));
            }
        };
        Ok(Item {
            span: start.to(self.last_span()),
            kind,
        })
    }
}
