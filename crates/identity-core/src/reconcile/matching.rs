//! Who shares an e-mail address with whom, among the unlinked of both sides.
//!
//! Linear in the number of people, also when thousands share one address: groups count their members by kind, and nobody is
//! compared with everybody. And linear in time too: people are dealt into shares by the hash of their address, each small
//! enough that everything about it stays near the processor, instead of looking each of a million up all over the memory.

mod apart;

use self::apart::{Apart, Split};
use super::views::{Ambiguity, Ambiguous, Local, Views};
use crate::{
    email::EmailKey,
    roster::{Identity, Kind, Kinds},
};
use hashbrown::{DefaultHashBuilder, HashMap, HashTable, hash_table::Entry};
use std::hash::BuildHasher;

/// About how many users or identities a share has; few in tests, so that a handful of people is in several.
const IN_A_SHARE: usize = if cfg!(test) { 2 } else { 4_096 };

/// The most shares: more would be too many places to write to at once.
const MOST_SHARES: usize = 512;

/// No such number.
const NONE: u32 = u32::MAX;

/// Everybody who shares one e-mail address: how many of each mix of kinds, by [`mix`].
#[derive(Clone, Copy)]
struct Group<'a> {
    key: &'a str,
    /// How many users of each mix.
    locals: [u32; 4],
    /// How many identities of each mix that meet one of them.
    identities: [u32; 4],
    /// The last identity of each mix.
    last: [u32; 4],
    /// Its number among those that are not settled within their share; [`NONE`] if it has none.
    unsettled: u32,
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
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Membership {
    identity: u32,
    group: u32,
}

/// An address of somebody.
struct Member {
    /// Half of the address's hash: the other half told the share.
    hash: u32,
    /// The place of whoever has it, in the order of their ids.
    place: u32,
    len: u16,
    kinds: Kinds,
}

/// The addresses of one side of a share, one behind the other.
struct Side {
    members: Vec<Member>,
    text: String,
}

impl Side {
    /// With room for so many.
    fn of(members: usize) -> Self {
        let room = members + members / 8;
        Self {
            members: Vec::with_capacity(room),
            text: String::with_capacity(room * 32),
        }
    }

    fn push(&mut self, key: &str, hash: u32, place: u32, kinds: Kinds) {
        self.text.push_str(key);
        self.members.push(Member {
            hash,
            place,
            // An address has 254 bytes at most.
            len: u16::try_from(key.len()).unwrap_or(u16::MAX),
            kinds,
        });
    }

    fn iter(&self) -> impl Iterator<Item = (&Member, &str)> {
        let mut start = 0;
        self.members.iter().map(move |it| {
            let from = start;
            start += usize::from(it.len);
            (it, self.text.get(from..start).unwrap_or_default())
        })
    }
}

/// The users and the identities whose addresses' hashes begin alike.
struct Share {
    locals: Side,
    identities: Side,
}

/// The unlinked of both sides, each by a place in the order of their ids.
pub(super) struct Matching {
    first: Share,
    /// One less than a power of two.
    others: Vec<Share>,
    hasher: DefaultHashBuilder,
    locals: Vec<Kinds>,
    identities: Vec<Kinds>,
    /// The identities that have several addresses, or are kept apart from somebody.
    several: Vec<bool>,
    apart: Apart,
}

/// What becomes of a user. Whoever is kept apart does not meet.
#[derive(Clone, Copy)]
pub(super) enum Fate {
    /// No identity meets them.
    Alone,
    /// The one identity that meets them, and nobody else.
    Pair(u32),
    /// Somebody else is in the way.
    Unclear,
}

/// Who meets whom.
pub(super) struct Matched {
    /// What becomes of each user.
    pub(super) fates: Vec<Fate>,
    /// Whether each identity meets a user.
    pub(super) meets: Vec<bool>,
    /// The groups of those whose fate is unclear.
    pub(super) components: Components,
}

