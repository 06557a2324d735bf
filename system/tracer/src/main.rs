//! The tracer as a program: see the library.
#![cfg_attr(trivet_machine, no_std)]
#![cfg_attr(trivet_machine, no_main)]

trivet_start::program!(trivet_tracer::run);
