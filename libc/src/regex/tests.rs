//! Expressions against the host's, and where the host departs from POSIX against the standard.

use super::*;
use proptest::prelude::*;
use std::ffi::CString;

#[allow(improper_ctypes, reason = "the host knows its own expressions only")]
mod host {
    use super::{regex_t, regmatch_t};
    use crate::types::*;
    unsafe extern "C" {
        pub fn regcomp(r: *mut regex_t, p: *const c_char, flags: c_int) -> c_int;
        pub fn regexec(r: *const regex_t, s: *const c_char, n: size_t, m: *mut regmatch_t, f: c_int)
        -> c_int;
        pub fn regfree(r: *mut regex_t);
        pub fn regerror(code: c_int, r: *const c_void, b: *mut c_char, n: size_t) -> size_t;
    }
}

type Matches = Vec<(c_int, c_int)>;

fn run(ours: bool, pattern: &str, flags: c_int, text: &str, eflags: c_int) -> Result<Matches, c_int> {
    let (pattern, text) = (CString::new(pattern).unwrap(), CString::new(text).unwrap());
    let mut matches = [regmatch_t { rm_so: -9, rm_eo: -9 }; 8];
    // SAFETY: all are valid; the expression is freed by who compiled it.
    unsafe {
        let mut expression = std::mem::zeroed::<regex_t>();
        let code = if ours {
            regcomp(&mut expression, pattern.as_ptr(), flags)
        } else {
            host::regcomp(&mut expression, pattern.as_ptr(), flags)
        };
        if code != 0 {
            return Err(100 + code);
        }
        let code = if ours {
            let code = regexec(&expression, text.as_ptr(), 8, matches.as_mut_ptr(), eflags);
            regfree(&mut expression);
            code
        } else {
            let code = host::regexec(&expression, text.as_ptr(), 8, matches.as_mut_ptr(), eflags);
            host::regfree(&mut expression);
            code
        };
        if code != 0 {
            return Err(code);
        }
    }
    Ok(matches.iter().map(|m| (m.rm_so, m.rm_eo)).collect())
}

fn check(pattern: &str, flags: c_int, text: &str, eflags: c_int) {
    let (ours, theirs) = (
        run(true, pattern, flags, text, eflags),
        run(false, pattern, flags, text, eflags),
    );
    assert_eq!(
        ours, theirs,
        "pattern {pattern:?} flags {flags} text {text:?} eflags {eflags}"
    );
}

#[test]
fn extended_expressions_match_as_on_the_host() {
    for (pattern, texts) in [
        ("abc", &["abc", "xabcx", "ab"][..]),
        ("a|ab|abc", &["abc", "xab"]),
        (".*/(.*)$", &[".//app/source/x", "a/b/c", "/"]),
        (".*/([^/]*)/(.*)$", &["a/b/c/d"]),
        ("a*(a*)", &["aaa"]),
        (".*(b*)", &["abbb"]),
        ("x*(y+)?z*(z*)", &["xxyzz", "zz"]),
        (".+(.+)(.+)", &["abcde"]),
        ("a{1,2}(a{1,2})(a*)", &["aaaaa"]),
        (".*(.)\\1", &["aabbcc", "abba"]),
        ("(x*(y*))*.*(z)", &["xyxyzz"]),
        ("(a*)(ab)*(b*)", &["abb"]),
        ("a{2,3}", &["a", "aa", "aaaa"]),
        ("a{2}", &["aaa"]),
        ("a{,2}b", &["aab"]),
        ("(ab){2,}", &["ababab"]),
        ("^$", &["", "a"]),
        ("^a*$", &["aaa", "aab"]),
        ("a$b|c", &["c"]),
        ("[[:alpha:]_]+[0-9]*", &["  foo_12"]),
        ("[^a-c]", &["abcd"]),
        ("[]a]+", &["a]]b"]),
        ("[a-]+", &["-a"]),
        ("[[.a.]-c]", &["b"]),
        ("[[=a=]]", &["a"]),
        ("x*", &["y", "xx"]),
        ("(x)?y", &["y", "xy"]),
        ("((a)(b))?c", &["abc", "c"]),
        ("(.*)x(.*)", &["axbxc"]),
        ("(a|b)*c|(a|ab)*c", &["abc"]),
        ("(.a|.b).*|.*(.a|.b)", &["xa"]),
        ("\\(a\\)", &["(a)"]),
        ("a\\|b", &["a|b"]),
        ("\\bfoo\\b", &["a foo b", "afoo"]),
        ("\\<o", &["foo o"]),
        ("o\\>", &["of foo"]),
        ("\\w+\\W\\w+", &["ab cd"]),
        ("(a)\\1", &["aa", "ab"]),
        ("(.*)\\1$", &["abab", "aba"]),
        ("(a*)+", &["b", "aab"]),
        ("(a|)b", &["b", "ab"]),
        ("()", &["x"]),
        ("a||b", &["b"]),
        ("a.c", &["a\nc", "abc"]),
        ("a^b", &["a^b"]),
        ("a**", &["aa"]),
        ("a+?", &["aa"]),
        ("*a", &["*a", "a"]),
        ("a{1", &["a{1"]),
        ("a{x", &["a{x"]),
        ("a{x}", &["a{x}"]),
        ("a{1x}", &["a{1x}"]),
        ("a{1,x}b", &["a{1,x}b"]),
        ("^+", &["+"]),
        ("(^*)", &["*"]),
        ("a{}", &["a{}"]),
        ("{1}", &["{1}"]),
        ("a{2,1}", &["a"]),
        ("a{40000}", &["a"]),
        ("(", &[""]),
        (")", &[")"]),
        ("a)", &["a)"]),
        ("[a", &[""]),
        ("[[:foo:]]", &[""]),
        ("[b-a]", &[""]),
        ("\\", &[""]),
        ("+a", &["a"]),
        ("(*a)", &["*a"]),
        ("(+a)", &["a"]),
        ("a|*b", &["*b"]),
        ("^*", &["*"]),
        ("\\2(a)(b)", &["ab"]),
    ] {
        for text in texts {
            for flags in [0, REG_ICASE, REG_NEWLINE, REG_NOSUB] {
                if flags != REG_NOSUB {
                    check(pattern, REG_EXTENDED | flags, text, 0);
                    check(pattern, REG_EXTENDED | flags, text, REG_NOTBOL);
                    check(pattern, REG_EXTENDED | flags, text, REG_NOTEOL);
                }
            }
        }
    }
}

