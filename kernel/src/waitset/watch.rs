//! Watches: how readiness travels from a session, timer, process or set to whoever waits for it.

use super::{Source, WaitSet, Watch, Watcher};
use crate::account::Account;
use crate::arena::Ref;
use crate::ipc::event::News;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::object::{WAIT_SET_COST, WATCH_COST};
use crate::process::ProcessState;
use crate::thread::{Thread, ThreadState};
use trivet_abi::error::CallError;
use trivet_abi::event::readiness;

/// Bits that are always watched.
pub const ALWAYS: u32 = readiness::ERR | readiness::HUP;
/// Flags of a watch.
pub const EDGE: u64 = 1;
/// See [`EDGE`].
pub const ONE_SHOT: u64 = 2;
/// See [`EDGE`].
pub const EXCLUSIVE: u64 = 4;
/// Sets within sets, at most.
pub const MAX_DEPTH: u32 = 5;
/// Sets that are looked at to find a cycle.
const MAX_VISITS: u32 = 256;

/// What is to be watched, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    pub source: Source,
    pub member: u32,
    pub interest: u32,
    pub flags: u64,
    pub cookie: u64,
}

impl<M: Machine> Kernel<M> {
    /// Makes a set with one reference.
    pub(crate) fn create_wait_set(&mut self, account: Ref<Account>) -> Result<Ref<WaitSet>, CallError> {
        self.accounts[account].charge_all(&WAIT_SET_COST)?;
        let made = self.wait_sets.insert(WaitSet {
            account,
            members: None,
            member_count: 0,
            first_ready: None,
            last_ready: None,
            waiters: None,
            event: None,
            watches: None,
        });
        let Ok(set) = made else {
            self.accounts[account].refund_all(&WAIT_SET_COST);
            return Err(CallError::NoMemory);
        };
        self.accounts.acquire(account);
        Ok(set)
    }

    /// Counts one reference less; the last one frees the set.
    pub(crate) fn release_wait_set(&mut self, set: Ref<WaitSet>) {
        if !self.wait_sets.release(set) {
            return;
        }
        while let Some(watch) = self.wait_sets[set].members {
            self.drop_watch(watch);
        }
        while let Some(watch) = self.wait_sets[set].watches {
            self.drop_watch(watch);
        }
        while let Some(waiter) = self.wait_sets[set].waiters {
            self.end_wait(waiter, Ok([0; 6]));
        }
        if let Some(gone) = self.wait_sets.remove(set) {
            if let Some(event) = gone.event {
                self.drop_event(event);
            }
            self.accounts[gone.account].refund_all(&WAIT_SET_COST);
            self.release_account(gone.account);
        }
    }

    fn source_list(&mut self, source: Source) -> &mut Option<Ref<Watch>> {
        match source {
            Source::Session(session) => &mut self.sessions[session].watches,
            Source::Timer(timer) => &mut self.timers[timer].watches,
            Source::Process(process) => &mut self.processes[process].watches,
            Source::WaitSet(set) => &mut self.wait_sets[set].watches,
        }
    }

    fn watcher_list(&mut self, watcher: Watcher) -> &mut Option<Ref<Watch>> {
        match watcher {
            Watcher::WaitSet(set) => &mut self.wait_sets[set].members,
            Watcher::Thread(thread) => &mut self.threads[thread].polls,
        }
    }

    fn watcher_account(&self, watcher: Watcher) -> Ref<Account> {
        match watcher {
            Watcher::WaitSet(set) => self.wait_sets[set].account,
            Watcher::Thread(thread) => self.threads[thread].account,
        }
    }

    /// Connects a source with a watcher.
    pub(crate) fn make_watch(&mut self, watcher: Watcher, wish: &Wish) -> Result<Ref<Watch>, CallError> {
        let account = self.watcher_account(watcher);
        self.accounts[account].charge_all(&WATCH_COST)?;
        let made = self.watches.insert(Watch {
            watcher,
            source: wish.source,
            member: wish.member,
            interest: wish.interest,
            flags: wish.flags,
            disarmed: false,
            cookie: wish.cookie,
            seen: 0,
            listed: false,
            source_previous: None,
            source_next: None,
            member_previous: None,
            member_next: None,
            ready_previous: None,
            ready_next: None,
        });
        let Ok(watch) = made else {
            self.accounts[account].refund_all(&WATCH_COST);
            return Err(CallError::NoMemory);
        };
        let source_next = self.source_list(wish.source).replace(watch);
        let member_next = self.watcher_list(watcher).replace(watch);
        if let Some(next) = source_next {
            self.watches[next].source_previous = Some(watch);
        }
        if let Some(next) = member_next {
            self.watches[next].member_previous = Some(watch);
        }
        let made = &mut self.watches[watch];
        made.source_next = source_next;
        made.member_next = member_next;
        if let Watcher::WaitSet(set) = watcher {
            self.wait_sets[set].member_count += 1;
        }
        Ok(watch)
    }

