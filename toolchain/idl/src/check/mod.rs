//! The checker: syntax trees to the `Model`, or every error that they hold.
//!
//! `check` is the entry. Names are resolved and layouts computed by `types.rs`; methods, words and errors by
//! `methods.rs`; this file checks what concerns whole interfaces: numbers, names, documentation.

mod methods;
mod types;

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::ast;
use crate::diagnostics::Diagnostic;
use crate::model::{Interface, Model, Source};
use crate::source::{FileId, Sources, Span};

/// Interfaces below this number are the kernel's.
pub const FIRST_SERVER_INTERFACE: u64 = 32;
/// The largest method number: two bits of a mask stay free.
pub const LAST_METHOD: u64 = 61;
/// Words of a message.
pub const WORD_COUNT: usize = 6;
/// Handles that a message carries at most.
pub const MAX_HANDLES: u64 = 253;
/// Bytes that a message carries each way at most.
pub const MAX_BYTES: u64 = 0x7fff_f000;

/// What the parts of the checker share.
struct Checker<'a> {
    sources: &'a Sources,
    diagnostics: Vec<Diagnostic>,
    /// Names of all interfaces.
    interfaces: HashMap<&'a str, &'a ast::Interface>,
    /// Definitions outside of interfaces.
    shared: BTreeMap<&'a str, &'a ast::Definition>,
}

impl<'a> Checker<'a> {
    fn error(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn source(&self, span: Span) -> Source {
        let file = self.sources.file(span.file);
        let line = file.text[..span.start]
            .bytes()
            .filter(|byte| *byte == b'\n')
            .count()
            + 1;
        Source {
            path: file.path.clone(),
            line,
        }
    }

    /// Refuses an item without documentation.
    fn need_doc(&mut self, doc: &str, what: &str, name: &ast::Name) {
        if doc.trim().is_empty() {
            self.error(
                Diagnostic::new(format!("{what} `{}` has no documentation", name.value), name.span)
                    .help("write a line `/// ...` in front of it that says what it is or does"),
            );
        }
    }

    /// Refuses a name that is not in the case that the generated code needs.
    fn need_case(&mut self, name: &ast::Name, case: Case) {
        if !case.fits(&name.value) {
            self.error(
                Diagnostic::new(
                    format!("`{}` is not {}", name.value, case.description()),
                    name.span,
                )
                .help("stubs in Rust and C take the name as it is written"),
            );
        }
        if RESERVED.contains(&name.value.as_str()) {
            self.error(Diagnostic::new(
                format!(
                    "`{}` is a keyword of Rust or C, or a name that the stubs use",
                    name.value
                ),
                name.span,
            ));
        }
    }

    /// Refuses the second of two equal names.
    fn need_unique<'n>(&mut self, names: impl Iterator<Item = &'n ast::Name>, what: &str) {
        let mut seen: HashMap<&str, Span> = HashMap::new();
        for name in names {
            if let Some(first) = seen.insert(&name.value, name.span) {
                self.error(
                    Diagnostic::new(format!("{what} `{}` exists already", name.value), name.span)
                        .other(first, "first here"),
                );
            }
        }
    }
}

/// How a name is written.
#[derive(Clone, Copy)]
enum Case {
    /// `MapFlags`
    Type,
    /// `map_read`
    Value,
    /// `NO_REPLACE`
    Constant,
}

impl Case {
    fn fits(self, name: &str) -> bool {
        let first = name.chars().next().unwrap_or('_');
        match self {
            Case::Type => first.is_ascii_uppercase() && !name.contains('_'),
            Case::Value => first.is_ascii_lowercase() && !name.chars().any(|c| c.is_ascii_uppercase()),
            Case::Constant => first.is_ascii_uppercase() && !name.chars().any(|c| c.is_ascii_lowercase()),
        }
    }

    fn description(self) -> &'static str {
        match self {
            Case::Type => "written as a type (`MapFlags`)",
            Case::Value => "written as a value (`map_read`)",
            Case::Constant => "written as a constant (`NO_REPLACE`)",
        }
    }
}

/// Words that neither Rust nor C takes as a name, then names that the stubs use themselves.
#[rustfmt::skip]
const RESERVED: &[&str] = &[
    "abstract", "as", "asm", "async", "auto", "await", "become", "box", "break", "case", "char", "const", "continue", "crate",
    "default", "do", "double", "dyn", "else", "enum", "extern", "false", "final", "float", "fn", "for", "gen", "goto", "if", "impl",
    "in", "inline", "int", "let", "long", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "register", "restrict", "return", "self", "short", "signed", "sizeof", "static", "struct", "super", "switch", "trait", "true",
    "try", "type", "typedef", "typeof", "union", "unsafe", "unsigned", "unsized", "use", "virtual", "void", "volatile", "where",
    "while", "yield",
    "on", "with", "outcome", "extension_block", "gather_segments", "scatter_segments", "sent_handles", "installed_handles",
    "message_words", "call_extension", "call_result", "request", "service", "decoder", "reply", "answer",
];

