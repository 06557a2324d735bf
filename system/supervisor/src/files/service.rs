//! `File` for what lies below /proc. Files about a process carry the label of its domain, so that the policy decides who sees whom; what would
//! show another user's secrets is refused besides.

use super::node::{self, Kind, Missing, Node, OfMachine, OfProcess, Walked, World};
use super::text::{self, Load, Shown};
use crate::member::trimmed;
use crate::owned::Owned;
use crate::server::Server;
use crate::slot;
use crate::table::Life;
use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use trivet_abi::event::readiness;
use trivet_abi::handle::{Handle, Rights};
use trivet_abi::{InterfaceNumber, Label};
use trivet_ipc::file::{Attributes, FileError, FileSystemInfo, Whence};
use trivet_ipc::shared::{AtFlags, OpenFlags};
use trivet_ipc::{address_space, clock, endpoint, machine, process};
use trivet_server::clients::terminals;
use trivet_server::services::file::{
    EntriesReply, FileService, OpenReply, PathReply, ReadAtReply, ReadLinkReply, ReadReply, ReopenReply,
};
use trivet_server::{Decided, Give, Name, NameJudge, NewSession, Request};

/// Badges of files begin here.
const FIRST_BADGE: u64 = 1 << 32;
/// Files that are open at the same time, and those of one domain: no tenant uses up what the others need.
const OPEN_MAX: usize = 8192;
const OPEN_OF_DOMAIN: usize = 2048;
/// Bytes that open files keep in all; one that finds no room is made anew at each read.
const KEPT_MAX: usize = 2 << 20;
/// Bytes of a file that changes while it is read are kept until its end, at most so many.
const TEXT_MAX: usize = 256 << 10;
/// Entries of a directory are answered up to so many bytes at a time.
const ENTRIES_MAX: usize = 32 << 10;
/// `kind` of an open's answer: a symbolic link leads on.
const KIND_LINK: u64 = 2;
/// `kind` of an open's answer: the caller's own descriptor is meant.
const KIND_DESCRIPTOR: u64 = 3;
/// Linux's magic number of procfs.
const MAGIC: i64 = 0x9fa0;
/// Directory offsets of names that are numbers begin here.
const FIRST_NUMBER: u64 = 1 << 16;

/// One open file.
#[derive(Debug)]
struct Open {
    node: Node,
    offset: u64,
    flags: u64,
    text: Option<Rc<[u8]>>,
    /// Domain of who opened it.
    domain: u32,
}

impl Open {
    /// Bytes that it keeps.
    fn kept(&self) -> usize {
        self.text.as_ref().map_or(0, |text| text.len())
    }
}

/// What is open, and what the files keep between reads.
#[derive(Debug, Default)]
pub struct Files {
    open: RefCell<BTreeMap<u64, Open>>,
    /// How many files each domain has open.
    domains: RefCell<BTreeMap<u32, usize>>,
    /// Open files that stand for a process that lives, by its number.
    watches: RefCell<BTreeMap<u64, Vec<u64>>>,
    /// Bytes that open files keep.
    kept: Cell<usize>,
    next: Cell<u64>,
    load: Cell<Load>,
    /// The policy's label of what is about no process.
    pub label: u32,
}

impl Files {
    /// Nothing is open.
    #[must_use]
    pub fn new(label: u32) -> Files {
        Files {
            label,
            ..Files::default()
        }
    }

    /// A session is gone.
    pub fn closed(&self, badge: u64) {
        let Some(closed) = self.open.borrow_mut().remove(&badge) else {
            return;
        };
        self.kept.set(self.kept.get().saturating_sub(closed.kept()));
        if let Node::Watch(number) = closed.node {
            let mut watches = self.watches.borrow_mut();
            if let Some(badges) = watches.get_mut(&number) {
                badges.retain(|&other| other != badge);
                if badges.is_empty() {
                    watches.remove(&number);
                }
            }
        }
        if let Some(count) = self.domains.borrow_mut().get_mut(&closed.domain) {
            *count = count.saturating_sub(1);
        }
    }

    /// A process has ended: descriptors that stand for it can be read from now on, which says so.
    pub fn ended(&self, number: u64) {
        for badge in self.watches.borrow_mut().remove(&number).unwrap_or_default() {
            // One that is being closed needs no news.
            let _ = endpoint::set_readiness(slot::ENDPOINT, badge, readiness::IN, 0, 0);
        }
    }

    /// The process that an open file stands for.
    #[must_use]
    pub fn watched(&self, badge: u64) -> Option<u64> {
        match self.open.borrow().get(&badge)?.node {
            Node::Watch(number) => Some(number),
            _ => None,
        }
    }

    fn node(&self, badge: u64) -> Result<Node, FileError> {
        let open = self.open.borrow();
        open.get(&badge)
            .map(|open| open.node)
            .ok_or(FileError::BadDescriptor)
    }
}

