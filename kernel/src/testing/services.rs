//! Single behaviours of kernel services: futexes, waiting, fork, asynchronous calls, upcalls, faults, accounts, embryos.

use super::behaviour::{pair, status};
use super::{MEMORY, Registers, invariants};
use crate::handle::slot::Object;
use crate::machine::FrameStore;
use crate::methods;
use crate::thread::ThreadState;
use trivet_abi::error::CallError;
use trivet_abi::event::EventKind;
use trivet_abi::handle::Handle;
use trivet_abi::message::request;

#[test]
fn futex_wait_sleeps_only_while_the_word_is_as_expected() {
    let mut pair = pair();
    let second = pair.system.thread(pair.client);
    let wait = methods::AddressSpace::FutexWait as u64;
    let wake = methods::AddressSpace::FutexWake as u64;
    let space = Handle::ADDRESS_SPACE;
    let all = u64::from(u32::MAX);
    pair.system.poke(pair.client, MEMORY, &5u32.to_le_bytes());
    let refused = pair
        .system
        .call(pair.calling, space, wait, [MEMORY, 4, all, u64::MAX, 0, 0]);
    assert_eq!(refused.rax, 11);
    pair.system
        .call(pair.calling, space, wait, [MEMORY, 5, all, u64::MAX, 0, 0]);
    assert_eq!(pair.system.kernel.threads[pair.calling].state, ThreadState::Futex);
    invariants::check(&pair.system.kernel);
    let woken = pair.system.call(second, space, wake, [MEMORY, 1, all, 0, 0, 0]);
    assert_eq!((woken.rax, woken.rdx), (0, 1));
    assert_eq!(pair.system.frame(pair.calling).rax, 0);
    pair.system
        .call(pair.calling, space, wait, [MEMORY, 5, all, 50_000, 0, 0]);
    pair.system.pass(100_000_000);
    assert_eq!(pair.system.frame(pair.calling).rax, 110);
    pair.system.end();
}

#[test]
fn inheriting_lock_lends_the_waiters_priority_and_is_handed_over() {
    let mut pair = pair();
    let low = pair.calling;
    let high = pair.system.thread(pair.client);
    let (lock, unlock) = (
        methods::AddressSpace::FutexLockPi as u64,
        methods::AddressSpace::FutexUnlockPi as u64,
    );
    let space = Handle::ADDRESS_SPACE;
    let arguments = [MEMORY, u64::MAX, 0, 0, 0, 0];
    assert_eq!(pair.system.call(low, space, lock, arguments).rax, 0);
    pair.system.run(high);
    let priority = pair.system.kernel.threads[low].priority;
    pair.system.kernel.set_base_priority(high, priority + 3);
    pair.system.call(high, space, lock, arguments);
    assert_eq!(pair.system.kernel.threads[high].state, ThreadState::Futex);
    assert_eq!(pair.system.kernel.threads[low].priority, priority + 3);
    let released = pair.system.call(low, space, unlock, [MEMORY, 0, 0, 0, 0, 0]);
    assert_eq!(released.rax, 0);
    assert_eq!(pair.system.kernel.threads[low].priority, priority);
    let word = pair.system.peek(pair.client, MEMORY, 4);
    let number = pair.system.kernel.threads[high].number as u32;
    assert_eq!(u32::from_le_bytes(word.try_into().unwrap()), number);
    pair.system.end();
}

/// Found by the fuzzer: a timer with a period of three nanoseconds kept the machine from everything else.
#[test]
fn a_short_period_takes_no_time_while_nobody_takes_the_expirations() {
    let mut pair = pair();
    let account = pair.system.kernel.root_account;
    let timer = pair.system.kernel.create_timer(account).unwrap();
    let label = trivet_abi::Label(0);
    let handle = crate::handle::install::NewHandle::new(Object::Timer(timer), label);
    let handle = pair.system.give(pair.client, handle);
    let start = pair.system.kernel.machine.now_ns;
    let (set, take) = (methods::Timer::Set as u64, methods::Timer::Take as u64);
    pair.system
        .call(pair.calling, handle, set, [0, start + 10, 3, 0, 0, 0]);
    for _ in 0..6 {
        pair.system.pass(100);
        let clock = crate::timer::ClockKind::Monotonic;
        assert_eq!(pair.system.kernel.deadlines.first(clock), None);
    }
    let taken = pair.system.call(pair.calling, handle, take, [0; 6]);
    assert_eq!((taken.rax, taken.rdx), (0, (600 - 10) / 3 + 1));
    pair.system.end();
}

