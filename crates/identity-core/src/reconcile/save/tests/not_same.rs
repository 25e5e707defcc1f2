//! R6: who is not the same person, from the step that says so to the link that says otherwise.

use super::*;
use crate::reconcile::{
    not_same::NotSame,
    views::{Local, Standing, Views, views},
};
use proptest::prelude::*;

impl Scene {
    fn not_same(&self, id: &str) -> Ask {
        Ask::NotSame {
            user: self.ada,
            medhub: medhub(id),
        }
    }
    fn maybe_same(&self, id: &str) -> Ask {
        Ask::MaybeSame {
            user: self.ada,
            medhub: medhub(id),
        }
    }
    /// Stages one thing and saves it.
    fn settle(&mut self, ask: Ask) -> Saved {
        let staged = self.stage(&[ask]).unwrap();
        assert_eq!((staged.staged, staged.withdrawn), (1, 0));
        self.save(SaveMode::Whole).unwrap().1
    }
    fn remembered(&self) -> Vec<&NotSame> {
        let all = self.world.records.not_same.values();
        all.map(|it| &it.record).collect()
    }
    fn move_ada(&mut self, to: &str) {
        let person = self.world.records.users[&self.ada].record.person;
        let person = self.world.records.persons.get_mut(&person).unwrap();
        person.record.email = Some(email(to));
    }
    /// The views as a directory would show them.
    fn views(&self) -> Views {
        let records = &self.world.records;
        let links: Vec<_> = records.links.values().map(|it| &it.record).collect();
        let local = |(user, kinds): (&Id<User>, &Kinds)| {
            let known = &records.users[user].record;
            let person = &records.persons[&known.person].record;
            Local {
                user: *user,
                kinds: *kinds,
                status: known.status,
                name: person.name.clone(),
                email: person.email.clone(),
                link: (links.iter().find(|it| it.user == *user)).map(|it| it.medhub.clone()),
            }
        };
        let locals: Vec<_> = cohort(records).iter().map(local).collect();
        let people = records.roster_people.values();
        let identities: Vec<_> = people.map(|it| it.record.identity.clone()).collect();
        let steps: Vec<_> = records.steps.values().cloned().collect();
        let not_same: Vec<_> = self.remembered().into_iter().cloned().collect();
        views(&locals, &identities, &steps, &not_same)
    }
    /// How many are linked, suggested, only here and only there.
    fn counts(&self) -> (usize, usize, usize, usize) {
        let views = self.views();
        let (linked, suggested) = (views.linked.len(), views.suggested.len());
        let (here, there) = (views.only_local.len(), views.only_medhub.len());
        (linked, suggested, here, there)
    }
}

#[test]
fn an_unlinked_pair_is_not_suggested_again_until_its_evidence_changes() {
    let mut scene = Scene::with(&[("7", "ada@example.org")]);
    assert_eq!(scene.counts(), (0, 1, 0, 0));
    assert_eq!(scene.settle(scene.link("7", Evidence::Email)).linked, 1);
    let unlink = Ask::Unlink { user: scene.ada };
    scene.stage(&[unlink]).unwrap();
    assert_eq!(scene.counts(), (0, 0, 1, 1), "also before it is saved");
    let (_, saved) = scene.save(SaveMode::Whole).unwrap();
    assert_eq!((saved.unlinked, saved.not_same), (1, 0));
    assert_eq!(scene.counts(), (0, 0, 1, 1));
    let owner = scene.world.owner;
    let said = |it: &NotSame| (it.user, it.medhub.clone(), it.by, it.at);
    let remembered: Vec<_> = scene.remembered().into_iter().map(said).collect();
    assert_eq!(remembered, [(scene.ada, medhub("7"), owner, now())]);

    // The address of both is another, and they may be one after all.
    scene.change_identity("7", |it| it.email = "lovelace@example.org".into());
    scene.move_ada("lovelace@example.org");
    assert_eq!(scene.counts(), (0, 1, 0, 0));
    assert_eq!(
        scene.views().not_same[0].standing,
        Standing::EvidenceChanged
    );
    // A link says that they are, and what was remembered is forgotten.
    assert_eq!(scene.settle(scene.link("7", Evidence::Email)).linked, 1);
    assert!(scene.remembered().is_empty());
    assert_eq!(scene.counts(), (1, 0, 0, 0));
}

