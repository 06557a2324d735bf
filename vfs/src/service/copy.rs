//! Copies between two files inside the server: Linux's copy_file_range and sendfile.

use crate::anonymous::observer::events;
use crate::attributes::Kind;
use crate::backend::Backend;
use crate::error::Error;
use crate::judge::{FileMethod, Judge};
use crate::open_file::{OpenFile, OpenFlags};
use crate::server::Vfs;
use crate::walk::Caller;
use alloc::vec;

/// Bytes that are copied at a time.
const STEP: usize = 32 * 1024;
/// Bytes that one request copies, at most: others want the server, too.
const REQUEST_MAX: u64 = 512 * 1024;

/// An open file and the offset in it; a negative one is the open file's own, which moves on.
type Place<'a, B> = (&'a OpenFile<B>, i64);

impl<B: Backend> Vfs<B> {
    /// Copies up to `length` bytes; answers how many. Zero is the end of the source.
    ///
    /// # Errors
    /// `BadDescriptor` where a side is not open for it or the target appends, `IsDirectory`, `InvalidArgument` for what is no regular file and
    /// for ranges of one file that overlap, `AccessDenied` where the policy does not let the caller read the source, `FileTooBig`, `NoSpace`.
    pub async fn copy_range<J: Judge>(
        &self,
        caller: &Caller<'_, J>,
        request: &B::Request,
        (source, source_offset): Place<'_, B>,
        (target, target_offset): Place<'_, B>,
        length: u64,
    ) -> Result<u64, Error> {
        if !source.flags.get().reads()
            || !target.flags.get().writes()
            || target.flags.get().has(OpenFlags::APPEND)
        {
            return Err(Error::BadDescriptor);
        }
        for (file, _) in [(source, ()), (target, ())] {
            match file.place.attributes().kind {
                Kind::Regular => {}
                Kind::Directory => return Err(Error::IsDirectory),
                _ => return Err(Error::InvalidArgument),
            }
        }
        // The kernel has judged the method on the target; the source's bytes are read.
        caller.judge(&source.place.attributes(), FileMethod::Read)?;
        let from = u64::try_from(source_offset).unwrap_or_else(|_| source.offset.get());
        let to = u64::try_from(target_offset).unwrap_or_else(|_| target.offset.get());
        let length = self.within_limit(target, request, to, length.min(REQUEST_MAX))?;
        if source.place.is_same_inode(&target.place) && from.abs_diff(to) < length {
            return Err(Error::InvalidArgument);
        }
        let mut bytes = vec![0; STEP.min(length as usize)];
        let mut done = 0;
        while done < length {
            let step = bytes.len().min((length - done) as usize);
            let copied = source
                .place
                .file_system()
                .load(&source.place.node, from + done, &mut bytes[..step])
                .and_then(|count| {
                    target.place.file_system().store(
                        &target.place.node,
                        request,
                        to.checked_add(done).ok_or(Error::FileTooBig)?,
                        &bytes[..count],
                        self.now(),
                    )
                });
            match copied {
                Ok(0) => break,
                Ok(count) => done += count,
                Err(error) if done == 0 => return Err(error),
                Err(_) => break,
            }
        }
        if done > 0 {
            self.anonymous.observing.tell(&source.place, events::ACCESS);
            self.anonymous.observing.tell(&target.place, events::MODIFY);
        }
        if source_offset < 0 {
            source.offset.set(from + done);
        }
        if target_offset < 0 {
            target.offset.set(to + done);
        }
        Ok(done)
    }
}
