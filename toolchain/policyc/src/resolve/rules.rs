//! Rules on access, minting, transitions, labels of new objects.

use super::Resolver;
use super::names::Wildcard;
use crate::diagnostics::Diagnostic;
use crate::fields::check_condition;
use crate::model::{Access, LabelRef, Mint, NamePattern, NewLabel};
use crate::source::Span;
use crate::syntax::{self, AccessKind};
use trivet_policy::format::ANY_USER;

impl Resolver<'_> {
    pub(super) fn access(&mut self, span: Span, access: &syntax::Access) {
        let target = &access.target;
        let (labels, methods) = match access.kind {
            AccessKind::Allow => (
                Wildcard::Refused("`allow` says on what"),
                Wildcard::Refused("`allow` says of which interface"),
            ),
            AccessKind::Quiet => (
                Wildcard::Allowed,
                Wildcard::Refused("`quiet` says of which interface"),
            ),
            AccessKind::Deny | AccessKind::DenyReply | AccessKind::Audit => {
                (Wildcard::Allowed, Wildcard::Allowed)
            }
        };
        let pairs = self.pairs(&target.domains, &target.labels, labels);
        let (methods, all_methods) = self.methods(&target.methods, methods);
        if let Some(condition) = &access.condition {
            let found = check_condition(
                condition,
                &methods,
                self.catalogue,
                &self.model.constants,
                &mut self.diagnostics,
            );
            if !found {
                return;
            }
        }
        let rule = self.rule(span);
        let condition = access.condition.clone();
        self.model.access.push(Access {
            kind: access.kind,
            rule,
            pairs,
            methods,
            all_methods,
            condition,
        });
    }

    pub(super) fn mint(&mut self, span: Span, mint: &syntax::Mint) {
        let pairs = self.pairs(
            &mint.domains,
            &mint.labels,
            Wildcard::Refused("`mint` says which labels"),
        );
        let interfaces = mint
            .interfaces
            .iter()
            .filter_map(|name| self.interface(name))
            .collect();
        let server = mint.server.as_ref().and_then(|name| self.domain(name));
        let rule = self.rule(span);
        self.model.mints.push(Mint {
            span,
            rule,
            pairs,
            interfaces,
            server,
        });
    }

    /// Labels of a selection where `self` has no meaning.
    pub(super) fn plain_labels(&mut self, selection: &syntax::Selection) -> Vec<u32> {
        let mut plain = Vec::new();
        for label in self.labels(selection, Wildcard::Refused("name the labels")) {
            match label {
                LabelRef::Label(label) => plain.push(label),
                LabelRef::Own => self.error(selection.span, "`self` has no meaning here"),
            }
        }
        plain
    }

    pub(super) fn transition(&mut self, span: Span, transition: &syntax::Transition) {
        let from = self.domains(&transition.domains);
        let programs = self.plain_labels(&transition.programs);
        if !self.bound(span, from.len(), programs.len()) {
            return;
        }
        let Some(to) = self.domain(&transition.to) else {
            return;
        };
        let users = self.users(&transition.users);
        if !self.bound(span, from.len().saturating_mul(programs.len()), users.len()) {
            return;
        }
        for domain in from {
            for &program in &programs {
                for &user in &users {
                    match self.model.transitions.get(&(domain, program, user)).copied() {
                        Some((before, place)) if before != to => self.diagnostics.push(
                            Diagnostic::error(span, "two transitions lead to different domains")
                                .see(place, "the other one")
                                .help("a domain, a program's label and a user lead to one domain"),
                        ),
                        _ => {
                            self.model.transitions.insert((domain, program, user), (to, span));
                        }
                    }
                }
            }
        }
    }

    /// The users of a transition; without any, the one value that stands for everybody.
    pub(super) fn users(&mut self, users: &[syntax::Number]) -> Vec<u32> {
        if users.is_empty() {
            return Vec::from([ANY_USER]);
        }
        let mut numbers = Vec::new();
        for user in users {
            match u32::try_from(user.value) {
                Ok(number) if number != ANY_USER => numbers.push(number),
                _ => self.error(user.span, "no user has this number: they go from 0 to 4294967294"),
            }
        }
        numbers
    }

    pub(super) fn new_label(&mut self, new: &syntax::New) {
        let parents = self.plain_labels(&new.parents);
        let creators = match &new.creators {
            Some(selection) => self.domains(selection).into_iter().map(Some).collect(),
            None => Vec::from([None]),
        };
        if !self.bound(
            new.parents.span,
            creators.len().saturating_mul(new.patterns.len().max(1)),
            parents.len(),
        ) {
            return;
        }
        let Some(label) = self.label(&new.label) else {
            return;
        };
        let mut patterns = Vec::new();
        for pattern in &new.patterns {
            match parse_pattern(&pattern.value) {
                Some(parsed) => patterns.push(parsed),
                None => self.diagnostics.push(
                    Diagnostic::error(
                        pattern.span,
                        format!("`{}` is no pattern of a file's name", pattern.value),
                    )
                    .help("a name without `/`, with at most one `*`, first or last"),
                ),
            }
        }
        if new.patterns.is_empty() {
            patterns.push(NamePattern::Any);
        }
        for &parent in &parents {
            for &creator in &creators {
                for pattern in &patterns {
                    self.model.new_labels.push(NewLabel {
                        parent,
                        pattern: pattern.clone(),
                        creator,
                        label,
                    });
                }
            }
        }
    }
}

fn parse_pattern(text: &str) -> Option<NamePattern> {
    let stars = text.matches('*').count();
    if text.is_empty() || text.contains('/') || stars > 1 {
        return None;
    }
    if text == "*" {
        Some(NamePattern::Any)
    } else if let Some(rest) = text.strip_prefix('*') {
        Some(NamePattern::Suffix(rest.to_owned()))
    } else if let Some(rest) = text.strip_suffix('*') {
        Some(NamePattern::Prefix(rest.to_owned()))
    } else {
        (stars == 0).then(|| NamePattern::Exact(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_have_one_star_at_an_end() {
        assert_eq!(parse_pattern("*.key"), Some(NamePattern::Suffix(".key".into())));
        assert_eq!(parse_pattern("core.*"), Some(NamePattern::Prefix("core.".into())));
        assert_eq!(parse_pattern("passwd"), Some(NamePattern::Exact("passwd".into())));
        assert_eq!(parse_pattern("*"), Some(NamePattern::Any));
        for wrong in ["", "a*b", "*a*", "a/b"] {
            assert_eq!(parse_pattern(wrong), None, "{wrong}");
        }
    }
}
