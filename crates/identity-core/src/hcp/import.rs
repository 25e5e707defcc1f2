//! Imports: the rows of a file become healthcare parties, each accepted or rejected (H1).
//!
//! A [`Table`] reads a file row by row and says of each what it is; [`apply`] decides a batch of them against what is kept.
//! A check runs both and commits nothing, so that check and import agree on every row.

use super::{
    Hcp,
    header::HeaderRefusal,
    row::{Field, HcpRow, Problem, ProblemCode},
    table::{Line, Table, Warning},
};
use crate::{
    authority::{Authority, AuthorityRefusal},
    changeset::Changeset,
    email::{Email, EmailKey},
    id::{Id, Mint},
    journal::Event,
    permission::{DATA_LOAD, HCPS_MANAGE},
    person::Person,
    record::{Records, Stored},
    refusal::Refusal,
    sheet::{FileRefusal, Format, Rows},
    time::Instant,
    user::User,
};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

/// An import of a file: how far it is and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Its identifier.
    pub id: Id<Self>,
    /// Who started it.
    pub by: Id<User>,
    /// What the file was.
    pub format: Format,
    /// When it began.
    pub started_at: Instant,
    /// When its last row was accepted or rejected; `None` while it runs, or when it broke off.
    pub finished_at: Option<Instant>,
    /// What came of the rows so far.
    pub counts: Counts,
    /// What was odd about the file, told when it is finished.
    pub warnings: Vec<Notice>,
}

/// Something odd that kept nothing from being read, in a form that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The stable code.
    pub code: String,
    /// The warning in words.
    pub message: String,
}

impl From<&Warning> for Notice {
    fn from(warning: &Warning) -> Self {
        Self {
            code: warning.code().to_owned(),
            message: warning.to_string(),
        }
    }
}

/// What came of the rows of a file. Every row below the header is in exactly one of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Became a new record.
    pub created: u32,
    /// Changed a record.
    pub updated: u32,
    /// Said what was known.
    pub unchanged: u32,
    /// Could not be used.
    pub rejected: u32,
    /// Held nothing.
    pub blank: u32,
}

impl Counts {
    /// Rows that could be used.
    #[must_use]
    pub const fn accepted(&self) -> u32 {
        self.created + self.updated + self.unchanged
    }

    /// All rows below the header.
    #[must_use]
    pub const fn rows(&self) -> u32 {
        self.accepted() + self.rejected + self.blank
    }
}

/// A row an import rejected: where and why, without what it held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedRow {
    /// Of which import.
    pub import: Id<Import>,
    /// The row's number, as a person sees it.
    pub row: u32,
    /// Everything that is wrong with it.
    pub problems: Vec<Problem>,
}

/// Why a file is not imported at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportRefusal {
    /// The actor may not.
    #[error(transparent)]
    Authority(#[from] AuthorityRefusal),
    /// An import is started by a user, or a token in a user's name.
    #[error("an import is started by a user")]
    NotAUser,
    /// The file gives no rows, or no further ones.
    #[error(transparent)]
    File(#[from] FileRefusal),
    /// Its columns cannot be told.
    #[error(transparent)]
    Header(#[from] HeaderRefusal),
}

impl Refusal for ImportRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.code(),
            Self::NotAUser => "not_a_user",
            Self::File(it) => it.code(),
            Self::Header(it) => it.code(),
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.rule(),
            Self::NotAUser => "A5",
            Self::File(_) => "H3",
            Self::Header(_) => "H1",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.next(),
            Self::NotAUser => "act as a user of the tenant",
            Self::File(it) => it.next(),
            Self::Header(it) => it.next(),
        }
    }
}

/// What came of a batch.
#[derive(Debug, Default)]
pub struct Applied {
    /// What came of its rows.
    pub counts: Counts,
    /// The rows rejected by what is kept, by number, with the problem.
    pub rejected: Vec<(u32, Vec<Problem>)>,
}

