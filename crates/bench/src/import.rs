//! A file imported into SQLite, against the finished records inserted by prepared statements.

use crate::{
    Failure, Scale, file,
    hospital::{self, Hospital},
    measure::{Amount, Best, Limit, Measure, tell, timed},
};
use identity_core::{
    hcp::{
        import::Counts,
        row::{HcpRow, Problem},
        table::{Line, Table},
    },
    id::Mint,
    journal::{By, Entry, Event, Hash, Head, Sealed},
    port::{Clock as _, Random as _},
    service::ImportObserver,
    sheet::{Row, Rows, SheetReader as _},
};
use os_ports::{SystemClock, SystemRandom};
use phone_plan::LibPhonePlan;
use rusqlite::{Connection, params};
use sheet_reader::Sheets;
use std::{
    fs::File,
    path::Path,
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;

/// An id as it lies in a column.
type Bytes = [u8; 16];

/// How many rows one transaction takes, on both sides.
const BATCH: usize = 1_000;

pub(crate) fn run(scale: Scale) -> Result<Vec<Measure>, Failure> {
    let runtime = hospital::runtime()?;
    let hospital = Hospital::open(&runtime)?;
    let csv = hospital.folder.path().join("people.csv");
    file::write(&csv, scale.rows, &hospital.organisations)?;
    let phones = LibPhonePlan::new();
    let mut rows = rows_of(&csv, &phones)?;
    let finished = sealed(&hospital, &rows)?;
    rows.sort_unstable_by(|one, other| one.email.key().cmp(other.email.key()));
    let sorted = sealed(&hospital, &rows)?;
    drop(rows);
    let (mut ours, mut bare) = (Best::default(), Best::default());
    let mut bare_sorted = Best::default();
    let (mut again, mut looked_up) = (Best::default(), Best::default());
    let (mut evenness, mut bare_evenness) = (Evenness::default(), Evenness::default());
    for _ in 0..scale.runs(2) {
        let path = hospital.fresh("bare.db")?;
        let (bare_marks, other) = timed(|| insert(&hospital, &path, &finished))?;
        let path = hospital.fresh("ours.db")?;
        let (marks, one) = timed(|| import(&runtime, &hospital, &path, &csv, &phones))?;
        tell("import", one, other);
        let path = hospital.fresh("sorted.db")?;
        let (_, in_order) = timed(|| insert(&hospital, &path, &sorted))?;
        tell("import, bare in the same order", one, in_order);
        bare_sorted.of(in_order);
        ours.of(one);
        bare.of(other);
        evenness.best_of(marks.tenths(scale.rows));
        bare_evenness.best_of(bare_marks.tenths(scale.rows));
        let path = hospital.folder.path().join("ours.db");
        let ((), other) = timed(|| look_up(&hospital, &path, &finished))?;
        let (marks, one) = timed(|| import(&runtime, &hospital, &path, &csv, &phones))?;
        if marks.counts.unchanged != scale.rows {
            return Err(format!("importing again changed something: {:?}", marks.counts).into());
        }
        tell("import once more", one, other);
        again.of(one);
        looked_up.of(other);
    }
    Ok(vec![
        Measure {
            job: "import a file".to_owned(),
            ours: Amount::Seconds(ours.seconds()),
            bare: Some(Amount::Seconds(bare.seconds())),
            limit: Some(Limit::RatioAtMost(1.5)),
            rows: Some(scale.rows),
        },
        Measure {
            job: "import a file: bare work in the order of addresses".to_owned(),
            ours: Amount::Seconds(ours.seconds()),
            bare: Some(Amount::Seconds(bare_sorted.seconds())),
            limit: None,
            rows: None,
        },
        evenness.measure("import a file: last tenth against first", Some(0.8)),
        bare_evenness.measure("import a file: the same of the bare work", None),
        Measure {
            job: "import the file once more".to_owned(),
            ours: Amount::Seconds(again.seconds()),
            bare: Some(Amount::Seconds(looked_up.seconds())),
            limit: None,
            rows: Some(scale.rows),
        },
    ])
}

/// Rows a second in the first tenth and in the last.
#[derive(Clone, Copy, Debug, Default)]
struct Evenness {
    first: f64,
    last: f64,
}

impl Evenness {
    fn best_of(&mut self, other: Self) {
        if self.first == 0.0 || other.last * self.first > self.last * other.first {
            *self = other;
        }
    }

    fn measure(self, job: &str, at_least: Option<f64>) -> Measure {
        Measure {
            job: job.to_owned(),
            ours: Amount::PerSecond(self.last),
            bare: Some(Amount::PerSecond(self.first)),
            limit: at_least.map(Limit::RatioAtLeast),
            rows: None,
        }
    }
}

/// When how many rows were done.
#[derive(Debug)]
struct Marks {
    start: Instant,
    marks: Vec<(u32, Duration)>,
    counts: Counts,
}

impl ImportObserver for Marks {
    fn rejected(&mut self, _: &Row, _: &[Problem]) {}
    fn progress(&mut self, counts: Counts, _: (u64, u64)) {
        // Nothing is done while the file is read.
        if counts.rows() > 0 {
            self.mark(counts.rows());
        }
        self.counts = counts;
    }
}

impl Marks {
    fn begin() -> Self {
        Self {
            start: Instant::now(),
            marks: Vec::new(),
            counts: Counts::default(),
        }
    }

    fn mark(&mut self, rows: u32) {
        self.marks.push((rows, self.start.elapsed()));
    }

    fn tenths(&self, rows: u32) -> Evenness {
        let pace = |from: u32, to: u32| {
            let mut within = self.marks.iter().filter(|it| (from..=to).contains(&it.0));
            match (within.next(), within.next_back()) {
                (Some(first), Some(last)) => {
                    f64::from(last.0 - first.0) / (last.1 - first.1).as_secs_f64()
                }
                _ => 0.0,
            }
        };
        Evenness {
            first: pace(0, rows / 10),
            last: pace(rows - rows / 10, rows),
        }
    }
}

fn import(
    runtime: &Runtime,
    hospital: &Hospital,
    path: &Path,
    csv: &Path,
    phones: &LibPhonePlan,
) -> Result<Marks, Failure> {
    let service = hospital::service(path)?;
    let mut marks = Marks::begin();
    let open = || {
        let file = File::open(csv)
            .map_err(|it| identity_core::sheet::FileRefusal::Unreadable { kind: it.kind() })?;
        Sheets::default().open(file, Some("people.csv"))
    };
    // Without an operation key the digest is not looked at.
    let report = runtime.block_on(service.import_hcps(
        &hospital.call(),
        open,
        Hash::default(),
        phones,
        &mut marks,
    ))?;
    if report.counts.rejected > 0 {
        return Err(format!("not every row was valid: {:?}", report.counts).into());
    }
    Ok(marks)
}

/// What an import leaves behind, ready to be bound.
struct Finished {
    person: Bytes,
    hcp: Bytes,
    parent: Option<Bytes>,
    row: HcpRow,
    journal: Sealed,
}

/// The rows of the file, in its order.
fn rows_of(csv: &Path, phones: &LibPhonePlan) -> Result<Vec<HcpRow>, Failure> {
    let rows: Box<dyn Rows> = Sheets::default().open(File::open(csv)?, None)?;
    let mut table = Table::open(rows, phones)?;
    let mut found = Vec::new();
    while let Some(line) = table.next_line()? {
        let Line::Accepted(row) = line else {
            return Err("not every row was valid".into());
        };
        found.push(row);
    }
    Ok(found)
}

/// What an import of these rows in this order leaves behind.
fn sealed(hospital: &Hospital, rows: &[HcpRow]) -> Result<Vec<Finished>, Failure> {
    let mut ids = Mint::new(SystemClock.now(), SystemRandom.entropy()?);
    let import = ids.id();
    // The journal of the tenant has some entries already; these stand far behind them.
    let mut head = Head {
        number: 1_000,
        hash: Hash::default(),
    };
    let mut finished = Vec::new();
    for row in rows {
        if finished.len() % BATCH == 0 {
            ids = Mint::new(SystemClock.now(), SystemRandom.entropy()?);
        }
        let (person, hcp) = (ids.id(), ids.id());
        let entry = Entry {
            at: ids.now(),
            by: By::User {
                user: hospital.owner,
                session: None,
                elevation: None,
            },
            event: Event::HcpCreated {
                hcp,
                person: Some(person),
                import: Some(import),
                row: Some(row.row),
            },
        };
        let journal = head.seal(hospital.tenant, &entry);
        head = journal.head();
        finished.push(Finished {
            person: *person.as_uuid().as_bytes(),
            hcp: *hcp.as_uuid().as_bytes(),
            parent: row.parent.map(|it| *it.as_uuid().as_bytes()),
            row: row.clone(),
            journal,
        });
    }
    Ok(finished)
}

/// The bare work of an import.
fn insert(hospital: &Hospital, path: &Path, finished: &[Finished]) -> Result<Marks, Failure> {
    let connection = hospital::bare(path)?;
    let tenant = hospital.tenant.as_uuid().as_bytes();
    let import = [7_u8; 16];
    connection.execute(
        "INSERT INTO imports (tenant, id, version, by, format, started_at, created, updated, unchanged, rejected, blank, warnings)
         VALUES (?1, ?2, 1, ?3, 'csv', 0, 0, 0, 0, 0, 0, '[]')",
        params![tenant, import, hospital.owner.as_uuid().as_bytes()],
    )?;
    let mut persons = connection.prepare(
        "INSERT INTO persons (tenant, id, version, given, family, email, email_key, birth_date, mobile)
         VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, NULL, ?7)",
    )?;
    let mut hcps = connection.prepare(
        "INSERT INTO hcps (tenant, id, version, kind, person, email_key, parent)
         VALUES (?1, ?2, 1, 'professional', ?3, ?4, ?5)",
    )?;
    let mut journal = connection
        .prepare("INSERT INTO journal (tenant, number, text, hash) VALUES (?1, ?2, ?3, ?4)")?;
    let mut progress = connection.prepare(
        "UPDATE imports SET version = version + 1, created = created + ?3 WHERE tenant = ?1 AND id = ?2",
    )?;
    let (mut marks, mut rows) = (Marks::begin(), 0);
    for batch in finished.chunks(BATCH) {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for it in batch {
            let email = it.row.email.key().as_str();
            persons.execute(params![
                tenant,
                it.person,
                it.row.name.given.as_str(),
                it.row.name.family.as_str(),
                it.row.email.as_str(),
                email,
                it.row
                    .mobile
                    .as_ref()
                    .map(identity_core::phone::E164::as_str),
            ])?;
            hcps.execute(params![tenant, it.hcp, it.person, email, it.parent])?;
        }
        for Finished { journal: it, .. } in batch {
            journal.execute(params![
                tenant,
                i64::try_from(it.number)?,
                it.text,
                it.hash.0
            ])?;
        }
        progress.execute(params![tenant, import, i64::try_from(batch.len())?])?;
        connection.execute_batch("COMMIT")?;
        rows += u32::try_from(batch.len())?;
        marks.mark(rows);
    }
    Ok(marks)
}

/// The bare work of an import that changes nothing.
fn look_up(hospital: &Hospital, path: &Path, finished: &[Finished]) -> Result<(), Failure> {
    let connection: Connection = hospital::bare(path)?;
    let tenant = hospital.tenant.as_uuid().as_bytes();
    let mut hcps = connection.prepare(
        "SELECT version, id, person, email_key, parent FROM hcps WHERE tenant = ?1 AND email_key = ?2",
    )?;
    let mut persons = connection.prepare(
        "SELECT version, id, given, family, email, email_key, mobile FROM persons WHERE tenant = ?1 AND id = ?2",
    )?;
    for batch in finished.chunks(BATCH) {
        connection.execute_batch("BEGIN")?;
        for it in batch {
            let person: Bytes =
                hcps.query_row(params![tenant, it.row.email.key().as_str()], |it| it.get(2))?;
            let _: i64 = persons.query_row(params![tenant, person], |it| it.get(0))?;
        }
        connection.execute_batch("COMMIT")?;
    }
    Ok(())
}
