//! The control channel: how `trivet run` tells the machine what to start, and hears how it ended.
//!
//! Frames over a byte stream, the virtio-serial port [`port::CONTROL`]. [`ToGuest`] goes in, [`ToHost`] comes out; both sides
//! begin with `Hello` and refuse another [`VERSION`]. [`split`] finds the frames in received bytes, `decode` and `encode` turn
//! them into values and back, without allocation. Both sides treat what they receive as untrusted. Note 0013 has the dialogue.

/// Version of this protocol; both sides must have the same.
pub const VERSION: u32 = 1;
/// Bytes before a frame's payload: kind (`u16`), zero (`u16`), payload length (`u32`).
pub const FRAME_HEADER: usize = 8;
/// Longest argument, environment string or path, in bytes; Linux's limit for one string.
pub const STRING_MAX: usize = 128 * 1024;
/// Longest payload, in bytes.
pub const PAYLOAD_MAX: usize = STRING_MAX + 64;
/// Longest text in a frame to the host, in bytes.
pub const TEXT_MAX: usize = 4096;
/// Most return addresses in a crash report.
pub const FRAMES_MAX: usize = 64;

/// The numbers of the virtio-serial ports (0 is reserved by the device).
pub mod port {
    /// Bytes from the host to the program's standard input or terminal.
    pub const INPUT: u32 = 1;
    /// Bytes of the program's standard output or terminal.
    pub const OUTPUT: u32 = 2;
    /// Bytes of the program's standard error.
    pub const ERROR: u32 = 3;
    /// Frames of this module, both ways.
    pub const CONTROL: u32 = 4;
    /// The audit and the servers' log: lines of UTF-8 text to the host.
    pub const LOG: u32 = 5;
}

/// The names that the device announces for the ports, in the order of their numbers.
pub const PORT_NAMES: [&str; 5] = [
    "trivet.input",
    "trivet.output",
    "trivet.error",
    "trivet.control",
    "trivet.log",
];

/// Why received bytes are no frame, or a frame no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// A payload longer than [`PAYLOAD_MAX`], or a header with bits that must be zero.
    BadHeader,
    /// A kind that this side does not receive.
    UnknownKind,
    /// The payload is too short, too long, or has a field out of range.
    BadPayload,
    /// The buffer given to `encode` is too small.
    NoRoom,
}

/// One frame as received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What kind of message it is.
    pub kind: u16,
    /// The message's fields.
    pub payload: &'a [u8],
}

/// Takes the first frame off received bytes: the frame and its length, or `None` while it is incomplete.
pub fn split(bytes: &[u8]) -> Result<Option<(Frame<'_>, usize)>, FrameError> {
    let Some(([k0, k1, z0, z1, l0, l1, l2, l3], rest)) = bytes.split_first_chunk::<FRAME_HEADER>() else {
        return Ok(None);
    };
    let length = u32::from_le_bytes([*l0, *l1, *l2, *l3]) as usize;
    if [*z0, *z1] != [0, 0] || length > PAYLOAD_MAX {
        return Err(FrameError::BadHeader);
    }
    let frame = |payload| Frame {
        kind: u16::from_le_bytes([*k0, *k1]),
        payload,
    };
    Ok(rest
        .get(..length)
        .map(|payload| (frame(payload), FRAME_HEADER + length)))
}

