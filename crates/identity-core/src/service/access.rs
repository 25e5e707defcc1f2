//! Tenants, users and roles.

use super::{Asked, Call, Failure, Rollcall};
use crate::{
    id::{Id, Mint},
    operation::{Fingerprint, OperationKey},
    port::{Clock, Find, Random, Store},
    role::{AssignRefusal, Assignment, Holding, RemoveRefusal, Role},
    tenant::{CreateTenant, CreateTenantRefusal, Tenant, TenantCreated},
    time::instant_from_micros,
    user::{AddUser, AddUserRefusal, StatusRefusal, User, UserAdded, UserStatus, set_status},
};

impl<S: Store, C: Clock, R: Random> Rollcall<S, C, R> {
    /// Creates a tenant with its first owner: an act of the platform operator.
    ///
    /// With a key, the tenant's id is made from it, so that asking again finds the tenant that was made.
    ///
    /// # Errors
    /// As [`CreateTenantRefusal`].
    pub async fn create_tenant(
        &self,
        command: CreateTenant,
        key: Option<OperationKey>,
    ) -> Result<TenantCreated, Failure<CreateTenantRefusal>> {
        let fingerprint = Fingerprint::of("create_tenant", &command);
        let tenant: Id<Tenant> = match &key {
            Some(key) => keyed_tenant(key),
            None => self.mint()?.id(),
        };
        let asked = key.map(|key| Asked { key, fingerprint });
        let finds = [Find::Login(command.owner_email.key().clone())];
        self.run(tenant, asked, &finds, |records, ids| {
            let account = records.accounts.values().next();
            command.clone().decide(tenant, account, ids)
        })
        .await
    }

    /// Adds a user in the internal domain.
    ///
    /// # Errors
    /// As [`AddUserRefusal`].
    pub async fn add_user(
        &self,
        call: &Call,
        command: AddUser,
    ) -> Result<UserAdded, Failure<AddUserRefusal>> {
        let email = command.email.key();
        let finds = [
            Find::Domains,
            Find::Role(command.role),
            Find::PersonsWithEmail(email.clone()),
            Find::Login(email.clone()),
            Find::Owners,
        ];
        self.transact(
            call,
            "add_user",
            &command,
            &finds,
            |authority, records, ids| command.decide(authority, records, ids),
        )
        .await
    }

    /// Gives a role to a user.
    ///
    /// # Errors
    /// As [`AssignRefusal`].
    pub async fn assign_role(
        &self,
        call: &Call,
        user: Id<User>,
        role: Id<Role>,
    ) -> Result<Id<Assignment>, Failure<AssignRefusal>> {
        let finds = [Find::Access(user), Find::Role(role), Find::Owners];
        self.transact(
            call,
            "assign_role",
            &(user, role),
            &finds,
            |authority, records, ids| Holding::of(records, user, role).assign(authority, ids),
        )
        .await
    }

    /// Takes a role from a user.
    ///
    /// # Errors
    /// As [`RemoveRefusal`].
    pub async fn remove_role(
        &self,
        call: &Call,
        user: Id<User>,
        role: Id<Role>,
    ) -> Result<(), Failure<RemoveRefusal>> {
        let finds = [Find::Access(user), Find::Role(role), Find::Owners];
        self.transact(
            call,
            "remove_role",
            &(user, role),
            &finds,
            |authority, records, ids| {
                Ok((
                    Holding::of(records, user, role).remove(authority, ids.now())?,
                    (),
                ))
            },
        )
        .await
    }

    /// Ends a user's access.
    ///
    /// # Errors
    /// As [`StatusRefusal`].
    pub async fn deactivate_user(
        &self,
        call: &Call,
        user: Id<User>,
    ) -> Result<(), Failure<StatusRefusal>> {
        self.set_status(call, user, UserStatus::Inactive).await
    }

    /// Begins a user's access again.
    ///
    /// # Errors
    /// As [`StatusRefusal`].
    pub async fn reactivate_user(
        &self,
        call: &Call,
        user: Id<User>,
    ) -> Result<(), Failure<StatusRefusal>> {
        self.set_status(call, user, UserStatus::Active).await
    }

    async fn set_status(
        &self,
        call: &Call,
        user: Id<User>,
        status: UserStatus,
    ) -> Result<(), Failure<StatusRefusal>> {
        self.transact(
            call,
            "set_status",
            &(user, status),
            &[Find::Access(user)],
            |authority, records, ids| {
                Ok((set_status(authority, records, user, status, ids.now())?, ()))
            },
        )
        .await
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
