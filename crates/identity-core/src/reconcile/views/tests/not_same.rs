//! R6: whoever was told apart is not suggested until the evidence changes.

use super::*;
use crate::reconcile::Institution;

/// What is remembered of two, on what makes them look alike now.
fn told_apart(local: &Local, identity: &Identity) -> NotSame {
    NotSame {
        id: Id::mint(instant_from_micros(0).unwrap(), &[77; 10]),
        user: local.user,
        institution: Institution("x".into()),
        medhub: identity.user_id.clone(),
        evidence: likeness(local.email.as_ref(), local.kinds, Some(identity)),
        at: instant_from_micros(0).unwrap(),
        by: id(200),
    }
}

fn step(action: Action) -> Stored<Step> {
    Stored {
        record: Step {
            plan: id(9),
            number: 1,
            institution: Institution("x".into()),
            action,
        },
        version: Version::FIRST,
    }
}

/// How many are suggested, how many groups are ambiguous, how many are only here and only in MedHub.
fn counts(views: &Views) -> (usize, usize, usize, usize) {
    (
        views.suggested.len(),
        views.ambiguous.len(),
        views.only_local.len(),
        views.only_medhub.len(),
    )
}

#[test]
fn two_who_were_told_apart_stand_alone_until_the_evidence_changes() {
    let here = local(1, LEARNER, "ada@x.org");
    let there = identity(1, LEARNER, "ada@x.org");
    let memory = [told_apart(&here, &there)];
    type Edit = fn(&mut Local, &mut Identity);
    let cases: [(&str, Edit, bool); 9] = [
        ("nothing", |_, _| (), false),
        ("a name", |_, it| it.family = "Murray".into(), false),
        (
            "a spelling of the address",
            |_, it| it.email = "ADA@X.org".into(),
            false,
        ),
        ("a kind here", |it, _| it.kinds = Kinds::ALL, true),
        ("a kind there", |_, it| it.kinds = Kinds::ALL, true),
        (
            "a further address there",
            |_, it| it.email = "ada@x.org; a@x.org".into(),
            true,
        ),
        (
            "the address of both",
            |here, there| {
                here.email = Email::parse("a@x.org").ok();
                there.email = "a@x.org".into();
            },
            true,
        ),
        (
            "both kinds on both sides",
            |here, there| (here.kinds, there.kinds) = (Kinds::ALL, Kinds::ALL),
            true,
        ),
        (
            "the programme",
            |_, it| {
                let program = crate::roster::ProgramId::parse("7").unwrap();
                it.programs.insert((program, Kind::Learner));
            },
            false,
        ),
    ];
    for (changed, edit, suggested) in cases {
        let (mut here, mut there) = (here.clone(), there.clone());
        edit(&mut here, &mut there);
        let views = views(&[here], &[there], &[], &memory);
        let (expected, standing) = match suggested {
            true => ((1, 0, 0, 0), Standing::EvidenceChanged),
            false => ((0, 0, 1, 1), Standing::Holds),
        };
        assert_eq!(counts(&views), expected, "{changed}");
        let remembered = Remembered {
            memory: 0,
            local: Some(0),
            identity: Some(0),
            standing,
        };
        assert_eq!(views.not_same, [remembered], "{changed}");
    }
}

/// What is left of a group without those who were told apart may be one pair.
#[test]
fn of_three_of_whom_two_were_told_apart_the_others_are_suggested() {
    let [one, two] = [1, 2].map(|it| local(it, LEARNER, "ada@x.org"));
    let [first, second] = [1, 2].map(|it| identity(it, LEARNER, "ada@x.org"));
    let alone = |it| OnlyMedhub {
        identity: it,
        staged: false,
    };
    let pair = |local, identity| Suggested { local, identity };

    let locals = [one.clone(), two.clone()];
    let memory = [told_apart(&one, &first)];
    let found = views(&locals, std::slice::from_ref(&first), &[], &memory);
    assert_eq!(
        (found.suggested, found.only_local, found.ambiguous),
        (vec![pair(1, 0)], vec![0], vec![])
    );
    let identities = [first.clone(), second.clone()];
    let found = views(std::slice::from_ref(&one), &identities, &[], &memory);
    assert_eq!(
        (found.suggested, found.only_medhub, found.ambiguous),
        (vec![pair(0, 1)], vec![alone(0)], vec![])
    );
    // Of four, one pair is not enough to tell the rest, and two are.
    let found = views(&locals, &identities, &[], &memory);
    assert_eq!(counts(&found), (0, 1, 0, 0));
    assert_eq!(found.ambiguous[0].reason, Ambiguity::SeveralBoth);
    let memories = [told_apart(&one, &first), told_apart(&two, &second)];
    let found = views(&locals, &identities, &[], &memories);
    assert_eq!(found.suggested, [pair(0, 1), pair(1, 0)]);
}

