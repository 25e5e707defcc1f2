//! What only one record may have.

use super::{
    Failed, Harness, Outcome, creating, ensure,
    specimen::{email, institution, medhub, name},
};
use crate::{
    hospital::{Hospital, Member, Staffing},
    record::{erase, replace},
};
use identity_core::{
    account::{Account, Epoch, LoginLink, Provider},
    changeset::Changeset,
    hcp::{Hcp, Party},
    id::Id,
    journal::Hash,
    operation::Fingerprint,
    owner::{Proposal, proposal::LIFE},
    person::Person,
    port::{Clock, Directory, Find, Store},
    reconcile::{Link, not_same::NotSame},
    record::{Put, Version},
    role::{Assignment, AssignmentStatus, Role, RoleKind, RoleStatus},
    session::{Session, SessionState, USUAL_LIFE},
    tenant::{Domain, DomainKind, DomainStatus},
    token::ApiToken,
    user::{User, UserStatus},
};

impl<S: Store + Directory> Harness<S> {
    /// A hospital beside the first one.
    pub(super) async fn elsewhere(&self) -> Result<Hospital, Failed> {
        let staffing = Staffing::of("Elsewhere").administrators(1);
        self.staffed(staffing.learners(1).teachers(1)).await
    }

    pub(super) fn role(&self, text: &str) -> Role {
        Role::custom(self.ids().id(), name(text), [].into())
    }

    /// An open session of somebody, as it is opened.
    pub(super) fn session(&self, of: &Member, hash: u8) -> Session {
        let now = self.clock.now();
        Session {
            id: self.ids().id(),
            user: of.user,
            account: of.account,
            hash: Hash([hash; 32]),
            opened_at: now,
            expires_at: now + USUAL_LIFE,
            user_epoch: Epoch::default(),
            account_epoch: Epoch::default(),
            elevation: None,
            state: SessionState::Open,
        }
    }

    pub(super) fn proposal(&self, user: Id<User>, by: Id<User>) -> Proposal {
        let at = self.clock.now();
        Proposal {
            id: self.ids().id(),
            user,
            by,
            at,
            expires_at: at + LIFE,
        }
    }

    pub(super) fn link(&self, user: Id<User>, host: &str, id: &str, by: Id<User>) -> Link {
        Link {
            id: self.ids().id(),
            user,
            institution: institution(host),
            medhub: medhub(id),
            at: self.clock.now(),
            by,
        }
    }

    pub(super) fn not_same(&self, user: Id<User>, host: &str, id: &str, by: Id<User>) -> NotSame {
        NotSame {
            id: self.ids().id(),
            user,
            institution: institution(host),
            medhub: medhub(id),
            evidence: Fingerprint([9; 32]),
            at: self.clock.now(),
            by,
        }
    }

    pub(super) fn professional(&self, person: Id<Person>, address: &str) -> Hcp {
        let email = email(address).key().clone();
        Hcp {
            id: self.ids().id(),
            party: Party::Professional { person, email },
            parent: None,
        }
    }

    pub(super) fn token(&self, user: Id<User>, text: &str, hash: u8) -> ApiToken {
        let now = self.clock.now();
        ApiToken {
            id: self.ids().id(),
            name: name(text),
            user,
            user_epoch: Epoch::default(),
            hash: Hash([hash; 32]),
            created_at: now,
            expires_at: now + chrono::TimeDelta::days(1),
            revoked_at: None,
        }
    }

    /// Refuses `second` after `first` is there, both by creating it and by changing another record into it.
    async fn only_one(
        &self,
        hospital: &Hospital,
        first: impl Into<Put>,
        second: impl Into<Put>,
    ) -> Outcome {
        let tenant = hospital.tenant;
        self.create(tenant, [first.into()]).await?;
        self.duplicate(creating(tenant, [second.into()])).await
    }

    /// Refuses to change a record into one that collides.
    async fn not_into(&self, hospital: &Hospital, harmless: Put, collides: Put) -> Outcome {
        self.create(hospital.tenant, [harmless]).await?;
        let mut changes = Changeset::new(hospital.tenant);
        replace(&mut changes, collides, Version::FIRST);
        self.duplicate(changes).await
    }
}

pub(super) async fn a_login_has_one_account_on_the_platform<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let (here, there) = (harness.hospital().await?, harness.elsewhere().await?);
    let account = |text: &str| Account::embedded(harness.ids().id(), email(text));
    let first = account("Shared@Login.example");
    let second = account("shared@login.EXAMPLE");
    harness.only_one(&here, first, second.clone()).await?;
    harness
        .duplicate(creating(there.tenant, [second.clone().into()]))
        .await?;
    let harmless = Account {
        login: email("own@login.example"),
        ..second.clone()
    };
    harness
        .not_into(&there, harmless.into(), second.into())
        .await
}

