//! A state machine test: processes, servers and clients do anything in any order; what must hold, holds after each step; and when all
//! is over nothing is left.

use super::{MEMORY, Registers, System, Uniform, invariants};
use crate::arena::Ref;
use crate::handle::slot::{Content, Object};
use crate::handle::table::Place;
use crate::ipc::record::token_of;
use crate::methods;
use crate::process::Process;
use proptest::prelude::*;
use trivet_abi::handle::{Handle, Rights};
use trivet_abi::message::{reply, request};

type Dice = (u8, u8, u8, u8);

/// The taken handles of a process that satisfy a test.
fn handles(system: &System, process: Ref<Process>, wanted: impl Fn(Object, Rights) -> bool) -> Vec<Handle> {
    let table = &system.kernel.processes[process].table;
    let mut found = Vec::new();
    for descriptor in [true, false] {
        let region = if descriptor {
            &table.descriptors
        } else {
            &table.own
        };
        let mut at = 0;
        while let Some(index) = region.lowest_taken(at) {
            at = index + 1;
            let place = if descriptor {
                Place::Descriptor(index as u32)
            } else {
                Place::Own(index as u32)
            };
            if let Some(slot) = table.slot(place)
                && let Content::Live(object) = slot.content
                && wanted(object, slot.rights)
            {
                found.push(table.value(place));
            }
        }
    }
    found
}

fn pick<T: Copy>(list: &[T], number: u8) -> Option<T> {
    list.get(usize::from(number) % list.len().max(1)).copied()
}

fn tokens(system: &System, process: Ref<Process>) -> Vec<u64> {
    invariants::received_by(&system.kernel, process)
        .map(|caller| token_of(caller, system.kernel.record(caller).number))
        .collect()
}

/// A request with an extension: handles to send, handles accepted, perhaps asynchronous.
fn write_extension(
    system: &mut System,
    process: Ref<Process>,
    sent: Option<Handle>,
    flags: u64,
    accept: u32,
    slot: Option<(Handle, u64)>,
) -> u64 {
    let mut block = [0u64; 26];
    block[0] = 1;
    block[1] = MEMORY + 0x8000;
    block[2] = u64::from(accept) * 100;
    block[5] = 1;
    block[6] = MEMORY + 0xa000;
    block[7] = 500;
    if let Some(handle) = sent {
        block[10] = 1;
        block[12] = u64::from(handle.0) | flags << 32;
        block[13] = u64::MAX;
    }
    block[20] = u64::from(accept);
    block[21] = if accept > 1 { MEMORY + 0xc000 } else { 0 };
    if let Some((endpoint, index)) = slot {
        block[23] = u64::from(endpoint.0);
        block[24] = index;
        block[25] = 55;
    }
    let bytes: Vec<u8> = block.iter().flat_map(|word| word.to_le_bytes()).collect();
    let address = MEMORY + 0x6000;
    system.poke(process, address, &bytes);
    address
}

/// A reply with an extension: a minted session, a handle, readiness.
fn write_reply(
    system: &mut System,
    process: Ref<Process>,
    badge: u64,
    sent: Option<Handle>,
    minted: bool,
) -> u64 {
    let mut block = [0u64; 26];
    block[0] = 1;
    block[1] = MEMORY + 0x8000;
    block[2] = 40;
    if let Some(handle) = sent {
        block[5] = 1;
        block[7] = u64::from(handle.0);
        block[8] = u64::MAX;
    }
    if minted {
        block[15] = badge;
        block[16] = 40 | 3 << 16 | 3 << 32;
        block[17] = 5;
        block[18] = u64::MAX;
    }
    block[20] = 99;
    block[21] = 1;
    block[22] = 1 | 1 << 32;
    let bytes: Vec<u8> = block.iter().flat_map(|word| word.to_le_bytes()).collect();
    let address = MEMORY + 0x7000;
    system.poke(process, address, &bytes);
    address
}

