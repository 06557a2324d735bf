//! The symbol table of an ELF file: which function an address lies in. For panics; the file's bytes are not trusted.

const SECTION_HEADER_SIZE: usize = 64;
const SYMBOL_SIZE: usize = 24;
const SYMBOL_TABLE: u32 = 2;
const FUNCTION: u8 = 2;
const NO_TYPE: u8 = 0;
/// How far behind a label code still counts as its own.
const LABEL_REACH: u64 = 0x1000;

/// A validated view of `.symtab` and its strings.
#[derive(Clone, Copy, Debug)]
pub struct SymbolTable<'a> {
    symbols: &'a [u8],
    strings: &'a [u8],
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(
        bytes.get(at..at.checked_add(2)?)?.try_into().ok()?,
    ))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(
        bytes.get(at..at.checked_add(4)?)?.try_into().ok()?,
    ))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(
        bytes.get(at..at.checked_add(8)?)?.try_into().ok()?,
    ))
}

impl<'a> SymbolTable<'a> {
    /// Finds the table in a 64-bit little-endian ELF file.
    #[must_use]
    pub fn parse(file: &'a [u8]) -> Option<SymbolTable<'a>> {
        if file.get(..6)? != b"\x7fELF\x02\x01" {
            return None;
        }
        let headers = file.get(usize::try_from(u64_at(file, 40)?).ok()?..)?;
        let count = usize::from(u16_at(file, 60)?);
        let header =
            |index: usize| headers.get(index * SECTION_HEADER_SIZE..(index + 1) * SECTION_HEADER_SIZE);
        let contents = |header: &[u8]| {
            let start = usize::try_from(u64_at(header, 24)?).ok()?;
            file.get(start..start.checked_add(usize::try_from(u64_at(header, 32)?).ok()?)?)
        };
        let table = (0..count)
            .filter_map(header)
            .find(|header| u32_at(header, 4) == Some(SYMBOL_TABLE))?;
        let strings = header(u32_at(table, 40)? as usize)
            .filter(|_| (u32_at(table, 40).unwrap_or(0) as usize) < count)?;
        Some(SymbolTable {
            symbols: contents(table)?,
            strings: contents(strings)?,
        })
    }

    /// The function that holds `address`, and the offset in it; where none does, the nearest label of assembly code below. Looks at every
    /// symbol: for panics only.
    #[must_use]
    pub fn find(&self, address: u64) -> Option<(&'a str, u64)> {
        let mut best: Option<(u32, u64)> = None;
        for symbol in self.symbols.chunks_exact(SYMBOL_SIZE) {
            let value = u64_at(symbol, 8)?;
            let size = u64_at(symbol, 16)?;
            let Some(offset) = address.checked_sub(value) else {
                continue;
            };
            let holds = match symbol[4] & 15 {
                FUNCTION => offset < size.max(1),
                // Labels have no size.
                NO_TYPE => size == 0 && u16_at(symbol, 6)? != 0 && offset < LABEL_REACH,
                _ => false,
            };
            if holds && best.is_none_or(|(_, nearest)| offset < nearest) {
                best = Some((u32_at(symbol, 0)?, offset));
            }
        }
        let (name, offset) = best?;
        let name = self.strings.get(name as usize..)?;
        let end = name.iter().position(|&byte| byte == 0)?;
        Some((core::str::from_utf8(&name[..end]).ok()?, offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file() -> Vec<u8> {
        let mut file = vec![0; 64];
        file[..6].copy_from_slice(b"\x7fELF\x02\x01");
        file[40] = 64;
        file[60] = 2;
        let strings = b"\0outer\0inner\0";
        let symbol = |name: u32, value: u64, size: u64| {
            let mut bytes = vec![0; SYMBOL_SIZE];
            bytes[..4].copy_from_slice(&name.to_le_bytes());
            bytes[4] = FUNCTION;
            bytes[8..16].copy_from_slice(&value.to_le_bytes());
            bytes[16..24].copy_from_slice(&size.to_le_bytes());
            bytes
        };
        let mut label = symbol(7, 0x2000, 0);
        (label[4], label[6]) = (NO_TYPE, 1);
        let symbols = [symbol(1, 0x1000, 0x100), symbol(7, 0x1040, 0x10), label].concat();
        let mut section = |kind: u32, start: usize, length: usize| {
            let mut bytes = vec![0; SECTION_HEADER_SIZE];
            bytes[4..8].copy_from_slice(&kind.to_le_bytes());
            bytes[24..32].copy_from_slice(&(start as u64).to_le_bytes());
            bytes[32..40].copy_from_slice(&(length as u64).to_le_bytes());
            bytes[40] = 1;
            file.extend(bytes);
        };
        section(SYMBOL_TABLE, 192, symbols.len());
        section(3, 192 + symbols.len(), strings.len());
        file.extend(symbols);
        file.extend(strings);
        file
    }

    #[test]
    fn the_innermost_function_is_named() {
        let file = file();
        let table = SymbolTable::parse(&file).unwrap();
        assert_eq!(table.find(0x1045), Some(("inner", 5)));
        assert_eq!(table.find(0x1050), Some(("outer", 0x50)));
        assert_eq!(table.find(0x1100), None);
        assert_eq!(table.find(0x2ff0), Some(("inner", 0xff0)));
        assert_eq!(table.find(0x3000), None);
    }

    proptest! {
        #[test]
        fn random_bytes_in_the_file_do_no_harm(changes in prop::collection::vec((0usize..253, any::<u8>()), 0..12)) {
            let mut file = file();
            for (at, value) in changes {
                file[at] = value;
            }
            if let Some(table) = SymbolTable::parse(&file) {
                let _ = table.find(0x1045);
            }
        }
    }
}
