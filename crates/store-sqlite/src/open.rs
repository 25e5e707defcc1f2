//! Opening a file: what it must be, and what is said when it is something else.

use crate::{
    connection::{cache, configure},
    schema,
};
use rusqlite::{Connection, Error, ErrorCode, OpenFlags, ffi};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How a store is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The file.
    pub path: PathBuf,
    /// Whether a file that is missing is made; its folder must be there.
    pub create: bool,
    /// How long a commit waits for other processes.
    pub busy_timeout: Duration,
    /// How many loads and lists run at the same time, each on a thread and a connection of its own; at least 1.
    pub readers: usize,
}

impl Options {
    /// The file at this path, made if it is missing; 5 seconds; 4 readers.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            create: true,
            busy_timeout: Duration::from_secs(5),
            readers: 4,
        }
    }
}

/// Why a file is not opened as a store. Whatever it held is then as it was before; one that was missing or empty may be left
/// as an empty database, which the next attempt takes for new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// There is no such file, and none is to be made.
    #[error("database file does not exist")]
    Missing,
    /// The folder is missing.
    #[error("folder of the database file does not exist")]
    FolderMissing,
    /// A folder stands there.
    #[error("path of the database is a folder")]
    IsFolder,
    /// No SQLite file, or one that is encrypted.
    #[error("file is not an SQLite database")]
    NotSqlite,
    /// Another program's database.
    #[error("file is the database of another program (application id {found})")]
    Foreign {
        /// what the file says it belongs to; 0 when it does not say
        found: i64,
    },
    /// Written by a newer version of this program.
    #[error("database has schema {found}, and this program knows {known}")]
    Newer {
        /// the schema of the file
        found: i64,
        /// the newest schema this program knows
        known: i64,
    },
    /// The file or its folder cannot be written.
    #[error("database file or its folder cannot be read and written by this user")]
    ReadOnly,
    /// Another process or connection held the database for longer than the busy timeout.
    #[error("database is locked by another process")]
    Locked,
    /// There is no room for the schema.
    #[error("disk is full")]
    DiskFull,
    /// The file system has no shared memory, which the write-ahead log needs.
    #[error("file system does not support a write-ahead log")]
    NoWal,
    /// The file holds what SQLite cannot read.
    #[error("database file is damaged (SQLite code {code})")]
    Damaged {
        /// SQLite's extended result code
        code: i32,
    },
    /// A setting that keeps the data safe did not take.
    #[error("setting `{name}` did not take")]
    Setting {
        /// which
        name: &'static str,
    },
    /// Reading or writing the file failed, or no thread could be started.
    #[error("opening the database failed (code {code})")]
    Io {
        /// SQLite's extended result code, or the system's error number
        code: i32,
    },
}

impl OpenError {
    /// The stable code, in lower snake case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "database_missing",
            Self::FolderMissing => "database_folder_missing",
            Self::IsFolder => "database_is_folder",
            Self::NotSqlite => "database_not_sqlite",
            Self::Foreign { .. } => "database_foreign",
            Self::Newer { .. } => "database_newer",
            Self::ReadOnly => "database_read_only",
            Self::Locked => "database_locked",
            Self::DiskFull => "disk_full",
            Self::NoWal => "database_no_wal",
            Self::Damaged { .. } => "database_damaged",
            Self::Setting { .. } => "database_setting",
            Self::Io { .. } => "database_io",
        }
    }

    /// What whoever reads the message can do next.
    #[must_use]
    pub const fn next(&self) -> &'static str {
        match self {
            Self::Missing => "look at the path, or allow the file to be made",
            Self::FolderMissing => "make the folder first, or look at the path",
            Self::IsFolder => "name a file within the folder",
            Self::NotSqlite | Self::Foreign { .. } => "name another file; this one was not touched",
            Self::Newer { .. } => "start the newer version of this program, or restore a backup",
            Self::ReadOnly => "let this user read and write the file and its folder",
            Self::Locked => {
                "find what holds the database (a backup, a shell, another service), then try again"
            }
            Self::DiskFull => "make room on the disk, then try again",
            Self::NoWal => "put the database on a local disk, not on a network file system",
            Self::Damaged { .. } => "restore a backup; the file was not touched",
            Self::Setting { .. } => {
                "report this: the SQLite that was linked is not the one that was meant"
            }
            Self::Io { .. } => "look at the disk and the system's log, then try again",
        }
    }
}

impl From<Error> for OpenError {
    fn from(error: Error) -> Self {
        let Error::SqliteFailure(failure, _) = error else {
            return Self::Damaged {
                code: ffi::SQLITE_ERROR,
            };
        };
        let code = failure.extended_code;
        match failure.code {
            ErrorCode::NotADatabase => Self::NotSqlite,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Locked,
            ErrorCode::DiskFull => Self::DiskFull,
            ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
                Self::ReadOnly
            }
            ErrorCode::DatabaseCorrupt => Self::Damaged { code },
            _ => Self::Io { code },
        }
    }
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::FolderMissing,
            io::ErrorKind::IsADirectory => Self::IsFolder,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Io {
                code: error.raw_os_error().unwrap_or_default(),
            },
        }
    }
}

