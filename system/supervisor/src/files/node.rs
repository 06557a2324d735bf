//! What a path below /proc means. Pure: who exists is asked through [`World`].

/// A file about the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfMachine {
    /// Memory.
    Meminfo,
    /// Time since the start, and idle time.
    Uptime,
    /// How busy the processors were.
    Loadavg,
    /// Times and counts.
    Stat,
    /// Processors.
    Cpuinfo,
    /// The system's name.
    Version,
    /// File systems.
    Filesystems,
    /// The kernel's counts, a line each.
    Counts,
    /// Name of the machine.
    HostName,
    /// Name of the system.
    SystemName,
    /// Release of the system.
    Release,
    /// The largest process number.
    NumberMax,
    /// Threads at most.
    ThreadsMax,
}

/// A file about a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfProcess {
    /// One line for programs.
    Stat,
    /// Memory in pages.
    Statm,
    /// Lines for people.
    Status,
    /// Arguments.
    Cmdline,
    /// Environment as the program got it.
    Environ,
    /// Name.
    Comm,
    /// Memory map.
    Maps,
    /// Resource limits.
    Limits,
    /// The program: a symbolic link.
    Exe,
    /// The root directory: a symbolic link.
    Root,
    /// What is mounted: a symbolic link to where the file server tells.
    Mounts,
}

/// A place below /proc.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node {
    /// The top.
    Top,
    /// The link to the caller's own directory.
    Own,
    /// What is mounted: a symbolic link.
    Mounts,
    /// `sys`
    System,
    /// `sys/kernel`
    SystemKernel,
    /// `trivet`
    Trivet,
    /// A file about the machine.
    Machine(OfMachine),
    /// A process's directory.
    Process(u64),
    /// A file about it.
    File(u64, OfProcess),
    /// Its descriptors.
    Descriptors(u64),
    /// One of them: a symbolic link.
    Descriptor(u64, u32),
    /// Its threads.
    Tasks(u64),
    /// One of them.
    Task(u64, u64),
    /// A file about one.
    TaskFile(u64, u64, OfProcess),
    /// A descriptor that stands for a process (pidfd). No name leads here.
    Watch(u64),
}

/// What a place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A file.
    File,
    /// A symbolic link.
    Link,
}

/// Whom a walk meets.
pub trait World {
    /// Whether a process is there.
    fn has_process(&self, number: u64) -> bool;
    /// Whether it has this descriptor.
    fn has_descriptor(&self, number: u64, descriptor: u32) -> bool;
    /// Whether it has this thread.
    fn has_thread(&self, number: u64, thread: u64) -> bool;
}

/// Why a walk ends without a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// ENOENT.
    NoEntry,
    /// ENOTDIR.
    NotDirectory,
}

/// Where a walk ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walked {
    /// At a place.
    At(Node),
    /// At a symbolic link that leads out of here, with this many bytes of the path behind it.
    Leaves(Node, usize),
}

/// Names in the top directory beside processes.
pub const TOP: &[(&str, Node)] = &[
    ("cpuinfo", Node::Machine(OfMachine::Cpuinfo)),
    ("filesystems", Node::Machine(OfMachine::Filesystems)),
    ("loadavg", Node::Machine(OfMachine::Loadavg)),
    ("meminfo", Node::Machine(OfMachine::Meminfo)),
    ("mounts", Node::Mounts),
    ("self", Node::Own),
    ("stat", Node::Machine(OfMachine::Stat)),
    ("sys", Node::System),
    ("trivet", Node::Trivet),
    ("uptime", Node::Machine(OfMachine::Uptime)),
    ("version", Node::Machine(OfMachine::Version)),
];
/// Names in `sys`.
pub const SYSTEM: &[(&str, Node)] = &[("kernel", Node::SystemKernel)];
/// Names in `sys/kernel`.
pub const SYSTEM_KERNEL: &[(&str, Node)] = &[
    ("hostname", Node::Machine(OfMachine::HostName)),
    ("osrelease", Node::Machine(OfMachine::Release)),
    ("ostype", Node::Machine(OfMachine::SystemName)),
    ("pid_max", Node::Machine(OfMachine::NumberMax)),
    ("threads-max", Node::Machine(OfMachine::ThreadsMax)),
];
/// Names in `trivet`.
pub const TRIVET: &[(&str, Node)] = &[("counts", Node::Machine(OfMachine::Counts))];
/// Files in a process's directory.
pub const PROCESS: &[(&str, OfProcess)] = &[
    ("cmdline", OfProcess::Cmdline),
    ("comm", OfProcess::Comm),
    ("environ", OfProcess::Environ),
    ("exe", OfProcess::Exe),
    ("limits", OfProcess::Limits),
    ("maps", OfProcess::Maps),
    ("mounts", OfProcess::Mounts),
    ("root", OfProcess::Root),
    ("stat", OfProcess::Stat),
    ("statm", OfProcess::Statm),
    ("status", OfProcess::Status),
];
/// Directories in a process's directory.
pub const PROCESS_DIRECTORIES: &[&str] = &["fd", "task"];

