//! <utmpx.h> and <utmp.h>: who is logged in, by the records of /var/run/utmp; and the caller's login name.

use crate::errno::{Errno, Result, returned, set_errno};
use crate::lock::Lock;
use crate::seam::{AT_FDCWD, Files, System};
use crate::types::*;
use core::ffi::CStr;
use core::mem::MaybeUninit;
use core::ptr;

/// A login record. POSIX.1-2024 `struct utmpx`, glibc's layout; `struct utmp` is the same.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Record {
    kind: c_short,
    process: pid_t,
    line: [u8; 32],
    id: [u8; 4],
    user: [u8; 32],
    host: [u8; 256],
    exit: [c_short; 2],
    session: i32,
    seconds: i32,
    microseconds: i32,
    address: [i32; 4],
    reserved: [u8; 20],
}

const SIZE: usize = size_of::<Record>();
const _: () = assert!(SIZE == 384);

const RUN_LVL: c_short = 1;
const OLD_TIME: c_short = 4;
const INIT_PROCESS: c_short = 5;
const LOGIN_PROCESS: c_short = 6;
const USER_PROCESS: c_short = 7;
const DEAD_PROCESS: c_short = 8;

const O_RDONLY: c_int = 0;
const O_WRONLY: c_int = 1;
const O_RDWR: c_int = 2;
const O_APPEND: c_int = 0o2000;
const O_CLOEXEC: c_int = 0o2_000_000;
const LONGEST_PATH: usize = 4096;

/// A file of records that is being read.
struct Records {
    fd: c_int,
    writable: bool,
    /// The file offset of the next record.
    next: off_t,
    /// The record that the functions without `_r` hand out.
    current: MaybeUninit<Record>,
    valid: bool,
    path: [u8; LONGEST_PATH],
}

static RECORDS: Lock<Records> = Lock::new(Records {
    fd: -1,
    writable: false,
    next: 0,
    current: MaybeUninit::uninit(),
    valid: false,
    path: [0; LONGEST_PATH],
});

fn is_process(kind: c_short) -> bool {
    (INIT_PROCESS..=DEAD_PROCESS).contains(&kind)
}

/// Whether a record is the one that `wanted` identifies. POSIX.1-2024 `getutxid`.
fn has_id(record: &Record, wanted: &Record) -> bool {
    if (RUN_LVL..=OLD_TIME).contains(&wanted.kind) {
        return record.kind == wanted.kind;
    }
    if !is_process(wanted.kind) || !is_process(record.kind) {
        return false;
    }
    if record.id[0] != 0 && wanted.id[0] != 0 {
        record.id == wanted.id
    } else {
        record.line == wanted.line
    }
}

fn has_line(record: &Record, wanted: &Record) -> bool {
    matches!(record.kind, LOGIN_PROCESS | USER_PROCESS) && record.line == wanted.line
}

impl Records {
    fn name(&self) -> *const c_char {
        if self.path[0] == 0 {
            c"/var/run/utmp".as_ptr()
        } else {
            self.path.as_ptr().cast()
        }
    }

    fn close(&mut self) {
        if self.fd >= 0 {
            let _ = System::close(self.fd);
        }
        self.fd = -1;
        self.next = 0;
        self.valid = false;
    }

    /// Opens the file if it is not open yet; for writing if that is wanted and allowed.
    fn open(&mut self, writing: bool) -> Result<()> {
        if self.fd >= 0 && (self.writable || !writing) {
            return Ok(());
        }
        let flags = if writing { O_RDWR } else { O_RDONLY };
        // SAFETY: the path is a string.
        let fd = unsafe { System::openat(AT_FDCWD, self.name(), flags | O_CLOEXEC, 0) }?;
        if self.fd >= 0 {
            let _ = System::close(self.fd);
        }
        self.fd = fd;
        self.writable = writing;
        Ok(())
    }

    /// Reads the next whole record; `None` at the end.
    fn read(&mut self) -> Result<Option<Record>> {
        self.open(false)?;
        let mut record = MaybeUninit::<Record>::uninit();
        // SAFETY: the record has room for its size, and any bytes are one.
        unsafe {
            let count = System::pread(self.fd, record.as_mut_ptr().cast(), SIZE, self.next)?;
            if count < SIZE {
                return Ok(None);
            }
            self.next += SIZE as off_t;
            Ok(Some(record.assume_init()))
        }
    }