/// Found by the fuzzer: a slew of many years in a few days made each period of a real-time timer shorter than the tick that serves it.
#[test]
fn a_slew_that_bends_time_too_far_is_refused() {
    let mut pair = pair();
    let clock = crate::handle::install::NewHandle::new(Object::Clock, trivet_abi::Label(0));
    let clock = pair.system.give(pair.client, clock);
    let adjust = methods::Clock::Adjust as u64;
    let second = 1_000_000_000u64;
    for (by, over, answer) in [
        (5_565_189_547_900_037_753, 2_251_799_813_685_248, 22),
        (second, second, 22),
        (second.wrapping_neg(), second, 22),
        (i64::MIN as u64, u64::MAX, 22),
        (second, 2 * second, 0),
        (second.wrapping_neg(), 2 * second, 0),
        (0, 1, 0),
    ] {
        let answered = pair
            .system
            .call(pair.calling, clock, adjust, [by, over, 0, 0, 0, 0]);
        assert_eq!(answered.rax, answer, "{by} ns in {over} ns");
    }
    pair.system.end();
}

/// A program may map its process page and no more: that is enough for an interrupt word there.
#[test]
fn an_interrupt_word_needs_a_memory_that_may_be_mapped() {
    let mut pair = pair();
    let kernel = &mut pair.system.kernel;
    let (account, label) = (kernel.root_account, trivet_abi::Label(0));
    let page = kernel
        .mm
        .create_memory(&mut kernel.accounts, account, label, 4096, false, false)
        .unwrap();
    kernel.accounts.acquire(account);
    let mut give = |method: methods::Memory| {
        pair.system.kernel.mm.memories.acquire(page);
        let handle = crate::handle::install::NewHandle {
            mask: 1 << method as u8,
            ..crate::handle::install::NewHandle::new(Object::Memory(page), label)
        };
        pair.system.give(pair.client, handle)
    };
    let (mapped, written) = (give(methods::Memory::MapRead), give(methods::Memory::Write));
    pair.system.kernel.mm.release_memory(page);
    let set = methods::Thread::SetInterruptWord as u64;
    let this = Handle::SELF_THREAD;
    let refused = pair
        .system
        .call(pair.calling, this, set, [u64::from(written.0), 64, 0, 0, 0, 0]);
    assert_eq!(refused.rax, status(CallError::Denied));
    let done = pair
        .system
        .call(pair.calling, this, set, [u64::from(mapped.0), 64, 0, 0, 0, 0]);
    assert_eq!(done.rax, 0);
    // While the word is set no interruptible wait begins.
    let (frame, offset) = pair.system.kernel.threads[pair.calling].interrupt_word.unwrap();
    assert_eq!(offset, 64);
    let header = methods::Clock::Sleep as u64 | request::INTERRUPTIBLE;
    let clock = crate::handle::install::NewHandle::new(Object::Clock, label);
    let clock = pair.system.give(pair.client, clock);
    let deadline = pair.system.kernel.machine.now_ns + 1_000_000_000;
    pair.system.kernel.machine.store_word(frame, 8, 1);
    let refused = pair
        .system
        .call(pair.calling, clock, header, [0, deadline, 0, 0, 0, 0]);
    assert_eq!(refused.rax, 4);
    pair.system.kernel.machine.store_word(frame, 8, 0);
    pair.system
        .call(pair.calling, clock, header, [0, deadline, 0, 0, 0, 0]);
    assert_eq!(
        pair.system.kernel.threads[pair.calling].state,
        ThreadState::Sleeping
    );
    pair.system.end();
}

