//! The five byte streams between the command and the machine: socket pairs, one end here, one in QEMU.
//!
//! Sockets without a name in the file system: any number of runs at once cannot meet, and nothing is left
//! behind. Tests put a guest of their own at the other end.

use crate::failure::{Context, Result};
use crate::qemu::{Character, Port};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use trivet_abi::control::{PORT_NAMES, port};

/// One end of the five streams.
#[derive(Debug)]
pub struct Streams {
    /// To the program.
    pub input: UnixStream,
    /// From the program.
    pub output: UnixStream,
    /// From the program.
    pub error: UnixStream,
    /// Control frames, both ways.
    pub control: UnixStream,
    /// Audit and log.
    pub log: UnixStream,
}

impl Streams {
    /// Two connected ends.
    pub fn pair() -> Result<(Streams, Streams)> {
        let pair = || UnixStream::pair().context(|| "making a socket pair");
        let (input, output, error, control, log) = (pair()?, pair()?, pair()?, pair()?, pair()?);
        Ok((
            Streams {
                input: input.0,
                output: output.0,
                error: error.0,
                control: control.0,
                log: log.0,
            },
            Streams {
                input: input.1,
                output: output.1,
                error: error.1,
                control: control.1,
                log: log.1,
            },
        ))
    }

    /// The machine's ports that lead to this end, and the descriptors that QEMU has to inherit for it.
    pub fn into_ports(self) -> (Vec<Port>, Vec<OwnedFd>) {
        let ends = [
            (port::INPUT, self.input),
            (port::OUTPUT, self.output),
            (port::ERROR, self.error),
            (port::CONTROL, self.control),
            (port::LOG, self.log),
        ];
        ends.into_iter()
            .zip(PORT_NAMES)
            .map(|((number, stream), name)| {
                let to = Character::Socket(stream.as_raw_fd());
                (Port { number, name, to }, OwnedFd::from(stream))
            })
            .unzip()
    }
}
