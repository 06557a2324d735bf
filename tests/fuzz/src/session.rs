//! One session of fuzzing, from the plan to the last act.

use crate::Plan;
use crate::attempt::{Attempt, system_call};
use crate::generate::{BUFFER, World, method, number};
use crate::hazard::{harms_itself, shorten_waits};
use crate::pool::{Held, Pool};
use crate::random::Random;
use crate::report::Report;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::arch::global_asm;
use trivet_abi::event::receive_options;
use trivet_abi::handle::Handle;
use trivet_abi::message::{reply, request};
use trivet_abi::{CALL, RECV, REPLY, USER_END, USER_START};
use trivet_ipc::process::{Info, SlotInfo};
use trivet_ipc::shared::{MapFlags, OpenFlags, Protection};
use trivet_ipc::{Outcome, calls};

/// Bytes of the arena.
const ARENA: u64 = 1 << 20;
/// How long the program waits for the fuzzer among the servers: no time passes while nobody works.
const PATIENCE_NS: u64 = 6_000_000_000;
/// Messages between two reports.
const REPORT_EVERY: u64 = 1000;
/// Standard output.
const OUTPUT: Handle = Handle(1);
/// Where the fuzzer among the servers writes its report, and the program finds it.
const REPORT_PATH: &[u8] = b"/tmp/fuzz.report";
/// How often the program looks for the rest of that report.
const GLANCE_NS: u64 = 1_000_000;

// A thread that ends itself, without touching a stack: `Thread.exit(0, 0)` on the calling thread.
global_asm!(
    ".section .text.fuzz_thread, \"ax\", @progbits",
    ".global trivet_fuzz_thread",
    "trivet_fuzz_thread:",
    "mov eax, {call}",
    "mov edi, {thread}",
    "mov rsi, {header}",
    "xor edx, edx",
    "xor r10d, r10d",
    "xor r8d, r8d",
    "xor r9d, r9d",
    "xor r12d, r12d",
    "xor r13d, r13d",
    "syscall",
    "jmp trivet_fuzz_thread",
    call = const CALL,
    thread = const Handle::SELF_THREAD.0,
    header = const (number::THREAD as u64) << request::INTERFACE_SHIFT,
);

unsafe extern "C" {
    fn trivet_fuzz_thread();
}

struct Session {
    world: World,
    report: Report,
    /// Mappings that messages made outside of the arena.
    mapped: Vec<(u64, u64)>,
    /// Memory that the fuzzer stands on, and everything else that is not the arena.
    occupied: [(u64, u64); 2],
    trace: bool,
    /// Where the report goes.
    out: Handle,
}

/// Runs one session.
pub fn run() -> u8 {
    // A program has its standard output; a server of init's has none.
    let in_program = slot(OUTPUT).is_some();
    let Some(plan) = plan() else {
        say(OUTPUT, "fuzz: no plan\n");
        return 2;
    };
    // Opened before the first message: what messages do to names and mounts changes nothing any more.
    let other = match !in_program || plan.wait {
        true => report_file(in_program),
        false => Some(Handle::NONE),
    };
    let Some(other) = other else {
        say(OUTPUT, "fuzz: no report\n");
        return 2;
    };
    let report = if in_program { OUTPUT } else { other };
    let arena = trivet_ipc::address_space::map_anonymous(
        Handle::ADDRESS_SPACE,
        0,
        ARENA,
        Protection::READ | Protection::WRITE,
        MapFlags::default(),
    );
    let (Ok(base), Ok(own)) = (arena, trivet_ipc::thread::number(Handle::SELF_THREAD)) else {
        say(report, "fuzz: no memory\n");
        return 2;
    };
    let mut session = Session {
        world: World {
            random: Random::new(plan.seed ^ u64::from(!in_program)),
            pool: Pool::default(),
            arena: (base, ARENA),
            send_buffer: vec![0; BUFFER],
            room_buffer: vec![0; BUFFER],
            now_ns: 0,
            process: own.process,
            thread_entry: trivet_fuzz_thread as *const () as u64,
            report: other,
        },
        out: report,
        report: Report::default(),
        mapped: Vec::new(),
        occupied: [(USER_START, base), (base + ARENA, USER_END)],
        trace: plan.trace,
    };
    session.find_handles();
    for count in 1..=plan.messages {
        session.step(count);
        if count % REPORT_EVERY == 0 {
            let text = session.report.take();
            say(report, &text);
        }
    }
    let mut text = session.report.take();
    text += &format!("fuzz: end {}\n", session.report.sent);
    say(report, &text);
    if plan.wait && in_program {
        session.print_report(other);
    }
    if in_program {
        session.last_act();
    }
    0
}

impl Session {
    fn now(&mut self) -> u64 {
        if let Ok(now) = trivet_ipc::clock::now(Handle::CLOCK) {
            self.world.now_ns = now.monotonic_ns;
        }
        self.world.now_ns
    }

