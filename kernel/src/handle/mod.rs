//! Handles: slots of a process's table, what they hold, and the three masks that decide a message.
//!
//! [`slot`] is what one handle is, [`table`] the two regions of slots, [`bitmap`] finds the lowest free number.
//! `install` puts objects into tables with the policy's decision; `service` is the part of the Process interface that works on slots.

pub mod bitmap;
pub mod install;
pub mod service;
pub mod slot;
pub mod table;
