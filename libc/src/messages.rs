//! Translated messages: <libintl.h>'s `gettext` family and <nl_types.h>'s catalogues.
//!
//! The locales C and C.UTF-8 have no translations, in which case both interfaces answer with the caller's own
//! text: that is their standard behaviour, not a substitute for it. Domains and their folders are remembered, as
//! programs ask for them back.

use crate::errno::{EBADF, EINVAL, ENOENT, ENOMEM, set_errno};
use crate::heap::{Vector, free};
use crate::lock::Lock;
use crate::string::strdup;
use crate::types::*;
use core::ffi::CStr;
use core::ptr;

/// What is known of a domain.
struct Domain {
    name: *mut c_char,
    folder: *mut c_char,
    codeset: *mut c_char,
}

/// All domains, and the current one's name (null: `messages`).
struct Domains {
    known: Vector<Domain>,
    current: *mut c_char,
}

// SAFETY: the strings belong to this list alone, and are never changed.
unsafe impl Send for Domains {}

static DOMAINS: Lock<Domains> = Lock::new(Domains {
    known: Vector::new(),
    current: ptr::null_mut(),
});

/// The lock, for fork.
pub fn lock() -> &'static crate::lock::RawLock {
    DOMAINS.raw()
}

const DEFAULT_DOMAIN: &CStr = c"messages";
const DEFAULT_FOLDER: &CStr = c"/usr/share/locale";
/// The C variable `_nl_msg_cat_cntr`, which programs increase to make gettext look for catalogues again.
#[cfg_attr(test, allow(dead_code))]
static CATALOGUE_COUNTER: core::sync::atomic::AtomicI32 = core::sync::atomic::AtomicI32::new(0);
crate::alias_data!(_nl_msg_cat_cntr = CATALOGUE_COUNTER: c_int);

/// Which string of a domain is meant.
#[derive(Clone, Copy)]
enum Member {
    Folder,
    Codeset,
}

/// Sets (unless null) and returns a string of a domain; null when it is unset, or with ENOMEM.
unsafe fn bind(domain: *const c_char, member: Member, value: *const c_char) -> *mut c_char {
    // SAFETY: domain is null or a string; value too. What is replaced stays: callers may hold it.
    unsafe {
        if domain.is_null() || *domain == 0 {
            set_errno(EINVAL);
            return ptr::null_mut();
        }
        let copy = |s: *const c_char| {
            let copy = strdup(s);
            if copy.is_null() {
                set_errno(ENOMEM);
            }
            copy
        };
        let name = CStr::from_ptr(domain);
        let mut domains = DOMAINS.lock();
        let found = domains
            .known
            .iter()
            .position(|known| CStr::from_ptr(known.name) == name);
        let index = match found {
            Some(index) => index,
            None if value.is_null() => {
                return match member {
                    Member::Folder => DEFAULT_FOLDER.as_ptr().cast_mut(),
                    Member::Codeset => ptr::null_mut(),
                };
            }
            None => {
                let name = copy(domain);
                let entry = Domain {
                    name,
                    folder: ptr::null_mut(),
                    codeset: ptr::null_mut(),
                };
                if name.is_null() || domains.known.push(entry).is_err() {
                    free(name.cast());
                    return ptr::null_mut();
                }
                domains.known.len() - 1
            }
        };
        let entry = &mut domains.known[index];
        let place = match member {
            Member::Folder => &mut entry.folder,
            Member::Codeset => &mut entry.codeset,
        };
        if !value.is_null() {
            let new = copy(value);
            if new.is_null() {
                return new;
            }
            *place = new;
        }
        match (member, place.is_null()) {
            (Member::Folder, true) => DEFAULT_FOLDER.as_ptr().cast_mut(),
            _ => *place,
        }
    }
}

fn plural(singular: *const c_char, plural: *const c_char, n: c_ulong) -> *mut c_char {
    (if n == 1 { singular } else { plural }).cast_mut()
}

