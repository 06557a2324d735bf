//! Errors of a compilation, and how they are shown.
//!
//! A `Diagnostic` points into the source, says what is wrong and what to do. `render` turns a list of them
//! into text by ariadne, with colours only when asked for.

use ariadne::{Config, Label, Report, ReportKind};

use crate::source::{FileId, Sources, Span};

/// One error, with the places that explain it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong, in one sentence.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What stands at `span`; the message itself when empty.
    pub note_at_span: String,
    /// Further places, each with what stands there.
    pub others: Vec<(Span, String)>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at `span`.
    pub fn new(message: impl Into<String>, span: Span) -> Diagnostic {
        Diagnostic {
            message: message.into(),
            span,
            note_at_span: String::new(),
            others: Vec::new(),
            help: None,
        }
    }

    /// Says what stands at the place of the error.
    pub fn at(mut self, note: impl Into<String>) -> Diagnostic {
        self.note_at_span = note.into();
        self
    }

    /// Points to another place.
    pub fn other(mut self, span: Span, note: impl Into<String>) -> Diagnostic {
        self.others.push((span, note.into()));
        self
    }

    /// Says what to do.
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }
}

/// All errors of one compilation, with the sources that they point into.
#[derive(Clone, Debug)]
pub struct Errors {
    /// The files.
    pub sources: Sources,
    /// The errors, in the order in which they were found; at least one.
    pub diagnostics: Vec<Diagnostic>,
}

impl Errors {
    /// The text for a terminal (`colour`) or for a file.
    pub fn render(&self, colour: bool) -> String {
        render(&self.sources, &self.diagnostics, colour)
    }
}

impl std::fmt::Display for Errors {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.render(false))
    }
}

impl std::error::Error for Errors {}

/// Renders `diagnostics` as text.
pub fn render(sources: &Sources, diagnostics: &[Diagnostic], colour: bool) -> String {
    let mut output = Vec::new();
    let name = |id: FileId| sources.file(id).path.display().to_string();
    for diagnostic in diagnostics {
        // ariadne counts characters by default; our spans are bytes.
        let config = Config::default()
            .with_color(colour)
            .with_index_type(ariadne::IndexType::Byte);
        let place = |span: Span| (name(span.file), span.start..span.end.max(span.start));
        let mut report = Report::build(ReportKind::Error, place(diagnostic.span))
            .with_config(config)
            .with_message(&diagnostic.message);
        let at = if diagnostic.note_at_span.is_empty() {
            "here"
        } else {
            &diagnostic.note_at_span
        };
        report = report.with_label(Label::new(place(diagnostic.span)).with_message(at));
        for (span, note) in &diagnostic.others {
            report = report.with_label(Label::new(place(*span)).with_message(note));
        }
        if let Some(help) = &diagnostic.help {
            report = report.with_help(help);
        }
        let cache = ariadne::FnCache::new(|id: &String| {
            sources
                .iter()
                .find(|(_, file)| file.path.display().to_string() == *id)
                .map(|(_, file)| file.text.clone())
                .ok_or_else(|| format!("no source file {id}"))
        });
        if report.finish().write(cache, &mut output).is_err() {
            // Writing into memory fails only when a label names no source; say at least the message.
            output.extend_from_slice(format!("error: {}\n", diagnostic.message).as_bytes());
        }
    }
    String::from_utf8_lossy(&output).into_owned()
}
