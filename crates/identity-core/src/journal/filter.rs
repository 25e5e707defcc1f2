//! Which entries somebody wants to see.

use super::{By, Sealed};
use crate::{id::Id, time::Instant, user::User};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What an entry must be in order to be shown. Empty, it admits all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Done by this user, also through a token or under elevation.
    pub by: Option<Id<User>>,
    /// What happened: the names of events in lower snake case, such as `role_assigned`; any of these.
    pub events: BTreeSet<String>,
    /// Decided at this instant or later.
    pub from: Option<Instant>,
    /// Decided before this instant.
    pub until: Option<Instant>,
    /// Naming any of these ids, as they are written.
    pub(super) about: Option<Vec<String>>,
}

impl Filter {
    /// Only entries that name any of these ids.
    pub fn about(&mut self, ids: impl IntoIterator<Item = Uuid>) {
        self.about = Some(
            ids.into_iter()
                .map(|it| it.hyphenated().to_string())
                .collect(),
        );
    }

    /// Whether the entry is one. What cannot be read is one of none but the empty filter.
    #[must_use]
    pub fn admits(&self, sealed: &Sealed) -> bool {
        if *self == Self::default() {
            return true;
        }
        // Most entries name none of the ids, and a look at the text spares reading it.
        let named = |ids: &Vec<String>| ids.iter().any(|it| sealed.text.contains(it.as_str()));
        if self.about.as_ref().is_some_and(|ids| !named(ids)) {
            return false;
        }
        let Some(entry) = sealed.entry() else {
            return false;
        };
        let by = match entry.by {
            By::User { user, .. } | By::Token { user, .. } => Some(user),
            By::Operator | By::Clock => None,
        };
        self.by.is_none_or(|it| by == Some(it))
            && (self.events.is_empty() || self.events.contains(entry.event.name()))
            && self.from.is_none_or(|it| it <= entry.at)
            && self.until.is_none_or(|it| entry.at < it)
    }
}
