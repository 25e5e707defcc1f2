//! How a tenant gives power away: set by an owner who acts as one.

use super::{ElevationLength, GrantPolicy, OwnerGrants, Tenant};
use crate::{
    authority::{Authority, AuthorityRefusal},
    changeset::Changeset,
    journal::Event,
    record::Records,
    refusal::Refusal,
    time::Instant,
};
use serde::Serialize;

/// Asks for another policy; what is not given stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SetPolicy {
    /// What a manager of users may give away (A2).
    pub grants: Option<GrantPolicy>,
    /// Who must agree before somebody becomes an owner.
    pub owner_grants: Option<OwnerGrants>,
    /// How long Tenant Owner stays switched on. What is on already is not changed.
    pub elevation: Option<ElevationLength>,
}

/// Why the policy stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyRefusal {
    /// The actor may not.
    #[error(transparent)]
    Authority(#[from] AuthorityRefusal),
    /// It is so already.
    #[error("the policy is so already")]
    Unchanged,
    /// There is no second owner who could approve.
    #[error("there is no second usable owner who could approve")]
    NoSecondOwner,
    /// One owner alone cannot do away with the second.
    #[error("an owner alone cannot do away with the approval of a second")]
    SecondOwnerStays,
}

impl Refusal for PolicyRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.code(),
            Self::Unchanged => "policy_unchanged",
            Self::NoSecondOwner => "no_second_owner",
            Self::SecondOwnerStays => "second_owner_needed",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.rule(),
            Self::Unchanged => "A5",
            Self::NoSecondOwner | Self::SecondOwnerStays => "O2",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.next(),
            Self::Unchanged => "nothing is left to do",
            Self::NoSecondOwner => "give Tenant Owner to a second user first",
            Self::SecondOwnerStays => "ask the platform operator",
        }
    }
}

