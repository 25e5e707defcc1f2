//! A day at a hospital, on a new SQLite file: from a spreadsheet with mistakes in it to a journal that verifies.
//!
//! `cargo run --release --example hospital-day [FILE]`; without a file it makes one in the temporary folder and leaves it there.

use comfy_table::{ContentArrangement, Table, presets};
use identity_core::{
    account::Opens,
    authority::Actor,
    document::{RejectionDocument, ViewsDocument},
    email::Email,
    hcp::row::Problem,
    id::Id,
    journal::{Hash, Verifier},
    name::{Name, PersonName},
    port::{Directory as _, Page},
    reconcile::{
        Connect, Institution,
        plan::Ask,
        save::SaveMode,
        snapshot::{Completeness, Emptied},
    },
    refusal::Refusal as _,
    role::{Role, RoleKind},
    roster::RosterSource as _,
    service::{Call, Failure, ImportObserver, Rollcall},
    sheet::{Row, SheetReader as _},
    tenant::{CreateTenant, Listing, Tenant},
    user::{AddUser, User, UserStatus, Whose},
};
use medhub_client::{BaseUrl, ClientId, Config, MedhubClient};
use os_ports::{SystemClock, SystemRandom};
use phone_plan::LibPhonePlan;
use sheet_reader::Sheets;
use std::{error::Error, fs::File, path::PathBuf, sync::Arc};
use store_sqlite::SqliteStore;
use testkit::{
    medhub::{FakeMedhub, FakePerson, Fixture},
    rendezvous::{Racer, meet},
};

type Outcome<T> = Result<T, Box<dyn Error>>;
type Hospital = Rollcall<SqliteStore, SystemClock, SystemRandom>;

/// What was done, for the last lines.
#[derive(Default)]
struct Done(Vec<String>);

#[tokio::main]
async fn main() -> Outcome<()> {
    let path = match std::env::args_os().nth(1) {
        Some(given) => PathBuf::from(given),
        None => tempfile::Builder::new()
            .prefix("hospital-day-")
            .tempdir()?
            .keep()
            .join("hospital.db"),
    };
    if path.exists() {
        return Err(format!(
            "{} is there already: name a file that is not",
            path.display()
        )
        .into());
    }
    let hospital = Rollcall::new(SqliteStore::open(&path)?, SystemClock, SystemRandom);
    let mut done = Done::default();

    let day = Day::begin(&hospital, &mut done).await?;
    day.import_professionals(&mut done).await?;
    day.reconcile(&mut done).await?;
    day.let_owners_remove_each_other(&mut done).await?;
    day.verify_journal(&mut done).await?;

    heading("What happened today");
    done.0.iter().for_each(|it| println!("  - {it}"));
    println!("\nThe file is {}", path.display());
    println!(
        "Look into it with: rollcall --db {} user list",
        path.display()
    );
    Ok(())
}

/// The hospital while the day goes on.
struct Day<'a> {
    hospital: &'a Hospital,
    tenant: Id<Tenant>,
    owner: Id<User>,
    second_owner: Id<User>,
}

