//! Reconciliation with MedHub: connect, read, stage, save.

use super::{Asked, Call, Failure, Rollcall};
use crate::{
    authority::AuthorityRefusal,
    permission::INTEGRATIONS_MANAGE,
    port::{Clock, Directory, Find, Random, Store},
    reconcile::{
        Connect, Institution,
        plan::{Action, Ask, Evidence, StageRefusal, Staged, discard, stage},
        save::{SaveMode, SaveRefusal, Saved, save},
        snapshot::{Emptied, RosterRecorded, RosterRefusal, record},
        views::{Reconciliation, Views, views},
    },
    roster::RosterRead,
};
use serde::Serialize;
use std::collections::BTreeSet;

impl<S: Store, C: Clock, R: Random> Rollcall<S, C, R> {
    /// Connects MedHub, or connects it anew.
    ///
    /// # Errors
    /// As [`AuthorityRefusal`].
    pub async fn connect_medhub(
        &self,
        call: &Call,
        command: Connect,
    ) -> Result<(), Failure<AuthorityRefusal>> {
        let finds = [Find::Integration, Find::Roster, Find::RosterPeople];
        self.transact(
            call,
            "connect_medhub",
            &command,
            &finds,
            |authority, records, ids| command.clone().decide(authority, records, ids.now()),
        )
        .await
    }

    /// Keeps what a [`RosterSource`](crate::roster::RosterSource) read from `institution`.
    ///
    /// # Errors
    /// As [`RosterRefusal`].
    pub async fn record_roster(
        &self,
        call: &Call,
        institution: &Institution,
        read: &RosterRead,
        emptied: Emptied,
    ) -> Result<RosterRecorded, Failure<RosterRefusal>> {
        let finds = [Find::Integration, Find::Roster, Find::RosterPeople];
        // The lines are not compared: whoever asks again under a key may have read anew since, and gets the first answer.
        self.transact(
            call,
            "record_roster",
            &(institution, emptied),
            &finds,
            |authority, records, ids| {
                record(authority, records, institution, read, emptied, ids.now())
            },
        )
        .await
    }

    /// Stages steps in the acting user's plan.
    ///
    /// # Errors
    /// As [`StageRefusal`].
    pub async fn stage(&self, call: &Call, asks: &[Ask]) -> Result<Staged, Failure<StageRefusal>> {
        self.stage_as(call, "stage", &asks, asks).await
    }

    /// Stages `asks`, which are what `command` comes to at this moment.
    async fn stage_as(
        &self,
        call: &Call,
        operation: &'static str,
        command: &impl Serialize,
        asks: &[Ask],
    ) -> Result<Staged, Failure<StageRefusal>> {
        let planner = self.planner(call).await?;
        let mut finds = vec![Find::Integration, Find::PlanHead(planner)];
        finds.extend(asks.iter().flat_map(|it| it.find(planner)));
        self.transact(
            call,
            operation,
            command,
            &finds,
            |authority, records, ids| stage(authority, records, asks, ids.now()),
        )
        .await
    }

    /// Throws the acting user's plan away, and says how many steps it had.
    ///
    /// # Errors
    /// As [`StageRefusal`].
    pub async fn discard_plan(&self, call: &Call) -> Result<u32, Failure<StageRefusal>> {
        let planner = self.planner(call).await?;
        let finds = [Find::Integration, Find::Plan(planner)];
        self.transact(
            call,
            "discard_plan",
            &(),
            &finds,
            |authority, records, ids| discard(authority, records, ids.now()),
        )
        .await
    }

    /// Applies the acting user's plan, as it was reviewed.
    ///
    /// # Errors
    /// As [`SaveRefusal`].
    pub async fn save_plan(
        &self,
        call: &Call,
        mode: SaveMode,
    ) -> Result<Saved, Failure<SaveRefusal>> {
        let planner = self
            .planner(call)
            .await
            .map_err(|it| it.map(SaveRefusal::from))?;
        let finds = [
            Find::Integration,
            Find::Roles,
            Find::Domains,
            Find::Owners,
            Find::Plan(planner),
        ];
        self.transact(
            call,
            "save_plan",
            &mode,
            &finds,
            |authority, records, ids| save(authority, records, mode, ids),
        )
        .await
    }

