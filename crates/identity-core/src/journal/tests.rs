//! The journal: what stands in it, what is found in it, and what is seen when somebody has changed it.

use super::{chain::hash, *};
use crate::{
    owner::elevation::EndReason,
    roster::MedhubUserId,
    tenant::{Listing, Tenant},
    time::instant_from_micros,
};
use ed25519_dalek::SigningKey;
use uuid::Uuid;

fn tenant() -> Id<Tenant> {
    Id::mint(instant(), &[1; 10])
}
fn instant() -> Instant {
    instant_from_micros(1_700_000_000_000_000).unwrap()
}
fn chain(len: u8) -> Vec<Sealed> {
    let mut head = Head::default();
    (0..len)
        .map(|it| {
            let event = Event::UserDeactivated {
                user: Id::mint(instant(), &[it; 10]),
            };
            let sealed = head.seal(
                tenant(),
                &Entry {
                    at: instant(),
                    by: By::Operator,
                    event,
                },
            );
            head = sealed.head();
            sealed
        })
        .collect()
}
fn verify(chain: &[Sealed], checkpoint: Option<Checkpoint>) -> Result<Head, Broken> {
    let mut verifier = Verifier::new(tenant(), checkpoint);
    chain.iter().try_for_each(|it| verifier.read(it))?;
    verifier.finish()
}

/// Whoever acts, an entry is read back as it was written: no name of a field stands twice in its text.
#[test]
fn an_entry_is_read_back_whoever_acts() {
    let user = Id::mint(instant(), &[3; 10]);
    let token = Id::mint(instant(), &[4; 10]);
    let elevation = Some(Id::mint(instant(), &[5; 10]));
    let session = Some(Id::mint(instant(), &[7; 10]));
    for by in [
        By::Operator,
        By::User {
            user,
            session: None,
            elevation: None,
        },
        By::User {
            user,
            session,
            elevation,
        },
        By::Clock,
        By::Token { token, user },
    ] {
        let other = Id::mint(instant(), &[6; 10]);
        for event in [
            Event::UserDeactivated { user: other },
            Event::TokenRevoked { token },
        ] {
            let entry = Entry {
                at: instant(),
                by,
                event,
            };
            assert_eq!(Head::default().seal(tenant(), &entry).entry(), Some(entry));
        }
    }
}

/// J2: edit, removal, insertion and swap are each found, at the first entry that does not fit.
#[test]
fn every_kind_of_tampering_names_its_first_entry() {
    let whole = chain(5);
    assert_eq!(verify(&whole, None).unwrap().number, 5);

    let mut edited = whole.clone();
    edited[2].text = edited[2]
        .text
        .replace("user_deactivated", "user_reactivated");
    assert_eq!(verify(&edited, None), Err(Broken::Hash { number: 3 }));

    let mut removed = whole.clone();
    removed.remove(2);
    assert_eq!(
        verify(&removed, None),
        Err(Broken::Number {
            expected: 3,
            found: 4
        })
    );

    let mut renumbered = removed;
    renumbered[2].number = 3;
    assert_eq!(verify(&renumbered, None), Err(Broken::Hash { number: 3 }));

    let mut swapped = whole.clone();
    swapped.swap(1, 2);
    assert_eq!(
        verify(&swapped, None),
        Err(Broken::Number {
            expected: 2,
            found: 3
        })
    );

    let mut other_tenant = Verifier::new(Id::mint(instant(), &[2; 10]), None);
    assert_eq!(
        other_tenant.read(&whole[0]),
        Err(Broken::Hash { number: 1 })
    );
}

/// J2: a checkpoint makes cutting the end visible, and a chain rewritten from its beginning.
#[test]
fn a_checkpoint_shows_a_chain_cut_off_or_written_anew() {
    let key = SigningKey::from_bytes(&[9; 32]);
    let whole = chain(5);
    let checkpoint = Checkpoint::sign(tenant(), whole[3].head(), instant(), &key);
    checkpoint.verify(&key.verifying_key()).unwrap();
    assert!(verify(&whole, Some(checkpoint.clone())).is_ok());
    assert!(verify(&whole[..4], Some(checkpoint.clone())).is_ok());
    assert_eq!(
        verify(&whole[..3], Some(checkpoint.clone())),
        Err(Broken::CutOff { end: 3, signed: 4 })
    );

    let mut head = Head::default();
    let anew: Vec<_> = chain(5)
        .iter()
        .map(|it| {
            let mut entry = it.entry().unwrap();
            entry.event = Event::UserReactivated {
                user: Id::mint(instant(), &[0; 10]),
            };
            let sealed = head.seal(tenant(), &entry);
            head = sealed.head();
            sealed
        })
        .collect();
    assert_eq!(
        verify(&anew, Some(checkpoint.clone())),
        Err(Broken::NotAsSigned { number: 4 })
    );

    let text = serde_json::to_string(&checkpoint).unwrap();
    let read: Checkpoint = serde_json::from_str(&text).unwrap();
    assert_eq!(read, checkpoint);
    let forged: Checkpoint =
        serde_json::from_str(&text.replace("\"number\":4", "\"number\":3")).unwrap();
    assert_eq!(forged.verify(&key.verifying_key()), Err(NotSigned));
    assert_eq!(
        checkpoint.verify(&SigningKey::from_bytes(&[8; 32]).verifying_key()),
        Err(NotSigned)
    );
}

