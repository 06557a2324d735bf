//! Tests inside a policy.

use super::{Parse, Parser};
use crate::lexer::Token;
use crate::syntax::{MessageStep, Name, StepOutcome, Test, TestStep, TestStepKind, Value};

impl Parser<'_> {
    pub(super) fn test(&mut self) -> Parse<Test> {
        let name = self.quoted("what the test shows, in quotes")?;
        self.expect(Token::OpenBrace)?;
        let mut steps = Vec::new();
        while !self.take(Token::CloseBrace) {
            let start = self.span();
            let kind = if self.take_keyword("assert") {
                self.assertion()?
            } else if self.take_keyword("step") {
                TestStepKind::Message(self.message()?)
            } else if self.take_keyword("wait") {
                let time = self.duration_ns()?;
                self.expect(Token::Semicolon)?;
                TestStepKind::Wait(time)
            } else {
                return self.unexpected("`assert`, `step` or `wait`");
            };
            steps.push(TestStep {
                span: start.to(self.last_span()),
                kind,
            });
        }
        Ok(Test { name, steps })
    }

    fn assertion(&mut self) -> Parse<TestStepKind> {
        if self.at_keyword("allowed") || self.at_keyword("denied") {
            let allowed = self.at_keyword("allowed");
            self.advance();
            let target = self.target()?;
            self.expect(Token::Semicolon)?;
            return Ok(TestStepKind::Access { allowed, target });
        }
        if self.at_keyword("not") || self.at_keyword("mint") {
            let allowed = !self.take_keyword("not");
            self.expect_keyword("mint")?;
            return Ok(TestStepKind::Mint {
                allowed,
                mint: self.mint()?,
            });
        }
        if self.take_keyword("no") {
            self.expect_keyword("transition")?;
            let (domains, programs) = self.executed()?;
            let users = self.users()?;
            self.expect(Token::Semicolon)?;
            return Ok(TestStepKind::NoTransition {
                domains,
                programs,
                users,
            });
        }
        if self.take_keyword("transition") {
            return Ok(TestStepKind::Transition(self.transition()?));
        }
        if self.take_keyword("path") {
            let file_system = self.name("the file system's name")?;
            let path = self.quoted("a path in quotes")?;
            let label = self.is_label()?;
            return Ok(TestStepKind::Path {
                file_system,
                path,
                label,
            });
        }
        if self.take_keyword("new") {
            let parent = self.name("the folder's label")?;
            let file_name = self.quoted("the new name in quotes")?;
            self.expect_keyword("by")?;
            let creator = self.name("a domain")?;
            let label = self.is_label()?;
            return Ok(TestStepKind::New {
                parent,
                file_name,
                creator,
                label,
            });
        }
        if self.take_keyword("port") {
            let port = self.port()?;
            let label = self.is_label()?;
            return Ok(TestStepKind::Port { port, label });
        }
        self.unexpected("`allowed`, `denied`, `mint`, `not mint`, `transition`, `path`, `new` or `port`")
    }

    fn is_label(&mut self) -> Parse<Name> {
        self.expect_keyword("is")?;
        let label = self.name("a label")?;
        self.expect(Token::Semicolon)?;
        Ok(label)
    }

    /// `DOMAIN -> LABEL: Interface.method(FIELD = VALUE, ...) [process NAME] [session NAME] OUTCOME;`
    fn message(&mut self) -> Parse<MessageStep> {
        let domain = self.name("a domain")?;
        self.expect(Token::Arrow)?;
        let label = self.name("a label")?;
        self.expect(Token::Colon)?;
        let interface = self.name("an interface")?;
        self.expect(Token::Dot)?;
        let method = self.name("a method")?;
        let arguments = self.assignments()?;
        let process = if self.take_keyword("process") {
            Some(self.name("a process")?)
        } else {
            None
        };
        let session = if self.take_keyword("session") {
            Some(self.name("a session")?)
        } else {
            None
        };
        let mut results = Vec::new();
        let outcome = if self.take_keyword("succeeds") {
            if self.take_keyword("with") {
                results = self.assignments()?;
            }
            StepOutcome::Succeeds
        } else if self.take_keyword("fails") {
            StepOutcome::Fails
        } else if self.take_keyword("denied") {
            StepOutcome::Denied
        } else {
            return self.unexpected("`succeeds`, `fails` or `denied`");
        };
        self.expect(Token::Semicolon)?;
        Ok(MessageStep {
            domain,
            label,
            interface,
            method,
            arguments,
            process,
            session,
            outcome,
            results,
        })
    }

    /// `(FIELD = VALUE, ...)`, or nothing.
    fn assignments(&mut self) -> Parse<Vec<(Name, Value)>> {
        if !self.take(Token::OpenParenthesis) || self.take(Token::CloseParenthesis) {
            return Ok(Vec::new());
        }
        let assignments = self.list(|parser| {
            let field = parser.field()?;
            parser.expect(Token::Assign)?;
            Ok((field, parser.value()?))
        })?;
        self.expect(Token::CloseParenthesis)?;
        Ok(assignments)
    }
}
