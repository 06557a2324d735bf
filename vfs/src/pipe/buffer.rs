//! Bytes in a pipe: few in the server's own memory, more in a Memory object that the writer's account pays for.

use crate::backend::Backend;
use crate::error::Error;
use alloc::collections::VecDeque;
use alloc::rc::Rc;
use core::cell::Cell;
use trivet_abi::Label;

/// Bytes that the server keeps in its own memory for one pipe, at most.
const NEAR: usize = 4096;
/// Pipes that may have bytes in the server's own memory at a time.
const NEAR_PIPES: usize = 256;

/// How many pipes may still take memory of the server's own.
#[derive(Clone, Debug)]
pub struct NearBudget(Rc<Cell<usize>>);

impl Default for NearBudget {
    fn default() -> Self {
        NearBudget(Rc::new(Cell::new(NEAR_PIPES)))
    }
}

/// The bytes, first in first out. What is near is older than what is far.
pub struct Buffer<B: Backend> {
    near: VecDeque<u8>,
    far: Option<Far<B>>,
    budget: NearBudget,
    /// Whether this pipe counts in the budget.
    counted: bool,
    label: Label,
}

/// A ring in a Memory object.
struct Far<B: Backend> {
    contents: B::Contents,
    size: u64,
    start: u64,
    length: u64,
}

impl<B: Backend> Buffer<B> {
    /// No bytes.
    pub fn new(budget: &NearBudget, label: Label) -> Buffer<B> {
        Buffer {
            near: VecDeque::new(),
            far: None,
            budget: budget.clone(),
            counted: false,
            label,
        }
    }

    /// Number of bytes.
    pub fn length(&self) -> u64 {
        self.near.len() as u64 + self.far.as_ref().map_or(0, |far| far.length)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.length() == 0
    }

    /// Appends bytes of a request, from `offset` on. The caller has seen to it that `capacity` leaves room for all of them. Answers how many
    /// could be read.
    pub fn append(
        &mut self,
        backend: &B,
        request: &B::Request,
        offset: u64,
        length: u64,
        capacity: u64,
    ) -> Result<u64, Error> {
        if self.far.as_ref().is_none_or(|far| far.length == 0) && self.has_near(length) {
            return self.append_near(backend, request, offset, length as usize);
        }
        if self.far.is_none() {
            let contents = backend.create_for(request, capacity, self.label)?;
            self.far = Some(Far {
                contents,
                size: capacity,
                start: 0,
                length: 0,
            });
        }
        let far = self.far.as_mut().ok_or(Error::NoMemory)?;
        far.append(backend, request, offset, length)
    }

    /// Whether so many more bytes may be near.
    fn has_near(&mut self, length: u64) -> bool {
        if self.near.len() as u64 + length > NEAR as u64 {
            return false;
        }
        if !self.counted {
            let left = self.budget.0.get();
            if left == 0 {
                return false;
            }
            self.budget.0.set(left - 1);
            self.counted = true;
            self.near.reserve_exact(NEAR);
        }
        true
    }

    fn append_near(
        &mut self,
        backend: &B,
        request: &B::Request,
        offset: u64,
        length: usize,
    ) -> Result<u64, Error> {
        if let Some(bytes) = backend.at_hand(request, offset, length) {
            self.near.extend(bytes);
            return Ok(length as u64);
        }
        let mut bytes = [0; NEAR];
        let bytes = &mut bytes[..length];
        let count = backend.take(request, offset, bytes)?;
        self.near.extend(&bytes[..count]);
        Ok(count as u64)
    }

    /// Puts bytes back that were taken last.
    pub fn put_back(&mut self, bytes: &[u8]) {
        // These few are kept even where no further pipe may have any.
        for &byte in bytes.iter().rev() {
            self.near.push_front(byte);
        }
    }

    /// Moves the first bytes into a request's room, from `offset` on, at most `room`. Answers how many.
    pub fn remove(
        &mut self,
        backend: &B,
        request: &B::Request,
        offset: u64,
        room: u64,
    ) -> Result<u64, Error> {
        // What was put back can make it longer than one piece.
        let count = self
            .near
            .len()
            .min(NEAR)
            .min(usize::try_from(room).unwrap_or(usize::MAX));
        let mut done = 0;
        if count > 0 {
            let (first, second) = self.near.as_slices();
            if count <= first.len() {
                done = backend.give(request, offset, &first[..count])?;
            } else {
                // One copy of both parts: a reply takes its bytes in one piece.
                let mut bytes = [0; NEAR];
                bytes[..first.len()].copy_from_slice(first);
                bytes[first.len()..count].copy_from_slice(&second[..count - first.len()]);
                done = backend.give(request, offset, &bytes[..count])?;
            }
            self.near.drain(..done as usize);
            if done < count as u64 || !self.near.is_empty() {
                return Ok(done);
            }
        }
        if done < room
            && let Some(far) = &mut self.far
            && far.length > 0
        {
            match far.remove(backend, request, offset + done, room - done) {
                Ok(more) => done += more,
                Err(error) if done == 0 => return Err(error),
                Err(_) => {}
            }
        }
        Ok(done)
    }

    /// Moves what is far into a Memory of another size, which `request`'s account pays for. The bytes must fit.
    pub fn resize(&mut self, backend: &B, request: &B::Request, capacity: u64) -> Result<(), Error> {
        let Some(far) = &self.far else { return Ok(()) };
        if far.length == 0 {
            self.far = None;
            return Ok(());
        }
        let contents = backend.create_for(request, capacity, self.label)?;
        let first = far.length.min(far.size - far.start);
        backend.copy_contents((&far.contents, far.start), (&contents, 0), first)?;
        backend.copy_contents((&far.contents, 0), (&contents, first), far.length - first)?;
        self.far = Some(Far {
            contents,
            size: capacity,
            start: 0,
            length: far.length,
        });
        Ok(())
    }
}

impl<B: Backend> Far<B> {
    fn append(&mut self, backend: &B, request: &B::Request, offset: u64, length: u64) -> Result<u64, Error> {
        let mut done = 0;
        while done < length {
            let end = (self.start + self.length) % self.size;
            let step = (length - done).min(self.size - end).min(self.size - self.length);
            if step == 0 {
                break;
            }
            match backend.copy_in(request, offset + done, &self.contents, end, step) {
                Ok(count) => {
                    self.length += count;
                    done += count;
                    if count < step {
                        break;
                    }
                }
                Err(error) if done == 0 => return Err(error),
                Err(_) => break,
            }
        }
        Ok(done)
    }

    fn remove(&mut self, backend: &B, request: &B::Request, offset: u64, room: u64) -> Result<u64, Error> {
        let mut done = 0;
        while done < room && self.length > 0 {
            let step = (room - done).min(self.size - self.start).min(self.length);
            match backend.copy_out(request, offset + done, &self.contents, self.start, step) {
                Ok(count) => {
                    self.start = (self.start + count) % self.size;
                    self.length -= count;
                    done += count;
                    if count < step {
                        break;
                    }
                }
                Err(error) if done == 0 => return Err(error),
                Err(_) => break,
            }
        }
        if self.length == 0 {
            self.start = 0;
        }
        Ok(done)
    }
}

impl<B: Backend> Drop for Buffer<B> {
    fn drop(&mut self) {
        if self.counted {
            self.budget.0.set(self.budget.0.get() + 1);
        }
    }
}
