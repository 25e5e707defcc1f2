//! The views: where everybody stands, as a partition of both sides (R1, R2).
//!
//! [`views`] takes two lists, the staged steps and what is remembered of pairs, and returns a value: a host that has the roster
//! from elsewhere calls it alone, with empty lists for what it does not keep. It is linear in the number of people, whatever they
//! share, and its result does not depend on the order of the lists.

use super::{
    Integration,
    matching::{Fate, Matching},
    not_same::{NotSame, likeness},
    plan::{Action, Plan, Step},
    snapshot::Roster,
};
use crate::{
    email::Email,
    id::Id,
    name::PersonName,
    record::Stored,
    roster::{Identity, Kinds, MedhubUserId},
    user::{User, UserStatus},
};
use hashbrown::{HashMap, HashSet};

/// A local user as reconciliation sees them: whoever is learner or teacher, or linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// The user.
    pub user: Id<User>,
    /// The kinds by active assignments of Learner and Teacher.
    pub kinds: Kinds,
    /// Whether the access counts.
    pub status: UserStatus,
    /// The person's names.
    pub name: PersonName,
    /// The person's address.
    pub email: Option<Email>,
    /// The identity of the connected institution the user is linked to.
    pub link: Option<MedhubUserId>,
}

/// Both sides, as of one instant.
#[derive(Clone, Debug, Default)]
pub struct Reconciliation {
    /// The connection, if there is one.
    pub integration: Option<Integration>,
    /// The head of the last read, if there was one.
    pub roster: Option<Roster>,
    /// MedHub's people, each `userID` once.
    pub identities: Vec<Identity>,
    /// The local people, each user once.
    pub locals: Vec<Local>,
    /// The plan of whoever looks.
    pub plan: Option<Stored<Plan>>,
    /// Its steps, in order.
    pub steps: Vec<Stored<Step>>,
    /// Who is not the same person, at the connected institution: in the order of the users, and of their identities.
    pub not_same: Vec<NotSame>,
}

/// Where everybody stands. Numbers are places in the lists that were given; every eligible local user and every identity is in
/// exactly one of the first five, and each list is in the order of the users' or the identities' ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Views {
    /// Users tied to an identity, in the store or by a staged step.
    pub linked: Vec<Linked>,
    /// Pairs that match one to one by e-mail.
    pub suggested: Vec<Suggested>,
    /// Groups that share an e-mail address otherwise than one to one.
    pub ambiguous: Vec<Ambiguous>,
    /// Users whose e-mail address no identity has.
    pub only_local: Vec<u32>,
    /// Identities whose e-mail address no user has.
    pub only_medhub: Vec<OnlyMedhub>,
    /// Beside the partition: the pairs that are remembered as not the same person. As long as that holds the two do not match,
    /// whatever their addresses.
    pub not_same: Vec<Remembered>,
}

/// A user tied to an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Linked {
    /// The user.
    pub local: u32,
    /// The identity; `None` when no list has it any more.
    pub identity: Option<u32>,
    /// Whether the tie is only staged.
    pub staged: bool,
}

/// A pair that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suggested {
    /// The user.
    pub local: u32,
    /// The identity.
    pub identity: u32,
}

/// A group in which nobody can tell who is who.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ambiguous {
    /// Why.
    pub reason: Ambiguity,
    /// The users.
    pub locals: Vec<u32>,
    /// The identities.
    pub identities: Vec<u32>,
}

/// Why a group is ambiguous.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ambiguity {
    /// Several users have the address of one identity.
    SeveralLocal,
    /// Several identities have the address of one user.
    SeveralMedhub,
    /// Several of both.
    SeveralBoth,
}

/// An identity nobody here matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnlyMedhub {
    /// The identity.
    pub identity: u32,
    /// Whether a staged step imports it.
    pub staged: bool,
}

/// A pair that is remembered as not the same person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// The place of what is remembered in its list.
    pub memory: u32,
    /// The user; `None` when they are in the list no more.
    pub local: Option<u32>,
    /// The identity; `None` when no list has it any more.
    pub identity: Option<u32>,
    /// Whether it still holds.
    pub standing: Standing,
}

/// Whether it still holds that two are not the same person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The two look as alike as when they were told apart.
    Holds,
    /// Addresses or kinds of one of them are others now, so that the two may match again.
    EvidenceChanged,
    /// A staged step forgets it, or links the two.
    TakenBack,
}

impl Standing {
    /// The stable code, in lower snake case.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::EvidenceChanged => "evidence_changed",
            Self::TakenBack => "taken_back",
        }
    }
}

