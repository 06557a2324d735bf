//! The same bytes and settings for this discipline and for a pseudo terminal of the host: the same must come out.
//!
//! Where no pseudo terminal can be opened there is nothing to compare with, and the test says so.

use super::*;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::pty::OpenptFlags;
use rustix::termios::{InputModes, LocalModes, OptionalActions, OutputModes, SpecialCodeIndex};
use std::os::fd::OwnedFd;

/// A pseudo terminal of the host. Neither end waits.
struct Host {
    master: OwnedFd,
    slave: OwnedFd,
}

impl Host {
    fn open() -> Result<Host, Errno> {
        let master = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        rustix::pty::grantpt(&master)?;
        rustix::pty::unlockpt(&master)?;
        let name = rustix::pty::ptsname(&master, Vec::new())?;
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK;
        let slave = rustix::fs::open(name.as_c_str(), flags, Mode::empty())?;
        rustix::io::ioctl_fionbio(&master, true)?;
        Ok(Host { master, slave })
    }

    fn set(&self, settings: &Settings) {
        let mut termios = rustix::termios::tcgetattr(&self.slave).expect("settings");
        termios.input_modes = InputModes::from_bits_retain(settings.input);
        termios.output_modes = OutputModes::from_bits_retain(settings.output);
        termios.local_modes = LocalModes::from_bits_retain(settings.local);
        for (index, place) in CHARACTERS {
            termios.special_codes[place] = settings.characters[index];
        }
        rustix::termios::tcsetattr(&self.slave, OptionalActions::Now, &termios).expect("set");
    }
}

const CHARACTERS: [(usize, SpecialCodeIndex); 16] = [
    (VINTR, SpecialCodeIndex::VINTR),
    (VQUIT, SpecialCodeIndex::VQUIT),
    (VERASE, SpecialCodeIndex::VERASE),
    (VKILL, SpecialCodeIndex::VKILL),
    (VEOF, SpecialCodeIndex::VEOF),
    (VTIME, SpecialCodeIndex::VTIME),
    (VMIN, SpecialCodeIndex::VMIN),
    (VSTART, SpecialCodeIndex::VSTART),
    (VSTOP, SpecialCodeIndex::VSTOP),
    (VSUSP, SpecialCodeIndex::VSUSP),
    (VEOL, SpecialCodeIndex::VEOL),
    (VREPRINT, SpecialCodeIndex::VREPRINT),
    (VDISCARD, SpecialCodeIndex::VDISCARD),
    (VWERASE, SpecialCodeIndex::VWERASE),
    (VLNEXT, SpecialCodeIndex::VLNEXT),
    (VEOL2, SpecialCodeIndex::VEOL2),
];

/// Everything that one end gives now, each read with this much room.
fn drain(end: &OwnedFd, room: usize) -> Vec<Vec<u8>> {
    let mut reads = Vec::new();
    loop {
        let mut bytes = vec![0; room];
        match rustix::io::read(end, &mut bytes[..]) {
            Ok(count) => {
                bytes.truncate(count);
                reads.push(bytes);
            }
            Err(Errno::AGAIN) => return reads,
            Err(error) => panic!("{error}"),
        }
    }
}

/// What happens at the terminal.
#[derive(Clone, Debug)]
enum Step {
    Type(Vec<u8>),
    Write(Vec<u8>),
    Set(Settings),
}

/// Bytes that are likely to mean something.
fn typed_byte() -> impl Strategy<Value = u8> {
    prop_oneof![
        4 => prop::sample::select(&b"ab_- \t\n\r\x7f\x15\x17\x12\x16\x04\x03\x1a\x1c\x11\x13;:\x01\x08\0"[..]),
        3 => prop::sample::select(&b"abcdefg 12"[..]),
        1 => any::<u8>(),
    ]
}

