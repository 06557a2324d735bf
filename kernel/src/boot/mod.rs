//! What happens once, between the machine's start and init's first instruction.

pub mod memory_map;
