//! Healthcare parties: checking and importing files, and each of them by hand.

use crate::{
    arguments::Options,
    desk::{Desk, Service, database, named_database},
    failure::Failure,
    output::{Answer, Format, Outcome, count, done, table},
    pages,
    persons::change,
    progress::Bar,
    rejects::{Headed, Rejects, Titles},
};
use clap::{Args, Subcommand};
use identity_core::{
    document::{Compared, HcpDocument, HcpViewDocument, ImportDocument, RejectionDocument},
    email::Email,
    hcp::{
        AddOrganisation, Hcp,
        edit::{EditHcp, HcpName},
        import::{Counts, Import, ImportRefusal},
        professional::AddProfessional,
        row::Problem,
        search::{HcpKind, HcpSearch, SearchText},
    },
    id::Id,
    journal::Hash,
    name::{Name, PersonName},
    permission::HCPS_MANAGE,
    phone::E164,
    port::Directory as _,
    service::{self, ImportObserver, ImportReport, check_file},
    sheet::{FileRefusal, Row, Rows, SheetReader as _},
};
use phone_plan::LibPhonePlan;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use sheet_reader::Sheets;
use std::{
    collections::BTreeMap,
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

#[derive(Debug, Subcommand)]
pub(crate) enum HcpCommand {
    /// Check a file of professionals, and change nothing
    ///
    /// With a database the rows are also compared with what is stored; without one the file is checked alone.
    #[command(after_help = "Examples:
  rollcall hcp check professionals.xlsx
  rollcall hcp check professionals.csv --db stclare.db --json")]
    Check(Check),
    /// Import a file of professionals: .xlsx, .xls, .ods, .xml, .csv or .txt, told by content
    ///
    /// Each row is accepted or rejected on its own. Importing the same file again changes nothing.
    #[command(after_help = "Examples:
  rollcall hcp import professionals.xlsx
  rollcall hcp import professionals.xlsx --rejects rejected.csv
  rollcall hcp import rejected.csv --rejects still-rejected.csv     (after correcting it)")]
    Import(ImportFile),
    /// List professionals and organisations, all or those looked for
    #[command(after_help = "Examples:
  rollcall hcp list
  rollcall hcp list --search love --kind professional
  rollcall hcp list --parent 018c2c1d-7c00-7b6a-8f2e-0123456789ab --json")]
    List(List),
    /// Show a professional or an organisation, and where it stands
    #[command(after_help = "Example:\n  rollcall hcp show 018c2c1d-7c00-7b6a-8f2e-0123456789ab")]
    Show(One),
    /// Add a professional by hand, as a row of a file does
    #[command(after_help = "Example:
  rollcall hcp add-professional --given Jerry --family Cardenas --email jerry@example.org --mobile +32470123456 \\
      --parent 018c2c1d-7c00-7b6a-8f2e-0123456789ab")]
    AddProfessional(Professional),
    /// Change a professional or an organisation
    #[command(after_help = "Examples:
  rollcall hcp edit 018c2c1d-7c00-7b6a-8f2e-0123456789ab --name Cardiology --phone +3221234567
  rollcall hcp edit 018c2c1d-7c00-7b6a-8f2e-0123456789ab --given Jerry --family Cardenas --clear-parent")]
    Edit(Box<Edit>),
    /// Delete a professional or an organisation, for good; the person of a professional stays
    #[command(after_help = "Examples:
  rollcall hcp delete 018c2c1d-7c00-7b6a-8f2e-0123456789ab --dry-run
  rollcall hcp delete 018c2c1d-7c00-7b6a-8f2e-0123456789ab")]
    Delete(One),
    /// Add an organisation, which professionals and others can stand below
    #[command(
        alias = "add-organization",
        after_help = "Examples:
  rollcall hcp add-organisation --name 'St. Clare Hospital'
  rollcall hcp add-organisation --name Cardiology --parent 018c2c1d-7c00-7b6a-8f2e-0123456789ab"
    )]
    AddOrganisation(Organisation),
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ImportFile {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write the rejected rows to this CSV file, with what is wrong with them, to be corrected and imported again
    #[arg(long, value_name = "OUT.csv")]
    rejects: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Organisation {
    /// What it is called
    #[arg(long, value_name = "NAME", value_parser = Name::parse)]
    name: Name,
    /// The e-mail address
    #[arg(long, value_name = "EMAIL", value_parser = Email::parse)]
    email: Option<Email>,
    /// The number, in international form
    #[arg(long, value_name = "NUMBER", value_parser = E164::parse)]
    phone: Option<E164>,
    /// The id of the organisation above it
    #[arg(long, value_name = "ID")]
    parent: Option<Id<Hcp>>,
}

#[derive(Debug, Args)]
pub(crate) struct Professional {
    /// The given name
    #[arg(long, value_name = "NAME", value_parser = Name::parse)]
    given: Name,
    /// The family name
    #[arg(long, value_name = "NAME", value_parser = Name::parse)]
    family: Name,
    /// The e-mail address, by which files find the professional
    #[arg(long, value_name = "EMAIL", value_parser = Email::parse)]
    email: Email,
    /// The mobile number, in international form
    #[arg(long, value_name = "NUMBER", value_parser = E164::parse)]
    mobile: Option<E164>,
    /// The id of the organisation above
    #[arg(long, value_name = "ID")]
    parent: Option<Id<Hcp>>,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only those whose name, a word of it, or e-mail address begins like this
    #[arg(long, value_name = "TEXT", value_parser = SearchText::parse)]
    search: Option<SearchText>,
    /// Only these: professional or organization
    #[arg(long, value_name = "KIND")]
    kind: Option<HcpKind>,
    /// Only those directly below this organisation, by id
    #[arg(long, value_name = "ID")]
    parent: Option<Id<Hcp>>,
}

#[derive(Debug, Args)]
pub(crate) struct One {
    /// The professional or organisation, by id
    #[arg(value_name = "ID")]
    hcp: Id<Hcp>,
}

#[derive(Debug, Args)]
pub(crate) struct Edit {
    /// The professional or organisation, by id
    #[arg(value_name = "ID")]
    hcp: Id<Hcp>,
    /// What the organisation is called
    #[arg(long, value_name = "NAME", value_parser = Name::parse, conflicts_with_all = ["given", "family"])]
    name: Option<Name>,
    /// The given name of the professional
    #[arg(long, value_name = "NAME", value_parser = Name::parse, requires = "family")]
    given: Option<Name>,
    /// The family name of the professional
    #[arg(long, value_name = "NAME", value_parser = Name::parse, requires = "given")]
    family: Option<Name>,
    /// The e-mail address; where a professional logs in with the old one, the login moves to the new
    #[arg(long, value_name = "EMAIL", value_parser = Email::parse)]
    email: Option<Email>,
    /// The number, in international form; of a professional, the mobile number
    #[arg(long, alias = "mobile", value_name = "NUMBER", value_parser = E164::parse)]
    phone: Option<E164>,
    /// The id of the organisation above
    #[arg(long, value_name = "ID")]
    parent: Option<Id<Hcp>>,
    /// Forget the e-mail address of the organisation
    #[arg(long, conflicts_with = "email")]
    clear_email: bool,
    /// Forget the number
    #[arg(long, alias = "clear-mobile", conflicts_with = "phone")]
    clear_phone: bool,
    /// Let it stand below nothing
    #[arg(long, conflicts_with = "parent")]
    clear_parent: bool,
}

impl Edit {
    fn command(self) -> EditHcp {
        let names = self.given.zip(self.family);
        let names = names.map(|(given, family)| PersonName { given, family });
        EditHcp {
            name: match (self.name, names) {
                (Some(name), _) => Some(HcpName::Organisation(name)),
                (None, Some(names)) => Some(HcpName::Professional(names)),
                (None, None) => None,
            },
            email: change(self.email, self.clear_email),
            phone: change(self.phone, self.clear_phone),
            parent: change(self.parent, self.clear_parent),
        }
    }
}

impl HcpCommand {
    /// What to do instead of a dry run.
    pub(crate) const fn instead_of_dry_run(&self) -> Option<&'static str> {
        match self {
            Self::Import(_) => Some("look at the file beforehand with `rollcall hcp check`"),
            Self::Check(_)
            | Self::List(_)
            | Self::Show(_)
            | Self::AddProfessional(_)
            | Self::AddOrganisation(_)
            | Self::Edit(_)
            | Self::Delete(_) => None,
        }
    }

    pub(crate) async fn run(self, options: &Options) -> Result<Answer, Failure> {
        match self {
            Self::Check(check) => check.run(options).await,
            Self::Import(import) => import.run(options).await,
            Self::List(List {
                search,
                kind,
                parent,
            }) => {
                let search = HcpSearch {
                    text: search,
                    kind,
                    parent,
                };
                list(options, search).await
            }
            Self::Show(One { hcp }) => {
                let desk = Desk::begin(options).await?;
                let view = desk.service.hcp(&desk.call, hcp).await?;
                let document = HcpViewDocument::from(view);
                Ok(Answer::of(desk.format, &document, || shown(&document)))
            }
            Self::AddProfessional(Professional {
                given,
                family,
                email,
                mobile,
                parent,
            }) => {
                let Desk {
                    service,
                    call,
                    format,
                } = Desk::begin(options).await?;
                let command = AddProfessional {
                    name: PersonName { given, family },
                    email,
                    mobile,
                    parent,
                };
                let hcp = service.add_professional(&call, command).await?;
                let human = format!("The professional is added. Their id:\n{hcp}");
                Ok(done(format, "hcp", hcp, human))
            }
            Self::Edit(edit) => {
                let Desk {
                    service,
                    call,
                    format,
                } = Desk::begin(options).await?;
                let hcp = edit.hcp;
                service.edit_hcp(&call, hcp, edit.command()).await?;
                let human = format!("Healthcare party {hcp} is changed.");
                Ok(done(format, "hcp", hcp, human))
            }
            Self::Delete(One { hcp }) => {
                let Desk {
                    service,
                    call,
                    format,
                } = Desk::begin(options).await?;
                service.delete_hcp(&call, hcp).await?;
                let human = format!("Healthcare party {hcp} is deleted.");
                Ok(done(format, "hcp", hcp, human))
            }
            Self::AddOrganisation(Organisation {
                name,
                email,
                phone,
                parent,
            }) => {
                let Desk {
                    service,
                    call,
                    format,
                } = Desk::begin(options).await?;
                let command = AddOrganisation {
                    name,
                    email,
                    phone,
                    parent,
                };
                let hcp = service.add_organisation(&call, command).await?;
                let human =
                    format!("The organisation is added. Its id:\n{hcp}\n{ID_OF_ORGANISATION}");
                Ok(done(format, "hcp", hcp, human))
            }
        }
    }
}

