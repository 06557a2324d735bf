//! `trivet test posix`: the Open POSIX test suite, compiled by our compiler and run in the guest (note 0047).
//!
//! Debian's package `posixtestsuite` is fetched, never kept in the tree: it is under the GPL. `suite` knows its tests, `compile`
//! builds those whose inputs changed, `guest` and `linux` run them, `verdict` says how one ended, `report` counts, and
//! writes docs/conformance.md with the causes from tests/posix/causes.toml. `names` compares with the standard's list of names.

pub mod causes;
pub mod command;
pub mod compile;
pub mod guest;
pub mod harness;
pub mod linux;
pub mod names;
pub mod report;
pub mod results;
pub mod suite;
pub mod verdict;
