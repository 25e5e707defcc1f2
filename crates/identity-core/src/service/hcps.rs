//! Healthcare parties: organisations by hand, professionals from files.

use super::{Asked, Call, Failure, Rollcall};
use crate::{
    authority::Authority,
    changeset::Changeset,
    hcp::{
        AddOrganisation, AddOrganisationRefusal, Hcp,
        import::{Applied, Counts, End, Import, ImportRefusal, Notice, apply, concerns, start},
        row::Problem,
        table::{Found, Line, Table},
    },
    id::Id,
    journal::Hash,
    phone::PhonePlan,
    port::{Clock, CommitError, Directory, Find, Random, Store},
    record::{Stored, Version},
    sheet::{FileRefusal, Format, Row, Rows},
    user::User,
};
use std::{future::Future, pin::Pin};

/// How many rows one commit takes.
const BATCH: usize = 1000;

/// Told how an import goes.
pub trait ImportObserver: Send {
    /// A row was rejected: as it stood in the file, and everything that is wrong with it.
    fn rejected(&mut self, row: &Row, problems: &[Problem]);

    /// So many rows are done, and so many bytes of so many read.
    fn progress(&mut self, counts: Counts, bytes: (u64, u64));
}

impl ImportObserver for () {
    fn rejected(&mut self, _row: &Row, _problems: &[Problem]) {}
    fn progress(&mut self, _counts: Counts, _bytes: (u64, u64)) {}
}

/// What came of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportReport {
    /// The import; `None` for a check, which keeps nothing.
    pub import: Option<Id<Import>>,
    /// What the file was.
    pub format: Format,
    /// What came of its rows.
    pub counts: Counts,
    /// What was odd.
    pub warnings: Vec<Notice>,
}

/// Checks a file by itself, without a look at what is kept: every valid row counts as created.
///
/// Reading blocks: call it where a thread may block.
///
/// # Errors
/// [`ImportRefusal::File`] or [`ImportRefusal::Header`].
pub fn check_file(
    rows: impl Rows,
    phones: &dyn PhonePlan,
    observer: &mut dyn ImportObserver,
) -> Result<ImportReport, ImportRefusal> {
    let mut table = Table::open(rows, phones)?;
    let mut counts = Counts::default();
    let mut since = 0;
    while let Some(found) = table.next_found()? {
        match found {
            Found::Accepted(_) => counts.created += 1,
            Found::Rejected(problems) => {
                counts.rejected += 1;
                observer.rejected(table.row(), &problems);
            }
            Found::Blank => counts.blank += 1,
        }
        since += 1;
        if since == BATCH {
            since = 0;
            observer.progress(counts, table.progress());
        }
    }
    observer.progress(counts, table.progress());
    Ok(ImportReport {
        import: None,
        format: table.format(),
        counts,
        warnings: notices(&table),
    })
}

impl<S: Store, C: Clock, R: Random> Rollcall<S, C, R> {
    /// Adds an organisation.
    ///
    /// # Errors
    /// As [`AddOrganisationRefusal`].
    pub async fn add_organisation(
        &self,
        call: &Call,
        command: AddOrganisation,
    ) -> Result<Id<Hcp>, Failure<AddOrganisationRefusal>> {
        let finds: Vec<_> = command.parent.map(Find::Hcp).into_iter().collect();
        self.transact(
            call,
            "add_organisation",
            &command,
            &finds,
            |authority, records, ids| command.decide(authority, records, ids),
        )
        .await
    }

    /// Checks a file against what is kept, and changes nothing.
    ///
    /// Reading blocks: call it where a thread may block.
    ///
    /// # Errors
    /// As [`ImportRefusal`].
    pub async fn check_hcps(
        &self,
        call: &Call,
        rows: impl Rows,
        phones: &dyn PhonePlan,
        observer: &mut dyn ImportObserver,
    ) -> Result<ImportReport, Failure<ImportRefusal>> {
        let mut table = Table::open(rows, phones).map_err(Failure::Refused)?;
        let mut import = self.not_yet(table.format())?;
        loop {
            let (lines, end) = next_batch(&mut table, observer).map_err(Failure::Refused)?;
            let decided = self
                .decide_batch(call, &table, &import, &Batch { lines, end }, None)
                .await?;
            tell(observer, &decided.applied);
            import = decided.after;
            observer.progress(import.record.counts, table.progress());
            if end == End::Last {
                let counts = import.record.counts;
                return Ok(ImportReport {
                    import: None,
                    format: table.format(),
                    counts,
                    warnings: notices(&table),
                });
            }
        }
    }