impl Check {
    async fn run(self, options: &Options) -> Result<Answer, Failure> {
        let format = Format::of(options);
        let rows = Source::new(&self.file).open().map_err(of_file)?;
        let mut watch = Watch::new(format, None);
        let phones = LibPhonePlan::new();
        let alone = named_database(options).is_none() && !database(options).exists();
        let (report, compared) = if alone {
            let report = check_file(rows, &phones, &mut watch);
            let report = report.map_err(|it| Failure::refused(&it))?;
            (report, Compared::FileAlone)
        } else {
            let desk = Desk::begin(options).await?;
            let checked = desk
                .service
                .check_hcps(&desk.call, rows, &phones, &mut watch);
            (checked.await?, Compared::WithStore)
        };
        let outcome = outcome(&report);
        let found = watch.found();
        let document = ImportDocument::of(&report, compared, found.listed);
        Ok(Answer::of(format, &document, || {
            let beside = match compared {
                Compared::FileAlone => "the file alone",
                Compared::WithStore => "beside what is stored",
            };
            format!(
                "Checked {beside}; nothing was changed.\n{}",
                described(&document, &found.tally)
            )
        })
        .ended(outcome))
    }
}

impl ImportFile {
    async fn run(self, options: &Options) -> Result<Answer, Failure> {
        let Desk {
            service,
            call,
            format,
        } = &Desk::begin(options).await?;
        let source = Source::new(&self.file);
        drop(source.open().map_err(of_file)?);
        let begin = || {
            let titles = Arc::clone(&source.titles);
            let rejects = self.rejects.as_deref();
            rejects
                .map(|out| Rejects::begin(out, &[&self.file, &database(options)], titles))
                .transpose()
        };
        let digest = match &call.key {
            Some(_) => digest(&self.file)?,
            None => Hash::default(),
        };
        let mut watch = Watch::new(*format, begin()?);
        let phones = LibPhonePlan::new();
        watch.listen();
        let imported = service.import_hcps(call, || source.open(), digest, &phones, &mut watch);
        let report = match imported.await {
            Ok(report) => report,
            Err(service::Failure::Refused(ImportRefusal::File(FileRefusal::Cancelled))) => {
                let stopped = Failure::new(
                    "interrupted",
                    "the import was stopped",
                    "run the same command again: rows already imported are found unchanged, and no row is doubled",
                );
                return Err(watch.kept_so_far(stopped));
            }
            Err(failure) => return Err(watch.kept_so_far(failure.into())),
        };
        if report.counts.rejected > 0 && watch.tally.is_empty() {
            // The answer given before under the same key: the rows are known by number, and the file still has their cells.
            let rows = source.open().map_err(of_file)?;
            let mut again = Watch::new(*format, begin()?);
            service.check_hcps(call, rows, &phones, &mut again).await?;
            watch.rejects = again.rejects.take();
            if let Some(import) = report.import {
                for (row, problems) in rejected_rows(service, call, import).await? {
                    watch.note(row, &problems);
                }
            }
        }
        let outcome = outcome(&report);
        let (written, found) = watch.finish();
        let document = ImportDocument::of(&report, Compared::WithStore, found.listed);
        let written = written.map_err(|it| {
            it.with(
                "report",
                serde_json::to_value(&document).unwrap_or_default(),
            )
        })?;
        Ok(Answer::of(*format, &document, || {
            let mut text = format!("Imported.\n{}", described(&document, &found.tally));
            match (&self.rejects, written) {
                (None, _) if document.rejected > 0 => text.push_str(
                    "Next: correct those rows and import the file again, or have them written with `--rejects OUT.csv`.\n",
                ),
                (None, _) => (),
                (Some(_), None) => text.push_str("Nothing was rejected, and no file was written.\n"),
                (Some(_), Some((path, rows))) => text.push_str(&format!(
                    "Next: correct {} in {}, and import that file.\n",
                    count(rows as usize, "row", "rows"),
                    path.display()
                )),
            }
            text
        })
        .ended(outcome))
    }
}

