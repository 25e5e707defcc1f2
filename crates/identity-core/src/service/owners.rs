//! Owners: proposals of a second owner, and replacement by the operator.

use super::{Call, Failure, Rollcall};
use crate::{
    id::Id,
    owner::{
        Proposal,
        proposal::{Candidate, ProposalRefusal},
        replace::{OwnerReplaced, ReplaceOwner, ReplaceRefusal, Successor},
    },
    port::{Clock, Find, Random, Store},
    role::Assignment,
    user::User,
};

impl<S: Store, C: Clock, R: Random> Rollcall<S, C, R> {
    /// Proposes a user as an owner, where a second owner must approve.
    ///
    /// # Errors
    /// As [`ProposalRefusal`].
    pub async fn propose_owner(
        &self,
        call: &Call,
        user: Id<User>,
    ) -> Result<Id<Proposal>, Failure<ProposalRefusal>> {
        self.transact(
            call,
            "propose_owner",
            &user,
            &candidate(user),
            |authority, records, ids| Candidate::of(records, user).propose(authority, ids),
        )
        .await
    }

    /// Approves a proposal: the user becomes an owner.
    ///
    /// # Errors
    /// As [`ProposalRefusal`].
    pub async fn approve_owner(
        &self,
        call: &Call,
        user: Id<User>,
    ) -> Result<Id<Assignment>, Failure<ProposalRefusal>> {
        self.transact(
            call,
            "approve_owner",
            &user,
            &candidate(user),
            |authority, records, ids| Candidate::of(records, user).approve(authority, ids),
        )
        .await
    }

    /// Takes a proposal back.
    ///
    /// # Errors
    /// As [`ProposalRefusal`].
    pub async fn withdraw_owner(
        &self,
        call: &Call,
        user: Id<User>,
    ) -> Result<(), Failure<ProposalRefusal>> {
        self.transact(
            call,
            "withdraw_owner",
            &user,
            &candidate(user),
            |authority, records, ids| Candidate::of(records, user).withdraw(authority, ids.now()),
        )
        .await
    }

    /// Puts one owner in the place of another: an act of the operator.
    ///
    /// # Errors
    /// As [`ReplaceRefusal`].
    pub async fn replace_owner(
        &self,
        call: &Call,
        command: ReplaceOwner,
    ) -> Result<OwnerReplaced, Failure<ReplaceRefusal>> {
        let leaving = command.leaving;
        let mut finds = vec![
            Find::Roles,
            Find::Domains,
            Find::Owners,
            Find::Access(leaving),
            Find::ElevationsOf(leaving),
        ];
        match &command.successor {
            Successor::User(user) => finds.push(Find::Keys(*user)),
            Successor::Newcomer { email, .. } => {
                finds.push(Find::PersonsWithEmail(email.key().clone()));
                finds.push(Find::LoginToOpen(email.key().clone()));
            }
        }
        self.transact(
            call,
            "replace_owner",
            &command,
            &finds,
            |authority, records, ids| command.decide(authority, records, ids),
        )
        .await
    }
}

/// What a proposal looks at.
fn candidate(user: Id<User>) -> [Find; 4] {
    [
        Find::Keys(user),
        Find::Roles,
        Find::Owners,
        Find::ProposalOf(user),
    ]
}
