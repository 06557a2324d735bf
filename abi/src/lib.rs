//! The contract between programs and the kernel.
#![cfg_attr(not(test), no_std)]
