//! For every operation that is described, a request that does what the operation is for.

use crate::host::{Host, PASSWORD, operator};
use identity_core::{
    changeset::Changeset,
    hcp::{AddOrganisation, Hcp},
    id::{Id, Mint},
    name::{Name, PersonName},
    permission::{Permissions, USERS_MANAGE},
    person::{Person, edit::AddPerson},
    port::{Clock as _, Store as _},
    role::{Role, RoleKind, custom::CreateRole},
    tenant::{Domain, DomainKind, DomainStatus, OwnerGrants, policy::SetPolicy},
    user::User,
};
use serde_json::{Value, json};

/// A request, with the secret of somebody who may.
pub(crate) struct Good {
    pub(crate) path: String,
    pub(crate) secret: String,
    pub(crate) body: Option<Value>,
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

impl Host {
    /// Somebody to whom things are done: a learner.
    pub(crate) fn patient(&self) -> Id<User> {
        self.hospital.learners[1].user
    }

    /// A call by the second owner, with Tenant Owner switched on.
    pub(crate) async fn second_owner(&self) -> identity_core::service::Call {
        let rollcall = &self.rollcall;
        self.hospital
            .elevated(
                &self.hospital.owners[1],
                &rollcall.store,
                &rollcall.clock,
                &rollcall.random,
            )
            .await
            .unwrap()
    }

    /// From now on a second owner must approve.
    pub(crate) async fn two_owners(&self) {
        let command = SetPolicy {
            owner_grants: Some(OwnerGrants::TwoOwners),
            ..SetPolicy::default()
        };
        let call = self.second_owner().await;
        self.rollcall.set_policy(&call, command).await.unwrap();
    }

    /// A role of the customer's own.
    pub(crate) async fn custom_role(&self) -> Id<Role> {
        let command = CreateRole {
            name: name("Ward clerk"),
            permissions: Permissions::from([USERS_MANAGE]),
        };
        let call = self.call(self.administrator());
        self.rollcall.create_role(&call, command).await.unwrap()
    }

    /// A person who has no user.
    pub(crate) async fn person(&self) -> Id<Person> {
        let command = AddPerson {
            name: PersonName {
                given: name("Jerry"),
                family: name("Cardenas"),
            },
            email: None,
            birth_date: None,
            mobile: None,
            patient: None,
        };
        let call = self.call(self.administrator());
        self.rollcall.add_person(&call, command).await.unwrap()
    }

    /// An organisation with nothing above or below it.
    pub(crate) async fn organisation(&self) -> Id<Hcp> {
        let command = AddOrganisation {
            name: name("Ward"),
            email: None,
            phone: None,
            parent: None,
        };
        let call = self.call(self.hospital.owners[0].user);
        let added = self.rollcall.add_organisation(&call, command).await;
        added.unwrap()
    }

