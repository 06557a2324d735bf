//! The interface compiler: reads `interfaces/**/*.idl`, checks them, and makes everything that comes from them.
//!
//! `load_dir` gives the [`Model`], a plain description of every interface; the policy compiler takes the names and
//! numbers from it. `golden` keeps numbers fixed. Note 0010 under `docs/notes/` has the language.
#![deny(unsafe_code)]

use std::path::Path;

mod ast;
pub mod c;
mod check;
mod diagnostics;
pub mod docs;
pub mod errno;
pub mod golden;
mod lexer;
pub mod model;
mod parse;
pub mod rust;
mod source;

pub use diagnostics::{Diagnostic, Errors};
pub use model::Model;
pub use source::{FileId, SourceFile, Sources, Span};

/// Why a folder of interfaces could not be loaded.
#[derive(Debug)]
pub enum LoadError {
    /// A file or folder could not be read.
    Read(std::io::Error),
    /// The interfaces have errors; their `Display` points into the source.
    Invalid(Box<Errors>),
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LoadError::Read(error) => write!(formatter, "cannot read the interfaces: {error}"),
            LoadError::Invalid(errors) => errors.fmt(formatter),
        }
    }
}

impl std::error::Error for LoadError {}

/// Reads and checks each `.idl` file in `directory` and in the folders in it.
pub fn load_dir(directory: impl AsRef<Path>) -> Result<Model, LoadError> {
    let sources = Sources::read_dir(directory.as_ref()).map_err(LoadError::Read)?;
    compile(sources).map_err(|errors| LoadError::Invalid(Box::new(errors)))
}

/// Checks sources that are in memory.
pub fn compile(sources: Sources) -> Result<Model, Errors> {
    let mut files = Vec::new();
    let mut diagnostics = Vec::new();
    for (id, file) in sources.iter() {
        match parse::parse(id, &file.text) {
            Ok(tree) => files.push((id, tree)),
            Err(diagnostic) => diagnostics.push(diagnostic),
        }
    }
    if diagnostics.is_empty() {
        match check::check(&sources, &files) {
            Ok(model) => return Ok(model),
            Err(found) => diagnostics = found,
        }
    }
    Err(Errors { sources, diagnostics })
}
