//! Save: the plan that was reviewed, whole or not at all (R5).

use super::{
    Integration, Link, cohort,
    not_same::{NotSame, likeness},
    plan::{Action, Evidence, ImportProblem, StageRefusal, Step, connected, emails_meet, links_of},
};
use crate::{
    account::Account,
    authority::{Authority, AuthorityRefusal},
    changeset::Changeset,
    email::{Email, EmailKey, EmailRefusal},
    id::{Id, Mint},
    journal::Event,
    name::{Name, PersonName},
    operation::Fingerprint,
    outbox::{Message, MessageKind},
    permission::INTEGRATIONS_MANAGE,
    person::Person,
    record::{Records, Stored},
    refusal::Refusal,
    role::{GrantRefusal, Permitted, RoleKind, permit_grant},
    roster::{Identity, Kind, Kinds, MedhubUserId},
    user::{Access, AddUserRefusal, User, UserStatus, internal_domain},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What to do when some steps are in conflict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum SaveMode {
    /// Nothing.
    #[default]
    Whole,
    /// Apply the others, and leave those in the plan.
    ValidOnly,
}

/// What became of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// Users linked.
    pub linked: u32,
    /// Users unlinked.
    pub unlinked: u32,
    /// Users made from identities.
    pub imported: u32,
    /// Pairs remembered as not the same person, beside those that were unlinked.
    pub not_same: u32,
    /// Pairs of which that was forgotten, beside those that were linked.
    pub maybe_same: u32,
    /// Mails owed.
    pub mails: u32,
    /// Steps that were done already.
    pub already_done: u32,
    /// Steps in conflict.
    pub conflicts: Vec<StepConflict>,
}

/// A step that cannot be applied any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepConflict {
    /// Its number in the plan.
    pub step: u32,
    /// What it would have done.
    #[serde(flatten)]
    pub action: Action,
    /// What moved.
    pub conflict: Conflict,
}

/// What moved since a step was staged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Conflict {
    /// The user is not there any more.
    #[error("user is not there any more")]
    UserGone,
    /// Another institution was connected.
    #[error("another institution is connected than when it was staged")]
    OtherInstitution,
    /// The user was deactivated.
    #[error("user is inactive")]
    UserInactive,
    /// The user is neither learner nor teacher any more.
    #[error("user is neither learner nor teacher any more")]
    UserNotInCohort,
    /// The user was linked otherwise.
    #[error("user is linked to another identity")]
    UserLinked,
    /// The identity is in no list any more.
    #[error("identity is not in the last roster read any more")]
    IdentityGone,
    /// The identity was linked otherwise.
    #[error("identity is linked to another user")]
    IdentityLinked,
    /// What MedHub says of the identity changed since it was reviewed.
    #[error("identity changed since it was reviewed")]
    IdentityChanged,
    /// What made the two look alike, for which they were linked or told apart, is not what it was.
    #[error("what made the two look alike is not what it was")]
    EvidenceChanged,
    /// The link was suggested, and somebody said meanwhile that the two are not the same person.
    #[error("somebody said that the two are not the same person")]
    NotSame,
    /// The identity cannot be imported any more.
    #[error(transparent)]
    Import(#[from] ImportProblem),
}

impl Conflict {
    /// The stable code, in lower snake case.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UserGone => "user_gone",
            Self::OtherInstitution => "medhub_other_institution",
            Self::UserInactive => "user_inactive",
            Self::UserNotInCohort => "user_not_in_cohort",
            Self::UserLinked => "user_linked",
            Self::IdentityGone => "identity_gone",
            Self::IdentityLinked => "identity_linked",
            Self::IdentityChanged => "identity_changed",
            Self::EvidenceChanged => "evidence_changed",
            Self::NotSame => "not_same",
            Self::Import(problem) => problem.code(),
        }
    }
}

