//! Building one server's process: image, stack, handles.

use crate::accounts::Accounts;
use crate::boot::{self, Boot};
use crate::config::{Given, ServerBlock, SlotLine};
use crate::{Doing, Fatal};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use trivet_abi::archive::Content;
use trivet_abi::credentials::{ROW_COUNT, Row};
use trivet_abi::elf::Image;
use trivet_abi::handle::Handle;
use trivet_abi::{PAGE_SIZE, USER_END};
use trivet_ipc::shared::MintFlags;
use trivet_ipc::{endpoint, entropy, memory, process};
use trivet_loader::{Identity, Space, SpaceError, Start, StringList, Target, load_image, load_stack};

/// Bytes of a server's stack. Servers have one thread and no deep recursion.
const STACK_SIZE: u64 = 256 * 1024;
/// Bytes of address space among which the image's and the stack's places are chosen.
const RANDOM_SPAN: u64 = 1 << 40;
/// Where images begin at the lowest.
const IMAGE_BASE: u64 = 0x5000_0000_0000;
/// All rights of a handle but receiving.
const RIGHTS: u8 = 3;

/// Endpoints by the names in the file, and what else servers share.
pub struct Endpoints {
    named: Vec<(String, Handle)>,
    /// The table of credentials: all zero, which is the superuser, until the process server writes rows.
    credentials: Handle,
}

impl Endpoints {
    /// Makes every endpoint of the file. Each carries the label of the server that receives on it.
    ///
    /// # Errors
    /// The kernel refused one.
    pub fn create(boot: &Boot) -> Result<Endpoints, Fatal> {
        let mut named = Vec::new();
        for name in &boot.config.endpoints {
            let owner = boot
                .config
                .servers
                .iter()
                .find(|server| {
                    server
                        .slots
                        .iter()
                        .any(|slot| slot.what == Given::Endpoint(name.clone()))
                })
                .ok_or_else(|| Fatal(format!("nobody receives on the endpoint `{}`", name)))?;
            let label = boot.label(&owner.name)?;
            let handle = trivet_ipc::account::create_endpoint(Handle::ACCOUNT, label)
                .doing(|| format!("making the endpoint `{}`", name))?;
            named.push((name.clone(), handle));
        }
        let size = (ROW_COUNT * Row::SIZE).next_multiple_of(PAGE_SIZE) as u64;
        let label = boot.label("credentials")?;
        let credentials =
            trivet_ipc::account::create_memory(Handle::ACCOUNT, size, label, true, Handle::NONE.0, 0, 0)
                .doing(|| String::from("making the table of credentials"))?;
        Ok(Endpoints { named, credentials })
    }

    fn get(&self, name: &str) -> Result<Handle, Fatal> {
        self.named
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, handle)| *handle)
            .ok_or_else(|| Fatal(format!("there is no endpoint `{name}`")))
    }
}

/// A process that runs.
pub struct Running {
    /// Its process.
    pub process: Handle,
    /// Its number.
    pub number: u64,
}

/// Starts a server. Its end and its faults are reported to `watch` with `cookie`.
///
/// # Errors
/// The step that failed, in words.
pub fn start(
    boot: &Boot,
    accounts: &Accounts,
    endpoints: &Endpoints,
    server: &ServerBlock,
    watch: Handle,
    cookie: u64,
) -> Result<Running, Fatal> {
    let name = server.name.as_str();
    let entry = boot
        .archive
        .find(server.program.as_bytes())
        .map(|entry| entry.content);
    let Some(Content::File(file)) = entry else {
        return Err(Fatal(format!(
            "{name}: the boot archive has no program {}",
            server.program
        )));
    };
    if !file.is_intact() {
        return Err(Fatal(format!(
            "{name}: the program is damaged in the boot archive"
        )));
    }
    let image = Image::parse(file.data, file.data.len() as u64)
        .map_err(|error| Fatal(format!("{name}: the program cannot be loaded: {error:?}")))?;
    let length = file.data.len() as u64;
    let label = boot.label_of(&server.program).0;
    let view = memory::view(boot.memory, file.offset, length, label)
        .doing(|| format!("{name}: taking the program out of the archive"))?;
    let account = accounts.find(boot, &server.account)?;
    let made = trivet_ipc::account::create_process(account, Handle::PROCESS, view)
        .doing(|| format!("{name}: making its process"))?;
    let built = build(
        boot,
        accounts,
        endpoints,
        server,
        &image,
        view,
        &made.process,
        made.space,
    );
    let (entry_point, stack_pointer) = match built {
        Ok(place) => place,
        Err(fatal) => {
            // The embryo goes with its last handle; the first error is what counts.
            let _ = process::kill(made.process, 0);
            return Err(fatal);
        }
    };
    process::set_name(made.process, name.as_bytes()).doing(|| format!("{name}: naming it"))?;
    process::supervise(made.process, watch, cookie).doing(|| format!("{name}: watching it"))?;
    process::start(made.process, entry_point, stack_pointer, 0).doing(|| format!("{name}: starting it"))?;
    for handle in [view, made.space] {
        // The process keeps what it needs; init's own handles only take slots.
        let _ = process::close(Handle::PROCESS, handle.0, handle.0);
    }
    Ok(Running {
        process: made.process,
        number: made.number,
    })
}

