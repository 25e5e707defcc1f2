//! Sessions, and Tenant Owner switched on in them.

use crate::{
    arguments::{Options, Who},
    desk::{self, Desk, Missing, Service},
    elevation::Switches,
    failure::Failure,
    output::{Answer, Format, count, done, table},
    secrets,
};
use clap::{Args, Subcommand};
use embedded_login::Argon2Passwords;
use identity_core::{
    account::Opens,
    authority::Actor,
    document::SessionDocument,
    email::Email,
    id::Id,
    login::Source,
    name::Name,
    port::{Find, Store as _},
    service::{NewSession, PasswordProof},
    session::Session,
    tenant::Tenant,
};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum SessionCommand {
    /// Open a session, and write its secret to a file that only you may read
    #[command(after_help = "Examples:
  rollcall session open --out ada.session --as ada@stclare.example
  rollcall session open --out ada.session --login ada@stclare.example --password-file -
  rollcall user list --session-file ada.session")]
    Open(Open),
    /// Show the session of `--session-file`, and whether Tenant Owner is switched on in it
    #[command(after_help = "Example:\n  rollcall session show --session-file ada.session")]
    Show,
    /// Switch Tenant Owner on in the session, and say why
    #[command(
        after_help = "Example:\n  rollcall session elevate 'quarterly review' --session-file ada.session"
    )]
    Elevate(Elevate),
    /// Switch Tenant Owner off in the session
    #[command(after_help = "Example:\n  rollcall session drop --session-file ada.session")]
    Drop,
    /// End the session, or another one by id
    #[command(after_help = "Examples:
  rollcall session end --session-file ada.session
  rollcall session end 018c2c1d-7c00-7b6a-8f2e-0123456789ab")]
    End(End),
    /// End all sessions of a user at once
    #[command(after_help = "Example:\n  rollcall session end-all ben@stclare.example")]
    EndAll(One),
    /// List the sessions of a user that are not over
    #[command(after_help = "Example:\n  rollcall session list ben@stclare.example")]
    List(One),
    /// Change your own password; all your sessions end
    #[command(after_help = "Example:
  rollcall session password --present-file old.txt --new-file new.txt --session-file ada.session")]
    Password(Password),
    /// Change your own e-mail address; where it is your login, all your sessions end
    #[command(after_help = "Example:
  rollcall session email ada@new.example --present-file password.txt --session-file ada.session")]
    Email(OwnEmail),
}

