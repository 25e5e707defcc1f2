//! Pairs that meet by address and kind, and are kept apart because somebody said that they are not the same person.
//!
//! They are few beside all that meet, and only the groups they stand in pay for them: in each of these, everybody who is
//! connected by the other pairs is found by a walk over whoever was not yet reached. It steps over a pair that is kept apart
//! and never comes back to it from the same side, so that it costs as many looks as there are people and such pairs.

use crate::roster::{Kind, Kinds};
use hashbrown::{HashMap, HashSet};

/// The pairs, by the places of their two sides.
#[derive(Default)]
pub(super) struct Apart {
    pairs: HashSet<(u32, u32)>,
    /// How many each user has.
    of_locals: HashMap<u32, u32>,
}

impl Apart {
    pub(super) fn add(&mut self, local: u32, identity: u32) {
        if self.pairs.insert((local, identity)) {
            *self.of_locals.entry(local).or_default() += 1;
        }
    }

    pub(super) fn has(&self, local: u32, identity: u32) -> bool {
        self.pairs.contains(&(local, identity))
    }

    /// How many a user has.
    pub(super) fn of_local(&self, local: u32) -> u32 {
        self.of_locals.get(&local).copied().unwrap_or_default()
    }

    /// The users that have any.
    pub(super) fn locals(&self) -> impl Iterator<Item = u32> {
        self.of_locals.keys().copied()
    }

    /// The identities, one for each pair.
    pub(super) fn identities(&self) -> impl Iterator<Item = u32> {
        self.pairs.iter().map(|it| it.1)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }
}

/// The groups in which a pair is kept apart, with the names of their members.
#[derive(Default)]
pub(super) struct Split {
    groups: HashSet<u32>,
    /// By group and kind; everybody of one meets everybody on the other side of it, but for those who are kept apart.
    members: HashMap<(u32, Kind), Members>,
}

/// Whoever shares an address and a kind.
#[derive(Default)]
struct Members {
    locals: Vec<u32>,
    identities: Vec<u32>,
}

impl Split {
    pub(super) fn add_group(&mut self, group: u32) {
        self.groups.insert(group);
    }

    pub(super) fn has(&self, group: u32) -> bool {
        !self.groups.is_empty() && self.groups.contains(&group)
    }

    pub(super) fn add_local(&mut self, group: u32, local: u32, kinds: Kinds) {
        for kind in kinds.iter() {
            let members = self.members.entry((group, kind)).or_default();
            members.locals.push(local);
        }
    }

    pub(super) fn add_identity(&mut self, group: u32, identity: u32, kinds: Kinds) {
        for kind in kinds.iter() {
            let members = self.members.entry((group, kind)).or_default();
            members.identities.push(identity);
        }
    }

    /// Some identity that this user meets and is not kept apart from. Whoever has one alone looks at few others: it is kept
    /// apart from all of them.
    pub(super) fn met_by(
        &self,
        group: u32,
        local: u32,
        kinds: Kinds,
        apart: &Apart,
    ) -> Option<u32> {
        let all = kinds.iter().filter_map(|it| self.members.get(&(group, it)));
        let mut all = all.flat_map(|it| it.identities.iter().copied());
        all.find(|it| !apart.has(local, *it))
    }

    /// Pairs that join all who are connected: fewer than there are people.
    pub(super) fn joints(&self, apart: &Apart) -> Vec<(u32, u32)> {
        let mut joints = Vec::new();
        for members in self.members.values() {
            members.walk(apart, &mut joints);
        }
        joints
    }
}

impl Members {
    fn walk(&self, apart: &Apart, joints: &mut Vec<(u32, u32)>) {
        let (mut locals, mut identities) = (self.locals.clone(), self.identities.clone());
        while let Some(first) = locals.pop() {
            let (mut from_locals, mut from_identities) = (vec![first], Vec::new());
            loop {
                if let Some(local) = from_locals.pop() {
                    identities.retain(|&identity| {
                        let kept = apart.has(local, identity);
                        if !kept {
                            joints.push((local, identity));
                            from_identities.push(identity);
                        }
                        kept
                    });
                } else if let Some(identity) = from_identities.pop() {
                    locals.retain(|&local| {
                        let kept = apart.has(local, identity);
                        if !kept {
                            joints.push((local, identity));
                            from_locals.push(local);
                        }
                        kept
                    });
                } else {
                    break;
                }
            }
        }
    }
}
