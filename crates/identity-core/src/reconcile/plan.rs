//! The plan: what an administrator has staged, one step after the other, until it is saved or thrown away.

use super::{
    Institution, Integration, Link, cohort,
    not_same::likeness,
    save::{Addresses, Newcomer},
};
use crate::{
    authority::{Authority, AuthorityRefusal},
    changeset::Changeset,
    id::Id,
    journal::Event,
    operation::Fingerprint,
    permission::INTEGRATIONS_MANAGE,
    port::Find,
    record::{Records, Stored},
    refusal::Refusal,
    roster::{Identity, Kinds, MedhubUserId},
    time::Instant,
    user::User,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An administrator's staged work. It is never erased: the numbers of its steps go on from one save to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Whose.
    pub owner: Id<User>,
    /// The number the next step gets.
    pub next: u32,
    /// When the first step was staged.
    pub begun_at: Instant,
}

/// One step of a plan. No two of a plan concern the same user or the same identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Whose plan.
    pub plan: Id<User>,
    /// Its number within the plan, from 1.
    pub number: u32,
    /// Of which MedHub the identity is: a step outlives the connection it was staged under, and its numbers must not be
    /// taken for those of another.
    pub institution: Institution,
    /// What to do.
    pub action: Action,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "action")]
pub enum Action {
    /// Tie a user to an identity.
    Link {
        /// the user
        user: Id<User>,
        /// the identity
        medhub: MedhubUserId,
        /// why the two are thought to be one
        evidence: Evidence,
    },
    /// Untie them.
    Unlink {
        /// the user
        user: Id<User>,
        /// the identity
        medhub: MedhubUserId,
    },
    /// Make a user from an identity.
    Import {
        /// the identity
        medhub: MedhubUserId,
        /// what MedHub said of the identity when it was reviewed
        reviewed: Fingerprint,
    },
    /// Remember the two as not the same person.
    NotSame {
        /// the user
        user: Id<User>,
        /// the identity
        medhub: MedhubUserId,
        /// what made the two look alike when they were told apart
        reviewed: Fingerprint,
    },
    /// Forget that.
    MaybeSame {
        /// the user
        user: Id<User>,
        /// the identity
        medhub: MedhubUserId,
    },
}

/// Why a user and an identity are thought to be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// They were suggested: one to one by e-mail.
    Email,
    /// Somebody said so.
    Manual,
}

impl Action {
    /// The user it concerns; an import makes one only when it is saved.
    #[must_use]
    pub const fn user(&self) -> Option<Id<User>> {
        match self {
            Self::Link { user, .. }
            | Self::Unlink { user, .. }
            | Self::NotSame { user, .. }
            | Self::MaybeSame { user, .. } => Some(*user),
            Self::Import { .. } => None,
        }
    }

    /// The identity it concerns.
    #[must_use]
    pub const fn medhub(&self) -> &MedhubUserId {
        match self {
            Self::Link { medhub, .. }
            | Self::Unlink { medhub, .. }
            | Self::Import { medhub, .. }
            | Self::NotSame { medhub, .. }
            | Self::MaybeSame { medhub, .. } => medhub,
        }
    }
}

/// What is asked to be staged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "ask")]
pub enum Ask {
    /// Tie a user to an identity.
    Link {
        /// the user
        user: Id<User>,
        /// the identity
        medhub: MedhubUserId,
        /// why the two are thought to be one
        evidence: Evidence,
    },
    /// Untie a user, or take back a staged tie.
    Unlink {
        /// the user
        user: Id<User>,
    },
    /// Make a user from an identity.
    Import {
        /// the identity
        medhub: MedhubUserId,
    },
    /// Remember two who are linked to nobody as not the same person, or take back a staged tie of the two.
    NotSame {
        /// the user
        user: Id<User>,
        /// the identity
        medhub: MedhubUserId,
    },
    /// Forget that they are not the same person, which says nothing of whether they are. Of two whom nobody told apart it comes
    /// to nothing when it is saved.
    MaybeSame {
        /// the user
        user: Id<User>,
        /// the identity
        medhub: MedhubUserId,
    },
}

