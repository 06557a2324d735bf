//! The server's log: lines go to the log service by asynchronous calls, so that logging never waits.
//!
//! Lines that come faster than they go are dropped and counted; the next line says how many.

use alloc::collections::VecDeque;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use core::cell::{Cell, RefCell};
use core::fmt;

use trivet_abi::handle::Handle;

use crate::clients;
use crate::runtime::Runtime;
use crate::wait::WaitQueue;

pub use trivet_ipc::log::Level;

/// Bytes of one line at most, as the interface has it.
const LINE_BYTES: usize = 1024;
/// Lines that wait at most.
const LINES: usize = 256;

/// The log of one server.
#[derive(Clone, Debug)]
pub struct Log {
    queue: Rc<Queue>,
}

#[derive(Debug)]
struct Queue {
    lines: RefCell<VecDeque<(Level, String)>>,
    dropped: Cell<u64>,
    highest: Cell<u64>,
    filled: WaitQueue,
}

impl Log {
    /// A log over a session with the log service.
    #[must_use]
    pub fn new(runtime: &Runtime, session: Handle) -> Log {
        let queue = Rc::new(Queue {
            lines: RefCell::default(),
            dropped: Cell::new(0),
            highest: Cell::new(Level::Information.number()),
            filled: WaitQueue::new(),
        });
        let log = Log { queue: queue.clone() };
        let sender = runtime.clone();
        runtime.spawn(async move {
            loop {
                let line = queue.lines.borrow_mut().pop_front();
                let Some((level, text)) = line else {
                    // Nothing cancels a background wait.
                    let _ = queue.filled.wait_in_background().await;
                    continue;
                };
                // A log that does not take the line is no reason to stop serving.
                let _ = clients::log::write(&sender, session, level, text.as_bytes()).await;
            }
        });
        log
    }

    /// Lines less important than this are dropped without being counted.
    pub fn set_level(&self, level: Level) {
        self.queue.highest.set(level.number());
    }

    /// Adds a line.
    pub fn write(&self, level: Level, text: fmt::Arguments<'_>) {
        if level.number() > self.queue.highest.get() {
            return;
        }
        let mut lines = self.queue.lines.borrow_mut();
        if lines.len() >= LINES {
            self.queue.dropped.set(self.queue.dropped.get() + 1);
            return;
        }
        let mut line = match self.queue.dropped.replace(0) {
            0 => format!("{text}"),
            dropped => format!("({dropped} lines dropped) {text}"),
        };
        while line.len() > LINE_BYTES {
            line.pop();
        }
        lines.push_back((level, line));
        drop(lines);
        self.queue.filled.wake_one();
    }

    /// A line about something that failed.
    pub fn error(&self, text: fmt::Arguments<'_>) {
        self.write(Level::Error, text);
    }

    /// A line about something odd.
    pub fn warning(&self, text: fmt::Arguments<'_>) {
        self.write(Level::Warning, text);
    }

    /// A line about something that happened.
    pub fn information(&self, text: fmt::Arguments<'_>) {
        self.write(Level::Information, text);
    }
}
