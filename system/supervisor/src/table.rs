//! Who exists: parents and children, process groups and sessions, who ended and who has not been told of it.
//!
//! A pure state machine, without a kernel: [`Table`] keeps `X` for each process and says what follows from each step; the server
//! does it. Numbers are the kernel's and never used again, so that no group or session is ever mistaken for an earlier one.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::ops::Bound;

/// The parent of processes that have none: process 1, which never waits. What ends with this parent leaves nothing behind.
pub const INIT: u64 = 1;

/// How far a process's life is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// It may run.
    Running,
    /// A signal has stopped it.
    Stopped,
    /// It has ended with this wait status, and its parent has not been told.
    Zombie(u32),
}

/// A change of state that `wait` tells once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Notice {
    Stopped(u32),
    Continued,
}

/// One process.
#[derive(Debug)]
pub struct Entry<X> {
    parent: u64,
    group: u64,
    session: u64,
    life: Life,
    notice: Option<Notice>,
    children: Vec<u64>,
    executed: bool,
    /// What the server keeps with it.
    pub detail: X,
}

impl<X> Entry<X> {
    /// Number of the parent.
    pub fn parent(&self) -> u64 {
        self.parent
    }

    /// The process group.
    pub fn group(&self) -> u64 {
        self.group
    }

    /// The session.
    pub fn session(&self) -> u64 {
        self.session
    }

    /// How far its life is.
    pub fn life(&self) -> Life {
        self.life
    }

    /// Whether it has not ended.
    pub fn is_alive(&self) -> bool {
        !matches!(self.life, Life::Zombie(_))
    }

    /// Its children, also those that have ended, oldest first.
    pub fn children(&self) -> &[u64] {
        &self.children
    }
}

/// What follows from an end.
#[derive(Debug)]
pub struct Ended<X> {
    /// The parent that must be told, if it is a process of the table.
    pub parent: Option<u64>,
    /// Entries that are gone from the table: nobody waits for them.
    pub gone: Vec<(u64, X)>,
    /// Living children, whose parent is [`INIT`] now.
    pub orphans: Vec<u64>,
    /// Groups that became orphaned and have a stopped member: they get SIGHUP and SIGCONT.
    pub hung_up: Vec<u64>,
    /// It led this session.
    pub led: Option<u64>,
}

/// Which children a wait looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Each.
    Any,
    /// This one.
    Process(u64),
    /// Those of a group.
    Group(u64),
}

/// Which changes a wait looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Ends.
    pub ended: bool,
    /// Stops.
    pub stopped: bool,
    /// Continues.
    pub continued: bool,
    /// What was told is told again.
    pub keep: bool,
}

/// A change of a child's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The child.
    pub number: u64,
    /// As waitpid has it.
    pub status: u32,
    /// `si_code`.
    pub code: u32,
    /// It has ended; unless the wait keeps it, the caller takes its entry out with [`Table::reap`].
    pub ended: bool,
}

/// What a wait finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// No such child: ECHILD.
    NoChild,
    /// Children, but no change yet.
    NoChange,
    /// This.
    Change(Change),
}

/// Why a group or session cannot be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// EPERM.
    NotPermitted,
    /// ESRCH.
    NoSuchProcess,
    /// EACCES.
    Executed,
}

/// `si_code` of SIGCHLD: POSIX's CLD values, as Linux numbers them.
pub mod code {
    /// It ended by itself.
    pub const EXITED: u32 = 1;
    /// A signal ended it.
    pub const KILLED: u32 = 2;
    /// A signal ended it, and its memory was saved.
    pub const DUMPED: u32 = 3;
    /// A signal stopped it.
    pub const STOPPED: u32 = 5;
    /// It goes on.
    pub const CONTINUED: u32 = 6;
}

/// The `si_code` of a wait status.
#[must_use]
pub const fn code_of(status: u32) -> u32 {
    match (status & 0x7f, status & 0x80) {
        (0, _) => code::EXITED,
        (_, 0) => code::KILLED,
        _ => code::DUMPED,
    }
}

/// Every process that the server has made.
#[derive(Debug)]
pub struct Table<X> {
    entries: BTreeMap<u64, Entry<X>>,
}

impl<X> Default for Table<X> {
    fn default() -> Self {
        Table {
            entries: BTreeMap::new(),
        }
    }
}

