//! The first stack of a program: System V ABI, AMD64 supplement, "Initial Stack and Register State".

use crate::{ImagePlace, Target};
use trivet_abi::start::auxiliary;

/// Strings that end with a zero byte each, as they came in a message.
#[derive(Clone, Copy, Debug)]
pub struct StringList<'a>(pub &'a [u8]);

impl<'a> StringList<'a> {
    /// The strings with their terminators. What stands behind the last terminator is no string and is left out.
    pub fn iter(self) -> impl Iterator<Item = &'a [u8]> {
        self.0
            .split_inclusive(|&byte| byte == 0)
            .filter(|string| string.last() == Some(&0))
    }
}

/// Who runs the program: what the auxiliary vector says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Identity {
    /// Real user.
    pub real_user: u32,
    /// Effective user.
    pub effective_user: u32,
    /// Real group.
    pub real_group: u32,
    /// Effective group.
    pub effective_group: u32,
    /// Whether the program gained rights: libc then trusts nothing of the environment.
    pub secure: bool,
}

/// Everything that the stack holds.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// Arguments, the program's name first.
    pub arguments: StringList<'a>,
    /// Environment.
    pub environment: StringList<'a>,
    /// Path of the program, without a terminator.
    pub path: &'a [u8],
    /// Where the image is.
    pub image: ImagePlace,
    /// Who runs it.
    pub identity: Identity,
    /// Random bytes for the canary and pointer guard.
    pub random: [u8; 16],
    /// EDX of CPUID leaf 1.
    pub processor_features: u32,
    /// Bytes of stack that an upcall needs at least.
    pub upcall_stack: u64,
}

/// Why there is no stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StackError<E> {
    /// Arguments and environment take more than a quarter of the stack, or 2 MiB (E2BIG).
    TooBig,
    /// The target failed.
    Target(E),
}

impl<E> From<E> for StackError<E> {
    fn from(error: E) -> Self {
        StackError::Target(error)
    }
}

/// Bytes of strings and pointers, at most: Linux's limit for a default stack.
const SIZE_MAX: u64 = 2 << 20;
const PLATFORM: &[u8] = b"x86_64\0";

/// Writes upwards through a buffer, so that a small stack costs one message.
struct Upwards<'a, T: Target> {
    target: &'a mut T,
    at: u64,
    buffer: [u8; 4096],
    used: usize,
}

impl<T: Target> Upwards<'_, T> {
    fn word(&mut self, word: u64) -> Result<(), T::Error> {
        self.bytes(&word.to_le_bytes())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<(), T::Error> {
        if bytes.len() > self.buffer.len() - self.used {
            self.flush()?;
        }
        if bytes.len() > self.buffer.len() {
            self.target.write(self.at, bytes)?;
            self.at += bytes.len() as u64;
            return Ok(());
        }
        self.buffer[self.used..self.used + bytes.len()].copy_from_slice(bytes);
        self.used += bytes.len();
        Ok(())
    }

    /// Zeros up to an address less than 32 bytes away.
    fn zeros_up_to(&mut self, address: u64) -> Result<(), T::Error> {
        let gap = address - (self.at + self.used as u64);
        self.bytes(&[0; 32][..gap as usize])
    }

    fn flush(&mut self) -> Result<(), T::Error> {
        if self.used > 0 {
            self.target.write(self.at, &self.buffer[..self.used])?;
        }
        self.at += self.used as u64;
        self.used = 0;
        Ok(())
    }
}