/// The processes, as the kernel and the table have them.
impl World for Server {
    fn has_process(&self, number: u64) -> bool {
        self.table.borrow().get(number).is_some()
    }

    fn has_descriptor(&self, number: u64, descriptor: u32) -> bool {
        let table = self.table.borrow();
        let mut info = process::SlotInfo::default();
        let handle = Handle(descriptor);
        handle.is_descriptor()
            && table.get(number).is_some_and(|entry| {
                entry.is_alive()
                    && process::slot_info(entry.detail.process.handle(), descriptor, &mut info).is_ok()
            })
    }

    fn has_thread(&self, number: u64, thread: u64) -> bool {
        let table = self.table.borrow();
        table
            .get(number)
            .filter(|entry| entry.is_alive())
            .is_some_and(|entry| {
                let found = process::thread(entry.detail.process.handle(), thread);
                found.map(Owned::new).is_ok()
            })
    }
}

fn of_missing(missing: Missing) -> FileError {
    match missing {
        Missing::NoEntry => FileError::NotFound,
        Missing::NotDirectory => FileError::NotDirectory,
    }
}

/// The type bits of `st_mode`, and the permissions.
fn mode_of(node: Node) -> u32 {
    match (node.kind(), node) {
        (Kind::Directory, Node::Descriptors(_)) => 0o040_500,
        (Kind::Directory, _) => 0o040_555,
        (Kind::Link, _) => 0o120_777,
        // Linux shows a nameless inode without a type.
        (Kind::File, Node::Watch(_)) => 0o600,
        (Kind::File, Node::File(_, OfProcess::Environ) | Node::TaskFile(_, _, OfProcess::Environ)) => {
            0o100_400
        }
        (Kind::File, _) => 0o100_444,
    }
}

impl Server {
    /// The session for the top directory.
    ///
    /// # Errors
    /// Too many files are open.
    pub fn top_of_files(&self, request: &Request) -> Result<Give, FileError> {
        self.open_session(
            request,
            Node::Top,
            Label(self.files.label),
            OpenFlags::DIRECTORY.word(),
        )
    }

    /// A descriptor that stands for a process: it can be read when the process has ended.
    ///
    /// # Errors
    /// Too many files are open.
    pub fn open_watch(&self, request: &Request, number: u64, domain: u32) -> Result<Give, FileError> {
        let given = self.open_session(request, Node::Watch(number), Label(domain), 0)?;
        let is_alive = {
            let table = self.table.borrow();
            table.get(number).is_some_and(|entry| entry.is_alive())
        };
        let Give::Mint(mut session) = given else {
            return Ok(given);
        };
        if is_alive {
            let mut watches = self.files.watches.borrow_mut();
            watches.entry(number).or_default().push(session.badge);
        } else {
            session.readiness = readiness::IN;
        }
        Ok(session.into())
    }

    fn open_session(
        &self,
        request: &Request,
        node: Node,
        label: Label,
        flags: u64,
    ) -> Result<Give, FileError> {
        let domain = request.stamp().domain;
        let mut open = self.files.open.borrow_mut();
        let mut domains = self.files.domains.borrow_mut();
        let of_domain = domains.entry(domain).or_default();
        if open.len() >= OPEN_MAX || *of_domain >= OPEN_OF_DOMAIN {
            return Err(FileError::NoMemory);
        }
        *of_domain += 1;
        let number = self.files.next.get();
        self.files.next.set(number + 1);
        let badge = FIRST_BADGE + number;
        open.insert(
            badge,
            Open {
                node,
                offset: 0,
                flags,
                text: None,
                domain,
            },
        );
        let session = NewSession {
            rights: Rights(Rights::DUPLICATE.0 | Rights::TRANSFER.0),
            ..NewSession::new(badge, InterfaceNumber(trivet_ipc::file::INTERFACE.0), label)
        };
        Ok(session.into())
    }

    /// The label of a place: that of its process's domain.
    fn label_of(&self, node: Node) -> Result<Label, FileError> {
        let Some(number) = node.process() else {
            return Ok(Label(self.files.label));
        };
        let table = self.table.borrow();
        let entry = table.get(number).ok_or(FileError::NotFound)?;
        Ok(Label(entry.detail.domain))
    }

