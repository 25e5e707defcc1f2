//! Texts, which may go on in further records.

use super::record::{Records, id};
use encoding_rs::{
    BIG5, EUC_KR, GBK, IBM866, MACINTOSH, SHIFT_JIS, UTF_8, WINDOWS_874, WINDOWS_1250,
    WINDOWS_1251, WINDOWS_1252, WINDOWS_1253, WINDOWS_1254, WINDOWS_1255, WINDOWS_1256,
    WINDOWS_1257, WINDOWS_1258, X_MAC_CYRILLIC,
};
use identity_core::sheet::FileRefusal;

const BROKEN: FileRefusal = FileRefusal::Corrupt { what: "record" };

/// What the bytes of texts mean.
#[derive(Clone, Copy)]
pub(super) enum Encoding {
    /// BIFF8: UTF-16, or only its lower halves.
    Unicode,
    /// BIFF5: a code page.
    Bytes(&'static encoding_rs::Encoding),
}

impl Encoding {
    /// The encoding of a code page; the most usual one for those that nobody knows.
    pub(super) fn of(page: u16) -> Self {
        Self::Bytes(match page {
            866 => IBM866,
            874 => WINDOWS_874,
            932 => SHIFT_JIS,
            936 => GBK,
            949 => EUC_KR,
            950 => BIG5,
            1_250 => WINDOWS_1250,
            1_251 => WINDOWS_1251,
            1_253 => WINDOWS_1253,
            1_254 => WINDOWS_1254,
            1_255 => WINDOWS_1255,
            1_256 => WINDOWS_1256,
            1_257 => WINDOWS_1257,
            1_258 => WINDOWS_1258,
            10_000 | 0x8000 => MACINTOSH,
            10_007 => X_MAC_CYRILLIC,
            65_001 => UTF_8,
            _ => WINDOWS_1252,
        })
    }
}

/// The bytes of the last record, and of those that it goes on in.
pub(super) struct Continued<'a> {
    records: &'a mut Records,
    at: usize,
}

impl<'a> Continued<'a> {
    /// Begins at a byte of the last record.
    pub(super) fn new(records: &'a mut Records, at: usize) -> Self {
        Self { records, at }
    }

    /// Whether no byte follows, here or in a further record.
    pub(super) fn is_at_end(&mut self) -> Result<bool, FileRefusal> {
        while self.at >= self.records.data().len() {
            if self.records.peek()? != Some(id::CONTINUE) {
                return Ok(true);
            }
            self.records.next()?;
            self.at = 0;
        }
        Ok(false)
    }

    fn byte(&mut self) -> Result<u8, FileRefusal> {
        if self.is_at_end()? {
            return Err(BROKEN);
        }
        let byte = self.records.data().get(self.at).ok_or(BROKEN)?;
        self.at += 1;
        Ok(*byte)
    }

    fn number(&mut self, bytes: u32) -> Result<u32, FileRefusal> {
        (0..bytes).try_fold(0, |sum, it| Ok(sum | u32::from(self.byte()?) << (8 * it)))
    }

    fn skip(&mut self, mut bytes: u64) -> Result<(), FileRefusal> {
        while bytes > 0 {
            if self.is_at_end()? {
                return Err(BROKEN);
            }
            let here = self.records.data().len() - self.at;
            let passed = usize::try_from(bytes).map_or(here, |it| it.min(here));
            self.at += passed;
            bytes -= passed as u64;
        }
        Ok(())
    }

    /// Appends a text whose length has two bytes.
    pub(super) fn long(
        &mut self,
        encoding: Encoding,
        into: &mut String,
    ) -> Result<(), FileRefusal> {
        let len = self.number(2)?;
        self.text(len, encoding, into)
    }

    /// Appends a text whose length has one byte.
    pub(super) fn short(
        &mut self,
        encoding: Encoding,
        into: &mut String,
    ) -> Result<(), FileRefusal> {
        let len = self.number(1)?;
        self.text(len, encoding, into)
    }

    fn text(&mut self, len: u32, encoding: Encoding, into: &mut String) -> Result<(), FileRefusal> {
        match encoding {
            Encoding::Unicode => self.unicode(len as usize, into),
            Encoding::Bytes(encoding) => {
                let bytes: Result<Vec<u8>, FileRefusal> = (0..len).map(|_| self.byte()).collect();
                into.push_str(&encoding.decode_without_bom_handling(&bytes?).0);
                Ok(())
            }
        }
    }

    /// Appends so many units of UTF-16. Where the text goes on in a further record, that says anew whether the
    /// units have their upper halves; what follows about runs and pronunciation does not.
    fn unicode(&mut self, len: usize, into: &mut String) -> Result<(), FileRefusal> {
        const WIDE: u8 = 1;
        const PRONOUNCED: u8 = 4;
        const RUNS: u8 = 8;
        // An empty text of a record may end before it says what it is.
        if len == 0 && self.is_at_end()? {
            return Ok(());
        }
        let flags = self.byte()?;
        let runs = if flags & RUNS == 0 {
            0
        } else {
            self.number(2)?
        };
        let pronounced = if flags & PRONOUNCED == 0 {
            0
        } else {
            self.number(4)?
        };
        let mut wide = flags & WIDE != 0;
        let mut units = Vec::new();
        while units.len() < len {
            if self.at >= self.records.data().len() {
                wide = self.byte()? & WIDE != 0;
            }
            let here = self.records.data().get(self.at..).unwrap_or_default();
            let wanted = len - units.len();
            let before = units.len();
            if wide {
                let pairs = here.chunks_exact(2).take(wanted);
                units.extend(pairs.map(|it| match *it {
                    [low, high] => u16::from_le_bytes([low, high]),
                    _ => 0,
                }));
                self.at += (units.len() - before) * 2;
                if units.len() == before && !here.is_empty() {
                    return Err(BROKEN);
                }
            } else {
                units.extend(here.iter().take(wanted).map(|it| u16::from(*it)));
                self.at += units.len() - before;
            }
        }
        into.extend(char::decode_utf16(units).map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER)));
        self.skip(u64::from(runs) * 4 + u64::from(pronounced))
    }
}
