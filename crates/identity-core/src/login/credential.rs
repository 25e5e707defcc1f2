//! The password of an account, and whether anybody can log in with it at all.

use super::{Password, PasswordHash, Present, PresentRefused, TakeoverRefusal, permit_takeover};
use crate::{
    account::{Account, LoginLink, Proof, Provider},
    authority::{Authority, AuthorityRefusal},
    changeset::Changeset,
    id::{Id, Mint},
    journal::Event,
    outbox::{Message, MessageKind},
    owner::Owners,
    record::{Records, Stored},
    refusal::{Named, Refusal},
    session::{end_elevations_through, end_tokens_through},
    time::Instant,
    user::User,
};

/// What is kept of the password of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Of which account.
    pub account: Id<Account>,
    /// The hash.
    pub hash: PasswordHash,
    /// When it was set.
    pub set_at: Instant,
    /// Who set it.
    pub set_by: SetBy,
}

/// Who set a password, and so knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetBy {
    /// Whoever logs in with it.
    Holder,
    /// Somebody else, who could still come in with it: nobody becomes or acts as an owner until the holder has changed it.
    Other,
}

impl Credential {
    /// Whether somebody else has set the password of this login.
    pub(crate) fn is_known_to_others(login: Id<Account>, records: &Records) -> bool {
        let credential = records.credentials.get(&login);
        credential.is_some_and(|it| match it.record.set_by {
            SetBy::Holder => false,
            SetBy::Other => true,
        })
    }
}

/// Why a password is not set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefused {
    /// The actor may not.
    #[error(transparent)]
    Takeover(#[from] TakeoverRefusal),
    /// The present password was asked for, and proves nothing.
    #[error(transparent)]
    Present(#[from] PresentRefused),
    /// It is the present one: whoever else has set it would still know it.
    #[error("the new password is the present one")]
    Unchanged,
    /// Everybody would try it.
    #[error("password is among the most common ones, or made of them")]
    Common,
    /// It is made of what everybody knows of the user.
    #[error("password holds the e-mail address or a name")]
    TellsTheUser,
}

impl From<AuthorityRefusal> for PasswordRefused {
    fn from(refusal: AuthorityRefusal) -> Self {
        Self::Takeover(refusal.into())
    }
}

impl Refusal for PasswordRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Takeover(it) => it.code(),
            Self::Present(it) => it.code(),
            Self::Unchanged => "password_unchanged",
            Self::Common => "password_common",
            Self::TellsTheUser => "password_tells_user",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Takeover(it) => it.rule(),
            Self::Present(it) => it.rule(),
            Self::Unchanged => "A3",
            Self::Common | Self::TellsTheUser => "E5",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Takeover(it) => it.next(),
            Self::Present(it) => it.next(),
            Self::Unchanged => "choose another",
            Self::Common | Self::TellsTheUser => {
                "choose another, such as a few words that only you put together"
            }
        }
    }
    fn named(&self) -> Named {
        match self {
            Self::Present(it) => it.named(),
            Self::Takeover(_) | Self::Unchanged | Self::Common | Self::TellsTheUser => {
                Named::default()
            }
        }
    }
}

/// The account of a user, whose password is kept here.
fn embedded<'a>(records: &'a Records, user: &User) -> Result<&'a Stored<Account>, PresentRefused> {
    let account = user.account.and_then(|it| records.accounts.get(&it));
    let embedded = |it: &&Stored<Account>| match it.record.link {
        LoginLink::Linked {
            provider: Provider::Embedded,
            ..
        } => true,
        LoginLink::Unlinked => false,
    };
    account.filter(embedded).ok_or(PresentRefused::NotKeptHere)
}

/// What a user's password must not be made of.
fn tells(password: &Password, account: &Account, user: &User, records: &Records) -> bool {
    let login = account.login.as_str();
    let local = login.split('@').next().unwrap_or_default();
    let person = records.persons.get(&user.person).map(|it| &it.record.name);
    let full = person.map(|it| format!("{} {}", it.given.as_str(), it.family.as_str()));
    password.tells(login)
        || local.chars().count() > 3 && password.tells(local)
        || full.is_some_and(|it| password.tells(&it))
}

