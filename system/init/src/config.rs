//! `boot/init.conf`: which servers there are and what each holds. Note 0014 has the language.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use trivet_abi::PAGE_SIZE;
use trivet_abi::handle::Handle;

/// The whole file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Endpoints that init makes, in the order of the file.
    pub endpoints: Vec<String>,
    /// Sessions that init can mint.
    pub sessions: Vec<SessionLine>,
    /// Servers in the order in which they start.
    pub servers: Vec<ServerBlock>,
    /// Servers whose image lies at an address that a debugger was told, a multiple of a page; those of others are random.
    pub addresses: Vec<(String, u64)>,
}

impl Config {
    /// Where this server's image must lie.
    #[must_use]
    pub fn address_of(&self, server: &str) -> Option<u64> {
        let mut addresses = self.addresses.iter();
        addresses
            .find(|(name, _)| name == server)
            .map(|(_, address)| *address)
    }
}

/// A session that others can be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionLine {
    /// Name within the file.
    pub name: String,
    /// The endpoint that it leads to.
    pub endpoint: String,
    /// Its interface.
    pub interface: String,
    /// Its label.
    pub label: String,
    /// Its badge.
    pub badge: u64,
}

/// A server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerBlock {
    /// Name, for messages.
    pub name: String,
    /// Path of its program in the boot archive.
    pub program: String,
    /// Account that pays for it.
    pub account: String,
    /// Its end stops the machine.
    pub critical: bool,
    /// It ends when its work is done, and is not started anew.
    pub once: bool,
    /// What its slots hold.
    pub slots: Vec<SlotLine>,
}

/// A slot of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotLine {
    /// Index in the own region.
    pub slot: u32,
    /// What it holds.
    pub what: Given,
    /// Line of the file, for messages.
    pub line: usize,
}

/// What init puts into a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// An endpoint with its receive right.
    Endpoint(String),
    /// A session, by the name of its line.
    Session(String),
    /// One of init's own root handles.
    Root(RootHandle),
    /// An account of the policy, for a server that starts programs.
    Account(String),
    /// Each account of the policy below this one in which a domain starts, in this slot and those behind it.
    AccountsBelow(String),
    /// The boot archive as a Memory.
    BootArchive,
    /// The table of credentials as a Memory; the policy says who writes it.
    Credentials,
}

/// Init's root handles by their names in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "abi::start::init_handle describes each")]
pub enum RootHandle {
    Machine,
    Policy,
    Audit,
    IoPorts,
    DeviceMemory,
    Interrupts,
    Dma,
}

impl RootHandle {
    /// The handle with this name.
    fn from_name(name: &str) -> Option<RootHandle> {
        Some(match name {
            "machine" => RootHandle::Machine,
            "policy" => RootHandle::Policy,
            "audit" => RootHandle::Audit,
            "io-ports" => RootHandle::IoPorts,
            "device-memory" => RootHandle::DeviceMemory,
            "interrupts" => RootHandle::Interrupts,
            "dma" => RootHandle::Dma,
            _ => return None,
        })
    }

    /// Where init holds it.
    #[must_use]
    pub const fn handle(self) -> Handle {
        use trivet_abi::start::init_handle;
        Handle::bootstrap(match self {
            RootHandle::Machine => init_handle::MACHINE,
            RootHandle::Policy => init_handle::POLICY,
            RootHandle::Audit => init_handle::AUDIT,
            RootHandle::IoPorts => init_handle::IO_PORTS,
            RootHandle::DeviceMemory => init_handle::DEVICE_MEMORY,
            RootHandle::Interrupts => init_handle::INTERRUPTS,
            RootHandle::Dma => init_handle::DMA,
        })
    }
}

/// What is wrong with the file, and on which line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong and what to write.
    pub message: &'static str,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "init.conf line {}: {}", self.line, self.message)
    }
}

/// Servers in one file, at most.
const SERVER_MAX: usize = 32;

