//! The subcommands, one file each. Each has its clap `Options` and an `execute` function.

pub mod bench;
pub mod boot;
pub mod check;
pub mod doctor;
pub mod fuzz;
pub mod image;
pub mod interface;
pub mod kernel_test;
pub mod policy;
pub mod port;
pub mod process_probe;
pub mod run;
pub mod sysroot;
pub mod test;
