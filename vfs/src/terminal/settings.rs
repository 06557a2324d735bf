//! A terminal's settings: POSIX's termios with the values of x86-64 Linux.

/// The bits of a terminal's settings and the indices of its special characters, by POSIX's and Linux's names.
#[allow(
    missing_docs,
    reason = "POSIX \"General Terminal Interface\" and termios(3) describe each"
)]
pub mod bits {
    pub const ISTRIP: u32 = 0o40;
    pub const INLCR: u32 = 0o100;
    pub const IGNCR: u32 = 0o200;
    pub const ICRNL: u32 = 0o400;
    pub const IUCLC: u32 = 0o1000;
    pub const IXON: u32 = 0o2000;
    pub const IXANY: u32 = 0o4000;
    pub const IXOFF: u32 = 0o10000;
    pub const IMAXBEL: u32 = 0o20000;
    pub const IUTF8: u32 = 0o40000;
    pub const PARMRK: u32 = 0o10;

    pub const OPOST: u32 = 0o1;
    pub const OLCUC: u32 = 0o2;
    pub const ONLCR: u32 = 0o4;
    pub const OCRNL: u32 = 0o10;
    pub const ONOCR: u32 = 0o20;
    pub const ONLRET: u32 = 0o40;
    pub const TABDLY: u32 = 0o14000;
    pub const XTABS: u32 = 0o14000;

    pub const CSIZE: u32 = 0o60;
    pub const CS8: u32 = 0o60;
    pub const CREAD: u32 = 0o200;
    pub const PARENB: u32 = 0o400;
    pub const HUPCL: u32 = 0o2000;
    pub const B38400: u32 = 0o17;

    pub const ISIG: u32 = 0o1;
    pub const ICANON: u32 = 0o2;
    pub const ECHO: u32 = 0o10;
    pub const ECHOE: u32 = 0o20;
    pub const ECHOK: u32 = 0o40;
    pub const ECHONL: u32 = 0o100;
    pub const NOFLSH: u32 = 0o200;
    pub const TOSTOP: u32 = 0o400;
    pub const ECHOCTL: u32 = 0o1000;
    pub const ECHOPRT: u32 = 0o2000;
    pub const ECHOKE: u32 = 0o4000;
    pub const IEXTEN: u32 = 0o100_000;

    pub const VINTR: usize = 0;
    pub const VQUIT: usize = 1;
    pub const VERASE: usize = 2;
    pub const VKILL: usize = 3;
    pub const VEOF: usize = 4;
    pub const VTIME: usize = 5;
    pub const VMIN: usize = 6;
    pub const VSTART: usize = 8;
    pub const VSTOP: usize = 9;
    pub const VSUSP: usize = 10;
    pub const VEOL: usize = 11;
    pub const VREPRINT: usize = 12;
    pub const VDISCARD: usize = 13;
    pub const VWERASE: usize = 14;
    pub const VLNEXT: usize = 15;
    pub const VEOL2: usize = 16;
}

use bits::*;

/// Special characters, and VMIN and VTIME.
pub const CHARACTERS: usize = 19;
/// A special character that is switched off: `_POSIX_VDISABLE`.
pub const DISABLED: u8 = 0;
/// Bits a second that a terminal without a line says it has.
const SPEED: u32 = 38_400;
/// Nanoseconds in VTIME's unit, a tenth of a second.
const DECISECOND_NS: u64 = 100_000_000;

/// What `tcgetattr` and `tcsetattr` carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Input modes.
    pub input: u32,
    /// Output modes.
    pub output: u32,
    /// Control modes: kept and shown, but a terminal without a line has no use for them.
    pub control: u32,
    /// Local modes.
    pub local: u32,
    /// Number of the line discipline; there is one, 0.
    pub line: u8,
    /// Special characters by their V numbers.
    pub characters: [u8; CHARACTERS],
    /// Bits a second.
    pub input_speed: u32,
    /// Bits a second.
    pub output_speed: u32,
}

