//! <time.h> and the clocks of <sys/time.h>.
//!
//! `civil` and `broken` know the calendar, `rule` and `tzif` the two descriptions of a time zone, `zone` which one is
//! in force, `local` converts; `format`, `parse`, `getdate` and `text` are the texts, `clocks` the clocks. Nothing here
//! depends on a 32-bit `time_t`.

pub mod broken;
pub mod civil;
pub mod clocks;
pub mod format;
pub mod getdate;
pub mod local;
pub mod parse;
pub mod rule;
pub mod text;
pub mod tzif;
pub mod zone;

pub use broken::tm;
pub use format::{strftime, wcsftime};
pub use local::{gmtime_r, localtime_r, mktime, timegm};

#[cfg(test)]
mod tests;