    /// Imports a file: each row is accepted or rejected on its own, in commits of a thousand rows.
    ///
    /// `open` begins to read the file, and is called twice: a file that breaks off somewhere is refused before the first
    /// row of it is kept. `digest` is its SHA-256: with a key in `call`, asking again with the same file finds the import
    /// that was made. Reading blocks: call this where a thread may block.
    ///
    /// # Errors
    /// As [`ImportRefusal`]; rows committed before an error of the store stay, and importing the file again finds them
    /// unchanged.
    pub async fn import_hcps(
        &self,
        call: &Call,
        open: impl Fn() -> Result<Box<dyn Rows>, FileRefusal> + Send,
        digest: Hash,
        phones: &dyn PhonePlan,
        observer: &mut dyn ImportObserver,
    ) -> Result<ImportReport, Failure<ImportRefusal>>
    where
        S: Directory,
    {
        let asked = Asked::of(call, "import_hcps", &digest.to_string());
        if let Some(done) = self.imported_before(call, asked.as_ref()).await? {
            return Ok(done);
        }
        let opened = || open().map_err(|it| Failure::Refused(it.into()));
        read_through(opened()?).map_err(|it| Failure::Refused(it.into()))?;
        let mut table = Table::open(opened()?, phones).map_err(Failure::Refused)?;
        let format = table.format();
        // The key is kept with the last batch: an import that broke off is begun anew under it.
        let plain = Call {
            key: None,
            ..call.clone()
        };
        let mut started = None;
        self.transact(&plain, "start_import", &(), &[], |authority, _, ids| {
            let (changes, import) = start(authority, format, ids)?;
            started = Some(import.clone());
            Ok((changes, import.id))
        })
        .await?;
        let Some(record) = started else {
            return Err(Failure::Contended);
        };
        let mut import = Stored {
            record,
            version: Version::FIRST,
        };
        let mut committing: Option<Committing<'_>> = None;
        loop {
            // While the store writes one batch, the next is read and decided.
            let (lines, end) = next_batch(&mut table, observer).map_err(Failure::Refused)?;
            let batch = Batch { lines, end };
            let mut decided = self
                .decide_batch(call, &table, &import, &batch, asked.as_ref())
                .await?;
            if let Some(before) = committing.take() {
                match self
                    .finish(call, &table, before, asked.as_ref(), observer)
                    .await?
                {
                    Finished::AsDecided => (),
                    // This batch was decided on what the one before was to leave behind, and it left something else.
                    Finished::Anew(after) => {
                        import = after;
                        decided = self
                            .decide_batch(call, &table, &import, &batch, asked.as_ref())
                            .await?;
                    }
                }
            }
            let Decided {
                changes,
                after,
                applied,
            } = decided;
            let commit = Box::pin(self.store.commit(changes));
            let current = Committing {
                commit,
                before: import,
                batch,
                applied,
            };
            import = after;
            if end == End::More {
                committing = Some(current);
                continue;
            }
            if let Finished::Anew(after) = self
                .finish(call, &table, current, asked.as_ref(), observer)
                .await?
            {
                import = after;
            }
            // Two at once under one key: the answer is the one that was kept.
            if let Some(done) = self.imported_before(call, asked.as_ref()).await?
                && done.import != Some(import.record.id)
            {
                return Ok(done);
            }
            let Import { id, counts, .. } = import.record;
            return Ok(ImportReport {
                import: Some(id),
                format,
                counts,
                warnings: notices(&table),
            });
        }
    }

    /// The report of an import made before under the same key, if it was finished.
    async fn imported_before(
        &self,
        call: &Call,
        asked: Option<&Asked>,
    ) -> Result<Option<ImportReport>, Failure<ImportRefusal>>
    where
        S: Directory,
    {
        let Some(id) = self.answered::<Id<Import>, _>(call.tenant, asked).await? else {
            return Ok(None);
        };
        let import = self.store.import(call.tenant, id).await?;
        Ok(import.map(|it| ImportReport {
            import: Some(id),
            format: it.format,
            counts: it.counts,
            warnings: it.warnings,
        }))
    }

    /// An import that is not kept, to check against.
    fn not_yet(&self, format: Format) -> Result<Stored<Import>, Failure<ImportRefusal>> {
        let mut ids = self.mint()?;
        let by: Id<User> = ids.id();
        let started_at = ids.now();
        let record = Import {
            id: ids.id(),
            by,
            format,
            started_at,
            finished_at: None,
            counts: Counts::default(),
            warnings: Vec::new(),
        };
        Ok(Stored {
            record,
            version: Version::FIRST,
        })
    }

