//! The views, as people read them.

use super::list_of;
use crate::{
    desk::Desk,
    failure::Failure,
    output::{Answer, count, table},
};
use clap::{Args, ValueEnum};
use identity_core::{
    document::{IdentityDocument, LocalDocument, NotSameDocument, ViewsDocument},
    roster::Kind,
    user::UserStatus,
};
use serde_json::json;

#[derive(Debug, Args)]
pub(crate) struct Views {
    /// Show this view alone
    #[arg(long, value_name = "VIEW")]
    only: Option<View>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum View {
    /// Users tied to an identity
    Linked,
    /// Pairs that match one to one by e-mail
    Suggested,
    /// Groups that share an e-mail address
    Ambiguous,
    /// Users whom nobody in MedHub matches
    OnlyLocal,
    /// Identities whom nobody here matches
    OnlyMedhub,
    /// Pairs that are remembered as not the same person
    NotSame,
}

impl Views {
    pub(super) async fn run(self, desk: &Desk) -> Result<Answer, Failure> {
        let (sides, views) = desk.service.medhub_views(&desk.call).await?;
        let document = ViewsDocument::of(&sides, &views);
        Ok(match (self.only, desk.format) {
            (None, _) => Answer::of(desk.format, &document, || described(&document, None)),
            (Some(view), _) => {
                let list = match view {
                    View::Linked => serde_json::to_value(&document.linked),
                    View::Suggested => serde_json::to_value(&document.suggested),
                    View::Ambiguous => serde_json::to_value(&document.ambiguous),
                    View::OnlyLocal => serde_json::to_value(&document.only_local),
                    View::OnlyMedhub => serde_json::to_value(&document.only_medhub),
                    View::NotSame => serde_json::to_value(&document.not_same),
                };
                let only = json!({
                    "completeness": document.completeness,
                    "read_at": document.read_at,
                    "failed": document.failed,
                    "counts": document.counts,
                    view.key(): list.unwrap_or_default(),
                });
                Answer::of(desk.format, &only, || described(&document, Some(view)))
            }
        })
    }
}

impl View {
    const fn key(self) -> &'static str {
        match self {
            Self::Linked => "linked",
            Self::Suggested => "suggested",
            Self::Ambiguous => "ambiguous",
            Self::OnlyLocal => "only_local",
            Self::OnlyMedhub => "only_medhub",
            Self::NotSame => "not_same",
        }
    }
}