/// What the host tells the machine.
///
/// A job is described by `Job`, then any number of `Argument` and `Environment`, at most one `Directory`, `FixedAddresses` where wanted, then `Start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToGuest<'a> {
    /// The first frame.
    Hello {
        /// [`VERSION`] of the host.
        version: u32,
    },
    /// Begins the description of a program to start.
    Job {
        /// The host's number for it; its answers carry it.
        job: u32,
        /// Standard input, output and error are a terminal of this size; otherwise they are the three streams.
        terminal: Option<TerminalSize>,
        /// The program: a path, or a name to be looked up in the guest's PATH.
        program: &'a [u8],
    },
    /// The next argument, the first is `argv[0]`.
    Argument(&'a [u8]),
    /// The next string of the environment, `NAME=value`.
    Environment(&'a [u8]),
    /// The working directory; without it the root.
    Directory(&'a [u8]),
    /// The program, and what it starts, lie at the lowest of their random places, where a debugger expects them.
    FixedAddresses,
    /// The description is complete: start the program.
    Start,
    /// No more input follows: the input ends after this many bytes, counted from the machine's start.
    InputEnd {
        /// Bytes sent on [`port::INPUT`] since the machine's start.
        bytes: u64,
    },
    /// The terminal's size changed.
    Resize(TerminalSize),
    /// Send a signal to the job's process.
    Signal {
        /// The job.
        job: u32,
        /// The signal's number.
        signal: u32,
    },
    /// End the machine.
    Shutdown,
}

/// A terminal's size in character cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminalSize {
    /// Lines.
    pub rows: u16,
    /// Characters a line.
    pub columns: u16,
}

/// What the machine tells the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToHost<'a> {
    /// The first frame: the machine is up.
    Hello {
        /// [`VERSION`] of the guest.
        version: u32,
    },
    /// The job's program runs.
    Started {
        /// The job.
        job: u32,
        /// Its process's number.
        process: u64,
    },
    /// The job's program could not be started.
    Refused {
        /// The job.
        job: u32,
        /// Why.
        reason: Refusal,
        /// Why, in words.
        text: &'a str,
    },
    /// A denial by the policy, in words; sent for a job's first only.
    Denied {
        /// The job.
        job: u32,
        /// What was denied to whom.
        text: &'a str,
    },
    /// A process died by a fault. The host adds names to the addresses.
    Crash(Crash<'a>),
    /// The job ended; nothing else follows for it.
    Exited {
        /// The job.
        job: u32,
        /// How it ended.
        end: End,
        /// Bytes sent on [`port::OUTPUT`] since the machine's start.
        output_bytes: u64,
        /// Bytes sent on [`port::ERROR`] since the machine's start.
        error_bytes: u64,
        /// Messages of the job's processes that the policy denied.
        denied: u64,
    },
    /// The machine cannot go on; the text says why.
    Failed {
        /// Why.
        text: &'a str,
    },
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By exit, with this status.
    Status(u8),
    /// By this signal, 1..=127.
    Signal(u8),
}

/// Why a program could not be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such program.
    NotFound,
    /// It is there but cannot be executed.
    CannotExecute,
    /// The machine lacks memory or another resource.
    NoResource,
    /// The policy does not let it start.
    Denied,
}

/// A process that died by a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crash<'a> {
    /// The job that it belongs to.
    pub job: u32,
    /// The signal.
    pub signal: u32,
    /// The address whose access faulted, or 0.
    pub address: u64,
    /// The instruction that faulted.
    pub instruction: u64,
    /// Where the program's image was loaded: subtract it from an address to find it in the file.
    pub image_base: u64,
    /// The program's path.
    pub program: &'a [u8],
    return_addresses: &'a [u8],
}

impl<'a> Crash<'a> {
    /// A report without return addresses; [`encode_crash`] takes those.
    #[must_use]
    pub fn new(
        job: u32,
        signal: u32,
        address: u64,
        instruction: u64,
        image_base: u64,
        program: &'a [u8],
    ) -> Self {
        Crash {
            job,
            signal,
            address,
            instruction,
            image_base,
            program,
            return_addresses: &[],
        }
    }

    /// The return addresses on the stack, innermost first.
    pub fn return_addresses(&self) -> impl Iterator<Item = u64> + 'a {
        self.return_addresses
            .as_chunks::<8>()
            .0
            .iter()
            .map(|bytes| u64::from_le_bytes(*bytes))
    }
}

/// Frame kinds; numbers to the guest are below 128.
mod kind {
    pub const HELLO: u16 = 1;
    pub const JOB: u16 = 2;
    pub const ARGUMENT: u16 = 3;
    pub const ENVIRONMENT: u16 = 4;
    pub const DIRECTORY: u16 = 5;
    pub const START: u16 = 6;
    pub const INPUT_END: u16 = 7;
    pub const RESIZE: u16 = 8;
    pub const SIGNAL: u16 = 9;
    pub const SHUTDOWN: u16 = 10;
    pub const FIXED_ADDRESSES: u16 = 11;
    pub const GUEST_HELLO: u16 = 129;
    pub const STARTED: u16 = 130;
    pub const REFUSED: u16 = 131;
    pub const DENIED: u16 = 132;
    pub const CRASH: u16 = 133;
    pub const EXITED: u16 = 134;
    pub const FAILED: u16 = 135;
}