impl Matching {
    pub(super) fn of(locals: usize, identities: usize) -> Self {
        let shares = (locals.max(identities) / IN_A_SHARE)
            .next_power_of_two()
            .min(MOST_SHARES);
        let share = || Share {
            locals: Side::of(locals / shares),
            identities: Side::of(identities / shares),
        };
        Self {
            first: share(),
            others: std::iter::repeat_with(share).take(shares - 1).collect(),
            hasher: DefaultHashBuilder::default(),
            locals: Vec::with_capacity(locals),
            identities: Vec::with_capacity(identities),
            several: Vec::with_capacity(identities),
            apart: Apart::default(),
        }
    }

    /// Adds the next user.
    pub(super) fn add_local(&mut self, local: &Local) {
        let place = number(self.locals.len());
        self.locals.push(local.kinds);
        if let Some(email) = &local.email {
            let key = email.key().as_str();
            let (share, hash) = self.share(key);
            share.locals.push(key, hash, place, local.kinds);
        }
    }

    /// Adds the next identity.
    pub(super) fn add_identity(&mut self, identity: &Identity) {
        let place = number(self.identities.len());
        let kinds = identity.kinds;
        self.identities.push(kinds);
        if let Some(key) = EmailKey::canonical(&identity.email) {
            self.several.push(false);
            let (share, hash) = self.share(key);
            share.identities.push(key, hash, place, kinds);
            return;
        }
        let keys = identity.email_keys();
        self.several.push(keys.len() > 1);
        for key in &keys {
            let (share, hash) = self.share(key.as_str());
            share.identities.push(key.as_str(), hash, place, kinds);
        }
    }

    /// Keeps two apart, by their places, who meet by address and kind.
    pub(super) fn keep_apart(&mut self, local: u32, identity: u32) {
        self.apart.add(local, identity);
        // Their group is no plain pair any more, whatever it looks like.
        if let Some(it) = self.several.get_mut(identity as usize) {
            *it = true;
        }
    }

    /// The share of an address, and the rest of its hash.
    fn share(&mut self, key: &str) -> (&mut Share, u32) {
        let [a, b, c, d, rest @ ..] = self.hasher.hash_one(key).to_be_bytes();
        let number = u32::from_be_bytes([a, b, c, d]) as usize & self.others.len();
        let share = self.others.get_mut(number).unwrap_or(&mut self.first);
        (share, u32::from_be_bytes(rest))
    }

    /// Tells the pairs that meet nobody else from the rest.
    pub(super) fn resolve(self) -> Matched {
        let mut fates = vec![Fate::Alone; self.locals.len()];
        let mut degrees = vec![0; self.identities.len()];
        let mut unsettled = Unsettled::default();
        let mut table = Table::default();
        for share in std::iter::once(&self.first).chain(&self.others) {
            table.fill(share, &mut degrees);
            table.settle(share, &self.several, &mut fates, &mut unsettled);
        }
        for identity in self.apart.identities() {
            if let Some(it) = degrees.get_mut(identity as usize) {
                *it = it.saturating_sub(1);
            }
        }
        let mut rest = Vec::new();
        // In the order of the ids, from which the order of the groups follows.
        unsettled.locals.sort_unstable();
        unsettled.memberships.sort_unstable();
        let mut split = self.split(&unsettled);
        for (place, group) in unsettled.locals {
            let kinds = kinds_at(&self.locals, place);
            let met = unsettled.groups.get(group as usize);
            let only = match self.apart.of_local(place) {
                0 => met.and_then(|it| it.only_identity(kinds)),
                apart => match met
                    .map_or(0, |it| meeting(it.identities, kinds))
                    .saturating_sub(apart)
                {
                    // Whomever it met it is kept apart from.
                    0 => continue,
                    1 => split.met_by(group, place, kinds, &self.apart),
                    _ => None,
                },
            };
            // It meets nobody else either.
            let mutual = |it: &u32| degrees.get(*it as usize) == Some(&1);
            let fate = match only.filter(mutual) {
                Some(identity) => Fate::Pair(identity),
                None => {
                    if split.has(group) {
                        split.add_local(group, place, kinds);
                    }
                    rest.push((place, group));
                    Fate::Unclear
                }
            };
            if let Some(it) = fates.get_mut(place as usize) {
                *it = fate;
            }
        }
        Matched {
            fates,
            meets: degrees.iter().map(|it| *it > 0).collect(),
            components: Components::of(
                &unsettled.groups,
                &rest,
                &unsettled.memberships,
                |it| kinds_at(&self.locals, it),
                |it| kinds_at(&self.identities, it),
                &split,
                &split.joints(&self.apart),
            ),
        }
    }

