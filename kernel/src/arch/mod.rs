//! x86-64: everything that touches the processor and the machine around it. `unsafe` lives here and nowhere else.
//!
//! [`start`] takes over from the boot loader and calls [`boot::run`]; afterwards control comes back only through the
//! stubs in [`entry`], which hand over to [`trap`], which calls the logic through [`hardware::Hardware`].

mod layout;
mod instructions;
mod start;
