//! Names to numbers: collects what is declared, then gives every statement its meaning. Unknown and doubled names end here.

mod declare;
mod names;
mod network;
mod rules;
mod stateful;
mod tests_inside;

use crate::catalogue::Catalogue;
use crate::diagnostics::Diagnostic;
use crate::model::{Model, Rule};
use crate::source::Span;
use crate::syntax::{Item, ItemKind};

use names::Names;

/// Gives `items` their meaning. The model is of use only if no error was added to `diagnostics`.
pub fn resolve(items: &[Item], catalogue: &Catalogue, diagnostics: &mut Vec<Diagnostic>) -> Model {
    let mut resolver = Resolver {
        catalogue,
        names: Names::default(),
        model: Model::default(),
        diagnostics: Vec::new(),
    };
    resolver.declare(items);
    for item in items {
        resolver.statement(item);
    }
    resolver.warn_of_unused();
    diagnostics.append(&mut resolver.diagnostics);
    resolver.model
}

struct Resolver<'a> {
    catalogue: &'a Catalogue,
    names: Names,
    model: Model,
    diagnostics: Vec<Diagnostic>,
}

impl Resolver<'_> {
    fn error(&mut self, span: Span, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(span, message));
    }

    /// The number of a new rule.
    fn rule(&mut self, span: Span) -> u32 {
        self.model.rules.push(Rule { span, prefix: "" });
        (self.model.rules.len() - 1) as u32
    }

    fn statement(&mut self, item: &Item) {
        match &item.kind {
            ItemKind::Access(access) => self.access(item.span, access),
            ItemKind::Mint(mint) => self.mint(item.span, mint),
            ItemKind::Transition(transition) => self.transition(item.span, transition),
            ItemKind::New(new) => self.new_label(new),
            ItemKind::Limit(limit) => self.limit(item.span, limit),
            ItemKind::Flow(flow) => self.flow(item.span, flow),
            ItemKind::Set(set) => self.set(item.span, set),
            ItemKind::Test(test) => self.test(test),
            // Done by `declare`; includes were followed before.
            ItemKind::Include { .. }
            | ItemKind::When { .. }
            | ItemKind::Constant(..)
            | ItemKind::Account(_)
            | ItemKind::Domain(_)
            | ItemKind::Label(_)
            | ItemKind::DomainGroup(..)
            | ItemKind::LabelGroup(..)
            | ItemKind::MethodGroup(..) => {}
        }
    }

    /// Domains that no process can enter, and labels that no rule names.
    fn warn_of_unused(&mut self) {
        for number in 1..self.model.domains.len() as u16 {
            let entered = self.model.programs.values().any(|(domain, _)| *domain == number)
                || self
                    .model
                    .transitions
                    .values()
                    .any(|(domain, _)| *domain == number);
            if !entered {
                let name = self.model.domains[usize::from(number)].name.clone();
                self.diagnostics.push(
                    Diagnostic::warning(name.span, format!("no process can enter domain `{}`", name.value))
                        .help("give it a `program`, or let a `transition` lead to it"),
                );
            }
        }
        for label in &self.model.labels[self.model.domains.len()..] {
            if !self.names.used_labels.contains(&label.name.value) {
                self.diagnostics.push(
                    Diagnostic::warning(
                        label.name.span,
                        format!("no rule names label `{}`", label.name.value),
                    )
                    .help("nothing is granted on it; grant something, or take it out"),
                );
            }
        }
    }
}
