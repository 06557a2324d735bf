//! Program files: a validated view of an ELF image, from bytes that nobody trusts.
//!
//! [`Image::parse`] looks only at headers; it never reads a segment's contents but for Trivet's note. The kernel (for init), init
//! (for the core servers) and the process server (for programs) build address spaces from [`Image::segments`].
//! Format: System V ABI, generic and AMD64 supplement. Accepted: 64-bit little-endian x86-64, ET_DYN without an interpreter
//! (static-pie) or ET_EXEC, with Trivet's note of this generation.

use crate::{ABI_GENERATION, NOTE_NAME, NOTE_TYPE, PAGE_SIZE, USER_END, USER_START};

/// Segments that are mapped, at most.
pub const MAX_SEGMENTS: usize = 16;
/// Program headers that are looked at, at most.
const MAX_PROGRAM_HEADERS: u16 = 64;
/// Bytes of address space that an image may span.
pub const MAX_SPAN: u64 = 1 << 40;

/// Why an image is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElfError {
    /// Not an ELF file at all.
    NotElf,
    /// ELF, but not 64-bit little-endian x86-64 of a type that can be loaded.
    WrongMachine,
    /// Headers or segments reach beyond the file, overlap, overflow or are out of order.
    Malformed,
    /// More segments or headers than are accepted.
    TooMany,
    /// Needs an interpreter (a dynamic linker), which does not exist here.
    Interpreter,
    /// Has no Trivet note: built for another system.
    NoNote,
    /// Has a note of this other generation of the ABI.
    OtherGeneration(u32),
    /// A segment is both writable and executable.
    WritableCode,
}

/// A part of the file that is mapped. Page-aligned: `address` and `file_offset` are congruent modulo the page size in the file
/// and are rounded down here together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Segment {
    /// First address, a page boundary; relative to the base for position-independent images.
    pub address: u64,
    /// Offset in the file of that first page.
    pub file_offset: u64,
    /// Bytes from `address` that come from the file.
    pub file_length: u64,
    /// Bytes from `address` in all; what exceeds `file_length` is zero.
    pub memory_length: u64,
    /// May be written.
    pub writable: bool,
    /// May be executed.
    pub executable: bool,
}

/// A validated image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image {
    segments: [Segment; MAX_SEGMENTS],
    count: usize,
    /// First instruction, relative to the base.
    pub entry: u64,
    /// Whether the image may be placed at any page-aligned base; otherwise the base is 0.
    pub position_independent: bool,
    /// Address of the program headers in memory, relative to the base (AT_PHDR), 0 if they are not mapped.
    pub program_headers: u64,
    /// Number of program headers (AT_PHNUM).
    pub program_header_count: u16,
    /// Bytes of stack that PT_GNU_STACK asks for, 0 if it asks for none.
    pub stack_size: u64,
}

const HEADER_SIZE: usize = 64;
const PROGRAM_HEADER_SIZE: usize = 56;
const PT_LOAD: u32 = 1;
const PT_INTERP: u32 = 3;
const PT_NOTE: u32 = 4;
const PT_PHDR: u32 = 6;
const PT_GNU_STACK: u32 = 0x6474_e551;
const PF_X: u32 = 1;
const PF_W: u32 = 2;

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

/// One program header, as it stands in the file.
struct ProgramHeader {
    kind: u32,
    flags: u32,
    offset: u64,
    address: u64,
    file_size: u64,
    memory_size: u64,
}

fn program_header(table: &[u8], index: usize) -> Option<ProgramHeader> {
    let at = index.checked_mul(PROGRAM_HEADER_SIZE)?;
    let bytes = table.get(at..at.checked_add(PROGRAM_HEADER_SIZE)?)?;
    Some(ProgramHeader {
        kind: u32_at(bytes, 0)?,
        flags: u32_at(bytes, 4)?,
        offset: u64_at(bytes, 8)?,
        address: u64_at(bytes, 16)?,
        file_size: u64_at(bytes, 32)?,
        memory_size: u64_at(bytes, 40)?,
    })
}

