//! The encoding of a text, and its bytes as UTF-8.

use crate::unreadable;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use identity_core::sheet::{FileRefusal, FileWarning};
use std::{
    borrow::Cow,
    fs::File,
    io::{Read, Seek as _, SeekFrom},
};

const BLOCK: usize = 64 << 10;
/// Blocks with letters beyond ASCII that the guess is made from.
const GUESSED_FROM: usize = 16;

/// How a text starts.
#[derive(Clone, Copy)]
pub(crate) struct Start {
    /// What the byte order mark or the zero bytes say.
    promised: Option<&'static Encoding>,
    /// Bytes of the byte order mark.
    skip: usize,
}

impl Start {
    /// Looks at the first bytes; `None` if they are no text.
    pub(crate) fn of(sample: &[u8]) -> Option<Self> {
        if let Some((encoding, skip)) = Encoding::for_bom(sample) {
            return Some(Self {
                promised: Some(encoding),
                skip,
            });
        }
        if let Some(encoding) = utf16_by_zeros(sample) {
            return Some(Self {
                promised: Some(encoding),
                skip: 0,
            });
        }
        let controls = sample
            .iter()
            .filter(|it| matches!(it, 0..=8 | 11 | 14..=31 | 127))
            .count();
        let zeros = sample.contains(&0);
        // One stray control character costs one cell; many, or a zero among bytes that are no UTF-8, are
        // another kind of file.
        let no_text = controls * 20 > sample.len()
            || zeros && std::str::from_utf8(sample).is_err_and(|it| it.error_len().is_some());
        (!no_text).then_some(Self {
            promised: None,
            skip: 0,
        })
    }

    /// The same, with the encoding that a declaration names where the bytes themselves say nothing.
    pub(crate) fn declared(self, name: Option<&str>) -> Result<Self, FileRefusal> {
        let (None, Some(name)) = (self.promised, name) else {
            return Ok(self);
        };
        let named = Encoding::for_label(name.as_bytes()).ok_or(FileRefusal::EncodingUndecodable)?;
        // Whoever could read the name has seen that it is not UTF-16, whatever it says.
        let promised = match named.is_ascii_compatible() {
            true => named,
            false => UTF_8,
        };
        Ok(Self {
            promised: Some(promised),
            skip: self.skip,
        })
    }

    /// The first characters, good enough to tell markup from a table.
    pub(crate) fn glimpse<'a>(self, sample: &'a [u8]) -> Cow<'a, str> {
        let text = sample.get(self.skip..).unwrap_or_default();
        self.promised
            .unwrap_or(UTF_8)
            .decode_without_bom_handling(text)
            .0
    }
}

