//! The tracer: takes the kernel's records of traced messages and sends them to the host as they are, by a port of their own. The host knows
//! the interfaces and makes text of them. It traces each domain that the policy lets it trace.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;
use trivet_abi::handle::Handle;
use trivet_ipc::audit::{self, TraceRecord};
use trivet_ipc::console::Port;
use trivet_ipc::plain::bytes_of;
use trivet_server::clients::{console, file};
use trivet_server::signal::Signal;
use trivet_server::system::System;
use trivet_server::{Answer, Events, Limits, Request, Runtime};

/// Slots that init fills: see `init.conf`.
mod slot {
    use trivet_abi::handle::Handle;

    pub const ENDPOINT: Handle = Handle::bootstrap(8);
    pub const AUDIT: Handle = Handle::bootstrap(9);
    pub const POLICY: Handle = Handle::bootstrap(10);
    pub const CONSOLE: Handle = Handle::bootstrap(11);
}

/// Exit status when the policy lets it trace nothing.
const NOTHING: u8 = 1;
/// Exit status when something was refused.
const FAILED: u8 = 2;
/// Calls to the console at the same time.
const CALL_SLOTS: u32 = 2;
/// Records that are taken at a time.
const BATCH: usize = 32;
/// The kind of a record that only says, in `bytes`, how many were lost before it.
pub const LOST: u8 = 2;
/// What a request to the tracer answers: it serves nothing.
const NOT_IMPLEMENTED: u16 = 38;

/// Nobody has sessions here.
struct Nothing;

impl Events for Nothing {}

/// The program.
pub fn run() -> u8 {
    let Ok(system) = System::new(slot::ENDPOINT, Some(slot::POLICY)) else {
        return FAILED;
    };
    let Ok(slots) = system.buy_call_slots(CALL_SLOTS) else {
        return FAILED;
    };
    let runtime = Runtime::new(Box::new(system), Limits::default(), slots);
    if trace_domains() == 0 {
        return NOTHING;
    }
    let signal = runtime.new_signal();
    if audit::trace_bind(slot::AUDIT, slot::ENDPOINT, signal.cookie()).is_err() {
        return FAILED;
    }
    let background = runtime.clone();
    runtime.spawn(async move {
        send(&background, &signal).await;
        background.stop();
    });
    let _ = trivet_server::run(&runtime, &Nothing, |_request: Request| async {
        Answer::status(NOT_IMPLEMENTED)
    });
    FAILED
}

/// Asks for each domain of the policy; answers how many it may trace.
fn trace_domains() -> usize {
    const KIND_DOMAIN: u64 = 0;
    let mut name = [0; 64];
    (0..)
        .take_while(|&domain| {
            trivet_ipc::policy::text(slot::POLICY, KIND_DOMAIN, u64::from(domain), &mut name[..]).is_ok()
        })
        .filter(|&domain| audit::trace_domain(slot::AUDIT, domain).is_ok())
        .count()
}

/// Sends records as long as the console takes them.
async fn send(runtime: &Runtime, signal: &Rc<Signal>) {
    let Ok(port) = console::stream(runtime, slot::CONSOLE, Port::Trace).await else {
        return;
    };
    let mut records = [TraceRecord::default(); BATCH];
    loop {
        let Ok(taken) = audit::trace(slot::AUDIT, &mut records[..]) else {
            return;
        };
        let count = usize::try_from(taken.count).unwrap_or(0).min(BATCH);
        let mut bytes = Vec::new();
        for record in &records[..count] {
            bytes.extend_from_slice(bytes_of(record));
        }
        if taken.lost > 0 {
            let lost = TraceRecord {
                kind: LOST,
                bytes: taken.lost,
                ..TraceRecord::default()
            };
            bytes.extend_from_slice(bytes_of(&lost));
        }
        if bytes.is_empty() {
            signal.wait().await;
        } else if send_all(runtime, port, &bytes).await.is_none() {
            return;
        }
    }
}

async fn send_all(runtime: &Runtime, port: Handle, mut bytes: &[u8]) -> Option<()> {
    while !bytes.is_empty() {
        let count = file::write(runtime, port, bytes)
            .await
            .ok()
            .filter(|&count| count > 0)?;
        bytes = bytes.get(usize::try_from(count).ok()?..)?;
    }
    Some(())
}
