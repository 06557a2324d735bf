//! Stateful rules: limits, flows, sets.

use super::{Parse, Parser};
use crate::diagnostics::Diagnostic;
use crate::lexer::Token;
use crate::syntax::{Flow, FlowEdge, FlowState, Limit, Scope, Set, SetAction, SetVerb};

impl Parser<'_> {
    /// `per session`, `per process` or `per domain`.
    fn scope(&mut self) -> Parse<Scope> {
        self.expect_keyword("per")?;
        if ["session", "process", "domain"]
            .iter()
            .any(|scope| self.at_keyword(scope))
        {
            return self.name("a scope");
        }
        self.unexpected("`session`, `process` or `domain`")
    }

    /// `NAME: TARGET to AMOUNT [of FIELD] [every TIME] per SCOPE;`
    pub(super) fn limit(&mut self) -> Parse<Limit> {
        let name = self.name("the limit's name")?;
        self.expect(Token::Colon)?;
        let target = self.target()?;
        self.expect_keyword("to")?;
        let maximum = self.bytes("a number")?;
        let field = if self.take_keyword("of") {
            Some(self.field()?)
        } else {
            None
        };
        let period_ns = if self.take_keyword("every") {
            Some(self.duration_ns()?)
        } else {
            None
        };
        let scope = self.scope()?;
        self.expect(Token::Semicolon)?;
        Ok(Limit {
            name,
            target,
            maximum,
            field,
            period_ns,
            scope,
        })
    }

    /// `NAME: DOMAINS -> LABELS per SCOPE { STATE: EDGES; ... }`
    pub(super) fn flow(&mut self) -> Parse<Flow> {
        let name = self.name("the flow's name")?;
        self.expect(Token::Colon)?;
        let domains = self.selection("a domain")?;
        self.expect(Token::Arrow)?;
        let labels = self.selection("a label")?;
        let scope = self.scope()?;
        self.expect(Token::OpenBrace)?;
        let mut states = Vec::new();
        while !self.take(Token::CloseBrace) {
            let name = self.name("a state")?;
            self.expect(Token::Colon)?;
            let edges = if self.token() == Token::Semicolon {
                Vec::new()
            } else {
                self.list(Self::flow_edges)?.into_iter().flatten().collect()
            };
            self.expect(Token::Semicolon)?;
            states.push(FlowState { name, edges });
        }
        Ok(Flow {
            name,
            domains,
            labels,
            scope,
            states,
        })
    }

    fn flow_edges(&mut self) -> Parse<Vec<FlowEdge>> {
        let methods = self.method_pattern()?;
        let to = if self.take(Token::Arrow) {
            Some(self.name("the state that follows")?)
        } else {
            None
        };
        let on_success = self.at_keyword("on");
        if on_success {
            let start = self.advance();
            self.expect_keyword("success")?;
            if to.is_none() {
                return Err(Box::new(
                    Diagnostic::error(start, "there is no move that could wait for success")
                        .help("write `Interface.method -> state on success`"),
                ));
            }
        }
        Ok(methods
            .into_iter()
            .map(|methods| FlowEdge {
                methods,
                to: to.clone(),
                on_success,
            })
            .collect())
    }

    /// `NAME: DOMAINS -> LABELS of NUMBER per SCOPE { ACTION; ... }`
    pub(super) fn set(&mut self) -> Parse<Set> {
        let name = self.name("the set's name")?;
        self.expect(Token::Colon)?;
        let domains = self.selection("a domain")?;
        self.expect(Token::Arrow)?;
        let labels = self.selection("a label")?;
        self.expect_keyword("of")?;
        let capacity = self.number("how many values it holds")?;
        let scope = self.scope()?;
        self.expect(Token::OpenBrace)?;
        let mut actions = Vec::new();
        while !self.take(Token::CloseBrace) {
            let start = self.span();
            let verb = if self.take_keyword("add") {
                if self.take_keyword("reply") {
                    SetVerb::AddReply
                } else {
                    SetVerb::Add
                }
            } else if self.take_keyword("remove") {
                SetVerb::Remove
            } else if self.take_keyword("require") {
                SetVerb::Require
            } else {
                return self.unexpected("`add`, `add reply`, `require` or `remove`");
            };
            let field = self.field()?;
            self.expect_keyword("on")?;
            let methods = self.method_selection()?;
            self.expect(Token::Semicolon)?;
            actions.push(SetAction {
                verb,
                field,
                methods,
                span: start.to(self.last_span()),
            });
        }
        Ok(Set {
            name,
            domains,
            labels,
            capacity,
            scope,
            actions,
        })
    }
}