#[derive(Debug, Args)]
pub(crate) struct Open {
    /// Where to write the secret; a new file
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Log in with this login and its password, instead of being taken at your word with `--as`
    #[arg(long, value_name = "EMAIL", value_parser = Email::parse, requires = "password_file")]
    login: Option<Email>,
    /// The file whose first line is the password; `-` is standard input
    #[arg(long, value_name = "FILE", requires = "login")]
    password_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Elevate {
    /// Why
    #[arg(value_name = "REASON", value_parser = Name::parse)]
    reason: Name,
}

#[derive(Debug, Args)]
pub(crate) struct End {
    /// The session, by id [default: the one of `--session-file`]
    #[arg(value_name = "SESSION")]
    session: Option<Id<Session>>,
}

#[derive(Debug, Args)]
pub(crate) struct One {
    /// The user, by e-mail address or id
    #[arg(value_name = "USER", value_parser = Who::parse)]
    user: Who,
}

#[derive(Debug, Args)]
pub(crate) struct Password {
    /// The file whose first line is the present password
    #[arg(long, value_name = "FILE")]
    present_file: PathBuf,
    /// The file whose first line is the new password
    #[arg(long, value_name = "FILE")]
    new_file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct OwnEmail {
    /// The new address
    #[arg(value_name = "EMAIL", value_parser = Email::parse)]
    email: Email,
    /// The file whose first line is the present password; `-` is standard input
    #[arg(long, value_name = "FILE")]
    present_file: PathBuf,
}

/// The passwords' threads.
pub(crate) fn passwords() -> Result<Argon2Passwords, Failure> {
    Argon2Passwords::new().map_err(|_| {
        Failure::new(
            "hashing_failed",
            "passwords cannot be hashed",
            "try again when the machine has memory",
        )
    })
}

impl SessionCommand {
    pub(crate) async fn run(self, options: &Options) -> Result<Answer, Failure> {
        let format = Format::of(options);
        match self {
            Self::Open(open) => open.run(options).await,
            Self::Show => show(&Desk::begin(options).await?).await,
            Self::Elevate(Elevate { reason }) => {
                let desk = Desk::begin(options).await?;
                let until = desk.service.elevate(&desk.call, reason).await?;
                Ok(Answer::of(format, &json!({ "until": until }), || {
                    format!(
                        "Tenant Owner is switched on in this session until {} UTC.\n",
                        until.format("%Y-%m-%d %H:%M:%S")
                    )
                }))
            }
            Self::Drop => {
                let desk = Desk::begin(options).await?;
                let session = desk.session()?;
                desk.service.end_elevation(&desk.call).await?;
                let human = "Tenant Owner is switched off in this session.".to_owned();
                Ok(done(format, "session", session, human))
            }
            Self::End(End { session }) => {
                let desk = Desk::begin(options).await?;
                let session = session.map_or_else(|| desk.session(), Ok)?;
                desk.service.end_session(&desk.call, session).await?;
                let human = format!("Session {session} is ended.");
                Ok(done(format, "session", session, human))
            }
            Self::EndAll(One { user }) => {
                let desk = Desk::begin(options).await?;
                let user = desk.user(&user).await?;
                desk.service.end_sessions(&desk.call, user).await?;
                let human = format!("All sessions of user {user} are ended.");
                Ok(done(format, "user", user, human))
            }
            Self::List(One { user }) => {
                let desk = Desk::begin(options).await?;
                let user = desk.user(&user).await?;
                let sessions = desk.service.sessions(&desk.call, user).await?;
                let sessions: Vec<_> = sessions.iter().map(SessionDocument::from).collect();
                Ok(listed(format, &sessions))
            }
            Self::Password(Password {
                present_file,
                new_file,
            }) => {
                options.no_key()?;
                let desk = Desk::begin(options).await?;
                let present = secrets::given_password(&present_file)?;
                let new = secrets::new_password(&new_file)?;
                let passwords = passwords()?;
                desk.service
                    .change_password(&desk.call, &passwords, &present, &new)
                    .await?;
                let human = "The password is changed, and all your sessions are over.".to_owned();
                Ok(done(format, "changed", true, human))
            }
            Self::Email(OwnEmail {
                email,
                present_file,
            }) => {
                options.no_key()?;
                let desk = Desk::begin(options).await?;
                let present = secrets::given_password(&present_file)?;
                let passwords = passwords()?;
                desk.service
                    .change_own_email(&desk.call, &passwords, &present, email)
                    .await?;
                let human =
                    "The address is changed. Where it was your login, log in with the new one."
                        .to_owned();
                Ok(done(format, "changed", true, human))
            }
        }
    }

    /// What to do instead of a dry run.
    pub(crate) const fn instead_of_dry_run(&self) -> Option<&'static str> {
        match self {
            Self::Open(_) => Some("leave `--dry-run` out; `rollcall session end` ends the session"),
            Self::Password(_) | Self::Email(_) => {
                Some("leave `--dry-run` out: a try is counted before it is looked at")
            }
            Self::Show
            | Self::Elevate(_)
            | Self::Drop
            | Self::End(_)
            | Self::EndAll(_)
            | Self::List(_) => None,
        }
    }

