//! The beginning: a tenant with its first owner.

use crate::{
    arguments::Options,
    desk::{self, Desk, Missing, is_called},
    failure::Failure,
    output::{Answer, Format},
};
use identity_core::{
    authority::Actor,
    email::Email,
    name::{Name, NameRefusal, PersonName},
    port::{Directory as _, Store as _},
    tenant::{CreateTenant, Listing, Tenant},
};

/// Make a tenant with its first owner, and the database if it is missing
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  rollcall init --tenant 'St. Clare' --owner-email ada@stclare.example \\
      --owner-given Ada --owner-family Vermeulen
  rollcall init --db /var/lib/rollcall/stclare.db --tenant 'St. Clare' --owner-email ada@stclare.example \\
      --owner-given Ada --owner-family Vermeulen --operation-key first-setup")]
pub(crate) struct Init {
    /// What the customer is called
    #[arg(long, value_name = "NAME", value_parser = name_text)]
    tenant: String,
    /// What its internal domain is called, such as the host name of its applications [default: the tenant's name]
    #[arg(long, value_name = "NAME", value_parser = Name::parse)]
    domain: Option<Name>,
    /// Let patients find it among the health systems
    #[arg(long)]
    listed: bool,
    /// The owner's e-mail address, which is the login as well
    #[arg(long, value_name = "EMAIL", value_parser = Email::parse)]
    owner_email: Email,
    /// The owner's given name
    #[arg(long, value_name = "NAME", value_parser = Name::parse)]
    owner_given: Name,
    /// The owner's family name
    #[arg(long, value_name = "NAME", value_parser = Name::parse)]
    owner_family: Name,
}

/// A name as text: the option of every command that has this name too is text, and may be an id.
fn name_text(text: &str) -> Result<String, NameRefusal> {
    Name::parse(text).map(|_| text.to_owned())
}

impl Init {
    pub(crate) async fn run(self, options: &Options) -> Result<Answer, Failure> {
        let missing = if options.dry_run {
            Missing::IsAnError
        } else {
            Missing::IsMade
        };
        let service = desk::open(options, missing)?;
        // Two of one name could be told apart by id alone, which nobody wants. Asking again with the key of the first is
        // asking for its answer.
        for tenant in service.store.tenants().await? {
            if !is_called(&tenant, &self.tenant) {
                continue;
            }
            let made_so = match &options.operation_key {
                Some(key) => service.store.operation(tenant.id, key.clone()).await?,
                None => None,
            };
            if made_so.is_none() {
                return Err(Failure::new(
                    "tenant_exists",
                    "the database has a tenant of this name",
                    "use it with `--tenant`, or choose another name or another database",
                ));
            }
        }
        let name = Name::parse(&self.tenant)
            .map_err(|it| Failure::new("name_invalid", it.to_string(), "choose another name"))?;
        let command = CreateTenant {
            name,
            domain: self.domain,
            listing: if self.listed {
                Listing::Listed
            } else {
                Listing::Unlisted
            },
            owner_email: self.owner_email,
            owner_name: PersonName {
                given: self.owner_given,
                family: self.owner_family,
            },
        };
        let call = Desk::call(options, Tenant::PLATFORM, Actor::Operator);
        let created = service.create_tenant(&call, command).await?;
        Ok(Answer::of(Format::of(options), &created, || {
            let file = desk::database(options);
            format!(
                "Tenant {} is made, in {}.\nIts owner is user {}, who is a system administrator too.\n\
                 Next: `rollcall user add --help`, `rollcall hcp check --help`\n",
                created.tenant,
                file.display(),
                created.owner
            )
        }))
    }
}
