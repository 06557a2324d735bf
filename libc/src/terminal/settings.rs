//! `struct termios`: reading and setting it, and its speeds. POSIX.1-2024 `tcgetattr`, `cfsetospeed`, BSD `cfmakeraw`.

use super::{request, with_place};
use crate::errno::{Errno, Result, returned_status};
use crate::types::*;

/// Special characters in C's structure.
const NCCS: usize = 32;
/// Special characters that the system knows.
const SYSTEM_NCCS: usize = 19;
/// Bits of `c_cflag` that are the speed.
const CBAUD: u32 = 0o10017;
const B57600: u32 = 0o10001;
const B4000000: u32 = 0o10017;
/// The highest speed of the first sixteen.
const FIRST_SPEEDS: u32 = 0o17;
/// Set in `c_iflag` while the input speed is asked to be the output's.
const IBAUD0: u32 = 0o20_000_000_000;

const IGNBRK: u32 = 1;
const BRKINT: u32 = 2;
const PARMRK: u32 = 0o10;
const ISTRIP: u32 = 0o40;
const INLCR: u32 = 0o100;
const IGNCR: u32 = 0o200;
const ICRNL: u32 = 0o400;
const IXON: u32 = 0o2000;
const OPOST: u32 = 1;
const CSIZE: u32 = 0o60;
const CS8: u32 = 0o60;
const PARENB: u32 = 0o400;
const ISIG: u32 = 1;
const ICANON: u32 = 2;
/// `ECHO`.
pub const ECHO: u32 = 0o10;
/// `ECHONL`.
pub const ECHONL: u32 = 0o100;
const IEXTEN: u32 = 0o100_000;
const VTIME: usize = 5;
const VMIN: usize = 6;

/// C's `struct termios`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct termios {
    c_iflag: u32,
    c_oflag: u32,
    c_cflag: u32,
    /// Local modes.
    pub c_lflag: u32,
    c_line: u8,
    c_cc: [u8; NCCS],
    c_ispeed: u32,
    c_ospeed: u32,
}

/// What the system's requests move.
#[repr(C)]
struct SystemSettings {
    input: u32,
    output: u32,
    control: u32,
    local: u32,
    line: u8,
    characters: [u8; SYSTEM_NCCS],
}

/// Settings of a terminal.
pub fn get(fd: c_int) -> Result<termios> {
    let mut found = SystemSettings {
        input: 0,
        output: 0,
        control: 0,
        local: 0,
        line: 0,
        characters: [0; SYSTEM_NCCS],
    };
    // SAFETY: the request fills this structure.
    unsafe { with_place(fd, request::TCGETS, &raw mut found) }?;
    let mut characters = [0; NCCS];
    characters[..SYSTEM_NCCS].copy_from_slice(&found.characters);
    Ok(termios {
        c_iflag: found.input,
        c_oflag: found.output,
        c_cflag: found.control,
        c_lflag: found.local,
        c_line: found.line,
        c_cc: characters,
        c_ispeed: found.control & CBAUD,
        c_ospeed: found.control & CBAUD,
    })
}

/// Sets them: now (0), when output has gone out (1), and then without the input that waits (2).
pub fn set(fd: c_int, when: c_int, settings: &termios) -> Result<()> {
    if !(0..=2).contains(&when) {
        return Err(Errno::EINVAL);
    }
    let mut characters = [0; SYSTEM_NCCS];
    characters.copy_from_slice(&settings.c_cc[..SYSTEM_NCCS]);
    let mut given = SystemSettings {
        input: settings.c_iflag & !IBAUD0,
        output: settings.c_oflag,
        control: settings.c_cflag,
        local: settings.c_lflag,
        line: settings.c_line,
        characters,
    };
    // SAFETY: the request reads this structure.
    unsafe { with_place(fd, request::TCSETS + when as c_ulong, &raw mut given) }
}

fn known_speed(speed: u32) -> Result<()> {
    if speed <= FIRST_SPEEDS || (B57600..=B4000000).contains(&speed) {
        Ok(())
    } else {
        Err(Errno::EINVAL)
    }
}

fn set_output_speed(settings: &mut termios, speed: u32) -> Result<()> {
    known_speed(speed)?;
    settings.c_ospeed = speed;
    settings.c_cflag = settings.c_cflag & !CBAUD | speed;
    Ok(())
}

fn set_input_speed(settings: &mut termios, speed: u32) -> Result<()> {
    known_speed(speed)?;
    settings.c_ispeed = speed;
    if speed == 0 {
        settings.c_iflag |= IBAUD0;
    } else {
        settings.c_iflag &= !IBAUD0;
        settings.c_cflag = settings.c_cflag & !CBAUD | speed;
    }
    Ok(())
}

