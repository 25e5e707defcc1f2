//! The client against a MedHub on this machine, over real HTTP.

#[cfg(test)]
mod matrix;
#[cfg(test)]
mod network;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod secrecy;

#[cfg(test)]
mod setup {
    use identity_core::roster::{Kind, RosterRead, RosterRow, RosterRows};
    use medhub_client::{BaseUrl, ClientId, Config, MedhubClient, Retry};
    use std::sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    };
    use testkit::medhub::FakeMedhub;

    /// Where the clocks of both sides stand.
    pub(crate) const NOW: i64 = 1_700_000_000;

    /// What reaches the fake: one attempt a call, and limits no test comes near.
    pub(crate) fn config(fake: &FakeMedhub) -> Config {
        fake.set_clock(NOW);
        Config {
            retry: Retry::never(),
            ..Config::new(
                BaseUrl::parse(&fake.base_url()).unwrap(),
                ClientId(fake.client_id()),
                fake.private_key().into(),
                Arc::new(stopped()),
            )
        }
    }

    /// A clock that stands at [`NOW`].
    pub(crate) fn stopped() -> impl identity_core::port::Clock {
        Ticking {
            at: AtomicI64::new(NOW),
            step: 0,
        }
    }

    /// A clock that goes on by so many seconds with each reading.
    pub(crate) struct Ticking {
        pub(crate) at: AtomicI64,
        pub(crate) step: i64,
    }

    impl identity_core::port::Clock for Ticking {
        fn now(&self) -> identity_core::time::Instant {
            let seconds = self.at.fetch_add(self.step, Ordering::Relaxed);
            identity_core::time::instant_from_micros(seconds * 1_000_000).unwrap()
        }
    }

    pub(crate) fn client(fake: &FakeMedhub) -> MedhubClient {
        MedhubClient::new(config(fake)).unwrap()
    }

    pub(crate) fn complete(read: RosterRead) -> RosterRows {
        match read {
            RosterRead::Complete(rows) => rows,
            other => panic!("not complete: {other:?}"),
        }
    }

    /// Who stands in a list.
    pub(crate) fn in_list<'a>(
        rows: &'a [RosterRow],
        program: &str,
        kind: Kind,
    ) -> Vec<&'a RosterRow> {
        rows.iter()
            .filter(|it| it.program.as_str() == program && it.kind == kind)
            .collect()
    }
}