impl<'a> Day<'a> {
    async fn begin(hospital: &'a Hospital, done: &mut Done) -> Outcome<Self> {
        heading("A hospital begins");
        let created = hospital
            .create_tenant(
                &Call::operator(),
                CreateTenant {
                    name: Name::parse("St Clare Hospital")?,
                    domain: Some(Name::parse("apps.stclare.example")?),
                    listing: Listing::Listed,
                    owner_email: Email::parse("olive.owner@stclare.example")?,
                    owner_name: person("Olive", "Owner")?,
                },
            )
            .await?;
        let tenant = created.tenant;
        let mut day = Self {
            hospital,
            tenant,
            owner: created.owner,
            second_owner: created.owner,
        };
        let people = [
            (
                "oscar.owner@stclare.example",
                "Oscar",
                "Owner",
                RoleKind::SystemAdministrator,
            ),
            (
                "ada.example@stclare.example",
                "Ada",
                "Example",
                RoleKind::Learner,
            ),
            (
                "ben.munoz@stclare.example",
                "Ben",
                "Muñoz",
                RoleKind::Learner,
            ),
            (
                "cleo.sample@stclare.example",
                "Cleo",
                "O'Sample",
                RoleKind::Teacher,
            ),
            (
                "finn.former@stclare.example",
                "Finn",
                "Former",
                RoleKind::Teacher,
            ),
        ];
        for (email, given, family, kind) in people {
            let role = day.role(kind).await?;
            let add = AddUser {
                email: Email::parse(email)?,
                whose: Whose::KnownOrNew(person(given, family)?),
                role,
                status: UserStatus::Active,
            };
            let added = hospital.add_user(&day.as_owner(), add).await?;
            if kind == RoleKind::SystemAdministrator {
                day.second_owner = added.user;
            }
        }
        // Tenant Owner gives nothing until it is switched on, with a reason.
        let owner_role = day.role(RoleKind::TenantOwner).await?;
        match hospital
            .assign_role(&day.as_owner(), day.second_owner, owner_role)
            .await
        {
            Err(Failure::Refused(refusal)) => {
                println!("Without elevation: {refusal} ({})", refusal.code());
            }
            other => return Err(format!("a refusal was expected, not {other:?}").into()),
        }
        hospital
            .assign_role(
                &day.elevated(day.owner).await?,
                day.second_owner,
                owner_role,
            )
            .await?;
        day.show_users().await?;
        done.say("made a hospital with two owners, two learners and two teachers".to_owned());
        Ok(day)
    }

    /// The spreadsheet as it came out of a real spreadsheet program.
    async fn import_professionals(&self, done: &mut Done) -> Outcome<()> {
        heading("A spreadsheet of professionals comes in");
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/professionals.xlsx");
        let bytes = std::fs::read(&file)?;
        let open = || {
            let opened = File::open(&file)
                .map_err(|err| identity_core::sheet::FileRefusal::Unreadable { kind: err.kind() });
            Sheets::default().open(opened?, Some("professionals.xlsx"))
        };
        let mut rejected = Rejected::default();
        let phones = LibPhonePlan::new();
        let digest = Hash::of(&bytes);
        let report = self
            .hospital
            .import_hcps(&self.as_owner(), open, digest, &phones, &mut rejected)
            .await?;
        let mut table = new_table(["row", "column", "code", "what is wrong"]);
        rejected.0.sort_by_key(|it| it.row);
        for it in &rejected.0 {
            table.add_row([
                it.row.to_string(),
                it.column.clone(),
                it.code.to_owned(),
                it.message.clone(),
            ]);
        }
        println!("{table}");
        let again = self
            .hospital
            .import_hcps(&self.as_owner(), open, digest, &phones, &mut ())
            .await?;
        println!(
            "{} rows: {} accepted, {} rejected, {} blank. The same file again: {} created, {} unchanged.",
            report.counts.rows(),
            report.counts.accepted(),
            report.counts.rejected,
            report.counts.blank,
            again.counts.created,
            again.counts.unchanged
        );
        done.say(format!(
            "imported {} professionals from professionals.xlsx and rejected {} rows, each with its reason",
            report.counts.created, report.counts.rejected
        ));
        Ok(())
    }

    async fn reconcile(&self, done: &mut Done) -> Outcome<()> {
        heading("MedHub is read and reconciled");
        let medhub = FakeMedhub::start(roster()).await;
        let call = self.as_owner();
        let base = BaseUrl::parse(&medhub.base_url())?;
        let institution = Institution(base.as_str().to_owned());
        let client_id = medhub.client_id();
        let config = Config::new(
            base,
            ClientId(client_id),
            medhub.private_key().into(),
            Arc::new(SystemClock),
        );
        let connect = Connect {
            institution: institution.clone(),
            client_id: client_id.to_string(),
            key_file: None,
        };
        self.hospital.connect_medhub(&call, connect).await?;
        let client = MedhubClient::new(config)?;
        let access = client.access().await?;
        println!(
            "MedHub at {} grants {} calls, none is missing: {}",
            institution,
            access.granted.len(),
            access.missing.is_empty()
        );
        let read = client.read(&()).await;
        let recorded = self
            .hospital
            .record_roster(&call, &institution, &read, Emptied::Keep)
            .await?;
        assert_eq!(recorded.completeness, Completeness::Complete);
        self.show_views("As it was read").await?;

        let linked = self.hospital.stage_all_links(&call).await?;
        let imported = self.hospital.stage_all_imports(&call).await?;
        println!(
            "Staged {} links and {} imports; {} cannot be imported as they are.",
            linked.staged,
            imported.staged,
            imported.refused.len()
        );
        for (ask, refusal) in &imported.refused {
            if let Ask::Import { medhub } = ask {
                println!("  {medhub}: {refusal} ({})", refusal.code());
            }
        }
        let saved = self.hospital.save_plan(&call, SaveMode::Whole).await?;
        println!(
            "Saved: {} linked, {} imported, {} mails owed.",
            saved.linked, saved.imported, saved.mails
        );
        self.show_views("After the save").await?;

        let ada = self.user("ada.example@stclare.example").await?;
        self.hospital
            .stage(&call, &[Ask::Unlink { user: ada }])
            .await?;
        let undone = self.hospital.save_plan(&call, SaveMode::Whole).await?;
        self.show_views("After one link was undone").await?;
        done.say(format!(
            "read {} people of {} programmes, linked {}, imported {} and undid {} link",
            recorded.people, recorded.programs, saved.linked, saved.imported, undone.unlinked
        ));
        Ok(())
    }

