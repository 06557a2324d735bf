//! Answers of a device that nobody trusts.

use super::*;
use proptest::prelude::*;

/// An answer with these fields behind its head.
fn reply(kind: u8, tag: u16, fields: &[u8]) -> Vec<u8> {
    let mut bytes = ((HEAD + fields.len()) as u32).to_le_bytes().to_vec();
    bytes.push(kind);
    bytes.extend(tag.to_le_bytes());
    bytes.extend(fields);
    bytes
}

fn good_attributes() -> Vec<u8> {
    let mut fields = Vec::new();
    fields.extend(0x3fffu64.to_le_bytes());
    fields.push(0);
    fields.extend(3u32.to_le_bytes());
    fields.extend(77u64.to_le_bytes());
    for word in [0o100_644u32, 1000, 100] {
        fields.extend(word.to_le_bytes());
    }
    for word in [1u64, 0, 5000, 4096, 16, 10, 11, 12, 13, 14, 15, 0, 0, 0, 0] {
        fields.extend(word.to_le_bytes());
    }
    fields
}

#[test]
fn attributes_are_read_in_their_order() {
    let bytes = reply(25, 4, &good_attributes());
    let found = attributes(answer(&bytes, Kind::GetAttributes, 4).unwrap()).unwrap();
    assert_eq!(
        (found.identity.path, found.mode, found.user, found.group),
        (77, 0o100_644, 1000, 100)
    );
    assert_eq!((found.links, found.size, found.blocks), (1, 5000, 16));
    assert_eq!(found.times, [(10, 11), (12, 13), (14, 15)]);
}

#[test]
fn an_answer_to_another_request_is_refused() {
    let bytes = reply(25, 4, &good_attributes());
    assert_eq!(
        answer(&bytes, Kind::GetAttributes, 5).err(),
        Some(Refusal::Malformed)
    );
    assert_eq!(answer(&bytes, Kind::Read, 4).err(), Some(Refusal::Malformed));
}

#[test]
fn a_length_that_is_not_that_of_the_bytes_is_refused() {
    let mut bytes = reply(121, 0, &[]);
    assert!(answer(&bytes, Kind::Clunk, 0).is_ok());
    for length in [0u32, 6, 8, u32::MAX] {
        bytes[..4].copy_from_slice(&length.to_le_bytes());
        assert_eq!(answer(&bytes, Kind::Clunk, 0).err(), Some(Refusal::Malformed));
    }
}

#[test]
fn the_hosts_error_comes_through_and_others_do_not() {
    let error = |number: u32| answer(&reply(7, 1, &number.to_le_bytes()), Kind::Walk, 1).err();
    assert_eq!(error(2), Some(Refusal::Host(2)));
    assert_eq!(error(0), Some(Refusal::Malformed));
    assert_eq!(error(4096), Some(Refusal::Malformed));
}

#[test]
fn nanoseconds_and_sizes_out_of_range_are_refused() {
    for (at, value) in [
        (8 + 13 + 12 + 6 * 8, 1_000_000_000u64),
        (8 + 13 + 12 + 2 * 8, 1 << 63),
    ] {
        let mut fields = good_attributes();
        fields[at..at + 8].copy_from_slice(&value.to_le_bytes());
        let bytes = reply(25, 0, &fields);
        assert_eq!(
            attributes(answer(&bytes, Kind::GetAttributes, 0).unwrap()),
            Err(Malformed),
            "{at}"
        );
    }
}

#[test]
fn a_directorys_entries_are_cut_at_their_lengths() {
    let mut data = Vec::new();
    for (path, next, name) in [(5u64, 1u64, &b"a"[..]), (6, 9, b"name")] {
        data.push(0);
        data.extend(0u32.to_le_bytes());
        data.extend(path.to_le_bytes());
        data.extend(next.to_le_bytes());
        data.push(8);
        data.extend((name.len() as u16).to_le_bytes());
        data.extend(name);
    }
    let mut fields = (data.len() as u32).to_le_bytes().to_vec();
    fields.extend(&data);
    let bytes = reply(41, 2, &fields);
    let found = entries(answer(&bytes, Kind::ReadDirectory, 2).unwrap()).unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(
        (found[1].path, found[1].next, found[1].kind, found[1].name),
        (6, 9, 8, &b"name"[..])
    );
    // The last name is longer than what is there.
    let mut longer = fields.clone();
    let at = longer.len() - 6;
    longer[at] = 5;
    assert!(entries(Reader::new(&longer)).is_err());
}

#[test]
fn names_that_lead_elsewhere_are_no_names() {
    for name in [&b""[..], b".", b"..", b"a/b", b"/", b"a\0", &[b'x'; 256]] {
        assert!(!is_name(name), "{name:?}");
    }
    for name in [&b"a"[..], b"...", b".a", b"\n", &[b'x'; 255]] {
        assert!(is_name(name));
    }
}

proptest! {
    /// Whatever the device writes, reading it ends with an answer or an error.
    #[test]
    fn any_bytes_are_an_answer_or_refused(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        change in proptest::option::of((0usize..160, any::<u8>())),
    ) {
        let mut good = reply(25, 0, &good_attributes());
        if let Some((at, value)) = change {
            let at = at % good.len();
            good[at] = value;
        }
        let mut framed = reply(41, 0, &bytes);
        for bytes in [&bytes, &good, &framed] {
            for kind in [Kind::GetAttributes, Kind::ReadDirectory, Kind::Statfs, Kind::Walk] {
                if let Ok(reader) = answer(bytes, kind, 0) {
                    let _ = attributes(reader);
                    let _ = entries(reader);
                    let _ = figures(reader);
                }
            }
        }
        framed[4] = 9;
        if let Ok(reader) = answer(&framed, Kind::Statfs, 0) {
            let _ = figures(reader);
        }
    }
}
