//! Elevation: Tenant Owner switched on, in one session, until a deadline (O4).

use crate::{
    authority::{Authority, AuthorityRefusal},
    changeset::Changeset,
    id::{Id, Mint},
    journal::{By, Entry, Event},
    login::Credential,
    name::Name,
    owner::Owners,
    record::{Records, Stored},
    refusal::Refusal,
    role::RoleKind,
    session::Session,
    time::Instant,
    user::User,
};
use serde::{Deserialize, Serialize};

/// Tenant Owner switched on. Nothing but its own commands moves it: neither use nor another session makes it longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elevation {
    /// Its identifier, which journal entries name.
    pub id: Id<Self>,
    /// Who.
    pub user: Id<User>,
    /// In which session.
    pub session: Id<Session>,
    /// Why, in their own words; kept here and not in the journal.
    pub reason: Name,
    /// When it began.
    pub since: Instant,
    /// The first instant at which it is over; never after the end of the session.
    pub until: Instant,
    /// Whether its end was recorded.
    pub state: ElevationState,
}

/// Whether the end of an elevation was recorded. That its deadline has passed is not kept but computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElevationState {
    /// It was not.
    On,
    /// It was, once.
    Ended {
        /// when it ended
        at: Instant,
        /// and why
        why: EndReason,
    },
}

/// Why an elevation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The owner switched it off.
    SwitchedOff,
    /// Its time was over.
    Deadline,
    /// Its session ended.
    SessionEnded,
    /// The role was taken from the owner.
    RoleRemoved,
}

impl Elevation {
    /// Whether it counts at `now`: `since <= now < until`. Before its beginning it does not, so that a clock that steps back
    /// takes power and gives none.
    #[must_use]
    pub fn in_force(&self, now: Instant) -> bool {
        match self.state {
            ElevationState::On => self.since <= now && now < self.until,
            ElevationState::Ended { .. } => false,
        }
    }
}

/// Why Tenant Owner is not switched on or off.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ElevationRefusal {
    /// The actor has no authority.
    #[error(transparent)]
    Authority(#[from] AuthorityRefusal),
    /// Whoever acts has no session that could carry it.
    #[error("Tenant Owner is switched on in a session, and there is none")]
    NoSession,
    /// Somebody else has set the owner's password, and could be who acts.
    #[error("somebody else has set the owner's password")]
    PasswordOfOthers,
    /// It is on in this session.
    #[error("Tenant Owner is switched on in this session already")]
    AlreadyOn,
    /// It is not on in this session.
    #[error("Tenant Owner is not switched on in this session")]
    NotOn,
}

impl Refusal for ElevationRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.code(),
            Self::NoSession => "session_required",
            Self::PasswordOfOthers => "password_of_others",
            Self::AlreadyOn => "already_elevated",
            Self::NotOn => "not_elevated",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.rule(),
            Self::NoSession | Self::AlreadyOn | Self::NotOn => "O4",
            Self::PasswordOfOthers => "A3",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.next(),
            Self::NoSession => "log in, and switch it on in that session",
            Self::PasswordOfOthers => "change the password in a session first",
            Self::AlreadyOn => "use it, or switch it off first",
            Self::NotOn => "nothing is left to do",
        }
    }
}

/// The elevations whose end was not recorded yet.
pub(crate) fn on(records: &Records) -> impl Iterator<Item = &Stored<Elevation>> {
    records
        .elevations
        .values()
        .filter(|it| matches!(it.record.state, ElevationState::On))
}

/// Records the end of an elevation, once: its record says that it was recorded, and is written at its version. Past the
/// deadline it is the deadline that ended it, whatever else happens now.
pub(crate) fn end(
    on: &Stored<Elevation>,
    why: EndReason,
    by: By,
    now: Instant,
    changes: &mut Changeset,
) {
    let (ended_at, why) = if on.record.until <= now {
        (on.record.until, EndReason::Deadline)
    } else {
        (now, why)
    };
    changes.replace(
        on,
        Elevation {
            state: ElevationState::Ended { at: ended_at, why },
            ..on.record.clone()
        },
    );
    let event = Event::ElevationEnded {
        elevation: on.record.id,
        user: on.record.user,
        why,
        ended_at,
    };
    changes.enter(Entry { at: now, by, event });
}

