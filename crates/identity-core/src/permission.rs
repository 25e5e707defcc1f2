//! Permissions: names in two levels, `area:action`.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{borrow::Cow, collections::BTreeSet, fmt};

/// A right to do one kind of thing, such as `users:manage`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permission(Cow<'static, str>);

/// Add, deactivate and reactivate users, and give them roles other than Tenant Owner.
pub const USERS_MANAGE: Permission = Permission(Cow::Borrowed("users:manage"));
/// Make and change roles.
pub const ROLES_MANAGE: Permission = Permission(Cow::Borrowed("roles:manage"));
/// Create, change and delete healthcare parties.
pub const HCPS_MANAGE: Permission = Permission(Cow::Borrowed("hcps:manage"));
/// Connect other systems and reconcile with them.
pub const INTEGRATIONS_MANAGE: Permission = Permission(Cow::Borrowed("integrations:manage"));
/// Import files.
pub const DATA_LOAD: Permission = Permission(Cow::Borrowed("data:load"));
/// Read the journal.
pub const JOURNAL_READ: Permission = Permission(Cow::Borrowed("journal:read"));
/// Change what is known of persons, and erase it.
pub const PERSONS_MANAGE: Permission = Permission(Cow::Borrowed("persons:manage"));
/// Make and revoke tokens for programs.
pub const TOKENS_MANAGE: Permission = Permission(Cow::Borrowed("tokens:manage"));

/// Every permission that Rollcall itself looks at; a host has its own beside them.
pub const BUILT_IN: [Permission; 8] = [
    USERS_MANAGE,
    ROLES_MANAGE,
    PERSONS_MANAGE,
    HCPS_MANAGE,
    INTEGRATIONS_MANAGE,
    DATA_LOAD,
    JOURNAL_READ,
    TOKENS_MANAGE,
];

/// The permissions that there are: those of Rollcall, and those its host registers beside them. A role with any other is refused,
/// so that a misspelled one is seen when it is written and not when it is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue(Permissions);

impl Catalogue {
    /// The built-in permissions and the host's.
    pub fn with(host: impl IntoIterator<Item = Permission>) -> Self {
        Self(BUILT_IN.into_iter().chain(host).collect())
    }

    /// Whether there is such a permission.
    #[must_use]
    pub fn has(&self, permission: &Permission) -> bool {
        self.0.contains(permission)
    }

    /// All of them, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Permission> {
        self.0.iter()
    }
}

impl Default for Catalogue {
    fn default() -> Self {
        Self::with([])
    }
}

/// A set of permissions, in the order of their names.
pub type Permissions = BTreeSet<Permission>;

/// The text is not `area:action` in lower-case letters, digits, `-` and `_`, at most 64 characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a permission of the form `area:action`")]
pub struct PermissionSyntax;

impl Permission {
    /// Reads a permission's name.
    ///
    /// # Errors
    /// [`PermissionSyntax`].
    pub fn parse(text: &str) -> Result<Self, PermissionSyntax> {
        let word = |it: &str| {
            it.starts_with(|c: char| c.is_ascii_lowercase())
                && it
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
        };
        match text.split_once(':') {
            Some((area, action)) if text.len() <= 64 && word(area) && word(action) => {
                Ok(Self(Cow::Owned(text.to_owned())))
            }
            _ => Err(PermissionSyntax),
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl Serialize for Permission {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
impl<'de> Deserialize<'de> for Permission {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A5: what there is are our permissions and the host's, in the order of their names, and no other.
    #[test]
    fn a_catalogue_holds_ours_and_the_hosts() {
        let hosts = Permission::parse("wards:manage").unwrap();
        let (plain, both) = (Catalogue::default(), Catalogue::with([hosts.clone()]));
        for built_in in &BUILT_IN {
            assert!(plain.has(built_in) && both.has(built_in));
        }
        assert!(!plain.has(&hosts) && both.has(&hosts));
        assert_eq!(plain.iter().count(), BUILT_IN.len());
        assert!(both.iter().is_sorted() && both.iter().any(|it| *it == hosts));
    }

    #[test]
    fn a_permission_is_an_area_and_an_action() {
        for built_in in BUILT_IN {
            assert_eq!(Permission::parse(built_in.as_str()), Ok(built_in));
        }
        for bad in [
            "",
            "users",
            "users:",
            ":manage",
            "Users:manage",
            "users:manage:all",
            "users manage",
            "ü:a",
        ] {
            assert_eq!(Permission::parse(bad), Err(PermissionSyntax), "{bad}");
        }
    }
}
