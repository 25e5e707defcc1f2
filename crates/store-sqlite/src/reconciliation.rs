//! Both sides of a reconciliation, read in one go: each is one walk along its keys.

use crate::{
    cause::unavailable,
    column::Bound as _,
    row::{cell_of, each, get, rows},
};
use identity_core::{
    id::Id,
    name::PersonName,
    port::StoreError,
    reconcile::{
        Institution, Integration,
        not_same::NotSame,
        plan::Plan,
        snapshot::{Roster, RosterPerson},
        views::{Local, Reconciliation},
    },
    role::RoleKind,
    roster::{Kind, Kinds, MedhubUserId},
    tenant::Tenant,
    user::User,
};
use rusqlite::Connection;
use std::{cmp::Ordering, collections::VecDeque};

pub(crate) fn read(
    connection: &Connection,
    tenant: Id<Tenant>,
    planner: Id<User>,
) -> Result<Reconciliation, StoreError> {
    let integration = get::<Integration>(connection, tenant, &tenant)?.map(|it| it.record);
    let institution = integration.as_ref().map(|it| &it.institution);
    let locals = locals(connection, tenant, institution)?;
    let mut identities = Vec::new();
    each::<RosterPerson>(connection, tenant, " ORDER BY medhub", &[], |it| {
        identities.push(it.record.identity);
    })?;
    let mut steps = Vec::new();
    each(
        connection,
        tenant,
        " AND plan = ?2 ORDER BY number",
        &[&planner],
        |it| steps.push(it),
    )?;
    let mut not_same = Vec::new();
    if let Some(institution) = institution {
        let of_both = " AND institution = ?2 ORDER BY user, medhub";
        each::<NotSame>(connection, tenant, of_both, &[institution], |it| {
            not_same.push(it.record);
        })?;
    }
    Ok(Reconciliation {
        roster: get::<Roster>(connection, tenant, &tenant)?.map(|it| it.record),
        integration,
        identities,
        locals,
        plan: get::<Plan>(connection, tenant, &planner)?,
        steps,
        not_same,
    })
}

/// A user of the local side, before names.
struct Candidate {
    user: Id<User>,
    kinds: Kinds,
    link: Option<MedhubUserId>,
}

/// After so many users passed over in vain, the walk along the users begins anew at the next one that is wanted.
const PATIENCE: u32 = 16;

/// Whoever is learner or teacher, or linked to the institution, with the person's names: one walk along the users, which leaps
/// where others lie in between.
fn locals(
    connection: &Connection,
    tenant: Id<Tenant>,
    institution: Option<&Institution>,
) -> Result<Vec<Local>, StoreError> {
    let candidates = candidates(connection, tenant, institution)?;
    let mut locals = Vec::with_capacity(candidates.len());
    let mut statement = connection
        .prepare_cached(
            "SELECT u.id, u.status, p.id, p.given, p.family, p.email
             FROM users u CROSS JOIN persons p ON p.tenant = u.tenant AND p.id = u.person
             WHERE u.tenant = ?1 AND u.id >= ?2 ORDER BY u.id",
        )
        .map_err(unavailable)?;
    let mut wanted = candidates.into_iter().peekable();
    while let Some(first) = wanted.peek() {
        statement
            .raw_bind_parameter(1, tenant.bound())
            .map_err(unavailable)?;
        statement
            .raw_bind_parameter(2, first.user.bound())
            .map_err(unavailable)?;
        let mut rows = statement.raw_query();
        let mut passed = 0;
        while let Some(next) = wanted.peek() {
            let absent = || StoreError::Corrupt {
                table: "users",
                column: "id",
                id: next.user.to_string(),
            };
            let row = rows.next().map_err(unavailable)?.ok_or_else(absent)?;
            let user: Id<User> = cell_of(row, 0, 0, "users", "id")?;
            match user.cmp(&next.user) {
                Ordering::Less if passed == PATIENCE => break,
                Ordering::Less => passed += 1,
                Ordering::Equal => {
                    passed = 0;
                    let status = cell_of(row, 1, 0, "users", "status")?;
                    let name = PersonName {
                        given: cell_of(row, 3, 2, "persons", "given")?,
                        family: cell_of(row, 4, 2, "persons", "family")?,
                    };
                    let email = cell_of(row, 5, 2, "persons", "email")?;
                    locals.extend(wanted.next().map(|it| Local {
                        user,
                        kinds: it.kinds,
                        status,
                        name,
                        email,
                        link: it.link,
                    }));
                }
                Ordering::Greater => return Err(absent()),
            }
        }
    }
    Ok(locals)
}

/// The learners and teachers by their active assignments, merged with the links; both are read in the order of the users.
fn candidates(
    connection: &Connection,
    tenant: Id<Tenant>,
    institution: Option<&Institution>,
) -> Result<Vec<Candidate>, StoreError> {
    let mut links: VecDeque<(Id<User>, MedhubUserId)> = VecDeque::new();
    if let Some(institution) = institution {
        rows(
            connection,
            "SELECT user, medhub FROM links WHERE tenant = ?1 AND institution = ?2 ORDER BY user",
            tenant,
            &[institution],
            |row| {
                links.push_back((
                    cell_of(row, 0, 0, "links", "user")?,
                    cell_of(row, 1, 0, "links", "medhub")?,
                ));
                Ok(())
            },
        )?;
    }
    let mut candidates: Vec<Candidate> = Vec::with_capacity(links.len());
    let linked = |(user, medhub)| Candidate {
        user,
        kinds: Kinds::default(),
        link: Some(medhub),
    };
    rows(
        connection,
        "SELECT user, kind FROM assignments INDEXED BY assignments_of_kinds
         WHERE tenant = ?1 AND status = 'active' AND kind IN ('learner', 'teacher')
         ORDER BY user",
        tenant,
        &[],
        |row| {
            let user = cell_of(row, 0, 0, "assignments", "user")?;
            let kinds = match cell_of(row, 1, 0, "assignments", "kind")? {
                RoleKind::Learner => Kinds::only(Kind::Learner),
                RoleKind::Teacher => Kinds::only(Kind::Teacher),
                RoleKind::TenantOwner
                | RoleKind::SystemAdministrator
                | RoleKind::Patient
                | RoleKind::Guest
                | RoleKind::Custom => Kinds::default(),
            };
            while let Some(before) = links.pop_front_if(|it| it.0 < user) {
                candidates.push(linked(before));
            }
            match candidates.last_mut() {
                Some(same) if same.user == user => same.kinds = same.kinds.and(kinds),
                _ => candidates.push(Candidate {
                    user,
                    kinds,
                    link: links.pop_front_if(|it| it.0 == user).map(|it| it.1),
                }),
            }
            Ok(())
        },
    )?;
    candidates.extend(links.into_iter().map(linked));
    Ok(candidates)
}