/// J2: a hash is over the purpose, the tenant, the number, the hash before and the text: every one of them counts.
#[test]
fn a_hash_is_over_all_that_gives_an_entry_its_place() {
    let (before, text) = (Hash([7; 32]), "{}");
    let mut bytes = b"rollcall journal entry 1\0".to_vec();
    bytes.extend_from_slice(tenant().as_uuid().as_bytes());
    bytes.extend_from_slice(&3_u64.to_be_bytes());
    bytes.extend_from_slice(&before.0);
    bytes.extend_from_slice(text.as_bytes());
    assert_eq!(hash(tenant(), 3, before, text), Hash::of(&bytes));
}

/// J2: a text that is no entry is found, also when whoever wrote it knew how to hash it.
#[test]
fn a_text_that_is_no_entry_is_found() {
    let text = "{}".to_owned();
    let hash = hash(tenant(), 1, Hash::default(), &text);
    let sealed = Sealed {
        number: 1,
        text,
        hash,
    };
    assert_eq!(verify(&[sealed], None), Err(Broken::Text { number: 1 }));
}

/// J2: a signature is over the purpose, the tenant, the end and the time: a checkpoint in which one was changed is not
/// signed, and neither is a text of another purpose.
#[test]
fn a_signature_is_over_all_that_a_checkpoint_says() {
    let key = SigningKey::from_bytes(&[9; 32]);
    let head = Head {
        number: 4,
        hash: Hash([4; 32]),
    };
    let signed = Checkpoint::sign(tenant(), head, instant(), &key);
    assert_eq!(signed.verify(&key.verifying_key()), Ok(()));
    let changes: [fn(&mut Checkpoint); 4] = [
        |it| it.tenant = Id::mint(instant(), &[2; 10]),
        |it| it.head.number = 5,
        |it| it.head.hash = Hash([5; 32]),
        |it| it.at += chrono::Duration::microseconds(1),
    ];
    for change in changes {
        let mut changed = signed.clone();
        change(&mut changed);
        assert_eq!(changed.verify(&key.verifying_key()), Err(NotSigned));
    }
    let bytes = Checkpoint::signed_bytes(tenant(), head, instant());
    assert!(bytes.starts_with(b"rollcall journal checkpoint 1\0"));
}

