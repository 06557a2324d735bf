//! `TextFile`: a file that is read line by line, without a stream.

use crate::errno::{Errno, Result};
use crate::heap::Vector;
use crate::seam::{AT_FDCWD, Files, System};
use crate::types::*;
use core::ffi::CStr;

const O_RDONLY: c_int = 0;
const O_CLOEXEC: c_int = 0o2_000_000;
/// Bytes that are read at once.
const BLOCK: usize = 1024;
/// The longest line. What a longer one says is not believed.
const LONGEST: usize = 1 << 20;

/// An open file. It is closed with the value.
pub struct TextFile {
    fd: c_int,
    block: [u8; BLOCK],
    next: usize,
    filled: usize,
}

impl TextFile {
    /// Opens a file for reading; it is not inherited over exec.
    pub fn open(path: &CStr) -> Result<TextFile> {
        // SAFETY: the path is a string.
        let fd = unsafe { System::openat(AT_FDCWD, path.as_ptr(), O_RDONLY | O_CLOEXEC, 0) }?;
        Ok(TextFile {
            fd,
            block: [0; BLOCK],
            next: 0,
            filled: 0,
        })
    }

    /// Puts the next line into `line`, without its end; `false` at the file's end. EINVAL if it is too long.
    pub fn read_line(&mut self, line: &mut Vector<u8>) -> Result<bool> {
        line.clear();
        let mut any = false;
        loop {
            if self.next == self.filled {
                // SAFETY: the block is this value's.
                let count = unsafe { System::read(self.fd, self.block.as_mut_ptr().cast(), BLOCK) };
                match count {
                    Ok(0) => return Ok(any),
                    Ok(count) => (self.next, self.filled) = (0, count),
                    Err(Errno::EINTR) => continue,
                    Err(error) => return Err(error),
                }
            }
            any = true;
            let rest = &self.block[self.next..self.filled];
            let end = rest.iter().position(|&b| b == b'\n');
            let part = &rest[..end.unwrap_or(rest.len())];
            if line.len() + part.len() > LONGEST {
                return Err(Errno::EINVAL);
            }
            line.extend_from_slice(part)?;
            self.next += part.len() + usize::from(end.is_some());
            if end.is_some() {
                return Ok(true);
            }
        }
    }
}

impl Drop for TextFile {
    fn drop(&mut self) {
        let _ = System::close(self.fd);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CString;
    use std::vec::Vec;

    #[test]
    fn lines_come_whole_whatever_their_length() {
        let name = std::format!("/tmp/trivet-lines-{}", std::process::id());
        let wanted: Vec<std::string::String> = (0..100).map(|i| "x".repeat(i * 37 % 2600)).collect();
        std::fs::write(&name, wanted.join("\n")).unwrap();
        let mut file = TextFile::open(&CString::new(name.clone()).unwrap()).unwrap();
        let (mut line, mut found) = (Vector::new(), Vec::new());
        while file.read_line(&mut line).unwrap() {
            found.push(std::string::String::from_utf8(line.to_vec()).unwrap());
        }
        std::fs::remove_file(&name).unwrap();
        assert_eq!(found, wanted);
    }
}
