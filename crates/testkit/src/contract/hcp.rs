//! Healthcare parties one by one: found where they stand, searched, and changed by two at once.

use super::{
    Harness, Outcome, ensure, one,
    race::everyday,
    specimen::{email, name},
};
use crate::{hospital::Staffing, rendezvous::meet};
use identity_core::{
    hcp::{
        AddOrganisation, Hcp, HcpLine, Party,
        delete::DeleteHcpRefusal,
        edit::{EditHcp, EditHcpRefusal},
        place::PlaceRefusal,
        professional::{AddProfessional, AddProfessionalRefusal},
        search::{HcpKind, HcpSearch, SearchText},
    },
    id::Id,
    person::{Person, edit::Change},
    port::{Directory, Find, Page, Store},
    service::Failure,
};

impl<S: Store + Directory> Harness<S> {
    fn ward(&self, called: &str, parent: Option<Id<Hcp>>) -> Hcp {
        Hcp {
            id: self.ids().id(),
            party: Party::Organisation {
                name: name(called),
                email: None,
                phone: None,
            },
            parent,
        }
    }
}

fn below(parent: Id<Hcp>) -> EditHcp {
    EditHcp {
        parent: Change::Set(parent),
        ..EditHcp::default()
    }
}

pub(super) async fn parties_are_found_where_they_stand<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let (hospital, elsewhere) = (harness.hospital().await?, harness.elsewhere().await?);
    let (tenant, learner) = (hospital.tenant, &hospital.learners[0]);
    let top = harness.ward("Top", None);
    let middle = harness.ward("Middle", Some(top.id));
    let other = harness.ward("Other", Some(top.id));
    let doctor = Hcp {
        parent: Some(middle.id),
        ..harness.professional(learner.person, "dr@ward.example")
    };
    let all = [&top, &middle, &other, &doctor].map(|it| it.clone().into());
    harness.create(tenant, all).await?;
    for (levels, expected) in [
        (0, vec![doctor.id]),
        (1, vec![middle.id, doctor.id]),
        (2, vec![top.id, middle.id, doctor.id]),
        (9, vec![top.id, middle.id, doctor.id]),
    ] {
        let finds = vec![Find::HcpsAbove(doctor.id, levels)];
        let found = harness.load(tenant, finds).await?.hcps;
        let mut expected = expected;
        expected.sort_unstable();
        ensure!(found.keys().eq(&expected), "{levels} levels");
    }
    let first = middle.id.min(other.id);
    for (parent, expected) in [
        (top.id, Some(first)),
        (middle.id, Some(doctor.id)),
        (other.id, None),
    ] {
        let found = harness.load(tenant, vec![Find::HcpBelow(parent)]).await?;
        ensure!(found.hcps.keys().eq(&expected), "another below {parent}");
        let found = harness.load(elsewhere.tenant, vec![Find::HcpBelow(parent)]);
        ensure!(found.await?.hcps.is_empty(), "another tenant's");
    }
    for (parent, expected) in [(top.id, 2), (middle.id, 1), (other.id, 0)] {
        let counted = harness.store.hcps_below(tenant, parent).await?;
        ensure!(counted == expected, "{counted} below");
        let counted = harness.store.hcps_below(elsewhere.tenant, parent);
        ensure!(counted.await? == 0, "another tenant's");
    }
    let records = harness
        .load(tenant, vec![Find::HcpToEdit(doctor.id)])
        .await?;
    ensure!(one(&records.hcps, &doctor.id)?.record == doctor, "another");
    one(&records.persons, &learner.person)?;
    one(&records.users, &learner.user)?;
    ensure!(!records.assignments.is_empty(), "what the login opens");
    Ok(())
}

