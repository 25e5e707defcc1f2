//! What can be typed: the options of every command, and values parsed once, at the edge.

use crate::{
    elevation::{Kept, Switches},
    failure::Failure,
    hcps::HcpCommand,
    init::Init,
    journal::JournalCommand,
    medhub::MedhubCommand,
    owners::OwnerCommand,
    persons::PersonCommand,
    roles::RoleCommand,
    serve::Serve,
    sessions::SessionCommand,
    tenants::TenantCommand,
    tokens::TokenCommand,
    usage::WhoSyntax,
    users::UserCommand,
};
use clap::{Args, Parser, Subcommand};
use identity_core::{
    email::Email,
    id::{Id, IdSyntax},
    name::{Name, NameRefusal},
    operation::OperationKey,
    permission::Permission,
    role::Role,
    service::Rehearsal,
    user::User,
};
use std::{error::Error, path::PathBuf};

/// Identity lifecycle for healthcare: who may do what, the professionals of a spreadsheet, and a roster in step with MedHub
#[derive(Debug, Parser)]
#[command(
    name = "rollcall",
    version,
    propagate_version = true,
    max_term_width = 100,
    disable_help_subcommand = true,
    after_help = "Examples:
  rollcall init --tenant 'St. Clare' --owner-email ada@stclare.example \\
      --owner-given Ada --owner-family Vermeulen
  rollcall hcp check professionals.xlsx
  rollcall medhub views --json

Exit status:
  0  done
  1  refused or failed
  2  wrong usage
  3  done, but for rejected rows, conflicts or lists that could not be read

Every command explains itself: rollcall hcp import --help"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) options: Options,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Options {
    /// The database file [default: rollcall.db]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "ROLLCALL_DB",
        hide_env_values = true
    )]
    pub(crate) db: Option<PathBuf>,
    /// The tenant, by name or id [default: the only one]
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) tenant: Option<String>,
    /// Who acts, by e-mail address or id [default: the only owner]
    #[arg(long = "as", global = true, value_name = "EMAIL", env = "ROLLCALL_AS", hide_env_values = true, value_parser = Who::parse)]
    pub(crate) acting: Option<Who>,
    /// Act in a session: the file that `rollcall session open --out` has written
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "ROLLCALL_SESSION",
        hide_env_values = true,
        conflicts_with = "acting"
    )]
    pub(crate) session_file: Option<PathBuf>,
    /// Switch Tenant Owner on for this command, and say why: the role gives nothing otherwise
    #[arg(long, global = true, value_name = "REASON", value_parser = Name::parse)]
    pub(crate) elevate: Option<Name>,
    /// Show what the command would change, and change nothing
    #[arg(long, global = true)]
    pub(crate) dry_run: bool,
    /// The permissions of your own applications, beside Rollcall's: `area:action`, separated by commas
    #[arg(
        long,
        global = true,
        value_name = "LIST",
        env = "ROLLCALL_PERMISSIONS",
        value_delimiter = ',',
        value_parser = Permission::parse
    )]
    pub(crate) host_permissions: Vec<Permission>,
    /// Name this change: repeated with the same key it is made once, and gives the first answer
    #[arg(long, global = true, value_name = "KEY", value_parser = OperationKey::parse)]
    pub(crate) operation_key: Option<OperationKey>,
    /// Print one JSON object, for programs
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// What a dry run would have changed.
    #[arg(skip)]
    pub(crate) rehearsal: Rehearsal,
    /// The session in which the command acts.
    #[arg(skip)]
    pub(crate) session: Kept,
}

impl Options {
    /// Refuses a key for what takes none: of a password no trace is kept by which a repetition could be known.
    pub(crate) fn no_key(&self) -> Result<(), Failure> {
        match &self.operation_key {
            None => Ok(()),
            Some(_) => Err(Failure::usage(
                "what a password is given for takes no operation key",
                "leave `--operation-key` out: asked again, it is done again",
            )),
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a tenant with its first owner, and the database if it is missing
    Init(Init),
    /// The platform's tenants: list, make, suspend, set what they give away
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Persons: what is known of them, and erasing it
    #[command(subcommand)]
    Person(PersonCommand),
    /// Users: add, list, deactivate and reactivate them, set passwords, ask who may do what
    #[command(subcommand)]
    User(UserCommand),
    /// Roles: list, make, change, retire, give and take them
    #[command(subcommand)]
    Role(RoleCommand),
    /// Owners: list them with contact, propose, approve, replace
    #[command(subcommand)]
    Owner(OwnerCommand),
    /// Sessions: open, show and end them, switch Tenant Owner on and off
    #[command(subcommand)]
    Session(SessionCommand),
    /// Healthcare parties: import files of professionals, add, show, change and delete them
    #[command(subcommand)]
    Hcp(HcpCommand),
    /// Keep learners and teachers in step with MedHub: connect, read, stage, save
    #[command(subcommand)]
    Medhub(MedhubCommand),
    /// The journal: list, export, prove that it is whole
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Make, list and revoke tokens for programs
    #[command(subcommand)]
    Token(TokenCommand),
    /// Serve the HTTP API
    Serve(Serve),
}

impl Command {
    /// What to do instead of a dry run, where what a command changes is not decided and committed at once.
    pub(crate) const fn instead_of_dry_run(&self) -> Option<&'static str> {
        match self {
            Self::Init(_) => Some(
                "leave `--dry-run` out: the database is made first; in one that is there, `rollcall tenant create` has a dry run",
            ),
            Self::Serve(_) => {
                Some("leave `--dry-run` out, and ask the server with `?dry_run=true`")
            }
            Self::Hcp(it) => it.instead_of_dry_run(),
            Self::Session(it) => it.instead_of_dry_run(),
            Self::Tenant(_)
            | Self::Person(_)
            | Self::User(_)
            | Self::Role(_)
            | Self::Owner(_)
            | Self::Medhub(_)
            | Self::Journal(_)
            | Self::Token(_) => None,
        }
    }

    /// Whether it may begin or end the elevation of the session in which it acts.
    pub(crate) const fn switches(&self) -> Switches {
        match self {
            Self::Session(it) => it.switches(),
            Self::Init(_)
            | Self::Tenant(_)
            | Self::Person(_)
            | Self::User(_)
            | Self::Role(_)
            | Self::Owner(_)
            | Self::Hcp(_)
            | Self::Medhub(_)
            | Self::Journal(_)
            | Self::Token(_)
            | Self::Serve(_) => Switches::Never,
        }
    }
}

/// A user, as somebody names them.
#[derive(Clone, Debug)]
pub(crate) enum Who {
    Email(Email),
    Id(Id<User>),
}

impl Who {
    pub(crate) fn parse(text: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        if text.contains('@') {
            Ok(Self::Email(Email::parse(text)?))
        } else {
            let id = text.parse().map_err(|IdSyntax| WhoSyntax)?;
            Ok(Self::Id(id))
        }
    }
}

/// A role, as somebody names it.
#[derive(Clone, Debug)]
pub(crate) enum RoleName {
    Id(Id<Role>),
    Name(Name),
}

impl RoleName {
    pub(crate) fn parse(text: &str) -> Result<Self, NameRefusal> {
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            Err(IdSyntax) => Name::parse(text).map(Self::Name),
        }
    }
}
