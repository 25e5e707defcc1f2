//! Changing what is known of a person: names, address, birth date, number, and the login that goes with the address.

use super::{PatientReference, Person};
use crate::{
    account::{Account, Epoch, Opens, Proof},
    authority::{Authority, AuthorityRefusal},
    changeset::Changeset,
    email::{Email, EmailKey},
    hcp::{Hcp, Party},
    id::{Id, Mint},
    journal::Event,
    login::{Present, PresentRefused, TakeoverRefusal, permit_takeover},
    name::PersonName,
    outbox::{Message, MessageKind},
    permission::{HCPS_MANAGE, PERSONS_MANAGE},
    phone::E164,
    port::Find,
    record::{Records, Stored},
    refusal::{Named, Refusal},
    session::{end_elevations_through, end_tokens_through},
    shown::shows_only,
    time::Instant,
    user::{User, UserStatus},
};
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::BTreeSet;

/// What becomes of one value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change<T> {
    /// It stays.
    #[default]
    Keep,
    /// It is forgotten.
    Clear,
    /// It is this.
    Set(
        /// what
        T,
    ),
}

impl<T: Clone> Change<T> {
    /// What there is afterwards.
    pub(crate) fn of(&self, before: Option<&T>) -> Option<T> {
        match self {
            Self::Keep => before.cloned(),
            Self::Clear => None,
            Self::Set(value) => Some(value.clone()),
        }
    }
}

/// Asks for a person nobody has a user for yet.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct AddPerson {
    /// Given and family name.
    pub name: PersonName,
    /// The e-mail address, which others may have too.
    pub email: Option<Email>,
    /// The date of birth.
    pub birth_date: Option<NaiveDate>,
    /// The mobile number.
    pub mobile: Option<E164>,
    /// The host's patient record.
    pub patient: Option<PatientReference>,
}

shows_only!(AddPerson: name);

/// Asks for another state of what is known.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct EditPerson {
    /// Given and family name; kept where nothing is given.
    pub name: Option<PersonName>,
    /// The e-mail address. Where the person logs in with the old one, the login moves with it.
    pub email: Change<Email>,
    /// The date of birth.
    pub birth_date: Change<NaiveDate>,
    /// The mobile number.
    pub mobile: Change<E164>,
    /// The host's patient record.
    pub patient: Change<PatientReference>,
}

shows_only!(EditPerson: name);

