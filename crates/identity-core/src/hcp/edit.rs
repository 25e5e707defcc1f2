//! Changing one healthcare party: what an organisation is called and how it is reached, the person of a professional, and the
//! organisation above either.

use super::{
    Hcp, Party,
    place::{self, PlaceRefusal},
};
use crate::{
    authority::{Authority, AuthorityRefusal},
    changeset::Changeset,
    email::Email,
    id::{Id, Mint},
    journal::Event,
    login::Present,
    name::{Name, PersonName},
    permission::HCPS_MANAGE,
    person::{
        Person,
        edit::{Change, EditPerson, PersonRefusal},
    },
    phone::E164,
    port::Find,
    record::{Records, Stored},
    refusal::{Named, Refusal},
    shown::shows_only,
};
use serde::Serialize;

/// Asks for another state of a healthcare party.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct EditHcp {
    /// What it is called; kept where nothing is given.
    pub name: Option<HcpName>,
    /// The address: of a professional the person's, with which the login moves where the person logs in with it.
    pub email: Change<Email>,
    /// The number: of a professional the person's mobile number.
    pub phone: Change<E164>,
    /// The organisation above.
    pub parent: Change<Id<Hcp>>,
}

shows_only!(EditHcp: parent);

/// What a healthcare party is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HcpName {
    /// The names of a professional.
    Professional(PersonName),
    /// The name of an organisation.
    Organisation(Name),
}

/// Why nothing is changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditHcpRefusal {
    /// The actor may not.
    #[error(transparent)]
    Authority(#[from] AuthorityRefusal),
    /// It does not stand there.
    #[error(transparent)]
    Place(#[from] PlaceRefusal),
    /// The person of the professional is not changed like that.
    #[error(transparent)]
    Person(#[from] PersonRefusal),
    /// No such party.
    #[error("no such healthcare party in this tenant")]
    Unknown,
    /// A human being's names for an organisation.
    #[error("the healthcare party is an organisation, which has one name")]
    IsOrganisation,
    /// One name for a human being.
    #[error("the healthcare party is a professional, who has a given and a family name")]
    IsProfessional,
    /// It is so already.
    #[error("nothing would change")]
    Unchanged,
}

impl Refusal for EditHcpRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.code(),
            Self::Place(it) => it.code(),
            Self::Person(it) => it.code(),
            Self::Unknown => "hcp_unknown",
            Self::IsOrganisation => "hcp_is_organization",
            Self::IsProfessional => "hcp_is_professional",
            Self::Unchanged => "hcp_unchanged",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.rule(),
            Self::Place(it) => it.rule(),
            Self::Person(it) => it.rule(),
            Self::Unknown | Self::IsOrganisation | Self::IsProfessional | Self::Unchanged => "A5",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.next(),
            Self::Place(it) => it.next(),
            Self::Person(it) => it.next(),
            Self::Unknown => "list the healthcare parties and choose one of them",
            Self::IsOrganisation => "give the name of the organisation",
            Self::IsProfessional => "give the given and the family name",
            Self::Unchanged => "nothing is left to do",
        }
    }
    fn named(&self) -> Named {
        match self {
            Self::Person(it) => it.named(),
            Self::Authority(_)
            | Self::Place(_)
            | Self::Unknown
            | Self::IsOrganisation
            | Self::IsProfessional
            | Self::Unchanged => Named::default(),
        }
    }
}

impl EditHcp {
    /// What is looked at.
    #[must_use]
    pub fn finds(&self, hcp: Id<Hcp>) -> Vec<Find> {
        let mut finds = vec![Find::HcpToEdit(hcp)];
        if let Change::Set(email) = &self.email {
            finds.extend(EditPerson::finds_of_address(email));
        }
        let parent = match &self.parent {
            Change::Set(parent) => Some(*parent),
            Change::Keep | Change::Clear => None,
        };
        finds.extend(place::finds(parent));
        finds
    }