impl<'a> ToGuest<'a> {
    /// Writes the frame into `buffer` and returns its length.
    pub fn encode(&self, buffer: &mut [u8]) -> Result<usize, FrameError> {
        match *self {
            ToGuest::Hello { version } => Writer::begin(buffer, kind::HELLO)?.u32(version)?.end(),
            ToGuest::Job {
                job,
                terminal,
                program,
            } => Writer::begin(buffer, kind::JOB)?
                .u32(job)?
                .u16(u16::from(terminal.is_some()))?
                .size(terminal.unwrap_or(TerminalSize { rows: 0, columns: 0 }))?
                .string(program, STRING_MAX)?
                .end(),
            ToGuest::Argument(text) => Writer::begin(buffer, kind::ARGUMENT)?
                .string(text, STRING_MAX)?
                .end(),
            ToGuest::Environment(text) => Writer::begin(buffer, kind::ENVIRONMENT)?
                .string(text, STRING_MAX)?
                .end(),
            ToGuest::Directory(path) => Writer::begin(buffer, kind::DIRECTORY)?
                .string(path, STRING_MAX)?
                .end(),
            ToGuest::FixedAddresses => Writer::begin(buffer, kind::FIXED_ADDRESSES)?.end(),
            ToGuest::Start => Writer::begin(buffer, kind::START)?.end(),
            ToGuest::InputEnd { bytes } => Writer::begin(buffer, kind::INPUT_END)?.u64(bytes)?.end(),
            ToGuest::Resize(size) => Writer::begin(buffer, kind::RESIZE)?.size(size)?.end(),
            ToGuest::Signal { job, signal } => {
                Writer::begin(buffer, kind::SIGNAL)?.u32(job)?.u32(signal)?.end()
            }
            ToGuest::Shutdown => Writer::begin(buffer, kind::SHUTDOWN)?.end(),
        }
    }

    /// Reads a frame's message.
    pub fn decode(frame: Frame<'a>) -> Result<Self, FrameError> {
        let mut reader = Reader { rest: frame.payload };
        let message = match frame.kind {
            kind::HELLO => ToGuest::Hello {
                version: reader.u32()?,
            },
            kind::JOB => {
                let (job, flag, size) = (reader.u32()?, reader.u16()?, reader.size()?);
                let terminal = match flag {
                    0 => None,
                    1 => Some(size),
                    _ => return Err(FrameError::BadPayload),
                };
                ToGuest::Job {
                    job,
                    terminal,
                    program: reader.string(STRING_MAX)?,
                }
            }
            kind::ARGUMENT => ToGuest::Argument(reader.string(STRING_MAX)?),
            kind::ENVIRONMENT => ToGuest::Environment(reader.string(STRING_MAX)?),
            kind::DIRECTORY => ToGuest::Directory(reader.string(STRING_MAX)?),
            kind::FIXED_ADDRESSES => ToGuest::FixedAddresses,
            kind::START => ToGuest::Start,
            kind::INPUT_END => ToGuest::InputEnd { bytes: reader.u64()? },
            kind::RESIZE => ToGuest::Resize(reader.size()?),
            kind::SIGNAL => {
                let (job, signal) = (reader.u32()?, reader.u32()?);
                if !(1..=64).contains(&signal) {
                    return Err(FrameError::BadPayload);
                }
                ToGuest::Signal { job, signal }
            }
            kind::SHUTDOWN => ToGuest::Shutdown,
            _ => return Err(FrameError::UnknownKind),
        };
        reader.end(message)
    }
}

