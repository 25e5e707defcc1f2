//! Each refusal with its status, its code and its rule, as they are.

use super::*;
use identity_core::{
    hcp::{header::HeaderRefusal, row::Field},
    journal::Broken,
    permission::USERS_MANAGE,
    port::NoRandomness,
    reconcile::plan::ImportProblem,
    sheet::Budget,
    time::Instant,
};

fn lines<R: Refused>(refusals: impl IntoIterator<Item = R>) -> String {
    let lines: Vec<_> = refusals
        .into_iter()
        .map(|it| {
            let Problem {
                status, code, rule, ..
            } = Problem::refused(&it);
            format!("{} {code} {}", status.as_u16(), rule.unwrap_or("-"))
        })
        .collect();
    lines.join("\n")
}

#[test]
fn what_an_actor_may_not_has_its_status() {
    use AuthorityRefusal as It;
    insta::assert_snapshot!(lines([
        It::UnknownTenant,
        It::TenantSuspended,
        It::UnknownActor,
        It::ActorInactive,
        It::DomainInactive,
        It::TokenDead,
        It::SessionOver,
        It::NotOperator,
        It::NotAnOwner,
        It::NotElevated,
        It::Missing(USERS_MANAGE),
    ]), @"
404 tenant_unknown A1
403 tenant_suspended A1
403 actor_unknown A1
403 actor_inactive A1
403 domain_inactive A1
401 token_invalid E3
401 token_invalid E3
403 operator_only O6
403 not_an_owner O4
403 elevation_required O4
403 permission_missing A1
");
    insta::assert_snapshot!(lines([
        QuestionRefusal::Authority(It::NotElevated),
        QuestionRefusal::UnknownPermission(USERS_MANAGE),
        QuestionRefusal::UnknownUser,
    ]), @"
403 elevation_required O4
404 permission_unknown A5
404 user_unknown A5
");
    insta::assert_snapshot!(lines([
        CheckpointRefusal::Authority(It::NotOperator),
        CheckpointRefusal::NoKey,
        CheckpointRefusal::OtherTenant,
        CheckpointRefusal::NotSigned,
        CheckpointRefusal::Broken(Broken::Hash { number: 7 }),
    ]), @"
403 operator_only O6
409 checkpoint_key_missing J2
422 checkpoint_other_tenant J2
422 checkpoint_not_signed J2
409 journal_broken J2
");
}

#[test]
fn what_is_refused_in_a_tenant_has_its_status() {
    fn id<K>() -> Id<K> {
        Id::from_uuid(*Tenant::PLATFORM.as_uuid())
    }
    let all = [
        lines([
            CreateTenantRefusal::LoginUnlinked,
            CreateTenantRefusal::PasswordOfOthers,
        ]),
        lines([
            OperatorRefusal::Authority(AuthorityRefusal::NotOperator),
            OperatorRefusal::Unchanged,
            OperatorRefusal::PasswordOfOthers,
            OperatorRefusal::UnknownDomain,
            OperatorRefusal::OwnersDomain,
        ]),
        lines([
            PolicyRefusal::Authority(AuthorityRefusal::NotElevated),
            PolicyRefusal::Unchanged,
            PolicyRefusal::NoSecondOwner,
            PolicyRefusal::SecondOwnerStays,
        ]),
        lines([
            PersonRefusal::Authority(AuthorityRefusal::SessionOver),
            PersonRefusal::Takeover(TakeoverRefusal::OtherTenants),
            PersonRefusal::Present(PresentRefused::Wrong),
            PersonRefusal::Unknown,
            PersonRefusal::Erased,
            PersonRefusal::Unchanged,
            PersonRefusal::LoginTaken,
            PersonRefusal::LoginNeeded,
            PersonRefusal::ProfessionalNeedsEmail,
            PersonRefusal::ProfessionalTaken,
            PersonRefusal::ActiveUser(id()),
        ]),
        lines([
            AddUserRefusal::Grant(GrantRefusal::MoreThanHeld),
            AddUserRefusal::UnknownRole,
            AddUserRefusal::NoDomain,
            AddUserRefusal::NamesNeeded,
            AddUserRefusal::SeveralPersons(vec![id()]),
            AddUserRefusal::OtherPerson,
            AddUserRefusal::RoleUnfit,
            AddUserRefusal::HasUser {
                person: id(),
                user: id(),
            },
            AddUserRefusal::LoginTaken,
            AddUserRefusal::OwnerNotUsable,
            AddUserRefusal::PasswordOfOthers,
        ]),
        lines([
            StatusRefusal::Authority(AuthorityRefusal::TokenDead),
            StatusRefusal::UnknownUser,
            StatusRefusal::Unchanged,
            StatusRefusal::PersonErased,
            StatusRefusal::HoldsTenantOwner,
        ]),
        lines([
            LinkRefusal::Takeover(TakeoverRefusal::OtherTenants),
            LinkRefusal::Takeover(TakeoverRefusal::UnknownUser),
            LinkRefusal::Takeover(TakeoverRefusal::PresentNeeded),
            LinkRefusal::NoLogin,
            LinkRefusal::Unchanged,
            LinkRefusal::HoldsTenantOwner,
        ]),
    ];
    insta::assert_snapshot!(all.join("\n"), @"
409 login_unlinked O1
409 password_of_others A3
403 operator_only O6
409 tenant_unchanged A5
409 password_of_others A3
404 domain_unknown A5
409 last_owner O1
403 elevation_required O4
409 policy_unchanged A5
409 no_second_owner O2
403 second_owner_needed O2
401 token_invalid E3
403 login_of_other_tenants A3
403 login_wrong E2
404 person_unknown A5
409 person_erased A5
409 person_unchanged A5
409 login_taken E1
409 login_needed A3
409 professional_needs_email H1
409 professional_taken H1
409 person_has_active_user A3
403 more_than_held A2
404 role_unknown A5
409 domain_unknown A5
422 names_needed A5
409 several_persons A5
404 person_unknown A5
409 role_unfit A3
409 person_has_user E1
409 login_taken E1
409 owner_not_usable O1
409 password_of_others A3
401 token_invalid E3
404 user_unknown A5
409 status_unchanged A5
409 person_erased A5
409 holds_tenant_owner O3
403 login_of_other_tenants A3
404 user_unknown A5
403 present_password_needed E2
409 no_login A5
409 login_unchanged A5
409 holds_tenant_owner O3
");
}

#[test]
fn what_is_refused_of_roles_and_owners_has_its_status() {
    let all = [
        lines([
            AssignRefusal::Grant(GrantRefusal::SecondOwnerNeeded),
            AssignRefusal::UnknownUser,
            AssignRefusal::UnknownRole,
            AssignRefusal::RoleRetired,
            AssignRefusal::OtherDomain,
            AssignRefusal::OwnerNotUsable,
            AssignRefusal::AlreadyHeld,
        ]),
        lines([
            RemoveRefusal::UnknownUser,
            RemoveRefusal::UnknownRole,
            RemoveRefusal::NotHeld,
            RemoveRefusal::OwnOwnership,
            RemoveRefusal::LastOwner,
        ]),
        lines([
            RoleRefusal::UnknownRole,
            RoleRefusal::NameTaken,
            RoleRefusal::UnknownPermission(USERS_MANAGE),
            RoleRefusal::BuiltIn,
            RoleRefusal::Retired,
            RoleRefusal::Unchanged,
        ]),
        lines([
            ProposalRefusal::NotNeeded,
            ProposalRefusal::ProposedAlready,
            ProposalRefusal::NotProposed,
            ProposalRefusal::OwnProposal,
            ProposalRefusal::ProposerGone,
        ]),
        lines([
            ReplaceRefusal::Authority(AuthorityRefusal::NotOperator),
            ReplaceRefusal::NotAnOwner,
            ReplaceRefusal::Assign(AssignRefusal::UnknownUser),
            ReplaceRefusal::Add(AddUserRefusal::LoginTaken),
        ]),
        lines([
            ElevationRefusal::NoSession,
            ElevationRefusal::AlreadyOn,
            ElevationRefusal::NotOn,
        ]),
    ];
    insta::assert_snapshot!(all.join("\n"), @"
403 second_owner_needed O2
404 user_unknown A5
404 role_unknown A5
409 role_retired A5
409 role_other_domain A3
409 owner_not_usable O1
409 role_already_held A5
404 user_unknown A5
404 role_unknown A5
409 role_not_held A5
409 own_ownership O2
409 last_owner O1
404 role_unknown A5
409 role_name_taken A3
422 permission_unknown A5
409 role_built_in A3
409 role_retired A5
409 role_unchanged A5
409 proposal_not_needed A5
409 proposed_already A5
409 not_proposed A5
403 own_proposal O2
409 proposer_no_owner O2
403 operator_only O6
409 not_an_owner O6
404 user_unknown A5
409 login_taken E1
403 session_required O4
409 already_elevated O4
409 not_elevated O4
");
}

#[test]
fn what_is_refused_of_logins_and_sessions_has_its_status() {
    let until = Instant::default();
    let all = [
        lines([
            SessionRefusal::Authority(AuthorityRefusal::ActorInactive),
            SessionRefusal::OtherLogin,
            SessionRefusal::Life,
            SessionRefusal::Unknown,
            SessionRefusal::OverAlready,
            SessionRefusal::UnknownUser,
        ]),
        lines([
            LoginRefusal::Wrong,
            LoginRefusal::TooManyTries { until },
            LoginRefusal::SeveralUsers(vec![]),
            LoginRefusal::NoUser,
            LoginRefusal::Session(SessionRefusal::OtherLogin),
        ]),
        lines([
            PasswordRefused::Present(PresentRefused::NotKeptHere),
            PasswordRefused::Present(PresentRefused::Wrong),
            PasswordRefused::Present(PresentRefused::TooManyTries { until }),
            PasswordRefused::Unchanged,
            PasswordRefused::Common,
            PasswordRefused::TellsTheUser,
        ]),
    ];
    insta::assert_snapshot!(all.join("\n"), @"
403 actor_inactive A1
403 login_opens_nothing A1
500 session_life O4
404 session_unknown A5
409 session_over A5
404 user_unknown A5
401 login_wrong E2
429 too_many_tries E2
409 several_users A5
403 login_opens_nothing A1
403 login_opens_nothing A1
409 no_password_here A5
403 login_wrong E2
429 too_many_tries E2
422 password_unchanged A3
422 password_common E5
422 password_tells_user E5
");
}

#[test]
fn what_a_file_lacks_has_its_status() {
    use FileRefusal as It;
    let kind = std::io::ErrorKind::Other;
    let (what, limit) = (Budget::Rows, 7);
    let files = [
        It::TooLarge { limit },
        It::Empty,
        It::FormatUnknown,
        It::FormatUnsupported { format: "xls" },
        It::HtmlDisguised,
        It::Encrypted,
        It::Corrupt { what: "part" },
        It::BudgetExceeded { what, limit },
        It::XmlDtdForbidden,
        It::XmlNotSpreadsheet,
        It::EncodingUndecodable,
        It::CsvUnterminatedQuote { line: 1 },
        It::SheetNone,
        It::SheetRowsOutOfOrder,
        It::Cancelled,
        It::Unreadable { kind },
    ];
    let headers = [
        HeaderRefusal::NotFound,
        HeaderRefusal::Missing(Field::FirstName),
        HeaderRefusal::Duplicate(Field::FirstName),
        HeaderRefusal::Ambiguous,
    ];
    insta::assert_snapshot!(lines(
        files
            .into_iter()
            .map(ImportRefusal::File)
            .chain(headers.into_iter().map(ImportRefusal::Header))
            .chain([ImportRefusal::NotAUser, AuthorityRefusal::TokenDead.into()]),
    ), @"
413 file_too_large H3
422 file_empty H3
415 file_format_unknown H3
415 file_format_unsupported H3
415 file_html_disguised H3
422 file_encrypted H3
422 file_corrupt H3
413 file_budget_exceeded H3
422 xml_dtd_forbidden H3
415 xml_not_spreadsheet H3
422 encoding_undecodable H3
422 csv_unterminated_quote H3
422 sheet_none H3
422 sheet_rows_out_of_order H3
503 file_cancelled H3
503 file_unreadable H3
422 header_not_found H1
422 header_missing H1
422 header_duplicate H1
422 header_ambiguous H1
403 not_a_user A5
401 token_invalid E3
");
}

#[test]
fn what_is_refused_of_healthcare_parties_has_its_status() {
    let hcp = || Id::from_uuid(*Tenant::PLATFORM.as_uuid());
    let all = [
        lines([
            PlaceRefusal::ParentNotFound,
            PlaceRefusal::ParentNotOrganisation,
            PlaceRefusal::BelowItself,
            PlaceRefusal::TooDeep,
        ]),
        lines([
            AddOrganisationRefusal::Authority(AuthorityRefusal::TokenDead),
            AddOrganisationRefusal::Place(PlaceRefusal::TooDeep),
        ]),
        lines([
            AddProfessionalRefusal::Authority(AuthorityRefusal::TokenDead),
            AddProfessionalRefusal::Place(PlaceRefusal::ParentNotFound),
            AddProfessionalRefusal::Taken(hcp()),
        ]),
        lines([
            EditHcpRefusal::Authority(AuthorityRefusal::TokenDead),
            EditHcpRefusal::Place(PlaceRefusal::BelowItself),
            EditHcpRefusal::Person(PersonRefusal::LoginTaken),
            EditHcpRefusal::Unknown,
            EditHcpRefusal::IsOrganisation,
            EditHcpRefusal::IsProfessional,
            EditHcpRefusal::Unchanged,
        ]),
        lines([
            DeleteHcpRefusal::Authority(AuthorityRefusal::TokenDead),
            DeleteHcpRefusal::Unknown,
            DeleteHcpRefusal::HasChildren(hcp()),
        ]),
    ];
    insta::assert_snapshot!(all.join("\n"), @"
404 parent_not_found A5
409 parent_not_organization A5
409 parent_below_itself A5
409 parent_too_deep A5
401 token_invalid E3
409 parent_too_deep A5
401 token_invalid E3
404 parent_not_found A5
409 professional_exists H1
401 token_invalid E3
409 parent_below_itself A5
409 login_taken E1
404 hcp_unknown A5
409 hcp_is_organization A5
409 hcp_is_professional A5
409 hcp_unchanged A5
401 token_invalid E3
404 hcp_unknown A5
409 organization_has_children A5
");
}

#[test]
fn what_cannot_be_staged_has_its_status() {
    use AskRefusal as It;
    let asks = [
        It::UnknownUser,
        It::UnknownIdentity,
        It::NotInCohort,
        It::UserTaken,
        It::IdentityTaken,
        It::NotLinked,
        It::Import(ImportProblem::EmailInUse),
        It::Import(ImportProblem::LoginUnproved),
    ];
    insta::assert_snapshot!(lines(asks.into_iter().map(StageRefusal::Ask).chain([
        StageRefusal::NotAUser,
        StageRefusal::NotConnected,
        StageRefusal::NothingStaged,
        AuthorityRefusal::UnknownTenant.into(),
    ])), @"
404 user_unknown A5
404 identity_unknown A5
422 user_not_in_cohort A5
409 user_taken R3
409 identity_taken R3
409 user_not_linked A5
422 email_in_use R7
422 login_unproved A3
403 not_a_user A5
409 medhub_not_connected A5
409 nothing_staged A5
404 tenant_unknown A1
");
}

/// AUD-09: causes stay inside.
#[test]
fn what_fails_inside_says_nothing_of_the_inside() {
    type It = Failure<AuthorityRefusal>;
    let cause = || "no such column secret_sql in /srv/rollcall.db".into();
    let corrupt = StoreError::Corrupt {
        table: "accounts",
        column: "login",
        id: "ada@general.example".to_owned(),
    };
    let failures = [
        It::KeyReused,
        It::Contended,
        It::Store(StoreError::Unavailable(cause())),
        It::Store(corrupt),
        It::OutcomeUnknown(cause()),
        It::NoRandomness(NoRandomness(cause())),
    ];
    let problems = failures.map(Problem::from);
    let told = format!("{problems:?}");
    for inside in ["secret_sql", "srv", "accounts", "login", "ada"] {
        assert!(!told.contains(inside), "{told}");
    }
    let lines: Vec<_> = problems
        .iter()
        .map(|it| {
            format!(
                "{} {}: {}; {}",
                it.status.as_u16(),
                it.code,
                it.detail,
                it.next
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @"
422 operation_key_reused: the key was used for another operation or content; use a new key for a new operation
409 contended: others kept changing the same records; try again
503 store_unavailable: the store cannot answer now; try again later
500 internal: something went wrong here; name the request's id to whoever runs this service
500 outcome_unknown: the change may have been made or not; ask again with the same operation key, or look whether the change is there
500 internal: something went wrong here; name the request's id to whoever runs this service
");
}
