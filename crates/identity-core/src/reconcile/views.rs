//! The views: where everybody stands, as a partition of both sides (R1, R2).
//!
//! [`views`] takes two lists and returns a value: a host that has the roster from elsewhere calls it alone. It is linear in the
//! number of people, whatever they share, and its result does not depend on the order of the lists.

use super::{
    Integration,
    plan::{Action, Plan, Step},
    snapshot::Roster,
};
use crate::{
    email::{Email, EmailKey},
    id::Id,
    name::PersonName,
    record::Stored,
    roster::{Identity, Kind, Kinds, MedhubUserId},
    user::{User, UserStatus},
};
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};
use std::hash::BuildHasher;

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

/// No further element of a chain.
const END: u32 = u32::MAX;

/// Everybody who shares one e-mail address: how many of each mix of kinds, by [`mix`].
struct Group<'a> {
    key: &'a str,
    /// How many users of each mix.
    locals: [u32; 4],
    /// How many identities of each mix that meet one of them.
    identities: [u32; 4],
    /// The last identity of each mix.
    last: [u32; 4],
}

/// How many of these have a kind in common with `kinds`.
fn meeting(counts: [u32; 4], kinds: Kinds) -> u32 {
    let [_, learners, teachers, both] = counts;
    match (kinds.learner, kinds.teacher) {
        (false, false) => 0,
        (true, false) => learners + both,
        (false, true) => teachers + both,
        (true, true) => learners + teachers + both,
    }
}

fn mix(kinds: Kinds) -> usize {
    usize::from(kinds.learner) | usize::from(kinds.teacher) << 1
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

    let mut matching = Matching::of(locals, &free_local, identities.len());
    for &place in &identities_in_order {
        let Some(identity) = identities.get(place as usize) else {
            continue;
        };
        if free_identity.get(place as usize) != Some(&true) {
            continue;
        }
        if plan.imports.contains(&identity.user_id) {
            views.only_medhub.push(OnlyMedhub {
                identity: place,
                staged: true,
            });
        } else if !matching.add(place, identity) {
            views.only_medhub.push(OnlyMedhub {
                identity: place,
                staged: false,
            });
        }
    }
    matching.resolve(&free_local, identities, &mut views);
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
    imports: hashbrown::HashSet<&'a MedhubUserId>,
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

/// A membership of an identity in a group; an identity with several addresses has several.
struct Membership {
    identity: u32,
    group: u32,
}

/// The unlinked of both sides, grouped by e-mail address.
struct Matching<'a> {
    locals: &'a [Local],
    groups: Vec<Group<'a>>,
    by_key: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// The group of each free local, in their order; [`END`] without an address.
    group_of: Vec<u32>,
    memberships: Vec<Membership>,
    /// How many users each identity meets, by its place.
    degrees: Vec<u32>,
}

impl<'a> Matching<'a> {
    fn of(locals: &'a [Local], free: &[u32], identities: usize) -> Self {
        let mut matching = Self {
            locals,
            groups: Vec::with_capacity(free.len()),
            by_key: HashTable::with_capacity(free.len()),
            hasher: DefaultHashBuilder::default(),
            group_of: Vec::with_capacity(free.len()),
            memberships: Vec::new(),
            degrees: vec![0; identities],
        };
        for &place in free {
            let local = locals.get(place as usize);
            let email = local.and_then(|it| it.email.as_ref());
            let group = match (local, email) {
                (Some(local), Some(email)) => matching.join(email.key().as_str(), local.kinds),
                _ => END,
            };
            matching.group_of.push(group);
        }
        matching
    }

    /// Puts a local into the group of an address.
    fn join(&mut self, key: &'a str, kinds: Kinds) -> u32 {
        let Self {
            groups,
            by_key,
            hasher,
            ..
        } = self;
        let hash = hasher.hash_one(key);
        let entry = by_key.entry(
            hash,
            |it| groups.get(*it as usize).is_some_and(|it| it.key == key),
            |it| {
                groups
                    .get(*it as usize)
                    .map_or(0, |it| hasher.hash_one(it.key))
            },
        );
        let number = match entry {
            hashbrown::hash_table::Entry::Occupied(known) => *known.get(),
            hashbrown::hash_table::Entry::Vacant(vacant) => {
                let number = u32::try_from(groups.len()).unwrap_or(END);
                vacant.insert(number);
                groups.push(Group {
                    key,
                    locals: [0; 4],
                    identities: [0; 4],
                    last: [END; 4],
                });
                number
            }
        };
        if let Some(count) = groups
            .get_mut(number as usize)
            .and_then(|it| it.locals.get_mut(mix(kinds)))
        {
            *count += 1;
        }
        number
    }

