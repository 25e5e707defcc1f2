//! Dry runs: what a command would have changed.

use crate::output::{Answer, Format, count, table};
use identity_core::{changeset::Changeset, document::RehearsalDocument};
use serde_json::json;

/// What would have been committed, and was not.
pub(crate) fn answer(format: Format, changesets: &[Changeset]) -> Answer {
    let documents: Vec<_> = changesets.iter().map(RehearsalDocument::from).collect();
    Answer::of(format, &json!({ "dry_run": documents }), || {
        let mut text = String::from("Nothing was changed. The command would write:\n\n");
        for document in &documents {
            let rows: Vec<_> = document
                .writes
                .iter()
                .map(|it| [it.change.to_owned(), it.kind.clone(), it.id.clone()])
                .collect();
            text.push_str(&table(["Change", "Record", "Id"], &rows));
            text.push_str(&format!(
                "\n{}, {} and {}; it would rely on {}.\n",
                count(document.writes.len(), "record", "records"),
                count(document.entries.len(), "journal entry", "journal entries"),
                count(document.messages.len(), "mail", "mails"),
                count(document.expects.len(), "other record", "other records"),
            ));
        }
        text
    })
}