fn outcome(report: &ImportReport) -> Outcome {
    match report.counts.rejected {
        0 => Outcome::Done,
        _ => Outcome::Partly,
    }
}

/// A file, and what is learned while it is read.
#[derive(Clone, Debug)]
struct Source {
    path: PathBuf,
    titles: Titles,
}

impl Source {
    fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            titles: Titles::default(),
        }
    }

    /// Opens it as a table.
    fn open(&self) -> Result<Box<dyn Rows>, FileRefusal> {
        let name = self.path.file_name().and_then(|it| it.to_str());
        let rows = Sheets::default().open(open(&self.path)?, name)?;
        Ok(Box::new(Headed::new(rows, Arc::clone(&self.titles))))
    }
}

fn of_file(refusal: FileRefusal) -> Failure {
    Failure::refused(&ImportRefusal::File(refusal))
}

fn open(path: &Path) -> Result<File, FileRefusal> {
    File::open(path).map_err(|it| FileRefusal::Unreadable { kind: it.kind() })
}

/// The SHA-256 of a file.
fn digest(path: &Path) -> Result<Hash, Failure> {
    let mut hasher = HashWriter(Sha256::new());
    open(path)
        .and_then(|mut file| {
            io::copy(&mut file, &mut hasher)
                .map_err(|it| FileRefusal::Unreadable { kind: it.kind() })
        })
        .map_err(of_file)?;
    Ok(Hash(hasher.0.finalize().into()))
}

