//! After the start: waits for the end of servers, and starts them anew or ends the machine.

use crate::accounts::Accounts;
use crate::boot::Boot;
use crate::config::RootHandle;
use crate::server::{Endpoints, Running, check_program, start};
use crate::{Doing, Fatal, SERVER_LOST};
use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::convert::Infallible;
use trivet_abi::handle::Handle;
use trivet_server::system::System;
use trivet_server::{Answer, Events, Limits, Request, Runtime, Stopped};

/// Starts of one server within a machine's life, at most: one that always dies must not keep the machine busy for ever.
const START_MAX: u32 = 8;
/// What a request to init answers: it serves nothing.
const NOT_IMPLEMENTED: u16 = 38;
/// The wait status of a program that a fault ended (SIGSEGV).
const SEGMENTATION_FAULT: u64 = 11;

struct Watched {
    running: Running,
    starts: u32,
}

struct Watch<'a> {
    boot: &'a Boot,
    accounts: Accounts,
    endpoints: Endpoints,
    own: Handle,
    servers: RefCell<Vec<Watched>>,
}

/// Starts all servers, then serves events.
///
/// # Errors
/// A server could not be started, or the kernel failed.
pub fn serve(boot: &Boot) -> Result<Infallible, Fatal> {
    for server in &boot.config.servers {
        check_program(boot, server)?;
    }
    let accounts = Accounts::create(boot)?;
    let endpoints = Endpoints::create(boot)?;
    let own = trivet_ipc::account::create_endpoint(Handle::ACCOUNT, boot.label("init")?)
        .doing(|| "making init's own endpoint".to_owned())?;
    let watch = Watch {
        boot,
        accounts,
        endpoints,
        own,
        servers: RefCell::new(Vec::new()),
    };
    let system =
        System::new(own, None).map_err(|error| Fatal(format!("setting up to receive events: {error:?}")))?;
    let runtime = Runtime::new(Box::new(system), Limits::default(), (0, 0));
    for (index, server) in boot.config.servers.iter().enumerate() {
        let running = start(boot, &watch.accounts, &watch.endpoints, server, own, index as u64)?;
        watch.servers.borrow_mut().push(Watched { running, starts: 1 });
    }
    log("init: all servers run");
    let stopped = trivet_server::run(&runtime, &watch, |_request: Request| async {
        Answer::status(NOT_IMPLEMENTED)
    });
    match stopped {
        Stopped::Asked => Err(Fatal("init was asked to stop".to_owned())),
        Stopped::Failed(error) => Err(Fatal(format!("receiving events: {error:?}"))),
    }
}

impl Watch<'_> {
    /// Starts server `index` anew, or ends the machine.
    fn ended(&self, index: usize, reason: u64) {
        let Some(server) = self.boot.config.servers.get(index) else {
            return;
        };
        log(&format!(
            "init: {} has ended (wait status {reason:#x})",
            server.name
        ));
        let mut servers = self.servers.borrow_mut();
        let Some(watched) = servers.get_mut(index) else {
            return;
        };
        if server.once {
            return;
        }
        if server.critical || watched.starts >= START_MAX {
            end_machine();
            return;
        }
        let old = watched.running.process;
        let _ = trivet_ipc::process::close(Handle::PROCESS, old.0, old.0);
        match start(
            self.boot,
            &self.accounts,
            &self.endpoints,
            server,
            self.own,
            index as u64,
        ) {
            Ok(running) => {
                watched.running = running;
                watched.starts += 1;
            }
            Err(fatal) => {
                log(&format!("init: {fatal}"));
                end_machine();
            }
        }
    }
}

impl Events for Watch<'_> {
    fn signalled(&self, cookie: u64, _count: u64, words: [u64; 6]) {
        if let Ok(index) = usize::try_from(cookie) {
            self.ended(index, words[1]);
        }
    }

    fn fault(&self, _fault: u64, _header: u64, words: [u64; 6]) {
        let [number, thread, vector_and_code, address, instruction, _] = words;
        let servers = self.servers.borrow();
        let Some(index) = servers
            .iter()
            .position(|watched| watched.running.number == number)
        else {
            return;
        };
        let name = self
            .boot
            .config
            .servers
            .get(index)
            .map_or("?", |server| server.name.as_str());
        log(&format!(
            "init: {name} faulted: thread {thread}, vector and code {vector_and_code:#x}, address {address:#x}, at {instruction:#x}"
        ));
        // Its end comes as an event of its own.
        let _ = trivet_ipc::process::kill(servers[index].running.process, SEGMENTATION_FAULT);
    }
}

fn log(line: &str) {
    let machine = RootHandle::Machine.handle();
    for part in line.as_bytes().chunks(255) {
        // The early log has nobody to complain to.
        let _ = trivet_ipc::machine::early_log(machine, part);
    }
    let _ = trivet_ipc::machine::early_log(machine, b"\n");
}

fn end_machine() {
    let _ = trivet_ipc::machine::power_off(RootHandle::Machine.handle(), SERVER_LOST);
}
