//! What the platform operator does to a tenant: suspends and reactivates it, lists it, closes and opens domains.

use super::{Domain, DomainKind, DomainStatus, Listing, OwnerGrants, Tenant, TenantStatus};
use crate::{
    account::{Account, Proof},
    authority::{Authority, AuthorityRefusal},
    changeset::Changeset,
    email::EmailKey,
    id::Id,
    journal::{By, Entry, Event},
    login::Credential,
    record::{Records, Stored},
    refusal::Refusal,
    time::Instant,
};

/// Why a tenant or a domain stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OperatorRefusal {
    /// The actor is not the operator, or there is no such tenant.
    #[error(transparent)]
    Authority(#[from] AuthorityRefusal),
    /// It is so already.
    #[error("tenant is so already")]
    Unchanged,
    /// No such login.
    #[error("no such login")]
    UnknownLogin,
    /// Somebody else could come in with it, and as whomever it opens from then on.
    #[error("somebody else has set the password")]
    PasswordOfOthers,
    /// No such domain.
    #[error("no such domain")]
    UnknownDomain,
    /// The owners come in by it.
    #[error("the tenant's owners come in by this domain")]
    OwnersDomain,
}

impl Refusal for OperatorRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.code(),
            Self::Unchanged => "tenant_unchanged",
            Self::UnknownLogin => "login_unknown",
            Self::PasswordOfOthers => "password_of_others",
            Self::UnknownDomain => "domain_unknown",
            Self::OwnersDomain => "last_owner",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.rule(),
            Self::Unchanged | Self::UnknownLogin | Self::UnknownDomain => "A5",
            Self::PasswordOfOthers => "A3",
            Self::OwnersDomain => "O1",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.next(),
            Self::Unchanged => "nothing is left to do",
            Self::UnknownLogin => "look for typing errors in the address",
            Self::PasswordOfOthers => "have whoever has the address change the password first",
            Self::UnknownDomain => "list the domains and choose one of them",
            Self::OwnersDomain => "suspend the tenant instead",
        }
    }
}

/// Decides to suspend the tenant: none of its users has any authority, until it is reactivated.
///
/// # Errors
/// As [`OperatorRefusal`].
pub fn suspend(authority: &Authority, now: Instant) -> Result<Changeset, OperatorRefusal> {
    let since = TenantStatus::Suspended { since: now };
    set_status(authority, since, Event::TenantSuspended, now)
}

/// Decides to reactivate the tenant.
///
/// # Errors
/// As [`OperatorRefusal`].
pub fn reactivate(authority: &Authority, now: Instant) -> Result<Changeset, OperatorRefusal> {
    set_status(
        authority,
        TenantStatus::Active,
        Event::TenantReactivated,
        now,
    )
}

fn set_status(
    authority: &Authority,
    status: TenantStatus,
    event: Event,
    now: Instant,
) -> Result<Changeset, OperatorRefusal> {
    change(authority, now, event, |it| match (it.status, status) {
        (TenantStatus::Active, TenantStatus::Active)
        | (TenantStatus::Suspended { .. }, TenantStatus::Suspended { .. }) => it,
        (TenantStatus::Active, TenantStatus::Suspended { .. })
        | (TenantStatus::Suspended { .. }, TenantStatus::Active) => Tenant { status, ..it },
    })
}

/// Decides whether patients find the tenant among the health systems.
///
/// # Errors
/// As [`OperatorRefusal`].
pub fn set_listing(
    authority: &Authority,
    listing: Listing,
    now: Instant,
) -> Result<Changeset, OperatorRefusal> {
    let event = Event::ListingChanged { listing };
    change(authority, now, event, |it| Tenant { listing, ..it })
}

/// Decides that one owner is enough again to grant Tenant Owner: an owner alone could not be trusted to say so.
///
/// # Errors
/// As [`OperatorRefusal`].
pub fn lift_second_owner(
    authority: &Authority,
    now: Instant,
) -> Result<Changeset, OperatorRefusal> {
    let owner_grants = OwnerGrants::OneOwner;
    change(authority, now, Event::PolicyChanged, |it| Tenant {
        owner_grants,
        ..it
    })
}

fn change(
    authority: &Authority,
    now: Instant,
    event: Event,
    edit: impl FnOnce(Tenant) -> Tenant,
) -> Result<Changeset, OperatorRefusal> {
    let (mut changes, _) = authority.operator()?;
    let before = authority.stored_tenant();
    let after = edit(before.record.clone());
    if after == before.record {
        return Err(OperatorRefusal::Unchanged);
    }
    changes.replace(before, after);
    changes.enter(authority.entry(now, event));
    Ok(changes)
}