/// R6: the views are of what the plan would leave.
#[test]
fn a_staged_step_tells_apart_and_takes_back() {
    let here = local(1, LEARNER, "ada@x.org");
    let there = identity(1, LEARNER, "ada@x.org");
    let (user, medhub) = (here.user, there.user_id.clone());
    let memory = [told_apart(&here, &there)];
    let reviewed = memory[0].evidence;
    let says = |action: Action, memory: &[NotSame]| {
        let sides = (std::slice::from_ref(&here), std::slice::from_ref(&there));
        let views = views(sides.0, sides.1, &[step(action)], memory);
        let standing = views.not_same.first().map(|it| it.standing);
        (counts(&views), views.linked.len(), standing)
    };
    let not_same = Action::NotSame {
        user,
        medhub: medhub.clone(),
        reviewed,
    };
    assert_eq!(says(not_same, &[]), ((0, 0, 1, 1), 0, None));
    let maybe_same = Action::MaybeSame {
        user,
        medhub: medhub.clone(),
    };
    let taken_back = Some(Standing::TakenBack);
    assert_eq!(says(maybe_same, &memory), ((1, 0, 0, 0), 0, taken_back));
    let link = Action::Link {
        user,
        medhub,
        evidence: crate::reconcile::plan::Evidence::Manual,
    };
    assert_eq!(says(link, &memory), ((0, 0, 0, 0), 1, taken_back));
}

#[test]
fn whoever_is_gone_from_a_list_is_still_remembered() {
    let here = local(1, LEARNER, "ada@x.org");
    let there = identity(1, LEARNER, "ada@x.org");
    let memory = [told_apart(&here, &there)];
    let gone = |local, identity| Remembered {
        memory: 0,
        local,
        identity,
        standing: Standing::EvidenceChanged,
    };
    let found = views(std::slice::from_ref(&here), &[], &[], &memory);
    assert_eq!(found.not_same, [gone(Some(0), None)]);
    let found = views(&[], &[there], &[], &memory);
    assert_eq!(found.not_same, [gone(None, Some(0))]);
}

/// Everybody stays one group when each is told apart from one, in time linear in their number and that of the pairs; and
/// nobody is left in it when each is told apart from all.
#[test]
fn a_shared_mailbox_of_people_told_apart() {
    let locals: Vec<_> = (0..200)
        .map(|it| local(it, LEARNER, "clinic@x.org"))
        .collect();
    let identities: Vec<_> = (0..200)
        .map(|it| identity(it, Kinds::ALL, "clinic@x.org"))
        .collect();
    let pairs = locals.iter().zip(&identities);
    let each_from_one: Vec<_> = pairs.map(|(here, there)| told_apart(here, there)).collect();
    let found = views(&locals, &identities, &[], &each_from_one);
    assert_eq!(counts(&found), (0, 1, 0, 0));
    let group = &found.ambiguous[0];
    assert_eq!((group.locals.len(), group.identities.len()), (200, 200));

    let there = |here| identities.iter().map(move |it| told_apart(here, it));
    let all: Vec<_> = locals.iter().take(20).flat_map(there).collect();
    let found = views(&locals[..20], &identities, &[], &all);
    assert_eq!(counts(&found), (0, 0, 20, 200));
}

/// Who meets whom by the words of the rule, and what follows, without any of the ways in which the views are fast: pair by
/// pair, and everybody with whoever is connected to them.
fn by_definition(
    locals: &[Local],
    identities: &[Identity],
    not_same: &[NotSame],
) -> BTreeSet<String> {
    let linked: BTreeSet<_> = locals.iter().filter_map(|it| it.link.clone()).collect();
    let is_free = |it: &Local| it.link.is_none() && it.status == UserStatus::Active;
    let here: Vec<_> = locals.iter().filter(|it| is_free(it)).collect();
    let there = identities.iter().filter(|it| !linked.contains(&it.user_id));
    let there: Vec<_> = there.collect();
    let meet = |one: &Local, other: &Identity| {
        let alike = one.kinds.meet(other.kinds)
            && (one.email.as_ref()).is_some_and(|it| other.email_keys().contains(it.key()));
        let likeness = likeness(one.email.as_ref(), one.kinds, Some(other));
        let says = |it: &NotSame| it.user == one.user && it.medhub == other.user_id;
        let told_apart = |it: &&NotSame| says(it) && it.evidence == likeness;
        alike && !not_same.iter().any(|it| told_apart(&it))
    };
    // The lowest number of anybody they are connected to, spread until nothing moves.
    let mut group_of_here: Vec<_> = (0..here.len()).collect();
    let mut group_of_there: Vec<_> = (here.len()..here.len() + there.len()).collect();
    let mut moved = true;
    while std::mem::take(&mut moved) {
        for (one, own) in here.iter().zip(&mut group_of_here) {
            for (other, their) in there.iter().zip(&mut group_of_there) {
                if meet(one, other) && own != their {
                    let lowest = *own.min(their);
                    (*own, *their, moved) = (lowest, lowest, true);
                }
            }
        }
    }
    let mut all = BTreeSet::new();
    for group in 0..here.len() + there.len() {
        let users = here.iter().zip(&group_of_here).filter(|it| *it.1 == group);
        let mut users: Vec<_> = users.map(|it| it.0.user.to_string()).collect();
        let ids = (there.iter().zip(&group_of_there)).filter(|it| *it.1 == group);
        let mut ids: Vec<_> = ids.map(|it| it.0.user_id.to_string()).collect();
        users.sort_unstable();
        ids.sort_unstable();
        match (users.as_slice(), ids.as_slice()) {
            ([], []) => continue,
            ([user], []) => all.insert(format!("only local {user}")),
            ([], [id]) => all.insert(format!("only medhub {id}")),
            ([user], [id]) => all.insert(format!("suggested {user} {id}")),
            ([_], _) => all.insert(format!("several_medhub {users:?} {ids:?}")),
            (_, [_]) => all.insert(format!("several_local {users:?} {ids:?}")),
            _ => all.insert(format!("several_both {users:?} {ids:?}")),
        };
    }
    all
}

