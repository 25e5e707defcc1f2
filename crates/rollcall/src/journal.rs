//! The journal: whether it is whole, and signed proofs of how long it was.

use crate::{
    arguments::{Options, Who},
    desk::Desk,
    failure::Failure,
    output::{self, Answer, Format, count, table},
    pages,
    secrets::read,
};
use clap::{Args, Subcommand, builder::PossibleValuesParser};
use ed25519_dalek::{
    SigningKey, VerifyingKey,
    pkcs8::{DecodePrivateKey as _, DecodePublicKey as _},
};
use identity_core::{
    document::{ElevationLineDocument, EntryDocument},
    id::Id,
    journal::{Broken, By, Checkpoint, Event, Filter, Head, Sealed, Verifier},
    owner::elevation::EndReason,
    permission::JOURNAL_READ,
    person::Person,
    port::{Clock as _, Directory as _, Page},
    service::JournalQuestion,
    tenant::Tenant,
    time::Instant,
};
use serde_json::json;
use std::{
    fs,
    io::{BufRead as _, BufReader},
    ops::ControlFlow,
    path::{Path, PathBuf},
};

#[derive(Debug, Subcommand)]
pub(crate) enum JournalCommand {
    /// List entries: of a person, by a user, of a kind, within a time
    #[command(after_help = "Examples:
  rollcall journal list
  rollcall journal list --person 018c2c1d-7c00-7b6a-8f2e-0123456789ab --event role_assigned
  rollcall journal list --by ben@stclare.example --from 2026-07-01T00:00:00Z --limit 20")]
    List(List),
    /// Print the whole journal, a JSON object a line, for whoever wants to verify it elsewhere
    #[command(after_help = "Examples:
  rollcall journal export > journal.jsonl
  rollcall journal verify --file journal.jsonl --tenant 018c2c1d-7c00-7b6a-8f2e-0123456789ab")]
    Export(Whose),
    /// Verify the journal from its first entry, and name the first that is broken
    #[command(after_help = "Examples:
  rollcall journal verify
  rollcall journal verify --file journal.jsonl --tenant 018c2c1d-7c00-7b6a-8f2e-0123456789ab \\
      --checkpoint checkpoint.json --public-key-file checkpoint.pub     (needs no database)
  rollcall journal verify --checkpoint checkpoint.json --public-key-file checkpoint.pub")]
    Verify(Verify),
    /// List when Tenant Owner was switched on, by whom, why, and how it ended
    #[command(after_help = "Example:\n  rollcall journal elevations --as ben@stclare.example")]
    Elevations(Elevations),
    /// Sign the end of the journal, to be kept elsewhere: it shows when the end was cut off later
    #[command(after_help = "Examples:
  rollcall journal checkpoint --key-file checkpoint.pem > checkpoint.json
  openssl genpkey -algorithm ed25519 -out checkpoint.pem     (makes a key)
  openssl pkey -in checkpoint.pem -pubout -out checkpoint.pub")]
    Checkpoint(Sign),
}

