//! The policy decision engine.
#![cfg_attr(not(test), no_std)]