    /// The groups in which a pair is kept apart, and the identities in them.
    fn split(&self, unsettled: &Unsettled<'_>) -> Split {
        let mut split = Split::default();
        if self.apart.is_empty() {
            return split;
        }
        for local in self.apart.locals() {
            let found = unsettled.locals.binary_search_by_key(&local, |it| it.0);
            let found = found.ok().and_then(|it| unsettled.locals.get(it));
            if let Some((_, group)) = found {
                split.add_group(*group);
            }
        }
        for Membership { identity, group } in &unsettled.memberships {
            if split.has(*group) {
                let kinds = kinds_at(&self.identities, *identity);
                split.add_identity(*group, *identity, kinds);
            }
        }
        split
    }
}

fn kinds_at(kinds: &[Kinds], place: u32) -> Kinds {
    kinds.get(place as usize).copied().unwrap_or_default()
}

fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(NONE)
}

/// Spreads half of a hash over all bits again, where the table asks for a whole one.
fn spread(half: u32) -> u64 {
    u64::from(half).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// What no share can settle by itself: groups of more than one pair, and those of identities that are in several.
#[derive(Default)]
struct Unsettled<'a> {
    groups: Vec<Group<'a>>,
    locals: Vec<(u32, u32)>,
    memberships: Vec<Membership>,
}

/// The groups of one share; its memory is used again for the next.
#[derive(Default)]
struct Table<'a> {
    groups: Vec<Group<'a>>,
    /// Half of a hash of each address and its group.
    by_key: HashTable<(u32, u32)>,
    /// The group of each local, and of each identity; [`NONE`] where it meets nobody.
    of_locals: Vec<u32>,
    of_identities: Vec<u32>,
}

impl<'a> Table<'a> {
    /// Groups a share by address.
    fn fill(&mut self, share: &'a Share, degrees: &mut [u32]) {
        let Self {
            groups,
            by_key,
            of_locals,
            of_identities,
        } = self;
        groups.clear();
        by_key.clear();
        of_locals.clear();
        of_identities.clear();
        for (member, key) in share.locals.iter() {
            let entry = by_key.entry(
                spread(member.hash),
                |it| {
                    it.0 == member.hash && groups.get(it.1 as usize).is_some_and(|it| it.key == key)
                },
                |it| spread(it.0),
            );
            let group = match entry {
                Entry::Occupied(known) => known.get().1,
                Entry::Vacant(vacant) => {
                    let group = number(groups.len());
                    vacant.insert((member.hash, group));
                    groups.push(Group {
                        key,
                        locals: [0; 4],
                        identities: [0; 4],
                        last: [NONE; 4],
                        unsettled: NONE,
                    });
                    group
                }
            };
            if let Some(count) = groups
                .get_mut(group as usize)
                .and_then(|it| it.locals.get_mut(mix(member.kinds)))
            {
                *count += 1;
            }
            of_locals.push(group);
        }
        for (member, key) in share.identities.iter() {
            let same = |it: u32| groups.get(it as usize).is_some_and(|it| it.key == key);
            let found = by_key.find(spread(member.hash), |it| it.0 == member.hash && same(it.1));
            let met = found.and_then(|it| {
                let met = groups.get_mut(it.1 as usize)?.meet(member)?;
                *degrees.get_mut(member.place as usize)? += met;
                Some(it.1)
            });
            of_identities.push(met.unwrap_or(NONE));
        }
    }

