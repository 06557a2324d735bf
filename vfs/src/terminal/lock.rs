//! One at a time: a read or a write of many steps is not mixed with another.

use crate::backend::Backend;
use crate::error::Error;
use crate::wait::WaitList;
use core::cell::Cell;

/// A lock whose waiters come in their order.
#[derive(Debug, Default)]
pub struct Turn {
    taken: Cell<bool>,
    waiting: WaitList,
}

/// Holds the lock until it is dropped.
#[derive(Debug)]
pub struct Held<'a>(&'a Turn);

impl Turn {
    /// Takes the lock on behalf of a request.
    ///
    /// # Errors
    /// `Again` where it is taken and the request must not wait, `Interrupted`.
    pub async fn take<B: Backend>(
        &self,
        backend: &B,
        request: &B::Request,
        waits: bool,
    ) -> Result<Held<'_>, Error> {
        while self.taken.get() {
            if !waits {
                return Err(Error::Again);
            }
            self.waiting.wait(backend, request).await?;
        }
        self.taken.set(true);
        Ok(Held(self))
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.taken.set(false);
        self.0.waiting.wake_one();
    }
}