/// Why nothing is changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PersonRefusal {
    /// The actor may not.
    #[error(transparent)]
    Authority(#[from] AuthorityRefusal),
    /// It would move a login, which the actor may not.
    #[error(transparent)]
    Takeover(#[from] TakeoverRefusal),
    /// The present password was asked for, and proves nothing.
    #[error(transparent)]
    Present(#[from] PresentRefused),
    /// No such person.
    #[error("no such person in this tenant")]
    Unknown,
    /// What was known was erased.
    #[error("what was known of the person was erased")]
    Erased,
    /// It is so already.
    #[error("nothing would change")]
    Unchanged,
    /// Somebody else logs in with the new address.
    #[error("somebody else logs in with this e-mail address")]
    LoginTaken,
    /// A user logs in with the address that would be forgotten.
    #[error("the person logs in with this e-mail address")]
    LoginNeeded,
    /// Files find the person by the address that would be forgotten.
    #[error("files find the healthcare professional by this e-mail address")]
    ProfessionalNeedsEmail,
    /// Files find another professional by the new address.
    #[error("files find another healthcare professional by this e-mail address")]
    ProfessionalTaken,
    /// A user of the person is active.
    #[error("the person has an active user: `{0}`")]
    ActiveUser(Id<User>),
}

impl Refusal for PersonRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.code(),
            Self::Takeover(it) => it.code(),
            Self::Present(it) => it.code(),
            Self::Unknown => "person_unknown",
            Self::Erased => "person_erased",
            Self::Unchanged => "person_unchanged",
            Self::LoginTaken => "login_taken",
            Self::LoginNeeded => "login_needed",
            Self::ProfessionalNeedsEmail => "professional_needs_email",
            Self::ProfessionalTaken => "professional_taken",
            Self::ActiveUser(_) => "person_has_active_user",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.rule(),
            Self::Takeover(it) => it.rule(),
            Self::Present(it) => it.rule(),
            Self::Unknown | Self::Erased | Self::Unchanged => "A5",
            Self::LoginTaken => "E1",
            Self::ProfessionalNeedsEmail | Self::ProfessionalTaken => "H1",
            Self::LoginNeeded | Self::ActiveUser(_) => "A3",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.next(),
            Self::Takeover(it) => it.next(),
            Self::Present(it) => it.next(),
            Self::Unknown => "list the persons and choose one of them",
            Self::Erased => "add the person anew",
            Self::Unchanged => "nothing is left to do",
            Self::LoginTaken | Self::ProfessionalTaken => "use another e-mail address",
            Self::LoginNeeded | Self::ProfessionalNeedsEmail => {
                "give another e-mail address instead"
            }
            Self::ActiveUser(_) => "deactivate the user first",
        }
    }
    fn named(&self) -> Named {
        match self {
            Self::ActiveUser(user) => Named::user(*user),
            Self::Present(it) => it.named(),
            Self::Authority(_)
            | Self::Takeover(_)
            | Self::Unknown
            | Self::Erased
            | Self::Unchanged
            | Self::LoginTaken
            | Self::LoginNeeded
            | Self::ProfessionalNeedsEmail
            | Self::ProfessionalTaken => Named::default(),
        }
    }
}

impl AddPerson {
    /// Decides to add the person.
    ///
    /// # Errors
    /// As [`PersonRefusal`].
    pub fn decide(
        self,
        authority: &Authority,
        ids: &mut Mint,
    ) -> Result<(Changeset, Id<Person>), PersonRefusal> {
        let mut changes = authority.permit(&PERSONS_MANAGE)?;
        let id = ids.id();
        changes.create(Person {
            birth_date: self.birth_date,
            mobile: self.mobile,
            patient: self.patient,
            ..Person::new(id, self.name, self.email)
        });
        changes.enter(authority.entry(ids.now(), Event::PersonAdded { person: id }));
        Ok((changes, id))
    }
}

impl EditPerson {
    /// What is looked at.
    #[must_use]
    pub fn finds(&self, person: Id<Person>) -> Vec<Find> {
        let mut finds = vec![
            Find::Person(person),
            Find::KeysOf(person),
            Find::HcpsOf(person),
        ];
        if let Change::Set(email) = &self.email {
            finds.extend(Self::finds_of_address(email));
        }
        finds
    }

    /// What is looked at because of a new address.
    pub(crate) fn finds_of_address(email: &Email) -> [Find; 2] {
        let key = email.key();
        [Find::Login(key.clone()), Find::HcpWithEmail(key.clone())]
    }

    /// Decides the change; `records` hold [what is looked at](Self::finds). People change what is known of themselves, but for the
    /// patient record; of others whoever manages persons does. A login that moves is checked like everything it opens (A3, O3),
    /// and files find a professional by the new address from then on.
    ///
    /// # Errors
    /// As [`PersonRefusal`].
    pub fn decide(
        &self,
        authority: &Authority,
        records: &Records,
        person: Id<Person>,
        present: Present,
        ids: &mut Mint,
    ) -> Result<Changeset, PersonRefusal> {
        let mut changes = self.permit(authority, records, person)?;
        self.change(authority, records, person, present, &mut changes, ids)?;
        Ok(changes)
    }

