//! Replies that mint a session: in words or in an extension, by the straight path or the whole one; and when a server hears of a session's end.

use super::behaviour::{Pair, pair};
use super::{Registers, invariants};
use crate::ipc::endpoint::CLOSED_URGENTLY;
use crate::methods;
use crate::thread::ThreadState;
use trivet_abi::error::CallError;
use trivet_abi::event::EventKind;
use trivet_abi::handle::Handle;
use trivet_abi::message::{Mint, mint, reply, request};

const SHOULD_HEAR: u64 = mint::PRESENT | mint::REPORT_CLOSED;

fn status(error: CallError) -> u64 {
    error.to_status() as u64
}

fn block(badge: u64, flags: u64) -> [u64; 4] {
    let mint = Mint {
        badge,
        interface_flags_rights: 40 | flags | 3 << mint::RIGHTS_SHIFT,
        label: 5,
        mask: u64::MAX,
        readiness: 1,
    };
    mint.to_words()
}

/// The server waits for requests.
fn wait(pair: &mut Pair) {
    if !matches!(
        pair.system.kernel.threads[pair.serving].state,
        ThreadState::Receiving(_)
    ) {
        pair.system.receive(pair.serving, pair.endpoint, 0);
    }
}

/// A call that accepts what `accept` says, and its reply, which mints a session with this badge and goes on into Recv if `then`.
fn open(pair: &mut Pair, accept: u64, badge: u64, flags: u64, then: bool) -> (u64, u64) {
    wait(pair);
    pair.system.call(pair.calling, pair.session, 1 | accept, [0; 6]);
    let request = pair.system.frame(pair.serving);
    assert_eq!(request.rax, EventKind::Request as u64);
    let mut words = [7, 8, 0, 0, 0, 0];
    words[2..].copy_from_slice(&block(badge, flags));
    let registers = Registers {
        rdi: request.rdi,
        rsi: reply::MINT | if then { reply::THEN_RECEIVE } else { 0 },
        rbx: u64::from(pair.endpoint.0),
        words,
        ..Registers::default()
    };
    pair.system.run(pair.serving);
    pair.system.enter(0, trivet_abi::REPLY, registers);
    invariants::check(&pair.system.kernel);
    (request.rdi, pair.system.frame(pair.serving).rax)
}

fn close(pair: &mut Pair, handle: u64) {
    let header = methods::Process::Close as u64;
    let closed = pair.system.call(
        pair.calling,
        Handle::PROCESS,
        header,
        [handle, handle, 0, 0, 0, 0],
    );
    assert_eq!(closed.rax, 0);
    invariants::check(&pair.system.kernel);
}

#[test]
fn a_reply_mints_the_session_that_its_words_name() {
    for whole in [false, true] {
        for then in [false, true] {
            let mut pair = pair();
            pair.system.kernel.whole_path_only = whole;
            let flags = SHOULD_HEAR | mint::QUIET;
            open(&mut pair, request::ACCEPT_DESCRIPTOR, 200, flags, then);
            let answer = pair.system.frame(pair.calling);
            assert_eq!((answer.rax, answer.words()), (0, [7, 8, 0, 0, 0, 0]));
            assert_eq!(answer.rsi >> reply::INSTALLED_SHIFT, 1);
            let target = pair.system.kernel.sessions.iter().next().unwrap().1.endpoint;
            let session = pair.system.kernel.find_badge(target, 200).unwrap();
            let session = &pair.system.kernel.sessions[session];
            assert_eq!((session.bits, session.quiet, session.lazy), (1, true, false));
            let handle = Handle(answer.rdi as u32);
            assert!(handle.is_descriptor());
            // It is a session: its messages carry the badge.
            wait(&mut pair);
            pair.system.call(pair.calling, handle, 2, [0; 6]);
            assert_eq!(pair.system.frame(pair.serving).r14, 200);
            pair.system.end();
        }
    }
}

