//! A new program's address space, filled by messages to the kernel: the target that init and the process server use.

use crate::{FileMapping, Target};
use trivet_abi::handle::Handle;
use trivet_ipc::address_space::AddressSpaceError;
use trivet_ipc::memory::MemoryError;
use trivet_ipc::shared::{MapFlags, Protection};
use trivet_ipc::{Failure, address_space, memory};

/// The embryo's address space, and the program's file to map into it.
#[derive(Clone, Copy, Debug)]
pub struct Space {
    /// The address space.
    pub space: Handle,
    /// The file's contents.
    pub file: Handle,
}

/// Why a step of filling failed.
#[derive(Clone, Copy, Debug)]
pub enum SpaceError {
    /// Mapping the file.
    Map(Failure<MemoryError>),
    /// Changing the address space.
    Change(Failure<AddressSpaceError>),
    /// Fewer bytes were written than given.
    Short,
}

impl SpaceError {
    /// The errno.
    #[must_use]
    pub fn errno(&self) -> i32 {
        const EFAULT: i32 = 14;
        match self {
            SpaceError::Map(failure) => failure.errno(),
            SpaceError::Change(failure) => failure.errno(),
            SpaceError::Short => EFAULT,
        }
    }
}

const EXACT: MapFlags = MapFlags(MapFlags::FIXED.0 | MapFlags::NO_REPLACE.0);

impl Target for Space {
    type Error = SpaceError;

    fn map_file(
        &mut self,
        address: u64,
        offset: u64,
        length: u64,
        mapping: FileMapping,
    ) -> Result<(), SpaceError> {
        let map = match mapping {
            FileMapping::Read => memory::map_read,
            FileMapping::Execute => memory::map_execute,
            FileMapping::Private => memory::map_copy,
        };
        map(self.file, self.space, offset, length, address, EXACT).map_err(SpaceError::Map)?;
        if mapping == FileMapping::Private {
            let protection = Protection::READ | Protection::WRITE;
            address_space::protect(self.space, address, length, protection).map_err(SpaceError::Change)?;
        }
        Ok(())
    }

    fn map_zero(&mut self, address: u64, length: u64, writable: bool) -> Result<(), SpaceError> {
        let protection = if writable {
            Protection::READ | Protection::WRITE
        } else {
            Protection::READ
        };
        let mapped = address_space::map_anonymous(self.space, address, length, protection, EXACT);
        mapped.map_err(SpaceError::Change)?;
        Ok(())
    }

    fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), SpaceError> {
        for (index, chunk) in bytes.chunks(0x10000).enumerate() {
            let at = address + index as u64 * 0x10000;
            let count = address_space::write(self.space, at, chunk).map_err(SpaceError::Change)?;
            if count != chunk.len() as u64 {
                return Err(SpaceError::Short);
            }
        }
        Ok(())
    }
}
