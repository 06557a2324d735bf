//! Single behaviours of calls, tokens and death; what services do is in `services`.

use super::{MEMORY, Registers, System, Uniform, invariants};
use crate::handle::slot::{Object, Slot};
use crate::methods;
use crate::thread::ThreadState;
use trivet_abi::InterfaceNumber;
use trivet_abi::error::CallError;
use trivet_abi::event::{EventKind, receive_options};
use trivet_abi::handle::Handle;
use trivet_abi::message::{reply, request};

const EVERYTHING: Uniform = Uniform::EVERYTHING;

/// A server with an endpoint and a client with a session: handles of both and their threads.
pub(super) struct Pair {
    pub system: System,
    pub server: crate::arena::Ref<crate::process::Process>,
    pub client: crate::arena::Ref<crate::process::Process>,
    pub serving: crate::arena::Ref<crate::thread::Thread>,
    pub calling: crate::arena::Ref<crate::thread::Thread>,
    pub endpoint: Handle,
    pub session: Handle,
}

pub(super) fn pair() -> Pair {
    let mut system = System::new(EVERYTHING, 1);
    let server = system.process(1);
    let client = system.process(2);
    let (reference, endpoint) = system.endpoint(server);
    let session = system.session(client, reference, 99);
    let serving = system.thread(server);
    let calling = system.thread(client);
    Pair {
        system,
        server,
        client,
        serving,
        calling,
        endpoint,
        session,
    }
}

pub(super) fn status(error: CallError) -> u64 {
    error.to_status() as u64
}

#[test]
fn call_reaches_a_waiting_server_and_its_reply_comes_back() {
    let mut pair = pair();
    pair.system.receive(pair.serving, pair.endpoint, 0);
    pair.system
        .call(pair.calling, pair.session, 7, [1, 2, 3, 4, 5, 6]);
    let request = pair.system.frame(pair.serving);
    assert_eq!(request.rax, EventKind::Request as u64);
    assert_eq!(request.rsi, 7);
    assert_eq!(request.words(), [1, 2, 3, 4, 5, 6]);
    assert_eq!(request.r14, 99);
    assert_eq!(request.r15, pair.system.kernel.processes[pair.client].number);
    assert_eq!(request.rbx & 0xffff_ffff, 2);
    pair.system
        .reply(pair.serving, request.rdi, 0, [9, 8, 7, 6, 5, 4]);
    let answer = pair.system.frame(pair.calling);
    assert_eq!((answer.rax, answer.rsi), (0, 0));
    assert_eq!(answer.words(), [9, 8, 7, 6, 5, 4]);
    invariants::check(&pair.system.kernel);
    pair.system.end();
}

#[test]
fn queued_call_is_received_later_and_error_status_is_positive() {
    let mut pair = pair();
    pair.system.call(pair.calling, pair.session, 1, [0; 6]);
    assert_eq!(
        pair.system.kernel.threads[pair.calling].state,
        ThreadState::Calling
    );
    let request = pair.system.receive(pair.serving, pair.endpoint, 0);
    assert_eq!(request.rax, EventKind::Request as u64);
    pair.system.reply(pair.serving, request.rdi, 13, [0; 6]);
    assert_eq!(pair.system.frame(pair.calling).rax, 13);
    pair.system.end();
}

#[test]
fn token_is_dead_after_its_reply_and_in_another_process() {
    let mut pair = pair();
    pair.system.call(pair.calling, pair.session, 1, [0; 6]);
    let request = pair.system.receive(pair.serving, pair.endpoint, 0);
    let stranger = pair.system.process(3);
    let thread = pair.system.thread(stranger);
    assert_eq!(
        pair.system.reply(thread, request.rdi, 0, [0; 6]).rax,
        status(CallError::Gone)
    );
    assert_eq!(pair.system.reply(pair.serving, request.rdi, 0, [0; 6]).rax, 0);
    assert_eq!(
        pair.system.reply(pair.serving, request.rdi, 0, [0; 6]).rax,
        status(CallError::Gone)
    );
    for forged in [0, 1, u64::MAX, request.rdi ^ 1, request.rdi ^ (1 << 63)] {
        assert_eq!(
            pair.system.reply(pair.serving, forged, 0, [0; 6]).rax,
            status(CallError::Gone)
        );
    }
    pair.system.end();
}