    /// Decides the change; `records` hold [what is looked at](Self::finds). Whoever manages healthcare parties changes a
    /// professional's names and number, as a file does; the address is the person's, and may be a login: changing it needs
    /// what [editing the person](EditPerson) needs.
    ///
    /// # Errors
    /// As [`EditHcpRefusal`].
    pub fn decide(
        &self,
        authority: &Authority,
        records: &Records,
        hcp: Id<Hcp>,
        ids: &mut Mint,
    ) -> Result<Changeset, EditHcpRefusal> {
        let mut changes = authority.permit(&HCPS_MANAGE)?;
        let before = records.hcps.get(&hcp).ok_or(EditHcpRefusal::Unknown)?;
        changes.rely(before);
        let known = &before.record;
        let mut after = Hcp {
            parent: self.parent.of(known.parent.as_ref()),
            ..known.clone()
        };
        let below = after.parent.filter(|_| after.parent != known.parent);
        let edited = match (&known.party, &self.name) {
            (Party::Organisation { .. }, Some(HcpName::Professional(_))) => {
                return Err(EditHcpRefusal::IsOrganisation);
            }
            (Party::Professional { .. }, Some(HcpName::Organisation(_))) => {
                return Err(EditHcpRefusal::IsProfessional);
            }
            (
                Party::Organisation { name, email, phone },
                given @ (Some(HcpName::Organisation(_)) | None),
            ) => {
                if let Some(parent) = below {
                    place::below(parent, hcp, records, &mut changes)?;
                }
                let name = match given {
                    Some(HcpName::Organisation(given)) => given,
                    Some(HcpName::Professional(_)) | None => name,
                };
                after.party = Party::Organisation {
                    name: name.clone(),
                    email: self.email.of(email.as_ref()),
                    phone: self.phone.of(phone.as_ref()),
                };
                false
            }
            (
                Party::Professional { person, .. },
                given @ (Some(HcpName::Professional(_)) | None),
            ) => {
                if let Some(parent) = below {
                    place::organisation(parent, records, &mut changes)?;
                }
                let name = match given {
                    Some(HcpName::Professional(given)) => Some(given.clone()),
                    Some(HcpName::Organisation(_)) | None => None,
                };
                self.edit_person(name, authority, records, *person, &mut changes, ids)?
            }
        };
        // A new address was written, and entered, with the person.
        let written = changes.hcp_mut(hcp).map(|it| it.parent = after.parent);
        if written.is_some() {
            return Ok(changes);
        }
        if after != *known {
            changes.replace(before, after);
        } else if !edited {
            return Err(EditHcpRefusal::Unchanged);
        }
        let event = Event::HcpChanged {
            hcp,
            import: None,
            row: None,
        };
        changes.enter(authority.entry(ids.now(), event));
        Ok(changes)
    }

