//! Tenants: acts of the platform operator, who is whoever may write the database file, and the owners' policy.

use crate::{
    arguments::Options,
    desk::Desk,
    failure::Failure,
    init::Init,
    output::{Answer, Format, count, done, table},
};
use clap::{Args, Subcommand, ValueEnum};
use identity_core::{
    document::{DomainDocument, PolicyDocument, TenantDocument},
    email::Email,
    id::Id,
    port::{Directory as _, Find, Store as _},
    tenant::{
        Domain, DomainStatus, ElevationLength, GrantPolicy, Listing, OwnerGrants, Tenant,
        policy::SetPolicy,
    },
};
use serde_json::json;

#[derive(Debug, Subcommand)]
pub(crate) enum TenantCommand {
    /// List the tenants
    #[command(after_help = "Examples:\n  rollcall tenant list\n  rollcall tenant list --json")]
    List,
    /// Make one more tenant with its first owner
    Create(Init),
    /// Suspend a tenant: none of its users has any authority until it is reactivated
    #[command(after_help = "Example:\n  rollcall tenant suspend --tenant 'St. Clare'")]
    Suspend,
    /// Reactivate a tenant
    #[command(after_help = "Example:\n  rollcall tenant reactivate --tenant 'St. Clare'")]
    Reactivate,
    /// Let patients find a tenant among the health systems, or no longer
    #[command(after_help = "Example:\n  rollcall tenant listing listed --tenant 'St. Clare'")]
    Listing(SetListing),
    /// List the domains of a tenant
    #[command(after_help = "Example:\n  rollcall tenant domains")]
    Domains,
    /// Close or open a domain: none of its users has any authority while it is closed
    #[command(after_help = "Examples:
  rollcall tenant domain 00000000-0000-0000-0000-000000000001 inactive     (the platform's patient care)")]
    Domain(SetDomain),
    /// Show how a tenant gives power away, or set it as an owner with `--elevate`
    #[command(after_help = "Examples:
  rollcall tenant policy
  rollcall tenant policy --grants subset-only --elevate 'agreed on 3 March'
  rollcall tenant policy --owner-grants two-owners --elevation-minutes 30 --elevate 'agreed on 3 March'")]
    Policy(Policy),
    /// Confirm that a login is in the hands of whoever has its address: another tenant may let it in then
    #[command(after_help = "Example:\n  rollcall tenant confirm-login locum@agency.example")]
    ConfirmLogin(ConfirmLogin),
    /// Let one owner alone grant Tenant Owner again, on the customer's request
    #[command(after_help = "Example:\n  rollcall tenant lift-second-owner --tenant 'St. Clare'")]
    LiftSecondOwner,
}

#[derive(Debug, Args)]
pub(crate) struct ConfirmLogin {
    /// The login
    #[arg(value_name = "EMAIL", value_parser = Email::parse)]
    login: Email,
}

#[derive(Debug, Args)]
pub(crate) struct SetListing {
    /// Whether patients find it
    #[arg(value_name = "LISTING")]
    listing: ListingWord,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ListingWord {
    Listed,
    Unlisted,
}

#[derive(Debug, Args)]
pub(crate) struct SetDomain {
    /// The domain, by id
    #[arg(value_name = "DOMAIN")]
    domain: Id<Domain>,
    /// Whether its users may do anything
    #[arg(value_name = "STATUS")]
    status: StatusWord,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum StatusWord {
    Active,
    Inactive,
}

#[derive(Debug, Args)]
pub(crate) struct Policy {
    /// What a manager of users may give away: any role but Tenant Owner, or only what they hold
    #[arg(long, value_name = "POLICY")]
    grants: Option<GrantsWord>,
    /// Who must agree before somebody becomes an owner
    #[arg(long, value_name = "WHO")]
    owner_grants: Option<OwnersWord>,
    /// How long Tenant Owner stays switched on, 1 to 60 minutes
    #[arg(long, value_name = "MINUTES", value_parser = minutes)]
    elevation_minutes: Option<ElevationLength>,
}

fn minutes(text: &str) -> Result<ElevationLength, String> {
    let minutes = text.parse().map_err(|_| "not a number of minutes")?;
    ElevationLength::of_minutes(minutes).map_err(|it| it.to_string())
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum GrantsWord {
    ManageUsersMayGrant,
    SubsetOnly,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum OwnersWord {
    OneOwner,
    TwoOwners,
}

impl TenantCommand {
    pub(crate) async fn run(self, options: &Options) -> Result<Answer, Failure> {
        let format = Format::of(options);
        match self {
            Self::List => {
                let desk = Desk::platform(options)?;
                let tenants = desk.service.store.tenants().await?;
                let tenants: Vec<_> = tenants.into_iter().map(TenantDocument::from).collect();
                Ok(listed(format, &tenants))
            }
            Self::Create(create) => create.run(options).await,
            Self::Suspend => {
                let Desk { service, call, .. } = Desk::operate(options).await?;
                service.suspend_tenant(&call).await?;
                Ok(said(
                    format,
                    &call.tenant,
                    "is suspended: none of its users has any authority",
                ))
            }
            Self::Reactivate => {
                let Desk { service, call, .. } = Desk::operate(options).await?;
                service.reactivate_tenant(&call).await?;
                Ok(said(format, &call.tenant, "is active"))
            }
            Self::Listing(SetListing { listing }) => {
                let Desk { service, call, .. } = Desk::operate(options).await?;
                let (listing, human) = match listing {
                    ListingWord::Listed => (Listing::Listed, "is listed as a health system"),
                    ListingWord::Unlisted => (Listing::Unlisted, "is not listed"),
                };
                service.set_listing(&call, listing).await?;
                Ok(said(format, &call.tenant, human))
            }
            Self::Domains => {
                let Desk { service, call, .. } = Desk::operate(options).await?;
                let records = service.store.load(call.tenant, vec![Find::Domains]).await?;
                let domains = records.domains.values().map(|it| &it.record);
                let domains: Vec<_> = domains.map(DomainDocument::from).collect();
                Ok(Answer::of(format, &json!({ "domains": domains }), || {
                    let rows: Vec<_> = domains
                        .iter()
                        .map(|it| {
                            let word = |value| serde_json::to_value(value).unwrap_or_default();
                            let word = |value| word(value).as_str().unwrap_or_default().to_owned();
                            [
                                it.name.clone(),
                                word(json!(it.kind)),
                                word(json!(it.status)),
                                it.id.to_string(),
                            ]
                        })
                        .collect();
                    table(["Domain", "For", "Status", "Id"], &rows)
                }))
            }
            Self::Domain(SetDomain { domain, status }) => {
                let Desk { service, call, .. } = if domain == Domain::PATIENT_CARE {
                    Desk::platform(options)?
                } else {
                    Desk::operate(options).await?
                };
                let (status, human) = match status {
                    StatusWord::Active => (DomainStatus::Active, "open"),
                    StatusWord::Inactive => (DomainStatus::Inactive, "closed"),
                };
                service.set_domain_status(&call, domain, status).await?;
                let human = format!("Domain {domain} is {human}.");
                Ok(done(format, "domain", domain, human))
            }
            Self::Policy(policy) => policy.run(options).await,
            Self::ConfirmLogin(ConfirmLogin { login }) => {
                let Desk { service, call, .. } = Desk::platform(options)?;
                service.confirm_login(&call, login.key()).await?;
                let human = "The login is confirmed, and may open users of further tenants.";
                Ok(done(format, "confirmed", true, human.to_owned()))
            }
            Self::LiftSecondOwner => {
                let Desk { service, call, .. } = Desk::operate(options).await?;
                service.lift_second_owner(&call).await?;
                Ok(said(
                    format,
                    &call.tenant,
                    "asks for no second owner any more",
                ))
            }
        }
    }
}

impl Policy {
    async fn run(self, options: &Options) -> Result<Answer, Failure> {
        let command = SetPolicy {
            grants: self.grants.map(|it| match it {
                GrantsWord::ManageUsersMayGrant => GrantPolicy::ManageUsersMayGrant,
                GrantsWord::SubsetOnly => GrantPolicy::SubsetOnly,
            }),
            owner_grants: self.owner_grants.map(|it| match it {
                OwnersWord::OneOwner => OwnerGrants::OneOwner,
                OwnersWord::TwoOwners => OwnerGrants::TwoOwners,
            }),
            elevation: self.elevation_minutes,
        };
        let Desk {
            service,
            call,
            format,
        } = Desk::begin(options).await?;
        if command != SetPolicy::default() {
            service.set_policy(&call, command).await?;
        }
        let authority = service.authority(&call).await?;
        let policy = PolicyDocument::from(authority.tenant());
        Ok(Answer::of(format, &policy, || {
            let grants = match policy.grants {
                GrantPolicy::ManageUsersMayGrant => "any role but Tenant Owner",
                GrantPolicy::SubsetOnly => "only roles whose permissions they hold",
            };
            let owners = match policy.owner_grants {
                OwnerGrants::OneOwner => "one owner grants it",
                OwnerGrants::TwoOwners => "a second owner must approve",
            };
            format!(
                "Whoever manages users may give: {grants}.\nTenant Owner: {owners}.\n\
                 Switched on, it lasts {}.\n",
                count(
                    usize::try_from(policy.elevation_minutes.minutes()).unwrap_or_default(),
                    "minute",
                    "minutes"
                )
            )
        }))
    }
}

fn said(format: Format, tenant: &Id<Tenant>, human: &str) -> Answer {
    done(
        format,
        "tenant",
        tenant,
        format!("Tenant {tenant} {human}."),
    )
}

fn listed(format: Format, tenants: &[TenantDocument]) -> Answer {
    Answer::of(format, &json!({ "tenants": tenants }), || {
        let rows: Vec<_> = tenants
            .iter()
            .map(|it| {
                let listing = match it.listing {
                    Listing::Listed => "health system",
                    Listing::Unlisted => "",
                };
                [
                    it.name.clone(),
                    it.status.to_owned(),
                    listing.to_owned(),
                    it.id.to_string(),
                ]
            })
            .collect();
        format!(
            "{}{}\n",
            table(["Tenant", "Status", "Listed", "Id"], &rows),
            count(rows.len(), "tenant", "tenants")
        )
    })
}
