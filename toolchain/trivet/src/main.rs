//! The trivet command.
fn main() {}