/// Why a plan is not saved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SaveRefusal {
    /// No plan to save, or no authority to.
    #[error(transparent)]
    Stage(#[from] StageRefusal),
    /// The plan imports people, and their roles may not be given.
    #[error(transparent)]
    Grant(#[from] GrantRefusal),
    /// A built-in role or the internal domain is not there.
    #[error("tenant lacks a built-in role or its internal domain")]
    TenantIncomplete,
    /// Some steps are in conflict; nothing was applied.
    #[error("{} of the staged steps are in conflict, and nothing was applied", .0.len())]
    Conflicts(Vec<StepConflict>),
}

impl From<AuthorityRefusal> for SaveRefusal {
    fn from(refusal: AuthorityRefusal) -> Self {
        Self::Stage(refusal.into())
    }
}

impl Refusal for SaveRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Stage(it) => it.code(),
            Self::Grant(it) => it.code(),
            Self::TenantIncomplete => "tenant_incomplete",
            Self::Conflicts(_) => "plan_conflicts",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Stage(it) => it.rule(),
            Self::Grant(it) => it.rule(),
            Self::TenantIncomplete => "A5",
            Self::Conflicts(_) => "R5",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Stage(it) => it.next(),
            Self::Grant(it) => it.next(),
            Self::TenantIncomplete => "ask the platform operator about the tenant",
            Self::Conflicts(_) => "take those steps back or save the valid ones alone",
        }
    }
}

/// Somebody whom MedHub lists and who can become a user here.
pub(super) struct Newcomer {
    name: PersonName,
    email: Email,
}

impl Newcomer {
    /// Checks an identity: the one check of staging and of saving.
    pub(super) fn of(identity: &Identity, known: &Addresses<'_>) -> Result<Self, ImportProblem> {
        let newcomer = Self::read(identity)?;
        let email = newcomer.email.key();
        if known.are_used(email) {
            Err(ImportProblem::EmailInUse)
        } else if known.login_may_open(email) {
            Ok(newcomer)
        } else {
            Err(ImportProblem::LoginUnproved)
        }
    }

    fn read(identity: &Identity) -> Result<Self, ImportProblem> {
        let email = Email::parse(&identity.email).map_err(|refusal| match refusal {
            EmailRefusal::Empty => ImportProblem::EmailMissing,
            EmailRefusal::Multiple => ImportProblem::EmailSeveral,
            EmailRefusal::TooLong | EmailRefusal::DisplayName | EmailRefusal::Syntax => {
                ImportProblem::EmailInvalid
            }
        })?;
        let name = |it: &str| Name::parse(it).map_err(|_| ImportProblem::NameInvalid);
        Ok(Self {
            name: PersonName {
                given: name(&identity.given)?,
                family: name(&identity.family)?,
            },
            email,
        })
    }
}

/// Who answers to which address here, indexed once for plans of ten thousand steps.
pub(super) struct Addresses<'a> {
    persons: BTreeSet<&'a EmailKey>,
    logins: BTreeMap<&'a EmailKey, &'a Stored<Account>>,
    /// The accounts that open a user here.
    opening: BTreeSet<Id<Account>>,
}

impl<'a> Addresses<'a> {
    pub(super) fn of(records: &'a Records) -> Self {
        let (persons, accounts) = (records.persons.values(), records.accounts.values());
        let users = records.users.values();
        Self {
            persons: persons
                .filter_map(|it| it.record.email.as_ref())
                .map(Email::key)
                .collect(),
            logins: accounts.map(|it| (it.record.login.key(), it)).collect(),
            opening: users.filter_map(|it| it.record.account).collect(),
        }
    }

    /// Whether somebody here has the address, or a login of that name opens a user here.
    fn are_used(&self, email: &EmailKey) -> bool {
        let login = self.logins.get(email);
        self.persons.contains(email) || login.is_some_and(|it| self.opening.contains(&it.record.id))
    }

    /// Whether there is no login of that name, or one that may open a user here.
    fn login_may_open(&self, email: &EmailKey) -> bool {
        let login = self.logins.get(email);
        login.is_none_or(|it| it.record.may_open_more())
    }
}

