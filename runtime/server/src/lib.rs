//! What a native Rust server stands on.
#![cfg_attr(not(test), no_std)]
