//! A file of XML as UTF-8, whichever encoding it says it has.

use crate::{
    allowance::{Allowance, Meter},
    text::encoding::{Source, Start},
};
use identity_core::sheet::FileRefusal;
use std::{
    fs::File,
    io::{self, BufRead, Read},
    sync::Arc,
};

const BLOCK: usize = 64 << 10;

/// The decoded bytes of a file.
pub(crate) struct Plain {
    source: Source,
    block: Vec<u8>,
    start: usize,
    end: usize,
    decoded: u64,
    meter: Meter,
}

impl Plain {
    /// Reads a file from its beginning.
    pub(crate) fn open(
        file: File,
        start: Start,
        left: Arc<Allowance>,
    ) -> Result<Self, FileRefusal> {
        Ok(Self {
            source: Source::declared(file, start)?,
            block: vec![0; BLOCK],
            start: 0,
            end: 0,
            decoded: 0,
            meter: Meter::new(left),
        })
    }

    pub(crate) fn meter(&mut self) -> &mut Meter {
        &mut self.meter
    }

    /// Bytes of UTF-8 so far.
    pub(crate) fn decoded(&self) -> u64 {
        self.decoded
    }

    /// Bytes of the file read, and to be read.
    pub(crate) fn progress(&self) -> (u64, u64) {
        self.source.progress()
    }

    #[cold]
    fn refill(&mut self) -> Result<(), FileRefusal> {
        self.meter.allow_token()?;
        self.start = 0;
        self.end = 0;
        self.end = self.source.read(&mut self.block)?;
        self.decoded += self.end as u64;
        self.meter.charge(self.end as u64)
    }
}

impl BufRead for Plain {
    #[inline]
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.meter.is_spent() || self.start == self.end {
            self.refill().map_err(io::Error::other)?;
        }
        Ok(self.block.get(self.start..self.end).unwrap_or_default())
    }

    #[inline]
    fn consume(&mut self, amount: usize) {
        self.start = self.end.min(self.start + amount);
        self.meter.consume(amount);
    }
}

impl Read for Plain {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(into)?;
        self.consume(read);
        Ok(read)
    }
}
