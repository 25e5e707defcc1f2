//! Deleting a healthcare party for good.

use super::Hcp;
use crate::{
    authority::{Authority, AuthorityRefusal},
    changeset::Changeset,
    id::{Id, Mint},
    journal::Event,
    permission::HCPS_MANAGE,
    port::Find,
    record::{Records, Stored},
    refusal::{Named, Refusal},
};

/// Why nothing is deleted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeleteHcpRefusal {
    /// The actor may not.
    #[error(transparent)]
    Authority(#[from] AuthorityRefusal),
    /// No such party.
    #[error("no such healthcare party in this tenant")]
    Unknown,
    /// Others stand below it; this is the first of them.
    #[error("healthcare parties stand below the organisation, the first is `{0}`")]
    HasChildren(Id<Hcp>),
}

impl Refusal for DeleteHcpRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.code(),
            Self::Unknown => "hcp_unknown",
            Self::HasChildren(_) => "organization_has_children",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.rule(),
            Self::Unknown | Self::HasChildren(_) => "A5",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.next(),
            Self::Unknown => "list the healthcare parties and choose one of them",
            Self::HasChildren(_) => "move or delete what stands below it first",
        }
    }
    fn named(&self) -> Named {
        match self {
            Self::Authority(_) | Self::Unknown => Named::default(),
            Self::HasChildren(first) => Named::hcp(*first),
        }
    }
}

/// What [`delete`] looks at.
#[must_use]
pub fn finds(hcp: Id<Hcp>) -> [Find; 2] {
    [Find::Hcp(hcp), Find::HcpBelow(hcp)]
}

/// Decides to delete a healthcare party; `records` hold [what is looked at](finds). The person of a professional stays, and the
/// journal, which names both by id alone.
///
/// Whoever puts a party below this one relies on this one, and no store takes away what another record refers to: of two at once,
/// one is decided anew.
///
/// # Errors
/// As [`DeleteHcpRefusal`].
pub fn delete(
    authority: &Authority,
    records: &Records,
    hcp: Id<Hcp>,
    ids: &Mint,
) -> Result<Changeset, DeleteHcpRefusal> {
    let mut changes = authority.permit(&HCPS_MANAGE)?;
    let before = records.hcps.get(&hcp).ok_or(DeleteHcpRefusal::Unknown)?;
    let is_below = |it: &&Stored<Hcp>| it.record.parent == Some(hcp);
    if let Some(first) = records.hcps.values().find(is_below) {
        return Err(DeleteHcpRefusal::HasChildren(first.record.id));
    }
    changes.erase(before);
    let person = before.record.person();
    changes.enter(authority.entry(ids.now(), Event::HcpDeleted { hcp, person }));
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        hcp::AddOrganisation,
        permission::PERSONS_MANAGE,
        world::{World, events, name, says},
    };

    /// J1: the record goes, the person stays, and the journal names both by id alone.
    #[test]
    fn a_professional_goes_and_the_person_stays() {
        let mut world = World::new();
        let hcp = world.professional("ada@example.org", None).unwrap();
        let person = world.records.hcps[&hcp].record.person();
        let by = world.as_user(world.owner);
        let changes = delete(&by, &world.records, hcp, &world.ids).unwrap();
        assert_eq!(events(&changes), [Event::HcpDeleted { hcp, person }]);
        world.commit(&changes);
        assert!(!world.records.hcps.contains_key(&hcp));
        assert!(world.records.persons.contains_key(&person.unwrap()));
        let again = delete(&by, &world.records, hcp, &world.ids);
        assert_eq!(again, Err(DeleteHcpRefusal::Unknown));
        // The address is free again.
        assert!(world.professional("ada@example.org", None).is_ok());
    }

    #[test]
    fn what_has_others_below_it_stays() {
        let mut world = World::new();
        let top = world.organisation("Top", None);
        let ward = world.organisation("Ward", Some(top));
        world.organisation("Other ward", Some(top));
        let by = world.as_user(world.owner);
        let refused = delete(&by, &world.records, top, &world.ids);
        assert_eq!(refused, Err(DeleteHcpRefusal::HasChildren(ward)));
        assert!(delete(&by, &world.records, ward, &world.ids).is_ok());
    }

    /// A parent that is deleted while a child is put below it: whoever comes second decides anew.
    #[test]
    fn deleting_collides_with_what_is_put_below_meanwhile() {
        let mut world = World::new();
        let top = world.organisation("Top", None);
        let by = world.as_user(world.owner);
        let deleted = delete(&by, &world.records, top, &world.ids).unwrap();
        let command = AddOrganisation {
            name: name("Ward"),
            email: None,
            phone: None,
            parent: Some(top),
        };
        let added = command.decide(&by, &world.records, &mut world.ids);
        assert!(world.collide(&deleted, &added.unwrap().0));
        let twice = delete(&by, &world.records, top, &world.ids).unwrap();
        assert!(world.collide(&deleted, &twice));
    }

    /// A5: each refusal has its code, the rule and the next step; who may not is told nothing.
    #[test]
    fn each_refusal_says_what_it_is() {
        let mut world = World::new();
        let hcp = world.organisation("Ward", None);
        let other = world.desk("other@example.org", [PERSONS_MANAGE]);
        let by_other = world.as_user(other);
        let refused = delete(&by_other, &world.records, hcp, &world.ids).unwrap_err();
        let has_children = DeleteHcpRefusal::HasChildren(hcp);
        assert_eq!(has_children.named(), Named::hcp(hcp));
        for (refusal, code, rule) in [
            (refused, "permission_missing", "A1"),
            (DeleteHcpRefusal::Unknown, "hcp_unknown", "A5"),
            (has_children, "organization_has_children", "A5"),
        ] {
            assert_eq!(says(&refusal), (code, rule));
        }
    }
}
