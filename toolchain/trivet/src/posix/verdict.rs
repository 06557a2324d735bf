//! How one conformance test ended.

use std::fmt;
use trivet_abi::control::End;

/// The verdict of one test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It passed.
    Pass,
    /// What it looks at is not as the standard says.
    Fail,
    /// It could not find out.
    Unresolved,
    /// The system says that it does not have an optional part.
    Unsupported,
    /// The suite itself does not test this.
    Untested,
    /// It still ran at its time limit.
    TimeOut,
    /// A signal ended it.
    Crash,
    /// It did not run: the machine died under it, twice.
    MachineDied,
    /// It does not compile or link.
    NotBuilt,
    /// Not a program: other tests include it.
    NoProgram,
}

impl Verdict {
    /// All verdicts, in the order of the report's columns.
    pub const ALL: [Verdict; 10] = [
        Verdict::Pass,
        Verdict::Fail,
        Verdict::Unresolved,
        Verdict::Unsupported,
        Verdict::Untested,
        Verdict::TimeOut,
        Verdict::Crash,
        Verdict::MachineDied,
        Verdict::NotBuilt,
        Verdict::NoProgram,
    ];

    /// The word in reports and in results.tsv.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Unresolved => "unresolved",
            Verdict::Unsupported => "unsupported",
            Verdict::Untested => "untested",
            Verdict::TimeOut => "time-out",
            Verdict::Crash => "crash",
            Verdict::MachineDied => "machine-died",
            Verdict::NotBuilt => "not-built",
            Verdict::NoProgram => "no-program",
        }
    }

    /// The verdict that this word names.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.word() == word)
    }

    /// What the suite's statuses mean; any other is a failure.
    pub fn of_end(end: End) -> Self {
        match end {
            End::Status(0) => Verdict::Pass,
            End::Status(2) => Verdict::Unresolved,
            End::Status(4) => Verdict::Unsupported,
            End::Status(5) => Verdict::Untested,
            End::Status(_) => Verdict::Fail,
            End::Signal(_) => Verdict::Crash,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_status_zero_is_a_pass() {
        assert_eq!(Verdict::of_end(End::Status(0)), Verdict::Pass);
        for status in 1..=255 {
            assert_ne!(Verdict::of_end(End::Status(status)), Verdict::Pass);
        }
        assert_eq!(Verdict::of_end(End::Signal(11)), Verdict::Crash);
    }

    #[test]
    fn each_word_names_one_verdict() {
        for verdict in Verdict::ALL {
            assert_eq!(Verdict::parse(verdict.word()), Some(verdict));
        }
        assert_eq!(Verdict::parse("passed"), None);
    }
}
