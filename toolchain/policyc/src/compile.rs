//! The whole way from source text to binary form.

use crate::catalogue::Catalogue;
use crate::diagnostics::{Diagnostic, Severity, did_you_mean};
use crate::model::Model;
use crate::parse::parse;
use crate::resolve::resolve;
use crate::source::{Loader, Sources, Span, included_name};
use crate::syntax::{Item, ItemKind};
use crate::{binary, graph, lower};

/// Files of one policy, at most.
const MAX_FILES: usize = 256;
/// Bytes of one file, at most.
const MAX_FILE_BYTES: usize = 16 << 20;

/// What came of a compilation.
#[derive(Debug)]
pub struct Compilation {
    /// All files that were read.
    pub sources: Sources,
    /// What was found, errors and warnings, in the order of the source.
    pub diagnostics: Vec<Diagnostic>,
    /// Options that the policy says something about (`when`), in the order of the source.
    pub options: Vec<String>,
    /// The policy with its names resolved, if there was no error.
    pub model: Option<Model>,
    /// The binary form, if there was no error.
    pub binary: Option<Vec<u8>>,
}

impl Compilation {
    /// Number of errors.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.diagnostics
            .iter()
            .filter(|found| found.severity == Severity::Error)
            .count()
    }

    /// Number of warnings.
    #[must_use]
    pub fn warnings(&self) -> usize {
        self.diagnostics.len() - self.errors()
    }
}

/// Compiles the policy whose first file is `name`, for a run without options.
pub fn compile(loader: &dyn Loader, name: &str, catalogue: &Catalogue) -> Compilation {
    compile_with(loader, name, catalogue, &[])
}

/// Compiles the policy whose first file is `name`, for a run with these options: the statements of their `when` blocks hold, those of others
/// are only parsed.
pub fn compile_with(loader: &dyn Loader, name: &str, catalogue: &Catalogue, options: &[&str]) -> Compilation {
    let mut sources = Sources::default();
    let mut diagnostics = Vec::new();
    let mut mentioned = Vec::new();
    let items = read_all(
        loader,
        name,
        options,
        &mut sources,
        &mut mentioned,
        &mut diagnostics,
    );
    let mut compilation = Compilation {
        sources,
        diagnostics,
        options: mentioned,
        model: None,
        binary: None,
    };
    let has_errors =
        |diagnostics: &[Diagnostic]| diagnostics.iter().any(|found| found.severity == Severity::Error);
    if has_errors(&compilation.diagnostics) {
        return compilation;
    }
    let mut model = resolve(&items, catalogue, &mut compilation.diagnostics);
    if !has_errors(&compilation.diagnostics) {
        let lowered = lower::lower(&mut model, catalogue, &mut compilation.diagnostics);
        graph::check(&model, catalogue, &lowered, &mut compilation.diagnostics);
        if !has_errors(&compilation.diagnostics) {
            let binary = binary::write(&model, catalogue, &lowered, &compilation.sources);
            // The engine's own check is the last word; a policy that it refuses must not leave this tool.
            if let Err(error) = trivet_policy::Policy::load(&binary) {
                let message = format!("the policy does not fit the engine: {error}");
                compilation
                    .diagnostics
                    .push(Diagnostic::error(Span::default(), message));
            } else {
                compilation.binary = Some(binary);
                compilation.model = Some(model);
            }
        }
    }
    compilation
        .diagnostics
        .sort_by_key(|found| (found.span.file, found.span.start, found.severity));
    compilation
}

/// Parses the first file and all that it includes, each once, at the place of its first `include`.
fn read_all(
    loader: &dyn Loader,
    name: &str,
    options: &[&str],
    sources: &mut Sources,
    mentioned: &mut Vec<String>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Item> {
    let first = match loader.load(name) {
        Ok(text) => sources.add(name.to_owned(), text),
        Err(error) => {
            let file = sources.add(name.to_owned(), String::new());
            let span = Span {
                file,
                start: 0,
                end: 0,
            };
            diagnostics.push(Diagnostic::error(span, format!("cannot read {name}: {error}")));
            return Vec::new();
        }
    };
    let text = sources.file(first).text.clone();
    let mut result = Vec::new();
    // Statements still to be taken, the next one last: an included file's statements take the place of its `include`.
    // With each goes whether tests beside it are run.
    let mut pending: Vec<(Item, bool)> = parse(first, &text, diagnostics)
        .into_iter()
        .rev()
        .map(|item| (item, true))
        .collect();
    while let Some((item, tests)) = pending.pop() {
        if let ItemKind::When { option, items } = item.kind {
            if options.contains(&option.value.as_str()) {
                pending.extend(items.into_iter().rev().map(|item| (item, tests)));
            }
            if !mentioned.contains(&option.value) {
                mentioned.push(option.value);
            }
            continue;
        }
        let ItemKind::Include {
            file: path,
            with_tests,
        } = &item.kind
        else {
            if tests || !matches!(item.kind, ItemKind::Test(_)) {
                result.push(item);
            }
            continue;
        };
        let from = sources.file(item.span.file).name.clone();
        let Some(name) = included_name(&from, &path.value) else {
            let found = Diagnostic::error(
                path.span,
                "an included file is named relative to the including one",
            );
            diagnostics.push(found.help("leave out the leading `/`"));
            continue;
        };
        if sources.find(&name).is_some() {
            continue;
        }
        if sources.iter().count() >= MAX_FILES {
            diagnostics.push(Diagnostic::error(
                path.span,
                format!("a policy has at most {MAX_FILES} files"),
            ));
            continue;
        }
        match loader.load(&name) {
            Ok(text) if text.len() <= MAX_FILE_BYTES => {
                let file = sources.add(name, text.clone());
                let tests = tests && *with_tests;
                pending.extend(
                    parse(file, &text, diagnostics)
                        .into_iter()
                        .rev()
                        .map(|item| (item, tests)),
                );
            }
            Ok(_) => diagnostics.push(Diagnostic::error(path.span, format!("{name} is too long"))),
            Err(error) => {
                let known: Vec<String> = sources.iter().map(|(_, file)| file.name.clone()).collect();
                let found = Diagnostic::error(path.span, format!("cannot read {name}: {error}"));
                diagnostics.push(match did_you_mean(&name, known.iter().map(String::as_str)) {
                    Some(near) => found.help(format!("did you mean `{near}`?")),
                    None => found,
                });
            }
        }
    }
    result
}
