//! Who shares an e-mail address with whom, among the unlinked of both sides.
//!
//! Linear in the number of people, also when thousands share one address: groups count their members by kind, and nobody is
//! compared with everybody.

use super::views::{Ambiguity, Ambiguous, Local, Suggested, Views};
use crate::{
    email::EmailKey,
    roster::{Identity, Kind, Kinds},
};
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};
use std::{hash::BuildHasher, hint::black_box};

/// How many addresses are looked up together.
pub(super) const TOGETHER: usize = 64;

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

/// A membership of an identity in a group; an identity with several addresses has several.
struct Membership {
    identity: u32,
    group: u32,
}

/// What the e-mail field of an identity led to.
#[derive(Clone, Copy)]
pub(super) enum Glance {
    /// One address, with this group; [`END`] if nobody here has it.
    At(u32),
    /// Several addresses, or one that has to be brought into its canonical form first.
    Several,
}

/// Half of a hash is kept in the table, so that it stays small and no text is looked at in vain …
fn half(hash: u64) -> u32 {
    let [_, _, _, _, low @ ..] = hash.to_be_bytes();
    u32::from_be_bytes(low)
}

/// … and spread over all bits again where the table asks for a whole one.
fn spread(half: u32) -> u64 {
    u64::from(half).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The unlinked of both sides, grouped by e-mail address.
pub(super) struct Matching<'a> {
    locals: &'a [Local],
    groups: Vec<Group<'a>>,
    /// A hash of each address and its group.
    by_key: HashTable<(u32, u32)>,
    hasher: DefaultHashBuilder,
    /// The group of each free local, in their order; [`END`] without an address.
    group_of: Vec<u32>,
    memberships: Vec<Membership>,
    /// How many users each identity meets, by its place.
    degrees: Vec<u32>,
}

impl<'a> Matching<'a> {
    pub(super) fn of(locals: &'a [Local], free: &[u32], identities: usize) -> Self {
        let mut matching = Self {
            locals,
            groups: Vec::with_capacity(free.len()),
            by_key: HashTable::with_capacity(free.len()),
            hasher: DefaultHashBuilder::default(),
            group_of: Vec::with_capacity(free.len()),
            memberships: Vec::new(),
            degrees: vec![0; identities],
        };
        let mut keys = Vec::with_capacity(TOGETHER);
        for places in free.chunks(TOGETHER) {
            keys.clear();
            keys.extend(places.iter().map(|it| {
                let local = locals.get(*it as usize)?;
                let key = local.email.as_ref()?.key().as_str();
                Some((key, half(matching.hasher.hash_one(key)), local.kinds))
            }));
            // So that the places of all of them are on their way from memory before the first is looked at.
            for (_, hash, _) in keys.iter().flatten() {
                black_box(matching.by_key.find(spread(*hash), |it| it.0 == *hash));
            }
            for it in &keys {
                let group = it.map_or(END, |(key, hash, kinds)| matching.join(key, hash, kinds));
                matching.group_of.push(group);
            }
        }
        matching
    }

    /// Puts a local into the group of an address.
    fn join(&mut self, key: &'a str, hash: u32, kinds: Kinds) -> u32 {
        let Self { groups, by_key, .. } = self;
        let same = |it: u32| groups.get(it as usize).is_some_and(|it| it.key == key);
        let entry = by_key.entry(
            spread(hash),
            |it| it.0 == hash && same(it.1),
            |it| spread(it.0),
        );
        let number = match entry {
            hashbrown::hash_table::Entry::Occupied(known) => known.get().1,
            hashbrown::hash_table::Entry::Vacant(vacant) => {
                let number = u32::try_from(groups.len()).unwrap_or(END);
                vacant.insert((hash, number));
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

    /// Looks up the addresses of a few identities, each of which is probably far from the last in memory: one short step for
    /// all of them before the next, so that the processor waits for many places at once and not for one after the other.
    pub(super) fn glance<'i>(
        &self,
        identities: impl Iterator<Item = &'i Identity>,
        glances: &mut Vec<Glance>,
    ) {
        let keys: Vec<_> = identities
            .map(|it| {
                let key = EmailKey::canonical(&it.email)?;
                Some((key, half(self.hasher.hash_one(key))))
            })
            .collect();
        glances.clear();
        glances.extend(keys.iter().map(|it| match it {
            Some((_, hash)) => {
                let found = self.by_key.find(spread(*hash), |it| it.0 == *hash);
                Glance::At(found.map_or(END, |it| it.1))
            }
            None => Glance::Several,
        }));
        let found: Vec<_> = glances
            .iter()
            .map(|it| match it {
                Glance::At(group) => self.groups.get(*group as usize).map(|it| it.key),
                Glance::Several => None,
            })
            .collect();
        for ((glance, key), found) in glances.iter_mut().zip(keys).zip(found) {
            if let (Glance::At(group), Some((key, _)), Some(found)) = (glance, key, found)
                && found != key
            {
                // Another address with the same hash.
                *group = self.group(key);
            }
        }
    }

    /// The group of an address; [`END`] if there is none.
    fn group(&self, key: &str) -> u32 {
        let hash = half(self.hasher.hash_one(key));
        let same = |it: u32| self.groups.get(it as usize).is_some_and(|it| it.key == key);
        self.by_key
            .find(spread(hash), |it| it.0 == hash && same(it.1))
            .map_or(END, |it| it.1)
    }

    /// Puts an identity into the groups of its addresses. Whether it meets anybody there.
    pub(super) fn add(&mut self, place: u32, identity: &Identity, glance: Glance) -> bool {
        let degree = match glance {
            Glance::At(group) => self.enter(place, group, identity.kinds),
            Glance::Several => identity
                .email_keys()
                .iter()
                .map(|it| self.enter(place, self.group(it.as_str()), identity.kinds))
                .sum(),
        };
        if let Some(it) = self.degrees.get_mut(place as usize) {
            *it = degree;
        }
        degree > 0
    }

    /// How many users of the group have a kind in common.
    fn enter(&mut self, place: u32, number: u32, kinds: Kinds) -> u32 {
        let Some(group) = self.groups.get_mut(number as usize) else {
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
    pub(super) fn resolve(mut self, free: &[u32], identities: &[Identity], views: &mut Views) {
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