    /// Whether a caller may look at a place: by the policy, and for what belongs to a process alone, by its user.
    fn may_look(&self, judge: &NameJudge<'_>, node: Node) -> Result<(), FileError> {
        // What the policy does not show is not there.
        if !judge.allows(self.label_of(node)?) {
            return Err(FileError::NotFound);
        }
        let private = matches!(
            node,
            Node::Descriptors(_)
                | Node::Descriptor(..)
                | Node::File(
                    _,
                    OfProcess::Exe | OfProcess::Root | OfProcess::Maps | OfProcess::Environ
                )
                | Node::TaskFile(
                    _,
                    _,
                    OfProcess::Exe | OfProcess::Root | OfProcess::Maps | OfProcess::Environ
                )
        );
        let Some(number) = node.process().filter(|_| private) else {
            return Ok(());
        };
        let caller = judge.request().stamp().process;
        if caller == number {
            return Ok(());
        }
        let own = self.row_of(caller).ok_or(FileError::AccessDenied)?;
        let table = self.table.borrow();
        let target = &table.get(number).ok_or(FileError::NotFound)?.detail;
        if own.effective_user == 0 || (own.effective_user == target.user && !target.program.secure) {
            Ok(())
        } else {
            Err(FileError::AccessDenied)
        }
    }

    fn walk_from(&self, request: &Request, path: &[u8], follow: bool) -> Result<Walked, FileError> {
        let from = self.files.node(request.badge())?;
        node::walk(self, from, path, request.stamp().process, follow).map_err(of_missing)
    }

    /// The place that a name means, where no link leads away.
    fn place(&self, judge: &NameJudge<'_>, path: &[u8], follow: bool) -> Result<Node, FileError> {
        match self.walk_from(judge.request(), path, follow)? {
            Walked::At(node) => {
                self.may_look(judge, node)?;
                Ok(node)
            }
            // The C library asks `open` where it leads.
            Walked::Leaves(..) => Err(FileError::Remote),
        }
    }

    fn attributes_of(&self, node: Node) -> Attributes {
        let (mut user, mut group, mut start_ns) = (0, 0, 0);
        if let Some(number) = node.process() {
            let row = self.row_of(number).unwrap_or_default();
            (user, group) = (row.effective_user, row.effective_group);
            let table = self.table.borrow();
            start_ns = table
                .get(number)
                .map_or(0, |entry| entry.detail.info().start_time_ns);
        }
        let now = clock::now(Handle::CLOCK);
        let offset_ns = now.map_or(0, |now| now.realtime_ns.saturating_sub(now.monotonic_ns));
        let began = offset_ns.saturating_add(start_ns);
        let (seconds, nanoseconds) = ((began / 1_000_000_000) as i64, (began % 1_000_000_000) as i64);
        Attributes {
            device: 4,
            inode: node.inode(),
            links: if node.kind() == Kind::Directory { 2 } else { 1 },
            mode: mode_of(node),
            user,
            group,
            padding: 0,
            special_device: 0,
            size: 0,
            block_size: 1024,
            blocks: 0,
            access_seconds: seconds,
            access_nanoseconds: nanoseconds,
            modify_seconds: seconds,
            modify_nanoseconds: nanoseconds,
            change_seconds: seconds,
            change_nanoseconds: nanoseconds,
            reserved: [0; 3],
        }
    }

    /// What a symbolic link says.
    fn link_text(&self, node: Node, caller: u64) -> Result<Vec<u8>, FileError> {
        match node {
            Node::Own => Ok(format!("{caller}").into_bytes()),
            Node::File(number, OfProcess::Exe) | Node::TaskFile(number, _, OfProcess::Exe) => {
                let table = self.table.borrow();
                let entry = table.get(number).filter(|entry| entry.is_alive());
                Ok(entry.ok_or(FileError::NotFound)?.detail.program.path.clone())
            }
            Node::File(_, OfProcess::Root) | Node::TaskFile(_, _, OfProcess::Root) => Ok(Vec::from(*b"/")),
            Node::Mounts | Node::File(_, OfProcess::Mounts) | Node::TaskFile(_, _, OfProcess::Mounts) => {
                Ok(Vec::from(*b"/dev/mounts"))
            }
            Node::Descriptor(number, descriptor) => {
                let table = self.table.borrow();
                let entry = table.get(number).ok_or(FileError::NotFound)?;
                let mut info = process::SlotInfo::default();
                process::slot_info(entry.detail.process.handle(), descriptor, &mut info)
                    .map_err(|_| FileError::NotFound)?;
                // This server knows no paths of files: the policy's name for what is behind the descriptor.
                let mut name = [0; 64];
                let length =
                    trivet_ipc::policy::text(slot::POLICY, 1, info.label, &mut name[..]).unwrap_or(0);
                let length = usize::try_from(length).unwrap_or(0).min(name.len());
                let name = String::from_utf8_lossy(&name[..length]);
                Ok(format!("{name}:[{descriptor}]").into_bytes())
            }
            _ => Err(FileError::InvalidArgument),
        }
    }

    fn counts(&self) -> machine::Counts {
        let mut counts = machine::Counts::default();
        let _ = machine::counts(slot::MACHINE, &mut counts);
        counts
    }