    /// Both decide before either commits, so that they collide for certain.
    async fn let_owners_remove_each_other(&self, done: &mut Done) -> Outcome<()> {
        heading("Two owners remove each other at the same moment");
        let role = self.role(RoleKind::TenantOwner).await?;
        let [one, other] = meet(&Arc::new(self.hospital.store.clone()), [0, 1]);
        let service = |store: Racer<SqliteStore>| Rollcall::new(store, SystemClock, SystemRandom);
        let (one, other) = (service(one), service(other));
        let (first, second) = (
            self.elevated(self.owner).await?,
            self.elevated(self.second_owner).await?,
        );
        let (won, lost) = tokio::join!(
            one.remove_role(&first, self.second_owner, role),
            other.remove_role(&second, self.owner, role)
        );
        won?;
        let refusal = match lost {
            Err(Failure::Refused(refusal)) => refusal,
            other => return Err(format!("a refusal was expected, not {other:?}").into()),
        };
        println!(
            "The first was done. The second: {refusal} ({}, rule {}).",
            refusal.code(),
            refusal.rule()
        );
        let owners = self.hospital.store.owners(self.tenant).await?;
        println!("Usable owners left: {}", owners.len());
        assert_eq!(owners.len(), 1);
        done.say("let two owners remove each other at once: one removal was done, the other refused, one owner is left".to_owned());
        Ok(())
    }

    async fn verify_journal(&self, done: &mut Done) -> Outcome<()> {
        heading("The journal is verified");
        let mut verifier = Verifier::new(self.tenant, None);
        let mut page = Page::first(1000);
        loop {
            let entries = self.hospital.store.journal(self.tenant, page).await?;
            let Some(last) = entries.last() else { break };
            page.after = Some(last.number);
            entries.iter().try_for_each(|it| verifier.read(it))?;
        }
        let head = verifier.finish()?;
        println!(
            "{} entries, the last with the hash {}",
            head.number, head.hash
        );
        done.say(format!(
            "verified the chain of {} journal entries",
            head.number
        ));
        Ok(())
    }

    async fn show_users(&self) -> Outcome<()> {
        let mut table = new_table(["name", "e-mail", "roles"]);
        for user in self
            .hospital
            .store
            .users(self.tenant, Page::first(100))
            .await?
        {
            let roles: Vec<_> = user.roles.iter().map(|(_, name)| name.as_str()).collect();
            let name = format!("{} {}", user.name.given.as_str(), user.name.family.as_str());
            table.add_row([
                name,
                user.email
                    .map(|it| it.as_str().to_owned())
                    .unwrap_or_default(),
                roles.join(", "),
            ]);
        }
        println!("{table}");
        Ok(())
    }