/// Checks all files together.
pub fn check(sources: &Sources, files: &[(FileId, ast::File)]) -> Result<Model, Vec<Diagnostic>> {
    let mut checker = Checker {
        sources,
        diagnostics: Vec::new(),
        interfaces: HashMap::new(),
        shared: BTreeMap::new(),
    };
    let all: Vec<&ast::Interface> = files.iter().flat_map(|(_, file)| &file.interfaces).collect();
    let shared: Vec<&ast::Definition> = files.iter().flat_map(|(_, file)| &file.shared).collect();

    for (id, file) in files {
        if file.doc.trim().is_empty() {
            let span = Span {
                file: *id,
                start: 0,
                end: 0,
            };
            checker.error(
                Diagnostic::new("the file has no `//!` line", span)
                    .help("open it with `//! ...`: what these interfaces are for"),
            );
        }
    }
    checker.need_unique(all.iter().map(|interface| &interface.name), "interface");
    checker.need_unique(shared.iter().map(|definition| &definition.name), "definition");
    check_numbers(&mut checker, &all);
    checker.interfaces = all
        .iter()
        .map(|interface| (interface.name.value.as_str(), *interface))
        .collect();
    checker.shared = shared
        .iter()
        .map(|definition| (definition.name.value.as_str(), *definition))
        .collect();

    let mut model = Model {
        files: files
            .iter()
            .map(|(id, file)| (sources.file(*id).path.clone(), file.doc.clone()))
            .collect(),
        ..Model::default()
    };
    (model.shared_types, model.shared_constants) = types::definitions(&mut checker, None, &shared);
    for interface in &all {
        let checked = check_interface(&mut checker, interface);
        model.interfaces.push(checked);
    }
    model.interfaces.sort_by_key(|interface| interface.number);
    if checker.diagnostics.is_empty() {
        Ok(model)
    } else {
        Err(checker.diagnostics)
    }
}

/// Interface numbers: in their range, each only once.
fn check_numbers(checker: &mut Checker<'_>, interfaces: &[&ast::Interface]) {
    let mut seen: HashMap<u64, Span> = HashMap::new();
    for interface in interfaces {
        let number = interface.number.value;
        if let Some(first) = seen.insert(number, interface.number.span) {
            checker.error(
                Diagnostic::new(
                    format!("interface number {number} is taken"),
                    interface.number.span,
                )
                .other(first, "first here")
                .help("numbers are fixed for ever: choose the next free one"),
            );
        }
        let fits = if interface.kernel {
            (1..FIRST_SERVER_INTERFACE).contains(&number)
        } else {
            (FIRST_SERVER_INTERFACE..=u64::from(u16::MAX)).contains(&number)
        };
        if !fits {
            checker.error(
                Diagnostic::new(
                    format!("interface number {number} is out of range"),
                    interface.number.span,
                )
                .help("1 to 31 are kernel interfaces, 32 to 65535 those of servers"),
            );
        }
    }
}

fn check_interface<'a>(checker: &mut Checker<'a>, interface: &'a ast::Interface) -> Interface {
    checker.need_doc(&interface.doc, "interface", &interface.name);
    checker.need_case(&interface.name, Case::Type);
    let definitions: Vec<&ast::Definition> = interface.definitions.iter().collect();
    checker.need_unique(
        definitions.iter().map(|definition| &definition.name),
        "definition",
    );
    for definition in &definitions {
        if let Some(shared) = checker.shared.get(definition.name.value.as_str()) {
            let diagnostic = Diagnostic::new(
                format!(
                    "`{}` is also a definition outside of the interface",
                    definition.name.value
                ),
                definition.name.span,
            )
            .other(shared.name.span, "defined here for every interface");
            checker.error(diagnostic);
        }
    }
    checker.need_unique(interface.methods.iter().map(|method| &method.name), "method");
    let mut numbers: HashMap<u64, Span> = HashMap::new();
    for method in &interface.methods {
        if let Some(first) = numbers.insert(method.number.value, method.number.span) {
            checker.error(
                Diagnostic::new(
                    format!("method number {} is taken", method.number.value),
                    method.number.span,
                )
                .other(first, "first here")
                .help("numbers are fixed for ever: append the method with the next free one"),
            );
        }
    }
    if interface.methods.is_empty() {
        checker.error(Diagnostic::new(
            "an interface has at least one method",
            interface.name.span,
        ));
    }
    let (types, constants) = types::definitions(checker, Some(interface), &definitions);
    let mut methods: Vec<_> = interface
        .methods
        .iter()
        .map(|method| methods::method(checker, interface, method))
        .collect();
    methods.sort_by_key(|method| method.number);
    Interface {
        name: interface.name.value.clone(),
        number: u16::try_from(interface.number.value).unwrap_or_default(),
        kernel: interface.kernel,
        doc: interface.doc.clone(),
        types,
        constants,
        methods,
        source: checker.source(interface.name.span),
    }
}

/// The candidate that is spelled most like `wanted`, if one is near.
fn nearest<'n>(wanted: &str, candidates: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let mut seen = HashSet::new();
    candidates
        .filter(|candidate| seen.insert(*candidate))
        .map(|candidate| (edit_distance(wanted, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len().max(wanted.len()) / 3).max(1))
        .min()
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions and replacements that turn one text into the other.
fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
