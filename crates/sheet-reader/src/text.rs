//! Delimited text: `.csv` and `.txt`.

mod delimiter;
pub(crate) mod encoding;

use self::encoding::{Source, Start};
use crate::Limits;
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use identity_core::sheet::{Budget, CellKind, FileRefusal, FileWarning, Format, Row, Rows};
use memchr::memchr2_iter;
use std::fs::File;

const BLOCK: usize = 64 << 10;

/// A cell with more line breaks than this is the rest of a file behind a lone quotation mark.
const LINE_BREAKS: usize = 20;

/// As many cells as a row has in the widest spreadsheet program, which writes them all when the columns
/// have a format; those beyond the limit are dropped when they are blank.
const WIDEST: usize = 16_384;

/// A table in a text file.
pub(crate) struct Delimited {
    source: Source,
    block: Vec<u8>,
    /// What of the block is still to be read.
    start: usize,
    end: usize,
    parser: Reader,
    format: Format,
    lines: Lines,
    text: Vec<u8>,
    ends: Vec<usize>,
    rows: u32,
    limits: Limits,
}

impl Delimited {
    pub(crate) fn open(file: File, start: Start, limits: Limits) -> Result<Self, FileRefusal> {
        let mut source = Source::open(file, start)?;
        let mut block = vec![0; BLOCK];
        let mut end = 0;
        // A full block, so that the delimiter does not depend on how the file happens to be read.
        while let Some(free) = block.get_mut(end..).filter(|it| it.len() >= 4) {
            match source.read(free)? {
                0 => break,
                read => end += read,
            }
        }
        let beginning = block.get(..end).unwrap_or_default();
        let (delimiter, start) = delimiter::named(beginning)
            .unwrap_or_else(|| (delimiter::guessed(beginning, end + 4 <= BLOCK), 0));
        Ok(Self {
            source,
            block,
            start,
            end,
            parser: ReaderBuilder::new().delimiter(delimiter).build(),
            format: if delimiter == b'\t' {
                Format::Txt
            } else {
                Format::Csv
            },
            lines: Lines::default(),
            text: vec![0; 4 << 10],
            ends: vec![0; 32],
            rows: 0,
            limits,
        })
    }

    /// What is left of the block, or of the next one; nothing at the end of the file.
    fn refill(&mut self) -> Result<(), FileRefusal> {
        if self.start == self.end {
            self.start = 0;
            self.end = self.source.read(&mut self.block)?;
        }
        Ok(())
    }

    /// Goes to the first byte of the next row that is no line end.
    fn skip_line_ends(&mut self) -> Result<bool, FileRefusal> {
        loop {
            self.refill()?;
            match self.block.get(self.start) {
                _ if self.start == self.end => return Ok(false),
                Some(byte @ (b'\r' | b'\n')) => {
                    self.lines.pass(&[*byte]);
                    self.start += 1;
                }
                _ => return Ok(true),
            }
        }
    }

    /// Reads one record into `text` and `ends`; gives their lengths.
    fn record(&mut self, line: u32) -> Result<(usize, usize), FileRefusal> {
        let (mut chars, mut cells) = (0, 0);
        let mut last = false;
        loop {
            self.refill()?;
            // Behind the last byte a line end is put, which ends a record unless a quote is open.
            let ending = self.start == self.end;
            let input = match ending {
                true if last => return Err(self.unterminated(line, chars, cells)),
                true => b"\n",
                false => self.block.get(self.start..self.end).unwrap_or_default(),
            };
            last |= ending;
            let (result, read, written, ended) = self.parser.read_record(
                input,
                self.text.get_mut(chars..).unwrap_or_default(),
                self.ends.get_mut(cells..).unwrap_or_default(),
            );
            if !ending {
                let passed = self.start..self.start + read;
                self.lines.pass(self.block.get(passed).unwrap_or_default());
                self.start += read;
            }
            chars += written;
            cells += ended;
            match result {
                ReadRecordResult::Record | ReadRecordResult::End => return Ok((chars, cells)),
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => {
                    // The synthetic line end writes nothing, so it cannot be lost here.
                    last &= !ending;
                    self.grow_text(line, chars, cells)?;
                }
                ReadRecordResult::OutputEndsFull => {
                    last &= !ending;
                    if cells > WIDEST {
                        return Err(self.limits.too_many(Budget::Columns));
                    }
                    self.ends.resize(self.ends.len() * 2, 0);
                }
            }
        }
    }

