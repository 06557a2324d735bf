//! The kernel's services over memory: the interfaces of address spaces, Memory objects, device memory and DMA, and page faults.
//!
//! What memory *is* lives in [`mm`](crate::mm); here are its callers: arguments checked, steps continued, events posted.

pub mod device;
pub mod notices;
pub mod object;
pub mod space;
