//! Relocations of a static-pie: System V ABI, AMD64 supplement. Only base-relative ones are possible without symbols.

/// An entry of the dynamic section.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Dynamic {
    /// What it is.
    pub tag: u64,
    /// Its value.
    pub value: u64,
}

/// A relocation with its addend.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Relocation {
    /// Where, relative to the base.
    pub offset: u64,
    /// Type in the low half.
    pub info: u64,
    /// What is added.
    pub addend: u64,
}

const DT_RELA: u64 = 7;
const DT_RELASZ: u64 = 8;
const R_X86_64_RELATIVE: u64 = 8;

/// Offset and number of the image's relocations.
#[must_use]
pub fn table(entries: &[Dynamic]) -> Option<(u64, usize)> {
    let find = |tag| {
        entries
            .iter()
            .find(|entry| entry.tag == tag)
            .map(|entry| entry.value)
    };
    let count = find(DT_RELASZ)? as usize / size_of::<Relocation>();
    Some((find(DT_RELA)?, count))
}

impl Relocation {
    /// What the word becomes in an image at `base`; nothing for types that a static-pie does not have.
    #[must_use]
    pub fn value(&self, base: u64) -> Option<u64> {
        (self.info & 0xffff_ffff == R_X86_64_RELATIVE).then(|| base.wrapping_add(self.addend))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_found_by_its_tags() {
        let entries = [
            Dynamic { tag: 7, value: 0x400 },
            Dynamic { tag: 9, value: 24 },
            Dynamic { tag: 8, value: 72 },
        ];
        assert_eq!(table(&entries), Some((0x400, 3)));
        assert_eq!(table(&entries[..2]), None);
    }

    #[test]
    fn only_relative_relocations_have_a_value() {
        let relocation = Relocation {
            offset: 0,
            info: 8,
            addend: 0x10,
        };
        assert_eq!(relocation.value(0x5000), Some(0x5010));
        assert_eq!(
            Relocation {
                info: 6,
                ..relocation
            }
            .value(0x5000),
            None
        );
    }
}
