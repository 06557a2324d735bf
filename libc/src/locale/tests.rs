//! The items of both locales against the host's; selection and objects by their rules.

use super::*;
use crate::types::*;
use std::ffi::CStr;
use std::sync::Mutex;

/// Tests that change the process's locale run one at a time.
static GLOBAL_LOCALE: Mutex<()> = Mutex::new(());

mod host {
    use crate::types::*;
    unsafe extern "C" {
        pub fn newlocale(mask: c_int, name: *const c_char, base: *mut c_void) -> *mut c_void;
        pub fn nl_langinfo_l(item: c_int, locale: *mut c_void) -> *const c_char;
        pub fn wcscmp(a: *const wchar_t, b: *const wchar_t) -> c_int;
    }
}

const ALL_MASK: c_int = 0x1fbf;

#[test]
fn items_are_those_of_the_host() {
    let texts = [0x0e, 0x10000, 0x10001, 0x10002, 0x10005]
        .into_iter()
        .chain(0x20000..=0x20031)
        .chain([0x2006c, 0x2006e])
        .chain(0x2006f..=0x2007a)
        .chain(0x20087..=0x20092)
        .chain(0x40000..=0x40006)
        .chain([0x4000f])
        .chain(0x50000..=0x50004)
        .chain([
            0x80000, 0x90000, 0xa0000, 0xb0001, 0xc0000, 0xffff, 0x1ffff, 0x7fffffff,
        ]);
    let wides = (0x20034..=0x20064)
        .chain([0x2006d])
        .chain(0x2007b..=0x20086)
        .chain(0x20093..=0x2009e);
    for name in [c"C", c"C.UTF-8"] {
        // SAFETY: both make a locale of that name, and their items are strings.
        unsafe {
            let theirs = host::newlocale(ALL_MASK, name.as_ptr(), std::ptr::null_mut());
            let ours = newlocale(ALL_MASK, name.as_ptr(), std::ptr::null_mut());
            assert!(!theirs.is_null() && !ours.is_null());
            for item in texts.clone() {
                let expected = CStr::from_ptr(host::nl_langinfo_l(item, theirs));
                assert_eq!(
                    CStr::from_ptr(nl_langinfo_l(item, ours)),
                    expected,
                    "{name:?} item {item:#x}"
                );
            }
            // Single bytes, without a terminator on the host.
            for item in (0x40007..=0x40015).filter(|&item| item != 0x4000f) {
                assert_eq!(*nl_langinfo_l(item, ours), *host::nl_langinfo_l(item, theirs));
            }
            for item in wides.clone() {
                let expected = host::nl_langinfo_l(item, theirs).cast();
                let result = nl_langinfo_l(item, ours).cast();
                assert_eq!(host::wcscmp(result, expected), 0, "{name:?} item {item:#x}");
            }
            freelocale(ours);
        }
    }
}

#[test]
fn setlocale_takes_what_it_returned() {
    let _guard = GLOBAL_LOCALE.lock().unwrap();
    let text = |p: *mut c_char| {
        assert!(!p.is_null());
        // SAFETY: setlocale returned a string.
        unsafe { CStr::from_ptr(p) }.to_owned()
    };
    // SAFETY: no other test changes the process's locale now.
    unsafe {
        assert_eq!(text(setlocale(LC_ALL, std::ptr::null())).as_c_str(), c"C");
        assert_eq!(text(setlocale(LC_ALL, c"POSIX".as_ptr())).as_c_str(), c"C");
        assert_eq!(
            text(setlocale(LC_CTYPE, c"C.UTF-8".as_ptr())).as_c_str(),
            c"C.UTF-8"
        );
        assert!(current_is_utf8());
        let list = text(setlocale(LC_ALL, std::ptr::null()));
        assert!(
            list.to_bytes()
                .starts_with(b"LC_CTYPE=C.UTF-8;LC_NUMERIC=C;LC_TIME=C;")
        );
        assert_eq!(text(setlocale(LC_ALL, c"C".as_ptr())).as_c_str(), c"C");
        assert!(!current_is_utf8());
        assert_eq!(text(setlocale(LC_ALL, list.as_ptr())), list);
        assert!(current_is_utf8());
        assert!(setlocale(LC_ALL, c"de_AT.UTF-8".as_ptr()).is_null());
        assert!(setlocale(13, c"C".as_ptr()).is_null());
        assert!(setlocale(-1, c"C".as_ptr()).is_null());
        assert!(setlocale(LC_ALL, c"LC_CTYPE=C".as_ptr()).is_null());
        assert!(current_is_utf8());
        assert_eq!(text(setlocale(LC_ALL, c"C".as_ptr())).as_c_str(), c"C");
    }
}

#[test]
fn uselocale_changes_one_thread_only() {
    let _guard = GLOBAL_LOCALE.lock().unwrap();
    // SAFETY: the locale is freed after its last use.
    unsafe {
        let utf8 = newlocale(1, c"C.UTF-8".as_ptr(), std::ptr::null_mut());
        assert_eq!(uselocale(std::ptr::null_mut()), GLOBAL_HANDLE);
        assert_eq!(uselocale(utf8), GLOBAL_HANDLE);
        assert!(current_is_utf8());
        std::thread::spawn(|| assert!(!current_is_utf8())).join().unwrap();
        assert_eq!(uselocale(GLOBAL_HANDLE), utf8);
        assert!(!current_is_utf8());
        let copy = duplocale(utf8);
        assert!(is_utf8(copy));
        freelocale(utf8);
        assert_eq!(CStr::from_ptr(getlocalename_l(LC_CTYPE, copy)), c"C.UTF-8");
        assert_eq!(CStr::from_ptr(getlocalename_l(2, copy)), c"C");
        freelocale(copy);
        assert!(newlocale(1, c"xx".as_ptr(), std::ptr::null_mut()).is_null());
        assert!(newlocale(1 << 20, c"C".as_ptr(), std::ptr::null_mut()).is_null());
    }
}