    async fn decide_batch<T: Rows>(
        &self,
        call: &Call,
        table: &Table<'_, T>,
        import: &Stored<Import>,
        Batch { lines, end }: &Batch,
        asked: Option<&Asked>,
    ) -> Result<Decided, Failure<ImportRefusal>> {
        let mut finds = call.actor.find();
        for (email, parent) in lines.iter().filter_map(concerns) {
            finds.push(Find::HcpWithEmail(email.key().clone()));
            finds.extend(parent.map(Find::Hcp));
        }
        let mut ids = self.mint()?;
        let records = self.store.load(call.tenant, finds).await?;
        let authority = Authority::of(&call.actor, call.tenant, &records, &mut ids)
            .map_err(|it| Failure::Refused(it.into()))?;
        let (mut changes, after, applied) =
            apply(&authority, &records, table, import, lines, *end, &mut ids)
                .map_err(Failure::Refused)?;
        // The key is kept with the last batch, unless it was kept by somebody else meanwhile.
        if let (End::Last, Some(asked)) = (end, asked)
            && self
                .store
                .operation(call.tenant, asked.key.clone())
                .await?
                .is_none()
        {
            changes.answer(asked.with(&after.record.id)?);
        }
        Ok(Decided {
            changes,
            after,
            applied,
        })
    }

    /// Waits for a batch's commit; decides and commits it anew when something moved.
    async fn finish<T: Rows>(
        &self,
        call: &Call,
        table: &Table<'_, T>,
        committing: Committing<'_>,
        asked: Option<&Asked>,
        observer: &mut dyn ImportObserver,
    ) -> Result<Finished, Failure<ImportRefusal>> {
        let Committing {
            commit,
            before,
            batch,
            mut applied,
        } = committing;
        let mut outcome = commit.await;
        let mut finished = Finished::AsDecided;
        for _ in 0..super::ATTEMPTS {
            match outcome {
                Ok(()) => {
                    tell(observer, &applied);
                    let counts = crate::hcp::import::sum(before.record.counts, applied.counts);
                    observer.progress(counts, table.progress());
                    return Ok(finished);
                }
                Err(
                    CommitError::Stale | CommitError::Duplicate { .. } | CommitError::Owners(_),
                ) => {
                    let anew = self
                        .decide_batch(call, table, &before, &batch, asked)
                        .await?;
                    applied = anew.applied;
                    finished = Finished::Anew(anew.after);
                    outcome = self.store.commit(anew.changes).await;
                }
                Err(CommitError::Store(err)) => return Err(Failure::Store(err)),
                Err(CommitError::Unknown(err)) => return Err(Failure::OutcomeUnknown(err)),
            }
        }
        Err(Failure::Contended)
    }
}

/// Lines that go into one commit.
struct Batch {
    lines: Vec<Line>,
    end: End,
}

/// What a batch comes to, and what it is to leave of its import.
struct Decided {
    changes: Changeset,
    after: Stored<Import>,
    applied: Applied,
}

/// A batch on its way into the store.
struct Committing<'a> {
    commit: Pin<Box<dyn Future<Output = Result<(), CommitError>> + Send + 'a>>,
    before: Stored<Import>,
    batch: Batch,
    applied: Applied,
}

/// How a batch was committed.
enum Finished {
    AsDecided,
    /// After a lost race, and it left this of its import.
    Anew(Stored<Import>),
}

/// Reads a file to its end, so that whatever is wrong with it is known.
fn read_through(mut rows: Box<dyn Rows>) -> Result<(), FileRefusal> {
    let mut row = Row::default();
    while rows.next_row(&mut row)? {}
    Ok(())
}

/// Reads the lines of the next batch, and tells of those that are wrong by themselves.
fn next_batch<R: Rows>(
    table: &mut Table<'_, R>,
    observer: &mut dyn ImportObserver,
) -> Result<(Vec<Line>, End), ImportRefusal> {
    let mut lines = Vec::with_capacity(BATCH);
    while lines.len() < BATCH {
        match table.next_line()? {
            Some(line) => {
                if let Line::Rejected(row, problems) = &line {
                    observer.rejected(row, problems);
                }
                lines.push(line);
            }
            None => return Ok((lines, End::Last)),
        }
    }
    Ok((lines, End::More))
}

fn notices<R: Rows>(table: &Table<'_, R>) -> Vec<Notice> {
    table.warnings().iter().map(Notice::from).collect()
}

fn tell(observer: &mut dyn ImportObserver, applied: &Applied) {
    for (row, problems) in &applied.rejected {
        observer.rejected(row, problems);
    }
}
