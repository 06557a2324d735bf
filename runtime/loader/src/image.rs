//! Mapping an image's segments.

use crate::{FileMapping, Target};
use trivet_abi::PAGE_SIZE;
use trivet_abi::elf::{Image, Segment};

const PAGE: u64 = PAGE_SIZE as u64;

/// Where an image was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImagePlace {
    /// What was added to each address of the file.
    pub bias: u64,
    /// First instruction.
    pub entry: u64,
    /// Address of the program headers, 0 if they are not mapped.
    pub program_headers: u64,
    /// Number of program headers.
    pub program_header_count: u16,
    /// The first page behind the image: where the heap may begin.
    pub end: u64,
}

/// Maps every segment. `base` is where the lowest segment of a position-independent image goes (a page boundary); for others it
/// does not count.
///
/// # Errors
/// What the target says; it is left half filled then, to be thrown away.
pub fn load_image<T: Target>(target: &mut T, image: &Image, base: u64) -> Result<ImagePlace, T::Error> {
    let (first, length) = image.span();
    let bias = if image.position_independent {
        base.wrapping_sub(first)
    } else {
        0
    };
    for segment in image.segments() {
        load_segment(target, segment, bias)?;
    }
    Ok(ImagePlace {
        bias,
        entry: bias.wrapping_add(image.entry),
        program_headers: match image.program_headers {
            0 => 0,
            address => bias.wrapping_add(address),
        },
        program_header_count: image.program_header_count,
        end: bias.wrapping_add(first + length),
    })
}

fn load_segment<T: Target>(target: &mut T, segment: &Segment, bias: u64) -> Result<(), T::Error> {
    let start = bias.wrapping_add(segment.address);
    let from_file = segment.file_length.div_ceil(PAGE) * PAGE;
    let in_memory = segment.memory_length.div_ceil(PAGE) * PAGE;
    if from_file > 0 {
        let mapping = match (segment.writable, segment.executable) {
            (true, _) => FileMapping::Private,
            (false, true) => FileMapping::Execute,
            (false, false) => FileMapping::Read,
        };
        target.map_file(start, segment.file_offset, from_file, mapping)?;
    }
    if segment.writable && segment.file_length > 0 {
        // What the file holds behind the segment in its last page must not show in zeroed data.
        const ZEROS: [u8; PAGE_SIZE] = [0; PAGE_SIZE];
        let rest = from_file.min(segment.memory_length.max(segment.file_length)) - segment.file_length;
        if rest > 0 {
            target.write(start + segment.file_length, &ZEROS[..rest as usize])?;
        }
    }
    if in_memory > from_file {
        target.map_zero(start + from_file, in_memory - from_file, segment.writable)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Memory, image_file};

    #[test]
    fn segments_appear_at_the_base_with_zeros_behind_the_files_bytes() {
        let file = image_file();
        let image = Image::parse(&file, file.len() as u64).unwrap();
        let mut memory = Memory::new(file.clone());
        let place = load_image(&mut memory, &image, 0x5555_0000_0000).unwrap();
        assert_eq!(place.entry, 0x5555_0000_1000);
        assert_eq!(place.program_headers, 0x5555_0000_0040);
        assert_eq!(place.end, 0x5555_0000_9000);
        assert_eq!(memory.read(0x5555_0000_1000, 4), file[0x1000..0x1004]);
        assert_eq!(memory.read(0x5555_0000_3010, 0x20), file[0x2010..0x2030]);
        assert_eq!(memory.read(0x5555_0000_3030, 0x4fe0), vec![0; 0x4fe0]);
        assert!(!memory.is_writable(0x5555_0000_1000));
        assert!(memory.is_writable(0x5555_0000_8000));
    }
}