pub(super) async fn a_provider_knows_one_account_by_a_name<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let (here, there) = (harness.hospital().await?, harness.elsewhere().await?);
    let account = |text: &str, subject: &str| Account {
        link: LoginLink::Linked {
            provider: Provider::Embedded,
            subject: subject.to_owned(),
        },
        ..Account::embedded(harness.ids().id(), email(text))
    };
    let first = account("a@login.example", "auth|7");
    let second = account("b@login.example", "auth|7");
    harness.only_one(&here, first, second.clone()).await?;
    harness
        .duplicate(creating(there.tenant, [second.clone().into()]))
        .await?;
    // Letters and blanks count, and those without a provider do not collide with one another.
    let unlinked = |text| Account {
        link: LoginLink::Unlinked,
        ..account(text, "")
    };
    let others = [
        account("c@login.example", "AUTH|7"),
        account("d@login.example", "auth|7 "),
        unlinked("e@login.example"),
        unlinked("f@login.example"),
    ];
    harness.create(there.tenant, others.map(Put::from)).await?;
    let harmless = Account {
        link: LoginLink::Unlinked,
        ..second.clone()
    };
    harness
        .not_into(&there, harmless.into(), second.into())
        .await
}

fn user(harness: &Harness<impl Store + Directory>, of: &Hospital) -> User {
    let (id, person) = (harness.ids().id(), of.learners[0].person);
    User {
        status: UserStatus::Inactive,
        ..User::new(id, of.domain, person, None)
    }
}

pub(super) async fn a_person_has_one_user_in_a_domain<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let second = user(&harness, &hospital);
    harness
        .duplicate(creating(hospital.tenant, [second.clone().into()]))
        .await?;
    // In another domain the same person may have one more.
    let domain = Domain {
        id: harness.ids().id(),
        name: name("Portal"),
        kind: DomainKind::PatientCare,
        status: DomainStatus::Active,
    };
    let elsewhere = User {
        domain: domain.id,
        ..second.clone()
    };
    let patient = User {
        id: harness.ids().id(),
        domain: Domain::PATIENT_CARE,
        ..second.clone()
    };
    let again = User {
        id: harness.ids().id(),
        ..patient.clone()
    };
    harness.create(hospital.tenant, [domain.into()]).await?;
    harness.only_one(&hospital, patient, again).await?;
    harness
        .not_into(&hospital, elsewhere.into(), second.into())
        .await
}

pub(super) async fn an_account_opens_one_user_in_a_domain<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let person = harness.person(None);
    let second = User {
        person: person.id,
        account: Some(hospital.learners[0].account),
        ..user(&harness, &hospital)
    };
    harness.create(hospital.tenant, [person.into()]).await?;
    harness
        .duplicate(creating(hospital.tenant, [second.clone().into()]))
        .await?;
    // Users without an account do not collide with one another.
    let without = User {
        account: None,
        ..second.clone()
    };
    let person = harness.person(None);
    let another = User {
        id: harness.ids().id(),
        person: person.id,
        ..without.clone()
    };
    harness
        .create(hospital.tenant, [person.into(), another.into()])
        .await?;
    harness
        .not_into(&hospital, without.into(), second.into())
        .await
}

pub(super) async fn a_role_name_is_taken_once_in_a_tenant<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let elsewhere = harness.elsewhere().await?;
    // In the letters of other alphabets too: a reader takes the name for the same.
    for same in [
        "Learner",
        "LEARNER",
        "ｌｅａｒｎｅｒ",
        "Le\u{430}rn\u{435}r",
    ] {
        let role = harness.role(same);
        harness
            .duplicate(creating(hospital.tenant, [role.into()]))
            .await?;
    }
    let first = harness.role("Ärztin im Dienst");
    let second = harness.role("ÄRZTIN im dienst");
    harness.only_one(&hospital, first, second.clone()).await?;
    harness
        .create(elsewhere.tenant, [second.clone().into()])
        .await?;
    let harmless = Role {
        name: name("Nurse"),
        ..second.clone()
    };
    harness
        .not_into(&hospital, harmless.into(), second.into())
        .await
}

/// A role that gives nothing any more is in nobody's way, and cannot come back in the way of another.
pub(super) async fn a_retired_role_frees_its_name<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let tenant = hospital.tenant;
    let first = harness.role("Nurse");
    let second = harness.role("NURSE");
    harness
        .only_one(&hospital, first.clone(), second.clone())
        .await?;
    let retired = Role {
        status: RoleStatus::Retired,
        ..first.clone()
    };
    let mut changes = Changeset::new(tenant);
    replace(&mut changes, retired.into(), Version::FIRST);
    changes.create(second.clone());
    harness.commit(changes).await?;
    let mut changes = Changeset::new(tenant);
    replace(&mut changes, first.into(), Version(2));
    harness.duplicate(changes).await?;
    // Many retired ones may have one name, and are there as before.
    let old = Role {
        status: RoleStatus::Retired,
        ..harness.role("nurse")
    };
    harness.create(tenant, [old.clone().into()]).await?;
    let records = harness.load(tenant, vec![Find::Roles]).await?;
    ensure!(records.roles[&old.id].record == old, "another role");
    ensure!(records.roles.len() == 9, "{} roles", records.roles.len());
    Ok(())
}

