//! One record, as `Audit.TraceRecord` lays it out.

/// Bytes of a record.
pub const BYTES: usize = 208;
/// Bytes that a record shows of a message, at most.
const SHOWN: usize = 80;

/// What a record tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A message was sent.
    Request,
    /// Its call ended.
    Answer,
    /// `bytes` records were lost before this one.
    Lost,
}

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Monotonic time.
    pub time_ns: u64,
    /// The sender's process number.
    pub process: u64,
    /// The sender's thread.
    pub thread: u64,
    /// Interface.
    pub interface: u16,
    /// Method.
    pub method: u8,
    /// What it tells.
    pub kind: Kind,
    /// Bytes in all that were sent, or came back.
    pub bytes: u64,
    /// 0, the server's error, or minus the call's.
    pub status: i64,
    /// What the message went to, or the first handle that came back.
    pub handle: u64,
    /// Words.
    pub words: [u64; 6],
    /// The process's name.
    pub name: Vec<u8>,
    /// The first of the bytes.
    pub data: Vec<u8>,
}

impl Record {
    /// Reads a record.
    pub fn parse(bytes: &[u8; BYTES]) -> Option<Record> {
        let word = |at: usize| bytes[at..at + 8].try_into().map_or(0, u64::from_le_bytes);
        let kind = match bytes[35] {
            0 => Kind::Request,
            1 => Kind::Answer,
            2 => Kind::Lost,
            _ => return None,
        };
        let shown = usize::try_from(word(32) >> 32)
            .ok()
            .filter(|&shown| shown <= SHOWN)?;
        let name = &bytes[112..128];
        let end = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
        Some(Record {
            time_ns: word(0),
            process: word(8),
            thread: word(16),
            interface: u16::from_le_bytes([bytes[32], bytes[33]]),
            method: bytes[34],
            kind,
            bytes: word(40),
            status: word(48).cast_signed(),
            handle: word(56),
            words: std::array::from_fn(|index| word(64 + 8 * index)),
            name: name[..end].to_vec(),
            data: bytes[128..128 + shown].to_vec(),
        })
    }
}
