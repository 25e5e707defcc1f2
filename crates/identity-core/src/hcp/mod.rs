//! Healthcare parties: professionals and the organisations above them.

pub mod delete;
pub mod edit;
pub mod header;
pub mod import;
pub mod place;
pub mod professional;
pub mod row;
pub mod search;
pub mod table;

use crate::{
    authority::{Authority, AuthorityRefusal},
    changeset::Changeset,
    email::{Email, EmailKey},
    id::{Id, Mint},
    journal::Event,
    name::Name,
    permission::HCPS_MANAGE,
    person::Person,
    phone::E164,
    port::Find,
    record::Records,
    refusal::Refusal,
};
use place::PlaceRefusal;
use search::HcpKind;
use serde::Serialize;

/// A healthcare party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hcp {
    /// Its identifier: what applications are given as `PARENT_ORGANISATION_ID`.
    pub id: Id<Self>,
    /// A professional or an organisation.
    pub party: Party,
    /// The organisation above it.
    pub parent: Option<Id<Self>>,
}

/// What a healthcare party is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Party {
    /// A human being, whose names and numbers the person's record holds.
    Professional {
        /// Who.
        person: Id<Person>,
        /// The address files find the professional by; unique among the tenant's professionals.
        email: EmailKey,
    },
    /// A hospital, department or practice.
    Organisation {
        /// What it is called.
        name: Name,
        /// Its address, where known.
        email: Option<Email>,
        /// Its number, where known.
        phone: Option<E164>,
    },
}

impl Hcp {
    /// The person of a professional.
    #[must_use]
    pub const fn person(&self) -> Option<Id<Person>> {
        match &self.party {
            Party::Professional { person, .. } => Some(*person),
            Party::Organisation { .. } => None,
        }
    }

    /// The address files find a professional by.
    #[must_use]
    pub const fn email(&self) -> Option<&EmailKey> {
        match &self.party {
            Party::Professional { email, .. } => Some(email),
            Party::Organisation { .. } => None,
        }
    }

    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> HcpKind {
        match &self.party {
            Party::Professional { .. } => HcpKind::Professional,
            Party::Organisation { .. } => HcpKind::Organisation,
        }
    }

    /// Whether others may stand below it.
    #[must_use]
    pub const fn is_organisation(&self) -> bool {
        match &self.party {
            Party::Professional { .. } => false,
            Party::Organisation { .. } => true,
        }
    }
}

/// A healthcare party in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HcpLine {
    /// The party.
    pub hcp: Hcp,
    /// The person of a professional.
    pub person: Option<Person>,
}

/// Asks for an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AddOrganisation {
    /// What it is called.
    pub name: Name,
    /// Its address, if it has one.
    pub email: Option<Email>,
    /// Its number, if it has one.
    pub phone: Option<E164>,
    /// The organisation above it.
    pub parent: Option<Id<Hcp>>,
}

/// Why no organisation is added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddOrganisationRefusal {
    /// The actor may not.
    #[error(transparent)]
    Authority(#[from] AuthorityRefusal),
    /// It cannot stand there.
    #[error(transparent)]
    Place(#[from] PlaceRefusal),
}

impl Refusal for AddOrganisationRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.code(),
            Self::Place(it) => it.code(),
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.rule(),
            Self::Place(it) => it.rule(),
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.next(),
            Self::Place(it) => it.next(),
        }
    }
}

impl AddOrganisation {
    /// What is looked at.
    #[must_use]
    pub fn finds(&self) -> Vec<Find> {
        place::finds(self.parent).collect()
    }

    /// Decides to add the organisation; `records` hold [what is looked at](Self::finds).
    ///
    /// # Errors
    /// As [`AddOrganisationRefusal`].
    pub fn decide(
        &self,
        authority: &Authority,
        records: &Records,
        ids: &mut Mint,
    ) -> Result<(Changeset, Id<Hcp>), AddOrganisationRefusal> {
        let mut changes = authority.permit(&HCPS_MANAGE)?;
        let id = ids.id();
        if let Some(parent) = self.parent {
            place::below(parent, id, records, &mut changes)?;
        }
        let party = Party::Organisation {
            name: self.name.clone(),
            email: self.email.clone(),
            phone: self.phone.clone(),
        };
        changes.create(Hcp {
            id,
            party,
            parent: self.parent,
        });
        changes.enter(authority.entry(
            ids.now(),
            Event::HcpCreated {
                hcp: id,
                person: None,
                import: None,
                row: None,
            },
        ));
        Ok((changes, id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        record::{Ref, Version},
        world::{World, events, name, relies_on},
    };

    fn add(
        world: &mut World,
        parent: Option<Id<Hcp>>,
    ) -> Result<(Changeset, Id<Hcp>), AddOrganisationRefusal> {
        let authority = world.as_user(world.owner);
        let command = AddOrganisation {
            name: name("Cardiology"),
            email: None,
            phone: None,
            parent,
        };
        command.decide(&authority, &world.records, &mut world.ids)
    }

    /// A1: an organisation stands below an organisation that is there, which is relied on, and below nothing else.
    #[test]
    fn only_an_organisation_is_above_another() {
        let mut world = World::new();
        let (changes, top) = add(&mut world, None).unwrap();
        let created = Event::HcpCreated {
            hcp: top,
            person: None,
            import: None,
            row: None,
        };
        assert_eq!(events(&changes), [created]);
        let unknown = add(&mut world, Some(top));
        assert_eq!(unknown, Err(PlaceRefusal::ParentNotFound.into()));
        world.commit(&changes);
        let (changes, _) = add(&mut world, Some(top)).unwrap();
        assert!(relies_on(&changes, &Ref::Hcp(top)));
        let person = world.records.persons.values().next().unwrap();
        let professional = Hcp {
            id: world.ids.id(),
            party: Party::Professional {
                person: person.record.id,
                email: crate::world::email("ada@example.org").key().clone(),
            },
            parent: None,
        };
        let parent = professional.id;
        world.records.insert(professional.into(), Version::FIRST);
        assert_eq!(
            add(&mut world, Some(parent)),
            Err(PlaceRefusal::ParentNotOrganisation.into())
        );
    }
}