impl Image {
    /// Validates the headers of `file`, of which at least the first page must be given; `file_length` is the length of the whole file
    /// (segments may lie beyond `file`). The note must lie within `file`.
    ///
    /// # Errors
    /// See [`ElfError`].
    pub fn parse(file: &[u8], file_length: u64) -> Result<Image, ElfError> {
        if file.get(..4) != Some(b"\x7fELF") {
            return Err(ElfError::NotElf);
        }
        let header = file.get(..HEADER_SIZE).ok_or(ElfError::Malformed)?;
        // Class 64, little endian, version 1; machine 62 is x86-64.
        if header[4..7] != [2, 1, 1] || u16_at(header, 18) != Some(62) {
            return Err(ElfError::WrongMachine);
        }
        let position_independent = match u16_at(header, 16) {
            Some(3) => true,
            Some(2) => false,
            _ => return Err(ElfError::WrongMachine),
        };
        let entry = u64_at(header, 24).ok_or(ElfError::Malformed)?;
        let table_offset = u64_at(header, 32).ok_or(ElfError::Malformed)?;
        let count = u16_at(header, 56).ok_or(ElfError::Malformed)?;
        if u16_at(header, 54).map(usize::from) != Some(PROGRAM_HEADER_SIZE) {
            return Err(ElfError::Malformed);
        }
        if count > MAX_PROGRAM_HEADERS {
            return Err(ElfError::TooMany);
        }
        let table_start = usize::try_from(table_offset).map_err(|_| ElfError::Malformed)?;
        let table_bytes = usize::from(count) * PROGRAM_HEADER_SIZE;
        let table_end = table_start.checked_add(table_bytes).ok_or(ElfError::Malformed)?;
        let table = file.get(table_start..table_end).ok_or(ElfError::Malformed)?;

        let mut image = Image {
            segments: [Segment::default(); MAX_SEGMENTS],
            count: 0,
            entry,
            position_independent,
            program_headers: 0,
            program_header_count: count,
            stack_size: 0,
        };
        let mut generation = None;
        for index in 0..usize::from(count) {
            let header = program_header(table, index).ok_or(ElfError::Malformed)?;
            match header.kind {
                PT_LOAD => image.add_segment(&header, file_length)?,
                PT_INTERP => return Err(ElfError::Interpreter),
                PT_NOTE => generation = generation.or(trivet_note(file, &header)),
                PT_PHDR => image.program_headers = header.address,
                PT_GNU_STACK => {
                    if header.flags & PF_X != 0 {
                        return Err(ElfError::WritableCode);
                    }
                    image.stack_size = header.memory_size.min(MAX_SPAN);
                }
                _ => {}
            }
        }
        match generation {
            Some(ABI_GENERATION) => {}
            Some(other) => return Err(ElfError::OtherGeneration(other)),
            None => return Err(ElfError::NoNote),
        }
        image.check_entry()?;
        image.place_program_headers(table_offset, table_bytes as u64);
        Ok(image)
    }

    /// The segments in the order of their addresses, not overlapping.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments[..self.count]
    }

    /// First address and bytes from there to the end of the last segment, whole pages.
    #[must_use]
    pub fn span(&self) -> (u64, u64) {
        match (self.segments().first(), self.segments().last()) {
            (Some(first), Some(last)) => (
                first.address,
                page_up(last.address + last.memory_length) - first.address,
            ),
            _ => (0, 0),
        }
    }

    fn add_segment(&mut self, header: &ProgramHeader, file_length: u64) -> Result<(), ElfError> {
        let page = PAGE_SIZE as u64;
        if header.memory_size == 0 {
            return Ok(());
        }
        if header.file_size > header.memory_size || header.address % page != header.offset % page {
            return Err(ElfError::Malformed);
        }
        let file_end = header
            .offset
            .checked_add(header.file_size)
            .ok_or(ElfError::Malformed)?;
        let end = header
            .address
            .checked_add(header.memory_size)
            .ok_or(ElfError::Malformed)?;
        if file_end > file_length || end > USER_END - page {
            return Err(ElfError::Malformed);
        }
        if !self.position_independent && header.address < USER_START {
            return Err(ElfError::Malformed);
        }
        let writable = header.flags & PF_W != 0;
        let executable = header.flags & PF_X != 0;
        if writable && executable {
            return Err(ElfError::WritableCode);
        }
        let skew = header.address % page;
        let segment = Segment {
            address: header.address - skew,
            file_offset: header.offset - skew,
            file_length: if header.file_size == 0 {
                0
            } else {
                header.file_size + skew
            },
            memory_length: header.memory_size + skew,
            writable,
            executable,
        };
        let segments = self.segments();
        let taken = segments
            .last()
            .map_or(0, |last| page_up(last.address + last.memory_length));
        let first = segments.first().map_or(segment.address, |first| first.address);
        if segment.address < taken || end - first > MAX_SPAN {
            return Err(ElfError::Malformed);
        }
        *self.segments.get_mut(self.count).ok_or(ElfError::TooMany)? = segment;
        self.count += 1;
        Ok(())
    }

    fn check_entry(&self) -> Result<(), ElfError> {
        let inside = |segment: &Segment| {
            segment.executable
                && self.entry >= segment.address
                && self.entry - segment.address < segment.file_length
        };
        if self.segments().iter().any(inside) {
            Ok(())
        } else {
            Err(ElfError::Malformed)
        }
    }

    /// Without PT_PHDR, the table is where the segment that holds its bytes puts it; a PT_PHDR outside all segments is not believed.
    fn place_program_headers(&mut self, table_offset: u64, table_bytes: u64) {
        let holder = self.segments().iter().find(|segment| {
            table_offset >= segment.file_offset
                && table_offset - segment.file_offset + table_bytes <= segment.file_length
        });
        self.program_headers = holder.map_or(0, |segment| {
            segment.address + (table_offset - segment.file_offset)
        });
    }
}

