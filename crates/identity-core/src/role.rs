//! Roles and their assignment to users.

pub mod custom;

use crate::{
    authority::{Authority, AuthorityRefusal, ByOperator},
    changeset::Changeset,
    id::{Id, Mint},
    journal::Event,
    login::Credential,
    name::Name,
    outbox::{Message, MessageKind},
    owner::{Owners, OwnersProof, elevation},
    permission::{BUILT_IN, Permission, Permissions, USERS_MANAGE},
    record::{Records, Stored},
    refusal::Refusal,
    tenant::{DomainKind, GrantPolicy, OwnerGrants},
    time::Instant,
    user::{User, UserStatus},
};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// A named set of permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its identifier.
    pub id: Id<Self>,
    /// What it is called; unique among the tenant's roles that count, by [`Role::name_key`]. No rule looks at it (A3).
    pub name: Name,
    /// What it is, for good.
    pub kind: RoleKind,
    /// What it permits. Tenant Owner permits everything and lists nothing.
    pub permissions: Permissions,
    /// Whether it counts.
    pub status: RoleStatus,
}

impl Role {
    /// A role of the customer's own, which counts.
    #[must_use]
    pub const fn custom(id: Id<Self>, name: Name, permissions: Permissions) -> Self {
        Self {
            id,
            name,
            kind: RoleKind::Custom,
            permissions,
            status: RoleStatus::Active,
        }
    }

    /// The form by which names of roles are compared: two that a reader takes for the same are the same, whatever the case,
    /// the blanks or the alphabet of their letters (UTS 39, skeleton).
    #[must_use]
    pub fn name_key(name: &Name) -> String {
        unicode_security::skeleton(&name.key()).collect()
    }

    /// Whether a reader takes one name for the other: by their keys, or as they are drawn. The key forgets the case first, and with
    /// it what only capitals look like, such as a Cyrillic `Т` or a zero.
    pub(crate) fn look_alike(one: &Name, other: &Name) -> bool {
        Self::name_key(one) == Self::name_key(other) || drawn(one) == drawn(other)
    }
}

/// What a name looks like, whatever the case. A capital `I` is drawn as a small `l` is, so that `i`, `l` and `1` are one letter here.
fn drawn(name: &Name) -> String {
    let compatible: String = name.as_str().nfkc().collect();
    let capitals: String = unicode_security::skeleton(&compatible).collect();
    unicode_security::skeleton(&capitals.to_lowercase())
        .flat_map(char::to_lowercase)
        .map(|it| if it == 'i' { 'l' } else { it })
        .collect()
}

/// Whether a role counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleStatus {
    /// It may be given, and whoever holds it may do what it permits.
    Active,
    /// It gives nothing any more, to nobody, and its name is free.
    Retired,
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
    /// Who is cared for, with an account of their own.
    Patient,
    /// Who is cared for and comes in by a link, for a day.
    Guest,
    /// Made by the customer.
    Custom,
}

impl RoleKind {
    /// Whose domain a user must belong to in order to hold a role of this kind.
    #[must_use]
    pub const fn domain(self) -> DomainKind {
        match self {
            Self::TenantOwner
            | Self::SystemAdministrator
            | Self::Learner
            | Self::Teacher
            | Self::Custom => DomainKind::Internal,
            Self::Patient | Self::Guest => DomainKind::PatientCare,
        }
    }

