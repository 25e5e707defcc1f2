//! Users.

use crate::{
    arguments::{Options, RoleName, Who},
    desk::Desk,
    failure::Failure,
    output::{Answer, Format, count, done, table},
    pages, secrets,
    sessions::passwords,
};
use clap::{Args, Subcommand};
use identity_core::{
    document::{ExplanationDocument, UserDocument},
    email::Email,
    id::Id,
    name::{Name, PersonName},
    permission::{Permission, USERS_MANAGE},
    person::Person,
    port::UserLine,
    user::{AddUser, UserStatus, Whose},
};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Add a user in the internal domain, with a first role
    #[command(after_help = "Examples:
  rollcall user add --email ben@stclare.example --given Ben --family Claes --role Teacher
  rollcall user add --email ada@stclare.example --role Learner     (a person who is known)
  rollcall user add --email cleo@stclare.example --given Cleo --family Maes --role 'Tenant Owner' \\
      --elevate 'second owner, as agreed'")]
    Add(Add),
    /// List the users with their roles
    #[command(after_help = "Examples:\n  rollcall user list\n  rollcall user list --json")]
    List,
    /// End a user's access
    #[command(
        after_help = "Examples:\n  rollcall user deactivate ben@stclare.example\n  rollcall user deactivate 018c2c1d-7c00-7b6a-8f2e-0123456789ab"
    )]
    Deactivate(One),
    /// Begin a user's access again
    #[command(after_help = "Example:\n  rollcall user reactivate ben@stclare.example")]
    Reactivate(One),
    /// Give a user's login a password; all its sessions end
    #[command(after_help = "Examples:
  rollcall user set-password ben@stclare.example --password-file -
  rollcall user set-password ben@stclare.example --password-file ben.txt")]
    SetPassword(SetPassword),
    /// Cut a user's login off: nobody can log in with it
    #[command(after_help = "Example:\n  rollcall user unlink-login ben@stclare.example")]
    UnlinkLogin(One),
    /// Link a user's login again
    #[command(after_help = "Example:\n  rollcall user link-login ben@stclare.example")]
    LinkLogin(One),
    /// Tell whether you may do something, and which of your roles say so
    #[command(after_help = "Examples:
  rollcall user can users:manage
  rollcall user can users:manage --as ben@stclare.example")]
    Can(Asked),
    /// List the users who may do something
    #[command(after_help = "Example:\n  rollcall user who-can users:manage")]
    WhoCan(Asked),
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The e-mail address: the person is looked up by it, and it is the login
    #[arg(long, value_name = "EMAIL", value_parser = Email::parse)]
    email: Email,
    /// The given name; not needed for a person who is known
    #[arg(long, value_name = "NAME", value_parser = Name::parse, requires = "family")]
    given: Option<Name>,
    /// The family name; not needed for a person who is known
    #[arg(long, value_name = "NAME", value_parser = Name::parse, requires = "given")]
    family: Option<Name>,
    /// This person, of several who share the e-mail address
    #[arg(long, value_name = "PERSON", conflicts_with_all = ["given", "another"])]
    person: Option<Id<Person>>,
    /// A new person, although others have the e-mail address
    #[arg(long, requires = "given")]
    another: bool,
    /// The first role, by name or id
    #[arg(long, value_name = "ROLE", value_parser = RoleName::parse)]
    role: RoleName,
    /// The access does not count yet
    #[arg(long)]
    inactive: bool,
}

