//! Compound files (MS-CFB): what the old programs keep their documents in, a small file system of sectors.
//!
//! Each sector names the one behind it, so that a forged file can run in a circle or out of itself. Nothing is
//! followed for more steps than there are sectors, and no size is believed before there are bytes for it.

use crate::{Limits, unreadable};
use identity_core::sheet::{Budget, FileRefusal};
use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    iter,
};

const HEADER: u64 = 512;
const ENTRY: usize = 128;
/// More than a workbook with thousands of macros and pictures needs.
const LONGEST_DIRECTORY: u64 = 4 << 20;
/// Shorter streams are kept in the small sectors of a stream of their own.
const SHORT: u64 = 4_096;
const SMALL_SECTOR: u64 = 64;
/// As much as is read at once.
const BLOCK: u64 = 64 << 10;
/// No sector follows, or none is there.
const END_OF_CHAIN: u32 = 0xffff_fffe;
const LARGEST_SECTOR: u32 = 0xffff_fffa;

const BROKEN: FileRefusal = FileRefusal::Corrupt {
    what: "compound file",
};

/// A compound file whose tables and directory were read.
pub(crate) struct Compound {
    sectors: Sectors,
    directory: Vec<u8>,
    /// Where the table of the small sectors begins.
    small: u32,
}

/// The sectors of a file, and which comes behind which.
struct Sectors {
    file: File,
    len: u64,
    shift: u32,
    next: Vec<u32>,
}

/// An entry of the directory.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    start: u32,
    len: u64,
}

impl Compound {
    pub(crate) fn open(mut file: File, limits: Limits) -> Result<Self, FileRefusal> {
        let len = file.seek(SeekFrom::End(0)).map_err(|it| unreadable(&it))?;
        let mut header = [0; HEADER as usize];
        file.rewind()
            .and_then(|()| file.read_exact(&mut header))
            .map_err(|_| BROKEN)?;
        let field = |at| u32_at(&header, at).ok_or(BROKEN);
        let shift = match u16_at(&header, 30) {
            Some(shift @ (9 | 12)) => u32::from(shift),
            _ => return Err(BROKEN),
        };
        let mut sectors = Sectors {
            file,
            len,
            shift,
            next: Vec::new(),
        };
        sectors.read_table(header.get(76..).unwrap_or_default(), field(68)?)?;
        let chain = sectors.chain(field(48)?)?;
        if (chain.len() as u64) << shift > LONGEST_DIRECTORY {
            return Err(limits.too_many(Budget::Entries));
        }
        let mut directory = Vec::new();
        for sector in chain {
            directory.extend_from_slice(&sectors.sector(sector)?);
        }
        Ok(Self {
            sectors,
            directory,
            small: field(60)?,
        })
    }

    /// The stream of this name in the outermost folder; its entries are a tree of siblings.
    pub(crate) fn find(&self, name: &str) -> Option<Entry> {
        let mut waiting = vec![u32_at(self.entry(0)?, 76)?];
        let mut steps = self.directory.len() / ENTRY;
        while let Some(entry) = waiting.pop() {
            let Some(entry) = self.entry(entry) else {
                continue;
            };
            steps = steps.checked_sub(1)?;
            let is_stream = entry.get(66) == Some(&2);
            if is_stream && is_named(entry, name) {
                return self.located(entry);
            }
            waiting.extend([u32_at(entry, 68)?, u32_at(entry, 72)?]);
        }
        None
    }

    fn entry(&self, number: u32) -> Option<&[u8]> {
        let at = (number as usize).checked_mul(ENTRY)?;
        self.directory.get(at..at.checked_add(ENTRY)?)
    }

    fn located(&self, entry: &[u8]) -> Option<Entry> {
        let start = u32_at(entry, 116)?;
        let len = match self.sectors.shift {
            // The upper half may hold anything in files of small sectors.
            9 => u64::from(u32_at(entry, 120)?),
            _ => u64::from_le_bytes(array_at(entry, 120)?),
        };
        Some(Entry { start, len })
    }

