//! Images that a machine starts from.
//!
//! [`archive`] packs Trivet's boot archive, [`cpio`] Linux's initramfs (for the guest that figures are
//! compared with).
#![forbid(unsafe_code)]

pub mod archive;
pub mod cpio;