    /// Begins the change, for whoever may: people of themselves, and whoever manages persons of others.
    pub(crate) fn permit(
        &self,
        authority: &Authority,
        records: &Records,
        person: Id<Person>,
    ) -> Result<Changeset, AuthorityRefusal> {
        let own =
            |it: &Stored<User>| it.record.person == person && authority.is_themselves(it.record.id);
        let mut changes = if records.users.values().any(own) {
            authority.act()
        } else {
            authority.permit(&PERSONS_MANAGE)?
        };
        // Whose patient record it is decides what is seen of whom.
        if self.patient != Change::Keep {
            changes.rely_as(&authority.permit(&PERSONS_MANAGE)?);
        }
        Ok(changes)
    }

    /// Decides the change for whoever was found to have the right to it. Nothing is added to `changes` where nothing would change.
    pub(crate) fn change(
        &self,
        authority: &Authority,
        records: &Records,
        person: Id<Person>,
        present: Present,
        changes: &mut Changeset,
        ids: &mut Mint,
    ) -> Result<(), PersonRefusal> {
        let before = records.persons.get(&person).ok_or(PersonRefusal::Unknown)?;
        if before.record.erased_at.is_some() {
            return Err(PersonRefusal::Erased);
        }
        let known = &before.record;
        let after = Person {
            id: person,
            name: self.name.clone().unwrap_or_else(|| known.name.clone()),
            email: self.email.of(known.email.as_ref()),
            birth_date: self.birth_date.of(known.birth_date.as_ref()),
            mobile: self.mobile.of(known.mobile.as_ref()),
            patient: self.patient.of(known.patient.as_ref()),
            erased_at: None,
        };
        if after == *known {
            return Err(PersonRefusal::Unchanged);
        }
        let moved = known.email.as_ref().map(Email::key) != after.email.as_ref().map(Email::key);
        if let (true, Some(old)) = (moved, &known.email) {
            let logins = logins_with(records, person, old);
            for (user, account) in logins {
                let new = after.email.as_ref().ok_or(PersonRefusal::LoginNeeded)?;
                let allowed = permit_takeover(authority, records, user.record.id, present)?;
                changes.rely_as(&allowed);
                move_login(user, account, new, authority, records, changes, ids)?;
            }
        }
        if moved {
            let new = after.email.as_ref().map(Email::key);
            move_professional(person, new, authority, records, changes, ids.now())?;
        }
        changes.replace(before, after);
        changes.enter(authority.entry(ids.now(), Event::PersonChanged { person }));
        Ok(())
    }
}

/// The person's users who log in with this address, each login once.
fn logins_with<'a>(
    records: &'a Records,
    person: Id<Person>,
    email: &Email,
) -> Vec<(&'a Stored<User>, &'a Stored<Account>)> {
    let mut logins: Vec<(&Stored<User>, &Stored<Account>)> = Vec::new();
    for user in records
        .users
        .values()
        .filter(|it| it.record.person == person)
    {
        let account = user.record.account.and_then(|it| records.accounts.get(&it));
        if let Some(account) = account.filter(|it| it.record.login.key() == email.key())
            && !logins
                .iter()
                .any(|(_, it)| it.record.id == account.record.id)
        {
            logins.push((user, account));
        }
    }
    logins
}

/// Gives a login another name. Its sessions end, since whoever has the new address need not be who had the old one.
fn move_login(
    user: &Stored<User>,
    account: &Stored<Account>,
    new: &Email,
    authority: &Authority,
    records: &Records,
    changes: &mut Changeset,
    ids: &mut Mint,
) -> Result<(), PersonRefusal> {
    let taken = |it: &Stored<Account>| {
        it.record.login.key() == new.key() && it.record.id != account.record.id
    };
    if records.accounts.values().any(taken) {
        return Err(PersonRefusal::LoginTaken);
    }
    let now = ids.now();
    changes.replace(
        account,
        Account {
            login: new.clone(),
            epoch: Epoch::next(account.record.epoch),
            proof: Proof::Unproved,
            ..account.record.clone()
        },
    );
    let (id, user) = (account.record.id, user.record.id);
    changes.enter(authority.entry(now, Event::LoginMoved { account: id, user }));
    end_elevations_through(id, records, authority.by(), now, changes);
    end_tokens_through(id, records, changes);
    changes.send(Message {
        id: ids.id(),
        kind: MessageKind::LoginMoved { user },
        at: now,
    });
    Ok(())
}