    /// Begins to read a stream.
    pub(crate) fn stream(mut self, entry: Entry) -> Result<Stream, FileRefusal> {
        let (block, chain) = if entry.len < SHORT {
            (self.short(entry)?, Vec::new())
        } else {
            (Vec::new(), self.sectors.chain(entry.start)?)
        };
        let room = (chain.len() as u64) << self.sectors.shift;
        if entry.len >= SHORT && entry.len > room {
            return Err(BROKEN);
        }
        Ok(Stream {
            sectors: self.sectors,
            chain,
            len: entry.len,
            at: 0,
            block,
            begin: 0,
        })
    }

    /// The bytes of a short stream.
    fn short(&mut self, entry: Entry) -> Result<Vec<u8>, FileRefusal> {
        let root = self.entry(0).and_then(|it| self.located(it));
        let container = self.sectors.chain(root.ok_or(BROKEN)?.start)?;
        let table = self.sectors.chain(self.small)?;
        let mut bytes = Vec::new();
        let mut small = entry.start;
        while (bytes.len() as u64) < entry.len {
            let sector =
                self.sectors
                    .within(&container, u64::from(small) * SMALL_SECTOR, SMALL_SECTOR)?;
            bytes.extend_from_slice(&sector);
            let next = self.sectors.within(&table, u64::from(small) * 4, 4)?;
            small = u32_at(&next, 0).ok_or(BROKEN)?;
        }
        bytes.truncate(usize::try_from(entry.len).map_err(|_| BROKEN)?);
        Ok(bytes)
    }
}

impl Sectors {
    fn size(&self) -> u64 {
        1 << self.shift
    }

    /// How many sectors there can be at most, the last perhaps cut off.
    fn most(&self) -> usize {
        usize::try_from(self.len >> self.shift).unwrap_or(usize::MAX)
    }

    fn offset(&self, sector: u32) -> u64 {
        (u64::from(sector) + 1) << self.shift
    }

    fn read(&mut self, offset: u64, len: u64) -> Result<Vec<u8>, FileRefusal> {
        if offset.saturating_add(len) > self.len {
            return Err(BROKEN);
        }
        let mut bytes = vec![0; usize::try_from(len).map_err(|_| BROKEN)?];
        self.file
            .seek(SeekFrom::Start(offset))
            .and_then(|_| self.file.read_exact(&mut bytes))
            .map_err(|it| unreadable(&it))?;
        Ok(bytes)
    }

    fn sector(&mut self, sector: u32) -> Result<Vec<u8>, FileRefusal> {
        self.read(self.offset(sector), self.size())
    }

    /// A few bytes at a place in a chain, which do not go beyond one sector.
    fn within(&mut self, chain: &[u32], at: u64, len: u64) -> Result<Vec<u8>, FileRefusal> {
        let sector = usize::try_from(at >> self.shift)
            .ok()
            .and_then(|it| chain.get(it));
        let offset = self.offset(*sector.ok_or(BROKEN)?) + at % self.size();
        self.read(offset, len)
    }

    /// Reads which sector comes behind which: in sectors that the header names, and further ones in a chain.
    fn read_table(&mut self, header: &[u8], mut further: u32) -> Result<(), FileRefusal> {
        let most = self.most();
        let mut names = header.to_vec();
        let mut steps = most;
        loop {
            // The last name of a further sector is that of the next one.
            let own = names.len() / 4 - usize::from(steps < most);
            for name in 0..own {
                let sector = u32_at(&names, name * 4).ok_or(BROKEN)?;
                if sector > LARGEST_SECTOR {
                    continue;
                }
                let table = self.sector(sector)?;
                let room = most - self.next.len();
                self.next.extend(
                    table
                        .chunks_exact(4)
                        .filter_map(|it| u32_at(it, 0))
                        .take(room),
                );
                if self.next.len() == most {
                    return Ok(());
                }
            }
            if steps < most {
                further = u32_at(&names, own * 4).ok_or(BROKEN)?;
            }
            if further > LARGEST_SECTOR {
                return Ok(());
            }
            steps = steps.checked_sub(1).ok_or(BROKEN)?;
            names = self.sector(further)?;
        }
    }