/// Begins an import.
///
/// # Errors
/// As [`ImportRefusal`].
pub fn start(
    authority: &Authority,
    format: Format,
    ids: &mut Mint,
) -> Result<(Changeset, Import), ImportRefusal> {
    let mut changes = permit(authority)?;
    let by = authority.user().ok_or(ImportRefusal::NotAUser)?;
    let started_at = ids.now();
    let import = Import {
        id: ids.id(),
        by,
        format,
        started_at,
        finished_at: None,
        counts: Counts::default(),
        warnings: Vec::new(),
    };
    changes.create(import.clone());
    changes.enter(authority.entry(started_at, Event::ImportStarted { import: import.id }));
    Ok((changes, import))
}

/// Both permissions are needed, to load files and to change healthcare parties, and what gives either is relied on.
fn permit(authority: &Authority) -> Result<Changeset, AuthorityRefusal> {
    let mut changes = authority.permit(&DATA_LOAD)?;
    changes.rely_as(&authority.permit(&HCPS_MANAGE)?);
    Ok(changes)
}

/// Decides a batch of lines; `records` hold who has their addresses, and their parents.
///
/// # Errors
/// [`ImportRefusal::Authority`].
pub fn apply<R: Rows>(
    authority: &Authority,
    records: &Records,
    table: &Table<'_, R>,
    import: &Stored<Import>,
    lines: &[Line],
    end: End,
    ids: &mut Mint,
) -> Result<(Changeset, Stored<Import>, Applied), ImportRefusal> {
    let mut batch = Batch {
        authority,
        records,
        import: import.record.id,
        parties: records
            .hcps
            .values()
            .filter_map(|it| Some((it.record.email()?, it)))
            .collect(),
        persons: by_email(records),
        changes: permit(authority)?,
        applied: Applied::default(),
    };
    for line in lines {
        match line {
            Line::Blank(rows) => batch.applied.counts.blank += rows,
            Line::Rejected(row, problems) => batch.reject(*row, problems.clone()),
            Line::Accepted(accepted) => match batch.accept(accepted, ids) {
                Ok(()) => (),
                Err(code) => {
                    let problems = vec![table.problem(Some(Field::ParentOrganizationId), code)];
                    batch
                        .applied
                        .rejected
                        .push((accepted.row, problems.clone()));
                    batch.reject(accepted.row, problems);
                }
            },
        }
    }
    let Batch {
        mut changes,
        applied,
        ..
    } = batch;
    let mut after = import.record.clone();
    after.counts = sum(after.counts, applied.counts);
    match end {
        End::More => (),
        End::Last => {
            let now = ids.now();
            after.finished_at = Some(now);
            after.warnings = table.warnings().iter().map(Notice::from).collect();
            let Counts {
                created,
                updated,
                unchanged,
                rejected,
                ..
            } = after.counts;
            let event = Event::ImportFinished {
                import: after.id,
                created,
                updated,
                unchanged,
                rejected,
            };
            changes.enter(authority.entry(now, event));
        }
    }
    changes.replace(import, after.clone());
    Ok((
        changes,
        Stored {
            record: after,
            version: import.version.next(),
        },
        applied,
    ))
}

/// Whether a batch is a file's last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It is not.
    More,
    /// It is.
    Last,
}

pub(crate) fn sum(one: Counts, other: Counts) -> Counts {
    Counts {
        created: one.created + other.created,
        updated: one.updated + other.updated,
        unchanged: one.unchanged + other.unchanged,
        rejected: one.rejected + other.rejected,
        blank: one.blank + other.blank,
    }
}

fn by_email(records: &Records) -> HashMap<&EmailKey, Vec<&Stored<Person>>> {
    let mut persons: HashMap<_, Vec<_>> = HashMap::new();
    for person in records.persons.values() {
        if let Some(email) = &person.record.email {
            persons.entry(email.key()).or_default().push(person);
        }
    }
    persons
}

