//! Uploads: a body, put aside piece by piece in a file that has no name.

use crate::{
    api::Limits,
    problem::{Fault, Problem},
};
use axum::{
    body::{Body, Bytes, HttpBody as _},
    extract::{FromRequest as _, Multipart, Request, multipart::MultipartError},
    http::{
        HeaderMap, StatusCode,
        header::{CONTENT_ENCODING, CONTENT_TYPE},
    },
};
use identity_core::journal::Hash;
use sha2::{Digest as _, Sha256};
use std::{
    future::{Future, poll_fn},
    io::{self, Seek as _},
    pin::Pin,
    time::Duration,
};
use tokio::{fs::File, io::AsyncWriteExt as _, task::spawn_blocking, time::timeout};

/// A file that was sent.
#[derive(Debug)]
pub(super) struct Upload {
    /// The bytes, from the first. The operating system forgets them when this is closed.
    pub(super) file: std::fs::File,
    /// What the sender calls it.
    pub(super) name: Option<String>,
    /// The SHA-256 of the bytes.
    pub(super) digest: Hash,
}

/// What a table may be sent as. What it is, its content says; but a form or a JSON document is surely a mistake.
const TABLES: [&str; 13] = [
    "application/octet-stream",
    "application/csv",
    "application/vnd.ms-excel",
    "application/vnd.ms-excel.sheet.macroenabled.12",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.spreadsheet-flat-xml",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/xml",
    "application/zip",
    "text/csv",
    "text/plain",
    "text/tab-separated-values",
    "text/xml",
];

/// Takes the file of a request, as its body or as the one part `file` of a form.
pub(super) async fn receive(request: Request, limits: &Limits) -> Result<Upload, Problem> {
    match media_type(request.headers()) {
        Ok(Media::Table) => {
            let mut spool = Spool::new(limits).await?;
            let mut body = request.into_body();
            while let Some(piece) = patient(limits.request_time, piece(&mut body)).await? {
                spool.add(&piece).await?;
            }
            spool.upload(None).await
        }
        Ok(Media::Form) => form(request, limits).await,
        Err(fault) => Err(fault.into()),
    }
}

enum Media {
    Table,
    Form,
}

/// A body of no type is taken to be a file (RFC 9110, 8.3).
fn media_type(headers: &HeaderMap) -> Result<Media, Fault> {
    let unsupported = Fault::MediaTypeUnsupported;
    if let Some(coding) = headers.get(CONTENT_ENCODING)
        && coding != "identity"
    {
        return Err(unsupported);
    }
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return Ok(Media::Table);
    };
    let value = value.to_str().map_err(|_| unsupported)?;
    let essence = value.split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    if essence == "multipart/form-data" {
        Ok(Media::Form)
    } else if TABLES.contains(&essence.as_str()) {
        Ok(Media::Table)
    } else {
        Err(unsupported)
    }
}

async fn form(request: Request, limits: &Limits) -> Result<Upload, Problem> {
    let time = limits.request_time;
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|_| Fault::MultipartInvalid)?;
    let upload = {
        let field = async { form.next_field().await.map_err(|it| unread(&it)) };
        let field = patient(time, field).await?;
        let mut field = field
            .filter(|it| it.name() == Some("file"))
            .ok_or(Fault::MultipartParts)?;
        let name = field.file_name().map(str::to_owned);
        let mut spool = Spool::new(limits).await?;
        loop {
            let piece = async { field.chunk().await.map_err(|it| unread(&it)) };
            match patient(time, piece).await? {
                Some(piece) => spool.add(&piece).await?,
                None => break spool.upload(name).await?,
            }
        }
    };
    let further = async { form.next_field().await.map_err(|it| unread(&it)) };
    match patient(time, further).await? {
        None => Ok(upload),
        Some(_) => Err(Fault::MultipartParts.into()),
    }
}

fn unread(err: &MultipartError) -> Fault {
    match err.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Fault::BodyTooLarge,
        _ => Fault::MultipartInvalid,
    }
}

/// Waits so long for the next piece of a body.
async fn patient<T>(
    time: Duration,
    piece: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    timeout(time, piece)
        .await
        .unwrap_or(Err(Fault::UploadStalled))
}

/// The next piece of a body; trailers are passed over.
async fn piece(body: &mut Body) -> Result<Option<Bytes>, Fault> {
    loop {
        match poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await {
            None => return Ok(None),
            Some(Ok(frame)) => match frame.into_data() {
                Ok(piece) => return Ok(Some(piece)),
                Err(_) => continue,
            },
            Some(Err(_)) => return Err(Fault::UploadBroken),
        }
    }
}

/// A file without a name that grows up to a limit.
struct Spool {
    file: File,
    left: usize,
    digest: Sha256,
}

impl Spool {
    async fn new(limits: &Limits) -> Result<Self, Fault> {
        let file = aside(tempfile::tempfile).await?;
        Ok(Self {
            file: File::from_std(file),
            left: limits.file_bytes,
            digest: Sha256::new(),
        })
    }

    async fn add(&mut self, piece: &[u8]) -> Result<(), Fault> {
        let left = self.left.checked_sub(piece.len());
        self.left = left.ok_or(Fault::BodyTooLarge)?;
        self.digest.update(piece);
        let written = self.file.write_all(piece).await;
        written.map_err(|it| unavailable(&it))
    }

    async fn upload(mut self, name: Option<String>) -> Result<Upload, Problem> {
        let flushed = self.file.flush().await;
        flushed.map_err(|it| unavailable(&it))?;
        let mut file = self.file.into_std().await;
        let file = aside(move || file.rewind().map(|()| file)).await?;
        Ok(Upload {
            file,
            name,
            digest: Hash(self.digest.finalize().into()),
        })
    }
}

/// Does something with a file where a thread may block.
async fn aside(
    work: impl FnOnce() -> io::Result<std::fs::File> + Send + 'static,
) -> Result<std::fs::File, Fault> {
    let done = spawn_blocking(work).await.map_err(|_| Fault::Internal)?;
    done.map_err(|it| unavailable(&it))
}

/// The kind alone is logged: the whole error may name a place.
fn unavailable(err: &io::Error) -> Fault {
    tracing::error!(kind = %err.kind(), "an upload could not be put aside");
    Fault::UploadUnavailable
}
