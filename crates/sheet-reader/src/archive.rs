//! Zip archives, read with a budget.
//!
//! The directory is read here and not by a library: only so are its length bounded before it is held in
//! memory and two parts of one name seen, and only so does a part own what it reads from.

use crate::{
    Limits,
    allowance::{Allowance, Meter},
    unreadable,
};
use flate2::{Crc, Decompress, FlushDecompress, Status};
use identity_core::sheet::{Budget, FileRefusal};
use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufRead, Read, Seek as _, SeekFrom},
    sync::Arc,
};

/// The end record with the longest comment.
const TAIL: u64 = 22 + 65_535;
/// More than 2,000 entries with long names need.
const LONGEST_DIRECTORY: u64 = 4 << 20;
const BLOCK: usize = 32 << 10;

const fn corrupt(what: &'static str) -> FileRefusal {
    FileRefusal::Corrupt { what }
}

/// A zip archive whose directory was looked through.
#[derive(Debug)]
pub(crate) struct Archive {
    file: File,
    len: u64,
    entries: HashMap<String, Entry>,
    left: Arc<Allowance>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    header: u64,
    packed: u64,
    unpacked: u64,
    crc: u32,
    deflated: bool,
}

impl Archive {
    /// Reads the directory.
    ///
    /// # Errors
    /// Refuses two parts of one name, links, encryption, compression other than deflate, and more parts or
    /// bytes than the limits allow.
    pub(crate) fn open(mut file: File, limits: Limits) -> Result<Self, FileRefusal> {
        let len = file.seek(SeekFrom::End(0)).map_err(|it| unreadable(&it))?;
        let (count, directory) = directory(&mut file, len, limits)?;
        let mut archive = Self {
            file,
            len,
            entries: HashMap::new(),
            left: Allowance::new(limits),
        };
        let mut rest = directory.as_slice();
        let (mut found, mut unpacked) = (0, 0_u64);
        while rest.starts_with(b"PK\x01\x02") {
            found += 1;
            if found > u64::from(limits.entries) {
                return Err(limits.too_many(Budget::Entries));
            }
            let (name, entry, after) = entry(rest)?;
            rest = after;
            unpacked = unpacked.saturating_add(entry.unpacked);
            if entry.unpacked > limits.part_bytes {
                return Err(FileRefusal::BudgetExceeded {
                    what: Budget::UnpackedBytes,
                    limit: limits.part_bytes,
                });
            }
            if archive.entries.insert(name, entry).is_some() {
                return Err(corrupt("two parts of one name"));
            }
        }
        if found != count {
            return Err(corrupt("archive directory"));
        }
        if unpacked > limits.unpacked_bytes {
            return Err(limits.too_many(Budget::UnpackedBytes));
        }
        Ok(archive)
    }

    /// Whether there is a part of this name, which is in lower case as all names are here.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// What may still be unpacked, to be charged for what parts expand to.
    pub(crate) fn left(&self) -> Arc<Allowance> {
        Arc::clone(&self.left)
    }

    /// Starts reading a part.
    pub(crate) fn part(&self, name: &str) -> Result<Part, FileRefusal> {
        let entry = *self.entries.get(name).ok_or(corrupt("a part is missing"))?;
        let mut file = self.file.try_clone().map_err(|it| unreadable(&it))?;
        let mut header = [0; 30];
        file.seek(SeekFrom::Start(entry.header))
            .and_then(|_| file.read_exact(&mut header))
            .map_err(|_| corrupt("archive entry"))?;
        let names = u64::from(u16_at(&header, 26)?) + u64::from(u16_at(&header, 28)?);
        let position = entry.header + 30 + names;
        if !header.starts_with(b"PK\x03\x04") || position.saturating_add(entry.packed) > self.len {
            return Err(corrupt("archive entry"));
        }
        Ok(Part {
            file,
            position,
            packed: entry.packed,
            input: Vec::new(),
            input_start: 0,
            inflate: entry.deflated.then(|| Box::new(Decompress::new(false))),
            output: vec![0; BLOCK],
            output_start: 0,
            output_end: 0,
            crc: Crc::new(),
            unpacked: 0,
            entry,
            ended: false,
            meter: Meter::new(self.left()),
        })
    }
}

