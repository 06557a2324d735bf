//! Tests of the line discipline, each named after what it shows.

mod against_linux;

use super::*;
use proptest::prelude::*;

/// A terminal at which the test types and reads.
struct Typist {
    discipline: Discipline,
}

impl Typist {
    fn new(change: impl FnOnce(&mut Settings)) -> Typist {
        let mut settings = Settings::default();
        change(&mut settings);
        Typist {
            discipline: Discipline::new(settings),
        }
    }

    fn types(&mut self, text: impl AsRef<[u8]>) -> &mut Typist {
        let text = text.as_ref();
        assert_eq!(self.discipline.receive(text), text.len());
        self
    }

    fn reads(&mut self) -> Option<Vec<u8>> {
        let mut bytes = vec![0; 8192];
        let count = self.discipline.read(&mut bytes)?;
        bytes.truncate(count);
        Some(bytes)
    }

    fn line(&mut self) -> String {
        String::from_utf8(self.reads().expect("a line")).expect("UTF-8")
    }

    fn sees(&mut self) -> String {
        let mut seen = Vec::new();
        while !self.discipline.output().ready().is_empty() {
            let front = self.discipline.output().ready().front().to_vec();
            self.discipline.sent(front.len());
            seen.extend(front);
        }
        String::from_utf8_lossy(&seen).into_owned()
    }
}

#[test]
fn a_line_is_read_when_it_is_complete_and_is_echoed() {
    let mut typist = Typist::new(|_| {});
    assert_eq!(typist.types("hel").reads(), None);
    assert_eq!(typist.types("lo\r").line(), "hello\n");
    assert_eq!(typist.sees(), "hello\r\n");
}

#[test]
fn erase_takes_a_whole_character_of_utf8_back() {
    let mut typist = Typist::new(|settings| settings.input |= IUTF8);
    assert_eq!(typist.types("aé€\x7f\x7fb\n").line(), "ab\n");
    assert_eq!(typist.sees(), "aé€\x08 \x08\x08 \x08b\r\n");
}

#[test]
fn erase_goes_back_over_a_tab_to_the_column_before_it() {
    let mut typist = Typist::new(|_| {});
    typist.discipline.write(b"$ ");
    assert_eq!(typist.types("ab\t\x7f\x7f\n").line(), "a\n");
    // From column 8 back to 4, then one character.
    assert_eq!(typist.sees(), "$ ab\t\x08\x08\x08\x08\x08 \x08\r\n");
}

#[test]
fn erase_takes_both_columns_of_a_control_character_back() {
    let mut typist = Typist::new(|_| {});
    typist.types("\x01\x7f");
    assert_eq!(typist.sees(), "^A\x08 \x08\x08 \x08");
}

#[test]
fn word_erase_takes_the_last_word_and_blanks_behind_it() {
    let mut typist = Typist::new(|_| {});
    assert_eq!(typist.types("one two  \x17x\n").line(), "one x\n");
}

#[test]
fn kill_takes_the_line_back_and_without_echoke_shows_a_newline() {
    let mut typist = Typist::new(|settings| settings.local &= !ECHOKE);
    assert_eq!(typist.types("abc\x15d\n").line(), "d\n");
    assert_eq!(typist.sees(), "abc^U\r\nd\r\n");
}

#[test]
fn echoprt_shows_what_was_erased_between_slashes() {
    let mut typist = Typist::new(|settings| settings.local |= ECHOPRT);
    typist.types("abc\x7f\x7fd");
    assert_eq!(typist.sees(), "abc\\cb/d");
}

#[test]
fn the_next_character_is_literal_after_lnext() {
    let mut typist = Typist::new(|_| {});
    assert_eq!(typist.types("a\x16\x03\x16\n\n").line(), "a\x03\n\n");
    assert!(typist.discipline.take_raised().is_empty());
}

#[test]
fn reprint_shows_the_line_again() {
    let mut typist = Typist::new(|_| {});
    typist.types("ab\x12");
    assert_eq!(typist.sees(), "ab^R\r\nab");
}

#[test]
fn intr_quit_and_susp_raise_signals_and_flush() {
    for (byte, number) in [
        (3, signal::SIGINT),
        (0x1c, signal::SIGQUIT),
        (0x1a, signal::SIGTSTP),
    ] {
        let mut typist = Typist::new(|_| {});
        typist.types("lost").types([byte]);
        assert_eq!(typist.discipline.take_raised(), [number]);
        assert_eq!(typist.types("\n").line(), "\n");
    }
}

#[test]
fn noflsh_keeps_what_was_typed_at_a_signal() {
    let mut typist = Typist::new(|settings| settings.local |= NOFLSH);
    assert_eq!(typist.types("kept\x03\n").line(), "kept\n");
    assert_eq!(typist.sees(), "kept^C\r\n");
}

#[test]
fn without_isig_a_signal_character_is_a_byte() {
    let mut typist = Typist::new(|settings| settings.local &= !ISIG);
    assert_eq!(typist.types("\x03\n").line(), "\x03\n");
    assert!(typist.discipline.take_raised().is_empty());
}

