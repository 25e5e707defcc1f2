//! Tokens for programs.

use super::{Call, Failure, Rollcall};
use crate::{
    authority::{Actor, AuthorityRefusal},
    id::Id,
    name::Name,
    port::{Clock, Directory, Find, Random, Store},
    tenant::Tenant,
    time::Instant,
    token::{ApiToken, CreateToken, Secret, SecretKind, TokenRefusal, create, revoke},
};
use zeroize::Zeroizing;

/// A token just made.
#[derive(Debug)]
pub struct NewToken {
    /// Its identifier.
    pub id: Id<ApiToken>,
    /// The secret, to be shown once; `None` when the answer was given before under the same key.
    pub secret: Option<Secret>,
}

impl<S: Store, C: Clock, R: Random> Rollcall<S, C, R> {
    /// Makes a token in the name of the acting user.
    ///
    /// # Errors
    /// As [`TokenRefusal`].
    pub async fn create_token(
        &self,
        call: &Call,
        name: Name,
        expires_at: Instant,
    ) -> Result<NewToken, Failure<TokenRefusal>> {
        let mut bytes = Zeroizing::new([0; 32]);
        self.random.fill(bytes.as_mut_slice())?;
        let secret = Secret::new(SecretKind::Token, *bytes);
        let asked = (&name, expires_at.timestamp_micros());
        let finds = [Find::ApiTokens];
        let mut made = None;
        let id = self
            .transact(
                call,
                "create_token",
                &asked,
                &finds,
                |authority, records, ids| {
                    let command = CreateToken {
                        name: name.clone(),
                        hash: secret.hash(),
                        expires_at,
                    };
                    let others = records.api_tokens.values().map(|it| &it.record);
                    let (changes, id) = create(authority, others, command, ids)?;
                    made = Some(id);
                    Ok((changes, id))
                },
            )
            .await?;
        Ok(NewToken {
            id,
            secret: (made == Some(id)).then_some(secret),
        })
    }

    /// Takes a token back.
    ///
    /// # Errors
    /// As [`TokenRefusal`].
    pub async fn revoke_token(
        &self,
        call: &Call,
        token: Id<ApiToken>,
    ) -> Result<(), Failure<TokenRefusal>> {
        self.transact(
            call,
            "revoke_token",
            &token,
            &[Find::ApiToken(token)],
            |authority, records, ids| revoke(authority, records.api_tokens.get(&token), ids.now()),
        )
        .await
    }
}

impl<S: Store + Directory, C: Clock, R: Random> Rollcall<S, C, R> {
    /// Whom a secret stands for: one indexed look-up of its hash, then a comparison in constant time.
    ///
    /// Every refusal is the same to the outside, whether the token is unknown, expired or revoked.
    ///
    /// # Errors
    /// [`AuthorityRefusal::TokenDead`].
    pub async fn authenticate(
        &self,
        secret: &Secret,
    ) -> Result<(Id<Tenant>, Actor), Failure<AuthorityRefusal>> {
        let dead = Failure::Refused(AuthorityRefusal::TokenDead);
        match self.store.api_token_by_hash(secret.hash()).await? {
            Some((tenant, token)) if token.open(secret, self.clock.now()).is_ok() => {
                Ok((tenant, Actor::Token(token.id)))
            }
            Some(_) | None => Err(dead),
        }
    }
}