impl Add {
    fn whose(&self) -> Whose {
        let name = self.given.clone().zip(self.family.clone());
        let name = name.map(|(given, family)| PersonName { given, family });
        match (self.person, name, self.another) {
            (Some(person), _, _) => Whose::Chosen(person),
            (None, Some(name), true) => Whose::Another(name),
            (None, Some(name), false) => Whose::KnownOrNew(name),
            (None, None, _) => Whose::Known,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct SetPassword {
    /// The user, by e-mail address or id
    #[arg(value_name = "USER", value_parser = Who::parse)]
    user: Who,
    /// The file whose first line is the password; `-` is standard input
    #[arg(long, value_name = "FILE")]
    password_file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Asked {
    /// The permission, as `area:action`
    #[arg(value_name = "PERMISSION", value_parser = Permission::parse)]
    permission: Permission,
}

#[derive(Debug, Args)]
pub(crate) struct One {
    /// The user, by e-mail address or id
    #[arg(value_name = "USER", value_parser = Who::parse)]
    user: Who,
}

impl UserCommand {
    pub(crate) async fn run(self, options: &Options) -> Result<Answer, Failure> {
        let desk = Desk::begin(options).await?;
        let Desk {
            service,
            call,
            format,
        } = &desk;
        match self {
            Self::Add(add) => {
                let command = AddUser {
                    whose: add.whose(),
                    role: desk.role(&add.role).await?,
                    status: if add.inactive {
                        UserStatus::Inactive
                    } else {
                        UserStatus::Active
                    },
                    email: add.email,
                };
                let added = service.add_user(call, command).await?;
                Ok(Answer::of(*format, &added, || {
                    let person = if added.person_found {
                        "a person who was known"
                    } else {
                        "a new person"
                    };
                    format!("User {} is added, for {person}.\n", added.user)
                }))
            }
            Self::List => {
                desk.permit(&USERS_MANAGE).await?;
                Ok(listed(*format, "users", desk.users().await?))
            }
            Self::Deactivate(One { user }) => {
                let user = desk.user(&user).await?;
                service.deactivate_user(call, user).await?;
                Ok(done(
                    *format,
                    "user",
                    user,
                    format!("User {user} is inactive."),
                ))
            }
            Self::SetPassword(SetPassword {
                user,
                password_file,
            }) => {
                options.no_key()?;
                let user = desk.user(&user).await?;
                let password = secrets::new_password(&password_file)?;
                let passwords = passwords()?;
                service
                    .set_password(call, &passwords, user, &password)
                    .await?;
                let human = format!("User {user} has a new password, and no session any more.");
                Ok(done(*format, "user", user, human))
            }
            Self::UnlinkLogin(One { user }) => {
                let user = desk.user(&user).await?;
                service.unlink_login(call, user).await?;
                let human = format!("Nobody can log in as user {user} any more.");
                Ok(done(*format, "user", user, human))
            }
            Self::LinkLogin(One { user }) => {
                let user = desk.user(&user).await?;
                service.link_login(call, user).await?;
                let human = format!("User {user} can log in again.");
                Ok(done(*format, "user", user, human))
            }
            Self::Can(Asked { permission }) => {
                let explanation = service.explain(call, &permission).await?;
                let document = ExplanationDocument::from(explanation);
                Ok(Answer::of(*format, &document, || {
                    explained(&permission, &document)
                }))
            }
            Self::WhoCan(Asked { permission }) => {
                let users = pages::all(
                    async |page| service.who_can(call, &permission, page).await,
                    |it| it.id,
                );
                Ok(listed(*format, "users", users.await?))
            }
            Self::Reactivate(One { user }) => {
                let user = desk.user(&user).await?;
                service.reactivate_user(call, user).await?;
                Ok(done(
                    *format,
                    "user",
                    user,
                    format!("User {user} is active."),
                ))
            }
        }
    }
}

fn explained(permission: &Permission, answer: &ExplanationDocument) -> String {
    match &answer.refusal {
        Some(refusal) => format!(
            "No: {} ({}).\nNext: {}\n",
            refusal.message, refusal.code, refusal.next
        ),
        None => {
            let mut text = format!("Yes, `{permission}` is given by:\n");
            for ground in &answer.because {
                text.push_str(&format!(
                    "  role {} (assignment {})\n",
                    ground.role, ground.assignment
                ));
            }
            text
        }
    }
}

/// Users as a list.
pub(crate) fn listed(format: Format, name: &str, users: Vec<UserLine>) -> Answer {
    let users: Vec<_> = users.into_iter().map(UserDocument::from).collect();
    Answer::of(format, &json!({ name: users }), || {
        let rows: Vec<_> = users
            .iter()
            .map(|it| {
                let roles = it.roles.iter().map(|it| it.name.as_str());
                let status = match it.status {
                    UserStatus::Active => "active",
                    UserStatus::Inactive => "inactive",
                };
                [
                    format!("{} {}", it.name.given.as_str(), it.name.family.as_str()),
                    it.email.clone().unwrap_or_default(),
                    roles.collect::<Vec<_>>().join(", "),
                    status.to_owned(),
                    it.id.to_string(),
                ]
            })
            .collect();
        let one = name.strip_suffix('s').unwrap_or(name);
        format!(
            "{}{}\n",
            table(["Name", "E-mail", "Roles", "Status", "Id"], &rows),
            count(rows.len(), one, name)
        )
    })
}
