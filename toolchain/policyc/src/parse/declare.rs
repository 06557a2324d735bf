//! Declarations: constants, accounts, domains, labels, groups.

use super::{Parse, Parser};
use crate::diagnostics::Diagnostic;
use crate::lexer::Token;
use crate::syntax::{Account, Domain, ItemKind, Label, Name, Port, Selection};

/// Accounts within accounts, at most.
const MAX_ACCOUNT_DEPTH: usize = 16;

impl Parser<'_> {
    pub(super) fn constant(&mut self) -> Parse<ItemKind> {
        let name = self.name("the constant's name")?;
        self.expect(Token::Assign)?;
        let number = self.number("a number")?;
        self.expect(Token::Semicolon)?;
        Ok(ItemKind::Constant(name, number))
    }

    pub(super) fn account(&mut self, depth: usize) -> Parse<Account> {
        let name = self.name("the account's name")?;
        if depth > MAX_ACCOUNT_DEPTH {
            return Err(Box::new(Diagnostic::error(
                name.span,
                "accounts are nested too deep",
            )));
        }
        let above = if depth == 0 && self.take_keyword("in") {
            Some(self.name("the account above")?)
        } else {
            None
        };
        let mut account = Account {
            name,
            above,
            limits: Vec::new(),
            children: Vec::new(),
        };
        if self.take(Token::Semicolon) {
            return Ok(account);
        }
        self.expect(Token::OpenBrace)?;
        while !self.take(Token::CloseBrace) {
            if self.take_keyword("account") {
                account.children.push(self.account(depth + 1)?);
                continue;
            }
            let limit = self.name("a limit or an account")?;
            let amount = match limit.value.as_str() {
                "overcommit" | "server_priority" => None,
                "memory" | "kernel_memory" => Some(self.bytes("an amount of memory")?),
                _ => Some(self.number("a number")?),
            };
            self.expect(Token::Semicolon)?;
            account.limits.push((limit, amount));
        }
        Ok(account)
    }

    pub(super) fn domain(&mut self) -> Parse<Domain> {
        let name = self.name("the domain's name")?;
        let mut domain = Domain {
            name,
            account: None,
            programs: Vec::new(),
        };
        if self.take(Token::Semicolon) {
            return Ok(domain);
        }
        self.expect(Token::OpenBrace)?;
        while !self.take(Token::CloseBrace) {
            if self.at_keyword("account") {
                let start = self.advance();
                let account = self.name("an account")?;
                if domain.account.is_some() {
                    return Err(Box::new(Diagnostic::error(start, "a domain has one account")));
                }
                domain.account = Some(account);
            } else if self.take_keyword("program") {
                domain
                    .programs
                    .extend(self.list(|parser| parser.quoted("the program's name in quotes"))?);
            } else {
                return self.unexpected("`account` or `program`");
            }
            self.expect(Token::Semicolon)?;
        }
        Ok(domain)
    }

    pub(super) fn label(&mut self) -> Parse<Label> {
        let name = self.name("the label's name")?;
        let mut label = Label {
            name,
            paths: Vec::new(),
            ports: Vec::new(),
            objects: Vec::new(),
        };
        if self.take(Token::Semicolon) {
            return Ok(label);
        }
        self.expect(Token::OpenBrace)?;
        while !self.take(Token::CloseBrace) {
            if self.take_keyword("path") {
                let file_system = self.name("the file system's name")?;
                for path in self.list(|parser| parser.quoted("a path in quotes"))? {
                    label.paths.push((file_system.clone(), path));
                }
            } else if self.take_keyword("port") {
                label.ports.push(self.port()?);
            } else if self.take_keyword("object") {
                label
                    .objects
                    .extend(self.list(|parser| parser.name("an interface"))?);
            } else {
                return self.unexpected("`path`, `port` or `object`");
            }
            self.expect(Token::Semicolon)?;
        }
        Ok(label)
    }

    /// `tcp 80`, `tcp 8000 to 8080 at "10.0.0.0/8"`
    pub(super) fn port(&mut self) -> Parse<Port> {
        let protocol = self.name("a protocol (tcp, udp)")?;
        let first = self.number("a port")?;
        let last = if self.take_keyword("to") {
            self.number("a port")?
        } else {
            first.clone()
        };
        let address = if self.take_keyword("at") {
            Some(self.quoted("an address in quotes")?)
        } else {
            None
        };
        Ok(Port {
            protocol,
            first,
            last,
            address,
        })
    }

    pub(super) fn group(&mut self, member: &str) -> Parse<(Name, Selection)> {
        let name = self.name("the group's name")?;
        self.expect(Token::Assign)?;
        let selection = self.selection(member)?;
        self.expect(Token::Semicolon)?;
        Ok((name, selection))
    }
}
