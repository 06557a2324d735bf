//! The init server.
#![cfg_attr(not(test), no_std)]
