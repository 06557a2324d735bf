//! What the machine was started with: the archive, the policy, the list of servers.

use crate::config::{self, Config, RootHandle};
use crate::{Doing, Fatal};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use trivet_abi::archive::{Archive, Content};
use trivet_abi::handle::Handle;
use trivet_abi::start::POLICY_PATH;
use trivet_ipc::shared::MapFlags;
use trivet_policy::{LabelId, Policy};

/// Piece 0 of what the boot loader gave.
const PIECE_ARCHIVE: u64 = 0;
const CONFIG_PATH: &[u8] = b"boot/init.conf";
/// The archive's name in the policy's paths.
const ARCHIVE: &str = "archive";

/// What was found.
pub struct Boot {
    /// The archive as an object to map from.
    pub memory: Handle,
    /// The archive's index.
    pub archive: Archive<'static>,
    /// The policy.
    pub policy: Policy<'static>,
    /// The servers.
    pub config: Config,
}

impl Boot {
    /// Maps the archive and reads what init needs of it.
    ///
    /// # Errors
    /// What is missing or does not hold together.
    pub fn find() -> Result<Boot, Fatal> {
        let machine = RootHandle::Machine.handle();
        let found = trivet_ipc::machine::boot_memory(machine, PIECE_ARCHIVE)
            .doing(|| "taking the boot archive".to_owned())?;
        let address = trivet_ipc::memory::map_read(
            found.memory,
            Handle::ADDRESS_SPACE,
            0,
            found.length,
            0,
            MapFlags::EMPTY,
        )
        .doing(|| "mapping the boot archive".to_owned())?;
        let bytes = mapped(address, found.length)?;
        let archive =
            Archive::open(bytes).map_err(|error| Fatal(format!("the boot archive is damaged: {error:?}")))?;
        let policy = Policy::load(file(&archive, POLICY_PATH)?)
            .map_err(|error| Fatal(format!("the policy is not valid: {error:?}")))?;
        let text = core::str::from_utf8(file(&archive, CONFIG_PATH)?)
            .map_err(|_| Fatal("init.conf is not UTF-8 text".to_owned()))?;
        let config = config::parse(text).map_err(|error| Fatal(error.to_string()))?;
        Ok(Boot {
            memory: found.memory,
            archive,
            policy,
            config,
        })
    }

    /// The label of a file of the archive.
    #[must_use]
    pub fn label_of(&self, path: &str) -> LabelId {
        self.policy.label_for_path(ARCHIVE, format!("/{path}").as_bytes())
    }

    /// Number of a label by its name.
    ///
    /// # Errors
    /// The policy has no such label.
    pub fn label(&self, name: &str) -> Result<u32, Fatal> {
        let label = self.policy.label_by_name(name);
        label
            .map(|label| label.0)
            .ok_or_else(|| Fatal(format!("the policy has no label `{name}`")))
    }

    /// Number of an interface by its name.
    ///
    /// # Errors
    /// The policy knows no such interface.
    pub fn interface(&self, name: &str) -> Result<u16, Fatal> {
        let interface = self.policy.interface_by_name(name);
        interface
            .map(|found| found.0)
            .ok_or_else(|| Fatal(format!("there is no interface `{name}`")))
    }
}

/// A regular file of the archive.
///
/// # Errors
/// It is not there.
pub fn file(archive: &Archive<'static>, path: &[u8]) -> Result<&'static [u8], Fatal> {
    match archive.find(path).map(|entry| entry.content) {
        Some(Content::File(file)) => Ok(file.data),
        _ => Err(Fatal(format!(
            "the boot archive has no file {}",
            String::from_utf8_lossy(path)
        ))),
    }
}

fn mapped(address: u64, length: u64) -> Result<&'static [u8], Fatal> {
    let length = usize::try_from(length).map_err(|_| Fatal("the boot archive is too large".to_owned()))?;
    let pointer = core::ptr::with_exposed_provenance::<u8>(address as usize);
    if pointer.is_null() {
        return Err(Fatal("the boot archive was mapped nowhere".to_owned()));
    }
    // SAFETY: the kernel mapped so many bytes there, readable; the pages are the boot loader's, which nobody can write, and
    // nothing here unmaps them.
    Ok(unsafe { core::slice::from_raw_parts(pointer, length) })
}