/// R6: each step is taken back by its opposite, within one command too.
#[test]
fn the_opposite_takes_it_back() {
    let mut scene = Scene::with(&[("7", "ada@example.org")]);
    let (not_same, maybe_same) = (scene.not_same("7"), scene.maybe_same("7"));
    let link = scene.link("7", Evidence::Manual);
    for (one, other) in [
        (&not_same, &link),
        (&link, &not_same),
        (&not_same, &maybe_same),
        (&maybe_same, &not_same),
    ] {
        scene.stage(std::slice::from_ref(one)).unwrap();
        let staged = scene.stage(std::slice::from_ref(other)).unwrap();
        assert_eq!((staged.staged, staged.withdrawn), (0, 1), "{one:?}");
        let both = [one.clone(), other.clone()];
        let staged = scene.stage(&both).unwrap();
        assert_eq!((staged.staged, staged.withdrawn), (0, 0), "{one:?}");
        assert!(scene.world.records.steps.is_empty());
    }
}

/// R3: a plan does one thing with each user and each identity.
#[test]
fn whoever_is_taken_is_not_told_apart() {
    let mut scene = Scene::with(&[("7", "ada@example.org"), ("8", "b@example.org")]);
    let second = scene.world.add("b@example.org", RoleKind::Learner);
    let nobody = scene.world.ids.id();
    let not_same = |user, id| Ask::NotSame {
        user,
        medhub: medhub(id),
    };
    let maybe_same = |user, id| Ask::MaybeSame {
        user,
        medhub: medhub(id),
    };
    let admin = scene.world.owner;
    for (ask, refusal) in [
        (not_same(nobody, "7"), AskRefusal::UnknownUser),
        (maybe_same(nobody, "7"), AskRefusal::UnknownUser),
        (not_same(scene.ada, "9"), AskRefusal::UnknownIdentity),
        (not_same(admin, "7"), AskRefusal::NotInCohort),
    ] {
        assert_eq!(scene.stage(&[ask]), Err(refusal.into()));
    }
    scene.stage(&[scene.not_same("7")]).unwrap();
    let ada = scene.ada;
    for (ask, refusal) in [
        (scene.link("8", Evidence::Manual), AskRefusal::UserTaken),
        (not_same(ada, "8"), AskRefusal::UserTaken),
        (maybe_same(ada, "8"), AskRefusal::UserTaken),
        (not_same(second, "7"), AskRefusal::IdentityTaken),
        (maybe_same(second, "7"), AskRefusal::IdentityTaken),
        (
            Ask::Import {
                medhub: medhub("7"),
            },
            AskRefusal::IdentityTaken,
        ),
        (Ask::Unlink { user: ada }, AskRefusal::NotLinked),
    ] {
        assert_eq!(scene.stage(&[ask]), Err(refusal.into()));
    }
    // Two who are linked are told apart by unlinking them.
    let mut scene = Scene::with(&[("7", "ada@example.org"), ("8", "b@example.org")]);
    let (ada, second) = (
        scene.ada,
        scene.world.add("b@example.org", RoleKind::Learner),
    );
    tie(&mut scene, ada, "7");
    for (ask, refusal) in [
        (not_same(ada, "7"), AskRefusal::UserTaken),
        (not_same(ada, "8"), AskRefusal::UserTaken),
        (not_same(second, "7"), AskRefusal::IdentityTaken),
    ] {
        assert_eq!(scene.stage(&[ask]), Err(refusal.into()));
    }
    // What is forgotten of a user who is linked otherwise does not get in the way of their link.
    scene.stage(&[maybe_same(ada, "8")]).unwrap();
    let unlink = Ask::Unlink { user: ada };
    assert_eq!(
        scene.stage(&[unlink]),
        Err(AskRefusal::UserTaken.into()),
        "one thing for each user"
    );
}