impl Node {
    /// What the place is.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Node::Top
            | Node::System
            | Node::SystemKernel
            | Node::Trivet
            | Node::Process(_)
            | Node::Descriptors(_)
            | Node::Tasks(_)
            | Node::Task(..) => Kind::Directory,
            Node::Own
            | Node::Descriptor(..)
            | Node::File(_, OfProcess::Exe | OfProcess::Root | OfProcess::Mounts)
            | Node::TaskFile(_, _, OfProcess::Exe | OfProcess::Root | OfProcess::Mounts)
            | Node::Mounts => Kind::Link,
            Node::Machine(_) | Node::File(..) | Node::TaskFile(..) | Node::Watch(_) => Kind::File,
        }
    }

    /// The process that it is about.
    #[must_use]
    pub const fn process(self) -> Option<u64> {
        match self {
            Node::Process(number)
            | Node::File(number, _)
            | Node::Descriptors(number)
            | Node::Descriptor(number, _)
            | Node::Tasks(number)
            | Node::Task(number, _)
            | Node::TaskFile(number, ..)
            | Node::Watch(number) => Some(number),
            _ => None,
        }
    }

    /// A number that is this place's alone: `st_ino`.
    #[must_use]
    pub const fn inode(self) -> u64 {
        let (owner, rest) = match self {
            Node::Top => (0, 1),
            Node::Own => (0, 2),
            Node::System => (0, 3),
            Node::SystemKernel => (0, 4),
            Node::Trivet => (0, 5),
            Node::Mounts => (0, 6),
            Node::Machine(file) => (0, 16 + file as u64),
            Node::Process(number) => (number, 1),
            Node::Descriptors(number) => (number, 2),
            Node::Tasks(number) => (number, 3),
            Node::Watch(number) => (number, 4),
            Node::File(number, file) => (number, 16 + file as u64),
            Node::Descriptor(number, descriptor) => (number, 1 << 21 | descriptor as u64),
            Node::Task(number, thread) => (number, 1 << 22 | (thread & 0xffff) << 5),
            Node::TaskFile(number, thread, file) => {
                (number, 1 << 22 | (thread & 0xffff) << 5 | (1 + file as u64))
            }
        };
        owner << 24 | rest
    }

    /// The directory that it lies in.
    #[must_use]
    pub const fn parent(self) -> Node {
        match self {
            Node::SystemKernel => Node::System,
            Node::Machine(OfMachine::Counts) => Node::Trivet,
            Node::Machine(
                OfMachine::HostName
                | OfMachine::SystemName
                | OfMachine::Release
                | OfMachine::NumberMax
                | OfMachine::ThreadsMax,
            ) => Node::SystemKernel,
            Node::File(number, _) | Node::Descriptors(number) | Node::Tasks(number) => Node::Process(number),
            Node::Descriptor(number, _) => Node::Descriptors(number),
            Node::Task(number, _) => Node::Tasks(number),
            Node::TaskFile(number, thread, _) => Node::Task(number, thread),
            _ => Node::Top,
        }
    }
}

/// A number in plain decimal, as directories are named.
fn number(name: &[u8]) -> Option<u64> {
    if name.is_empty() || name.len() > 19 || (name[0] == b'0' && name.len() > 1) {
        return None;
    }
    name.iter().try_fold(0u64, |value, digit| {
        digit
            .is_ascii_digit()
            .then(|| value * 10 + u64::from(digit - b'0'))
    })
}

fn named(list: &[(&str, Node)], name: &[u8]) -> Option<Node> {
    list.iter()
        .find(|(known, _)| known.as_bytes() == name)
        .map(|(_, node)| *node)
}

fn file_named(name: &[u8]) -> Option<OfProcess> {
    PROCESS
        .iter()
        .find(|(known, _)| known.as_bytes() == name)
        .map(|(_, file)| *file)
}

/// One name in a directory.
fn step(world: &impl World, at: Node, name: &[u8]) -> Option<Node> {
    match at {
        Node::Top => named(TOP, name).or_else(|| {
            let process = number(name).filter(|process| world.has_process(*process))?;
            Some(Node::Process(process))
        }),
        Node::System => named(SYSTEM, name),
        Node::SystemKernel => named(SYSTEM_KERNEL, name),
        Node::Trivet => named(TRIVET, name),
        Node::Process(process) => match name {
            b"fd" => Some(Node::Descriptors(process)),
            b"task" => Some(Node::Tasks(process)),
            _ => file_named(name).map(|file| Node::File(process, file)),
        },
        Node::Descriptors(process) => {
            let descriptor = u32::try_from(number(name)?).ok()?;
            world
                .has_descriptor(process, descriptor)
                .then_some(Node::Descriptor(process, descriptor))
        }
        Node::Tasks(process) => {
            let thread = number(name).filter(|thread| world.has_thread(process, *thread))?;
            Some(Node::Task(process, thread))
        }
        Node::Task(process, thread) => file_named(name).map(|file| Node::TaskFile(process, thread, file)),
        _ => None,
    }
}

