//! The policy compiler: reads the policy language, checks it, writes the binary form that the kernel loads, and runs the tests inside a policy.
//!
//! [`compile`] goes the whole way; [`check_file`] and [`test_file`] are what `trivet policy check` and
//! `trivet policy test` print. The language is described in docs/policy-language.md, its reasons in note 0020.
#![forbid(unsafe_code)]

mod binary;
pub mod catalogue;
mod command;
mod compile;
pub mod diagnostics;
pub mod fields;
mod graph;
mod lexer;
mod lower;
pub mod model;
mod parse;
mod resolve;
pub mod source;
pub mod syntax;
mod testing;

pub use catalogue::Catalogue;
pub use command::{check_file, compile_file, compile_file_with, test_file};
pub use compile::{Compilation, compile, compile_with};
pub use diagnostics::{Diagnostic, Severity};
pub use source::{FolderLoader, Loader, MemoryLoader};
pub use testing::{TestResult, run_tests};
