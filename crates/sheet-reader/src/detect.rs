//! What a file is, by its content.

use crate::{
    archive::Archive,
    compound::{Compound, Entry},
    text::encoding::Start,
    unreadable,
};
use identity_core::sheet::FileRefusal;
use std::{
    fs::File,
    io::{Read, Seek as _},
};

/// As much of the beginning as is looked at.
const SAMPLE: u64 = 8 << 10;

/// What a file is before anything in it is understood.
pub(crate) enum Content {
    /// A zip archive.
    Archive,
    /// A compound file.
    Compound,
    /// A format that is known and not read.
    Unread(&'static str),
    /// Text, and where it starts.
    Text(Start),
    /// An `OpenDocument` spreadsheet in one file of XML.
    FlatOds(Start),
    /// XML Spreadsheet 2003.
    Spreadsheet2003(Start),
}

/// What is in an archive.
pub(crate) enum Archived {
    Xlsx,
    Ods,
}

/// What XML is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Markup {
    Unread(&'static str),
    FlatOds,
    Spreadsheet2003,
}

/// Looks at the beginning of a file.
pub(crate) fn detect(file: &mut File) -> Result<Content, FileRefusal> {
    let mut sample = Vec::new();
    file.rewind()
        .and_then(|()| file.by_ref().take(SAMPLE).read_to_end(&mut sample))
        .map_err(|it| unreadable(&it))?;
    if sample.is_empty() {
        return Err(FileRefusal::Empty);
    }
    if sample.starts_with(b"PK\x03\x04") || sample.starts_with(b"PK\x05\x06") {
        return Ok(Content::Archive);
    }
    if sample.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Ok(Content::Compound);
    }
    if let Some(format) = binary(&sample) {
        return Ok(Content::Unread(format));
    }
    let start = Start::of(&sample).ok_or(FileRefusal::FormatUnknown)?;
    let glimpse = start.glimpse(&sample);
    match markup(&glimpse)? {
        Some(Markup::Unread(format)) => Ok(Content::Unread(format)),
        Some(Markup::FlatOds) => Ok(Content::FlatOds(start.declared(encoding(&glimpse))?)),
        Some(Markup::Spreadsheet2003) => Ok(Content::Spreadsheet2003(
            start.declared(encoding(&glimpse))?,
        )),
        None => Ok(Content::Text(start)),
    }
}

/// Formats with a signature of their own.
fn binary(sample: &[u8]) -> Option<&'static str> {
    let signatures: [(&[u8], &'static str); 9] = [
        (b"\x09\x00\x04\x00", "xls of Excel 2"),
        (b"\x09\x00\x06\x00", "xls of Excel 2"),
        (b"\x09\x02\x06\x00", "xls of Excel 3"),
        (b"\x09\x04\x06\x00", "xls of Excel 4"),
        (b"\x09\x08\x08\x00", "xls of Excel 5 without its container"),
        (b"%PDF-", "pdf"),
        (b"{\\rtf", "rtf"),
        (b"SQLite format 3\0", "sqlite"),
        (b"\x00\x00\x1a\x00", "wk3"),
    ];
    signatures
        .into_iter()
        .find(|(signature, _)| sample.starts_with(signature))
        .map(|(_, format)| format)
}

/// Text that is no table: XML, HTML and JSON.
fn markup(text: &str) -> Result<Option<Markup>, FileRefusal> {
    let text = text.trim_start();
    let lower = text.to_ascii_lowercase();
    let html = [
        "<!doctype html",
        "<html",
        "<head",
        "<body",
        "<table",
        "<meta",
        "<style",
        "<script",
        "<div",
    ];
    if html.iter().any(|it| lower.starts_with(it)) {
        return Err(FileRefusal::HtmlDisguised);
    }
    if ["<?xml", "<!doctype", "<!--"]
        .iter()
        .any(|it| lower.starts_with(it))
        || root(text)
    {
        return if lower.contains("<html") || lower.contains("<!doctype html") {
            Err(FileRefusal::HtmlDisguised)
        } else if lower.contains("<!doctype") {
            Err(FileRefusal::XmlDtdForbidden)
        } else if text.contains("urn:schemas-microsoft-com:office:spreadsheet") {
            Ok(Some(Markup::Spreadsheet2003))
        } else if text.contains("application/vnd.oasis.opendocument.spreadsheet") {
            Ok(Some(Markup::FlatOds))
        } else {
            Err(FileRefusal::XmlNotSpreadsheet)
        };
    }
    let json = |open: char, next: &[char]| {
        text.strip_prefix(open)
            .is_some_and(|it| it.trim_start().starts_with(next))
    };
    Ok((json('{', &['"', '}']) || json('[', &['{', '[', '"', ']']))
        .then_some(Markup::Unread("json")))
}

/// The encoding that an XML declaration names.
fn encoding(text: &str) -> Option<&str> {
    let (declaration, _) = text.trim_start().strip_prefix("<?xml")?.split_once("?>")?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|it| matches!(it, '"' | '\''))?;
    value.split(quote).nth(1)
}

/// Whether a text without an XML declaration begins with an element in a namespace.
fn root(text: &str) -> bool {
    text.strip_prefix('<')
        .and_then(|it| it.split_once('>'))
        .is_some_and(|(tag, _)| tag.contains(" xmlns"))
}

/// What a zip archive is, by the names of its parts.
pub(crate) fn archived(archive: &Archive) -> Result<Archived, FileRefusal> {
    let unsupported = |format| Err(FileRefusal::FormatUnsupported { format });
    if archive.contains("xl/workbook.bin") {
        unsupported("xlsb")
    } else if archive.contains("[content_types].xml") {
        if archive.contains("word/document.xml") {
            unsupported("docx")
        } else if archive.contains("ppt/presentation.xml") {
            unsupported("pptx")
        } else {
            Ok(Archived::Xlsx)
        }
    } else if archive.contains("mimetype") && archive.contains("content.xml") {
        Ok(Archived::Ods)
    } else if archive.contains("mimetype") && archive.contains("encrypted-package") {
        Err(FileRefusal::Encrypted)
    } else if archive.contains("index/document.iwa") || archive.contains("index.zip") {
        unsupported("numbers")
    } else {
        Err(FileRefusal::FormatUnknown)
    }
}

/// The workbook in a compound file, unless it is encrypted or of another kind. Where there are two, the newer
/// format is under the longer name.
pub(crate) fn workbook(compound: &Compound) -> Result<Entry, FileRefusal> {
    if ["EncryptedPackage", "EncryptionInfo"]
        .iter()
        .any(|it| compound.find(it).is_some())
    {
        return Err(FileRefusal::Encrypted);
    }
    compound
        .find("Workbook")
        .or_else(|| compound.find("Book"))
        .ok_or(FileRefusal::FormatUnknown)
}