/// `address` rounded up to a page. The callers' addresses lie below `USER_END`, so nothing overflows.
fn page_up(address: u64) -> u64 {
    let page = PAGE_SIZE as u64;
    address.div_ceil(page) * page
}

/// Generation in Trivet's note, if this note segment has one.
fn trivet_note(file: &[u8], header: &ProgramHeader) -> Option<u32> {
    let start = usize::try_from(header.offset).ok()?;
    let length = usize::try_from(header.file_size).ok()?;
    let mut notes = file.get(start..start.checked_add(length)?)?;
    while notes.len() >= 12 {
        let name_size = usize::try_from(u32_at(notes, 0)?).ok()?;
        let value_size = usize::try_from(u32_at(notes, 4)?).ok()?;
        let kind = u32_at(notes, 8)?;
        let name_end = name_size.checked_add(12)?;
        let value_start = name_end.checked_next_multiple_of(4)?;
        let value_end = value_start.checked_add(value_size)?;
        if kind == NOTE_TYPE && notes.get(12..name_end)? == NOTE_NAME && value_size >= 4 {
            return u32_at(notes, value_start);
        }
        notes = notes.get(value_end.checked_next_multiple_of(4)?..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Load {
        flags: u32,
        offset: u64,
        address: u64,
        file_size: u64,
        memory_size: u64,
    }

    /// A small image: headers, a note, then the segments as given.
    fn image(kind: u16, entry: u64, loads: &[Load], generation: Option<u32>) -> Vec<u8> {
        let mut file = vec![0u8; 4096 * 4];
        file[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
        file[16..18].copy_from_slice(&kind.to_le_bytes());
        file[18..20].copy_from_slice(&62u16.to_le_bytes());
        file[24..32].copy_from_slice(&entry.to_le_bytes());
        file[32..40].copy_from_slice(&64u64.to_le_bytes());
        file[54..56].copy_from_slice(&56u16.to_le_bytes());
        let mut headers = Vec::new();
        for load in loads {
            headers.push((
                PT_LOAD,
                load.flags,
                load.offset,
                load.address,
                load.file_size,
                load.memory_size,
            ));
        }
        if let Some(generation) = generation {
            file[2048..2052].copy_from_slice(&7u32.to_le_bytes());
            file[2052..2056].copy_from_slice(&4u32.to_le_bytes());
            file[2056..2060].copy_from_slice(&NOTE_TYPE.to_le_bytes());
            file[2060..2067].copy_from_slice(NOTE_NAME);
            file[2068..2072].copy_from_slice(&generation.to_le_bytes());
            headers.push((PT_NOTE, 4, 2048, 2048, 24, 24));
        }
        file[56..58].copy_from_slice(&(headers.len() as u16).to_le_bytes());
        for (index, header) in headers.iter().enumerate() {
            let at = 64 + index * 56;
            file[at..at + 4].copy_from_slice(&header.0.to_le_bytes());
            file[at + 4..at + 8].copy_from_slice(&header.1.to_le_bytes());
            for (field, value) in [(8, header.2), (16, header.3), (32, header.4), (40, header.5)] {
                file[at + field..at + field + 8].copy_from_slice(&value.to_le_bytes());
            }
        }
        file
    }

    fn good() -> [Load; 2] {
        [
            Load {
                flags: 5,
                offset: 0,
                address: 0,
                file_size: 0x1800,
                memory_size: 0x1800,
            },
            Load {
                flags: 6,
                offset: 0x2010,
                address: 0x3010,
                file_size: 0x20,
                memory_size: 0x5000,
            },
        ]
    }

    fn parse(file: &[u8]) -> Result<Image, ElfError> {
        Image::parse(file, file.len() as u64)
    }

    #[test]
    fn a_static_pie_gives_page_aligned_segments() {
        let parsed = parse(&image(3, 0x1000, &good(), Some(ABI_GENERATION))).unwrap();
        assert!(parsed.position_independent);
        assert_eq!(parsed.segments().len(), 2);
        let data = parsed.segments()[1];
        assert_eq!((data.address, data.file_offset), (0x3000, 0x2000));
        assert_eq!((data.file_length, data.memory_length), (0x30, 0x5010));
        assert_eq!(parsed.span(), (0, 0x9000));
        assert_eq!(parsed.program_headers, 64);
    }

    #[test]
    fn an_image_without_the_note_or_of_another_generation_is_refused() {
        assert_eq!(parse(&image(3, 0x1000, &good(), None)), Err(ElfError::NoNote));
        assert_eq!(
            parse(&image(3, 0x1000, &good(), Some(9))),
            Err(ElfError::OtherGeneration(9))
        );
    }

    #[test]
    fn overlapping_and_unordered_segments_are_refused() {
        let mut loads = good();
        loads[1].address = 0x1010;
        assert_eq!(
            parse(&image(3, 0x1000, &loads, Some(ABI_GENERATION))),
            Err(ElfError::Malformed)
        );
        loads.swap(0, 1);
        assert_eq!(
            parse(&image(3, 0x1000, &loads, Some(ABI_GENERATION))),
            Err(ElfError::Malformed)
        );
    }

    #[test]
    fn segments_beyond_the_file_or_the_address_space_are_refused() {
        let mut loads = good();
        loads[1].file_size = 0x4000;
        assert_eq!(
            parse(&image(3, 0x1000, &loads, Some(ABI_GENERATION))),
            Err(ElfError::Malformed)
        );
        let mut loads = good();
        loads[1].memory_size = u64::MAX - 0x3000;
        assert_eq!(
            parse(&image(3, 0x1000, &loads, Some(ABI_GENERATION))),
            Err(ElfError::Malformed)
        );
    }

    #[test]
    fn code_that_can_be_written_is_refused() {
        let mut loads = good();
        loads[0].flags = 7;
        assert_eq!(
            parse(&image(3, 0x1000, &loads, Some(ABI_GENERATION))),
            Err(ElfError::WritableCode)
        );
    }

    #[test]
    fn an_entry_outside_the_code_is_refused() {
        assert_eq!(
            parse(&image(3, 0x3020, &good(), Some(ABI_GENERATION))),
            Err(ElfError::Malformed)
        );
        assert_eq!(
            parse(&image(3, u64::MAX, &good(), Some(ABI_GENERATION))),
            Err(ElfError::Malformed)
        );
    }

    #[test]
    fn a_fixed_image_below_the_first_user_address_is_refused() {
        assert_eq!(
            parse(&image(2, 0x1000, &good(), Some(ABI_GENERATION))),
            Err(ElfError::Malformed)
        );
    }

    #[test]
    fn a_script_is_not_an_elf_file() {
        assert_eq!(parse(b"#!/bin/sh\n"), Err(ElfError::NotElf));
        assert_eq!(parse(b""), Err(ElfError::NotElf));
    }

    proptest! {
        #[test]
        fn accepted_images_keep_every_promise(
            changes in proptest::collection::vec((0usize..256, any::<u8>()), 0..6),
        ) {
            let mut file = image(3, 0x1000, &good(), Some(ABI_GENERATION));
            for (at, value) in changes {
                file[at] = value;
            }
            if let Ok(parsed) = parse(&file) {
                let mut end = 0;
                for segment in parsed.segments() {
                    prop_assert!(segment.address >= end);
                    prop_assert_eq!(segment.address % 4096, 0);
                    prop_assert_eq!(segment.file_offset % 4096, 0);
                    prop_assert!(segment.file_length <= segment.memory_length);
                    prop_assert!(segment.file_offset + segment.file_length <= file.len() as u64);
                    prop_assert!(!(segment.writable && segment.executable));
                    end = segment.address + segment.memory_length;
                    prop_assert!(end < USER_END);
                }
                prop_assert!(parsed.span().1 <= MAX_SPAN + 8192);
            }
        }

        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
            let mut file = b"\x7fELF\x02\x01\x01".to_vec();
            file.extend(bytes);
            let _ = parse(&file);
        }
    }
}
