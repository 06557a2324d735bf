//! Rules on access, minting, transitions and new labels, and the choices of names that they are made of.

use super::{Parse, Parser};
use crate::diagnostics::Diagnostic;
use crate::lexer::Token;
use crate::syntax::{
    Access, AccessKind, Included, ItemKind, MethodPattern, MethodSelection, Mint, New, Number, Selection,
    Target, Transition,
};

impl Parser<'_> {
    /// `*`, or names; then perhaps `except` names.
    pub(super) fn selection(&mut self, member: &str) -> Parse<Selection> {
        let start = self.span();
        let include = if self.take(Token::Star) {
            Included::All
        } else {
            Included::Names(self.list(|parser| parser.name(member))?)
        };
        let except = if self.take_keyword("except") {
            self.list(|parser| parser.name(member))?
        } else {
            Vec::new()
        };
        Ok(Selection {
            include,
            except,
            span: start.to(self.last_span()),
        })
    }

    pub(super) fn method_selection(&mut self) -> Parse<MethodSelection> {
        let start = self.span();
        let include = self.method_patterns()?;
        let except = if self.take_keyword("except") {
            self.method_patterns()?
        } else {
            Vec::new()
        };
        Ok(MethodSelection {
            include,
            except,
            span: start.to(self.last_span()),
        })
    }

    fn method_patterns(&mut self) -> Parse<Vec<MethodPattern>> {
        Ok(self.list(Self::method_pattern)?.into_iter().flatten().collect())
    }

    /// `*`, `Interface.*`, `Interface.method`, `Interface.{a, b}` or a group's name.
    pub(super) fn method_pattern(&mut self) -> Parse<Vec<MethodPattern>> {
        if self.token() == Token::Star {
            return Ok(vec![MethodPattern::All(self.advance())]);
        }
        let name = self.name("Interface.method or a group of methods")?;
        if !self.take(Token::Dot) {
            return Ok(vec![MethodPattern::Group(name)]);
        }
        if self.take(Token::Star) {
            return Ok(vec![MethodPattern::Interface(name)]);
        }
        if self.take(Token::OpenBrace) {
            let methods = self.list(|parser| parser.name("a method"))?;
            self.expect(Token::CloseBrace)?;
            return Ok(methods
                .into_iter()
                .map(|method| MethodPattern::Method(name.clone(), method))
                .collect());
        }
        let method = self.name("a method, `*` or `{`")?;
        Ok(vec![MethodPattern::Method(name, method)])
    }

    pub(super) fn target(&mut self) -> Parse<Target> {
        let domains = self.selection("a domain")?;
        self.expect(Token::Arrow)?;
        let labels = self.selection("a label")?;
        self.expect(Token::Colon)?;
        let methods = self.method_selection()?;
        Ok(Target {
            domains,
            labels,
            methods,
        })
    }

    pub(super) fn access(&mut self, keyword: &str) -> Parse<ItemKind> {
        let kind = match keyword {
            "allow" => AccessKind::Allow,
            "audit" => AccessKind::Audit,
            "quiet" => AccessKind::Quiet,
            _ if self.take_keyword("reply") => AccessKind::DenyReply,
            _ => AccessKind::Deny,
        };
        let target = self.target()?;
        let condition = if self.at_keyword("where") {
            let start = self.advance();
            if !matches!(kind, AccessKind::Allow | AccessKind::Deny) {
                return Err(Box::new(
                    Diagnostic::error(start, "only `allow` and `deny` take a condition")
                        .help("leave `where ...` out; the rule then holds for every message"),
                ));
            }
            Some(self.condition(0)?)
        } else {
            None
        };
        self.expect(Token::Semicolon)?;
        Ok(ItemKind::Access(Access {
            kind,
            target,
            condition,
        }))
    }

    /// `DOMAINS -> LABELS: INTERFACES;`
    pub(super) fn mint(&mut self) -> Parse<Mint> {
        let domains = self.selection("a domain")?;
        self.expect(Token::Arrow)?;
        let labels = self.selection("a label")?;
        self.expect(Token::Colon)?;
        let interfaces = self.list(|parser| parser.name("an interface"))?;
        let server = if self.take_keyword("for") {
            Some(self.name("the server's domain")?)
        } else {
            None
        };
        self.expect(Token::Semicolon)?;
        Ok(Mint {
            domains,
            labels,
            interfaces,
            server,
        })
    }

    /// `DOMAINS: LABELS -> DOMAIN [for user USERS];`
    pub(super) fn transition(&mut self) -> Parse<Transition> {
        let (domains, programs) = self.executed()?;
        self.expect(Token::Arrow)?;
        let to = self.name("the domain that the program runs in")?;
        let users = self.users()?;
        self.expect(Token::Semicolon)?;
        Ok(Transition {
            domains,
            programs,
            to,
            users,
        })
    }

    /// `DOMAINS: LABELS`: who executes what.
    pub(super) fn executed(&mut self) -> Parse<(Selection, Selection)> {
        let domains = self.selection("a domain")?;
        self.expect(Token::Colon)?;
        Ok((domains, self.selection("a program's label")?))
    }

    /// `[for user USERS]`.
    pub(super) fn users(&mut self) -> Parse<Vec<Number>> {
        if !self.take_keyword("for") {
            return Ok(Vec::new());
        }
        self.expect_keyword("user")?;
        self.list(|parser| parser.number("a user's number"))
    }

    /// `in LABELS [named PATTERNS] [by DOMAINS] -> LABEL;`
    pub(super) fn new_rule(&mut self) -> Parse<New> {
        self.expect_keyword("in")?;
        let parents = self.selection("the folder's label")?;
        let patterns = if self.take_keyword("named") {
            self.list(|parser| parser.quoted("a name in quotes, perhaps with `*` at one end"))?
        } else {
            Vec::new()
        };
        let creators = if self.take_keyword("by") {
            Some(self.selection("a domain")?)
        } else {
            None
        };
        self.expect(Token::Arrow)?;
        let label = self.name("the new object's label")?;
        self.expect(Token::Semicolon)?;
        Ok(New {
            parents,
            patterns,
            creators,
            label,
        })
    }
}
