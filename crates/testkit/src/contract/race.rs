//! The service's operations, colliding on the store: whoever comes second decides anew on what the first has left.

use super::{
    Failed, Harness, Outcome, ensure,
    specimen::{email, institution, medhub, name},
};
use crate::{
    fault::{Fault, FaultyStore},
    hospital::{Hospital, Member, Staffing},
    random::SeededRandom,
    rendezvous::{Racer, meet},
    time::FixedClock,
};
use identity_core::{
    authority::{Actor, AuthorityRefusal},
    changeset::Changeset,
    id::Id,
    journal::Event,
    operation::{Operation, OperationKey},
    owner::{Owners, elevation::ElevationRefusal},
    port::{Clock, CommitError, Directory, Find, Store, StoreError},
    reconcile::{
        Integration,
        plan::{Ask, Evidence, StageRefusal},
        save::{Conflict, SaveMode, SaveRefusal},
        snapshot::RosterPerson,
    },
    record::Records,
    role::{AssignRefusal, GrantRefusal, RemoveRefusal, RoleKind},
    roster::{Identity, Kinds},
    service::{Call, Failure, Rollcall},
    tenant::Tenant,
    token::{ApiToken, TokenRefusal},
    user::{AddUser, AddUserRefusal, StatusRefusal, UserAdded, UserStatus, Whose},
};
use std::{
    collections::BTreeSet,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
};

/// The service, over a store of a test.
pub(super) type Service<S> = Rollcall<S, FixedClock, SeededRandom>;

impl<S: Store + Directory> Harness<S> {
    /// The service over the store as it is.
    fn service(&self) -> Service<FaultyStore<S>> {
        self.service_over(FaultyStore::new(Arc::clone(&self.store)))
    }

    fn service_over<T: Store>(&self, store: T) -> Service<T> {
        Rollcall::new(store, self.clock.clone(), self.random.clone())
    }

    /// Lets one racer act, and go home: whoever is refused without a commit is not waited for.
    pub(super) async fn race<T>(
        &self,
        racer: Racer<S>,
        act: impl AsyncFnOnce(&Service<Racer<S>>) -> T,
    ) -> T {
        act(&self.service_over(racer)).await
    }

    /// What holds whatever has happened: the owners' record is true and names somebody, and the journal is whole.
    pub(super) async fn sound(&self, tenant: Id<Tenant>) -> Result<usize, Failed> {
        let records = self.load(tenant, vec![Find::Owners]).await?;
        Owners::audit(&records).map_err(|err| Failed::new(err.to_string()))?;
        self.verify(tenant).await?;
        Ok(self.store.owners(tenant).await?.len())
    }
}

/// A call by this user, with everyday roles.
pub(super) fn everyday(hospital: &Hospital, by: &Member) -> Call {
    Call::new(hospital.tenant, Actor::user(by.user))
}

fn key(text: &str) -> OperationKey {
    OperationKey::parse(text).unwrap()
}

fn newcomer<S: Store + Directory>(harness: &Harness<S>, hospital: &Hospital) -> AddUser {
    AddUser {
        email: email("newcomer@general.example"),
        whose: Whose::KnownOrNew(harness.person(None).name),
        role: hospital.role(RoleKind::Learner),
        status: UserStatus::Active,
    }
}

/// How many users answer to the newcomer's address.
async fn newcomers<S: Store + Directory>(
    harness: &Harness<S>,
    hospital: &Hospital,
) -> Result<usize, Failed> {
    let address = email("newcomer@general.example").key().clone();
    let found = harness.store.users_by_email(hospital.tenant, address);
    Ok(found.await?.len())
}