impl Ask {
    /// What staging it looks at, in the plan of `owner`, beside the connection and the plan's head.
    #[must_use]
    pub fn find(&self, owner: Id<User>) -> Vec<Find> {
        let user = |user: &Id<User>| [Find::Local(*user), Find::StepsOnUser(owner, *user)];
        let identity = |id: &MedhubUserId| {
            [
                Find::RosterPerson(id.clone()),
                Find::StepsOnIdentity(owner, id.clone()),
            ]
        };
        match self {
            Self::Link {
                user: it, medhub, ..
            }
            | Self::NotSame { user: it, medhub }
            | Self::MaybeSame { user: it, medhub } => [user(it), identity(medhub)].concat(),
            Self::Unlink { user: it } => user(it).to_vec(),
            Self::Import { medhub } => identity(medhub).to_vec(),
        }
    }
}

/// What came of staging.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staged {
    /// How many steps were added to the plan.
    pub staged: u32,
    /// How many staged steps were taken back instead.
    pub withdrawn: u32,
    /// What could not be staged, and why.
    pub refused: Vec<(Ask, AskRefusal)>,
}

/// Why one thing that was asked cannot be staged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum AskRefusal {
    /// No such user.
    #[error("no such user in this tenant")]
    UnknownUser,
    /// The identity is not in the last read.
    #[error("no such identity in the last roster read")]
    UnknownIdentity,
    /// The user is neither learner nor teacher.
    #[error("user is neither learner nor teacher")]
    NotInCohort,
    /// The user is tied to an identity, or the plan does something with them.
    #[error("user is linked already, or a staged step concerns them")]
    UserTaken,
    /// The identity is tied to a user, or the plan does something with it.
    #[error("identity is linked already, or a staged step concerns it")]
    IdentityTaken,
    /// The user is tied to nothing, and nothing is staged.
    #[error("user is not linked")]
    NotLinked,
    /// The identity cannot be imported as it is.
    #[error(transparent)]
    Import(#[from] ImportProblem),
}

/// Why an identity cannot become a user here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ImportProblem {
    /// MedHub has no e-mail address for them.
    #[error("identity has no e-mail address")]
    EmailMissing,
    /// MedHub has several.
    #[error("identity has several e-mail addresses")]
    EmailSeveral,
    /// What MedHub has is no e-mail address.
    #[error("identity has an e-mail address that is none")]
    EmailInvalid,
    /// Somebody here has the address: they are to be linked, not imported.
    #[error("somebody here has the identity's e-mail address")]
    EmailInUse,
    /// The login of that address opens users of another tenant, and nobody has confirmed whose it is.
    #[error("the login was made by another tenant, and nobody has confirmed whose it is")]
    LoginUnproved,
    /// A name is missing or is none.
    #[error("identity has a name that is none")]
    NameInvalid,
}

impl AskRefusal {
    /// The stable code, in lower snake case.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownUser => "user_unknown",
            Self::UnknownIdentity => "identity_unknown",
            Self::NotInCohort => "user_not_in_cohort",
            Self::UserTaken => "user_taken",
            Self::IdentityTaken => "identity_taken",
            Self::NotLinked => "user_not_linked",
            Self::Import(it) => it.code(),
        }
    }

    /// The next legal step.
    #[must_use]
    pub const fn next(self) -> &'static str {
        match self {
            Self::UnknownUser => "list the users and choose one of them",
            Self::UnknownIdentity => "read the roster again, and choose an identity from the views",
            Self::NotInCohort => "give the user the role Learner or Teacher first",
            Self::UserTaken => "unlink the user first, or save or discard what is staged",
            Self::IdentityTaken => {
                "unlink the user who is linked to it first, or save or discard what is staged"
            }
            Self::NotLinked => "nothing is left to do",
            Self::Import(it) => it.next(),
        }
    }
}

impl ImportProblem {
    /// The stable code, in lower snake case.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::EmailMissing => "email_missing",
            Self::EmailSeveral => "email_multiple",
            Self::EmailInvalid => "email_syntax",
            Self::EmailInUse => "email_in_use",
            Self::LoginUnproved => "login_unproved",
            Self::NameInvalid => "name_invalid",
        }
    }

    /// The next legal step.
    #[must_use]
    pub const fn next(self) -> &'static str {
        match self {
            Self::EmailMissing | Self::EmailSeveral | Self::EmailInvalid | Self::NameInvalid => {
                "correct the person in MedHub and read again"
            }
            Self::EmailInUse => "link the identity to the user who has that address",
            Self::LoginUnproved => "have the platform operator confirm the login",
        }
    }
}

