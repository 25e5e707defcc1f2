//! Plans staged and saved, with everything that can move in between.

mod not_same;

use super::*;
use crate::{
    account::{Opens, Proof},
    permission::USERS_MANAGE,
    reconcile::{
        Connect, Institution,
        plan::{Ask, AskRefusal, Staged, discard, stage},
        snapshot::RosterPerson,
    },
    record::{Put, Ref, Version},
    role::Role,
    roster::Kinds,
    user::set_status,
    world::{World, email, events, now, relies_on, says},
};

fn medhub(id: &str) -> MedhubUserId {
    MedhubUserId::parse(id).unwrap()
}

/// A hospital with a learner `ada`, connected to a MedHub that lists these residents.
struct Scene {
    world: World,
    ada: Id<User>,
}

impl Scene {
    fn with(identities: &[(&str, &str)]) -> Self {
        let mut world = World::new();
        let ada = world.add("ada@example.org", RoleKind::Learner);
        let authority = world.as_user(world.owner);
        let institution = Institution("https://example.org/api".into());
        let connect = Connect {
            institution,
            client_id: "1".into(),
            key_file: None,
        };
        let changes = connect.decide(&authority, &world.records, now()).unwrap();
        world.commit(&changes);
        let mut changes = Changeset::new(world.tenant);
        identities
            .iter()
            .for_each(|(id, email)| changes.create(identity(id, email)));
        world.commit(&changes);
        Self { world, ada }
    }
    fn stage(&mut self, asks: &[Ask]) -> Result<Staged, StageRefusal> {
        let authority = self.world.as_user(self.world.owner);
        let (changes, staged) = stage(&authority, &self.world.records, asks, now())?;
        self.world.commit(&changes);
        Ok(staged)
    }
    fn save(&mut self, mode: SaveMode) -> Result<(Changeset, Saved), SaveRefusal> {
        let authority = self.world.as_user(self.world.owner);
        let (changes, saved) = save(&authority, &self.world.records, mode, &mut self.world.ids)?;
        self.world.commit(&changes);
        Ok((changes, saved))
    }
    fn conflict(&mut self) -> Conflict {
        match self.save(SaveMode::Whole) {
            Err(SaveRefusal::Conflicts(conflicts)) => conflicts[0].conflict,
            other => panic!("{other:?}"),
        }
    }
    fn link(&self, id: &str, evidence: Evidence) -> Ask {
        Ask::Link {
            user: self.ada,
            medhub: medhub(id),
            evidence,
        }
    }
    fn change_identity(&mut self, id: &str, edit: impl FnOnce(&mut Identity)) {
        let before = self.world.records.roster_people[&medhub(id)].clone();
        let mut after = before.record.clone();
        edit(&mut after.identity);
        let mut changes = Changeset::new(self.world.tenant);
        changes.replace(&before, after);
        self.world.commit(&changes);
    }
}

pub(in crate::reconcile) fn identity(id: &str, email: &str) -> RosterPerson {
    RosterPerson {
        identity: Identity {
            user_id: medhub(id),
            kinds: Kinds::only(Kind::Learner),
            given: "Grace".into(),
            family: "Hopper".into(),
            email: email.into(),
            username: String::new(),
            employee_id: None,
            level: None,
            programs: BTreeSet::new(),
        },
    }
}

#[test]
fn a_staged_link_is_saved_once() {
    let mut scene = Scene::with(&[("7", "ada@example.org")]);
    let ask = scene.link("7", Evidence::Email);
    scene.stage(&[ask]).unwrap();
    assert!(scene.world.records.links.is_empty());
    let (_, saved) = scene.save(SaveMode::Whole).unwrap();
    assert_eq!((saved.linked, saved.mails), (1, 0));
    assert_eq!(
        scene
            .world
            .records
            .links
            .values()
            .next()
            .unwrap()
            .record
            .medhub,
        medhub("7")
    );
    let again = scene.save(SaveMode::Whole).unwrap_err();
    assert_eq!(again.code(), "nothing_staged");
}

