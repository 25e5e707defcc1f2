//! Professionals: the one way in which files and people make them.

use super::{
    Hcp, Party,
    import::Import,
    place::{PlaceRefusal, organisation},
};
use crate::{
    authority::{Authority, AuthorityRefusal},
    changeset::Changeset,
    email::Email,
    id::{Id, Mint},
    journal::Event,
    name::PersonName,
    permission::HCPS_MANAGE,
    person::Person,
    phone::E164,
    port::Find,
    record::{Records, Stored},
    refusal::{Named, Refusal},
    shown::shows_only,
};
use serde::Serialize;

/// Asks for a professional.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct AddProfessional {
    /// Given and family name.
    pub name: PersonName,
    /// The address files find the professional by.
    pub email: Email,
    /// The mobile number, if one is known.
    pub mobile: Option<E164>,
    /// The organisation above.
    pub parent: Option<Id<Hcp>>,
}

shows_only!(AddProfessional: parent);

/// Why no professional is added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddProfessionalRefusal {
    /// The actor may not.
    #[error(transparent)]
    Authority(#[from] AuthorityRefusal),
    /// Nobody stands there.
    #[error(transparent)]
    Place(#[from] PlaceRefusal),
    /// Another professional has the address.
    #[error("another healthcare professional has this e-mail address: `{0}`")]
    Taken(Id<Hcp>),
}

impl Refusal for AddProfessionalRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.code(),
            Self::Place(it) => it.code(),
            Self::Taken(_) => "professional_exists",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.rule(),
            Self::Place(it) => it.rule(),
            Self::Taken(_) => "H1",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.next(),
            Self::Place(it) => it.next(),
            Self::Taken(_) => "edit that professional, or use another e-mail address",
        }
    }
    fn named(&self) -> Named {
        match self {
            Self::Authority(_) | Self::Place(_) => Named::default(),
            Self::Taken(hcp) => Named::hcp(*hcp),
        }
    }
}

impl AddProfessional {
    /// What is looked at.
    #[must_use]
    pub fn finds(&self) -> Vec<Find> {
        let mut finds = vec![Find::HcpWithEmail(self.email.key().clone())];
        finds.extend(self.parent.map(Find::Hcp));
        finds
    }

    /// Decides to add the professional; `records` hold [what is looked at](Self::finds).
    ///
    /// # Errors
    /// As [`AddProfessionalRefusal`].
    pub fn decide(
        &self,
        authority: &Authority,
        records: &Records,
        ids: &mut Mint,
    ) -> Result<(Changeset, Id<Hcp>), AddProfessionalRefusal> {
        let mut changes = authority.permit(&HCPS_MANAGE)?;
        let key = self.email.key();
        if let Some(parent) = self.parent {
            organisation(parent, records, &mut changes)?;
        }
        let has = |it: &&Stored<Hcp>| it.record.email() == Some(key);
        if let Some(taken) = records.hcps.values().find(has) {
            return Err(AddProfessionalRefusal::Taken(taken.record.id));
        }
        let known = records.persons.values();
        let known: Vec<_> = known
            .filter(|it| it.record.email.as_ref().map(Email::key) == Some(key))
            .collect();
        let described = Described {
            name: &self.name,
            email: &self.email,
            mobile: self.mobile.as_ref(),
            parent: self.parent,
        };
        let hcp = described.enlist(&known, None, authority, &mut changes, ids);
        Ok((changes, hcp))
    }
}

/// A professional as the row of a file describes one, or somebody by hand.
#[derive(Clone, Copy)]
pub(super) struct Described<'a> {
    pub(super) name: &'a PersonName,
    pub(super) email: &'a Email,
    pub(super) mobile: Option<&'a E164>,
    pub(super) parent: Option<Id<Hcp>>,
}

