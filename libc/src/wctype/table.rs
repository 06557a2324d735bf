//! Properties of Unicode characters, as the wide-character functions need them.
//!
//! Letters, case and case mappings come from `core`'s own tables; what `core` lacks (which code points are
//! assigned, and columns) from the tables that `build.rs` makes. The classes follow ISO/IEC TR 30112 as glibc
//! does: no-break spaces are not white space, digits of other scripts count as letters.

include!(concat!(env!("OUT_DIR"), "/unicode.rs"));

/// Whether a table of runs has `point`.
fn has(runs: &[(u32, u16)], point: u32) -> bool {
    let after = runs.partition_point(|&(first, _)| first <= point);
    after
        .checked_sub(1)
        .is_some_and(|i| point - runs[i].0 < u32::from(runs[i].1))
}

/// Control characters, and the separators of lines and paragraphs.
pub(super) fn is_control(point: u32) -> bool {
    matches!(point, 0..=0x1f | 0x7f..=0x9f | 0x2028 | 0x2029)
}

/// White space at which a line may be broken.
pub(super) fn is_space(point: u32) -> bool {
    matches!(point, 0x09..=0x0d | 0x2028 | 0x2029) || is_blank(point) && point != 0x09
}

/// Space within a line.
pub(super) fn is_blank(point: u32) -> bool {
    matches!(point, 0x09 | 0x20 | 0x1680 | 0x2000..=0x2006 | 0x2008..=0x200a | 0x205f | 0x3000)
}

/// Characters that show, with spaces.
pub(super) fn is_print(point: u32) -> bool {
    if point < 0x7f {
        return point >= 0x20;
    }
    has(&ASSIGNED, point) && !is_control(point)
}

/// Letters, and digits of other scripts.
pub(super) fn is_alpha(point: u32) -> bool {
    match char::from_u32(point) {
        Some(c) if c.is_ascii() => c.is_ascii_alphabetic(),
        Some(c) => c.is_alphabetic() || has(&DECIMAL, point),
        None => false,
    }
}

/// The simple upper-case mapping; the point itself where there is none.
pub(super) fn to_upper(point: u32) -> u32 {
    let Some(c) = char::from_u32(point) else {
        return point;
    };
    if c.is_ascii() {
        return u32::from(c.to_ascii_uppercase());
    }
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) => u32::from(one),
        // Greek letters with iota below: the full mapping is two letters, the simple one their capital.
        _ => match point {
            0x1f80..=0x1f87 | 0x1f90..=0x1f97 | 0x1fa0..=0x1fa7 => point + 8,
            0x1fb3 | 0x1fc3 | 0x1ff3 => point + 9,
            _ => point,
        },
    }
}

/// The simple lower-case mapping; the point itself where there is none.
pub(super) fn to_lower(point: u32) -> u32 {
    let Some(c) = char::from_u32(point) else {
        return point;
    };
    if c.is_ascii() {
        return u32::from(c.to_ascii_lowercase());
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => u32::from(one),
        _ if point == 0x130 => 0x69,
        _ => point,
    }
}

/// Capitals, and letters with a lower-case mapping (so title-case letters too).
pub(super) fn is_upper(point: u32) -> bool {
    char::from_u32(point).is_some_and(char::is_uppercase) || to_lower(point) != point
}

/// Small letters, and letters with an upper-case mapping (so title-case letters too).
pub(super) fn is_lower(point: u32) -> bool {
    char::from_u32(point).is_some_and(char::is_lowercase) || to_upper(point) != point
}

/// Columns on a terminal: 0, 1 or 2, or `None` for what does not show.
pub(super) fn columns(point: u32) -> Option<u32> {
    if (0x20..0x7f).contains(&point) {
        return Some(1);
    }
    if !is_print(point) {
        return (point == 0).then_some(0);
    }
    Some(if has(&NO_COLUMN, point) {
        0
    } else if has(&TWO_COLUMNS, point) {
        2
    } else {
        1
    })
}