/// Ticks that came while a server worked gave the server a new slice, and with its answer the program: one that mostly calls servers kept the
/// processor from all others.
#[test]
fn a_slice_that_ends_in_a_server_ends_its_callers_turn() {
    let mut pair = pair();
    let other = pair.system.thread(pair.client);
    for thread in [pair.calling, other] {
        pair.system
            .kernel
            .set_base_priority(thread, crate::sched::DEFAULT_PRIORITY);
    }
    pair.system.receive(pair.serving, pair.endpoint, 0);
    let current = |pair: &super::behaviour::Pair| pair.system.kernel.processors[0].current;
    for (pass, next) in [(1, pair.calling), (2 * crate::sched::TIME_SLICE_NS, other)] {
        pair.system.call(pair.calling, pair.session, 7, [0; 6]);
        assert_eq!(current(&pair), Some(pair.serving));
        pair.system.pass(pass);
        assert_eq!(current(&pair), Some(pair.serving), "a server goes on");
        let registers = Registers {
            rdi: pair.system.frame(pair.serving).rdi,
            rsi: trivet_abi::message::reply::THEN_RECEIVE,
            rbx: u64::from(pair.endpoint.0),
            ..Registers::default()
        };
        pair.system.enter(0, trivet_abi::REPLY, registers);
        assert_eq!(current(&pair), Some(next));
    }
    pair.system.end();
}

/// Each event for a server takes the processor from a program for a moment; a new slice afterwards would let a program that makes many of
/// them keep the processor.
#[test]
fn a_preempted_program_goes_on_with_the_rest_of_its_slice() {
    let mut pair = pair();
    let other = pair.system.thread(pair.client);
    for thread in [pair.calling, other] {
        pair.system
            .kernel
            .set_base_priority(thread, crate::sched::DEFAULT_PRIORITY);
    }
    pair.system.receive(pair.serving, pair.endpoint, 0);
    pair.system.run(pair.calling);
    let slice_end_ns = pair.system.kernel.processors[0].slice_end_ns;
    pair.system.pass(crate::sched::TIME_SLICE_NS / 2);
    // A session closes: its server hears of it, and waits again.
    let endpoint = pair
        .system
        .kernel
        .endpoints
        .iter()
        .map(|(endpoint, _)| endpoint)
        .next();
    let closing = pair.system.session(pair.client, endpoint.unwrap(), 7);
    let close = methods::Process::Close as u64;
    let own = u64::from(closing.0);
    pair.system
        .call(pair.calling, Handle::PROCESS, close, [own, own, 0, 0, 0, 0]);
    assert_eq!(pair.system.kernel.processors[0].current, Some(pair.serving));
    pair.system.receive(pair.serving, pair.endpoint, 0);
    assert_eq!(pair.system.kernel.processors[0].current, Some(pair.calling));
    assert_eq!(pair.system.kernel.processors[0].slice_end_ns, slice_end_ns);
    pair.system.pass(crate::sched::TIME_SLICE_NS);
    assert_eq!(pair.system.kernel.processors[0].current, Some(other));
    pair.system.end();
}

#[test]
fn poll_returns_when_a_server_sets_readiness() {
    let mut pair = pair();
    let account = pair.system.kernel.root_account;
    let set = pair.system.kernel.create_wait_set(account).unwrap();
    let set = pair.system.give(
        pair.client,
        crate::handle::install::NewHandle::new(Object::WaitSet(set), trivet_abi::Label(0)),
    );
    let mut entry = pair.session.0.to_le_bytes().to_vec();
    entry.extend_from_slice(&[1, 0, 0, 0]);
    pair.system.poke(pair.client, MEMORY, &entry);
    let poll = methods::WaitSet::Poll as u64 | request::BUFFER_IN | request::BUFFER_OUT;
    let registers = |deadline_ns| Registers {
        rdi: u64::from(set.0),
        rsi: poll,
        words: [deadline_ns, 0, 0, 0, 0, 0],
        r14: MEMORY,
        r15: 8,
        ..Registers::default()
    };
    let none = pair.system.call_with(pair.calling, registers(0));
    assert_eq!((none.rax, none.rdx), (0, 0));
    pair.system.call_with(pair.calling, registers(u64::MAX));
    assert_eq!(
        pair.system.kernel.threads[pair.calling].state,
        ThreadState::Polling
    );
    let ready = methods::Endpoint::SetReadiness as u64;
    assert_eq!(
        pair.system
            .call(pair.serving, pair.endpoint, ready, [99, 1, 0, 0, 0, 0])
            .rax,
        0
    );
    let answer = pair.system.frame(pair.calling);
    assert_eq!((answer.rax, answer.rdx), (0, 1));
    assert_eq!(pair.system.peek(pair.client, MEMORY + 6, 2), [1, 0]);
    invariants::check(&pair.system.kernel);
    pair.system.end();
}

