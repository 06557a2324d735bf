//! Records of fixed size: numbers in little-endian order behind one another, read and written without alignment; tables of them.

/// A record of fixed size.
pub trait Record: Copy {
    /// Bytes of one record.
    const SIZE: usize;
    /// Reads a record from the first [`Record::SIZE`] bytes; shorter input reads as zeros.
    fn read(bytes: &[u8]) -> Self;
    /// Writes the record into the first [`Record::SIZE`] bytes; does nothing if there are fewer.
    fn write(&self, bytes: &mut [u8]);
}

macro_rules! number_record {
    ($($type:ty),+) => {$(
        impl Record for $type {
            const SIZE: usize = size_of::<$type>();
            #[inline]
            fn read(bytes: &[u8]) -> Self {
                match bytes.first_chunk() {
                    Some(raw) => <$type>::from_le_bytes(*raw),
                    None => 0,
                }
            }
            #[inline]
            fn write(&self, bytes: &mut [u8]) {
                if let Some(raw) = bytes.first_chunk_mut() {
                    *raw = self.to_le_bytes();
                }
            }
        }
    )+};
}
number_record!(u8, u16, u32, u64);

macro_rules! record {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)+
        }
        impl Record for $name {
            const SIZE: usize = 0 $(+ <$type as Record>::SIZE)+;
            #[inline]
            fn read(bytes: &[u8]) -> Self {
                let mut rest = bytes;
                $(
                    let $field = <$type as Record>::read(rest);
                    rest = rest.get(<$type as Record>::SIZE..).unwrap_or(&[]);
                )+
                let _ = rest;
                $name { $($field),+ }
            }
            #[inline]
            fn write(&self, bytes: &mut [u8]) {
                if bytes.len() < Self::SIZE {
                    return;
                }
                let mut at = 0;
                $(
                    self.$field.write(&mut bytes[at..]);
                    at += <$type as Record>::SIZE;
                )+
                let _ = at;
            }
        }
    };
}
pub(crate) use record;

/// A section seen as records.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a, R> {
    bytes: &'a [u8],
    record: core::marker::PhantomData<R>,
}

impl<'a, R: Record> Table<'a, R> {
    /// A view on `bytes`, whose length must be a multiple of the record's size; otherwise `None`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        bytes.len().is_multiple_of(R::SIZE).then_some(Table {
            bytes,
            record: core::marker::PhantomData,
        })
    }

    /// Number of records.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len() / R::SIZE
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The record at `index`.
    #[inline]
    #[must_use]
    pub fn get(&self, index: usize) -> Option<R> {
        let start = index.checked_mul(R::SIZE)?;
        let record = self.bytes.get(start..start.checked_add(R::SIZE)?)?;
        Some(R::read(record))
    }

    /// All records.
    pub fn iter(&self) -> impl Iterator<Item = R> + use<'a, R> {
        self.bytes.chunks_exact(R::SIZE).map(R::read)
    }

    /// The first index whose record does not satisfy `below`, in a table sorted by it.
    pub fn partition_point(&self, mut below: impl FnMut(&R) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle) {
                Some(record) if below(&record) => low = middle + 1,
                _ => high = middle,
            }
        }
        low
    }
}
