//! What holds between any two entries of the kernel.

use crate::account::Resource;
use crate::arena::Ref;
use crate::handle::slot::{Content, Object};
use crate::handle::table::Place;
use crate::ipc::record::{CallState, Caller};
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::process::{Process, ProcessState};
use crate::thread::{Thread, ThreadState};
use std::collections::HashMap;
use trivet_abi::event::receive_options;
use trivet_abi::handle::Rights;

/// Checks all of it.
pub fn check<M: Machine>(kernel: &Kernel<M>) {
    threads(kernel);
    endpoints(kernel);
    references(kernel);
    charges(kernel);
}

/// The calls that a process has received and not answered.
pub(super) fn received_by<M: Machine>(
    kernel: &Kernel<M>,
    process: Ref<Process>,
) -> impl Iterator<Item = Caller> {
    let threads = kernel.threads.iter().map(|(thread, _)| Caller::Thread(thread));
    let slots = kernel.call_slots.iter().map(|(slot, _)| Caller::Slot(slot));
    threads.chain(slots).filter(move |&caller| {
        let record = kernel.record(caller);
        record.state == CallState::Received && record.server == Some(process)
    })
}

fn serving<M: Machine>(kernel: &Kernel<M>, process: Ref<Process>) -> Vec<Caller> {
    received_by(kernel, process).collect()
}

fn threads<M: Machine>(kernel: &Kernel<M>) {
    let mut running = 0;
    for (reference, thread) in kernel.threads.iter() {
        match thread.state {
            ThreadState::Running(cpu) => {
                running += 1;
                assert_eq!(
                    kernel.processors[cpu].current,
                    Some(reference),
                    "runs where it is not"
                );
                assert_eq!(
                    thread.call.state,
                    CallState::Idle,
                    "runs while its call is pending"
                );
                assert!(
                    thread.attention == 0 || kernel.processors[cpu].reschedule,
                    "attention {} that nobody looks at",
                    thread.attention
                );
            }
            ThreadState::Calling => {
                assert_ne!(thread.call.state, CallState::Idle, "waits for no call");
            }
            ThreadState::Dead => assert!(
                thread.call.state == CallState::Received && thread.call.orphaned
                    || thread.call.state == CallState::Idle,
                "dead in a queue"
            ),
            _ => assert_eq!(
                thread.call.state,
                CallState::Idle,
                "{:?} with a pending call",
                thread.state
            ),
        }
        if thread.state != ThreadState::Futex {
            assert!(!thread.futex.queued, "in the futex table and {:?}", thread.state);
        }
        if thread.state != ThreadState::Polling {
            assert!(thread.polls.is_none(), "watches of a poll and {:?}", thread.state);
        }
        if thread.state != ThreadState::Dead {
            let process = &kernel.processes[thread.process];
            assert_ne!(process.state, ProcessState::Dead, "a dead process has a thread");
        }
    }
    let current = kernel
        .processors
        .iter()
        .filter(|processor| processor.current.is_some())
        .count();
    assert_eq!(
        running, current,
        "a processor runs a thread that does not know it"
    );
    for (process, owner) in kernel.processes.iter() {
        let mut count = 0;
        let mut at = owner.threads;
        while let Some(thread) = at {
            count += 1;
            assert_eq!(kernel.threads[thread].process, process);
            at = kernel.threads[thread].process_next;
        }
        assert_eq!(count, owner.thread_count, "threads of a process");
    }
}

