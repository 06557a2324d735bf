//! `setlocale`: the process's locale, by name or from the environment.

use super::environment::variable;
use super::names::{CATEGORIES, CATEGORY_NAMES, LC_ALL, Name};
use super::object::{GLOBAL, Locale, name_in};
use crate::types::*;
use core::ffi::CStr;
use core::ptr;

/// Room for every category's name and value with the signs between them.
const ROOM: usize = CATEGORIES * 32;

/// What the environment asks for in a category: LC_ALL, then its own variable, then LANG, then C.
unsafe fn from_environment(category: usize) -> Option<Name> {
    for name in ["LC_ALL", CATEGORY_NAMES[category], "LANG"] {
        // SAFETY: the caller promises that nobody changes the environment.
        if let Some(value) = unsafe { variable(name) }
            && !value.is_empty()
        {
            return Name::parse(value.to_bytes());
        }
    }
    Some(Name::C)
}

/// Fills `chosen` for the categories of `mask` with what `text` asks for: a name, nothing (the environment), or
/// the list that `setlocale` returns for categories that differ. False when a name is unknown.
///
/// # Safety
/// Nobody changes the environment meanwhile.
pub(super) unsafe fn choose(text: &[u8], mask: u32, chosen: &mut [Option<Name>; CATEGORIES]) -> bool {
    let wanted = (0..CATEGORIES).filter(|&i| i != LC_ALL as usize && mask >> i & 1 != 0);
    if text.contains(&b'=') {
        for part in text.split(|&b| b == b';') {
            let Some(sign) = part.iter().position(|&b| b == b'=') else {
                return false;
            };
            let (key, value) = (&part[..sign], &part[sign + 1..]);
            let Some(index) = CATEGORY_NAMES.iter().position(|name| name.as_bytes() == key) else {
                return false;
            };
            let Some(name) = Name::parse(value) else {
                return false;
            };
            if index != LC_ALL as usize && mask >> index & 1 != 0 {
                chosen[index] = Some(name);
            }
        }
        return wanted.clone().all(|i| chosen[i].is_some());
    }
    for index in wanted {
        let name = if text.is_empty() {
            // SAFETY: the caller's promise.
            unsafe { from_environment(index) }
        } else {
            Name::parse(text)
        };
        match name {
            Some(name) => chosen[index] = Some(name),
            None => return false,
        }
    }
    true
}

/// One name when all categories agree, and else a list written into `buffer`.
fn describe(locale: &Locale, buffer: &'static mut [u8; ROOM]) -> *mut c_char {
    let first = locale.name(0);
    let mut categories = (0..CATEGORIES).filter(|&i| i != LC_ALL as usize);
    if categories.clone().all(|i| locale.name(i as c_int) == first) {
        return first.text().as_ptr().cast_mut();
    }
    let mut at = 0;
    let mut put = |text: &[u8]| {
        buffer[at..at + text.len()].copy_from_slice(text);
        at += text.len();
    };
    categories.next();
    put(b"LC_CTYPE=");
    put(first.text().to_bytes());
    for index in categories {
        put(b";");
        put(CATEGORY_NAMES[index].as_bytes());
        put(b"=");
        put(locale.name(index as c_int).text().to_bytes());
    }
    put(b"\0");
    buffer.as_mut_ptr().cast()
}

export! {
    /// Sets (or with null only names) the process's locale in a category. Null for an unknown name or category.
    /// The result may change with the next call. ISO C, POSIX.1-2024 `setlocale`.
    pub unsafe extern "C" fn setlocale(category: c_int, name: *const c_char) -> *mut c_char {
        static mut LIST: [u8; ROOM] = [0; ROOM];
        let Ok(index) = usize::try_from(category) else { return ptr::null_mut() };
        if index >= CATEGORIES {
            return ptr::null_mut();
        }
        let mask = if category == LC_ALL { u32::MAX } else { 1 << index };
        if !name.is_null() {
            let mut chosen = [None; CATEGORIES];
            // SAFETY: name is a string; POSIX lets no other thread change locale or environment meanwhile.
            if !unsafe { choose(CStr::from_ptr(name).to_bytes(), mask, &mut chosen) } {
                return ptr::null_mut();
            }
            for (index, name) in chosen.iter().enumerate() {
                if let Some(name) = name {
                    GLOBAL.set(index, *name);
                }
            }
        }
        if category == LC_ALL {
            let list = &raw mut LIST;
            // SAFETY: setlocale is not thread-safe by its standard.
            describe(&GLOBAL, unsafe { &mut *list })
        } else {
            GLOBAL.name(category).text().as_ptr().cast_mut()
        }
    }

    /// The name of a category in a locale, or null. POSIX.1-2024 `getlocalename_l`.
    pub unsafe extern "C" fn getlocalename_l(category: c_int, locale: *const Locale) -> *const c_char {
        if !(0..CATEGORIES as c_int).contains(&category) || category == LC_ALL {
            return ptr::null();
        }
        // SAFETY: locale is LC_GLOBAL_LOCALE or a locale.
        unsafe { name_in(locale, category) }.text().as_ptr()
    }
}
