//! The views: where everybody stands, as a partition of both sides (R1, R2).
//!
//! [`views`] takes two lists and returns a value: a host that has the roster from elsewhere calls it alone. It is linear in the
//! number of people, whatever they share, and its result does not depend on the order of the lists.

use super::{
    Integration,
    matching::{Fate, Matching},
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
}

/// Where everybody stands. Numbers are places in the two lists that were given; every eligible local user and every
/// identity is in exactly one of the five, and each list is in the order of the users' or the identities' ids.
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
pub fn views(locals: &[Local], identities: &[Identity], steps: &[Stored<Step>]) -> Views {
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
            Some(Action::Import { .. }) | None => (local.link.as_ref(), false),
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
                    Action::Link { .. } | Action::Unlink { .. } => None,
                })
                .collect(),
        }
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