#[test]
fn bytes_are_copied_both_ways() {
    let mut pair = pair();
    pair.system
        .poke(pair.client, MEMORY + 0xff0, b"some bytes across a page's end");
    pair.system.kernel.threads[pair.serving].window.address = MEMORY + 0x2000;
    pair.system.kernel.threads[pair.serving].window.length = 0x1000;
    pair.system.receive(pair.serving, pair.endpoint, 0);
    pair.system.call_with(
        pair.calling,
        Registers {
            rdi: u64::from(pair.session.0),
            rsi: 3 | request::BUFFER_IN | request::BUFFER_OUT,
            r14: MEMORY + 0xff0,
            r15: 30,
            ..Registers::default()
        },
    );
    let received = pair.system.frame(pair.serving);
    assert_eq!(received.rbp, 30 | 30 << 32);
    assert_eq!(
        pair.system.peek(pair.server, MEMORY + 0x2000, 30),
        b"some bytes across a page's end"
    );
    pair.system.poke(pair.server, MEMORY, b"answer");
    pair.system.run(pair.serving);
    pair.system.enter(
        0,
        trivet_abi::REPLY,
        Registers {
            rdi: received.rdi,
            rsi: reply::BUFFER,
            r14: MEMORY,
            r15: 6,
            ..Registers::default()
        },
    );
    assert_eq!(pair.system.frame(pair.serving).rax, 0);
    assert_eq!(pair.system.frame(pair.calling).rsi, 6);
    assert_eq!(pair.system.peek(pair.client, MEMORY + 0xff0, 11), b"answerytes ");
    pair.system.end();
}

#[test]
fn reply_longer_than_a_step_goes_on_in_later_entries() {
    let mut pair = pair();
    let pattern: Vec<u8> = (0..0x2_8000u32).map(|index| (index * 7) as u8).collect();
    pair.system.poke(pair.server, MEMORY, &pattern);
    pair.system.receive(pair.serving, pair.endpoint, 0);
    pair.system.call_with(
        pair.calling,
        Registers {
            rdi: u64::from(pair.session.0),
            rsi: request::BUFFER_OUT,
            r14: MEMORY,
            r15: 0x2_8000,
            ..Registers::default()
        },
    );
    let token = pair.system.frame(pair.serving).rdi;
    pair.system.run(pair.serving);
    pair.system.enter(
        0,
        trivet_abi::REPLY,
        Registers {
            rdi: token,
            rsi: reply::BUFFER,
            r14: MEMORY,
            r15: 0x2_8000,
            ..Registers::default()
        },
    );
    assert_eq!(pair.system.frame(pair.serving).rax, 0);
    assert_eq!(pair.system.frame(pair.calling).rsi, 0x2_8000);
    assert_eq!(pair.system.peek(pair.client, MEMORY, 0x2_8000), pattern);
    pair.system.end();
}

#[test]
fn bad_pointer_is_the_callers_fault_and_the_server_never_sees_the_message() {
    let mut pair = pair();
    pair.system.kernel.threads[pair.serving].window.address = MEMORY;
    pair.system.kernel.threads[pair.serving].window.length = 0x1000;
    pair.system.receive(pair.serving, pair.endpoint, 0);
    for address in [0, 8, 0xffff_8000_0000_0000, 0x7fff_ffff_f000, 0x5000_0000] {
        let frame = pair.system.call_with(
            pair.calling,
            Registers {
                rdi: u64::from(pair.session.0),
                rsi: request::BUFFER_IN,
                r14: address,
                r15: 64,
                ..Registers::default()
            },
        );
        assert_eq!(frame.rax, status(CallError::BadPointer), "{address:#x}");
    }
    assert!(matches!(
        pair.system.kernel.threads[pair.serving].state,
        ThreadState::Receiving(_)
    ));
    pair.system.end();
}

