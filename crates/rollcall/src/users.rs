//! Users, roles and owners.

use crate::{
    arguments::{Options, RoleName, Who},
    failure::Failure,
    output::{Answer, Format, count, done, table},
    session::{self, Missing, Session},
};
use clap::{Args, Subcommand};
use identity_core::{
    document::UserDocument,
    email::Email,
    name::{Name, PersonName},
    permission::{Permission, USERS_MANAGE},
    port::{Directory as _, UserLine},
    user::{AddUser, UserStatus},
};
use serde_json::json;

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
    /// The first role, by name or id
    #[arg(long, value_name = "ROLE", value_parser = RoleName::parse)]
    role: RoleName,
}

#[derive(Debug, Args)]
pub(crate) struct One {
    /// The user, by e-mail address or id
    #[arg(value_name = "USER", value_parser = Who::parse)]
    user: Who,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RoleCommand {
    /// List the roles with their permissions
    #[command(after_help = "Examples:\n  rollcall role list\n  rollcall role list --json")]
    List,
    /// Give a user a role
    #[command(after_help = "Examples:
  rollcall role assign ben@stclare.example Teacher
  rollcall role assign ben@stclare.example 'Tenant Owner' --elevate 'Ada leaves in May'")]
    Assign(Pair),
    /// Take a role from a user
    #[command(after_help = "Examples:
  rollcall role remove ben@stclare.example Teacher
  rollcall role remove ada@stclare.example 'Tenant Owner' --as ben@stclare.example --elevate 'Ada has left'")]
    Remove(Pair),
}

#[derive(Debug, Args)]
pub(crate) struct Pair {
    /// The user, by e-mail address or id
    #[arg(value_name = "USER", value_parser = Who::parse)]
    user: Who,
    /// The role, by name or id
    #[arg(value_name = "ROLE", value_parser = RoleName::parse)]
    role: RoleName,
}

impl UserCommand {
    pub(crate) async fn run(self, options: &Options) -> Result<Answer, Failure> {
        let session = Session::begin(options).await?;
        let Session {
            service,
            call,
            format,
        } = &session;
        match self {
            Self::Add(add) => {
                let name = add.given.zip(add.family);
                let command = AddUser {
                    email: add.email,
                    name: name.map(|(given, family)| PersonName { given, family }),
                    role: session.role(&add.role).await?,
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
                session.permit(&USERS_MANAGE).await?;
                Ok(listed(*format, "users", session.users().await?))
            }
            Self::Deactivate(One { user }) => {
                let user = session.user(&user).await?;
                service.deactivate_user(call, user).await?;
                Ok(done(
                    *format,
                    "user",
                    user,
                    format!("User {user} is inactive."),
                ))
            }
            Self::Reactivate(One { user }) => {
                let user = session.user(&user).await?;
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

impl RoleCommand {
    pub(crate) async fn run(self, options: &Options) -> Result<Answer, Failure> {
        let session = Session::begin(options).await?;
        let Session {
            service,
            call,
            format,
        } = &session;
        match self {
            Self::List => {
                session.permit(&USERS_MANAGE).await?;
                let roles = service.store.roles(call.tenant).await?;
                let document: Vec<_> = roles
                    .iter()
                    .map(|it| {
                        json!({
                            "id": it.id,
                            "name": it.name,
                            "kind": it.kind,
                            "permissions": it.permissions,
                        })
                    })
                    .collect();
                Ok(Answer::of(*format, &json!({ "roles": document }), || {
                    let rows: Vec<_> = roles
                        .iter()
                        .map(|it| {
                            let permissions = it.permissions.iter().map(Permission::as_str);
                            let permissions = permissions.collect::<Vec<_>>().join(" ");
                            let permissions = match it.kind {
                                identity_core::role::RoleKind::TenantOwner => {
                                    "everything, once switched on with --elevate".to_owned()
                                }
                                _ => permissions,
                            };
                            [it.name.as_str().to_owned(), it.id.to_string(), permissions]
                        })
                        .collect();
                    table(["Role", "Id", "Permissions"], &rows)
                }))
            }
            Self::Assign(Pair { user, role }) => {
                let (user, role) = (session.user(&user).await?, session.role(&role).await?);
                let assignment = service.assign_role(call, user, role).await?;
                let document = json!({ "assignment": assignment, "user": user, "role": role });
                Ok(Answer::of(*format, &document, || {
                    format!("User {user} has the role {role}.\n")
                }))
            }
            Self::Remove(Pair { user, role }) => {
                let (user, role) = (session.user(&user).await?, session.role(&role).await?);
                service.remove_role(call, user, role).await?;
                let document = json!({ "user": user, "role": role });
                Ok(Answer::of(*format, &document, || {
                    format!("User {user} no longer has the role {role}.\n")
                }))
            }
        }
    }
}

/// The owners are for whoever runs the platform (O5), who needs no access inside the tenant.
pub(crate) async fn owners(options: &Options) -> Result<Answer, Failure> {
    let service = session::open(options, Missing::IsAnError)?;
    let tenant = session::tenant(&service, options).await?.id;
    let owners = service.store.owners(tenant).await?;
    Ok(listed(Format::of(options), "owners", owners))
}

fn listed(format: Format, name: &str, users: Vec<UserLine>) -> Answer {
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
