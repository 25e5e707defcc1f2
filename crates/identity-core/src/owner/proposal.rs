//! Proposals: where a tenant wants it so, a second owner must approve before somebody becomes one.

use crate::{
    authority::{Authority, AuthorityRefusal},
    changeset::Changeset,
    id::{Id, Mint},
    journal::Event,
    owner::Owners,
    record::{Records, Stored},
    refusal::Refusal,
    role::{AssignRefusal, Assignment, Holding, Role, RoleKind, permit_role},
    tenant::OwnerGrants,
    time::Instant,
    user::User,
};
use chrono::Duration;

/// How long a proposal waits for a second owner.
pub const LIFE: Duration = Duration::days(7);

/// A grant of Tenant Owner that one owner wants; one at a time for each user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its identifier, which journal entries name.
    pub id: Id<Self>,
    /// Who is to become an owner.
    pub user: Id<User>,
    /// The owner who wants it.
    pub by: Id<User>,
    /// When it was made.
    pub at: Instant,
    /// The first instant at which it is over.
    pub expires_at: Instant,
}

/// Why a proposal is not made, approved or taken back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProposalRefusal {
    /// As the grant itself.
    #[error(transparent)]
    Assign(#[from] AssignRefusal),
    /// The tenant does not ask for a second owner.
    #[error("one owner is enough to grant Tenant Owner in this tenant")]
    NotNeeded,
    /// There is one for the user.
    #[error("the user is proposed already")]
    ProposedAlready,
    /// There is none for the user, or it is over.
    #[error("the user is not proposed, or the proposal has expired")]
    NotProposed,
    /// Whoever proposed cannot approve.
    #[error("whoever proposed an owner cannot approve")]
    OwnProposal,
    /// Whoever proposed is no usable owner any more.
    #[error("whoever proposed is no owner any more")]
    ProposerGone,
}

impl From<AuthorityRefusal> for ProposalRefusal {
    fn from(refusal: AuthorityRefusal) -> Self {
        Self::Assign(refusal.into())
    }
}

impl Refusal for ProposalRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Assign(it) => it.code(),
            Self::NotNeeded => "proposal_not_needed",
            Self::ProposedAlready => "proposed_already",
            Self::NotProposed => "not_proposed",
            Self::OwnProposal => "own_proposal",
            Self::ProposerGone => "proposer_no_owner",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Assign(it) => it.rule(),
            Self::NotNeeded | Self::ProposedAlready | Self::NotProposed => "A5",
            Self::OwnProposal | Self::ProposerGone => "O2",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Assign(it) => it.next(),
            Self::NotNeeded => "assign the role",
            Self::ProposedAlready => "wait for another owner to approve, or withdraw the proposal",
            Self::NotProposed => "propose the user, and have another owner approve",
            Self::OwnProposal => "ask another owner to approve",
            Self::ProposerGone => "propose the user anew",
        }
    }
}

/// What a proposal of a user looks at, beside the actor.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    records: &'a Records,
    user: Id<User>,
    proposal: Option<&'a Stored<Proposal>>,
}

impl<'a> Candidate<'a> {
    /// This user, from what was loaded: the access, the owners, the roles and the proposal if there is one.
    #[must_use]
    pub fn of(records: &'a Records, user: Id<User>) -> Self {
        let mut proposals = records.proposals.values();
        Self {
            records,
            user,
            proposal: proposals.find(|it| it.record.user == user),
        }
    }