impl Default for Settings {
    /// Settings of a new terminal, as Linux has them.
    fn default() -> Settings {
        let mut characters = [DISABLED; CHARACTERS];
        for (index, byte) in [
            (VINTR, 0x03),
            (VQUIT, 0x1c),
            (VERASE, 0x7f),
            (VKILL, 0x15),
            (VEOF, 0x04),
            (VMIN, 1),
            (VSTART, 0x11),
            (VSTOP, 0x13),
            (VSUSP, 0x1a),
            (VREPRINT, 0x12),
            (VDISCARD, 0x0f),
            (VWERASE, 0x17),
            (VLNEXT, 0x16),
        ] {
            characters[index] = byte;
        }
        Settings {
            input: ICRNL | IXON,
            output: OPOST | ONLCR,
            control: B38400 | CS8 | CREAD,
            local: ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
            line: 0,
            characters,
            input_speed: SPEED,
            output_speed: SPEED,
        }
    }
}

impl Settings {
    /// Settings of the console's terminal: what stands at the host speaks UTF-8.
    #[must_use]
    pub fn console() -> Settings {
        let usual = Settings::default();
        Settings {
            input: usual.input | IUTF8,
            control: usual.control | HUPCL,
            ..usual
        }
    }

    /// These settings as a terminal without a line takes them: always eight bits, no parity, received; one line discipline.
    #[must_use]
    pub fn without_a_line(self) -> Settings {
        Settings {
            control: (self.control & !(CSIZE | PARENB)) | CS8 | CREAD,
            line: 0,
            ..self
        }
    }

    /// Whether an input mode is on.
    #[must_use]
    pub const fn input(&self, bit: u32) -> bool {
        self.input & bit != 0
    }

    /// Whether an output mode is on.
    #[must_use]
    pub const fn output(&self, bit: u32) -> bool {
        self.output & bit != 0
    }

    /// Whether a local mode is on.
    #[must_use]
    pub const fn local(&self, bit: u32) -> bool {
        self.local & bit != 0
    }

    /// Whether input is read by lines.
    #[must_use]
    pub const fn canonical(&self) -> bool {
        self.local(ICANON)
    }

    /// Whether `byte` is the special character `which`. A disabled one is no byte.
    #[must_use]
    pub const fn is(&self, which: usize, byte: u8) -> bool {
        byte != DISABLED && self.characters[which] == byte
    }

    /// Whether `byte` goes on a character of UTF-8 that another byte began.
    #[must_use]
    pub const fn continues_character(&self, byte: u8) -> bool {
        self.input(IUTF8) && byte & 0xc0 == 0x80
    }

    /// When a read that is not canonical ends: POSIX "Non-Canonical Mode Input Processing".
    #[must_use]
    pub fn patience(&self) -> Patience {
        let minimum = usize::from(self.characters[VMIN]);
        let time_ns = u64::from(self.characters[VTIME]) * DECISECOND_NS;
        if self.canonical() {
            Patience {
                minimum: 1,
                first_ns: None,
                next_ns: None,
            }
        } else if minimum > 0 {
            Patience {
                minimum,
                first_ns: None,
                next_ns: (time_ns > 0).then_some(time_ns),
            }
        } else {
            Patience {
                minimum: 1,
                first_ns: Some(time_ns),
                next_ns: None,
            }
        }
    }
}

/// How long a read waits, and for how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Bytes that end the read.
    pub minimum: usize,
    /// How long it waits for the first byte; none: for ever.
    pub first_ns: Option<u64>,
    /// How long it waits for each further byte; none: for ever.
    pub next_ns: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disabled_character_is_never_met() {
        let mut settings = Settings::default();
        settings.characters[VINTR] = DISABLED;
        assert!(!settings.is(VINTR, 0));
        assert!(settings.is(VEOF, 4));
    }

    #[test]
    fn min_and_time_say_when_a_read_ends() {
        let with = |minimum, time| {
            let mut settings = Settings {
                local: 0,
                ..Settings::default()
            };
            settings.characters[VMIN] = minimum;
            settings.characters[VTIME] = time;
            let patience = settings.patience();
            (patience.minimum, patience.first_ns, patience.next_ns)
        };
        assert_eq!(with(3, 2), (3, None, Some(200_000_000)));
        assert_eq!(with(3, 0), (3, None, None));
        assert_eq!(with(0, 5), (1, Some(500_000_000), None));
        assert_eq!(with(0, 0), (1, Some(0), None));
        assert_eq!(Settings::default().patience().first_ns, None);
    }
}