    /// Whether the customer made the role, and may change it.
    #[must_use]
    pub const fn is_custom(self) -> bool {
        match self {
            Self::Custom => true,
            Self::TenantOwner
            | Self::SystemAdministrator
            | Self::Learner
            | Self::Teacher
            | Self::Patient
            | Self::Guest => false,
        }
    }
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
        (RoleKind::Patient, "Patient", Permissions::new()),
        (RoleKind::Guest, "Guest", Permissions::new()),
    ]
    .into_iter()
    .filter_map(|(kind, name, permissions)| {
        Some(Role {
            id: ids.id(),
            name: Name::parse(name).ok()?,
            kind,
            permissions,
            status: RoleStatus::Active,
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
    /// The tenant asks for a second owner's approval.
    #[error("a second owner must approve")]
    SecondOwnerNeeded,
}

impl Refusal for GrantRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.code(),
            Self::MoreThanHeld => "more_than_held",
            Self::SecondOwnerNeeded => "second_owner_needed",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Authority(AuthorityRefusal::NotElevated) | Self::SecondOwnerNeeded => "O2",
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
            Self::SecondOwnerNeeded => {
                "propose the user as an owner, and have another owner approve"
            }
        }
    }
}

/// A role that whoever acts may give or take, with the proof for Tenant Owner. Only [`permit_grant`], [`permit_role`] and the
/// replacement of an owner make one, and nothing gives a role without.
#[derive(Clone, Copy, Debug)]
pub struct Permitted<'a> {
    role: &'a Stored<Role>,
    owners: Option<OwnersProof>,
}

impl<'a> Permitted<'a> {
    /// The role.
    pub(crate) const fn role(&self) -> &'a Stored<Role> {
        self.role
    }

    /// What allows to change who is an owner, where the role is Tenant Owner.
    pub(crate) const fn owners(&self) -> Option<OwnersProof> {
        self.owners
    }

    /// Tenant Owner, in the hands of the operator (O6).
    pub(crate) const fn to_operator(role: &'a Stored<Role>, proof: ByOperator) -> Self {
        let owners = Some(OwnersProof::Operator(proof));
        Self { role, owners }
    }
}

/// Begins the changeset of an act that gives `role`: the one check for every path on which a role comes to a user (A3, O2, O7).
///
/// # Errors
/// As [`GrantRefusal`].
pub fn permit_grant<'a>(
    authority: &Authority,
    role: &'a Stored<Role>,
) -> Result<(Changeset, Permitted<'a>), GrantRefusal> {
    let permitted = permit_role(authority, role)?;
    match (role.record.kind, authority.tenant().owner_grants) {
        (RoleKind::TenantOwner, OwnerGrants::TwoOwners) => Err(GrantRefusal::SecondOwnerNeeded),
        _ => Ok(permitted),
    }
}

/// Begins the changeset of an act that takes `role`, or is one of the two that together give it.
///
/// # Errors
/// As [`GrantRefusal`], but for the second owner.
pub fn permit_role<'a>(
    authority: &Authority,
    role: &'a Stored<Role>,
) -> Result<(Changeset, Permitted<'a>), GrantRefusal> {
    let (mut changes, owners) = match role.record.kind {
        RoleKind::TenantOwner => {
            let (changes, elevated) = authority.elevated()?;
            (changes, Some(OwnersProof::Elevated(elevated)))
        }
        RoleKind::SystemAdministrator
        | RoleKind::Learner
        | RoleKind::Teacher
        | RoleKind::Patient
        | RoleKind::Guest
        | RoleKind::Custom => {
            let mut changes = authority.permit(&USERS_MANAGE)?;
            within_policy(authority, &role.record.permissions, &mut changes)?;
            (changes, None)
        }
    };
    changes.rely(role);
    Ok((changes, Permitted { role, owners }))
}

