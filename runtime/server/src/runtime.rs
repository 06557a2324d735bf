//! A server's own context, cloned at will: the kernel, calls under way, signals, sleepers, background tasks.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::future::Future;
use core::pin::Pin;

use crate::call::{CallFuture, Calls, Outgoing};
use crate::executor::Limits;
use crate::kernel::Kernel;
use crate::ready::ReadySet;
use crate::request::Request;
use crate::signal::{Signal, Signals};
use crate::timer::{Sleep, Timers};

/// A background task.
pub(crate) type Background = Pin<Box<dyn Future<Output = ()>>>;

/// The context of one server.
#[derive(Clone)]
pub struct Runtime {
    core: Rc<Core>,
}

struct Core {
    kernel: Box<dyn Kernel>,
    limits: Limits,
    ready: Arc<ReadySet>,
    calls: Calls,
    signals: Signals,
    timers: Timers,
    spawned: RefCell<Vec<Background>>,
    /// Tasks whose requests were parked, and go to the dispatcher now.
    resumed: RefCell<Vec<usize>>,
    stopping: Cell<bool>,
}

impl Runtime {
    /// A context over `kernel`. `call_slots` are the first number and the count of the slots that were bought.
    #[must_use]
    pub fn new(kernel: Box<dyn Kernel>, limits: Limits, call_slots: (u64, usize)) -> Runtime {
        let core = Core {
            kernel,
            limits,
            ready: Arc::new(ReadySet::new(limits.tasks + limits.background)),
            calls: Calls::new(call_slots.0, call_slots.1),
            signals: Signals::default(),
            timers: Timers::default(),
            spawned: RefCell::default(),
            resumed: RefCell::default(),
            stopping: Cell::new(false),
        };
        Runtime { core: Rc::new(core) }
    }

    /// The kernel.
    #[must_use]
    pub fn kernel(&self) -> &dyn Kernel {
        &*self.core.kernel
    }

    /// Bounds on tasks.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.core.limits
    }

    /// Starts a task that belongs to no request, as a driver's interrupt loop. It is polled when the executor runs.
    pub fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.respawn(Box::pin(task));
    }

    /// Calls another server on behalf of a request, whose cancel goes on to it.
    pub fn call<'a>(&'a self, request: &'a Request, call: Outgoing) -> CallFuture<'a> {
        CallFuture::new(self, Some(request), call)
    }

    /// Calls another server from a background task.
    pub fn call_in_background(&self, call: Outgoing) -> CallFuture<'_> {
        CallFuture::new(self, None, call)
    }

    /// Sleeps on behalf of a request until a time of the monotonic clock, in nanoseconds.
    pub fn sleep_until<'a>(&'a self, request: &'a Request, deadline_ns: u64) -> Sleep<'a> {
        Sleep::new(self, Some(request), deadline_ns)
    }

    /// Sleeps in a background task; nothing cancels it.
    pub fn sleep_in_background(&self, deadline_ns: u64) -> Sleep<'_> {
        Sleep::new(self, None, deadline_ns)
    }

    /// Something to bind an interrupt, a timer or a memory's events with.
    #[must_use]
    pub fn new_signal(&self) -> Rc<Signal> {
        self.core.signals.create()
    }

    /// Makes [`crate::run`] return after the present event.
    pub fn stop(&self) {
        self.core.stopping.set(true);
        self.core.ready.call_attention();
    }

    pub(crate) fn stopping(&self) -> bool {
        self.core.stopping.get()
    }

    pub(crate) fn ready(&self) -> &Arc<ReadySet> {
        &self.core.ready
    }

    pub(crate) fn calls(&self) -> &Calls {
        &self.core.calls
    }

    pub(crate) fn signals(&self) -> &Signals {
        &self.core.signals
    }

    pub(crate) fn timers(&self) -> &Timers {
        &self.core.timers
    }

    fn respawn(&self, task: Background) {
        self.core.spawned.borrow_mut().push(task);
        self.core.ready.call_attention();
    }

    pub(crate) fn resume(&self, task: usize) {
        self.core.resumed.borrow_mut().push(task);
        self.core.ready.call_attention();
    }

    pub(crate) fn take_resumed(&self) -> Vec<usize> {
        self.core.resumed.take()
    }

    pub(crate) fn take_spawned(&self) -> Vec<Background> {
        self.core.spawned.take()
    }
}

impl core::fmt::Debug for Runtime {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter
            .debug_struct("Runtime")
            .field("limits", &self.core.limits)
            .finish_non_exhaustive()
    }
}
