//! Bytes of 9P messages: little-endian numbers, strings with a length of 16 bits before them.
//!
//! [`Writer`] never writes beyond its buffer, [`Reader`] never reads beyond what came: the device is trusted with nothing.

/// A message does not fit, or what came is not a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Writes a message into a buffer.
#[derive(Debug)]
pub struct Writer<'a> {
    buffer: &'a mut [u8],
    at: usize,
    overflow: bool,
}

impl<'a> Writer<'a> {
    /// At the buffer's start.
    pub fn new(buffer: &'a mut [u8]) -> Writer<'a> {
        Writer {
            buffer,
            at: 0,
            overflow: false,
        }
    }

    /// Appends bytes.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        let place = self
            .at
            .checked_add(bytes.len())
            .and_then(|end| self.buffer.get_mut(self.at..end));
        match place {
            Some(place) => {
                place.copy_from_slice(bytes);
                self.at += bytes.len();
            }
            None => self.overflow = true,
        }
        self
    }

    /// Appends 8 bits.
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.bytes(&[value])
    }

    /// Appends 16 bits.
    pub fn u16(&mut self, value: u16) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    /// Appends 32 bits.
    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    /// Appends 64 bits.
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    /// Appends a string.
    pub fn string(&mut self, text: &[u8]) -> &mut Self {
        match u16::try_from(text.len()) {
            Ok(length) => self.u16(length).bytes(text),
            Err(_) => {
                self.overflow = true;
                self
            }
        }
    }

    /// Lets `fill` write up to `length` bytes, with their count of 32 bits before them; it answers how many it wrote.
    ///
    /// # Errors
    /// What `fill` says.
    pub fn filled<E>(
        &mut self,
        length: usize,
        fill: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<(), E> {
        let count_at = self.at;
        self.u32(0);
        let left = self.buffer.get_mut(self.at..).unwrap_or(&mut []);
        let length = length.min(left.len());
        let count = fill(&mut left[..length])?.min(length);
        self.at += count;
        if let (Some(place), Ok(count)) = (self.buffer.get_mut(count_at..count_at + 4), u32::try_from(count))
        {
            place.copy_from_slice(&count.to_le_bytes());
        }
        Ok(())
    }

    /// Bytes so far.
    #[must_use]
    pub fn length(&self) -> usize {
        self.at
    }

    /// Puts the whole length into the first four bytes; answers it.
    ///
    /// # Errors
    /// Something did not fit.
    pub fn finish(self) -> Result<usize, Malformed> {
        let length = u32::try_from(self.at).map_err(|_| Malformed)?;
        let place = self
            .buffer
            .get_mut(..4)
            .filter(|_| !self.overflow && self.at >= 4);
        place.ok_or(Malformed)?.copy_from_slice(&length.to_le_bytes());
        Ok(self.at)
    }
}

/// Reads a message.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    left: &'a [u8],
}

impl<'a> Reader<'a> {
    /// At the start of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { left: bytes }
    }

    /// The next `length` bytes.
    ///
    /// # Errors
    /// There are fewer.
    pub fn bytes(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (bytes, left) = self.left.split_at_checked(length).ok_or(Malformed)?;
        self.left = left;
        Ok(bytes)
    }

    fn array<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], Malformed> {
        let (bytes, left) = self.left.split_first_chunk().ok_or(Malformed)?;
        self.left = left;
        Ok(*bytes)
    }

    /// 8 bits.
    ///
    /// # Errors
    /// As `bytes`; those below too.
    pub fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    /// 16 bits.
    ///
    /// # Errors
    /// As `bytes`.
    pub fn u16(&mut self) -> Result<u16, Malformed> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    /// 32 bits.
    ///
    /// # Errors
    /// As `bytes`.
    pub fn u32(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// 64 bits.
    ///
    /// # Errors
    /// As `bytes`.
    pub fn u64(&mut self) -> Result<u64, Malformed> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// A string.
    ///
    /// # Errors
    /// As `bytes`.
    pub fn string(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.u16()?;
        self.bytes(usize::from(length))
    }

    /// Bytes with their count of 32 bits before them.
    ///
    /// # Errors
    /// As `bytes`.
    pub fn counted(&mut self) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(self.u32()?).map_err(|_| Malformed)?;
        self.bytes(length)
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// Says that the message ends here.
    ///
    /// # Errors
    /// Something is left.
    pub fn finish(self) -> Result<(), Malformed> {
        if self.is_empty() { Ok(()) } else { Err(Malformed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_was_written_is_read_back() {
        let mut buffer = [0; 64];
        let mut writer = Writer::new(&mut buffer);
        writer.u32(0).u8(7).u16(0x102).string(b"name").u64(u64::MAX - 1);
        let filled: Result<(), ()> = writer.filled(8, |bytes| {
            bytes[..3].copy_from_slice(b"abc");
            Ok(3)
        });
        filled.unwrap();
        let length = writer.finish().unwrap();
        let mut reader = Reader::new(&buffer[..length]);
        assert_eq!(reader.u32().unwrap() as usize, length);
        assert_eq!(reader.u8(), Ok(7));
        assert_eq!(reader.u16(), Ok(0x102));
        assert_eq!(reader.string(), Ok(&b"name"[..]));
        assert_eq!(reader.u64(), Ok(u64::MAX - 1));
        assert_eq!(reader.counted(), Ok(&b"abc"[..]));
        assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn what_does_not_fit_is_an_error_and_writes_nothing_beyond() {
        let mut buffer = [0xee; 16];
        let mut writer = Writer::new(&mut buffer[..10]);
        writer.u32(0).string(b"too long");
        assert_eq!(writer.finish(), Err(Malformed));
        assert_eq!(buffer[10..], [0xee; 6]);
    }

    proptest! {
        #[test]
        fn strings_of_any_bytes_end_where_their_length_says(
            text in proptest::collection::vec(any::<u8>(), 0..40),
            cut in 0usize..50,
        ) {
            let mut buffer = [0; 64];
            let mut writer = Writer::new(&mut buffer);
            writer.u32(0).string(&text);
            let length = writer.finish().unwrap();
            let cut = cut.min(length);
            let mut reader = Reader::new(&buffer[4.min(cut)..cut]);
            let read = reader.string();
            if cut == length {
                prop_assert_eq!(read, Ok(&text[..]));
            } else {
                prop_assert_eq!(read, Err(Malformed));
            }
        }
    }
}
