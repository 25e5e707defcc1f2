//! The lists and searches of the memory store.

use super::{
    MemoryStore,
    state::{Shard, State},
};
use crate::broken::Guard;
use identity_core::{
    account::Account,
    email::EmailKey,
    hcp::{
        Hcp, HcpLine,
        import::{Import, RejectedRow},
        search::HcpSearch,
    },
    id::Id,
    journal::{Hash, Sealed},
    outbox::Message,
    owner::Proposal,
    person::Person,
    port::{Directory, Page, StoreError, TenantLine, UserLine},
    reconcile::views::{Local, Reconciliation},
    record::Records,
    role::{AssignmentStatus, Role, RoleKind, RoleStatus},
    roster::{Kind, Kinds},
    session::Session,
    tenant::{Domain, DomainKind, DomainStatus, Tenant},
    token::ApiToken,
    user::{User, UserStatus},
};
use std::ops::Bound;

impl MemoryStore {
    /// Lists from what is the tenant's.
    fn list<T>(
        &self,
        tenant: Id<Tenant>,
        of: impl FnOnce(&State, &Shard) -> T,
    ) -> Result<T, StoreError> {
        let state = self.state();
        let nothing = Shard::default();
        let shard = if state.lacks(Guard::IsolatedLists) {
            let mut customers = state.tenants.iter();
            let first = customers.find(|(id, _)| **id != Tenant::PLATFORM);
            first.map(|it| it.1)
        } else {
            state.tenants.get(&tenant)
        };
        Ok(of(&state, shard.unwrap_or(&nothing)))
    }
}

/// Where a page begins.
fn after<K: Copy>(page: &Page<K>) -> (Bound<K>, Bound<K>) {
    (
        page.after.map_or(Bound::Unbounded, Bound::Excluded),
        Bound::Unbounded,
    )
}

impl State {
    /// What is the platform's.
    fn platform(&self) -> Option<&Records> {
        let shard = self.tenants.get(&Tenant::PLATFORM)?;
        Some(&shard.records)
    }

    fn account(&self, user: &User) -> Option<&Account> {
        let account = self.platform()?.accounts.get(&user.account?)?;
        Some(&account.record)
    }

    /// The user's domain, the tenant's own or the platform's.
    fn domain<'a>(&'a self, records: &'a Records, user: &User) -> Option<&'a Domain> {
        let own = records.domains.get(&user.domain);
        let domain = own.or_else(|| self.platform()?.domains.get(&user.domain));
        domain.map(|it| &it.record)
    }

    /// Whether the user counts, and has an active assignment of one of these roles.
    fn has_one_of(&self, records: &Records, user: &User, roles: &[Id<Role>]) -> bool {
        let mut assignments = records.assignments.values().map(|it| &it.record);
        user.status == UserStatus::Active
            && self
                .domain(records, user)
                .is_some_and(|it| it.status == DomainStatus::Active)
            && assignments.any(|it| {
                it.user == user.id
                    && it.status == AssignmentStatus::Active
                    && roles.contains(&it.role)
            })
    }

    fn line(&self, records: &Records, user: &User) -> Option<UserLine> {
        let person = &records.persons.get(&user.person)?.record;
        let account = self.account(user);
        let roles = records.assignments.values().filter_map(|it| {
            let role = &records.roles.get(&it.record.role)?.record;
            let counts = it.record.user == user.id
                && it.record.status == AssignmentStatus::Active
                && role.status == RoleStatus::Active;
            counts.then(|| (role.id, role.name.clone()))
        });
        let mut roles: Vec<_> = roles.collect();
        roles.sort_unstable();
        Some(UserLine {
            id: user.id,
            person: person.id,
            name: person.name.clone(),
            email: account
                .map(|it| it.login.clone())
                .or_else(|| person.email.clone()),
            status: user.status,
            roles,
        })
    }

    /// Whether the user is internal and has this address, as a login or as a person.
    fn answers_to(&self, records: &Records, user: &User, email: &EmailKey) -> bool {
        let person = records.persons.get(&user.person);
        let login = self.account(user).map(|it| &it.login);
        let own = person.and_then(|it| it.record.email.as_ref());
        self.domain(records, user)
            .is_some_and(|it| it.kind == DomainKind::Internal)
            && [login, own]
                .into_iter()
                .flatten()
                .any(|it| it.key() == email)
    }
}

fn hcp_line(records: &Records, hcp: &Hcp) -> HcpLine {
    let person = hcp.person().and_then(|it| records.persons.get(&it));
    HcpLine {
        hcp: hcp.clone(),
        person: person.map(|it| it.record.clone()),
    }
}