fn shared_address() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        4 => Just("a@x.org"),
        1 => Just("b@x.org"),
        1 => Just("a@x.org; b@x.org"),
    ]
}

prop_compose! {
    /// Nearly everybody behind one or two addresses, so that it takes a walk to find who is connected.
    fn shared_mailbox()(
        locals in prop::collection::btree_map(0u8..8, (kinds(), "[aab]@x\\.org"), 0..7),
        identities in prop::collection::btree_map(0u8..8, (kinds(), shared_address()), 0..7),
    ) -> (Vec<Local>, Vec<Identity>) {
        let locals = locals.into_iter().map(|(number, (kinds, email))| local(number, kinds, &email));
        let identities = identities.into_iter().map(|(number, (kinds, email))| identity(number, kinds, email));
        (locals.collect(), identities.collect())
    }
}

prop_compose! {
    /// People of whom some were told apart, some of them when they looked otherwise.
    fn told_apart_people()(
        (locals, identities) in prop_oneof![people(), shared_mailbox()],
        pairs in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), prop::bool::weighted(0.9)), 0..40),
    ) -> (Vec<Local>, Vec<Identity>, Vec<NotSame>) {
        let mut memories = std::collections::BTreeMap::new();
        if !locals.is_empty() && !identities.is_empty() {
            for (here, there, as_then) in pairs {
                let (here, there) = (here.get(&locals), there.get(&identities));
                let mut memory = told_apart(here, there);
                if !as_then {
                    memory.evidence = Fingerprint([0; 32]);
                }
                memories.insert((here.user, there.user_id.clone()), memory);
            }
        }
        (locals, identities, memories.into_values().collect())
    }
}

proptest! {
    /// R1: still a partition, and the counts add up.
    #[test]
    fn the_views_are_a_partition_whoever_was_told_apart((locals, identities, memories) in told_apart_people()) {
        let views = views(&locals, &identities, &[], &memories);
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
        prop_assert_eq!(views.not_same.len(), memories.len());
    }

    /// R2, R6, against the definition: suggestions, groups, and whoever is left.
    #[test]
    fn whoever_was_told_apart_does_not_meet((locals, identities, memories) in told_apart_people()) {
        let found = views(&locals, &identities, &[], &memories);
        let all = named(&found, &locals, &identities);
        let all: BTreeSet<_> = all.into_iter().filter(|it| !it.starts_with("linked")).collect();
        prop_assert_eq!(all, by_definition(&locals, &identities, &memories));
    }

    /// R1: the order of the rows and of what is remembered changes nothing.
    #[test]
    fn the_order_of_what_is_remembered_changes_nothing((locals, identities, memories) in told_apart_people(), turn in 0usize..10) {
        let before = views(&locals, &identities, &[], &memories);
        let before_named = named(&before, &locals, &identities);
        let standings = |views: &Views, memories: &[NotSame]| -> Vec<_> {
            let of = |it: &Remembered| memories[it.memory as usize].medhub.clone();
            views.not_same.iter().map(|it| (of(it), it.standing)).collect()
        };
        let stood = standings(&before, &memories);
        let (mut locals, mut identities, mut memories) = (locals, identities, memories);
        locals.reverse();
        memories.reverse();
        let middle = turn.min(identities.len());
        identities.rotate_left(middle);
        let after = views(&locals, &identities, &[], &memories);
        prop_assert_eq!(before_named, named(&after, &locals, &identities));
        prop_assert_eq!(stood, standings(&after, &memories));
    }
}
