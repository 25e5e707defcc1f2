//! The journal: whether it is whole, and signed proofs of how long it was.

use crate::{
    arguments::Options,
    failure::Failure,
    output::{Answer, count},
    session::Session,
};
use clap::{Args, Subcommand};
use ed25519_dalek::{
    SigningKey, VerifyingKey,
    pkcs8::{DecodePrivateKey as _, DecodePublicKey as _},
};
use identity_core::{
    journal::{Broken, Checkpoint, Head, Verifier},
    permission::JOURNAL_READ,
    port::{Clock as _, Directory as _, Page},
};
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

#[derive(Debug, Subcommand)]
pub(crate) enum JournalCommand {
    /// Verify the journal from its first entry, and name the first that is broken
    #[command(after_help = "Examples:
  rollcall journal verify
  rollcall journal verify --checkpoint checkpoint.json --public-key-file checkpoint.pub")]
    Verify(Verify),
    /// Sign the end of the journal, to be kept elsewhere: it shows when the end was cut off later
    #[command(after_help = "Examples:
  rollcall journal checkpoint --key-file checkpoint.pem > checkpoint.json
  openssl genpkey -algorithm ed25519 -out checkpoint.pem     (makes a key)
  openssl pkey -in checkpoint.pem -pubout -out checkpoint.pub")]
    Checkpoint(Sign),
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// A checkpoint signed earlier
    #[arg(long, value_name = "FILE", requires = "public_key_file")]
    checkpoint: Option<PathBuf>,
    /// The public key of the checkpoint: PEM, or 64 hexadecimal digits
    #[arg(long, value_name = "FILE", requires = "checkpoint")]
    public_key_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// The Ed25519 private key: PKCS#8 PEM, or 64 hexadecimal digits
    #[arg(long, value_name = "FILE")]
    key_file: PathBuf,
}

impl JournalCommand {
    pub(crate) async fn run(self, options: &Options) -> Result<Answer, Failure> {
        let session = Session::begin(options).await?;
        session.permit(&JOURNAL_READ).await?;
        match self {
            Self::Verify(it) => it.run(&session).await,
            Self::Checkpoint(it) => it.run(&session).await,
        }
    }
}

impl Verify {
    async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let checkpoint = match self.checkpoint.zip(self.public_key_file) {
            Some((checkpoint, key)) => Some(signed(session, &checkpoint, &key)?),
            None => None,
        };
        let head = verified(session, checkpoint.clone()).await?;
        let document = json!({
            "entries": head.number,
            "hash": head.hash.to_string(),
            "checkpoint": checkpoint,
        });
        Ok(Answer::of(session.format, &document, || {
            let entries = count(
                usize::try_from(head.number).unwrap_or(0),
                "entry",
                "entries",
            );
            let mut text = format!(
                "The journal is whole: {entries}, the last has the hash {}.\n",
                head.hash
            );
            if let Some(checkpoint) = checkpoint {
                text.push_str(&format!(
                    "It holds everything that was signed on {}: {} of its entries.\n",
                    checkpoint.at.format("%Y-%m-%d %H:%M UTC"),
                    checkpoint.head.number
                ));
            }
            text
        }))
    }
}

impl Sign {
    async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let text = read(&self.key_file)?;
        let key = match hexadecimal(&text) {
            Some(bytes) => Some(SigningKey::from_bytes(&bytes)),
            None => SigningKey::from_pkcs8_pem(text.trim()).ok(),
        };
        let key = key.ok_or_else(not_a_key)?;
        // Only a journal that is whole is signed.
        let head = verified(session, None).await?;
        let at = session.service.clock.now();
        let checkpoint = Checkpoint::sign(session.call.tenant, head, at, &key);
        // A checkpoint is a document for people as well: it is printed to be kept.
        Ok(Answer::of(session.format, &checkpoint, || {
            serde_json::to_string_pretty(&checkpoint).unwrap_or_default() + "\n"
        }))
    }
}

async fn verified(session: &Session, checkpoint: Option<Checkpoint>) -> Result<Head, Failure> {
    let tenant = session.call.tenant;
    let mut verifier = Verifier::new(tenant, checkpoint);
    let mut page = Page::first(1000);
    loop {
        let entries = session.service.store.journal(tenant, page).await?;
        for entry in &entries {
            verifier.read(entry).map_err(broken)?;
        }
        page.after = entries.last().map(|it| it.number);
        if entries.len() < page.bounded() {
            return verifier.finish().map_err(broken);
        }
    }
}

fn broken(broken: Broken) -> Failure {
    let entry = match broken {
        Broken::Number { expected, .. } => expected,
        Broken::Hash { number } | Broken::Text { number } | Broken::NotAsSigned { number } => {
            number
        }
        Broken::CutOff { end, .. } => end + 1,
    };
    Failure::new(
        "journal_broken",
        format!("the journal is broken: {broken}"),
        "keep this database as evidence, and compare it with a backup from before",
    )
    .with("entry", json!(entry))
}

/// A checkpoint of this tenant, whose signature is right.
fn signed(session: &Session, checkpoint: &Path, key: &Path) -> Result<Checkpoint, Failure> {
    let key = read(key)?;
    let key = match hexadecimal(&key) {
        Some(bytes) => VerifyingKey::from_bytes(&bytes).ok(),
        None => VerifyingKey::from_public_key_pem(key.trim()).ok(),
    };
    let key = key.ok_or_else(not_a_key)?;
    let checkpoint: Checkpoint = serde_json::from_str(&read(checkpoint)?).map_err(|_| {
        Failure::new(
            "checkpoint_syntax",
            "the file is no checkpoint",
            "name a file that `rollcall journal checkpoint` has printed",
        )
    })?;
    if checkpoint.tenant != session.call.tenant {
        return Err(Failure::new(
            "checkpoint_other_tenant",
            "the checkpoint is of another tenant's journal",
            "name its tenant with `--tenant`, or another checkpoint",
        ));
    }
    checkpoint.verify(&key).map_err(|it| {
        Failure::new(
            "checkpoint_not_signed",
            it.to_string(),
            "use the public key that belongs to the key it was signed with; if it does, the checkpoint was forged",
        )
    })?;
    Ok(checkpoint)
}

fn read(path: &Path) -> Result<Zeroizing<String>, Failure> {
    fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|error| {
            let message = format!("{} cannot be read: {}", path.display(), error.kind());
            Failure::new(
                "file_unreadable",
                message,
                "look whether the file exists and may be read",
            )
        })
}

fn hexadecimal(text: &str) -> Option<[u8; 32]> {
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes());
    bytes.ok()?.try_into().ok()
}

fn not_a_key() -> Failure {
    Failure::new(
        "key_syntax",
        "the file holds no Ed25519 key",
        "give a PEM file, such as `openssl genpkey -algorithm ed25519` makes, or the 32 bytes as 64 hexadecimal digits",
    )
}