/// Fills the top of a stack of `size` bytes that ends at `top` and is mapped already. Answers the stack pointer.
///
/// # Errors
/// `TooBig`, or what the target says.
pub fn load_stack<T: Target>(
    target: &mut T,
    top: u64,
    size: u64,
    start: &Start<'_>,
) -> Result<u64, StackError<T::Error>> {
    let argument_count = start.arguments.iter().count() as u64;
    let environment_count = start.environment.iter().count() as u64;
    let string_bytes =
        length_of(start.arguments) + length_of(start.environment) + start.path.len() as u64 + 1;
    let pairs = pairs(start, [0; 3]).len() as u64;
    let words = 1 + argument_count + 1 + environment_count + 1 + 2 * pairs;
    if string_bytes + words * 8 > SIZE_MAX.min(size / 4) {
        return Err(StackError::TooBig);
    }
    // From the top down: an empty word, path, environment, arguments, platform, random bytes; then the words, aligned.
    let path = top - 8 - (start.path.len() as u64 + 1);
    let environment = path - length_of(start.environment);
    let arguments = environment - length_of(start.arguments);
    let platform = arguments - PLATFORM.len() as u64;
    let random = (platform - start.random.len() as u64) & !15;
    let stack_pointer = (random - words * 8) & !15;

    let mut out = Upwards {
        target,
        at: stack_pointer,
        buffer: [0; 4096],
        used: 0,
    };
    out.word(argument_count)?;
    for (list, mut address) in [(start.arguments, arguments), (start.environment, environment)] {
        for string in list.iter() {
            out.word(address)?;
            address += string.len() as u64;
        }
        out.word(0)?;
    }
    for (key, value) in pairs_at(start, path, platform, random) {
        out.word(key)?;
        out.word(value)?;
    }
    out.zeros_up_to(random)?;
    out.bytes(&start.random)?;
    out.zeros_up_to(platform)?;
    out.bytes(PLATFORM)?;
    for list in [start.arguments, start.environment] {
        out.bytes(&list.0[..length_of(list) as usize])?;
    }
    out.bytes(start.path)?;
    out.flush()?;
    Ok(stack_pointer)
}

/// Bytes of the strings with their terminators.
fn length_of(list: StringList<'_>) -> u64 {
    list.0
        .iter()
        .rposition(|&byte| byte == 0)
        .map_or(0, |last| last as u64 + 1)
}

fn pairs_at(start: &Start<'_>, path: u64, platform: u64, random: u64) -> [(u64, u64); 18] {
    pairs(start, [path, platform, random])
}

