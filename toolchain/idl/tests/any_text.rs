//! Any text is accepted or refused with a diagnostic; nothing panics.

use proptest::prelude::*;
use trivet_idl::{Sources, c, compile, docs, golden, rust};

const EXAMPLE: &str = r#"//! Files.

/// How.
flags How: u64 { WRITE = 0x1, CREATE = 1 << 6 }
/// Bound.
const MOST: u64 = 4096;

/// A file.
interface File = 40 {
    /// What it is.
    enum Kind: u32 { Plain = 0, Folder = 1 }
    /// Figures.
    struct Figures { size: u64, kind: Kind, links: u32, spare: [u8; 8] }

    /// Opens.
    waits method open = 0 (in path: name[..MOST], how: How, base: handle File) -> (file: handle File, kind: Kind)
        errors { ENOENT, EACCES } danger "gives contents";
    /// Reads the figures.
    repeatable method figures = 1 () -> (out figures: Figures, out rest: [u32; ..16], count: u64)
        errors {} danger "none";
}
"#;

/// Compiles, and makes everything that can be made, or renders the errors.
fn use_all(text: &str) {
    let mut sources = Sources::default();
    sources.add("any.idl", text);
    match compile(sources) {
        Ok(model) => {
            let golden = golden::text(&model);
            assert!(golden::compare(&golden, &golden).is_empty());
            assert!(!rust::client(&model).is_empty() || model.interfaces.is_empty());
            rust::service(&model);
            rust::asynchronous(&model);
            c::headers(&model);
            docs::pages(&model);
        }
        Err(errors) => {
            assert!(!errors.diagnostics.is_empty());
            assert!(!errors.render(false).is_empty());
            errors.render(true);
        }
    }
}

#[test]
fn the_example_compiles() {
    let mut sources = Sources::default();
    sources.add("example.idl", EXAMPLE);
    if let Err(errors) = compile(sources) {
        panic!("{errors}");
    }
}

/// Pieces of the language, for texts that get far into the checker.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z_]{1,8}",
        "[0-9]{1,22}",
        "0x[0-9a-f]{1,18}",
        prop::sample::select(vec![
            "interface",
            "kernel",
            "method",
            "repeatable",
            "waits",
            "in",
            "out",
            "handle",
            "slot",
            "name",
            "bytes",
            "struct",
            "enum",
            "flags",
            "const",
            "errors",
            "danger",
            "any",
            "u8",
            "u64",
            "bool",
            "ENOENT",
            "{",
            "}",
            "(",
            ")",
            "[",
            "]",
            ";",
            ":",
            ",",
            "=",
            "..",
            "->",
            "<<",
            "\"x\"",
            "/// d\n",
            "//! d\n",
            "// c\n",
        ])
        .prop_map(str::to_owned),
    ]
}

proptest! {
    #[test]
    fn any_text_is_accepted_or_refused(text in "\\PC*") {
        use_all(&text);
    }

    #[test]
    fn any_pieces_are_accepted_or_refused(pieces in prop::collection::vec(piece(), 0..60)) {
        use_all(&pieces.join(" "));
    }

    #[test]
    fn a_changed_example_is_accepted_or_refused(
        start in 0..EXAMPLE.len(),
        length in 0usize..40,
        with in prop_oneof![piece(), "\\PC{0,6}"],
    ) {
        let end = (start + length).min(EXAMPLE.len());
        let mut text = EXAMPLE.to_owned();
        text.replace_range(start..end, &with);
        use_all(&text);
    }
}
