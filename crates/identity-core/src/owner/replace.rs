//! Replacement: the platform operator puts one owner in the place of another, on the customer's request (O6).

use crate::{
    authority::{Authority, AuthorityRefusal},
    changeset::Changeset,
    email::Email,
    id::{Id, Mint},
    journal::Event,
    name::PersonName,
    owner::{Owners, OwnersProof},
    record::Records,
    refusal::{Named, Refusal},
    role::{AssignRefusal, AssignmentStatus, Holding, Loss, Permitted, RoleKind},
    user::{AddUser, AddUserRefusal, User, UserStatus, Whose},
};
use serde::{Deserialize, Serialize};

/// Asks for one owner in the place of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReplaceOwner {
    /// Who holds Tenant Owner now.
    pub leaving: Id<User>,
    /// Who is to hold it.
    pub successor: Successor,
}

/// Who is to hold Tenant Owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Successor {
    /// A user of the tenant's staff.
    User(
        /// which
        Id<User>,
    ),
    /// Somebody who has no user yet.
    Newcomer {
        /// the address, and the login
        email: Email,
        /// the name, for the case that nobody is known by the address
        name: PersonName,
    },
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerReplaced {
    /// Who holds Tenant Owner now.
    pub successor: Id<User>,
}

/// Why no owner is replaced.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplaceRefusal {
    /// The actor is not the operator, or has no authority.
    #[error(transparent)]
    Authority(#[from] AuthorityRefusal),
    /// Whoever is to leave is no owner.
    #[error("whoever is to leave does not hold Tenant Owner")]
    NotAnOwner,
    /// The successor cannot hold it.
    #[error(transparent)]
    Assign(AssignRefusal),
    /// The successor cannot be added.
    #[error(transparent)]
    Add(AddUserRefusal),
}

impl Refusal for ReplaceRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.code(),
            Self::NotAnOwner => "not_an_owner",
            Self::Assign(it) => it.code(),
            Self::Add(it) => it.code(),
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.rule(),
            Self::NotAnOwner => "O6",
            Self::Assign(it) => it.rule(),
            Self::Add(it) => it.rule(),
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.next(),
            Self::NotAnOwner => "list the owners and choose one of them",
            Self::Assign(it) => it.next(),
            Self::Add(AddUserRefusal::HasUser { .. }) => "name that user as the successor",
            Self::Add(it) => it.next(),
        }
    }
    fn named(&self) -> Named {
        match self {
            Self::Add(it) => it.named(),
            Self::Authority(_) | Self::NotAnOwner | Self::Assign(_) => Named::default(),
        }
    }
}