/// Decides to switch Tenant Owner on in the session of whoever acts.
///
/// # Errors
/// As [`ElevationRefusal`].
pub fn switch_on(
    authority: &Authority,
    records: &Records,
    reason: Name,
    ids: &mut Mint,
) -> Result<(Changeset, Elevation), ElevationRefusal> {
    let now = ids.now();
    let session = authority.session().ok_or(ElevationRefusal::NoSession)?;
    let stored = authority.stored_user().ok_or(ElevationRefusal::NoSession)?;
    let user = stored.record.id;
    let (assignment, role) = crate::authority::active_grants(user, records)
        .find(|(_, role)| role.record.kind == RoleKind::TenantOwner)
        .ok_or(AuthorityRefusal::NotAnOwner)?;
    let login = stored.record.account;
    if login.is_some_and(|it| Credential::is_known_to_others(it, records)) {
        return Err(ElevationRefusal::PasswordOfOthers);
    }
    let mut changes = authority.act();
    let before = |it: &&Stored<Elevation>| it.record.session == session.record.id;
    for earlier in on(records).filter(before) {
        if now < earlier.record.until {
            return Err(ElevationRefusal::AlreadyOn);
        }
        let why = EndReason::Deadline;
        end(earlier, why, authority.by(), now, &mut changes);
    }
    let elevation = Elevation {
        id: ids.id(),
        user,
        session: session.record.id,
        reason,
        since: now,
        until: session
            .record
            .expires_at
            .min(now + authority.tenant().elevation.duration()),
        state: ElevationState::On,
    };
    changes.create(elevation.clone());
    changes.replace(
        session,
        Session {
            elevation: Some(elevation.id),
            ..session.record.clone()
        },
    );
    // Written as they are, so that whoever takes the role or ends all sessions of the user at the same moment collides with this,
    // and ends the elevation.
    changes.replace(assignment, assignment.record.clone());
    changes.replace(stored, stored.record.clone());
    changes.rely(role);
    changes.enter(authority.entry(
        now,
        Event::Elevated {
            elevation: elevation.id,
            user,
            session: session.record.id,
            until: elevation.until,
        },
    ));
    Ok((changes, elevation))
}

/// Decides to switch Tenant Owner off in the session of whoever acts.
///
/// # Errors
/// As [`ElevationRefusal`].
pub fn switch_off(
    authority: &Authority,
    records: &Records,
    now: Instant,
) -> Result<Changeset, ElevationRefusal> {
    let session = authority.session().ok_or(ElevationRefusal::NoSession)?;
    let of_session = |it: &&Stored<Elevation>| it.record.session == session.record.id;
    let on = on(records)
        .find(of_session)
        .ok_or(ElevationRefusal::NotOn)?;
    let mut changes = authority.act();
    let why = EndReason::SwitchedOff;
    end(on, why, authority.by(), now, &mut changes);
    changes.replace(
        session,
        Session {
            elevation: None,
            ..session.record.clone()
        },
    );
    Ok(changes)
}

/// Records the end of every elevation that is over and does not say so yet: past its deadline, or without a session or a role
/// that carries it. `None` where there is none. Nobody does this: it follows from the clock, and is entered as such.
#[must_use]
pub fn sweep(
    tenant: Id<crate::tenant::Tenant>,
    records: &Records,
    now: Instant,
) -> Option<Changeset> {
    let mut changes = Changeset::new(tenant);
    for on in on(records) {
        let carried = carried(&on.record, records, now);
        if now < on.record.until && carried.is_ok() {
            continue;
        }
        let why = carried.err().unwrap_or(EndReason::Deadline);
        end(on, why, By::Clock, now, &mut changes);
        if let Some(session) = records.sessions.get(&on.record.session)
            && session.record.elevation == Some(on.record.id)
        {
            changes.replace(
                session,
                Session {
                    elevation: None,
                    ..session.record.clone()
                },
            );
        }
    }
    (!changes.writes().is_empty()).then_some(changes)
}

/// Whether the session and the role are there that carry an elevation.
fn carried(elevation: &Elevation, records: &Records, now: Instant) -> Result<(), EndReason> {
    let session = records.sessions.get(&elevation.session);
    if !session.is_some_and(|it| it.record.is_alive(records, now)) {
        return Err(EndReason::SessionEnded);
    }
    if Owners::holds(elevation.user, records) {
        Ok(())
    } else {
        Err(EndReason::RoleRemoved)
    }
}

#[cfg(test)]
mod tests;
