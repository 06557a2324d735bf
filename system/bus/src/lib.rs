//! The bus server.
#![cfg_attr(not(test), no_std)]
