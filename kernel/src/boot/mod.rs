//! What happens once, between the machine's start and init's first instruction.

pub mod acpi;
pub mod archive;
pub mod command_line;
pub mod memory_map;
pub mod start;
pub mod symbols;
pub mod time;