pub(super) async fn two_owners_who_remove_each_other_leave_one<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    for (hospital, order) in [("General", [0, 1]), ("Elsewhere", [1, 0])] {
        let hospital = harness.staffed(Staffing::of(hospital).owners(2)).await?;
        let role = hospital.role(RoleKind::TenantOwner);
        let [a, b] = [&hospital.owners[0], &hospital.owners[1]];
        let [one, other] = meet(&harness.store, order);
        let call = harness.elevated(&hospital, a).await?;
        let back = harness.elevated(&hospital, b).await?;
        let (first, second) = tokio::join!(
            harness.race(one, async |it| it.remove_role(&call, b.user, role).await),
            harness.race(other, async |it| it.remove_role(&back, a.user, role).await),
        );
        let (won, lost) = if order[0] == 0 {
            (first, second)
        } else {
            (second, first)
        };
        ensure!(won.is_ok(), "the first failed: {won:?}");
        // The elevation went with the role.
        let not_elevated = RemoveRefusal::Grant(GrantRefusal::from(AuthorityRefusal::NotElevated));
        let expected = matches!(&lost, Err(Failure::Refused(it)) if *it == not_elevated);
        ensure!(expected, "the second: {lost:?}");
        let left = harness.sound(hospital.tenant).await?;
        ensure!(left == 1, "{left} owners left");
    }
    Ok(())
}

pub(super) async fn three_owners_in_a_circle_leave_one<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    for (number, order) in orders.into_iter().enumerate() {
        let staffing = Staffing::of(&format!("Circle{number}")).owners(3);
        let hospital = harness.staffed(staffing).await?;
        let role = hospital.role(RoleKind::TenantOwner);
        let mut calls = Vec::new();
        for owner in &hospital.owners {
            calls.push(harness.elevated(&hospital, owner).await?);
        }
        let act = async |racer, number: usize| {
            let call = &calls[number];
            let next = hospital.owners[(number + 1) % 3].user;
            let act = async |it: &Service<Racer<S>>| it.remove_role(call, next, role).await;
            harness.race(racer, act).await
        };
        let [a, b, c] = meet(&harness.store, order);
        let (a, b, c) = tokio::join!(act(a, 0), act(b, 1), act(c, 2));
        let outcomes = [a, b, c];
        for it in &outcomes {
            let expected = matches!(it, Ok(()) | Err(Failure::Refused(_)));
            ensure!(expected, "neither done nor refused: {it:?}");
        }
        ensure!(outcomes[order[0]].is_ok(), "the first failed");
        let removed = outcomes.iter().filter(|it| it.is_ok()).count();
        let left = harness.sound(hospital.tenant).await?;
        ensure!(left == 3 - removed, "{left} left, {removed} removed");
    }
    Ok(())
}

/// The one who is removed grants meanwhile: in one order both happen, in the other the grant is refused.
pub(super) async fn an_owner_who_is_removed_meanwhile_grants_no_more<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    for (hospital, order, granted) in [("General", [0, 1], false), ("Elsewhere", [1, 0], true)] {
        let staffing = Staffing::of(hospital).owners(2).learners(1);
        let hospital = harness.staffed(staffing).await?;
        let role = hospital.role(RoleKind::TenantOwner);
        let [a, b] = [&hospital.owners[0], &hospital.owners[1]];
        let heir = hospital.learners[0].user;
        let remove = harness.elevated(&hospital, a).await?;
        let grant = harness.elevated(&hospital, b).await?;
        let [one, other] = meet(&harness.store, order);
        let (removed, assigned) = tokio::join!(
            harness.race(one, async |it| it.remove_role(&remove, b.user, role).await),
            harness.race(other, async |it| it.assign_role(&grant, heir, role).await),
        );
        ensure!(removed.is_ok(), "not removed: {removed:?}");
        let refusal = AssignRefusal::Grant(GrantRefusal::from(AuthorityRefusal::NotElevated));
        let expected = match &assigned {
            Ok(_) => granted,
            Err(Failure::Refused(it)) => !granted && *it == refusal,
            Err(_) => false,
        };
        ensure!(expected, "the grant: {assigned:?}");
        let left = harness.sound(hospital.tenant).await?;
        ensure!(left == 1 + usize::from(granted), "{left} owners");
    }
    Ok(())
}

