//! What a fault means as a signal, and where the program was.

use alloc::vec::Vec;
use trivet_abi::control::FRAMES_MAX;
use trivet_abi::handle::Handle;
use trivet_ipc::thread::Registers;

/// The signal of a processor exception: POSIX's names by Linux's numbers.
#[must_use]
pub const fn signal_of(vector: u64) -> u32 {
    const SIGILL: u32 = 4;
    const SIGTRAP: u32 = 5;
    const SIGBUS: u32 = 7;
    const SIGFPE: u32 = 8;
    const SIGSEGV: u32 = 11;
    match vector {
        0 | 16 | 19 => SIGFPE,
        1 | 3 => SIGTRAP,
        6 => SIGILL,
        17 => SIGBUS,
        _ => SIGSEGV,
    }
}

/// Return addresses by the chain of frame pointers: each frame has the caller's frame pointer and behind it the return address. The
/// chain is the program's own data: it must rise, and it ends where it does not.
pub fn return_addresses(frame_pointer: u64, mut read: impl FnMut(u64) -> Option<[u64; 2]>) -> Vec<u64> {
    let mut addresses = Vec::new();
    let mut frame = frame_pointer;
    while addresses.len() < FRAMES_MAX && frame != 0 && frame.is_multiple_of(8) {
        let Some([next, address]) = read(frame) else { break };
        if address == 0 {
            break;
        }
        addresses.push(address);
        if next <= frame {
            break;
        }
        frame = next;
    }
    addresses
}

/// Registers and return addresses of a thread that faulted.
#[must_use]
pub fn look(process: Handle, space: Handle, thread: u64) -> Option<(Registers, Vec<u64>)> {
    let handle = trivet_ipc::process::thread(process, thread).ok()?;
    let mut registers = Registers::default();
    let got = trivet_ipc::thread::get_registers(handle, &mut registers);
    let _ = trivet_ipc::process::close(Handle::PROCESS, handle.0, handle.0);
    got.ok()?;
    let addresses = return_addresses(registers.rbp, |address| {
        let mut bytes = [0; 16];
        let count = trivet_ipc::address_space::read(space, address, &mut bytes[..]).ok()?;
        if count != 16 {
            return None;
        }
        let (words, _) = bytes.as_chunks::<8>();
        Some([u64::from_le_bytes(words[0]), u64::from_le_bytes(words[1])])
    });
    Some((registers, addresses))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_is_followed_while_it_rises() {
        let memory = [
            (0x1000, [0x1040, 0x11]),
            (0x1040, [0x1080, 0x22]),
            (0x1080, [0x1000, 0x33]),
        ];
        let read = |address| {
            memory
                .iter()
                .find(|(at, _)| *at == address)
                .map(|(_, words)| *words)
        };
        assert_eq!(return_addresses(0x1000, read), [0x11, 0x22, 0x33]);
        assert_eq!(return_addresses(0x1001, read), []);
        assert_eq!(return_addresses(0x5000, read), []);
        assert_eq!(return_addresses(0, read), []);
    }

    #[test]
    fn a_chain_without_end_is_cut() {
        assert_eq!(
            return_addresses(8, |frame| Some([frame + 8, 1])).len(),
            FRAMES_MAX
        );
    }

    #[test]
    fn faults_have_the_signals_of_posix() {
        assert_eq!(
            [signal_of(14), signal_of(0), signal_of(6), signal_of(3)],
            [11, 8, 4, 5]
        );
    }
}
