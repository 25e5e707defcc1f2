//! What is there, according to the model and according to a store.

use super::{Differs, Trial, same, text};
use crate::model::command::{Address, PEOPLE, ROLES, Who, right};
use identity_core::{
    authority::Authority,
    id::Id,
    owner::Proposal,
    permission::{BUILT_IN, PERSONS_MANAGE, Permission, ROLES_MANAGE, TOKENS_MANAGE, USERS_MANAGE},
    person::Person,
    port::{Clock, Directory, Find, Page, Store},
    record::Records,
    refusal::Refusal,
    role::{AssignmentStatus, Role, RoleStatus},
    tenant::{GrantPolicy, OwnerGrants, TenantStatus},
    time::Instant,
    user::{User, UserStatus},
};
use std::collections::BTreeSet;

/// What somebody may do, or the code of the refusal of whoever has no authority.
type May = Result<u8, &'static str>;

/// Since when, and until when.
type Span = (i64, i64);

/// What is there, in the words of the model.
pub(super) struct View {
    policy: (bool, bool, bool, u32),
    /// Name and address as they are kept.
    persons: Vec<(Option<String>, Option<String>)>,
    users: Vec<UserView>,
    owners: BTreeSet<usize>,
    /// Name as it is kept, permissions, whether it counts.
    roles: Vec<(String, u8, bool)>,
    /// Of each session that was or is alive, what may be done in it, and the span in which Tenant Owner is on.
    sessions: Vec<(usize, May, Option<Span>)>,
    /// For whom, by whom, until when.
    proposals: Vec<(usize, usize, i64)>,
    tokens: Vec<May>,
}

#[derive(Debug, PartialEq)]
struct UserView {
    person: usize,
    /// The login's name, and whether somebody can log in with it.
    login: Option<(String, bool)>,
    active: bool,
    /// Which, and whether it counts.
    roles: BTreeSet<(usize, bool)>,
    may: May,
}

impl View {
    /// Compares part by part, so that a difference is seen at once.
    pub(super) fn compare(&self, what: &str, store: &Self) -> Result<(), Differs> {
        let of = |part: &str| format!("{part} after {what}");
        same(&of("policy"), &self.policy, &store.policy)?;
        same(&of("persons"), &self.persons, &store.persons)?;
        same(&of("users"), &self.users, &store.users)?;
        same(&of("owners"), &self.owners, &store.owners)?;
        same(&of("roles"), &self.roles, &store.roles)?;
        same(&of("sessions"), &self.sessions, &store.sessions)?;
        same(&of("proposals"), &self.proposals, &store.proposals)?;
        same(&of("tokens"), &self.tokens, &store.tokens)
    }
}

/// The permissions, in the order of their bits.
pub(super) const RIGHTS: [Permission; 4] =
    [USERS_MANAGE, ROLES_MANAGE, PERSONS_MANAGE, TOKENS_MANAGE];

/// The bits of the permissions of which this is true; all others count as one.
fn rights(has: impl Fn(&Permission) -> bool) -> u8 {
    let each = BUILT_IN.iter().filter(|it| has(it));
    each.fold(0, |all, it| {
        let bit = RIGHTS.iter().position(|right| right == it);
        all | bit.map_or(right::OTHERS, |it| 1 << it)
    })
}

impl<S: Store + Directory + Clone> Trial<S> {
    /// What the model says there is.
    pub(super) fn view(&self, sessions: &[usize]) -> View {
        let model = &self.model;
        let may = |who| model.standing(who).map(|it| it.rights);
        let address = |key| {
            let shouted = false;
            text(self.run, Address { key, shouted })
        };
        View {
            policy: (
                model.suspended,
                model.subset_only,
                model.two_owners,
                model.minutes,
            ),
            persons: (model.persons.iter())
                .map(|it| {
                    let name = it.name.map(|it| PEOPLE[it].0.to_owned());
                    (name, it.address.map(|it| text(self.run, it)))
                })
                .collect(),
            users: (model.users.iter().enumerate())
                .map(|(number, it)| UserView {
                    person: it.person,
                    login: it.account.and_then(|it| {
                        let account = &model.accounts[it];
                        Some((address(account.key?), account.linked))
                    }),
                    active: it.active,
                    roles: [(&model.held, true), (&model.resting, false)]
                        .into_iter()
                        .flat_map(|(all, counts)| all.iter().map(move |it| (it, counts)))
                        .filter(|(it, _)| it.0 == number)
                        .map(|(it, counts)| (it.1, counts))
                        .collect(),
                    may: may(Who::Host(number)),
                })
                .collect(),
            owners: model.owners().into_iter().collect(),
            roles: (model.roles.iter())
                .map(|it| (ROLES[it.name].1.to_owned(), it.rights, !it.retired))
                .collect(),
            sessions: (sessions.iter())
                .map(|it| {
                    let standing = model.standing(Who::Session(*it));
                    let on = standing.as_ref().ok().and_then(|it| it.elevation);
                    let on = on.map(|it| &model.elevations[it]);
                    let may = standing.map(|it| it.rights);
                    (*it, may, on.map(|it| (it.since, it.until)))
                })
                .collect(),
            proposals: (model.proposals.iter())
                .map(|(user, it)| (*user, it.by, it.until))
                .collect(),
            tokens: (0..model.tokens.len())
                .map(|it| may(Who::Program(it)))
                .collect(),
        }
    }