/// Decides to close or open a domain of the tenant. The internal domain stays open, since the owners come in by it (O1).
///
/// # Errors
/// As [`OperatorRefusal`].
pub fn set_domain_status(
    authority: &Authority,
    records: &Records,
    domain: Id<Domain>,
    status: DomainStatus,
    now: Instant,
) -> Result<Changeset, OperatorRefusal> {
    let (mut changes, _) = authority.operator()?;
    let domain = records.domains.get(&domain);
    // The platform's domain is no tenant's to close.
    let domain = domain.filter(|it| it.record.id != Domain::PATIENT_CARE);
    let domain = domain.ok_or(OperatorRefusal::UnknownDomain)?;
    let event = moved(domain, status)?;
    match (status, domain.record.kind) {
        (DomainStatus::Inactive, DomainKind::Internal) => {
            return Err(OperatorRefusal::OwnersDomain);
        }
        (DomainStatus::Active, _) | (DomainStatus::Inactive, DomainKind::PatientCare) => (),
    }
    changes.replace(
        domain,
        Domain {
            status,
            ..domain.record.clone()
        },
    );
    changes.enter(authority.entry(now, event));
    Ok(changes)
}

/// Decides to close or open the platform's patient care domain, for the patients of all tenants. An act of the operator's on
/// the platform itself, entered in its own journal.
///
/// # Errors
/// As [`OperatorRefusal`].
pub fn set_patient_care(
    records: &Records,
    status: DomainStatus,
    now: Instant,
) -> Result<Changeset, OperatorRefusal> {
    let domain = records.domains.get(&Domain::PATIENT_CARE);
    let domain = domain.ok_or(OperatorRefusal::UnknownDomain)?;
    let event = moved(domain, status)?;
    let mut changes = Changeset::new(Tenant::PLATFORM);
    changes.replace(
        domain,
        Domain {
            status,
            ..domain.record.clone()
        },
    );
    changes.enter(Entry {
        at: now,
        by: By::Operator,
        event,
    });
    Ok(changes)
}

/// Decides that a login is in the hands of whoever has its address, which the operator has found out: it may open users of further
/// tenants from now on. An act on the platform itself.
///
/// # Errors
/// As [`OperatorRefusal`].
pub fn confirm_login(
    records: &Records,
    login: &EmailKey,
    now: Instant,
) -> Result<Changeset, OperatorRefusal> {
    let mut accounts = records.accounts.values();
    let account = accounts.find(|it| it.record.login.key() == login);
    let account = account.ok_or(OperatorRefusal::UnknownLogin)?;
    match account.record.proof {
        Proof::Unproved => (),
        Proof::Proved => return Err(OperatorRefusal::Unchanged),
    }
    if Credential::is_known_to_others(account.record.id, records) {
        return Err(OperatorRefusal::PasswordOfOthers);
    }
    let mut changes = Changeset::new(Tenant::PLATFORM);
    changes.replace(
        account,
        Account {
            proof: Proof::Proved,
            ..account.record.clone()
        },
    );
    changes.enter(Entry {
        at: now,
        by: By::Operator,
        event: Event::LoginConfirmed {
            account: account.record.id,
        },
    });
    Ok(changes)
}

