//! What can be typed: the options of every command, and values parsed once, at the edge.

use crate::{
    hcps::HcpCommand,
    init::Init,
    journal::JournalCommand,
    medhub::MedhubCommand,
    serve::Serve,
    tokens::TokenCommand,
    users::{RoleCommand, UserCommand},
};
use clap::{Args, Parser, Subcommand};
use identity_core::{
    email::Email, id::Id, name::Name, operation::OperationKey, role::Role, user::User,
};
use std::path::PathBuf;

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
    /// Switch Tenant Owner on for this command, and say why: the role gives nothing otherwise
    #[arg(long, global = true, value_name = "REASON", value_parser = Name::parse)]
    pub(crate) elevate: Option<Name>,
    /// Name this change: repeated with the same key it is made once, and gives the first answer
    #[arg(long, global = true, value_name = "KEY", value_parser = OperationKey::parse)]
    pub(crate) operation_key: Option<OperationKey>,
    /// Print one JSON object, for programs
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a tenant with its first owner, and the database if it is missing
    Init(Init),
    /// Add, list, deactivate and reactivate users
    #[command(subcommand)]
    User(UserCommand),
    /// List roles, give them and take them
    #[command(subcommand)]
    Role(RoleCommand),
    /// List the owners, with contact
    #[command(
        after_help = "Examples:\n  rollcall owners\n  rollcall owners --tenant 'St. Clare' --json"
    )]
    Owners,
    /// Check and import files of healthcare professionals
    #[command(subcommand)]
    Hcp(HcpCommand),
    /// Keep learners and teachers in step with MedHub: connect, read, stage, save
    #[command(subcommand)]
    Medhub(MedhubCommand),
    /// Prove that the journal is whole
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Make, list and revoke tokens for programs
    #[command(subcommand)]
    Token(TokenCommand),
    /// Serve the HTTP API
    Serve(Serve),
}

/// A user, as somebody names them.
#[derive(Clone, Debug)]
pub(crate) enum Who {
    Email(Email),
    Id(Id<User>),
}

impl Who {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.contains('@') {
            Email::parse(text)
                .map(Self::Email)
                .map_err(|it| it.to_string())
        } else {
            let id = text.parse().map(Self::Id);
            id.map_err(|_| "neither an e-mail address nor a user id".to_owned())
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
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) => Name::parse(text)
                .map(Self::Name)
                .map_err(|it| it.to_string()),
        }
    }
}
