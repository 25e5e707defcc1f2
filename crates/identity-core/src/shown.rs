//! What `Debug` shows of records about people: logs and messages are made of it, so it is ids and kinds.

/// Implements `Debug` with the named fields alone, and says that there are others.
macro_rules! shows_only {
    ($record:ident $(<$life:lifetime>)?: $($field:ident),*) => {
        impl $(<$life>)? ::std::fmt::Debug for $record $(<$life>)? {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(stringify!($record))
                    $(.field(stringify!($field), &self.$field))*
                    .finish_non_exhaustive()
            }
        }
    };
}

pub(crate) use shows_only;

#[cfg(test)]
mod tests {
    use crate::{
        document::{HcpDocument, IdentityDocument, LocalDocument, PersonDocument, UserDocument},
        email::Email,
        hcp::{Hcp, HcpLine, Party},
        id::Id,
        person::{
            PatientReference, Person,
            edit::{AddPerson, Change, EditPerson},
        },
        phone::E164,
        role::RoleKind,
        world::{World, email, name, person_name},
    };
    use chrono::NaiveDate;

    /// E5: neither a name, an address, a date nor a number of anybody is shown, whatever is looked at.
    #[test]
    fn nothing_that_is_known_of_people_is_shown() {
        let mut world = World::new();
        let user = world.add("ada@canary.example", RoleKind::Learner);
        let id = world.records.users[&user].record.person;
        let birth_date = NaiveDate::from_ymd_opt(1815, 12, 10).unwrap();
        let mobile = E164::parse("+32470123456").unwrap();
        let patient = PatientReference::parse("MRN-4711").unwrap();
        let address = email("ada@canary.example");
        let person = Person {
            birth_date: Some(birth_date),
            mobile: Some(mobile.clone()),
            patient: Some(patient.clone()),
            ..Person::new(id, person_name("Ada", "Lovelace"), Some(address.clone()))
        };
        world.records.persons.get_mut(&id).unwrap().record = person.clone();
        let line = |party| HcpLine {
            hcp: Hcp {
                id: Id::from_uuid(*id.as_uuid()),
                party,
                parent: None,
            },
            person: Some(person.clone()),
        };
        let professional = Party::Professional {
            person: id,
            email: address.key().clone(),
        };
        let practice = Party::Organisation {
            name: name("Lovelace"),
            email: Some(address.clone()),
            phone: Some(mobile.clone()),
        };
        let add = AddPerson {
            name: person.name.clone(),
            email: person.email.clone(),
            birth_date: person.birth_date,
            mobile: person.mobile.clone(),
            patient: person.patient.clone(),
        };
        let edit = EditPerson {
            name: Some(person.name.clone()),
            email: Change::Set(address.clone()),
            birth_date: Change::Set(birth_date),
            mobile: Change::Set(mobile),
            patient: Change::Set(patient),
        };
        let local = LocalDocument {
            id: user,
            name: &person.name,
            email: person.email.as_ref().map(Email::as_str),
            kinds: Vec::new(),
            status: world.records.users[&user].record.status,
        };
        let identity = IdentityDocument {
            user_id: "7",
            given: "Ada",
            family: "Lovelace",
            email: "ada@canary.example",
            kinds: Vec::new(),
            programs: Vec::new(),
        };
        let shown = [
            format!("{person:?} {add:?} {edit:?} {local:?} {identity:?}"),
            format!("{:?}", PersonDocument::from(person.clone())),
            format!("{:?}", UserDocument::of(user, &world.records).unwrap()),
            format!("{:?}", HcpDocument::from(line(professional))),
            format!("{:?}", HcpDocument::from(line(practice))),
        ];
        for secret in ["Ada", "Lovelace", "canary", "1815", "4701", "4711"] {
            assert!(!shown.concat().contains(secret), "{secret} in {shown:?}");
        }
    }
}