#[test]
fn staging_the_opposite_takes_a_step_back() {
    let mut scene = Scene::with(&[("7", "ada@example.org")]);
    let link = scene.link("7", Evidence::Manual);
    scene.stage(std::slice::from_ref(&link)).unwrap();
    let staged = scene.stage(&[Ask::Unlink { user: scene.ada }]).unwrap();
    assert_eq!((staged.staged, staged.withdrawn), (0, 1));
    assert!(scene.world.records.steps.is_empty());
    scene.stage(std::slice::from_ref(&link)).unwrap();
    assert_eq!(scene.save(SaveMode::Whole).unwrap().1.linked, 1);
    scene.stage(&[Ask::Unlink { user: scene.ada }]).unwrap();
    let staged = scene.stage(&[link]).unwrap();
    assert_eq!((staged.staged, staged.withdrawn), (0, 1));
    scene.stage(&[Ask::Unlink { user: scene.ada }]).unwrap();
    let (_, saved) = scene.save(SaveMode::Whole).unwrap();
    assert_eq!(saved.unlinked, 1);
    assert!(scene.world.records.links.is_empty());
}

/// R3: a link is unique both ways, within a plan as in the store.
#[test]
fn nobody_is_staged_twice() {
    let mut scene = Scene::with(&[("7", "ada@example.org"), ("8", "b@example.org")]);
    let other = scene.world.add("b@example.org", RoleKind::Learner);
    let seven = scene.link("7", Evidence::Manual);
    let eight = scene.link("8", Evidence::Manual);
    scene.stage(&[seven]).unwrap();
    assert_eq!(
        scene.stage(&[eight]),
        Err(StageRefusal::Ask(AskRefusal::UserTaken))
    );
    let taken = Ask::Link {
        user: other,
        medhub: medhub("7"),
        evidence: Evidence::Manual,
    };
    assert_eq!(
        scene.stage(&[taken]),
        Err(StageRefusal::Ask(AskRefusal::IdentityTaken))
    );
    assert_eq!(
        scene.stage(&[Ask::Import {
            medhub: medhub("7")
        }]),
        Err(StageRefusal::Ask(AskRefusal::IdentityTaken))
    );
}

/// R7: one user, one person, one login, one link and one mail, in one changeset.
#[test]
fn an_import_makes_one_of_each() {
    let mut scene = Scene::with(&[("9", "grace@example.org")]);
    scene
        .stage(&[Ask::Import {
            medhub: medhub("9"),
        }])
        .unwrap();
    let users = scene.world.records.users.len();
    let (changes, saved) = scene.save(SaveMode::Whole).unwrap();
    assert_eq!(
        (saved.imported, saved.mails, changes.messages().len()),
        (1, 1, 1)
    );
    assert_eq!(scene.world.records.users.len(), users + 1);
    let user = scene
        .world
        .records
        .links
        .values()
        .next()
        .unwrap()
        .record
        .user;
    assert!(scene.world.assignment(user, RoleKind::Learner).is_some());
    assert_eq!(
        scene.stage(&[Ask::Import {
            medhub: medhub("9")
        }]),
        Err(StageRefusal::Ask(AskRefusal::IdentityTaken))
    );
}

#[test]
fn what_cannot_be_imported_says_why() {
    let listed = [
        ("1", ""),
        ("2", "a@x.org; b@x.org"),
        ("3", "nobody"),
        ("4", "ADA@example.org"),
        ("5", "e@example.org"),
    ];
    let mut scene = Scene::with(&listed);
    let asks: Vec<_> = listed
        .iter()
        .map(|(id, _)| Ask::Import { medhub: medhub(id) })
        .collect();
    let staged = scene.stage(&asks).unwrap();
    let codes: Vec<_> = staged.refused.iter().map(|(_, it)| it.code()).collect();
    assert_eq!(
        (staged.staged, codes.as_slice()),
        (
            1,
            [
                "email_missing",
                "email_multiple",
                "email_syntax",
                "email_in_use"
            ]
            .as_slice()
        )
    );
    assert_eq!(
        scene.stage(&[Ask::Import {
            medhub: medhub("77")
        }]),
        Err(StageRefusal::Ask(AskRefusal::UnknownIdentity))
    );
}