/// R5: checked again when it is saved, and no second effect of what is so already.
#[test]
fn what_is_remembered_already_is_done() {
    let mut scene = Scene::with(&[("7", "ada@example.org")]);
    let ask = scene.not_same("7");
    scene.stage(std::slice::from_ref(&ask)).unwrap();
    let (changes, saved) = scene.save(SaveMode::Whole).unwrap();
    assert_eq!((saved.not_same, saved.already_done), (1, 0));
    let (user, id) = (scene.ada, medhub("7"));
    let person = scene.world.records.users[&user].record.person;
    for relied in [
        Ref::User(user),
        Ref::Person(person),
        Ref::RosterPerson(id.clone()),
        Ref::Integration(scene.world.tenant),
    ] {
        assert!(relies_on(&changes, &relied), "{relied:?}");
    }
    let remembered = Event::NotSameRemembered {
        user,
        medhub: id.clone(),
    };
    assert_eq!(
        events(&changes),
        [remembered, Event::PlanSaved { steps: 1 }]
    );
    let before = scene.world.records.not_same.clone();
    assert_eq!(scene.settle(ask.clone()).already_done, 1);
    assert_eq!(scene.world.records.not_same, before);

    // On other evidence it is said anew, of the same pair.
    scene.change_identity("7", |it| it.kinds = Kinds::ALL);
    assert_eq!(scene.counts(), (0, 1, 0, 0));
    assert_eq!(scene.settle(ask).not_same, 1);
    assert_eq!(scene.counts(), (0, 0, 1, 1));
    let after = &scene.world.records.not_same;
    assert!(before.keys().eq(after.keys()) && before != *after);

    let forget = scene.maybe_same("7");
    scene.stage(std::slice::from_ref(&forget)).unwrap();
    let (changes, saved) = scene.save(SaveMode::Whole).unwrap();
    assert_eq!((saved.maybe_same, saved.already_done), (1, 0));
    let forgotten = Event::NotSameForgotten { user, medhub: id };
    assert_eq!(events(&changes), [forgotten, Event::PlanSaved { steps: 1 }]);
    assert_eq!(scene.counts(), (0, 1, 0, 0));
    let saved = scene.settle(forget);
    assert_eq!((saved.maybe_same, saved.already_done), (0, 1));
}

/// R5: each thing that can move between the step and its save.
#[test]
fn what_moved_since_they_were_told_apart_is_a_conflict() {
    type Move = fn(&mut Scene);
    let moves: [(Conflict, Move); 7] = [
        (Conflict::UserLinked, |scene| tie(scene, scene.ada, "8")),
        (Conflict::UserLinked, |scene| tie(scene, scene.ada, "7")),
        (Conflict::IdentityLinked, |scene| {
            let user = scene.world.add("second@example.org", RoleKind::Learner);
            tie(scene, user, "7");
        }),
        (Conflict::IdentityGone, |scene| {
            scene.world.records.roster_people.remove(&medhub("7"));
        }),
        (Conflict::UserGone, |scene| {
            scene.world.records.users.remove(&scene.ada);
        }),
        (Conflict::EvidenceChanged, |scene| {
            scene.move_ada("a@example.org");
        }),
        (Conflict::EvidenceChanged, |scene| {
            let ada = scene.ada;
            let held = &mut scene.world.records.assignments;
            held.retain(|_, it| it.record.user != ada);
        }),
    ];
    for (conflict, happen) in moves {
        let mut scene = Scene::with(&[("7", "ada@example.org")]);
        scene.stage(&[scene.not_same("7")]).unwrap();
        happen(&mut scene);
        assert_eq!(scene.conflict(), conflict);
    }
    // A link that rests at another institution is none here.
    let mut scene = Scene::with(&[("7", "ada@example.org")]);
    scene.stage(&[scene.not_same("7")]).unwrap();
    let ada = scene.ada;
    tie(&mut scene, ada, "8");
    for tied in scene.world.records.links.values_mut() {
        tied.record.institution = Institution("https://elsewhere.example.org/api".into());
    }
    assert_eq!(scene.save(SaveMode::Whole).unwrap().1.not_same, 1);
}

/// R5, R6: a link that was suggested is in conflict once somebody told the two apart; one by hand says that they are one.
#[test]
fn what_was_suggested_before_they_were_told_apart_is_not_linked() {
    for (evidence, linked) in [(Evidence::Email, false), (Evidence::Manual, true)] {
        let mut scene = Scene::with(&[("7", "ada@example.org")]);
        scene.settle(scene.not_same("7"));
        scene.stage(&[scene.link("7", evidence)]).unwrap();
        if linked {
            let (changes, saved) = scene.save(SaveMode::Whole).unwrap();
            assert_eq!((saved.linked, saved.maybe_same), (1, 0));
            let (user, medhub) = (scene.ada, medhub("7"));
            let forgotten = Event::NotSameForgotten {
                user,
                medhub: medhub.clone(),
            };
            let linked = Event::Linked { user, medhub };
            let saved = Event::PlanSaved { steps: 1 };
            assert_eq!(events(&changes), [forgotten, linked, saved]);
            assert!(scene.remembered().is_empty());
        } else {
            assert_eq!(scene.conflict(), Conflict::NotSame);
            assert_eq!(Conflict::NotSame.code(), "not_same");
        }
    }
}

