//! <locale.h> and <langinfo.h>: the locales C (POSIX) and C.UTF-8.
//!
//! Both have the same texts, formats and order; they differ in how bytes make characters. A program starts in
//! C; `setlocale(LC_ALL, "")` takes LC_ALL, the category's variable or LANG, and any other name is refused, as
//! a system without that locale does. `Locale` is glibc's `struct __locale_struct`, which libstdc++ reads.
//! Neighbours: `ctype` (bytes), `multibyte` and `wctype` (wide characters), `strftime` (times).

mod conventions;
mod environment;
mod information;
pub mod money;
mod names;
mod object;
mod selection;

pub use conventions::{lconv, localeconv};
pub use environment::variable;
pub use information::{day_names, month_names, nl_langinfo, nl_langinfo_l};
pub use names::{CATEGORIES, LC_ALL, LC_CTYPE, Name};
pub use object::{
    GLOBAL_HANDLE, Locale, current, current_is_utf8, duplocale, freelocale, is_utf8, locale_t, newlocale,
    uselocale,
};
pub use selection::{getlocalename_l, setlocale};

#[cfg(test)]
mod tests;
