//! The views, case by case and against the definition.

mod not_same;

use super::*;
use crate::{
    name::Name, operation::Fingerprint, record::Version, roster::Kind, time::instant_from_micros,
};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn id(number: u8) -> Id<User> {
    Id::mint(instant_from_micros(0).unwrap(), &[number; 10])
}
fn local(number: u8, kinds: Kinds, email: &str) -> Local {
    let name = Name::parse("A").unwrap();
    Local {
        user: id(number),
        kinds,
        status: UserStatus::Active,
        name: PersonName {
            given: name.clone(),
            family: name,
        },
        email: Email::parse(email).ok(),
        link: None,
    }
}
fn identity(number: u8, kinds: Kinds, email: &str) -> Identity {
    Identity {
        user_id: MedhubUserId::parse(&format!("{number:03}")).unwrap(),
        kinds,
        given: String::new(),
        family: String::new(),
        email: email.into(),
        username: String::new(),
        employee_id: None,
        level: None,
        programs: Default::default(),
    }
}
const LEARNER: Kinds = Kinds::only(Kind::Learner);
const TEACHER: Kinds = Kinds::only(Kind::Teacher);

/// R1: whatever share an address falls into, everybody is listed in the order of the ids.
#[test]
fn every_list_is_in_the_order_of_the_ids() {
    let address = |number: u8| format!("ada.{}@x.org", number % 40);
    let mut locals: Vec<_> = (0..80).map(|it| local(it, LEARNER, &address(it))).collect();
    locals.sort_by_key(|it| it.user);
    let identities: Vec<_> = (0..40)
        .map(|it| identity(it, LEARNER, &address(it)))
        .collect();
    let found = views(&locals, &identities, &[], &[]);
    assert_eq!(found.ambiguous.len(), 40);
    let firsts: Vec<_> = found.ambiguous.iter().map(|it| it.locals[0]).collect();
    assert!(firsts.is_sorted(), "{firsts:?}");
    for group in &found.ambiguous {
        assert!(group.locals.len() == 2 && group.locals.is_sorted());
    }

    let mut firsts = locals.clone();
    firsts.retain(|it| (0..40).any(|number| it.user == id(number)));
    let pairs = views(&firsts, &identities, &[], &[]).suggested;
    assert!(pairs.is_sorted_by_key(|it| it.local) && pairs.len() == 40);
    let alone = views(&locals, &[], &[], &[]).only_local;
    assert_eq!(alone, (0..80).collect::<Vec<_>>());
    let theirs = views(&[], &identities, &[], &[]).only_medhub;
    assert!(theirs.is_sorted_by_key(|it| it.identity) && theirs.len() == 40);
}