    /// Takes a connection apart.
    pub(crate) fn drop_watch(&mut self, reference: Ref<Watch>) {
        self.unlist_watch(reference);
        let Some(watch) = self.watches.remove(reference) else {
            return;
        };
        match watch.source_previous {
            Some(previous) => self.watches[previous].source_next = watch.source_next,
            None => *self.source_list(watch.source) = watch.source_next,
        }
        if let Some(next) = watch.source_next {
            self.watches[next].source_previous = watch.source_previous;
        }
        match watch.member_previous {
            Some(previous) => self.watches[previous].member_next = watch.member_next,
            None => *self.watcher_list(watch.watcher) = watch.member_next,
        }
        if let Some(next) = watch.member_next {
            self.watches[next].member_previous = watch.member_previous;
        }
        if let Watcher::WaitSet(set) = watch.watcher {
            self.wait_sets[set].member_count -= 1;
        }
        let account = self.watcher_account(watch.watcher);
        self.accounts[account].refund_all(&WATCH_COST);
    }

    /// A watch may be ready: it joins its set's list, at the end. True if it was not there.
    pub(crate) fn list_watch(&mut self, reference: Ref<Watch>) -> bool {
        let watch = &self.watches[reference];
        let Watcher::WaitSet(set) = watch.watcher else {
            return false;
        };
        if watch.listed {
            return false;
        }
        let last = self.wait_sets[set].last_ready.replace(reference);
        let watch = &mut self.watches[reference];
        watch.listed = true;
        watch.ready_previous = last;
        watch.ready_next = None;
        match last {
            Some(last) => self.watches[last].ready_next = Some(reference),
            None => self.wait_sets[set].first_ready = Some(reference),
        }
        true
    }

    /// A watch leaves its set's list.
    pub(crate) fn unlist_watch(&mut self, reference: Ref<Watch>) {
        let watch = &mut self.watches[reference];
        if !watch.listed {
            return;
        }
        watch.listed = false;
        let (previous, next) = (watch.ready_previous.take(), watch.ready_next.take());
        let Watcher::WaitSet(set) = watch.watcher else {
            return;
        };
        match previous {
            Some(previous) => self.watches[previous].ready_next = next,
            None => self.wait_sets[set].first_ready = next,
        }
        match next {
            Some(next) => self.watches[next].ready_previous = previous,
            None => self.wait_sets[set].last_ready = previous,
        }
    }

    /// Level bits of a source now.
    pub(crate) fn source_bits(&self, source: Source, depth: u32) -> u32 {
        match source {
            Source::Session(session) => {
                let session = &self.sessions[session];
                if session.revoked || !self.endpoints[session.endpoint].alive {
                    session.bits | ALWAYS
                } else {
                    session.bits
                }
            }
            Source::Timer(timer) if self.timers[timer].expirations != 0 => readiness::IN,
            Source::Process(process) if self.processes[process].state == ProcessState::Dead => readiness::IN,
            Source::WaitSet(set) if self.set_is_ready(set, depth) => readiness::IN,
            Source::Timer(_) | Source::Process(_) | Source::WaitSet(_) => 0,
        }
    }

    /// A number that changes with each new readiness of these bits.
    fn source_sequence(&self, source: Source, bits: u32) -> u32 {
        match source {
            Source::Session(session) => self.sessions[session].sequence_of(bits),
            Source::Timer(timer) => self.timers[timer].expirations as u32,
            Source::Process(process) => u32::from(self.processes[process].state == ProcessState::Dead),
            Source::WaitSet(set) => u32::from(self.set_is_ready(set, 1)),
        }
    }

    fn set_is_ready(&self, set: Ref<WaitSet>, depth: u32) -> bool {
        if depth > MAX_DEPTH {
            return false;
        }
        let mut at = self.wait_sets[set].first_ready;
        while let Some(watch) = at {
            if self.ready_bits(watch, depth + 1) != 0 {
                return true;
            }
            at = self.watches[watch].ready_next;
        }
        false
    }

    /// Bits that a watch would report now.
    pub(crate) fn ready_bits(&self, reference: Ref<Watch>, depth: u32) -> u32 {
        let watch = &self.watches[reference];
        if watch.disarmed {
            return 0;
        }
        let wanted = watch.interest | ALWAYS;
        let bits = self.source_bits(watch.source, depth) & wanted;
        if bits != 0 && watch.flags & EDGE != 0 && self.source_sequence(watch.source, wanted) == watch.seen {
            return 0;
        }
        bits
    }