#[test]
fn a_mint_that_cannot_be_leaves_the_call_pending() {
    for whole in [false, true] {
        for (accept, flags, error) in [
            (0, SHOULD_HEAR, CallError::NoSlots),
            (request::ACCEPT_OWN, SHOULD_HEAR | 1 << 20, CallError::BadCall),
        ] {
            let mut pair = pair();
            pair.system.kernel.whole_path_only = whole;
            let (token, refused) = open(&mut pair, accept, 200, flags, true);
            assert_eq!(refused, status(error));
            assert_eq!(pair.system.reply(pair.serving, token, 3, [0; 6]).rax, 0);
            let answer = pair.system.frame(pair.calling);
            assert_eq!((answer.rax, answer.rsi, answer.rdi), (3, 0, 0));
            invariants::check(&pair.system.kernel);
            pair.system.end();
        }
    }
}

#[test]
fn a_place_that_a_call_kept_is_free_again_after_a_reply_without_a_handle() {
    for whole in [false, true] {
        let mut pair = pair();
        pair.system.kernel.whole_path_only = whole;
        let before = pair.system.kernel.accounts[pair.system.kernel.root_account].used;
        for header in [2, 2 | reply::THEN_RECEIVE] {
            wait(&mut pair);
            pair.system
                .call(pair.calling, pair.session, 1 | request::ACCEPT_DESCRIPTOR, [0; 6]);
            let registers = Registers {
                rdi: pair.system.frame(pair.serving).rdi,
                rsi: header,
                rbx: u64::from(pair.endpoint.0),
                ..Registers::default()
            };
            pair.system.run(pair.serving);
            pair.system.enter(0, trivet_abi::REPLY, registers);
            assert_eq!(pair.system.frame(pair.calling).rax, 2);
            invariants::check(&pair.system.kernel);
        }
        let after = pair.system.kernel.accounts[pair.system.kernel.root_account].used;
        assert_eq!(before[2], after[2], "handles");
        pair.system.end();
    }
}

#[test]
fn the_ends_of_lazy_sessions_are_told_together_and_with_the_first_that_is_not() {
    for urgent in [false, true] {
        let mut pair = pair();
        let flags = SHOULD_HEAR | mint::QUIET | mint::LAZY;
        let count = u64::from(CLOSED_URGENTLY);
        let handles: Vec<u64> = (0..count)
            .map(|number| {
                // With `urgent`, the second one is in a hurry.
                let flags = if urgent && number == 1 {
                    flags & !mint::LAZY
                } else {
                    flags
                };
                open(&mut pair, request::ACCEPT_DESCRIPTOR, 200 + number, flags, true);
                pair.system.frame(pair.calling).rdi
            })
            .collect();
        let told_after = if urgent { 2 } else { count };
        for (closed, handle) in (1..).zip(handles) {
            close(&mut pair, handle);
            pair.system.call(pair.calling, pair.session, 1, [0; 6]);
            let request = pair.system.frame(pair.serving);
            assert_eq!(
                request.rsi & request::RECEIVED_CLOSED != 0,
                closed >= told_after,
                "{closed} closed"
            );
            let registers = Registers {
                rdi: request.rdi,
                rsi: reply::THEN_RECEIVE,
                rbx: u64::from(pair.endpoint.0),
                ..Registers::default()
            };
            pair.system.run(pair.serving);
            pair.system.enter(0, trivet_abi::REPLY, registers);
        }
        // All are there, whoever asks.
        pair.system.call(pair.calling, pair.session, 1, [0; 6]);
        let token = pair.system.frame(pair.serving).rdi;
        let header = methods::Endpoint::TakeClosed as u64;
        let mut taken = 0;
        loop {
            let answer = pair.system.call(pair.serving, pair.endpoint, header, [0; 6]);
            taken += answer.words()[0];
            if answer.words()[0] == 0 {
                break;
            }
        }
        assert_eq!(taken, count);
        assert_eq!(pair.system.reply(pair.serving, token, 0, [0; 6]).rax, 0);
        pair.system.end();
    }
}
