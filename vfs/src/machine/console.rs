//! The console's side of its terminal: what the host sends was typed, what programs write goes to the host.

use super::backend::Machine;
use super::slot;
use crate::terminal::device::Terminal;
use crate::wait::WaitList;
use alloc::rc::Rc;
use core::cell::Cell;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;
use trivet_abi::handle::Handle;
use trivet_ipc::Failure;
use trivet_ipc::console::{ConsoleError, Port};
use trivet_server::Runtime;
use trivet_server::clients::{console, file};

/// Bytes that one message carries to the host, at most.
const STEP: usize = 8 * 1024;

/// A terminal tied to the console's ports.
pub struct Link {
    runtime: Runtime,
    /// The terminal.
    pub terminal: Rc<Terminal<Machine>>,
    input: Handle,
    output: Handle,
    closing: Cell<bool>,
    /// Woken when `closing` was set.
    closed: WaitList,
    /// Tasks that still use the ports.
    tasks: Cell<u32>,
    /// Woken when the last of them has ended.
    pub ended: WaitList,
}

/// The ports of the console that a terminal needs.
pub struct Ports {
    input: Handle,
    output: Handle,
}

fn close(handle: Handle) {
    // Closing one's own handle does not fail.
    let _ = trivet_ipc::process::close(Handle::PROCESS, handle.0, handle.0);
}

impl Ports {
    /// Takes them from the console.
    pub async fn take(runtime: &Runtime) -> Result<Ports, Failure<ConsoleError>> {
        let input = console::stream(runtime, slot::CONSOLE, Port::Input).await?;
        match console::stream(runtime, slot::CONSOLE, Port::Output).await {
            Ok(output) => Ok(Ports { input, output }),
            Err(error) => {
                close(input);
                Err(error)
            }
        }
    }

    /// Gives them back.
    pub fn give_back(self) {
        close(self.input);
        close(self.output);
    }
}

impl Link {
    /// Ties a terminal to the ports: two tasks move bytes from now on.
    pub fn start(runtime: &Runtime, terminal: Rc<Terminal<Machine>>, ports: Ports) -> Rc<Link> {
        let link = Rc::new(Link {
            runtime: runtime.clone(),
            terminal,
            input: ports.input,
            output: ports.output,
            closing: Cell::new(false),
            closed: WaitList::default(),
            tasks: Cell::new(2),
            ended: WaitList::default(),
        });
        let (reader, writer) = (Rc::clone(&link), Rc::clone(&link));
        runtime.spawn(async move {
            reader.read().await;
            reader.task_ended(reader.input);
        });
        runtime.spawn(async move {
            writer.write().await;
            writer.task_ended(writer.output);
        });
        link
    }

    /// Ends the tasks; `ended` tells when the ports are free.
    pub fn close(&self) {
        self.closing.set(true);
        self.closed.wake_all();
    }

    /// Whether the ports are free again.
    pub fn has_ended(&self) -> bool {
        self.tasks.get() == 0
    }

    fn task_ended(&self, port: Handle) {
        close(port);
        self.tasks.set(self.tasks.get() - 1);
        if self.has_ended() {
            self.ended.wake_all();
        }
    }

    /// What `future` gives, or nothing where the link is closed first. The future is dropped then, which withdraws its call.
    async fn unless_closed<F: Future>(&self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        let mut closed = pin!(self.closed.wait_in_background());
        poll_fn(|context| {
            if self.closing.get() {
                return Poll::Ready(None);
            }
            if let Poll::Ready(value) = future.as_mut().poll(context) {
                return Poll::Ready(Some(value));
            }
            // Only to be woken: `closing` is what counts.
            let _ = closed.as_mut().poll(context);
            Poll::Pending
        })
        .await
    }

    async fn read(&self) {
        loop {
            let room = self.terminal.typing_room();
            if room == 0 {
                if self
                    .unless_closed(self.terminal.typing_room_came.wait_in_background())
                    .await
                    .is_none()
                {
                    return;
                }
                continue;
            }
            let read = file::read(&self.runtime, self.input, room as u64, room);
            match self.unless_closed(read).await {
                Some(Ok(read)) if !read.data.is_empty() => {
                    // There was room for so many, and only this task fills it.
                    self.terminal.type_bytes(&read.data);
                }
                // A host without a terminal of its own comes to the end of what it types.
                Some(Ok(_)) => return self.terminal.end_input(),
                // The console is gone: so is this terminal.
                Some(Err(_)) => return self.terminal.other_side_gone(),
                None => return,
            }
        }
    }

    async fn write(&self) {
        loop {
            let step = self
                .terminal
                .take_output(STEP, |bytes| (bytes.len(), alloc::vec::Vec::from(bytes)));
            let Some(bytes) = step else {
                self.terminal.set_sending(false);
                if self
                    .unless_closed(self.terminal.output_came.wait_in_background())
                    .await
                    .is_none()
                {
                    return;
                }
                continue;
            };
            self.terminal.set_sending(true);
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                match self
                    .unless_closed(file::write(&self.runtime, self.output, rest))
                    .await
                {
                    Some(Ok(count)) if count > 0 => {
                        rest = rest.get(usize::try_from(count).unwrap_or(0)..).unwrap_or(&[]);
                    }
                    Some(_) => {
                        self.terminal.set_sending(false);
                        return self.terminal.other_side_gone();
                    }
                    None => return,
                }
            }
        }
    }
}
