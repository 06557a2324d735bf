//! A handle of this server's that is closed with its value.

use trivet_abi::handle::Handle;

/// A handle that closes itself.
#[derive(Debug)]
pub struct Owned(Handle);

impl Owned {
    /// Takes a handle over.
    #[must_use]
    pub fn new(handle: Handle) -> Owned {
        Owned(handle)
    }

    /// The handle, which stays this value's.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.0
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        if self.0 != Handle::NONE {
            // One's own handle: closing it does not fail.
            let _ = trivet_ipc::process::close(Handle::PROCESS, self.0.0, self.0.0);
        }
    }
}