fn pairs(start: &Start<'_>, [path, platform, random]: [u64; 3]) -> [(u64, u64); 18] {
    let identity = &start.identity;
    [
        (auxiliary::PHDR, start.image.program_headers),
        (auxiliary::PHENT, 56),
        (auxiliary::PHNUM, u64::from(start.image.program_header_count)),
        (auxiliary::PAGESZ, trivet_abi::PAGE_SIZE as u64),
        (auxiliary::BASE, 0),
        (auxiliary::FLAGS, 0),
        (auxiliary::ENTRY, start.image.entry),
        (auxiliary::UID, u64::from(identity.real_user)),
        (auxiliary::EUID, u64::from(identity.effective_user)),
        (auxiliary::GID, u64::from(identity.real_group)),
        (auxiliary::EGID, u64::from(identity.effective_group)),
        (auxiliary::PLATFORM, platform),
        (auxiliary::HWCAP, u64::from(start.processor_features)),
        (auxiliary::SECURE, u64::from(identity.secure)),
        (auxiliary::RANDOM, random),
        (auxiliary::EXECFN, path),
        (auxiliary::MINSIGSTKSZ, start.upcall_stack),
        (auxiliary::NULL, 0),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Memory;
    use proptest::prelude::*;

    const TOP: u64 = 0x7fff_0000_0000;
    const SIZE: u64 = 8 << 20;

    fn list(strings: &[&str]) -> Vec<u8> {
        strings
            .iter()
            .flat_map(|string| string.bytes().chain([0]))
            .collect()
    }

    fn start<'a>(arguments: &'a [u8], environment: &'a [u8], path: &'a [u8]) -> Start<'a> {
        let image = ImagePlace {
            bias: 0x1000,
            entry: 0x1234,
            program_headers: 0x1040,
            program_header_count: 9,
            end: 0x9000,
        };
        Start {
            arguments: StringList(arguments),
            environment: StringList(environment),
            path,
            image,
            identity: Identity {
                real_user: 1000,
                effective_user: 0,
                secure: true,
                ..Identity::default()
            },
            random: *b"0123456789abcdef",
            processor_features: 7,
            upcall_stack: 3000,
        }
    }

    fn stack_memory() -> Memory {
        let mut memory = Memory::new(Vec::new());
        memory.map_zero(TOP - SIZE, SIZE, true).unwrap();
        memory
    }

    fn strings(memory: &Memory, at: &mut u64) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        loop {
            let pointer = memory.word(*at);
            *at += 8;
            if pointer == 0 {
                return found;
            }
            found.push(memory.string(pointer));
        }
    }

    #[test]
    fn a_program_finds_arguments_environment_and_vector_where_the_abi_says() {
        let (arguments, environment) = (list(&["lua", "-e", ""]), list(&["HOME=/", "A="]));
        let mut memory = stack_memory();
        let pointer = load_stack(
            &mut memory,
            TOP,
            SIZE,
            &start(&arguments, &environment, b"/bin/lua"),
        )
        .unwrap();
        assert_eq!(pointer % 16, 0);
        assert_eq!(memory.word(pointer), 3);
        let mut at = pointer + 8;
        assert_eq!(strings(&memory, &mut at), [&b"lua"[..], b"-e", b""]);
        assert_eq!(strings(&memory, &mut at), [&b"HOME=/"[..], b"A="]);
        let mut vector = std::collections::BTreeMap::new();
        while memory.word(at) != auxiliary::NULL {
            vector.insert(memory.word(at), memory.word(at + 8));
            at += 16;
        }
        assert_eq!(vector[&auxiliary::ENTRY], 0x1234);
        assert_eq!(vector[&auxiliary::SECURE], 1);
        assert_eq!((vector[&auxiliary::UID], vector[&auxiliary::EUID]), (1000, 0));
        assert_eq!(memory.string(vector[&auxiliary::EXECFN]), b"/bin/lua");
        assert_eq!(memory.string(vector[&auxiliary::PLATFORM]), b"x86_64");
        assert_eq!(memory.read(vector[&auxiliary::RANDOM], 16), b"0123456789abcdef");
    }

    #[test]
    fn too_many_arguments_are_refused_before_anything_is_written() {
        let arguments = vec![0; 300_000];
        let mut memory = stack_memory();
        let result = load_stack(&mut memory, TOP, SIZE, &start(&arguments, b"", b"/x"));
        assert_eq!(result, Err(StackError::TooBig));
    }

    #[test]
    fn bytes_behind_the_last_terminator_are_no_argument() {
        let mut memory = stack_memory();
        let pointer = load_stack(&mut memory, TOP, SIZE, &start(b"a\0rest", b"rest", b"/x")).unwrap();
        assert_eq!(memory.word(pointer), 1);
    }

    proptest! {
        #[test]
        fn every_list_of_strings_comes_back(
            arguments in proptest::collection::vec(proptest::collection::vec(1u8..=255, 0..40), 0..40),
            environment in proptest::collection::vec(proptest::collection::vec(1u8..=255, 0..40), 0..300),
            path in proptest::collection::vec(1u8..=255, 0..100),
        ) {
            let join = |strings: &[Vec<u8>]| -> Vec<u8> {
                strings.iter().flat_map(|string| string.iter().copied().chain([0])).collect()
            };
            let (joined_arguments, joined_environment) = (join(&arguments), join(&environment));
            let mut memory = stack_memory();
            let start = start(&joined_arguments, &joined_environment, &path);
            let pointer = load_stack(&mut memory, TOP, SIZE, &start).unwrap();
            prop_assert_eq!(pointer % 16, 0);
            prop_assert_eq!(memory.word(pointer), arguments.len() as u64);
            let mut at = pointer + 8;
            prop_assert_eq!(strings(&memory, &mut at), arguments);
            prop_assert_eq!(strings(&memory, &mut at), environment);
        }
    }
}