fn endpoints<M: Machine>(kernel: &Kernel<M>) {
    let mut received: HashMap<Caller, Ref<Process>> = HashMap::new();
    for (process, _) in kernel.processes.iter() {
        for caller in serving(kernel, process) {
            assert_eq!(kernel.record(caller).state, CallState::Received);
            assert_eq!(kernel.record(caller).server, Some(process));
            assert!(received.insert(caller, process).is_none(), "received twice");
        }
    }
    let mut queued = 0;
    for (reference, endpoint) in kernel.endpoints.iter() {
        let mut count = 0;
        if let Some(turn) = endpoint.turn {
            let mut head = turn;
            loop {
                let mut at = head;
                loop {
                    let record = kernel.record(at);
                    assert_eq!(record.state, CallState::Queued);
                    assert_eq!(record.endpoint, Some(reference));
                    count += 1;
                    assert!(count < 100_000, "a circle in the queue");
                    at = record.next.unwrap();
                    if at == head {
                        break;
                    }
                    assert!(kernel.record(at).ring_next.is_none(), "two heads of one account");
                }
                head = kernel.record(head).ring_next.unwrap();
                if head == turn {
                    break;
                }
            }
        }
        assert_eq!(count, endpoint.queued, "length of the queue");
        queued += count as usize;
        let pending = received
            .keys()
            .filter(|caller| kernel.record(**caller).endpoint == Some(reference))
            .count();
        assert_eq!(
            pending, endpoint.pending as usize,
            "calls received from the endpoint"
        );
        // No lost wake-up: who waits here has nothing to take.
        let mut at = endpoint.receivers;
        while let Some(receiver) = at {
            let thread = &kernel.threads[receiver];
            assert_eq!(thread.state, ThreadState::Receiving(reference));
            assert!(
                endpoint.first_event.is_none(),
                "an event waits and a receiver too"
            );
            if thread.receive_options & receive_options::NO_REQUESTS == 0 {
                assert!(endpoint.turn.is_none(), "a request waits and a receiver too");
            }
            at = thread.next;
        }
        if !endpoint.alive && !kernel.reaper.is_busy() {
            assert!(
                endpoint.turn.is_none() && endpoint.receivers.is_none() && endpoint.first_event.is_none()
            );
        }
    }
    let states = |state| {
        let threads = kernel
            .threads
            .iter()
            .filter(|(_, thread)| thread.call.state == state)
            .count();
        threads
            + kernel
                .call_slots
                .iter()
                .filter(|(_, slot)| slot.call.state == state)
                .count()
    };
    assert_eq!(states(CallState::Queued), queued, "a queued call is in no queue");
    assert_eq!(
        states(CallState::Received),
        received.len(),
        "a received call is nobody's"
    );
}

fn slots<M: Machine>(kernel: &Kernel<M>) -> Vec<(Ref<Process>, Place, crate::handle::slot::Slot)> {
    let mut all = Vec::new();
    for (process, owner) in kernel.processes.iter() {
        let mut at = 0;
        while let Some(index) = owner.table.descriptors.lowest_taken(at) {
            let place = Place::Descriptor(index as u32);
            all.push((process, place, *owner.table.slot(place).unwrap()));
            at = index + 1;
        }
        at = 0;
        while let Some(index) = owner.table.own.lowest_taken(at) {
            let place = Place::Own(index as u32);
            all.push((process, place, *owner.table.slot(place).unwrap()));
            at = index + 1;
        }
    }
    all
}

