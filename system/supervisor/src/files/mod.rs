//! The files below /proc: [`node`] says what a path means, [`text`] what each file says, [`service`] serves them.

pub mod node;
pub mod service;
pub mod text;
