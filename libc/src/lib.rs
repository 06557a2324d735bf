//! The C library.
#![cfg_attr(not(test), no_std)]