    /// What a file says now.
    async fn text_of(&self, request: &Request, node: Node) -> Result<Vec<u8>, FileError> {
        match node {
            Node::Machine(file) => Ok(self.machine_text(file)),
            Node::File(number, file) => self.process_text(request, number, number, file).await,
            Node::TaskFile(number, thread, file) => self.process_text(request, number, thread, file).await,
            _ if node.kind() == Kind::Directory => Err(FileError::IsDirectory),
            _ => Err(FileError::InvalidArgument),
        }
    }

    fn machine_text(&self, file: OfMachine) -> Vec<u8> {
        let counts = self.counts();
        let (running, all, last) = {
            let table = self.table.borrow();
            let alive = table.iter().filter(|(_, entry)| entry.is_alive()).count();
            (1, alive, table.iter().last().map_or(0, |(number, _)| number))
        };
        let text = match file {
            OfMachine::Meminfo => text::meminfo(&counts),
            OfMachine::Uptime => text::uptime(&counts),
            OfMachine::Loadavg => {
                let mut load = self.files.load.get();
                load.take(&counts);
                self.files.load.set(load);
                load.text(running, all, last)
            }
            OfMachine::Stat => {
                let realtime_ns = clock::now(Handle::CLOCK).map_or(0, |now| now.realtime_ns);
                text::machine_stat(&counts, realtime_ns, running, last)
            }
            OfMachine::Cpuinfo => text::cpuinfo(counts.processors),
            OfMachine::Version => String::from("Linux version 6.1.0-trivet (trivet) #1 SMP Trivet\n"),
            OfMachine::Filesystems => String::from("nodev\tproc\nnodev\ttmpfs\nnodev\tdevtmpfs\n"),
            OfMachine::Counts => text::counts(&counts),
            OfMachine::HostName => format!("{}\n", String::from_utf8_lossy(&self.host_name.borrow())),
            OfMachine::SystemName => String::from("Linux\n"),
            OfMachine::Release => String::from("6.1.0-trivet\n"),
            OfMachine::NumberMax => format!("{}\n", i32::MAX),
            OfMachine::ThreadsMax => {
                let (mut limits, mut used) = Default::default();
                let _ = trivet_ipc::account::info(slot::PROGRAMS, &mut limits, &mut used);
                format!("{}\n", limits.threads)
            }
        };
        text.into_bytes()
    }

    async fn process_text(
        &self,
        request: &Request,
        number: u64,
        shown: u64,
        file: OfProcess,
    ) -> Result<Vec<u8>, FileError> {
        match file {
            OfProcess::Stat | OfProcess::Statm | OfProcess::Status => {}
            _ => return self.plain_text(number, file),
        }
        let session = {
            let table = self.table.borrow();
            table.get(number).ok_or(FileError::NotFound)?.session()
        };
        let terminal = match file {
            OfProcess::Stat => terminals::controlling(request, slot::TERMINALS, session)
                .await
                .ok(),
            _ => None,
        };
        let row = self.row_of(number);
        let table = self.table.borrow();
        let entry = table.get(number).ok_or(FileError::NotFound)?;
        let member = &entry.detail;
        let info = member.info();
        let dispositions = member.dispositions();
        let (state, status) = match entry.life() {
            Life::Zombie(status) => ('Z', status),
            Life::Stopped => ('T', 0),
            // Who reads about itself runs; of others only that they live is known here.
            Life::Running if number == request.stamp().process => ('R', 0),
            Life::Running => ('S', 0),
        };
        let shown = Shown {
            number: shown,
            process: number,
            name: trimmed(&member.name),
            state,
            family: [entry.parent(), entry.group(), entry.session()],
            terminal: terminal.map_or((0, -1), |found| (found.device, found.foreground.cast_signed())),
            info,
            children_ns: [member.children.user_ns, member.children.system_ns],
            children_faults: member.children.page_faults,
            nice: i64::from(member.nice),
            mapped: space_of(member.process.handle())
                .and_then(|space| address_space::info(space.handle()).ok())
                .map_or(0, |info| info.mapped),
            row: row.unwrap_or_default(),
            signals: [
                member.pending(),
                member.mask_of(|| 0),
                dispositions.ignored,
                dispositions.caught,
            ],
            status,
        };
        let text = match file {
            OfProcess::Stat => text::stat(&shown),
            OfProcess::Statm => text::statm(&shown),
            _ => text::status(&shown),
        };
        Ok(text.into_bytes())
    }

