//! Reconciliation with MedHub: connect, read, look, stage, save.

mod views;

use self::views::Views;
use crate::{
    arguments::{Options, Who},
    desk::Desk,
    failure::Failure,
    output::{Answer, Outcome, count, note, table},
    progress::Bar,
    secrets,
};
use clap::{Args, Subcommand};
use identity_core::{
    id::Id,
    permission::INTEGRATIONS_MANAGE,
    port::{Find, Store as _},
    reconcile::{
        Connect as ConnectCommand, Institution, Integration,
        plan::{Action, Ask, AskRefusal, Evidence, StageRefusal, Staged},
        save::{SaveMode, SaveRefusal, StepConflict},
        snapshot::{Completeness, Emptied, RosterRefusal},
    },
    roster::{Access, Kind, MedhubUserId, RosterSource as _, SourceFailure},
    service,
    user::User,
};
use medhub_client::{BaseUrl, ClientId, Config, MedhubClient};
use os_ports::SystemClock;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use zeroize::Zeroizing;

const KEY_VARIABLE: &str = "ROLLCALL_MEDHUB_KEY";

#[derive(Debug, Subcommand)]
pub(crate) enum MedhubCommand {
    /// Connect MedHub: tries the key, and says which call a read needs that is not granted
    ///
    /// The private key stays in its file, which is read at each `medhub read`; or it is in $ROLLCALL_MEDHUB_KEY each time.
    #[command(after_help = "Examples:
  rollcall medhub connect --base-url https://stclare.medhub.com/functions/api \\
      --client-id 123 --private-key-file medhub.key
  ROLLCALL_MEDHUB_KEY=… rollcall medhub connect \\
      --base-url https://stclare.medhub.com/functions/api --client-id 123")]
    Connect(Connect),
    /// Read everybody from MedHub
    ///
    /// Lists that cannot be read are named, and whoever stood in them stays. A list that held people and comes back empty is
    /// taken for a fault.
    #[command(
        after_help = "Examples:\n  rollcall medhub read\n  rollcall medhub read --accept-emptied     (somebody looked: the list is really empty)"
    )]
    Read(Read),
    /// Show where everybody stands: linked, suggested, ambiguous, only here, only in MedHub; and who was told apart
    #[command(
        after_help = "Examples:\n  rollcall medhub views\n  rollcall medhub views --only suggested\n  rollcall medhub views --json"
    )]
    Views(Views),
    /// Stage a link between a user and a MedHub identity
    #[command(after_help = "Example:\n  rollcall medhub link ben@stclare.example 2345")]
    Link(Pair),
    /// Stage a link for every suggestion
    #[command(after_help = "Example:\n  rollcall medhub link-all")]
    LinkAll,
    /// Stage the end of a user's link, or take a staged link back
    ///
    /// The two are remembered as not the same person, until they are linked again.
    #[command(after_help = "Example:\n  rollcall medhub unlink ben@stclare.example")]
    Unlink(Unlink),
    /// Stage that a user and a MedHub identity are not the same person
    ///
    /// The two are not suggested again until an e-mail address or a kind of one of them changes. Unlinking two remembers the same.
    #[command(
        after_help = "Examples:\n  rollcall medhub not-same ben@stclare.example 2345\n  rollcall medhub views --only not-same     (who was told apart, by whom and when)"
    )]
    NotSame(Pair),
    /// Stage that two who were told apart may be the same person after all
    ///
    /// They are suggested again if their addresses match. Linking them by hand forgets it too.
    #[command(after_help = "Example:\n  rollcall medhub maybe-same ben@stclare.example 2345")]
    MaybeSame(Pair),
    /// Stage new users from MedHub identities
    #[command(after_help = "Example:\n  rollcall medhub import 2345 2346")]
    Import(Import),
    /// Stage a new user from every identity that matches nobody here
    #[command(after_help = "Example:\n  rollcall medhub import-all")]
    ImportAll,
    /// Apply what is staged, whole or not at all
    #[command(
        after_help = "Examples:\n  rollcall medhub save\n  rollcall medhub save --valid-only     (leaves the conflicts in the plan)"
    )]
    Save(Save),
    /// Throw away what is staged
    #[command(after_help = "Example:\n  rollcall medhub discard")]
    Discard,
}