impl Described<'_> {
    /// Makes the professional, of the person who is known or a new one; `known` are all persons with the address. The parent was
    /// looked at.
    pub(super) fn enlist(
        self,
        known: &[&Stored<Person>],
        row: Option<(Id<Import>, u32)>,
        authority: &Authority,
        changes: &mut Changeset,
        ids: &mut Mint,
    ) -> Id<Hcp> {
        let key = self.email.key();
        let same: Vec<_> = known.iter().filter(|it| self.names(&it.record)).collect();
        changes.rely_on_persons(key.clone(), known.iter().map(|it| it.record.id).collect());
        // Families share an address: only a single person of the very name is taken to be the same human being.
        let person = match same.as_slice() {
            [only] => {
                let merged = self.merge(&only.record);
                let (person, changed) = (only.record.id, merged != only.record);
                // Written also as they are, so that whoever erases them at the same moment sees the professional.
                changes.replace(only, merged);
                if changed {
                    // Whoever asks what happened to a person finds it, whatever changed them.
                    changes.enter(authority.entry(ids.now(), Event::PersonChanged { person }));
                }
                person
            }
            _ => {
                let id = ids.id();
                changes.create(Person {
                    mobile: self.mobile.cloned(),
                    ..Person::new(id, self.name.clone(), Some(self.email.clone()))
                });
                id
            }
        };
        let hcp = ids.id();
        changes.create(Hcp {
            id: hcp,
            party: Party::Professional {
                person,
                email: key.clone(),
            },
            parent: self.parent,
        });
        let event = Event::HcpCreated {
            hcp,
            person: Some(person),
            import: row.map(|(import, _)| import),
            row: row.map(|(_, row)| row),
        };
        changes.enter(authority.entry(ids.now(), event));
        hcp
    }

    fn names(self, person: &Person) -> bool {
        person.name.given.key() == self.name.given.key()
            && person.name.family.key() == self.name.family.key()
    }

    /// The person with what is said of them. The address is what they were found by and stays as it was.
    pub(super) fn merge(self, person: &Person) -> Person {
        Person {
            name: self.name.clone(),
            mobile: self.mobile.cloned().or_else(|| person.mobile.clone()),
            ..person.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        permission::{DATA_LOAD, PERSONS_MANAGE},
        record::{Ref, Version},
        world::{World, email, events, person_name, relies_on, replaces, says},
    };

    fn ada() -> AddProfessional {
        AddProfessional {
            name: person_name("Ada", "Lovelace"),
            email: email("ada@example.org"),
            mobile: E164::parse("+32470123456").ok(),
            parent: None,
        }
    }

    fn add(
        world: &mut World,
        command: &AddProfessional,
    ) -> Result<(Changeset, Id<Hcp>), AddProfessionalRefusal> {
        let clerk = world.owner;
        let authority = world.as_user(clerk);
        command.decide(&authority, &world.records, &mut world.ids)
    }

    /// H1: made as a file makes them, of a new person where nobody has the address and the names; and once only.
    #[test]
    fn a_professional_is_added_once() {
        let mut world = World::new();
        let ward = world.organisation("Ward", None);
        let command = AddProfessional {
            parent: Some(ward),
            ..ada()
        };
        let (changes, hcp) = add(&mut world, &command).unwrap();
        assert!(relies_on(&changes, &Ref::Hcp(ward)));
        world.commit(&changes);
        let party = world.records.hcps[&hcp].record.clone();
        assert_eq!(party.parent, Some(ward));
        let person = party.person().unwrap();
        let created = Event::HcpCreated {
            hcp,
            person: Some(person),
            import: None,
            row: None,
        };
        assert_eq!(events(&changes), [created]);
        let person = &world.records.persons[&person].record;
        assert_eq!(
            (&person.name, &person.mobile),
            (&command.name, &command.mobile)
        );
        let again = add(&mut world, &command);
        assert_eq!(again, Err(AddProfessionalRefusal::Taken(hcp)));
        let below = AddProfessional {
            email: email("bob@example.org"),
            parent: Some(hcp),
            ..ada()
        };
        let refused = PlaceRefusal::ParentNotOrganisation.into();
        assert_eq!(add(&mut world, &below), Err(refused));
    }

    /// Families share an address: the one person of the very name is the same human being, and nobody else is.
    #[test]
    fn a_known_person_becomes_the_professional() {
        let mut world = World::new();
        let mut known = |given: &str| {
            let address = Some(email("ada@example.org"));
            let person = Person::new(world.ids.id(), person_name(given, "Lovelace"), address);
            let id = person.id;
            world.records.insert(person.into(), Version::FIRST);
            id
        };
        let (same, other) = (known("ADA"), known("Byron"));
        let (changes, hcp) = add(&mut world, &ada()).unwrap();
        assert!(replaces(&changes, &Ref::Person(same)));
        assert!(!replaces(&changes, &Ref::Person(other)));
        world.commit(&changes);
        assert_eq!(world.records.hcps[&hcp].record.person(), Some(same));
    }

    /// Two at once make one, and no professional comes to stand below what is deleted meanwhile.
    #[test]
    fn two_at_once_collide() {
        let mut world = World::new();
        let ward = world.organisation("Ward", None);
        let command = AddProfessional {
            parent: Some(ward),
            ..ada()
        };
        let (one, _) = add(&mut world, &command).unwrap();
        let (two, _) = add(&mut world, &command).unwrap();
        assert!(world.collide(&one, &two));
        let by = world.as_user(world.owner);
        let deleted = crate::hcp::delete::delete(&by, &world.records, ward, &world.ids).unwrap();
        assert!(world.collide(&one, &deleted));
    }

    /// A1: whoever manages healthcare parties, and nobody else.
    #[test]
    fn it_needs_the_permission_of_healthcare_parties() {
        let mut world = World::new();
        let other = world.desk("other@example.org", [PERSONS_MANAGE, DATA_LOAD]);
        let clerk = world.desk("clerk@example.org", [HCPS_MANAGE]);
        let missing = AuthorityRefusal::Missing(HCPS_MANAGE);
        for (user, refused) in [(other, Some(missing.into())), (clerk, None)] {
            let authority = world.as_user(user);
            let added = ada().decide(&authority, &world.records, &mut world.ids);
            assert_eq!(added.err(), refused);
        }
    }

    /// A5: each refusal has its code, the rule and the next step.
    #[test]
    fn each_refusal_says_what_it_is() {
        let hcp = Id::from_uuid(*World::new().tenant.as_uuid());
        let taken = AddProfessionalRefusal::Taken(hcp);
        assert_eq!(taken.named(), Named::hcp(hcp));
        for (refusal, code, rule) in [
            (taken, "professional_exists", "H1"),
            (PlaceRefusal::TooDeep.into(), "parent_too_deep", "A5"),
            (
                AuthorityRefusal::NotElevated.into(),
                "elevation_required",
                "O4",
            ),
        ] {
            assert_eq!(says(&refusal), (code, rule));
        }
    }
}
