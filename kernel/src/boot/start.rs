//! The first process: init, mapped from the boot archive in place, with the root handles. Note 0014.
//!
//! Everything is done through the functions that serve programs too; an error here is a boot that cannot go on, told in words.

use super::archive::BootArchive;
use crate::account::Resource;
use crate::arena::Ref;
use crate::handle::slot::Object;
use crate::handle::table::Place;
use crate::kernel::Kernel;
use crate::machine::{Frame, Machine};
use crate::mm::map::{MapKind, Mapped, Placement, flags};
use crate::mm::{AddressSpace, Memory, MemoryError, PAGE, Protection, Step};
use crate::process::Process;
use crate::thread::lifecycle::Start;
use core::fmt;
use trivet_abi::elf::{ElfError, Image, Segment};
use trivet_abi::error::CallError;
use trivet_abi::start::{INIT_PATH, init_handle};
use trivet_abi::{Label, USER_END};

/// Bytes of init's stack.
const STACK_SIZE: u64 = 256 << 10;
/// Addresses are handed out downwards from here, minus a random number of pages.
const MAP_TOP: u64 = USER_END - (1 << 32);
/// Position-independent programs lie here, plus a random number of pages.
const IMAGE_BASE: u64 = 0x5500_0000_0000;
/// Bits of the random numbers of pages.
const RANDOM_PAGE_BITS: u32 = 28;
/// One page in this many is kept back from accounts: page tables and the kernel's heap.
const KEPT_BACK: u64 = 16;

/// What the boot loader gave.
#[derive(Clone, Copy, Debug)]
pub struct Loaded<'a> {
    /// The boot archive's bytes.
    pub archive: &'a [u8],
    /// Its first frame.
    pub archive_frame: Frame,
    /// Where the parts lie in it.
    pub parts: BootArchive,
    /// The command line.
    pub command_line: &'a [u8],
    /// Physical address of the firmware's ACPI root, or 0.
    pub acpi_root: u64,
}

/// Why init cannot be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartError {
    /// The policy names no domain for init.
    NoDomain,
    /// Init is no program that can be loaded.
    Image(ElfError),
    /// Memory ran out, or a segment cannot be mapped.
    Memory(MemoryError),
    /// An object cannot be made.
    Call(CallError),
    /// Init's memory cannot be written.
    Copy,
}

impl From<MemoryError> for StartError {
    fn from(error: MemoryError) -> Self {
        StartError::Memory(error)
    }
}

impl From<CallError> for StartError {
    fn from(error: CallError) -> Self {
        StartError::Call(error)
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::NoDomain => formatter.write_str("the policy names no domain for boot/init"),
            StartError::Image(error) => write!(formatter, "boot/init cannot be loaded: {error:?}"),
            StartError::Memory(error) => write!(formatter, "no memory for init: {error:?}"),
            StartError::Call(error) => write!(formatter, "init's process cannot be made: {error:?}"),
            StartError::Copy => formatter.write_str("init's memory cannot be written"),
        }
    }
}

impl<M: Machine> Kernel<M> {
    /// Makes init and lets it run: the last act of the boot.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn start_init(&mut self, loaded: &Loaded<'_>) -> Result<(), StartError> {
        let domain = core::str::from_utf8(INIT_PATH)
            .ok()
            .and_then(|path| self.policy.boot_domain(path));
        let domain = domain.ok_or(StartError::NoDomain)?;
        let root = self.root_account;
        let free = self.machine.free_frames() as u64;
        self.accounts[root].limits[Resource::MemoryPages as usize] = free - free / KEPT_BACK;

        let archive = self.boot_memories(loaded)?;
        let random = self.random_pages();
        let (store, accounts) = (&mut self.machine, &mut self.accounts);
        let space = self.mm.create_space(store, accounts, root, MAP_TOP - random)?;
        let table = self.mm.spaces[space].root;
        let init = self.create_process(root, domain, Label(0), space, table)?;
        self.processes[init].name[..4].copy_from_slice(b"init");