/// What a manager of users may give away: anything, or only what they hold, as the tenant wants it (A2).
fn within_policy<'a>(
    authority: &Authority,
    given: impl IntoIterator<Item = &'a Permission>,
    changes: &mut Changeset,
) -> Result<(), GrantRefusal> {
    match authority.tenant().grant_policy {
        GrantPolicy::ManageUsersMayGrant => Ok(()),
        GrantPolicy::SubsetOnly => {
            for given in given {
                let held = authority
                    .permit(given)
                    .map_err(|_| GrantRefusal::MoreThanHeld)?;
                changes.rely_as(&held);
            }
            Ok(())
        }
    }
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
    /// The role was retired.
    #[error("role was retired")]
    RoleRetired,
    /// The role is for users of another domain.
    #[error("role is not for users of this domain")]
    OtherDomain,
    /// The user is inactive, and an owner must be usable from the first moment.
    #[error("user is inactive or cannot log in, and Tenant Owner needs a usable user")]
    OwnerNotUsable,
    /// Somebody else has set the user's password, and could come in as an owner.
    #[error("somebody else has set the user's password")]
    PasswordOfOthers,
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
            Self::RoleRetired => "role_retired",
            Self::OtherDomain => "role_other_domain",
            Self::OwnerNotUsable => "owner_not_usable",
            Self::PasswordOfOthers => "password_of_others",
            Self::AlreadyHeld => "role_already_held",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Grant(it) => it.rule(),
            Self::UnknownUser | Self::UnknownRole | Self::RoleRetired | Self::AlreadyHeld => "A5",
            Self::OtherDomain | Self::PasswordOfOthers => "A3",
            Self::OwnerNotUsable => "O1",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Grant(it) => it.next(),
            Self::UnknownUser => "list the users and choose one of them",
            Self::UnknownRole => "list the roles and choose one of them",
            Self::RoleRetired => "choose a role that counts",
            Self::OtherDomain => "choose a role for the user's own domain",
            Self::OwnerNotUsable => "reactivate the user and link the login first",
            Self::PasswordOfOthers => "have the user change the password first",
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
        let role = authority.found(self.role, &USERS_MANAGE, AssignRefusal::UnknownRole)?;
        let (mut changes, permitted) = permit_grant(authority, role)?;
        let given = self.give(permitted, authority, &mut changes, ids)?;
        Ok((changes, given))
    }

    /// Whether the user could become an owner: usable, of the staff, and none yet.
    pub(crate) fn may_become_owner(&self) -> Result<(), AssignRefusal> {
        let user = self.user.ok_or(AssignRefusal::UnknownUser)?;
        if user.record.status != UserStatus::Active
            || !Owners::can_enter(&user.record, self.records)
        {
            return Err(AssignRefusal::OwnerNotUsable);
        }
        let login = user.record.account;
        if login.is_some_and(|it| Credential::is_known_to_others(it, self.records)) {
            return Err(AssignRefusal::PasswordOfOthers);
        }
        match self.assignment().map(|it| it.record.status) {
            Some(AssignmentStatus::Active) => Err(AssignRefusal::AlreadyHeld),
            Some(AssignmentStatus::Inactive) | None => Ok(()),
        }
    }

    /// Gives the role, which whoever acts may give.
    pub(crate) fn give(
        &self,
        permitted: Permitted<'_>,
        authority: &Authority,
        changes: &mut Changeset,
        ids: &mut Mint,
    ) -> Result<Id<Assignment>, AssignRefusal> {
        let user = self.user.ok_or(AssignRefusal::UnknownUser)?;
        let role = permitted.role;
        fits(role, user, self.records)?;
        if permitted.owners.is_some() {
            self.may_become_owner()?;
            // Whoever sets the login's password at the same moment, or moves the login, collides with this.
            let login = user.record.account;
            if let Some(login) = login.and_then(|it| self.records.accounts.get(&it)) {
                changes.rely(login);
            }
        }
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
                    kind: role.record.kind,
                    status,
                });
                id
            }
        };
        // Written as it is, so that whoever acts for the user at the same moment, and was measured against the roles from before,
        // collides with this.
        changes.replace(user, user.record.clone());
        if let Some(proof) = permitted.owners {
            let user = user.record.id;
            Owners::add(user, proof, self.records, changes);
            changes.send(Message {
                id: ids.id(),
                kind: MessageKind::OwnerGranted { user },
                at: ids.now(),
            });
        }
        changes.enter(authority.entry(
            ids.now(),
            Event::RoleAssigned {
                assignment: id,
                user: user.record.id,
                role: role.record.id,
            },
        ));
        Ok(id)
    }

    /// Decides to remove the role.
    ///
    /// # Errors
    /// As [`RemoveRefusal`].
    pub fn remove(&self, authority: &Authority, now: Instant) -> Result<Changeset, RemoveRefusal> {
        self.lose(authority, Loss::Removed, now)
    }

    /// Decides that the assignment does not count until it is given again: the same as removing it, and checked alike.
    ///
    /// # Errors
    /// As [`RemoveRefusal`].
    pub fn deactivate(
        &self,
        authority: &Authority,
        now: Instant,
    ) -> Result<Changeset, RemoveRefusal> {
        self.lose(authority, Loss::Deactivated, now)
    }

    fn lose(
        &self,
        authority: &Authority,
        loss: Loss,
        now: Instant,
    ) -> Result<Changeset, RemoveRefusal> {
        let role = authority.found(self.role, &USERS_MANAGE, RemoveRefusal::UnknownRole)?;
        let (mut changes, permitted) = permit_role(authority, role)?;
        let user = self.user.ok_or(RemoveRefusal::UnknownUser)?.record.id;
        let held = self.assignment().ok_or(RemoveRefusal::NotHeld)?;
        match (loss, held.record.status) {
            (Loss::Deactivated, AssignmentStatus::Inactive) => return Err(RemoveRefusal::NotHeld),
            (Loss::Deactivated, AssignmentStatus::Active) | (Loss::Removed, _) => (),
        }
        if let Some(proof) = permitted.owners {
            if authority.user() == Some(user) {
                return Err(RemoveRefusal::OwnOwnership);
            }
            if Owners::remaining_without(user, self.records) == 0 {
                return Err(RemoveRefusal::LastOwner);
            }
            Owners::remove(user, proof, self.records, &mut changes);
        }
        self.take(held, loss, authority, now, &mut changes);
        Ok(changes)
    }

    /// Takes the assignment away, or lets it count no more. Elevations of whoever held Tenant Owner end with it (O4).
    pub(crate) fn take(
        &self,
        held: &Stored<Assignment>,
        loss: Loss,
        authority: &Authority,
        now: Instant,
        changes: &mut Changeset,
    ) {
        let Assignment {
            id: assignment,
            user,
            role,
            kind,
            ..
        } = held.record;
        let event = match loss {
            Loss::Removed => {
                changes.erase(held);
                Event::RoleRemoved {
                    assignment,
                    user,
                    role,
                }
            }
            Loss::Deactivated => {
                changes.replace(
                    held,
                    Assignment {
                        status: AssignmentStatus::Inactive,
                        ..held.record.clone()
                    },
                );
                Event::RoleDeactivated {
                    assignment,
                    user,
                    role,
                }
            }
        };
        changes.enter(authority.entry(now, event));
        if kind == RoleKind::TenantOwner {
            for on in elevation::on(self.records).filter(|it| it.record.user == user) {
                let why = elevation::EndReason::RoleRemoved;
                elevation::end(on, why, authority.by(), now, changes);
            }
        }
    }

    /// The assignment, if the user has the role.
    pub(crate) fn held(&self) -> Option<&'a Stored<Assignment>> {
        self.assignment()
    }
}

/// How a role is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// The assignment is gone.
    Removed,
    /// It is there and does not count.
    Deactivated,
}

/// Whether a role counts, and is for users of this user's domain.
pub(crate) fn fits(
    role: &Stored<Role>,
    user: &Stored<User>,
    records: &Records,
) -> Result<(), AssignRefusal> {
    match role.record.status {
        RoleStatus::Active => (),
        RoleStatus::Retired => return Err(AssignRefusal::RoleRetired),
    }
    let domain = records.domains.get(&user.record.domain);
    if domain.is_some_and(|it| it.record.kind == role.record.kind.domain()) {
        Ok(())
    } else {
        Err(AssignRefusal::OtherDomain)
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
mod tests;