/// Whose journal.
#[derive(Debug, Args)]
pub(crate) struct Whose {
    /// The platform's own, of what the operator does to all tenants at once
    #[arg(long)]
    platform: bool,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    whose: Whose,
    /// Only entries that name this person, or a user, login or professional record of theirs
    #[arg(long, value_name = "PERSON")]
    person: Option<Id<Person>>,
    /// Only what this user did, by e-mail address or id
    #[arg(long, value_name = "USER", value_parser = Who::parse)]
    by: Option<Who>,
    /// Only events of this name; as often as needed
    #[arg(long = "event", value_name = "EVENT", value_parser = PossibleValuesParser::new(Event::NAMES), hide_possible_values = true)]
    events: Vec<String>,
    /// Only from this instant on, as 2026-07-01T00:00:00Z
    #[arg(long, value_name = "INSTANT")]
    from: Option<Instant>,
    /// Only before this instant
    #[arg(long, value_name = "INSTANT")]
    until: Option<Instant>,
    /// Only after the entry with this number
    #[arg(long, value_name = "NUMBER")]
    after: Option<u64>,
    /// The most entries
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    whose: Whose,
    /// A journal that was exported, instead of the one in the database; `--tenant` says by id whose it is
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// A checkpoint signed earlier
    #[arg(long, value_name = "FILE", requires = "public_key_file")]
    checkpoint: Option<PathBuf>,
    /// The public key of the checkpoint: PEM, or 64 hexadecimal digits
    #[arg(long, value_name = "FILE", requires = "checkpoint")]
    public_key_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Elevations {
    /// Only after the one with this number
    #[arg(long, value_name = "NUMBER")]
    after: Option<u64>,
    /// How many at most
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    limit: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Sign {
    #[command(flatten)]
    whose: Whose,
    /// The Ed25519 private key: PKCS#8 PEM, or 64 hexadecimal digits
    #[arg(long, value_name = "FILE")]
    key_file: PathBuf,
}

impl JournalCommand {
    pub(crate) async fn run(self, options: &Options) -> Result<Answer, Failure> {
        if let Self::Verify(it @ Verify { file: Some(_), .. }) = &self {
            return it.offline(options);
        }
        let platforms = match &self {
            Self::List(it) => it.whose.platform,
            Self::Export(it) => it.platform,
            Self::Verify(it) => it.whose.platform,
            Self::Checkpoint(it) => it.whose.platform,
            Self::Elevations(_) => false,
        };
        let desk = if platforms {
            Desk::platform(options)?
        } else {
            let desk = Desk::begin(options).await?;
            desk.permit(&JOURNAL_READ).await?;
            desk
        };
        match self {
            Self::List(it) => it.run(&desk).await,
            Self::Export(_) => export(&desk).await,
            Self::Verify(it) => it.run(&desk).await,
            Self::Checkpoint(it) => it.run(&desk).await,
            Self::Elevations(it) => it.run(&desk).await,
        }
    }
}

impl Verify {
    async fn run(self, desk: &Desk) -> Result<Answer, Failure> {
        let checkpoint = match self.checkpoint.zip(self.public_key_file) {
            Some((checkpoint, key)) => Some(signed(desk.call.tenant, &checkpoint, &key)?),
            None => None,
        };
        let head = verified(desk, checkpoint.clone()).await?;
        Ok(whole(desk.format, head, checkpoint))
    }

    /// Verifies an exported journal, without a database.
    fn offline(&self, options: &Options) -> Result<Answer, Failure> {
        let named = if self.whose.platform {
            Some(Tenant::PLATFORM)
        } else {
            options.tenant.as_deref().and_then(|it| it.parse().ok())
        };
        let tenant = named.ok_or_else(|| {
            Failure::new(
                "tenant_unknown",
                "a file does not say whose journal it is",
                "name the tenant by id with `--tenant`: the hashes of its entries hold it",
            )
        })?;
        let checkpoint = match self.checkpoint.as_ref().zip(self.public_key_file.as_ref()) {
            Some((checkpoint, key)) => Some(signed(tenant, checkpoint, key)?),
            None => None,
        };
        let path = self.file.clone().unwrap_or_default();
        let unreadable = |error: &std::io::Error| {
            Failure::new(
                "file_unreadable",
                format!("{} cannot be read: {}", path.display(), error.kind()),
                "look whether the file exists and may be read",
            )
        };
        let file = fs::File::open(&path).map_err(|it| unreadable(&it))?;
        let mut verifier = Verifier::new(tenant, checkpoint.clone());
        for (line, place) in BufReader::new(file).lines().zip(1_u64..) {
            let line = line.map_err(|it| unreadable(&it))?;
            let sealed = Sealed::parse_line(&line).map_err(|it| {
                Failure::new(
                    "journal_line_syntax",
                    format!("line {place}: {it}"),
                    "name a file that `rollcall journal export` has printed",
                )
            })?;
            verifier.read(&sealed).map_err(broken)?;
        }
        let head = verifier.finish().map_err(broken)?;
        Ok(whole(Format::of(options), head, checkpoint))
    }
}

/// What is said of a journal that is whole.
fn whole(format: Format, head: Head, checkpoint: Option<Checkpoint>) -> Answer {
    let document = json!({
        "entries": head.number,
        "hash": head.hash.to_string(),
        "checkpoint": checkpoint,
    });
    Answer::of(format, &document, || {
        let entries = count(
            usize::try_from(head.number).unwrap_or(0),
            "entry",
            "entries",
        );
        let mut text = format!(
            "The journal is whole: {entries}, the last has the hash {}.\n",
            head.hash
        );
        if checkpoint.is_none() {
            text.push_str("Whether its end was cut off is seen against a checkpoint alone.\n");
        }
        if let Some(checkpoint) = checkpoint {
            text.push_str(&format!(
                "It holds everything that was signed on {}: {} of its entries.\n",
                checkpoint.at.format("%Y-%m-%d %H:%M UTC"),
                checkpoint.head.number
            ));
        }
        text
    })
}

impl List {
    async fn run(self, desk: &Desk) -> Result<Answer, Failure> {
        let by = match &self.by {
            Some(who) => Some(desk.user(who).await?),
            None => None,
        };
        let mut filter = Filter::default();
        filter.by = by;
        filter.events = self.events.into_iter().collect();
        filter.from = self.from;
        filter.until = self.until;
        let question = JournalQuestion {
            person: self.person,
            filter,
        };
        let page = Page {
            after: self.after,
            limit: self.limit,
        };
        let entries = desk.service.journal(&desk.call, &question, page).await?;
        let next = entries.last().map(|it| it.number);
        let documents: Vec<_> = entries.iter().filter_map(EntryDocument::of).collect();
        let document = json!({ "entries": documents, "last": next });
        Ok(Answer::of(desk.format, &document, || {
            let rows: Vec<_> = entries.iter().map(row).collect();
            format!(
                "{}{}\n",
                table(["No.", "When (UTC)", "By", "What", "Whom"], &rows),
                count(rows.len(), "entry", "entries")
            )
        }))
    }
}

impl Elevations {
    async fn run(self, desk: &Desk) -> Result<Answer, Failure> {
        let page = Page {
            after: self.after,
            limit: self.limit,
        };
        let lines = desk.service.elevations(&desk.call, page).await?;
        let documents: Vec<_> = lines.iter().map(ElevationLineDocument::from).collect();
        let last = documents.last().map(|it| it.number);
        let document = json!({ "elevations": documents, "last": last });
        Ok(Answer::of(desk.format, &document, || {
            let rows: Vec<_> = documents.iter().map(elevation_row).collect();
            format!(
                "{}{}\n",
                table(["No.", "From (UTC)", "Ended", "User", "Reason"], &rows),
                count(rows.len(), "elevation", "elevations")
            )
        }))
    }
}

fn elevation_row(line: &ElevationLineDocument) -> [String; 5] {
    let on = &line.elevation;
    let ended = match &line.ended {
        Some(end) => {
            let why = match end.why {
                EndReason::SwitchedOff => "switched off",
                EndReason::Deadline => "deadline",
                EndReason::SessionEnded => "session ended",
                EndReason::RoleRemoved => "role removed",
            };
            format!("{} {why}", end.at.format("%Y-%m-%d %H:%M:%S"))
        }
        None => format!("on until {}", on.until.format("%Y-%m-%d %H:%M:%S")),
    };
    [
        line.number.to_string(),
        on.since.format("%Y-%m-%d %H:%M:%S").to_string(),
        ended,
        line.user.to_string(),
        on.reason.clone(),
    ]
}

/// An entry as a row of a table.
fn row(sealed: &Sealed) -> [String; 5] {
    let number = sealed.number.to_string();
    let Some(entry) = sealed.entry() else {
        let blank = String::new;
        return [
            number,
            blank(),
            blank(),
            "cannot be read".to_owned(),
            blank(),
        ];
    };
    let by = match entry.by {
        By::Operator => "operator".to_owned(),
        By::Clock => "clock".to_owned(),
        By::User {
            user,
            elevation: Some(_),
            ..
        } => format!("{user} as owner"),
        By::User { user, .. } => user.to_string(),
        By::Token { token, .. } => format!("token {token}"),
    };
    let value = serde_json::to_value(&entry.event).unwrap_or_default();
    let told = value.as_object().into_iter().flatten();
    let told = told.filter(|(name, value)| *name != "event" && !value.is_null());
    let whom: Vec<_> = told
        .map(|(name, value)| match value.as_str() {
            Some(text) => format!("{name} {text}"),
            None => format!("{name} {value}"),
        })
        .collect();
    [
        number,
        entry.at.format("%Y-%m-%d %H:%M:%S").to_string(),
        by,
        entry.event.name().to_owned(),
        whom.join(", "),
    ]
}

/// Prints every entry as it is read, so that a journal of any length needs no memory.
async fn export(desk: &Desk) -> Result<Answer, Failure> {
    let printed = each_page(desk, |entries| {
        for entry in entries.iter().filter_map(EntryDocument::of) {
            let line = serde_json::to_string(&entry).unwrap_or_default();
            if !output::line(&line)? {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    });
    printed.await?;
    Ok(Answer::nothing())
}

async fn each_page(
    desk: &Desk,
    take: impl FnMut(Vec<Sealed>) -> Result<ControlFlow<()>, Failure>,
) -> Result<(), Failure> {
    let Desk { service, call, .. } = desk;
    pages::each(
        async |page| service.store.journal(call.tenant, page).await,
        |it| it.number,
        take,
    )
    .await
}

impl Sign {
    async fn run(self, desk: &Desk) -> Result<Answer, Failure> {
        let key = signing_key(&self.key_file)?;
        // Only a journal that is whole is signed.
        let head = verified(desk, None).await?;
        let at = desk.service.clock.now();
        let checkpoint = Checkpoint::sign(desk.call.tenant, head, at, &key);
        // A checkpoint is a document for people as well: it is printed to be kept.
        Ok(Answer::of(desk.format, &checkpoint, || {
            serde_json::to_string_pretty(&checkpoint).unwrap_or_default() + "\n"
        }))
    }
}

/// The key to sign checkpoints with: PKCS#8 PEM, or 64 hexadecimal digits.
pub(crate) fn signing_key(file: &Path) -> Result<SigningKey, Failure> {
    let text = read(file)?;
    let key = match hexadecimal(&text) {
        Some(bytes) => Some(SigningKey::from_bytes(&bytes)),
        None => SigningKey::from_pkcs8_pem(text.trim()).ok(),
    };
    key.ok_or_else(not_a_key)
}

async fn verified(desk: &Desk, checkpoint: Option<Checkpoint>) -> Result<Head, Failure> {
    let mut verifier = Verifier::new(desk.call.tenant, checkpoint);
    let read = each_page(desk, |entries| {
        for entry in &entries {
            verifier.read(entry).map_err(broken)?;
        }
        Ok(ControlFlow::Continue(()))
    });
    read.await?;
    verifier.finish().map_err(broken)
}

fn broken(broken: Broken) -> Failure {
    let entry = match broken {
        Broken::Number { expected, .. } => expected,
        Broken::Hash { number } | Broken::Text { number } | Broken::NotAsSigned { number } => {
            number
        }
        Broken::CutOff { end, .. } => end + 1,
    };
    Failure::new(
        "journal_broken",
        format!("the journal is broken: {broken}"),
        "keep this database as evidence, and compare it with a backup from before",
    )
    .with("entry", json!(entry))
}

/// A checkpoint of this tenant, whose signature is right.
fn signed(tenant: Id<Tenant>, checkpoint: &Path, key: &Path) -> Result<Checkpoint, Failure> {
    let key = read(key)?;
    let key = match hexadecimal(&key) {
        Some(bytes) => VerifyingKey::from_bytes(&bytes).ok(),
        None => VerifyingKey::from_public_key_pem(key.trim()).ok(),
    };
    let key = key.ok_or_else(not_a_key)?;
    let checkpoint: Checkpoint = serde_json::from_str(&read(checkpoint)?).map_err(|_| {
        Failure::new(
            "checkpoint_syntax",
            "the file is no checkpoint",
            "name a file that `rollcall journal checkpoint` has printed",
        )
    })?;
    if checkpoint.tenant != tenant {
        return Err(Failure::new(
            "checkpoint_other_tenant",
            "the checkpoint is of another tenant's journal",
            "name its tenant with `--tenant`, or another checkpoint",
        ));
    }
    checkpoint.verify(&key).map_err(|it| {
        Failure::new(
            "checkpoint_not_signed",
            it.to_string(),
            "use the public key that belongs to the key it was signed with; if it does, the checkpoint was forged",
        )
    })?;
    Ok(checkpoint)
}

fn hexadecimal(text: &str) -> Option<[u8; 32]> {
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes());
    bytes.ok()?.try_into().ok()
}

fn not_a_key() -> Failure {
    Failure::new(
        "key_syntax",
        "the file holds no Ed25519 key",
        "give a PEM file, such as `openssl genpkey -algorithm ed25519` makes, or the 32 bytes as 64 hexadecimal digits",
    )
}