#[test]
fn undefined_header_bits_and_wrong_handles_are_refused() {
    let mut pair = pair();
    let system = &mut pair.system;
    let call = |system: &mut System, handle: u64, header: u64| {
        let registers = Registers {
            rdi: handle,
            rsi: header,
            ..Registers::default()
        };
        system.call_with(pair.calling, registers).rax
    };
    let session = u64::from(pair.session.0);
    assert_eq!(call(system, session, 1 << 50), status(CallError::BadCall));
    assert_eq!(call(system, session, 62), status(CallError::NoSuchMethod));
    assert_eq!(
        call(system, session, request::EXTENSION | request::BUFFER_IN),
        status(CallError::BadCall)
    );
    assert_eq!(
        call(system, session, request::ASYNCHRONOUS),
        status(CallError::BadCall)
    );
    assert_eq!(call(system, 0, 0), status(CallError::InvalidHandle));
    assert_eq!(call(system, u64::MAX, 0), status(CallError::InvalidHandle));
    assert_eq!(
        call(system, session | 1 << 32, 0),
        status(CallError::InvalidHandle)
    );
    assert_eq!(
        call(system, session + (1 << 18), 0),
        status(CallError::InvalidHandle)
    );
    let frame = pair.system.receive(pair.serving, Handle::PROCESS, 0);
    assert_eq!(frame.rax, status(CallError::WrongObject));
    pair.system.end();
}

#[test]
fn a_message_for_another_kind_of_object_does_nothing() {
    let mut pair = pair();
    let own = pair.system.kernel.processes[pair.client]
        .table
        .lookup(pair.session);
    let interface = own.unwrap().interface;
    for other in [1u16, 6, 12, interface.0 + 1, u16::MAX] {
        for (handle, method) in [
            (pair.session, 0),
            (Handle::PROCESS, methods::Process::Close as u8),
        ] {
            if handle == Handle::PROCESS && other == methods::Process::INTERFACE {
                continue;
            }
            let header = request::header(InterfaceNumber(other), method);
            let frame = pair.system.call(pair.calling, handle, header, [0; 6]);
            assert_eq!(frame.rax, status(CallError::WrongObject), "{other}");
        }
    }
    let nothing = pair
        .system
        .receive(pair.serving, pair.endpoint, receive_options::NO_WAIT);
    assert_eq!(nothing.rax, status(CallError::WouldBlock));
    pair.system.end();
}

#[test]
fn sockets_take_the_messages_of_files() {
    let slot = Slot {
        interface: InterfaceNumber(42),
        also_answers: InterfaceNumber(42).also_answers(),
        ..Slot::EMPTY
    };
    let header = |interface| request::header(InterfaceNumber(interface), 3);
    assert!(slot.takes(header(42)) && slot.takes(header(32)));
    assert!(!slot.takes(header(41)) && !slot.takes(header(0)));
    let file = Slot {
        interface: InterfaceNumber(32),
        also_answers: InterfaceNumber(32).also_answers(),
        ..Slot::EMPTY
    };
    assert!(file.takes(header(32)) && !file.takes(header(42)));
}

#[test]
fn unknown_call_number_changes_nothing_but_rax() {
    let mut pair = pair();
    pair.system.run(pair.calling);
    for number in [0, 1, 59, 0x4000_0000, 0x7472_0000, 0x7472_0004, u64::MAX] {
        let before = pair.system.frame(pair.calling);
        let registers = Registers {
            rdi: before.rdi,
            rsi: before.rsi,
            words: before.words(),
            r14: before.r14,
            r15: before.r15,
            rbx: before.rbx,
        };
        pair.system.enter(0, number, registers);
        let after = pair.system.frame(pair.calling);
        assert_eq!(after.rax as i64, trivet_abi::NO_SUCH_CALL);
        assert_eq!(
            crate::machine::UserFrame { rax: 0, ..after },
            crate::machine::UserFrame { rax: 0, ..before }
        );
    }
    pair.system.end();
}

#[test]
fn method_outside_the_mask_is_denied_and_recorded() {
    let mut system = System::new(
        Uniform {
            allow: u64::MAX,
            narrow_domain: 9,
            narrow: 0b10,
        },
        1,
    );
    let server = system.process(1);
    let client = system.process(9);
    let (endpoint, _) = system.endpoint(server);
    let session = system.session(client, endpoint, 1);
    let thread = system.thread(client);
    assert_eq!(
        system.call(thread, session, 5, [42, 0, 0, 0, 0, 0]).rax,
        status(CallError::Denied)
    );
    let record = *system.kernel.audit.peek(0).unwrap();
    assert_eq!((record.domain, record.method, record.words), (9, 5, 42));
    assert_eq!(
        system.call(thread, session, 5, [42, 0, 0, 0, 0, 0]).rax,
        status(CallError::Denied)
    );
    assert_eq!(system.kernel.audit.peek(0).unwrap().repeated, 1);
    assert!(system.kernel.audit.peek(1).is_none());
    system.end();
}