/// Walks a path from a place on. `follow`: a symbolic link at the end counts as what it leads to.
///
/// # Errors
/// Nothing there, or not a directory on the way.
pub fn walk(
    world: &impl World,
    from: Node,
    path: &[u8],
    caller: u64,
    follow: bool,
) -> Result<Walked, Missing> {
    let mut at = from;
    let mut rest = path;
    loop {
        let start = rest.iter().position(|&byte| byte != b'/').unwrap_or(rest.len());
        rest = &rest[start..];
        if rest.is_empty() {
            return Ok(Walked::At(at));
        }
        let end = rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        if at.kind() != Kind::Directory {
            return Err(Missing::NotDirectory);
        }
        at = match name {
            b"." => at,
            b".." => at.parent(),
            _ => step(world, at, name).ok_or(Missing::NoEntry)?,
        };
        rest = behind;
        if at.kind() == Kind::Link && (follow || !rest.is_empty()) {
            if at == Node::Own {
                at = Node::Process(caller);
            } else {
                let left = rest
                    .iter()
                    .position(|&byte| byte != b'/')
                    .map_or(0, |first| rest.len() - first);
                return Ok(Walked::Leaves(at, left));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Two;

    impl World for Two {
        fn has_process(&self, number: u64) -> bool {
            number == 7 || number == 8
        }
        fn has_descriptor(&self, _: u64, descriptor: u32) -> bool {
            descriptor < 3
        }
        fn has_thread(&self, _: u64, thread: u64) -> bool {
            thread == 70
        }
    }

    fn at(path: &str) -> Result<Walked, Missing> {
        walk(&Two, Node::Top, path.as_bytes(), 7, true)
    }

    #[test]
    fn names_lead_to_files() {
        assert_eq!(at("meminfo"), Ok(Walked::At(Node::Machine(OfMachine::Meminfo))));
        assert_eq!(at("8/stat"), Ok(Walked::At(Node::File(8, OfProcess::Stat))));
        assert_eq!(
            at("8//task/70/comm"),
            Ok(Walked::At(Node::TaskFile(8, 70, OfProcess::Comm)))
        );
        assert_eq!(at("sys/kernel/../../8/."), Ok(Walked::At(Node::Process(8))));
        assert_eq!(at("."), Ok(Walked::At(Node::Top)));
    }

    #[test]
    fn what_is_not_there_is_told_apart_from_what_is_no_directory() {
        assert_eq!(at("9/stat"), Err(Missing::NoEntry));
        assert_eq!(at("08/stat"), Err(Missing::NoEntry));
        assert_eq!(at("8/fd/3"), Err(Missing::NoEntry));
        assert_eq!(at("8/stat/x"), Err(Missing::NotDirectory));
        assert_eq!(at("99999999999999999999999"), Err(Missing::NoEntry));
    }

    #[test]
    fn self_is_the_caller_and_a_link_where_it_is_not_followed() {
        assert_eq!(
            at("self/status"),
            Ok(Walked::At(Node::File(7, OfProcess::Status)))
        );
        assert_eq!(
            walk(&Two, Node::Top, b"self", 7, false),
            Ok(Walked::At(Node::Own))
        );
        assert_eq!(
            at("self/exe"),
            Ok(Walked::Leaves(Node::File(7, OfProcess::Exe), 0))
        );
        assert_eq!(
            at("self/root/etc/x"),
            Ok(Walked::Leaves(Node::File(7, OfProcess::Root), 5))
        );
        assert_eq!(at("self/fd/2"), Ok(Walked::Leaves(Node::Descriptor(7, 2), 0)));
    }

    #[test]
    fn each_place_has_a_number_of_its_own() {
        let mut seen = alloc::vec::Vec::new();
        let files = PROCESS.iter().map(|(_, file)| Node::File(7, *file));
        let tops = TOP
            .iter()
            .chain(SYSTEM)
            .chain(SYSTEM_KERNEL)
            .chain(TRIVET)
            .map(|(_, node)| *node);
        let others = [
            Node::Top,
            Node::Process(7),
            Node::Descriptors(7),
            Node::Tasks(7),
            Node::Descriptor(7, 1),
            Node::Task(7, 70),
        ];
        for node in files.chain(tops).chain(others) {
            assert!(!seen.contains(&node.inode()), "{node:?}");
            seen.push(node.inode());
        }
    }

    proptest! {
        #[test]
        fn any_path_ends_somewhere(path in proptest::collection::vec(any::<u8>(), 0..100), follow in any::<bool>()) {
            let _ = walk(&Two, Node::Top, &path, 7, follow);
        }

        #[test]
        fn what_is_left_is_a_suffix(path in "(self|8|fd|exe|root|[.]|[.][.]|/|2){0,8}") {
            if let Ok(Walked::Leaves(node, left)) = walk(&Two, Node::Top, path.as_bytes(), 7, true) {
                prop_assert_eq!(node.kind(), Kind::Link);
                prop_assert!(left <= path.len() && !path[path.len() - left..].starts_with('/'));
            }
        }
    }
}
