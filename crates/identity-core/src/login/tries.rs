//! How often a login may be tried: counted before the password is looked at, per login and per source.

use crate::{changeset::Changeset, email::EmailKey, record::Records, time::Instant};
use chrono::Duration;
use sha2::{Digest, Sha256};

/// What tries are counted under: a hash, so that neither addresses of people nor of machines are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TriesKey(
    /// its bytes
    pub [u8; 32],
);

impl TriesKey {
    /// Of a login, whether it exists or not.
    #[must_use]
    pub fn of_login(login: &EmailKey) -> Self {
        Self::of(b"rollcall tries of a login\0", login.as_str())
    }

    /// Of a login from one source.
    #[must_use]
    pub fn of_login_from(login: &EmailKey, source: &Source) -> Self {
        // No address holds a blank, so that the two are told apart.
        let both = format!("{} {}", login.as_str(), source.0);
        Self::of(b"rollcall tries of a login from a source\0", &both)
    }

    /// Of a login whose password is to be changed by whoever is in.
    #[must_use]
    pub fn of_change(login: &EmailKey) -> Self {
        Self::of(b"rollcall tries of a change\0", login.as_str())
    }

    /// Of whoever asks.
    #[must_use]
    pub fn of_source(source: &Source) -> Self {
        Self::of(b"rollcall tries of a source\0", &source.0)
    }

    fn of(what: &[u8], text: &str) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(what);
        hasher.update(text.as_bytes());
        Self(hasher.finalize().into())
    }
}

/// From where somebody tries, as the host knows it: an IP address, a terminal. 1 to 128 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source(Box<str>);

/// The text is empty, longer than 128 characters, or holds others than visible ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a source: 1 to 128 visible ASCII characters")]
pub struct SourceSyntax;

impl Source {
    /// Reads a source.
    ///
    /// # Errors
    /// [`SourceSyntax`].
    pub fn parse(text: &str) -> Result<Self, SourceSyntax> {
        let good = (1..=128).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_graphic());
        if good {
            Ok(Self(text.into()))
        } else {
            Err(SourceSyntax)
        }
    }
}

/// The tries under one key since some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tries {
    /// Under which key.
    pub key: TriesKey,
    /// How many.
    pub count: u32,
    /// Since when.
    pub since: Instant,
}

/// How many tries within how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TriesLimit {
    /// How many.
    pub tries: u32,
    /// Within how long; then the count begins anew.
    pub within: Duration,
}

impl TriesLimit {
    /// Ten wrong passwords of one login from one source in a quarter of an hour.
    pub const OF_LOGIN: Self = Self {
        tries: 10,
        within: Duration::minutes(15),
    };
    /// A hundred of one login from everywhere in a quarter of an hour. Many more than from one source, so that it takes many to keep
    /// somebody out, and few enough that a password is not found.
    pub const OF_LOGIN_ANYWHERE: Self = Self {
        tries: 100,
        within: Duration::minutes(15),
    };
    /// A hundred tries of one source in a quarter of an hour: a hospital behind one address logs in together.
    pub const OF_SOURCE: Self = Self {
        tries: 100,
        within: Duration::minutes(15),
    };
}

/// It was tried too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyTries {
    /// The first instant at which it may be tried again.
    pub until: Instant,
}

impl Tries {
    /// Counts one more try under a key, before it is made: two at once collide on the record, so that no try goes uncounted.
    ///
    /// # Errors
    /// [`TooManyTries`] at the limit; nothing is counted then.
    pub fn count(
        key: TriesKey,
        limit: TriesLimit,
        records: &Records,
        now: Instant,
        changes: &mut Changeset,
    ) -> Result<(), TooManyTries> {
        let fresh = Self {
            key,
            count: 1,
            since: now,
        };
        let Some(before) = records.tries.get(&key) else {
            changes.create(fresh);
            return Ok(());
        };
        // Two machines' clocks differ, and whoever is tried on both in turn is not to be tried for ever.
        let since = before.record.since.min(now);
        let until = since + limit.within;
        // A clock that stepped back further would block for as long as it was ahead.
        let was_ahead = before.record.since > now + limit.within;
        if until <= now || was_ahead {
            changes.replace(before, fresh);
            return Ok(());
        }
        if before.record.count >= limit.tries {
            return Err(TooManyTries { until });
        }
        changes.replace(
            before,
            Self {
                count: before.record.count.saturating_add(1),
                since,
                ..before.record
            },
        );
        Ok(())
    }

    /// Forgets the tries under a key: the last one was right.
    pub fn forget(key: TriesKey, records: &Records, changes: &mut Changeset) {
        if let Some(before) = records.tries.get(&key) {
            changes.erase(before);
        }
    }

