//! The mark of what is answered under elevation (O4).
//!
//! Each request carries a cell for it. Finding out who asks fills the cell, and the outermost layer writes what is in it to the
//! answer, whatever the answer is: no handler can forget it.

use axum::http::{Extensions, HeaderName, HeaderValue};
use chrono::SecondsFormat;
use identity_core::authority::Authority;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The header that an answer under elevation has: the elevation's id, `; until=` and the first instant at which it is over.
pub(crate) const ELEVATION: HeaderName = HeaderName::from_static("rollcall-elevation");

/// The cell. Clones are the same cell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mark(Arc<Mutex<Option<HeaderValue>>>);

impl Mark {
    /// The cell of a request.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_default()
    }

    /// Marks what is answered with this authority, or takes the mark away.
    pub(crate) fn set(&self, authority: Option<&Authority>) {
        let elevation = authority.and_then(Authority::elevation);
        let text = elevation.map(|it| {
            let until = it.until.to_rfc3339_opts(SecondsFormat::AutoSi, true);
            format!("{}; until={until}", it.id)
        });
        *self.cell() = text.and_then(|it| it.try_into().ok());
    }

    /// What the answer's header says, if it has one.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        self.cell().clone()
    }

    fn cell(&self) -> MutexGuard<'_, Option<HeaderValue>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
