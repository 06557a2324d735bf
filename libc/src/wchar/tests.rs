//! The wide functions against the host's.

use super::*;
use crate::types::*;
use proptest::prelude::*;

mod host {
    use crate::types::*;
    unsafe extern "C" {
        pub fn wcscmp(a: *const wchar_t, b: *const wchar_t) -> c_int;
        pub fn wcsncmp(a: *const wchar_t, b: *const wchar_t, n: size_t) -> c_int;
        pub fn wcsstr(a: *const wchar_t, b: *const wchar_t) -> *mut wchar_t;
        pub fn wcsspn(a: *const wchar_t, b: *const wchar_t) -> size_t;
        pub fn wcscspn(a: *const wchar_t, b: *const wchar_t) -> size_t;
        pub fn wcsrchr(a: *const wchar_t, c: wchar_t) -> *mut wchar_t;
    }
}

fn text(most: usize) -> impl Strategy<Value = Vec<wchar_t>> {
    prop::collection::vec(prop::sample::select(&[0x61, 0x62, 0x20ac, -1][..]), 0..most).prop_map(|mut v| {
        v.push(0);
        v
    })
}

proptest! {
    #[test]
    fn searching_and_comparing_agree_with_the_host(a in text(30), b in text(5), n in 0usize..8) {
        let (a, b) = (a.as_ptr(), b.as_ptr());
        // SAFETY: both are wide strings.
        unsafe {
            prop_assert_eq!(wcscmp(a, b).signum(), host::wcscmp(a, b).signum());
            prop_assert_eq!(wcsncmp(a, b, n).signum(), host::wcsncmp(a, b, n).signum());
            prop_assert_eq!(wcsstr(a, b), host::wcsstr(a, b));
            prop_assert_eq!(wcsspn(a, b), host::wcsspn(a, b));
            prop_assert_eq!(wcscspn(a, b), host::wcscspn(a, b));
            prop_assert_eq!(wcsrchr(a, 0x62), host::wcsrchr(a, 0x62));
        }
    }
}

#[test]
fn copies_are_terminated_and_filled() {
    let mut buffer = [7; 8];
    let source = [1, 2, 3, 0];
    // SAFETY: the buffer has eight characters.
    unsafe {
        wcsncpy(buffer.as_mut_ptr(), source.as_ptr(), 6);
        assert_eq!(buffer, [1, 2, 3, 0, 0, 0, 7, 7]);
        wcscat(buffer.as_mut_ptr(), source.as_ptr());
        assert_eq!(buffer, [1, 2, 3, 1, 2, 3, 0, 7]);
        assert_eq!(wcslcpy(buffer.as_mut_ptr(), source.as_ptr(), 3), 3);
        assert_eq!(buffer[..3], [1, 2, 0]);
        assert_eq!(wcslcat(buffer.as_mut_ptr(), source.as_ptr(), 4), 5);
        assert_eq!(buffer[..4], [1, 2, 1, 0]);
    }
}

#[test]
fn wcstok_keeps_its_place() {
    let mut text = [44, 1, 44, 44, 2, 0];
    let comma = [44, 0];
    let mut state = std::ptr::null_mut();
    // SAFETY: all are wide strings.
    unsafe {
        let base = text.as_mut_ptr();
        assert_eq!(wcstok(base, comma.as_ptr(), &mut state), base.add(1));
        assert_eq!(
            wcstok(std::ptr::null_mut(), comma.as_ptr(), &mut state),
            base.add(4)
        );
        assert!(wcstok(std::ptr::null_mut(), comma.as_ptr(), &mut state).is_null());
        assert!(wcstok(std::ptr::null_mut(), comma.as_ptr(), &mut state).is_null());
    }
}
