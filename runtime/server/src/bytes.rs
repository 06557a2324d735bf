//! Arguments of a request: words with their checks, structs, byte strings that may still lie with the caller.
//!
//! The generated dispatchers decode with [`Decoder`]; handlers get [`Sent`] and [`SentValues`] for what may be too long
//! to be fetched before it is wanted.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::marker::PhantomData;

use trivet_ipc::plain::{Plain, from_bytes};

use crate::answer::{BAD_ADDRESS, INVALID, NO_MEMORY};
use crate::error::CopyError;
use crate::request::Request;

/// Bytes that the caller sends.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    request: &'a Request,
    offset: u64,
    length: u64,
}

impl<'a> Sent<'a> {
    /// How many bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Where they begin in the request's sent bytes: for `Request::copy_to` and `Request::copy_to_memory`.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The first of them, as many as came with the message itself.
    #[must_use]
    pub fn at_hand(&self) -> &'a [u8] {
        let bytes = self.request.at_hand(self.offset);
        &bytes[..bytes
            .len()
            .min(usize::try_from(self.length).unwrap_or(usize::MAX))]
    }

    /// Copies bytes from `from` on; answers how many.
    pub fn copy(&self, from: u64, into: &mut [u8]) -> Result<usize, CopyError> {
        let left = usize::try_from(self.length.saturating_sub(from)).unwrap_or(usize::MAX);
        let length = into.len().min(left);
        self.request.copy_in(self.offset + from, &mut into[..length])
    }

    /// All of them. The interface's bound is the bound here.
    pub fn to_vec(&self) -> Result<Vec<u8>, CopyError> {
        let length = usize::try_from(self.length).map_err(|_| CopyError::Refused)?;
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(length).map_err(|_| CopyError::Refused)?;
        bytes.extend_from_slice(self.at_hand());
        let at_hand = bytes.len();
        if at_hand < length {
            bytes.resize(length, 0);
            let count = self.copy(at_hand as u64, &mut bytes[at_hand..])?;
            if count != length - at_hand {
                return Err(CopyError::Gone);
            }
        }
        Ok(bytes)
    }
}

/// Values that the caller sends one behind the other.
#[derive(Clone, Copy, Debug)]
pub struct SentValues<'a, T> {
    bytes: Sent<'a>,
    values: PhantomData<T>,
}

impl<T: Plain> SentValues<'_, T> {
    /// How many values.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::try_from(self.bytes.length / size_of::<T>() as u64).unwrap_or(usize::MAX)
    }

    /// There are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.length == 0
    }

    /// All of them. Fields that are enums or flags are as the caller sent them.
    pub fn to_vec(&self) -> Result<Vec<T>, CopyError> {
        let bytes = self.bytes.to_vec()?;
        Ok(bytes
            .chunks_exact(size_of::<T>())
            .filter_map(from_bytes)
            .collect())
    }
}

/// Takes the arguments of a request apart, in the order of the interface. Errors are status numbers.
#[derive(Debug)]
pub struct Decoder<'a> {
    request: &'a Request,
    offset: u64,
}

impl<'a> Decoder<'a> {
    /// At the beginning.
    #[must_use]
    pub fn new(request: &'a Request) -> Decoder<'a> {
        Decoder { request, offset: 0 }
    }

    /// A word that has an unsigned type narrower than it.
    pub fn unsigned<T: TryFrom<u64>>(&self, index: usize) -> Result<T, u16> {
        T::try_from(self.request.word(index)).map_err(|_| INVALID)
    }

    /// A word that has a signed type, sign-extended.
    pub fn signed<T: TryFrom<i64>>(&self, index: usize) -> Result<T, u16> {
        T::try_from(self.request.word(index).cast_signed()).map_err(|_| INVALID)
    }

    /// A word that is 0 or 1.
    pub fn truth(&self, index: usize) -> Result<bool, u16> {
        match self.request.word(index) {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(INVALID),
        }
    }

    /// A word that is an enum or flags.
    pub fn checked<T>(&self, index: usize, from_word: impl Fn(u64) -> Option<T>) -> Result<T, u16> {
        from_word(self.request.word(index)).ok_or(INVALID)
    }

    fn left(&self) -> u64 {
        self.request.sent().saturating_sub(self.offset)
    }

    /// Bytes of at most `max`: as many as word `length_word` says, or all that are left but `tail`, which belong to
    /// arguments of fixed size behind them.
    pub fn bytes(&mut self, length_word: Option<usize>, tail: u64, max: u64) -> Result<Sent<'a>, u16> {
        let length = match length_word {
            Some(index) => self.request.word(index),
            None => self.left().checked_sub(tail).ok_or(INVALID)?,
        };
        if length > max || length > self.left() {
            return Err(INVALID);
        }
        let sent = Sent {
            request: self.request,
            offset: self.offset,
            length,
        };
        self.offset += length;
        Ok(sent)
    }

    /// As [`Decoder::bytes`], fetched from the caller where they did not come with the message.
    pub fn fetched(&mut self, length_word: Option<usize>, tail: u64, max: u64) -> Result<Cow<'a, [u8]>, u16> {
        let sent = self.bytes(length_word, tail, max)?;
        let at_hand = sent.at_hand();
        if at_hand.len() as u64 == sent.length() {
            return Ok(Cow::Borrowed(at_hand));
        }
        sent.to_vec().map(Cow::Owned).map_err(status_of)
    }

    /// Values of at most `max`.
    pub fn values<T: Plain>(
        &mut self,
        length_word: Option<usize>,
        tail: u64,
        max: u64,
    ) -> Result<SentValues<'a, T>, u16> {
        let size = size_of::<T>() as u64;
        let bytes = self.bytes(length_word, tail, max.saturating_mul(size))?;
        if !bytes.length().is_multiple_of(size) {
            return Err(INVALID);
        }
        Ok(SentValues {
            bytes,
            values: PhantomData,
        })
    }

    /// A struct.
    pub fn plain<T: Plain>(&mut self) -> Result<T, u16> {
        let size = size_of::<T>() as u64;
        if size > self.left() {
            return Err(INVALID);
        }
        let sent = Sent {
            request: self.request,
            offset: self.offset,
            length: size,
        };
        self.offset += size;
        match from_bytes(sent.at_hand()) {
            Some(value) => Ok(value),
            None => from_bytes(&sent.to_vec().map_err(status_of)?).ok_or(INVALID),
        }
    }

    /// Refuses bytes that no argument takes.
    pub fn finish(&self) -> Result<(), u16> {
        if self.left() == 0 { Ok(()) } else { Err(INVALID) }
    }
}

fn status_of(error: CopyError) -> u16 {
    match error {
        CopyError::BadPointer | CopyError::Gone | CopyError::NotResident(_) => BAD_ADDRESS,
        CopyError::Refused => NO_MEMORY,
    }
}