    /// Puts an identity into the groups of its addresses. Whether it meets anybody there.
    fn add(&mut self, place: u32, identity: &Identity) -> bool {
        let degree = match EmailKey::canonical(&identity.email) {
            Some(key) => self.enter(place, key, identity.kinds),
            None => identity
                .email_keys()
                .iter()
                .map(|it| self.enter(place, it.as_str(), identity.kinds))
                .sum(),
        };
        if let Some(it) = self.degrees.get_mut(place as usize) {
            *it = degree;
        }
        degree > 0
    }

    /// How many users of the group have a kind in common.
    fn enter(&mut self, place: u32, key: &str, kinds: Kinds) -> u32 {
        let groups = &mut self.groups;
        let found = self
            .by_key
            .find(self.hasher.hash_one(key), |it| {
                groups.get(*it as usize).is_some_and(|it| it.key == key)
            })
            .copied();
        let Some((number, group)) = found.and_then(|it| Some((it, groups.get_mut(it as usize)?)))
        else {
            return 0;
        };
        let met = meeting(group.locals, kinds);
        if met > 0 {
            if let (Some(count), Some(last)) = (
                group.identities.get_mut(mix(kinds)),
                group.last.get_mut(mix(kinds)),
            ) {
                *count += 1;
                *last = place;
            }
            self.memberships.push(Membership {
                identity: place,
                group: number,
            });
        }
        met
    }

    /// Tells the pairs that meet nobody else from the rest.
    fn resolve(mut self, free: &[u32], identities: &[Identity], views: &mut Views) {
        let identity_kinds = |place: u32| {
            identities
                .get(place as usize)
                .map(|it| it.kinds)
                .unwrap_or_default()
        };
        let local_kinds = |place: u32| {
            self.locals
                .get(place as usize)
                .map(|it| it.kinds)
                .unwrap_or_default()
        };
        let mut rest = Vec::new();
        for (&place, &number) in free.iter().zip(&self.group_of) {
            let kinds = local_kinds(place);
            let Some(group) = self
                .groups
                .get(number as usize)
                .filter(|it| meeting(it.identities, kinds) > 0)
            else {
                views.only_local.push(place);
                continue;
            };
            match group
                .only_identity(kinds)
                .and_then(|it| Some((it, self.degrees.get_mut(it as usize)?)))
            {
                Some((identity, degree)) if *degree == 1 => {
                    views.suggested.push(Suggested {
                        local: place,
                        identity,
                    });
                    *degree = 0;
                }
                _ => rest.push((place, number)),
            }
        }
        let degrees = &self.degrees;
        self.memberships
            .retain(|it| degrees.get(it.identity as usize).is_some_and(|it| *it > 0));
        Components::of(
            &self.groups,
            &rest,
            &self.memberships,
            local_kinds,
            identity_kinds,
        )
        .report(views);
    }
}

impl Group<'_> {
    /// The one identity that has a kind in common with `kinds`; `None` if there are more.
    fn only_identity(&self, kinds: Kinds) -> Option<u32> {
        let mut met = self
            .identities
            .iter()
            .zip(self.last)
            .zip([
                Kinds::default(),
                Kinds::only(Kind::Learner),
                Kinds::only(Kind::Teacher),
                Kinds::ALL,
            ])
            .filter(|((count, _), theirs)| **count > 0 && theirs.meet(kinds));
        match (met.next(), met.next()) {
            (Some(((1, identity), _)), None) => Some(identity),
            _ => None,
        }
    }
}

/// The groups that are not plain pairs, joined into connected components. Two nodes a group, one a kind: whoever is of that kind
/// and meets somebody is joined to it, so a thousand people behind one address cost a thousand joins.
struct Components {
    parents: Vec<u32>,
    locals: Vec<(u32, u32)>,
    identities: Vec<(u32, u32)>,
}