/// Finds the directory and reads it: how many entries it should have, and its bytes.
fn directory(file: &mut File, len: u64, limits: Limits) -> Result<(u64, Vec<u8>), FileRefusal> {
    let broken = corrupt("archive directory");
    let start = len.saturating_sub(TAIL);
    let tail = bytes_at(file, start, len - start)?;
    let at = (0..tail.len().saturating_sub(21))
        .rev()
        .find(|it| {
            tail.get(*it..)
                .is_some_and(|it| it.starts_with(b"PK\x05\x06"))
        })
        .ok_or(broken)?;
    let end = tail.get(at..).unwrap_or_default();
    let mut count = u64::from(u16_at(end, 10)?);
    let mut size = u64::from(u32_at(end, 12)?);
    let mut offset = u64::from(u32_at(end, 16)?);
    let mut before = start + at as u64;
    if count == 0xffff || size == 0xffff_ffff || offset == 0xffff_ffff {
        let locator = before
            .checked_sub(20)
            .map(|it| bytes_at(file, it, 20))
            .transpose()?
            .filter(|it| it.starts_with(b"PK\x06\x07"));
        if let Some(locator) = locator {
            before = u64_at(&locator, 8)?;
            let end = bytes_at(file, before, 56)?;
            if !end.starts_with(b"PK\x06\x06") {
                return Err(broken);
            }
            count = u64_at(&end, 32)?;
            size = u64_at(&end, 40)?;
            offset = u64_at(&end, 48)?;
        }
    }
    if count > u64::from(limits.entries) || size > LONGEST_DIRECTORY {
        return Err(limits.too_many(Budget::Entries));
    }
    if offset.saturating_add(size) > before {
        return Err(broken);
    }
    Ok((count, bytes_at(file, offset, size)?))
}

/// Takes the first entry off the directory.
fn entry(rest: &[u8]) -> Result<(String, Entry, &[u8]), FileRefusal> {
    let broken = corrupt("archive directory");
    let name_len = usize::from(u16_at(rest, 28)?);
    let extra_len = usize::from(u16_at(rest, 30)?);
    let comment_len = usize::from(u16_at(rest, 32)?);
    let (name, after) = rest
        .get(46..)
        .and_then(|it| it.split_at_checked(name_len))
        .ok_or(broken)?;
    let (mut extra, after) = after.split_at_checked(extra_len).ok_or(broken)?;
    let after = after.get(comment_len..).ok_or(broken)?;
    if u16_at(rest, 8)? & 1 != 0 {
        return Err(FileRefusal::Encrypted);
    }
    let made_on_unix = rest.get(5) == Some(&3);
    if made_on_unix && (u32_at(rest, 38)? >> 16) & 0o170_000 == 0o120_000 {
        return Err(corrupt("a link in the archive"));
    }
    let deflated = match u16_at(rest, 10)? {
        0 => false,
        8 => true,
        _ => return Err(corrupt("compression method")),
    };
    let mut packed = u64::from(u32_at(rest, 20)?);
    let mut unpacked = u64::from(u32_at(rest, 24)?);
    let mut header = u64::from(u32_at(rest, 42)?);
    while extra.len() >= 4 {
        let (kind, size) = (u16_at(extra, 0)?, usize::from(u16_at(extra, 2)?));
        let mut field = extra.get(4..4 + size).ok_or(broken)?;
        extra = extra.get(4 + size..).unwrap_or_default();
        if kind == 1 {
            for value in [&mut unpacked, &mut packed, &mut header] {
                if *value == 0xffff_ffff {
                    *value = u64_at(field, 0)?;
                    field = field.get(8..).unwrap_or_default();
                }
            }
        }
    }
    if !deflated && packed != unpacked {
        return Err(corrupt("archive directory"));
    }
    let name = String::from_utf8_lossy(name).replace('\\', "/");
    let entry = Entry {
        header,
        packed,
        unpacked,
        crc: u32_at(rest, 16)?,
        deflated,
    };
    Ok((
        name.trim_start_matches('/').to_ascii_lowercase(),
        entry,
        after,
    ))
}

fn bytes_at(file: &mut File, offset: u64, len: u64) -> Result<Vec<u8>, FileRefusal> {
    let mut bytes = vec![0; usize::try_from(len).map_err(|_| corrupt("archive directory"))?];
    file.seek(SeekFrom::Start(offset))
        .and_then(|_| file.read_exact(&mut bytes))
        .map_err(|_| corrupt("archive directory"))?;
    Ok(bytes)
}

