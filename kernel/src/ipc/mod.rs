//! Messages: calls, receiving, replies, events, endpoints and sessions. Notes 0002 and 0004.
//!
//! [`record`] is what the kernel knows of a pending call, [`endpoint`] and [`session`] the two ends, [`event`] what Recv
//! returns besides requests. `fast` is the straight path between two waiting parties; `call`, `receive`, `reply` are the whole.

pub mod asynchronous;
pub mod call;
pub mod cancel;
pub mod copy;
pub mod endpoint;
pub mod event;
pub mod fast;
pub mod queue;
pub mod receive;
pub mod record;
pub mod reply;
pub mod service;
pub mod session;
pub mod token;
pub mod transfer;