#[derive(Debug, Args)]
pub(crate) struct Connect {
    /// Everything before `/{group}/{call}`
    #[arg(long, value_name = "URL", value_parser = BaseUrl::parse)]
    base_url: BaseUrl,
    /// The number that the GME office gave with the key
    #[arg(long, value_name = "N")]
    client_id: u64,
    /// The file with the private key [default: the key is in $ROLLCALL_MEDHUB_KEY]
    #[arg(long, value_name = "FILE")]
    private_key_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Read {
    /// Believe a list that held people and is empty now
    #[arg(long)]
    accept_emptied: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Pair {
    /// The user, by e-mail address or id
    #[arg(value_name = "LOCAL", value_parser = Who::parse)]
    local: Who,
    /// The MedHub userID
    #[arg(value_name = "USERID", value_parser = MedhubUserId::parse)]
    medhub: MedhubUserId,
}

#[derive(Debug, Args)]
pub(crate) struct Unlink {
    /// The user, by e-mail address or id
    #[arg(value_name = "LOCAL", value_parser = Who::parse)]
    local: Who,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The MedHub userIDs
    #[arg(value_name = "USERID", required = true, value_parser = MedhubUserId::parse)]
    medhub: Vec<MedhubUserId>,
}

#[derive(Debug, Args)]
pub(crate) struct Save {
    /// Apply the steps that are not in conflict, and leave the others in the plan
    #[arg(long)]
    valid_only: bool,
}

impl MedhubCommand {
    pub(crate) async fn run(self, options: &Options) -> Result<Answer, Failure> {
        let desk = Desk::begin(options).await?;
        let Desk { service, call, .. } = &desk;
        match self {
            Self::Connect(connect) => connect.run(&desk).await,
            Self::Read(read) => read.run(&desk).await,
            Self::Views(views) => views.run(&desk).await,
            Self::Link(Pair { local, medhub }) => {
                let user = desk.user(&local).await?;
                let evidence = Evidence::Manual;
                let ask = Ask::Link {
                    user,
                    medhub,
                    evidence,
                };
                Ok(staged(&desk, &service.stage(call, &[ask]).await?))
            }
            Self::LinkAll => Ok(staged(&desk, &service.stage_all_links(call).await?)),
            Self::Unlink(Unlink { local }) => {
                let user = desk.user(&local).await?;
                let ask = Ask::Unlink { user };
                Ok(staged(&desk, &service.stage(call, &[ask]).await?))
            }
            Self::NotSame(Pair { local, medhub }) => {
                let user = desk.user(&local).await?;
                let ask = Ask::NotSame { user, medhub };
                Ok(staged(&desk, &service.stage(call, &[ask]).await?))
            }
            Self::MaybeSame(Pair { local, medhub }) => {
                let user = desk.user(&local).await?;
                let ask = Ask::MaybeSame { user, medhub };
                Ok(staged(&desk, &service.stage(call, &[ask]).await?))
            }
            Self::Import(Import { medhub }) => {
                let asks: Vec<_> = medhub
                    .into_iter()
                    .map(|medhub| Ask::Import { medhub })
                    .collect();
                Ok(staged(&desk, &service.stage(call, &asks).await?))
            }
            Self::ImportAll => Ok(staged(&desk, &service.stage_all_imports(call).await?)),
            Self::Save(save) => save.run(&desk).await,
            Self::Discard => {
                let steps = service.discard_plan(call).await?;
                Ok(Answer::of(
                    desk.format,
                    &json!({ "discarded": steps }),
                    || {
                        format!(
                            "{} thrown away; nothing was changed.\n",
                            count(steps as usize, "step", "steps")
                        )
                    },
                ))
            }
        }
    }
}

impl Connect {
    async fn run(self, desk: &Desk) -> Result<Answer, Failure> {
        desk.permit(&INTEGRATIONS_MANAGE).await?;
        let file = self.private_key_file.as_deref().map(std::path::absolute);
        let file = file.transpose().map_err(|error| unreadable(&error))?;
        let key = private_key(file.as_deref())?;
        let institution = Institution(self.base_url.to_string());
        let client = client(self.base_url, ClientId(self.client_id), key)?;
        let access = client.access().await.map_err(source)?;
        let key_file = match file
            .map(PathBuf::into_os_string)
            .map(std::ffi::OsString::into_string)
        {
            None => None,
            Some(Ok(path)) => Some(path),
            Some(Err(_)) => {
                return Err(Failure::new(
                    "medhub_key_path",
                    "the path of the key file is not text",
                    "give the key file a path of letters and digits",
                ));
            }
        };
        let command = ConnectCommand {
            institution: institution.clone(),
            client_id: self.client_id.to_string(),
            key_file: key_file.clone(),
        };
        desk.service.connect_medhub(&desk.call, command).await?;
        let Access { granted, missing } = &access;
        let document = json!({
            "institution": institution.0,
            "client_id": self.client_id.to_string(),
            "key_file": key_file,
            "granted": granted,
            "missing": missing,
        });
        let outcome = if missing.is_empty() {
            Outcome::Done
        } else {
            Outcome::Partly
        };
        Ok(Answer::of(desk.format, &document, || {
            let mut text = format!("{institution} is connected.\n");
            match &key_file {
                Some(path) => text.push_str(&format!(
                    "The key is read from {path} at each `rollcall medhub read`.\n"
                )),
                None => text.push_str(&format!(
                    "Each `rollcall medhub read` needs the key in ${KEY_VARIABLE}.\n"
                )),
            }
            for call in missing {
                text.push_str(&format!("Not granted to this key: {call}\n"));
            }
            text.push_str(if missing.is_empty() {
                "Every call that a read needs is granted. Next: `rollcall medhub read`\n"
            } else {
                "Next: ask the GME office to grant what is missing, then `rollcall medhub read`\n"
            });
            text
        })
        .ended(outcome))
    }
}

impl Read {
    async fn run(self, desk: &Desk) -> Result<Answer, Failure> {
        desk.permit(&INTEGRATIONS_MANAGE).await?;
        let Desk {
            service,
            call,
            format,
        } = desk;
        let Integration {
            institution,
            client_id,
            key_file,
            ..
        } = connection(desk).await?;
        let base_url = BaseUrl::parse(&institution.0).map_err(source)?;
        let client_id: ClientId = client_id.parse().map_err(|_| {
            Failure::new(
                "medhub_client_id",
                "the client id that is stored is no number",
                "connect again with `rollcall medhub connect`",
            )
        })?;
        let key = private_key(key_file.as_deref().map(Path::new))?;
        let client = client(base_url, client_id, key)?;
        let bar = Bar::of_lists();
        let read = client.read(&bar).await;
        drop(bar);
        let emptied = if self.accept_emptied {
            Emptied::Accept
        } else {
            Emptied::Keep
        };
        let recorded = service
            .record_roster(call, &institution, &read, emptied)
            .await?;
        let outcome = match recorded.completeness {
            Completeness::Complete => Outcome::Done,
            Completeness::Partial { .. } => Outcome::Partly,
        };
        Ok(Answer::of(*format, &recorded, || {
            let mut text = format!(
                "Read {} in {}: {} new, {} changed, {} gone.\n",
                count(recorded.people as usize, "person", "people"),
                count(recorded.programs as usize, "programme", "programmes"),
                recorded.added,
                recorded.changed,
                recorded.removed
            );
            for problem in &recorded.problems {
                text.push_str(&format!(
                    "warning: line {} of the {} of programme {} was left out: {}\n",
                    problem.line,
                    list_of(problem.kind),
                    problem.program,
                    problem.what
                ));
            }
            if let Completeness::Partial { failed } = &recorded.completeness {
                let rows: Vec<_> = failed
                    .iter()
                    .map(|it| {
                        let list = list_of(it.kind).to_owned();
                        [
                            it.program.to_string(),
                            list,
                            it.message.clone(),
                            it.code.clone(),
                        ]
                    })
                    .collect();
                text.push_str(&format!(
                    "{} could not be read; whoever stood in them before stays:\n{}",
                    count(rows.len(), "list", "lists"),
                    table(["Programme", "List", "Why", "Code"], &rows)
                ));
                if failed.iter().any(|it| it.code == "medhub_list_emptied") {
                    text.push_str(
                        "Where a list is really empty: `rollcall medhub read --accept-emptied`\n",
                    );
                }
            }
            text + "Next: `rollcall medhub views`\n"
        })
        .ended(outcome))
    }
}

/// The connection of the tenant.
async fn connection(desk: &Desk) -> Result<Integration, Failure> {
    let Desk { service, call, .. } = desk;
    let records = service
        .store
        .load(call.tenant, vec![Find::Integration])
        .await?;
    let found = records.integrations.into_values().next();
    found
        .map(|it| it.record)
        .ok_or_else(|| Failure::refused(&StageRefusal::NotConnected))
}

fn client(base_url: BaseUrl, id: ClientId, key: SecretString) -> Result<MedhubClient, Failure> {
    MedhubClient::new(Config::new(base_url, id, key, Arc::new(SystemClock))).map_err(source)
}

fn source(failure: SourceFailure) -> Failure {
    Failure::refused(&RosterRefusal::Source(failure))
}

/// The private key: from the file, or from the environment where there is none.
fn private_key(file: Option<&Path>) -> Result<SecretString, Failure> {
    let key = match file {
        Some(path) => {
            let key = secrets::text(path).map_err(|error| unreadable(&error))?;
            warn_of_readers(path);
            key
        }
        None => Zeroizing::new(std::env::var(KEY_VARIABLE).unwrap_or_default()),
    };
    match (key.trim(), file) {
        ("", Some(_)) => Err(Failure::new(
            "medhub_key_empty",
            "the private key file is empty",
            "put the key that the GME office gave you into the file",
        )),
        ("", None) => Err(Failure::new(
            "medhub_key_missing",
            "there is no private key",
            format!(
                "name its file with `rollcall medhub connect --private-key-file`, or put it into ${KEY_VARIABLE}"
            ),
        )),
        (key, _) => Ok(SecretString::from(key)),
    }
}

fn unreadable(error: &std::io::Error) -> Failure {
    Failure::new(
        "medhub_key_unreadable",
        format!("the private key file cannot be read: {}", error.kind()),
        "look whether the file exists and may be read; where it moved, connect again",
    )
}

#[cfg(unix)]
fn warn_of_readers(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let open = path
        .metadata()
        .is_ok_and(|it| it.permissions().mode() & 0o077 != 0);
    if open {
        let path = path.display();
        note(&format!(
            "warning: others than its owner may read the key file: chmod 600 {path}\n"
        ));
    }
}

#[cfg(not(unix))]
fn warn_of_readers(_path: &Path) {}

#[derive(Serialize)]
struct Refused<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<Id<User>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    medhub: Option<&'a MedhubUserId>,
    code: &'static str,
    message: String,
    next: &'static str,
}

impl<'a> Refused<'a> {
    fn of((ask, refusal): &'a (Ask, AskRefusal)) -> Self {
        let (user, medhub) = match ask {
            Ask::Link { user, medhub, .. }
            | Ask::NotSame { user, medhub }
            | Ask::MaybeSame { user, medhub } => (Some(*user), Some(medhub)),
            Ask::Unlink { user } => (Some(*user), None),
            Ask::Import { medhub } => (None, Some(medhub)),
        };
        Self {
            user,
            medhub,
            code: refusal.code(),
            message: refusal.to_string(),
            next: refusal.next(),
        }
    }
}

fn staged(desk: &Desk, staged: &Staged) -> Answer {
    let refused: Vec<_> = staged.refused.iter().map(Refused::of).collect();
    let document = json!({
        "staged": staged.staged,
        "withdrawn": staged.withdrawn,
        "refused": refused,
    });
    let outcome = if refused.is_empty() {
        Outcome::Done
    } else {
        Outcome::Partly
    };
    Answer::of(desk.format, &document, || {
        let mut text = format!("{} staged", count(staged.staged as usize, "step", "steps"));
        if staged.withdrawn > 0 {
            text.push_str(&format!(", {} taken back", staged.withdrawn));
        }
        text.push_str(".\n");
        if !refused.is_empty() {
            let rows: Vec<_> = refused
                .iter()
                .map(|it| {
                    [
                        it.medhub.map(ToString::to_string).unwrap_or_default(),
                        it.user.map(|it| it.to_string()).unwrap_or_default(),
                        it.message.clone(),
                        it.next.to_owned(),
                    ]
                })
                .collect();
            text.push_str(&format!(
                "{} could not be staged:\n{}",
                rows.len(),
                table(["MedHub", "User", "Why", "Next"], &rows)
            ));
        }
        text + "Nothing is changed before `rollcall medhub save`.\n"
    })
    .ended(outcome)
}

#[derive(Serialize)]
struct ConflictDocument<'a> {
    step: u32,
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<Id<User>>,
    medhub: &'a MedhubUserId,
    code: &'static str,
    message: String,
    what: String,
}

