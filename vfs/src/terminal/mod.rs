//! Terminals: the line discipline, pseudo terminals, the console's terminal, and which session has which. Note 0043.

pub mod device;
pub mod discipline;
mod edit;
pub mod input;
pub(crate) mod lock;
mod master;
pub mod output;
pub mod program_side;
pub mod queue;
pub mod sessions;
pub mod settings;
pub mod terminals;
#[cfg(test)]
mod tests;
