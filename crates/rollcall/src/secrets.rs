//! Secrets that come from files, or from standard input, and never from arguments, which every process of a machine can see.

use crate::failure::Failure;
use identity_core::{
    login::Password,
    token::{Secret, SecretKind},
};
use std::{
    fs,
    io::{self, Read as _},
    path::Path,
};
use zeroize::Zeroizing;

/// The most bytes of a secret.
const MOST: u64 = 64 << 10;

/// What stands in a file; `-` is standard input.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<String>, Failure> {
    text(path).map_err(|error| {
        Failure::new(
            "file_unreadable",
            format!("{} cannot be read: {}", path.display(), error.kind()),
            "look whether the file exists and may be read",
        )
    })
}

/// The same, for whoever says in other words what is wrong with the file.
pub(crate) fn text(path: &Path) -> io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    if path == Path::new("-") {
        io::stdin().take(MOST).read_to_string(&mut text)?;
    } else {
        fs::File::open(path)?.take(MOST).read_to_string(&mut text)?;
    }
    Ok(text)
}

/// The secret of a kind in a file, if it holds one.
pub(crate) fn of_kind(path: &Path, kind: SecretKind) -> Result<Option<Secret>, Failure> {
    let secret = Secret::parse(read(path)?.trim()).ok();
    Ok(secret.filter(|it| it.kind() == kind))
}

/// The first line of a file, as a password to be tried.
pub(crate) fn given_password(path: &Path) -> Result<Password, Failure> {
    let text = read(path)?;
    Password::given(first_line(&text)).map_err(|it| wrong(&it))
}

/// The first line of a file, as a new password.
pub(crate) fn new_password(path: &Path) -> Result<Password, Failure> {
    let text = read(path)?;
    Password::parse(first_line(&text)).map_err(|it| wrong(&it))
}

fn wrong(syntax: &identity_core::login::PasswordSyntax) -> Failure {
    Failure::new(
        "password_invalid",
        syntax.to_string(),
        "choose another, such as a few words that only you put together",
    )
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// Writes a secret to a new file that only its owner may read.
pub(crate) fn write(path: &Path, secret: &str) -> Result<(), Failure> {
    NewFile::make(path)?.write(secret)
}

/// A new file that only its owner may read, made before there is a secret to write: one that cannot be kept is not made. Dropped
/// before it was written, it is gone.
#[derive(Debug)]
pub(crate) struct NewFile<'a> {
    path: &'a Path,
    file: fs::File,
    written: bool,
}

impl<'a> NewFile<'a> {
    pub(crate) fn make(path: &'a Path) -> Result<Self, Failure> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let file = options.open(path).map_err(|it| unwritable(path, &it))?;
        Ok(Self {
            path,
            file,
            written: false,
        })
    }

    pub(crate) fn write(mut self, secret: &str) -> Result<(), Failure> {
        use std::io::Write as _;
        let text = Zeroizing::new(format!("{secret}\n"));
        let written = self.file.write_all(text.as_bytes());
        let written = written.and_then(|()| self.file.sync_all());
        written.map_err(|it| unwritable(self.path, &it))?;
        self.written = true;
        Ok(())
    }
}

impl Drop for NewFile<'_> {
    fn drop(&mut self) {
        if !self.written {
            // Where it cannot be removed, an empty file is left: it holds nothing.
            drop(fs::remove_file(self.path));
        }
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(
        "file_unwritable",
        format!("{} cannot be written: {}", path.display(), error.kind()),
        "name a file that is not there yet, in a folder where you may write",
    )
}
