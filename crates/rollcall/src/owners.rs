//! Owners.

use crate::{
    arguments::{Options, Who},
    desk::Desk,
    failure::Failure,
    output::{Answer, Format, count, done, table},
    users::listed,
};
use clap::{Args, Subcommand};
use identity_core::{
    document::ProposalDocument,
    email::Email,
    name::{Name, PersonName},
    owner::replace::{ReplaceOwner, Successor},
    permission::USERS_MANAGE,
    port::Directory as _,
};
use serde_json::json;

#[derive(Debug, Subcommand)]
pub(crate) enum OwnerCommand {
    /// List the owners who could act, with contact
    #[command(
        after_help = "Examples:\n  rollcall owner list\n  rollcall owner list --tenant 'St. Clare' --json"
    )]
    List,
    /// Propose a user as an owner, where a second owner must approve
    #[command(
        after_help = "Example:\n  rollcall owner propose cleo@stclare.example --elevate 'Ada leaves in May'"
    )]
    Propose(One),
    /// Approve what another owner has proposed
    #[command(
        after_help = "Example:\n  rollcall owner approve cleo@stclare.example --as ben@stclare.example --elevate 'as agreed'"
    )]
    Approve(One),
    /// Take a proposal back
    #[command(
        after_help = "Example:\n  rollcall owner withdraw cleo@stclare.example --elevate 'a mistake'"
    )]
    Withdraw(One),
    /// List what is proposed
    #[command(after_help = "Example:\n  rollcall owner proposals")]
    Proposals,
    /// Put one owner in the place of another, as the platform operator, on the customer's request
    #[command(after_help = "Examples:
  rollcall owner replace ada@stclare.example --by ben@stclare.example
  rollcall owner replace ada@stclare.example --by dora@stclare.example --given Dora --family Peeters")]
    Replace(Replace),
}

#[derive(Debug, Args)]
pub(crate) struct One {
    /// The user, by e-mail address or id
    #[arg(value_name = "USER", value_parser = Who::parse)]
    user: Who,
}

#[derive(Debug, Args)]
pub(crate) struct Replace {
    /// The owner who leaves, by e-mail address or id
    #[arg(value_name = "OWNER", value_parser = Who::parse)]
    leaving: Who,
    /// The successor, by e-mail address or id
    #[arg(long, value_name = "USER", value_parser = Who::parse)]
    by: Who,
    /// The given name of a successor who has no user yet
    #[arg(long, value_name = "NAME", value_parser = Name::parse, requires = "family")]
    given: Option<Name>,
    /// The family name of a successor who has no user yet
    #[arg(long, value_name = "NAME", value_parser = Name::parse, requires = "given")]
    family: Option<Name>,
}

impl OwnerCommand {
    pub(crate) async fn run(self, options: &Options) -> Result<Answer, Failure> {
        let format = Format::of(options);
        match self {
            // The owners are for whoever runs the platform (O5), who needs no access inside the tenant.
            Self::List => {
                let Desk { service, call, .. } = Desk::operate(options).await?;
                let owners = service.store.owners(call.tenant).await?;
                Ok(listed(format, "owners", owners))
            }
            Self::Propose(One { user }) => {
                let desk = Desk::begin(options).await?;
                let user = desk.user(&user).await?;
                let proposal = desk.service.propose_owner(&desk.call, user).await?;
                let human =
                    format!("User {user} is proposed; another owner approves within 7 days.");
                Ok(done(format, "proposal", proposal, human))
            }
            Self::Approve(One { user }) => {
                let desk = Desk::begin(options).await?;
                let user = desk.user(&user).await?;
                let assignment = desk.service.approve_owner(&desk.call, user).await?;
                let human = format!("User {user} is an owner now.");
                Ok(done(format, "assignment", assignment, human))
            }
            Self::Withdraw(One { user }) => {
                let desk = Desk::begin(options).await?;
                let user = desk.user(&user).await?;
                desk.service.withdraw_owner(&desk.call, user).await?;
                let human = format!("User {user} is not proposed any more.");
                Ok(done(format, "user", user, human))
            }
            Self::Proposals => {
                let desk = Desk::begin(options).await?;
                desk.permit(&USERS_MANAGE).await?;
                let proposals = desk.service.store.proposals(desk.call.tenant).await?;
                let proposals: Vec<_> = proposals.into_iter().map(ProposalDocument::from).collect();
                Ok(Answer::of(
                    format,
                    &json!({ "proposals": proposals }),
                    || {
                        let rows: Vec<_> = proposals
                            .iter()
                            .map(|it| {
                                [
                                    it.user.to_string(),
                                    it.by.to_string(),
                                    it.expires_at.format("%Y-%m-%d %H:%M").to_string(),
                                ]
                            })
                            .collect();
                        format!(
                            "{}{}\n",
                            table(["User", "Proposed by", "Until (UTC)"], &rows),
                            count(rows.len(), "proposal", "proposals")
                        )
                    },
                ))
            }
            Self::Replace(replace) => replace.run(options).await,
        }
    }
}

impl Replace {
    async fn run(self, options: &Options) -> Result<Answer, Failure> {
        let desk = Desk::operate(options).await?;
        let leaving = desk.user(&self.leaving).await?;
        let successor = match (self.by, self.given.zip(self.family)) {
            (Who::Email(email), Some((given, family))) => {
                newcomer(email, PersonName { given, family })
            }
            (by, _) => Successor::User(desk.user(&by).await?),
        };
        let command = ReplaceOwner { leaving, successor };
        let replaced = desk.service.replace_owner(&desk.call, command).await?;
        Ok(Answer::of(desk.format, &replaced, || {
            format!(
                "User {} is an owner now, and user {leaving} is none any more.\n",
                replaced.successor
            )
        }))
    }
}

const fn newcomer(email: Email, name: PersonName) -> Successor {
    Successor::Newcomer { email, name }
}
