//! The end of a thread.

/// Ends the calling thread as cancelled.
#[cfg(not(test))]
pub fn cancelled() -> ! {
    use crate::seam::{System, Threads};
    System::exit_thread()
}
