//! Requests that wait without a future, for what is asked for so often that a future's own cost counts: a read of an empty pipe.
//!
//! Nothing was done for a parked request. Either somebody answers it in one go, or the dispatcher serves it from its beginning: what is not as
//! plain as that, a cancel among it, needs no second way of being served.

use alloc::rc::Rc;

use crate::request::Request;
use crate::tasks::TaskState;

/// What became of a request that was shown to [`crate::Events::at_once`].
#[derive(Debug)]
pub enum AtOnce {
    /// Nothing was done: the dispatcher serves it.
    No,
    /// Its answer is filled in.
    Answered,
    /// It waits: [`Request::park`] made what the service keeps of it.
    Parked,
    /// Its answer is filled in, and with it ends this one that waited: a success with the bytes in its buffer, and their number as its first word.
    AnsweredBoth(Parked),
}

/// A request that waits. Where this is dropped the dispatcher serves it from its beginning.
#[derive(Debug)]
#[must_use = "dropped, it goes to the dispatcher"]
pub struct Parked {
    state: Rc<TaskState>,
}

impl Parked {
    /// The task of the request, which is answered now; none where it does not wait any more.
    pub(crate) fn end(self) -> Option<usize> {
        self.state.parked.take().then_some(self.state.task)
    }

    /// Whether it still waits: a signal or its caller's death may have sent it to the dispatcher.
    #[inline]
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.state.parked.get()
    }

    /// Room for bytes of the reply.
    #[inline]
    #[must_use]
    pub fn room(&self) -> u64 {
        self.state.header.room
    }

    /// Puts bytes into the buffer that the reply begins with.
    #[inline]
    pub fn buffer_reply(&self, bytes: &[u8]) {
        self.state.reply.borrow_mut().extend_from_slice(bytes);
    }
}

impl Drop for Parked {
    fn drop(&mut self) {
        if self.is_waiting() {
            self.state.runtime.resume(self.state.task);
        }
    }
}

impl Request {
    /// Lets the request wait without a future; [`AtOnce::Parked`] says so to the executor.
    #[inline]
    pub fn park(&self) -> Parked {
        let state = self.state().clone();
        state.parked.set(true);
        Parked { state }
    }
}