    /// Whether it may begin or end the elevation of the session in which it acts.
    pub(crate) const fn switches(&self) -> Switches {
        match self {
            Self::Open(_) | Self::Show | Self::List(_) => Switches::Never,
            Self::Elevate(_)
            | Self::Drop
            | Self::End(_)
            | Self::EndAll(_)
            | Self::Password(_)
            | Self::Email(_) => Switches::Elevation,
        }
    }
}

impl Open {
    async fn run(self, options: &Options) -> Result<Answer, Failure> {
        let file = secrets::NewFile::make(&self.out)?;
        let opened = match self.login.zip(self.password_file) {
            Some((login, file)) => by_password(options, login, &file).await?,
            None => {
                let desk = Desk::begin(options).await?;
                let Actor::User(user) = desk.call.actor else {
                    return Err(Failure::usage(
                        "a session is not opened in a session",
                        "leave `--session-file` and `--elevate` out",
                    ));
                };
                let tenant = desk.call.tenant;
                let opened = desk.service.open_session_of(Opens { tenant, user });
                opened.await?
            }
        };
        file.write(&opened.secret.expose())?;
        let document = json!({
            "session": opened.id,
            "tenant": opened.tenant,
            "user": opened.user,
            "file": self.out.display().to_string(),
        });
        Ok(Answer::of(Format::of(options), &document, || {
            format!(
                "Session {} of user {} is open. Use it with `--session-file {}`.\n",
                opened.id,
                opened.user,
                self.out.display()
            )
        }))
    }
}

/// Logs in with a password; the tenant and the user that are named choose among the users that the login opens.
async fn by_password(
    options: &Options,
    login: Email,
    file: &std::path::Path,
) -> Result<NewSession, Failure> {
    let service = desk::open(options, Missing::IsAnError)?;
    let chosen = chosen(&service, options, &login).await?;
    let proof = PasswordProof {
        login,
        password: secrets::given_password(file)?,
        source: Source::parse("terminal")
            .map_err(|it| Failure::new("source_syntax", it.to_string(), "try again"))?,
    };
    let passwords = passwords()?;
    Ok(service.log_in(&passwords, proof, chosen).await?)
}

/// The user who is meant, where the tenant or the user is named: the one of the login's whom the names fit, if it is one alone. Where
/// there is none, one whom the login does not open, so that whoever has no password learns nothing.
async fn chosen(
    service: &Service,
    options: &Options,
    login: &Email,
) -> Result<Option<Opens>, Failure> {
    let user = match &options.acting {
        None => None,
        Some(Who::Id(user)) => Some(*user),
        Some(Who::Email(_)) => {
            return Err(Failure::usage(
                "with `--login` the user is named by id",
                "name the tenant with `--tenant`, or give `--as` an id",
            ));
        }
    };
    let tenant = match &options.tenant {
        None => None,
        Some(_) => Some(desk::tenant(service, options).await?.id),
    };
    if tenant.is_none() && user.is_none() {
        return Ok(None);
    }
    let finds = vec![Find::Login(login.key().clone())];
    let records = service.store.load(Tenant::PLATFORM, finds).await?;
    let opened = records.accounts.values().flat_map(|it| &it.record.opens);
    let fits = |it: &&Opens| {
        tenant.is_none_or(|tenant| tenant == it.tenant) && user.is_none_or(|user| user == it.user)
    };
    let mut fitting = opened.filter(fits);
    let nobody = Opens {
        tenant: tenant.unwrap_or(Tenant::PLATFORM),
        user: user.unwrap_or_else(|| Id::from_uuid(*Tenant::PLATFORM.as_uuid())),
    };
    match (fitting.next(), fitting.next()) {
        (Some(one), None) => Ok(Some(*one)),
        (Some(_), Some(_)) => Ok(None),
        (None, _) => Ok(Some(nobody)),
    }
}

async fn show(desk: &Desk) -> Result<Answer, Failure> {
    let session = desk.session()?;
    let authority = desk.service.authority(&desk.call).await?;
    let records = desk
        .service
        .store
        .load(desk.call.tenant, vec![Find::Session(session)]);
    let records = records.await?;
    let record = records.sessions.get(&session).map(|it| &it.record);
    let document = record.map(|it| SessionDocument::of(it, authority.elevation()));
    Ok(Answer::of(desk.format, &document, || {
        document.as_ref().map(described).unwrap_or_default()
    }))
}

fn described(session: &SessionDocument) -> String {
    let over = session.expires_at.format("%Y-%m-%d %H:%M UTC");
    let owner = match &session.elevation {
        Some(on) => format!(
            "TENANT OWNER IS SWITCHED ON until {} UTC: {}",
            on.until.format("%Y-%m-%d %H:%M:%S"),
            on.reason
        ),
        None => "Tenant Owner is not switched on".to_owned(),
    };
    format!(
        "Session {} of user {}, until {over}.\n{owner}.\n",
        session.id, session.user
    )
}

fn listed(format: Format, sessions: &[SessionDocument]) -> Answer {
    Answer::of(format, &json!({ "sessions": sessions }), || {
        let rows: Vec<_> = sessions
            .iter()
            .map(|it| {
                let on = it.elevation.as_ref();
                let on = on.map(|it| it.until.format("on until %H:%M:%S").to_string());
                [
                    it.opened_at.format("%Y-%m-%d %H:%M").to_string(),
                    it.expires_at.format("%Y-%m-%d %H:%M").to_string(),
                    on.unwrap_or_default(),
                    it.id.to_string(),
                ]
            })
            .collect();
        let titles = ["Opened (UTC)", "Over (UTC)", "Tenant Owner", "Id"];
        format!(
            "{}{}\n",
            table(titles, &rows),
            count(rows.len(), "session", "sessions")
        )
    })
}
