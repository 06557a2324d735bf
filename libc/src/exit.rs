//! The end of the process: `exit`, the functions registered to run then, and `_exit`.
//!
//! Registered functions run in reverse order, also those registered meanwhile, with no lock held. The table grows
//! by whole pages of its own, so that registering never depends on the program's malloc. ISO C 7.22.4,
//! POSIX.1-2024 `exit`, Itanium C++ ABI 3.3.5 (`__cxa_atexit`).

use crate::errno::Result;
use crate::lock::{Lock, RecursiveLock};
use crate::seam::*;
use crate::types::*;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

/// A registered function.
#[derive(Clone, Copy)]
enum Registered {
    /// Has run already.
    Done,
    /// Of `atexit`.
    Plain(unsafe extern "C-unwind" fn()),
    /// Of `__cxa_atexit`: takes an argument, belongs to a shared object.
    WithArgument(unsafe extern "C-unwind" fn(*mut c_void), *mut c_void, *mut c_void),
    /// Of `on_exit`: takes the status too.
    WithStatus(unsafe extern "C-unwind" fn(c_int, *mut c_void), *mut c_void),
}

const ENTRIES: usize = (PAGE_SIZE - 16) / size_of::<Registered>();

/// One page of registered functions.
struct Block {
    older: *mut Block,
    used: usize,
    entries: [Registered; ENTRIES],
}

const _: () = assert!(size_of::<Block>() <= PAGE_SIZE);

/// Functions for which no memory is mapped: what POSIX asks for at least.
const FIRST: usize = 32;

/// Registered functions: the first ones, then blocks, newest first.
struct Table {
    newest: *mut Block,
    /// Counts registrations, so that a run notices new ones.
    registrations: u64,
    first: [Registered; FIRST],
    first_used: usize,
}

// SAFETY: the blocks are reached only under the lock that holds the table.
unsafe impl Send for Table {}

impl Table {
    const fn new() -> Table {
        Table {
            newest: ptr::null_mut(),
            registrations: 0,
            first: [Registered::Done; FIRST],
            first_used: 0,
        }
    }

    fn push(&mut self, function: Registered) -> Result<()> {
        if self.newest.is_null()
            && let Some(place) = self.first.get_mut(self.first_used)
        {
            *place = function;
            self.first_used += 1;
            self.registrations += 1;
            return Ok(());
        }
        // SAFETY: blocks are live until the process ends.
        let full = self.newest.is_null() || unsafe { (*self.newest).used } == ENTRIES;
        if full {
            // SAFETY: a new mapping of one page, whose block is complete before anybody reads it.
            unsafe {
                let block: *mut Block = System::map(
                    ptr::null_mut(),
                    PAGE_SIZE,
                    PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS,
                    -1,
                    0,
                )?
                .cast();
                (*block).older = self.newest;
                (*block).used = 0;
                (*block).entries = [Registered::Done; ENTRIES];
                self.newest = block;
            }
        }
        self.registrations += 1;
        // SAFETY: the newest block has room.
        unsafe {
            let block = self.newest;
            let index = (*block).used;
            (*block).entries[index] = function;
            (*block).used = index + 1;
        }
        Ok(())
    }

    /// Takes the newest function that has not run and that `wanted` accepts.
    fn take(&mut self, wanted: impl Fn(&Registered) -> bool) -> Option<Registered> {
        let mut block = self.newest;
        while !block.is_null() {
            // SAFETY: blocks and their first `used` entries are live, and reached by nobody else under the table's lock.
            let found = unsafe { take_from(&mut (*block).entries, &mut (*block).used, &wanted) };
            if found.is_some() {
                return found;
            }
            // SAFETY: as above.
            block = unsafe { (*block).older };
        }
        take_from(&mut self.first, &mut self.first_used, &wanted)
    }
}

/// Takes the last of the first `used` functions that has not run and that `wanted` accepts.
fn take_from(
    entries: &mut [Registered],
    used: &mut usize,
    wanted: &impl Fn(&Registered) -> bool,
) -> Option<Registered> {
    let live = entries.get_mut(..*used)?;
    let entry = live
        .iter_mut()
        .rev()
        .find(|entry| !matches!(entry, Registered::Done) && wanted(entry))?;
    let found = core::mem::replace(entry, Registered::Done);
    // Room at the end is used again: a library that is loaded often costs nothing.
    while let Some(Registered::Done) = live.get(used.wrapping_sub(1)) {
        *used -= 1;
    }
    Some(found)
}

static AT_EXIT: Lock<Table> = Lock::new(Table::new());
static AT_QUICK_EXIT: Lock<Table> = Lock::new(Table::new());

/// The tables' locks, for fork.
pub fn locks() -> [&'static crate::lock::RawLock; 2] {
    [AT_EXIT.raw(), AT_QUICK_EXIT.raw()]
}

/// Held by the thread that ends the process; another one that calls `exit` waits for the end.
static EXITING: RecursiveLock = RecursiveLock::new();

/// Registers a function without argument.
pub fn register_plain(function: unsafe extern "C-unwind" fn()) {
    let _ = AT_EXIT.lock().push(Registered::Plain(function));
}

/// What flushes the streams; set by stdio when the first stream gets a buffer.
static FLUSH: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());

/// Registers what `exit` does for the streams at the very end. It must not wait for a stream's lock.
pub fn register_streams(flush: fn()) {
    FLUSH.store(flush as *mut (), Ordering::Release);
}

