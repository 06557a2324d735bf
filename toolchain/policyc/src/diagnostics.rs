//! What is wrong, or doubtful, in a policy; shown with the place in the source.

use std::fmt::Write as _;

use ariadne::{CharSet, Color, Config, IndexType, Label, Report, ReportKind};

use crate::source::{Sources, Span};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The policy compiles, but something in it does nothing or is likely a mistake.
    Warning,
    /// The policy does not compile.
    Error,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What is the matter, in one sentence.
    pub message: String,
    /// Where.
    pub span: Span,
    /// Said at the place itself; may be empty.
    pub label: String,
    /// Other places that belong to it.
    pub related: Vec<(Span, String)>,
    /// What to do.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error.
    pub fn error(span: Span, message: impl Into<String>) -> Self {
        Diagnostic {
            severity: Severity::Error,
            message: message.into(),
            span,
            label: String::new(),
            related: Vec::new(),
            help: None,
        }
    }

    /// A warning.
    pub fn warning(span: Span, message: impl Into<String>) -> Self {
        Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::error(span, message)
        }
    }

    /// Says something at the place itself.
    #[must_use]
    pub fn at(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Points to another place.
    #[must_use]
    pub fn see(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push((span, text.into()));
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Source text as ariadne asks for it.
struct Cache {
    files: Vec<(String, ariadne::Source<String>)>,
}

impl ariadne::Cache<usize> for &mut Cache {
    type Storage = String;

    fn fetch(&mut self, id: &usize) -> Result<&ariadne::Source<String>, impl std::fmt::Debug> {
        self.files
            .get(*id)
            .map(|(_, source)| source)
            .ok_or("no such file")
    }

    fn display<'a>(&self, id: &'a usize) -> Option<impl std::fmt::Display + 'a> {
        self.files.get(*id).map(|(name, _)| name.clone())
    }
}

/// All findings as text for people, with colours if wanted.
#[must_use]
pub fn render(diagnostics: &[Diagnostic], sources: &Sources, colour: bool) -> String {
    let mut cache = Cache {
        files: sources
            .iter()
            .map(|(_, file)| (file.name.clone(), file.text.clone().into()))
            .collect(),
    };
    let config = Config::default()
        .with_color(colour)
        .with_index_type(IndexType::Byte)
        .with_char_set(CharSet::Ascii);
    let mut text = Vec::new();
    for diagnostic in diagnostics {
        let (kind, tint) = match diagnostic.severity {
            Severity::Warning => (ReportKind::Warning, Color::Yellow),
            Severity::Error => (ReportKind::Error, Color::Red),
        };
        let place = |span: Span| (span.file.0, span.start..span.end.max(span.start));
        let mut main = Label::new(place(diagnostic.span)).with_color(tint);
        if !diagnostic.label.is_empty() {
            main = main.with_message(&diagnostic.label);
        }
        let mut report = Report::build(kind, place(diagnostic.span))
            .with_config(config)
            .with_message(&diagnostic.message)
            .with_label(main);
        for (span, note) in &diagnostic.related {
            report = report.with_label(
                Label::new(place(*span))
                    .with_message(note)
                    .with_color(Color::Blue),
            );
        }
        if let Some(help) = &diagnostic.help {
            report = report.with_help(help);
        }
        if report.finish().write(&mut cache, &mut text).is_err() {
            text.extend_from_slice(diagnostic.message.as_bytes());
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// The same on one line each, `file:line: error: message`, for tools.
#[must_use]
pub fn render_short(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        let severity = match diagnostic.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let file = &sources.file(diagnostic.span.file).name;
        let line = sources.line(diagnostic.span);
        let _ = writeln!(text, "{file}:{line}: {severity}: {}", diagnostic.message);
    }
    text
}

/// The candidate that looks most like `name`, if one is near enough to be a misspelling.
#[must_use]
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| {
            (
                edit_distance(&name.to_lowercase(), &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, candidate)| *distance <= 1 + name.len().max(candidate.len()) / 4)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other.
fn edit_distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=to.len()).collect()];
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let replaced = rows[i][j] + usize::from(a != b);
            let mut best = replaced.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_names_find_their_neighbour() {
        assert_eq!(did_you_mean("flie", ["file", "folder"]), Some("file"));
        assert_eq!(did_you_mean("consol", ["app", "console"]), Some("console"));
        assert_eq!(did_you_mean("network", ["app", "tmp"]), None);
    }

    #[test]
    fn findings_point_at_their_line() {
        let mut sources = Sources::default();
        let file = sources.add(
            "a.policy".into(),
            "domain app;\nallow app -> tpm: File.read;\n".into(),
        );
        let span = Span {
            file,
            start: 25,
            end: 28,
        };
        let found = [Diagnostic::error(span, "unknown label `tpm`").help("did you mean `tmp`?")];
        let text = render(&found, &sources, false);
        assert!(
            text.contains("a.policy:2:14") && text.contains("did you mean `tmp`?"),
            "{text}"
        );
        assert_eq!(
            render_short(&found, &sources),
            "a.policy:2: error: unknown label `tpm`\n"
        );
    }
}
