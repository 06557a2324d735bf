//! Address spaces and Memories: single behaviours, and random use against a model. What the tests share stands here.

mod behaviour;
mod model;

use super::copy::AccessError;
use super::map::{MapKind, Mapped, Placement, flags};
use super::testing::World;
use super::*;
use trivet_abi::Label;

pub(super) const BASE: u64 = 0x10_0000_0000;

pub(super) fn fixed(address: u64, pages: u64) -> Placement {
    Placement {
        address,
        length: pages * PAGE,
        flags: flags::FIXED,
    }
}

impl World {
    pub(super) fn anonymous(
        &mut self,
        space: Ref<AddressSpace>,
        place: Placement,
        protection: Protection,
    ) -> Result<u64, MemoryError> {
        loop {
            match self
                .mm
                .map_anonymous(&mut self.store, &mut self.accounts, space, place, protection)?
            {
                Mapped::At(address) => return Ok(address),
                Mapped::More => {}
            }
        }
    }

    pub(super) fn map(
        &mut self,
        space: Ref<AddressSpace>,
        memory: Ref<Memory>,
        page: u64,
        place: Placement,
        kind: MapKind,
    ) -> Result<u64, MemoryError> {
        loop {
            let mapped = self.mm.map_memory(
                &mut self.store,
                &mut self.accounts,
                space,
                memory,
                page * PAGE,
                place,
                kind,
            )?;
            if let Mapped::At(address) = mapped {
                return Ok(address);
            }
        }
    }

    pub(super) fn memory(&mut self, pages: u64) -> Ref<Memory> {
        self.mm
            .create_memory(
                &mut self.accounts,
                self.account,
                Label(0),
                pages * PAGE,
                false,
                false,
            )
            .unwrap()
    }

    pub(super) fn pager(&mut self, pages: u64) -> Ref<Memory> {
        self.mm
            .create_memory(
                &mut self.accounts,
                self.account,
                Label(0),
                pages * PAGE,
                false,
                true,
            )
            .unwrap()
    }

    pub(super) fn unmap(
        &mut self,
        space: Ref<AddressSpace>,
        address: u64,
        pages: u64,
    ) -> Result<(), MemoryError> {
        while self
            .mm
            .unmap(&mut self.store, &mut self.accounts, space, address, pages * PAGE)?
            == Step::More
        {}
        Ok(())
    }

    pub(super) fn protect(
        &mut self,
        space: Ref<AddressSpace>,
        address: u64,
        pages: u64,
        protection: Protection,
        execute: bool,
    ) -> Result<(), MemoryError> {
        let (store, accounts) = (&mut self.store, &mut self.accounts);
        let mut cursor = 0;
        let length = pages * PAGE;
        while self.mm.protect(
            store,
            accounts,
            space,
            address,
            length,
            protection,
            execute,
            &mut cursor,
        )? == Step::More
        {}
        Ok(())
    }

    pub(super) fn write(
        &mut self,
        space: Ref<AddressSpace>,
        address: u64,
        byte: u8,
    ) -> Result<(), AccessError> {
        let written = self
            .mm
            .write_user(&mut self.store, &mut self.accounts, space, address, &[byte]);
        written.map_err(|(_, error)| error)
    }

    pub(super) fn read(&mut self, space: Ref<AddressSpace>, address: u64) -> Result<u8, AccessError> {
        let mut byte = [0];
        let read = self
            .mm
            .read_user(&mut self.store, &mut self.accounts, space, address, &mut byte);
        read.map(|()| byte[0]).map_err(|(_, error)| error)
    }

    pub(super) fn fork(&mut self, parent: Ref<AddressSpace>) -> Result<Ref<AddressSpace>, MemoryError> {
        let (store, accounts) = (&mut self.store, &mut self.accounts);
        let child = self
            .mm
            .create_space(store, accounts, self.account, 0x7000_0000_0000)?;
        let mut cursor = 0;
        loop {
            match self
                .mm
                .clone_step(&mut self.store, &mut self.accounts, parent, child, &mut cursor)
            {
                Ok(Step::Done) => return Ok(child),
                Ok(Step::More) => {}
                Err(error) => {
                    self.mm.release_space(child);
                    self.reap_all();
                    return Err(error);
                }
            }
        }
    }

    pub(super) fn resize(&mut self, memory: Ref<Memory>, size: u64) -> Result<(), MemoryError> {
        while self
            .mm
            .resize(&mut self.store, &mut self.accounts, memory, size)?
            == Step::More
        {}
        Ok(())
    }

    pub(super) fn end(mut self, spaces: &[Ref<AddressSpace>], memories: &[Ref<Memory>]) {
        for space in spaces {
            self.mm.release_space(*space);
        }
        for memory in memories {
            self.mm.release_memory(*memory);
        }
        self.reap_all();
        assert_eq!(
            (self.used_pages(), self.used_bytes()),
            (0, 0),
            "charges come back"
        );
        assert_eq!(
            self.store.free_frames(),
            self.store.managed_frames() - self.store.quarantined_frames(),
            "frames come back"
        );
        assert_eq!(
            (
                self.mm.spaces.len(),
                self.mm.memories.len(),
                self.mm.regions.len()
            ),
            (0, 0, 0)
        );
    }
}