/// Every event that there is, with the name under which it is asked for.
fn every_event() -> Vec<(Event, &'static str)> {
    fn id<K>(number: u8) -> Id<K> {
        Id::mint(instant(), &[number; 10])
    }
    let (user, account, role, session) = (id(1), id(2), id(3), id(4));
    let (person, domain, elevation, token) = (id(5), id(6), id(7), id(8));
    let (proposal, assignment, tenant) = (id(9), id(10), id(11));
    let (import, hcp, owner) = (id(12), id(13), id(14));
    let medhub = || MedhubUserId::parse("77").unwrap();
    let listing = Listing::Listed;
    vec![
        (Event::TenantCreated { tenant, owner }, "tenant_created"),
        (
            Event::UserAdded {
                user,
                person,
                domain,
                account,
            },
            "user_added",
        ),
        (Event::UserDeactivated { user }, "user_deactivated"),
        (Event::UserReactivated { user }, "user_reactivated"),
        (
            Event::RoleAssigned {
                assignment,
                user,
                role,
            },
            "role_assigned",
        ),
        (
            Event::RoleRemoved {
                assignment,
                user,
                role,
            },
            "role_removed",
        ),
        (Event::TenantSuspended, "tenant_suspended"),
        (Event::TenantReactivated, "tenant_reactivated"),
        (Event::ListingChanged { listing }, "listing_changed"),
        (Event::PolicyChanged, "policy_changed"),
        (Event::DomainDeactivated { domain }, "domain_deactivated"),
        (Event::DomainReactivated { domain }, "domain_reactivated"),
        (Event::PersonAdded { person }, "person_added"),
        (Event::PersonChanged { person }, "person_changed"),
        (Event::PersonErased { person }, "person_erased"),
        (Event::LoginMoved { account, user }, "login_moved"),
        (Event::LoginUnlinked { account, user }, "login_unlinked"),
        (Event::LoginLinked { account, user }, "login_linked"),
        (Event::PasswordSet { account, user }, "password_set"),
        (Event::RoleCreated { role }, "role_created"),
        (Event::RoleRenamed { role }, "role_renamed"),
        (Event::RoleChanged { role }, "role_changed"),
        (Event::RoleRetired { role }, "role_retired"),
        (Event::OwnerProposed { proposal, user }, "owner_proposed"),
        (Event::OwnerApproved { proposal, user }, "owner_approved"),
        (
            Event::OwnerProposalWithdrawn { proposal, user },
            "owner_proposal_withdrawn",
        ),
        (
            Event::OwnerReplaced {
                leaving: user,
                successor: owner,
            },
            "owner_replaced",
        ),
        (Event::SessionOpened { session, user }, "session_opened"),
        (Event::SessionEnded { session, user }, "session_ended"),
        (Event::SessionsEnded { user }, "sessions_ended"),
        (
            Event::Elevated {
                elevation,
                user,
                session,
                until: instant(),
            },
            "elevated",
        ),
        (
            Event::ElevationEnded {
                elevation,
                user,
                why: EndReason::Deadline,
                ended_at: instant(),
            },
            "elevation_ended",
        ),
        (Event::ImportStarted { import }, "import_started"),
        (
            Event::ImportFinished {
                import,
                created: 1,
                updated: 2,
                unchanged: 3,
                rejected: 4,
            },
            "import_finished",
        ),
        (
            Event::HcpCreated {
                hcp,
                person: Some(person),
                import: None,
                row: Some(7),
            },
            "hcp_created",
        ),
        (
            Event::HcpChanged {
                hcp,
                import: Some(import),
                row: None,
            },
            "hcp_changed",
        ),
        (
            Event::HcpDeleted {
                hcp,
                person: Some(person),
            },
            "hcp_deleted",
        ),
        (Event::IntegrationConnected, "integration_connected"),
        (
            Event::RosterRead {
                complete: true,
                added: 1,
                changed: 2,
                removed: 3,
            },
            "roster_read",
        ),
        (Event::StepStaged { step: 1 }, "step_staged"),
        (Event::StepWithdrawn { step: 1 }, "step_withdrawn"),
        (Event::PlanDiscarded { steps: 1 }, "plan_discarded"),
        (Event::PlanSaved { steps: 1 }, "plan_saved"),
        (
            Event::Linked {
                user,
                medhub: medhub(),
            },
            "linked",
        ),
        (
            Event::Unlinked {
                user,
                medhub: medhub(),
            },
            "unlinked",
        ),
        (Event::TokenCreated { token, user }, "token_created"),
        (Event::TokenRevoked { token }, "token_revoked"),
    ]
}

fn entry(at: Instant, by: By, event: Event) -> Entry {
    Entry { at, by, event }
}

/// J1: every event has its name, is read back as it was written, and holds ids, numbers, times and words of ours alone.
#[test]
fn every_event_is_named_and_read_back() {
    let id = "00000000-0000-0000-0000-000000000000".len();
    for (event, name) in every_event() {
        assert_eq!(event.name(), name);
        let entry = entry(instant(), By::Clock, event);
        let sealed = Head::default().seal(tenant(), &entry);
        assert_eq!(sealed.entry(), Some(entry));
        let text: serde_json::Value = serde_json::from_str(&sealed.text).unwrap();
        for (field, value) in text.as_object().unwrap() {
            let good = match value {
                serde_json::Value::String(it) => {
                    it.len() == id && it.parse::<Id<User>>().is_ok()
                        || field == "at"
                        || field == "until"
                        || field == "ended_at"
                        || field == "medhub"
                        || it.bytes().all(|it| it.is_ascii_lowercase() || it == b'_')
                }
                serde_json::Value::Object(_) => field == "by",
                _ => true,
            };
            assert!(good, "{name}.{field}");
        }
    }
}