/// The user as reconciliation sees them, if it does.
fn local(records: &Records, user: &User) -> Option<Local> {
    let person = &records.persons.get(&user.person)?.record;
    let mut kinds = Kinds::default();
    for assignment in records.assignments.values() {
        let assignment = &assignment.record;
        if assignment.user == user.id && assignment.status == AssignmentStatus::Active {
            kinds = match assignment.kind {
                RoleKind::Learner => kinds.and(Kinds::only(Kind::Learner)),
                RoleKind::Teacher => kinds.and(Kinds::only(Kind::Teacher)),
                RoleKind::TenantOwner
                | RoleKind::SystemAdministrator
                | RoleKind::Patient
                | RoleKind::Guest
                | RoleKind::Custom => kinds,
            };
        }
    }
    let institution = records.integrations.values().next();
    let link = records.links.values().find(|link| {
        link.record.user == user.id
            && institution.is_some_and(|it| it.record.institution == link.record.institution)
    });
    (link.is_some() || !kinds.is_empty()).then(|| Local {
        user: user.id,
        kinds,
        status: user.status,
        name: person.name.clone(),
        email: person.email.clone(),
        link: link.map(|it| it.record.medhub.clone()),
    })
}

impl Directory for MemoryStore {
    async fn tenants(&self) -> Result<Vec<TenantLine>, StoreError> {
        let state = self.state();
        let tenants = state
            .tenants
            .iter()
            .filter_map(|(id, shard)| shard.records.tenants.get(id));
        Ok(tenants
            .map(|it| TenantLine {
                id: it.record.id,
                name: it.record.name.clone(),
                status: it.record.status,
                listing: it.record.listing,
            })
            .collect())
    }

    async fn users(
        &self,
        tenant: Id<Tenant>,
        page: Page<Id<User>>,
    ) -> Result<Vec<UserLine>, StoreError> {
        self.list(tenant, |state, Shard { records, .. }| {
            let users = records.users.range(after(&page));
            users
                .filter_map(|(_, it)| state.line(records, &it.record))
                .take(page.bounded())
                .collect()
        })
    }

    async fn users_by_email(
        &self,
        tenant: Id<Tenant>,
        email: EmailKey,
    ) -> Result<Vec<UserLine>, StoreError> {
        self.list(tenant, |state, Shard { records, .. }| {
            let users = records.users.values();
            users
                .filter(|it| state.answers_to(records, &it.record, &email))
                .filter_map(|it| state.line(records, &it.record))
                .collect()
        })
    }

    async fn owners(&self, tenant: Id<Tenant>) -> Result<Vec<UserLine>, StoreError> {
        self.list(tenant, |state, Shard { records, .. }| {
            let usable = records.owners.values().flat_map(|it| &it.record.usable);
            usable
                .filter_map(|it| state.line(records, &records.users.get(it)?.record))
                .collect()
        })
    }

    async fn users_with_roles(
        &self,
        tenant: Id<Tenant>,
        roles: Vec<Id<Role>>,
        page: Page<Id<User>>,
    ) -> Result<Vec<UserLine>, StoreError> {
        self.list(tenant, |state, Shard { records, .. }| {
            let users = records.users.range(after(&page)).map(|(_, it)| &it.record);
            users
                .filter(|it| state.has_one_of(records, it, &roles))
                .filter_map(|it| state.line(records, it))
                .take(page.bounded())
                .collect()
        })
    }

    async fn persons(
        &self,
        tenant: Id<Tenant>,
        page: Page<Id<Person>>,
    ) -> Result<Vec<Person>, StoreError> {
        self.list(tenant, |_, Shard { records, .. }| {
            let persons = records.persons.range(after(&page)).take(page.bounded());
            persons.map(|(_, it)| it.record.clone()).collect()
        })
    }

    async fn session_by_hash(
        &self,
        hash: Hash,
    ) -> Result<Option<(Id<Tenant>, Session)>, StoreError> {
        let state = self.state();
        let found = state.tenants.iter().find_map(|(tenant, shard)| {
            let mut sessions = shard.records.sessions.values();
            let session = sessions.find(|it| it.record.hash == hash)?;
            Some((*tenant, session.record.clone()))
        });
        Ok(found)
    }

    async fn proposals(&self, tenant: Id<Tenant>) -> Result<Vec<Proposal>, StoreError> {
        self.list(tenant, |_, Shard { records, .. }| {
            let proposals = records.proposals.values();
            proposals.map(|it| it.record.clone()).collect()
        })
    }

    async fn roles(&self, tenant: Id<Tenant>) -> Result<Vec<Role>, StoreError> {
        self.list(tenant, |_, Shard { records, .. }| {
            records.roles.values().map(|it| it.record.clone()).collect()
        })
    }

