//! Bearer tokens for programs: 32 random bytes, shown once, kept only as a hash (E3, E5).

use crate::{
    account::Epoch,
    authority::{Authority, AuthorityRefusal},
    changeset::Changeset,
    id::{Id, Mint},
    journal::{Event, Hash},
    name::Name,
    permission::TOKENS_MANAGE,
    record::Stored,
    refusal::Refusal,
    time::Instant,
    user::User,
};
use chrono::Duration;
use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// How long a token may live.
pub const LONGEST_LIFE: Duration = Duration::days(366);

/// A program's access in the name of a user: what that user may do, never more, and never Tenant Owner (O7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// Its identifier.
    pub id: Id<Self>,
    /// What the administrator calls it; unique among the tenant's tokens that are not revoked.
    pub name: Name,
    /// The user whose authority it carries, read anew at each use.
    pub user: Id<User>,
    /// The user's epoch when it was made: a deactivation kills it, and a reactivation does not bring it back.
    pub user_epoch: Epoch,
    /// The SHA-256 of the secret.
    pub hash: Hash,
    /// When it was made.
    pub created_at: Instant,
    /// The first instant at which it is dead.
    pub expires_at: Instant,
    /// Whether it was taken back, and when.
    pub revoked_at: Option<Instant>,
}

/// The secret of a token. `Debug` hides it, there is no `Display`, and the memory is wiped.
///
/// As text: `rollcall_` (`rollcall_session_`, `rollcall_operator_`), the 32 bytes in lower-case base 32, and four bytes of their hash, so that scanners know a
/// leaked one and a typing error fails without a look-up.
pub struct Secret {
    kind: SecretKind,
    bytes: Zeroizing<[u8; 32]>,
}

/// What a secret opens. One of a kind is garbage to what another opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// A program's token.
    Token,
    /// A session.
    Session,
    /// The platform operator's interface, which the host configures.
    Operator,
}

impl SecretKind {
    const ALL: [Self; 3] = [Self::Session, Self::Operator, Self::Token];

    const fn prefix(self) -> &'static str {
        match self {
            Self::Token => "rollcall_",
            Self::Session => "rollcall_session_",
            Self::Operator => "rollcall_operator_",
        }
    }

    const fn check(self) -> &'static [u8] {
        match self {
            Self::Token => b"rollcall token check\0",
            Self::Session => b"rollcall session check\0",
            Self::Operator => b"rollcall operator check\0",
        }
    }
}

/// The text is no token of ours, or was mistyped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a token")]
pub struct SecretSyntax;

impl Secret {
    /// Wraps 32 bytes of fresh randomness.
    #[must_use]
    pub fn new(kind: SecretKind, bytes: [u8; 32]) -> Self {
        Self {
            kind,
            bytes: Zeroizing::new(bytes),
        }
    }

    /// What it opens.
    #[must_use]
    pub const fn kind(&self) -> SecretKind {
        self.kind
    }

    /// Whether the hash is of this secret. Compares in constant time.
    #[must_use]
    pub fn is_of(&self, hash: Hash) -> bool {
        self.hash().0.ct_eq(&hash.0).into()
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// [`SecretSyntax`] without the prefix, with other characters, of another length, or when the check does not fit.
    pub fn parse(text: &str) -> Result<Self, SecretSyntax> {
        let (kind, body) = SecretKind::ALL
            .into_iter()
            .find_map(|kind| Some((kind, text.strip_prefix(kind.prefix())?)))
            .filter(|(_, body)| body.len() == 58)
            .ok_or(SecretSyntax)?;
        let body = Zeroizing::new(body.to_ascii_uppercase());
        let bytes = Zeroizing::new(
            BASE32_NOPAD
                .decode(body.as_bytes())
                .map_err(|_| SecretSyntax)?,
        );
        let (secret, check) = bytes.split_first_chunk::<32>().ok_or(SecretSyntax)?;
        let secret = Self::new(kind, *secret);
        if bool::from(secret.check().ct_eq(check)) {
            Ok(secret)
        } else {
            Err(SecretSyntax)
        }
    }

    /// The text to show, once.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new(self.bytes.to_vec());
        bytes.extend_from_slice(&self.check());
        let body = Zeroizing::new(BASE32_NOPAD.encode(&bytes));
        let body = Zeroizing::new(body.to_ascii_lowercase());
        Zeroizing::new(format!("{}{}", self.kind.prefix(), body.as_str()))
    }

