//! What is generated compiles: C headers by the host's gcc with every warning an error, and runs as far as a host can.

use std::path::{Path, PathBuf};
use std::process::Command;

use trivet_idl::{c, docs, load_dir};

fn model() -> trivet_idl::Model {
    load_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../interfaces"))
        .unwrap_or_else(|error| panic!("{error}"))
}

/// A fresh folder below cargo's own for tests.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(folder.join("trivet")).expect("a folder for the test");
    folder
}

/// Compiles and runs `program` with all headers; answers its exit status.
fn run_c(name: &str, program: &str) -> i32 {
    let folder = folder(name);
    let mut source = String::new();
    for (file, text) in c::headers(&model()) {
        std::fs::write(folder.join("trivet").join(&file), text).expect("a header");
        source.push_str(&format!("#include <trivet/{file}>\n"));
    }
    source.push_str(program);
    std::fs::write(folder.join("program.c"), source).expect("a program");
    let output = Command::new("gcc")
        .args([
            "-std=c11",
            "-O2",
            "-Wall",
            "-Wextra",
            "-Wpedantic",
            "-Wno-overlength-strings",
            "-Werror",
            "-I.",
        ])
        .args(["program.c", "-o", "program"])
        .current_dir(&folder)
        .output()
        .expect("gcc");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Command::new(folder.join("program"))
        .status()
        .expect("the program")
        .code()
        .unwrap_or(-1)
}

#[test]
fn c_headers_compile_and_a_call_on_another_system_is_enosys() {
    let program = r#"
int main(void) {
    int64_t offset = 7;
    int result = trivet_file_seek(TRIVET_DEFAULT, 0, 5, TRIVET_FILE_WHENCE_START, &offset);
    if (result != -38 || offset != 7) return 1;
    char byte = 9;
    uint64_t count = 3;
    result = trivet_file_read(TRIVET_INTERRUPTIBLE, 0, 1, &byte, 1, &count);
    if (result != -38 || byte != 9 || count != 3) return 2;
    struct trivet_received received = trivet_receive(4, 0);
    if (received.kind != -38) return 3;
    const uint64_t words[6] = {0};
    if (trivet_reply(1, 0, words, "x", 1) != -38) return 4;
    return 0;
}
"#;
    assert_eq!(run_c("calls", program), 0);
}

#[test]
fn c_structs_have_the_layout_of_the_interface() {
    let program = r#"
int main(void) {
    if (sizeof(struct trivet_file_attributes) != 144) return 1;
    if (offsetof(struct trivet_file_attributes, size) != 48) return 2;
    return TRIVET_OPEN_FLAGS_CREATE == 0x40 ? 0 : 3;
}
"#;
    assert_eq!(run_c("layouts", program), 0);
}

#[test]
fn the_c_service_of_the_tutorial_answers_as_its_interface_says() {
    let folder = folder("adder");
    for (file, text) in c::headers(&model()) {
        std::fs::write(folder.join("trivet").join(&file), text).expect("a header");
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/tutorial/adder/test.c");
    let program = folder.join("adder-test");
    let output = Command::new("gcc")
        .args(["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-I"])
        .arg(&folder)
        .arg(source)
        .arg("-o")
        .arg(&program)
        .output()
        .expect("gcc");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let output = Command::new(&program).output().expect("the test program");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

#[test]
fn every_interface_has_a_page_with_each_method() {
    let model = model();
    let pages = docs::pages(&model);
    for interface in &model.interfaces {
        let page = pages
            .iter()
            .find(|(_, text)| text.starts_with(&format!("# {}\n", interface.name)))
            .unwrap_or_else(|| panic!("no page for {}", interface.name));
        for method in &interface.methods {
            assert!(
                page.1.contains(&format!("### {}\n", method.name)),
                "{}.{}",
                interface.name,
                method.name
            );
        }
    }
    let index = &pages
        .iter()
        .find(|(name, _)| name == "README.md")
        .expect("an index")
        .1;
    assert_eq!(
        index.lines().filter(|line| line.contains(".md) |")).count(),
        model.interfaces.len()
    );
}