/// Decides to save the acting user's plan; `records` hold it, whom it concerns, the connection, the roles and the domains.
///
/// Every step is checked against the records as they are now, whatever they were when it was staged.
///
/// # Errors
/// As [`SaveRefusal`].
pub fn save(
    authority: &Authority,
    records: &Records,
    mode: SaveMode,
    ids: &mut Mint,
) -> Result<(Changeset, Saved), SaveRefusal> {
    let mut changes = authority.permit(&INTEGRATIONS_MANAGE)?;
    let by = authority.user().ok_or(StageRefusal::NotAUser)?;
    let integration = connected(authority, records)?;
    changes.rely(integration);
    let plan = records.plans.get(&by).ok_or(StageRefusal::NothingStaged)?;
    let steps: Vec<_> = records
        .steps
        .values()
        .filter(|it| it.record.plan == by)
        .collect();
    if steps.is_empty() {
        return Err(StageRefusal::NothingStaged.into());
    }
    let mut saving = Saving::new(records, integration, by);
    let mut saved = Saved::default();
    let mut applied = 0;
    for step in steps {
        match saving.check(&step.record) {
            Verdict::Done => saved.already_done += 1,
            Verdict::Conflict(conflict) => {
                saved.conflicts.push(StepConflict {
                    step: step.record.number,
                    action: step.record.action.clone(),
                    conflict,
                });
                continue;
            }
            Verdict::Link(user, identity) => {
                saved.linked += 1;
                applied += 1;
                let medhub = &identity.record.identity.user_id;
                saving.rely_on_likeness(user.record.id, medhub, &mut changes);
                if let Some(remembered) = saving.remembered(user.record.id, medhub) {
                    saving.forget(authority, remembered, &mut changes, ids);
                }
                saving.link(authority, user.record.id, medhub.clone(), &mut changes, ids);
            }
            Verdict::Unlink(link) => {
                saved.unlinked += 1;
                applied += 1;
                changes.erase(link);
                let (user, medhub) = (link.record.user, link.record.medhub.clone());
                let event = Event::Unlinked {
                    user,
                    medhub: medhub.clone(),
                };
                changes.enter(authority.entry(ids.now(), event));
                saving.rely_on_likeness(user, &medhub, &mut changes);
                let evidence = saving.likeness(user, &medhub);
                saving.remember(authority, user, medhub, evidence, &mut changes, ids);
            }
            Verdict::NotSame(user, medhub, evidence) => {
                saved.not_same += 1;
                applied += 1;
                saving.rely_on_likeness(user, medhub, &mut changes);
                let medhub = medhub.clone();
                saving.remember(authority, user, medhub, evidence, &mut changes, ids);
            }
            Verdict::MaybeSame(remembered) => {
                saved.maybe_same += 1;
                applied += 1;
                saving.forget(authority, remembered, &mut changes, ids);
            }
            Verdict::Import(identity, newcomer) => {
                saved.imported += 1;
                saved.mails += 1;
                applied += 1;
                changes.rely(identity);
                saving.import(
                    authority,
                    &identity.record.identity,
                    newcomer,
                    &mut changes,
                    ids,
                )?;
            }
        }
        changes.erase(step);
    }
    if mode == SaveMode::Whole && !saved.conflicts.is_empty() {
        return Err(SaveRefusal::Conflicts(saved.conflicts));
    }
    // Kept for good: the numbers of its steps never come again, so that nothing staged later is taken for what was.
    changes.replace(plan, plan.record.clone());
    changes.enter(authority.entry(ids.now(), Event::PlanSaved { steps: applied }));
    Ok((changes, saved))
}