impl<X> Table<X> {
    /// The entry of a number.
    pub fn get(&self, number: u64) -> Option<&Entry<X>> {
        self.entries.get(&number)
    }

    /// The entry of a number.
    pub fn get_mut(&mut self, number: u64) -> Option<&mut Entry<X>> {
        self.entries.get_mut(&number)
    }

    /// Every entry, by number.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &Entry<X>)> {
        self.entries.iter().map(|(number, entry)| (*number, entry))
    }

    /// How many processes there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The first number above another: to go through the table while it changes.
    pub fn next_above(&self, number: u64) -> Option<u64> {
        let range = (Bound::Excluded(number), Bound::Unbounded);
        self.entries.range(range).next().map(|(number, _)| *number)
    }

    /// Adds a process without a parent, which leads a group and a session of its own.
    pub fn add_leader(&mut self, number: u64, detail: X) {
        let entry = Entry {
            parent: INIT,
            group: number,
            session: number,
            life: Life::Running,
            notice: None,
            children: Vec::new(),
            executed: true,
            detail,
        };
        self.entries.insert(number, entry);
    }

    /// Adds a child in its parent's group and session. `executed` says that it runs a program of its own already. Gives the detail back
    /// where the parent does not live.
    ///
    /// # Errors
    /// The parent does not live.
    pub fn add_child(&mut self, parent: u64, number: u64, executed: bool, detail: X) -> Result<(), X> {
        let Some(owner) = self.entries.get_mut(&parent).filter(|owner| owner.is_alive()) else {
            return Err(detail);
        };
        owner.children.push(number);
        let entry = Entry {
            parent,
            group: owner.group,
            session: owner.session,
            life: Life::Running,
            notice: None,
            children: Vec::new(),
            executed,
            detail,
        };
        self.entries.insert(number, entry);
        Ok(())
    }

    /// The process has executed a program: its parent may not change its group any more.
    pub fn executed(&mut self, number: u64) {
        if let Some(entry) = self.entries.get_mut(&number) {
            entry.executed = true;
        }
    }

    /// Members of a group, also those that have ended.
    pub fn members(&self, group: u64) -> impl Iterator<Item = u64> {
        self.entries
            .iter()
            .filter(move |(_, entry)| entry.group == group)
            .map(|(number, _)| *number)
    }

    /// Whether no living member has a parent in another group of the same session: nobody there could continue the group.
    pub fn is_orphaned(&self, group: u64) -> bool {
        !self.entries.values().any(|member| {
            member.group == group
                && member.is_alive()
                && self
                    .entries
                    .get(&member.parent)
                    .is_some_and(|parent| parent.session == member.session && parent.group != group)
        })
    }

    /// A process has ended. `discard`: its parent wants no status (SIGCHLD ignored, SA_NOCLDWAIT).
    pub fn end(&mut self, number: u64, status: u32, discard: bool) -> Option<Ended<X>> {
        let entry = self.entries.get(&number).filter(|entry| entry.is_alive())?;
        let (parent, session) = (entry.parent, entry.session);
        // Groups that this end may orphan: its own, and its children's.
        let mut groups = Vec::from([entry.group]);
        for child in &entry.children {
            let group = self.entries.get(child).map(|child| child.group);
            groups.extend(group.filter(|group| !groups.contains(group)));
        }
        groups.retain(|group| !self.is_orphaned(*group));

        let mut ended = Ended {
            parent: None,
            gone: Vec::new(),
            orphans: Vec::new(),
            hung_up: Vec::new(),
            led: (session == number).then_some(session),
        };
        let entry = self.entries.get_mut(&number)?;
        entry.life = Life::Zombie(status);
        entry.notice = None;
        for child in core::mem::take(&mut entry.children) {
            let Some(orphan) = self.entries.get_mut(&child) else {
                continue;
            };
            orphan.parent = INIT;
            if orphan.is_alive() {
                ended.orphans.push(child);
            } else if let Some(gone) = self.entries.remove(&child) {
                ended.gone.push((child, gone.detail));
            }
        }
        ended.parent = self.entries.contains_key(&parent).then_some(parent);
        if (discard || ended.parent.is_none())
            && let Some(detail) = self.reap(number)
        {
            ended.gone.push((number, detail));
        }
        groups.retain(|group| self.is_orphaned(*group) && self.has_stopped(*group));
        ended.hung_up = groups;
        Some(ended)
    }

    fn has_stopped(&self, group: u64) -> bool {
        self.entries
            .values()
            .any(|member| member.group == group && member.life == Life::Stopped)
    }

    /// Takes out a process that has ended and that its parent was told of.
    pub fn reap(&mut self, number: u64) -> Option<X> {
        let entry = self.entries.get(&number).filter(|entry| !entry.is_alive())?;
        let parent = entry.parent;
        if let Some(parent) = self.entries.get_mut(&parent) {
            parent.children.retain(|child| *child != number);
        }
        self.entries.remove(&number).map(|entry| entry.detail)
    }

    /// A signal has stopped a process. False: it stood still already, or has ended.
    pub fn stop(&mut self, number: u64, signal: u32) -> bool {
        let entry = self.entries.get_mut(&number);
        let Some(entry) = entry.filter(|entry| entry.life == Life::Running) else {
            return false;
        };
        entry.life = Life::Stopped;
        entry.notice = Some(Notice::Stopped(signal));
        true
    }

    /// A stopped process goes on. False: it was not stopped.
    pub fn go_on(&mut self, number: u64) -> bool {
        let entry = self.entries.get_mut(&number);
        let Some(entry) = entry.filter(|entry| entry.life == Life::Stopped) else {
            return false;
        };
        entry.life = Life::Running;
        entry.notice = Some(Notice::Continued);
        true
    }

    /// What a wait of `parent` finds. What it tells is told once, unless it keeps it; an end's entry stays until [`Table::reap`].
    pub fn wait(&mut self, parent: u64, which: Which, wanted: Wanted) -> Waited {
        let Some(owner) = self.entries.get(&parent) else {
            return Waited::NoChild;
        };
        let mut found = Waited::NoChild;
        let mut told = None;
        for &number in &owner.children {
            let Some(child) = self.entries.get(&number) else {
                continue;
            };
            let meant = match which {
                Which::Any => true,
                Which::Process(process) => process == number,
                Which::Group(group) => group == child.group,
            };
            if !meant {
                continue;
            }
            found = Waited::NoChange;
            let (status, code, ended) = match (child.life, child.notice) {
                (Life::Zombie(status), _) if wanted.ended => (status, code_of(status), true),
                (Life::Stopped, Some(Notice::Stopped(signal))) if wanted.stopped => {
                    (signal << 8 | 0x7f, code::STOPPED, false)
                }
                (Life::Running, Some(Notice::Continued)) if wanted.continued => {
                    (0xffff, code::CONTINUED, false)
                }
                _ => continue,
            };
            told = Some(Change {
                number,
                status,
                code,
                ended,
            });
            break;
        }
        let Some(change) = told else { return found };
        if !change.ended
            && !wanted.keep
            && let Some(child) = self.entries.get_mut(&change.number)
        {
            child.notice = None;
        }
        Waited::Change(change)
    }

    /// setpgid: puts the caller or one of its children into a group, or with its own number into a new one.
    ///
    /// # Errors
    /// POSIX's.
    pub fn set_group(&mut self, caller: u64, target: u64, group: u64) -> Result<(), Refused> {
        let own = self.entries.get(&caller).ok_or(Refused::NoSuchProcess)?;
        let session = own.session;
        let entry = self.entries.get(&target).ok_or(Refused::NoSuchProcess)?;
        if target != caller {
            if entry.parent != caller {
                return Err(Refused::NoSuchProcess);
            }
            if entry.session != session {
                return Err(Refused::NotPermitted);
            }
            if entry.executed {
                return Err(Refused::Executed);
            }
        }
        if entry.session == target {
            return Err(Refused::NotPermitted);
        }
        let exists = group == target
            || self
                .entries
                .values()
                .any(|other| other.group == group && other.session == session);
        if !exists {
            return Err(Refused::NotPermitted);
        }
        if let Some(entry) = self.entries.get_mut(&target) {
            entry.group = group;
        }
        Ok(())
    }

    /// setsid: the caller leads a new session and its only group.
    ///
    /// # Errors
    /// EPERM where a group has the caller's number already.
    pub fn new_session(&mut self, caller: u64) -> Result<(), Refused> {
        if self.members(caller).next().is_some() {
            return Err(Refused::NotPermitted);
        }
        let entry = self.entries.get_mut(&caller).ok_or(Refused::NoSuchProcess)?;
        entry.group = caller;
        entry.session = caller;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
