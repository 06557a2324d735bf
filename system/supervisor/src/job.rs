//! What the host asks for, put together from the frames of the control channel.

use alloc::vec::Vec;
use trivet_abi::control::{FrameError, TerminalSize, ToGuest, VERSION, split};

/// Bytes of arguments and environment of one job, at most: what a program's stack takes.
pub const STRINGS_MAX: usize = 2 << 20;
/// The longest path of a program or directory.
const PATH_MAX: usize = 4095;

/// A program to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Job {
    /// The host's number for it.
    pub number: u32,
    /// Its standard streams are a terminal of this size.
    pub terminal: Option<TerminalSize>,
    /// Path, or name to look up.
    pub program: Vec<u8>,
    /// Arguments, each with its terminating zero.
    pub arguments: Vec<u8>,
    /// Environment, likewise.
    pub environment: Vec<u8>,
    /// Working directory, "/" where the host says nothing.
    pub directory: Vec<u8>,
    /// Programs lie at fixed addresses, for a debugger.
    pub fixed_addresses: bool,
}

/// What a frame asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Run this.
    Run(Job),
    /// The input ends after this many bytes.
    EndInput(u64),
    /// The terminal's size changed.
    Resize(TerminalSize),
    /// Send a signal to the job.
    Signal {
        /// The job.
        job: u32,
        /// The signal.
        signal: u32,
    },
    /// End the machine.
    Shutdown,
}

/// Why the dialogue ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Bytes that are no frame, or a frame that is no message.
    Frame(FrameError),
    /// The host speaks another version.
    Version(u32),
    /// A frame that does not belong where it came.
    OutOfPlace,
    /// Too many or too long strings, or one with a zero byte inside.
    Strings,
}

/// Collects bytes into commands.
#[derive(Debug, Default)]
pub struct Dialogue {
    bytes: Vec<u8>,
    greeted: bool,
    open: Option<Job>,
}

impl Dialogue {
    /// Takes bytes of the channel; answers the commands that are complete with them.
    ///
    /// # Errors
    /// See [`Refused`]; nothing more is to be believed then.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<Vec<Command>, Refused> {
        self.bytes.extend_from_slice(bytes);
        let received = core::mem::take(&mut self.bytes);
        let mut rest = &received[..];
        let mut commands = Vec::new();
        while let Some((frame, length)) = split(rest).map_err(Refused::Frame)? {
            let message = ToGuest::decode(frame).map_err(Refused::Frame)?;
            commands.extend(self.take(message)?);
            rest = rest.get(length..).unwrap_or(&[]);
        }
        self.bytes = rest.to_vec();
        Ok(commands)
    }

    fn take(&mut self, message: ToGuest<'_>) -> Result<Option<Command>, Refused> {
        match message {
            ToGuest::Hello { version } if self.greeted || version != VERSION => {
                return Err(Refused::Version(version));
            }
            ToGuest::Hello { .. } => {
                self.greeted = true;
                return Ok(None);
            }
            _ if !self.greeted => return Err(Refused::OutOfPlace),
            _ => {}
        }
        Ok(match message {
            ToGuest::Hello { .. } => None,
            ToGuest::Job {
                job,
                terminal,
                program,
            } => {
                if self.open.is_some() {
                    return Err(Refused::OutOfPlace);
                }
                check_path(program)?;
                self.open = Some(Job {
                    number: job,
                    terminal,
                    program: program.to_vec(),
                    directory: Vec::from(*b"/"),
                    ..Job::default()
                });
                None
            }
            ToGuest::Argument(text) => {
                let job = self.open.as_mut().ok_or(Refused::OutOfPlace)?;
                add_string(&mut job.arguments, text, job.environment.len())?;
                None
            }
            ToGuest::Environment(text) => {
                let job = self.open.as_mut().ok_or(Refused::OutOfPlace)?;
                add_string(&mut job.environment, text, job.arguments.len())?;
                None
            }
            ToGuest::Directory(path) => {
                check_path(path)?;
                self.open.as_mut().ok_or(Refused::OutOfPlace)?.directory = path.to_vec();
                None
            }
            ToGuest::FixedAddresses => {
                self.open.as_mut().ok_or(Refused::OutOfPlace)?.fixed_addresses = true;
                None
            }
            ToGuest::Start => Some(Command::Run(self.open.take().ok_or(Refused::OutOfPlace)?)),
            ToGuest::InputEnd { bytes } => Some(Command::EndInput(bytes)),
            ToGuest::Resize(size) => Some(Command::Resize(size)),
            ToGuest::Signal { job, signal } => Some(Command::Signal { job, signal }),
            ToGuest::Shutdown => Some(Command::Shutdown),
        })
    }
}

