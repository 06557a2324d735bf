//! The binary form does not change by accident: a small policy gives the same bytes as ever, in whatever order the
//! compiler's own tables stand. Where a change is meant, `FORMAT_VERSION` grows and the file is written anew by
//! `TRIVET_WRITE_GOLDEN=1 cargo test -p trivet-policy --test golden`.

#[path = "../../../toolchain/policyc/tests/common/mod.rs"]
mod common;

use std::fmt::Write as _;
use std::path::Path;

const RULES: &str = r#"
allow app -> tmp: File.{read, write};
deny app -> home: File.write;
allow app -> safe: Vault.unlock where code in 3 to 9;
limit few: app -> tmp: File.write to 5 every 2 s per process;
flow order: app -> safe per session { shut: Vault.open -> known; known: Vault.close -> shut on success; }
allow app -> safe: Vault.{open, close};
audit app -> tmp: File.read;
new in home named "*.key" -> safe;
transition app: tmp -> other;
"#;

#[test]
fn the_binary_form_is_stable() {
    let compilation = common::world(RULES);
    let binary = compilation.binary.expect("it compiles");
    let mut text = String::new();
    for line in binary.chunks(32) {
        for byte in line {
            let _ = write!(text, "{byte:02x}");
        }
        text.push('\n');
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/small.hex");
    if std::env::var_os("TRIVET_WRITE_GOLDEN").is_some() {
        std::fs::write(&path, &text).expect("the golden file can be written");
    }
    let golden = std::fs::read_to_string(&path).expect("the golden file is there");
    assert!(golden == text, "the binary form differs from {}", path.display());
}

#[test]
fn equal_policies_are_equal_files() {
    assert_eq!(common::world(RULES).binary, common::world(RULES).binary);
}