impl Components {
    fn of(
        groups: &[Group<'_>],
        rest: &[(u32, u32)],
        unclear: &[Membership],
        local_kinds: impl Fn(u32) -> Kinds,
        identity_kinds: impl Fn(u32) -> Kinds,
    ) -> Self {
        let mut nodes: HashMap<(u32, usize), u32> = HashMap::new();
        let mut this = Self {
            parents: Vec::new(),
            locals: Vec::new(),
            identities: Vec::new(),
        };
        let counts = |group: u32| {
            groups
                .get(group as usize)
                .map(|it| (it.locals, it.identities))
        };
        for &(place, group) in rest {
            let own = this.node();
            this.locals.push((place, own));
            let met = counts(group)
                .map(|(_, identities)| identities)
                .unwrap_or_default();
            for kind in local_kinds(place)
                .iter()
                .filter(|it| meeting(met, Kinds::only(*it)) > 0)
            {
                let node = *nodes
                    .entry((group, kind as usize))
                    .or_insert_with(|| this.node());
                this.join(own, node);
            }
        }
        let mut last = None;
        for membership in unclear {
            let own = match last {
                Some((identity, node)) if identity == membership.identity => node,
                _ => {
                    let node = this.node();
                    this.identities.push((membership.identity, node));
                    node
                }
            };
            last = Some((membership.identity, own));
            let met = counts(membership.group)
                .map(|(locals, _)| locals)
                .unwrap_or_default();
            for kind in identity_kinds(membership.identity)
                .iter()
                .filter(|it| meeting(met, Kinds::only(*it)) > 0)
            {
                let node = *nodes
                    .entry((membership.group, kind as usize))
                    .or_insert_with(|| this.node());
                this.join(own, node);
            }
        }
        this
    }

    fn node(&mut self) -> u32 {
        let node = u32::try_from(self.parents.len()).unwrap_or(END);
        self.parents.push(node);
        node
    }

    fn root(&mut self, mut node: u32) -> u32 {
        while let Some(&parent) = self.parents.get(node as usize)
            && parent != node
        {
            let above = self.parents.get(parent as usize).copied().unwrap_or(parent);
            if let Some(it) = self.parents.get_mut(node as usize) {
                *it = above;
            }
            node = above;
        }
        node
    }

    fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        if let Some(it) = self.parents.get_mut(one.max(other) as usize) {
            *it = one.min(other);
        }
    }