/// Why nothing is staged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StageRefusal {
    /// The actor may not.
    #[error(transparent)]
    Authority(#[from] AuthorityRefusal),
    /// A plan belongs to a user.
    #[error("a plan is made by a user")]
    NotAUser,
    /// Nothing is connected.
    #[error("MedHub is not connected")]
    NotConnected,
    /// The one thing that was asked cannot be staged.
    #[error(transparent)]
    Ask(#[from] AskRefusal),
    /// There is nothing to throw away or to save.
    #[error("nothing is staged")]
    NothingStaged,
}

impl Refusal for StageRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.code(),
            Self::NotAUser => "not_a_user",
            Self::NotConnected => "medhub_not_connected",
            Self::Ask(it) => it.code(),
            Self::NothingStaged => "nothing_staged",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.rule(),
            Self::Ask(AskRefusal::UserTaken | AskRefusal::IdentityTaken) => "R3",
            Self::Ask(AskRefusal::Import(ImportProblem::LoginUnproved)) => "A3",
            Self::Ask(AskRefusal::Import(_)) => "R7",
            Self::NotAUser
            | Self::NotConnected
            | Self::NothingStaged
            | Self::Ask(
                AskRefusal::UnknownUser
                | AskRefusal::UnknownIdentity
                | AskRefusal::NotInCohort
                | AskRefusal::NotLinked,
            ) => "A5",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.next(),
            Self::NotAUser => "act as a user of the tenant",
            Self::NotConnected => "connect MedHub first",
            Self::Ask(it) => it.next(),
            Self::NothingStaged => {
                "stage something first: a link, an unlink, an import, or that two are not the same person"
            }
        }
    }
}

/// Decides to stage what was asked, each on its own (A4). One thing that cannot be staged is a refusal; of several the others
/// are staged, and the answer says which were not.
///
/// # Errors
/// As [`StageRefusal`].
pub fn stage(
    authority: &Authority,
    records: &Records,
    asks: &[Ask],
    now: Instant,
) -> Result<(Changeset, Staged), StageRefusal> {
    let mut changes = authority.permit(&INTEGRATIONS_MANAGE)?;
    let owner = authority.user().ok_or(StageRefusal::NotAUser)?;
    let integration = connected(authority, records)?;
    changes.rely(integration);
    let before = records.plans.get(&owner);
    let next = before.map_or(1, |it| it.record.next);
    let mut staging = Staging::new(records, integration, owner, next);
    let mut answer = Staged::default();
    for ask in asks {
        match staging.take(ask) {
            Ok(()) => (),
            Err(refusal) if asks.len() == 1 => return Err(refusal.into()),
            Err(refusal) => answer.refused.push((ask.clone(), refusal)),
        }
    }
    let Staging {
        added,
        withdrawn,
        next,
        ..
    } = staging;
    for step in withdrawn {
        answer.withdrawn += 1;
        changes.erase(step);
        changes.enter(authority.entry(
            now,
            Event::StepWithdrawn {
                step: step.record.number,
            },
        ));
    }
    for step in added.into_values() {
        answer.staged += 1;
        changes.enter(authority.entry(now, Event::StepStaged { step: step.number }));
        changes.create(step);
    }
    match before {
        Some(before) => changes.replace(
            before,
            Plan {
                next,
                ..before.record.clone()
            },
        ),
        None => changes.create(Plan {
            owner,
            next,
            begun_at: now,
        }),
    }
    Ok((changes, answer))
}

/// The connection.
pub(super) fn connected<'a>(
    authority: &Authority,
    records: &'a Records,
) -> Result<&'a Stored<Integration>, StageRefusal> {
    records
        .integrations
        .get(&authority.tenant().id)
        .ok_or(StageRefusal::NotConnected)
}

/// A plan in the making: the steps it had, and those of this command.
struct Staging<'a> {
    records: &'a Records,
    owner: Id<User>,
    institution: &'a Institution,
    next: u32,
    links_to: BTreeMap<&'a MedhubUserId, Id<User>>,
    linked: BTreeMap<Id<User>, &'a MedhubUserId>,
    cohort: BTreeMap<Id<User>, Kinds>,
    addresses: Addresses<'a>,
    by_user: BTreeMap<Id<User>, u32>,
    by_identity: BTreeMap<MedhubUserId, u32>,
    added: BTreeMap<u32, Step>,
    withdrawn: Vec<&'a Stored<Step>>,
}