pub(super) async fn nobody_becomes_owner_while_deactivated<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    for (hospital, order, granted) in [("General", [0, 1], true), ("Elsewhere", [1, 0], false)] {
        let staffing = Staffing::of(hospital).administrators(1).learners(1);
        let hospital = harness.staffed(staffing).await?;
        let role = hospital.role(RoleKind::TenantOwner);
        let heir = hospital.learners[0].user;
        let grant = harness.elevated(&hospital, &hospital.owners[0]).await?;
        let end = everyday(&hospital, &hospital.administrators[0]);
        let [one, other] = meet(&harness.store, order);
        let (assigned, deactivated) = tokio::join!(
            harness.race(one, async |it| it.assign_role(&grant, heir, role).await),
            harness.race(other, async |it| it.deactivate_user(&end, heir).await),
        );
        let expected = match (&assigned, &deactivated) {
            (Ok(_), Err(Failure::Refused(StatusRefusal::HoldsTenantOwner))) => granted,
            (Err(Failure::Refused(AssignRefusal::OwnerNotUsable)), Ok(())) => !granted,
            _ => false,
        };
        ensure!(expected, "{assigned:?} and {deactivated:?}");
        let left = harness.sound(hospital.tenant).await?;
        ensure!(left == 1 + usize::from(granted), "{left} owners");
    }
    Ok(())
}

pub(super) async fn two_additions_of_one_address_make_one_user<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let staffing = Staffing::of("General").administrators(2);
    let hospital = harness.staffed(staffing).await?;
    let [one_call, other_call] = [0, 1].map(|it| everyday(&hospital, &hospital.administrators[it]));
    let command = newcomer(&harness, &hospital);
    let [one, other] = meet(&harness.store, [1, 0]);
    let (lost, won) = tokio::join!(
        harness.race(one, async |it| it
            .add_user(&one_call, command.clone())
            .await),
        harness.race(other, async |it| it
            .add_user(&other_call, command.clone())
            .await),
    );
    let added = won?;
    let expected = matches!(
        &lost,
        Err(Failure::Refused(AddUserRefusal::HasUser { person, user }))
            if (*person, *user) == (added.person, added.user)
    );
    ensure!(expected, "the second: {lost:?}");
    let found = newcomers(&harness, &hospital).await?;
    ensure!(found == 1, "{found} users");
    harness.sound(hospital.tenant).await?;
    Ok(())
}

/// The same question twice at once is answered twice and acted on once; another question under the key is refused.
pub(super) async fn one_operation_key_at_once_has_one_effect<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let administrator = &hospital.administrators[0];
    let call = everyday(&hospital, administrator).with_key(key("key"));
    let command = newcomer(&harness, &hospital);
    let [one, other] = meet(&harness.store, [0, 1]);
    let (first, second) = tokio::join!(
        harness.race(one, async |it| it.add_user(&call, command.clone()).await),
        harness.race(other, async |it| it.add_user(&call, command.clone()).await),
    );
    let (first, second): (UserAdded, UserAdded) = (first?, second?);
    ensure!(first == second, "{first:?} and {second:?}");
    let found = newcomers(&harness, &hospital).await?;
    ensure!(found == 1, "{found} users");

    let call = call.with_key(key("another"));
    let (learner, teacher) = (hospital.learners[0].user, hospital.teachers[0].user);
    let [one, other] = meet(&harness.store, [0, 1]);
    let (first, second) = tokio::join!(
        harness.race(one, async |it| it.deactivate_user(&call, learner).await),
        harness.race(other, async |it| it.deactivate_user(&call, teacher).await),
    );
    first?;
    let reused = matches!(second, Err(Failure::KeyReused));
    ensure!(reused, "another question under the key: {second:?}");
    harness.sound(hospital.tenant).await?;
    Ok(())
}