pub(super) async fn parties_are_searched<S: Store + Directory>(harness: Harness<S>) -> Outcome {
    let (hospital, elsewhere) = (harness.hospital().await?, harness.elsewhere().await?);
    let tenant = hospital.tenant;
    let top = harness.ward("Sainte-Élise", None);
    let mut clinic = harness.ward("Clinic of the Heart", Some(top.id));
    clinic.party = Party::Organisation {
        name: name("Clinic of the Heart"),
        email: Some(email("heart@ward.example")),
        phone: None,
    };
    let mut puts = vec![top.clone().into(), clinic.clone().into()];
    let mut doctors = vec![];
    for number in 0..5_u8 {
        let address = format!("dr{number}@ward.example");
        let names = harness.person(None).name;
        let person = Person::new(harness.ids().id(), names, Some(email(&address)));
        let hcp = Hcp {
            parent: (number < 3).then_some(clinic.id),
            ..harness.professional(person.id, &address)
        };
        doctors.push(hcp.id);
        puts.extend([person.into(), hcp.into()]);
    }
    harness.create(tenant, puts).await?;
    let stranger = harness.professional(elsewhere.learners[0].person, "dr1@ward.example");
    harness.create(elsewhere.tenant, [stranger.into()]).await?;
    let everybody: Vec<_> = doctors.iter().copied().chain([top.id, clinic.id]).collect();
    let text = |it: &str| SearchText::parse(it).ok();
    let any = HcpSearch::default;
    let family = harness.person(None).name.family;
    for (search, expected) in [
        (any(), everybody),
        (
            HcpSearch {
                text: text("dr"),
                ..any()
            },
            doctors.clone(),
        ),
        (
            HcpSearch {
                text: text("DR1@ward"),
                ..any()
            },
            vec![doctors[1]],
        ),
        (
            HcpSearch {
                text: text("dr1@wardx"),
                ..any()
            },
            vec![],
        ),
        (
            HcpSearch {
                text: text("heart@ward"),
                ..any()
            },
            vec![clinic.id],
        ),
        (
            HcpSearch {
                text: text("heart"),
                ..any()
            },
            vec![clinic.id],
        ),
        (
            HcpSearch {
                text: text("SAINTE-É"),
                ..any()
            },
            vec![top.id],
        ),
        (
            HcpSearch {
                text: text(family.as_str()),
                ..any()
            },
            doctors.clone(),
        ),
        (
            HcpSearch {
                kind: Some(HcpKind::Organisation),
                ..any()
            },
            vec![top.id, clinic.id],
        ),
        (
            HcpSearch {
                kind: Some(HcpKind::Professional),
                ..any()
            },
            doctors.clone(),
        ),
        (
            HcpSearch {
                parent: Some(clinic.id),
                ..any()
            },
            doctors[..3].to_vec(),
        ),
        (
            HcpSearch {
                parent: Some(clinic.id),
                text: text("dr2@"),
                kind: Some(HcpKind::Professional),
            },
            vec![doctors[2]],
        ),
        (
            HcpSearch {
                text: text("dr2@"),
                kind: Some(HcpKind::Organisation),
                ..any()
            },
            vec![],
        ),
        (
            HcpSearch {
                parent: Some(doctors[0]),
                ..any()
            },
            vec![],
        ),
    ] {
        let mut expected = expected;
        expected.sort_unstable();
        for limit in [1, 2, 1000] {
            let mut found: Vec<HcpLine> = vec![];
            loop {
                let after = found.last().map(|it| it.hcp.id);
                let page = Page { after, limit };
                let read = harness.store.hcps(tenant, search.clone(), page).await?;
                ensure!(read.len() <= limit as usize, "{} lines", read.len());
                if read.is_empty() {
                    break;
                }
                found.extend(read);
            }
            let found: Vec<_> = found.into_iter().map(|it| it.hcp.id).collect();
            ensure!(
                found == expected,
                "{search:?}, {limit} at a time: {found:?}"
            );
        }
    }
    Ok(())
}