impl<'a> Staging<'a> {
    fn new(
        records: &'a Records,
        integration: &'a Stored<Integration>,
        owner: Id<User>,
        next: u32,
    ) -> Self {
        let links = links_of(records, integration);
        let steps = records
            .steps
            .values()
            .map(|it| &it.record)
            .filter(|it| it.plan == owner && it.institution == integration.record.institution);
        Self {
            records,
            owner,
            institution: &integration.record.institution,
            next,
            links_to: links.clone().map(|it| (&it.medhub, it.user)).collect(),
            linked: links.map(|it| (it.user, &it.medhub)).collect(),
            cohort: cohort(records),
            addresses: Addresses::of(records),
            by_user: steps
                .clone()
                .filter_map(|it| Some((it.action.user()?, it.number)))
                .collect(),
            by_identity: steps
                .map(|it| (it.action.medhub().clone(), it.number))
                .collect(),
            added: BTreeMap::new(),
            withdrawn: Vec::new(),
        }
    }

    /// One thing that was asked.
    fn take(&mut self, ask: &Ask) -> Result<(), AskRefusal> {
        match ask {
            Ask::Link {
                user,
                medhub,
                evidence,
            } => {
                self.likeness(*user, medhub)?;
                if let Some(
                    Action::Unlink { medhub: same, .. } | Action::NotSame { medhub: same, .. },
                ) = self.staged_for(*user).map(|it| &it.action)
                    && same == medhub
                {
                    self.withdraw(*user);
                    return Ok(());
                }
                self.free_user(*user)?;
                self.free(medhub)?;
                self.add(Action::Link {
                    user: *user,
                    medhub: medhub.clone(),
                    evidence: *evidence,
                });
                Ok(())
            }
            Ask::Unlink { user } => {
                if !self.records.users.contains_key(user) {
                    return Err(AskRefusal::UnknownUser);
                }
                match self.staged_for(*user).map(|it| &it.action) {
                    Some(Action::Link { .. }) => {
                        self.withdraw(*user);
                        Ok(())
                    }
                    Some(Action::NotSame { .. } | Action::MaybeSame { .. })
                        if self.linked.contains_key(user) =>
                    {
                        Err(AskRefusal::UserTaken)
                    }
                    Some(
                        Action::Unlink { .. }
                        | Action::Import { .. }
                        | Action::NotSame { .. }
                        | Action::MaybeSame { .. },
                    ) => Err(AskRefusal::NotLinked),
                    None => {
                        let medhub = (*self.linked.get(user).ok_or(AskRefusal::NotLinked)?).clone();
                        self.add(Action::Unlink {
                            user: *user,
                            medhub,
                        });
                        Ok(())
                    }
                }
            }
            Ask::Import { medhub } => {
                let reviewed = self.identity(medhub)?;
                self.free(medhub)?;
                Newcomer::of(&reviewed.record.identity, &self.addresses)?;
                self.add(Action::Import {
                    medhub: medhub.clone(),
                    reviewed: reviewed.record.identity.fingerprint(),
                });
                Ok(())
            }
            Ask::NotSame { user, medhub } => {
                let reviewed = self.likeness(*user, medhub)?;
                if let Some(
                    Action::Link { medhub: same, .. } | Action::MaybeSame { medhub: same, .. },
                ) = self.staged_for(*user).map(|it| &it.action)
                    && same == medhub
                {
                    self.withdraw(*user);
                    return Ok(());
                }
                // Two who are linked are told apart by unlinking them.
                self.free_user(*user)?;
                self.free(medhub)?;
                self.add(Action::NotSame {
                    user: *user,
                    medhub: medhub.clone(),
                    reviewed,
                });
                Ok(())
            }
            Ask::MaybeSame { user, medhub } => {
                if !self.records.users.contains_key(user) {
                    return Err(AskRefusal::UnknownUser);
                }
                match self.staged_for(*user).map(|it| &it.action) {
                    Some(Action::NotSame { medhub: same, .. }) if same == medhub => {
                        self.withdraw(*user);
                        Ok(())
                    }
                    Some(_) => Err(AskRefusal::UserTaken),
                    None if self.by_identity.contains_key(medhub) => Err(AskRefusal::IdentityTaken),
                    None => {
                        self.add(Action::MaybeSame {
                            user: *user,
                            medhub: medhub.clone(),
                        });
                        Ok(())
                    }
                }
            }
        }
    }