#[test]
fn basic_expressions_match_as_on_the_host() {
    for (pattern, texts) in [
        ("a*b", &["aab", "b"][..]),
        ("*a", &["*a"]),
        ("\\(*a\\)", &["*a"]),
        ("^*a", &["*a"]),
        ("a\\{2,3\\}", &["aaaa"]),
        ("a\\{2", &["aa"]),
        ("a\\{x\\}", &["a"]),
        ("\\(a\\)\\(b\\)\\2\\1", &["abba"]),
        ("\\(a*\\)\\1", &["aaaa", "aaa"]),
        ("a+", &["aa", "a+"]),
        ("a\\+", &["aa"]),
        ("a\\?b", &["b"]),
        ("a\\|b", &["b"]),
        ("(a)", &["(a)"]),
        ("a{2}", &["a{2}"]),
        ("a^b", &["a^b"]),
        ("a$b", &["a$b"]),
        ("^a$", &["a"]),
        ("\\(^a\\)", &["a"]),
        ("\\(a$\\)", &["a"]),
        ("x\\(^a\\)", &["xa", "x^a"]),
        ("\\(", &[""]),
        ("\\)", &[""]),
        ("\\(a", &[""]),
        ("a\\)", &[""]),
        ("\\1", &[""]),
        ("[a-c]*", &["abcd"]),
        (".*", &["ab"]),
        ("\\.", &["."]),
        ("$", &["a$"]),
        ("", &["a"]),
        ("a\\{0\\}b", &["ab"]),
    ] {
        for text in texts {
            check(pattern, 0, text, 0);
            check(pattern, REG_ICASE, text, 0);
        }
    }
}

#[test]
fn newline_mode_ends_lines() {
    for pattern in ["^b", "a$", "a.b", "a[^x]b", "^$"] {
        for text in ["a\nb", "b\na", "\n", "a\n\nb"] {
            check(pattern, REG_EXTENDED | REG_NEWLINE, text, 0);
            check(pattern, REG_EXTENDED, text, 0);
        }
    }
}

#[test]
fn groups_are_as_posix_has_them_where_the_host_departs() {
    let matches = run(true, "(a|ab)(c|bcd)(d*)", REG_EXTENDED, "abcd", 0).unwrap();
    assert_eq!(matches[..4], [(0, 4), (0, 2), (2, 3), (3, 4)]);
    // POSIX.1-2024 regexec: a group that is not in the last match of its enclosing group is -1. glibc keeps it.
    let matches = run(true, "((a)|b)*", REG_EXTENDED, "ab", 0).unwrap();
    assert_eq!(matches[..3], [(0, 2), (1, 2), (-1, -1)]);
    let matches = run(true, "(a|ab)(c|bcd)*", REG_EXTENDED, "abcbcd", 0).unwrap();
    assert_eq!(matches[0], (0, 6));
}

#[test]
fn startend_limits_the_text() {
    let pattern = CString::new("b$").unwrap();
    let mut matches = [regmatch_t { rm_so: 1, rm_eo: 3 }; 2];
    // SAFETY: all are valid.
    unsafe {
        let mut expression = std::mem::zeroed::<regex_t>();
        assert_eq!(regcomp(&mut expression, pattern.as_ptr(), 0), 0);
        assert_eq!(
            regexec(
                &expression,
                c"xabc".as_ptr(),
                2,
                matches.as_mut_ptr(),
                REG_STARTEND
            ),
            0
        );
        assert_eq!(matches[0], regmatch_t { rm_so: 2, rm_eo: 3 });
        assert_eq!(matches[1], regmatch_t { rm_so: -1, rm_eo: -1 });
        regfree(&mut expression);
    }
}

