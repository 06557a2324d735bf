//! The interfaces of this repository: they load, and no number in the golden file has changed.

use std::path::{Path, PathBuf};

use trivet_idl::golden::{compare, text};
use trivet_idl::load_dir;

fn interfaces() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../interfaces")
}

#[test]
fn the_interfaces_keep_every_number_of_the_golden_file() {
    let model = load_dir(interfaces()).unwrap_or_else(|error| panic!("{error}"));
    let golden = std::fs::read_to_string(interfaces().join("golden.txt")).expect("interfaces/golden.txt");
    let difference = compare(&golden, &text(&model));
    assert!(
        difference.broken.is_empty(),
        "programs that exist would break:\n{difference}"
    );
    assert!(
        difference.added.is_empty(),
        "new numbers; fix them by `cargo run -p trivet-idl -- golden interfaces --write`:\n{difference}"
    );
}

#[test]
fn a_changed_number_is_a_break_and_a_new_one_an_addition() {
    let old = "# x\ninterface A = 40\nA.go = 0 (a: u64)\nflags A.F.B: u64 = 0x1\n";
    let new = "interface A = 40\nA.go = 1 (a: u64)\nA.stop = 2 ()\nflags A.F.B: u64 = 0x1\n";
    let difference = compare(old, new);
    assert_eq!(
        difference.broken,
        [(
            "A.go = 0 (a: u64)".to_owned(),
            Some("A.go = 1 (a: u64)".to_owned())
        )]
    );
    assert_eq!(difference.added, ["A.stop = 2 ()"]);
    let removed = compare(old, "interface A = 40\nflags A.F.B: u64 = 0x1\n");
    assert_eq!(removed.broken, [("A.go = 0 (a: u64)".to_owned(), None)]);
    assert!(compare(old, old).is_empty());
}

#[test]
fn a_struct_with_another_layout_is_a_break() {
    let difference = compare(
        "struct A.S size 8 align 8 { a: u64 @0 }\n",
        "struct A.S size 16 align 8 { a: u64 @0, b: u64 @8 }\n",
    );
    assert_eq!(difference.broken.len(), 1);
}

/// From here on the methods are one kind's own: whoever calls them knows the kind, and the interface's number in the header keeps them apart.
const OWN_METHODS: u8 = 54;

#[test]
fn descriptors_of_two_kinds_share_numbers_only_for_the_same_method() {
    let model = load_dir(interfaces()).unwrap_or_else(|error| panic!("{error}"));
    let (file, socket) = (
        model.interface("File").expect("File"),
        model.interface("Socket").expect("Socket"),
    );
    for method in socket.methods.iter().filter(|method| method.number < OWN_METHODS) {
        let Some(other) = file.methods.iter().find(|other| other.number == method.number) else {
            continue;
        };
        assert_eq!(
            method.name, other.name,
            "number {} means two things",
            method.number
        );
        let words = |method: &trivet_idl::model::Method| method.words.len() + 8 * method.result_words.len();
        assert_eq!(words(method), words(other), "{} travels in two ways", method.name);
        let bulk = |method: &trivet_idl::model::Method| (method.bulk_in().len(), method.bulk_out().len());
        assert_eq!(bulk(method), bulk(other), "{} travels in two ways", method.name);
    }
}
