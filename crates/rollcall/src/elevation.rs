//! Commands in a session: the mark of what is answered under elevation (O4), and the session of one command's own.
//!
//! Whoever opens a desk in a session leaves it in the cell of the options, and the end of every command looks there: no command
//! can forget the mark, nor the end of its session.

use crate::{desk::Service, failure::Failure};
use chrono::SecondsFormat;
use identity_core::{
    authority::Authority,
    id::Id,
    owner::Elevation,
    service::{Call, Failure as ServiceFailure},
    session::Session,
    time::Instant,
};
use serde::Serialize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The mark of an answer that is given under elevation, as programs read it: `{"id":…,"until":…}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Mark {
    id: Id<Elevation>,
    /// The first instant at which it is over.
    until: Instant,
}

impl Mark {
    fn of(authority: &Authority) -> Option<Self> {
        let elevation = authority.elevation()?;
        Some(Self {
            id: elevation.id,
            until: elevation.until,
        })
    }

    /// As people read it, beside the answer.
    pub(crate) fn human(&self) -> String {
        let until = self.until.to_rfc3339_opts(SecondsFormat::Secs, true);
        format!("elevated as Tenant Owner until {until}\n")
    }
}

/// The session in which a command acts.
#[derive(Debug)]
pub(crate) struct InSession {
    service: Service,
    call: Call,
    whose: Whose,
    /// What was in force when the command began.
    begun: Option<Mark>,
}

/// Whether a session ends with the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Somebody opened it, and may go on in it.
    Given,
    /// The command opened it for itself.
    Own(Id<Session>),
}

impl InSession {
    /// Begins a command in a session in which nothing is switched on yet.
    pub(crate) fn new(service: &Service, call: &Call, whose: Whose) -> Self {
        Self {
            service: service.clone(),
            call: call.clone(),
            whose,
            begun: None,
        }
    }

    /// The same, with what is in force in it now: what the command does may end it.
    pub(crate) async fn marked(mut self) -> Self {
        self.begun = self.in_force().await;
        self
    }

    /// With what the answer is marked. An act that begins or ends an elevation is marked by what is so after it, everything else
    /// by what it began under: an elevation that ran out meanwhile had its part in the answer.
    pub(crate) async fn mark(&self, switches: Switches) -> Option<Mark> {
        match switches {
            Switches::Never => self.begun,
            Switches::Elevation => self.in_force().await,
        }
    }

    /// Ends the session, and the elevation with it, where it is the command's own.
    pub(crate) async fn end(self) -> Result<(), Failure> {
        let Whose::Own(session) = self.whose else {
            return Ok(());
        };
        match self.service.end_session(&self.call, session).await {
            // The command itself may have ended it.
            Ok(()) | Err(ServiceFailure::Refused(_)) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }

    async fn in_force(&self) -> Option<Mark> {
        // Whoever has no authority has none by elevation, and is told so by the command itself.
        let authority = self.service.authority(&self.call).await.ok()?;
        Mark::of(&authority)
    }
}

/// Whether a command may begin or end the elevation of the session in which it acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Switches {
    Never,
    Elevation,
}

/// The session in which a command acts, once it is known. Clones are the same cell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept(Arc<Mutex<Option<InSession>>>);

impl Kept {
    pub(crate) fn put(&self, session: InSession) {
        *self.cell() = Some(session);
    }

    pub(crate) fn take(&self) -> Option<InSession> {
        self.cell().take()
    }

    fn cell(&self) -> MutexGuard<'_, Option<InSession>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
