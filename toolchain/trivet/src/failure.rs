//! `Failure`: what went wrong and what to do about it, in the words that the user reads.
//!
//! Every fallible function of this tool returns [`Result`]. A failure carries a sentence, and where
//! there is something to do about it, a second sentence that says what. `main` prints both.

use std::fmt;

/// A failure as the user reads it.
#[derive(Debug)]
pub struct Failure {
    what: String,
    help: Option<String>,
    status: Option<u8>,
}

/// The result of everything that can fail here.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// A failure with one sentence that says what went wrong.
    pub fn new(what: impl Into<String>) -> Self {
        Failure {
            what: what.into(),
            help: None,
            status: None,
        }
    }

    /// Adds what the user can do about it.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Ends the command with this exit status instead of its usual one for failures.
    pub fn status(mut self, status: u8) -> Self {
        self.status = Some(status);
        self
    }

    /// The exit status this failure asks for, if it asks for one.
    pub fn exit_status(&self) -> Option<u8> {
        self.status
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if let Some(help) = &self.help {
            write!(f, "\n  {}", help.replace('\n', "\n  "))?;
        }
        Ok(())
    }
}

/// Adds to an error what was being done when it happened.
pub trait Context<T> {
    /// Turns the error into a [`Failure`] that begins with `doing()`.
    fn context<S: Into<String>>(self, doing: impl FnOnce() -> S) -> Result<T>;
}

impl<T, E: fmt::Display> Context<T> for std::result::Result<T, E> {
    fn context<S: Into<String>>(self, doing: impl FnOnce() -> S) -> Result<T> {
        self.map_err(|error| Failure::new(format!("{}: {error}", doing().into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_prints_what_happened_then_what_to_do() {
        let failure = Failure::new("no QEMU").help("apt-get install qemu\nor use a container");
        assert_eq!(
            failure.to_string(),
            "no QEMU\n  apt-get install qemu\n  or use a container"
        );
    }

    #[test]
    fn context_keeps_the_cause() {
        let result: std::result::Result<(), &str> = Err("permission denied");
        assert_eq!(
            result.context(|| "reading x").unwrap_err().to_string(),
            "reading x: permission denied"
        );
    }
}
