//! What an import does over several commits: in which order it tells, when it stops, and what a lost race costs.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "whatever is unexpected in a test must end it"
)]

use identity_core::{
    authority::Actor,
    hcp::{
        import::{Counts, ImportRefusal},
        row::Problem,
    },
    journal::Hash,
    phone::{CallingCode, PhonePlan, PhoneRefusal, PlannedNumber},
    service::{Call, Failure, ImportObserver, ImportReport, Rollcall, check_file},
    sheet::{CellKind, FileRefusal, FileWarning, Format, Row, Rows},
};
use std::thread;
use testkit::{
    contract::{Harness, block_on},
    hospital::{Hospital, Staffing},
    memory::MemoryStore,
    random::SeededRandom,
    time::FixedClock,
};

type Service = Rollcall<MemoryStore, FixedClock, SeededRandom>;
type Imported = Result<ImportReport, Failure<ImportRefusal>>;

struct NoPhones;

impl PhonePlan for NoPhones {
    fn read(&self, _: &str, _: Option<CallingCode>) -> Result<PlannedNumber, PhoneRefusal> {
        Err(PhoneRefusal::Invalid)
    }
    fn knows(&self, _: CallingCode) -> bool {
        true
    }
    fn code_of(&self, _: &str) -> Option<CallingCode> {
        None
    }
}

/// A file of these lines, whose cells are separated by commas.
struct Lines(std::vec::IntoIter<String>, u32);

fn file(lines: &[String]) -> Box<dyn Rows> {
    let head = "First Name,Last Name,Email Address,Parent Organization ID".to_owned();
    let all: Vec<_> = [head].into_iter().chain(lines.iter().cloned()).collect();
    Box::new(Lines(all.into_iter(), 0))
}

impl Rows for Lines {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, FileRefusal> {
        let Some(line) = self.0.next() else {
            return Ok(false);
        };
        self.1 += 1;
        row.restart(self.1);
        line.split(',').for_each(|it| row.push(CellKind::Text, it));
        Ok(true)
    }
    fn format(&self) -> Format {
        Format::Csv
    }
    fn warnings(&self) -> Vec<FileWarning> {
        Vec::new()
    }
    fn progress(&self) -> (u64, u64) {
        (self.1.into(), 10_000)
    }
}

async fn open() -> (Service, Call) {
    let harness = Harness::new(MemoryStore::new());
    let staffing = Staffing::of("General").administrators(1);
    let hospital: Hospital = harness.staffed(staffing).await.unwrap();
    let service = Rollcall::new(
        MemoryStore::clone(&harness.store),
        harness.clock.clone(),
        harness.random.clone(),
    );
    let user = hospital.administrators[0].user;
    (service, Call::new(hospital.tenant, Actor::user(user)))
}

async fn import(
    service: &Service,
    call: &Call,
    lines: &[String],
    observer: &mut dyn ImportObserver,
) -> Imported {
    let digest = Hash::default();
    let opened = || Ok(file(lines));
    service
        .import_hcps(call, opened, digest, &NoPhones, observer)
        .await
}

/// So many good lines, whose addresses are not in order.
fn good(lines: u32) -> Vec<String> {
    let mixed = |it: u32| it.wrapping_mul(2_654_435_761);
    (0..lines)
        .map(|it| format!("Ada,Lovelace,ada.{}@example.org,", mixed(it)))
        .collect()
}

/// Whoever watches: notes what is told, and does something when the first rows are done.
struct Watch<F> {
    told: Vec<(u32, String)>,
    seen: Vec<u32>,
    parts: Vec<(u64, u64)>,
    stops: bool,
    at_first: Option<F>,
}

impl<F: FnOnce() -> bool + Send> Watch<F> {
    fn new(at_first: F) -> Self {
        Self {
            told: Vec::new(),
            seen: Vec::new(),
            parts: Vec::new(),
            stops: false,
            at_first: Some(at_first),
        }
    }
}

impl<F: FnOnce() -> bool + Send> ImportObserver for Watch<F> {
    fn rejected(&mut self, row: &Row, problems: &[Problem]) {
        assert_eq!(row.cell(0).text, "Ada");
        let codes: Vec<_> = problems.iter().map(|it| it.code.code()).collect();
        self.told.push((row.number(), codes.join(" ")));
    }
    fn progress(&mut self, counts: Counts, part: (u64, u64)) {
        self.seen.push(counts.rows());
        self.parts.push(part);
        if counts.rows() > 0
            && let Some(act) = self.at_first.take()
        {
            self.stops = act();
        }
    }
    fn stops(&self) -> bool {
        self.stops
    }
}