fn step(system: &mut System, dice: Dice) {
    let (action, first, second, third) = dice;
    let cpu = usize::from(third) % system.kernel.processors.len();
    let Some(current) = system.kernel.processors[cpu].current else {
        system.pass(20_000_000);
        return;
    };
    let process = system.kernel.threads[current].process;
    if !system.kernel.processes[process].is_alive() {
        system.settle();
        return;
    }
    let sessions = handles(system, process, |object, _| matches!(object, Object::Session(_)));
    let endpoints = handles(system, process, |object, rights| {
        matches!(object, Object::Endpoint(_)) && rights.contains(Rights::RECEIVE)
    });
    let enter = |system: &mut System, number, registers| system.enter(cpu, number, registers);
    let call = |system: &mut System, handle: Handle, header: u64, words: [u64; 6]| {
        let registers = Registers {
            rdi: u64::from(handle.0),
            rsi: header,
            words,
            r14: MEMORY + 0x9000,
            r15: 64,
            ..Registers::default()
        };
        system.enter(cpu, trivet_abi::CALL, registers);
    };
    match action % 26 {
        0..=3 => {
            if let Some(session) = pick(&sessions, first) {
                let flags = [
                    0,
                    request::INTERRUPTIBLE,
                    request::BUFFER_IN | request::BUFFER_OUT,
                    request::ACCEPT_DESCRIPTOR,
                ];
                call(
                    system,
                    session,
                    u64::from(second % 60) | flags[usize::from(second) % 4],
                    [1; 6],
                );
            }
        }
        4 => {
            if let Some(session) = pick(&sessions, first) {
                let sent = pick(&sessions, second).filter(|_| second % 3 != 0);
                let slot = pick(&endpoints, second)
                    .filter(|_| third % 2 == 0)
                    .map(|endpoint| (endpoint, u64::from(second % 3)));
                let address = write_extension(
                    system,
                    process,
                    sent,
                    u64::from(second & 1),
                    u32::from(first % 3),
                    slot,
                );
                let asynchronous = if slot.is_some() { request::ASYNCHRONOUS } else { 0 };
                let registers = Registers {
                    rdi: u64::from(session.0),
                    rsi: 3 | request::EXTENSION | asynchronous,
                    r14: address,
                    ..Registers::default()
                };
                enter(system, trivet_abi::CALL, registers);
            }
        }
        5..=8 => {
            if let Some(endpoint) = pick(&endpoints, first) {
                let registers = Registers {
                    rdi: u64::from(endpoint.0),
                    rsi: u64::from(second % 4),
                    ..Registers::default()
                };
                enter(system, trivet_abi::RECV, registers);
            }
        }
        9..=12 => {
            let list = tokens(system, process);
            let token = pick(&list, first).unwrap_or(u64::from(first));
            let then = pick(&endpoints, second);
            let mut header = u64::from(second % 3);
            let mut r14 = 0;
            if third % 3 == 0 {
                let sent = pick(&sessions, third).filter(|_| second % 2 == 0);
                r14 = write_reply(system, process, u64::from(third % 7), sent, second % 4 < 2);
                header |= reply::EXTENSION;
            }
            let mut words = [u64::from(first); 6];
            if third % 3 == 1 {
                // Interface 40, its end told in each of the ways; now and then none is asked for, or with a flag that no mint has.
                let flags = [1, 3, 7, 15, 15, 0, 17][usize::from(second) % 7] << 16;
                let block = [u64::from(third % 7), 40 | flags | 3 << 32, 5 | 1 << 32, u64::MAX];
                words[2..].copy_from_slice(&block);
                header |= reply::MINT;
            }
            if let Some(endpoint) = then.filter(|_| first % 2 == 0) {
                let registers = Registers {
                    rdi: token,
                    rsi: header | reply::THEN_RECEIVE,
                    words,
                    rbx: u64::from(endpoint.0),
                    r14,
                    ..Registers::default()
                };
                enter(system, trivet_abi::REPLY, registers);
            } else {
                let registers = Registers {
                    rdi: token,
                    rsi: header,
                    words,
                    r14,
                    ..Registers::default()
                };
                enter(system, trivet_abi::REPLY, registers);
            }
        }
        13 => {
            let all = handles(system, process, |_, _| true);
            if let Some(handle) =
                pick(&all, first).filter(|handle| handle.own_index() >= 16 || handle.is_descriptor())
            {
                let value = u64::from(handle.0);
                call(
                    system,
                    Handle::PROCESS,
                    methods::Process::Close as u64,
                    [value, value, 0, 0, 0, 0],
                );
            }
        }
        14 => {
            let all = handles(system, process, |_, _| true);
            if let Some(handle) = pick(&all, first) {
                let words = [
                    u64::from(handle.0),
                    u64::from(second % 8),
                    u64::from(third % 3),
                    1,
                    16,
                    0,
                ];
                call(system, Handle::PROCESS, methods::Process::Duplicate as u64, words);
            }
        }
        15 => {
            let header = methods::Process::CreateThread as u64 | request::ACCEPT_OWN;
            if system.kernel.threads.len() < 24 {
                call(
                    system,
                    Handle::PROCESS,
                    header,
                    [0x1000, MEMORY + 0x3_0000, 0, 0, MEMORY + 0x100, 0],
                );
            }
        }
        16 => match first % 8 {
            0 => call(system, Handle::SELF_THREAD, methods::Thread::Exit as u64, [0; 6]),
            1 => call(
                system,
                Handle::PROCESS,
                methods::Process::Exit as u64,
                [3, 0, 0, 0, 0, 0],
            ),
            _ => call(
                system,
                Handle::SELF_THREAD,
                methods::Thread::YieldNow as u64,
                [0; 6],
            ),
        },
        17 => {
            let expected = u64::from(second % 2);
            let words = [
                MEMORY + u64::from(first % 4) * 4,
                expected,
                u64::MAX >> 32,
                u64::from(third) << 20,
                0,
                0,
            ];
            call(
                system,
                Handle::ADDRESS_SPACE,
                methods::AddressSpace::FutexWait as u64,
                words,
            );
        }
        18 => {
            let words = [
                MEMORY + u64::from(first % 4) * 4,
                u64::from(second % 3),
                u64::MAX >> 32,
                0,
                0,
                0,
            ];
            call(
                system,
                Handle::ADDRESS_SPACE,
                methods::AddressSpace::FutexWake as u64,
                words,
            );
        }
        19 => {
            let method = [
                methods::AddressSpace::FutexLockPi,
                methods::AddressSpace::FutexUnlockPi,
                methods::AddressSpace::FutexLockPi,
            ][usize::from(first % 3)];
            let words = match method {
                methods::AddressSpace::FutexLockPi => [MEMORY + 0x40, u64::from(third) << 22, 0, 0, 0, 0],
                _ => [MEMORY + 0x40, 0, 0, 0, 0, 0],
            };
            call(system, Handle::ADDRESS_SPACE, method as u64, words);
        }
        20 => {
            let list = tokens(system, process);
            if let (Some(token), Some(endpoint)) = (pick(&list, first), pick(&endpoints, second))
                && system.kernel.processes.len() < 8
            {
                let header = methods::Process::Clone as u64 | request::ACCEPT_OWN;
                let words = [u64::from(endpoint.0), token, u64::from(third % 4 == 0), 0, 0, 0];
                call(system, Handle::PROCESS, header, words);
            }
        }
        21 => {
            let others = handles(system, process, |object, _| matches!(object, Object::Process(_)));
            if let Some(other) = pick(&others, first) {
                let method = match second % 6 {
                    0 => methods::Process::Kill,
                    1 | 2 => methods::Process::Stop,
                    _ => methods::Process::Resume,
                };
                call(system, other, method as u64, [7, 0, 0, 0, 0, 0]);
            }
        }
        22 => {
            let threads = handles(system, process, |object, _| matches!(object, Object::Thread(_)));
            if let Some(thread) = pick(&threads, first) {
                let method = match second % 6 {
                    0 => methods::Thread::Kill,
                    1 => methods::Thread::Stop,
                    2 => methods::Thread::SetAffinity,
                    3 => methods::Thread::Interrupt,
                    _ => methods::Thread::Resume,
                };
                call(
                    system,
                    thread,
                    method as u64,
                    [u64::from(third % 4), 0, 0, 0, 0, 0],
                );
            }
        }
        23 => {
            let header = request::ACCEPT_DESCRIPTOR;
            let method = match first % 5 {
                0 => methods::Account::CreateTimer,
                1 => methods::Account::CreateWaitSet,
                2 => methods::Account::CreateEndpoint,
                _ => {
                    if let Some(endpoint) = pick(&endpoints, second) {
                        let mint = methods::Endpoint::Mint as u64 | header;
                        call(system, endpoint, mint, [u64::from(third), 40, 5, u64::MAX, 3, 1]);
                        if third % 4 == 0 {
                            call(
                                system,
                                endpoint,
                                methods::Endpoint::BuyCallSlots as u64,
                                [2, 0, 0, 0, 0, 0],
                            );
                        }
                    }
                    return;
                }
            };
            call(
                system,
                Handle::ACCOUNT,
                method as u64 | header,
                [u64::from(second % 2), 0, 0, 0, 0, 0],
            );
        }
        24 => {
            let sets = handles(system, process, |object, _| matches!(object, Object::WaitSet(_)));
            let members = handles(system, process, |object, _| {
                matches!(
                    object,
                    Object::Session(_) | Object::Timer(_) | Object::WaitSet(_) | Object::Process(_)
                )
            });
            if let Some(set) = pick(&sets, first) {
                match second % 5 {
                    0 | 1 => {
                        if let Some(member) = pick(&members, third) {
                            let words = [u64::from(member.0), 5, 9, u64::from(third % 8), 0, 0];
                            call(system, set, methods::WaitSet::Add as u64, words);
                        }
                    }
                    2 => {
                        if let Some(member) = pick(&members, third) {
                            call(
                                system,
                                set,
                                methods::WaitSet::Remove as u64,
                                [u64::from(member.0), 0, 0, 0, 0, 0],
                            );
                        }
                    }
                    3 => {
                        let deadline_ns = u64::from(third) << 24;
                        call(
                            system,
                            set,
                            methods::WaitSet::Wait as u64 | request::BUFFER_OUT,
                            [deadline_ns, 0, 0, 0, 0, 0],
                        );
                    }
                    _ => {
                        let mut entries = Vec::new();
                        for member in members.iter().take(8) {
                            entries.extend_from_slice(&member.0.to_le_bytes());
                            entries.extend_from_slice(&[5, 0, 0, 0]);
                        }
                        entries.resize(64, 0xff);
                        system.poke(process, MEMORY + 0x9000, &entries);
                        let header = methods::WaitSet::Poll as u64 | request::BUFFER_IN | request::BUFFER_OUT;
                        call(system, set, header, [u64::from(third) << 24, 0, 0, 0, 0, 0]);
                    }
                }
            }
        }
        _ => {
            let timers = handles(system, process, |object, _| matches!(object, Object::Timer(_)));
            if let Some(timer) = pick(&timers, first) {
                let deadline_ns = system.kernel.machine.now_ns + (u64::from(second) << 18);
                call(
                    system,
                    timer,
                    methods::Timer::Set as u64,
                    [u64::from(third % 3), deadline_ns, u64::from(third) << 16, 0, 0, 0],
                );
            }
            if let Some(endpoint) = pick(&endpoints, third) {
                let words = [
                    u64::from(second % 7),
                    u64::from(first & 5),
                    u64::from(second & 5),
                    1,
                    0,
                    0,
                ];
                call(system, endpoint, methods::Endpoint::SetReadiness as u64, words);
            }
        }
    }
}