    /// The next record that is wanted, kept as the current one. ESRCH at the end.
    fn search(&mut self, wanted: impl Fn(&Record) -> bool) -> Result<Record> {
        loop {
            match self.read()? {
                Some(record) if wanted(&record) => {
                    self.current.write(record);
                    self.valid = true;
                    return Ok(record);
                }
                Some(_) => (),
                None => {
                    self.valid = false;
                    return Err(Errno::ESRCH);
                }
            }
        }
    }

    /// Writes a record over the one with its identity, or behind all of them.
    fn put(&mut self, record: &Record) -> Result<()> {
        self.open(true)?;
        // SAFETY: `valid` says that the record was written.
        let current = self.valid && has_id(unsafe { self.current.assume_init_ref() }, record);
        let place = if current {
            self.next - SIZE as off_t
        } else {
            match self.search(|other| has_id(other, record)) {
                Ok(_) => self.next - SIZE as off_t,
                // What a writer that died left behind is overwritten.
                Err(Errno::ESRCH) => {
                    let end = System::lseek(self.fd, 0, 2)?;
                    end - end % SIZE as off_t
                }
                Err(error) => return Err(error),
            }
        };
        // SAFETY: the record is whole.
        let count = unsafe { System::pwrite(self.fd, ptr::from_ref(record).cast(), SIZE, place) }?;
        if count < SIZE {
            return Err(Errno::ENOSPC);
        }
        self.next = place + SIZE as off_t;
        self.current.write(*record);
        self.valid = true;
        Ok(())
    }

    /// The current record's place for a C caller.
    fn place(&mut self, found: Result<Record>) -> *mut Record {
        returned(found.map(|_| self.current.as_mut_ptr()))
    }
}

/// Appends a record to a file.
unsafe fn append(path: *const c_char, record: *const Record) -> Result<()> {
    // SAFETY: the caller passes a path and a record.
    unsafe {
        let fd = System::openat(AT_FDCWD, path, O_WRONLY | O_APPEND | O_CLOEXEC, 0)?;
        let written = System::write(fd, record.cast(), SIZE);
        let _ = System::close(fd);
        written.map(|_| ())
    }
}

/// What an `_r` function of <utmp.h> answers.
unsafe fn into(found: Result<Record>, buffer: *mut Record, result: *mut *mut Record) -> c_int {
    // SAFETY: the caller's storage.
    unsafe {
        match found {
            Ok(record) => {
                buffer.write(record);
                result.write(buffer);
                0
            }
            Err(error) => {
                set_errno(error.0);
                result.write(ptr::null_mut());
                -1
            }
        }
    }
}

/// The name of the terminal on standard input, without `/dev/`.
fn own_line() -> Result<[u8; 32]> {
    let mut name: [c_char; 64] = [0; 64];
    // SAFETY: the buffer has 64 bytes.
    let error = unsafe { crate::terminal::name::ttyname_r(0, name.as_mut_ptr(), name.len()) };
    if error != 0 {
        return Err(Errno(error));
    }
    // SAFETY: the name is a string in the buffer.
    let name = unsafe { CStr::from_ptr(name.as_ptr()) }.to_bytes();
    let name = name.strip_prefix(b"/dev/").unwrap_or(name);
    let mut line = [0; 32];
    let length = name.len().min(line.len());
    line[..length].copy_from_slice(&name[..length]);
    Ok(line)
}

/// Copies the name of the user who logged in on the terminal of standard input; ENXIO if nobody did.
unsafe fn login_name(buffer: *mut c_char, size: usize) -> Result<()> {
    let line = own_line().map_err(|error| {
        if error == Errno::ENOTTY {
            Errno::ENOTTY
        } else {
            Errno::ENXIO
        }
    })?;
    let mut records = Records {
        fd: -1,
        writable: false,
        next: 0,
        current: MaybeUninit::uninit(),
        valid: false,
        path: [0; LONGEST_PATH],
    };
    let found = records.search(|record| record.kind == USER_PROCESS && record.line == line);
    records.close();
    let record = found.map_err(|_| Errno::ENXIO)?;
    let length = record
        .user
        .iter()
        .position(|&b| b == 0)
        .unwrap_or(record.user.len());
    if length >= size {
        return Err(Errno::ERANGE);
    }
    // SAFETY: the caller's buffer has `size` bytes.
    unsafe {
        buffer.copy_from_nonoverlapping(record.user.as_ptr().cast(), length);
        buffer.add(length).write(0);
    }
    Ok(())
}

static LOGIN_NAME: Lock<[c_char; 33]> = Lock::new([0; 33]);

