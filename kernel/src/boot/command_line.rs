//! The kernel's command line: words of `name` or `name=value`. Unknown words are for init, which gets the whole line.

/// What the kernel itself looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct CommandLine<'a> {
    /// The line as it came.
    pub text: &'a [u8],
    /// `icount`: the time stamp counter counts instructions, and nothing may depend on the processor's own random numbers.
    pub instruction_count: bool,
    /// `processors=N`: use at most this many.
    pub processors: Option<usize>,
}

impl<'a> CommandLine<'a> {
    /// Reads a line. What is malformed is left at its default.
    #[must_use]
    pub fn parse(text: &'a [u8]) -> CommandLine<'a> {
        let mut line = CommandLine {
            text,
            ..CommandLine::default()
        };
        for word in text.split(|byte| byte.is_ascii_whitespace()) {
            let mut parts = word.splitn(2, |&byte| byte == b'=');
            match (parts.next().unwrap_or_default(), parts.next()) {
                (b"icount", None) => line.instruction_count = true,
                (b"processors", Some(value)) => line.processors = number(value).filter(|&count| count > 0),
                _ => {}
            }
        }
        line
    }
}

fn number(digits: &[u8]) -> Option<usize> {
    core::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_of_the_kernel_are_found_among_others() {
        let line = CommandLine::parse(b" quiet icount processors=3 icounts x=icount");
        assert!(line.instruction_count);
        assert_eq!(line.processors, Some(3));
        assert_eq!(CommandLine::parse(b"processors=0").processors, None);
        assert_eq!(
            CommandLine::parse(b"processors=-1 processors= icount=1"),
            CommandLine {
                text: b"processors=-1 processors= icount=1",
                ..CommandLine::default()
            }
        );
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_a_command_line(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(CommandLine::parse(&bytes).text, &bytes[..]);
        }
    }
}