fn references<M: Machine>(kernel: &Kernel<M>) {
    let mut held: HashMap<String, u32> = HashMap::new();
    let mut hold = |object: Object| *held.entry(format!("{object:?}")).or_default() += 1;
    let mut rights: HashMap<Ref<crate::ipc::endpoint::Endpoint>, u32> = HashMap::new();
    for (_, _, slot) in slots(kernel) {
        assert_ne!(slot.content, Content::Free, "a free slot is taken");
        if let Content::Live(object) = slot.content {
            hold(object);
            if let Object::Endpoint(endpoint) = object
                && slot.rights.contains(Rights::RECEIVE)
            {
                *rights.entry(endpoint).or_default() += 1;
            }
        }
    }
    let records = kernel
        .threads
        .iter()
        .map(|(_, thread)| &thread.call)
        .chain(kernel.call_slots.iter().map(|(_, slot)| &slot.call));
    for record in records {
        if let Some(session) = record.session {
            hold(Object::Session(session));
        }
        for transit in &record.sent {
            if let Content::Live(object) = transit.slot.content {
                hold(object);
            }
        }
    }
    let mut closed = 0;
    for (reference, session) in kernel.sessions.iter() {
        closed += usize::from(kernel.sessions.references(reference) == 0);
        hold(Object::Endpoint(session.endpoint));
        // One that was closed quietly is paid back already.
        if kernel.sessions.references(reference) != 0 {
            hold(Object::Account(session.account));
        }
    }
    assert_eq!(kernel.closed_sessions, closed);
    for (_, event) in kernel.events.iter() {
        hold(Object::Account(event.account));
        if let Some(endpoint) = event.endpoint {
            hold(Object::Endpoint(endpoint));
        }
    }
    for (_, endpoint) in kernel.endpoints.iter() {
        assert_eq!(endpoint.closed.is_some(), endpoint.closed_urgency != 0);
        hold(Object::Account(endpoint.account));
    }
    for (_, set) in kernel.wait_sets.iter() {
        hold(Object::Account(set.account));
    }
    for (_, timer) in kernel.timers.iter() {
        hold(Object::Account(timer.account));
    }
    for (_, slot) in kernel.call_slots.iter() {
        hold(Object::Process(slot.process));
    }
    for (_, thread) in kernel.threads.iter() {
        hold(Object::Process(thread.process));
    }
    for (reference, process) in kernel.processes.iter() {
        hold(Object::Account(process.account));
        if process.state != ProcessState::Dead {
            hold(Object::Process(reference));
        }
        if let Some(space) = process.space {
            hold(Object::AddressSpace(space));
        }
    }
    for (reference, thread) in kernel.threads.iter() {
        if thread.state != ThreadState::Dead || thread.call.state == CallState::Received {
            hold(Object::Thread(reference));
        }
    }
    let expected = |object: Object| held.get(&format!("{object:?}")).copied().unwrap_or(0);
    for (session, _) in kernel.sessions.iter() {
        assert_eq!(
            kernel.sessions.references(session),
            expected(Object::Session(session)),
            "counts of a session"
        );
    }
    for (endpoint, value) in kernel.endpoints.iter() {
        assert_eq!(
            kernel.endpoints.references(endpoint),
            expected(Object::Endpoint(endpoint)),
            "counts of an endpoint"
        );
        assert_eq!(
            value.receive_rights,
            rights.get(&endpoint).copied().unwrap_or(0),
            "receive rights"
        );
    }
    for (process, _) in kernel.processes.iter() {
        assert_eq!(
            kernel.processes.references(process),
            expected(Object::Process(process)),
            "counts of a process"
        );
    }
    for (thread, value) in kernel.threads.iter() {
        assert_eq!(
            kernel.threads.references(thread),
            expected(Object::Thread(thread)),
            "counts of a thread in {:?}",
            value.state
        );
    }
    for (timer, _) in kernel.timers.iter() {
        assert_eq!(
            kernel.timers.references(timer),
            expected(Object::Timer(timer)),
            "counts of a timer"
        );
    }
    for (set, _) in kernel.wait_sets.iter() {
        assert_eq!(
            kernel.wait_sets.references(set),
            expected(Object::WaitSet(set)),
            "counts of a set"
        );
    }
}

fn charges<M: Machine>(kernel: &Kernel<M>) {
    let mut handles: HashMap<_, u64> = HashMap::new();
    let mut threads: HashMap<_, u64> = HashMap::new();
    let mut processes: HashMap<_, u64> = HashMap::new();
    for (process, owner) in kernel.processes.iter() {
        let _: Ref<Process> = process;
        *handles.entry(owner.account).or_default() += owner.table.count() as u64;
        *processes.entry(owner.account).or_default() += 1;
    }
    for (reference, thread) in kernel.threads.iter() {
        let _: Ref<Thread> = reference;
        *threads.entry(thread.account).or_default() += u64::from(thread.state != ThreadState::Dead);
    }
    for (account, value) in kernel.accounts.iter() {
        let mut below = [0u64; crate::account::RESOURCES];
        for (_, child) in kernel.accounts.iter() {
            if child.parent == Some(account) {
                for (sum, limit) in below.iter_mut().zip(child.limits) {
                    *sum += limit;
                }
            }
        }
        let used = |resource: Resource| value.used[resource as usize] - below[resource as usize];
        let of = |map: &HashMap<_, u64>| map.get(&account).copied().unwrap_or(0);
        assert_eq!(used(Resource::Handles), of(&handles), "charges for handles");
        assert_eq!(used(Resource::Threads), of(&threads), "charges for threads");
        assert_eq!(used(Resource::Processes), of(&processes), "charges for processes");
    }
}
