//! Tokens for programs.

use crate::{
    arguments::Options,
    desk::Desk,
    failure::Failure,
    output::{Answer, count, done, table},
};
use chrono::Duration;
use clap::{Args, Subcommand};
use identity_core::{
    id::Id,
    name::Name,
    permission::TOKENS_MANAGE,
    port::{Clock as _, Directory as _, Store as _},
    time::Instant,
    token::{ApiToken, Secret, TokenRefusal},
};
use serde_json::json;

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token that acts in your name, and show it once
    #[command(after_help = "Examples:
  rollcall token create --name 'nightly sync'
  rollcall token create --name 'nightly sync' --expires-in-days 30 --as ben@stclare.example")]
    Create(Create),
    /// List the tokens; what they are made of is not kept
    #[command(after_help = "Examples:\n  rollcall token list\n  rollcall token list --json")]
    List,
    /// Take a token back
    #[command(after_help = "Examples:
  rollcall token revoke 'nightly sync'
  rollcall token revoke 018c2c1d-7c00-7b6a-8f2e-0123456789ab")]
    Revoke(Revoke),
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// What to call it
    #[arg(long, value_name = "NAME", value_parser = Name::parse)]
    name: Name,
    /// How long it lives, at most 366 days
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=366))]
    expires_in_days: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// The token, by name or id
    #[arg(value_name = "TOKEN")]
    token: String,
}

impl TokenCommand {
    pub(crate) async fn run(self, options: &Options) -> Result<Answer, Failure> {
        let desk = Desk::begin(options).await?;
        match self {
            Self::Create(create) => create.run(&desk).await,
            Self::List => list(&desk).await,
            Self::Revoke(Revoke { token }) => {
                let token = named(&desk, &token).await?;
                desk.service.revoke_token(&desk.call, token).await?;
                let human = format!("Token {token} is revoked.");
                Ok(done(desk.format, "token", token, human))
            }
        }
    }
}

impl Create {
    async fn run(self, desk: &Desk) -> Result<Answer, Failure> {
        let Desk {
            service,
            call,
            format,
        } = desk;
        let life = Duration::days(self.expires_in_days.into());
        let expires_at = match made_before(desk, life).await? {
            Some(same) => same,
            None => service.clock.now() + life,
        };
        let made = service.create_token(call, self.name, expires_at).await?;
        let secret = made.secret.as_ref().map(Secret::expose);
        let document = json!({
            "id": made.id,
            "expires_at": expires_at,
            "token": secret.as_ref().map(|it| it.as_str()),
        });
        Ok(Answer::of(*format, &document, || {
            let until = expires_at.format("%Y-%m-%d %H:%M UTC");
            match &secret {
                Some(secret) => format!(
                    "{}\n\nThis is token {}, good until {until}.\n\
                     Keep it now where its program finds it: it is not kept here and not shown again.\n",
                    secret.as_str(),
                    made.id
                ),
                None => format!(
                    "Token {} was made before under this key, and was shown then; it is good until {until}.\n\
                     Where it was lost: `rollcall token revoke {}`, and make another under another key.\n",
                    made.id, made.id
                ),
            }
        }))
    }
}

/// The expiry of the token that was made with the same key and the same number of days. What is asked includes the expiry, and
/// `in 90 days` is another instant each time it is said.
async fn made_before(desk: &Desk, life: Duration) -> Result<Option<Instant>, Failure> {
    let Desk { service, call, .. } = desk;
    let Some(key) = &call.key else {
        return Ok(None);
    };
    let before = service.store.operation(call.tenant, key.clone()).await?;
    let made = before.and_then(|it| serde_json::from_str::<Id<ApiToken>>(&it.answer).ok());
    let tokens = service.store.api_tokens(call.tenant).await?;
    let slack = Duration::hours(1);
    Ok(tokens
        .iter()
        .find(|it| made == Some(it.id))
        .filter(|it| (it.expires_at - it.created_at - life).abs() < slack)
        .map(|it| it.expires_at))
}

/// The token with this id or name; of several with the name the one that is alive.
async fn named(desk: &Desk, token: &str) -> Result<Id<ApiToken>, Failure> {
    if let Ok(id) = token.parse() {
        return Ok(id);
    }
    let key = Name::parse(token).map(|it| it.key());
    let tokens = desk.service.store.api_tokens(desk.call.tenant).await?;
    let mut of_name: Vec<_> = tokens
        .iter()
        .filter(|it| Ok(it.name.key()) == key)
        .collect();
    of_name.sort_by_key(|it| it.revoked_at.is_some());
    match of_name.first() {
        Some(token) => Ok(token.id),
        None => {
            desk.may_be_told(&[TOKENS_MANAGE]).await?;
            Err(Failure::refused(&TokenRefusal::Unknown))
        }
    }
}

async fn list(desk: &Desk) -> Result<Answer, Failure> {
    desk.permit(&TOKENS_MANAGE).await?;
    let Desk {
        service,
        call,
        format,
    } = desk;
    let now = service.clock.now();
    let tokens = service.store.api_tokens(call.tenant).await?;
    let state = |it: &ApiToken| match (it.revoked_at, it.alive(now)) {
        (Some(_), _) => "revoked",
        (None, Ok(())) => "alive",
        (None, Err(_)) => "expired",
    };
    let document: Vec<_> = tokens
        .iter()
        .map(|it| {
            json!({
                "id": it.id,
                "name": it.name,
                "user": it.user,
                "created_at": it.created_at,
                "expires_at": it.expires_at,
                "revoked_at": it.revoked_at,
                "state": state(it),
            })
        })
        .collect();
    Ok(Answer::of(*format, &json!({ "tokens": document }), || {
        let rows: Vec<_> = tokens
            .iter()
            .map(|it| {
                [
                    it.name.as_str().to_owned(),
                    state(it).to_owned(),
                    it.expires_at.format("%Y-%m-%d %H:%M").to_string(),
                    it.user.to_string(),
                    it.id.to_string(),
                ]
            })
            .collect();
        let titles = ["Name", "State", "Good until (UTC)", "In the name of", "Id"];
        let tokens = count(rows.len(), "token", "tokens");
        format!("{}{tokens}\n", table(titles, &rows))
    }))
}
