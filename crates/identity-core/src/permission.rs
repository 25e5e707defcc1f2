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
/// Make and revoke tokens for programs.
pub const TOKENS_MANAGE: Permission = Permission(Cow::Borrowed("tokens:manage"));

/// Every permission that Rollcall itself looks at; a host has its own beside them.
pub const BUILT_IN: [Permission; 7] = [
    USERS_MANAGE,
    ROLES_MANAGE,
    HCPS_MANAGE,
    INTEGRATIONS_MANAGE,
    DATA_LOAD,
    JOURNAL_READ,
    TOKENS_MANAGE,
];

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
