//! Command lines that cannot be read: the code that each has, and what of them is repeated.

use crate::{
    failure::Failure,
    output::{self, Format},
    persons::BirthDateSyntax,
};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use identity_core::{
    email::EmailRefusal,
    id::IdSyntax,
    name::NameRefusal,
    operation::OperationKeySyntax,
    permission::PermissionSyntax,
    person::PatientReferenceSyntax,
    phone::E164Syntax,
    roster::{MedhubIdSyntax, SourceFailure},
};
use std::{error::Error as _, ffi::OsString, fmt, process::ExitCode};

/// Prints what is wrong with the command line, or the help that was asked for.
pub(crate) fn tell(mut wrong: clap::Error, format: Format) -> ExitCode {
    if matches!(
        wrong.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        return output::exit(wrong.print(), 0);
    }
    shorten(&mut wrong);
    let failure = match malformed(&wrong) {
        Some(code) => Failure::malformed(code, message(&wrong)),
        None if format == Format::Human => return output::exit(wrong.print(), 2),
        None => Failure::usage(
            message(&wrong),
            "look at `rollcall --help`, or at the command's own `--help`",
        ),
    };
    output::finish(format, &Err(failure), None)
}

/// Whether `--json` stands among arguments that could not be parsed.
pub(crate) fn wants_json(arguments: &[OsString]) -> Format {
    let mut options = arguments.iter().take_while(|it| *it != "--");
    if options.any(|it| it == "--json") {
        Format::Json
    } else {
        Format::Human
    }
}

/// Neither an e-mail address nor an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WhoSyntax;

impl fmt::Display for WhoSyntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("neither an e-mail address nor a user id")
    }
}

impl std::error::Error for WhoSyntax {}

/// The code of a value that is none, as it has over HTTP.
fn malformed(wrong: &clap::Error) -> Option<&'static str> {
    let why = wrong.source()?;
    if why.is::<IdSyntax>() || why.is::<WhoSyntax>() {
        Some("id_invalid")
    } else if why.is::<EmailRefusal>() {
        Some("email_invalid")
    } else if why.is::<NameRefusal>() {
        Some("name_invalid")
    } else if why.is::<PermissionSyntax>() {
        Some("permission_invalid")
    } else if why.is::<E164Syntax>() {
        Some("mobile_invalid")
    } else if why.is::<BirthDateSyntax>() {
        Some("birth_date_invalid")
    } else if why.is::<PatientReferenceSyntax>() {
        Some("patient_invalid")
    } else if why.is::<OperationKeySyntax>() {
        Some("operation_key_invalid")
    } else if why.is::<MedhubIdSyntax>() {
        Some("medhub_id_invalid")
    } else {
        let source = why.downcast_ref::<SourceFailure>();
        source.map(SourceFailure::code)
    }
}

fn message(wrong: &clap::Error) -> String {
    match wrong.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            "a command is missing".to_owned()
        }
        _ => {
            let text = wrong.render().to_string();
            let message = text.split("\n\n").next().unwrap_or_default();
            let message = message.strip_prefix("error: ").unwrap_or(message);
            message.split_whitespace().collect::<Vec<_>>().join(" ")
        }
    }
}

/// The most characters of an argument that are repeated.
const REPEATED: usize = 60;

/// Repeats of what was typed no more than it takes to recognise it.
fn shorten(wrong: &mut clap::Error) {
    let mut shortened = Vec::new();
    for (kind, value) in wrong.context() {
        let short = match value {
            ContextValue::String(text) => ContextValue::String(repeated(text)),
            ContextValue::Strings(texts) => {
                ContextValue::Strings(texts.iter().map(|it| repeated(it)).collect())
            }
            _ => continue,
        };
        if short != *value {
            shortened.push((kind, short));
        }
    }
    if !shortened.is_empty() {
        // What is suggested holds what was typed.
        wrong.insert(ContextKind::Suggested, ContextValue::None);
    }
    for (kind, value) in shortened {
        wrong.insert(kind, value);
    }
}

/// The beginning of a text.
fn repeated(text: &str) -> String {
    match text.char_indices().nth(REPEATED) {
        Some((end, _)) => output::escaped(text.get(..end).unwrap_or_default()) + "…",
        None => output::escaped(text),
    }
}