    /// Makes room for a longer record, unless the cell that fills it is too long already.
    fn grow_text(&mut self, line: u32, chars: usize, cells: usize) -> Result<(), FileRefusal> {
        let cell_bytes = self.limits.cell_chars as usize * 4;
        let open = self.text.get(self.ended(cells)..chars).unwrap_or_default();
        if breaks(open) > LINE_BREAKS {
            return Err(self.unterminated(line, chars, cells));
        }
        let row_bytes =
            cell_bytes.max(self.limits.cell_chars as usize * self.limits.columns as usize);
        if open.len() > cell_bytes || self.text.len() > row_bytes {
            return Err(self.limits.too_many(Budget::CellLength));
        }
        self.text.resize(self.text.len() * 2, 0);
        Ok(())
    }

    fn ended(&self, cells: usize) -> usize {
        cells
            .checked_sub(1)
            .and_then(|it| self.ends.get(it))
            .copied()
            .unwrap_or(0)
    }

    /// The refusal for a quote that is still open in the cell after the `cells` complete ones.
    fn unterminated(&self, line: u32, chars: usize, cells: usize) -> FileRefusal {
        let before = self
            .text
            .get(..self.ended(cells).min(chars))
            .unwrap_or_default();
        let within = u32::try_from(breaks(before)).unwrap_or(u32::MAX);
        FileRefusal::CsvUnterminatedQuote {
            line: line.saturating_add(within),
        }
    }

    /// Turns the record into a row; `false` if nothing is in it.
    fn fill(
        &self,
        row: &mut Row,
        line: u32,
        chars: usize,
        cells: usize,
    ) -> Result<bool, FileRefusal> {
        let text = std::str::from_utf8(self.text.get(..chars).unwrap_or_default())
            .map_err(|_| FileRefusal::EncodingUndecodable)?;
        row.restart(line);
        if text.is_empty() {
            return Ok(false);
        }
        let multiline = self.lines.number > line.saturating_add(LINE_BREAKS as u32);
        let long = text.len() > self.limits.cell_chars as usize;
        let mut start = 0;
        for (column, end) in self.ends.iter().take(cells).enumerate() {
            let cell = text
                .get(start..*end)
                .ok_or(FileRefusal::EncodingUndecodable)?;
            if multiline && breaks(cell.as_bytes()) > LINE_BREAKS {
                return Err(self.unterminated(line, chars, column));
            }
            if long {
                self.limits.allow(cell)?;
            }
            if column < self.limits.columns as usize {
                let kind = if cell.is_empty() {
                    CellKind::Blank
                } else {
                    CellKind::Text
                };
                row.push(kind, cell);
            } else if !cell.is_empty() {
                return Err(self.limits.too_many(Budget::Columns));
            }
            start = *end;
        }
        Ok(true)
    }
}

