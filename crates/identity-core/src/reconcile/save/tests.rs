//! Plans staged and saved, with everything that can move in between.

use super::*;
use crate::{
    reconcile::{
        Connect, Institution,
        plan::{Ask, AskRefusal, Staged, discard, stage},
        snapshot::RosterPerson,
    },
    roster::Kinds,
    user::set_status,
    world::{World, email, now},
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

fn identity(id: &str, email: &str) -> RosterPerson {
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
    let role = Role {
        id: scene.world.ids.id(),
        name: Name::parse("Integrator").unwrap(),
        kind: RoleKind::Custom,
        permissions: [INTEGRATIONS_MANAGE].into(),
    };
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
