//! <search.h>: hash tables, binary trees, linear search, queues.

pub mod hash;
pub mod linear;
pub mod queue;
pub mod tree;