/// R2: one to one by e-mail, among unlinked people of the same kind; everything else is its own group with the reason.
#[test]
fn only_a_mutual_match_of_one_kind_is_suggested() {
    type Case = (
        &'static str,
        Vec<Local>,
        Vec<Identity>,
        (usize, usize, usize, usize),
        Option<Ambiguity>,
    );
    let cases: [Case; 11] = [
        (
            "a pair",
            vec![local(1, LEARNER, "a@x.org")],
            vec![identity(1, LEARNER, "A@X.org")],
            (1, 0, 0, 0),
            None,
        ),
        (
            "nobody",
            vec![local(1, LEARNER, "a@x.org")],
            vec![identity(1, LEARNER, "b@x.org")],
            (0, 0, 1, 1),
            None,
        ),
        (
            "other kind",
            vec![local(1, LEARNER, "a@x.org")],
            vec![identity(1, TEACHER, "a@x.org")],
            (0, 0, 1, 1),
            None,
        ),
        (
            "both kinds",
            vec![local(1, Kinds::ALL, "a@x.org")],
            vec![identity(1, TEACHER, "a@x.org")],
            (1, 0, 0, 0),
            None,
        ),
        (
            "blank never meets blank",
            vec![local(1, LEARNER, "")],
            vec![identity(1, LEARNER, "")],
            (0, 0, 1, 1),
            None,
        ),
        (
            "two users",
            vec![local(1, LEARNER, "a@x.org"), local(2, LEARNER, "a@x.org")],
            vec![identity(1, LEARNER, "a@x.org")],
            (0, 1, 0, 0),
            Some(Ambiguity::SeveralLocal),
        ),
        (
            "two identities",
            vec![local(1, LEARNER, "a@x.org")],
            vec![
                identity(1, LEARNER, "a@x.org"),
                identity(2, LEARNER, "a@x.org"),
            ],
            (0, 1, 0, 0),
            Some(Ambiguity::SeveralMedhub),
        ),
        (
            "two of both",
            vec![local(1, LEARNER, "a@x.org"), local(2, LEARNER, "a@x.org")],
            vec![
                identity(1, LEARNER, "a@x.org"),
                identity(2, LEARNER, "a@x.org"),
            ],
            (0, 1, 0, 0),
            Some(Ambiguity::SeveralBoth),
        ),
        (
            "one address, a learner and a teacher on both sides",
            vec![local(1, LEARNER, "a@x.org"), local(2, TEACHER, "a@x.org")],
            vec![
                identity(1, TEACHER, "a@x.org"),
                identity(2, LEARNER, "a@x.org"),
            ],
            (2, 0, 0, 0),
            None,
        ),
        (
            "two addresses that meet two users",
            vec![local(1, LEARNER, "a@x.org"), local(2, LEARNER, "b@x.org")],
            vec![identity(1, LEARNER, "a@x.org; b@x.org")],
            (0, 1, 0, 0),
            Some(Ambiguity::SeveralLocal),
        ),
        (
            "two addresses of which one meets",
            vec![local(1, LEARNER, "a@x.org")],
            vec![identity(1, LEARNER, "a@x.org, c@x.org")],
            (1, 0, 0, 0),
            None,
        ),
    ];
    for (case, locals, identities, expected, reason) in cases {
        let views = views(&locals, &identities, &[], &[]);
        let found = (
            views.suggested.len(),
            views.ambiguous.len(),
            views.only_local.len(),
            views.only_medhub.len(),
        );
        assert_eq!(found, expected, "{case}");
        assert_eq!(
            views.ambiguous.first().map(|it| it.reason),
            reason,
            "{case}"
        );
    }
}

#[test]
fn an_inactive_user_is_not_suggested_and_a_linked_one_stays_linked() {
    let mut inactive = local(1, LEARNER, "a@x.org");
    inactive.status = UserStatus::Inactive;
    let mut linked = inactive.clone();
    linked.user = id(2);
    linked.link = Some(MedhubUserId::parse("9").unwrap());
    let views = views(
        &[inactive, linked],
        &[identity(1, LEARNER, "a@x.org")],
        &[],
        &[],
    );
    assert_eq!(
        (
            views.suggested.len(),
            views.only_local.len(),
            views.only_medhub.len()
        ),
        (0, 0, 1)
    );
    assert_eq!(
        views.linked,
        [Linked {
            local: 1,
            identity: None,
            staged: false
        }]
    );
}

