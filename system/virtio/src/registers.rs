//! A mapped range of a device's registers. Every access is bounds-checked and happens exactly as written.

use core::ptr::NonNull;

/// A range of registers, mapped uncached.
#[derive(Clone, Copy, Debug)]
pub struct Registers {
    base: NonNull<u8>,
    length: usize,
}

/// A value that a register holds.
pub trait Register: Copy {
    /// All bits set.
    const ONES: Self;
}

macro_rules! registers {
    ($($integer:ty)*) => {
        $(impl Register for $integer {
            const ONES: $integer = <$integer>::MAX;
        })*
    };
}
registers!(u8 u16 u32 u64);

impl Registers {
    /// The registers at `address`, which the kernel mapped for this process.
    ///
    /// # Safety
    /// `address..address + length` is device memory that stays mapped, readable and writable, while the process lives.
    pub unsafe fn new(address: u64, length: usize) -> Option<Registers> {
        NonNull::new(address as *mut u8).map(|base| Registers { base, length })
    }

    /// A part of the range.
    #[must_use]
    pub fn part(&self, offset: u64, length: u64) -> Option<Registers> {
        let offset = usize::try_from(offset).ok()?;
        let length = usize::try_from(length).ok()?;
        if offset.checked_add(length)? > self.length {
            return None;
        }
        // SAFETY: the offset lies within the mapped range, as just checked.
        let base = unsafe { self.base.add(offset) };
        Some(Registers { base, length })
    }

    /// Bytes in the range.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    fn pointer<T: Register>(&self, offset: usize) -> Option<*mut T> {
        let end = offset.checked_add(size_of::<T>())?;
        let address = self.base.as_ptr().wrapping_add(offset).cast::<T>();
        (end <= self.length && address.is_aligned()).then_some(address)
    }

    /// Reads the register at `offset`. All ones where the range does not hold it, as a bus answers for what is not there.
    #[must_use]
    pub fn read<T: Register>(&self, offset: usize) -> T {
        match self.pointer::<T>(offset) {
            // SAFETY: the pointer is aligned and inside the mapped range; every bit pattern is a value of an integer.
            Some(pointer) => unsafe { pointer.read_volatile() },
            None => T::ONES,
        }
    }

    /// Writes the register at `offset`; nothing happens where the range does not hold it.
    pub fn write<T: Register>(&self, offset: usize, value: T) {
        if let Some(pointer) = self.pointer::<T>(offset) {
            // SAFETY: the pointer is aligned and inside the mapped range.
            unsafe { pointer.write_volatile(value) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accesses_outside_of_the_range_read_ones_and_write_nothing() {
        let mut memory = [0u32; 4];
        let address = memory.as_mut_ptr() as u64;
        // SAFETY: the array outlives the registers of this test.
        let registers = unsafe { Registers::new(address, 12) }.unwrap();
        registers.write(8, 7u32);
        registers.write(12, 9u32);
        registers.write(2, 5u32);
        assert_eq!(registers.read::<u32>(8), 7);
        assert_eq!(registers.read::<u32>(12), u32::MAX);
        assert_eq!(registers.read::<u64>(8), u64::MAX);
        assert!(registers.part(8, 8).is_none());
        assert_eq!(registers.part(8, 4).unwrap().read::<u32>(0), 7);
        assert_eq!(memory, [0, 0, 7, 0]);
    }
}
