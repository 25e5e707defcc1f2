//! Reconciliation of local learners and teachers with MedHub: what is linked, what could be, and the plan that says so.

mod matching;
pub mod not_same;
pub mod plan;
pub mod save;
pub mod snapshot;
pub mod views;

use crate::{
    authority::{Authority, AuthorityRefusal},
    changeset::Changeset,
    id::Id,
    journal::Event,
    permission::INTEGRATIONS_MANAGE,
    record::Records,
    role::{AssignmentStatus, RoleKind},
    roster::{Kind, Kinds, MedhubUserId},
    tenant::Tenant,
    time::Instant,
    user::User,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// Which MedHub: its base URL in canonical form. A link carries it, so that the ids of one institution are never taken for
/// those of another, nor those of a test host for the live ones.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Institution(
    /// the base URL
    pub String,
);

/// The connection of a tenant to MedHub. The private key is not here: it stays in its file or with the operator (E5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integration {
    /// Whose.
    pub tenant: Id<Tenant>,
    /// Which MedHub.
    pub institution: Institution,
    /// The number that MedHub gave the key.
    pub client_id: String,
    /// Where the key lies, as a path; `None` when it is handed over at each read.
    pub key_file: Option<String>,
    /// When it was connected, or connected anew.
    pub connected_at: Instant,
}

/// The one-to-one tie between a local user and a MedHub identity: unique both ways (R3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its identifier: a pair that was untied and tied again has another.
    pub id: Id<Self>,
    /// The local user; at most one link each.
    pub user: Id<User>,
    /// Which MedHub.
    pub institution: Institution,
    /// The identity there.
    pub medhub: MedhubUserId,
    /// When it was made.
    pub at: Instant,
    /// Who saved it.
    pub by: Id<User>,
}

/// Asks to connect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Connect {
    /// Which MedHub.
    pub institution: Institution,
    /// The number that MedHub gave the key.
    pub client_id: String,
    /// Where the key lies.
    pub key_file: Option<String>,
}

impl Connect {
    /// Decides to connect, or to connect anew. What was read from another institution is forgotten; links to it rest.
    ///
    /// # Errors
    /// [`AuthorityRefusal`].
    pub fn decide(
        self,
        authority: &Authority,
        records: &Records,
        now: Instant,
    ) -> Result<Changeset, AuthorityRefusal> {
        let mut changes = authority.permit(&INTEGRATIONS_MANAGE)?;
        let tenant = authority.tenant().id;
        let after = Integration {
            tenant,
            institution: self.institution,
            client_id: self.client_id,
            key_file: self.key_file,
            connected_at: now,
        };
        match records.integrations.get(&tenant) {
            Some(before) => {
                if before.record.institution != after.institution {
                    records.rosters.values().for_each(|it| changes.erase(it));
                    records
                        .roster_people
                        .values()
                        .for_each(|it| changes.erase(it));
                }
                changes.replace(before, after);
            }
            None => changes.create(after),
        }
        changes.enter(authority.entry(now, Event::IntegrationConnected));
        Ok(changes)
    }
}

/// What the users are to reconciliation: the kinds of their active assignments of Learner and
/// Teacher. Whoever has neither is not in it.
pub(crate) fn cohort(records: &Records) -> BTreeMap<Id<User>, Kinds> {
    let mut cohort: BTreeMap<_, Kinds> = BTreeMap::new();
    for assignment in records.assignments.values().map(|it| &it.record) {
        let kind = match (assignment.kind, assignment.status) {
            (RoleKind::Learner, AssignmentStatus::Active) => Kind::Learner,
            (RoleKind::Teacher, AssignmentStatus::Active) => Kind::Teacher,
            (
                RoleKind::TenantOwner
                | RoleKind::SystemAdministrator
                | RoleKind::Learner
                | RoleKind::Teacher
                | RoleKind::Patient
                | RoleKind::Guest
                | RoleKind::Custom,
                AssignmentStatus::Active | AssignmentStatus::Inactive,
            ) => continue,
        };
        let kinds = cohort.entry(assignment.user).or_default();
        *kinds = kinds.and(Kinds::only(kind));
    }
    cohort
}

impl fmt::Display for Institution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{World, events, now};

    fn connect(world: &mut World, institution: &str) {
        let authority = world.as_user(world.owner);
        let command = Connect {
            institution: Institution(institution.into()),
            client_id: "1".into(),
            key_file: None,
        };
        let changes = command.decide(&authority, &world.records, now()).unwrap();
        assert_eq!(events(&changes), [Event::IntegrationConnected]);
        world.commit(&changes);
    }

    /// What one MedHub said of its people is never taken for what another says.
    #[test]
    fn another_institution_forgets_what_was_read_and_the_same_does_not() {
        let mut world = World::new();
        connect(&mut world, "https://one.example.org/api");
        let mut changes = Changeset::new(world.tenant);
        changes.create(save::tests::identity("7", "ada@example.org"));
        world.commit(&changes);
        connect(&mut world, "https://one.example.org/api");
        assert_eq!(world.records.roster_people.len(), 1);
        connect(&mut world, "https://two.example.org/api");
        assert!(world.records.roster_people.is_empty());
    }

    #[test]
    fn an_inactive_assignment_makes_nobody_a_learner() {
        let mut world = World::new();
        let ada = world.add("ada@example.org", RoleKind::Learner);
        assert_eq!(
            cohort(&world.records).get(&ada),
            Some(&Kinds::only(Kind::Learner))
        );
        let held = world
            .records
            .assignments
            .values_mut()
            .find(|it| it.record.user == ada);
        held.unwrap().record.status = AssignmentStatus::Inactive;
        assert!(!cohort(&world.records).contains_key(&ada));
    }
}