/// R5: if something moved meanwhile, each step is checked again, and nothing is applied unless all are valid.
#[test]
fn what_moved_since_staging_is_a_conflict_and_nothing_is_applied() {
    let mut scene = Scene::with(&[("7", "ada@example.org"), ("9", "grace@example.org")]);
    let link = scene.link("7", Evidence::Email);
    scene
        .stage(&[
            link,
            Ask::Import {
                medhub: medhub("9"),
            },
        ])
        .unwrap();
    scene.change_identity("7", |it| it.email = "moved@example.org".into());
    let before = scene.world.records.clone();
    assert_eq!(scene.conflict(), Conflict::EvidenceChanged);
    assert_eq!(scene.world.records.users.len(), before.users.len());

    let (_, saved) = scene.save(SaveMode::ValidOnly).unwrap();
    assert_eq!(
        (saved.imported, saved.linked, saved.conflicts.len()),
        (1, 0, 1)
    );
    assert_eq!(scene.world.records.steps.len(), 1);
}

#[test]
fn each_thing_that_can_move_is_named() {
    type Move = fn(&mut Scene);
    let moves: [(Conflict, Move); 5] = [
        (Conflict::IdentityGone, |scene| {
            let gone = scene.world.records.roster_people[&medhub("7")].clone();
            let mut changes = Changeset::new(scene.world.tenant);
            changes.erase(&gone);
            scene.world.commit(&changes);
        }),
        (Conflict::UserInactive, |scene| {
            let authority = scene.world.as_user(scene.world.owner);
            let changes = set_status(
                &authority,
                &scene.world.records,
                scene.ada,
                UserStatus::Inactive,
                now(),
            );
            scene.world.commit(&changes.unwrap());
        }),
        (Conflict::UserNotInCohort, |scene| {
            scene
                .world
                .records
                .assignments
                .retain(|_, it| it.record.user != scene.ada);
        }),
        (Conflict::IdentityLinked, |scene| {
            let user = scene.world.add("second@example.org", RoleKind::Learner);
            tie(scene, user, "7");
        }),
        (Conflict::UserLinked, |scene| tie(scene, scene.ada, "8")),
    ];
    for (expected, happen) in moves {
        let mut scene = Scene::with(&[("7", "ada@example.org")]);
        let ask = scene.link("7", Evidence::Email);
        scene.stage(&[ask]).unwrap();
        happen(&mut scene);
        assert_eq!(scene.conflict(), expected);
    }
    let mut scene = Scene::with(&[("7", "ada@example.org")]);
    let ask = scene.link("7", Evidence::Email);
    scene.stage(&[ask]).unwrap();
    let ada = scene.ada;
    tie(&mut scene, ada, "7");
    assert_eq!(scene.save(SaveMode::Whole).unwrap().1.already_done, 1);

    let mut scene = Scene::with(&[("9", "grace@example.org")]);
    scene
        .stage(&[Ask::Import {
            medhub: medhub("9"),
        }])
        .unwrap();
    scene.change_identity("9", |it| it.family = "Murray".into());
    assert_eq!(scene.conflict(), Conflict::IdentityChanged);

    let mut scene = Scene::with(&[("9", "grace@example.org")]);
    scene
        .stage(&[Ask::Import {
            medhub: medhub("9"),
        }])
        .unwrap();
    scene.world.add("grace@example.org", RoleKind::Learner);
    assert_eq!(
        scene.conflict(),
        Conflict::Import(ImportProblem::EmailInUse)
    );
}

