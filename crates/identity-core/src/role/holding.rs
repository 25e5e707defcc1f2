//! A role in the hands of a user: given, taken, and resting.

use super::{
    Assignment, AssignmentStatus, GrantRefusal, Permitted, Role, RoleKind, RoleStatus,
    permit_grant, permit_role,
};
use crate::{
    authority::{Authority, AuthorityRefusal},
    changeset::Changeset,
    id::{Id, Mint},
    journal::Event,
    login::Credential,
    outbox::{Message, MessageKind},
    owner::{Owners, elevation},
    permission::USERS_MANAGE,
    record::{Records, Stored},
    refusal::Refusal,
    time::Instant,
    user::{User, UserStatus},
};

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
        let role = permitted.role();
        fits(role, user, self.records)?;
        if permitted.owners().is_some() {
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
        if let Some(proof) = permitted.owners() {
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
        if let Some(proof) = permitted.owners() {
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