#[test]
fn edge_triggered_member_reports_each_pulse_once() {
    let mut pair = pair();
    let account = pair.system.kernel.root_account;
    let set = pair.system.kernel.create_wait_set(account).unwrap();
    let set = pair.system.give(
        pair.client,
        crate::handle::install::NewHandle::new(Object::WaitSet(set), trivet_abi::Label(0)),
    );
    let add = methods::WaitSet::Add as u64;
    let member = u64::from(pair.session.0);
    assert_eq!(
        pair.system
            .call(pair.calling, set, add, [member, 1, 7, 1, 0, 0])
            .rax,
        0
    );
    assert_eq!(
        pair.system
            .call(pair.calling, set, add, [member, 1, 7, 1, 0, 0])
            .rax,
        17
    );
    let wait = Registers {
        rdi: u64::from(set.0),
        rsi: methods::WaitSet::Wait as u64 | request::BUFFER_OUT,
        r14: MEMORY,
        r15: 64,
        ..Registers::default()
    };
    let ready = methods::Endpoint::SetReadiness as u64;
    for _ in 0..3 {
        assert_eq!(pair.system.call_with(pair.calling, wait).rdx, 0);
        pair.system
            .call(pair.serving, pair.endpoint, ready, [99, 1, 0, 1, 0, 0]);
        let answer = pair.system.call_with(pair.calling, wait);
        assert_eq!((answer.rax, answer.rdx), (0, 1));
        assert_eq!(pair.system.peek(pair.client, MEMORY, 1), [7]);
    }
    pair.system.end();
}

#[test]
fn fork_gives_the_child_its_own_memory_and_a_second_token() {
    let mut pair = pair();
    pair.system.poke(pair.client, MEMORY, b"before");
    pair.system.call(pair.calling, pair.session, 1, [0; 6]);
    let request_frame = pair.system.receive(pair.serving, pair.endpoint, 0);
    let clone = methods::Process::Clone as u64 | request::ACCEPT_OWN;
    let frame = pair.system.call(
        pair.serving,
        Handle::PROCESS,
        clone,
        [u64::from(pair.endpoint.0), request_frame.rdi, 0, 0, 0, 0],
    );
    assert_eq!((frame.rax, frame.rsi >> 32), (0, 1));
    let (child_token, number) = (frame.rdx, frame.r10);
    invariants::check(&pair.system.kernel);
    let child = pair.system.kernel.find_process(number).unwrap();
    pair.system.poke(pair.client, MEMORY, b"parent");
    assert_eq!(pair.system.peek(child, MEMORY, 6), b"before");
    pair.system.reply(pair.serving, child_token, 0, [0; 6]);
    pair.system
        .reply(pair.serving, request_frame.rdi, 0, [number, 0, 0, 0, 0, 0]);
    let twin = pair.system.kernel.processes[child].threads.unwrap();
    assert_eq!(pair.system.frame(twin).words()[0], 0);
    assert_eq!(pair.system.frame(pair.calling).words()[0], number);
    assert_eq!(
        pair.system.call(twin, pair.session, 1, [5; 6]).rax,
        trivet_abi::CALL,
        "the child waits in a call of its own"
    );
    invariants::check(&pair.system.kernel);
    pair.system.end();
}

#[test]
fn asynchronous_call_completes_at_its_endpoint() {
    let mut pair = pair();
    let (_, completions) = pair.system.endpoint(pair.client);
    let buy = methods::Endpoint::BuyCallSlots as u64;
    assert_eq!(
        pair.system
            .call(pair.calling, completions, buy, [2, 0, 0, 0, 0, 0])
            .rax,
        0
    );
    let mut extension = vec![0u8; 208];
    extension[184..192].copy_from_slice(&u64::from(completions.0).to_le_bytes());
    extension[192..200].copy_from_slice(&1u64.to_le_bytes());
    extension[200..208].copy_from_slice(&777u64.to_le_bytes());
    pair.system.poke(pair.client, MEMORY, &extension);
    let registers = Registers {
        rdi: u64::from(pair.session.0),
        rsi: 4 | request::EXTENSION | request::ASYNCHRONOUS,
        words: [1, 2, 3, 4, 5, 6],
        r14: MEMORY,
        ..Registers::default()
    };
    assert_eq!(pair.system.call_with(pair.calling, registers).rax, 0);
    assert_eq!(
        pair.system.call_with(pair.calling, registers).rax,
        status(CallError::SlotBusy)
    );
    let request = pair.system.receive(pair.serving, pair.endpoint, 0);
    assert_eq!(request.words(), [1, 2, 3, 4, 5, 6]);
    pair.system
        .reply(pair.serving, request.rdi, 0, [6, 5, 4, 3, 2, 1]);
    let event = pair.system.receive(pair.calling, completions, 0);
    assert_eq!(
        (event.rax, event.rdi, event.r14),
        (EventKind::Completed as u64, 777, 0)
    );
    assert_eq!(event.words(), [6, 5, 4, 3, 2, 1]);
    invariants::check(&pair.system.kernel);
    pair.system.end();
}

