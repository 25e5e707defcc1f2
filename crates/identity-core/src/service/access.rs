//! Users and roles.

use super::{Call, Failure, Rollcall};
use crate::{
    authority::AuthorityRefusal,
    id::Id,
    login::{LinkRefusal, Linking, set_link},
    name::Name,
    permission::{Permissions, ROLES_MANAGE, USERS_MANAGE},
    port::{Clock, Directory, Find, Random, Store},
    role::{
        AssignRefusal, Assignment, Holding, RemoveRefusal, Role,
        custom::{CreateRole, RoleRefusal, rename, retire, set_permissions},
    },
    user::{AddUser, AddUserRefusal, StatusRefusal, User, UserAdded, UserStatus, set_status},
};

impl<S: Store, C: Clock, R: Random> Rollcall<S, C, R> {
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
            Find::RoleToGive(command.role),
            Find::PersonsWithEmail(email.clone()),
            Find::LoginToOpen(email.clone()),
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
        let finds = [Find::Keys(user), Find::RoleToGive(role)];
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
        let finds = [
            Find::Access(user),
            Find::RoleToGive(role),
            Find::ElevationsOf(user),
        ];
        self.transact(
            call,
            "remove_role",
            &(user, role),
            &finds,
            |authority, records, ids| Holding::of(records, user, role).remove(authority, ids.now()),
        )
        .await
    }

    /// Lets a role that a user has count no more, until it is given again.
    ///
    /// # Errors
    /// As [`RemoveRefusal`].
    pub async fn deactivate_role(
        &self,
        call: &Call,
        user: Id<User>,
        role: Id<Role>,
    ) -> Result<(), Failure<RemoveRefusal>> {
        let finds = [
            Find::Access(user),
            Find::RoleToGive(role),
            Find::ElevationsOf(user),
        ];
        self.transact(
            call,
            "deactivate_role",
            &(user, role),
            &finds,
            |authority, records, ids| {
                Holding::of(records, user, role).deactivate(authority, ids.now())
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
            &[Find::Local(user)],
            |authority, records, ids| set_status(authority, records, user, status, ids.now()),
        )
        .await
    }

    /// Cuts a user's login off from its provider: nobody can log in with it.
    ///
    /// # Errors
    /// As [`LinkRefusal`].
    pub async fn unlink_login(
        &self,
        call: &Call,
        user: Id<User>,
    ) -> Result<(), Failure<LinkRefusal>> {
        self.set_link(call, "unlink_login", user, Linking::Cut)
            .await
    }

    /// Links a user's login to the embedded provider again.
    ///
    /// # Errors
    /// As [`LinkRefusal`].
    pub async fn link_login(
        &self,
        call: &Call,
        user: Id<User>,
    ) -> Result<(), Failure<LinkRefusal>> {
        self.set_link(call, "link_login", user, Linking::Embedded)
            .await
    }

    async fn set_link(
        &self,
        call: &Call,
        operation: &'static str,
        user: Id<User>,
        to: Linking,
    ) -> Result<(), Failure<LinkRefusal>> {
        self.transact(
            call,
            operation,
            &user,
            &[Find::Keys(user), Find::Owners],
            |authority, records, ids| set_link(authority, records, user, to, ids.now()),
        )
        .await
    }

    /// Makes a role of the customer's own.
    ///
    /// # Errors
    /// As [`RoleRefusal`].
    pub async fn create_role(
        &self,
        call: &Call,
        command: CreateRole,
    ) -> Result<Id<Role>, Failure<RoleRefusal>> {
        let catalogue = &self.settings.catalogue;
        self.transact(
            call,
            "create_role",
            &command,
            &[Find::Roles],
            |authority, records, ids| command.clone().decide(authority, records, catalogue, ids),
        )
        .await
    }

    /// Calls a role of the customer's own otherwise.
    ///
    /// # Errors
    /// As [`RoleRefusal`].
    pub async fn rename_role(
        &self,
        call: &Call,
        role: Id<Role>,
        name: Name,
    ) -> Result<(), Failure<RoleRefusal>> {
        self.transact(
            call,
            "rename_role",
            &(role, &name),
            &[Find::Roles],
            |authority, records, ids| {
                let name = name.clone();
                rename(authority, records, role, name, ids.now())
            },
        )
        .await
    }

    /// Lets a role of the customer's own permit something else.
    ///
    /// # Errors
    /// As [`RoleRefusal`].
    pub async fn set_role_permissions(
        &self,
        call: &Call,
        role: Id<Role>,
        permissions: Permissions,
    ) -> Result<(), Failure<RoleRefusal>> {
        let catalogue = &self.settings.catalogue;
        self.transact(
            call,
            "set_role_permissions",
            &(role, &permissions),
            &[Find::Role(role)],
            |authority, records, ids| {
                let permissions = permissions.clone();
                let now = ids.now();
                set_permissions(authority, records, catalogue, role, permissions, now)
            },
        )
        .await
    }

    /// Retires a role of the customer's own.
    ///
    /// # Errors
    /// As [`RoleRefusal`].
    pub async fn retire_role(
        &self,
        call: &Call,
        role: Id<Role>,
    ) -> Result<(), Failure<RoleRefusal>> {
        self.transact(
            call,
            "retire_role",
            &role,
            &[Find::Role(role)],
            |authority, records, ids| retire(authority, records, role, ids.now()),
        )
        .await
    }
}

impl<S: Store + Directory, C: Clock, R: Random> Rollcall<S, C, R> {
    /// The roles, retired ones among them, in the order of the ids: for whoever gives them as well as for whoever makes them.
    ///
    /// # Errors
    /// Refuses whoever may manage neither users nor roles.
    pub async fn roles(&self, call: &Call) -> Result<Vec<Role>, Failure<AuthorityRefusal>> {
        let authority = self.authority(call).await?;
        if !authority.allows(&USERS_MANAGE) && !authority.allows(&ROLES_MANAGE) {
            let missing = AuthorityRefusal::Missing(USERS_MANAGE);
            return Err(Failure::Refused(missing));
        }
        Ok(self.store.roles(call.tenant).await?)
    }
}