        let bytes = loaded.parts.init.bytes(loaded.archive);
        let image = Image::parse(bytes, bytes.len() as u64).map_err(StartError::Image)?;
        let base = if image.position_independent {
            IMAGE_BASE + self.random_pages()
        } else {
            0
        };
        for segment in image.segments() {
            self.map_segment(space, archive, loaded.parts.init.offset as u64, base, segment)?;
        }
        let stack = self.map_boot(
            space,
            Placement {
                address: 0,
                length: STACK_SIZE,
                flags: 0,
            },
        )?;
        self.install_own_handles(init)?;
        self.install_root_handles(init)?;
        // An empty System V block: argc, the ends of argv and environment, and an empty auxiliary vector are all zero.
        let start = Start {
            entry: base + image.entry,
            stack: stack + STACK_SIZE - 64,
            ..Start::default()
        };
        let thread = self.create_thread(init, &start)?;
        self.processes[init].state = crate::process::ProcessState::Running;
        self.start_thread(thread);
        Ok(())
    }

    /// A random number of whole pages, in bytes.
    fn random_pages(&mut self) -> u64 {
        (self.entropy.next_word() >> (64 - RANDOM_PAGE_BITS)) * PAGE
    }

    /// Makes objects of what the boot loader gave; answers the archive's.
    fn boot_memories(&mut self, loaded: &Loaded<'_>) -> Result<Ref<Memory>, StartError> {
        let root = self.root_account;
        let label = self.root_label(Object::Machine);
        let archive_label = self
            .policy
            .root_label(trivet_abi::InterfaceNumber(crate::methods::Memory::INTERFACE));
        let length = loaded.archive.len() as u64;
        let first = loaded.archive_frame;
        let accounts = &mut self.accounts;
        let archive =
            self.mm
                .create_fixed_memory(accounts, root, archive_label, first, length, false, false)?;
        self.boot_memories[0] = Some((archive, length));
        self.acpi_root = loaded.acpi_root;
        let line = &loaded.command_line[..loaded.command_line.len().min(PAGE as usize)];
        if !line.is_empty() {
            let frame = self.machine.allocate_zeroed().ok_or(MemoryError::NoMemory)?;
            self.machine.write(frame, 0, line);
            let length = line.len() as u64;
            let memory =
                self.mm
                    .create_fixed_memory(&mut self.accounts, root, label, frame, length, false, true)?;
            self.boot_memories[1] = Some((memory, length));
        }
        Ok(archive)
    }

    /// Maps anonymous memory for init; nothing is there that would have to go first.
    fn map_boot(&mut self, space: Ref<AddressSpace>, place: Placement) -> Result<u64, StartError> {
        let (store, accounts) = (&mut self.machine, &mut self.accounts);
        match self
            .mm
            .map_anonymous(store, accounts, space, place, Protection::READ_WRITE)?
        {
            Mapped::At(address) => Ok(address),
            Mapped::More => Err(MemoryError::Exists.into()),
        }
    }

    /// Maps one segment of init, whose file begins at `file` in the archive. Pages that are not written are the archive's own.
    fn map_segment(
        &mut self,
        space: Ref<AddressSpace>,
        archive: Ref<Memory>,
        file: u64,
        base: u64,
        segment: &Segment,
    ) -> Result<(), StartError> {
        let address = base + segment.address;
        let from_file = segment.file_length.next_multiple_of(PAGE);
        let in_memory = segment.memory_length.next_multiple_of(PAGE);
        let kind = match (segment.writable, segment.executable) {
            (true, _) => MapKind::Copy,
            (false, true) => MapKind::Execute,
            (false, false) => MapKind::Read,
        };
        if from_file > 0 {
            let place = Placement {
                address,
                length: from_file,
                flags: flags::NO_REPLACE,
            };
            let (store, accounts) = (&mut self.machine, &mut self.accounts);
            let offset = file + segment.file_offset;
            let _ = self
                .mm
                .map_memory(store, accounts, space, archive, offset, place, kind)?;
        }
        if segment.writable && from_file > 0 {
            let (store, accounts) = (&mut self.machine, &mut self.accounts);
            let mut cursor = address;
            let write = Protection::READ_WRITE;
            while self.mm.protect(
                store,
                accounts,
                space,
                address,
                from_file,
                write,
                false,
                &mut cursor,
            )? == Step::More
            {}
            self.clear_tail(
                space,
                address + segment.file_length,
                address + from_file.min(segment.memory_length),
            )?;
        }
        if in_memory > from_file {
            let place = Placement {
                address: address + from_file,
                length: in_memory - from_file,
                flags: flags::NO_REPLACE,
            };
            self.map_boot(space, place)?;
        }
        Ok(())
    }

    /// Zeroes the bytes behind a segment's file part up to the end of its last page, where the file goes on with something else.
    fn clear_tail(&mut self, space: Ref<AddressSpace>, from: u64, to: u64) -> Result<(), StartError> {
        const ZEROS: [u8; PAGE as usize] = [0; PAGE as usize];
        let length = usize::try_from(to.saturating_sub(from))
            .unwrap_or(0)
            .min(ZEROS.len());
        let (store, accounts) = (&mut self.machine, &mut self.accounts);
        self.mm
            .write_user(store, accounts, space, from, &ZEROS[..length])
            .map_err(|_| StartError::Copy)
    }

    /// Gives init the roots of everything.
    fn install_root_handles(&mut self, init: Ref<Process>) -> Result<(), StartError> {
        let root = self.root_account;
        let ports = self
            .create_port_range(root, 0, 1 << 16)
            .map_err(|_| CallError::NoMemory)?;
        let devices =
            self.mm
                .create_device_range(&mut self.accounts, root, 0, crate::mm::device::PHYSICAL_END)?;
        for (index, object) in [
            (init_handle::MACHINE, Object::Machine),
            (init_handle::POLICY, Object::Policy),
            (init_handle::AUDIT, Object::Audit),
            (init_handle::IO_PORTS, Object::IoPorts(ports)),
            (init_handle::DEVICE_MEMORY, Object::DeviceMemory(devices)),
            (init_handle::INTERRUPTS, Object::InterruptRoot),
            (init_handle::DMA, Object::DmaRoot),
        ] {
            let handle = self.root_handle(object);
            self.install_at(init, Place::Own(index), &handle)?;
        }
        Ok(())
    }
}
