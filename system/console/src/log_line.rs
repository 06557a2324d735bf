//! Lines of the log: whatever bytes a server sends, one line of UTF-8 without control characters leaves the machine.

use alloc::string::String;
use core::fmt::Write;

/// Makes a line: who, how grave, what. Control characters and bytes that are not UTF-8 are escaped, so that no text can pretend to be
/// another line or steer a terminal.
#[must_use]
pub fn line(domain: &str, level: &str, text: &[u8]) -> String {
    let mut line = String::with_capacity(text.len() + 32);
    line.push_str(domain);
    line.push_str(": ");
    line.push_str(level);
    line.push_str(": ");
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            if character.is_control() {
                // Writing to a string does not fail.
                let _ = write!(line, "\\u{{{:x}}}", u32::from(character));
            } else {
                line.push(character);
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(line, "\\x{byte:02x}");
        }
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_begin_a_line_of_its_own() {
        assert_eq!(
            line("vfs", "error", b"a\nkernel: b\x1b[2J"),
            "vfs: error: a\\u{a}kernel: b\\u{1b}[2J\n"
        );
    }

    #[test]
    fn bytes_that_are_not_utf8_are_shown_as_numbers() {
        assert_eq!(line("vfs", "debug", b"\xc3\xa4\xff"), "vfs: debug: \u{e4}\\xff\n");
    }
}
