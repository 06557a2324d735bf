//! The straight path of `File`: stat, fstat, open, read and write of what is at hand, served without a future; a read of an empty pipe is parked.
//! Whatever is not plain goes on to the dispatcher, which checks it from the beginning.

use super::judge::RequestJudge;
use super::replies;
use super::service::Service;
use crate::error::Error;
use crate::file_system::FileSystem;
use crate::open_file::OpenFlags;
use crate::pipe::{ReadNow, WriteNow};
use crate::service::AtFlags;
use crate::walk::Caller;
use trivet_ipc::file::method;
use trivet_server::{Answer, AtOnce, Output, Request};

/// The longest path that is looked at here.
const PATH_BYTES: u64 = 4096;

impl Service {
    /// Serves the request if it is plain.
    #[inline]
    pub(super) fn serve_straight(&self, request: &Request, answer: &mut Answer) -> AtOnce {
        // The sessions that are no open files have small badges.
        if request.badge() >> 32 == 0 || !request.handles().is_empty() {
            return AtOnce::No;
        }
        let served = match request.method() {
            method::ATTRIBUTES_AT => self.straight_attributes(request),
            method::ATTRIBUTES => self.straight_own_attributes(request),
            method::OPEN if self.straight_open(request, answer) => return AtOnce::Answered,
            method::READ => return self.straight_read(request, answer),
            method::READ_AT => self.straight_read_at(request),
            method::WRITE => return self.straight_write(request, answer),
            method::WRITE_AT => self.straight_write_at(request),
            method::SET_FLAGS => {
                // Whoever waits for bytes waits by the old ones.
                if let Some(file) = self.vfs.open_files.get(request.badge()) {
                    self.vfs.resume_reader(&file);
                }
                None
            }
            _ => None,
        };
        finish(served, answer)
    }

    /// The path, where all of it came with the message.
    #[inline]
    fn path<'a>(&self, request: &'a Request) -> Option<&'a [u8]> {
        let path = request.at_hand(0);
        (path.len() as u64 == request.sent() && request.sent() <= PATH_BYTES).then_some(path)
    }

    #[inline]
    fn straight_attributes(&self, request: &Request) -> Option<Result<u64, Error>> {
        let path = self.path(request)?;
        let file = self.vfs.open_files.get(request.badge())?;
        let credentials = self.caller_of(request).ok()?;
        if credentials.root != 0 {
            return None;
        }
        let judge = RequestJudge::new(request);
        let caller = Caller {
            credentials: &credentials,
            judge: &judge,
        };
        let found = self
            .vfs
            .attributes_at_once(&caller, &file, path, AtFlags(request.word(0)))?;
        Some(found.map(|place| {
            let reply = replies::attributes(&place.attributes(), place.mount.device);
            request.buffer_reply(trivet_ipc::plain::bytes_of(&reply));
            0
        }))
    }

    /// The attributes of the open file itself.
    #[inline]
    fn straight_own_attributes(&self, request: &Request) -> Option<Result<u64, Error>> {
        let file = self.vfs.open_files.get(request.badge())?;
        let place = &file.place;
        let reply = replies::attributes(&place.attributes(), place.mount.device);
        let bytes = trivet_ipc::plain::bytes_of(&reply);
        if place.file_system().is_elsewhere() || request.sent() != 0 || request.room() != bytes.len() as u64 {
            return None;
        }
        request.buffer_reply(bytes);
        Some(Ok(0))
    }

    #[inline]
    fn straight_open(&self, request: &Request, answer: &mut Answer) -> bool {
        // Mode and mask are for files that are made; what does not fit into them is for the dispatcher to refuse.
        if request.word(1).max(request.word(2)) > u64::from(u32::MAX) {
            return false;
        }
        let opened = self.path(request).and_then(|path| {
            let file = self.vfs.open_files.get(request.badge())?;
            let credentials = self.caller_of(request).ok()?;
            if credentials.root != 0 {
                return None;
            }
            let judge = RequestJudge::new(request);
            let caller = Caller {
                credentials: &credentials,
                judge: &judge,
            };
            self.vfs
                .open_at_once(&caller, &file, path, OpenFlags(request.word(0)))
        });
        match opened {
            None => return false,
            Some(Err(error)) => fill(answer, Err(error), 0),
            Some(Ok(opened)) => {
                fill(answer, Ok(opened.attributes.kind as u64), 0);
                answer.mint = Some(Service::session(&opened));
            }
        }
        true
    }

    #[inline]
    fn straight_read(&self, request: &Request, answer: &mut Answer) -> AtOnce {
        let count = request.word(0).min(request.room());
        if request.sent() != 0 {
            return AtOnce::No;
        }
        let Some(file) = self.vfs.open_files.get(request.badge()) else {
            return AtOnce::No;
        };
        if file.stream.is_none() {
            return finish(self.vfs.read_at_once(&file, request, None, count), answer);
        }
        match self.vfs.read_pipe_at_once(&file, request, count) {
            Some(Ok(ReadNow::Done(count))) => finish(Some(Ok(count)), answer),
            Some(Ok(ReadNow::Parked)) => AtOnce::Parked,
            Some(Err(error)) => finish(Some(Err(error)), answer),
            None => AtOnce::No,
        }
    }

    #[inline]
    fn straight_read_at(&self, request: &Request) -> Option<Result<u64, Error>> {
        if request.sent() != 0 {
            return None;
        }
        let file = self.vfs.open_files.get(request.badge())?;
        let (offset, count) = (request.word(0).cast_signed(), request.word(1));
        self.vfs
            .read_at_once(&file, request, Some(offset), count.min(request.room()))
    }

    #[inline]
    fn straight_write(&self, request: &Request, answer: &mut Answer) -> AtOnce {
        let Some(file) = self.vfs.open_files.get(request.badge()) else {
            return AtOnce::No;
        };
        if file.stream.is_none() {
            let served = self.vfs.write_at_once(&file, request, None, request.sent());
            return finish(served, answer);
        }
        match self.vfs.write_pipe_at_once(&file, request, request.sent()) {
            Some(Ok(WriteNow::Done(count))) => finish(Some(Ok(count)), answer),
            Some(Ok(WriteNow::Given(count, reader))) => {
                fill(answer, Ok(count), 0);
                AtOnce::AnsweredBoth(reader)
            }
            Some(Err(error)) => finish(Some(Err(error)), answer),
            None => AtOnce::No,
        }
    }

    #[inline]
    fn straight_write_at(&self, request: &Request) -> Option<Result<u64, Error>> {
        let file = self.vfs.open_files.get(request.badge())?;
        let offset = request.word(0).cast_signed();
        self.vfs
            .write_at_once(&file, request, Some(offset), request.sent())
    }
}

/// Fills the answer, if there is one.
#[inline]
fn finish(served: Option<Result<u64, Error>>, answer: &mut Answer) -> AtOnce {
    let Some(result) = served else {
        return AtOnce::No;
    };
    fill(answer, result, 0);
    AtOnce::Answered
}

/// Fills an answer with a word, or an error.
#[inline]
fn fill(answer: &mut Answer, result: Result<u64, Error>, second: u64) {
    let (status, word) = match result {
        Ok(word) => (0, word),
        Err(error) => (error.number(), 0),
    };
    answer.status = status;
    answer.words = [word, second, 0, 0, 0, 0];
    answer.output = Output::Empty;
}