/// A new password, hashed.
#[derive(Debug)]
pub struct NewPassword<'a> {
    /// The password.
    pub password: &'a Password,
    /// Its hash.
    pub hash: PasswordHash,
    /// Whether the port knows it as a common one.
    pub common: bool,
}

/// Decides to give a user's login another password without knowing the present one: whoever does could come in as the user (A3, O3).
///
/// # Errors
/// As [`PasswordRefused`].
pub fn set_password(
    authority: &Authority,
    records: &Records,
    user: Id<User>,
    new: NewPassword<'_>,
    ids: &mut Mint,
) -> Result<Changeset, PasswordRefused> {
    let (changes, by) = permit_password(authority, records, user)?;
    put(authority, records, user, new, by, changes, ids)
}

/// Begins the changeset of giving a user's login a password, and says who will know it.
///
/// # Errors
/// As [`PasswordRefused`].
pub(crate) fn permit_password(
    authority: &Authority,
    records: &Records,
    user: Id<User>,
) -> Result<(Changeset, SetBy), PasswordRefused> {
    let known = records.users.get(&user).map(|it| &it.record);
    let changes = match authority.operator() {
        Ok((changes, _)) if known.is_none_or(|it| is_let_in(authority, it, records)) => changes,
        Ok(_) | Err(_) => permit_takeover(authority, records, user, Present::NOT_GIVEN)?,
    };
    let own = known.is_some_and(|it| authority.logs_in_as(it));
    let by = if own { SetBy::Holder } else { SetBy::Other };
    Ok((changes, by))
}

/// Whether the operator gives the user a first password: somebody must let an owner in whom nobody else can.
fn is_let_in(authority: &Authority, user: &User, records: &Records) -> bool {
    let account = user.account.and_then(|it| records.accounts.get(&it));
    let first = |it: &Stored<Account>| {
        !records.credentials.contains_key(&it.record.id)
            && !it.record.opens_elsewhere(authority.tenant().id)
    };
    Owners::holds(user.id, records) && account.is_none_or(first)
}

/// Decides to give one's own login another password; that the present one was given is the caller's to know. No program does.
///
/// # Errors
/// As [`PasswordRefused`].
pub fn change_password(
    authority: &Authority,
    records: &Records,
    new: NewPassword<'_>,
    ids: &mut Mint,
) -> Result<Changeset, PasswordRefused> {
    let user = authority.user().filter(|it| authority.is_themselves(*it));
    let user = user.ok_or(TakeoverRefusal::UnknownUser)?;
    let changes = permit_takeover(authority, records, user, Present::GIVEN)?;
    put(authority, records, user, new, SetBy::Holder, changes, ids)
}

fn put(
    authority: &Authority,
    records: &Records,
    user: Id<User>,
    NewPassword {
        password,
        hash,
        common,
    }: NewPassword<'_>,
    set_by: SetBy,
    mut changes: Changeset,
    ids: &mut Mint,
) -> Result<Changeset, PasswordRefused> {
    let now = ids.now();
    let user = records.users.get(&user);
    let user = user.ok_or(TakeoverRefusal::UnknownUser)?;
    let account = embedded(records, &user.record)?;
    if common {
        return Err(PasswordRefused::Common);
    }
    if tells(password, &account.record, &user.record, records) {
        return Err(PasswordRefused::TellsTheUser);
    }
    changes.rely(user);
    let credential = Credential {
        account: account.record.id,
        hash,
        set_at: now,
        set_by,
    };
    match set_by {
        SetBy::Holder => (),
        SetBy::Other => end_tokens_through(account.record.id, records, &mut changes),
    }
    match records.credentials.get(&account.record.id) {
        Some(before) => changes.replace(before, credential),
        None => changes.create(credential),
    }
    let proof = match set_by {
        SetBy::Holder => account.record.proof,
        SetBy::Other => Proof::Unproved,
    };
    changes.replace(
        account,
        Account {
            epoch: account.record.epoch.next(),
            proof,
            ..account.record.clone()
        },
    );
    let (account, user) = (account.record.id, user.record.id);
    changes.enter(authority.entry(now, Event::PasswordSet { account, user }));
    end_elevations_through(account, records, authority.by(), now, &mut changes);
    changes.send(Message {
        id: ids.id(),
        kind: MessageKind::PasswordSet { user },
        at: now,
    });
    Ok(changes)
}

