//! Roles.

use crate::{
    arguments::{Options, RoleName, Who},
    desk::Desk,
    failure::Failure,
    output::{Answer, count, done, table},
};
use clap::{Args, Subcommand};
use identity_core::{
    document::RoleLineDocument,
    name::Name,
    permission::{Permission, Permissions},
    role::{RoleKind, RoleStatus, custom::CreateRole},
};
use serde_json::json;

#[derive(Debug, Subcommand)]
pub(crate) enum RoleCommand {
    /// List the roles with their permissions
    #[command(after_help = "Examples:\n  rollcall role list\n  rollcall role list --json")]
    List,
    /// Make a role of your own
    #[command(after_help = "Examples:
  rollcall role create 'Front desk' --permission users:manage
  rollcall role create Auditor --permission journal:read --permission charts:read --host-permissions charts:read")]
    Create(Create),
    /// Call a role of your own otherwise
    #[command(after_help = "Example:\n  rollcall role rename 'Front desk' Reception")]
    Rename(Rename),
    /// Let a role of your own permit something else: just what is given here
    #[command(after_help = "Examples:
  rollcall role permit Auditor --permission journal:read
  rollcall role permit Auditor --none")]
    Permit(Permit),
    /// Retire a role of your own: it gives nothing any more, to nobody
    #[command(after_help = "Example:\n  rollcall role retire 'Front desk'")]
    Retire(Named),
    /// List the permissions that there are
    #[command(after_help = "Example:\n  rollcall role permissions")]
    Permissions,
    /// Give a user a role
    #[command(after_help = "Examples:
  rollcall role assign ben@stclare.example Teacher
  rollcall role assign ben@stclare.example 'Tenant Owner' --elevate 'Ada leaves in May'")]
    Assign(Pair),
    /// Let a role that a user has count no more, until it is assigned again
    #[command(after_help = "Example:\n  rollcall role deactivate ben@stclare.example Teacher")]
    Deactivate(Pair),
    /// Take a role from a user
    #[command(after_help = "Examples:
  rollcall role remove ben@stclare.example Teacher
  rollcall role remove ada@stclare.example 'Tenant Owner' --as ben@stclare.example --elevate 'Ada has left'")]
    Remove(Pair),
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// The role's name
    #[arg(value_name = "NAME", value_parser = Name::parse)]
    name: Name,
    /// A permission, as `area:action`; as often as needed
    #[arg(long = "permission", value_name = "PERMISSION", value_parser = Permission::parse)]
    permissions: Vec<Permission>,
}

#[derive(Debug, Args)]
pub(crate) struct Permit {
    /// The role, by name or id
    #[arg(value_name = "ROLE", value_parser = RoleName::parse)]
    role: RoleName,
    /// A permission, as `area:action`; as often as needed. The role has these from then on, and no others
    #[arg(long = "permission", value_name = "PERMISSION", value_parser = Permission::parse, required_unless_present = "none")]
    permissions: Vec<Permission>,
    /// No permission any more
    #[arg(long, conflicts_with = "permissions")]
    none: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Rename {
    /// The role, by name or id
    #[arg(value_name = "ROLE", value_parser = RoleName::parse)]
    role: RoleName,
    /// Its new name
    #[arg(value_name = "NAME", value_parser = Name::parse)]
    name: Name,
}

#[derive(Debug, Args)]
pub(crate) struct Named {
    /// The role, by name or id
    #[arg(value_name = "ROLE", value_parser = RoleName::parse)]
    role: RoleName,
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

impl RoleCommand {
    pub(crate) async fn run(self, options: &Options) -> Result<Answer, Failure> {
        let desk = Desk::begin(options).await?;
        let Desk {
            service,
            call,
            format,
        } = &desk;
        match self {
            Self::List => {
                let roles = service.roles(call).await?;
                let roles: Vec<_> = roles.into_iter().map(RoleLineDocument::from).collect();
                Ok(Answer::of(*format, &json!({ "roles": roles }), || {
                    listed(&roles)
                }))
            }
            Self::Create(Create { name, permissions }) => {
                let permissions = permissions.into_iter().collect();
                let command = CreateRole { name, permissions };
                let role = service.create_role(call, command).await?;
                Ok(done(*format, "role", role, format!("Role {role} is made.")))
            }
            Self::Rename(Rename { role, name }) => {
                let role = desk.role(&role).await?;
                service.rename_role(call, role, name).await?;
                let human = format!("Role {role} is renamed.");
                Ok(done(*format, "role", role, human))
            }
            Self::Permit(Permit {
                role,
                permissions,
                none: _,
            }) => {
                let role = desk.role(&role).await?;
                let permissions: Permissions = permissions.into_iter().collect();
                service
                    .set_role_permissions(call, role, permissions)
                    .await?;
                let human = format!("Role {role} is changed, for everybody who holds it.");
                Ok(done(*format, "role", role, human))
            }
            Self::Retire(Named { role }) => {
                let role = desk.role(&role).await?;
                service.retire_role(call, role).await?;
                let human = format!("Role {role} is retired: it gives nothing any more.");
                Ok(done(*format, "role", role, human))
            }
            Self::Permissions => {
                let all: Vec<_> = service.settings.catalogue.iter().collect();
                Ok(Answer::of(*format, &json!({ "permissions": all }), || {
                    all.iter().map(|it| format!("{it}\n")).collect()
                }))
            }
            Self::Assign(Pair { user, role }) => {
                let (user, role) = (desk.user(&user).await?, desk.role(&role).await?);
                let assignment = service.assign_role(call, user, role).await?;
                let document = json!({ "assignment": assignment, "user": user, "role": role });
                Ok(Answer::of(*format, &document, || {
                    format!("User {user} has the role {role}.\n")
                }))
            }
            Self::Deactivate(Pair { user, role }) => {
                let (user, role) = (desk.user(&user).await?, desk.role(&role).await?);
                service.deactivate_role(call, user, role).await?;
                let document = json!({ "user": user, "role": role });
                Ok(Answer::of(*format, &document, || {
                    format!("The role {role} of user {user} counts no more.\n")
                }))
            }
            Self::Remove(Pair { user, role }) => {
                let (user, role) = (desk.user(&user).await?, desk.role(&role).await?);
                service.remove_role(call, user, role).await?;
                let document = json!({ "user": user, "role": role });
                Ok(Answer::of(*format, &document, || {
                    format!("User {user} no longer has the role {role}.\n")
                }))
            }
        }
    }
}

fn listed(roles: &[RoleLineDocument]) -> String {
    let rows: Vec<_> = roles
        .iter()
        .map(|it| {
            let permissions = it.permissions.iter().map(Permission::as_str);
            let permissions = permissions.collect::<Vec<_>>().join(" ");
            let permissions = match (it.kind, it.status) {
                (_, RoleStatus::Retired) => "retired".to_owned(),
                (RoleKind::TenantOwner, RoleStatus::Active) => {
                    "everything, once switched on with --elevate".to_owned()
                }
                (_, RoleStatus::Active) => permissions,
            };
            [it.name.clone(), it.id.to_string(), permissions]
        })
        .collect();
    format!(
        "{}{}\n",
        table(["Role", "Id", "Permissions"], &rows),
        count(rows.len(), "role", "roles")
    )
}
