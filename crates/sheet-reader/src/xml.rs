//! XML without document types, without deep nesting, and with every token bounded.

mod plain;

pub(crate) use self::plain::Plain;
use crate::{allowance::Meter, archive::Part, unreadable};
use identity_core::sheet::FileRefusal;
use quick_xml::{
    Error, Reader, XmlVersion,
    events::{BytesRef, BytesStart, Event},
};
use std::{
    borrow::Cow,
    io::{self, BufRead, Read},
};

/// No spreadsheet nests deeper than this.
const DEEPEST: u32 = 64;

const BROKEN: FileRefusal = FileRefusal::Corrupt { what: "XML" };

/// Where XML comes from.
pub(crate) enum Input {
    /// A part of an archive.
    Part(Part),
    /// A file of its own.
    Plain(Plain),
}

impl Input {
    /// Bytes read so far, unpacked.
    pub(crate) fn read(&self) -> u64 {
        match self {
            Self::Part(part) => part.unpacked(),
            Self::Plain(plain) => plain.decoded(),
        }
    }

    /// Bytes of the file read, and to be read, for this.
    pub(crate) fn progress(&self) -> (u64, u64) {
        match self {
            Self::Part(part) => part.progress(),
            Self::Plain(plain) => plain.progress(),
        }
    }

    #[inline]
    fn meter(&mut self) -> &mut Meter {
        match self {
            Self::Part(part) => part.meter(),
            Self::Plain(plain) => plain.meter(),
        }
    }
}

impl From<Part> for Input {
    fn from(part: Part) -> Self {
        Self::Part(part)
    }
}

impl From<Plain> for Input {
    fn from(plain: Plain) -> Self {
        Self::Plain(plain)
    }
}

impl Read for Input {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(into)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Input {
    #[inline]
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self {
            Self::Part(part) => part.fill_buf(),
            Self::Plain(plain) => plain.fill_buf(),
        }
    }

    #[inline]
    fn consume(&mut self, amount: usize) {
        match self {
            Self::Part(part) => part.consume(amount),
            Self::Plain(plain) => plain.consume(amount),
        }
    }
}

/// A reader of one document. Empty elements come as a start and an end.
pub(crate) struct Xml {
    reader: Reader<Input>,
    buffer: Vec<u8>,
    depth: u32,
}

impl Xml {
    pub(crate) fn new(input: impl Into<Input>) -> Self {
        let mut reader = Reader::from_reader(input.into());
        reader.config_mut().expand_empty_elements = true;
        Self {
            reader,
            buffer: Vec::new(),
            depth: 0,
        }
    }

    pub(crate) fn input(&self) -> &Input {
        self.reader.get_ref()
    }

    /// How many elements are open.
    pub(crate) fn depth(&self) -> u32 {
        self.depth
    }

    /// The next event.
    ///
    /// # Errors
    /// Refuses document types, deep nesting, what is not well formed, and an end within an element.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Event<'_>, FileRefusal> {
        self.buffer.clear();
        self.reader.get_mut().meter().begin_token();
        let event = self
            .reader
            .read_event_into(&mut self.buffer)
            .map_err(|it| refusal(&it))?;
        match event {
            Event::Start(_) => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err(FileRefusal::Corrupt {
                        what: "XML nested too deep",
                    });
                }
            }
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            Event::DocType(_) => return Err(FileRefusal::XmlDtdForbidden),
            Event::Eof if self.depth > 0 => return Err(BROKEN),
            _ => {}
        }
        Ok(event)
    }

    /// Passes over the rest of the element that was just started.
    pub(crate) fn skip(&mut self) -> Result<(), FileRefusal> {
        self.leave(self.depth)
    }

    /// Passes over the rest of the element that made the depth what it says.
    pub(crate) fn leave(&mut self, depth: u32) -> Result<(), FileRefusal> {
        while self.depth >= depth {
            self.next()?;
        }
        Ok(())
    }

    /// Appends the text of the element that was just started, as far as `longest` bytes and a token more;
    /// elements in it are passed over.
    pub(crate) fn text(&mut self, into: &mut String, longest: usize) -> Result<(), FileRefusal> {
        self.text_within(self.depth, into, longest)
    }

    /// The same with the text of the elements in it.
    pub(crate) fn deep_text(
        &mut self,
        into: &mut String,
        longest: usize,
    ) -> Result<(), FileRefusal> {
        self.text_within(DEEPEST, into, longest)
    }

    fn text_within(
        &mut self,
        deepest: u32,
        into: &mut String,
        longest: usize,
    ) -> Result<(), FileRefusal> {
        let within = self.depth;
        while self.depth >= within {
            let counts = self.depth <= deepest;
            match self.next()? {
                Event::Text(text) if counts => into.push_str(&text.xml10_content()),
                Event::CData(text) if counts => into.push_str(&text.xml10_content()),
                Event::GeneralRef(name) if counts => into.push(referred(&name)?),
                _ => {}
            }
            if into.len() > longest {
                break;
            }
        }
        Ok(())
    }
}

/// The character that a reference stands for; nobody defines further ones.
pub(crate) fn referred(name: &BytesRef<'_>) -> Result<char, FileRefusal> {
    let unknown = FileRefusal::Corrupt { what: "XML entity" };
    match name.resolve_char_ref().map_err(|_| unknown)? {
        Some(char) => Ok(char),
        None => match name.as_ref() {
            "amp" => Ok('&'),
            "lt" => Ok('<'),
            "gt" => Ok('>'),
            "quot" => Ok('"'),
            "apos" => Ok('\''),
            _ => Err(unknown),
        },
    }
}

/// The attributes of an element, as local names with raw values.
pub(crate) fn attributes<'a>(
    element: &'a BytesStart<'_>,
) -> impl Iterator<Item = Result<(&'a str, Cow<'a, str>), FileRefusal>> {
    let mut attributes = element.attributes();
    attributes.with_checks(false);
    attributes.map(|it| {
        let it = it.map_err(|_| BROKEN)?;
        Ok((it.key.local_name().into_inner(), it.value))
    })
}

/// The value of an attribute, without references.
pub(crate) fn attribute(
    element: &BytesStart<'_>,
    name: &str,
) -> Result<Option<String>, FileRefusal> {
    for it in element.attributes().with_checks(false) {
        let it = it.map_err(|_| BROKEN)?;
        if it.key.local_name().as_ref() == name {
            let value = it
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|_| BROKEN)?;
            return Ok(Some(value.into_owned()));
        }
    }
    Ok(None)
}

fn refusal(error: &Error) -> FileRefusal {
    let Error::Io(error) = error else {
        return BROKEN;
    };
    error
        .get_ref()
        .and_then(|it| it.downcast_ref::<FileRefusal>())
        .copied()
        .unwrap_or_else(|| unreadable(error))
}