    fn report(mut self, views: &mut Views) {
        let mut group_of: HashMap<u32, usize> = HashMap::new();
        let mut groups: Vec<(Vec<u32>, Vec<u32>)> = Vec::new();
        for (place, node) in std::mem::take(&mut self.locals) {
            let root = self.root(node);
            let number = *group_of.entry(root).or_insert_with(|| {
                groups.push(Default::default());
                groups.len() - 1
            });
            if let Some((locals, _)) = groups.get_mut(number) {
                locals.push(place);
            }
        }
        for (place, node) in std::mem::take(&mut self.identities) {
            let root = self.root(node);
            if let Some((_, identities)) = group_of.get(&root).and_then(|it| groups.get_mut(*it)) {
                identities.push(place);
            }
        }
        for (locals, identities) in groups {
            let reason = match (locals.len(), identities.len()) {
                (1, _) => Ambiguity::SeveralMedhub,
                (_, 1) => Ambiguity::SeveralLocal,
                _ => Ambiguity::SeveralBoth,
            };
            views.ambiguous.push(Ambiguous {
                reason,
                locals,
                identities,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{name::Name, record::Version, time::instant_from_micros};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn id(number: u8) -> Id<User> {
        Id::mint(instant_from_micros(0).unwrap(), &[number; 10])
    }
    fn local(number: u8, kinds: Kinds, email: &str) -> Local {
        let name = Name::parse("A").unwrap();
        Local {
            user: id(number),
            kinds,
            status: UserStatus::Active,
            name: PersonName {
                given: name.clone(),
                family: name,
            },
            email: Email::parse(email).ok(),
            link: None,
        }
    }
    fn identity(number: u8, kinds: Kinds, email: &str) -> Identity {
        Identity {
            user_id: MedhubUserId::parse(&format!("{number:03}")).unwrap(),
            kinds,
            given: String::new(),
            family: String::new(),
            email: email.into(),
            username: String::new(),
            employee_id: None,
            level: None,
            programs: Default::default(),
        }
    }
    const LEARNER: Kinds = Kinds::only(Kind::Learner);
    const TEACHER: Kinds = Kinds::only(Kind::Teacher);

    /// R2: one to one by e-mail, among unlinked people of the same kind; everything else is its own group with the reason.
    #[test]
    fn only_a_mutual_match_of_one_kind_is_suggested() {
        type Case = (
            &'static str,
            Vec<Local>,
            Vec<Identity>,
            (usize, usize, usize, usize),
            Option<Ambiguity>,
        );
        let cases: [Case; 11] = [
            (
                "a pair",
                vec![local(1, LEARNER, "a@x.org")],
                vec![identity(1, LEARNER, "A@X.org")],
                (1, 0, 0, 0),
                None,
            ),
            (
                "nobody",
                vec![local(1, LEARNER, "a@x.org")],
                vec![identity(1, LEARNER, "b@x.org")],
                (0, 0, 1, 1),
                None,
            ),
            (
                "other kind",
                vec![local(1, LEARNER, "a@x.org")],
                vec![identity(1, TEACHER, "a@x.org")],
                (0, 0, 1, 1),
                None,
            ),
            (
                "both kinds",
                vec![local(1, Kinds::ALL, "a@x.org")],
                vec![identity(1, TEACHER, "a@x.org")],
                (1, 0, 0, 0),
                None,
            ),
            (
                "blank never meets blank",
                vec![local(1, LEARNER, "")],
                vec![identity(1, LEARNER, "")],
                (0, 0, 1, 1),
                None,
            ),
            (
                "two users",
                vec![local(1, LEARNER, "a@x.org"), local(2, LEARNER, "a@x.org")],
                vec![identity(1, LEARNER, "a@x.org")],
                (0, 1, 0, 0),
                Some(Ambiguity::SeveralLocal),
            ),
            (
                "two identities",
                vec![local(1, LEARNER, "a@x.org")],
                vec![
                    identity(1, LEARNER, "a@x.org"),
                    identity(2, LEARNER, "a@x.org"),
                ],
                (0, 1, 0, 0),
                Some(Ambiguity::SeveralMedhub),
            ),
            (
                "two of both",
                vec![local(1, LEARNER, "a@x.org"), local(2, LEARNER, "a@x.org")],
                vec![
                    identity(1, LEARNER, "a@x.org"),
                    identity(2, LEARNER, "a@x.org"),
                ],
                (0, 1, 0, 0),
                Some(Ambiguity::SeveralBoth),
            ),
            (
                "one address, a learner and a teacher on both sides",
                vec![local(1, LEARNER, "a@x.org"), local(2, TEACHER, "a@x.org")],
                vec![
                    identity(1, TEACHER, "a@x.org"),
                    identity(2, LEARNER, "a@x.org"),
                ],
                (2, 0, 0, 0),
                None,
            ),
            (
                "two addresses that meet two users",
                vec![local(1, LEARNER, "a@x.org"), local(2, LEARNER, "b@x.org")],
                vec![identity(1, LEARNER, "a@x.org; b@x.org")],
                (0, 1, 0, 0),
                Some(Ambiguity::SeveralLocal),
            ),
            (
                "two addresses of which one meets",
                vec![local(1, LEARNER, "a@x.org")],
                vec![identity(1, LEARNER, "a@x.org, c@x.org")],
                (1, 0, 0, 0),
                None,
            ),
        ];
        for (case, locals, identities, expected, reason) in cases {
            let views = views(&locals, &identities, &[]);
            let found = (
                views.suggested.len(),
                views.ambiguous.len(),
                views.only_local.len(),
                views.only_medhub.len(),
            );
            assert_eq!(found, expected, "{case}");
            assert_eq!(
                views.ambiguous.first().map(|it| it.reason),
                reason,
                "{case}"
            );
        }
    }

    #[test]
    fn an_inactive_user_is_not_suggested_and_a_linked_one_stays_linked() {
        let mut inactive = local(1, LEARNER, "a@x.org");
        inactive.status = UserStatus::Inactive;
        let mut linked = inactive.clone();
        linked.user = id(2);
        linked.link = Some(MedhubUserId::parse("9").unwrap());
        let views = views(&[inactive, linked], &[identity(1, LEARNER, "a@x.org")], &[]);
        assert_eq!(
            (
                views.suggested.len(),
                views.only_local.len(),
                views.only_medhub.len()
            ),
            (0, 0, 1)
        );
        assert_eq!(
            views.linked,
            [Linked {
                local: 1,
                identity: None,
                staged: false
            }]
        );
    }

    #[test]
    fn a_staged_link_counts_as_linked_and_a_staged_unlink_does_not() {
        let mut locals = [local(1, LEARNER, "a@x.org"), local(2, LEARNER, "b@x.org")];
        locals[1].link = Some(MedhubUserId::parse("002").unwrap());
        let identities = [
            identity(1, LEARNER, "a@x.org"),
            identity(2, LEARNER, "b@x.org"),
            identity(3, LEARNER, ""),
        ];
        let step = |number, action| Stored {
            record: Step {
                plan: id(9),
                number,
                action,
            },
            version: Version::FIRST,
        };
        let medhub = |it: &str| MedhubUserId::parse(it).unwrap();
        let evidence = super::super::plan::Evidence::Email;
        let steps = [
            step(
                1,
                Action::Link {
                    user: id(1),
                    medhub: medhub("001"),
                    evidence,
                },
            ),
            step(
                2,
                Action::Unlink {
                    user: id(2),
                    medhub: medhub("002"),
                },
            ),
            step(
                3,
                Action::Import {
                    medhub: medhub("003"),
                    reviewed: Version::FIRST,
                },
            ),
        ];
        let views = views(&locals, &identities, &steps);
        assert_eq!(
            views.linked,
            [Linked {
                local: 0,
                identity: Some(0),
                staged: true
            }]
        );
        assert_eq!(
            views.suggested,
            [Suggested {
                local: 1,
                identity: 1
            }]
        );
        assert_eq!(
            views.only_medhub,
            [OnlyMedhub {
                identity: 2,
                staged: true
            }]
        );
    }

    /// The definition of R2, pair by pair, in the words of the rule.
    fn by_definition(
        locals: &[Local],
        identities: &[Identity],
    ) -> BTreeSet<(Id<User>, MedhubUserId)> {
        let linked: BTreeSet<_> = locals.iter().filter_map(|it| it.link.clone()).collect();
        let meets = |one: &Local, other: &Identity| {
            one.link.is_none()
                && one.status == UserStatus::Active
                && !linked.contains(&other.user_id)
                && one.kinds.meet(other.kinds)
                && one
                    .email
                    .as_ref()
                    .is_some_and(|it| other.email_keys().contains(it.key()))
        };
        let mut pairs = BTreeSet::new();
        for one in locals {
            for other in identities.iter().filter(|it| meets(one, it)) {
                let alone = locals.iter().filter(|it| meets(it, other)).count() == 1
                    && identities.iter().filter(|it| meets(one, it)).count() == 1;
                if alone {
                    pairs.insert((one.user, other.user_id.clone()));
                }
            }
        }
        pairs
    }

    fn kinds() -> impl Strategy<Value = Kinds> {
        prop_oneof![Just(LEARNER), Just(TEACHER), Just(Kinds::ALL)]
    }
    fn address() -> impl Strategy<Value = String> {
        prop_oneof![
            Just(String::new()),
            "[a-d]@x\\.org",
            "[A-D]@X\\.org",
            "[a-d]@x\\.org; [a-d]@x\\.org"
        ]
    }
    prop_compose! {
        fn people()(
            locals in prop::collection::btree_map(0u8..20, (kinds(), "[a-d]@x\\.org", any::<bool>(), prop::option::of(0u8..20)), 0..10),
            identities in prop::collection::btree_map(0u8..20, (kinds(), address()), 0..10),
        ) -> (Vec<Local>, Vec<Identity>) {
            let mut taken = BTreeSet::new();
            let locals = locals.into_iter().map(|(number, (kinds, email, active, link))| {
                let mut local = local(number, kinds, &email);
                local.status = if active { UserStatus::Active } else { UserStatus::Inactive };
                local.link = link.filter(|it| taken.insert(*it)).map(|it| MedhubUserId::parse(&format!("{it:03}")).unwrap());
                local
            }).collect();
            (locals, identities.into_iter().map(|(number, (kinds, email))| identity(number, kinds, &email)).collect())
        }
    }

    /// What the views say, by ids instead of places.
    fn named(views: &Views, locals: &[Local], identities: &[Identity]) -> Vec<String> {
        let user = |it: u32| locals[it as usize].user.to_string();
        let medhub = |it: u32| identities[it as usize].user_id.to_string();
        let mut all = Vec::new();
        all.extend(
            views
                .linked
                .iter()
                .map(|it| format!("linked {} {:?}", user(it.local), it.identity.map(medhub))),
        );
        all.extend(
            views
                .suggested
                .iter()
                .map(|it| format!("suggested {} {}", user(it.local), medhub(it.identity))),
        );
        all.extend(views.ambiguous.iter().map(|it| {
            let locals: Vec<_> = it.locals.iter().map(|it| user(*it)).collect();
            let identities: Vec<_> = it.identities.iter().map(|it| medhub(*it)).collect();
            format!("{} {locals:?} {identities:?}", it.reason.code())
        }));
        all.extend(
            views
                .only_local
                .iter()
                .map(|it| format!("only local {}", user(*it))),
        );
        all.extend(
            views
                .only_medhub
                .iter()
                .map(|it| format!("only medhub {}", medhub(it.identity))),
        );
        all
    }

    proptest! {
        /// R1: everybody eligible is in exactly one place, and the counts add up.
        #[test]
        fn the_views_are_a_partition((locals, identities) in people()) {
            let views = views(&locals, &identities, &[]);
            let mut here: Vec<u32> = views.linked.iter().map(|it| it.local).collect();
            here.extend(views.suggested.iter().map(|it| it.local));
            here.extend(views.ambiguous.iter().flat_map(|it| &it.locals));
            here.extend(&views.only_local);
            here.sort_unstable();
            let eligible: Vec<u32> = (0..).zip(&locals)
                .filter(|(_, it)| it.link.is_some() || it.status == UserStatus::Active).map(|(it, _)| it).collect();
            prop_assert_eq!(here, eligible);
            let mut there: Vec<u32> = views.linked.iter().filter_map(|it| it.identity).collect();
            there.extend(views.suggested.iter().map(|it| it.identity));
            there.extend(views.ambiguous.iter().flat_map(|it| &it.identities));
            there.extend(views.only_medhub.iter().map(|it| it.identity));
            there.sort_unstable();
            prop_assert_eq!(there, (0..).take(identities.len()).collect::<Vec<u32>>());
            prop_assert!(views.ambiguous.iter().all(|it| it.locals.len() + it.identities.len() >= 3));
        }

        /// R2, against the definition.
        #[test]
        fn the_suggestions_are_the_mutual_matches((locals, identities) in people()) {
            let views = views(&locals, &identities, &[]);
            let found: BTreeSet<_> = views.suggested.iter()
                .map(|it| (locals[it.local as usize].user, identities[it.identity as usize].user_id.clone())).collect();
            prop_assert_eq!(found, by_definition(&locals, &identities));
        }

        /// R1: the order of the rows changes nothing.
        #[test]
        fn the_order_of_the_rows_changes_nothing((locals, identities) in people(), turn in 0usize..10) {
            let before = named(&views(&locals, &identities, &[]), &locals, &identities);
            let (mut locals, mut identities) = (locals, identities);
            locals.reverse();
            let middle = turn.min(identities.len());
            identities.rotate_left(middle);
            prop_assert_eq!(before, named(&views(&locals, &identities, &[]), &locals, &identities));
        }
    }

    /// A thousand people behind one address stay one group, in time linear in their number.
    #[test]
    fn a_shared_mailbox_is_one_group() {
        let locals: Vec<_> = (0..200)
            .map(|it| local(it, LEARNER, "clinic@x.org"))
            .collect();
        let identities: Vec<_> = (0..200)
            .map(|it| identity(it, Kinds::ALL, "clinic@x.org"))
            .collect();
        let views = views(&locals, &identities, &[]);
        assert_eq!(views.ambiguous.len(), 1);
        assert_eq!(
            (
                views.ambiguous[0].locals.len(),
                views.ambiguous[0].identities.len()
            ),
            (200, 200)
        );
    }
}