    /// What a store keeps.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash(Sha256::digest(self.bytes.as_slice()).into())
    }

    fn check(&self) -> [u8; 4] {
        let mut hasher = Sha256::new();
        hasher.update(self.kind.check());
        hasher.update(self.bytes.as_slice());
        let [a, b, c, d, ..]: [u8; 32] = hasher.finalize().into();
        [a, b, c, d]
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Why a token opens nothing. To the outside all are one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenDead {
    /// Another secret.
    #[error("token has another secret")]
    Other,
    /// Its time is over.
    #[error("token expired")]
    Expired,
    /// It was taken back.
    #[error("token was revoked")]
    Revoked,
}

impl ApiToken {
    /// Whether the token is alive at `now`: `now < expires_at`, and not revoked. `created_at` is not looked at, since the
    /// clocks of two machines differ.
    ///
    /// # Errors
    /// [`TokenDead`].
    pub fn alive(&self, now: Instant) -> Result<(), TokenDead> {
        if self.revoked_at.is_some() {
            return Err(TokenDead::Revoked);
        }
        if self.expires_at <= now {
            Err(TokenDead::Expired)
        } else {
            Ok(())
        }
    }

    /// Whether `secret` opens it at `now`. Compares in constant time.
    ///
    /// # Errors
    /// [`TokenDead`].
    pub fn open(&self, secret: &Secret, now: Instant) -> Result<(), TokenDead> {
        if secret.kind != SecretKind::Token || !secret.is_of(self.hash) {
            return Err(TokenDead::Other);
        }
        self.alive(now)
    }
}

/// Asks for a token in the name of the asker.
#[derive(Clone, Debug)]
pub struct CreateToken {
    /// What to call it.
    pub name: Name,
    /// The hash of the secret that was drawn.
    pub hash: Hash,
    /// The first instant at which it is dead.
    pub expires_at: Instant,
}

/// Why no token is made or taken back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// The actor may not.
    #[error(transparent)]
    Authority(#[from] AuthorityRefusal),
    /// Only a user can have a token made in their name.
    #[error("a token is made by a user, in their own name")]
    NotAUser,
    /// It would be dead at once, or live longer than a year.
    #[error("a token expires in the future, at most 366 days from now")]
    Expiry,
    /// A token that is not revoked has that name, be it expired or not.
    #[error("a token of that name is in use")]
    NameTaken,
    /// There is no such token.
    #[error("no such token")]
    Unknown,
    /// It was taken back before.
    #[error("token was revoked already")]
    AlreadyRevoked,
}

impl Refusal for TokenRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.code(),
            Self::NotAUser => "not_a_user",
            Self::Expiry => "token_expiry",
            Self::NameTaken => "token_name_taken",
            Self::Unknown => "token_unknown",
            Self::AlreadyRevoked => "token_already_revoked",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.rule(),
            Self::NotAUser => "O7",
            Self::Expiry | Self::NameTaken | Self::Unknown | Self::AlreadyRevoked => "E3",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.next(),
            Self::NotAUser => "act as a user of the tenant",
            Self::Expiry => "choose an expiry between now and 366 days from now",
            Self::NameTaken => "choose another name, or revoke the token that has it",
            Self::Unknown => "list the tokens and choose one of them",
            Self::AlreadyRevoked => "nothing is left to do",
        }
    }
}