/// R5, R3: the numbers of one institution are never taken for those of another.
#[test]
fn a_step_staged_under_another_connection_is_a_conflict() {
    let mut scene = Scene::with(&[("7", "ada@example.org")]);
    let ask = scene.link("7", Evidence::Manual);
    scene.stage(std::slice::from_ref(&ask)).unwrap();
    let authority = scene.world.as_user(scene.world.owner);
    let institution = Institution("https://other.example.org/api".into());
    let connect = Connect {
        institution,
        client_id: "1".into(),
        key_file: None,
    };
    let changes = connect
        .decide(&authority, &scene.world.records, now())
        .unwrap();
    scene.world.commit(&changes);
    let mut changes = Changeset::new(scene.world.tenant);
    changes.create(identity("7", "stranger@example.org"));
    scene.world.commit(&changes);
    assert_eq!(scene.conflict(), Conflict::OtherInstitution);
    assert!(scene.world.records.links.is_empty());
    // Staged anew, it is of the institution that is connected.
    scene.stage(&[ask]).unwrap();
    let (_, saved) = scene.save(SaveMode::ValidOnly).unwrap();
    assert_eq!((saved.linked, saved.conflicts.len()), (1, 1));
}

fn tie(scene: &mut Scene, user: Id<User>, to: &str) {
    let institution = Institution("https://example.org/api".into());
    let mut changes = Changeset::new(scene.world.tenant);
    changes.create(Link {
        id: scene.world.ids.id(),
        user,
        institution,
        medhub: medhub(to),
        at: now(),
        by: scene.world.owner,
    });
    scene.world.commit(&changes);
}

/// R7: two identities behind one address make one user.
#[test]
fn two_newcomers_with_one_address_are_a_conflict() {
    let mut scene = Scene::with(&[("1", "twin@example.org"), ("2", "Twin@example.org")]);
    scene
        .stage(&[
            Ask::Import {
                medhub: medhub("1"),
            },
            Ask::Import {
                medhub: medhub("2"),
            },
        ])
        .unwrap();
    assert_eq!(
        scene.conflict(),
        Conflict::Import(ImportProblem::EmailInUse)
    );
}

/// A login of another tenant is attached, and no first password is owed for it.
#[test]
fn a_login_that_exists_elsewhere_is_attached() {
    let mut scene = Scene::with(&[("9", "grace@example.org")]);
    let account = Account::embedded(scene.world.ids.id(), email("grace@example.org"));
    let mut changes = Changeset::new(scene.world.tenant);
    changes.create(account.clone());
    scene.world.commit(&changes);
    scene
        .stage(&[Ask::Import {
            medhub: medhub("9"),
        }])
        .unwrap();
    let (changes, _) = scene.save(SaveMode::Whole).unwrap();
    assert!(matches!(
        changes.messages(),
        [Message {
            kind: MessageKind::Imported {
                new_login: false,
                ..
            },
            ..
        }]
    ));
    assert_eq!(scene.world.records.accounts.len(), 3);
}

#[test]
fn a_discarded_plan_leaves_nothing() {
    let mut scene = Scene::with(&[("7", "ada@example.org")]);
    let ask = scene.link("7", Evidence::Email);
    scene.stage(&[ask]).unwrap();
    let authority = scene.world.as_user(scene.world.owner);
    let (changes, steps) = discard(&authority, &scene.world.records, now()).unwrap();
    scene.world.commit(&changes);
    assert_eq!(steps, 1);
    assert!(scene.world.records.steps.is_empty());
    assert_eq!(
        discard(&authority, &scene.world.records, now()),
        Err(StageRefusal::NothingStaged)
    );
}

/// A4: an import gives a role as a person would, and is refused as a person would be.
#[test]
fn an_import_needs_the_right_to_give_the_role() {
    let mut scene = Scene::with(&[("9", "grace@example.org")]);
    let integrator = scene.world.add("it@example.org", RoleKind::Learner);
    let name = Name::parse("Integrator").unwrap();
    let role = Role::custom(scene.world.ids.id(), name, [INTEGRATIONS_MANAGE].into());
    let mut changes = Changeset::new(scene.world.tenant);
    changes.create(role.clone());
    changes.create(crate::role::Assignment {
        id: scene.world.ids.id(),
        user: integrator,
        role: role.id,
        kind: RoleKind::Custom,
        status: crate::role::AssignmentStatus::Active,
    });
    scene.world.commit(&changes);
    let authority = scene.world.as_user(integrator);
    let (changes, _) = stage(
        &authority,
        &scene.world.records,
        &[Ask::Import {
            medhub: medhub("9"),
        }],
        now(),
    )
    .unwrap();
    scene.world.commit(&changes);
    let authority = scene.world.as_user(integrator);
    let refusal = save(
        &authority,
        &scene.world.records,
        SaveMode::Whole,
        &mut scene.world.ids,
    )
    .unwrap_err();
    assert_eq!(refusal.code(), "permission_missing");
}