pub(super) async fn a_user_has_a_role_once<S: Store + Directory>(harness: Harness<S>) -> Outcome {
    let hospital = harness.hospital().await?;
    let role = harness.role("Nurse");
    let assignment = Assignment {
        id: harness.ids().id(),
        user: hospital.learners[0].user,
        role: hospital.role(RoleKind::Learner),
        kind: RoleKind::Learner,
        status: AssignmentStatus::Inactive,
    };
    harness
        .duplicate(creating(hospital.tenant, [assignment.clone().into()]))
        .await?;
    let harmless = Assignment {
        role: role.id,
        kind: RoleKind::Custom,
        ..assignment.clone()
    };
    harness.create(hospital.tenant, [role.into()]).await?;
    harness
        .not_into(&hospital, harmless.into(), assignment.into())
        .await
}

pub(super) async fn a_user_is_linked_once<S: Store + Directory>(harness: Harness<S>) -> Outcome {
    let here = harness.hospital().await?;
    let (learner, teacher) = (here.learners[0].user, here.teachers[0].user);
    let link = |user, id| harness.link(user, "a", id, learner);
    harness
        .only_one(&here, link(learner, "1"), link(learner, "2"))
        .await?;
    harness
        .create(here.tenant, [link(teacher, "3").into()])
        .await
}

pub(super) async fn a_medhub_identity_is_linked_once<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let (here, there) = (harness.hospital().await?, harness.elsewhere().await?);
    let (learner, teacher) = (here.learners[0].user, here.teachers[0].user);
    let link = |user, host, id| harness.link(user, host, id, learner);
    harness
        .only_one(&here, link(learner, "a", "007"), link(teacher, "a", "007"))
        .await?;
    // The same number is another identity in another institution, leading zeros count, and another tenant has its own.
    let other = link(teacher, "a", "7");
    harness
        .not_into(
            &here,
            other.clone().into(),
            Link {
                medhub: medhub("007"),
                ..other.clone()
            }
            .into(),
        )
        .await?;
    let mut changes = Changeset::new(here.tenant);
    let elsewhere = Link {
        institution: institution("b"),
        medhub: medhub("007"),
        ..other
    };
    replace(&mut changes, elsewhere.into(), Version::FIRST);
    harness.commit(changes).await?;
    let theirs = there.learners[0].user;
    let link = harness.link(theirs, "a", "007", theirs);
    harness.create(there.tenant, [link.into()]).await
}

pub(super) async fn a_pair_is_remembered_once<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let (here, there) = (harness.hospital().await?, harness.elsewhere().await?);
    let (learner, teacher) = (here.learners[0].user, here.teachers[0].user);
    let pair = |user, host, id| harness.not_same(user, host, id, learner);
    // Whoever says it again says it of the same pair.
    let again = NotSame {
        evidence: Fingerprint([1; 32]),
        ..pair(learner, "a", "007")
    };
    harness
        .only_one(&here, pair(learner, "a", "007"), again)
        .await?;
    let other = pair(learner, "a", "7");
    let same = NotSame {
        medhub: medhub("007"),
        ..other.clone()
    };
    harness
        .not_into(&here, other.clone().into(), same.into())
        .await?;
    // Another user, another institution and another tenant are another pair each.
    let others = [pair(teacher, "a", "007"), pair(learner, "b", "007")];
    harness.create(here.tenant, others.map(Put::from)).await?;
    let theirs = there.learners[0].user;
    let pair = harness.not_same(theirs, "a", "007", theirs);
    harness.create(there.tenant, [pair.into()]).await
}

pub(super) async fn a_professional_has_an_address_of_their_own<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let (here, there) = (harness.hospital().await?, harness.elsewhere().await?);
    let person = here.learners[0].person;
    let first = harness.professional(person, "dr@ward.example");
    let second = harness.professional(here.teachers[0].person, "DR@Ward.Example");
    harness.only_one(&here, first, second.clone()).await?;
    // An organisation may share the address: it is not looked for by it.
    let organisation = Hcp {
        id: harness.ids().id(),
        party: Party::Organisation {
            name: name("Ward"),
            email: Some(email("dr@ward.example")),
            phone: None,
        },
        parent: None,
    };
    harness.create(here.tenant, [organisation.into()]).await?;
    let theirs = harness.professional(there.learners[0].person, "dr@ward.example");
    harness.create(there.tenant, [theirs.into()]).await?;
    let harmless = Hcp {
        party: harness.professional(person, "own@ward.example").party,
        ..second.clone()
    };
    harness
        .not_into(&here, harmless.into(), second.into())
        .await
}