/// An answer that was lost on its way is given when it is asked for again, and the effect is there once (J4).
pub(super) async fn a_lost_answer_is_given_again<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    for (hospital, fault) in [
        ("General", Fault::AnswerLost),
        ("Elsewhere", Fault::ChangesLost),
        ("Nowhere", Fault::Unreachable),
    ] {
        let hospital = harness
            .staffed(Staffing::of(hospital).administrators(1))
            .await?;
        let call = everyday(&hospital, &hospital.administrators[0]).with_key(key("key"));
        let command = AddUser {
            email: email(&format!("{fault:?}@lost.example")),
            ..newcomer(&harness, &hospital)
        };
        let store = FaultyStore::new(Arc::clone(&harness.store)).with(1, fault);
        let service = harness.service_over(store);
        let first = service.add_user(&call, command.clone()).await;
        let expected = matches!(
            (&first, fault),
            (Ok(_), Fault::AnswerLost)
                | (Err(Failure::OutcomeUnknown(_)), Fault::ChangesLost)
                | (Err(Failure::Store(_)), Fault::Unreachable)
        );
        ensure!(expected, "{fault:?}: {first:?}");
        let again = service.add_user(&call, command.clone()).await?;
        ensure!(first.is_err() || first? == again, "another answer");
        let third = harness.service().add_user(&call, command.clone()).await?;
        ensure!(third == again, "another answer");
        let address = command.email.key().clone();
        let found = harness.store.users_by_email(hospital.tenant, address);
        ensure!(found.await?.len() == 1, "not one user");
        harness.sound(hospital.tenant).await?;
    }
    Ok(())
}

/// A store in which something else happens just before the first load.
struct Overtaken<S> {
    store: Arc<S>,
    overtaker: Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
}

impl<S: Store> Store for Overtaken<S> {
    async fn load(&self, tenant: Id<Tenant>, finds: Vec<Find>) -> Result<Records, StoreError> {
        let overtaker = self.overtaker.lock().unwrap().take();
        if let Some(overtaker) = overtaker {
            overtaker.await;
        }
        self.store.load(tenant, finds).await
    }

    async fn operation(
        &self,
        tenant: Id<Tenant>,
        key: OperationKey,
    ) -> Result<Option<Operation>, StoreError> {
        self.store.operation(tenant, key).await
    }

    fn commit(&self, changes: Changeset) -> impl Future<Output = Result<(), CommitError>> + Send {
        self.store.commit(changes)
    }
}

/// The same question is answered between the look for an answer and the look at the records: what it has left behind is
/// no reason to refuse (J4).
pub(super) async fn an_answer_that_comes_in_between_is_given<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let call = everyday(&hospital, &hospital.administrators[0]).with_key(key("key"));
    let command = newcomer(&harness, &hospital);
    let (service, asked, with) = (harness.service(), command.clone(), call.clone());
    let overtaker = async move {
        let first = service.add_user(&with, asked).await;
        assert!(first.is_ok(), "the first: {first:?}");
    };
    let store = Overtaken {
        store: Arc::clone(&harness.store),
        overtaker: Mutex::new(Some(Box::pin(overtaker))),
    };
    let second = harness.service_over(store);
    let second = second.add_user(&call, command.clone()).await?;
    let again = harness.service().add_user(&call, command).await?;
    ensure!(second == again, "{second:?} and {again:?}");
    let found = newcomers(&harness, &hospital).await?;
    ensure!(found == 1, "{found} users");
    Ok(())
}

/// A token of this user, alive for a day.
async fn token<S: Store + Directory>(
    harness: &Harness<S>,
    call: &Call,
) -> Result<Id<ApiToken>, Failed> {
    let until = harness.clock.now() + chrono::TimeDelta::days(1);
    let service = harness.service();
    let made: Result<_, Failure<TokenRefusal>> =
        service.create_token(call, name("nightly"), until).await;
    Ok(made?.id)
}

