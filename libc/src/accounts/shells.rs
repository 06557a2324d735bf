//! The shells of /etc/shells, which users may choose from. BSD `getusershell`.

use crate::database::{Record, Room, Table, content};
use crate::errno::{Errno, Result, get_errno, set_errno};
use crate::lock::Lock;
use crate::types::*;
use core::ffi::CStr;

/// A shell's path.
#[repr(C)]
pub struct Shell(*mut c_char);

impl Record for Shell {
    const PATH: &'static CStr = c"/etc/shells";

    fn parse(line: &[u8], room: &mut Room) -> Result<Option<Self>> {
        let Some(line) = content(line) else {
            return Ok(None);
        };
        // The path begins at the first slash and ends before a blank or a comment.
        let Some(start) = line.iter().position(|&b| b == b'/') else {
            return Ok(None);
        };
        let path = &line[start..];
        let end = path.iter().position(|&b| b == b'#' || b.is_ascii_whitespace());
        Ok(Some(Shell(room.text(&path[..end.unwrap_or(path.len())])?)))
    }
}

/// The shells where there is no such file.
const DEFAULT: [&CStr; 2] = [c"/bin/sh", c"/bin/csh"];

struct Shells {
    table: Table<Shell>,
    /// How many of the default shells were handed out; `None` while the file is read.
    defaults: Option<usize>,
}

static SHELLS: Lock<Shells> = Lock::new(Shells {
    table: Table::new(),
    defaults: None,
});

fn rewind() {
    let mut shells = SHELLS.lock();
    shells.table.rewind();
    shells.defaults = None;
}

// SAFETY of every block below: an entry of the table, which the lock keeps.
export! {
    /// The next shell, in storage that the next call overwrites; null at the end. BSD `getusershell`.
    pub unsafe extern "C" fn getusershell() -> *mut c_char {
        let mut shells = SHELLS.lock();
        if shells.defaults.is_none() {
            let before = get_errno();
            set_errno(0);
            let entry = shells.table.next_entry();
            let error = get_errno();
            set_errno(before);
            if !entry.is_null() {
                // SAFETY: see above.
                return unsafe { (*entry).0 };
            }
            if error != Errno::ENOENT.0 && error != Errno::EACCES.0 {
                return core::ptr::null_mut();
            }
        }
        let index = shells.defaults.unwrap_or(0);
        shells.defaults = Some((index + 1).min(DEFAULT.len()));
        DEFAULT.get(index).map_or(core::ptr::null_mut(), |shell| shell.as_ptr().cast_mut())
    }

    /// The next shell is the first. BSD `setusershell`.
    pub unsafe extern "C" fn setusershell() {
        rewind();
    }

    /// Closes the file. BSD `endusershell`.
    pub unsafe extern "C" fn endusershell() {
        rewind();
    }
}
