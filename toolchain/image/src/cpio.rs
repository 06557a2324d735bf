//! `Cpio`: writes an initramfs in the `newc` format that Linux unpacks at its start.
//!
//! Used for the Linux guest that figures are compared with. Every entry is owned by root and has a fixed
//! time, so that the same entries give the same bytes.

use std::io::{self, Write};

/// File type bits of a mode.
const DIRECTORY: u32 = 0o040_000;
const REGULAR: u32 = 0o100_000;
const CHARACTER_DEVICE: u32 = 0o020_000;

/// The name that ends an archive.
const TRAILER: &str = "TRAILER!!!";

/// An archive being written.
pub struct Cpio<W: Write> {
    output: W,
    inode: u32,
    position: u64,
}

impl<W: Write> Cpio<W> {
    /// Starts an archive.
    pub fn new(output: W) -> Self {
        Cpio {
            output,
            inode: 0,
            position: 0,
        }
    }

    /// Adds a directory; it must come before what lies in it.
    pub fn directory(&mut self, path: &str, mode: u32) -> io::Result<()> {
        self.entry(path, DIRECTORY | mode, (0, 0), &[])
    }

    /// Adds a file.
    pub fn file(&mut self, path: &str, mode: u32, data: &[u8]) -> io::Result<()> {
        self.entry(path, REGULAR | mode, (0, 0), data)
    }

    /// Adds a character device.
    pub fn character_device(&mut self, path: &str, mode: u32, major: u32, minor: u32) -> io::Result<()> {
        self.entry(path, CHARACTER_DEVICE | mode, (major, minor), &[])
    }

    /// Ends the archive.
    pub fn finish(mut self) -> io::Result<W> {
        self.entry(TRAILER, 0, (0, 0), &[])?;
        self.output.flush()?;
        Ok(self.output)
    }

    fn entry(&mut self, path: &str, mode: u32, device: (u32, u32), data: &[u8]) -> io::Result<()> {
        let size = u32::try_from(data.len())
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "a file of more than 4 GiB"))?;
        // The trailer has inode 0 and one link, like every entry here.
        let inode = if path == TRAILER { 0 } else { self.inode + 1 };
        self.inode = inode;
        // inode, mode, uid, gid, links, time, size, device (major, minor), special (major, minor), name, check
        let name_size = path.len() as u32 + 1;
        let fields = [
            inode, mode, 0, 0, 1, 0, size, 0, 0, device.0, device.1, name_size, 0,
        ];
        let mut head = String::from("070701");
        for field in fields {
            head.push_str(&format!("{field:08x}"));
        }
        head.push_str(path);
        head.push('\0');
        self.padded(head.as_bytes())?;
        self.padded(data)
    }

    /// Writes bytes and pads the archive to a multiple of four.
    fn padded(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.output.write_all(bytes)?;
        self.position += bytes.len() as u64;
        let padding = (4 - self.position % 4) % 4;
        self.output.write_all(&[0; 3][..padding as usize])?;
        self.position += padding;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_aligned_and_end_with_the_trailer() {
        let mut cpio = Cpio::new(Vec::new());
        cpio.directory("dev", 0o755).unwrap();
        cpio.character_device("dev/console", 0o600, 5, 1).unwrap();
        cpio.file("init", 0o755, b"12345").unwrap();
        let bytes = cpio.finish().unwrap();
        assert_eq!(bytes.len() % 4, 0);
        // Header of 110 bytes, "dev" and its zero byte padded to a multiple of four.
        let second = (110_usize + 4).next_multiple_of(4);
        assert_eq!(&bytes[..6], b"070701");
        assert_eq!(&bytes[110..113], b"dev");
        assert_eq!(&bytes[second..second + 6], b"070701");
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains("init\0") && text.contains("12345") && text.contains("TRAILER!!!\0"));
    }
}
