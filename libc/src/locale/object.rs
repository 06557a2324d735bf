//! Locale objects: `newlocale`, `duplocale`, `freelocale`, `uselocale`, and the locale in force.

use super::names::{CATEGORIES, Category, LC_ALL, LC_CTYPE, Name};
use super::selection::choose;
use crate::ctype::table::{class_table, lower_table, upper_table};
use crate::errno::{EINVAL, ENOENT, ENOMEM, set_errno};
use crate::heap;
use crate::types::*;
use core::ffi::CStr;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

/// A locale: glibc's `struct __locale_struct`. libstdc++ reads the three table pointers.
#[repr(C)]
pub struct Locale {
    /// The data of each category; entry `LC_ALL` is null.
    categories: [AtomicPtr<Category>; CATEGORIES],
    ctype_b: *const u16,
    ctype_tolower: *const i32,
    ctype_toupper: *const i32,
    /// The name of each category.
    names: [AtomicPtr<c_char>; CATEGORIES],
}

const _: () = assert!(size_of::<Locale>() == 232 && core::mem::offset_of!(Locale, ctype_b) == 104);

// SAFETY: the tables are constant, and the pointers that change are atomic.
unsafe impl Sync for Locale {}

/// A pointer to a locale, or `GLOBAL_HANDLE`.
#[allow(non_camel_case_types)]
pub type locale_t = *mut Locale;

/// `LC_GLOBAL_LOCALE`: the locale that `setlocale` changes.
pub const GLOBAL_HANDLE: locale_t = ptr::without_provenance_mut(usize::MAX);

impl Locale {
    const fn of(name: Name) -> Locale {
        let category = ptr::from_ref(name.category()).cast_mut();
        let text = name.text().as_ptr().cast_mut();
        let mut categories = [const { AtomicPtr::new(ptr::null_mut()) }; CATEGORIES];
        let mut names = [const { AtomicPtr::new(ptr::null_mut()) }; CATEGORIES];
        let mut i = 0;
        while i < CATEGORIES {
            if i != LC_ALL as usize {
                categories[i] = AtomicPtr::new(category);
            }
            names[i] = AtomicPtr::new(text);
            i += 1;
        }
        Locale {
            categories,
            ctype_b: class_table(),
            ctype_tolower: lower_table(),
            ctype_toupper: upper_table(),
            names,
        }
    }

    /// The name of one category (not `LC_ALL`).
    pub fn name(&self, category: c_int) -> Name {
        let index = usize::try_from(category).unwrap_or(CATEGORIES);
        let data = self
            .categories
            .get(index)
            .map_or(ptr::null_mut(), |p| p.load(Ordering::Relaxed));
        // SAFETY: each entry is null or points to one of the constant categories.
        unsafe { data.as_ref() }.map_or(Name::C, |category| category.name)
    }

    /// Changes one category (not `LC_ALL`).
    pub(super) fn set(&self, category: usize, name: Name) {
        self.categories[category].store(ptr::from_ref(name.category()).cast_mut(), Ordering::Relaxed);
        self.names[category].store(name.text().as_ptr().cast_mut(), Ordering::Relaxed);
    }

    /// A copy of all categories of another locale.
    fn copy_from(&self, other: &Locale) {
        for index in (0..CATEGORIES).filter(|&i| i != LC_ALL as usize) {
            self.set(index, other.name(index as c_int));
        }
    }
}

/// The process's locale, which `setlocale` changes.
pub(super) static GLOBAL: Locale = Locale::of(Name::C);
/// What `newlocale` returns for all categories of C: never freed.
static C: Locale = Locale::of(Name::C);

crate::thread_storage! {
    /// The thread's own locale, or null for the global one.
    fn own() -> *const Locale = "trivet_thread_locale";
}

/// The locale that a handle stands for.
///
/// # Safety
/// `handle` is null (the current locale), `GLOBAL_HANDLE`, or a live locale.
unsafe fn resolve<'a>(handle: *const Locale) -> &'a Locale {
    if handle.is_null() {
        current()
    } else if handle == GLOBAL_HANDLE {
        &GLOBAL
    } else {
        // SAFETY: the caller's promise.
        unsafe { &*handle }
    }
}

/// The locale in force on this thread.
#[inline]
pub fn current<'a>() -> &'a Locale {
    // SAFETY: the storage is this thread's; a locale in use may not be freed (POSIX `freelocale`).
    unsafe { (*own()).as_ref() }.unwrap_or(&GLOBAL)
}

