//! `__libc_start_main`: everything between the system's entry and the program's `main`.

use super::{program, secure, tls};
use crate::seam::*;
use crate::thread::Thread;
use crate::types::*;
use core::arch::asm;
use core::cell::UnsafeCell;
use core::ptr;
use core::sync::atomic::Ordering;

/// A constructor: glibc hands it what `main` gets.
type Constructor = unsafe extern "C-unwind" fn(c_int, *mut *mut c_char, *mut *mut c_char);
/// A destructor.
type Destructor = unsafe extern "C-unwind" fn();
/// The program's `main`.
type Main = unsafe extern "C-unwind" fn(c_int, *mut *mut c_char, *mut *mut c_char) -> c_int;

/// A relocation with addend (`Elf64_Rela`).
#[repr(C)]
struct Relocation {
    offset: usize,
    information: u64,
    addend: usize,
}

const R_X86_64_IRELATIVE: u64 = 37;
const DT_RELA: usize = 7;
const DT_RELASZ: usize = 8;
const DT_JMPREL: usize = 23;
const DT_PLTRELSZ: usize = 2;

/// The address of a symbol that the linker provides, or 0 where it does not.
macro_rules! linker_symbol {
    ($function:ident, $name:literal) => {
        fn $function() -> usize {
            let address: usize;
            // SAFETY: it only loads an address from the global offset table.
            unsafe {
                asm!(
                    concat!(".weak ", $name),
                    concat!(".hidden ", $name),
                    concat!("mov {}, qword ptr [rip + ", $name, "@GOTPCREL]"),
                    out(reg) address,
                    options(nostack, pure, nomem, preserves_flags)
                )
            };
            address
        }
    };
}

linker_symbol!(dynamic_section, "_DYNAMIC");
linker_symbol!(indirect_begin, "__rela_iplt_start");
linker_symbol!(indirect_end, "__rela_iplt_end");
linker_symbol!(init_section, "_init");
linker_symbol!(fini_section, "_fini");

crate::export! {
    /// Starts the program; called by crt1.o. `init` and `fini` are given by objects made before glibc 2.34;
    /// `loader_fini` is the dynamic loader's last word. Never returns. LSB `__libc_start_main`.
    pub unsafe extern "C-unwind" fn __libc_start_main(
        main: Main,
        argc: c_int,
        argv: *mut *mut c_char,
        init: Option<Constructor>,
        fini: Option<Destructor>,
        loader_fini: Option<Destructor>,
        stack_end: *mut c_void,
    ) -> c_int {
        // SAFETY: argv, the environment and the auxiliary vector lie behind each other on the first stack, as
        // the x86-64 ABI says; nothing else runs yet.
        unsafe {
            let environment = argv.add(argc as usize + 1);
            let mut behind = environment;
            while !(*behind).is_null() {
                behind = behind.add(1);
            }
            program::initialise(behind.add(1).cast());
            program::STACK_END.store(stack_end, Ordering::Relaxed);
            program::ARGUMENTS.store(argv, Ordering::Relaxed);
            find_load_address();
            tls::initialise();
            make_first_thread();
            relocate_indirect();
            protect_relocated();
            if program::SECURE.load(Ordering::Relaxed) != 0 {
                secure::clean(environment);
                if !secure::open_standard_descriptors() {
                    fail(b"libc: the standard descriptors cannot be opened\n");
                }
            }
            crate::env::initialise(environment, argv);

            if let Some(loader_fini) = loader_fini {
                crate::exit::register_plain(loader_fini);
            }
            match init {
                Some(init) => {
                    if let Some(fini) = fini {
                        crate::exit::register_plain(fini);
                    }
                    init(argc, argv, environment);
                }
                None => {
                    crate::exit::register_plain(run_destructors);
                    run_constructors(argc, argv, environment);
                }
            }
            let status = main(argc, argv, crate::env::current());
            crate::exit::exit(status)
        }
    }
}

/// Finds how far the image was moved: by the dynamic section, which only a position-independent image has.
fn find_load_address() {
    let dynamic = dynamic_section();
    if let Some(header) = program::header(program::PT_DYNAMIC)
        && dynamic != 0
    {
        program::set_load_address(dynamic.wrapping_sub(header.address as usize));
    }
}

/// Memory for the first thread's blocks where they are small, as in most programs: it costs neither a mapping nor a page of its own. It does
/// not cross a page's end.
#[repr(align(2048))]
struct FirstThread(UnsafeCell<[u8; FIRST_THREAD_SIZE]>);

const FIRST_THREAD_SIZE: usize = 2048;

// SAFETY: only the first thread's start takes a pointer into it, once.
unsafe impl Sync for FirstThread {}

static FIRST_THREAD: FirstThread = FirstThread(UnsafeCell::new([0; FIRST_THREAD_SIZE]));