impl SetPolicy {
    /// Decides the change; `records` hold the owners.
    ///
    /// # Errors
    /// As [`PolicyRefusal`].
    pub fn decide(
        self,
        authority: &Authority,
        records: &Records,
        now: Instant,
    ) -> Result<Changeset, PolicyRefusal> {
        let (mut changes, _) = authority.elevated()?;
        let before = authority.stored_tenant();
        let is = &before.record;
        let after = Tenant {
            grant_policy: self.grants.unwrap_or(is.grant_policy),
            owner_grants: self.owner_grants.unwrap_or(is.owner_grants),
            elevation: self.elevation.unwrap_or(is.elevation),
            ..is.clone()
        };
        if after == *is {
            return Err(PolicyRefusal::Unchanged);
        }
        match (is.owner_grants, after.owner_grants) {
            (OwnerGrants::TwoOwners, OwnerGrants::OneOwner) => {
                return Err(PolicyRefusal::SecondOwnerStays);
            }
            (OwnerGrants::OneOwner, OwnerGrants::TwoOwners) => {
                let owners = records.owners.values().next();
                let owners = owners.filter(|it| it.record.usable.len() > 1);
                changes.rely(owners.ok_or(PolicyRefusal::NoSecondOwner)?);
            }
            (OwnerGrants::OneOwner, OwnerGrants::OneOwner)
            | (OwnerGrants::TwoOwners, OwnerGrants::TwoOwners) => (),
        }
        changes.replace(before, after);
        changes.enter(authority.entry(now, Event::PolicyChanged));
        Ok(changes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        authority::Actor,
        record::Ref,
        role::{Holding, RoleKind},
        world::{World, events, now, relies_on, says},
    };

    const NOTHING: SetPolicy = SetPolicy {
        grants: None,
        owner_grants: None,
        elevation: None,
    };

    fn an_hour() -> Option<ElevationLength> {
        Some(ElevationLength::of_minutes(60).unwrap())
    }

    fn owner_grants(owner_grants: OwnerGrants) -> SetPolicy {
        SetPolicy {
            owner_grants: Some(owner_grants),
            ..NOTHING
        }
    }

    /// O4, A2: an owner who acts as one sets each part of it, and what is not given stays.
    #[test]
    fn an_elevated_owner_sets_the_policy() {
        let mut world = World::new();
        world.add_owner("second@example.org");
        let subset = SetPolicy {
            grants: Some(GrantPolicy::SubsetOnly),
            ..NOTHING
        };
        let hour = SetPolicy {
            elevation: an_hour(),
            ..NOTHING
        };
        let mut expected = world.records.tenants[&world.tenant].record.clone();
        type Edit = fn(&mut Tenant);
        let steps: [(SetPolicy, Edit); 3] = [
            (subset, |it| it.grant_policy = GrantPolicy::SubsetOnly),
            (hour, |it| it.elevation = an_hour().unwrap()),
            (owner_grants(OwnerGrants::TwoOwners), |it| {
                it.owner_grants = OwnerGrants::TwoOwners;
            }),
        ];
        for (command, edit) in steps {
            let authority = world.elevated(world.owner);
            let changes = command.decide(&authority, &world.records, now()).unwrap();
            assert_eq!(events(&changes), [Event::PolicyChanged]);
            world.commit(&changes);
            edit(&mut expected);
            assert_eq!(world.records.tenants[&world.tenant].record, expected);
            let authority = world.elevated(world.owner);
            let again = command.decide(&authority, &world.records, now());
            assert_eq!(again, Err(PolicyRefusal::Unchanged));
        }
    }

    /// O4: nobody else.
    #[test]
    fn only_an_elevated_owner_sets_the_policy() {
        let mut world = World::new();
        let (session, program) = (world.log_in(world.owner), world.program(world.owner));
        for actor in [Actor::Operator, Actor::User(world.owner), session, program] {
            let authority = world.act(&actor).unwrap();
            let command = SetPolicy {
                elevation: an_hour(),
                ..NOTHING
            };
            let refusal = command.decide(&authority, &world.records, now());
            let not_elevated = PolicyRefusal::Authority(AuthorityRefusal::NotElevated);
            assert_eq!(refusal, Err(not_elevated), "{actor:?}");
        }
    }

    /// O2: a second owner is asked for only where there is one who could approve, and who must still be there at the commit.
    #[test]
    fn a_second_owner_is_asked_for_where_there_is_one() {
        let mut world = World::new();
        let command = owner_grants(OwnerGrants::TwoOwners);
        let authority = world.elevated(world.owner);
        let refusal = command.decide(&authority, &world.records, now());
        assert_eq!(refusal, Err(PolicyRefusal::NoSecondOwner));
        let second = world.add_owner("second@example.org");
        let authority = world.elevated(world.owner);
        let changes = command.decide(&authority, &world.records, now()).unwrap();
        assert!(relies_on(&changes, &Ref::Owners(world.tenant)));
        let role = world.role(RoleKind::TenantOwner);
        let holding = Holding::of(&world.records, second, role);
        let removed = holding.remove(&authority, now()).unwrap();
        assert!(world.collide(&changes, &removed));
        world.records.owners.clear();
        let refusal = command.decide(&authority, &world.records, now());
        assert_eq!(refusal, Err(PolicyRefusal::NoSecondOwner));
    }

    /// O2: an owner alone cannot do away with the second, and may set everything else meanwhile, also when alone.
    #[test]
    fn an_owner_alone_does_not_do_away_with_the_second() {
        let mut world = World::new();
        world.policy(|it| it.owner_grants = OwnerGrants::TwoOwners);
        let authority = world.elevated(world.owner);
        let command = owner_grants(OwnerGrants::OneOwner);
        let refusal = command.decide(&authority, &world.records, now());
        assert_eq!(refusal, Err(PolicyRefusal::SecondOwnerStays));
        let command = SetPolicy {
            grants: Some(GrantPolicy::SubsetOnly),
            owner_grants: Some(OwnerGrants::TwoOwners),
            ..NOTHING
        };
        assert!(command.decide(&authority, &world.records, now()).is_ok());
    }

    /// O4: what is on already stays as long as it was to be.
    #[test]
    fn what_is_on_stays_as_it_is() {
        let mut world = World::new();
        let actor = world.log_in(world.owner);
        let before = world.switch_on(&actor).unwrap();
        let authority = world.act(&actor).unwrap();
        let command = SetPolicy {
            elevation: an_hour(),
            ..NOTHING
        };
        let changes = command.decide(&authority, &world.records, now()).unwrap();
        world.commit(&changes);
        assert_eq!(world.records.elevations[&before.id].record, before);
        let after = world.log_in(world.owner);
        let after = world.switch_on(&after).unwrap();
        assert_eq!(after.until, now() + chrono::Duration::minutes(60));
    }

    /// A5: each refusal has its code, the rule and the next step.
    #[test]
    fn each_refusal_says_what_it_is() {
        let authority = PolicyRefusal::Authority(AuthorityRefusal::NotElevated);
        for (refusal, code, rule) in [
            (authority, "elevation_required", "O4"),
            (PolicyRefusal::Unchanged, "policy_unchanged", "A5"),
            (PolicyRefusal::NoSecondOwner, "no_second_owner", "O2"),
            (PolicyRefusal::SecondOwnerStays, "second_owner_needed", "O2"),
        ] {
            assert_eq!(says(&refusal), (code, rule));
        }
    }
}