    fn owner_role(&self) -> Result<&'a Stored<Role>, ProposalRefusal> {
        let mut roles = self.records.roles.values();
        let role = roles.find(|it| it.record.kind == RoleKind::TenantOwner);
        role.ok_or(ProposalRefusal::Assign(AssignRefusal::UnknownRole))
    }

    /// Decides to propose the user. A proposal that has expired is in nobody's way.
    ///
    /// # Errors
    /// As [`ProposalRefusal`].
    pub fn propose(
        &self,
        authority: &Authority,
        ids: &mut Mint,
    ) -> Result<(Changeset, Id<Proposal>), ProposalRefusal> {
        let now = ids.now();
        let (mut changes, elevated) = authority.elevated()?;
        match authority.tenant().owner_grants {
            OwnerGrants::TwoOwners => (),
            OwnerGrants::OneOwner => return Err(ProposalRefusal::NotNeeded),
        }
        // It could be given, but for the second owner.
        let role = self.owner_role()?;
        Holding::of(self.records, self.user, role.record.id).may_become_owner()?;
        match self.proposal {
            Some(before) if now < before.record.expires_at => {
                return Err(ProposalRefusal::ProposedAlready);
            }
            Some(before) => changes.erase(before),
            None => (),
        }
        let id = ids.id();
        changes.create(Proposal {
            id,
            user: self.user,
            by: elevated.user(),
            at: now,
            expires_at: now + LIFE,
        });
        changes.enter(authority.entry(
            now,
            Event::OwnerProposed {
                proposal: id,
                user: self.user,
            },
        ));
        Ok((changes, id))
    }

    /// Decides to approve: the user becomes an owner.
    ///
    /// # Errors
    /// As [`ProposalRefusal`].
    pub fn approve(
        &self,
        authority: &Authority,
        ids: &mut Mint,
    ) -> Result<(Changeset, Id<Assignment>), ProposalRefusal> {
        let now = ids.now();
        let (_, elevated) = authority.elevated()?;
        let proposal = self
            .proposal
            .filter(|it| now < it.record.expires_at)
            .ok_or(ProposalRefusal::NotProposed)?;
        if proposal.record.by == elevated.user() {
            return Err(ProposalRefusal::OwnProposal);
        }
        let usable = |it: &Stored<Owners>| it.record.usable.contains(&proposal.record.by);
        if !self.records.owners.values().any(usable) {
            return Err(ProposalRefusal::ProposerGone);
        }
        let role = self.owner_role()?;
        let (mut changes, permitted) = permit_role(authority, role).map_err(AssignRefusal::from)?;
        let holding = Holding::of(self.records, self.user, role.record.id);
        let id = holding.give(permitted, authority, &mut changes, ids)?;
        changes.erase(proposal);
        changes.enter(authority.entry(
            now,
            Event::OwnerApproved {
                proposal: proposal.record.id,
                user: self.user,
            },
        ));
        Ok((changes, id))
    }

    /// Decides to take the proposal back; any owner may.
    ///
    /// # Errors
    /// As [`ProposalRefusal`].
    pub fn withdraw(
        &self,
        authority: &Authority,
        now: Instant,
    ) -> Result<Changeset, ProposalRefusal> {
        let (mut changes, _) = authority.elevated()?;
        let proposal = self.proposal.ok_or(ProposalRefusal::NotProposed)?;
        changes.erase(proposal);
        changes.enter(authority.entry(
            now,
            Event::OwnerProposalWithdrawn {
                proposal: proposal.record.id,
                user: self.user,
            },
        ));
        Ok(changes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        authority::Actor,
        role::GrantRefusal,
        user::{AddUser, AddUserRefusal, UserStatus, Whose, set_status},
        world::{World, email, events, now, person_name, says},
    };

    const MOMENT: Duration = Duration::microseconds(1);

    /// A tenant that asks for a second owner, with two owners and Ada, who is to become one.
    struct Scene {
        world: World,
        second: Id<User>,
        ada: Id<User>,
    }

    impl Scene {
        fn new() -> Self {
            let mut world = World::new();
            let second = world.add_owner("second@example.org");
            let ada = world.add("ada@example.org", RoleKind::Learner);
            world.policy(|it| it.owner_grants = OwnerGrants::TwoOwners);
            Self { world, second, ada }
        }

        /// With a proposal of Ada by the first owner.
        fn proposed() -> (Self, Id<Proposal>) {
            let mut scene = Self::new();
            let (changes, id) = scene.propose(scene.world.owner, scene.ada).unwrap();
            scene.world.commit(&changes);
            (scene, id)
        }

        fn propose(
            &mut self,
            by: Id<User>,
            user: Id<User>,
        ) -> Result<(Changeset, Id<Proposal>), ProposalRefusal> {
            let authority = self.world.elevated(by);
            let world = &mut self.world;
            Candidate::of(&world.records, user).propose(&authority, &mut world.ids)
        }

        fn approve(&mut self, by: Id<User>) -> Result<Changeset, ProposalRefusal> {
            let authority = self.world.elevated(by);
            let world = &mut self.world;
            let candidate = Candidate::of(&world.records, self.ada);
            candidate
                .approve(&authority, &mut world.ids)
                .map(|(it, _)| it)
        }

        fn withdraw(&mut self, by: Id<User>) -> Result<Changeset, ProposalRefusal> {
            let authority = self.world.elevated(by);
            let candidate = Candidate::of(&self.world.records, self.ada);
            candidate.withdraw(&authority, self.world.ids.now())
        }
    }

    /// O2: where a second owner must approve, one alone makes nobody an owner, on no path.
    #[test]
    fn one_owner_alone_makes_no_owner() {
        let mut scene = Scene::new();
        let world = &mut scene.world;
        let authority = world.elevated(world.owner);
        let role = world.role(RoleKind::TenantOwner);
        let holding = Holding::of(&world.records, scene.ada, role);
        let assigned = holding.assign(&authority, &mut world.ids).map(|_| ());
        let needed = GrantRefusal::SecondOwnerNeeded;
        assert_eq!(assigned, Err(AssignRefusal::Grant(needed.clone())));
        let command = AddUser {
            email: email("new@example.org"),
            whose: Whose::KnownOrNew(person_name("New", "Comer")),
            role,
            status: UserStatus::Active,
        };
        let added = command.decide(&authority, &world.records, &mut world.ids);
        assert_eq!(
            added.map(|_| ()),
            Err(AddUserRefusal::Grant(needed.clone()))
        );
        assert_eq!(says(&needed), ("second_owner_needed", "O2"));
        // One owner takes it, and gives every other role.
        let holding = Holding::of(&world.records, scene.second, role);
        assert!(holding.remove(&authority, now()).is_ok());
        let teacher = world.role(RoleKind::Teacher);
        let holding = Holding::of(&world.records, scene.ada, teacher);
        assert!(holding.assign(&authority, &mut world.ids).is_ok());
    }

    /// O2: one owner proposes, another approves, and the user is an owner.
    #[test]
    fn a_second_owner_approves() {
        let (mut scene, proposal) = Scene::proposed();
        let user = scene.ada;
        let proposed = Event::OwnerProposed { proposal, user };
        assert_eq!(scene.world.journal.last().unwrap().event, proposed);
        assert!(!Owners::holds(user, &scene.world.records));
        let kept = scene.world.records.proposals[&proposal].record.clone();
        let expected = Proposal {
            id: proposal,
            user,
            by: scene.world.owner,
            at: now(),
            expires_at: now() + LIFE,
        };
        assert_eq!(kept, expected);
        let changes = scene.approve(scene.second).unwrap();
        scene.world.commit(&changes);
        let told = events(&changes);
        assert!(matches!(told.first(), Some(Event::RoleAssigned { user: it, .. }) if *it == user));
        assert_eq!(told.last(), Some(&Event::OwnerApproved { proposal, user }));
        assert!(scene.world.owners().contains(&user));
        assert!(scene.world.records.proposals.is_empty());
        let again = scene.approve(scene.second);
        assert_eq!(again, Err(ProposalRefusal::NotProposed));
    }

    /// O2, O4: none of it is done by anybody but an owner with the role switched on.
    #[test]
    fn only_elevated_owners_propose_approve_and_withdraw() {
        let (mut scene, _) = Scene::proposed();
        let admin = (scene.world).add("admin@example.org", RoleKind::SystemAdministrator);
        let program = scene.world.program(scene.second);
        let session = scene.world.log_in(scene.second);
        for actor in [
            Actor::User(admin),
            Actor::User(scene.second),
            Actor::Operator,
            program,
            session,
        ] {
            let world = &mut scene.world;
            let authority = world.act(&actor).unwrap();
            let candidate = Candidate::of(&world.records, scene.ada);
            for refusal in [
                candidate.propose(&authority, &mut world.ids).map(|_| ()),
                candidate.approve(&authority, &mut world.ids).map(|_| ()),
                candidate.withdraw(&authority, now()).map(|_| ()),
            ] {
                let code = refusal.unwrap_err().code();
                assert_eq!(code, "elevation_required", "{actor:?}");
            }
        }
    }

    /// O2: whoever proposed approves nothing, in whatever session.
    #[test]
    fn nobody_approves_their_own_proposal() {
        let (mut scene, _) = Scene::proposed();
        let own = scene.approve(scene.world.owner);
        assert_eq!(own, Err(ProposalRefusal::OwnProposal));
    }

    /// O2: a proposal waits until its deadline, where it is over, and is then in nobody's way.
    #[test]
    fn a_proposal_waits_for_a_week() {
        for (wait, waits) in [(LIFE - MOMENT, true), (LIFE, false)] {
            let (mut scene, _) = Scene::proposed();
            scene.world.wait(wait);
            let approved = scene.approve(scene.second);
            let (owner, ada) = (scene.world.owner, scene.ada);
            let again = scene.propose(owner, ada);
            if waits {
                assert!(approved.is_ok());
                assert_eq!(again.unwrap_err(), ProposalRefusal::ProposedAlready);
            } else {
                assert_eq!(approved, Err(ProposalRefusal::NotProposed));
                let (changes, id) = again.unwrap();
                scene.world.commit(&changes);
                let all: Vec<_> = scene.world.records.proposals.keys().copied().collect();
                assert_eq!(all, [id]);
                assert!(scene.approve(scene.second).is_ok());
            }
        }
    }

    /// O2: whoever proposed must be an owner still when it is approved.
    #[test]
    fn a_proposal_dies_with_its_proposers_ownership() {
        let (mut scene, _) = Scene::proposed();
        let (owner, second) = (scene.world.owner, scene.second);
        let authority = scene.world.elevated(second);
        let role = scene.world.role(RoleKind::TenantOwner);
        let world = &mut scene.world;
        let candidate = Candidate::of(&world.records, scene.ada);
        let (approved, _) = candidate.approve(&authority, &mut world.ids).unwrap();
        let holding = Holding::of(&world.records, owner, role);
        let removed = holding.remove(&authority, now()).unwrap();
        assert!(scene.world.collide(&removed, &approved));
        scene.world.commit(&removed);
        assert_eq!(scene.approve(second), Err(ProposalRefusal::ProposerGone));
        let authority = scene.world.elevated(second);
        scene.world.records.owners.clear();
        let world = &mut scene.world;
        let candidate = Candidate::of(&world.records, scene.ada);
        let approved = candidate.approve(&authority, &mut world.ids);
        assert_eq!(approved.unwrap_err(), ProposalRefusal::ProposerGone);
    }

    /// O2: any owner takes a proposal back, also one that has expired; approving it at the same moment collides.
    #[test]
    fn any_owner_takes_a_proposal_back() {
        let (mut scene, proposal) = Scene::proposed();
        let (owner, second, user) = (scene.world.owner, scene.second, scene.ada);
        let approved = scene.approve(second).unwrap();
        for (by, wait) in [(owner, Duration::zero()), (second, LIFE)] {
            let mut later = Scene {
                world: scene.world.clone(),
                ..scene
            };
            later.world.wait(wait);
            let changes = later.withdraw(by).unwrap();
            let withdrawn = Event::OwnerProposalWithdrawn { proposal, user };
            assert_eq!(events(&changes), [withdrawn]);
            later.world.commit(&changes);
            assert_eq!(later.withdraw(by), Err(ProposalRefusal::NotProposed));
        }
        let withdrawn = scene.withdraw(owner).unwrap();
        assert!(scene.world.collide(&approved, &withdrawn));
    }

    /// O1, O2: whoever could not be made an owner is not proposed, and is not approved when that changed meanwhile.
    #[test]
    fn who_can_be_proposed() {
        let mut scene = Scene::new();
        let (owner, second, ada) = (scene.world.owner, scene.second, scene.ada);
        let unknown = scene.world.ids.id();
        let patient = scene.world.patient("pat@example.org");
        for (user, expected) in [
            (unknown, AssignRefusal::UnknownUser),
            (second, AssignRefusal::AlreadyHeld),
            (patient, AssignRefusal::OwnerNotUsable),
        ] {
            let refusal = scene.propose(owner, user).unwrap_err();
            assert_eq!(refusal, ProposalRefusal::Assign(expected));
        }
        let (changes, _) = scene.propose(owner, ada).unwrap();
        scene.world.commit(&changes);
        let by_desk = scene.world.as_user(owner);
        let records = &scene.world.records;
        let inactive = set_status(&by_desk, records, ada, UserStatus::Inactive, now());
        scene.world.commit(&inactive.unwrap());
        let not_usable = ProposalRefusal::Assign(AssignRefusal::OwnerNotUsable);
        assert_eq!(scene.approve(second), Err(not_usable.clone()));
        assert_eq!(scene.propose(owner, ada).unwrap_err(), not_usable);
        scene
            .world
            .records
            .roles
            .retain(|_, it| it.record.kind != RoleKind::TenantOwner);
        let world = &mut scene.world;
        assert_eq!(
            Candidate::of(&world.records, ada).owner_role().unwrap_err(),
            ProposalRefusal::Assign(AssignRefusal::UnknownRole)
        );
    }

    /// O2: where one owner is enough nothing is proposed; what was proposed before is approved all the same.
    #[test]
    fn where_one_owner_is_enough_nothing_is_proposed() {
        let (mut scene, _) = Scene::proposed();
        let learner = scene.world.add("bo@example.org", RoleKind::Learner);
        (scene.world).policy(|it| it.owner_grants = OwnerGrants::OneOwner);
        let owner = scene.world.owner;
        let refusal = scene.propose(owner, learner).unwrap_err();
        assert_eq!(refusal, ProposalRefusal::NotNeeded);
        assert!(scene.approve(scene.second).is_ok());
    }

    /// O2: two proposals of one user do not stand beside each other, and two approvals make one owner.
    #[test]
    fn two_who_act_at_once_collide() {
        let mut scene = Scene::new();
        let (owner, second, ada) = (scene.world.owner, scene.second, scene.ada);
        // Both are logged in before either decides.
        let authority = [owner, second].map(|it| scene.world.elevated(it));
        let world = &mut scene.world;
        let [one, two] = authority.map(|it| {
            let candidate = Candidate::of(&world.records, ada);
            candidate.propose(&it, &mut world.ids).unwrap().0
        });
        assert!(scene.world.collide(&one, &two));
        let (mut scene, _) = Scene::proposed();
        let one = scene.approve(scene.second).unwrap();
        let mut late = scene.world.clone();
        late.commit(&one);
        assert!(late.try_commit(&one).is_err());
    }

    /// A5: each refusal has its code, the rule and the next step.
    #[test]
    fn each_refusal_says_what_it_is() {
        let assign = ProposalRefusal::from(AssignRefusal::OwnerNotUsable);
        for (refusal, code, rule) in [
            (assign, "owner_not_usable", "O1"),
            (ProposalRefusal::NotNeeded, "proposal_not_needed", "A5"),
            (ProposalRefusal::ProposedAlready, "proposed_already", "A5"),
            (ProposalRefusal::NotProposed, "not_proposed", "A5"),
            (ProposalRefusal::OwnProposal, "own_proposal", "O2"),
            (ProposalRefusal::ProposerGone, "proposer_no_owner", "O2"),
        ] {
            assert_eq!(says(&refusal), (code, rule));
        }
    }
}
