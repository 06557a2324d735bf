//! Client stubs and the three calls.
#![cfg_attr(not(test), no_std)]