/// Zeroed memory for the first thread's blocks: its end.
unsafe fn memory_for_first_thread() -> *mut u8 {
    let needed = tls::size();
    if needed <= FIRST_THREAD_SIZE {
        return FIRST_THREAD.0.get().cast::<u8>().wrapping_add(FIRST_THREAD_SIZE);
    }
    let length = needed.next_multiple_of(PAGE_SIZE);
    let (protection, flags) = (PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
    // SAFETY: a new mapping.
    let Ok(memory) = (unsafe { System::map(ptr::null_mut(), length, protection, flags, -1, 0) }) else {
        fail(b"libc: no memory for the first thread\n")
    };
    memory.cast::<u8>().wrapping_add(length)
}

/// Gives the first thread its TLS block and control block.
unsafe fn make_first_thread() {
    // SAFETY: the memory is for this alone; the thread pointer is set to a complete control block.
    unsafe {
        let thread = tls::build(memory_for_first_thread());
        let random = program::auxiliary_value(program::AT_RANDOM).unwrap_or(0);
        let mut seed = [0usize; 2];
        if random != 0 {
            seed = ptr::with_exposed_provenance::<[usize; 2]>(random).read_unaligned();
        } else if System::random(seed.as_mut_ptr().cast(), size_of_val(&seed), 0).is_err() {
            fail(b"libc: no randomness for the stack protector\n");
        }
        // The lowest byte stays zero: a string that overflows ends there.
        (*thread).head.stack_guard = seed[0] & !0xff;
        (*thread).head.pointer_guard = seed[1];
        if System::set_thread_pointer(thread).is_err() {
            fail(b"libc: the thread pointer cannot be set\n");
        }
        let tid = System::set_tid_word(&raw const (*thread).tid);
        (*thread).tid.store(tid as u32, Ordering::Relaxed);
        System::started();
        crate::pthread::register_first(thread);
    }
}

/// Calls the resolvers of indirect functions: from the dynamic section of a position-independent image, from
/// the table between the linker's two symbols otherwise.
unsafe fn relocate_indirect() {
    // SAFETY: the linker made both tables; the image is still writable.
    unsafe {
        let begin = indirect_begin();
        let end = indirect_end();
        apply_indirect(begin, end.wrapping_sub(begin));
        let Some(header) = program::header(program::PT_DYNAMIC) else {
            return;
        };
        let base = program::load_address();
        let mut entry =
            ptr::with_exposed_provenance::<[usize; 2]>(base.wrapping_add(header.address as usize));
        let (mut table, mut table_size, mut plt, mut plt_size) = (0, 0, 0, 0);
        loop {
            match *entry {
                [0, _] => break,
                [DT_RELA, value] => table = value,
                [DT_RELASZ, value] => table_size = value,
                [DT_JMPREL, value] => plt = value,
                [DT_PLTRELSZ, value] => plt_size = value,
                _ => {}
            }
            entry = entry.add(1);
        }
        apply_indirect(base.wrapping_add(table), table_size);
        apply_indirect(base.wrapping_add(plt), plt_size);
    }
}

unsafe fn apply_indirect(table: usize, size: usize) {
    let base = program::load_address();
    let table = ptr::with_exposed_provenance::<Relocation>(table);
    for index in 0..size / size_of::<Relocation>() {
        // SAFETY: the table holds that many entries; each names a word of the image and a resolver.
        unsafe {
            let relocation = &*table.add(index);
            if relocation.information & 0xffff_ffff == R_X86_64_IRELATIVE {
                let resolver: extern "C" fn() -> usize =
                    core::mem::transmute(base.wrapping_add(relocation.addend));
                ptr::with_exposed_provenance_mut::<usize>(base.wrapping_add(relocation.offset))
                    .write(resolver());
            }
        }
    }
}

/// Makes read-only what only relocation had to write.
unsafe fn protect_relocated() {
    let Some(header) = program::header(program::PT_GNU_RELRO) else {
        return;
    };
    let start = program::load_address().wrapping_add(header.address as usize);
    let end = start.wrapping_add(header.memory_size as usize) & !(PAGE_SIZE - 1);
    let start = start & !(PAGE_SIZE - 1);
    if end > start {
        // SAFETY: the range is the image's own and is not written from here on.
        let protected =
            unsafe { System::protect(ptr::with_exposed_provenance_mut(start), end - start, PROT_READ) };
        if protected.is_err() {
            fail(b"libc: relocated data cannot be made read-only\n");
        }
    }
}

unsafe extern "C" {
    static __preinit_array_start: [Constructor; 0];
    static __preinit_array_end: [Constructor; 0];
    static __init_array_start: [Constructor; 0];
    static __init_array_end: [Constructor; 0];
    static __fini_array_start: [Destructor; 0];
    static __fini_array_end: [Destructor; 0];
}

/// How many entries lie between two symbols of the linker.
fn count<T>(begin: *const [T; 0], end: *const [T; 0]) -> usize {
    end.addr().wrapping_sub(begin.addr()) / size_of::<T>()
}

unsafe fn run_constructors(argc: c_int, argv: *mut *mut c_char, environment: *mut *mut c_char) {
    // SAFETY: the linker's symbols enclose arrays of functions.
    unsafe {
        let first = (&raw const __preinit_array_start).cast::<Constructor>();
        for index in 0..count(&raw const __preinit_array_start, &raw const __preinit_array_end) {
            (*first.add(index))(argc, argv, environment);
        }
        let init = init_section();
        if init != 0 {
            let init: Destructor = core::mem::transmute(init);
            init();
        }
        let first = (&raw const __init_array_start).cast::<Constructor>();
        for index in 0..count(&raw const __init_array_start, &raw const __init_array_end) {
            (*first.add(index))(argc, argv, environment);
        }
    }
}

/// Runs the program's destructors; registered so that it runs after every handler of atexit.
unsafe extern "C-unwind" fn run_destructors() {
    // SAFETY: the linker's symbols enclose arrays of functions.
    unsafe {
        let first = (&raw const __fini_array_start).cast::<Destructor>();
        for index in (0..count(&raw const __fini_array_start, &raw const __fini_array_end)).rev() {
            (*first.add(index))();
        }
        let fini = fini_section();
        if fini != 0 {
            let fini: Destructor = core::mem::transmute(fini);
            fini();
        }
    }
}

/// Ends a program that cannot start.
fn fail(message: &[u8]) -> ! {
    System::emergency(message);
    System::exit(127)
}

const _: () = assert!(core::mem::offset_of!(Thread, head) == 0);