/// The smallest database has one page of this many bytes. SQLite itself takes a file of one byte for an empty one.
const SMALLEST: u64 = 512;
/// Pages the writer keeps in memory.
const WRITER_CACHE: i64 = 64 << 20;
/// Pages each reader keeps in memory.
const READER_CACHE: i64 = 16 << 20;

/// One store is opened at a time. A file that is made is closed once by the system's own call, which drops every lock this
/// process has on it: nobody else here may have it open at that moment.
static OPENING: Mutex<()> = Mutex::new(());

/// The connections of a store, the writer first.
pub(crate) fn open(options: &Options) -> Result<(Connection, Vec<Connection>), OpenError> {
    let _one_at_a_time = OPENING.lock().unwrap_or_else(PoisonError::into_inner);
    let path = &options.path;
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Err(OpenError::IsFolder),
        Ok(found) if found.len() == 0 => (),
        Ok(found) if found.len() < SMALLEST => return Err(OpenError::NotSqlite),
        Ok(_) => probe(path, options.busy_timeout)?,
        Err(err) if err.kind() == io::ErrorKind::NotFound => {
            if !options.create {
                return Err(OpenError::Missing);
            }
            make(path)?;
        }
        Err(err) if err.kind() == io::ErrorKind::NotADirectory => {
            return Err(OpenError::FolderMissing);
        }
        Err(err) => return Err(err.into()),
    }
    let mut writer = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    writer.busy_timeout(options.busy_timeout)?;
    if writer.is_readonly("main")? {
        return Err(OpenError::ReadOnly);
    }
    log_ahead(&writer, options.busy_timeout)?;
    configure(&writer, options.busy_timeout)?;
    // Once more, now that nobody can have swapped the file.
    check(&writer)?;
    schema::migrate(&mut writer)?;
    cache(&writer, WRITER_CACHE)?;
    let readers = (0..options.readers.max(1))
        .map(|_| {
            let reader = Connection::open_with_flags(
                path,
                OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
            )?;
            configure(&reader, options.busy_timeout)?;
            cache(&reader, READER_CACHE)?;
            Ok(reader)
        })
        .collect::<Result<_, OpenError>>()?;
    Ok((writer, readers))
}

/// Makes an empty file that only its owner can read; SQLite gives the files beside it the same mode.
fn make(path: &Path) -> Result<(), OpenError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        // Another process made it a moment ago.
        Err(err) if err.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => Ok(other.map(drop)?),
    }
}

/// Looks whether the file is ours before anything is changed. Through SQLite, since only that keeps the locks that this process
/// may have on the file; and for reading alone where another program's log lies beside it, since to close such a database for
/// writing is to write the log into it.
fn probe(path: &Path, busy_timeout: Duration) -> Result<(), OpenError> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let has_log = fs::metadata(&log).is_ok_and(|it| it.len() > 0);
    let flags = if has_log {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    } else {
        OpenFlags::SQLITE_OPEN_READ_WRITE
    };
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    if !has_log && connection.is_readonly("main")? {
        // Said before anything is read: to read it would leave an empty log behind that only a writer can take away.
        return Err(OpenError::ReadOnly);
    }
    connection.busy_timeout(busy_timeout)?;
    check(&connection)
}

/// The database is ours, of a schema we know, or empty.
fn check(connection: &Connection) -> Result<(), OpenError> {
    // All as of one instant: another process may be making the schema right now.
    let connection = &connection.unchecked_transaction()?;
    let found: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version = schema::version(connection)?;
    if found == schema::APPLICATION_ID {
        return if version > schema::NEWEST {
            Err(OpenError::Newer {
                found: version,
                known: schema::NEWEST,
            })
        } else {
            // Reads the whole schema, which a damaged file does not survive.
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
            Ok(())
        };
    }
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if found == 0 && version == 0 && tables == 0 {
        Ok(())
    } else {
        Err(OpenError::Foreign { found })
    }
}

/// Switches the write-ahead log on, for good. SQLite does not wait for others while it does so, hence the loop.
fn log_ahead(connection: &Connection, busy_timeout: Duration) -> Result<(), OpenError> {
    let began = Instant::now();
    loop {
        let switched = connection.query_row("PRAGMA journal_mode = WAL", [], |row| {
            row.get::<_, String>(0)
        });
        match switched.map_err(OpenError::from) {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(_) => return Err(OpenError::NoWal),
            Err(OpenError::Locked) if began.elapsed() < busy_timeout => {
                std::thread::sleep(Duration::from_millis(2));
            }
            Err(err) => return Err(err),
        }
    }
}