/// What is told of a domain that gets another status.
fn moved(domain: &Stored<Domain>, status: DomainStatus) -> Result<Event, OperatorRefusal> {
    let id = domain.record.id;
    match (domain.record.status, status) {
        (DomainStatus::Active, DomainStatus::Inactive) => {
            Ok(Event::DomainDeactivated { domain: id })
        }
        (DomainStatus::Inactive, DomainStatus::Active) => {
            Ok(Event::DomainReactivated { domain: id })
        }
        (DomainStatus::Active, DomainStatus::Active)
        | (DomainStatus::Inactive, DomainStatus::Inactive) => Err(OperatorRefusal::Unchanged),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        authority::Actor,
        login::SetBy,
        record::{Put, Ref, Version},
        world::{World, events, name, now, replaces, says},
    };

    type Decide = fn(&Authority, &World) -> Result<Changeset, OperatorRefusal>;

    /// Everything that the operator does to a tenant.
    const ACTS: [(&str, Decide); 5] = [
        ("suspend", |it, _| suspend(it, now())),
        ("reactivate", |it, _| reactivate(it, now())),
        ("list", |it, _| set_listing(it, Listing::Listed, now())),
        ("lift the second owner", |it, _| {
            lift_second_owner(it, now())
        }),
        ("close a domain", |it, world| {
            let (domain, status) = (portal(), DomainStatus::Inactive);
            set_domain_status(it, &world.records, domain, status, now())
        }),
    ];

    fn portal() -> Id<Domain> {
        Id::mint(now(), &[9; 10])
    }

    /// A tenant with a domain for patients of its own.
    fn world() -> World {
        let mut world = World::new();
        let portal = Domain {
            id: portal(),
            name: name("Portal"),
            kind: DomainKind::PatientCare,
            status: DomainStatus::Active,
        };
        (world.records).insert(Put::Domain(portal), Version::FIRST);
        world
    }

    fn operator(world: &mut World) -> Authority {
        world.act(&Actor::Operator).unwrap()
    }

    /// O6: none of it is a user's to do, an owner's with the role switched on neither.
    #[test]
    fn only_the_operator_does_it() {
        let mut world = world();
        let elevated = world.elevated(world.owner);
        let everyday = world.as_user(world.owner);
        let program = world.program(world.owner);
        let program = world.act(&program).unwrap();
        let not_operator = OperatorRefusal::Authority(AuthorityRefusal::NotOperator);
        for (act, decide) in ACTS {
            for authority in [&elevated, &everyday, &program] {
                let refusal = decide(authority, &world);
                assert_eq!(refusal, Err(not_operator.clone()), "{act}");
            }
        }
    }

    /// A1: a suspended tenant has no authority in it, whoever asks, until it is reactivated, and the sessions are there again then.
    #[test]
    fn a_suspended_tenant_waits_for_its_reactivation() {
        let mut world = world();
        let session = world.log_in(world.owner);
        let program = world.program(world.owner);
        let actors = [Actor::User(world.owner), session, program];
        let authority = operator(&mut world);
        let unchanged = Err(OperatorRefusal::Unchanged);
        assert_eq!(reactivate(&authority, now()), unchanged);
        let changes = suspend(&authority, now()).unwrap();
        assert!(replaces(&changes, &Ref::Tenant(world.tenant)));
        assert_eq!(events(&changes), [Event::TenantSuspended]);
        world.commit(&changes);
        let since = now();
        let kept = &world.records.tenants[&world.tenant].record;
        assert_eq!(kept.status, TenantStatus::Suspended { since });
        for actor in &actors {
            let refusal = world.act(actor).unwrap_err();
            assert_eq!(refusal, AuthorityRefusal::TenantSuspended);
        }
        // Suspending it again leaves the time at which it began.
        let authority = operator(&mut world);
        let later = now() + chrono::Duration::days(1);
        assert_eq!(suspend(&authority, later), unchanged);
        let changes = reactivate(&authority, later).unwrap();
        assert_eq!(events(&changes), [Event::TenantReactivated]);
        world.commit(&changes);
        for actor in &actors {
            assert!(world.act(actor).is_ok());
        }
    }

    /// A5: what is so already is not done again, and what is done is entered.
    #[test]
    fn what_is_so_already_is_refused() {
        let mut world = world();
        let authority = operator(&mut world);
        let unchanged = Err(OperatorRefusal::Unchanged);
        let listing = Listing::Unlisted;
        assert_eq!(set_listing(&authority, listing, now()), unchanged);
        assert_eq!(lift_second_owner(&authority, now()), unchanged);
        let listing = Listing::Listed;
        let changes = set_listing(&authority, listing, now()).unwrap();
        assert_eq!(events(&changes), [Event::ListingChanged { listing }]);
        world.commit(&changes);
        assert_eq!(
            world.records.tenants[&world.tenant].record.listing,
            Listing::Listed
        );
        world.policy(|it| it.owner_grants = OwnerGrants::TwoOwners);
        let authority = operator(&mut world);
        let changes = lift_second_owner(&authority, now()).unwrap();
        assert_eq!(events(&changes), [Event::PolicyChanged]);
        world.commit(&changes);
        let kept = &world.records.tenants[&world.tenant].record;
        assert_eq!(kept.owner_grants, OwnerGrants::OneOwner);
        assert_eq!(kept.listing, Listing::Listed);
    }

    /// O1: the domain of the staff stays open, since the owners come in by it; another is closed and opened.
    #[test]
    fn the_domain_of_the_owners_stays_open() {
        let mut world = world();
        let authority = operator(&mut world);
        let (internal, unknown) = (world.domain(), world.ids.id());
        use DomainStatus::{Active, Inactive};
        for (domain, status, expected) in [
            (internal, Inactive, OperatorRefusal::OwnersDomain),
            (internal, Active, OperatorRefusal::Unchanged),
            (portal(), Active, OperatorRefusal::Unchanged),
            (unknown, Inactive, OperatorRefusal::UnknownDomain),
            (
                Domain::PATIENT_CARE,
                Inactive,
                OperatorRefusal::UnknownDomain,
            ),
        ] {
            let refused = set_domain_status(&authority, &world.records, domain, status, now());
            assert_eq!(refused, Err(expected));
        }
        let domain = portal();
        for (status, event) in [
            (Inactive, Event::DomainDeactivated { domain }),
            (Active, Event::DomainReactivated { domain }),
        ] {
            let decided = set_domain_status(&authority, &world.records, domain, status, now());
            let changes = decided.unwrap();
            assert_eq!(events(&changes), [event]);
            world.commit(&changes);
            assert_eq!(world.records.domains[&domain].record.status, status);
        }
        // An internal domain that was closed by other means is opened.
        let stored = world.records.domains.get_mut(&internal).unwrap();
        stored.record.status = Inactive;
        assert!(set_domain_status(&authority, &world.records, internal, Active, now()).is_ok());
    }

    /// A1: the platform's domain is closed for the patients of all tenants at once, in the journal of the platform.
    #[test]
    fn the_platforms_domain_is_the_platforms() {
        let mut world = world();
        let patient = world.patient("pat@example.org");
        let domain = Domain::PATIENT_CARE;
        for (status, event) in [
            (DomainStatus::Inactive, Event::DomainDeactivated { domain }),
            (DomainStatus::Active, Event::DomainReactivated { domain }),
        ] {
            let changes = set_patient_care(&world.records, status, now()).unwrap();
            assert_eq!(changes.tenant(), Tenant::PLATFORM);
            let (at, by) = (now(), By::Operator);
            assert_eq!(changes.entries(), [Entry { at, by, event }]);
            world.commit(&changes);
            let again = set_patient_care(&world.records, status, now());
            assert_eq!(again, Err(OperatorRefusal::Unchanged));
            let acts = world.act(&Actor::User(patient)).map(|_| ());
            let closed = status == DomainStatus::Inactive;
            assert_eq!(acts.is_err(), closed);
        }
        world.records.domains.remove(&domain);
        let status = DomainStatus::Inactive;
        assert_eq!(
            set_patient_care(&world.records, status, now()),
            Err(OperatorRefusal::UnknownDomain)
        );
    }

    /// A1: two of these acts at one moment collide.
    #[test]
    fn acts_on_one_tenant_collide() {
        let mut world = world();
        let authority = operator(&mut world);
        let suspended = suspend(&authority, now()).unwrap();
        let listed = set_listing(&authority, Listing::Listed, now()).unwrap();
        assert!(world.collide(&suspended, &listed));
        // And with whatever a user does meanwhile.
        let own = world.as_user(world.owner).act();
        world.commit(&suspended);
        assert!(world.try_commit(&own).is_err());
    }

    /// A5: each refusal has its code, the rule and the next step.
    #[test]
    fn each_refusal_says_what_it_is() {
        let authority = OperatorRefusal::Authority(AuthorityRefusal::UnknownTenant);
        for (refusal, code, rule) in [
            (authority, "tenant_unknown", "A1"),
            (OperatorRefusal::Unchanged, "tenant_unchanged", "A5"),
            (OperatorRefusal::UnknownDomain, "domain_unknown", "A5"),
            (
                OperatorRefusal::PasswordOfOthers,
                "password_of_others",
                "A3",
            ),
            (OperatorRefusal::OwnersDomain, "last_owner", "O1"),
        ] {
            assert_eq!(says(&refusal), (code, rule));
        }
    }

    /// A3: a login is confirmed once, by its address, and the platform's journal says so.
    #[test]
    fn a_login_is_confirmed_once() {
        let mut world = World::new();
        let account = world.account(world.owner).clone();
        let login = account.record.login.key().clone();
        let changes = confirm_login(&world.records, &login, now()).unwrap();
        assert_eq!(changes.tenant(), Tenant::PLATFORM);
        let account = account.record.id;
        assert_eq!(events(&changes), [Event::LoginConfirmed { account }]);
        world.commit(&changes);
        let proof = world.records.accounts[&account].record.proof;
        assert_eq!(proof, Proof::Proved);
        let again = confirm_login(&world.records, &login, now()).unwrap_err();
        assert_eq!(again, OperatorRefusal::Unchanged);
        let nobody = crate::world::email("nobody@example.org");
        let unknown = confirm_login(&world.records, nobody.key(), now()).unwrap_err();
        assert_eq!(says(&unknown), ("login_unknown", "A5"));
    }

    /// A3: a login that somebody else has the password of is not in the hands of whoever has the address.
    #[test]
    fn a_login_is_not_confirmed_while_others_know_its_password() {
        for (set_by, known) in [(SetBy::Other, true), (SetBy::Holder, false)] {
            let mut world = World::new();
            let account = world.account(world.owner).record.clone();
            world.password(account.id, set_by);
            let confirmed = confirm_login(&world.records, account.login.key(), now());
            let refused = known.then_some(OperatorRefusal::PasswordOfOthers);
            assert_eq!(confirmed.err(), refused);
        }
    }
}