    fn plain_text(&self, number: u64, file: OfProcess) -> Result<Vec<u8>, FileError> {
        let table = self.table.borrow();
        let entry = table.get(number).ok_or(FileError::NotFound)?;
        let member = &entry.detail;
        match file {
            OfProcess::Cmdline if entry.is_alive() => Ok(member.program.arguments.clone()),
            OfProcess::Comm => {
                let mut name = trimmed(&member.name).to_vec();
                name.push(b'\n');
                Ok(name)
            }
            OfProcess::Environ => Ok(environment_of(member.process.handle(), member.program.stack)),
            OfProcess::Limits => Ok(text::limits(&member.limits).into_bytes()),
            OfProcess::Maps => {
                let Some(space) = space_of(member.process.handle()) else {
                    return Ok(Vec::new());
                };
                let mut maps = Vec::new();
                let mut address = 0;
                let mut region = address_space::Region::default();
                while maps.len() < TEXT_MAX
                    && address_space::region(space.handle(), address, &mut region).is_ok()
                {
                    maps.extend_from_slice(text::map(&region).as_bytes());
                    match region.address.checked_add(region.length) {
                        Some(end) if end > address => address = end,
                        _ => break,
                    }
                }
                Ok(maps)
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Names in a directory behind an offset, in the layout of `struct linux_dirent64`.
    fn list(&self, judge: &NameJudge<'_>, node: Node, offset: u64, room: usize) -> (Vec<u8>, u64) {
        let mut list = List {
            bytes: Vec::new(),
            room,
            offset,
            end: offset,
        };
        let fixed: Vec<(&str, Node)> = match node {
            Node::Top => node::TOP.to_vec(),
            Node::System => node::SYSTEM.to_vec(),
            Node::SystemKernel => node::SYSTEM_KERNEL.to_vec(),
            Node::Trivet => node::TRIVET.to_vec(),
            Node::Process(number) => {
                let files = node::PROCESS
                    .iter()
                    .map(|(name, file)| (*name, Node::File(number, *file)));
                let directories = [Node::Descriptors(number), Node::Tasks(number)];
                let directories = node::PROCESS_DIRECTORIES.iter().copied().zip(directories);
                files.chain(directories).collect()
            }
            Node::Task(number, thread) => {
                let files = node::PROCESS.iter();
                files
                    .map(|(name, file)| (*name, Node::TaskFile(number, thread, *file)))
                    .collect()
            }
            _ => Vec::new(),
        };
        let dots = [(".", node), ("..", node.parent())];
        for (index, (name, place)) in dots.into_iter().chain(fixed).enumerate() {
            if !list.add(index as u64 + 1, name, place) {
                return (list.bytes, list.end);
            }
        }
        match node {
            Node::Top => {
                let mut number = offset.saturating_sub(FIRST_NUMBER);
                loop {
                    let next = self.table.borrow().next_above(number);
                    let Some(process) = next else { break };
                    number = process;
                    let place = Node::Process(process);
                    let visible = self.label_of(place).is_ok_and(|label| judge.allows(label));
                    if visible && !list.add(FIRST_NUMBER + process, &format!("{process}"), place) {
                        break;
                    }
                }
            }
            Node::Descriptors(process) => self.list_descriptors(process, offset, &mut list),
            Node::Tasks(process) => self.list_threads(process, offset, &mut list),
            _ => {}
        }
        (list.bytes, list.end)
    }

    fn list_descriptors(&self, number: u64, offset: u64, list: &mut List) {
        let table = self.table.borrow();
        let Some(entry) = table.get(number).filter(|entry| entry.is_alive()) else {
            return;
        };
        // Offsets are one more than the descriptor, so that 0 has one.
        let mut first = u32::try_from(offset.saturating_sub(FIRST_NUMBER)).unwrap_or(u32::MAX) & !63;
        while Handle(first).is_descriptor() {
            let mut bitmap = [0; 4096];
            let count = process::descriptors(entry.detail.process.handle(), first, &mut bitmap[..]);
            for (index, byte) in bitmap.iter().enumerate() {
                for bit in 0..8 {
                    let descriptor = first + index as u32 * 8 + bit;
                    if byte >> bit & 1 != 0 {
                        let place = Node::Descriptor(number, descriptor);
                        let at = FIRST_NUMBER + u64::from(descriptor) + 1;
                        if !list.add(at, &format!("{descriptor}"), place) {
                            return;
                        }
                    }
                }
            }
            // Descriptors are dense from 0 on: an empty stretch ends them for a listing.
            if count.unwrap_or(0) == 0 {
                return;
            }
            first += 4096 * 8;
        }
    }

    fn list_threads(&self, number: u64, offset: u64, list: &mut List) {
        let table = self.table.borrow();
        let Some(entry) = table.get(number).filter(|entry| entry.is_alive()) else {
            return;
        };
        let mut first = offset.saturating_sub(FIRST_NUMBER).saturating_add(1);
        loop {
            let mut numbers = [0; 1024];
            let count = process::threads(entry.detail.process.handle(), first, &mut numbers[..]);
            let (words, _) = numbers.as_chunks::<8>();
            let count = usize::try_from(count.unwrap_or(0)).unwrap_or(0).min(words.len());
            for word in &words[..count] {
                let thread = u64::from_le_bytes(*word);
                first = thread.saturating_add(1);
                if !list.add(
                    FIRST_NUMBER + thread,
                    &format!("{thread}"),
                    Node::Task(number, thread),
                ) {
                    return;
                }
            }
            if count < words.len() {
                return;
            }
        }
    }
}

/// Entries of a directory, as they are put together.
struct List {
    bytes: Vec<u8>,
    room: usize,
    offset: u64,
    end: u64,
}

impl List {
    /// Adds an entry whose own offset is `at`, if it lies behind where the listing begins. False: there is no room.
    fn add(&mut self, at: u64, name: &str, node: Node) -> bool {
        const HEAD: usize = 19;
        if at <= self.offset {
            return true;
        }
        let length = (HEAD + name.len() + 1).next_multiple_of(8);
        if self.bytes.len() + length > self.room {
            return false;
        }
        let kind = match node.kind() {
            Kind::Directory => 4,
            Kind::File => 8,
            Kind::Link => 10,
        };
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&node.inode().to_le_bytes());
        self.bytes.extend_from_slice(&at.to_le_bytes());
        self.bytes.extend_from_slice(&(length as u16).to_le_bytes());
        self.bytes.push(kind);
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.resize(start + length, 0);
        self.end = at;
        true
    }
}

/// The environment that a program found on its stack, as it is there now. The process may have written anything there: what makes no sense is
/// left out.
fn environment_of(process: Handle, stack: u64) -> Vec<u8> {
    let Some(space) = space_of(process) else {
        return Vec::new();
    };
    let mut bytes = Vec::new();
    let mut step = 16 << 10;
    // The end of the stack is found by ever smaller steps.
    while step >= 8 && bytes.len() < TEXT_MAX {
        let (start, address) = (bytes.len(), stack.saturating_add(bytes.len() as u64));
        bytes.resize(start + step, 0);
        let count = address_space::read(space.handle(), address, &mut bytes[start..]).unwrap_or(0);
        let count = usize::try_from(count).unwrap_or(0).min(step);
        bytes.truncate(start + count);
        if count < step {
            step /= 2;
        }
    }
    environment_in(&bytes, stack)
}

/// The environment's strings in a stack's bytes: a count of arguments, their pointers and a null, then the environment's pointers.
fn environment_in(bytes: &[u8], stack: u64) -> Vec<u8> {
    let (words, _) = bytes.as_chunks::<8>();
    let Some(count) = words.first().map(|word| u64::from_le_bytes(*word)) else {
        return Vec::new();
    };
    let first = usize::try_from(count).unwrap_or(usize::MAX).saturating_add(2);
    let pointers = words.get(first..).unwrap_or_default();
    let mut environment = Vec::new();
    for pointer in pointers.iter().map(|word| u64::from_le_bytes(*word)) {
        if pointer == 0 || environment.len() >= TEXT_MAX {
            break;
        }
        let offset = usize::try_from(pointer.wrapping_sub(stack)).unwrap_or(usize::MAX);
        let text = bytes.get(offset..).unwrap_or_default();
        let Some(end) = text.iter().position(|&byte| byte == 0) else {
            continue;
        };
        environment.extend_from_slice(&text[..=end]);
    }
    environment
}

/// The address space of a process.
fn space_of(process: Handle) -> Option<Owned> {
    let parts = process::parts(process).ok()?;
    let _account = Owned::new(parts.account);
    Some(Owned::new(parts.space))
}

impl Server {
    /// Bytes of an open file from an offset on. From its beginning the file is made anew.
    async fn bytes_of(&self, request: &Request, offset: u64, count: u64) -> Result<Vec<u8>, FileError> {
        let badge = request.badge();
        let node = self.files.node(badge)?;
        let kept = {
            let open = self.files.open.borrow();
            open.get(&badge)
                .and_then(|open| open.text.clone())
                .filter(|_| offset != 0)
        };
        let text: Rc<[u8]> = match kept {
            Some(text) => text,
            None => self.text_of(request, node).await?.into(),
        };
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(text.len());
        let count = usize::try_from(count.min(request.room())).unwrap_or(usize::MAX);
        let end = start.saturating_add(count).min(text.len());
        let bytes = text[start..end].to_vec();
        if let Some(open) = self.files.open.borrow_mut().get_mut(&badge) {
            let others = self.files.kept.get().saturating_sub(open.kept());
            // What was read to its end is not kept, nor what there is no room for.
            let keep = end < text.len() && others + text.len() <= KEPT_MAX;
            open.text = keep.then_some(text);
            self.files.kept.set(others + open.kept());
        }
        Ok(bytes)
    }
}

impl FileService for Server {
    async fn open(
        &self,
        request: &Request,
        path: Name<Cow<'_, [u8]>>,
        flags: OpenFlags,
        _: u32,
        _: u32,
    ) -> Result<Decided<OpenReply>, FileError> {
        let judge = request.judge();
        let path = path.open(&judge);
        let has = |flag: OpenFlags| flags.word() & flag.word() != 0;
        let follow = !has(OpenFlags::NO_FOLLOW);
        let (node, kind, remaining) = match self.walk_from(request, &path, follow)? {
            Walked::At(node) => (node, u64::from(mode_of(node)) & 0o170_000, 0),
            Walked::Leaves(Node::Descriptor(number, descriptor), 0) if number == request.stamp().process => {
                self.may_look(&judge, Node::Descriptor(number, descriptor))?;
                return Ok(judge.decided(OpenReply {
                    file: Give::Nothing,
                    kind: KIND_DESCRIPTOR,
                    remaining: u64::from(descriptor),
                })?);
            }
            // Another process's descriptor is not to be had.
            Walked::Leaves(Node::Descriptor(..), _) => return Err(FileError::AccessDenied),
            Walked::Leaves(node, left) => (node, KIND_LINK, left as u64),
        };
        self.may_look(&judge, node)?;
        if kind != KIND_LINK {
            if node.kind() == Kind::Link && !has(OpenFlags::PATH) {
                return Err(FileError::TooManySymlinks);
            }
            if has(OpenFlags::DIRECTORY) && node.kind() != Kind::Directory {
                return Err(FileError::NotDirectory);
            }
            if has(OpenFlags::WRITE_ONLY) || has(OpenFlags::READ_WRITE) || has(OpenFlags::CREATE) {
                return Err(FileError::AccessDenied);
            }
        }
        let file = self.open_session(request, node, self.label_of(node)?, flags.word())?;
        Ok(judge.decided(OpenReply {
            file,
            kind,
            remaining,
        })?)
    }

    async fn reopen(&self, request: &Request, flags: OpenFlags) -> Result<ReopenReply, FileError> {
        let node = self.files.node(request.badge())?;
        if flags.word() & (OpenFlags::WRITE_ONLY.word() | OpenFlags::READ_WRITE.word()) != 0 {
            return Err(FileError::AccessDenied);
        }
        let file = self.open_session(request, node, self.label_of(node)?, flags.word())?;
        Ok(ReopenReply {
            file,
            kind: u64::from(mode_of(node)) & 0o170_000,
        })
    }

    async fn read(&self, request: &Request, count: u64) -> Result<ReadReply, FileError> {
        let badge = request.badge();
        let offset = {
            let open = self.files.open.borrow();
            open.get(&badge).ok_or(FileError::BadDescriptor)?.offset
        };
        let bytes = self.bytes_of(request, offset, count).await?;
        if let Some(open) = self.files.open.borrow_mut().get_mut(&badge) {
            open.offset = offset.saturating_add(bytes.len() as u64);
        }
        Ok(ReadReply {
            count: bytes.len() as u64,
            data: bytes.into(),
        })
    }

    async fn read_at(&self, request: &Request, offset: i64, count: u64) -> Result<ReadAtReply, FileError> {
        let offset = u64::try_from(offset).map_err(|_| FileError::InvalidArgument)?;
        let bytes = self.bytes_of(request, offset, count).await?;
        Ok(ReadAtReply {
            count: bytes.len() as u64,
            data: bytes.into(),
        })
    }

    async fn seek(&self, request: &Request, offset: i64, whence: Whence) -> Result<i64, FileError> {
        let mut open = self.files.open.borrow_mut();
        let open = open.get_mut(&request.badge()).ok_or(FileError::BadDescriptor)?;
        let base = match whence {
            Whence::Start => 0,
            Whence::Current => i64::try_from(open.offset).unwrap_or(i64::MAX),
            _ => return Err(FileError::InvalidArgument),
        };
        let position = base.checked_add(offset).filter(|position| *position >= 0);
        let position = position.ok_or(FileError::InvalidArgument)?;
        open.offset = position as u64;
        Ok(position)
    }

    async fn attributes(&self, request: &Request) -> Result<Attributes, FileError> {
        let node = self.files.node(request.badge())?;
        Ok(self.attributes_of(node))
    }

    async fn attributes_at(
        &self,
        request: &Request,
        path: Name<Cow<'_, [u8]>>,
        flags: AtFlags,
    ) -> Result<Decided<Attributes>, FileError> {
        let judge = request.judge();
        let path = path.open(&judge);
        let follow = flags.word() & AtFlags::SYMLINK_NO_FOLLOW.word() == 0;
        let node = self.place(&judge, &path, follow)?;
        Ok(judge.decided(self.attributes_of(node))?)
    }

    async fn access(
        &self,
        request: &Request,
        path: Name<Cow<'_, [u8]>>,
        mode: u32,
        flags: AtFlags,
    ) -> Result<Decided<()>, FileError> {
        let judge = request.judge();
        let path = path.open(&judge);
        let follow = flags.word() & AtFlags::SYMLINK_NO_FOLLOW.word() == 0;
        let node = self.place(&judge, &path, follow)?;
        if mode & !7 != 0 {
            return Err(FileError::InvalidArgument);
        }
        if mode & 2 != 0 || (mode & 1 != 0 && node.kind() == Kind::File) {
            return Err(FileError::AccessDenied);
        }
        Ok(judge.decided(())?)
    }

    async fn entries(&self, request: &Request) -> Result<EntriesReply, FileError> {
        let badge = request.badge();
        let (node, offset) = {
            let open = self.files.open.borrow();
            let open = open.get(&badge).ok_or(FileError::BadDescriptor)?;
            (open.node, open.offset)
        };
        if node.kind() != Kind::Directory {
            return Err(FileError::NotDirectory);
        }
        let room = usize::try_from(request.room())
            .unwrap_or(usize::MAX)
            .min(ENTRIES_MAX);
        let (bytes, end) = self.list(&request.judge(), node, offset, room);
        if bytes.is_empty() && room < 32 {
            return Err(FileError::InvalidArgument);
        }
        if let Some(open) = self.files.open.borrow_mut().get_mut(&badge) {
            open.offset = end;
        }
        Ok(EntriesReply {
            count: bytes.len() as u64,
            entries: bytes.into(),
        })
    }

    async fn read_link(
        &self,
        request: &Request,
        path: Name<Cow<'_, [u8]>>,
    ) -> Result<Decided<ReadLinkReply>, FileError> {
        let judge = request.judge();
        let path = path.open(&judge);
        let node = self.place(&judge, &path, false)?;
        let contents = self.link_text(node, request.stamp().process)?;
        Ok(judge.decided(ReadLinkReply {
            count: contents.len() as u64,
            contents: contents.into(),
        })?)
    }

    async fn path(&self, request: &Request) -> Result<PathReply, FileError> {
        let path = match self.files.node(request.badge())? {
            Node::Top => String::from("/proc"),
            Node::System => String::from("/proc/sys"),
            Node::SystemKernel => String::from("/proc/sys/kernel"),
            Node::Trivet => String::from("/proc/trivet"),
            Node::Process(number) => format!("/proc/{number}"),
            Node::Descriptors(number) => format!("/proc/{number}/fd"),
            Node::Tasks(number) => format!("/proc/{number}/task"),
            Node::Task(number, thread) => format!("/proc/{number}/task/{thread}"),
            _ => return Err(FileError::NotDirectory),
        };
        Ok(PathReply {
            count: path.len() as u64,
            path: path.into_bytes().into(),
        })
    }

    async fn flags(&self, request: &Request) -> Result<OpenFlags, FileError> {
        let open = self.files.open.borrow();
        let flags = open.get(&request.badge()).ok_or(FileError::BadDescriptor)?.flags;
        OpenFlags::from_bits(flags & (OpenFlags::NON_BLOCK.word() | OpenFlags::PATH.word()))
            .ok_or(FileError::InvalidArgument)
    }

    async fn set_flags(&self, request: &Request, flags: OpenFlags) -> Result<(), FileError> {
        let mut open = self.files.open.borrow_mut();
        open.get_mut(&request.badge())
            .ok_or(FileError::BadDescriptor)?
            .flags = flags.word();
        Ok(())
    }

    async fn file_system(
        &self,
        request: &Request,
        path: Name<Cow<'_, [u8]>>,
        _: AtFlags,
    ) -> Result<Decided<FileSystemInfo>, FileError> {
        let judge = request.judge();
        let path = path.open(&judge);
        self.place(&judge, &path, true)?;
        Ok(judge.decided(FileSystemInfo {
            kind: MAGIC,
            block_size: 4096,
            name_length: 255,
            fragment_size: 4096,
            ..FileSystemInfo::default()
        })?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_is_found_on_a_stack_whatever_lies_there() {
        let mut stack = Vec::new();
        for word in [1u64, 0x1000, 0, 0x1000 + 64, 0x1000 + 68, 5, u64::MAX, 0] {
            stack.extend_from_slice(&word.to_le_bytes());
        }
        stack.extend_from_slice(b"A=1\0B=2\0");
        assert_eq!(environment_in(&stack, 0x1000), b"A=1\0B=2\0");
        for length in 0..stack.len() {
            let _ = environment_in(&stack[..length], 0x1000);
        }
        stack[0..8].copy_from_slice(&u64::MAX.to_le_bytes());
        assert_eq!(environment_in(&stack, 0x1000), b"");
    }
}
