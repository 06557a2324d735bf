//! Lines from records.

use super::*;
use std::path::Path;

fn lines(filter: &[&str]) -> Lines {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let model = trivet_idl::load_dir(root.join("interfaces")).unwrap();
    Lines::new(model, filter.iter().map(|word| (*word).to_owned()).collect())
}

/// A record as the guest sends it.
fn record(kind: u8, (interface, method): (u16, u8), time_ns: u64, words: [u64; 6], data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; record::BYTES];
    bytes[..8].copy_from_slice(&time_ns.to_le_bytes());
    bytes[8] = 12;
    bytes[16] = 7;
    bytes[32..34].copy_from_slice(&interface.to_le_bytes());
    bytes[34] = method;
    bytes[35] = kind;
    bytes[36] = data.len().min(80) as u8;
    bytes[40..48].copy_from_slice(&(data.len() as u64).to_le_bytes());
    bytes[56] = 5;
    for (index, word) in words.iter().enumerate() {
        bytes[64 + 8 * index..72 + 8 * index].copy_from_slice(&word.to_le_bytes());
    }
    bytes[112..114].copy_from_slice(b"sh");
    let shown = data.len().min(80);
    bytes[128..128 + shown].copy_from_slice(&data[..shown]);
    bytes
}

fn text(lines: Lines, records: &[Vec<u8>]) -> String {
    let mut out = Vec::new();
    lines.run(&records.concat()[..], &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

const OPEN: (u16, u8) = (32, 16);
const READ: (u16, u8) = (32, 0);

#[test]
fn an_open_is_told_with_its_path_flags_and_handle() {
    let request = record(0, OPEN, 100, [0x80041, 0o644, 0o22, 0, 0, 0], b"/tmp/a\x1b");
    let answer = record(1, OPEN, 350, [0o100_000, 0, 0, 0, 0, 0], b"");
    assert_eq!(
        text(lines(&[]), &[request, answer]),
        "sh[12] File.open(5, \"/tmp/a\\x1b\", WRITE_ONLY|CREATE|CLOSE_ON_EXEC, mode 0o644, mask 0o22) = handle 5, kind 32768, remaining 0 <250 ns>\n"
    );
}

#[test]
fn an_error_is_told_by_its_name() {
    let request = record(0, OPEN, 0, [0; 6], b"x");
    let mut answer = record(1, OPEN, 1, [0; 6], b"");
    answer[48] = 2;
    let line = text(lines(&[]), &[request.clone(), answer.clone()]);
    assert!(
        line.contains("= ENOENT (The name does not exist) <1 ns>"),
        "{line}"
    );
    answer[48..56].copy_from_slice(&(-3i64).to_le_bytes());
    let line = text(lines(&[]), &[request, answer]);
    assert!(line.contains("= Denied (not served)"), "{line}");
}

#[test]
fn buffers_are_shortened_and_counted() {
    let request = record(0, READ, 0, [200, 0, 0, 0, 0, 0], b"");
    let answer = record(1, READ, 9, [100, 0, 0, 0, 0, 0], &[b'x'; 100]);
    assert_eq!(
        text(lines(&[]), &[request, answer]),
        format!(
            "sh[12] File.read(5, count 200) = \"{}\"..., count 100 <9 ns>\n",
            "x".repeat(32)
        )
    );
}

#[test]
fn a_filter_keeps_interfaces_and_methods() {
    let records = [
        record(0, READ, 0, [0; 6], b""),
        record(1, READ, 1, [0; 6], b""),
        record(0, OPEN, 2, [0; 6], b"x"),
        record(1, OPEN, 3, [0; 6], b""),
    ];
    assert_eq!(text(lines(&["File"]), &records).lines().count(), 2);
    let kept = text(lines(&["File.open", "Clock"]), &records);
    assert!(kept.lines().count() == 1 && kept.contains("File.open"), "{kept}");
}

#[test]
fn losses_and_calls_without_an_end_are_told() {
    let mut lost = record(2, (0, 0), 0, [0; 6], b"");
    lost[40] = 9;
    let told = text(lines(&[]), &[lost, record(0, READ, 0, [1, 0, 0, 0, 0, 0], b"")]);
    assert_eq!(
        told,
        "9 records lost\nsh[12] File.read(5, count 1) <unfinished>\n"
    );
    let told = text(lines(&[]), &[record(1, READ, 0, [3, 0, 0, 0, 0, 0], b"")]);
    assert_eq!(told, "sh[12] File.read ... = count 3\n");
}

#[test]
fn what_is_no_record_ends_the_trace() {
    let mut wrong = record(7, READ, 0, [0; 6], b"");
    assert!(text(lines(&[]), &[wrong.clone()]).contains("no trace"));
    wrong[35] = 0;
    wrong[36] = 81;
    assert!(text(lines(&[]), &[wrong]).contains("no trace"));
    let unknown = text(lines(&[]), &[record(0, (999, 3), 0, [1, 0, 0, 0, 0, 0], b"")]);
    assert!(unknown.starts_with("sh[12] 999.3(5, 0x1"), "{unknown}");
}

proptest::proptest! {
    /// Whatever the guest sends, each line is printable and ends.
    #[test]
    fn any_record_becomes_printable_lines(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 208 * 3)) {
        let mut bytes = bytes;
        for at in 0..3 {
            bytes[at * 208 + 35] %= 3;
            bytes[at * 208 + 36..at * 208 + 40].copy_from_slice(&[80, 0, 0, 0]);
            bytes[at * 208 + 32] %= 48;
            bytes[at * 208 + 33] = 0;
            bytes[at * 208 + 34] %= 62;
        }
        let text = text(lines(&[]), &[bytes]);
        proptest::prop_assert!(text.chars().all(|character| character == '\n' || !character.is_control()));
    }
}