#[allow(clippy::too_many_arguments, reason = "the parts of one process")]
fn build(
    boot: &Boot,
    accounts: &Accounts,
    endpoints: &Endpoints,
    server: &ServerBlock,
    image: &Image,
    view: Handle,
    process_handle: &Handle,
    space: Handle,
) -> Result<(u64, u64), Fatal> {
    let name = server.name.as_str();
    let mut random = [0; 32];
    let filled =
        entropy::fill(Handle::ENTROPY, &mut random[..]).doing(|| format!("{name}: taking random bytes"))?;
    if filled != random.len() as u64 {
        return Err(Fatal(format!("{name}: too few random bytes")));
    }
    let [image_offset, stack_offset] = [0, 8].map(|at| {
        let mut word = [0; 8];
        word.copy_from_slice(&random[at..at + 8]);
        u64::from_le_bytes(word) % RANDOM_SPAN / PAGE_SIZE as u64 * PAGE_SIZE as u64
    });
    let mut target = Space { space, file: view };
    let fixed = boot.config.address_of(name);
    let place = load_image(&mut target, image, fixed.unwrap_or(IMAGE_BASE + image_offset))
        .doing(|| format!("{name}: mapping its program"))?;
    let top = USER_END - PAGE_SIZE as u64 - stack_offset;
    target
        .map_zero(top - STACK_SIZE, STACK_SIZE, true)
        .doing(|| format!("{name}: mapping its stack"))?;
    let mut canary = [0; 16];
    canary.copy_from_slice(&random[16..]);
    let start = Start {
        arguments: StringList(b""),
        environment: StringList(b""),
        path: server.program.as_bytes(),
        image: place,
        identity: Identity::default(),
        random: canary,
        processor_features: 0,
        upcall_stack: 0,
    };
    let stack_pointer = load_stack(&mut target, top, STACK_SIZE, &start)
        .map_err(|_| Fatal(format!("{name}: its stack cannot be filled")))?;
    for slot in &server.slots {
        if let Given::AccountsBelow(account) = &slot.what {
            for (place, handle) in accounts.below(boot, account)?.into_iter().enumerate() {
                install(name, slot, *process_handle, handle, slot.slot + place as u32)?;
            }
            continue;
        }
        let (handle, own) = match &slot.what {
            Given::Root(root) => (root.handle(), false),
            Given::Account(account) => (accounts.find(boot, account)?, false),
            Given::BootArchive => (boot.memory, false),
            Given::Credentials => (endpoints.credentials, false),
            Given::Endpoint(endpoint) => (endpoints.get(endpoint)?, false),
            Given::Session(to) => (mint(boot, endpoints, to)?, true),
            Given::AccountsBelow(_) => continue,
        };
        let installed = install(name, slot, *process_handle, handle, slot.slot);
        if own {
            let _ = process::close(Handle::PROCESS, handle.0, handle.0);
        }
        installed?;
    }
    Ok((place.entry, stack_pointer))
}

/// Puts a handle into a server's slot.
fn install(name: &str, line: &SlotLine, process: Handle, handle: Handle, slot: u32) -> Result<(), Fatal> {
    if slot >= Handle::BOOTSTRAP_END {
        return Err(Fatal(format!(
            "{name}: there are more accounts than slots for them (init.conf line {})",
            line.line
        )));
    }
    let target = Handle::bootstrap(slot).0;
    let alive = process::install(process, handle.0, target, false, u64::MAX)
        .doing(|| format!("{name}: installing slot {slot} (init.conf line {})", line.line))?;
    if alive {
        return Ok(());
    }
    Err(Fatal(format!(
        "{name}: the policy refuses what slot {slot} is to hold (init.conf line {})",
        line.line
    )))
}

/// A session as its line says.
fn mint(boot: &Boot, endpoints: &Endpoints, name: &str) -> Result<Handle, Fatal> {
    let line = boot
        .config
        .sessions
        .iter()
        .find(|line| line.name == name)
        .ok_or_else(|| Fatal(format!("there is no session `{name}`")))?;
    let (interface, label) = (boot.interface(&line.interface)?, boot.label(&line.label)?);
    endpoint::mint(
        endpoints.get(&line.endpoint)?,
        line.badge,
        interface,
        label,
        u64::MAX,
        RIGHTS,
        MintFlags::EMPTY,
    )
    .doing(|| format!("making the session `{name}`"))
}

impl<T> Doing<T> for Result<T, SpaceError> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, Fatal> {
        match self {
            Ok(value) => Ok(value),
            Err(SpaceError::Map(failure)) => Err(failure).doing(what),
            Err(SpaceError::Change(failure)) => Err(failure).doing(what),
            Err(SpaceError::Short) => Err(Fatal(format!("{}: fewer bytes were written", what()))),
        }
    }
}

/// Whether the archive has the program, for the check before anything starts.
///
/// # Errors
/// It has not.
pub fn check_program(boot: &Boot, server: &ServerBlock) -> Result<(), Fatal> {
    boot::file(&boot.archive, server.program.as_bytes()).map(|_| ())
}