// SAFETY of every block below: records, paths and buffers are the caller's.
export! {
    /// The next record is the first. POSIX.1-2024 `setutxent`.
    pub unsafe extern "C" fn setutxent() {
        let mut records = RECORDS.lock();
        records.next = 0;
        records.valid = false;
    }

    /// Closes the file. POSIX.1-2024 `endutxent`.
    pub unsafe extern "C" fn endutxent() {
        RECORDS.lock().close();
    }

    /// The next record; null with ESRCH at the end. POSIX.1-2024 `getutxent`.
    pub unsafe extern "C" fn getutxent() -> *mut Record {
        let mut records = RECORDS.lock();
        let found = records.search(|_| true);
        records.place(found)
    }

    /// The next record with this identity. POSIX.1-2024 `getutxid`.
    pub unsafe extern "C" fn getutxid(wanted: *const Record) -> *mut Record {
        // SAFETY: see above.
        let wanted = unsafe { *wanted };
        if !(RUN_LVL..=OLD_TIME).contains(&wanted.kind) && !is_process(wanted.kind) {
            set_errno(Errno::EINVAL.0);
            return ptr::null_mut();
        }
        let mut records = RECORDS.lock();
        let found = records.search(|record| has_id(record, &wanted));
        records.place(found)
    }

    /// The next record of a login on this line. POSIX.1-2024 `getutxline`.
    pub unsafe extern "C" fn getutxline(wanted: *const Record) -> *mut Record {
        // SAFETY: see above.
        let wanted = unsafe { *wanted };
        let mut records = RECORDS.lock();
        let found = records.search(|record| has_line(record, &wanted));
        records.place(found)
    }

    /// Writes a record in the place of the one with its identity, or behind all. POSIX.1-2024 `pututxline`.
    pub unsafe extern "C" fn pututxline(record: *const Record) -> *mut Record {
        // SAFETY: see above; the record may be the one that was handed out.
        let record = unsafe { *record };
        let mut records = RECORDS.lock();
        let put = records.put(&record).map(|()| record);
        records.place(put)
    }

    /// The next record, in the caller's storage; -1 at the end. glibc `getutent_r`.
    pub unsafe extern "C" fn getutent_r(buffer: *mut Record, result: *mut *mut Record) -> c_int {
        // SAFETY: see above.
        unsafe { into(RECORDS.lock().search(|_| true), buffer, result) }
    }

    /// `getutid` into the caller's storage. glibc `getutid_r`.
    pub unsafe extern "C" fn getutid_r(
        wanted: *const Record,
        buffer: *mut Record,
        result: *mut *mut Record,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            let wanted = *wanted;
            into(RECORDS.lock().search(|record| has_id(record, &wanted)), buffer, result)
        }
    }

    /// `getutline` into the caller's storage. glibc `getutline_r`.
    pub unsafe extern "C" fn getutline_r(
        wanted: *const Record,
        buffer: *mut Record,
        result: *mut *mut Record,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            let wanted = *wanted;
            into(RECORDS.lock().search(|record| has_line(record, &wanted)), buffer, result)
        }
    }

    /// Chooses the file that the others read. glibc `utmpxname`.
    pub unsafe extern "C" fn utmpxname(path: *const c_char) -> c_int {
        // SAFETY: see above.
        let path = unsafe { crate::database::bytes(path) };
        if path.len() >= LONGEST_PATH {
            set_errno(Errno::ENAMETOOLONG.0);
            return -1;
        }
        let mut records = RECORDS.lock();
        records.close();
        records.path[..path.len()].copy_from_slice(path);
        records.path[path.len()] = 0;
        0
    }

    /// Appends a record to a file; nothing is said about errors. glibc `updwtmpx`.
    pub unsafe extern "C" fn updwtmpx(path: *const c_char, record: *const Record) {
        // SAFETY: see above.
        let _ = unsafe { append(path, record) };
    }

    /// Copies a record into its other name's structure. glibc `getutmp`.
    pub unsafe extern "C" fn getutmp(from: *const Record, to: *mut Record) {
        // SAFETY: see above.
        unsafe { to.write(*from) };
    }

    /// Records a login on the terminal of the process, in both files. BSD `login`.
    pub unsafe extern "C" fn login(record: *const Record) {
        // SAFETY: see above.
        unsafe {
            let mut record = *record;
            record.kind = USER_PROCESS;
            record.process = crate::unistd::identity::getpid();
            if let Ok(line) = own_line() {
                record.line = line;
                setutxent();
                pututxline(&record);
                endutxent();
            }
            updwtmpx(c"/var/log/wtmp".as_ptr(), &record);
        }
    }

    /// Records the end of a login on a line: 1, or 0 if there was none. BSD `logout`.
    pub unsafe extern "C" fn logout(line: *const c_char) -> c_int {
        // SAFETY: see above; a record of zeroes is one.
        unsafe {
            let mut wanted: Record = core::mem::zeroed();
            let name = crate::database::bytes(line);
            let length = name.len().min(wanted.line.len());
            wanted.line[..length].copy_from_slice(&name[..length]);
            wanted.kind = LOGIN_PROCESS;
            setutxent();
            let mut ended = 0;
            let found = getutxline(&wanted);
            if !found.is_null() {
                let mut record = *found;
                record.user = [0; 32];
                record.host = [0; 256];
                record.kind = DEAD_PROCESS;
                stamp(&mut record);
                ended = c_int::from(!pututxline(&record).is_null());
            }
            endutxent();
            ended
        }
    }

    /// Appends a login (or, without a name, a logout) to /var/log/wtmp. BSD `logwtmp`.
    pub unsafe extern "C" fn logwtmp(line: *const c_char, user: *const c_char, host: *const c_char) {
        // SAFETY: see above; a record of zeroes is one.
        unsafe {
            let mut record: Record = core::mem::zeroed();
            let fill = |place: &mut [u8], text: *const c_char| {
                let text = crate::database::bytes(text);
                let length = text.len().min(place.len());
                place[..length].copy_from_slice(&text[..length]);
            };
            record.process = crate::unistd::identity::getpid();
            record.kind = if *user == 0 { DEAD_PROCESS } else { USER_PROCESS };
            fill(&mut record.line, line);
            fill(&mut record.user, user);
            fill(&mut record.host, host);
            stamp(&mut record);
            updwtmpx(c"/var/log/wtmp".as_ptr(), &record);
        }
    }

    /// The name of the user who logged in on the terminal of the process; an error number. POSIX.1-2024 `getlogin_r`.
    pub unsafe extern "C" fn getlogin_r(buffer: *mut c_char, size: size_t) -> c_int {
        // SAFETY: see above.
        match unsafe { login_name(buffer, size) } {
            Ok(()) => 0,
            Err(error) => {
                set_errno(error.0);
                error.0
            }
        }
    }

    /// The same, in a buffer that the next call overwrites; null with `errno`. POSIX.1-2024 `getlogin`.
    pub unsafe extern "C" fn getlogin() -> *mut c_char {
        let mut name = LOGIN_NAME.lock();
        let (place, size) = (name.as_mut_ptr(), name.len());
        // SAFETY: the buffer is the library's.
        returned(unsafe { login_name(place, size) }.map(|()| place))
    }
}

