//! What the language accepts and refuses, each rule by a small source text.

use trivet_idl::model::{Type, WordType};
use trivet_idl::{Model, Sources, compile};

fn model_of(text: &str) -> Result<Model, String> {
    let mut sources = Sources::default();
    sources.add("test.idl", text);
    compile(sources).map_err(|errors| errors.render(false))
}

/// Puts methods and types into an interface, so that a test shows only what it is about.
fn interface(body: &str) -> String {
    format!("//! Test.\n/// Test.\ninterface Test = 40 {{ {body} }}")
}

fn method(signature: &str) -> String {
    interface(&format!(
        "/// Does it.\n method go = 0 {signature} errors {{ EINVAL }} danger \"none\";"
    ))
}

#[track_caller]
fn refused(text: &str, message: &str) {
    let error = model_of(text).expect_err("the text was accepted");
    assert!(error.contains(message), "expected `{message}` in:\n{error}");
}

#[track_caller]
fn accepted(text: &str) -> Model {
    model_of(text).unwrap_or_else(|error| panic!("{error}"))
}

const EXAMPLE: &str = r#"//! Memory objects: what can be mapped.

/// An address space.
kernel interface AddressSpace = 2 {
    /// Nothing.
    method nothing = 0 () errors {} danger "none";
}

/// Contents that address spaces map.
kernel interface Memory = 3 {
    /// How a mapping is placed.
    flags MapFlags: u64 { FIXED = 0x1, NO_REPLACE = 0x2, POPULATE = 1 << 2 }
    /// Kinds.
    enum Kind: u64 { Anonymous = 0, Pager = 1 }
    /// Figures.
    struct Info { size: u64, committed: u64 }

    /// Maps a range of this memory, readable.
    method map_read = 0 (space: slot AddressSpace, offset: u64, length: u64, address: u64, flags: MapFlags) -> (address_mapped: u64)
        errors { EINVAL, ENOMEM, EACCES }
        danger "the caller reads this memory's contents from then on";

    /// Reads the object's figures.
    repeatable method info = 9 () -> (out info: Info)
        errors { EBADF }
        danger "none beyond the figures themselves";
}
"#;

#[test]
fn words_follow_the_order_of_the_arguments() {
    let model = accepted(EXAMPLE);
    let memory = model.interface("Memory").unwrap();
    let map = memory.method("map_read").unwrap();
    let names: Vec<&str> = map.words.iter().map(|word| word.name.as_str()).collect();
    assert_eq!(names, ["space", "offset", "length", "address", "flags"]);
    assert_eq!(
        map.words[0].ty,
        WordType::Argument(Type::Slot(Some("AddressSpace".into())))
    );
    assert!(memory.method("info").unwrap().repeatable);
    assert_eq!(memory.method_mask(), 1 | 1 << 9);
    let errors: Vec<u16> = map.errors.iter().map(|errno| errno.number).collect();
    assert_eq!(errors, [12, 13, 22]);
}

#[test]
fn lengths_of_all_variable_in_arguments_but_the_last_take_words() {
    let model = accepted(&method(
        "(in from: name[..4096], flags: u32, in to: name[..4096])",
    ));
    let go = model.interfaces[0].method("go").unwrap();
    let names: Vec<&str> = go.words.iter().map(|word| word.name.as_str()).collect();
    assert_eq!(names, ["flags", "from_length"]);
    assert_eq!(go.names, ["from", "to"]);
}

#[test]
fn handles_take_no_word() {
    let model = accepted(&method("(file: handle Test, offset: u64) -> (other: handle any)"));
    let go = model.interfaces[0].method("go").unwrap();
    assert_eq!(go.words.len(), 1);
    assert_eq!((go.handles_in().len(), go.handles_out().len()), (1, 1));
}

#[test]
fn more_than_six_words_are_refused_with_advice() {
    refused(
        &method("(a: u64, b: u64, c: u64, d: u64, e: u64, f: u64, g: u64)"),
        "struct",
    );
    accepted(&method("(a: u64, b: u64, c: u64, d: u64, e: u64, f: u64)"));
}

#[test]
fn missing_documentation_is_refused() {
    refused(
        "/// T.\ninterface Test = 40 { /// D.\n method go = 0 () errors {} danger \"x\"; }",
        "//!",
    );
    refused(
        "//! T\ninterface Test = 40 { /// D.\n method go = 0 () errors {} danger \"x\"; }",
        "no documentation",
    );
    refused(
        &interface("method go = 0 () errors {} danger \"x\";"),
        "no documentation",
    );
}

#[test]
fn missing_errors_and_danger_are_refused() {
    refused(
        &interface("/// D.\n method go = 0 () danger \"x\";"),
        "does not say its errors",
    );
    refused(
        &interface("/// D.\n method go = 0 () errors {};"),
        "does not say its danger",
    );
}

