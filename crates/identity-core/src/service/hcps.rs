//! Healthcare parties: organisations by hand, professionals from files.

use super::{Asked, Call, Failure, Rollcall};
use crate::{
    authority::Authority,
    changeset::Changeset,
    email::EmailKey,
    hcp::{
        AddOrganisation, AddOrganisationRefusal, Hcp, HcpLine,
        delete::{self, DeleteHcpRefusal, delete},
        edit::{EditHcp, EditHcpRefusal},
        import::{
            Applied, Counts, End, Import, ImportRefusal, Notice, apply, concerns, start, sum,
        },
        place::LEVELS,
        professional::{AddProfessional, AddProfessionalRefusal},
        row::{HcpRow, Problem},
        table::{Line, Table},
    },
    id::Id,
    journal::Hash,
    permission::HCPS_MANAGE,
    phone::PhonePlan,
    port::{Clock, CommitError, Directory, Find, Random, Store},
    record::{Stored, Version},
    sheet::{FileRefusal, Format, Row, Rows},
    user::User,
};
use std::{collections::BTreeMap, future::Future, pin::Pin};

/// How many rows one commit takes.
const BATCH: usize = 1000;

/// Told how an import goes.
pub trait ImportObserver: Send {
    /// A row was rejected: as it stood in the file, and everything that is wrong with it.
    fn rejected(&mut self, row: &Row, problems: &[Problem]);

    /// So many rows are done, and so much of the whole work: an import reads the file first, which is its first tenth.
    fn progress(&mut self, counts: Counts, of_whole: (u64, u64));

    /// Whether to stop now, asked every thousand rows: what is done stays, and [`FileRefusal::Cancelled`] says that the rest
    /// is not.
    fn stops(&self) -> bool {
        false
    }

    /// Whether anything is done with the rejected rows: if not, an import need not read them again.
    fn wants_rejected(&self) -> bool {
        true
    }
}

impl ImportObserver for () {
    fn rejected(&mut self, _row: &Row, _problems: &[Problem]) {}
    fn progress(&mut self, _counts: Counts, _of_whole: (u64, u64)) {}
    fn wants_rejected(&self) -> bool {
        false
    }
}