struct HashWriter(Sha256);

impl io::Write for HashWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn rejected_rows(
    of: &Service,
    call: &service::Call,
    import: Id<Import>,
) -> Result<Vec<(u32, Vec<Problem>)>, Failure> {
    let rows = pages::all(
        async |page| of.store.rejected_rows(call.tenant, import, page).await,
        |it| it.row,
    );
    let rows = rows.await?.into_iter();
    Ok(rows.map(|it| (it.row, it.problems)).collect())
}

/// How many rejections are listed for people, who are told the number of each kind of the others.
const LISTED: usize = 20;
/// How many are kept to choose those from: they come out of order by less than this.
const KEPT: usize = 10_000;

/// How often each problem was met, by column and code.
type Tally = BTreeMap<(String, &'static str), usize>;

/// Watches an import: a progress bar, the rejections, and the file of them.
struct Watch {
    bar: Bar,
    keep: usize,
    listed: Vec<RejectionDocument>,
    tally: Tally,
    done: u32,
    rejects: Option<Rejects>,
    /// Set when somebody asks for the end.
    stopped: Arc<AtomicBool>,
}

struct Found {
    listed: Vec<RejectionDocument>,
    tally: Tally,
}

impl Watch {
    fn new(format: Format, rejects: Option<Rejects>) -> Self {
        Self {
            bar: Bar::of_bytes(),
            keep: match format {
                Format::Human => KEPT,
                Format::Json => usize::MAX,
            },
            listed: Vec::new(),
            tally: Tally::new(),
            done: 0,
            rejects,
            stopped: Arc::default(),
        }
    }

    /// Ends the work at Ctrl-C or when the system asks for the end, and not the process: what is on its way is finished first.
    fn listen(&self) {
        let stopped = Arc::clone(&self.stopped);
        tokio::spawn(async move {
            crate::serve::asked_to_end().await;
            stopped.store(true, Ordering::Relaxed);
        });
    }

    fn note(&mut self, row: u32, problems: &[Problem]) {
        for it in RejectionDocument::of(row, problems) {
            *self.tally.entry((it.column.clone(), it.code)).or_default() += 1;
            if self.listed.len() < self.keep {
                self.listed.push(it);
            }
        }
    }

    /// An import that broke off: what was committed stays.
    fn kept_so_far(self, failure: Failure) -> Failure {
        match self.done {
            0 => failure,
            rows => failure.with("rows_done", json!(rows)),
        }
    }

    fn found(self) -> Found {
        Found {
            listed: self.listed,
            tally: self.tally,
        }
    }

    fn finish(mut self) -> (Result<Option<(PathBuf, u32)>, Failure>, Found) {
        let written = self.rejects.take().map_or(Ok(None), Rejects::finish);
        (written, self.found())
    }
}

impl ImportObserver for Watch {
    fn rejected(&mut self, row: &Row, problems: &[Problem]) {
        self.note(row.number(), problems);
        if let Some(rejects) = &mut self.rejects {
            rejects.take(row, problems);
        }
    }

    fn progress(&mut self, counts: Counts, (done, of): (u64, u64)) {
        self.done = counts.rows();
        let message = count(self.done as usize, "row", "rows");
        self.bar.at(done, of, message);
    }

    fn stops(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

fn described(document: &ImportDocument, tally: &Tally) -> String {
    let mut text = format!(
        "{} ({})\n",
        count(document.rows as usize, "row", "rows"),
        document.format
    );
    let compared = match (document.created, document.updated, document.unchanged) {
        (Some(created), Some(updated), Some(unchanged)) => {
            format!(" ({created} new, {updated} changed, {unchanged} unchanged)")
        }
        _ => String::new(),
    };
    text.push_str(&format!("  accepted  {}{compared}\n", document.accepted));
    text.push_str(&format!("  rejected  {}\n", document.rejected));
    text.push_str(&format!("  blank     {}\n", document.blank));
    for warning in &document.warnings {
        text.push_str(&format!(
            "warning: {} ({})\n",
            warning.message, warning.code
        ));
    }
    if document.rejections.is_empty() {
        return text;
    }
    let rows: Vec<_> = document
        .rejections
        .iter()
        .take(LISTED)
        .map(|it| {
            [
                it.row.to_string(),
                it.column.clone(),
                it.message.clone(),
                it.code.to_owned(),
            ]
        })
        .collect();
    text.push_str(&table(["Row", "Column", "Problem", "Code"], &rows));
    let all: usize = tally.values().sum();
    if all > rows.len() {
        text.push_str(&format!("and {} more; in all:\n", all - rows.len()));
        for ((column, code), times) in tally {
            text.push_str(&format!("  {times:>7}  {column} {code}\n"));
        }
    }
    text
}

/// What the id of an organisation is for.
const ID_OF_ORGANISATION: &str = "Applications are given it as PARENT_ORGANISATION_ID, and the rows of a file as Parent Organization ID.";

/// For people: the id stands alone on its line, to be copied whole.
fn shown(HcpViewDocument { hcp, above, below }: &HcpViewDocument) -> String {
    let or_none = |it: &Option<String>| it.clone().unwrap_or_else(|| "-".to_owned());
    let mut text = format!("{}\n", hcp.id);
    if hcp.kind == HcpKind::Organisation.as_str() {
        text.push_str(&format!("{ID_OF_ORGANISATION}\n"));
    }
    text.push_str(&format!(
        "  Name:    {}\n  Kind:    {}\n  E-mail:  {}\n  Phone:   {}\n",
        called(hcp),
        hcp.kind,
        or_none(&hcp.email),
        or_none(&hcp.phone)
    ));
    for it in above {
        text.push_str(&format!("  Parent:  {} {}\n", it.id, it.name));
    }
    text.push_str(&format!("  Below:   {below}\n"));
    text
}

fn called(hcp: &HcpDocument) -> String {
    let person = [hcp.given.as_deref(), hcp.family.as_deref()];
    let person: Vec<_> = person.into_iter().flatten().collect();
    hcp.name.clone().unwrap_or_else(|| person.join(" "))
}

async fn list(options: &Options, search: HcpSearch) -> Result<Answer, Failure> {
    let desk = Desk::begin(options).await?;
    desk.permit(&HCPS_MANAGE).await?;
    let Desk { service, call, .. } = &desk;
    let hcps = pages::all(
        async |page| service.store.hcps(call.tenant, search.clone(), page).await,
        |it| it.hcp.id,
    );
    let hcps: Vec<_> = hcps.await?.into_iter().map(HcpDocument::from).collect();
    Ok(Answer::of(desk.format, &json!({ "hcps": hcps }), || {
        let rows: Vec<_> = hcps
            .iter()
            .map(|it| {
                [
                    called(it),
                    it.kind.to_owned(),
                    it.email.clone().unwrap_or_default(),
                    it.phone.clone().unwrap_or_default(),
                    it.id.to_string(),
                    it.parent.map(|it| it.to_string()).unwrap_or_default(),
                ]
            })
            .collect();
        let titles = ["Name", "Kind", "E-mail", "Phone", "Id", "Below"];
        let parties = count(rows.len(), "healthcare party", "healthcare parties");
        format!("{}{parties}\n", table(titles, &rows))
    }))
}