impl<'a> ToHost<'a> {
    /// Writes the frame into `buffer` and returns its length. For [`ToHost::Crash`] see also [`encode_crash`].
    pub fn encode(&self, buffer: &mut [u8]) -> Result<usize, FrameError> {
        match *self {
            ToHost::Hello { version } => Writer::begin(buffer, kind::GUEST_HELLO)?.u32(version)?.end(),
            ToHost::Started { job, process } => Writer::begin(buffer, kind::STARTED)?
                .u32(job)?
                .u64(process)?
                .end(),
            ToHost::Refused { job, reason, text } => Writer::begin(buffer, kind::REFUSED)?
                .u32(job)?
                .u32(reason as u32)?
                .string(text.as_bytes(), TEXT_MAX)?
                .end(),
            ToHost::Denied { job, text } => Writer::begin(buffer, kind::DENIED)?
                .u32(job)?
                .string(text.as_bytes(), TEXT_MAX)?
                .end(),
            ToHost::Crash(ref crash) => crash_head(buffer, crash)?.bytes(crash.return_addresses)?.end(),
            ToHost::Exited {
                job,
                end,
                output_bytes,
                error_bytes,
                denied,
            } => {
                let (by_signal, value) = match end {
                    End::Status(status) => (0, status),
                    End::Signal(signal) => (1, signal),
                };
                Writer::begin(buffer, kind::EXITED)?
                    .u32(job)?
                    .u16(by_signal)?
                    .u16(u16::from(value))?
                    .u64(output_bytes)?
                    .u64(error_bytes)?
                    .u64(denied)?
                    .end()
            }
            ToHost::Failed { text } => Writer::begin(buffer, kind::FAILED)?
                .string(text.as_bytes(), TEXT_MAX)?
                .end(),
        }
    }

    /// Reads a frame's message.
    pub fn decode(frame: Frame<'a>) -> Result<Self, FrameError> {
        let mut reader = Reader { rest: frame.payload };
        let message = match frame.kind {
            kind::GUEST_HELLO => ToHost::Hello {
                version: reader.u32()?,
            },
            kind::STARTED => ToHost::Started {
                job: reader.u32()?,
                process: reader.u64()?,
            },
            kind::REFUSED => {
                let job = reader.u32()?;
                let reason = match reader.u32()? {
                    0 => Refusal::NotFound,
                    1 => Refusal::CannotExecute,
                    2 => Refusal::NoResource,
                    3 => Refusal::Denied,
                    _ => return Err(FrameError::BadPayload),
                };
                ToHost::Refused {
                    job,
                    reason,
                    text: reader.text()?,
                }
            }
            kind::DENIED => ToHost::Denied {
                job: reader.u32()?,
                text: reader.text()?,
            },
            kind::CRASH => ToHost::Crash(Crash {
                job: reader.u32()?,
                signal: reader.u32()?,
                address: reader.u64()?,
                instruction: reader.u64()?,
                image_base: reader.u64()?,
                program: reader.string(TEXT_MAX)?,
                return_addresses: reader.addresses()?,
            }),
            kind::EXITED => {
                let (job, by_signal, value) = (reader.u32()?, reader.u16()?, reader.u16()?);
                let value = u8::try_from(value).map_err(|_| FrameError::BadPayload)?;
                let end = match (by_signal, value) {
                    (0, status) => End::Status(status),
                    (1, signal @ 1..=127) => End::Signal(signal),
                    _ => return Err(FrameError::BadPayload),
                };
                ToHost::Exited {
                    job,
                    end,
                    output_bytes: reader.u64()?,
                    error_bytes: reader.u64()?,
                    denied: reader.u64()?,
                }
            }
            kind::FAILED => ToHost::Failed { text: reader.text()? },
            _ => return Err(FrameError::UnknownKind),
        };
        reader.end(message)
    }
}

/// Writes a crash report with these return addresses, innermost first; those beyond [`FRAMES_MAX`] are left out.
pub fn encode_crash(
    crash: &Crash<'_>,
    return_addresses: &[u64],
    buffer: &mut [u8],
) -> Result<usize, FrameError> {
    return_addresses
        .iter()
        .take(FRAMES_MAX)
        .try_fold(crash_head(buffer, crash)?, |writer, address| writer.u64(*address))?
        .end()
}