fn described(document: &ViewsDocument<'_>, only: Option<View>) -> String {
    let counts = document.counts;
    let mut text = match (document.completeness, document.read_at) {
        (_, None) => "MedHub was never read: `rollcall medhub read`\n".to_owned(),
        (completeness, Some(at)) => format!(
            "MedHub as read on {}: {completeness}.\n",
            at.format("%Y-%m-%d %H:%M UTC")
        ),
    };
    for failed in document.failed {
        text.push_str(&format!(
            "warning: the {} of programme {} could not be read: {}\n",
            list_of(failed.kind),
            failed.program,
            failed.message
        ));
    }
    text.push_str(&format!(
        "{} here, {} in MedHub, {} staged.\n",
        count(counts.local, "person", "people"),
        counts.medhub,
        count(counts.staged, "step", "steps"),
    ));
    let mut section = |view: View, title: String, rows: &[[String; 4]], titles: [&str; 4]| {
        if only.is_none_or(|it| it == view) {
            text.push_str(&format!("\n{title}\n"));
            if !rows.is_empty() {
                text.push_str(&table(titles, rows));
            }
        }
    };
    let both = ["Here", "E-mail here", "In MedHub", "Note"];
    let linked: Vec<_> = document
        .linked
        .iter()
        .map(|it| {
            let note = match (it.staged, it.missing) {
                (true, _) => "staged",
                (false, true) => "no longer in MedHub",
                (false, false) => "",
            };
            let medhub = it.medhub.as_ref().map(identity).unwrap_or_default();
            [person(&it.local), email(&it.local), medhub, note.to_owned()]
        })
        .collect();
    let missing = match counts.missing {
        0 => String::new(),
        missing => format!(", {missing} of them no longer in MedHub"),
    };
    section(
        View::Linked,
        format!("Linked: {}{missing}", counts.linked),
        &linked,
        both,
    );
    let suggested: Vec<_> = document
        .suggested
        .iter()
        .map(|it| {
            [
                person(&it.local),
                email(&it.local),
                identity(&it.medhub),
                String::new(),
            ]
        })
        .collect();
    section(
        View::Suggested,
        format!(
            "Suggested, one to one by e-mail: {}  (`rollcall medhub link-all`)",
            counts.suggested
        ),
        &suggested,
        both,
    );
    let ambiguous: Vec<_> = document
        .ambiguous
        .iter()
        .map(|it| {
            [
                it.locals.iter().map(person).collect::<Vec<_>>().join("\n"),
                it.locals.iter().map(email).collect::<Vec<_>>().join("\n"),
                it.medhub
                    .iter()
                    .map(identity)
                    .collect::<Vec<_>>()
                    .join("\n"),
                match it.reason {
                    "several_local" => "several users, one identity",
                    "several_medhub" => "one user, several identities",
                    _ => "several users, several identities",
                }
                .to_owned(),
            ]
        })
        .collect();
    section(
        View::Ambiguous,
        format!(
            "Ambiguous: {}  (`rollcall medhub link LOCAL USERID`)",
            count(counts.ambiguous, "group", "groups")
        ),
        &ambiguous,
        both,
    );
    let only_local: Vec<_> = document
        .only_local
        .iter()
        .map(|it| [person(it), email(it), kinds(&it.kinds), it.id.to_string()])
        .collect();
    section(
        View::OnlyLocal,
        format!("Only here: {}", counts.only_local),
        &only_local,
        ["Here", "E-mail here", "Kind", "Id"],
    );
    let only_medhub: Vec<_> = document
        .only_medhub
        .iter()
        .map(|it| {
            let note = if it.staged { "import staged" } else { "" };
            let kinds = kinds(&it.medhub.kinds);
            [
                identity(&it.medhub),
                it.medhub.email.to_owned(),
                kinds,
                note.to_owned(),
            ]
        })
        .collect();
    section(
        View::OnlyMedhub,
        format!(
            "Only in MedHub: {}  (`rollcall medhub import-all`)",
            counts.only_medhub
        ),
        &only_medhub,
        ["In MedHub", "E-mail there", "Kind", "Note"],
    );
    // Nobody is in this alone, so that it is not shown where there is nothing.
    if counts.not_same > 0 || only == Some(View::NotSame) {
        let not_same: Vec<_> = document.not_same.iter().map(told_apart).collect();
        section(
            View::NotSame,
            format!(
                "Not the same person: {}  (`rollcall medhub maybe-same LOCAL USERID`)",
                count(counts.not_same, "pair", "pairs")
            ),
            &not_same,
            ["Here", "In MedHub", "Told apart", "Note"],
        );
    }
    text
}

fn told_apart(pair: &NotSameDocument<'_>) -> [String; 4] {
    let here = pair.local.as_ref();
    let there = pair.medhub.as_ref();
    let note = match pair.standing {
        "evidence_changed" => "they look otherwise since",
        "taken_back" => "staged to be forgotten",
        _ => "",
    };
    [
        here.map_or_else(|| pair.user.to_string(), person),
        there.map_or_else(|| pair.user_id.to_owned(), identity),
        format!("{}\nby {}", pair.at.format("%Y-%m-%d %H:%M UTC"), pair.by),
        note.to_owned(),
    ]
}

fn person(local: &LocalDocument<'_>) -> String {
    let name = format!(
        "{} {}",
        local.name.given.as_str(),
        local.name.family.as_str()
    );
    match local.status {
        UserStatus::Active => name,
        UserStatus::Inactive => name + " (inactive)",
    }
}

fn email(local: &LocalDocument<'_>) -> String {
    local.email.unwrap_or_default().to_owned()
}

fn identity(identity: &IdentityDocument<'_>) -> String {
    format!(
        "{} {} ({})",
        identity.given, identity.family, identity.user_id
    )
}

fn kinds(kinds: &[Kind]) -> String {
    let words = kinds.iter().map(|it| match it {
        Kind::Learner => "learner",
        Kind::Teacher => "teacher",
    });
    words.collect::<Vec<_>>().join(", ")
}
