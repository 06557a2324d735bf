//! spawn and exec of a program that is there in every machine: Lua.

use crate::children::{SERVER, end, fork, now_ns, wait};
use crate::report::note;
use crate::{Test, ensure};
use alloc::format;
use trivet_abi::handle::Handle;
use trivet_abi::start::program_handle;
use trivet_ipc::processes::{
    self, PLACE_WORKING_DIRECTORY, Place, PlaceFlags, ProcessesError, Setup, SetupFlags, WaitOptions,
};
use trivet_ipc::shared::OpenFlags;
use trivet_ipc::{file, process};

/// The tests.
pub const TESTS: &[(&str, Test)] = &[
    ("a_program_is_spawned_with_arguments", spawned),
    ("exec_keeps_the_number_and_frees_the_old_program", executed),
    ("what_is_no_program_is_refused", refused),
    (
        "a_spawned_program_has_the_descriptors_that_were_named",
        descriptors,
    ),
    ("a_killed_loop_of_exec_loses_nothing", loop_of_exec),
    ("what_spawn_and_exec_cost", cost),
];

/// A program that ends with the status that its script says.
const LUA: &[u8] = b"/bin/lua";

fn open(path: &[u8]) -> Result<Handle, &'static str> {
    let opened = file::open(Handle::ROOT, path, OpenFlags::EMPTY, 0, 0);
    opened
        .map(|reply| reply.file)
        .map_err(|_| "the program cannot be opened")
}

fn close(handle: Handle) {
    let _ = process::close(Handle::PROCESS, handle.0, handle.0);
}

fn setup() -> Setup {
    Setup {
        flags: SetupFlags::INHERIT,
        ..Setup::default()
    }
}

fn directory() -> Place {
    Place {
        number: PLACE_WORKING_DIRECTORY,
        source: Handle::bootstrap(program_handle::WORKING_DIRECTORY).0,
        flags: PlaceFlags::EMPTY,
        reserved: 0,
    }
}

fn spawn(program: Handle, arguments: &[u8], places: &[Place]) -> Result<u64, Option<ProcessesError>> {
    let mut interpreter = [0; 512];
    processes::spawn(
        SERVER,
        &setup(),
        arguments,
        &b"A=1\0"[..],
        places,
        program,
        &mut interpreter[..],
    )
    .map(|reply| reply.process)
    .map_err(|failure| failure.server())
}

fn spawned() -> Result<(), &'static str> {
    let program = open(LUA)?;
    let arguments = b"/bin/lua\0lua\0-e\0os.exit(os.getenv('A') == '1' and #arg[0] == 3 and 9 or 1)\0";
    let child = spawn(program, arguments, &[directory()]).map_err(|_| "spawn fails")?;
    close(program);
    let told = wait(child, WaitOptions::EXITED).map_err(|_| "wait fails")?;
    ensure!(told.status == 9 << 8);
    Ok(())
}

fn executed() -> Result<(), &'static str> {
    let child = fork(|| {
        let Ok(program) = open(LUA) else { return 1 };
        let arguments = b"/bin/lua\0lua\0-e\0os.exit(11)\0";
        let mut interpreter = [0; 512];
        let _ = processes::execute(
            SERVER,
            &setup(),
            &arguments[..],
            &b""[..],
            &[directory()][..],
            program,
            &mut interpreter[..],
        );
        2
    })?;
    let told = wait(child, WaitOptions::EXITED).map_err(|_| "wait fails")?;
    ensure!(told.process == child && told.status == 11 << 8);
    Ok(())
}

fn refused() -> Result<(), &'static str> {
    let no_program = open(b"/etc/passwd").or_else(|_| open(b"/"))?;
    ensure!(spawn(no_program, b"/x\0x\0", &[]).is_err());
    close(no_program);
    let program = open(LUA)?;
    // No path, a place that is none, a source that is none.
    ensure!(spawn(program, b"", &[]) == Err(Some(ProcessesError::InvalidArgument)));
    let place = Place {
        number: 1 << 31,
        source: 1,
        flags: PlaceFlags::EMPTY,
        reserved: 0,
    };
    ensure!(spawn(program, b"/bin/lua\0", &[place]) == Err(Some(ProcessesError::BadDescriptor)));
    let place = Place {
        number: 5,
        source: 12345,
        flags: PlaceFlags::EMPTY,
        reserved: 0,
    };
    ensure!(spawn(program, b"/bin/lua\0", &[place]) == Err(Some(ProcessesError::BadDescriptor)));
    close(program);
    Ok(())
}

fn descriptors() -> Result<(), &'static str> {
    let program = open(LUA)?;
    let null = open(b"/dev/null")?;
    let place = |number: u32, source: Handle, flags: PlaceFlags| Place {
        number,
        source: source.0,
        flags,
        reserved: 0,
    };
    // Descriptor 0 is closed, 1 is the null device: what the program prints goes nowhere.
    let places = [
        directory(),
        place(0, Handle::NONE, PlaceFlags::CLOSED),
        place(1, null, PlaceFlags::EMPTY),
    ];
    let arguments = b"/bin/lua\0lua\0-e\0print('not to be seen') os.exit(io.read('a') == nil and 3 or 4)\0";
    let child = spawn(program, arguments, &places).map_err(|_| "spawn fails")?;
    let told = wait(child, WaitOptions::EXITED).map_err(|_| "wait fails")?;
    close(program);
    close(null);
    ensure!(told.status == 3 << 8);
    Ok(())
}

fn loop_of_exec() -> Result<(), &'static str> {
    let used = || {
        let (mut limits, mut used) = Default::default();
        let _ = trivet_ipc::account::info(Handle::ACCOUNT, &mut limits, &mut used);
        (
            used.memory_pages,
            used.handles,
            used.processes,
            used.threads,
            used.bindings,
            used.calls,
        )
    };
    let mut before = used();
    for round in 0..30 {
        executed()?;
        if round == 5 {
            before = used();
        }
    }
    ensure!(used() == before);
    Ok(())
}

fn cost() -> Result<(), &'static str> {
    const ROUNDS: u64 = 20;
    let arguments = b"/bin/true\0true\0";
    let Ok(program) = open(b"/bin/true").or_else(|_| open(LUA)) else {
        end(1)
    };
    let before = now_ns();
    for _ in 0..ROUNDS {
        let child = spawn(program, arguments, &[directory()]).map_err(|_| "spawn fails")?;
        wait(child, WaitOptions::EXITED).map_err(|_| "wait fails")?;
    }
    note(&format!(
        "   spawn and wait: {} ns each\n",
        (now_ns() - before) / ROUNDS
    ));
    close(program);
    Ok(())
}