/// Decides a [`CreateToken`]; `others` are the tenant's tokens.
///
/// # Errors
/// As [`TokenRefusal`].
pub fn create<'a>(
    authority: &Authority,
    others: impl IntoIterator<Item = &'a ApiToken>,
    command: CreateToken,
    ids: &mut Mint,
) -> Result<(Changeset, Id<ApiToken>), TokenRefusal> {
    let now = ids.now();
    let mut changes = authority.permit(&TOKENS_MANAGE)?;
    // A token that made others would outlive its own end and its revocation.
    if authority.token().is_some() {
        return Err(TokenRefusal::NotAUser);
    }
    let user = authority.stored_user().ok_or(TokenRefusal::NotAUser)?;
    let (user, user_epoch) = (user.record.id, user.record.epoch);
    if command.expires_at <= now || command.expires_at > now + LONGEST_LIFE {
        return Err(TokenRefusal::Expiry);
    }
    let name = command.name.key();
    if others
        .into_iter()
        .any(|it| it.revoked_at.is_none() && it.name.key() == name)
    {
        return Err(TokenRefusal::NameTaken);
    }
    let id = ids.id();
    changes.create(ApiToken {
        id,
        name: command.name,
        user,
        user_epoch,
        hash: command.hash,
        created_at: now,
        expires_at: command.expires_at,
        revoked_at: None,
    });
    changes.enter(authority.entry(now, Event::TokenCreated { token: id, user }));
    Ok((changes, id))
}

