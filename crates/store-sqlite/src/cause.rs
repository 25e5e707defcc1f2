//! Why SQLite could not do what it was asked to.

use identity_core::port::{CommitError, StoreError};
use rusqlite::{Error, ErrorCode, ffi};

/// Why the store cannot answer: the source of every [`StoreError::Unavailable`] of this store, and of every
/// [`CommitError::Unknown`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// Another process or connection held the database for longer than the busy timeout.
    #[error("database is locked by another process")]
    Locked,
    /// There is no room for what was to be written.
    #[error("disk is full")]
    DiskFull,
    /// The file or its folder cannot be written any more.
    #[error("database cannot be written")]
    ReadOnly,
    /// Reading or writing the file failed.
    #[error("reading or writing the database failed (SQLite code {code})")]
    Io {
        /// SQLite's extended result code
        code: i32,
    },
    /// The file holds what SQLite cannot read.
    #[error("database file is damaged (SQLite code {code})")]
    Damaged {
        /// SQLite's extended result code
        code: i32,
    },
    /// A newer version of this program changed the schema meanwhile.
    #[error("database was brought to schema {found} meanwhile, and this program knows {known}")]
    Newer {
        /// the schema of the file
        found: i64,
        /// the newest schema this program knows
        known: i64,
    },
    /// The connection on which a changeset is to be applied was not [configured](crate::configure).
    #[error("connection does not check foreign keys")]
    NotConfigured,
    /// The store's threads ended.
    #[error("store is closed")]
    Closed,
    /// Anything else, which is a fault of this program.
    #[error("SQLite refused the statement (code {code})")]
    Refused {
        /// SQLite's extended result code
        code: i32,
    },
}

impl Cause {
    /// The cause of an error of this store, where it has one.
    #[must_use]
    pub fn of(error: &StoreError) -> Option<Self> {
        match error {
            StoreError::Unavailable(source) => source.downcast_ref().copied(),
            StoreError::Corrupt { .. } => None,
        }
    }

    /// The stable code, in lower snake case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Locked => "database_locked",
            Self::DiskFull => "disk_full",
            Self::ReadOnly => "database_read_only",
            Self::Io { .. } => "database_io",
            Self::Damaged { .. } => "database_damaged",
            Self::Newer { .. } => "database_newer",
            Self::NotConfigured => "connection_not_configured",
            Self::Closed => "store_closed",
            Self::Refused { .. } => "database_refused",
        }
    }

    /// What whoever reads the message can do next.
    #[must_use]
    pub const fn next(&self) -> &'static str {
        match self {
            Self::Locked => {
                "find what holds the database (a backup, a shell, another service), then try again"
            }
            Self::DiskFull => "make room on the disk or raise the size limit, then try again",
            Self::ReadOnly => {
                "let this user write the file and its folder, and look whether the file system went read-only"
            }
            Self::Io { .. } => "look at the disk and the system's log, then try again",
            Self::Damaged { .. } => "stop the service and restore a backup",
            Self::Newer { .. } => "start the newer version of this program",
            Self::NotConfigured => "call `configure` on the connection before its transaction",
            Self::Closed => "open the store again",
            Self::Refused { .. } => "report this: the store met a statement that SQLite refuses",
        }
    }

    /// What a failure of SQLite means.
    pub(crate) fn from_sqlite(error: &Error) -> Self {
        let Error::SqliteFailure(failure, _) = error else {
            return Self::Refused {
                code: ffi::SQLITE_MISUSE,
            };
        };
        let code = failure.extended_code;
        match failure.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Locked,
            ErrorCode::DiskFull => Self::DiskFull,
            ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
                Self::ReadOnly
            }
            ErrorCode::SystemIoFailure | ErrorCode::OutOfMemory => Self::Io { code },
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Damaged { code },
            _ => Self::Refused { code },
        }
    }

    /// Whether a `COMMIT` that failed for this may yet be durable. A write that failed left no whole commit record behind,
    /// so only a failure to make the written record durable leaves the question open.
    pub(crate) const fn leaves_commit_open(self) -> bool {
        match self {
            Self::Io { code } => code != ffi::SQLITE_IOERR_WRITE,
            Self::Locked
            | Self::DiskFull
            | Self::ReadOnly
            | Self::Damaged { .. }
            | Self::Newer { .. }
            | Self::NotConfigured
            | Self::Closed
            | Self::Refused { .. } => false,
        }
    }

    pub(crate) fn unavailable(self) -> StoreError {
        StoreError::Unavailable(Box::new(self))
    }

    pub(crate) fn refused(self) -> CommitError {
        CommitError::Store(self.unavailable())
    }
}

/// A failure of SQLite while reading.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands in `map_err`, which hands the error over"
)]
pub(crate) fn unavailable(error: Error) -> StoreError {
    Cause::from_sqlite(&error).unavailable()
}

/// A failure of SQLite inside a commit.
pub(crate) fn failed(error: Error) -> CommitError {
    CommitError::Store(unavailable(error))
}
