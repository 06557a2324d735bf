//! POSIX threads.
pub mod exit;