/// The code of a speed that may be given as bits a second.
fn speed_code(speed: u32) -> Result<u32> {
    /// Speeds in bits a second in the order of their codes 0..=15, then from `B57600` on.
    const FIRST: [u32; 16] = [
        0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400,
    ];
    const NEXT: [u32; 15] = [
        57_600, 115_200, 230_400, 460_800, 500_000, 576_000, 921_600, 1_000_000, 1_152_000, 1_500_000,
        2_000_000, 2_500_000, 3_000_000, 3_500_000, 4_000_000,
    ];
    if known_speed(speed).is_ok() {
        return Ok(speed);
    }
    let first = FIRST.iter().position(|&bits| bits == speed);
    let next = || {
        NEXT.iter()
            .position(|&bits| bits == speed)
            .map(|index| index + B57600 as usize)
    };
    first.or_else(next).map(|code| code as u32).ok_or(Errno::EINVAL)
}

// SAFETY of every block below: structures are the caller's.
crate::export! {
    /// Settings of a terminal. POSIX.1-2024 `tcgetattr`.
    pub unsafe extern "C" fn tcgetattr(fd: c_int, settings: *mut termios) -> c_int {
        // SAFETY: see above.
        returned_status(get(fd).map(|found| unsafe { settings.write(found) }))
    }

    /// Changes the settings of a terminal. POSIX.1-2024 `tcsetattr`.
    pub unsafe extern "C" fn tcsetattr(fd: c_int, when: c_int, settings: *const termios) -> c_int {
        // SAFETY: see above.
        returned_status(set(fd, when, unsafe { &*settings }))
    }

    /// The output speed. POSIX.1-2024 `cfgetospeed`.
    pub unsafe extern "C" fn cfgetospeed(settings: *const termios) -> c_uint {
        // SAFETY: see above.
        unsafe { (*settings).c_cflag & CBAUD }
    }

    /// The input speed; 0 while it is asked to be the output's. POSIX.1-2024 `cfgetispeed`.
    pub unsafe extern "C" fn cfgetispeed(settings: *const termios) -> c_uint {
        // SAFETY: see above.
        unsafe {
            if (*settings).c_iflag & IBAUD0 != 0 { 0 } else { (*settings).c_cflag & CBAUD }
        }
    }

    /// Sets the output speed. POSIX.1-2024 `cfsetospeed`.
    pub unsafe extern "C" fn cfsetospeed(settings: *mut termios, speed: c_uint) -> c_int {
        // SAFETY: see above.
        returned_status(set_output_speed(unsafe { &mut *settings }, speed))
    }

    /// Sets the input speed; 0 means the output's. POSIX.1-2024 `cfsetispeed`.
    pub unsafe extern "C" fn cfsetispeed(settings: *mut termios, speed: c_uint) -> c_int {
        // SAFETY: see above.
        returned_status(set_input_speed(unsafe { &mut *settings }, speed))
    }

    /// Sets both speeds, also given in bits a second. BSD `cfsetspeed`.
    pub unsafe extern "C" fn cfsetspeed(settings: *mut termios, speed: c_uint) -> c_int {
        // SAFETY: see above.
        let settings = unsafe { &mut *settings };
        returned_status(speed_code(speed).and_then(|code| {
            set_input_speed(settings, code)?;
            set_output_speed(settings, code)
        }))
    }

    /// Settings for a program that wants each byte as it is typed, and nothing done to it. BSD `cfmakeraw`.
    pub unsafe extern "C" fn cfmakeraw(settings: *mut termios) {
        // SAFETY: see above.
        let settings = unsafe { &mut *settings };
        settings.c_iflag &= !(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
        settings.c_oflag &= !OPOST;
        settings.c_lflag &= !(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
        settings.c_cflag = settings.c_cflag & !(CSIZE | PARENB) | CS8;
        settings.c_cc[VMIN] = 1;
        settings.c_cc[VTIME] = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_structure_has_glibcs_layout() {
        assert_eq!(size_of::<termios>(), 60);
        assert_eq!(core::mem::offset_of!(termios, c_cc), 17);
        assert_eq!(core::mem::offset_of!(termios, c_ispeed), 52);
        assert_eq!(size_of::<SystemSettings>(), 36);
    }

    #[test]
    fn speeds_are_known_by_code_and_by_bits_a_second() {
        assert_eq!(speed_code(9600).ok(), Some(0o15));
        assert_eq!(speed_code(115_200).ok(), Some(0o10002));
        assert_eq!(speed_code(0o10002).ok(), Some(0o10002));
        assert!(speed_code(12_345).is_err());
        assert!(known_speed(0o20).is_err());
    }
}