fn array_at<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], FileRefusal> {
    bytes
        .get(at..)
        .and_then(|it| it.first_chunk())
        .copied()
        .ok_or(corrupt("archive directory"))
}

fn u16_at(bytes: &[u8], at: usize) -> Result<u16, FileRefusal> {
    array_at(bytes, at).map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, FileRefusal> {
    array_at(bytes, at).map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Result<u64, FileRefusal> {
    array_at(bytes, at).map(u64::from_le_bytes)
}

/// The unpacked bytes of one part. What it unpacks to is counted as it comes, whatever the directory says.
pub(crate) struct Part {
    file: File,
    position: u64,
    packed: u64,
    input: Vec<u8>,
    input_start: usize,
    inflate: Option<Box<Decompress>>,
    output: Vec<u8>,
    output_start: usize,
    output_end: usize,
    crc: Crc,
    unpacked: u64,
    entry: Entry,
    ended: bool,
    meter: Meter,
}

impl Part {
    pub(crate) fn meter(&mut self) -> &mut Meter {
        &mut self.meter
    }

    /// Bytes unpacked so far.
    pub(crate) fn unpacked(&self) -> u64 {
        self.unpacked
    }

    /// Bytes of the archive read, and to be read, for this part.
    pub(crate) fn progress(&self) -> (u64, u64) {
        (self.entry.packed - self.packed, self.entry.packed)
    }

    #[cold]
    fn refill(&mut self) -> io::Result<()> {
        self.meter
            .allow_token()
            .and_then(|()| self.unpack())
            .map_err(io::Error::other)
    }

    /// Unpacks the next block; the output stays empty at the end.
    fn unpack(&mut self) -> Result<(), FileRefusal> {
        self.output_start = 0;
        self.output_end = 0;
        while self.output_end == 0 && !self.ended {
            if self.input_start == self.input.len() && self.packed > 0 {
                let wanted = usize::try_from(self.packed).map_or(BLOCK, |it| it.min(BLOCK));
                self.input.resize(wanted, 0);
                // Parts share the file's position, so each goes to its own before it reads.
                self.file
                    .seek(SeekFrom::Start(self.position))
                    .and_then(|_| self.file.read_exact(&mut self.input))
                    .map_err(|it| unreadable(&it))?;
                self.input_start = 0;
                self.position += wanted as u64;
                self.packed -= wanted as u64;
            }
            let input = self.input.get(self.input_start..).unwrap_or_default();
            let exhausted = input.is_empty();
            if let Some(inflate) = &mut self.inflate {
                let before = (inflate.total_in(), inflate.total_out());
                let status = inflate
                    .decompress(input, &mut self.output, FlushDecompress::None)
                    .map_err(|_| corrupt("compressed data"))?;
                let (read, written) = (
                    inflate.total_in() - before.0,
                    inflate.total_out() - before.1,
                );
                self.input_start += usize::try_from(read).unwrap_or(usize::MAX);
                self.output_end = usize::try_from(written).unwrap_or(usize::MAX);
                self.ended = status == Status::StreamEnd;
                if exhausted && written == 0 && !self.ended {
                    return Err(corrupt("compressed data is cut off"));
                }
            } else {
                let taken = input.len().min(self.output.len());
                if let (Some(to), Some(from)) = (self.output.get_mut(..taken), input.get(..taken)) {
                    to.copy_from_slice(from);
                }
                self.input_start += taken;
                self.output_end = taken;
                self.ended = exhausted;
            }
        }
        let output = self.output.get(..self.output_end).unwrap_or_default();
        self.crc.update(output);
        self.unpacked += output.len() as u64;
        if self.unpacked > self.entry.unpacked {
            return Err(corrupt("a part is longer than the archive says"));
        }
        if self.ended && (self.unpacked, self.crc.sum()) != (self.entry.unpacked, self.entry.crc) {
            return Err(corrupt("checksum"));
        }
        self.meter.charge(output.len() as u64)
    }
}

impl BufRead for Part {
    #[inline]
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.meter.is_spent() || self.output_start == self.output_end {
            self.refill()?;
        }
        Ok(self
            .output
            .get(self.output_start..self.output_end)
            .unwrap_or_default())
    }

    #[inline]
    fn consume(&mut self, amount: usize) {
        self.output_start = self.output_end.min(self.output_start + amount);
        self.meter.consume(amount);
    }
}

impl Read for Part {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(into)?;
        self.consume(read);
        Ok(read)
    }
}
