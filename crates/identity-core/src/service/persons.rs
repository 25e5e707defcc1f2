//! Persons.

use super::{Call, Failure, Rollcall};
use crate::{
    authority::AuthorityRefusal,
    email::EmailKey,
    hcp::Hcp,
    id::Id,
    login::Present,
    permission::PERSONS_MANAGE,
    person::{
        Person,
        edit::{AddPerson, EditPerson, PersonRefusal, erase},
    },
    port::{Clock, Find, Random, Store},
    user::User,
};

/// What is known of a person, with the records that refer to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonView {
    /// The person.
    pub person: Person,
    /// Their users, in the order of the ids.
    pub users: Vec<User>,
    /// Their professional records, in the order of the ids.
    pub professionals: Vec<Id<Hcp>>,
}

impl<S: Store, C: Clock, R: Random> Rollcall<S, C, R> {
    /// Adds a person.
    ///
    /// # Errors
    /// As [`PersonRefusal`].
    pub async fn add_person(
        &self,
        call: &Call,
        command: AddPerson,
    ) -> Result<Id<Person>, Failure<PersonRefusal>> {
        self.transact(call, "add_person", &command, &[], |authority, _, ids| {
            command.clone().decide(authority, ids)
        })
        .await
    }

    /// Changes what is known of a person; a login by the old address moves to the new.
    ///
    /// # Errors
    /// As [`PersonRefusal`].
    pub async fn edit_person(
        &self,
        call: &Call,
        person: Id<Person>,
        command: EditPerson,
    ) -> Result<(), Failure<PersonRefusal>> {
        self.transact(
            call,
            "edit_person",
            &(person, &command),
            &command.finds(person),
            |authority, records, ids| {
                let present = Present::NOT_GIVEN;
                command.decide(authority, records, person, present, ids)
            },
        )
        .await
    }

    /// Erases what is known of a person. The journal names them by id alone, and stays whole.
    ///
    /// # Errors
    /// As [`PersonRefusal`].
    pub async fn erase_person(
        &self,
        call: &Call,
        person: Id<Person>,
    ) -> Result<(), Failure<PersonRefusal>> {
        let finds = [
            Find::Person(person),
            Find::KeysOf(person),
            Find::HcpsOf(person),
        ];
        self.transact(
            call,
            "erase_person",
            &person,
            &finds,
            |authority, records, ids| erase(authority, records, person, ids),
        )
        .await
    }

    /// What is known of a person, for whoever manages persons and for themselves.
    ///
    /// # Errors
    /// As [`PersonRefusal`].
    pub async fn person(
        &self,
        call: &Call,
        person: Id<Person>,
    ) -> Result<PersonView, Failure<PersonRefusal>> {
        let authority = self
            .authority(call)
            .await
            .map_err(|it| it.map(PersonRefusal::from))?;
        let finds = vec![
            Find::Person(person),
            Find::UsersOf(person),
            Find::HcpsOf(person),
        ];
        let records = self.store.load(call.tenant, finds).await?;
        let themselves = |it: &Id<User>| authority.is_themselves(*it);
        if !authority.allows(&PERSONS_MANAGE) && !records.users.keys().any(themselves) {
            let missing = AuthorityRefusal::Missing(PERSONS_MANAGE);
            return Err(Failure::Refused(missing.into()));
        }
        let found = records.persons.get(&person);
        let found = found.ok_or(Failure::Refused(PersonRefusal::Unknown))?;
        Ok(PersonView {
            person: found.record.clone(),
            users: records.users.values().map(|it| it.record.clone()).collect(),
            professionals: records.hcps.keys().copied().collect(),
        })
    }

    /// The persons with an e-mail address, for whoever manages persons: several may share one.
    ///
    /// # Errors
    /// As [`PersonRefusal`].
    pub async fn persons_with_email(
        &self,
        call: &Call,
        email: EmailKey,
    ) -> Result<Vec<PersonView>, Failure<AuthorityRefusal>> {
        self.authorize(call, &PERSONS_MANAGE).await?;
        let finds = vec![Find::PersonsWithEmail(email)];
        let mut records = self.store.load(call.tenant, finds).await?;
        let theirs = records.persons.keys().copied().map(Find::HcpsOf).collect();
        records.add(self.store.load(call.tenant, theirs).await?);
        let of = |person: &Person| {
            let users = records.users.values().map(|it| &it.record);
            let hcps = records.hcps.values().map(|it| &it.record);
            PersonView {
                person: person.clone(),
                users: users.filter(|it| it.person == person.id).cloned().collect(),
                professionals: hcps
                    .filter(|it| it.person() == Some(person.id))
                    .map(|it| it.id)
                    .collect(),
            }
        };
        Ok(records.persons.values().map(|it| of(&it.record)).collect())
    }
}