    async fn show_views(&self, title: &str) -> Outcome<()> {
        let (sides, views) = self.hospital.medhub_views(&self.as_owner()).await?;
        let views = ViewsDocument::of(&sides, &views);
        let mut table = new_table(["view", "here", "in MedHub"]);
        let nobody = || "–".to_owned();
        for it in &views.linked {
            let there = it
                .medhub
                .as_ref()
                .map_or_else(nobody, |it| it.user_id.to_owned());
            table.add_row(["linked".to_owned(), shown(it.local.email), there]);
        }
        for it in &views.suggested {
            table.add_row([
                "suggested".to_owned(),
                shown(it.local.email),
                it.medhub.user_id.to_owned(),
            ]);
        }
        for it in &views.ambiguous {
            let locals: Vec<_> = it.locals.iter().map(|it| shown(it.email)).collect();
            let there: Vec<_> = it.medhub.iter().map(|it| it.user_id).collect();
            table.add_row([
                format!("ambiguous: {}", it.reason),
                locals.join("\n"),
                there.join("\n"),
            ]);
        }
        for it in &views.only_local {
            table.add_row(["only here".to_owned(), shown(it.email), nobody()]);
        }
        for it in &views.only_medhub {
            table.add_row([
                "only in MedHub".to_owned(),
                nobody(),
                format!("{} {}", it.medhub.user_id, it.medhub.email),
            ]);
        }
        println!("{title} ({}):\n{table}", views.completeness);
        Ok(())
    }

    fn as_owner(&self) -> Call {
        Call::new(self.tenant, Actor::user(self.owner))
    }

    /// A session of the user's, with Tenant Owner switched on in it for a quarter of an hour at most.
    async fn elevated(&self, user: Id<User>) -> Outcome<Call> {
        let tenant = self.tenant;
        let opened = self
            .hospital
            .open_session_of(Opens { tenant, user })
            .await?;
        let session = opened.id;
        let call = Call::new(tenant, Actor::Session { session, user });
        let reason = Name::parse("change of ownership")?;
        self.hospital.elevate(&call, reason).await?;
        Ok(call)
    }

    async fn role(&self, kind: RoleKind) -> Outcome<Id<Role>> {
        let roles = self.hospital.store.roles(self.tenant).await?;
        Ok(roles
            .iter()
            .find(|it| it.kind == kind)
            .ok_or("no such role")?
            .id)
    }

    async fn user(&self, email: &str) -> Outcome<Id<User>> {
        let email = Email::parse(email)?;
        let found = self
            .hospital
            .store
            .users_by_email(self.tenant, email.key().clone())
            .await?;
        Ok(found.first().ok_or("no such user")?.id)
    }
}

/// Whom MedHub lists: some match, some do not, one address is shared, one is missing.
fn roster() -> Fixture {
    let resident = |id: &str, given: &str, family: &str, email: &str| {
        FakePerson::new(id, given, family, email).in_program("73")
    };
    let faculty = |id: &str, given: &str, family: &str, email: &str| {
        FakePerson::new(id, given, family, email).in_program("74")
    };
    Fixture::new()
        .program("73", "Internal Medicine")
        .program("74", "Paediatric Cardiology")
        .resident(resident(
            "2345",
            "Ada",
            "Example",
            "Ada.Example@stclare.example",
        ))
        .resident(resident(
            "2346",
            "Ben",
            "Munoz",
            "ben.munoz@stclare.example",
        ))
        .resident(resident(
            "2347",
            "Benjamin",
            "Muñoz",
            "BEN.MUNOZ@stclare.example",
        ))
        .resident(resident("2348", "Gus", "New", "gus.new@stclare.example"))
        .resident(resident("2349", "Hana", "Nomail", ""))
        .faculty(
            faculty("1234", "Cleo", "O'Sample", "cleo.sample@stclare.example").in_program("73"),
        )
        .faculty(faculty(
            "1235",
            "Iris",
            "Newcomer",
            "iris.newcomer@stclare.example",
        ))
}

/// Remembers what was rejected.
#[derive(Default)]
struct Rejected(Vec<RejectionDocument>);

impl ImportObserver for Rejected {
    fn rejected(&mut self, row: &Row, problems: &[Problem]) {
        self.0.extend(RejectionDocument::of(row.number(), problems));
    }
    fn progress(&mut self, _: identity_core::hcp::import::Counts, _: (u64, u64)) {}
}

impl Done {
    fn say(&mut self, what: String) {
        self.0.push(what);
    }
}

fn person(given: &str, family: &str) -> Outcome<PersonName> {
    Ok(PersonName {
        given: Name::parse(given)?,
        family: Name::parse(family)?,
    })
}

fn shown(email: Option<&str>) -> String {
    email.unwrap_or("–").to_owned()
}

fn new_table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header);
    table
}

fn heading(text: &str) {
    println!("\n== {text}\n");
}