/// Reads the file.
///
/// # Errors
/// The first thing that is wrong: unknown words, missing parts, names that are used but not defined, slots that are taken twice.
pub fn parse(text: &str) -> Result<Config, ConfigError> {
    let mut config = Config::default();
    let mut options: Vec<&str> = Vec::new();
    let mut open: Option<(ServerBlock, usize)> = None;
    for (index, line) in text.lines().enumerate() {
        let line_number = index + 1;
        let line = line.split('#').next().unwrap_or("");
        let mut words: Vec<&str> = line.split_whitespace().collect();
        if let ["option", name] = words.as_slice() {
            options.push(*name);
            continue;
        }
        if let ["when", name, ..] = words.as_slice() {
            if !options.contains(name) {
                continue;
            }
            words.drain(..2);
        }
        let error = |message| ConfigError {
            line: line_number,
            message,
        };
        match words.as_slice() {
            [] => {}
            ["endpoint", name] => {
                if config.endpoints.iter().any(|endpoint| endpoint == name) {
                    return Err(error("this endpoint is defined twice"));
                }
                config.endpoints.push((*name).to_owned());
            }
            ["address", name, address] => {
                let digits = address.strip_prefix("0x").unwrap_or("");
                let address = u64::from_str_radix(digits, 16).ok();
                let address = address.filter(|address| address % PAGE_SIZE as u64 == 0);
                let address = address.ok_or(error(
                    "an address is 0x and hexadecimal digits, at a page's begin",
                ))?;
                config.addresses.push(((*name).to_owned(), address));
            }
            ["session", name, "at", endpoint, rest @ ..] => {
                let ["interface", interface, "label", label, "badge", badge] = rest else {
                    return Err(error(
                        "expected `session NAME at ENDPOINT interface I label L badge N`",
                    ));
                };
                if config.sessions.iter().any(|session| session.name == *name) {
                    return Err(error("this session is defined twice"));
                }
                if !config.endpoints.iter().any(|known| known == endpoint) {
                    return Err(error("no `endpoint` line above defines this endpoint"));
                }
                config.sessions.push(SessionLine {
                    name: (*name).to_owned(),
                    endpoint: (*endpoint).to_owned(),
                    interface: (*interface).to_owned(),
                    label: (*label).to_owned(),
                    badge: badge.parse().map_err(|_| error("a badge is a number"))?,
                });
            }
            ["server", name] => {
                if let Some((block, at)) = open.take() {
                    config.servers.push(finish(block, at)?);
                }
                if config.servers.len() >= SERVER_MAX {
                    return Err(error("there are more than 32 servers"));
                }
                if config.servers.iter().any(|server| server.name == *name) {
                    return Err(error("this server is defined twice"));
                }
                open = Some((
                    ServerBlock {
                        name: (*name).to_owned(),
                        ..ServerBlock::default()
                    },
                    line_number,
                ));
            }
            words => {
                let Some((block, _)) = &mut open else {
                    return Err(error(
                        "expected `endpoint NAME`, `session NAME at ENDPOINT ...` or `server NAME`",
                    ));
                };
                server_line(block, words, line_number)?;
            }
        }
    }
    if let Some((block, at)) = open {
        config.servers.push(finish(block, at)?);
    }
    check_names(&config)?;
    Ok(config)
}

fn server_line(block: &mut ServerBlock, words: &[&str], line: usize) -> Result<(), ConfigError> {
    let error = |message| ConfigError { line, message };
    let (slot, what) = match words {
        ["program", path] => {
            block.program = (*path).to_owned();
            return Ok(());
        }
        ["account", name] => {
            block.account = (*name).to_owned();
            return Ok(());
        }
        ["critical"] => {
            block.critical = true;
            return Ok(());
        }
        ["once"] => {
            block.once = true;
            return Ok(());
        }
        ["process-server", what @ ..] => (Handle::PROCESS_SERVER.own_index(), what),
        ["root", what @ ..] => (Handle::ROOT.own_index(), what),
        ["log", what @ ..] => (Handle::LOG.own_index(), what),
        ["slot", number, what @ ..] => {
            let slot = number
                .parse()
                .map_err(|_| error("a slot is a number from 8 to 23"))?;
            if !(Handle::FIRST_GIVEN..Handle::BOOTSTRAP_END).contains(&slot) {
                return Err(error("a slot is a number from 8 to 23"));
            }
            (slot, what)
        }
        _ => {
            return Err(error(
                "expected `program`, `account`, `critical`, `once`, `slot N`, `process-server`, `root` or `log`",
            ));
        }
    };
    let what = match what {
        ["endpoint", name] => Given::Endpoint((*name).to_owned()),
        ["session", name] => Given::Session((*name).to_owned()),
        ["account", name] => Given::Account((*name).to_owned()),
        ["accounts", "below", name] => Given::AccountsBelow((*name).to_owned()),
        ["boot-archive"] => Given::BootArchive,
        ["credentials"] => Given::Credentials,
        [name] => Given::Root(RootHandle::from_name(name).ok_or_else(|| {
            error("expected machine, policy, audit, io-ports, device-memory, interrupts or dma")
        })?),
        _ => {
            return Err(error(
                "expected `endpoint NAME`, `session NAME`, `account NAME`, `accounts below NAME` or the name of a root handle",
            ));
        }
    };
    // Accounts below another take all slots from theirs on.
    let takes = |what: &Given, first: u32, other: u32| {
        first == other || (matches!(what, Given::AccountsBelow(_)) && first < other)
    };
    if block
        .slots
        .iter()
        .any(|other| takes(&other.what, other.slot, slot) || takes(&what, slot, other.slot))
    {
        return Err(error("this slot is taken already"));
    }
    block.slots.push(SlotLine { slot, what, line });
    Ok(())
}

fn finish(block: ServerBlock, line: usize) -> Result<ServerBlock, ConfigError> {
    if block.program.is_empty() {
        return Err(ConfigError {
            line,
            message: "this server has no `program PATH`",
        });
    }
    if block.account.is_empty() {
        return Err(ConfigError {
            line,
            message: "this server has no `account NAME`",
        });
    }
    Ok(block)
}

