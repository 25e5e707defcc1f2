//! Roles and their assignment to users.

use crate::{
    authority::{Authority, AuthorityRefusal},
    changeset::Changeset,
    id::{Id, Mint},
    journal::Event,
    name::Name,
    owner::Owners,
    permission::{BUILT_IN, Permissions, USERS_MANAGE},
    record::{Records, Stored},
    refusal::Refusal,
    tenant::GrantPolicy,
    time::Instant,
    user::{User, UserStatus},
};
use serde::{Deserialize, Serialize};

/// A named set of permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its identifier.
    pub id: Id<Self>,
    /// What it is called; unique in the tenant by [`Name::key`]. No rule looks at it (A3).
    pub name: Name,
    /// What it is, for good.
    pub kind: RoleKind,
    /// What it permits. Tenant Owner permits everything and lists nothing.
    pub permissions: Permissions,
}

/// What a role is. Never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleKind {
    /// Everything, once switched on.
    TenantOwner,
    /// Every built-in permission.
    SystemAdministrator,
    /// Who is taught; the local side of MedHub's residents and fellows.
    Learner,
    /// Who teaches; the local side of MedHub's faculty.
    Teacher,
    /// Made by the customer.
    Custom,
}

/// The grant of one role to one user; at most one for each pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Its identifier.
    pub id: Id<Self>,
    /// To whom.
    pub user: Id<User>,
    /// Which role.
    pub role: Id<Role>,
    /// The role's kind, which never changes.
    pub kind: RoleKind,
    /// Whether it counts.
    pub status: AssignmentStatus,
}

/// Whether an assignment counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignmentStatus {
    /// It does.
    Active,
    /// It does not.
    Inactive,
}

/// The roles every tenant begins with.
pub fn built_in(ids: &mut Mint) -> Vec<Role> {
    [
        (RoleKind::TenantOwner, "Tenant Owner", Permissions::new()),
        (
            RoleKind::SystemAdministrator,
            "System Administrator",
            Permissions::from(BUILT_IN),
        ),
        (RoleKind::Learner, "Learner", Permissions::new()),
        (RoleKind::Teacher, "Teacher", Permissions::new()),
    ]
    .into_iter()
    .filter_map(|(kind, name, permissions)| {
        Some(Role {
            id: ids.id(),
            name: Name::parse(name).ok()?,
            kind,
            permissions,
        })
    })
    .collect()
}

/// Why a role is not given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantRefusal {
    /// The actor may not.
    #[error(transparent)]
    Authority(#[from] AuthorityRefusal),
    /// The role permits what the actor may not do, and the tenant's policy forbids to give that away.
    #[error("role permits more than the acting user may do")]
    MoreThanHeld,
}

impl Refusal for GrantRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.code(),
            Self::MoreThanHeld => "more_than_held",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Authority(AuthorityRefusal::NotElevated) => "O2",
            Self::Authority(it) => it.rule(),
            Self::MoreThanHeld => "A2",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Authority(AuthorityRefusal::NotElevated) => {
                "an owner gives and takes Tenant Owner, with the role switched on and a reason"
            }
            Self::Authority(it) => it.next(),
            Self::MoreThanHeld => "ask somebody who holds those permissions",
        }
    }
}

/// Begins the changeset of an act that gives or takes `role`: the one check for every path on which a role comes to a user
/// (A3, O2, O7).
///
/// # Errors
/// As [`GrantRefusal`].
pub fn permit_grant(authority: &Authority, role: &Stored<Role>) -> Result<Changeset, GrantRefusal> {
    let mut changes = match role.record.kind {
        RoleKind::TenantOwner => authority.elevated()?.0,
        RoleKind::SystemAdministrator
        | RoleKind::Learner
        | RoleKind::Teacher
        | RoleKind::Custom => {
            let mut changes = authority.permit(&USERS_MANAGE)?;
            match authority.tenant().grant_policy {
                GrantPolicy::ManageUsersMayGrant => (),
                GrantPolicy::SubsetOnly => {
                    for given in &role.record.permissions {
                        let held = authority
                            .permit(given)
                            .map_err(|_| GrantRefusal::MoreThanHeld)?;
                        changes.rely_as(&held);
                    }
                }
            }
            changes
        }
    };
    changes.rely(role);
    Ok(changes)
}