/// A healthcare party, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HcpView {
    /// The party.
    pub line: HcpLine,
    /// The organisations above it, from its parent up to the root.
    pub above: Vec<Hcp>,
    /// How many parties stand directly below it.
    pub below: u64,
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
    while let Some(line) = table.next_line()? {
        match line {
            Line::Accepted(_) => counts.created += 1,
            Line::Rejected(_, problems) => {
                counts.rejected += 1;
                observer.rejected(table.row(), &problems);
            }
            Line::Blank(rows) => counts.blank += rows,
        }
        since += 1;
        if since == BATCH {
            since = 0;
            go_on(observer)?;
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
        self.transact(
            call,
            "add_organisation",
            &command,
            &command.finds(),
            |authority, records, ids| command.decide(authority, records, ids),
        )
        .await
    }

    /// Adds a professional, of the person who is known or a new one.
    ///
    /// # Errors
    /// As [`AddProfessionalRefusal`].
    pub async fn add_professional(
        &self,
        call: &Call,
        command: AddProfessional,
    ) -> Result<Id<Hcp>, Failure<AddProfessionalRefusal>> {
        self.transact(
            call,
            "add_professional",
            &command,
            &command.finds(),
            |authority, records, ids| command.decide(authority, records, ids),
        )
        .await
    }

    /// Changes a healthcare party.
    ///
    /// # Errors
    /// As [`EditHcpRefusal`].
    pub async fn edit_hcp(
        &self,
        call: &Call,
        hcp: Id<Hcp>,
        command: EditHcp,
    ) -> Result<(), Failure<EditHcpRefusal>> {
        self.transact(
            call,
            "edit_hcp",
            &(hcp, &command),
            &command.finds(hcp),
            |authority, records, ids| command.decide(authority, records, hcp, ids),
        )
        .await
    }

    /// Deletes a healthcare party, for good. The person of a professional stays.
    ///
    /// # Errors
    /// As [`DeleteHcpRefusal`].
    pub async fn delete_hcp(
        &self,
        call: &Call,
        hcp: Id<Hcp>,
    ) -> Result<(), Failure<DeleteHcpRefusal>> {
        self.transact(
            call,
            "delete_hcp",
            &hcp,
            &delete::finds(hcp),
            |authority, records, ids| delete(authority, records, hcp, ids),
        )
        .await
    }

    /// One healthcare party, what stands above it and how many below, for whoever manages healthcare parties.
    ///
    /// # Errors
    /// As [`EditHcpRefusal`].
    pub async fn hcp(&self, call: &Call, hcp: Id<Hcp>) -> Result<HcpView, Failure<EditHcpRefusal>>
    where
        S: Directory,
    {
        self.authorize(call, &HCPS_MANAGE)
            .await
            .map_err(|it| it.map(EditHcpRefusal::from))?;
        // One more than an organisation has above it, for a professional below.
        let finds = vec![Find::Hcp(hcp), Find::HcpsAbove(hcp, LEVELS + 1)];
        let mut records = self.store.load(call.tenant, finds).await?;
        let found = records.hcps.remove(&hcp).map(|it| it.record);
        let found = found.ok_or(Failure::Refused(EditHcpRefusal::Unknown))?;
        let mut above = Vec::new();
        let mut next = found.parent;
        while let Some(it) = next.and_then(|it| records.hcps.remove(&it)) {
            next = it.record.parent;
            above.push(it.record);
        }
        let person = found.person().and_then(|it| records.persons.remove(&it));
        Ok(HcpView {
            line: HcpLine {
                person: person.map(|it| it.record),
                hcp: found,
            },
            above,
            below: self.store.hcps_below(call.tenant, hcp).await?,
        })
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
            go_on(observer).map_err(Failure::Refused)?;
            let (lines, rows, end) = next_batch(&mut table).map_err(Failure::Refused)?;
            let batch = Batch { lines: &lines, end };
            let decided = self
                .decide_batch(call, &table, &import, batch, None)
                .await?;
            let rejected = rejected(&lines).chain(decided.applied.rejected).collect();
            rows.iter().for_each(|it| tell(observer, &rejected, it));
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
    /// The file is read to its end first, so that one that breaks off somewhere is refused before a row of it is kept. Its rows
    /// are then committed in the order of their addresses, in which the store finds and keeps them several times as fast: they
    /// are held in memory until then, a million of them in some 250 MB. Where rows were rejected, and the observer wants them,
    /// the file is read once more to tell them as they stand in it, in its order. So `open`, which begins to read the file, is
    /// called once or twice.
    ///
    /// `digest` is its SHA-256: with a key in `call`, asking again with the same file finds the import that was made. Reading
    /// blocks: call this where a thread may block.
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
        let mut table = Table::open(opened()?, phones).map_err(Failure::Refused)?;
        let format = table.format();
        let lines = read_whole(&mut table, observer).map_err(Failure::Refused)?;
        let mut rejected: BTreeMap<_, _> = rejected(&lines).collect();
        let progress = Progress {
            lines: lines.len(),
            whole: table.progress().1,
        };
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
        let mut rest = lines.as_slice();
        loop {
            // While the store writes one batch, the next is decided.
            let (first, others) = rest.split_at(rest.len().min(BATCH));
            rest = others;
            let end = if rest.is_empty() {
                End::Last
            } else {
                End::More
            };
            let batch = Batch { lines: first, end };
            let mut decided = self
                .decide_batch(call, &table, &import, batch, asked.as_ref())
                .await?;
            if let Some(before) = committing.take() {
                let finished = self.finish(call, &table, before, asked.as_ref()).await?;
                rejected.extend(finished.rejected);
                observer.progress(finished.counts, progress.at(first.len() + rest.len()));
                go_on(observer).map_err(Failure::Refused)?;
                if let Some(after) = finished.anew {
                    // This batch was decided on what the one before was to leave behind, and it left something else.
                    import = after;
                    decided = self
                        .decide_batch(call, &table, &import, batch, asked.as_ref())
                        .await?;
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
            let finished = self.finish(call, &table, current, asked.as_ref()).await?;
            rejected.extend(finished.rejected);
            import = finished.anew.unwrap_or(import);
            observer.progress(import.record.counts, progress.at(0));
            // Two at once under one key: the answer is the one that was kept.
            if let Some(done) = self.imported_before(call, asked.as_ref()).await?
                && done.import != Some(import.record.id)
            {
                return Ok(done);
            }
            let warnings = notices(&table);
            drop(table);
            if !rejected.is_empty() && observer.wants_rejected() {
                let told = tell_all(opened()?, &rejected, observer);
                told.map_err(|it| Failure::Refused(it.into()))?;
            }
            let Import { id, counts, .. } = import.record;
            return Ok(ImportReport {
                import: Some(id),
                format,
                counts,
                warnings,
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
        Batch { lines, end }: Batch<'_>,
        asked: Option<&Asked>,
    ) -> Result<Decided, Failure<ImportRefusal>> {
        let mut finds = call.actor.find();
        for (email, parent) in lines.iter().filter_map(concerns) {
            finds.push(Find::HcpWithEmail(email.key().clone()));
            finds.extend(parent.map(Find::Hcp));
        }
        let mut ids = self.mint()?;
        let records = self.store.load(call.tenant, finds).await?;
        let authority = Authority::of(&call.actor, call.tenant, &records, ids.now())
            .map_err(|it| Failure::Refused(it.into()))?;
        let (mut changes, after, applied) =
            apply(&authority, &records, table, import, lines, end, &mut ids)
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
    ) -> Result<Finished, Failure<ImportRefusal>> {
        let Committing {
            commit,
            before,
            batch,
            mut applied,
        } = committing;
        let mut outcome = commit.await;
        let mut anew = None;
        for _ in 0..super::ATTEMPTS {
            match outcome {
                Ok(()) => {
                    return Ok(Finished {
                        counts: sum(before.record.counts, applied.counts),
                        rejected: applied.rejected,
                        anew,
                    });
                }
                Err(
                    CommitError::Stale | CommitError::Duplicate { .. } | CommitError::Owners(_),
                ) => {
                    let decided = self
                        .decide_batch(call, table, &before, batch, asked)
                        .await?;
                    applied = decided.applied;
                    anew = Some(decided.after);
                    outcome = self.store.commit(decided.changes).await;
                }
                Err(CommitError::Store(err)) => return Err(Failure::Store(err)),
                Err(CommitError::Unknown(err)) => return Err(Failure::OutcomeUnknown(err)),
            }
        }
        Err(Failure::Contended)
    }
}

/// Lines that go into one commit.
#[derive(Clone, Copy)]
struct Batch<'a> {
    lines: &'a [Line],
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
    batch: Batch<'a>,
    applied: Applied,
}

/// A batch that was committed.
struct Finished {
    /// What came of the rows so far.
    counts: Counts,
    /// The rows rejected by what is kept.
    rejected: Vec<(u32, Vec<Problem>)>,
    /// What it left of its import, where that is not what was decided first, after a lost race.
    anew: Option<Stored<Import>>,
}

/// How far an import is, as parts of the file's bytes: a tenth for reading, the rest for the rows.
#[derive(Clone, Copy)]
struct Progress {
    lines: usize,
    whole: u64,
}

impl Progress {
    fn at(self, lines_left: usize) -> (u64, u64) {
        let parts = |it: usize| u64::try_from(it).unwrap_or(u64::MAX);
        let (lines, left) = (parts(self.lines).max(1), parts(lines_left));
        // As parts of ten thousand, so that nothing overflows.
        let left = left.saturating_mul(9_000) / lines;
        let done = (self.whole / 10_000).saturating_mul(left);
        (self.whole.saturating_sub(done), self.whole)
    }
}

/// Refuses to go on where whoever watches has had enough.
fn go_on(observer: &dyn ImportObserver) -> Result<(), ImportRefusal> {
    if observer.stops() {
        Err(FileRefusal::Cancelled.into())
    } else {
        Ok(())
    }
}

/// Reads all lines of a file, and puts them in the order in which they are committed: by address, then those that are rejected,
/// so that until the end a count of rows that are done is one of rows that are kept.
fn read_whole<R: Rows>(
    table: &mut Table<'_, R>,
    observer: &mut dyn ImportObserver,
) -> Result<Vec<Line>, ImportRefusal> {
    let mut lines = Vec::new();
    let mut blank = 0;
    while let Some(line) = table.next_line()? {
        match line {
            Line::Blank(rows) => blank += rows,
            Line::Accepted(_) | Line::Rejected(..) => lines.push(line),
        }
        if lines.len() % BATCH == 0 {
            go_on(observer)?;
            let (read, whole) = table.progress();
            observer.progress(Counts::default(), (read / 10, whole));
        }
    }
    if blank > 0 {
        lines.push(Line::Blank(blank));
    }
    // No two lines are equal: an address stands in one accepted line at most.
    lines.sort_unstable_by(|one, other| place(one).cmp(&place(other)));
    Ok(lines)
}

/// Where a line comes among the others when they are committed.
fn place(line: &Line) -> (u8, Option<&EmailKey>, u32) {
    match line {
        Line::Accepted(row) => (0, Some(row.email.key()), row.row),
        Line::Rejected(row, _) => (1, None, *row),
        Line::Blank(_) => (2, None, 0),
    }
}

/// Reads the lines of the next batch, and the rows of those that are rejected or may be, as they stand in the file.
fn next_batch<R: Rows>(
    table: &mut Table<'_, R>,
) -> Result<(Vec<Line>, Vec<Row>, End), ImportRefusal> {
    let (mut lines, mut rows) = (Vec::with_capacity(BATCH), Vec::new());
    while lines.len() < BATCH {
        let Some(line) = table.next_line()? else {
            return Ok((lines, rows, End::Last));
        };
        match &line {
            Line::Accepted(HcpRow { parent: None, .. }) | Line::Blank(_) => (),
            Line::Accepted(_) | Line::Rejected(..) => rows.push(table.row().clone()),
        }
        lines.push(line);
    }
    Ok((lines, rows, End::More))
}

fn notices<R: Rows>(table: &Table<'_, R>) -> Vec<Notice> {
    table.warnings().iter().map(Notice::from).collect()
}

/// The rows that are wrong by themselves, by number.
fn rejected(lines: &[Line]) -> impl Iterator<Item = (u32, Vec<Problem>)> + '_ {
    lines.iter().filter_map(|it| match it {
        Line::Rejected(row, problems) => Some((*row, problems.clone())),
        Line::Accepted(_) | Line::Blank(_) => None,
    })
}

/// Tells of a row, if it was rejected.
fn tell(observer: &mut dyn ImportObserver, rejected: &BTreeMap<u32, Vec<Problem>>, row: &Row) {
    if let Some(problems) = rejected.get(&row.number()) {
        observer.rejected(row, problems);
    }
}

/// Tells of all rejected rows, as they stand in the file.
fn tell_all(
    mut rows: Box<dyn Rows>,
    rejected: &BTreeMap<u32, Vec<Problem>>,
    observer: &mut dyn ImportObserver,
) -> Result<(), FileRefusal> {
    let mut row = Row::default();
    while rows.next_row(&mut row)? {
        tell(observer, rejected, &row);
    }
    Ok(())
}
