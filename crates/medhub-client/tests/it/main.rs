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
    use std::sync::Arc;
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
                Arc::new(|| NOW),
            )
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
