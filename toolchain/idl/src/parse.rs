//! The parser: tokens to the syntax tree of one file, by recursive descent.
//!
//! The grammar stands in `docs/notes/0010-interface-language.md`; each function here is one rule of it.

use crate::ast::*;
use crate::diagnostics::Diagnostic;
use crate::lexer::{Token, tokens};
use crate::source::{FileId, Span};

type Parsed<T> = Result<T, Diagnostic>;

/// Parses one file.
pub fn parse(file: FileId, text: &str) -> Parsed<File> {
    Parser {
        tokens: tokens(file, text)?,
        next: 0,
    }
    .file()
}

struct Parser {
    tokens: Vec<(Token, Span)>,
    next: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.next].0
    }

    fn span(&self) -> Span {
        self.tokens[self.next].1
    }

    /// Takes the next token; `End` stays.
    fn take(&mut self) -> (Token, Span) {
        let taken = self.tokens[self.next].clone();
        if self.next + 1 < self.tokens.len() {
            self.next += 1;
        }
        taken
    }

    fn unexpected<T>(&self, wanted: &str) -> Parsed<T> {
        Err(Diagnostic::new(
            format!("expected {wanted}, found {}", self.peek().describe()),
            self.span(),
        ))
    }

    fn accept(&mut self, token: &Token) -> bool {
        let found = self.peek() == token;
        if found {
            self.take();
        }
        found
    }

    fn expect(&mut self, token: Token) -> Parsed<Span> {
        if *self.peek() == token {
            Ok(self.take().1)
        } else {
            self.unexpected(&token.describe())
        }
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Identifier(name) if name == word)
    }

    fn accept_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.take();
        }
        found
    }

    fn expect_word(&mut self, word: &str) -> Parsed<()> {
        if self.accept_word(word) {
            Ok(())
        } else {
            self.unexpected(&format!("`{word}`"))
        }
    }

    fn name(&mut self, what: &str) -> Parsed<Name> {
        match self.peek() {
            Token::Identifier(_) => {
                let (Token::Identifier(value), span) = self.take() else {
                    unreachable!("just seen")
                };
                Ok(Spanned { value, span })
            }
            _ => self.unexpected(what),
        }
    }

    fn literal(&mut self, what: &str) -> Parsed<Spanned<u64>> {
        let Token::Number(text) = self.peek() else {
            return self.unexpected(what);
        };
        let digits = text.replace('_', "");
        let value = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
            Some(hexadecimal) => u64::from_str_radix(hexadecimal, 16),
            None => digits.parse(),
        };
        let span = self.span();
        match value {
            Ok(value) => {
                self.take();
                Ok(Spanned { value, span })
            }
            Err(_) => Err(Diagnostic::new("this number does not fit in 64 bits", span)),
        }
    }

    fn number(&mut self) -> Parsed<Number> {
        if matches!(self.peek(), Token::Identifier(_)) {
            return Ok(Number::Constant(self.name("a constant")?));
        }
        let base = self.literal("a number")?;
        if self.accept(&Token::ShiftLeft) {
            return Ok(Number::Shifted(base, self.literal("how far to shift")?));
        }
        Ok(Number::Literal(base))
    }

    /// The documentation comments in front of an item, joined by line ends.
    fn doc(&mut self) -> String {
        let mut lines = Vec::new();
        while matches!(self.peek(), Token::Doc(_)) {
            if let (Token::Doc(line), _) = self.take() {
                lines.push(line);
            }
        }
        lines.join("\n")
    }

    /// Items between an opening and a closing token, separated by commas; a last comma may stand.
    fn list<T>(
        &mut self,
        open: Token,
        close: Token,
        item: impl Fn(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        self.expect(open)?;
        let mut items = Vec::new();
        while !self.accept(&close) {
            items.push(item(self)?);
            if !self.accept(&Token::Comma) {
                self.expect(close)?;
                break;
            }
        }
        Ok(items)
    }

    fn file(mut self) -> Parsed<File> {
        let mut doc = Vec::new();
        while matches!(self.peek(), Token::FileDoc(_)) {
            if let (Token::FileDoc(line), _) = self.take() {
                doc.push(line);
            }
        }
        let mut file = File {
            doc: doc.join("\n"),
            shared: Vec::new(),
            interfaces: Vec::new(),
        };
        loop {
            let doc = self.doc();
            if *self.peek() == Token::End {
                if !doc.is_empty() {
                    return self.unexpected("the item that the documentation comment is for");
                }
                return Ok(file);
            }
            if self.is_word("kernel") || self.is_word("interface") {
                file.interfaces.push(self.interface(doc)?);
            } else if let Some(definition) = self.definition(&doc)? {
                file.shared.push(definition);
            } else {
                return self
                    .unexpected("`interface`, `kernel interface`, `struct`, `enum`, `flags` or `const`");
            }
        }
    }

    fn interface(&mut self, doc: String) -> Parsed<Interface> {
        let kernel = self.accept_word("kernel");
        self.expect_word("interface")?;
        let name = self.name("the interface's name")?;
        self.expect(Token::Equals)?;
        let number = self.literal("the interface's number")?;
        self.expect(Token::BraceOpen)?;
        let mut interface = Interface {
            doc,
            kernel,
            name,
            number,
            definitions: Vec::new(),
            methods: Vec::new(),
        };
        while !self.accept(&Token::BraceClose) {
            let doc = self.doc();
            if self.is_word("method") || self.is_word("repeatable") || self.is_word("waits") {
                interface.methods.push(self.method(doc)?);
            } else if let Some(definition) = self.definition(&doc)? {
                interface.definitions.push(definition);
            } else {
                return self.unexpected(
                    "`method`, `repeatable`, `waits`, `struct`, `enum`, `flags`, `const` or `}`",
                );
            }
        }
        Ok(interface)
    }

    /// A definition when one stands here.
    fn definition(&mut self, doc: &str) -> Parsed<Option<Definition>> {
        let doc = doc.to_owned();
        let definition = if self.accept_word("const") {
            let name = self.name("the constant's name")?;
            self.expect(Token::Colon)?;
            let ty = self.ty()?;
            self.expect(Token::Equals)?;
            let value = self.number()?;
            self.expect(Token::Semicolon)?;
            Definition {
                doc,
                name,
                body: DefinitionBody::Constant { ty, value },
            }
        } else if self.is_word("enum") || self.is_word("flags") {
            let is_enum = self.accept_word("enum");
            if !is_enum {
                self.expect_word("flags")?;
            }
            let name = self.name("the type's name")?;
            self.expect(Token::Colon)?;
            let base = self.name("the integer type that it travels as")?;
            let members = self.list(Token::BraceOpen, Token::BraceClose, Self::member)?;
            let body = if is_enum {
                DefinitionBody::Enum { base, members }
            } else {
                DefinitionBody::Flags { base, members }
            };
            Definition { doc, name, body }
        } else if self.accept_word("struct") {
            let name = self.name("the struct's name")?;
            let fields = self.list(Token::BraceOpen, Token::BraceClose, Self::field)?;
            Definition {
                doc,
                name,
                body: DefinitionBody::Struct { fields },
            }
        } else {
            return Ok(None);
        };
        Ok(Some(definition))
    }

    fn member(&mut self) -> Parsed<Member> {
        let doc = self.doc();
        let name = self.name("a member's name")?;
        self.expect(Token::Equals)?;
        Ok(Member {
            doc,
            name,
            value: self.number()?,
        })
    }

    fn field(&mut self) -> Parsed<Field> {
        let doc = self.doc();
        let name = self.name("a field's name")?;
        self.expect(Token::Colon)?;
        Ok(Field {
            doc,
            name,
            ty: self.ty()?,
        })
    }

    fn ty(&mut self) -> Parsed<Type> {
        let start = self.span();
        let kind = if self.accept(&Token::BracketOpen) {
            let element = Box::new(self.ty()?);
            self.expect(Token::Semicolon)?;
            let bounded = self.accept(&Token::UpTo);
            let count = self.number()?;
            self.expect(Token::BracketClose)?;
            if bounded {
                TypeKind::Slice(element, count)
            } else {
                TypeKind::Array(element, count)
            }
        } else if self.accept_word("handle") {
            TypeKind::Handle(self.name("the interface of the handle, or `any`")?)
        } else if self.accept_word("slot") {
            TypeKind::Slot(self.name("the interface of the handle, or `any`")?)
        } else if self.accept_word("bytes") {
            TypeKind::Bytes(self.bound()?)
        } else if self.accept_word("name") {
            if *self.peek() == Token::BracketOpen {
                TypeKind::NameBytes(self.bound()?)
            } else {
                TypeKind::NameOf(Box::new(self.ty()?))
            }
        } else {
            let name = self.name("a type")?;
            if self.accept(&Token::Dot) {
                TypeKind::Of(name, self.name("a type of that interface")?)
            } else {
                TypeKind::Named(name)
            }
        };
        let end = self.tokens[self.next.saturating_sub(1)].1;
        Ok(Type {
            span: start.to(end),
            kind,
        })
    }

    /// `[..N]`
    fn bound(&mut self) -> Parsed<Number> {
        self.expect(Token::BracketOpen)?;
        self.expect(Token::UpTo)?;
        let bound = self.number()?;
        self.expect(Token::BracketClose)?;
        Ok(bound)
    }

    fn parameter(&mut self) -> Parsed<Parameter> {
        // `in` and `out` are directions only when a name follows, not when they are the name.
        let follows_name = matches!(self.tokens.get(self.next + 1), Some((Token::Identifier(_), _)));
        let direction = if follows_name && self.accept_word("in") {
            Direction::In
        } else if follows_name && self.accept_word("out") {
            Direction::Out
        } else {
            Direction::Direct
        };
        let name = self.name("an argument's name")?;
        self.expect(Token::Colon)?;
        Ok(Parameter {
            name,
            direction,
            ty: self.ty()?,
        })
    }

    fn method(&mut self, doc: String) -> Parsed<Method> {
        let (mut repeatable, mut waits) = (false, false);
        while !self.accept_word("method") {
            if !repeatable && self.accept_word("repeatable") {
                repeatable = true;
            } else if !waits && self.accept_word("waits") {
                waits = true;
            } else {
                return self.unexpected("`method`");
            }
        }
        let name = self.name("the method's name")?;
        self.expect(Token::Equals)?;
        let number = self.literal("the method's number")?;
        let arguments = self.list(Token::ParenOpen, Token::ParenClose, Self::parameter)?;
        let results = if self.accept(&Token::Arrow) {
            self.list(Token::ParenOpen, Token::ParenClose, Self::parameter)?
        } else {
            Vec::new()
        };
        let mut errors = None;
        let mut danger = None;
        loop {
            if errors.is_none() && self.accept_word("errors") {
                errors = Some(self.list(Token::BraceOpen, Token::BraceClose, |p| {
                    p.name("an error's name, as ENOENT")
                })?);
            } else if danger.is_none() && self.accept_word("danger") {
                let (Token::Text(value), span) = self.take() else {
                    return self.unexpected("a quoted text that says what a caller can do with the method");
                };
                danger = Some(Spanned { value, span });
            } else {
                break;
            }
        }
        if !self.accept(&Token::Semicolon) {
            return self.unexpected("`errors { ... }`, `danger \"...\"` or `;`");
        }
        Ok(Method {
            doc,
            repeatable,
            waits,
            name,
            number,
            arguments,
            results,
            errors,
            danger,
        })
    }
}