/// R6: nor is whoever is untied suggested: they will be remembered as not the same person.
#[test]
fn a_staged_link_counts_as_linked_and_a_staged_unlink_does_not() {
    let mut locals = [local(1, LEARNER, "a@x.org"), local(2, LEARNER, "b@x.org")];
    locals[1].link = Some(MedhubUserId::parse("002").unwrap());
    let identities = [
        identity(1, LEARNER, "a@x.org"),
        identity(2, LEARNER, "b@x.org"),
        identity(3, LEARNER, ""),
    ];
    let step = |number, action| Stored {
        record: Step {
            plan: id(9),
            number,
            institution: crate::reconcile::Institution("x".into()),
            action,
        },
        version: Version::FIRST,
    };
    let medhub = |it: &str| MedhubUserId::parse(it).unwrap();
    let evidence = crate::reconcile::plan::Evidence::Email;
    let steps = [
        step(
            1,
            Action::Link {
                user: id(1),
                medhub: medhub("001"),
                evidence,
            },
        ),
        step(
            2,
            Action::Unlink {
                user: id(2),
                medhub: medhub("002"),
            },
        ),
        step(
            3,
            Action::Import {
                medhub: medhub("003"),
                reviewed: Fingerprint([0; 32]),
            },
        ),
    ];
    let views = views(&locals, &identities, &steps, &[]);
    assert_eq!(
        views.linked,
        [Linked {
            local: 0,
            identity: Some(0),
            staged: true
        }]
    );
    assert_eq!((views.suggested, views.only_local), (vec![], vec![1]));
    let only = |identity, staged| OnlyMedhub { identity, staged };
    assert_eq!(views.only_medhub, [only(1, false), only(2, true)]);
}

/// The definition of R2, pair by pair, in the words of the rule.
fn by_definition(locals: &[Local], identities: &[Identity]) -> BTreeSet<(Id<User>, MedhubUserId)> {
    let linked: BTreeSet<_> = locals.iter().filter_map(|it| it.link.clone()).collect();
    let meets = |one: &Local, other: &Identity| {
        one.link.is_none()
            && one.status == UserStatus::Active
            && !linked.contains(&other.user_id)
            && one.kinds.meet(other.kinds)
            && one
                .email
                .as_ref()
                .is_some_and(|it| other.email_keys().contains(it.key()))
    };
    let mut pairs = BTreeSet::new();
    for one in locals {
        for other in identities.iter().filter(|it| meets(one, it)) {
            let alone = locals.iter().filter(|it| meets(it, other)).count() == 1
                && identities.iter().filter(|it| meets(one, it)).count() == 1;
            if alone {
                pairs.insert((one.user, other.user_id.clone()));
            }
        }
    }
    pairs
}

fn kinds() -> impl Strategy<Value = Kinds> {
    prop_oneof![Just(LEARNER), Just(TEACHER), Just(Kinds::ALL)]
}
fn address() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[a-d]@x\\.org",
        "[A-D]@X\\.org",
        "[a-d]@x\\.org; [a-d]@x\\.org"
    ]
}
prop_compose! {
    fn people()(
        locals in prop::collection::btree_map(0u8..20, (kinds(), "[a-d]@x\\.org", any::<bool>(), prop::option::of(0u8..20)), 0..10),
        identities in prop::collection::btree_map(0u8..20, (kinds(), address()), 0..10),
    ) -> (Vec<Local>, Vec<Identity>) {
        let mut taken = BTreeSet::new();
        let locals = locals.into_iter().map(|(number, (kinds, email, active, link))| {
            let mut local = local(number, kinds, &email);
            local.status = if active { UserStatus::Active } else { UserStatus::Inactive };
            local.link = link.filter(|it| taken.insert(*it)).map(|it| MedhubUserId::parse(&format!("{it:03}")).unwrap());
            local
        }).collect();
        (locals, identities.into_iter().map(|(number, (kinds, email))| identity(number, kinds, &email)).collect())
    }
}

/// What the views say, by ids instead of places.
fn named(views: &Views, locals: &[Local], identities: &[Identity]) -> Vec<String> {
    let user = |it: u32| locals[it as usize].user.to_string();
    let medhub = |it: u32| identities[it as usize].user_id.to_string();
    let mut all = Vec::new();
    all.extend(
        views
            .linked
            .iter()
            .map(|it| format!("linked {} {:?}", user(it.local), it.identity.map(medhub))),
    );
    all.extend(
        views
            .suggested
            .iter()
            .map(|it| format!("suggested {} {}", user(it.local), medhub(it.identity))),
    );
    all.extend(views.ambiguous.iter().map(|it| {
        let locals: Vec<_> = it.locals.iter().map(|it| user(*it)).collect();
        let identities: Vec<_> = it.identities.iter().map(|it| medhub(*it)).collect();
        format!("{} {locals:?} {identities:?}", it.reason.code())
    }));
    all.extend(
        views
            .only_local
            .iter()
            .map(|it| format!("only local {}", user(*it))),
    );
    all.extend(
        views
            .only_medhub
            .iter()
            .map(|it| format!("only medhub {}", medhub(it.identity))),
    );
    all
}