    /// A domain beside the internal one.
    async fn second_domain(&self) -> Id<Domain> {
        let id = Mint::new(self.rollcall.clock.now(), [7; 10]).id();
        let mut changes = Changeset::new(self.hospital.tenant);
        changes.create(Domain {
            id,
            name: name("Outpatients"),
            kind: DomainKind::PatientCare,
            status: DomainStatus::Active,
        });
        self.rollcall.store.commit(changes).await.unwrap();
        id
    }
}

/// Makes what the operation needs, and gives the request; `None` for an operation that nobody thought of here.
pub(crate) async fn good(host: &Host, operation: &str) -> Option<Good> {
    let token = || host.token.clone();
    let of = |path: String, secret: String, body: Value| {
        let body = (!body.is_null()).then_some(body);
        Some(Good { path, secret, body })
    };
    let below = |rest: &str, secret: String, body: Value| of(host.path(rest), secret, body);
    let top = |path: &str, secret: String, body: Value| of(path.to_owned(), secret, body);
    let (owner, patient) = (host.hospital.owners[0].user, host.patient());
    let member = &host.hospital.learners[1];
    let user = |rest: &str| format!("users/{patient}{rest}");
    let none = Value::Null;
    match operation {
        "live" => top("/health", String::new(), none),
        "ready" => top("/health/ready", String::new(), none),
        "describe" => top("/v1/openapi.json", String::new(), none),
        "listHealthSystems" => top("/v1/health-systems", String::new(), none),
        "listPermissions" => top("/v1/permissions", token(), none),
        "listTenants" => top("/v1/tenants", operator(), none),
        "createTenant" => {
            let owner =
                json!({ "given": "Ada", "family": "Lovelace", "email": "ada@mercy.example" });
            let body = json!({ "name": "Mercy", "domain": "staff.mercy.example", "listing": "listed", "owner": owner });
            top("/v1/tenants", operator(), body)
        }
        "showTenant" => of(
            format!("/v1/tenants/{}", host.hospital.tenant),
            token(),
            none,
        ),
        "suspendTenant" => below("suspension", operator(), none),
        "reactivateTenant" => {
            let mut call = host.call(owner);
            call.actor = identity_core::authority::Actor::Operator;
            host.rollcall.suspend_tenant(&call).await.unwrap();
            below("suspension", operator(), none)
        }
        "setListing" => below("listing", operator(), json!({ "listing": "listed" })),
        "listDomains" => below("domains", token(), none),
        "setDomainStatus" => {
            let rest = format!("domains/{}/status", host.second_domain().await);
            below(&rest, operator(), json!({ "status": "inactive" }))
        }
        "confirmLogin" => {
            let login = host.hospital.learners[0].email.as_str();
            top(
                "/v1/login-confirmations",
                operator(),
                json!({ "login": login }),
            )
        }
        "setPatientCareDomainStatus" => top(
            "/v1/patient-care-domain/status",
            operator(),
            json!({ "status": "inactive" }),
        ),
        "showPolicy" => below("policy", token(), none),
        "setPolicy" => {
            let body = json!({ "grants": "subset_only", "owner_grants": "two_owners", "elevation_minutes": 30 });
            below("policy", host.elevated(owner).await, body)
        }
        "liftSecondOwner" => {
            host.two_owners().await;
            below("policy/second-owner", operator(), none)
        }
        "logIn" => {
            let login = host.with_password(1).await;
            let body = json!({ "login": login, "password": PASSWORD });
            top("/v1/sessions", String::new(), body)
        }
        "showOwnSession" | "logOut" => top("/v1/session", host.session_of(owner).await, none),
        "elevate" => top(
            "/v1/session/elevation",
            host.session_of(owner).await,
            json!({ "reason": "Olive is on leave" }),
        ),
        "endElevation" => top("/v1/session/elevation", host.elevated(owner).await, none),
        "changePassword" => {
            host.with_password(1).await;
            let body = json!({ "present": PASSWORD, "new": "another one that is as long" });
            top("/v1/session/password", host.session_of(patient).await, body)
        }
        "changeOwnEmail" => {
            host.with_password(1).await;
            let body = json!({ "present": PASSWORD, "email": "moved@general.example" });
            top("/v1/session/email", host.session_of(patient).await, body)
        }
        "listPersons" => below("persons", token(), none),
        "addPerson" => {
            let body = json!({
                "given": "Jerry", "family": "Cardenas", "email": "jerry@general.example",
                "birth_date": "1971-03-22", "mobile": "+32470123456", "patient": "MRN-0042",
            });
            below("persons", token(), body)
        }
        "showPerson" => below(&format!("persons/{}", member.person), token(), none),
        "editPerson" => {
            let body = json!({ "birth_date": "1971-03-22", "patient": null });
            below(&format!("persons/{}", member.person), token(), body)
        }
        "erasePerson" => below(&format!("persons/{}", host.person().await), token(), none),
        "listUsers" => below("users", token(), none),
        "addUser" => {
            let role = host.hospital.role(RoleKind::Teacher);
            let body = json!({
                "email": "jerry@general.example", "role": role, "given": "Jerry", "family": "Cardenas", "status": "active",
            });
            below("users", token(), body)
        }
        "showUser" => below(&user(""), token(), none),
        "setUserStatus" => below(&user("/status"), token(), json!({ "status": "inactive" })),
        "setUserLogin" => below(&user("/login"), token(), json!({ "linked": false })),
        "setUserPassword" => below(&user("/password"), token(), json!({ "password": PASSWORD })),
        "assignRole" => {
            let role = host.hospital.role(RoleKind::Teacher);
            below(&user(&format!("/roles/{role}")), token(), none)
        }
        "removeRole" => {
            let role = host.hospital.role(RoleKind::Learner);
            below(&user(&format!("/roles/{role}")), token(), none)
        }
        "setUserRoleStatus" => {
            let role = host.hospital.role(RoleKind::Learner);
            let rest = user(&format!("/roles/{role}/status"));
            below(&rest, token(), json!({ "status": "inactive" }))
        }
        "listUserSessions" | "endUserSessions" => {
            host.session_of(patient).await;
            below(&user("/sessions"), token(), none)
        }
        "endSession" => {
            let opens = identity_core::account::Opens {
                tenant: host.hospital.tenant,
                user: patient,
            };
            let opened = host.rollcall.open_session_of(opens).await.unwrap();
            below(&format!("sessions/{}", opened.id), token(), none)
        }
        "listRoles" => below("roles", token(), none),
        "createRole" => {
            let body = json!({ "name": "Ward clerk", "permissions": ["users:manage"] });
            below("roles", token(), body)
        }
        "showRole" | "retireRole" => below(
            &format!("roles/{}", host.custom_role().await),
            token(),
            none,
        ),
        "changeRole" => {
            let rest = format!("roles/{}", host.custom_role().await);
            below(&rest, token(), json!({ "name": "Clerk of the ward" }))
        }
        "explainPermission" => below("permissions/users:manage", token(), none),
        "explainPermissionOfUser" => below(&user("/permissions/users:manage"), token(), none),
        "listWhoCan" => below("permissions/users:manage/users", token(), none),
        "listOwners" => below("owners", token(), none),
        "replaceOwner" => {
            let leaving = host.hospital.owners[1].user;
            let body = json!({ "leaving": leaving, "successor": { "user": patient } });
            below("owner-replacements", operator(), body)
        }
        "listOwnerProposals" => below("owner-proposals", token(), none),
        "proposeOwner" => {
            host.two_owners().await;
            let secret = host.elevated(owner).await;
            below(&format!("owner-proposals/{patient}"), secret, none)
        }
        "withdrawOwnerProposal" | "approveOwnerProposal" => {
            host.two_owners().await;
            let by = host.second_owner().await;
            host.rollcall.propose_owner(&by, patient).await.unwrap();
            let rest = match operation {
                "approveOwnerProposal" => format!("owner-proposals/{patient}/approval"),
                _ => format!("owner-proposals/{patient}"),
            };
            below(&rest, host.elevated(owner).await, none)
        }
        "listElevations" => {
            host.elevated(owner).await;
            below("elevations", token(), none)
        }
        "listJournal" => below("journal", token(), none),
        "listPlatformJournal" => top("/v1/journal", operator(), none),
        "exportPlatformJournal" => top("/v1/journal/export", operator(), none),
        "verifyJournal" => below("journal/verification", token(), none),
        "signJournal" => below("journal/checkpoint", token(), none),
        "verifyJournalSinceCheckpoint" => {
            let rest = "journal/checkpoint";
            let checkpoint = host.act("GET", rest, &host.token, None).await.json();
            below("journal/verification", token(), checkpoint)
        }
        "verifyPlatformJournal" => top("/v1/journal/verification", operator(), none),
        "signPlatformJournal" => top("/v1/journal/checkpoint", operator(), none),
        "verifyPlatformJournalSinceCheckpoint" => {
            let path = "/v1/journal/checkpoint";
            let checkpoint = host.ask("GET", path, &operator(), None).await.json();
            top("/v1/journal/verification", operator(), checkpoint)
        }
        "exportJournal" => below("journal/export", token(), none),
        "listHcps" => below("hcps", token(), none),
        "addHcp" => {
            let body = json!({
                "kind": "professional", "given": "Jerry", "family": "Cardenas",
                "email": "jerry@general.example", "phone": "+32470123456",
                "parent": host.organisation().await,
            });
            below("hcps", token(), body)
        }
        "showHcp" | "deleteHcp" => below(
            &format!("hcps/{}", host.organisation().await),
            token(),
            none,
        ),
        "editHcp" => {
            let rest = format!("hcps/{}", host.organisation().await);
            let body = json!({
                "name": "Cardiology", "email": "cardiology@general.example", "phone": null,
                "parent": host.organisation().await,
            });
            below(&rest, token(), body)
        }
        "showImport" | "listRejections" => {
            let made = host.upload("", crate::files::FILE).await.json();
            let import = made["import"].as_str().unwrap();
            let rest = match operation {
                "showImport" => format!("imports/{import}"),
                _ => format!("imports/{import}/rejections"),
            };
            below(&rest, token(), none)
        }
        // The others have tests of their own.
        "importHcps" => below("imports", token(), none),
        "showViews" => below("medhub/views", token(), none),
        _ => None,
    }
}

/// An operation as it is described.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) described: Value,
}

impl Operation {
    /// All of them.
    pub(crate) async fn all(host: &Host) -> Vec<Self> {
        let answer = host.ask("GET", "/v1/openapi.json", "", None).await;
        let described = answer.json();
        let mut all = vec![];
        for (path, item) in described["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                all.push(Self {
                    name: operation["operationId"].as_str().unwrap().to_owned(),
                    method: method.to_uppercase(),
                    path: path.clone(),
                    described: operation.clone(),
                });
            }
        }
        all
    }

    pub(crate) fn takes(&self, parameter: &str) -> bool {
        let parameters = self.described["parameters"].as_array();
        parameters
            .into_iter()
            .flatten()
            .any(|it| it["name"] == parameter)
    }

    pub(crate) fn reads_json(&self) -> bool {
        self.described["requestBody"]["content"]["application/json"].is_object()
    }

    /// The status when it does what it is for, and no dry run is asked for.
    pub(crate) fn success(&self) -> u16 {
        let statuses = self.described["responses"].as_object().unwrap().keys();
        let statuses = statuses.map(|it| it.parse().unwrap());
        let good = statuses.filter(|it| (200..300).contains(it));
        // 200 may be of the dry run alone, and is the least.
        good.max().unwrap()
    }
}