/// What a step comes to, seen what is there now.
enum Verdict<'a> {
    Done,
    Conflict(Conflict),
    Link(&'a Stored<User>, &'a Stored<super::snapshot::RosterPerson>),
    Unlink(&'a Stored<Link>),
    Import(&'a Stored<super::snapshot::RosterPerson>, Newcomer),
    NotSame(Id<User>, &'a MedhubUserId, Fingerprint),
    MaybeSame(&'a Stored<NotSame>),
}

/// What the checks look up.
struct Saving<'a> {
    records: &'a Records,
    integration: &'a Stored<Integration>,
    by: Id<User>,
    cohort: BTreeMap<Id<User>, Kinds>,
    link_of: BTreeMap<Id<User>, &'a Stored<Link>>,
    holder_of: BTreeMap<&'a MedhubUserId, Id<User>>,
    /// What is remembered of pairs of the connected institution.
    not_same: BTreeMap<(Id<User>, &'a MedhubUserId), &'a Stored<NotSame>>,
    addresses: Addresses<'a>,
    /// The addresses of those imported by this very save.
    newcomers: BTreeSet<EmailKey>,
}

impl<'a> Saving<'a> {
    fn new(records: &'a Records, integration: &'a Stored<Integration>, by: Id<User>) -> Self {
        Self {
            records,
            integration,
            by,
            cohort: cohort(records),
            link_of: records
                .links
                .values()
                .map(|it| (it.record.user, it))
                .collect(),
            holder_of: links_of(records, integration)
                .map(|it| (&it.medhub, it.user))
                .collect(),
            not_same: records
                .not_same
                .values()
                .filter(|it| it.record.institution == integration.record.institution)
                .map(|it| ((it.record.user, &it.record.medhub), it))
                .collect(),
            addresses: Addresses::of(records),
            newcomers: BTreeSet::new(),
        }
    }

    fn check(&mut self, step: &'a Step) -> Verdict<'a> {
        let records = self.records;
        if step.institution != self.integration.record.institution {
            return Verdict::Conflict(Conflict::OtherInstitution);
        }
        match &step.action {
            Action::Link {
                user,
                medhub,
                evidence,
            } => {
                match self.link_of.get(user) {
                    Some(link)
                        if link.record.institution != self.integration.record.institution =>
                    {
                        return Verdict::Conflict(Conflict::UserLinked);
                    }
                    Some(link) if link.record.medhub == *medhub => return Verdict::Done,
                    Some(_) => return Verdict::Conflict(Conflict::UserLinked),
                    None => (),
                }
                let Some(known) = records.users.get(user) else {
                    return Verdict::Conflict(Conflict::UserGone);
                };
                let Some(identity) = records.roster_people.get(medhub) else {
                    return Verdict::Conflict(Conflict::IdentityGone);
                };
                let person = records
                    .persons
                    .get(&known.record.person)
                    .map(|it| &it.record);
                match evidence {
                    Evidence::Email if !emails_meet(&identity.record.identity, person) => {
                        return Verdict::Conflict(Conflict::EvidenceChanged);
                    }
                    Evidence::Email if self.told_apart(*user, medhub) => {
                        return Verdict::Conflict(Conflict::NotSame);
                    }
                    Evidence::Email | Evidence::Manual => (),
                }
                if known.record.status != UserStatus::Active {
                    Verdict::Conflict(Conflict::UserInactive)
                } else if !self.cohort.contains_key(user) {
                    Verdict::Conflict(Conflict::UserNotInCohort)
                } else if self.holder_of.contains_key(medhub) {
                    Verdict::Conflict(Conflict::IdentityLinked)
                } else {
                    Verdict::Link(known, identity)
                }
            }
            Action::Unlink { user, medhub } => match self.link_of.get(user).copied() {
                None => Verdict::Done,
                Some(link)
                    if link.record.medhub == *medhub
                        && link.record.institution == self.integration.record.institution =>
                {
                    Verdict::Unlink(link)
                }
                Some(_) => Verdict::Conflict(Conflict::UserLinked),
            },
            Action::Import { medhub, reviewed } => {
                let Some(identity) = records.roster_people.get(medhub) else {
                    return Verdict::Conflict(Conflict::IdentityGone);
                };
                if self.holder_of.contains_key(medhub) {
                    return Verdict::Conflict(Conflict::IdentityLinked);
                }
                if identity.record.identity.fingerprint() != *reviewed {
                    return Verdict::Conflict(Conflict::IdentityChanged);
                }
                match Newcomer::of(&identity.record.identity, &self.addresses) {
                    Err(problem) => Verdict::Conflict(problem.into()),
                    Ok(newcomer) if !self.newcomers.insert(newcomer.email.key().clone()) => {
                        Verdict::Conflict(ImportProblem::EmailInUse.into())
                    }
                    Ok(newcomer) => Verdict::Import(identity, newcomer),
                }
            }
            Action::NotSame {
                user,
                medhub,
                reviewed,
            } => {
                let remembered = self.remembered(*user, medhub);
                if remembered.is_some_and(|it| it.record.evidence == *reviewed) {
                    Verdict::Done
                } else if !records.users.contains_key(user) {
                    Verdict::Conflict(Conflict::UserGone)
                } else if !records.roster_people.contains_key(medhub) {
                    Verdict::Conflict(Conflict::IdentityGone)
                } else if self.is_linked_here(*user) {
                    Verdict::Conflict(Conflict::UserLinked)
                } else if self.holder_of.contains_key(medhub) {
                    Verdict::Conflict(Conflict::IdentityLinked)
                } else if self.likeness(*user, medhub) != *reviewed {
                    Verdict::Conflict(Conflict::EvidenceChanged)
                } else {
                    Verdict::NotSame(*user, medhub, *reviewed)
                }
            }
            Action::MaybeSame { user, medhub } => match self.remembered(*user, medhub) {
                None => Verdict::Done,
                Some(remembered) => Verdict::MaybeSame(remembered),
            },
        }
    }

    /// Whether the user is linked to an identity of the connected institution.
    fn is_linked_here(&self, user: Id<User>) -> bool {
        let connected = &self.integration.record.institution;
        let link = self.link_of.get(&user);
        link.is_some_and(|it| it.record.institution == *connected)
    }

    fn remembered(&self, user: Id<User>, medhub: &MedhubUserId) -> Option<&'a Stored<NotSame>> {
        self.not_same.get(&(user, medhub)).copied()
    }

    /// Whether the two are remembered as not the same person, and look alike as they did then.
    fn told_apart(&self, user: Id<User>, medhub: &MedhubUserId) -> bool {
        self.remembered(user, medhub)
            .is_some_and(|it| it.record.evidence == self.likeness(user, medhub))
    }

    /// What makes the two look alike now.
    fn likeness(&self, user: Id<User>, medhub: &MedhubUserId) -> Fingerprint {
        let kinds = self.cohort.get(&user).copied().unwrap_or_default();
        let known = self.records.users.get(&user);
        let person = known.and_then(|it| self.records.persons.get(&it.record.person));
        let email = person.and_then(|it| it.record.email.as_ref());
        let identity = self.records.roster_people.get(medhub);
        likeness(email, kinds, identity.map(|it| &it.record.identity))
    }

    /// Relies on both sides as they were compared: the user, the person who has the address, and the identity.
    fn rely_on_likeness(&self, user: Id<User>, medhub: &MedhubUserId, changes: &mut Changeset) {
        if let Some(user) = self.records.users.get(&user) {
            changes.rely(user);
            if let Some(person) = self.records.persons.get(&user.record.person) {
                changes.rely(person);
            }
        }
        if let Some(identity) = self.records.roster_people.get(medhub) {
            changes.rely(identity);
        }
    }

    /// Remembers the two as not the same person, on what makes them look alike now (R6).
    fn remember(
        &self,
        authority: &Authority,
        user: Id<User>,
        medhub: MedhubUserId,
        evidence: Fingerprint,
        changes: &mut Changeset,
        ids: &mut Mint,
    ) {
        let (at, by) = (ids.now(), self.by);
        let event = Event::NotSameRemembered {
            user,
            medhub: medhub.clone(),
        };
        changes.enter(authority.entry(at, event));
        match self.remembered(user, &medhub) {
            Some(before) => {
                let record = before.record.clone();
                changes.replace(
                    before,
                    NotSame {
                        evidence,
                        at,
                        by,
                        ..record
                    },
                );
            }
            None => changes.create(NotSame {
                id: ids.id(),
                user,
                institution: self.integration.record.institution.clone(),
                medhub,
                evidence,
                at,
                by,
            }),
        }
    }

    fn forget(
        &self,
        authority: &Authority,
        remembered: &Stored<NotSame>,
        changes: &mut Changeset,
        ids: &Mint,
    ) {
        let event = Event::NotSameForgotten {
            user: remembered.record.user,
            medhub: remembered.record.medhub.clone(),
        };
        changes.enter(authority.entry(ids.now(), event));
        changes.erase(remembered);
    }

    fn link(
        &self,
        authority: &Authority,
        user: Id<User>,
        medhub: MedhubUserId,
        changes: &mut Changeset,
        ids: &mut Mint,
    ) {
        let at = ids.now();
        changes.enter(authority.entry(
            at,
            Event::Linked {
                user,
                medhub: medhub.clone(),
            },
        ));
        let institution = self.integration.record.institution.clone();
        changes.create(Link {
            id: ids.id(),
            user,
            institution,
            medhub,
            at,
            by: self.by,
        });
    }

    /// Person, login, user, roles, link and mail: one of each, in this commit (R7).
    fn import(
        &self,
        authority: &Authority,
        identity: &Identity,
        newcomer: Newcomer,
        changes: &mut Changeset,
        ids: &mut Mint,
    ) -> Result<(), SaveRefusal> {
        let roles = identity
            .kinds
            .iter()
            .map(|it| self.role(authority, it, changes))
            .collect::<Result<Vec<_>, _>>()?;
        let Newcomer { name, email } = newcomer;
        let person = ids.id();
        changes.rely_on_persons(email.key().clone(), Vec::new());
        changes.create(Person::new(person, name, Some(email.clone())));
        let access = Access {
            email: &email,
            person,
            domain: internal_domain(self.records).map_err(|_| SaveRefusal::TenantIncomplete)?,
            account: self.addresses.logins.get(email.key()).copied(),
            users: Vec::new(),
            roles,
            status: UserStatus::Active,
        };
        let opened = access
            .open(authority, self.records, changes, ids)
            .map_err(|refusal| match refusal {
                AddUserRefusal::Grant(it) => SaveRefusal::Grant(it),
                // A new person with roles that are no owner's, and a login that may open a user and opens nobody here.
                AddUserRefusal::UnknownRole
                | AddUserRefusal::NoDomain
                | AddUserRefusal::NamesNeeded
                | AddUserRefusal::SeveralPersons(_)
                | AddUserRefusal::OtherPerson
                | AddUserRefusal::RoleUnfit
                | AddUserRefusal::HasUser { .. }
                | AddUserRefusal::LoginUnproved
                | AddUserRefusal::LoginTaken
                | AddUserRefusal::OwnerNotUsable
                | AddUserRefusal::PasswordOfOthers => SaveRefusal::TenantIncomplete,
            })?;
        self.link(
            authority,
            opened.user,
            identity.user_id.clone(),
            changes,
            ids,
        );
        let kind = MessageKind::Imported {
            user: opened.user,
            new_login: opened.new_login,
        };
        changes.send(Message {
            id: ids.id(),
            kind,
            at: ids.now(),
        });
        Ok(())
    }

    /// The built-in role of a kind, if it may be given: the same check as by hand (A4).
    fn role(
        &self,
        authority: &Authority,
        kind: Kind,
        changes: &mut Changeset,
    ) -> Result<Permitted<'a>, SaveRefusal> {
        let kind = match kind {
            Kind::Learner => RoleKind::Learner,
            Kind::Teacher => RoleKind::Teacher,
        };
        let role = self
            .records
            .roles
            .values()
            .find(|it| it.record.kind == kind)
            .ok_or(SaveRefusal::TenantIncomplete)?;
        // The right to give it may come from another role than the right to save.
        let (allowed, permitted) = permit_grant(authority, role)?;
        changes.rely_as(&allowed);
        Ok(permitted)
    }
}

#[cfg(test)]
pub(super) mod tests;