/// Four processes, two of them servers that all have sessions with; each server holds a client's Process.
fn world(processors: usize) -> System {
    let mut system = System::new(Uniform::EVERYTHING, processors);
    let mut processes = Vec::new();
    for domain in 0..4 {
        let process = system.process(domain);
        for thread in 0..3 {
            let reference = system.thread(process);
            let window = &mut system.kernel.threads[reference].window;
            window.address = MEMORY + 0x1_0000 + thread * 0x1000;
            window.length = 0x800;
            window.handles = 4;
            window.handles_address = MEMORY + 0x2_0000;
        }
        processes.push(process);
    }
    for server in 0..2 {
        let (endpoint, _) = system.endpoint(processes[server]);
        for (badge, client) in processes.iter().enumerate() {
            system.session(*client, endpoint, badge as u64);
        }
        let client = Object::Process(processes[3 - server]);
        system.kernel.acquire_object(client);
        let handle = crate::handle::install::NewHandle::new(client, trivet_abi::Label(0));
        system.give(processes[server], handle);
    }
    invariants::check(&system.kernel);
    system
}

fn play(processors: usize, steps: &[Dice]) {
    let mut system = world(processors);
    for dice in steps {
        step(&mut system, *dice);
        invariants::check(&system.kernel);
        if dice.3 % 8 == 0 {
            system.pass(u64::from(dice.2) << 16);
            invariants::check(&system.kernel);
        }
    }
    system.end();
}