    /// After a watch was reported: a one-shot one is quiet, an edge is consumed.
    pub(crate) fn consume_watch(&mut self, reference: Ref<Watch>) {
        let watch = &self.watches[reference];
        let sequence = self.source_sequence(watch.source, watch.interest | ALWAYS);
        let watch = &mut self.watches[reference];
        watch.seen = sequence;
        if watch.flags & ONE_SHOT != 0 {
            watch.disarmed = true;
        }
        let stays = watch.flags & (EDGE | ONE_SHOT) == 0;
        self.unlist_watch(reference);
        if stays {
            self.list_watch(reference);
        }
    }

    /// A source has news: everybody who watches one of these bits hears of it.
    pub(crate) fn notify_watches(&mut self, source: Source, bits: u32) {
        let mut at = *self.source_list(source);
        while let Some(reference) = at {
            let Some(watch) = self.watches.get(reference) else {
                // A poll ended, and its watches went. What was told already has nothing new to hear.
                at = *self.source_list(source);
                continue;
            };
            at = watch.source_next;
            if bits & (watch.interest | ALWAYS) == 0 || watch.disarmed {
                continue;
            }
            let exclusive = watch.flags & EXCLUSIVE != 0;
            match watch.watcher {
                Watcher::Thread(thread) => self.finish_poll(thread),
                Watcher::WaitSet(set) => {
                    self.list_watch(reference);
                    if self.wake_set(set) && exclusive {
                        return;
                    }
                }
            }
        }
    }

    /// A set may be ready: a waiter harvests, its event fires, sets above hear of it. True if a waiter took something.
    pub(crate) fn wake_set(&mut self, set: Ref<WaitSet>) -> bool {
        let mut woken = false;
        if let Some(waiter) = self.wait_sets[set].waiters {
            woken = self.finish_set_wait(waiter, set);
        }
        if !woken && let Some(event) = self.wait_sets[set].event {
            self.fire(event, 1);
        }
        if self.wait_sets[set].watches.is_some() {
            self.notify_watches(Source::WaitSet(set), readiness::IN);
        }
        woken
    }

    /// Sets below a set, as a height; `None`: `forbidden` is among them, or there are too many.
    pub(crate) fn height_below(
        &self,
        set: Ref<WaitSet>,
        forbidden: Ref<WaitSet>,
        depth: u32,
        visits: &mut u32,
    ) -> Option<u32> {
        *visits += 1;
        if set == forbidden || depth > MAX_DEPTH || *visits > MAX_VISITS {
            return None;
        }
        let mut height = 0;
        let mut at = self.wait_sets[set].members;
        while let Some(watch) = at {
            if let Source::WaitSet(below) = self.watches[watch].source {
                height = height.max(1 + self.height_below(below, forbidden, depth + 1, visits)?);
            }
            at = self.watches[watch].member_next;
        }
        Some(height)
    }

    /// Sets above a set, as a height.
    pub(crate) fn height_above(&self, set: Ref<WaitSet>, depth: u32, visits: &mut u32) -> Option<u32> {
        *visits += 1;
        if depth > MAX_DEPTH || *visits > MAX_VISITS {
            return None;
        }
        let mut height = 0;
        let mut at = self.wait_sets[set].watches;
        while let Some(watch) = at {
            if let Watcher::WaitSet(above) = self.watches[watch].watcher {
                height = height.max(1 + self.height_above(above, depth + 1, visits)?);
            }
            at = self.watches[watch].source_next;
        }
        Some(height)
    }

    /// A thread does not wait in a set or a poll any more.
    pub(crate) fn leave_wait(&mut self, reference: Ref<Thread>) {
        while let Some(watch) = self.threads[reference].polls {
            self.drop_watch(watch);
        }
        if let ThreadState::Waiting(set) = self.threads[reference].state {
            let thread = &mut self.threads[reference];
            let (previous, next) = (thread.previous.take(), thread.next.take());
            match previous {
                Some(previous) => self.threads[previous].next = next,
                None => self.wait_sets[set].waiters = next,
            }
            if let Some(next) = next {
                self.threads[next].previous = previous;
            }
        }
    }

    /// Binds a set's readiness to an endpoint.
    pub(crate) fn bind_set(
        &mut self,
        set: Ref<WaitSet>,
        endpoint: Ref<crate::ipc::endpoint::Endpoint>,
        cookie: u64,
    ) -> Result<(), CallError> {
        let (old, account) = (self.wait_sets[set].event, self.wait_sets[set].account);
        let event = self.bind_source(old, account, endpoint, News::Signalled, cookie)?;
        self.wait_sets[set].event = Some(event);
        if self.set_is_ready(set, 1) {
            self.fire(event, 1);
        }
        Ok(())
    }
}