#[test]
fn eof_on_an_empty_line_reads_zero_bytes() {
    let mut typist = Typist::new(|_| {});
    assert_eq!(typist.types("ab\x04\x04").line(), "ab");
    assert_eq!(typist.line(), "");
    assert_eq!(typist.reads(), None);
}

#[test]
fn eol_and_eol2_end_lines_too() {
    let mut typist = Typist::new(|settings| {
        settings.characters[VEOL] = b';';
        settings.characters[VEOL2] = b':';
    });
    typist.types("a;b:");
    assert_eq!((typist.line(), typist.line()), ("a;".into(), "b:".into()));
}

#[test]
fn stop_holds_output_and_start_lets_it_go() {
    let mut typist = Typist::new(|_| {});
    typist.types("\x13");
    assert_eq!(typist.discipline.write(b"x"), 0);
    typist.types("\x11");
    assert_eq!(typist.discipline.write(b"x"), 1);
}

#[test]
fn with_ixany_each_byte_starts_output() {
    let mut typist = Typist::new(|settings| settings.input |= IXANY);
    typist.types("\x13a");
    assert_eq!(typist.discipline.write(b"x"), 1);
}

#[test]
fn clearing_ixon_starts_output() {
    let mut typist = Typist::new(|_| {});
    typist.types("\x13");
    let settings = Settings {
        input: 0,
        ..*typist.discipline.settings()
    };
    typist.discipline.set_settings(settings);
    assert_eq!(typist.discipline.write(b"x"), 1);
}

#[test]
fn raw_input_is_passed_on_byte_for_byte() {
    let mut typist = Typist::new(|settings| (settings.input, settings.local) = (0, 0));
    let all: Vec<u8> = (0..=255).collect();
    assert_eq!(typist.types(&all).reads().as_deref(), Some(&all[..]));
    assert_eq!(typist.sees(), "");
}

#[test]
fn input_mapping_follows_icrnl_inlcr_igncr_and_istrip() {
    let read = |input: u32, bytes: &[u8]| {
        let mut typist = Typist::new(|settings| (settings.input, settings.local) = (input, 0));
        typist.types(bytes).reads().unwrap_or_default()
    };
    assert_eq!(read(ICRNL, b"\r\n"), b"\n\n");
    assert_eq!(read(INLCR, b"\r\n"), b"\r\r");
    assert_eq!(read(IGNCR, b"\r\n"), b"\n");
    assert_eq!(read(ISTRIP, b"\xe1"), b"a");
    assert_eq!(read(PARMRK, b"\xff"), b"\xff\xff");
}

#[test]
fn a_line_holds_4095_bytes_and_its_newline_and_imaxbel_rings_beyond() {
    let mut typist = Typist::new(|settings| {
        settings.local &= !ECHO;
        settings.input |= IMAXBEL;
    });
    typist.types(vec![b'x'; 4095]);
    assert_eq!(typist.sees(), "");
    assert_eq!(typist.types("yz").sees(), "\x07\x07");
    let line = typist.types("\n").line();
    assert_eq!(line.len(), 4096);
    assert!(line.ends_with("xx\n"));
}

#[test]
fn input_beyond_complete_lines_waits_outside() {
    let mut typist = Typist::new(|settings| settings.local &= !ECHO);
    typist.types("line\n");
    assert_eq!(typist.discipline.receive(&[b'x'; 5000]), 4090);
    assert_eq!(typist.line(), "line\n");
    assert_eq!(
        typist.discipline.receive(&[b'x'; 910]),
        910,
        "a single line takes all and drops the rest"
    );
}

proptest! {
    /// Whatever is typed, written and switched, queues stay within their limits and reads give no more than came.
    #[test]
    fn queues_stay_bounded(steps in proptest::collection::vec((0..5u8, any::<u16>(), proptest::collection::vec(any::<u8>(), 0..600)), 1..60)) {
        let mut discipline = Discipline::default();
        let (mut typed, mut read) = (0, 0);
        for (what, number, bytes) in steps {
            match what {
                0 | 1 => typed += discipline.receive(&bytes),
                2 => {
                    discipline.write(&bytes);
                }
                3 => {
                    let mut room = vec![0; bytes.len()];
                    read += discipline.read(&mut room).unwrap_or(0);
                }
                _ => {
                    let settings = *discipline.settings();
                    discipline.set_settings(Settings {
                        local: u32::from(number),
                        input: u32::from(number.rotate_left(5)) & !PARMRK,
                        ..settings
                    });
                }
            }
            prop_assert!(discipline.available() <= crate::terminal::input::INPUT_LIMIT + 1);
            prop_assert!(discipline.output().ready().len() <= crate::terminal::output::OUTPUT_LIMIT);
            prop_assert!(read <= typed);
        }
    }

    /// Without special characters a terminal that reads lines gives just what was typed.
    #[test]
    fn plain_lines_come_through_unchanged(lines in proptest::collection::vec("[a-zA-Z0-9 .]{0,80}\n", 1..20)) {
        let mut typist = Typist::new(|_| {});
        for line in lines {
            prop_assert_eq!(typist.types(&line).line(), line);
            typist.sees();
        }
    }
}