/// Whatever it was that gave the authority, losing it between the look and the commit refuses the act (A1).
pub(super) async fn authority_lost_meanwhile_is_lost<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    #[derive(Clone, Copy, Debug)]
    enum Loss {
        Deactivated,
        RoleRemoved,
        TokenRevoked,
        SessionEnded,
    }
    let losses = [
        Loss::Deactivated,
        Loss::RoleRemoved,
        Loss::TokenRevoked,
        Loss::SessionEnded,
    ];
    for (number, loss) in losses.into_iter().enumerate() {
        let staffing = Staffing::of(&format!("Loss{number}")).administrators(2);
        let hospital = harness.staffed(staffing).await?;
        let [stays, goes] = [&hospital.administrators[0], &hospital.administrators[1]];
        let role = hospital.role(RoleKind::SystemAdministrator);
        let takes = everyday(&hospital, stays);
        let mut acts = everyday(&hospital, goes);
        let nightly = token(&harness, &acts).await?;
        let in_session = harness.logged_in(&hospital, goes).await?;
        acts.actor = match loss {
            Loss::Deactivated | Loss::RoleRemoved => acts.actor,
            Loss::TokenRevoked => Actor::Token(nightly),
            Loss::SessionEnded => in_session.actor,
        };
        let ended = async |it: &Service<Racer<S>>| match in_session.actor {
            Actor::Session { session, .. } => it.end_session(&takes, session).await.is_ok(),
            Actor::Operator | Actor::User(_) | Actor::Token(_) => false,
        };
        let command = AddUser {
            email: email(&format!("{loss:?}@lost.example")),
            ..newcomer(&harness, &hospital)
        };
        let [one, other] = meet(&harness.store, [0, 1]);
        let (taken, added) = tokio::join!(
            harness.race(one, async |it| match loss {
                Loss::Deactivated => it.deactivate_user(&takes, goes.user).await.is_ok(),
                Loss::RoleRemoved => it.remove_role(&takes, goes.user, role).await.is_ok(),
                Loss::TokenRevoked => it.revoke_token(&takes, nightly).await.is_ok(),
                Loss::SessionEnded => ended(it).await,
            }),
            harness.race(other, async |it| it.add_user(&acts, command.clone()).await),
        );
        ensure!(taken, "{loss:?}: not taken");
        let refusal = match &added {
            Err(Failure::Refused(AddUserRefusal::Grant(GrantRefusal::Authority(it)))) => it,
            other => return Err(Failed::new(format!("{loss:?}: {other:?}"))),
        };
        let expected = match loss {
            Loss::Deactivated => matches!(refusal, AuthorityRefusal::ActorInactive),
            Loss::RoleRemoved => matches!(refusal, AuthorityRefusal::Missing(_)),
            Loss::TokenRevoked => matches!(refusal, AuthorityRefusal::TokenDead),
            Loss::SessionEnded => matches!(refusal, AuthorityRefusal::SessionOver),
        };
        ensure!(expected, "{loss:?}: {refusal:?}");
        let address = command.email.key().clone();
        let found = harness.store.users_by_email(hospital.tenant, address);
        ensure!(found.await?.is_empty(), "added all the same");
        harness.sound(hospital.tenant).await?;
    }
    Ok(())
}

/// How many elevations of a tenant the journal says began, and how many ended; none of them twice.
async fn told<S: Store + Directory>(
    harness: &Harness<S>,
    tenant: Id<Tenant>,
) -> Result<(usize, usize), Failed> {
    let (mut begun, mut ended) = (BTreeSet::new(), BTreeSet::new());
    for sealed in harness.journal(tenant).await? {
        let once = match sealed.entry().map(|it| it.event) {
            Some(Event::Elevated { elevation, .. }) => begun.insert(elevation),
            Some(Event::ElevationEnded { elevation, .. }) => ended.insert(elevation),
            Some(_) | None => true,
        };
        ensure!(once, "an elevation is entered twice");
    }
    ensure!(ended.is_subset(&begun), "one ended that never began");
    Ok((begun.len(), ended.len()))
}

/// One owner switches Tenant Owner on twice in one session: it is on once, and the second is told so (O4).
pub(super) async fn two_elevations_in_one_session_leave_one<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let call = harness.logged_in(&hospital, &hospital.owners[0]).await?;
    let [one, other] = meet(&harness.store, [1, 0]);
    let (second, first) = tokio::join!(
        harness.race(one, async |it| it.elevate(&call, name("one")).await),
        harness.race(other, async |it| it.elevate(&call, name("other")).await),
    );
    ensure!(first.is_ok(), "the first: {first:?}");
    let expected = matches!(&second, Err(Failure::Refused(ElevationRefusal::AlreadyOn)));
    ensure!(expected, "the second: {second:?}");
    let told = told(&harness, hospital.tenant).await?;
    ensure!(told == (1, 0), "{told:?}");
    harness.sound(hospital.tenant).await?;
    Ok(())
}