    /// Takes back one try under a key: it was right.
    pub fn give_back(key: TriesKey, records: &Records, changes: &mut Changeset) {
        if let Some(before) = records.tries.get(&key) {
            changes.replace(
                before,
                Self {
                    count: before.record.count.saturating_sub(1),
                    ..before.record
                },
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        changeset::Write,
        record::{Put, Ref, Version},
        tenant::Tenant,
        world::{email, now},
    };

    const LIMIT: TriesLimit = TriesLimit {
        tries: 3,
        within: Duration::minutes(15),
    };

    fn try_at(records: &mut Records, key: TriesKey, at: Instant) -> Result<(), TooManyTries> {
        let mut changes = Changeset::new(Tenant::PLATFORM);
        Tries::count(key, LIMIT, records, at, &mut changes)?;
        for write in changes.writes() {
            match write {
                Write::Create(Put::Tries(it)) | Write::Replace(Put::Tries(it), _) => {
                    records.insert((*it).into(), Version::FIRST);
                }
                other => panic!("{other:?}"),
            }
        }
        Ok(())
    }

    /// The last allowed try is allowed, the next is not, and exactly at the end of the window the count begins anew.
    #[test]
    fn tries_are_counted_within_a_window() {
        let mut records = Records::default();
        let key = TriesKey::of_login(email("ada@example.org").key());
        for minute in 0..3 {
            assert_eq!(
                try_at(&mut records, key, now() + Duration::minutes(minute)),
                Ok(())
            );
        }
        let until = now() + LIMIT.within;
        let moment = Duration::microseconds(1);
        for at in [now() + Duration::minutes(3), until - moment] {
            assert_eq!(try_at(&mut records, key, at), Err(TooManyTries { until }));
        }
        assert_eq!(try_at(&mut records, key, until), Ok(()));
        assert_eq!(records.tries[&key].record.count, 1);
    }

    /// A clock that was ahead by a year and is set right blocks nobody for a year; one that is a little behind another's forgets no
    /// try, and blocks for two windows at most.
    #[test]
    fn a_clock_that_steps_back_blocks_for_no_longer_than_two_windows() {
        let key = TriesKey::of_source(&Source::parse("10.0.0.7").unwrap());
        let tried_at = |at: Instant| {
            let mut records = Records::default();
            for _ in 0..3 {
                try_at(&mut records, key, at).unwrap();
            }
            records
        };
        let moment = Duration::microseconds(1);
        let since = now() + LIMIT.within;
        let mut behind = tried_at(since);
        for (at, until) in [
            (now(), now() + LIMIT.within),
            (since, since + LIMIT.within),
            (since + LIMIT.within - moment, since + LIMIT.within),
        ] {
            assert_eq!(try_at(&mut behind, key, at), Err(TooManyTries { until }));
        }
        assert_eq!(try_at(&mut behind, key, since + LIMIT.within), Ok(()));
        for ahead in [LIMIT.within + moment, Duration::days(365)] {
            let mut records = tried_at(now() + ahead);
            assert_eq!(try_at(&mut records, key, now()), Ok(()));
            assert_eq!(records.tries[&key].record.count, 1);
        }
    }

    /// Tried on two machines in turn, the window begins where the earlier clock says; and a try that was right is taken back alone.
    #[test]
    fn what_is_counted_is_kept() {
        let mut records = Records::default();
        let key = TriesKey::of_source(&Source::parse("10.0.0.7").unwrap());
        for at in [now() + Duration::minutes(5), now()] {
            try_at(&mut records, key, at).unwrap();
        }
        let kept = |count| Tries {
            key,
            count,
            since: now(),
        };
        assert_eq!(records.tries[&key].record, kept(2));
        let mut changes = Changeset::new(Tenant::PLATFORM);
        Tries::give_back(key, &records, &mut changes);
        let [Write::Replace(Put::Tries(given), _)] = changes.writes() else {
            panic!("{changes:?}")
        };
        assert_eq!(*given, kept(1));
        let mut changes = Changeset::new(Tenant::PLATFORM);
        Tries::forget(key, &records, &mut changes);
        let [Write::Erase(forgotten, _)] = changes.writes() else {
            panic!("{changes:?}")
        };
        assert_eq!(*forgotten, Ref::Tries(key));
    }

    #[test]
    fn a_login_and_a_source_of_one_name_are_counted_apart() {
        let login = TriesKey::of_login(email("a@example.org").key());
        let source = TriesKey::of_source(&Source::parse("a@example.org").unwrap());
        assert_ne!(login, source);
        for bad in ["", "a b", "ü", &"a".repeat(129)] {
            assert_eq!(Source::parse(bad), Err(SourceSyntax));
        }
    }
}