#[test]
fn closing_the_last_handle_tells_the_server() {
    let mut pair = pair();
    let header = methods::Process::Close as u64;
    let handle = u64::from(pair.session.0);
    let closed = pair.system.call(
        pair.calling,
        Handle::PROCESS,
        header,
        [handle, handle, 0, 0, 0, 0],
    );
    assert_eq!(closed.rax, 0);
    let event = pair.system.receive(pair.serving, pair.endpoint, 0);
    assert_eq!((event.rax, event.r14), (EventKind::Closed as u64, 99));
    assert_eq!(
        pair.system.call(pair.calling, pair.session, 0, [0; 6]).rax,
        status(CallError::InvalidHandle)
    );
    pair.system.end();
}

#[test]
fn quietly_closed_sessions_do_not_wake_the_server_and_are_told_before_the_next_request() {
    let mut pair = pair();
    let target = pair.system.kernel.sessions.iter().next().unwrap().1.endpoint;
    let quiet: Vec<_> = (100..107)
        .map(|badge| {
            let handle = pair.system.session(pair.client, target, badge);
            let session = pair.system.kernel.find_badge(target, badge).unwrap();
            let event = pair.system.kernel.sessions[session].closed.take().unwrap();
            pair.system.kernel.drop_event(event);
            pair.system.kernel.sessions[session].quiet = true;
            handle
        })
        .collect();
    let close = |pair: &mut Pair, handle: Handle| {
        let words = [u64::from(handle.0), u64::from(handle.0), 0, 0, 0, 0];
        let header = methods::Process::Close as u64;
        assert_eq!(
            pair.system.call(pair.calling, Handle::PROCESS, header, words).rax,
            0
        );
        invariants::check(&pair.system.kernel);
    };
    // The server waits, and goes on waiting.
    pair.system.receive(pair.serving, pair.endpoint, 0);
    for &handle in &quiet[..6] {
        close(&mut pair, handle);
    }
    assert!(matches!(
        pair.system.kernel.threads[pair.serving].state,
        ThreadState::Receiving(_)
    ));
    assert!(pair.system.kernel.find_badge(target, 100).is_none());
    // The request says that there is something to take first.
    pair.system.call(pair.calling, pair.session, 1, [0; 6]);
    let request = pair.system.frame(pair.serving);
    assert_eq!(request.rax, EventKind::Request as u64);
    assert_ne!(request.rsi & request::RECEIVED_CLOSED, 0);
    let take = |pair: &mut Pair| {
        let taken = pair.system.call(
            pair.serving,
            pair.endpoint,
            methods::Endpoint::TakeClosed as u64,
            [0; 6],
        );
        assert_eq!(taken.rax, 0);
        let words = taken.words();
        words[1..=words[0] as usize].to_vec()
    };
    let mut badges = take(&mut pair);
    assert_eq!(badges.len(), 5);
    badges.extend(take(&mut pair));
    badges.sort_unstable();
    assert_eq!(badges, [100, 101, 102, 103, 104, 105]);
    assert!(take(&mut pair).is_empty());
    assert_eq!(pair.system.reply(pair.serving, request.rdi, 0, [0; 6]).rax, 0);
    // One that closes while the server works is told when the server would wait.
    close(&mut pair, quiet[6]);
    let event = pair.system.receive(pair.serving, pair.endpoint, 0);
    assert_eq!((event.rax, event.r14), (EventKind::Closed as u64, 106));
    pair.system.end();
}

#[test]
fn killed_client_is_told_to_the_server_and_its_token_leads_nowhere() {
    let mut pair = pair();
    pair.system.call(pair.calling, pair.session, 1, [0; 6]);
    let request = pair.system.receive(pair.serving, pair.endpoint, 0);
    pair.system.kernel.kill_process(pair.client, 9);
    pair.system.settle();
    invariants::check(&pair.system.kernel);
    let event = pair.system.receive(pair.serving, pair.endpoint, 0);
    assert_eq!(
        (event.rax, event.rdi, event.rsi),
        (EventKind::Cancelled as u64, request.rdi, 1)
    );
    assert_eq!(pair.system.reply(pair.serving, request.rdi, 0, [0; 6]).rax, 0);
    assert_eq!(
        pair.system.reply(pair.serving, request.rdi, 0, [0; 6]).rax,
        status(CallError::Gone)
    );
    let event = pair.system.receive(pair.serving, pair.endpoint, 0);
    assert_eq!(event.rax, EventKind::Closed as u64);
    pair.system.end();
}

