//! Terminals: the line discipline, pseudo terminals, the console's terminal, and which session has which. Note 0043.

pub mod discipline;
mod edit;
pub mod input;
pub mod output;
pub mod queue;
pub mod settings;