    /// The sectors from this one on.
    fn chain(&self, start: u32) -> Result<Vec<u32>, FileRefusal> {
        let mut chain = Vec::new();
        let mut sector = start;
        while sector != END_OF_CHAIN {
            // More than there are is a circle.
            if chain.len() >= self.next.len() {
                return Err(BROKEN);
            }
            chain.push(sector);
            sector = *self.next.get(sector as usize).ok_or(BROKEN)?;
        }
        Ok(chain)
    }
}

/// The bytes of one stream.
pub(crate) struct Stream {
    sectors: Sectors,
    chain: Vec<u32>,
    len: u64,
    at: u64,
    /// Bytes that were read, and where in the stream they begin.
    block: Vec<u8>,
    begin: u64,
}

impl Stream {
    /// Bytes read, and to be read.
    pub(crate) fn progress(&self) -> (u64, u64) {
        (self.at.min(self.len), self.len)
    }

    /// Bytes that follow.
    pub(crate) fn rest(&self) -> u64 {
        self.len.saturating_sub(self.at)
    }

    pub(crate) fn seek(&mut self, at: u64) {
        self.at = at;
    }

    /// Reads so many bytes.
    pub(crate) fn read(&mut self, into: &mut [u8]) -> Result<(), FileRefusal> {
        let mut filled = 0;
        while let Some(free) = into.get_mut(filled..).filter(|it| !it.is_empty()) {
            let bytes = self.buffered()?;
            let taken = bytes.len().min(free.len());
            if let (Some(to), Some(from)) = (free.get_mut(..taken), bytes.get(..taken)) {
                to.copy_from_slice(from);
            }
            filled += taken;
            self.at += taken as u64;
        }
        Ok(())
    }

    /// What is at hand of the bytes that follow; some, or there are none.
    fn buffered(&mut self) -> Result<&[u8], FileRefusal> {
        if self.at >= self.len {
            return Err(FileRefusal::Corrupt {
                what: "workbook is cut off",
            });
        }
        let end = self.begin + self.block.len() as u64;
        if !(self.begin..end).contains(&self.at) {
            self.load()?;
        }
        let start = usize::try_from(self.at - self.begin).map_err(|_| BROKEN)?;
        self.block
            .get(start..)
            .filter(|it| !it.is_empty())
            .ok_or(BROKEN)
    }

    /// Reads the sector of the place and those that lie behind it in the file too.
    fn load(&mut self) -> Result<(), FileRefusal> {
        let shift = self.sectors.shift;
        let index = usize::try_from(self.at >> shift).map_err(|_| BROKEN)?;
        let chain = self.chain.get(index..).unwrap_or_default();
        let first = *chain.first().ok_or(BROKEN)?;
        let together = iter::successors(Some(first), |it| it.checked_add(1))
            .zip(chain)
            .take(usize::try_from(BLOCK >> shift).unwrap_or(1))
            .take_while(|(expected, sector)| expected == *sector)
            .count() as u64;
        self.begin = (self.at >> shift) << shift;
        let len = (together << shift).min(self.len - self.begin);
        self.block = self.sectors.read(self.sectors.offset(first), len)?;
        Ok(())
    }
}

fn is_named(entry: &[u8], name: &str) -> bool {
    let units = u16_at(entry, 64)
        .map_or(0, |it| usize::from(it / 2))
        .clamp(1, 32)
        - 1;
    let mut found = entry.chunks_exact(2).take(units).map(|it| u16_at(it, 0));
    let same = name
        .encode_utf16()
        .all(|it| found.next().flatten().is_some_and(|unit| is_same(unit, it)));
    same && found.next().is_none()
}

fn is_same(a: u16, b: u16) -> bool {
    let lower = |it: u16| u8::try_from(it).map(|it| it.to_ascii_lowercase());
    a == b || lower(a).is_ok() && lower(a) == lower(b)
}

fn array_at<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..).and_then(|it| it.first_chunk()).copied()
}

pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    array_at(bytes, at).map(u16::from_le_bytes)
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    array_at(bytes, at).map(u32::from_le_bytes)
}

pub(crate) fn f64_at(bytes: &[u8], at: usize) -> Option<f64> {
    array_at(bytes, at).map(f64::from_le_bytes)
}