/// UTF-16 without a mark: nearly all of a table's delimiters, line ends, digits and Latin letters have a
/// zero in the same half.
fn utf16_by_zeros(sample: &[u8]) -> Option<&'static Encoding> {
    let (mut even, mut odd, mut pairs) = (0, 0, 0_usize);
    for pair in sample.chunks_exact(2) {
        pairs += 1;
        even += usize::from(pair.first() == Some(&0));
        odd += usize::from(pair.last() == Some(&0));
    }
    let mostly = |some: usize, others: usize| some > 0 && some * 5 >= pairs && others * 20 <= some;
    if mostly(odd, even) {
        Some(UTF_16LE)
    } else if mostly(even, odd) {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// A text file as UTF-8, block by block.
pub(crate) struct Source {
    file: File,
    decoder: Option<Decoder>,
    raw: Vec<u8>,
    raw_start: usize,
    /// The file has no more bytes.
    ended: bool,
    /// The decoder knows, and must not be asked again.
    flushed: bool,
    consumed: u64,
    total: u64,
    guessed: Option<&'static Encoding>,
}

impl Source {
    /// Decides on the encoding after a look at the whole file.
    pub(crate) fn open(mut file: File, start: Start) -> Result<Self, FileRefusal> {
        let (encoding, guessed) = match start.promised {
            Some(encoding) if encoding != UTF_8 => (encoding, None),
            Some(_) => match survey(&mut file)? {
                Survey::Utf8 => (UTF_8, None),
                Survey::DamagedUtf8 | Survey::Other => {
                    return Err(FileRefusal::EncodingUndecodable);
                }
            },
            None => match survey(&mut file)? {
                Survey::Utf8 => (UTF_8, None),
                Survey::DamagedUtf8 => return Err(FileRefusal::EncodingUndecodable),
                Survey::Other => {
                    let encoding = guess(&mut file)?;
                    (encoding, Some(encoding))
                }
            },
        };
        // What was looked through need not be checked again.
        let decoder = (encoding != UTF_8).then(|| encoding.new_decoder_without_bom_handling());
        Self::new(file, start, decoder, guessed)
    }

    /// Takes the encoding that the text says it has, and UTF-8 where it says nothing.
    pub(crate) fn declared(file: File, start: Start) -> Result<Self, FileRefusal> {
        let encoding = start.promised.unwrap_or(UTF_8);
        let decoder = encoding.new_decoder_without_bom_handling();
        Self::new(file, start, Some(decoder), None)
    }

    fn new(
        mut file: File,
        start: Start,
        decoder: Option<Decoder>,
        guessed: Option<&'static Encoding>,
    ) -> Result<Self, FileRefusal> {
        let total = file.metadata().map_err(|it| unreadable(&it))?.len();
        file.seek(SeekFrom::Start(start.skip as u64))
            .map_err(|it| unreadable(&it))?;
        Ok(Self {
            file,
            decoder,
            raw: Vec::new(),
            raw_start: 0,
            ended: false,
            flushed: false,
            consumed: start.skip as u64,
            total,
            guessed,
        })
    }

    /// Fills the beginning of `into` with UTF-8, which may end within a character only where the file is
    /// UTF-8 itself; nothing at the end.
    pub(crate) fn read(&mut self, into: &mut [u8]) -> Result<usize, FileRefusal> {
        let Some(decoder) = &mut self.decoder else {
            let read = self.file.read(into).map_err(|it| unreadable(&it))?;
            self.consumed += read as u64;
            return Ok(read);
        };
        loop {
            if self.raw_start == self.raw.len() && !self.ended {
                self.raw.resize(BLOCK, 0);
                let read = self
                    .file
                    .read(&mut self.raw)
                    .map_err(|it| unreadable(&it))?;
                self.raw.truncate(read);
                self.raw_start = 0;
                self.consumed += read as u64;
                self.ended = read == 0;
            }
            if self.flushed {
                return Ok(0);
            }
            let raw = self.raw.get(self.raw_start..).unwrap_or_default();
            let (result, read, written) =
                decoder.decode_to_utf8_without_replacement(raw, into, self.ended);
            self.raw_start += read;
            match result {
                DecoderResult::Malformed(..) => return Err(FileRefusal::EncodingUndecodable),
                DecoderResult::InputEmpty if self.ended => {
                    self.flushed = true;
                    return Ok(written);
                }
                DecoderResult::InputEmpty if written == 0 => {}
                DecoderResult::InputEmpty | DecoderResult::OutputFull => return Ok(written),
            }
        }
    }

    pub(crate) fn warnings(&self) -> Vec<FileWarning> {
        self.guessed
            .map(|it| FileWarning::EncodingGuessed {
                encoding: it.name(),
            })
            .into_iter()
            .collect()
    }

    pub(crate) fn progress(&self) -> (u64, u64) {
        (self.consumed.min(self.total), self.total)
    }
}

enum Survey {
    Utf8,
    /// UTF-8 but for a few bytes: two files in one, or one cut off. To guess would garble every name.
    DamagedUtf8,
    Other,
}

/// Whether all of a file is UTF-8.
fn survey(file: &mut File) -> Result<Survey, FileRefusal> {
    let mut valid = true;
    blocks(file, |block| {
        valid = std::str::from_utf8(block).is_ok();
        valid
    })?;
    if valid {
        return Ok(Survey::Utf8);
    }
    let (mut good, mut bad) = (0_usize, 0_usize);
    blocks(file, |block| {
        for chunk in block.utf8_chunks() {
            good += chunk.valid().chars().filter(|it| !it.is_ascii()).count();
            bad += usize::from(!chunk.invalid().is_empty());
        }
        bad <= good.max(1_000)
    })?;
    Ok(if good >= bad * 10 {
        Survey::DamagedUtf8
    } else {
        Survey::Other
    })
}

/// Shows a file in blocks, which end between characters if it is UTF-8, for as long as `look` wants to go on.
fn blocks(file: &mut File, mut look: impl FnMut(&[u8]) -> bool) -> Result<(), FileRefusal> {
    let mut block = vec![0; BLOCK];
    let mut kept = 0;
    file.rewind().map_err(|it| unreadable(&it))?;
    loop {
        let free = block.get_mut(kept..).unwrap_or_default();
        let read = file.read(free).map_err(|it| unreadable(&it))?;
        let filled = kept + read;
        let bytes = block.get(..filled).unwrap_or_default();
        kept = if read == 0 { 0 } else { begun(bytes) };
        let whole = filled - kept;
        if !look(bytes.get(..whole).unwrap_or_default()) || read == 0 {
            return Ok(());
        }
        block.copy_within(whole..filled, 0);
    }
}

/// Bytes at the end that begin a character of UTF-8 without completing it.
fn begun(bytes: &[u8]) -> usize {
    let lead = bytes
        .iter()
        .rev()
        .take(3)
        .enumerate()
        .find(|(_, it)| **it >= 0xc0);
    match lead {
        Some((back, 0xc0..=0xdf)) if back < 1 => back + 1,
        Some((back, 0xe0..=0xef)) if back < 2 => back + 1,
        Some((back, 0xf0..)) if back < 3 => back + 1,
        _ => 0,
    }
}

/// The most likely legacy encoding.
fn guess(file: &mut File) -> Result<&'static Encoding, FileRefusal> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let mut block = vec![0; BLOCK];
    let mut fed = 0;
    file.rewind().map_err(|it| unreadable(&it))?;
    loop {
        let read = file.read(&mut block).map_err(|it| unreadable(&it))?;
        let bytes = block.get(..read).unwrap_or_default();
        let last = bytes.is_empty() || fed + 1 == GUESSED_FROM;
        if last || !bytes.is_ascii() {
            fed += 1;
            detector.feed(bytes, last);
        }
        if last {
            return Ok(detector.guess(None, Utf8Detection::Deny));
        }
    }
}
