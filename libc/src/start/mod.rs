//! From `_start` to `main`: thread-local storage, relocations, constructors.
//!
//! `__libc_start_main` is called by crt1.o. The order matters: thread-local storage before the resolvers of
//! indirect functions, read-only relocations after them, then the program's constructors, then `main`.
//! Neighbours: `crt/start.S` (before), `exit` (after), `program` (what is known of the image).

pub mod program;
pub mod secure;
pub mod tls;

#[cfg(not(test))]
mod main;