#[test]
fn upcall_saves_the_state_and_restore_brings_it_back() {
    let mut pair = pair();
    let set = methods::Thread::SetUpcall as u64;
    let own = Handle::SELF_THREAD;
    assert_eq!(
        pair.system
            .call(pair.calling, own, set, [0x5000, 0, 0, 0, 0, 0])
            .rax,
        0
    );
    pair.system.run(pair.calling);
    let before = pair.system.frame(pair.calling);
    pair.system.kernel.interrupt_thread(pair.calling).unwrap();
    pair.system.settle();
    let inside = pair.system.frame(pair.calling);
    assert_eq!((inside.rip, inside.rsp % 16, inside.rsi), (0x5000, 8, 0));
    assert!(inside.rsp < before.rsp - 128);
    let restore = methods::Thread::Restore as u64;
    pair.system
        .call(pair.calling, own, restore, [inside.rdi, 0, 0, 0, 0, 0]);
    assert_eq!(pair.system.frame(pair.calling), before);
    let refused = pair
        .system
        .call(pair.calling, own, restore, [0x10, 0, 0, 0, 0, 0]);
    assert_eq!(refused.rax, 14);
    pair.system.end();
}

#[test]
fn fault_without_handler_is_told_to_the_supervisor() {
    let mut pair = pair();
    pair.system.kernel.acquire_object(Object::Process(pair.client));
    let handle = pair.system.give(
        pair.server,
        crate::handle::install::NewHandle::new(Object::Process(pair.client), trivet_abi::Label(0)),
    );
    let supervise = methods::Process::Supervise as u64;
    let arguments = [u64::from(pair.endpoint.0), 31, 0, 0, 0, 0];
    assert_eq!(
        pair.system.call(pair.serving, handle, supervise, arguments).rax,
        0
    );
    pair.system.run(pair.calling);
    let fault = crate::machine::Trap::PageFault {
        address: 0x44,
        error: 4,
    };
    pair.system.kernel.trap(0, fault);
    pair.system.settle();
    assert_eq!(
        pair.system.kernel.threads[pair.calling].state,
        ThreadState::Faulted
    );
    let event = pair.system.receive(pair.serving, pair.endpoint, 0);
    assert_eq!(event.rax, EventKind::Fault as u64);
    let number = pair.system.kernel.processes[pair.client].number;
    assert_eq!((event.rdx, event.r8 & 0xff, event.r9), (number, 14, 0x44));
    let kill = methods::Process::Kill as u64;
    pair.system.call(pair.serving, handle, kill, [11, 0, 0, 0, 0, 0]);
    let event = pair.system.receive(pair.serving, pair.endpoint, 0);
    // The session of the dead client closes, and its end is told.
    let kinds = [event.rax, pair.system.receive(pair.serving, pair.endpoint, 0).rax];
    assert!(kinds.contains(&(EventKind::Signalled as u64)) && kinds.contains(&(EventKind::Closed as u64)));
    pair.system.end();
}

