//! Where a healthcare party may stand: below an organisation, and never below itself.

use super::Hcp;
use crate::{
    changeset::Changeset,
    id::Id,
    port::Find,
    record::{Records, Stored},
    refusal::Refusal,
};

/// How many organisations one may stand below: more than any hospital has, and few enough to be walked in every decision.
pub const LEVELS: u8 = 64;

/// Why a party does not stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceRefusal {
    /// The parent is not there.
    #[error("no such parent organisation")]
    ParentNotFound,
    /// The parent is a professional.
    #[error("the parent is a professional, not an organisation")]
    ParentNotOrganisation,
    /// The parent is the organisation itself, or stands below it.
    #[error("the parent is the organisation itself, or stands below it")]
    BelowItself,
    /// More than [`LEVELS`] organisations would stand above it.
    #[error("more than {LEVELS} organisations would stand above it")]
    TooDeep,
}

impl Refusal for PlaceRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::ParentNotFound => "parent_not_found",
            Self::ParentNotOrganisation => "parent_not_organization",
            Self::BelowItself => "parent_below_itself",
            Self::TooDeep => "parent_too_deep",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::ParentNotFound
            | Self::ParentNotOrganisation
            | Self::BelowItself
            | Self::TooDeep => "A5",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::ParentNotFound | Self::ParentNotOrganisation => {
                "list the healthcare parties and copy the id of an organisation"
            }
            Self::BelowItself => "choose an organisation that does not stand below this one",
            Self::TooDeep => "choose an organisation further up",
        }
    }
}

/// What [`below`] looks at.
pub(super) fn finds(parent: Option<Id<Hcp>>) -> impl Iterator<Item = Find> {
    parent.into_iter().map(|it| Find::HcpsAbove(it, LEVELS))
}

/// The organisation with this id, which is relied on.
pub(super) fn organisation<'a>(
    id: Id<Hcp>,
    records: &'a Records,
    changes: &mut Changeset,
) -> Result<&'a Stored<Hcp>, PlaceRefusal> {
    let found = records.hcps.get(&id).ok_or(PlaceRefusal::ParentNotFound)?;
    if !found.record.is_organisation() {
        return Err(PlaceRefusal::ParentNotOrganisation);
    }
    changes.rely(found);
    Ok(found)
}

/// Lets an organisation stand below a parent: walks up from there to the root, and relies on every organisation on the way, so that
/// two moves that would close a circle together cannot both be committed.
pub(super) fn below(
    parent: Id<Hcp>,
    child: Id<Hcp>,
    records: &Records,
    changes: &mut Changeset,
) -> Result<(), PlaceRefusal> {
    let mut next = Some(parent);
    for _ in 0..LEVELS {
        let Some(id) = next else { return Ok(()) };
        if id == child {
            return Err(PlaceRefusal::BelowItself);
        }
        next = organisation(id, records, changes)?.record.parent;
    }
    match next {
        None => Ok(()),
        Some(_) => Err(PlaceRefusal::TooDeep),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        record::{Ref, Version},
        world::{World, relies_on, says},
    };

    fn chain(world: &mut World, length: u8) -> Vec<Id<Hcp>> {
        let mut all: Vec<Id<Hcp>> = vec![];
        for _ in 0..length {
            let below = world.organisation("Ward", all.last().copied());
            all.push(below);
        }
        all
    }

    /// An organisation is above neither itself nor what is above it, and all who were looked at are relied on.
    #[test]
    fn nothing_stands_below_itself() {
        let mut world = World::new();
        let all = chain(&mut world, 4);
        let [top, _, third, last] = *all else {
            unreachable!()
        };
        let below = |parent, child| {
            let mut changes = Changeset::new(world.tenant);
            below(parent, child, &world.records, &mut changes).map(|()| changes)
        };
        for parent in [top, third, last] {
            assert_eq!(below(parent, top), Err(PlaceRefusal::BelowItself));
        }
        assert_eq!(below(third, third), Err(PlaceRefusal::BelowItself));
        let changes = below(third, last).unwrap();
        for above in all.iter().filter(|it| **it != last) {
            assert!(relies_on(&changes, &Ref::Hcp(*above)));
        }
        assert!(!relies_on(&changes, &Ref::Hcp(last)));
        let other = world.organisation("Elsewhere", None);
        let unknown = Id::from_uuid(*world.tenant.as_uuid());
        let mut changes = Changeset::new(world.tenant);
        assert_eq!(
            super::below(unknown, other, &world.records, &mut changes),
            Err(PlaceRefusal::ParentNotFound)
        );
    }

    /// The walk has an end, also where a store holds a circle that no decision made.
    #[test]
    fn nobody_walks_further_than_there_are_levels() {
        let mut world = World::new();
        let all = chain(&mut world, LEVELS);
        let new = world.ids.id();
        let mut changes = Changeset::new(world.tenant);
        let lowest = all[usize::from(LEVELS) - 1];
        assert_eq!(below(lowest, new, &world.records, &mut changes), Ok(()));
        let top = world.records.hcps[&all[0]].record.clone();
        let circle = Hcp {
            parent: Some(lowest),
            ..top
        };
        world.records.insert(circle.into(), Version::FIRST);
        assert_eq!(
            below(lowest, new, &world.records, &mut changes),
            Err(PlaceRefusal::TooDeep)
        );
    }

    /// A5: each refusal has its code, the rule and the next step.
    #[test]
    fn each_refusal_says_what_it_is() {
        for (refusal, code) in [
            (PlaceRefusal::ParentNotFound, "parent_not_found"),
            (
                PlaceRefusal::ParentNotOrganisation,
                "parent_not_organization",
            ),
            (PlaceRefusal::BelowItself, "parent_below_itself"),
            (PlaceRefusal::TooDeep, "parent_too_deep"),
        ] {
            assert_eq!(says(&refusal), (code, "A5"));
        }
    }
}