fn add_string(list: &mut Vec<u8>, text: &[u8], others: usize) -> Result<(), Refused> {
    if text.contains(&0) || list.len() + text.len() + 1 + others > STRINGS_MAX {
        return Err(Refused::Strings);
    }
    list.extend_from_slice(text);
    list.push(0);
    Ok(())
}

fn check_path(path: &[u8]) -> Result<(), Refused> {
    if path.is_empty() || path.len() > PATH_MAX || path.contains(&0) {
        Err(Refused::Strings)
    } else {
        Ok(())
    }
}

/// The value of a variable in an environment.
#[must_use]
pub fn variable<'a>(environment: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    environment
        .split(|&byte| byte == 0)
        .find_map(|entry| entry.strip_prefix(name)?.strip_prefix(b"="))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frames(messages: &[ToGuest<'_>]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for message in messages {
            let mut buffer = vec![0; 200_000];
            let length = message.encode(&mut buffer).unwrap();
            bytes.extend_from_slice(&buffer[..length]);
        }
        bytes
    }

    fn lua() -> Vec<u8> {
        frames(&[
            ToGuest::Hello { version: VERSION },
            ToGuest::Job {
                job: 3,
                terminal: None,
                program: b"lua",
            },
            ToGuest::Argument(b"lua"),
            ToGuest::Argument(b"-e"),
            ToGuest::Argument(b""),
            ToGuest::Environment(b"A=1"),
            ToGuest::Directory(b"/app"),
            ToGuest::FixedAddresses,
            ToGuest::Start,
            ToGuest::InputEnd { bytes: 0 },
        ])
    }

    #[test]
    fn a_job_is_put_together_from_its_frames() {
        let commands = Dialogue::default().receive(&lua()).unwrap();
        let job = Job {
            number: 3,
            terminal: None,
            program: b"lua".to_vec(),
            arguments: b"lua\0-e\0\0".to_vec(),
            environment: b"A=1\0".to_vec(),
            directory: b"/app".to_vec(),
            fixed_addresses: true,
        };
        assert_eq!(commands, [Command::Run(job), Command::EndInput(0)]);
    }

    #[test]
    fn another_version_and_frames_out_of_place_end_the_dialogue() {
        let receive = |messages: &[ToGuest<'_>]| Dialogue::default().receive(&frames(messages));
        assert_eq!(
            receive(&[ToGuest::Hello { version: 9 }]),
            Err(Refused::Version(9))
        );
        for early in [ToGuest::Start, ToGuest::FixedAddresses] {
            assert_eq!(receive(&[early]), Err(Refused::OutOfPlace));
        }
        let hello = ToGuest::Hello { version: VERSION };
        assert_eq!(receive(&[hello, ToGuest::Start]), Err(Refused::OutOfPlace));
        assert_eq!(receive(&[hello, hello]), Err(Refused::Version(VERSION)));
        let job = ToGuest::Job {
            job: 1,
            terminal: None,
            program: b"a",
        };
        assert_eq!(receive(&[hello, job, job]), Err(Refused::OutOfPlace));
    }

    #[test]
    fn the_strings_of_a_job_have_a_bound() {
        let mut messages = vec![
            ToGuest::Hello { version: VERSION },
            ToGuest::Job {
                job: 1,
                terminal: None,
                program: b"a",
            },
        ];
        let long = vec![b'x'; 100_000];
        messages.extend((0..21).map(|_| ToGuest::Argument(&long)));
        assert_eq!(
            Dialogue::default().receive(&frames(&messages)),
            Err(Refused::Strings)
        );
    }

    #[test]
    fn a_variable_is_found_by_its_whole_name() {
        let environment = b"PATHS=x\0PATH=/bin:/usr/bin\0EMPTY=\0";
        assert_eq!(variable(environment, b"PATH"), Some(&b"/bin:/usr/bin"[..]));
        assert_eq!(variable(environment, b"EMPTY"), Some(&b""[..]));
        assert_eq!(variable(environment, b"PAT"), None);
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_the_bytes_are_cut(cuts in proptest::collection::vec(1usize..40, 1..60)) {
            let bytes = lua();
            let whole = Dialogue::default().receive(&bytes).unwrap();
            let mut dialogue = Dialogue::default();
            let (mut rest, mut commands) = (&bytes[..], Vec::new());
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (piece, behind) = rest.split_at((*cut).min(rest.len()));
                commands.extend(dialogue.receive(piece).unwrap());
                rest = behind;
            }
            prop_assert_eq!(commands, whole);
        }

        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Dialogue::default().receive(&bytes);
        }
    }
}