/// A1, R5: a link rests on the user, the person whose address was compared, the identity and the connection.
#[test]
fn a_link_relies_on_both_sides_as_they_were_compared() {
    let mut scene = Scene::with(&[("7", "ada@example.org")]);
    let ask = scene.link("7", Evidence::Email);
    scene.stage(&[ask]).unwrap();
    let person = scene.world.records.users[&scene.ada].record.person;
    let (changes, _) = scene.save(SaveMode::Whole).unwrap();
    for relied in [
        Ref::User(scene.ada),
        Ref::Person(person),
        Ref::RosterPerson(medhub("7")),
        Ref::Integration(scene.world.tenant),
    ] {
        assert!(relies_on(&changes, &relied), "{relied:?}");
    }
    let (user, medhub) = (scene.ada, medhub("7"));
    assert_eq!(
        events(&changes),
        [
            Event::Linked {
                user,
                medhub: medhub.clone()
            },
            Event::PlanSaved { steps: 1 }
        ]
    );
    scene.stage(&[Ask::Unlink { user }]).unwrap();
    let (changes, _) = scene.save(SaveMode::Whole).unwrap();
    assert_eq!(
        events(&changes),
        [
            Event::Unlinked {
                user,
                medhub: medhub.clone()
            },
            Event::NotSameRemembered { user, medhub },
            Event::PlanSaved { steps: 1 }
        ]
    );
}

/// A1, R7: an import rests on the identity, on nobody having the address, on the role it gives, and on whatever gives the
/// right to give it, also where that is another role than the one that gives the right to save.
#[test]
fn an_import_relies_on_the_right_to_give_the_role() {
    let mut scene = Scene::with(&[("9", "grace@example.org")]);
    let integrator = scene.world.add("it@example.org", RoleKind::Learner);
    let integrates = scene.world.allow(integrator, [INTEGRATIONS_MANAGE]);
    let manages = scene.world.allow(integrator, [USERS_MANAGE]);
    let held = scene.world.records.assignments.values();
    let by = held
        .filter(|it| it.record.role == manages)
        .map(|it| it.record.id);
    let by: Vec<_> = by.collect();
    let authority = scene.world.as_user(integrator);
    let asks = [Ask::Import {
        medhub: medhub("9"),
    }];
    let (changes, _) = stage(&authority, &scene.world.records, &asks, now()).unwrap();
    scene.world.commit(&changes);
    let world = &mut scene.world;
    let (changes, _) = save(&authority, &world.records, SaveMode::Whole, &mut world.ids).unwrap();
    for relied in [
        Ref::Role(integrates),
        Ref::Role(manages),
        Ref::Assignment(by[0]),
        Ref::Role(world.role(RoleKind::Learner)),
        Ref::RosterPerson(medhub("9")),
    ] {
        assert!(relies_on(&changes, &relied), "{relied:?}");
    }
    assert!(
        changes
            .expects()
            .contains(&crate::changeset::Expect::Persons {
                with: email("grace@example.org").key().clone(),
                are: Vec::new(),
            })
    );
}