/// H1: a row that is wrong by itself and one that is wrong beside what is kept are told in one order, which is the file's.
#[test]
fn rejected_rows_are_told_in_the_order_of_the_file() {
    block_on(async {
        let (service, call) = open().await;
        let mut lines = good(3_000);
        let nobody = "018c2c1d-7c00-7b6a-8f2e-0123456789ab";
        for at in [2_500, 40, 1_200] {
            lines[at].push_str(nobody);
        }
        for at in [2_000, 41, 7] {
            lines[at] = "Ada,Lovelace,nobody,".to_owned();
        }
        let mut watch = Watch::new(|| false);
        let report = import(&service, &call, &lines, &mut watch).await.unwrap();
        let (itself, beside) = ("email_syntax".to_owned(), "parent_not_found".to_owned());
        let expected = [
            (9, &itself),
            (42, &beside),
            (43, &itself),
            (1_202, &beside),
            (2_002, &itself),
            (2_502, &beside),
        ];
        let told: Vec<_> = watch.told.iter().map(|(row, code)| (*row, code)).collect();
        assert_eq!(told, expected);
        assert_eq!((report.counts.created, report.counts.rejected), (2_994, 6));
    });
}

/// Whoever wants no more before the first commit has changed nothing, and a check stops as well.
#[test]
fn reading_stops_when_asked() {
    block_on(async {
        let (service, call) = open().await;
        let lines = good(2_500);
        let mut watch = Watch::new(|| false);
        watch.stops = true;
        let cancelled = ImportRefusal::File(FileRefusal::Cancelled);
        let imported = import(&service, &call, &lines, &mut watch).await;
        assert!(matches!(imported, Err(Failure::Refused(it)) if it == cancelled));
        let beside = service
            .check_hcps(&call, file(&lines), &NoPhones, &mut watch)
            .await;
        assert!(matches!(beside, Err(Failure::Refused(it)) if it == cancelled));
        let alone = check_file(file(&lines), &NoPhones, &mut watch);
        assert_eq!(alone.unwrap_err(), cancelled);
        // None of them came to its first thousand rows, nor to a commit.
        assert!(watch.seen.is_empty(), "{:?}", watch.seen);
        let report = import(&service, &call, &lines, &mut ()).await.unwrap();
        assert_eq!(report.counts.created, 2_500);
    });
}

/// H2: whoever stops an import keeps what was done, and the next one does the rest.
#[test]
fn an_import_that_was_stopped_is_finished_by_the_next() {
    block_on(async {
        let (service, call) = open().await;
        let lines = good(2_500);
        let mut watch = Watch::new(|| true);
        let stopped = import(&service, &call, &lines, &mut watch).await;
        assert!(
            matches!(
                stopped,
                Err(Failure::Refused(ImportRefusal::File(
                    FileRefusal::Cancelled
                )))
            ),
            "{stopped:?}"
        );
        assert_eq!(watch.seen.last(), Some(&1_000));
        let counts = import(&service, &call, &lines, &mut ()).await.unwrap();
        assert_eq!(
            (counts.counts.created, counts.counts.unchanged),
            (1_500, 1_000)
        );
    });
}

/// A1, H2: a batch that was decided while somebody else wrote one of its rows is decided again, and nothing is doubled.
#[test]
fn a_batch_that_lost_a_race_is_decided_again() {
    block_on(async {
        let (service, call) = open().await;
        let lines = good(2_500);
        let mut by_address = lines.clone();
        by_address.sort();
        let contested = vec![by_address[1_500].clone()];
        let faster = || {
            // The second batch is decided, and not committed yet.
            let done = thread::scope(|it| {
                let racing = || block_on(import(&service, &call, &contested, &mut ()));
                it.spawn(racing).join().unwrap()
            });
            assert_eq!(done.unwrap().counts.created, 1);
            false
        };
        let mut watch = Watch::new(faster);
        let report = import(&service, &call, &lines, &mut watch).await.unwrap();
        let Counts {
            created, unchanged, ..
        } = report.counts;
        assert_eq!((created, unchanged), (2_499, 1));
        assert_eq!(watch.seen.last(), Some(&2_500));
        assert!(watch.parts.is_sorted_by_key(|it| it.0), "{:?}", watch.parts);
        assert_eq!(watch.parts.last(), Some(&(10_000, 10_000)));
    });
}
