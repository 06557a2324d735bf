//! The supervisor server.
#![cfg_attr(not(test), no_std)]