pub(super) async fn a_token_hash_is_taken_once_on_the_platform<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let (here, there) = (harness.hospital().await?, harness.elsewhere().await?);
    let token = |of: &Hospital, name| harness.token(of.owners[0].user, name, 7);
    harness
        .only_one(&here, token(&here, "one"), token(&here, "two"))
        .await?;
    harness
        .duplicate(creating(there.tenant, [token(&there, "one").into()]))
        .await
}

pub(super) async fn a_session_hash_is_taken_once_on_the_platform<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let (here, there) = (harness.hospital().await?, harness.elsewhere().await?);
    let session = |of: &Hospital| harness.session(&of.owners[0], 7);
    harness
        .only_one(&here, session(&here), session(&here))
        .await?;
    harness
        .duplicate(creating(there.tenant, [session(&there).into()]))
        .await?;
    // A token's hash is another thing.
    let token = harness.token(here.owners[0].user, "nightly", 7);
    harness.create(here.tenant, [token.into()]).await
}

pub(super) async fn a_user_is_proposed_once<S: Store + Directory>(harness: Harness<S>) -> Outcome {
    let hospital = harness.staffed(Staffing::of("General").owners(2)).await?;
    let [first, second] = [hospital.owners[0].user, hospital.owners[1].user];
    let person = harness.person(None);
    let user = User::new(harness.ids().id(), hospital.domain, person.id, None);
    let puts = [person.into(), user.clone().into()];
    harness.create(hospital.tenant, puts).await?;
    let again = harness.proposal(user.id, second);
    let only = harness.proposal(user.id, first);
    harness.only_one(&hospital, only, again.clone()).await?;
    let harmless = Proposal {
        user: first,
        ..again.clone()
    };
    harness
        .not_into(&hospital, harmless.into(), again.into())
        .await
}

pub(super) async fn a_token_name_is_free_once_its_token_is_revoked<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let (here, there) = (harness.hospital().await?, harness.elsewhere().await?);
    let owner = here.owners[0].user;
    let first = harness.token(owner, "Nightly Import", 1);
    let second = harness.token(owner, "nightly import", 2);
    harness
        .only_one(&here, first.clone(), second.clone())
        .await?;
    let theirs = harness.token(there.owners[0].user, "Nightly Import", 3);
    harness.create(there.tenant, [theirs.into()]).await?;

    let revoked = ApiToken {
        revoked_at: Some(harness.clock.now()),
        ..first.clone()
    };
    let mut changes = Changeset::new(here.tenant);
    replace(&mut changes, revoked.into(), Version::FIRST);
    harness.commit(changes).await?;
    harness.create(here.tenant, [second.into()]).await?;

    // The name is taken again, so the first token cannot come back under it; and many revoked ones may share it.
    let mut changes = Changeset::new(here.tenant);
    replace(&mut changes, first.into(), Version(2));
    harness.duplicate(changes).await?;
    let old = ApiToken {
        revoked_at: Some(harness.clock.now()),
        ..harness.token(owner, "Nightly Import", 4)
    };
    harness.create(here.tenant, [old.into()]).await
}

/// In one changeset and in two: what was given up is free at once.
pub(super) async fn what_is_unique_is_free_again_once_it_is_given_up<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let tenant = hospital.tenant;
    let (learner, teacher) = (hospital.learners[0].user, hospital.teachers[0].user);
    let first = harness.link(learner, "a", "1", learner);
    let second = harness.link(teacher, "a", "1", learner);
    harness.create(tenant, [first.clone().into()]).await?;
    let mut changes = Changeset::new(tenant);
    erase(&mut changes, first.into(), Version::FIRST);
    changes.create(second.clone());
    harness.commit(changes).await?;

    let moved = Link {
        id: second.id,
        ..harness.link(teacher, "a", "2", learner)
    };
    let mut changes = Changeset::new(tenant);
    replace(&mut changes, moved.into(), Version::FIRST);
    changes.create(harness.link(learner, "a", "1", learner));
    harness.commit(changes).await?;

    let role = harness.role("Nurse");
    harness.create(tenant, [role.clone().into()]).await?;
    let mut changes = Changeset::new(tenant);
    erase(&mut changes, role.into(), Version::FIRST);
    harness.commit(changes).await?;
    let again = harness.role("NURSE");
    harness.create(tenant, [again.clone().into()]).await?;
    let there = harness.is_at(tenant, &again.into(), Version::FIRST).await?;
    ensure!(there, "not there");
    Ok(())
}