/// Every name that is used is defined, and each endpoint is received on by one server.
fn check_names(config: &Config) -> Result<(), ConfigError> {
    let mut owners: Vec<&str> = Vec::new();
    for slot in config.servers.iter().flat_map(|server| &server.slots) {
        let error = |message| ConfigError {
            line: slot.line,
            message,
        };
        match &slot.what {
            Given::Endpoint(name) if !config.endpoints.contains(name) => {
                return Err(error("no `endpoint` line defines this name"));
            }
            Given::Session(name) if !config.sessions.iter().any(|session| session.name == *name) => {
                return Err(error("no `session` line defines this name"));
            }
            _ => {}
        }
        if let Given::Endpoint(name) = &slot.what {
            if owners.contains(&name.as_str()) {
                return Err(error("another server receives on this endpoint already"));
            }
            owners.push(name);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "
        endpoint bus   # comment
        endpoint console
        session bus at bus interface Bus label device_list badge 0
        session log at console interface Log label log badge 7
        server bus
            program boot/bus
            account core
            slot 8 endpoint bus
            slot 9 io-ports
        server console
            program boot/console
            account drivers
            slot 8 endpoint console
            slot 9 session bus
            log session log
            slot 10 account programs
            critical
    ";

    #[test]
    fn servers_keep_their_order_and_their_slots() {
        let config = parse(GOOD).unwrap();
        assert_eq!(config.endpoints.len(), 2);
        assert_eq!(config.sessions[1].badge, 7);
        assert_eq!(config.sessions[1].endpoint, "console");
        let names: Vec<&str> = config.servers.iter().map(|server| server.name.as_str()).collect();
        assert_eq!(names, ["bus", "console"]);
        assert_eq!(config.servers[0].slots[1].what, Given::Root(RootHandle::IoPorts));
        assert_eq!(config.servers[1].slots[1].what, Given::Session("bus".to_owned()));
        assert_eq!(config.servers[1].slots[2].slot, 6);
        assert!(config.servers[1].critical && !config.servers[0].critical);
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        let cases = [
            ("program x", 1, "expected `endpoint"),
            ("server a\nserver b", 1, "no `program"),
            ("server a\nprogram p\n", 1, "no `account"),
            ("server a\nslot 7 machine", 2, "from 8 to 23"),
            ("server a\nslot 8 machines", 2, "expected machine"),
            ("server a\nslot 8 machine\nslot 8 policy", 3, "taken already"),
            (
                "server a\nprogram p\naccount c\nslot 8 session x",
                4,
                "no `session` line",
            ),
            (
                "server a\nprogram p\naccount c\nslot 8 endpoint x",
                4,
                "no `endpoint` line",
            ),
            (
                "endpoint e\nsession s at e interface I label l badge x",
                2,
                "is a number",
            ),
            ("endpoint e\nsession s at e interface I", 2, "expected `session"),
            (
                "session s at e interface I label l badge 0",
                1,
                "no `endpoint` line",
            ),
            ("endpoint e\nendpoint e", 2, "twice"),
            ("server a\nfoo", 2, "expected `program`"),
            ("address a 4096", 1, "hexadecimal"),
            ("address a 0x1001", 1, "page"),
        ];
        for (text, line, message) in cases {
            let error = parse(text).unwrap_err();
            assert_eq!(error.line, line, "{text}");
            assert!(error.message.contains(message), "{text}: {}", error.message);
        }
    }

    #[test]
    fn two_servers_cannot_receive_on_one_endpoint() {
        let text = "endpoint e
            server a
            program p
            account c
            slot 8 endpoint e
            server b
            program p
            account c
            slot 8 endpoint e";
        assert_eq!(parse(text).unwrap_err().line, 9);
    }

    #[test]
    fn an_address_is_the_named_servers() {
        let config = parse("address vfs 0x500100000000").unwrap();
        assert_eq!(config.address_of("vfs"), Some(0x5001_0000_0000));
        assert_eq!(config.address_of("bus"), None);
    }

    #[test]
    fn a_line_for_an_option_counts_only_with_it() {
        let text = "when x endpoint e
            server a
            program p
            account c
            when x slot 8 endpoint e";
        assert_eq!(parse(text).unwrap().endpoints.len(), 0);
        assert!(parse(text).unwrap().servers[0].slots.is_empty());
        let with = parse(&alloc::format!("option y\noption x\n{text}")).unwrap();
        assert_eq!(with.endpoints, ["e"]);
        assert_eq!(with.servers[0].slots.len(), 1);
        assert!(parse("option x\nwhen x foo").is_err());
    }

    #[test]
    fn the_shipped_file_is_valid_with_every_option() {
        let shipped = include_str!("../init.conf");
        let config = parse(&alloc::format!("option share\noption trace\n{shipped}")).unwrap();
        for name in ["share", "tracer"] {
            assert!(config.servers.iter().any(|server| server.name == name), "{name}");
        }
    }

    #[test]
    fn the_shipped_file_is_valid() {
        let config = parse(include_str!("../init.conf")).unwrap();
        let names: Vec<&str> = config.servers.iter().map(|server| server.name.as_str()).collect();
        assert_eq!(names, ["bus", "console", "vfs", "supervisor"]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[a-z0-9 #\n]{0,200}") {
            let _ = parse(&text);
        }
    }
}
