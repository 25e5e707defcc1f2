//! Every guard of a store is missed by some case of the contract when it is taken out.

use std::panic::{AssertUnwindSafe, catch_unwind};
use testkit::{
    broken::Guard,
    contract::{attempt, block_on, cases},
    memory::MemoryStore,
};

/// The case that must fail on the twin without the guard.
const fn noticed_by(guard: Guard) -> &'static str {
    match guard {
        Guard::Expectations => "a_record_relied_upon_must_be_as_it_was_loaded",
        Guard::Persons => "persons_of_an_address_must_be_those_relied_upon",
        Guard::Versions => "a_replacement_at_another_version_is_stale",
        Guard::Keys => "a_key_is_created_only_once",
        Guard::Counting => "a_replaced_record_has_the_next_version",
        Guard::OneAccountALogin => "a_login_has_one_account_on_the_platform",
        Guard::OneAccountASubject => "a_provider_knows_one_account_by_a_name",
        Guard::OneUserAPerson => "a_person_has_one_user_in_a_domain",
        Guard::OneUserAnAccount => "an_account_opens_one_user_in_a_domain",
        Guard::OneRoleAName => "a_role_name_is_taken_once_in_a_tenant",
        Guard::OneAssignmentARole => "a_user_has_a_role_once",
        Guard::OneLinkAUser => "a_user_is_linked_once",
        Guard::OneLinkAnIdentity => "a_medhub_identity_is_linked_once",
        Guard::OneMemoryAPair => "a_pair_is_remembered_once",
        Guard::OneProfessionalAnAddress => "a_professional_has_an_address_of_their_own",
        Guard::OneTokenAHash => "a_token_hash_is_taken_once_on_the_platform",
        Guard::OneTokenAName => "a_token_name_is_free_once_its_token_is_revoked",
        Guard::OneSessionAHash => "a_session_hash_is_taken_once_on_the_platform",
        Guard::OneProposalAUser => "a_user_is_proposed_once",
        Guard::OneEffectAKey => "an_operation_key_has_one_effect",
        Guard::References => "a_record_must_not_refer_to_nothing",
        Guard::Kinds => "an_assignment_says_the_kind_of_its_role",
        Guard::Referrers => "a_record_that_is_referred_to_is_not_erased",
        Guard::OwnersAudit => "the_last_owner_is_not_made_unusable",
        Guard::AuditAfterWrites => "the_owners_record_lists_the_usable_owners",
        Guard::AuditElsewhere => "a_login_is_not_unlinked_from_the_last_owner_of_another_tenant",
        Guard::Rollback | Guard::EffectsLast => "a_changeset_is_applied_whole_or_not_at_all",
        Guard::Journal | Guard::Outbox | Guard::Answers => "what_belongs_to_a_change_comes_with_it",
        Guard::Chain => "entries_are_numbered_without_gaps_and_sealed_in_order",
        Guard::IsolatedLoads | Guard::IsolatedWrites => "a_key_of_another_tenant_is_an_unknown_key",
        Guard::TenantInKey => "a_record_that_names_another_tenant_is_refused",
        Guard::Seeded => "the_patient_care_domain_is_there_from_the_beginning",
        Guard::Platform => "what_is_done_to_the_platform_is_told_in_its_own_journal",
        Guard::PlatformIsNoTenant => "the_platform_is_no_tenant",
        Guard::PlatformsDomain => "the_patient_care_domain_is_written_by_no_tenant",
        Guard::IsolatedLists => "a_list_is_of_one_tenant",
        Guard::OneInstant => "a_load_sees_one_instant",
        Guard::EagerCommit => "a_commit_begins_when_it_is_called",
    }
}

/// Whether the case is kept by the whole store and fails on the twin, be it by what it says or by a record that it does
/// not find.
fn fails(case: &str, guards: &[Guard]) -> bool {
    let keeps = |store| {
        let run = || block_on(attempt(case, store));
        catch_unwind(AssertUnwindSafe(run)).is_ok_and(|it| it.is_ok())
    };
    keeps(MemoryStore::new()) && !keeps(MemoryStore::without(guards.iter().copied()))
}

#[test]
fn every_guard_that_is_taken_out_is_missed() {
    let unnoticed: Vec<_> = Guard::ALL
        .into_iter()
        .filter(|guard| !fails(noticed_by(*guard), &[*guard]))
        .collect();
    assert!(unnoticed.is_empty(), "no case notices: {unnoticed:?}");
}

/// A race counts only once it has been seen to be lost: each of these is, without the guards beside it. Where there are
/// several, each alone would have been enough.
#[test]
fn every_race_needs_its_guards() {
    use Guard::{
        Answers, Expectations, Keys, OneAccountALogin, OneEffectAKey, OneLinkAUser,
        OneLinkAnIdentity, OneMemoryAPair, OwnersAudit, Persons, Versions,
    };
    let kept: Vec<_> = [
        (
            "two_owners_who_remove_each_other_leave_one",
            &[Expectations, Versions, OwnersAudit][..],
        ),
        (
            "three_owners_in_a_circle_leave_one",
            &[Expectations, Versions, OwnersAudit],
        ),
        (
            "an_owner_who_is_removed_meanwhile_grants_no_more",
            &[Expectations, Versions, OwnersAudit],
        ),
        (
            "nobody_becomes_owner_while_deactivated",
            &[Versions, OwnersAudit],
        ),
        (
            "two_additions_of_one_address_make_one_user",
            &[Persons, OneAccountALogin],
        ),
        ("one_operation_key_at_once_has_one_effect", &[OneEffectAKey]),
        ("a_lost_answer_is_given_again", &[Answers]),
        ("an_answer_that_comes_in_between_is_given", &[Answers]),
        ("authority_lost_meanwhile_is_lost", &[Expectations]),
        (
            "two_elevations_in_one_session_leave_one",
            &[Expectations, Versions],
        ),
        (
            "an_elevation_begun_meanwhile_ends_with_what_it_hangs_on",
            &[Expectations, Versions],
        ),
        (
            "two_ends_of_one_elevation_are_entered_once",
            &[Expectations, Versions],
        ),
        ("two_links_to_one_identity_leave_one", &[OneLinkAnIdentity]),
        (
            "two_who_tell_one_pair_apart_leave_one_memory",
            &[OneMemoryAPair],
        ),
        (
            "two_saves_of_one_plan_apply_it_once",
            &[
                Versions,
                Expectations,
                Keys,
                OneLinkAUser,
                OneLinkAnIdentity,
            ],
        ),
    ]
    .into_iter()
    .filter(|(race, guards)| !fails(race, guards))
    .collect();
    assert!(kept.is_empty(), "kept all the same: {kept:?}");
}

/// `ALL` is what the test above walks, and the compiler does not keep it whole: the last variant's place does.
#[test]
fn every_guard_is_listed_once() {
    let places: Vec<_> = Guard::ALL.into_iter().map(|it| it as usize).collect();
    let last = Guard::EagerCommit as usize;
    assert_eq!(places, (0..=last).collect::<Vec<_>>());
}

#[test]
fn every_case_has_a_name_of_its_own() {
    let mut names: Vec<_> = cases::<MemoryStore>().iter().map(|it| it.name).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}