#[test]
fn killed_server_fails_every_call_at_once() {
    let mut pair = pair();
    let second = pair.system.thread(pair.client);
    pair.system.call(pair.calling, pair.session, 1, [0; 6]);
    pair.system.call(second, pair.session, 1, [0; 6]);
    pair.system.receive(pair.serving, pair.endpoint, 0);
    pair.system.kernel.kill_process(pair.server, 9);
    pair.system.settle();
    for thread in [pair.calling, second] {
        assert_eq!(pair.system.frame(thread).rax, status(CallError::Gone));
    }
    assert_eq!(
        pair.system.call(second, pair.session, 1, [0; 6]).rax,
        status(CallError::Gone)
    );
    pair.system.end();
}

#[test]
fn interrupted_call_is_withdrawn_while_queued_and_cancelled_once_received() {
    let mut pair = pair();
    let own = Object::Thread(pair.calling);
    pair.system
        .call(pair.calling, pair.session, request::INTERRUPTIBLE, [0; 6]);
    pair.system.kernel.acquire_object(own);
    let handle = pair.system.give(
        pair.server,
        crate::handle::install::NewHandle::new(own, trivet_abi::Label(0)),
    );
    let interrupt = methods::Thread::Interrupt as u64;
    assert_eq!(pair.system.call(pair.serving, handle, interrupt, [0; 6]).rax, 0);
    assert_eq!(
        pair.system.frame(pair.calling).rax,
        status(CallError::Interrupted)
    );
    pair.system
        .call(pair.calling, pair.session, request::INTERRUPTIBLE, [0; 6]);
    let request = pair.system.receive(pair.serving, pair.endpoint, 0);
    pair.system.call(pair.serving, handle, interrupt, [0; 6]);
    assert_eq!(
        pair.system.kernel.threads[pair.calling].state,
        ThreadState::Calling
    );
    let event = pair.system.receive(pair.serving, pair.endpoint, 0);
    assert_eq!(
        (event.rax, event.rdi, event.rsi),
        (EventKind::Cancelled as u64, request.rdi, 0)
    );
    pair.system.reply(pair.serving, request.rdi, 4, [0; 6]);
    assert_eq!(pair.system.frame(pair.calling).rax, 4);
    pair.system.end();
}

#[test]
fn reply_and_receive_in_one_entry_takes_the_next_request() {
    let mut pair = pair();
    let second = pair.system.thread(pair.client);
    pair.system
        .call(pair.calling, pair.session, 1, [11, 0, 0, 0, 0, 0]);
    pair.system.call(second, pair.session, 2, [22, 0, 0, 0, 0, 0]);
    let request = pair.system.receive(pair.serving, pair.endpoint, 0);
    pair.system.run(pair.serving);
    let registers = Registers {
        rdi: request.rdi,
        rsi: reply::THEN_RECEIVE,
        rbx: u64::from(pair.endpoint.0),
        ..Registers::default()
    };
    pair.system.enter(0, trivet_abi::REPLY, registers);
    let next = pair.system.frame(pair.serving);
    assert_eq!((next.rax, next.rdx), (EventKind::Request as u64, 22));
    assert_eq!(pair.system.frame(pair.calling).rax, 0);
    pair.system.end();
}

#[test]
fn an_endpoints_death_ends_received_calls_though_their_server_lives() {
    let mut pair = pair();
    pair.system.receive(pair.serving, pair.endpoint, 0);
    pair.system.call(pair.calling, pair.session, 7, [0; 6]);
    let token = pair.system.frame(pair.serving).rdi;
    let waiting = pair.system.thread(pair.client);
    pair.system.call(waiting, pair.session, 7, [0; 6]);
    let close = methods::Process::Close as u64;
    let slot = u64::from(pair.endpoint.0);
    let words = [slot, slot, 0, 0, 0, 0];
    assert_eq!(
        pair.system.call(pair.serving, Handle::PROCESS, close, words).rax,
        0
    );
    for client in [pair.calling, waiting] {
        assert_eq!(pair.system.frame(client).rax, status(CallError::Gone));
    }
    let late = pair.system.reply(pair.serving, token, 0, [0; 6]);
    assert_eq!(late.rax, status(CallError::Gone));
    invariants::check(&pair.system.kernel);
    pair.system.end();
}