/// R3, R6: what is remembered of one institution says nothing of the same number at another.
#[test]
fn the_memory_of_another_institution_rests() {
    let mut scene = Scene::with(&[("7", "ada@example.org")]);
    scene.settle(scene.not_same("7"));
    let elsewhere = Institution("https://elsewhere.example.org/api".into());
    for it in scene.world.records.not_same.values_mut() {
        it.record.institution = elsewhere.clone();
    }
    assert_eq!(scene.settle(scene.maybe_same("7")).already_done, 1);
    assert_eq!(scene.settle(scene.link("7", Evidence::Email)).linked, 1);
    assert_eq!(scene.remembered().len(), 1);
    scene.settle(Ask::Unlink { user: scene.ada });
    assert_eq!(scene.remembered().len(), 2);
}

/// An identity that MedHub no longer lists looks like nobody: when it comes back, the pair is judged anew.
#[test]
fn an_unlinked_identity_that_was_gone_may_match_when_it_comes_back() {
    let mut scene = Scene::with(&[("7", "ada@example.org")]);
    let ada = scene.ada;
    tie(&mut scene, ada, "7");
    let listed = scene.world.records.roster_people.remove(&medhub("7"));
    scene.settle(Ask::Unlink { user: ada });
    assert_eq!(scene.views().not_same[0].standing, Standing::Holds);
    let listed = listed.unwrap();
    scene
        .world
        .records
        .roster_people
        .insert(medhub("7"), listed);
    assert_eq!(scene.counts(), (0, 1, 0, 0));
}

/// What an administrator does to one pair, and what happens to it.
#[derive(Clone, Copy, Debug)]
enum Act {
    Link(Evidence),
    Unlink,
    NotSame,
    MaybeSame,
    Move(&'static str),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        Just(Act::Link(Evidence::Email)),
        Just(Act::Link(Evidence::Manual)),
        Just(Act::Unlink),
        Just(Act::NotSame),
        Just(Act::MaybeSame),
        prop_oneof![Just("ada@example.org"), Just("a@example.org")].prop_map(Act::Move),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// R6, against a model of one pair: whether it is linked, and for which address it was told apart.
    #[test]
    fn one_pair_is_what_was_last_said_of_it(acts in prop::collection::vec(act(), 0..12)) {
        let mut scene = Scene::with(&[("7", "ada@example.org")]);
        let (mut linked, mut told_apart, mut address) = (false, None, "ada@example.org");
        for act in acts {
            let ask = match act {
                Act::Link(evidence) => scene.link("7", evidence),
                Act::Unlink => Ask::Unlink { user: scene.ada },
                Act::NotSame => scene.not_same("7"),
                Act::MaybeSame => scene.maybe_same("7"),
                Act::Move(to) => {
                    address = to;
                    scene.move_ada(to);
                    scene.change_identity("7", |it| it.email = to.into());
                    continue;
                }
            };
            if scene.stage(&[ask]).is_ok() {
                let applied = scene.save(SaveMode::Whole).is_ok();
                let judged = told_apart == Some(address);
                match act {
                    Act::Link(Evidence::Email) if judged && !linked => prop_assert!(!applied),
                    Act::Link(_) => (linked, told_apart) = (true, None),
                    Act::Unlink => (linked, told_apart) = (false, Some(address)),
                    Act::NotSame => told_apart = Some(address),
                    Act::MaybeSame => told_apart = None,
                    Act::Move(_) => {}
                }
                if !applied {
                    let authority = scene.world.as_user(scene.world.owner);
                    let (changes, _) = discard(&authority, &scene.world.records, now()).unwrap();
                    scene.world.commit(&changes);
                }
            }
            let suggested = !linked && told_apart != Some(address);
            let alone = usize::from(!linked && !suggested);
            let expected = (usize::from(linked), usize::from(suggested), alone, alone);
            prop_assert_eq!(scene.counts(), expected, "after {:?}", act);
        }
    }
}
