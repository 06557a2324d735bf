//! Makes the tables of wide characters that `src/wctype/table.rs` includes: which code points are assigned, and
//! which take no column or two. They come from the Unicode consortium's data through two crates of the Rust
//! Unicode project, which run here only and are not linked into the library.

use std::fmt::Write as _;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_width::UnicodeWidthChar;

/// The runs of code points for which `holds`, as a Rust table of first points and lengths.
fn table(name: &str, doc: &str, holds: impl Fn(u32) -> bool) -> String {
    let mut text = String::new();
    let mut count = 0;
    let mut point = 0;
    while point <= 0x10ffff {
        if !holds(point) {
            point += 1;
            continue;
        }
        let first = point;
        // A length fits 16 bits.
        while point <= 0x10ffff && holds(point) && point - first < 0xffff {
            point += 1;
        }
        write!(text, "({first:#x}, {}), ", point - first).unwrap();
        count += 1;
    }
    format!("/// {doc}\npub(super) static {name}: [(u32, u16); {count}] = [{text}];\n")
}

fn category(point: u32) -> Option<GeneralCategory> {
    char::from_u32(point).map(|c| c.general_category())
}

/// How many columns a character takes. Marks that combine take none, marks with a space of their own one (the
/// Hangul tone marks and the Vietnamese reading marks stand in wide text); format characters take none but the
/// soft hyphen and those that enclose a number; the later parts of Hangul syllables join the first.
fn width(point: u32) -> usize {
    use GeneralCategory::*;
    let Some(c) = char::from_u32(point) else { return 0 };
    match c.general_category() {
        NonspacingMark | EnclosingMark => 0,
        SpacingMark => 1 + usize::from(matches!(point, 0x302e | 0x302f | 0x16ff0 | 0x16ff1)),
        Format => usize::from(matches!(
            point,
            0xad | 0x600..=0x605 | 0x6dd | 0x70f | 0x890 | 0x891 | 0x8e2 | 0x110bd | 0x110cd
        )),
        _ if (0x1160..0x1200).contains(&point) || (0xd7b0..0xd800).contains(&point) => 0,
        _ => c.width().unwrap_or(1).min(2),
    }
}

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let assigned = |point| {
        !matches!(
            category(point),
            None | Some(GeneralCategory::Unassigned | GeneralCategory::Surrogate)
        )
    };
    let decimal = |point| point > 0x7f && category(point) == Some(GeneralCategory::DecimalNumber);
    let text = [
        table(
            "ASSIGNED",
            "Code points that are characters, or for private use.",
            assigned,
        ),
        table(
            "DECIMAL",
            "Decimal digits of other scripts than ASCII's.",
            decimal,
        ),
        table(
            "NO_COLUMN",
            "Characters that take no column of a terminal.",
            |p| assigned(p) && width(p) == 0,
        ),
        table(
            "TWO_COLUMNS",
            "Characters that take two columns of a terminal.",
            |p| width(p) == 2,
        ),
    ]
    .concat();
    let folder = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    std::fs::write(std::path::Path::new(&folder).join("unicode.rs"), text).expect("cannot write OUT_DIR");
}