    /// What makes two look alike who may be linked.
    fn likeness(&self, user: Id<User>, medhub: &MedhubUserId) -> Result<Fingerprint, AskRefusal> {
        let identity = &self.identity(medhub)?.record.identity;
        let known = self.records.users.get(&user);
        let known = &known.ok_or(AskRefusal::UnknownUser)?.record;
        let kinds = *self.cohort.get(&user).ok_or(AskRefusal::NotInCohort)?;
        let person = self.records.persons.get(&known.person);
        let email = person.and_then(|it| it.record.email.as_ref());
        Ok(likeness(email, kinds, Some(identity)))
    }

    /// A user is free when no link and no step has them.
    fn free_user(&self, user: Id<User>) -> Result<(), AskRefusal> {
        if self.linked.contains_key(&user) || self.by_user.contains_key(&user) {
            return Err(AskRefusal::UserTaken);
        }
        Ok(())
    }

    fn identity(
        &self,
        medhub: &MedhubUserId,
    ) -> Result<&'a Stored<super::snapshot::RosterPerson>, AskRefusal> {
        self.records
            .roster_people
            .get(medhub)
            .ok_or(AskRefusal::UnknownIdentity)
    }

    /// An identity is free when no link and no step has it.
    fn free(&self, medhub: &MedhubUserId) -> Result<(), AskRefusal> {
        if self.links_to.contains_key(medhub) || self.by_identity.contains_key(medhub) {
            return Err(AskRefusal::IdentityTaken);
        }
        Ok(())
    }

    fn staged_for(&self, user: Id<User>) -> Option<&Step> {
        let number = self.by_user.get(&user)?;
        self.added.get(number).or_else(|| {
            self.records
                .steps
                .get(&(self.owner, *number))
                .map(|it| &it.record)
        })
    }

    fn add(&mut self, action: Action) {
        let number = self.next;
        self.next = self.next.saturating_add(1);
        self.by_user.extend(action.user().map(|it| (it, number)));
        self.by_identity.insert(action.medhub().clone(), number);
        self.added.insert(
            number,
            Step {
                plan: self.owner,
                number,
                institution: self.institution.clone(),
                action,
            },
        );
    }

    fn withdraw(&mut self, user: Id<User>) {
        let Some(number) = self.by_user.remove(&user) else {
            return;
        };
        if let Some(step) = self.added.remove(&number) {
            self.by_identity.remove(step.action.medhub());
        } else if let Some(step) = self.records.steps.get(&(self.owner, number)) {
            self.by_identity.remove(step.record.action.medhub());
            self.withdrawn.push(step);
        }
    }
}

/// The links to the connected institution.
pub(super) fn links_of<'a>(
    records: &'a Records,
    integration: &'a Stored<Integration>,
) -> impl Iterator<Item = &'a Link> + Clone {
    records
        .links
        .values()
        .map(|it| &it.record)
        .filter(|it| it.institution == integration.record.institution)
}

/// Decides to throw the acting user's plan away.
///
/// # Errors
/// As [`StageRefusal`].
pub fn discard(
    authority: &Authority,
    records: &Records,
    now: Instant,
) -> Result<(Changeset, u32), StageRefusal> {
    let mut changes = authority.permit(&INTEGRATIONS_MANAGE)?;
    let owner = authority.user().ok_or(StageRefusal::NotAUser)?;
    let plan = records
        .plans
        .get(&owner)
        .ok_or(StageRefusal::NothingStaged)?;
    let mut steps = 0;
    for step in records.steps.values().filter(|it| it.record.plan == owner) {
        changes.erase(step);
        steps += 1;
    }
    if steps == 0 {
        return Err(StageRefusal::NothingStaged);
    }
    changes.replace(plan, plan.record.clone());
    changes.enter(authority.entry(now, Event::PlanDiscarded { steps }));
    Ok((changes, steps))
}

/// Whether these are the same human being's addresses: some key of the identity is the person's.
pub(super) fn emails_meet(identity: &Identity, person: Option<&crate::person::Person>) -> bool {
    let Some(email) = person.and_then(|it| it.email.as_ref()) else {
        return false;
    };
    identity.email_keys().contains(email.key())
}
