//! The straight path: a call in registers to a server that waits, and its reply with the next Recv. Note 0008.

use crate::arena::Ref;
use crate::kernel::Kernel;
use crate::machine::{Cpu, Machine};
use crate::thread::Thread;

impl<M: Machine> Kernel<M> {
    /// A call of a session in registers only, or with one buffer each way. False: not plain.
    #[inline]
    pub(crate) fn fast_call(&mut self, _cpu: Cpu, _current: Ref<Thread>) -> bool {
        false
    }

    /// A reply in registers that goes on into Recv. False: not plain.
    #[inline]
    pub(crate) fn fast_reply(&mut self, _cpu: Cpu, _current: Ref<Thread>) -> bool {
        false
    }
}