/// Whether this thread's characters are UTF-8.
#[inline]
pub fn current_is_utf8() -> bool {
    current().name(LC_CTYPE).is_utf8()
}

/// Whether characters are UTF-8 in the locale of a handle.
///
/// # Safety
/// As `resolve`.
pub unsafe fn is_utf8(handle: *const Locale) -> bool {
    // SAFETY: the caller's promise.
    unsafe { resolve(handle) }.name(LC_CTYPE).is_utf8()
}

/// The name of one category in the locale of a handle.
///
/// # Safety
/// As `resolve`.
pub(super) unsafe fn name_in(handle: *const Locale, category: c_int) -> Name {
    // SAFETY: the caller's promise.
    unsafe { resolve(handle) }.name(category)
}

fn allocate() -> Option<&'static Locale> {
    // SAFETY: malloc returns null or room for a Locale, which is written before it is used.
    unsafe {
        let place: *mut Locale = heap::malloc(size_of::<Locale>()).cast();
        if place.is_null() {
            set_errno(ENOMEM);
            return None;
        }
        place.write(Locale::of(Name::C));
        Some(&*place)
    }
}

export! {
    /// A locale with the categories of `mask` as `name` says and the others as in `base`, or in C. `base` is
    /// used up. Null with EINVAL for an unknown category, ENOENT for an unknown name, ENOMEM.
    /// POSIX.1-2024 `newlocale`.
    pub unsafe extern "C" fn newlocale(mask: c_int, name: *const c_char, base: locale_t) -> locale_t {
        const ALL: c_int = ((1 << CATEGORIES) - 1) & !(1 << LC_ALL);
        let mask = if mask == 1 << LC_ALL { ALL } else { mask };
        if mask & !ALL != 0 || name.is_null() {
            set_errno(EINVAL);
            return ptr::null_mut();
        }
        // SAFETY: name is a string; base is null or a locale.
        unsafe {
            let mut chosen = [None; CATEGORIES];
            if !choose(CStr::from_ptr(name).to_bytes(), mask as u32, &mut chosen) {
                set_errno(ENOENT);
                return ptr::null_mut();
            }
            let own_base = !base.is_null() && !ptr::eq(base, &raw const C) && base != GLOBAL_HANDLE;
            let all_c = (0..CATEGORIES).all(|i| {
                i == LC_ALL as usize
                    || chosen[i].unwrap_or_else(|| base.as_ref().map_or(Name::C, |b| b.name(i as c_int)))
                        == Name::C
            });
            if all_c && !own_base {
                return (&raw const C).cast_mut();
            }
            let target = if own_base {
                &*base
            } else {
                match allocate() {
                    Some(target) => target,
                    None => return ptr::null_mut(),
                }
            };
            for (index, name) in chosen.iter().enumerate() {
                if let Some(name) = name {
                    target.set(index, *name);
                }
            }
            ptr::from_ref(target).cast_mut()
        }
    }

    /// A copy of a locale, or null with ENOMEM. POSIX.1-2024 `duplocale`.
    pub unsafe extern "C" fn duplocale(locale: locale_t) -> locale_t {
        if ptr::eq(locale, &raw const C) {
            return locale;
        }
        let Some(copy) = allocate() else { return ptr::null_mut() };
        // SAFETY: locale is LC_GLOBAL_LOCALE or a locale.
        copy.copy_from(unsafe { resolve(locale) });
        ptr::from_ref(copy).cast_mut()
    }

    /// Frees a locale that no thread uses. POSIX.1-2024 `freelocale`.
    pub unsafe extern "C" fn freelocale(locale: locale_t) {
        if !ptr::eq(locale, &raw const C) && locale != GLOBAL_HANDLE {
            // SAFETY: it came from newlocale or duplocale and is used no more.
            unsafe { heap::free(locale.cast()) };
        }
    }

    /// Makes a locale the calling thread's (null only asks) and returns the one before.
    /// POSIX.1-2024 `uselocale`.
    pub unsafe extern "C" fn uselocale(locale: locale_t) -> locale_t {
        // SAFETY: the storage is this thread's.
        unsafe {
            let place = own();
            let before = *place;
            if locale == GLOBAL_HANDLE {
                *place = ptr::null();
            } else if !locale.is_null() {
                *place = locale;
            }
            if before.is_null() { GLOBAL_HANDLE } else { before.cast_mut() }
        }
    }
}

crate::alias!(__newlocale = newlocale);
crate::alias!(__duplocale = duplocale);
crate::alias!(__freelocale = freelocale);
crate::alias!(__uselocale = uselocale);