fn crash_head<'b>(buffer: &'b mut [u8], crash: &Crash<'_>) -> Result<Writer<'b>, FrameError> {
    Writer::begin(buffer, kind::CRASH)?
        .u32(crash.job)?
        .u32(crash.signal)?
        .u64(crash.address)?
        .u64(crash.instruction)?
        .u64(crash.image_base)?
        .string(crash.program, TEXT_MAX)
}

/// Writes one frame.
struct Writer<'b> {
    buffer: &'b mut [u8],
    length: usize,
}

impl<'b> Writer<'b> {
    fn begin(buffer: &'b mut [u8], kind: u16) -> Result<Self, FrameError> {
        let writer = Writer { buffer, length: 0 };
        writer.u16(kind)?.u16(0)?.u32(0)
    }

    fn bytes(mut self, bytes: &[u8]) -> Result<Self, FrameError> {
        let end = self.length.checked_add(bytes.len()).ok_or(FrameError::NoRoom)?;
        self.buffer
            .get_mut(self.length..end)
            .ok_or(FrameError::NoRoom)?
            .copy_from_slice(bytes);
        self.length = end;
        Ok(self)
    }

    fn u16(self, value: u16) -> Result<Self, FrameError> {
        self.bytes(&value.to_le_bytes())
    }

    fn u32(self, value: u32) -> Result<Self, FrameError> {
        self.bytes(&value.to_le_bytes())
    }

    fn u64(self, value: u64) -> Result<Self, FrameError> {
        self.bytes(&value.to_le_bytes())
    }

    fn size(self, size: TerminalSize) -> Result<Self, FrameError> {
        self.u16(size.rows)?.u16(size.columns)
    }

    fn string(self, string: &[u8], most: usize) -> Result<Self, FrameError> {
        if string.len() > most || string.contains(&0) {
            return Err(FrameError::BadPayload);
        }
        self.u32(string.len() as u32)?.bytes(string)
    }

    fn end(self) -> Result<usize, FrameError> {
        let payload = self.length - FRAME_HEADER;
        if payload > PAYLOAD_MAX {
            return Err(FrameError::BadPayload);
        }
        self.buffer[4..FRAME_HEADER].copy_from_slice(&(payload as u32).to_le_bytes());
        Ok(self.length)
    }
}

/// Reads one frame's payload.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], FrameError> {
        let (array, rest) = self.rest.split_first_chunk::<N>().ok_or(FrameError::BadPayload)?;
        self.rest = rest;
        Ok(*array)
    }

    fn u16(&mut self) -> Result<u16, FrameError> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, FrameError> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, FrameError> {
        self.array().map(u64::from_le_bytes)
    }

    fn size(&mut self) -> Result<TerminalSize, FrameError> {
        Ok(TerminalSize {
            rows: self.u16()?,
            columns: self.u16()?,
        })
    }

    /// A string with its length before it; it has no zero byte, so that it can be a C string.
    fn string(&mut self, most: usize) -> Result<&'a [u8], FrameError> {
        let length = self.u32()? as usize;
        let (string, rest) = self.rest.split_at_checked(length).ok_or(FrameError::BadPayload)?;
        if length > most || string.contains(&0) {
            return Err(FrameError::BadPayload);
        }
        self.rest = rest;
        Ok(string)
    }

    fn text(&mut self) -> Result<&'a str, FrameError> {
        core::str::from_utf8(self.string(TEXT_MAX)?).map_err(|_| FrameError::BadPayload)
    }

    fn addresses(&mut self) -> Result<&'a [u8], FrameError> {
        let bytes = core::mem::take(&mut self.rest);
        if bytes.len().is_multiple_of(8) && bytes.len() / 8 <= FRAMES_MAX {
            Ok(bytes)
        } else {
            Err(FrameError::BadPayload)
        }
    }

    /// Every byte must have been read.
    fn end<T>(self, message: T) -> Result<T, FrameError> {
        if self.rest.is_empty() {
            Ok(message)
        } else {
            Err(FrameError::BadPayload)
        }
    }
}

#[cfg(test)]
mod tests;