/// Decides to take a token back.
///
/// # Errors
/// As [`TokenRefusal`].
pub fn revoke(
    authority: &Authority,
    token: Option<&Stored<ApiToken>>,
    now: Instant,
) -> Result<Changeset, TokenRefusal> {
    let mut changes = authority.permit(&TOKENS_MANAGE)?;
    let token = token.ok_or(TokenRefusal::Unknown)?;
    if token.record.revoked_at.is_some() {
        return Err(TokenRefusal::AlreadyRevoked);
    }
    changes.replace(
        token,
        ApiToken {
            revoked_at: Some(now),
            ..token.record.clone()
        },
    );
    changes.enter(authority.entry(
        now,
        Event::TokenRevoked {
            token: token.record.id,
        },
    ));
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        authority::Actor,
        permission::USERS_MANAGE,
        role::RoleKind,
        time::instant_from_micros,
        world::{World, events, name, now},
    };

    fn at(seconds: i64) -> Instant {
        instant_from_micros(seconds * 1_000_000).unwrap()
    }

    /// E3: the text survives the way there and back, and every single change of it is noticed.
    #[test]
    fn a_mistyped_secret_is_no_token() {
        let bytes = std::array::from_fn(|it| u8::try_from(it).unwrap() * 7);
        let secret = Secret::new(SecretKind::Token, bytes);
        let text = secret.expose().to_string();
        assert_eq!(Secret::parse(&text).unwrap().hash(), secret.hash());
        for place in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[place] = if bytes[place] == b'a' { b'b' } else { b'a' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(Secret::parse(&changed).is_err(), "{place}");
        }
        let prefix = SecretKind::Token.prefix();
        let body = text.strip_prefix(prefix).unwrap();
        for bad in ["", prefix, body, text.get(..60).unwrap()] {
            assert!(Secret::parse(bad).is_err());
        }
        assert!(!format!("{secret:?}").contains(body.get(..10).unwrap()));
    }

    /// E3: what opens one thing is garbage to another, though the bytes are the same; and what is read is of the kind it says.
    #[test]
    fn a_secret_of_one_kind_is_none_of_another() {
        let kinds = [SecretKind::Token, SecretKind::Session, SecretKind::Operator];
        let secrets = kinds.map(|it| Secret::new(it, [7; 32]));
        let texts = secrets.each_ref().map(|it| it.expose().to_string());
        for (kind, text) in kinds.iter().zip(&texts) {
            let read = Secret::parse(text).unwrap();
            assert_eq!(read.kind(), *kind);
            assert!(read.is_of(secrets[0].hash()));
            let body = text.strip_prefix(kind.prefix()).unwrap();
            for other in kinds.iter().filter(|it| *it != kind) {
                let forged = format!("{}{body}", other.prefix());
                assert!(Secret::parse(&forged).is_err(), "{kind:?} {other:?}");
            }
        }
        assert!(!secrets[0].is_of(Hash::of(b"other")));
        let token = ApiToken {
            id: Id::mint(at(0), &[1; 10]),
            name: Name::parse("ci").unwrap(),
            user: Id::mint(at(0), &[2; 10]),
            user_epoch: Epoch::default(),
            hash: secrets[0].hash(),
            created_at: at(0),
            expires_at: at(100),
            revoked_at: None,
        };
        let opened = secrets.map(|it| token.open(&it, at(1)));
        let other = Err(TokenDead::Other);
        assert_eq!(opened, [Ok(()), other, other]);
    }

    /// E5, A5: a secret is not shown, and each refusal has its code, the rule and the next step.
    #[test]
    fn each_refusal_says_what_it_is() {
        let secret = Secret::new(SecretKind::Token, [7; 32]);
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        let missing = AuthorityRefusal::Missing(TOKENS_MANAGE);
        for (refusal, code, rule) in [
            (TokenRefusal::from(missing), "permission_missing", "A1"),
            (TokenRefusal::NotAUser, "not_a_user", "O7"),
            (TokenRefusal::Expiry, "token_expiry", "E3"),
            (TokenRefusal::NameTaken, "token_name_taken", "E3"),
            (TokenRefusal::Unknown, "token_unknown", "E3"),
            (TokenRefusal::AlreadyRevoked, "token_already_revoked", "E3"),
        ] {
            assert_eq!(crate::world::says(&refusal), (code, rule));
        }
    }

    /// E3, A1: a token is made under the epoch of its user, relies on the user, and is the operator's never.
    #[test]
    fn a_token_is_made_under_the_epoch_of_its_user() {
        let mut world = World::new();
        let stored = world.records.users.get_mut(&world.owner).unwrap();
        stored.record.epoch = stored.record.epoch.next();
        let authority = world.as_user(world.owner);
        let token = make(&mut world, &authority, "nightly", now() + Duration::days(1)).unwrap();
        assert_eq!(world.records.api_tokens[&token].record.user_epoch, Epoch(1));
        assert!(world.act(&Actor::Token(token)).is_ok());
        let operator = world.act(&Actor::Operator).unwrap();
        let command = CreateToken {
            name: name("operators"),
            hash: Hash::of(b"secret"),
            expires_at: now() + Duration::days(1),
        };
        let refused = create(&operator, [], command, &mut world.ids).map(|_| ());
        let missing = AuthorityRefusal::Missing(TOKENS_MANAGE);
        assert_eq!(refused, Err(missing.into()));
        assert_eq!(revoke(&authority, None, now()), Err(TokenRefusal::Unknown));
    }

    /// E3: the expiry is exclusive, and revocation kills at once.
    #[test]
    fn a_token_is_dead_at_its_expiry_exactly() {
        let secret = Secret::new(SecretKind::Token, [7; 32]);
        let token = ApiToken {
            id: Id::mint(at(0), &[1; 10]),
            name: Name::parse("ci").unwrap(),
            user: Id::mint(at(0), &[2; 10]),
            user_epoch: Epoch::default(),
            hash: secret.hash(),
            created_at: at(0),
            expires_at: at(100),
            revoked_at: None,
        };
        assert_eq!(token.open(&secret, at(99)), Ok(()));
        assert_eq!(token.open(&secret, at(100)), Err(TokenDead::Expired));
        assert_eq!(
            token.open(&Secret::new(SecretKind::Token, [8; 32]), at(1)),
            Err(TokenDead::Other)
        );
        let revoked = ApiToken {
            revoked_at: Some(at(50)),
            ..token
        };
        assert_eq!(revoked.open(&secret, at(51)), Err(TokenDead::Revoked));
    }

    fn make(
        world: &mut World,
        authority: &Authority,
        called: &str,
        expires_at: Instant,
    ) -> Result<Id<ApiToken>, TokenRefusal> {
        let command = CreateToken {
            name: name(called),
            hash: Hash::of(called.as_bytes()),
            expires_at,
        };
        let others: Vec<_> = world.records.api_tokens.values().cloned().collect();
        let others = others.iter().map(|it| &it.record);
        let (changes, token) = create(authority, others, command, &mut world.ids)?;
        let user = authority.user().unwrap();
        assert_eq!(events(&changes), [Event::TokenCreated { token, user }]);
        world.commit(&changes);
        Ok(token)
    }

    /// E3: a token that would be dead at once, or live too long, is not made; both ends exactly.
    #[test]
    fn a_token_lives_from_now_on_and_at_most_a_year() {
        let mut world = World::new();
        let authority = world.as_user(world.owner);
        let moment = Duration::microseconds(1);
        for (called, expires_at, good) in [
            ("past", now() - moment, false),
            ("now", now(), false),
            ("soon", now() + moment, true),
            ("longest", now() + LONGEST_LIFE, true),
            ("longer", now() + LONGEST_LIFE + moment, false),
        ] {
            let made = make(&mut world, &authority, called, expires_at);
            let refusal = made.map(|_| ()).err();
            assert_eq!(refusal, (!good).then_some(TokenRefusal::Expiry), "{called}");
        }
    }

    /// E3: a name is taken until its token is revoked, and a token is revoked once.
    #[test]
    fn a_name_is_free_again_once_its_token_is_revoked() {
        let mut world = World::new();
        let authority = world.as_user(world.owner);
        let until = now() + Duration::days(1);
        let token = make(&mut world, &authority, "Nightly", until).unwrap();
        assert_eq!(
            make(&mut world, &authority, "nightly", until),
            Err(TokenRefusal::NameTaken)
        );
        let changes = revoke(&authority, world.records.api_tokens.get(&token), now()).unwrap();
        assert_eq!(events(&changes), [Event::TokenRevoked { token }]);
        world.commit(&changes);
        assert_eq!(
            revoke(&authority, world.records.api_tokens.get(&token), now()),
            Err(TokenRefusal::AlreadyRevoked)
        );
        assert!(make(&mut world, &authority, "nightly", until).is_ok());
    }

    /// A1: tokens are made and revoked by whoever may manage tokens, and by nobody for managing users.
    #[test]
    fn tokens_need_the_permission_for_tokens() {
        let mut world = World::new();
        let authority = world.as_user(world.owner);
        let until = now() + Duration::days(1);
        let token = make(&mut world, &authority, "nightly", until).unwrap();
        let desk = world.add("desk@example.org", RoleKind::Learner);
        world.allow(desk, [USERS_MANAGE]);
        let authority = world.as_user(desk);
        let missing = TokenRefusal::Authority(AuthorityRefusal::Missing(TOKENS_MANAGE));
        assert_eq!(
            make(&mut world, &authority, "mine", until),
            Err(missing.clone())
        );
        let revoked = revoke(&authority, world.records.api_tokens.get(&token), now());
        assert_eq!(revoked, Err(missing));
    }

    /// E3, O7: a token makes no other, which would outlive its own end and its revocation.
    #[test]
    fn a_token_makes_no_token() {
        let mut world = World::new();
        let authority = world.as_user(world.owner);
        let until = now() + Duration::days(1);
        let token = make(&mut world, &authority, "nightly", until).unwrap();
        let program = world.act(&Actor::Token(token)).unwrap();
        assert_eq!(
            make(&mut world, &program, "another", until),
            Err(TokenRefusal::NotAUser)
        );
    }
}