/// Why a role is not assigned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssignRefusal {
    /// It may not be given.
    #[error(transparent)]
    Grant(#[from] GrantRefusal),
    /// No such user.
    #[error("no such user in this tenant")]
    UnknownUser,
    /// No such role.
    #[error("no such role in this tenant")]
    UnknownRole,
    /// The user is inactive, and an owner must be usable from the first moment.
    #[error("user is inactive or cannot log in, and Tenant Owner needs a usable user")]
    OwnerNotUsable,
    /// The user has it already.
    #[error("user holds the role already")]
    AlreadyHeld,
}

impl From<AuthorityRefusal> for AssignRefusal {
    fn from(refusal: AuthorityRefusal) -> Self {
        Self::Grant(refusal.into())
    }
}

impl Refusal for AssignRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Grant(it) => it.code(),
            Self::UnknownUser => "user_unknown",
            Self::UnknownRole => "role_unknown",
            Self::OwnerNotUsable => "owner_not_usable",
            Self::AlreadyHeld => "role_already_held",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Grant(it) => it.rule(),
            Self::UnknownUser | Self::UnknownRole | Self::AlreadyHeld => "A5",
            Self::OwnerNotUsable => "O1",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Grant(it) => it.next(),
            Self::UnknownUser => "list the users and choose one of them",
            Self::UnknownRole => "list the roles and choose one of them",
            Self::OwnerNotUsable => "reactivate the user and link the login first",
            Self::AlreadyHeld => "nothing is left to do",
        }
    }
}

/// What assigning and removing a role look at, beside the actor.
#[derive(Clone, Copy, Debug)]
pub struct Holding<'a> {
    records: &'a Records,
    user: Option<&'a Stored<User>>,
    role: Option<&'a Stored<Role>>,
}

impl<'a> Holding<'a> {
    /// Of this user and role, from what was loaded.
    #[must_use]
    pub fn of(records: &'a Records, user: Id<User>, role: Id<Role>) -> Self {
        Self {
            records,
            user: records.users.get(&user),
            role: records.roles.get(&role),
        }
    }

    fn assignment(&self) -> Option<&'a Stored<Assignment>> {
        let (user, role) = (self.user?.record.id, self.role?.record.id);
        self.records
            .assignments
            .values()
            .find(|it| it.record.user == user && it.record.role == role)
    }

    /// Decides to assign the role.
    ///
    /// # Errors
    /// As [`AssignRefusal`].
    pub fn assign(
        &self,
        authority: &Authority,
        ids: &mut Mint,
    ) -> Result<(Changeset, Id<Assignment>), AssignRefusal> {
        let user = self.user.ok_or(AssignRefusal::UnknownUser)?;
        let role = self.role.ok_or(AssignRefusal::UnknownRole)?;
        let mut changes = permit_grant(authority, role)?;
        let kind = role.record.kind;
        let id = match self.assignment() {
            Some(held) => match held.record.status {
                AssignmentStatus::Active => return Err(AssignRefusal::AlreadyHeld),
                AssignmentStatus::Inactive => {
                    changes.replace(
                        held,
                        Assignment {
                            status: AssignmentStatus::Active,
                            ..held.record.clone()
                        },
                    );
                    held.record.id
                }
            },
            None => {
                let id = ids.id();
                let status = AssignmentStatus::Active;
                changes.create(Assignment {
                    id,
                    user: user.record.id,
                    role: role.record.id,
                    kind,
                    status,
                });
                id
            }
        };
        changes.rely(user);
        if kind == RoleKind::TenantOwner {
            if user.record.status != UserStatus::Active
                || !Owners::can_enter(&user.record, self.records)
            {
                return Err(AssignRefusal::OwnerNotUsable);
            }
            Owners::add(user.record.id, self.records, &mut changes);
        }
        changes.enter(authority.entry(
            ids.now(),
            Event::RoleAssigned {
                assignment: id,
                user: user.record.id,
                role: role.record.id,
            },
        ));
        Ok((changes, id))
    }

    /// Decides to remove the role.
    ///
    /// # Errors
    /// As [`RemoveRefusal`].
    pub fn remove(&self, authority: &Authority, now: Instant) -> Result<Changeset, RemoveRefusal> {
        let user = self.user.ok_or(RemoveRefusal::UnknownUser)?.record.id;
        let role = self.role.ok_or(RemoveRefusal::UnknownRole)?;
        let mut changes = permit_grant(authority, role)?;
        let held = self.assignment().ok_or(RemoveRefusal::NotHeld)?;
        if role.record.kind == RoleKind::TenantOwner {
            let (_, elevated) = authority.elevated().map_err(GrantRefusal::from)?;
            if elevated.user() == user {
                return Err(RemoveRefusal::OwnOwnership);
            }
            if Owners::remaining_without(user, self.records) == 0 {
                return Err(RemoveRefusal::LastOwner);
            }
            Owners::remove(user, self.records, &mut changes);
        }
        changes.erase(held);
        changes.enter(authority.entry(
            now,
            Event::RoleRemoved {
                assignment: held.record.id,
                user,
                role: role.record.id,
            },
        ));
        Ok(changes)
    }
}