/// What an elevation hangs on goes while it is switched on: it is refused, or it ends with that (O4).
pub(super) async fn an_elevation_begun_meanwhile_ends_with_what_it_hangs_on<
    S: Store + Directory,
>(
    harness: Harness<S>,
) -> Outcome {
    #[derive(Clone, Copy, Debug)]
    enum Loss {
        Role,
        Rests,
        Session,
        Sessions,
    }
    let losses = [Loss::Role, Loss::Rests, Loss::Session, Loss::Sessions];
    for (number, loss) in losses.into_iter().enumerate() {
        for (order, is_refused) in [([0, 1], false), ([1, 0], true)] {
            let staffing = Staffing::of(&format!("Loss{number}{is_refused}")).owners(2);
            let hospital = harness.staffed(staffing.administrators(1)).await?;
            let role = hospital.role(RoleKind::TenantOwner);
            let [owner, other] = [&hospital.owners[0], &hospital.owners[1]];
            let call = harness.logged_in(&hospital, owner).await?;
            let takes = match loss {
                Loss::Role | Loss::Rests => harness.elevated(&hospital, other).await?,
                Loss::Session | Loss::Sessions => everyday(&hospital, &hospital.administrators[0]),
            };
            let before = told(&harness, hospital.tenant).await?;
            let [one, two] = meet(&harness.store, order);
            let (elevated, taken) = tokio::join!(
                harness.race(one, async |it| it.elevate(&call, name("review")).await),
                harness.race(two, async |it| match (loss, call.actor) {
                    (Loss::Role, _) => it.remove_role(&takes, owner.user, role).await.is_ok(),
                    (Loss::Rests, _) => it.deactivate_role(&takes, owner.user, role).await.is_ok(),
                    (Loss::Session, Actor::Session { session, .. }) =>
                        it.end_session(&takes, session).await.is_ok(),
                    (Loss::Session | Loss::Sessions, _) =>
                        it.end_sessions(&takes, owner.user).await.is_ok(),
                }),
            );
            ensure!(taken, "{loss:?}: not taken");
            let expected = match (loss, &elevated) {
                (_, Ok(_)) => !is_refused,
                (Loss::Role | Loss::Rests, Err(Failure::Refused(it))) => {
                    is_refused && *it == ElevationRefusal::from(AuthorityRefusal::NotAnOwner)
                }
                (Loss::Session | Loss::Sessions, Err(Failure::Refused(it))) => {
                    is_refused && *it == ElevationRefusal::from(AuthorityRefusal::SessionOver)
                }
                (_, Err(_)) => false,
            };
            ensure!(expected, "{loss:?}: {elevated:?}");
            let after = told(&harness, hospital.tenant).await?;
            let began = usize::from(!is_refused);
            let all = (before.0 + began, before.1 + began);
            ensure!(after == all, "{loss:?}: {before:?}, then {after:?}");
            harness.sound(hospital.tenant).await?;
        }
    }
    Ok(())
}