impl ReplaceOwner {
    /// Decides the replacement. `records` hold the access of both, the owners, the roles, and for a newcomer what
    /// [`AddUser`] looks at. Neither the owners' elevation nor a second owner is asked for: the customer
    /// asked the operator because there is none.
    ///
    /// # Errors
    /// As [`ReplaceRefusal`].
    pub fn decide(
        &self,
        authority: &Authority,
        records: &Records,
        ids: &mut Mint,
    ) -> Result<(Changeset, OwnerReplaced), ReplaceRefusal> {
        let now = ids.now();
        let (mut changes, proof) = authority.operator()?;
        let mut roles = records.roles.values();
        let role = roles.find(|it| it.record.kind == RoleKind::TenantOwner);
        let role = role.ok_or(ReplaceRefusal::Assign(AssignRefusal::UnknownRole))?;
        changes.rely(role);
        let permitted = Permitted::to_operator(role, proof);
        let leaving = Holding::of(records, self.leaving, role.record.id);
        let held = leaving.held().filter(|it| match it.record.status {
            AssignmentStatus::Active => true,
            AssignmentStatus::Inactive => false,
        });
        let held = held.ok_or(ReplaceRefusal::NotAnOwner)?;
        let successor = match &self.successor {
            Successor::User(user) => {
                let holding = Holding::of(records, *user, role.record.id);
                let given = holding.give(permitted, authority, &mut changes, ids);
                given.map_err(ReplaceRefusal::Assign)?;
                *user
            }
            Successor::Newcomer { email, name } => {
                let newcomer = AddUser {
                    email: email.clone(),
                    whose: Whose::KnownOrNew(name.clone()),
                    role: role.record.id,
                    status: UserStatus::Active,
                };
                let added = newcomer.add(permitted, authority, records, &mut changes, ids);
                added.map_err(ReplaceRefusal::Add)?.user
            }
        };
        leaving.take(held, Loss::Removed, authority, now, &mut changes);
        let proof = OwnersProof::Operator(proof);
        Owners::remove(self.leaving, proof, records, &mut changes);
        changes.enter(authority.entry(
            now,
            Event::OwnerReplaced {
                leaving: self.leaving,
                successor,
            },
        ));
        Ok((changes, OwnerReplaced { successor }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        account::{Account, LoginLink},
        authority::Actor,
        login::SetBy,
        outbox::MessageKind,
        owner::{
            OwnersBroken,
            elevation::{self, EndReason},
        },
        port::CommitError,
        record::{Put, Ref, Version},
        role::Assignment,
        tenant::OwnerGrants,
        user::set_status,
        world::{World, email, events, now, person_name, relies_on, says},
    };

    fn decide(
        world: &mut World,
        actor: &Actor,
        leaving: Id<User>,
        successor: Successor,
    ) -> Result<(Changeset, Id<User>), ReplaceRefusal> {
        let authority = world.act(actor)?;
        let command = ReplaceOwner { leaving, successor };
        let (changes, replaced) = command.decide(&authority, &world.records, &mut world.ids)?;
        Ok((changes, replaced.successor))
    }

    fn newcomer(login: &str) -> Successor {
        Successor::Newcomer {
            email: email(login),
            name: person_name("New", "Comer"),
        }
    }

    /// O6, O1: the operator puts another in the place of the last owner: a user or a newcomer, in one commit in which there is
    /// always one, and whatever the tenant asks for otherwise.
    #[test]
    fn the_last_owner_is_replaced() {
        for known in [true, false] {
            let mut world = World::new();
            world.policy(|it| it.owner_grants = OwnerGrants::TwoOwners);
            let (leaving, actor) = (world.owner, Actor::Operator);
            let ada = world.add("ada@example.org", RoleKind::Learner);
            let to = if known {
                Successor::User(ada)
            } else {
                newcomer("new@example.org")
            };
            let (changes, successor) = decide(&mut world, &actor, leaving, to).unwrap();
            let role = world.role(RoleKind::TenantOwner);
            assert!(relies_on(&changes, &Ref::Role(role)));
            assert!(relies_on(&changes, &Ref::Tenant(world.tenant)));
            let replaced = Event::OwnerReplaced { leaving, successor };
            assert_eq!(events(&changes).last(), Some(&replaced));
            let by = |it: &crate::journal::Entry| it.by == crate::journal::By::Operator;
            assert!(changes.entries().iter().all(by));
            let notice = MessageKind::OwnerGranted { user: successor };
            assert!(changes.messages().iter().any(|it| it.kind == notice));
            world.commit(&changes);
            assert_eq!(*world.owners(), [successor].into());
            assert!(!Owners::holds(leaving, &world.records));
            assert_eq!(successor == ada, known);
            // They keep their other roles, and can come in.
            assert!(world.act(&Actor::User(leaving)).is_ok());
            let session = world.log_in(successor);
            assert!(world.switch_on(&session).is_ok());
        }
    }

    /// O6: only the operator, and nobody of the tenant.
    #[test]
    fn only_the_operator_replaces_an_owner() {
        let mut world = World::new();
        let ada = world.add("ada@example.org", RoleKind::Learner);
        let session = world.log_in(world.owner);
        world.switch_on(&session).unwrap();
        let program = world.program(world.owner);
        for actor in [Actor::User(world.owner), session, program] {
            let leaving = world.owner;
            let refusal = decide(&mut world, &actor, leaving, Successor::User(ada)).unwrap_err();
            assert_eq!(says(&refusal), ("operator_only", "O6"));
        }
    }

    /// O6: whoever is to leave must be an owner; whoever is to come must be able to be one.
    #[test]
    fn who_can_leave_and_who_can_come() {
        let mut world = World::new();
        let (owner, actor) = (world.owner, Actor::Operator);
        let ada = world.add("ada@example.org", RoleKind::Learner);
        let patient = world.patient("pat@example.org");
        let second = world.add_owner("second@example.org");
        let away = world.add("away@example.org", RoleKind::Learner);
        let authority = world.as_user(owner);
        let changes = set_status(
            &authority,
            &world.records,
            away,
            UserStatus::Inactive,
            now(),
        );
        world.commit(&changes.unwrap());
        let unknown = world.ids.id();
        for (leaving, to, expected) in [
            (ada, Successor::User(away), ReplaceRefusal::NotAnOwner),
            (unknown, Successor::User(ada), ReplaceRefusal::NotAnOwner),
            (
                owner,
                Successor::User(unknown),
                ReplaceRefusal::Assign(AssignRefusal::UnknownUser),
            ),
            (
                owner,
                Successor::User(away),
                ReplaceRefusal::Assign(AssignRefusal::OwnerNotUsable),
            ),
            (
                owner,
                Successor::User(patient),
                ReplaceRefusal::Assign(AssignRefusal::OtherDomain),
            ),
            (
                owner,
                Successor::User(second),
                ReplaceRefusal::Assign(AssignRefusal::AlreadyHeld),
            ),
            // In their own place they would be lost.
            (
                owner,
                Successor::User(owner),
                ReplaceRefusal::Assign(AssignRefusal::AlreadyHeld),
            ),
        ] {
            let refusal = decide(&mut world, &actor, leaving, to).unwrap_err();
            assert_eq!(refusal, expected);
        }
        for (login, code) in [
            ("owner@example.org", "person_has_user"),
            ("ada@example.org", "person_has_user"),
        ] {
            let refusal = decide(&mut world, &actor, owner, newcomer(login)).unwrap_err();
            assert_eq!(refusal.code(), code, "{login}");
            assert_eq!(refusal.next(), "name that user as the successor");
        }
        let unlinked = Account {
            link: LoginLink::Unlinked,
            ..Account::embedded(world.ids.id(), email("cut@example.org"))
        };
        (world.records).insert(Put::Account(unlinked), Version::FIRST);
        let refusal = decide(&mut world, &actor, owner, newcomer("cut@example.org")).unwrap_err();
        assert_eq!(says(&refusal), ("owner_not_usable", "O1"));
        let given = world.bare_login("given@example.org");
        world.password(given, SetBy::Other);
        let refusal = decide(&mut world, &actor, owner, newcomer("given@example.org")).unwrap_err();
        assert_eq!(says(&refusal), ("password_of_others", "A3"));
        world.records.domains.clear();
        let refusal = decide(&mut world, &actor, owner, newcomer("new@example.org")).unwrap_err();
        assert_eq!(refusal.code(), "domain_unknown");
        world.records.roles.clear();
        let refusal = decide(&mut world, &actor, owner, Successor::User(ada)).unwrap_err();
        assert_eq!(says(&refusal), ("role_unknown", "A5"));
    }

    /// O6: an assignment that does not count makes nobody an owner who could leave, and counts again for whoever comes.
    #[test]
    fn an_inactive_assignment_is_none() {
        let mut world = World::new();
        let ada = world.add("ada@example.org", RoleKind::Learner);
        let (owner, actor) = (world.owner, Actor::Operator);
        let held = Assignment {
            id: world.ids.id(),
            user: ada,
            role: world.role(RoleKind::TenantOwner),
            kind: RoleKind::TenantOwner,
            status: AssignmentStatus::Inactive,
        };
        let id = held.id;
        (world.records).insert(Put::Assignment(held), Version::FIRST);
        let refusal = decide(&mut world, &actor, ada, Successor::User(owner)).unwrap_err();
        assert_eq!(refusal, ReplaceRefusal::NotAnOwner);
        let (changes, _) = decide(&mut world, &actor, owner, Successor::User(ada)).unwrap();
        world.commit(&changes);
        let held = world.assignment(ada, RoleKind::TenantOwner).unwrap();
        assert_eq!(held.id, id);
    }

    /// O6: the login of a newcomer who works elsewhere is theirs, and is written, so that others who change it collide.
    #[test]
    fn a_newcomer_may_have_a_login() {
        let mut world = World::new();
        let account = Account::embedded(world.ids.id(), email("new@example.org"));
        let id = account.id;
        (world.records).insert(Put::Account(account), Version::FIRST);
        let (owner, actor) = (world.owner, Actor::Operator);
        let to = newcomer("new@example.org");
        let (changes, successor) = decide(&mut world, &actor, owner, to).unwrap();
        world.commit(&changes);
        assert_eq!(world.records.users[&successor].record.account, Some(id));
        assert_eq!(world.records.accounts[&id].record.opens.len(), 1);
    }

    /// O1, O6: two replacements of one owner, and a replacement and a removal of the successor-to-be, collide.
    #[test]
    fn replacements_collide() {
        let mut world = World::new();
        let (owner, actor) = (world.owner, Actor::Operator);
        let ada = world.add("ada@example.org", RoleKind::Learner);
        let (one, _) = decide(&mut world, &actor, owner, Successor::User(ada)).unwrap();
        let (two, _) = decide(&mut world, &actor, owner, newcomer("new@example.org")).unwrap();
        assert!(world.collide(&one, &two));
        let authority = world.as_user(owner);
        let gone = set_status(&authority, &world.records, ada, UserStatus::Inactive, now());
        let gone = gone.unwrap();
        assert!(world.collide(&one, &gone));
        world.commit(&one);
        let refused = world.try_commit(&gone).unwrap_err();
        assert!(matches!(
            refused,
            CommitError::Stale | CommitError::Owners(OwnersBroken::NotRecorded)
        ));
    }

    /// O4, O6: what the leaving owner had switched on ends with the role, however many sessions there are.
    #[test]
    fn the_leaving_owner_is_elevated_no_more() {
        let mut world = World::new();
        let (owner, actor) = (world.owner, Actor::Operator);
        let ada = world.add("ada@example.org", RoleKind::Learner);
        let sessions = [world.log_in(owner), world.log_in(owner)];
        let on = sessions.map(|it| world.switch_on(&it).unwrap().id);
        let (changes, _) = decide(&mut world, &actor, owner, Successor::User(ada)).unwrap();
        world.commit(&changes);
        for (session, on) in sessions.iter().zip(on) {
            assert_eq!(world.ends_of(on), [(EndReason::RoleRemoved, now())]);
            assert!(world.act(session).unwrap().elevated().is_err());
        }
        assert_eq!(elevation::sweep(world.tenant, &world.records, now()), None);
    }

    /// O6: the operator helps also where the tenant is suspended.
    #[test]
    fn an_owner_is_replaced_in_a_suspended_tenant() {
        let mut world = World::new();
        let (owner, actor) = (world.owner, Actor::Operator);
        let ada = world.add("ada@example.org", RoleKind::Learner);
        world.policy(|it| it.status = crate::tenant::TenantStatus::Suspended { since: now() });
        assert!(decide(&mut world, &actor, owner, Successor::User(ada)).is_ok());
    }

    /// A5: each refusal has its code, the rule and the next step.
    #[test]
    fn each_refusal_says_what_it_is() {
        let add = ReplaceRefusal::Add(AddUserRefusal::LoginTaken);
        for (refusal, code, rule) in [
            (
                ReplaceRefusal::Authority(AuthorityRefusal::NotOperator),
                "operator_only",
                "O6",
            ),
            (ReplaceRefusal::NotAnOwner, "not_an_owner", "O6"),
            (
                ReplaceRefusal::Assign(AssignRefusal::OwnerNotUsable),
                "owner_not_usable",
                "O1",
            ),
            (add, "login_taken", "E1"),
        ] {
            assert_eq!(says(&refusal), (code, rule));
        }
    }
}
