//! `trivet run --trace`: makes text of what the guest's kernel tells of traced messages, a line a call, as strace would write it.
//!
//! `record` reads the tracer's bytes, `text` knows the interfaces, `Lines` here joins a request with its answer. The guest is not trusted: bytes that are no
//! record end the trace, and whatever text it sends is escaped.

mod record;
mod text;

use record::{Kind, Record};
use std::collections::HashMap;
use std::io::{self, Read, Write};
use text::Decoder;
use trivet_idl::Model;

/// The port of the machine that carries the records.
pub const PORT: u32 = 6;
/// The port's name.
pub const PORT_NAME: &str = "trivet.trace";
/// Requests that wait for their answers, at most; the oldest are told without one.
const OPEN_MAX: usize = 65_536;

/// Makes lines of records.
pub struct Lines {
    decoder: Decoder,
    filter: Vec<String>,
    /// By thread: a request whose answer has not come.
    open: HashMap<u64, Record>,
}

impl Lines {
    /// Over these interfaces. Of a filter's words (`Interface` or `Interface.method`) one must be the message's; without any, all are told.
    pub fn new(model: Model, filter: Vec<String>) -> Lines {
        Lines {
            decoder: Decoder::new(model),
            filter,
            open: HashMap::new(),
        }
    }

    /// Reads records to their end and writes lines.
    pub fn run(mut self, mut from: impl Read, mut to: impl Write) -> io::Result<()> {
        let mut bytes = [0; record::BYTES];
        loop {
            match from.read_exact(&mut bytes) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
                Err(error) => return Err(error),
            }
            let Some(record) = Record::parse(&bytes) else {
                writeln!(to, "trivet: the guest sent something that is no trace")?;
                return to.flush();
            };
            for line in self.take(record) {
                writeln!(to, "{line}")?;
            }
        }
        let mut left: Vec<Record> = self.open.drain().map(|(_, record)| record).collect();
        left.sort_by_key(|record| record.time_ns);
        for record in left {
            if self.is_wanted(&record) {
                writeln!(to, "{} <unfinished>", self.decoder.request(&record))?;
            }
        }
        to.flush()
    }

    fn is_wanted(&self, record: &Record) -> bool {
        let (interface, method) = self.decoder.names(record);
        let whole = format!("{interface}.{method}");
        self.filter.is_empty()
            || self
                .filter
                .iter()
                .any(|word| *word == interface || *word == whole)
    }

    /// The lines that a record completes.
    fn take(&mut self, record: Record) -> Vec<String> {
        match record.kind {
            Kind::Lost => vec![format!("{} records lost", record.bytes)],
            Kind::Request => {
                let mut lines = Vec::new();
                if self.open.len() >= OPEN_MAX {
                    self.open.clear();
                    lines.push("too many calls without an answer: their requests are left out".to_owned());
                }
                // One without an answer: a handler's end, or a thread's.
                if let Some(old) = self.open.insert(record.thread, record)
                    && self.is_wanted(&old)
                {
                    lines.push(format!("{} = ?", self.decoder.request(&old)));
                }
                lines
            }
            Kind::Answer => {
                let request = self.open.remove(&record.thread);
                let request = request.filter(|request| {
                    (request.interface, request.method) == (record.interface, record.method)
                });
                match request {
                    Some(request) if self.is_wanted(&request) => {
                        let spent = record.time_ns.saturating_sub(request.time_ns);
                        vec![format!(
                            "{} = {} <{spent} ns>",
                            self.decoder.request(&request),
                            self.decoder.answer(&record)
                        )]
                    }
                    // Its request was lost.
                    None if self.is_wanted(&record) => vec![format!(
                        "{} ... = {}",
                        self.decoder.who(&record),
                        self.decoder.answer(&record)
                    )],
                    _ => Vec::new(),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