/// R5, R6: every change of a plan bumps its version, so that a save cannot apply what was not reviewed; its steps are
/// entered one by one.
#[test]
fn every_change_of_a_plan_is_a_new_version_of_it() {
    let mut scene = Scene::with(&[("7", "ada@example.org"), ("8", "grace@example.org")]);
    let owner = scene.world.owner;
    let version = |scene: &Scene| scene.world.records.plans[&owner].version;
    let ask = scene.link("7", Evidence::Email);
    scene.stage(&[ask]).unwrap();
    let first = version(&scene);
    let authority = scene.world.as_user(owner);
    let asks = [Ask::Import {
        medhub: medhub("8"),
    }];
    let (changes, _) = stage(&authority, &scene.world.records, &asks, now()).unwrap();
    assert_eq!(events(&changes), [Event::StepStaged { step: 2 }]);
    assert!(relies_on(&changes, &Ref::Integration(scene.world.tenant)));
    scene.world.commit(&changes);
    let second = version(&scene);
    let (changes, _) = discard(&authority, &scene.world.records, now()).unwrap();
    assert_eq!(events(&changes), [Event::PlanDiscarded { steps: 2 }]);
    scene.world.commit(&changes);
    let third = version(&scene);
    let ask = scene.link("7", Evidence::Email);
    scene.stage(&[ask]).unwrap();
    let fourth = version(&scene);
    let _saved = scene.save(SaveMode::Whole).unwrap();
    assert!(first < second && second < third && third < fourth && fourth < version(&scene));
}

/// R2, R3: staging refuses whoever is neither learner nor teacher, and whoever is linked; what rests at another institution
/// does not count while staging, and is no reason to link twice when the plan is saved.
#[test]
fn only_free_learners_and_teachers_are_staged() {
    let mut scene = Scene::with(&[("7", "ada@example.org"), ("8", "other@example.org")]);
    let admin = scene
        .world
        .add("admin@example.org", RoleKind::SystemAdministrator);
    let link = |user: Id<User>, id: &str| Ask::Link {
        user,
        medhub: medhub(id),
        evidence: Evidence::Manual,
    };
    assert_eq!(
        scene.stage(&[link(admin, "7")]),
        Err(AskRefusal::NotInCohort.into())
    );
    let ada = scene.ada;
    tie(&mut scene, ada, "8");
    assert_eq!(
        scene.stage(&[link(ada, "7")]),
        Err(AskRefusal::UserTaken.into())
    );
    let elsewhere = Institution("https://elsewhere.example.org/api".into());
    for tied in scene.world.records.links.values_mut() {
        tied.record.institution = elsewhere.clone();
    }
    assert!(scene.stage(&[link(ada, "8")]).is_ok());
    assert_eq!(scene.conflict(), Conflict::UserLinked);
}

/// R5: what somebody tied by hand needs no address in common.
#[test]
fn a_link_by_hand_needs_no_common_address() {
    let mut scene = Scene::with(&[("7", "private@example.net")]);
    let ask = scene.link("7", Evidence::Manual);
    scene.stage(&[ask]).unwrap();
    let (_, saved) = scene.save(SaveMode::Whole).unwrap();
    assert_eq!(saved.linked, 1);
}

/// R3, R5: a staged unlink takes away the very tie that was reviewed, and no other that came in its place: to another
/// identity, or to one of the same number at another institution.
#[test]
fn an_unlink_takes_away_what_was_reviewed_alone() {
    let mut scene = Scene::with(&[("7", "ada@example.org")]);
    let ada = scene.ada;
    tie(&mut scene, ada, "7");
    scene.stage(&[Ask::Unlink { user: ada }]).unwrap();
    let reviewed = scene.world.records.links.clone();
    let edits: [fn(&mut Link); 2] = [
        |it| it.medhub = medhub("8"),
        |it| it.institution = Institution("https://elsewhere.example.org/api".into()),
    ];
    for edit in edits {
        scene.world.records.links = reviewed.clone();
        let links = scene.world.records.links.values_mut();
        links.for_each(|it| edit(&mut it.record));
        assert_eq!(scene.conflict(), Conflict::UserLinked);
    }
    scene.world.records.links = reviewed;
    assert_eq!(scene.save(SaveMode::Whole).unwrap().1.unlinked, 1);
}