/// A batch on its way into a changeset.
struct Batch<'a> {
    authority: &'a Authority,
    records: &'a Records,
    import: Id<Import>,
    parties: HashMap<&'a EmailKey, &'a Stored<Hcp>>,
    persons: HashMap<&'a EmailKey, Vec<&'a Stored<Person>>>,
    changes: Changeset,
    applied: Applied,
}

impl<'a> Batch<'a> {
    fn reject(&mut self, row: u32, problems: Vec<Problem>) {
        self.applied.counts.rejected += 1;
        self.changes.create(RejectedRow {
            import: self.import,
            row,
            problems,
        });
    }

    /// Makes or changes the professional with the row's address. A blank cell never erases.
    fn accept(&mut self, row: &HcpRow, ids: &mut Mint) -> Result<(), ProblemCode> {
        if let Some(parent) = row.parent {
            let parent = self
                .records
                .hcps
                .get(&parent)
                .ok_or(ProblemCode::ParentNotFound)?;
            if !parent.record.is_organisation() {
                return Err(ProblemCode::ParentNotOrganization);
            }
            self.changes.rely(parent);
        }
        match self.parties.get(row.email.key()).copied() {
            Some(party) => self.change(party, row, ids),
            None => self.create(row, ids),
        }
        Ok(())
    }

    fn create(&mut self, row: &HcpRow, ids: &mut Mint) {
        let known = self.persons.get(row.email.key());
        let known = known.map(Vec::as_slice).unwrap_or_default();
        let from = Some((self.import, row.row));
        row.described()
            .enlist(known, from, self.authority, &mut self.changes, ids);
        self.applied.counts.created += 1;
    }

    fn change(&mut self, party: &'a Stored<Hcp>, row: &HcpRow, ids: &Mint) {
        let mut changed = false;
        let person = party
            .record
            .person()
            .and_then(|it| self.records.persons.get(&it));
        if let Some(person) = person {
            let merged = row.described().merge(&person.record);
            if merged != person.record {
                self.enter_change(person.record.id, ids);
                self.changes.replace(person, merged);
                changed = true;
            }
        }
        if row.parent.is_some() && row.parent != party.record.parent {
            self.changes.replace(
                party,
                Hcp {
                    parent: row.parent,
                    ..party.record.clone()
                },
            );
            changed = true;
        }
        if changed {
            let event = Event::HcpChanged {
                hcp: party.record.id,
                import: Some(self.import),
                row: Some(row.row),
            };
            self.changes.enter(self.authority.entry(ids.now(), event));
            self.applied.counts.updated += 1;
        } else {
            self.applied.counts.unchanged += 1;
        }
    }

    /// Whoever asks what happened to a person finds it, whatever changed them.
    fn enter_change(&mut self, person: Id<Person>, ids: &Mint) {
        let event = Event::PersonChanged { person };
        self.changes.enter(self.authority.entry(ids.now(), event));
    }
}

