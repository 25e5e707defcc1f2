//! Which healthcare parties to list.

use super::{Hcp, HcpLine, Party};
use crate::{
    id::Id,
    name::{Name, NameRefusal},
    person::Person,
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Which healthcare parties to list; by default all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HcpSearch {
    /// Those whose name or address begins like this.
    pub text: Option<SearchText>,
    /// Professionals or organisations.
    pub kind: Option<HcpKind>,
    /// Those directly below this organisation.
    pub parent: Option<Id<Hcp>>,
}

/// What a healthcare party is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HcpKind {
    /// A human being.
    Professional,
    /// A hospital, department or practice.
    #[serde(rename = "organization")]
    Organisation,
}

/// The text names no kind of healthcare party.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither `professional` nor `organization`")]
pub struct HcpKindSyntax;

impl FromStr for HcpKind {
    type Err = HcpKindSyntax;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is = |it: &Self| it.as_str() == text;
        Self::ALL.into_iter().find(is).ok_or(HcpKindSyntax)
    }
}

impl HcpKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Professional, Self::Organisation];

    /// The name outside, as documents have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Professional => "professional",
            Self::Organisation => "organization",
        }
    }
}

/// The beginning of a name, or of a word in it, or of an address, whatever the case. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct SearchText {
    typed: Name,
    key: String,
}

impl SearchText {
    /// Reads what somebody looks for: what a name may hold.
    ///
    /// # Errors
    /// As [`Name::parse`].
    pub fn parse(text: &str) -> Result<Self, NameRefusal> {
        let typed = Name::parse(text)?;
        let key = typed.key();
        Ok(Self { typed, key })
    }

    /// What was typed, cleaned.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.typed.as_str()
    }

    /// The beginning of the keys of all addresses that fit, where nothing but an address can: a store may look there alone.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        self.key.contains('@').then_some(self.key.as_str())
    }

    /// Whether the name begins like this, or a word in it.
    fn begins(&self, name: &str) -> bool {
        let words = name.match_indices(' ').map(|(at, _)| at + 1);
        std::iter::once(0)
            .chain(words)
            .any(|it| name.get(it..).is_some_and(|it| it.starts_with(&self.key)))
    }
}

impl fmt::Debug for SearchText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SearchText(…)")
    }
}

impl HcpSearch {
    /// Whether a party is one of those looked for: the one answer of every store, which may ask fewer parties by an index.
    #[must_use]
    pub fn fits(&self, HcpLine { hcp, person }: &HcpLine) -> bool {
        let text = |it: &SearchText| fits(it, hcp, person.as_ref());
        self.kind.is_none_or(|it| it == hcp.kind())
            && (self.parent.is_none() || self.parent == hcp.parent)
            && self.text.as_ref().is_none_or(text)
    }
}

fn fits(text: &SearchText, hcp: &Hcp, person: Option<&Person>) -> bool {
    let address = |it: &str| it.starts_with(&text.key);
    match &hcp.party {
        Party::Professional { email, .. } => {
            let named = |it: &Person| {
                let (given, family) = (it.name.given.key(), it.name.family.key());
                text.begins(&format!("{given} {family}"))
                    || format!("{family} {given}").starts_with(&text.key)
            };
            address(email.as_str()) || text.address().is_none() && person.is_some_and(named)
        }
        Party::Organisation { name, email, .. } => {
            email.as_ref().is_some_and(|it| address(it.key().as_str())) || text.begins(&name.key())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{World, person_name};

    fn line(world: &World, hcp: Id<Hcp>) -> HcpLine {
        let hcp = world.records.hcps[&hcp].record.clone();
        let person = hcp
            .person()
            .map(|it| world.records.persons[&it].record.clone());
        HcpLine { hcp, person }
    }

    #[test]
    fn a_party_is_found_by_the_beginning_of_a_name_or_an_address() {
        let mut world = World::new();
        let ward = world.organisation("Sainte-Élise Clinic", None);
        let ada = world
            .professional("countess@example.org", Some(ward))
            .unwrap();
        let (ward, mut ada) = (line(&world, ward), line(&world, ada));
        ada.person.as_mut().unwrap().name = person_name("Ada Augusta", "Lovelace");
        for (text, finds_ada, finds_ward) in [
            ("ada", true, false),
            ("AUGUSTA", true, false),
            ("ada augusta lovel", true, false),
            ("Lovelace", true, false),
            ("lovelace ada", true, false),
            ("velace", false, false),
            ("count", true, false),
            ("countess@", true, false),
            ("Countess@EXAMPLE", true, false),
            ("example", false, false),
            ("SAINTE-\u{c9}", false, true),
            ("clinic", false, true),
            ("élise", false, false),
        ] {
            let search = HcpSearch {
                text: SearchText::parse(text).ok(),
                ..HcpSearch::default()
            };
            let found = (search.fits(&ada), search.fits(&ward));
            assert_eq!(found, (finds_ada, finds_ward), "{text}");
        }
        for kind in HcpKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            let search = HcpSearch {
                kind: Some(kind),
                ..HcpSearch::default()
            };
            assert_eq!(search.fits(&ada), kind == HcpKind::Professional);
            assert_eq!(search.fits(&ward), kind == HcpKind::Organisation);
        }
        let below = HcpSearch {
            parent: Some(ward.hcp.id),
            ..HcpSearch::default()
        };
        assert!(below.fits(&ada) && !below.fits(&ward));
    }

    /// What a store may narrow by the address alone is found by nothing else.
    #[test]
    fn only_what_holds_an_at_sign_is_an_address() {
        for (text, address) in [
            ("ada", None),
            ("ada@", Some("ada@")),
            ("Ada@Example", Some("ada@example")),
        ] {
            assert_eq!(SearchText::parse(text).unwrap().address(), address);
        }
        let hidden = format!("{:?}", SearchText::parse("ada"));
        assert_eq!(hidden, "Ok(SearchText(…))");
        for bad in ["", " ", "=1", "a\u{202e}b"] {
            assert!(SearchText::parse(bad).is_err());
        }
    }
}
