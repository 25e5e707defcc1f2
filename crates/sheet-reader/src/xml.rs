//! XML without document types, without deep nesting, and with every token bounded.

use crate::{archive::Part, unreadable};
use identity_core::sheet::FileRefusal;
use quick_xml::{
    Error, Reader, XmlVersion,
    events::{BytesStart, Event},
};
use std::borrow::Cow;

/// No spreadsheet nests deeper than this.
const DEEPEST: u32 = 64;

const BROKEN: FileRefusal = FileRefusal::Corrupt { what: "XML" };

/// A reader of one part. Empty elements come as a start and an end.
pub(crate) struct Xml {
    reader: Reader<Part>,
    buffer: Vec<u8>,
    depth: u32,
}

impl Xml {
    pub(crate) fn new(part: Part) -> Self {
        let mut reader = Reader::from_reader(part);
        reader.config_mut().expand_empty_elements = true;
        Self {
            reader,
            buffer: Vec::new(),
            depth: 0,
        }
    }

    pub(crate) fn part(&self) -> &Part {
        self.reader.get_ref()
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
        let within = self.depth;
        while self.depth >= within {
            self.next()?;
        }
        Ok(())
    }

    /// Appends the text of the element that was just started, as far as `longest` bytes and a token more;
    /// elements in it are passed over.
    pub(crate) fn text(&mut self, into: &mut String, longest: usize) -> Result<(), FileRefusal> {
        let within = self.depth;
        while self.depth >= within {
            let direct = self.depth == within;
            match self.next()? {
                Event::Text(text) if direct => into.push_str(&text.xml10_content()),
                Event::CData(text) if direct => into.push_str(&text.xml10_content()),
                Event::GeneralRef(name) if direct => match name.resolve_char_ref() {
                    Ok(Some(char)) => into.push(char),
                    Ok(None) => into.push(match name.as_ref() {
                        "amp" => '&',
                        "lt" => '<',
                        "gt" => '>',
                        "quot" => '"',
                        "apos" => '\'',
                        _ => return Err(FileRefusal::Corrupt { what: "XML entity" }),
                    }),
                    Err(_) => return Err(FileRefusal::Corrupt { what: "XML entity" }),
                },
                _ => {}
            }
            if into.len() > longest {
                break;
            }
        }
        Ok(())
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