proptest! {
    /// R1: everybody eligible is in exactly one place, and the counts add up.
    #[test]
    fn the_views_are_a_partition((locals, identities) in people()) {
        let views = views(&locals, &identities, &[], &[]);
        let mut here: Vec<u32> = views.linked.iter().map(|it| it.local).collect();
        here.extend(views.suggested.iter().map(|it| it.local));
        here.extend(views.ambiguous.iter().flat_map(|it| &it.locals));
        here.extend(&views.only_local);
        here.sort_unstable();
        let eligible: Vec<u32> = (0..).zip(&locals)
            .filter(|(_, it)| it.link.is_some() || it.status == UserStatus::Active).map(|(it, _)| it).collect();
        prop_assert_eq!(here, eligible);
        let mut there: Vec<u32> = views.linked.iter().filter_map(|it| it.identity).collect();
        there.extend(views.suggested.iter().map(|it| it.identity));
        there.extend(views.ambiguous.iter().flat_map(|it| &it.identities));
        there.extend(views.only_medhub.iter().map(|it| it.identity));
        there.sort_unstable();
        prop_assert_eq!(there, (0..).take(identities.len()).collect::<Vec<u32>>());
        prop_assert!(views.ambiguous.iter().all(|it| it.locals.len() + it.identities.len() >= 3));
    }

    /// R2, against the definition.
    #[test]
    fn the_suggestions_are_the_mutual_matches((locals, identities) in people()) {
        let views = views(&locals, &identities, &[], &[]);
        let found: BTreeSet<_> = views.suggested.iter()
            .map(|it| (locals[it.local as usize].user, identities[it.identity as usize].user_id.clone())).collect();
        prop_assert_eq!(found, by_definition(&locals, &identities));
    }

    /// R1: the order of the rows changes nothing.
    #[test]
    fn the_order_of_the_rows_changes_nothing((locals, identities) in people(), turn in 0usize..10) {
        let before = named(&views(&locals, &identities, &[], &[]), &locals, &identities);
        let (mut locals, mut identities) = (locals, identities);
        locals.reverse();
        let middle = turn.min(identities.len());
        identities.rotate_left(middle);
        prop_assert_eq!(before, named(&views(&locals, &identities, &[], &[]), &locals, &identities));
    }
}

/// A thousand people behind one address stay one group, in time linear in their number.
#[test]
fn a_shared_mailbox_is_one_group() {
    let locals: Vec<_> = (0..200)
        .map(|it| local(it, LEARNER, "clinic@x.org"))
        .collect();
    let identities: Vec<_> = (0..200)
        .map(|it| identity(it, Kinds::ALL, "clinic@x.org"))
        .collect();
    let views = views(&locals, &identities, &[], &[]);
    assert_eq!(views.ambiguous.len(), 1);
    assert_eq!(
        (
            views.ambiguous[0].locals.len(),
            views.ambiguous[0].identities.len()
        ),
        (200, 200)
    );
}

/// R1: whoever is neither learner nor teacher, or inactive, and tied to nobody, is eligible for nothing.
#[test]
fn whoever_is_not_eligible_is_in_no_view() {
    let neither = local(1, Kinds::default(), "a@x.org");
    let inactive = Local {
        status: UserStatus::Inactive,
        ..local(2, LEARNER, "b@x.org")
    };
    assert_eq!(views(&[neither, inactive], &[], &[], &[]), Views::default());
}