impl Rows for Delimited {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, FileRefusal> {
        let mut blank = 0;
        let mut next = self.lines.number;
        while self.skip_line_ends()? {
            let line = self.lines.number;
            blank += line.saturating_sub(next);
            let (chars, cells) = self.record(line)?;
            next = self.lines.number;
            if !self.fill(row, line, chars, cells)? {
                blank += 1;
            } else {
                row.leave_out(blank);
                self.rows += 1;
                if self.rows > self.limits.rows {
                    return Err(self.limits.too_many(Budget::Rows));
                }
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn format(&self) -> Format {
        self.format
    }

    fn warnings(&self) -> Vec<FileWarning> {
        self.source.warnings()
    }

    fn progress(&self) -> (u64, u64) {
        self.source.progress()
    }
}

/// The number of the current line, where each of LF, CR and CRLF ends one.
struct Lines {
    number: u32,
    after_cr: bool,
}

impl Default for Lines {
    fn default() -> Self {
        Self {
            number: 1,
            after_cr: false,
        }
    }
}

impl Lines {
    fn pass(&mut self, bytes: &[u8]) {
        let Some(last) = bytes.last() else {
            return;
        };
        let continued = self.after_cr && bytes.starts_with(b"\n");
        let ended = breaks(bytes) - usize::from(continued);
        self.number = self
            .number
            .saturating_add(u32::try_from(ended).unwrap_or(u32::MAX));
        self.after_cr = *last == b'\r';
    }
}

/// The line ends in some bytes.
fn breaks(bytes: &[u8]) -> usize {
    let mut count = 0;
    let mut after_cr = None;
    for at in memchr2_iter(b'\n', b'\r', bytes) {
        let cr = bytes.get(at) == Some(&b'\r');
        count += usize::from(cr || after_cr != Some(at));
        after_cr = cr.then_some(at + 1);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sheets;
    use identity_core::sheet::SheetReader as _;
    use std::io::{Seek as _, Write as _};

    type Table = Vec<(u32, Vec<String>)>;

    fn open(bytes: &[u8], limits: Limits) -> Result<Box<dyn Rows>, FileRefusal> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        Sheets { limits }.open(file, None)
    }

    fn read_within(bytes: &[u8], limits: Limits) -> Result<Table, FileRefusal> {
        let mut rows = open(bytes, limits)?;
        let mut row = Row::default();
        let mut table = Vec::new();
        while rows.next_row(&mut row)? {
            let texts = row.cells().map(|it| it.text.to_owned()).collect();
            table.push((row.number(), texts));
        }
        Ok(table)
    }

    fn read(bytes: &[u8]) -> Result<Table, FileRefusal> {
        read_within(bytes, Limits::default())
    }

    fn table(rows: &[(u32, &[&str])]) -> Table {
        rows.iter()
            .map(|(number, texts)| (*number, texts.iter().map(|&it| it.to_owned()).collect()))
            .collect()
    }

    fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
    }

    #[test]
    fn a_row_has_the_number_of_the_line_on_which_it_begins() {
        for end in ["\n", "\r\n", "\r"] {
            let text =
                format!("a,b{end}{end}1,\"x{end}y\"{end},{end}2,\"\"\"q\"\"\"{end}{end}{end}3,z");
            let multiline = format!("x{end}y");
            assert_eq!(
                read(text.as_bytes()).unwrap(),
                table(&[
                    (1, &["a", "b"]),
                    (3, &["1", &multiline]),
                    (6, &["2", "\"q\""]),
                    (9, &["3", "z"]),
                ]),
                "{end:?}"
            );
        }
    }

    #[test]
    fn line_numbers_do_not_depend_on_where_a_block_ends() {
        for shift in 0..4 {
            let mut text = "x".repeat(shift) + "\r\n";
            for _ in 0..20_000 {
                text.push_str("ab,c\r\n");
            }
            let rows = read(text.as_bytes()).unwrap();
            let first = u32::from(shift == 0);
            for (index, (number, texts)) in rows.iter().enumerate() {
                assert_eq!(*number, u32::try_from(index).unwrap() + 1 + first);
                assert!(index == 0 && first == 0 || texts == &["ab", "c"]);
            }
        }
    }

    #[test]
    fn rows_keep_as_many_cells_as_they_have() {
        assert_eq!(
            read(b"a,b,c\n1\n1,2,3,4,\n").unwrap(),
            table(&[
                (1, &["a", "b", "c"]),
                (2, &["1"]),
                (3, &["1", "2", "3", "4", ""])
            ])
        );
    }

    #[test]
    fn the_line_that_names_the_delimiter_counts_and_is_no_row() {
        assert_eq!(
            read(b"sep=;\r\na;b,c\r\n").unwrap(),
            table(&[(2, &["a", "b,c"])])
        );
    }

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "Prénom;Straße\r\nΑθηνά;Łódź ’\r\n";
        let expected = table(&[(1, &["Prénom", "Straße"]), (2, &["Αθηνά", "Łódź ’"])]);
        let marked = |bytes: &[u8], mark: &[u8]| [mark, bytes].concat();
        for bytes in [
            text.as_bytes().to_vec(),
            marked(text.as_bytes(), b"\xef\xbb\xbf"),
            marked(&utf16(text, u16::to_le_bytes), b"\xff\xfe"),
            marked(&utf16(text, u16::to_be_bytes), b"\xfe\xff"),
            utf16(text, u16::to_le_bytes),
            utf16(text, u16::to_be_bytes),
        ] {
            assert_eq!(read(&bytes).unwrap(), expected, "{bytes:?}");
        }
    }

    #[test]
    fn a_legacy_encoding_is_guessed_with_a_warning() {
        let bytes = b"Name;Ort\r\nJ\xfcrgen M\xfcller;K\xf6ln\r\nFran\xe7ois;Li\xe8ge\r\n";
        let rows = open(bytes, Limits::default()).unwrap();
        assert_eq!(
            rows.warnings(),
            [FileWarning::EncodingGuessed {
                encoding: "windows-1252"
            }]
        );
        assert_eq!(read(bytes).unwrap()[1].1[0], "Jürgen Müller");
    }

    #[test]
    fn an_encoding_is_decided_on_the_whole_file() {
        let mut bytes = b"name,place\n".repeat(20_000);
        bytes.extend_from_slice(b"J\xfcrgen,K\xf6ln\n");
        assert_eq!(read(&bytes).unwrap()[20_000].1[0], "Jürgen");
        // Much UTF-8 and a little that is none is damage, not another encoding.
        let mut bytes = "Jürgen,Köln\n".repeat(20_000).into_bytes();
        bytes.extend_from_slice(b"J\xfcrgen,K\n");
        assert_eq!(read(&bytes), Err(FileRefusal::EncodingUndecodable));
        let cut = "Jürgen,Köln\nJürgen,Köln\nJürgen,Köln\nJürgen,Köln\nJürgen,Köln\né";
        assert_eq!(
            read(&cut.as_bytes()[..cut.len() - 1]),
            Err(FileRefusal::EncodingUndecodable)
        );
    }