impl Ambiguity {
    /// The stable code, in lower snake case.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::SeveralLocal => "several_local",
            Self::SeveralMedhub => "several_medhub",
            Self::SeveralBoth => "several_both",
        }
    }
}

/// Computes the views.
#[must_use]
pub fn views(
    locals: &[Local],
    identities: &[Identity],
    steps: &[Stored<Step>],
    not_same: &[NotSame],
) -> Views {
    let locals_in_order = order(locals, |it| &it.user);
    let identities_in_order = order(identities, |it| &it.user_id);
    let plan = Staged::of(steps);
    let mut views = Views::default();
    let mut free_local = Vec::with_capacity(locals.len());
    let mut free_identity = vec![true; identities.len()];

    // Linked first: whoever is takes part in nothing else.
    let mut place_of = Places::over(identities);
    for &place in &locals_in_order {
        let Some(local) = locals.get(place as usize) else {
            continue;
        };
        let (medhub, staged) = match plan.users.get(&local.user) {
            Some(Action::Link { medhub, .. }) => (Some(medhub), true),
            Some(Action::Unlink { .. }) => (None, false),
            Some(Action::Import { .. } | Action::NotSame { .. } | Action::MaybeSame { .. })
            | None => (local.link.as_ref(), false),
        };
        if let Some(medhub) = medhub {
            let identity = place_of.find(medhub);
            if let Some(free) = identity.and_then(|it| free_identity.get_mut(it as usize)) {
                *free = false;
            }
            views.linked.push(Linked {
                local: place,
                identity,
                staged,
            });
        } else if local.status == UserStatus::Active && !local.kinds.is_empty() {
            free_local.push(place);
        }
    }

    let mut matching = Matching::of(free_local.len(), identities.len());
    for local in free_local.iter().filter_map(|it| locals.get(*it as usize)) {
        matching.add_local(local);
    }
    // Whoever is linked or about to be imported matches nobody else.
    let free_identities = || {
        let free = |it: &u32| free_identity.get(*it as usize) == Some(&true);
        let places = identities_in_order.iter().copied().filter(free);
        places.filter_map(|it| Some((it, identities.get(it as usize)?)))
    };
    let staged = |it: &Identity| plan.imports.contains(&it.user_id);
    let mut compared = Vec::with_capacity(identities.len());
    for (place, identity) in free_identities().filter(|it| !staged(it.1)) {
        matching.add_identity(identity);
        compared.push(place);
    }
    let sides = Sides {
        all_locals: locals,
        all_identities: identities,
        locals: &locals_in_order,
        identities: &identities_in_order,
    };
    views.not_same = plan.remembered(not_same, &sides);
    let free = Sides {
        locals: &free_local,
        identities: &compared,
        ..sides
    };
    for (user, medhub) in plan.apart(not_same, &views.not_same) {
        if let Some((local, identity)) = free.find_meeting(user, medhub) {
            matching.keep_apart(local, identity);
        }
    }
    let matched = matching.resolve();
    for (&local, fate) in free_local.iter().zip(matched.fates) {
        match fate {
            Fate::Alone => views.only_local.push(local),
            Fate::Pair(place) => views.suggested.extend(
                compared
                    .get(place as usize)
                    .map(|&identity| Suggested { local, identity }),
            ),
            Fate::Unclear => (),
        }
    }
    let mut meets = matched.meets.into_iter();
    for (place, identity) in free_identities() {
        let staged = staged(identity);
        if staged || meets.next() == Some(false) {
            views.only_medhub.push(OnlyMedhub {
                identity: place,
                staged,
            });
        }
    }
    matched
        .components
        .report(&free_local, &compared, &mut views);
    views
}

/// The places of a list in the order of a key; a list that is in order already costs one look at it.
fn order<T, K: Ord>(list: &[T], key: impl Fn(&T) -> &K) -> Vec<u32> {
    let mut places: Vec<u32> = (0..).take(list.len()).collect();
    if !list.is_sorted_by_key(&key) {
        places.sort_unstable_by_key(|it| list.get(*it as usize).map(&key));
    }
    places
}

/// Some of both lists: places in them, in the order of the ids.
#[derive(Clone, Copy)]
struct Sides<'a> {
    all_locals: &'a [Local],
    all_identities: &'a [Identity],
    locals: &'a [u32],
    identities: &'a [u32],
}

