//! Decisions that are asked for alone: whether somebody may, why, and who may.

use super::{Call, Failure, Rollcall};
use crate::{
    authority::{Actor, AuthorityRefusal, Explanation, QuestionRefusal, gives},
    id::Id,
    permission::{Permission, USERS_MANAGE},
    port::{Clock, Directory, Page, Random, Store, UserLine},
    role::RoleStatus,
    user::User,
};

impl<S: Store, C: Clock, R: Random> Rollcall<S, C, R> {
    /// Whether the caller may do this at this moment, with the assignments that say so or the reason why not.
    ///
    /// # Errors
    /// Refuses a permission that there is not; any other refusal is an answer.
    pub async fn explain(
        &self,
        call: &Call,
        permission: &Permission,
    ) -> Result<Explanation, Failure<QuestionRefusal>> {
        self.there_is(permission)?;
        match self.authority(call).await {
            Ok(authority) => Ok(authority.explain(permission)),
            Err(Failure::Refused(refusal)) => Ok(refusal.into()),
            Err(failure) => Err(failure.map(QuestionRefusal::from)),
        }
    }

    /// The same of another user, for whoever manages users: what their everyday roles give, as Tenant Owner is switched on in a
    /// session alone. Of the caller themselves it is what they may do as they ask.
    ///
    /// # Errors
    /// As [`QuestionRefusal`].
    pub async fn explain_for(
        &self,
        call: &Call,
        user: Id<User>,
        permission: &Permission,
    ) -> Result<Explanation, Failure<QuestionRefusal>> {
        let authority = self.authority(call).await;
        let authority = authority.map_err(|it| it.map(QuestionRefusal::from))?;
        let themselves = authority.is_themselves(user);
        if !themselves && !authority.allows(&USERS_MANAGE) {
            let missing = AuthorityRefusal::Missing(USERS_MANAGE);
            return Err(Failure::Refused(missing.into()));
        }
        self.there_is(permission)?;
        if themselves {
            return Ok(authority.explain(permission));
        }
        match self
            .authority(&Call::new(call.tenant, Actor::User(user)))
            .await
        {
            Ok(authority) => Ok(authority.explain(permission)),
            Err(Failure::Refused(AuthorityRefusal::UnknownActor)) => {
                Err(Failure::Refused(QuestionRefusal::UnknownUser))
            }
            Err(Failure::Refused(refusal)) => Ok(refusal.into()),
            Err(failure) => Err(failure.map(QuestionRefusal::from)),
        }
    }

    /// Refuses to speak of a permission that there is not.
    fn there_is(&self, permission: &Permission) -> Result<(), Failure<QuestionRefusal>> {
        if self.settings.catalogue.has(permission) {
            return Ok(());
        }
        let unknown = QuestionRefusal::UnknownPermission(permission.clone());
        Err(Failure::Refused(unknown))
    }
}

impl<S: Store + Directory, C: Clock, R: Random> Rollcall<S, C, R> {
    /// The active users with an active assignment that gives a permission, in the order of the ids; owners for whom it is
    /// only switched on among them. What it says may be out of date when it is read.
    ///
    /// # Errors
    /// Refuses whoever may not manage users, and a permission that there is not.
    pub async fn who_can(
        &self,
        call: &Call,
        permission: &Permission,
        page: Page<Id<User>>,
    ) -> Result<Vec<UserLine>, Failure<QuestionRefusal>> {
        let authority = self.authorize(call, &USERS_MANAGE).await;
        authority.map_err(|it| it.map(QuestionRefusal::from))?;
        self.there_is(permission)?;
        let roles = self.store.roles(call.tenant).await?;
        let giving = roles
            .iter()
            .filter(|it| it.status == RoleStatus::Active && gives(it, permission))
            .map(|it| it.id);
        let giving: Vec<_> = giving.collect();
        Ok(self
            .store
            .users_with_roles(call.tenant, giving, page)
            .await?)
    }
}
