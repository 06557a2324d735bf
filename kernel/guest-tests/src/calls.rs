//! The three calls with every kind of bad input: a clear error, and nothing else happens.

use crate::{MACHINE, Test, ensure};
use core::arch::asm;
use trivet_abi::error::CallError;
use trivet_abi::handle::Handle;
use trivet_abi::message::request;
use trivet_abi::{CALL, NO_SUCH_CALL, RECV, REPLY};
use trivet_ipc::{calls, machine, process, thread};

/// The tests.
pub const TESTS: &[(&str, Test)] = &[
    (
        "unknown_numbers_answer_enosys_and_change_nothing",
        unknown_numbers,
    ),
    ("handles_that_name_nothing_are_refused", bad_handles),
    ("undefined_header_bits_are_refused", undefined_bits),
    (
        "a_message_for_another_kind_of_object_does_nothing",
        wrong_interface,
    ),
    ("pointers_that_cannot_be_read_are_the_callers_fault", bad_pointers),
    ("lengths_that_overflow_are_refused", bad_lengths),
    ("forged_tokens_answer_gone", forged_tokens),
    ("recv_on_what_is_no_endpoint_is_refused", bad_recv),
    ("garbage_in_every_register_does_no_harm", garbage),
];

/// SYSCALL with every argument register set; returns RAX and whether all other registers kept their values.
fn raw(number: u64, registers: [u64; 10]) -> (i64, bool) {
    let status: i64;
    let mut out = registers;
    // SAFETY: whatever the kernel does with these numbers, it keeps to this program's own objects; the test's point.
    unsafe {
        asm!(
            "push rbx",
            "push rbp",
            "syscall",
            "pop rbp",
            "pop rbx",
            inlateout("rax") number => status,
            inlateout("rdi") out[0],
            inlateout("rsi") out[1],
            inlateout("rdx") out[2],
            inlateout("r10") out[3],
            inlateout("r8") out[4],
            inlateout("r9") out[5],
            inlateout("r12") out[6],
            inlateout("r13") out[7],
            inlateout("r14") out[8],
            inlateout("r15") out[9],
            clobber_abi("sysv64"),
        );
    }
    (status, out == registers)
}

/// A message for a thread that does nothing.
pub const NOTHING: u64 = request::header(thread::INTERFACE, thread::method::NOTHING);

const PATTERN: [u64; 10] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

fn unknown_numbers() -> Result<(), &'static str> {
    for number in [
        0,
        1,
        39,
        60,
        231,
        1 << 30,
        CALL - 1,
        REPLY + 1,
        u64::from(u32::MAX),
        CALL | 1 << 32,
        u64::MAX,
    ] {
        let (status, kept) = raw(number, PATTERN);
        ensure!(status == NO_SUCH_CALL && kept);
    }
    Ok(())
}

fn status_of(handle: Handle) -> i64 {
    // SAFETY: the header names no memory.
    unsafe { calls::call_words(handle, NOTHING, [0; 6]) }.status
}

fn bad_handles() -> Result<(), &'static str> {
    for value in [
        0u32,
        5,
        0xf_ffff,
        0x10_0000,
        0x7fff_ffff,
        0x8000_00ff,
        0x8004_0000,
        0x8003_fffe,
        u32::MAX,
    ] {
        ensure!(status_of(Handle(value)) == CallError::InvalidHandle.to_status());
    }
    // The handle is 32 bits of RDI; what is above is not looked over silently.
    let (status, _) = raw(
        CALL,
        [
            1 << 32 | u64::from(Handle::SELF_THREAD.0),
            NOTHING,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
        ],
    );
    ensure!(status < 0);
    ensure!(status_of(Handle::SELF_THREAD) == 0);
    Ok(())
}

fn undefined_bits() -> Result<(), &'static str> {
    for bit in (16..32).chain(48..64) {
        // SAFETY: the header names no memory.
        let outcome = unsafe { calls::call_words(Handle::SELF_THREAD, NOTHING | 1 << bit, [0; 6]) };
        ensure!(outcome.status == CallError::BadCall.to_status());
    }
    for method in 62..256u64 {
        // SAFETY: as above.
        let outcome = unsafe { calls::call_words(Handle::SELF_THREAD, NOTHING & !0xff | method, [0; 6]) };
        ensure!(outcome.status < 0);
    }
    let both = request::BUFFER_IN | request::BUFFER_OUT | request::EXTENSION;
    // SAFETY: refused before any memory is touched.
    let outcome = unsafe { calls::call_buffer(Handle::SELF_THREAD, NOTHING | both, [0; 6], 8, 8) };
    ensure!(outcome.status == CallError::BadCall.to_status());
    Ok(())
}