    /// Whose plan it is: the acting user's.
    async fn planner(
        &self,
        call: &Call,
    ) -> Result<crate::id::Id<crate::user::User>, Failure<StageRefusal>> {
        let authority = self
            .authorize(call, &INTEGRATIONS_MANAGE)
            .await
            .map_err(|it| it.map(StageRefusal::from))?;
        authority
            .user()
            .ok_or(Failure::Refused(StageRefusal::NotAUser))
    }
}

impl<S: Store + Directory, C: Clock, R: Random> Rollcall<S, C, R> {
    /// Both sides and where everybody stands, the acting user's staged steps included.
    ///
    /// # Errors
    /// As [`StageRefusal`].
    pub async fn medhub_views(
        &self,
        call: &Call,
    ) -> Result<(Reconciliation, Views), Failure<StageRefusal>> {
        let planner = self.planner(call).await?;
        let mut sides = self.store.reconciliation(call.tenant, planner).await?;
        let Some(integration) = &sides.integration else {
            return Err(Failure::Refused(StageRefusal::NotConnected));
        };
        // What was staged under another connection shows nothing of this one.
        sides
            .steps
            .retain(|it| it.record.institution == integration.institution);
        let views = views(
            &sides.locals,
            &sides.identities,
            &sides.steps,
            &sides.not_same,
        );
        Ok((sides, views))
    }

    /// Stages a link for every suggestion of this moment. Nothing ambiguous is among them (R2), no two whom somebody told apart,
    /// and nobody whom the plan unties or tells apart: what was decided by hand is not decided again by the dozen (R6).
    ///
    /// # Errors
    /// As [`StageRefusal`].
    pub async fn stage_all_links(&self, call: &Call) -> Result<Staged, Failure<StageRefusal>> {
        self.stage_all(call, "stage_all_links", |sides, views| {
            let steps = sides.steps.iter();
            let decided = steps.map(|it| &it.record.action);
            let users: BTreeSet<_> = decided.clone().filter_map(Action::user).collect();
            let decided: BTreeSet<_> = decided.map(Action::medhub).collect();
            let suggested = views.suggested.iter().filter_map(|it| {
                let user = sides.locals.get(it.local as usize)?.user;
                let medhub = sides.identities.get(it.identity as usize)?.user_id.clone();
                if users.contains(&user) || decided.contains(&medhub) {
                    return None;
                }
                Some(Ask::Link {
                    user,
                    medhub,
                    evidence: Evidence::Email,
                })
            });
            suggested.collect()
        })
        .await
    }

    /// Stages an import of every identity that matches nobody here. Those that cannot be imported are named in the
    /// answer.
    ///
    /// # Errors
    /// As [`StageRefusal`].
    pub async fn stage_all_imports(&self, call: &Call) -> Result<Staged, Failure<StageRefusal>> {
        self.stage_all(call, "stage_all_imports", |sides, views| {
            let unmatched = views
                .only_medhub
                .iter()
                .filter(|it| !it.staged)
                .filter_map(|it| {
                    Some(Ask::Import {
                        medhub: sides.identities.get(it.identity as usize)?.user_id.clone(),
                    })
                });
            unmatched.collect()
        })
        .await
    }

    async fn stage_all(
        &self,
        call: &Call,
        operation: &'static str,
        asks: impl Fn(&Reconciliation, &Views) -> Vec<Ask>,
    ) -> Result<Staged, Failure<StageRefusal>> {
        if let Some(answer) = self
            .answered(call.tenant, Asked::of(call, operation, &()).as_ref())
            .await?
        {
            return Ok(answer);
        }
        let (sides, views) = self.medhub_views(call).await?;
        let asks = asks(&sides, &views);
        if asks.is_empty() {
            return Ok(Staged::default());
        }
        match self.stage_as(call, operation, &(), &asks).await {
            // Of all there was only this one: it is an answer like any other of the many.
            Err(Failure::Refused(StageRefusal::Ask(refusal))) => Ok(Staged {
                refused: asks.into_iter().map(|it| (it, refusal)).collect(),
                ..Staged::default()
            }),
            other => other,
        }
    }
}