#[test]
fn unknown_errors_get_a_suggestion() {
    refused(
        &interface("/// D.\n method go = 0 () errors { ENOEMT } danger \"x\";"),
        "ENOENT",
    );
}

#[test]
fn unknown_types_get_a_suggestion() {
    refused(&method("(flags: u46)"), "did you mean");
    refused(&method("(file: Test)"), "handle Test");
}

#[test]
fn padding_is_refused_with_the_bytes_that_are_missing() {
    refused(
        &interface(
            "/// S.\n struct S { a: u32, b: u64 } /// D.\n method go = 0 (in s: S) errors {} danger \"x\";",
        ),
        "reserved: [u8; 4]",
    );
    refused(
        &interface(
            "/// S.\n struct S { a: u64, b: u8 } /// D.\n method go = 0 (in s: S) errors {} danger \"x\";",
        ),
        "reserved: [u8; 7]",
    );
}

#[test]
fn a_struct_that_holds_itself_is_refused() {
    refused(
        &interface("/// S.\n struct S { a: S } /// D.\n method go = 0 (in s: S) errors {} danger \"x\";"),
        "holds itself",
    );
}

#[test]
fn numbers_are_unique_and_in_range() {
    refused(
        &interface("/// D.\n method go = 62 () errors {} danger \"x\";"),
        "out of range",
    );
    refused(
        &interface(
            "/// D.\n method a = 1 () errors {} danger \"x\"; /// D.\n method b = 1 () errors {} danger \"x\";",
        ),
        "is taken",
    );
    refused(
        "//! T\n/// D.\ninterface A = 31 { /// D.\n method go = 0 () errors {} danger \"x\"; }",
        "out of range",
    );
    refused(
        "//! T\n/// D.\nkernel interface A = 32 { /// D.\n method go = 0 () errors {} danger \"x\"; }",
        "out of range",
    );
}

#[test]
fn servers_take_no_slots_and_kernel_objects_no_names() {
    refused(&method("(space: slot Test)"), "only kernel interfaces take slots");
    refused(
        "//! T\n/// D.\nkernel interface A = 3 { /// D.\n method go = 0 (in n: name[..3]) errors {} danger \"x\"; }",
        "no names",
    );
}

#[test]
fn only_the_last_out_is_variable() {
    refused(
        &method("() -> (out a: bytes[..4], out b: bytes[..4])"),
        "only the last",
    );
    accepted(&interface(
        "/// S.\n struct S { a: u64 } /// D.\n method go = 0 () -> (out s: S, out b: bytes[..4]) errors {} danger \"x\";",
    ));
}

#[test]
fn bulk_data_needs_its_direction() {
    refused(&method("(data: bytes[..4])"), "write `in data");
    refused(&method("(out data: bytes[..4])"), "stands in the results");
}

#[test]
fn enum_values_are_unique_and_flags_not_zero() {
    refused(
        &interface(
            "/// E.\n enum E: u8 { A = 1, B = 1 } /// D.\n method go = 0 (e: E) errors {} danger \"x\";",
        ),
        "is taken",
    );
    refused(
        &interface("/// F.\n flags F: u8 { A = 0 } /// D.\n method go = 0 (f: F) errors {} danger \"x\";"),
        "at least one bit",
    );
    refused(
        &interface(
            "/// F.\n flags F: u8 { A = 0x100 } /// D.\n method go = 0 (f: F) errors {} danger \"x\";",
        ),
        "does not fit",
    );
}

#[test]
fn a_word_that_is_a_name_is_listed() {
    let model = accepted(&method("(process: name u64, signal: u32)"));
    assert_eq!(model.interfaces[0].methods[0].names, ["process"]);
}

#[test]
fn diagnostics_point_into_the_source() {
    let error = model_of(&interface(
        "/// D.\n method go = 0 (a u64) errors {} danger \"x\";",
    ))
    .unwrap_err();
    assert!(
        error.contains("test.idl") && error.contains("expected `:`"),
        "{error}"
    );
}

#[test]
fn keywords_of_rust_and_c_are_no_names() {
    refused(
        &interface("/// D.\n method go = 0 (type: u64) errors {} danger \"x\";"),
        "keyword",
    );
}

#[test]
fn a_type_of_another_interface_is_named_with_it() {
    let other = "/// O.\ninterface Other = 41 { /// E.\n enum Kind: u8 { A = 0 } /// D.\n method go = 0 () errors {} danger \"x\"; }";
    let text = |ty: &str| format!("{}\n{other}", method(&format!("(kind: {ty})")));
    accepted(&text("Other.Kind"));
    refused(&text("Other.Kinb"), "did you mean `Kind`");
    refused(&text("Another.Kind"), "there is no interface `Another`");
    refused(&text("any.Kind"), "names no one interface");
}