    async fn hcps(
        &self,
        tenant: Id<Tenant>,
        search: HcpSearch,
        page: Page<Id<Hcp>>,
    ) -> Result<Vec<HcpLine>, StoreError> {
        self.list(tenant, |_, Shard { records, .. }| {
            let hcps = records.hcps.range(after(&page));
            hcps.map(|(_, it)| hcp_line(records, &it.record))
                .filter(|it| search.fits(it))
                .take(page.bounded())
                .collect()
        })
    }

    async fn hcps_below(
        &self,
        tenant: Id<Tenant>,
        organisation: Id<Hcp>,
    ) -> Result<u64, StoreError> {
        let below = self.list(tenant, |_, Shard { records, .. }| {
            let parties = records.hcps.values();
            parties
                .filter(|it| it.record.parent == Some(organisation))
                .count()
        })?;
        Ok(u64::try_from(below).unwrap_or(u64::MAX))
    }

    async fn import(
        &self,
        tenant: Id<Tenant>,
        import: Id<Import>,
    ) -> Result<Option<Import>, StoreError> {
        self.list(tenant, |_, Shard { records, .. }| {
            records.imports.get(&import).map(|it| it.record.clone())
        })
    }

    async fn rejected_rows(
        &self,
        tenant: Id<Tenant>,
        import: Id<Import>,
        page: Page<u32>,
    ) -> Result<Vec<RejectedRow>, StoreError> {
        self.list(tenant, |_, Shard { records, .. }| {
            let rows = records.rejected_rows.values().map(|it| &it.record);
            rows.filter(|it| it.import == import && page.after.is_none_or(|after| it.row > after))
                .take(page.bounded())
                .cloned()
                .collect()
        })
    }

    async fn reconciliation(
        &self,
        tenant: Id<Tenant>,
        planner: Id<User>,
    ) -> Result<Reconciliation, StoreError> {
        self.list(tenant, |_, Shard { records, .. }| {
            let users = records.users.values();
            let people = records.roster_people.values();
            let steps = records.steps.values();
            let institution = records.integrations.values().next();
            let institution = institution.map(|it| &it.record.institution);
            let not_same = records.not_same.values().map(|it| &it.record);
            let mut not_same: Vec<_> = not_same
                .filter(|it| Some(&it.institution) == institution)
                .cloned()
                .collect();
            not_same.sort_unstable_by(|one, other| {
                (one.user, &one.medhub).cmp(&(other.user, &other.medhub))
            });
            Reconciliation {
                integration: records
                    .integrations
                    .values()
                    .next()
                    .map(|it| it.record.clone()),
                roster: records.rosters.values().next().map(|it| it.record.clone()),
                identities: people.map(|it| it.record.identity.clone()).collect(),
                locals: users.filter_map(|it| local(records, &it.record)).collect(),
                plan: records.plans.get(&planner).cloned(),
                steps: steps
                    .filter(|it| it.record.plan == planner)
                    .cloned()
                    .collect(),
                not_same,
            }
        })
    }

    async fn journal(
        &self,
        tenant: Id<Tenant>,
        page: Page<u64>,
    ) -> Result<Vec<Sealed>, StoreError> {
        self.list(tenant, |_, Shard { journal, .. }| {
            let entries = journal
                .iter()
                .filter(|it| page.after.is_none_or(|after| it.number > after));
            entries.take(page.bounded()).cloned().collect()
        })
    }

    async fn api_tokens(&self, tenant: Id<Tenant>) -> Result<Vec<ApiToken>, StoreError> {
        self.list(tenant, |_, Shard { records, .. }| {
            let tokens = records.api_tokens.values();
            tokens.map(|it| it.record.clone()).collect()
        })
    }

    async fn api_token_by_hash(
        &self,
        hash: Hash,
    ) -> Result<Option<(Id<Tenant>, ApiToken)>, StoreError> {
        let state = self.state();
        let found = state.tenants.iter().find_map(|(tenant, shard)| {
            let mut tokens = shard.records.api_tokens.values();
            let token = tokens.find(|it| it.record.hash == hash)?;
            Some((*tenant, token.record.clone()))
        });
        Ok(found)
    }

    async fn outbox(
        &self,
        tenant: Id<Tenant>,
        page: Page<Id<Message>>,
    ) -> Result<Vec<Message>, StoreError> {
        self.list(tenant, |_, Shard { outbox, .. }| {
            let start = page.after.map_or(0, |after| {
                outbox.iter().take_while(|it| it.id != after).count() + 1
            });
            outbox
                .iter()
                .skip(start)
                .take(page.bounded())
                .cloned()
                .collect()
        })
    }
}