    /// Changes the person of a professional, by the rules of every person, and says whether anything was.
    fn edit_person(
        &self,
        name: Option<PersonName>,
        authority: &Authority,
        records: &Records,
        person: Id<Person>,
        changes: &mut Changeset,
        ids: &mut Mint,
    ) -> Result<bool, EditHcpRefusal> {
        let edit = EditPerson {
            name,
            email: self.email.clone(),
            mobile: self.phone.clone(),
            ..EditPerson::default()
        };
        let email = |it: &Stored<Person>| it.record.email.clone();
        let known = records.persons.get(&person).and_then(email);
        if self.email.of(known.as_ref()) != known {
            changes.rely_as(&edit.permit(authority, records, person)?);
        }
        match edit.change(authority, records, person, Present::NOT_GIVEN, changes, ids) {
            Ok(()) => Ok(true),
            Err(PersonRefusal::Unchanged) => Ok(false),
            Err(refusal) => Err(refusal.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        permission::PERSONS_MANAGE,
        record::Ref,
        world::{World, email, events, name, person_name, relies_on, says},
    };

    fn edit(
        world: &mut World,
        authority: &Authority,
        hcp: Id<Hcp>,
        command: &EditHcp,
    ) -> Result<Changeset, EditHcpRefusal> {
        command.decide(authority, &world.records, hcp, &mut world.ids)
    }

    fn changed(hcp: Id<Hcp>) -> Event {
        Event::HcpChanged {
            hcp,
            import: None,
            row: None,
        }
    }

    fn below(parent: Id<Hcp>) -> EditHcp {
        EditHcp {
            parent: Change::Set(parent),
            ..EditHcp::default()
        }
    }

    #[test]
    fn an_organisation_is_changed() {
        let mut world = World::new();
        let (top, ward) = (
            world.organisation("Top", None),
            world.organisation("Ward", None),
        );
        let by = world.as_user(world.owner);
        let command = EditHcp {
            name: Some(HcpName::Organisation(name("Cardiology"))),
            email: Change::Set(email("cardiology@example.org")),
            phone: Change::Set(E164::parse("+32470123456").unwrap()),
            parent: Change::Set(top),
        };
        let changes = edit(&mut world, &by, ward, &command).unwrap();
        assert_eq!(events(&changes), [changed(ward)]);
        assert!(relies_on(&changes, &Ref::Hcp(top)));
        world.commit(&changes);
        let after = world.records.hcps[&ward].record.clone();
        let expected = Party::Organisation {
            name: name("Cardiology"),
            email: Some(email("cardiology@example.org")),
            phone: E164::parse("+32470123456").ok(),
        };
        assert_eq!((after.party, after.parent), (expected, Some(top)));
        let again = edit(&mut world, &by, ward, &command);
        assert_eq!(again, Err(EditHcpRefusal::Unchanged));
        let cleared = EditHcp {
            email: Change::Clear,
            phone: Change::Clear,
            parent: Change::Clear,
            ..EditHcp::default()
        };
        let changes = edit(&mut world, &by, ward, &cleared).unwrap();
        world.commit(&changes);
        assert_eq!(world.records.hcps[&ward].record.parent, None);
        let names = EditHcp {
            name: Some(HcpName::Professional(person_name("Ada", "King"))),
            ..EditHcp::default()
        };
        let refused = edit(&mut world, &by, ward, &names);
        assert_eq!(refused, Err(EditHcpRefusal::IsOrganisation));
        let circle = edit(&mut world, &by, ward, &below(ward));
        assert_eq!(circle, Err(PlaceRefusal::BelowItself.into()));
    }

    /// Two moves that would close a circle together, and a move below what is deleted meanwhile.
    #[test]
    fn moves_that_do_not_go_together_collide() {
        let mut world = World::new();
        let [one, other, far] = ["One", "Other", "Far"].map(|it| world.organisation(it, None));
        let by = world.as_user(world.owner);
        let forth = edit(&mut world, &by, one, &below(other)).unwrap();
        let back = edit(&mut world, &by, other, &below(one)).unwrap();
        assert!(world.collide(&forth, &back));
        let deleted = crate::hcp::delete::delete(&by, &world.records, other, &world.ids).unwrap();
        assert!(world.collide(&forth, &deleted));
        // A circle of three, closed by whoever is in the middle of the walk.
        world.commit(&forth);
        let third = edit(&mut world, &by, other, &below(far)).unwrap();
        let closes = edit(&mut world, &by, far, &below(one)).unwrap();
        assert!(world.collide(&third, &closes));
    }

    /// Names and number are what a professional is about, as in a file; the address is the person's, and may be a login.
    #[test]
    fn a_professional_is_changed_by_the_rules_of_persons() {
        let mut world = World::new();
        let ward = world.organisation("Ward", None);
        let hcp = world.professional("ada@example.org", None).unwrap();
        let person = world.records.hcps[&hcp].record.person().unwrap();
        let clerk = world.desk("clerk@example.org", [HCPS_MANAGE]);
        let by_clerk = world.as_user(clerk);
        let known = EditHcp {
            name: Some(HcpName::Professional(person_name("Augusta", "King"))),
            phone: Change::Set(E164::parse("+32470123456").unwrap()),
            email: Change::Set(email("ada@example.org")),
            ..below(ward)
        };
        let changes = edit(&mut world, &by_clerk, hcp, &known).unwrap();
        let expected = [Event::PersonChanged { person }, changed(hcp)];
        assert_eq!(events(&changes), expected);
        assert!(relies_on(&changes, &Ref::Hcp(hcp)));
        world.commit(&changes);
        assert_eq!(world.records.hcps[&hcp].record.parent, Some(ward));
        let again = edit(&mut world, &by_clerk, hcp, &known);
        assert_eq!(again, Err(EditHcpRefusal::Unchanged));

        let moved = EditHcp {
            email: Change::Set(email("augusta@example.org")),
            parent: Change::Clear,
            ..EditHcp::default()
        };
        let missing = AuthorityRefusal::Missing(PERSONS_MANAGE);
        let refused = edit(&mut world, &by_clerk, hcp, &moved);
        assert_eq!(refused, Err(missing.into()));
        let desk = world.desk("desk@example.org", [HCPS_MANAGE, PERSONS_MANAGE]);
        let by_desk = world.as_user(desk);
        let changes = edit(&mut world, &by_desk, hcp, &moved).unwrap();
        let expected = [changed(hcp), Event::PersonChanged { person }];
        assert_eq!(events(&changes), expected);
        world.commit(&changes);
        let after = &world.records.hcps[&hcp].record;
        assert_eq!(after.email(), Some(email("augusta@example.org").key()));
        assert_eq!(after.parent, None);
        let forgotten = EditHcp {
            email: Change::Clear,
            ..EditHcp::default()
        };
        let refused = edit(&mut world, &by_desk, hcp, &forgotten);
        assert_eq!(refused, Err(PersonRefusal::ProfessionalNeedsEmail.into()));
        let one_name = EditHcp {
            name: Some(HcpName::Organisation(name("Ada"))),
            ..EditHcp::default()
        };
        let refused = edit(&mut world, &by_desk, hcp, &one_name);
        assert_eq!(refused, Err(EditHcpRefusal::IsProfessional));
    }

    /// A1: that a party is not there is told only to whoever might have changed it.
    #[test]
    fn nobody_else_is_told_what_is_there() {
        let mut world = World::new();
        let hcp = world.organisation("Ward", None);
        let other = world.desk("other@example.org", [PERSONS_MANAGE]);
        let unknown = Id::from_uuid(*world.tenant.as_uuid());
        let (by_other, by_owner) = (world.as_user(other), world.as_user(world.owner));
        for (authority, hcp, expected) in [
            (&by_other, hcp, "permission_missing"),
            (&by_other, unknown, "permission_missing"),
            (&by_owner, unknown, "hcp_unknown"),
        ] {
            let refused = edit(&mut world, authority, hcp, &EditHcp::default());
            assert_eq!(refused.unwrap_err().code(), expected);
        }
    }

    /// A5: each refusal has its code, the rule and the next step.
    #[test]
    fn each_refusal_says_what_it_is() {
        use EditHcpRefusal as It;
        for (refusal, code, rule) in [
            (
                It::from(AuthorityRefusal::NotElevated),
                "elevation_required",
                "O4",
            ),
            (
                PlaceRefusal::BelowItself.into(),
                "parent_below_itself",
                "A5",
            ),
            (PersonRefusal::LoginTaken.into(), "login_taken", "E1"),
            (It::Unknown, "hcp_unknown", "A5"),
            (It::IsOrganisation, "hcp_is_organization", "A5"),
            (It::IsProfessional, "hcp_is_professional", "A5"),
            (It::Unchanged, "hcp_unchanged", "A5"),
        ] {
            assert_eq!(says(&refusal), (code, rule));
        }
    }
}
