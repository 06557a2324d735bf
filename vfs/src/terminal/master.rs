//! The master of a pseudo terminal: what it writes was typed, what it reads is shown. POSIX.1-2024 `posix_openpt`.

use super::device::Terminal;
use crate::backend::Backend;
use crate::error::Error;
use alloc::vec;

/// Bytes of a write that are looked at at a time.
const STEP: usize = 2048;

impl<B: Backend> Terminal<B> {
    /// Reads what programs wrote and what was echoed.
    ///
    /// # Errors
    /// `InputOutput` when all was read and no program has the other end open any more, `Again`, `Interrupted`, `BadAddress`.
    pub async fn master_read(&self, request: &B::Request, room: u64, waits: bool) -> Result<u64, Error> {
        if room == 0 {
            return Ok(0);
        }
        let limit = usize::try_from(room).unwrap_or(usize::MAX);
        loop {
            let given = self.take_output(limit, |bytes| match self.backend.give(request, 0, bytes) {
                Ok(count) => (count as usize, Ok(count)),
                Err(error) => (0, Err(error)),
            });
            if let Some(given) = given {
                return given;
            }
            if self.is_left.get() {
                return Err(Error::InputOutput);
            }
            if !waits {
                return Err(Error::Again);
            }
            self.output_came.wait(&*self.backend, request).await?;
        }
    }

    /// Types `length` bytes of the request.
    ///
    /// # Errors
    /// `Again`, `Interrupted`, `BadAddress`. What was typed before an error counts instead of it.
    pub async fn master_write(&self, request: &B::Request, length: u64, waits: bool) -> Result<u64, Error> {
        let mut done = 0;
        match self.type_all(request, length, waits, &mut done).await {
            Err(error) if done == 0 => Err(error),
            _ => Ok(done),
        }
    }

    async fn type_all(
        &self,
        request: &B::Request,
        length: u64,
        waits: bool,
        done: &mut u64,
    ) -> Result<(), Error> {
        let mut bytes = vec![0; length.min(STEP as u64) as usize];
        while *done < length {
            let step = (length - *done).min(bytes.len() as u64) as usize;
            let count = self.backend.take(request, *done, &mut bytes[..step])?;
            if count == 0 {
                return Ok(());
            }
            let mut rest = &bytes[..count];
            while !rest.is_empty() {
                let typed = self.type_bytes(rest);
                *done += typed as u64;
                rest = &rest[typed..];
                if typed > 0 {
                    continue;
                }
                if !waits {
                    return Err(Error::Again);
                }
                self.typing_room_came.wait(&*self.backend, request).await?;
            }
        }
        Ok(())
    }

    /// The master's open file has this badge.
    pub fn master_opened(&self, badge: u64) {
        self.masters.borrow_mut().push(badge);
    }

    /// The master's open file is gone; whether it was the last.
    pub fn master_closed(&self, badge: u64) -> bool {
        let mut masters = self.masters.borrow_mut();
        masters.retain(|&other| other != badge);
        masters.is_empty()
    }
}