/// Why a login is not linked or cut.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkRefusal {
    /// The actor may not.
    #[error(transparent)]
    Takeover(#[from] TakeoverRefusal),
    /// The user has no login.
    #[error("the user has no login")]
    NoLogin,
    /// It is so already.
    #[error("the login is so already")]
    Unchanged,
    /// An owner's login stays linked.
    #[error("user holds Tenant Owner")]
    HoldsTenantOwner,
}

impl From<AuthorityRefusal> for LinkRefusal {
    fn from(refusal: AuthorityRefusal) -> Self {
        Self::Takeover(refusal.into())
    }
}

impl Refusal for LinkRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Takeover(it) => it.code(),
            Self::NoLogin => "no_login",
            Self::Unchanged => "login_unchanged",
            Self::HoldsTenantOwner => "holds_tenant_owner",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Takeover(it) => it.rule(),
            Self::NoLogin | Self::Unchanged => "A5",
            Self::HoldsTenantOwner => "O3",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Takeover(it) => it.next(),
            Self::NoLogin | Self::Unchanged => "nothing is left to do",
            Self::HoldsTenantOwner => "another owner removes Tenant Owner first",
        }
    }
}

/// Whether somebody can log in with a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linking {
    /// With the embedded provider.
    Embedded,
    /// With none.
    Cut,
}

/// Decides to cut a user's login off from its provider, so that nobody can log in with it, or to link it again. An owner's login
/// is never cut (O3).
///
/// # Errors
/// As [`LinkRefusal`].
pub fn set_link(
    authority: &Authority,
    records: &Records,
    user: Id<User>,
    to: Linking,
    now: Instant,
) -> Result<Changeset, LinkRefusal> {
    let mut changes = permit_takeover(authority, records, user, Present::NOT_GIVEN)?;
    let user = records.users.get(&user);
    let user = user.ok_or(TakeoverRefusal::UnknownUser)?;
    let account = user.record.account.and_then(|it| records.accounts.get(&it));
    let account = account.ok_or(LinkRefusal::NoLogin)?;
    if account.record.opens_elsewhere(authority.tenant().id) {
        return Err(TakeoverRefusal::OtherTenants.into());
    }
    let (id, of) = (account.record.id, user.record.id);
    let link = match to {
        Linking::Embedded => Account::embedded_link(id),
        Linking::Cut => LoginLink::Unlinked,
    };
    if account.record.link == link {
        return Err(LinkRefusal::Unchanged);
    }
    let event = match to {
        Linking::Embedded => Event::LoginLinked {
            account: id,
            user: of,
        },
        Linking::Cut => {
            let opened = |it: &&Stored<User>| it.record.account == Some(id);
            let mut opened = records.users.values().filter(opened);
            if opened.any(|it| Owners::holds(it.record.id, records)) {
                return Err(LinkRefusal::HoldsTenantOwner);
            }
            Event::LoginUnlinked {
                account: id,
                user: of,
            }
        }
    };
    changes.rely(user);
    match to {
        Linking::Embedded => (),
        Linking::Cut => end_tokens_through(id, records, &mut changes),
    }
    changes.replace(
        account,
        Account {
            link,
            epoch: account.record.epoch.next(),
            ..account.record.clone()
        },
    );
    changes.enter(authority.entry(now, event));
    end_elevations_through(id, records, authority.by(), now, &mut changes);
    Ok(changes)
}

#[cfg(test)]
mod tests;
