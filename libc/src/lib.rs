//! The C library: POSIX calls become messages; everything that needs no message is done here.
//!
//! One folder or file a function family. Every family stands on the first block below: C types, `errno`, the
//! `export!` macro, and the seam to the system.
#![cfg_attr(not(test), no_std)]
// What a caller of a C function owes is the standard's text, which each function's doc names.
#![allow(clippy::missing_safety_doc)]

#[macro_use]
mod export;
#[macro_use]
mod thread_storage;

pub mod accounts;
pub mod asynchronous;
pub mod backtrace;
pub mod complex;
pub mod ctype;
pub mod database;
pub mod device;
pub mod env;
pub mod errno;
pub mod events;
pub mod exit;
pub mod fenv;
#[macro_use]
pub mod float;
pub mod fmtmsg;
pub mod fnmatch;
pub mod getopt;
pub mod glob;
pub mod heap;
pub mod iconv;
pub mod libgen;
pub mod loader;
pub mod locale;
pub mod lock;
pub mod malloc;
pub mod math;
pub mod messages;
pub mod mntent;
pub mod multibyte;
pub mod network;
pub mod obstack;
#[macro_use]
pub mod printf;
pub mod process;
pub mod pthread;
pub mod random;
pub mod regex;
#[cfg(not(test))]
mod runtime;
pub mod scanf;
pub mod seam;
pub mod search;
pub mod signal;
pub mod start;
pub mod stdio;
pub mod stdlib;
pub mod string;
pub mod syslog;
pub mod tcb;
pub mod terminal;
pub mod thread;
pub mod time;
pub mod trees;
pub mod types;
pub mod unistd;
pub mod unwind;
pub mod wchar;
pub mod wctype;
pub mod wordexp;
