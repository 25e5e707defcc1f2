//! The ways in which a MedHub, or what stands in front of it, can misbehave.

/// Something that a call does instead of answering as it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `S07`, with status 200.
    SignatureRefused,
    /// An error object with this code and status.
    Refused {
        /// the `ErrorCode`
        code: &'static str,
        /// the HTTP status
        status: u16,
    },
    /// Whatever is wanted.
    Answer {
        /// the HTTP status
        status: u16,
        /// the `Content-Type`
        content_type: &'static str,
        /// the body
        body: String,
    },
    /// A login page, with status 200.
    Html,
    /// Status 200 and nothing else.
    EmptyBody,
    /// The first half of the good answer, sent as if it were whole.
    Truncated,
    /// The first half of the good answer, then the connection is closed.
    ClosesMidAnswer,
    /// The good answer as `text/html`.
    WrongContentType,
    /// Status 429, with `Retry-After`.
    RateLimited,
    /// Status 500, with a page.
    ServerError,
    /// Nothing, for ever.
    NeverAnswers,
    /// `[]`.
    EmptyList,
    /// The good answer with numbers where it has digits in text.
    Numbers,
    /// The good answer with `null` for every value of a person but the `userID`.
    Nulls,
    /// The same with `false`.
    Falses,
    /// The good answer after a byte order mark and blanks.
    ByteOrderMark,
    /// The good list as an object with numbers for keys.
    ObjectForArray,
    /// The good answer with every key in capitals.
    OtherKeyCase,
    /// The good list without any `userID`.
    WithoutUserIds,
    /// Status 307 to this URL.
    Redirect {
        /// where to
        to: String,
    },
    /// A list of 80 MiB, without telling its length.
    Huge,
}

impl Fault {
    /// Only when this programme is asked for.
    #[must_use]
    pub fn for_program(self, program: &str) -> Misbehaviour {
        Misbehaviour::from(self).for_program(program)
    }

    /// Only the next `times` times.
    #[must_use]
    pub fn times(self, times: usize) -> Misbehaviour {
        Misbehaviour::from(self).times(times)
    }
}

/// A [`Fault`] and when it happens: always, unless told otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misbehaviour {
    pub(super) fault: Fault,
    program: Option<String>,
    left: Option<usize>,
}

impl Misbehaviour {
    /// Only when this programme is asked for.
    #[must_use]
    pub fn for_program(mut self, program: &str) -> Self {
        self.program = Some(program.to_owned());
        self
    }

    /// Only the next `times` times.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.left = Some(times);
        self
    }

    /// Whether it happens now; counts the times.
    pub(super) fn happens(&mut self, program: Option<&str>) -> bool {
        if self.left == Some(0) || self.program.is_some() && self.program.as_deref() != program {
            return false;
        }
        self.left = self.left.map(|it| it.saturating_sub(1));
        true
    }
}

impl From<Fault> for Misbehaviour {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            program: None,
            left: None,
        }
    }
}
