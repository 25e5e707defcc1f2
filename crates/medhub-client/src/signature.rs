//! The signature of a call, and the form it is sent in.

use crate::ClientId;
use data_encoding::HEXLOWER;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

/// The `verify` field: `SHA-256(clientID|ts|key|request)` in lower-case hex. A plain hash, as MedHub has it,
/// over the very text that is sent; without arguments the last bar stays.
///
/// The parts are fed to the hash one by one: the signed text, which holds the key, is never put together.
fn verify(client: ClientId, ts: i64, key: &SecretString, request: Option<&str>) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{client}|{ts}|"));
    hash.update(key.expose_secret().trim());
    hash.update("|");
    hash.update(request.unwrap_or_default());
    HEXLOWER.encode(&hash.finalize())
}

/// The body of a call signed at `ts`.
pub(crate) fn signed_form(
    client: ClientId,
    ts: i64,
    key: &SecretString,
    request: Option<&str>,
) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("clientID", &client.to_string())
        .append_pair("ts", &ts.to_string())
        .append_pair("type", "json");
    if let Some(request) = request {
        form.append_pair("request", request);
    }
    form.append_pair("verify", &verify(client, ts, key, request));
    form.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SecretString {
        "examplekey01".into()
    }

    #[test]
    fn the_known_answers_come_out() {
        for (request, known) in [
            (
                None,
                "8d0196ce9e95c324c5af371fb52e9271848e2c05017d5ede090719944c64f59d",
            ),
            (
                Some(""),
                "8d0196ce9e95c324c5af371fb52e9271848e2c05017d5ede090719944c64f59d",
            ),
            (
                Some(r#"{"programID":73}"#),
                "525afe5bb9ef75d8cb66f363119a205a97835078a0bb729a4ad89bdadfd33465",
            ),
            (
                Some(r#"{"programID":"73"}"#),
                "10aace9e234800ba773cbbbee76784dfb6858a4b839d462780000f111a7937fc",
            ),
            (
                Some(r#"{"name":"O'Brien"}"#),
                "918eb744cf57e89a9313c28cce1b818421d3faa8583a431fd3676d319ac149b1",
            ),
            (
                Some(r#"{"name":"Muñoz"}"#),
                "f0f29eaff2d1066190c3f9d6959325fd3d38daa1c39b840fde3c052d8e19c685",
            ),
        ] {
            assert_eq!(
                verify(ClientId(12345), 1_700_000_000, &key(), request),
                known,
                "{request:?}"
            );
        }
    }

    #[test]
    fn the_whole_body_is_the_known_one() {
        assert_eq!(
            signed_form(
                ClientId(12345),
                1_700_000_000,
                &key(),
                Some(r#"{"programID":73}"#)
            ),
            "clientID=12345&ts=1700000000&type=json&request=%7B%22programID%22%3A73%7D\
             &verify=525afe5bb9ef75d8cb66f363119a205a97835078a0bb729a4ad89bdadfd33465"
        );
    }

    #[test]
    fn what_is_hashed_is_what_the_server_decodes() {
        let request = r#"{"name":"A+B & C% / D\/ñ ü=?"}"#;
        let body = signed_form(ClientId(1), 2, &key(), Some(request));
        let fields: Vec<_> = url::form_urlencoded::parse(body.as_bytes()).collect();
        assert_eq!(fields[3].1, request);
        assert_eq!(fields[4].1, verify(ClientId(1), 2, &key(), Some(request)));
    }

    #[test]
    fn blanks_around_a_copied_key_do_not_count() {
        assert_eq!(
            verify(ClientId(1), 2, &" examplekey01\n".into(), None),
            verify(ClientId(1), 2, &key(), None)
        );
    }
}