#[test]
fn accounts_take_turns_whoever_has_more_threads() {
    let mut pair = pair();
    let kernel = &mut pair.system.kernel;
    let root = kernel.root_account;
    let mut limits = [1 << 30; 10];
    (limits[7], limits[8], limits[9]) = (0, 100, 2);
    let mut runs = std::collections::HashMap::new();
    let mut threads = Vec::new();
    for count in [1, 4] {
        let account = pair
            .system
            .kernel
            .create_account(root, &limits, trivet_abi::Label(0))
            .unwrap();
        let process = pair
            .system
            .kernel
            .new_process(account, trivet_abi::Domain(1), trivet_abi::Label(0))
            .unwrap();
        pair.system.kernel.processes[process].state = crate::process::ProcessState::Running;
        for _ in 0..count {
            threads.push((pair.system.thread(process), account));
        }
        pair.system.kernel.release_account(account);
    }
    pair.system.receive(pair.serving, pair.endpoint, 0);
    pair.system.call(pair.calling, pair.session, 0, [0; 6]);
    pair.system.receive(pair.serving, pair.endpoint, 0);
    for _ in 0..200 {
        if let Some(current) = pair.system.kernel.processors[0].current
            && let Some((_, account)) = threads.iter().find(|(thread, _)| *thread == current)
        {
            *runs.entry(*account).or_insert(0) += 1;
        }
        pair.system.pass(10_000_000);
    }
    let counts: Vec<i32> = runs.values().copied().collect();
    assert_eq!(counts.len(), 2);
    assert!((counts[0] - counts[1]).abs() <= 2, "{counts:?}");
    pair.system.end();
}

#[test]
fn event_that_a_failed_delivery_caused_is_received_by_the_same_recv() {
    let mut pair = pair();
    let second = pair.system.thread(pair.client);
    pair.system.kernel.threads[pair.serving].window.address = MEMORY;
    pair.system.kernel.threads[pair.serving].window.length = 64;
    let registers = Registers {
        rdi: u64::from(pair.session.0),
        rsi: request::BUFFER_IN,
        r14: 0x5000_0000,
        r15: 64,
        ..Registers::default()
    };
    pair.system.call_with(pair.calling, registers);
    let handle = u64::from(pair.session.0);
    let close = methods::Process::Close as u64;
    pair.system
        .call(second, Handle::PROCESS, close, [handle, handle, 0, 0, 0, 0]);
    let event = pair.system.receive(pair.serving, pair.endpoint, 0);
    assert_eq!((event.rax, event.r14), (EventKind::Closed as u64, 99));
    assert_eq!(pair.system.frame(pair.calling).rax, status(CallError::BadPointer));
    invariants::check(&pair.system.kernel);
    pair.system.end();
}

#[test]
fn embryo_goes_with_the_last_handle_of_its_maker() {
    let mut pair = pair();
    let header = methods::Account::CreateProcess as u64 | request::EXTENSION;
    let kernel = &mut pair.system.kernel;
    let root = kernel.root_account;
    let program = kernel
        .mm
        .create_memory(
            &mut kernel.accounts,
            root,
            trivet_abi::Label(77),
            4096,
            false,
            false,
        )
        .unwrap();
    let program = pair.system.give(
        pair.client,
        crate::handle::install::NewHandle::new(Object::Memory(program), trivet_abi::Label(77)),
    );
    let mut extension = vec![0u8; 208];
    extension[160..164].copy_from_slice(&2u32.to_le_bytes());
    extension[168..176].copy_from_slice(&(MEMORY + 0x1000).to_le_bytes());
    pair.system.poke(pair.client, MEMORY, &extension);
    let registers = Registers {
        rdi: u64::from(Handle::ACCOUNT.0),
        rsi: header,
        words: [u64::from(Handle::PROCESS.0), u64::from(program.0), 0, 0, 0, 0],
        r14: MEMORY,
        ..Registers::default()
    };
    let frame = pair.system.call_with(pair.calling, registers);
    assert_eq!((frame.rax, frame.rsi >> 32), (0, 2));
    let embryo = pair.system.kernel.find_process(frame.rdx).unwrap();
    let domain = pair.system.kernel.processes[embryo].domain;
    assert_eq!(domain.0, u16::MAX, "the program's label leads to another domain");
    assert_eq!(pair.system.kernel.processes.len(), 3);
    let values = pair.system.peek(pair.client, MEMORY + 0x1000, 8);
    assert_eq!(
        u64::from(u32::from_le_bytes(values[..4].try_into().unwrap())),
        frame.rdi
    );
    invariants::check(&pair.system.kernel);
    let close = methods::Process::Close as u64;
    for value in values.chunks(4) {
        let value = u64::from(u32::from_le_bytes(value.try_into().unwrap()));
        let closed = pair
            .system
            .call(pair.calling, Handle::PROCESS, close, [value, value, 0, 0, 0, 0]);
        assert_eq!(closed.rax, 0);
    }
    assert_eq!(pair.system.kernel.processes.len(), 2);
    pair.system.end();
}