    /// Takes in what the start left in the slots.
    fn find_handles(&mut self) {
        let own = (0..Handle::BOOTSTRAP_END).map(Handle::bootstrap);
        let descriptors = (0..16).map(Handle);
        for handle in own.chain(descriptors) {
            self.take_in(handle, true, false);
        }
        let thread = Held {
            handle: Handle::SELF_THREAD,
            interface: number::THREAD,
            label: 0,
            keep: true,
            own_making: false,
        };
        self.world.pool.add(&mut self.world.random, thread);
    }

    fn take_in(&mut self, handle: Handle, keep: bool, own_making: bool) {
        let Some(info) = slot(handle) else { return };
        let interface = if info.interface == 0 {
            info.kind
        } else {
            info.interface
        };
        let held = Held {
            handle,
            interface: interface as u16,
            label: info.label as u32,
            keep,
            own_making,
        };
        if let Some(old) = self.world.pool.add(&mut self.world.random, held) {
            // It may be none any more.
            let _ = trivet_ipc::process::close(Handle::PROCESS, old.0, old.0);
        }
    }

    fn step(&mut self, count: u64) {
        self.now();
        if count % 64 == 0 {
            self.tidy();
        }
        if self.world.random.chance(2) {
            self.raw_call();
        }
        let mut attempt = self.world.attempt();
        shorten_waits(&self.world, &mut attempt);
        if harms_itself(&self.world, &attempt, &self.occupied) {
            return;
        }
        if self.trace {
            let text = describe(&attempt);
            say(self.out, &text);
        }
        let (outcome, installed) = self.send(&attempt);
        if self.trace {
            let text = format!("  answer {}, words {:x?}\n", outcome.status, outcome.words);
            say(self.out, &text);
        }
        self.report
            .add(attempt.interface, attempt.method(), outcome.status);
        self.learn(&attempt, &outcome, &installed);
    }

    fn send(&mut self, attempt: &Attempt) -> (Outcome, [Handle; 16]) {
        let mut installed = [Handle::NONE; 16];
        // SAFETY: room for the answer is the room buffer or, in a spoilt message, an address that no program has; what
        // harms this process was filtered.
        let outcome = unsafe { attempt.send(&mut installed) };
        (outcome, installed)
    }

    /// Keeps what an answer brought.
    fn learn(&mut self, attempt: &Attempt, outcome: &Outcome, installed: &[Handle; 16]) {
        let Some(entry) = method(attempt.interface, attempt.method()) else {
            return;
        };
        if outcome.status == -1 && self.world.pool.find(Handle(attempt.handle)).is_some() {
            self.world.pool.forget(Handle(attempt.handle));
        }
        let made = match (attempt.interface, entry.name) {
            (number::ACCOUNT, "create_process" | "create_account") | (number::PROCESS, "create_thread") => {
                true
            }
            _ => self
                .world
                .pool
                .find(Handle(attempt.handle))
                .is_some_and(|held| held.own_making),
        };
        for handle in installed.iter().take(outcome.installed()) {
            self.take_in(*handle, false, made);
        }
        let child = matches!((attempt.interface, entry.name), (40, "fork" | "fork_sharing"));
        if child && outcome.status == 0 && outcome.words[0] == 0 {
            // The child of a fork that was allowed: one fuzzer is enough.
            let _ = trivet_ipc::process::exit(Handle::PROCESS, 0);
        }
        let maps = entry.name.starts_with("map") || entry.name == "remap";
        if attempt.interface < 32 && maps && outcome.status == 0 {
            let at = entry
                .words
                .iter()
                .position(|word| word.name == "length" || word.name == "new_length");
            let length = at.and_then(|at| attempt.words.get(at)).copied().unwrap_or(0);
            let (start, end) = self.world.arena;
            let address = outcome.words[0];
            if !(start..start + end).contains(&address) {
                self.mapped.push((address, length));
            }
        }
    }

    /// Unmaps what messages mapped outside of the arena, so that memory lasts.
    fn tidy(&mut self) {
        for (address, length) in self.mapped.drain(..) {
            // It may have been mapped for another process.
            let _ = trivet_ipc::address_space::unmap(Handle::ADDRESS_SPACE, address, length);
        }
    }

    /// A system call outside of the tables: any number, Recv on any handle, Reply to any token.
    fn raw_call(&mut self) {
        let random = &mut self.world.random;
        match random.below(3) {
            0 => {
                let number = match random.below(3) {
                    0 => random.below(512),
                    1 => (CALL - 8).wrapping_add(random.below(24)),
                    _ => random.number(),
                };
                if ![CALL, RECV, REPLY].contains(&number) {
                    let arguments = core::array::from_fn(|_| random.number());
                    // SAFETY: the number is none of the three.
                    let status = unsafe { system_call(number, arguments) };
                    assert!(
                        status == trivet_abi::NO_SUCH_CALL,
                        "system call {number:#x} answers {status}"
                    );
                }
            }
            1 => {
                let handle = match random.chance(50) {
                    true => self.world.pool.any(random),
                    false => self.world.pool.forged(random),
                };
                // SAFETY: the window, if there is one, lies in the arena.
                let _ = unsafe { calls::receive(handle, receive_options::NO_WAIT) };
            }
            _ => {
                let token = random.number() >> random.below(64);
                let header = random.number() & reply::STATUS_MASK;
                // SAFETY: the header names no memory and asks for no Recv.
                let _ = unsafe { calls::reply(token, header, [0; 6], 0, 0, Handle::NONE) };
            }
        }
    }