/// One elevation is ended from two sides at once: its end is entered once, and whoever asked for nothing but that is told that
/// nothing is left to do (O4).
pub(super) async fn two_ends_of_one_elevation_are_entered_once<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    #[derive(Clone, Copy, Debug)]
    enum Other {
        SwitchesOff,
        TakesTheRole,
        EndsTheSessions,
        Sweeps,
    }
    let others = [
        Other::SwitchesOff,
        Other::TakesTheRole,
        Other::EndsTheSessions,
        Other::Sweeps,
    ];
    for (number, other) in others.into_iter().enumerate() {
        for order in [[0, 1], [1, 0]] {
            let staffing = Staffing::of(&format!("End{number}{}", order[0])).owners(2);
            let hospital = harness.staffed(staffing.administrators(1)).await?;
            let (tenant, role) = (hospital.tenant, hospital.role(RoleKind::TenantOwner));
            let owner = hospital.owners[0].user;
            let call = harness.elevated(&hospital, &hospital.owners[0]).await?;
            if let Other::Sweeps = other {
                harness.clock.step(chrono::TimeDelta::minutes(15));
            }
            let takes = match other {
                Other::TakesTheRole => harness.elevated(&hospital, &hospital.owners[1]).await?,
                Other::SwitchesOff | Other::EndsTheSessions | Other::Sweeps => {
                    everyday(&hospital, &hospital.administrators[0])
                }
            };
            let before = told(&harness, tenant).await?;
            let [one, two] = meet(&harness.store, order);
            // What the other ended for itself: an elevation, or something that one hangs on.
            let (ended, also) = tokio::join!(
                harness.race(one, async |it| it.end_elevation(&call).await),
                harness.race(two, async |it| match other {
                    Other::SwitchesOff => match it.end_elevation(&call).await {
                        Ok(()) => Ok(1),
                        Err(Failure::Refused(ElevationRefusal::NotOn)) => Ok(0),
                        Err(failure) => Err(format!("{failure:?}")),
                    },
                    Other::TakesTheRole => match it.remove_role(&takes, owner, role).await {
                        Ok(()) => Ok(1),
                        Err(failure) => Err(format!("{failure:?}")),
                    },
                    Other::EndsTheSessions => match it.end_sessions(&takes, owner).await {
                        Ok(()) => Ok(1),
                        Err(failure) => Err(format!("{failure:?}")),
                    },
                    Other::Sweeps => {
                        let swept = it.sweep_elevations(tenant).await;
                        swept.map_err(|failure| format!("{failure:?}"))
                    }
                }),
            );
            let first = order[0] == 0;
            let over = ElevationRefusal::from(AuthorityRefusal::SessionOver);
            let expected = match (&ended, other) {
                (Ok(()), _) => first,
                (Err(Failure::Refused(it)), Other::EndsTheSessions) => !first && *it == over,
                (Err(Failure::Refused(it)), _) => !first && *it == ElevationRefusal::NotOn,
                (Err(_), _) => false,
            };
            ensure!(expected, "{other:?}, {order:?}: {ended:?}");
            let expected = match other {
                Other::SwitchesOff | Other::Sweeps => usize::from(!first),
                Other::TakesTheRole | Other::EndsTheSessions => 1,
            };
            ensure!(also == Ok(expected), "{other:?}, {order:?}: {also:?}");
            let after = told(&harness, tenant).await?;
            let all = (before.0, before.1 + 1);
            ensure!(after == all, "{other:?}: {before:?}, then {after:?}");
            harness.sound(tenant).await?;
        }
    }
    Ok(())
}

/// A hospital with two administrators, two learners, and MedHub connected with one person in its lists.
async fn connected<S: Store + Directory>(harness: &Harness<S>) -> Result<Hospital, Failed> {
    let staffing = Staffing::of("General").administrators(2).learners(2);
    let hospital = harness.staffed(staffing).await?;
    let tenant = hospital.tenant;
    let integration = Integration {
        tenant,
        institution: institution("https://medhub.example"),
        client_id: "1".to_owned(),
        key_file: None,
        connected_at: harness.clock.now(),
    };
    let identity = Identity {
        user_id: medhub("007"),
        kinds: Kinds::ALL,
        given: "Ada".to_owned(),
        family: "Okafor".to_owned(),
        email: "ada@general.example".to_owned(),
        username: "ada".to_owned(),
        employee_id: None,
        level: None,
        programs: [].into(),
    };
    let puts = [integration.into(), RosterPerson { identity }.into()];
    harness.create(tenant, puts).await?;
    Ok(hospital)
}

fn link(user: &Member) -> [Ask; 1] {
    [Ask::Link {
        user: user.user,
        medhub: medhub("007"),
        evidence: Evidence::Manual,
    }]
}