/// Lets files find the person, who may be a professional, by another address.
fn move_professional(
    person: Id<Person>,
    new: Option<&EmailKey>,
    authority: &Authority,
    records: &Records,
    changes: &mut Changeset,
    now: Instant,
) -> Result<(), PersonRefusal> {
    let (own, others): (Vec<_>, Vec<_>) = records
        .hcps
        .values()
        .partition(|it| it.record.person() == Some(person));
    for party in own {
        let new = new.ok_or(PersonRefusal::ProfessionalNeedsEmail)?;
        if others.iter().any(|it| it.record.email() == Some(new)) {
            return Err(PersonRefusal::ProfessionalTaken);
        }
        let email = new.clone();
        changes.replace(
            party,
            Hcp {
                party: Party::Professional { person, email },
                ..party.record.clone()
            },
        );
        changes.enter(authority.entry(
            now,
            Event::HcpChanged {
                hcp: party.record.id,
                import: None,
                row: None,
            },
        ));
    }
    Ok(())
}

/// What stands where names were.
const ERASED: &str = "erased";

/// Decides to erase what is known of a person: names, address, birth date, number, patient reference, logins that open nobody else,
/// and the professional, if they are one, which whoever manages healthcare parties may. The journal names them by id alone and
/// stays whole. `records` hold the person, their users with their access, and the healthcare parties of the person.
///
/// # Errors
/// As [`PersonRefusal`]; nobody who has an active user is erased.
pub fn erase(
    authority: &Authority,
    records: &Records,
    person: Id<Person>,
    ids: &Mint,
) -> Result<Changeset, PersonRefusal> {
    let mut changes = authority.permit(&PERSONS_MANAGE)?;
    let now = ids.now();
    let before = records.persons.get(&person).ok_or(PersonRefusal::Unknown)?;
    if before.record.erased_at.is_some() {
        return Err(PersonRefusal::Erased);
    }
    let professional = |it: &&Stored<Hcp>| it.record.person() == Some(person);
    for party in records.hcps.values().filter(professional) {
        changes.rely_as(&authority.permit(&HCPS_MANAGE)?);
        changes.erase(party);
    }
    let users = records.users.values();
    let users: Vec<_> = users.filter(|it| it.record.person == person).collect();
    for user in &users {
        match user.record.status {
            UserStatus::Active => return Err(PersonRefusal::ActiveUser(user.record.id)),
            UserStatus::Inactive => (),
        }
        changes.replace(
            user,
            User {
                account: None,
                epoch: user.record.epoch.next(),
                ..user.record.clone()
            },
        );
    }
    let ids_of = |it: &Stored<User>| it.record.id;
    let gone: BTreeSet<_> = users.iter().copied().map(ids_of).collect();
    let accounts: BTreeSet<_> = users.iter().filter_map(|it| it.record.account).collect();
    for account in accounts.iter().filter_map(|it| records.accounts.get(it)) {
        let mut left = account.record.clone();
        let own = |it: &Opens| it.tenant == changes.tenant() && gone.contains(&it.user);
        left.opens.retain(|it| !own(it));
        if left.opens.is_empty() {
            if let Some(credential) = records.credentials.get(&account.record.id) {
                changes.erase(credential);
            }
            changes.erase(account);
        } else {
            changes.replace(account, left);
        }
    }
    let erased = crate::name::Name::parse(ERASED).map_err(|_| PersonRefusal::Erased)?;
    changes.replace(
        before,
        Person {
            erased_at: Some(now),
            ..Person::new(
                person,
                PersonName {
                    given: erased.clone(),
                    family: erased,
                },
                None,
            )
        },
    );
    changes.enter(authority.entry(now, Event::PersonErased { person }));
    Ok(changes)
}

#[cfg(test)]
mod tests;