    #[test]
    fn half_a_surrogate_pair_is_undecodable() {
        let mut bytes = utf16("\u{feff}ab,cd\nef,", u16::to_le_bytes);
        bytes.extend_from_slice(&[0x00, 0xd8, b'\n', 0]);
        assert_eq!(read(&bytes), Err(FileRefusal::EncodingUndecodable));
        // So is half a unit.
        let bytes = utf16("\u{feff}ab,cd", u16::to_le_bytes);
        assert_eq!(
            read(&bytes[..bytes.len() - 1]),
            Err(FileRefusal::EncodingUndecodable)
        );
    }

    #[test]
    fn an_open_quote_is_reported_with_the_line_on_which_it_opened() {
        let long = "x\n".repeat(30);
        for (text, line) in [
            ("a,b\n1,\"2\n".to_owned(), 2),
            ("a,b\n1,\"2".to_owned(), 2),
            ("a,b\n\"x\ny\",\"2\n3".to_owned(), 3),
            ("\"".to_owned(), 1),
            (format!("a,b\n\n1,\"{long}\"\n"), 3),
            (format!("a,b\n1,\"{}", "x,y\n".repeat(200_000)), 2),
        ] {
            assert_eq!(
                read(text.as_bytes()),
                Err(FileRefusal::CsvUnterminatedQuote { line }),
                "{text:.20}"
            );
        }
        let address = format!("a\n\"{}\"\n", "x\n".repeat(20));
        assert_eq!(read(address.as_bytes()).unwrap().len(), 2);
    }

    #[test]
    fn too_much_of_anything_is_refused() {
        let limits = Limits {
            rows: 2,
            columns: 3,
            cell_chars: 4,
            ..Limits::default()
        };
        let budget = |what, limit| Err(FileRefusal::BudgetExceeded { what, limit });
        for (text, refused) in [
            ("a,b,c\n1,2,äöüß\n", None),
            ("a,b,c\n1,2,3,,,\n", None),
            ("a\n\n\n,\nb\n", None),
            ("a\nb\nc\n", Some(budget(Budget::Rows, 2))),
            ("a,b,c,d\n", Some(budget(Budget::Columns, 3))),
            ("a,b,12345\n", Some(budget(Budget::CellLength, 4))),
        ] {
            let read = read_within(text.as_bytes(), limits);
            match refused {
                None => assert!(read.is_ok(), "{text}"),
                Some(refused) => assert_eq!(read, refused, "{text}"),
            }
        }
        let long = format!("a,{}", "x".repeat(10_000_000));
        assert_eq!(read(long.as_bytes()), budget(Budget::CellLength, 32_767));
        assert_eq!(read(&b",".repeat(10_000_000)), budget(Budget::Columns, 256));
        let wide = format!("a{}\n", ",".repeat(16_383));
        assert_eq!(read(wide.as_bytes()).unwrap()[0].1.len(), 256);
    }

    #[test]
    fn a_file_without_a_row_is_empty() {
        for text in ["", "\n\r\n", ",,\n,\n", "\u{feff}", "\u{feff}\n", "sep=,\n"] {
            assert_eq!(read(text.as_bytes()), Err(FileRefusal::Empty), "{text:?}");
        }
        assert_eq!(read(b"a,b").unwrap(), table(&[(1, &["a", "b"])]));
    }

    #[test]
    fn rows_left_out_are_counted_where_something_follows() {
        let blanks = |text: &str| {
            let mut rows = open(text.as_bytes(), Limits::default()).unwrap();
            let (mut row, mut blanks) = (Row::default(), Vec::new());
            while rows.next_row(&mut row).unwrap() {
                blanks.push(row.blank_before());
            }
            blanks
        };
        for end in ["\n", "\r\n", "\r"] {
            let text = [
                "a,b", "", ",", "1,\"x", "y\"", "", "", "2,", "3,", "", ",", "",
            ]
            .join(end);
            assert_eq!(blanks(&text), [0, 2, 2, 0], "{end:?}");
        }
    }

    #[test]
    fn tabs_make_it_txt() {
        let format = |text: &str| open(text.as_bytes(), Limits::default()).unwrap().format();
        assert_eq!(format("a\tb\n"), Format::Txt);
        assert_eq!(format("a;b\n"), Format::Csv);
    }
}
