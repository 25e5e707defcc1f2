//! What must not be seen anywhere: the key, signatures, and the people of the lists.

use crate::setup::{client, config};
use identity_core::roster::{RosterRead, RosterSource as _};
use medhub_client::MedhubClient;
use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};
use testkit::medhub::{Call, FakeMedhub, Fault, Fixture};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn neither_log_nor_debug_nor_message_tells_a_secret_or_a_person() {
    let log = Log::default();
    let writer = log.clone();
    let _guard = tracing::subscriber::set_default(
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish(),
    );

    // Long enough that no time, port or duration of the log holds the same digits by chance.
    let employee = "908172635441";
    let mut fixture = Fixture::small();
    for person in fixture.residents.iter_mut().chain(&mut fixture.faculty) {
        person.employee_id = employee.to_owned();
    }
    let fake = FakeMedhub::start(fixture).await;
    let medhub = client(&fake);
    let mut seen = format!(
        "{:?} {:#?} {medhub:?} {medhub:#?}",
        config(&fake),
        config(&fake)
    );
    for fault in [
        Fault::Numbers,
        Fault::SignatureRefused,
        Fault::Truncated,
        Fault::ClosesMidAnswer,
        Fault::ServerError,
        Fault::WithoutUserIds,
        Fault::Answer {
            status: 200,
            content_type: "application/json",
            body:
                r#"{"ErrorCode":"Ada Example","ErrorDescription":"ada.example@hospital.example"}"#
                    .into(),
        },
    ] {
        fake.behave();
        fake.misbehave(Call::InfoAccess, fault.clone());
        fake.misbehave(Call::Residents, fault.for_program("73"));
        seen += &format!("{:?}", medhub.access().await);
        let read = medhub.read(&()).await;
        seen += &format!("{read:?}");
        if let RosterRead::Partial { failed, .. } = read {
            for list in failed {
                seen += &format!("{} {}", list.failure, list.failure.next());
            }
        }
    }
    let wrong = MedhubClient::new(medhub_client::Config {
        private_key: "another-private-key".into(),
        ..config(&fake)
    });
    seen += &format!("{:?}", wrong.unwrap().read(&()).await);
    seen += &log.text();

    assert!(seen.contains("users/residents") && seen.contains("MedHub answered"));
    for secret in [
        fake.private_key(),
        "another-private-key",
        "verify",
        "clientID",
        "Ada",
        "Muñoz",
        "hospital.example",
        employee,
    ] {
        assert!(!seen.contains(secret), "`{secret}` is told");
    }
    for call in fake.calls() {
        assert!(!seen.contains(&call.verify), "a signature is told");
    }
}