    /// Finds the plain pairs, and hands on what is not.
    fn settle(
        &mut self,
        share: &Share,
        several: &[bool],
        fates: &mut [Fate],
        unsettled: &mut Unsettled<'a>,
    ) {
        let single = |it: &u32| several.get(*it as usize) == Some(&false);
        for (member, group) in share.locals.members.iter().zip(&self.of_locals) {
            let Some(group) = self.groups.get_mut(*group as usize) else {
                continue;
            };
            if meeting(group.identities, member.kinds) == 0 {
                continue;
            }
            match group.pair().filter(single) {
                Some(identity) => {
                    if let Some(fate) = fates.get_mut(member.place as usize) {
                        *fate = Fate::Pair(identity);
                    }
                }
                None => {
                    let group = group.hand_on(&mut unsettled.groups);
                    unsettled.locals.push((member.place, group));
                }
            }
        }
        for (member, group) in share.identities.members.iter().zip(&self.of_identities) {
            if let Some(group) = self.groups.get_mut(*group as usize)
                && group.pair().filter(single).is_none()
            {
                unsettled.memberships.push(Membership {
                    identity: member.place,
                    group: group.hand_on(&mut unsettled.groups),
                });
            }
        }
    }
}

impl<'a> Group<'a> {
    /// Counts an identity that meets somebody, and says how many; `None` if nobody.
    fn meet(&mut self, member: &Member) -> Option<u32> {
        let met = meeting(self.locals, member.kinds);
        let mix = mix(member.kinds);
        let (count, last) = (self.identities.get_mut(mix)?, self.last.get_mut(mix)?);
        if met == 0 {
            return None;
        }
        *count += 1;
        *last = member.place;
        Some(met)
    }

    /// The identity, where the group is one user and one identity that meet.
    fn pair(&self) -> Option<u32> {
        let alone = |counts: [u32; 4]| counts.iter().sum::<u32>() == 1;
        let last = self.identities.iter().zip(self.last).find(|it| *it.0 == 1);
        last.map(|it| it.1)
            .filter(|_| alone(self.locals) && alone(self.identities))
    }

    /// The group's number among those that are not settled.
    fn hand_on(&mut self, groups: &mut Vec<Self>) -> u32 {
        if self.unsettled == NONE {
            self.unsettled = number(groups.len());
            groups.push(*self);
        }
        self.unsettled
    }

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
pub(super) struct Components {
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
        split: &Split,
        joints: &[(u32, u32)],
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
            if split.has(group) {
                continue;
            }
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
            if split.has(membership.group) {
                continue;
            }
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
        // Both lists are in the order of the places.
        let node_of = |list: &[(u32, u32)], place: u32| {
            let found = list.binary_search_by_key(&place, |it| it.0);
            Some(list.get(found.ok()?)?.1)
        };
        for &(local, identity) in joints {
            let (local, identity) = (
                node_of(&this.locals, local),
                node_of(&this.identities, identity),
            );
            if let (Some(local), Some(identity)) = (local, identity) {
                this.join(local, identity);
            }
        }
        this
    }

    fn node(&mut self) -> u32 {
        let node = number(self.parents.len());
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

    /// Reports the groups by what stands at their places in the two lists.
    pub(super) fn report(mut self, locals: &[u32], identities: &[u32], views: &mut Views) {
        let in_list = |places: Vec<u32>, list: &[u32]| {
            let mut places = places;
            places
                .iter_mut()
                .for_each(|it| *it = list.get(*it as usize).copied().unwrap_or(NONE));
            places
        };
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
        for (group_locals, group_identities) in groups {
            let reason = match (group_locals.len(), group_identities.len()) {
                (1, _) => Ambiguity::SeveralMedhub,
                (_, 1) => Ambiguity::SeveralLocal,
                _ => Ambiguity::SeveralBoth,
            };
            views.ambiguous.push(Ambiguous {
                reason,
                locals: in_list(group_locals, locals),
                identities: in_list(group_identities, identities),
            });
        }
    }
}
