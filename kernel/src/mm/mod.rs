//! Memory: frames, Memory objects, address spaces, copies. Note 0005.

pub mod frames;
