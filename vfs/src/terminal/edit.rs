//! Editing of the line that is being typed: VERASE, VWERASE, VKILL, and what they show.

use super::discipline::Discipline;
use super::output::{Echo, TAB, is_control};
use super::settings::bits::*;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Erase {
    Character,
    Word,
    Line,
}

/// Whether the byte belongs to a word: letters and digits of Latin-1, and `_`, as Linux sees it.
const fn in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || (byte >= 0xc0 && byte != 0xd7 && byte != 0xf7)
}

impl Discipline {
    /// Obeys an erase character.
    pub(super) fn edit(&mut self, byte: u8) {
        if self.input.line_length() == 0 {
            return;
        }
        let settings = self.settings;
        let what = if settings.is(VERASE, byte) {
            Erase::Character
        } else if settings.is(VWERASE, byte) && settings.local(IEXTEN) {
            Erase::Word
        } else {
            Erase::Line
        };
        let shown = settings.local(ECHO);
        if what == Erase::Line
            && !(shown && settings.local(ECHOK) && settings.local(ECHOKE) && settings.local(ECHOE))
        {
            self.input.erase(usize::MAX);
            if shown {
                self.finish_erasing();
                self.echo_byte(settings.characters[VKILL]);
                if settings.local(ECHOK) {
                    self.echo(Echo::Byte(b'\n'));
                }
            }
            return;
        }
        let mut word = false;
        while let Some((first, length)) = self.last_character() {
            if what == Erase::Word {
                if in_word(first) {
                    word = true;
                } else if word {
                    break;
                }
            }
            self.erase_character(first, length, what);
            if what == Erase::Character {
                break;
            }
        }
        if self.input.line_length() == 0 && shown {
            self.finish_erasing();
        }
    }

    /// First byte and length of the line's last character. Nothing where the line is empty, or begins within a character.
    fn last_character(&self) -> Option<(u8, usize)> {
        let whole = |&(_, byte): &(usize, u8)| !self.settings.continues_character(byte);
        self.input
            .line()
            .rev()
            .enumerate()
            .find(whole)
            .map(|(index, byte)| (byte, index + 1))
    }

    fn erase_character(&mut self, first: u8, length: usize, what: Erase) {
        let settings = self.settings;
        if settings.local(ECHO) && settings.local(ECHOPRT) {
            let rest: alloc::vec::Vec<u8> = self.input.line().rev().take(length - 1).collect();
            self.input.erase(length);
            if !self.erasing {
                self.echo(Echo::Byte(b'\\'));
                self.erasing = true;
            }
            self.echo_byte(first);
            for byte in rest.into_iter().rev() {
                self.echo(Echo::Byte(byte));
                self.echo(Echo::StepBack);
            }
            return;
        }
        self.input.erase(length);
        if !settings.local(ECHO) {
        } else if what == Erase::Character && !settings.local(ECHOE) {
            self.echo_byte(settings.characters[VERASE]);
        } else if first == b'\t' {
            self.echo_erased_tab();
        } else {
            let columns = match (is_control(first), settings.local(ECHOCTL)) {
                (true, true) => 2,
                (true, false) => 0,
                (false, _) => 1,
            };
            for _ in 0..columns {
                [8, b' ', 8]
                    .into_iter()
                    .for_each(|byte| self.echo(Echo::Byte(byte)));
            }
        }
    }

    /// Counts the columns before the tab that was erased, back to another tab or to the line's begin.
    fn echo_erased_tab(&mut self) {
        let (mut columns, mut after_tab) = (0, false);
        for byte in self.input.line().rev() {
            if byte == b'\t' {
                after_tab = true;
                break;
            }
            columns += match (is_control(byte), self.settings.local(ECHOCTL)) {
                (true, true) => 2,
                (true, false) => 0,
                (false, _) => usize::from(!self.settings.continues_character(byte)),
            };
        }
        let columns = (columns % TAB) as u8;
        self.echo(Echo::EraseTab { columns, after_tab });
    }
}