fn flush_streams() {
    let flush = FLUSH.load(Ordering::Acquire);
    if !flush.is_null() {
        // SAFETY: the pointer is the function that `register_streams` got.
        let flush: fn() = unsafe { core::mem::transmute(flush) };
        flush();
    }
}

fn run_all(table: &Lock<Table>, status: c_int, wanted: impl Fn(&Registered) -> bool) {
    loop {
        let taken = table.lock().take(&wanted);
        // SAFETY: the program registered the functions to be called like this.
        unsafe {
            match taken {
                None => return,
                Some(Registered::Done) => {}
                Some(Registered::Plain(function)) => function(),
                Some(Registered::WithArgument(function, argument, _)) => function(argument),
                Some(Registered::WithStatus(function, argument)) => function(status, argument),
            }
        }
    }
}

fn status_of(result: Result<()>) -> c_int {
    if result.is_ok() { 0 } else { -1 }
}

crate::export! {
    /// Ends the process: destructors of the calling thread's objects, registered functions, streams. ISO C,
    /// POSIX.1-2024 `exit`.
    pub unsafe extern "C-unwind" fn exit(status: c_int) -> ! {
        EXITING.lock();
        // SAFETY: the calling thread's own.
        unsafe { crate::thread::destructors::run_objects() };
        run_all(&AT_EXIT, status, |_| true);
        flush_streams();
        System::exit(status)
    }

    /// Ends the process by `at_quick_exit`'s functions only. ISO C `quick_exit`.
    pub unsafe extern "C-unwind" fn quick_exit(status: c_int) -> ! {
        EXITING.lock();
        run_all(&AT_QUICK_EXIT, status, |_| true);
        System::exit(status)
    }

    /// Ends the process at once. POSIX.1-2024 `_exit`.
    pub unsafe extern "C" fn _exit(status: c_int) -> ! {
        System::exit(status)
    }

    /// Registers a function for `exit`; 0, or not 0 without memory. ISO C `atexit`.
    pub unsafe extern "C" fn atexit(function: unsafe extern "C-unwind" fn()) -> c_int {
        status_of(AT_EXIT.lock().push(Registered::Plain(function)))
    }

    /// Registers a function for `quick_exit`; 0, or not 0 without memory. ISO C `at_quick_exit`.
    pub unsafe extern "C" fn at_quick_exit(function: unsafe extern "C-unwind" fn()) -> c_int {
        status_of(AT_QUICK_EXIT.lock().push(Registered::Plain(function)))
    }

    /// Registers a function that gets the status and an argument. glibc, SunOS `on_exit`.
    pub unsafe extern "C" fn on_exit(
        function: unsafe extern "C-unwind" fn(c_int, *mut c_void),
        argument: *mut c_void,
    ) -> c_int {
        status_of(AT_EXIT.lock().push(Registered::WithStatus(function, argument)))
    }

    /// Registers a destructor of the shared object `object`. Itanium C++ ABI `__cxa_atexit`.
    pub unsafe extern "C" fn __cxa_atexit(
        function: unsafe extern "C-unwind" fn(*mut c_void),
        argument: *mut c_void,
        object: *mut c_void,
    ) -> c_int {
        status_of(AT_EXIT.lock().push(Registered::WithArgument(function, argument, object)))
    }

    /// Registers a destructor for `quick_exit`. glibc `__cxa_at_quick_exit`.
    pub unsafe extern "C" fn __cxa_at_quick_exit(
        function: unsafe extern "C-unwind" fn(*mut c_void),
        object: *mut c_void,
    ) -> c_int {
        status_of(AT_QUICK_EXIT.lock().push(Registered::WithArgument(function, ptr::null_mut(), object)))
    }

    /// Runs the destructors of a shared object, or all of them for null. Itanium C++ ABI `__cxa_finalize`.
    pub unsafe extern "C-unwind" fn __cxa_finalize(object: *mut c_void) {
        run_all(&AT_EXIT, 0, |entry| match entry {
            Registered::WithArgument(_, _, owner) => object.is_null() || *owner == object,
            _ => object.is_null(),
        });
    }
}
crate::alias!(_Exit = _exit);

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::AtomicUsize;

    static SUM: AtomicUsize = AtomicUsize::new(0);

    unsafe extern "C-unwind" fn add(argument: *mut c_void) {
        SUM.fetch_add(argument.addr(), Ordering::Relaxed);
    }

    #[test]
    fn table_grows_beyond_a_page_and_runs_newest_first() {
        let mut table = Table::new();
        for number in 0..3 * ENTRIES {
            table
                .push(Registered::WithArgument(
                    add,
                    ptr::without_provenance_mut(number),
                    ptr::null_mut(),
                ))
                .unwrap();
        }
        for number in (0..3 * ENTRIES).rev() {
            match table.take(|_| true) {
                Some(Registered::WithArgument(_, argument, _)) => assert_eq!(argument.addr(), number),
                _ => panic!("an entry is missing"),
            }
        }
        assert!(table.take(|_| true).is_none());
    }

    #[test]
    fn finalize_takes_only_one_objects_functions() {
        let mut table = Table::new();
        for object in [1usize, 2, 1] {
            let owner = ptr::without_provenance_mut(object);
            table
                .push(Registered::WithArgument(add, ptr::null_mut(), owner))
                .unwrap();
        }
        let of_one =
            |entry: &Registered| matches!(entry, Registered::WithArgument(_, _, owner) if owner.addr() == 1);
        assert!(table.take(of_one).is_some());
        assert!(table.take(of_one).is_some());
        assert!(table.take(of_one).is_none());
        assert!(table.take(|_| true).is_some());
    }
}