/// Two administrators tie two learners to one identity: the second is told of the conflict, and nothing of theirs is
/// applied (R3, R5).
pub(super) async fn two_links_to_one_identity_leave_one<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = connected(&harness).await?;
    let calls = [0, 1].map(|it| everyday(&hospital, &hospital.administrators[it]));
    for (call, learner) in calls.iter().zip(&hospital.learners) {
        let staged = harness.service().stage(call, &link(learner)).await?;
        ensure!(staged.staged == 1, "not staged: {staged:?}");
    }
    let [one, other] = meet(&harness.store, [0, 1]);
    let (first, second) = tokio::join!(
        harness.race(one, async |it| it
            .save_plan(&calls[0], SaveMode::Whole)
            .await),
        harness.race(other, async |it| it
            .save_plan(&calls[1], SaveMode::Whole)
            .await),
    );
    let saved = first?;
    ensure!(saved.linked == 1, "{saved:?}");
    let expected = match &second {
        Err(Failure::Refused(SaveRefusal::Conflicts(all))) => {
            matches!(all.as_slice(), [it] if it.conflict == Conflict::IdentityLinked)
        }
        _ => false,
    };
    ensure!(expected, "the second: {second:?}");
    let users = hospital.learners.iter().map(|it| Find::LinkOf(it.user));
    let records = harness.load(hospital.tenant, users.collect()).await?;
    let linked = [hospital.learners[0].user];
    ensure!(
        records.links.values().map(|it| it.record.user).eq(linked),
        "other links"
    );
    harness.sound(hospital.tenant).await?;
    Ok(())
}

/// Two administrators tell the same two apart: the second finds it done, and one memory is left (R5, R6).
pub(super) async fn two_who_tell_one_pair_apart_leave_one_memory<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = connected(&harness).await?;
    let calls = [0, 1].map(|it| everyday(&hospital, &hospital.administrators[it]));
    let user = hospital.learners[0].user;
    let not_same = [Ask::NotSame {
        user,
        medhub: medhub("007"),
    }];
    for call in &calls {
        harness.service().stage(call, &not_same).await?;
    }
    let [one, other] = meet(&harness.store, [0, 1]);
    let (first, second) = tokio::join!(
        harness.race(one, async |it| it
            .save_plan(&calls[0], SaveMode::Whole)
            .await),
        harness.race(other, async |it| it
            .save_plan(&calls[1], SaveMode::Whole)
            .await),
    );
    let (first, second) = (first?, second?);
    ensure!((first.not_same, first.already_done) == (1, 0), "{first:?}");
    ensure!(
        (second.not_same, second.already_done) == (0, 1),
        "{second:?}"
    );
    let sides = (harness.store)
        .reconciliation(hospital.tenant, hospital.administrators[0].user)
        .await?;
    let remembered: Vec<_> = sides.not_same.iter().map(|it| (it.user, it.by)).collect();
    let expected = [(user, hospital.administrators[0].user)];
    ensure!(remembered == expected, "{remembered:?}");
    harness.sound(hospital.tenant).await?;
    Ok(())
}

pub(super) async fn two_saves_of_one_plan_apply_it_once<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = connected(&harness).await?;
    let call = everyday(&hospital, &hospital.administrators[0]);
    let learner = &hospital.learners[0];
    harness.service().stage(&call, &link(learner)).await?;
    let before = harness.journal(hospital.tenant).await?.len();
    let [one, other] = meet(&harness.store, [1, 0]);
    let (second, first) = tokio::join!(
        harness.race(one, async |it| it.save_plan(&call, SaveMode::Whole).await),
        harness.race(other, async |it| it.save_plan(&call, SaveMode::Whole).await),
    );
    let saved = first?;
    ensure!(saved.linked == 1, "{saved:?}");
    let expected = matches!(
        &second,
        Err(Failure::Refused(SaveRefusal::Stage(
            StageRefusal::NothingStaged
        )))
    );
    ensure!(expected, "the second: {second:?}");
    let after = harness.journal(hospital.tenant).await?.len();
    ensure!(after == before + 2, "{} entries", after - before);
    harness.sound(hospital.tenant).await?;
    Ok(())
}