    /// Prints what the fuzzer among the servers reports, until its end.
    fn print_report(&mut self, file: Handle) {
        let until = self.now() + PATIENCE_NS;
        let mut tail = Vec::new();
        let mut bytes = [0; 4096];
        while self.now() < until {
            let count = trivet_ipc::file::read(file, bytes.len() as u64, &mut bytes[..])
                .map_or(0, |read| read as usize);
            if count == 0 {
                let glance = self.now() + GLANCE_NS;
                // Interrupted: then it looks earlier.
                let _ = trivet_ipc::clock::sleep(Handle::CLOCK, 0, glance);
                continue;
            }
            let text = bytes.get(..count).unwrap_or_default();
            say_bytes(self.out, text);
            for byte in text {
                tail.push(*byte);
                if *byte == b'\n' {
                    if tail.starts_with(b"fuzz: end ") {
                        return;
                    }
                    tail.clear();
                }
            }
        }
    }

    /// Sends one of the messages that were kept back, if one comes by: most end the program.
    fn last_act(&mut self) {
        for _ in 0..5000 {
            let mut attempt = self.world.attempt();
            shorten_waits(&self.world, &mut attempt);
            let name = method(attempt.interface, attempt.method()).map_or("", |entry| entry.name);
            // Of what was kept back, that which ends a program at once: one that stopped itself would never be heard of again.
            let ends = [
                "exit",
                "unmap",
                "protect",
                "remap",
                "restore",
                "set_registers",
                "set_upcall",
            ]
            .contains(&name);
            // The end of one thread is the end of the program only where no other thread is left: one that was stopped never ends.
            let alone = (attempt.interface, name) != (number::THREAD, "exit") || thread_count() == Some(1);
            if ends && alone && harms_itself(&self.world, &attempt, &self.occupied) {
                if self.trace {
                    say(self.out, &describe(&attempt));
                }
                let _ = self.send(&attempt);
                return;
            }
        }
    }
}

/// A message in words, for whoever looks for what a seed found.
fn describe(attempt: &Attempt) -> String {
    let interface = crate::generate::interface(attempt.interface).map_or("?", |entry| entry.name);
    let name = method(attempt.interface, attempt.method()).map_or("?", |entry| entry.name);
    format!(
        "send {interface}.{name} on {:#x}, header {:#x}, words {:x?}, in {:x?}, out {:x?}, {} handles, accepts {}, until {}\n",
        attempt.handle,
        attempt.header,
        attempt.words,
        attempt.gather,
        attempt.scatter,
        attempt.sent.len(),
        attempt.accept,
        attempt.deadline_ns
    )
}

/// Threads of this process.
fn thread_count() -> Option<u64> {
    let mut info = Info::default();
    trivet_ipc::process::info(Handle::PROCESS, &mut info).ok()?;
    Some(info.threads)
}

fn slot(handle: Handle) -> Option<SlotInfo> {
    let mut info = SlotInfo::default();
    trivet_ipc::process::slot_info(Handle::PROCESS, handle.0, &mut info).ok()?;
    (info.interface != 0 || info.kind != 0).then_some(info)
}

fn plan() -> Option<Plan> {
    let opened =
        trivet_ipc::file::open(Handle::ROOT, &b"/app/fuzz.plan"[..], OpenFlags::default(), 0, 0).ok()?;
    let mut bytes = [0; 100];
    let count = trivet_ipc::file::read(opened.file, bytes.len() as u64, &mut bytes[..]).ok()?;
    let _ = trivet_ipc::process::close(Handle::PROCESS, opened.file.0, opened.file.0);
    let text = bytes.get(..count as usize).unwrap_or_default();
    Plan::parse(&String::from_utf8_lossy(text))
}

/// The file of the report of the fuzzer among the servers: to read for the program, to write for that one. Who comes first makes it.
fn report_file(in_program: bool) -> Option<Handle> {
    let flags = OpenFlags::CREATE
        | if in_program {
            OpenFlags::default()
        } else {
            OpenFlags::WRITE_ONLY
        };
    let opened = trivet_ipc::file::open(Handle::ROOT, REPORT_PATH, flags, 0o666, 0);
    opened.ok().map(|opened| opened.file)
}

fn say(out: Handle, text: &str) {
    say_bytes(out, text.as_bytes());
}

fn say_bytes(out: Handle, mut rest: &[u8]) {
    while !rest.is_empty() {
        match trivet_ipc::file::write(out, rest) {
            Ok(count) if count > 0 => rest = rest.get(count as usize..).unwrap_or_default(),
            _ => return,
        }
    }
}