/// The address a batch looks up for a line, and the parent.
#[must_use]
pub fn concerns(line: &Line) -> Option<(&Email, Option<Id<Hcp>>)> {
    match line {
        Line::Accepted(row) => Some((&row.email, row.parent)),
        Line::Rejected(..) | Line::Blank(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        changeset::Expect,
        hcp::AddOrganisation,
        hcp::header::WITHIN,
        phone::{CallingCode, E164, PhonePlan, PhoneRefusal, PlannedNumber},
        record::{Ref, Version},
        role::RoleKind,
        sheet::{CellKind, FileWarning, Row},
        world::{World, email, events, person_name, relies_on, replaces},
    };

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

    /// Rows that were written down.
    struct Written(Vec<Vec<String>>, usize);
    impl Rows for Written {
        fn next_row(&mut self, row: &mut Row) -> Result<bool, FileRefusal> {
            let Some(cells) = self.0.get(self.1) else {
                return Ok(false);
            };
            self.1 += 1;
            row.restart(u32::try_from(self.1).unwrap());
            cells.iter().for_each(|it| {
                row.push(
                    if it.is_empty() {
                        CellKind::Blank
                    } else {
                        CellKind::Text
                    },
                    it,
                );
            });
            Ok(true)
        }
        fn format(&self) -> Format {
            Format::Csv
        }
        fn warnings(&self) -> Vec<FileWarning> {
            Vec::new()
        }
        fn progress(&self) -> (u64, u64) {
            (0, 0)
        }
    }

    fn written(text: &str) -> Written {
        Written(
            text.lines()
                .map(|it| it.split(',').map(str::to_owned).collect())
                .collect(),
            0,
        )
    }

    fn import(world: &mut World, text: &str) -> Import {
        decide(world, text).1
    }

    /// Imports a file, and returns what its only batch did.
    fn decide(world: &mut World, text: &str) -> (Changeset, Import) {
        let authority = world.as_user(world.owner);
        let (changes, import) = start(&authority, Format::Csv, &mut world.ids).unwrap();
        assert_eq!(
            events(&changes),
            [Event::ImportStarted { import: import.id }]
        );
        world.commit(&changes);
        let mut table = Table::open(written(text), &NoPhones).unwrap();
        let mut lines = Vec::new();
        while let Some(line) = table.next_line().unwrap() {
            lines.push(line);
        }
        let import = Stored {
            record: import,
            version: Version::FIRST,
        };
        let (changes, after, _) = apply(
            &authority,
            &world.records,
            &table,
            &import,
            &lines,
            End::Last,
            &mut world.ids,
        )
        .unwrap();
        world.commit(&changes);
        assert_eq!(world.records.imports[&after.record.id], after);
        (changes, after.record)
    }

    /// A person of this address.
    fn person(world: &mut World, given: &str, family: &str) -> Id<Person> {
        let name = person_name(given, family);
        let person = Person {
            mobile: E164::parse("+32470123456").ok(),
            ..Person::new(world.ids.id(), name, Some(email("ada@example.org")))
        };
        let id = person.id;
        world.records.insert(person.into(), Version::FIRST);
        id
    }

    const HEADER: &str = "First Name,Last Name,Email Address,Parent Organization ID";

    /// H1: every row ends accepted or rejected, and one bad row costs no other.
    #[test]
    fn every_row_is_counted_once() {
        let mut world = World::new();
        let text = format!(
            "Staff 2026\n{HEADER}\nAda,Lovelace,ada@example.org,\n,Hopper,grace@example.org,\n,,,\nAda,Lovelace,ADA@example.org,\n\
             Adele,Goldberg,ada@example.org,\nAlan,Turing,alan@example.org,nowhere\nEdsger,Dijkstra,e@example.org,018c2c1d-7c00-7b6a-8f2e-0123456789ab"
        );
        let import = import(&mut world, &text);
        assert_eq!(
            import.counts,
            Counts {
                created: 1,
                updated: 0,
                unchanged: 0,
                rejected: 5,
                blank: 1
            }
        );
        assert_eq!(import.counts.rows(), 7);
        let rejected: Vec<_> = world
            .records
            .rejected_rows
            .values()
            .map(|it| (it.record.row, it.record.problems[0].code))
            .collect();
        assert_eq!(
            rejected,
            [
                (4, ProblemCode::RequiredMissing),
                (6, ProblemCode::RowDuplicateInFile { first_row: 3 }),
                (7, ProblemCode::RowConflictInFile { first_row: 3 }),
                (8, ProblemCode::ParentIdSyntax),
                (9, ProblemCode::ParentNotFound),
            ]
        );
        let text = serde_json::to_string(
            &world
                .records
                .rejected_rows
                .values()
                .map(|it| it.record.problems.clone())
                .collect::<Vec<_>>(),
        );
        assert!(!text.unwrap().contains("example.org"));
    }

    /// H2: the same file twice changes nothing; a blank cell erases nothing.
    #[test]
    fn importing_twice_is_importing_once() {
        let mut world = World::new();
        let authority = world.as_user(world.owner);
        let command = AddOrganisation {
            name: crate::world::name("Cardiology"),
            email: None,
            phone: None,
            parent: None,
        };
        let (changes, parent) = command
            .decide(&authority, &world.records, &mut world.ids)
            .unwrap();
        world.commit(&changes);
        let text = format!("{HEADER}\nAda,Lovelace,ada@example.org,{parent}");
        assert_eq!(import(&mut world, &text).counts.created, 1);
        let before = (world.records.persons.clone(), world.records.hcps.clone());
        assert_eq!(import(&mut world, &text).counts.unchanged, 1);
        let blank = format!("{HEADER}\nAda,Lovelace,ada@example.org,");
        assert_eq!(import(&mut world, &blank).counts.unchanged, 1);
        assert_eq!(
            (world.records.persons.clone(), world.records.hcps.clone()),
            before
        );
        let married = format!("{HEADER}\nAda,King,ada@example.org,");
        assert_eq!(import(&mut world, &married).counts.updated, 1);
        let professional = world
            .records
            .hcps
            .values()
            .find(|it| !it.record.is_organisation())
            .unwrap();
        let wrong = format!(
            "{HEADER}\nAlan,Turing,alan@example.org,{}",
            professional.record.id
        );
        let rejected = import(&mut world, &wrong);
        assert_eq!(rejected.counts.rejected, 1);
        let problem = &world.records.rejected_rows[&(rejected.id, 2)]
            .record
            .problems[0];
        assert_eq!(problem.code, ProblemCode::ParentNotOrganization);
    }

    /// O7: a file makes no user and gives no role; whoever has one keeps what they have.
    #[test]
    fn a_file_carries_no_authority() {
        let mut world = World::new();
        let user = world.add("ada@example.org", RoleKind::Learner);
        let (users, assignments) = (
            world.records.users.clone(),
            world.records.assignments.clone(),
        );
        let text = format!(
            "{HEADER},Role\nGiven,Family,ada@example.org,,Tenant Owner\nNew,One,new@example.org,,Tenant Owner"
        );
        assert_eq!(import(&mut world, &text).counts.created, 2);
        assert_eq!(
            (
                world.records.users.clone(),
                world.records.assignments.clone()
            ),
            (users, assignments)
        );
        // The person of that name and address is the same human being.
        let person = world.records.users[&user].record.person;
        assert!(
            world
                .records
                .hcps
                .values()
                .any(|it| it.record.person() == Some(person))
        );
    }

    #[test]
    fn a_file_without_a_table_is_refused() {
        let open = |text: &str| {
            Table::open(written(text), &NoPhones)
                .map(|_| ())
                .unwrap_err()
        };
        assert_eq!(open(""), ImportRefusal::File(FileRefusal::Empty));
        assert_eq!(open(",,\n,,"), ImportRefusal::File(FileRefusal::Empty));
        assert_eq!(
            open("a,b\nc,d"),
            ImportRefusal::Header(HeaderRefusal::NotFound)
        );
        assert_eq!(
            open("First Name,Last Name"),
            ImportRefusal::Header(HeaderRefusal::Missing(Field::EmailAddress))
        );
        let far = format!("{}{HEADER}", "title\n".repeat(WITHIN));
        assert_eq!(open(&far), ImportRefusal::Header(HeaderRefusal::NotFound));
    }

    /// A1: either permission alone is not enough, and where two roles give them, both are relied on.
    #[test]
    fn an_import_needs_both_permissions() {
        let mut world = World::new();
        let clerk = world.add("ada@example.org", RoleKind::Learner);
        let begin = |world: &mut World| {
            let authority = world.as_user(clerk);
            start(&authority, Format::Csv, &mut world.ids)
        };
        let missing = |it| Err(ImportRefusal::Authority(AuthorityRefusal::Missing(it)));
        let nothing = world.records.clone();
        world.allow(clerk, [HCPS_MANAGE]);
        assert_eq!(begin(&mut world), missing(DATA_LOAD));
        world.records = nothing;
        let loads = world.allow(clerk, [DATA_LOAD]);
        assert_eq!(begin(&mut world), missing(HCPS_MANAGE));
        let manages = world.allow(clerk, [HCPS_MANAGE]);
        let (changes, _) = begin(&mut world).unwrap();
        for role in [loads, manages] {
            assert!(relies_on(&changes, &Ref::Role(role)));
        }
    }

    /// H2: families share an address, so only a single person of the very name is taken to be the professional. Whoever else has
    /// the address is relied on.
    #[test]
    fn a_professional_is_the_one_person_of_the_name_or_somebody_new() {
        let text = format!("{HEADER}\nAda,Lovelace,ada@example.org,");
        for (known, same) in [
            (vec![], false),
            (vec![("ADA", "Lovelace")], true),
            (vec![("Ada", "Lovelace"), ("Byron", "Lovelace")], true),
            (vec![("Byron", "Lovelace")], false),
            (vec![("Ada", "Byron")], false),
            (vec![("Ada", "Lovelace"), ("Ada", "lovelace")], false),
        ] {
            let mut world = World::new();
            let are: Vec<_> = known
                .iter()
                .map(|(given, family)| person(&mut world, given, family))
                .collect();
            let (changes, _) = decide(&mut world, &text);
            let hcp = world.records.hcps.values().next().unwrap();
            let chosen = hcp.record.person().unwrap();
            let expected = if same {
                are.first() == Some(&chosen)
            } else {
                !are.contains(&chosen)
            };
            assert!(expected, "{known:?}");
            let with = email("ada@example.org").key().clone();
            assert!(changes.expects().contains(&Expect::Persons { with, are }));
            let created = Event::HcpCreated {
                hcp: hcp.record.id,
                person: Some(chosen),
                import: world.records.imports.keys().next().copied(),
                row: Some(2),
            };
            // Spelled as in the file from then on.
            let changed = Event::PersonChanged { person: chosen };
            let spelled = known.first().is_some_and(|it| same && it.0 == "ADA");
            let expected = [spelled.then_some(changed), Some(created)];
            let expected: Vec<_> = expected.into_iter().flatten().collect();
            assert!(events(&changes).starts_with(&expected), "{known:?}");
        }
    }

    /// H2, A1: a blank cell erases no number; whoever is taken as they are is relied on, and so is the organisation above.
    #[test]
    fn what_a_row_rests_on_is_kept_and_relied_on() {
        let mut world = World::new();
        let ada = person(&mut world, "Ada", "Lovelace");
        let authority = world.as_user(world.owner);
        let command = AddOrganisation {
            name: crate::world::name("Cardiology"),
            email: None,
            phone: None,
            parent: None,
        };
        let (changes, parent) = command
            .decide(&authority, &world.records, &mut world.ids)
            .unwrap();
        world.commit(&changes);
        let row = format!("{HEADER}\nAda,Lovelace,ada@example.org,{parent}");
        let (changes, _) = decide(&mut world, &row);
        assert!(replaces(&changes, &Ref::Person(ada)));
        assert!(relies_on(&changes, &Ref::Hcp(parent)));
        let married = format!("{HEADER}\nAda,King,ada@example.org,");
        let (changes, _) = decide(&mut world, &married);
        assert!(world.records.persons[&ada].record.mobile.is_some());
        let [
            Event::PersonChanged { person },
            Event::HcpChanged { row: Some(2), .. },
            Event::ImportFinished { updated: 1, .. },
        ] = events(&changes)[..]
        else {
            panic!("{changes:?}");
        };
        assert_eq!(person, ada);
    }
}