export! {
    /// The message in the current domain. GNU `gettext`.
    pub unsafe extern "C" fn gettext(message: *const c_char) -> *mut c_char {
        message.cast_mut()
    }

    /// The message in a domain. GNU `dgettext`.
    pub unsafe extern "C" fn dgettext(_domain: *const c_char, message: *const c_char) -> *mut c_char {
        message.cast_mut()
    }

    /// The message in a domain and category. GNU `dcgettext`.
    pub unsafe extern "C" fn dcgettext(
        _domain: *const c_char,
        message: *const c_char,
        _category: c_int,
    ) -> *mut c_char {
        message.cast_mut()
    }

    /// The message in a locale. POSIX.1-2024 `gettext_l`.
    pub unsafe extern "C" fn gettext_l(message: *const c_char, _locale: *mut c_void) -> *mut c_char {
        message.cast_mut()
    }

    /// The message in a domain and a locale. POSIX.1-2024 `dgettext_l`.
    pub unsafe extern "C" fn dgettext_l(
        _domain: *const c_char,
        message: *const c_char,
        _locale: *mut c_void,
    ) -> *mut c_char {
        message.cast_mut()
    }

    /// The message in a domain, a category and a locale. POSIX.1-2024 `dcgettext_l`.
    pub unsafe extern "C" fn dcgettext_l(
        _domain: *const c_char,
        message: *const c_char,
        _category: c_int,
        _locale: *mut c_void,
    ) -> *mut c_char {
        message.cast_mut()
    }

    /// One of two messages by number, in a locale. POSIX.1-2024 `ngettext_l`.
    pub unsafe extern "C" fn ngettext_l(
        one: *const c_char,
        many: *const c_char,
        n: c_ulong,
        _locale: *mut c_void,
    ) -> *mut c_char {
        plural(one, many, n)
    }

    /// One of two messages by number, in a domain and a locale. POSIX.1-2024 `dngettext_l`.
    pub unsafe extern "C" fn dngettext_l(
        _domain: *const c_char,
        one: *const c_char,
        many: *const c_char,
        n: c_ulong,
        _locale: *mut c_void,
    ) -> *mut c_char {
        plural(one, many, n)
    }

    /// One of two messages by number, in a domain, a category and a locale. POSIX.1-2024 `dcngettext_l`.
    pub unsafe extern "C" fn dcngettext_l(
        _domain: *const c_char,
        one: *const c_char,
        many: *const c_char,
        n: c_ulong,
        _category: c_int,
        _locale: *mut c_void,
    ) -> *mut c_char {
        plural(one, many, n)
    }

    /// One of two messages by number, in the current domain. GNU `ngettext`.
    pub unsafe extern "C" fn ngettext(one: *const c_char, many: *const c_char, n: c_ulong) -> *mut c_char {
        plural(one, many, n)
    }

    /// One of two messages by number, in a domain. GNU `dngettext`.
    pub unsafe extern "C" fn dngettext(
        _domain: *const c_char,
        one: *const c_char,
        many: *const c_char,
        n: c_ulong,
    ) -> *mut c_char {
        plural(one, many, n)
    }

    /// One of two messages by number, in a domain and category. GNU `dcngettext`.
    pub unsafe extern "C" fn dcngettext(
        _domain: *const c_char,
        one: *const c_char,
        many: *const c_char,
        n: c_ulong,
        _category: c_int,
    ) -> *mut c_char {
        plural(one, many, n)
    }

    /// Sets (unless null) and returns the current domain. GNU `textdomain`.
    pub unsafe extern "C" fn textdomain(domain: *const c_char) -> *mut c_char {
        // SAFETY: domain is null or a string.
        unsafe {
            let mut domains = DOMAINS.lock();
            if !domain.is_null() {
                let is_default = *domain == 0 || CStr::from_ptr(domain) == DEFAULT_DOMAIN;
                let new = if is_default { ptr::null_mut() } else { strdup(domain) };
                if new.is_null() && !is_default {
                    return ptr::null_mut();
                }
                domains.current = new;
            }
            if domains.current.is_null() { DEFAULT_DOMAIN.as_ptr().cast_mut() } else { domains.current }
        }
    }

    /// Sets (unless null) and returns a domain's folder. GNU `bindtextdomain`.
    pub unsafe extern "C" fn bindtextdomain(domain: *const c_char, folder: *const c_char) -> *mut c_char {
        // SAFETY: both are null or strings.
        unsafe { bind(domain, Member::Folder, folder) }
    }

    /// Sets (unless null) and returns the encoding of a domain's messages. GNU `bind_textdomain_codeset`.
    pub unsafe extern "C" fn bind_textdomain_codeset(
        domain: *const c_char,
        codeset: *const c_char,
    ) -> *mut c_char {
        // SAFETY: both are null or strings.
        unsafe { bind(domain, Member::Codeset, codeset) }
    }

    /// Opens a catalogue: there is none for these locales. -1 with ENOENT. POSIX.1-2024 `catopen`.
    pub unsafe extern "C" fn catopen(_name: *const c_char, _flag: c_int) -> *mut c_void {
        set_errno(ENOENT);
        ptr::without_provenance_mut(usize::MAX)
    }

    /// A catalogue's message, or the caller's own. POSIX.1-2024 `catgets`.
    pub unsafe extern "C" fn catgets(
        _catalogue: *mut c_void,
        _set: c_int,
        _number: c_int,
        text: *const c_char,
    ) -> *mut c_char {
        // No catalogue was opened, so whatever is given is none.
        set_errno(EBADF);
        text.cast_mut()
    }

    /// Closes a catalogue; -1 with EBADF. POSIX.1-2024 `catclose`.
    pub unsafe extern "C" fn catclose(_catalogue: *mut c_void) -> c_int {
        set_errno(EBADF);
        -1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_remembered_and_texts_come_back() {
        // SAFETY: all are strings.
        unsafe {
            assert_eq!(CStr::from_ptr(textdomain(ptr::null())), c"messages");
            assert_eq!(CStr::from_ptr(textdomain(c"prog".as_ptr())), c"prog");
            assert_eq!(CStr::from_ptr(textdomain(ptr::null())), c"prog");
            assert_eq!(CStr::from_ptr(textdomain(c"".as_ptr())), c"messages");
            assert_eq!(
                CStr::from_ptr(bindtextdomain(c"prog".as_ptr(), ptr::null())),
                DEFAULT_FOLDER
            );
            assert_eq!(
                CStr::from_ptr(bindtextdomain(c"prog".as_ptr(), c"/x".as_ptr())),
                c"/x"
            );
            assert_eq!(
                CStr::from_ptr(bindtextdomain(c"prog".as_ptr(), ptr::null())),
                c"/x"
            );
            assert!(bind_textdomain_codeset(c"prog".as_ptr(), ptr::null()).is_null());
            assert!(bindtextdomain(ptr::null(), c"/x".as_ptr()).is_null());
            assert_eq!(
                CStr::from_ptr(ngettext(c"one".as_ptr(), c"many".as_ptr(), 2)),
                c"many"
            );
            assert_eq!(
                CStr::from_ptr(ngettext(c"one".as_ptr(), c"many".as_ptr(), 1)),
                c"one"
            );
            assert_eq!(
                CStr::from_ptr(catgets(ptr::null_mut(), 1, 1, c"own".as_ptr())),
                c"own"
            );
        }
    }
}