/// Every method of every kernel interface, sent to this thread as if it were something else.
fn wrong_interface() -> Result<(), &'static str> {
    for interface in (0..64).filter(|&interface| interface != thread::INTERFACE.0) {
        for method in 0..64 {
            let header = request::header(trivet_abi::InterfaceNumber(interface), method);
            // SAFETY: the header names no memory.
            let outcome = unsafe { calls::call_words(Handle::SELF_THREAD, header, [u64::MAX; 6]) };
            ensure!(outcome.status == CallError::WrongObject.to_status());
        }
    }
    // SAFETY: as above.
    let own = unsafe { calls::call_words(Handle::SELF_THREAD, NOTHING, [0; 6]) };
    ensure!(own.status == 0);
    Ok(())
}

/// Addresses that no program may use.
const FORBIDDEN: [u64; 8] = [
    0,
    8,
    0xfff8,
    0x7fff_ffff_f000,
    0x0000_8000_0000_0000,
    0xffff_8000_0000_0000,
    0xffff_ffff_8010_0000,
    u64::MAX - 7,
];

const EARLY_LOG: u64 = request::header(machine::INTERFACE, machine::method::EARLY_LOG);

fn early_log(address: u64, length: u64, kind: u64) -> i64 {
    // SAFETY: reads at most, and only what this program may read.
    unsafe { calls::call_buffer(MACHINE, EARLY_LOG | kind, [0; 6], address, length) }.status
}

fn bad_pointers() -> Result<(), &'static str> {
    for address in FORBIDDEN {
        ensure!(early_log(address, 8, request::BUFFER_IN) == CallError::BadPointer.to_status());
        ensure!(early_log(address, 8, request::EXTENSION) == CallError::BadPointer.to_status());
    }
    // Writable memory that an answer cannot be written to: code.
    let code = bad_pointers as *const () as u64;
    let header = request::header(process::INTERFACE, process::method::INFO) | request::BUFFER_OUT;
    // SAFETY: the kernel must refuse to write there.
    let outcome = unsafe { calls::call_buffer(Handle::PROCESS, header, [0; 6], code, 128) };
    ensure!(outcome.status == CallError::BadPointer.to_status());
    Ok(())
}

fn bad_lengths() -> Result<(), &'static str> {
    let byte = 1u8;
    let address = &raw const byte as u64;
    for length in [u64::MAX, 1 << 63, 1 << 47, u64::MAX - address + 1] {
        ensure!(early_log(address, length, request::BUFFER_IN) < 0);
    }
    Ok(())
}

fn forged_tokens() -> Result<(), &'static str> {
    for token in [0, 1, 1 << 24, 0xff_ffff, u64::MAX, 1 << 63] {
        // SAFETY: names no memory.
        let answer = unsafe { calls::reply(token, 0, [0; 6], 0, 0, Handle::NONE) };
        ensure!(answer.kind == CallError::Gone.to_status());
    }
    Ok(())
}

fn bad_recv() -> Result<(), &'static str> {
    for handle in [
        Handle::PROCESS,
        Handle::SELF_THREAD,
        MACHINE,
        Handle(3),
        Handle::NONE,
    ] {
        // SAFETY: nothing is received.
        let received = unsafe { calls::receive(handle, 1) };
        ensure!(received.kind < 0);
    }
    Ok(())
}

/// A small generator of numbers (xorshift), fixed, so that a failure repeats.
fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

fn garbage() -> Result<(), &'static str> {
    let mut state = 0x9e37_79b9_7f4a_7c15;
    for round in 0..3000u64 {
        let mut registers = [0; 10];
        for register in &mut registers {
            let value = next(&mut state);
            *register = match value % 5 {
                0 => value,
                1 => value >> 40,
                2 => FORBIDDEN[(value >> 8) as usize % FORBIDDEN.len()],
                3 => 1 << (value >> 8 & 63),
                _ => value & 0xff,
            };
        }
        // Calls that could end or stop this program are left out: only handles that name nothing, and the clock.
        registers[0] = if round % 3 == 0 {
            u64::from(Handle::CLOCK.0)
        } else {
            registers[0] & 0xffff
        };
        if round % 3 == 0 {
            // Not `sleep`, and no real time set; half of them get past the look at the interface.
            registers[1] = registers[1] & !0xff | u64::from(registers[1] as u8 & 1);
            if round % 2 == 0 {
                let clock = request::header(trivet_ipc::clock::INTERFACE, 0);
                registers[1] = registers[1] & !request::INTERFACE_MASK | clock;
            }
        }
        let number = [CALL, RECV, REPLY][round as usize % 3];
        if number == RECV {
            registers[1] |= 1;
        }
        let _ = raw(number, registers);
    }
    Ok(())
}
