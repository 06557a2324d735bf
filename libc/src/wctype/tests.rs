//! All of Unicode against the host's C.UTF-8, which has an older version of it.

use super::*;

mod host {
    use crate::types::*;
    unsafe extern "C" {
        pub fn newlocale(mask: c_int, name: *const c_char, base: *mut c_void) -> *mut c_void;
        pub fn uselocale(locale: *mut c_void) -> *mut c_void;
        pub fn iswctype(c: wint_t, class: wctype_t) -> c_int;
        pub fn wctype(name: *const c_char) -> wctype_t;
        pub fn towlower(c: wint_t) -> wint_t;
        pub fn towupper(c: wint_t) -> wint_t;
        pub fn wcwidth(c: wchar_t) -> c_int;
    }
}

/// How far the host's Unicode 14 lies from ours, for characters that both have: later versions made some marks
/// letters, gave some letters a capital, and widened the I Ching's signs. Everything else must agree.
#[test]
fn classes_case_and_columns_are_those_of_the_host_but_for_later_unicode() {
    // SAFETY: the host's locale is this thread's only here; all arguments are plain numbers.
    unsafe {
        let locale = host::newlocale(1, c"C.UTF-8".as_ptr(), ptr::null_mut());
        assert!(!locale.is_null());
        let before = host::uselocale(locale);
        let print = host::wctype(c"print".as_ptr());
        let known: Vec<wint_t> = (0..0x11_0000)
            .filter(|&c| host::iswctype(c, print) != 0 || c < 0xa0)
            .collect();
        let check = |what: &str, allowed: usize, differs: &dyn Fn(wint_t) -> bool| {
            let found: Vec<_> = known.iter().copied().filter(|&c| differs(c)).collect();
            assert!(
                found.len() <= allowed,
                "{what}: {} differ: {found:x?}",
                found.len()
            );
        };
        for (name, class) in &CLASSES {
            let number = host::wctype(name.as_ptr());
            let allowed = match class {
                Class::Alpha | Class::Alnum | Class::Punct => 38,
                Class::Lower => 6,
                _ => 0,
            };
            check(name.to_str().unwrap(), allowed, &|c| {
                (host::iswctype(c, number) != 0) != class.has(c, true)
            });
        }
        check("towlower", 0, &|c| host::towlower(c) != lower(c, true));
        check("towupper", 4, &|c| host::towupper(c) != upper(c, true));
        check("wcwidth", 160, &|c| {
            host::wcwidth(c as wchar_t) != columns(c, true)
        });
        host::uselocale(before);
    }
}

#[test]
fn only_ascii_has_classes_in_the_c_locale() {
    for c in (0x80..0x3000).chain([0xdf80, 0xdfff, 0x1f600, u32::MAX]) {
        // SAFETY: any value may be asked.
        unsafe {
            assert_eq!(iswalpha(c) | iswprint(c) | iswspace(c) | iswcntrl(c), 0, "{c:x}");
            assert_eq!(towupper(c), c);
            assert_eq!(wcwidth(c as wchar_t), -1);
        }
    }
    // SAFETY: any value may be asked.
    unsafe {
        assert_eq!(towupper(u32::from('a')), u32::from('A'));
        assert_ne!(iswctype(u32::from('7'), wctype(c"digit".as_ptr())), 0);
        assert_eq!(wctype(c"vowel".as_ptr()), 0);
        assert_eq!(
            towctrans(u32::from('Q'), wctrans(c"tolower".as_ptr())),
            u32::from('q')
        );
        assert!(wctrans(c"toother".as_ptr()).is_null());
        assert_eq!(wcwidth(0), 0);
        assert_eq!(wcwidth(7), -1);
        assert_eq!(wcswidth([0x61, 0x62, 0].as_ptr(), 5), 2);
    }
}