/// R3, R7: what was staged for import and then linked, or whose address somebody got meanwhile, is not imported.
#[test]
fn whoever_is_known_by_now_is_not_imported() {
    let staged = || {
        let mut scene = Scene::with(&[("9", "grace@example.org")]);
        scene
            .stage(&[Ask::Import {
                medhub: medhub("9"),
            }])
            .unwrap();
        scene
    };
    let mut linked = staged();
    let ada = linked.ada;
    tie(&mut linked, ada, "9");
    assert_eq!(linked.conflict(), Conflict::IdentityLinked);

    let in_use = Conflict::Import(ImportProblem::EmailInUse);
    let mut added = staged();
    let user = added.world.add("grace@example.org", RoleKind::Teacher);
    assert_eq!(added.conflict(), in_use);
    // The person's address moves on, and the login of that name still opens a user here.
    let person = added.world.records.users[&user].record.person;
    let person = added.world.records.persons.get_mut(&person).unwrap();
    person.record.email = None;
    assert_eq!(added.conflict(), in_use);
    // A person alone, without any access, has the address too.
    let mut known = staged();
    let name = crate::world::person_name("Grace", "Hopper");
    let address = Some(email("grace@example.org"));
    let person = Person::new(known.world.ids.id(), name, address);
    let mut changes = Changeset::new(known.world.tenant);
    changes.create(person);
    known.world.commit(&changes);
    assert_eq!(known.conflict(), in_use);
}

/// A4, R7: what saving would refuse is not staged: an address whose login opens a user here is in use, though no person has it
/// any more.
#[test]
fn a_login_that_opens_a_user_here_is_not_staged_for_import() {
    let mut scene = Scene::with(&[("9", "ada@example.org")]);
    let person = scene.world.records.users[&scene.ada].record.person;
    let person = scene.world.records.persons.get_mut(&person).unwrap();
    person.record.email = None;
    let asks = [Ask::Import {
        medhub: medhub("9"),
    }];
    let in_use = AskRefusal::Import(ImportProblem::EmailInUse);
    assert_eq!(scene.stage(&asks), Err(in_use.into()));
    let account = scene.world.account(scene.ada).record.id;
    let user = scene.world.records.users.get_mut(&scene.ada).unwrap();
    user.record.account = None;
    let account = scene.world.records.accounts.get_mut(&account).unwrap();
    account.record.opens.clear();
    assert!(scene.stage(&asks).is_ok());
}

/// A3, R7: a login of another tenant, which nobody has confirmed, opens no newcomer: refused where it is staged, and a conflict of
/// the one step where the login came later.
#[test]
fn an_unproved_login_of_another_tenant_opens_no_newcomer() {
    for (proof, refused) in [(Proof::Unproved, true), (Proof::Proved, false)] {
        let mut scene = Scene::with(&[("9", "grace@example.org")]);
        let asks = [Ask::Import {
            medhub: medhub("9"),
        }];
        let mut staged = Scene::with(&[("9", "grace@example.org")]);
        staged.stage(&asks).unwrap();
        for scene in [&mut scene, &mut staged] {
            let opens = Opens {
                tenant: scene.world.ids.id(),
                user: scene.world.ids.id(),
            };
            let login = Account::embedded(scene.world.ids.id(), email("grace@example.org"));
            let login = Account {
                proof,
                ..login.opening(opens)
            };
            (scene.world.records).insert(Put::Account(login), Version::FIRST);
        }
        let problem = ImportProblem::LoginUnproved;
        let unproved = StageRefusal::from(AskRefusal::Import(problem));
        if refused {
            assert_eq!(says(&unproved), ("login_unproved", "A3"));
            assert_eq!(scene.stage(&asks), Err(unproved));
            assert_eq!(staged.conflict(), Conflict::Import(problem));
        } else {
            assert!(scene.stage(&asks).is_ok());
            assert!(staged.save(SaveMode::Whole).is_ok());
        }
    }
}

/// A step that was taken back gives both its sides free within the very same command.
#[test]
fn a_step_taken_back_frees_both_sides() {
    let mut scene = Scene::with(&[("7", "ada@example.org"), ("8", "other@example.org")]);
    let (to_seven, to_eight) = (
        scene.link("7", Evidence::Manual),
        scene.link("8", Evidence::Manual),
    );
    let back = Ask::Unlink { user: scene.ada };
    scene.stage(std::slice::from_ref(&to_seven)).unwrap();
    let staged = scene
        .stage(&[back.clone(), to_eight, back, to_seven])
        .unwrap();
    assert_eq!((staged.staged, staged.withdrawn), (1, 1));
    assert!(staged.refused.is_empty());
}