/// Only calls, receives, replies and what is done with handles, once by the straight path and once by the whole one: nobody can tell.
fn compare(steps: &[Dice]) {
    let mut straight = world(1);
    let mut whole = world(1);
    whole.kernel.whole_path_only = true;
    for (action, first, second, third) in steps {
        let dice = (action % 15, *first, *second, *third);
        step(&mut straight, dice);
        step(&mut whole, dice);
        invariants::check(&straight.kernel);
        let see = |system: &System| {
            let threads: Vec<_> = system
                .kernel
                .threads
                .iter()
                .map(|(thread, value)| {
                    // While a thread waits nobody sees its registers.
                    let frame = (!value.state.is_blocked()).then_some(value.context.frame);
                    (thread, value.state, frame)
                })
                .collect();
            (threads, system.kernel.processors[0].current)
        };
        assert!(see(&straight) == see(&whole), "after {dice:?}");
    }
    straight.end();
    whole.end();
}

/// Cases of each test; PROPTEST_CASES asks for more.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(96)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 4000, ..ProptestConfig::default() })]

    #[test]
    fn anything_in_any_order_on_one_processor(steps in proptest::collection::vec(any::<Dice>(), 1..160)) {
        play(1, &steps);
    }

    #[test]
    fn anything_in_any_order_on_three_processors(steps in proptest::collection::vec(any::<Dice>(), 1..160)) {
        play(3, &steps);
    }

    #[test]
    fn straight_path_does_what_the_whole_one_does(steps in proptest::collection::vec(any::<Dice>(), 1..200)) {
        compare(&steps);
    }
}
