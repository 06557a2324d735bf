//! A program that tests the process server by plain messages: see the library.
#![cfg_attr(trivet_machine, no_std)]
#![cfg_attr(trivet_machine, no_main)]

trivet_start::program!(trivet_process_probe::run);
