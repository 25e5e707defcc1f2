//! The mark of what is answered under elevation (O4).
//!
//! Each request carries a cell for it. Finding out who asks fills the cell; a layer around every handler looks again after an act,
//! which may have begun or ended an elevation; and the outermost layer writes what is in the cell to the answer, whatever the
//! answer is: no handler can forget it.

use crate::api::App;
use axum::{
    extract::{Request, State},
    http::{Extensions, HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use chrono::SecondsFormat;
use identity_core::{
    authority::{Actor, Authority},
    port::{Clock, Random, Store},
    service::{Call, Failure},
    time::Instant,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The header that an answer under elevation has: the elevation's id, `; until=` and the first instant at which it is over.
pub(crate) const ELEVATION: HeaderName = HeaderName::from_static("rollcall-elevation");

/// The cell. Clones are the same cell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mark(Arc<Mutex<Marked>>);

#[derive(Debug, Default)]
struct Marked {
    /// Who asks, once that is known.
    call: Option<Call>,
    /// Until when the elevation lasts that is marked.
    until: Option<Instant>,
    header: Option<HeaderValue>,
}

impl Mark {
    /// The cell of a request.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_default()
    }

    /// Marks what is answered to this caller with this authority, or takes the mark away.
    pub(crate) fn set(&self, call: &Call, authority: Option<&Authority>) {
        let elevation = authority.and_then(Authority::elevation);
        let text = elevation.map(|it| {
            let until = it.until.to_rfc3339_opts(SecondsFormat::AutoSi, true);
            format!("{}; until={until}", it.id)
        });
        *self.cell() = Marked {
            call: Some(call.clone()),
            until: elevation.map(|it| it.until),
            header: text.and_then(|it| it.try_into().ok()),
        };
    }

    /// What the answer's header says, if it has one.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        self.cell().header.clone()
    }

    /// The session's caller, if one is known: for nobody else does an elevation begin or end.
    fn in_session(&self) -> Option<Call> {
        let call = self.cell().call.clone();
        call.filter(|it| match it.actor {
            Actor::Session { .. } => true,
            Actor::Operator | Actor::User(_) | Actor::Token(_) => false,
        })
    }

    /// Whether the time of what is marked was over by then. An elevation that ran out meanwhile had its part in the answer.
    fn ran_out(&self, by: Instant) -> bool {
        self.cell().until.is_some_and(|it| it <= by)
    }

    fn cell(&self) -> MutexGuard<'_, Marked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The layer around every handler, within the limit of time: what an act in a session left in force marks its answer.
pub(crate) async fn anew<S: Store, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    request: Request,
    next: Next,
) -> Response {
    let (reads, mark) = (request.method().is_safe(), Mark::of(request.extensions()));
    let response = next.run(request).await;
    let ran_out = mark.ran_out(app.rollcall().clock.now());
    if reads || ran_out || !response.status().is_success() {
        return response;
    }
    if let Some(call) = mark.in_session() {
        let authority = app.rollcall().authority(&call).await;
        // Where the store does not say, rather a mark too many than one too few.
        if let Ok(_) | Err(Failure::Refused(_)) = &authority {
            mark.set(&call, authority.as_ref().ok());
        }
    }
    response
}