/// J1: an empty filter admits all, also what cannot be read; and each part of it leaves out what it says.
#[test]
fn a_filter_admits_what_it_says() {
    let moment = chrono::Duration::microseconds(1);
    let (ada, bo) = (Id::mint(instant(), &[3; 10]), Id::mint(instant(), &[4; 10]));
    let token: Id<ApiToken> = Id::mint(instant(), &[5; 10]);
    let event = Event::UserDeactivated { user: bo };
    let user = By::User {
        user: ada,
        session: None,
        elevation: Some(Id::mint(instant(), &[6; 10])),
    };
    let program = By::Token { token, user: ada };
    let seal = |by| Head::default().seal(tenant(), &entry(instant(), by, event.clone()));
    let (by_user, by_program) = (seal(user), seal(program));
    let (by_operator, by_clock) = (seal(By::Operator), seal(By::Clock));
    let unread = Sealed {
        text: "{}".into(),
        ..by_user.clone()
    };
    let all = [&by_user, &by_program, &by_operator, &by_clock, &unread];
    let admitted = |filter: &Filter| all.map(|it| filter.admits(it));
    let nothing = Filter::default;
    assert_eq!(admitted(&nothing()), [true; 5]);
    let by = |it| Filter {
        by: Some(it),
        ..nothing()
    };
    assert_eq!(admitted(&by(ada)), [true, true, false, false, false]);
    assert_eq!(admitted(&by(bo)), [false; 5]);
    let events = |all: &[&str]| Filter {
        events: all.iter().map(|it| (*it).to_owned()).collect(),
        ..nothing()
    };
    let readable = [true, true, true, true, false];
    assert_eq!(admitted(&events(&["user_deactivated"])), readable);
    assert_eq!(
        admitted(&events(&["role_assigned", "user_deactivated"])),
        readable
    );
    assert_eq!(admitted(&events(&["user_reactivated"])), [false; 5]);
    for (from, until, expected) in [
        (Some(instant()), None, readable),
        (Some(instant() + moment), None, [false; 5]),
        (None, Some(instant() + moment), readable),
        (None, Some(instant()), [false; 5]),
        (Some(instant()), Some(instant() + moment), readable),
    ] {
        let filter = Filter {
            from,
            until,
            ..nothing()
        };
        assert_eq!(admitted(&filter), expected, "{from:?} {until:?}");
    }
    let about = |ids: &[Uuid]| {
        let mut filter = nothing();
        filter.about(ids.iter().copied());
        filter
    };
    assert_eq!(admitted(&about(&[*bo.as_uuid()])), readable);
    assert_eq!(
        admitted(&about(&[*token.as_uuid(), *bo.as_uuid()])),
        readable
    );
    let only_program = [false, true, false, false, false];
    assert_eq!(admitted(&about(&[*token.as_uuid()])), only_program);
    assert_eq!(admitted(&about(&[])), [false; 5]);
    let mut both = about(&[*bo.as_uuid()]);
    both.by = Some(bo);
    assert_eq!(admitted(&both), [false; 5]);
}

/// J2: a line of an exported journal is read as it stands, to the byte, and anything else is none.
#[test]
fn an_exported_line_is_read_to_the_byte() {
    for sealed in chain(2) {
        let document = crate::document::EntryDocument::of(&sealed).unwrap();
        let line = serde_json::to_string(&document).unwrap();
        assert_eq!(Sealed::parse_line(&line), Ok(sealed.clone()));
        // As another program may write it.
        let spaced = format!(
            "{{ \"entry\": {}, \"hash\": \"{}\", \"number\": {} }}",
            sealed.text, sealed.hash, sealed.number
        );
        assert_eq!(Sealed::parse_line(&spaced), Ok(sealed.clone()));
        let digits = sealed.hash.to_string();
        for bad in [
            String::new(),
            "{}".into(),
            sealed.text.clone(),
            line.replace(&digits, &digits.to_uppercase()),
            line.replace(&digits, digits.get(2..).unwrap()),
            line.replace(&digits, &format!("{digits}00")),
            line.replace("\"number\":", "\"number\":-"),
            format!("{line}{line}"),
        ] {
            assert_eq!(Sealed::parse_line(&bad), Err(LineSyntax), "{bad}");
        }
        // Blanks within the entry are part of what was hashed.
        let changed = line.replace("\"at\":", "\"at\": ");
        let read = Sealed::parse_line(&changed).unwrap();
        assert_ne!(read.text, sealed.text);
        let mut verifier = Verifier::new(tenant(), None);
        if read.number == 1 {
            assert_eq!(verifier.read(&read), Err(Broken::Hash { number: 1 }));
        }
    }
    let broken = Sealed {
        text: "no json".into(),
        ..chain(1).remove(0)
    };
    assert!(crate::document::EntryDocument::of(&broken).is_none());
}
