//! Where a device keeps its registers: the vendor capabilities of configuration space (VIRTIO 1.1, section 4.1.4).

/// What a structure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StructureKind {
    /// Common configuration.
    Common,
    /// Notifications.
    Notify,
    /// Interrupt status.
    Interrupt,
    /// Configuration of the device's own type.
    Device,
}

/// A structure's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Structure {
    /// What it is.
    pub kind: StructureKind,
    /// Base address register.
    pub register: u8,
    /// Offset in that range.
    pub offset: u32,
    /// Bytes.
    pub length: u32,
    /// Multiplier of queue offsets; 0 except for Notify.
    pub multiplier: u32,
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

impl Structure {
    /// Reads the bytes of a vendor capability. Nothing for kinds that this driver does not use.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Structure> {
        let kind = match *bytes.get(3)? {
            1 => StructureKind::Common,
            2 => StructureKind::Notify,
            3 => StructureKind::Interrupt,
            4 => StructureKind::Device,
            _ => return None,
        };
        let register = *bytes.get(4)?;
        let multiplier = if kind == StructureKind::Notify {
            word(bytes, 16)?
        } else {
            0
        };
        (register <= 5).then_some(Structure {
            kind,
            register,
            offset: word(bytes, 8)?,
            length: word(bytes, 12)?,
            multiplier,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notify_structure_has_its_multiplier() {
        let bytes = [9, 0, 20, 2, 4, 0, 0, 0, 0, 0x30, 0, 0, 0, 0x10, 0, 0, 4, 0, 0, 0];
        let expected = Structure {
            kind: StructureKind::Notify,
            register: 4,
            offset: 0x3000,
            length: 0x1000,
            multiplier: 4,
        };
        assert_eq!(Structure::parse(&bytes), Some(expected));
        assert_eq!(Structure::parse(&bytes[..16]), None);
    }

    #[test]
    fn unknown_kinds_and_registers_are_left_out() {
        assert_eq!(
            Structure::parse(&[9, 0, 16, 5, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            None
        );
        assert_eq!(
            Structure::parse(&[9, 0, 16, 1, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            None
        );
        assert_eq!(Structure::parse(&[]), None);
    }
}