#[test]
fn error_texts_are_those_of_the_host() {
    for code in 0..17 {
        let (mut a, mut b) = ([0 as c_char; 80], [0 as c_char; 80]);
        // SAFETY: the buffers have the sizes given.
        unsafe {
            let ours = error::regerror(code, ptr::null(), a.as_mut_ptr(), 80);
            assert_eq!(ours, host::regerror(code, ptr::null(), b.as_mut_ptr(), 80));
        }
        assert_eq!(a, b);
    }
}

#[test]
fn expressions_made_to_be_slow_or_large_are_bounded() {
    let text = "a".repeat(2000);
    assert_eq!(
        run(true, "(a*)*b", REG_EXTENDED, &text, 0),
        Err(Error::NoMatch as c_int)
    );
    assert_eq!(
        run(true, "(a|a)*b", REG_EXTENDED, &text, 0),
        Err(Error::NoMatch as c_int)
    );
    assert!(run(true, "(a?){200}a{200}", REG_EXTENDED, &"a".repeat(200), 0).is_ok());
    assert_eq!(
        run(true, "((a{255}){255}){255}", REG_EXTENDED, "a", 0),
        Err(100 + Error::Space as c_int)
    );
    assert_eq!(
        run(true, &"(".repeat(100_000), REG_EXTENDED, "a", 0),
        Err(100 + Error::Space as c_int)
    );
    assert_eq!(
        run(
            true,
            &("a".to_string() + &"+?".repeat(100_000)),
            REG_EXTENDED,
            "a",
            0
        ),
        Err(100 + Error::Space as c_int)
    );
    // Repetitions stacked on every level of nested groups.
    let tower = (0..90).fold("a".to_string(), |inside, _| format!("({inside})+?+?+?+?+?+?"));
    assert_eq!(
        run(true, &tower, REG_EXTENDED, "a", 0),
        Err(100 + Error::Space as c_int)
    );
    assert_eq!(
        run(true, "(a*)*(a*)*\\1\\2b", REG_EXTENDED, &text, 0),
        Err(Error::Space as c_int)
    );
}

#[test]
fn characters_are_matched_in_utf8() {
    let mode = Mode {
        is_utf8: true,
        fold: true,
        lines: false,
    };
    let tree = syntax::parse("^.[\u{e0}-\u{ff}]\u{20ac}$".as_bytes(), true, mode).unwrap();
    let program = Program::new(tree, mode).unwrap();
    let text = Text {
        bytes: "\u{1f600}\u{c4}\u{20ac}".as_bytes(),
        mode,
        not_bol: false,
        not_eol: false,
    };
    let mut places = [[0; 2]];
    assert_eq!(execute(&program, text, &mut places), Ok(()));
    assert_eq!(places, [[0, 9]]);
}

/// Random extended expressions of the kinds that the host reads as POSIX does: without anchors, since it finds no
/// `((^.){1,2}|a)` in `aa`.
fn expression() -> impl Strategy<Value = String> {
    let atom = prop::sample::select(&["a", "b", ".", "[ab]", "[^a]", "c"][..]).prop_map(String::from);
    atom.prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(|v| v.concat()),
            prop::collection::vec(inner.clone(), 2..3).prop_map(|v| format!("({})", v.join("|"))),
            inner.clone().prop_map(|e| format!("({e})*")),
            inner.clone().prop_map(|e| format!("({e})?")),
            inner.prop_map(|e| format!("({e}){{1,2}}")),
        ]
    })
}

proptest! {
    #[test]
    fn whole_matches_are_those_of_the_host(pattern in expression(), text in "[abc]{0,10}") {
        let (ours, theirs) = (
            run(true, &pattern, REG_EXTENDED, &text, 0).map(|m| m[0]),
            run(false, &pattern, REG_EXTENDED, &text, 0).map(|m| m[0]),
        );
        prop_assert_eq!(ours, theirs, "{:?} {:?}", pattern, text);
    }

    #[test]
    fn both_machines_find_the_same_match(pattern in expression(), text in "[abc]{0,8}") {
        let mode = Mode { is_utf8: false, fold: false, lines: false };
        if let Ok(tree) = syntax::parse(pattern.as_bytes(), true, mode) {
            let mut program = Program::new(tree, mode).unwrap();
            let text = Text { bytes: text.as_bytes(), mode, not_bol: false, not_eol: false };
            let (mut a, mut b) = ([[0; 2]; 1], [[0; 2]; 1]);
            let first = execute(&program, text, &mut a);
            program.has_back = true;
            prop_assert_eq!(first, execute(&program, text, &mut b));
            prop_assert_eq!(a, b, "{:?}", pattern);
        }
    }

    #[test]
    fn no_pattern_panics(pattern in "[ab()|*+?{}0-9,\\\\.\\[\\]^$:=-]{0,24}", text in "[ab]{0,10}", flags in 0i32..16) {
        let _ = run(true, &pattern, flags, &text, 0);
    }
}