impl<'a> ConflictDocument<'a> {
    fn of(conflict: &'a StepConflict) -> Self {
        let StepConflict {
            step,
            action,
            conflict,
        } = conflict;
        let (name, user, medhub) = match action {
            Action::Link { user, medhub, .. } => ("link", Some(*user), medhub),
            Action::Unlink { user, medhub } => ("unlink", Some(*user), medhub),
            Action::Import { medhub, .. } => ("import", None, medhub),
            Action::NotSame { user, medhub, .. } => ("not_same", Some(*user), medhub),
            Action::MaybeSame { user, medhub } => ("maybe_same", Some(*user), medhub),
        };
        let of = user.map_or_else(String::new, |it| format!("user {it} and "));
        Self {
            step: *step,
            action: name,
            user,
            medhub,
            code: conflict.code(),
            message: conflict.to_string(),
            what: format!("step {step}, {name} of {of}identity {medhub}"),
        }
    }
}

fn conflict_documents(conflicts: &[StepConflict]) -> Value {
    let documents: Vec<_> = conflicts.iter().map(ConflictDocument::of).collect();
    serde_json::to_value(documents).unwrap_or_default()
}

impl Save {
    async fn run(self, desk: &Desk) -> Result<Answer, Failure> {
        let mode = if self.valid_only {
            SaveMode::ValidOnly
        } else {
            SaveMode::Whole
        };
        let saved = match desk.service.save_plan(&desk.call, mode).await {
            Err(service::Failure::Refused(SaveRefusal::Conflicts(conflicts))) => {
                let listed = conflict_documents(&conflicts);
                let refusal = SaveRefusal::Conflicts(conflicts);
                return Err(Failure::refused(&refusal).with("conflicts", listed));
            }
            saved => saved?,
        };
        let outcome = if saved.conflicts.is_empty() {
            Outcome::Done
        } else {
            Outcome::Partly
        };
        let document = json!({
            "linked": saved.linked,
            "unlinked": saved.unlinked,
            "imported": saved.imported,
            "not_same": saved.not_same,
            "maybe_same": saved.maybe_same,
            "mails": saved.mails,
            "already_done": saved.already_done,
            "conflicts": conflict_documents(&saved.conflicts),
        });
        Ok(Answer::of(desk.format, &document, || {
            let mut text = format!(
                "Saved: {} linked, {} unlinked, {} imported; {} owed; {} done already.\n",
                saved.linked,
                saved.unlinked,
                saved.imported,
                count(saved.mails as usize, "mail", "mails"),
                saved.already_done
            );
            if saved.not_same > 0 {
                text.push_str(&format!(
                    "Told apart: {}.\n",
                    count(saved.not_same as usize, "pair", "pairs")
                ));
            }
            if saved.maybe_same > 0 {
                text.push_str(&format!(
                    "May be the same person again: {}.\n",
                    count(saved.maybe_same as usize, "pair", "pairs")
                ));
            }
            if !saved.conflicts.is_empty() {
                text.push_str("In conflict, and left in the plan:\n");
                for conflict in saved.conflicts.iter().map(ConflictDocument::of) {
                    text.push_str(&format!("  {}: {}\n", conflict.what, conflict.message));
                }
            }
            text
        })
        .ended(outcome))
    }
}

const fn list_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Learner => "residents",
        Kind::Teacher => "faculty",
    }
}