    /// What is in the store: what decisions look at in one load, the rest from its lists.
    pub(super) async fn look(&self, sessions: &[usize]) -> View {
        let store = &self.service.store;
        let mut finds = vec![Find::Tenant, Find::Roles];
        finds.extend(self.users.iter().map(|it| Find::Access(*it)));
        finds.extend(sessions.iter().map(|it| Find::Session(self.sessions[*it])));
        finds.extend(self.tokens.iter().map(|it| Find::ApiToken(*it)));
        // All begin before the first is waited for.
        let found = store.load(self.tenant, finds);
        let persons = store.persons(self.tenant, Page::first(1000));
        let (owners, proposals) = (store.owners(self.tenant), store.proposals(self.tenant));
        let (found, persons) = (found.await.unwrap(), persons.await.unwrap());
        let (owners, proposals) = (owners.await.unwrap(), proposals.await.unwrap());
        let number = |user: Id<User>| self.users.iter().position(|it| *it == user).unwrap();
        let tenant = &found.tenants[&self.tenant].record;
        let may = |who| {
            let standing = self.authority(&found, who);
            standing.map(|it| rights(|right| it.allows(right)))
        };
        View {
            policy: (
                tenant.status != TenantStatus::Active,
                tenant.grant_policy == GrantPolicy::SubsetOnly,
                tenant.owner_grants == OwnerGrants::TwoOwners,
                tenant.elevation.minutes(),
            ),
            persons: {
                let of = |it: &Person| {
                    let name = it.name.given.as_str().to_owned();
                    let email = it.email.as_ref().map(|it| it.as_str().to_owned());
                    (Some(name).filter(|_| it.erased_at.is_none()), email)
                };
                let place = |it: &&Person| self.persons.iter().position(|id| *id == it.id);
                let mut persons: Vec<_> = persons.iter().collect();
                persons.sort_unstable_by_key(place);
                persons.into_iter().map(of).collect()
            },
            users: (self.users.iter().enumerate())
                .map(|(it, id)| {
                    self.look_at_user(&found, &found.users[id].record, may(Who::Host(it)))
                })
                .collect(),
            owners: owners.iter().map(|it| number(it.id)).collect(),
            roles: (self.roles.iter())
                .map(|it| {
                    let it = &found.roles[it].record;
                    let counts = it.status == RoleStatus::Active;
                    let rights = rights(|right| it.permissions.contains(right));
                    (it.name.as_str().to_owned(), rights, counts)
                })
                .collect(),
            sessions: (sessions.iter())
                .map(|it| {
                    let who = Who::Session(*it);
                    let standing = self.authority(&found, who).ok();
                    let on = standing.as_ref().and_then(Authority::elevation);
                    let on = on.map(|it| (self.moment(it.since), self.moment(it.until)));
                    (*it, may(who), on)
                })
                .collect(),
            proposals: {
                let of = |it: &Proposal| {
                    let until = self.moment(it.expires_at);
                    (number(it.user), number(it.by), until)
                };
                let mut proposals: Vec<_> = proposals.iter().map(of).collect();
                proposals.sort_unstable();
                proposals
            },
            tokens: (0..self.tokens.len())
                .map(|it| may(Who::Program(it)))
                .collect(),
        }
    }

    fn look_at_user(&self, found: &Records, user: &User, may: May) -> UserView {
        let position = |it| self.persons.iter().position(|id| *id == it);
        let account = user.account.map(|it| &found.accounts[&it].record);
        let held = found.assignments.values().map(|it| &it.record);
        let held = held.filter(|it| it.user == user.id);
        let role = |it: Id<Role>| self.roles.iter().position(|id| *id == it).unwrap();
        UserView {
            person: position(user.person).unwrap(),
            login: account.map(|it| (it.login.key().as_str().to_owned(), it.is_linked())),
            active: user.status == UserStatus::Active,
            roles: held
                .map(|it| (role(it.role), it.status == AssignmentStatus::Active))
                .collect(),
            may,
        }
    }

    fn authority(&self, found: &Records, who: Who) -> Result<Authority, &'static str> {
        let (actor, now) = (self.actor(who), self.service.clock.now());
        Authority::of(&actor, self.tenant, found, now).map_err(|it| it.code())
    }

    /// An instant, in microseconds since the beginning.
    pub(super) fn moment(&self, at: Instant) -> i64 {
        (at - self.start).num_microseconds().unwrap()
    }
}
