//! Files, names, memory mappings and the process, as POSIX names them: thin over the seam.
//!
//! One file a family: validate, call the system, set `errno`. Blocking calls are cancellation points.

pub mod configuration;
pub mod data_segment;
pub mod descriptors;
pub mod directories;
pub mod extended_attributes;
pub mod host;
pub mod identity;
pub mod input_output;
pub mod mappings;
pub mod metadata;
pub mod names;
pub mod paths;
pub mod random;
pub mod resources;
pub mod status;
pub mod syscall;
pub mod system;
pub mod unsupported;
