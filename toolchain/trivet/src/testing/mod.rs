//! Running tests and counting them.
//!
//! `totals` reads `tests/totals.toml`, which says what suites there are and how many tests each has: a test
//! that vanished is a failure. `cargo` and `program` run the suites, `report` counts and prints.

pub mod cargo;
pub mod program;
pub mod report;
pub mod totals;
