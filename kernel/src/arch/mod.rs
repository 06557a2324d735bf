//! x86-64: everything that touches the processor and the machine around it. `unsafe` lives here and nowhere else.
//!
//! [`start`] takes over from the boot loader and calls [`boot::run`]; afterwards control comes back only through the
//! stubs in [`entry`], which hand over to [`trap`], which calls the logic through [`hardware::Hardware`].

mod boot;
mod clock;
mod descriptors;
mod entropy;
mod entry;
mod features;
mod hardware;
mod heap;
mod instructions;
mod interrupts;
mod layout;
mod local_apic;
mod lock;
mod memory_functions;
mod page_functions;
mod paging;
mod panic;
mod processor;
mod serial;
mod shootdown;
mod smp;
mod start;
mod start_info;
mod symbols;
mod trap;