impl<'a> Sides<'a> {
    fn local_at(&self, place: u32) -> Option<&'a Local> {
        self.all_locals.get(place as usize)
    }

    fn identity_at(&self, place: u32) -> Option<&'a Identity> {
        self.all_identities.get(place as usize)
    }

    /// Where a user stands among the places.
    fn find_local(&self, user: Id<User>) -> Option<usize> {
        let of = |it: &u32| self.local_at(*it).map(|it| it.user);
        let found = self.locals.binary_search_by_key(&Some(user), of);
        found.ok()
    }

    /// Where an identity stands among the places.
    fn find_identity(&self, medhub: &MedhubUserId) -> Option<usize> {
        let of = |it: &u32| self.identity_at(*it).map(|it| &it.user_id);
        let found = self.identities.binary_search_by_key(&Some(medhub), of);
        found.ok()
    }

    /// Where two stand among the places who share an address and a kind.
    fn find_meeting(&self, user: Id<User>, medhub: &MedhubUserId) -> Option<(u32, u32)> {
        let (here, there) = (self.find_local(user)?, self.find_identity(medhub)?);
        let local = self.local_at(*self.locals.get(here)?)?;
        let identity = self.identity_at(*self.identities.get(there)?)?;
        let email = local.email.as_ref()?;
        let meet = local.kinds.meet(identity.kinds) && identity.email_keys().contains(email.key());
        Some((u32::try_from(here).ok()?, u32::try_from(there).ok()?)).filter(|_| meet)
    }
}

/// The staged steps by whom they concern.
struct Staged<'a> {
    users: HashMap<Id<User>, &'a Action>,
    imports: HashSet<&'a MedhubUserId>,
}

impl<'a> Staged<'a> {
    fn of(steps: &'a [Stored<Step>]) -> Self {
        let actions = steps.iter().map(|it| &it.record.action);
        Self {
            users: actions
                .clone()
                .filter_map(|it| Some((it.user()?, it)))
                .collect(),
            imports: actions
                .filter_map(|it| match it {
                    Action::Import { medhub, .. } => Some(medhub),
                    Action::Link { .. }
                    | Action::Unlink { .. }
                    | Action::NotSame { .. }
                    | Action::MaybeSame { .. } => None,
                })
                .collect(),
        }
    }

    /// What is remembered, and whether it holds.
    fn remembered(&self, not_same: &[NotSame], sides: &Sides<'_>) -> Vec<Remembered> {
        let mut memories: Vec<_> = (0..).zip(not_same).collect();
        memories.sort_unstable_by_key(|(_, it)| (it.user, &it.medhub));
        let one = |(memory, it): (u32, &NotSame)| {
            let local = sides.find_local(it.user);
            let local = local.and_then(|it| sides.locals.get(it).copied());
            let identity = sides.find_identity(&it.medhub);
            let identity = identity.and_then(|it| sides.identities.get(it).copied());
            let there = identity.and_then(|it| sides.identity_at(it));
            let as_then = local.and_then(|it| sides.local_at(it)).is_some_and(|here| {
                likeness(here.email.as_ref(), here.kinds, there) == it.evidence
            });
            let standing = match self.users.get(&it.user) {
                Some(Action::MaybeSame { medhub, .. } | Action::Link { medhub, .. })
                    if *medhub == it.medhub =>
                {
                    Standing::TakenBack
                }
                _ if as_then => Standing::Holds,
                _ => Standing::EvidenceChanged,
            };
            Remembered {
                memory,
                local,
                identity,
                standing,
            }
        };
        memories.into_iter().map(one).collect()
    }

    /// Who is kept apart: by what is remembered and holds, or by a staged step that will be remembered.
    fn apart(
        &self,
        not_same: &'a [NotSame],
        remembered: &[Remembered],
    ) -> Vec<(Id<User>, &'a MedhubUserId)> {
        let holding = remembered
            .iter()
            .filter(|it| it.standing == Standing::Holds)
            .filter_map(|it| not_same.get(it.memory as usize))
            .map(|it| (it.user, &it.medhub));
        let staged = self.users.values().filter_map(|it| match it {
            Action::Unlink { user, medhub } | Action::NotSame { user, medhub, .. } => {
                Some((*user, medhub))
            }
            Action::Link { .. } | Action::Import { .. } | Action::MaybeSame { .. } => None,
        });
        holding.chain(staged).collect()
    }
}

/// Where each identity stands in the list: built when the first is looked for, since often none is.
struct Places<'a> {
    identities: &'a [Identity],
    map: Option<HashMap<&'a MedhubUserId, u32>>,
}

impl<'a> Places<'a> {
    const fn over(identities: &'a [Identity]) -> Self {
        Self {
            identities,
            map: None,
        }
    }

    fn find(&mut self, id: &MedhubUserId) -> Option<u32> {
        let identities = self.identities;
        let map = self
            .map
            .get_or_insert_with(|| identities.iter().map(|it| &it.user_id).zip(0..).collect());
        map.get(id).copied()
    }
}

#[cfg(test)]
mod tests;