fn settings() -> impl Strategy<Value = Settings> {
    const INPUT: [u32; 9] = [ISTRIP, INLCR, IGNCR, ICRNL, IXON, IXANY, IMAXBEL, IUTF8, PARMRK];
    const OUTPUT: [u32; 6] = [OPOST, ONLCR, OCRNL, ONOCR, ONLRET, XTABS];
    const LOCAL: [u32; 9] = [
        ICANON, ECHO, ECHOE, ECHOK, ECHONL, ECHOCTL, ECHOPRT, ECHOKE, IEXTEN,
    ];
    let some = |bits: &'static [u32]| {
        prop::sample::subsequence(bits, 0..=bits.len()).prop_map(|bits| bits.into_iter().sum::<u32>())
    };
    let usual = Just((
        Settings::default().input,
        Settings::default().output,
        Settings::default().local & !ISIG,
    ));
    let modes = prop_oneof![usual, (some(&INPUT), some(&OUTPUT), some(&LOCAL))];
    (modes, any::<bool>(), any::<bool>()).prop_map(|((input, output, local), signals, ends)| {
        let mut characters = Settings::default().characters;
        if ends {
            (characters[VEOL], characters[VEOL2]) = (b';', b':');
        }
        Settings {
            input,
            output,
            // What a signal flushes depends on how far Linux's worker has got, so signals keep the queues here.
            local: local | if signals { ISIG | NOFLSH } else { 0 },
            characters,
            ..Settings::default()
        }
    })
}

/// Cuts typed bytes around each STOP: Linux shows the echo of what was typed at once only behind the last byte, so it would hold
/// also what came before STOP.
fn one_after_the_other(steps: Vec<Step>) -> Vec<Step> {
    // Also with the bit that ISTRIP takes off.
    const STOP: u8 = 0x13;
    let cut = |step| match step {
        Step::Type(bytes) => bytes
            .chunk_by(|&left, &right| left & 0x7f != STOP && right & 0x7f != STOP)
            .map(|bytes| Step::Type(bytes.to_vec()))
            .collect(),
        other => vec![other],
    };
    steps.into_iter().flat_map(cut).collect()
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => prop::collection::vec(typed_byte(), 1..40).prop_map(Step::Type),
        2 => prop::collection::vec(typed_byte(), 1..30).prop_map(Step::Write),
        1 => settings().prop_map(Step::Set),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn reads_and_output_are_linux_s(
        first in settings(),
        steps in prop::collection::vec(step(), 1..14).prop_map(one_after_the_other),
        room in prop::sample::select(&[1_usize, 2, 5, 40, 4096][..]),
    ) {
        let Ok(host) = Host::open() else {
            eprintln!("no pseudo terminals here: nothing was compared");
            return Ok(());
        };
        let mut own = Discipline::default();
        host.set(&first);
        own.set_settings(first);
        for (number, step) in steps.iter().enumerate() {
            match step {
                Step::Type(bytes) => {
                    prop_assert_eq!(rustix::io::write(&host.master, bytes), Ok(bytes.len()));
                    prop_assert_eq!(own.receive(bytes), bytes.len());
                }
                Step::Write(bytes) => {
                    let written = rustix::io::write(&host.slave, bytes).unwrap_or(0);
                    prop_assert_eq!(own.write(bytes), written, "step {} wrote: {:?}", number, step);
                }
                Step::Set(settings) => {
                    host.set(settings);
                    own.set_settings(*settings);
                }
            }
            let expected = drain(&host.slave, room);
            let mut reads = Vec::new();
            let mut bytes = vec![0; room];
            while let Some(count) = own.read(&mut bytes) {
                reads.push(bytes[..count].to_vec());
            }
            prop_assert_eq!(reads, expected, "step {} was read: {:?}", number, step);
            let expected = drain(&host.master, 4096).concat();
            let mut seen = Vec::new();
            while !own.output().ready().is_empty() {
                let front = own.output().ready().front().to_vec();
                own.sent(front.len());
                seen.extend(front);
            }
            prop_assert_eq!(seen, expected, "step {} was shown: {:?}", number, step);
        }
    }
}