/// Why a role is not removed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoveRefusal {
    /// It may not be taken.
    #[error(transparent)]
    Grant(#[from] GrantRefusal),
    /// No such user.
    #[error("no such user in this tenant")]
    UnknownUser,
    /// No such role.
    #[error("no such role in this tenant")]
    UnknownRole,
    /// The user does not have it.
    #[error("user does not hold the role")]
    NotHeld,
    /// An owner removes Tenant Owner from themselves.
    #[error("an owner cannot remove Tenant Owner from themselves")]
    OwnOwnership,
    /// No usable owner would be left.
    #[error("no usable owner would be left")]
    LastOwner,
}

impl From<AuthorityRefusal> for RemoveRefusal {
    fn from(refusal: AuthorityRefusal) -> Self {
        Self::Grant(refusal.into())
    }
}

impl Refusal for RemoveRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Grant(it) => it.code(),
            Self::UnknownUser => "user_unknown",
            Self::UnknownRole => "role_unknown",
            Self::NotHeld => "role_not_held",
            Self::OwnOwnership => "own_ownership",
            Self::LastOwner => "last_owner",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Grant(it) => it.rule(),
            Self::UnknownUser | Self::UnknownRole | Self::NotHeld => "A5",
            Self::OwnOwnership => "O2",
            Self::LastOwner => "O1",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Grant(it) => it.next(),
            Self::UnknownUser => "list the users and choose one of them",
            Self::UnknownRole => "list the roles and choose one of them",
            Self::NotHeld => "nothing is left to do",
            Self::OwnOwnership => "ask another owner to remove it",
            Self::LastOwner => "give Tenant Owner to another user first",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        authority::Actor,
        permission::DATA_LOAD,
        record::{Put, Ref},
        tenant::Tenant,
        world::{World, events, relies_on},
    };

    fn assign(
        world: &mut World,
        authority: &Authority,
        user: Id<User>,
        kind: RoleKind,
    ) -> Result<Changeset, AssignRefusal> {
        let role = world.role(kind);
        Holding::of(&world.records, user, role)
            .assign(authority, &mut world.ids)
            .map(|(changes, _)| changes)
    }
    fn remove(
        world: &World,
        authority: &Authority,
        user: Id<User>,
        kind: RoleKind,
    ) -> Result<Changeset, RemoveRefusal> {
        Holding::of(&world.records, user, world.role(kind)).remove(authority, crate::world::now())
    }

    /// O2, O4: only an owner whose role is switched on grants Tenant Owner, whatever else the actor may do.
    #[test]
    fn only_an_elevated_owner_grants_ownership() {
        let mut world = World::new();
        let target = world.add("ada@example.org", RoleKind::Learner);
        let admin = world.add("admin@example.org", RoleKind::SystemAdministrator);
        for actor in [world.owner, admin] {
            let authority = world.as_user(actor);
            let refusal =
                assign(&mut world, &authority, target, RoleKind::TenantOwner).unwrap_err();
            assert_eq!(
                (refusal.code(), refusal.rule()),
                ("elevation_required", "O2")
            );
        }
        let elevated = world.elevated(world.owner);
        let changes = assign(&mut world, &elevated, target, RoleKind::TenantOwner).unwrap();
        world.commit(&changes);
        assert!(Owners::holds(target, &world.records));
        assert_eq!(
            world
                .records
                .owners
                .values()
                .next()
                .unwrap()
                .record
                .usable
                .len(),
            2
        );
    }

    /// O4: asking to switch on a role one does not hold is refused before anything else.
    #[test]
    fn nobody_but_an_owner_can_be_elevated() {
        let mut world = World::new();
        let admin = world.add("admin@example.org", RoleKind::SystemAdministrator);
        let elevate = Some(Name::parse("please").unwrap());
        let refusal = world
            .act(&Actor::User {
                user: admin,
                elevate,
            })
            .unwrap_err();
        assert_eq!(refusal, AuthorityRefusal::NotAnOwner);
    }

    /// O2: never from oneself, also when another owner is there; other roles of one's own may go.
    #[test]
    fn an_owner_cannot_remove_ownership_from_themselves() {
        let mut world = World::new();
        let second = world.add_owner("second@example.org");
        let authority = world.elevated(second);
        assert_eq!(
            remove(&world, &authority, second, RoleKind::TenantOwner),
            Err(RemoveRefusal::OwnOwnership)
        );
        let changes = remove(&world, &authority, second, RoleKind::Learner).unwrap();
        world.commit(&changes);
        let changes = remove(&world, &authority, world.owner, RoleKind::TenantOwner);
        // The authority was read before the commit; its expectations are what a store checks.
        assert!(changes.is_ok());
    }

    /// O1: removing the other owner leaves one, who cannot be removed by anybody.
    #[test]
    fn one_usable_owner_is_always_left() {
        let mut world = World::new();
        let second = world.add_owner("second@example.org");
        let authority = world.elevated(second);
        let changes = remove(&world, &authority, world.owner, RoleKind::TenantOwner).unwrap();
        assert!(changes.touches_owners());
        assert!(
            changes
                .writes()
                .iter()
                .any(|it| matches!(it, crate::changeset::Write::Replace(Put::Owners(_), _)))
        );
        world.commit(&changes);
        assert_eq!(
            world.records.owners.values().next().unwrap().record.usable,
            [second].into()
        );
        // The first owner is a System Administrator still, and that is not enough.
        let authority = world.as_user(world.owner);
        let refusal = remove(&world, &authority, second, RoleKind::TenantOwner).unwrap_err();
        assert_eq!(refusal.code(), "elevation_required");
    }

    /// O1: an owner whose user is inactive or whose login is not linked does not count.
    #[test]
    fn ownership_needs_a_user_who_can_come_in() {
        let mut world = World::new();
        let target = world.add("ada@example.org", RoleKind::Learner);
        let authority = world.as_user(world.owner);
        let inactive = crate::user::set_status(
            &authority,
            &world.records,
            target,
            UserStatus::Inactive,
            crate::world::now(),
        );
        world.commit(&inactive.unwrap());
        let authority = world.elevated(world.owner);
        assert_eq!(
            assign(&mut world, &authority, target, RoleKind::TenantOwner),
            Err(AssignRefusal::OwnerNotUsable)
        );
    }

    /// A2: under `SubsetOnly` nobody gives more than they have; an elevated owner has everything.
    #[test]
    fn the_grant_policy_decides_what_a_manager_of_users_may_give() {
        let mut world = World::new();
        let target = world.add("ada@example.org", RoleKind::Learner);
        let manager = world.add("manager@example.org", RoleKind::Learner);
        let role = Role {
            id: world.ids.id(),
            name: Name::parse("Desk").unwrap(),
            kind: RoleKind::Custom,
            permissions: [USERS_MANAGE].into(),
        };
        let mut changes = Changeset::new(world.tenant);
        changes.create(role.clone());
        changes.create(Assignment {
            id: world.ids.id(),
            user: manager,
            role: role.id,
            kind: RoleKind::Custom,
            status: AssignmentStatus::Active,
        });
        world.commit(&changes);
        let authority = world.as_user(manager);
        assert!(
            assign(
                &mut world,
                &authority,
                target,
                RoleKind::SystemAdministrator
            )
            .is_ok()
        );

        let tenant = world.records.tenants.values().next().unwrap().clone();
        let mut changes = Changeset::new(world.tenant);
        changes.replace(
            &tenant,
            Tenant {
                grant_policy: GrantPolicy::SubsetOnly,
                ..tenant.record.clone()
            },
        );
        world.commit(&changes);
        let authority = world.as_user(manager);
        let refusal = assign(
            &mut world,
            &authority,
            target,
            RoleKind::SystemAdministrator,
        )
        .unwrap_err();
        assert_eq!(refusal, AssignRefusal::Grant(GrantRefusal::MoreThanHeld));
        assert!(assign(&mut world, &authority, target, RoleKind::Teacher).is_ok());
        let owner = world.elevated(world.owner);
        assert!(assign(&mut world, &owner, target, RoleKind::SystemAdministrator).is_ok());
    }

    /// A5: a refusal changes nothing and names the next step; what is done already is said.
    #[test]
    fn each_refusal_says_what_it_is() {
        let mut world = World::new();
        let user = world.add("ada@example.org", RoleKind::Learner);
        let authority = world.as_user(world.owner);
        let unknown = world.ids.id();
        assert_eq!(
            assign(&mut world, &authority, unknown, RoleKind::Learner),
            Err(AssignRefusal::UnknownUser)
        );
        assert_eq!(
            assign(&mut world, &authority, user, RoleKind::Learner),
            Err(AssignRefusal::AlreadyHeld)
        );
        assert_eq!(
            remove(&world, &authority, user, RoleKind::Teacher),
            Err(RemoveRefusal::NotHeld)
        );
        let role = world.ids.id();
        let holding = Holding::of(&world.records, user, role);
        assert_eq!(
            holding.remove(&authority, crate::world::now()),
            Err(RemoveRefusal::UnknownRole)
        );
        let nobody = world.as_user(user);
        let refusal = assign(&mut world, &nobody, user, RoleKind::Teacher).unwrap_err();
        assert_eq!(refusal.code(), "permission_missing");
    }

    /// A3: a role that is only called like the powerful one gives nothing.
    #[test]
    fn a_role_is_what_its_kind_says_not_its_name() {
        let mut world = World::new();
        let user = world.add("ada@example.org", RoleKind::Learner);
        let role = Role {
            id: world.ids.id(),
            name: Name::parse("Tenant  Owner\u{200b}").unwrap(),
            kind: RoleKind::Custom,
            permissions: Permissions::new(),
        };
        let mut changes = Changeset::new(world.tenant);
        changes.create(role.clone());
        let status = AssignmentStatus::Active;
        changes.create(Assignment {
            id: world.ids.id(),
            user,
            role: role.id,
            kind: RoleKind::Custom,
            status,
        });
        world.commit(&changes);
        let elevate = Some(Name::parse("mine").unwrap());
        assert_eq!(
            world.act(&Actor::User { user, elevate }).unwrap_err(),
            AuthorityRefusal::NotAnOwner
        );
        assert!(!world.as_user(user).allows(&USERS_MANAGE));
    }

    /// O1: an owner who can no longer come in is none, and so cannot remove the last one who can.
    #[test]
    fn the_last_usable_owner_is_not_removed_by_one_who_is_not() {
        let mut world = World::new();
        let second = world.add_owner("second@example.org");
        let account = world.records.users[&second].record.account.unwrap();
        let unlinked = world.records.accounts.get_mut(&account).unwrap();
        unlinked.record.link = crate::account::LoginLink::Unlinked;
        let authority = world.elevated(second);
        assert_eq!(
            remove(&world, &authority, world.owner, RoleKind::TenantOwner),
            Err(RemoveRefusal::LastOwner)
        );
    }

    /// O1: nobody becomes an owner whom no login provider knows.
    #[test]
    fn ownership_needs_a_login_that_is_linked() {
        let mut world = World::new();
        let target = world.add("ada@example.org", RoleKind::Learner);
        let account = world.records.users[&target].record.account.unwrap();
        let linked = world.records.accounts[&account].record.link.clone();
        for (link, usable) in [(crate::account::LoginLink::Unlinked, false), (linked, true)] {
            let account = world.records.accounts.get_mut(&account).unwrap();
            account.record.link = link;
            let authority = world.elevated(world.owner);
            let assigned = assign(&mut world, &authority, target, RoleKind::TenantOwner);
            let refusal = assigned.map(|_| ()).err();
            assert_eq!(refusal, (!usable).then_some(AssignRefusal::OwnerNotUsable));
        }
    }

    /// A1, A3: giving a role relies on what the role permits and on who gets it, as they were read.
    #[test]
    fn what_is_given_and_to_whom_is_relied_on() {
        let mut world = World::new();
        let target = world.add("ada@example.org", RoleKind::Learner);
        let authority = world.as_user(world.owner);
        let changes = assign(&mut world, &authority, target, RoleKind::Teacher).unwrap();
        let role = world.role(RoleKind::Teacher);
        assert!(relies_on(&changes, &Ref::Role(role)));
        assert!(relies_on(&changes, &Ref::User(target)));
        world.commit(&changes);
        let changes = remove(&world, &authority, target, RoleKind::Teacher).unwrap();
        assert!(relies_on(&changes, &Ref::Role(role)));
    }

    /// A1, A2: under `SubsetOnly` what is given away may be held by several roles, and losing any of them meanwhile must
    /// make the commit stale.
    #[test]
    fn every_role_that_holds_what_is_given_is_relied_on() {
        let mut world = World::new();
        let target = world.add("ada@example.org", RoleKind::Learner);
        let manager = world.add("manager@example.org", RoleKind::Learner);
        let manages = world.allow(manager, [USERS_MANAGE]);
        let mut loads = world.records.roles[&manages].record.clone();
        loads.id = world.ids.id();
        loads.permissions = [DATA_LOAD].into();
        let id = world.ids.id();
        for put in [
            Put::Role(loads.clone()),
            Put::Assignment(Assignment {
                id,
                user: manager,
                role: loads.id,
                kind: RoleKind::Custom,
                status: AssignmentStatus::Active,
            }),
        ] {
            world.records.insert(put, crate::record::Version::FIRST);
        }
        let tenant = world.records.tenants.values_mut().next().unwrap();
        tenant.record.grant_policy = GrantPolicy::SubsetOnly;
        let authority = world.as_user(manager);
        let role = loads.id;
        let (changes, _) = Holding::of(&world.records, target, role)
            .assign(&authority, &mut world.ids)
            .unwrap();
        assert!(relies_on(&changes, &Ref::Role(manages)));
        assert!(relies_on(&changes, &Ref::Assignment(id)));
    }

    /// J1: what is given and taken is entered, and what was taken can be given again.
    #[test]
    fn giving_and_taking_are_entered() {
        let mut world = World::new();
        let target = world.add("ada@example.org", RoleKind::Learner);
        let authority = world.as_user(world.owner);
        for _ in 0..2 {
            let changes = assign(&mut world, &authority, target, RoleKind::Teacher).unwrap();
            world.commit(&changes);
            let assignment = world.assignment(target, RoleKind::Teacher).unwrap().id;
            let (user, role) = (target, world.role(RoleKind::Teacher));
            let given = Event::RoleAssigned {
                assignment,
                user,
                role,
            };
            assert_eq!(events(&changes), [given]);
            let changes = remove(&world, &authority, target, RoleKind::Teacher).unwrap();
            world.commit(&changes);
            let taken = Event::RoleRemoved {
                assignment,
                user,
                role,
            };
            assert_eq!(events(&changes), [taken]);
        }
    }
}