/// Puts the present time into a record.
fn stamp(record: &mut Record) {
    use crate::seam::Clock;
    const CLOCK_REALTIME: clockid_t = 0;
    if let Ok(now) = System::now(CLOCK_REALTIME) {
        record.seconds = now.tv_sec as i32;
        record.microseconds = (now.tv_nsec / 1000) as i32;
    }
}

crate::alias!(setutent = setutxent);
crate::alias!(endutent = endutxent);
crate::alias!(getutent = getutxent);
crate::alias!(getutid = getutxid);
crate::alias!(getutline = getutxline);
crate::alias!(pututline = pututxline);
crate::alias!(utmpname = utmpxname);
crate::alias!(updwtmp = updwtmpx);
crate::alias!(getutmpx = getutmp);

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: c_short, id: &[u8], line: &[u8]) -> Record {
        // SAFETY: a record of zeroes is one.
        let mut record: Record = unsafe { core::mem::zeroed() };
        record.kind = kind;
        record.id[..id.len()].copy_from_slice(id);
        record.line[..line.len()].copy_from_slice(line);
        record
    }

    #[test]
    fn processes_are_found_by_id_or_else_by_line() {
        let user = record(USER_PROCESS, b"1", b"tty1");
        assert!(has_id(&user, &record(DEAD_PROCESS, b"1", b"")));
        assert!(!has_id(&user, &record(DEAD_PROCESS, b"2", b"tty1")));
        assert!(has_id(&user, &record(DEAD_PROCESS, b"", b"tty1")));
        assert!(!has_id(&user, &record(2, b"1", b"tty1")));
        assert!(has_id(&record(2, b"", b""), &record(2, b"x", b"")));
        assert!(has_line(&user, &record(0, b"", b"tty1")));
        assert!(!has_line(
            &record(DEAD_PROCESS, b"1", b"tty1"),
            &record(0, b"", b"tty1")
        ));
    }
}