/// A parent that is deleted while an organisation is added, a professional added, or another moved below it: one of the two is done.
pub(super) async fn nothing_is_put_below_what_is_deleted<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    for (number, deletes_first) in [true, false].into_iter().enumerate() {
        let staffing = Staffing::of(&format!("Deleting{number}"));
        let hospital = harness.staffed(staffing.administrators(2)).await?;
        let [one_call, other_call] =
            [0, 1].map(|it| everyday(&hospital, &hospital.administrators[it]));
        let order = if deletes_first { [0, 1] } else { [1, 0] };
        for act in 0..3 {
            let parent = harness.ward("Parent", None);
            let moved = harness.ward("Moved", None);
            let puts = [&parent, &moved].map(|it| it.clone().into());
            harness.create(hospital.tenant, puts).await?;
            let put_below = async |it: &super::race::Service<_>| -> Result<Id<Hcp>, &'static str> {
                let above = parent.id;
                let parent = Some(above);
                match act {
                    0 => {
                        let command = AddOrganisation {
                            name: name("Child"),
                            email: None,
                            phone: None,
                            parent,
                        };
                        let added = it.add_organisation(&other_call, command).await;
                        added.map_err(|it| it.code())
                    }
                    1 => {
                        let command = AddProfessional {
                            name: harness.person(None).name,
                            email: email(&format!("dr{number}@ward.example")),
                            mobile: None,
                            parent,
                        };
                        let added = it.add_professional(&other_call, command).await;
                        added.map_err(|it| it.code())
                    }
                    _ => {
                        let command = below(above);
                        let edited = it.edit_hcp(&other_call, moved.id, command).await;
                        edited.map(|()| moved.id).map_err(|it| it.code())
                    }
                }
            };
            let [one, other] = meet(&harness.store, order);
            let (deleted, put) = tokio::join!(
                harness.race(one, async |it| it.delete_hcp(&one_call, parent.id).await),
                harness.race(other, put_below),
            );
            let expected = match (&deleted, &put) {
                (Ok(()), Err("parent_not_found")) => deletes_first,
                (Err(Failure::Refused(DeleteHcpRefusal::HasChildren(first))), Ok(child)) => {
                    !deletes_first && first == child
                }
                _ => false,
            };
            ensure!(expected, "{act}: {deleted:?} and {put:?}");
        }
        harness.sound(hospital.tenant).await?;
    }
    Ok(())
}

/// Each below the other, at once: one of the two is moved.
pub(super) async fn two_moves_close_no_circle<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness
        .staffed(Staffing::of("Circles").administrators(2))
        .await?;
    let [one_call, other_call] = [0, 1].map(|it| everyday(&hospital, &hospital.administrators[it]));
    let [a, b] = ["A", "B"].map(|it| harness.ward(it, None));
    let puts = [&a, &b].map(|it| it.clone().into());
    harness.create(hospital.tenant, puts).await?;
    let [one, other] = meet(&harness.store, [0, 1]);
    let (won, lost) = tokio::join!(
        harness.race(one, async |it| it
            .edit_hcp(&one_call, a.id, below(b.id))
            .await),
        harness.race(other, async |it| it
            .edit_hcp(&other_call, b.id, below(a.id))
            .await),
    );
    won?;
    let circle = EditHcpRefusal::Place(PlaceRefusal::BelowItself);
    let expected = matches!(&lost, Err(Failure::Refused(it)) if *it == circle);
    ensure!(expected, "the second: {lost:?}");
    harness.sound(hospital.tenant).await?;
    Ok(())
}

pub(super) async fn two_professionals_of_one_address_are_one<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness
        .staffed(Staffing::of("Twice").administrators(2))
        .await?;
    let [one_call, other_call] = [0, 1].map(|it| everyday(&hospital, &hospital.administrators[it]));
    let command = AddProfessional {
        name: harness.person(None).name,
        email: email("twice@ward.example"),
        mobile: None,
        parent: None,
    };
    let [one, other] = meet(&harness.store, [0, 1]);
    let (won, lost) = tokio::join!(
        harness.race(one, async |it| it
            .add_professional(&one_call, command.clone())
            .await),
        harness.race(other, async |it| it
            .add_professional(&other_call, command.clone())
            .await),
    );
    let taken = AddProfessionalRefusal::Taken(won?);
    let expected = matches!(&lost, Err(Failure::Refused(it)) if *it == taken);
    ensure!(expected, "the second: {lost:?}");
    let found = harness.load(
        hospital.tenant,
        vec![Find::PersonsWithEmail(command.email.key().clone())],
    );
    ensure!(found.await?.persons.len() == 1, "two persons");
    harness.sound(hospital.tenant).await?;
    Ok(())
}
