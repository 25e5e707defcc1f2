//! Tenants and domains: acts of the platform operator, and the owners' policy.

use super::{Asked, Call, Failure, Rollcall};
use crate::{
    authority::{Actor, AuthorityRefusal},
    email::EmailKey,
    id::{Id, Mint},
    operation::{Fingerprint, OperationKey},
    port::{Clock, Find, Random, Store},
    tenant::{
        CreateTenant, CreateTenantRefusal, Domain, DomainStatus, Listing, Tenant, TenantCreated,
        operator::{
            OperatorRefusal, confirm_login, lift_second_owner, reactivate, set_domain_status,
            set_listing, set_patient_care, suspend,
        },
        policy::{PolicyRefusal, SetPolicy},
    },
    time::instant_from_micros,
};

impl<S: Store, C: Clock, R: Random> Rollcall<S, C, R> {
    /// Creates a tenant with its first owner: an act of the platform operator ([`Call::operator`]).
    ///
    /// With a key, the tenant's id is made from it, so that asking again finds the tenant that was made.
    ///
    /// # Errors
    /// As [`CreateTenantRefusal`].
    pub async fn create_tenant(
        &self,
        call: &Call,
        command: CreateTenant,
    ) -> Result<TenantCreated, Failure<CreateTenantRefusal>> {
        operator(call)?;
        let fingerprint = Fingerprint::of("create_tenant", &command);
        let tenant: Id<Tenant> = match &call.key {
            Some(key) => keyed_tenant(key),
            None => self.mint()?.id(),
        };
        let asked = call.key.clone().map(|key| Asked { key, fingerprint });
        let finds = [Find::LoginToOpen(command.owner_email.key().clone())];
        let call = Call {
            tenant,
            ..call.clone()
        };
        self.run(&call, asked, &finds, |records, ids| {
            command.clone().decide(tenant, records, ids)
        })
        .await
    }

    /// Suspends a tenant: an act of the operator.
    ///
    /// # Errors
    /// As [`OperatorRefusal`].
    pub async fn suspend_tenant(&self, call: &Call) -> Result<(), Failure<OperatorRefusal>> {
        self.transact(call, "suspend_tenant", &(), &[], |authority, _, ids| {
            suspend(authority, ids.now())
        })
        .await
    }

    /// Reactivates a tenant: an act of the operator.
    ///
    /// # Errors
    /// As [`OperatorRefusal`].
    pub async fn reactivate_tenant(&self, call: &Call) -> Result<(), Failure<OperatorRefusal>> {
        self.transact(call, "reactivate_tenant", &(), &[], |authority, _, ids| {
            reactivate(authority, ids.now())
        })
        .await
    }

    /// Lists a tenant among the health systems, or no longer: an act of the operator.
    ///
    /// # Errors
    /// As [`OperatorRefusal`].
    pub async fn set_listing(
        &self,
        call: &Call,
        listing: Listing,
    ) -> Result<(), Failure<OperatorRefusal>> {
        self.transact(call, "set_listing", &listing, &[], |authority, _, ids| {
            set_listing(authority, listing, ids.now())
        })
        .await
    }

    /// Lets one owner grant Tenant Owner again where two were asked for: an act of the operator.
    ///
    /// # Errors
    /// As [`OperatorRefusal`].
    pub async fn lift_second_owner(&self, call: &Call) -> Result<(), Failure<OperatorRefusal>> {
        self.transact(call, "lift_second_owner", &(), &[], |authority, _, ids| {
            lift_second_owner(authority, ids.now())
        })
        .await
    }

    /// Closes or opens a domain: an act of the operator. The platform's patient care domain is meant where `call` is on the
    /// platform itself.
    ///
    /// # Errors
    /// As [`OperatorRefusal`].
    pub async fn set_domain_status(
        &self,
        call: &Call,
        domain: Id<Domain>,
        status: DomainStatus,
    ) -> Result<(), Failure<OperatorRefusal>> {
        let (operation, command) = ("set_domain_status", (domain, status));
        let finds = [Find::Domain(domain)];
        if call.tenant == Tenant::PLATFORM {
            operator(call)?;
            let asked = Asked::of(call, operation, &command);
            return self
                .run(call, asked, &finds, |records, ids| {
                    set_patient_care(records, status, ids.now())
                })
                .await;
        }
        self.transact(
            call,
            operation,
            &command,
            &finds,
            |authority, records, ids| {
                let now = ids.now();
                set_domain_status(authority, records, domain, status, now)
            },
        )
        .await
    }

    /// Confirms that a login is in the hands of whoever has its address: an act of the operator on the platform itself.
    ///
    /// # Errors
    /// As [`OperatorRefusal`].
    pub async fn confirm_login(
        &self,
        call: &Call,
        login: &EmailKey,
    ) -> Result<(), Failure<OperatorRefusal>> {
        operator(call)?;
        let asked = Asked::of(call, "confirm_login", &login.as_str());
        let finds = [Find::LoginToOpen(login.clone())];
        let call = Call {
            tenant: Tenant::PLATFORM,
            ..call.clone()
        };
        self.run(&call, asked, &finds, |records, ids| {
            confirm_login(records, login, ids.now())
        })
        .await
    }

    /// Sets how the tenant gives power away: an act of an elevated owner.
    ///
    /// # Errors
    /// As [`PolicyRefusal`].
    pub async fn set_policy(
        &self,
        call: &Call,
        command: SetPolicy,
    ) -> Result<(), Failure<PolicyRefusal>> {
        self.transact(
            call,
            "set_policy",
            &command,
            &[Find::Owners],
            |authority, records, ids| command.decide(authority, records, ids.now()),
        )
        .await
    }
}

/// Whether the operator asks, for what is decided without a tenant's authority.
fn operator<E: From<AuthorityRefusal>>(call: &Call) -> Result<(), Failure<E>> {
    match call.actor {
        Actor::Operator => Ok(()),
        Actor::User(_) | Actor::Session { .. } | Actor::Token(_) => {
            Err(Failure::Refused(AuthorityRefusal::NotOperator.into()))
        }
    }
}

fn keyed_tenant(key: &OperationKey) -> Id<Tenant> {
    let Fingerprint(hash) = Fingerprint::of("tenant", key);
    let mut entropy = [0; 10];
    entropy
        .iter_mut()
        .zip(hash)
        .for_each(|(to, from)| *to = from);
    Mint::new(instant_from_micros(0).unwrap_or_default(), entropy).id()
}
