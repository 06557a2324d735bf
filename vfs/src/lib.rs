//! The file server.
#![cfg_attr(not(test), no_std)]
